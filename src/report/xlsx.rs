//! Sheets for Excel and LibreOffice (Office Open XML): dates are dates, sums are numbers, the head
//! stays in sight, every column filters.

use jiff::civil::{Date, DateTime};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet,
    XlsxError,
};

use super::sheets::{Cell, Sheet};
use super::{Language, Report, words};

/// Wider columns wrap.
const WIDEST: usize = 60;

/// The workbook's bytes; the same report gives the same bytes.
pub fn render(report: &Report) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let made = report.at.civil(&jiff::tz::TimeZone::UTC);
    let properties = DocProperties::new()
        .set_title(format!("{} {}", report.organisation, report.as_of))
        .set_author("certpost")
        .set_creation_datetime(&moment(made)?);
    workbook.set_properties(&properties);
    let looks = Looks::of(report.language);
    let total = words::of(report.language).labels().total;
    for sheet in &report.sheets {
        let worksheet = workbook.add_worksheet();
        worksheet.set_name(name(sheet.title))?;
        fill(worksheet, sheet, &looks)?;
        totals(worksheet, sheet, &looks, total)?;
    }
    workbook.save_to_buffer()
}

struct Looks {
    head: Format,
    text: Format,
    date: Format,
    moment: Format,
    whole: Format,
    money: Format,
    total: Format,
}

impl Looks {
    fn of(language: Language) -> Self {
        let (date, moment) = match language {
            Language::En => ("d mmm yyyy", "d mmm yyyy hh:mm"),
            _ => ("dd.mm.yyyy", "dd.mm.yyyy hh:mm"),
        };
        let plain = || Format::new().set_align(FormatAlign::Top);
        let head = plain().set_bold().set_text_wrap().set_border_bottom(FormatBorder::Thin);
        Self {
            head: head.set_background_color(0xE9_F0_FB),
            text: plain().set_text_wrap(),
            date: plain().set_num_format(date),
            moment: plain().set_num_format(moment),
            whole: plain().set_num_format("0"),
            money: plain().set_num_format("#,##0.00"),
            total: plain().set_bold().set_num_format("#,##0.00"),
        }
    }
}

fn fill(worksheet: &mut Worksheet, sheet: &Sheet, looks: &Looks) -> Result<(), XlsxError> {
    for (column, title) in (0_u16..).zip(&sheet.columns) {
        worksheet.write_string_with_format(0, column, *title, &looks.head)?;
    }
    for (row, cells) in (1_u32..).zip(&sheet.rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            put(worksheet, row, column, cell, looks)?;
        }
    }
    for (column, title) in (0_u16..).zip(&sheet.columns) {
        let cells = sheet.rows.iter().filter_map(|row| row.get(usize::from(column)));
        // Room for the filter's button beside the title.
        let widest = cells.map(width).chain([title.chars().count() + 3]).max().unwrap_or(8);
        worksheet
            .set_column_width(column, f64::from(u8::try_from(widest.min(WIDEST)).unwrap_or(60)))?;
    }
    worksheet.set_freeze_panes(1, 0)?;
    let last = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX);
    let wide = u16::try_from(sheet.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    worksheet.autofilter(0, 0, last, wide)?;
    // On paper: A4 across, one page wide, the head on every page.
    worksheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0);
    worksheet.set_repeat_rows(0, 0)?;
    Ok(())
}

/// Text is written as text: what looks like a formula stays what it is.
fn put(
    worksheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    looks: &Looks,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            worksheet.write_string_with_format(row, column, clipped(text), &looks.text)?;
        }
        Cell::Date(day) => match date(*day) {
            Ok(day) => {
                worksheet.write_datetime_with_format(row, column, &day, &looks.date)?;
            }
            // Excel's days go from 1900 to 9999; others are told as they are.
            Err(_) => {
                worksheet.write_string_with_format(row, column, day.to_string(), &looks.text)?;
            }
        },
        Cell::Moment(at) => match moment(*at) {
            Ok(at) => {
                worksheet.write_datetime_with_format(row, column, &at, &looks.moment)?;
            }
            Err(_) => {
                worksheet.write_string_with_format(row, column, at.to_string(), &looks.text)?;
            }
        },
        Cell::Whole(number) => {
            // Days and terms: far below the 2⁵³ that Excel counts exactly.
            worksheet.write_number_with_format(row, column, *number as f64, &looks.whole)?;
        }
        Cell::Money(minor) => {
            worksheet.write_number_with_format(row, column, major(*minor), &looks.money)?;
        }
    }
    Ok(())
}

fn major(minor: i64) -> f64 {
    minor as f64 / 100.0
}

/// A formula below the table for each currency, so that a corrected sum corrects the total.
fn totals(
    worksheet: &mut Worksheet,
    sheet: &Sheet,
    looks: &Looks,
    label: &str,
) -> Result<(), XlsxError> {
    let Some((sum, currency)) = sheet.total else { return Ok(()) };
    let mut sums: std::collections::BTreeMap<&str, i64> = std::collections::BTreeMap::new();
    for row in &sheet.rows {
        if let (Some(Cell::Money(minor)), Some(Cell::Text(unit))) =
            (row.get(sum), row.get(currency))
        {
            let known = sums.entry(unit).or_default();
            *known = known.saturating_add(*minor);
        }
    }
    let column = |at: usize| char::from(b'A' + u8::try_from(at).unwrap_or(0).min(25));
    let (sums_in, units_in) = (column(sum), column(currency));
    let last = sheet.rows.len() + 1;
    let first = u32::try_from(last + 1).unwrap_or(u32::MAX);
    let (sum, currency) = (u16::try_from(sum).unwrap_or(0), u16::try_from(currency).unwrap_or(0));
    for (row, (unit, minor)) in (first..).zip(&sums) {
        let unit_cell = format!("{units_in}{}", row + 1);
        let formula =
            format!("=SUMIF({units_in}2:{units_in}{last},{unit_cell},{sums_in}2:{sums_in}{last})");
        let formula = Formula::new(formula).set_result(major(*minor).to_string());
        worksheet.write_string_with_format(row, sum.saturating_sub(1), label, &looks.total)?;
        worksheet.write_formula_with_format(row, sum, formula, &looks.total)?;
        worksheet.write_string_with_format(row, currency, *unit, &looks.total)?;
    }
    Ok(())
}

fn date(day: Date) -> Result<ExcelDateTime, XlsxError> {
    let year = u16::try_from(day.year()).unwrap_or(0);
    ExcelDateTime::from_ymd(year, day.month().unsigned_abs(), day.day().unsigned_abs())
}

fn moment(at: DateTime) -> Result<ExcelDateTime, XlsxError> {
    let (hour, minute) = (at.hour().unsigned_abs(), at.minute().unsigned_abs());
    date(at.date())?.and_hms(u16::from(hour), minute, f64::from(at.second()))
}

/// Columns of characters; dates as they are shown.
fn width(cell: &Cell) -> usize {
    match cell {
        Cell::Empty => 0,
        Cell::Text(text) => text.chars().count() + 1,
        Cell::Date(_) => 12,
        Cell::Moment(_) => 18,
        Cell::Whole(_) => 6,
        Cell::Money(_) => 14,
    }
}

/// What a cell can hold.
fn clipped(text: &str) -> String {
    text.chars().take(32_000).collect()
}

/// What a sheet may be called: 31 characters, without some.
fn name(title: &str) -> String {
    let allowed = |c: &char| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'');
    title.chars().filter(allowed).take(31).collect()
}
