//! Keys from shared secrets and from passwords.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::gost28147::Sbox;
use crate::gost34311::{self, Hasher};

/// How leading zero bytes of the shared secret are treated before hashing.
///
/// Implementations differ (ukraine.md §3.6). The two agree unless two or more
/// leading bytes are zero: one exchange in about 512 on m = 257, one in about
/// 32768 on m = 431.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeadingZeros {
    /// All of them go (UAPKI, and the rule to write by).
    StripAll,
    /// At most one goes (jkurwa; to be tried when a key does not unwrap).
    StripOne,
}

/// AlgorithmIdentifier { 1.2.804.2.1.1.1.1.1.1.5 (key wrap), NULL } in DER.
const WRAP_ALGORITHM: [u8; 17] = [
    0x30, 0x0f, 0x06, 0x0b, 0x2a, 0x86, 0x24, 0x02, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x05, 0x05,
    0x00,
];

/// suppPubInfo: [2] EXPLICIT OCTET STRING, 256 bits of key as four bytes.
const KEY_BITS: [u8; 8] = [0xa2, 0x06, 0x04, 0x04, 0x00, 0x00, 0x01, 0x00];

/// The key-encryption key of a Ukrainian EnvelopedData (ukraine.md §3.6):
/// GOST 34.311 of the shared secret, the counter 1 and SharedInfo for the
/// GOST 28147 wrap. `shared` is what [`PrivateKey::ecdh`](crate::PrivateKey::ecdh)
/// gives; `ukm` the recipient info's random bytes, if it has them.
///
/// The time tells how many leading bytes of the secret are zero: the format has it so.
pub fn kek(shared: &[u8], ukm: Option<&[u8]>, zeros: LeadingZeros) -> Zeroizing<[u8; 32]> {
    let mut body = WRAP_ALGORITHM.to_vec();
    if let Some(ukm) = ukm {
        let mut octets = Vec::new();
        push_der(&mut octets, 0x04, ukm);
        push_der(&mut body, 0xa0, &octets);
    }
    body.extend_from_slice(&KEY_BITS);
    let mut info = Vec::new();
    push_der(&mut info, 0x30, &body);
    derive(shared, &info, zeros)
}

/// The same over any SharedInfo, given in DER.
pub fn derive(shared: &[u8], shared_info: &[u8], zeros: LeadingZeros) -> Zeroizing<[u8; 32]> {
    let leading = shared.iter().take_while(|byte| **byte == 0).count();
    let strip = match zeros {
        LeadingZeros::StripAll => leading,
        LeadingZeros::StripOne => leading.min(1),
    };
    let mut hasher = Hasher::new(&Sbox::DKE1);
    hasher.update(&shared[strip..]);
    hasher.update(&1u32.to_be_bytes());
    hasher.update(shared_info);
    Zeroizing::new(hasher.finalize())
}

/// The password key of Key-6.dat (ukraine.md §3.9): GOST 34.311 over the
/// password, then over its own result, `rounds` hashes in all (the format: 10 000).
pub fn iterated_hash(password: &[u8], rounds: u32) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new(gost34311::hash(password));
    for _ in 1..rounds {
        *out = gost34311::hash(&*out);
    }
    out
}

fn push_der(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.push(tag);
    let length = content.len().to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    let significant = &length[zeros..];
    if content.len() >= 128 {
        out.push(0x80 | significant.len() as u8);
    }
    // Zero has no significant byte, and is written as one.
    out.extend_from_slice(if content.is_empty() { &[0] } else { significant });
    out.extend_from_slice(content);
}
