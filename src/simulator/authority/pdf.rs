//! An invoice as a page for people: a plain PDF 1.4 in Courier, in Latin letters, because the
//! fonts that every reader has know no Cyrillic.

use std::fmt::Write as _;

use super::till::Invoice;

pub(super) fn invoice(invoice: &Invoice, payee_code: &str, iban: &str) -> Vec<u8> {
    let amount = |minor: i64| format!("{}.{:02} {}", minor / 100, minor % 100, invoice.currency);
    let mut lines = vec![
        format!("RAKHUNOK-FAKTURA {} vid {}", invoice.number, invoice.dated),
        String::new(),
        format!("Platnyk:     {} ({})", invoice.payer, invoice.code),
        format!("Zamovlennia: {}", invoice.order),
        format!("Oderzhuvach: {payee_code}"),
        format!("IBAN:        {iban}"),
        format!("Pryznachennia: {}", invoice.purpose()),
        String::new(),
    ];
    lines.extend(
        invoice.items.iter().map(|item| format!("{}  {}", item.document, amount(item.sum))),
    );
    lines.push(String::new());
    lines.push(format!("Razom:       {}", amount(invoice.sum())));
    lines.push(format!("u t.ch. PDV: {}", amount(invoice.vat())));
    lines.push(format!("Splatyty do: {}", invoice.due));
    page(&lines)
}

fn page(lines: &[String]) -> Vec<u8> {
    let mut text = String::from("BT /F1 9 Tf 14 TL 40 800 Td\n");
    for line in lines {
        // Writing into a String can't fail.
        let _ = writeln!(text, "({}) Tj T*", escaped(&latin(line)));
    }
    text.push_str("ET\n");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] \
         /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>"
            .to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{text}endstream", text.len()),
    ];
    let mut pdf = String::from("%PDF-1.4\n");
    let mut table = String::from("0000000000 65535 f \n");
    for (number, object) in (1..).zip(&objects) {
        let _ = writeln!(table, "{:010} 00000 n ", pdf.len());
        let _ = writeln!(pdf, "{number} 0 obj\n{object}\nendobj");
    }
    let (size, start) = (objects.len() + 1, pdf.len());
    let _ = write!(
        pdf,
        "xref\n0 {size}\n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    );
    pdf.into_bytes()
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)")
}

/// By the official table (Cabinet's resolution 55 of 2010), without its rules for beginnings of
/// words; what has no letter there is a question mark.
fn latin(text: &str) -> String {
    const TABLE: [(char, &str); 33] = [
        ('а', "a"),
        ('б', "b"),
        ('в', "v"),
        ('г', "h"),
        ('ґ', "g"),
        ('д', "d"),
        ('е', "e"),
        ('є', "ie"),
        ('ж', "zh"),
        ('з', "z"),
        ('и', "y"),
        ('і', "i"),
        ('ї', "i"),
        ('й', "i"),
        ('к', "k"),
        ('л', "l"),
        ('м', "m"),
        ('н', "n"),
        ('о', "o"),
        ('п', "p"),
        ('р', "r"),
        ('с', "s"),
        ('т', "t"),
        ('у', "u"),
        ('ф', "f"),
        ('х', "kh"),
        ('ц', "ts"),
        ('ч', "ch"),
        ('ш', "sh"),
        ('щ', "shch"),
        ('ь', ""),
        ('ю', "iu"),
        ('я', "ia"),
    ];
    let mut plain = String::new();
    for letter in text.chars() {
        let lower = letter.to_lowercase().next().unwrap_or(letter);
        match TABLE.iter().find(|(cyrillic, _)| *cyrillic == lower) {
            Some((_, latin)) if lower == letter => plain.push_str(latin),
            Some((_, latin)) => plain.push_str(&latin.to_uppercase()),
            None if letter.is_ascii() && !letter.is_control() => plain.push(letter),
            None if matches!(letter, '«' | '»' | '“' | '”') => plain.push('"'),
            None if matches!(letter, '\'' | '’' | 'ʼ') => plain.push('\''),
            None => plain.push('?'),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_objects_names_their_places() {
        let bytes = page(&["ТОВ «Ґанок» (Щука)".to_owned()]);
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("(TOV \"Ganok\" \\(SHCHuka\\)) Tj"), "{text}");
        let start: usize =
            text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
        let table = text[start..].strip_prefix("xref\n0 6\n").unwrap();
        for (number, line) in table.lines().skip(1).take(5).enumerate() {
            let place: usize = line[..10].parse().unwrap();
            assert!(text[place..].starts_with(&format!("{} 0 obj", number + 1)), "{line}");
        }
        let length: usize =
            text.split("/Length ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let (_, stream) = text.split_once("stream\n").unwrap();
        assert!(stream[length..].starts_with("endstream"));
    }
}
