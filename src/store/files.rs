//! Bytes that can't be made again, each in a file named by its digest: `ab/abcdef…`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::StoreError;
use super::durable;
use crate::exchange::Digest;

/// A folder of kept files.
pub struct Files {
    root: PathBuf,
}

fn failed(operation: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::Io { operation, place: path.display().to_string(), source }
}

impl Files {
    /// Opens the folder, and sweeps what a crash left unfinished.
    pub fn open(root: PathBuf) -> Result<Self, StoreError> {
        durable::create_folder(&root).map_err(|error| failed("make the folder", &root, error))?;
        let files = Self { root };
        files.sweep().map_err(|error| failed("look through", &files.root, error))?;
        Ok(files)
    }

    /// To read beside a process that has the folder open: nothing is swept.
    pub fn beside(root: PathBuf) -> Self {
        Self { root }
    }

    fn sweep(&self) -> io::Result<()> {
        for folder in fs::read_dir(&self.root)? {
            let folder = folder?;
            if !folder.file_type()?.is_dir() {
                continue;
            }
            for file in fs::read_dir(folder.path())? {
                let file = file?;
                if file.file_name().to_string_lossy().ends_with(durable::UNFINISHED) {
                    fs::remove_file(file.path())?;
                }
            }
        }
        Ok(())
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        let folder: String = name.chars().take(2).collect();
        self.root.join(folder).join(name)
    }

    /// Durable when it returns. A damaged file of the same name is replaced by good bytes.
    pub fn keep(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = crate::crypto::digest(bytes);
        if let Ok(Some(_)) = self.kept(&digest) {
            return Ok(digest);
        }
        let path = self.path(&digest);
        let folder = path.parent().unwrap_or(&self.root);
        durable::create_folder(folder)
            .and_then(|()| durable::write(&path, bytes))
            .map_err(|error| failed("keep the file", &path, error))?;
        Ok(digest)
    }

    pub fn kept(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path(digest);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read the kept file", &path, error)),
        };
        if crate::crypto::digest(&bytes) != *digest {
            let detail = "the kept bytes no longer answer the name of the file".into();
            return Err(StoreError::Damaged { place: path.display().to_string(), detail });
        }
        Ok(Some(bytes))
    }

    /// Every file answers its name; how many there are.
    pub fn check(&self) -> Result<usize, StoreError> {
        let looked = |error| failed("look through", &self.root, error);
        let mut count = 0;
        for folder in fs::read_dir(&self.root).map_err(looked)? {
            for file in fs::read_dir(folder.map_err(looked)?.path()).map_err(looked)? {
                let file = file.map_err(looked)?;
                let Ok(digest) = file.file_name().to_string_lossy().parse() else { continue };
                self.kept(&digest)?;
                count += 1;
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_told_and_can_be_kept_again() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path().join("files")).unwrap();
        let digest = files.keep(b"parcel").unwrap();
        let path = files.path(&digest);
        let expected = format!("{}/{digest}", &digest.to_string()[..2]);
        assert!(path.ends_with(expected), "{}", path.display());
        fs::write(&path, b"parcex").unwrap();
        assert!(matches!(files.kept(&digest), Err(StoreError::Damaged { .. })));
        assert!(matches!(files.check(), Err(StoreError::Damaged { .. })));
        files.keep(b"parcel").unwrap();
        assert_eq!(files.kept(&digest).unwrap().unwrap(), b"parcel");
        files.keep(b"another").unwrap();
        assert_eq!(files.check().unwrap(), 2);
    }

    #[test]
    fn f48_half_written_files_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path().join("files")).unwrap();
        let path = files.path(&files.keep(b"parcel").unwrap());
        let half = path.with_file_name(format!("abc{}", durable::UNFINISHED));
        fs::write(&half, b"par").unwrap();
        Files::open(folder.path().join("files")).unwrap();
        assert!(!half.exists() && path.exists());
    }
}
