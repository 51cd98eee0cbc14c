//! Moments, spans and working time. Nothing here asks what time it is: `now` is always an argument.

use std::fmt;
use std::ops::{Add, Sub};

use jiff::civil;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A moment: whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// A length of time in whole seconds; may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub i64);

impl Span {
    pub const fn seconds(n: i64) -> Self {
        Self(n)
    }

    pub const fn minutes(n: i64) -> Self {
        Self(n * 60)
    }

    pub const fn hours(n: i64) -> Self {
        Self(n * 3600)
    }

    pub const fn days(n: i64) -> Self {
        Self(n * 86_400)
    }
}

impl Add<Span> for Timestamp {
    type Output = Timestamp;
    fn add(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add(span.0))
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Timestamp;
    fn sub(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.0))
    }
}

impl Sub for Timestamp {
    type Output = Span;
    fn sub(self, earlier: Timestamp) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Timestamp {
    /// The civil date and time in `zone`. Moments outside jiff's range (years −9999 to 9999) are
    /// clamped to its ends: a certificate may state year 9999, and no caller wants a panic for it.
    pub fn civil(self, zone: &TimeZone) -> civil::DateTime {
        let (low, high) = (jiff::Timestamp::MIN.as_second(), jiff::Timestamp::MAX.as_second());
        let seconds = self.0.clamp(low, high);
        let moment = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        zone.to_datetime(moment)
    }

    /// The date in `zone`.
    pub fn date(self, zone: &TimeZone) -> civil::Date {
        self.civil(zone).date()
    }

    /// The moment at which clocks in `zone` show `when` (the earlier one when it happens twice).
    pub fn from_civil(when: civil::DateTime, zone: &TimeZone) -> Self {
        let moment = zone.to_ambiguous_zoned(when).compatible();
        Self(moment.map_or(0, |zoned| zoned.timestamp().as_second()))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, for logs and JSON; people read dates through `report`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.civil(&TimeZone::UTC);
        write!(f, "{}Z", at.strftime("%Y-%m-%dT%H:%M:%S"))
    }
}

/// When the other side works: its zone, its office hours, its days off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// IANA name, for example `Europe/Kyiv`. An unknown name is read as UTC; configuration
    /// checks names before they come here.
    pub zone: String,
    /// First working hour of the day, 0–23.
    pub opens: i8,
    /// The hour at which work ends, 1–24, later than `opens`.
    pub closes: i8,
    /// Public holidays beside Saturdays and Sundays.
    #[serde(default)]
    pub holidays: Vec<civil::Date>,
}

impl Calendar {
    pub fn time_zone(&self) -> TimeZone {
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }

    pub fn is_working_day(&self, date: civil::Date) -> bool {
        use civil::Weekday::{Saturday, Sunday};
        !matches!(date.weekday(), Saturday | Sunday) && !self.holidays.contains(&date)
    }

    /// The first working day strictly after `date`. Looks at most a year ahead, so that a
    /// calendar of holidays only can't hang us.
    pub fn next_working_day(&self, date: civil::Date) -> civil::Date {
        self.walk(date, 1)
    }

    /// The last working day strictly before `date`.
    pub fn previous_working_day(&self, date: civil::Date) -> civil::Date {
        self.walk(date, -1)
    }

    fn walk(&self, from: civil::Date, step: i64) -> civil::Date {
        let mut day = from;
        for _ in 0..366 {
            day = day.saturating_add(jiff::Span::new().days(step));
            if self.is_working_day(day) {
                return day;
            }
        }
        day
    }

    /// `hours` of working time after `from`: time outside office hours does not count.
    pub fn after_working_hours(&self, from: Timestamp, hours: u32) -> Timestamp {
        let zone = self.time_zone();
        let mut left = Span::hours(i64::from(hours)).0;
        let mut at = from;
        // One turn a day; 3660 days bounds a nonsensical calendar.
        for _ in 0..3660 {
            let day = at.date(&zone);
            let (opening, closing) = (self.hour(day, self.opens), self.hour(day, self.closes));
            if self.is_working_day(day) && at < closing {
                let start = at.max(opening);
                let available = (closing - start).0;
                if left <= available {
                    return start + Span(left);
                }
                left -= available;
            }
            at = self.hour(self.next_working_day(day), self.opens);
        }
        at
    }

    /// The opening of business on `day`, whether it is a working day or not.
    pub fn opening(&self, day: civil::Date) -> Timestamp {
        self.hour(day, self.opens)
    }

    /// The opening of the last working day before the day of `at`.
    pub fn opening_before(&self, at: Timestamp) -> Timestamp {
        self.hour(self.previous_working_day(at.date(&self.time_zone())), self.opens)
    }

    /// The opening of the first working day after the day of `at`.
    pub fn opening_after(&self, at: Timestamp) -> Timestamp {
        self.hour(self.next_working_day(at.date(&self.time_zone())), self.opens)
    }

    /// The close of business `days` working days after the day of `from`.
    pub fn after_working_days(&self, from: Timestamp, days: u32) -> Timestamp {
        let mut day = from.date(&self.time_zone());
        for _ in 0..days {
            day = self.next_working_day(day);
        }
        self.hour(day, self.closes)
    }

    fn hour(&self, day: civil::Date, hour: i8) -> Timestamp {
        let midnight = Timestamp::from_civil(day.at(0, 0, 0, 0), &self.time_zone());
        if (0..24).contains(&hour) {
            Timestamp::from_civil(day.at(hour, 0, 0, 0), &self.time_zone())
        } else {
            midnight + Span::days(1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kyiv() -> Calendar {
        Calendar {
            zone: "Europe/Kyiv".into(),
            opens: 9,
            closes: 18,
            holidays: vec![civil::date(2026, 8, 24)],
        }
    }

    fn at(calendar: &Calendar, text: &str) -> Timestamp {
        Timestamp::from_civil(text.parse().unwrap(), &calendar.time_zone())
    }

    #[test]
    fn two_working_hours_cross_the_night_the_weekend_and_the_holiday() {
        let c = kyiv();
        // Friday 21.08.2026 17:00: one hour that day, Monday 24.08 is Independence Day.
        let due = c.after_working_hours(at(&c, "2026-08-21T17:00:00"), 2);
        assert_eq!(due, at(&c, "2026-08-25T10:00:00"));
        // A letter that came at night is answered in the first two hours of the next day.
        let due = c.after_working_hours(at(&c, "2026-08-25T22:30:00"), 2);
        assert_eq!(due, at(&c, "2026-08-26T11:00:00"));
    }

    #[test]
    fn the_next_working_day_ends_at_closing_time() {
        let c = kyiv();
        let due = c.after_working_days(at(&c, "2026-08-21T10:00:00"), 1);
        assert_eq!(due, at(&c, "2026-08-25T18:00:00"));
    }

    #[test]
    fn moments_far_outside_the_calendar_do_not_panic() {
        let _ = Timestamp(i64::MAX).date(&TimeZone::UTC);
        let _ = Timestamp(i64::MIN).to_string();
        let _ = Timestamp(i64::MAX) + Span::days(1);
    }

    #[test]
    fn clocks_that_go_back_give_the_earlier_moment() {
        let c = kyiv();
        // 25.10.2026 03:30 happens twice in Kyiv; the first is summer time, UTC+3.
        let first = at(&c, "2026-10-25T03:30:00");
        assert_eq!(first.to_string(), "2026-10-25T00:30:00Z");
    }
}
