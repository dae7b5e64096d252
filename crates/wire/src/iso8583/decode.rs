//! Bytes → offsets of message type, bitmap and fields. Nothing is copied and nothing allocated; values are rendered on request.

use posdx_model::{Secret, Unmasked};

use super::dialect::{Coding, Dialect, Format, Kind, Length};
use super::ebcdic;
use super::fault::{Expected, Fault, Layer};

/// Longest message: offsets are 16 bits wide, as are the length headers in use.
pub const MESSAGE_MAX: usize = u16::MAX as usize;

/// Place of one field: where its prefix and its value begin, where what follows it begins, and how many units the value has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Slot {
    start: u16,
    value: u16,
    end: u16,
    units: u16,
}

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
    slots: [Slot; 129],
    end: usize,
    fault: Option<Fault>,
}

/// A value as it may be handled: open, or locked up because it is card data or a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Anybody may see it.
    Open(String),
    /// Only its mask may be seen.
    Locked(Secret),
}

impl Value {
    /// What anybody may see.
    pub fn masked(&self) -> String {
        match self {
            Value::Open(text) => text.clone(),
            Value::Locked(secret) => secret.masked(),
        }
    }

    /// The value itself.
    pub fn reveal(&self, leave: Unmasked) -> &str {
        match self {
            Value::Open(text) => text,
            Value::Locked(secret) => secret.reveal(leave),
        }
    }

    /// The mask, or the value where somebody asked for it in so many words.
    pub fn shown(&self, leave: Option<Unmasked>) -> String {
        leave.map_or_else(|| self.masked(), |leave| self.reveal(leave).to_owned())
    }
}

/// Decodes a message that begins with its type. What stands before it (length, TPDU, header) is another layer's.
pub fn decode<'a>(bytes: &'a [u8], dialect: &'a Dialect) -> Decoded<'a> {
    let mut decoded = Decoded {
        bytes,
        dialect,
        mti: *b"0000",
        bits: 0,
        understood: 0,
        bitmap: (0, 0),
        slots: [Slot::default(); 129],
        end: 0,
        fault: None,
    };
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
        for i in 0..4 {
            let digit = digit_at(mti, i, self.dialect.mti).ok_or(Fault {
                layer: Layer::Mti,
                field: 0,
                offset: i * mti_bytes / 4,
                expected: Expected::MtiDigit,
            })?;
            self.mti[i] = b'0' + digit;
        }
        let at = self.read_bitmap(mti_bytes)?;
        self.bitmap = (mti_bytes as u16, at as u16);
        self.end = at;
        self.run_fields(at, 2)
    }

    /// Decodes the announced fields from number `first` on, beginning at `at`.
    fn run_fields(&mut self, mut at: usize, first: usize) -> Result<(), Fault> {
        // The announced fields still to come, field 2 leftmost; shifting finds each in one step.
        let mut left = self.bits << 1 >> 1 << (first - 1) >> (first - 1);
        while left != 0 {
            let number = left.leading_zeros() as usize + 1;
            left &= !(1 << (128 - number));
            let format = *self.dialect.format(number).ok_or(Fault {
                layer: Layer::FieldValue,
                field: number,
                offset: at,
                expected: Expected::KnownField,
            })?;
            let slot = self.read_field(number, &format, at)?;
            at = usize::from(slot.end);
            self.slots[number] = slot;
            self.understood |= 1 << (128 - number);
            self.end = at;
        }
        Ok(())
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
            return Ok((bytes.iter().fold(0, |bits, b| bits << 8 | u64::from(*b)), at + 8));
        }
        let mut bits = 0u64;
        for (i, byte) in self.take(at, 16, Layer::Bitmap, 0)?.iter().enumerate() {
            let letter = if self.dialect.bitmap == Coding::Ebcdic { ebcdic::to_latin_1(*byte) } else { *byte };
            let digit = char::from(letter).to_digit(16).ok_or(Fault {
                layer: Layer::Bitmap,
                field: 0,
                offset: at + i,
                expected: Expected::BitmapDigit,
            })?;
            bits = bits << 4 | u64::from(digit);
        }
        Ok((bits, at + 16))
    }

    #[inline]
    fn read_field(&self, number: usize, format: &Format, start: usize) -> Result<Slot, Fault> {
        let value = start + format.prefix_bytes();
        let units = match format.length {
            Length::Fixed(units) => usize::from(units),
            Length::Rest => self.bytes.len().saturating_sub(value),
            Length::Prefixed { digits, max } => {
                let prefix = self.take(start, format.prefix_bytes(), Layer::FieldLength, number)?;
                let wrong = |offset, expected| Fault { layer: Layer::FieldLength, field: number, offset: start + offset, expected };
                let counted =
                    read_length(prefix, usize::from(digits), format.length_coding).map_err(|i| wrong(i, Expected::LengthDigit))?;
                let units = format.units_of(counted);
                if units > usize::from(max) {
                    return Err(wrong(0, Expected::LengthUpTo(max)));
                }
                units
            }
        };
        let bytes = self.take(value, format.bytes_for(units), Layer::FieldValue, number)?;
        if format.kind == Kind::Digits
            && let Some(at) = first_other_than_digit(bytes, units, format)
        {
            return Err(Fault { layer: Layer::FieldValue, field: number, offset: value + at, expected: Expected::Digit });
        }
        if format.is_hex_letters()
            && let Some(at) = bytes.iter().position(|b| !letter(*b, format.coding).is_ascii_hexdigit())
        {
            return Err(Fault { layer: Layer::FieldValue, field: number, offset: value + at, expected: Expected::HexDigit });
        }
        // MESSAGE_MAX keeps every offset inside 16 bits.
        Ok(Slot { start: start as u16, value: value as u16, end: (value + bytes.len()) as u16, units: units as u16 })
    }

    #[inline]
    fn take(&self, at: usize, count: usize, layer: Layer, field: usize) -> Result<&'a [u8], Fault> {
        self.bytes.get(at..at + count).ok_or_else(|| Fault {
            layer,
            field,
            offset: self.bytes.len(),
            expected: Expected::More((at + count - self.bytes.len()).min(MESSAGE_MAX) as u16),
        })
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
    fn slot(&self, number: usize) -> Option<&Slot> {
        if self.has(number) { self.slots.get(number) } else { None }
    }

    /// First byte and the byte behind a field, its length included.
    pub fn span(&self, number: usize) -> Option<(usize, usize)> {
        self.slot(number).map(|s| (s.start.into(), s.end.into()))
    }

    /// Where the value of a field begins.
    pub fn value_start(&self, number: usize) -> Option<usize> {
        self.slot(number).map(|s| s.value.into())
    }

    /// The bytes of a field's value. They may hold card data.
    #[inline]
    pub fn raw(&self, number: usize) -> Option<&'a [u8]> {
        let slot = self.slot(number)?;
        self.bytes.get(slot.value.into()..slot.end.into())
    }

    /// Digits, characters or bytes of a field's value.
    #[inline]
    pub fn units(&self, number: usize) -> Option<usize> {
        self.slot(number).map(|s| s.units.into())
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

fn letter(byte: u8, coding: Coding) -> u8 {
    if coding == Coding::Ebcdic { ebcdic::to_latin_1(byte) } else { byte }
}

fn numbers(bits: u128) -> impl Iterator<Item = usize> {
    (2..=128).filter(move |n| bits & 1 << (128 - n) != 0)
}

/// A value in the notation of people.
pub(crate) fn render(raw: &[u8], units: usize, format: &Format) -> String {
    match (format.kind, format.coding) {
        (Kind::Track, Coding::Bcd) if format.separator != 'D' => {
            let letters = (0..units).map(|i| nibble_char(raw, format.nibble_of(units, i)));
            letters.map(|c| if c == 'D' { format.separator } else { c }).collect()
        }
        (_, Coding::Bcd) => (0..units).map(|i| nibble_char(raw, format.nibble_of(units, i))).collect(),
        (Kind::Bytes, Coding::Ebcdic) => raw.iter().map(|b| char::from(ebcdic::to_latin_1(*b))).collect(),
        (Kind::Bytes, Coding::Ascii) if raw.iter().all(u8::is_ascii) => raw.iter().map(|b| char::from(*b)).collect(),
        (Kind::Bytes, _) | (_, Coding::Binary) => hex(raw),
        (_, Coding::Ascii | Coding::Gbk) if raw.iter().all(|b| (0x20..0x7F).contains(b)) => raw.iter().map(|b| char::from(*b)).collect(),
        (_, Coding::Ascii | Coding::Gbk) => hex(raw),
        (_, Coding::Ebcdic) if raw.iter().all(|b| (0x20..0x7F).contains(&ebcdic::to_latin_1(*b))) => {
            raw.iter().map(|b| char::from(ebcdic::to_latin_1(*b))).collect()
        }
        (_, Coding::Ebcdic) => hex(raw),
    }
}

/// Hexadecimal, two capital digits a byte.
pub(crate) fn hex(raw: &[u8]) -> String {
    raw.iter().flat_map(|b| [b >> 4, b & 0x0F]).map(hex_char).collect()
}

fn hex_char(nibble: u8) -> char {
    // A packed track separator is written D.
    char::from(b"0123456789ABCDEF"[usize::from(nibble & 0x0F)])
}

fn nibble_char(bytes: &[u8], i: usize) -> char {
    let byte = bytes.get(i / 2).copied().unwrap_or_default();
    hex_char(if i.is_multiple_of(2) { byte >> 4 } else { byte })
}

#[inline]
pub(super) fn digit_at(bytes: &[u8], i: usize, coding: Coding) -> Option<u8> {
    let value = match coding {
        Coding::Bcd => {
            let byte = *bytes.get(i / 2)?;
            if i.is_multiple_of(2) { byte >> 4 } else { byte & 0x0F }
        }
        Coding::Ascii | Coding::Gbk => bytes.get(i)?.checked_sub(b'0')?,
        Coding::Ebcdic => bytes.get(i)?.checked_sub(0xF0)?,
        Coding::Binary => *bytes.get(i)?,
    };
    (value <= 9).then_some(value)
}

/// Byte of the first character that is no digit.
#[inline]
fn first_other_than_digit(bytes: &[u8], units: usize, format: &Format) -> Option<usize> {
    let all = match format.coding {
        // The pad nibble of an odd field carries nothing and may be anything: only then is each nibble looked at.
        Coding::Bcd => units.is_multiple_of(2) && bytes.iter().all(|b| b & 0x0F <= 9 && *b <= 0x99),
        Coding::Ascii | Coding::Gbk => bytes.iter().all(u8::is_ascii_digit),
        Coding::Ebcdic => bytes.iter().all(|b| (0xF0..=0xF9).contains(b)),
        Coding::Binary => true,
    };
    if all {
        return None;
    }
    let place = |i| if format.coding == Coding::Bcd { format.nibble_of(units, i) } else { i };
    let wrong = (0..units).map(place).find(|i| digit_at(bytes, *i, format.coding).is_none())?;
    Some(if format.coding == Coding::Bcd { wrong / 2 } else { wrong })
}

/// The number in a length prefix; the error is the byte that is no digit.
#[inline]
fn read_length(prefix: &[u8], digits: usize, coding: Coding) -> Result<usize, usize> {
    if coding == Coding::Binary {
        return Ok(prefix.iter().fold(0, |n, b| n << 8 | usize::from(*b)));
    }
    // Three packed digits take two bytes, with a zero in front.
    let packed = coding == Coding::Bcd;
    let count = if packed { digits + digits % 2 } else { digits };
    (0..count).try_fold(0, |n, i| Ok(n * 10 + usize::from(digit_at(prefix, i, coding).ok_or(if packed { i / 2 } else { i })?)))
}
