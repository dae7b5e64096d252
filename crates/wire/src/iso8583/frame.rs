//! What stands before a message (length, TPDU, private header), and a stream of bytes cut into messages.

use super::dialect::{Coding, Dialect, Frame, LengthCounts, LengthForm};
use super::ebcdic;
use super::walk::digit_at;

/// Where the layers before the message type lie. Offsets count from the first byte given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The frame of the dialect that fits; `None` when bytes in front are unexplained.
    pub frame: Option<&'a Frame>,
    /// Bytes of the length header.
    pub length: (usize, usize),
    /// What the length header says about the bytes behind it.
    pub said: Option<usize>,
    /// Bytes of the TPDU.
    pub tpdu: (usize, usize),
    /// Bytes of the private header.
    pub header: (usize, usize),
    /// Where the message type begins.
    pub message: usize,
    /// Where the message ends by its length header; the end of the bytes without one.
    pub end: usize,
}

impl<'a> Envelope<'a> {
    /// Nothing in front, or `skipped` bytes that nobody explains.
    pub fn bare(bytes: &[u8], skipped: usize) -> Self {
        let none = (0, 0);
        Envelope { frame: None, length: none, said: None, tpdu: none, header: (0, skipped), message: skipped, end: bytes.len() }
    }

    /// Reads what `frame` says stands in front. `None` when there are too few bytes or a length that is no number.
    pub fn read(bytes: &[u8], frame: &'a Frame) -> Option<Self> {
        let length = frame.length.size();
        let said =
            if frame.length == LengthForm::None { None } else { Some(read_length(bytes.get(..length)?, frame.length, frame.counts)?) };
        let tpdu = (length, length + if frame.tpdu { 5 } else { 0 });
        let header = (tpdu.1, tpdu.1 + usize::from(frame.header));
        if bytes.len() < header.1 {
            return None;
        }
        let end = said.map_or(bytes.len(), |said| bytes.len().min((length + said).max(header.1)));
        Some(Envelope { frame: Some(frame), length: (0, length), said, tpdu, header, message: header.1, end })
    }

    /// True when the length header says exactly how many bytes there are.
    pub fn length_holds(&self, bytes: &[u8]) -> Option<bool> {
        self.said.map(|said| self.length.1 + said == bytes.len())
    }
}

/// What a length header says about the bytes behind it.
fn read_length(bytes: &[u8], form: LengthForm, counts: LengthCounts) -> Option<usize> {
    let letters = |f: fn(u8) -> u8| bytes.iter().try_fold(0usize, |n, b| char::from(f(*b)).to_digit(10).map(|d| n * 10 + d as usize));
    let number = match form {
        LengthForm::None => return None,
        LengthForm::Binary2 | LengthForm::Binary4 => {
            bytes.iter().try_fold(0usize, |n, b| n.checked_mul(256)?.checked_add(usize::from(*b)))?
        }
        LengthForm::Ascii4 => letters(|b| b)?,
        LengthForm::Ebcdic4 => letters(ebcdic::to_latin_1)?,
        LengthForm::Bcd2 => (0..4).try_fold(0usize, |n, i| Some(n * 10 + usize::from(digit_at(bytes, i, Coding::Bcd)?)))?,
    };
    match counts {
        LengthCounts::After => Some(number),
        LengthCounts::All => number.checked_sub(form.size()),
    }
}

/// Writes a length header for `count` bytes behind it. `None` when the form cannot hold the number.
pub fn write_length(count: usize, form: LengthForm, counts: LengthCounts, out: &mut Vec<u8>) -> Option<()> {
    let count = count + if counts == LengthCounts::All { form.size() } else { 0 };
    match form {
        LengthForm::None => {}
        LengthForm::Binary2 => out.extend_from_slice(&u16::try_from(count).ok()?.to_be_bytes()),
        LengthForm::Binary4 => out.extend_from_slice(&u32::try_from(count).ok()?.to_be_bytes()),
        LengthForm::Ascii4 | LengthForm::Ebcdic4 | LengthForm::Bcd2 if count > 9999 => return None,
        LengthForm::Ascii4 => out.extend(format!("{count:04}").bytes()),
        LengthForm::Ebcdic4 => out.extend(format!("{count:04}").bytes().map(ebcdic::from_latin_1)),
        LengthForm::Bcd2 => out.extend([count / 100, count % 100].map(|two| (((two / 10) << 4) | (two % 10)) as u8)),
    }
    Some(())
}

/// True when four digits can be a message type: a version, class, function and origin in use (ISO 8583 clause 4).
pub(super) fn is_message_type(bytes: &[u8], coding: Coding) -> bool {
    let digit = |i| digit_at(bytes, i, coding);
    matches!((digit(0), digit(1), digit(2), digit(3)), (Some(0 | 1 | 2 | 8 | 9), Some(1..=9), Some(0..=9), Some(0..=5)))
}

/// What a [`Framer`] found in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameEvent<'a> {
    /// A whole message with everything before it; `offset` counts from the start of the stream.
    Message {
        /// The bytes.
        bytes: &'a [u8],
        /// Where they began.
        offset: u64,
    },
    /// Bytes that begin no message.
    Skipped {
        /// How many.
        count: u64,
        /// Where they began.
        offset: u64,
    },
    /// The stream ended inside a message.
    Cut {
        /// What there is of it.
        bytes: &'a [u8],
        /// Where it began.
        offset: u64,
        /// Bytes that are missing.
        missing: usize,
    },
}

/// Cuts a stream of bytes into messages by their length headers. It keeps one message at most, finds its feet again after bytes that
/// begin no message, and never trusts a length beyond its limit.
pub struct Framer<'d> {
    frame: &'d Frame,
    mti: Coding,
    max: usize,
    /// The start of a message whose end has not come yet.
    kept: Vec<u8>,
    offset: u64,
    skipped: u64,
}

impl<'d> Framer<'d> {
    /// For the messages of a dialect in one of its frames with a length header; `max` bytes a message at most.
    pub fn new(dialect: &'d Dialect, frame: &'d Frame, max: usize) -> Option<Self> {
        let fits = frame.length != LengthForm::None;
        fits.then(|| Framer { frame, mti: dialect.mti, max, kept: Vec::new(), offset: 0, skipped: 0 })
    }

    /// Takes the next bytes of the stream; whole messages go to `sink`.
    pub fn push(&mut self, bytes: &[u8], sink: &mut impl FnMut(FrameEvent<'_>)) {
        if self.kept.is_empty() {
            let used = self.run(bytes, sink);
            self.kept.extend_from_slice(&bytes[used..]);
        } else {
            let mut kept = std::mem::take(&mut self.kept);
            kept.extend_from_slice(bytes);
            let used = self.run(&kept, sink);
            kept.drain(..used);
            self.kept = kept;
        }
    }

    /// The stream has ended: reports what is left.
    pub fn finish(&mut self, sink: &mut impl FnMut(FrameEvent<'_>)) {
        let kept = std::mem::take(&mut self.kept);
        self.report_skipped(sink);
        if !kept.is_empty() {
            let said = kept.get(..self.frame.length.size()).and_then(|l| read_length(l, self.frame.length, self.frame.counts));
            let missing = said.map_or(1, |said| (self.frame.length.size() + said).saturating_sub(kept.len()));
            sink(FrameEvent::Cut { bytes: &kept, offset: self.offset, missing });
            self.offset += kept.len() as u64;
        }
    }

    /// Reports whole messages at the front of `bytes`; the result is how many bytes are done with.
    fn run(&mut self, bytes: &[u8], sink: &mut impl FnMut(FrameEvent<'_>)) -> usize {
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            let used = match self.size(rest) {
                Size::Unknown => return at,
                Size::Bytes(size) if rest.len() < size => return at,
                Size::Bytes(size) => {
                    self.report_skipped(sink);
                    sink(FrameEvent::Message { bytes: &rest[..size], offset: self.offset });
                    size
                }
                Size::NoMessage => {
                    self.skipped += 1;
                    1
                }
            };
            self.offset += used as u64;
            at += used;
        }
    }

    fn report_skipped(&mut self, sink: &mut impl FnMut(FrameEvent<'_>)) {
        let count = std::mem::take(&mut self.skipped);
        if count > 0 {
            sink(FrameEvent::Skipped { count, offset: self.offset - count });
        }
    }

    /// Bytes of the message at the front, its length header included.
    fn size(&self, bytes: &[u8]) -> Size {
        let header = self.frame.length.size();
        let Some(length) = bytes.get(..header) else { return Size::Unknown };
        let body = read_length(length, self.frame.length, self.frame.counts);
        let mti = self.frame.size();
        let behind = mti + if self.mti == Coding::Bcd { 2 } else { 4 };
        let Some(body) = body.filter(|body| *body + header <= self.max && *body + header >= behind) else { return Size::NoMessage };
        if self.frame.tpdu && bytes.get(header).is_some_and(|b| *b != 0x60 && *b != 0x68) {
            return Size::NoMessage;
        }
        let start = mti - usize::from(self.frame.header);
        if bytes.get(start..).is_some_and(|h| !h.is_empty() && !h.iter().zip(&self.frame.header_starts).all(|(a, b)| a == b)) {
            return Size::NoMessage;
        }
        match bytes.get(mti..behind) {
            None => Size::Unknown,
            Some(found) if is_message_type(found, self.mti) => Size::Bytes(header + body),
            Some(_) => Size::NoMessage,
        }
    }
}

enum Size {
    Bytes(usize),
    Unknown,
    NoMessage,
}
