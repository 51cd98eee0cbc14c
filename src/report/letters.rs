//! Letters that moved nothing: kept, and shown to whoever wonders where an answer is.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::situation::Clock;
use super::words;
use super::{Language, Snapshot};
use crate::store::Fate;

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
    /// Name of the file with its raw bytes, below `data/store/files`.
    pub digest: String,
    pub at: String,
    #[serde(skip)]
    pub when: String,
    /// As the letter claims; nothing in it is proven.
    pub from: String,
    pub subject: String,
    pub reason: String,
}

/// The letters of one shelf, newest first.
pub fn on(snapshot: &Snapshot, shelf: Shelf, language: Language) -> Vec<Letter> {
    let zone = TimeZone::get(&snapshot.zone).unwrap_or(TimeZone::UTC);
    let clock = Clock { now: snapshot.now, zone };
    let words = words::of(language);
    let mut letters: Vec<_> = snapshot
        .arrivals
        .iter()
        .filter_map(|arrival| {
            let reason = match (&arrival.fate, shelf) {
                (Fate::Quarantined { reason }, Shelf::Quarantine)
                | (Fate::Unclaimed { reason }, Shelf::Unclaimed) => reason.clone(),
                _ => return None,
            };
            Some(Letter {
                digest: arrival.raw.to_string(),
                at: arrival.at.to_string(),
                when: words.stamp(clock.civil(arrival.at)),
                from: arrival.from.clone(),
                subject: arrival.subject.clone(),
                reason,
            })
        })
        .collect();
    letters.reverse();
    letters
}
