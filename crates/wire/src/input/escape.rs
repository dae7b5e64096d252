//! `\x60` escapes: bare, or inside a C, Python or Rust string with printable characters between.

use super::dump::{Builder, Dump, Form, Lines};

/// One escaped byte at `at` and the offset behind it.
fn escaped(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    if bytes.get(at) != Some(&b'\\') {
        return None;
    }
    let simple = match bytes.get(at + 1)? {
        b'x' | b'X' => {
            let high = (*bytes.get(at + 2)? as char).to_digit(16)?;
            let low = (*bytes.get(at + 3)? as char).to_digit(16)?;
            return Some(((high << 4 | low) as u8, at + 4));
        }
        b'0' => 0,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'a' => 7,
        b'b' => 8,
        b'v' => 11,
        b'f' => 12,
        quoted @ (b'\\' | b'\'' | b'"') => *quoted,
        _ => return None,
    };
    Some((simple, at + 2))
}

/// True where an escape with two hexadecimal digits stands.
pub(super) fn is_hex_escape(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at + 1), Some(b'x' | b'X')) && escaped(bytes, at).is_some()
}

/// A string read to its end.
pub(super) struct Quoted {
    /// Offset of the closing quote, or of the line end where it is missing.
    pub(super) close: usize,
    /// It is closed, printable and has a hexadecimal escape.
    pub(super) holds_bytes: bool,
}

/// Reads the string whose opening quote stands at `open`.
pub(super) fn quoted(bytes: &[u8], open: usize) -> Quoted {
    let quote = bytes.get(open).copied();
    let (mut at, mut escapes, mut clean) = (open + 1, 0, true);
    loop {
        match bytes.get(at) {
            None | Some(b'\n') => return Quoted { close: at, holds_bytes: false },
            c if c == quote.as_ref() => return Quoted { close: at, holds_bytes: clean && escapes > 0 },
            Some(b'\\') => match escaped(bytes, at) {
                Some((_, end)) => {
                    escapes += usize::from(is_hex_escape(bytes, at));
                    at = end;
                }
                None => {
                    clean = false;
                    at += 1;
                }
            },
            Some(c) => {
                clean &= (0x20..0x7F).contains(c);
                at += 1;
            }
        }
    }
}

/// Bytes of the strings that follow each other from the one at `open` on, as C joins them; and the offset behind the last.
pub(super) fn strings<'t>(text: &'t str, lines: Lines<'t>, open: usize, close: usize) -> (Dump, Lines<'t>) {
    let bytes = text.as_bytes();
    let mut out = Builder::new(Form::Escapes, lines, open + 1);
    let (mut from, mut to) = (open + 1, close);
    loop {
        out.cut();
        while from < to {
            let (byte, end) = escaped(bytes, from).unwrap_or((bytes.get(from).copied().unwrap_or(0), from + 1));
            out.push(byte, from);
            from = end;
        }
        let mut next = to + 1;
        while bytes.get(next).is_some_and(|b| b.is_ascii_whitespace() || matches!(b, b'+' | b'\\')) {
            next += 1;
        }
        if bytes.get(next) == Some(&b'b') {
            next += 1;
        }
        if next == to + 1 || bytes.get(next) != bytes.get(close) {
            return out.finish(to);
        }
        let more = quoted(bytes, next);
        if !more.holds_bytes {
            return out.finish(to);
        }
        (from, to) = (next + 1, more.close);
    }
}

/// Escapes without quotes: how many there are from `at` on, and the offset behind them. Line ends may stand between.
pub(super) fn bare_extent(bytes: &[u8], at: usize) -> (usize, usize) {
    let (mut count, mut end, mut next) = (0, at, at);
    while is_hex_escape(bytes, next) {
        count += 1;
        end = next + 4;
        next = end;
        while bytes.get(next).is_some_and(|b| matches!(b, b' ' | b',' | b'\r' | b'\n' | b'\t')) {
            next += 1;
        }
    }
    (count, end)
}

/// Takes them.
pub(super) fn bare<'t>(text: &'t str, lines: Lines<'t>, at: usize, end: usize) -> (Dump, Lines<'t>) {
    let bytes = text.as_bytes();
    let mut out = Builder::new(Form::Escapes, lines, at);
    let mut next = at;
    while next < end {
        match escaped(bytes, next) {
            Some((byte, behind)) => {
                out.push(byte, next);
                next = behind;
            }
            None => {
                if bytes.get(next) == Some(&b'\n') {
                    out.cut();
                }
                next += 1;
            }
        }
    }
    out.finish(end)
}
