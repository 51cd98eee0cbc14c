//! Both directions against Bouncy Castle: what one makes the other must accept,
//! and what both calculate must be equal. Fails when java or the library is missing.

mod common;

use common::{Dialogue, Random, bouncy_castle, d_be, hex, number_le, point_be, reversed, unhex};
use dstu::gost28147::{Key, Sbox};
use dstu::gost34311::{Hasher, Hmac};
use dstu::kupyna::{Digest, Kupyna256, Kupyna384, Kupyna512};
use dstu::{Curve, Multiplier, PublicKey};

/// Keys per curve. Bouncy Castle takes milliseconds for each signature.
const KEYS: usize = 4;

fn every_curve(mut each: impl FnMut(u8, Curve)) {
    for suffix in 0..10 {
        for multiplier in [Multiplier::CarryLess, Multiplier::Portable] {
            each(suffix, Curve::by_oid_suffix(suffix).unwrap().with_multiplier(multiplier));
        }
    }
}

#[test]
fn the_named_curves_are_the_same() {
    let mut dialogue = Dialogue::default();
    for suffix in 0..10 {
        let curve = Curve::by_oid_suffix(suffix).unwrap();
        let mut ks = curve.ks();
        ks.resize(3, 0);
        let n = hex(&curve.order_be());
        dialogue.expect(
            format!("curve {suffix}"),
            format!(
                "{} {},{},{} {} {} {} {} {}",
                curve.m(),
                ks[0],
                ks[1],
                ks[2],
                curve.a(),
                hex(&reversed(&curve.b_le())),
                n.trim_start_matches('0'),
                hex(&reversed(&curve.base_le())),
                curve.cofactor()
            ),
        );
    }
    dialogue.run(bouncy_castle);
}

#[test]
fn public_keys_and_their_compressed_form_agree() {
    let mut random = Random(1);
    let mut dialogue = Dialogue::default();
    every_curve(|suffix, curve| {
        for _ in 0..KEYS {
            let key = random.key(&curve);
            let packed = key.public().to_compressed_le();
            let (x, y) = key.public().to_affine_le();
            assert_eq!(&PublicKey::from_compressed_le(&curve, &packed).unwrap(), key.public());
            assert_eq!(&PublicKey::from_affine_le(&curve, &x, &y).unwrap(), key.public());
            dialogue.expect(
                format!("public {suffix} {}", d_be(&key)),
                format!(
                    "{} {} {}",
                    hex(&reversed(&packed)),
                    hex(&reversed(&x)),
                    hex(&reversed(&y))
                ),
            );
        }
    });
    dialogue.run(bouncy_castle);
}

#[test]
fn it_verifies_our_signatures_and_refuses_forged_ones() {
    let mut random = Random(2);
    let mut dialogue = Dialogue::default();
    every_curve(|suffix, curve| {
        for round in 0..KEYS {
            let key = random.key(&curve);
            // Every second hash is all ones above m bits, where fields are narrower than hashes.
            let hash = if round % 2 == 0 { random.array::<32>() } else { [0xff; 32] };
            let signature = key.sign(&hash, &random.array());
            let (r, s) = signature.split_at(curve.order_len());
            let question = |hash: &[u8]| {
                format!(
                    "verify {suffix} {} {} {} {}",
                    point_be(key.public()),
                    hex(hash),
                    hex(&reversed(r)),
                    hex(&reversed(s))
                )
            };
            dialogue.expect(question(&hash), "true".into());
            let mut other = hash;
            other[0] ^= 1;
            dialogue.expect(question(&other), "false".into());
        }
    });
    dialogue.run(bouncy_castle);
}

#[test]
fn we_verify_its_signatures() {
    let mut random = Random(3);
    let mut dialogue = Dialogue::default();
    every_curve(|suffix, curve| {
        for round in 0..KEYS {
            let key = random.key(&curve);
            let hash = if round == 0 { [0; 32] } else { random.array::<32>() };
            let question = format!("sign {suffix} {} {}", d_be(&key), hex(&hash));
            dialogue.ask(question, move |answer| {
                let len = key.curve().order_len();
                let (r, s) = answer.split_once(' ').unwrap();
                let mut signature = number_le(r, len);
                signature.extend(number_le(s, len));
                assert_eq!(
                    key.public().verify(&hash, &signature),
                    Ok(()),
                    "m = {}",
                    key.curve().m()
                );
                signature[0] ^= 1;
                assert!(key.public().verify(&hash, &signature).is_err());
            });
        }
    });
    dialogue.run(bouncy_castle);
}

#[test]
fn shared_secrets_agree() {
    let mut random = Random(4);
    let mut dialogue = Dialogue::default();
    every_curve(|suffix, curve| {
        for _ in 0..KEYS {
            let (ours, theirs) = (random.key(&curve), random.key(&curve));
            let shared = ours.ecdh(theirs.public()).unwrap();
            assert_eq!(*shared, *theirs.ecdh(ours.public()).unwrap());
            let expected = shared.to_vec();
            let question = format!("ecdh {suffix} {} {}", d_be(&theirs), point_be(ours.public()));
            dialogue.ask(question, move |answer| {
                assert_eq!(reversed(&number_le(answer, expected.len())), expected);
            });
        }
    });
    dialogue.run(bouncy_castle);
}

/// DKE №1 and a random substitution.
fn sboxes(random: &mut Random) -> [Sbox; 2] {
    [Sbox::DKE1, Sbox::from_packed(&random.array())]
}

#[test]
fn hashes_and_what_is_built_on_them_agree() {
    let mut random = Random(5);
    let mut dialogue = Dialogue::default();
    for sbox in sboxes(&mut random) {
        let packed = hex(&sbox.to_packed());
        for len in (0..70).chain([95, 96, 97, 1000, 4096, 10_000]) {
            let message = random.bytes(len);
            let mut hasher = Hasher::new(&sbox);
            // In pieces, at a cut that moves.
            let (first, second) = message.split_at(random.below(len + 1));
            hasher.update(first);
            hasher.update(second);
            dialogue.expect(format!("hash {packed} {}", hex(&message)), hex(&hasher.finalize()));

            let key = random.bytes(1 + len % 70);
            let mut hmac = Hmac::new(&key, &sbox);
            hmac.update(&message);
            let question = format!("hmac {packed} {} {}", hex(&key), hex(&message));
            dialogue.expect(question, hex(&hmac.finalize()));
        }
    }
    let packed = hex(&Sbox::DKE1.to_packed());
    for (rounds, len) in [(1, 32), (2, 20), (1000, 32), (3, 70)] {
        let (password, salt) = (random.bytes(9), random.bytes(len));
        let mut out = vec![0; len];
        dstu::gost34311::pbkdf2(&password, &salt, rounds, &mut out);
        let (password, salt) = (hex(&password), hex(&salt));
        dialogue.expect(format!("pbkdf2 {packed} {password} {salt} {rounds} {len}"), hex(&out));
    }
    dialogue.run(bouncy_castle);
}

#[test]
fn ciphers_agree() {
    let mut random = Random(6);
    let mut dialogue = Dialogue::default();
    for sbox in sboxes(&mut random) {
        let packed = hex(&sbox.to_packed());
        for len in (0..140).chain([1024, 4099]) {
            let (secret, iv, data) = (random.array(), random.array(), random.bytes(len));
            let key = Key::new(&secret, &sbox);
            let told = format!("{packed} {}", hex(&secret));
            let run = |change: &dyn Fn(&mut [u8])| {
                let mut copy = data.clone();
                change(&mut copy);
                hex(&copy)
            };
            let stream = format!("{told} {} {}", hex(&iv), hex(&data));
            dialogue.expect(format!("cfb-encrypt {stream}"), run(&|d| key.cfb_encrypt(&iv, d)));
            dialogue.expect(format!("cfb-decrypt {stream}"), run(&|d| key.cfb_decrypt(&iv, d)));
            dialogue.expect(format!("ctr {stream}"), run(&|d| key.ctr(&iv, d)));
            if len > 0 {
                dialogue.expect(format!("mac {told} {}", hex(&data)), hex(&key.mac(&data)));
            }
            if len % 8 == 0 {
                let block = format!("{told} {}", hex(&data));
                let encrypted = run(&|d| key.ecb_encrypt(d).unwrap());
                dialogue.expect(format!("ecb-encrypt {block}"), encrypted);
                let decrypted = run(&|d| key.ecb_decrypt(d).unwrap());
                dialogue.expect(format!("ecb-decrypt {block}"), decrypted);
            }
        }
    }
    dialogue.run(bouncy_castle);
}

#[test]
fn kupyna_agrees() {
    let mut random = Random(7);
    let mut dialogue = Dialogue::default();
    for len in (0..20).chain(120..140).chain([1000, 5000]) {
        let message = random.bytes(len);
        let text = hex(&message);
        dialogue.expect(format!("kupyna 256 {text}"), hex(&Kupyna256::digest(&message)));
        dialogue.expect(format!("kupyna 384 {text}"), hex(&Kupyna384::digest(&message)));
        dialogue.expect(format!("kupyna 512 {text}"), hex(&Kupyna512::digest(&message)));
    }
    dialogue.run(bouncy_castle);
}

#[test]
fn longer_hashes_are_signed_alike() {
    let mut random = Random(8);
    let mut dialogue = Dialogue::default();
    every_curve(|suffix, curve| {
        let key = random.key(&curve);
        let hash: [u8; 64] = random.array();
        let signature = key.sign(&hash, &random.array());
        assert_eq!(key.public().verify(&hash, &signature), Ok(()));
        let (r, s) = signature.split_at(curve.order_len());
        let (r, s) = (hex(&reversed(r)), hex(&reversed(s)));
        let question = format!("verify {suffix} {} {} {r} {s}", point_be(key.public()), hex(&hash));
        dialogue.expect(question, "true".into());
    });
    dialogue.run(bouncy_castle);
    assert_eq!(unhex("-"), []);
}
