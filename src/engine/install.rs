//! From "granted" to "in place": every certificate is proven against its pending key first, and
//! nothing is put in place unless all of them are.

use std::error::Error;

use super::hook::Hook;
use super::passwords::Passwords;
use super::setup::{Authority, Holder};
use super::{Engine, Happening, Round};
use crate::authority::Start;
use crate::crypto::chain::ChainError;
use crate::crypto::proof::{Mismatch, prove};
use crate::crypto::{Certificate, PrivateKey, Usage};
use crate::exchange::{Anomaly, Event, Exchange, Grant, Note, Obstacle, Problem, Stage, Word};
use crate::store::{Entry, StoreError};
use crate::time::Timestamp;

/// What became of certificates that answer everything.
enum Outcome {
    /// In place: their serial numbers.
    Done(String),
    /// They begin only then, as was asked for.
    Later(Timestamp),
}

/// When the certificates that were granted begin, when a day was asked for.
fn begins(bundle: &[Certificate], holder: &Holder) -> Option<Timestamp> {
    let granted = bundle.iter().filter(|one| !one.is_authority());
    let begins = granted.map(|one| one.not_before()).max();
    begins.filter(|_| holder.start != Start::Request)
}

/// A problem and whether it lasts.
type Failure = (Problem, bool);

fn failure(label: &str, detail: impl Into<String>, lasting: bool) -> Failure {
    (Problem { label: label.into(), detail: detail.into() }, lasting)
}

impl Engine {
    /// Answers [`Effect::Install`](crate::exchange::Effect::Install).
    pub(super) fn install(
        &mut self,
        exchange: &Exchange,
        now: Timestamp,
    ) -> Result<Option<Happening<'static>>, StoreError> {
        let Stage::Granted { grant, .. } = &exchange.stage else { return Ok(None) };
        let bundle = match self.store.kept(&grant.bundle)? {
            Some(bundle) => read_bundle(&bundle),
            None => Vec::new(),
        };
        let outcome = self.prove_and_install(exchange, grant, &bundle, now);
        let happening = match outcome {
            Ok(Outcome::Later(until)) => {
                Happening::new(Event::Snoozed { until }, until.to_string())
            }
            Ok(Outcome::Done(words)) => {
                let mut happening = Happening::new(Event::Installed, words);
                // In the same commit: a cut can't lose it.
                let owed = self.setup.hook.then(|| Hook::owed(exchange));
                happening.commit.values.extend(owed);
                happening
            }
            Err((problem, lasting)) => {
                let words = problem.detail.clone();
                Happening::new(Event::InstallFailed { problem, lasting }, words)
            }
        };
        Ok(Some(happening))
    }

    /// A grant that came while an earlier one was not proven yet was only noted. When the earlier
    /// one turns out wrong, the next is heard again, each once (F24).
    pub(super) fn reconsider(
        &mut self,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<(), StoreError> {
        for exchange in self.store.exchanges()? {
            let Stage::Stalled { obstacle: Obstacle::Installation(_), .. } = &exchange.stage else {
                continue;
            };
            let journal = self.store.journal(Some(&exchange.id))?;
            let entries = journal.iter().map(|numbered| &numbered.entry);
            let heard: Vec<_> = entries.filter_map(|one| Some((one, granted(one)?))).collect();
            let next = heard.iter().find(|(entry, grant)| {
                let was_taken = |(other, of): &(&Entry, &Grant)| {
                    of.bundle == grant.bundle && !was_repeated(other)
                };
                was_repeated(entry) && !heard.iter().any(was_taken)
            });
            let Some((entry, _)) = next else { continue };
            let Entry { event: Some(event), words, cause, .. } = entry else { continue };
            let happening =
                Happening { cause: *cause, ..Happening::new(event.clone(), words.clone()) };
            self.apply(&exchange, happening, now, round)?;
        }
        Ok(())
    }

    fn prove_and_install(
        &mut self,
        exchange: &Exchange,
        grant: &Grant,
        bundle: &[Certificate],
        now: Timestamp,
    ) -> Result<Outcome, Failure> {
        let Self { setup, vault, secrets, .. } = self;
        let unknown = || failure("holder-unknown", exchange.holder.clone(), true);
        let holder = setup.holder(&exchange.holder).ok_or_else(unknown)?;
        let authority = setup.authority(&holder.authority).ok_or_else(unknown)?;
        let passwords = Passwords::read(holder, secrets.as_ref()).map_err(|p| (p, false))?;
        let place = passwords.place(holder);
        let in_place = vault.certificates(&holder.id).map_err(|error| (error.0, false))?;
        // Where a later beginning was asked for, they are proven as of that day.
        let judged = begins(bundle, holder).map_or(now, |begins| begins.max(now));
        let mut proven = Vec::new();
        for usage in [Usage::Signing, Usage::Agreement] {
            let key = vault
                .pending(place, &exchange.id, grant.attempt, usage)
                .map_err(|error| (error.0, false))?;
            let Some(key) = key else { continue };
            let old = in_place.iter().find(|old| old.usage == usage).map(|old| &old.certificate);
            // A cut between installing and its commit: what is in place is what was granted, for
            // this very key. Installing it again changes nothing.
            if let Some(done) = old
                && bundle.contains(done)
                && authority.suite.public_key(&key).is_ok_and(|public| public == done.public_key())
            {
                proven.push((usage, done.clone()));
                continue;
            }
            let certificate = choose(usage, &key, old, bundle, authority, holder, judged)?;
            proven.push((usage, certificate));
        }
        if proven.is_empty() {
            let detail = format!("no pending key of {} attempt {}", exchange.id, grant.attempt);
            return Err(failure("key-missing", detail, true));
        }
        if judged > now {
            return Ok(Outcome::Later(judged));
        }
        vault
            .install(place, &exchange.id, grant.attempt, &proven, now)
            .map_err(|error| (error.0, false))?;
        let serials: Vec<_> = proven.iter().map(|(_, one)| one.serial()).collect();
        Ok(Outcome::Done(serials.join(", ")))
    }
}

/// The certificate of the bundle that answers this key in everything; else the exact difference of
/// the one that comes nearest.
fn choose(
    usage: Usage,
    key: &PrivateKey,
    old: Option<&Certificate>,
    bundle: &[Certificate],
    authority: &Authority,
    holder: &Holder,
    now: Timestamp,
) -> Result<Certificate, Failure> {
    let Some(old) = old else {
        let detail = format!("{} has no earlier certificate to compare with", holder.id);
        return Err(failure("certificate-missing", detail, false));
    };
    let suite = authority.suite.as_ref();
    // A cut after installing and before it was recorded: what answers the new key is in place
    // already, and was proven before it got there. Installing it again changes nothing.
    let answers = suite.public_key(key).is_ok_and(|public| public == old.public_key());
    if answers && bundle.contains(old) {
        return Ok(old.clone());
    }
    let mut difference = None;
    for certificate in bundle.iter().filter(|one| !one.is_authority()) {
        match prove(certificate, bundle, key, usage, old, &authority.trust, suite, now) {
            Ok(()) => return Ok(certificate.clone()),
            Err(mismatch) => {
                // A certificate for another key of ours says least about this one.
                let wrong_key = matches!(mismatch, Mismatch::Key { .. });
                if difference.is_none() || !wrong_key {
                    difference = Some((label_of(&mismatch), told(&mismatch)));
                }
            }
        }
    }
    let (label, detail) = difference
        .unwrap_or_else(|| ("certificate-mismatch", "the answer holds no certificate".into()));
    let usage = match usage {
        Usage::Signing => "signing",
        Usage::Agreement => "key agreement",
    };
    Err(failure(label, format!("{usage}: {detail}"), true))
}

fn label_of(mismatch: &Mismatch) -> &'static str {
    match mismatch {
        Mismatch::Chain { cause: ChainError::Revoked { .. } } => "certificate-revoked",
        Mismatch::Chain {
            cause: ChainError::NoIssuer { .. } | ChainError::BadSignature { .. },
        } => "certificate-untrusted",
        _ => "certificate-mismatch",
    }
}

fn granted(entry: &Entry) -> Option<&Grant> {
    match &entry.event {
        Some(Event::Heard { word: Word::Granted(grant), .. }) => Some(grant),
        _ => None,
    }
}

fn was_repeated(entry: &Entry) -> bool {
    matches!(entry.note, Some(Note::Unexpected { why: Anomaly::Repeated, .. }))
}

/// An error with its causes: a person reads nothing else.
fn told(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", told(cause)),
        None => error.to_string(),
    }
}

/// The bundle is kept as PEM, one certificate after the other.
fn read_bundle(bundle: &[u8]) -> Vec<Certificate> {
    let text = String::from_utf8_lossy(bundle);
    text.split_inclusive("-----END CERTIFICATE-----")
        .filter_map(|pem| Certificate::read(pem.trim().as_bytes()).ok())
        .collect()
}
