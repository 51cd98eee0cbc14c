//! A person says that money is on its way.

use jiff::civil::Date;

use super::errand::{Done, problem};
use super::order::{self, Order, Paid};
use super::{Engine, Happening, Round};
use crate::authority::Payment;
use crate::exchange::{Event, Exchange, ExchangeId, Problem, Stage, StageName};
use crate::store::{Commit, StoreError};
use crate::time::Timestamp;

type Answer = Result<Result<Done, Problem>, StoreError>;

impl Engine {
    /// Money is on its way: for one exchange, for all that an invoice is for, or for a whole
    /// order. The date is kept with the order, and so is the reference.
    pub(super) fn paid(
        &mut self,
        id: &str,
        reference: &str,
        on: Option<Date>,
        now: Timestamp,
        round: &mut Round,
    ) -> Answer {
        let on = on.unwrap_or_else(|| now.date(&self.zone()));
        let orders = order::all(self.store.as_ref())?;
        let bought: Vec<(Order, Vec<ExchangeId>)> = orders
            .into_iter()
            .filter_map(|order| covered(&order, id).map(|of| (order, of)))
            .collect();
        if let [(one, _), (other, _), ..] = bought.as_slice() {
            let detail = format!(
                "«{id}» is an order of {} and of {}; say {}/{id} or {}/{id}",
                one.authority, other.authority, one.authority, other.authority,
            );
            return Ok(Err(problem("unknown-id", detail)));
        }
        match bought.into_iter().next() {
            Some((order, exchanges)) => {
                self.order_paid(order, &exchanges, reference, on, now, round)
            }
            None => match self.find(id)? {
                Some(exchange) => match self.paid_online(&exchange)? {
                    Some(order) => self.order_paid(order, &[], reference, on, now, round),
                    None => self.exchange_paid(&exchange, reference, on, now, round),
                },
                None => Ok(Err(self.unknown(id))),
            },
        }
    }

    /// The order of an exchange that is paid on the authority's page: no invoice comes, and the
    /// heart does not wait for one.
    fn paid_online(&self, exchange: &Exchange) -> Result<Option<Order>, StoreError> {
        if awaits_payment(&exchange.stage) {
            return Ok(None);
        }
        let online = |item: &order::Item| {
            item.payment == Payment::Online && Some(&item.document) == exchange.document()
        };
        let orders = order::all(self.store.as_ref())?;
        Ok(orders.into_iter().find(|order| order.items.iter().any(online)))
    }

    fn order_paid(
        &mut self,
        mut order: Order,
        exchanges: &[ExchangeId],
        reference: &str,
        on: Date,
        now: Timestamp,
        round: &mut Round,
    ) -> Answer {
        let mut last = None;
        for id in exchanges {
            let Some(exchange) = self.store.exchange(id)? else { continue };
            if awaits_payment(&exchange.stage) {
                let done = self.exchange_paid(&exchange, reference, on, now, round)?;
                last = done.ok().or(last);
            }
        }
        order.paid = Some(Paid { on, reference: reference.to_owned() });
        let values = order::values(self.store.as_ref(), &order)?;
        self.store.commit(&Commit { values, ..Commit::default() })?;
        Ok(Ok(last.unwrap_or(Done { exchange: None, stage: None })))
    }

    fn exchange_paid(
        &mut self,
        exchange: &Exchange,
        reference: &str,
        on: Date,
        now: Timestamp,
        round: &mut Round,
    ) -> Answer {
        // As people in all four languages write it; the reference is the event's own.
        let words = on.strftime("%d.%m.%Y").to_string();
        let event = Event::Paid { reference: reference.to_owned() };
        self.told(exchange, Happening::new(event, words), now, round)
    }

    fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.setup.zone).unwrap_or(jiff::tz::TimeZone::UTC)
    }
}

/// The exchanges that `id` means in this order: all when it is the order's number, those that an
/// invoice is for when it is the invoice's.
fn covered(order: &Order, id: &str) -> Option<Vec<ExchangeId>> {
    let exchanges = |wanted: &dyn Fn(&order::Item) -> bool| {
        order.items.iter().filter(|item| wanted(item)).map(|item| item.exchange.clone()).collect()
    };
    if id == order.number || id == format!("{}/{}", order.authority, order.number) {
        return Some(exchanges(&|_| true));
    }
    let invoice = order.invoices.iter().find(|invoice| invoice.number == id)?;
    Some(exchanges(&|item| invoice.documents.contains(&item.document)))
}

fn awaits_payment(stage: &Stage) -> bool {
    match stage {
        Stage::Stalled { was, .. } | Stage::Expired { was, .. } => awaits_payment(was),
        stage => stage.name() == StageName::AwaitingPayment,
    }
}
