//! Bad input against the whole engine: what comes wrong is filed once with a reason in words,
//! changes nothing that it must not change, and never holds up what is good. Rows of
//! failures.md give the tests their names. Damaged database files: tests/store_damage.rs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/stage.rs"]
mod stage;

#[path = "office/clients.rs"]
#[allow(dead_code, reason = "the office's own tests use the rest")]
mod clients;

#[path = "bad_input/disk.rs"]
mod disk;

#[path = "bad_input/forged.rs"]
mod forged;

#[path = "bad_input/grants.rs"]
mod grants;

#[path = "bad_input/letters.rs"]
mod letters;

#[path = "bad_input/mailbox.rs"]
mod mailbox;

#[path = "bad_input/order.rs"]
mod order;

#[path = "bad_input/replay.rs"]
mod replay;

#[path = "bad_input/revoked.rs"]
mod revoked;

#[path = "bad_input/shapes.rs"]
mod shapes;

#[path = "bad_input/ourselves.rs"]
mod ourselves;
