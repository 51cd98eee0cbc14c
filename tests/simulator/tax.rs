//! The tax office: notices that are right, and each mistake with its words.

use certpost::authority::sota::container::{self, Section};
use certpost::authority::{
    Dialect as _, Notice, Official, OrganisationKind, Parcel, Profile, Receipt, Role, Word, sota,
};
use certpost::crypto::{Certificate, Pair, Sealer};
use certpost::mail::Part;
use certpost::simulator::authority::{Forgery, Keys, Manners, Refusing, Timed};
use certpost::simulator::tax::{Register, TaxOffice};
use certpost::time::{Span, Timestamp};

use crate::company::{AGENT, Company, DIRECTOR, NAME, NOW};

struct Case {
    company: Company,
    office: TaxOffice,
    /// The notice, who signs it in which order, and the sender's agreement pair.
    notice: Notice,
    signers: Vec<Pair>,
    agreement: Pair,
    recipient: Certificate,
}

impl Case {
    fn new() -> Self {
        Self::of(OrganisationKind::Legal, "international", 4)
    }

    fn of(kind: OrganisationKind, suite: &str, version: u8) -> Self {
        let mut company = Company::of(kind, "sota", suite, Manners::default());
        let title = "ГУ ДПС у м. Києві";
        let keys = Keys::make(company.suite.as_ref(), title, "99900002", NOW, &mut company.chance)
            .unwrap();
        let mut office = TaxOffice {
            title: title.into(),
            code: "99900002".into(),
            profile: Profile::built_in("tax").unwrap().unwrap(),
            suite: company.suite.clone(),
            keys,
            anchors: vec![company.authority.keys.root.certificate.clone()],
            versions: vec![3, 4],
            manners: Manners::default(),
            register: Register::default(),
        };
        let status = company.holders[0].signing.clone();
        office.agree(&company.code, &status.certificate);
        let mut officials = Vec::new();
        let mut signers = Vec::new();
        for index in 0..company.holders.len() {
            let holder = &company.holders[index];
            let (role, name, drfo) = (holder.role, holder.name, holder.drfo);
            let (signing, _) = company.pairs(role, name, drfo, NOW + Span::days(730));
            officials.push(Official {
                role,
                name: name.into(),
                code: drfo.map_or_else(|| company.code.clone(), str::to_owned),
                key_id: signing.certificate.key_id().unwrap().to_vec(),
            });
            signers.push(signing);
        }
        signers.push(status);
        let notice = Notice {
            organisation: company.organisation(),
            version,
            officials,
            head: DIRECTOR.into(),
            office: title.into(),
            sequence: 8,
            filled_at: NOW,
            reply_to: AGENT.into(),
        };
        let agreement = company.holders[0].agreement.clone();
        let recipient = office.keys.agreement.certificate.clone();
        Self { company, office, notice, signers, agreement, recipient }
    }

    fn compose(&mut self) -> Parcel {
        let recipients = [self.recipient.clone()];
        let mut sealer = Sealer {
            suite: self.company.suite.as_ref(),
            signers: &self.signers,
            agreement: Some(&self.agreement),
            recipients: &recipients,
            now: NOW,
            chance: &mut self.company.chance,
        };
        sota::Sota.compose_notice(&self.notice, &mut sealer).unwrap()
    }

    fn hear(&mut self, part: &Part, now: Timestamp) -> Vec<Timed> {
        self.office.hear(std::slice::from_ref(part), now, &mut self.company.chance).unwrap()
    }

    fn read(&self, letters: &[Timed]) -> Vec<Receipt> {
        let read = |letter| self.company.read_as(letter, "sota", &self.office.keys);
        letters.iter().flat_map(read).collect()
    }

    /// Sends the notice as it stands.
    fn file(&mut self) -> Vec<Receipt> {
        let parcel = self.compose();
        let letters = self.hear(&parcel.part, NOW);
        let receipts = self.read(&letters);
        assert!(receipts.iter().all(|receipt| receipt.answers == parcel.document));
        receipts
    }

    /// The same, and what receipt №2 refuses.
    fn refused(&mut self) -> (String, Vec<String>) {
        let receipts = self.file();
        let [first, second] = &receipts[..] else { panic!("{receipts:?}") };
        assert_eq!((&first.word, first.title.as_str()), (&Word::Delivered, "Квитанція №1"));
        assert_eq!(second.title, "Квитанція №2");
        reasons(second)
    }
}

fn reasons(receipt: &Receipt) -> (String, Vec<String>) {
    let Word::Refused { code, reasons } = &receipt.word else { panic!("{:?}", receipt.word) };
    (code.clone().unwrap(), reasons.clone())
}

#[test]
fn a_right_notice_is_registered_and_the_new_key_has_the_status() {
    for (kind, suite, version) in [
        (OrganisationKind::Legal, "international", 4),
        (OrganisationKind::Legal, "ukrainian", 3),
        (OrganisationKind::SoleProprietor, "ukrainian", 4),
        (OrganisationKind::SoleProprietor, "international", 3),
    ] {
        let mut case = Case::of(kind, suite, version);
        let receipts = case.file();
        assert_eq!(receipts[0].word, Word::Delivered);
        assert!(receipts[0].text.contains("1 - Ґалаґан"), "{}", receipts[0].text);
        let registration = Some("9260000001".into());
        assert_eq!(receipts[1].word, Word::Granted { certificates: Vec::new(), registration });
        let status = case.office.register.status(&case.company.code).unwrap();
        assert_eq!(status.head, case.signers[0].certificate);
        assert_eq!(status.officials.len(), case.notice.officials.len());
        // The next notice is closed by the key that has the status now.
        case.notice.sequence = 9;
        assert_eq!(case.refused().0, "ORDER");
        case.notice.sequence = 10;
        *case.signers.last_mut().unwrap() = case.signers[0].clone();
        assert!(matches!(case.file()[1].word, Word::Granted { .. }));
    }
}

#[test]
fn a_wrong_order_of_signatures_is_refused_with_the_reason() {
    type Spoil = fn(&mut Vec<Pair>);
    let cases: [(Spoil, &str); 4] = [
        (
            |signers| signers.swap(0, 1),
            "Порушено порядок підписання: підпис 1 має бути накладено ключем рядка 1 (Директор – \
             Ґалаґан Єва Їжаківна), а накладено ключем рядка 2 (Бухгалтер – Лук'янович Олесь \
             Ярович)",
        ),
        (
            |signers| signers.rotate_right(1),
            "Порушено порядок підписання: підпис 1 має бути накладено ключем рядка 1 (Директор – \
             Ґалаґан Єва Їжаківна), а накладено ключем керівника, який має статус",
        ),
        (
            |signers| signers[3] = signers[0].clone(),
            "Порушено порядок підписання: останнім має бути підпис керівника ключем, який уже має \
             статус («Ґалаґан Єва Їжаківна», чинний до 13.12.2026), а накладено ключем рядка 1 \
             (Директор – Ґалаґан Єва Їжаківна)",
        ),
        (
            |signers| signers.swap(2, 3),
            "Порушено порядок підписання: підпис 3 має бути накладено ключем рядка 3 (Печатка \
             установи – ТОВ «Ґанок»), а накладено ключем керівника, який має статус",
        ),
    ];
    for (spoil, words) in cases {
        let mut case = Case::new();
        spoil(&mut case.signers);
        let (code, reasons) = case.refused();
        assert_eq!(code, "ORDER");
        assert_eq!(reasons[0], words);
        let status = case.office.register.status(&case.company.code).unwrap();
        assert_eq!(status.head, case.company.holders[0].signing.certificate, "unchanged");
    }
}

#[test]
fn a_signature_that_is_missing_is_counted() {
    let mut case = Case::new();
    // The dialect would not leave one out: a second notice about fewer people is closed too early.
    let parcel = case.compose();
    let without_head = reseal(&mut case, &parcel, 1);
    let letters = case.hear(&without_head, NOW);
    let receipts = case.read(&letters);
    let (code, reasons) = reasons(&receipts[1]);
    assert_eq!(code, "ORDER");
    assert!(reasons[0].contains("має бути підписів: 4") && reasons[0].ends_with("накладено: 3"));
}

/// The same document without its `outermost` signatures inside the envelope.
fn reseal(case: &mut Case, parcel: &Parcel, outermost: usize) -> Part {
    let suite = case.company.suite.clone();
    let section = |label, payload: &[u8]| container::write(&[Section { label, payload }]).unwrap();
    let outer = container::read(&parcel.part.bytes).unwrap();
    let header = section("TRANSPORTABLE", outer[0].payload);
    let signed = suite.verify(outer[1].payload, &[]).unwrap().remove(0).content;
    let inside = container::read(&signed).unwrap();
    let office = case.office.keys.agreement.clone();
    let envelope = inside.last().unwrap().payload;
    let known = [case.agreement.certificate.clone()];
    let mut bytes = suite.open(envelope, &[&office], &known).unwrap().to_vec();
    for _ in 0..outermost {
        let sections = container::read(&bytes).unwrap();
        bytes = suite.verify(sections[0].payload, &[]).unwrap().remove(0).content;
    }
    let to = [office.certificate];
    let chance = &mut case.company.chance;
    let envelope = suite.envelope(&bytes, &to, Some(&case.agreement), chance).unwrap();
    let crypt =
        [section("CERTCRYPT", case.agreement.certificate.der()), section("UA1_CRYPT", &envelope)]
            .concat();
    let sender = case.signers.last().unwrap();
    let signed = suite.sign(&crypt, sender, NOW, chance).unwrap();
    let bytes = [header, section("UA1_SIGN", &signed)].concat();
    Part { bytes, ..parcel.part.clone() }
}

#[test]
fn a_document_nobody_signed_is_counted_too() {
    let mut case = Case::new();
    let parcel = case.compose();
    let bare = reseal(&mut case, &parcel, 4);
    let letters = case.hear(&bare, NOW);
    let receipts = case.read(&letters);
    assert_eq!(reasons(&receipts[1]).0, "ORDER");
}

#[test]
fn faults_of_status_and_people_come_in_receipt_2() {
    type Spoil = fn(&mut Case);
    let cases: [(Spoil, &str, &str); 7] = [
        (
            |c| c.office.register = Register::default(),
            "STATUS",
            "не обліковується керівник зі статусом підписувача",
        ),
        (|c| c.office.anchors.clear(), "ISSUER", "не тим надавачем"),
        (|c| c.notice.officials[1].name = "Хтось Інший".into(), "ROW", "«Хтось Інший»"),
        (|c| c.notice.officials[1].code = "9999999999".into(), "ROW", "код 9999999999"),
        (|c| c.notice.officials[1].role = Role::Seal, "ROLE", "а сертифікат виданий особі"),
        (|c| c.notice.officials[2].role = Role::Accountant, "ROLE", "а сертифікат є печаткою"),
        (|c| c.notice.head = "Хтось Інший".into(), "ROLE", "не той, що в таблиці"),
    ];
    for (spoil, code, words) in cases {
        let mut case = Case::new();
        spoil(&mut case);
        let (told, reasons) = case.refused();
        assert_eq!(told, code);
        assert!(reasons[0].contains(words), "{reasons:?} instead of {words}");
    }
}

#[test]
fn after_the_old_key_has_ended_it_is_too_late() {
    let mut case = Case::new();
    let parcel = case.compose();
    let end = case.company.holders[0].signing.certificate.not_after();
    let letters = case.hear(&parcel.part, end + Span::seconds(1));
    // Nobody can open receipts for a certificate that ended but he who keeps its key.
    let receipts = case.read(&letters);
    let (code, reasons) = reasons(&receipts[1]);
    assert_eq!(code, "DEADLINE");
    assert!(reasons[0].contains("закінчилася 13.12.2026"), "{reasons:?}");
}

#[test]
fn faults_of_structure_end_it_with_receipt_1() {
    type Spoil = fn(&mut Case);
    let cases: [(Spoil, &str, &str); 3] = [
        (|c| c.office.versions = vec![4], "VERSION", "J1391103 не приймається; приймаються: 04"),
        (
            |c| c.recipient = c.company.authority.keys.agreement.certificate.clone(),
            "DECRYPT",
            "не вдалося розшифрувати",
        ),
        (
            |c| c.notice.organisation.kind = OrganisationKind::SoleProprietor,
            "FORM",
            "Форму F1391103 подає не такий платник, як 99912345",
        ),
    ];
    for (spoil, code, words) in cases {
        let mut case = Case::of(OrganisationKind::Legal, "international", 3);
        spoil(&mut case);
        let receipts = case.file();
        let [only] = &receipts[..] else { panic!("{receipts:?}") };
        assert_eq!(only.title, "Квитанція №1");
        let (told, reasons) = reasons(only);
        assert_eq!(told, code);
        assert!(reasons[0].contains(words), "{reasons:?} instead of {words}");
    }
    let mut case = Case::new();
    let mut parcel = case.compose();
    parcel.part.name = Some("notice.xml".into());
    let letters = case.hear(&parcel.part, NOW);
    assert_eq!(reasons(&case.read(&letters)[0]).0, "FILENAME");
}

#[test]
fn a_repeat_is_answered_as_before_and_another_document_under_its_number_is_not() {
    let mut case = Case::new();
    let parcel = case.compose();
    let letters = case.hear(&parcel.part, NOW);
    let first = case.read(&letters);
    let letters = case.hear(&parcel.part, NOW + Span::minutes(5));
    let again = case.read(&letters);
    let words = |receipts: &[Receipt]| {
        receipts.iter().map(|receipt| receipt.word.clone()).collect::<Vec<_>>()
    };
    assert_eq!(words(&first), words(&again));
    let other = case.compose();
    assert_eq!(other.document, parcel.document);
    let letters = case.hear(&other.part, NOW);
    assert_eq!(reasons(&case.read(&letters)[0]).0, "NUMBER");
}

#[test]
fn a_restart_forgets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut case = Case::new();
    let parcel = case.compose();
    let letters = case.hear(&parcel.part, NOW);
    let before = case.read(&letters);
    case.office.register.save(folder.path()).unwrap();
    let kept = Register::load(folder.path()).unwrap();
    let code = case.company.code.clone();
    assert_eq!(kept.status(&code), case.office.register.status(&code));
    case.office.register = kept;
    let letters = case.hear(&parcel.part, NOW);
    assert_eq!(case.read(&letters), before);
    case.notice.sequence = 9;
    *case.signers.last_mut().unwrap() = case.signers[0].clone();
    let registration = Some("9260000002".into());
    assert_eq!(case.file()[1].word, Word::Granted { certificates: Vec::new(), registration });
}

#[test]
fn manners_are_those_of_the_authority() {
    let mut case = Case::new();
    let parcel = case.compose();
    case.office.manners = Manners {
        delivered_after: 60,
        decided_after: 3600,
        repeats: 2,
        forges: Some(Forgery::Stranger),
        ..Manners::default()
    };
    let letters = case.hear(&parcel.part, NOW);
    let (minute, hour) = (NOW + Span::minutes(1), NOW + Span::hours(1));
    let moments: Vec<_> = letters.iter().map(|one| one.at).collect();
    assert_eq!(moments, [minute, minute, hour, hour, hour]);
    let forged: Vec<_> = letters.iter().filter(|one| one.name.ends_with("-forged")).collect();
    assert_eq!(forged.len(), 1);
    case.office.manners = Manners { silent: true, ..Manners::default() };
    assert_eq!(case.hear(&parcel.part, NOW), []);
    case.office.manners = Manners { skips_delivered: true, ..Manners::default() };
    assert_eq!(case.hear(&parcel.part, NOW).len(), 1);
    let refusing = Refusing {
        who: NAME.into(),
        reasons: vec!["Немає договору".into()],
        code: Some("CONTRACT".into()),
        at_once: false,
    };
    case.office.manners = Manners { refuses: vec![refusing], ..Manners::default() };
    case.notice.sequence = 11;
    assert_eq!(case.refused(), ("CONTRACT".into(), vec!["Немає договору".into()]));
}

#[test]
fn what_is_no_letter_to_it_is_met_with_silence() {
    let mut case = Case::new();
    let junk = |bytes: &[u8]| Part {
        name: None,
        content_type: "application/octet-stream".into(),
        bytes: bytes.to_vec(),
    };
    for bytes in [&b"hello"[..], b"", b"UA1_SIGN\0\x01\0\0\0x", b"TRANSPORTABLE\0\0\0\0\0"] {
        let part = junk(bytes);
        let heard = case.office.hear(&[part], NOW, &mut case.company.chance);
        assert!(heard.is_err(), "{bytes:?}");
    }
}
