//! `certpost store`, and the restore drill of docs/deploy.md.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::daemon::{Daemon, Place};

fn told(place: &Place, words: &[&str], code: i32) -> String {
    let output = place.command(words);
    let (out, errors) = (String::from_utf8(output.stdout), String::from_utf8(output.stderr));
    let text = format!("{}{}", out.unwrap(), errors.unwrap());
    assert_eq!(output.status.code(), Some(code), "{words:?}: {text}");
    text
}

/// As the guide says: the data folder and the configuration, with owners and modes.
fn archive(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let from = format!("{}/.", from.display());
    assert!(Command::new("cp").args(["-a", &from]).arg(to).status().unwrap().success());
}

#[test]
fn a_damaged_database_is_found_rebuilt_and_restored_from_a_backup() {
    let place = Place::set();
    place.configure("", "", 1);
    let daemon = Daemon::start(&place);
    daemon.await_told("STATUS=round ended");
    // The daemon has the database for itself.
    assert!(told(&place, &["store", "check"], 1).contains("is in use by another certpost"));
    assert!(told(&place, &["store", "rebuild"], 1).contains("is in use by another certpost"));
    assert_eq!(daemon.stop().0.code(), Some(0));

    let whole = told(&place, &["store", "check"], 0);
    assert!(whole.starts_with("whole: 1 exchanges, "), "{whole}");
    assert_eq!(
        told(&place, &["store", "rebuild"], 0),
        "the database can be read: nothing was done\n"
    );
    let status = told(&place, &["list", "--json"], 0);
    let backup = tempfile::tempdir().unwrap();
    archive(&place.path("data"), backup.path());

    // The database is torn: nothing of it is lost.
    fs::write(place.path("data/store/records/db"), "nothing of what was").unwrap();
    told(&place, &["store", "check"], 1);
    let rebuilt = told(&place, &["store", "rebuild"], 0);
    assert!(rebuilt.starts_with("rebuilt from "), "{rebuilt}");
    assert!(place.path("data/store/damaged-1/records/db").exists());
    assert_eq!(told(&place, &["store", "check"], 0), whole);
    assert_eq!(told(&place, &["list", "--json"], 0), status);

    // A kept letter is changed by one byte.
    let folder = fs::read_dir(place.path("data/store/files")).unwrap().next().unwrap().unwrap();
    let letter = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&letter).unwrap();
    bytes[0] ^= 1;
    fs::write(&letter, bytes).unwrap();
    assert!(told(&place, &["store", "check"], 1).contains("no longer answer"));

    // Everything is lost: the backup stands for it.
    fs::remove_dir_all(place.path("data")).unwrap();
    archive(backup.path(), &place.path("data"));
    assert_eq!(told(&place, &["store", "check"], 0), whole);
    assert_eq!(told(&place, &["list", "--json"], 0), status);
    let daemon = Daemon::start(&place);
    assert!(daemon.await_status("round ended").contains("1 open"));
    assert_eq!(daemon.stop().0.code(), Some(0));
}
