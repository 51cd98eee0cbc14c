//! A test authority and a holder: pairs of the international suite, and letters as the schemas'
//! README describes them, sealed layer by layer without any of the dialect's own code.

use certpost::authority::sota::container::{self, Section};
use certpost::authority::{Application, Organisation, OrganisationKind, Payment, Requested, Role};
use certpost::crypto::international::International;
use certpost::crypto::issue::{self, Template};
use certpost::crypto::{Certificate, Opener, Pair, Sealer, Suite, Trust, Usage, name, oid};
use certpost::exchange::Money;
use certpost::mail::Part;
use certpost::time::{Span, Timestamp};
use jiff::civil::date;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use zeroize::Zeroizing;

/// 2026-11-22T08:00:00Z, 10:00 in Kyiv.
pub const NOW: Timestamp = Timestamp(1_795_334_400);
pub const CODE: &str = "33300000";

pub struct Sides {
    pub suite: International,
    pub chance: ChaCha20Rng,
    pub signer: Pair,
    pub reader: Pair,
    pub stranger: Pair,
    pub signing: Pair,
    pub agreement: Pair,
    pub trust: Trust,
    root: Pair,
    serial: u32,
}

impl Sides {
    pub fn new() -> Self {
        let suite = International::default();
        let mut chance = ChaCha20Rng::seed_from_u64(7);
        let root = pair(&suite, &mut chance, "Пробний корінь", Usage::Signing, None, 1);
        let mut half =
            |who, usage, serial| pair(&suite, &mut chance, who, usage, Some(&root), serial);
        let signer = half("Пробний центр. Квитанції", Usage::Signing, 2);
        let reader = half("Пробний центр. Заявки", Usage::Agreement, 3);
        let stranger = half("Хтось інший", Usage::Signing, 4);
        let signing = half("Ґалаґан Єва Їжаківна", Usage::Signing, 0x5a1f);
        let agreement = half("Ґалаґан Єва Їжаківна", Usage::Agreement, 0x5a20);
        let trust = Trust {
            signers: vec![signer.certificate.clone()],
            anchors: vec![root.certificate.clone()],
            revocations: Vec::new(),
        };
        let serial = 0x6000;
        Self { suite, chance, signer, reader, stranger, signing, agreement, trust, root, serial }
    }

    /// One more pair under the same root.
    pub fn half(&mut self, who: &str, usage: Usage) -> Pair {
        self.serial += 1;
        pair(&self.suite, &mut self.chance, who, usage, Some(&self.root), self.serial)
    }

    pub fn sealer<'a>(
        &'a mut self,
        signers: &'a [Pair],
        agreement: Option<&'a Pair>,
        recipients: &'a [Certificate],
    ) -> Sealer<'a> {
        let (suite, chance) = (&self.suite, &mut self.chance);
        Sealer { suite, signers, agreement, recipients, now: NOW, chance }
    }

    pub fn opener<'a>(&'a self, pairs: &'a [Pair]) -> Opener<'a> {
        // A fat pointer can't become a trait object by itself; sixteen bytes a test may stay.
        let recipients = Box::leak(Box::new(pairs));
        Opener { suite: &self.suite, trust: &self.trust, recipients, now: NOW }
    }

    pub fn sign(&mut self, signer: &Pair, content: &[u8]) -> Vec<u8> {
        let cms = self.suite.sign(content, signer, NOW, &mut self.chance).unwrap();
        one("UA1_SIGN", &cms)
    }

    pub fn encrypt(&mut self, to: &Certificate, content: &[u8]) -> Vec<u8> {
        let to = std::slice::from_ref(to);
        let cms = self.suite.envelope(content, to, None, &mut self.chance).unwrap();
        let beside = self.reader.certificate.der();
        let sections = [("CERTCRYPT", beside), ("UA1_CRYPT", cms.as_slice())];
        sections.map(|(label, payload)| one(label, payload)).concat()
    }

    /// A letter's part as the authority makes it: sign, encrypt to the holder, sign, header.
    pub fn letter(&mut self, document: &[u8]) -> Part {
        let (signer, to) = (self.signer.clone(), self.agreement.certificate.clone());
        let inner = self.sign(&signer, document);
        let crypt = self.encrypt(&to, &inner);
        let outer = self.sign(&signer, &crypt);
        part([header("Квитанція №1"), outer].concat())
    }

    pub fn application(&mut self, kind: OrganisationKind, role: Role) -> Application {
        let olds = [
            (Usage::Signing, self.signing.clone()),
            (Usage::Agreement, { self.agreement.clone() }),
        ];
        let requests = olds.map(|(usage, old)| {
            let suite: &dyn Suite = &self.suite;
            let key = suite.generate(usage, &mut self.chance).unwrap();
            let subject = old.certificate.subject_der();
            let request = suite.request(&key, subject, &mut self.chance).unwrap();
            Requested { usage, request, replaces: old.certificate.clone() }
        });
        Application {
            organisation: Organisation {
                kind,
                name: "ТОВ «Ґанок & Їжак» №1".into(),
                code: match kind {
                    OrganisationKind::Legal => CODE.into(),
                    OrganisationKind::SoleProprietor => "1234567899".into(),
                },
                region: 26,
                district: 50,
                responsible: "Пробний Олесь Лук’янович".into(),
                phone: "+38 (044) 000-00-00".into(),
            },
            role,
            holder: "Ґалаґан Єва Їжаківна".into(),
            drfo: (role != Role::Seal).then(|| "1234567899".into()),
            email: "eva@example.org".into(),
            requests: requests.into(),
            term: 2,
            start: date(2026, 11, 22),
            consent: true,
            payment: Payment::Prepaid,
            sum: Money { minor: 34_900, currency: "UAH".into() },
            order: "99912345-20261122".into(),
            blocking_phrase: Zeroizing::new("синій кит".into()),
            sequence: 7,
            filled_at: NOW,
            reply_to: "proba@example.org".into(),
        }
    }
}

fn pair(
    suite: &International,
    chance: &mut ChaCha20Rng,
    who: &str,
    usage: Usage,
    issuer: Option<&Pair>,
    serial: u32,
) -> Pair {
    let key = suite.generate(usage, chance).unwrap();
    let subject = name::build(&[(oid::COMMON_NAME, who)]);
    let public = suite.public_key(&key).unwrap();
    let role = match issuer {
        Some(_) => issue::Role::Half(usage),
        None => issue::Role::Authority { path_length: None },
    };
    let validity = (NOW - Span::days(700), NOW + Span::days(30));
    let template = Template::new(subject, public, role, serial, validity);
    let certificate = match issuer {
        Some(issuer) => issue::issue(&template, issuer, suite, chance).unwrap(),
        None => issue::self_signed(&template, &key, suite, chance).unwrap(),
    };
    Pair { key, certificate }
}

pub fn one(label: &str, payload: &[u8]) -> Vec<u8> {
    container::write(&[Section { label, payload }]).unwrap()
}

/// The header of a receipt, with the keys that lie in real ones.
pub fn header(subject: &str) -> Vec<u8> {
    let text = format!(
        "FILENAME=X.XML\r\nSUBJECT={subject}\r\nEDRPOU=99900000\r\nRESULT=0\r\nFINKVT=1\r\n\
         KVTNUM=2\r\nENCODING=WIN\r\nPRG_TYPE=ZPGATE\r\n"
    );
    let mut bytes = encoding_rs::WINDOWS_1251.encode(&text).0.into_owned();
    bytes.push(0);
    one("TRANSPORTABLE", &bytes)
}

pub fn part(bytes: Vec<u8>) -> Part {
    Part {
        name: Some("receipt.xml".into()),
        content_type: "application/octet-stream".into(),
        bytes,
    }
}
