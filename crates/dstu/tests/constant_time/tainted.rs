//! Run by ../constant_time.rs under valgrind, which has been told that every
//! secret below is undefined memory: a branch or an address that depends on one is an error.

use dstu::gost28147::{Key, Sbox};
use dstu::{Curve, Multiplier, PrivateKey, gost34311, publish, secret};

fn tainted<const N: usize>(byte: u8) -> [u8; N] {
    let mut out = [byte; N];
    secret(&mut out);
    out
}

/// Random numbers that nobody may branch on.
struct Secrets(u8);

impl rand_core::TryRng for Secrets {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(u32::from_le_bytes(tainted(self.0)))
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(u64::from_le_bytes(tainted(self.0)))
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        out.fill(self.0);
        secret(out);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Secrets {}

/// A key from secret bytes signs and agrees; and one is generated.
fn keys(curve: &Curve) {
    let mut bytes = vec![0x35; curve.order_len()];
    *bytes.last_mut().unwrap() = 0;
    secret(&mut bytes);
    let key = PrivateKey::from_le_bytes(curve, &bytes).unwrap();
    let other = PrivateKey::generate(curve, &mut Secrets(0x5c)).unwrap();
    let signature = key.sign(&[7; 32], &tainted(9));
    key.public().verify(&[7; 32], &signature).unwrap();
    let mut one = key.ecdh(other.public()).unwrap();
    let mut two = other.ecdh(key.public()).unwrap();
    publish(&mut one);
    publish(&mut two);
    assert_eq!(one, two);
    let mut back = key.to_le_bytes();
    publish(&mut back);
    assert_eq!(back[0], 0x35);
}

/// The hash over secrets, and the cipher with secret key and text.
fn symmetric() {
    let sbox = Sbox::DKE1;
    let message: [u8; 100] = tainted(3);
    let mut digest = gost34311::hash(&message);
    publish(&mut digest);
    assert_ne!(digest, [0; 32]);
    let mut derived = [0; 32];
    gost34311::pbkdf2(&message[..20], &[1; 16], 3, &mut derived);
    publish(&mut derived);
    assert_ne!(derived, [0; 32]);

    let key = Key::new(&tainted(8), &sbox);
    let mut text: [u8; 100] = tainted(4);
    key.cfb_encrypt(&[1; 8], &mut text);
    key.cfb_decrypt(&[1; 8], &mut text);
    key.ctr(&[1; 8], &mut text);
    key.ctr(&[1; 8], &mut text);
    key.ecb_encrypt(&mut text[..96]).unwrap();
    key.ecb_decrypt(&mut text[..96]).unwrap();
    let mut mac = key.mac(&text);
    publish(&mut mac);
    publish(&mut text);
    assert_eq!(text, [4; 100]);
    let wrapped = key.wrap(&tainted(6), &[2; 8]);
    let mut opened = *key.unwrap(&wrapped).unwrap();
    publish(&mut opened);
    assert_eq!(opened, [6; 32]);
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("keys") => {
            for m in [163, 191, 233, 257, 307, 367, 431] {
                for multiplier in [Multiplier::CarryLess, Multiplier::Portable] {
                    keys(&Curve::by_degree(m).unwrap().with_multiplier(multiplier));
                }
            }
        }
        Some("symmetric") => symmetric(),
        // The three below must be found, or the check checks nothing.
        Some("leaking-branch") => {
            if tainted::<1>(1)[0] == 1 {
                println!("a secret decided that this is printed");
            }
        }
        Some("leaking-index") => {
            let table: [u8; 256] = core::array::from_fn(|i| i as u8 ^ 0x55);
            let at = std::hint::black_box(tainted::<1>(77)[0]);
            std::hint::black_box(std::hint::black_box(&table)[usize::from(at)]);
        }
        // Secrets that reach the hash come out of it as secrets.
        Some("leaking-hash") => {
            if gost34311::hash(&tainted::<40>(1))[0] & 1 == 1 {
                println!("a secret decided that this is printed");
            }
        }
        other => panic!("unknown part {other:?}"),
    }
    println!("done");
}
