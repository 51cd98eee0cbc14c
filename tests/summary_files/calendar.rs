//! A strict reader of what RFC 5545 lets us write, and the days of the rich moment.

use std::collections::{BTreeMap, BTreeSet};

use certpost::report::summary::Format;
use certpost::report::{self, Language, calendar};
use certpost::time::{Span, Timestamp};
use jiff::civil::date;

use crate::moment::{quiet_snapshot, rich_snapshot};
use crate::{LANGUAGES, file, rich};

type Properties = BTreeMap<String, String>;

/// Unfolds, and reads every line as `NAME[;PARAMETERS]:VALUE`. Panics on what the RFC forbids.
fn lines(bytes: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.ends_with("\r\n"), "the last line has no end");
    let mut whole: Vec<String> = Vec::new();
    for line in text.strip_suffix("\r\n").unwrap().split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
        assert!(!line.chars().any(char::is_control), "{line:?}");
        match line.strip_prefix(' ') {
            Some(rest) => whole.last_mut().unwrap().push_str(rest),
            None => whole.push(line.to_owned()),
        }
    }
    let property = |line: String| {
        let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("{line}"));
        (name.to_owned(), value.to_owned())
    };
    whole.into_iter().map(property).collect()
}

fn unescaped(value: &str) -> String {
    let mut text = String::new();
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next().unwrap() {
                'n' | 'N' => text.push('\n'),
                known @ ('\\' | ';' | ',') => text.push(known),
                other => panic!("\\{other} in {value}"),
            },
            ';' | ',' => panic!("{character} is not escaped in {value}"),
            other => text.push(other),
        }
    }
    text
}

/// The events of a calendar, after the calendar's own properties were looked at.
fn read(bytes: &[u8]) -> Vec<Properties> {
    let lines = lines(bytes);
    let mut events = Vec::new();
    let mut open: Option<Properties> = None;
    let (mut calendar, mut ended) = (Properties::new(), false);
    for (name, value) in lines {
        assert!(!ended, "{name} after the end");
        match (name.as_str(), value.as_str()) {
            ("BEGIN", "VCALENDAR") => assert!(calendar.is_empty()),
            ("END", "VCALENDAR") => {
                assert!(open.is_none());
                ended = true;
            }
            ("BEGIN", "VEVENT") => assert!(open.replace(Properties::new()).is_none()),
            ("END", "VEVENT") => events.push(open.take().unwrap()),
            ("BEGIN" | "END", other) => panic!("{other}"),
            _ => {
                let place = open.as_mut().unwrap_or(&mut calendar);
                assert_eq!(place.insert(name.clone(), value), None, "{name} twice");
            }
        }
    }
    assert!(ended);
    assert_eq!(calendar["VERSION"], "2.0");
    assert!(calendar.contains_key("PRODID"));
    for event in &events {
        let stamp = &event["DTSTAMP"];
        assert!(
            stamp.len() == 16 && stamp.as_bytes()[8] == b'T' && stamp.ends_with('Z'),
            "{stamp}"
        );
        // A whole day: it ends on the next one.
        let day = |name: &str| jiff::civil::Date::strptime("%Y%m%d", &event[name]).unwrap();
        assert_eq!(day("DTSTART;VALUE=DATE").tomorrow().unwrap(), day("DTEND;VALUE=DATE"));
    }
    let uids: BTreeSet<_> = events.iter().map(|event| &event["UID"]).collect();
    assert_eq!(uids.len(), events.len(), "a UID is there twice");
    events
}

#[test]
fn a_calendar_tells_ends_beginnings_safe_days_and_invoices() {
    let events = read(&file(&rich(Language::Uk), Format::Ics));
    let told: Vec<String> = events
        .iter()
        .map(|event| {
            let summary = unescaped(&event["SUMMARY"]).replace('\u{a0}', " ");
            format!("{} {summary}", event["DTSTART;VALUE=DATE"])
        })
        .collect();
    for wanted in [
        "20261103 Час оновити сертифікати: Директор, Яременко О. І.",
        "20261127 Сплатити рахунок № 1482: 349,00 грн",
        "20261215 Останній безпечний день для заявки: Директор, Яременко О. І.",
        "20261218 Закінчується сертифікат: Директор, Яременко О. І. (підпис, шифрування)",
        "20261218 Закінчується сертифікат: Печатка установи (підпис, шифрування)",
        "20281119 Закінчується сертифікат: Співробітник, Дзюба М. Т. (підпис)",
    ] {
        assert!(told.iter().any(|one| one == wanted), "{wanted} is not in\n{}", told.join("\n"));
    }
    assert!(told.is_sorted_by_key(|one| &one[..8]), "{}", told.join("\n"));
    // Three days a holder, and the invoice.
    assert_eq!(events.len(), 6 * 3 + 1);
}

#[test]
fn an_event_keeps_its_uid_from_day_to_day_and_in_every_language() {
    let uids = |days: i64, language| {
        let mut snapshot = rich_snapshot();
        snapshot.now = snapshot.now + Span::days(days);
        let report = report::build(&snapshot, language);
        let events = read(&file(&report, Format::Ics));
        events.into_iter().map(|event| event["UID"].clone()).collect::<BTreeSet<_>>()
    };
    for language in LANGUAGES {
        assert_eq!(uids(0, Language::Uk), uids(9, language));
    }
    let calm = report::build(&quiet_snapshot(), Language::Uk);
    assert_eq!(read(&file(&calm, Format::Ics)).len(), 3);
}

#[test]
fn foreign_words_stay_inside_their_property() {
    let event = calendar::Event {
        uid: "a b\r\nEND:VEVENT".into(),
        day: date(2026, 12, 31),
        summary: "Рядок; ще, один\\\r\nBEGIN:VALARM ".repeat(8),
        description: "漢".repeat(200),
    };
    let at = Timestamp(1_790_000_000);
    let events = vec![event];
    let text = calendar::render("ТОВ «Проба», син; дочка", Language::Uk, at, &events);
    let read = read(text.as_bytes());
    assert_eq!(read[0]["DTEND;VALUE=DATE"], "20270101");
    assert_eq!(unescaped(&read[0]["DESCRIPTION"]), "漢".repeat(200));
    let told = "Рядок; ще, один\\ \nBEGIN:VALARM ".repeat(8);
    assert_eq!(unescaped(&read[0]["SUMMARY"]), told);
    assert_eq!(read[0].len(), 7);
}
