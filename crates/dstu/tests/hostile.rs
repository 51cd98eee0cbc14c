//! What an attacker or a broken program may send: every case must be refused, and none may panic.

mod common;

use common::{Random, number_le};
use dstu::gost28147::{Key, Sbox, WRAPPED_LEN};
use dstu::kdf::{LeadingZeros, derive, kek};
use dstu::{Curve, Error, ExplicitParameters, Multiplier, PrivateKey, PublicKey};

fn curves() -> impl Iterator<Item = Curve> {
    (0..10).map(|suffix| Curve::by_oid_suffix(suffix).unwrap())
}

/// Little-endian a + small.
fn plus(a: &[u8], small: u8) -> Vec<u8> {
    let mut carry = u16::from(small);
    a.iter()
        .map(|byte| {
            carry += u16::from(*byte);
            let out = carry as u8;
            carry >>= 8;
            out
        })
        .collect()
}

fn order_le(curve: &Curve) -> Vec<u8> {
    let mut n = curve.order_be();
    n.reverse();
    n
}

#[test]
fn halves_out_of_range() {
    let mut random = Random(21);
    for curve in curves() {
        let key = random.key(&curve);
        let hash: [u8; 32] = random.array();
        let good = key.sign(&hash, &random.array());
        let len = curve.order_len();
        let (r, s) = good.split_at(len);
        let n = order_le(&curve);
        let verify = |r: &[u8], s: &[u8]| key.public().verify(&hash, &[r, s].concat());
        assert_eq!(verify(r, s), Ok(()));
        for bad in [vec![0; len], n.clone(), plus(&n, 1), vec![0xff; len]] {
            assert_eq!(verify(&bad, s), Err(Error::OutOfRange));
            assert_eq!(verify(r, &bad), Err(Error::OutOfRange));
            assert_eq!(verify(&bad, &bad), Err(Error::OutOfRange));
        }
        let mut one = vec![0; len];
        one[0] = 1;
        let mut last = n.clone();
        last[0] -= 1;
        for other in [&one, &last] {
            assert_eq!(verify(other, s), Err(Error::Signature));
            assert_eq!(verify(r, other), Err(Error::Signature));
        }
        assert_eq!(verify(s, r).is_err(), r != s);
    }
}

#[test]
fn signatures_of_wrong_length() {
    let mut random = Random(22);
    for curve in curves() {
        let key = random.key(&curve);
        let good = key.sign(&[1; 32], &random.array());
        assert_eq!(good.len(), curve.signature_len());
        for len in (0..200).filter(|len| *len != good.len()) {
            let mut bad = good.clone();
            bad.resize(len, 0);
            assert_eq!(key.public().verify(&[1; 32], &bad), Err(Error::Length));
        }
    }
}

#[test]
fn every_bit_of_a_signature_and_of_its_hash_counts() {
    let mut random = Random(23);
    for curve in [Curve::m257(), Curve::m431()] {
        let key = random.key(&curve);
        let hash: [u8; 32] = random.array();
        let good = key.sign(&hash, &random.array());
        for bit in 0..8 * good.len() {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(key.public().verify(&hash, &bad).is_err(), "bit {bit}");
        }
        for bit in 0..256 {
            let mut other = hash;
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.public().verify(&other, &good), Err(Error::Signature), "bit {bit}");
        }
        assert_eq!(random.key(&curve).public().verify(&hash, &good), Err(Error::Signature));
    }
}

#[test]
fn public_keys_that_are_none() {
    let mut random = Random(24);
    for curve in curves() {
        let good = random.key(&curve).public().to_compressed_le();
        for len in (0..100).filter(|len| *len != good.len()) {
            let mut bad = good.clone();
            bad.resize(len, 0);
            assert_eq!(PublicKey::from_compressed_le(&curve, &bad), Err(Error::Length));
        }
        // Bits at m and above.
        for bit in usize::from(curve.m())..8 * good.len() {
            let mut bad = good.clone();
            bad[bit / 8] |= 1 << (bit % 8);
            assert_eq!(PublicKey::from_compressed_le(&curve, &bad), Err(Error::OutOfRange));
        }
        // x = 0 (for a = 0; else a missing bit 0 comes back as 1): infinity in some
        // encodings, the point of order 2 in others.
        for first in if curve.a() == 0 { vec![0, 1] } else { vec![] } {
            let mut zero = vec![0; curve.field_len()];
            zero[0] = first;
            assert!(PublicKey::from_compressed_le(&curve, &zero).is_err(), "m = {}", curve.m());
        }
        // Half of all x belong to no point; some belong to points of other orders.
        let (mut taken, mut off) = (0, 0);
        for _ in 0..40 {
            let mut x = random.bytes(curve.field_len());
            if let Some(top) = x.last_mut() {
                *top &= (1u16 << ((curve.m() - 1) % 8 + 1)).wrapping_sub(1) as u8;
            }
            match PublicKey::from_compressed_le(&curve, &x) {
                Ok(key) => {
                    assert_eq!(key.to_compressed_le(), x);
                    taken += 1;
                }
                Err(Error::NotOnCurve) => off += 1,
                Err(error) => assert_eq!((error, curve.cofactor()), (Error::WrongOrder, 4)),
            }
        }
        assert!(taken > 0 && off > 0, "m = {}: {taken}, {off}", curve.m());
    }
}

#[test]
fn coordinates_off_the_curve() {
    let mut random = Random(25);
    for curve in curves() {
        let (x, y) = random.key(&curve).public().to_affine_le();
        assert!(PublicKey::from_affine_le(&curve, &x, &y).is_ok());
        for bit in 0..40 {
            let mut bad = y.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(PublicKey::from_affine_le(&curve, &x, &bad), Err(Error::NotOnCurve));
            let mut bad = x.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(PublicKey::from_affine_le(&curve, &bad, &y), Err(Error::NotOnCurve));
        }
        assert_eq!(PublicKey::from_affine_le(&curve, &x[1..], &y), Err(Error::Length));
        assert_eq!(PublicKey::from_affine_le(&curve, &x, &[]), Err(Error::Length));
        let zero = vec![0; curve.field_len()];
        assert_eq!(PublicKey::from_affine_le(&curve, &zero, &zero), Err(Error::NotOnCurve));
    }
}

#[test]
fn private_keys_out_of_range() {
    for curve in curves() {
        let n = order_le(&curve);
        let len = curve.order_len();
        let open = |bytes: &[u8]| PrivateKey::from_le_bytes(&curve, bytes).err();
        assert_eq!(open(&vec![0; len]), Some(Error::OutOfRange));
        assert_eq!(open(&n), Some(Error::OutOfRange));
        assert_eq!(open(&plus(&n, 2)), Some(Error::OutOfRange));
        assert_eq!(open(&vec![0xff; len]), Some(Error::OutOfRange));
        assert_eq!(open(&n[1..]), Some(Error::Length));
        assert_eq!(open(&[]), Some(Error::Length));
        assert_eq!(open(&[1; 65]), Some(Error::Length));
        let mut last = n.clone();
        last[0] -= 1;
        assert_eq!(open(&last), None);
        // Longer is good when it is only zeros.
        last.push(0);
        let key = PrivateKey::from_le_bytes(&curve, &last).unwrap();
        assert_eq!(key.to_le_bytes()[..], last[..len]);
        last.push(1);
        assert_eq!(open(&last), Some(Error::OutOfRange));
    }
}

#[test]
fn keys_of_different_curves() {
    let mut random = Random(26);
    let (one, two) = (random.key(&Curve::m257()), random.key(&Curve::m431()));
    assert_eq!(one.ecdh(two.public()).err(), Some(Error::CurveMismatch));
    assert_eq!(two.ecdh(one.public()).err(), Some(Error::CurveMismatch));
    // Another multiplier is no other curve.
    let portable = Curve::m257().with_multiplier(Multiplier::Portable);
    assert!(one.ecdh(random.key(&portable).public()).is_ok());
}

/// A generator that always gives the same bytes makes signatures repeat, and no more
/// than that: src/nonce.rs checks that no two hashes share a nonce.
#[test]
fn a_broken_generator_makes_repeatable_signatures() {
    let mut random = Random(27);
    for curve in [Curve::m257(), Curve::m431()] {
        let key = random.key(&curve);
        for fresh in [[0; 32], [0xa5; 32]] {
            let signature = key.sign(&[3; 32], &fresh);
            assert_eq!(signature, key.sign(&[3; 32], &fresh));
            assert_eq!(key.public().verify(&[3; 32], &signature), Ok(()));
        }
        assert_ne!(key.sign(&[1; 32], &[0; 32]), key.sign(&[1; 32], &[1; 32]));
    }
}

struct Owned {
    m: u16,
    ks: Vec<u16>,
    a: u8,
    b: Vec<u8>,
    n: Vec<u8>,
    base: Vec<u8>,
}

impl Owned {
    fn of(curve: &Curve) -> Self {
        Self {
            m: curve.m(),
            ks: curve.ks(),
            a: curve.a(),
            b: curve.b_le(),
            n: curve.order_be(),
            base: curve.base_le(),
        }
    }

    fn open(&self) -> Result<Curve, Error> {
        Curve::from_explicit(&ExplicitParameters {
            m: self.m,
            ks: &self.ks,
            a: self.a,
            b_le: &self.b,
            order_be: &self.n,
            base_le: &self.base,
        })
    }
}

#[test]
fn explicit_parameters_of_named_curves_are_the_named_curves() {
    for curve in curves() {
        let mut owned = Owned::of(&curve);
        assert_eq!(owned.open().unwrap(), curve);
        owned.n.insert(0, 0);
        owned.ks.reverse();
        assert_eq!(owned.open().unwrap().oid_suffix(), curve.oid_suffix());
    }
}

/// Another base point of the same order makes another, sound, curve.
#[test]
fn explicit_parameters_with_another_base_point() {
    let mut random = Random(28);
    for curve in [Curve::by_degree(173).unwrap(), Curve::m257(), Curve::m431()] {
        let mut owned = Owned::of(&curve);
        owned.base = random.key(&curve).public().to_compressed_le();
        let own = owned.open().unwrap();
        assert_ne!(own, curve);
        let (one, two) = (random.key(&own), random.key(&own));
        let signature = one.sign(&[9; 32], &random.array());
        assert_eq!(one.public().verify(&[9; 32], &signature), Ok(()));
        assert_eq!(one.ecdh(two.public()).unwrap(), two.ecdh(one.public()).unwrap());
        assert_eq!(one.ecdh(random.key(&curve).public()).err(), Some(Error::CurveMismatch));
    }
}

#[test]
fn unsound_explicit_parameters() {
    let curve = Curve::m257();
    let refused = |change: &dyn Fn(&mut Owned)| {
        let mut owned = Owned::of(&curve);
        change(&mut owned);
        owned.open().expect_err("refused")
    };
    let wrong = Error::Parameters;
    assert_eq!(refused(&|p| p.a = 1), wrong);
    assert_eq!(refused(&|p| p.a = 2), wrong);
    assert_eq!(refused(&|p| p.b = vec![0; 33]), wrong);
    assert_eq!(refused(&|p| p.b[0] ^= 1), wrong);
    assert_eq!(refused(&|p| p.b[32] |= 2), wrong);
    assert_eq!(refused(&|p| p.b.truncate(32)), Error::Length);
    assert_eq!(refused(&|p| p.base.push(0)), Error::Length);
    assert_eq!(refused(&|p| p.base = vec![0; 33]), wrong);
    assert_eq!(refused(&|p| p.base[32] |= 0x80), wrong);
    // A reducible polynomial, exponents that repeat, none, two, too high ones.
    assert_eq!(refused(&|p| p.ks = vec![11]), wrong);
    assert_eq!(refused(&|p| p.ks = vec![12, 12, 12]), wrong);
    assert_eq!(refused(&|p| p.ks = vec![12, 0, 0]), wrong);
    assert_eq!(refused(&|p| p.ks = vec![]), wrong);
    assert_eq!(refused(&|p| p.ks = vec![0]), wrong);
    assert_eq!(refused(&|p| p.ks = vec![12, 3]), wrong);
    assert_eq!(refused(&|p| p.ks = vec![256]), wrong);
    assert_eq!(refused(&|p| p.ks = vec![u16::MAX]), wrong);
    // Degrees that are no prime, too small, too large; with lengths to suit.
    for m in [0, 1, 7, 161, 162, 255, 256, 259, 511, 512, 521, u16::MAX] {
        let len = usize::from(m).div_ceil(8);
        assert_eq!(
            refused(&|p| {
                p.m = m;
                p.b.resize(len, 0);
                p.base.resize(len, 0);
            }),
            wrong,
            "m = {m}"
        );
    }
    // Orders: none, zero, one, even, composite, prime but another, far too long.
    for n in [vec![], vec![0], vec![1], vec![0xff; 32], vec![1; 200]] {
        assert_eq!(refused(&|p| p.n.clone_from(&n)), wrong);
    }
    for change in [1, 2, 4, 6, 0x80] {
        assert_eq!(refused(&|p| p.n[31] ^= change), wrong);
    }
    // A point of twice the order: found among random ones, half of which are such.
    let mut random = Random(29);
    let stray = (0..200)
        .map(|_| {
            let mut x = random.bytes(33);
            x[32] &= 1;
            x
        })
        .find(|x| PublicKey::from_compressed_le(&curve, x) == Err(Error::WrongOrder))
        .expect("a quarter of all x");
    assert_eq!(refused(&|p| p.base.clone_from(&stray)), wrong);
}

#[test]
fn damaged_wrapped_keys() {
    let mut random = Random(30);
    let key = Key::new(&random.array(), &Sbox::DKE1);
    let good = key.wrap(&random.array(), &random.array());
    for len in (0..100).filter(|len| *len != WRAPPED_LEN) {
        let mut bad = good.to_vec();
        bad.resize(len, 0);
        assert_eq!(key.unwrap(&bad), Err(Error::Length));
    }
    for bit in 0..8 * WRAPPED_LEN {
        let mut bad = good;
        bad[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(key.unwrap(&bad), Err(Error::Unwrap), "bit {bit}");
    }
    assert_eq!(Key::new(&[1; 32], &Sbox::DKE1).unwrap(&good), Err(Error::Unwrap));
    assert!(key.unwrap(&good).is_ok());
}

#[test]
fn odd_lengths_elsewhere() {
    let key = Key::new(&[1; 32], &Sbox::DKE1);
    for len in 0..20 {
        let whole = len % 8 == 0;
        assert_eq!(key.ecb_encrypt(&mut vec![0; len]).is_ok(), whole);
        assert_eq!(key.ecb_decrypt(&mut vec![0; len]).is_ok(), whole);
    }
    dstu::gost34311::pbkdf2(b"", b"", 0, &mut []);
    // Secrets of nothing but zeros, and none at all, still give a key.
    for zeros in [LeadingZeros::StripAll, LeadingZeros::StripOne] {
        assert_eq!(derive(&[], b"info", zeros), derive(&[0], b"info", zeros));
    }
    // A ukm of 128 bytes and more takes the long form of DER lengths.
    let ukm = [5; 200];
    let mut info = vec![0x30, 0x81, 0xe9];
    info.extend([0x30, 0x0f, 0x06, 0x0b, 0x2a, 0x86, 0x24, 2, 1, 1, 1, 1, 1, 1, 5, 5, 0]);
    info.extend([0xa0, 0x81, 0xcb, 0x04, 0x81, 0xc8]);
    info.extend(ukm);
    info.extend([0xa2, 6, 4, 4, 0, 0, 1, 0]);
    info[2] = (info.len() - 3) as u8;
    let expected = derive(&[7; 33], &info, LeadingZeros::StripAll);
    assert_eq!(kek(&[7; 33], Some(&ukm), LeadingZeros::StripAll), expected);
}

#[test]
fn nothing_secret_is_printed() {
    let d = number_le("1234567890abcdef1234567890abcdef", 32);
    let key = PrivateKey::from_le_bytes(&Curve::m257(), &d).unwrap();
    let text = format!("{key:?}");
    assert!(!text.contains("90") && !text.contains("ab") && text.contains("not shown"), "{text}");
}
