//! The workbook as Office Open XML has it: parts in a zip, cells with types.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use certpost::report::Language;
use certpost::report::summary::Format;

use crate::{LANGUAGES, file, rich};

struct Workbook {
    parts: BTreeMap<String, String>,
    /// Shared strings by their numbers.
    strings: Vec<String>,
}

/// Text between `open…>` and `close`, again and again.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Vec<(&'t str, &'t str)> {
    let mut found = Vec::new();
    for piece in text.split(open).skip(1) {
        let (inside, _) = piece.split_once(close).unwrap_or_else(|| panic!("no {close}"));
        let (head, body) = inside.split_once('>').unwrap_or((inside, ""));
        found.push((head, body));
    }
    found
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&amp;", "&")
}

fn attribute<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let (_, rest) = head.split_once(&format!("{name}=\""))?;
    rest.split('"').next()
}

impl Workbook {
    fn read(bytes: &[u8]) -> Self {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut parts = BTreeMap::new();
        for at in 0..archive.len() {
            let mut part = archive.by_index(at).unwrap();
            let name = part.name().unwrap().into_owned();
            let mut text = String::new();
            part.read_to_string(&mut text).unwrap();
            parts.insert(name, text);
        }
        let shared = &parts["xl/sharedStrings.xml"];
        let strings = between(shared, "<si>", "</si>");
        let strings = strings.into_iter().map(|(head, body)| {
            let text = format!("{head}>{body}");
            let (_, inside) = between(&text, "<t", "</t>")[0];
            unescaped(inside)
        });
        Self { strings: strings.collect(), parts }
    }

    fn sheets(&self) -> Vec<String> {
        let names = between(&self.parts["xl/workbook.xml"], "<sheet ", "/>");
        names.iter().map(|(head, _)| unescaped(attribute(head, "name").unwrap())).collect()
    }

    fn xml(&self, title: &str) -> &str {
        let at = self.sheets().iter().position(|name| name == title);
        let at = at.unwrap_or_else(|| panic!("{title} is not among {:?}", self.sheets()));
        &self.parts[&format!("xl/worksheets/sheet{}.xml", at + 1)]
    }

    /// Rows of cells: kind (`s` text, `n` number, `f` formula), shown format, value.
    fn rows(&self, title: &str) -> Vec<Vec<(char, String, String)>> {
        let styles = &self.parts["xl/styles.xml"];
        let formats: BTreeMap<_, _> = between(styles, "<numFmt ", "/>")
            .iter()
            .map(|(head, _)| {
                let code = unescaped(attribute(head, "formatCode").unwrap());
                (attribute(head, "numFmtId").unwrap().to_owned(), code)
            })
            .collect();
        let (_, xfs) = styles.split_once("<cellXfs").unwrap();
        let (xfs, _) = xfs.split_once("</cellXfs>").unwrap();
        let xfs: Vec<_> = xfs.split("<xf ").skip(1).collect();
        let rows = between(self.xml(title), "<row ", "</row>");
        let cell = |(head, body): (&str, &str)| {
            let value = between(body, "<v", "</v>").first().map_or("", |(_, value)| *value);
            let style: usize = attribute(head, "s").unwrap_or("0").parse().unwrap();
            let id = attribute(xfs[style], "numFmtId").unwrap();
            let format = formats.get(id).cloned().unwrap_or_else(|| id.to_owned());
            match attribute(head, "t") {
                Some("s") => ('s', format, self.strings[value.parse::<usize>().unwrap()].clone()),
                Some(other) => panic!("a cell of type {other}"),
                None if body.contains("<f>") => ('f', format, value.to_owned()),
                None => ('n', format, value.to_owned()),
            }
        };
        let cells = |body| between(body, "<c ", "</c>").into_iter().map(cell).collect();
        rows.into_iter().map(|(_, body)| cells(body)).collect()
    }
}

/// Excel's day number: 1 is 1900-01-01, and 1900 counts as a leap year.
fn day_number(year: i16, month: i8, day: i8) -> String {
    let days = jiff::civil::date(year, month, day) - jiff::civil::date(1899, 12, 30);
    days.get_days().to_string()
}

#[test]
fn certificates_have_dates_and_numbers() {
    let workbook = Workbook::read(&file(&rich(Language::Uk), Format::Xlsx));
    let sheets = ["Сертифікати", "Замовлення", "Заплановано найближчим часом", "Справи", "Історія"];
    assert_eq!(workbook.sheets(), sheets);
    let rows = workbook.rows("Сертифікати");
    let head: Vec<_> = rows[0].iter().map(|(_, _, text)| text.as_str()).collect();
    let wanted = [
        "Роль",
        "ПІБ",
        "Сертифікат",
        "Серійний номер",
        "Діє з",
        "Діє до",
        "Залишилося днів",
        "Стан",
        "Що зробити",
    ];
    assert_eq!(head, wanted);
    let director = rows.iter().find(|row| row[0].2 == "Директор").unwrap();
    let date = |number: String| ('n', "dd.mm.yyyy".to_owned(), number);
    assert_eq!(director[4], date(day_number(2024, 12, 18)));
    assert_eq!(director[5], date(day_number(2026, 12, 18)));
    assert_eq!((director[6].0, director[6].2.as_str()), ('n', "26"));
    // Ten and more digits stay text: no program rounds them.
    assert_eq!(director[3].0, 's');
    assert_eq!(rows.len(), 1 + 11);
}

#[test]
fn sums_are_numbers_with_a_total() {
    let workbook = Workbook::read(&file(&rich(Language::Uk), Format::Xlsx));
    let rows = workbook.rows("Замовлення");
    // A seal has no name, so its row has a cell less.
    let sums = rows[1..].iter().filter(|row| row.len() >= 6).map(|row| &row[row.len() - 2]);
    let sums: Vec<_> = sums.collect();
    assert!(sums.iter().all(|(kind, format, _)| *kind == 'n' && format == "#,##0.00"), "{sums:?}");
    let sum: f64 = sums.iter().map(|(_, _, sum)| sum.parse::<f64>().unwrap()).sum();
    let total = rows.last().unwrap();
    let total = total.iter().find(|(kind, ..)| *kind == 'f').expect("a total");
    assert_eq!(total.2.parse::<f64>().unwrap(), sum);
    assert!(sum >= 349.0);
    let xml = workbook.xml("Замовлення");
    let last = sums.len() + 1;
    assert!(xml.contains(&format!("SUMIF(G2:G{last},G{},F2:F{last})", last + 2)), "{xml}");
}

#[test]
fn every_sheet_filters_and_keeps_its_head_in_sight() {
    for language in LANGUAGES {
        let workbook = Workbook::read(&file(&rich(language), Format::Xlsx));
        for title in workbook.sheets() {
            let xml = workbook.xml(&title);
            for wanted in ["state=\"frozen\"", "ySplit=\"1\"", "<autoFilter ref=\"A1:", "<cols>"] {
                assert!(xml.contains(wanted), "{title}: {wanted}");
            }
        }
    }
}

#[test]
fn what_looks_like_a_formula_stays_text() {
    let mut snapshot = crate::moment::rich_snapshot();
    for holder in &mut snapshot.holders {
        holder.name = "=HYPERLINK(\"http://x\")".into();
    }
    let report = certpost::report::build(&snapshot, Language::Uk);
    let workbook = Workbook::read(&file(&report, Format::Xlsx));
    let rows = workbook.rows("Сертифікати");
    assert!(rows[1..].iter().all(|row| row[1].0 == 's' && row[1].2.starts_with("=HYPERLINK")));
}
