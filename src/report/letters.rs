//! Letters that moved nothing: kept, and shown to whoever wonders where an answer is.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::words;
use super::{Language, Snapshot};
use crate::store::{Arrival, Fate};
use crate::time::Timestamp;

/// Where a letter lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// Could not be trusted or read.
    Quarantine,
    /// Authentic, but nobody waited for it.
    Unclaimed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Letter {
    /// Its place among everything that came: it never changes, and commands take it.
    pub number: usize,
    /// Name of the file with its raw bytes, below `data/store/files`.
    pub digest: String,
    pub at: String,
    #[serde(skip)]
    pub when: String,
    /// As the letter claims; nothing in it is proven.
    pub from: String,
    pub subject: String,
    pub reason: String,
    /// A person has dealt with it: when, and the reason given.
    pub ignored: Option<Dealt>,
}

/// That a person has dealt with a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dealt {
    pub at: String,
    #[serde(skip)]
    pub when: String,
    pub reason: String,
}

/// The letters of one shelf, newest first; those that were dealt with among them.
pub fn on(snapshot: &Snapshot, shelf: Shelf, language: Language) -> Vec<Letter> {
    let mut letters: Vec<_> = (1..)
        .zip(&snapshot.arrivals)
        .filter_map(|(number, arrival)| match (&arrival.fate, shelf) {
            (Fate::Quarantined { reason }, Shelf::Quarantine)
            | (Fate::Unclaimed { reason }, Shelf::Unclaimed) => {
                Some(letter(snapshot, (number, arrival), reason.clone(), language))
            }
            _ => None,
        })
        .collect();
    letters.reverse();
    letters
}

/// The letter with this number, when it lies in quarantine, or was heard since.
pub fn numbered(snapshot: &Snapshot, number: usize, language: Language) -> Option<Letter> {
    let arrival = snapshot.arrivals.get(number.checked_sub(1)?)?;
    let reason = match &arrival.fate {
        Fate::Quarantined { reason } => reason.clone(),
        Fate::Claimed(id) => id.to_string(),
        Fate::Unclaimed { .. } | Fate::PassedOver { .. } => return None,
    };
    Some(letter(snapshot, (number, arrival), reason, language))
}

fn letter(
    snapshot: &Snapshot,
    (number, arrival): (usize, &Arrival),
    reason: String,
    language: Language,
) -> Letter {
    let zone = TimeZone::get(&snapshot.zone).unwrap_or(TimeZone::UTC);
    let words = words::of(language);
    let when = |at: Timestamp| words.stamp(at.civil(&zone));
    let said = snapshot.ignored.iter().find(|said| said.raw == arrival.raw);
    Letter {
        number,
        digest: arrival.raw.to_string(),
        at: arrival.at.to_string(),
        when: when(arrival.at),
        from: arrival.from.clone(),
        subject: arrival.subject.clone(),
        reason,
        ignored: said.map(|said| Dealt {
            at: said.at.to_string(),
            when: when(said.at),
            reason: said.reason.clone(),
        }),
    }
}
