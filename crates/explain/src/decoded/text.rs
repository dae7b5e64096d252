//! Any input → what it is: bytes in any dress, a trace, a log, a device's words.

use posdx_wire::input::{Dump, Form, Nature, Reading, sniff};
use posdx_wire::iso8583::Dialect;

use super::log::LogReader;
use super::report::{Decoded, DecodedReport, Item, SeveralReport};
use super::{DecodeError, Decoder, Kind};

/// How much better, as a logarithm of odds, a reading as characters must be than a reading of the same digits as packed bytes.
const ASCII_DOUBT: f64 = 2.0;
/// Things of one text that are decoded.
const ITEMS_MAX: usize = 50;

impl Decoder<'_> {
    /// Reads any input that is not a capture.
    pub fn input(&self, input: &[u8], kind: Option<Kind>, dialect: Option<&Dialect>) -> Result<DecodedReport, DecodeError> {
        Ok(self.report(self.any(input, kind, dialect)?))
    }

    /// Gives an answer its name and the version that it comes from.
    pub fn report(&self, decoded: Decoded) -> DecodedReport {
        DecodedReport { schema: "posdx.decoded/1", catalogue: self.catalogue.version().to_owned(), decoded }
    }

    fn any(&self, input: &[u8], kind: Option<Kind>, dialect: Option<&Dialect>) -> Result<Decoded, DecodeError> {
        if kind == Some(Kind::Log) {
            return Ok(Decoded::Log(self.log(input)));
        }
        match sniff(input) {
            Nature::Pcap | Nature::PcapNg => self.capture(input).map(Decoded::Capture),
            Nature::Gzip | Nature::Zip => Err(DecodeError::Compressed),
            Nature::Binary => self.bytes(input, "binary", kind, dialect),
            Nature::Text { .. } => self.text(input, kind, dialect),
        }
    }

    fn text(&self, input: &[u8], kind: Option<Kind>, dialect: Option<&Dialect>) -> Result<Decoded, DecodeError> {
        let reading = Reading::of(input);
        let Some(text) = reading.text.as_deref().map(str::trim).filter(|t| !t.is_empty()) else { return Err(DecodeError::Empty) };
        if matches!(kind, None | Some(Kind::Apdu))
            && let Some(report) = self.trace(text)
        {
            return Ok(Decoded::Apdu(report));
        }
        let lines = text.lines().filter(|l| !l.trim().is_empty()).count();
        if kind.is_none() && lines > 1 {
            let mut reader = LogReader::new(self);
            reader.feed(input);
            if reader.looks_like_a_log() {
                return Ok(Decoded::Log(reader.finish()));
            }
        }
        if let Some(decoded) = self.dumps(&reading, kind, dialect) {
            return Ok(decoded);
        }
        if let Some(error) = &reading.error {
            return Err(DecodeError::Broken { line: error.place.line, column: error.place.column, text: error.text() });
        }
        let signals = self.knowledge.devices.find_in_text(text);
        if !signals.is_empty() {
            return Ok(Decoded::Device(self.device(&signals)));
        }
        let report = self.log(input);
        if lines > 1 && !report.events.is_empty() { Ok(Decoded::Log(report)) } else { Err(DecodeError::NotRecognised) }
    }

    /// The dumps of a text: one is the answer, several are a list.
    fn dumps(&self, reading: &Reading<'_>, kind: Option<Kind>, dialect: Option<&Dialect>) -> Option<Decoded> {
        let mut items: Vec<(usize, usize, Decoded, f64)> = Vec::new();
        for dump in reading.dumps.iter().take(ITEMS_MAX * 2) {
            let Ok(mut decoded) = self.bytes(dump.bytes(), dump.form().as_str(), kind, dialect) else { continue };
            locate(&mut decoded, dump);
            // Digits are more often packed bytes than a message in characters.
            let doubt = if dump.form() == Form::AsciiMessage { ASCII_DOUBT } else { 0.0 };
            let (start, end, worth) = (dump.start().offset, dump.end(), worth(&decoded) - doubt);
            // Two readings of the same characters: the better one stays.
            match items.last_mut().filter(|last| last.1 > start) {
                Some(last) if last.3 >= worth => {}
                Some(last) => *last = (start, end, decoded, worth),
                None => items.push((start, end, decoded, worth)),
            }
        }
        let line = |at: usize| reading.text.as_deref().map_or(1, |t| 1 + t.bytes().take(at).filter(|b| *b == b'\n').count());
        let more = items.len() > ITEMS_MAX || reading.more;
        if items.len() <= 1 {
            return items.pop().map(|(_, _, decoded, _)| decoded);
        }
        let items = items.into_iter().take(ITEMS_MAX).map(|(start, _, decoded, _)| Item { line: line(start), decoded }).collect();
        Some(Decoded::Several(SeveralReport { items, more }))
    }
}

/// How sure a reading is, against another of the same characters.
fn worth(decoded: &Decoded) -> f64 {
    match decoded {
        Decoded::Iso8583(message) => 100.0 + message.score,
        Decoded::Emv(chip) => 50.0 + chip.parts.len() as f64,
        _ => 10.0,
    }
}

/// Says where in the pasted text a fault stands.
fn locate(decoded: &mut Decoded, dump: &Dump) {
    let error = match decoded {
        Decoded::Iso8583(message) => message.error.as_mut(),
        Decoded::Emv(chip) => chip.error.as_mut(),
        _ => None,
    };
    if let Some(error) = error {
        error.place = dump.place(error.offset).map(|p| [p.line, p.column]);
    }
}
