//! Bytes → lines, in constant memory, however they are cut into pieces.

use super::header;
use super::line::{Encoding, Format, Head, Line, Place};
use super::rules::Rules;

/// Longest line that is kept whole, in bytes; the rest of a longer one is dropped.
pub const MAX_LINE: usize = 64 * 1024;
/// Behind a cut at most so many bytes are taken back, lest the front half of a card number stays.
const CUT_BACK: usize = 256;

/// A push parser: feed it pieces of a log as they come, it hands out lines.
pub struct Lines<'a> {
    rules: &'a Rules,
    buffer: Vec<u8>,
    /// Bytes of the line so far, with those that were dropped.
    length: u64,
    offset: u64,
    number: u64,
    /// The last line that continues no other.
    parent: Option<u64>,
    /// The head that the next lines belong to (logcat long).
    long: Option<Head>,
}

impl<'a> Lines<'a> {
    /// Starts at the first byte of a file.
    pub fn new(rules: &'a Rules) -> Self {
        Lines { rules, buffer: Vec::new(), length: 0, offset: 0, number: 0, parent: None, long: None }
    }

    /// Takes the next piece and hands every line that ends in it to `sink`.
    pub fn feed(&mut self, mut bytes: &[u8], sink: &mut dyn FnMut(&Line)) {
        while let Some(at) = bytes.iter().position(|b| *b == b'\n') {
            let (line, rest) = bytes.split_at(at);
            self.keep(line);
            self.emit(1, sink);
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.keep(bytes);
    }

    /// Hands out the last line, when it has no line end. The parser can take another file after it.
    pub fn finish(&mut self, sink: &mut dyn FnMut(&Line)) {
        if self.length > 0 {
            self.emit(0, sink);
        }
        *self = Lines::new(self.rules);
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = MAX_LINE.saturating_sub(self.buffer.len());
        self.buffer.extend_from_slice(bytes.get(..bytes.len().min(room)).unwrap_or_default());
        self.length = self.length.saturating_add(bytes.len() as u64);
    }

    fn emit(&mut self, line_end: u64, sink: &mut dyn FnMut(&Line)) {
        self.number = self.number.saturating_add(1);
        let cut = self.length > self.buffer.len() as u64;
        let mut bytes = self.buffer.as_slice();
        let mut length = self.length;
        if line_end == 1 && !cut && bytes.last() == Some(&b'\r') {
            bytes = bytes.get(..bytes.len() - 1).unwrap_or_default();
            length -= 1;
        }
        if self.number == 1 {
            bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        }
        let (text, encoding) = decode(if cut { without_half_number(bytes) } else { bytes });
        let place = Place { number: self.number, offset: self.offset, length, cut, encoding };
        let line = self.read(place, text);
        sink(&line);
        self.offset = self.offset.saturating_add(self.length).saturating_add(line_end);
        self.length = 0;
        self.buffer.clear();
    }

    fn read(&mut self, place: Place, text: String) -> Line {
        let mut head = header::read(self.rules, &text);
        let message = text.get(head.message.clone()).unwrap_or_default();
        let trace = header::is_trace(self.rules, message, head.time.is_some());
        let indented = head.time.is_none() && head.level.is_none() && text.starts_with([' ', '\t']) && !text.trim().is_empty();
        if head.format == Some(Format::LogcatLong) {
            self.long = Some(head.clone());
        } else if text.trim().is_empty() {
            self.long = None;
        } else if let Some(long) = &self.long
            && head.time.is_none()
        {
            head = Head { message: 0..text.len(), tag: None, host: None, ..long.clone() };
        }
        let continues = self.parent.filter(|_| trace || indented);
        if continues.is_none() && !text.trim().is_empty() {
            self.parent = Some(place.number);
        }
        Line::new(place, text, head, continues, trace)
    }
}

fn decode(bytes: &[u8]) -> (String, Encoding) {
    let (text, encoding) = match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), Encoding::Utf8),
        Err(_) => match encoding_rs::GBK.decode_without_bom_handling_and_without_replacement(bytes) {
            Some(text) => (text.into_owned(), Encoding::Gbk),
            None => (String::from_utf8_lossy(bytes).into_owned(), Encoding::Lossy),
        },
    };
    (without_control(text), encoding)
}

/// Colours of terminals and other control characters say nothing, and can do harm where the line is shown.
fn without_control(text: String) -> String {
    if !text.chars().any(|c| c.is_control() && c != '\t') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1B}' && chars.next_if_eq(&'[').is_some() {
            while chars.next_if(|c| c.is_ascii_digit() || matches!(c, ';' | '?')).is_some() {}
            chars.next_if(char::is_ascii_alphabetic);
        } else if !c.is_control() || c == '\t' {
            out.push(c);
        }
    }
    out
}

fn without_half_number(bytes: &[u8]) -> &[u8] {
    let part_of_number = |b: &&u8| b.is_ascii_hexdigit() || b" -._\t,:=^/\\xX".contains(b) || !b.is_ascii();
    let back = bytes.iter().rev().take(CUT_BACK).take_while(part_of_number).count();
    bytes.get(..bytes.len() - back).unwrap_or_default()
}
