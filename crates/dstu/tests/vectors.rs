//! Values computed elsewhere (ukraine.md §3.8;
//! made with jkurwa). The standard's own example is in src/standard.rs: its nonce is given.

mod common;

use common::{array, hex, unhex};
use dstu::gost28147::{Key, Sbox};
use dstu::gost34311::hash;
use dstu::kdf::{LeadingZeros, kek};
use dstu::{Curve, PrivateKey};

#[test]
fn hashes() {
    for (message, expected) in [
        ("", "da37bdf41145e39e34111775b40646e8059c2e969c1460bb98abccb26f0f76a5"),
        ("123", "0d7638f766847f80f60525e3509ade2f1307a4d356b62a30e141d6ff0bb7b038"),
        ("abc", "a34a53504d8ba070cb73a583146167a0a3c226d793440d9cea24465fe02251f2"),
    ] {
        assert_eq!(hex(&hash(message.as_bytes())), expected, "{message}");
    }
}

#[test]
fn an_envelope_on_m257() {
    let shared = unhex("010c3017ca6ef770b88fb5ebf37595571b8f38e0b6e1e2a75cb8d2f1092ba8ad31");
    let digits = *b"12345678901234567890123456789012";
    for zeros in [LeadingZeros::StripAll, LeadingZeros::StripOne] {
        let key = kek(&shared, Some(&digits), zeros);
        assert_eq!(hex(&*key), "3125319749c5edbdc55d5187410e3e238266e4fb96f0988b92003f3b824a493a");
        let key = Key::new(&key, &Sbox::DKE1);
        let wrapped = "ff047d15e162cda20abf2fef944b0881cff3c2f463c4e2ebe9ed1b336503b5f4\
                       f9066248799067666c5a2403";
        assert_eq!(hex(&key.wrap(&digits, b"12345678")), wrapped);
        assert_eq!(*key.unwrap(&unhex(wrapped)).unwrap(), digits);
        assert_eq!(hex(&key.mac(&digits)), "cf60f601");
    }
}

#[test]
fn an_envelope_on_m431() {
    let shared = unhex(
        "3f438054240f30fb4a529ca1da775be50e7e8b72eef12b040105274e677db1a7\
         5b05f0804b2c6983bf5de6a1ba0dffe838c498d161a1",
    );
    let key = kek(&shared, Some(&[0x11; 64]), LeadingZeros::StripAll);
    assert_eq!(hex(&*key), "82415f75d46c7fa367d401a9561aa9c3ac5d81fdfa90c15aff62d64343b2e707");
    let wrapped = Key::new(&key, &Sbox::DKE1).wrap(&[0x22; 32], &array("0102030405060708"));
    assert_eq!(
        hex(&wrapped),
        "400ab6d134437a749d6377a81c689c609a9737de77fed711eee1c1f38495e7ee\
         ba32322e942f8b931d40868d"
    );
}

#[test]
fn a_text_in_cfb() {
    let mut text = "Привіт, DSTU".as_bytes().to_vec();
    Key::new(&[0x22; 32], &Sbox::DKE1).cfb_encrypt(&array("0102030405060708"), &mut text);
    assert_eq!(hex(&text), "a38c35f96beb9dc68db39ac3a31a78aed04b");
}

#[test]
fn the_packed_substitution() {
    let packed = "a9d6eb45f13c708280c4967b231f5eadf658eba4c037291d38d96bf025ca4e17\
                  f8e9720dc615b43a28975f0bc1dea36438b564ea2c179fd0123e6db8fac57904";
    assert_eq!(Sbox::from_packed(&array(packed)), Sbox::DKE1);
    assert_eq!(hex(&Sbox::DKE1.to_packed()), packed);
}

/// Our nonces are ours alone, so nobody else's vector can hold them: this one pins
/// them, because a silent change would mean a changed derivation.
#[test]
fn nonces_do_not_change_unnoticed() {
    let key = PrivateKey::from_le_bytes(&Curve::m257(), &[0x17; 32]).unwrap();
    let signature = key.sign(&hash(b"abc"), &[0; 32]);
    assert_eq!(key.public().verify(&hash(b"abc"), &signature), Ok(()));
    assert_eq!(
        hex(&signature),
        "8183ee75b393c24024014ee17bd80c8f09ce9705c3efbde62029c57d0cfa0932\
         681ee037df700914810fa2014fd08c25063fd8da0e5ee1efaf0b8b0adefb984a"
    );
}
