//! Arrays as programs write them: `0x60, 0x00`, `(byte)0x80`, `[-128, 96, 0]`.

use super::dump::{Builder, Dump, Form, Lines};

/// Longest cast that is read over: `(unsigned char)`.
const CAST: usize = 18;
/// Longest comment that is read over; the bound keeps time linear.
const COMMENT: usize = 200;

/// A number of one byte: its value, whether it is hexadecimal, and the offset behind it.
fn element(bytes: &[u8], at: usize) -> Option<(u8, bool, usize)> {
    let mut at = at;
    if bytes.get(at) == Some(&b'(') {
        let inside = bytes.get(at + 1..)?.iter().take(CAST).position(|b| *b == b')')?;
        let cast = bytes.get(at + 1..at + 1 + inside)?;
        if cast.is_empty()
            || !cast.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b' '))
            || !cast.first()?.is_ascii_alphabetic()
        {
            return None;
        }
        at += inside + 2;
        while bytes.get(at) == Some(&b' ') {
            at += 1;
        }
    }
    let (value, hex, mut end) = if bytes.get(at) == Some(&b'0') && matches!(bytes.get(at + 1), Some(b'x' | b'X')) {
        let digits = bytes.get(at + 2..)?.iter().take(3).take_while(|b| b.is_ascii_hexdigit()).count();
        if !(1..=2).contains(&digits) {
            return None;
        }
        let value = bytes.get(at + 2..at + 2 + digits)?.iter().fold(0, |v, b| v << 4 | (*b as char).to_digit(16).unwrap_or(0));
        (value as u8, true, at + 2 + digits)
    } else {
        let negative = bytes.get(at) == Some(&b'-');
        let first = at + usize::from(negative);
        let digits = bytes.get(first..)?.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
        if !(1..=3).contains(&digits) {
            return None;
        }
        let value = bytes.get(first..first + digits)?.iter().fold(0i32, |v, b| v * 10 + i32::from(b - b'0'));
        let value = if negative { -value } else { value };
        if !(-128..=255).contains(&value) {
            return None;
        }
        ((value & 0xFF) as u8, false, first + digits)
    };
    if matches!(bytes.get(end), Some(b'u' | b'U')) {
        end += 1;
    }
    let goes_on = bytes.get(end).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'));
    (!goes_on).then_some((value, hex, end))
}

/// Behind blanks, line ends, comments and at most one comma: the offset, and whether there was a comma.
fn gap(bytes: &[u8], at: usize) -> (usize, bool) {
    let (mut at, mut comma) = (at, false);
    loop {
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b','), _) if !comma => {
                comma = true;
                at += 1;
            }
            (Some(b' ' | b'\t' | b'\r' | b'\n'), _) => at += 1,
            (Some(b'/'), Some(second @ (b'/' | b'*'))) => {
                let window = bytes.get(at + 2..bytes.len().min(at + 2 + COMMENT)).unwrap_or_default();
                let end = if *second == b'/' {
                    window.iter().position(|b| *b == b'\n')
                } else {
                    window.windows(2).position(|w| w == b"*/").map(|inside| inside + 2)
                };
                let Some(end) = end else { return (at, comma) };
                at += 2 + end;
            }
            _ => return (at, comma),
        }
    }
}

/// What a list of numbers measures.
pub(super) struct List {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) elements: usize,
    /// Elements written with `0x`.
    pub(super) hex: usize,
    /// It ends at its bracket.
    pub(super) closed: bool,
}

/// Measures the list behind the bracket at `open`.
pub(super) fn bracketed(bytes: &[u8], open: usize) -> List {
    let (start, _) = gap(bytes, open + 1);
    let mut list = measure(bytes, start, true);
    let (next, _) = gap(bytes, list.end);
    list.closed = list.elements > 0 && matches!(bytes.get(next), Some(b']' | b'}' | b')'));
    list
}

/// Measures the list of `0x` numbers at `start`.
pub(super) fn open_list(bytes: &[u8], start: usize) -> List {
    measure(bytes, start, false)
}

fn measure(bytes: &[u8], start: usize, decimals: bool) -> List {
    let mut list = List { start, end: start, elements: 0, hex: 0, closed: false };
    let mut at = start;
    while let Some((_, hex, end)) = element(bytes, at) {
        if !hex && !decimals {
            break;
        }
        list.elements += 1;
        list.hex += usize::from(hex);
        list.end = end;
        let (next, comma) = gap(bytes, end);
        if next == end || (decimals && !comma) {
            break;
        }
        at = next;
    }
    list
}

/// Takes the bytes of a measured list.
pub(super) fn take<'t>(text: &'t str, lines: Lines<'t>, list: &List) -> (Dump, Lines<'t>) {
    let bytes = text.as_bytes();
    let form = if list.hex > 0 { Form::HexArray } else { Form::DecimalArray };
    let mut out = Builder::new(form, lines, list.start);
    let mut at = list.start;
    while at < list.end
        && let Some((byte, _, end)) = element(bytes, at)
    {
        out.push(byte, at);
        let (next, _) = gap(bytes, end);
        // Only plain blanks and commas keep the step that places are counted by.
        if !bytes.get(end..next).is_some_and(|g| g.iter().all(|b| matches!(b, b' ' | b','))) {
            out.cut();
        }
        at = next;
    }
    out.finish(list.end)
}
