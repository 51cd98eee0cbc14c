//! What comes in: sealed letters, honest and hostile.

use base64::Engine as _;
use certpost::authority::sota::Sota;
use certpost::authority::{Dialect as _, Receipt, Unreadable, Word};
use certpost::crypto::{CryptoError, OpenError, Pair};
use certpost::mail::Part;
use proptest::prelude::*;

use crate::authority::{CODE, Sides, header, one, part};
use crate::documents::{NAME, changed, fixture, judge};

pub fn interpret(sides: &Sides, parts: &[Part]) -> Result<Vec<Receipt>, Unreadable> {
    let pairs = [sides.agreement.clone()];
    Sota.interpret(parts, CODE, &sides.opener(&pairs))
}

fn only(sides: &Sides, part: Part) -> Receipt {
    let mut receipts = interpret(sides, &[part]).unwrap();
    assert_eq!(receipts.len(), 1);
    receipts.remove(0)
}

/// A positive receipt №2 on an application, with `pairs`' certificates.
fn granting(pairs: &[&Pair]) -> Vec<u8> {
    let base64 = base64::engine::general_purpose::STANDARD;
    let cell = |(row, pair): (usize, &&Pair)| {
        let der = base64.encode(pair.certificate.der());
        format!("<T2RXXXXG1S ROWNUM=\"{row}\">{der}</T2RXXXXG1S>")
    };
    let rows: String = (1..).zip(pairs).map(cell).collect();
    changed(
        "receipt-1-accepted.xml",
        &[
            ("<C_DOC_SUB>991<", "<C_DOC_SUB>992<"),
            ("ДОКУМЕНТ ПРИЙНЯТО", "Пакет прийнято"),
            ("<HNUMREG xsi:nil=\"true\"/>", "<HNUMREG>9026000002</HNUMREG>"),
            ("<HSENDER>", &format!("{rows}<HSENDER>")),
        ],
    )
}

#[test]
fn receipt_1_says_delivered() {
    let mut sides = Sides::new();
    let part = sides.letter(&fixture("receipt-1-accepted.xml"));
    let receipt = only(&sides, part);
    assert_eq!(receipt.word, Word::Delivered);
    assert_eq!(receipt.answers.0, NAME);
    assert_eq!(receipt.title, "Квитанція №1");
    assert_eq!(receipt.text, "ДОКУМЕНТ ПРИЙНЯТО\nПідписи документа: - перший - директор");
    assert_eq!(receipt.content, fixture("receipt-1-accepted.xml"));
    assert_eq!(receipt.signer, sides.signer.certificate.fingerprint());
    assert_eq!(receipt.stated_at.unwrap().to_string(), "2026-11-22T08:27:16Z");
    // The same word in UTF-8 from a gate that writes its names in lower case.
    let (lower, utf8) = (NAME.to_lowercase(), fixture("receipt-1-accepted-utf8.xml"));
    let utf8 = String::from_utf8(utf8).unwrap().replace(NAME, &lower);
    let part = sides.letter(utf8.as_bytes());
    assert_eq!(only(&sides, part).answers.0, NAME);
}

#[test]
fn receipt_1_says_no_with_its_reasons() {
    let mut sides = Sides::new();
    let part = sides.letter(&fixture("receipt-1-refused.xml"));
    let receipt = only(&sides, part);
    let Word::Refused { code, reasons } = receipt.word else { panic!("{:?}", receipt.word) };
    assert_eq!(code.as_deref(), Some("DATA_CHANGED"));
    assert_eq!(
        reasons,
        [
            "Дані в заявці не збігаються з даними чинного сертифіката",
            "Підпис накладено не тим ключем"
        ]
    );
    assert!(receipt.text.contains("\n2. Підпис накладено не тим ключем"));
}

#[test]
fn a_refusal_without_rows_still_has_a_reason() {
    let mut sides = Sides::new();
    let document =
        changed("receipt-1-accepted.xml", &[("ДОКУМЕНТ ПРИЙНЯТО", "ДОКУМЕНТ НЕ ПРИЙНЯТО")]);
    let part = sides.letter(&document);
    let told = "Підписи документа: - перший - директор";
    let expected = Word::Refused { code: None, reasons: vec![told.into()] };
    assert_eq!(only(&sides, part).word, expected);
}

#[test]
fn receipt_2_brings_the_certificates() {
    let mut sides = Sides::new();
    let document = granting(&[&sides.signing, &sides.agreement]);
    judge("receipt.xsd", &document).unwrap();
    let part = sides.letter(&document);
    let receipt = only(&sides, part);
    let certificates = vec![sides.signing.certificate.clone(), sides.agreement.certificate.clone()];
    assert_eq!(
        receipt.word,
        Word::Granted { certificates, registration: Some("9026000002".into()) }
    );
    assert_eq!(receipt.title, "Квитанція №2");
    assert!(receipt.text.contains("9026000002"));
}

#[test]
fn receipt_2_says_no() {
    let mut sides = Sides::new();
    let part = sides.letter(&fixture("receipt-2-refused.xml"));
    let receipt = only(&sides, part);
    let reasons = vec!["Оплата не надійшла".to_owned()];
    assert_eq!(receipt.word, Word::Refused { code: Some("UNPAID".into()), reasons });
    assert_eq!(receipt.title, "Квитанція №2");
}

#[test]
fn a_yes_to_an_application_needs_certificates_and_a_yes_to_a_notice_does_not() {
    let mut sides = Sides::new();
    let part = sides.letter(&granting(&[]));
    let error = interpret(&sides, &[part]).unwrap_err();
    assert!(matches!(error, Unreadable::Malformed { what: "receipt №2", .. }), "{error}");
    let part = sides.letter(&fixture("receipt-2-notice-accepted.xml"));
    let word = only(&sides, part).word;
    assert!(matches!(&word, Word::Granted { certificates, .. } if certificates.is_empty()));
    // Bytes that are no certificate are told by their column.
    let rotten = changed(
        "receipt-2-notice-accepted.xml",
        &[("<HSENDER>", "<T2RXXXXG1S ROWNUM=\"1\">AAAA</T2RXXXXG1S><HSENDER>")],
    );
    let part = sides.letter(&rotten);
    let error = interpret(&sides, &[part]).unwrap_err().to_string();
    assert!(error.contains("T2RXXXXG1S"), "{error}");
}

#[test]
fn the_header_decides_nothing() {
    let mut sides = Sides::new();
    // KVTNUM=2, RESULT=0, FINKVT=1 and a SUBJECT that promises; the body says no in №1.
    let signer = sides.signer.clone();
    let signed = sides.sign(&signer, &fixture("receipt-1-refused.xml"));
    let part = part([header("Квитанція №2 (прийнято)"), signed].concat());
    let receipt = only(&sides, part);
    assert!(matches!(receipt.word, Word::Refused { .. }));
    assert_eq!(receipt.title, "Квитанція №1");
    assert_eq!(receipt.answers.0, NAME);
}

#[test]
fn results_that_are_not_known_are_neither_yes_nor_no() {
    let mut sides = Sides::new();
    let mut say = |result: &str| {
        let document = changed("receipt-1-accepted.xml", &[("ДОКУМЕНТ ПРИЙНЯТО", result)]);
        let part = sides.letter(&document);
        interpret(&sides, &[part]).map(|mut receipts| receipts.remove(0).word)
    };
    for yes in ["Документ прийнято.", "ДОКУМЕНТ ЗБЕРЕЖЕНО НА ЦЕНТРАЛЬНОМУ РІВНІ ДПС"]
    {
        assert_eq!(say(yes), Ok(Word::Delivered), "{yes}");
    }
    for unknown in ["", "ДОКУМЕНТ ПРИЙНЯТО НЕ БУДЕ", "НЕ ДОКУМЕНТ ПРИЙНЯТО", "Пакет прийнято"]
    {
        let error = say(unknown).unwrap_err();
        assert!(
            matches!(error, Unreadable::Malformed { what: "HRESULT", .. }),
            "{unknown}: {error}"
        );
    }
}

#[test]
fn another_organisations_receipt_is_not_ours() {
    let mut sides = Sides::new();
    let document = changed("receipt-1-accepted.xml", &[("<HTIN>33300000<", "<HTIN>33300001<")]);
    let part = sides.letter(&document);
    let error = interpret(&sides, &[part]).unwrap_err();
    assert_eq!(error, Unreadable::ForAnother { whom: "33300001".into() });
    let document = changed("invoice.xml", &[("<HTIN>33300000<", "<HTIN>0033300000<")]);
    let part = sides.letter(&document);
    assert!(interpret(&sides, &[part]).is_ok());
}

#[test]
fn f30_declared_type_is_ignored() {
    let mut sides = Sides::new();
    let honest = sides.letter(&fixture("receipt-1-accepted.xml"));
    let base64 = base64::engine::general_purpose::STANDARD.encode(&honest.bytes);
    let lines: Vec<&[u8]> = base64.as_bytes().chunks(76).collect();
    let bodies = [honest.bytes.clone(), base64.clone().into_bytes(), lines.join(&b"\r\n"[..])];
    for bytes in bodies {
        for (name, kind) in
            [(None, "text/plain"), (Some("logo.png"), "image/png"), (Some("a.dat"), "")]
        {
            let name = name.map(str::to_owned);
            let part = Part { name, content_type: kind.into(), bytes: bytes.clone() };
            assert_eq!(only(&sides, part).word, Word::Delivered);
        }
    }
}

#[test]
fn people_s_mail_is_not_ours() {
    let sides = Sides::new();
    let text = |bytes: &[u8]| part(bytes.to_vec());
    let parts = [text("Вітаю! Квитанція №1 прийнята.".as_bytes()), text(b""), text(b"PK\x03\x04")];
    assert_eq!(interpret(&sides, &parts), Err(Unreadable::NotOurs));
    assert_eq!(interpret(&sides, &[]), Err(Unreadable::NotOurs));
    // A document in clear is nobody's word, and no container.
    assert_eq!(
        interpret(&sides, &[part(fixture("receipt-1-accepted.xml"))]),
        Err(Unreadable::NotOurs)
    );
}

#[test]
fn f26_a_forged_receipt_is_not_believed() {
    let mut sides = Sides::new();
    let document = fixture("receipt-1-accepted.xml");
    let (signer, stranger) = (sides.signer.clone(), sides.stranger.clone());
    let to = sides.agreement.certificate.clone();
    let inner_good = sides.sign(&signer, &document);
    let inner_bad = sides.sign(&stranger, &document);
    let crypt_good = sides.encrypt(&to, &inner_good);
    let crypt_bad = sides.encrypt(&to, &inner_bad);
    let is_stranger = |sides: &Sides, bytes: Vec<u8>| {
        let error = interpret(sides, &[part(bytes)]).unwrap_err();
        assert!(matches!(error, Unreadable::Untrusted(OpenError::Stranger { .. })), "{error}");
    };
    is_stranger(&sides, inner_bad.clone());
    is_stranger(&sides, crypt_bad.clone());
    let outer_bad = sides.sign(&stranger, &crypt_good);
    is_stranger(&sides, outer_bad);
    let outer_good = sides.sign(&signer, &crypt_bad);
    is_stranger(&sides, outer_good);
    // A changed byte of the document, inside an honest frame.
    let mut spoiled = inner_good.clone();
    let at = spoiled.windows(3).position(|w| w == b"991").unwrap();
    spoiled[at + 2] = b'2';
    let error = interpret(&sides, &[part(spoiled)]).unwrap_err();
    let bad = |e: &Unreadable| {
        matches!(e, Unreadable::Untrusted(OpenError::Crypto(CryptoError::BadSignature { .. })))
    };
    assert!(bad(&error), "{error}");
}

#[test]
fn a_document_without_a_signature_of_its_own_is_nobodys_word() {
    let mut sides = Sides::new();
    let document = fixture("receipt-1-accepted.xml");
    let (signer, to) = (sides.signer.clone(), sides.agreement.certificate.clone());
    let bare = sides.encrypt(&to, &document);
    let outside = sides.sign(&signer, &bare);
    let clear = one("CLEAR", &document);
    for bytes in [bare, outside, [header("x"), clear.clone()].concat()] {
        let error = interpret(&sides, &[part(bytes)]).unwrap_err();
        assert!(matches!(error, Unreadable::Untrusted(_)), "{error}");
    }
    // CLEAR alone says nothing about us at all.
    assert_eq!(interpret(&sides, &[part(clear)]), Err(Unreadable::NotOurs));
}

#[test]
fn signatures_without_encryption_and_headers_on_every_layer_are_read() {
    let mut sides = Sides::new();
    let document = fixture("receipt-1-accepted.xml");
    let (signer, to) = (sides.signer.clone(), sides.agreement.certificate.clone());
    let signed = sides.sign(&signer, &document);
    assert_eq!(only(&sides, part(signed.clone())).word, Word::Delivered);
    let twice = sides.sign(&signer, &[header("x"), signed].concat());
    let crypt = sides.encrypt(&to, &twice);
    let outer = sides.sign(&signer, &[header("x"), crypt].concat());
    let part = part([header("x"), outer].concat());
    assert_eq!(only(&sides, part).word, Word::Delivered);
}

#[test]
fn f28_a_receipt_for_a_previous_key_is_opened() {
    let mut sides = Sides::new();
    let part = sides.letter(&fixture("receipt-1-accepted.xml"));
    let other = Sides::new().reader;
    let pairs = [other.clone(), sides.agreement.clone()];
    let parts = [part];
    assert!(Sota.interpret(&parts, CODE, &sides.opener(&pairs)).is_ok());
    let error = Sota.interpret(&parts, CODE, &sides.opener(&[other])).unwrap_err();
    let not_for_us = OpenError::Crypto(CryptoError::NotForUs);
    assert_eq!(error, Unreadable::Untrusted(not_for_us));
}

#[test]
fn layers_are_bounded() {
    let mut sides = Sides::new();
    let signer = sides.signer.clone();
    let mut bytes = fixture("receipt-1-accepted.xml");
    for depth in 1..=20 {
        bytes = sides.sign(&signer, &bytes);
        let result = interpret(&sides, &[part(bytes.clone())]);
        let too_deep = Err(Unreadable::Untrusted(OpenError::TooDeep { limit: 16 }));
        assert_eq!(result.is_ok(), depth <= 16, "{depth}");
        assert!(depth <= 16 || result == too_deep);
    }
}

#[test]
fn hostile_containers_are_errors_with_words() {
    let sides = Sides::new();
    let told = |bytes: Vec<u8>| interpret(&sides, &[part(bytes)]).unwrap_err().to_string();
    let cases = [
        (b"UA1_SIGN\0\xff\xff\xff\xff".to_vec(), "section UA1_SIGN at byte 0 is cut off"),
        (b"UA1_SIGN\0\x02".to_vec(), "section UA1_SIGN at byte 0 is cut off"),
        (header("x"), "a container without a seal"),
        ([one("UA1_SIGN", b""), one("UA1_SIGN", b"")].concat(), "UA1_SIGN, UA1_SIGN where one"),
        ([header("x"), header("x"), one("UA1_SIGN", b"")].concat(), "TRANSPORTABLE, UA1_SIGN"),
        (one("CERTCRYPT", b"").repeat(17), "CERTCRYPT sections: more than 16"),
        (one("CERTCRYPT", b"").repeat(100_000), "sections of a container: more than 64"),
        (one("UA1_SIGN", b"\x30\x80"), "malformed"),
        (one("UA1_CRYPT", b"\x30\x84\xff\xff\xff\xff"), "malformed"),
    ];
    for (bytes, words) in cases {
        let error = told(bytes);
        assert!(error.contains(words), "{error} instead of {words}");
    }
    let many = vec![part(one("UA1_SIGN", b"")); 17];
    let limit = Unreadable::TooMuch { what: "containers of a letter", limit: 16 };
    assert_eq!(interpret(&sides, &many), Err(limit));
}

#[test]
fn a_good_receipt_beside_rubbish_counts_once() {
    let mut sides = Sides::new();
    let good = sides.letter(&fixture("receipt-1-accepted.xml"));
    let again = sides.letter(&fixture("receipt-1-accepted.xml"));
    let other = sides.letter(&fixture("receipt-2-refused.xml"));
    let rubbish = part(one("UA1_SIGN", b"rubbish"));
    let receipts = interpret(&sides, &[rubbish, good, again, other]).unwrap();
    let titles: Vec<_> = receipts.iter().map(|receipt| receipt.title.as_str()).collect();
    assert_eq!(titles, ["Квитанція №1", "Квитанція №2"]);
}

#[test]
fn xml_that_would_hurt_is_refused_after_its_signature() {
    let mut sides = Sides::new();
    let signer = sides.signer.clone();
    let accepted = fixture("receipt-1-accepted.xml");
    let mut second = accepted.clone();
    second.extend(b"<DECLAR/>");
    let bomb = b"<!DOCTYPE DECLAR [<!ENTITY a \"aaaa\">]><DECLAR>&a;</DECLAR>".to_vec();
    let deep = "<DECLAR>".repeat(5_000).into_bytes();
    let prose = encoding_rs::WINDOWS_1251.encode("ДОКУМЕНТ ПРИЙНЯТО").0.into_owned();
    for document in [second, bomb, deep, prose, b"<RECEIPT/>".to_vec(), vec![b'<'; 3_000_000]] {
        let bytes = sides.sign(&signer, &document);
        let error = interpret(&sides, &[part(bytes)]).unwrap_err();
        let refused = matches!(error, Unreadable::Malformed { .. } | Unreadable::TooMuch { .. });
        assert!(refused, "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn interpret_never_panics(
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        junk in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        thread_local! {
            static MADE: (Sides, Vec<u8>) = {
                let mut sides = Sides::new();
                let bytes = sides.letter(&fixture("receipt-1-refused.xml")).bytes;
                (sides, bytes)
            };
        }
        MADE.with(|(sides, bytes)| {
            let mut spoiled = bytes.clone();
            for (at, byte) in &flips {
                let at = at.index(spoiled.len());
                spoiled[at] = *byte;
            }
            let short = bytes[..cut.index(bytes.len())].to_vec();
            for bytes in [spoiled, short, one("UA1_SIGN", &junk), one("UA1_CRYPT", &junk), junk] {
                let _ = interpret(sides, &[part(bytes)]);
            }
        });
    }
}
