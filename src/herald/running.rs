//! The herald on a thread of its own: a mail server that answers slowly holds up no round.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Herald, Pulse, Settings, Ways};
use crate::exchange::Problem;
use crate::os;
use crate::report::Snapshot;
use crate::time::Timestamp;

/// How long the end of the program waits for a message under way. It is sent again after the next
/// start, with the same Message-ID.
const FAREWELL: Duration = Duration::from_secs(5);

enum Tidings {
    /// Something changed.
    Seen(Arc<Snapshot>),
    /// The round could not be made: nothing new was seen.
    Broken(Problem),
    /// A round ended. `good`: the mailbox was read and the clock is right.
    Round {
        good: bool,
    },
    Reset(Box<(Settings, Box<dyn Ways + Send>, Pulse)>),
    /// Send what is due once more, then end.
    End,
}

/// A herald at work.
pub struct Running {
    tidings: Sender<Tidings>,
    troubles: Arc<Mutex<Vec<Problem>>>,
    over: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub fn start(herald: Herald, pulse: Pulse) -> std::io::Result<Self> {
        let (tidings, heard) = channel();
        let (done, over) = channel();
        let troubles = Arc::new(Mutex::new(Vec::new()));
        let told = troubles.clone();
        let work = move || {
            let mut desk = Desk { herald, pulse, latest: None, troubles: told };
            while desk.turn(&heard) {}
            // Nobody may be listening any more.
            let _ = done.send(());
        };
        let thread = std::thread::Builder::new().name("herald".into()).spawn(work)?;
        Ok(Self { tidings, troubles, over, thread: Some(thread) })
    }

    /// What people may have to be told.
    pub fn see(&self, snapshot: Arc<Snapshot>) {
        self.pass(Tidings::Seen(snapshot));
    }

    pub fn broken(&self, problem: Problem) {
        self.pass(Tidings::Broken(problem));
    }

    pub fn round(&self, good: bool) {
        self.pass(Tidings::Round { good });
    }

    pub fn reset(&self, settings: Settings, ways: Box<dyn Ways + Send>, pulse: Pulse) {
        self.pass(Tidings::Reset(Box::new((settings, ways, pulse))));
    }

    fn pass(&self, tidings: Tidings) {
        if self.tidings.send(tidings).is_err() {
            tracing::error!("the herald is gone: nobody is told until certpost is started anew");
        }
    }

    /// What people do not get; empty when all is well.
    pub fn troubles(&self) -> Vec<Problem> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends when everything that is due was tried once: for a single round.
    pub fn finish(mut self) {
        self.pass(Tidings::End);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.thread.is_some() && self.tidings.send(Tidings::End).is_ok() {
            let _ = self.over.recv_timeout(FAREWELL);
        }
    }
}

struct Desk {
    herald: Herald,
    pulse: Pulse,
    latest: Option<Arc<Snapshot>>,
    troubles: Arc<Mutex<Vec<Problem>>>,
}

impl Desk {
    /// Waits for tidings or the next moment, then does everything that is due. False: the end.
    fn turn(&mut self, heard: &Receiver<Tidings>) -> bool {
        let now = os::now();
        let wait = u64::try_from((self.herald.next(now) - now).0).unwrap_or(0);
        let first = heard.recv_timeout(Duration::from_secs(wait.max(1)));
        let mut going = !matches!(first, Err(RecvTimeoutError::Disconnected));
        let now = os::now();
        let (mut seen, mut good) = (false, false);
        for tidings in first.into_iter().chain(heard.try_iter()) {
            match tidings {
                Tidings::Seen(snapshot) => {
                    self.latest = Some(snapshot);
                    seen = true;
                }
                Tidings::Broken(problem) => {
                    let latest = self.latest.as_mut().map(Arc::make_mut);
                    if let Some(latest) = latest.filter(|one| !one.troubles.contains(&problem)) {
                        latest.troubles.push(problem);
                    }
                }
                Tidings::Round { good: was_good } => good |= was_good,
                Tidings::Reset(all) => {
                    let (settings, ways, pulse) = *all;
                    self.herald.reset(settings, ways);
                    self.pulse = pulse;
                }
                Tidings::End => going = false,
            }
        }
        self.look(now, good, seen);
        self.herald.send(now);
        *self.troubles.lock().unwrap_or_else(PoisonError::into_inner) = self.herald.troubles(now);
        if good {
            self.pulse.beat(now);
        }
        going
    }

    /// What was seen last is so until something else is seen, and grows older by itself: ends draw
    /// nearer, and a mailbox that nobody reads has been silent for longer.
    fn look(&mut self, now: Timestamp, good: bool, seen: bool) {
        let Some(latest) = self.latest.as_mut().map(Arc::make_mut) else { return };
        if !seen {
            latest.now = latest.now.max(now);
        }
        if good {
            latest.mailbox_read = Some(now);
        }
        self.herald.hear(latest);
    }
}
