//! What a line of the report is about, without words: one exhaustive reading of stage and
//! obstacle. Grave or not, whose turn it is and which command helps are decided here, once for
//! all languages.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::{Severity, Topic, command};
use crate::exchange::{
    Event, Exchange, Gate, Invoice, Obstacle, Problem, Purpose, Refusal, Retry, SendFailure, Stage,
};
use crate::store::Entry;
use crate::time::{Span, Timestamp};

/// The moment of the report, and where its clocks hang.
#[derive(Clone, Debug)]
pub struct Clock {
    pub now: Timestamp,
    pub zone: TimeZone,
}

impl Clock {
    pub fn civil(&self, at: Timestamp) -> DateTime {
        at.civil(&self.zone)
    }

    pub fn date(&self, at: Timestamp) -> Date {
        at.date(&self.zone)
    }

    pub fn today(&self) -> Date {
        self.date(self.now)
    }
}

/// What the words must know beside the situation.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    pub purpose: Purpose,
    /// Whether its users speak of квитанція №1 and №2.
    pub numbered: bool,
    pub clock: &'a Clock,
}

/// Something of ours failed and will be tried again without anybody's help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again<'a> {
    /// In a row, at least 1.
    pub failures: u32,
    pub next: Option<Timestamp>,
    /// Why, when the journal tells.
    pub problem: Option<&'a Problem>,
}

/// What the authority had said, or could still say, when the certificate ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After<'a> {
    NothingSent,
    /// An answer may still come, and is taken.
    Waiting,
    Invoiced(&'a Invoice),
    Refused(&'a Refusal),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Situation<'a> {
    Preparing,
    PreparingAgain(Again<'a>),
    /// A person asked to be reminded later.
    PutOff {
        until: Timestamp,
    },
    AtGate {
        gate: Gate,
        until: Timestamp,
    },
    Sending,
    /// Nobody answered: the same bytes go once more.
    Resending {
        sends: u32,
    },
    SendingAgain(Again<'a>),
    AwaitingReceipt {
        sends: u32,
        sent: Option<Timestamp>,
        certain: bool,
        until: Timestamp,
    },
    AwaitingDecision {
        delivered: Option<Timestamp>,
        until: Timestamp,
    },
    /// Acknowledged, and to be paid on the authority's page.
    PayOnline {
        until: Timestamp,
    },
    Payment {
        invoice: &'a Invoice,
        overdue: bool,
        /// The next reminder.
        until: Timestamp,
    },
    Installing {
        granted: Timestamp,
    },
    /// Granted for a later day, as was asked for.
    NotYetValid {
        until: Timestamp,
    },
    InstallingAgain(Again<'a>),
    Installed {
        at: Timestamp,
    },
    /// In place, and the program that runs then failed.
    HookFailed {
        at: Timestamp,
        again: Again<'a>,
    },
    Refused {
        refusal: &'a Refusal,
        /// The first receipt had come, so this "no" is the second.
        second: bool,
        at: Timestamp,
    },
    CannotPrepare(&'a Problem),
    CannotSend(&'a Problem),
    Silent {
        sends: u32,
        /// It had said "we have it".
        delivered: Option<Timestamp>,
    },
    CannotInstall(&'a Problem),
    GateClosed(Gate),
    Expired {
        deadline: Timestamp,
        after: After<'a>,
    },
    Withdrawn {
        at: Timestamp,
        /// The person's own words; empty when the journal has none.
        reason: &'a str,
    },
}

impl<'a> Situation<'a> {
    /// `journal` holds this exchange's entries, oldest first.
    pub fn of(exchange: &'a Exchange, journal: &[&'a Entry], now: Timestamp) -> Self {
        match &exchange.stage {
            Stage::Opened { retry } => match again(*retry, journal) {
                Some(again) => Self::PreparingAgain(again),
                None => match retry.not_before {
                    Some(until) if until > now => Self::PutOff { until },
                    _ => Self::Preparing,
                },
            },
            // A gate list is never empty; if it were, nothing would stand before sending.
            Stage::Gated { gates, until, .. } => match gates.first() {
                Some(gate) => Self::AtGate { gate: *gate, until: *until },
                None => Self::Sending,
            },
            Stage::Prepared { dispatch } => match again(dispatch.retry, journal) {
                Some(again) => Self::SendingAgain(again),
                None if dispatch.sends > 0 => Self::Resending { sends: dispatch.sends },
                None => Self::Sending,
            },
            Stage::Sent { dispatch, certain, until } => Self::AwaitingReceipt {
                sends: dispatch.sends,
                sent: dispatch.last_sent,
                certain: *certain,
                until: *until,
            },
            Stage::Acknowledged { dispatch, until } => {
                Self::AwaitingDecision { delivered: dispatch.delivered, until: *until }
            }
            Stage::AwaitingPayment { invoice, until, .. } => Self::Payment {
                invoice,
                overdue: invoice.due.is_some_and(|due| due < now),
                until: *until,
            },
            Stage::Granted { grant, retry } => match again(*retry, journal) {
                Some(again) => Self::InstallingAgain(again),
                None => match retry.not_before {
                    Some(until) if until > now => Self::NotYetValid { until },
                    _ => Self::Installing { granted: grant.at },
                },
            },
            Stage::Installed { at, .. } => Self::Installed { at: *at },
            Stage::Refused { dispatch, refusal, at } => {
                Self::Refused { refusal, second: dispatch.delivered.is_some(), at: *at }
            }
            Stage::Stalled { obstacle, was, .. } => stalled(obstacle, was),
            Stage::Expired { was, .. } => {
                Self::Expired { deadline: exchange.deadline, after: after(was) }
            }
            Stage::Withdrawn { at, .. } => Self::Withdrawn { at: *at, reason: reason(journal) },
        }
    }

    pub fn severity(&self) -> Severity {
        match self {
            Self::Preparing
            | Self::PutOff { .. }
            | Self::Sending
            | Self::Resending { .. }
            | Self::AwaitingReceipt { .. }
            | Self::AwaitingDecision { .. }
            | Self::Installing { .. }
            | Self::NotYetValid { .. }
            | Self::Withdrawn { .. } => Severity::Normal,
            Self::Installed { .. } => Severity::Success,
            Self::PreparingAgain(_)
            | Self::SendingAgain(_)
            | Self::AtGate { .. }
            | Self::PayOnline { .. }
            | Self::Payment { overdue: false, .. } => Severity::Warning,
            // Issued, and not in use: red, though it is tried again.
            Self::InstallingAgain(_)
            | Self::HookFailed { .. }
            | Self::Payment { overdue: true, .. }
            | Self::Refused { .. }
            | Self::CannotPrepare(_)
            | Self::CannotSend(_)
            | Self::Silent { .. }
            | Self::CannotInstall(_)
            | Self::GateClosed(_)
            | Self::Expired { .. } => Severity::Error,
        }
    }

    pub fn topic(&self) -> Topic {
        match self {
            Self::Preparing
            | Self::PreparingAgain(_)
            | Self::PutOff { .. }
            | Self::Sending
            | Self::Resending { .. }
            | Self::SendingAgain(_)
            | Self::AwaitingReceipt { .. }
            | Self::AwaitingDecision { .. }
            | Self::Installing { .. }
            | Self::NotYetValid { .. }
            | Self::InstallingAgain(_) => Topic::UnderWay,
            Self::AtGate { .. }
            | Self::HookFailed { .. }
            | Self::PayOnline { .. }
            | Self::Payment { .. }
            | Self::Refused { .. }
            | Self::CannotPrepare(_)
            | Self::CannotSend(_)
            | Self::Silent { .. }
            | Self::CannotInstall(_)
            | Self::GateClosed(_)
            | Self::Expired { .. } => Topic::NeedsYou,
            Self::Installed { .. } | Self::Withdrawn { .. } => Topic::Done,
        }
    }

    /// What a person types when the advice was followed.
    pub fn command(&self, exchange: &Exchange) -> Option<String> {
        let id = &exchange.id;
        match self {
            Self::Preparing
            | Self::Sending
            | Self::Resending { .. }
            | Self::AwaitingReceipt { .. }
            | Self::AwaitingDecision { .. }
            | Self::Installing { .. }
            | Self::NotYetValid { .. }
            | Self::Installed { .. }
            | Self::Withdrawn { .. } => None,
            Self::AtGate { .. } => Some(command::confirm(id)),
            Self::Payment { .. } | Self::PayOnline { .. } => Some(command::paid(&id.0)),
            Self::PreparingAgain(_)
            | Self::PutOff { .. }
            | Self::SendingAgain(_)
            | Self::InstallingAgain(_)
            | Self::HookFailed { .. }
            | Self::Refused { .. }
            | Self::CannotPrepare(_)
            | Self::CannotSend(_)
            | Self::Silent { .. }
            | Self::CannotInstall(_)
            | Self::GateClosed(_) => Some(command::retry(id)),
            Self::Expired { .. } => Some(command::withdraw(id)),
        }
    }

    pub fn problem(&self) -> Option<&'a Problem> {
        match self {
            Self::PreparingAgain(again) | Self::SendingAgain(again) => again.problem,
            Self::InstallingAgain(again) | Self::HookFailed { again, .. } => again.problem,
            Self::CannotPrepare(problem)
            | Self::CannotSend(problem)
            | Self::CannotInstall(problem) => Some(problem),
            _ => None,
        }
    }

    pub fn refusal(&self) -> Option<&'a Refusal> {
        match self {
            Self::Refused { refusal, .. }
            | Self::Expired { after: After::Refused(refusal), .. } => Some(refusal),
            _ => None,
        }
    }
}

fn stalled<'a>(obstacle: &'a Obstacle, was: &'a Stage) -> Situation<'a> {
    match obstacle {
        Obstacle::Preparation(problem) => Situation::CannotPrepare(problem),
        Obstacle::Transport(problem) => Situation::CannotSend(problem),
        Obstacle::Silence => {
            let dispatch = was.dispatch();
            Situation::Silent {
                sends: dispatch.map_or(1, |d| d.sends.max(1)),
                delivered: dispatch.and_then(|d| d.delivered),
            }
        }
        Obstacle::Installation(problem) => Situation::CannotInstall(problem),
        Obstacle::GateClosed(gate) => Situation::GateClosed(*gate),
    }
}

fn after(was: &Stage) -> After<'_> {
    match was {
        Stage::Opened { .. } | Stage::Gated { .. } => After::NothingSent,
        Stage::Prepared { dispatch } if dispatch.sends == 0 => After::NothingSent,
        Stage::Prepared { .. } | Stage::Sent { .. } | Stage::Acknowledged { .. } => After::Waiting,
        Stage::AwaitingPayment { invoice, .. } => After::Invoiced(invoice),
        Stage::Refused { refusal, .. } => After::Refused(refusal),
        Stage::Stalled { was, .. } | Stage::Expired { was, .. } => after(was),
        // These never expire; an answer is the most that could still be said of them.
        Stage::Granted { .. } | Stage::Installed { .. } | Stage::Withdrawn { .. } => After::Waiting,
    }
}

fn again<'a>(retry: Retry, journal: &[&'a Entry]) -> Option<Again<'a>> {
    (retry.failures > 0).then(|| Again {
        failures: retry.failures,
        next: retry.not_before,
        problem: journal.iter().rev().find_map(|entry| failure(entry.event.as_ref()?)),
    })
}

fn failure(event: &Event) -> Option<&Problem> {
    match event {
        Event::PrepareFailed { problem, .. }
        | Event::InstallFailed { problem, .. }
        | Event::SendFailed(
            SendFailure::Later(problem)
            | SendFailure::Rejected(problem)
            | SendFailure::Uncertain(problem),
        ) => Some(problem),
        _ => None,
    }
}

fn reason<'a>(journal: &[&'a Entry]) -> &'a str {
    let found = journal.iter().rev().find_map(|entry| match &entry.event {
        Some(Event::Withdrawn { reason }) => Some(reason.as_str()),
        _ => None,
    });
    found.unwrap_or_default()
}

/// Nobody read the mailbox for so long: something is wrong even if nothing said so (F9).
pub const MAILBOX_PATIENCE: Span = Span::hours(2);
