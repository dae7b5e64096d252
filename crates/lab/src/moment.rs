//! Time as the lab sees it: a count, given from outside.

use std::ops::{Add, Sub};

/// Milliseconds since 2026-01-01 00:00:00 of the shop's civil time (UTC+8, no summer time). On real time the caller derives it from the
/// system clock; in a simulation it is whatever the simulation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(pub u64);

/// Year, month, day, hour, minute, second of a [`Moment`] in the shop's civil time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Civil {
    /// Year, four digits.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
    /// Second, 0 to 59.
    pub second: u8,
}

impl Moment {
    /// The civil time of this moment; years stop at 9999.
    pub fn civil(self) -> Civil {
        let seconds = self.0 / 1000;
        let (mut days, rest) = (seconds / 86_400, seconds % 86_400);
        let mut year = 2026u16;
        while year < 9999 && days >= days_of(year) {
            days -= days_of(year);
            year += 1;
        }
        let mut month = 1u8;
        while month < 12 && days >= month_days(year, month) {
            days -= month_days(year, month);
            month += 1;
        }
        Civil {
            year,
            month,
            day: days.min(30) as u8 + 1,
            hour: (rest / 3600) as u8,
            minute: (rest / 60 % 60) as u8,
            second: (rest % 60) as u8,
        }
    }

    /// The moment of a civil date and time; `None` when there is no such day or it lies before 2026.
    pub fn of(civil: Civil) -> Option<Moment> {
        let Civil { year, month, day, hour, minute, second } = civil;
        if !(2026..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 || u64::from(day) > month_days(year, month) {
            return None;
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days: u64 = (2026..year).map(days_of).sum::<u64>() + (1..month).map(|m| month_days(year, m)).sum::<u64>() + u64::from(day) - 1;
        Some(Moment(((days * 24 + u64::from(hour)) * 60 + u64::from(minute)) * 60_000 + u64::from(second) * 1000))
    }
}

impl Add<u64> for Moment {
    type Output = Moment;
    fn add(self, milliseconds: u64) -> Moment {
        Moment(self.0.saturating_add(milliseconds))
    }
}

impl Sub for Moment {
    type Output = u64;
    /// Milliseconds from the other moment to this one; 0 when this one is earlier.
    fn sub(self, earlier: Moment) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

fn leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of(year: u16) -> u64 {
    if leap(year) { 366 } else { 365 }
}

fn month_days(year: u16, month: u8) -> u64 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_months_and_leap_years_come_and_go() {
        for (moment, expected) in [
            (0, (2026, 1, 1, 0, 0, 0)),
            (86_400_000 - 1, (2026, 1, 1, 23, 59, 59)),
            (59 * 86_400_000, (2026, 3, 1, 0, 0, 0)),
            ((365 * 2 + 59) * 86_400_000, (2028, 2, 29, 0, 0, 0)),
        ] {
            let c = Moment(moment).civil();
            assert_eq!((c.year, c.month, c.day, c.hour, c.minute, c.second), expected);
            assert_eq!(Moment::of(c), Some(Moment(moment / 1000 * 1000)));
        }
    }
}
