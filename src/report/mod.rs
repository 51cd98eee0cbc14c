//! Words for people. [`Snapshot`] is what certpost knows; a `Report` is the same in plain words
//! and order of importance; html, csv and the terminal are renderings of it.

use crate::authority::{Organisation, Payment, Role};
use crate::crypto::{Certificate, Usage};
use crate::exchange::{Exchange, Money};
use crate::store::{Arrival, Numbered};
use crate::time::Timestamp;

/// A language for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Uk,
    En,
}

/// One holder as the report sees it.
#[derive(Clone, Debug)]
pub struct HolderView {
    pub id: String,
    pub role: Role,
    pub name: String,
    pub authority: String,
    /// Whether its users speak of квитанція №1 and №2.
    pub numbered_receipts: bool,
    pub lead_days: u16,
    /// What is in place now.
    pub certificates: Vec<(Usage, Certificate)>,
    pub term: u8,
    pub payment: Payment,
    pub price: Option<Money>,
}

/// Everything a report is made from, at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub now: Timestamp,
    /// IANA zone for dates that people read.
    pub zone: String,
    pub organisation: Organisation,
    pub holders: Vec<HolderView>,
    pub exchanges: Vec<Exchange>,
    pub journal: Vec<Numbered>,
    pub arrivals: Vec<Arrival>,
    /// What keeps the daemon as a whole from working, if anything: mailbox, clock, disk.
    pub troubles: Vec<crate::exchange::Problem>,
    /// When the mailbox was last read with success.
    pub mailbox_read: Option<Timestamp>,
}
