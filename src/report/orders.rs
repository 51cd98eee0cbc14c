//! What was ordered, invoiced and paid, and what will be.

use std::collections::BTreeMap;

use super::build::is_news;
use super::line::{self, Context, Story, short_name};
use super::words::{InvoiceState, PaymentState};
use super::{HolderView, InvoiceView, Order, OrderItem, Severity};
use crate::authority::{Payment, Role};
use crate::engine::order::{self, FiledInvoice};
use crate::exchange::{DocumentNumber, Exchange, Money, Purpose, StageName};

/// Sums a currency; most orders have one.
#[derive(Default)]
struct Sums(BTreeMap<String, i64>);

impl Sums {
    fn add(&mut self, money: &Money) {
        let sum = self.0.entry(money.currency.clone()).or_default();
        *sum = sum.saturating_add(money.minor);
    }

    fn text(&self, context: &Context<'_>) -> String {
        let sums = self.0.iter().map(|(currency, minor)| {
            context.words.money(&Money { minor: *minor, currency: currency.clone() })
        });
        sums.collect::<Vec<_>>().join(" + ")
    }
}

/// What was ordered lately, newest first; then what `planned` holders will cost, and the total of
/// what was ordered when that is more than one order.
pub fn orders(
    context: &Context<'_>,
    stories: &[Story<'_>],
    planned: &dyn Fn(&HolderView) -> bool,
) -> (Vec<Order>, Option<String>) {
    let mut all = Sums::default();
    let mut orders: Vec<Order> = Vec::new();
    for order in context.snapshot.orders.iter().rev() {
        orders.extend(ordered(context, stories, order, &mut all));
    }
    let total = (orders.len() > 1).then(|| all.text(context));
    // What is only planned is no part of what was ordered.
    let open = |holder: &HolderView| {
        let mut own = stories.iter().filter(|story| story.exchange.holder == holder.id);
        own.any(|story| !story.exchange.is_closed() && story.exchange.document().is_none())
    };
    let mut sums = Sums::default();
    let holders = context.snapshot.holders.iter().filter(|one| planned(one) || open(one));
    let items: Vec<OrderItem> = holders
        .map(|holder| {
            holder.price.iter().for_each(|price| sums.add(price));
            planned_item(context, holder)
        })
        .collect();
    // Without a single price there is nothing to tell about costs.
    if !sums.0.is_empty() {
        let title = context.words.labels().order_planned.to_owned();
        let total = sums.text(context);
        let (number, vat, invoices) = (None, None, Vec::new());
        orders.push(Order { number, title, day: None, items, total, vat, invoices });
    }
    (orders, total)
}

/// The applications of an order that still count, with their exchanges.
fn counted<'s, 'o>(
    context: &Context<'_>,
    stories: &'s [Story<'s>],
    order: &'o order::Order,
) -> Vec<(&'o order::Item, &'s Story<'s>)> {
    let story = |item: &order::Item| {
        stories.iter().find(|story| {
            let exchange = story.exchange;
            exchange.id == item.exchange
                && exchange.attempt == item.attempt
                && exchange.stage.name() != StageName::Withdrawn
                && (!exchange.is_closed() || is_news(context.clock.now, exchange.opened_at))
        })
    };
    let mut items: Vec<_> =
        order.items.iter().filter_map(|item| Some((item, story(item)?))).collect();
    items.sort_by_key(|(item, _)| (item.role, &item.exchange));
    items
}

fn ordered(
    context: &Context<'_>,
    stories: &[Story<'_>],
    order: &order::Order,
    all: &mut Sums,
) -> Option<Order> {
    let counted = counted(context, stories, order);
    if counted.is_empty() {
        return None;
    }
    let (mut sums, mut vat) = (Sums::default(), Some(Sums::default()));
    for (item, _) in &counted {
        sums.add(&item.sum);
        all.add(&item.sum);
        vat = item.vat.zip(vat).map(|(minor, mut vat)| {
            vat.add(&Money { minor, currency: item.sum.currency.clone() });
            vat
        });
    }
    let items = counted.iter().map(|(item, story)| order_item(context, order, item, story));
    let invoices =
        order.invoices.iter().map(|invoice| invoice_view(context, stories, order, invoice));
    Some(Order {
        number: Some(order.number.clone()),
        title: context.words.ordered(order.day, &order.number),
        day: Some(order.day),
        items: items.collect(),
        total: sums.text(context),
        vat: vat.map(|vat| vat.text(context)),
        invoices: invoices.collect(),
    })
}

fn order_item(
    context: &Context<'_>,
    order: &order::Order,
    item: &order::Item,
    story: &Story<'_>,
) -> OrderItem {
    let words = context.words;
    let mut usages = item.usages.clone();
    usages.sort_unstable();
    let usages: Vec<&str> = usages.into_iter().map(|usage| words.usage(usage)).collect();
    let line = line::of_exchange(context, story);
    OrderItem {
        exchange: Some(item.exchange.to_string()),
        role: context.role(item.role).to_owned(),
        short_name: match item.role {
            Role::Seal => String::new(),
            Role::Director | Role::Accountant | Role::Employee => short_name(&item.holder),
        },
        usages: usages.join(", "),
        term: words.term(item.term),
        payment: words.payment(payment_of(order, item, story)),
        state: line.badge,
        severity: line.severity,
        sum: words.money(&item.sum),
        money: Some(item.sum.clone()),
    }
}

/// How one application of an order is paid.
fn payment_of<'o>(
    order: &'o order::Order,
    item: &order::Item,
    story: &Story<'_>,
) -> PaymentState<'o> {
    let invoice = order.invoices.iter().rev().find(|one| one.documents.contains(&item.document));
    match invoice {
        Some(invoice) if story.owes_money() => PaymentState::InvoiceUnpaid(&invoice.number),
        Some(invoice) => PaymentState::InvoicePaid(&invoice.number),
        None => expected(item.payment),
    }
}

fn planned_item(context: &Context<'_>, holder: &HolderView) -> OrderItem {
    let words = context.words;
    let mut usages: Vec<_> = holder.certificates.iter().map(|one| one.usage).collect();
    usages.sort_unstable();
    let usages: Vec<&str> = usages.into_iter().map(|usage| words.usage(usage)).collect();
    OrderItem {
        exchange: None,
        role: context.role(holder.role).to_owned(),
        short_name: match holder.role {
            Role::Seal => String::new(),
            Role::Director | Role::Accountant | Role::Employee => short_name(&holder.name),
        },
        usages: usages.join(", "),
        term: words.term(holder.term),
        payment: words.payment(expected(holder.payment)),
        state: String::new(),
        severity: Severity::Normal,
        sum: holder.price.as_ref().map_or_else(|| "—".to_owned(), |price| words.money(price)),
        money: holder.price.clone(),
    }
}

fn invoice_view(
    context: &Context<'_>,
    stories: &[Story<'_>],
    order: &order::Order,
    invoice: &FiledInvoice,
) -> InvoiceView {
    let (words, labels) = (context.words, context.words.labels());
    let owed = stories.iter().any(|story| {
        story.exchange.document().is_some_and(|one| invoice.documents.contains(one))
            && story.owes_money()
    });
    let overdue = invoice.due.is_some_and(|due| due < context.clock.now);
    let (state, severity) = match (&order.paid, owed) {
        (_, true) if overdue => (InvoiceState::Overdue, Severity::Error),
        (_, true) => (InvoiceState::Unpaid, Severity::Warning),
        (Some(paid), false) => {
            (InvoiceState::Paid { on: paid.on, reference: &paid.reference }, Severity::Success)
        }
        (None, false) => (InvoiceState::Settled, Severity::Success),
    };
    let mut facts = vec![(labels.sum, words.money(&invoice.amount))];
    facts.extend(invoice.vat.as_ref().map(|vat| (labels.vat_inside, words.money(vat))));
    let due = invoice.due.map(|due| words.date(context.clock.date(due)));
    facts.extend(due.clone().map(|due| (labels.pay_by, due)));
    if let Some(payee) = &invoice.payee {
        facts.extend([
            (labels.payee, payee.name.clone()),
            (labels.payee_code, payee.code.clone()),
            (labels.iban, payee.iban.clone()),
            (labels.purpose, payee.purpose.clone()),
        ]);
    }
    InvoiceView {
        title: words.invoice_title(&invoice.number, invoice.dated),
        state: words.invoice_state(state),
        severity,
        owed,
        warning: order.disagrees(invoice).map(|price| words.wrong_sum(&invoice.amount, &price)),
        facts: facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        paper: invoice.clone(),
    }
}

pub fn expected(payment: Payment) -> PaymentState<'static> {
    match payment {
        Payment::Prepaid => PaymentState::Prepaid,
        Payment::Invoice => PaymentState::InvoiceExpected,
        Payment::Online => PaymentState::Online,
    }
}

/// The order and the item of an exchange's current document.
pub fn of<'s>(
    context: &Context<'s>,
    exchange: &Exchange,
) -> Option<(&'s order::Order, &'s order::Item)> {
    let document: &DocumentNumber = exchange.document()?;
    context.snapshot.orders.iter().find_map(|order| {
        let item = order.items.iter().find(|item| item.document == *document)?;
        Some((order, item))
    })
}

/// The order of an exchange whose unpaid invoice is for others too: one payment is told for all.
pub fn shared<'s>(context: &Context<'s>, story: &Story<'_>) -> Option<&'s order::Order> {
    let (order, _) = of(context, story.exchange)?;
    let number = &story.invoice()?.number;
    let invoice = order.invoices.iter().find(|one| one.number == *number)?;
    (invoice.documents.len() > 1).then_some(order)
}

/// What the holder's certificates cost and how they are paid, for tables: by the order when there
/// is one, else by today's prices.
pub fn cost(
    context: &Context<'_>,
    holder: &HolderView,
    story: Option<&Story<'_>>,
) -> (String, String) {
    let renewal = story.filter(|story| story.exchange.purpose == Purpose::Renewal);
    let found = renewal.and_then(|story| Some((of(context, story.exchange)?, story)));
    let words = context.words;
    match found {
        Some(((order, item), story)) => {
            (words.amount(item.sum.minor, false), words.payment(payment_of(order, item, story)))
        }
        None => (
            holder.price.as_ref().map(|price| words.amount(price.minor, false)).unwrap_or_default(),
            words.payment(expected(holder.payment)),
        ),
    }
}
