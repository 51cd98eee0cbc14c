//! A document as the other side writes it: elements in the order of the calls.

use std::fmt::Write as _;

use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The zone of all days and times in the documents.
pub(in crate::simulator) fn kyiv() -> TimeZone {
    TimeZone::get("Europe/Kyiv").unwrap_or(TimeZone::UTC)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What DECLARHEAD says.
pub(in crate::simulator) struct Heading<'a> {
    /// The organisation's code.
    pub code: &'a str,
    /// C_DOC, C_DOC_SUB, C_DOC_VER.
    pub form: (&'a str, &'a str, &'a str),
    /// The document number that is answered: office and counter are taken over.
    pub number: &'a str,
    pub day: Date,
}

pub(in crate::simulator) struct Page(String);

impl Page {
    /// `form` is the whole code: `J1499102`.
    pub fn new(form: &str, heading: &Heading<'_>) -> Self {
        let mut page = Self("<?xml version=\"1.0\" encoding=\"windows-1251\"?>\n".into());
        page.put(format_args!(
            "<DECLAR xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:noNamespaceSchemaLocation=\"{form}.xsd\">"
        ));
        page.head(heading);
        page
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing into a String can't fail.
        let _ = self.0.write_fmt(text);
    }

    pub fn leaf(&mut self, name: &str, text: &str) {
        self.put(format_args!("<{name}>{}</{name}>", escaped(text)));
    }

    pub fn nil(&mut self, name: &str) {
        self.put(format_args!("<{name} xsi:nil=\"true\"/>"));
    }

    /// Nil when there is nothing.
    pub fn perhaps(&mut self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => self.leaf(name, text),
            None => self.nil(name),
        }
    }

    pub fn row(&mut self, column: &str, row: usize, text: &str) {
        self.put(format_args!("<{column} ROWNUM=\"{row}\">{}</{column}>", escaped(text)));
    }

    fn head(&mut self, heading: &Heading<'_>) {
        let Heading { number, day, .. } = heading;
        let piece = |range: std::ops::Range<usize>| {
            number.chars().skip(range.start).take(range.len()).collect::<String>()
        };
        let plain =
            |text: String| text.trim_start_matches('0').parse::<u32>().unwrap_or(0).to_string();
        self.put(format_args!("<DECLARHEAD>"));
        self.leaf("TIN", heading.code);
        self.leaf("C_DOC", heading.form.0);
        self.leaf("C_DOC_SUB", heading.form.1);
        self.leaf("C_DOC_VER", heading.form.2);
        self.leaf("C_DOC_TYPE", "0");
        self.leaf("C_DOC_CNT", &plain(piece(25..32)));
        self.leaf("C_REG", &plain(piece(0..2)));
        self.leaf("C_RAJ", &plain(piece(2..4)));
        self.leaf("PERIOD_MONTH", &day.month().to_string());
        self.leaf("PERIOD_TYPE", "1");
        self.leaf("PERIOD_YEAR", &day.year().to_string());
        self.leaf("C_STI_ORIG", &plain(piece(39..43)));
        self.leaf("C_DOC_STAN", "1");
        self.leaf("D_FILL", &day.strftime("%d%m%Y").to_string());
        self.put(format_args!("</DECLARHEAD><DECLARBODY>"));
    }

    pub fn finish(mut self) -> String {
        self.0.push_str("</DECLARBODY></DECLAR>");
        self.0
    }
}
