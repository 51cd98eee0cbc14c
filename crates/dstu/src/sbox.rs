use core::fmt;

use crate::lanes::Lanes;

/// Eight 4-bit substitutions: the part of GOST 28147 that the standard leaves
/// open ("довгостроковий ключовий елемент", ДКЕ).
///
/// Looking a value up touches no address that depends on data: the
/// substitutions are held as a polynomial over GF(2) in the four input bits, so
/// that a fixed run of ANDs and XORs evaluates all eight on several blocks side by
/// side; and as tables in registers for the CPUs that have byte shuffles.
#[derive(Clone, PartialEq, Eq)]
pub struct Sbox {
    /// `terms[s]` multiplies the input bits whose positions are set in `s`; the
    /// nibble j of the word belongs to the j-th substitution.
    terms: [u32; 16],
    /// For byte shuffles: 16 outputs for the low nibble of byte j, one a byte …
    pub(crate) low: [[u64; 2]; 4],
    /// … and for its high nibble, the outputs already moved there.
    pub(crate) high: [[u64; 2]; 4],
}

/// The packed form of DKE №1 (ukraine.md §3.2), as certificates carry it.
const DKE1_PACKED: [u8; 64] = [
    0xa9, 0xd6, 0xeb, 0x45, 0xf1, 0x3c, 0x70, 0x82, 0x80, 0xc4, 0x96, 0x7b, 0x23, 0x1f, 0x5e, 0xad,
    0xf6, 0x58, 0xeb, 0xa4, 0xc0, 0x37, 0x29, 0x1d, 0x38, 0xd9, 0x6b, 0xf0, 0x25, 0xca, 0x4e, 0x17,
    0xf8, 0xe9, 0x72, 0x0d, 0xc6, 0x15, 0xb4, 0x3a, 0x28, 0x97, 0x5f, 0x0b, 0xc1, 0xde, 0xa3, 0x64,
    0x38, 0xb5, 0x64, 0xea, 0x2c, 0x17, 0x9f, 0xd0, 0x12, 0x3e, 0x6d, 0xb8, 0xfa, 0xc5, 0x79, 0x04,
];

impl Sbox {
    /// DKE №1, the one that nearly every Ukrainian certificate and message uses.
    pub const DKE1: Self = Self::from_packed(&DKE1_PACKED);

    /// From the 64 bytes of certificates and messages: eight substitutions of
    /// eight bytes each, two outputs a byte, high nibble first. The first
    /// substitution takes a word's lowest nibble. Every 64 bytes are accepted:
    /// GOST does not ask the substitutions to be permutations.
    pub const fn from_packed(packed: &[u8; 64]) -> Self {
        let mut terms = [0u32; 16];
        let mut i = 0;
        while i < 64 {
            let (row, value) = (i / 8, 2 * (i % 8));
            terms[value] |= ((packed[i] >> 4) as u32) << (4 * row);
            terms[value + 1] |= ((packed[i] & 15) as u32) << (4 * row);
            i += 1;
        }
        Self::from_table(&terms)
    }

    /// The 64 bytes of [`Sbox::from_packed`].
    pub const fn to_packed(&self) -> [u8; 64] {
        let table = moebius(self.terms);
        let mut packed = [0u8; 64];
        let mut i = 0;
        while i < 64 {
            let (row, value) = (i / 8, 2 * (i % 8));
            let high = (table[value] >> (4 * row)) & 15;
            let low = (table[value + 1] >> (4 * row)) & 15;
            packed[i] = (high << 4 | low) as u8;
            i += 1;
        }
        packed
    }

    /// From eight rows of sixteen outputs, `rows[0]` for the lowest nibble; only the
    /// low four bits of every output count.
    pub const fn from_rows(rows: &[[u8; 16]; 8]) -> Self {
        let mut terms = [0u32; 16];
        let mut i = 0;
        while i < 128 {
            terms[i % 16] |= ((rows[i / 16][i % 16] & 15) as u32) << (4 * (i / 16));
            i += 1;
        }
        Self::from_table(&terms)
    }

    /// From the outputs for every input value, a nibble for each substitution.
    const fn from_table(table: &[u32; 16]) -> Self {
        let (mut low, mut high) = ([[0; 2]; 4], [[0; 2]; 4]);
        let mut i = 0;
        while i < 64 {
            let (byte, value) = (i / 16, i % 16);
            let pair = (table[value] >> (8 * byte)) as u64;
            low[byte][value / 8] |= (pair & 0x0f) << (8 * (value % 8));
            high[byte][value / 8] |= (pair & 0xf0) << (8 * (value % 8));
            i += 1;
        }
        Self { terms: moebius(*table), low, high }
    }

    /// The round's f(x): every nibble substituted, then 11 bits to the left.
    #[inline(always)]
    pub(crate) fn apply<V: Lanes>(&self, x: V) -> V {
        let y = x.substitute(self);
        y.shl::<11>().xor(y.shr::<21>())
    }

    /// Every nibble substituted, by the polynomial.
    #[inline(always)]
    pub(crate) fn evaluate<V: Lanes>(&self, x: V) -> V {
        // Bit i of every nibble, spread over its nibble.
        let ones = V::splat(0x1111_1111);
        let spread = |low: V| low.shl::<4>().sub(low);
        let b0 = spread(x.and(ones));
        let b1 = spread(x.shr::<1>().and(ones));
        let b2 = spread(x.shr::<2>().and(ones));
        let b3 = spread(x.shr::<3>().and(ones));
        let term = |i: usize| V::splat(self.terms[i]);
        let pair = |i: usize| b0.and(term(i + 1)).xor(term(i));
        let four = |i: usize| b1.and(pair(i + 2)).xor(pair(i));
        let eight = |i: usize| b2.and(four(i + 4)).xor(four(i));
        b3.and(eight(8)).xor(eight(0))
    }
}

/// Table to polynomial and back: the transform is its own inverse.
const fn moebius(mut terms: [u32; 16]) -> [u32; 16] {
    let mut step = 1;
    while step < 16 {
        let mut i = 0;
        while i < 16 {
            if i & step != 0 {
                terms[i] ^= terms[i ^ step];
            }
            i += 1;
        }
        step *= 2;
    }
    terms
}

impl fmt::Debug for Sbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::DKE1 { "Sbox(DKE 1)" } else { "Sbox(own)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_polynomial_is_the_table() {
        let packed: [u8; 64] = core::array::from_fn(|i| (i * i * 7 + 3 * i) as u8);
        for packed in [packed, DKE1_PACKED] {
            let sbox = Sbox::from_packed(&packed);
            let rows: [[u8; 16]; 8] = core::array::from_fn(|r| {
                core::array::from_fn(|v| (packed[8 * r + v / 2] >> (4 * (1 - v % 2))) & 15)
            });
            assert_eq!(sbox.to_packed(), packed);
            assert_eq!(sbox, Sbox::from_rows(&rows));
            for v in 0..16u32 {
                let words: [u32; 8] = core::array::from_fn(|r| v << (4 * r));
                let got = sbox.apply(words);
                for (row, got) in got.into_iter().enumerate() {
                    // The other nibbles hold zero, and substitute as zero.
                    let expected = (0..8).fold(0, |word, r| {
                        let input = if r == row { v as usize } else { 0 };
                        word | u32::from(rows[r][input]) << (4 * r)
                    });
                    assert_eq!(got, expected.rotate_left(11));
                }
            }
        }
    }
}
