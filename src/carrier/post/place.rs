//! How far each folder was read: pure bookkeeping, no connection.
//!
//! A place in a folder is (UIDVALIDITY, UID). It moves only over letters that were listed in this
//! process and settled, so that a letter nobody committed is brought again (F2, F4, F5).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// One letter's address: `FOLDER;UIDVALIDITY;UID`. Folder names may hold semicolons.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Locator {
    pub folder: String,
    pub validity: u32,
    pub uid: u32,
}

impl Locator {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(3, ';');
        let uid = parts.next()?.parse().ok()?;
        let validity = parts.next()?.parse().ok()?;
        Some(Self { folder: parts.next()?.to_owned(), validity, uid })
    }
}

impl std::fmt::Display for Locator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{};{};{}", self.folder, self.validity, self.uid)
    }
}

/// One folder's line in the bookmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    validity: u32,
    uid: u32,
}

#[derive(Clone, Debug, Default)]
struct Place {
    validity: u32,
    /// Everything up to here was settled.
    upto: u32,
    /// Everything up to here was listed in this process.
    listed: u32,
    /// Brought, not yet settled; keeps `upto` below.
    waiting: BTreeSet<u32>,
    /// Settled above `upto`: not fetched again.
    ahead: BTreeSet<u32>,
}

impl Place {
    fn advance(&mut self) {
        let reach = match self.waiting.first() {
            Some(first) => first.saturating_sub(1).min(self.listed),
            None => self.listed,
        };
        self.upto = self.upto.max(reach);
        self.ahead = self.ahead.split_off(&self.upto.saturating_add(1));
    }
}

/// The places of all folders.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(BTreeMap<String, Place>);

impl Places {
    /// Goes back to what `bookmark` says. False: it could not be read, and reading starts over;
    /// the engine knows what it had by digest.
    pub(super) fn open(&mut self, bookmark: Option<&str>) -> bool {
        let marks = match bookmark.map(serde_json::from_str::<BTreeMap<String, Mark>>) {
            None => Some(BTreeMap::new()),
            Some(read) => read.ok(),
        };
        let readable = marks.is_some();
        let marks = marks.unwrap_or_default();
        self.0.retain(|folder, _| marks.contains_key(folder));
        for (folder, mark) in marks {
            let place = self.0.entry(folder).or_default();
            if place.validity != mark.validity {
                *place = Place { validity: mark.validity, ..Place::default() };
            }
            place.upto = mark.uid;
        }
        readable
    }

    /// The folder as the server shows it now: a new UIDVALIDITY starts it over (F4).
    /// The UID after which letters are new.
    pub(super) fn after(&mut self, folder: &str, validity: u32) -> u32 {
        let place = self.0.entry(folder.to_owned()).or_default();
        if place.validity != validity {
            *place = Place { validity, ..Place::default() };
        }
        place.upto
    }

    /// Settled already, though something below it is not.
    pub(super) fn is_ahead(&self, folder: &str, uid: u32) -> bool {
        self.0.get(folder).is_some_and(|place| place.ahead.contains(&uid))
    }

    /// A listing was worked through up to `listed`; of it, `waiting` must be settled.
    pub(super) fn listed(&mut self, folder: &str, listed: u32, waiting: BTreeSet<u32>) {
        if let Some(place) = self.0.get_mut(folder) {
            place.listed = listed;
            place.waiting = waiting;
            place.advance();
        }
    }

    /// The engine is done with it.
    pub(super) fn settle(&mut self, locator: &Locator) {
        let Some(place) = self.0.get_mut(&locator.folder) else { return };
        if place.validity == locator.validity && locator.uid > place.upto {
            place.waiting.remove(&locator.uid);
            place.ahead.insert(locator.uid);
            place.advance();
        }
    }

    /// JSON: `{"INBOX":{"validity":1699999999,"uid":42}}`.
    pub(super) fn bookmark(&self) -> Option<String> {
        let marks: BTreeMap<&String, Mark> = self
            .0
            .iter()
            .map(|(folder, p)| (folder, Mark { validity: p.validity, uid: p.upto }))
            .collect();
        if marks.is_empty() { None } else { serde_json::to_string(&marks).ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(uid: u32) -> Locator {
        Locator { folder: "INBOX".into(), validity: 7, uid }
    }

    fn uid(places: &Places) -> u32 {
        let text = places.bookmark().unwrap();
        serde_json::from_str::<BTreeMap<String, Mark>>(&text).unwrap()["INBOX"].uid
    }

    #[test]
    fn the_place_moves_only_over_settled_letters() {
        let mut places = Places::default();
        assert!(places.open(None));
        assert_eq!(places.after("INBOX", 7), 0);
        places.listed("INBOX", 9, BTreeSet::from([3, 5, 9]));
        assert_eq!(uid(&places), 2);
        places.settle(&at(5));
        assert_eq!(uid(&places), 2);
        assert!(places.is_ahead("INBOX", 5));
        places.settle(&at(3));
        assert_eq!(uid(&places), 8);
        places.settle(&at(9));
        assert_eq!(uid(&places), 9);
    }

    #[test]
    fn f2_settling_what_was_never_listed_skips_nothing() {
        let mut places = Places::default();
        places.after("INBOX", 7);
        places.settle(&at(40));
        assert_eq!(uid(&places), 0);
    }

    #[test]
    fn f4_a_new_uidvalidity_starts_the_folder_over() {
        let mut places = Places::default();
        assert!(places.open(Some(r#"{"INBOX":{"validity":7,"uid":41}}"#)));
        assert_eq!(places.after("INBOX", 7), 41);
        assert_eq!(places.after("INBOX", 8), 0);
        // A letter of the old numbering says nothing about the new one.
        places.listed("INBOX", 1, BTreeSet::from([1]));
        places.settle(&at(1));
        assert_eq!(uid(&places), 0);
    }

    #[test]
    fn a_damaged_bookmark_starts_over_and_says_so() {
        let mut places = Places::default();
        places.after("INBOX", 7);
        assert!(!places.open(Some("{\"INBOX\":")));
        assert_eq!(places.after("INBOX", 7), 0);
    }

    #[test]
    fn locators_keep_odd_folder_names() {
        let odd = Locator { folder: "a;1;2".into(), validity: 3, uid: 4 };
        assert_eq!(Locator::parse(&odd.to_string()), Some(odd));
        assert_eq!(Locator::parse("INBOX;1"), None);
        assert_eq!(Locator::parse("INBOX;1;-5"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = Locator::parse(&text);
            let _ = Places::default().open(Some(&text));
        }

        /// Whatever is settled in whatever order, the place never passes a letter that waits.
        #[test]
        fn a_waiting_letter_is_never_passed(
            brought in proptest::collection::btree_set(1u32..60, 1..20),
            settled in proptest::collection::vec(1u32..80, 0..40),
        ) {
            let mut places = Places::default();
            places.after("INBOX", 7);
            let listed = *brought.last().unwrap();
            places.listed("INBOX", listed, brought.clone());
            for &u in &settled {
                places.settle(&at(u));
                let upto = uid(&places);
                let passed = brought.iter().find(|b| **b <= upto && !settled.contains(b));
                prop_assert_eq!(passed, None);
                prop_assert!(upto <= listed);
            }
        }
    }
}
