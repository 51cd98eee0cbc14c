//! Unpaid invoices of the rich moment, ready for the bank.

use certpost::authority::{Payee, Payment, Role};
use certpost::crypto::Usage;
use certpost::engine::order::{FiledInvoice, Item, Order};
use certpost::exchange::{ExchangeId, Money};
use certpost::report::{self, Language, Report, Snapshot, html, terminal};
use jiff::civil::date;

use crate::LANGUAGES;
use crate::moment::{digest, rich_snapshot};

/// The seal's invoice of the rich moment, as its order holds it.
fn invoiced() -> Snapshot {
    let mut snapshot = rich_snapshot();
    let id = ExchangeId("seal-1".into());
    let seal = snapshot.exchanges.iter().find(|exchange| exchange.id == id).unwrap();
    let document = seal.document().unwrap().clone();
    let sum = Money { minor: 34_900, currency: "UAH".into() };
    let payee = Payee {
        name: "ТОВ «Центр» & <сини>".into(),
        code: "12345678".into(),
        iban: "UA213223130000026007233566001".into(),
        purpose: "Оплата за рахунком № 1482".into(),
    };
    let invoice = FiledInvoice {
        number: "1482".into(),
        dated: Some(date(2026, 11, 20)),
        amount: sum.clone(),
        vat: None,
        due: Some(snapshot.now),
        payee: Some(payee),
        xml: digest(4),
        pdf: None,
        at: snapshot.now,
        documents: vec![document.clone()],
    };
    let item = Item {
        exchange: id,
        attempt: 1,
        document,
        role: Role::Seal,
        holder: "ТОВ «Проба»".into(),
        usages: vec![Usage::Signing, Usage::Agreement],
        term: 2,
        payment: Payment::Invoice,
        sum,
        vat: None,
    };
    snapshot.orders = vec![Order {
        number: "33300000-20261120".into(),
        authority: "ukraina".into(),
        day: date(2026, 11, 20),
        items: vec![item],
        invoices: vec![invoice],
        paid: None,
    }];
    snapshot
}

fn page(report: &Report) -> String {
    html::render(report).unwrap()
}

#[test]
fn an_unpaid_invoice_has_its_code_beside_it() {
    for language in LANGUAGES {
        let report = report::build(&invoiced(), language);
        let page = page(&report);
        assert_eq!(page.matches("<svg class=\"qr\" role=\"img\"").count(), 1);
        assert!(page.contains("UA213223130000026007233566001"));
        assert!(!page.contains("<сини>"));
        // Only who writes the files knows that they are there.
        assert!(!page.contains("href="));
    }
}

#[test]
fn show_paints_the_code_on_terminals_only() {
    let report = report::build(&invoiced(), Language::Uk);
    let plain = terminal::show(&report, "seal-1", terminal::Colour::Plain).unwrap();
    assert!(plain.contains("UA21 3223 1300") && !plain.contains('█'), "{plain}");
    let painted = terminal::show(&report, "seal-1", terminal::Colour::Coloured).unwrap();
    let rows: Vec<&str> = painted.lines().filter(|line| line.contains('█')).collect();
    assert!(rows.len() > 28, "{painted}");
    assert!(rows.iter().all(|row| row.starts_with("\u{1b}[38;5;231;48;5;16m")));
    let other = terminal::show(&report, "director-1", terminal::Colour::Coloured).unwrap();
    assert!(!other.contains('█'));
}

#[test]
fn a_strange_invoice_is_not_offered_to_be_paid() {
    let bills = |change: &dyn Fn(&mut FiledInvoice)| {
        let mut snapshot = invoiced();
        change(&mut snapshot.orders[0].invoices[0]);
        report::build(&snapshot, Language::Uk).bills.len()
    };
    assert_eq!(bills(&|_| ()), 1);
    assert_eq!(bills(&|invoice| invoice.amount.minor += 1), 0, "not what the price list says");
    assert_eq!(bills(&|invoice| invoice.payee = None), 0);
    assert_eq!(bills(&|invoice| invoice.documents.clear()), 0);
}
