//! The file name of 43 characters and `.XML` (ukraine.md §2.2): a document's number.

use std::fmt;

use crate::exchange::DocumentNumber;

/// Letters that a passport's series may have (the published type DGFilename).
const LETTERS: &str = "АБВГДЕЄЖЗИІКЛМНОПРСТУФХЦЧШЩЮЯ";
/// Characters of a name without its extension.
const LENGTH: usize = 43;
/// The largest C_DOC_CNT that seven digits hold.
pub const COUNT_MAX: u32 = 9_999_999;

/// A form's code: `J13 911 03`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// C_DOC: J or F, and 01–99.
    pub document: String,
    /// C_DOC_SUB, 001–999.
    pub sub: u16,
    /// C_DOC_VER, 1–99.
    pub version: u8,
}

impl fmt::Display for Form {
    /// `J1391103`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:03}{:02}", self.document, self.sub, self.version)
    }
}

/// The fields of a file name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// C_REG and C_RAJ, 0–99 each.
    pub region: u8,
    pub district: u8,
    /// Ten characters, as in the name: `0033300000`, `00АБ123456`.
    pub tin: String,
    pub form: Form,
    /// C_DOC_STAN, 1–3.
    pub state: u8,
    /// C_DOC_TYPE, 0–99.
    pub kind: u8,
    /// C_DOC_CNT, up to [`COUNT_MAX`].
    pub count: u32,
    /// PERIOD_TYPE, 1–5.
    pub period: u8,
    pub month: u8,
    /// 2000–2099.
    pub year: u16,
    /// C_STI_ORIG, 0–9999.
    pub office: u16,
}

/// Why text is not a file name, or fields can't become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberError {
    /// The field's name in DECLARHEAD; `FILENAME` for the whole.
    pub field: &'static str,
    pub detail: String,
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.detail)
    }
}

impl std::error::Error for NumberError {}

impl fmt::Display for FileName {
    /// The 43 characters, when every field is within its bounds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}{:02}{}{}", self.region, self.district, self.tin, self.form)?;
        write!(f, "{}{:02}{:07}", self.state, self.kind, self.count)?;
        write!(f, "{}{:02}{:04}{:04}", self.period, self.month, self.year, self.office)
    }
}

impl FileName {
    /// The name without its extension, checked against the published pattern.
    pub fn number(&self) -> Result<DocumentNumber, NumberError> {
        let name = self.to_string();
        // Fields that overflow their columns give another name, or none.
        match Self::read(&name) {
            Ok(read) if read == *self => Ok(DocumentNumber(name)),
            Ok(_) => Err(whole(&name, "its fields do not fit their columns")),
            Err(error) => Err(error),
        }
    }

    /// Reads a name, whatever its case and extension: `….XML`, `….kvt`, none.
    pub fn read(name: &str) -> Result<Self, NumberError> {
        let name = name.trim();
        let stem = name.split_once('.').map_or(name, |(stem, _)| stem).to_uppercase();
        if stem.chars().count() != LENGTH {
            let detail = format!("{} characters, not {LENGTH}", stem.chars().count());
            return Err(whole(name, &detail));
        }
        let mut rest = Columns(stem.chars());
        let read = Self {
            region: rest.number(2, "C_REG", 0, 99)?,
            district: rest.number(2, "C_RAJ", 0, 99)?,
            tin: tin(rest.take(10))?,
            form: Form {
                document: document(rest.take(3))?,
                sub: rest.number(3, "C_DOC_SUB", 1, 999)?,
                version: rest.number(2, "C_DOC_VER", 1, 99)?,
            },
            state: rest.number(1, "C_DOC_STAN", 1, 3)?,
            kind: rest.number(2, "C_DOC_TYPE", 0, 99)?,
            count: rest.number(7, "C_DOC_CNT", 0, COUNT_MAX)?,
            period: rest.number(1, "PERIOD_TYPE", 1, 5)?,
            month: rest.number(2, "PERIOD_MONTH", 1, 12)?,
            year: rest.number(4, "PERIOD_YEAR", 2000, 2099)?,
            office: rest.number(4, "C_STI_ORIG", 0, 9999)?,
        };
        Ok(read)
    }
}

fn whole(name: &str, detail: &str) -> NumberError {
    let name = crate::authority::xml::shortened(name);
    NumberError { field: "FILENAME", detail: format!("«{name}»: {detail}") }
}

/// The rest of a name, eaten column by column.
struct Columns<'a>(std::str::Chars<'a>);

impl Columns<'_> {
    fn take(&mut self, length: usize) -> String {
        self.0.by_ref().take(length).collect()
    }

    fn number<N: TryFrom<u32> + PartialOrd>(
        &mut self,
        length: usize,
        field: &'static str,
        low: N,
        high: N,
    ) -> Result<N, NumberError> {
        let text = self.take(length);
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse::<u32>().ok().filter(|_| digits).and_then(|n| N::try_from(n).ok());
        number
            .filter(|number| low <= *number && *number <= high)
            .ok_or_else(|| NumberError {
                field, detail: format!("«{text}» is not in its bounds")
            })
    }
}

fn document(text: String) -> Result<String, NumberError> {
    let mut characters = text.chars();
    let fits = matches!(characters.next(), Some('J' | 'F'))
        && characters.all(|c| c.is_ascii_digit())
        && !text.ends_with("00");
    if fits {
        return Ok(text);
    }
    Err(NumberError { field: "C_DOC", detail: format!("«{text}» is not J or F and 01–99") })
}

fn tin(text: String) -> Result<String, NumberError> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let passport = text.strip_prefix("00").is_some_and(|rest| {
        let (letters, number): (String, String) =
            (rest.chars().take(2).collect(), { rest.chars().skip(2).collect() });
        letters.chars().all(|c| LETTERS.contains(c)) && digits(&number)
    });
    if digits(&text) || passport {
        return Ok(text);
    }
    Err(NumberError { field: "TIN", detail: format!("«{text}» is not a taxpayer's code") })
}

/// A taxpayer's code in ten characters: zeros in front, `00` before a passport's letters.
pub fn padded(code: &str) -> Result<String, NumberError> {
    let code = code.trim().to_uppercase();
    let length = code.chars().count();
    let numeric = code.bytes().all(|byte| byte.is_ascii_digit());
    let fits = if numeric { (5..=10).contains(&length) } else { length == 8 };
    if !fits {
        return Err(NumberError {
            field: "TIN",
            detail: format!(
                "«{code}» is neither 5 to 10 digits nor two Ukrainian letters and six digits"
            ),
        });
    }
    let zeros = "0".repeat(10usize.saturating_sub(length));
    tin(format!("{zeros}{code}"))
}

/// Whether two codes name the same taxpayer: zeros in front and case aside.
pub fn same_code(one: &str, other: &str) -> bool {
    let bare = |code: &str| code.trim().trim_start_matches('0').to_uppercase();
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> FileName {
        FileName {
            region: 26,
            district: 50,
            tin: padded("33300000").unwrap(),
            form: Form { document: "J19".into(), sub: 1, version: 1 },
            state: 1,
            kind: 0,
            count: 7,
            period: 1,
            month: 11,
            year: 2026,
            office: 2650,
        }
    }

    #[test]
    fn f47_names_follow_the_published_pattern() {
        let number = sample().number().unwrap();
        assert_eq!(number.0, "26500033300000J1900101100000000711120262650");
        assert_eq!(FileName::read(&number.0).unwrap(), sample());
        // The shape of a real name of the tax notice (ukraine.md §2.2), with a made-up code.
        let notice = FileName::read("02221234567890F1391103100000000110220220222.xml").unwrap();
        assert_eq!(notice.form.to_string(), "F1391103");
        assert_eq!((notice.region, notice.district, notice.office), (2, 22, 222));
        assert_eq!((notice.count, notice.month, notice.year), (1, 2, 2022));
    }

    #[test]
    fn case_and_extension_do_not_matter() {
        let name = "26500033300000j1900101100000000711120262650";
        for extension in ["", ".XML", ".xml", ".kvt", ".cri"] {
            assert_eq!(FileName::read(&format!("{name}{extension}")).unwrap(), sample());
        }
    }

    #[test]
    fn codes_are_padded_to_ten() {
        assert_eq!(padded("33300000").unwrap(), "0033300000");
        assert_eq!(padded("1199118811").unwrap(), "1199118811");
        assert_eq!(padded("аб123456").unwrap(), "00АБ123456");
        for wrong in ["", "1234", "12345678901", "АБ12345", "AB123456", "ЫЪ123456", "12 45678"]
        {
            assert!(padded(wrong).is_err(), "{wrong}");
        }
        let passport = FileName { tin: padded("АБ123456").unwrap(), ..sample() };
        assert_eq!(FileName::read(&passport.number().unwrap().0).unwrap(), passport);
    }

    #[test]
    fn fields_out_of_bounds_are_told_by_name() {
        let wrong = [
            (FileName { count: COUNT_MAX + 1, ..sample() }, "FILENAME"),
            (FileName { month: 13, ..sample() }, "PERIOD_MONTH"),
            (FileName { state: 0, ..sample() }, "C_DOC_STAN"),
            (FileName { year: 1999, ..sample() }, "PERIOD_YEAR"),
            (FileName { tin: "12345ABCDE".into(), ..sample() }, "TIN"),
            (FileName { form: Form { sub: 0, ..sample().form }, ..sample() }, "C_DOC_SUB"),
            (
                FileName { form: Form { document: "X19".into(), ..sample().form }, ..sample() },
                "C_DOC",
            ),
        ];
        for (name, field) in wrong {
            assert_eq!(name.number().unwrap_err().field, field);
        }
    }

    #[test]
    fn zeros_in_front_do_not_make_another_taxpayer() {
        assert!(same_code("0033300000", "33300000"));
        assert!(same_code(" 00аб123456", "АБ123456 "));
        assert!(!same_code("33300000", "33300001"));
        assert!(!same_code("33300000", "333000000"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn never_panics(text in "\\PC{0,50}", near in "[0-9JFА-Яx.]{43}") {
            let _ = FileName::read(&text);
            let _ = FileName::read(&near);
            let _ = padded(&text);
        }
    }
}
