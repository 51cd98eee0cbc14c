//! From a certificate up to a root that we believe (RFC 5280 §6, as far as one authority's
//! pinned roots need it: names, signatures, dates, basicConstraints, keyUsage, path length,
//! revocation lists at hand). Policies and name constraints are not looked at: the roots are
//! chosen by the configuration, not by the world.

use std::fmt;

use super::certificate::Certificate;
use super::name;
use super::revocation::RevocationList;
use super::suite::{CryptoError, Suite};
use crate::time::Timestamp;

/// Certificates between the lowest and the root, both counted.
pub const MAX_CHAIN: usize = 8;

/// Where the way to the root breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainError {
    /// Nobody at hand issued `name`.
    NoIssuer {
        name: String,
        issuer: String,
    },
    /// Certificates of the issuer's name are at hand, but none of their keys signed.
    BadSignature {
        name: String,
        issuer: String,
        cause: CryptoError,
    },
    OutOfDate {
        name: String,
        not_before: Timestamp,
        not_after: Timestamp,
        at: Timestamp,
    },
    /// The issuer's basicConstraints don't say that it is an authority.
    NotAuthority {
        name: String,
    },
    /// The issuer's keyUsage does not allow keyCertSign.
    MayNotSign {
        name: String,
    },
    /// More authorities below `name` than its pathLenConstraint allows.
    PathLength {
        name: String,
        allowed: u32,
        found: u32,
    },
    TooLong {
        limit: usize,
    },
    Revoked {
        name: String,
        serial: String,
        at: Timestamp,
    },
    /// A revocation list in the issuer's name that the issuer did not sign.
    ForeignList {
        issuer: String,
    },
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoIssuer { name, issuer } => {
                write!(f, "the issuer of «{name}», «{issuer}», is not known")
            }
            Self::BadSignature { name, issuer, .. } => {
                write!(f, "«{name}» names «{issuer}» as its issuer, whose key did not sign it")
            }
            Self::OutOfDate { name, not_before, not_after, at } => {
                write!(f, "«{name}» is valid from {not_before} to {not_after}, not at {at}")
            }
            Self::NotAuthority { name } => write!(f, "«{name}» is not an authority's certificate"),
            Self::MayNotSign { name } => write!(f, "«{name}» may not sign certificates"),
            Self::PathLength { name, allowed, found } => {
                write!(f, "{found} authorities stand below «{name}», which allows {allowed}")
            }
            Self::TooLong { limit } => write!(f, "no root within {limit} certificates"),
            Self::Revoked { name, serial, at } => {
                write!(f, "«{name}» (serial {serial}) was revoked at {at}")
            }
            Self::ForeignList { issuer } => {
                write!(f, "a revocation list in the name of «{issuer}» was not signed by it")
            }
        }
    }
}

impl std::error::Error for ChainError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::BadSignature { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

/// Whether `certificate` chains to one of `anchors` at `at` (give or take [`SKEW`](super::certificate::SKEW)).
/// `intermediates` may come from anywhere: every link is proved.
pub fn chain(
    certificate: &Certificate,
    intermediates: &[Certificate],
    anchors: &[Certificate],
    lists: &[RevocationList],
    suite: &dyn Suite,
    at: Timestamp,
) -> Result<(), ChainError> {
    let mut current = certificate;
    check_dates(current, at)?;
    // Authorities passed so far: what pathLenConstraint counts.
    for below in 0..MAX_CHAIN {
        if anchors.contains(current) {
            return Ok(());
        }
        let issuer = find_issuer(current, intermediates, anchors, suite)?;
        let below = u32::try_from(below).unwrap_or(u32::MAX);
        check_issuer(issuer, below, at)?;
        check_revoked(current, issuer, lists, suite)?;
        current = issuer;
    }
    Err(ChainError::TooLong { limit: MAX_CHAIN })
}

/// Roots first: the shortest way is the honest one.
fn find_issuer<'a>(
    current: &Certificate,
    intermediates: &'a [Certificate],
    anchors: &'a [Certificate],
    suite: &dyn Suite,
) -> Result<&'a Certificate, ChainError> {
    let issuer = || name::display(current.issuer_der());
    let mut refusal = None;
    for candidate in anchors.iter().chain(intermediates) {
        if candidate.subject_der() != current.issuer_der() || candidate == current {
            continue;
        }
        match current.is_issued_by(candidate, suite) {
            Ok(()) => return Ok(candidate),
            Err(cause) => refusal = Some(cause),
        }
    }
    let name = current.display_name();
    Err(match refusal {
        Some(cause) => ChainError::BadSignature { name, issuer: issuer(), cause },
        None => ChainError::NoIssuer { name, issuer: issuer() },
    })
}

fn check_issuer(issuer: &Certificate, below: u32, at: Timestamp) -> Result<(), ChainError> {
    let name = issuer.display_name();
    if !issuer.is_authority() {
        return Err(ChainError::NotAuthority { name });
    }
    if !issuer.signs_certificates() {
        return Err(ChainError::MayNotSign { name });
    }
    match issuer.path_length() {
        Some(allowed) if below > allowed => {
            return Err(ChainError::PathLength { name, allowed, found: below });
        }
        _ => {}
    }
    check_dates(issuer, at)
}

fn check_dates(certificate: &Certificate, at: Timestamp) -> Result<(), ChainError> {
    if certificate.is_valid_about(at) {
        return Ok(());
    }
    Err(ChainError::OutOfDate {
        name: certificate.display_name(),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        at,
    })
}

/// Whether `certificate`, which needs no chain because it is pinned, stands on one of `lists`.
/// Its issuer, who must have signed the list, is among `beside`.
pub fn unrevoked(
    certificate: &Certificate,
    beside: &[&Certificate],
    lists: &[RevocationList],
    suite: &dyn Suite,
) -> Result<(), ChainError> {
    if !lists.iter().any(|list| list.issuer_der() == certificate.issuer_der()) {
        return Ok(());
    }
    let issued = |issuer: &&&Certificate| certificate.is_issued_by(issuer, suite).is_ok();
    let Some(issuer) = beside.iter().find(issued) else {
        return Err(ChainError::NoIssuer {
            name: certificate.display_name(),
            issuer: name::display(certificate.issuer_der()),
        });
    };
    check_revoked(certificate, issuer, lists, suite)
}

fn check_revoked(
    certificate: &Certificate,
    issuer: &Certificate,
    lists: &[RevocationList],
    suite: &dyn Suite,
) -> Result<(), ChainError> {
    for list in lists.iter().filter(|list| list.issuer_der() == certificate.issuer_der()) {
        if list.is_issued_by(issuer, suite).is_err() {
            return Err(ChainError::ForeignList { issuer: issuer.display_name() });
        }
        if let Some(at) = list.revoked_at(certificate.serial_bytes()) {
            return Err(ChainError::Revoked {
                name: certificate.display_name(),
                serial: certificate.serial(),
                at,
            });
        }
    }
    Ok(())
}
