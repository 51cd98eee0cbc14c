//! What the daemon tells of itself, replaced as a whole after each round.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::Commits;
use crate::report::{Language, Snapshot};
use crate::time::{Span, Timestamp};

/// What the daemon last knew.
#[derive(Clone)]
pub struct Standing {
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
    standing: Mutex<Arc<Standing>>,
    pub commits: Arc<Commits>,
}

impl Board {
    pub fn new(started: Timestamp, language: Language, poll: Span) -> Self {
        let standing = Standing {
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
        Self { standing: Mutex::new(Arc::new(standing)), commits: Arc::default() }
    }

    pub fn newest(&self) -> Arc<Standing> {
        Arc::clone(&self.standing.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut Standing)) {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut standing));
    }

    /// A round ended well; `snapshot` is what stands after it.
    pub fn round_done(&self, snapshot: Arc<Snapshot>) {
        self.change(|standing| {
            standing.rounds_done = standing.rounds_done.saturating_add(1);
            let labels: BTreeSet<&String> =
                snapshot.troubles.iter().map(|one| &one.label).collect();
            for label in labels {
                let count = standing.troubled.entry(label.clone()).or_default();
                *count = count.saturating_add(1);
            }
            standing.failure = None;
            standing.snapshot = Some(snapshot);
        });
    }

    /// A round failed as a whole.
    pub fn round_failed(&self, why: String) {
        self.change(|standing| {
            standing.rounds_failed = standing.rounds_failed.saturating_add(1);
            standing.failure = Some(why);
        });
    }

    /// The configuration was taken over at `now`.
    pub fn configured(&self, now: Timestamp, language: Language, poll: Span) {
        self.change(|standing| {
            standing.language = language;
            standing.poll = poll;
            standing.configured = now;
            standing.configuration_broken = false;
        });
    }

    /// A configuration that does not load leaves the one before in force.
    pub fn misconfigured(&self) {
        self.change(|standing| standing.configuration_broken = true);
    }
}
