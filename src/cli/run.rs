//! The daemon's loop: a round, then a wait for a letter, an errand, a deadline or a signal.

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use clap::Args;

use super::errands::{Answer, Desk};
use super::{Failure, Outcome, load_config, view};
use crate::config::{Config, LogFormat};
use crate::engine::{Done, Engine, Errand, Round};
use crate::exchange::Problem;
use crate::report::Snapshot;
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::{assemble, os};

#[derive(Args)]
pub struct Run {
    /// One round, then the end.
    #[arg(long)]
    once: bool,
}

/// After a failed commit (a full disk) the daemon waits so long before the next round.
const AFTER_FAILURE: Duration = Duration::from_secs(60);

impl Run {
    pub fn run(&self, path: &Path) -> Result<Outcome, Failure> {
        let config = load_config(path)?;
        start_log(config.log.format, config.log.level);
        let mut daemon = Daemon::new(config)?;
        if self.once {
            return daemon.once();
        }
        let signals = os::Signals::watch()?;
        daemon.watch(&signals, path)
    }
}

/// Logs to standard error. A second start in one process keeps the first log.
pub(super) fn start_log(format: LogFormat, level: &str) {
    let filter = tracing_subscriber::EnvFilter::try_new(level)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let terminal = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let log = log.with_ansi(terminal);
    let started = match format {
        LogFormat::Text => log.with_target(false).try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    drop(started);
}

/// A running agent; the demo runs one on a thread.
pub(super) struct Daemon {
    config: Config,
    engine: Engine,
    desk: Desk,
    lists: assemble::Lists,
    clock: os::ClockWatch,
    /// As last logged and published: a cause that has not changed is not told again.
    troubles: Vec<Problem>,
    /// The day of the last summary.
    published: Option<jiff::civil::Date>,
}

impl Daemon {
    pub(super) fn new(config: Config) -> Result<Self, Failure> {
        let lists = assemble::Lists::watch(&config);
        let engine = assemble::engine(&config)?;
        warn_of_passwords(&config);
        let desk = Desk::open(&config.data)?;
        let clock = os::ClockWatch::default();
        Ok(Self { config, engine, desk, lists, clock, troubles: Vec::new(), published: None })
    }

    fn once(&mut self) -> Result<Outcome, Failure> {
        let mut more = true;
        while more {
            more = self.round()?.more;
        }
        Ok(if self.troubles.is_empty() { Outcome::Fine } else { Outcome::Failed })
    }

    /// Runs until a signal says stop.
    pub(super) fn watch(&mut self, signals: &os::Signals, path: &Path) -> Result<Outcome, Failure> {
        tracing::info!(holders = self.config.holders.len(), "watching");
        while !signals.stop_asked() {
            if signals.take_reload() {
                self.reload(path);
            }
            let wait = match self.round() {
                Ok(round) if round.more => continue,
                Ok(round) => self.until(round.next),
                Err(error) => {
                    let error = Failure::from(error).text;
                    tracing::error!(error, "the store failed; nothing is lost");
                    // What was committed before it failed is told with the next round.
                    self.published = None;
                    AFTER_FAILURE
                }
            };
            let desk = &self.desk;
            let interrupt = || signals.is_asking() || desk.is_waiting();
            self.engine.carrier.wait(wait, &interrupt);
        }
        tracing::info!("stopped");
        Ok(Outcome::Fine)
    }

    /// A configuration that does not load leaves the old one in force, and says so.
    fn reload(&mut self, path: &Path) {
        let reloaded = load_config(path).and_then(|config| {
            let lists = assemble::Lists::watch(&config);
            self.engine.setup = assemble::setup(&config)?;
            self.lists = lists;
            self.engine.secrets = assemble::secrets(&config);
            self.engine.vault = Box::new(assemble::vault(&config)?);
            self.engine.carrier = assemble::carrier(&config)?;
            warn_of_passwords(&config);
            self.config = config;
            Ok(())
        });
        match reloaded {
            Ok(()) => tracing::info!("the configuration was read anew"),
            Err(failure) => tracing::error!("the old configuration stays: {}", failure.text),
        }
    }

    fn until(&self, next: Option<Timestamp>) -> Duration {
        let poll = Duration::from_secs(u64::from(self.config.poll_minutes) * 60);
        let Some(next) = next else { return poll };
        let seconds = u64::try_from((next - os::now()).0).unwrap_or(0);
        Duration::from_secs(seconds).clamp(Duration::from_secs(1), poll)
    }

    /// Somebody who may look at the store while a round is under way.
    pub(super) fn onlooker(&self) -> Result<assemble::Onlooker, Failure> {
        Ok(assemble::Onlooker::beside(&self.config, self.engine.store.clone())?)
    }

    /// What a report is made from, now.
    pub(super) fn snapshot(&self) -> Result<Snapshot, StoreError> {
        assemble::snapshot(&self.engine, os::now(), self.troubles.clone())
    }

    /// Until a letter may have come.
    pub(super) fn wait(&mut self, at_most: Duration, interrupt: &dyn Fn() -> bool) {
        self.engine.carrier.wait(at_most, interrupt);
    }

    /// Errands first, so that the round does what they ask for; their answers last, so that they
    /// tell what the round did.
    pub(super) fn round(&mut self) -> Result<Round, StoreError> {
        let (now, hold) = self.clock.look();
        let mut asked = Round::default();
        let mut outcomes = Vec::new();
        for (name, errand) in self.desk.take().unwrap_or_default() {
            if errand == Errand::AcceptClock {
                self.clock.accept();
            }
            let at = self.engine.believed_moment(now, hold.is_some())?;
            // Who accepts the clock means what it shows now.
            let at = if errand == Errand::AcceptClock { now } else { at };
            let done = self.engine.run(&errand, at, &mut asked)?;
            outcomes.push((name, errand, done));
        }
        let stale = self.lists.refresh(&self.config, &mut self.engine.setup, now);
        let mut round = self.engine.round(now, hold)?;
        round.troubles.extend(stale);
        let mut answers = Vec::new();
        for (name, errand, done) in outcomes {
            answers.push((name, answer_of(&self.engine, &errand, done, &round)?));
        }
        round.moved.splice(0..0, asked.moved);
        self.tell(&round, now);
        // Whoever has the answer may look at once: what it tells is published by now.
        for (name, answer) in answers {
            if let Err(error) = self.desk.answer(&name, &answer) {
                tracing::warn!(%error, "an errand could not be answered");
            }
        }
        Ok(round)
    }

    /// Logs and publishes what changed.
    fn tell(&mut self, round: &Round, now: Timestamp) {
        for (id, stage) in &round.moved {
            tracing::info!(exchange = %id, ?stage, "moved");
        }
        let news = round.troubles != self.troubles;
        if news {
            for trouble in &round.troubles {
                tracing::warn!(label = trouble.label, "{}", trouble.detail);
            }
            self.troubles.clone_from(&round.troubles);
        }
        // Days are counted on the page: it is written anew each day too.
        let day = now.date(&jiff::tz::TimeZone::UTC);
        let aged = self.published != Some(day);
        if round.changed() || news || aged {
            match publish(&self.config, &self.engine, now, &round.troubles) {
                Ok(()) => self.published = Some(day),
                // A summary that can't be written changes no renewal (F36).
                Err(failure) => {
                    tracing::error!("the summary could not be written: {}", failure.text);
                }
            }
        }
    }
}

fn warn_of_passwords(config: &Config) {
    for weak in assemble::weak_passwords(config) {
        tracing::warn!(label = weak.label, "{}", weak.detail);
    }
}

/// The errand's outcome as the asker reads it, after `round`.
pub(super) fn answer_of(
    engine: &Engine,
    errand: &Errand,
    done: Result<Done, Problem>,
    round: &Round,
) -> Result<Answer, StoreError> {
    let done = match done {
        Ok(done) => done,
        Err(Problem { label, detail }) => return Ok(Answer::Declined { label, detail }),
    };
    // Who asks for the mailbox wants to hear that it can't be read.
    let unread = round.troubles.iter().find(|trouble| trouble.label.starts_with("imap-"));
    if let (Errand::Fetch, Some(Problem { label, detail })) = (errand, unread) {
        return Ok(Answer::Declined { label: label.clone(), detail: detail.clone() });
    }
    let stage = match &done.exchange {
        Some(id) => engine.store.exchange(id)?.map(|exchange| exchange.stage.name()),
        None => done.stage,
    };
    let moved = round.moved.iter().map(|(id, stage)| format!("{id}: {}", stage.word())).collect();
    Ok(Answer::Done {
        exchange: done.exchange.map(|id| id.0),
        stage: stage.map(|stage| stage.word().to_owned()),
        moved,
        letters: round.filed,
    })
}

/// Writes the snapshot for other commands, and the accountant's summary when there is a place.
pub(super) fn publish(
    config: &Config,
    engine: &Engine,
    now: Timestamp,
    troubles: &[Problem],
) -> Result<(), Failure> {
    let snapshot = assemble::snapshot(engine, now, troubles.to_vec())?;
    assemble::write_snapshot(config, &snapshot)?;
    if let Some(folder) = &config.report {
        view::write_summary(&snapshot, config.language, folder)?;
    }
    Ok(())
}
