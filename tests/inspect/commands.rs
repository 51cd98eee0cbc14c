//! The commands as people run them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use certpost::crypto::containers::{Entry, write_pkcs12};
use certpost::crypto::issue::{Role, Template, self_signed};
use certpost::crypto::ukrainian::Ukrainian;
use certpost::crypto::{Pair, Suite as _, Usage, name, oid};
use certpost::time::{Span, Timestamp};
use std::os::unix::fs::PermissionsExt as _;
use tempfile::TempDir;

use super::make::{self, chance, key_id};
use super::{DOCUMENT, Sides, letter};

const PASSWORD: &str = "tajemnytsia-1";

/// The program looks at the real clock: valid for a century.
fn pair(usage: Usage, serial: u32) -> Pair {
    let mut chance = chance(u64::from(serial));
    let key = Ukrainian.generate(usage, &mut chance).unwrap();
    let subject = name::build(&[(oid::COMMON_NAME, "Вигаданий Іван")]);
    let public = Ukrainian.public_key(&key).unwrap();
    let start = Timestamp(1_600_000_000);
    let validity = (start, start + Span::days(36_500));
    let template = Template::new(subject, public, Role::Half(usage), serial, validity);
    let certificate = self_signed(&template, &key, &Ukrainian, &mut chance).unwrap();
    Pair { key, certificate }
}

struct Desk {
    folder: TempDir,
    sides: Sides,
}

impl Desk {
    fn new() -> Self {
        let sides = Sides {
            sender: pair(Usage::Signing, 21),
            sender_agreement: pair(Usage::Agreement, 22),
            recipient: pair(Usage::Agreement, 23),
        };
        let desk = Self { folder: TempDir::new().unwrap(), sides };
        desk.put("letter", &letter(&desk.sides, DOCUMENT));
        desk.put("password", PASSWORD.as_bytes());
        desk.put("sender.pem", desk.sides.sender.certificate.pem().as_bytes());
        desk.put("keys.pfx", &pfx(&[&desk.sides.recipient]));
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(self.path(name), mode).unwrap();
    }

    /// Runs certpost in the folder.
    fn certpost(&self, line: &str) -> Told {
        self.run(line, None)
    }

    fn run(&self, line: &str, password: Option<&str>) -> Told {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certpost"));
        command.current_dir(&self.folder).env_remove("CERTPOST_PASSWORD");
        command.args(line.split_whitespace());
        if let Some(password) = password {
            command.env("CERTPOST_PASSWORD", password);
        }
        Told::of(command.output().unwrap())
    }
}

struct Told {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Told {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

fn pfx(pairs: &[&Pair]) -> Vec<u8> {
    let ids: Vec<_> = pairs.iter().map(|pair| key_id(&pair.key)).collect();
    let entries = pairs.iter().zip(&ids).map(|(pair, key_id)| Entry {
        key: &pair.key,
        key_id,
        name: Some("ключ"),
        certificates: std::slice::from_ref(&pair.certificate),
    });
    let entries: Vec<_> = entries.collect();
    write_pkcs12(&entries, PASSWORD.as_bytes(), &mut chance(1)).unwrap()
}

fn exists(path: &Path) -> bool {
    path.exists()
}

#[test]
fn open_writes_what_it_could_verify() {
    let desk = Desk::new();
    let line = "open letter --key keys.pfx --password-file password --trust sender.pem --out d.xml";
    let told = desk.certpost(line);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(std::fs::read(desk.path("d.xml")).unwrap(), DOCUMENT);
    // What is there stays.
    let again = desk.certpost(line);
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("cannot write"), "{}", again.err);
    let line = "open letter --key keys.pfx --trust sender.pem --out e.xml";
    assert_eq!(desk.run(line, Some(PASSWORD)).code, Some(0));
    let wrong = desk.run(&line.replace("e.xml", "f.xml"), Some("other"));
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.err.contains("the password does not open it"), "{}", wrong.err);
}

#[test]
fn open_writes_doubtful_things_only_when_told() {
    let desk = Desk::new();
    let line = "open letter --key keys.pfx --password-file password --out d.xml";
    let told = desk.certpost(line);
    assert_eq!(told.code, Some(1));
    assert!(told.err.contains("not verified: layer 2: signed by «Вигаданий Іван»"), "{}", told.err);
    assert!(!exists(&desk.path("d.xml")));
    let told = desk.certpost(&format!("--json {line} --untrusted"));
    assert_eq!(told.code, Some(1), "{}", told.err);
    let json: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!((&json["verified"], &json["written"]), (&false.into(), &"d.xml".into()));
    assert_eq!(std::fs::read(desk.path("d.xml")).unwrap(), DOCUMENT);
}

#[test]
fn inspect_answers_in_text_and_json() {
    let desk = Desk::new();
    let told = desk.certpost("inspect letter --trust sender.pem");
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.out.contains("leads to a certificate that was given"), "{}", told.out);
    let told = desk.certpost("inspect letter --json");
    let json: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!((&json["format"], &json["what"]), (&1.into(), &"container".into()));
    assert_eq!(desk.certpost("inspect nothing-here").code, Some(1));
}

#[test]
fn key_inspect_never_shows_a_secret() {
    let desk = Desk::new();
    let pair = &desk.sides.recipient;
    let shut = desk.certpost("key inspect keys.pfx");
    assert!(shut.out.contains("password      needed"), "{}", shut.out);
    let told = desk.certpost("key inspect keys.pfx --password-file password");
    let id: String = key_id(&pair.key).iter().map(|octet| format!("{octet:02x}")).collect();
    let squeezed: String = told.out.split_whitespace().collect();
    assert!(squeezed.contains(&id), "{}", told.out);
    assert!(told.out.contains("DSTU 4145, curve of 431 bits"), "{}", told.out);
    let number = &pair.key.pkcs8()[pair.key.pkcs8().len() - 16..];
    let number: String = number.iter().map(|octet| format!("{octet:02x}")).collect();
    for text in [&squeezed, &told.out, &told.err] {
        assert!(!text.contains(&number) && !text.contains(PASSWORD));
    }
    let wrong = desk.run("key inspect keys.pfx", Some("other"));
    assert!(wrong.out.contains("not opened"), "{}", wrong.out);
}

#[test]
fn key_import_takes_both_keys_of_a_container() {
    let desk = Desk::new();
    let (signing, agreement) = (pair(Usage::Signing, 31), pair(Usage::Agreement, 32));
    std::fs::create_dir(desk.path("secrets")).unwrap();
    for name in ["director", "director-phrase", "mailbox", "seal-phrase"] {
        desk.put(&format!("secrets/{name}"), b"holder-password\n");
    }
    std::fs::create_dir(desk.path("authority")).unwrap();
    for name in ["receipts", "root", "office-agreement"] {
        desk.put(&format!("authority/{name}.pem"), signing.certificate.pem().as_bytes());
    }
    let data = desk.path("data");
    let config = certpost::config::example().replace("/var/lib/certpost", data.to_str().unwrap());
    desk.put("config.toml", config.as_bytes());
    desk.put("signing.pem", signing.certificate.pem().as_bytes());
    desk.put("agreement.cer", agreement.certificate.der());
    // Key-6.dat has no certificates.
    let file = make::key6(&signing.key, &agreement.key, PASSWORD.as_bytes());
    desk.put("Key-6.dat", &file);
    let line = "key import director --key Key-6.dat --password-file password";
    let told = desk.certpost(line);
    assert!(told.err.contains("give it by --certificate"), "{}", told.err);
    let told = desk.certpost(&format!("{line} --certificate signing.pem agreement.cer"));
    assert_eq!((told.code, told.out.lines().count()), (Some(0), 2), "{}{}", told.out, told.err);
    // The same keys by another container: nothing changes.
    desk.put("both.pfx", &pfx(&[&signing, &agreement]));
    let line = "key import director signing --key both.pfx --password-file password";
    assert_eq!(desk.certpost(line).code, Some(0));
    let kept = data.join("keys/director/current");
    for (usage, pair) in [("signing", &signing), ("agreement", &agreement)] {
        let locked = std::fs::read(kept.join(format!("{usage}.key.pem"))).unwrap();
        let key = Ukrainian.unprotect(&locked, b"holder-password").unwrap();
        assert!(key.pkcs8() == pair.key.pkcs8(), "{usage}");
    }
    let stranger = "key import director --key both.pfx --certificate sender.pem";
    let told = desk.run(stranger, Some(PASSWORD));
    assert!(told.err.contains("no certificate that was given"), "{}", told.err);
}

#[test]
fn a_zs2_of_an_unknown_make_is_told_to_be_one() {
    let desk = Desk::new();
    desk.put("key.zs2", &[7; 300]);
    let told = desk.certpost("open letter --key key.zs2 --out d.xml");
    assert_eq!(told.code, Some(1));
    assert!(told.err.contains("how this .zs2 is made is not known"), "{}", told.err);
    let told = desk.certpost("key inspect key.zs2");
    assert_eq!(told.code, Some(1));
    assert!(told.err.contains("how this .zs2 is made is not known"), "{}", told.err);
}

/// The container with the digest of its MAC named as M.E.Doc does.
fn zs2(pfx: &[u8]) -> Vec<u8> {
    let [version, content, mac] = make::elements(pfx).try_into().unwrap();
    let [info, salt, count] = make::elements(&mac).try_into().unwrap();
    let [_, value] = make::elements(&info).try_into().unwrap();
    let algorithm = make::sequence(&[&make::object(oid::MEDOC_DIGEST), &[5, 0]]);
    let mac = make::sequence(&[&make::sequence(&[&algorithm, &value]), &salt, &count]);
    make::sequence(&[&version, &content, &mac])
}

#[test]
fn a_zs2_that_is_pkcs12_with_a_misnamed_mac_opens_and_shows() {
    let desk = Desk::new();
    desk.put("key.zs2", &zs2(&pfx(&[&desk.sides.recipient])));
    let line = "open letter --key key.zs2 --password-file password --trust sender.pem --out d.xml";
    let told = desk.certpost(line);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(std::fs::read(desk.path("d.xml")).unwrap(), DOCUMENT);
    let told = desk.certpost("key inspect key.zs2 --password-file password");
    assert!(told.out.contains("PKCS#12") && told.out.contains("1 keys"), "{}", told.out);
    desk.put("wrong", b"something else");
    let told = desk.certpost("open letter --key key.zs2 --password-file wrong --out e.xml");
    assert_eq!(told.code, Some(1));
    assert!(told.err.contains("the password does not open it"), "{}", told.err);
}
