//! Evidence packs: everything that shows what was asked, sent, answered and granted in one case,
//! in one file that can be verified on another machine years later.
//!
//! ```text
//! MANIFEST.json           every file with its kind, size and SHA-256; head of the journal's chain
//! summary.html            for people, in the organisation's language
//! journal.jsonl           a line an entry; each carries the SHA-256 of the line before
//! letters/sent-N.eml      as they went out; letters/received-N.eml as they came in
//! sealed/N.bin            the sealed application of each attempt, out of its letter
//! receipts/N.xml          authenticated contents (`.txt`, `.pdf`: as they are)
//! certificates/…          old and new ones of the holder, signers and roots of the authority
//! ```
//!
//! No secret is in it: keys never leave the vault, and the blocking phrase lies inside the sealed
//! application only. [`pack`] makes one, [`verify`] looks at one and believes nothing.

pub mod archive;
mod pack;
mod seals;
mod verify;

use serde::{Deserialize, Serialize};

use crate::exchange::{Digest, Event, Word};
use crate::report::dossier::Paper;
use crate::store::Entry;

pub use archive::Fault;
pub use pack::{PackError, Source, pack};
pub use seals::Seal;
pub use verify::{Verdict, verify};

/// Grows when a field changes its meaning.
const FORMAT: u32 = 1;
const JOURNAL: &str = "journal.jsonl";
const SUMMARY: &str = "summary.html";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: u32,
    program: String,
    exchange: String,
    organisation: String,
    code: String,
    /// When the pack was made, in seconds since 1970.
    made: i64,
    journal: Chain,
    files: Vec<Paper>,
    /// What the journal names and the store no longer had.
    missing: Vec<Digest>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Chain {
    lines: usize,
    /// SHA-256 of the last line, without its end.
    head: Digest,
}

/// A line of the journal. The first one's `previous` is all zeros.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    previous: Digest,
    number: u64,
    entry: Entry,
}

const NOTHING: Digest = Digest([0; 32]);

/// The kept files that an entry speaks of.
fn named(entry: &Entry) -> Vec<Digest> {
    let event = match &entry.event {
        Some(Event::Prepared { dispatch, .. }) => Some(dispatch.parcel),
        Some(Event::Heard { word: Word::Invoiced(invoice), .. }) => Some(invoice.receipt),
        Some(Event::Heard { word: Word::Refused(refusal), .. }) => Some(refusal.receipt),
        Some(Event::Heard { word: Word::Granted(grant), .. }) => Some(grant.bundle),
        _ => None,
    };
    event.into_iter().chain(entry.cause).collect()
}
