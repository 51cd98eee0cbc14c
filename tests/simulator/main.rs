//! The other side: the simulated authority's till and the simulated tax office, spoken to by the
//! agent's own dialects. Pure: no sockets, no files, no clock.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod company;
mod tax;
mod till;
