//! The example of DSTU 4145-2002, appendix Б: m = 163, a base point of its own,
//! and a given nonce, which the public interface does not take.

extern crate std;

use alloc::vec::Vec;

use crate::limbs::{self, Big};
use crate::{Curve, Error, ExplicitParameters, Multiplier, PrivateKey, PublicKey};

fn number(text: &str) -> Big {
    limbs::hex(text)
}

fn bytes(text: &str) -> Vec<u8> {
    limbs::to_le(&number(text), 21)
}

fn curve() -> Curve {
    let named = Curve::by_degree(163).unwrap();
    let base = PublicKey::from_affine_le(
        &named,
        &bytes("72D867F93A93AC27DF9FF01AFFE74885C8C540420"),
        &bytes("0224A9C3947852B97C5599D5F4AB81122ADC3FD9B"),
    )
    .unwrap();
    let curve = Curve::from_explicit(&ExplicitParameters {
        m: 163,
        ks: &[3, 6, 7],
        a: 1,
        b_le: &bytes("5FF6108462A2DC8210AB403925E638A19C1455D21"),
        order_be: &named.order_be(),
        base_le: &base.to_compressed_le(),
    })
    .unwrap();
    assert_ne!(curve, named);
    assert_eq!(curve.oid_suffix(), None);
    curve
}

#[test]
fn the_standards_example() {
    for multiplier in [Multiplier::CarryLess, Multiplier::Portable] {
        let curve = curve().with_multiplier(multiplier);
        let d = number("183F60FDF7951FF47D67193F8D073790C1C9B5A3E");
        let key = PrivateKey::from_le_bytes(&curve, &limbs::to_le(&d, 21)).unwrap();
        let (x, y) = key.public().to_affine_le();
        assert_eq!(x, bytes("57DE7FDE023FF929CB6AC785CE4B79CF64ABDC2DA"));
        assert_eq!(y, bytes("3E85444324BCF06AD85ABF6AD7B5F34770532B9AA"));

        let e = number("1025E40BD97DB012B7A1D79DE8E12932D247F61C6");
        let h = number("3A2EB95B7180166DDF73532EEB76EDAEF52247FF");
        let (r, s) = curve.domain().sign(multiplier, &d, &e, &h).unwrap();
        assert_eq!(r, number("274EA2C0CAA014A0D80A424F59ADE7A93068D08A7"));
        assert_eq!(s, number("2100D86957331832B8E8C230F5BD6A332B3615ACA"));

        // The standard writes the hash as a number; as bytes it is the other way round.
        let hash = number("09C9C44277910C9AAEE486883A2EB95B7180166DDF73532EEB76EDAEF52247FF");
        let hash: [u8; 32] = limbs::to_le(&hash, 32).try_into().unwrap();
        let mut signature = limbs::to_le(&r, 21);
        signature.extend(limbs::to_le(&s, 21));
        assert_eq!(key.public().verify(&hash, &signature), Ok(()));
        signature[20] ^= 1;
        assert_eq!(key.public().verify(&hash, &signature), Err(Error::Signature));
        let ours = key.sign(&hash, &[0; 32]);
        assert_eq!(key.public().verify(&hash, &ours), Ok(()));
    }
}
