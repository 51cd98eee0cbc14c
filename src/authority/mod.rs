//! Authorities: what is said (dialects), and how each one behaves (profiles). Pure.
//!
//! Sister dialects never import each other. A dialect turns an [`Application`] into a [`Parcel`],
//! and the parts of a delivery into [`Receipt`]s, which it may read only from content that an
//! [`Opener`] has authenticated.

mod profile;
mod role;
mod safe_day;
pub mod smime;
pub mod sota;
pub(crate) mod xml;

use std::fmt;

use zeroize::Zeroizing;

use crate::crypto::{Certificate, CryptoError, OpenError, Opener, Sealer, Usage};
use crate::exchange::{Digest, DocumentNumber, Money, Problem};
use crate::mail::Part;
use crate::time::Timestamp;

pub use safe_day::last_safe_day;

pub use profile::{Payment, PriceList, Profile, ProfileError};
pub use role::{Owner, RoleHint, role_hint};

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

/// From which day the next certificates are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// The day of the application.
    #[default]
    Request,
    /// The day on which the old ones end.
    OldEnd,
    /// This day; when it has passed, the day of the application.
    On(jiff::civil::Date),
}

impl Start {
    /// The day to ask for, on `today`; `end` is the day on which the old certificates end. `None`:
    /// it lies behind that day, and for a while there would be no certificate at all.
    pub fn day(
        self,
        today: jiff::civil::Date,
        end: jiff::civil::Date,
    ) -> Option<jiff::civil::Date> {
        let wanted = match self {
            Self::Request => today,
            Self::OldEnd => end.max(today),
            Self::On(day) => day.max(today),
        };
        (wanted <= end.max(today)).then_some(wanted)
    }
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
    /// The order that this application is a part of: what is asked of one authority on one day,
    /// `99912345-20261122`. Invoices name it.
    pub order: String,
    /// «Парольний діалог»: said on the phone to block the certificates. A secret.
    pub blocking_phrase: Zeroizing<String>,
    /// Unique in the organisation and growing: our own counter, C_DOC_CNT.
    pub sequence: u32,
    pub filled_at: Timestamp,
    /// Where answers go.
    pub reply_to: String,
}

/// One row of the notice: whose new key the tax office is told about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Official {
    /// Director, accountant or seal: the form has no word for an employee.
    pub role: Role,
    /// Full name; the organisation's for a seal.
    pub name: String,
    /// ДРФО; the organisation's code for a seal.
    pub code: String,
    /// subjectKeyIdentifier of the new signing certificate.
    pub key_id: Vec<u8>,
}

/// What the tax office is told once new certificates are in (J1391103, F1391103), before sealing.
///
/// The [`Sealer`]'s signers are the new pairs of `officials` in their order, then the head's pair
/// that still has the status: each signs what the one before it has signed (ukraine.md §2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub organisation: Organisation,
    /// C_DOC_VER: 3 or 4.
    pub version: u8,
    /// In the order of the table, which is the order of the signatures.
    pub officials: Vec<Official>,
    /// The head of the organisation: full name.
    pub head: String,
    /// The office's name, for HSTI.
    pub office: String,
    /// As in [`Application::sequence`].
    pub sequence: u32,
    pub filled_at: Timestamp,
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

/// What an authentic invoice says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoiced {
    pub number: String,
    /// The order it is for, when it names one. One invoice may answer several applications: it
    /// is a [`Receipt`] for each of them.
    pub order: Option<String>,
    pub dated: Option<jiff::civil::Date>,
    /// All that is to be paid, VAT included.
    pub amount: Money,
    /// VAT inside `amount`; `None`: without VAT, or nothing said of it.
    pub vat: Option<Money>,
    pub due: Option<Timestamp>,
    pub payee: Option<Payee>,
    /// SHA-256 of the PDF that travels beside it: only such a PDF is believed.
    pub pdf: Option<Digest>,
    /// The authority's word that the money came, and when: the same invoice once more.
    pub paid: Option<jiff::civil::Date>,
}

/// Where the money goes.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Payee {
    pub name: String,
    /// ЄДРПОУ.
    pub code: String,
    pub iban: String,
    /// «Призначення платежу».
    pub purpose: String,
}

/// What an authenticated answer says, before the engine keeps its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    Delivered,
    Invoiced(Box<Invoiced>),
    /// The certificates, as they came; empty for a notice.
    Granted {
        certificates: Vec<Certificate>,
        /// The authority's number of the document, when it gives one.
        registration: Option<String>,
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

impl Unreadable {
    /// Why our key does not open it now, where that is all: nothing is wrong with the bytes.
    pub fn elsewhere(&self) -> Option<Problem> {
        match self {
            Self::Untrusted(OpenError::Crypto(CryptoError::Elsewhere(problem))) => {
                Some(problem.clone())
            }
            _ => None,
        }
    }
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

    /// The same document before it is signed and encrypted, as text for people; lines end in LF.
    /// It holds whatever blocking phrase the application has.
    fn document(&self, application: &Application) -> Result<String, ComposeError>;

    /// Seals the notice to the tax office; a dialect that no tax office speaks has none.
    fn compose_notice(
        &self,
        _notice: &Notice,
        _sealer: &mut Sealer<'_>,
    ) -> Result<Parcel, ComposeError> {
        let detail = format!("the dialect {} has no notice to the tax office", self.name());
        Err(ComposeError::Unfit { field: "tax-office.profile", detail })
    }

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
