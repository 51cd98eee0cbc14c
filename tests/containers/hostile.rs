//! Containers of people who mean ill, and of programs with habits of their own.

use certpost::crypto::containers::{
    self, ContainerError, Entry, Kind, MAX_ITERATIONS, write_pkcs12,
};
use certpost::crypto::ukrainian::Ukrainian;
use certpost::crypto::{PrivateKey, Suite as _, Usage, oid};
use const_oid::ObjectIdentifier;
use der::Encode as _;
use der::asn1::Null;
use proptest::prelude::*;

use super::make::{self, chance, elements, key_id, object, octets, pair, sequence};
use super::{PASSWORD, WORD, opened, refusal};

fn pfx(key: &PrivateKey) -> Vec<u8> {
    let id = key_id(key);
    let entry = Entry { key, key_id: &id, name: None, certificates: &[] };
    write_pkcs12(&[entry], PASSWORD, &mut chance(5)).unwrap()
}

/// The container with another `MacData`: `SEQUENCE { SEQUENCE { algorithm, digest }, salt, count }`.
fn with_mac(pfx: &[u8], digest: ObjectIdentifier, iterations: Option<u32>) -> Vec<u8> {
    let [version, content, mac] = elements(pfx).try_into().unwrap();
    let [info, salt, count] = elements(&mac).try_into().unwrap();
    let [_, value] = elements(&info).try_into().unwrap();
    let algorithm = sequence(&[&object(digest), &Null.to_der().unwrap()]);
    let count = iterations.map_or(count, |count| count.to_der().unwrap());
    let mac = sequence(&[&sequence(&[&algorithm, &value]), &salt, &count]);
    sequence(&[&version, &content, &mac])
}

#[test]
fn a_mac_that_medoc_misnames_is_checked_all_the_same() {
    let key = pair(Usage::Signing, 1).key;
    let zs2 = with_mac(&pfx(&key), oid::MEDOC_DIGEST, None);
    assert_eq!(opened(&zs2, PASSWORD).len(), 1);
    assert_eq!(refusal(&zs2, b"other"), ContainerError::WrongPassword { kind: Kind::Pkcs12 });
    let unknown = with_mac(&pfx(&key), oid::RSA, None);
    let told = refusal(&unknown, PASSWORD).to_string();
    assert!(told.contains("a MAC with the digest rsaEncryption"), "{told}");
}

#[test]
fn kalyna_is_refused_by_name() {
    let kdf = sequence(&[
        &octets(&[1; 32]),
        &10_000_u32.to_der().unwrap(),
        &sequence(&[&object(oid::KUPYNA_256_KMAC)]),
    ]);
    let kdf = sequence(&[&object(oid::PBKDF2), &kdf]);
    let cipher = sequence(&[&object(oid::KALYNA_256_CBC), &sequence(&[&octets(&[2; 32])])]);
    let scheme = sequence(&[&object(oid::PBES2), &sequence(&[&kdf, &cipher])]);
    let locked = sequence(&[&scheme, &octets(&[3; 64])]);
    let told = refusal(&locked, PASSWORD).to_string();
    assert!(told.contains("Kalyna") && told.contains(".zs2"), "{told}");
}

#[test]
fn iterations_are_bounded() {
    let key = pair(Usage::Signing, 1).key;
    for iterations in [MAX_ITERATIONS + 1, u32::MAX] {
        let greedy = with_mac(&pfx(&key), oid::GOST_34311, Some(iterations));
        let told = refusal(&greedy, PASSWORD).to_string();
        assert!(told.contains("iterations"), "{told}");
    }
}

#[test]
fn key_6_with_wrong_lengths_is_malformed() {
    let (signing, agreement) = (pair(Usage::Signing, 1), pair(Usage::Agreement, 2));
    let file = make::key6(&signing.key, &agreement.key, PASSWORD);
    let [scheme, sealed] = elements(&file).try_into().unwrap();
    for (mac, pad) in [(3, 0), (5, 0), (4, 8), (4, 1), (4, 200)] {
        let parameters = sequence(&[&octets(&vec![0; mac]), &octets(&vec![0; pad])]);
        let name = &elements(&scheme)[0];
        let wrong = sequence(&[&sequence(&[name, &parameters]), &octets(&[0; 24])]);
        let told = refusal(&wrong, PASSWORD);
        assert!(matches!(told, ContainerError::Malformed { kind: Kind::Key6, .. }), "{told}");
    }
    let big = sequence(&[&scheme, &octets(&vec![0; 1 << 20])]);
    assert!(matches!(refusal(&big, PASSWORD), ContainerError::Malformed { .. }));
    drop(sealed);
}

#[test]
fn lying_counts_of_a_key_store_are_malformed() {
    let store = make::jks(&[("a", &pair(Usage::Signing, 1))], WORD);
    for (at, what) in [(8, "entries"), (12, "kind"), (16, "early"), (27, "early")] {
        let mut lying = store.clone();
        lying[at] = 0xFF;
        let told = refusal(&lying, PASSWORD).to_string();
        assert!(told.contains(what), "{at}: {told}");
    }
    let version = [&store[..7], &[9], &store[8..]].concat();
    assert!(matches!(refusal(&version, PASSWORD), ContainerError::Unsupported { .. }));
}

#[test]
fn nesting_does_not_overflow_the_stack() {
    let mut deep = [0x30, 0x80].repeat(200_000);
    deep.extend([0, 0].repeat(200_000));
    assert_eq!(refusal(&deep, PASSWORD), ContainerError::Unknown);
}

#[test]
fn what_is_no_container_is_said_to_be_none() {
    let certificate = pair(Usage::Signing, 1).certificate;
    for bytes in [b"".as_slice(), b"text", certificate.der(), &[0x30, 0], &[0x51; 9]] {
        assert_eq!(containers::kind(bytes), None);
        assert_eq!(refusal(bytes, PASSWORD), ContainerError::Unknown);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = containers::kind(&bytes);
        let _ = containers::look(&bytes);
        let _ = containers::read(&bytes, PASSWORD);
        let store = [&[0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2, 0, 0, 0, 2], bytes.as_slice()].concat();
        let _ = containers::read(&store, PASSWORD);
    }
}

proptest! {
    // Each case costs a key derivation.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn damage_never_panics(which in 0_usize..4, at in any::<prop::sample::Index>(), bits in 1_u8..) {
        let (signing, agreement) = (pair(Usage::Signing, 1), pair(Usage::Agreement, 2));
        let mut file = match which {
            0 => pfx(&signing.key),
            1 => make::key6(&signing.key, &agreement.key, PASSWORD),
            2 => make::jks(&[("a", &signing)], WORD),
            _ => Ukrainian.protect(&signing.key, PASSWORD, &mut chance(1)).unwrap(),
        };
        let at = at.index(file.len());
        file[at] ^= bits;
        let _ = containers::look(&file);
        let _ = containers::read(&file, PASSWORD);
    }
}
