//! Private keys at rest, certificates put in place.
//!
//! ```text
//! keys/HOLDER/current -> generations/NAME                           renamed atomically
//! keys/HOLDER/generations/N-EXCHANGE-ATTEMPT/signing.key.pem         encrypted PKCS#8 (RFC 5958)
//! keys/HOLDER/generations/N-EXCHANGE-ATTEMPT/signing.{pem,der}       the certificate
//! keys/HOLDER/pending/EXCHANGE-ATTEMPT/signing.key.pem               waits for its certificate
//! ```
//!
//! A key on a token has only its name there (see [`token`]). The same with `agreement`. A generation is whole before `current` names it, and is never changed
//! afterwards; older ones stay for ever, since archived mail needs their keys. Every write is
//! durable before the call returns; folders are 0700, files 0600.

mod name;
mod on_token;
mod opening;
pub mod password;
mod shelf;
#[cfg(test)]
mod tests;
pub mod token;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::crypto::{Certificate, CryptoRng, Pair, PrivateKey, Suite, Usage};
use crate::engine::ports::{InPlace, Place, Vault, VaultError};
use crate::exchange::{ExchangeId, Problem};
use crate::time::Timestamp;

use name::{USAGES, case, folder, word};
use opening::{PublicHalves, check_match, unopened};
use token::{Reference, Token};

pub use name::is_holder_id;
pub use shelf::{Disk, Shelf, Table};

/// The vault in a folder.
pub type FileVault = Keyring<Disk>;

/// A vault that forgets everything with the process: for the deterministic world.
pub type MemoryVault = Keyring<Table>;

/// A vault over some shelf.
pub struct Keyring<S> {
    shelf: S,
    suite: Arc<dyn Suite>,
    /// Holders whose authority speaks another suite.
    others: BTreeMap<String, Arc<dyn Suite>>,
    /// Holders whose new keys are made on a token.
    tokens: BTreeMap<String, Token>,
    chance: Box<dyn CryptoRng + Send>,
    /// Of pending keys that were opened.
    public_halves: RefCell<PublicHalves>,
}

/// Under this name a first pair is imported.
const IMPORTED: &str = "0-import-0";

fn problem(label: &str, detail: impl Into<String>) -> VaultError {
    VaultError(Problem { label: label.into(), detail: detail.into() })
}

impl FileVault {
    /// Opens the vault in `root`, making the folder when it is absent. Keys are encrypted with
    /// `suite`'s own way of keeping them.
    pub fn open(
        root: &Path,
        suite: Arc<dyn Suite>,
        chance: Box<dyn CryptoRng + Send>,
    ) -> Result<Self, VaultError> {
        let shelf = Disk::open(root).map_err(|error| {
            problem("vault-io", format!("cannot make the folder {}: {error}", root.display()))
        })?;
        let (others, tokens, public_halves) = Default::default();
        Ok(Self { shelf, suite, others, tokens, chance, public_halves })
    }
}

impl MemoryVault {
    /// Keys lie there in plain: the world has no time for slow passwords, and keeps no secrets.
    pub fn new(suite: Arc<dyn Suite>, chance: Box<dyn CryptoRng + Send>) -> Self {
        let (shelf, others, tokens, public_halves) = Default::default();
        Self { shelf, suite, others, tokens, chance, public_halves }
    }

    /// What lies there, for faults and power cuts.
    pub fn table(&mut self) -> &mut Table {
        &mut self.shelf
    }
}

impl<S: Shelf> Keyring<S> {
    /// The keys of `holder` are of this suite and not of the usual one.
    pub fn with_suite_of(mut self, holder: &str, suite: Arc<dyn Suite>) -> Self {
        self.others.insert(holder.into(), suite);
        self
    }

    /// New keys of `holder` are made on this token. Those that lie in files are read on.
    pub fn with_token_of(mut self, holder: &str, token: Token) -> Self {
        self.tokens.insert(holder.into(), token);
        self
    }

    /// The suite of the holder that a path begins with.
    fn suite_of(&self, path: &str) -> Arc<dyn Suite> {
        let holder = path.split('/').next().unwrap_or_default();
        Arc::clone(self.others.get(holder).unwrap_or(&self.suite))
    }

    /// Takes over a pair that was made elsewhere, as the holder's first: generation 0. The key is
    /// encrypted PKCS#8 (PEM or DER) under `place.password`, and is kept encrypted anew.
    ///
    /// Importing the same again changes nothing; another pair in the place of one is refused
    /// (`key-occupied`), and so is a key that does not answer the certificate (`key-mismatch`).
    pub fn import(
        &mut self,
        place: Place<'_>,
        usage: Usage,
        key: &[u8],
        certificate: &Certificate,
    ) -> Result<(), VaultError> {
        let holder = folder(place.holder)?;
        let what = format!("the {} key of {holder} that is to be imported", word(usage));
        let key = self
            .suite_of(&holder)
            .unprotect(key, place.password)
            .map_err(|error| unopened(&error, &what))?;
        let public = self.public_half(&holder, &key, &what)?;
        check_match(&public, certificate, &what)?;
        let current = self.current(&holder)?;
        let generation = format!("{holder}/generations/{IMPORTED}");
        let known = match &current {
            Some(current) => self.certificate(current, usage)?,
            None => None,
        };
        if known.is_some_and(|known| known == *certificate) {
            return Ok(());
        }
        if current.is_some_and(|current| {
            current != generation || self.has(&current, usage).unwrap_or(true)
        }) {
            let detail = format!("{holder} has a {} pair already", word(usage));
            return Err(problem("key-occupied", detail));
        }
        let locked = self.lock(place.holder, &key, place.password)?;
        self.write(&format!("{generation}/{}.key.pem", word(usage)), &locked)?;
        self.write_certificate(&generation, usage, certificate)?;
        self.point(&holder, &generation)
    }

    fn io<T>(&self, done: std::io::Result<T>, doing: &str, path: &str) -> Result<T, VaultError> {
        done.map_err(|error| {
            problem("vault-io", format!("cannot {doing} {}: {error}", self.shelf.shown(path)))
        })
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, VaultError> {
        self.io(self.shelf.read(path), "read", path)
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), VaultError> {
        let done = self.shelf.write(path, bytes);
        self.io(done, "write", path)
    }

    fn names(&self, path: &str) -> Result<Vec<String>, VaultError> {
        self.io(self.shelf.names(path), "list", path)
    }

    /// The path of the holder's generation in use.
    fn current(&self, holder: &str) -> Result<Option<String>, VaultError> {
        let path = format!("{holder}/current");
        let Some(target) = self.io(self.shelf.target(&path), "read", &path)? else {
            return Ok(None);
        };
        match target.strip_prefix("generations/").filter(|name| is_holder_id(name)) {
            Some(name) => Ok(Some(format!("{holder}/generations/{name}"))),
            None => {
                let shown = self.shelf.shown(&path);
                let detail = format!("{shown} does not lead to a generation of this holder");
                Err(problem("vault-damaged", detail))
            }
        }
    }

    fn point(&mut self, holder: &str, generation: &str) -> Result<(), VaultError> {
        let path = format!("{holder}/current");
        let target = generation.strip_prefix(&format!("{holder}/")).unwrap_or(generation);
        let done = self.shelf.point(&path, target);
        self.io(done, "replace", &path)
    }

    /// Generations, newest first.
    fn generations(&self, holder: &str) -> Result<Vec<(u64, String)>, VaultError> {
        let folder = format!("{holder}/generations");
        let number = |name: String| {
            let number = name.split_once('-')?.0.parse().ok()?;
            is_holder_id(&name).then(|| (number, format!("{folder}/{name}")))
        };
        let mut found: Vec<_> = self.names(&folder)?.into_iter().filter_map(number).collect();
        found.sort();
        found.reverse();
        Ok(found)
    }

    /// The certificates that this exchange and attempt renewed: those of the generation before its
    /// own, or those in place when it has none. Needs no password.
    pub fn renewed_by(
        &self,
        holder: &str,
        exchange: &ExchangeId,
        attempt: u32,
    ) -> Result<Vec<Certificate>, VaultError> {
        let holder = folder(holder)?;
        let own = self.generation_of(&holder, &case(exchange, attempt)?)?;
        let before = match own {
            None => self.current(&holder)?,
            Some(own) => {
                let mut older = self.generations(&holder)?.into_iter().map(|(_, path)| path);
                older.find(|path| *path == own);
                older.next()
            }
        };
        let Some(before) = before else { return Ok(Vec::new()) };
        let found = USAGES.into_iter().map(|usage| self.certificate(&before, usage));
        Ok(found.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    /// The generation made for this exchange and attempt, whole or not.
    fn generation_of(&self, holder: &str, case: &str) -> Result<Option<String>, VaultError> {
        let is_its = |path: &str| {
            let name = path.rsplit('/').next().unwrap_or_default();
            name.split_once('-').is_some_and(|(_, rest)| rest == case)
        };
        let mut found = self.generations(holder)?.into_iter().map(|(_, path)| path);
        Ok(found.find(|path| is_its(path)))
    }

    /// Whether a pair, or a part of one, lies in a generation.
    fn has(&self, generation: &str, usage: Usage) -> Result<bool, VaultError> {
        Ok(self.names(generation)?.iter().any(|name| name.starts_with(word(usage))))
    }

    fn certificate(&self, from: &str, usage: Usage) -> Result<Option<Certificate>, VaultError> {
        let path = format!("{from}/{}.der", word(usage));
        let Some(bytes) = self.read(&path)? else { return Ok(None) };
        let read = Certificate::read(&bytes).map_err(|error| {
            problem("certificate-damaged", format!("{}: {error}", self.shelf.shown(&path)))
        });
        read.map(Some)
    }

    fn write_certificate(
        &mut self,
        generation: &str,
        usage: Usage,
        certificate: &Certificate,
    ) -> Result<(), VaultError> {
        self.write(&format!("{generation}/{}.pem", word(usage)), certificate.pem().as_bytes())?;
        // The one that we read comes last: it stands for the whole pair.
        self.write(&format!("{generation}/{}.der", word(usage)), certificate.der())
    }

    fn lock(
        &mut self,
        holder: &str,
        key: &PrivateKey,
        password: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let suite = self.suite_of(holder);
        self.shelf
            .lock(&*suite, key, password, &mut *self.chance)
            .map_err(|error| problem("key-protect", format!("a key can't be encrypted: {error}")))
    }

    /// The pairs of one generation that are whole.
    fn pairs_in(
        &self,
        generation: &str,
        place: Place<'_>,
    ) -> Result<Vec<(Usage, Pair)>, VaultError> {
        let mut pairs = Vec::new();
        for usage in USAGES {
            let Some(certificate) = self.certificate(generation, usage)? else { continue };
            let Some(key) = self.key(generation, usage, place)? else {
                let path = self.shelf.shown(&format!("{generation}/{}.key.pem", word(usage)));
                return Err(problem("key-missing", format!("{path} is not there")));
            };
            pairs.push((usage, Pair { key, certificate }));
        }
        Ok(pairs)
    }

    /// The key's place: waiting, or in the generation that was made of it.
    fn place_of(
        &self,
        holder: &str,
        case: &str,
        usage: Usage,
    ) -> Result<Option<String>, VaultError> {
        let waiting = format!("{holder}/pending/{case}");
        let made = self.generation_of(holder, case)?;
        for from in std::iter::once(waiting).chain(made) {
            if self.read(&format!("{from}/{}.key.pem", word(usage)))?.is_some() {
                return Ok(Some(from));
            }
        }
        Ok(None)
    }

    /// Copies the pairs of other usages. Their keys go under the new password with the new ones, so
    /// that one password opens all that is in use; a key that does not open goes as it is.
    fn carry_over(
        &mut self,
        from: &str,
        to: &str,
        replaced: &BTreeSet<Usage>,
        place: Place<'_>,
    ) -> Result<(), VaultError> {
        let changed = place.password != place.new_password;
        for usage in USAGES.into_iter().filter(|usage| !replaced.contains(usage)) {
            for end in ["key.pem", "pem", "der"] {
                let name = format!("{}.{end}", word(usage));
                let Some(mut bytes) = self.read(&format!("{from}/{name}"))? else { continue };
                if end == "key.pem"
                    && changed
                    && Reference::read(&bytes).is_none()
                    && let Ok(Some(key)) = self.key(from, usage, place)
                {
                    bytes = self.lock(place.holder, &key, place.new_password)?;
                }
                self.write(&format!("{to}/{name}"), &bytes)?;
            }
        }
        Ok(())
    }
}

impl<S: Shelf> Vault for Keyring<S> {
    fn certificates(&self, holder: &str) -> Result<Vec<InPlace>, VaultError> {
        let Some(current) = self.current(&folder(holder)?)? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for usage in USAGES {
            let certificate = self.certificate(&current, usage)?;
            found.extend(certificate.map(|certificate| InPlace { usage, certificate }));
        }
        Ok(found)
    }

    fn pairs(&self, place: Place<'_>) -> Result<Vec<(Usage, Pair)>, VaultError> {
        match self.current(&folder(place.holder)?)? {
            Some(current) => self.pairs_in(&current, place),
            None => Ok(Vec::new()),
        }
    }

    fn previous(&self, place: Place<'_>) -> Result<Vec<(Usage, Pair)>, VaultError> {
        let holder = folder(place.holder)?;
        let current = self.current(&holder)?;
        let mut seen = BTreeSet::new();
        for InPlace { certificate, .. } in self.certificates(&holder)? {
            seen.insert(certificate.fingerprint());
        }
        let mut found = Vec::new();
        for (_, generation) in self.generations(&holder)? {
            if Some(&generation) == current.as_ref() {
                continue;
            }
            for usage in USAGES {
                // An old pair that is damaged or has another password must not stop the new ones.
                let Ok(Some(certificate)) = self.certificate(&generation, usage) else { continue };
                if !seen.contains(&certificate.fingerprint())
                    && let Ok(Some(key)) = self.key(&generation, usage, place)
                {
                    seen.insert(certificate.fingerprint());
                    found.push((usage, Pair { key, certificate }));
                }
            }
        }
        Ok(found)
    }

    fn keep_pending(
        &mut self,
        place: Place<'_>,
        exchange: &ExchangeId,
        attempt: u32,
        usage: Usage,
        make: &mut dyn FnMut() -> Result<PrivateKey, VaultError>,
    ) -> Result<PrivateKey, VaultError> {
        let (holder, case) = (folder(place.holder)?, case(exchange, attempt)?);
        if self.makes_on_token(&holder, &case, usage)? {
            return self.keep_on_token(&holder, &case, usage);
        }
        if let Some(key) = self.pending(place, exchange, attempt, usage)? {
            return Ok(key);
        }
        let path = format!("{holder}/pending/{case}/{}.key.pem", word(usage));
        let key = make()?;
        let locked = self.lock(place.holder, &key, place.new_password)?;
        self.write(&path, &locked)?;
        Ok(key)
    }

    fn pending(
        &self,
        place: Place<'_>,
        exchange: &ExchangeId,
        attempt: u32,
        usage: Usage,
    ) -> Result<Option<PrivateKey>, VaultError> {
        let (holder, case) = (folder(place.holder)?, case(exchange, attempt)?);
        match self.place_of(&holder, &case, usage)? {
            Some(from) => self.pending_key(&from, usage, place),
            None => Ok(None),
        }
    }

    fn opened(
        &self,
        place: Place<'_>,
        wanted: &mut dyn FnMut(&Certificate) -> bool,
    ) -> (Vec<Pair>, Option<VaultError>) {
        self.wanted_pairs(place, wanted)
    }

    fn install(
        &mut self,
        place: Place<'_>,
        exchange: &ExchangeId,
        attempt: u32,
        certificates: &[(Usage, Certificate)],
        _now: Timestamp,
    ) -> Result<(), VaultError> {
        let (holder, case) = (folder(place.holder)?, case(exchange, attempt)?);
        // Everything is proven before anything is written.
        for (usage, certificate) in certificates {
            let what = format!("the {} key of {exchange}, attempt {attempt}", word(*usage));
            let public = match self.place_of(&holder, &case, *usage)? {
                Some(from) => self.pending_public_half(&from, *usage, place)?,
                None => return Err(problem("key-missing", format!("{what} is not there"))),
            };
            check_match(&public, certificate, &what)?;
        }
        let current = self.current(&holder)?;
        let generation = match self.generation_of(&holder, &case)? {
            Some(begun) => begun,
            None => {
                let last = self.generations(&holder)?.first().map_or(0, |(number, _)| *number);
                format!("{holder}/generations/{}-{case}", last.saturating_add(1))
            }
        };
        let usages: BTreeSet<Usage> = certificates.iter().map(|(usage, _)| *usage).collect();
        if let Some(current) = current.filter(|current| *current != generation) {
            self.carry_over(&current, &generation, &usages, place)?;
        }
        for (usage, certificate) in certificates {
            let name = format!("{}.key.pem", word(*usage));
            if let Some(locked) = self.read(&format!("{holder}/pending/{case}/{name}"))? {
                self.write(&format!("{generation}/{name}"), &locked)?;
            }
            if self.certificate(&generation, *usage).ok().flatten().as_ref() != Some(certificate) {
                self.write_certificate(&generation, *usage, certificate)?;
            }
        }
        self.put_on_token(&generation, certificates)?;
        self.point(&holder, &generation)?;
        for usage in usages {
            let path = format!("{holder}/pending/{case}/{}.key.pem", word(usage));
            let done = self.shelf.remove(&path);
            self.io(done, "remove", &path)?;
        }
        self.public_halves.take();
        Ok(())
    }

    fn ask_again(&mut self, holder: &str) {
        if let Some(token) = self.tokens.get(holder) {
            token.ask_again();
        }
    }

    fn orphans(&self, open: &[(ExchangeId, u32)]) -> Result<Vec<(ExchangeId, u32)>, VaultError> {
        let mut found = BTreeSet::new();
        for holder in self.names("")?.into_iter().filter(|name| is_holder_id(name)) {
            for case in self.names(&format!("{holder}/pending"))? {
                let parts = case.rsplit_once('-');
                let parts = parts.and_then(|(id, attempt)| Some((id, attempt.parse().ok()?)));
                if let Some((id, attempt)) = parts {
                    found.insert((ExchangeId(id.into()), attempt));
                }
            }
        }
        Ok(found.into_iter().filter(|case| !open.contains(case)).collect())
    }
}
