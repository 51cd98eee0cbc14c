//! Rows for spreadsheets: `;` between fields, CRLF between lines (RFC 4180 otherwise), one row a
//! holder, certificate and exchange.

use super::words;
use super::{Report, Row};

/// What the spreadsheet expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// With a byte-order mark, by which Excel knows it.
    Utf8,
    /// Characters that it lacks become their nearest, else `?`.
    Windows1251,
}

pub fn render(report: &Report, encoding: Encoding) -> Vec<u8> {
    let header = words::of(report.language).labels().columns;
    let mut text = line(&header);
    for row in &report.rows {
        text.push_str(&line(&fields(report, row)));
    }
    match encoding {
        Encoding::Utf8 => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        Encoding::Windows1251 => windows_1251(&text),
    }
}

fn fields<'a>(report: &'a Report, row: &'a Row) -> [&'a str; 22] {
    [
        report.code.rsplit(' ').next().unwrap_or_default(),
        &report.organisation,
        &row.holder,
        &row.role,
        &row.name,
        &row.certificate,
        &row.serial,
        &row.valid_from,
        &row.valid_until,
        &row.days_left,
        &row.state,
        &row.exchange,
        &row.opened,
        &row.sent,
        &row.delivered,
        &row.decided,
        &row.installed,
        &row.invoice,
        &row.sum,
        &row.payment,
        &row.action,
        &row.command,
    ]
}

pub(super) fn line(fields: &[&str]) -> String {
    let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
    fields.join(";") + "\r\n"
}

/// One field, always in quotes: serial numbers and codes stay text more often so. A field that a
/// spreadsheet would take for a formula gets an apostrophe, which makes it text (OWASP, "CSV
/// injection"); a negative whole number stays one.
fn quoted(field: &str) -> String {
    let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let negative = field.starts_with('-') && field.parse::<i64>().is_ok();
    let guard = if formula && !negative { "'" } else { "" };
    format!("\"{guard}{}\"", field.replace('"', "\"\""))
}

pub(super) fn windows_1251(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut utf8 = [0; 4];
    for character in text.chars() {
        let near = match character {
            'ʼ' => '’',
            '−' => '-',
            other => other,
        };
        let (encoded, _, lacking) = encoding_rs::WINDOWS_1251.encode(near.encode_utf8(&mut utf8));
        if lacking { bytes.push(b'?') } else { bytes.extend_from_slice(&encoded) }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_formula_becomes_text() {
        assert_eq!(quoted("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        for field in ["+380", "-1+1", "-", "@SUM", "\tx", "\r=x"] {
            assert!(quoted(field).starts_with("\"'"), "{field:?}");
        }
        assert_eq!(quoted("-3"), "\"-3\"");
        assert_eq!(quoted("ТОВ «Проба; син»"), "\"ТОВ «Проба; син»\"");
    }

    #[test]
    fn windows_1251_keeps_ukrainian() {
        let bytes = windows_1251("ҐґЇїЄєІі’ʼ№«»\u{a0}–漢");
        let (text, _, _) = encoding_rs::WINDOWS_1251.decode(&bytes);
        assert_eq!(text, "ҐґЇїЄєІі’’№«»\u{a0}–?");
    }

    proptest! {
        #[test]
        fn a_field_never_leaves_its_quotes(field in ".*") {
            let quoted = quoted(&field);
            let inner = quoted.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
            prop_assert!(!inner.replace("\"\"", "").contains('"'));
            prop_assert!(!inner.starts_with(['=', '+', '@', '\t']));
        }
    }
}
