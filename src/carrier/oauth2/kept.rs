//! What must outlive the process: a refresh token that replaced the configured one, and when the
//! grant was last used. One small file, readable by its owner only.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::store::durable;
use crate::time::Timestamp;

#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct Kept {
    /// SHA-256 of the configured refresh token that this grew from: when a person configures
    /// another one, that counts.
    #[zeroize(skip)]
    pub grown_from: String,
    pub refresh_token: String,
    #[zeroize(skip)]
    pub used: Timestamp,
    /// When the grant dies, if the endpoint said so.
    #[zeroize(skip)]
    pub ends: Option<Timestamp>,
}

pub(super) struct Place(PathBuf);

impl Place {
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Whoever asks the endpoint holds this: two programs that show one refresh token at once look
    /// like thieves to a provider that rotates them.
    pub fn lock(&self) -> io::Result<File> {
        durable::create_folder(self.folder())?;
        let path = self.0.with_extension("lock");
        let file =
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        file.lock()?;
        Ok(file)
    }

    /// What was kept for this configured token.
    pub fn read(&self, grown_from: &str) -> Option<Kept> {
        let bytes = Zeroizing::new(std::fs::read(&self.0).ok()?);
        let kept: Kept = serde_json::from_slice(&bytes).ok()?;
        (kept.grown_from == grown_from).then_some(kept)
    }

    pub fn write(&self, kept: &Kept) -> io::Result<()> {
        let bytes = serde_json::to_vec(kept).map(Zeroizing::new).map_err(io::Error::other)?;
        durable::write(&self.0, &bytes)
    }

    fn folder(&self) -> &Path {
        self.0.parent().unwrap_or(Path::new("."))
    }
}
