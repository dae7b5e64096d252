//! Values → bytes, by the same dialect that decodes them.

use super::dialect::{Coding, Content, Dialect, Format, HALF, Kind, Length, Measure, Step};
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
    /// The value is longer than its length can say.
    #[error("is longer than the digits of its length can count")]
    Uncounted,
}

/// Writes a message behind whatever `out` holds already. Values come in ascending order of their fields, in the notation in which
/// [`Decoded::value`](super::Decoded::value) renders them: digits, characters, hexadecimal for bytes.
pub fn encode<'v>(
    dialect: &Dialect,
    mti: &str,
    values: impl IntoIterator<Item = (usize, &'v str)>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let start = out.len();
    let mut writer = Writer::behind(out);
    let written = write_message(&mut writer, dialect, mti.as_bytes(), values);
    writer.finish();
    if written.is_err() {
        out.truncate(start);
    }
    written
}

#[inline(always)]
fn write_message<'v>(
    writer: &mut Writer<'_>,
    dialect: &Dialect,
    mti: &[u8],
    values: impl IntoIterator<Item = (usize, &'v str)>,
) -> Result<(), EncodeError> {
    if mti.len() != 4 || !all_digits(mti) {
        return Err(EncodeError::Mti);
    }
    if dialect.mti == Coding::Bcd {
        write_packed(writer.room(2), mti, false);
    } else {
        write_letters(writer.room(4), mti, dialect.mti);
    }
    let bitmap = writer.at;
    // Room for the first half; the second is put in when a field asks for it.
    let half = bitmap_half(dialect);
    writer.room(half);
    let (mut bits, mut last) = ([0u64; 2], 1);
    for (number, value) in values {
        if number <= last {
            return Err(EncodeError::Order(number));
        }
        last = number;
        let (part, bit) = ((number - 1) / HALF, (number - 1) % HALF);
        let steps = dialect.steps().get(part).ok_or(EncodeError::UnknownField(number))?;
        if part == 1 && bits[1] == 0 {
            bits[0] |= 1 << 63;
            // What was written behind the first half moves on.
            writer.room(half);
            writer.out[bitmap + half..writer.at].rotate_right(half);
        }
        if !write_by_step(writer, &steps[bit], value.as_bytes()) {
            let format = dialect.format(number).ok_or(EncodeError::UnknownField(number))?;
            let end = write_by_format(writer.out, writer.at, format, value.as_bytes());
            writer.at = end.map_err(|problem| EncodeError::Value { field: number, problem })?;
        }
        bits[part] |= 1 << 63 >> bit;
    }
    write_bitmap(&mut writer.out[bitmap..], u128::from(bits[0]) << HALF | u128::from(bits[1]), dialect.bitmap);
    Ok(())
}

/// Where bytes are written one behind another. Room is made ahead of them, so that a value seldom has to ask for it.
struct Writer<'a> {
    out: &'a mut Vec<u8>,
    at: usize,
}

impl<'a> Writer<'a> {
    /// Writes behind what is there.
    fn behind(out: &'a mut Vec<u8>) -> Writer<'a> {
        Writer { at: out.len(), out }
    }

    /// Gives back the room that was not needed.
    fn finish(self) {
        self.out.truncate(self.at);
    }

    /// Room for so many bytes.
    #[inline(always)]
    fn room(&mut self, count: usize) -> &mut [u8] {
        let from = self.at;
        self.at += count;
        if self.at > self.out.len() {
            make_room(self.out, self.at);
        }
        &mut self.out[from..self.at]
    }
}

/// Makes room as far as `end` and ahead of it.
#[cold]
#[inline(never)]
fn make_room(out: &mut Vec<u8>, end: usize) {
    /// Enough for most messages.
    const AHEAD: usize = 512;
    out.resize(end + AHEAD, 0);
}

/// Bytes of one half of the bitmap.
pub(super) fn bitmap_half(dialect: &Dialect) -> usize {
    if dialect.bitmap == Coding::Binary { 8 } else { 16 }
}

/// Says that a second half of the bitmap follows.
pub(super) const LONG: u128 = 1 << 127;

/// Writes a bitmap, both halves where the first bit is set.
pub(super) fn write_bitmap(out: &mut [u8], bits: u128, coding: Coding) {
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

/// Writes a field, its length included, if it is written in one of the usual ways and its value is as it should be.
#[inline(always)]
fn write_by_step(writer: &mut Writer<'_>, step: &Step, value: &[u8]) -> bool {
    let holds = match step.content {
        Content::Digits => all_digits(value),
        Content::Letters => all_ascii(value),
        _ => false,
    };
    let most = usize::from(step.units);
    match step.measure {
        Measure::Fixed if holds && value.len() == most => {}
        Measure::TwoLetters if holds && value.len() <= most => write_count::<2>(writer.room(2), value.len()),
        Measure::ThreeLetters if holds && value.len() <= most => write_count::<3>(writer.room(3), value.len()),
        _ => return false,
    }
    copy(writer.room(value.len()), value);
    true
}

/// Writes a field at a place as its format says, its length included; the result is the byte behind it.
#[inline(never)]
pub(super) fn write_by_format(out: &mut Vec<u8>, at: usize, format: &Format, value: &[u8]) -> Result<usize, Problem> {
    let mut writer = Writer { out, at };
    let hexadecimal = format.coding == Coding::Binary || format.is_hex_letters();
    if hexadecimal && !value.len().is_multiple_of(2) {
        return Err(Problem::Hexadecimal);
    }
    let units = if hexadecimal { value.len() / 2 } else { value.len() };
    match format.length {
        Length::Fixed(wanted) if usize::from(wanted) != units => return Err(Problem::Length { wanted: wanted.into(), found: units }),
        Length::Fixed(_) | Length::Rest => {}
        Length::Prefixed { max, .. } if units > usize::from(max) => return Err(Problem::TooLong { max: max.into(), found: units }),
        Length::Prefixed { .. } => {
            if !write_length(writer.room(format.prefix_bytes()), format.counted(units), format.length_coding) {
                return Err(Problem::Uncounted);
            }
        }
    }
    if format.kind == Kind::Digits && !all_digits(value) {
        return Err(Problem::Digits);
    }
    let room = writer.room(format.bytes_for(units));
    match format.coding {
        Coding::Bcd if format.kind == Kind::Track && value.contains(&b'=') => {
            let packed: Vec<u8> = value.iter().map(|b| if *b == b'=' { b'D' } else { *b }).collect();
            if !write_packed(room, &packed, format.right_aligned) {
                return Err(Problem::Digits);
            }
        }
        Coding::Binary | Coding::Bcd => {
            if !write_packed(room, value, format.right_aligned) {
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
            write_letters(room, value, format.coding);
        }
    }
    Ok(writer.at)
}

/// Fills the room with a length, the last digits rightmost. False when there is no room for the first ones.
fn write_length(room: &mut [u8], mut left: usize, coding: Coding) -> bool {
    let base = match coding {
        Coding::Binary => 256,
        Coding::Bcd => 100,
        Coding::Ascii | Coding::Gbk | Coding::Ebcdic => 10,
    };
    for place in room.iter_mut().rev() {
        let digit = (left % base) as u8;
        left /= base;
        *place = match coding {
            Coding::Binary => digit,
            Coding::Bcd => ((digit / 10) << 4) | (digit % 10),
            Coding::Ascii | Coding::Gbk => b'0' + digit,
            Coding::Ebcdic => 0xF0 + digit,
        };
    }
    left == 0
}

/// A length of so many ASCII digits.
#[inline(always)]
fn write_count<const DIGITS: usize>(room: &mut [u8], mut count: usize) {
    if let Some(room) = room.first_chunk_mut::<DIGITS>() {
        for place in room.iter_mut().rev() {
            *place = b'0' + (count % 10) as u8;
            count /= 10;
        }
    }
}

/// Characters in a coding of one byte each.
fn write_letters(room: &mut [u8], text: &[u8], coding: Coding) {
    if coding == Coding::Ebcdic {
        for (place, letter) in room.iter_mut().zip(text) {
            *place = ebcdic::from_latin_1(*letter);
        }
    } else {
        copy(room, text);
    }
}

/// Copies a value into room of its size. Most are so short that a call that copies any number of bytes takes longer than two copies of a
/// fixed number, the second over the end of the first.
#[inline(always)]
fn copy(room: &mut [u8], value: &[u8]) {
    match value.len() {
        2..=4 => copy_ends::<2>(room, value),
        5..=8 => copy_ends::<4>(room, value),
        9..=16 => copy_ends::<8>(room, value),
        _ => room.copy_from_slice(value),
    }
}

/// Copies from `N` to twice `N` bytes.
#[inline(always)]
fn copy_ends<const N: usize>(room: &mut [u8], value: &[u8]) {
    if let (Some(first), Some(place)) = (value.first_chunk::<N>(), room.first_chunk_mut()) {
        *place = *first;
    }
    if let (Some(last), Some(place)) = (value.last_chunk::<N>(), room.last_chunk_mut()) {
        *place = *last;
    }
}

/// Digits, decimal or hexadecimal, two a byte; an odd number of them is filled with 0 on the side it is not aligned to. False when one
/// is no digit; what was written then is of no use.
#[inline]
fn write_packed(room: &mut [u8], text: &[u8], right_aligned: bool) -> bool {
    let nibble = |letter: u8| NIBBLES[usize::from(letter)];
    let (first, rest) = text.split_at(if right_aligned { text.len() % 2 } else { 0 });
    let (pairs, last) = rest.as_chunks::<2>();
    let mut seen = 0;
    let (edge, room) = room.split_at_mut(first.len());
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
