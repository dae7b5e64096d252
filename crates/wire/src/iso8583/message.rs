//! A decoded message → the same bytes again, pad nibbles and all, and with fields changed.

use std::collections::BTreeMap;
use std::fmt;

use super::decode::Decoded;
use super::dialect::Dialect;
use super::encode::{EncodeError, LONG, bitmap_half, write_bitmap, write_by_format};

/// A message of its own, to be kept, changed and written: what was decoded comes back byte for byte unless it is changed.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The message type, four digits.
    mti: Vec<u8>,
    /// The bitmap as it was written.
    bitmap: Vec<u8>,
    /// Bytes of each field, its length prefix included.
    fields: BTreeMap<usize, Vec<u8>>,
    /// What could not be understood, and what follows the last field.
    rest: Vec<u8>,
}

impl From<&Decoded<'_>> for Message {
    fn from(decoded: &Decoded<'_>) -> Self {
        let bytes = |from: usize, to: usize| decoded.bytes().get(from..to).unwrap_or_default().to_vec();
        let (from, to) = decoded.bitmap_span();
        Message {
            mti: bytes(0, from),
            bitmap: bytes(from, to),
            fields: decoded.fields().filter_map(|n| decoded.span(n).map(|(from, to)| (n, bytes(from, to)))).collect(),
            rest: bytes(decoded.end(), decoded.bytes().len()),
        }
    }
}

impl Message {
    /// The bytes of the message.
    pub fn bytes(&self) -> Vec<u8> {
        let fields = self.fields.values().flatten();
        self.mti.iter().chain(&self.bitmap).chain(fields).chain(&self.rest).copied().collect()
    }

    /// Puts a field in, or replaces it, in the notation of [`encode`](super::encode()).
    pub fn set(&mut self, dialect: &Dialect, number: usize, value: &str) -> Result<(), EncodeError> {
        let format = dialect.format(number).ok_or(EncodeError::UnknownField(number))?;
        let mut bytes = Vec::new();
        let end = write_by_format(&mut bytes, 0, format, value.as_bytes());
        bytes.truncate(end.map_err(|problem| EncodeError::Value { field: number, problem })?);
        self.fields.insert(number, bytes);
        self.announce(dialect, |bits| bits | 1 << (128 - number));
        Ok(())
    }

    /// Takes a field out.
    pub fn remove(&mut self, dialect: &Dialect, number: usize) {
        if self.fields.remove(&number).is_some() {
            self.announce(dialect, |bits| bits & !(1 << (128 - number)));
        }
    }

    /// The numbers of its fields.
    pub fn fields(&self) -> impl Iterator<Item = usize> + '_ {
        self.fields.keys().copied()
    }

    /// Rewrites the bitmap. What the second half announces decides whether it is there.
    fn announce(&mut self, dialect: &Dialect, change: impl Fn(u128) -> u128) {
        let bits = change(self.fields.keys().fold(0u128, |bits, n| bits | 1 << (128 - n)));
        let bits = if bits & u128::from(u64::MAX) != 0 { bits | LONG } else { bits & !LONG };
        let half = bitmap_half(dialect);
        self.bitmap = vec![0; if bits & LONG == 0 { half } else { 2 * half }];
        write_bitmap(&mut self.bitmap, bits, dialect.bitmap);
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("fields", &self.fields.keys().collect::<Vec<_>>()).field("rest", &self.rest.len()).finish()
    }
}
