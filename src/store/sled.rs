//! The store on disk: sled 0.34.7 for records, files of their own for what can't be made again.
//!
//! ```text
//! lock            held while the store is open
//! counts          what the database must hold (see `tally`)
//! history         every commit as a line, for rebuilding (see `history`)
//! records/        sled
//! files/ab/ab…    kept bytes by digest
//! ```
//!
//! What sled does not do is done here (crates.md §0, §5): its `flush` is no fsync, so the file is
//! synced after it; its `open` may panic or lose records in silence on a damaged file, so panics
//! are caught and every record is read, checked and counted at opening. After a failed commit the
//! database is closed and opened anew by the next call: what then stands on the disk is the truth.
//! sled needs room to open, so on a full disk every call says `Io` until there is room again.

mod rebuild;
mod records;

use std::cell::Cell;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use self::records::{Kind, Records};
use super::durable;
use super::files::Files;
use super::{Arrival, Commit, Numbered, Owner, Store, StoreError};
use crate::exchange::{Digest, DocumentNumber, Exchange, ExchangeId, Policy};

pub use self::rebuild::Rebuilt;

pub struct Sled {
    root: PathBuf,
    inside: Mutex<Inside>,
}

struct Inside {
    /// `None` after a failure.
    records: Option<Records>,
    files: Files,
    /// Given back by the system when the process ends, however it ends (F39).
    _lock: File,
}

impl Sled {
    /// Opens the store in a folder, making it when it is absent, and reads all of it once.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        durable::create_folder(root).map_err(|error| failed("make the folder", root, error))?;
        let lock = lock(root)?;
        let files = Files::open(root.join("files"))?;
        let records = Some(open_records(root)?);
        let inside = Mutex::new(Inside { records, files, _lock: lock });
        Ok(Self { root: root.to_owned(), inside })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works with the database; one caller at a time. What panics in sled ends here.
    fn with<T>(
        &self,
        work: impl FnOnce(&mut Records) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut inside = self.inside();
        let mut records = match inside.records.take() {
            Some(records) => records,
            None => open_records(&self.root)?,
        };
        let mut panicked = true;
        let done = quietly(
            &self.root,
            AssertUnwindSafe(|| {
                let done = work(&mut records);
                panicked = false;
                done
            }),
        );
        if panicked || records.is_doubtful() {
            // Dropping may flush, and fail once more.
            let close = AssertUnwindSafe(|| {
                drop(records);
                Ok(())
            });
            let _ = quietly(&self.root, close);
        } else {
            inside.records = Some(records);
        }
        done
    }
}

fn failed(operation: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::Io { operation, place: path.display().to_string(), source }
}

/// F38: one store, one process. The lock is the system's, so a crash leaves none behind (F39).
fn lock(root: &Path) -> Result<File, StoreError> {
    let path = root.join("lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.map_err(|error| failed("open", &path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(StoreError::Busy { place: root.display().to_string() })
        }
        Err(TryLockError::Error(error)) => Err(failed("lock", &path, error)),
    }
}

fn open_records(root: &Path) -> Result<Records, StoreError> {
    quietly(root, AssertUnwindSafe(|| Records::open(root)))
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs something that may panic on damaged data; the panic becomes [`StoreError::Damaged`] and is
/// not printed.
fn quietly<T>(
    root: &Path,
    work: AssertUnwindSafe<impl FnOnce() -> Result<T, StoreError>>,
) -> Result<T, StoreError> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                usual(panic);
            }
        }));
    });
    QUIET.set(true);
    let done = catch_unwind(work);
    QUIET.set(false);
    done.unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no words");
        let words = words.lines().next().unwrap_or_default();
        let detail = format!("the database gave up on its file ({words})");
        Err(StoreError::Damaged { place: root.join("records").display().to_string(), detail })
    })
}

impl Store for Sled {
    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        if !commit.documents.is_empty() && commit.exchange.is_none() {
            return Err(super::ownerless(&self.root.display().to_string()));
        }
        self.with(|records| records.commit(commit))
    }

    fn exchanges(&self) -> Result<Vec<Exchange>, StoreError> {
        self.with(|records| records.all(Kind::Exchange))
    }

    fn exchange(&self, id: &ExchangeId) -> Result<Option<Exchange>, StoreError> {
        self.with(|records| records.get(Kind::Exchange, id.0.as_bytes()))
    }

    fn owner(&self, document: &DocumentNumber) -> Result<Option<Owner>, StoreError> {
        self.with(|records| records.get(Kind::Document, document.0.as_bytes()))
    }

    fn journal(&self, of: Option<&ExchangeId>) -> Result<Vec<Numbered>, StoreError> {
        let entries = self.with(|records| records.all(Kind::Journal))?;
        let numbered = (1..).zip(entries).map(|(number, entry)| Numbered { number, entry });
        Ok(numbered.filter(|line| of.is_none_or(|id| line.entry.exchange == *id)).collect())
    }

    fn policy(&self, digest: &Digest) -> Result<Option<Policy>, StoreError> {
        self.with(|records| records.get(Kind::Policy, &digest.0))
    }

    fn arrival(&self, raw: &Digest) -> Result<Option<Arrival>, StoreError> {
        self.with(|records| records.arrival(Kind::RawIndex, raw))
    }

    fn arrival_with(&self, content: &Digest) -> Result<Option<Arrival>, StoreError> {
        self.with(|records| records.arrival(Kind::ContentIndex, content))
    }

    fn arrivals(&self) -> Result<Vec<Arrival>, StoreError> {
        self.with(|records| records.all(Kind::Arrival))
    }

    fn value(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.with(|records| records.get(Kind::Value, name.as_bytes()))
    }

    fn keep(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        self.inside().files.keep(bytes)
    }

    fn kept(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.inside().files.kept(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::super::contract::{Ground, contract_tests, sample_commit};
    use super::*;

    struct OnDisk {
        folder: tempfile::TempDir,
        store: Option<Sled>,
    }

    impl Ground for OnDisk {
        fn fresh() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Some(Sled::open(folder.path()).unwrap());
            Self { folder, store }
        }

        fn store(&self) -> &dyn Store {
            self.store.as_ref().unwrap()
        }

        fn reopen(&mut self) {
            self.store = None;
            self.store = Some(Sled::open(self.folder.path()).unwrap());
        }
    }

    contract_tests!(OnDisk);

    #[test]
    fn f38_a_second_certpost_is_told_that_the_store_is_in_use() {
        let ground = OnDisk::fresh();
        let error = Sled::open(ground.folder.path()).err().unwrap();
        assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
        assert!(error.to_string().ends_with("is in use by another certpost"), "{error}");
    }

    #[test]
    fn f39_a_lock_file_that_nobody_holds_stops_nobody() {
        let mut ground = OnDisk::fresh();
        ground.store = None;
        assert!(ground.folder.path().join("lock").exists());
        ground.reopen();
    }

    #[test]
    fn f48_a_failed_commit_leaves_the_truth_on_the_disk() {
        let ground = OnDisk::fresh();
        let store = ground.store();
        store.commit(&sample_commit("director-1")).unwrap();
        // The counts can't be prepared: their temporary name is taken by a folder.
        let obstacle = ground.folder.path().join("counts.new");
        std::fs::create_dir(&obstacle).unwrap();
        let error = store.commit(&sample_commit("director-2")).unwrap_err();
        assert!(matches!(error, StoreError::Io { .. }), "{error:?}");
        assert_eq!(store.exchanges().unwrap().len(), 1);
        assert_eq!(store.journal(None).unwrap().len(), 1);
        std::fs::remove_dir(&obstacle).unwrap();
        store.commit(&sample_commit("director-2")).unwrap();
        assert_eq!(store.exchanges().unwrap().len(), 2);
    }

    #[test]
    fn a_panic_of_the_database_becomes_an_error() {
        let ground = OnDisk::fresh();
        let store = ground.store.as_ref().unwrap();
        let done: Result<(), _> = store.with(|_| panic!("tried to serialize Uninitialized"));
        let told = done.unwrap_err().to_string();
        assert!(told.contains("tried to serialize Uninitialized"), "{told}");
        store.commit(&sample_commit("director-1")).unwrap();
    }
}
