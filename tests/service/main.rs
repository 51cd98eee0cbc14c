//! certpost as a service: what the service manager hears, what a reload changes, what the package
//! holds. The mail servers of these daemons are closed ports: rounds go on all the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod daemon;
mod guide;
mod memory;
mod notify;
mod package;
mod reload;
