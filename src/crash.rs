//! Power cuts on order: the process kills itself at one of the five points between a deed and its
//! record. Only tests ask for it, through a hidden environment variable; the engine knows nothing
//! of it, since the cut happens inside its ports.

use std::time::Duration;

use nix::sys::signal::{Signal, raise};

use crate::crypto::{Certificate, Pair, PrivateKey, Usage};
use crate::engine::ports::{Carrier, CarrierError, Collected, InPlace, Place, Vault, VaultError};
use crate::exchange::{ExchangeId, Problem, SendFailure};
use crate::time::Timestamp;

/// The environment variable that names a point.
pub const VARIABLE: &str = "CERTPOST_CRASH_AT";

/// Where the process ends. ARCHITECTURE.md, "Crash points", says what each costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// A new key is on the disk; the request that needs it is not.
    KeyKept,
    /// The mail server took the letter; `Sent` is not committed.
    Sent,
    /// Letters were read; nothing of them is committed.
    Collected,
    /// A letter is committed; the mailbox is not told.
    Unsettled,
    /// Certificates are in place; `Installed` is not committed.
    Installed,
}

impl Point {
    pub const ALL: [(&str, Self); 5] = [
        ("key-kept", Self::KeyKept),
        ("sent", Self::Sent),
        ("collected", Self::Collected),
        ("unsettled", Self::Unsettled),
        ("installed", Self::Installed),
    ];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, point)| *point)
    }
}

/// A vault or a carrier that takes the whole process down at its point.
pub struct Crashing<P: ?Sized> {
    pub point: Point,
    pub port: Box<P>,
}

impl<P: ?Sized> Crashing<P> {
    /// As a power cut ends it: nothing is written any more, no handler runs.
    fn here(&self, point: Point) {
        if self.point == point && raise(Signal::SIGKILL).is_err() {
            // Not killed, but at least not going on either.
            std::process::abort();
        }
    }
}

impl Vault for Crashing<dyn Vault> {
    fn certificates(&self, holder: &str) -> Result<Vec<InPlace>, VaultError> {
        self.port.certificates(holder)
    }

    fn pairs(&self, place: Place<'_>) -> Result<Vec<(Usage, Pair)>, VaultError> {
        self.port.pairs(place)
    }

    fn previous(&self, place: Place<'_>) -> Result<Vec<(Usage, Pair)>, VaultError> {
        self.port.previous(place)
    }

    fn keep_pending(
        &mut self,
        place: Place<'_>,
        exchange: &ExchangeId,
        attempt: u32,
        usage: Usage,
        make: &mut dyn FnMut() -> Result<PrivateKey, VaultError>,
    ) -> Result<PrivateKey, VaultError> {
        let kept = self.port.keep_pending(place, exchange, attempt, usage, make)?;
        self.here(Point::KeyKept);
        Ok(kept)
    }

    fn pending(
        &self,
        place: Place<'_>,
        exchange: &ExchangeId,
        attempt: u32,
        usage: Usage,
    ) -> Result<Option<PrivateKey>, VaultError> {
        self.port.pending(place, exchange, attempt, usage)
    }

    fn install(
        &mut self,
        place: Place<'_>,
        exchange: &ExchangeId,
        attempt: u32,
        certificates: &[(Usage, Certificate)],
        now: Timestamp,
    ) -> Result<(), VaultError> {
        self.port.install(place, exchange, attempt, certificates, now)?;
        self.here(Point::Installed);
        Ok(())
    }

    fn ask_again(&mut self, holder: &str) {
        self.port.ask_again(holder);
    }

    fn orphans(&self, open: &[(ExchangeId, u32)]) -> Result<Vec<(ExchangeId, u32)>, VaultError> {
        self.port.orphans(open)
    }
}

impl Carrier for Crashing<dyn Carrier> {
    fn send(&mut self, letter: &[u8], to: &str) -> Result<(), SendFailure> {
        self.port.send(letter, to)?;
        self.here(Point::Sent);
        Ok(())
    }

    fn collect(&mut self, bookmark: Option<&str>, limit: usize) -> Result<Collected, CarrierError> {
        let collected = self.port.collect(bookmark, limit)?;
        if !collected.deliveries.is_empty() {
            self.here(Point::Collected);
        }
        Ok(collected)
    }

    fn settle(&mut self, locator: &str) -> Result<(), CarrierError> {
        self.here(Point::Unsettled);
        self.port.settle(locator)
    }

    fn bookmark(&self) -> Option<String> {
        self.port.bookmark()
    }

    fn troubles(&self) -> Vec<Problem> {
        self.port.troubles()
    }

    fn wait(&mut self, at_most: Duration, interrupt: &dyn Fn() -> bool) {
        self.port.wait(at_most, interrupt);
    }
}
