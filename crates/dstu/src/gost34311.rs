//! GOST 34.311-95 (the text of GOST R 34.11-94) with any substitution, and HMAC and PBKDF2 over it.
//!
//! Hashes are 32 bytes, in the order in which certificates and messages carry
//! them. Constant-time in the data: only its length can be told from outside.

use zeroize::{Zeroize, Zeroizing};

use crate::gost28147::{Sbox, two_rounds};
use crate::lanes::{Four, with_lanes};

/// Bytes of a hash, and of the block that HMAC pads its key to.
pub const LEN: usize = 32;

/// The one constant of the key schedule that is not zero, C₃, low word first.
const C3: [u64; 4] =
    [0xff00_ff00_ff00_ff00, 0x00ff_00ff_00ff_00ff, 0xff00_00ff_00ff_ff00, 0xff00_ffff_0000_00ff];

/// 256 bits as the standard numbers them: word 0 is the least significant.
type Block = [u64; 4];

/// A hash being calculated. Wiped when dropped.
///
/// ```
/// use dstu::gost34311::{Hasher, hash};
/// use dstu::gost28147::Sbox;
/// let mut hasher = Hasher::new(&Sbox::DKE1);
/// hasher.update(b"12");
/// hasher.update(b"3");
/// assert_eq!(hasher.finalize(), hash(b"123"));
/// ```
#[derive(Clone)]
pub struct Hasher {
    sbox: Sbox,
    state: Block,
    /// Sum of all blocks mod 2^256.
    sum: Block,
    /// Bytes hashed so far.
    length: u64,
    pending: [u8; LEN],
}

impl Drop for Hasher {
    fn drop(&mut self) {
        self.state.zeroize();
        self.sum.zeroize();
        self.pending.zeroize();
    }
}

impl Hasher {
    /// Starts from the zero vector, as Ukrainian formats do.
    pub fn new(sbox: &Sbox) -> Self {
        Self { sbox: sbox.clone(), state: [0; 4], sum: [0; 4], length: 0, pending: [0; LEN] }
    }

    fn filled(&self) -> usize {
        (self.length % LEN as u64) as usize
    }

    /// Adds bytes.
    pub fn update(&mut self, mut data: &[u8]) {
        let filled = self.filled();
        self.length = self.length.wrapping_add(data.len() as u64);
        if filled > 0 {
            let take = data.len().min(LEN - filled);
            self.pending[filled..filled + take].copy_from_slice(&data[..take]);
            data = &data[take..];
            if filled + take < LEN {
                return;
            }
            let block = words(&self.pending);
            self.absorb(&block);
        }
        let mut chunks = data.chunks_exact(LEN);
        for chunk in &mut chunks {
            self.absorb(&words(chunk));
        }
        let rest = chunks.remainder();
        self.pending[..rest.len()].copy_from_slice(rest);
    }

    fn absorb(&mut self, block: &Block) {
        let mut carry = false;
        for (sum, word) in self.sum.iter_mut().zip(block) {
            let (s, c1) = sum.overflowing_add(*word);
            let (s, c2) = s.overflowing_add(u64::from(carry));
            (*sum, carry) = (s, c1 | c2);
        }
        self.state = compress(&self.sbox, &self.state, block);
    }

    /// The hash of everything added.
    pub fn finalize(mut self) -> [u8; LEN] {
        self.finish()
    }

    fn finish(&mut self) -> [u8; LEN] {
        let filled = self.filled();
        if filled > 0 {
            self.pending[filled..].fill(0);
            let block = words(&self.pending);
            self.absorb(&block);
        }
        // The length goes in as bits; what overflows 64 bits is in the next word.
        let bits = [self.length << 3, self.length >> 61, 0, 0];
        self.state = compress(&self.sbox, &self.state, &bits);
        self.state = compress(&self.sbox, &self.state, &self.sum);
        bytes(&self.state)
    }
}

/// The hash with DKE №1.
pub fn hash(data: &[u8]) -> [u8; LEN] {
    let mut hasher = Hasher::new(&Sbox::DKE1);
    hasher.update(data);
    hasher.finalize()
}

/// HMAC over this hash (RFC 2104, blocks of 32 bytes). Wiped when dropped.
#[derive(Clone)]
pub struct Hmac {
    inner: Hasher,
    outer: Hasher,
}

impl Hmac {
    /// A key of any length; one longer than 32 bytes is hashed first.
    pub fn new(key: &[u8], sbox: &Sbox) -> Self {
        let mut pad = Zeroizing::new([0u8; LEN]);
        if key.len() > LEN {
            let mut hasher = Hasher::new(sbox);
            hasher.update(key);
            *pad = hasher.finalize();
        } else {
            pad[..key.len()].copy_from_slice(key);
        }
        let keyed = |with: u8| {
            let block = Zeroizing::new(pad.map(|byte| byte ^ with));
            let mut hasher = Hasher::new(sbox);
            hasher.update(&*block);
            hasher
        };
        Self { inner: keyed(0x36), outer: keyed(0x5c) }
    }

    /// Adds bytes.
    pub fn update(&mut self, data: &[u8]) {
        self.inner.update(data);
    }

    /// The code of everything added.
    pub fn finalize(mut self) -> [u8; LEN] {
        let inner = Zeroizing::new(self.inner.finish());
        self.outer.update(&*inner);
        self.outer.finish()
    }
}

/// HMAC of one message with DKE №1.
pub fn hmac(key: &[u8], data: &[u8]) -> [u8; LEN] {
    let mut hmac = Hmac::new(key, &Sbox::DKE1);
    hmac.update(data);
    hmac.finalize()
}

/// PBKDF2 (RFC 8018) over HMAC with DKE №1, filling `out`. No rounds at all count as one.
pub fn pbkdf2(password: &[u8], salt: &[u8], rounds: u32, out: &mut [u8]) {
    let keyed = Hmac::new(password, &Sbox::DKE1);
    for (chunk, number) in out.chunks_mut(LEN).zip(1u32..) {
        let mut hmac = keyed.clone();
        hmac.update(salt);
        hmac.update(&number.to_be_bytes());
        let mut last = Zeroizing::new(hmac.finalize());
        let mut sum = last.clone();
        for _ in 1..rounds {
            let mut hmac = keyed.clone();
            hmac.update(&*last);
            *last = hmac.finalize();
            for (total, byte) in sum.iter_mut().zip(last.iter()) {
                *total ^= byte;
            }
        }
        chunk.copy_from_slice(&sum[..chunk.len()]);
    }
}

fn words(bytes: &[u8]) -> Block {
    let mut out = [0; 4];
    for (word, chunk) in out.iter_mut().zip(bytes.chunks_exact(8)) {
        *word = crate::limbs::from_le::<1>(chunk)[0];
    }
    out
}

fn bytes(block: &Block) -> [u8; LEN] {
    let mut out = [0; LEN];
    for (chunk, word) in out.chunks_exact_mut(8).zip(block) {
        chunk.copy_from_slice(&word.to_le_bytes());
    }
    out
}

with_lanes! {
    /// The step function: four keys from state and message, four encryptions of
    /// the state side by side, then the mixing shift register.
    fn compress(sbox: &Sbox, state: &Block, message: &Block) -> Block = compress_in
}

#[inline(always)]
fn compress_in<Q: Four>(sbox: &Sbox, state: &Block, message: &Block) -> Block {
    let keys = keys(state, message).map(Q::pack);
    let mut blocks =
        (Q::pack(state.map(|word| word as u32)), Q::pack(state.map(|word| (word >> 32) as u32)));
    for _ in 0..3 {
        for i in [0, 2, 4, 6] {
            two_rounds(sbox, &mut blocks, keys[i], keys[i + 1]);
        }
    }
    for i in [7, 5, 3, 1] {
        two_rounds(sbox, &mut blocks, keys[i], keys[i - 1]);
    }
    // The last round does not swap: low and high words change places.
    let (low, high) = (blocks.1.unpack(), blocks.0.unpack());
    let encrypted = core::array::from_fn(|n| u64::from(low[n]) | u64::from(high[n]) << 32);
    let mixed = shift::<12>(&encrypted);
    let mixed = shift::<1>(&core::array::from_fn(|i| mixed[i] ^ message[i]));
    shift::<61>(&core::array::from_fn(|i| mixed[i] ^ state[i]))
}

/// Key words, `keys[word]` holding that word of all four keys.
fn keys(state: &Block, message: &Block) -> [[u32; 4]; 8] {
    let (mut u, mut v) = (*state, *message);
    let mut rows = [[0; 8]; 4];
    for (which, row) in rows.iter_mut().enumerate() {
        if which > 0 {
            u = [u[1], u[2], u[3], u[0] ^ u[1]];
            if which == 2 {
                for (word, c) in u.iter_mut().zip(C3) {
                    *word ^= c;
                }
            }
            v = [v[2], v[3], v[0] ^ v[1], v[1] ^ v[2]];
        }
        *row = transpose(&core::array::from_fn(|i| u[i] ^ v[i]));
    }
    core::array::from_fn(|k| core::array::from_fn(|which| rows[which][k]))
}

/// The permutation P: byte k of every 64-bit word goes into key word k. Pairs of
/// bytes are exchanged in place, then what lies apart is put together.
#[inline(always)]
fn transpose(w: &Block) -> [u32; 8] {
    const EVEN: u64 = 0x00ff_00ff_00ff_00ff;
    const LOW: u64 = 0x0000_ffff_0000_ffff;
    let even = |a: u64, b: u64| (a & EVEN) | ((b & EVEN) << 8);
    let odd = |a: u64, b: u64| ((a >> 8) & EVEN) | (b & !EVEN);
    let (e01, o01) = (even(w[0], w[1]), odd(w[0], w[1]));
    let (e23, o23) = (even(w[2], w[3]), odd(w[2], w[3]));
    let first = |a: u64, b: u64| (a & LOW) | ((b & LOW) << 16);
    let second = |a: u64, b: u64| ((a >> 16) & LOW) | (b & !LOW);
    let (k04, k26) = (first(e01, e23), second(e01, e23));
    let (k15, k37) = (first(o01, o23), second(o01, o23));
    let low = |x: u64| x as u32;
    let high = |x: u64| (x >> 32) as u32;
    [low(k04), low(k15), low(k26), low(k37), high(k04), high(k15), high(k26), high(k37)]
}

/// ψ applied N times, N mod 4 being 0 or 1: a shift register of sixteen 16-bit
/// cells, of which four steps at a time are taken.
#[inline(always)]
fn shift<const N: usize>(block: &Block) -> Block {
    let mut w = *block;
    for _ in 0..N / 4 {
        w = [w[1], w[2], w[3], next_cells(&w)];
    }
    if N % 4 == 1 {
        let next = next_cells(&w);
        let by_one = |low: u64, high: u64| (low >> 16) | (high << 48);
        w = [by_one(w[0], w[1]), by_one(w[1], w[2]), by_one(w[2], w[3]), by_one(w[3], next)];
    }
    w
}

/// The next four cells: each is the sum of those 16, 15, 14, 13, 4 and 1 before it.
#[inline(always)]
fn next_cells(w: &Block) -> u64 {
    // Cells i, i+1, i+2 and i+3 added, as (1 + z)(1 + z²).
    let q0 = w[0] ^ ((w[0] >> 16) | (w[1] << 48));
    let q1 = w[1] ^ (w[1] >> 16);
    let four = q0 ^ ((q0 >> 32) | (q1 << 32));
    // The cell just before goes into each of the four: a running sum.
    let x = four ^ w[3] ^ (w[3] >> 48);
    let x = x ^ (x << 16);
    x ^ (x << 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::Quad;

    /// Every kind of lanes in every run: the CPU at hand uses only one of them.
    #[test]
    fn all_lanes_agree() {
        let mut state: Block = [1, 2, 3, 4];
        let mut message: Block = [5, u64::MAX, 7, 0x0123_4567_89ab_cdef];
        for sbox in [Sbox::DKE1, Sbox::from_packed(&core::array::from_fn(|i| (37 * i) as u8))] {
            for _ in 0..100 {
                let plain = compress_in::<[u32; 4]>(&sbox, &state, &message);
                assert_eq!(compress_in::<Quad>(&sbox, &state, &message), plain);
                assert_eq!(compress(&sbox, &state, &message), plain);
                message = state;
                state = plain;
            }
        }
    }
}
