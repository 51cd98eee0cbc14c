//! Orders: all that is asked of one authority on one day, with the invoices that came for it.
//!
//! An order is a paper, not a machine: no rule of the heart depends on it. It lies among the
//! store's values as JSON and is written in the commit of the event that changed it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::authority::{Invoiced, Payee, Payment, Role};
use crate::crypto::Usage;
use crate::exchange::{Digest, DocumentNumber, ExchangeId, Money};
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// One order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// `99912345-20261122`; unique within one authority.
    pub number: String,
    /// The authority's name in the configuration.
    pub authority: String,
    pub day: Date,
    /// One a prepared application. An exchange that was refused and prepared anew stands here, or
    /// in a later order, once for each attempt: the newest attempt counts.
    pub items: Vec<Item>,
    pub invoices: Vec<FiledInvoice>,
    /// What a person said of the payment.
    pub paid: Option<Paid>,
}

/// One application of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub exchange: ExchangeId,
    pub attempt: u32,
    pub document: DocumentNumber,
    pub role: Role,
    pub usages: Vec<Usage>,
    /// Full name; the organisation's for a seal.
    pub holder: String,
    pub term: u8,
    pub payment: Payment,
    /// By the price list of that day, VAT included.
    pub sum: Money,
    /// VAT inside `sum`, in the currency's smallest unit, when the price list names a rate.
    pub vat: Option<i64>,
}

/// An authentic invoice that came for an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiledInvoice {
    pub number: String,
    pub dated: Option<Date>,
    pub amount: Money,
    pub vat: Option<Money>,
    pub due: Option<Timestamp>,
    pub payee: Option<Payee>,
    /// The signed document, kept.
    pub xml: Digest,
    /// The PDF that the signed document names by its digest, kept when it came along.
    pub pdf: Option<Digest>,
    /// When it came.
    pub at: Timestamp,
    /// The applications that it is for.
    pub documents: Vec<DocumentNumber>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    pub on: Date,
    /// Number of the payment order, or whatever the person wrote.
    pub reference: String,
}

impl Order {
    /// What the applications with these documents cost by the price list; `None` when they have
    /// different currencies or are not of this order.
    pub fn price(&self, documents: &[DocumentNumber]) -> Option<Money> {
        let mut sum: Option<Money> = None;
        for document in documents {
            let item = self.items.iter().find(|item| item.document == *document)?;
            match &mut sum {
                None => sum = Some(item.sum.clone()),
                Some(sum) if sum.currency == item.sum.currency => {
                    sum.minor = sum.minor.saturating_add(item.sum.minor);
                }
                Some(_) => return None,
            }
        }
        sum
    }

    /// The price of what an invoice is for, when the invoice asks for something else.
    pub fn disagrees(&self, invoice: &FiledInvoice) -> Option<Money> {
        self.price(&invoice.documents).filter(|price| *price != invoice.amount)
    }

    /// Puts an application in; made again after a power cut it stands there once.
    pub(super) fn enter(&mut self, item: Item) {
        self.items.retain(|one| one.document != item.document);
        self.items.push(item);
    }

    /// Files an invoice. A copy changes nothing but what it adds.
    pub(super) fn file(
        &mut self,
        invoiced: &Invoiced,
        document: &DocumentNumber,
        xml: Digest,
        pdf: Option<Digest>,
        at: Timestamp,
    ) {
        let known = self.invoices.iter_mut().find(|one| one.number == invoiced.number);
        if let Some(known) = known {
            if !known.documents.contains(document) {
                known.documents.push(document.clone());
            }
            known.pdf = known.pdf.or(pdf);
            return;
        }
        self.invoices.push(FiledInvoice {
            number: invoiced.number.clone(),
            dated: invoiced.dated,
            amount: invoiced.amount.clone(),
            vat: invoiced.vat.clone(),
            due: invoiced.due,
            payee: invoiced.payee.clone(),
            xml,
            pdf,
            at,
            documents: vec![document.clone()],
        });
    }
}

/// Every order's place, a line each.
const INDEX: &str = "orders";

fn place(authority: &str, number: &str) -> String {
    format!("order/{authority}/{number}")
}

fn read(store: &dyn Store, place: &str) -> Result<Option<Order>, StoreError> {
    let Some(text) = store.value(place)? else { return Ok(None) };
    let damaged = |error: serde_json::Error| StoreError::Damaged {
        place: place.to_owned(),
        detail: error.to_string(),
    };
    serde_json::from_str(&text).map(Some).map_err(damaged)
}

/// The order with this number, or an empty one.
pub(super) fn find(
    store: &dyn Store,
    authority: &str,
    number: &str,
    day: Date,
) -> Result<Order, StoreError> {
    let known = read(store, &place(authority, number))?;
    Ok(known.unwrap_or_else(|| Order {
        number: number.to_owned(),
        authority: authority.to_owned(),
        day,
        items: Vec::new(),
        invoices: Vec::new(),
        paid: None,
    }))
}

/// Every order, oldest first.
pub fn all(store: &dyn Store) -> Result<Vec<Order>, StoreError> {
    let index = store.value(INDEX)?.unwrap_or_default();
    let mut orders = Vec::new();
    for line in index.lines() {
        orders.extend(read(store, line)?);
    }
    Ok(orders)
}

/// What a commit that changes this order must write.
pub(super) fn values(
    store: &dyn Store,
    order: &Order,
) -> Result<Vec<(String, String)>, StoreError> {
    let place = place(&order.authority, &order.number);
    // An order is plain data: writing it as JSON can't fail.
    let text = serde_json::to_string(order).unwrap_or_default();
    let index = store.value(INDEX)?.unwrap_or_default();
    let mut values = Vec::new();
    if !index.lines().any(|line| line == place) {
        values.push((INDEX.to_owned(), format!("{index}{place}\n")));
    }
    values.push((place, text));
    Ok(values)
}
