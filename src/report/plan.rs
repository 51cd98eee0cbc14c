//! What the coming months bring: which certificates become due when, until which day their
//! application can safely go, and what it will cost.
//!
//! A renewal that has not happened yet begins, as far as one can tell, on the day it becomes due,
//! and its certificates last for the term that is configured: later rows are such assumptions.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::calendar::{self, Event};
use super::columns::{Colour, Page};
use super::days::Occasion;
use super::line::short_name;
use super::words::{self, PlanWords};
use super::{HolderView, Language, Severity, Snapshot};
use crate::authority::{Payment, Profile, Role, last_safe_day};
use crate::crypto::Usage;
use crate::exchange::{Exchange, ExchangeId, Money, Purpose};
use crate::time::{Span, Timestamp};

/// Renewals of one holder within the horizon: with a lead of a year and a term of one there is no
/// end.
const MOST: usize = 50;

/// One renewal that will become due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Due {
    pub holder: String,
    pub role: Role,
    /// Full name; the organisation's for a seal.
    pub name: String,
    pub usages: Vec<Usage>,
    /// The day on which it opens; today when it should be open already.
    pub due: Date,
    /// The last day on which the application can go: [`last_safe_day`].
    pub last_safe_day: Date,
    /// The day on which the certificates end that it replaces.
    pub ends: Date,
    pub term: u8,
    pub payment: Payment,
    /// By the price list of the day it becomes due; `None`: no list knows.
    pub cost: Option<Money>,
    /// It is open already.
    pub exchange: Option<ExchangeId>,
    /// The certificates that it replaces do not exist yet.
    pub assumed: bool,
}

/// The coming months, soonest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    pub organisation: String,
    /// ЄДРПОУ or ДРФО.
    pub code: String,
    pub from: Date,
    /// The last day that is looked at.
    pub to: Date,
    pub renewals: Vec<Due>,
    /// A sum for each currency.
    pub total: Vec<Money>,
    /// Holders that post can't help any more: their certificates ended, or none is in place.
    pub paper: Vec<String>,
    /// Holders whose renewal a person withdrew: none opens by itself.
    pub withdrawn: Vec<String>,
}

/// `profile_of` gives the manners of a holder's authority.
pub fn build<'p>(
    snapshot: &Snapshot,
    profile_of: &dyn Fn(&str) -> Option<&'p Profile>,
    months: u32,
) -> Plan {
    let zone = TimeZone::get(&snapshot.zone).unwrap_or(TimeZone::UTC);
    let from = snapshot.now.date(&zone);
    let months = i32::try_from(months).unwrap_or(i32::MAX);
    let to = from.checked_add(jiff::Span::new().try_months(months).unwrap_or_default());
    let to = to.unwrap_or(Date::MAX);
    let mut plan = Plan {
        organisation: snapshot.organisation.name.clone(),
        code: snapshot.organisation.code.clone(),
        from,
        to,
        renewals: Vec::new(),
        total: Vec::new(),
        paper: Vec::new(),
        withdrawn: Vec::new(),
    };
    for holder in &snapshot.holders {
        let Some(profile) = profile_of(&holder.id) else { continue };
        let ends = holder.certificates.iter().map(|one| one.not_after).min();
        if ends.is_none_or(|end| end <= snapshot.now) {
            plan.paper.push(holder.id.clone());
        } else if is_withdrawn(snapshot, holder, ends) {
            plan.withdrawn.push(holder.id.clone());
        } else {
            plan.renewals.extend(renewals(snapshot, holder, profile, &zone, to));
        }
    }
    plan.renewals.sort_by(|a, b| (a.due, a.ends, &a.holder).cmp(&(b.due, b.ends, &b.holder)));
    plan.total = total(&plan.renewals);
    plan
}

/// A person ended the renewal of the very certificates that are in place.
fn is_withdrawn(snapshot: &Snapshot, holder: &HolderView, end: Option<Timestamp>) -> bool {
    let own = snapshot.exchanges.iter().filter(|one| is_renewal_of(one, holder));
    let (mut withdrawn, mut open) = (false, false);
    for exchange in own {
        open |= !exchange.is_closed();
        withdrawn |= exchange.stage.name() == crate::exchange::StageName::Withdrawn
            && Some(exchange.deadline) == end;
    }
    withdrawn && !open
}

fn is_renewal_of(exchange: &Exchange, holder: &HolderView) -> bool {
    exchange.purpose == Purpose::Renewal && exchange.holder == holder.id
}

fn renewals(
    snapshot: &Snapshot,
    holder: &HolderView,
    profile: &Profile,
    zone: &TimeZone,
    to: Date,
) -> Vec<Due> {
    let lead = Span::days(i64::from(profile.lead_days));
    let mut ends: Vec<(Usage, Timestamp, bool)> =
        holder.certificates.iter().map(|one| (one.usage, one.not_after, false)).collect();
    let open = snapshot.exchanges.iter().find(|one| is_renewal_of(one, holder) && !one.is_closed());
    let mut found = Vec::new();
    while let Some(end) = ends.iter().map(|(_, end, _)| *end).min() {
        let mut at = (end - lead).max(snapshot.now);
        // A person asked not to begin the one that is due before that day.
        if let (Some(day), true, None) = (holder.snoozed, found.is_empty(), open) {
            at = at.max(Timestamp::from_civil(day.at(0, 0, 0, 0), zone)).min(end);
        }
        let due = at.date(zone);
        if due > to || found.len() == MOST {
            break;
        }
        // What the engine renews together: everything within the lead by then.
        let is_due = |end: Timestamp| end - lead <= at;
        let mut usages: Vec<Usage> =
            ends.iter().filter(|(_, end, _)| is_due(*end)).map(|(usage, ..)| *usage).collect();
        usages.sort_unstable();
        let assumed = ends.iter().any(|(_, end, assumed)| is_due(*end) && *assumed);
        let day = at.date(&profile.policy.calendar.time_zone());
        found.push(Due {
            holder: holder.id.clone(),
            role: holder.role,
            name: holder.name.clone(),
            usages,
            due,
            last_safe_day: last_safe_day(end, &profile.policy, holder.payment),
            ends: end.date(zone),
            term: holder.term,
            payment: holder.payment,
            cost: profile.price(holder.role, holder.price_class.as_deref(), holder.term, day),
            exchange: open.filter(|open| open.deadline == end).map(|open| open.id.clone()),
            assumed,
        });
        let next = after_term(at, holder.term, zone);
        for one in &mut ends {
            if is_due(one.1) {
                *one = (one.0, next, true);
            }
        }
        if next <= end {
            break;
        }
    }
    found
}

/// The end of certificates that begin at `at`.
fn after_term(at: Timestamp, years: u8, zone: &TimeZone) -> Timestamp {
    let begins = at.civil(zone);
    let ends = begins.checked_add(jiff::Span::new().years(i64::from(years)));
    ends.map_or(at, |ends| Timestamp::from_civil(ends, zone))
}

fn total(renewals: &[Due]) -> Vec<Money> {
    let mut sums: Vec<Money> = Vec::new();
    for cost in renewals.iter().filter_map(|one| one.cost.as_ref()) {
        match sums.iter_mut().find(|sum| sum.currency == cost.currency) {
            Some(sum) => sum.minor = sum.minor.saturating_add(cost.minor),
            None => sums.push(cost.clone()),
        }
    }
    sums
}

/// The same for a calendar program.
pub fn calendar(plan: &Plan, language: Language, at: Timestamp) -> String {
    let words = words::of(language);
    let title = words.plan(plan.from, plan.to).title;
    let mut events = Vec::new();
    for one in &plan.renewals {
        let role = words.role(one.role);
        let who = match one.role {
            Role::Seal => role.to_owned(),
            _ => format!("{role}, {}", short_name(&one.name)),
        };
        let usages: Vec<_> = one.usages.iter().map(|usage| words.usage(*usage)).collect();
        let usages = usages.join(", ");
        let sum = one.cost.as_ref().map(|cost| words.money(cost)).unwrap_or_default();
        let mut event = |kind: &str, day: Date, occasion: Occasion<'_>| {
            events.push(Event {
                uid: format!(
                    "{kind}-{}-{}@{}.certpost",
                    one.holder,
                    one.ends.strftime("%Y%m%d"),
                    plan.code
                ),
                day,
                summary: words.occasion(occasion),
                description: sum.clone(),
            });
        };
        event("due", one.due, Occasion::Due { who: &who });
        event("safe", one.last_safe_day, Occasion::LastSafeDay { who: &who });
        event("ends", one.ends, Occasion::Ends { who: &who, usages: &usages });
    }
    events.sort_by(|a, b| (a.day, &a.uid).cmp(&(b.day, &b.uid)));
    calendar::render(&format!("{title}: {}", plan.organisation), language, at, &events)
}

/// `certpost plan`: a table in 80 columns.
pub fn text(plan: &Plan, language: Language, colour: Colour) -> String {
    let words = words::of(language);
    let PlanWords { title, columns, none, assumed, paper, withdrawn } =
        words.plan(plan.from, plan.to);
    let mut page = Page::new(language, colour);
    page.heading(&title);
    if plan.renewals.is_empty() {
        page.wrapped(none, 0, 0);
    } else {
        let rows: Vec<_> = plan.renewals.iter().map(|one| row(one, language)).collect();
        page.table(&columns, &rows);
        let sums: Vec<_> = plan.total.iter().map(|sum| words.money(sum)).collect();
        if !sums.is_empty() {
            page.wrapped(&format!("{}: {}", page.labels.total, sums.join(" + ")), 0, 2);
        }
    }
    if plan.renewals.iter().any(|one| one.assumed) {
        page.wrapped(assumed, 0, 2);
    }
    for (words, holders) in [(paper, &plan.paper), (withdrawn, &plan.withdrawn)] {
        if !holders.is_empty() {
            page.wrapped(&format!("! {words}: {}", holders.join(", ")), 0, 2);
        }
    }
    page.text
}

fn row(one: &Due, language: Language) -> (Severity, [String; 5]) {
    let words = words::of(language);
    let who = match one.role {
        Role::Seal => one.holder.clone(),
        _ => format!("{}, {}", one.holder, short_name(&one.name)),
    };
    let mark = if one.assumed { " *" } else { "" };
    let cells = [
        words.date(one.due),
        cut(&who, 24),
        format!("{}{mark}", words.date(one.ends)),
        words.date(one.last_safe_day),
        one.cost.as_ref().map_or_else(|| "—".into(), |cost| words.money(cost)),
    ];
    (Severity::Normal, cells)
}

/// At most `most` characters, the last of them «…» when some are missing.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}
