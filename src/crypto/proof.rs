//! The proof before installing (failures.md F25): what was granted must answer what was asked.

use std::fmt;

use super::certificate::{Certificate, Usage};
use super::chain::{ChainError, chain};
use super::key::PrivateKey;
use super::name;
use super::open::Trust;
use super::suite::{CryptoError, Suite};
use crate::exchange::Digest;
use crate::time::Timestamp;

/// The exact difference between what was granted and what must be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// It is the old certificate itself.
    NotNew {
        fingerprint: Digest,
    },
    /// The new key could not be asked for its public half.
    KeyUnreadable {
        cause: CryptoError,
    },
    /// Of another key; digests of the two `SubjectPublicKeyInfo`s.
    Key {
        expected: Digest,
        found: Digest,
    },
    /// ЄДРПОУ.
    Edrpou {
        expected: Option<String>,
        found: Option<String>,
    },
    /// ДРФО.
    Drfo {
        expected: Option<String>,
        found: Option<String>,
    },
    /// The name differs in more than the writing.
    Subject {
        expected: String,
        found: String,
    },
    Usage {
        expected: Usage,
    },
    NotValidNow {
        not_before: Timestamp,
        not_after: Timestamp,
        now: Timestamp,
    },
    /// It does not end later than the old one.
    NotLonger {
        old: Timestamp,
        found: Timestamp,
    },
    Chain {
        cause: ChainError,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = |code: &Option<String>| code.clone().unwrap_or_else(|| "none".to_owned());
        match self {
            Self::NotNew { fingerprint } => {
                write!(f, "the authority sent the old certificate back ({fingerprint})")
            }
            Self::KeyUnreadable { .. } => f.write_str("the new key does not read"),
            Self::Key { expected, found } => {
                write!(f, "the public key is {found}, the new key's is {expected}")
            }
            Self::Edrpou { expected, found } => {
                write!(f, "ЄДРПОУ is {}, expected {}", code(found), code(expected))
            }
            Self::Drfo { expected, found } => {
                write!(f, "ДРФО is {}, expected {}", code(found), code(expected))
            }
            Self::Subject { expected, found } => {
                write!(f, "the subject is «{found}», expected «{expected}»")
            }
            Self::Usage { expected: Usage::Signing } => {
                f.write_str("the certificate is not for signing")
            }
            Self::Usage { expected: Usage::Agreement } => {
                f.write_str("the certificate is not for key agreement")
            }
            Self::NotValidNow { not_before, not_after, now } => {
                write!(f, "valid from {not_before} to {not_after}, and it is {now}")
            }
            Self::NotLonger { old, found } => {
                write!(f, "it ends at {found}, the old one at {old}")
            }
            Self::Chain { .. } => f.write_str("it does not chain to the authority's root"),
        }
    }
}

impl std::error::Error for Mismatch {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Chain { cause } => Some(cause),
            Self::KeyUnreadable { cause } => Some(cause),
            _ => None,
        }
    }
}

/// Whether `certificate` may take the place of `old` for `key`. `intermediates` came along with
/// it. The first difference found is told, the gravest first.
#[expect(clippy::too_many_arguments, reason = "every one is a thing that the proof compares")]
pub fn prove(
    certificate: &Certificate,
    intermediates: &[Certificate],
    key: &PrivateKey,
    usage: Usage,
    old: &Certificate,
    trust: &Trust,
    suite: &dyn Suite,
    now: Timestamp,
) -> Result<(), Mismatch> {
    if certificate == old {
        return Err(Mismatch::NotNew { fingerprint: old.fingerprint() });
    }
    let expected = suite.public_key(key).map_err(|cause| Mismatch::KeyUnreadable { cause })?;
    if expected != certificate.public_key() {
        let (expected, found) = (super::digest(&expected), super::digest(certificate.public_key()));
        return Err(Mismatch::Key { expected, found });
    }
    prove_subject(certificate, old)?;
    if !certificate.serves(usage) {
        return Err(Mismatch::Usage { expected: usage });
    }
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    if !certificate.is_valid_about(now) {
        return Err(Mismatch::NotValidNow { not_before, not_after, now });
    }
    if not_after <= old.not_after() {
        return Err(Mismatch::NotLonger { old: old.not_after(), found: not_after });
    }
    chain(certificate, intermediates, &trust.anchors, &trust.revocations, suite, now)
        .map_err(|cause| Mismatch::Chain { cause })
}

/// The codes first: they are what the tax office looks at, and what a person recognises.
fn prove_subject(certificate: &Certificate, old: &Certificate) -> Result<(), Mismatch> {
    let (found, expected) = (certificate.subject(), old.subject());
    if found.edrpou != expected.edrpou {
        return Err(Mismatch::Edrpou {
            expected: expected.edrpou.clone(),
            found: found.edrpou.clone(),
        });
    }
    if found.drfo != expected.drfo {
        return Err(Mismatch::Drfo { expected: expected.drfo.clone(), found: found.drfo.clone() });
    }
    if !name::same(certificate.subject_der(), old.subject_der()) {
        return Err(Mismatch::Subject {
            expected: name::display(old.subject_der()),
            found: name::display(certificate.subject_der()),
        });
    }
    Ok(())
}
