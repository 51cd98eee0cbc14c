//! The rules that an authority's profile gives to the heart. Plain data.

use serde::{Deserialize, Serialize};

use super::state::Gate;
use crate::time::{Calendar, Span, Timestamp};

/// How long we wait for an answer before silence means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Patience {
    Minutes(u32),
    /// Hours of the authority's working time.
    WorkingHours(u32),
    /// Until the close of business that many working days later.
    WorkingDays(u32),
}

impl Patience {
    pub fn after(self, from: Timestamp, calendar: &Calendar) -> Timestamp {
        match self {
            Patience::Minutes(n) => from + Span::minutes(i64::from(n.max(1))),
            Patience::WorkingHours(n) => calendar.after_working_hours(from, n.max(1)),
            Patience::WorkingDays(n) => calendar.after_working_days(from, n.max(1)),
        }
    }
}

/// What silence means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Silence {
    /// Send the same bytes again, up to `max_sends`, then call a person.
    Resend,
    /// Call a person at once.
    Stall,
}

/// The written retry waits, in minutes, for what we owe; the last rung repeats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ladder(pub Vec<u32>);

impl Ladder {
    /// The wait after the `failures`-th failure in a row (1-based). An empty ladder waits an hour.
    pub fn wait(&self, failures: u32) -> Span {
        let rung = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
        let minutes = self.0.get(rung).or(self.0.last()).copied().unwrap_or(60);
        Span::minutes(i64::from(minutes.max(1)))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// Retry waits for preparing, sending and installing.
    pub ladder: Ladder,
    /// Sent, but nobody said "we have it".
    pub delivered_within: Patience,
    /// They have it, but nobody decided.
    pub decided_within: Patience,
    /// How long a person may take to open a gate.
    pub gate_within: Patience,
    /// How often a person is reminded of an unpaid invoice.
    pub payment_reminder: Patience,
    pub silence: Silence,
    /// Sends of the same bytes, the first included.
    pub max_sends: u32,
    pub gates: Vec<Gate>,
    pub calendar: Calendar,
}
