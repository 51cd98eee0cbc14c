//! The notice to the tax office: composed, taken apart as the schemas' README describes it.

use certpost::authority::sota::Sota;
use certpost::authority::sota::container::{self, Header, Kind};
use certpost::authority::sota::notice::NoticeDocument;
use certpost::authority::{
    ComposeError, Dialect as _, Notice, Official, OrganisationKind, Parcel, Role, Unreadable,
};
use certpost::crypto::{Certificate, CryptoError, Pair, Suite as _, Usage};

use crate::authority::{CODE, NOW, Sides};
use crate::documents::{changed, fixture, judge};

/// A notice about three new keys, and those who sign it: the three, then the head's old key.
struct Case {
    sides: Sides,
    notice: Notice,
    signers: Vec<Pair>,
    office: Pair,
}

impl Case {
    fn new(kind: OrganisationKind, version: u8) -> Self {
        let mut sides = Sides::new();
        let people = [
            (Role::Director, "Ґалаґан Єва Їжаківна", "1234567899"),
            (Role::Accountant, "Лук’янович Олесь Ярович", "1234567888"),
            (Role::Seal, "ТОВ «Ґанок & Їжак» №1", CODE),
        ];
        let mut signers: Vec<Pair> =
            people.iter().map(|(_, name, _)| sides.half(name, Usage::Signing)).collect();
        let official = |((role, name, code), pair): (&(Role, &str, &str), &Pair)| Official {
            role: *role,
            name: (*name).into(),
            code: (*code).into(),
            key_id: pair.certificate.key_id().unwrap().to_vec(),
        };
        let officials = people.iter().zip(&signers).map(official).collect();
        signers.push(sides.signing.clone());
        let office = sides.half("Податкова. Отримано", Usage::Agreement);
        let application = sides.application(kind, Role::Director);
        let notice = Notice {
            organisation: application.organisation,
            version,
            officials,
            head: "Ґалаґан Єва Їжаківна".into(),
            office: "ГУ ДПС у м. Києві".into(),
            sequence: 8,
            filled_at: NOW,
            reply_to: "proba@example.org".into(),
        };
        Self { sides, notice, signers, office }
    }

    fn compose(&mut self) -> Result<Parcel, ComposeError> {
        let agreement = self.sides.agreement.clone();
        let recipients = [self.office.certificate.clone()];
        let mut sealer = self.sides.sealer(&self.signers, Some(&agreement), &recipients);
        Sota.compose_notice(&self.notice, &mut sealer)
    }
}

/// Labels and signers from outside in, the header, and the document.
fn take_apart(case: &Case, parcel: &Parcel) -> (Vec<String>, Vec<Certificate>, Header, Vec<u8>) {
    let (mut labels, mut signers, mut header) = (Vec::new(), Vec::new(), Header::default());
    let mut bytes = parcel.part.bytes.clone();
    while container::looks_like(&bytes) {
        let mut next = Vec::new();
        for section in container::read(&bytes).unwrap() {
            labels.push(section.label.to_owned());
            match section.kind() {
                Kind::Header => header = Header::read(section.payload).unwrap(),
                Kind::Certificate => {
                    assert_eq!(section.payload, case.sides.agreement.certificate.der());
                }
                Kind::Signed => {
                    let layers = case.sides.suite.verify(section.payload, &[]).unwrap();
                    assert_eq!(layers.len(), 1, "one signature a container");
                    signers.push(layers[0].signer.clone());
                    next = layers[0].content.clone();
                }
                Kind::Encrypted => {
                    let opened = case.sides.suite.open(section.payload, &[&case.office], &[]);
                    next = opened.unwrap().to_vec();
                }
                Kind::Other => panic!("{}", section.label),
            }
        }
        bytes = next;
    }
    (labels, signers, header, bytes)
}

#[test]
fn the_tax_office_opens_and_validates_every_notice() {
    for (kind, version, name) in [
        (OrganisationKind::Legal, 3, "26500033300000J1391103100000000811120262650"),
        (OrganisationKind::Legal, 4, "26500033300000J1391104100000000811120262650"),
        (OrganisationKind::SoleProprietor, 3, "26501234567899F1391103100000000811120262650"),
        (OrganisationKind::SoleProprietor, 4, "26501234567899F1391104100000000811120262650"),
    ] {
        let mut case = Case::new(kind, version);
        let parcel = case.compose().unwrap();
        assert_eq!(parcel.document.0, name);
        assert_eq!(parcel.part.name.as_deref(), Some(format!("{name}.XML").as_str()));
        assert_eq!(parcel.part.content_type, "application/octet-stream");
        assert!(parcel.subject.contains(name) && parcel.text.contains(name));
        let (_, _, header, document) = take_apart(&case, &parcel);
        assert_eq!(header.get("FILENAME"), Some(format!("{name}.XML").as_str()));
        assert_eq!(header.get("RCV_EMAIL"), Some("proba@example.org"));
        assert!(document.starts_with(b"<?xml version=\"1.0\" encoding=\"windows-1251\"?>"));
        judge("notice.xsd", &document).unwrap();
        let read = NoticeDocument::read(&document).unwrap();
        let rows: Vec<_> = read.rows.iter().map(|row| (row.role, row.key_id.clone())).collect();
        let officials = case.notice.officials.iter();
        let expected: Vec<_> = officials.map(|one| (one.role, one.key_id.clone())).collect();
        assert_eq!(rows, expected);
        assert_eq!((read.number, read.office.as_str()), (8, "ГУ ДПС у м. Києві"));
        assert_eq!(read.executor, "Пробний Олесь Лук’янович");
        assert_eq!(*read.write().unwrap(), document);
    }
}

#[test]
fn the_new_keys_sign_in_the_order_of_the_table_and_the_head_s_old_key_last() {
    let mut case = Case::new(OrganisationKind::Legal, 3);
    let parcel = case.compose().unwrap();
    let (labels, signers, _, _) = take_apart(&case, &parcel);
    let sign = "UA1_SIGN";
    let expected = ["TRANSPORTABLE", sign, "CERTCRYPT", "UA1_CRYPT", sign, sign, sign, sign];
    assert_eq!(labels, expected);
    let names: Vec<_> = signers.iter().map(Certificate::fingerprint).collect();
    let of = |index: usize| case.signers[index].certificate.fingerprint();
    // From outside in: the head sends; the head, the seal, the accountant, the director sign.
    assert_eq!(names, [of(3), of(3), of(2), of(1), of(0)]);
}

#[test]
fn the_same_notice_has_the_same_number() {
    let mut case = Case::new(OrganisationKind::Legal, 4);
    let first = case.compose().unwrap();
    assert_eq!(case.compose().unwrap().document, first.document);
}

type Spoil = fn(&mut Case);

#[test]
fn data_that_the_form_cannot_hold_are_named() {
    let cases: [(Spoil, &str); 14] = [
        (|c| c.notice.version = 2, "tax-office.form-version"),
        (|c| c.notice.version = 5, "tax-office.form-version"),
        (|c| c.notice.officials[1].role = Role::Employee, "tax-office.officials"),
        (|c| c.notice.officials.clear(), "tax-office.officials"),
        (|c| c.notice.officials[0].key_id.clear(), "tax-office.officials"),
        (|c| c.notice.officials[0].key_id = vec![1; 20], "tax-office.officials"),
        (|c| drop(c.signers.pop()), "tax-office.officials"),
        (|c| c.notice.officials[2].code = "12".into(), "holder.drfo"),
        (|c| c.notice.officials[2].name = " ".into(), "holder.name"),
        (|c| c.notice.head = String::new(), "holder.name"),
        (|c| c.notice.office = "ДПС ʼ".into(), "tax-office.name"),
        (|c| c.notice.sequence = 0, "sequence"),
        (|c| c.notice.organisation.phone = "—".into(), "organisation.phone"),
        (|c| c.notice.organisation.responsible = String::new(), "organisation.responsible"),
    ];
    for (index, (spoil, field)) in cases.into_iter().enumerate() {
        let mut case = Case::new(OrganisationKind::Legal, 3);
        spoil(&mut case);
        match case.compose() {
            Err(ComposeError::Unfit { field: told, .. }) => assert_eq!(told, field, "{index}"),
            other => panic!("{index}: {other:?}"),
        }
    }
}

#[test]
fn without_the_tax_office_s_certificate_there_is_no_parcel() {
    let mut case = Case::new(OrganisationKind::Legal, 3);
    let signers = case.signers.clone();
    let mut sealer = case.sides.sealer(&signers, None, &[]);
    let error = Sota.compose_notice(&case.notice, &mut sealer).unwrap_err();
    assert!(matches!(error, ComposeError::Crypto(CryptoError::KeyMismatch { .. })), "{error}");
}

#[test]
fn a_notice_that_contradicts_itself_is_refused() {
    assert_eq!(NoticeDocument::read(&fixture("notice.xml")).unwrap().rows.len(), 2);
    for (from, to) in [
        ("<HTIN>33300000<", "<HTIN>33300001<"),
        ("<C_DOC_VER>3<", "<C_DOC_VER>2<"),
        ("<C_DOC_SUB>911<", "<C_DOC_SUB>918<"),
        (">Директор</T1RXXXXG4S>", ">Співробітник</T1RXXXXG4S>"),
        ("G3S ROWNUM=\"2\"", "G3S ROWNUM=\"1\""),
        ("G1S ROWNUM=\"2\"", "G1S ROWNUM=\"3\""),
        (">00112233", ">0011223"),
        (">00112233", ">0011223x"),
        ("<T1RXXXXG2S ROWNUM=\"1\">1234567899</T1RXXXXG2S>", ""),
    ] {
        let document = changed("notice.xml", &[(from, to)]);
        let error = NoticeDocument::read(&document).unwrap_err();
        assert!(matches!(error, Unreadable::Malformed { what: "notice", .. }), "{to}: {error}");
    }
}

#[test]
fn rows_of_a_notice_are_bounded() {
    let many: String =
        (3..=102).map(|row| format!("<T1RXXXXG1S ROWNUM=\"{row}\">A</T1RXXXXG1S>")).collect();
    let document = changed(
        "notice.xml",
        &[("<T1RXXXXG2S ROWNUM=\"1\">", &format!("{many}<T1RXXXXG2S ROWNUM=\"1\">"))],
    );
    let limit = Unreadable::TooMuch { what: "rows of a notice", limit: 100 };
    assert_eq!(NoticeDocument::read(&document).unwrap_err(), limit);
}
