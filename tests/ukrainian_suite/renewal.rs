//! One renewal from application to proof, with every dialect and every suite: the agent's compose
//! and interpret on one side, the simulated authority on the other.

use std::sync::Arc;

use certpost::authority::{
    Application, Organisation, OrganisationKind, Payment, Profile, Requested, Role, Word, dialect,
};
use certpost::crypto::proof::prove;
use certpost::crypto::{Opener, Pair, PrivateKey, Sealer, Suite, Trust, Usage, suite};
use certpost::exchange::Money;
use certpost::mail::Part;
use certpost::simulator::authority::{Authority, Enrolment, Keys, Manners};
use certpost::time::Span;
use jiff::civil::date;
use zeroize::Zeroizing;

use crate::{NOW, chance};

const CODE: &str = "33300000";
const NAME: &str = "Ґалаґан Єва Їжаківна";
const USAGES: [Usage; 2] = [Usage::Signing, Usage::Agreement];

/// The authority, and the holder's pairs: signing, agreement.
fn sides(talk: &str, suite: &Arc<dyn Suite>) -> (Authority, [Pair; 2]) {
    let mut chance = chance(1);
    let keys = Keys::make(suite.as_ref(), "АЦСК «Проба»", "99900001", NOW, &mut chance).unwrap();
    let mut profile = Profile::built_in(talk).unwrap().unwrap();
    profile.suite = suite.name().to_owned();
    let (title, code) = ("АЦСК «Проба»".to_owned(), "99900001".to_owned());
    let manners = Manners::default();
    let mut authority = Authority::new(title, code, profile, suite.clone(), keys, manners).unwrap();
    let enrolment = Enrolment {
        organisation: "ТОВ «Ґанок»",
        code: CODE,
        role: Role::Director,
        name: NAME,
        drfo: Some("1234567899"),
        email: "eva@example.org",
        not_before: NOW - Span::days(700),
        not_after: NOW + Span::days(20),
    };
    let Authority { keys, register, .. } = &mut authority;
    let pairs = USAGES
        .map(|usage| enrolment.enrol(usage, keys, register, suite.as_ref(), &mut chance).unwrap());
    (authority, pairs)
}

fn application(
    suite: &dyn Suite,
    sum: Money,
    olds: &[Pair; 2],
    keys: &[PrivateKey; 2],
) -> Application {
    let requests = [0, 1].map(|half| {
        let subject = olds[half].certificate.subject_der();
        Requested {
            usage: USAGES[half],
            request: suite.request(&keys[half], subject, &mut chance(6)).unwrap(),
            replaces: olds[half].certificate.clone(),
        }
    });
    Application {
        organisation: Organisation {
            kind: OrganisationKind::Legal,
            name: "ТОВ «Ґанок»".into(),
            code: CODE.into(),
            region: 26,
            district: 50,
            responsible: NAME.into(),
            phone: "+38 (044) 000-00-00".into(),
        },
        role: Role::Director,
        holder: NAME.into(),
        drfo: Some("1234567899".into()),
        email: "eva@example.org".into(),
        requests: requests.into(),
        term: 2,
        start: date(2026, 11, 22),
        consent: true,
        payment: Payment::Prepaid,
        sum,
        order: "99912345-20261122".into(),
        blocking_phrase: Zeroizing::new("синій кит".into()),
        sequence: 7,
        filled_at: NOW,
        reply_to: "proba@example.org".into(),
    }
}

fn renew(talk: &str, suite: Box<dyn Suite>) {
    let suite: Arc<dyn Suite> = suite.into();
    let (mut authority, olds) = sides(talk, &suite);
    let keys = USAGES.map(|usage| suite.generate(usage, &mut chance(7)).unwrap());
    let recipients = [authority.keys.agreement.certificate.clone()];
    let mut random = chance(8);
    let mut sealer = Sealer {
        suite: suite.as_ref(),
        signers: &olds[..1],
        agreement: Some(&olds[1]),
        recipients: &recipients,
        now: NOW,
        chance: &mut random,
    };
    let talk = dialect(talk).unwrap();
    let sum = authority.profile.price(Role::Director, None, 2, date(2026, 11, 22)).unwrap();
    let parcel =
        talk.compose(&application(suite.as_ref(), sum, &olds, &keys), &mut sealer).unwrap();
    let parts: [Part; 1] = [parcel.part];
    let answers = authority.hear(&parts, NOW, &mut chance(9)).unwrap();
    assert_eq!(answers.len(), 2);
    let trust = Trust {
        signers: vec![authority.keys.signer.certificate.clone()],
        anchors: vec![authority.keys.root.certificate.clone()],
        revocations: Vec::new(),
    };
    let now = NOW + Span::minutes(1);
    let recipients = olds.as_slice();
    let opener = Opener { suite: suite.as_ref(), trust: &trust, recipients: &recipients, now };
    let mut words = Vec::new();
    for answer in answers {
        for receipt in talk.interpret(&[answer.part], CODE, &opener).unwrap() {
            assert_eq!(receipt.answers, parcel.document);
            words.push(receipt.word);
        }
    }
    assert_eq!(words[0], Word::Delivered);
    let Word::Granted { certificates, .. } = &words[1] else { panic!("{:?}", words[1]) };
    for (half, usage) in USAGES.into_iter().enumerate() {
        let proved = certificates.iter().any(|one| {
            let (key, old) = (&keys[half], &olds[half].certificate);
            prove(one, certificates, key, usage, old, &trust, suite.as_ref(), now).is_ok()
        });
        assert!(proved, "{usage:?}");
    }
}

#[test]
fn every_dialect_renews_with_every_suite() {
    for name in ["international", "ukrainian"] {
        for talk in ["sota", "smime"] {
            renew(talk, suite(name).unwrap());
        }
    }
}
