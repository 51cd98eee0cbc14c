//! The suite `ukrainian`: by itself, with every dialect, and against other programs.
//! Those must be there: `crates/dstu/tests/peers/install.sh` brings them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod alone;
mod asking;
mod bouncy_castle;
mod jkurwa;
mod renewal;

use certpost::crypto::issue::{Role, Template, issue, self_signed};
use certpost::crypto::ukrainian::Ukrainian;
use certpost::crypto::{Certificate, Pair, PrivateKey, Suite, Usage, name, oid};
use certpost::time::{Span, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

/// 2026-11-22T00:00:00Z.
const NOW: Timestamp = Timestamp(1_795_305_600);
const SUITE: &dyn Suite = &Ukrainian;

fn chance(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// A key on the curve of 257 or 431 bits; any of them may have any role.
fn key(m: u16, seed: u64) -> PrivateKey {
    let usage = if m == 257 { Usage::Signing } else { Usage::Agreement };
    SUITE.generate(usage, &mut chance(seed)).unwrap()
}

fn template(key: &PrivateKey, role: Role, serial: u32) -> Template {
    let common_name = format!("Проба Особа {serial}");
    let subject = name::build(&[
        (oid::ORGANISATION, "ТОВ «Вигадана Криниця»"),
        (oid::COMMON_NAME, &common_name),
        (oid::COUNTRY, "UA"),
    ]);
    let valid = (NOW - Span::days(365), NOW + Span::days(365));
    let mut template = Template::new(subject, SUITE.public_key(key).unwrap(), role, serial, valid);
    template.edrpou = Some("12345678".into());
    template.drfo = Some("1234567890".into());
    template
}

fn root(m: u16) -> Pair {
    let key = key(m, 1);
    let template = template(&key, Role::Authority { path_length: None }, 1);
    let certificate = self_signed(&template, &key, SUITE, &mut chance(2)).unwrap();
    Pair { key, certificate }
}

fn below(root: &Pair, m: u16, role: Role, serial: u32) -> Pair {
    let key = key(m, u64::from(serial));
    let template = template(&key, role, serial);
    let certificate = issue(&template, root, SUITE, &mut chance(3)).unwrap();
    Pair { key, certificate }
}

/// A pair that signs and agrees.
fn both(m: u16, serial: u32) -> Pair {
    below(&root(257), m, Role::Both, serial)
}

fn sealed(content: &[u8], to: &Certificate, sender: Option<&Pair>) -> Vec<u8> {
    SUITE.envelope(content, std::slice::from_ref(to), sender, &mut chance(5)).unwrap()
}
