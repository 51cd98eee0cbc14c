//! The simulated tax office: pure, as the authority is. It takes notices about new keys
//! (J13911, F13911; `schemas/notice.xsd` and the order of signatures in `schemas/README.md`) and
//! remembers whose key has the status.
//!
//! Written from the pages in `schemas/`: it shares codecs with the agent (container, CMS), never
//! what the agent composes or interprets.

mod examine;
mod filing;
mod register;

use std::path::Path;
use std::sync::Arc;

use crate::authority::Profile;
use crate::authority::sota::container;
use crate::authority::sota::number::FileName;
use crate::crypto::{Certificate, CryptoRng, Pair, Suite, Usage, digest};
use crate::exchange::Digest;
use crate::mail::Part;
use crate::simulator::authority::{ANOTHER, Forgery, Keys, Manners, forged_signer};
use crate::simulator::clerk::{Clerk, Sealing, Silence, Timed, odd};
use crate::simulator::sota::{self, Document, Envelope, Opened, Slip};
use crate::time::Timestamp;

use examine::Fault;
use filing::Filing;
pub use register::{Official, Register, Status, Verdict};

pub struct TaxOffice {
    pub title: String,
    pub code: String,
    /// For its calendar.
    pub profile: Profile,
    pub suite: Arc<dyn Suite>,
    pub keys: Keys,
    /// Roots of the authorities whose certificates it takes.
    pub anchors: Vec<Certificate>,
    /// C_DOC_VER that it takes.
    pub versions: Vec<u8>,
    pub manners: Manners,
    pub register: Register,
}

/// Whom a receipt goes to, and which document it answers.
struct Reply {
    number: String,
    form: String,
    code: String,
    organisation: String,
    head: String,
    reply_to: String,
    /// The sender's agreement certificate, when one came along that can be his.
    recipient: Option<Certificate>,
}

impl TaxOffice {
    /// Gives the status to `head`'s signing certificate, as the agreement with the organisation
    /// `code` did.
    pub fn agree(&mut self, code: &str, head: &Certificate) {
        self.register.agree(code, head);
    }

    /// Reads a notice and decides. The same bytes again get the same receipts again.
    pub fn hear(
        &mut self,
        parts: &[Part],
        now: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Timed>, Silence> {
        let opened = sota::open(parts, self.suite.as_ref(), &self.keys.agreement)?;
        let sender = opened.senders.first().ok_or_else(|| odd("nobody signed the letter"))?;
        let (filing, faults) = self.read(&opened, parts);
        let reply = self.reply(&opened, sender, filing.as_ref(), now)?;
        let parcel = parts.iter().map(|part| digest(&part.bytes)).max();
        let parcel = parcel.unwrap_or(Digest([0; 32]));
        let verdicts = match self.register.seen(&reply.number) {
            Some((known, verdicts)) if known == parcel => verdicts,
            Some(_) => vec![Verdict::Refused {
                code: "NUMBER".into(),
                reasons: vec!["Документ із таким номером уже подано".into()],
                at_once: true,
            }],
            None => {
                let verdicts = self.decide(filing.as_ref(), faults, &opened, now);
                self.register.enter(reply.number.clone(), parcel, verdicts.clone());
                verdicts
            }
        };
        self.answers(&reply, &verdicts, now, chance)
    }

    /// The document's fields, and what is wrong with its structure.
    fn read(&self, opened: &Opened, parts: &[Part]) -> (Option<Filing>, Vec<Fault>) {
        let bytes = match &opened.document {
            Ok(bytes) => bytes,
            Err(why) => {
                let words = format!("Документ не вдалося розшифрувати або перевірити: {why}");
                return (None, vec![Fault::at_once("DECRYPT", words)]);
            }
        };
        let document = match Document::read(bytes) {
            Ok(document) => document,
            Err(why) => {
                let words = format!("Документ не є правильним XML: {}", why.0);
                return (None, vec![Fault::at_once("XML", words)]);
            }
        };
        let containers = parts.iter().filter(|part| container::looks_like(&part.bytes));
        let names = containers.filter_map(|part| part.name.as_deref());
        match Filing::read(&document) {
            Ok(filing) => {
                let faults =
                    examine::structure(&filing, &opened.header, names.collect(), &self.versions);
                (Some(filing), faults)
            }
            Err(fault) => (None, vec![fault]),
        }
    }

    /// The document says who is answered; where it can't be read, the header and the sender do.
    fn reply(
        &self,
        opened: &Opened,
        sender: &Certificate,
        filing: Option<&Filing>,
        now: Timestamp,
    ) -> Result<Reply, Silence> {
        let header = |key: &str| opened.header.get(key).map(str::to_owned);
        let reply_to = header("RCV_EMAIL").ok_or_else(|| odd("no RCV_EMAIL in the header"))?;
        let theirs = |one: &&Certificate| {
            one.serves(Usage::Agreement)
                && examine::code_of(one) == examine::code_of(sender)
                && examine::is_trusted(one, &self.anchors, self.suite.as_ref(), now)
        };
        let recipient = opened.agreements.iter().find(theirs).cloned();
        if let Some(filing) = filing {
            return Ok(Reply {
                number: filing.number.clone(),
                form: filing.form.clone(),
                code: filing.code.clone(),
                organisation: filing.name.clone(),
                head: filing.head.clone(),
                reply_to,
                recipient,
            });
        }
        let name = header("FILENAME").ok_or_else(|| odd("no FILENAME in the header"))?;
        let name = FileName::read(&name).map_err(|error| odd(error.to_string()))?;
        let number = name.number().map_err(|error| odd(error.to_string()))?;
        let subject = sender.subject();
        Ok(Reply {
            number: number.0,
            form: name.form.to_string(),
            code: examine::code_of(sender).unwrap_or_default(),
            organisation: subject.organisation.clone().unwrap_or_else(|| sender.display_name()),
            head: sender.display_name(),
            reply_to,
            recipient,
        })
    }

    fn decide(
        &mut self,
        filing: Option<&Filing>,
        faults: Vec<Fault>,
        opened: &Opened,
        now: Timestamp,
    ) -> Vec<Verdict> {
        let (Some(filing), true) = (filing, faults.is_empty()) else {
            return vec![refusal(&faults, true)];
        };
        let wanted = |one: &&crate::simulator::authority::Refusing| filing.name.contains(&one.who);
        if let Some(refusing) = self.manners.refuses.iter().find(wanted) {
            let refused = Verdict::Refused {
                code: refusing.code.clone().unwrap_or_else(|| "REFUSED".into()),
                reasons: refusing.reasons.clone(),
                at_once: refusing.at_once,
            };
            return match refusing.at_once {
                true => vec![refused],
                false => vec![received(opened), refused],
            };
        }
        let status = self.register.status(&filing.code);
        let suite = self.suite.as_ref();
        let bench = examine::Bench { anchors: &self.anchors, suite, status, now };
        let faults = bench.examine(filing, opened);
        if !faults.is_empty() {
            return vec![received(opened), refusal(&faults, false)];
        }
        let year = now.date(&self.profile.policy.calendar.time_zone()).year() % 100;
        let registration = self.register.take_number(year);
        self.register.accept(filing, &opened.signers);
        vec![received(opened), Verdict::Accepted { registration }]
    }

    fn answers(
        &self,
        reply: &Reply,
        verdicts: &[Verdict],
        now: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Timed>, Silence> {
        let mut timed = Vec::new();
        if self.manners.silent {
            return Ok(timed);
        }
        for verdict in verdicts {
            let first = !verdict.is_second();
            if self.manners.skips_delivered && matches!(verdict, Verdict::Received { .. }) {
                continue;
            }
            let at = self.manners.moment(first, now, &self.profile.policy.calendar);
            if let Some(forgery) = self.manners.forges.filter(|_| !first) {
                let (suite, keys) = (&self.suite, &self.keys);
                let signer = forged_signer(forgery, suite, keys, at, chance)?;
                let code =
                    if forgery == Forgery::AnotherOrganisation { ANOTHER } else { &reply.code };
                let name = format!("{}-forged", reply.number);
                timed.push(self.letter(
                    reply,
                    verdict,
                    (code, signer.as_ref()),
                    name,
                    at,
                    chance,
                )?);
            }
            let kvt = if first { 1 } else { 2 };
            for copy in 1..=self.manners.repeats.max(1) {
                let name = format!("{}-kvt{kvt}-{copy}", reply.number);
                let signer = (reply.code.as_str(), Some(&self.keys.signer));
                timed.push(self.letter(reply, verdict, signer, name, at, chance)?);
            }
        }
        // Stable: what is said at one moment keeps its order.
        timed.sort_by_key(|one| one.at);
        Ok(timed)
    }

    fn letter(
        &self,
        reply: &Reply,
        verdict: &Verdict,
        (code, signer): (&str, Option<&Pair>),
        name: String,
        at: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Timed, Silence> {
        let text = verdict.text();
        let version = reply.form.get(6..).unwrap_or_default();
        let slip = Slip {
            number: &reply.number,
            code,
            organisation: &reply.organisation,
            reply_to: &reply.reply_to,
            form: &reply.form,
            form_title: filing::title(version),
            head: &reply.head,
            second: verdict.is_second(),
            accepted: !matches!(verdict, Verdict::Refused { .. }),
            registration: verdict.registration(),
            reasons: verdict.reasons(),
            reason_code: verdict.code(),
            certificates: &[],
            issuer: &self.title,
            text: &text,
            at,
        };
        let refused = !slip.accepted;
        let envelope = Envelope {
            number: &reply.number,
            title: slip.title(),
            issuer_code: &self.code,
            code,
            reply_to: &reply.reply_to,
            refused,
            last: refused || slip.second,
            at,
        };
        let sealing = Sealing {
            suite: self.suite.as_ref(),
            signer,
            agreement: &self.keys.agreement,
            recipient: reply.recipient.as_ref(),
        };
        let part = sota::seal(&slip.write(), &envelope, &sealing, chance)?;
        let (to, subject) = (reply.reply_to.clone(), slip.title().to_owned());
        let text = format!("{subject}: {}.XML", reply.number);
        Ok(Timed { at, to, name, part, beside: Vec::new(), subject, text })
    }
}

fn refusal(faults: &[Fault], at_once: bool) -> Verdict {
    Verdict::Refused {
        code: faults.first().map_or("FAULT", |fault| fault.code).into(),
        reasons: faults.iter().map(|fault| fault.words.clone()).collect(),
        at_once,
    }
}

/// Receipt №1 lists who signed, as real ones do.
fn received(opened: &Opened) -> Verdict {
    let names: Vec<_> = (1..)
        .zip(&opened.signers)
        .map(|(number, signer)| format!("{number} - {}", signer.display_name()))
        .collect();
    Verdict::Received { text: format!("Підписи документа: {}", names.join("; ")) }
}

impl Clerk for TaxOffice {
    fn hear(
        &mut self,
        parts: &[Part],
        now: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Timed>, Silence> {
        TaxOffice::hear(self, parts, now, chance)
    }

    fn save(&self, folder: &Path) -> std::io::Result<()> {
        self.register.save(folder)
    }
}
