//! Rows with an offset in front and often their characters behind.

use super::dump::{Builder, Dump, Form, Lines};

/// Widest row that is believed.
const WIDEST: usize = 64;
/// The offset stands this near to the beginning of its line; before it there may be a time and a thread.
const PREFIX: usize = 256;
/// Repeated rows (`*`) are filled up to this many bytes: thirty characters may claim four gigabytes.
const FILL: usize = 1 << 20;
/// A jump of offsets beyond this is another dump, not missing bytes.
const JUMP: usize = 1 << 16;

struct Row<'t> {
    start: usize,
    end: usize,
    offset: &'t str,
    words: bool,
    bytes: Vec<(u8, usize)>,
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    at + bytes.get(at..).unwrap_or_default().iter().take_while(|b| **b != b'\n').count()
}

/// The number behind the digits of an offset.
fn value(digits: &str, base: u32) -> Option<usize> {
    usize::from_str_radix(digits, base).ok()
}

fn run(bytes: &[u8], at: usize, to: usize, test: impl Fn(&u8) -> bool) -> usize {
    at + bytes.get(at..to).unwrap_or_default().iter().take_while(|b| test(b)).count()
}

/// Reads the row on the line from `line` to `end`.
fn row(text: &str, line: usize, end: usize) -> Option<Row<'_>> {
    let bytes = text.as_bytes();
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    let mut at = line;
    while at < end && at - line < PREFIX {
        at = run(bytes, at, end, |b| matches!(b, b' ' | b'\t' | b']' | b'|' | b'>' | b')'));
        let start = at;
        if bytes.get(at) == Some(&b'0') && matches!(bytes.get(at + 1), Some(b'x' | b'X')) {
            at += 2;
        }
        let digits = at;
        at = run(bytes, at, end, u8::is_ascii_hexdigit);
        let offset = text.get(digits..at).unwrap_or_default();
        let h = matches!(bytes.get(at), Some(b'h' | b'H'));
        at += usize::from(h);
        let colon = bytes.get(at) == Some(&b':');
        at += usize::from(colon);
        let marked = colon || h;
        let body = run(bytes, at, end, blank);
        if (if marked { 2..=16 } else { 4..=16 }).contains(&offset.len())
            && body > at
            && let Some((found, words)) = body_of(bytes, body, end, offset.len(), marked)
        {
            return Some(Row { start, end: found.last().map_or(body, |b| b.1 + 2), offset, words, bytes: found });
        }
        at = run(bytes, at.max(start), end, |b| !blank(b) && !matches!(b, b']' | b'|' | b'>' | b')'));
    }
    None
}

/// The bytes of a row, and whether they are words with the low byte first.
fn body_of(bytes: &[u8], body: usize, end: usize, offset_digits: usize, marked: bool) -> Option<(Vec<(u8, usize)>, bool)> {
    let mut at = if bytes.get(body) == Some(&b'|') { run(bytes, body + 1, end, |b| *b == b' ') } else { body };
    let size = run(bytes, at, end, u8::is_ascii_hexdigit) - at;
    let words = size == 4 && !marked && matches!(offset_digits, 6 | 7);
    if !(size == 2 || matches!(size, 4 | 8) && (marked || words)) {
        return None;
    }
    let mut found: Vec<(u8, usize)> = Vec::new();
    loop {
        let (stop, hex) = super::groups::token(bytes, at);
        let stop = stop.min(end);
        let length = stop - at;
        if !hex || length % 2 == 1 || length > size || length == 0 {
            break;
        }
        let from = found.len();
        for i in (at..stop).step_by(2) {
            let pair = std::str::from_utf8(bytes.get(i..i + 2)?).ok()?;
            found.push((u8::from_str_radix(pair, 16).ok()?, i));
        }
        if words {
            found.get_mut(from..)?.reverse();
        }
        if found.len() > WIDEST {
            return None;
        }
        let next = run(bytes, stop, end, |b| matches!(b, b' ' | b'\t'));
        let wide = next - stop;
        let middle = found.len().is_multiple_of(8) || found.len() == 4;
        at = match (wide, bytes.get(next)) {
            // Between the eighth and the ninth byte debuggers write a hyphen, `hexdump -C` two blanks.
            (0, Some(b'-')) if size == 2 && middle => stop + 1,
            (1, Some(b'-')) if size == 2 && middle && bytes.get(next + 1) == Some(&b' ') => next + 2,
            (1, _) => next,
            (2, _) if size == 2 && middle => next,
            _ => break,
        };
        if length < size {
            break;
        }
    }
    (!found.is_empty()).then_some((found, words))
}

/// Reads the hexdump that begins on the line at `line`; returns it and the beginning of the line behind it.
pub(super) fn block<'t>(text: &'t str, lines: Lines<'t>, line: usize) -> Option<(Dump, Lines<'t>, usize)> {
    let bytes = text.as_bytes();
    let first_end = line_end(bytes, line);
    let first = row(text, line, first_end)?;
    let zero = first.offset.bytes().all(|b| b == b'0');
    let mut next = first_end + 1;
    // A short row alone could be a time or a list; four digits of offset are a habit of tools only.
    if !zero || first.bytes.len() < if first.offset.len() < 4 { 4 } else { 2 } {
        let second = row(text, next, line_end(bytes, next)).filter(|_| next < bytes.len())?;
        follows(&first, second.offset)?;
    }
    let width = first.bytes.len();
    let form = if first.words { Form::HexdumpWords } else { Form::Hexdump };
    let mut out = Builder::new(form, lines, first.start);
    let origin = value(first.offset, 16).unwrap_or(0);
    if !zero && origin <= 0x400 && origin.is_multiple_of(width) {
        out.gap(origin);
    }
    let (mut base, mut pending, mut repeated, mut rows) = (None, first, None, 1);
    while next < bytes.len() {
        let end = line_end(bytes, next);
        let trimmed = text.get(next..end).unwrap_or_default().trim();
        if trimmed == "*" && repeated.is_none() {
            repeated = Some(next + text.get(next..end).and_then(|l| l.find('*')).unwrap_or(0));
            next = end + 1;
            continue;
        }
        let last = trimmed.len() == pending.offset.len() && trimmed.bytes().all(|b| b.is_ascii_hexdigit());
        let following = if last { None } else { row(text, next, end) };
        let offset = match &following {
            Some(row) => row.offset,
            None if last => trimmed,
            None => break,
        };
        if base.is_none() && repeated.is_none() {
            base = follows(&pending, offset);
        }
        let Some(ahead) =
            value(offset, base.unwrap_or(16)).zip(value(pending.offset, base.unwrap_or(16))).and_then(|(o, p)| o.checked_sub(p))
        else {
            break;
        };
        if ahead == 0 || (repeated.is_none() && ahead > pending.bytes.len().saturating_add(JUMP)) {
            break;
        }
        settle(&mut out, &pending, ahead, repeated.take());
        next = end + 1;
        match following {
            Some(row) => pending = row,
            None => {
                let end = pending.end;
                let (dump, lines) = out.finish(end);
                return Some((dump, lines, next.min(bytes.len())));
            }
        }
        rows += 1;
    }
    let all = if rows > 1 { width } else { pending.bytes.len() };
    settle(&mut out, &pending, pending.bytes.len().min(all), None);
    let (dump, lines) = out.finish(pending.end);
    Some((dump, lines, next.min(bytes.len())))
}

/// The base in which `offset` follows the row directly; hexadecimal where characters were taken for bytes too.
fn follows(row: &Row<'_>, offset: &str) -> Option<u32> {
    let ahead = |base| value(offset, base)?.checked_sub(value(row.offset, base)?);
    let exact = [16, 10, 8].into_iter().find(|b| ahead(*b) == Some(row.bytes.len()));
    exact.or_else(|| ahead(16).filter(|n| (1..row.bytes.len()).contains(n)).map(|_| 16))
}

/// Writes a row that reaches `ahead` bytes: shortened, repeated, or with a gap behind it.
fn settle(out: &mut Builder<'_>, row: &Row<'_>, ahead: usize, repeated: Option<usize>) {
    out.cut();
    for (byte, at) in row.bytes.iter().take(ahead) {
        out.push(*byte, *at);
    }
    let missing = ahead.saturating_sub(row.bytes.len());
    if missing == 0 {
        return;
    }
    let filled = match repeated {
        Some(star) => {
            let fill = missing.min(FILL.saturating_sub(out.len()));
            out.push_repeated(row.bytes.iter().map(|b| b.0).cycle().take(fill), star);
            fill
        }
        None => 0,
    };
    if filled < missing {
        out.gap(missing - filled);
    }
}
