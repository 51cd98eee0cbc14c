//! Messages to people, as things happen: [`causes`] says what there is to tell at one moment,
//! [`item`] puts one cause into a language, [`write()`] makes a message of items. Whether a cause
//! was told before, and to whom it goes, is `herald`'s to decide.

mod cause;
mod item;
mod write;

use serde::{Deserialize, Serialize};

use super::{Action, Severity};
use crate::exchange::Digest;

pub use cause::causes;
pub use item::{item, over};
pub use write::{digest, test, write};

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Something keeps certpost as a whole from working.
    Trouble,
    /// A first failure; it is tried again by itself.
    Failing,
    /// A renewal stopped and needs a person.
    Stalled,
    Refused,
    Invoiced,
    /// A gate waits for a person.
    Consent,
    /// A certificate ends soon and no successor is in place.
    Ending,
    /// Issued, but not in place.
    NotInstalled,
    /// In place, but the hook failed.
    HookFailed,
    /// Letters went to quarantine.
    Quarantined,
    Succeeded,
    /// A trouble is over.
    Resolved,
    /// What was too much for one day.
    Gathered,
    Digest,
    Test,
}

impl Kind {
    pub const ALL: [Kind; 15] = [
        Kind::Trouble,
        Kind::Failing,
        Kind::Stalled,
        Kind::Refused,
        Kind::Invoiced,
        Kind::Consent,
        Kind::Ending,
        Kind::NotInstalled,
        Kind::HookFailed,
        Kind::Quarantined,
        Kind::Succeeded,
        Kind::Resolved,
        Kind::Gathered,
        Kind::Digest,
        Kind::Test,
    ];

    /// The word for machines: webhooks, logs.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Trouble => "trouble",
            Kind::Failing => "failing",
            Kind::Stalled => "stalled",
            Kind::Refused => "refused",
            Kind::Invoiced => "invoiced",
            Kind::Consent => "consent",
            Kind::Ending => "ending",
            Kind::NotInstalled => "not-installed",
            Kind::HookFailed => "hook-failed",
            Kind::Quarantined => "quarantined",
            Kind::Succeeded => "succeeded",
            Kind::Resolved => "resolved",
            Kind::Gathered => "gathered",
            Kind::Digest => "digest",
            Kind::Test => "test",
        }
    }
}

/// Something that is so at one moment, and worth telling once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What it is about, for as long as that exists: `exchange/seal-1`, `trouble/imap-login`,
    /// `end/director`, `quarantine`.
    pub about: String,
    pub kind: Kind,
    /// What tells this cause from another of the same kind about the same: the invoice's number,
    /// the problem's label. Never a text that changes by itself.
    pub mark: String,
    pub severity: Severity,
}

/// A kept file that goes with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    pub name: String,
    pub content_type: String,
    pub kept: Digest,
}

/// One cause in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub about: String,
    pub kind: Kind,
    pub severity: Severity,
    /// `Директор — Яременко Остап Ількович`; a trouble's own sentence.
    pub title: String,
    /// Two or three words; empty for a trouble.
    pub badge: String,
    pub told: String,
    /// The authority's words, as it wrote them.
    pub quotes: Vec<String>,
    /// Name and value.
    pub facts: Vec<(String, String)>,
    /// Technical words, for the one who repairs it.
    pub detail: Option<String>,
    pub action: Option<Action>,
    /// What a bank's program reads from a picture.
    pub payment: Option<String>,
    pub attached: Vec<Attached>,
}

/// A message in one language, ready to be carried by mail or webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub kind: Kind,
    pub severity: Severity,
    /// What it is about, see [`Cause::about`].
    pub about: Vec<String>,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// At most 300 characters, for narrow ways.
    pub short: String,
    /// The one next thing to do; `None`: nothing.
    pub action: Option<String>,
    /// Payloads of payment codes, in the order in which `html` shows them as `cid:payment-N`.
    pub payments: Vec<String>,
    pub attached: Vec<Attached>,
}
