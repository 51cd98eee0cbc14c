//! Every commit once more, as a line of a plain file: what the database is rebuilt from.
//!
//! A line is `1 CHECKSUM JSON`: the format's version, crc32 of the JSON in hexadecimal, the number of
//! the commit and its content. It is synced before the database is written, so it may be one
//! commit ahead: a later line with the same number replaces that one. A damaged line costs its
//! own commit only.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Commit;
use super::durable;
use super::record::{CommitV1, Stored};

#[derive(Serialize, Deserialize)]
struct Line {
    number: u64,
    commit: CommitV1,
}

pub struct History {
    path: PathBuf,
}

/// What a history file holds.
#[derive(Debug, Default)]
pub struct Remembered {
    pub commits: BTreeMap<u64, Commit>,
    /// Lines that can't be read: damaged, half-written, or of a newer version.
    pub unreadable: usize,
}

impl History {
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Adds a commit, durably. After an error nothing was added.
    pub fn append(&self, number: u64, commit: &Commit) -> io::Result<()> {
        let line = Line { number, commit: CommitV1::store(commit.clone()) };
        let json = serde_json::to_string(&line)?;
        let is_new = !self.path.exists();
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&self.path)?;
        let end = file.seek(SeekFrom::End(0))?;
        // A line that a power cut left unfinished is ended, so that it spoils no other.
        let torn =
            if last_byte(&mut file, end)?.is_none_or(|byte| byte == b'\n') { "" } else { "\n" };
        let text = format!("{torn}1 {:08x} {json}\n", crc32fast::hash(json.as_bytes()));
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        if written.is_err() {
            // Best effort: a line that stays is replaced by the next commit's of the same number.
            let _ = file.set_len(end);
        }
        written?;
        if is_new {
            durable::sync_folder(self.path.parent().unwrap_or(Path::new(".")))?;
        }
        Ok(())
    }

    pub fn read(&self) -> io::Result<Remembered> {
        let bytes = std::fs::read(&self.path)?;
        let mut remembered = Remembered::default();
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match understood(line) {
                Some(Line { number, commit }) => {
                    remembered.commits.insert(number, commit.restore());
                }
                None => remembered.unreadable += 1,
            }
        }
        Ok(remembered)
    }
}

fn last_byte(file: &mut File, end: u64) -> io::Result<Option<u8>> {
    if end == 0 {
        return Ok(None);
    }
    let mut byte = [0];
    file.seek(SeekFrom::Start(end - 1))?;
    file.read_exact(&mut byte)?;
    Ok(byte.first().copied())
}

fn understood(line: &[u8]) -> Option<Line> {
    let text = std::str::from_utf8(line).ok()?;
    let (sum, json) = text.strip_prefix("1 ")?.split_once(' ')?;
    let sum = u32::from_str_radix(sum, 16).ok()?;
    (crc32fast::hash(json.as_bytes()) == sum).then_some(())?;
    serde_json::from_str(json).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::contract::sample_commit;
    use super::*;

    fn history() -> (tempfile::TempDir, History) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history");
        (folder, History::new(path))
    }

    #[test]
    fn a_later_line_of_the_same_number_counts() {
        let (_folder, history) = history();
        for (number, id) in [(1, "a"), (2, "failed"), (2, "b")] {
            history.append(number, &sample_commit(id)).unwrap();
        }
        let found = history.read().unwrap();
        assert_eq!(found.unreadable, 0);
        let expected = [(1, sample_commit("a")), (2, sample_commit("b"))];
        assert_eq!(found.commits.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn f48_a_half_written_line_spoils_no_other() {
        let (_folder, history) = history();
        history.append(1, &sample_commit("a")).unwrap();
        let whole = std::fs::read(&history.path).unwrap();
        for kept in 1..whole.len() {
            std::fs::write(&history.path, [&whole[..], &whole[..kept]].concat()).unwrap();
            history.append(2, &sample_commit("b")).unwrap();
            let found = history.read().unwrap();
            assert_eq!(found.commits.len(), 2, "cut after {kept} bytes");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn any_file_is_read_without_a_panic(bytes: Vec<u8>, json in "\\PC{0,60}") {
            let (_folder, history) = history();
            let sum = crc32fast::hash(json.as_bytes());
            let line = format!("\n1 {sum:08x} {json}\n");
            std::fs::write(&history.path, [&bytes, line.as_bytes()].concat()).unwrap();
            prop_assert!(history.read().unwrap().commits.is_empty());
        }
    }
}
