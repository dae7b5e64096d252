//! One walk over a text that finds every dump in it.

use super::dump::{Doubt, Dump, Form, Lines};
use super::groups::{self, Candidate, Groups};
use super::lead::{Lead, lead};
use super::{array, ascii, base64, escape, hexdump};

/// Finds every dump in a text, in the order of the text. A line of digits that may be packed bytes or a message in ASCII gives both,
/// the packed bytes first.
pub fn dumps(text: &str) -> Vec<Dump> {
    scan(text, usize::MAX).0
}

/// At most `most` dumps, and whether there would have been more.
pub(super) fn scan(text: &str, most: usize) -> (Vec<Dump>, bool) {
    let mut scanner = Scanner::new(text, most);
    scanner.walk();
    let more = scanner.found.len() > most;
    scanner.found.truncate(most);
    (scanner.found, more)
}

/// What stands around a dump without being anything else.
fn is_wrapping(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '[' | ']' | '{' | '}' | '(' | ')' | '<' | '>' | ';' | ',' | '\u{FEFF}')
}

/// Nothing but hexadecimal digits and what separates them.
fn is_all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit() || b.is_ascii_whitespace() || matches!(b, b',' | b':' | b';' | b'-' | b'|'))
}

/// Groups of 8, 4, 4, 4 and 12 digits with hyphens (RFC 9562).
fn is_uuid(bytes: &[u8], from: usize, to: usize) -> bool {
    to - from == 36 && [8, 13, 18, 23].into_iter().all(|i| bytes.get(from + i) == Some(&b'-'))
}

/// Messages in ASCII are looked for at so many places of one line.
const MESSAGES_A_LINE: usize = 4;

pub(super) struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    lines: Lines<'t>,
    found: Vec<Dump>,
    most: usize,
    /// The text without what wraps it.
    whole: (usize, usize),
    all_digits: bool,
    /// Beginning of the line in hand.
    line: usize,
    /// Before this offset quotes open nothing, base64 was refused.
    quoted_to: usize,
    refused_to: usize,
    messages_left: usize,
    /// Line ends before this offset are known.
    moved: usize,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str, most: usize) -> Self {
        let start = text.len() - text.trim_start_matches(is_wrapping).len();
        let end = text.trim_end_matches(is_wrapping).len();
        Scanner {
            text,
            bytes: text.as_bytes(),
            lines: Lines::new(text),
            found: Vec::new(),
            most,
            whole: (start, end),
            all_digits: is_all_digits(text),
            line: 0,
            quoted_to: 0,
            refused_to: 0,
            messages_left: MESSAGES_A_LINE,
            moved: 0,
        }
    }

    fn at(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn keep(&mut self, (dump, lines): (Dump, Lines<'t>)) -> usize {
        let end = dump.end();
        self.lines = lines;
        self.found.push(dump);
        end
    }

    fn is_whole(&self, start: usize, end: usize) -> bool {
        start <= self.whole.0 && end >= self.whole.1
    }

    fn walk(&mut self) {
        let (mut at, mut fresh) = (0, true);
        // One beyond the limit tells that there are more.
        while at < self.bytes.len() && self.found.len() <= self.most {
            if fresh {
                fresh = false;
                self.line = at;
                self.messages_left = MESSAGES_A_LINE;
                if let Some((dump, lines, next)) = hexdump::block(self.text, self.lines, at) {
                    self.keep((dump, lines));
                    at = next;
                    fresh = true;
                    continue;
                }
                let first = at + self.bytes.get(at..).unwrap_or_default().iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
                if let Some(end) = self.message(first) {
                    at = end;
                    continue;
                }
            }
            let Some(byte) = self.at(at) else { break };
            at = match byte {
                b'\n' => {
                    fresh = true;
                    at + 1
                }
                b'"' | b'\'' | b'`' => self.string(at),
                b'\\' => self.escapes(at),
                b'[' | b'{' | b'(' => self.bracket(at),
                b if b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_') => self.word(at).max(at + 1),
                _ => at + 1,
            };
        }
    }

    /// A message in ASCII at `at`. Returns where to go on when it cannot be anything else.
    fn message(&mut self, at: usize) -> Option<usize> {
        if self.messages_left == 0 || !matches!(self.at(at), Some(b'0'..=b'9' | b'I')) {
            return None;
        }
        self.messages_left -= 1;
        let rest = self.bytes.get(at..)?;
        let line = rest.get(..rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()))?;
        let mut line = line.strip_suffix(b"\r").unwrap_or(line);
        let closing = match at.checked_sub(1).and_then(|i| self.at(i)) {
            Some(b'[') => Some(b']'),
            Some(b'{') => Some(b'}'),
            Some(b'(') => Some(b')'),
            Some(b'<') => Some(b'>'),
            Some(quote @ (b'"' | b'\'' | b'`')) => Some(quote),
            _ => None,
        };
        if let Some(end) = closing.and_then(|c| line.iter().rposition(|b| *b == c)) {
            line = line.get(..end)?;
        }
        match ascii::message(line)? {
            ascii::Message::Certain => Some(self.keep(ascii::take(self.text, self.lines, at, at + line.len()))),
            ascii::Message::OrHex => {
                let (end, lines) = (at + line.len(), self.lines);
                let announced = lead(self.text, self.line, at);
                // A message in ASCII stands on one line; digits that go on below are packed bytes.
                if self.rows(at, announced).is_some_and(|r| r.len() > 1) {
                    return None;
                }
                if line.len().is_multiple_of(2) {
                    self.digits(at, announced);
                }
                self.keep(ascii::take(self.text, lines, at, end));
                Some(end)
            }
        }
    }

    fn string(&mut self, open: usize) -> usize {
        if open < self.quoted_to {
            return open + 1;
        }
        // An apostrophe inside a word opens nothing; a `b` or `c` alone in front makes a string of bytes.
        let before = |n: usize| open.checked_sub(n).and_then(|i| self.at(i));
        let in_word = before(1).is_some_and(|b| b.is_ascii_alphanumeric());
        let prefixed = matches!(before(1), Some(b'b' | b'B' | b'c')) && !before(2).is_some_and(|b| b.is_ascii_alphanumeric());
        if in_word && !prefixed {
            return open + 1;
        }
        let string = escape::quoted(self.bytes, open);
        self.quoted_to = string.close.saturating_add(1);
        if !string.holds_bytes {
            return open + 1;
        }
        let (dump, lines) = escape::strings(self.text, self.lines, open, string.close);
        let end = dump.end();
        // One escape in a sentence is a sentence.
        if dump.bytes().len() >= 4 || self.is_whole(open, end) {
            self.keep((dump, lines));
        }
        self.moved_to(end) + 1
    }

    fn escapes(&mut self, at: usize) -> usize {
        let (count, end) = escape::bare_extent(self.bytes, at);
        if count == 0 {
            return at + 1;
        }
        if count >= 4 || self.is_whole(at, end) {
            self.keep(escape::bare(self.text, self.lines, at, end));
        }
        self.moved_to(end)
    }

    fn bracket(&mut self, open: usize) -> usize {
        let list = array::bracketed(self.bytes, open);
        // `(byte) 0x60` is a cast, and `(1, 2)` a remark: round brackets hold hexadecimal numbers only.
        let round = self.at(open) == Some(b'(');
        let least = match (list.hex > 0, self.is_whole(list.start, list.end)) {
            (_, true) => 2,
            (true, false) => 4,
            (false, false) => 8,
        };
        if list.elements < least || !(list.closed || list.hex == list.elements) || (round && list.hex == 0) {
            return open + 1;
        }
        let end = self.keep(array::take(self.text, self.lines, &list));
        self.moved_to(end)
    }

    /// A word that begins at `at`: digits, a number with `0x`, base64, or a word.
    fn word(&mut self, at: usize) -> usize {
        if self.at(at) == Some(b'0') && matches!(self.at(at + 1), Some(b'x' | b'X')) {
            return self.prefixed(at);
        }
        let announced = lead(self.text, self.line, at);
        if announced != Lead::None
            && let Some(end) = self.message(at)
        {
            return end;
        }
        let (end, hex) = groups::token(self.bytes, at);
        let goes_on = matches!(self.at(end), Some(b'+' | b'/' | b'=' | b'_' | b'-'));
        if (!hex || goes_on)
            && at >= self.refused_to
            && let Some(behind) = self.base64(at, announced)
        {
            return behind;
        }
        if hex {
            return self.digits(at, announced);
        }
        self.broken(at, end, announced);
        end
    }

    /// Numbers with `0x` in front: a list of bytes, or one long number.
    fn prefixed(&mut self, at: usize) -> usize {
        let list = array::open_list(self.bytes, at);
        if list.elements > 0 {
            let announced = lead(self.text, self.line, at) != Lead::None;
            if list.elements >= if announced { 2 } else { 4 } || self.is_whole(list.start, list.end) {
                self.keep(array::take(self.text, self.lines, &list));
            }
            return self.moved_to(list.end);
        }
        let announced = match lead(self.text, self.line, at) {
            Lead::None => Lead::Word,
            other => other,
        };
        self.digits(at + 2, announced).max(at + 2)
    }

    fn base64(&mut self, at: usize, announced: Lead) -> Option<usize> {
        let end = base64::word(self.bytes, at);
        self.refused_to = end;
        let near = |i: Option<u8>, j: Option<u8>| i == Some(b'.') && j.is_some_and(|b| b.is_ascii_alphanumeric());
        let joined = at.checked_sub(1).is_some_and(|i| matches!(self.at(i), Some(b'.' | b'_' | b'-' | b'@' | b'%')));
        if joined || near(self.at(end), self.at(end + 1)) || self.at(end).is_some_and(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        let rows = base64::rows(self.bytes, at, end);
        let behind = rows.last().map_or(end, |r| r.1);
        self.refused_to = behind;
        if !base64::is_base64(self.bytes, &rows, announced, self.is_whole(at, behind)) {
            return None;
        }
        self.keep(base64::take(self.text, self.lines, &rows));
        Some(self.moved_to(behind))
    }

    fn rows(&self, at: usize, announced: Lead) -> Option<Vec<Groups>> {
        let free = announced != Lead::None || self.all_digits;
        let first = groups::groups(self.bytes, at, free)?;
        Some(super::rows::rows(self.bytes, self.line, first, free))
    }

    /// Digits, one or several groups, one or several lines.
    fn digits(&mut self, at: usize, announced: Lead) -> usize {
        let rows = self.rows(at, announced).unwrap_or_default();
        let (Some(first), Some(last)) = (rows.first().copied(), rows.last().copied()) else { return groups::token(self.bytes, at).0 };
        let digits: usize = rows.iter().map(|r| r.digits).sum();
        let odd = if digits % 2 == 1 { Some(last.end - 1) } else { last.odd_at.filter(|at| *at >= last.end) };
        let behind = self.bytes.get(last.end..).unwrap_or_default();
        let candidate = Candidate {
            digits,
            groups: rows.iter().map(|r| r.groups).sum::<usize>().max(1).min(if first.groups == 1 && !first.pairs { 1 } else { usize::MAX }),
            letters: rows.iter().any(|r| r.letters),
            pairs: rows.iter().all(|r| r.pairs),
            sign: first.sign,
            marks: first.marks,
            uuid: is_uuid(self.bytes, first.start, last.end),
            odd: odd.is_some(),
            to_line_end: behind
                .iter()
                .take(64)
                .take_while(|b| **b != b'\n')
                .all(|b| b.is_ascii_whitespace() || matches!(b, b']' | b'"' | b'\'')),
            like_status: matches!(self.at(at), Some(b'6' | b'9')),
            lead: announced,
            whole: self.all_digits
                || self.is_whole(at.saturating_sub(if self.at(at.wrapping_sub(1)) == Some(b'x') { 2 } else { 0 }), last.end),
        };
        let part_of_word =
            at.checked_sub(1).and_then(|i| self.at(i)).is_some_and(|b| matches!(b, b'.' | b'/' | b'_' | b'-' | b'@' | b'%' | b'#'));
        if groups::is_dump(&candidate) && (!part_of_word || announced != Lead::None || candidate.whole) {
            self.take_digits(&rows, odd);
        }
        self.moved_to(last.end)
    }

    fn take_digits(&mut self, rows: &[Groups], odd: Option<usize>) {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return };
        let form = if first.groups == 1 && (!first.pairs || rows.len() == 1) { Form::Hex } else { Form::HexGroups };
        let mut out = super::dump::Builder::new(form, self.lines, first.start);
        let mut high: Option<(u32, usize)> = None;
        for row in rows {
            out.cut();
            for at in row.start..row.end {
                let Some(digit) = self.at(at).and_then(|b| (b as char).to_digit(16)) else { continue };
                match high.take() {
                    None => high = Some((digit, at)),
                    Some((h, from)) => {
                        out.push((h << 4 | digit) as u8, from);
                        // A byte that is split by a line end keeps the next from lying at an even step.
                        if from < row.start {
                            out.cut();
                        }
                    }
                }
            }
        }
        if let Some(at) = odd {
            out.doubt(Doubt::OddDigits, at);
        }
        if let Some(at) = last.foreign_at {
            out.doubt(Doubt::Foreign, at);
        }
        let behind = self.text.get(last.end..).unwrap_or_default();
        if behind.starts_with("...") || behind.starts_with('…') {
            out.doubt(Doubt::Cut, last.end);
        }
        self.keep(out.finish(last.end));
    }

    /// A word that is hexadecimal but for one or two characters: the dump ends before the first of them.
    fn broken(&mut self, at: usize, end: usize, announced: Lead) {
        let word = self.bytes.get(at..end).unwrap_or_default();
        let foreign = word.iter().filter(|b| !b.is_ascii_hexdigit()).count();
        let Some(first) = word.iter().position(|b| !b.is_ascii_hexdigit()) else { return };
        let expected = announced != Lead::None || self.is_whole(at, end);
        let long = word.len() - foreign >= if expected { 24 } else { 48 };
        if foreign > 2 || first < 8 || !long || word.iter().filter(|b| b.is_ascii_digit()).count() * 3 < word.len() {
            return;
        }
        let pairs = at + first / 2 * 2;
        let row = Groups { foreign_at: Some(at + first), ..Groups::one(at, pairs) };
        self.take_digits(&[row], None);
    }

    /// Going on at `at`, maybe on another line.
    fn moved_to(&mut self, at: usize) -> usize {
        let from = self.line.max(self.moved);
        self.moved = at.max(self.moved);
        if let Some(last) = self.bytes.get(from..at).and_then(|b| b.iter().rposition(|b| *b == b'\n')) {
            self.line = from + last + 1;
            self.messages_left = MESSAGES_A_LINE;
        }
        at
    }
}
