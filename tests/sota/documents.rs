//! Documents and schemas agree: `xmllint` (libxml2) judges, so it must be installed.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use certpost::authority::sota::document::{ApplicationDocument, Head, Row};
use certpost::authority::sota::notice::NoticeDocument;
use certpost::authority::sota::number::Form;
use certpost::authority::sota::receipt::{self, Answer, ReceiptDocument};
use certpost::authority::{OrganisationKind, Payment, Role, Unreadable};
use certpost::crypto::Usage;
use certpost::exchange::{Digest, Money};
use jiff::civil::date;
use proptest::prelude::*;
use zeroize::Zeroizing;

pub const NAME: &str = "26500033300000J1900101100000000711120262650";

fn root(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(root("fixtures/sota").join(name)).unwrap()
}

/// A fixture with some of its text replaced.
pub fn changed(name: &str, changes: &[(&str, &str)]) -> Vec<u8> {
    let bytes = fixture(name);
    let (text, _) = encoding_rs::WINDOWS_1251.decode_without_bom_handling(&bytes);
    let mut text = text.into_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from} is not there");
        text = text.replace(from, to);
    }
    encoding_rs::WINDOWS_1251.encode(&text).0.into_owned()
}

/// What xmllint says about a document; `Ok` when it validates.
pub fn judge(schema: &str, document: &[u8]) -> Result<(), String> {
    let mut xmllint = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(root("schemas").join(schema))
        .arg("-")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("xmllint is needed: apt-get install libxml2-utils");
    xmllint.stdin.take().unwrap().write_all(document).unwrap();
    let output = xmllint.wait_with_output().unwrap();
    match output.status.code() {
        Some(0) => Ok(()),
        // 3 and 4: the document does not validate; anything else is xmllint's own trouble.
        Some(3 | 4) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        _ => panic!("xmllint: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

fn application(kind: OrganisationKind, role: Role) -> ApplicationDocument {
    let document = match kind {
        OrganisationKind::Legal => "J19",
        OrganisationKind::SoleProprietor => "F19",
    };
    let row = |usage, byte| Row {
        usage,
        request: vec![byte; 600],
        serial: "5a1fe3".into(),
        fingerprint: Digest([byte; 32]),
    };
    ApplicationDocument {
        head: Head {
            tin: match kind {
                OrganisationKind::Legal => "33300000".into(),
                OrganisationKind::SoleProprietor => "1234567899".into(),
            },
            form: Form { document: document.into(), sub: 1, version: 1 },
            kind: 0,
            count: 7,
            region: 26,
            district: 50,
            month: 11,
            period: 1,
            year: 2026,
            office: 2650,
            state: 1,
            filled: date(2026, 11, 22),
            software: Some("certpost".into()),
        },
        kind,
        name: "ТОВ «Ґанок & Їжак» №1".into(),
        role,
        holder: "Ґалаґан Єва Їжаківна".into(),
        drfo: (role != Role::Seal).then(|| "1234567899".into()),
        email: "eva@example.org".into(),
        reply_to: "proba@example.org".into(),
        responsible: "Пробний Олесь Лук’янович".into(),
        phone: "+38 (044) 000-00-00".into(),
        blocking_phrase: Zeroizing::new("синій <кит>".into()),
        consent: role != Role::Employee,
        term: 2,
        start: date(2026, 11, 23),
        payment: Payment::Invoice,
        sum: Money { minor: 34_905, currency: "UAH".into() },
        order: "33300000-20261122".into(),
        rows: vec![row(Usage::Signing, 1), row(Usage::Agreement, 2)],
    }
}

#[test]
fn applications_of_every_role_and_kind_validate_and_read_back() {
    for kind in [OrganisationKind::Legal, OrganisationKind::SoleProprietor] {
        for role in [Role::Director, Role::Accountant, Role::Seal, Role::Employee] {
            for payment in [Payment::Prepaid, Payment::Invoice, Payment::Online] {
                let mut document = application(kind, role);
                document.payment = payment;
                document.term = if role == Role::Seal { 1 } else { 2 };
                let bytes = document.write().unwrap();
                assert!(bytes.starts_with(b"<?xml version=\"1.0\" encoding=\"windows-1251\"?>"));
                judge("certificate-application.xsd", &bytes).unwrap();
                assert!(ApplicationDocument::read(&bytes).unwrap() == document);
            }
        }
    }
}

#[test]
fn one_row_is_enough_and_a_passport_is_a_code() {
    let mut document = application(OrganisationKind::SoleProprietor, Role::Director);
    document.rows.truncate(1);
    document.head.tin = "АБ123456".into();
    document.drfo = Some("АБ123456".into());
    let bytes = document.write().unwrap();
    judge("certificate-application.xsd", &bytes).unwrap();
    let name = document.head.file_name().unwrap().number().unwrap();
    assert_eq!(name.0, "265000АБ123456F1900101100000000711120262650");
    let read = ApplicationDocument::read(&bytes).unwrap();
    assert!(read.head.file_name().unwrap() == document.head.file_name().unwrap());
}

#[test]
fn an_application_that_contradicts_itself_is_refused() {
    let bytes = application(OrganisationKind::Legal, Role::Director).write().unwrap();
    let (text, _) = encoding_rs::WINDOWS_1251.decode_without_bom_handling(&bytes);
    for (from, to) in [
        ("<HTIN>33300000<", "<HTIN>33300001<"),
        ("<C_DOC_SUB>001<", "<C_DOC_SUB>002<"),
        (">AGREE<", ">BOTH<"),
        ("<HCONSENT>1<", "<HCONSENT>yes<"),
        ("<HSUM>349.05<", "<HSUM>349,05<"),
        ("<T1RXXXXG2S ROWNUM=\"2\">", "<T1RXXXXG2S ROWNUM=\"1\">"),
        ("<HTERM>2</HTERM>", ""),
        ("<HORDER>33300000-20261122</HORDER>", ""),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from} is not there");
        let changed = encoding_rs::WINDOWS_1251.encode(&changed).0;
        assert!(ApplicationDocument::read(&changed).is_err(), "{from} → {to} was read");
    }
}

#[test]
fn fixtures_validate() {
    let receipts = [
        "receipt-1-accepted.xml",
        "receipt-1-accepted-utf8.xml",
        "receipt-1-refused.xml",
        "receipt-2-refused.xml",
        "receipt-2-notice-accepted.xml",
    ];
    for name in receipts {
        judge("receipt.xsd", &fixture(name)).unwrap();
    }
    judge("invoice.xsd", &fixture("invoice.xml")).unwrap();
    judge("notice.xsd", &fixture("notice.xml")).unwrap();
    judge("notice.xsd", &changed("notice.xml", &[("<C_DOC_VER>3<", "<C_DOC_VER>4<")])).unwrap();
}

#[test]
fn schemas_refuse_what_they_should() {
    let changed = |name: &str, from: &str, to: &str| changed(name, &[(from, to)]);
    for (from, to) in [
        ("ДОКУМЕНТ ПРИЙНЯТО", "Мабуть, прийнято"),
        ("<C_DOC_SUB>991<", "<C_DOC_SUB>993<"),
        ("J1900101100", "X1900101100"),
        ("<HDATE>22112026<", "<HDATE>2026-11-22<"),
        ("<HSENDER>", "<KVTNUM>1</KVTNUM><HSENDER>"),
    ] {
        let document = changed("receipt-1-accepted.xml", from, to);
        assert!(judge("receipt.xsd", &document).is_err(), "{from} → {to} validates");
    }
    let document = changed("receipt-1-refused.xml", "ROWNUM=\"2\"", "ROWNUM=\"1\"");
    assert!(judge("receipt.xsd", &document).is_err());
    let document = changed("invoice.xml", "349.00", "349");
    assert!(judge("invoice.xsd", &document).is_err());
    for (from, to) in [
        (">Директор</T1RXXXXG4S>", ">Співробітник</T1RXXXXG4S>"),
        ("<C_DOC_VER>3<", "<C_DOC_VER>5<"),
    ] {
        let document = changed("notice.xml", from, to);
        assert!(judge("notice.xsd", &document).is_err(), "{from} → {to} validates");
    }
}

fn read_receipt(name: &str) -> ReceiptDocument {
    match receipt::read(&fixture(name)).unwrap() {
        Answer::Receipt(document) => document,
        other => panic!("{other:?}"),
    }
}

#[test]
fn receipts_are_read_by_their_prolog() {
    let windows = read_receipt("receipt-1-accepted.xml");
    let utf8 = read_receipt("receipt-1-accepted-utf8.xml");
    assert_eq!(windows.result, "ДОКУМЕНТ ПРИЙНЯТО");
    assert_eq!(utf8.result, windows.result);
    assert_eq!(utf8.answers, windows.answers);
    assert_eq!(windows.answers.to_string(), NAME);
    assert_eq!(windows.registration, None);
    // 10:27:16 in Kyiv; and 10:28:37.669+02:00.
    let (first, second) = (windows.stated_at.unwrap(), utf8.stated_at.unwrap());
    assert_eq!(first.to_string(), "2026-11-22T08:27:16Z");
    assert_eq!(second.to_string(), "2026-11-22T08:28:37Z");
    let accepted = read_receipt("receipt-2-notice-accepted.xml");
    assert_eq!(accepted.registration.as_deref(), Some("9026000001"));
}

#[test]
fn reasons_stand_in_the_order_of_their_rows() {
    let bytes = fixture("receipt-1-refused.xml");
    let (text, _) = encoding_rs::WINDOWS_1251.decode_without_bom_handling(&bytes);
    // Rows need not stand in their order, and a code belongs to its row.
    let swapped = text
        .replace("G1S ROWNUM=\"1\"", "G1S ROWNUM=\"9\"")
        .replace("G2S ROWNUM=\"1\"", "G2S ROWNUM=\"9\"");
    let swapped = encoding_rs::WINDOWS_1251.encode(&swapped).0;
    let Answer::Receipt(document) = receipt::read(&swapped).unwrap() else { panic!() };
    let codes: Vec<_> = document.reasons.iter().map(|reason| reason.code.as_deref()).collect();
    assert_eq!(codes, [None, Some("DATA_CHANGED")]);
    assert_eq!(document.reasons[0].text, "Підпис накладено не тим ключем");
}

#[test]
fn what_is_no_answer_is_malformed() {
    let malformed = |bytes: &[u8]| match receipt::read(bytes).unwrap_err() {
        Unreadable::Malformed { detail, .. } => detail,
        other => panic!("{other:?}"),
    };
    let prose = encoding_rs::WINDOWS_1251.encode("Файл оброблений. ДОКУМЕНТ ПРИЙНЯТО").0;
    let told = "plain text instead of XML: «Файл оброблений. ДОКУМЕНТ ПРИЙНЯТО»";
    assert_eq!(malformed(&prose), told);
    assert_eq!(malformed(&fixture("notice.xml")), "the form is «J1391103»");
    assert!(malformed(b"").starts_with("plain text"));
    let bytes = fixture("receipt-1-accepted.xml");
    let (text, _) = encoding_rs::WINDOWS_1251.decode_without_bom_handling(&bytes);
    for element in ["HTIN", "HFILENAME", "HRESULT"] {
        let without = text.replace(&format!("<{element}>"), "<X>");
        let without = without.replace(&format!("</{element}>"), "</X>");
        let without = encoding_rs::WINDOWS_1251.encode(&without).0;
        let detail = malformed(&without);
        assert!(detail.contains(element), "{element}: {detail}");
    }
}

#[test]
fn certificates_and_reasons_are_bounded() {
    let bytes = fixture("receipt-2-refused.xml");
    let (text, _) = encoding_rs::WINDOWS_1251.decode_without_bom_handling(&bytes);
    let many = |element: &str, n: usize| {
        let rows: String =
            (1..=n).map(|row| format!("<{element} ROWNUM=\"{row}\">AAAA</{element}>")).collect();
        let text = text.replace("<HSENDER>", &format!("{rows}<HSENDER>"));
        receipt::read(&encoding_rs::WINDOWS_1251.encode(&text).0)
    };
    let too_much = |what, limit| Unreadable::TooMuch { what, limit };
    assert!(many("T2RXXXXG1S", 16).is_ok());
    let told = too_much("certificates of a receipt", 16);
    assert_eq!(many("T2RXXXXG1S", 17).unwrap_err(), told);
    assert_eq!(many("T1RXXXXG1S", 999).unwrap_err(), too_much("reasons of a refusal", 999));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn readers_never_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        for name in ["receipt-1-refused.xml", "invoice.xml", "notice.xml"] {
            let mut bytes = fixture(name);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if cut { bytes.truncate(at); }
            let _ = receipt::read(&bytes);
            let _ = ApplicationDocument::read(&bytes);
            let _ = NoticeDocument::read(&bytes);
        }
    }
}
