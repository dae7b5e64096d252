//! Digits that go on on the next line: wrapped by an editor, a terminal or a log, against messages one a line.

use super::groups::{Groups, groups};

/// Digits a line of a log must have before the next line with the same prefix goes on with it.
const FULL_LINE: usize = 32;
/// Shortest line that wrapping leaves full; shorter ones are single values, one a line.
const SHORTEST_WRAP: usize = 16;

/// A longer prefix is not one; the bound keeps time linear.
const LONGEST_PREFIX: usize = 1024;
/// What stands behind the digits of a row, its column of characters, is not longer.
const LONGEST_TAIL: usize = 256;

/// The first row and the rows that go on with it.
pub(super) fn rows(bytes: &[u8], line: usize, first: Groups, free: bool) -> Vec<Groups> {
    let mut rows = vec![first];
    let prefix = first.start.saturating_sub(line);
    if prefix > LONGEST_PREFIX {
        return rows;
    }
    let bare = bytes.get(line..first.start).unwrap_or_default().iter().all(|b| matches!(b, b' ' | b'\t'));
    let single = first.groups == 1;
    let long_enough = match (bare, single) {
        (true, true) => first.digits == 2 || first.digits >= SHORTEST_WRAP,
        (true, false) => true,
        (false, _) => first.digits >= FULL_LINE,
    };
    if !long_enough || (first.odd_at.is_some() && !single) || stated(bytes, &first) == Some(first.digits) {
        return rows;
    }
    let starts = start(bytes, &first).filter(|_| first.digits.is_multiple_of(2));
    // A type in front (0830) is no length.
    let stated = stated(bytes, &first).filter(|_| starts != Some(0)).unwrap_or(0);
    let mut last = first;
    let mut from = line;
    let mut sum = first.digits;
    while last.digits == first.digits
        && let Some(next) = next_line(bytes, last, single)
    {
        let begin = if bare {
            next + bytes.get(next..).unwrap_or_default().iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
        } else if same_shape(bytes, from, next, prefix) {
            next + prefix
        } else {
            break;
        };
        let Some(row) = groups(bytes, begin, free) else { break };
        let alike = (row.groups == 1) == single || (!single && row.pairs == first.pairs);
        let fits = row.digits <= first.digits && (single || (row.pairs == first.pairs && (row.groups == 1 || row.sign == first.sign)));
        // Once a line without a beginning went on, the width is that of wrapping.
        let apart = rows.len() == 1 && stated < sum && starts.is_some() && start(bytes, &row) == starts;
        if !alike || !fits || (single && row.groups != 1) || (!single && row.odd_at.is_some()) || apart {
            break;
        }
        if stated < sum && row.digits >= SHORTEST_WRAP && self::stated(bytes, &row) == Some(row.digits) {
            break;
        }
        // A word that merely looks hexadecimal at the beginning of the next line is followed by other words.
        if row.digits < first.digits && next_line(bytes, row, single).is_none() && !ends_text(bytes, row.end) {
            break;
        }
        from = next;
        sum += row.digits;
        rows.push(row);
        last = row;
        if stated == sum {
            break;
        }
    }
    rows
}

/// Where the next line begins, if this row fills its line: nothing behind it, or only the column of its characters.
fn next_line(bytes: &[u8], row: Groups, single: bool) -> Option<usize> {
    let rest = bytes.get(row.end..bytes.len().min(row.end + LONGEST_TAIL))?;
    let end = rest.iter().position(|b| *b == b'\n')?;
    let tail = rest.get(..end)?;
    let bare = tail.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b',' | b':' | b'-' | b'\\'));
    let column =
        !single && matches!(row.groups, 8 | 16 | 32) && (tail.starts_with(b"  ") || tail.starts_with(b" |") || tail.starts_with(b"\t"));
    (bare || column).then_some(row.end + end + 1)
}

fn ends_text(bytes: &[u8], end: usize) -> bool {
    let rest = bytes.get(end..).unwrap_or_default();
    rest.iter().take(4).take_while(|b| **b != b'\n').all(|b| !b.is_ascii_alphanumeric()) || rest.starts_with(b"  ")
}

/// The same prefix of a log but for its digits.
fn same_shape(bytes: &[u8], line: usize, next: usize, length: usize) -> bool {
    let (Some(a), Some(b)) = (bytes.get(line..line + length), bytes.get(next..next + length)) else { return false };
    a.iter().zip(b).all(|(a, b)| a == b || (a.is_ascii_digit() && b.is_ascii_digit()))
}

/// The first digits of a row.
fn head(bytes: &[u8], row: &Groups) -> ([u8; 32], usize) {
    let mut head = [0u8; 32];
    let mut n = 0;
    let digits = bytes.get(row.start..row.end).unwrap_or_default().iter().filter(|b| b.is_ascii_hexdigit());
    for (slot, digit) in head.iter_mut().zip(digits) {
        *slot = *digit;
        n += 1;
    }
    (head, n)
}

/// The digits there are when the first two bytes are the number of the others.
fn stated(bytes: &[u8], row: &Groups) -> Option<usize> {
    let (head, _) = head(bytes, row);
    let others = std::str::from_utf8(head.get(..4)?).ok().and_then(|h| usize::from_str_radix(h, 16).ok())?;
    (others >= 2).then(|| others.saturating_add(2).saturating_mul(2)).filter(|_| row.digits >= 8)
}

/// How it begins like a message: with a type, or with a TPDU (60) and a type where POS headers leave it; behind two bytes of length or
/// not. The answer is the place of the type; messages of one log have the same.
fn start(bytes: &[u8], row: &Groups) -> Option<usize> {
    let (head, n) = head(bytes, row);
    let head = head.get(..n).unwrap_or_default();
    let mti = |at: usize| matches!(head.get(at..at + 4), Some([b'0', b'1'..=b'8', b'0'..=b'4', b'0' | b'1']));
    let tpdu = |at: usize| (head.get(at..at + 2) == Some(b"60")).then(|| [at + 10, at + 22].into_iter().find(|i| mti(*i))).flatten();
    tpdu(0).or(tpdu(4)).or([0, 4].into_iter().find(|i| mti(*i)))
}
