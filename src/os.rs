//! The one file that asks the system for time, chance, signals and the environment.
#![allow(clippy::disallowed_methods)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rand_core::{CryptoRng, UnwrapErr};
use sd_notify::NotifyState;

use crate::exchange::Problem;
use crate::time::{Span, Timestamp};

/// The wall clock.
pub fn now() -> Timestamp {
    let seconds = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    };
    Timestamp(seconds)
}

/// A stopwatch for progress that people watch; never a reason for a decision.
pub fn stopwatch() -> impl Fn() -> Duration {
    let start = Instant::now();
    move || start.elapsed()
}

/// The system's randomness. It panics when the kernel has none to give: no key is better than a
/// guessable one.
pub fn chance() -> Box<dyn CryptoRng + Send> {
    Box::new(UnwrapErr(getrandom::SysRng))
}

pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Waits without a mailbox: the folder carrier, errands that wait for the daemon's answer.
pub fn pause(at_most: Duration) {
    std::thread::park_timeout(at_most);
}

/// Compares the wall clock with the monotonic one (F40). When they drift apart by more than an
/// hour, one of them lies, and nothing may be sent until they agree again.
pub struct ClockWatch {
    wall: Timestamp,
    steady: Instant,
}

impl Default for ClockWatch {
    fn default() -> Self {
        Self { wall: now(), steady: Instant::now() }
    }
}

impl ClockWatch {
    const TOLERANCE: Span = Span::hours(1);

    /// The wall clock's moment, and what is wrong with it, if anything.
    pub fn look(&mut self) -> (Timestamp, Option<Problem>) {
        let wall = now();
        let steady = Span(i64::try_from(self.steady.elapsed().as_secs()).unwrap_or(i64::MAX));
        let drift = (wall - self.wall).0 - steady.0;
        let problem = (drift.abs() > Self::TOLERANCE.0).then(|| Problem {
            label: "clock".into(),
            detail: format!("the clock jumped by {drift} seconds since certpost started"),
        });
        (wall, problem)
    }

    /// A person says that today's wall clock is right.
    pub fn accept(&mut self) {
        *self = Self::default();
    }
}

/// What the system asked of us since the start.
#[derive(Clone, Default)]
pub struct Signals {
    stop: Arc<AtomicBool>,
    reload: Arc<AtomicBool>,
}

impl Signals {
    /// Listens for SIGTERM, SIGINT (stop) and SIGHUP (reload) on a thread of its own.
    pub fn watch() -> std::io::Result<Self> {
        let signals = Self::default();
        let heard = signals.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (ready, registered) = std::sync::mpsc::channel();
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            runtime.block_on(async move {
                use tokio::signal::unix::{SignalKind, signal};
                let streams = (|| {
                    Ok::<_, std::io::Error>((
                        signal(SignalKind::terminate())?,
                        signal(SignalKind::interrupt())?,
                        signal(SignalKind::hangup())?,
                    ))
                })();
                let (mut terminate, mut interrupt, mut hangup) = match streams {
                    Ok(streams) => streams,
                    Err(error) => return drop(ready.send(Err(error))),
                };
                drop(ready.send(Ok(())));
                loop {
                    tokio::select! {
                        _ = terminate.recv() => heard.stop.store(true, Ordering::SeqCst),
                        _ = interrupt.recv() => heard.stop.store(true, Ordering::SeqCst),
                        _ = hangup.recv() => heard.reload.store(true, Ordering::SeqCst),
                    }
                }
            });
        })?;
        registered.recv().unwrap_or(Ok(()))?;
        Ok(signals)
    }

    pub fn stop_asked(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Whether something was asked that nobody has done yet: no reason to wait any longer.
    pub fn is_asking(&self) -> bool {
        self.stop_asked() || self.reload.load(Ordering::SeqCst)
    }

    /// Asks from inside, as a signal would: a thread of the demo, a test.
    pub fn ask_to_stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    /// True once for each reload that was asked for.
    pub fn take_reload(&self) -> bool {
        self.reload.swap(false, Ordering::SeqCst)
    }
}

/// The service manager that started us (systemd, `Type=notify`), if one did. Without one nothing
/// is told; what can't be told changes nothing.
pub struct Supervisor {
    /// It ends us when it hears nothing for so long.
    patience: Option<Duration>,
    last: Mutex<Option<Instant>>,
}

impl Supervisor {
    /// Reads `NOTIFY_SOCKET` and `WATCHDOG_USEC`.
    pub fn find() -> Self {
        Self { patience: sd_notify::watchdog_enabled(), last: Mutex::new(None) }
    }

    fn tell(state: &[NotifyState<'_>]) {
        if let Err(error) = sd_notify::notify(state) {
            tracing::debug!(%error, "the service manager can't be told");
        }
    }

    /// We work, as `words` says to whoever asks for the status.
    pub fn ready(&self, words: &str) {
        Self::tell(&[NotifyState::Ready, NotifyState::Status(words)]);
    }

    pub fn status(&self, words: &str) {
        Self::tell(&[NotifyState::Status(words)]);
    }

    pub fn reloading(&self) {
        match NotifyState::monotonic_usec_now() {
            Ok(now) => Self::tell(&[NotifyState::Reloading, now]),
            Err(_) => Self::tell(&[NotifyState::Reloading]),
        }
    }

    pub fn stopping(&self) {
        Self::tell(&[NotifyState::Stopping]);
    }

    /// Called often; told a few times within the manager's patience.
    pub fn alive(&self) {
        let Some(patience) = self.patience else { return };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= patience / 4) {
            Self::tell(&[NotifyState::Watchdog]);
            *last = Some(Instant::now());
        }
    }
}
