//! Validation of explicit curve parameters from strangers.

use alloc::sync::Arc;

use crate::backend::{Backend, Multiplier, with_backend};
use crate::curve::ExplicitParameters;
use crate::domain::{Domain, Parameters};
use crate::field::{self, Any, Spec};
use crate::group::{Affine, Group};
use crate::limbs::{self, Big, MAX, Modulus};
use crate::{Error, gost28147::Sbox, gost34311};

/// Miller–Rabin rounds; the bases come from a hash of n, so n cannot be made to suit them
/// at less than 4^32 trials.
const ROUNDS: u8 = 32;

/// Embedding degrees that must not occur (DSTU 4145-2002 §8.2: up to 32).
const EMBEDDING: usize = 32;

/// Builds the curve, or says what is wrong with it.
pub(crate) fn build(
    p: &ExplicitParameters<'_>,
    with: Multiplier,
) -> Result<Arc<dyn Domain>, Error> {
    let m = usize::from(p.m);
    if !(163..=509).contains(&m) || (2..m).take_while(|d| d * d <= m).any(|d| m % d == 0) {
        return Err(Error::Parameters);
    }
    match m.div_ceil(64) {
        3 => build_in::<3>(p, with),
        4 => build_in::<4>(p, with),
        5 => build_in::<5>(p, with),
        6 => build_in::<6>(p, with),
        7 => build_in::<7>(p, with),
        _ => build_in::<8>(p, with),
    }
}

fn build_in<const L: usize>(
    p: &ExplicitParameters<'_>,
    with: Multiplier,
) -> Result<Arc<dyn Domain>, Error> {
    let m = usize::from(p.m);
    let field = Any { m, ks: exponents(p.ks, m)? };
    if !with_backend!(with, B => irreducible::<B, _, L>(&field)) {
        return Err(Error::Parameters);
    }
    let b: [u64; L] = element(p.b_le, m)?;
    let packed: [u64; L] = element(p.base_le, m)?;
    if p.a > 1 || b == [0; L] {
        return Err(Error::Parameters);
    }
    let n: [u64; L] = limbs::resize(&order(p.order_be, m, p.a)?);
    let group = Group { field, a: p.a.into(), b };
    let base = with_backend!(with, B => base_of_order::<B, _, L>(&group, &n, &packed))?;
    Ok(Arc::new(Parameters { group, n: Modulus::new(n), base, comb: None }))
}

/// The base point, if it exists and n·P is infinity.
fn base_of_order<B: Backend, S: Spec<L>, const L: usize>(
    group: &Group<S, L>,
    n: &[u64; L],
    packed: &[u64; L],
) -> Result<Affine<L>, Error> {
    let base = group.decompress::<B>(packed).ok_or(Error::Parameters)?;
    if group.is_killed_by::<B>(n, &base) { Ok(base) } else { Err(Error::Parameters) }
}

/// Middle exponents, descending, as the reduction wants them.
fn exponents(ks: &[u16], m: usize) -> Result<[usize; 3], Error> {
    let mut out = match ks {
        [k] => [usize::from(*k), 0, 0],
        [k1, k2, k3] => [(*k1).into(), (*k2).into(), (*k3).into()],
        _ => return Err(Error::Parameters),
    };
    out.sort_unstable_by(|a, b| b.cmp(a));
    let distinct = ks.len() == 1 || (out[0] > out[1] && out[1] > out[2] && out[2] > 0);
    // 64 bits of distance let the reduction go word by word.
    if distinct && out[0] > 0 && out[0] + 64 <= m { Ok(out) } else { Err(Error::Parameters) }
}

/// For prime m and a polynomial with an odd count of terms and a constant one
/// (so without linear factors), x^(2^m) = x mod f says that f is irreducible.
fn irreducible<B: Backend, S: Spec<L>, const L: usize>(field: &S) -> bool {
    let mut x = [0; L];
    x[0] = 2;
    B::sqr_n(field, &x, field.m()) == x
}

/// A field element of exactly ceil(m/8) bytes with no bit at m or above.
fn element<const L: usize>(bytes: &[u8], m: usize) -> Result<[u64; L], Error> {
    if bytes.len() != m.div_ceil(8) {
        return Err(Error::Length);
    }
    let out = limbs::from_le(bytes);
    if limbs::bit_length(&out) > m { Err(Error::Parameters) } else { Ok(out) }
}

/// The order n: prime, fitting Hasse's bound with cofactor 4 >> a, and of large embedding degree.
fn order(bytes: &[u8], m: usize, a: u8) -> Result<Big, Error> {
    let significant = bytes.iter().skip_while(|byte| **byte == 0).count();
    if significant > 8 * MAX {
        return Err(Error::Parameters);
    }
    let mut little = bytes[bytes.len() - significant..].to_vec();
    little.reverse();
    let n: Big = limbs::from_le(&little);
    if !near_group_order(&n, m, a) || n[0] & 1 == 0 || !prime(&n) {
        return Err(Error::Parameters);
    }
    // 2^(m·k) mod n for k = 1.. must not be 1.
    let modulus = Modulus::new(n);
    let mut q: Big = field::one();
    for _ in 0..m {
        q = limbs::add_mod(&q, &q, &n);
    }
    let mut power = q;
    for _ in 0..EMBEDDING {
        if power == field::one() {
            return Err(Error::Parameters);
        }
        power = modulus.mul(&power, &q);
    }
    Ok(n)
}

/// |h·n − 2^m − 1| ≤ 2^(m/2 + 1), h = 4 >> a. With n prime and this large, a
/// point of order n proves that the group has h·n points.
fn near_group_order(n: &Big, m: usize, a: u8) -> bool {
    if !(m - 3..=m).contains(&limbs::bit_length(n)) {
        return false;
    }
    let mut product = *n;
    for _ in 0..if a == 0 { 2 } else { 1 } {
        product = limbs::add(&product, &product).0;
    }
    let mut field_size: Big = [0; MAX];
    field_size[m / 64] = 1 << (m % 64);
    let centre = limbs::add(&field_size, &field::one()).0;
    let (difference, negative) = limbs::sub(&product, &centre);
    let size = if negative == 1 { limbs::sub(&centre, &product).0 } else { difference };
    // 2^(m+2), the bound's square, is no square itself: m is odd.
    limbs::bit_length(&size) <= m / 2 + 2 && limbs::bit_length(&limbs::mul(&size, &size)) <= m + 2
}

/// Miller and Rabin's test for odd n.
fn prime(n: &Big) -> bool {
    let one: Big = field::one();
    let minus_one = limbs::sub(n, &one).0;
    let mut odd = minus_one;
    let mut twos = 0;
    while odd[0] & 1 == 0 {
        for i in 0..MAX {
            odd[i] = (odd[i] >> 1) | (odd.get(i + 1).copied().unwrap_or(0) << 63);
        }
        twos += 1;
    }
    let modulus = Modulus::new(*n);
    (0..ROUNDS).all(|round| {
        let base = modulus.reduce(&base_words(n, round));
        let mut power = pow(&base, &odd, &modulus);
        if base == [0; MAX] || power == one || power == minus_one {
            return true;
        }
        (1..twos).any(|_| {
            power = modulus.mul(&power, &power);
            power == minus_one
        })
    })
}

fn base_words(n: &Big, round: u8) -> [u64; 4] {
    let mut hasher = gost34311::Hasher::new(&Sbox::DKE1);
    hasher.update(&limbs::to_le(n, 8 * MAX));
    hasher.update(&[round]);
    limbs::from_le(&hasher.finalize())
}

fn pow(base: &Big, exponent: &Big, modulus: &Modulus<MAX>) -> Big {
    let mut out = field::one();
    for i in (0..limbs::bit_length(exponent)).rev() {
        out = modulus.mul(&out, &out);
        if limbs::bit(exponent, i) == 1 {
            out = modulus.mul(&out, base);
        }
    }
    out
}
