//! A reader's bytes through one buffer that is never enlarged.

use std::io::{ErrorKind, Read};
use std::ops::Range;

use super::error::CaptureError;

/// The longest record header that is looked at together with a packet.
const HEADER_BYTES: usize = 64;

pub(super) struct Source<R> {
    reader: R,
    buffer: Vec<u8>,
    from: usize,
    to: usize,
    /// Bytes consumed before `from`.
    offset: u64,
    ended: bool,
}

impl<R: Read> Source<R> {
    /// A buffer that holds a record of at most `most` bytes and its header.
    pub(super) fn new(reader: R, most: usize) -> Self {
        Source { reader, buffer: vec![0; most + HEADER_BYTES], from: 0, to: 0, offset: 0, ended: false }
    }

    /// Makes `need` bytes available. `false`: the input ends before.
    #[inline]
    pub(super) fn fill(&mut self, need: usize) -> Result<bool, CaptureError> {
        if self.to - self.from >= need { Ok(true) } else { self.read_on(need) }
    }

    fn read_on(&mut self, need: usize) -> Result<bool, CaptureError> {
        self.buffer.copy_within(self.from..self.to, 0);
        self.to -= self.from;
        self.from = 0;
        while self.to < need && !self.ended {
            let room = self.buffer.get_mut(self.to..).unwrap_or_default();
            if room.is_empty() {
                return Ok(false);
            }
            match self.reader.read(room) {
                Ok(0) => self.ended = true,
                // A reader that claims more than it was given room for is not believed.
                Ok(n) => self.to = (self.to + n).min(self.buffer.len()),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(CaptureError::Read { offset: self.end(), kind: e.kind() }),
            }
        }
        Ok(self.to >= need)
    }

    /// What is available.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.from..self.to).unwrap_or_default()
    }

    /// Consumes `header` bytes and then `length` bytes, both available; the place of the latter, good until the next `fill`.
    #[inline]
    pub(super) fn take(&mut self, header: usize, length: usize) -> Range<usize> {
        let start = (self.from + header).min(self.to);
        let end = (start + length).min(self.to);
        self.offset += (end - self.from) as u64;
        self.from = end;
        start..end
    }

    /// The bytes of a place that `take` gave.
    #[inline]
    pub(super) fn at(&self, place: Range<usize>) -> &[u8] {
        self.buffer.get(place).unwrap_or_default()
    }

    /// Passes over bytes, however many. `false`: the input ends before.
    pub(super) fn skip(&mut self, mut count: u64) -> Result<bool, CaptureError> {
        loop {
            let here = usize::try_from(count).unwrap_or(usize::MAX).min(self.to - self.from);
            self.take(here, 0);
            count -= here as u64;
            if count == 0 {
                return Ok(true);
            }
            if !self.fill(1)? {
                return Ok(false);
            }
        }
    }

    /// Bytes consumed.
    #[inline]
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes read, consumed or not.
    pub(super) fn end(&self) -> u64 {
        self.offset + (self.to - self.from) as u64
    }
}

/// Byte order of a file's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    /// The number at `at`; 0 where there are no bytes, so callers fill first.
    #[inline]
    pub(super) fn u16(self, bytes: &[u8], at: usize) -> u16 {
        let raw = bytes.get(at..).and_then(|b| b.first_chunk()).copied().unwrap_or_default();
        if self == Order::Little { u16::from_le_bytes(raw) } else { u16::from_be_bytes(raw) }
    }

    /// As `u16`.
    #[inline]
    pub(super) fn u32(self, bytes: &[u8], at: usize) -> u32 {
        let raw = bytes.get(at..).and_then(|b| b.first_chunk()).copied().unwrap_or_default();
        if self == Order::Little { u32::from_le_bytes(raw) } else { u32::from_be_bytes(raw) }
    }
}
