//! What befalls the world from day to day.

use super::post::Mark;
use super::power::CrashPoint;
use super::{Broken, World, checks, letters, seasons};
use crate::store::Store as _;
use crate::time::{Span, Timestamp};
use std::io::ErrorKind;

impl World {
    /// One day's weather, and the person's look at the summary.
    pub(super) fn day(&mut self) -> Result<(), Broken> {
        self.next_day = self.now + Span::minutes(self.weather.between(18 * 60, 30 * 60));
        if self.faults.seasons && self.next_season <= self.now {
            let calendar = &self.town.authority.profile.policy.calendar;
            let mut manners = seasons::next(&mut self.weather, self.now, calendar);
            manners.confirms_payment = !self.town.invoiced.is_empty();
            self.town.authority.manners = manners;
            if let Some(office) = &mut self.town.tax_office {
                let calendar = &office.profile.policy.calendar;
                office.manners = seasons::of_office(&mut self.taxman, self.now, calendar);
            }
            self.next_season = self.now + Span::days(self.weather.between(4, 15));
        }
        self.post_weather();
        self.house_weather();
        self.next_report()?;
        if self.power.is_on() && !self.weather.happens(self.faults.person_away) {
            self.person_looks()?;
        }
        if !self.power.is_on() && self.engine.is_some() {
            self.power_fails();
        }
        self.note_ability();
        checks::run(self);
        Ok(())
    }

    /// Once the head's key with the status has ended, he brings his next report himself, and the
    /// office goes by the key of that.
    fn next_report(&mut self) -> Result<(), Broken> {
        let Some(office) = &self.town.tax_office else { return Ok(()) };
        let status = office.register.status(&self.town.company.code);
        if status.is_none_or(|status| status.head.not_after() < self.now) {
            self.town.agree(&self.strongbox);
            self.note_agreement()?;
        }
        Ok(())
    }

    pub(super) fn note_agreement(&mut self) -> Result<(), Broken> {
        let journal = self.memory.journal(None).map_err(Broken::because)?;
        self.agreed.push(journal.last().map_or(0, |line| line.number));
        Ok(())
    }

    /// Trouble comes when it hurts: most of the year nothing is open, and nothing can go wrong.
    fn befalls(&mut self, rate: u32) -> bool {
        let open = self.memory.exchanges().unwrap_or_default();
        let busy = open.iter().any(|exchange| !exchange.is_closed());
        self.weather.happens(if busy { rate * 5 } else { rate })
    }

    fn post_weather(&mut self) {
        if self.befalls(self.faults.outage) {
            let hours = if self.weather.happens(700) {
                self.weather.between(1, 12)
            } else {
                self.weather.between(12, 96)
            };
            self.post.inside().outage_until = Some(self.now + Span::hours(hours));
        }
        if self.befalls(self.faults.renumbered) {
            self.post.renumber();
        }
        while self.weather.happens(self.faults.junk) {
            let letter = letters::junk(&mut self.weather, self.now);
            self.post.to_agent(Mark::Junk, letter, self.now);
        }
    }

    fn house_weather(&mut self) {
        if self.befalls(self.faults.power_cut) {
            match self.weather.pick(&CrashPoint::ALL) {
                Some(point) => self.power.plan(*point),
                None => return,
            }
        }
        if self.befalls(self.faults.full_disk) {
            self.memory.fail_next_commit(ErrorKind::StorageFull);
        }
        if self.befalls(self.faults.clock_jump) {
            self.clock.offset = match self.weather.between(0, 5) {
                0 => Span::minutes(self.weather.between(-50, 50)),
                1 => Span::hours(-self.weather.between(2, 48)),
                2 => Span::days(-self.weather.between(2, 400)),
                // An empty battery: 1970.
                3 => Timestamp(0) - self.now,
                4 => Span::hours(self.weather.between(2, 500)),
                _ => Span::days(self.weather.between(400, 4000)),
            };
        } else if self.clock.offset != Span(0) && self.weather.happens(400) {
            self.clock.offset = Span(0);
        }
    }
}
