//! The ports with a mistake in them; whatever is not the mistake goes on unchanged.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use zeroize::Zeroizing;

use super::Bug;
use crate::crypto::{
    Certificate, CryptoError, CryptoRng, Pair, PrivateKey, Signature, SignedLayer, Suite, Usage,
};
use crate::engine::ports::{Carrier, CarrierError, Collected, InPlace, Place, Vault, VaultError};
use crate::engine::value;
use crate::exchange::{
    Digest, DocumentNumber, Event, Exchange, ExchangeId, Grant, Policy, Problem, SendFailure,
    Stage, Word,
};
use crate::store::{Arrival, Commit, Numbered, Owner, Store, StoreError};
use crate::time::{Span, Timestamp};
use crate::world::disk::Disk;
use crate::world::strongbox::AgentVault;

pub struct FalseCarrier {
    pub inner: Box<dyn Carrier>,
    pub bug: Bug,
    pub count: usize,
}

impl Carrier for FalseCarrier {
    fn send(&mut self, letter: &[u8], to: &str) -> Result<(), SendFailure> {
        self.count += 1;
        let mut letter = letter.to_vec();
        if self.bug == Bug::AltersOnResend {
            letter.splice(0..0, format!("X-Send: {}\r\n", self.count).into_bytes());
        }
        if self.bug == Bug::SendsHalf {
            letter.truncate(letter.len() / 2);
        }
        let sent = self.inner.send(&letter, to);
        if self.bug == Bug::DeniesSending {
            let problem = Problem { label: "smtp-unreachable".into(), detail: "a lie".into() };
            return Err(SendFailure::Later(problem));
        }
        sent
    }

    fn collect(&mut self, bookmark: Option<&str>, limit: usize) -> Result<Collected, CarrierError> {
        let mut collected = self.inner.collect(bookmark, limit)?;
        match self.bug {
            Bug::BringsNothing => return Ok(Collected::default()),
            Bug::SettlesFirst => {
                for delivery in &collected.deliveries {
                    self.inner.settle(&delivery.locator)?;
                }
            }
            Bug::SkipsLetters => {
                let mut kept = Vec::new();
                for delivery in collected.deliveries {
                    self.count += 1;
                    if self.count.is_multiple_of(3) {
                        self.inner.settle(&delivery.locator)?;
                    } else {
                        kept.push(delivery);
                    }
                }
                collected.deliveries = kept;
            }
            _ => {}
        }
        Ok(collected)
    }

    fn settle(&mut self, locator: &str) -> Result<(), CarrierError> {
        self.inner.settle(locator)
    }

    fn bookmark(&self) -> Option<String> {
        self.inner.bookmark()
    }

    fn wait(&mut self, at_most: std::time::Duration, interrupt: &dyn Fn() -> bool) {
        self.inner.wait(at_most, interrupt);
    }
}

pub struct FalseVault {
    pub inner: Box<AgentVault>,
    pub bug: Bug,
}

impl Vault for FalseVault {
    fn certificates(&self, holder: &str) -> Result<Vec<InPlace>, VaultError> {
        self.inner.certificates(holder)
    }

    fn pairs(&self, place: Place<'_>) -> Result<Vec<(Usage, Pair)>, VaultError> {
        self.inner.pairs(place)
    }

    fn previous(&self, place: Place<'_>) -> Result<Vec<(Usage, Pair)>, VaultError> {
        self.inner.previous(place)
    }

    fn keep_pending(
        &mut self,
        place: Place<'_>,
        exchange: &ExchangeId,
        attempt: u32,
        usage: Usage,
        make: &mut dyn FnMut() -> Result<PrivateKey, VaultError>,
    ) -> Result<PrivateKey, VaultError> {
        if self.bug == Bug::LosesNewKeys {
            return make();
        }
        let key = self.inner.keep_pending(place, exchange, attempt, usage, make);
        if self.bug == Bug::DropsOldPair && usage == Usage::Agreement {
            self.inner.strongbox.contents().in_place.remove(&(place.holder.to_owned(), usage));
        }
        key
    }

    fn pending(
        &self,
        place: Place<'_>,
        exchange: &ExchangeId,
        attempt: u32,
        usage: Usage,
    ) -> Result<Option<PrivateKey>, VaultError> {
        let key = self.inner.pending(place, exchange, attempt, usage)?;
        if self.bug == Bug::ForgetsInstalledKeys
            && let Some(key) = &key
            && self.inner.pairs(place)?.iter().any(|(_, pair)| pair.key.pkcs8() == key.pkcs8())
        {
            return Ok(None);
        }
        Ok(key)
    }

    fn install(
        &mut self,
        place: Place<'_>,
        exchange: &ExchangeId,
        attempt: u32,
        certificates: &[(Usage, Certificate)],
        now: Timestamp,
    ) -> Result<(), VaultError> {
        self.inner.install(place, exchange, attempt, certificates, now)?;
        if self.bug == Bug::MixesUpKeys {
            let mut contents = self.inner.strongbox.contents();
            let at = |usage| (place.holder.to_owned(), usage);
            let (signing, agreement) = (at(Usage::Signing), at(Usage::Agreement));
            let other = contents.in_place.get(&agreement).map(|pair| pair.key.clone());
            if let (Some(pair), Some(other)) = (contents.in_place.get_mut(&signing), other) {
                pair.key = other;
            }
        }
        Ok(())
    }

    fn orphans(&self, open: &[(ExchangeId, u32)]) -> Result<Vec<(ExchangeId, u32)>, VaultError> {
        self.inner.orphans(open)
    }
}

pub struct FalseStore {
    pub inner: Arc<Disk>,
    pub bug: Bug,
    pub commits: AtomicU32,
}

impl Store for FalseStore {
    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        let mut commit = commit.clone();
        match self.bug {
            Bug::DropsJournalLines => commit.entries.retain(|entry| {
                !matches!(entry.event, Some(Event::Heard { word: Word::Delivered, .. }))
            }),
            Bug::ForgetsArrivals => commit.arrival = None,
            Bug::ForgetsWhoseKey => commit.values.retain(|(name, _)| name != value::STATUS),
            Bug::LosesOrders => {
                let odd = !self.commits.load(Ordering::Relaxed).is_multiple_of(2);
                let order = |name: &str| name.starts_with("order/");
                if commit.values.iter().any(|(name, _)| order(name)) {
                    self.commits.fetch_add(1, Ordering::Relaxed);
                }
                commit.values.retain(|(name, _)| !(odd && order(name)));
            }
            _ => {}
        }
        self.inner.commit(&commit)
    }

    fn exchanges(&self) -> Result<Vec<Exchange>, StoreError> {
        let mut exchanges = self.inner.exchanges()?;
        for exchange in &mut exchanges {
            if let (Bug::HidesOpenExchanges, Stage::Acknowledged { dispatch, .. }) =
                (self.bug, &exchange.stage)
            {
                let at = exchange.opened_at + Span::hours(1);
                let (document, bundle) = (dispatch.document.clone(), dispatch.parcel);
                let grant = Grant { document, bundle, attempt: exchange.attempt, at };
                exchange.stage = Stage::Installed { grant, at };
            }
        }
        Ok(exchanges)
    }

    fn exchange(&self, id: &ExchangeId) -> Result<Option<Exchange>, StoreError> {
        self.inner.exchange(id)
    }

    fn owner(&self, document: &DocumentNumber) -> Result<Option<Owner>, StoreError> {
        self.inner.owner(document)
    }

    fn journal(&self, of: Option<&ExchangeId>) -> Result<Vec<Numbered>, StoreError> {
        self.inner.journal(of)
    }

    fn policy(&self, digest: &Digest) -> Result<Option<Policy>, StoreError> {
        self.inner.policy(digest)
    }

    fn arrival(&self, raw: &Digest) -> Result<Option<Arrival>, StoreError> {
        self.inner.arrival(raw)
    }

    fn arrival_with(&self, content: &Digest) -> Result<Option<Arrival>, StoreError> {
        self.inner.arrival_with(content)
    }

    fn arrivals(&self) -> Result<Vec<Arrival>, StoreError> {
        self.inner.arrivals()
    }

    fn value(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.inner.value(name)
    }

    fn keep(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        self.inner.keep(bytes)
    }

    fn kept(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.kept(digest)
    }
}

/// Whoever bears `named`'s name is taken for `named`.
pub struct FalseSuite {
    pub inner: Arc<dyn Suite>,
    pub named: Certificate,
}

impl Suite for FalseSuite {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn generate(
        &self,
        usage: Usage,
        chance: &mut dyn CryptoRng,
    ) -> Result<PrivateKey, CryptoError> {
        self.inner.generate(usage, chance)
    }

    fn public_key(&self, key: &PrivateKey) -> Result<Vec<u8>, CryptoError> {
        self.inner.public_key(key)
    }

    fn sign_bytes(
        &self,
        key: &PrivateKey,
        message: &[u8],
        chance: &mut dyn CryptoRng,
    ) -> Result<Signature, CryptoError> {
        self.inner.sign_bytes(key, message, chance)
    }

    fn verify_bytes(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), CryptoError> {
        self.inner.verify_bytes(public_key, message, signature)
    }

    fn sign(
        &self,
        content: &[u8],
        signer: &Pair,
        at: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, CryptoError> {
        self.inner.sign(content, signer, at, chance)
    }

    fn verify(
        &self,
        signed: &[u8],
        known: &[Certificate],
    ) -> Result<Vec<SignedLayer>, CryptoError> {
        let mut layers = self.inner.verify(signed, known)?;
        for layer in &mut layers {
            if layer.signer.subject_der() == self.named.subject_der() {
                layer.signer = self.named.clone();
            }
        }
        Ok(layers)
    }

    fn envelope(
        &self,
        content: &[u8],
        recipients: &[Certificate],
        sender: Option<&Pair>,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, CryptoError> {
        self.inner.envelope(content, recipients, sender, chance)
    }

    fn open(
        &self,
        enveloped: &[u8],
        pairs: &[&Pair],
        senders: &[Certificate],
    ) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        self.inner.open(enveloped, pairs, senders)
    }

    fn protect(
        &self,
        key: &PrivateKey,
        password: &[u8],
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, CryptoError> {
        self.inner.protect(key, password, chance)
    }

    fn unprotect(&self, protected: &[u8], password: &[u8]) -> Result<PrivateKey, CryptoError> {
        self.inner.unprotect(protected, password)
    }
}
