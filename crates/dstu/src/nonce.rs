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
