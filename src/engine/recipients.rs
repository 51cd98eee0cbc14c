//! Our keys for what comes in: opening one is slow, because a password stands before it, so only
//! those are opened that an envelope names, each once a round, wiped when collecting ends.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::Engine;
use super::passwords::Passwords;
use super::ports::VaultError;
use super::setup::Authority;
use crate::crypto::{Certificate, Pair, Recipients};
use crate::exchange::{Digest, Problem};

/// What was opened in this round.
#[derive(Default)]
pub(super) struct Opened {
    /// With the name of the authority.
    pairs: RefCell<Vec<(String, Pair)>>,
    /// What was asked for already, whether it opened or not: by the authority and the certificate.
    asked: RefCell<BTreeSet<(String, Digest)>>,
    /// Why a key of an authority's holders can't be had now.
    missing: RefCell<BTreeMap<String, Problem>>,
}

impl Opened {
    /// Why something that is sealed for this authority's holders may not have opened.
    pub(super) fn missing(&self, authority: &str) -> Option<Problem> {
        self.missing.borrow().get(authority).cloned()
    }
}

/// Our pairs that an answer of one authority may be sealed to: those in place, then earlier ones
/// (F28).
pub(super) struct OurPairs<'a> {
    pub engine: &'a Engine,
    pub authority: &'a Authority,
    pub opened: &'a Opened,
}

impl Recipients for OurPairs<'_> {
    fn pairs(&self, wanted: &dyn Fn(&Certificate) -> bool) -> Vec<Pair> {
        let Self { engine, authority, opened } = self;
        let name = &authority.name;
        let miss = |problem| {
            opened.missing.borrow_mut().entry(name.clone()).or_insert(problem);
        };
        let setup = &engine.setup;
        for holder in setup.holders.iter().filter(|one| setup.may_write_to(authority, one)) {
            let passwords = match Passwords::read(holder, engine.secrets.as_ref()) {
                Ok(passwords) => passwords,
                // The other holders' pairs still count.
                Err(problem) => {
                    miss(problem);
                    continue;
                }
            };
            let mut anew = |ours: &Certificate| {
                let mut asked = opened.asked.borrow_mut();
                wanted(ours) && asked.insert((name.clone(), ours.fingerprint()))
            };
            let (new, locked) = engine.vault.opened(passwords.place(holder), &mut anew);
            opened.pairs.borrow_mut().extend(new.into_iter().map(|pair| (name.clone(), pair)));
            if let Some(VaultError(problem)) = locked {
                miss(problem);
            }
        }
        let pairs = opened.pairs.borrow();
        let own = pairs.iter().filter(|(of, pair)| of == name && wanted(&pair.certificate));
        own.map(|(_, pair)| pair.clone()).collect()
    }
}
