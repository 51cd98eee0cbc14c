//! What must hold of notices to the tax office, of orders and invoices, and of snoozing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::World;
use super::checks::exchanges;
use super::town::OFFICIALS;
use crate::authority::last_safe_day;
use crate::crypto::{Certificate, Usage};
use crate::engine::{order, value};
use crate::exchange::{
    DocumentNumber, Event, Exchange, ExchangeId, Note, Party, Purpose, Stage, StageName, Word,
};
use crate::simulator::people::Person;
use crate::simulator::tax::{TaxOffice, Verdict};
use crate::store::{Numbered, Store as _};
use crate::time::{Span, Timestamp};

/// What the office may say although nothing was wrong when the notice was sealed: a mood of its
/// own, and a certificate that ended on the way.
const NO_FAULT: [&str; 3] = ["REFUSED", "DEADLINE", "INVALID"];

/// What happened, by name: a rule about what never happens proves nothing.
pub(super) fn tally(world: &World) -> BTreeMap<&'static str, usize> {
    let journal = world.memory.journal(None).unwrap_or_default();
    let exchanges = world.memory.exchanges().unwrap_or_default();
    let is_notice = |line: &Numbered| {
        exchanges.iter().any(|one| one.id == line.entry.exchange && one.purpose == Purpose::Notice)
    };
    let moved = |line: &Numbered| !matches!(line.entry.note, Some(Note::Unexpected { .. }));
    let mut tally = BTreeMap::from([("renewals put off", world.snoozes)]);
    for line in journal.iter().filter(|line| moved(line)) {
        let word = match (&line.entry.event, is_notice(line)) {
            (Some(Event::Heard { word: Word::Granted(_), .. }), true) => "notices accepted",
            (Some(Event::Heard { word: Word::Refused(_), .. }), true) => "notices refused",
            (Some(Event::Withdrawn { .. }), true) => "notices withdrawn",
            (Some(Event::Woke), true)
                if matches!(line.entry.note, Some(Note::Moved { to: StageName::Expired, .. })) =>
            {
                "notices expired"
            }
            (Some(Event::Paid { .. }), _) => "invoices paid",
            _ => continue,
        };
        *tally.entry(word).or_default() += 1;
    }
    tally
}

fn journal(world: &World) -> Result<Vec<Numbered>, String> {
    world.memory.journal(None).map_err(|error| error.to_string())
}

pub(super) fn a_notice_is_closed_by_the_key_with_the_status(world: &World) -> Result<(), String> {
    let Some(office) = &world.town.tax_office else { return Ok(()) };
    for (number, verdicts) in office.register.documents() {
        let faults = verdicts.iter().find_map(|verdict| match verdict {
            Verdict::Refused { code, reasons, .. } if !NO_FAULT.contains(&code.as_str()) => {
                Some(format!("{code}: {}", reasons.join("; ")))
            }
            _ => None,
        });
        let Some(fault) = faults else { continue };
        let journal = journal(world)?;
        let sealed = journal.iter().find(|line| {
            matches!(&line.entry.event, Some(Event::Prepared { dispatch, .. })
                if dispatch.document.0 == *number)
        });
        let sealed = sealed.map_or(0, |line| line.number);
        let agreed_since = world.agreed.iter().any(|line| *line >= sealed);
        if !agreed_since && !acceptance_unheard(office, &journal, sealed) {
            return Err(format!("{number}: {fault}"));
        }
    }
    Ok(())
}

/// Whether the office had accepted a notice before this line, or would soon, and we did not know.
fn acceptance_unheard(office: &TaxOffice, journal: &[Numbered], line: u64) -> bool {
    let heard: BTreeSet<&DocumentNumber> = journal
        .iter()
        .filter(|one| one.number < line)
        .filter_map(|one| match &one.entry.event {
            Some(Event::Heard { word: Word::Granted(grant), .. }) => Some(&grant.document),
            _ => None,
        })
        .collect();
    office.register.documents().any(|(number, verdicts)| {
        let accepted = verdicts.iter().any(|one| matches!(one, Verdict::Accepted { .. }));
        let ours = journal.iter().any(|one| {
            matches!(&one.entry.event, Some(Event::Prepared { dispatch, .. })
                if dispatch.document.0 == *number && one.number < line)
        });
        accepted && ours && !heard.iter().any(|document| document.0 == *number)
    })
}

pub(super) fn the_tax_office_hears_of_every_new_key(world: &World) -> Result<(), String> {
    let Some(office) = &world.town.tax_office else { return Ok(()) };
    let status = office.register.status(&world.town.company.code);
    let journal = journal(world)?;
    let exchanges = exchanges(world)?;
    let officials = world.town.company.holders.iter().filter(|one| OFFICIALS.contains(&one.role));
    for person in officials {
        let Some((renewal, certificate)) = renewed(world, person, &exchanges) else { continue };
        let Stage::Installed { at, .. } = &renewal.stage else { continue };
        if *at + Span::days(20) > world.now {
            continue;
        }
        let key_id = hex(&certificate);
        let known = status.is_some_and(|status| {
            status.head == certificate || status.officials.iter().any(|one| one.key_id == key_id)
        });
        if !known && !is_a_persons(&renewal.id, &journal, &exchanges) {
            return Err(format!("nobody told of the key of {}", renewal.id));
        }
    }
    Ok(())
}

/// The renewal that the person's signing certificate in place comes from.
fn renewed<'e>(
    world: &World,
    person: &Person,
    exchanges: &'e [Exchange],
) -> Option<(&'e Exchange, Certificate)> {
    let contents = world.strongbox.contents();
    let pair = contents.in_place.get(&(person.id.to_owned(), Usage::Signing))?;
    let mut made = contents.pending.iter().filter(|(_, key)| key.public == pair.key.public);
    let ((_, id, ..), _) = made.next()?;
    let exchange = exchanges.iter().find(|exchange| exchange.id == *id)?;
    Some((exchange, pair.certificate.clone()))
}

/// Whether the notice about a renewal waits for a person, or a person took it over: the one that
/// was under way when the renewal ended, or the first after it.
fn is_a_persons(renewal: &ExchangeId, journal: &[Numbered], exchanges: &[Exchange]) -> bool {
    let ended = journal.iter().find(|line| {
        line.entry.exchange == *renewal && matches!(line.entry.event, Some(Event::Installed))
    });
    let ended = ended.map_or(0, |line| line.number);
    let line = |notice: &&Exchange| {
        let mut own = journal.iter().filter(|line| line.entry.exchange == notice.id);
        own.next().map_or(0, |line| line.number)
    };
    let closed = |notice: &&Exchange| {
        let closes = |event: &Event| {
            matches!(event, Event::Withdrawn { .. })
                || matches!(event, Event::Heard { word: Word::Granted(_), .. })
        };
        let own = journal.iter().filter(|line| line.entry.exchange == notice.id);
        let mut ends = own.filter(|line| line.entry.event.as_ref().is_some_and(closes));
        ends.next().map_or(u64::MAX, |line| line.number)
    };
    let mut notices: Vec<_> =
        exchanges.iter().filter(|one| one.purpose == Purpose::Notice).collect();
    notices.retain(|notice| closed(notice) > ended);
    notices.sort_by_key(line);
    notices.iter().take(2).any(|notice| {
        notice.stage.name() == StageName::Withdrawn || notice.waits_for() == Party::Person
    })
}

fn hex(certificate: &Certificate) -> String {
    let id = certificate.key_id().unwrap_or_default();
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn an_order_holds_what_was_applied_for(world: &World) -> Result<(), String> {
    let orders = order::all(world.memory.as_ref()).map_err(|error| error.to_string())?;
    let renewals: BTreeSet<ExchangeId> = exchanges(world)?
        .into_iter()
        .filter(|one| one.purpose == Purpose::Renewal)
        .map(|one| one.id)
        .collect();
    let mut attempts = BTreeSet::new();
    for line in journal(world)?.iter().filter(|line| renewals.contains(&line.entry.exchange)) {
        let Some(Event::Prepared { dispatch, .. }) = &line.entry.event else { continue };
        let (id, document) = (&line.entry.exchange, &dispatch.document);
        let items = orders.iter().flat_map(|order| &order.items);
        let own: Vec<_> = items.filter(|item| item.document == *document).collect();
        let [item] = own.as_slice() else {
            return Err(format!("{document} of {id} stands in orders {} times", own.len()));
        };
        if item.exchange != *id || !attempts.insert((id.clone(), item.attempt)) {
            return Err(format!("{document} of {id} is attempt {} twice", item.attempt));
        }
    }
    let items = orders.iter().map(|order| order.items.len()).sum::<usize>();
    if items != attempts.len() {
        return Err(format!("{items} items for {} applications", attempts.len()));
    }
    invoices_are_right(world, &orders)
}

/// What an order knows of its invoices is what the authority wrote, and costs what was ordered.
fn invoices_are_right(world: &World, orders: &[order::Order]) -> Result<(), String> {
    let written = world.town.authority.register.invoices();
    for (order, filed) in
        orders.iter().flat_map(|order| order.invoices.iter().map(move |one| (order, one)))
    {
        let Some(invoice) = written.iter().find(|one| one.number == filed.number) else {
            return Err(format!("{} was never written", filed.number));
        };
        let documents: Vec<_> =
            invoice.items.iter().map(|item| DocumentNumber(item.document.clone())).collect();
        let price = order.price(&documents);
        if invoice.order != order.number || price.as_ref() != Some(&filed.amount) {
            return Err(format!(
                "{} of {} asks {:?}, and {} costs {price:?}",
                filed.number, invoice.order, filed.amount, order.number,
            ));
        }
        if filed.documents.iter().any(|document| !documents.contains(document)) {
            return Err(format!("{} is for something else", filed.number));
        }
    }
    Ok(())
}

pub(super) fn a_snooze_never_passes_the_last_safe_day(world: &World) -> Result<(), String> {
    let exchanges = exchanges(world)?;
    let zone = world.town.authority.profile.policy.calendar.time_zone();
    for line in journal(world)? {
        let entry = &line.entry;
        let Some(Event::Snoozed { until }) = &entry.event else { continue };
        // Certificates that were granted for a later day sleep, too.
        let heard = entry.note == Some(Note::Updated { stage: StageName::Opened });
        let exchange = exchanges.iter().find(|one| one.id == entry.exchange && heard);
        let Some(exchange) = exchange else { continue };
        let last = last_day(world, &exchange.holder, exchange.deadline);
        if until.date(&zone) > last {
            return Err(format!("{} sleeps until {until}, beyond {last}", exchange.id));
        }
    }
    for person in &world.town.company.holders {
        let Some(end) = world.end_of(person.id) else { continue };
        let last = last_day(world, person.id, end);
        if let Some(until) = snoozed(world, person)?.filter(|until| *until > last) {
            return Err(format!("{} sleeps until {until}, beyond {last}", person.id));
        }
    }
    Ok(())
}

fn last_day(world: &World, holder: &str, end: Timestamp) -> Date {
    last_safe_day(end, &world.town.authority.profile.policy, world.town.payment(holder))
}

fn snoozed(world: &World, person: &Person) -> Result<Option<Date>, String> {
    let text = world.memory.value(&value::snoozed(person.id)).map_err(|error| error.to_string())?;
    Ok(text.and_then(|text| text.parse().ok()))
}

/// When a renewal that was put off must begin.
pub(super) fn put_off(
    world: &World,
    person: &Person,
    end: Timestamp,
) -> Result<Option<Timestamp>, String> {
    let calendar = &world.town.authority.profile.policy.calendar;
    let until = snoozed(world, person)?.map(|until| until.min(last_day(world, person.id, end)));
    Ok(until.map(|until| calendar.opening(until)))
}
