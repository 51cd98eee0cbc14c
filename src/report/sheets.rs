//! The report as tables with real dates and numbers, for programs that count with them.

use jiff::civil::{Date, DateTime};

use super::line::{Context, Story};
use super::{Line, Order, Topic};
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    Empty,
    Text(String),
    Date(Date),
    /// Local time of the report's zone.
    Moment(DateTime),
    Whole(i64),
    /// Hundredths.
    Money(i64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    pub title: &'static str,
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<Cell>>,
    /// Columns of sums and of their currencies, when sums are worth a total.
    pub total: Option<(usize, usize)>,
}

/// With ordinary spaces, so that whoever searches for `2 роки` finds it.
fn text(text: &str) -> Cell {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.replace('\u{a0}', " ")) }
}

/// Certificates, orders, what is planned, cases, history. The last ones may lack.
pub fn sheets(
    context: &Context<'_>,
    stories: &[Story<'_>],
    lines: &[(Topic, Line)],
    orders: &[Order],
    cases: &[Line],
) -> Vec<Sheet> {
    let labels = context.words.labels();
    let (made, planned): (Vec<_>, Vec<_>) = orders.iter().partition(|order| order.day.is_some());
    let mut sheets = vec![
        certificates(context, lines),
        of_orders(context, labels.orders, &made),
        of_cases(context, stories, cases),
    ];
    if !planned.is_empty() {
        sheets.insert(2, of_orders(context, labels.order_planned, &planned));
    }
    sheets.push(history(context, stories, cases));
    sheets
}

fn certificates(context: &Context<'_>, lines: &[(Topic, Line)]) -> Sheet {
    let labels = context.words.labels();
    let [_, _, _, role, name, certificate, serial, from, until, left, state, .., action, _] =
        labels.columns;
    let mut rows = Vec::new();
    for holder in &context.snapshot.holders {
        let line = lines.iter().map(|(_, line)| line);
        let line = line.clone().find(|line| line.holder.as_deref() == Some(&holder.id));
        for one in &holder.certificates {
            rows.push((
                one.not_after,
                vec![
                    text(context.role(holder.role)),
                    text(&holder.name),
                    text(context.words.usage(one.usage)),
                    text(&one.serial),
                    Cell::Date(context.clock.date(one.not_before)),
                    Cell::Date(context.clock.date(one.not_after)),
                    Cell::Whole(context.days_until(one.not_after)),
                    text(line.map_or("", |line| &line.badge)),
                    text(line.and_then(|line| line.action.as_ref()).map_or("", |one| &one.text)),
                ],
            ));
        }
    }
    rows.sort_by_key(|(end, _)| *end);
    Sheet {
        title: labels.certificates,
        columns: vec![role, name, certificate, serial, from, until, left, state, action],
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        total: None,
    }
}

fn of_orders(context: &Context<'_>, title: &'static str, orders: &[&Order]) -> Sheet {
    let labels = context.words.labels();
    let mut rows = Vec::new();
    for order in orders {
        for item in &order.items {
            let (sum, currency) = match &item.money {
                Some(money) => (Cell::Money(money.minor), text(&money.currency)),
                None => (Cell::Empty, Cell::Empty),
            };
            rows.push(vec![
                order.day.map_or(Cell::Empty, Cell::Date),
                text(&item.role),
                text(&item.short_name),
                text(&item.term),
                text(&item.payment),
                sum,
                currency,
            ]);
        }
    }
    let [_, _, _, role, name, ..] = labels.columns;
    let (term, payment, sum) = (labels.term, labels.payment, labels.sum);
    let columns = vec![labels.order, role, name, term, payment, sum, labels.currency];
    Sheet { title, columns, rows, total: Some((5, 6)) }
}

fn of_cases(context: &Context<'_>, stories: &[Story<'_>], cases: &[Line]) -> Sheet {
    let labels = context.words.labels();
    let [_, _, _, role, name, .., action, command] = labels.columns;
    let [.., state, case, opened, sent, delivered, decided, installed, _, _, _, _, _] =
        labels.columns;
    let moment =
        |at: Option<Timestamp>| at.map_or(Cell::Empty, |at| Cell::Moment(context.clock.civil(at)));
    let rows = stories.iter().zip(cases).map(|(story, line)| {
        let (exchange, times) = (story.exchange, &story.times);
        vec![
            text(&exchange.id.0),
            text(&line.role),
            text(&line.name),
            text(&line.badge),
            moment(Some(exchange.opened_at)),
            moment(times.sent),
            moment(times.delivered),
            moment(times.decided),
            moment(times.installed),
            text(exchange.document().map_or("", |document| &document.0)),
            text(line.action.as_ref().map_or("", |action| &action.text)),
            text(line.action.as_ref().and_then(|one| one.command.as_deref()).unwrap_or("")),
        ]
    });
    let columns = vec![
        case,
        role,
        name,
        state,
        opened,
        sent,
        delivered,
        decided,
        installed,
        labels.document,
        action,
        command,
    ];
    Sheet { title: labels.cases, columns, rows: rows.collect(), total: None }
}

/// Every entry of every case, newest first.
fn history(context: &Context<'_>, stories: &[Story<'_>], cases: &[Line]) -> Sheet {
    let labels = context.words.labels();
    let mut rows: Vec<(Timestamp, Vec<Cell>)> = Vec::new();
    for (story, line) in stories.iter().zip(cases) {
        for entry in &line.journal {
            let row = vec![
                Cell::Moment(context.clock.civil(entry.at)),
                text(&story.exchange.id.0),
                text(&line.role),
                text(&entry.text),
                text(&entry.words),
            ];
            rows.push((entry.at, row));
        }
    }
    rows.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let [when, ..] = labels.letters;
    let columns = vec![when, labels.case, labels.who, labels.what_happened, labels.authority_says];
    let rows = rows.into_iter().map(|(_, row)| row).collect();
    Sheet { title: labels.history, columns, rows, total: None }
}
