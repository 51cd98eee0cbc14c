//! Authorities: what is said (dialects), and how each one behaves (profiles). Pure.
//!
//! Sister dialects never import each other. A dialect turns an [`Application`] into a [`Parcel`],
//! and the parts of a delivery into [`Receipt`]s, which it may read only from content that an
//! [`Opener`] has authenticated.

mod profile;
pub mod smime;
pub mod sota;
pub(crate) mod xml;

use std::fmt;

use zeroize::Zeroizing;

use crate::crypto::{Certificate, CryptoError, OpenError, Opener, Sealer, Usage};
use crate::exchange::{Digest, DocumentNumber, Money};
use crate::mail::Part;
use crate::time::Timestamp;

pub use profile::{Payment, PriceList, Profile, ProfileError};

/// The owner's role, as the field names them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Director,
    Accountant,
    /// The company seal («Печатка установи»).
    Seal,
    Employee,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrganisationKind {
    /// Files J-forms.
    Legal,
    /// Files F-forms.
    SoleProprietor,
}

/// What the authority is told about the organisation.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Organisation {
    pub kind: OrganisationKind,
    pub name: String,
    /// ЄДРПОУ (8 digits), or ДРФО of a sole proprietor (10).
    pub code: String,
    /// Region and district of the tax office: C_REG 0–99, C_RAJ 0–99 (ukraine.md §2.1).
    pub region: u8,
    pub district: u8,
    /// Who answers for the certificates, and the phone.
    pub responsible: String,
    pub phone: String,
}

/// One key that wants a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    pub usage: Usage,
    /// DER of the PKCS#10.
    pub request: Vec<u8>,
    /// The valid certificate that it replaces.
    pub replaces: Certificate,
}

/// What is told to the authority, before sealing: one holder, one or both of the certificates.
#[derive(Clone)]
pub struct Application {
    pub organisation: Organisation,
    pub role: Role,
    /// Full name of the holder; the organisation's for a seal.
    pub holder: String,
    /// ДРФО of the holder; `None` for a seal.
    pub drfo: Option<String>,
    pub email: String,
    pub requests: Vec<Requested>,
    /// Years: 1 or 2.
    pub term: u8,
    pub start: jiff::civil::Date,
    /// Consent to publish the certificates.
    pub consent: bool,
    pub payment: Payment,
    pub sum: Money,
    /// «Парольний діалог»: said on the phone to block the certificates. A secret.
    pub blocking_phrase: Zeroizing<String>,
    /// Unique in the organisation and growing: our own counter, C_DOC_CNT.
    pub sequence: u32,
    pub filled_at: Timestamp,
    /// Where answers go.
    pub reply_to: String,
}

/// Sealed named bytes that travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    pub document: DocumentNumber,
    /// File name and content type of the attachment are the dialect's contract (F47).
    pub part: Part,
    /// The letter's subject; carries the reference for people and mail rules.
    pub subject: String,
    pub text: String,
}

/// What an authenticated answer says, before the engine keeps its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    Delivered,
    Invoiced {
        number: String,
        amount: Money,
        due: Option<Timestamp>,
    },
    /// The certificates, as they came; empty for a notice.
    Granted {
        certificates: Vec<Certificate>,
    },
    Refused {
        code: Option<String>,
        reasons: Vec<String>,
    },
}

/// One authenticated answer to one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What it answers; the key of correlation.
    pub answers: DocumentNumber,
    pub word: Word,
    /// The authenticated content; its digest tells repeats apart (F3).
    pub content: Vec<u8>,
    /// For people: «Квитанція №1».
    pub title: String,
    /// The authority's words, for showing.
    pub text: String,
    /// The authority's own date, when it states one.
    pub stated_at: Option<Timestamp>,
    /// Fingerprint of the certificate that signed it.
    pub signer: Digest,
}

/// Why a parcel can't be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComposeError {
    /// A datum that the form has no place for; `field` in the configuration's words.
    Unfit {
        field: &'static str,
        detail: String,
    },
    Crypto(CryptoError),
}

impl fmt::Display for ComposeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfit { field, detail } => write!(f, "{field}: {detail}"),
            Self::Crypto(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ComposeError {}

impl From<CryptoError> for ComposeError {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error)
    }
}

/// Why a delivery gives no receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Nothing in it is of this dialect: people's mail, not ours to judge.
    NotOurs,
    /// Of this dialect, but not to be trusted or opened.
    Untrusted(OpenError),
    /// Authentic, but not a document that we understand.
    Malformed { what: &'static str, detail: String },
    /// Authentic, but for somebody else.
    ForAnother { whom: String },
    /// A limit was passed.
    TooMuch { what: &'static str, limit: usize },
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOurs => f.write_str("nothing in it is from an authority"),
            Self::Untrusted(error) => error.fmt(f),
            Self::Malformed { what, detail } => write!(f, "{what} is malformed: {detail}"),
            Self::ForAnother { whom } => write!(f, "it is for another organisation ({whom})"),
            Self::TooMuch { what, limit } => write!(f, "{what}: more than {limit}"),
        }
    }
}

impl std::error::Error for Unreadable {}

impl From<OpenError> for Unreadable {
    fn from(error: OpenError) -> Self {
        Self::Untrusted(error)
    }
}

/// How one kind of authority talks.
pub trait Dialect: Send + Sync {
    /// `sota`, `smime`: the word in profiles and configuration.
    fn name(&self) -> &'static str;

    /// Seals an application. The same arguments give the same document number.
    fn compose(
        &self,
        application: &Application,
        sealer: &mut Sealer<'_>,
    ) -> Result<Parcel, ComposeError>;

    /// Reads the parts of one delivery for the organisation with `code`. `Ok` holds at least one
    /// receipt. [`Unreadable::NotOurs`] only when no part looks like this dialect at all.
    fn interpret(
        &self,
        parts: &[Part],
        code: &str,
        opener: &Opener<'_>,
    ) -> Result<Vec<Receipt>, Unreadable>;
}

/// The dialects by name: the whole list, in one place.
pub fn dialect(name: &str) -> Option<Box<dyn Dialect>> {
    match name {
        "smime" => Some(Box::new(smime::Smime)),
        "sota" => Some(Box::new(sota::Sota)),
        _ => None,
    }
}
