//! The dialect `sota`: DECLAR documents in the TRANSPORTABLE container (ukraine.md §§1, 2, 6.4).

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
        _application: &Application,
        _sealer: &mut Sealer<'_>,
    ) -> Result<Parcel, ComposeError> {
        todo!("helper sota")
    }

    fn interpret(
        &self,
        _parts: &[Part],
        _code: &str,
        _opener: &Opener<'_>,
    ) -> Result<Vec<Receipt>, Unreadable> {
        todo!("helper sota")
    }
}
