//! Ukrainian cryptographic primitives.
#![no_std]
#![warn(missing_docs)]

extern crate alloc;

mod backend;
mod curve;
mod domain;
mod error;
mod explicit;
mod field;
pub mod gost28147;
pub mod gost34311;
mod group;
pub mod kdf;
mod key;
mod lanes;
mod limbs;
mod named;
mod nonce;
mod sbox;
mod taint;

pub use backend::Multiplier;
pub use curve::{Curve, ExplicitParameters};
pub use error::Error;
pub use key::{PrivateKey, PublicKey};
#[cfg(feature = "kupyna")]
pub use kupyna;
#[cfg(dstu_taint)]
pub use taint::{publish, secret};

#[cfg(test)]
mod smoke {
    use crate::backend::Backend;
    extern crate std;
    use super::*;
    fn hex(s: &str) -> alloc::vec::Vec<u8> {
        (0..s.len() / 2).map(|i| u8::from_str_radix(&s[2 * i..2 * i + 2], 16).unwrap()).collect()
    }
    #[test]
    fn vectors() {
        assert_eq!(
            gost34311::hash(b"")[..],
            hex("da37bdf41145e39e34111775b40646e8059c2e969c1460bb98abccb26f0f76a5")[..]
        );
        assert_eq!(
            gost34311::hash(b"abc")[..],
            hex("a34a53504d8ba070cb73a583146167a0a3c226d793440d9cea24465fe02251f2")[..]
        );
    }
    fn time(name: &str, n: u32, mut f: impl FnMut()) {
        let t = std::time::Instant::now();
        for _ in 0..n {
            f();
        }
        std::println!("{name}: {:?}", t.elapsed() / n);
    }
    #[test]
    fn speed() {
        for with in [Multiplier::CarryLess, Multiplier::Portable] {
            for m in [257, 431, 307] {
                let c = Curve::by_degree(m).unwrap().with_multiplier(with);
                let k = PrivateKey::from_le_bytes(
                    &c,
                    &[7; 64][..c.order_len()]
                        .iter()
                        .enumerate()
                        .map(|(i, _)| if i + 1 < c.order_len() { 7 } else { 0 })
                        .collect::<alloc::vec::Vec<u8>>(),
                )
                .unwrap();
                let sig = k.sign(&[3; 32], &[4; 32]);
                k.public().verify(&[3; 32], &sig).unwrap();
                assert!(k.public().verify(&[2; 32], &sig).is_err());
                let p = PublicKey::from_compressed_le(&c, &k.public().to_compressed_le()).unwrap();
                assert_eq!(&p, k.public());
                std::println!("{m} {with:?}");
                time("sign", 300, || {
                    k.sign(&[3; 32], &[4; 32]);
                });
                time("verify", 300, || {
                    k.public().verify(&[3; 32], &sig).unwrap();
                });
                time("ecdh", 300, || {
                    k.ecdh(&p).unwrap();
                });
                time("parse", 300, || {
                    PublicKey::from_compressed_le(&c, &k.public().to_compressed_le()).unwrap();
                });
            }
        }
        let mut data = alloc::vec![7u8; 1 << 20];
        let c = Curve::m257();
        let f = field::F257;
        let g = field::F431;
        time("mul257", 1000000, || {
            std::hint::black_box(backend::CarryLess::mul(
                &f,
                std::hint::black_box(&[1, 2, 3, 4, 1]),
                std::hint::black_box(&[1, 2, 3, 4, 1]),
            ));
        });
        time("mul431", 1000000, || {
            std::hint::black_box(backend::CarryLess::mul(
                &g,
                std::hint::black_box(&[1, 2, 3, 4, 1, 7, 8]),
                std::hint::black_box(&[1, 2, 3, 4, 1, 7, 8]),
            ));
        });
        time("sqr257", 1000000, || {
            std::hint::black_box(backend::CarryLess::sqr(
                &f,
                std::hint::black_box(&[1, 2, 3, 4, 1]),
            ));
        });
        time("sqr431", 1000000, || {
            std::hint::black_box(backend::CarryLess::sqr(
                &g,
                std::hint::black_box(&[1, 2, 3, 4, 1, 7, 8]),
            ));
        });
        let _ = c;
        time("hash MiB", 20, || {
            gost34311::hash(&data);
        });
        let key = gost28147::Key::new(&[1; 32], &gost28147::Sbox::DKE1);
        time("cfb enc MiB", 20, || {
            key.cfb_encrypt(&[1; 8], &mut data);
        });
        time("cfb dec MiB", 20, || {
            key.cfb_decrypt(&[1; 8], &mut data);
        });
        time("mac MiB", 20, || {
            key.mac(&data);
        });
        time("pbkdf2", 5, || {
            gost34311::pbkdf2(b"pw", &[1; 20], 10000, &mut [0; 32]);
        });
    }
}
