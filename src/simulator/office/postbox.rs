//! What the post office keeps: postboxes with folders with letters. No sockets, no clock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::OfficeError;
use crate::time::Timestamp;

/// The folders that every postbox has from the beginning.
pub(super) const FOLDERS: [&str; 4] = ["INBOX", "Junk", "Processed", "Sent"];

/// Folders a postbox may have, so that a client in a loop can't fill the memory with names.
const MOST_FOLDERS: usize = 1000;

#[derive(Clone)]
pub(super) struct Letter {
    pub uid: u32,
    /// As IMAP writes them: `\Seen`, `certpost-kept`.
    pub flags: BTreeSet<String>,
    pub arrived: Timestamp,
    pub raw: Arc<[u8]>,
}

/// Letters in ascending order of their UIDs (RFC 9051 §2.3.1.1).
pub(super) struct Folder {
    pub uid_validity: u32,
    pub uid_next: u32,
    pub letters: Vec<Letter>,
}

impl Folder {
    pub fn put(&mut self, raw: Arc<[u8]>, flags: BTreeSet<String>, arrived: Timestamp) -> u32 {
        let uid = self.uid_next;
        self.uid_next = uid.saturating_add(1);
        self.letters.push(Letter { uid, flags, arrived, raw });
        uid
    }

    pub fn letter(&self, uid: u32) -> Option<&Letter> {
        let at = self.letters.binary_search_by_key(&uid, |letter| letter.uid).ok()?;
        self.letters.get(at)
    }

    pub fn letter_mut(&mut self, uid: u32) -> Option<&mut Letter> {
        let at = self.letters.binary_search_by_key(&uid, |letter| letter.uid).ok()?;
        self.letters.get_mut(at)
    }

    pub fn count(&self, flag: &str) -> usize {
        self.letters.iter().filter(|letter| letter.flags.contains(flag)).count()
    }
}

pub(super) struct Postbox {
    password: String,
    pub folders: BTreeMap<String, Folder>,
}

/// Every postbox, by address in lower case.
pub(super) struct Postboxes {
    all: BTreeMap<String, Postbox>,
    last_validity: u32,
}

impl Postboxes {
    pub fn new() -> Self {
        Self { all: BTreeMap::new(), last_validity: 1_700_000_000 }
    }

    pub fn open(&mut self, address: &str, password: &str) {
        let folders = FOLDERS.map(|name| (name.to_owned(), self.empty_folder())).into();
        self.all.insert(known_as(address), Postbox { password: password.into(), folders });
    }

    fn empty_folder(&mut self) -> Folder {
        Folder { uid_validity: self.new_validity(), uid_next: 1, letters: Vec::new() }
    }

    /// Greater than every earlier one, as RFC 9051 §2.3.1.1 asks.
    fn new_validity(&mut self) -> u32 {
        self.last_validity = self.last_validity.saturating_add(1);
        self.last_validity
    }

    /// The key under which `address` is known, if the password is right.
    pub fn login(&self, address: &str, password: &str) -> Option<String> {
        let name = known_as(address);
        let postbox = self.all.get(&name)?;
        (postbox.password == password).then_some(name)
    }

    pub fn knows(&self, address: &str) -> bool {
        self.all.contains_key(&known_as(address))
    }

    pub fn postbox(&self, address: &str) -> Option<&Postbox> {
        self.all.get(&known_as(address))
    }

    pub fn folder(&self, address: &str, folder: &str) -> Result<&Folder, OfficeError> {
        let postbox = self.postbox(address).ok_or_else(|| no_account(address))?;
        postbox.folders.get(&canonical(folder)).ok_or_else(|| no_folder(address, folder))
    }

    pub fn folder_mut(&mut self, address: &str, folder: &str) -> Result<&mut Folder, OfficeError> {
        let postbox = self.all.get_mut(&known_as(address)).ok_or_else(|| no_account(address))?;
        postbox.folders.get_mut(&canonical(folder)).ok_or_else(|| no_folder(address, folder))
    }

    /// False when it exists already, or there are too many, or nobody has this address.
    pub fn create(&mut self, address: &str, folder: &str) -> bool {
        let fresh = self.empty_folder();
        let Some(postbox) = self.all.get_mut(&known_as(address)) else { return false };
        let name = canonical(folder);
        if postbox.folders.contains_key(&name) || postbox.folders.len() >= MOST_FOLDERS {
            return false;
        }
        postbox.folders.insert(name, fresh);
        true
    }

    /// What a server does that lost its index (F4): a new UIDVALIDITY, and the UIDs begin at 1
    /// again. The order is reversed, so that an old UID means another letter.
    pub fn renumber(&mut self, address: &str, folder: &str) -> Result<(), OfficeError> {
        let validity = self.new_validity();
        let folder = self.folder_mut(address, folder)?;
        folder.letters.reverse();
        folder.uid_validity = validity;
        folder.uid_next = 1;
        for letter in &mut folder.letters {
            letter.uid = folder.uid_next;
            folder.uid_next = folder.uid_next.saturating_add(1);
        }
        Ok(())
    }
}

/// INBOX has no case (RFC 9051 §5.1).
pub(super) fn canonical(folder: &str) -> String {
    if folder.eq_ignore_ascii_case("INBOX") { "INBOX".into() } else { folder.into() }
}

/// Addresses are compared without case.
pub(super) fn known_as(address: &str) -> String {
    address.trim().to_ascii_lowercase()
}

fn no_account(address: &str) -> OfficeError {
    OfficeError::NoSuchAccount(address.into())
}

fn no_folder(address: &str, folder: &str) -> OfficeError {
    OfficeError::NoSuchFolder { address: address.into(), folder: folder.into() }
}
