//! Bytes → offsets of message type, bitmap and fields. Nothing is copied and nothing allocated; values are rendered on request.

use super::dialect::{Coding, Dialect, FieldSpec, Kind, Length};

/// Which layer of a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The message type.
    Mti,
    /// The bitmap.
    Bitmap,
    /// A field's length prefix.
    FieldLength,
    /// A field's value.
    FieldValue,
}

/// Where and why the decoder stopped. It carries positions, never values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The layer.
    pub layer: Layer,
    /// The field, 0 outside fields.
    pub field: usize,
    /// Byte offset from the message type.
    pub offset: usize,
    /// What was expected there.
    pub expected: &'static str,
}

/// Place of one field: where its prefix, its value and what follows it begin, and how many units the value has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Slot {
    start: u32,
    value: u32,
    end: u32,
    units: u32,
}

/// A decoded message: offsets into the bytes it was decoded from.
#[derive(Clone)]
pub struct Decoded<'a> {
    bytes: &'a [u8],
    dialect: &'a Dialect,
    mti: [u8; 4],
    bitmap_end: u32,
    slots: [Slot; 129],
    end: usize,
    fault: Option<Fault>,
}

/// Decodes a message that begins with its type. What stands before it (length, TPDU, header) is another layer's.
pub fn decode<'a>(bytes: &'a [u8], dialect: &'a Dialect) -> Decoded<'a> {
    let mut decoded = Decoded { bytes, dialect, mti: *b"0000", bitmap_end: 0, slots: [Slot::default(); 129], end: 0, fault: None };
    if let Err(fault) = decoded.run() {
        decoded.fault = Some(fault);
    }
    decoded
}

impl<'a> Decoded<'a> {
    fn run(&mut self) -> Result<(), Fault> {
        let mti_bytes = if self.dialect.mti == Coding::Bcd { 2 } else { 4 };
        let mti = self.take(0, mti_bytes, Layer::Mti, 0, "four digits of message type")?;
        for i in 0..4 {
            let digit = digit(mti, i, self.dialect.mti).ok_or(Fault {
                layer: Layer::Mti,
                field: 0,
                offset: i * mti_bytes / 4,
                expected: "a digit of the message type",
            })?;
            self.mti[i] = b'0' + digit;
        }
        let (present, mut at) = self.bitmap(mti_bytes)?;
        self.bitmap_end = at as u32;
        self.end = at;
        for number in 2..=128 {
            if present & (1 << (128 - number)) == 0 {
                continue;
            }
            let spec = self.dialect.field(number).ok_or(Fault {
                layer: Layer::FieldValue,
                field: number,
                offset: at,
                expected: "a field that this dialect describes",
            })?;
            let slot = self.field(number, spec, at)?;
            at = slot.end as usize;
            self.slots[number] = slot;
            self.end = at;
        }
        Ok(())
    }

    /// The 128 bits, first field leftmost, and the offset behind them.
    fn bitmap(&self, at: usize) -> Result<(u128, usize), Fault> {
        let width = if self.dialect.bitmap == Coding::Binary { 8 } else { 16 };
        let half = |at: usize| -> Result<u64, Fault> {
            let bytes = self.take(at, width, Layer::Bitmap, 0, "a bitmap of 64 bits")?;
            let mut bits = 0u64;
            for i in 0..16 {
                let nibble = match self.dialect.bitmap {
                    Coding::Binary | Coding::Bcd => Some(if i % 2 == 0 { bytes[i / 2] >> 4 } else { bytes[i / 2] & 0x0F }),
                    Coding::Ascii => hex_digit(bytes[i]),
                    Coding::Ebcdic => hex_digit(ebcdic_to_ascii(bytes[i])),
                };
                let nibble = nibble.ok_or(Fault {
                    layer: Layer::Bitmap,
                    field: 0,
                    offset: at + i,
                    expected: "a hexadecimal digit of the bitmap",
                })?;
                bits = bits << 4 | u64::from(nibble);
            }
            Ok(bits)
        };
        let first = half(at)?;
        if first >> 63 == 0 {
            return Ok((u128::from(first) << 64, at + width));
        }
        let second = half(at + width)?;
        Ok((u128::from(first & (u64::MAX >> 1)) << 64 | u128::from(second), at + 2 * width))
    }

    fn field(&self, number: usize, spec: &FieldSpec, start: usize) -> Result<Slot, Fault> {
        let value = start + spec.prefix_bytes();
        let units = match spec.length {
            Length::Fixed(units) => units,
            Length::Prefixed { digits, max } => {
                let prefix = self.take(start, spec.prefix_bytes(), Layer::FieldLength, number, "the field's length")?;
                let units = number_of(prefix, digits, spec.length_coding).ok_or(Fault {
                    layer: Layer::FieldLength,
                    field: number,
                    offset: start,
                    expected: "digits of the field's length",
                })?;
                if units > max {
                    return Err(Fault {
                        layer: Layer::FieldLength,
                        field: number,
                        offset: start,
                        expected: "a length that the field may have",
                    });
                }
                units
            }
        };
        let bytes = self.take(value, spec.bytes_for(units), Layer::FieldValue, number, "the rest of the field")?;
        if spec.kind == Kind::Digits
            && let Some(i) = (0..units).find(|i| digit(bytes, nibble_of(spec, units, *i), spec.coding).is_none())
        {
            let inside = if spec.coding == Coding::Bcd { nibble_of(spec, units, i) / 2 } else { i };
            return Err(Fault { layer: Layer::FieldValue, field: number, offset: value + inside, expected: "a digit" });
        }
        Ok(Slot { start: start as u32, value: value as u32, end: (value + bytes.len()) as u32, units: units as u32 })
    }

    fn take(&self, at: usize, count: usize, layer: Layer, field: usize, expected: &'static str) -> Result<&'a [u8], Fault> {
        self.bytes.get(at..at + count).ok_or(Fault { layer, field, offset: self.bytes.len(), expected })
    }

    /// The message type, four digits.
    pub fn mti(&self) -> &str {
        std::str::from_utf8(&self.mti).unwrap_or("0000")
    }

    /// Where understanding ended, if it did.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Bytes understood; what follows is trailing.
    pub fn end(&self) -> usize {
        self.end
    }

    /// The numbers of the fields understood, in order.
    pub fn fields(&self) -> impl Iterator<Item = usize> + '_ {
        (2..=128).filter(|n| self.slots[*n].end > 0)
    }

    /// First byte and the byte behind a field, its length included.
    pub fn span(&self, number: usize) -> Option<(usize, usize)> {
        let slot = self.slots.get(number).filter(|s| s.end > 0)?;
        Some((slot.start as usize, slot.end as usize))
    }

    /// The bytes of a field's value.
    pub fn raw(&self, number: usize) -> Option<&'a [u8]> {
        let slot = self.slots.get(number).filter(|s| s.end > 0)?;
        self.bytes.get(slot.value as usize..slot.end as usize)
    }

    /// The value as text: digits for `n` and `z`, characters for text, hexadecimal for bytes and for text that is no ASCII.
    pub fn value(&self, number: usize) -> Option<String> {
        let (raw, spec) = (self.raw(number)?, self.dialect.field(number)?);
        let units = self.slots[number].units as usize;
        let hex = || raw.iter().map(|b| format!("{b:02X}")).collect::<String>();
        Some(match (spec.kind, spec.coding) {
            (_, Coding::Bcd) => (0..units).map(|i| nibble_char(raw, nibble_of(spec, units, i))).collect(),
            (Kind::Bytes, _) | (_, Coding::Binary) => hex(),
            (_, Coding::Ascii) if raw.iter().all(|b| (0x20..0x7F).contains(b)) => raw.iter().map(|b| char::from(*b)).collect(),
            (_, Coding::Ascii) => hex(),
            (_, Coding::Ebcdic) => raw.iter().map(|b| char::from(ebcdic_to_ascii(*b))).collect(),
        })
    }
}

/// Which nibble holds digit `i` of `units`.
fn nibble_of(spec: &FieldSpec, units: usize, i: usize) -> usize {
    if spec.coding == Coding::Bcd && spec.right_aligned { i + units % 2 } else { i }
}

fn nibble_char(bytes: &[u8], i: usize) -> char {
    let byte = bytes[i / 2];
    let nibble = if i.is_multiple_of(2) { byte >> 4 } else { byte & 0x0F };
    // A packed track separator is written D.
    char::from(b"0123456789ABCDEF"[usize::from(nibble)])
}

fn digit(bytes: &[u8], i: usize, coding: Coding) -> Option<u8> {
    let value = match coding {
        Coding::Bcd => {
            let byte = *bytes.get(i / 2)?;
            if i.is_multiple_of(2) { byte >> 4 } else { byte & 0x0F }
        }
        Coding::Ascii => bytes.get(i)?.checked_sub(b'0')?,
        Coding::Ebcdic => bytes.get(i)?.checked_sub(0xF0)?,
        Coding::Binary => *bytes.get(i)?,
    };
    (value <= 9).then_some(value)
}

fn number_of(prefix: &[u8], digits: usize, coding: Coding) -> Option<usize> {
    // Three packed digits take two bytes, with a zero in front.
    let first = if coding == Coding::Bcd { digits % 2 } else { 0 };
    (0..digits + first).try_fold(0, |n, i| Some(n * 10 + usize::from(digit(prefix, i, coding)?)))
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|d| d as u8)
}

/// EBCDIC code page 037, the characters that payment messages use; others become `?`.
pub(super) fn ebcdic_to_ascii(byte: u8) -> u8 {
    match byte {
        0x40 => b' ',
        0xF0..=0xF9 => byte - 0xF0 + b'0',
        0xC1..=0xC9 => byte - 0xC1 + b'A',
        0xD1..=0xD9 => byte - 0xD1 + b'J',
        0xE2..=0xE9 => byte - 0xE2 + b'S',
        0x81..=0x89 => byte - 0x81 + b'a',
        0x91..=0x99 => byte - 0x91 + b'j',
        0xA2..=0xA9 => byte - 0xA2 + b's',
        0x4B => b'.',
        0x4D => b'(',
        0x4E => b'+',
        0x50 => b'&',
        0x5B => b'$',
        0x5C => b'*',
        0x5D => b')',
        0x60 => b'-',
        0x61 => b'/',
        0x6B => b',',
        0x6C => b'%',
        0x6D => b'_',
        0x7A => b':',
        0x7B => b'#',
        0x7C => b'@',
        0x7D => b'\'',
        0x7E => b'=',
        _ => b'?',
    }
}
