//! Certificates, requests and revocation lists against Bouncy Castle and openssl's reader.

use std::process::Command;

use certpost::crypto::issue::{Role, revocation_list};
use certpost::crypto::{Signature, Usage};
use certpost::time::Span;

use crate::asking::{bouncy_castle, hex, unhex};
use crate::{NOW, SUITE, below, both, chance, root, sealed};

#[test]
fn it_verifies_our_certificates_requests_and_lists() {
    let (mut questions, mut expected) = (Vec::new(), Vec::new());
    for m in [257, 431] {
        let root = root(m);
        let holder = below(&root, m, Role::Half(Usage::Signing), 7);
        let issuer = hex(root.certificate.public_key());
        let serial = [(&holder.certificate, NOW)];
        let updates = (NOW, NOW + Span::days(7));
        let list = revocation_list(&root, &serial, 3, updates, SUITE, &mut chance(4)).unwrap();
        let subject = holder.certificate.subject_der();
        let request = SUITE.request(&holder.key, subject, &mut chance(5)).unwrap();
        questions.push(format!("certificate {} {issuer}", hex(root.certificate.der())));
        questions.push(format!("certificate {} {issuer}", hex(holder.certificate.der())));
        questions.push(format!("list {} {issuer}", hex(list.der())));
        questions.push(format!("request {}", hex(&request)));
        expected.extend(["root", "below", "1", "true"]);
    }
    assert_eq!(bouncy_castle(&questions), expected);
}

/// Bouncy Castle writes its keys big-endian; this is the same key as others write it, with the
/// OID of its curve for parameters.
fn named_public_key(theirs: &str, curve: usize) -> Vec<u8> {
    let suffix = u8::try_from(curve).unwrap();
    let length = dstu::Curve::by_oid_suffix(suffix).unwrap().field_len();
    let theirs = unhex(theirs);
    let point: Vec<u8> = theirs.iter().rev().take(length).copied().collect();
    let element =
        |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
    let algorithm = [0x2a, 0x86, 0x24, 2, 1, 1, 1, 1, 3, 1, 1];
    let name = element(6, &[&algorithm[..], &[2, suffix]].concat());
    let algorithm = [element(6, &algorithm), element(0x30, &name)].concat();
    let bits = element(3, &[&[0], element(4, &point).as_slice()].concat());
    element(0x30, &[element(0x30, &algorithm), bits].concat())
}

#[test]
fn we_verify_its_signatures_on_every_named_curve() {
    let questions: Vec<String> =
        (0..10).flat_map(|curve| vec![format!("sign {curve} 70726f6261"); 3]).collect();
    let algorithm = unhex("300d060b2a86240201010101030101");
    for (index, answer) in bouncy_castle(&questions).iter().enumerate() {
        let (public_key, signature) = answer.split_once(' ').unwrap();
        let public_key = named_public_key(public_key, index / 3);
        let signature = Signature { algorithm: algorithm.clone(), bytes: unhex(signature) };
        let verify = |message| SUITE.verify_bytes(&public_key, message, &signature);
        verify(b"proba").unwrap_or_else(|error| panic!("{error}: {answer}"));
        assert!(verify(b"Proba").is_err());
    }
}

#[test]
fn openssl_reads_the_structures() {
    let (ours, theirs) = (both(431, 7), both(431, 8));
    let subject = ours.certificate.subject_der();
    let files = [
        ours.certificate.der().to_vec(),
        ours.key.pkcs8().to_vec(),
        SUITE.protect(&ours.key, b"proba", &mut chance(4)).unwrap(),
        SUITE.request(&ours.key, subject, &mut chance(4)).unwrap(),
        SUITE.sign(b"text", &ours, NOW, &mut chance(4)).unwrap(),
        sealed(b"text", &theirs.certificate, Some(&ours)),
        sealed(b"text", &theirs.certificate, None),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (index, bytes) in files.iter().enumerate() {
        let path = folder.path().join(index.to_string());
        std::fs::write(&path, bytes).unwrap();
        let mut read = Command::new("openssl");
        read.args(["asn1parse", "-inform", "DER", "-in"]).arg(&path);
        let output = read.output().expect("openssl is needed");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && told.is_empty(), "{index}: {told}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("cons: SEQUENCE"));
    }
}
