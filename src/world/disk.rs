//! The agent's disk: a store in memory that outlives power cuts.

use std::io;
use std::sync::Arc;

use super::power::{CrashPoint, Power};
use crate::exchange::{Digest, DocumentNumber, Exchange, ExchangeId, Policy};
use crate::store::memory::Memory;
use crate::store::{Arrival, Commit, Numbered, Owner, Store, StoreError};

/// What is committed stays; while there is no power nothing is read or written.
pub struct Disk {
    pub memory: Arc<Memory>,
    pub power: Power,
}

impl Disk {
    fn powered(&self) -> Result<&Memory, StoreError> {
        if self.power.is_on() {
            return Ok(&self.memory);
        }
        let source = io::ErrorKind::BrokenPipe.into();
        Err(StoreError::Io { operation: "reach", place: "the disk: no power".into(), source })
    }
}

impl Store for Disk {
    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        self.power.passes(CrashPoint::AnyCommit);
        self.powered()?.commit(commit)?;
        if commit.arrival.is_some() {
            self.power.passes(CrashPoint::Committed);
        }
        Ok(())
    }

    fn exchanges(&self) -> Result<Vec<Exchange>, StoreError> {
        self.powered()?.exchanges()
    }

    fn exchange(&self, id: &ExchangeId) -> Result<Option<Exchange>, StoreError> {
        self.powered()?.exchange(id)
    }

    fn owner(&self, document: &DocumentNumber) -> Result<Option<Owner>, StoreError> {
        self.powered()?.owner(document)
    }

    fn journal(&self, of: Option<&ExchangeId>) -> Result<Vec<Numbered>, StoreError> {
        self.powered()?.journal(of)
    }

    fn policy(&self, digest: &Digest) -> Result<Option<Policy>, StoreError> {
        self.powered()?.policy(digest)
    }

    fn arrival(&self, raw: &Digest) -> Result<Option<Arrival>, StoreError> {
        self.powered()?.arrival(raw)
    }

    fn arrival_with(&self, content: &Digest) -> Result<Option<Arrival>, StoreError> {
        self.powered()?.arrival_with(content)
    }

    fn arrivals(&self) -> Result<Vec<Arrival>, StoreError> {
        self.powered()?.arrivals()
    }

    fn value(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.powered()?.value(name)
    }

    fn keep(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        self.powered()?.keep(bytes)
    }

    fn kept(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.powered()?.kept(digest)
    }
}
