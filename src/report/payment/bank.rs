//! A payment as a line for a client-bank program: `;` between fields, windows-1251, one line with
//! the names of the fields. Banks differ in what they import; docs/bank-csv.md describes this
//! layout, which is ours, and how programs are told about it.

use jiff::civil::Date;

use super::Transfer;
use crate::report::csv;

/// Fields, in the order of the line.
pub const FIELDS: [&str; 11] = [
    "Дата",
    "Номер",
    "Сума",
    "Валюта",
    "Код платника",
    "Платник",
    "Рахунок платника",
    "Код одержувача",
    "Одержувач",
    "Рахунок одержувача",
    "Призначення платежу",
];

/// Who pays. The account is the accountant's to choose: left empty, the bank asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payer<'a> {
    pub code: &'a str,
    pub name: &'a str,
}

/// The file's bytes: a line for each transfer, dated `day`.
pub fn render(transfers: &[Transfer], payer: &Payer<'_>, day: Date) -> Vec<u8> {
    let mut text = csv::line(&FIELDS);
    for transfer in transfers {
        let date = day.strftime("%d.%m.%Y").to_string();
        let (whole, rest) = (transfer.kopecks / 100, transfer.kopecks % 100);
        let sum = format!("{whole}.{rest:02}");
        // A payment order has a number of the payer's own; digits of the order's day will do.
        let number = number(&transfer.order);
        let fields = [
            date.as_str(),
            &number,
            &sum,
            "UAH",
            payer.code,
            payer.name,
            "",
            &transfer.code,
            &transfer.payee,
            &transfer.iban,
            &transfer.purpose,
        ];
        text.push_str(&csv::line(&fields));
    }
    csv::windows_1251(&text)
}

/// At most ten digits (the field's size in Ukrainian payment orders): the order's day.
fn number(order: &str) -> String {
    let day = order.rsplit('-').next().unwrap_or_default();
    let digits: String = day.chars().filter(char::is_ascii_digit).take(10).collect();
    if digits.is_empty() { "1".into() } else { digits }
}
