//! The dialect `smime`: PKCS#10 in S/MIME, answers in signed and encrypted S/MIME (RFC 8551).
//!
//! What is said is our own open design: `schemas/smime-application.md` and
//! `schemas/smime-answer.md`. How it is sealed is the standard's.

mod answer;
mod application;
mod layers;
#[cfg(test)]
mod scene;
mod sniff;
#[cfg(test)]
mod tests;

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
        application: &Application,
        sealer: &mut Sealer<'_>,
    ) -> Result<Parcel, ComposeError> {
        application::compose(application, sealer)
    }

    fn document(&self, application: &Application) -> Result<String, ComposeError> {
        application::in_clear(application)
    }

    fn interpret(
        &self,
        parts: &[Part],
        code: &str,
        opener: &Opener<'_>,
    ) -> Result<Vec<Receipt>, Unreadable> {
        layers::interpret(parts, code, opener)
    }
}
