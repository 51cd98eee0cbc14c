//! GOST 28147-89: the block cipher and its modes, with any substitution.
//!
//! Blocks are 8 bytes, keys 32 bytes read as eight little-endian words. Nothing
//! here looks data or keys up in tables: the running time depends on lengths alone.

use zeroize::{Zeroize, Zeroizing};

use crate::Error;
use crate::lanes::{Four, Lanes, with_lanes};
pub use crate::sbox::Sbox;

/// Bytes of a wrapped 32-byte key.
pub const WRAPPED_LEN: usize = 44;

/// How many blocks the parallel modes take at once.
const LANES: usize = 8;

/// The fixed vector of the key wrap's outer encryption (ukraine.md §3.6; RFC 3217 has the same).
const WRAP_IV: [u8; 8] = [0x4a, 0xdd, 0xa2, 0x2c, 0x79, 0xe8, 0x21, 0x05];

/// A key with its substitution. The key is wiped when dropped.
///
/// ```
/// use dstu::gost28147::{Key, Sbox};
/// let key = Key::new(&[7; 32], &Sbox::DKE1);
/// let mut text = *b"any length";
/// key.cfb_encrypt(&[1; 8], &mut text);
/// key.cfb_decrypt(&[1; 8], &mut text);
/// assert_eq!(&text, b"any length");
/// ```
pub struct Key {
    words: [u32; 8],
    sbox: Sbox,
}

impl Drop for Key {
    fn drop(&mut self) {
        self.words.zeroize();
    }
}

/// The halves of one or several blocks: low words, high words.
type Blocks<V> = (V, V);

fn eight<Q: Four>(words: [u32; LANES]) -> (Q, Q) {
    let [a, b, c, d, e, f, g, h] = words;
    (Q::pack([a, b, c, d]), Q::pack([e, f, g, h]))
}

fn words<Q: Four>(lanes: (Q, Q)) -> [u32; LANES] {
    let ([a, b, c, d], [e, f, g, h]) = (lanes.0.unpack(), lanes.1.unpack());
    [a, b, c, d, e, f, g, h]
}

fn load(block: &[u8]) -> (u32, u32) {
    let byte = |i: usize| u32::from(block.get(i).copied().unwrap_or(0)) << (8 * (i % 4));
    let word = |i: usize| byte(i) | byte(i + 1) | byte(i + 2) | byte(i + 3);
    (word(0), word(4))
}

fn store(low: u32, high: u32) -> [u8; 8] {
    (u64::from(high) << 32 | u64::from(low)).to_le_bytes()
}

/// Two rounds, so that the halves end where they began.
#[inline(always)]
pub(crate) fn two_rounds<V: Lanes>(sbox: &Sbox, (low, high): &mut Blocks<V>, k0: V, k1: V) {
    *high = high.xor(sbox.apply(low.add(k0)));
    *low = low.xor(sbox.apply(high.add(k1)));
}

#[derive(Clone, Copy)]
enum Direction {
    Encrypt,
    Decrypt,
}

impl Key {
    /// A key of 32 bytes.
    pub fn new(key: &[u8; 32], sbox: &Sbox) -> Self {
        let mut words = [0; 8];
        for (word, bytes) in words.iter_mut().zip(key.chunks_exact(4)) {
            *word = load(bytes).0;
        }
        Self { words, sbox: sbox.clone() }
    }

    #[inline(always)]
    fn rounds<V: Lanes>(&self, blocks: &mut Blocks<V>, i: usize, j: usize) {
        two_rounds(&self.sbox, blocks, V::splat(self.words[i]), V::splat(self.words[j]));
    }

    /// 32 rounds: the key's words forwards three times, then backwards.
    #[inline(always)]
    fn encrypt<V: Lanes>(&self, mut blocks: Blocks<V>) -> Blocks<V> {
        for _ in 0..3 {
            for i in [0, 2, 4, 6] {
                self.rounds(&mut blocks, i, i + 1);
            }
        }
        for i in [7, 5, 3, 1] {
            self.rounds(&mut blocks, i, i - 1);
        }
        (blocks.1, blocks.0)
    }

    #[inline(always)]
    fn decrypt<V: Lanes>(&self, mut blocks: Blocks<V>) -> Blocks<V> {
        for i in [0, 2, 4, 6] {
            self.rounds(&mut blocks, i, i + 1);
        }
        for _ in 0..3 {
            for i in [7, 5, 3, 1] {
                self.rounds(&mut blocks, i, i - 1);
            }
        }
        (blocks.1, blocks.0)
    }

    fn encrypt_one(&self, block: &[u8; 8]) -> [u8; 8] {
        let (low, high) = load(block);
        let (low, high) = self.encrypt((low, high));
        store(low, high)
    }

    fn encrypt_lanes(&self, blocks: &mut [[u8; 8]; LANES]) {
        let halves = blocks.map(|block| load(&block));
        let (low, high) = many(self, halves.map(|h| h.0), halves.map(|h| h.1), Direction::Encrypt);
        *blocks = core::array::from_fn(|n| store(low[n], high[n]));
    }

    /// ECB ("проста заміна"), in place. Only for formats that ask for it, as Key-6.dat does.
    ///
    /// # Errors
    /// [`Error::Length`] when the data is no whole number of 8-byte blocks.
    pub fn ecb_encrypt(&self, data: &mut [u8]) -> Result<(), Error> {
        self.ecb(data, Direction::Encrypt)
    }

    /// The reverse of [`Key::ecb_encrypt`].
    ///
    /// # Errors
    /// [`Error::Length`] when the data is no whole number of 8-byte blocks.
    pub fn ecb_decrypt(&self, data: &mut [u8]) -> Result<(), Error> {
        self.ecb(data, Direction::Decrypt)
    }

    fn ecb(&self, data: &mut [u8], direction: Direction) -> Result<(), Error> {
        if !data.len().is_multiple_of(8) {
            return Err(Error::Length);
        }
        for chunk in data.chunks_mut(8 * LANES) {
            let (mut low, mut high) = ([0; LANES], [0; LANES]);
            for (n, block) in chunk.chunks(8).enumerate() {
                (low[n], high[n]) = load(block);
            }
            (low, high) = many(self, low, high, direction);
            for (n, block) in chunk.chunks_mut(8).enumerate() {
                block.copy_from_slice(&store(low[n], high[n]));
            }
        }
        Ok(())
    }

    /// CFB with 64 bits of feedback ("гамування зі зворотним зв'язком"), in
    /// place, any length, no padding. `iv` must not repeat under one key.
    pub fn cfb_encrypt(&self, iv: &[u8; 8], data: &mut [u8]) {
        let mut feedback = *iv;
        for chunk in data.chunks_mut(8) {
            let gamma = self.encrypt_one(&feedback);
            xor(chunk, &gamma);
            feedback[..chunk.len()].copy_from_slice(chunk);
        }
    }

    /// The reverse of [`Key::cfb_encrypt`]. Says nothing about whether the data is genuine.
    pub fn cfb_decrypt(&self, iv: &[u8; 8], data: &mut [u8]) {
        let mut feedback = *iv;
        for chunk in data.chunks_mut(8 * LANES) {
            let mut gamma = [[0; 8]; LANES];
            gamma[0] = feedback;
            for (block, next) in chunk.chunks_exact(8).zip(1..) {
                let target = if next < LANES { &mut gamma[next] } else { &mut feedback };
                target.copy_from_slice(block);
            }
            self.encrypt_lanes(&mut gamma);
            xor(chunk, gamma.as_flattened());
        }
    }

    /// The counter mode ("гамування"), in place, any length; encrypts and
    /// decrypts alike. `iv` must not repeat under one key.
    pub fn ctr(&self, iv: &[u8; 8], data: &mut [u8]) {
        let (mut low, mut high) = load(&self.encrypt_one(iv));
        for chunk in data.chunks_mut(8 * LANES) {
            let mut gamma = [[0; 8]; LANES];
            for block in &mut gamma {
                low = low.wrapping_add(0x0101_0101);
                // The high half counts modulo 2^32 − 1.
                let (sum, carry) = high.overflowing_add(0x0101_0104);
                high = sum.wrapping_add(u32::from(carry));
                *block = store(low, high);
            }
            self.encrypt_lanes(&mut gamma);
            xor(chunk, gamma.as_flattened());
        }
    }

    /// The 4-byte MAC ("імітовставка"): 16 rounds a block, the last block filled with zeros.
    pub fn mac(&self, data: &[u8]) -> [u8; 4] {
        let mut state: Blocks<u32> = (0, 0);
        for chunk in data.chunks(8) {
            let (low, high) = load(chunk);
            state.0 ^= low;
            state.1 ^= high;
            for _ in 0..2 {
                for i in [0, 2, 4, 6] {
                    self.rounds(&mut state, i, i + 1);
                }
            }
        }
        state.0.to_le_bytes()
    }

    /// Wraps a 32-byte key under this one (ukraine.md §3.6): its MAC appended,
    /// CFB under `iv`, the whole reversed byte by byte, CFB under a fixed vector.
    /// `iv` is 8 fresh random bytes.
    pub fn wrap(&self, cek: &[u8; 32], iv: &[u8; 8]) -> [u8; WRAPPED_LEN] {
        let mut out = [0; WRAPPED_LEN];
        out[..8].copy_from_slice(iv);
        out[8..40].copy_from_slice(cek);
        out[40..].copy_from_slice(&self.mac(cek));
        self.cfb_encrypt(iv, &mut out[8..]);
        out.reverse();
        self.cfb_encrypt(&WRAP_IV, &mut out);
        out
    }

    /// Opens what [`Key::wrap`] made.
    ///
    /// # Errors
    /// [`Error::Length`] unless 44 bytes; [`Error::Unwrap`] when the checksum
    /// differs: another key, or a damaged one (4 bytes: 2⁻³² of chances slip through).
    pub fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, Error> {
        let wrapped: &[u8; WRAPPED_LEN] = wrapped.try_into().map_err(|_| Error::Length)?;
        let mut buffer = Zeroizing::new(*wrapped);
        self.cfb_decrypt(&WRAP_IV, &mut *buffer);
        buffer.reverse();
        let mut iv = [0; 8];
        iv.copy_from_slice(&buffer[..8]);
        self.cfb_decrypt(&iv, &mut buffer[8..]);
        let mut cek = Zeroizing::new([0; 32]);
        cek.copy_from_slice(&buffer[8..40]);
        let difference =
            self.mac(&*cek).iter().zip(&buffer[40..]).fold(0, |sum, (a, b)| sum | (a ^ b));
        let mut answer = [u64::from(difference)];
        crate::taint::public(&mut answer);
        if answer == [0] { Ok(cek) } else { Err(Error::Unwrap) }
    }
}

with_lanes! {
    /// LANES blocks that do not wait for each other.
    fn many(
        key: &Key, low: [u32; LANES], high: [u32; LANES], direction: Direction
    ) -> Blocks<[u32; LANES]> = many_in
}

#[inline(always)]
fn many_in<Q: Four>(
    key: &Key,
    low: [u32; LANES],
    high: [u32; LANES],
    direction: Direction,
) -> Blocks<[u32; LANES]> {
    let blocks = (eight::<Q>(low), eight::<Q>(high));
    let (low, high) = match direction {
        Direction::Encrypt => key.encrypt(blocks),
        Direction::Decrypt => key.decrypt(blocks),
    };
    (words(low), words(high))
}

fn xor(data: &mut [u8], gamma: &[u8]) {
    for (byte, g) in data.iter_mut().zip(gamma) {
        *byte ^= g;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::Quad;

    /// Every kind of lanes in every run: the CPU at hand uses only one of them.
    #[test]
    fn all_lanes_agree() {
        let key = Key::new(&core::array::from_fn(|i| (11 * i) as u8), &Sbox::DKE1);
        let low: [u32; LANES] = core::array::from_fn(|n| 0x9e37_79b9_u32.wrapping_mul(n as u32));
        let high = low.map(|word| !word.rotate_left(5));
        for direction in [Direction::Encrypt, Direction::Decrypt] {
            let plain = many_in::<[u32; 4]>(&key, low, high, direction);
            assert_eq!(many_in::<Quad>(&key, low, high, direction), plain);
            assert_eq!(many(&key, low, high, direction), plain);
            for n in 0..LANES {
                let one = match direction {
                    Direction::Encrypt => key.encrypt((low[n], high[n])),
                    Direction::Decrypt => key.decrypt((low[n], high[n])),
                };
                assert_eq!(one, (plain.0[n], plain.1[n]));
            }
        }
    }
}
