//! The daemon's loop: a round, then a wait for a letter, an errand, a deadline or a signal.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::attended::Attended;
use super::errands::{Answer, Desk};
use super::{Failure, Outcome, load_config, log, summary};
use crate::config::Config;
use crate::engine::{Done, Engine, Errand, Round};
use crate::exchange::{Party, Problem};
use crate::herald::{Pulse, Running};
use crate::hook::Hooks;
use crate::report::{Snapshot, Standing};
use crate::status::{Board, Page, Timed};
use crate::store::StoreError;
use crate::time::{Span, Timestamp};
use crate::{assemble, os};

#[derive(Args)]
pub struct Run {
    /// One round, then the end.
    #[arg(long)]
    once: bool,
}

/// After a failed commit (a full disk) the daemon waits so long before the next round.
const AFTER_FAILURE: Duration = Duration::from_secs(60);

/// A wait that lasts longer than it should by so much hangs: the service manager hears no more.
const OVERTIME: Duration = Duration::from_secs(60);

impl Run {
    pub fn run(&self, path: &Path) -> Result<Outcome, Failure> {
        let config = load_config(path)?;
        log::start(&config.log);
        let mut daemon = Daemon::new(config)?;
        if self.once {
            return daemon.once();
        }
        let signals = os::Signals::watch()?;
        daemon.watch(&signals, path)
    }
}

/// A running agent; the demo runs one on a thread.
pub(super) struct Daemon {
    config: Config,
    engine: Engine,
    desk: Desk,
    lists: assemble::Lists,
    clock: os::ClockWatch,
    /// `None`: there is nobody to tell.
    herald: Option<Running>,
    hooks: Hooks,
    /// As last logged and published: a cause that has not changed is not told again.
    troubles: Vec<Problem>,
    /// Beside what a round meets: a broken configuration, a page that can't listen.
    own_troubles: Vec<Problem>,
    /// The day of the last summary.
    published: Option<jiff::civil::Date>,
    board: Arc<Board>,
    page: Option<Page>,
    supervisor: Arc<os::Supervisor>,
}

impl Daemon {
    pub(super) fn new(config: Config) -> Result<Self, Failure> {
        let lists = assemble::Lists::watch(&config);
        let mut engine = assemble::engine(&config)?;
        warn_of_passwords(&config);
        let desk = Desk::open(&config.data)?;
        let board = Arc::new(Board::new(os::now(), config.language, poll(&config)));
        let commits = Arc::clone(&board.commits);
        let supervisor = Arc::new(os::Supervisor::find());
        let carrier = Attended { carrier: engine.carrier, supervisor: Arc::clone(&supervisor) };
        engine.carrier = Box::new(carrier);
        engine.store = Arc::new(Timed { store: engine.store, commits, stopwatch: os::stopwatch });
        let herald = assemble::herald(&config, engine.store.clone())?;
        let hooks = Hooks::new(config.hook.clone(), &config.data);
        Ok(Self {
            config,
            engine,
            desk,
            lists,
            clock: os::ClockWatch::default(),
            herald,
            hooks,
            troubles: Vec::new(),
            own_troubles: Vec::new(),
            published: None,
            board,
            page: None,
            supervisor,
        })
    }

    fn once(&mut self) -> Result<Outcome, Failure> {
        let mut more = true;
        while more {
            more = self.round()?.more;
        }
        if self.hooks.run_all(&self.engine, os::now())? {
            self.published = None;
            self.round()?;
        }
        if let Some(herald) = self.herald.take() {
            herald.finish();
        }
        let worst = self.troubles.iter().map(Standing::of_problem).max();
        Ok(worst.map_or(Outcome::Fine, Outcome::from))
    }

    /// Runs until a signal says stop.
    pub(super) fn watch(&mut self, signals: &os::Signals, path: &Path) -> Result<Outcome, Failure> {
        let supervisor = Arc::clone(&self.supervisor);
        self.open_page();
        tracing::info!(holders = self.config.holders.len(), "watching");
        supervisor.ready("the first round");
        while !signals.stop_asked() {
            supervisor.alive();
            if signals.take_reload() {
                supervisor.reloading();
                self.reload(path);
                supervisor.ready("the configuration was read anew");
            }
            self.open_page();
            let wait = match self.round() {
                Ok(round) if round.more => continue,
                Ok(round) => self.until(round.next),
                Err(error) => {
                    let label = failed(&error);
                    let detail = Failure::from(error).text;
                    tracing::error!(label, "the store failed; nothing is lost: {detail}");
                    if let Some(herald) = &self.herald {
                        let detail = detail.clone();
                        herald.broken(Problem { label: label.into(), detail });
                    }
                    self.board.round_failed(detail);
                    // What was committed before it failed is told with the next round.
                    self.published = None;
                    AFTER_FAILURE
                }
            };
            supervisor.status(&self.status());
            let (desk, hooks, elapsed) = (&self.desk, &self.hooks, os::stopwatch());
            let interrupt = || {
                if elapsed() <= wait + OVERTIME {
                    supervisor.alive();
                }
                signals.is_asking() || desk.is_waiting() || hooks.has_ended()
            };
            self.engine.carrier.wait(wait, &interrupt);
        }
        supervisor.stopping();
        self.page = None;
        tracing::info!("stopped");
        Ok(Outcome::Fine)
    }

    /// One line for `systemctl status`.
    fn status(&self) -> String {
        let bulletin = self.board.newest();
        let mut words = match &bulletin.failure {
            Some(_) => "the store failed; the next round tries again".to_owned(),
            None => format!("round ended {}", os::now()),
        };
        if let Ok(exchanges) = self.engine.store.exchanges() {
            let open = exchanges.iter().filter(|exchange| !exchange.is_closed());
            let (open, waiting) = open.fold((0, 0), |(open, waiting), exchange| {
                (open + 1, waiting + u32::from(exchange.waits_for() == Party::Person))
            });
            words.push_str(&format!("; {open} open, {waiting} of them wait for a person"));
        }
        for trouble in &self.troubles {
            words.push_str(&format!("; {}", trouble.label));
        }
        words
    }

    /// A configuration that does not load leaves the old one in force, whole, and says so.
    fn reload(&mut self, path: &Path) {
        self.own_troubles.retain(|trouble| trouble.label != "config-broken");
        let reloaded = load_config(path).and_then(|config| {
            if config.data != self.config.data {
                let (old, new) = (self.config.data.display(), config.data.display());
                let told = format!("data moved from {old} to {new}: stop certpost for that");
                return Err(Failure::configuration(told));
            }
            let lists = assemble::Lists::watch(&config);
            // Whatever can fail comes before anything is taken over.
            let herald = match &self.herald {
                Some(_) => None,
                None => assemble::herald(&config, self.engine.store.clone())?,
            };
            let ways = Box::new(assemble::ways(&config, Some(self.engine.store.clone()))?);
            let supervisor = Arc::clone(&self.supervisor);
            assemble::refit(&mut self.engine, &config, |carrier| {
                Box::new(Attended { carrier, supervisor })
            })?;
            self.lists = lists;
            match &self.herald {
                Some(herald) => {
                    let pulse = Pulse::new(config.heartbeat.clone());
                    herald.reset(assemble::telling(&config), ways, pulse);
                }
                None => self.herald = herald,
            }
            self.hooks.reset(config.hook.clone());
            warn_of_passwords(&config);
            log::set_level(&config.log);
            self.config = config;
            Ok(())
        });
        match reloaded {
            Ok(()) => {
                self.board.configured(os::now(), self.config.language, poll(&self.config));
                // Language and holders may be others.
                self.published = None;
                tracing::info!("the configuration was read anew");
            }
            Err(failure) => {
                self.board.misconfigured();
                let detail = failure.text.replace('\n', " ");
                self.own_troubles.push(Problem { label: "config-broken".into(), detail });
                tracing::error!("the old configuration stays: {}", failure.text);
            }
        }
    }

    /// Opens the page where the configuration says, closes one that it no longer wants. A page
    /// that can't be opened changes no renewal, and is tried again before each round.
    fn open_page(&mut self) {
        let wanted = self.config.page.clone();
        if self.page.as_ref().map(Page::asked) == wanted.as_ref() {
            return;
        }
        self.page = None;
        self.own_troubles.retain(|trouble| trouble.label != "page-listen");
        let Some(listen) = wanted else { return };
        match Page::open(&listen, Arc::clone(&self.board), os::now) {
            Ok(page) => {
                tracing::info!(at = %page.place(), "the status page is open");
                self.page = Some(page);
            }
            Err(error) => {
                let detail = Failure::from(error).text;
                self.own_troubles.push(Problem { label: "page-listen".into(), detail });
            }
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

    /// Runs one errand at once.
    pub(super) fn obey(&mut self, errand: &Errand) -> Result<(), Failure> {
        let done = self.engine.run(errand, os::now(), &mut Round::default())?;
        done.map(drop)
            .map_err(|problem| Failure::new(format!("{}: {}", problem.label, problem.detail)))
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
        self.run_hooks(&mut round, now)?;
        round.troubles.extend(stale);
        round.troubles.extend(self.own_troubles.iter().cloned());
        if let Some(herald) = &self.herald {
            herald.round(is_good(&round));
            // Seen with the next round at the latest: a message is late only after an hour.
            round.troubles.extend(herald.troubles());
        }
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

    /// Records the hook that ended and starts the next one, while the round goes on. Not by a
    /// clock that is in doubt: its ladder would end in years.
    fn run_hooks(&mut self, round: &mut Round, now: Timestamp) -> Result<(), StoreError> {
        if self.hooks.record(&self.engine, now)? {
            self.published = None;
        }
        if round.troubles.iter().any(|trouble| trouble.label == "clock") {
            return Ok(());
        }
        self.hooks.start(&self.engine, now)?;
        let next = self.hooks.next(&self.engine, now)?;
        round.next = round.next.into_iter().chain(next).min();
        Ok(())
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
        let worth_writing = round.changed() || news || aged;
        if !worth_writing && self.page.is_none() {
            return;
        }
        let written = assemble::snapshot(&self.engine, now, round.troubles.clone())
            .map_err(Failure::from)
            .and_then(|snapshot| {
                let snapshot = Arc::new(snapshot);
                self.board.round_done(Arc::clone(&snapshot));
                if worth_writing {
                    if let Some(herald) = &self.herald {
                        herald.see(Arc::clone(&snapshot));
                    }
                    write(&self.config, &snapshot)?;
                    self.published = Some(day);
                }
                Ok(())
            });
        // A summary that can't be written changes no renewal (F36).
        if let Err(failure) = written {
            tracing::error!("the summary could not be written: {}", failure.text);
        }
    }
}

fn warn_of_passwords(config: &Config) {
    for weak in assemble::weak_passwords(config) {
        tracing::warn!(label = weak.label, "{}", weak.detail);
    }
}

fn poll(config: &Config) -> Span {
    Span::minutes(config.poll_minutes.into())
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
    write(config, &assemble::snapshot(engine, now, troubles.to_vec())?)
}

fn write(config: &Config, snapshot: &Snapshot) -> Result<(), Failure> {
    assemble::write_snapshot(config, snapshot)?;
    if let Some(page) = &config.report {
        summary::write_page(snapshot, config, page)?;
    }
    Ok(())
}

/// The mailbox was read and the clock is right: worth a heartbeat.
fn is_good(round: &Round) -> bool {
    let bad = |label: &str| {
        label.starts_with("imap-") || matches!(label, "folder-read" | "mailbox-silent" | "clock")
    };
    !round.troubles.iter().any(|trouble| bad(&trouble.label))
}

/// The label under which people are told of a store that failed.
fn failed(error: &StoreError) -> &'static str {
    match error {
        StoreError::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
            "disk-full"
        }
        StoreError::Io { .. } | StoreError::Busy { .. } => "disk-error",
        StoreError::Damaged { .. } | StoreError::TooNew { .. } => "store-damaged",
    }
}
