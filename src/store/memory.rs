//! A store that forgets everything with the process: for tests and the deterministic world.
//!
//! Faults are injected by name: [`Memory::fail_next_commit`] and [`Memory::fail_next_keep`] act like a
//! full disk, [`Memory::after_power_cut`] is what another process would find after the power came
//! back. Everything that returned `Ok` is there, nothing else is.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Arrival, Commit, Entry, Numbered, Owner, Store, StoreError, ownerless};
use crate::exchange::{Digest, DocumentNumber, Exchange, ExchangeId, Policy};

/// What is committed.
#[derive(Clone, Default)]
struct Committed {
    exchanges: BTreeMap<ExchangeId, Exchange>,
    owners: BTreeMap<DocumentNumber, Owner>,
    entries: Vec<Entry>,
    policies: BTreeMap<Digest, Policy>,
    arrivals: Vec<Arrival>,
    values: BTreeMap<String, String>,
    files: BTreeMap<Digest, Vec<u8>>,
}

#[derive(Default)]
struct Inside {
    committed: Committed,
    /// So many commits work, and the next one fails.
    commit_fault: Option<(u32, io::ErrorKind)>,
    keep_fault: Option<io::ErrorKind>,
}

#[derive(Default)]
pub struct Memory {
    inside: Mutex<Inside>,
}

impl Memory {
    pub fn new() -> Self {
        Self::default()
    }

    /// The next commit fails with this error and changes nothing.
    pub fn fail_next_commit(&self, kind: io::ErrorKind) {
        self.fail_after_commits(0, kind);
    }

    /// So many commits work; the one behind them fails with this error and changes nothing.
    pub fn fail_after_commits(&self, working: u32, kind: io::ErrorKind) {
        self.inside().commit_fault = Some((working, kind));
    }

    /// The next [`Store::keep`] of bytes that are not kept yet fails with this error.
    pub fn fail_next_keep(&self, kind: io::ErrorKind) {
        self.inside().keep_fault = Some(kind);
    }

    /// What a new process finds on the disk: all that was committed and kept.
    pub fn after_power_cut(&self) -> Self {
        let committed = self.inside().committed.clone();
        Self { inside: Mutex::new(Inside { committed, ..Inside::default() }) }
    }

    /// A panic in one test thread must not hide what was committed from the others.
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(operation: &'static str, kind: io::ErrorKind) -> StoreError {
    StoreError::Io { operation, place: "memory".into(), source: kind.into() }
}

impl Store for Memory {
    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        let mut inside = self.inside();
        match inside.commit_fault.take() {
            Some((0, kind)) => return Err(refused("commit to", kind)),
            Some((working, kind)) => inside.commit_fault = Some((working - 1, kind)),
            None => {}
        }
        let committed = &mut inside.committed;
        if !commit.documents.is_empty() {
            let exchange = commit.exchange.as_ref().ok_or_else(|| ownerless("memory"))?;
            for (document, attempt) in &commit.documents {
                let owner = Owner { exchange: exchange.id.clone(), attempt: *attempt };
                committed.owners.insert(document.clone(), owner);
            }
        }
        if let Some(exchange) = &commit.exchange {
            committed.exchanges.insert(exchange.id.clone(), exchange.clone());
        }
        committed.entries.extend(commit.entries.iter().cloned());
        if let Some(arrival) = &commit.arrival {
            match committed.arrivals.iter_mut().find(|known| known.raw == arrival.raw) {
                Some(known) => *known = arrival.clone(),
                None => committed.arrivals.push(arrival.clone()),
            }
        }
        if let Some((digest, policy)) = &commit.policy {
            committed.policies.insert(*digest, policy.clone());
        }
        committed.values.extend(commit.values.iter().cloned());
        Ok(())
    }

    fn exchanges(&self) -> Result<Vec<Exchange>, StoreError> {
        Ok(self.inside().committed.exchanges.values().cloned().collect())
    }

    fn exchange(&self, id: &ExchangeId) -> Result<Option<Exchange>, StoreError> {
        Ok(self.inside().committed.exchanges.get(id).cloned())
    }

    fn owner(&self, document: &DocumentNumber) -> Result<Option<Owner>, StoreError> {
        Ok(self.inside().committed.owners.get(document).cloned())
    }

    fn journal(&self, of: Option<&ExchangeId>) -> Result<Vec<Numbered>, StoreError> {
        let inside = self.inside();
        let numbered = (1..).zip(&inside.committed.entries);
        Ok(numbered
            .filter(|(_, entry)| of.is_none_or(|id| entry.exchange == *id))
            .map(|(number, entry)| Numbered { number, entry: entry.clone() })
            .collect())
    }

    fn policy(&self, digest: &Digest) -> Result<Option<Policy>, StoreError> {
        Ok(self.inside().committed.policies.get(digest).cloned())
    }

    fn arrival(&self, raw: &Digest) -> Result<Option<Arrival>, StoreError> {
        Ok(self.inside().committed.arrivals.iter().find(|known| known.raw == *raw).cloned())
    }

    fn arrival_with(&self, content: &Digest) -> Result<Option<Arrival>, StoreError> {
        let inside = self.inside();
        let mut arrivals = inside.committed.arrivals.iter();
        Ok(arrivals.find(|known| known.contents.contains(content)).cloned())
    }

    fn arrivals(&self) -> Result<Vec<Arrival>, StoreError> {
        Ok(self.inside().committed.arrivals.clone())
    }

    fn value(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.inside().committed.values.get(name).cloned())
    }

    fn keep(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = crate::crypto::digest(bytes);
        let mut inside = self.inside();
        if inside.committed.files.contains_key(&digest) {
            return Ok(digest);
        }
        if let Some(kind) = inside.keep_fault.take() {
            return Err(refused("keep a file in", kind));
        }
        inside.committed.files.insert(digest, bytes.to_vec());
        Ok(digest)
    }

    fn kept(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.inside().committed.files.get(digest).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::super::contract::{Ground, contract_tests, sample_commit};
    use super::*;

    struct InMemory(Memory);

    impl Ground for InMemory {
        fn fresh() -> Self {
            Self(Memory::new())
        }

        fn store(&self) -> &dyn Store {
            &self.0
        }

        fn reopen(&mut self) {
            self.0 = self.0.after_power_cut();
        }
    }

    contract_tests!(InMemory);

    #[test]
    fn f48_a_refused_commit_changes_nothing_and_the_next_one_works() {
        let memory = Memory::new();
        memory.fail_next_commit(io::ErrorKind::StorageFull);
        let error = memory.commit(&sample_commit("director-1")).unwrap_err();
        assert!(matches!(error, StoreError::Io { operation: "commit to", .. }), "{error:?}");
        assert_eq!(memory.exchanges().unwrap(), []);
        assert_eq!(memory.journal(None).unwrap(), []);
        memory.commit(&sample_commit("director-1")).unwrap();
        assert_eq!(memory.journal(None).unwrap().len(), 1);
    }

    #[test]
    fn f48_a_refused_keep_leaves_no_file() {
        let memory = Memory::new();
        memory.fail_next_keep(io::ErrorKind::StorageFull);
        memory.keep(b"parcel").unwrap_err();
        assert_eq!(memory.kept(&crate::crypto::digest(b"parcel")).unwrap(), None);
        memory.keep(b"parcel").unwrap();
    }
}
