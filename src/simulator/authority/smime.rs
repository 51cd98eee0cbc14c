//! The authority's side of `smime`, written from `schemas/smime-application.md` and
//! `schemas/smime-answer.md`. The codecs of MIME and CMS are shared with the agent; reading
//! applications and writing answers are not.

use std::collections::BTreeMap;

use super::petition::{Answer, Asked, Petition, Saying};
use crate::authority::Role;
use crate::crypto::{Certificate, CryptoRng, Pair, Suite, Usage, cms};
use crate::exchange::Money;
use crate::mail::{self, Limits, Part};
use crate::simulator::clerk::{Paper, Sealing, Silence, Unintelligible, odd};
use crate::simulator::sota::kyiv;

/// Decrypts, verifies and reads an application.
pub(super) fn read(
    parts: &[Part],
    suite: &dyn Suite,
    agreement: &Pair,
) -> Result<Petition, Unintelligible> {
    let part = parts.first().ok_or_else(|| odd("an empty letter"))?;
    let opened = suite.open(&part.bytes, &[agreement], &[]);
    let entity = opened.map_err(|error| odd(error.to_string()))?;
    let inner = entities(&entity)?;
    let signed = inner.first().ok_or_else(|| odd("nothing signed"))?;
    let layers = suite.verify(&signed.bytes, &[]).map_err(|error| odd(error.to_string()))?;
    let layer = layers.into_iter().next().ok_or_else(|| odd("nobody signed"))?;
    petition(&entities(&layer.content)?, layer.signer)
}

fn entities(entity: &[u8]) -> Result<Vec<Part>, Unintelligible> {
    mail::read_entity(entity, &Limits::default()).map_err(|error| odd(error.to_string()))
}

struct Fields(BTreeMap<String, String>);

impl Fields {
    fn read(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let lines = text.lines().filter_map(|line| line.split_once(':'));
        Self(lines.map(|(key, value)| (key.to_lowercase(), value.trim().to_owned())).collect())
    }

    fn one(&self, key: &str) -> Result<&str, Unintelligible> {
        self.0.get(key).map(String::as_str).ok_or_else(|| odd(format!("{key} is missing")))
    }
}

fn petition(parts: &[Part], signer: Certificate) -> Result<Petition, Unintelligible> {
    let is = |part: &&Part, kind: &str| part.content_type.starts_with(kind);
    let text = parts.iter().find(|part| is(part, "text/plain"));
    let fields = Fields::read(&text.ok_or_else(|| odd("no fields"))?.bytes);
    let role = match fields.one("role")? {
        "director" => Role::Director,
        "accountant" => Role::Accountant,
        "seal" => Role::Seal,
        "employee" => Role::Employee,
        other => return Err(odd(format!("role {other}"))),
    };
    let mut asks = Vec::new();
    for part in parts.iter().filter(|part| is(part, "application/pkcs10")) {
        let (usage, replaces) = match part.name.as_deref() {
            Some("signing.p10") => (Usage::Signing, fields.one("replaces-signing")?),
            Some("agreement.p10") => (Usage::Agreement, fields.one("replaces-agreement")?),
            other => return Err(odd(format!("request named {other:?}"))),
        };
        let serial = replaces.split_whitespace().next().unwrap_or_default().to_owned();
        asks.push(Asked { usage, request: part.bytes.clone(), replaces: serial });
    }
    Ok(Petition {
        number: fields.one("reference")?.to_owned(),
        code: fields.one("code")?.to_owned(),
        organisation: fields.one("organisation")?.to_owned(),
        role,
        holder: fields.one("holder")?.to_owned(),
        drfo: fields.one("drfo").ok().map(str::to_owned),
        term: fields.one("term")?.parse().map_err(|_| odd("term is not a number"))?,
        start: fields.one("start")?.parse().map_err(|_| odd("start is not a date"))?,
        sum: sum(fields.one("sum")?).ok_or_else(|| odd("sum is not an amount"))?,
        asks_invoice: fields.one("payment")? == "invoice",
        order: fields.one("order")?.to_owned(),
        asks,
        signer,
        reply_to: fields.one("reply-to")?.to_owned(),
    })
}

/// `349.00 UAH`.
fn sum(text: &str) -> Option<Money> {
    let (amount, currency) = text.split_once(' ')?;
    let (whole, cents) = amount.split_once('.')?;
    let minor = whole.parse::<i64>().ok()? * 100 + cents.parse::<i64>().ok()?;
    Some(Money { minor, currency: currency.to_owned() })
}

/// Writes an answer, signs it, encrypts it.
pub(super) fn write(
    answer: &Answer<'_>,
    sealing: &Sealing<'_>,
    chance: &mut dyn CryptoRng,
) -> Result<Paper, Silence> {
    let mut bytes = entity(answer);
    let mut kind = "application/octet-stream";
    if let Some(signer) = sealing.signer {
        bytes = sealing.suite.sign(&bytes, signer, answer.at, chance)?;
        kind = "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m";
    }
    if let Some(recipient) = sealing.recipient {
        let inner = format!(
            "Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
            mail::base64_lines(&bytes)
        );
        let recipients = std::slice::from_ref(recipient);
        // Nothing travels beside an S/MIME envelope, so no static agreement.
        bytes = sealing.suite.envelope(inner.as_bytes(), recipients, None, chance)?;
        kind = "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m";
    }
    let part = Part { name: Some("smime.p7m".into()), content_type: kind.into(), bytes };
    let subject = format!("[{}]", answer.petition.number);
    let text = "The answer is in the attachment.".into();
    Ok(Paper { part, beside: Vec::new(), subject, text })
}

fn entity(answer: &Answer<'_>) -> Vec<u8> {
    let mut fields = vec![
        ("Reference", answer.petition.number.clone()),
        ("Code", answer.code.to_owned()),
        ("Stated-At", answer.at.to_string()),
    ];
    let mut bundle = None;
    match answer.saying {
        Saying::Delivered => fields.push(("Answer", "delivered".into())),
        Saying::Invoice(invoice) => {
            let sum = invoice.sum();
            fields.push(("Answer", "invoiced".into()));
            fields.push(("Invoice-Number", invoice.number.clone()));
            fields.push(("Amount", format!("{}.{:02}", sum / 100, sum % 100)));
            fields.push(("Currency", invoice.currency.clone()));
            fields.push(("Due", invoice.due.to_string()));
            fields.push(("Order", invoice.order.clone()));
            fields.extend(invoice.confirmed.map(|at| ("Paid", at.date(&kyiv()).to_string())));
        }
        Saying::Granted { certificates, .. } => {
            fields.push(("Answer", "granted".into()));
            bundle = Some(cms::certs_only(certificates));
        }
        Saying::Refused { code, reasons, .. } => {
            fields.push(("Answer", "refused".into()));
            fields.extend(code.clone().map(|code| ("Refusal-Code", code)));
            fields.extend(reasons.iter().map(|reason| ("Reason", reason.clone())));
        }
    }
    let lines: String = fields.iter().map(|(key, value)| format!("{key}: {value}\r\n")).collect();
    let text = format!(
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
        mail::base64_lines(lines.as_bytes())
    );
    let Some(bundle) = bundle else { return text.into_bytes() };
    format!(
        "Content-Type: multipart/mixed; boundary=answer\r\n\r\n--answer\r\n{text}\r\n--answer\r\n\
         Content-Type: application/pkcs7-mime; smime-type=certs-only; name=smime.p7c\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--answer--\r\n",
        mail::base64_lines(&bundle)
    )
    .into_bytes()
}
