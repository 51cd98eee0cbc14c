//! Tells people. [`decide()`] says what is to be told to whom, from what was told before and what is
//! so now; it is pure. What it decides is kept in one file before anything is sent, and each way
//! of each message is retried on its own ladder: a message that can't be sent changes no renewal
//! and holds up no round (F36).
//!
//! The file `DATA/messages.json` is written as a whole. After a cut between sending and writing
//! the same message goes again with the same Message-ID: at least once, never silently lost.

mod decide;
mod memory;
mod outbox;
mod pulse;
mod running;
mod ways;

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

pub use decide::decide;
pub use memory::{Memory, On, Queued, Way};
pub use outbox::try_out;
pub use pulse::Pulse;
pub use running::Running;
pub use ways::{RealWays, Unsent, Ways};

use crate::authority::Organisation;
use crate::config::{Contact, Notify};
use crate::exchange::Problem;
use crate::report::Snapshot;
use crate::time::{Span, Timestamp};

/// Who is told, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    pub organisation: Organisation,
    pub zone: TimeZone,
    pub notify: Notify,
    pub contacts: Vec<Contact>,
}

impl Settings {
    fn contact(&self, name: &str) -> Option<&Contact> {
        self.contacts.iter().find(|contact| contact.name == name)
    }
}

/// Days go by without any news: what is known is looked at again at least so often.
const AGAIN: Span = Span::minutes(30);

/// The herald of one organisation.
pub struct Herald {
    settings: Settings,
    ways: Box<dyn Ways + Send>,
    file: PathBuf,
    memory: Memory,
    /// The file can't be written.
    broken: Option<Problem>,
    /// It could not be read at the start; told until the next one.
    damaged: Option<Problem>,
}

impl Herald {
    /// Reads what was told before. A file that can't be read is put aside and told as a trouble:
    /// everything that is so now is told again.
    pub fn new(settings: Settings, ways: Box<dyn Ways + Send>, data: &Path) -> Self {
        let file = data.join("messages.json");
        let (memory, damaged) = match memory::read(&file) {
            Ok(memory) => (memory, None),
            Err(problem) => {
                tracing::error!(label = problem.label, "{}", problem.detail);
                (Memory::default(), Some(problem))
            }
        };
        Self { settings, ways, file, memory, broken: None, damaged }
    }

    /// Other settings from now on; what was told stays told.
    pub fn reset(&mut self, settings: Settings, ways: Box<dyn Ways + Send>) {
        (self.settings, self.ways) = (settings, ways);
    }

    /// Decides what is to be told of `snapshot`, and keeps the decision.
    pub fn hear(&mut self, snapshot: &Snapshot) {
        let mut memory = self.memory.clone();
        decide(&mut memory, snapshot, &self.settings);
        self.keep(memory);
    }

    /// Keeps what follows from a decision or an attempt. On a full disk the memory goes on without
    /// the file: a message twice is better than none.
    fn keep(&mut self, memory: Memory) {
        if memory == self.memory {
            return;
        }
        self.memory = memory;
        self.broken = match memory::write(&self.file, &self.memory) {
            Ok(()) => None,
            Err(problem) => {
                tracing::error!(label = problem.label, "{}", problem.detail);
                Some(problem)
            }
        };
    }

    /// Sends what is due.
    pub fn send(&mut self, now: Timestamp) {
        while let Some((at, on)) = self.memory.due(now) {
            let mut memory = self.memory.clone();
            outbox::attempt(&mut memory, at, on, now, &self.settings, self.ways.as_mut());
            self.keep(memory);
        }
        let mut memory = self.memory.clone();
        outbox::tidy(&mut memory, now, &self.settings);
        self.keep(memory);
    }

    /// When to look again at the latest.
    pub fn next(&self, now: Timestamp) -> Timestamp {
        let calm = Span::minutes(i64::from(self.settings.notify.calm_minutes));
        let gone = self.memory.told.values().filter_map(|told| Some(told.gone? + calm));
        let sends = self.memory.next_attempt();
        gone.chain(sends).filter(|at| *at > now).chain([now + AGAIN]).min().unwrap_or(now)
    }

    /// Messages that people do not get.
    pub fn troubles(&self, now: Timestamp) -> Vec<Problem> {
        let own = self.broken.iter().chain(&self.damaged);
        let mut troubles: Vec<Problem> = own.cloned().collect();
        troubles.extend(outbox::unsent(&self.memory, now));
        troubles
    }
}
