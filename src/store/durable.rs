//! Files and folders that are on the disk when the call returns, readable by their owner only.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Ends the names of files that are not finished. Left-overs of a crash are overwritten or swept.
pub const UNFINISHED: &str = ".new";

/// Writes a file as a whole: temporary name, fsync, rename, fsync of the folder. Whatever happens,
/// `path` holds the old bytes or the new ones.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    prepare(path, bytes)?.put()
}

/// A finished file that does not have its name yet.
pub struct Prepared {
    temporary: PathBuf,
    path: PathBuf,
}

/// The part of [`write()`] that needs space: after it, the name can be given at any time.
pub fn prepare(path: &Path, bytes: &[u8]) -> io::Result<Prepared> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(UNFINISHED);
    let temporary = path.with_file_name(name);
    let written = write_new(&temporary, bytes);
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written.map(|()| Prepared { temporary, path: path.to_owned() })
}

impl Prepared {
    pub fn put(self) -> io::Result<()> {
        fs::rename(&self.temporary, &self.path)?;
        sync_folder(folder_of(&self.path))
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Made anew, so that the mode of a left-over can't stay.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes names in a folder durable.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Makes a folder (0700) and the ones above it, durably. Existing ones stay as they are.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder_of(folder);
    if above != folder {
        create_folder(above)?;
    }
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    sync_folder(above)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn f48_a_file_is_replaced_as_a_whole_and_stays_private() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        create_folder(&inner).unwrap();
        create_folder(&inner).unwrap();
        assert_eq!(fs::metadata(&inner).unwrap().permissions().mode() & 0o777, 0o700);
        let path = inner.join("file");
        // A left-over that everybody may read.
        fs::write(inner.join("file.new"), b"half").unwrap();
        fs::set_permissions(inner.join("file.new"), fs::Permissions::from_mode(0o644)).unwrap();
        for bytes in [&b"first"[..], b"second"] {
            write(&path, bytes).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let _unfinished = prepare(&path, b"third").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        write(&inner.join("absent/file"), b"x").unwrap_err();
    }
}
