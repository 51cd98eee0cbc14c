//! Where a vault's files lie: on the disk, or in memory. Paths are relative, with `/`, and made of
//! checked names only.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::crypto::{CryptoError, CryptoRng, PrivateKey, Suite, ber};
use crate::store::durable;

/// Files, folders and one kind of link. What returned `Ok` is durable.
pub trait Shelf: Send {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>>;
    /// Whether nobody but the owner can use the file.
    fn is_private(&self, path: &str) -> io::Result<bool>;
    /// Writes a file as a whole, and the folders above it.
    fn write(&mut self, path: &str, bytes: &[u8]) -> io::Result<()>;
    /// Names in a folder, sorted; none when there is no such folder.
    fn names(&self, folder: &str) -> io::Result<Vec<String>>;
    /// Where a link leads, as it is written.
    fn target(&self, path: &str) -> io::Result<Option<String>>;
    /// Makes a link or replaces it, atomically.
    fn point(&mut self, path: &str, target: &str) -> io::Result<()>;
    /// Removes a file, if it is there, and its folder when that is empty.
    fn remove(&mut self, path: &str) -> io::Result<()>;
    /// The path for people.
    fn shown(&self, path: &str) -> String;

    /// A key as it lies here: encrypted PKCS#8 in PEM (RFC 7468 §11).
    fn lock(
        &self,
        suite: &dyn Suite,
        key: &PrivateKey,
        password: &[u8],
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, CryptoError> {
        let locked = suite.protect(key, password, chance)?;
        Ok(ber::wrap_pem("ENCRYPTED PRIVATE KEY", &locked).into_bytes())
    }

    fn unlock(
        &self,
        suite: &dyn Suite,
        locked: &[u8],
        password: &[u8],
    ) -> Result<PrivateKey, CryptoError> {
        suite.unprotect(locked, password)
    }
}

/// A folder on the disk.
pub struct Disk {
    root: PathBuf,
}

impl Disk {
    pub fn open(root: &Path) -> io::Result<Self> {
        durable::create_folder(root)?;
        Ok(Self { root: root.to_owned() })
    }
}

fn if_there<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Shelf for Disk {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        if_there(fs::read(self.root.join(path)))
    }

    fn is_private(&self, path: &str) -> io::Result<bool> {
        Ok(fs::metadata(self.root.join(path))?.permissions().mode() & 0o077 == 0)
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.root.join(path);
        durable::create_folder(path.parent().unwrap_or(&self.root))?;
        durable::write(&path, bytes)
    }

    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let Some(entries) = if_there(fs::read_dir(self.root.join(folder)))? else {
            return Ok(Vec::new());
        };
        let name = |entry: io::Result<fs::DirEntry>| {
            entry.map(|entry| entry.file_name().to_string_lossy().into_owned())
        };
        let mut names = entries.map(name).collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }

    fn target(&self, path: &str) -> io::Result<Option<String>> {
        let target = if_there(fs::read_link(self.root.join(path)))?;
        Ok(target.map(|target| target.to_string_lossy().into_owned()))
    }

    fn point(&mut self, path: &str, target: &str) -> io::Result<()> {
        let path = self.root.join(path);
        let folder = path.parent().unwrap_or(&self.root);
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(durable::UNFINISHED);
        let temporary = path.with_file_name(name);
        if_there(fs::remove_file(&temporary))?;
        std::os::unix::fs::symlink(target, &temporary)?;
        fs::rename(&temporary, &path)?;
        durable::sync_folder(folder)
    }

    fn remove(&mut self, path: &str) -> io::Result<()> {
        let path = self.root.join(path);
        if if_there(fs::remove_file(&path))?.is_none() {
            return Ok(());
        }
        let folder = path.parent().unwrap_or(&self.root);
        durable::sync_folder(folder)?;
        // A folder that is not empty stays.
        match (fs::remove_dir(folder), folder.parent()) {
            (Ok(()), Some(above)) => durable::sync_folder(above),
            _ => Ok(()),
        }
    }

    fn shown(&self, path: &str) -> String {
        self.root.join(path).display().to_string()
    }
}

/// Files in memory. A clone is what a power cut leaves.
#[derive(Clone, Default)]
pub struct Table {
    files: BTreeMap<String, Vec<u8>>,
    links: BTreeMap<String, String>,
    /// Writes until one fails.
    fails_after: Option<u32>,
}

impl Table {
    /// The write (file, link or removal) after `writes` more fails once, as on a full disk.
    pub fn fail_after(&mut self, writes: u32) {
        self.fails_after = Some(writes);
    }

    fn count(&mut self) -> io::Result<()> {
        match self.fails_after {
            Some(0) => {
                self.fails_after = None;
                Err(io::ErrorKind::StorageFull.into())
            }
            Some(left) => {
                self.fails_after = Some(left - 1);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Shelf for Table {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.files.get(path).cloned())
    }

    fn is_private(&self, _path: &str) -> io::Result<bool> {
        Ok(true)
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.count()?;
        self.files.insert(path.into(), bytes.to_vec());
        Ok(())
    }

    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let inside = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let first = |path: &String| {
            let rest = path.strip_prefix(&inside)?;
            rest.split('/').next().map(str::to_owned)
        };
        let mut names: Vec<_> = self.files.keys().filter_map(first).collect();
        names.dedup();
        Ok(names)
    }

    fn target(&self, path: &str) -> io::Result<Option<String>> {
        Ok(self.links.get(path).cloned())
    }

    fn point(&mut self, path: &str, target: &str) -> io::Result<()> {
        self.count()?;
        self.links.insert(path.into(), target.into());
        Ok(())
    }

    fn remove(&mut self, path: &str) -> io::Result<()> {
        self.count()?;
        self.files.remove(path);
        Ok(())
    }

    fn shown(&self, path: &str) -> String {
        format!("memory/{path}")
    }

    /// The digest of the password, then the key in plain.
    fn lock(
        &self,
        _suite: &dyn Suite,
        key: &PrivateKey,
        password: &[u8],
        _chance: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, CryptoError> {
        Ok([&crate::crypto::digest(password).0, key.pkcs8()].concat())
    }

    fn unlock(
        &self,
        _suite: &dyn Suite,
        locked: &[u8],
        password: &[u8],
    ) -> Result<PrivateKey, CryptoError> {
        let key = locked.strip_prefix(&crate::crypto::digest(password).0);
        let key = key.ok_or(CryptoError::WrongPassword)?;
        Ok(PrivateKey::from_pkcs8(Zeroizing::new(key.to_vec())))
    }
}
