//! A log line that is a JSON object: one scan for the keys that matter, no tree.

use std::ops::Range;

use super::line::{Format, Head};
use super::rules::Rules;
use super::time::Time;

/// More members than this are not looked at.
const MOST_MEMBERS: usize = 256;

/// Reads a line that begins with `{"` and ends with `}`. Without a message of its own the whole line is the message.
pub(super) fn read(rules: &Rules, text: &str) -> Option<Head> {
    let trimmed = text.trim();
    if !(trimmed.starts_with('{') && trimmed.ends_with('}') && trimmed.get(1..)?.trim_start().starts_with('"')) {
        return None;
    }
    let mut head = Head { format: Some(Format::JsonLine), message: 0..text.len(), ..Head::default() };
    let keys = &rules.json;
    let has = |names: &[String], key: &str| names.iter().any(|n| n == key);
    let mut message = None;
    for (key, value) in members(text) {
        let (Some(key), Some(said)) = (text.get(key), text.get(value.clone())) else { continue };
        if head.time.is_none() && has(&keys.time, key) {
            head.time = Time::read(said).map(|(t, _)| t);
        } else if head.level.is_none() && has(&keys.level, key) {
            head.level = rules.level(said);
        } else if message.is_none() && has(&keys.message, key) {
            message = Some(value);
        } else if head.tag.is_none() && has(&keys.tag, key) {
            head.tag = Some(value);
        } else if head.host.is_none() && has(&keys.host, key) {
            head.host = Some(value);
        } else if head.process.is_none() && has(&keys.process, key) {
            head.process = said.parse().ok().filter(|_| said.len() <= 7);
        }
    }
    // A message next to a code in the same object must not hide the code.
    if let Some(message) = message
        && (head.time.is_some() || head.level.is_some())
        && !text.get(message.end..).is_some_and(|t| t.contains("ode\""))
        && !text.get(..message.start).is_some_and(|t| t.contains("ode\""))
    {
        head.message = message;
    }
    Some(head)
}

/// Keys with a string, a number or a word behind them, at any depth. Escapes stay as they are.
fn members(text: &str) -> Vec<(Range<usize>, Range<usize>)> {
    let b = text.as_bytes();
    let mut found = Vec::new();
    let mut i = 0;
    while i < b.len() && found.len() < MOST_MEMBERS {
        if b.get(i) != Some(&b'"') {
            i += 1;
            continue;
        }
        let key = i + 1..string_end(b, i + 1);
        let colon = skip_blanks(b, key.end + 1);
        i = key.end + 1;
        if b.get(colon) != Some(&b':') {
            continue;
        }
        let at = skip_blanks(b, colon + 1);
        let value = match b.get(at) {
            Some(b'"') => at + 1..string_end(b, at + 1),
            Some(b'{' | b'[') | None => {
                i = at;
                continue;
            }
            Some(_) => at..at + b.get(at..).unwrap_or_default().iter().take_while(|c| !b",}] ".contains(c)).count(),
        };
        i = value.end + 1;
        found.push((key, value));
    }
    found
}

fn string_end(b: &[u8], from: usize) -> usize {
    let mut i = from;
    while let Some(c) = b.get(i) {
        match c {
            b'"' => break,
            b'\\' => i += 2,
            _ => i += 1,
        }
    }
    i.min(b.len())
}

fn skip_blanks(b: &[u8], from: usize) -> usize {
    from + b.get(from..).unwrap_or_default().iter().take_while(|c| **c == b' ').count()
}
