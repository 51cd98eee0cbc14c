//! How money stands, before any language says it.

use jiff::civil::Date;

/// How a holder's certificates are paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentState<'a> {
    Prepaid,
    Online,
    InvoiceExpected,
    InvoiceUnpaid(&'a str),
    InvoicePaid(&'a str),
}

/// How an invoice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvoiceState<'a> {
    Unpaid,
    Overdue,
    /// A person said so; the reference may be empty.
    Paid {
        on: Date,
        reference: &'a str,
    },
    /// Nobody said so, but the authority went on.
    Settled,
}
