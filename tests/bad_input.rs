//! Bad input against the whole engine: what comes wrong is filed once with a reason in words,
//! changes nothing that it must not change, and never holds up what is good. Rows of
//! failures.md give the tests their names. Damaged database files: tests/store_damage.rs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/stage.rs"]
mod stage;

#[path = "bad_input/forged.rs"]
mod forged;

#[path = "bad_input/grants.rs"]
mod grants;

#[path = "bad_input/order.rs"]
mod order;

#[path = "bad_input/ourselves.rs"]
mod ourselves;
