//! What is remembered of an authentic receipt beside the state of its exchange.

use super::order::{self, Order, Paid};
use super::{Engine, value};
use crate::authority::{Receipt, Word};
use crate::crypto::digest;
use crate::exchange::Digest;
use crate::mail::Part;
use crate::store::StoreError;
use crate::time::Timestamp;

/// PDFs beside invoices that a signed word names by digest: nothing else in a letter is believed.
pub(super) fn named_papers(receipts: &[Receipt], parts: &[Part]) -> Vec<Vec<u8>> {
    let named = receipts.iter().filter_map(|receipt| match &receipt.word {
        Word::Invoiced(invoiced) => invoiced.pdf,
        _ => None,
    });
    let named: Vec<Digest> = named.collect();
    if named.is_empty() {
        return Vec::new();
    }
    let papers = parts.iter().filter(|part| named.contains(&digest(&part.bytes)));
    papers.map(|part| part.bytes.clone()).collect()
}

impl Engine {
    /// What is to be remembered of a receipt beside the state: an order's invoice, the
    /// registration number, whose key has the status at the tax office.
    pub(super) fn filed(
        &self,
        receipt: &Receipt,
        pdfs: &[Digest],
        now: Timestamp,
    ) -> Result<Vec<(String, String)>, StoreError> {
        match &receipt.word {
            Word::Invoiced(invoiced) => {
                let orders = order::all(self.store.as_ref())?;
                let holds =
                    |order: &Order| order.items.iter().any(|item| item.document == receipt.answers);
                let Some(mut order) = orders.into_iter().find(holds) else { return Ok(vec![]) };
                let pdf = invoiced.pdf.filter(|pdf| pdfs.contains(pdf));
                if let (Some(on), None) = (invoiced.paid, &order.paid) {
                    order.paid = Some(Paid { on, reference: String::new() });
                }
                order.file(invoiced, &receipt.answers, digest(&receipt.content), pdf, now);
                order::values(self.store.as_ref(), &order)
            }
            Word::Granted { registration, .. } => {
                let mut values = self.status_granted(&receipt.answers)?;
                let place = value::registration(&receipt.answers);
                values.extend(registration.clone().map(|number| (place, number)));
                Ok(values)
            }
            Word::Delivered | Word::Refused { .. } => Ok(vec![]),
        }
    }
}
