//! Whether the daemon does its work, for probes: a yes, or a no with one line why. What a *person*
//! must do does not count here; for that there are notices, the page and the metrics.

use serde::Serialize;

use super::Bulletin;
use crate::report::MAILBOX_PATIENCE;
use crate::time::{Span, Timestamp};

/// A round may take its time: slow servers, many letters.
const ROUND_PATIENCE: Span = Span::minutes(10);

/// The answer of `/health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    pub format: u32,
    pub healthy: bool,
    /// One line; empty when healthy.
    pub why: String,
    #[serde(serialize_with = "rfc3339")]
    pub started: Timestamp,
    /// `null` before the first.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub last_round: Option<Timestamp>,
    #[serde(serialize_with = "rfc3339_or_null")]
    pub mailbox_read: Option<Timestamp>,
}

/// How the daemon is at `now`.
pub fn examine(bulletin: &Bulletin, now: Timestamp) -> Health {
    let snapshot = bulletin.snapshot.as_deref();
    let why = ailment(bulletin, now).map(|why| why.replace('\n', " "));
    Health {
        format: 1,
        healthy: why.is_none(),
        why: why.unwrap_or_default(),
        started: bulletin.started,
        last_round: snapshot.map(|snapshot| snapshot.now),
        mailbox_read: snapshot.and_then(|snapshot| snapshot.mailbox_read),
    }
}

/// The first thing that is wrong.
fn ailment(bulletin: &Bulletin, now: Timestamp) -> Option<String> {
    if let Some(why) = &bulletin.failure {
        return Some(format!("the last round failed: {why}"));
    }
    let snapshot = bulletin.snapshot.as_deref();
    let round = snapshot.map_or(bulletin.started, |snapshot| snapshot.now);
    // Two polls, so that a round at the very end of one is in time.
    let patience = Span(bulletin.poll.0.saturating_mul(2)) + ROUND_PATIENCE;
    if now - round > patience {
        return Some(match snapshot {
            Some(_) => format!("no round ended since {round}"),
            None => format!("no round ended since the start at {round}"),
        });
    }
    if let Some(clock) = snapshot.and_then(|s| s.troubles.iter().find(|t| t.label == "clock")) {
        return Some(format!("the clock is in doubt: {}", clock.detail));
    }
    let read = snapshot.and_then(|snapshot| snapshot.mailbox_read);
    // Who just started may not have come to it yet, however long it was down before.
    let since = read.map_or(bulletin.started, |read| read.max(bulletin.started));
    let patience = MAILBOX_PATIENCE.max(patience);
    (now - since > patience).then(|| match read {
        Some(read) => format!("the mailbox was last read at {read}"),
        None => format!("the mailbox was never read since the start at {}", bulletin.started),
    })
}

fn rfc3339<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

fn rfc3339_or_null<S: serde::Serializer>(
    at: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.collect_str(at),
        None => serializer.serialize_none(),
    }
}
