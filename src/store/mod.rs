//! Memory: what certpost knows, durably.
//!
//! State is truth; the journal is evidence and can be replayed to the same state. Bytes that can't
//! be made again (sealed parcels, raw letters, receipts, granted bundles) are files named by
//! digest ([`Store::keep`]); states, journal and index are records. A [`Store::commit`] that
//! returned is on the disk.

#[cfg(test)]
mod contract;
pub mod durable;
mod files;
#[cfg(test)]
mod frozen;
mod history;
pub mod memory;
mod record;
mod replay;
pub mod sled;
mod tally;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::exchange::{Digest, DocumentNumber, Event, Exchange, ExchangeId, Note, Policy};
use crate::time::Timestamp;

pub use replay::{Difference, replay};

/// One line of the journal: what came, when, what it did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub exchange: ExchangeId,
    pub at: Timestamp,
    /// `None` for the opening of the exchange.
    pub event: Option<Event>,
    /// `None` for the opening.
    pub note: Option<Note>,
    /// Digest of the rules that applied; the rules themselves are kept once.
    pub policy: Digest,
    /// The letter or receipt that caused it, kept as a file.
    pub cause: Option<Digest>,
    /// The authority's words, or ours, for showing; never a secret.
    pub words: String,
}

/// A journal line with its place: 1-based, without gaps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Numbered {
    pub number: u64,
    pub entry: Entry,
}

/// What became of something that came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It moved, or was noted with, this exchange.
    Claimed(ExchangeId),
    /// Authentic, but nobody waited for it. Kept and shown.
    Unclaimed { reason: String },
    /// Could not be trusted or read. Kept and shown.
    Quarantined { reason: String },
    /// Not for us to judge: people's mail, auto-replies, lists.
    PassedOver { reason: String },
}

/// Something that came in, by the digest of its raw bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    pub raw: Digest,
    /// Digests of the authenticated contents inside, so that the same word in another envelope is
    /// known too (F3).
    pub contents: Vec<Digest>,
    pub at: Timestamp,
    pub from: String,
    pub subject: String,
    pub fate: Fate,
}

/// What one event changes, in one transaction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Commit {
    /// The new state of the exchange.
    pub exchange: Option<Exchange>,
    /// Document numbers that now belong to that exchange, with the attempt they stand for. Without
    /// an exchange the whole commit is refused.
    pub documents: Vec<(DocumentNumber, u32)>,
    pub entries: Vec<Entry>,
    /// An arrival with raw bytes that are known already is judged anew and keeps its place; its
    /// contents may grow, not shrink.
    pub arrival: Option<Arrival>,
    /// The rules that `entries` refer to; kept once per digest.
    pub policy: Option<(Digest, Policy)>,
    /// Named small values: counters, bookmarks of carriers, the last good time.
    pub values: Vec<(String, String)>,
}

/// Whose document a number is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    pub exchange: ExchangeId,
    pub attempt: u32,
}

/// Kept bytes of the store in `folder`, also while another process has it open.
pub fn kept_beside(
    folder: &std::path::Path,
    digest: &Digest,
) -> Result<Option<Vec<u8>>, StoreError> {
    files::Files::beside(folder.join("files")).kept(digest)
}

/// Reads every kept file of the store in `folder` and compares it with its name; how many there
/// are. Fails at the first that was changed.
pub fn check_kept(folder: &std::path::Path) -> Result<usize, StoreError> {
    files::Files::beside(folder.join("files")).check()
}

/// Why the store could not do it.
#[derive(Debug)]
pub enum StoreError {
    /// Another process has the database open.
    Busy { place: String },
    /// Records or files are missing or changed. Never silent.
    Damaged { place: String, detail: String },
    /// The disk is full, or refuses.
    Io { operation: &'static str, place: String, source: std::io::Error },
    /// Written by a newer certpost.
    TooNew { place: String, version: u32 },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy { place } => write!(f, "{place} is in use by another certpost"),
            Self::Damaged { place, detail } => write!(f, "{place} is damaged: {detail}"),
            Self::Io { operation, place, .. } => write!(f, "cannot {operation} {place}"),
            Self::TooNew { place, version } => {
                write!(f, "{place} was written by a newer certpost (format {version})")
            }
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Documents in a commit without an exchange: a mistake of ours, refused before anything is written.
fn ownerless(place: &str) -> StoreError {
    let source = std::io::Error::new(
        std::io::ErrorKind::InvalidInput,
        "document numbers come without the exchange that owns them",
    );
    StoreError::Io { operation: "commit to", place: place.into(), source }
}

/// The contract; `store/contract.rs` tests every implementation against it.
pub trait Store: Send + Sync {
    /// All or nothing, and on the disk when it returns `Ok`.
    fn commit(&self, commit: &Commit) -> Result<(), StoreError>;

    /// Every exchange, by id.
    fn exchanges(&self) -> Result<Vec<Exchange>, StoreError>;

    fn exchange(&self, id: &ExchangeId) -> Result<Option<Exchange>, StoreError>;

    fn owner(&self, document: &DocumentNumber) -> Result<Option<Owner>, StoreError>;

    /// The journal in its order, of one exchange or of all.
    fn journal(&self, of: Option<&ExchangeId>) -> Result<Vec<Numbered>, StoreError>;

    fn policy(&self, digest: &Digest) -> Result<Option<Policy>, StoreError>;

    /// The arrival with these raw bytes, if it came before.
    fn arrival(&self, raw: &Digest) -> Result<Option<Arrival>, StoreError>;

    /// The arrival that first carried this authenticated content.
    fn arrival_with(&self, content: &Digest) -> Result<Option<Arrival>, StoreError>;

    /// Every arrival, oldest first.
    fn arrivals(&self) -> Result<Vec<Arrival>, StoreError>;

    fn value(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Keeps bytes under their digest, durably (temporary name, fsync, rename, fsync of the
    /// folder). Keeping the same bytes again is free.
    fn keep(&self, bytes: &[u8]) -> Result<Digest, StoreError>;

    /// Kept bytes; `Damaged` when they no longer answer their digest.
    fn kept(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError>;
}
