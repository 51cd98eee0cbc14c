//! Nobody's bytes make us panic: not rubbish, and not good bytes with some of them changed.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::ber::{Limits, to_der, unwrap_pem};
use super::super::cms;
use super::super::revocation::RevocationList;
use super::*;

fn everything(bytes: &[u8]) {
    let a = authority();
    let suite: &dyn Suite = &SUITE;
    let (trust, pairs) = (trust(), [a.holder.clone()]);
    let opener = opener(&trust, &pairs, NOW);
    let _ = unwrap_pem(bytes);
    let _ = Certificate::read(bytes);
    let _ = RevocationList::read(bytes);
    let _ = cms::read_certs_only(bytes);
    let _ = suite.read_request(bytes);
    let _ = opener.verify(bytes);
    let _ = opener.decrypt(bytes, &[]);
    let _ = name::attributes(bytes);
    if let Ok(der) = to_der(bytes, Limits::default()) {
        // DER is at home here: a second time changes nothing.
        assert_eq!(to_der(&der, Limits::default()).as_ref(), Ok(&der));
    }
}

/// Good bytes of every kind.
fn good() -> Vec<Vec<u8>> {
    let a = authority();
    let authenticated = International { keys: KeyKind::P256, authenticated: true };
    let to = [a.holder.certificate.clone()];
    let suite: &dyn Suite = &SUITE;
    vec![
        a.holder.certificate.der().to_vec(),
        signed_by(&a.signer, b"receipt"),
        sealed_to(&a.holder.certificate, b"receipt"),
        authenticated.envelope(b"receipt", &to, None, &mut chance(5)).unwrap(),
        suite.request(&a.holder.key, &director(), &mut chance(6)).unwrap(),
        cms::certs_only(&to),
    ]
}

/// A protected key whose derivation costs nothing.
fn cheap_key() -> Vec<u8> {
    use der::Encode as _;
    let kept = authority().holder.key.pkcs8();
    let parameters =
        pkcs8::pkcs5::pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(9, &[1; 16], [2; 16])
            .unwrap();
    let scheme = pkcs8::pkcs5::EncryptionScheme::from(parameters);
    let sealed = scheme.encrypt("x", kept).unwrap();
    tlv::sequence(&[&scheme.to_der().unwrap(), &tlv::octets(&sealed)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn rubbish_never_panics(bytes in vec(any::<u8>(), 0..200)) {
        everything(&bytes);
        let _ = SUITE.unprotect(&bytes, b"x");
    }

    #[test]
    fn changed_bytes_never_panic(
        which in 0_usize..6,
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
        shorten in prop::bool::weighted(0.2),
    ) {
        let mut bytes = good()[which].clone();
        for (at, value) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        if shorten {
            bytes.truncate(cut.index(bytes.len()));
        }
        everything(&bytes);
    }

    #[test]
    fn changed_key_files_never_panic(
        at in any::<prop::sample::Index>(),
        value in any::<u8>(),
    ) {
        let mut bytes = cheap_key();
        prop_assert!(SUITE.unprotect(&bytes, b"x").is_ok());
        let at = at.index(bytes.len());
        bytes[at] = value;
        let _ = SUITE.unprotect(&bytes, b"x");
    }

    #[test]
    fn what_is_sealed_comes_out(content in vec(any::<u8>(), 0..300), authenticated: bool) {
        let a = authority();
        let suite = International { keys: KeyKind::P256, authenticated };
        let to = [a.holder.certificate.clone()];
        let sealed = suite.envelope(&content, &to, None, &mut chance(5)).unwrap();
        let opened = suite.open(&sealed, &[&a.holder], &[]).unwrap();
        prop_assert_eq!(opened.as_slice(), content.as_slice());
        let layers = suite.verify(&signed_by(&a.signer, &content), &[]).unwrap();
        prop_assert_eq!(&layers[0].content, &content);
    }
}
