//! Heads that follow no standard: times, levels, threads and loggers in any order, in brackets or not.

use std::ops::Range;

use super::line::{Format, Head, Level};
use super::rules::Rules;
use super::time::Time;

/// More parts than this are no head.
const MOST_PARTS: usize = 10;
/// Longest bracket and longest name of a logger, in bytes.
const LONGEST_PART: usize = 96;

/// Reads what a head may hold from the front; the rest is the message.
pub(super) fn read(rules: &Rules, text: &str) -> Head {
    let trimmed = text.trim_start();
    let mut i = text.len() - trimmed.len();
    let bracketed = trimmed.starts_with(['[', '【']);
    let mut head = Head { format: Some(if bracketed { Format::Bracketed } else { Format::Plain }), ..Head::default() };
    if let Some(jpos) = jpos(text) {
        return jpos;
    }
    for _ in 0..MOST_PARTS {
        let Some(end) = part(rules, text, i, &mut head) else { break };
        i = end;
        let rest = text.get(i..).unwrap_or_default();
        i += rest.len() - rest.trim_start_matches([' ', '\t', '|']).len();
        let rest = text.get(i..).unwrap_or_default();
        if rest.starts_with("- ") || rest.starts_with(": ") {
            i += 2;
        }
    }
    head.message = i..text.len();
    head
}

/// The level in front of a message: `[E] …`, `ERROR: …`.
pub(super) fn level_in_front(rules: &Rules, message: &str) -> Option<Level> {
    let mut head = Head::default();
    let start = message.len() - message.trim_start().len();
    part(rules, message, start, &mut head)?;
    head.level
}

/// One part of the head; where it ends.
fn part(rules: &Rules, text: &str, i: usize, head: &mut Head) -> Option<usize> {
    let rest = text.get(i..)?;
    if head.time.is_none()
        && let Some((time, n)) = Time::read(rest)
    {
        head.time = Some(time);
        return Some(i + n);
    }
    if let Some(end) = bracket(rules, text, i, head) {
        return Some(end);
    }
    let word = rest.chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum::<usize>();
    let behind = rest.get(word..)?.chars().next();
    if head.level.is_none()
        && word > 0
        && let Some(level) = rest.get(..word).and_then(|w| rules.level(w))
    {
        // One letter is a level only as `E/Tag` or where a time stands before it; a word in a sentence is none.
        let single = word == 1 && !(behind == Some('/') || head.time.is_some());
        let closes = match behind {
            None | Some(':' | '：' | '|' | '/' | '-' | ']') => true,
            Some(' ' | '\t') => head.time.is_some() || rest.get(..word).is_some_and(|w| w.chars().all(|c| c.is_ascii_uppercase())),
            Some(_) => false,
        };
        if closes && !single {
            head.level = Some(level);
            if behind == Some('/') {
                return Some(slash_tag(text, i + word + 1, head));
            }
            return Some(i + word + behind.filter(|c| matches!(c, ':' | '：' | '|')).map_or(0, char::len_utf8));
        }
    }
    logger(text, i, head)
}

/// `E/Tag: message`.
fn slash_tag(text: &str, from: usize, head: &mut Head) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    match rest.find([':', ' ']).filter(|n| *n > 0 && *n <= LONGEST_PART && rest.get(*n..).is_some_and(|r| r.starts_with(':'))) {
        Some(n) => {
            head.tag = Some(from..from + n);
            from + n + 1
        }
        None => from,
    }
}

/// `[…]`: a time, a level, a process, or the name of a thread or a module.
fn bracket(rules: &Rules, text: &str, i: usize, head: &mut Head) -> Option<usize> {
    let rest = text.get(i..)?;
    let (open, close) = [("[", ']'), ("【", '】'), ("(", ')')].into_iter().find(|(o, _)| rest.starts_with(o))?;
    let inner_at = i + open.len();
    let inner = text.get(inner_at..)?;
    let length = inner.find(close).filter(|n| *n <= LONGEST_PART)?;
    let end = inner_at + length + close.len_utf8();
    let inside = inner.get(..length)?;
    let said = inside.trim();
    if head.time.is_none()
        && let Some((time, _)) = Time::read(said)
    {
        head.time = Some(time);
        if let Some(level) = said.rsplit(' ').next().and_then(|w| rules.level(w)) {
            head.level = head.level.or(Some(level));
        }
        return Some(end);
    }
    if head.level.is_none()
        && let Some(level) = rules.level(said)
    {
        head.level = Some(level);
        return Some(end);
    }
    if !said.is_empty() && said.len() <= 7 && said.bytes().all(|c| c.is_ascii_digit()) && head.process.is_none() {
        // A number in a bracket in front of nothing else may be a code: it stays in the message.
        head.time?;
        head.process = said.parse().ok();
        return Some(end);
    }
    // A bracket with `=` or a sentence in it is message.
    let name = !said.is_empty() && !said.contains(['=', '：', '，', ',', '"']) && said.matches(' ').count() <= 1;
    if !name || (head.time.is_none() && head.level.is_none() && open != "[") || open == "(" {
        return None;
    }
    // The last name before the message is the nearest to what happened.
    head.tag = Some(inner_at..inner_at + length);
    Some(end)
}

/// `com.example.Pay - message`, `c.e.Pay:123 - message`, `Pay: message`: only behind a time, and once.
fn logger(text: &str, i: usize, head: &mut Head) -> Option<usize> {
    head.time?;
    let rest = text.get(i..)?;
    let n = rest.bytes().take(LONGEST_PART).take_while(|c| c.is_ascii_alphanumeric() || b"._$:#-".contains(c)).count();
    let name = rest.get(..n).filter(|n| n.bytes().next().is_some_and(|c| c.is_ascii_alphabetic()))?;
    let behind = rest.get(n..)?;
    let colon = name.ends_with(':') && behind.starts_with(' ');
    let dash = behind.trim_start_matches(' ').starts_with("- ");
    let dotted = name.trim_end_matches(':').matches('.').count() >= 2;
    if !(dash || (colon && dotted)) || already_named(text, head, i) {
        return None;
    }
    head.tag = Some(i..i + name.trim_end_matches(':').len());
    Some(i + n)
}

/// Only a bracket in front may be replaced by a logger: a thread says less.
fn already_named(text: &str, head: &Head, i: usize) -> bool {
    let bracket_before = |r: &Range<usize>| text.get(r.end..i).is_some_and(|t| t.contains(']'));
    head.tag.as_ref().is_some_and(|r| !bracket_before(r))
}

/// jPOS: `<log realm="channel/127.0.0.1:8000" at="2026-11-24T10:11:12.345">`.
fn jpos(text: &str) -> Option<Head> {
    let rest = text.trim_start();
    let inner = rest.strip_prefix("<log ")?;
    let from = text.len() - inner.len();
    let attribute = |name: &str| {
        let at = from + inner.find(name)? + name.len();
        Some(at..at + text.get(at..)?.find('"')?)
    };
    let time = attribute("at=\"").and_then(|r| Time::read(text.get(r)?)).map(|(t, _)| t);
    Some(Head { format: Some(Format::Plain), time, tag: attribute("realm=\""), message: 0..text.len(), ..Head::default() })
}
