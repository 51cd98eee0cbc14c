//! What the engine asks of the world. Each port has a real implementation at the rim (`carrier/`,
//! `vault.rs`) and a double in `world/`.

use std::fmt;

use zeroize::Zeroizing;

use crate::crypto::{Certificate, Pair, PrivateKey, Usage};
use crate::exchange::{ExchangeId, Problem, SendFailure};
use crate::time::Timestamp;

/// Something that came in, not yet understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub form: Form,
    /// Where the carrier keeps it: `INBOX;1699999999;42`, a file name. Opaque to the engine.
    pub locator: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// The raw bytes of an e-mail.
    Letter(Vec<u8>),
    /// Too large to fetch: only the header, and the size that the server states (F50).
    Oversized { header: Vec<u8>, bytes: u64 },
    /// A file from a folder.
    File { name: String, bytes: Vec<u8> },
}

/// What a round of collecting brought. Nothing is lost when the process dies before settling:
/// the next round brings it again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    pub deliveries: Vec<Delivery>,
    /// More is waiting beyond this round's limit.
    pub more: bool,
}

/// Why the mailbox could not be read. `label` stands in docs/operator.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierError(pub Problem);

impl fmt::Display for CarrierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.label, self.0.detail)
    }
}

impl std::error::Error for CarrierError {}

/// How parcels travel. Blocking; every call ends within the carrier's own deadlines.
pub trait Carrier: Send {
    /// Hands the kept bytes over, exactly as they are. `to` is the envelope's recipient.
    fn send(&mut self, letter: &[u8], to: &str) -> Result<(), SendFailure>;

    /// What is new since `bookmark` (the carrier's own text from [`Carrier::bookmark`]); at most
    /// `limit` deliveries.
    fn collect(&mut self, bookmark: Option<&str>, limit: usize) -> Result<Collected, CarrierError>;

    /// Called after the commit of a delivery: it need not be brought again. Never deletes.
    fn settle(&mut self, locator: &str) -> Result<(), CarrierError>;

    /// The place up to which everything was settled, to be kept and given to the next
    /// [`Carrier::collect`].
    fn bookmark(&self) -> Option<String>;

    /// What a person should know of the last [`Carrier::collect`] although it stopped nothing.
    fn troubles(&self) -> Vec<Problem> {
        Vec::new()
    }

    /// Returns when something may have come, when `interrupt` says so, or after `at_most`.
    /// May return early for no reason.
    fn wait(&mut self, at_most: std::time::Duration, interrupt: &dyn Fn() -> bool);
}

/// Why the vault could not do it. `label` stands in docs/operator.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultError(pub Problem);

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.label, self.0.detail)
    }
}

impl std::error::Error for VaultError {}

/// One holder's place in the vault.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub holder: &'a str,
    /// Opens the keys in use and the earlier ones.
    pub password: &'a [u8],
    /// Locks new keys. It opens keys as well: a renewal puts it into use before a person has moved
    /// it into the place of the old one.
    pub new_password: &'a [u8],
}

impl<'a> Place<'a> {
    /// One password for everything.
    pub fn new(holder: &'a str, password: &'a [u8]) -> Self {
        Self { holder, password, new_password: password }
    }
}

/// A certificate in place, readable without a password.
#[derive(Clone, Debug)]
pub struct InPlace {
    pub usage: Usage,
    pub certificate: Certificate,
}

/// Private keys at rest and certificates in place.
///
/// A new key is *pending* under its exchange and attempt until certificates are installed. Old
/// pairs are kept for ever: archived mail needs them.
pub trait Vault: Send {
    /// The certificates that a holder uses now; needs no password.
    fn certificates(&self, holder: &str) -> Result<Vec<InPlace>, VaultError>;

    /// The pairs that a holder uses now.
    fn pairs(&self, place: Place<'_>) -> Result<Vec<(Usage, Pair)>, VaultError>;

    /// Earlier pairs of the holder, newest first, whose keys open with one of the passwords.
    fn previous(&self, place: Place<'_>) -> Result<Vec<(Usage, Pair)>, VaultError>;

    /// The holder's pairs, those in use first, then earlier ones, whose certificates are `wanted`;
    /// the other keys stay locked. What does not open is left out; the second value says why.
    fn opened(
        &self,
        place: Place<'_>,
        wanted: &mut dyn FnMut(&Certificate) -> bool,
    ) -> (Vec<Pair>, Option<VaultError>) {
        let (mut pairs, mut locked) = (Vec::new(), None);
        for list in [self.pairs(place), self.previous(place)] {
            match list {
                Ok(list) => pairs.extend(list.into_iter().map(|(_, pair)| pair)),
                Err(error) => locked = locked.or(Some(error)),
            }
        }
        pairs.retain(|pair| wanted(&pair.certificate));
        (pairs, locked)
    }

    /// Keeps a new key, encrypted with `place.new_password` and durable when it returns. A key that
    /// stands there already is not replaced but returned (F44: a crash between key and request).
    fn keep_pending(
        &mut self,
        place: Place<'_>,
        exchange: &ExchangeId,
        attempt: u32,
        usage: Usage,
        make: &mut dyn FnMut() -> Result<PrivateKey, VaultError>,
    ) -> Result<PrivateKey, VaultError>;

    /// The key that was kept, also after [`Vault::install`]: installing may have to be done again
    /// after a crash.
    fn pending(
        &self,
        place: Place<'_>,
        exchange: &ExchangeId,
        attempt: u32,
        usage: Usage,
    ) -> Result<Option<PrivateKey>, VaultError>;

    /// Puts certificates beside their pending keys and makes them the holder's own, in one atomic
    /// change; a usage that is not among them keeps its pair. Doing it again changes nothing.
    fn install(
        &mut self,
        place: Place<'_>,
        exchange: &ExchangeId,
        attempt: u32,
        certificates: &[(Usage, Certificate)],
        now: Timestamp,
    ) -> Result<(), VaultError>;

    /// A person asks to try again what the vault has given up: a PIN that a token refused.
    fn ask_again(&mut self, _holder: &str) {}

    /// Pending keys that belong to no open exchange: `(exchange, attempt)`.
    fn orphans(&self, open: &[(ExchangeId, u32)]) -> Result<Vec<(ExchangeId, u32)>, VaultError>;
}

/// Passwords and phrases by reference; read anew each time, wiped after use.
pub trait Secrets: Send + Sync {
    fn read(&self, reference: &str) -> Result<Zeroizing<String>, Problem>;
}
