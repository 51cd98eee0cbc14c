//! PKCS#11 tokens (OASIS PKCS#11 v2.40): keys that are made on a token and never leave it (С12).
//!
//! ```text
//! on the token                                   in the vault's folder
//! private key  CKA_ID, not extractable           …/signing.key.pem   names the key by its CKA_ID
//! public key   the same CKA_ID
//! certificate  the same CKA_ID, once granted     …/signing.{pem,der}
//! ```
//!
//! The file with the CKA_ID is durable before the key is made: whatever a power cut leaves, the
//! next round finds the key of that CKA_ID, or makes it. One login lives as long as the keys that
//! were found by it; with the last of them its session ends, and the token is locked again.
//!
//! A vendor's module runs inside certpost's process. It is loaded once and never unloaded.

mod key;
mod login;
mod refusal;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};

use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::MechanismType;
use zeroize::Zeroizing;

use crate::crypto::ber;
use crate::crypto::international::KeyKind;
use crate::exchange::Problem;

use login::Login;
use refusal::Refusal;

/// A secret by reference, read anew each time.
pub type Pin = Box<dyn Fn() -> Result<Zeroizing<String>, Problem> + Send + Sync>;

/// Which token, and how it is opened.
pub struct TokenSettings {
    /// The vendor's library.
    pub module: PathBuf,
    /// CKA_LABEL of the token, without the blanks behind it.
    pub label: String,
    /// Where several tokens have this label.
    pub serial: Option<String>,
    /// Which keys are made there.
    pub keys: KeyKind,
    pub pin: Pin,
}

/// One holder's token. Nothing is loaded or opened before it is needed.
pub struct Token {
    settings: TokenSettings,
    refusal: Refusal,
    login: Mutex<Weak<Login>>,
}

/// What a look at a token finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    pub label: String,
    pub serial: String,
    pub model: String,
    /// The PIN was right.
    pub opened: bool,
    /// Nothing can be written there.
    pub write_protected: bool,
    /// It makes keys of the kind that the profile asks for, and computes with them.
    pub fit: bool,
    /// Free bytes for private and public objects; few tokens tell.
    pub free: [Option<usize>; 2],
}

impl Token {
    /// `notes` is a folder of ours, for the refused PIN.
    pub fn new(settings: TokenSettings, notes: &Path) -> Self {
        let TokenSettings { module, label, serial, .. } = &settings;
        let name = format!("{}\n{label}\n{}", module.display(), serial.as_deref().unwrap_or(""));
        Self { refusal: Refusal::new(notes, &name), settings, login: Mutex::default() }
    }

    /// A person asks to try the PIN once more.
    pub fn ask_again(&self) {
        self.refusal.forget();
    }

    /// Whether the module loads, the token is there, and the PIN opens it; for `certpost doctor`.
    /// A PIN that was refused once is not tried again.
    pub fn probe(&self) -> Result<Probe, Problem> {
        let context = login::module(&self.settings.module)?;
        let (slot, info) = self.slot(&context)?;
        let known = context.get_mechanism_list(slot).map_err(|error| self.problem(&error))?;
        let needed = match self.settings.keys {
            KeyKind::P256 | KeyKind::P384 => {
                [MechanismType::ECC_KEY_PAIR_GEN, MechanismType::ECDSA, MechanismType::ECDH1_DERIVE]
                    .as_slice()
            }
            _ => &[MechanismType::RSA_PKCS_KEY_PAIR_GEN, MechanismType::RSA_PKCS],
        };
        self.login()?;
        Ok(Probe {
            label: info.label().to_owned(),
            serial: info.serial_number().to_owned(),
            model: info.model().to_owned(),
            opened: true,
            write_protected: info.write_protected(),
            fit: needed.iter().all(|one| known.contains(one)),
            free: [info.free_private_memory(), info.free_public_memory()],
        })
    }

    /// What went wrong, without a word of the PIN.
    fn problem(&self, error: &Error) -> Problem {
        let detail = match error {
            Error::Pkcs11(code, function) => format!("{function}: {code:?}"),
            other => other.to_string(),
        };
        problem(label(error), format!("token «{}»: {detail}", self.settings.label))
    }
}

fn problem(label: &str, detail: impl Into<String>) -> Problem {
    Problem { label: label.into(), detail: detail.into() }
}

fn label(error: &Error) -> &'static str {
    let Error::Pkcs11(code, _) = error else { return "token-failed" };
    match code {
        RvError::DeviceMemory => "token-full",
        RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => "token-pin",
        RvError::PinLocked | RvError::PinExpired | RvError::UserPinNotInitialized => "token-locked",
        RvError::DeviceRemoved
        | RvError::TokenNotPresent
        | RvError::TokenNotRecognized
        | RvError::SessionHandleInvalid
        | RvError::SessionClosed
        | RvError::SlotIdInvalid
        | RvError::UserNotLoggedIn => "token-missing",
        _ => "token-failed",
    }
}

/// Locks that hold whole values at every moment: a panic elsewhere spoils nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What stands in the vault's folder instead of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// CKA_ID.
    pub id: Vec<u8>,
}

const REFERENCE: &str = "KEY ON A TOKEN";

impl Reference {
    pub fn write(&self) -> Vec<u8> {
        ber::wrap_pem(REFERENCE, &self.id).into_bytes()
    }

    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (label, id) = ber::unwrap_pem(bytes)?;
        (label == REFERENCE && !id.is_empty()).then_some(Self { id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptoki::context::Function;

    #[test]
    fn a_reference_reads_back_and_is_no_key() {
        let reference = Reference { id: vec![7; 20] };
        let written = reference.write();
        assert!(written.starts_with(b"-----BEGIN KEY ON A TOKEN-----"));
        assert_eq!(Reference::read(&written), Some(reference));
        let key = ber::wrap_pem("ENCRYPTED PRIVATE KEY", b"0");
        assert_eq!(Reference::read(key.as_bytes()), None);
        assert_eq!(Reference::read(b""), None);
    }

    #[test]
    fn what_a_token_answers_has_a_label_that_people_know() {
        let label = |code| super::label(&Error::Pkcs11(code, Function::Sign));
        assert_eq!(label(RvError::DeviceMemory), "token-full");
        assert_eq!(label(RvError::DeviceRemoved), "token-missing");
        assert_eq!(label(RvError::PinIncorrect), "token-pin");
        assert_eq!(label(RvError::PinLocked), "token-locked");
        assert_eq!(label(RvError::GeneralError), "token-failed");
    }
}
