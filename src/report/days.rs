//! The days that matter, for a calendar.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::HolderView;
use super::calendar::Event;
use super::line::{Context, Story, short_name};
use crate::authority::Role;
use crate::crypto::Usage;
use crate::exchange::Invoice;
use crate::time::Span;

/// A day in the calendar. `who`: `Директор, Яременко О. І.`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion<'a> {
    Ends { who: &'a str, usages: &'a str },
    Due { who: &'a str },
    LastSafeDay { who: &'a str },
    InvoiceDue(&'a Invoice),
}

/// Ends, beginnings and last safe days of what is in place, and invoices that wait to be paid;
/// earliest first.
pub fn events(context: &Context<'_>, stories: &[Story<'_>]) -> Vec<Event> {
    let code = &context.snapshot.organisation.code;
    let mut events = Vec::new();
    for holder in &context.snapshot.holders {
        events.extend(of_holder(context, holder, code));
    }
    for story in stories.iter().filter(|story| story.owes_money()) {
        let Some((invoice, due)) = story.invoice().and_then(|one| Some((one, one.due?))) else {
            continue;
        };
        let event = Event {
            uid: format!("invoice-{}@{code}.certpost", invoice.number),
            day: context.clock.date(due),
            summary: context.words.occasion(Occasion::InvoiceDue(invoice)),
            description: String::new(),
        };
        // One invoice may be for several holders.
        if events.iter().all(|known: &Event| known.uid != event.uid) {
            events.push(event);
        }
    }
    events.sort_by(|a, b| (a.day, &a.uid).cmp(&(b.day, &b.uid)));
    events
}

fn of_holder(context: &Context<'_>, holder: &HolderView, code: &str) -> Vec<Event> {
    let words = context.words;
    let role = context.role(holder.role);
    let who = match holder.role {
        Role::Seal => role.to_owned(),
        Role::Director | Role::Accountant | Role::Employee => {
            format!("{role}, {}", short_name(&holder.name))
        }
    };
    let mut ends: BTreeMap<Date, Vec<Usage>> = BTreeMap::new();
    for certificate in &holder.certificates {
        ends.entry(context.clock.date(certificate.not_after)).or_default().push(certificate.usage);
    }
    let event = |kind: &str, end: Date, day: Date, occasion: Occasion<'_>, told: String| Event {
        uid: format!("{kind}-{}-{}@{code}.certpost", holder.id, end.strftime("%Y%m%d")),
        day,
        summary: words.occasion(occasion),
        description: told,
    };
    let mut events = Vec::new();
    for (end, mut usages) in ends.clone() {
        usages.sort_unstable();
        let usages: Vec<&str> = usages.into_iter().map(|usage| words.usage(usage)).collect();
        let usages = usages.join(", ");
        let occasion = Occasion::Ends { who: &who, usages: &usages };
        events.push(event("ends", end, end, occasion, holder.authority.clone()));
    }
    let Some(first) = holder.certificates.iter().map(|one| one.not_after).min() else {
        return events;
    };
    let end = context.clock.date(first);
    let due = context.clock.date(first - Span::days(i64::from(holder.lead_days)));
    let told = words.ends(end, context.days_until(first));
    events.push(event("due", end, due, Occasion::Due { who: &who }, told.clone()));
    if let Some(day) = holder.last_safe_day {
        events.push(event("safe", end, day, Occasion::LastSafeDay { who: &who }, told));
    }
    events
}
