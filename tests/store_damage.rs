//! What becomes of the store when its files are damaged, the disk is full or the process dies:
//! everything is there, or certpost says what is not. Never a panic, never silent loss.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
// The children of these tests are told their folder through the environment.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use certpost::exchange::{
    Digest, Dispatch, DocumentNumber, Event, Exchange, ExchangeId, Ladder, Patience, Policy,
    Purpose, Silence, step,
};
use certpost::store::sled::Sled;
use certpost::store::{Arrival, Commit, Entry, Fate, Store, StoreError, replay};
use certpost::time::{Calendar, Span, Timestamp};

const START: Timestamp = Timestamp(1_790_000_000);

fn policy() -> Policy {
    let minutes = Patience::Minutes(5);
    let zone = "Europe/Kyiv".into();
    Policy {
        ladder: Ladder(vec![5]),
        delivered_within: minutes,
        decided_within: minutes,
        gate_within: minutes,
        payment_reminder: minutes,
        silence: Silence::Resend,
        max_sends: 3,
        gates: vec![],
        calendar: Calendar { zone, opens: 9, closes: 18, holidays: vec![] },
    }
}

/// Commits the life of one exchange: opened, prepared, sent.
fn live(store: &dyn Store, number: usize) -> Result<(), StoreError> {
    live_wordily(store, number, 20)
}

/// The same, with longer words in the journal.
fn live_wordily(store: &dyn Store, number: usize, words: usize) -> Result<(), StoreError> {
    let id = ExchangeId(format!("director-{number}"));
    let end = START + Span::days(40);
    let mut state = Exchange::open(id, "director".into(), Purpose::Renewal, end, START);
    let rules = Digest([7; 32]);
    let words = "слова ".repeat(words);
    let line = |state: &Exchange| Entry {
        exchange: state.id.clone(),
        at: START,
        event: None,
        note: None,
        policy: rules,
        cause: None,
        words: words.clone(),
    };
    let raw = store.keep(format!("letter {number}").as_bytes())?;
    let from = "office@authority.example".into();
    let fate = Fate::Claimed(state.id.clone());
    let subject = "Квитанція".into();
    let opening = Commit {
        exchange: Some(state.clone()),
        entries: vec![line(&state)],
        policy: Some((rules, policy())),
        arrival: Some(Arrival { raw, contents: vec![raw], at: START, from, subject, fate }),
        ..Commit::default()
    };
    store.commit(&opening)?;
    let document = DocumentNumber(format!("document-{number}"));
    let dispatch = Dispatch::new(document.clone(), raw);
    for event in [Event::Prepared { dispatch, gates: vec![] }, Event::Sent] {
        let done = step(&state, &event, START, &policy());
        let entry = Entry { event: Some(event), note: Some(done.note), ..line(&state) };
        state = done.next;
        let commit = Commit {
            exchange: Some(state.clone()),
            documents: vec![(document.clone(), 1)],
            entries: vec![entry],
            values: vec![("sequence".into(), number.to_string())],
            ..Commit::default()
        };
        store.commit(&commit)?;
    }
    Ok(())
}

/// All that a store says, as text.
fn everything(store: &dyn Store) -> Result<String, StoreError> {
    Ok(format!(
        "{:?} {:?} {:?} {:?} {:?}",
        store.exchanges()?,
        store.journal(None)?,
        store.arrivals()?,
        store.owner(&DocumentNumber("document-1".into()))?,
        store.value("sequence")?
    ))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A store with some history, and what it says.
fn lived() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let store = Sled::open(&folder.path().join("data")).unwrap();
    for number in 1..=10 {
        live(&store, number).unwrap();
    }
    let said = everything(&store).unwrap();
    (folder, said)
}

/// What opening after some damage gives.
#[derive(Debug)]
enum Opened {
    Whole,
    Told(StoreError),
}

/// Damages a copy of the store and opens it. Fails when something is lost in silence.
fn damaged(folder: &Path, said: &str, damage: impl FnOnce(&Path)) -> Opened {
    let copied = folder.join("copy");
    let _ = fs::remove_dir_all(&copied);
    copy(&folder.join("data"), &copied);
    damage(&copied);
    let opened = Sled::open(&copied).and_then(|store| {
        let now = everything(&store)?;
        Ok((now, replay(&store)))
    });
    match opened {
        Ok((now, replayed)) => {
            assert_eq!(now, said, "lost in silence");
            replayed.unwrap();
            Opened::Whole
        }
        Err(error) => Opened::Told(error),
    }
}

fn change(path: PathBuf, how: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(&path).unwrap();
    how(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_flipped_byte_anywhere_in_the_database_is_told_or_harmless() {
    let (folder, said) = lived();
    let used = {
        let bytes = fs::read(folder.path().join("data/records/db")).unwrap();
        bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1
    };
    let mut told = 0;
    for round in 0..40 {
        let at = used * round / 40 + round % 7;
        let opened = damaged(folder.path(), &said, |copy| {
            change(copy.join("records/db"), |bytes| bytes[at] ^= 0x5a);
        });
        match opened {
            Opened::Whole => {}
            Opened::Told(StoreError::Damaged { .. } | StoreError::TooNew { .. }) => told += 1,
            Opened::Told(other) => panic!("byte {at}: {other:?}"),
        }
    }
    assert!(told > 8, "only {told} of 40 damages were noticed");
}

#[test]
fn a_cut_database_is_told_with_what_is_missing() {
    let (folder, said) = lived();
    let length = fs::metadata(folder.path().join("data/records/db")).unwrap().len();
    for part in [0, 1, 10, 50, 90, 99] {
        let opened = damaged(folder.path(), &said, |copy| {
            let file = fs::OpenOptions::new().write(true).open(copy.join("records/db")).unwrap();
            file.set_len(length * part / 100).unwrap();
        });
        let Opened::Told(StoreError::Damaged { place, detail }) = opened else {
            assert!(part >= 90, "cut to {part} %, and opened as if nothing had happened");
            continue;
        };
        assert!(place.contains("records") && !detail.is_empty(), "{place}: {detail}");
    }
}

#[test]
fn lost_records_are_named() {
    let (folder, said) = lived();
    let opened = damaged(folder.path(), &said, |copy| {
        fs::remove_dir_all(copy.join("records")).unwrap();
    });
    let Opened::Told(StoreError::Damaged { detail, .. }) = opened else {
        panic!("{opened:?}");
    };
    for lost in ["the last 30 of 30 commits", "0 of 10 exchanges", "0 of 30 journal lines"] {
        assert!(detail.contains(lost), "{detail}");
    }
}

#[test]
fn an_older_copy_of_the_database_is_noticed() {
    let (folder, _) = lived();
    let data = folder.path().join("data");
    copy(&data.join("records"), &folder.path().join("older"));
    let store = Sled::open(&data).unwrap();
    live(&store, 11).unwrap();
    let said = everything(&store).unwrap();
    drop(store);
    let opened = damaged(folder.path(), &said, |copied| {
        fs::remove_dir_all(copied.join("records")).unwrap();
        copy(&folder.path().join("older"), &copied.join("records"));
    });
    let Opened::Told(StoreError::Damaged { detail, .. }) = opened else {
        panic!("{opened:?}");
    };
    assert!(detail.contains("the last 3 of 33 commits are missing"), "{detail}");
}

/// Works on the database behind the store's back.
fn behind_its_back(copy: &Path, work: impl FnOnce(&sled::Tree)) {
    let db = sled::open(copy.join("records")).unwrap();
    work(&db.open_tree("exchanges").unwrap());
    db.flush().unwrap();
}

#[test]
fn a_missing_or_outdated_record_is_noticed_although_all_others_are_good() {
    let (folder, said) = lived();
    let opened = damaged(folder.path(), &said, |copy| {
        behind_its_back(copy, |exchanges| drop(exchanges.remove("director-7").unwrap().unwrap()));
    });
    let Opened::Told(StoreError::Damaged { detail, .. }) = opened else { panic!("{opened:?}") };
    assert_eq!(detail, "9 of 10 exchanges are there");

    let data = folder.path().join("data");
    let mut older = None;
    let copied = folder.path().join("older");
    copy(&data, &copied);
    behind_its_back(&copied, |exchanges| older = exchanges.get("director-7").unwrap());
    let store = Sled::open(&data).unwrap();
    // The same exchange, opened once more: another state of the same record.
    live(&store, 7).unwrap();
    let state = store.exchange(&ExchangeId("director-7".into())).unwrap();
    let withdrawn = Event::Withdrawn { reason: "test".into() };
    let state = step(&state.unwrap(), &withdrawn, START, &policy()).next;
    store.commit(&Commit { exchange: Some(state), ..Commit::default() }).unwrap();
    let said = everything(&store).unwrap();
    drop(store);
    let opened = damaged(folder.path(), &said, |copy| {
        behind_its_back(copy, |exchanges| {
            exchanges.insert("director-7", older.unwrap()).unwrap();
        });
    });
    let Opened::Told(StoreError::Damaged { detail, .. }) = opened else { panic!("{opened:?}") };
    assert_eq!(detail, "some exchanges are outdated");
}

#[test]
fn a_damaged_database_is_rebuilt_from_its_history() {
    let (folder, said) = lived();
    let copied = folder.path().join("copy");
    for lost in [0, 1] {
        let _ = fs::remove_dir_all(&copied);
        copy(&folder.path().join("data"), &copied);
        fs::write(copied.join("records/db"), b"nothing of what was").unwrap();
        let error = Sled::open(&copied).err().unwrap();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
        // The very last line: the sending of the last parcel.
        change(copied.join("history"), |bytes| {
            let at = bytes.len() - 30;
            bytes[at] ^= lost;
        });
        let rebuilt = Sled::rebuild(&copied).unwrap();
        assert_eq!(rebuilt.commits, 30 - usize::from(lost));
        assert_eq!(rebuilt.unreadable, usize::from(lost));
        assert!(rebuilt.damaged.join("records/db").exists());
        let store = Sled::open(&copied).unwrap();
        assert_eq!(everything(&store).unwrap() == said, lost == 0);
        replay(&store).unwrap();
        live(&store, 11).unwrap();
    }
}

#[test]
fn damaged_or_missing_counts_are_told() {
    let (folder, said) = lived();
    for how in [
        (|path: PathBuf| fs::remove_file(path).unwrap()) as fn(PathBuf),
        |path| fs::write(path, b"").unwrap(),
        |path| change(path, |bytes| bytes[30] ^= 1),
        |path| change(path, |bytes| bytes.truncate(40)),
    ] {
        let opened = damaged(folder.path(), &said, |copy| how(copy.join("counts")));
        assert!(matches!(opened, Opened::Told(StoreError::Damaged { .. })), "{opened:?}");
    }
}

#[test]
fn damaged_files_of_sled_beside_the_database_are_told_or_harmless() {
    let (folder, said) = lived();
    for name in fs::read_dir(folder.path().join("data/records")).unwrap() {
        let name = name.unwrap();
        if name.file_type().unwrap().is_dir() || name.file_name() == "db" {
            continue;
        }
        for at in [0, 5, 17] {
            let path = Path::new("records").join(name.file_name());
            damaged(folder.path(), &said, |copy| {
                change(copy.join(&path), |bytes| {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 0x5a;
                    }
                });
            });
            damaged(folder.path(), &said, |copy| {
                change(copy.join(&path), |bytes| bytes.truncate(at));
            });
        }
    }
}

#[test]
fn a_newer_format_is_told_as_such() {
    let (folder, said) = lived();
    let opened = damaged(folder.path(), &said, |copy| {
        change(copy.join("counts"), |bytes| {
            // As a newer certpost would write it: version 2, and a checksum that holds.
            bytes[0] = 2;
            let mut hasher = crc32fast::Hasher::new();
            hasher.update(&[2]);
            hasher.update(&6u32.to_le_bytes());
            hasher.update(b"counts");
            hasher.update(&bytes[9..]);
            bytes[5..9].copy_from_slice(&hasher.finalize().to_le_bytes());
        });
    });
    assert!(matches!(opened, Opened::Told(StoreError::TooNew { version: 2, .. })), "{opened:?}");
}

/// Runs one test of this file again in a shell's child, with a folder.
fn child(test: &str, before: &str, folder: &Path) -> std::process::Child {
    let script = format!("{before} exec \"$0\" --exact {test} --nocapture");
    Command::new("bash")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env("CERTPOST_TEST_FOLDER", folder)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn f48_a_full_disk_is_an_error_and_costs_only_what_was_not_committed() {
    if let Some(folder) = std::env::var_os("CERTPOST_TEST_FOLDER") {
        return until_the_disk_is_full(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    // No file may be larger than 530 KiB: writes fail as on a full disk.
    let name = "f48_a_full_disk_is_an_error_and_costs_only_what_was_not_committed";
    let ended = child(name, "trap '' XFSZ; ulimit -f 530;", folder.path());
    let said = ended.wait_with_output().unwrap();
    let said_text = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.status.success(), "{said_text}");
    let acknowledged: usize = said_text
        .lines()
        .find_map(|line| line.split_once("acknowledged "))
        .unwrap()
        .1
        .parse()
        .unwrap();
    let store = Sled::open(folder.path()).unwrap();
    let found = store.exchanges().unwrap().len();
    assert!(found >= acknowledged && found <= acknowledged + 1, "{found} of {acknowledged}");
    replay(&store).unwrap();
    // With room again, work goes on.
    live(&store, 100_000).unwrap();
}

fn until_the_disk_is_full(folder: &Path) {
    let store = Sled::open(folder).unwrap();
    for number in 1..100_000 {
        if let Err(error) = live_wordily(&store, number, 400) {
            assert!(matches!(error, StoreError::Io { .. }), "{error:?}");
            // sled can't be opened without room; that too is told as what it is.
            match store.exchanges() {
                Ok(_) | Err(StoreError::Io { .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
            println!("\nacknowledged {}", number - 1);
            return;
        }
    }
    panic!("the limit was never met");
}

#[test]
fn f02_what_was_acknowledged_survives_kill_9() {
    use std::io::{BufRead, BufReader};

    if let Some(folder) = std::env::var_os("CERTPOST_TEST_FOLDER") {
        let store = Sled::open(Path::new(&folder)).unwrap();
        for number in 1.. {
            live(&store, number).unwrap();
            println!("\nacknowledged {number}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 1..=3 {
        let place = folder.path().join(round.to_string());
        let mut child = child("f02_what_was_acknowledged_survives_kill_9", "", &place);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in lines {
            if let Some((_, number)) = line.unwrap().split_once("acknowledged ") {
                acknowledged = number.parse().unwrap();
                if acknowledged >= 5 * round {
                    break;
                }
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let store = Sled::open(&place).unwrap();
        let found = store.exchanges().unwrap().len();
        assert!(found >= acknowledged, "{found} of {acknowledged}");
        replay(&store).unwrap();
    }
    assert!(acknowledged >= 15);
}
