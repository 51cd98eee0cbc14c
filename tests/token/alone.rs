//! The vault and its token, without an engine.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use certpost::crypto::international::{International, KeyKind};
use certpost::crypto::issue::{Role, Template, issue, self_signed};
use certpost::crypto::{CryptoError, Pair, PrivateKey, Suite, Usage, name, oid};
use certpost::engine::ports::{Place, Vault, VaultError};
use certpost::exchange::ExchangeId;
use certpost::time::{Span, Timestamp};
use certpost::vault::FileVault;
use certpost::vault::token::{Token, TokenSettings};
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::running::openssl;
use super::softhsm::{Look, MODULE, PIN, Written, objects, token, with_tokens};

const NOW: Timestamp = Timestamp(1_795_168_800);
const PLACE: Place<'static> = Place { holder: "director", password: b"", new_password: b"" };

fn chance(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn suite(keys: KeyKind) -> International {
    International { keys, ..International::default() }
}

/// A vault on the disk whose director has a token.
fn vault(folder: &Path, keys: KeyKind, pin: &Written, seed: u64) -> FileVault {
    let suite: Arc<dyn Suite> = Arc::new(suite(keys));
    let vault = FileVault::open(&folder.join("keys"), suite, Box::new(chance(seed))).unwrap();
    vault.with_token_of("director", token("one", keys, pin, &folder.join("notes")))
}

fn id() -> ExchangeId {
    ExchangeId("director-1".into())
}

fn keep(vault: &mut FileVault, usage: Usage) -> Result<PrivateKey, VaultError> {
    let mut never = || -> Result<PrivateKey, VaultError> { panic!("a key outside the token") };
    vault.keep_pending(PLACE, &id(), 1, usage, &mut never)
}

fn root(suite: &dyn Suite) -> Pair {
    let key = suite.generate(Usage::Signing, &mut chance(5)).unwrap();
    let subject = name::build(&[(oid::COMMON_NAME, "Корінь")]);
    let dates = (NOW - Span::days(1), NOW + Span::days(2000));
    let public = suite.public_key(&key).unwrap();
    let role = Role::Authority { path_length: Some(0) };
    let template = Template::new(subject, public, role, 1, dates);
    let certificate = self_signed(&template, &key, suite, &mut chance(6)).unwrap();
    Pair { key, certificate }
}

/// The key with a certificate for everything.
fn certified(suite: &dyn Suite, root: &Pair, key: PrivateKey, serial: u32) -> Pair {
    let subject = name::build(&[(oid::COMMON_NAME, "Зразкова Оксана Петрівна")]);
    let dates = (NOW - Span::days(1), NOW + Span::days(700));
    let public = suite.public_key(&key).unwrap();
    let template = Template::new(subject, public, Role::Both, serial, dates);
    let certificate = issue(&template, root, suite, &mut chance(7)).unwrap();
    Pair { key, certificate }
}

fn made_and_used(keys: KeyKind) {
    let folder = tempfile::tempdir().unwrap();
    let suite = suite(keys);
    let root = root(&suite);
    let mut vault = vault(folder.path(), keys, &Written::new(PIN), 1);
    let signing = certified(&suite, &root, keep(&mut vault, Usage::Signing).unwrap(), 2);
    let agreement = certified(&suite, &root, keep(&mut vault, Usage::Agreement).unwrap(), 3);

    // Nothing of the keys is here, and nobody can have them.
    let pending = folder.path().join("keys/director/pending/director-1-1");
    for (pair, usage) in [(&signing, "signing"), (&agreement, "agreement")] {
        assert_eq!(pair.key.pkcs8(), b"", "{keys:?}");
        let file = std::fs::read_to_string(pending.join(format!("{usage}.key.pem"))).unwrap();
        assert!(file.starts_with("-----BEGIN KEY ON A TOKEN-----"), "{file}");
        let copied = suite.protect(&pair.key, b"password", &mut chance(4));
        assert!(matches!(copied, Err(CryptoError::KeyMismatch { .. })), "{copied:?}");
    }
    {
        let session = Look::at("one").session();
        let private = objects(&session, ObjectClass::PRIVATE_KEY);
        assert_eq!(private.len(), 2);
        for key in private {
            let told = session.get_attributes(
                key,
                &[
                    AttributeType::Sensitive,
                    AttributeType::AlwaysSensitive,
                    AttributeType::Extractable,
                    AttributeType::NeverExtractable,
                    AttributeType::Local,
                    AttributeType::Value,
                    AttributeType::PrivateExponent,
                ],
            );
            let wanted = [
                Attribute::Sensitive(true),
                Attribute::AlwaysSensitive(true),
                Attribute::Extractable(false),
                Attribute::NeverExtractable(true),
                Attribute::Local(true),
            ];
            assert_eq!(told.unwrap(), wanted, "the secret is not told");
        }
    }

    // Requests of both keys, by their own signatures.
    for pair in [&signing, &agreement] {
        let subject = pair.certificate.subject_der();
        let request = (&suite as &dyn Suite).request(&pair.key, subject, &mut chance(8)).unwrap();
        let facts = (&suite as &dyn Suite).read_request(&request).unwrap();
        assert_eq!(facts.public_key, pair.certificate.public_key());
    }
    believed_by_openssl(folder.path(), &suite, &root, &signing);
    opens_what_openssl_sealed(folder.path(), &suite, &agreement);
    let sealed = suite
        .envelope(b"our own", std::slice::from_ref(&agreement.certificate), None, &mut chance(9))
        .unwrap();
    assert_eq!(*suite.open(&sealed, &[&agreement], &[]).unwrap(), b"our own");
    let mut broken = sealed.clone();
    let last = broken.len() - 1;
    broken[last] ^= 1;
    let opened = suite.open(&broken, &[&agreement], &[]);
    assert!(matches!(opened, Err(CryptoError::Undecipherable)), "{opened:?}");
}

fn believed_by_openssl(folder: &Path, suite: &dyn Suite, root: &Pair, signer: &Pair) {
    let content = "Заявка на сертифікат\r\n".repeat(100);
    let signed = suite.sign(content.as_bytes(), signer, NOW, &mut chance(3)).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    std::fs::write(path("signed"), signed).unwrap();
    std::fs::write(path("root.pem"), root.certificate.pem()).unwrap();
    let (signed, root, out) = (path("signed"), path("root.pem"), path("content"));
    let verify = ["cms", "-verify", "-binary", "-inform", "DER", "-in", &signed];
    let at = NOW.0.to_string();
    let trust = ["-CAfile", &root, "-purpose", "any", "-attime", &at, "-out", &out];
    openssl(&[&verify[..], &trust].concat());
    assert_eq!(std::fs::read_to_string(out).unwrap(), content);
}

fn opens_what_openssl_sealed(folder: &Path, suite: &dyn Suite, to: &Pair) {
    let path = |name: &str| folder.join(name).display().to_string();
    std::fs::write(path("to.pem"), to.certificate.pem()).unwrap();
    std::fs::write(path("plain"), "квитанція").unwrap();
    let (plain, sealed, to_pem) = (path("plain"), path("sealed"), path("to.pem"));
    let is_rsa = matches!(x509_algorithm(&to_pem).as_str(), "rsaEncryption");
    let ways: &[&[&str]] = if is_rsa {
        &[&[], &["-keyopt", "rsa_padding_mode:oaep"]]
    } else {
        &[&[], &["-keyopt", "ecdh_kdf_md:sha384"]]
    };
    for way in ways {
        let encrypt = ["cms", "-encrypt", "-binary", "-outform", "DER", "-aes256", "-in", &plain];
        let to_whom = ["-out", &sealed, "-recip", &to_pem];
        openssl(&[&encrypt[..], &to_whom, way].concat());
        let opened = suite.open(&std::fs::read(&sealed).unwrap(), &[to], &[]).unwrap();
        assert_eq!(std::str::from_utf8(&opened).unwrap(), "квитанція", "{way:?}");
    }
}

fn x509_algorithm(certificate: &str) -> String {
    let text = openssl(&["x509", "-in", certificate, "-noout", "-text"]);
    let line = text.lines().find_map(|line| line.trim().strip_prefix("Public Key Algorithm: "));
    line.unwrap().to_owned()
}

#[test]
fn p_256_keys_live_on_the_token() {
    with_tokens("alone::p_256_keys_live_on_the_token", &["one"], || made_and_used(KeyKind::P256));
}

#[test]
fn p_384_keys_live_on_the_token() {
    with_tokens("alone::p_384_keys_live_on_the_token", &["one"], || made_and_used(KeyKind::P384));
}

#[test]
fn rsa_keys_live_on_the_token() {
    with_tokens("alone::rsa_keys_live_on_the_token", &["one"], || made_and_used(KeyKind::Rsa2048));
}

#[test]
fn f44_whatever_a_power_cut_leaves_there_is_one_key_in_the_end() {
    let test = || {
        let folder = tempfile::tempdir().unwrap();
        let pin = Written::new(PIN);
        let suite = suite(KeyKind::P256);
        let public = |key: PrivateKey| suite.public_key(&key).unwrap();
        let first = public(
            keep(&mut vault(folder.path(), KeyKind::P256, &pin, 1), Usage::Signing).unwrap(),
        );
        // After the key, before the request: another process finds it.
        let again = |seed| vault(folder.path(), KeyKind::P256, &pin, seed);
        assert_eq!(public(keep(&mut again(2), Usage::Signing).unwrap()), first);
        let pending = again(3).pending(PLACE, &id(), 1, Usage::Signing).unwrap().unwrap();
        assert_eq!(public(pending), first);
        let ids = || -> Vec<Vec<Attribute>> {
            let session = Look::at("one").session();
            let keys = objects(&session, ObjectClass::PRIVATE_KEY);
            let id = |key| session.get_attributes(key, &[AttributeType::Id]).unwrap();
            keys.into_iter().map(id).collect()
        };
        let before = ids();
        assert_eq!(before.len(), 1);

        // After the name, before the key: it is made, under that name.
        {
            let session = Look::at("one").session();
            for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
                for object in objects(&session, class) {
                    session.destroy_object(object).unwrap();
                }
            }
        }
        let lost = again(4).pending(PLACE, &id(), 1, Usage::Signing).err().unwrap();
        assert_eq!(lost.0.label, "key-missing");
        assert_ne!(public(keep(&mut again(5), Usage::Signing).unwrap()), first);
        assert_eq!(ids(), before);
    };
    with_tokens(
        "alone::f44_whatever_a_power_cut_leaves_there_is_one_key_in_the_end",
        &["one"],
        test,
    );
}

#[test]
fn a_wrong_pin_is_presented_once_however_often_it_is_asked_for() {
    let test = || {
        let folder = tempfile::tempdir().unwrap();
        let pin = Written::new("не той");
        let refused = |vault: &mut FileVault| {
            let problem = keep(vault, Usage::Signing).err().unwrap().0;
            assert_eq!(problem.label, "token-pin");
            assert!(!problem.detail.contains("не той"), "{}", problem.detail);
        };
        let mut first = vault(folder.path(), KeyKind::P256, &pin, 1);
        refused(&mut first);
        let look = Look::at("one");
        assert!(look.saw_a_wrong_pin());
        // Somebody logs in rightly, and the token forgets: from here on it would show a try.
        drop(look.session());
        assert!(!look.saw_a_wrong_pin());
        refused(&mut first);
        refused(&mut vault(folder.path(), KeyKind::P256, &pin, 2));
        assert!(!look.saw_a_wrong_pin(), "neither this process nor the next tried again");
        // A person asks.
        first.ask_again("director");
        refused(&mut first);
        assert!(look.saw_a_wrong_pin());
        drop(look.session());
        refused(&mut first);
        assert!(!look.saw_a_wrong_pin());
        // Another PIN is tried by itself; and the right one is right for ever.
        pin.set("1234567890");
        refused(&mut first);
        assert!(look.saw_a_wrong_pin());
        pin.set(PIN);
        keep(&mut first, Usage::Signing).unwrap();
        keep(&mut first, Usage::Agreement).unwrap();
    };
    with_tokens(
        "alone::a_wrong_pin_is_presented_once_however_often_it_is_asked_for",
        &["one"],
        test,
    );
}

#[test]
fn what_is_not_there_is_told_by_its_name() {
    let test = || {
        let folder = tempfile::tempdir().unwrap();
        let of = |module: &str, label: &str, serial: Option<&str>| {
            let settings = TokenSettings {
                module: module.into(),
                label: label.into(),
                serial: serial.map(Into::into),
                keys: KeyKind::P256,
                pin: Box::new(|| Ok(zeroize::Zeroizing::new(PIN.into()))),
            };
            Token::new(settings, &folder.path().join("notes")).probe()
        };
        let told = |module: &str, label: &str, serial: Option<&str>| {
            let problem = of(module, label, serial).unwrap_err();
            (problem.label, problem.detail)
        };
        let absent = folder.path().join("absent.so").display().to_string();
        assert_eq!(told(&absent, "one", None).0, "token-module");
        let text = folder.path().join("text.so");
        std::fs::write(&text, "no library").unwrap();
        assert_eq!(told(&text.display().to_string(), "one", None).0, "token-module");
        let (label, detail) = told(MODULE, "three", None);
        assert_eq!(label, "token-missing");
        assert!(detail.contains("«three»") && detail.contains("«one»"), "{detail}");
        let (label, detail) = told(MODULE, "two", None);
        assert_eq!(label, "token-missing");
        assert!(detail.contains("write serial"), "{detail}");
        let serial = detail.split("(serial ").nth(1).unwrap().split(')').next().unwrap();
        let probe = of(MODULE, "two", Some(serial)).unwrap();
        assert_eq!((probe.serial.as_str(), probe.label.as_str()), (serial, "two"));
        let probe = of(MODULE, "one", None).unwrap();
        assert!(probe.opened && probe.fit && !probe.write_protected, "{probe:?}");
    };
    with_tokens("alone::what_is_not_there_is_told_by_its_name", &["one", "two", "two"], test);
}

#[test]
fn keys_on_a_token_without_a_token_in_the_configuration_are_told() {
    let test = || {
        let folder = tempfile::tempdir().unwrap();
        let pin = Written::new(PIN);
        keep(&mut vault(folder.path(), KeyKind::P256, &pin, 1), Usage::Signing).unwrap();
        let suite: Arc<dyn Suite> = Arc::new(suite(KeyKind::P256));
        let root = folder.path().join("keys");
        let bare = FileVault::open(&root, suite, Box::new(chance(2))).unwrap();
        let problem = bare.pending(PLACE, &id(), 1, Usage::Signing).err().unwrap().0;
        assert_eq!(problem.label, "token-missing");
        assert!(problem.detail.contains("director"), "{}", problem.detail);
    };
    with_tokens(
        "alone::keys_on_a_token_without_a_token_in_the_configuration_are_told",
        &["one"],
        test,
    );
}

#[test]
fn softhsm_is_there() {
    let version = Command::new("softhsm2-util").arg("--version").output();
    assert!(version.expect("apt-get install softhsm2").status.success());
    assert!(Path::new(MODULE).exists());
}
