//! Clocks that differ, where they can be compared.

use crate::talk::rules::Rules;
use crate::talk::trace::Trace;

const DAY: u64 = 86_400;
/// Days before each month of a leap year: field 13 has no year.
const DAYS_BEFORE: [u64; 12] = [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335];
const YEAR: u64 = 366;

/// Seconds by which the reply's local time differs from the request's, or from the capture's when the terminals' zone is known;
/// `None` when they agree or cannot be compared.
pub(super) fn difference(request: &Trace, reply: &Trace, rules: &Rules) -> Option<u64> {
    let host = seconds_of_day(reply.local_time?)?;
    let seconds = match request.local_time.and_then(seconds_of_day) {
        Some(terminal) => match day_of_year(reply.local_date).zip(day_of_year(request.local_date)) {
            Some((a, b)) => around(a * DAY + host, b * DAY + terminal, YEAR * DAY),
            None => around(host, terminal, DAY),
        },
        None => {
            let utc = i64::try_from(reply.time_ns? / 1_000_000_000).ok()?;
            let local = utc.checked_add(i64::from(rules.utc_offset_s?))?.rem_euclid(DAY as i64);
            around(host, local.unsigned_abs(), DAY)
        }
    };
    (seconds > rules.clock_s).then_some(seconds)
}

/// The shorter way around a circle.
fn around(a: u64, b: u64, circle: u64) -> u64 {
    let way = a.abs_diff(b);
    way.min(circle.saturating_sub(way))
}

fn seconds_of_day(hhmmss: u32) -> Option<u64> {
    let (h, m, s) = (hhmmss / 10_000, hhmmss / 100 % 100, hhmmss % 100);
    (h < 24 && m < 60 && s < 60).then_some(u64::from(h * 3600 + m * 60 + s))
}

fn day_of_year(mmdd: Option<u32>) -> Option<u64> {
    let (month, day) = (mmdd? / 100, mmdd? % 100);
    let before = DAYS_BEFORE.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    if day > 31 { None } else { before.checked_add(u64::from(day.checked_sub(1)?)) }
}

#[cfg(test)]
mod tests {
    use super::{around, day_of_year, seconds_of_day};

    #[test]
    fn midnight_and_new_year_are_no_difference() {
        assert_eq!(around(10, 86_390, 86_400), 20);
        assert_eq!(around(86_390, 10, 86_400), 20);
        assert_eq!((day_of_year(Some(101)), day_of_year(Some(1231))), (Some(0), Some(365)));
        assert_eq!((day_of_year(Some(1301)), day_of_year(Some(100)), day_of_year(Some(0)), day_of_year(None)), (None, None, None, None));
        assert_eq!((seconds_of_day(235_959), seconds_of_day(240_000), seconds_of_day(6_060)), (Some(86_399), None, None));
    }
}
