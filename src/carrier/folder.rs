//! A folder instead of a mailbox: another program carries the files.
//!
//! ```text
//! outbox/DIGEST.eml   letters to be carried; the other program takes them away
//! inbox/NAME          what came; whoever writes here writes under a name that begins with "." or
//!                     ends in ".tmp" or ".part", and renames when it is complete
//! inbox/done/NAME     what was settled
//! ```
//!
//! Labels: `folder-write`, `folder-read`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::problem;
use crate::engine::ports::{Carrier, CarrierError, Collected, Delivery, Form};
use crate::exchange::Digest;
use crate::exchange::SendFailure;

/// How often the inbox is looked at while waiting.
const LOOK: Duration = Duration::from_millis(200);

/// The carrier of files.
pub struct Folder {
    root: PathBuf,
    /// A larger file is not read.
    file_bytes: u64,
    /// What the last rounds brought, by locator. Only these names ever reach a path again: a
    /// locator is looked up, never joined.
    brought: BTreeMap<String, OsString>,
}

impl Folder {
    /// Makes `outbox/`, `inbox/` and `inbox/done/` below `root`.
    pub fn new(root: PathBuf, file_bytes: u64) -> Result<Self, CarrierError> {
        for part in ["outbox", "inbox", "inbox/done"] {
            let place = root.join(part);
            fs::create_dir_all(&place).map_err(|e| write_failed(&place, &e))?;
        }
        Ok(Self { root, file_bytes, brought: BTreeMap::new() })
    }

    fn inbox(&self) -> PathBuf {
        self.root.join("inbox")
    }

    /// Complete ordinary files, by name. No links: they could point anywhere.
    fn complete(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.inbox())? {
            let entry = entry?;
            if entry.file_type()?.is_file() && is_complete(&entry.file_name()) {
                names.push(entry.file_name());
            }
        }
        names.sort();
        Ok(names)
    }

    /// The file's bytes, or its size when it is too large; `None` when it is gone.
    fn read(&self, name: &OsStr, shown: &str) -> io::Result<Option<Form>> {
        let file = match File::open(self.inbox().join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let size = file.metadata()?.len();
        let mut bytes = Vec::new();
        file.take(self.file_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(Some(if bytes.len() as u64 > self.file_bytes {
            Form::Oversized { header: Vec::new(), bytes: size }
        } else {
            Form::File { name: shown.to_owned(), bytes }
        }))
    }

    /// A name in `done/` that is free: nothing that was kept is written over.
    fn free_name(&self, name: &OsStr) -> Option<PathBuf> {
        let done = self.inbox().join("done");
        let mut candidates = std::iter::once(done.join(name)).chain((2..10_000).map(|n| {
            let mut numbered = OsString::from(format!("{n}-"));
            numbered.push(name);
            done.join(numbered)
        }));
        candidates.find(|candidate| fs::symlink_metadata(candidate).is_err())
    }
}

fn is_complete(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    !(name.starts_with(b".") || name.ends_with(b".tmp") || name.ends_with(b".part"))
}

fn write_failed(place: &Path, error: &io::Error) -> CarrierError {
    CarrierError(problem("folder-write", format!("{}: {error}", place.display())))
}

fn read_failed(place: &Path, error: &io::Error) -> CarrierError {
    CarrierError(problem("folder-read", format!("{}: {error}", place.display())))
}

/// Temporary name, fsync, rename, fsync of the folder (F48). Readable by us alone: the other
/// program runs as the same user.
fn write_durably(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = folder.join(format!(".{name}.tmp"));
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, folder.join(name)))
        .and_then(|()| File::open(folder)?.sync_all());
    if written.is_err() {
        // Perhaps the disk is full; what is half written helps nobody.
        let _ = fs::remove_file(&temporary);
    }
    written
}

impl Carrier for Folder {
    /// `to` stands in the letter itself.
    fn send(&mut self, letter: &[u8], _to: &str) -> Result<(), SendFailure> {
        let outbox = self.root.join("outbox");
        let digest = Digest(Sha256::digest(letter).into());
        write_durably(&outbox, &format!("{digest}.eml"), letter)
            .map_err(|e| SendFailure::Later(write_failed(&outbox, &e).0))
    }

    /// The folder itself remembers what was settled: `bookmark` is not needed.
    fn collect(&mut self, _: Option<&str>, limit: usize) -> Result<Collected, CarrierError> {
        let inbox = self.inbox();
        let names = self.complete().map_err(|e| read_failed(&inbox, &e))?;
        self.brought.clear();
        let mut collected = Collected::default();
        let mut unreadable = None;
        for name in names {
            if collected.deliveries.len() == limit {
                collected.more = true;
                break;
            }
            // Two names that differ only in what is not UTF-8 take turns.
            let shown = name.to_string_lossy().into_owned();
            if self.brought.contains_key(&shown) {
                collected.more = true;
                continue;
            }
            match self.read(&name, &shown) {
                Ok(None) => {}
                Ok(Some(form)) => {
                    collected.deliveries.push(Delivery { form, locator: shown.clone() });
                    self.brought.insert(shown, name);
                }
                Err(error) => unreadable = Some(read_failed(&inbox.join(&name), &error)),
            }
        }
        // One file that can't be read does not keep the others back (F14); it is told when
        // nothing else came.
        match unreadable {
            Some(error) if collected.deliveries.is_empty() => Err(error),
            _ => Ok(collected),
        }
    }

    fn settle(&mut self, locator: &str) -> Result<(), CarrierError> {
        // Not brought by us, or settled before: there is nothing to do.
        let Some(name) = self.brought.get(locator) else { return Ok(()) };
        let inbox = self.inbox();
        let from = inbox.join(name);
        let Some(to) = self.free_name(name) else {
            let error = io::Error::other("10000 settled files of this name");
            return Err(write_failed(&from, &error));
        };
        match fs::rename(&from, &to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(write_failed(&to, &error)),
            Ok(()) => {
                let synced = [inbox.join("done"), inbox.clone()]
                    .iter()
                    .try_for_each(|folder| File::open(folder)?.sync_all());
                synced.map_err(|e| write_failed(&inbox, &e))?;
            }
        }
        self.brought.remove(locator);
        Ok(())
    }

    fn bookmark(&self) -> Option<String> {
        None
    }

    fn wait(&mut self, at_most: Duration, interrupt: &dyn Fn() -> bool) {
        // Nobody sends: the channel is only a wait with an end.
        let (_keep, never) = mpsc::channel::<()>();
        let mut left = at_most;
        while !interrupt() && !left.is_zero() {
            let known: Vec<&OsString> = self.brought.values().collect();
            if self.complete().is_ok_and(|names| names.iter().any(|n| !known.contains(&n))) {
                return;
            }
            let slice = left.min(LOOK);
            let _ = never.recv_timeout(slice);
            left = left.saturating_sub(slice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;

    fn folder(bytes: u64) -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().to_owned(), bytes).unwrap();
        (place, folder)
    }

    fn put(folder: &Folder, name: &str, bytes: &[u8]) {
        fs::write(folder.inbox().join(name), bytes).unwrap();
    }

    fn names(place: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(place)
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_letter_sent_twice_lies_once_in_the_outbox() {
        let (place, mut folder) = folder(100);
        folder.send(b"letter\r\n", "office@authority.test").unwrap();
        folder.send(b"letter\r\n", "office@authority.test").unwrap();
        let names = names(&place.path().join("outbox"));
        assert_eq!(names.len(), 1);
        assert_eq!(fs::read(place.path().join("outbox").join(&names[0])).unwrap(), b"letter\r\n");
        let digest: Digest = names[0].strip_suffix(".eml").unwrap().parse().unwrap();
        assert_eq!(digest, Digest(Sha256::digest(b"letter\r\n").into()));
    }

    #[test]
    fn files_come_by_name_until_they_are_settled() {
        let (_place, mut folder) = folder(100);
        put(&folder, "б", b"2");
        put(&folder, "a", b"1");
        let first = folder.collect(None, 1).unwrap();
        assert!(first.more);
        assert_eq!(first.deliveries[0].form, Form::File { name: "a".into(), bytes: b"1".into() });
        assert_eq!(folder.collect(None, 1).unwrap(), first, "not settled: brought again");
        folder.settle("a").unwrap();
        folder.settle("a").unwrap();
        let second = folder.collect(None, 9).unwrap();
        assert!(!second.more);
        assert_eq!(second.deliveries.len(), 1);
        folder.settle("б").unwrap();
        assert_eq!(folder.collect(None, 9).unwrap(), Collected::default());
        assert_eq!(names(&folder.inbox().join("done")), ["a", "б"]);
    }

    #[test]
    fn a_settled_file_never_replaces_another_of_its_name() {
        let (_place, mut folder) = folder(100);
        for bytes in [b"1", b"2"] {
            put(&folder, "a", bytes);
            folder.collect(None, 9).unwrap();
            folder.settle("a").unwrap();
        }
        let done = folder.inbox().join("done");
        assert_eq!(names(&done), ["2-a", "a"]);
        assert_eq!(fs::read(done.join("a")).unwrap(), b"1");
    }

    #[test]
    fn f48_half_written_files_and_links_are_left_alone() {
        let (place, mut folder) = folder(100);
        for name in [".hidden", "x.tmp", "x.part"] {
            put(&folder, name, b"half");
        }
        std::os::unix::fs::symlink("/etc/hostname", place.path().join("inbox/link")).unwrap();
        assert_eq!(folder.collect(None, 9).unwrap(), Collected::default());
    }

    #[test]
    fn f49_a_locator_is_looked_up_and_never_a_path() {
        let (place, mut folder) = folder(100);
        fs::write(place.path().join("precious"), b"1").unwrap();
        folder.collect(None, 9).unwrap();
        folder.settle("../precious").unwrap();
        assert!(place.path().join("precious").exists());
    }

    #[test]
    fn f50_a_large_file_is_not_read() {
        let (_place, mut folder) = folder(3);
        put(&folder, "large", b"1234");
        put(&folder, "small", b"123");
        let forms: Vec<Form> =
            folder.collect(None, 9).unwrap().deliveries.into_iter().map(|d| d.form).collect();
        assert_eq!(forms[0], Form::Oversized { header: vec![], bytes: 4 });
        assert_eq!(forms[1], Form::File { name: "small".into(), bytes: b"123".into() });
    }

    #[test]
    fn names_that_are_not_utf8_are_brought_and_settled_one_by_one() {
        let (_place, mut folder) = folder(100);
        for name in [&b"n\xff"[..], b"n\xfe"] {
            fs::write(folder.inbox().join(OsStr::from_bytes(name)), b"1").unwrap();
        }
        for _ in 0..2 {
            let collected = folder.collect(None, 9).unwrap();
            assert_eq!(collected.deliveries.len(), 1);
            folder.settle(&collected.deliveries[0].locator).unwrap();
        }
        assert_eq!(folder.collect(None, 9).unwrap(), Collected::default());
    }

    #[test]
    fn waiting_ends_when_a_file_is_there_or_when_asked() {
        let (_place, mut folder) = folder(100);
        let hour = Duration::from_secs(3600);
        folder.wait(hour, &|| true);
        put(&folder, "a", b"1");
        folder.wait(hour, &|| false);
        assert_eq!(folder.collect(None, 9).unwrap().deliveries.len(), 1);
        // Known and not yet settled: not news. The end is the end of the wait.
        folder.wait(Duration::from_millis(1), &|| false);
    }

    #[test]
    fn a_folder_that_is_gone_is_said_with_its_place() {
        let (place, mut folder) = folder(100);
        fs::remove_dir_all(place.path()).unwrap();
        let Err(SendFailure::Later(problem)) = folder.send(b"x", "y") else { panic!() };
        assert_eq!(problem.label, "folder-write");
        assert!(problem.detail.contains("outbox"), "{}", problem.detail);
        assert_eq!(folder.collect(None, 9).unwrap_err().0.label, "folder-read");
    }
}
