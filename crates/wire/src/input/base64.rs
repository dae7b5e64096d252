//! Base64: which words are taken for it, and their bytes.

use super::dump::{Builder, Dump, Form, Lines};
use super::lead::Lead;

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// The offset behind the base64 word at `at`: letters, digits, the signs of both alphabets, at most two `=`.
pub(super) fn word(bytes: &[u8], at: usize) -> usize {
    let letters = bytes.get(at..).unwrap_or_default().iter().take_while(|b| sextet(**b).is_some()).count();
    let padding = bytes.get(at + letters..).unwrap_or_default().iter().take(2).take_while(|b| **b == b'=').count();
    at + letters + padding
}

/// Lines of one base64 text: (start, end) each.
pub(super) type Rows = Vec<(usize, usize)>;

/// The word and the rows it is wrapped into: full rows of equal length alone on their lines.
pub(super) fn rows(bytes: &[u8], at: usize, end: usize) -> Rows {
    let mut rows = vec![(at, end)];
    let width = end - at;
    let mut last = end;
    if width < 32 || !width.is_multiple_of(4) || bytes.get(end - 1) == Some(&b'=') {
        return rows;
    }
    loop {
        let mut next = last;
        if bytes.get(next) == Some(&b'\r') {
            next += 1;
        }
        if bytes.get(next) != Some(&b'\n') {
            return rows;
        }
        next += 1;
        next += bytes.get(next..).unwrap_or_default().iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let end = word(bytes, next);
        let alone = matches!(bytes.get(end), None | Some(b'\r' | b'\n' | b'"' | b'\'' | b',' | b'<' | b']' | b')'));
        if end == next || end - next > width || !alone {
            return rows;
        }
        rows.push((next, end));
        if end - next < width || bytes.get(end - 1) == Some(&b'=') {
            return rows;
        }
        last = end;
    }
}

/// Characters needed in prose, behind an announcement, and when it is the whole input.
const LEAST: (usize, usize, usize) = (32, 16, 16);

/// Words, paths and constants are not base64: it needs a right end, one alphabet, and the mixture of letters that bytes give.
pub(super) fn is_base64(bytes: &[u8], rows: &Rows, lead: Lead, whole: bool) -> bool {
    let (mut upper, mut lower, mut digits, mut plain, mut safe, mut changes, mut total, mut padding) = (0, 0, 0, 0, 0, 0, 0usize, 0);
    let (mut kind, mut last) = (0u8, 0);
    for b in rows.iter().filter_map(|(s, e)| bytes.get(*s..*e)).flatten() {
        let this = match b {
            b'A'..=b'Z' => (&mut upper, 1),
            b'a'..=b'z' => (&mut lower, 2),
            b'0'..=b'9' => (&mut digits, 3),
            b'+' | b'/' => (&mut plain, 4),
            b'-' | b'_' => (&mut safe, 5),
            _ => {
                padding += 1;
                continue;
            }
        };
        *this.0 += 1usize;
        changes += usize::from(kind != this.1);
        kind = this.1;
        total += 1;
        last = sextet(*b).unwrap_or(0);
    }
    let ending = match total % 4 {
        0 => padding == 0,
        2 => (padding == 2 || padding == 0) && last & 0x0F == 0,
        3 => padding <= 1 && last & 0x03 == 0,
        _ => false,
    };
    if !ending || (plain > 0 && safe > 0) {
        return false;
    }
    let least = if whole {
        LEAST.2
    } else if lead == Lead::None {
        LEAST.0
    } else {
        LEAST.1
    };
    if (whole && padding > 0 && total >= 6) || total + padding < least {
        return whole && padding > 0 && total >= 6;
    }
    upper * 5 >= total && lower * 20 >= total && lower * 5 <= total * 3 && digits > 0 && (plain + safe) * 8 <= total && changes * 4 >= total
}

/// The bytes of the rows.
pub(super) fn take<'t>(text: &'t str, lines: Lines<'t>, rows: &Rows) -> (Dump, Lines<'t>) {
    let bytes = text.as_bytes();
    let start = rows.first().map_or(0, |r| r.0);
    let mut out = Builder::new(Form::Base64, lines, start);
    for &(from, to) in rows {
        // Every row but the last has whole groups of four, so each begins a group.
        let groups = bytes.get(from..to).unwrap_or_default().chunks(4).flat_map(|group| {
            let bits = group.iter().map_while(|b| sextet(*b)).enumerate();
            let (count, value) = bits.fold((0, 0u32), |(_, v), (i, s)| (i + 1, v | u32::from(s) << (18 - 6 * i as u32)));
            value.to_be_bytes().into_iter().skip(1).take(count * 3 / 4)
        });
        out.push_base64(groups, from);
    }
    let end = rows.last().map_or(start, |r| r.1);
    out.finish(end)
}
