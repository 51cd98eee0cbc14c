//! Days for a calendar program: iCalendar (RFC 5545), whole days only. A whole day has no time
//! zone: nobody in another one sees it a day early.

use jiff::civil::Date;

use super::Language;
use crate::time::Timestamp;

/// Something that happens on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Stays the same from file to file, so that a calendar moves the event and does not double it.
    /// Letters, digits, `-`, `.`, `@`.
    pub uid: String,
    pub day: Date,
    pub summary: String,
    /// May be empty.
    pub description: String,
}

/// Octets in a line, without its end (RFC 5545, 3.1).
const LONGEST: usize = 75;

/// A calendar as UTF-8. `name`: what calendar programs call it; `at`: when it was made.
pub fn render(name: &str, language: Language, at: Timestamp, events: &[Event]) -> String {
    let mut text = String::new();
    let stamp = at.civil(&jiff::tz::TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
    line(&mut text, "BEGIN:VCALENDAR");
    line(&mut text, "VERSION:2.0");
    line(&mut text, &format!("PRODID:-//certpost//certpost//{}", language.tag().to_uppercase()));
    line(&mut text, "CALSCALE:GREGORIAN");
    line(&mut text, "METHOD:PUBLISH");
    // No standard, but what calendar programs read the name from.
    line(&mut text, &format!("X-WR-CALNAME:{}", escaped(name)));
    for event in events {
        // An event of one whole day ends, exclusively, on the next (3.6.1).
        let next = event.day.tomorrow().unwrap_or(event.day);
        line(&mut text, "BEGIN:VEVENT");
        line(&mut text, &format!("UID:{}", plain(&event.uid)));
        line(&mut text, &format!("DTSTAMP:{stamp}"));
        line(&mut text, &format!("DTSTART;VALUE=DATE:{}", event.day.strftime("%Y%m%d")));
        line(&mut text, &format!("DTEND;VALUE=DATE:{}", next.strftime("%Y%m%d")));
        line(&mut text, &format!("SUMMARY:{}", escaped(&event.summary)));
        if !event.description.is_empty() {
            line(&mut text, &format!("DESCRIPTION:{}", escaped(&event.description)));
        }
        line(&mut text, "TRANSP:TRANSPARENT");
        line(&mut text, "END:VEVENT");
    }
    line(&mut text, "END:VCALENDAR");
    text
}

/// TEXT values (3.3.11); control characters, which they may not hold, become spaces.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => safe.extend(['\\', character]),
            '\n' => safe.push_str("\\n"),
            control if control.is_control() => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

fn plain(uid: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '@');
    uid.chars().map(|c| if kept(c) { c } else { '-' }).collect()
}

/// One content line, folded between characters (3.1).
fn line(text: &mut String, content: &str) {
    let mut used = 0;
    for character in content.chars() {
        if used + character.len_utf8() > LONGEST {
            text.push_str("\r\n ");
            used = 1;
        }
        text.push(character);
        used += character.len_utf8();
    }
    text.push_str("\r\n");
}
