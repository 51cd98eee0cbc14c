//! Keys on a PKCS#11 token (С12), with the SoftHSM2 of Debian.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/running.rs"]
mod running;
#[path = "support/servers.rs"]
mod servers;
#[path = "support/softhsm.rs"]
mod softhsm;
#[path = "support/stage.rs"]
mod stage;

#[path = "token/alone.rs"]
mod alone;
#[path = "token/real_mail.rs"]
mod real_mail;
#[path = "token/renewal.rs"]
mod renewal;
