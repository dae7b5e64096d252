//! Values → bytes, by the same dialect that decodes them; and a decoded message → the same bytes again, pad nibbles and all.

use std::collections::BTreeMap;
use std::fmt;

use super::decode::Decoded;
use super::dialect::{Coding, Dialect, Format, Kind, Length};
use super::ebcdic;
use super::scan::{NIBBLES, all_ascii, all_digits};

/// Why a message cannot be written. It names the field, never its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The message type is not four digits.
    #[error("the message type must be four digits")]
    Mti,
    /// The dialect has no such field.
    #[error("field {0}: this dialect does not describe it")]
    UnknownField(usize),
    /// Fields must come in ascending order.
    #[error("field {0}: fields must come in ascending order")]
    Order(usize),
    /// The value does not fit the field.
    #[error("field {field}: {problem}")]
    Value {
        /// The field.
        field: usize,
        /// What is wrong.
        problem: Problem,
    },
}

/// Why a value does not fit its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A character cannot be written in the field's coding.
    #[error("holds a character that this field cannot hold; bytes are given as hexadecimal")]
    Character,
    /// Bytes must be given as pairs of hexadecimal digits.
    #[error("must be hexadecimal, two digits a byte")]
    Hexadecimal,
    /// Only digits may stand here.
    #[error("must be digits")]
    Digits,
    /// The length is wrong.
    #[error("must have {wanted} digits, characters or bytes, not {found}")]
    Length {
        /// Units wanted.
        wanted: usize,
        /// Units given.
        found: usize,
    },
    /// The value is too long.
    #[error("may have {max} digits, characters or bytes, not {found}")]
    TooLong {
        /// Units allowed.
        max: usize,
        /// Units given.
        found: usize,
    },
}

/// Writes a message behind whatever `out` holds already. Values come in ascending order of their fields, in the notation in which
/// [`Decoded::value`] renders them: digits, characters, hexadecimal for bytes.
pub fn encode<'v>(
    dialect: &Dialect,
    mti: &str,
    values: impl IntoIterator<Item = (usize, &'v str)>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let mti = mti.as_bytes();
    if mti.len() != 4 || !all_digits(mti) {
        return Err(EncodeError::Mti);
    }
    let start = out.len();
    if dialect.mti == Coding::Bcd {
        write_packed(out, mti, false);
    } else {
        write_letters(out, mti, dialect.mti);
    }
    let bitmap = out.len();
    // Room for the first half; the second is put in when a field asks for it.
    let half = if dialect.bitmap == Coding::Binary { 8 } else { 16 };
    append(out, &[0; 16][..half]);
    let (mut bits, mut last) = ([0u64; 2], 1);
    for (number, value) in values {
        if number <= last {
            out.truncate(start);
            return Err(EncodeError::Order(number));
        }
        last = number;
        let written = match dialect.format(number) {
            None => Err(EncodeError::UnknownField(number)),
            Some(format) => {
                if number > 64 && bits[1] == 0 {
                    bits[0] |= 1 << 63;
                    out.splice(bitmap + half..bitmap + half, std::iter::repeat_n(0, half));
                }
                write_value(out, format, value.as_bytes()).map_err(|problem| EncodeError::Value { field: number, problem })
            }
        };
        if let Err(error) = written {
            out.truncate(start);
            return Err(error);
        }
        bits[(number - 1) / 64] |= 1 << 63 >> ((number - 1) % 64);
    }
    write_bitmap(&mut out[bitmap..], u128::from(bits[0]) << 64 | u128::from(bits[1]), dialect.bitmap);
    Ok(())
}

const LONG: u128 = 1 << 127;

fn write_bitmap(out: &mut [u8], bits: u128, coding: Coding) {
    let bytes = bits.to_be_bytes();
    let bytes = if bits & LONG == 0 { &bytes[..8] } else { &bytes[..] };
    if coding == Coding::Binary {
        out[..bytes.len()].copy_from_slice(bytes);
        return;
    }
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        for (place, nibble) in pair.iter_mut().zip([byte >> 4, byte & 0x0F]) {
            let letter = b"0123456789ABCDEF"[usize::from(nibble)];
            *place = if coding == Coding::Ebcdic { ebcdic::from_latin_1(letter) } else { letter };
        }
    }
}

#[inline(always)]
fn write_value(out: &mut Vec<u8>, format: &Format, value: &[u8]) -> Result<(), Problem> {
    let hexadecimal = format.coding == Coding::Binary || format.is_hex_letters();
    if hexadecimal && !value.len().is_multiple_of(2) {
        return Err(Problem::Hexadecimal);
    }
    let units = if hexadecimal { value.len() / 2 } else { value.len() };
    match format.length {
        Length::Fixed(wanted) if usize::from(wanted) != units => return Err(Problem::Length { wanted: wanted.into(), found: units }),
        Length::Fixed(_) | Length::Rest => {}
        Length::Prefixed { max, .. } if units > usize::from(max) => return Err(Problem::TooLong { max: max.into(), found: units }),
        Length::Prefixed { digits, .. } => write_length(out, format.counted(units), digits.into(), format.length_coding),
    }
    if format.kind == Kind::Digits && !all_digits(value) {
        return Err(Problem::Digits);
    }
    match format.coding {
        Coding::Bcd if format.kind == Kind::Track && value.contains(&b'=') => {
            let packed: Vec<u8> = value.iter().map(|b| if *b == b'=' { b'D' } else { *b }).collect();
            if !write_packed(out, &packed, format.right_aligned) {
                return Err(Problem::Digits);
            }
        }
        Coding::Binary | Coding::Bcd => {
            if !write_packed(out, value, format.right_aligned) {
                return Err(if hexadecimal { Problem::Hexadecimal } else { Problem::Digits });
            }
        }
        Coding::Ascii | Coding::Gbk | Coding::Ebcdic => {
            if format.kind != Kind::Digits && !all_ascii(value) {
                return Err(Problem::Character);
            }
            if hexadecimal && !value.iter().all(u8::is_ascii_hexdigit) {
                return Err(Problem::Hexadecimal);
            }
            write_letters(out, value, format.coding);
        }
    }
    Ok(())
}

#[inline]
fn write_length(out: &mut Vec<u8>, counted: usize, digits: usize, coding: Coding) {
    match coding {
        Coding::Binary => {
            let bytes = counted.to_be_bytes();
            out.extend_from_slice(&bytes[bytes.len() - digits.div_ceil(2)..]);
        }
        Coding::Bcd => {
            for pair in (0..digits.div_ceil(2)).rev() {
                let two = counted / 100usize.pow(pair as u32) % 100;
                out.push((((two / 10) << 4) | (two % 10)) as u8);
            }
        }
        Coding::Ascii | Coding::Gbk | Coding::Ebcdic => {
            let zero = if coding == Coding::Ebcdic { 0xF0 } else { b'0' };
            let digit = |n: usize| zero + (n % 10) as u8;
            let letters = [digit(counted / 1000), digit(counted / 100), digit(counted / 10), digit(counted)];
            append(out, &letters[letters.len().saturating_sub(digits)..]);
        }
    }
}

/// Characters in a coding of one byte each.
#[inline(always)]
fn write_letters(out: &mut Vec<u8>, text: &[u8], coding: Coding) {
    if coding == Coding::Ebcdic {
        out.extend(text.iter().map(|b| ebcdic::from_latin_1(*b)));
    } else {
        append(out, text);
    }
}

/// Appends a value. Most are so short that a call that copies any number of bytes takes longer than two copies of a fixed number, the
/// second over the end of the first.
#[inline(always)]
fn append(out: &mut Vec<u8>, text: &[u8]) {
    match text.len() {
        2..=4 => append_twice::<2>(out, text),
        5..=8 => append_twice::<4>(out, text),
        9..=16 => append_twice::<8>(out, text),
        _ => out.extend_from_slice(text),
    }
}

/// Appends from `N` to twice `N` bytes.
#[inline(always)]
fn append_twice<const N: usize>(out: &mut Vec<u8>, text: &[u8]) {
    if let (Some(first), Some(last)) = (text.first_chunk::<N>(), text.last_chunk::<N>()) {
        let end = out.len() + text.len();
        out.extend_from_slice(first);
        out.truncate(end - N);
        out.extend_from_slice(last);
    }
}

/// Digits, decimal or hexadecimal, two a byte; an odd number of them is filled with 0 on the side it is not aligned to. False when one
/// is no digit; what was written then is of no use.
#[inline]
fn write_packed(out: &mut Vec<u8>, text: &[u8], right_aligned: bool) -> bool {
    let nibble = |letter: u8| NIBBLES[usize::from(letter)];
    let (first, rest) = text.split_at(if right_aligned { text.len() % 2 } else { 0 });
    let (pairs, last) = rest.as_chunks::<2>();
    let start = out.len();
    let mut seen = 0;
    out.resize(start + first.len() + pairs.len() + last.len(), 0);
    let (edge, room) = out[start..].split_at_mut(first.len());
    for (place, letter) in edge.iter_mut().zip(first) {
        *place = nibble(*letter);
        seen |= *place;
    }
    for (place, [high, low]) in room.iter_mut().zip(pairs) {
        let (high, low) = (nibble(*high), nibble(*low));
        seen |= high | low;
        *place = high << 4 | low;
    }
    for (place, letter) in room.iter_mut().skip(pairs.len()).zip(last) {
        seen |= nibble(*letter);
        *place = nibble(*letter) << 4;
    }
    seen <= 0x0F
}

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

    /// Puts a field in, or replaces it, in the notation of [`encode`].
    pub fn set(&mut self, dialect: &Dialect, number: usize, value: &str) -> Result<(), EncodeError> {
        let format = dialect.format(number).ok_or(EncodeError::UnknownField(number))?;
        let mut bytes = Vec::new();
        write_value(&mut bytes, format, value.as_bytes()).map_err(|problem| EncodeError::Value { field: number, problem })?;
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
        let half = if dialect.bitmap == Coding::Binary { 8 } else { 16 };
        self.bitmap = vec![0; if bits & LONG == 0 { half } else { 2 * half }];
        write_bitmap(&mut self.bitmap, bits, dialect.bitmap);
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("fields", &self.fields.keys().collect::<Vec<_>>()).field("rest", &self.rest.len()).finish()
    }
}
