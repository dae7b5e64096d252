//! One line of a log and what its head says.

use std::cell::OnceCell;
use std::fmt;
use std::ops::Range;

use super::mask::mask;
use super::time::Time;

posdx_model::words! {
    /// How a line is laid out.
    Format {
        /// RFC 5424: `<165>1 2026-11-24T10:11:12Z host app 123 ID - message`.
        Syslog5424 = "syslog-5424",
        /// RFC 3164 and what syslog writes to files: `Nov 24 10:11:12 host app[123]: message`.
        Syslog3164 = "syslog-3164",
        /// Android: `E/Tag( 123): message`.
        LogcatBrief = "logcat-brief",
        /// Android: `11-24 10:11:12.345  123  456 E Tag: message`.
        LogcatThreadtime = "logcat-threadtime",
        /// Android: `11-24 10:11:12.345 E/Tag( 123): message`.
        LogcatTime = "logcat-time",
        /// Android: `[ 11-24 10:11:12.345  123: 456 E/Tag ]`, the message on the lines after it.
        LogcatLong = "logcat-long",
        /// Brackets in front: `[2026-11-24 10:11:12][ERROR] message`.
        Bracketed = "bracketed",
        /// A JSON object.
        JsonLine = "json-line",
        /// Anything else.
        Plain = "plain",
    }
}

posdx_model::words! {
    /// How serious the writer of a line took it.
    Level {
        /// Every step.
        Trace = "trace",
        /// For developers.
        Debug = "debug",
        /// All is well.
        Info = "info",
        /// All is well, but worth a look.
        Notice = "notice",
        /// Something is odd.
        Warning = "warning",
        /// Something went wrong.
        Error = "error",
        /// It could not go on.
        Fatal = "fatal",
    }
}

posdx_model::words! {
    /// How the bytes of a line were read.
    Encoding {
        /// UTF-8, of which ASCII is a part.
        Utf8 = "utf-8",
        /// GBK, common on Windows and on older terminals in China.
        Gbk = "gbk",
        /// Neither; what could not be read was replaced.
        Lossy = "lossy",
    }
}

/// What the head of a line says. The ranges are bytes of the line's text.
#[derive(Clone, Default)]
pub(super) struct Head {
    pub format: Option<Format>,
    pub time: Option<Time>,
    pub level: Option<Level>,
    pub host: Option<Range<usize>>,
    pub tag: Option<Range<usize>>,
    pub process: Option<u32>,
    pub message: Range<usize>,
}

/// One line. Its text can only be seen masked.
#[derive(Clone)]
pub struct Line {
    /// The line, counted from 1.
    pub number: u64,
    /// Its first byte in the file, counted from 0.
    pub offset: u64,
    /// Its bytes in the file, without the line end.
    pub length: u64,
    /// True when it was longer than 64 KiB and the rest was dropped.
    pub cut: bool,
    /// How its bytes were read.
    pub encoding: Encoding,
    /// How it is laid out.
    pub format: Format,
    /// When it was written.
    pub time: Option<Time>,
    /// How serious its writer took it.
    pub level: Option<Level>,
    /// The machine that wrote it, masked.
    pub host: Option<String>,
    /// The program, the tag or the logger that wrote it, masked.
    pub tag: Option<String>,
    /// The process that wrote it.
    pub process: Option<u32>,
    /// The number of the line that this one continues: a stack trace, a dump, an indented line.
    pub continues: Option<u64>,
    /// True for a line of a stack trace.
    pub trace: bool,
    message_range: Range<usize>,
    text: String,
    shown: OnceCell<String>,
}

/// Where a line stands, before its text is read.
pub(super) struct Place {
    pub number: u64,
    pub offset: u64,
    pub length: u64,
    pub cut: bool,
    pub encoding: Encoding,
}

impl Line {
    pub(super) fn new(place: Place, text: String, head: Head, continues: Option<u64>, trace: bool) -> Line {
        let part = |r: Option<Range<usize>>| r.and_then(|r| text.get(r)).map(|s| mask(s.trim())).filter(|s| !s.is_empty());
        Line {
            number: place.number,
            offset: place.offset,
            length: place.length,
            cut: place.cut,
            encoding: place.encoding,
            format: head.format.unwrap_or(Format::Plain),
            time: head.time,
            level: head.level,
            host: part(head.host),
            tag: part(head.tag),
            process: head.process,
            continues,
            trace,
            message_range: head.message,
            text,
            shown: OnceCell::new(),
        }
    }

    /// The whole line as it is written: for finding dumps inside, never for output.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The message behind the head, masked. Positions of signs and signals are bytes of this text.
    pub fn message(&self) -> &str {
        self.shown.get_or_init(|| mask(self.text.get(self.message_range.clone()).unwrap_or_default()))
    }

    /// Which bytes of the line (read as UTF-8, control characters dropped) are the message. In a line of plain ASCII without control
    /// characters these are bytes of the file from [`Line::offset`] on.
    pub fn message_range(&self) -> Range<usize> {
        self.message_range.clone()
    }

    /// The whole line, masked.
    pub fn masked(&self) -> String {
        let head = self.text.get(..self.message_range.start).unwrap_or_default();
        let tail = self.text.get(self.message_range.end..).unwrap_or_default();
        // Head and message are masked apart: a time next to a number is no card number. A number must not be cut in two for that.
        let joint = |before: &str, after: &str| {
            before.chars().next_back().is_some_and(char::is_numeric) && after.chars().next().is_some_and(char::is_numeric)
        };
        let message = self.text.get(self.message_range.clone()).unwrap_or_default();
        if joint(head, message) || joint(message, tail) {
            return mask(&self.text);
        }
        format!("{}{}{}", mask_head(head), self.message(), mask(tail))
    }
}

/// The time in a head is no card number, but everything else in it may be.
fn mask_head(head: &str) -> String {
    let mut out = String::with_capacity(head.len());
    let mut i = 0;
    while i < head.len() {
        let from_digit = head.as_bytes().get(i).is_some_and(u8::is_ascii_digit);
        let inside = i.checked_sub(1).and_then(|p| head.as_bytes().get(p)).is_some_and(u8::is_ascii_digit);
        if from_digit
            && !inside
            && let Some((time, n)) = head.get(i..).and_then(Time::read)
            && time.clock.is_some()
            && !head.as_bytes().get(i + n).is_some_and(u8::is_ascii_digit)
        {
            out = mask(&out);
            out.push_str(head.get(i..i + n).unwrap_or_default());
            out.push_str(&mask(head.get(i + n..).unwrap_or_default()));
            return out;
        }
        let Some(c) = head.get(i..).and_then(|r| r.chars().next()) else { break };
        out.push(c);
        i += c.len_utf8();
    }
    mask(&out)
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("number", &self.number)
            .field("offset", &self.offset)
            .field("length", &self.length)
            .field("cut", &self.cut)
            .field("encoding", &self.encoding)
            .field("format", &self.format)
            .field("time", &self.time)
            .field("level", &self.level)
            .field("host", &self.host)
            .field("tag", &self.tag)
            .field("process", &self.process)
            .field("continues", &self.continues)
            .field("trace", &self.trace)
            .field("message", &self.message())
            .finish()
    }
}
