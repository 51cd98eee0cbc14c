//! The person at the organisation: looks now and then, does what the summary asks for, and
//! sometimes something else.

use super::chance::Stream;
use super::{Broken, World};
use crate::engine::Errand;
use crate::exchange::{Exchange, Obstacle, Party, Stage};
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
            } else if !exchange.is_closed() && self.person.happens(self.whims()) {
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
        }
        Ok(())
    }

    fn whims(&self) -> u32 {
        if self.healed { 0 } else { 15 }
    }

    /// The exchange waits for a person: here is one.
    fn answer(&mut self, exchange: &Exchange) -> Result<(), Broken> {
        let id = exchange.id.0.clone();
        let wrong_certificate =
            matches!(&exchange.stage, Stage::Stalled { obstacle: Obstacle::Installation(_), .. });
        let errand = match &exchange.stage {
            Stage::AwaitingPayment { .. } => {
                Errand::Paid { id, reference: "платіжка 7".into(), on: None }
            }
            // What the authority granted can't be used: ask for other certificates.
            Stage::Stalled { .. } if wrong_certificate && self.person.happens(500) => {
                Errand::Withdraw { id, reason: "the certificates are wrong".into() }
            }
            Stage::Expired { .. } => {
                Errand::Withdraw { id, reason: "a visit to the authority".into() }
            }
            _ => Errand::Retry { id },
        };
        self.errand(&errand)
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
            enrolled
        } else if !open && end - NERVOUS <= self.now {
            self.errand(&Errand::Renew { holder: person.id.into() })
        } else {
            Ok(())
        }
    }
}
