//! The till: invoices for orders, and what becomes due when money comes.
//!
//! One order has one invoice: applications that come before it has left are added to it. A
//! decision on an application that is to be paid waits for its invoice's money.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::petition::{Petition, Saying};
use super::{Authority, Silence, Timed, examine};
use crate::crypto::CryptoRng;
use crate::time::{Span, Timestamp};

/// Days until an invoice is overdue.
const DUE: Span = Span::days(7);
/// What an authority with the manner `wrong-sum` asks too much for each application.
const TOO_MUCH: i64 = 10_000;

/// Рахунок-фактура.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    pub number: String,
    pub order: String,
    /// The payer.
    pub code: String,
    pub payer: String,
    pub items: Vec<Item>,
    /// ISO 4217.
    pub currency: String,
    /// When it leaves, or left.
    pub leaves: Timestamp,
    pub has_left: bool,
    pub dated: Date,
    /// Last day to pay.
    pub due: Date,
    /// When somebody said that the money is here.
    pub paid: Option<Timestamp>,
    /// When the payer was told so.
    pub confirmed: Option<Timestamp>,
}

/// One application of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its document number.
    pub document: String,
    /// In the smallest unit, VAT included.
    pub sum: i64,
}

impl Invoice {
    pub fn sum(&self) -> i64 {
        self.items.iter().map(|item| item.sum).sum()
    }

    /// 20 % inside the sum.
    pub fn vat(&self) -> i64 {
        (self.sum() + 3) / 6
    }

    pub fn purpose(&self) -> String {
        format!(
            "Послуги сертифікації за рахунком {} від {}, замовлення {}, у т.ч. ПДВ {}.{:02} грн",
            self.number,
            self.dated.strftime("%d.%m.%Y"),
            self.order,
            self.vat() / 100,
            self.vat() % 100,
        )
    }

    fn holds(&self, document: &str) -> bool {
        self.items.iter().any(|item| item.document == document)
    }
}

/// An application whose decision waits for money.
#[derive(Clone, Debug)]
struct Waiting {
    petition: Petition,
    heard: Timestamp,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Till {
    invoices: Vec<Invoice>,
    waiting: Vec<Waiting>,
}

impl Till {
    pub fn invoices(&self) -> &[Invoice] {
        &self.invoices
    }

    pub fn restore(&mut self, invoices: Vec<Invoice>) {
        self.invoices = invoices;
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The first of the applications that an invoice is for: the letter is a reply to it.
    fn first(&self, invoice: &Invoice) -> Option<&Waiting> {
        self.waiting.iter().find(|one| invoice.holds(&one.petition.number))
    }
}

impl Authority {
    /// Puts an application on its order's invoice. One that is on an invoice already (it was heard
    /// before a restart) only waits again.
    pub(super) fn charge(&mut self, petition: &Petition, now: Timestamp) {
        let after = self.manners.invoice_after.max(self.manners.delivered_after);
        let calendar = &self.profile.policy.calendar;
        let leaves = self.manners.after_holiday(now + Span::seconds(i64::from(after)), calendar);
        let zone = calendar.time_zone();
        let sum = petition.sum.minor + if self.manners.wrong_sum { TOO_MUCH } else { 0 };
        let item = Item { document: petition.number.clone(), sum };
        let till = &mut self.register.till;
        till.waiting.push(Waiting { petition: petition.clone(), heard: now });
        if till.invoices.iter().any(|invoice| invoice.holds(&petition.number)) {
            return;
        }
        let open = till.invoices.iter_mut().find(|invoice| {
            !invoice.has_left && invoice.code == petition.code && invoice.order == petition.order
        });
        match open {
            Some(invoice) => invoice.items.push(item),
            None => till.invoices.push(Invoice {
                number: format!("СФ-{:06}", till.invoices.len() + 1),
                order: petition.order.clone(),
                code: petition.code.clone(),
                payer: petition.organisation.clone(),
                items: vec![item],
                currency: petition.sum.currency.clone(),
                leaves,
                has_left: false,
                dated: leaves.date(&zone),
                due: (leaves + DUE).date(&zone),
                paid: None,
                confirmed: None,
            }),
        }
    }

    /// The money for an invoice is here. False when no unpaid invoice has this number.
    pub fn pay(&mut self, invoice: &str, now: Timestamp) -> bool {
        let mut invoices = self.register.till.invoices.iter_mut();
        let unpaid = invoices.find(|one| one.number == invoice && one.paid.is_none());
        unpaid.map(|one| one.paid = Some(now)).is_some()
    }

    /// The invoice that has this application on it, and has left.
    pub(super) fn billed(&self, document: &str) -> Option<&Invoice> {
        let mut invoices = self.register.till.invoices.iter();
        invoices.find(|invoice| invoice.has_left && invoice.holds(document))
    }

    /// When the money for an invoice is here; `None`: nobody knows.
    fn money_at(&self, invoice: &Invoice) -> Option<Timestamp> {
        let usual = self.manners.paid_after;
        let usual = usual.map(|after| invoice.leaves + Span::seconds(i64::from(after)));
        invoice.paid.or(usual).map(|at| at.max(invoice.leaves))
    }

    /// When an application's decision is due, and the place of its invoice.
    fn decision_at(&self, waiting: &Waiting) -> Option<Timestamp> {
        let mut invoices = self.register.till.invoices.iter();
        let invoice = invoices.find(|invoice| invoice.holds(&waiting.petition.number))?;
        let decided = waiting.heard + Span::seconds(i64::from(self.manners.decided_after));
        let at = self.money_at(invoice)?.max(decided);
        Some(self.manners.after_holiday(at, &self.profile.policy.calendar))
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        if self.manners.silent {
            return None;
        }
        let till = &self.register.till;
        let invoices = till.invoices.iter().filter(|one| till.first(one).is_some());
        let leaving = invoices.filter(|one| !one.has_left).map(|one| one.leaves);
        let decisions = till.waiting.iter().filter_map(|one| self.decision_at(one));
        let telling = self.manners.confirms_payment;
        let untold = till
            .invoices
            .iter()
            .filter(|one| telling && one.confirmed.is_none() && till.first(one).is_some());
        let told = untold.filter_map(|one| self.money_at(one));
        leaving.chain(decisions).chain(told).min()
    }

    /// Invoices that leave and decisions whose money is here, up to `until`.
    pub(super) fn settle(
        &mut self,
        until: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Timed>, Silence> {
        let mut timed = Vec::new();
        if self.manners.silent {
            return Ok(timed);
        }
        for invoice in self.register.till.invoices.clone() {
            timed.extend(self.send_invoice(invoice, until, chance)?);
        }
        let is_due = |one: &Waiting| self.decision_at(one).filter(|at| *at <= until);
        let due: Vec<_> = self.register.till.waiting.iter().map(is_due).collect();
        let waiting = std::mem::take(&mut self.register.till.waiting);
        for (one, at) in waiting.into_iter().zip(due) {
            match at {
                Some(at) => timed.extend(self.decide_paid(&one.petition, at, chance)?),
                None => self.register.till.waiting.push(one),
            }
        }
        // Stable: what is said at one moment keeps its order.
        timed.sort_by_key(|one| one.at);
        Ok(timed)
    }

    fn send_invoice(
        &mut self,
        mut invoice: Invoice,
        until: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Timed>, Silence> {
        let mut timed = Vec::new();
        // Nobody waits for it: it is settled, or its applications have not been read again yet.
        if self.register.till.first(&invoice).is_none() {
            return Ok(timed);
        }
        if !invoice.has_left && invoice.leaves <= until {
            invoice.has_left = true;
            timed.extend(self.say_invoice(&invoice, invoice.leaves, chance)?);
        }
        let money = self.money_at(&invoice).filter(|at| invoice.has_left && *at <= until);
        if let Some(at) = money
            && self.manners.confirms_payment
            && invoice.confirmed.is_none()
        {
            invoice.confirmed = Some(at);
            timed.extend(self.say_invoice(&invoice, at, chance)?);
        }
        let mut known = self.register.till.invoices.iter_mut();
        if let Some(known) = known.find(|one| one.number == invoice.number) {
            *known = invoice;
        }
        Ok(timed)
    }

    /// One letter for all its applications, or one for each where the dialect has no table.
    fn say_invoice(
        &self,
        invoice: &Invoice,
        at: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Timed>, Silence> {
        let saying = Saying::Invoice(invoice.clone());
        let word = if invoice.confirmed.is_some() { "paid" } else { "invoice" };
        let waiting = &self.register.till.waiting;
        let mut timed = Vec::new();
        let theirs = waiting.iter().filter(|one| invoice.holds(&one.petition.number));
        for one in theirs.take(self.letters_of_an_invoice()) {
            timed.extend(self.speak(&one.petition, &saying, word, at, chance)?);
        }
        Ok(timed)
    }

    /// What a decision would have been at once, looked at again: data and dates may have changed.
    fn decide_paid(
        &mut self,
        petition: &Petition,
        at: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Timed>, Silence> {
        let suite = self.suite.clone();
        let faults = examine::examine(petition, &self.register, &self.profile, suite.as_ref(), at);
        let saying = match faults.first() {
            Some(first) => Saying::Refused {
                code: Some(first.code.into()),
                reasons: faults.iter().map(|fault| fault.words.clone()).collect(),
                at_once: false,
            },
            None => self.grant(petition, at, chance)?,
        };
        if let Some(seen) = self.register.documents.get_mut(&petition.number) {
            seen.sayings.push(saying.clone());
        }
        self.speak(petition, &saying, "decision", at, chance)
    }
}
