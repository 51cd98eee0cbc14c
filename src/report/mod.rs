//! Words for people. [`Snapshot`] is what certpost knows; [`build`] makes a [`Report`] of it, the
//! same in plain words and in order of importance; [`html`], [`csv`], [`xlsx`], [`pdf`],
//! [`calendar`], [`terminal`] and [`json`] are renderings of a report. Everything here is a pure function; strings come out.
//!
//! In reading order: `situation` says what the rules of a line are (how grave, whose turn, which
//! command), `words` says it in a language, `line`, `timeline`, `journal` and `tables` put one
//! thing together, `build` puts the page together.

mod bills;
mod build;
pub mod calendar;
mod checked;
mod columns;
pub mod command;
pub mod csv;
mod days;
mod doctor;
pub mod dossier;
pub mod html;
mod journal;
pub mod json;
pub mod label;
pub mod letters;
mod line;
pub mod message;
mod orders;
pub mod payment;
pub mod pdf;
pub mod plan;
pub mod progress;
mod rehearsal;
pub mod sheets;
mod situation;
mod standing;
pub mod summary;
mod tables;
pub mod terminal;
mod timeline;
mod waits;
pub mod why;
mod words;
pub mod xlsx;

use jiff::civil::Date;
use serde::Serialize;

use crate::authority::{Organisation, Payment, Role};
use crate::crypto::Usage;
use crate::engine::Ignored;
use crate::exchange::{DocumentNumber, Exchange, ExchangeId, Money, StageName};
use crate::store::{Arrival, Fate, Numbered};
use crate::time::Timestamp;

pub use bills::Bill;
pub use build::build;
pub use checked::{Finding, checked};
pub use doctor::{Fact, Found, Probe, doctor};
pub use journal::whole as journal;
pub use label::{LABELS, Label};
pub use rehearsal::rehearsal;
pub use situation::Clock;
pub use situation::MAILBOX_PATIENCE;
pub use standing::Standing;

/// What the bank's file and the invoice's PDF beside a page are called.
pub fn file_labels(language: Language) -> (&'static str, &'static str) {
    let labels = words::of(language).labels();
    (labels.payment_file, labels.invoice_file)
}

/// A language for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Uk,
    En,
    Ru,
    Be,
}

impl Language {
    /// Every language, as people write it in the configuration.
    pub const ALL: &[(&str, Language)] =
        &[("uk", Language::Uk), ("en", Language::En), ("ru", Language::Ru), ("be", Language::Be)];

    /// BCP 47, for `lang` attributes.
    pub fn tag(self) -> &'static str {
        match self {
            Language::Uk => "uk",
            Language::En => "en",
            Language::Ru => "ru",
            Language::Be => "be",
        }
    }

    pub fn read(tag: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == tag).map(|(_, language)| *language)
    }
}

/// One certificate as the report sees it; `crypto` stays out of here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct CertificateView {
    pub usage: Usage,
    /// Hexadecimal, as `Certificate::serial`.
    pub serial: String,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// The subject in words: common name or full name.
    pub subject: String,
    /// The certificate itself, for partners who must be given it.
    pub pem: String,
}

/// One holder as the report sees it.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
pub struct HolderView {
    pub id: String,
    pub role: Role,
    pub name: String,
    /// The authority's title for people: `ЦСК «Україна»`.
    pub authority: String,
    /// Whether its users speak of квитанція №1 and №2.
    pub numbered_receipts: bool,
    pub lead_days: u16,
    /// What is in place now.
    pub certificates: Vec<CertificateView>,
    pub term: u8,
    pub payment: Payment,
    pub price_class: Option<String>,
    /// Where an on-line payment is made, when the profile knows.
    pub payment_page: Option<String>,
    pub price: Option<Money>,
    /// Consent to publish the certificates; without it partners get them by hand.
    pub consent: bool,
    /// A person asked not to begin before this day.
    pub snoozed: Option<Date>,
    /// From [`last_safe_day`](crate::authority::last_safe_day); shown while a renewal waits for a person.
    pub last_safe_day: Option<Date>,
}

/// The hook of an installed exchange failed, and is tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct HookView {
    pub exchange: ExchangeId,
    /// In a row, at least 1.
    pub failures: u32,
    pub next: Option<Timestamp>,
    pub problem: crate::exchange::Problem,
}

/// Everything a report is made from, at one moment.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
pub struct Snapshot {
    pub now: Timestamp,
    /// IANA zone for dates that people read.
    pub zone: String,
    pub organisation: Organisation,
    pub holders: Vec<HolderView>,
    pub exchanges: Vec<Exchange>,
    /// The hooks that failed.
    #[serde(default)]
    pub hooks: Vec<HookView>,
    /// Oldest first.
    pub orders: Vec<crate::engine::order::Order>,
    /// Of open notices to the tax office: the last day on which they can safely be sent.
    pub notice_days: Vec<(ExchangeId, Date)>,
    /// The authorities' registration numbers, by document.
    pub registrations: Vec<(DocumentNumber, String)>,
    pub journal: Vec<Numbered>,
    pub arrivals: Vec<Arrival>,
    /// Letters in quarantine that a person has dealt with.
    #[serde(default)]
    pub ignored: Vec<Ignored>,
    /// What keeps the daemon as a whole from working, if anything: mailbox, clock, disk.
    pub troubles: Vec<crate::exchange::Problem>,
    /// When the mailbox was last read with success.
    pub mailbox_read: Option<Timestamp>,
}

impl Snapshot {
    /// Letters in quarantine that nobody has dealt with.
    pub fn quarantined(&self) -> impl Iterator<Item = &Arrival> {
        let dealt_with = |one: &&Arrival| !self.ignored.iter().any(|known| known.raw == one.raw);
        let arrivals = self.arrivals.iter();
        arrivals.filter(|one| matches!(one.fate, Fate::Quarantined { .. })).filter(dealt_with)
    }
}

/// How grave a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Success,
    Normal,
    Warning,
    Error,
}

/// What a section is about, in order of importance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    NeedsYou,
    UnderWay,
    EndsSoon,
    Done,
    /// Holders about whom there is nothing to say.
    Calm,
}

/// The page in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub language: Language,
    #[serde(serialize_with = "rfc3339")]
    pub at: Timestamp,
    /// `22.11.2026, 09:41`
    pub as_of: String,
    pub organisation: String,
    /// `ЄДРПОУ 33300000`
    pub code: String,
    /// The gravest of all lines.
    pub severity: Severity,
    /// The worst of all open cases and troubles.
    pub standing: Standing,
    /// How many things need a person.
    pub needed: usize,
    /// The answer first: `Потрібні ви: 2 справи.`
    pub verdict: String,
    /// What follows the verdict.
    pub rest: String,
    /// Never empty ones.
    pub sections: Vec<Section>,
    pub certificates: Vec<CertificateRow>,
    pub orders: Vec<Order>,
    /// Over all orders made, when there is more than one; one text a currency, joined.
    pub total: Option<String>,
    /// Mailbox, quarantine, unclaimed.
    pub post: Vec<Remark>,
    /// For tables in other programs.
    pub rows: Vec<Row>,
    /// Every exchange, closed ones too, newest first.
    pub cases: Vec<Line>,
    /// The same as tables with dates and numbers.
    #[serde(skip)]
    pub sheets: Vec<sheets::Sheet>,
    /// Unpaid invoices, ready for the bank.
    #[serde(skip)]
    pub bills: Vec<Bill>,
    /// Days that matter, earliest first.
    #[serde(skip)]
    pub days: Vec<calendar::Event>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Section {
    pub topic: Topic,
    pub title: String,
    pub lines: Vec<Line>,
}

/// One thing to know: an exchange, a trouble, or a holder.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// The exchange, for commands: `director-1`. `None` when there is none.
    pub id: Option<String>,
    pub holder: Option<String>,
    /// For machines; people read `badge`.
    pub stage: Option<StageName>,
    pub severity: Severity,
    /// For machines: whose turn it is, and how bad that is.
    pub standing: Standing,
    /// `Директор`; the heading of a trouble.
    pub role: String,
    /// `Яременко Остап Ількович`; empty for a seal, a notice and a trouble.
    pub name: String,
    /// `Яременко О. І.`
    pub short_name: String,
    /// Two or three words.
    pub badge: String,
    /// What happened and what comes next, in sentences.
    pub told: String,
    /// The authority's words, as it wrote them.
    pub quotes: Vec<String>,
    /// The problem's label, for machines: `hook-failed`.
    pub label: Option<String>,
    /// Technical words about a problem, for the one who repairs it.
    pub detail: Option<String>,
    pub action: Option<Action>,
    /// `Сертифікати діють до 18.12.2026 (26 днів).`
    pub ends: Option<String>,
    pub days_left: Option<i64>,
    pub steps: Vec<TimelineStep>,
    /// Name and value: document number, attempt, invoice.
    pub facts: Vec<(String, String)>,
    /// What the authority wrote, oldest first.
    pub receipts: Vec<ReceiptLine>,
    /// The journal in words, oldest first.
    pub journal: Vec<JournalLine>,
}

/// A receipt or an invoice of the authority.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReceiptLine {
    /// `Квитанція №1`
    pub title: String,
    #[serde(serialize_with = "rfc3339")]
    pub at: Timestamp,
    pub when: String,
    /// The authority's words; empty when it has none.
    pub words: String,
}

impl Line {
    /// `Директор — Яременко Остап Ількович`
    pub fn title(&self) -> String {
        if self.name.is_empty() {
            return self.role.clone();
        }
        format!("{} — {}", self.role, self.name)
    }
}

/// The one next thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Action {
    pub text: String,
    pub command: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    Done,
    Now,
    Later,
    /// It went wrong here.
    Failed,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimelineStep {
    pub label: String,
    pub progress: Progress,
    /// `21.11, 17:00`, `до 23.11, 18:00` or empty.
    pub when: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JournalLine {
    /// Its place in the whole journal.
    pub number: u64,
    /// For machines: `opened`, or the event's word.
    pub event: String,
    #[serde(serialize_with = "rfc3339")]
    pub at: Timestamp,
    pub when: String,
    pub text: String,
    /// The authority's words, or ours, as kept with the entry.
    pub words: String,
    /// Digest of the letter that caused it, which is kept under this name.
    pub cause: Option<String>,
}

/// Certificates of one holder that end on the same day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CertificateRow {
    pub holder: String,
    pub role: String,
    pub short_name: String,
    /// `підпис, шифрування`
    pub usages: String,
    pub until: String,
    pub days_left: i64,
    pub left: String,
    /// Of the days in which a renewal runs, 0–100: full until they begin.
    pub percent: u8,
    /// While those days run.
    pub last_safe_day: Option<SafeDay>,
    /// How near the end is: Success beyond the lead, Warning within it, Error in the last week.
    pub nearness: Severity,
    pub badge: String,
    pub severity: Severity,
}

/// The last day on which an application can safely be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SafeDay {
    pub day: String,
    /// On the scale of [`CertificateRow::percent`].
    pub percent: u8,
}

/// What was, or will be, ordered on one day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Order {
    /// For commands; `None` for what is only planned.
    pub number: Option<String>,
    pub title: String,
    /// `None`: only planned.
    #[serde(skip)]
    pub day: Option<Date>,
    pub items: Vec<OrderItem>,
    pub total: String,
    /// VAT inside `total`, when the price list names a rate.
    pub vat: Option<String>,
    pub invoices: Vec<InvoiceView>,
}

/// An invoice in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InvoiceView {
    /// `Рахунок № СФ-000001 від 20.11.2026`
    pub title: String,
    /// `до сплати`
    pub state: String,
    pub severity: Severity,
    /// The authority still waits for the money.
    pub owed: bool,
    /// The sum is not what the price list says.
    pub warning: Option<String>,
    /// Name and value: sum, VAT, last day, payee, IBAN, purpose.
    pub facts: Vec<(String, String)>,
    /// The same as data.
    pub paper: crate::engine::order::FiledInvoice,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OrderItem {
    /// `None` for what is only planned.
    pub exchange: Option<String>,
    pub role: String,
    pub short_name: String,
    /// `підпис, шифрування`
    pub usages: String,
    pub term: String,
    pub payment: String,
    /// Where the application stands; empty for what is only planned.
    pub state: String,
    pub severity: Severity,
    pub sum: String,
    #[serde(skip)]
    pub money: Option<Money>,
}

/// A sentence and the command that shows more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    pub severity: Severity,
    pub text: String,
    pub command: Option<String>,
}

/// One holder, one certificate, its latest exchange: as texts, in the order of the header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub holder: String,
    pub role: String,
    pub name: String,
    pub certificate: String,
    pub serial: String,
    pub valid_from: String,
    pub valid_until: String,
    pub days_left: String,
    pub state: String,
    pub exchange: String,
    pub opened: String,
    pub sent: String,
    pub delivered: String,
    pub decided: String,
    pub installed: String,
    pub invoice: String,
    pub sum: String,
    pub payment: String,
    pub action: String,
    pub command: String,
}

/// A letter to ourselves came back.
pub fn returned(
    language: Language,
    sent: std::time::Duration,
    whole: std::time::Duration,
    folder: &str,
    removed: bool,
) -> String {
    let mut page = columns::Page::new(language, columns::Colour::Plain);
    page.wrapped(&words::of(language).returned(sent, whole, folder, removed), 0, 0);
    page.text
}

/// What came of reading a letter of the quarantine again.
pub fn replayed(exchange: Option<&str>, language: Language) -> String {
    words::of(language).replayed(exchange)
}

fn rfc3339<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}
