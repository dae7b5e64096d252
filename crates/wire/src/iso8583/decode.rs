//! Bytes → offsets of message type, bitmap and fields. Nothing is copied and nothing allocated; values are rendered on request.

use posdx_model::{Secret, Unmasked};

use super::dialect::{Coding, Dialect, Format, Kind, Length};
use super::ebcdic;
use super::fault::{Expected, Fault, Layer};
use super::scan::{NIBBLES, all_digits, all_packed_digits};

/// Longest message: offsets are 16 bits wide, as are the length headers in use.
pub const MESSAGE_MAX: usize = u16::MAX as usize;

/// Place of one field: where its value begins and how many units it has. The rest follows from the field's format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Slot {
    value: u16,
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
#[inline]
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
        // The announced fields still to come, field 2 leftmost.
        let left = self.bits << 1 >> 1 << (first - 1) >> (first - 1);
        let (mut end, mut fault) = read_half(self.bytes, self.dialect, at, (left >> 64) as u64, 1, &mut self.slots);
        if fault.is_none() && left as u64 != 0 {
            (end, fault) = read_half(self.bytes, self.dialect, end, left as u64, 65, &mut self.slots);
        }
        let behind = fault.map_or(0, |fault| u128::MAX >> (fault.field - 1));
        self.understood |= left & !behind;
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
        take(self.bytes, at, count).ok_or_else(|| missing(self.bytes, at, count, layer, field))
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

/// Reads the fields that half a bitmap announces, the first at `at`; `before` is the number of its first bit. The result is the end of
/// the last one understood, and what is wrong behind it.
fn read_half(
    bytes: &[u8],
    dialect: &Dialect,
    mut at: usize,
    mut half: u64,
    before: usize,
    slots: &mut [Slot; 129],
) -> (usize, Option<Fault>) {
    while half != 0 {
        let bit = half.leading_zeros() as usize;
        half &= !(1 << 63 >> bit);
        let number = bit + before;
        let Some(format) = dialect.format(number) else {
            return (at, Some(Fault { layer: Layer::FieldValue, field: number, offset: at, expected: Expected::KnownField }));
        };
        match read_field(bytes, number, format, at) {
            Ok((slot, end)) => (slots[number], at) = (slot, end),
            Err(fault) => return (at, Some(fault)),
        }
    }
    (at, None)
}

/// Where the field's value lies, and where the field ends.
#[inline(always)]
fn read_field(bytes: &[u8], number: usize, format: &Format, start: usize) -> Result<(Slot, usize), Fault> {
    let (value, units) = match format.length {
        Length::Fixed(units) => (start, usize::from(units)),
        Length::Rest => (start, bytes.len().saturating_sub(start)),
        Length::Prefixed { digits, max } => {
            let size = format.prefix_bytes();
            let prefix = take(bytes, start, size).ok_or_else(|| missing(bytes, start, size, Layer::FieldLength, number))?;
            let wrong = |offset, expected| Fault { layer: Layer::FieldLength, field: number, offset: start + offset, expected };
            let counted = read_length(prefix, usize::from(digits), format.length_coding).map_err(|i| wrong(i, Expected::LengthDigit))?;
            let units = format.units_of(counted);
            if units > usize::from(max) {
                return Err(wrong(0, Expected::LengthUpTo(max)));
            }
            (start + size, units)
        }
    };
    // The two kinds of digits that make up most messages are told apart first.
    let (count, expected) = match (format.kind, format.coding) {
        (Kind::Digits, Coding::Ascii) => (units, Expected::Digit),
        (Kind::Digits, Coding::Bcd) => (units.div_ceil(2), Expected::Digit),
        (kind, _) => (format.bytes_for(units), if kind == Kind::Digits { Expected::Digit } else { Expected::HexDigit }),
    };
    let raw = take(bytes, value, count).ok_or_else(|| missing(bytes, value, count, Layer::FieldValue, number))?;
    let holds = match (format.kind, format.coding) {
        (Kind::Digits, Coding::Ascii) => all_digits(raw),
        (Kind::Digits, Coding::Bcd) => all_packed_digits(raw) || !units.is_multiple_of(2) && all_but_pad(raw, format.right_aligned),
        (Kind::Digits, coding) => (0..units).all(|i| digit_at(raw, i, coding).is_some()),
        (Kind::Bytes, Coding::Ascii | Coding::Ebcdic) => raw.iter().all(|b| letter(*b, format.coding).is_ascii_hexdigit()),
        _ => true,
    };
    if !holds {
        return Err(Fault { layer: Layer::FieldValue, field: number, offset: value + first_wrong(raw, units, format), expected });
    }
    // MESSAGE_MAX keeps every offset inside 16 bits.
    Ok((Slot { value: value as u16, units: units as u16 }, value + count))
}

#[inline(always)]
fn take(bytes: &[u8], at: usize, count: usize) -> Option<&[u8]> {
    bytes.get(at..at + count)
}

#[cold]
fn missing(bytes: &[u8], at: usize, count: usize, layer: Layer, field: usize) -> Fault {
    let more = (at + count - bytes.len()).min(MESSAGE_MAX) as u16;
    Fault { layer, field, offset: bytes.len(), expected: Expected::More(more) }
}

fn letter(byte: u8, coding: Coding) -> u8 {
    if coding == Coding::Ebcdic { ebcdic::to_latin_1(byte) } else { byte }
}

const LEFTMOST: u128 = 1 << 127;

/// The numbers of the fields whose bits are set; bit 1 is none.
fn numbers(bits: u128) -> impl Iterator<Item = usize> {
    let mut left = bits << 1 >> 1;
    std::iter::from_fn(move || {
        let zeros = left.leading_zeros();
        left &= !(LEFTMOST.checked_shr(zeros)?);
        Some(zeros as usize + 1)
    })
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

/// The pad half byte of an odd number of packed digits carries nothing and may be anything.
fn all_but_pad(bytes: &[u8], right_aligned: bool) -> bool {
    match if right_aligned { bytes.split_first() } else { bytes.split_last() } {
        Some((edge, rest)) => all_packed_digits(rest) && if right_aligned { edge & 0x0F } else { edge >> 4 } <= 9,
        None => true,
    }
}

/// Byte of the first character that cannot stand where it stands.
#[cold]
fn first_wrong(raw: &[u8], units: usize, format: &Format) -> usize {
    let wrong = match format.coding {
        _ if format.kind == Kind::Bytes => raw.iter().position(|b| !letter(*b, format.coding).is_ascii_hexdigit()),
        Coding::Bcd => (0..units).map(|i| format.nibble_of(units, i)).find(|i| digit_at(raw, *i, Coding::Bcd).is_none()).map(|i| i / 2),
        coding => (0..units).find(|i| digit_at(raw, *i, coding).is_none()),
    };
    wrong.unwrap_or_default()
}

/// The number in a length prefix; the error is the byte that is no digit.
#[inline]
fn read_length(prefix: &[u8], digits: usize, coding: Coding) -> Result<usize, usize> {
    let pair = |byte: u8| (byte & 0x0F <= 9 && byte <= 0x99).then_some(usize::from(byte >> 4) * 10 + usize::from(byte & 0x0F));
    match (coding, prefix) {
        (Coding::Binary, _) => Ok(prefix.iter().fold(0, |n, b| n << 8 | usize::from(*b))),
        (Coding::Bcd, [one]) => pair(*one).ok_or(0),
        // Three packed digits take two bytes, with a zero in front.
        (Coding::Bcd, [first, second]) => Ok(pair(*first).ok_or(0usize)? * 100 + pair(*second).ok_or(1usize)?),
        (Coding::Bcd, _) => prefix.iter().enumerate().try_fold(0, |n, (i, b)| Ok(n * 100 + pair(*b).ok_or(i)?)),
        (Coding::Ascii, [tens, ones]) if tens.is_ascii_digit() && ones.is_ascii_digit() => {
            Ok(usize::from(tens - b'0') * 10 + usize::from(ones - b'0'))
        }
        _ => (0..digits).try_fold(0, |n, i| Ok(n * 10 + usize::from(digit_at(prefix, i, coding).ok_or(i)?))),
    }
}
