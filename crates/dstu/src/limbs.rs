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

/// The number that `words` (low first) hold, mod n. One doubling and one
/// masked subtraction a bit: slow beside Montgomery's way, and a few per cent of a signature.
pub(crate) fn reduce<const L: usize>(words: &[u64], n: &[u64; L]) -> [u64; L] {
    let mut acc = [0u64; L];
    for word in words.iter().rev() {
        for bit in (0..64).rev() {
            let mut carry = (word >> bit) & 1;
            for limb in &mut acc {
                let out = *limb >> 63;
                *limb = (*limb << 1) | carry;
                carry = out;
            }
            let (reduced, borrow) = sub(&acc, n);
            acc = select(&reduced, &acc, mask(borrow & (carry ^ 1)));
        }
    }
    acc
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

/// `a · b mod n`.
pub(crate) fn mul_mod<const L: usize>(a: &[u64; L], b: &[u64; L], n: &[u64; L]) -> [u64; L] {
    let wide = Zeroizing::new(mul(a, b));
    reduce(&wide[..2 * L], n)
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
