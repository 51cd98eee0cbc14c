//! The dialect `sota` from outside: its documents against the schemas, its parcels opened by a
//! test authority, its receipts read from sealed letters and from hostile bytes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod applications;
mod authority;
mod documents;
mod invoices;
mod notices;
mod receipts;
