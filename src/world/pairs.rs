//! Which pairs were in place, for the rules about them.

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use crate::crypto::Usage;
use crate::exchange::Digest;
use crate::time::Timestamp;

/// Every pair that was ever in place, and how the last ones followed each other.
#[derive(Default)]
pub struct SeenPairs {
    now: BTreeMap<(String, Usage), (Digest, Timestamp)>,
    pub publics: BTreeSet<Vec<u8>>,
    /// Pairs that went without a better one in their place.
    pub faults: Vec<String>,
}

pub type Installed = Vec<((String, Usage), Digest, Timestamp, Vec<u8>)>;

pub fn installed(world: &World) -> Installed {
    let contents = world.strongbox.contents();
    let pairs = contents.in_place.iter();
    pairs
        .map(|(place, pair)| {
            let certificate = &pair.certificate;
            let public = certificate.public_key().to_vec();
            (place.clone(), certificate.fingerprint(), certificate.not_after(), public)
        })
        .collect()
}

impl SeenPairs {
    pub fn note(&mut self, at: Timestamp, certificates: Installed) {
        let there: BTreeSet<_> = certificates.iter().map(|(place, ..)| place.clone()).collect();
        for (holder, usage) in self.now.keys().filter(|place| !there.contains(*place)) {
            self.faults.push(format!("{holder} has no {usage:?} pair since {at}"));
        }
        for (place, fingerprint, end, public) in certificates {
            self.publics.insert(public);
            let before = self.now.insert(place.clone(), (fingerprint, end));
            if let Some((old, old_end)) = before
                && old != fingerprint
                && old_end >= end
            {
                self.faults.push(format!("{} {:?} ends sooner since {at}", place.0, place.1));
            }
        }
    }
}
