//! What the daemon tells of itself, replaced as a whole after each round.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::Commits;
use crate::report::{Language, Snapshot};
use crate::time::{Span, Timestamp};

/// What the daemon last knew.
#[derive(Clone)]
pub struct Bulletin {
    pub started: Timestamp,
    pub language: Language,
    /// A round comes at least so often.
    pub poll: Span,
    /// As of the last round that ended well.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Why the newest round failed as a whole (the store), if it did.
    pub failure: Option<String>,
    /// Rounds since the start, by how they ended.
    pub rounds_done: u64,
    pub rounds_failed: u64,
    /// Rounds since the start that met a trouble, by its label.
    pub troubled: BTreeMap<String, u64>,
    /// When the configuration was last taken over.
    pub configured: Timestamp,
    /// The newest reading of the configuration failed: the one before is in force.
    pub configuration_broken: bool,
}

/// Where the daemon writes and the page reads. Nobody holds it longer than a copy takes.
pub struct Board {
    bulletin: Mutex<Arc<Bulletin>>,
    pub commits: Arc<Commits>,
}

impl Board {
    pub fn new(started: Timestamp, language: Language, poll: Span) -> Self {
        let bulletin = Bulletin {
            started,
            language,
            poll,
            snapshot: None,
            failure: None,
            rounds_done: 0,
            rounds_failed: 0,
            troubled: BTreeMap::new(),
            configured: started,
            configuration_broken: false,
        };
        Self { bulletin: Mutex::new(Arc::new(bulletin)), commits: Arc::default() }
    }

    pub fn newest(&self) -> Arc<Bulletin> {
        Arc::clone(&self.bulletin.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut Bulletin)) {
        let mut bulletin = self.bulletin.lock().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut bulletin));
    }

    /// A round ended well; `snapshot` is what stands after it.
    pub fn round_done(&self, snapshot: Arc<Snapshot>) {
        self.change(|bulletin| {
            bulletin.rounds_done = bulletin.rounds_done.saturating_add(1);
            let labels: BTreeSet<&String> =
                snapshot.troubles.iter().map(|one| &one.label).collect();
            for label in labels {
                let count = bulletin.troubled.entry(label.clone()).or_default();
                *count = count.saturating_add(1);
            }
            bulletin.failure = None;
            bulletin.snapshot = Some(snapshot);
        });
    }

    /// A round failed as a whole.
    pub fn round_failed(&self, why: String) {
        self.change(|bulletin| {
            bulletin.rounds_failed = bulletin.rounds_failed.saturating_add(1);
            bulletin.failure = Some(why);
        });
    }

    /// The configuration was taken over at `now`.
    pub fn configured(&self, now: Timestamp, language: Language, poll: Span) {
        self.change(|bulletin| {
            bulletin.language = language;
            bulletin.poll = poll;
            bulletin.configured = now;
            bulletin.configuration_broken = false;
        });
    }

    /// A configuration that does not load leaves the one before in force.
    pub fn misconfigured(&self) {
        self.change(|bulletin| bulletin.configuration_broken = true);
    }
}
