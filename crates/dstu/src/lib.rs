//! Ukrainian cryptographic primitives in Rust: **DSTU 4145-2002** signatures and
//! key agreement over binary curves, the hash **GOST 34.311-95**, the cipher **GOST
//! 28147-89** and the key derivation that Ukrainian CMS messages use; **Kupyna**
//! (DSTU 7564) behind the feature `kupyna`, from the crate of that name.
//!
//! `no_std` with `alloc`. No DER and no CMS here: keys, signatures and points are
//! byte strings in the order in which Ukrainian formats carry them, which is
//! little-endian nearly everywhere. "ukraine.md §n" in these pages names the fact
//! sheet of the project that this crate was written for; nothing depends on it.
//!
//! ```
//! use dstu::{Curve, PrivateKey, PublicKey, gost34311, gost28147, kdf};
//!
//! # struct Zeros; // in earnest: the operating system's generator
//! # impl rand_core::TryRng for Zeros {
//! #     type Error = core::convert::Infallible;
//! #     fn try_next_u32(&mut self) -> Result<u32, Self::Error> { Ok(7) }
//! #     fn try_next_u64(&mut self) -> Result<u64, Self::Error> { Ok(7) }
//! #     fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> { out.fill(7); Ok(()) }
//! # }
//! # impl rand_core::TryCryptoRng for Zeros {}
//! # let mut rng = Zeros;
//! // A signature.
//! let key = PrivateKey::generate(&Curve::m257(), &mut rng)?;
//! let hash = gost34311::hash("до підпису".as_bytes());
//! let signature = key.sign(&hash, &[0x5a; 32]); // in earnest: 32 random bytes
//! key.public().verify(&hash, &signature)?;
//!
//! // A key for one message, wrapped for the owner of another key.
//! let curve = Curve::m431();
//! let (ours, theirs) = (PrivateKey::generate(&curve, &mut rng)?, PrivateKey::generate(&curve, &mut rng)?);
//! let received = PublicKey::from_compressed_le(&curve, &theirs.public().to_compressed_le())?;
//! let kek = kdf::kek(&ours.ecdh(&received)?, Some(&[1; 64]), kdf::LeadingZeros::StripAll);
//! let wrapped = gost28147::Key::new(&kek, &gost28147::Sbox::DKE1).wrap(&[9; 32], &[2; 8]);
//! # let same = kdf::kek(&theirs.ecdh(ours.public())?, Some(&[1; 64]), kdf::LeadingZeros::StripAll);
//! # assert_eq!(*gost28147::Key::new(&same, &gost28147::Sbox::DKE1).unwrap(&wrapped)?, [9; 32]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Constant time
//!
//! With a secret key, signing, key generation, agreement, the hash and the cipher run no branch
//! and touch no address that depends on the secret: a ladder with masked swaps,
//! inversion by a fixed chain, substitutions calculated or shuffled in registers.
//! `tests/constant_time.rs` checks this on an optimised build: valgrind's memcheck
//! runs it with every secret marked as undefined memory, with both multipliers.
//! The check sees the compiled code of one compiler on x86-64, not the CPU
//! beneath; builds without optimisation are not covered. What can be told from
//! outside: lengths, whether a private key or a wrapped key was accepted, and how
//! many leading zero bytes [`kdf`] strips from a shared secret. Verification and
//! the opening of public keys take as long as the public input makes them.
#![no_std]
#![warn(missing_docs)]

extern crate alloc;

mod backend;
mod comb;
mod comb_tables;
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
#[cfg(test)]
mod laws;
mod limbs;
mod named;
mod nonce;
mod sbox;
#[cfg(test)]
mod standard;
mod taint;
#[cfg(test)]
mod toy;

pub use backend::Multiplier;
pub use curve::{Curve, ExplicitParameters};
pub use error::Error;
pub use key::{PrivateKey, PublicKey};
#[cfg(feature = "kupyna")]
pub use kupyna;
#[cfg(dstu_taint)]
pub use taint::{publish, secret};
