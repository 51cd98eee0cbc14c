//! The post office between the agent and the authority, in memory, with its faults.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::chance::Stream;
use super::faults::Faults;
use super::letters;
use super::town::TAX_OFFICE;
use crate::crypto::digest;
use crate::exchange::{Digest, Problem, SendFailure};
use crate::store::{Store as _, memory::Memory};
use crate::time::{Span, Timestamp};

/// What the world knows of a letter, and the agent does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// An application of the agent.
    Ours,
    /// An honest answer of the authority.
    Genuine,
    /// An answer that only looks like the authority's.
    Forged,
    Bounce,
    /// Newsletters, automatic replies, garbage.
    Junk,
}

/// A letter that the agent handed over, or tried to.
#[derive(Clone, Debug)]
pub struct Handed {
    pub at: Timestamp,
    pub message_id: String,
    pub digest: Digest,
    /// Whether the bytes left.
    pub left: bool,
    /// Whether the agent could see that its clock had jumped.
    pub held: bool,
}

/// A letter that lay in the agent's mailbox.
#[derive(Clone, Debug)]
pub struct Landed {
    pub at: Timestamp,
    pub digest: Digest,
    pub mark: Mark,
}

struct Travelling {
    at: Timestamp,
    to: Towards,
    mark: Mark,
    bytes: Vec<u8>,
}

/// Whose mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Towards {
    Agent,
    Authority,
    TaxOffice,
}

pub(super) struct Inside {
    chance: Stream,
    pub faults: Faults,
    pub now: Timestamp,
    pub held: bool,
    pub outage_until: Option<Timestamp>,
    travelling: Vec<Travelling>,
    /// The agent's mailbox: UID, bytes.
    mailbox: Vec<(u32, Vec<u8>)>,
    validity: u32,
    pub handed: Vec<Handed>,
    pub landed: Vec<Landed>,
    /// Letters that were settled before their arrival was committed.
    pub settled_early: Vec<Digest>,
}

#[derive(Clone)]
pub struct Post(Arc<Mutex<Inside>>);

/// What came out of the post at one moment.
#[derive(Default)]
pub struct Came {
    pub to_agent: usize,
    pub to_authority: Vec<(Mark, Vec<u8>)>,
    pub to_tax_office: Vec<(Mark, Vec<u8>)>,
}

impl Post {
    pub fn new(seed: u64, faults: Faults, now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Inside {
            chance: Stream::new(seed, "post"),
            faults,
            now,
            held: false,
            outage_until: None,
            travelling: Vec::new(),
            mailbox: Vec::new(),
            validity: 1,
            handed: Vec::new(),
            landed: Vec::new(),
            settled_early: Vec::new(),
        })))
    }

    pub(super) fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the next letter comes out.
    pub fn next(&self) -> Option<Timestamp> {
        self.inside().travelling.iter().map(|one| one.at).min()
    }

    /// Brings what is due at `now`.
    pub fn deliver(&self, now: Timestamp) -> Came {
        let mut inside = self.inside();
        inside.now = now;
        if inside.outage_until.is_some_and(|until| until <= now) {
            inside.outage_until = None;
        }
        let (mut due, later): (Vec<_>, Vec<_>) =
            inside.travelling.drain(..).partition(|one| one.at <= now);
        inside.travelling = later;
        due.sort_by_key(|one| one.at);
        let mut came = Came::default();
        for Travelling { to, mark, bytes, .. } in due {
            match to {
                Towards::Agent => {
                    came.to_agent += 1;
                    inside.landed.push(Landed { at: now, digest: digest(&bytes), mark });
                    let uid = inside.mailbox.last().map_or(1, |(uid, _)| uid + 1);
                    inside.mailbox.push((uid, bytes));
                }
                Towards::Authority => came.to_authority.push((mark, bytes)),
                Towards::TaxOffice => came.to_tax_office.push((mark, bytes)),
            }
        }
        came
    }

    /// A letter of the authority, or of a stranger, leaves for the agent at `at`.
    pub fn to_agent(&self, mark: Mark, bytes: Vec<u8>, at: Timestamp) {
        self.inside().travel(Towards::Agent, mark, bytes, at);
    }

    /// The mailbox gets new numbers, in another order (F4).
    pub fn renumber(&self) {
        let mut inside = self.inside();
        inside.validity += 1;
        let mut letters = std::mem::take(&mut inside.mailbox);
        if inside.chance.happens(500) {
            letters.reverse();
        }
        inside.mailbox = (1..).zip(letters.into_iter().map(|(_, bytes)| bytes)).collect();
    }
}

impl Inside {
    pub fn is_out(&self) -> bool {
        self.outage_until.is_some()
    }

    /// Decides what becomes of a letter on its way.
    fn travel(&mut self, to: Towards, mark: Mark, bytes: Vec<u8>, from: Timestamp) {
        let faults = self.faults;
        if self.chance.happens(faults.bounced) && mark == Mark::Ours {
            let at = from + Span::minutes(self.chance.between(1, 2000));
            let lasting = self.chance.happens(600);
            let report = letters::bounce(&bytes, lasting, at);
            self.travelling.push(Travelling {
                at,
                to: Towards::Agent,
                mark: Mark::Bounce,
                bytes: report,
            });
            if lasting {
                return;
            }
        }
        if self.chance.happens(faults.duplicated) {
            let at = self.arrival(from);
            let again = if self.chance.happens(500) {
                letters::relabelled(&bytes, self.chance.between(1, 1_000_000))
            } else {
                bytes.clone()
            };
            self.travelling.push(Travelling { at, to, mark, bytes: again });
        }
        if self.chance.happens(faults.lost) {
            return;
        }
        let at = self.arrival(from);
        self.travelling.push(Travelling { at, to, mark, bytes });
    }

    fn arrival(&mut self, from: Timestamp) -> Timestamp {
        if self.chance.happens(self.faults.delayed) {
            return from + Span::hours(self.chance.between(3, 200));
        }
        from + Span::seconds(self.chance.between(20, 1200))
    }

    fn hand_over(&mut self, letter: &[u8], to: Towards) -> Result<(), SendFailure> {
        let outcome = self.outcome();
        let left = match &outcome {
            Ok(()) => true,
            Err(SendFailure::Uncertain(_)) => self.chance.happens(500),
            Err(_) => false,
        };
        self.handed.push(Handed {
            at: self.now,
            message_id: letters::message_id(letter),
            digest: digest(letter),
            left,
            held: self.held,
        });
        if left {
            self.travel(to, Mark::Ours, letter.to_vec(), self.now);
        }
        outcome
    }

    fn outcome(&mut self) -> Result<(), SendFailure> {
        let problem = |label: &str| Problem { label: label.into(), detail: "the post".into() };
        let faults = self.faults;
        if self.is_out() || self.chance.happens(faults.send_later) {
            Err(SendFailure::Later(problem("smtp-unreachable")))
        } else if self.chance.happens(faults.send_rejected) {
            Err(SendFailure::Rejected(problem("smtp-rejected")))
        } else if self.chance.happens(faults.send_uncertain) {
            Err(SendFailure::Uncertain(problem("smtp-broken")))
        } else {
            Ok(())
        }
    }
}

/// The agent's session with the post office.
pub(super) struct Session {
    pub post: Post,
    pub power: super::power::Power,
    /// Only to see whether a letter is settled before it is committed.
    pub memory: Arc<Memory>,
    /// UIDs of the last round, in order, and those of them that are settled.
    brought: Vec<u32>,
    settled: BTreeSet<u32>,
    validity: u32,
    base: u32,
}

impl Session {
    pub fn new(post: Post, power: super::power::Power, memory: Arc<Memory>) -> Self {
        let (brought, settled) = (Vec::new(), BTreeSet::new());
        Self { post, power, memory, brought, settled, validity: 0, base: 0 }
    }

    fn dark() -> Problem {
        Problem { label: "imap-unreachable".into(), detail: "no connection".into() }
    }
}

impl crate::engine::ports::Carrier for Session {
    fn send(&mut self, letter: &[u8], to: &str) -> Result<(), SendFailure> {
        if !self.power.is_on() {
            return Err(SendFailure::Later(Self::dark()));
        }
        let to = if to == TAX_OFFICE { Towards::TaxOffice } else { Towards::Authority };
        let sent = self.post.inside().hand_over(letter, to);
        self.power.passes(super::power::CrashPoint::LetterLeft);
        sent
    }

    fn collect(
        &mut self,
        bookmark: Option<&str>,
        limit: usize,
    ) -> Result<crate::engine::ports::Collected, crate::engine::ports::CarrierError> {
        use crate::engine::ports::{CarrierError, Collected, Delivery, Form};
        let inside = self.post.inside();
        if !self.power.is_on() || inside.is_out() {
            return Err(CarrierError(Self::dark()));
        }
        let place = bookmark.and_then(|text| {
            let (validity, uid) = text.split_once(';')?;
            Some((validity.parse::<u32>().ok()?, uid.parse::<u32>().ok()?))
        });
        let known = place.filter(|(validity, _)| *validity == inside.validity);
        self.validity = inside.validity;
        self.base = known.map_or(0, |(_, uid)| uid);
        let new: Vec<_> = inside.mailbox.iter().filter(|(uid, _)| *uid > self.base).collect();
        let more = new.len() > limit;
        let deliveries: Vec<_> = new
            .into_iter()
            .take(limit)
            .map(|(uid, bytes)| Delivery {
                form: Form::Letter(bytes.clone()),
                locator: format!("{};{uid}", inside.validity),
            })
            .collect();
        let uid =
            |one: &Delivery| one.locator.split_once(';').and_then(|(_, uid)| uid.parse().ok());
        self.brought = deliveries.iter().filter_map(uid).collect();
        self.settled.clear();
        drop(inside);
        if !deliveries.is_empty() {
            self.power.passes(super::power::CrashPoint::Collected);
        }
        Ok(Collected { deliveries, more })
    }

    fn settle(&mut self, locator: &str) -> Result<(), crate::engine::ports::CarrierError> {
        if !self.power.is_on() {
            return Err(crate::engine::ports::CarrierError(Self::dark()));
        }
        let uid = locator.split_once(';').and_then(|(_, uid)| uid.parse::<u32>().ok());
        let mut inside = self.post.inside();
        let letter = inside.mailbox.iter().find(|(of, _)| Some(*of) == uid);
        let raw = letter.map(|(_, bytes)| digest(bytes));
        if let Some(raw) = raw
            && !matches!(self.memory.arrival(&raw), Ok(Some(_)))
        {
            inside.settled_early.push(raw);
        }
        self.settled.extend(uid);
        Ok(())
    }

    fn bookmark(&self) -> Option<String> {
        let done = self.brought.iter().take_while(|uid| self.settled.contains(uid)).last();
        Some(format!("{};{}", self.validity, done.copied().unwrap_or(self.base)))
    }

    fn wait(&mut self, _at_most: std::time::Duration, _interrupt: &dyn Fn() -> bool) {}
}
