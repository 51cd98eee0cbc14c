//! What every language must be able to say. All texts of a language stand in its one file; a text
//! that is missing there does not compile.

mod be;
pub mod difference;
mod en;
mod figures;
mod paying;
mod ru;
mod say;
#[cfg(test)]
mod tests;
mod uk;

use jiff::civil::{Date, DateTime};

use super::days::Occasion;
use super::doctor::{Fact, Probe};
use super::dossier::{EvidenceWords, PaperKind};
use super::label::Label;
use super::situation::{Case, Clock, Situation};
use super::waits::Usual;
use super::{Language, Topic};
use crate::authority::{OrganisationKind, Role};
use crate::crypto::Usage;
use crate::exchange::{Anomaly, Event, Gate, Money, StageName};
use crate::time::{Span, Timestamp};

use difference::Difference;
pub use paying::{InvoiceState, PaymentState};
pub use say::Say;

pub fn of(language: Language) -> &'static dyn Words {
    match language {
        Language::Uk => &uk::Ukrainian,
        Language::En => &en::English,
        Language::Ru => &ru::Russian,
        Language::Be => &be::Belarusian,
    }
}

/// Single words and headings.
pub struct Labels {
    pub page_title: &'static str,
    pub as_of: &'static str,
    pub who: &'static str,
    pub certificate: &'static str,
    pub certificates: &'static str,
    pub valid_until: &'static str,
    pub left: &'static str,
    pub state: &'static str,
    pub costs: &'static str,
    pub term: &'static str,
    pub payment: &'static str,
    pub sum: &'static str,
    pub total: &'static str,
    pub grand_total: &'static str,
    pub order_planned: &'static str,
    pub what_to_do: &'static str,
    pub details: &'static str,
    pub history: &'static str,
    pub technical: &'static str,
    pub authority_says: &'static str,
    pub way: &'static str,
    pub post: &'static str,
    pub made_by: &'static str,
    pub notice: &'static str,
    pub case: &'static str,
    pub authority: &'static str,
    pub document: &'static str,
    pub attempt: &'static str,
    pub opened: &'static str,
    pub invoice: &'static str,
    pub refusal_code: &'static str,
    pub last_safe_day: &'static str,
    pub order_number: &'static str,
    /// Heading of what the authority wrote.
    pub receipts: &'static str,
    pub registration: &'static str,
    /// The notice to the tax office: last day.
    pub file_by: &'static str,
    pub payee: &'static str,
    pub payee_code: &'static str,
    pub iban: &'static str,
    pub purpose: &'static str,
    pub vat_inside: &'static str,
    pub pay_by: &'static str,
    pub nothing: &'static str,
    /// Names of a letter's facts: when, from, subject, reason.
    pub letters: [&'static str; 4],
    pub no_letters: &'static str,
    /// Around what others said.
    pub quotes: [&'static str; 2],
    pub trouble: &'static str,
    pub payment_file: &'static str,
    pub invoice_file: &'static str,
    /// Of tables in other programs.
    pub orders: &'static str,
    pub order: &'static str,
    pub cases: &'static str,
    pub currency: &'static str,
    pub what_happened: &'static str,
    pub done: &'static str,
    pub now: &'static str,
    pub later: &'static str,
    pub failed: &'static str,
    /// Head of the table of rows, one word a column of [`super::Row`], after code and
    /// organisation.
    pub columns: [&'static str; 22],
}

/// What is wrong, as a sentence, and what to do about it, as a sentence.
pub struct ProblemWords {
    pub what: &'static str,
    pub action: &'static str,
}

/// The first sentence of a report.
pub struct Verdict {
    pub needed: usize,
    pub under_way: usize,
    /// The certificate that ends first: its day and the whole days left.
    pub nearest: Option<(Date, i64)>,
}

/// A holder with no exchange to speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HolderState {
    /// `starts`: the day on which the renewal opens; `None`: at the next round.
    EndsSoon {
        starts: Option<Date>,
    },
    Ended {
        on: Date,
    },
    Missing,
    /// Ends soon, and a person withdrew its renewal.
    Withdrawn,
    Calm {
        until: Date,
    },
}

pub struct HolderWords {
    pub badge: String,
    pub told: String,
    pub advice: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepName {
    Prepared,
    Gate(Gate),
    Sent,
    Delivered,
    Paid,
    Decided,
    Installed,
}

/// Something about the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostRemark {
    NeverRead,
    Read {
        at: Timestamp,
    },
    /// Read, but too long ago.
    Silent {
        at: Timestamp,
    },
    Quarantined {
        letters: usize,
    },
    Unclaimed {
        letters: usize,
    },
}

/// What silence leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    Nothing,
    /// The same bytes go once more.
    SendAgain(Timestamp),
    CallPerson(Timestamp),
    /// The certificate ends first.
    Ends(Timestamp),
}

/// What stands around the table of coming renewals.
pub struct PlanWords {
    pub title: String,
    /// Due, who, end, latest safe day, cost.
    pub columns: [&'static str; 5],
    pub none: &'static str,
    /// What the star at an end means.
    pub assumed: &'static str,
    /// Before the names of holders that post can't help.
    pub paper: &'static str,
    /// Before the names of holders whose renewal was withdrawn.
    pub withdrawn: &'static str,
}

/// What stands around an application that is only shown.
pub struct RehearsalWords {
    pub title: &'static str,
    pub order: &'static str,
    pub size: &'static str,
    pub gates: &'static str,
    /// The document's number can't be told while a daemon runs.
    pub uncounted: &'static str,
    /// What the stars in the document mean.
    pub masked: &'static str,
}

/// What the demo leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoPlace {
    Summary,
    Database,
    Keys,
    Config,
    Authority,
}

impl DemoPlace {
    pub const ALL: [DemoPlace; 5] =
        [Self::Summary, Self::Database, Self::Keys, Self::Config, Self::Authority];

    /// Below the demo's folder.
    pub fn path(self) -> &'static str {
        match self {
            Self::Summary => "summary/summary.html",
            Self::Database => "data/store",
            Self::Keys => "data/keys",
            Self::Config => "config.toml",
            Self::Authority => "authority/ca.toml",
        }
    }
}

pub trait Words: Sync {
    fn labels(&self) -> &'static Labels;
    fn topic(&self, topic: Topic) -> &'static str;
    fn role(&self, role: Role) -> &'static str;
    /// The head of an organisation that is one person.
    fn proprietor(&self) -> &'static str;
    /// What the organisation's code is called.
    fn code(&self, kind: OrganisationKind) -> &'static str;
    fn usage(&self, usage: Usage) -> &'static str;
    fn term(&self, years: u8) -> String;
    fn payment(&self, state: PaymentState<'_>) -> String;

    /// `22.11.2026`
    fn date(&self, day: Date) -> String;
    /// `22.11.2026, 09:41`
    fn stamp(&self, at: DateTime) -> String {
        format!("{}, {}", self.date(at.date()), figures::time(at))
    }
    /// `22.11, 09:41`, for narrow places.
    fn short(&self, at: DateTime) -> String;
    /// As an adverb: `сьогодні о 08:05`.
    fn moment(&self, at: Timestamp, clock: &Clock) -> String;
    /// After «до»: `18:00` today, else with the date.
    fn by(&self, at: Timestamp, clock: &Clock) -> String {
        let at = clock.civil(at);
        if at.date() == clock.today() { figures::time(at) } else { self.stamp(at) }
    }
    /// `до 23.11, 18:00` in a timeline.
    fn short_by(&self, at: DateTime) -> String;
    /// `до 27.11` in a timeline.
    fn short_by_day(&self, day: Date) -> String;
    /// `26 днів`, `1 рік 11 міс.`, `закінчився`.
    fn left(&self, days: i64) -> String;
    /// `1 год 36 хв`
    fn duration(&self, span: Span) -> String;
    /// `1 047,00`; `grouped`: with a separator of thousands.
    fn amount(&self, minor: i64, grouped: bool) -> String;
    /// `1 047,00 грн`
    fn money(&self, money: &Money) -> String;

    /// Of an invoice: `№ 1482`.
    fn number(&self, number: &str) -> String;

    fn demo_begins(&self, company: &str, holders: usize, port: u16) -> String;
    fn demo_done(&self, took: std::time::Duration) -> String;
    fn demo_unfinished(&self) -> &'static str;
    fn demo_place(&self, place: DemoPlace) -> &'static str;

    fn verdict(&self, verdict: &Verdict) -> (String, String);
    fn ends(&self, until: Date, days: i64) -> String;
    /// In messages to people.
    fn say(&self, say: &Say<'_>) -> String;
    fn occasion(&self, occasion: Occasion<'_>) -> String;
    fn evidence(&self) -> &'static EvidenceWords;
    fn paper(&self, kind: PaperKind) -> &'static str;
    fn ordered(&self, on: Date, number: &str) -> String;
    fn invoice_title(&self, number: &str, dated: Option<Date>) -> String;
    fn invoice_state(&self, state: InvoiceState<'_>) -> String;
    /// The invoice asks for something else than the price list.
    fn wrong_sum(&self, asked: &Money, price: &Money) -> String;
    /// New certificates of a holder without consent to publish them.
    fn unpublished(&self) -> &'static str;
    /// What to do when the authority is to be paid on its page, whose address may be known.
    fn pay_online(&self, sum: &str, page: Option<&str>) -> String;
    fn post(&self, remark: PostRemark, clock: &Clock) -> String;
    fn holder(&self, state: HolderState) -> HolderWords;

    fn badge(&self, situation: &Situation<'_>, case: &Case<'_>) -> String;
    /// Without the problem's own words, which follow it.
    fn told(&self, situation: &Situation<'_>, case: &Case<'_>) -> String;
    /// `None` when nobody need do anything, or the problem's own advice is enough.
    fn advice(&self, situation: &Situation<'_>, case: &Case<'_>) -> Option<String>;
    fn problem(&self, label: Label) -> ProblemWords;
    /// A problem whose label nobody knows; its detail is shown below.
    fn unknown_problem(&self) -> ProblemWords;

    fn step(&self, step: StepName, case: &Case<'_>) -> String;
    /// The opening of an exchange.
    fn opening(&self, case: &Case<'_>) -> String;
    /// Without the words of its problem, which follow. `to`: the stage it led to, which gives [`Event::Woke`] its meaning.
    fn event(&self, event: &Event, to: Option<StageName>, case: &Case<'_>) -> String;
    fn anomaly(&self, why: Anomaly) -> &'static str;
    /// Why we ended a renewal ourselves: somebody had renewed by hand. After a colon.
    fn superseded(&self) -> &'static str;
    /// Before the serial numbers of new certificates.
    fn serials(&self, serials: &str) -> String;
    fn differs(&self, difference: &Difference<'_>) -> String;

    /// `waiting`: the badge itself says what is waited for.
    fn since(&self, badge: &str, waiting: bool, at: Timestamp, clock: &Clock) -> String;
    /// How long the authority takes; `None` after too few answers, of which there were so many.
    fn usual(&self, usual: Option<Usual>, received: usize, case: &Case<'_>) -> String;
    fn next(&self, step: NextStep, case: &Case<'_>) -> String;
    fn nothing_due(&self, until: Date, ends: Date) -> String;
    fn plan(&self, from: Date, to: Date) -> PlanWords;
    /// That a letter was dealt with; the reason may be empty.
    fn dealt(&self, when: &str, reason: &str) -> String;
    /// What came of reading a letter again: the case that it moved, if any.
    fn replayed(&self, exchange: Option<&str>) -> String;
    /// A letter to ourselves came back; `removed`: it is gone again.
    fn returned(
        &self,
        sent: std::time::Duration,
        whole: std::time::Duration,
        folder: &str,
        removed: bool,
    ) -> String;
    /// What needs a person, counted.
    fn doctor(&self, needed: usize) -> String;
    fn probe(&self, probe: Probe) -> &'static str;
    fn fact(&self, fact: &Fact) -> String;
    fn rehearsal(&self) -> RehearsalWords;
    /// After the name of the configuration's file.
    fn checked(&self, problems: usize) -> String;
    /// `line 12`
    fn line(&self, number: usize) -> String;
}

/// Whole seconds and tenths.
fn tenths(time: std::time::Duration) -> (u128, u128) {
    let tenths = time.as_millis() / 100;
    (tenths / 10, tenths % 10)
}
