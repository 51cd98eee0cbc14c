//! `certpost inspect`, `certpost open`, `certpost key`: files of every kind, honest and not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod commands;
#[path = "../containers/make.rs"]
#[allow(dead_code, reason = "both tests use their own part")]
mod make;

use certpost::authority::sota::container::{
    CERTCRYPT, Header, Section, TRANSPORTABLE, UA1_CRYPT, UA1_SIGN, write,
};
use certpost::crypto::international::International;
use certpost::crypto::issue::{Role, Template, revocation_list, self_signed};
use certpost::crypto::ukrainian::Ukrainian;
use certpost::crypto::{Certificate, MAX_LAYERS, Pair, Suite, Usage, cms, name, oid};
use certpost::inspect::{Keyring, PeelError, inspect, peel};
use certpost::time::Span;
use make::{NOW, chance, pair};
use proptest::prelude::*;

const DOCUMENT: &[u8] = b"<?xml version=\"1.0\"?><DECLAR><DECLARHEAD><TIN>12345678</TIN>\
    <C_DOC>J13</C_DOC><C_DOC_SUB>911</C_DOC_SUB></DECLARHEAD></DECLAR>";

/// The two sides of a letter.
struct Sides {
    sender: Pair,
    sender_agreement: Pair,
    recipient: Pair,
}

fn sides() -> Sides {
    Sides {
        sender: pair(Usage::Signing, 11),
        sender_agreement: pair(Usage::Agreement, 12),
        recipient: pair(Usage::Agreement, 13),
    }
}

fn section<'a>(label: &'a str, payload: &'a [u8]) -> Section<'a> {
    Section { label, payload }
}

fn sign(content: &[u8], signer: &Pair) -> Vec<u8> {
    Ukrainian.sign(content, signer, NOW, &mut chance(7)).unwrap()
}

/// Header, signature, certificate, envelope, signature, document: ukraine.md §1.3.
fn letter(sides: &Sides, document: &[u8]) -> Vec<u8> {
    let header = Header::default().with("FILENAME", "J13.XML").with("ENCODING", "WIN").write();
    let inner = sign(document, &sides.sender);
    let inner = write(&[section(UA1_SIGN, &inner)]).unwrap();
    let to = [sides.recipient.certificate.clone()];
    let from = Some(&sides.sender_agreement);
    let sealed = Ukrainian.envelope(&inner, &to, from, &mut chance(8)).unwrap();
    let beside = sides.sender_agreement.certificate.der();
    let middle = [section(CERTCRYPT, beside), section(UA1_CRYPT, &sealed)];
    let outer = sign(&write(&middle).unwrap(), &sides.sender);
    write(&[section(TRANSPORTABLE, &header), section(UA1_SIGN, &outer)]).unwrap()
}

fn ring<'a>(pairs: &'a [Pair], trust: &'a [Certificate]) -> Keyring<'a> {
    Keyring { pairs, trust, now: NOW }
}

/// The words of the nodes, from the outside inwards.
fn words(bytes: &[u8]) -> Vec<&'static str> {
    inspect(bytes, &[], None, NOW).all().iter().map(|node| node.what).collect()
}

#[test]
fn a_letter_shows_its_layers() {
    let sides = sides();
    let node = inspect(&letter(&sides, DOCUMENT), &[], None, NOW);
    let words: Vec<_> = node.all().iter().map(|node| node.what).collect();
    for word in ["container", "header", "signed", "signer", "certificate", "section", "encrypted"] {
        assert!(words.contains(&word), "no {word} in {words:?}");
    }
    let text = node.text();
    let id: String =
        make::key_id(&sides.sender.key).iter().map(|octet| format!("{octet:02x}")).collect();
    for part in ["FILENAME", "J13.XML", "signature     holds", "GOST 28147 CFB", "valid now"] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    // Wrapped.
    let squeezed: String = text.split_whitespace().collect();
    assert!(squeezed.contains(&id), "no {id} in\n{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let json = node.json();
    assert_eq!(json["inside"][0]["facts"]["FILENAME"], "J13.XML");
    // What is encrypted stays so.
    assert!(!text.contains("12345678"));
}

#[test]
fn every_kind_of_file_is_known() {
    let sides = sides();
    let key = &sides.sender.key;
    let request = certpost::crypto::suite("ukrainian")
        .unwrap()
        .request(key, &[0x30, 0], &mut chance(1))
        .unwrap();
    let validity = (NOW, NOW + Span::days(7));
    let list =
        revocation_list(&sides.sender, &[], 1, validity, &Ukrainian, &mut chance(1)).unwrap();
    let locked = Ukrainian.protect(key, b"x", &mut chance(1)).unwrap();
    let certificate = &sides.sender.certificate;
    assert_eq!(words(certificate.der())[0], "certificate");
    assert_eq!(words(certificate.pem().as_bytes())[0], "certificate");
    assert_eq!(words(&request)[0], "request");
    assert_eq!(words(list.der())[0], "revocation-list");
    assert_eq!(words(&locked), ["key-container", "key"]);
    assert_eq!(
        words(&cms::certs_only(std::slice::from_ref(certificate))),
        ["certificates", "certificate"]
    );
    assert_eq!(words(DOCUMENT)[0], "document");
    assert_eq!(words(b"nothing of the kind")[0], "plain");
    assert_eq!(words(b"")[0], "plain");
}

#[test]
fn a_certificate_tells_whose_it_is() {
    let mut template = Template::new(
        name::build(&[(oid::COMMON_NAME, "ТОВ «Ґанок»")]),
        Ukrainian.public_key(&pair(Usage::Signing, 1).key).unwrap(),
        Role::Half(Usage::Signing),
        1,
        (NOW, NOW + Span::days(7)),
    );
    template.edrpou = Some("33300000".into());
    template.is_electronic_seal = true;
    let key = pair(Usage::Signing, 1).key;
    let seal = self_signed(&template, &key, &Ukrainian, &mut chance(1)).unwrap();
    let node = inspect(seal.der(), &[], None, NOW);
    assert_eq!(node.json()["facts"]["holder"], "seal, by its extended usage");
    assert!(node.text().contains("holder        seal, by its extended usage"), "{}", node.text());
}

#[test]
fn documents_of_authorities_are_told_apart() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sota");
    for (file, word, part) in [
        ("receipt-1-accepted.xml", "receipt", "receipt №1"),
        ("receipt-1-refused.xml", "receipt", "reason"),
        ("receipt-2-notice-accepted.xml", "receipt", "receipt №2"),
        ("invoice.xml", "invoice", "iban"),
        ("notice.xml", "document", "C_DOC_SUB"),
    ] {
        let node = inspect(&std::fs::read(folder.join(file)).unwrap(), &[], None, NOW);
        let text = node.text();
        assert_eq!(node.what, word, "{file}: {text}");
        assert!(text.contains(part), "{file}: {text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}

#[test]
fn international_seals_open_too() {
    let suite = International::default();
    let make = |serial| {
        let mut chance = chance(serial);
        let key = suite.generate(Usage::Signing, &mut chance).unwrap();
        let subject = name::build(&[(oid::COMMON_NAME, "Вигаданий Петро")]);
        let public = suite.public_key(&key).unwrap();
        let validity = (NOW - Span::days(1), NOW + Span::days(1));
        let serial = u32::try_from(serial).unwrap();
        let template = Template::new(subject, public, Role::Both, serial, validity);
        let certificate = self_signed(&template, &key, &suite, &mut chance).unwrap();
        Pair { key, certificate }
    };
    let (signer, recipient) = (make(1), make(2));
    let signed = suite.sign(DOCUMENT, &signer, NOW, &mut chance(3)).unwrap();
    let to = std::slice::from_ref(&recipient.certificate);
    let sealed = suite.envelope(&signed, to, None, &mut chance(4)).unwrap();
    let (pairs, trust) = ([recipient], [signer.certificate]);
    let peeled = peel(&sealed, &ring(&pairs, &trust)).unwrap();
    assert_eq!((peeled.content.as_slice(), peeled.doubts.len()), (DOCUMENT, 0));
    assert_eq!(words(&sealed), ["encrypted"]);
    assert_eq!(words(&signed)[..2], ["signed", "signer"]);
}

#[test]
fn open_gives_the_innermost_document() {
    let sides = sides();
    let trust = [sides.sender.certificate.clone()];
    let pairs = [sides.recipient.clone()];
    let peeled = peel(&letter(&sides, DOCUMENT), &ring(&pairs, &trust)).unwrap();
    assert_eq!(peeled.content.as_slice(), DOCUMENT);
    assert_eq!(peeled.doubts, Vec::<String>::new());
    assert_eq!(peeled.steps.len(), 6, "{:?}", peeled.steps);
}

#[test]
fn strangers_and_silence_are_doubts() {
    let sides = sides();
    let pairs = [sides.recipient.clone()];
    let other = [pair(Usage::Signing, 99).certificate];
    for trust in [&other[..], &[]] {
        let peeled = peel(&letter(&sides, DOCUMENT), &ring(&pairs, trust)).unwrap();
        assert_eq!(peeled.doubts.len(), 2, "{:?}", peeled.doubts);
        assert!(peeled.doubts[0].contains("Вигадана"), "{:?}", peeled.doubts);
    }
    // A trusted outside does not vouch for a stranger inside.
    let stranger = sign(DOCUMENT, &pair(Usage::Signing, 99));
    let trust = [sides.sender.certificate.clone()];
    let peeled = peel(&sign(&stranger, &sides.sender), &ring(&[], &trust)).unwrap();
    assert_eq!(peeled.doubts.len(), 1, "{:?}", peeled.doubts);
    let unsigned = write(&[section("CLEAR", DOCUMENT), section(TRANSPORTABLE, b"")]).unwrap();
    // A container begins with something that could carry a seal.
    let turned = write(&[section(TRANSPORTABLE, b""), section("CLEAR", DOCUMENT)]).unwrap();
    assert_eq!(peel(&unsigned, &ring(&[], &trust)).unwrap().doubts, ["nobody signed it"]);
    let peeled = peel(&turned, &ring(&[], &trust)).unwrap();
    assert_eq!((peeled.content.as_slice(), peeled.doubts.len()), (DOCUMENT, 1));
}

#[test]
fn a_changed_document_is_a_doubt() {
    let sides = sides();
    let trust = [sides.sender.certificate.clone()];
    let mut signed = sign(DOCUMENT, &sides.sender);
    let at = signed.windows(8).position(|window| window == b"12345678").unwrap();
    signed[at] = b'9';
    let peeled = peel(&signed, &ring(&[], &trust)).unwrap();
    assert!(peeled.doubts[0].contains("does not hold"), "{:?}", peeled.doubts);
    let text = inspect(&signed, &trust, None, NOW).text();
    assert!(text.contains("not verified"), "{text}");
}

#[test]
fn depth_is_bounded() {
    let signer = pair(Usage::Signing, 11);
    let mut bytes = DOCUMENT.to_vec();
    for _ in 0..=MAX_LAYERS {
        bytes = write(&[section(TRANSPORTABLE, b""), section("CLEAR", &bytes)]).unwrap();
    }
    assert_eq!(peel(&bytes, &ring(&[], &[])).err(), Some(PeelError::TooDeep));
    assert!(words(&bytes).contains(&"too-deep"));
    // As deep as is allowed.
    let mut bytes = sign(DOCUMENT, &signer);
    for _ in 1..MAX_LAYERS {
        bytes = write(&[section(TRANSPORTABLE, b""), section("CLEAR", &bytes)]).unwrap();
    }
    let trust = [signer.certificate];
    assert_eq!(peel(&bytes, &ring(&[], &trust)).unwrap().content.as_slice(), DOCUMENT);
}

#[test]
fn what_does_not_open_says_which_layer() {
    let sides = sides();
    let bytes = letter(&sides, DOCUMENT);
    let error = peel(&bytes, &ring(&[], &[])).err().unwrap();
    assert_eq!(error.to_string(), "layer 4 does not open");
    let two = write(&[section(UA1_SIGN, b"a"), section("DOCUMENT", b"b")]).unwrap();
    let error = peel(&two, &ring(&[], &[])).err();
    assert_eq!(error, Some(PeelError::Documents { layer: 1, found: 2 }));
    let cut = &bytes[..bytes.len() - 5];
    assert!(matches!(peel(cut, &ring(&[], &[])), Err(PeelError::Container { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = inspect(&bytes, &[], None, NOW).text();
        let _ = peel(&bytes, &ring(&[], &[]));
        let framed = write(&[section(UA1_SIGN, &bytes), section(CERTCRYPT, &bytes)]).unwrap();
        let _ = inspect(&framed, &[], None, NOW).json();
        let _ = peel(&framed, &ring(&[], &[]));
    }
}

proptest! {
    // Each case signs and encrypts.
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn damage_never_panics(at in any::<prop::sample::Index>(), bits in 1_u8..) {
        let sides = sides();
        let mut bytes = letter(&sides, DOCUMENT);
        let at = at.index(bytes.len());
        bytes[at] ^= bits;
        let (pairs, trust) = ([sides.recipient], [sides.sender.certificate]);
        let _ = inspect(&bytes, &trust, None, NOW).text();
        if let Ok(peeled) = peel(&bytes, &ring(&pairs, &trust)) {
            // The header is covered by nothing.
            prop_assert!(at < 120 || !peeled.doubts.is_empty() || peeled.content.as_slice() == DOCUMENT);
        }
    }
}
