//! Both directions against jkurwa 1.17.0.

use std::slice::from_ref;

use certpost::authority::sota::container::{self, Kind, Section};
use certpost::crypto::issue::Role;
use certpost::crypto::{Certificate, Pair, PrivateKey, Usage, cms};
use zeroize::Zeroizing;

use crate::asking::{hex, jkurwa, unhex};
use crate::{NOW, SUITE, below, both, chance, key, root, sealed};

const TEXT: &[u8] = "Заявка на сертифікати".as_bytes();

fn pair(pair: &Pair) -> String {
    format!("{}:{}", hex(pair.key.pkcs8()), hex(pair.certificate.der()))
}

fn beside(pair: &Pair) -> String {
    format!(":{}", hex(pair.certificate.der()))
}

fn section(label: &str, payload: &[u8]) -> Vec<u8> {
    container::write(&[Section { label, payload }]).unwrap()
}

#[test]
fn it_verifies_our_signatures_and_our_chain() {
    let questions = [257, 431].map(|m| {
        let root = root(m);
        let signer = below(&root, m, Role::Half(Usage::Signing), 7);
        let signed = SUITE.sign(TEXT, &signer, NOW, &mut chance(4)).unwrap();
        let roots = cms::certs_only(from_ref(&root.certificate));
        format!("unwrap {} {} {}", hex(&signed), hex(&roots), beside(&signer))
    });
    // jkurwa asks for subjectKeyIdentifier = GOST 34.311 of the key on the way.
    let expected = format!("signed+chain {}", hex(TEXT));
    assert_eq!(jkurwa(&questions), [expected.clone(), expected]);
}

#[test]
fn it_opens_our_envelopes() {
    let mut questions = Vec::new();
    for m in [257, 431] {
        let (ours, theirs) = (both(m, 7), both(m, 8));
        // jkurwa reads an ephemeral key on any curve, the agreement's and the signing one's.
        for sender in [Some(&ours), None] {
            let bytes = sealed(TEXT, &theirs.certificate, sender);
            questions.push(format!("unwrap {} - {} {}", hex(&bytes), pair(&theirs), beside(&ours)));
        }
    }
    let expected = format!("encrypted {}", hex(TEXT));
    assert_eq!(jkurwa(&questions), vec![expected; 4]);
}

#[test]
fn it_opens_our_nested_containers() {
    let (signer, ours, theirs) = (both(257, 6), both(431, 7), both(431, 8));
    let sign = |content: &[u8]| {
        section("UA1_SIGN", &SUITE.sign(content, &signer, NOW, &mut chance(4)).unwrap())
    };
    let encrypted = sealed(&sign(TEXT), &theirs.certificate, Some(&ours));
    let inner = [section("CERTCRYPT", ours.certificate.der()), section("UA1_CRYPT", &encrypted)];
    let question = format!("unwrap {} - {}", hex(&sign(&inner.concat())), pair(&theirs));
    assert_eq!(jkurwa(&[question]), [format!("signed,encrypted,signed {}", hex(TEXT))]);
}

#[test]
fn we_verify_and_open_what_it_makes() {
    let (signer, ours) = (both(257, 6), both(431, 7));
    let (signer_2, ours_2) = (both(431, 8), both(257, 9));
    let pairs = [(&signer, &ours, both(431, 10)), (&signer_2, &ours_2, both(257, 11))];
    let questions: Vec<String> = pairs
        .iter()
        .flat_map(|(signer, ours, theirs)| {
            let (text, to) = (hex(TEXT), hex(ours.certificate.der()));
            [
                // Often enough for a dropped zero to turn up: one signature in 128.
                vec![format!("sign {text} {}", pair(signer)); 6],
                vec![format!("encrypt {text} {to} {}", pair(theirs)); 2],
            ]
            .concat()
        })
        .collect();
    let answers = jkurwa(&questions);
    for ((signer, ours, theirs), answers) in pairs.iter().zip(answers.chunks(8)) {
        for signed in &answers[..6] {
            let layers = SUITE.verify(&unhex(signed), &[]).unwrap();
            assert_eq!(layers[0].content, TEXT);
            assert_eq!(layers[0].signer, signer.certificate);
        }
        for bytes in &answers[6..] {
            let opened = SUITE.open(&unhex(bytes), &[ours], from_ref(&theirs.certificate));
            assert_eq!(opened.unwrap().as_slice(), TEXT);
        }
    }
}

#[test]
fn we_take_its_nested_containers_apart() {
    let (theirs, ours) = (both(431, 6), both(431, 7));
    let question =
        format!("container {} {} {}", hex(TEXT), hex(ours.certificate.der()), pair(&theirs));
    let mut bytes = unhex(&jkurwa(&[question])[0]);
    let mut senders = Vec::new();
    let mut kinds = Vec::new();
    while container::looks_like(&bytes) {
        let mut next = Vec::new();
        for section in container::read(&bytes).unwrap() {
            match section.kind() {
                Kind::Certificate => senders.push(Certificate::read(section.payload).unwrap()),
                Kind::Signed => {
                    kinds.push("signed");
                    next = SUITE.verify(section.payload, &[]).unwrap()[0].content.clone();
                }
                Kind::Encrypted => {
                    kinds.push("encrypted");
                    next = SUITE.open(section.payload, &[&ours], &senders).unwrap().to_vec();
                }
                _ => {}
            }
        }
        bytes = next;
    }
    assert_eq!(
        (kinds.as_slice(), bytes.as_slice()),
        (&["signed", "encrypted", "signed"][..], TEXT)
    );
}

#[test]
fn protected_keys_go_both_ways() {
    let password = "пароль".as_bytes();
    let keys = [key(257, 6), key(431, 7)];
    let mut questions = Vec::new();
    for key in &keys {
        let ours = SUITE.protect(key, password, &mut chance(4)).unwrap();
        questions.push(format!("unprotect {} {}", hex(&ours), hex(password)));
        questions.push(format!("protect {} {}", hex(key.pkcs8()), hex(password)));
    }
    for (key, answers) in keys.iter().zip(jkurwa(&questions).chunks(2)) {
        let public_key = SUITE.public_key(key).unwrap();
        assert!(hex(&public_key).ends_with(&answers[0]), "{}", answers[0]);
        let opened = SUITE.unprotect(&unhex(&answers[1]), password).unwrap();
        assert_eq!(SUITE.public_key(&opened).unwrap(), public_key);
    }
}

#[test]
fn we_read_the_keys_and_certificates_that_it_makes() {
    let keys = jkurwa(&["generate 257".into(), "generate 431".into()]);
    let questions: Vec<String> =
        keys.iter().map(|key| format!("self-signed {key} 030206c0")).collect();
    for (key, answer) in keys.iter().zip(jkurwa(&questions)) {
        let certificate = Certificate::read(&unhex(&answer)).unwrap();
        certificate.is_issued_by(&certificate, SUITE).unwrap();
        // Its name of the curve instead of our parameters: another writing of the same key.
        let key = PrivateKey::from_pkcs8(Zeroizing::new(unhex(key)));
        assert_ne!(SUITE.public_key(&key).unwrap(), certificate.public_key());
        let id = SUITE.key_id(&SUITE.public_key(&key).unwrap()).unwrap();
        assert_eq!(certificate.key_id(), Some(id.as_slice()));
        let pair = Pair { key, certificate };
        let signed = SUITE.sign(TEXT, &pair, NOW, &mut chance(4)).unwrap();
        assert_eq!(SUITE.verify(&signed, &[]).unwrap()[0].signer, pair.certificate);
    }
}
