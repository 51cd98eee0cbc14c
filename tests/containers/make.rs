//! Containers of every kind, made for one test: by our own code, or octet by octet where certpost
//! does not write them.

use certpost::crypto::issue::{Role, Template, self_signed};
use certpost::crypto::ukrainian::Ukrainian;
use certpost::crypto::{Pair, PrivateKey, Suite, Usage, name, oid};
use certpost::time::{Span, Timestamp};
use const_oid::ObjectIdentifier;
use der::asn1::{Any, AnyRef, BitString, Null, OctetString};
use der::{Decode as _, Encode as _, Reader as _, SliceReader, Tag};
use dstu::gost28147::{Key, Sbox};
use dstu::{Curve, kdf};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use sha1::{Digest as _, Sha1};

/// 2026-11-22.
pub const NOW: Timestamp = Timestamp(1_795_305_600);

pub fn chance(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// A self-signed pair of the Ukrainian suite.
pub fn pair(usage: Usage, serial: u32) -> Pair {
    let mut chance = chance(u64::from(serial));
    let key = Ukrainian.generate(usage, &mut chance).unwrap();
    let subject = name::build(&[(oid::COMMON_NAME, "Вигадана Марія Петрівна")]);
    let public = Ukrainian.public_key(&key).unwrap();
    let validity = (NOW - Span::days(300), NOW + Span::days(400));
    let template = Template::new(subject, public, Role::Half(usage), serial, validity);
    let certificate = self_signed(&template, &key, &Ukrainian, &mut chance).unwrap();
    Pair { key, certificate }
}

pub fn key_id(key: &PrivateKey) -> Vec<u8> {
    Ukrainian.key_id(&Ukrainian.public_key(key).unwrap()).unwrap()
}

/// The number of a key on `curve`, little-endian: the OCTET STRING at the end of our PKCS#8.
fn number(key: &PrivateKey, curve: &Curve) -> Vec<u8> {
    key.pkcs8()[key.pkcs8().len() - curve.order_len()..].to_vec()
}

pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    Any::new(Tag::Sequence, parts.concat()).unwrap().to_der().unwrap()
}

pub fn octets(bytes: &[u8]) -> Vec<u8> {
    OctetString::new(bytes).unwrap().to_der().unwrap()
}

pub fn object(name: ObjectIdentifier) -> Vec<u8> {
    name.to_der().unwrap()
}

fn set(part: &[u8]) -> Vec<u8> {
    Any::new(Tag::Set, part).unwrap().to_der().unwrap()
}

/// PKCS#8 of `main` with `second` in its attributes, as ІІТ keeps them.
fn two_keys(main: &PrivateKey, second: &PrivateKey) -> Vec<u8> {
    let curve = Curve::m431();
    let bits: Vec<u8> = number(second, &curve).iter().map(|o| o.reverse_bits()).collect();
    let bits = BitString::from_bytes(&bits).unwrap().to_der().unwrap();
    let parameters = second_parameters(second);
    let attributes = [
        sequence(&[&object(oid::IIT_SECOND_CURVE), &set(&parameters)]),
        sequence(&[&object(oid::IIT_SECOND_NUMBER), &set(&bits)]),
    ]
    .concat();
    let mut attributes = set(&attributes);
    attributes[0] = 0xA0;
    let mut reader = SliceReader::new(main.pkcs8()).unwrap();
    let inside = AnyRef::decode(&mut reader).unwrap().value().to_vec();
    sequence(&[&inside, &attributes])
}

/// The parameters of the key's algorithm, with the numbers of the curve big-endian, as only these
/// attributes have them: `SEQUENCE { SEQUENCE { field, a, b, n, base }, dke }`.
fn second_parameters(key: &PrivateKey) -> Vec<u8> {
    let algorithm = &elements(key.pkcs8())[1];
    let parameters = elements(&elements(algorithm)[1]);
    let turned = |octets: &[u8]| {
        let mut value = AnyRef::from_der(octets).unwrap().value().to_vec();
        value.reverse();
        self::octets(&value)
    };
    let [field, a, b, n, base] = elements(&parameters[0]).try_into().unwrap();
    let curve = sequence(&[&field, &a, &turned(&b), &n, &turned(&base)]);
    sequence(&[&curve, &parameters[1]])
}

/// Key-6.dat with both keys.
pub fn key6(main: &PrivateKey, second: &PrivateKey, password: &[u8]) -> Vec<u8> {
    let content = two_keys(main, second);
    let key = Key::new(&kdf::iterated_hash(password, 10_000), &Sbox::DKE1);
    let mut sealed = content.clone();
    sealed.resize(content.len().next_multiple_of(8), 0);
    key.ecb_encrypt(&mut sealed).unwrap();
    let (sealed, pad) = sealed.split_at(content.len());
    let parameters = sequence(&[&octets(&key.mac(&content)), &octets(pad)]);
    sequence(&[&sequence(&[&object(oid::IIT_STORE), &parameters]), &octets(sealed)])
}

fn wide(password: &str) -> Vec<u8> {
    password.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn sha1(parts: &[&[u8]]) -> Vec<u8> {
    Sha1::digest(parts.concat()).to_vec()
}

fn sun_lock(key: &[u8], password: &[u8]) -> Vec<u8> {
    let salt = [7_u8; 20];
    let (mut sealed, mut stream) = (salt.to_vec(), salt.to_vec());
    for part in key.chunks(20) {
        stream = sha1(&[password, &stream]);
        sealed.extend(part.iter().zip(&stream).map(|(a, b)| a ^ b));
    }
    sealed.extend(sha1(&[password, key]));
    let null = Null.to_der().unwrap();
    sequence(&[&sequence(&[&object(oid::SUN_KEY_PROTECTOR), &null]), &octets(&sealed)])
}

/// A key store, version 2, as Java writes it.
pub fn jks(pairs: &[(&str, &Pair)], password: &str) -> Vec<u8> {
    let mut body = vec![0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2];
    let long = |n: usize| u32::try_from(n).unwrap().to_be_bytes();
    let short = |n: usize| u16::try_from(n).unwrap().to_be_bytes();
    body.extend(long(pairs.len()));
    for (alias, pair) in pairs {
        body.extend(long(1));
        body.extend(short(alias.len()));
        body.extend(alias.as_bytes());
        body.extend([0; 8]);
        let locked = sun_lock(pair.key.pkcs8(), &wide(password));
        body.extend(long(locked.len()));
        body.extend(locked);
        body.extend(long(1));
        body.extend(short(5));
        body.extend(b"X.509");
        body.extend(long(pair.certificate.der().len()));
        body.extend(pair.certificate.der());
    }
    let digest = sha1(&[&wide(password), b"Mighty Aphrodite", &body]);
    body.extend(digest);
    body
}

/// The elements of a DER SEQUENCE.
pub fn elements(der: &[u8]) -> Vec<Vec<u8>> {
    let whole = AnyRef::from_der(der).unwrap();
    let mut inside = SliceReader::new(whole.value()).unwrap();
    let mut found = Vec::new();
    while !inside.is_finished() {
        found.push(inside.tlv_bytes().unwrap().to_vec());
    }
    found
}
