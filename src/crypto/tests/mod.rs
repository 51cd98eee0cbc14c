//! Tests of the seals as a whole, on one made-up authority. `tests/seals_openssl.rs` has the
//! cross-checks.

mod cades;
mod foreign;
mod quirks;
mod structure;
mod tlv;
mod trust;

use std::sync::OnceLock;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::international::{International, KeyKind};
use super::issue::{Role, Template, issue, self_signed};
use super::{Certificate, Opener, Pair, Suite, Trust, Usage, name, oid};
use crate::time::{Span, Timestamp};

/// 2026-11-22T00:00:00Z.
const NOW: Timestamp = Timestamp(1_795_305_600);
const SUITE: International = International { keys: KeyKind::P256, authenticated: false };

fn chance(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// Two years around now.
fn valid() -> (Timestamp, Timestamp) {
    (NOW - Span::days(365), NOW + Span::days(365))
}

fn director() -> Vec<u8> {
    name::build(&[
        (oid::ORGANISATION, "ТОВ «Вигадана Криниця»"),
        (oid::TITLE, "Директор"),
        (oid::COMMON_NAME, "Криниченко Одарка Вигадівна"),
        (oid::SURNAME, "Криниченко"),
        (oid::GIVEN_NAME, "Одарка Вигадівна"),
        (oid::SERIAL_NUMBER, "UA-0001"),
        (oid::COUNTRY, "UA"),
        (oid::LOCALITY, "Вигадогір"),
    ])
}

fn named(common_name: &str) -> Vec<u8> {
    name::build(&[(oid::COMMON_NAME, common_name), (oid::COUNTRY, "UA")])
}

/// A template with a fresh key of `seed`; the serial is the seed.
fn template(subject: Vec<u8>, role: Role, seed: u32) -> (Template, super::PrivateKey) {
    let key = SUITE.generate(Usage::Signing, &mut chance(u64::from(seed))).unwrap();
    let public_key = SUITE.public_key(&key).unwrap();
    (Template::new(subject, public_key, role, seed, valid()), key)
}

fn root(common_name: &str, seed: u32) -> Pair {
    let role = Role::Authority { path_length: None };
    let (template, key) = template(named(common_name), role, seed);
    let certificate = self_signed(&template, &key, &SUITE, &mut chance(1)).unwrap();
    Pair { key, certificate }
}

fn below(issuer: &Pair, subject: Vec<u8>, role: Role, seed: u32) -> Pair {
    let (template, key) = template(subject, role, seed);
    Pair { key, certificate: issue(&template, issuer, &SUITE, &mut chance(1)).unwrap() }
}

pub(super) struct Authority {
    pub(super) root: Pair,
    /// Signs receipts.
    pub(super) signer: Pair,
    /// The holder's pair, both usages in one.
    pub(super) holder: Pair,
}

pub(super) fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let root = root("Вигаданий ЦСК", 1);
        let (mut wanted, key) = template(director(), Role::Both, 3);
        wanted.edrpou = Some("12345678".into());
        wanted.drfo = Some("1234567890".into());
        wanted.email = Some("odarka@example.test".into());
        wanted.is_electronic_seal = true;
        let certificate = issue(&wanted, &root, &SUITE, &mut chance(1)).unwrap();
        Authority {
            signer: below(&root, named("ОТРИМАНО"), Role::Half(Usage::Signing), 2),
            holder: Pair { key, certificate },
            root,
        }
    })
}

fn trust() -> Trust {
    Trust {
        signers: vec![authority().signer.certificate.clone()],
        anchors: vec![authority().root.certificate.clone()],
        revocations: Vec::new(),
    }
}

fn opener<'a>(trust: &'a Trust, pairs: &'a [Pair], now: Timestamp) -> Opener<'a> {
    // A fat pointer can't become a trait object by itself; sixteen bytes a test may stay.
    Opener { suite: &SUITE, trust, recipients: Box::leak(Box::new(pairs)), now }
}

fn signed_by(pair: &Pair, content: &[u8]) -> Vec<u8> {
    SUITE.sign(content, pair, NOW, &mut chance(4)).unwrap()
}

fn sealed_to(certificate: &Certificate, content: &[u8]) -> Vec<u8> {
    SUITE.envelope(content, std::slice::from_ref(certificate), None, &mut chance(5)).unwrap()
}
