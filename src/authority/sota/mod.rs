//! The dialect `sota`: DECLAR documents in the TRANSPORTABLE container (ukraine.md §§1, 2, 6.4).
//!
//! `container`, `number`, `document` and `receipt` are codecs that the simulated authority may
//! share. `compose` and `interpret` are the agent's alone. `schemas/README.md` is the contract.

mod compose;
pub mod container;
pub mod document;
mod interpret;
pub mod number;
pub mod receipt;

use super::{Application, ComposeError, Dialect, Parcel, Receipt, Unreadable};
use crate::crypto::{Opener, Sealer};
use crate::mail::Part;

pub struct Sota;

impl Dialect for Sota {
    fn name(&self) -> &'static str {
        "sota"
    }

    fn compose(
        &self,
        application: &Application,
        sealer: &mut Sealer<'_>,
    ) -> Result<Parcel, ComposeError> {
        compose::compose(application, sealer)
    }

    fn interpret(
        &self,
        parts: &[Part],
        code: &str,
        opener: &Opener<'_>,
    ) -> Result<Vec<Receipt>, Unreadable> {
        interpret::interpret(parts, code, opener)
    }
}
