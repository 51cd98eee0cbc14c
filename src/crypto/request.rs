//! PKCS#10 requests (RFC 2986): made without attributes, read with their signature checked.

use der::{Decode as _, Encode as _};
use spki::SubjectPublicKeyInfoOwned;
use x509_cert::name::Name;
use x509_cert::request::{CertReq, CertReqInfo, Version};

use super::certificate::check_signed;
use super::cms;
use super::key::PrivateKey;
use super::suite::{CryptoError, RequestFacts, Suite, malformed};

const WHAT: &str = "PKCS#10 request";

/// Without attributes (RFC 2986 §4.1): `RequestBuilder` always adds an extensionRequest, and
/// strict authorities refuse an empty one.
pub(super) fn build(
    suite: &(dyn Suite + '_),
    key: &PrivateKey,
    subject: &[u8],
    chance: &mut dyn super::CryptoRng,
) -> Result<Vec<u8>, CryptoError> {
    let public_key = suite.public_key(key)?;
    let info = CertReqInfo {
        version: Version::V1,
        subject: Name::from_der(subject).map_err(malformed("subject of a request"))?,
        public_key: SubjectPublicKeyInfoOwned::from_der(&public_key).map_err(malformed(WHAT))?,
        attributes: Default::default(),
    };
    let signature = suite.sign_bytes(key, &info.to_der().map_err(malformed(WHAT))?, chance)?;
    let (algorithm, signature) = signature.parts().map_err(malformed(WHAT))?;
    CertReq { info, algorithm, signature }.to_der().map_err(malformed(WHAT))
}

pub(super) fn read(suite: &(dyn Suite + '_), request: &[u8]) -> Result<RequestFacts, CryptoError> {
    let der = cms::door(request, WHAT)?;
    let info = CertReq::from_der(&der).map_err(malformed(WHAT))?.info;
    let facts = RequestFacts {
        subject: info.subject.to_der().map_err(malformed(WHAT))?,
        public_key: info.public_key.to_der().map_err(malformed(WHAT))?,
    };
    check_signed(&der, WHAT, &facts.public_key, suite)?;
    Ok(facts)
}
