//! One pass over a message: the words of trouble in it, and the keys with a code behind them.

use super::rules::{KeyRule, Rules, Term, TermKind};

/// More signs than this in one line help nobody.
const MOST: usize = 64;
/// Longest code, and digits from which on a value is an account, an order or a trace number.
const LONGEST_CODE: usize = 40;
const TOO_MANY_DIGITS: usize = 12;

/// A code behind its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Code {
    /// Index of the key's rule.
    pub rule: usize,
    pub key: (usize, usize),
    pub value: (usize, usize),
    /// The value says that all is well.
    pub success: bool,
}

/// What a pass found, by byte positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scan {
    pub codes: Vec<Code>,
    /// First byte, byte behind, weight.
    pub words: Vec<(usize, usize, i32)>,
}

enum Step {
    Word(i32),
    Code(Code),
    Skip,
}

pub(super) fn scan(rules: &Rules, text: &str) -> Scan {
    let lower = text.to_ascii_lowercase();
    let mut found = Scan::default();
    let mut i = 0;
    while i < text.len() && found.codes.len() < MOST && found.words.len() < MOST {
        match text.is_char_boundary(i).then(|| step(rules, text, &lower, i)).flatten() {
            None => i += 1,
            Some((end, step)) => {
                match step {
                    Step::Word(weight) => found.words.push((i, end, weight)),
                    Step::Code(code) => found.codes.push(code),
                    Step::Skip => {}
                }
                i = end.max(i + 1);
            }
        }
    }
    found
}

/// The longest term at `at`; a key without a code behind it is no key.
fn step(rules: &Rules, text: &str, lower: &str, at: usize) -> Option<(usize, Step)> {
    let first = *lower.as_bytes().get(at)?;
    if !starts_word(text.as_bytes(), at) {
        return None;
    }
    let mut best: Option<(usize, usize, Step)> = None;
    for term in rules.terms_from(first) {
        let Some(end) = term_end(term, lower, at) else { continue };
        if best.as_ref().is_some_and(|(reach, ..)| *reach > end) || !ends_word(text.as_bytes(), end, term) {
            continue;
        }
        let (stop, step) = match term.kind {
            TermKind::Cancel => (end, Step::Skip),
            TermKind::OtherKey => (value(text, end, true).map_or(end, |(_, e)| e), Step::Skip),
            TermKind::Word(_) if cancelled_by_value(rules, lower, end) => (end, Step::Skip),
            TermKind::Word(weight) => (end, Step::Word(weight)),
            TermKind::Key(index) => {
                let Some(rule) = rules.keys.get(index) else { continue };
                let Some((value, success)) = code_behind(rule, text, end) else { continue };
                (value.1, Step::Code(Code { rule: index, key: (at, end), value, success }))
            }
        };
        // A key beats the same letters taken as a word.
        let better =
            best.as_ref().is_none_or(|(reach, _, s)| *reach < end || matches!((s, &step), (Step::Word(_), Step::Code(_) | Step::Skip)));
        if better {
            best = Some((end, stop, step));
        }
    }
    best.map(|(_, stop, step)| (stop, step))
}

/// Where `term` ends when it stands at `at`; blanks in it are optional joints.
fn term_end(term: &Term, lower: &str, at: usize) -> Option<usize> {
    let b = lower.as_bytes();
    let mut i = at;
    for c in term.text.bytes() {
        match b.get(i) {
            Some(found) if c == b' ' => i += usize::from(b" _-.".contains(found)),
            None if c == b' ' => {}
            Some(found) if *found == c => i += 1,
            _ => return None,
        }
    }
    lower.is_char_boundary(i).then_some(i)
}

/// Words begin behind something that is no letter, or with a capital behind a small letter (`bizCode`).
fn starts_word(b: &[u8], at: usize) -> bool {
    let Some(this) = b.get(at).filter(|c| c.is_ascii_alphanumeric()) else { return true };
    match at.checked_sub(1).and_then(|p| b.get(p)) {
        Some(before) if before.is_ascii_alphanumeric() => this.is_ascii_uppercase() && !before.is_ascii_uppercase(),
        _ => true,
    }
}

fn ends_word(b: &[u8], end: usize, term: &Term) -> bool {
    let Some(next) = b.get(end) else { return true };
    if !term.text.as_bytes().last().is_some_and(u8::is_ascii_alphanumeric) {
        return true;
    }
    match term.kind {
        TermKind::Word(_) => !next.is_ascii_lowercase() && !next.is_ascii_digit(),
        TermKind::Cancel | TermKind::Key(_) | TermKind::OtherKey => !next.is_ascii_alphanumeric(),
    }
}

/// Bytes of what stands between a key and its value, and whether it holds more than blanks.
fn between(text: &str, from: usize) -> (usize, bool) {
    let rest = text.get(from..).unwrap_or_default();
    let (mut end, mut strong) = (from, false);
    for c in rest.chars().take(8) {
        match c {
            ' ' | '\t' | '"' | '\'' | '\\' | '”' | '“' => {}
            '=' | ':' | '：' | '[' | ']' | '(' | '（' | '<' | '>' | '＝' | '【' | '为' | '是' => strong = true,
            _ => break,
        }
        end += c.len_utf8();
    }
    if let Some(behind) = text.get(end..).and_then(|r| r.strip_prefix("is "))
        && end > from
    {
        return (text.len() - behind.len(), true);
    }
    (end, strong)
}

/// The token behind a key. With `any`, it may be long (it is skipped, not used).
fn value(text: &str, from: usize, any: bool) -> Option<(usize, usize)> {
    let (start, strong) = between(text, from);
    if start == from || (any && !strong) {
        return None;
    }
    let rest = text.get(start..)?;
    let ok = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.' | b'-' | b'*');
    let length = rest.bytes().take_while(|c| ok(*c)).count();
    let token = rest.get(..length)?.trim_end_matches(['.', '-', '_']);
    (!token.is_empty()).then(|| (start, start + token.len()))
}

type Value = ((usize, usize), bool);

fn code_behind(rule: &KeyRule, text: &str, from: usize) -> Option<Value> {
    let (start, strong) = between(text, from);
    let rest = text.get(start..)?;
    // `返回码：成功` has no token in Latin letters.
    let said = rule.success.iter().filter(|s| !s.is_ascii() && rest.starts_with(s.as_str())).map(String::len).max();
    if let (Some(length), true) = (said, start > from) {
        return Some(((start, start + length), true));
    }
    let (start, end) = value(text, from, false)?;
    let token = text.get(start..end)?;
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    if token.len() > LONGEST_CODE || digits >= TOO_MANY_DIGITS || token.contains('*') {
        return None;
    }
    if strong && rule.success.iter().any(|s| is_success(s, token)) {
        return Some(((start, end), true));
    }
    let constant = token.len() >= 2 && token.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_');
    let coded = if strong { digits > 0 || (constant && !rule.weak) } else { digits > 0 && token.len() <= 10 && !rule.weak };
    // A number with a point is a version or an amount; `12ms` is a time.
    let point = token.contains('.') || token.ends_with("ms");
    let success = rule.success.iter().any(|s| is_success(s, token));
    (coded && !point).then_some(((start, end), success))
}

fn is_success(pattern: &str, token: &str) -> bool {
    let token = token.strip_prefix("0x").unwrap_or(token);
    if pattern == "0*" {
        return !token.is_empty() && token.bytes().all(|c| c == b'0');
    }
    pattern.len() == token.len() && pattern.bytes().zip(token.bytes()).all(|(p, t)| p == b'?' || p.eq_ignore_ascii_case(&t))
}

/// `error=0`, `exception: null`, `错误：无`, `errorMsg=null`, `"failReason":""`.
fn cancelled_by_value(rules: &Rules, lower: &str, end: usize) -> bool {
    let tail = lower.get(end..).unwrap_or_default().bytes().take_while(|c| c.is_ascii_alphanumeric() || *c == b'_').count();
    let (start, strong) = between(lower, end + tail);
    if !strong {
        return false;
    }
    let rest = lower.get(start..).unwrap_or_default();
    let nothing = rest.is_empty() || rest.starts_with([',', '}', '&', ';']);
    if (tail > 0 && nothing) || lower.get(end..start).is_some_and(|b| b.contains("\"\"")) {
        return true;
    }
    rules.cancel_values.iter().any(|v| {
        rest.strip_prefix(v.as_str())
            .is_some_and(|r| !v.is_ascii() || !r.bytes().next().is_some_and(|c| c.is_ascii_alphanumeric() || c == b'-'))
    })
}
