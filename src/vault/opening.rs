//! Opening keys: slow, because a password stands before each, so none is opened without need and
//! none twice for the same question.

use std::collections::{BTreeMap, BTreeSet};

use super::name::{USAGES, folder, word};
use super::token::Reference;
use super::{Keyring, Shelf, problem};
use crate::crypto::{Certificate, CryptoError, Pair, PrivateKey, Usage, digest};
use crate::engine::ports::{Place, VaultError};
use crate::exchange::Digest;

/// Public halves (DER `SubjectPublicKeyInfo`) of keys that were opened, by the digest of the locked
/// bytes. No secrets: installing asks right after the proof, and need not open the key again.
pub(super) type PublicHalves = BTreeMap<Digest, Vec<u8>>;

impl<S: Shelf> Keyring<S> {
    /// A key as it lies there, and its path for people.
    fn locked(&self, from: &str, usage: Usage) -> Result<Option<(Vec<u8>, String)>, VaultError> {
        let path = format!("{from}/{}.key.pem", word(usage));
        let Some(locked) = self.read(&path)? else { return Ok(None) };
        let shown = self.shelf.shown(&path);
        if !self.io(self.shelf.is_private(&path), "look at", &path)? {
            let detail = format!("others can read {shown}; run chmod 600 on it");
            return Err(problem("key-permissions", detail));
        }
        Ok(Some((locked, shown)))
    }

    /// Tries the passwords in their order; each costs time, so equal ones count once.
    fn unlock(
        &self,
        from: &str,
        (locked, shown): &(Vec<u8>, String),
        [first, second]: [&[u8]; 2],
    ) -> Result<PrivateKey, VaultError> {
        if let Some(reference) = Reference::read(locked) {
            let there = self.on_token(from, &reference)?;
            let gone = || problem("key-missing", format!("the token has no key for {shown}"));
            return there.ok_or_else(gone);
        }
        let suite = self.suite_of(from);
        let opened = match self.shelf.unlock(&*suite, locked, first) {
            Err(CryptoError::WrongPassword) if first != second => {
                match self.shelf.unlock(&*suite, locked, second) {
                    Err(CryptoError::WrongPassword) => {
                        let detail = format!(
                            "neither password nor new-password of its holder opens {shown}"
                        );
                        return Err(problem("key-password", detail));
                    }
                    tried => tried,
                }
            }
            tried => tried,
        };
        opened.map_err(|error| unopened(&error, shown))
    }

    /// A key in use or an earlier one.
    pub(super) fn key(
        &self,
        from: &str,
        usage: Usage,
        place: Place<'_>,
    ) -> Result<Option<PrivateKey>, VaultError> {
        let locked = self.locked(from, usage)?;
        let passwords = [place.password, place.new_password];
        locked.map(|locked| self.unlock(from, &locked, passwords)).transpose()
    }

    /// A new key, whose public half is remembered.
    pub(super) fn pending_key(
        &self,
        from: &str,
        usage: Usage,
        place: Place<'_>,
    ) -> Result<Option<PrivateKey>, VaultError> {
        let Some(locked) = self.locked(from, usage)? else { return Ok(None) };
        let key = self.unlock(from, &locked, newest_first(place))?;
        let public = self.public_half(from, &key, &locked.1)?;
        self.public_halves.borrow_mut().insert(digest(&locked.0), public);
        Ok(Some(key))
    }

    /// The public half of the key that lies there now, byte for byte.
    pub(super) fn pending_public_half(
        &self,
        from: &str,
        usage: Usage,
        place: Place<'_>,
    ) -> Result<Vec<u8>, VaultError> {
        let missing = || problem("key-missing", format!("{from}/{} is gone", word(usage)));
        let locked = self.locked(from, usage)?.ok_or_else(missing)?;
        let known = self.public_halves.borrow().get(&digest(&locked.0)).cloned();
        match known {
            Some(public) => Ok(public),
            None => {
                let key = self.unlock(from, &locked, newest_first(place))?;
                self.public_half(from, &key, &locked.1)
            }
        }
    }

    /// The public half of a key of the holder that `path` begins with.
    pub(super) fn public_half(
        &self,
        path: &str,
        key: &PrivateKey,
        what: &str,
    ) -> Result<Vec<u8>, VaultError> {
        self.suite_of(path).public_key(key).map_err(|error| unopened(&error, what))
    }

    /// Answers [`Vault::opened`](crate::engine::ports::Vault::opened).
    pub(super) fn wanted_pairs(
        &self,
        place: Place<'_>,
        wanted: &mut dyn FnMut(&Certificate) -> bool,
    ) -> (Vec<Pair>, Option<VaultError>) {
        let holder = match folder(place.holder) {
            Ok(holder) => holder,
            Err(error) => return (Vec::new(), Some(error)),
        };
        let current = self.current(&holder).ok().flatten();
        let generations = self.generations(&holder).unwrap_or_default();
        let earlier = generations.into_iter().map(|(_, path)| path);
        let earlier = earlier.filter(|path| current.as_ref() != Some(path));
        let (mut seen, mut found, mut locked) = (BTreeSet::new(), Vec::new(), None);
        for generation in current.iter().cloned().chain(earlier) {
            for usage in USAGES {
                // A pair that is damaged or has another password must not stop the others.
                let Ok(Some(certificate)) = self.certificate(&generation, usage) else { continue };
                if seen.contains(&certificate.fingerprint()) || !wanted(&certificate) {
                    continue;
                }
                match self.key(&generation, usage, place) {
                    Ok(Some(key)) => {
                        seen.insert(certificate.fingerprint());
                        found.push(Pair { key, certificate });
                    }
                    Ok(None) => {}
                    Err(error) => locked = locked.or(Some(error)),
                }
            }
        }
        (found, locked)
    }
}

/// A new key has the new password; unless that was written down only after the key was made.
fn newest_first(place: Place<'_>) -> [&[u8]; 2] {
    [place.new_password, place.password]
}

/// A key that does not open, without a word of what is inside.
pub(super) fn unopened(error: &CryptoError, what: &str) -> VaultError {
    match error {
        CryptoError::WrongPassword => {
            problem("key-password", format!("the password does not open {what}"))
        }
        other => problem("key-damaged", format!("{what}: {other}")),
    }
}

pub(super) fn check_match(
    public: &[u8],
    certificate: &Certificate,
    what: &str,
) -> Result<(), VaultError> {
    if public == certificate.public_key() {
        return Ok(());
    }
    let detail = format!("{what} does not answer the certificate {}", certificate.serial());
    Err(problem("key-mismatch", detail))
}
