//! The door for XML. Behind it text is UTF-8, bounded in size and depth, and free of entities.
//!
//! Reading: [`read`] decodes by BOM and prolog (windows-1251, UTF-8, KOI8-U), refuses DOCTYPE,
//! checks the root's name and that nothing follows it, and only then lets serde look.
//! In serde structs an attribute is `@NAME`, and text is `#text`; [`Field`] and [`Cell`] know both.
//! Writing: [`Writer`] puts elements in the order of the calls and ends in windows-1251 bytes.

use std::fmt::Write as _;

use encoding_rs::{Encoding, KOI8_U, UTF_8, WINDOWS_1251};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use xml::reader::{EventReader, ParserConfig, XmlEvent};
use zeroize::Zeroizing;

use super::{ComposeError, Unreadable};

/// Bytes of one document.
pub(crate) const BYTES: usize = 2 * 1024 * 1024;
/// Nesting of elements. serde-xml-rs takes quadratic time in it and has no limit of its own.
pub(crate) const DEPTH: usize = 64;
/// Attributes of one element; honest documents have four.
const ATTRIBUTES: usize = 32;
const NAME: usize = 256;

/// An element without attributes that matter: its text, empty when it is nil.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Field {
    #[serde(rename = "#text", default)]
    text: String,
}

impl Field {
    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The text of a nillable element.
    pub(crate) fn some(&self) -> Option<String> {
        Some(self.text().to_owned()).filter(|text| !text.is_empty())
    }
}

/// One cell of a table's column: `<T1RXXXXG1S ROWNUM="1">…</T1RXXXXG1S>`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Cell {
    #[serde(rename = "@ROWNUM")]
    pub(crate) row: u32,
    #[serde(rename = "#text", default)]
    text: String,
}

impl Cell {
    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }
}

/// Whether bytes mean to be XML: `<` after a BOM and blanks.
pub(crate) fn looks_like(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start().starts_with(b"<")
}

/// Reads one document whose root is `root`; `what` names the document in errors.
pub(crate) fn read<T: DeserializeOwned>(
    bytes: &[u8],
    root: &str,
    what: &'static str,
) -> Result<T, Unreadable> {
    Inspected::new(bytes, root, what)?.read()
}

/// A document that passed the door, to be read as one thing or another.
pub(crate) struct Inspected {
    text: Zeroizing<String>,
    what: &'static str,
}

impl Inspected {
    pub(crate) fn new(bytes: &[u8], root: &str, what: &'static str) -> Result<Self, Unreadable> {
        if bytes.len() > BYTES {
            return Err(Unreadable::TooMuch { what: "bytes of XML", limit: BYTES });
        }
        let malformed = |detail: String| Unreadable::Malformed { what, detail };
        let text = decode(bytes).map_err(malformed)?;
        inspect(without_declaration(&text).map_err(malformed)?, root, what)?;
        Ok(Self { text, what })
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Unreadable> {
        let malformed = |detail: String| Unreadable::Malformed { what: self.what, detail };
        serde_xml_rs::SerdeXml::new()
            .overlapping_sequences(true)
            .from_str(without_declaration(&self.text).map_err(malformed)?)
            .map_err(|error| malformed(error.to_string()))
    }
}

/// UTF-8 text of a document. A BOM beats the prolog: no windows-1251 text begins with it.
fn decode(bytes: &[u8]) -> Result<Zeroizing<String>, String> {
    let (encoding, bytes) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (UTF_8, rest),
        None => (declared(bytes)?, bytes),
    };
    let text = encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or_else(|| format!("its bytes are not {}", encoding.name()))?;
    Ok(Zeroizing::new(text.into_owned()))
}

/// The encoding that the prolog names; UTF-8 when it names none (XML 1.0 §4.3.3).
fn declared(bytes: &[u8]) -> Result<&'static Encoding, String> {
    let prolog = bytes.trim_ascii_start();
    let end = prolog.windows(2).take(NAME).position(|two| two == b"?>");
    let Some(prolog) = end.and_then(|end| prolog.get(..end)).filter(|p| p.starts_with(b"<?xml"))
    else {
        return Ok(UTF_8);
    };
    let prolog = String::from_utf8_lossy(prolog);
    let Some((_, after)) = prolog.split_once("encoding") else {
        return Ok(UTF_8);
    };
    let label = after.split(['"', '\'']).nth(1).unwrap_or_default();
    match Encoding::for_label(label.as_bytes()) {
        Some(encoding) if [UTF_8, WINDOWS_1251, KOI8_U].contains(&encoding) => Ok(encoding),
        _ => Err(format!("its encoding «{}» is not one of ours", shortened(label))),
    }
}

/// What follows `<?xml … ?>`: the parser knows fewer encodings than we do, and must not look.
fn without_declaration(text: &str) -> Result<&str, String> {
    let text = text.trim_start();
    match text.strip_prefix("<?xml") {
        Some(rest) if rest.starts_with([' ', '\t', '\r', '\n']) => rest
            .split_once("?>")
            .map(|(_, content)| content)
            .ok_or_else(|| "its declaration has no end".into()),
        _ => Ok(text),
    }
}

/// The first pass: everything that serde-xml-rs would accept in silence.
fn inspect(content: &str, root: &str, what: &'static str) -> Result<(), Unreadable> {
    let malformed = |detail: String| Unreadable::Malformed { what, detail };
    // No honest document has one, and entities are what bombs are made of. Before any parsing.
    if let Some(word) = ["<!DOCTYPE", "<!ENTITY"].iter().find(|word| contains(content, word)) {
        return Err(malformed(format!("it has {word}")));
    }
    let config = ParserConfig::new()
        .allow_multiple_root_elements(false)
        .max_attributes(ATTRIBUTES)
        .max_attribute_length(BYTES)
        .max_data_length(BYTES)
        .max_name_length(NAME)
        .max_entity_expansion_length(BYTES);
    let mut depth = 0usize;
    for event in EventReader::new_with_config(content.as_bytes(), config) {
        match event.map_err(|error| malformed(error.to_string()))? {
            XmlEvent::StartElement { name, .. } => {
                if depth == 0 && (name.local_name != root || name.namespace.is_some()) {
                    let found = shortened(&name.local_name).to_owned();
                    return Err(malformed(format!("its root is «{found}», not «{root}»")));
                }
                depth += 1;
                if depth > DEPTH {
                    return Err(Unreadable::TooMuch { what: "levels of XML", limit: DEPTH });
                }
            }
            XmlEvent::EndElement { .. } => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

fn contains(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// At most 40 characters of foreign text, for an error.
pub(crate) fn shortened(text: &str) -> &str {
    text.char_indices().nth(40).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// Writes a DECLAR document: elements in the order of the calls.
///
/// `field` is the datum in the configuration's words, for [`ComposeError::Unfit`].
pub(crate) struct Writer {
    /// Documents hold the blocking phrase, so the text is wiped when dropped.
    text: Zeroizing<String>,
}

impl Writer {
    /// `form` is the whole code: `J1900101`.
    pub(crate) fn new(form: &str) -> Self {
        // Room enough that growing leaves no copies of secrets behind.
        let mut text = Zeroizing::new(String::with_capacity(64 * 1024));
        text.push_str("<?xml version=\"1.0\" encoding=\"windows-1251\"?>\r\n");
        text.push_str("<DECLAR xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"");
        let _ = write!(*text, " xsi:noNamespaceSchemaLocation=\"{form}.xsd\">\r\n");
        Self { text }
    }

    pub(crate) fn open(&mut self, element: &str) {
        let _ = write!(*self.text, "<{element}>\r\n");
    }

    pub(crate) fn close(&mut self, element: &str) {
        let _ = write!(*self.text, "</{element}>\r\n");
    }

    pub(crate) fn nil(&mut self, element: &str) {
        let _ = write!(*self.text, "<{element} xsi:nil=\"true\"/>\r\n");
    }

    /// Text that must not be blank.
    pub(crate) fn field(
        &mut self,
        element: &str,
        field: &'static str,
        value: &str,
    ) -> Result<(), ComposeError> {
        if value.trim().is_empty() {
            return Err(ComposeError::Unfit { field, detail: "it is empty".into() });
        }
        let _ = write!(*self.text, "<{element}>");
        self.escaped(field, value)?;
        let _ = write!(*self.text, "</{element}>\r\n");
        Ok(())
    }

    /// A number, a date, a word of ours: nothing that could be unfit.
    pub(crate) fn datum(&mut self, element: &str, value: impl std::fmt::Display) {
        let _ = write!(*self.text, "<{element}>{value}</{element}>\r\n");
    }

    /// One cell of a column; `row` counts from 1.
    pub(crate) fn cell(&mut self, element: &str, row: usize, value: impl std::fmt::Display) {
        let _ = write!(*self.text, "<{element} ROWNUM=\"{row}\">{value}</{element}>\r\n");
    }

    /// One cell of foreign text, which must not be blank.
    pub(crate) fn text_cell(
        &mut self,
        element: &str,
        row: usize,
        field: &'static str,
        value: &str,
    ) -> Result<(), ComposeError> {
        if value.trim().is_empty() {
            return Err(ComposeError::Unfit { field, detail: "it is empty".into() });
        }
        let _ = write!(*self.text, "<{element} ROWNUM=\"{row}\">");
        self.escaped(field, value)?;
        let _ = write!(*self.text, "</{element}>\r\n");
        Ok(())
    }

    fn escaped(&mut self, field: &'static str, value: &str) -> Result<(), ComposeError> {
        fits(field, value)?;
        for character in value.chars() {
            match character {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                other => self.text.push(other),
            }
        }
        Ok(())
    }

    /// windows-1251 bytes of the whole document.
    pub(crate) fn finish(mut self) -> Zeroizing<Vec<u8>> {
        self.text.push_str("</DECLAR>\r\n");
        // `fits` saw every foreign character, so there is nothing left to replace.
        let (bytes, _, _) = WINDOWS_1251.encode(&self.text);
        Zeroizing::new(bytes.into_owned())
    }
}

/// Whether windows-1251 and XML can hold `value`. Control characters have no place in a form, be
/// they legal in XML or not.
pub(crate) fn fits(field: &'static str, value: &str) -> Result<(), ComposeError> {
    for character in value.chars() {
        let mut room = [0u8; 4];
        let (_, _, replaced) = WINDOWS_1251.encode(character.encode_utf8(&mut room));
        let detail = if character.is_control() {
            format!("the control character U+{:04X} has no place in the form", character as u32)
        } else if replaced {
            let code = character as u32;
            format!("«{character}» (U+{code:04X}) can't be written in windows-1251")
        } else {
            continue;
        };
        return Err(ComposeError::Unfit { field, detail });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Sample {
        #[serde(rename = "NAME", default)]
        name: Field,
        #[serde(rename = "T1RXXXXG1S", default)]
        cells: Vec<Cell>,
    }

    fn sample(bytes: &[u8]) -> Result<Sample, Unreadable> {
        read(bytes, "DECLAR", "sample")
    }

    fn name(bytes: &[u8]) -> String {
        sample(bytes).unwrap().name.text
    }

    fn detail(bytes: &[u8]) -> String {
        match sample(bytes).unwrap_err() {
            Unreadable::Malformed { what: "sample", detail } => detail,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_prolog_names_the_encoding() {
        let text = "<DECLAR><NAME>Їжак №1</NAME></DECLAR>";
        for encoding in [WINDOWS_1251, UTF_8] {
            let label = encoding.name().to_ascii_lowercase();
            let document = format!("<?xml version=\"1.0\" encoding=\"{label}\"?>{text}");
            assert_eq!(name(&encoding.encode(&document).0), "Їжак №1", "{label}");
        }
        let document = "<?xml version='1.0' encoding='KOI8-U'?><DECLAR><NAME>Їжак</NAME></DECLAR>";
        assert_eq!(name(&KOI8_U.encode(document).0), "Їжак");
        assert_eq!(name(text.as_bytes()), "Їжак №1");
        let with_bom = format!("\u{feff}<?xml version=\"1.0\" encoding=\"windows-1251\"?>{text}");
        assert_eq!(name(with_bom.as_bytes()), "Їжак №1");
    }

    #[test]
    fn an_encoding_that_lies_or_is_strange_is_refused() {
        let cyrillic = WINDOWS_1251.encode("<DECLAR><NAME>Їжак</NAME></DECLAR>").0;
        assert_eq!(detail(&cyrillic), "its bytes are not UTF-8");
        let strange = b"<?xml version=\"1.0\" encoding=\"UTF-7\"?><DECLAR/>";
        assert_eq!(detail(strange), "its encoding «UTF-7» is not one of ours");
    }

    #[test]
    fn text_lives_beside_attributes() {
        let found = sample(
            b"<DECLAR xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
              <NAME xsi:nil=\"true\"/>\
              <T1RXXXXG1S ROWNUM=\"2\">b &amp; <![CDATA[<c>]]></T1RXXXXG1S>\
              <T1RXXXXG1S ROWNUM=\"1\"/></DECLAR>",
        )
        .unwrap();
        assert_eq!(found.name.some(), None);
        let cells: Vec<_> = found.cells.iter().map(|cell| (cell.row, cell.text())).collect();
        assert_eq!(cells, [(2, "b & <c>"), (1, "")]);
    }

    #[test]
    fn doctype_and_entities_are_refused_before_parsing() {
        let bomb = b"<!DOCTYPE DECLAR [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>\
                     <DECLAR><NAME>&b;</NAME></DECLAR>";
        assert_eq!(detail(bomb), "it has <!DOCTYPE");
        assert_eq!(detail(b"<DECLAR><NAME><!entity x></NAME></DECLAR>"), "it has <!ENTITY");
        assert!(sample(b"<DECLAR><NAME>&unknown;</NAME></DECLAR>").is_err());
    }

    #[test]
    fn size_and_depth_are_bounded() {
        let nested = |n: usize| {
            let (open, close) = ("<a>".repeat(n - 1), "</a>".repeat(n - 1));
            format!("<DECLAR>{open}{close}</DECLAR>").into_bytes()
        };
        assert!(sample(&nested(DEPTH)).is_ok());
        let deep = Unreadable::TooMuch { what: "levels of XML", limit: DEPTH };
        assert_eq!(sample(&nested(DEPTH + 1)).unwrap_err(), deep);
        // Well below the limit of bytes, and hopeless for a quadratic parser.
        assert_eq!(sample("<a>".repeat(600_000).as_bytes()).unwrap_err(), {
            Unreadable::Malformed {
                what: "sample", detail: "its root is «a», not «DECLAR»".into()
            }
        });
        let large = format!("<DECLAR><NAME>{}</NAME></DECLAR>", "x".repeat(BYTES));
        let limit = Unreadable::TooMuch { what: "bytes of XML", limit: BYTES };
        assert_eq!(sample(large.as_bytes()).unwrap_err(), limit);
    }

    #[test]
    fn one_root_with_the_right_name_and_nothing_after_it() {
        assert_eq!(detail(b"<REPORT/>"), "its root is «REPORT», not «DECLAR»");
        assert!(sample(b"<DECLAR/><DECLAR/>").is_err());
        assert!(sample(b"<DECLAR/>trailing").is_err());
        assert!(sample(b"<DECLAR><NAME>half").is_err());
        assert!(sample(b"").is_err());
    }

    #[test]
    fn what_the_form_cannot_hold_is_named() {
        let mut writer = Writer::new("J1900101");
        writer.field("HNAME", "organisation.name", "ТОВ «Ґава» & <сини>").unwrap();
        let unfit = |error: ComposeError| match error {
            ComposeError::Unfit { field, detail } => format!("{field}: {detail}"),
            other => panic!("{other}"),
        };
        let error = writer.field("HNAME", "organisation.name", "Обʼєднання").unwrap_err();
        let told = "organisation.name: «ʼ» (U+02BC) can't be written in windows-1251";
        assert_eq!(unfit(error), told);
        let error = writer.field("HFIO", "holder.name", "a\u{1}b").unwrap_err();
        let told = "holder.name: the control character U+0001 has no place in the form";
        assert_eq!(unfit(error), told);
        let error = writer.field("HFIO", "holder.name", " ").unwrap_err();
        assert_eq!(unfit(error), "holder.name: it is empty");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = sample(&bytes);
            let mut framed = b"<?xml version=\"1.0\" encoding=\"windows-1251\"?><DECLAR><NAME>".to_vec();
            framed.extend(&bytes);
            framed.extend(b"</NAME></DECLAR>");
            let _ = sample(&framed);
        }

        #[test]
        fn markup_never_panics(text in "(<|>|/|\\?|!|\\[|\\]|-|&|;|#|x|=|\"|'| |DECLAR|NAME|xml){0,40}") {
            let _ = sample(text.as_bytes());
        }

        #[test]
        fn what_is_written_is_read(value in "[А-Яа-яЇїІіЄєҐґ0-9 «»№&<>\"'’–-]{1,40}") {
            prop_assume!(!value.trim().is_empty());
            let mut writer = Writer::new("J1900101");
            writer.field("NAME", "name", &value).unwrap();
            prop_assert_eq!(name(&writer.finish()), value.trim());
        }
    }
}
