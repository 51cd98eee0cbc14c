//! The authority's own keys, and the certificates that it issues.

use std::sync::Arc;

use super::manners::Forgery;
use super::register::Register;
use crate::authority::Role;
use crate::crypto::issue::{self, Template};
use crate::crypto::{
    Certificate, CryptoError, CryptoRng, Pair, PrivateKey, Suite, Usage, name, oid,
};
use crate::time::{Span, Timestamp};

/// Ten years: longer than any test runs.
const LIFE: Span = Span::days(3652);

/// An authority's keys. The root signs certificates and nothing else.
#[derive(Clone)]
pub struct Keys {
    pub root: Pair,
    /// Signs receipts.
    pub signer: Pair,
    /// Opens applications.
    pub agreement: Pair,
}

impl Keys {
    /// New keys under a new root named `title`, valid from a year before `now`.
    pub fn make(
        suite: &dyn Suite,
        title: &str,
        code: &str,
        now: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Self, CryptoError> {
        let from = now - Span::days(365);
        let subject = |what: &str| {
            let common = format!("{title}{what}");
            let identifier = format!("NTRUA-{code}");
            name::build(&[
                (oid::ORGANISATION, title),
                (oid::COMMON_NAME, &common),
                (oid::COUNTRY, "UA"),
                (oid::ORGANISATION_IDENTIFIER, &identifier),
            ])
        };
        let key = suite.generate(Usage::Signing, chance)?;
        let role = issue::Role::Authority { path_length: None };
        let public_key = suite.public_key(&key)?;
        let template = Template::new(subject(""), public_key, role, 1, (from, from + LIFE));
        let certificate = issue::self_signed(&template, &key, suite, chance)?;
        let root = Pair { key, certificate };
        let mut below = |what: &str, usage, serial| {
            let key = suite.generate(usage, chance)?;
            let role = issue::Role::Half(usage);
            let public_key = suite.public_key(&key)?;
            let validity = (from, from + LIFE);
            let mut template = Template::new(subject(what), public_key, role, serial, validity);
            template.edrpou = Some(code.to_owned());
            let certificate = issue::issue(&template, &root, suite, chance)?;
            Ok::<_, CryptoError>(Pair { key, certificate })
        };
        let signer = below(". Квитанції", Usage::Signing, 2)?;
        let agreement = below(". Приймання заявок", Usage::Agreement, 3)?;
        Ok(Self { root, signer, agreement })
    }
}

/// A person, or a seal, that gets its first certificates: by a visit, not by post.
#[derive(Clone, Debug)]
pub struct Enrolment<'a> {
    pub organisation: &'a str,
    pub code: &'a str,
    pub role: Role,
    /// Full name, surname first; the organisation's for a seal.
    pub name: &'a str,
    pub drfo: Option<&'a str>,
    pub email: &'a str,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
}

impl Enrolment<'_> {
    fn subject(&self) -> Vec<u8> {
        let identifier = format!("NTRUA-{}", self.code);
        let title = match self.role {
            Role::Director => Some("Директор"),
            Role::Accountant => Some("Головний бухгалтер"),
            Role::Employee => Some("Співробітник"),
            Role::Seal => None,
        };
        let mut parts = vec![(oid::ORGANISATION, self.organisation)];
        parts.extend(title.map(|title| (oid::TITLE, title)));
        parts.push((oid::COMMON_NAME, self.name));
        if self.role != Role::Seal
            && let Some((surname, given)) = self.name.split_once(' ')
        {
            parts.push((oid::SURNAME, surname));
            parts.push((oid::GIVEN_NAME, given));
        }
        parts.push((oid::COUNTRY, "UA"));
        parts.push((oid::LOCALITY, "Київ"));
        parts.push((oid::ORGANISATION_IDENTIFIER, &identifier));
        name::build(&parts)
    }

    /// Makes a pair for `usage` and enters its certificate.
    pub fn enrol(
        &self,
        usage: Usage,
        keys: &Keys,
        register: &mut Register,
        suite: &dyn Suite,
        chance: &mut dyn CryptoRng,
    ) -> Result<Pair, CryptoError> {
        let key = suite.generate(usage, chance)?;
        let template = Template {
            subject: self.subject(),
            serial: register.take_serial().to_be_bytes().to_vec(),
            not_before: self.not_before,
            not_after: self.not_after,
            public_key: suite.public_key(&key)?,
            role: issue::Role::Half(usage),
            edrpou: Some(self.code.to_owned()),
            drfo: self.drfo.map(str::to_owned),
            key_id: None,
            is_electronic_seal: self.role == Role::Seal,
            email: Some(self.email.to_owned()),
        };
        let certificate = issue::issue(&template, &keys.root, suite, chance)?;
        register.enter(certificate.clone());
        Ok(Pair { key, certificate })
    }
}

/// A certificate for a requested key, in everything else like the one it replaces.
pub(super) struct Successor<'a> {
    pub old: &'a Certificate,
    pub public_key: Vec<u8>,
    pub usage: Usage,
    pub not_before: Timestamp,
    pub years: u8,
}

impl Successor<'_> {
    pub fn template(&self, register: &mut Register) -> Template {
        let subject = self.old.subject();
        Template {
            subject: self.old.subject_der().to_vec(),
            serial: register.take_serial().to_be_bytes().to_vec(),
            not_before: self.not_before,
            not_after: self.not_before + Span::days(365 * i64::from(self.years)),
            public_key: self.public_key.clone(),
            role: issue::Role::Half(self.usage),
            edrpou: subject.edrpou.clone(),
            drfo: subject.drfo.clone(),
            key_id: None,
            is_electronic_seal: subject.drfo.is_none(),
            email: subject.email.clone(),
        }
    }
}

/// Whom an answer about another organisation is about.
pub(in crate::simulator) const ANOTHER: &str = "99999999";

/// Who signs a forged answer; nobody when it is unsigned.
pub(in crate::simulator) fn forged_signer(
    forgery: Forgery,
    suite: &Arc<dyn Suite>,
    keys: &Keys,
    at: Timestamp,
    chance: &mut dyn CryptoRng,
) -> Result<Option<Pair>, CryptoError> {
    let day = Span::days(1);
    let signer = match forgery {
        Forgery::Unsigned => return Ok(None),
        Forgery::Stranger => stranger(suite, keys, (at - day, at + day), false, chance)?,
        Forgery::Expired => {
            let validity = (at - Span::days(800), at - Span::days(70));
            stranger(suite, keys, validity, true, chance)?
        }
        Forgery::AnotherOrganisation => keys.signer.clone(),
    };
    Ok(Some(signer))
}

/// A key that the authority never had, under the authority's own name.
fn stranger(
    suite: &Arc<dyn Suite>,
    keys: &Keys,
    validity: (Timestamp, Timestamp),
    genuine_root: bool,
    chance: &mut dyn CryptoRng,
) -> Result<Pair, CryptoError> {
    let suite = suite.as_ref();
    let key: PrivateKey = suite.generate(Usage::Signing, chance)?;
    let subject = keys.signer.certificate.subject_der().to_vec();
    let role = issue::Role::Half(Usage::Signing);
    let template = Template::new(subject, suite.public_key(&key)?, role, 2, validity);
    let certificate = if genuine_root {
        issue::issue(&template, &keys.root, suite, chance)?
    } else {
        issue::self_signed(&template, &key, suite, chance)?
    };
    Ok(Pair { key, certificate })
}
