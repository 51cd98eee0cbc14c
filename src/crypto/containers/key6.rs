//! Key-6.dat of ІІТ (ukraine.md §3.9): GOST 28147 block by block under a key that is the password
//! hashed ten thousand times, with a MAC of what lies inside.

use const_oid::ObjectIdentifier;
use der::asn1::OctetString;
use der::{Decode as _, Sequence};
use dstu::gost28147::{Key, Sbox};
use dstu::kdf;
use zeroize::Zeroizing;

use super::pkcs8::keys_in;
use super::{ContainerError, Found, KeyLook, Kind, Look, malformed};

const ITERATIONS: u32 = 10_000;
const BLOCK: usize = 8;
const MAC: usize = 4;
/// Two keys with everything about their curves have less than a kilobyte.
const MAX_SIZE: usize = 64 * 1024;

#[derive(Sequence)]
struct Store {
    scheme: Scheme,
    sealed: OctetString,
}

#[derive(Sequence)]
struct Scheme {
    _name: ObjectIdentifier,
    parameters: Parameters,
}

#[derive(Sequence)]
struct Parameters {
    mac: OctetString,
    /// The last octets of the last sealed block, which the content has no room for.
    pad: Option<OctetString>,
}

pub(super) fn look() -> Look {
    Look {
        kind: Kind::Key6,
        needs_password: true,
        protection: format!("GOST 34.311, {ITERATIONS} iterations; GOST 28147 ECB with a MAC"),
        keys: vec![KeyLook::default()],
        certificates: Vec::new(),
    }
}

pub(super) fn read(der: &[u8], password: &[u8]) -> Result<Vec<Found>, ContainerError> {
    const KIND: Kind = Kind::Key6;
    let wrong = |detail: &str| ContainerError::Malformed { kind: KIND, detail: detail.into() };
    let Store { scheme, sealed } = Store::from_der(der).map_err(malformed(KIND))?;
    let Parameters { mac, pad } = scheme.parameters;
    let pad = pad.as_ref().map(OctetString::as_bytes).unwrap_or_default();
    let length = sealed.as_bytes().len();
    if mac.as_bytes().len() != MAC {
        return Err(wrong("a MAC that is not of 4 octets"));
    }
    if length > MAX_SIZE || pad.len() >= BLOCK || !(length + pad.len()).is_multiple_of(BLOCK) {
        return Err(wrong("not whole blocks of 8 octets"));
    }
    let key = Key::new(&kdf::iterated_hash(password, ITERATIONS), &Sbox::DKE1);
    let mut opened = Zeroizing::new([sealed.as_bytes(), pad].concat());
    key.ecb_decrypt(&mut opened).map_err(malformed(KIND))?;
    opened.truncate(length);
    if key.mac(&opened) != mac.as_bytes() {
        return Err(ContainerError::WrongPassword { kind: KIND });
    }
    keys_in(KIND, without_tail(&opened), None, &[])
}

/// Some programs fill the last block up inside what the MAC covers.
fn without_tail(opened: &[u8]) -> &[u8] {
    use der::Reader as _;
    let whole = || -> der::Result<&[u8]> { der::SliceReader::new(opened)?.tlv_bytes() };
    whole().unwrap_or(opened)
}
