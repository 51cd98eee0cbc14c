//! Invoices: one for an order, what is on it, and that decisions wait for the money.

use certpost::authority::{Invoiced, Payment, Word};
use certpost::crypto::digest;
use certpost::simulator::authority::{Manners, Register};
use certpost::time::Span;
use jiff::civil::date;

use crate::company::{Company, NOW, ORDER};

fn invoiced(word: &Word) -> &Invoiced {
    match word {
        Word::Invoiced(invoiced) => invoiced,
        other => panic!("{other:?}"),
    }
}

fn hour(n: i64) -> certpost::time::Timestamp {
    NOW + Span::hours(n)
}

#[test]
fn one_order_has_one_invoice_and_decisions_wait_for_its_money() {
    for suite in ["international", "ukrainian"] {
        let mut company = Company::new("sota", suite, Manners::default());
        let mut documents = Vec::new();
        for holder in 0..3 {
            let parcel = company.apply(holder, Payment::Invoice, ORDER);
            let heard = company.hear(&parcel, NOW);
            assert_eq!(company.words(&heard), [Word::Delivered]);
            documents.push(parcel.document);
        }
        assert_eq!(company.authority.next(), Some(NOW));
        let letters = company.due(NOW);
        assert_eq!(letters.len(), 1, "one letter with one invoice");
        let receipts = company.read(&letters[0]);
        let answered: Vec<_> = receipts.iter().map(|one| one.answers.clone()).collect();
        assert_eq!(answered, documents);
        let invoice = invoiced(&receipts[0].word).clone();
        assert_eq!(invoice.number, "СФ-000001");
        assert_eq!(invoice.order.as_deref(), Some(ORDER));
        assert_eq!(invoice.amount.minor, 3 * 34_900);
        assert_eq!(invoice.vat.as_ref().map(|vat| vat.minor), Some(17_450));
        assert_eq!(invoice.dated, Some(date(2026, 11, 23)));
        assert_eq!(invoice.paid, None);
        let payee = invoice.payee.unwrap();
        assert!(payee.purpose.contains("СФ-000001") && payee.purpose.contains(ORDER));
        assert_eq!(remainder(&payee.iban), 1, "{} has wrong check digits", payee.iban);
        // The PDF beside it is the one that the signed document names.
        let [pdf] = &letters[0].beside[..] else { panic!("{} papers", letters[0].beside.len()) };
        assert_eq!(invoice.pdf, Some(digest(&pdf.bytes)));

        // Nobody pays, nobody decides.
        assert_eq!(company.due(hour(24 * 60)), []);
        assert_eq!(company.authority.next(), None);
        assert!(!company.authority.pay("СФ-000002", hour(9)));
        assert!(company.authority.pay("СФ-000001", hour(9)));
        assert!(!company.authority.pay("СФ-000001", hour(9)), "paid twice");
        assert_eq!(company.due(hour(8)), []);
        let decided = company.due(hour(9));
        assert_eq!(decided.len(), 3);
        for (letter, document) in decided.iter().zip(&documents) {
            let receipt = &company.read(letter)[0];
            assert_eq!(receipt.answers, *document);
            let Word::Granted { certificates, registration } = &receipt.word else {
                panic!("{:?}", receipt.word)
            };
            assert_eq!(certificates.len(), 2);
            assert!(registration.as_ref().unwrap().starts_with("926"), "{registration:?}");
        }
        assert_eq!(company.due(hour(24 * 60)), []);
    }
}

/// A stranger reads the PDF: poppler, which must be installed.
#[test]
fn a_person_reads_the_pdf_beside_the_invoice() {
    let mut company = Company::new("sota", "international", Manners::default());
    let parcel = company.apply(0, Payment::Invoice, ORDER);
    company.hear(&parcel, NOW);
    let letters = company.due(NOW);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    std::fs::write(&path, &letters[0].beside[0].bytes).unwrap();
    let read = std::process::Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output();
    let read = read.expect("pdftotext is needed: apt-get install poppler-utils");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let text = String::from_utf8(read.stdout).unwrap();
    for words in ["РАХУНОК-ФАКТУРА СФ-000001 від 23.11.2026", "349,00 UAH", "UA46", ORDER]
    {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
}

/// ISO 13616: 1 for a valid IBAN.
fn remainder(iban: &str) -> u32 {
    let (country, rest) = iban.split_at(4);
    let digits = rest.chars().chain(country.chars()).map(|c| c.to_digit(36).unwrap());
    digits.fold(0, |sum, digit| {
        let shift = if digit > 9 { 100 } else { 10 };
        (sum * shift + digit) % 97
    })
}

#[test]
fn what_comes_before_the_invoice_leaves_is_on_it_and_what_comes_later_on_the_next() {
    let manners = Manners { invoice_after: 3 * 3600, paid_after: Some(3600), ..Manners::default() };
    let mut company = Company::new("sota", "international", manners);
    let first = company.apply(0, Payment::Invoice, ORDER);
    company.hear(&first, hour(0));
    assert_eq!(company.authority.next(), Some(hour(3)));
    let second = company.apply(1, Payment::Invoice, ORDER);
    company.hear(&second, hour(2));
    assert_eq!(company.due(hour(2)), []);
    let letters = company.due(hour(3));
    let [letter] = &letters[..] else { panic!("{} letters", letters.len()) };
    assert_eq!(letter.at, hour(3), "counted from the first application");
    assert_eq!(company.read(letter).len(), 2);
    let third = company.apply(2, Payment::Invoice, ORDER);
    company.hear(&third, hour(3));
    // The first two are decided an hour after their invoice; the third has an invoice of its own.
    let letters = company.due(hour(7));
    let moments: Vec<_> = letters.iter().map(|one| one.at).collect();
    assert_eq!(moments, [hour(4), hour(4), hour(6), hour(7)]);
    let words = company.words(&letters);
    assert!(matches!(words[..2], [Word::Granted { .. }, Word::Granted { .. }]));
    assert_eq!(invoiced(&words[2]).number, "СФ-000002");
    assert_eq!(invoiced(&words[2]).amount, company.price());
    assert!(matches!(words[3], Word::Granted { .. }));
}

#[test]
fn orders_and_payments_are_kept_apart() {
    let mut company = Company::new("sota", "international", Manners::default());
    for (holder, payment, order) in [
        (0, Payment::Invoice, ORDER),
        (1, Payment::Prepaid, ORDER),
        (2, Payment::Invoice, "99912345-20261124"),
    ] {
        let parcel = company.apply(holder, payment, order);
        let words = company.hear(&parcel, NOW).len();
        assert_eq!(words, if payment == Payment::Prepaid { 2 } else { 1 });
    }
    let words = company.due(NOW);
    let words = company.words(&words);
    let orders: Vec<_> = words.iter().map(|word| invoiced(word).order.as_deref()).collect();
    assert_eq!(orders, [Some(ORDER), Some("99912345-20261124")]);
}

#[test]
fn a_repeated_application_is_answered_as_before() {
    let mut company = Company::new("sota", "international", Manners::default());
    let parcel = company.apply(0, Payment::Invoice, ORDER);
    company.hear(&parcel, NOW);
    company.hear(&parcel, NOW);
    let first = company.due(NOW);
    assert_eq!(first.len(), 1);
    // The letter was lost: the same invoice again, word for word.
    let again = company.hear(&parcel, hour(5));
    let words = company.words(&again);
    assert_eq!(words[0], Word::Delivered);
    assert_eq!(words[1], company.words(&first)[0]);
    assert_eq!(company.read(&again[1])[0].content, company.read(&first[0])[0].content);
    assert!(company.authority.pay("СФ-000001", hour(6)));
    assert_eq!(company.due(hour(6)).len(), 1, "decided once");
    let third = company.hear(&parcel, hour(7));
    assert!(matches!(
        company.words(&third)[..],
        [Word::Delivered, Word::Invoiced(_), Word::Granted { .. }]
    ));
}

#[test]
fn a_restart_forgets_no_invoice_and_no_payment() {
    let folder = tempfile::tempdir().unwrap();
    let mut company = Company::new("sota", "international", Manners::default());
    let parcel = company.apply(0, Payment::Invoice, ORDER);
    company.hear(&parcel, NOW);
    let told = company.due(NOW);
    let told = company.words(&told);
    let restart = |company: &mut Company| {
        company.authority.register.save(folder.path()).unwrap();
        let mut authority = company.twin();
        authority.register = Register::load(folder.path()).unwrap();
        company.authority = authority;
    };
    restart(&mut company);
    assert_eq!(company.due(hour(1)), [], "its application was not read again yet");
    let again = company.hear(&parcel, hour(1));
    assert_eq!(company.words(&again)[1..], told, "the number is the same");
    assert!(company.authority.pay("СФ-000001", hour(2)));
    restart(&mut company);
    company.hear(&parcel, hour(3));
    let decided = company.due(hour(3));
    assert!(matches!(company.words(&decided)[..], [Word::Granted { .. }]));
    assert!(company.authority.register.altered().is_empty());
}

#[test]
fn a_certificate_that_ends_while_money_is_awaited_is_refused() {
    let mut company = Company::new("sota", "international", Manners::default());
    let parcel = company.apply(0, Payment::Invoice, ORDER);
    company.hear(&parcel, NOW);
    company.due(NOW);
    let late = NOW + Span::days(21);
    assert!(company.authority.pay("СФ-000001", late));
    let letters = company.due(late);
    let receipts = company.read(&letters[0]);
    assert_eq!(receipts[0].title, "Квитанція №2");
    let Word::Refused { code, reasons } = &receipts[0].word else { panic!() };
    assert_eq!(code.as_deref(), Some("EXPIRED"));
    assert!(reasons[0].contains("вже не чинний"), "{reasons:?}");
}

#[test]
fn manners_of_the_till() {
    let manners = Manners {
        wrong_sum: true,
        confirms_payment: true,
        decided_after: 10 * 3600,
        ..Manners::default()
    };
    let mut company = Company::new("sota", "international", manners);
    for holder in 0..2 {
        let parcel = company.apply(holder, Payment::Invoice, ORDER);
        company.hear(&parcel, NOW);
    }
    let letters = company.due(NOW);
    let first = company.words(&letters);
    assert_eq!(invoiced(&first[0]).amount.minor, 2 * (34_900 + 10_000));
    assert!(company.authority.pay("СФ-000001", hour(3)));
    assert_eq!(company.authority.next(), Some(hour(3)));
    let letters = company.due(hour(3));
    let told = company.words(&letters);
    let [one, other] = &told[..] else { panic!("{told:?}") };
    assert_eq!((invoiced(one).paid, one), (Some(date(2026, 11, 23)), other));
    assert_eq!(company.authority.next(), Some(hour(10)), "the decision keeps its own pace");
    assert_eq!(company.due(hour(10)).len(), 2);
}

#[test]
fn without_a_table_each_application_has_its_letter_with_the_same_invoice() {
    let mut company = Company::new("smime", "international", Manners::default());
    let mut documents = Vec::new();
    for holder in 0..2 {
        let parcel = company.apply(holder, Payment::Invoice, ORDER);
        company.hear(&parcel, NOW);
        documents.push(parcel.document);
    }
    let letters = company.due(NOW);
    let receipts: Vec<_> = letters.iter().flat_map(|one| company.read(one)).collect();
    let answered: Vec<_> = receipts.iter().map(|one| one.answers.clone()).collect();
    assert_eq!(answered, documents);
    assert_eq!(receipts[0].word, receipts[1].word);
    assert_eq!(invoiced(&receipts[0].word).order.as_deref(), Some(ORDER));
}
