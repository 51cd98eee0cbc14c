//! A damaged database made anew from the history of its commits.

use std::fs;
use std::io;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use super::records::Records;
use super::{Sled, failed, lock, quietly};
use crate::store::history::History;
use crate::store::{StoreError, durable};

/// What a rebuilt store holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    pub commits: usize,
    /// Numbers of commits that no readable line tells of. Their journal lines are lost, and states
    /// that no later commit repeats.
    pub missing: Vec<u64>,
    /// Lines that could not be read.
    pub unreadable: usize,
    /// Where the damaged files lie now.
    pub damaged: PathBuf,
}

impl Sled {
    /// Makes the database in `root` anew from its history, and puts the damaged one aside. Kept
    /// files stay as they are. Interrupted, it can be done again: the history is replaced last.
    pub fn rebuild(root: &Path) -> Result<Rebuilt, StoreError> {
        let _lock = lock(root)?;
        let path = root.join("history");
        let remembered = History::new(path.clone()).read();
        let remembered = remembered.map_err(|error| failed("read", &path, error))?;
        let place = root.join("rebuilt");
        clear(&place).map_err(|error| failed("clear", &place, error))?;
        let work = AssertUnwindSafe(|| {
            let mut records = Records::open(&place)?;
            remembered.commits.values().try_for_each(|commit| records.commit(commit))
        });
        quietly(&place, work)?;
        let damaged = put_in_place(root, &place).map_err(|error| failed("replace", root, error))?;
        let last = remembered.commits.keys().last().copied().unwrap_or(0);
        let missing = (1..=last).filter(|number| !remembered.commits.contains_key(number));
        Ok(Rebuilt {
            commits: remembered.commits.len(),
            missing: missing.collect(),
            unreadable: remembered.unreadable,
            damaged,
        })
    }
}

fn clear(place: &Path) -> io::Result<()> {
    match fs::remove_dir_all(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => durable::create_folder(place),
    }
}

fn put_in_place(root: &Path, rebuilt: &Path) -> io::Result<PathBuf> {
    let aside = (1u32..).map(|number| root.join(format!("damaged-{number}")));
    let aside = aside.into_iter().find(|path| !path.exists()).unwrap_or_default();
    durable::create_folder(&aside)?;
    for name in ["counts", "history"] {
        if root.join(name).exists() {
            fs::copy(root.join(name), aside.join(name))?;
        }
    }
    if root.join("records").exists() {
        fs::rename(root.join("records"), aside.join("records"))?;
    }
    durable::sync_folder(&aside)?;
    for name in ["records", "counts", "history"] {
        if rebuilt.join(name).exists() {
            fs::rename(rebuilt.join(name), root.join(name))?;
        }
    }
    durable::sync_folder(root)?;
    fs::remove_dir(rebuilt)?;
    Ok(aside)
}
