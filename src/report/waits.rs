//! How long an authority usually takes, from the journal.

use super::situation::Situation;
use super::{HolderView, Snapshot};
use crate::exchange::{Event, Exchange, Note, Purpose, StageName, Word};
use crate::time::{Span, Timestamp};

/// Fewer receipts than this say nothing about what is usual.
pub const ENOUGH: usize = 5;

/// Which answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// «We have it», counted from the first send.
    First,
    /// The decision, counted from the first answer; from the payment, when an invoice stood
    /// between.
    Second,
}

impl Answer {
    /// The answer that is waited for, if one is.
    pub fn awaited(situation: &Situation<'_>) -> Option<Self> {
        match situation {
            Situation::AwaitingReceipt { .. } => Some(Self::First),
            Situation::AwaitingDecision { .. } => Some(Self::Second),
            _ => None,
        }
    }
}

/// What is usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    pub receipts: usize,
    pub median: Span,
    /// 95 of 100 came within this.
    pub most: Span,
}

impl Usual {
    /// Whether there were enough receipts to speak of them.
    pub fn is_known(&self) -> bool {
        self.receipts >= ENOUGH
    }
}

/// The receipt times so far of the authority that `exchange` waits for; `None` before the first.
pub fn usual(snapshot: &Snapshot, exchange: &Exchange, answer: Answer) -> Option<Usual> {
    let mut times: Vec<Span> = Vec::new();
    for other in &snapshot.exchanges {
        if same_party(snapshot, exchange, other) {
            times.extend(times_of(snapshot, other, answer));
        }
    }
    times.sort_unstable();
    let rank = |percent: usize| {
        let place = (times.len() * percent).div_ceil(100).max(1);
        times.get(place - 1).copied()
    };
    Some(Usual { receipts: times.len(), median: rank(50)?, most: rank(95)? })
}

fn same_party(snapshot: &Snapshot, a: &Exchange, b: &Exchange) -> bool {
    let authority = |exchange: &Exchange| {
        let holder = |holder: &&HolderView| holder.id == exchange.holder;
        snapshot.holders.iter().find(holder).map(|holder| holder.authority.as_str())
    };
    // All notices go to one tax office.
    a.purpose == b.purpose && (a.purpose == Purpose::Notice || authority(a) == authority(b))
}

/// One time for each attempt that was answered.
fn times_of(snapshot: &Snapshot, exchange: &Exchange, answer: Answer) -> Vec<Span> {
    let (mut found, mut sent, mut delivered) = (Vec::new(), None, None);
    let own = snapshot.journal.iter().filter(|line| line.entry.exchange == exchange.id);
    for entry in own.map(|line| &line.entry) {
        let (Some(event), Some(note)) = (&entry.event, &entry.note) else { continue };
        if matches!(note, Note::Unexpected { .. }) {
            continue;
        }
        let since = |from: Option<Timestamp>| from.map(|from| entry.at - from);
        match event {
            Event::Prepared { .. } => (sent, delivered) = (None, None),
            Event::Sent => sent = sent.or(Some(entry.at)),
            Event::Heard { word: Word::Delivered, .. } => {
                if answer == Answer::First {
                    found.extend(since(sent));
                }
                delivered = Some(entry.at);
            }
            Event::Paid { .. } => delivered = Some(entry.at),
            // Somebody must pay first: the authority does not think meanwhile.
            Event::Heard { word: Word::Invoiced(_), .. } => delivered = None,
            Event::Heard { word: Word::Granted(_) | Word::Refused(_), .. } => {
                if answer == Answer::Second {
                    found.extend(since(delivered));
                }
                (sent, delivered) = (None, None);
            }
            _ => {}
        }
    }
    found
}

/// When the exchange came to the stage where it stands.
pub fn since(snapshot: &Snapshot, exchange: &Exchange) -> Timestamp {
    let here: StageName = exchange.stage.name();
    let own = snapshot.journal.iter().filter(|line| line.entry.exchange == exchange.id);
    let moved = own.filter(|line| match &line.entry.note {
        Some(Note::Moved { to, .. }) => *to == here,
        _ => false,
    });
    moved.map(|line| line.entry.at).next_back().unwrap_or(exchange.opened_at)
}
