//! Whole runs of dialect sota, from a certificate that is due to the tax office's word: agent,
//! authority and tax office over a real Postfix and a real Dovecot, on both suites. Time is an
//! argument and jumps to the next moment that matters; letters are waited for by their number.
//!
//! Each run leaves the accountant's summary in `tests/golden/runs`, the same for both suites but for
//! numbers that chance makes. `UPDATE_GOLDEN=1 cargo test --test runs` writes the goldens: look at
//! them in a browser.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../support/servers.rs"]
mod servers;

mod differing;
mod expired;
mod golden;
mod invoice;
mod notice;
mod play;
mod prepaid;
mod proprietor;
mod refused;
mod sides;

/// The same run on either suite, as tests of their own: they run side by side.
macro_rules! on_both_suites {
    ($($run:ident),+ $(,)?) => {
        mod international {
            $(#[test] fn $run() { super::$run("international"); })+
        }
        mod ukrainian {
            $(#[test] fn $run() { super::$run("ukrainian"); })+
        }
    };
}
pub(crate) use on_both_suites;
