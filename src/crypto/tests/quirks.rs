//! What real senders write and the crates would change or refuse (ukraine.md §3.2–§3.6).

use ::cms::content_info::ContentInfo;
use ::cms::enveloped_data::{EnvelopedData, OriginatorIdentifierOrKey, RecipientInfo};
use ::cms::signed_data::SignedData;
use der::asn1::Any;
use der::{Decode as _, Encode as _};

use super::super::cms;
use super::*;

#[test]
fn the_crate_reads_our_signed_data_as_its_own() {
    let signed = signed_by(&authority().signer, b"receipt");
    let info = ContentInfo::from_der(&signed).unwrap();
    let data: SignedData = info.content.decode_as().unwrap();
    assert_eq!(data.signer_infos.0.len(), 1);
    assert_eq!(cms::content_info(oid::SIGNED_DATA, &data).unwrap(), signed);
}

#[test]
fn f26_a_gate_may_write_its_key_identifier_constructed() {
    // `A0 22 04 20 …` and version 1, though RFC 5652 §5.3 wants a primitive [0] and version 3.
    let signer = &authority().signer.certificate;
    let signed = signed_by(&authority().signer, b"receipt");
    let parts = trust::dissect(&signed);
    let id = tlv::octets(signer.key_id().unwrap());
    let identity = tlv::element(tlv::context(0), &[&id]);
    let attributes = tlv::element(tlv::context(0), &[parts.attributes]);
    let parts = trust::Dissected { identity: &identity, ..parts };
    let gate = parts.assemble(&attributes, &tlv::oid(oid::DATA), b"receipt");
    let layers = SUITE.verify(&gate, &[]).unwrap();
    assert_eq!(&layers[0].signer, signer);
    // The primitive one as well, and neither as somebody else's.
    let identity = tlv::element(0x80, &[signer.key_id().unwrap()]);
    let parts = trust::Dissected { identity: &identity, ..parts };
    let usual = parts.assemble(&attributes, &tlv::oid(oid::DATA), b"receipt");
    assert!(SUITE.verify(&usual, &[]).is_ok());
    let identity = tlv::element(tlv::context(0), &[&tlv::octets(&[7; 20])]);
    let parts = trust::Dissected { identity: &identity, ..parts };
    let other = parts.assemble(&attributes, &tlv::oid(oid::DATA), b"receipt");
    let refused = SUITE.verify(&other, &[]).unwrap_err();
    assert_eq!(refused, super::super::CryptoError::UnknownSigner);
}

/// A certificate that writes out `critical FALSE`, which DER leaves away: its issuer signed that.
fn lax() -> Pair {
    let a = authority();
    let pair = below(&a.root, named("ОТРИМАНО"), Role::Half(Usage::Signing), 70);
    let whole = tlv::inside(pair.certificate.der());
    let tbs = tlv::inside(whole[0]);
    let (wrapped, before) = tbs.split_last().unwrap();
    let extensions = tlv::inside(tlv::inside(wrapped)[0]);
    let (first, others) = extensions.split_first().unwrap();
    let first = tlv::inside(first);
    let first = tlv::sequence(&[first[0], &[0x01, 0x01, 0x00], first[1]]);
    let extensions = tlv::sequence(&[&first, &others.concat()]);
    let wrapped = tlv::element(tlv::context(3), &[&extensions]);
    let tbs = tlv::sequence(&[&before.concat(), &wrapped]);
    let signature = SUITE.sign_bytes(&a.root.key, &tbs, &mut chance(1)).unwrap();
    let der = tlv::sequence(&[&tbs, &signature.algorithm, &tlv::bits(&signature.bytes)]);
    let certificate = Certificate::read(&der).unwrap();
    assert_eq!(certificate.der(), der);
    // What the crate would make of it.
    assert_ne!(x509_cert::Certificate::from_der(&der).unwrap().to_der().unwrap(), der);
    Pair { key: pair.key, certificate }
}

#[test]
fn a_certificate_that_is_not_strict_der_travels_as_its_issuer_signed_it() {
    let (a, lax) = (authority(), lax());
    assert_eq!(lax.certificate.is_issued_by(&a.root.certificate, &SUITE), Ok(()));
    let layers = SUITE.verify(&signed_by(&lax, b"receipt"), &[]).unwrap();
    assert_eq!(layers[0].signer, lax.certificate);
    let bundle = cms::certs_only(std::slice::from_ref(&lax.certificate));
    assert_eq!(cms::read_certs_only(&bundle).unwrap(), [lax.certificate]);
}

#[test]
fn one_odd_certificate_beside_does_not_cost_the_message() {
    // An attribute certificate `[2]` and rubbish, beside the signer's.
    let signed = signed_by(&authority().signer, b"receipt");
    let parts = trust::dissect(&signed);
    let odd = [tlv::element(0xA2, &[&tlv::number(1)]), tlv::sequence(&[&tlv::number(1)])].concat();
    let certificates = tlv::element(tlv::context(0), &[&odd, tlv::content(parts.certificates)]);
    let attributes = tlv::element(tlv::context(0), &[parts.attributes]);
    let parts = trust::Dissected { certificates: &certificates, ..parts };
    let message = parts.assemble(&attributes, &tlv::oid(oid::DATA), b"receipt");
    assert_eq!(SUITE.verify(&message, &[]).unwrap()[0].certificates.len(), 1);
}

#[test]
fn an_ephemeral_key_may_leave_its_curve_to_the_recipient() {
    let holder = &authority().holder;
    let sealed = sealed_to(&holder.certificate, b"receipt");
    let info = ContentInfo::from_der(&sealed).unwrap();
    let explicit = Any::from_der(&tlv::sequence(&[&tlv::number(1)])).unwrap();
    for parameters in [None, Some(Any::null()), Some(explicit)] {
        let mut data: EnvelopedData = info.content.decode_as().unwrap();
        let mut recipients = data.recip_infos.0.into_vec();
        let RecipientInfo::Kari(agreement) = &mut recipients[0] else { panic!("no agreement") };
        let OriginatorIdentifierOrKey::OriginatorKey(key) = &mut agreement.originator else {
            panic!("no ephemeral key")
        };
        key.algorithm.parameters = parameters;
        data.recip_infos = recipients.try_into().unwrap();
        let gate = cms::content_info(oid::ENVELOPED_DATA, &data).unwrap();
        assert_eq!(SUITE.open(&gate, &[holder], &[]).unwrap().as_slice(), b"receipt");
    }
}

#[test]
fn a_key_with_its_curve_written_out_and_wrapped_twice_stays_as_it_is() {
    // SubjectPublicKeyInfo of ukraine.md §3.2, made-up numbers.
    let object = const_oid::ObjectIdentifier::new_unwrap("1.2.804.2.1.1.1.1.3.1.1");
    let field = tlv::sequence(&[
        &tlv::number(431),
        &tlv::sequence(&[&tlv::number(1), &tlv::number(3), &tlv::number(5)]),
    ]);
    let [b, n, point] = [3, 4, 5].map(|octet| tlv::octets(&[octet; 54]));
    let order = tlv::element(tlv::INTEGER, &[tlv::content(&n)]);
    let curve = tlv::sequence(&[&field, &tlv::number(1), &b, &order, &point]);
    let parameters = tlv::sequence(&[&curve, &tlv::octets(&[1; 64])]);
    let key = tlv::sequence(&[
        &tlv::sequence(&[&tlv::oid(object), &parameters]),
        &tlv::bits(&tlv::octets(&[0x42; 54])),
    ]);
    let role = Role::Half(Usage::Agreement);
    let wanted = Template::new(director(), key.clone(), role, 71, valid());
    let made = issue(&wanted, &authority().root, &SUITE, &mut chance(1)).unwrap();
    assert_eq!(made.public_key(), key);
    assert!(made.serves(Usage::Agreement));
}

#[test]
fn a_signature_wrapped_twice_reaches_the_suite_as_the_bit_string_holds_it() {
    let inner = tlv::octets(&[9; 64]);
    let signature =
        super::super::Signature { algorithm: tlv::sequence(&[&tlv::oid(oid::EC)]), bytes: inner };
    let (algorithm, bits) = signature.parts().unwrap();
    assert_eq!(algorithm.parameters, None);
    assert_eq!(bits.as_bytes(), Some(signature.bytes.as_slice()));
}

#[test]
fn f50_a_crowd_of_recipients_is_refused_before_it_is_sorted() {
    let name = tlv::sequence(&[&named("x"), &tlv::number(1)]);
    let cipher = tlv::sequence(&[&tlv::oid(oid::AES256_CBC), &tlv::octets(&[0; 16])]);
    let content = tlv::sequence(&[&tlv::oid(oid::DATA), &cipher, &tlv::element(0x80, &[&[0; 16]])]);
    let sealed_to = |count: u32| {
        let recipients: Vec<Vec<u8>> = (0..count)
            .map(|n| {
                let algorithm = tlv::sequence(&[&tlv::oid(oid::RSA)]);
                tlv::sequence(&[&tlv::number(0), &name, &algorithm, &tlv::octets(&n.to_le_bytes())])
            })
            .collect();
        let recipients = tlv::element(tlv::SET, &[&recipients.concat()]);
        let data = tlv::sequence(&[&tlv::number(0), &recipients, &content]);
        let wrapped = tlv::element(tlv::context(0), &[&data]);
        let sealed = tlv::sequence(&[&tlv::oid(oid::ENVELOPED_DATA), &wrapped]);
        SUITE.open(&sealed, &[&authority().holder], &[]).unwrap_err()
    };
    assert_eq!(sealed_to(64), super::super::CryptoError::NotForUs);
    let refused = sealed_to(20_000).to_string();
    assert_eq!(refused, "EnvelopedData is malformed: more recipients than anybody has");
}
