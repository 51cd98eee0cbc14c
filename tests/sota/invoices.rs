//! Invoices: one for several applications, with rows that must add up.

use certpost::authority::sota::receipt::{self, Answer};
use certpost::authority::{Invoiced, Payee, Unreadable, Word};
use certpost::exchange::Money;
use jiff::civil::date;

use crate::authority::Sides;
use crate::documents::{NAME, changed, fixture, judge};
use crate::receipts::interpret;

/// The second application of the fixture.
const SECOND: &str = "26500033300000J1900101100000000811120262650";

fn hryvnias(minor: i64) -> Money {
    Money { minor, currency: "UAH".into() }
}

#[test]
fn an_invoice_is_read() {
    let Answer::Invoice(invoice) = receipt::read(&fixture("invoice.xml")).unwrap() else {
        panic!()
    };
    assert_eq!(invoice.number, "СФ-0000123");
    assert_eq!(invoice.order.as_deref(), Some("33300000-20261122"));
    assert_eq!(invoice.sum, hryvnias(34_900));
    assert_eq!(invoice.vat, Some(hryvnias(5_817)));
    assert_eq!(invoice.due, Some(date(2026, 11, 30)));
    let digest = invoice.pdf.unwrap().to_string();
    assert!(digest.starts_with("7d865e959b24"), "{digest}");
    let items = invoice.items.iter().map(|item| (item.answers.to_string(), item.sum.minor));
    assert_eq!(items.collect::<Vec<_>>(), [(NAME.to_owned(), 20_000), (SECOND.to_owned(), 14_900)]);
}

#[test]
fn rows_belong_together_by_their_number() {
    let swapped = changed(
        "invoice.xml",
        &[
            ("G2S ROWNUM=\"1\"", "G2S ROWNUM=\"9\""),
            ("G2S ROWNUM=\"2\"", "G2S ROWNUM=\"1\""),
            ("G2S ROWNUM=\"9\"", "G2S ROWNUM=\"2\""),
        ],
    );
    judge("invoice.xsd", &swapped).unwrap();
    let Answer::Invoice(invoice) = receipt::read(&swapped).unwrap() else { panic!() };
    let sums: Vec<_> = invoice.items.iter().map(|item| item.sum.minor).collect();
    assert_eq!(sums, [14_900, 20_000]);
}

#[test]
fn an_invoice_answers_each_of_its_applications_with_the_same_word() {
    let mut sides = Sides::new();
    let part = sides.letter(&fixture("invoice.xml"));
    let receipts = interpret(&sides, &[part]).unwrap();
    let answered: Vec<_> = receipts.iter().map(|receipt| receipt.answers.0.as_str()).collect();
    assert_eq!(answered, [NAME, SECOND]);
    assert_eq!(receipts[0].word, receipts[1].word);
    assert_eq!(receipts[0].content, receipts[1].content);
    let expected = Invoiced {
        number: "СФ-0000123".into(),
        order: Some("33300000-20261122".into()),
        dated: Some(date(2026, 11, 22)),
        amount: hryvnias(34_900),
        vat: Some(hryvnias(5_817)),
        // The last second of 30 November in Kyiv.
        due: Some("2026-11-30T21:59:59Z".parse::<jiff::Timestamp>().unwrap())
            .map(|due| certpost::time::Timestamp(due.as_second())),
        payee: Some(Payee {
            name: "Пробний центр сертифікації".into(),
            code: "99900000".into(),
            iban: "UA003000000000000000000000123".into(),
            purpose: "Оплата послуг сертифікації згідно з рахунком СФ-0000123".into(),
        }),
        paid: None,
        pdf: "7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730".parse().ok(),
    };
    assert!(expected.pdf.is_some());
    assert_eq!(receipts[0].word, Word::Invoiced(Box::new(expected)));
    assert_eq!(receipts[0].title, "Рахунок-фактура PD010120");
    for words in
        ["349,00 грн", "ПДВ: 58,17 грн", SECOND, "149,00 грн", "UA0030", "33300000-20261122"]
    {
        assert!(receipts[0].text.contains(words), "{words}: {}", receipts[0].text);
    }
}

#[test]
fn what_may_be_nil_is_nothing() {
    let mut sides = Sides::new();
    let nil = |element: &str, text: &str| {
        (format!("<{element}>{text}</{element}>"), format!("<{element} xsi:nil=\"true\"/>"))
    };
    let nils = [
        nil("HDUE", "30112026"),
        nil("HORDER", "33300000-20261122"),
        nil("HVAT", "58.17"),
        nil("HPDF", "7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730"),
    ];
    let nils: Vec<_> = nils.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    let document = changed("invoice.xml", &nils);
    judge("invoice.xsd", &document).unwrap();
    let part = sides.letter(&document);
    let receipts = interpret(&sides, &[part]).unwrap();
    let Word::Invoiced(invoiced) = &receipts[0].word else { panic!("{:?}", receipts[0].word) };
    let Invoiced { due: None, order: None, vat: None, pdf: None, .. } = **invoiced else {
        panic!("{invoiced:?}")
    };
}

#[test]
fn an_invoice_that_does_not_add_up_is_malformed() {
    let mut sides = Sides::new();
    let digest = "7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730";
    for (from, to, words) in [
        ("<HSUM>349.00<", "<HSUM>349.01<", "HSUM is not the sum of its 2 rows"),
        (">200.00<", ">200.01<", "HSUM is not the sum of its 2 rows"),
        (">200.00<", ">-200.00<", "T1RXXXXG2S is «-200.00»"),
        (">200.00<", ">99999999999999999.00<", "T1RXXXXG2S"),
        ("<HVAT>58.17<", "<HVAT>349.01<", "HVAT is «349.01»"),
        (SECOND, NAME, "the same application twice"),
        (SECOND, "26500033300000J19001", "T1RXXXXG1S"),
        (SECOND, "рахунок", "T1RXXXXG1S"),
        ("G2S ROWNUM=\"2\"", "G2S ROWNUM=\"1\"", "not one sum for each application"),
        ("G2S ROWNUM=\"2\"", "G3S ROWNUM=\"2\"", "T1RXXXXG"),
        ("<HNUM>СФ-0000123</HNUM>", "<HNUM> </HNUM>", "HNUM"),
        (digest, "7d865e", "HPDF is «7d865e»"),
        ("<HDUE>30112026<", "<HDUE>31112026<", "HDUE"),
    ] {
        let mut document = changed("invoice.xml", &[(from, to)]);
        // A closing tag must follow its opening one.
        if to.starts_with("G3S") {
            let one = "149.00</T1RXXXXG2S>";
            let text = encoding_rs::WINDOWS_1251.decode_without_bom_handling(&document).0;
            let text = text.replace(one, "149.00</T1RXXXXG3S>");
            document = encoding_rs::WINDOWS_1251.encode(&text).0.into_owned();
        }
        let part = sides.letter(&document);
        let error = interpret(&sides, &[part]).unwrap_err();
        assert!(matches!(error, Unreadable::Malformed { .. }), "{to}: {error:?}");
        assert!(error.to_string().contains(words), "{to}: {error} instead of {words}");
    }
}

#[test]
fn rows_are_bounded() {
    let rows = |n: usize| {
        let mut text = String::new();
        for row in 1..=n {
            let name = format!("26500033300000J1900101100{row:07}11120262650.XML");
            text += &format!("<T1RXXXXG1S ROWNUM=\"{row}\">{name}</T1RXXXXG1S>");
        }
        for row in 1..=n {
            text += &format!("<T1RXXXXG2S ROWNUM=\"{row}\">1.00</T1RXXXXG2S>");
        }
        let bytes = fixture("invoice.xml");
        let (before, _) = encoding_rs::WINDOWS_1251.decode_without_bom_handling(&bytes);
        let (before, _) = before.split_once("<T1RXXXXG1S").unwrap();
        let document = format!("{before}{text}</DECLARBODY></DECLAR>")
            .replace("<HSUM>349.00<", &format!("<HSUM>{n}.00<"));
        encoding_rs::WINDOWS_1251.encode(&document).0.into_owned()
    };
    judge("invoice.xsd", &rows(100)).unwrap();
    assert!(matches!(receipt::read(&rows(100)), Ok(Answer::Invoice(_))));
    let limit = Unreadable::TooMuch { what: "rows of an invoice", limit: 100 };
    assert_eq!(receipt::read(&rows(101)).unwrap_err(), limit);
    assert!(judge("invoice.xsd", &rows(101)).is_err());
    assert!(receipt::read(&rows(0)).is_err());
}

#[test]
fn an_invoice_for_another_organisation_is_not_ours() {
    let mut sides = Sides::new();
    let document = changed("invoice.xml", &[("<HTIN>33300000<", "<HTIN>33300001<")]);
    let part = sides.letter(&document);
    let error = interpret(&sides, &[part]).unwrap_err();
    assert_eq!(error, Unreadable::ForAnother { whom: "33300001".into() });
}
