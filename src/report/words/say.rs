//! What messages say, before any language says it.

use crate::report::Severity;
use crate::report::message::Kind;

/// What messages to people say beside the words of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say<'a> {
    /// The first word of a subject.
    Severity(Severity),
    /// The first word of a subject that tells the end of a trouble.
    Resolved,
    /// The same as a sentence.
    Over,
    /// The heading of a message about several things of one kind, or of many.
    Gathered {
        kind: Kind,
        count: usize,
    },
    /// Things that the message has no room for.
    More {
        count: usize,
    },
    /// The contact's daily bound is reached.
    LastToday,
    NothingToDo,
    /// Names the last day for an invoice.
    PayBy,
    /// Name the facts of a bank transfer.
    Payee,
    PaymentPurpose,
    QuarantineTitle,
    LookAtQuarantine,
    DigestTitle,
    TestTitle,
    TestTold {
        contact: &'a str,
    },
    Footer,
}
