//! Both directions against jkurwa and gost89, the implementation that Ukrainian
//! accounting programs in JavaScript use. Fails when node or the packages are missing.

mod common;

use common::{Dialogue, Random, d_be, hex, jkurwa, point_be, reversed, unhex};
use dstu::gost28147::{Key, Sbox};
use dstu::kdf::{LeadingZeros, iterated_hash, kek};
use dstu::{Curve, PublicKey};

/// The curves that jkurwa 1.17 has.
const DEGREES: [u16; 2] = [257, 431];

#[test]
fn keys_and_signatures_agree() {
    let mut random = Random(11);
    let mut dialogue = Dialogue::default();
    for m in DEGREES {
        let curve = Curve::by_degree(m).unwrap();
        for _ in 0..8 {
            let key = random.key(&curve);
            let (d, point) = (d_be(&key), point_be(key.public()));
            let public = key.public().clone();
            let told = curve.clone();
            dialogue.ask(format!("public {m} {d}"), move |answer| {
                // jkurwa pads to whole 32-bit words.
                let bytes = reversed(&unhex(answer));
                let (packed, zeros) = bytes.split_at(told.field_len());
                assert!(zeros.iter().all(|byte| *byte == 0));
                assert_eq!(PublicKey::from_compressed_le(&told, packed).unwrap(), public);
            });
            let hash: [u8; 32] = random.array();
            let signature = key.sign(&hash, &random.array());
            dialogue.expect(
                format!("verify {m} {point} {} {}", hex(&hash), hex(&signature)),
                "true".into(),
            );
            let mut other = hash;
            other[31] ^= 1;
            dialogue.expect(
                format!("verify {m} {point} {} {}", hex(&other), hex(&signature)),
                "false".into(),
            );
            dialogue.ask(format!("sign {m} {d} {}", hex(&hash)), move |answer| {
                // Halves lose leading zeros together: put them back.
                let bytes = unhex(answer);
                let mut signature = Vec::new();
                for half in bytes.chunks(bytes.len() / 2) {
                    signature.extend_from_slice(half);
                    signature.resize(signature.len() + key.curve().order_len() - half.len(), 0);
                }
                assert_eq!(key.public().verify(&hash, &signature), Ok(()));
            });
        }
    }
    dialogue.run(jkurwa);
}

#[test]
fn shared_secrets_and_encryption_keys_agree() {
    let mut random = Random(12);
    let mut dialogue = Dialogue::default();
    for m in DEGREES {
        let curve = Curve::by_degree(m).unwrap();
        for round in 0..8 {
            let (ours, theirs) = (random.key(&curve), random.key(&curve));
            let shared = ours.ecdh(theirs.public()).unwrap();
            let (d, point) = (d_be(&theirs), point_be(ours.public()));
            dialogue.expect(format!("ecdh {m} {d} {point}"), hex(&shared));
            let ukm = (round % 2 == 1).then(|| random.bytes(if round & 2 == 0 { 64 } else { 32 }));
            let told = hex(ukm.as_deref().unwrap_or_default());
            let ours = kek(&shared, ukm.as_deref(), LeadingZeros::StripOne);
            dialogue.expect(format!("kek {m} {d} {point} {told}"), hex(&*ours));
        }
    }
    dialogue.run(jkurwa);
}

/// A key pair on m = 257 whose shared secret begins with two zero bytes: the case
/// in which implementations part. jkurwa drops one of them, UAPKI both.
#[test]
fn leading_zeros_are_stripped_as_each_peer_does() {
    let mut random = Random(13);
    let curve = Curve::m257();
    let ours = random.key(&curve);
    let (theirs, shared) = (0..20_000)
        .map(|_| {
            let theirs = random.key(&curve);
            let shared = ours.ecdh(theirs.public()).unwrap();
            (theirs, shared)
        })
        .find(|(_, shared)| shared[..2] == [0, 0])
        .expect("one exchange in 512 begins so");
    let one = kek(&shared, None, LeadingZeros::StripOne);
    let all = kek(&shared, None, LeadingZeros::StripAll);
    assert_ne!(one, all);
    // What is left of the secret when all zeros go is what UAPKI hashes.
    assert_eq!(all, kek(&shared[2..], None, LeadingZeros::StripAll));
    let mut dialogue = Dialogue::default();
    let question = format!("kek 257 {} {} -", d_be(&theirs), point_be(ours.public()));
    dialogue.expect(question, hex(&*one));
    dialogue.run(jkurwa);
}

#[test]
fn hashes_and_password_keys_agree() {
    let mut random = Random(14);
    let mut dialogue = Dialogue::default();
    for len in (0..70).chain([1000]) {
        let message = random.bytes(len);
        let question = format!("hash {}", hex(&message));
        dialogue.expect(question, hex(&dstu::gost34311::hash(&message)));
    }
    for rounds in [1, 2, 100, 10_000] {
        let (password, salt) = (random.bytes(12), random.bytes(32));
        let question = format!("key-6 {} {rounds}", hex(&password));
        dialogue.expect(question, hex(&*iterated_hash(&password, rounds)));
        let mut key = [0; 32];
        dstu::gost34311::pbkdf2(&password, &salt, rounds, &mut key);
        let question = format!("pbkdf2 {} {} {rounds}", hex(&password), hex(&salt));
        dialogue.expect(question, hex(&key));
    }
    dialogue.run(jkurwa);
}

#[test]
fn ciphers_agree() {
    let mut random = Random(15);
    let mut dialogue = Dialogue::default();
    for len in (1..70).chain([1024, 4099]) {
        let (secret, iv, data) = (random.array(), random.array(), random.bytes(len));
        let key = Key::new(&secret, &Sbox::DKE1);
        let (k, v, text) = (hex(&secret), hex(&iv), hex(&data));
        let mut copy = data.clone();
        key.cfb_encrypt(&iv, &mut copy);
        dialogue.expect(format!("cfb-encrypt {k} {v} {text}"), hex(&copy));
        copy.clone_from(&data);
        key.cfb_decrypt(&iv, &mut copy);
        dialogue.expect(format!("cfb-decrypt {k} {v} {text}"), hex(&copy));
        // gost89 appends a block of zeros to exactly one block; no format has so short a MAC.
        if len != 8 {
            dialogue.expect(format!("mac {k} {text}"), hex(&key.mac(&data)));
        }
        if len % 8 == 0 {
            copy.clone_from(&data);
            key.ecb_encrypt(&mut copy).unwrap();
            dialogue.expect(format!("ecb-encrypt {k} {text}"), hex(&copy));
            copy.clone_from(&data);
            key.ecb_decrypt(&mut copy).unwrap();
            dialogue.expect(format!("ecb-decrypt {k} {text}"), hex(&copy));
        }
    }
    dialogue.run(jkurwa);
}

#[test]
fn wrapped_keys_agree() {
    let mut random = Random(16);
    let mut dialogue = Dialogue::default();
    for _ in 0..20 {
        let (secret, cek, iv) = (random.array(), random.array(), random.array());
        let wrapped = Key::new(&secret, &Sbox::DKE1).wrap(&cek, &iv);
        let (k, c) = (hex(&secret), hex(&cek));
        dialogue.expect(format!("wrap {k} {c} {}", hex(&iv)), hex(&wrapped));
        dialogue.expect(format!("unwrap {k} {}", hex(&wrapped)), c);
    }
    dialogue.run(jkurwa);
}
