//! The link in a payment QR code, in the National Bank of Ukraine's format 002 (`UCT`, Ukrainian
//! Credit Transfer): thirteen lines, base64url, behind the bank's address.
//!
//! The format is the National Bank's «Правила формування та використання QR-коду для здійснення
//! кредитових переказів», put anew by its resolution 97 of 19.08.2025, which keeps 001 and 002 and
//! adds 003. The resolution's text was not at hand. What is written here agrees in five independent
//! programs and in one link that a bank's own application made: the order of the lines, LF after
//! each, `UAH` before the sum, the prefix, 70 and 140 characters. From the press: versions 10 to 20
//! and the sign of the hryvnia in the middle. Not verified: that applications read encoding 2, and
//! the limit of 507 bytes, which one program states. 003 was not taken: programs disagree on its
//! address and on a category that we could not name.

use base64::Engine;

use super::{Transfer, Unfit, shortened};

const ADDRESS: &str = "https://bank.gov.ua/qr/";
/// Characters of the payee's name.
const NAME: usize = 70;
/// Characters of the purpose, fewer than a payment order holds.
const PURPOSE: usize = 140;
/// Bytes of the whole link.
const LONGEST: usize = 507;

/// The link. UTF-8 while it fits; long Cyrillic texts go in windows-1251, which takes half.
pub fn link(transfer: &Transfer) -> Result<String, Unfit> {
    let utf8 = address(lines(transfer, '1').as_bytes());
    if utf8.len() <= LONGEST {
        return Ok(utf8);
    }
    let text = lines(transfer, '2');
    let (bytes, _, lacking) = encoding_rs::WINDOWS_1251.encode(&text);
    let short = address(&bytes);
    if lacking || short.len() > LONGEST { Err(Unfit::TooLong) } else { Ok(short) }
}

fn address(bytes: &[u8]) -> String {
    format!("{ADDRESS}{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

fn lines(transfer: &Transfer, encoding: char) -> String {
    let Transfer { payee, code, iban, kopecks, purpose, .. } = transfer;
    // Whole hryvnias have no fraction, others two digits.
    let sum = match (kopecks / 100, kopecks % 100) {
        (whole, 0) => format!("UAH{whole}"),
        (whole, rest) => format!("UAH{whole}.{rest:02}"),
    };
    let (payee, purpose) = (shortened(payee, NAME), shortened(purpose, PURPOSE));
    let encoding = encoding.to_string();
    let lines = [
        // Service mark, version, encoding, function.
        "BCD", "002", &encoding, "UCT", // BIC, reserved.
        "", &payee, iban, &sum, code, // Category and reference, reserved.
        "", "", &purpose, // Text to show.
        "",
    ];
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}
