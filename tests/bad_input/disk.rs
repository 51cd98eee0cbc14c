//! The same on a real disk: sled, the vault in a folder, and a new process after every round.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use certpost::engine::ports::Form;
use certpost::exchange::{Obstacle, StageName};
use certpost::simulator::authority::{Forgery, Manners, Wrong};
use certpost::store::memory::Memory;
use certpost::store::sled::Sled;
use certpost::vault::FileVault;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use crate::stage::*;

fn open_store(play: &mut Play, place: &Path) {
    // The old one lets go of its files first.
    play.engine.store = Arc::new(Memory::new());
    play.engine.store = Arc::new(Sled::open(&place.join("store")).unwrap());
}

fn open_vault(play: &mut Play, place: &Path) {
    let chance = Box::new(ChaCha20Rng::seed_from_u64(10));
    let vault = FileVault::open(&place.join("keys"), play.suite.clone(), chance).unwrap();
    play.engine.vault = Box::new(vault);
}

/// The director's renewal on a real disk, just sent.
fn sent(dialect: &str, place: &Path) -> Play {
    let mut play = Play::director_only(dialect);
    open_store(&mut play, place);
    open_vault(&mut play, place);
    play.engine.setup.holders.retain(|holder| holder.id == "director");
    for (holder, usage, pair) in play.pairs.clone() {
        if holder == "director" {
            put_in_place(play.engine.vault.as_mut(), holder, usage, &pair);
        }
    }
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Sent);
    play
}

/// A new process finds what the old one had.
fn restarted(play: &mut Play, place: &Path) {
    let before = play.picture();
    open_store(play, place);
    open_vault(play, place);
    assert_eq!(play.picture(), before);
    play.nothing_more();
}

#[test]
fn bad_input_between_restarts_leaves_no_trace_but_its_arrival() {
    let place = tempfile::tempdir().unwrap();
    let mut play = sent("sota", place.path());
    let old = play.in_place("director");
    let forged = play.forged(Forgery::Stranger);
    let letter = play.letter(0);
    let wrong = Manners { grants_wrong: Some(Wrong::Usage), ..Manners::default() };
    let wrong = play.answers(&letter, wrong)[1].letter();
    let [first, second] = play.honest(0);

    for (letter, stage) in [
        (&forged, StageName::Sent),
        (&first, StageName::Acknowledged),
        (&wrong, StageName::Stalled),
    ] {
        play.deliver(letter);
        play.deliver(letter);
        play.round();
        assert_eq!(play.stage("director-1"), stage);
        assert_eq!(play.in_place("director"), old);
        restarted(&mut play, place.path());
    }
    let (obstacle, _) = play.stalled("director-1");
    assert!(matches!(obstacle, Obstacle::Installation(one) if one.label == "certificate-mismatch"));
    play.deliver(&second);
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Installed);
    assert_ne!(play.in_place("director"), old);
    assert_eq!(play.picture().arrivals.len(), 4);
    restarted(&mut play, place.path());
    assert_eq!(play.in_place("director").len(), 2);
}

/// Every file below a folder.
fn files(below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn f49_names_of_attachments_and_files_reach_no_path() {
    let place = tempfile::tempdir().unwrap();
    let inside = place.path().join("a/b/c");
    let mut play = sent("smime", &inside);
    let letter = play.letter(0);
    let answers = play.answers(&letter, Manners::default());
    let name = "../../etc/passwd";
    play.deliver(&answers[0].disguised(Some(name), "application/octet-stream"));
    let bytes = answers[1].timed.part.bytes.clone();
    play.put(Form::File { name: format!("{name}\u{1b}[2J"), bytes });
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Installed);
    let arrivals = play.picture().arrivals;
    assert_eq!(arrivals[1].subject, format!("{name}[2J"), "shown, and tamed");
    for file in files(place.path()) {
        assert!(file.starts_with(&inside), "{}", file.display());
        assert!(!file.to_string_lossy().contains("passwd"), "{}", file.display());
    }
}
