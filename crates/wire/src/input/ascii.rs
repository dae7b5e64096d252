//! ISO 8583 messages written in printable characters: four digits of type, a bitmap of 16 or 32 digits, data.

use super::dump::{Builder, Dump, Form, Lines};

/// Characters of fields 2 to 64 that a message of 1987 has at least (ISO 8583:1987 table 1): the length digits of those of variable length.
const LEAST: [u8; 63] = [
    2, 6, 12, 12, 12, 10, 8, 8, 8, 6, 6, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 2, 2, 1, 9, 9, 9, 9, 2, 2, 2, 2, 3, 12, 6, 2, 3, 8, 15, 40, 2,
    2, 3, 3, 3, 3, 3, 3, 8, 16, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 8,
];

/// Shortest message that is believed: type, bitmap and the smallest fields.
const SHORTEST: usize = 24;

fn is_type(digits: &[u8]) -> bool {
    matches!(digits, [b'0' | b'1' | b'2' | b'9', b'1'..=b'8', b'0'..=b'9', b'0'..=b'5'])
}

/// How many characters of header stand before the type: none, four digits of length, or `ISO` and nine digits.
fn header(line: &[u8]) -> Option<usize> {
    let digits = |from: usize, to: usize| line.get(from..to);
    if digits(0, 4).is_some_and(is_type) && bitmap(line, 4).is_some() {
        return Some(0);
    }
    if line.starts_with(b"ISO") && digits(3, 12).is_some_and(|d| d.iter().all(u8::is_ascii_digit)) && digits(12, 16).is_some_and(is_type) {
        return Some(12);
    }
    let length = std::str::from_utf8(digits(0, 4)?).ok()?;
    let rest = line.len().checked_sub(4)?;
    let stated = [10, 16].into_iter().any(|base| usize::from_str_radix(length, base) == Ok(rest));
    (stated && digits(4, 8).is_some_and(is_type)).then_some(4)
}

/// The bitmap's first 64 bits and the offset behind the whole bitmap.
fn bitmap(line: &[u8], at: usize) -> Option<(u64, usize)> {
    let read = |from: usize| {
        let digits = line.get(from..from + 16)?;
        digits.iter().try_fold(0u64, |v, b| Some(v << 4 | u64::from((*b as char).to_digit(16)?)))
    };
    let first = read(at)?;
    if first >> 63 == 0 {
        return Some((first, at + 16));
    }
    read(at + 16)?;
    Some((first, at + 32))
}

/// What a line that begins like a message is.
pub(super) enum Message {
    /// A message in printable characters and nothing else.
    Certain,
    /// Digits that are one, or as well the packed bytes of one.
    OrHex,
}

/// Is this line, without its line end, a message?
pub(super) fn message(line: &[u8]) -> Option<Message> {
    if line.len() < SHORTEST || !line.first().is_some_and(|b| b.is_ascii_digit() || *b == b'I') {
        return None;
    }
    let at = header(line)?;
    let (present, data) = bitmap(line, at + 4)?;
    let data = line.get(data..)?;
    if present.count_ones() < 2 || data.is_empty() || !data.iter().all(|b| (0x20..0x7F).contains(b)) {
        return None;
    }
    if line.get(at) == Some(&b'0') {
        let least: usize = LEAST.iter().enumerate().filter(|(i, _)| present & (1 << (62 - i)) != 0).map(|(_, n)| usize::from(*n)).sum();
        // Dialects shorten a field here and there, and logs cut messages; half of it must be there.
        if data.len() < least / 2 {
            return None;
        }
    }
    let digits = line.iter().all(u8::is_ascii_hexdigit);
    Some(if digits { Message::OrHex } else { Message::Certain })
}

/// Takes the characters as they are.
pub(super) fn take<'t>(text: &'t str, lines: Lines<'t>, from: usize, to: usize) -> (Dump, Lines<'t>) {
    let mut out = Builder::new(Form::AsciiMessage, lines, from);
    for (i, byte) in text.as_bytes().get(from..to).unwrap_or_default().iter().enumerate() {
        out.push(*byte, from + i);
    }
    out.finish(to)
}
