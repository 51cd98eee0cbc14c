//! Numbers, days and spans as several languages share them. No text stands here: what is said
//! about a number is in each language's file.

use jiff::civil::{Date, DateTime};

use crate::time::Span;

/// The form of a noun after a number in the East Slavic languages: `1 день`, `2 дні`, `5 днів`.
pub fn choose<'a>(n: i64, one: &'a str, few: &'a str, many: &'a str) -> &'a str {
    match (n.unsigned_abs() % 10, n.unsigned_abs() % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

/// The number with its noun, never torn apart at a line's end.
pub fn count(n: i64, one: &str, few: &str, many: &str) -> String {
    format!("{n}\u{a0}{}", choose(n, one, few, many))
}

/// `22.11.2026`
pub fn dotted(day: Date) -> String {
    format!("{:02}.{:02}.{}", day.day(), day.month(), day.year())
}

/// `22.11`
pub fn dotted_short(day: Date) -> String {
    format!("{:02}.{:02}", day.day(), day.month())
}

/// `09:41`
pub fn time(at: DateTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// A day as seen from today.
pub enum Day {
    Yesterday,
    Today,
    Tomorrow,
    Other(Date),
}

impl Day {
    pub fn of(day: Date, today: Date) -> Self {
        if day == today {
            Self::Today
        } else if today.yesterday().is_ok_and(|yesterday| day == yesterday) {
            Self::Yesterday
        } else if today.tomorrow().is_ok_and(|tomorrow| day == tomorrow) {
            Self::Tomorrow
        } else {
            Self::Other(day)
        }
    }
}

/// Whole days left, as people count them.
pub enum Left {
    Ended,
    LessThanADay,
    Days(i64),
    /// Years, and months beyond them.
    Years(i64, i64),
}

impl Left {
    pub fn of(days: i64) -> Self {
        match days {
            i64::MIN..0 => Self::Ended,
            0 => Self::LessThanADay,
            1..365 => Self::Days(days),
            365.. => {
                let years = days / 365;
                Self::Years(years, ((days - years * 365) / 30).min(11))
            }
        }
    }
}

/// A span in the two units that matter: `hours` and `minutes` are units, `days` says a number of
/// days.
pub fn duration(span: Span, hours: &str, minutes: &str, days: fn(i64) -> String) -> String {
    let total = span.0.max(0) / 60;
    match (total / 60, total % 60) {
        (0, some) => format!("{some}\u{a0}{minutes}"),
        (some @ 1..48, 0) => format!("{some}\u{a0}{hours}"),
        (some @ 1..48, rest) => format!("{some}\u{a0}{hours} {rest}\u{a0}{minutes}"),
        (some, _) => days(some / 24),
    }
}

/// `1 047,00`: whole units, `mark`, hundredths; `between` separates thousands, if wanted.
pub fn amount(minor: i64, mark: char, between: Option<char>) -> String {
    let size = minor.unsigned_abs();
    let sign = if minor < 0 { "−" } else { "" };
    let mut whole = (size / 100).to_string();
    if let Some(between) = between {
        whole = grouped(&whole, between);
    }
    format!("{sign}{whole}{mark}{:02}", size % 100)
}

/// Digits in groups of three.
fn grouped(digits: &str, between: char) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(between);
        }
        text.push(digit);
    }
    text
}

/// Seconds and tenths: `6,2`.
pub fn seconds(took: std::time::Duration, mark: char) -> String {
    let tenths = took.as_millis() / 100;
    format!("{}{mark}{}", tenths / 10, tenths % 10)
}
