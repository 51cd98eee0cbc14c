//! Whoever answers letters on the other side: a certification authority, a tax office. Pure: a
//! parcel, a moment and chance go in; answers, each with the moment at which it leaves, come out.

use std::fmt;
use std::path::Path;

use crate::crypto::{Certificate, CryptoError, CryptoRng, Pair, Suite};
use crate::mail::Part;
use crate::time::Timestamp;

/// An answer that leaves at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed {
    pub at: Timestamp,
    pub to: String,
    /// Tells answers apart in Message-IDs: equal answers have equal names.
    pub name: String,
    pub part: Part,
    /// What travels with it in the clear: the PDF of an invoice.
    pub beside: Vec<Part>,
    pub subject: String,
    pub text: String,
}

/// Why a parcel could not be understood. Nobody is told: the clerk can't know who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unintelligible(pub String);

pub(super) fn odd(what: impl Into<String>) -> Unintelligible {
    Unintelligible(what.into())
}

/// Why a clerk did not answer a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Silence {
    Unintelligible(Unintelligible),
    Crypto(CryptoError),
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unintelligible(why) => f.write_str(&why.0),
            Self::Crypto(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Silence {}

impl From<CryptoError> for Silence {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error)
    }
}

impl From<Unintelligible> for Silence {
    fn from(why: Unintelligible) -> Self {
        Self::Unintelligible(why)
    }
}

/// What is needed to seal an answer.
pub(super) struct Sealing<'a> {
    pub suite: &'a dyn Suite,
    /// `None`: nobody signs it.
    pub signer: Option<&'a Pair>,
    pub agreement: &'a Pair,
    /// `None`: it travels unencrypted.
    pub recipient: Option<&'a Certificate>,
}

/// An answer, written and sealed, before its moment and its receiver.
pub(super) struct Paper {
    pub part: Part,
    pub beside: Vec<Part>,
    pub subject: String,
    pub text: String,
}

/// One who answers, as a program needs him.
pub trait Clerk: Send {
    /// Reads a parcel and decides what can be decided at once.
    fn hear(
        &mut self,
        parts: &[Part],
        now: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Timed>, Silence>;

    /// What has become due up to `until` without a parcel, each at its own moment.
    fn due(
        &mut self,
        _until: Timestamp,
        _chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Timed>, Silence> {
        Ok(Vec::new())
    }

    /// When something next becomes due so.
    fn next(&self) -> Option<Timestamp> {
        None
    }

    /// Whether something that was heard is still undecided, and lost by a restart unless it is
    /// read again.
    fn is_undecided(&self) -> bool {
        false
    }

    /// The money for an invoice is here. False when no unpaid invoice has this number.
    fn pay(&mut self, _invoice: &str, _now: Timestamp) -> bool {
        false
    }

    /// Keeps what a restart must know in `folder`.
    fn save(&self, folder: &Path) -> std::io::Result<()>;
}
