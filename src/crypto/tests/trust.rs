//! Whom we believe: opening, chains, the proof before installing.

use super::super::chain::{ChainError, MAX_CHAIN, chain};
use super::super::issue::revocation_list;
use super::super::proof::{Mismatch, prove};
use super::super::{CryptoError, OpenError, within_layers};
use super::*;

#[test]
fn what_the_authority_signed_and_sealed_is_opened() {
    let a = authority();
    let sealed = sealed_to(&a.holder.certificate, &signed_by(&a.signer, b"receipt"));
    let (trust, pairs) = (trust(), [a.holder.clone()]);
    let opener = opener(&trust, &pairs, NOW);
    let signed = opener.decrypt(&sealed, &[]).unwrap();
    let authentic = opener.verify(&signed).unwrap();
    assert_eq!(authentic.content(), b"receipt");
    assert_eq!(authentic.signer(), &a.signer.certificate);
}

#[test]
fn f26_a_forged_receipt_is_a_strangers() {
    let a = authority();
    let trust = trust();
    let opener = opener(&trust, &[], NOW);
    // Somebody else of the same authority: chains, but is not the signer of receipts.
    let refused = opener.verify(&signed_by(&a.holder, b"receipt")).unwrap_err();
    assert!(matches!(refused, OpenError::Stranger { chains: true, .. }), "{refused}");
    // The signer's name under a root of one's own.
    let forger = root("Вигаданий ЦСК", 90);
    let double = below(&forger, named("ОТРИМАНО"), Role::Half(Usage::Signing), 92);
    let refused = opener.verify(&signed_by(&double, b"receipt")).unwrap_err();
    assert!(matches!(refused, OpenError::Stranger { chains: false, .. }), "{refused}");
    // The authority's certificate over another key's signature.
    let liar = Pair { key: double.key, certificate: a.signer.certificate.clone() };
    assert!(SUITE.sign(b"receipt", &liar, NOW, &mut chance(4)).is_err());
    // A bit of the content.
    let mut spoiled = signed_by(&a.signer, b"receipt");
    let at = spoiled.windows(7).position(|w| w == b"receipt").unwrap();
    spoiled[at] ^= 1;
    let bad = OpenError::Crypto(CryptoError::BadSignature { what: "SignedData" });
    assert_eq!(opener.verify(&spoiled).unwrap_err(), bad);
}

/// The parts of a `SignedData` of ours, to put together otherwise.
pub(super) struct Dissected<'a> {
    pub(super) certificates: &'a [u8],
    pub(super) version: &'a [u8],
    pub(super) identity: &'a [u8],
    pub(super) digest: &'a [u8],
    /// One behind another.
    pub(super) attributes: &'a [u8],
    pub(super) algorithm: &'a [u8],
    /// With its header.
    pub(super) signature: &'a [u8],
}

pub(super) fn dissect(signed: &[u8]) -> Dissected<'_> {
    let data = tlv::inside(tlv::inside(tlv::inside(signed)[1])[0]);
    let info = tlv::inside(tlv::inside(data[4])[0]);
    Dissected {
        certificates: data[3],
        version: info[0],
        identity: info[1],
        digest: info[2],
        attributes: tlv::content(info[3]),
        algorithm: info[4],
        signature: info[5],
    }
}

impl Dissected<'_> {
    /// With the attributes given, or none, over content of the given kind.
    pub(super) fn assemble(&self, attributes: &[u8], kind: &[u8], content: &[u8]) -> Vec<u8> {
        let head = [self.version, self.identity, self.digest].concat();
        let info = [&head, attributes, self.algorithm, self.signature].concat();
        let attached = tlv::element(tlv::context(0), &[&tlv::octets(content)]);
        let data = tlv::sequence(&[
            &tlv::number(1),
            &tlv::element(tlv::SET, &[self.digest]),
            &tlv::sequence(&[kind, &attached]),
            self.certificates,
            &tlv::element(tlv::SET, &[&tlv::sequence(&[&info])]),
        ]);
        let wrapped = tlv::element(tlv::context(0), &[&data]);
        tlv::sequence(&[&tlv::oid(oid::SIGNED_DATA), &wrapped])
    }
}

#[test]
fn f26_signed_attributes_do_not_pass_as_content() {
    // The attributes of a real message, dressed as the content of one without attributes: the
    // signature over them holds, and means something else.
    let a = authority();
    let signed = signed_by(&a.signer, b"receipt");
    let parts = dissect(&signed);
    let content = tlv::element(tlv::SET, &[parts.attributes]);
    let kept = super::super::Signature {
        algorithm: parts.algorithm.to_vec(),
        bytes: tlv::content(parts.signature).to_vec(),
    };
    let key = a.signer.certificate.public_key();
    assert_eq!(SUITE.verify_bytes(key, &content, &kept), Ok(()));
    let forged = parts.assemble(&[], &tlv::oid(oid::DATA), &content);
    let bad = CryptoError::BadSignature { what: "SignedData" };
    assert_eq!(SUITE.verify(&forged, &[]).unwrap_err(), bad);
}

#[test]
fn attributes_may_stand_in_any_order_but_must_be_there() {
    let signed = signed_by(&authority().signer, b"receipt");
    let parts = dissect(&signed);
    let data = tlv::oid(oid::DATA);
    let again = |attributes: &[Vec<u8>], kind: &[u8]| {
        let attributes = tlv::element(tlv::context(0), &[&attributes.concat()]);
        SUITE.verify(&parts.assemble(&attributes, kind, b"receipt"), &[]).map(|_| ())
    };
    let attributes = tlv::element(tlv::SET, &[parts.attributes]);
    let mut attributes: Vec<Vec<u8>> =
        tlv::inside(&attributes).into_iter().map(<[u8]>::to_vec).collect();
    assert_eq!(again(&attributes, &data), Ok(()));
    attributes.reverse();
    assert_eq!(again(&attributes, &data), Ok(()));
    // contentType must be the content's; without one of the two nothing is proved.
    assert!(matches!(
        again(&attributes, &tlv::oid(oid::SIGNED_DATA)),
        Err(CryptoError::Malformed { .. })
    ));
    for left_out in 0..attributes.len() {
        let mut fewer = attributes.clone();
        fewer.remove(left_out);
        assert!(again(&fewer, &data).is_err(), "without {left_out}");
    }
    // Without attributes only plain data may be signed (RFC 5652 §5.3).
    let bare = parts.assemble(&[], &tlv::oid(oid::SIGNED_DATA), b"receipt");
    assert!(matches!(SUITE.verify(&bare, &[]), Err(CryptoError::Malformed { .. })));
}

#[test]
fn f26_a_twin_of_the_signers_certificate_is_not_the_signer() {
    // The same key, issuer and serial, another name: only signingCertificateV2 tells them apart.
    let a = authority();
    let public_key = a.signer.certificate.public_key().to_vec();
    let role = Role::Half(Usage::Signing);
    let twin = Template::new(named("Двійник"), public_key, role, 2, valid());
    let twin = issue(&twin, &a.root, &SUITE, &mut chance(1)).unwrap();
    let signed = signed_by(&a.signer, b"receipt");
    let twins = tlv::element(tlv::context(0), &[twin.der()]);
    let swapped = Dissected { certificates: &twins, ..dissect(&signed) };
    let attributes = tlv::element(tlv::context(0), &[swapped.attributes]);
    let swapped = swapped.assemble(&attributes, &tlv::oid(oid::DATA), b"receipt");
    assert!(SUITE.verify(&swapped, &[]).is_err());
    // A twin inside does not hide the right one that we know.
    let layers = SUITE.verify(&swapped, std::slice::from_ref(&a.signer.certificate)).unwrap();
    assert_eq!(layers[0].signer, a.signer.certificate);
}

#[test]
fn f27_a_successor_of_the_signer_is_believed_only_with_chain_and_name() {
    let a = authority();
    let trust = trust();
    let successor = below(&a.root, named("ОТРИМАНО"), Role::Half(Usage::Signing), 20);
    let signed = signed_by(&successor, b"receipt");
    assert!(opener(&trust, &[], NOW).verify(&signed).is_ok());
    let later = NOW + Span::days(400);
    let refused = opener(&trust, &[], later).verify(&signed).unwrap_err();
    assert!(matches!(refused, OpenError::OutOfDate { .. }), "{refused}");
    let unpinned = Trust { anchors: vec![], ..trust };
    let refused = opener(&unpinned, &[], NOW).verify(&signed).unwrap_err();
    assert!(matches!(refused, OpenError::Stranger { .. }), "{refused}");
    // A successor for key agreement signs nothing.
    let wrong = below(&a.root, named("ОТРИМАНО"), Role::Half(Usage::Agreement), 21);
    let refused = opener(&super::trust(), &[], NOW).verify(&signed_by(&wrong, b"x")).unwrap_err();
    assert!(matches!(refused, OpenError::Crypto(CryptoError::KeyMismatch { .. })), "{refused}");
}

#[test]
fn f28_every_pair_of_ours_is_tried() {
    let a = authority();
    let new = below(&a.root, director(), Role::Both, 30);
    let trust = trust();
    let pairs = [new.clone(), a.holder.clone()];
    for pair in &pairs {
        let sealed = sealed_to(&pair.certificate, b"receipt");
        let opened = opener(&trust, &pairs, NOW).decrypt(&sealed, &[]).unwrap();
        assert_eq!(opened.as_slice(), b"receipt");
        // Only the recipient's key is worth its password.
        let named = pairs.each_ref().map(|ours| SUITE.is_for(&sealed, &ours.certificate));
        assert_eq!(named, pairs.each_ref().map(|ours| ours.certificate == pair.certificate));
    }
    let sealed = sealed_to(&a.holder.certificate, b"receipt");
    let refused = opener(&trust, &pairs[..1], NOW).decrypt(&sealed, &[]).unwrap_err();
    assert_eq!(refused, OpenError::Crypto(CryptoError::NotForUs));
}

#[test]
fn bad_padding_looks_like_a_bad_key() {
    let a = authority();
    let trust = trust();
    for authenticated in [false, true] {
        let suite = International { keys: KeyKind::P256, authenticated };
        let to = [a.holder.certificate.clone()];
        let mut sealed = suite.envelope(b"receipt", &to, None, &mut chance(5)).unwrap();
        *sealed.last_mut().unwrap() ^= 0x80;
        let other = below(&a.root, director(), Role::Both, 31);
        let wrong = Pair { key: other.key, certificate: a.holder.certificate.clone() };
        for pair in [a.holder.clone(), wrong] {
            let refused = opener(&trust, &[pair], NOW).decrypt(&sealed, &[]).unwrap_err();
            assert_eq!(refused, OpenError::Crypto(CryptoError::Undecipherable));
        }
    }
}

#[test]
fn f40_clocks_may_differ_by_five_minutes() {
    let a = authority();
    let trust = trust();
    let signed = signed_by(&a.signer, b"receipt");
    let (from, to) = valid();
    for (now, good) in [
        (from - Span::minutes(5), true),
        (from - Span::seconds(301), false),
        (to + Span::minutes(5), true),
        (to + Span::seconds(301), false),
    ] {
        assert_eq!(opener(&trust, &[], now).verify(&signed).is_ok(), good, "{now}");
    }
}

#[test]
fn layers_have_an_end() {
    assert!(within_layers(16).is_ok());
    assert_eq!(within_layers(17), Err(OpenError::TooDeep { limit: 16 }));
}

#[test]
fn a_chain_breaks_where_it_is_broken() {
    let a = authority();
    let anchors = [a.root.certificate.clone()];
    let holder = &a.holder.certificate;
    let check = |who: &Certificate, between: &[Certificate], lists: &[_], at| {
        chain(who, between, &anchors, lists, &SUITE, at)
    };
    assert_eq!(check(holder, &[], &[], NOW), Ok(()));
    let late = check(holder, &[], &[], NOW + Span::days(400));
    assert!(matches!(late, Err(ChainError::OutOfDate { .. })), "{late:?}");

    // A holder is no authority, whatever it signs.
    let fake = below(&a.holder, named("x"), Role::Both, 40);
    let refused = check(&fake.certificate, std::slice::from_ref(holder), &[], NOW);
    let name = "Криниченко Одарка Вигадівна".to_owned();
    assert_eq!(refused, Err(ChainError::NotAuthority { name }));
    let refused = check(&fake.certificate, &[], &[], NOW);
    assert!(matches!(refused, Err(ChainError::NoIssuer { .. })), "{refused:?}");

    let role = Role::Authority { path_length: Some(0) };
    let middle = below(&a.root, named("Середній"), role, 41);
    let lower = below(&middle, named("Нижній"), role, 42);
    let leaf = below(&lower, named("x"), Role::Both, 43);
    let good = below(&middle, named("x"), Role::Both, 44);
    let between = [middle.certificate.clone(), lower.certificate.clone()];
    assert_eq!(check(&good.certificate, &between, &[], NOW), Ok(()));
    let refused = check(&leaf.certificate, &between, &[], NOW);
    let name = "Середній".to_owned();
    assert_eq!(refused, Err(ChainError::PathLength { name, allowed: 0, found: 1 }));

    let forger = root("Вигаданий ЦСК", 91);
    let double = below(&forger, named("x"), Role::Both, 45);
    let refused = check(&double.certificate, &[], &[], NOW);
    assert!(matches!(refused, Err(ChainError::BadSignature { .. })), "{refused:?}");

    let list = |issuer: &Pair, revoked: &Certificate| {
        let revoked = [(revoked, NOW)];
        revocation_list(issuer, &revoked, 1, valid(), &SUITE, &mut chance(1)).unwrap()
    };
    assert_eq!(check(holder, &[], &[list(&a.root, &double.certificate)], NOW), Ok(()));
    let refused = check(holder, &[], &[list(&a.root, holder)], NOW);
    assert!(matches!(refused, Err(ChainError::Revoked { .. })), "{refused:?}");
    let refused = check(holder, &[], &[list(&forger, holder)], NOW);
    assert!(matches!(refused, Err(ChainError::ForeignList { .. })), "{refused:?}");
}

#[test]
fn a_chain_has_an_end() {
    let top = root("Найвищий", 50);
    let role = Role::Authority { path_length: None };
    let mut steps = vec![top.clone()];
    for seed in 51..51 + u32::try_from(MAX_CHAIN).unwrap() {
        let next = below(steps.last().unwrap(), named(&format!("Крок {seed}")), role, seed);
        steps.push(next);
    }
    let between: Vec<Certificate> = steps.iter().map(|pair| pair.certificate.clone()).collect();
    let check = |n: usize| chain(&between[n], &between, &between[..1], &[], &SUITE, NOW);
    assert_eq!(check(MAX_CHAIN - 1), Ok(()));
    assert_eq!(check(MAX_CHAIN), Err(ChainError::TooLong { limit: MAX_CHAIN }));
}

/// What the authority grants in the test below, after `change`.
fn granted(change: impl FnOnce(&mut Template)) -> Pair {
    let (mut wanted, key) = template(director(), Role::Half(Usage::Signing), 60);
    wanted.edrpou = Some("12345678".into());
    wanted.drfo = Some("1234567890".into());
    wanted.not_after = NOW + Span::days(730);
    change(&mut wanted);
    let certificate = issue(&wanted, &authority().root, &SUITE, &mut chance(1)).unwrap();
    Pair { key, certificate }
}

#[test]
fn f25_only_what_answers_the_new_key_and_the_old_subject_is_installed() {
    let old = &authority().holder.certificate;
    let trust = trust();
    let check = |pair: &Pair, trust: &Trust, usage| {
        prove(&pair.certificate, &[], &pair.key, usage, old, trust, &SUITE, NOW)
    };
    let check_changed =
        |change: fn(&mut Template)| check(&granted(change), &trust, Usage::Signing).unwrap_err();
    let good = granted(|_| {});
    assert_eq!(check(&good, &trust, Usage::Signing), Ok(()));

    let back = Pair { key: authority().holder.key.clone(), certificate: old.clone() };
    assert!(matches!(check(&back, &trust, Usage::Signing), Err(Mismatch::NotNew { .. })));
    let other = Pair { key: authority().holder.key.clone(), certificate: good.certificate.clone() };
    assert!(matches!(check(&other, &trust, Usage::Signing), Err(Mismatch::Key { .. })));
    let expected = Usage::Agreement;
    assert_eq!(check(&good, &trust, expected), Err(Mismatch::Usage { expected }));
    let refused = check_changed(|t| t.edrpou = Some("87654321".into()));
    assert_eq!(refused.to_string(), "ЄДРПОУ is 87654321, expected 12345678");
    let refused = check_changed(|t| t.drfo = None);
    assert_eq!(refused.to_string(), "ДРФО is none, expected 1234567890");
    let refused = check_changed(|t| t.subject = named("Хтось Інший"));
    assert!(matches!(refused, Mismatch::Subject { .. }), "{refused}");
    let refused = check_changed(|t| t.not_before = NOW + Span::days(1));
    assert!(matches!(refused, Mismatch::NotValidNow { .. }), "{refused}");
    let refused = check_changed(|t| t.not_after = NOW + Span::days(365));
    assert!(matches!(refused, Mismatch::NotLonger { .. }), "{refused}");
    let nobody = Trust::default();
    assert!(matches!(check(&good, &nobody, Usage::Signing), Err(Mismatch::Chain { .. })));
}
