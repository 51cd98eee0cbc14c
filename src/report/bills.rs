//! Invoices that wait to be paid, ready for the bank.

use super::days::Occasion;
use super::line::{Context, Story};
use super::payment::{self, Transfer, qr};
use crate::exchange::{Digest, Invoice};

/// One unpaid invoice that can be turned into a transfer.
#[derive(Clone, Debug, PartialEq)]
pub struct Bill {
    pub transfer: Transfer,
    /// `Сплатити рахунок № 1482: 349,00 грн`
    pub title: String,
    /// The signed invoice, kept.
    pub invoice: Digest,
    /// The cases that wait for this money.
    pub cases: Vec<String>,
    /// A drawing of the payment code; `None` when the details don't fit into one.
    pub drawing: Option<String>,
    /// The same for a terminal, row by row; empty when it would be too wide.
    pub blocks: Vec<String>,
    /// The invoice's PDF, kept.
    pub pdf: Option<Digest>,
    /// Files beside the page: what they are called for people, and their names. Filled in by
    /// whoever writes them.
    pub files: Vec<(String, String)>,
}

impl Bill {
    /// `UA21 3223 1300 0002 6007 2335 6600 1`
    pub fn iban(&self) -> String {
        let digits: Vec<char> = self.transfer.iban.chars().collect();
        let groups = digits.chunks(4).map(|group| group.iter().collect::<String>());
        groups.collect::<Vec<_>>().join(" ")
    }
}

pub fn bills(context: &Context<'_>, stories: &[Story<'_>]) -> Vec<Bill> {
    let mut bills = Vec::new();
    for order in &context.snapshot.orders {
        for invoice in &order.invoices {
            let waits = |story: &&Story<'_>| {
                let document = story.exchange.document();
                story.owes_money() && document.is_some_and(|one| invoice.documents.contains(one))
            };
            let cases: Vec<String> =
                stories.iter().filter(waits).map(|story| story.exchange.id.to_string()).collect();
            // An invoice of another sum than the price list's is paid only after a person looked.
            if cases.is_empty() || order.paid.is_some() || order.disagrees(invoice).is_some() {
                continue;
            }
            let Ok(transfer) = payment::transfer(order, invoice, &context.clock.zone) else {
                continue;
            };
            let shown = Invoice {
                number: invoice.number.clone(),
                amount: invoice.amount.clone(),
                due: invoice.due,
                receipt: invoice.xml,
            };
            let title = context.words.occasion(Occasion::InvoiceDue(&shown));
            let link = payment::link(&transfer).ok();
            let drawing = link.as_deref().and_then(qr::code).map(|code| qr::svg(&code, &title));
            let blocks = link.as_deref().and_then(qr::compact).map(|code| qr::blocks(&code));
            bills.push(Bill {
                invoice: invoice.xml,
                transfer,
                title,
                cases,
                drawing,
                blocks: blocks.unwrap_or_default(),
                pdf: invoice.pdf,
                files: Vec::new(),
            });
        }
    }
    bills
}
