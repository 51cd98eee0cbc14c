//! Little-endian numbers in 64-bit limbs. Everything here that takes a secret
//! runs the same instructions on the same addresses whatever its value: sizes
//! and bit lengths are public, contents are not.

use alloc::vec::Vec;
use core::hint::black_box;

use zeroize::Zeroizing;

/// The widest number: fields up to m = 509, and orders of their curves.
pub(crate) const MAX: usize = 8;

/// A number wide enough for any supported curve, low limb first.
pub(crate) type Big = [u64; MAX];

/// All ones when `bit` is 1, zero when it is 0.
#[inline(always)]
pub(crate) fn mask(bit: u64) -> u64 {
    // The barrier keeps the optimiser from turning masks back into jumps.
    black_box(0u64.wrapping_sub(bit))
}

/// 1 when `a` is zero, else 0.
#[inline(always)]
pub(crate) fn is_zero<const L: usize>(a: &[u64; L]) -> u64 {
    let any = a.iter().fold(0, |acc, limb| acc | limb);
    1 ^ ((any | any.wrapping_neg()) >> 63)
}

/// `b` where the mask is ones, `a` where it is zero.
#[inline(always)]
pub(crate) fn select<const L: usize>(a: &[u64; L], b: &[u64; L], mask: u64) -> [u64; L] {
    core::array::from_fn(|i| a[i] ^ (mask & (a[i] ^ b[i])))
}

/// Swaps the two where the mask is ones.
#[inline(always)]
pub(crate) fn swap<const L: usize>(a: &mut [u64; L], b: &mut [u64; L], mask: u64) {
    for i in 0..L {
        let t = mask & (a[i] ^ b[i]);
        a[i] ^= t;
        b[i] ^= t;
    }
}

/// `a - b` and the borrow (1 when a < b).
#[inline(always)]
pub(crate) fn sub<const L: usize>(a: &[u64; L], b: &[u64; L]) -> ([u64; L], u64) {
    let mut borrow = 0;
    let out = core::array::from_fn(|i| {
        let (d, b1) = a[i].overflowing_sub(b[i]);
        let (d, b2) = d.overflowing_sub(borrow);
        borrow = u64::from(b1) | u64::from(b2);
        d
    });
    (out, borrow)
}

/// `a + b` and the carry.
#[inline(always)]
pub(crate) fn add<const L: usize>(a: &[u64; L], b: &[u64; L]) -> ([u64; L], u64) {
    let mut carry = 0;
    let out = core::array::from_fn(|i| {
        let (s, c1) = a[i].overflowing_add(b[i]);
        let (s, c2) = s.overflowing_add(carry);
        carry = u64::from(c1) | u64::from(c2);
        s
    });
    (out, carry)
}

/// `a + b mod n`, both below n.
pub(crate) fn add_mod<const L: usize>(a: &[u64; L], b: &[u64; L], n: &[u64; L]) -> [u64; L] {
    let (sum, carry) = add(a, b);
    let (reduced, borrow) = sub(&sum, n);
    // Keep the sum only when it neither overflowed nor reached n.
    select(&reduced, &sum, mask(borrow & (carry ^ 1)))
}

/// `a · b`; the low 2·L words are in use.
pub(crate) fn mul<const L: usize>(a: &[u64; L], b: &[u64; L]) -> [u64; 2 * MAX] {
    let mut wide = [0u64; 2 * MAX];
    for i in 0..L {
        let mut carry = 0u64;
        for j in 0..L {
            let t =
                u128::from(a[i]) * u128::from(b[j]) + u128::from(wide[i + j]) + u128::from(carry);
            wide[i + j] = t as u64;
            carry = (t >> 64) as u64;
        }
        wide[i + L] = carry;
    }
    wide
}

/// An odd modulus prepared for Montgomery's multiplication, with R = 2^(64·L).
#[derive(Clone, Copy)]
pub(crate) struct Modulus<const L: usize> {
    pub(crate) n: [u64; L],
    /// −1/n mod 2^64.
    negated_inverse: u64,
    /// R² mod n.
    r2: [u64; L],
}

impl<const L: usize> Modulus<L> {
    /// For public, odd n.
    pub(crate) const fn new(n: [u64; L]) -> Self {
        // Newton: each step doubles the count of right bits; n itself has three.
        let mut inverse = n[0];
        let mut i = 0;
        while i < 5 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(n[0].wrapping_mul(inverse)));
            i += 1;
        }
        // 2^(128·L) by doubling.
        let mut r2 = [0; L];
        r2[0] = 1;
        let mut i = 0;
        while i < 128 * L {
            r2 = double_mod(&r2, &n);
            i += 1;
        }
        Self { n, negated_inverse: inverse.wrapping_neg(), r2 }
    }

    /// a·b/R mod n, for a below R and b below n.
    fn montgomery(&self, a: &[u64; L], b: &[u64; L]) -> [u64; L] {
        let mut t = [0u64; L];
        // The word above t: with n as large as R may be, sums reach 2·R.
        let mut top = 0u64;
        for word in a {
            let mut carry = 0u128;
            for i in 0..L {
                carry += u128::from(t[i]) + u128::from(*word) * u128::from(b[i]);
                t[i] = carry as u64;
                carry >>= 64;
            }
            let sum = u128::from(top) + carry;
            let q = t[0].wrapping_mul(self.negated_inverse);
            let mut carry = (u128::from(t[0]) + u128::from(q) * u128::from(self.n[0])) >> 64;
            for i in 1..L {
                carry += u128::from(t[i]) + u128::from(q) * u128::from(self.n[i]);
                t[i - 1] = carry as u64;
                carry >>= 64;
            }
            let sum = sum + carry;
            t[L - 1] = sum as u64;
            top = (sum >> 64) as u64;
        }
        let (reduced, borrow) = sub(&t, &self.n);
        select(&reduced, &t, mask(borrow & (top ^ 1)))
    }

    /// `a · b mod n`, a below R and b below n.
    pub(crate) fn mul(&self, a: &[u64; L], b: &[u64; L]) -> [u64; L] {
        let product = Zeroizing::new(self.montgomery(a, b));
        self.montgomery(&product, &self.r2)
    }

    /// The number that `words`, at most 2·L of them, hold (low first), mod n.
    pub(crate) fn reduce(&self, words: &[u64]) -> [u64; L] {
        let part = |from: usize| -> Zeroizing<[u64; L]> {
            let word = |i: usize| words.get(from + i).copied().unwrap_or(0);
            Zeroizing::new(core::array::from_fn(word))
        };
        let mut one = [0; L];
        one[0] = 1;
        // low + high·R.
        let low = Zeroizing::new(self.mul(&part(0), &one));
        let high = Zeroizing::new(self.montgomery(&part(L), &self.r2));
        add_mod(&low, &high, &self.n)
    }
}

/// 2·a mod n for public numbers at compile time.
const fn double_mod<const L: usize>(a: &[u64; L], n: &[u64; L]) -> [u64; L] {
    let mut doubled = [0; L];
    let mut carry = 0;
    let mut i = 0;
    while i < L {
        doubled[i] = (a[i] << 1) | carry;
        carry = a[i] >> 63;
        i += 1;
    }
    let mut reduced = [0; L];
    let mut borrow = false;
    let mut i = 0;
    while i < L {
        let (d, b1) = doubled[i].overflowing_sub(n[i]);
        let (d, b2) = d.overflowing_sub(borrow as u64);
        reduced[i] = d;
        borrow = b1 | b2;
        i += 1;
    }
    if borrow && carry == 0 { doubled } else { reduced }
}

/// Position of the highest set bit plus one. For public numbers.
pub(crate) const fn bit_length(a: &[u64]) -> usize {
    let mut i = a.len();
    while i > 0 {
        i -= 1;
        if a[i] != 0 {
            return 64 * i + 64 - a[i].leading_zeros() as usize;
        }
    }
    0
}

/// Bit `i`, for `i` within the limbs; the position is public.
#[inline(always)]
pub(crate) fn bit(a: &[u64], i: usize) -> u64 {
    (a[i / 64] >> (i % 64)) & 1
}

/// Clears every bit from `bits` up; `bits` is public.
pub(crate) fn truncate<const L: usize>(a: &[u64; L], bits: usize) -> [u64; L] {
    core::array::from_fn(|i| match bits.saturating_sub(64 * i) {
        0 => 0,
        kept @ 1..64 => a[i] & ((1 << kept) - 1),
        _ => a[i],
    })
}

/// Reads little-endian bytes; bytes beyond the limbs are dropped (the caller
/// checks lengths).
pub(crate) fn from_le<const L: usize>(bytes: &[u8]) -> [u64; L] {
    let mut out = [0u64; L];
    for (i, byte) in bytes.iter().take(8 * L).enumerate() {
        out[i / 8] |= u64::from(*byte) << (8 * (i % 8));
    }
    out
}

/// The low `len` bytes, little-endian.
pub(crate) fn to_le(a: &[u64], len: usize) -> Vec<u8> {
    (0..len).map(|i| (a[i / 8] >> (8 * (i % 8))) as u8).collect()
}

/// The same number in another count of limbs; the caller knows that it fits.
#[inline(always)]
pub(crate) fn resize<const A: usize, const B: usize>(a: &[u64; A]) -> [u64; B] {
    core::array::from_fn(|i| if i < A { a[i] } else { 0 })
}

/// Reads a hexadecimal constant at compile time.
pub(crate) const fn hex<const L: usize>(text: &str) -> [u64; L] {
    let bytes = text.as_bytes();
    let mut out = [0u64; L];
    let mut i = 0;
    while i < bytes.len() {
        let digit = match bytes[bytes.len() - 1 - i] {
            c @ b'0'..=b'9' => c - b'0',
            c @ b'A'..=b'F' => c - b'A' + 10,
            _ => panic!("a constant has a character that is no upper-case hex digit"),
        };
        out[i / 16] |= (digit as u64) << (4 * (i % 16));
        i += 1;
    }
    out
}
