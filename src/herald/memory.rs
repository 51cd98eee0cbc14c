//! What the herald remembers: one small file, written as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::exchange::Problem;
use crate::report::message::{Item, Kind, Message};
use crate::store::durable;
use crate::time::Timestamp;

const FORMAT: u32 = 1;

/// Everything. A default one has told nothing yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    format: u32,
    /// By [`Cause::about`](crate::report::message::Cause::about).
    pub told: BTreeMap<String, Told>,
    /// By the contact's name.
    pub days: BTreeMap<String, Day>,
    /// The last message's number.
    pub count: u64,
    /// Oldest first.
    pub queue: Vec<Queued>,
    /// When the last digest was made, or the first round was.
    pub digest: Option<Timestamp>,
    /// The last message that was given up, by the contact's name; until another one is sent.
    pub dropped: BTreeMap<String, String>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            format: FORMAT,
            told: BTreeMap::new(),
            days: BTreeMap::new(),
            count: 0,
            queue: Vec::new(),
            digest: None,
            dropped: BTreeMap::new(),
        }
    }
}

/// A cause that was told and is not over yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub kind: Kind,
    /// Every mark that was told since the cause began: one that comes back is no news.
    pub marks: BTreeSet<String>,
    /// When it was told last.
    pub at: Timestamp,
    /// Since when it is not so any more.
    pub gone: Option<Timestamp>,
}

/// What a contact got today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    pub day: Date,
    pub messages: u32,
    /// What was too much.
    pub held: Vec<Item>,
}

/// A message on its way to one contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    pub number: u64,
    /// The contact's name.
    pub to: String,
    pub at: Timestamp,
    pub message: Message,
    pub mail: Way,
    pub webhook: Way,
}

/// How one way of a message fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Done, or the contact has no such way.
    Over,
    Waiting {
        failures: u32,
        not_before: Timestamp,
        why: String,
    },
}

impl Way {
    pub fn begun(wanted: bool, now: Timestamp) -> Self {
        if wanted {
            Way::Waiting { failures: 0, not_before: now, why: String::new() }
        } else {
            Way::Over
        }
    }

    fn at(&self) -> Option<Timestamp> {
        match self {
            Way::Over => None,
            Way::Waiting { not_before, .. } => Some(*not_before),
        }
    }
}

/// One of a message's two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Mail,
    Webhook,
}

impl Queued {
    /// The same each time it is sent, and never another message's: not even after the file was
    /// lost and the numbers began anew.
    pub fn id(&self, domain: &str) -> String {
        format!("certpost-message.{}.{}@{domain}", self.at.0, self.number)
    }

    pub fn way(&mut self, on: On) -> &mut Way {
        match on {
            On::Mail => &mut self.mail,
            On::Webhook => &mut self.webhook,
        }
    }

    pub fn is_over(&self) -> bool {
        self.mail == Way::Over && self.webhook == Way::Over
    }
}

impl Memory {
    /// The place in the queue of the oldest message with something to do now.
    pub fn due(&self, now: Timestamp) -> Option<(usize, On)> {
        self.queue.iter().enumerate().find_map(|(at, queued)| {
            let ways = [(&queued.mail, On::Mail), (&queued.webhook, On::Webhook)];
            let due = ways.into_iter().find(|(way, _)| way.at().is_some_and(|at| at <= now));
            due.map(|(_, on)| (at, on))
        })
    }

    pub fn next_attempt(&self) -> Option<Timestamp> {
        self.queue
            .iter()
            .flat_map(|queued| [&queued.mail, &queued.webhook])
            .filter_map(Way::at)
            .min()
    }
}

/// An absent file is an empty memory. A damaged one is renamed, so that it can be looked at.
pub fn read(file: &Path) -> Result<Memory, Problem> {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Memory::default()),
        Err(error) => return Err(broken(file, "read", &error.to_string())),
    };
    match serde_json::from_slice::<Memory>(&bytes) {
        Ok(memory) if memory.format == FORMAT => Ok(memory),
        Ok(memory) => Err(broken(file, "use", &format!("it has format {}", memory.format))),
        Err(error) => {
            let aside = file.with_extension("damaged");
            let moved = std::fs::rename(file, &aside).is_ok();
            let place = if moved { aside.as_path() } else { file };
            Err(broken(place, "understand", &error.to_string()))
        }
    }
}

pub fn write(file: &Path, memory: &Memory) -> Result<(), Problem> {
    let bytes = serde_json::to_vec(memory).map_err(std::io::Error::other);
    bytes
        .and_then(|bytes| durable::write(file, &bytes))
        .map_err(|error| broken(file, "write", &error.to_string()))
}

fn broken(file: &Path, what: &str, why: &str) -> Problem {
    let detail = format!("cannot {what} {}: {why}", file.display());
    Problem { label: "message-memory".into(), detail }
}
