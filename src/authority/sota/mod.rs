//! The dialect `sota`: DECLAR documents in the TRANSPORTABLE container (ukraine.md §§1, 2, 6.4).
//!
//! `container`, `number`, `document`, `notice`, `receipt` and `invoice` are codecs that the
//! simulated side may share. `compose`, `announce` and `interpret` are the agent's alone.
//! `schemas/README.md` is the contract.

mod announce;
mod compose;
pub mod container;
pub mod document;
mod interpret;
pub mod invoice;
pub mod notice;
pub mod number;
pub mod receipt;

use super::{Application, ComposeError, Dialect, Notice, Parcel, Receipt, Unreadable};
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

    fn document(&self, application: &Application) -> Result<String, ComposeError> {
        compose::in_clear(application)
    }

    fn compose_notice(
        &self,
        notice: &Notice,
        sealer: &mut Sealer<'_>,
    ) -> Result<Parcel, ComposeError> {
        announce::compose(notice, sealer)
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
