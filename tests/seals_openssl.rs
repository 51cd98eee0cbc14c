//! Our seals against the `openssl` program, both directions: what it makes we read, what we make
//! it reads. Without the program these tests fail; they must not be skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use ::cms::content_info::ContentInfo;
use ::cms::signed_data::SignedData;
use certpost::crypto::chain::{ChainError, chain};
use certpost::crypto::international::{International, KeyKind};
use certpost::crypto::issue::{Role, Template, issue, revocation_list, self_signed};
use certpost::crypto::revocation::RevocationList;
use certpost::crypto::{Certificate, CryptoError, Pair, Suite, Usage, ber, cms, name, oid};
use certpost::time::{Span, Timestamp};
use const_oid::ObjectIdentifier;
use der::asn1::{Any, SetOfVec};
use der::{Decode as _, Encode as _};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use tempfile::TempDir;
use x509_cert::attr::Attribute;

/// 2026-11-22. The program looks at the real clock, so everything is valid for a century.
const NOW: Timestamp = Timestamp(1_795_305_600);
const PASSWORD: &[u8] = b"certpost";

fn chance(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn suite(keys: KeyKind) -> International {
    International { keys, authenticated: false }
}

/// A root, and a pair of every kind below it. RSA keys are slow to make: one for all tests.
struct House {
    root: Pair,
    p256: Pair,
    p384: Pair,
    rsa: Pair,
}

fn century() -> (Timestamp, Timestamp) {
    (NOW - Span::days(3650), NOW + Span::days(36500))
}

fn pair(kind: KeyKind, serial: u32, role: Role, issuer: Option<&Pair>) -> Pair {
    let (suite, mut chance) = (suite(kind), chance(u64::from(serial)));
    let key = suite.generate(Usage::Signing, &mut chance).unwrap();
    let common_name = format!("Тестова Особа {serial}");
    let subject = name::build(&[
        (oid::ORGANISATION, "ТОВ «Вигадана Криниця»"),
        (oid::COMMON_NAME, &common_name),
        (oid::COUNTRY, "UA"),
    ]);
    let public_key = suite.public_key(&key).unwrap();
    let mut template = Template::new(subject, public_key, role, serial, century());
    template.edrpou = Some("12345678".into());
    template.drfo = Some("1234567890".into());
    template.email = Some("osoba@example.test".into());
    let certificate = match issuer {
        Some(issuer) => issue(&template, issuer, &suite, &mut chance),
        None => self_signed(&template, &key, &suite, &mut chance),
    };
    Pair { key, certificate: certificate.unwrap() }
}

fn house() -> &'static House {
    static HOUSE: OnceLock<House> = OnceLock::new();
    HOUSE.get_or_init(|| {
        let root = pair(KeyKind::P384, 1, Role::Authority { path_length: Some(0) }, None);
        House {
            p256: pair(KeyKind::P256, 2, Role::Both, Some(&root)),
            p384: pair(KeyKind::P384, 3, Role::Both, Some(&root)),
            rsa: pair(KeyKind::Rsa2048, 4, Role::Both, Some(&root)),
            root,
        }
    })
}

impl House {
    fn all(&self) -> [(&'static str, &Pair); 3] {
        [("p256", &self.p256), ("p384", &self.p384), ("rsa", &self.rsa)]
    }

    fn certificate(&self, name: &str) -> &Certificate {
        &self.all().into_iter().find(|(n, _)| *n == name).unwrap().1.certificate
    }
}

fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    ber::wrap_pem(label, der).into_bytes()
}

fn content(size: usize) -> Vec<u8> {
    "Заявка на сертифікат\r\n".bytes().cycle().take(size).collect()
}

/// A folder of files for one test, and the program in it.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(TempDir::new().unwrap());
        desk.put("root.pem", house().root.certificate.pem().as_bytes());
        for (name, pair) in house().all() {
            desk.put(&format!("{name}.pem"), pair.certificate.pem().as_bytes());
            desk.put(&format!("{name}.key"), &pem("PRIVATE KEY", pair.key.pkcs8()));
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    fn get(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Runs `openssl` with the words of `line` in the folder; it must succeed.
    fn openssl(&self, line: &str) -> String {
        let out = Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(self.0.path())
            .output()
            .expect("these tests need the openssl program");
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        let errors = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "openssl {line}\n{text}\n{errors}");
        text + &errors
    }
}

#[test]
fn openssl_believes_our_certificates_and_lists() {
    let desk = Desk::new();
    for (name, _) in house().all() {
        desk.openssl(&format!("verify -x509_strict -CAfile root.pem {name}.pem"));
    }
    let revoked = [(&house().p256.certificate, NOW)];
    let suite = suite(KeyKind::P384);
    let list = revocation_list(&house().root, &revoked, 7, century(), &suite, &mut chance(9));
    desk.put("list.der", list.unwrap().der());
    let text = desk.openssl("crl -inform DER -in list.der -CAfile root.pem -noout -text");
    assert!(text.contains("verify OK") && text.contains("Serial Number: 02"), "{text}");
    let text = desk.openssl("x509 -in p256.pem -noout -subject -nameopt utf8,sep_comma_plus");
    assert!(text.contains("Вигадана Криниця"), "{text}");
}

#[test]
fn lists_of_openssl_take_certificates_back() {
    let desk = Desk::new();
    desk.put("ca.cnf", CA.as_bytes());
    desk.put("root.key", &pem("PRIVATE KEY", house().root.key.pkcs8()));
    let root = &house().root.certificate;
    let suite = suite(KeyKind::P256);
    // Serial 02 was revoked, 03 was on hold and is taken off the list again.
    let entries = "R\t490101000000Z\t261101000000Z,keyCompromise\t02\tunknown\t/CN=a\n\
                   R\t490101000000Z\t261101000000Z,removeFromCRL\t03\tunknown\t/CN=b\n";
    desk.put("index.txt", entries.as_bytes());
    let make =
        "ca -gencrl -config ca.cnf -cert root.pem -keyfile root.key -md sha384 -crldays 9 -out";
    for (section, pem) in [("full", "full.pem"), ("delta", "delta.pem")] {
        desk.openssl(&format!("{make} {pem} -crlexts {section}"));
        let list = RevocationList::read(&desk.get(pem)).unwrap();
        assert_eq!(list.is_issued_by(root, &suite), Ok(()));
        let found = [2, 3, 4].map(|serial| list.revoked_at(&[serial]).is_some());
        assert_eq!(found, [true, false, false], "{section}");
        assert!(list.is_stale(list.next_update().unwrap() + Span::seconds(1)));
        let holder = &house().p256.certificate;
        assert_eq!(holder.serial(), "2");
        let at = list.this_update();
        let found = chain(holder, &[], std::slice::from_ref(root), &[list], &suite, at);
        assert!(matches!(found, Err(ChainError::Revoked { .. })), "{found:?}");
    }
    desk.openssl(&format!("{make} indirect.pem -crlexts indirect"));
    let refused = RevocationList::read(&desk.get("indirect.pem")).unwrap_err();
    assert!(refused.detail.contains("indirect"), "{refused}");
}

const CA: &str = "[ca]
default_ca = own
[own]
database = index.txt
[full]
authorityKeyIdentifier = keyid
[delta]
authorityKeyIdentifier = keyid
2.5.29.27 = critical, DER:02:01:01
issuingDistributionPoint = critical, @partial
[partial]
fullname = URI:http://ca.example/delta.crl
[indirect]
issuingDistributionPoint = critical, @foreign
[foreign]
indirectCRL = TRUE
";

/// The message with a signatureTimeStampToken (RFC 3161 appendix A) beside its signature.
fn stamped(signed: &[u8], token: &[u8]) -> Vec<u8> {
    let mut info = ContentInfo::from_der(signed).unwrap();
    let mut data: SignedData = info.content.decode_as().unwrap();
    let mut signers = data.signer_infos.0.into_vec();
    let oid = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");
    let values = SetOfVec::try_from([Any::from_der(token).unwrap()]).unwrap();
    let attribute = Attribute { oid, values };
    signers[0].unsigned_attrs = Some(SetOfVec::try_from([attribute]).unwrap());
    data.signer_infos = signers.try_into().unwrap();
    info.content = Any::encode_from(&data).unwrap();
    info.to_der().unwrap()
}

#[test]
fn a_real_time_stamp_beside_a_signature_is_read_over() {
    let desk = Desk::new();
    let suite = suite(KeyKind::P256);
    let signer = &house().p256;
    let signed = suite.sign(b"receipt", signer, NOW, &mut chance(9)).unwrap();
    let data: SignedData = ContentInfo::from_der(&signed).unwrap().content.decode_as().unwrap();
    desk.put("signature", data.signer_infos.0.as_slice()[0].signature.as_bytes());
    desk.put("tsa.cnf", TSA.as_bytes());
    desk.put("serial", b"01\n");
    desk.openssl(
        "req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 9 -subj /CN=TSA \
         -keyout tsa.key -out tsa.pem -addext extendedKeyUsage=critical,timeStamping",
    );
    desk.openssl("ts -query -data signature -sha256 -cert -out query");
    desk.openssl("ts -reply -config tsa.cnf -queryfile query -token_out -out token");
    desk.openssl("ts -verify -in token -token_in -data signature -CAfile tsa.pem");
    let token = desk.get("token");
    let stamped = stamped(&signed, &token);
    let layers = suite.verify(&stamped, &[]).unwrap();
    assert_eq!((&layers[0].signer, &*layers[0].content), (&signer.certificate, &b"receipt"[..]));
    // openssl still reads it, so the stamp is where it belongs.
    desk.put("stamped", &stamped);
    desk.openssl(
        "cms -verify -binary -inform DER -in stamped -CAfile root.pem -purpose any -out x",
    );
    assert_eq!(desk.get("x"), b"receipt");
    // The token is a message of its own, by somebody else.
    let layers = suite.verify(&token, &[]).unwrap();
    assert_eq!(layers[0].signer.subject().common_name.as_deref(), Some("TSA"));
}

const TSA: &str = "[tsa]
default_tsa = own
[own]
serial = serial
signer_cert = tsa.pem
certs = tsa.pem
signer_key = tsa.key
signer_digest = sha256
digests = sha256
default_policy = 1.2.3.4
ess_cert_id_alg = sha256
";

#[test]
fn chains_of_openssl_hold_and_an_authority_that_may_not_sign_does_not() {
    let desk = Desk::new();
    desk.openssl("req -new -key p256.key -subj /CN=Leaf -out leaf.req");
    let new = "req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 9 -keyout ca.key \
               -subj /CN=CA -addext basicConstraints=critical,CA:TRUE -out ca.pem -addext";
    let suite = suite(KeyKind::P256);
    for (usage, good) in [("keyCertSign", true), ("digitalSignature", false)] {
        desk.openssl(&format!("{new} keyUsage=critical,{usage}"));
        desk.openssl("x509 -req -in leaf.req -CA ca.pem -CAkey ca.key -days 9 -out leaf.pem");
        let root = Certificate::read(&desk.get("ca.pem")).unwrap();
        let leaf = Certificate::read(&desk.get("leaf.pem")).unwrap();
        let at = leaf.not_before() + Span::hours(1);
        let found = chain(&leaf, &[], &[root], &[], &suite, at);
        let name = "CA".to_owned();
        let expected = if good { Ok(()) } else { Err(ChainError::MayNotSign { name }) };
        assert_eq!(found, expected);
    }
}

#[test]
fn openssl_checks_our_requests_and_we_check_its() {
    let desk = Desk::new();
    let suite: &dyn Suite = &suite(KeyKind::P256);
    for (name, pair) in house().all() {
        let subject = pair.certificate.subject_der();
        let request = suite.request(&pair.key, subject, &mut chance(5)).unwrap();
        desk.put("request.der", &request);
        let text = desk.openssl("req -inform DER -in request.der -verify -noout -text");
        assert!(text.contains("verify OK"), "{name}: {text}");
        let facts = suite.read_request(&request).unwrap();
        assert_eq!(facts.subject, subject);
        assert_eq!(facts.public_key, pair.certificate.public_key());

        desk.openssl(&format!("req -new -key {name}.key -subj /CN=Somebody -out theirs.pem"));
        let facts = suite.read_request(&desk.get("theirs.pem")).unwrap();
        assert_eq!(facts.public_key, pair.certificate.public_key());
        // The empty subject of ukraine.md §5.2.
        let request = suite.request(&pair.key, &[0x30, 0], &mut chance(5)).unwrap();
        assert_eq!(suite.read_request(&request).unwrap().subject, [0x30, 0]);
    }
}

#[test]
fn openssl_verifies_what_we_sign() {
    let desk = Desk::new();
    for (name, pair) in house().all() {
        let content = content(5000);
        let signed = suite(KeyKind::P256).sign(&content, pair, NOW, &mut chance(6)).unwrap();
        desk.put("signed.der", &signed);
        desk.openssl(
            "cms -verify -binary -cades -purpose any -inform DER -in signed.der \
             -CAfile root.pem -out content",
        );
        assert_eq!(desk.get("content"), content, "{name}");
    }
}

#[test]
fn we_verify_what_openssl_signs() {
    let desk = Desk::new();
    let content = content(300_000);
    desk.put("content", &content);
    let suite = suite(KeyKind::P256);
    let kinds = [
        ("p256", ""),
        ("p256", "-stream"),
        ("p256", "-stream -keyid"),
        ("p256", "-md sha512"),
        ("p256", "-cades -stream"),
        ("p256", "-noattr"),
        ("p256", "-nocerts"),
        ("p384", "-md sha384 -stream"),
        ("rsa", "-stream"),
        ("rsa", "-md sha384"),
        ("rsa", "-noattr -stream"),
        ("rsa", "-keyopt rsa_padding_mode:pss -md sha256"),
        ("rsa", "-keyopt rsa_padding_mode:pss -md sha512"),
    ];
    for (name, options) in kinds {
        for form in ["DER", "PEM"] {
            desk.openssl(&format!(
                "cms -sign -binary -nodetach -in content -signer {name}.pem -inkey {name}.key \
                 {options} -outform {form} -out signed"
            ));
            let known = [house().certificate(name).clone()];
            let layers = suite.verify(&desk.get("signed"), &known);
            let layers = layers.unwrap_or_else(|e| panic!("{name} {options} {form}: {e}"));
            assert_eq!(layers.len(), 1);
            assert!(layers[0].content == content, "{name} {options}");
            assert_eq!(layers[0].signer, known[0]);
            assert_eq!(layers[0].signing_time.is_none(), options.contains("noattr"));
        }
    }
}

#[test]
fn every_signer_must_hold_and_sha1_never_does() {
    let desk = Desk::new();
    let suite = suite(KeyKind::P256);
    desk.put("content", &content(1000));
    desk.openssl(
        "cms -sign -binary -nodetach -in content -signer p256.pem -inkey p256.key \
         -signer rsa.pem -inkey rsa.key -outform DER -out signed",
    );
    let signed = desk.get("signed");
    assert_eq!(suite.verify(&signed, &[]).unwrap().len(), 2);
    let mut spoiled = signed.clone();
    *spoiled.last_mut().unwrap() ^= 1;
    assert!(suite.verify(&spoiled, &[]).is_err());

    let sign = "cms -sign -binary -in content -signer rsa.pem -inkey rsa.key -outform DER -out";
    desk.openssl(&format!("{sign} old -nodetach -md sha1"));
    desk.openssl(&format!("{sign} detached"));
    for name in ["old", "detached"] {
        let refused = suite.verify(&desk.get(name), &[]).unwrap_err();
        assert!(matches!(refused, CryptoError::Unsupported { .. }), "{name}: {refused}");
    }
}

#[test]
fn openssl_opens_our_envelopes() {
    let desk = Desk::new();
    let content = content(5000);
    for authenticated in [false, true] {
        let suite = International { keys: KeyKind::P256, authenticated };
        let recipients = house().all().map(|(_, pair)| pair.certificate.clone());
        let sealed = suite.envelope(&content, &recipients, None, &mut chance(7)).unwrap();
        desk.put("sealed.der", &sealed);
        for (name, _) in house().all() {
            desk.openssl(&format!(
                "cms -decrypt -binary -inform DER -in sealed.der -recip {name}.pem \
                 -inkey {name}.key -out content"
            ));
            assert!(desk.get("content") == content, "{name}, authenticated: {authenticated}");
        }
    }
}

#[test]
fn we_open_the_envelopes_of_openssl() {
    let desk = Desk::new();
    let content = content(300_000);
    desk.put("content", &content);
    let suite = suite(KeyKind::P256);
    let pairs = house().all().map(|(_, pair)| pair);
    let ways = [
        "p256.pem",
        "p384.pem",
        "rsa.pem",
        "p256.pem -keyopt ecdh_kdf_md:sha256",
        "p256.pem -keyopt ecdh_kdf_md:sha512",
        "p384.pem -keyopt ecdh_kdf_md:sha384",
        "p256.pem -keyopt ecdh_cofactor_mode:1",
        "rsa.pem -keyopt rsa_padding_mode:oaep",
        "rsa.pem -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256",
        "rsa.pem -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256 \
         -keyopt rsa_mgf1_md:sha1",
    ];
    let ciphers =
        ["-aes128", "-aes-192-cbc", "-aes256 -stream", "-aes-128-gcm", "-aes-256-gcm -stream"];
    for way in ways {
        for cipher in ciphers {
            desk.openssl(&format!(
                "cms -encrypt -binary -in content {cipher} -outform DER -out sealed -recip {way}"
            ));
            let opened = suite.open(&desk.get("sealed"), &pairs, &[]);
            let opened = opened.unwrap_or_else(|e| panic!("{way} {cipher}: {e}"));
            assert!(*opened == content, "{way} {cipher}");
        }
    }
    desk.openssl("cms -encrypt -keyid -in content -outform DER -out sealed -aes256 p256.pem");
    assert!(suite.open(&desk.get("sealed"), &pairs, &[]).is_ok());
    let refused = suite.open(&desk.get("sealed"), &[&house().root], &[]).unwrap_err();
    assert_eq!(refused, CryptoError::NotForUs);
}

#[test]
fn keys_travel_both_ways_under_a_password() {
    let desk = Desk::new();
    let suite = suite(KeyKind::P256);
    for (name, pair) in house().all() {
        let protected = suite.protect(&pair.key, PASSWORD, &mut chance(8)).unwrap();
        desk.put("ours", &pem("ENCRYPTED PRIVATE KEY", &protected));
        desk.openssl("pkey -in ours -passin pass:certpost -pubout -outform DER -out public");
        assert_eq!(desk.get("public"), pair.certificate.public_key(), "{name}");
        let schemes = [
            "-scrypt -outform PEM",
            "-v2 aes-256-cbc -outform DER",
            "-v2 aes-128-cbc -v2prf hmacWithSHA512 -iter 5000 -outform PEM",
        ];
        for scheme in schemes {
            desk.openssl(&format!(
                "pkcs8 -topk8 -in {name}.key -passout pass:certpost {scheme} -out theirs"
            ));
            let key = suite.unprotect(&desk.get("theirs"), PASSWORD).ok().unwrap();
            assert_eq!(suite.public_key(&key).unwrap(), pair.certificate.public_key());
            let refused = suite.unprotect(&desk.get("theirs"), b"guess").err();
            assert_eq!(refused, Some(CryptoError::WrongPassword));
        }
    }
}

#[test]
fn openssl_reads_our_bundle_and_we_read_its() {
    let desk = Desk::new();
    let certificates = [house().root.certificate.clone(), house().p256.certificate.clone()];
    desk.put("bundle.der", &cms::certs_only(&certificates));
    let text = desk.openssl("pkcs7 -inform DER -in bundle.der -print_certs -noout");
    assert_eq!(text.matches("subject=").count(), 2, "{text}");
    desk.openssl("crl2pkcs7 -nocrl -certfile root.pem -certfile rsa.pem -out theirs.pem");
    let read = cms::read_certs_only(&desk.get("theirs.pem")).unwrap();
    assert_eq!(read.len(), 2);
    assert!(read.contains(&house().root.certificate) && read.contains(&house().rsa.certificate));
}
