//! The signature's secret nonce: HMAC-DRBG as RFC 6979 runs it, over GOST
//! 34.311, seeded with the private key, the hash and the caller's randomness
//! (the RFC's §3.6). The key makes it unpredictable whatever the randomness is;
//! the randomness makes two signatures of one hash differ and blurs fault attacks.

use zeroize::{Zeroize, Zeroizing};

use crate::domain::{Domain, wide_len, words};
use crate::gost28147::Sbox;
use crate::gost34311::{Hmac, LEN};
use crate::limbs::{self, Big};

pub(crate) struct Nonces {
    /// HMAC under the generator's key: keyed once, used for all that key's codes.
    keyed: Hmac,
    value: [u8; LEN],
    /// A nonce was taken already: another one needs new state first.
    drawn: bool,
}

impl Drop for Nonces {
    fn drop(&mut self) {
        self.value.zeroize();
    }
}

impl Nonces {
    /// `d` is the private key, `hash` the message's hash.
    pub(crate) fn new(domain: &dyn Domain, d: &Big, hash: &[u8], fresh: &[u8; 32]) -> Self {
        let keyed = Hmac::new(&[0; LEN], &Sbox::DKE1);
        let mut out = Self { keyed, value: [1; LEN], drawn: false };
        let secret = Zeroizing::new(limbs::to_le(d, domain.order_bits().div_ceil(8)));
        for step in 0..2u8 {
            out.rekey(&[&[step], &secret, hash, fresh]);
        }
        out
    }

    fn hmac(&self, parts: &[&[u8]]) -> [u8; LEN] {
        let mut hmac = self.keyed.clone();
        hmac.update(&self.value);
        for part in parts {
            hmac.update(part);
        }
        hmac.finalize()
    }

    fn rekey(&mut self, parts: &[&[u8]]) {
        let key = Zeroizing::new(self.hmac(parts));
        self.keyed = Hmac::new(&*key, &Sbox::DKE1);
        self.value = self.hmac(&[]);
    }

    /// The next nonce, in 1..n. Where the RFC draws as many bits as n has and
    /// draws again when they reach n, this draws 128 more and reduces: no branch
    /// on a secret, and a bias below 2⁻¹²⁸.
    pub(crate) fn next(&mut self, domain: &dyn Domain) -> Zeroizing<Big> {
        if self.drawn {
            self.rekey(&[&[0]]);
        }
        self.drawn = true;
        let mut drawn = Zeroizing::new([0u8; 96]);
        let drawn = &mut drawn[..8 * wide_len(domain)];
        for chunk in drawn.chunks_mut(LEN) {
            self.value = self.hmac(&[]);
            chunk.copy_from_slice(&self.value[..chunk.len()]);
        }
        domain.scalar(&words(drawn))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use alloc::vec::Vec;
    use std::collections::HashSet;

    use super::*;
    use crate::gost34311::hmac;
    use crate::limbs::Modulus;
    use crate::{Curve, PrivateKey};

    /// The nonce of a signature, for one who knows the key: e = s − d·r.
    fn nonce_of(curve: &Curve, d: &Big, signature: &[u8]) -> Big {
        let n = curve.domain().n();
        let (r, s) = signature.split_at(curve.order_len());
        let product = Modulus::new(n).mul(&limbs::from_le(r), d);
        limbs::add_mod(&limbs::from_le(s), &limbs::sub(&n, &product).0, &n)
    }

    /// Two signatures of different hashes with one nonce would give the key away. No
    /// generator, however broken, and no near relation of hashes or keys may cause it.
    #[test]
    fn no_two_hashes_or_keys_share_a_nonce() {
        for curve in [Curve::m257(), Curve::m431()] {
            let mut seen = HashSet::new();
            let mut expected = 0;
            for key_byte in [1, 2] {
                let mut bytes = std::vec![0; curve.order_len()];
                bytes[0] = key_byte;
                let key = PrivateKey::from_le_bytes(&curve, &bytes).unwrap();
                for fresh in [[0; 32], [0xa5; 32]] {
                    // 0 counts as 1 in the equation, and has a nonce of its own all the same.
                    for hash_byte in 0..10 {
                        let mut hash = [0; 32];
                        hash[0] = hash_byte;
                        let signature = key.sign(&hash, &fresh);
                        seen.insert(nonce_of(&curve, &limbs::from_le(&bytes), &signature));
                        expected += 1;
                    }
                }
            }
            assert_eq!(seen.len(), expected);
        }
    }

    /// The generator once more, as RFC 6979 §3.2 lists its steps, without kept state.
    #[test]
    fn the_steps_are_those_of_the_rfc() {
        let curve = Curve::m431();
        let d = [9u8; 54];
        let (hash, fresh) = ([4; 32], [5; 32]);
        let (mut key, mut value) = ([0; LEN], [1; LEN]);
        for step in 0..2 {
            key = hmac(&key, &[&value[..], &[step], &d, &hash, &fresh].concat());
            value = hmac(&key, &value);
        }
        let mut drawn = || {
            let mut out = Vec::new();
            while out.len() < 8 * wide_len(curve.domain()) {
                value = hmac(&key, &value);
                out.extend_from_slice(&value);
            }
            out.truncate(8 * wide_len(curve.domain()));
            let e = curve.domain().scalar(&words(&out));
            key = hmac(&key, &[&value[..], &[0]].concat());
            value = hmac(&key, &value);
            e
        };
        let mut nonces = Nonces::new(curve.domain(), &limbs::from_le(&d), &hash, &fresh);
        for _ in 0..3 {
            assert_eq!(*nonces.next(curve.domain()), *drawn());
        }
    }
}
