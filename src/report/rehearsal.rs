//! `certpost renew HOLDER --dry-run`: the application that would go.

use super::columns::{Colour, Page, padded, width};
use super::situation::{Case, Clock};
use super::words::{self, PaymentState, StepName};
use super::{Language, Severity};
use crate::authority::{Payment, Role};
use crate::engine::Rehearsed;
use crate::exchange::Purpose;

/// Characters of a run without spaces that are shown: requests in base64 say nothing to people.
const RUN: usize = 48;

/// The facts, then the document. `counted`: the document's number is the one that it would get; a
/// running daemon keeps the count to itself.
pub fn rehearsal(one: &Rehearsed, counted: bool, language: Language, clock: &Clock) -> String {
    let words = words::of(language);
    let said = words.rehearsal();
    let mut page = Page::new(language, Colour::Plain);
    page.wrapped(said.title, 0, 0);
    page.text.push('\n');
    let labels = page.labels;
    let role = words.role(one.role);
    let who = match one.role {
        Role::Seal => role.to_owned(),
        _ => format!("{role}, {}", one.name),
    };
    let usages: Vec<_> = one.usages.iter().map(|usage| words.usage(*usage)).collect();
    let payment = match one.payment {
        Payment::Prepaid => PaymentState::Prepaid,
        Payment::Invoice => PaymentState::InvoiceExpected,
        Payment::Online => PaymentState::Online,
    };
    let case = Case { purpose: Purpose::Renewal, numbered: true, clock };
    let gates: Vec<_> =
        one.gates.iter().map(|gate| words.step(StepName::Gate(*gate), &case)).collect();
    let ends = words.date(clock.date(one.ends));
    let mut facts = vec![
        (labels.who, who),
        (labels.authority, format!("{}, {}", one.authority, one.to)),
        (labels.certificates, usages.join(", ")),
        (labels.valid_until, ends),
        (labels.term, words.term(one.term)),
        (labels.payment, words.payment(payment)),
        (labels.sum, words.money(&one.sum)),
        (said.order, one.order.clone()),
    ];
    if counted {
        facts.push((labels.document, one.document.to_string()));
    }
    facts.push((said.size, format!("{} B", one.letter_bytes)));
    if !gates.is_empty() {
        facts.push((said.gates, gates.join(", ")));
    }
    let column = facts.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    for (name, value) in facts {
        page.wrapped(&format!("{}  {value}", padded(name, column)), 0, column + 2);
    }
    if !counted {
        page.wrapped(said.uncounted, 0, 0);
    }
    page.text.push('\n');
    for line in one.text.lines() {
        let indent = line.len() - line.trim_start().len();
        page.wrapped(&shortened(line), 0, indent + 2);
    }
    let masked = page.painted(Severity::Normal, said.masked);
    page.text.push('\n');
    page.wrapped(&masked, 0, 0);
    page.text
}

/// Long runs without spaces are cut, with the number of characters that are left out.
fn shortened(line: &str) -> String {
    let mut short = String::new();
    for (number, run) in line.split(' ').enumerate() {
        if number > 0 {
            short.push(' ');
        }
        let count = run.chars().count();
        // An element with its name on both sides keeps both.
        match (count > 70, run.rfind("</")) {
            (false, _) => short.push_str(run),
            (true, Some(end)) => {
                let (head, tail) = run.split_at(end);
                let left = head.chars().count().saturating_sub(RUN);
                short.extend(head.chars().take(RUN));
                short.push_str(&format!("…[{left}]{tail}"));
            }
            (true, None) => {
                short.extend(run.chars().take(RUN));
                short.push_str(&format!("…[{}]", count - RUN));
            }
        }
    }
    short
}
