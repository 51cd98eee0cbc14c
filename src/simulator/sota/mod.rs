//! The simulated side of the dialect `sota`, from `schemas/README.md`: opening what comes, writing
//! receipts, sealing. The authority and the tax office share it; codecs of container and charset
//! are shared with the agent, and nothing else.

mod document;
mod opened;
mod page;
mod receipt;
mod seal;

pub(super) use document::{Document, date, hundredths};
pub(super) use opened::{Opened, open};
pub(super) use page::{Heading, Page, kyiv};
pub(super) use receipt::Slip;
pub(super) use seal::{Envelope, seal};
