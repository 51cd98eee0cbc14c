//! The other side: the simulated authority's till and the simulated tax office, spoken to by the
//! agent's own dialects; and the scenes that tests and the demo are played in. No sockets, no clock.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod company;
#[allow(dead_code, reason = "only its mailbox is needed here")]
#[path = "../support/desk.rs"]
mod desk;
mod program;
mod scenes;
mod tax;
mod till;
