//! What the post office does wrong, on request and while it runs.

use std::sync::Arc;

use super::desk::Desk;
use super::{Control, Switch, postbox};

/// The moment after TCP's accept, before TLS and before the greeting.
pub const CONNECT: &str = "CONNECT";
/// The moment before the greeting, after the handshake where the port has implicit TLS.
pub const GREETING: &str = "GREETING";
/// The moment after the single dot that ends a letter in SMTP.
pub const END_OF_DATA: &str = ".";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Smtp,
    Imap,
}

/// How often a fault strikes. Rules are asked in the order in which they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    Next(u32),
    UntilCleared,
}

/// What becomes of an accepted letter instead of lying in the recipient's INBOX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Accepted and never seen again.
    Lost,
    /// The sender gets an RFC 3464 report instead: 5.2.2, mailbox full.
    Bounced,
    /// Delivered twice, the same Message-ID in both.
    Twice,
    /// Delivered twice, the second time with a Message-ID of its own (F3).
    TwiceRenamed,
    /// Kept back until [`super::Office::release`].
    Held,
}

/// What happens at a command instead of its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// Nothing is done, nothing is said, the connection stays.
    Hang,
    /// Nothing is done, the connection ends.
    Drop,
    /// The command is done; this many bytes of its answer leave, and the connection ends.
    Cut(usize),
    /// Nothing is done, and this is the answer.
    Say(String),
}

#[derive(Clone, Debug)]
pub(super) enum What {
    At { protocol: Protocol, command: String, deed: Deed },
    RefuseLogin,
    Fate { fate: Fate, to: Option<String> },
    Phantoms(u32),
    WrongSize(i64),
    ByeInIdle(String),
    DeafIdle,
}

struct Rule {
    what: What,
    /// How often it may still strike; `None` is for ever.
    left: Option<u32>,
}

#[derive(Default)]
pub(super) struct Rules {
    all: Vec<Rule>,
    fired: u64,
}

impl Rules {
    fn add(&mut self, what: What, times: Times) {
        let left = match times {
            Times::Next(count) => Some(count),
            Times::UntilCleared => None,
        };
        self.all.push(Rule { what, left });
    }

    /// Uses up one stroke of the first rule that `pick` likes.
    pub fn take<R>(&mut self, pick: impl Fn(&What) -> Option<R>) -> Option<R> {
        self.all.retain(|rule| rule.left != Some(0));
        for rule in &mut self.all {
            if let Some(found) = pick(&rule.what) {
                rule.left = rule.left.map(|left| left.saturating_sub(1));
                self.fired = self.fired.saturating_add(1);
                return Some(found);
            }
        }
        None
    }

    /// Ends the rules that keep letters back.
    pub fn stop_holding(&mut self) {
        self.all.retain(|rule| !matches!(rule.what, What::Fate { fate: Fate::Held, .. }));
    }
}

/// A handle to the office's faults. Every method works at once, also for connections that are
/// open already; a connection that hangs goes on hanging after [`Faults::clear`].
///
/// Commands are named as their protocol names them: `EHLO`, `AUTH`, `RCPT`, `DATA`, `LOGIN`,
/// `SELECT`. `FETCH` means `UID FETCH` too. Beside them stand [`CONNECT`], [`GREETING`] and
/// [`END_OF_DATA`].
#[derive(Clone)]
pub struct Faults {
    pub(super) desk: Arc<Desk>,
    pub(super) switch: Switch,
}

impl Faults {
    fn add(&self, what: What, times: Times) {
        self.desk.change(|state| state.rules.add(what, times));
    }

    fn at(&self, protocol: Protocol, command: &str, deed: Deed, times: Times) {
        let command = command.to_ascii_uppercase();
        self.add(What::At { protocol, command, deed }, times);
    }

    /// Connections are accepted, and then there is silence: no handshake, no greeting (F11).
    pub fn silent(&self, protocol: Protocol, times: Times) {
        self.hang(protocol, CONNECT, times);
    }

    /// The command is never answered and not done.
    pub fn hang(&self, protocol: Protocol, command: &str, times: Times) {
        self.at(protocol, command, Deed::Hang, times);
    }

    /// The connection ends instead of the command.
    pub fn drop_before(&self, protocol: Protocol, command: &str, times: Times) {
        self.at(protocol, command, Deed::Drop, times);
    }

    /// The command is done, and the connection ends before the answer.
    pub fn drop_after(&self, protocol: Protocol, command: &str, times: Times) {
        self.at(protocol, command, Deed::Cut(0), times);
    }

    /// The command is done, and the connection ends after `bytes` bytes of the answer.
    pub fn cut(&self, protocol: Protocol, command: &str, bytes: usize, times: Times) {
        self.at(protocol, command, Deed::Cut(bytes), times);
    }

    /// `text` is the answer, and the command is not done. IMAP puts the client's tag before it
    /// (`NO [OVERQUOTA] full`), unless it begins with `*` (`* BYE Autologout`, F10). The
    /// connection ends after a `*` answer, after SMTP's 421, and after an answer at
    /// [`GREETING`]; at [`CONNECT`] the text leaves in the clear.
    pub fn answer(&self, protocol: Protocol, command: &str, text: &str, times: Times) {
        self.at(protocol, command, Deed::Say(text.into()), times);
    }

    /// Right passwords are refused, by SMTP and by IMAP (F13).
    pub fn refuse_logins(&self, times: Times) {
        self.add(What::RefuseLogin, times);
    }

    /// The letter is kept and goes its way, but 250 never arrives: the connection ends (F1).
    pub fn lose_acceptance(&self, times: Times) {
        self.drop_after(Protocol::Smtp, END_OF_DATA, times);
    }

    /// The connection ends after the letter's last byte, and the letter is not kept. The sender
    /// can't tell it from [`Faults::lose_acceptance`].
    pub fn lose_before_keeping(&self, times: Times) {
        self.drop_before(Protocol::Smtp, END_OF_DATA, times);
    }

    /// What becomes of accepted letters, counted per recipient; `to` narrows it to one address.
    pub fn fate(&self, fate: Fate, to: Option<&str>, times: Times) {
        self.add(What::Fate { fate, to: to.map(postbox::known_as) }, times);
    }

    /// SELECT, NOOP and IDLE announce `more` letters that are not there (F5).
    pub fn phantoms(&self, more: u32, times: Times) {
        self.add(What::Phantoms(more), times);
    }

    /// A FETCH states RFC822.SIZE wrong by `by` bytes.
    pub fn wrong_size(&self, by: i64, times: Times) {
        self.add(What::WrongSize(by), times);
    }

    /// A session that idles, or begins to, gets `* BYE text` and the end of its connection (F10).
    pub fn bye_in_idle(&self, text: &str, times: Times) {
        self.add(What::ByeInIdle(text.into()), times);
    }

    /// An IDLE that begins is accepted and never tells anything (F9). DONE works.
    pub fn deaf_idle(&self, times: Times) {
        self.add(What::DeafIdle, times);
    }

    /// While it is on, connections are refused and those that were open are gone. The ports stay
    /// ours. Returns when it is done; false when the office has closed, or a port can't be
    /// opened again.
    pub fn outage(&self, on: bool) -> bool {
        self.switch.turn(if on { Control::Close } else { Control::Open }).is_ok()
    }

    /// Ends every fault but an outage. Letters that are held stay held until
    /// [`super::Office::release`].
    pub fn clear(&self) {
        self.desk.change(|state| state.rules.all.clear());
    }

    /// How often faults have struck since the start.
    pub fn fired(&self) -> u64 {
        self.desk.look(|state| state.rules.fired)
    }
}
