//! The authority's manners, which change with the season.

use jiff::ToSpan as _;

use super::chance::Stream;
use crate::simulator::authority::{Forgery, Manners, Refusing, Wrong};
use crate::time::{Calendar, Timestamp};

/// An authority as one would wish it: "we have it" in a minute, the decision in an hour.
pub fn good() -> Manners {
    Manners { delivered_after: 60, decided_after: 3600, ..Manners::default() }
}

/// The same of an office, which refuses whatever an organisation sends.
pub fn of_office(chance: &mut Stream, now: Timestamp, calendar: &Calendar) -> Manners {
    let mut manners = next(chance, now, calendar);
    for refusing in &mut manners.refuses {
        refusing.who.clear();
    }
    manners
}

/// The manners of the season that begins now.
pub fn next(chance: &mut Stream, now: Timestamp, calendar: &Calendar) -> Manners {
    let good = good();
    match chance.between(0, 12) {
        0 => Manners { delivered_after: 7200, decided_after: 3 * 86_400, ..good },
        1 => Manners { silent: true, ..good },
        2 => Manners { repeats: 3, ..good },
        3 => Manners { out_of_order: true, ..good },
        4 => {
            let who = chance.pick(&["director", "accountant", "seal", "employee"]);
            let who = who.copied().unwrap_or_default().to_owned();
            let reasons = vec!["Немає оплати".to_owned(), "Змінились дані".to_owned()];
            let refusing = Refusing { who, reasons, code: None, at_once: chance.happens(500) };
            Manners { refuses: vec![refusing], ..good }
        }
        5 => Manners { invoices: true, paid_after: Some(2 * 86_400), ..good },
        6 | 7 => {
            let forgeries = [
                Forgery::Unsigned,
                Forgery::Stranger,
                Forgery::Expired,
                Forgery::AnotherOrganisation,
            ];
            Manners { forges: chance.pick(&forgeries).copied(), ..good }
        }
        8 => {
            let wrongs =
                [Wrong::Key, Wrong::Subject, Wrong::Usage, Wrong::NotYet, Wrong::Chain, Wrong::Old];
            Manners { grants_wrong: chance.pick(&wrongs).copied(), ..good }
        }
        9 => Manners { skips_delivered: true, ..good },
        10 => {
            let today = now.date(&calendar.time_zone());
            let back = today.saturating_add(chance.between(3, 12).days());
            Manners { holiday_from: Some(today), holiday_to: Some(back), ..good }
        }
        _ => good,
    }
}
