//! Letters over the mail servers that an organisation has: lettre out, async-imap in.
//!
//! Everything outside is asynchronous and everything inside blocks: [`Post`] owns a runtime of one
//! thread, and its methods must not be called from asynchronous code. One IMAP connection is kept
//! between calls (F12) and made anew after anything went wrong with it (F11); SMTP connects for
//! each letter.
//!
//! Labels that can come out of here: `smtp-unreachable`, `smtp-tls`, `smtp-login`, `smtp-later`,
//! `smtp-rejected`, `smtp-uncertain`, `imap-unreachable`, `imap-tls`, `imap-login`,
//! `imap-timeout`, `imap-protocol`, `imap-folder`, and whatever a [`Password`] closure or
//! [`Tokens`](super::oauth2::Tokens) give.

mod examine;
mod folder_name;
mod idle;
mod imap;
mod login;
mod mailbox;
mod own_letter;
mod place;
mod sender;
mod settings;
mod smtp;
mod wire;

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt as _;
use tokio::runtime::Runtime;
use tokio::time::{Sleep, sleep};
use tokio_rustls::TlsConnector;

pub use examine::{Examined, Moving};
pub use login::{Login, Password};
pub use own_letter::Returned;
pub use sender::Sender;
pub use settings::{Limits, PostSettings, Server, Tls};

use self::imap::{Fault, Live};
use self::mailbox::Mailbox;
use self::place::Locator;
use super::{one_line, problem};
use crate::engine::ports::{Carrier, CarrierError, Collected};
use crate::exchange::Problem;
use crate::exchange::SendFailure;

/// Whether PEM can stand as the roots of a mail server.
pub fn check_roots(pem: &[u8]) -> Result<(), String> {
    wire::connector(Some(pem)).map(drop)
}

/// Longest pause after connections that were lost one after another (F10).
const LONGEST_PAUSE: Duration = Duration::from_secs(64);

/// The carrier of letters.
pub struct Post {
    runtime: Runtime,
    settings: PostSettings,
    smtp_tls: TlsConnector,
    imap_tls: TlsConnector,
    live: Option<Live>,
    mailbox: Mailbox,
    /// What the last round found out about access tokens.
    grants: Vec<Problem>,
    /// Connections lost while waiting, one after another.
    losses: u32,
}

impl Post {
    /// Fails with `smtp-tls` or `imap-tls` when the roots can't be used. Connects to nothing yet.
    pub fn new(settings: PostSettings) -> Result<Self, CarrierError> {
        let tls = |server: &Server, label: &str| {
            wire::connector(server.ca.as_deref())
                .map_err(|e| CarrierError(problem(label, format!("{}: {e}", server.place()))))
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            runtime: runtime.map_err(|e| {
                CarrierError(problem("imap-unreachable", format!("can't use the network: {e}")))
            })?,
            smtp_tls: tls(&settings.smtp, "smtp-tls")?,
            imap_tls: tls(&settings.imap, "imap-tls")?,
            settings,
            live: None,
            mailbox: Mailbox::default(),
            grants: Vec::new(),
            losses: 0,
        })
    }

    /// Looks at the mailbox and changes nothing in it, for `doctor`.
    pub fn examine(&mut self) -> Result<Examined, CarrierError> {
        self.on_live(async |live, _, settings| examine::examine(live, settings).await).map_err(told)
    }

    /// Waits for a letter that we sent to ourselves, and takes it out of the mailbox; `None` when
    /// `over` said so first. For `mailbox test`: never call it with another's Message-ID.
    pub fn take_back(
        &mut self,
        id: &str,
        over: &dyn Fn() -> bool,
    ) -> Result<Option<Returned>, CarrierError> {
        self.on_live(async |live, _, settings| {
            own_letter::take_back(live, settings, id, over).await
        })
        .map_err(told)
    }

    /// Connects to the SMTP server and logs in, for `doctor`. The largest letter that it takes, in
    /// bytes, when it names a limit.
    pub fn knock_smtp(&mut self) -> Result<Option<u64>, SendFailure> {
        let PostSettings { smtp, limits, .. } = &self.settings;
        let knock = AssertUnwindSafe(smtp::knock(smtp, &self.smtp_tls, limits)).catch_unwind();
        let knocked = self.runtime.block_on(knock);
        knocked.unwrap_or_else(|_| Err(SendFailure::Later(unreadable("smtp-later"))))
    }

    /// Runs a job on the kept connection or on a new one. A kept connection that turns out dead
    /// is replaced once.
    fn on_live<T>(
        &mut self,
        mut job: impl AsyncFnMut(&mut Live, &mut Mailbox, &PostSettings) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let kept = self.live.is_some();
        match self.on_live_once(&mut job) {
            Err(Fault::Broken(_)) if kept => self.on_live_once(&mut job),
            done => done,
        }
    }

    fn on_live_once<T>(
        &mut self,
        job: &mut impl AsyncFnMut(&mut Live, &mut Mailbox, &PostSettings) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let Self { runtime, settings, imap_tls, live, mailbox, .. } = self;
        let mut open = match live.take() {
            Some(open) => open,
            None => {
                let opening = Live::open(&settings.imap, imap_tls, &settings.limits);
                runtime.block_on(caught(opening))?
            }
        };
        let done = runtime.block_on(caught(job(&mut open, mailbox, settings)));
        if !open.broken {
            *live = Some(open);
        }
        done
    }
}

/// imap-proto and lettre's EHLO parser hold `unwrap`s on foreign bytes. A panic there is a bad
/// answer, not the end of the daemon.
async fn caught<T>(job: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let done = AssertUnwindSafe(job).catch_unwind().await;
    done.unwrap_or_else(|_| Err(Fault::Broken(unreadable("imap-protocol"))))
}

fn unreadable(label: &str) -> Problem {
    problem(label, "an answer of the server can't be understood at all")
}

/// A refused folder is the only refusal that reaches the caller.
fn told(fault: Fault) -> CarrierError {
    CarrierError(match fault {
        Fault::Refused(words) => problem("imap-folder", words),
        Fault::Broken(problem) => problem,
    })
}

/// `words` without the password in any of the forms in which a server could echo a login.
fn without(words: &str, user: &str, password: &str) -> String {
    if password.is_empty() {
        return words.to_owned();
    }
    let quoted = password.replace('\\', "\\\\").replace('"', "\\\"");
    let mut words = words.to_owned();
    for form in [
        STANDARD.encode(format!("\0{user}\0{password}")),
        STANDARD.encode(password),
        debugged(&quoted),
        debugged(password),
        quoted,
        password.to_owned(),
    ] {
        words = words.replace(&form, "***");
    }
    words
}

/// As async-imap shows a server's words: `{:?}` without the outer quotes.
fn debugged(text: &str) -> String {
    let shown = format!("{text:?}");
    shown.trim_matches('"').to_owned()
}

impl Carrier for Post {
    fn send(&mut self, letter: &[u8], to: &str) -> Result<(), SendFailure> {
        let PostSettings { address, smtp, limits, .. } = &self.settings;
        let dot = AtomicBool::new(false);
        let handover = smtp::Handover { from: address, to, letter, dot: &dot };
        let sending = smtp::send(smtp, &self.smtp_tls, limits, &handover);
        let sent = self.runtime.block_on(AssertUnwindSafe(sending).catch_unwind());
        sent.unwrap_or_else(|_| Err(sender::broke_off(&dot)))
    }

    fn collect(&mut self, bookmark: Option<&str>, limit: usize) -> Result<Collected, CarrierError> {
        self.grants = self.settings.upkeep();
        let readable = self.mailbox.places.open(bookmark);
        self.on_live(async |live, mailbox, settings| {
            mailbox.troubles.clear();
            if !readable {
                mailbox.troubles.push(problem(
                    "imap-protocol",
                    "the kept place in the mailbox can't be read; every letter is read again",
                ));
            }
            let target = settings.move_to.as_deref();
            mailbox.collect(live, &settings.folders, target, limit, &settings.limits).await
        })
        .map_err(told)
    }

    fn settle(&mut self, locator: &str) -> Result<(), CarrierError> {
        let Some(place) = Locator::parse(locator) else {
            let detail = format!("«{}» is no place in this mailbox", one_line(locator));
            return Err(CarrierError(problem("imap-protocol", detail)));
        };
        self.mailbox.places.settle(&place);
        let Some(target) = self.settings.move_to.clone() else { return Ok(()) };
        self.on_live(async |live, mailbox, _| mailbox.put_away(live, &place, &target).await)
            .map_err(|fault| match fault {
                Fault::Refused(words) => {
                    let detail = format!("can't move {place} to «{target}»: {words}");
                    CarrierError(problem("imap-folder", detail))
                }
                Fault::Broken(problem) => CarrierError(problem),
            })
    }

    fn bookmark(&self) -> Option<String> {
        self.mailbox.places.bookmark()
    }

    /// A folder that is missing, a letter that the server does not give, a grant that ends soon.
    fn troubles(&self) -> Vec<Problem> {
        self.mailbox.troubles.iter().chain(&self.grants).cloned().collect()
    }

    fn wait(&mut self, at_most: Duration, interrupt: &dyn Fn() -> bool) {
        let Self { runtime, settings, imap_tls, live, mailbox, losses, .. } = self;
        runtime.block_on(async {
            let mut over = std::pin::pin!(sleep(at_most));
            let open = match live.take() {
                Some(open) => Ok(open),
                None => caught(Live::open(&settings.imap, imap_tls, &settings.limits)).await,
            };
            let outcome = match open {
                Err(fault) => Err(fault),
                Ok(mut open) => {
                    let watching = watch(&mut open, mailbox, settings, over.as_mut(), interrupt);
                    let outcome = caught(watching).await;
                    if !open.broken {
                        *live = Some(open);
                    }
                    outcome
                }
            };
            match outcome {
                Ok(()) => *losses = 0,
                // No IDLE here, or no such folder: time alone.
                Err(Fault::Refused(_)) => idle::pause(over, interrupt).await,
                Err(Fault::Broken(_)) => {
                    *losses = losses.saturating_add(1);
                    rest(*losses, over, interrupt).await;
                }
            }
        });
    }
}

/// IDLE in the first folder; returns at once when a letter came since the last listing.
async fn watch(
    live: &mut Live,
    mailbox: &mut Mailbox,
    settings: &PostSettings,
    over: Pin<&mut Sleep>,
    interrupt: &dyn Fn() -> bool,
) -> Result<(), Fault> {
    let Some(folder) = settings.folders.first() else {
        return Err(Fault::Refused("no folder to watch".into()));
    };
    if !live.can_idle {
        return Err(Fault::Refused("the server has no IDLE".into()));
    }
    let selected = live.select(folder).await?;
    if let (Some(next), Some(known)) = (selected.next, mailbox.next.get_mut(folder))
        && next > *known
    {
        *known = next;
        return Ok(());
    }
    idle::idle(live, settings.limits.idle, over, interrupt).await
}

/// The first lost connection is made anew at once; then after 2, 4, … 64 seconds.
async fn rest(losses: u32, over: Pin<&mut Sleep>, interrupt: &dyn Fn() -> bool) {
    if losses > 1 {
        let pause = Duration::from_secs(1 << losses.saturating_sub(1).min(6)).min(LONGEST_PAUSE);
        tokio::select! {
            () = idle::pause(over, interrupt) => {}
            () = sleep(pause) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echoed_login_does_not_show_the_password() {
        let password = "п\"'а\\роль";
        let quoted = "п\\\"'а\\\\роль";
        let echoes = [
            format!("unknown command LOGIN box \"{quoted}\""),
            format!("{:?}", format!("LOGIN box \"{quoted}\"")),
            format!("unknown {}", STANDARD.encode(format!("\0box\0{password}"))),
            format!("user box, password {password}"),
        ];
        for echo in echoes {
            let told = without(&echo, "box", password);
            assert!(told.contains("***") && !told.contains("роль"), "{told}");
        }
    }
}
