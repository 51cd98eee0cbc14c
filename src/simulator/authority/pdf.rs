//! An invoice as a page for people: plain lines, nothing that asks to be believed.

use krilla::Document;
use krilla::geom::Point;
use krilla::page::PageSettings;
use krilla::text::{Font, TextDirection};

use super::till::Invoice;

static FONT: &[u8] = include_bytes!("../../../assets/DejaVuSans.ttf");

/// Points; an A4 page, its margin, and from line to line.
const PAGE: (f32, f32) = (595.28, 841.89);
const MARGIN: f32 = 45.0;
const LEADING: f32 = 15.0;
const SIZE: f32 = 9.0;
/// Lines of a page, and characters of a line.
const LINES: usize = 48;
const WIDTH: usize = 90;

/// The same invoice gives the same bytes. `None` when it can't be drawn, which a test excludes.
pub(super) fn invoice(
    invoice: &Invoice,
    (payee, payee_code): (&str, &str),
    iban: &str,
) -> Option<Vec<u8>> {
    let amount = |minor: i64| format!("{},{:02} {}", minor / 100, minor % 100, invoice.currency);
    let day = |day: jiff::civil::Date| day.strftime("%d.%m.%Y").to_string();
    let mut lines = vec![
        format!("РАХУНОК-ФАКТУРА {} від {}", invoice.number, day(invoice.dated)),
        String::new(),
        format!("Платник: {} ({})", invoice.payer, invoice.code),
        format!("Замовлення: {}", invoice.order),
        format!("Одержувач: {payee} ({payee_code})"),
        format!("IBAN: {iban}"),
        format!("Призначення платежу: {}", invoice.purpose()),
        String::new(),
    ];
    let items = (1..).zip(&invoice.items);
    lines.extend(
        items.map(|(row, item)| format!("{row}. Заявка {}: {}", item.document, amount(item.sum))),
    );
    lines.push(String::new());
    lines.push(format!("Разом до сплати: {}", amount(invoice.sum())));
    lines.push(format!("У тому числі ПДВ: {}", amount(invoice.vat())));
    lines.push(format!("Сплатити до: {}", day(invoice.due)));
    draw(&lines.iter().flat_map(|line| wrapped(line)).collect::<Vec<_>>())
}

fn draw(lines: &[String]) -> Option<Vec<u8>> {
    let font = Font::new(FONT.into(), 0)?;
    let mut document = Document::new();
    for lines in lines.chunks(LINES) {
        let mut page = document.start_page_with(PageSettings::from_wh(PAGE.0, PAGE.1)?);
        let mut surface = page.surface();
        let mut y = MARGIN + SIZE;
        for line in lines {
            let (start, direction) = (Point::from_xy(MARGIN, y), TextDirection::LeftToRight);
            surface.draw_text(start, font.clone(), SIZE, line, false, direction);
            y += LEADING;
        }
        surface.finish();
        page.finish();
    }
    document.finish().ok()
}

/// Broken at blanks.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= WIDTH {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
