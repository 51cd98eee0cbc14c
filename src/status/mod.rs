//! The status page: what the daemon knows, live and read-only, over HTTP on loopback or a Unix
//! socket. It runs on a thread of its own and only looks: whatever a client does or does not do,
//! the daemon's rounds go on, and a page that hangs hides nothing from `/health` of the next one.
//!
//! `/` is the accountant's summary as of the last round, with days left counted from now;
//! `/health` is for probes, `/metrics` for Prometheus. The [`Board`] is what the daemon writes to
//! after each round; `page` answers requests; `door` keeps clients within limits.

mod board;
mod commits;
mod door;
pub mod health;
pub mod metrics;
mod page;

pub use board::{Board, Bulletin};
pub use commits::{BUCKETS, Commits, Durations, Timed};
pub use door::Limits;
pub use page::{OpenError, Page};
