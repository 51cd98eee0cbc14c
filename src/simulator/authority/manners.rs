//! How the simulated authority behaves, and misbehaves. Data: a table of the configuration.

use serde::Deserialize;

use crate::time::{Calendar, Span, Timestamp};

/// Manners of one authority. The default is a quick and honest one.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Manners {
    /// Seconds from the parcel to "we have it".
    pub delivered_after: u32,
    /// Seconds from the parcel to the decision; later than `delivered_after` in an honest one.
    pub decided_after: u32,
    /// Never answers.
    pub silent: bool,
    /// Never says "we have it"; only decides.
    pub skips_delivered: bool,
    /// Sends each answer this many times.
    pub repeats: u8,
    /// The decision leaves before "we have it".
    pub out_of_order: bool,
    /// Holders it refuses: role words (`seal`) or a part of the name; with `reason`.
    pub refuses: Vec<Refusing>,
    /// Wants money first from everybody, not only from those who ask for an invoice.
    pub invoices: bool,
    /// Seconds from an order's first application to its invoice; what comes meanwhile is on it.
    pub invoice_after: u32,
    /// Money comes so many seconds after the invoice; absent: when somebody says so
    /// ([`super::Authority::pay`]). The decision waits for it.
    pub paid_after: Option<u32>,
    /// Says that the money is here, by the same invoice with its day.
    pub confirms_payment: bool,
    /// Asks more than the price.
    pub wrong_sum: bool,
    /// Also sends an answer like this one, forged, before each decision.
    pub forges: Option<Forgery>,
    /// Grants a certificate that is wrong in this way.
    pub grants_wrong: Option<Wrong>,
    /// Answers nothing from this day on …
    pub holiday_from: Option<jiff::civil::Date>,
    /// … to this day, both included; what came meanwhile is answered afterwards.
    pub holiday_to: Option<jiff::civil::Date>,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            delivered_after: 0,
            decided_after: 0,
            silent: false,
            skips_delivered: false,
            repeats: 1,
            out_of_order: false,
            refuses: Vec::new(),
            invoices: false,
            invoice_after: 0,
            paid_after: None,
            confirms_payment: false,
            wrong_sum: false,
            forges: None,
            grants_wrong: None,
            holiday_from: None,
            holiday_to: None,
        }
    }
}

impl Manners {
    /// When an answer to a parcel of `now` leaves. `early`: receipt №1, positive or not.
    pub(in crate::simulator) fn moment(
        &self,
        early: bool,
        now: Timestamp,
        calendar: &Calendar,
    ) -> Timestamp {
        let seconds = |n: u32| Span::seconds(i64::from(n));
        let delivered = seconds(self.delivered_after);
        let decided = seconds(self.decided_after.max(self.delivered_after));
        // Out of order means that the two moments change places, a second apart.
        let late = decided.max(delivered + Span::seconds(1));
        let span = match (self.out_of_order, early) {
            (true, true) => late,
            (true, false) | (false, true) => delivered,
            (false, false) => decided,
        };
        self.after_holiday(now + span, calendar)
    }

    /// The same moment, or the first working hour after the holiday that it falls into.
    pub(in crate::simulator) fn after_holiday(
        &self,
        at: Timestamp,
        calendar: &Calendar,
    ) -> Timestamp {
        let (Some(from), Some(to)) = (self.holiday_from, self.holiday_to) else {
            return at;
        };
        let zone = calendar.time_zone();
        let day = at.date(&zone);
        if day < from || day > to {
            return at;
        }
        let back = to.tomorrow().unwrap_or(to).at(calendar.opens, 0, 0, 0);
        Timestamp::from_civil(back, &zone)
    }
}

/// One holder, or kind of holder, that is refused by design.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Refusing {
    /// `director`, `accountant`, `seal`, `employee`, or a part of the holder's name.
    pub who: String,
    pub reasons: Vec<String>,
    #[serde(default)]
    pub code: Option<String>,
    /// Refused at once, in receipt №1; otherwise in the decision.
    #[serde(default)]
    pub at_once: bool,
}

/// How a forged answer betrays itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forgery {
    /// Nobody signed it.
    Unsigned,
    /// Signed by a key that the authority never had.
    Stranger,
    /// Signed by the authority's own earlier certificate, which has ended.
    Expired,
    /// Genuine, but about another organisation.
    AnotherOrganisation,
}

/// How a granted certificate is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wrong {
    /// For a key that nobody asked for.
    Key,
    /// For another organisation's code.
    Subject,
    /// A signing key that may only agree keys, and the reverse.
    Usage,
    /// Valid only from next year on.
    NotYet,
    /// Issued by a root that nobody pinned.
    Chain,
    /// The old certificate once more.
    Old,
}
