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
