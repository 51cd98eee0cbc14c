//! A PIN that a token refused. Tokens lock themselves after three wrong ones, so a refused PIN is
//! not tried again, neither in the next round nor by the next process: not before the secret is
//! another, the configuration names another token, or a person asks.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::Problem;
use crate::crypto::digest;
use crate::store::durable;

/// Of the refused PIN one octet of a digest is kept: enough to see that the secret is another
/// (255 times of 256; else a person asks), and nearly nothing to guess the PIN by.
pub(super) struct Refusal {
    note: PathBuf,
    /// The token's name.
    salt: String,
    /// Stands when the note could not be written.
    here: AtomicBool,
}

impl Refusal {
    pub(super) fn new(folder: &Path, token: &str) -> Self {
        let name: String = digest(token.as_bytes()).to_string().chars().take(16).collect();
        let note = folder.join(format!("refused-pin-{name}"));
        Self { note, salt: token.to_owned(), here: AtomicBool::new(false) }
    }

    fn mark(&self, pin: &str) -> [u8; 1] {
        let salted = zeroize::Zeroizing::new(format!("{}\n{pin}", self.salt));
        digest(salted.as_bytes()).0.first_chunk().copied().unwrap_or_default()
    }

    /// Whether this PIN was refused already.
    pub(super) fn stands(&self, pin: &str) -> bool {
        self.here.load(Ordering::SeqCst)
            || std::fs::read(&self.note).is_ok_and(|mark| mark == self.mark(pin))
    }

    /// The token said no.
    pub(super) fn keep(&self, pin: &str) -> Result<(), Problem> {
        let folder = self.note.parent().unwrap_or(Path::new("."));
        let written = durable::create_folder(folder)
            .and_then(|()| durable::write(&self.note, &self.mark(pin)));
        written.map_err(|error| {
            self.here.store(true, Ordering::SeqCst);
            let detail = format!("cannot write {}: {error}", self.note.display());
            Problem { label: "vault-io".into(), detail }
        })
    }

    /// The token said yes, or a person asks again.
    pub(super) fn forget(&self) {
        self.here.store(false, Ordering::SeqCst);
        // What is not there need not go; what can't go is overwritten by the next refusal.
        let _ = std::fs::remove_file(&self.note);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_stands_for_its_pin_and_survives_the_process() {
        let folder = tempfile::tempdir().unwrap();
        let notes = folder.path().join("tokens");
        let refusal = Refusal::new(&notes, "module\nlabel\n");
        assert!(!refusal.stands("1234"));
        refusal.keep("1234").unwrap();
        let next = Refusal::new(&notes, "module\nlabel\n");
        assert!(next.stands("1234"));
        assert!(!next.stands("1235"));
        assert!(!Refusal::new(&notes, "module\nanother\n").stands("1234"));
        let kept = std::fs::read(&refusal.note).unwrap();
        assert_eq!(kept.len(), 1, "no more of the PIN than one octet of its digest");
        next.forget();
        assert!(!refusal.stands("1234"));
    }

    #[test]
    fn a_refusal_that_cannot_be_written_stands_until_a_person_asks() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, b"").unwrap();
        let refusal = Refusal::new(&file.join("below a file"), "token");
        assert_eq!(refusal.keep("1234").unwrap_err().label, "vault-io");
        assert!(refusal.stands("1234"));
        refusal.forget();
        assert!(!refusal.stands("1234"));
    }
}
