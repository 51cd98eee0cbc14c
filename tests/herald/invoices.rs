//! What the accountant must pay.

use certpost::authority::{Payee, Payment, Role};
use certpost::engine::order::{FiledInvoice, Item, Order};
use certpost::exchange::{DocumentNumber, Exchange, ExchangeId, Invoice, Money, Purpose, Stage};
use certpost::herald::{Memory, decide};
use certpost::report::message::Kind;
use certpost::time::Span;

use crate::decisions::{at, dispatch, kinds};
use crate::moment::digest;
use crate::{quiet, settings, told};

#[test]
fn an_invoice_is_told_with_each_reminder_of_the_profile() {
    let (settings, mut memory) = (settings(), Memory::default());
    let now = quiet().now;
    let invoice = Invoice {
        number: "1482".into(),
        amount: Money { minor: 34_900, currency: "UAH".into() },
        due: Some(now + Span::days(5)),
        receipt: digest(4),
    };
    let owing = |until| {
        let invoice = invoice.clone();
        at(Stage::AwaitingPayment { dispatch: dispatch(0), invoice, until })
    };
    let first = now + Span::days(2);
    for _ in 0..5 {
        decide(&mut memory, &owing(first), &settings);
    }
    let queue = std::mem::take(&mut memory.queue);
    assert_eq!(queue.len(), 1);
    let text = &queue[0].message.text;
    for part in ["No. 1482", "UAH 349.00", "What to do:", "certpost paid director-1"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let reminded = told(&mut memory, &owing(first + Span::days(2)), now, &settings);
    assert_eq!(kinds(&reminded), [("olena", Kind::Invoiced)]);
}

#[test]
fn an_invoice_of_an_order_brings_payee_account_code_and_pdf_in_one_message() {
    let (settings, mut memory) = (settings(), Memory::default());
    let mut snapshot = quiet();
    let now = snapshot.now;
    let amount = Money { minor: 104_700, currency: "UAH".into() };
    let invoice = Invoice {
        number: "СФ-17".into(),
        amount: amount.clone(),
        due: Some(now + Span::days(5)),
        receipt: digest(4),
    };
    let deadline = snapshot.holders[0].certificates[0].not_after;
    let mut items = Vec::new();
    for number in 1..=2 {
        let id = ExchangeId(format!("director-{number}"));
        let until = now + Span::days(number);
        let stage =
            Stage::AwaitingPayment { dispatch: dispatch(0), invoice: invoice.clone(), until };
        let open = Exchange::open(id.clone(), "director".into(), Purpose::Renewal, deadline, now);
        snapshot.exchanges.push(Exchange { stage, ..open });
        items.push(Item {
            exchange: id,
            attempt: 1,
            document: DocumentNumber(number.to_string()),
            role: Role::Director,
            usages: vec![certpost::crypto::Usage::Signing],
            holder: "Яременко Остап Ількович".into(),
            term: 2,
            payment: Payment::Invoice,
            sum: amount.clone(),
            vat: None,
        });
    }
    let payee = Payee {
        name: "ТОВ «Центр»".into(),
        code: "12345678".into(),
        iban: "UA213223130000026007233566001".into(),
        purpose: "Оплата за послуги КЕП зг. рах. № СФ-17".into(),
    };
    snapshot.orders = vec![Order {
        number: "33300000-20261120".into(),
        authority: "ukraina".into(),
        day: jiff::civil::date(2026, 11, 20),
        items,
        invoices: vec![FiledInvoice {
            number: "СФ-17".into(),
            dated: None,
            amount,
            vat: None,
            due: invoice.due,
            payee: Some(payee.clone()),
            xml: digest(4),
            pdf: Some(digest(5)),
            at: now,
            documents: vec![],
        }],
        paid: None,
    }];
    decide(&mut memory, &snapshot, &settings);
    let [queued] = &memory.queue[..] else { panic!("{:?}", memory.queue) };
    let message = &queued.message;
    for part in [&payee.iban, &payee.purpose, "UAH 1,047.00", "12345678", "27 Nov 2026"] {
        assert!(message.text.contains(part), "{part}: {}", message.text);
        assert!(message.html.contains(part) || part.contains('\u{a0}') || part.starts_with("UAH"));
    }
    let [attached] = &message.attached[..] else { panic!("{:?}", message.attached) };
    assert_eq!((attached.name.as_str(), attached.kept), ("invoice----17.pdf", digest(5)));
    let [link] = &message.payments[..] else { panic!("{:?}", message.payments) };
    assert!(message.html.contains("src=\"cid:payment-1@certpost\""), "{}", message.html);
    // Somebody else's program reads the picture.
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("payment.png");
    std::fs::write(&picture, certpost::report::payment::png(link).unwrap()).unwrap();
    let read = std::process::Command::new("zbarimg")
        .args(["--quiet", "--raw", "--nodbus", "-S*.enable=0", "-Sqrcode.enable=1"])
        .arg(&picture)
        .output()
        .expect("zbarimg must be there: apt-get install zbar-tools");
    assert_eq!(String::from_utf8(read.stdout).unwrap().trim_end(), link);
}
