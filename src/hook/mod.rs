//! Runs the configured program after new certificates are in place, and again on its own ladder
//! when it fails. One run at a time, on a thread of its own: the daemon's rounds go on meanwhile.
//!
//! At least once: what is owed stands in the commit of the installation, and is over only when
//! the program's success was committed. A program that was cut off runs again.

mod process;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use self::process::Word;
use crate::authority::Role;
use crate::config;
use crate::crypto::Usage;
use crate::engine::{Engine, hook};
use crate::exchange::{Exchange, Problem};
use crate::store::StoreError;
use crate::time::Timestamp;

/// The hook of one configuration.
pub struct Hooks {
    settings: Option<config::Hook>,
    /// The data folder: where the program runs, and the certificates lie.
    data: PathBuf,
    under_way: Option<UnderWay>,
    ended: Arc<AtomicBool>,
}

struct UnderWay {
    exchange: Exchange,
    outcome: Receiver<Result<(), Problem>>,
    /// Ends the program early.
    stop: Sender<Word>,
    thread: Option<JoinHandle<()>>,
    /// How it ended, until that is committed.
    ran: Option<Result<(), Problem>>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        // Nobody hears it when the program has ended.
        let _ = self.stop.send(Word::Stop);
        // No program of ours outlives us; it is killed soon.
        drop(self.thread.take().map(JoinHandle::join));
    }
}

impl Hooks {
    pub fn new(settings: Option<config::Hook>, data: &Path) -> Self {
        let data = std::path::absolute(data).unwrap_or_else(|_| data.to_owned());
        Self { settings, data, under_way: None, ended: Arc::default() }
    }

    /// Other settings for the next run.
    pub fn reset(&mut self, settings: Option<config::Hook>) {
        self.settings = settings;
    }

    /// A run ended and waits to be recorded; cheap, asked several times a second.
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// Records the run that ended. True: there was one.
    pub fn record(&mut self, engine: &Engine, now: Timestamp) -> Result<bool, StoreError> {
        let Some(under_way) = &mut self.under_way else { return Ok(false) };
        let ran = match (under_way.ran.take(), under_way.outcome.try_recv()) {
            (Some(ran), _) | (None, Ok(ran)) => ran,
            (None, Err(TryRecvError::Empty)) => return Ok(false),
            (None, Err(TryRecvError::Disconnected)) => {
                Err(failed("the run broke off inside certpost"))
            }
        };
        self.ended.store(false, Ordering::SeqCst);
        // Kept until it is committed: on a full disk the next round tries again.
        under_way.ran = Some(ran.clone());
        let ladder = self.settings.as_ref().map(|hook| hook.ladder.clone()).unwrap_or_default();
        let exchange = &under_way.exchange;
        engine.hook_ran(exchange, ran.clone(), &ladder, now)?;
        match &ran {
            Ok(()) => tracing::info!(exchange = %exchange.id, "the hook ran"),
            Err(Problem { label, detail }) => {
                tracing::error!(exchange = %exchange.id, label, "{detail}");
            }
        }
        self.under_way = None;
        Ok(true)
    }

    /// Starts what is owed, one at a time. True: one was started.
    pub fn start(&mut self, engine: &Engine, now: Timestamp) -> Result<bool, StoreError> {
        if self.under_way.is_some() {
            return Ok(false);
        }
        let mut owed = hook::all(engine.store.as_ref())?;
        owed.retain(|(_, hook)| hook.done.is_none());
        let Some(settings) = &self.settings else {
            // Nothing is to be run any more: nothing is owed.
            for (exchange, _) in &owed {
                engine.hook_ran(exchange, Ok(()), &[], now)?;
            }
            return Ok(!owed.is_empty());
        };
        let longest = settings.ladder.iter().copied().max().unwrap_or_default();
        let due = |hook: &hook::Hook| {
            let at = hook.retry.not_before;
            // A moment that no ladder gives was made by a clock that was wrong.
            at.is_none_or(|at| at <= now || (at - now).0 > i64::from(longest) * 60)
        };
        let Some((exchange, hook)) = owed.into_iter().find(|(_, hook)| due(hook)) else {
            return Ok(false);
        };
        let variables = self.variables(engine, &exchange, hook.retry.failures + 1);
        let (say, outcome) = channel();
        let (stop, words) = channel();
        let (settings, folder) = (settings.clone(), self.data.clone());
        let (ended, waiter) = (Arc::clone(&self.ended), stop.clone());
        tracing::info!(exchange = %exchange.id, program = %settings.program.display(), "running the hook");
        let run = move || {
            let ran = process::run(&settings, &variables, &folder, &waiter, &words);
            ended.store(true, Ordering::SeqCst);
            // Nobody listens any more when certpost ends: the run is made again.
            let _ = say.send(ran.map_err(failed));
        };
        // Before it begins: a short run has ended sooner than this function.
        self.ended.store(false, Ordering::SeqCst);
        let thread = std::thread::Builder::new().name("hook".into()).spawn(run).ok();
        if thread.is_none() {
            // Nobody will ever speak: recorded as broken off.
            self.ended.store(true, Ordering::SeqCst);
        }
        self.under_way = Some(UnderWay { exchange, outcome, stop, thread, ran: None });
        Ok(true)
    }

    /// Runs everything that is owed now and waits for it: for commands that end. True: something
    /// ran.
    pub fn run_all(&mut self, engine: &Engine, now: Timestamp) -> Result<bool, StoreError> {
        let mut ran = false;
        loop {
            while self.under_way.is_some() {
                if !self.record(engine, now)? {
                    crate::os::pause(Duration::from_millis(20));
                }
                ran = true;
            }
            if !self.start(engine, now)? {
                return Ok(ran);
            }
        }
    }

    /// When the next run is due, if it is later than now.
    pub fn next(&self, engine: &Engine, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let owed = hook::all(engine.store.as_ref())?.into_iter();
        let owed = owed.filter(|(_, hook)| hook.done.is_none());
        Ok(owed.filter_map(|(_, hook)| hook.retry.not_before).filter(|at| *at > now).min())
    }

    /// What the program is told (docs/hook.md). Never a secret.
    fn variables(&self, engine: &Engine, exchange: &Exchange, run: u32) -> Vec<(String, String)> {
        let setup = &engine.setup;
        let folder = self.data.join("keys").join(&exchange.holder).join("current");
        let places = engine.vault.certificates(&exchange.holder).unwrap_or_default();
        let paths = places.iter().map(|place| match place.usage {
            Usage::Signing => folder.join("signing.pem").display().to_string(),
            Usage::Agreement => folder.join("agreement.pem").display().to_string(),
        });
        let paths: Vec<_> = paths.collect();
        let serials: Vec<_> = places.iter().map(|place| place.certificate.serial()).collect();
        let begin = places.iter().map(|place| place.certificate.not_before()).max();
        let end = places.iter().map(|place| place.certificate.not_after()).min();
        let moment = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let holder = setup.holder(&exchange.holder);
        let (name, authority) =
            holder.map(|one| (one.name.clone(), one.authority.clone())).unwrap_or_default();
        let told = [
            ("EXCHANGE", exchange.id.to_string()),
            ("HOLDER", exchange.holder.clone()),
            ("ROLE", holder.map_or("", |holder| role(holder.role)).to_owned()),
            ("NAME", name),
            ("ORGANISATION", setup.organisation.name.clone()),
            ("CODE", setup.organisation.code.clone()),
            ("AUTHORITY", authority),
            ("FOLDER", folder.display().to_string()),
            ("CERTIFICATES", paths.join(":")),
            ("SERIALS", serials.join(":")),
            ("NOT_BEFORE", moment(begin)),
            ("NOT_AFTER", moment(end)),
            ("RUN", run.to_string()),
        ];
        told.into_iter().map(|(name, value)| (format!("CERTPOST_{name}"), value)).collect()
    }
}

/// As in the configuration.
fn role(role: Role) -> &'static str {
    match role {
        Role::Director => "director",
        Role::Accountant => "accountant",
        Role::Seal => "seal",
        Role::Employee => "employee",
    }
}

fn failed(detail: impl Into<String>) -> Problem {
    Problem { label: "hook-failed".into(), detail: detail.into() }
}
