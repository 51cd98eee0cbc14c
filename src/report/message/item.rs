//! One cause in one language.

use super::super::build::of_holder;
use super::super::line::{self, Context};
use super::super::payment;
use super::super::words::{PostRemark, Say};
use super::super::{Action, Language, Line, Severity, Snapshot, command};
use super::cause::{context, exchange_key, invoice_key, trouble_key};
use super::{Attached, Cause, Item, Kind};
use crate::engine::order::{FiledInvoice, Order};
use crate::exchange::{Exchange, ExchangeId, Problem};
use crate::store::Fate;

/// The cause in words; `technical`: with the detail that only an administrator understands.
/// `None` when what it is about is not there any more.
pub fn item(
    snapshot: &Snapshot,
    cause: &Cause,
    language: Language,
    technical: bool,
) -> Option<Item> {
    let context = context(snapshot, language);
    let item = match cause.kind {
        Kind::Trouble => of_trouble(&context, &cause.about)?,
        Kind::Ending => of_end(&context, &cause.about)?,
        Kind::Quarantined => of_quarantine(&context),
        Kind::Invoiced => of_invoice(&context, &cause.about)?,
        _ => of_exchange(&context, &cause.about)?,
    };
    let detail = item.detail.filter(|_| technical);
    let Cause { about, kind, severity, .. } = cause.clone();
    Some(Item { about, kind, severity, detail, ..item })
}

/// That a cause of `kind` about `about` is over.
pub fn over(snapshot: &Snapshot, about: &str, language: Language) -> Option<Item> {
    let context = context(snapshot, language);
    let item = match about.strip_prefix("trouble/") {
        Some(rest) => {
            let label = rest.split('/').next().unwrap_or_default().to_owned();
            let problem = Problem { label, detail: String::new() };
            let what = line::problem_words(context.words, &problem).what;
            Item { title: what.trim_end_matches('.').to_owned(), ..empty(about) }
        }
        None => Item { detail: None, action: None, ..of_exchange(&context, about)? },
    };
    let told = match item.told.as_str() {
        "" => context.words.say(&Say::Over),
        told => format!("{} {told}", context.words.say(&Say::Over)),
    };
    let about = about.to_owned();
    Some(Item { about, kind: Kind::Resolved, severity: Severity::Success, told, ..item })
}

fn empty(about: &str) -> Item {
    Item {
        about: about.to_owned(),
        kind: Kind::Trouble,
        severity: Severity::Normal,
        title: String::new(),
        badge: String::new(),
        told: String::new(),
        quotes: Vec::new(),
        facts: Vec::new(),
        detail: None,
        action: None,
        payment: None,
        attached: Vec::new(),
    }
}

/// From a line of the report, whose words are the page's.
pub fn of_line(about: &str, line: Line) -> Item {
    let title = line.title();
    let told = match &line.ends {
        Some(ends) if !line.told.contains(ends.as_str()) => format!("{} {ends}", line.told),
        _ => line.told,
    };
    Item {
        severity: line.severity,
        title,
        badge: line.badge,
        told: told.trim().to_owned(),
        quotes: line.quotes,
        detail: line.detail,
        action: line.action,
        ..empty(about)
    }
}

fn of_trouble(context: &Context<'_>, about: &str) -> Option<Item> {
    let problem = context.snapshot.troubles.iter().find(|one| trouble_key(one) == about);
    let line = match (problem, context.snapshot.mailbox_read) {
        (Some(problem), _) => line::of_trouble(context, problem),
        (None, Some(at)) if about == "trouble/mailbox-silent" => line::of_silence(context, at),
        (None, _) => return None,
    };
    Some(Item { badge: String::new(), ..of_line(about, line) })
}

fn of_exchange(context: &Context<'_>, about: &str) -> Option<Item> {
    let id = about.strip_prefix("hook/").map(|id| format!("exchange/{id}"));
    let about = id.as_deref().unwrap_or(about);
    let is_it = |one: &&Exchange| exchange_key(one) == about;
    let exchange = context.snapshot.exchanges.iter().find(is_it)?;
    let story = context.story(exchange);
    Some(of_line(about, line::of_exchange(context, &story)))
}

/// What a person must copy into the bank's form, one by one; the invoice itself goes along.
fn of_invoice(context: &Context<'_>, about: &str) -> Option<Item> {
    let stories: Vec<_> =
        context.snapshot.exchanges.iter().map(|exchange| context.story(exchange)).collect();
    let mut meant =
        stories.iter().filter(|story| invoice_key(context, story).as_deref() == Some(about));
    let first = meant.next()?;
    let item = of_line(about, line::of_exchange(context, first));
    let others = meant.map(|story| line::of_exchange(context, story).title());
    let title = [item.title.clone()].into_iter().chain(others).collect::<Vec<_>>().join("; ");
    let invoice = first.invoice()?;
    let filed = filed(context, &first.exchange.id, &invoice.number);
    let (words, clock) = (context.words, &context.clock);
    let labels = words.labels();
    let mut facts = vec![
        (labels.invoice.to_owned(), words.number(&invoice.number)),
        (labels.sum.to_owned(), words.money(&invoice.amount)),
    ];
    if let Some(due) = invoice.due {
        facts.push((words.say(&Say::PayBy), words.date(clock.date(due))));
    }
    if let Some(payee) = filed.and_then(|filed| filed.payee.as_ref()) {
        facts.push((words.say(&Say::Payee), format!("{}, {}", payee.name, payee.code)));
        facts.push(("IBAN".into(), payee.iban.clone()));
        facts.push((words.say(&Say::PaymentPurpose), payee.purpose.clone()));
    }
    let pdf = filed.and_then(|filed| filed.pdf).map(|kept| Attached {
        name: format!("invoice-{}.pdf", plain(&invoice.number)),
        content_type: "application/pdf".into(),
        kept,
    });
    let payment = filed.and_then(|filed| code(context, &first.exchange.id, filed));
    Some(Item { title, facts, payment, attached: pdf.into_iter().collect(), ..item })
}

fn filed<'a>(
    context: &Context<'a>,
    exchange: &ExchangeId,
    number: &str,
) -> Option<&'a FiledInvoice> {
    let holds = |order: &&Order| order.items.iter().any(|item| item.exchange == *exchange);
    let orders = context.snapshot.orders.iter().filter(holds);
    orders.flat_map(|order| &order.invoices).rfind(|invoice| invoice.number == number)
}

/// The link of the payment code; an invoice that fits none is paid by its facts.
fn code(context: &Context<'_>, exchange: &ExchangeId, filed: &FiledInvoice) -> Option<String> {
    let holds = |order: &&Order| order.items.iter().any(|item| item.exchange == *exchange);
    let order = context.snapshot.orders.iter().find(holds)?;
    let transfer = payment::transfer(order, filed, &context.clock.zone).ok()?;
    payment::link(&transfer).ok()
}

/// A foreign number as part of a file's name.
fn plain(number: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    number.chars().map(fits).take(40).collect()
}

fn of_end(context: &Context<'_>, about: &str) -> Option<Item> {
    let id = about.strip_prefix("end/")?;
    let holder = context.snapshot.holders.iter().find(|holder| holder.id == id)?;
    let end = holder.certificates.iter().map(|certificate| certificate.not_after).min()?;
    let left = context.days_until(end);
    let ends = context.words.ends(context.clock.date(end), left);
    let open =
        context.snapshot.exchanges.iter().find(|one| {
            one.holder == id && !one.is_closed() && context.story(one).holder.is_some()
        });
    let line = match open {
        Some(exchange) => line::of_exchange(context, &context.story(exchange)),
        None => of_holder(context, &[], holder).pop()?.1,
    };
    // The heading says when; the text says what is done about it.
    let line = Line { ends: None, ..line };
    let badge = ends.trim_end_matches('.').to_owned();
    Some(Item { badge, ..of_line(about, line) })
}

fn of_quarantine(context: &Context<'_>) -> Item {
    let arrivals = context.snapshot.arrivals.iter();
    let quarantined: Vec<_> =
        arrivals.filter(|one| matches!(one.fate, Fate::Quarantined { .. })).collect();
    let said = PostRemark::Quarantined { letters: quarantined.len() };
    let newest = quarantined.last().map(|one| {
        let reason = match &one.fate {
            Fate::Quarantined { reason } => reason.as_str(),
            _ => "",
        };
        format!("{} · {} · {reason}", one.from, one.subject)
    });
    Item {
        title: context.words.say(&Say::QuarantineTitle),
        told: context.words.post(said, &context.clock),
        detail: newest,
        action: Some(Action {
            text: context.words.say(&Say::LookAtQuarantine),
            command: Some(command::quarantine()),
        }),
        ..empty("quarantine")
    }
}
