//! Evidence packs of a renewal that was played through the whole engine: what they hold, that they
//! hold no secret, and that one changed byte is noticed anywhere.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/stage.rs"]
mod stage;

use std::collections::BTreeMap;
use std::process::Command;

use certpost::crypto::{Certificate, digest};
use certpost::evidence::{PackError, Source, Verdict, archive, pack, verify};
use certpost::exchange::StageName;
use certpost::report::Language;
use certpost::store::Store;
use stage::{DIALECTS, Founded, Play};

/// A director's renewal from the application to the certificates.
fn renewed(profile: &str, suite: &str) -> Play {
    let mut play = Play::sent_on(profile, suite);
    play.answered(0);
    assert_eq!(play.stage("director-1"), StageName::Installed);
    play
}

fn packed(play: &Play) -> Vec<u8> {
    let snapshot = certpost::assemble::snapshot(&play.engine, play.now, Vec::new()).unwrap();
    let director = play.pairs.iter().filter(|(holder, ..)| *holder == "director");
    let old: Vec<Certificate> = director.map(|(.., pair)| pair.certificate.clone()).collect();
    let Founded { keys, .. } = play.founded("first");
    let source = Source {
        snapshot: &snapshot,
        language: Language::Uk,
        kept: &|digest| play.store.kept(digest),
        old,
        signers: vec![keys.signer.certificate.clone()],
        anchors: vec![keys.root.certificate.clone()],
    };
    assert!(matches!(pack(&source, "nobody-1"), Err(PackError::UnknownCase { .. })));
    pack(&source, "director-1").unwrap()
}

fn whole(bytes: &[u8]) -> Verdict {
    let verdict = verify(bytes);
    assert_eq!(verdict.faults, vec![]);
    verdict
}

/// What is broken, as one text.
fn faults(bytes: &[u8]) -> String {
    let faults = verify(bytes).faults;
    let said = faults.iter().map(|fault| format!("{}: {}", fault.place, fault.what));
    said.collect::<Vec<_>>().join("\n")
}

/// The files changed, and everything that can be recomputed recomputed: manifest and archive.
fn rebuilt(bytes: &[u8], change: impl FnOnce(&mut archive::Files)) -> Vec<u8> {
    let (mut files, broken) = archive::read(bytes);
    assert_eq!(broken, vec![]);
    change(&mut files);
    let mut manifest: serde_json::Value = serde_json::from_slice(&files["MANIFEST.json"]).unwrap();
    for paper in manifest["files"].as_array_mut().unwrap() {
        if let Some(bytes) = files.get(paper["path"].as_str().unwrap()) {
            paper["bytes"] = bytes.len().into();
            paper["sha256"] = digest(bytes).to_string().into();
        }
    }
    files.insert("MANIFEST.json".into(), serde_json::to_vec(&manifest).unwrap());
    archive::write(&files).unwrap()
}

#[test]
fn a_pack_holds_the_whole_case_and_is_whole() {
    for (dialect, suite) in
        [("sota", "ukrainian"), ("sota", "international"), ("smime", "international")]
    {
        let play = renewed(dialect, suite);
        let bytes = packed(&play);
        assert!(bytes == packed(&play), "the same case makes the same bytes");
        let verdict = whole(&bytes);
        assert_eq!((verdict.exchange.as_str(), verdict.code.as_str()), ("director-1", "99912345"));
        let letters = ["letters/sent-1.eml", "letters/received-1.eml", "letters/received-2.eml"];
        let seen: Vec<_> = verdict.seals.iter().map(|seal| seal.file.as_str()).collect();
        for letter in letters {
            // S/MIME has the signature inside what is encrypted: that is told, and no fault.
            let note = format!("{letter}: no signature can be seen without a key");
            assert_eq!(seen.contains(&letter), dialect == "sota", "{letter} in {seen:?}");
            assert_eq!(verdict.notes.contains(&note), dialect == "smime", "{:?}", verdict.notes);
        }
        assert!(verdict.seals.iter().all(|seal| seal.known));
        let files = archive::read(&bytes).0;
        let sent = &play.letter(0);
        assert_eq!(&files["letters/sent-1.eml"], sent);
        for name in ["sealed/1.bin", "certificates/new-1.pem", "certificates/old-2.pem"] {
            assert!(files.contains_key(name), "{dialect}: {name}");
        }
        assert!(files.keys().filter(|name| name.starts_with("receipts/")).count() == 2);
        let page = std::str::from_utf8(&files["summary.html"]).unwrap();
        for words in ["<html lang=\"uk\">", "Пакет доказів", "Чого він не доводить"]
        {
            assert!(page.contains(words), "{words}");
        }
        assert_eq!(
            files["journal.jsonl"].iter().filter(|b| **b == b'\n').count(),
            verdict.journal_lines
        );
    }
}

#[test]
fn no_secret_is_in_it() {
    for dialect in DIALECTS {
        let bytes = packed(&renewed(dialect, "international"));
        // The stage's passwords and blocking phrases are one word.
        let (cyrillic, _, _) = encoding_rs::WINDOWS_1251.encode(stage::PASSWORD);
        for secret in [&b"PRIVATE KEY"[..], stage::PASSWORD.as_bytes(), &cyrillic] {
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!found, "{}", String::from_utf8_lossy(secret));
        }
    }
}

#[test]
fn one_changed_byte_is_noticed_anywhere() {
    let mut bytes = packed(&renewed("sota", "international"));
    let whole_bytes = bytes.clone();
    // Every byte of every header and of the list of files; of contents each thirteenth.
    let mut header = 0;
    for at in 0..bytes.len() {
        if whole_bytes[at..].starts_with(b"PK") {
            header = at;
        }
        let first = at == header || at + 1 == bytes.len();
        if at - header > 60 && !at.is_multiple_of(13) && !first {
            continue;
        }
        bytes[at] ^= 1 << (at % 8);
        // The archive alone notices; the whole verdict is asked now and then.
        assert!(!archive::read(&bytes).1.is_empty(), "byte {at} of {}", bytes.len());
        if first || at.is_multiple_of(1300) {
            assert_ne!(faults(&bytes), "", "byte {at}");
        }
        bytes[at] = whole_bytes[at];
    }
    assert!(bytes == whole_bytes);
}

#[test]
fn cut_and_extended_packs_are_noticed() {
    let bytes = packed(&renewed("smime", "international"));
    for cut in [0, 1, 4, 29, 30, 500, bytes.len() / 2, bytes.len() - 22, bytes.len() - 1] {
        assert!(!verify(&bytes[..cut]).faults.is_empty(), "{cut}");
    }
    let extended = [&bytes[..], b"x"].concat();
    assert!(faults(&extended).contains("something was added behind the end"));
    let before = [b"x", &bytes[..]].concat();
    assert!(faults(&before).contains("this is no evidence pack"));
}

#[test]
fn changed_files_are_named() {
    let bytes = packed(&renewed("sota", "international"));
    let (files, _) = archive::read(&bytes);
    let with = |name: &str, content: Option<&[u8]>| {
        let mut files = files.clone();
        match content {
            Some(content) => files.insert(name.into(), content.to_vec()),
            None => files.remove(name),
        };
        faults(&archive::write(&files).unwrap())
    };
    assert_eq!(
        with("summary.html", Some(b"x")),
        "summary.html: it is not the file that was listed: changed"
    );
    assert!(with("receipts/1.xml", None).contains("receipts/1.xml: it is listed but missing"));
    assert!(with("more.txt", Some(b"")).contains("more.txt: it is there but not listed"));
    assert!(with("MANIFEST.json", None).contains("MANIFEST.json: it is missing"));
    assert!(with("MANIFEST.json", Some(b"{}")).contains("MANIFEST.json: it does not read"));
}

#[test]
fn the_journal_s_chain_outlives_a_new_manifest() {
    let bytes = packed(&renewed("sota", "international"));
    let lines = |change: fn(&mut Vec<String>)| {
        rebuilt(&bytes, |files| {
            let text = String::from_utf8(files["journal.jsonl"].clone()).unwrap();
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            change(&mut lines);
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            files.insert("journal.jsonl".into(), text.into_bytes());
        })
    };
    let edited = lines(|lines| lines[2] = lines[2].replacen("\"at\":1", "\"at\":2", 1));
    assert!(faults(&edited).contains("line 4 does not follow line 3"), "{}", faults(&edited));
    assert!(faults(&lines(|lines| lines.swap(1, 2))).contains("line 2 does not follow line 1"));
    assert!(
        faults(&lines(|lines| drop(lines.remove(3)))).contains("line 4 does not follow line 3")
    );
    assert!(
        faults(&lines(|lines| drop(lines.pop())))
            .contains("it does not end where the manifest says")
    );
}

#[test]
fn a_changed_letter_breaks_its_signature_whatever_else_is_recomputed() {
    for dialect in DIALECTS {
        let bytes = packed(&renewed(dialect, "international"));
        for letter in ["letters/sent-1.eml", "letters/received-2.eml"] {
            let changed = rebuilt(&bytes, |files| {
                let text = String::from_utf8(files[letter].clone()).unwrap();
                // A line of base64 in the middle of the sealed part.
                let lines: Vec<&str> = text.split("\r\n").collect();
                let long: Vec<usize> = (0..lines.len())
                    .filter(|at| lines[*at].len() == 76 && !lines[*at].contains(' '))
                    .collect();
                let at = long[long.len() / 2];
                let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
                lines[at] = lines[at].chars().rev().collect();
                files.insert(letter.into(), lines.join("\r\n").into_bytes());
            });
            let said = faults(&changed);
            if dialect == "sota" {
                assert!(said.contains(&format!("{letter}: ")), "{said}");
            }
            assert!(
                said.contains("journal.jsonl: entry"),
                "{dialect}: its digest is missed: {said}"
            );
        }
    }
}

#[test]
fn a_letter_of_somebody_else_is_not_vouched_for() {
    let bytes = packed(&renewed("sota", "international"));
    let stranger = Play::with_two_authorities("sota").founded("second").keys;
    let changed = rebuilt(&bytes, |files| {
        files.insert("certificates/root-1.pem".into(), stranger.root.certificate.pem().into());
    });
    let said = faults(&changed);
    assert!(said.contains("no certificate of the pack vouches for «АЦСК «Перший»"), "{said}");
    assert!(said.contains("certificates: no root of the pack vouches for"), "{said}");
}

#[test]
fn a_pack_that_another_program_packed_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = packed(&renewed("smime", "international"));
    let path = folder.path().join("pack.zip");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, content) in archive::read(&bytes).0 {
        let options = zip::write::SimpleFileOptions::default();
        let options = options.compression_method(zip::CompressionMethod::Deflated);
        writer.start_file(name, options).unwrap();
        std::io::Write::write_all(&mut writer, &content).unwrap();
    }
    writer.finish().unwrap();
    let packed = std::fs::read(&path).unwrap();
    assert!(faults(&packed).contains("another program packed the archive"), "{}", faults(&packed));
}

/// A local header with any name, method and sizes, and bytes behind it.
fn hostile(name: &[u8], method: u16, stored: u32, full: u32, bytes: &[u8]) -> Vec<u8> {
    let mut header = b"PK\x03\x04\x0a\x00\x00\x00".to_vec();
    header.extend(method.to_le_bytes());
    header.extend([0, 0, 0x21, 0, 0, 0, 0, 0]);
    header.extend(stored.to_le_bytes());
    header.extend(full.to_le_bytes());
    header.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    header.extend([0, 0]);
    [&header[..], name, bytes].concat()
}

#[test]
fn hostile_archives_are_refused_and_bounded() {
    let bomb = hostile(b"a", 8, 10, u32::MAX, &[0; 10]);
    assert!(faults(&bomb).contains("another program packed"), "{}", faults(&bomb));
    let beyond = hostile(b"a", 0, u32::MAX, u32::MAX, b"x");
    assert!(faults(&beyond).contains("a: its end is missing"), "{}", faults(&beyond));
    for name in ["../../etc/passwd", "/etc/passwd", "a\\b", "a/../../b", "", "ї"] {
        let evil = hostile(name.as_bytes(), 0, 1, 1, b"x");
        assert!(
            faults(&evil).contains("no name that certpost writes"),
            "{name}: {}",
            faults(&evil)
        );
    }
    let many: Vec<u8> =
        (0..5000).flat_map(|n| hostile(format!("f{n}").as_bytes(), 0, 0, 0, b"")).collect();
    assert!(faults(&many).contains("more than 2000 files"));
    let twice = hostile(b"a", 0, 0, 0, b"").repeat(2);
    assert!(faults(&twice).contains("a: it is there twice"));
}

/// `certpost evidence verify`, in an empty environment without a configuration.
fn run(arguments: &[&str]) -> (bool, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_certpost"))
        .args(["evidence", "verify"])
        .args(arguments)
        .env_clear()
        .output()
        .unwrap();
    (run.status.success(), String::from_utf8(run.stdout).unwrap())
}

#[test]
fn the_command_needs_nothing_but_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pack.zip");
    let place = path.to_str().unwrap();
    let bytes = packed(&renewed("sota", "international"));
    std::fs::write(&path, &bytes).unwrap();
    let noted = digest(&bytes).to_string();
    let (fine, told) = run(&[place, "--expect", &noted]);
    assert!(fine, "{told}");
    for words in
        ["as noted", "Whole: all", "What a pack can't prove:", &noted, "root      «АЦСК «Перший»"]
    {
        assert!(told.contains(words), "{words} is not in\n{told}");
    }
    let (fine, told) = run(&[place, "--expect", &"0".repeat(64)]);
    assert!(!fine && told.contains("NOT the digest"), "{told}");
    let (fine, told) = run(&[place, "--json"]);
    let json: BTreeMap<String, serde_json::Value> = serde_json::from_str(&told).unwrap();
    assert!(fine);
    assert_eq!(
        (&json["format"], &json["whole"], &json["digest"]),
        (&1.into(), &true.into(), &noted.into())
    );
    assert_eq!(json["cannot"].as_array().unwrap().len(), 4);
    std::fs::write(&path, &bytes[1..]).unwrap();
    let (fine, told) = run(&[place]);
    assert!(!fine && told.contains("BROKEN"), "{told}");
}
