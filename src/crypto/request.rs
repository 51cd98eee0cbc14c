//! PKCS#10 requests (RFC 2986): made without attributes, read with their signature checked.

use super::ber;
use super::certificate::{assemble_signed, check_signed, signed_parts};
use super::key::PrivateKey;
use super::suite::{CryptoError, RequestFacts, Suite};
use super::tlv::{self, DerError, Element, Reader};

const WHAT: &str = "PKCS#10 request";

/// `attributes [0]` is not optional: without attributes it is the empty SET (RFC 2986 §4.1). An
/// empty extensionRequest instead would be refused by strict authorities.
pub(super) fn build(
    suite: &(dyn Suite + '_),
    key: &PrivateKey,
    subject: &[u8],
    chance: &mut dyn super::CryptoRng,
) -> Result<Vec<u8>, CryptoError> {
    super::name::attributes(subject).map_err(|e| e.of("subject of a request"))?;
    let public_key = suite.public_key(key)?;
    let attributes = tlv::element(tlv::context(0), &[]);
    let facts = tlv::sequence(&[&tlv::number(0), subject, &public_key, &attributes]);
    let signature = suite.sign_bytes(key, &facts, chance)?;
    Ok(assemble_signed(&facts, &signature))
}

pub(super) fn read(suite: &(dyn Suite + '_), request: &[u8]) -> Result<RequestFacts, CryptoError> {
    let malformed = |e: ber::BerError| CryptoError::Malformed { what: WHAT, detail: e.to_string() };
    let der = ber::door(request).map_err(malformed)?;
    let [facts, _, _] = signed_parts(&der).map_err(|e| e.of(WHAT))?;
    let facts = read_facts(facts).map_err(|e| e.of(WHAT))?;
    check_signed(&der, WHAT, &facts.public_key, suite)?;
    Ok(facts)
}

fn read_facts(facts: Element<'_>) -> Result<RequestFacts, DerError> {
    let mut inside: Reader<'_> = facts.inside();
    if inside.expect(tlv::INTEGER)?.number()? != 0 {
        return Err(DerError::new("a version that is not v1"));
    }
    let subject = inside.expect(tlv::SEQUENCE)?.whole.to_vec();
    super::name::attributes(&subject)?;
    let public_key = inside.expect(tlv::SEQUENCE)?.whole.to_vec();
    // Some makers leave the attributes out altogether.
    inside.optional(tlv::context(0))?;
    inside.finish()?;
    Ok(RequestFacts { subject, public_key })
}
