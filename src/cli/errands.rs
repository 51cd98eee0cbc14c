//! Errands to a daemon that has the database open: a small file each in `DATA/errands`, answered
//! by a file beside it. The folder is 0700, so whoever may write there owns the keys anyway.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::Errand;
use crate::os;

/// What the daemon answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Done; the exchange's id and its stage after the round that followed, and what that round
    /// moved beside.
    Done {
        exchange: Option<String>,
        stage: Option<String>,
        /// `director-1: installed`
        moved: Vec<String>,
        /// Letters that came in and were filed.
        letters: usize,
    },
    /// Nothing was changed, and why.
    Declined { label: String, detail: String },
}

/// The place where commands leave errands and the daemon its answers.
pub struct Desk {
    folder: PathBuf,
}

const ERRAND: &str = "errand";
const ANSWER: &str = "answer";
/// Errands are a line of JSON; anything larger was not left by us.
const LARGEST: u64 = 64 * 1024;

impl Desk {
    pub fn open(data: &Path) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        let folder = data.join("errands");
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        Ok(Self { folder })
    }

    /// Leaves an errand and waits for the answer; `None` when none came in time.
    pub fn ask(&self, errand: &Errand, at_most: Duration) -> io::Result<Option<Answer>> {
        let name = format!("{}-{}", os::now().0, std::process::id());
        self.write(&name, ERRAND, &serde_json::to_vec(errand)?)?;
        let answer = self.folder.join(format!("{name}.{ANSWER}"));
        let elapsed = os::stopwatch();
        while elapsed() < at_most {
            if let Ok(bytes) = std::fs::read(&answer) {
                std::fs::remove_file(&answer)?;
                return Ok(Some(serde_json::from_slice(&bytes)?));
            }
            os::pause(Duration::from_millis(50));
        }
        Ok(None)
    }

    /// Whether an errand waits; cheap, asked several times a second.
    pub fn is_waiting(&self) -> bool {
        self.names().next().is_some()
    }

    /// Takes every errand that waits, oldest first; each is answered through [`Desk::answer`].
    /// A file that is no errand is answered as declined, so that it is not met again.
    pub fn take(&self) -> io::Result<Vec<(String, Errand)>> {
        let mut names: Vec<String> = self.names().collect();
        names.sort();
        let mut errands = Vec::new();
        for name in names {
            let path = self.folder.join(format!("{name}.{ERRAND}"));
            let size = std::fs::metadata(&path)?.len();
            let bytes = if size <= LARGEST { std::fs::read(&path)? } else { Vec::new() };
            std::fs::remove_file(&path)?;
            match serde_json::from_slice(&bytes) {
                Ok(errand) => errands.push((name, errand)),
                Err(error) => {
                    let label = "errand-unreadable".into();
                    self.answer(&name, &Answer::Declined { label, detail: error.to_string() })?;
                }
            }
        }
        Ok(errands)
    }

    pub fn answer(&self, name: &str, answer: &Answer) -> io::Result<()> {
        self.write(name, ANSWER, &serde_json::to_vec(answer)?)
    }

    fn names(&self) -> impl Iterator<Item = String> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            name.strip_suffix(&format!(".{ERRAND}")).map(str::to_owned)
        })
    }

    /// A reader never meets half a file: the name appears when the bytes are complete.
    fn write(&self, name: &str, kind: &str, bytes: &[u8]) -> io::Result<()> {
        let partial = self.folder.join(format!("{name}.{kind}.partial"));
        std::fs::write(&partial, bytes)?;
        std::fs::rename(&partial, self.folder.join(format!("{name}.{kind}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errand_is_taken_once_and_answered() {
        let data = tempfile::tempdir().unwrap();
        let desk = Desk::open(data.path()).unwrap();
        assert!(!desk.is_waiting());
        let errand = Errand::Retry { id: "director-1".into() };
        let asked = std::thread::scope(|threads| {
            let asking = threads.spawn(|| desk.ask(&errand, Duration::from_secs(60)).unwrap());
            let taken = loop {
                match desk.take().unwrap() {
                    taken if taken.is_empty() => std::thread::yield_now(),
                    taken => break taken,
                }
            };
            assert_eq!(taken.len(), 1);
            assert_eq!(taken[0].1, errand);
            let exchange = Some("director-1".into());
            let done = Answer::Done { exchange, stage: None, moved: vec![], letters: 0 };
            desk.answer(&taken[0].0, &done).unwrap();
            asking.join().unwrap()
        });
        assert!(matches!(asked, Some(Answer::Done { .. })));
        assert!(desk.take().unwrap().is_empty());
    }

    #[test]
    fn a_file_that_is_no_errand_is_declined_and_not_met_again() {
        let data = tempfile::tempdir().unwrap();
        let desk = Desk::open(data.path()).unwrap();
        std::fs::write(data.path().join("errands/1-1.errand"), b"{").unwrap();
        assert!(desk.take().unwrap().is_empty());
        assert!(!desk.is_waiting());
        assert!(data.path().join("errands/1-1.answer").exists());
    }

    #[test]
    fn nobody_answers_when_no_daemon_runs() {
        let data = tempfile::tempdir().unwrap();
        let desk = Desk::open(data.path()).unwrap();
        let answer = desk.ask(&Errand::Fetch, Duration::ZERO).unwrap();
        assert_eq!(answer, None);
    }
}
