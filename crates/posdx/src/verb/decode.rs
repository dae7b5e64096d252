//! `posdx decode`: bytes, text, a file or a capture → every field with its meaning, and the explanation above them.

use std::fs::File;
use std::io::{BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use posdx_embedded::{catalogue, knowledge};
use posdx_explain::decoded::log::LogReader;
use posdx_explain::decoded::{Decoded, DecodedReport, Decoder, Kind};
use posdx_explain::render::{View, decoded};
use posdx_explain::{Explanation, Verdict};
use posdx_model::{Role, Unmasked};
use posdx_wire::crypto::Key;
use posdx_wire::iso8583::{Dialect, Dialects};

use super::{Done, Failure, Output, exit, print, print_json, width};

/// Bytes of an input that is read at once; a longer one is a log or a capture and is read piece by piece.
const WHOLE_MAX: u64 = 16 << 20;
/// Bytes of a key file.
const KEY_FILE_MAX: u64 = 4096;

#[derive(Args)]
pub struct DecodeArgs {
    /// Bytes in hexadecimal or base64, a file, or `-` for standard input.
    #[arg(required = true, value_name = "HEX|FILE|-")]
    input: Vec<String>,
    /// What it is, when posdx should not find out: iso8583, emv, apdu, atr, escpos, log, capture.
    #[arg(long = "as", value_name = "KIND")]
    kind: Option<Kind>,
    /// The dialect of ISO 8583: an id (`posdx dialect list`) or a file of your own.
    #[arg(long, value_name = "ID|FILE")]
    dialect: Option<String>,
    /// A file with the message authentication key (hexadecimal): says whether the code of a message holds.
    #[arg(long, value_name = "FILE")]
    mak_file: Option<PathBuf>,
    /// Show card numbers, tracks and keys. They will be on your screen and in what it keeps of earlier lines.
    #[arg(long)]
    unmask: bool,
    /// The bytes themselves too, and every reading in full.
    #[arg(long)]
    all: bool,
    /// Who reads: cashier, cardholder, agent, engineer.
    #[arg(long, default_value = "engineer")]
    role: Role,
    #[command(flatten)]
    output: Output,
}

impl DecodeArgs {
    pub fn run(self) -> Done {
        let key = self.mak_file.as_deref().map(read_key).transpose()?;
        let own = self.dialect.as_deref().map(find_dialect).transpose()?;
        let dialect = own.as_ref().map(Found::dialect);
        let mut decoder = Decoder::new(catalogue(), knowledge());
        if let Some(key) = &key {
            decoder = decoder.with_mak(key);
        }
        if self.unmask {
            decoder = decoder.unmasked(Unmasked::typed_by_a_person());
        }
        let report = self.report(&decoder, dialect)?;
        if self.output.json {
            print_json(&report)?;
        } else {
            let view = View { lang: self.output.lang(), role: self.role, width: width(), all: self.all };
            print(&decoded::render(&report, view))?;
        }
        Ok(code(&report))
    }

    fn report(&self, decoder: &Decoder<'_>, dialect: Option<&Dialect>) -> Result<DecodedReport, Failure> {
        let lang = self.output.lang();
        let failed = |e: posdx_explain::decoded::DecodeError| Failure::Input(e.text().get(lang).to_owned());
        if let [one] = self.input.as_slice() {
            if one == "-" {
                let mut input = Vec::new();
                let mut stdin = std::io::stdin().lock();
                stdin
                    .by_ref()
                    .take(WHOLE_MAX)
                    .read_to_end(&mut input)
                    .map_err(|e| Failure::Input(format!("cannot read standard input: {e}")))?;
                return self.stream(decoder, dialect, input, stdin, None).map_err(failed);
            }
            let path = Path::new(one);
            // Something that is no file is text, unless it can only be meant as a file.
            if path.is_file() {
                let cannot = |e: std::io::Error| Failure::Input(format!("cannot read {}: {e}", path.display()));
                let file = File::open(path).map_err(cannot)?;
                let length = file.metadata().map(|m| m.len()).unwrap_or_default();
                let mut reader = BufReader::with_capacity(1 << 20, file);
                let mut input = Vec::new();
                reader.by_ref().take(WHOLE_MAX).read_to_end(&mut input).map_err(cannot)?;
                return self.stream(decoder, dialect, input, reader, Some(length)).map_err(failed);
            }
            if one.contains(['/', '\\']) || [".log", ".txt", ".pcap", ".pcapng", ".bin", ".hex"].iter().any(|e| one.ends_with(e)) {
                return Err(Failure::Input(format!("there is no file {one}")));
            }
        }
        decoder.input(self.input.join(" ").as_bytes(), self.kind, dialect).map_err(failed)
    }

    /// An input whose beginning was read; what is left of it comes from `rest`.
    fn stream(
        &self,
        decoder: &Decoder<'_>,
        dialect: Option<&Dialect>,
        input: Vec<u8>,
        rest: impl Read,
        length: Option<u64>,
    ) -> Result<DecodedReport, posdx_explain::decoded::DecodeError> {
        use posdx_wire::input::{Nature, sniff};
        let capture = matches!(sniff(&input), Nature::Pcap | Nature::PcapNg) || self.kind == Some(Kind::Capture);
        let whole = (input.len() as u64) < WHOLE_MAX;
        let progress = Progress::new(length.filter(|_| !whole));
        if capture {
            let reader = Counted { inner: std::io::Cursor::new(input).chain(rest), progress };
            return Ok(decoder.report(Decoded::Capture(decoder.capture(reader)?)));
        }
        if whole {
            return decoder.input(&input, self.kind, dialect);
        }
        let mut log = LogReader::new(decoder);
        let mut reader = Counted { inner: std::io::Cursor::new(input).chain(rest), progress };
        let mut buffer = vec![0; 1 << 20];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            log.feed(buffer.get(..count).unwrap_or_default());
        }
        Ok(decoder.report(Decoded::Log(log.finish())))
    }
}

/// Scripts go by this: answered, unknown, or an input that broke off.
fn code(report: &DecodedReport) -> u8 {
    let unknown = |e: Option<&Explanation>| e.is_some_and(|e| e.verdict == Verdict::Unknown);
    match &report.decoded {
        Decoded::Iso8583(m) if m.error.is_some() => exit::BAD_INPUT,
        Decoded::Iso8583(m) if unknown(Some(&m.explanation)) => exit::UNKNOWN,
        Decoded::Emv(chip) if chip.error.is_some() => exit::BAD_INPUT,
        _ => exit::ANSWERED,
    }
}

/// A dialect of ours, or one from a person's file.
enum Found {
    Ours(&'static Dialect),
    Theirs(Dialects, String),
}

impl Found {
    fn dialect(&self) -> &Dialect {
        match self {
            Found::Ours(dialect) => dialect,
            Found::Theirs(all, id) => all.get(id).unwrap_or(&all.all()[0]),
        }
    }
}

fn find_dialect(name: &str) -> Result<Found, Failure> {
    if let Some(dialect) = knowledge().dialects.get(name) {
        return Ok(Found::Ours(dialect));
    }
    let path = Path::new(name);
    if !path.is_file() {
        let ids: Vec<&str> = knowledge().dialects.all().iter().map(|d| d.id.as_str()).collect();
        return Err(Failure::Input(format!("there is no dialect and no file `{name}`. Known dialects: {}", ids.join(", "))));
    }
    let (dialects, id) = super::dialect::read_own(path)?;
    Ok(Found::Theirs(dialects, id))
}

fn read_key(path: &Path) -> Result<Key, Failure> {
    let cannot = |e: std::io::Error| Failure::Input(format!("cannot read the key file {}: {e}", path.display()));
    let mut text = zeroize::Zeroizing::new(String::new());
    File::open(path).map_err(cannot)?.take(KEY_FILE_MAX).read_to_string(&mut text).map_err(cannot)?;
    Key::from_hex(text.trim()).map_err(|e| Failure::Input(format!("the key file {}: {e}", path.display())))
}

/// A line on standard error that says how far a long file has been read; only where a person watches.
struct Progress {
    total: Option<u64>,
    done: u64,
    shown: u64,
}

impl Progress {
    fn new(total: Option<u64>) -> Self {
        Progress { total: total.filter(|_| std::io::stderr().is_terminal()), done: 0, shown: 0 }
    }

    fn add(&mut self, count: usize) {
        self.done += count as u64;
        let Some(total) = self.total.filter(|t| *t > 0) else { return };
        let percent = (self.done * 100 / total).min(100);
        if percent > self.shown || count == 0 {
            self.shown = percent;
            let filled = percent as usize / 4;
            let bar = format!("{}{}", "█".repeat(filled), "░".repeat(25 - filled));
            let _ = write!(std::io::stderr(), "\r{bar} {percent:3} % ");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown > 0 {
            let _ = write!(std::io::stderr(), "\r{}\r", " ".repeat(34));
        }
    }
}

/// A reader that says how far it is.
struct Counted<R> {
    inner: R,
    progress: Progress,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.progress.add(count);
        Ok(count)
    }
}
