//! The dialect `smime`: PKCS#10 in S/MIME, answers in signed and encrypted S/MIME (RFC 8551).

use super::{Application, ComposeError, Dialect, Parcel, Receipt, Unreadable};
use crate::crypto::{Opener, Sealer};
use crate::mail::Part;

pub struct Smime;

impl Dialect for Smime {
    fn name(&self) -> &'static str {
        "smime"
    }

    fn compose(
        &self,
        _application: &Application,
        _sealer: &mut Sealer<'_>,
    ) -> Result<Parcel, ComposeError> {
        todo!("helper mail")
    }

    fn interpret(
        &self,
        _parts: &[Part],
        _code: &str,
        _opener: &Opener<'_>,
    ) -> Result<Vec<Receipt>, Unreadable> {
        todo!("helper mail")
    }
}
