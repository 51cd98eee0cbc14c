//! Key containers: ours and those of other programs. openssl, Java's keytool and jkurwa must be
//! there (crates/dstu/tests/peers/install.sh); the tests fail without them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod hostile;
mod make;

use std::path::Path;
use std::process::Command;

use certpost::crypto::containers::{self, ContainerError, Entry, Found, Kind, write_pkcs12};
use certpost::crypto::ukrainian::Ukrainian;
use certpost::crypto::{Certificate, PrivateKey, Suite as _, Usage};
use der::Decode as _;
use der::asn1::AnyRef;
use dstu::gost28147::Sbox;
use make::{chance, key_id, pair};
use tempfile::TempDir;

const PASSWORD: &[u8] = b"tajemnytsia-1";
const WORD: &str = "tajemnytsia-1";

/// What a person compares: kind, name, key id, how many certificates.
fn shown(found: &[Found]) -> Vec<(Kind, Option<&str>, &[u8], usize)> {
    found.iter().map(|f| (f.kind, f.name.as_deref(), &*f.key_id, f.certificates.len())).collect()
}

fn opened(bytes: &[u8], password: &[u8]) -> Vec<Found> {
    containers::read(bytes, password).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(bytes: &[u8], password: &[u8]) -> ContainerError {
    match containers::read(bytes, password) {
        Ok(found) => panic!("{} keys out of it", found.len()),
        Err(error) => error,
    }
}

fn run(program: &mut Command) -> String {
    let output = program.output().unwrap_or_else(|error| panic!("{program:?}: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program:?} failed: {told}");
    String::from_utf8(output.stdout).unwrap()
}

/// The keys that jkurwa finds must be these.
fn jkurwa_finds(container: &[u8], keys: &[&PrivateKey]) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("container");
    std::fs::write(&file, container).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let modules = target.join("dstu-peers/node_modules");
    assert!(modules.join("jkurwa").exists(), "no jkurwa: crates/dstu/tests/peers/install.sh");
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/containers/peer.js");
    let mut node = Command::new("node");
    let told = run(node.arg(driver).arg(&file).arg(WORD).env("NODE_PATH", modules));
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), keys.len(), "{told}");
    for (line, key) in lines.iter().zip(keys) {
        let (degree, point) = line.split_once(' ').unwrap();
        let length = degree.parse::<usize>().unwrap().div_ceil(8);
        let public = Ukrainian.public_key(key).unwrap();
        let ours = public[public.len() - length..].iter().rev();
        let ours: String = ours.map(|octet| format!("{octet:02x}")).collect();
        assert_eq!(point.trim_start_matches('0'), ours.trim_start_matches('0'));
    }
}

#[test]
fn a_pfx_of_ours_reads_here_and_in_jkurwa() {
    let (signing, agreement) = (pair(Usage::Signing, 1), pair(Usage::Agreement, 2));
    let ids = [key_id(&signing.key), key_id(&agreement.key)];
    let entry = |at: usize, key, name| Entry { key, key_id: &ids[at], name, certificates: &[] };
    let entries = [entry(0, &signing.key, Some("підпис")), entry(1, &agreement.key, Some("kep"))];
    let pfx = write_pkcs12(&entries, PASSWORD, &mut chance(3)).unwrap();
    assert_eq!(containers::kind(&pfx), Some(Kind::Pkcs12));
    let expected: Vec<(Kind, Option<&str>, &[u8], usize)> =
        vec![(Kind::Pkcs12, Some("підпис"), &ids[0], 0), (Kind::Pkcs12, Some("kep"), &ids[1], 0)];
    assert_eq!(shown(&opened(&pfx, PASSWORD)), expected);
    jkurwa_finds(&pfx, &[&signing.key, &agreement.key]);
    assert_eq!(refusal(&pfx, b"other"), ContainerError::WrongPassword { kind: Kind::Pkcs12 });
    let look = containers::look(&pfx).unwrap();
    assert_eq!(look.keys[1].key_id.as_deref(), Some(&*ids[1]));
    assert!(look.protection.contains("GOST 28147 CFB"), "{}", look.protection);
    assert!(look.protection.contains("MAC GOST 34.311, 10000 iterations"), "{}", look.protection);
}

/// jkurwa does not look at the MAC.
#[test]
fn bouncy_castle_counts_the_same_mac() {
    let signing = pair(Usage::Signing, 1);
    let id = key_id(&signing.key);
    let entry = Entry { key: &signing.key, key_id: &id, name: None, certificates: &[] };
    let pfx = write_pkcs12(&[entry], PASSWORD, &mut chance(3)).unwrap();
    let value = |der: &[u8]| AnyRef::from_der(der).unwrap().value().to_vec();
    let [_, content, mac] = make::elements(&pfx).try_into().unwrap();
    let [info, salt, _] = make::elements(&mac).try_into().unwrap();
    // ContentInfo { data, [0] { OCTET STRING } }
    let content = value(&value(&make::elements(&content)[1]));
    let digest = value(&make::elements(&info)[1]);
    let hex = |bytes: &[u8]| bytes.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    let jar = "/usr/share/java/bcprov.jar";
    assert!(Path::new(jar).exists(), "no Bouncy Castle: crates/dstu/tests/peers/install.sh");
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/containers/Mac.java");
    let mut java = Command::new("java");
    java.args(["-XX:TieredStopAtLevel=1", "-cp", jar]).arg(driver);
    java.args([hex(&Sbox::DKE1.to_packed()), WORD.to_owned(), hex(&value(&salt))]);
    let told = run(java.args(["10000".to_owned(), hex(&content)]));
    assert_eq!(told.trim(), hex(&digest));
}

#[test]
fn certificates_travel_in_a_pfx() {
    let (signing, agreement) = (pair(Usage::Signing, 1), pair(Usage::Agreement, 2));
    let id = key_id(&agreement.key);
    let both = [agreement.certificate.clone(), signing.certificate];
    let entry = Entry { key: &agreement.key, key_id: &id, name: None, certificates: &both };
    let pfx = write_pkcs12(&[entry], PASSWORD, &mut chance(3)).unwrap();
    let found = opened(&pfx, PASSWORD);
    // The other one is not above it.
    assert_eq!(found[0].certificates, both[..1]);
    assert!(found[0].key.pkcs8() == agreement.key.pkcs8());
    assert_eq!(containers::look(&pfx).unwrap().certificates.len(), 2);
}

#[test]
fn protected_and_bare_pkcs8_read() {
    let signing = pair(Usage::Signing, 1);
    let id = key_id(&signing.key);
    let locked = Ukrainian.protect(&signing.key, PASSWORD, &mut chance(2)).unwrap();
    assert_eq!(containers::kind(&locked), Some(Kind::Pkcs8));
    assert_eq!(shown(&opened(&locked, PASSWORD)), [(Kind::Pkcs8, None, &*id, 0)]);
    assert_eq!(refusal(&locked, b"x"), ContainerError::WrongPassword { kind: Kind::Pkcs8 });
    jkurwa_finds(&locked, &[&signing.key]);
    let bare = signing.key.pkcs8();
    assert_eq!(containers::kind(bare), Some(Kind::Pkcs8Bare));
    assert_eq!(shown(&opened(bare, b"")), [(Kind::Pkcs8Bare, None, &*id, 0)]);
    assert!(!containers::look(bare).unwrap().needs_password);
}

#[test]
fn key_6_gives_two_keys() {
    let (signing, agreement) = (pair(Usage::Signing, 1), pair(Usage::Agreement, 2));
    let file = make::key6(&signing.key, &agreement.key, PASSWORD);
    assert_eq!(containers::kind(&file), Some(Kind::Key6));
    // The peer first: what is made here must be what others know.
    jkurwa_finds(&file, &[&signing.key, &agreement.key]);
    let found = opened(&file, PASSWORD);
    let (first, second) = (key_id(&signing.key), key_id(&agreement.key));
    let expected = [(Kind::Key6, None, &*first, 0), (Kind::Key6, None, &*second, 0)];
    assert_eq!(shown(&found), expected);
    // The first comes out without the second inside.
    assert!(found[0].key.pkcs8() == signing.key.pkcs8());
    assert_eq!(refusal(&file, b"other"), ContainerError::WrongPassword { kind: Kind::Key6 });
    // M.E.Doc's six octets in front.
    let framed = [b"Q12345", file.as_slice()].concat();
    assert_eq!(opened(&framed, PASSWORD).len(), 2);
}

#[test]
fn passwords_of_old_programs_are_windows_1251() {
    let (signing, agreement) = (pair(Usage::Signing, 1), pair(Usage::Agreement, 2));
    let old = [0xEF, 0xE0, 0xF0, 0xEE, 0xEB, 0xFC];
    let file = make::key6(&signing.key, &agreement.key, &old);
    assert_eq!(opened(&file, "пароль".as_bytes()).len(), 2);
    assert_eq!(opened(&file, &old).len(), 2);
}

#[test]
fn a_key_store_of_java_with_ukrainian_keys_reads() {
    let (signing, seal) = (pair(Usage::Signing, 1), pair(Usage::Signing, 2));
    let store = make::jks(&[("підпис", &signing), ("печатка", &seal)], WORD);
    assert_eq!(containers::kind(&store), Some(Kind::Jks));
    jkurwa_finds(&store, &[&signing.key, &seal.key]);
    let (first, second) = (key_id(&signing.key), key_id(&seal.key));
    let expected: Vec<(Kind, Option<&str>, &[u8], usize)> =
        vec![(Kind::Jks, Some("підпис"), &first, 1), (Kind::Jks, Some("печатка"), &second, 1)];
    assert_eq!(shown(&opened(&store, PASSWORD)), expected);
    assert_eq!(refusal(&store, b"other"), ContainerError::WrongPassword { kind: Kind::Jks });
    let mut damaged = store.clone();
    damaged[100] ^= 1;
    assert!(containers::read(&damaged, PASSWORD).is_err());
    let look = containers::look(&store).unwrap();
    assert_eq!(look.keys[1].name.as_deref(), Some("печатка"));
    assert_eq!(look.certificates.len(), 2);
}

#[test]
fn what_keytool_makes_reads() {
    let folder = TempDir::new().unwrap();
    for (kind, algorithm, size) in [("JKS", "RSA", "2048"), ("PKCS12", "EC", "256")] {
        let file = folder.path().join(kind);
        let mut keytool = Command::new("keytool");
        keytool.args([
            "-genkeypair",
            "-alias",
            "first",
            "-dname",
            "CN=Made Up",
            "-storetype",
            kind,
        ]);
        keytool.args(["-keyalg", algorithm, "-keysize", size, "-storepass", WORD]);
        run(keytool.args(["-keypass", WORD, "-keystore"]).arg(&file));
        let bytes = std::fs::read(&file).unwrap();
        let found = opened(&bytes, PASSWORD);
        assert_eq!((found.len(), found[0].suite), (1, "international"), "{kind}");
        assert_eq!(found[0].name.as_deref(), Some("first"), "{kind}");
        assert_eq!(found[0].certificates[0].display_name(), "Made Up", "{kind}");
        assert!(matches!(refusal(&bytes, b"other1"), ContainerError::WrongPassword { .. }));
    }
}

#[test]
fn what_openssl_makes_reads() {
    let folder = TempDir::new().unwrap();
    let openssl = |line: &str| {
        run(Command::new("openssl").current_dir(&folder).args(line.split_whitespace()))
    };
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=Made-Up \
        -keyout key.pem -out certificate.pem",
    );
    let certificate = Certificate::read(&read("certificate.pem")).unwrap();
    let export = "pkcs12 -export -inkey key.pem -in certificate.pem -name tester -out c.p12 \
        -passout pass:tajemnytsia-1";
    for more in [
        "",
        "-nomac",
        "-macalg sha1 -keypbe AES-128-CBC -certpbe NONE",
        "-macalg sha512 -certpbe AES-256-CBC -iter 1",
    ] {
        openssl(&format!("{export} {more}"));
        let found = opened(&read("c.p12"), PASSWORD);
        assert_eq!(found.len(), 1, "{more}");
        assert_eq!(found[0].name.as_deref(), Some("tester"), "{more}");
        assert_eq!(found[0].certificates, std::slice::from_ref(&certificate), "{more}");
        assert!(matches!(refusal(&read("c.p12"), b"x"), ContainerError::WrongPassword { .. }));
    }
    openssl(&format!("{export} -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES"));
    let told = refusal(&read("c.p12"), PASSWORD).to_string();
    assert!(told.contains("only PBES2 is read"), "{told}");
    for how in ["-scrypt", "-v2 aes256"] {
        openssl(&format!("pkcs8 -topk8 -in key.pem -out key.p8 -passout pass:tajemnytsia-1 {how}"));
        assert_eq!(opened(&read("key.p8"), PASSWORD)[0].suite, "international", "{how}");
    }
    // And what we lock, it opens, when the key is of its kind.
    let found = opened(&read("key.p8"), PASSWORD);
    let suite = certpost::crypto::suite("international").unwrap();
    let locked = suite.protect(&found[0].key, PASSWORD, &mut chance(1)).unwrap();
    std::fs::write(folder.path().join("ours.p8"), locked).unwrap();
    openssl("pkcs8 -in ours.p8 -inform DER -passin pass:tajemnytsia-1 -out back.pem");
}
