//! The head of a line: syslog (RFC 5424, RFC 3164), logcat; others are in `json` and `plain`.

use std::ops::Range;

use super::line::{Format, Head, Level};
use super::rules::Rules;
use super::time::Time;
use super::{json, plain};

/// Reads the head of one line; what is no head is message.
pub(super) fn read(rules: &Rules, text: &str) -> Head {
    let mut head = json::read(rules, text).or_else(|| syslog(text)).or_else(|| logcat(text)).unwrap_or_else(|| plain::read(rules, text));
    if head.level.is_none() && matches!(head.format, Some(Format::Syslog3164 | Format::Syslog5424 | Format::JsonLine)) {
        head.level = text.get(head.message.clone()).and_then(|m| plain::level_in_front(rules, m));
    }
    head
}

/// A line of a stack trace: `at …`, `Caused by: …`, or the name of what was thrown with no head before it.
pub(super) fn is_trace(rules: &Rules, message: &str, has_time: bool) -> bool {
    let trimmed = message.trim_start();
    let starts = |s: &String| trimmed.get(..s.len()).is_some_and(|t| t.eq_ignore_ascii_case(s));
    if rules.trace.starts.iter().any(starts) {
        // `at ` begins English sentences too; a frame names a place in the code.
        return !trimmed.starts_with("at ") || trimmed.contains('(') || trimmed.contains("::") || trimmed.contains(".java");
    }
    let first = trimmed.split([':', ' ']).next().unwrap_or_default();
    let lower = first.to_ascii_lowercase();
    !has_time && first.contains('.') && rules.trace.head_ends.iter().any(|e| lower.ends_with(e.as_str()))
}

/// A cursor over the text.
struct At<'a> {
    text: &'a str,
    i: usize,
}

impl<'a> At<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.i..).unwrap_or_default()
    }

    fn skip(&mut self, what: &str) -> Option<()> {
        self.rest().starts_with(what).then(|| self.i += what.len())
    }

    fn blanks(&mut self) {
        self.i += self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
    }

    fn number(&mut self) -> Option<u32> {
        let n = self.rest().bytes().take(8).take_while(u8::is_ascii_digit).count();
        let value = self.rest().get(..n).filter(|d| !d.is_empty() && d.len() <= 7)?.parse().ok()?;
        self.i += n;
        Some(value)
    }

    fn time(&mut self) -> Option<Time> {
        let (time, n) = Time::read(self.rest())?;
        self.i += n;
        Some(time)
    }

    /// Up to the next blank.
    fn token(&mut self) -> Option<Range<usize>> {
        let n = self.rest().find(' ').unwrap_or(self.rest().len());
        let start = self.i;
        self.i += n;
        (n > 0 && n <= 255).then_some(start..start + n)
    }

    fn end(&self) -> Range<usize> {
        self.i..self.text.len()
    }
}

/// Severity of a syslog priority (RFC 5424 §6.2.1): its last three bits.
fn severity(priority: u32) -> Level {
    match priority % 8 {
        0..=2 => Level::Fatal,
        3 => Level::Error,
        4 => Level::Warning,
        5 => Level::Notice,
        6 => Level::Info,
        _ => Level::Debug,
    }
}

fn priority(at: &mut At) -> Option<Level> {
    at.skip("<")?;
    let value = at.number().filter(|p| *p <= 191)?;
    at.skip(">")?;
    Some(severity(value))
}

fn syslog(text: &str) -> Option<Head> {
    let mut at = At { text, i: 0 };
    let level = priority(&mut at);
    if level.is_none() {
        at.i = 0;
    } else if let Some(head) = syslog_5424(At { text, i: at.i }, level) {
        return Some(head);
    }
    let start = at.i;
    let time = at.time().filter(|t| t.clock.is_some());
    let Some(time) = time else {
        at.i = start;
        // A priority alone, as terminals send it.
        return level.map(|level| Head { format: Some(Format::Syslog3164), level: Some(level), message: at.end(), ..Head::default() });
    };
    let year = time.date.and_then(|d| d.year);
    let named = text.get(start..).is_some_and(|t| t.bytes().next().is_some_and(|c| c.is_ascii_alphabetic()));
    // An ISO time is only believed to be syslog's when a program with its number follows.
    let strict = !named;
    if strict && (year.is_none() || time.offset_minutes.is_none()) {
        return None;
    }
    at.skip(" ")?;
    let host = at.token().filter(|h| text.get(h.clone()).is_some_and(|h| !h.ends_with(':') && !h.starts_with('[')))?;
    at.skip(" ")?;
    let mut head = Head { format: Some(Format::Syslog3164), time: Some(time), level, host: Some(host), ..Head::default() };
    let program = tag_with_process(&mut at);
    if strict && program.as_ref().is_none_or(|(_, process)| process.is_none()) {
        return None;
    }
    if let Some((tag, process)) = program {
        head.tag = Some(tag);
        head.process = process;
    }
    at.blanks();
    head.message = at.end();
    Some(head)
}

/// `name[123]: ` or `name: `.
fn tag_with_process(at: &mut At) -> Option<(Range<usize>, Option<u32>)> {
    let start = at.i;
    let n = at.rest().bytes().take(64).take_while(|c| c.is_ascii_alphanumeric() || b"-_./()".contains(c)).count();
    at.i += n;
    let tag = start..at.i;
    let process = (|| {
        at.skip("[")?;
        let process = at.number()?;
        at.skip("]").map(|()| process)
    })();
    if n == 0 || at.skip(":").is_none() {
        at.i = start;
        return None;
    }
    Some((tag, process))
}

/// Behind the priority: `1 TIME HOST APP PROCID MSGID STRUCTURED-DATA MESSAGE`, `-` for what is missing (RFC 5424 §6).
fn syslog_5424(mut at: At, level: Option<Level>) -> Option<Head> {
    at.skip("1 ")?;
    let time = if at.skip("- ").is_some() {
        None
    } else {
        let time = at.time()?;
        at.skip(" ")?;
        Some(time)
    };
    let mut parts: [Option<Range<usize>>; 4] = Default::default();
    for part in &mut parts {
        let token = at.token()?;
        at.skip(" ");
        *part = (at.text.get(token.clone()) != Some("-")).then_some(token);
    }
    let [host, tag, process, _id] = parts;
    if at.skip("-").is_none() {
        while at.rest().starts_with('[') {
            at.i += structured_data(at.rest())?;
        }
    }
    at.blanks();
    let _ = at.skip("\u{FEFF}");
    let process = process.and_then(|p| at.text.get(p)?.parse().ok());
    Some(Head { format: Some(Format::Syslog5424), time, level, host, tag, process, message: at.end() })
}

/// Bytes of one `[id key="value"]`; a bracket inside quotes does not close it.
fn structured_data(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (i, c) in text.bytes().enumerate() {
        match c {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b']' if !quoted => return Some(i + 1),
            _ => {}
        }
    }
    None
}

/// The letters of Android's levels.
fn letter(c: u8) -> Option<Level> {
    Some(match c {
        b'V' => Level::Trace,
        b'D' => Level::Debug,
        b'I' => Level::Info,
        b'W' => Level::Warning,
        b'E' => Level::Error,
        b'F' | b'A' | b'S' => Level::Fatal,
        _ => return None,
    })
}

fn logcat(text: &str) -> Option<Head> {
    logcat_long(text).or_else(|| {
        let mut at = At { text, i: 0 };
        let time = at.time().filter(|t| t.clock.is_some() && t.date.is_some());
        if time.is_none() {
            at.i = 0;
        }
        at.blanks();
        let rest = at.i;
        logcat_slash(At { text, i: rest }, time).or_else(|| logcat_threadtime(At { text, i: rest }, time?))
    })
}

/// `E/Tag( 123): message`; without the process only where a time stands in front.
fn logcat_slash(mut at: At, time: Option<Time>) -> Option<Head> {
    let level = letter(*at.rest().as_bytes().first()?)?;
    at.i += 1;
    at.skip("/")?;
    let n = at.rest().bytes().take(128).take_while(|c| *c != b'(' && *c != b':').count();
    let tag = at.i..at.i + n;
    at.text.get(tag.clone())?;
    at.i += n;
    let mut process = None;
    if at.skip("(").is_some() {
        at.blanks();
        process = Some(at.number()?);
        at.skip(")")?;
    }
    at.skip(":")?;
    at.blanks();
    let format = if time.is_some() { Format::LogcatTime } else { Format::LogcatBrief };
    Some(Head { format: Some(format), time, level: Some(level), host: None, tag: Some(tag), process, message: at.end() })
}

/// Behind the time: `123  456 E Tag: message`; a user may stand before the process.
fn logcat_threadtime(mut at: At, time: Time) -> Option<Head> {
    let mut numbers = Vec::with_capacity(3);
    while numbers.len() < 3 {
        at.blanks();
        match at.number() {
            Some(n) => numbers.push(n),
            None => break,
        }
    }
    let process = *numbers.iter().rev().nth(1)?;
    at.blanks();
    let level = letter(*at.rest().as_bytes().first()?)?;
    at.i += 1;
    at.skip(" ")?;
    let n = at.rest().find(": ").or_else(|| at.rest().strip_suffix(':').map(str::len)).filter(|n| *n <= 128)?;
    let tag = at.i..at.i + n;
    at.i += n + 1;
    at.skip(" ");
    Some(Head {
        format: Some(Format::LogcatThreadtime),
        time: Some(time),
        level: Some(level),
        host: None,
        tag: Some(tag),
        process: Some(process),
        message: at.end(),
    })
}

/// `[ 11-24 10:11:12.345  123: 456 E/Tag ]`
fn logcat_long(text: &str) -> Option<Head> {
    let mut at = At { text, i: 0 };
    at.skip("[ ")?;
    let time = at.time()?;
    at.blanks();
    let process = at.number()?;
    at.skip(":")?;
    at.blanks();
    at.number()?;
    at.blanks();
    let level = letter(*at.rest().as_bytes().first()?)?;
    at.i += 1;
    at.skip("/")?;
    let n = at.rest().find(" ]")?;
    let tag = at.i..at.i + n;
    at.i += n + 2;
    Some(Head {
        format: Some(Format::LogcatLong),
        time: Some(time),
        level: Some(level),
        host: None,
        tag: Some(tag),
        process: Some(process),
        message: at.end(),
    })
}
