//! Time stamps and CAdES attributes, which we don't ask for and others send (ukraine.md §3.5): read
//! over, on either suite. The samples are made here.

use const_oid::ObjectIdentifier;

use super::super::ukrainian::Ukrainian;
use super::super::{CryptoError, OpenError};
use super::trust::dissect;
use super::*;
use crate::crypto::issue::revocation_list;

/// id-aa of S/MIME; CAdES numbers its attributes below (RFC 5126 §5.11, §6).
const ATTRIBUTES: &str = "1.2.840.113549.1.9.16.2";
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

fn attribute(number: u32, value: &[u8]) -> Vec<u8> {
    let kind = ObjectIdentifier::new_unwrap(&format!("{ATTRIBUTES}.{number}"));
    tlv::sequence(&[&tlv::oid(kind), &tlv::element(tlv::SET, &[value])])
}

/// A root of the suite, a signer and a time stamping authority below it.
struct House {
    suite: Box<dyn Suite>,
    root: Pair,
    signer: Pair,
    stamper: Pair,
}

fn house(suite: Box<dyn Suite>) -> House {
    let pair = |common_name, role, serial, above: Option<&Pair>| {
        let key = suite.generate(Usage::Signing, &mut chance(u64::from(serial))).unwrap();
        let public_key = suite.public_key(&key).unwrap();
        let template = Template::new(named(common_name), public_key, role, serial, valid());
        let certificate = match above {
            Some(above) => issue(&template, above, suite.as_ref(), &mut chance(1)).unwrap(),
            None => self_signed(&template, &key, suite.as_ref(), &mut chance(1)).unwrap(),
        };
        Pair { key, certificate }
    };
    let root = pair("Вигаданий ЦСК", Role::Authority { path_length: None }, 1, None);
    let signing = Role::Half(Usage::Signing);
    let signer = pair("ОТРИМАНО", signing, 2, Some(&root));
    let stamper = pair("Позначка часу", signing, 3, Some(&root));
    House { suite, root, signer, stamper }
}

fn houses() -> [House; 2] {
    [house(Box::new(SUITE)), house(Box::new(Ukrainian))]
}

/// What is put into a `SignedData` beside the usual.
#[derive(Default)]
struct Beside {
    content_type: Option<ObjectIdentifier>,
    signed: Vec<Vec<u8>>,
    unsigned: Vec<Vec<u8>>,
    lists: Vec<Vec<u8>>,
}

impl House {
    fn sign(&self, content: &[u8], signer: &Pair, beside: &Beside) -> Vec<u8> {
        let plain = self.suite.sign(content, signer, NOW, &mut chance(4)).unwrap();
        let parts = dissect(&plain);
        let kind = tlv::oid(beside.content_type.unwrap_or(oid::DATA));
        let usual = tlv::element(tlv::SET, &[parts.attributes]);
        let mut attributes: Vec<Vec<u8>> = Vec::new();
        for one in tlv::inside(&usual) {
            let is_type = tlv::inside(one)[0] == tlv::oid(oid::CONTENT_TYPE);
            let other = tlv::sequence(&[tlv::inside(one)[0], &tlv::element(tlv::SET, &[&kind])]);
            attributes.push(if is_type { other } else { one.to_vec() });
        }
        // Not in their order: nobody sorts them out there.
        attributes.extend(beside.signed.iter().cloned());
        let attributes = attributes.concat();
        let message = tlv::element(tlv::SET, &[&attributes]);
        let mut signature =
            self.suite.sign_bytes(&signer.key, &message, &mut chance(5)).unwrap().bytes;
        if self.suite.name() == "ukrainian" {
            // CMS has it without the inner OCTET STRING (ukraine.md §3.4).
            signature = tlv::content(&signature).to_vec();
        }
        let unsigned = match beside.unsigned.concat() {
            none if none.is_empty() => none,
            some => tlv::element(tlv::context(1), &[&some]),
        };
        let lists = match beside.lists.concat() {
            none if none.is_empty() => none,
            some => tlv::element(tlv::context(1), &[&some]),
        };
        let info = tlv::sequence(&[
            parts.version,
            parts.identity,
            parts.digest,
            &tlv::element(tlv::context(0), &[&attributes]),
            parts.algorithm,
            &tlv::octets(&signature),
            &unsigned,
        ]);
        let attached = tlv::element(tlv::context(0), &[&tlv::octets(content)]);
        let data = tlv::sequence(&[
            &tlv::number(1),
            &tlv::element(tlv::SET, &[parts.digest]),
            &tlv::sequence(&[&kind, &attached]),
            parts.certificates,
            &lists,
            &tlv::element(tlv::SET, &[&info]),
        ]);
        let wrapped = tlv::element(tlv::context(0), &[&data]);
        tlv::sequence(&[&tlv::oid(oid::SIGNED_DATA), &wrapped])
    }

    /// A `TimeStampToken` (RFC 3161 §2.4.2) over `what`.
    fn stamp(&self, what: &[u8]) -> Vec<u8> {
        let plain = self.suite.sign(what, &self.stamper, NOW, &mut chance(6)).unwrap();
        let parts = dissect(&plain);
        let attributes = tlv::element(tlv::SET, &[parts.attributes]);
        let digest = tlv::inside(&attributes)
            .into_iter()
            .find(|one| tlv::inside(one)[0] == tlv::oid(oid::MESSAGE_DIGEST))
            .map(|one| tlv::inside(tlv::inside(one)[1])[0].to_vec());
        let info = tlv::sequence(&[
            &tlv::number(1),
            &tlv::oid(ObjectIdentifier::new_unwrap("1.2.804.2.1.1.1.2.3.1")),
            &tlv::sequence(&[parts.digest, &digest.unwrap()]),
            &tlv::number(42),
            &tlv::element(0x18, &[b"20261122000000Z"]),
        ]);
        let beside = Beside { content_type: Some(TST_INFO), ..Beside::default() };
        self.sign(&info, &self.stamper, &beside)
    }

    /// Everything that CAdES-X-L puts in (RFC 5126 §6.3.5).
    fn archive(&self) -> Beside {
        let suite = self.suite.as_ref();
        let certificate = self.signer.certificate.der();
        let list = revocation_list(&self.root, &[], 1, valid(), suite, &mut chance(7)).unwrap();
        let hash = tlv::octets(&[7; 32]);
        let certificate_refs = tlv::sequence(&[&tlv::sequence(&[&hash])]);
        let list_refs = tlv::element(tlv::context(0), &[&tlv::sequence(&[&certificate_refs])]);
        let list_values = tlv::element(tlv::context(0), &[&tlv::sequence(&[list.der()])]);
        Beside {
            signed: vec![attribute(20, &self.stamp(b"receipt"))],
            unsigned: vec![
                attribute(24, &tlv::sequence(&[&list_values])),
                attribute(14, &self.stamp(b"the signature")),
                attribute(21, &certificate_refs),
                attribute(22, &tlv::sequence(&[&tlv::sequence(&[&list_refs])])),
                attribute(23, &tlv::sequence(&[certificate, self.root.certificate.der()])),
                attribute(48, &self.stamp(b"all of it")),
            ],
            lists: vec![list.der().to_vec()],
            ..Beside::default()
        }
    }

    fn trust(&self) -> Trust {
        Trust {
            signers: vec![self.signer.certificate.clone()],
            anchors: vec![self.root.certificate.clone()],
            revocations: Vec::new(),
        }
    }

    fn believe(&self, signed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let nobody: &[Pair] = &[];
        let trust = self.trust();
        let suite = self.suite.as_ref();
        let opener = Opener { suite, trust: &trust, recipients: &nobody, now: NOW };
        opener.verify(signed).map(|authentic| authentic.content().to_vec())
    }
}

#[test]
fn time_stamps_and_archive_attributes_are_read_over() {
    for house in houses() {
        let name = house.suite.name();
        let signed = house.sign(b"receipt", &house.signer, &house.archive());
        assert_eq!(house.believe(&signed).as_deref(), Ok(b"receipt".as_slice()), "{name}");
        let layers = house.suite.verify(&signed, &[]).unwrap();
        assert_eq!(layers[0].signer, house.signer.certificate);
        assert_eq!(layers[0].signing_time, Some(NOW));
        let node = crate::inspect::inspect(&signed, &[], None, NOW);
        assert!(node.text().contains("holds"), "{}", node.text());
        // Sent in pieces, as stampers like to.
        let endless = [&[0x30, 0x80], tlv::content(&signed), &[0, 0]].concat();
        assert_eq!(house.believe(&endless).as_deref(), Ok(b"receipt".as_slice()), "{name}");
    }
}

#[test]
fn f26_a_time_stamp_is_no_receipt_and_its_maker_no_signer() {
    for house in houses() {
        let token = house.stamp(b"receipt");
        assert!(house.suite.verify(&token, &[]).is_ok(), "the mathematics hold");
        let refused = house.believe(&token).unwrap_err();
        assert!(matches!(refused, OpenError::Stranger { chains: true, .. }), "{refused}");
    }
}

#[test]
fn f26_a_signed_time_stamp_that_was_exchanged_breaks_the_signature() {
    for house in houses() {
        let honest = Beside { signed: vec![attribute(20, b"\x04\x03one")], ..Beside::default() };
        let signed = house.sign(b"receipt", &house.signer, &honest);
        assert!(house.believe(&signed).is_ok());
        let at = signed.windows(3).position(|three| three == b"one").unwrap();
        let mut exchanged = signed.clone();
        exchanged[at..at + 3].copy_from_slice(b"two");
        let refused = house.believe(&exchanged).unwrap_err();
        let is_bad = matches!(refused, OpenError::Crypto(CryptoError::BadSignature { .. }));
        assert!(is_bad, "{}: {refused}", house.suite.name());
        // What is not signed proves nothing either way.
        let loose = Beside { unsigned: vec![attribute(14, b"\x04\x03one")], ..Beside::default() };
        assert!(house.believe(&house.sign(b"receipt", &house.signer, &loose)).is_ok());
    }
}
