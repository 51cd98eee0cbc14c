//! The administrator's commands on a made-up organisation: what they tell, how they end, and that
//! those which only look change nothing. The post office is our own, on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "session/scene.rs"]
mod scene;

#[path = "session/checking.rs"]
mod checking;

#[path = "session/looking.rs"]
mod looking;

#[path = "session/json.rs"]
mod json;

#[path = "session/golden.rs"]
mod golden;
