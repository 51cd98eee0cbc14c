//! How much there must be: counts that stand both in the database and in a small file beside it.
//!
//! sled 0.34 can lose records of a damaged file without a word (crates.md §0). A tally counts the
//! records of each kind and sums their checksums, so that missing, foreign and outdated records are
//! all noticed; the file `counts` also knows the last commit, so that a lost tail is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::record;

/// One kind of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    pub records: u64,
    /// XOR of their checksums.
    pub sum: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Commits so far.
    pub commits: u64,
    /// By the name of the kind.
    pub kinds: BTreeMap<String, Count>,
}

impl Tally {
    /// Takes notice of a record that is written in the place of `old`.
    pub fn replace(&mut self, kind: &str, old: Option<&[u8]>, new: &[u8]) {
        let count = self.kinds.entry(kind.into()).or_default();
        match old {
            Some(old) => count.sum ^= record::stated_checksum(old),
            None => count.records += 1,
        }
        count.sum ^= record::stated_checksum(new);
    }

    pub fn count(&self, kind: &str) -> Count {
        self.kinds.get(kind).copied().unwrap_or_default()
    }

    /// What is wrong with a database that holds `found`, in words; `None` when all is there.
    pub fn difference(&self, found: &Tally) -> Option<String> {
        let names: std::collections::BTreeSet<_> =
            self.kinds.keys().chain(found.kinds.keys()).collect();
        let told: Vec<String> = names
            .into_iter()
            .filter_map(|kind| {
                let (stated, found) = (self.count(kind), found.count(kind));
                if stated.records != found.records {
                    return Some(format!(
                        "{} of {} {kind} are there",
                        found.records, stated.records
                    ));
                }
                (stated.sum != found.sum).then(|| format!("some {kind} are outdated"))
            })
            .collect();
        (!told.is_empty()).then(|| told.join(", "))
    }

    /// What is wrong with a database of tally `self` beside a file that says `beside`: it may be
    /// ahead by a commit whose file was not written any more, never behind.
    pub fn behind(&self, beside: &Tally) -> Option<String> {
        if self.commits == beside.commits {
            return beside.difference(self);
        }
        if self.commits > beside.commits {
            return None;
        }
        let lost = beside.commits - self.commits;
        let what = beside.difference(self).unwrap_or_else(|| "values are outdated".into());
        Some(format!("the last {lost} of {} commits are missing ({what})", beside.commits))
    }
}
