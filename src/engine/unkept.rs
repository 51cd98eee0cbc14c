//! A vault that keeps nothing new: for showing what would be sent.

use super::ports::{InPlace, Place, Vault, VaultError};
use crate::crypto::{Certificate, Pair, PrivateKey, Usage};
use crate::exchange::{ExchangeId, Problem};
use crate::time::Timestamp;

/// Reads from the real vault; new keys live as long as the call that made them.
pub(super) struct Unkept(pub Box<dyn Vault>);

impl Vault for Unkept {
    fn certificates(&self, holder: &str) -> Result<Vec<InPlace>, VaultError> {
        self.0.certificates(holder)
    }

    fn pairs(&self, place: Place<'_>) -> Result<Vec<(Usage, Pair)>, VaultError> {
        self.0.pairs(place)
    }

    fn previous(&self, place: Place<'_>) -> Result<Vec<(Usage, Pair)>, VaultError> {
        self.0.previous(place)
    }

    fn opened(
        &self,
        place: Place<'_>,
        wanted: &mut dyn FnMut(&Certificate) -> bool,
    ) -> (Vec<Pair>, Option<VaultError>) {
        self.0.opened(place, wanted)
    }

    fn keep_pending(
        &mut self,
        _place: Place<'_>,
        _exchange: &ExchangeId,
        _attempt: u32,
        _usage: Usage,
        make: &mut dyn FnMut() -> Result<PrivateKey, VaultError>,
    ) -> Result<PrivateKey, VaultError> {
        make()
    }

    fn pending(
        &self,
        place: Place<'_>,
        exchange: &ExchangeId,
        attempt: u32,
        usage: Usage,
    ) -> Result<Option<PrivateKey>, VaultError> {
        self.0.pending(place, exchange, attempt, usage)
    }

    fn install(
        &mut self,
        place: Place<'_>,
        _exchange: &ExchangeId,
        _attempt: u32,
        _certificates: &[(Usage, Certificate)],
        _now: Timestamp,
    ) -> Result<(), VaultError> {
        let detail = format!("a rehearsal puts nothing in place for {}", place.holder);
        Err(VaultError(Problem { label: "vault-io".into(), detail }))
    }

    fn orphans(&self, open: &[(ExchangeId, u32)]) -> Result<Vec<(ExchangeId, u32)>, VaultError> {
        self.0.orphans(open)
    }
}
