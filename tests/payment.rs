//! The payment order of an invoice: its QR code is drawn, rasterised by librsvg and read back by
//! ZBar; its line for the bank is read field by field.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;
use std::process::Command;

use base64::Engine;
use certpost::authority::Payee;
use certpost::engine::order::{FiledInvoice, Order};
use certpost::exchange::{Digest, Money};
use certpost::report::payment::{PURPOSE, Transfer, Unfit, bank, link, qr, transfer};
use certpost::time::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;

const IBAN: &str = "UA213223130000026007233566001";

fn invoice() -> FiledInvoice {
    FiledInvoice {
        number: "СФ-000017".into(),
        dated: Some(date(2026, 11, 20)),
        amount: Money { minor: 104_700, currency: "UAH".into() },
        vat: Some(Money { minor: 17_450, currency: "UAH".into() }),
        due: Some(Timestamp::from_civil(date(2026, 11, 27).at(23, 59, 59, 0), &kyiv())),
        payee: Some(Payee {
            name: "ТОВ «Центр сертифікації «Симулятор»".into(),
            code: "12345678".into(),
            iban: "UA21 3223 1300 0002 6007 2335 66001".into(),
            purpose: "Оплата за послуги КЕП зг. рах. № СФ-000017 від 20.11.2026, у т. ч. ПДВ 20 %"
                .into(),
        }),
        xml: Digest([1; 32]),
        pdf: None,
        at: Timestamp(1_790_000_000),
        documents: Vec::new(),
    }
}

fn order() -> Order {
    Order {
        number: "33300000-20261120".into(),
        authority: "ukraina".into(),
        day: date(2026, 11, 20),
        items: Vec::new(),
        invoices: Vec::new(),
        paid: None,
    }
}

fn kyiv() -> TimeZone {
    TimeZone::get("Europe/Kyiv").unwrap()
}

fn ready(invoice: &FiledInvoice) -> Transfer {
    transfer(&order(), invoice, &kyiv()).unwrap()
}

/// What somebody else's reader sees in a picture.
fn scanned(picture: &Path) -> String {
    let read = Command::new("zbarimg")
        .args(["--quiet", "--raw", "--nodbus", "-S*.enable=0", "-Sqrcode.enable=1"])
        .arg(picture)
        .output()
        .expect("zbarimg must be there: apt-get install zbar-tools");
    let words = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "zbarimg reads nothing: {words}");
    String::from_utf8(read.stdout).unwrap().trim_end().to_owned()
}

/// The thirteen lines behind a link.
fn fields(link: &str) -> Vec<String> {
    let payload = link.strip_prefix("https://bank.gov.ua/qr/").unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    let cyrillic = bytes.starts_with(b"BCD\n002\n2\n");
    let text = if cyrillic {
        encoding_rs::WINDOWS_1251.decode(&bytes).0.into_owned()
    } else {
        String::from_utf8(bytes).unwrap()
    };
    text.strip_suffix('\n').unwrap().split('\n').map(str::to_owned).collect()
}

fn wanted(encoding: &str, sum: &str) -> Vec<String> {
    let invoice = invoice();
    let payee = invoice.payee.unwrap();
    let lines = [
        "BCD",
        "002",
        encoding,
        "UCT",
        "",
        &payee.name,
        IBAN,
        sum,
        "12345678",
        "",
        "",
        &payee.purpose,
        "",
    ];
    lines.map(str::to_owned).to_vec()
}

#[test]
fn the_drawing_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let (drawing, picture) = (folder.path().join("code.svg"), folder.path().join("code.png"));
    let link = link(&ready(&invoice())).unwrap();
    let svg = qr::svg(&qr::code(&link).unwrap(), "Оплата & \"рахунок\"");
    let standalone = svg.replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1);
    std::fs::write(&drawing, standalone).unwrap();
    let drawn = Command::new("rsvg-convert")
        .args(["--width", "600", "--output"])
        .args([&picture, &drawing])
        .status()
        .expect("rsvg-convert must be there: apt-get install librsvg2-bin");
    assert!(drawn.success());
    let read = scanned(&picture);
    assert_eq!(read, link);
    assert_eq!(fields(&read), wanted("1", "UAH1047"));
}

#[test]
fn half_blocks_are_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("code.pbm");
    let link = link(&ready(&invoice())).unwrap();
    let rows = qr::blocks(&qr::compact(&link).unwrap());
    let wide = rows[0].chars().count();
    assert!(wide <= 80, "{wide} columns");
    // Each character is two modules; each module becomes four by four dots, dark is 1.
    let mut dots = String::new();
    for row in &rows {
        assert_eq!(row.chars().count(), wide);
        for upper in [true, false] {
            let light = |c: char| c == '█' || c == if upper { '▀' } else { '▄' };
            let line: String =
                row.chars().map(|c| if light(c) { "0 0 0 0 " } else { "1 1 1 1 " }).collect();
            dots.push_str(&format!("{line}\n").repeat(4));
        }
    }
    let (width, height) = (wide * 4, rows.len() * 8);
    std::fs::write(&picture, format!("P1\n{width} {height}\n{dots}")).unwrap();
    assert_eq!(scanned(&picture), link);
}

#[test]
fn kopecks_have_two_digits_and_whole_hryvnias_none() {
    for (minor, said) in [(34_900, "UAH349"), (34_905, "UAH349.05"), (10, "UAH0.10")] {
        let mut invoice = invoice();
        invoice.amount.minor = minor;
        assert_eq!(fields(&link(&ready(&invoice)).unwrap()), wanted("1", said));
    }
}

#[test]
fn long_details_go_in_windows_1251_and_stay_within_the_rules() {
    let mut invoice = invoice();
    let payee = invoice.payee.as_mut().unwrap();
    payee.name = "Товариство з обмеженою відповідальністю ".repeat(4);
    payee.purpose = "Оплата за послуги кваліфікованого електронного підпису ".repeat(6);
    let transfer = ready(&invoice);
    assert!(transfer.purpose.chars().count() <= PURPOSE);
    let link = link(&transfer).unwrap();
    assert!(link.len() <= 507, "{}", link.len());
    let fields = fields(&link);
    assert_eq!((fields.len(), fields[2].as_str()), (13, "2"));
    assert!(fields[5].chars().count() <= 70 && fields[11].chars().count() <= 140);
    assert!(transfer.purpose.starts_with(&fields[11]));
    assert!(qr::code(&link).is_some());
}

#[test]
fn foreign_line_breaks_move_no_field() {
    let mut invoice = invoice();
    let payee = invoice.payee.as_mut().unwrap();
    payee.name = "Добрі\r\nлюди\nUA000000000000000000000000000".into();
    payee.purpose = "перше\nдруге\u{0}третє".into();
    let fields = fields(&link(&ready(&invoice)).unwrap());
    assert_eq!(fields.len(), 13);
    assert_eq!(fields[6], IBAN);
    let purpose = "перше друге третє, у т. ч. ПДВ 174,50 грн";
    assert_eq!(fields[11], purpose);
}

#[test]
fn without_a_wish_the_purpose_names_invoice_and_order() {
    let mut invoice = invoice();
    invoice.payee.as_mut().unwrap().purpose = "  ".into();
    assert_eq!(
        ready(&invoice).purpose,
        "Оплата за рахунком № СФ-000017 від 20.11.2026, замовлення 33300000-20261120, у т. ч. ПДВ \
         174,50 грн"
    );
    invoice.vat = None;
    assert!(ready(&invoice).purpose.ends_with("замовлення 33300000-20261120"));
}

#[test]
fn what_can_not_be_paid_is_told() {
    let unfit = |change: &dyn Fn(&mut FiledInvoice)| {
        let mut invoice = invoice();
        change(&mut invoice);
        transfer(&order(), &invoice, &kyiv())
    };
    let payee = |change: &dyn Fn(&mut Payee)| unfit(&|one| change(one.payee.as_mut().unwrap()));
    assert_eq!(unfit(&|one| one.payee = None), Err(Unfit::Payee));
    assert_eq!(unfit(&|one| one.amount.currency = "EUR".into()), Err(Unfit::Currency));
    assert_eq!(unfit(&|one| one.amount.minor = 0), Err(Unfit::Sum));
    assert_eq!(payee(&|one| one.name = " \n".into()), Err(Unfit::Payee));
    assert_eq!(payee(&|one| one.code = "17".into()), Err(Unfit::Code));
    assert_eq!(payee(&|one| one.iban = IBAN.replace('1', "2")), Err(Unfit::Iban));
    assert!(unfit(&|_| ()).is_ok());
}

#[test]
fn the_bank_gets_a_line_in_windows_1251() {
    let payer = bank::Payer { code: "33300000", name: "ТОВ «Проба; син»" };
    let bytes = bank::render(&[ready(&invoice())], &payer, date(2026, 11, 24));
    let (text, _, wrong) = encoding_rs::WINDOWS_1251.decode(&bytes);
    assert!(!wrong);
    let lines: Vec<_> = text.split_terminator("\r\n").collect();
    let quoted = |fields: &[&str]| {
        fields.iter().map(|field| format!("\"{field}\"")).collect::<Vec<_>>().join(";")
    };
    assert_eq!(lines[0], quoted(&bank::FIELDS));
    let purpose = invoice().payee.unwrap().purpose;
    let fields = [
        "24.11.2026",
        "20261120",
        "1047.00",
        "UAH",
        "33300000",
        "ТОВ «Проба; син»",
        "",
        "12345678",
        "ТОВ «Центр сертифікації «Симулятор»",
        IBAN,
        &purpose,
    ];
    assert_eq!(lines[1..], [quoted(&fields)]);
}
