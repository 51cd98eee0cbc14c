//! The agent's vault in memory. It outlives power cuts, and shows to the checks what lies in it;
//! keys lie there in plain, because the world has no time for slow passwords.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::power::{CrashPoint, Power};
use crate::crypto::{Certificate, Pair, PrivateKey, Suite, Usage};
use crate::engine::ports::{InPlace, Place, Vault, VaultError};
use crate::exchange::{ExchangeId, Problem};
use crate::time::Timestamp;

/// Holder, exchange, attempt, usage.
type Case = (String, ExchangeId, u32, Usage);

/// A key with its public half, computed once.
#[derive(Clone)]
pub struct Kept {
    pub key: PrivateKey,
    /// DER `SubjectPublicKeyInfo`.
    pub public: Vec<u8>,
}

/// A pair as the checks see it.
#[derive(Clone)]
pub struct KeptPair {
    pub key: Kept,
    pub certificate: Certificate,
}

#[derive(Default)]
pub struct Contents {
    pub in_place: BTreeMap<(String, Usage), KeptPair>,
    /// Oldest first.
    pub previous: Vec<(String, Usage, KeptPair)>,
    /// Installed ones stay: installing twice must find its key.
    pub pending: BTreeMap<Case, Kept>,
}

#[derive(Clone, Default)]
pub struct Strongbox(Arc<Mutex<Contents>>);

impl Strongbox {
    pub fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A pair that a person brings.
    pub fn bring(&self, holder: &str, usage: Usage, pair: KeptPair) {
        self.contents().put(holder, usage, pair);
    }
}

impl Contents {
    fn put(&mut self, holder: &str, usage: Usage, pair: KeptPair) {
        if let Some(old) = self.in_place.insert((holder.into(), usage), pair) {
            self.previous.push((holder.into(), usage, old));
        }
    }
}

/// The agent's way to the strongbox.
pub struct AgentVault {
    pub strongbox: Strongbox,
    pub suite: Arc<dyn Suite>,
    pub power: Power,
}

impl AgentVault {
    fn powered(&self) -> Result<MutexGuard<'_, Contents>, VaultError> {
        if self.power.is_on() {
            return Ok(self.strongbox.contents());
        }
        Err(problem("vault-io", "no power"))
    }
}

fn problem(label: &str, detail: &str) -> VaultError {
    VaultError(Problem { label: label.into(), detail: detail.into() })
}

fn pair(kept: &KeptPair) -> Pair {
    Pair { key: kept.key.key.clone(), certificate: kept.certificate.clone() }
}

impl Vault for AgentVault {
    fn certificates(&self, holder: &str) -> Result<Vec<InPlace>, VaultError> {
        let contents = self.powered()?;
        let of_holder = contents.in_place.iter().filter(|((of, _), _)| of == holder);
        Ok(of_holder
            .map(|((_, usage), pair)| InPlace {
                usage: *usage,
                certificate: pair.certificate.clone(),
            })
            .collect())
    }

    fn pairs(&self, place: Place<'_>) -> Result<Vec<(Usage, Pair)>, VaultError> {
        let contents = self.powered()?;
        let of_holder = contents.in_place.iter().filter(|((of, _), _)| of == place.holder);
        Ok(of_holder.map(|((_, usage), kept)| (*usage, pair(kept))).collect())
    }

    fn previous(&self, place: Place<'_>) -> Result<Vec<(Usage, Pair)>, VaultError> {
        let contents = self.powered()?;
        let of_holder = contents.previous.iter().rev().filter(|(of, ..)| of == place.holder);
        Ok(of_holder.map(|(_, usage, kept)| (*usage, pair(kept))).collect())
    }

    fn keep_pending(
        &mut self,
        place: Place<'_>,
        exchange: &ExchangeId,
        attempt: u32,
        usage: Usage,
        make: &mut dyn FnMut() -> Result<PrivateKey, VaultError>,
    ) -> Result<PrivateKey, VaultError> {
        if let Some(key) = self.pending(place, exchange, attempt, usage)? {
            return Ok(key);
        }
        let key = make()?;
        let public = self.suite.public_key(&key);
        let public = public.map_err(|error| problem("key-damaged", &error.to_string()))?;
        let case = (place.holder.to_owned(), exchange.clone(), attempt, usage);
        self.powered()?.pending.insert(case, Kept { key: key.clone(), public });
        self.power.passes(CrashPoint::KeyKept);
        Ok(key)
    }

    fn pending(
        &self,
        place: Place<'_>,
        exchange: &ExchangeId,
        attempt: u32,
        usage: Usage,
    ) -> Result<Option<PrivateKey>, VaultError> {
        let case = (place.holder.to_owned(), exchange.clone(), attempt, usage);
        Ok(self.powered()?.pending.get(&case).map(|kept| kept.key.clone()))
    }

    fn install(
        &mut self,
        place: Place<'_>,
        exchange: &ExchangeId,
        attempt: u32,
        certificates: &[(Usage, Certificate)],
        _now: Timestamp,
    ) -> Result<(), VaultError> {
        let mut contents = self.powered()?;
        let mut pairs = Vec::new();
        for (usage, certificate) in certificates {
            let case = (place.holder.to_owned(), exchange.clone(), attempt, *usage);
            let key = contents.pending.get(&case).cloned();
            let key = key.ok_or_else(|| problem("key-missing", place.holder))?;
            pairs.push((*usage, KeptPair { key, certificate: certificate.clone() }));
        }
        for (usage, pair) in pairs {
            let current = contents.in_place.get(&(place.holder.to_owned(), usage));
            if current.is_none_or(|current| current.certificate != pair.certificate) {
                contents.put(place.holder, usage, pair);
            }
        }
        drop(contents);
        self.power.passes(CrashPoint::Installed);
        Ok(())
    }

    fn orphans(&self, open: &[(ExchangeId, u32)]) -> Result<Vec<(ExchangeId, u32)>, VaultError> {
        let contents = self.powered()?;
        let cases =
            contents.pending.keys().map(|(_, exchange, attempt, _)| (exchange.clone(), *attempt));
        Ok(cases.filter(|case| !open.contains(case)).collect())
    }
}
