//! What the authority understood of a parcel, in its own words. Both fronts (`sota`, `smime`) read
//! into this, from the pages in `schemas/`, and answer from [`Answer`].

use jiff::civil::Date;

use super::till::Invoice;
use crate::authority::Role;
use crate::crypto::{Certificate, Usage};
use crate::exchange::Money;
use crate::time::Timestamp;

/// An application as it arrived and opened.
#[derive(Clone, Debug)]
pub struct Petition {
    /// The document number, as the applicant will look for it in answers.
    pub number: String,
    pub code: String,
    pub organisation: String,
    pub role: Role,
    pub holder: String,
    pub drfo: Option<String>,
    pub term: u8,
    pub start: Date,
    pub sum: Money,
    pub asks_invoice: bool,
    /// The order that it is a part of.
    pub order: String,
    pub asks: Vec<Asked>,
    /// Whoever signed it, verified as mathematics only.
    pub signer: Certificate,
    /// Where the answer goes, and to whose key it can be sealed.
    pub reply_to: String,
}

#[derive(Clone, Debug)]
pub struct Asked {
    pub usage: Usage,
    /// PKCS#10 as it came.
    pub request: Vec<u8>,
    /// Serial number, lower-case hexadecimal, of the certificate that it replaces.
    pub replaces: String,
}

/// What the authority says.
#[derive(Clone, Debug)]
pub enum Saying {
    Delivered,
    Invoice(Invoice),
    Granted { certificates: Vec<Certificate>, registration: String },
    Refused { code: Option<String>, reasons: Vec<String>, at_once: bool },
}

/// One answer, before it is written in the dialect and sealed.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    pub petition: &'a Petition,
    pub saying: &'a Saying,
    /// The organisation's code to write: another's when the answer is forged so.
    pub code: &'a str,
    /// The authority's own name and code.
    pub issuer: &'a str,
    pub issuer_code: &'a str,
    pub at: Timestamp,
}
