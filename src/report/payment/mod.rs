//! What the accountant needs to pay an invoice: the transfer, as a QR code for a bank's application
//! and as a line for a client-bank program. Pure functions of an order and its invoice.

pub mod bank;
mod png;
pub mod qr;
mod uct;

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::engine::order::{FiledInvoice, Order};
use crate::exchange::Money;

pub use png::png;
pub use uct::link;

/// «Призначення платежу» holds so many characters.
pub const PURPOSE: usize = 160;

/// A credit transfer in hryvnias that is ready to be ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The order that it pays for: `12345678-20261122`.
    pub order: String,
    /// Number of the invoice.
    pub invoice: String,
    /// More than zero.
    pub kopecks: i64,
    pub payee: String,
    /// ЄДРПОУ or РНОКПП.
    pub code: String,
    /// 29 characters, checked (ISO 13616).
    pub iban: String,
    /// 1 to [`PURPOSE`] characters on one line.
    pub purpose: String,
    pub due: Option<Date>,
}

/// Why an invoice can't be turned into a transfer; a person has to read the invoice then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It names no payee.
    Payee,
    /// The payee's code is neither 8 nor 10 digits, nor a passport's.
    Code,
    /// The account is no Ukrainian IBAN, or mistyped.
    Iban,
    /// Hryvnias only.
    Currency,
    Sum,
    /// The link is longer than a code may hold, or has letters that windows-1251 lacks.
    TooLong,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Payee => "the invoice names no payee",
            Self::Code => "the payee's code is not one",
            Self::Iban => "the account is no valid IBAN",
            Self::Currency => "the sum is not in hryvnias",
            Self::Sum => "there is no sum to pay",
            Self::TooLong => "the details are too long for a code",
        })
    }
}

impl std::error::Error for Unfit {}

/// The transfer that pays `invoice`. `zone`: where its due day is counted.
pub fn transfer(order: &Order, invoice: &FiledInvoice, zone: &TimeZone) -> Result<Transfer, Unfit> {
    let payee = invoice.payee.as_ref().ok_or(Unfit::Payee)?;
    let name = one_line(&payee.name);
    if name.is_empty() {
        return Err(Unfit::Payee);
    }
    if invoice.amount.currency != "UAH" {
        return Err(Unfit::Currency);
    }
    if invoice.amount.minor <= 0 {
        return Err(Unfit::Sum);
    }
    Ok(Transfer {
        order: order.number.clone(),
        invoice: one_line(&invoice.number),
        kopecks: invoice.amount.minor,
        payee: name,
        code: code(&payee.code).ok_or(Unfit::Code)?,
        iban: iban(&payee.iban).ok_or(Unfit::Iban)?,
        purpose: purpose(order, invoice, &payee.purpose),
        due: invoice.due.map(|due| due.date(zone)),
    })
}

/// Foreign words on one line: no control characters, no runs of spaces.
fn one_line(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn code(text: &str) -> Option<String> {
    let code: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let digits = code.chars().filter(char::is_ascii_digit).count();
    let number = digits == code.len() && matches!(digits, 8..=10);
    // The old passport: two letters and six digits.
    let passport = code.chars().count() == 8 && digits == 6;
    (number || passport).then_some(code)
}

/// A Ukrainian IBAN without its spaces, when its check digits hold (ISO 13616, mod 97).
pub fn iban(text: &str) -> Option<String> {
    let iban: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let iban = iban.to_ascii_uppercase();
    let digits = iban.strip_prefix("UA")?;
    if digits.len() != 27 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (check, account) = digits.split_at_checked(2)?;
    // U is 30, A is 10; the country and the check digits go last.
    let number = format!("{account}3010{check}");
    let remainder = number
        .bytes()
        .fold(0_u32, |rest, digit| (rest * 10 + u32::from(digit.wrapping_sub(b'0'))) % 97);
    (remainder == 1).then_some(iban)
}

/// As the payee wants it; without a wish of its own, what lets it find the money. Ukrainian: a
/// Ukrainian bank's clerk and the payee's accountant read it.
fn purpose(order: &Order, invoice: &FiledInvoice, wish: &str) -> String {
    let wish = one_line(wish);
    let mut text = if wish.is_empty() {
        let dated = invoice.dated.map(|day| format!(" від {}", day.strftime("%d.%m.%Y")));
        let (number, dated) = (one_line(&invoice.number), dated.unwrap_or_default());
        format!("Оплата за рахунком № {number}{dated}, замовлення {}", order.number)
    } else {
        wish
    };
    // A payment order says what of it is tax; one that says so already is left alone.
    if let Some(vat) = &invoice.vat
        && !text.to_uppercase().contains("ПДВ")
    {
        let tax = format!(", у т. ч. ПДВ {} грн", hryvnias(vat, ','));
        if text.chars().count() + tax.chars().count() <= PURPOSE {
            text.push_str(&tax);
        }
    }
    shortened(&text, PURPOSE)
}

fn hryvnias(money: &Money, mark: char) -> String {
    format!("{}{mark}{:02}", money.minor / 100, money.minor.unsigned_abs() % 100)
}

/// At most `most` characters, cut between words where one ends near enough.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most).collect();
    match cut.rsplit_once(' ') {
        Some((whole, rest)) if rest.chars().count() < 20 => {
            whole.trim_end_matches([',', ';']).to_owned()
        }
        _ => cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iban_is_checked() {
        let good = "UA21 3223 1300 0002 6007 2335 66001";
        assert_eq!(iban(good).as_deref(), Some("UA213223130000026007233566001"));
        let digits = iban(good).unwrap();
        // Any one wrong digit, and any two neighbours that changed places, are noticed.
        for at in 2..29 {
            let mut wrong = digits.clone().into_bytes();
            wrong[at] = b'0' + (wrong[at] - b'0' + 1) % 10;
            assert_eq!(iban(std::str::from_utf8(&wrong).unwrap()), None);
        }
        for wrong in ["", "UA", "DE89370400440532013000", "UA2132231300000260072335660011"] {
            assert_eq!(iban(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_code_is_digits_or_a_passport() {
        for good in ["12345678", "123456789", "1234567890", "АА123456"] {
            assert!(code(good).is_some(), "{good}");
        }
        for wrong in ["", "1234567", "12345678901", "АБВГ1234", "1234567a"] {
            assert_eq!(code(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_long_purpose_is_cut_between_words() {
        let text = "слово ".repeat(40);
        let cut = shortened(text.trim(), PURPOSE);
        assert!(cut.chars().count() <= PURPOSE && cut.ends_with("слово"), "{cut}");
        assert_eq!(shortened(&"а".repeat(200), PURPOSE).chars().count(), PURPOSE);
    }
}
