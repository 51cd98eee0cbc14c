//! One moment of the world: letters come out, the authority decides, the agent has its round.

use super::bugs::{self, Bug};
use super::chance::Stream;
use super::disk::Disk;
use super::post::{Mark, Session};
use super::strongbox::AgentVault;
use super::town::{AUTHORITY, OpenSecrets, TAX_OFFICE};
use super::{Broken, LastRound, Published, World, checks};
use crate::assemble;
use crate::engine::{Engine, Errand, Round};
use crate::exchange::Problem;
use crate::mail::{self, Draft, LetterKind};
use crate::report::{self, Language};
use crate::simulator::clerk::{Silence, Timed};
use crate::store::StoreError;
use crate::time::{Span, Timestamp};
use std::sync::Arc;

/// How often the agent looks into the mailbox when nothing calls it.
const POLL: Span = Span::hours(6);
/// The daemon's pause after the store failed.
const AFTER_FAILURE: Span = Span::seconds(60);

impl World {
    /// When something happens next; time never stands still.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let agent = if self.power.is_on() { self.next_round } else { self.power_back };
        let authority = self.town.authority.next().map(|at| at.max(self.now));
        let moments = [Some(agent), Some(self.next_day), self.post.next(), authority];
        moments.into_iter().flatten().min()
    }

    pub(super) fn turn(&mut self) -> Result<(), Broken> {
        let came = self.post.deliver(self.now);
        for (mark, letter) in came.to_authority {
            self.authority_reads(mark, &letter)?;
        }
        for (mark, letter) in came.to_tax_office {
            self.tax_office_reads(mark, &letter)?;
        }
        self.authority_acts()?;
        // The mail server says so at once, if the agent listens just then.
        if came.to_agent > 0 && self.bug != Some(Bug::NeverWoken) && self.weather.happens(600) {
            self.next_round = self.next_round.min(self.now);
        }
        if self.next_day <= self.now {
            self.day()?;
        }
        if !self.power.is_on() && self.power_back <= self.now {
            self.power_returns()?;
        }
        if self.power.is_on() && self.next_round <= self.now {
            self.agent_round()?;
        }
        self.note_ability();
        Ok(())
    }

    /// A new process over the same disk and vault.
    pub(super) fn start_agent(&mut self) -> Result<(), Broken> {
        self.starts += 1;
        self.clock.restart();
        let name = format!("agent {}", self.starts);
        let disk = Arc::new(Disk { memory: self.memory.clone(), power: self.power.clone() });
        let suite = self.town.suite.clone();
        let (strongbox, power) = (self.strongbox.clone(), self.power.clone());
        let session = Session::new(self.post.clone(), power.clone(), self.memory.clone());
        self.engine = Some(Engine {
            setup: self.town.setup(self.bug)?,
            store: bugs::store(self.bug, disk),
            vault: bugs::vault(self.bug, Box::new(AgentVault { strongbox, suite, power })),
            carrier: bugs::carrier(self.bug, Box::new(session)),
            secrets: Box::new(OpenSecrets),
            chance: Stream::new(self.seed, &name).into_rng(),
        });
        self.started = true;
        self.troubles.clear();
        self.next_round = self.now;
        Ok(())
    }

    fn power_returns(&mut self) -> Result<(), Broken> {
        self.power.restore();
        // A computer that starts asks the network for the time; not every one gets an answer.
        if self.clock.offset > Span::days(30) || self.weather.happens(500) {
            self.clock.offset = Span(0);
        }
        self.start_agent()
    }

    fn agent_round(&mut self) -> Result<(), Broken> {
        let wall = self.clock.wall(self.now);
        let hold = self.clock.hold().filter(|_| self.bug != Some(Bug::IgnoresTheClock));
        self.post.inside().held = self.clock.jumped();
        if !self.clock.jumped() {
            self.trusted = self.trusted.max(wall);
        }
        let Some(engine) = &mut self.engine else { return Ok(()) };
        self.rounds += 1;
        let outcome = engine.round(wall, hold);
        self.after(outcome, wall)
    }

    /// Runs a person's errand; a refusal of it is an answer, too.
    pub(super) fn errand(&mut self, errand: &Errand) -> Result<(), Broken> {
        self.ask(errand).map(drop)
    }

    /// The same, with the agent's "no" when it says so.
    pub(super) fn ask(&mut self, errand: &Errand) -> Result<Option<Problem>, Broken> {
        let wall = self.clock.wall(self.now);
        self.post.inside().held = self.clock.jumped();
        if !self.clock.jumped() {
            self.trusted = self.trusted.max(wall);
        }
        let Some(engine) = &mut self.engine else { return Ok(None) };
        let mut round = Round::default();
        match engine.run(errand, wall, &mut round) {
            // The daemon runs errands at the head of a round.
            Ok(answer) => {
                self.next_round = self.now;
                Ok(answer.err())
            }
            Err(_) => {
                self.failed();
                Ok(None)
            }
        }
    }

    /// The store refused something, and the daemon goes on: what was committed before is told by
    /// the next round that ends.
    fn failed(&mut self) {
        self.started = true;
        self.able_since = None;
        self.last = None;
        self.next_round = self.now + AFTER_FAILURE;
    }

    fn after(&mut self, outcome: Result<Round, StoreError>, wall: Timestamp) -> Result<(), Broken> {
        if !self.power.is_on() {
            self.power_fails();
            return Ok(());
        }
        let round = match outcome {
            Ok(round) => round,
            Err(_) => {
                self.failed();
                return Ok(());
            }
        };
        let silent = round.troubles.iter().any(|one| one.label == "imap-unreachable");
        if !silent && !round.more {
            self.mailbox_read = Some(self.now);
        }
        let poll = self.now + POLL;
        let next = round.next.map_or(poll, |next| self.now + (next - wall));
        self.next_round = match round.more {
            true => self.now + Span::seconds(1),
            false if self.bug == Some(Bug::NeverWoken) => self.now + Span::days(60),
            false => next.clamp(self.now + Span::seconds(1), poll),
        };
        // As the daemon does: a summary when something is new, and one after each start.
        let news = round.troubles != self.troubles;
        self.troubles.clone_from(&round.troubles);
        let changed = round.changed() || news;
        if changed || std::mem::take(&mut self.started) {
            self.publish(wall)?;
        }
        self.last = Some(LastRound { wall, round });
        self.note_ability();
        // A quiet round can break only this one; every day looks at all.
        if changed {
            checks::run(self);
        } else {
            checks::look_at_deadlines(self);
        }
        Ok(())
    }

    fn publish(&mut self, wall: Timestamp) -> Result<(), Broken> {
        if self.bug == Some(Bug::NeverReports) && self.published.is_some() {
            return Ok(());
        }
        let Some(engine) = &self.engine else { return Ok(()) };
        let snapshot = assemble::snapshot(engine, wall, self.troubles.clone());
        let snapshot = snapshot.map_err(Broken::because)?;
        let report = report::build(&snapshot, Language::Uk);
        self.published = Some(Published { snapshot, report });
        Ok(())
    }

    pub(super) fn power_fails(&mut self) {
        self.engine = None;
        self.able_since = None;
        self.last = None;
        let minutes = if self.weather.happens(800) {
            self.weather.between(1, 30)
        } else {
            self.weather.between(60, 3000)
        };
        self.power_back = self.now + Span::minutes(minutes);
    }

    /// Keeps the moment since which nothing outside stopped the agent.
    pub(super) fn note_ability(&mut self) {
        let clock_told = self.troubles.iter().any(|one| one.label == "clock");
        let able = self.power.is_on()
            && !self.clock.jumped()
            && !clock_told
            && !self.post.inside().is_out();
        self.able_since = if able { self.able_since.or(Some(self.now)) } else { None };
    }

    fn authority_reads(&mut self, mark: Mark, letter: &[u8]) -> Result<(), Broken> {
        let Some(parts) = self.parts(letter) else { return Ok(()) };
        let answers = self.town.authority.hear(&parts, self.now, self.clerk.rng());
        self.answered(mark, answers, AUTHORITY)
    }

    fn tax_office_reads(&mut self, mark: Mark, letter: &[u8]) -> Result<(), Broken> {
        let Some(parts) = self.parts(letter) else { return Ok(()) };
        let Some(office) = &mut self.town.tax_office else { return Ok(()) };
        let answers = office.hear(&parts, self.now, self.taxman.rng());
        self.answered(mark, answers, TAX_OFFICE)
    }

    fn parts(&mut self, letter: &[u8]) -> Option<Vec<mail::Part>> {
        let read = match mail::read(letter, &mail::Limits::default()) {
            Ok(read) if read.kind == LetterKind::Ordinary => read,
            Ok(read) => {
                self.misunderstood.push(format!("{} is {:?}", read.subject, read.kind));
                return None;
            }
            Err(error) => {
                self.misunderstood.push(error.to_string());
                return None;
            }
        };
        let mut parts = read.parts;
        parts.retain(|part| !part.content_type.starts_with("text/plain"));
        Some(parts)
    }

    fn answered(
        &mut self,
        mark: Mark,
        answers: Result<Vec<Timed>, Silence>,
        from: &str,
    ) -> Result<(), Broken> {
        match answers {
            Ok(answers) => self.clerk_writes(answers, from),
            Err(silence) => {
                if mark == Mark::Ours {
                    self.misunderstood.push(silence.to_string());
                }
                Ok(())
            }
        }
    }

    /// What the authority says of itself: invoices, and decisions that waited for money.
    fn authority_acts(&mut self) -> Result<(), Broken> {
        let answers = self.town.authority.due(self.now, self.clerk.rng());
        self.clerk_writes(answers.map_err(Broken::because)?, AUTHORITY)
    }

    fn clerk_writes(&mut self, answers: Vec<Timed>, from: &str) -> Result<(), Broken> {
        for answer in answers {
            let mark = if answer.name.ends_with("-forged") { Mark::Forged } else { Mark::Genuine };
            let draft = Draft {
                from: from.into(),
                to: answer.to,
                message_id: format!("answer.{}.{}@example.net", answer.name, answer.at.0),
                date: answer.at,
                subject: answer.subject,
                text: answer.text,
                attachment: answer.part,
                beside: answer.beside,
            };
            let letter = mail::compose(&draft).map_err(Broken::because)?;
            self.post.to_agent(mark, letter, answer.at);
        }
        Ok(())
    }
}
