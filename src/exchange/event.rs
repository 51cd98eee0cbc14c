//! What can happen to an exchange.

use serde::{Deserialize, Serialize};

use super::state::{Dispatch, Gate, Grant, Invoice, Problem, Refusal};
use crate::time::Timestamp;

/// What an authenticated receipt says. Numbers of receipts stay inside the dialect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// "We have it" (квитанція №1).
    Delivered,
    /// "Pay first."
    Invoiced(Invoice),
    /// "Yes" (квитанція №2), with what was granted.
    Granted(Grant),
    /// "No", in either receipt.
    Refused(Refusal),
}

/// How handing over to the carrier failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SendFailure {
    /// Not now: network, 4xx, wrong password, no space. The ladder says when again.
    Later(Problem),
    /// Never like this: 5xx for this letter.
    Rejected(Problem),
    /// The connection broke after the bytes went and before the last word came.
    Uncertain(Problem),
}

impl SendFailure {
    pub fn problem(&self) -> &Problem {
        match self {
            Self::Later(problem) | Self::Rejected(problem) | Self::Uncertain(problem) => problem,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// Sealed; these gates stand before sending, in order.
    Prepared {
        dispatch: Dispatch,
        gates: Vec<Gate>,
    },
    /// `lasting`: trying again alone won't help.
    PrepareFailed {
        problem: Problem,
        lasting: bool,
    },
    /// A person opened a gate.
    GatePassed(Gate),
    /// The carrier took the parcel for certain.
    Sent,
    SendFailed(SendFailure),
    /// A mail system reports about our letter; `lasting` when it gave up.
    Bounced {
        problem: Problem,
        lasting: bool,
    },
    /// An authenticated word about `attempt` (1-based) of this exchange.
    Heard {
        word: Word,
        attempt: u32,
    },
    /// A person says that the invoice is paid.
    Paid {
        reference: String,
    },
    Installed,
    InstallFailed {
        problem: Problem,
        lasting: bool,
    },
    /// A person wants it tried again.
    Retried,
    /// A person puts the preparing off («Нагадати пізніше»). The engine has seen to it that the
    /// moment is no later than the last safe day.
    Snoozed {
        until: Timestamp,
    },
    /// A person, or a successor found in place, ends it.
    Withdrawn {
        reason: String,
    },
    /// The moment of `wake_at` has come. Too early it changes nothing.
    Woke,
}

impl Event {
    /// One word for tables, journals and notes.
    pub fn name(&self) -> &'static str {
        match self {
            Event::Prepared { .. } => "prepared",
            Event::PrepareFailed { .. } => "prepare-failed",
            Event::GatePassed(_) => "gate-passed",
            Event::Sent => "sent",
            Event::SendFailed(SendFailure::Later(_)) => "send-failed-later",
            Event::SendFailed(SendFailure::Rejected(_)) => "send-rejected",
            Event::SendFailed(SendFailure::Uncertain(_)) => "send-uncertain",
            Event::Bounced { .. } => "bounced",
            Event::Heard { word: Word::Delivered, .. } => "delivered",
            Event::Heard { word: Word::Invoiced(_), .. } => "invoiced",
            Event::Heard { word: Word::Granted(_), .. } => "granted",
            Event::Heard { word: Word::Refused(_), .. } => "refused",
            Event::Paid { .. } => "paid",
            Event::Installed => "installed",
            Event::InstallFailed { .. } => "install-failed",
            Event::Retried => "retried",
            Event::Snoozed { .. } => "snoozed",
            Event::Withdrawn { .. } => "withdrawn",
            Event::Woke => "woke",
        }
    }
}
