//! What the authority says to a petition, and when: its duty first, its manners over it.

use super::examine::examine;
use super::keys::{ANOTHER, Successor, forged_signer};
use super::petition::{Answer, Petition, Saying};
use super::register::requested_key;
use super::{Authority, Forgery, Paper, Silence, Timed, Wrong};
use crate::crypto::{Certificate, CryptoRng, Pair, Usage, issue};
use crate::time::{Span, Timestamp};

impl Authority {
    /// Everything that will be said, in the order of an honest authority.
    pub(super) fn decide(
        &mut self,
        petition: &Petition,
        now: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Saying>, Silence> {
        let suite = self.suite.clone();
        let faults = examine(petition, &self.register, &self.profile, suite.as_ref(), now);
        let refusing = self.manners.refuses.iter().find(|one| concerns(&one.who, petition));
        let refusal = match (refusing, faults.first()) {
            (Some(refusing), _) => Some(Saying::Refused {
                code: refusing.code.clone(),
                reasons: refusing.reasons.clone(),
                at_once: refusing.at_once,
            }),
            (None, Some(first)) => Some(Saying::Refused {
                code: Some(first.code.into()),
                reasons: faults.iter().map(|fault| fault.words.clone()).collect(),
                at_once: faults.iter().any(|fault| fault.at_once),
            }),
            (None, None) => None,
        };
        if let Some(refusal @ Saying::Refused { at_once: true, .. }) = refusal {
            return Ok(vec![refusal]);
        }
        let mut sayings = vec![Saying::Delivered];
        if let Some(refusal) = refusal {
            sayings.push(refusal);
            return Ok(sayings);
        }
        if self.manners.invoices || petition.asks_invoice {
            self.charge(petition, now);
            return Ok(sayings);
        }
        sayings.push(self.grant(petition, now, chance)?);
        Ok(sayings)
    }

    /// The certificates, and the registration number: 9, the year, the applicant's own number.
    pub(super) fn grant(
        &mut self,
        petition: &Petition,
        now: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Saying, Silence> {
        let certificates = self.issue(petition, now, chance)?;
        let year = now.date(&self.profile.policy.calendar.time_zone()).year() % 100;
        let count: String = petition.number.chars().skip(25).take(7).collect();
        let registration = format!("9{year:02}{count:0>7}");
        Ok(Saying::Granted { certificates, registration })
    }

    fn issue(
        &mut self,
        petition: &Petition,
        now: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Certificate>, Silence> {
        let wrong = self.manners.grants_wrong;
        let mut certificates = Vec::new();
        for asked in &petition.asks {
            let Some(old) = self.register.certificate(&asked.replaces).cloned() else { continue };
            let suite = self.suite.clone();
            let Some((public_key, _)) = requested_key(suite.as_ref(), &asked.request) else {
                continue;
            };
            if wrong == Some(Wrong::Old) {
                certificates.push(old);
                continue;
            }
            let usage = match (wrong, asked.usage) {
                (Some(Wrong::Usage), Usage::Signing) => Usage::Agreement,
                (Some(Wrong::Usage), Usage::Agreement) => Usage::Signing,
                (_, usage) => usage,
            };
            let zone = self.profile.policy.calendar.time_zone();
            let begins = Timestamp::from_civil(petition.start.at(0, 0, 0, 0), &zone);
            let (years, mut not_before) = (petition.term, begins.max(now));
            if wrong == Some(Wrong::NotYet) {
                not_before = now + Span::days(365);
            }
            let successor = Successor { old: &old, public_key, usage, not_before, years };
            let mut template = successor.template(&mut self.register);
            if wrong == Some(Wrong::Key) {
                let key = suite.generate(asked.usage, chance)?;
                template.public_key = suite.public_key(&key)?;
            }
            if wrong == Some(Wrong::Subject) {
                template.edrpou = Some("00000000".into());
            }
            let issuer = if wrong == Some(Wrong::Chain) {
                self.another_root(now, chance)?
            } else {
                self.keys.root.clone()
            };
            let certificate = issue::issue(&template, &issuer, suite.as_ref(), chance)?;
            if wrong.is_none() {
                self.register.enter(certificate.clone());
            }
            certificates.push(certificate);
        }
        Ok(certificates)
    }

    fn another_root(&self, now: Timestamp, chance: &mut dyn CryptoRng) -> Result<Pair, Silence> {
        let title = self.title.as_str();
        let keys = super::Keys::make(self.suite.as_ref(), title, &self.code, now, chance)?;
        Ok(keys.root)
    }

    /// The letters that the manners make of it.
    pub(super) fn answers(
        &self,
        petition: &Petition,
        sayings: &[Saying],
        now: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Timed>, Silence> {
        let mut timed = Vec::new();
        if self.manners.silent {
            return Ok(timed);
        }
        for saying in sayings {
            if self.manners.skips_delivered && matches!(saying, Saying::Delivered) {
                continue;
            }
            let at = self.moment(saying, now);
            timed.extend(self.speak(petition, saying, word(saying), at, chance)?);
        }
        // Stable: what is said at one moment keeps its order.
        timed.sort_by_key(|one| one.at);
        Ok(timed)
    }

    /// One saying as the manners have it: so many times, with a forged one before a decision.
    pub(super) fn speak(
        &self,
        petition: &Petition,
        saying: &Saying,
        word: &str,
        at: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Timed>, Silence> {
        let mut timed = Vec::new();
        if let Some(forgery) = self.manners.forges
            && !matches!(saying, Saying::Delivered)
        {
            timed.push(self.forge(forgery, petition, saying, at, chance)?);
        }
        for copy in 1..=self.manners.repeats.max(1) {
            let code = petition.code.as_str();
            let signer = Some(&self.keys.signer);
            let name = format!("{}-{word}-{copy}", petition.number);
            timed.push(self.letter(petition, saying, code, signer, name, at, chance)?);
        }
        Ok(timed)
    }

    fn moment(&self, saying: &Saying, now: Timestamp) -> Timestamp {
        let early = matches!(saying, Saying::Delivered)
            || matches!(saying, Saying::Refused { at_once: true, .. });
        self.manners.moment(early, now, &self.profile.policy.calendar)
    }

    #[expect(clippy::too_many_arguments, reason = "one answer is just this many facts")]
    fn letter(
        &self,
        petition: &Petition,
        saying: &Saying,
        code: &str,
        signer: Option<&Pair>,
        name: String,
        at: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Timed, Silence> {
        let (issuer, issuer_code) = (self.title.as_str(), self.code.as_str());
        let answer = Answer { petition, saying, code, issuer, issuer_code, at };
        let Paper { part, beside, subject, text } = self.seal(&answer, signer, chance)?;
        Ok(Timed { at, to: petition.reply_to.clone(), name, part, beside, subject, text })
    }

    fn forge(
        &self,
        forgery: Forgery,
        petition: &Petition,
        saying: &Saying,
        at: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Timed, Silence> {
        let name = format!("{}-forged", petition.number);
        let signer = forged_signer(forgery, &self.suite, &self.keys, at, chance)?;
        let code = match forgery {
            Forgery::AnotherOrganisation => ANOTHER,
            _ => petition.code.as_str(),
        };
        self.letter(petition, saying, code, signer.as_ref(), name, at, chance)
    }
}

/// Names a saying in Message-IDs.
fn word(saying: &Saying) -> &'static str {
    match saying {
        Saying::Delivered => "delivered",
        Saying::Invoice(invoice) if invoice.confirmed.is_some() => "paid",
        Saying::Invoice(_) => "invoice",
        Saying::Granted { .. } | Saying::Refused { .. } => "decision",
    }
}

/// Whether a manner's `who` means this petition's holder.
fn concerns(who: &str, petition: &Petition) -> bool {
    who == petition.role.word() || (!who.is_empty() && petition.holder.contains(who))
}
