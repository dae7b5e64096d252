//! Groups of hexadecimal digits on one line, and the rules that tell them from numbers, dates, addresses and hashes.

use super::lead::Lead;

/// A row of digit groups as it stands on one line.
#[derive(Clone, Copy)]
pub(super) struct Groups {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) digits: usize,
    pub(super) groups: usize,
    /// A letter is among the digits.
    pub(super) letters: bool,
    /// Every group is one byte.
    pub(super) pairs: bool,
    /// The sign between groups, 0 while there is one group.
    pub(super) sign: u8,
    /// A colon or hyphen is among the signs.
    pub(super) marks: bool,
    /// A digit without partner at the end.
    pub(super) odd_at: Option<usize>,
    /// A character at the end that looks like a digit and is none.
    pub(super) foreign_at: Option<usize>,
}

impl Groups {
    /// One group of digits.
    pub(super) fn one(start: usize, end: usize) -> Self {
        let digits = end - start;
        Groups { start, end, digits, groups: 1, letters: false, pairs: digits == 2, sign: 0, marks: false, odd_at: None, foreign_at: None }
    }
}

/// The offset behind the letters and digits at `at`, and whether all are hexadecimal.
pub(super) fn token(bytes: &[u8], at: usize) -> (usize, bool) {
    let mut end = at;
    let mut hex = true;
    while let Some(b) = bytes.get(end)
        && b.is_ascii_alphanumeric()
    {
        hex &= b.is_ascii_hexdigit();
        end += 1;
    }
    (end, hex && end > at)
}

/// Digits that cannot be part of a dump because the word goes on.
fn goes_on(bytes: &[u8], end: usize) -> bool {
    matches!(bytes.get(end), Some(b'_' | b'+' | b'/' | b'=' | b'@' | b'%'))
        || (bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric))
}

/// Measures the groups that begin at `at`, all of one size with one sign between; `free` lets sizes and signs vary.
pub(super) fn groups(bytes: &[u8], at: usize, free: bool) -> Option<Groups> {
    let (end, hex) = token(bytes, at);
    if !hex || goes_on(bytes, end) {
        return None;
    }
    let size = end - at;
    let mut g = Groups { letters: has_letters(bytes, at, end), ..Groups::one(at, end) };
    if size % 2 == 1 {
        g.odd_at = Some(end - 1);
        return Some(g);
    }
    if !free && !matches!(size, 2 | 4 | 8 | 16) {
        return Some(g);
    }
    while let Some((sign, next)) = separator(bytes, g.end) {
        // Behind a full row, wider apart, stands the column of its characters.
        if g.pairs && sign == b' ' && next - g.end > 1 && matches!(g.groups, 16 | 32) {
            break;
        }
        let (end, hex) = token(bytes, next);
        let length = end - next;
        if !hex || goes_on(bytes, end) || (!free && g.sign != 0 && g.sign != sign) {
            if size == 2 && length == 2 {
                g.foreign_at = bytes
                    .get(next..end)
                    .and_then(|t| t.iter().position(|b| b"OoIlS".contains(b)).map(|i| (i, t)))
                    .and_then(|(i, t)| t.get(1 - i).is_some_and(u8::is_ascii_digit).then_some(next + i));
            }
            break;
        }
        if length % 2 == 1 {
            // Prose may go on with a number; only where digits are expected is one digit an error.
            if free {
                g.odd_at = Some(next + length - 1);
            }
            break;
        }
        if !free && length > size || (!free && size == 2 && length != 2) {
            break;
        }
        g.end = end;
        g.digits += length;
        g.groups += 1;
        g.letters |= has_letters(bytes, next, end);
        g.pairs &= length == 2;
        g.sign = sign;
        g.marks |= matches!(sign, b':' | b'-');
        if !free && length < size {
            break;
        }
    }
    Some(g)
}

fn has_letters(bytes: &[u8], from: usize, to: usize) -> bool {
    bytes.get(from..to).is_some_and(|t| t.iter().any(u8::is_ascii_alphabetic))
}

/// The sign between two groups and where the next begins: blanks, or one mark with at most two blanks behind.
fn separator(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let blanks = |from: usize, most: usize| {
        bytes.get(from..).unwrap_or_default().iter().take(most).take_while(|b| matches!(b, b' ' | b'\t')).count()
    };
    match *bytes.get(at)? {
        sign @ (b':' | b'-' | b',' | b';' | b'|') => Some((sign, at + 1 + blanks(at + 1, 2))),
        b' ' | b'\t' => {
            let n = blanks(at, 4);
            (n < 4).then_some((b' ', at + n))
        }
        _ => None,
    }
}

/// What is known about a candidate besides its lines.
pub(super) struct Candidate {
    pub(super) digits: usize,
    pub(super) groups: usize,
    pub(super) letters: bool,
    pub(super) pairs: bool,
    pub(super) sign: u8,
    pub(super) marks: bool,
    pub(super) uuid: bool,
    pub(super) odd: bool,
    /// Nothing but blanks follow on its line.
    pub(super) to_line_end: bool,
    /// The first byte is that of a status word (ISO/IEC 7816-4 section 5.6: 6X or 9X).
    pub(super) like_status: bool,
    pub(super) lead: Lead,
    /// It is all there is in the input.
    pub(super) whole: bool,
}

/// Digits of decimal numbers people write whole: telephone (11), reference (12), time (14), merchant (15), card (13 to 19).
const NUMBERS: std::ops::RangeInclusive<usize> = 11..=19;
/// Digits of the common hashes: MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512.
const HASHES: [usize; 6] = [32, 40, 56, 64, 96, 128];

/// Is it a dump, or a number, date, address or hash?
pub(super) fn is_dump(c: &Candidate) -> bool {
    let number = !c.letters && !c.pairs && NUMBERS.contains(&c.digits);
    // 2024-01-02, 12:00:00 and both together.
    let time = !c.letters && c.marks && !(c.pairs && c.groups > 6);
    if c.digits < 2 || number || time || c.uuid {
        return false;
    }
    if c.whole {
        // A code such as 006 is no byte; "odd" is told by the error of the whole input.
        return !c.odd || c.letters || c.digits > *NUMBERS.end();
    }
    match (c.lead, c.groups) {
        (Lead::Arrow, _) if c.to_line_end && c.digits >= 4 && !c.odd && (c.digits > 4 || c.like_status) => {
            c.letters || c.digits > 8 || c.digits == 4
        }
        (Lead::Arrow | Lead::Word, 1) => {
            if c.letters {
                c.digits >= 12
            } else {
                c.digits > *NUMBERS.end()
            }
        }
        (Lead::Arrow | Lead::Word, _) => {
            if c.pairs {
                c.groups >= 4 && (c.sign != b':' && c.sign != b'-' || c.groups > 6)
            } else {
                c.digits >= 20 && (c.letters || c.digits > 40)
            }
        }
        (Lead::None, 1) => {
            if c.odd {
                c.letters && c.digits >= 48
            } else if c.letters {
                c.digits >= 24 && !HASHES.contains(&c.digits)
            } else {
                c.digits >= 48
            }
        }
        (Lead::None, _) => match (c.pairs, c.sign) {
            // Network addresses have 6 or 8 bytes, fingerprints of certificates 16, 20 or 32.
            (true, b':' | b'-') => c.groups > 8 && !matches!(c.groups, 16 | 20 | 32),
            (true, _) => c.groups >= if c.letters { 8 } else { 16 },
            (false, b':' | b'-') => false,
            (false, _) => c.groups >= 4 && c.digits >= if c.letters { 24 } else { 64 },
        },
    }
}
