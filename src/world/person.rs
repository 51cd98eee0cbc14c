//! The person at the organisation: looks now and then, does what the summary asks for, and
//! sometimes something else.

use jiff::civil::Date;

use super::chance::Stream;
use super::{Broken, World};
use crate::authority::{Payment, Role};
use crate::engine::{Errand, order};
use crate::exchange::{Exchange, Obstacle, Party, Purpose, Stage};
use crate::simulator::people::Person;
use crate::store::Store as _;
use crate::time::Span;

/// How long before the end somebody renews by hand what nobody renews any more.
const NERVOUS: Span = Span::days(30);

impl World {
    /// One look at the summary.
    pub(super) fn person_looks(&mut self) -> Result<(), Broken> {
        let clock_told = self.troubles.iter().any(|one| one.label == "clock");
        if clock_told {
            // Who reads of a wrong clock looks at it first, and sets it right sooner or later.
            if self.clock.offset != Span(0) && self.person.happens(500) {
                return Ok(());
            }
            self.clock.offset = Span(0);
            self.clock.restart();
            self.errand(&Errand::AcceptClock)?;
        } else if self.clock.jumped() {
            return Ok(());
        }
        for exchange in self.memory.exchanges().map_err(Broken::because)? {
            if exchange.waits_for() == Party::Person {
                self.answer(&exchange)?;
            } else if !exchange.is_closed() && self.person.happens(self.whims(&exchange)) {
                let errand = match self.person.between(0, 3) {
                    0 => Errand::Withdraw { id: exchange.id.0, reason: "a whim".into() },
                    1 => Errand::Paid { id: exchange.id.0, reference: "1".into(), on: None },
                    _ => Errand::Retry { id: exchange.id.0 },
                };
                self.errand(&errand)?;
            }
        }
        for person in self.town.company.holders.clone() {
            self.look_after(&person)?;
            self.put_off(&person)?;
        }
        Ok(())
    }

    fn whims(&self, exchange: &Exchange) -> u32 {
        match exchange.purpose {
            _ if self.healed => 0,
            Purpose::Renewal => 15,
            Purpose::Notice => 60,
        }
    }

    /// What never happens takes nothing from the person's chance.
    fn fancies(&mut self, rate: u32) -> bool {
        rate > 0 && self.person.happens(rate)
    }

    /// The exchange waits for a person: here is one.
    fn answer(&mut self, exchange: &Exchange) -> Result<(), Broken> {
        let id = exchange.id.0.clone();
        let wrong_certificate =
            matches!(&exchange.stage, Stage::Stalled { obstacle: Obstacle::Installation(_), .. });
        let errand = match &exchange.stage {
            Stage::AwaitingPayment { invoice, .. } => {
                let number = invoice.number.clone();
                let Some(id) = self.pay(exchange, &number)? else { return Ok(()) };
                Errand::Paid { id, reference: "платіжка 7".into(), on: None }
            }
            // What the authority granted can't be used: ask for other certificates.
            Stage::Stalled { .. } if wrong_certificate && self.person.happens(500) => {
                Errand::Withdraw { id, reason: "the certificates are wrong".into() }
            }
            // Told by hand, or not at all.
            Stage::Refused { .. }
                if exchange.purpose == Purpose::Notice
                    && !self.healed
                    && self.person.happens(300) =>
            {
                Errand::Withdraw { id, reason: "it was told by hand".into() }
            }
            Stage::Expired { .. } => {
                Errand::Withdraw { id, reason: "a visit to the authority".into() }
            }
            _ => Errand::Retry { id },
        };
        self.errand(&errand)
    }

    /// Money for an invoice, late or never, and what the person calls it when telling the agent:
    /// by the renewal, by the invoice, or by the whole order.
    fn pay(&mut self, exchange: &Exchange, invoice: &str) -> Result<Option<String>, Broken> {
        let id = &exchange.id;
        if self.town.payment(&exchange.holder) != Payment::Invoice {
            self.town.authority.pay(invoice, self.now);
            return Ok(Some(id.0.clone()));
        }
        if !self.healed {
            let person = &mut self.person;
            let never = *self.unwilling.entry(id.clone()).or_insert_with(|| person.happens(100));
            if never || self.person.happens(500) {
                return Ok(None);
            }
        }
        let orders = order::all(self.memory.as_ref()).map_err(Broken::because)?;
        let order = orders
            .into_iter()
            .find(|order| order.invoices.iter().any(|filed| filed.number == invoice));
        let whole = order.filter(|_| self.person.happens(500));
        if let Some(order) = whole {
            for filed in &order.invoices {
                self.town.authority.pay(&filed.number, self.now);
            }
            let full = self.person.happens(300);
            let number = order.number;
            return Ok(Some(if full { format!("{}/{number}", order.authority) } else { number }));
        }
        self.town.authority.pay(invoice, self.now);
        Ok(Some(if self.person.happens(500) { invoice.to_owned() } else { id.0.clone() }))
    }

    /// «Нагадати пізніше», as late as it goes when the agent says how late that is.
    fn put_off(&mut self, person: &Person) -> Result<(), Broken> {
        let near = self.end_of(person.id).is_some_and(|end| end - Span::days(70) < self.now);
        if !near || !self.fancies(self.faults.snoozes) {
            return Ok(());
        }
        let zone = self.town.authority.profile.policy.calendar.time_zone();
        let later = self.clock.wall(self.now) + Span::days(self.person.between(1, 60));
        let id = person.id.to_owned();
        let until = later.date(&zone);
        let told = self.ask(&Errand::Snooze { id: id.clone(), until })?;
        self.snoozes += usize::from(told.is_none());
        let last = told.filter(|told| told.label == "snooze-too-late").and_then(|told| {
            let (_, rest) = told.detail.split_once("what is sent after ")?;
            rest.split_whitespace().next()?.parse::<Date>().ok()
        });
        match last.filter(|_| self.person.happens(500)) {
            Some(until) => self.errand(&Errand::Snooze { id, until }),
            None => Ok(()),
        }
    }

    /// Nothing is open for this holder although it should be: by post while the certificates
    /// live, by a visit afterwards.
    fn look_after(&mut self, person: &Person) -> Result<(), Broken> {
        let Some(end) = self.end_of(person.id) else { return Ok(()) };
        let exchanges = self.memory.exchanges().map_err(Broken::because)?;
        let open = exchanges.iter().any(|one| one.holder == person.id && !one.is_closed());
        if end <= self.now {
            self.visits += 1;
            let year = self.now + Span::days(365);
            let mut chance = std::mem::replace(&mut self.person, Stream::new(0, "away"));
            let enrolled = self.town.enrol(person, self.now, year, &self.strongbox, &mut chance);
            self.person = chance;
            if self.town.tax_office.is_some() && person.role == Role::Director {
                self.note_agreement()?;
            }
            enrolled
        } else if !open && (end - NERVOUS <= self.now || self.fancies(self.faults.early_renewals)) {
            self.errand(&Errand::Renew { holder: person.id.into() })
        } else {
            Ok(())
        }
    }
}
