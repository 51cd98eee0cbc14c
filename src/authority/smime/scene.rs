//! The stage for the tests of this dialect: an authority, a stranger with the same manners, and
//! a holder, all made up.

use rand_core::SeedableRng as _;
use zeroize::Zeroizing;

use super::Smime;
use crate::authority::{
    Application, ComposeError, Dialect as _, Organisation, OrganisationKind, Parcel, Payment,
    Receipt, Requested, Role, Unreadable,
};
use crate::crypto::cms::certs_only;
use crate::crypto::international::International;
use crate::crypto::issue::{self, Template};
use crate::crypto::{Certificate, Opener, Pair, Sealer, Suite, Trust, Usage, name};
use crate::exchange::Money;
use crate::mail::{Part, base64_lines};
use crate::time::{Span, Timestamp};

const NOW: Timestamp = Timestamp(1_795_336_794);
pub const CODE: &str = "12345678";
pub const REFERENCE: &str = "CP-12345678-D-0000042";

/// Everybody in one place.
pub struct Scene {
    pub maker: Maker,
    pub trust: Trust,
    /// Reads applications.
    pub office: Pair,
    /// Signs answers; pinned.
    pub signer: Pair,
    /// Signs answers too; nobody pinned it.
    pub stranger: Pair,
    pub signing: Pair,
    pub agreement: Pair,
}

impl Scene {
    pub fn new() -> Self {
        let mut maker = Maker {
            suite: International::default(),
            chance: rand_chacha::ChaCha20Rng::seed_from_u64(7),
            serial: 100,
            root: None,
        };
        let stranger = maker.pair("Підпис квитанцій", issue::Role::Half(Usage::Signing));
        let root = maker.pair("Вигаданий центр", issue::Role::Authority { path_length: None });
        maker.root = Some(root.clone());
        let signer = maker.pair("Підпис квитанцій", issue::Role::Half(Usage::Signing));
        let signing = maker.pair("Вигадана Олена", issue::Role::Half(Usage::Signing));
        let office = maker.pair("Прийом заявок", issue::Role::Half(Usage::Agreement));
        let agreement = maker.pair("Вигадана Олена", issue::Role::Half(Usage::Agreement));
        let trust = Trust {
            signers: vec![signer.certificate.clone()],
            anchors: vec![root.certificate],
            revocations: Vec::new(),
        };
        Self { maker, trust, office, signer, stranger, signing, agreement }
    }

    pub fn issue(&mut self, usage: Usage) -> Certificate {
        self.maker.pair("Вигадана Олена", issue::Role::Half(usage)).certificate
    }

    pub fn compose(&mut self, application: &Application) -> Result<Parcel, ComposeError> {
        let signers = [self.signing.clone()];
        let recipients = [self.office.certificate.clone()];
        let mut sealer = Sealer {
            suite: &self.maker.suite,
            signers: &signers,
            agreement: Some(&self.agreement),
            recipients: &recipients,
            now: NOW,
            chance: &mut self.maker.chance,
        };
        Smime.compose(application, &mut sealer)
    }

    pub fn interpret(&self, parts: &[Part]) -> Result<Vec<Receipt>, Unreadable> {
        let pairs = [self.signing.clone(), self.agreement.clone()];
        let recipients = &pairs.as_slice();
        let opener = Opener { suite: &self.maker.suite, trust: &self.trust, recipients, now: NOW };
        Smime.interpret(parts, CODE, &opener)
    }

    pub fn sign(&mut self, content: &[u8], signer: &Pair) -> Vec<u8> {
        self.maker.suite.sign(content, signer, NOW, &mut self.maker.chance).unwrap()
    }

    pub fn envelope(&mut self, content: &[u8]) -> Vec<u8> {
        let to = [self.agreement.certificate.clone()];
        self.maker.suite.envelope(content, &to, None, &mut self.maker.chance).unwrap()
    }

    /// Signed by the authority, wrapped, encrypted to the holder.
    pub fn sealed(&mut self, entity: &[u8]) -> Part {
        let signer = self.signer.clone();
        self.sealed_by(entity, &signer)
    }

    pub fn sealed_by(&mut self, entity: &[u8], signer: &Pair) -> Part {
        let signed = self.sign(entity, signer);
        let bytes = self.envelope(&wrapped(&signed));
        part("application/pkcs7-mime; smime-type=enveloped-data", bytes)
    }

    pub fn application(&mut self) -> Application {
        let requests = [self.signing.clone(), self.agreement.clone()]
            .into_iter()
            .zip([Usage::Signing, Usage::Agreement])
            .map(|(pair, usage)| {
                let suite: &dyn Suite = &self.maker.suite;
                let key = suite.generate(usage, &mut self.maker.chance).unwrap();
                let subject = pair.certificate.subject_der();
                let request = suite.request(&key, subject, &mut self.maker.chance).unwrap();
                Requested { usage, request, replaces: pair.certificate }
            })
            .collect();
        Application {
            organisation: Organisation {
                kind: OrganisationKind::Legal,
                name: "ТОВ «Вигадана організація»".into(),
                code: CODE.into(),
                region: 26,
                district: 50,
                responsible: "Прикладний Іван".into(),
                phone: "+380440000000".into(),
            },
            role: Role::Director,
            holder: "Вигадана Олена Прикладівна".into(),
            drfo: Some("1234567890".into()),
            email: "olena@example.org".into(),
            requests,
            term: 2,
            start: jiff::civil::date(2026, 12, 1),
            consent: true,
            payment: Payment::Invoice,
            sum: Money { minor: 34_905, currency: "UAH".into() },
            order: "99912345-20261122".into(),
            blocking_phrase: Zeroizing::new("таємна калина".into()),
            sequence: 42,
            filled_at: NOW,
            reply_to: "accounts@example.org".into(),
        }
    }
}

pub struct Maker {
    pub suite: International,
    pub chance: rand_chacha::ChaCha20Rng,
    serial: u32,
    root: Option<Pair>,
}

impl Maker {
    fn pair(&mut self, common_name: &str, role: issue::Role) -> Pair {
        let usage = match role {
            issue::Role::Half(usage) => usage,
            _ => Usage::Signing,
        };
        let key = self.suite.generate(usage, &mut self.chance).unwrap();
        let public = self.suite.public_key(&key).unwrap();
        let subject = name::build(&[(const_oid::db::rfc4519::CN, common_name)]);
        self.serial += 1;
        let dates = (NOW - Span::days(300), NOW + Span::days(65));
        let template = Template::new(subject, public, role, self.serial, dates);
        let certificate = match &self.root {
            Some(root) => issue::issue(&template, root, &self.suite, &mut self.chance),
            None => issue::self_signed(&template, &key, &self.suite, &mut self.chance),
        };
        Pair { key, certificate: certificate.unwrap() }
    }
}

pub fn part(content_type: &str, bytes: Vec<u8>) -> Part {
    Part { name: Some("smime.p7m".into()), content_type: content_type.into(), bytes }
}

/// A MIME entity around a seal.
pub fn wrapped(seal: &[u8]) -> Vec<u8> {
    format!(
        "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}",
        base64_lines(seal)
    )
    .into_bytes()
}

/// The signed entity of an answer as `smime-answer.md` has it.
pub fn answer(fields: &str, certificates: &[Certificate]) -> Vec<u8> {
    let text = format!("Reference: {REFERENCE}\r\nCode: {CODE}\r\n{fields}");
    entity(text.as_bytes(), "utf-8", certificates)
}

pub fn entity(text: &[u8], charset: &str, certificates: &[Certificate]) -> Vec<u8> {
    let mut entity = b"Content-Type: multipart/mixed; boundary=AA\r\n\r\n--AA\r\n".to_vec();
    entity.extend(format!("Content-Type: text/plain; charset={charset}\r\n\r\n").as_bytes());
    entity.extend(text);
    entity.extend(b"\r\n--AA\r\n");
    if !certificates.is_empty() {
        let bundle = base64_lines(&certs_only(certificates));
        entity.extend(b"Content-Type: application/pkcs7-mime; smime-type=certs-only\r\n");
        entity.extend(b"Content-Transfer-Encoding: base64\r\n\r\n");
        entity.extend(bundle.as_bytes());
    } else {
        entity.extend(b"\r\n");
    }
    entity.extend(b"--AA--\r\n");
    entity
}
