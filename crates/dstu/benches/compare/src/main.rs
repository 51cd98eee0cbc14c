//! Our side of compare.sh, and those of dstu-core and gost94. Prints `who<TAB>what<TAB>nanoseconds`:
//! the best of several batches, because the machine has other work too.

use std::convert::Infallible;
use std::hint::black_box;
use std::time::{Duration, Instant};

use dstu::gost28147::{Key, Sbox};
use dstu::{Curve, Multiplier, PrivateKey, PublicKey, gost34311};

/// Time for one measurement, and its batches.
const SPAN: Duration = Duration::from_millis(500);
const BATCHES: u32 = 25;

/// Bytes for hash and cipher.
const BULK: usize = 1 << 18;

fn measure(who: &str, what: &str, mut work: impl FnMut()) {
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < SPAN / BATCHES {
        work();
        count += 1;
    }
    let mut best = Duration::MAX;
    for _ in 0..BATCHES {
        let start = Instant::now();
        for _ in 0..count {
            work();
        }
        best = best.min(start.elapsed() / count);
    }
    println!("{who}\t{what}\t{}", best.as_nanos());
}

/// Keys need no secrecy here.
struct Counter(u8);

impl rand_core::TryRng for Counter {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.try_next_u64()? as u32)
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill_with(|| {
            self.0 = self.0.wrapping_mul(109).wrapping_add(57);
            self.0
        });
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Counter {}

fn asymmetric(who: &str, multiplier: Multiplier) {
    for m in [257, 431] {
        let curve = Curve::by_degree(m).expect("named").with_multiplier(multiplier);
        let Ok(key) = PrivateKey::generate(&curve, &mut Counter(m as u8));
        let Ok(other) = PrivateKey::generate(&curve, &mut Counter(1));
        let hash = gost34311::hash(b"benchmark");
        let signature = key.sign(&hash, &[5; 32]);
        let public = key.public().clone();
        let packed = public.to_compressed_le();
        measure(who, &format!("sign {m}"), || {
            black_box(key.sign(black_box(&hash), &[5; 32]));
        });
        measure(who, &format!("verify {m}"), || {
            black_box(public.verify(black_box(&hash), &signature)).expect("good");
        });
        measure(who, &format!("ECDH {m}"), || {
            black_box(key.ecdh(black_box(other.public()))).expect("same curve");
        });
        measure(who, &format!("open public key {m}"), || {
            black_box(PublicKey::from_compressed_le(&curve, black_box(&packed))).expect("good");
        });
    }
}

fn symmetric() {
    let mut data = vec![7; BULK];
    let key = Key::new(&[9; 32], &Sbox::DKE1);
    measure("dstu", "hash", || {
        black_box(gost34311::hash(black_box(&data)));
    });
    measure("dstu", "CFB encrypt", || key.cfb_encrypt(&[1; 8], black_box(&mut data)));
    measure("dstu", "CFB decrypt", || key.cfb_decrypt(&[1; 8], black_box(&mut data)));
    measure("dstu", "PBKDF2", || {
        let mut out = [0; 32];
        gost34311::pbkdf2(b"password", &[3; 32], 10_000, &mut out);
        black_box(out);
    });
}

fn dstu_core() {
    use dstu_core::crypto_sign257::SigningKey;
    use dstu_core::hazmat::dstu4145::curve257::Point;
    let mut d = [0x35; 33];
    d[..2].fill(0);
    let key = SigningKey::from_bytes(&d).expect("in range");
    let public = key.verifying_key();
    let digest = [0x5a; 32];
    let signature = key.sign_digest(&digest);
    measure("dstu-core", "sign 257", || {
        black_box(key.sign_digest(black_box(&digest)));
    });
    measure("dstu-core", "verify 257", || {
        assert!(public.verify_digest(black_box(&digest), &signature));
    });
    measure("dstu-core", "ECDH 257", || {
        black_box(Point::generator().scalar_multiply(black_box(&d)));
    });
}

fn gost94() {
    use gost94::{Digest, Gost94UA};
    let data = vec![7; BULK];
    assert_eq!(Gost94UA::digest(&data)[..], gost34311::hash(&data));
    measure("gost94", "hash", || {
        black_box(Gost94UA::digest(black_box(&data)));
    });
}

fn main() {
    asymmetric("dstu", Multiplier::detect());
    symmetric();
    asymmetric("dstu, no CLMUL", Multiplier::Portable);
    dstu_core();
    gost94();
}
