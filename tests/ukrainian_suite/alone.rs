//! The suite by itself: what it makes, what it refuses, what it survives.

use std::slice::from_ref;

use certpost::crypto::chain::chain;
use certpost::crypto::international::International;
use certpost::crypto::issue::Role;
use certpost::crypto::{CryptoError, Suite as _, Usage};
use proptest::prelude::*;

use crate::asking::{hex, unhex};
use crate::{NOW, SUITE, below, both, chance, key, root, sealed};

#[test]
fn keys_are_on_the_curves_of_their_usage() {
    for (usage, octets, inner) in [(Usage::Signing, 32, "0421"), (Usage::Agreement, 54, "0436")] {
        let key = SUITE.generate(usage, &mut chance(1)).unwrap();
        let number = key.pkcs8().len() - octets;
        assert_eq!(key.pkcs8()[number - 2..number], [4, u8::try_from(octets).unwrap()]);
        let public_key = hex(&SUITE.public_key(&key).unwrap());
        let point = usize::from_str_radix(&inner[2..], 16).unwrap();
        assert!(public_key[..public_key.len() - 2 * point].ends_with(&format!("00{inner}")));
        assert_ne!(key.pkcs8(), SUITE.generate(usage, &mut chance(2)).unwrap().pkcs8());
    }
}

#[test]
fn a_key_identifier_is_the_hash_of_the_inner_octet_string() {
    let holder = both(257, 7).certificate;
    let bits = hex(holder.public_key());
    let inner = unhex(&bits[bits.len() - 70..]);
    assert_eq!(inner[..2], [4, 0x21]);
    assert_eq!(holder.key_id(), Some(dstu::gost34311::hash(&inner).as_slice()));
}

#[test]
fn a_chain_crosses_curves() {
    let root = root(431);
    let holder = below(&root, 257, Role::Half(Usage::Signing), 7).certificate;
    let trust = from_ref(&root.certificate);
    chain(&holder, &[], trust, &[], SUITE, NOW).unwrap();
    let other = crate::root(257).certificate;
    assert!(chain(&holder, &[], from_ref(&other), &[], SUITE, NOW).is_err());
}

#[test]
fn every_envelope_opens_for_its_recipients_only() {
    for m in [257, 431] {
        let (sender, to, other) = (both(m, 7), both(m, 8), both(m, 9));
        let static_one = sealed(b"text", &to.certificate, Some(&sender));
        let senders = [sender.certificate.clone()];
        let open = |bytes: &[u8], pair, senders| SUITE.open(bytes, &[pair], senders);
        assert_eq!(open(&static_one, &to, &senders).unwrap().as_slice(), b"text");
        assert_eq!(open(&static_one, &to, &[]).unwrap_err(), CryptoError::UnknownSigner);
        assert_eq!(open(&static_one, &other, &senders).unwrap_err(), CryptoError::NotForUs);
        let ephemeral = sealed(b"text", &to.certificate, None);
        assert_eq!(open(&ephemeral, &to, &[]).unwrap().as_slice(), b"text");
        // The wrapped key is the last thing before the content; its checksum must tell.
        let wrapped = ephemeral.windows(2).rposition(|two| two == [4, 44]).unwrap();
        let mut damaged = ephemeral.clone();
        damaged[wrapped + 10] ^= 1;
        assert_eq!(open(&damaged, &to, &[]).unwrap_err(), CryptoError::Undecipherable);
    }
}

#[test]
fn a_sender_on_another_curve_makes_an_ephemeral_half() {
    let (sender, to) = (both(257, 7), both(431, 8));
    let bytes = sealed(b"text", &to.certificate, Some(&sender));
    assert_eq!(SUITE.open(&bytes, &[&to], &[]).unwrap().as_slice(), b"text");
}

#[test]
fn the_content_of_an_envelope_has_no_integrity() {
    // The format's own weakness, kept in sight: the signature inside must protect (F-rows on
    // forged answers rest on it).
    let to = both(431, 8);
    let mut bytes = sealed(b"text", &to.certificate, None);
    *bytes.last_mut().unwrap() ^= 1;
    assert_eq!(SUITE.open(&bytes, &[&to], &[]).unwrap().as_slice(), b"texu");
}

#[test]
fn a_signature_of_somebody_else_does_not_hold() {
    let signer = both(257, 7);
    let signed = SUITE.sign(b"text", &signer, NOW, &mut chance(4)).unwrap();
    let at = signed.windows(4).position(|four| four == b"text").unwrap();
    let mut changed = signed.clone();
    changed[at] ^= 1;
    assert!(matches!(SUITE.verify(&changed, &[]), Err(CryptoError::BadSignature { .. })));
    let mut changed = signed.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert!(matches!(SUITE.verify(&changed, &[]), Err(CryptoError::BadSignature { .. })));
    let international = International::default().verify(&signed, &[]);
    assert!(matches!(international, Err(CryptoError::Unsupported { .. })));
    let stolen = certpost::crypto::Pair { key: key(257, 9), certificate: signer.certificate };
    let error = SUITE.sign(b"text", &stolen, NOW, &mut chance(4)).unwrap_err();
    assert!(matches!(error, CryptoError::KeyMismatch { .. }));
}

#[test]
fn kept_keys_open_with_their_password_only() {
    for kept in [key(257, 6), key(431, 7)] {
        let protected = SUITE.protect(&kept, b"password", &mut chance(4)).unwrap();
        assert_eq!(SUITE.unprotect(&protected, b"password").unwrap().pkcs8(), kept.pkcs8());
        let pem = certpost::crypto::ber::wrap_pem("ENCRYPTED PRIVATE KEY", &protected);
        assert_eq!(SUITE.unprotect(pem.as_bytes(), b"password").unwrap().pkcs8(), kept.pkcs8());
        let wrong = SUITE.unprotect(&protected, b"passwort").err().unwrap();
        assert_eq!(wrong, CryptoError::WrongPassword);
        let scrypt = International::default().protect(&kept, b"password", &mut chance(4)).unwrap();
        assert_eq!(SUITE.unprotect(&scrypt, b"password").unwrap().pkcs8(), kept.pkcs8());
    }
}

#[test]
fn a_costly_container_is_refused() {
    let protected = hex(&SUITE.protect(&key(257, 6), b"password", &mut chance(4)).unwrap());
    // The same length: 10 000 iterations and a salt become more of the one and less of the other.
    let at = protected.find("02022710").unwrap();
    let salt = protected[at - 64 - 4..at].to_owned();
    let costly = protected.replace(&format!("{salt}02022710"), &{
        let shorter = &salt[4..4 + 60];
        format!("041e{shorter}02047fff2710")
    });
    let error = SUITE.unprotect(&unhex(&costly), b"password").err().unwrap();
    assert!(
        matches!(&error, CryptoError::Unsupported { detail, .. } if detail.contains("iterations")),
        "{error}"
    );
}

/// Everything that foreign bytes may reach.
fn read_all(bytes: &[u8], ours: &certpost::crypto::Pair) {
    drop(SUITE.verify(bytes, from_ref(&ours.certificate)));
    drop(SUITE.open(bytes, &[ours], from_ref(&ours.certificate)));
    drop(SUITE.unprotect(bytes, b"password"));
    drop(SUITE.read_request(bytes));
    drop(SUITE.key_id(bytes));
    let signature = certpost::crypto::Signature { algorithm: bytes.into(), bytes: bytes.into() };
    drop(SUITE.verify_bytes(bytes, bytes, &signature));
    if let Ok(certificate) = certpost::crypto::Certificate::read(bytes) {
        drop(certificate.is_issued_by(&certificate, SUITE));
    }
    let key = certpost::crypto::PrivateKey::from_pkcs8(zeroize::Zeroizing::new(bytes.to_vec()));
    drop(SUITE.public_key(&key));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn foreign_bytes_never_panic(
        which in 0..7_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
        is_cut: bool,
    ) {
        let ours = both(431, 7);
        let subject = ours.certificate.subject_der();
        let mut bytes = match which {
            0 => SUITE.sign(b"text", &ours, NOW, &mut chance(4)).unwrap(),
            1 => sealed(b"text", &ours.certificate, Some(&ours)),
            2 => sealed(b"text", &ours.certificate, None),
            3 => SUITE.request(&ours.key, subject, &mut chance(4)).unwrap(),
            4 => SUITE.protect(&ours.key, b"password", &mut chance(4)).unwrap(),
            5 => ours.key.pkcs8().to_vec(),
            _ => ours.certificate.der().to_vec(),
        };
        for (at, to) in changes {
            let at = at.index(bytes.len());
            bytes[at] = to;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        read_all(&bytes, &ours);
    }
}
