//! Times as logs write them: civil time, with no zone unless the log names one.

use serde::{Deserialize, Serialize};

/// A day. Logs of Android and of syslog leave the year out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Date {
    /// The year, when written.
    pub year: Option<u16>,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Clock {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60 (a leap second).
    pub second: u8,
    /// 0 to 999 999 999.
    pub nanos: u32,
}

/// When a line was written, as far as it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time {
    /// The day.
    pub date: Option<Date>,
    /// The time of day.
    pub clock: Option<Clock>,
    /// Minutes east of UTC, when written; 0 for seconds since 1970.
    pub offset_minutes: Option<i16>,
}

const MONTHS: [&[u8; 3]; 12] = [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
const DAYS: [&[u8; 3]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];
/// Seconds since 1970 that are believed: 2001-09-09 (ten digits) to 2049. A longer number is no time.
const EPOCH: std::ops::Range<i64> = 1_000_000_000..2_500_000_000;

impl std::fmt::Display for Time {
    /// `2026-11-24 10:11:12.345`, or as much of it as is known.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(date) = &self.date {
            if let Some(year) = date.year {
                write!(f, "{year:04}-")?;
            }
            write!(f, "{:02}-{:02}", date.month, date.day)?;
        }
        if let Some(clock) = &self.clock {
            let space = if self.date.is_some() { " " } else { "" };
            write!(f, "{space}{:02}:{:02}:{:02}", clock.hour, clock.minute, clock.second)?;
            if clock.nanos != 0 {
                write!(f, ".{:03}", clock.nanos / 1_000_000)?;
            }
        }
        Ok(())
    }
}

impl Time {
    /// Reads a time at the start of `text`; returns it with the bytes it takes.
    ///
    /// Known are ISO 8601, `2026/11/24 10:11:12`, `2026年11月24日`, `20261124 101112`, `20261124101112`, `11-24 10:11:12.345`,
    /// `Nov 24 10:11:12`, `Tue Nov 24 10:11:12 CST 2026`, `24/Nov/2026:10:11:12 +0800`, seconds and milliseconds since 1970, and a time of
    /// day alone.
    pub fn read(text: &str) -> Option<(Time, usize)> {
        let b = text.as_bytes();
        let found = [named_month, numbered, packed, common_log, epoch, clock_alone].iter().find_map(|read| read(b))?;
        (!b.get(found.1).is_some_and(u8::is_ascii_alphanumeric)).then_some(found)
    }
}

/// A cursor over the bytes; every step says whether it could be taken.
struct At<'a> {
    b: &'a [u8],
    i: usize,
}

impl At<'_> {
    fn peek(&self) -> Option<u8> {
        self.b.get(self.i).copied()
    }

    fn digits(&mut self, from: usize, to: usize) -> Option<u32> {
        let n = self.b.get(self.i..)?.iter().take(to).take_while(|c| c.is_ascii_digit()).count();
        if n < from {
            return None;
        }
        let value = self.b.get(self.i..self.i + n)?.iter().fold(0_u32, |v, c| v.saturating_mul(10).saturating_add(u32::from(c - b'0')));
        self.i += n;
        Some(value)
    }

    fn in_range(&mut self, from: usize, to: usize, low: u32, high: u32) -> Option<u8> {
        self.digits(from, to).filter(|v| (low..=high).contains(v)).and_then(|v| u8::try_from(v).ok())
    }

    fn skip(&mut self, what: &[u8]) -> bool {
        let there = self.b.get(self.i..).is_some_and(|r| r.starts_with(what));
        if there {
            self.i += what.len();
        }
        there
    }

    fn one_of(&mut self, set: &[u8]) -> Option<u8> {
        let c = self.peek().filter(|c| set.contains(c))?;
        self.i += 1;
        Some(c)
    }

    fn name(&mut self, names: &[&[u8; 3]]) -> Option<u8> {
        let word = self.b.get(self.i..self.i + 3)?.to_ascii_lowercase();
        let index = names.iter().position(|n| n[..] == word[..])?;
        self.i += 3;
        u8::try_from(index + 1).ok()
    }

    /// `10:11:12`, with a fraction behind it.
    fn clock(&mut self) -> Option<Clock> {
        let hour = self.in_range(1, 2, 0, 23)?;
        let _ = self.one_of(b":")?;
        let minute = self.in_range(2, 2, 0, 59)?;
        let _ = self.one_of(b":")?;
        let second = self.in_range(2, 2, 0, 60)?;
        Some(Clock { hour, minute, second, nanos: self.fraction(b".,") })
    }

    fn fraction(&mut self, marks: &[u8]) -> u32 {
        let start = self.i;
        if self.one_of(marks).is_none() && !marks.is_empty() {
            return 0;
        }
        let from = self.i;
        let Some(mut value) = self.digits(1, 9) else {
            self.i = start;
            return 0;
        };
        for _ in self.i - from..9 {
            value = value.saturating_mul(10);
        }
        value
    }

    /// `Z`, `+08:00`, ` +0800`.
    fn offset(&mut self) -> Option<i16> {
        let start = self.i;
        if self.skip(b"Z") {
            return Some(0);
        }
        self.skip(b" ");
        let minutes = (|| {
            let sign = if self.one_of(b"+-")? == b'-' { -1 } else { 1 };
            let hours = self.in_range(2, 2, 0, 14)?;
            self.skip(b":");
            let minutes = self.in_range(2, 2, 0, 59)?;
            Some(sign * (i16::from(hours) * 60 + i16::from(minutes)))
        })();
        if minutes.is_none() || self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.i = start;
            return None;
        }
        minutes
    }
}

/// `2026-11-24 10:11:12`, `2026/11/24`, `2026年11月24日`, `11-24 10:11:12.345`.
fn numbered(b: &[u8]) -> Option<(Time, usize)> {
    let mut at = At { b, i: 0 };
    let first = at.digits(2, 4)?;
    let year = if at.i == 4 { Some(u16::try_from(first).ok().filter(|y| (1970..2200).contains(y))?) } else { None };
    let chinese = at.skip("年".as_bytes());
    let mark = if chinese { b'-' } else { at.one_of(b"-/.")? };
    let month = match year {
        Some(_) => at.in_range(1, 2, 1, 12)?,
        None => u8::try_from(first).ok().filter(|m| (1..=12).contains(m))?,
    };
    if year.is_some() && !(if chinese { at.skip("月".as_bytes()) } else { at.one_of(&[mark]).is_some() }) {
        return None;
    }
    let day = at.in_range(1, 2, 1, 31)?;
    at.skip("日".as_bytes());
    let date = Date { year, month, day };
    let day_end = at.i;
    let separated = at.skip(b"T") || at.skip(b"_") || at.skip(b" ") || at.skip(b"-") || chinese;
    at.skip(b" ");
    let clock = if separated { at.clock() } else { None };
    if clock.is_none() {
        // `11-24` alone may be anything.
        return year.map(|_| (Time { date: Some(date), clock: None, offset_minutes: None }, day_end));
    }
    let offset_minutes = at.offset();
    Some((Time { date: Some(date), clock, offset_minutes }, at.i))
}

/// `20261124 101112`, `20261124101112`, `20261124`, with milliseconds behind it.
fn packed(b: &[u8]) -> Option<(Time, usize)> {
    let run = b.iter().take_while(|c| c.is_ascii_digit()).count();
    if !matches!(run, 8 | 14 | 17) {
        return None;
    }
    let mut at = At { b, i: 0 };
    let year = u16::try_from(at.digits(4, 4)?).ok().filter(|y| (1990..2100).contains(y))?;
    let date = Date { year: Some(year), month: at.in_range(2, 2, 1, 12)?, day: at.in_range(2, 2, 1, 31)? };
    let day_end = at.i;
    if run == 8 && at.one_of(b" T_-").is_none() {
        return None;
    }
    let clock = (|| {
        let plain = At { b, i: at.i }.clock();
        if plain.is_some() {
            return at.clock();
        }
        let (hour, minute, second) = (at.in_range(2, 2, 0, 23)?, at.in_range(2, 2, 0, 59)?, at.in_range(2, 2, 0, 60)?);
        let nanos = at.fraction(if run == 17 { b"" } else { b".," });
        Some(Clock { hour, minute, second, nanos })
    })();
    match clock {
        Some(_) => {
            let offset_minutes = at.offset();
            Some((Time { date: Some(date), clock, offset_minutes }, at.i))
        }
        None if run == 8 => Some((Time { date: Some(date), clock: None, offset_minutes: None }, day_end)),
        None => None,
    }
}

/// `Nov 24 10:11:12`, `Tue Nov 24 10:11:12 CST 2026`.
fn named_month(b: &[u8]) -> Option<(Time, usize)> {
    let mut at = At { b, i: 0 };
    if at.name(&DAYS).is_some() {
        at.skip(b",");
        at.skip(b" ");
    }
    let month = at.name(&MONTHS)?;
    let _ = at.one_of(b" ")?;
    at.skip(b" ");
    let day = at.in_range(1, 2, 1, 31)?;
    let _ = at.one_of(b" ")?;
    let clock = at.clock()?;
    let mut end = at.i;
    let mut offset_minutes = at.offset();
    if offset_minutes.is_none() {
        // The name of a zone is ambiguous (CST is China and Chicago), so it only stands before the year.
        let zone = b.get(at.i..)?.strip_prefix(b" ").map_or(0, |r| r.iter().take(5).take_while(|c| c.is_ascii_uppercase()).count());
        let utc = b.get(at.i..)?.starts_with(b" UTC ") || b.get(at.i..)?.starts_with(b" GMT ");
        at.i += if zone >= 3 { zone + 1 } else { 0 };
        offset_minutes = utc.then_some(0);
    } else {
        end = at.i;
    }
    let mut year = None;
    if at.skip(b" ") {
        year = at.digits(4, 4).and_then(|y| u16::try_from(y).ok()).filter(|y| (1970..2200).contains(y));
        year = year.filter(|_| !at.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == b':'));
    }
    if year.is_some() {
        end = at.i;
    } else if end != at.i {
        offset_minutes = offset_minutes.filter(|m| *m != 0);
    }
    Some((Time { date: Some(Date { year, month, day }), clock: Some(clock), offset_minutes }, end))
}

/// `24/Nov/2026:10:11:12 +0800`.
fn common_log(b: &[u8]) -> Option<(Time, usize)> {
    let mut at = At { b, i: 0 };
    let day = at.in_range(1, 2, 1, 31)?;
    let mark = at.one_of(b"/-")?;
    let month = at.name(&MONTHS)?;
    let _ = at.one_of(&[mark])?;
    let year = u16::try_from(at.digits(4, 4)?).ok()?;
    let _ = at.one_of(b": ")?;
    let clock = at.clock()?;
    let offset_minutes = at.offset();
    Some((Time { date: Some(Date { year: Some(year), month, day }), clock: Some(clock), offset_minutes }, at.i))
}

/// `1795486272`, `1795486272.123`, `1795486272123`.
fn epoch(b: &[u8]) -> Option<(Time, usize)> {
    let run = b.iter().take_while(|c| c.is_ascii_digit()).count();
    if !matches!(run, 10 | 13) {
        return None;
    }
    let number = b.get(..run)?.iter().fold(0_i64, |v, c| v * 10 + i64::from(c - b'0'));
    let seconds = if run == 13 { number / 1000 } else { number };
    if !EPOCH.contains(&seconds) {
        return None;
    }
    let mut at = At { b, i: run };
    let nanos = if run == 13 { u32::try_from(number % 1000).ok()? * 1_000_000 } else { at.fraction(b".") };
    let of_day = seconds.rem_euclid(86_400);
    let part = |v: i64| u8::try_from(v).ok();
    let clock = Clock { hour: part(of_day / 3600)?, minute: part(of_day / 60 % 60)?, second: part(of_day % 60)?, nanos };
    Some((Time { date: Some(day_of(seconds.div_euclid(86_400))?), clock: Some(clock), offset_minutes: Some(0) }, at.i))
}

/// The day, counted from 1970-01-01, in the Gregorian calendar: years that begin in March have their odd day at the end.
fn day_of(days: i64) -> Option<Date> {
    let shifted = days + 719_468;
    let era_day = shifted.rem_euclid(146_097);
    let year_of_era = (era_day - era_day / 1460 + era_day / 36_524 - era_day / 146_096) / 365;
    let day_of_year = era_day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + shifted.div_euclid(146_097) * 400 + i64::from(month <= 2);
    Some(Date { year: Some(u16::try_from(year).ok()?), month: u8::try_from(month).ok()?, day: u8::try_from(day).ok()? })
}

fn clock_alone(b: &[u8]) -> Option<(Time, usize)> {
    let mut at = At { b, i: 0 };
    let clock = at.clock().filter(|_| b.get(2) == Some(&b':'))?;
    Some((Time { date: None, clock: Some(clock), offset_minutes: None }, at.i))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let Some((t, n)) = Time::read(text) else { return "none".into() };
        let date = t.date.map_or("-".into(), |d| format!("{}-{}-{}", d.year.unwrap_or(0), d.month, d.day));
        let clock = t.clock.map_or("-".into(), |c| format!("{}:{}:{}.{}", c.hour, c.minute, c.second, c.nanos / 1_000_000));
        format!("{date} {clock} {} |{}", t.offset_minutes.map_or("-".into(), |o| o.to_string()), &text[n..])
    }

    #[test]
    fn every_way_of_writing_a_time() {
        for (given, expected) in [
            ("2026-11-24T10:11:12.345+08:00 x", "2026-11-24 10:11:12.345 480 | x"),
            ("2026-11-24T10:11:12Z", "2026-11-24 10:11:12.0 0 |"),
            ("2026-11-24 10:11:12,345 x", "2026-11-24 10:11:12.345 - | x"),
            ("11-24 10:11:12.345 x", "0-11-24 10:11:12.345 - | x"),
            ("Nov 24 10:11:12 pos1", "0-11-24 10:11:12.0 - | pos1"),
            ("Nov  4 10:11:12 pos1", "0-11-4 10:11:12.0 - | pos1"),
            ("Tue Nov 24 10:11:12 CST 2026 x", "2026-11-24 10:11:12.0 - | x"),
            ("Tue Nov 24 10:11:12 UTC 2026", "2026-11-24 10:11:12.0 0 |"),
            ("20261124 101112]", "2026-11-24 10:11:12.0 - |]"),
            ("20261124101112", "2026-11-24 10:11:12.0 - |"),
            ("20261124101112345", "2026-11-24 10:11:12.345 - |"),
            ("2026/11/24 10:11:12", "2026-11-24 10:11:12.0 - |"),
            ("2026/11/24]", "2026-11-24 - - |]"),
            ("2026年11月24日 10:11:12", "2026-11-24 10:11:12.0 - |"),
            ("24/Nov/2026:10:11:12 +0800]", "2026-11-24 10:11:12.0 480 |]"),
            ("1795515072 x", "2026-11-24 10:11:12.0 0 | x"),
            ("1795515072345", "2026-11-24 10:11:12.345 0 |"),
            ("10:11:12 x", "- 10:11:12.0 - | x"),
            ("2026-13-24 10:11:12", "none"),
            ("6222021234567890123", "none"),
            ("4111111111111", "none"),
            ("12", "none"),
            ("", "none"),
        ] {
            assert_eq!(shown(given), expected, "{given}");
        }
    }

    #[test]
    fn leap_days_of_the_epoch() {
        assert_eq!(day_of(0), Some(Date { year: Some(1970), month: 1, day: 1 }));
        assert_eq!(day_of(19_782), Some(Date { year: Some(2024), month: 2, day: 29 }));
    }
}
