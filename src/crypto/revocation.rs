//! Revocation lists, read (RFC 5280 §5): full ones and deltas. [`issue`](super::issue) makes them,
//! [`chain`](super::chain) asks them.

use std::collections::BTreeMap;

use der::{Decode as _, Encode as _};
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::ext::pkix::crl::{CrlReason, IssuingDistributionPoint};

use super::ber;
use super::certificate::{Certificate, CertificateError, check_signed, timestamp};
use super::oid;
use super::suite::{CryptoError, Suite};
use crate::time::Timestamp;

pub(super) const LIST: &str = "revocation list";

/// A revocation list (RFC 5280 §5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationList {
    der: Vec<u8>,
    issuer_der: Vec<u8>,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    /// Content octets of the serial → when it was revoked.
    revoked: BTreeMap<Vec<u8>, Timestamp>,
}

impl RevocationList {
    /// Reads DER, BER or PEM. The signature is a question of its own: [`Self::is_issued_by`].
    ///
    /// An indirect list is refused: its entries may be of other issuers' certificates, and a serial
    /// alone would hit the wrong one.
    pub fn read(bytes: &[u8]) -> Result<Self, CertificateError> {
        let der = ber::door(bytes).map_err(|e| CertificateError { detail: e.to_string() })?;
        let list = <CertificateList>::from_der(&der)?.tbs_cert_list;
        if is_indirect(&list)? {
            let detail = "an indirect revocation list, which can't be used".to_owned();
            return Err(CertificateError { detail });
        }
        let mut revoked = BTreeMap::new();
        for one in list.revoked_certificates.iter().flatten() {
            // A delta takes a certificate off the list again, after it was on hold.
            if reason(one)? != Some(CrlReason::RemoveFromCRL) {
                let serial = one.serial_number.as_bytes().to_vec();
                revoked.insert(serial, timestamp(one.revocation_date));
            }
        }
        Ok(Self {
            issuer_der: list.issuer.to_der()?,
            this_update: timestamp(list.this_update),
            next_update: list.next_update.map(timestamp),
            revoked,
            der,
        })
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }

    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer_der
    }

    pub fn this_update(&self) -> Timestamp {
        self.this_update
    }

    pub fn next_update(&self) -> Option<Timestamp> {
        self.next_update
    }

    /// The authority promised a newer one before `now`.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.next_update.is_some_and(|next| next < now)
    }

    /// When the certificate with this serial ([`Certificate::serial_bytes`]) was revoked.
    pub fn revoked_at(&self, serial: &[u8]) -> Option<Timestamp> {
        self.revoked.get(serial).copied()
    }

    /// Whether `issuer`'s key signed this list.
    pub fn is_issued_by(&self, issuer: &Certificate, suite: &dyn Suite) -> Result<(), CryptoError> {
        check_signed(&self.der, LIST, issuer.public_key(), suite)
    }
}

/// By number: the type of `x509_cert` names another extension as its own.
fn is_indirect(list: &TbsCertList) -> der::Result<bool> {
    let mut extensions = list.crl_extensions.iter().flatten();
    let found = extensions.find(|one| one.extn_id == oid::ISSUING_DISTRIBUTION_POINT);
    let Some(found) = found else { return Ok(false) };
    Ok(IssuingDistributionPoint::from_der(found.extn_value.as_bytes())?.indirect_crl)
}

fn reason(entry: &RevokedCert) -> der::Result<Option<CrlReason>> {
    let mut extensions = entry.crl_entry_extensions.iter().flatten();
    let found = extensions.find(|one| one.extn_id == oid::CRL_REASON);
    found.map(|one| CrlReason::from_der(one.extn_value.as_bytes())).transpose()
}
