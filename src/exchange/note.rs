//! What a step has to say beside the new state: facts for the journal, put into words by `report`.

use serde::{Deserialize, Serialize};

use super::state::{Party, StageName};

/// What a step did with its event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// The stage changed.
    Moved { from: StageName, to: StageName },
    /// The stage is the same, something in it changed: a retry was counted, a date moved.
    Updated { stage: StageName },
    /// Nothing changed, rightly: what came was not waited for.
    Unexpected { stage: StageName, waited_for: Party, came: String, why: Anomaly },
}

/// Why an event changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anomaly {
    /// The exchange is closed.
    Closed,
    /// The same word was heard before, or a later one overtook it.
    Repeated,
    /// A word about an earlier attempt that decides nothing now.
    EarlierAttempt,
    /// A word about an attempt that was never made.
    UnknownAttempt,
    /// Woken before the time.
    TooEarly,
    /// Known and harmless: a mail server says that it is still trying.
    NoConsequence,
    /// The stage does not wait for this.
    NotWaitedFor,
}
