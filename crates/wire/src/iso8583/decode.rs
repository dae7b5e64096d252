//! Bytes → offsets of message type, bitmap and fields. Nothing is copied and nothing allocated; values are rendered on request.

use posdx_model::Secret;

use super::dialect::{Coding, Dialect, Format, Kind};
use super::ebcdic;
use super::fault::{Expected, Fault, Layer};
use super::scan::{NIBBLES, all_digits, all_packed_digits};
use super::value::{Value, render};
use super::walk::{Slot, Slots, before, digit_at, numbers, take, walk};

/// Longest message: offsets are 16 bits wide, as are the length headers in use.
pub const MESSAGE_MAX: usize = u16::MAX as usize;

/// A decoded message: offsets into the bytes it was decoded from.
#[derive(Clone)]
pub struct Decoded<'a> {
    bytes: &'a [u8],
    dialect: &'a Dialect,
    mti: [u8; 4],
    /// What the bitmap announces, first field leftmost; the top bit says that the second half is there.
    bits: u128,
    /// What was understood, the same way.
    understood: u128,
    bitmap: (u16, u16),
    slots: Slots,
    end: usize,
    fault: Option<Fault>,
}

/// Decodes a message that begins with its type. What stands before it (length, TPDU, header) is another layer's.
pub fn decode<'a>(bytes: &'a [u8], dialect: &'a Dialect) -> Decoded<'a> {
    let mut decoded =
        Decoded { bytes, dialect, mti: *b"0000", bits: 0, understood: 0, bitmap: (0, 0), slots: Slots::empty(), end: 0, fault: None };
    if let Err(fault) = decoded.run() {
        decoded.fault = Some(fault);
    }
    decoded
}

impl<'a> Decoded<'a> {
    fn run(&mut self) -> Result<(), Fault> {
        if self.bytes.len() > MESSAGE_MAX {
            return Err(Fault { layer: Layer::Mti, field: 0, offset: MESSAGE_MAX, expected: Expected::Shorter });
        }
        let mti_bytes = if self.dialect.mti == Coding::Bcd { 2 } else { 4 };
        let mti = self.take(0, mti_bytes, Layer::Mti, 0)?;
        match (self.dialect.mti, mti) {
            (Coding::Ascii, [a, b, c, d]) if all_digits(mti) => self.mti = [*a, *b, *c, *d],
            (Coding::Bcd, [a, b]) if all_packed_digits(mti) => self.mti = [a >> 4, a & 0x0F, b >> 4, b & 0x0F].map(|digit| b'0' + digit),
            (coding, _) => {
                for i in 0..4 {
                    let wrong = Fault { layer: Layer::Mti, field: 0, offset: i * mti_bytes / 4, expected: Expected::MtiDigit };
                    self.mti[i] = b'0' + digit_at(mti, i, coding).ok_or(wrong)?;
                }
            }
        }
        let at = self.read_bitmap(mti_bytes)?;
        self.bitmap = (mti_bytes as u16, at as u16);
        self.end = at;
        self.run_fields(at, 2)
    }

    /// Decodes the announced fields from number `first` on, beginning at `at`.
    fn run_fields(&mut self, at: usize, first: usize) -> Result<(), Fault> {
        // The announced fields still to come.
        let left = self.bits << 1 >> 1 << (first - 1) >> (first - 1);
        let (end, fault) = walk(self.bytes, self.dialect, left, at, &mut self.slots);
        self.understood |= left & before(fault);
        self.end = end;
        fault.map_or(Ok(()), Err)
    }

    /// Reads the bitmap; the result is the offset behind it.
    fn read_bitmap(&mut self, at: usize) -> Result<usize, Fault> {
        let (first, behind) = self.half_bitmap(at)?;
        self.bits = u128::from(first) << 64;
        if first >> 63 == 0 {
            return Ok(behind);
        }
        let (second, behind) = self.half_bitmap(behind)?;
        self.bits |= u128::from(second);
        Ok(behind)
    }

    fn half_bitmap(&self, at: usize) -> Result<(u64, usize), Fault> {
        if self.dialect.bitmap == Coding::Binary {
            let bytes = self.take(at, 8, Layer::Bitmap, 0)?;
            return Ok((bytes.first_chunk().map_or(0, |half| u64::from_be_bytes(*half)), at + 8));
        }
        let mut letters = [0; 16];
        letters.copy_from_slice(self.take(at, 16, Layer::Bitmap, 0)?);
        if self.dialect.bitmap == Coding::Ebcdic {
            letters = letters.map(ebcdic::to_latin_1);
        }
        let nibbles = letters.map(|b| NIBBLES[usize::from(b)]);
        let seen = nibbles.iter().fold(0, |seen, n| seen | n);
        if seen > 0x0F {
            let wrong = nibbles.iter().position(|n| *n > 0x0F).unwrap_or_default();
            return Err(Fault { layer: Layer::Bitmap, field: 0, offset: at + wrong, expected: Expected::BitmapDigit });
        }
        Ok((nibbles.iter().fold(0, |bits, n| bits << 4 | u64::from(*n)), at + 16))
    }

    fn take(&self, at: usize, count: usize, layer: Layer, field: usize) -> Result<&'a [u8], Fault> {
        take(self.bytes, at, count, layer, field)
    }

    /// The message type, four digits.
    pub fn mti(&self) -> &str {
        std::str::from_utf8(&self.mti).unwrap_or("0000")
    }

    /// The dialect it was decoded by.
    pub fn dialect(&self) -> &'a Dialect {
        self.dialect
    }

    /// The bytes it was decoded from, the message type first.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where understanding ended, if it did.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Bytes understood; what follows is trailing.
    pub fn end(&self) -> usize {
        self.end
    }

    /// First byte of the bitmap, and the byte behind it.
    pub fn bitmap_span(&self) -> (usize, usize) {
        (self.bitmap.0.into(), self.bitmap.1.into())
    }

    /// The bits as announced, first field leftmost; the top bit says that the second half is there.
    pub fn bits(&self) -> u128 {
        self.bits
    }

    /// The numbers of the fields that the bitmap announces, in order.
    pub fn announced(&self) -> impl Iterator<Item = usize> + use<> {
        numbers(self.bits)
    }

    /// The numbers of the fields understood, in order.
    pub fn fields(&self) -> impl Iterator<Item = usize> + use<> {
        numbers(self.understood)
    }

    /// True when the field was understood.
    #[inline]
    pub fn has(&self, number: usize) -> bool {
        (2..=128).contains(&number) && self.understood & 1 << (128 - number) != 0
    }

    #[inline]
    fn slot(&self, number: usize) -> Option<(&Slot, &'a Format)> {
        if self.has(number) { self.slots.get(number).zip(self.dialect.format(number)) } else { None }
    }

    /// First byte and the byte behind a field, its length included.
    pub fn span(&self, number: usize) -> Option<(usize, usize)> {
        self.slot(number).map(|(slot, format)| {
            let value = usize::from(slot.value);
            (value - format.prefix_bytes(), value + format.bytes_for(slot.units.into()))
        })
    }

    /// Where the value of a field begins.
    pub fn value_start(&self, number: usize) -> Option<usize> {
        self.slot(number).map(|(slot, _)| slot.value.into())
    }

    /// The bytes of a field's value. They may hold card data.
    #[inline]
    pub fn raw(&self, number: usize) -> Option<&'a [u8]> {
        let (slot, format) = self.slot(number)?;
        let from = usize::from(slot.value);
        self.bytes.get(from..from + format.bytes_for(slot.units.into()))
    }

    /// Digits, characters or bytes of a field's value.
    #[inline]
    pub fn units(&self, number: usize) -> Option<usize> {
        self.slot(number).map(|(slot, _)| slot.units.into())
    }

    /// The value: digits for `n` and `z`, characters for text, hexadecimal for bytes and for text that cannot be printed.
    pub fn value(&self, number: usize) -> Option<Value> {
        let text = self.plain(number)?;
        Some(match self.about(number).and_then(|about| about.secret) {
            Some(kind) => Value::Locked(Secret::new(kind, text)),
            None => Value::Open(text),
        })
    }

    /// The value without a lock: for conditions and comparisons inside, never for output.
    pub(crate) fn plain(&self, number: usize) -> Option<String> {
        Some(render(self.raw(number)?, self.units(number)?, self.dialect.format(number)?))
    }

    /// What may follow after a fault, found by trying where the fields still announced would end with the message. A guess, to be marked.
    pub fn guess(&self) -> Option<Decoded<'a>> {
        /// Bytes looked at behind the fault.
        const REACH: usize = 600;
        let fault = self.fault.filter(|f| f.field > 0 && f.offset < self.bytes.len())?;
        let from = self.end;
        for (from, skip) in (from + 1..self.bytes.len().min(from + REACH)).flat_map(|at| [(at, 0), (at, 1)]) {
            let first = numbers(self.bits).filter(|n| *n > fault.field).nth(skip)?;
            let mut guess = self.clone();
            guess.fault = None;
            if guess.run_fields(from, first).is_ok() && guess.end == self.bytes.len() && guess.is_plausible_from(first) {
                guess.understood &= !self.understood;
                return Some(guess);
            }
        }
        None
    }

    /// Text in the fields from `first` on can be printed: enough to tell a lucky end from the right one.
    fn is_plausible_from(&self, first: usize) -> bool {
        numbers(self.understood).filter(|n| *n >= first).all(|n| {
            let (raw, format) = (self.raw(n).unwrap_or_default(), self.dialect.format(n));
            format.is_none_or(|f| f.kind != Kind::Text || f.coding != Coding::Ascii || raw.iter().all(|b| (0x20..0x7F).contains(b)))
        })
    }
}
