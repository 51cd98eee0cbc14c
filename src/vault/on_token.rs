//! Where the vault's folder and a token meet: the folder names keys, the token has them.

use super::name::word;
use super::token::{Reference, Token};
use super::{Keyring, Shelf, problem};
use crate::crypto::{Certificate, PrivateKey, Usage};
use crate::engine::ports::VaultError;

/// Octets of a CKA_ID: as many as a SHA-1 has, which every token takes.
const ID: usize = 20;

impl<S: Shelf> Keyring<S> {
    /// The token of the holder that a path begins with.
    fn token_of(&self, path: &str) -> Result<&Token, VaultError> {
        let holder = path.split('/').next().unwrap_or_default();
        self.tokens.get(holder).ok_or_else(|| {
            let detail = format!(
                "keys of {holder} are on a token, and the configuration names none for this holder"
            );
            problem("token-missing", detail)
        })
    }

    /// The key that a file of the vault names.
    pub(super) fn on_token(
        &self,
        from: &str,
        reference: &Reference,
    ) -> Result<Option<PrivateKey>, VaultError> {
        self.token_of(from)?.find(&reference.id).map_err(VaultError)
    }

    /// Whether the new key of this case belongs onto the token: not when it waits in a file already.
    pub(super) fn makes_on_token(
        &self,
        holder: &str,
        case: &str,
        usage: Usage,
    ) -> Result<bool, VaultError> {
        if !self.tokens.contains_key(holder) {
            return Ok(false);
        }
        let kept = self.kept(holder, case, usage)?;
        Ok(kept.is_none_or(|bytes| Reference::read(&bytes).is_some()))
    }

    /// What lies there of the new key of a case.
    fn kept(&self, holder: &str, case: &str, usage: Usage) -> Result<Option<Vec<u8>>, VaultError> {
        match self.place_of(holder, case, usage)? {
            Some(from) => self.read(&format!("{from}/{}.key.pem", word(usage))),
            None => Ok(None),
        }
    }

    /// The new key of this case: found on the token, else made there. Its name is on the disk
    /// before it is made, so that no power cut leaves a key that nobody knows.
    pub(super) fn keep_on_token(
        &mut self,
        holder: &str,
        case: &str,
        usage: Usage,
    ) -> Result<PrivateKey, VaultError> {
        let known = self.kept(holder, case, usage)?.and_then(|bytes| Reference::read(&bytes));
        let reference = match known {
            Some(known) => known,
            None => {
                let mut id = vec![0; ID];
                self.chance.fill_bytes(&mut id);
                let new = Reference { id };
                let path = format!("{holder}/pending/{case}/{}.key.pem", word(usage));
                self.write(&path, &new.write())?;
                new
            }
        };
        let token = self.token_of(holder)?;
        if let Some(key) = token.find(&reference.id).map_err(VaultError)? {
            return Ok(key);
        }
        let name = format!("{holder} {} {case}", word(usage));
        token.generate(&reference.id, &name, usage).map_err(VaultError)
    }

    /// Puts certificates beside those keys of a generation that are on a token, for other software
    /// that uses it.
    pub(super) fn put_on_token(
        &self,
        generation: &str,
        certificates: &[(Usage, Certificate)],
    ) -> Result<(), VaultError> {
        let mut parts = generation.split('/');
        let (holder, case) =
            (parts.next().unwrap_or_default(), parts.next_back().unwrap_or_default());
        for (usage, certificate) in certificates {
            let key = self.read(&format!("{generation}/{}.key.pem", word(*usage)))?;
            let Some(reference) = key.and_then(|key| Reference::read(&key)) else { continue };
            let name = format!("{holder} {} {case}", word(*usage));
            self.token_of(generation)?
                .put_certificate(&reference.id, &name, certificate)
                .map_err(VaultError)?;
        }
        Ok(())
    }
}
