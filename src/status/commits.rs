//! How long commits take: a disk that grows slow is seen before it fails.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::exchange::{Digest, DocumentNumber, Exchange, ExchangeId, Policy};
use crate::store::{Arrival, Commit, Numbered, Owner, Store, StoreError};

/// Upper bounds of the histogram's buckets, in milliseconds. A commit is two fsyncs: a few
/// milliseconds on a good disk, seconds on one that dies.
pub const BUCKETS: [u64; 8] = [1, 5, 10, 50, 100, 500, 1000, 5000];

/// Counted so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    /// As many as fit under each bound of [`BUCKETS`]; each holds those before it.
    pub within: [u64; BUCKETS.len()],
    pub count: u64,
    pub sum: Duration,
}

#[derive(Default)]
pub struct Commits(Mutex<Durations>);

impl Commits {
    pub fn took(&self, time: Duration) {
        let mut so_far = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        so_far.count = so_far.count.saturating_add(1);
        so_far.sum = so_far.sum.saturating_add(time);
        for (count, bound) in so_far.within.iter_mut().zip(BUCKETS) {
            *count = count.saturating_add(u64::from(time <= Duration::from_millis(bound)));
        }
    }

    pub fn so_far(&self) -> Durations {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A store whose commits are timed. `stopwatch` starts one (`os::stopwatch`).
pub struct Timed<W> {
    pub store: Arc<dyn Store>,
    pub commits: Arc<Commits>,
    pub stopwatch: W,
}

impl<W, R> Store for Timed<W>
where
    W: Fn() -> R + Send + Sync,
    R: Fn() -> Duration,
{
    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        let elapsed = (self.stopwatch)();
        let done = self.store.commit(commit);
        self.commits.took(elapsed());
        done
    }

    fn exchanges(&self) -> Result<Vec<Exchange>, StoreError> {
        self.store.exchanges()
    }

    fn exchange(&self, id: &ExchangeId) -> Result<Option<Exchange>, StoreError> {
        self.store.exchange(id)
    }

    fn owner(&self, document: &DocumentNumber) -> Result<Option<Owner>, StoreError> {
        self.store.owner(document)
    }

    fn journal(&self, of: Option<&ExchangeId>) -> Result<Vec<Numbered>, StoreError> {
        self.store.journal(of)
    }

    fn policy(&self, digest: &Digest) -> Result<Option<Policy>, StoreError> {
        self.store.policy(digest)
    }

    fn arrival(&self, raw: &Digest) -> Result<Option<Arrival>, StoreError> {
        self.store.arrival(raw)
    }

    fn arrival_with(&self, content: &Digest) -> Result<Option<Arrival>, StoreError> {
        self.store.arrival_with(content)
    }

    fn arrivals(&self) -> Result<Vec<Arrival>, StoreError> {
        self.store.arrivals()
    }

    fn value(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.store.value(name)
    }

    fn keep(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        self.store.keep(bytes)
    }

    fn kept(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.kept(digest)
    }
}
