//! A document as the other side reads it: leaves by name, without the agent's structures.

use std::collections::BTreeMap;

use encoding_rs::WINDOWS_1251;
use jiff::civil::Date;
use xml::reader::{EventReader, XmlEvent};

use crate::simulator::clerk::{Unintelligible, odd};

/// The leaves of a document: element → (row, text); row 0 for elements without ROWNUM.
pub(in crate::simulator) struct Document(BTreeMap<String, Vec<(u32, String)>>);

impl Document {
    pub fn read(bytes: &[u8]) -> Result<Self, Unintelligible> {
        let (text, _, _) = WINDOWS_1251.decode(bytes);
        let body = text.split_once("?>").map_or(&*text, |(_, body)| body);
        let mut leaves: BTreeMap<String, Vec<(u32, String)>> = BTreeMap::new();
        let mut open: Vec<(String, u32, String)> = Vec::new();
        for event in EventReader::from_str(body) {
            match event.map_err(|error| odd(error.to_string()))? {
                XmlEvent::StartElement { name, attributes, .. } => {
                    let row = attributes.iter().find(|one| one.name.local_name == "ROWNUM");
                    let row = row.and_then(|one| one.value.parse().ok()).unwrap_or(0);
                    open.push((name.local_name, row, String::new()));
                }
                XmlEvent::Characters(text) | XmlEvent::CData(text) => {
                    if let Some((_, _, collected)) = open.last_mut() {
                        collected.push_str(&text);
                    }
                }
                XmlEvent::EndElement { .. } => {
                    if let Some((name, row, text)) = open.pop() {
                        leaves.entry(name).or_default().push((row, text.trim().to_owned()));
                    }
                }
                _ => {}
            }
        }
        Ok(Self(leaves))
    }

    pub fn one(&self, name: &str) -> Result<&str, Unintelligible> {
        let leaf = self.0.get(name).and_then(|leaves| leaves.first());
        leaf.map(|(_, text)| text.as_str()).ok_or_else(|| odd(format!("{name} is missing")))
    }

    pub fn number(&self, name: &str) -> Result<u64, Unintelligible> {
        self.one(name)?.parse().map_err(|_| odd(format!("{name} is not a number")))
    }

    /// The cells of a column, as they stand: row and text.
    pub fn column(&self, name: &str) -> &[(u32, String)] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    pub fn cell(&self, column: &str, row: u32) -> Option<&str> {
        let cell = self.column(column).iter().find(|(of, _)| *of == row);
        cell.map(|(_, text)| text.as_str())
    }

    /// The 43 characters, put together from DECLARHEAD.
    pub fn file_name(&self) -> Result<String, Unintelligible> {
        let n = |name| self.number(name);
        Ok(format!(
            "{:02}{:02}{:0>10}{}{}{:02}{}{:02}{:07}{}{:02}{:04}{:04}",
            n("C_REG")?,
            n("C_RAJ")?,
            self.one("TIN")?,
            self.one("C_DOC")?,
            self.one("C_DOC_SUB")?,
            n("C_DOC_VER")?,
            n("C_DOC_STAN")?,
            n("C_DOC_TYPE")?,
            n("C_DOC_CNT")?,
            n("PERIOD_TYPE")?,
            n("PERIOD_MONTH")?,
            n("PERIOD_YEAR")?,
            n("C_STI_ORIG")?,
        ))
    }
}

/// `349.00` → 34900.
pub(in crate::simulator) fn hundredths(text: &str) -> Option<i64> {
    let (whole, cents) = text.split_once('.')?;
    let cents = (cents.len() == 2).then(|| cents.parse::<i64>().ok())??;
    Some(whole.parse::<i64>().ok()? * 100 + cents)
}

/// `ddmmyyyy`.
pub(in crate::simulator) fn date(text: &str) -> Option<Date> {
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i16>().ok();
    let (day, month) = (i8::try_from(part(0..2)?).ok()?, i8::try_from(part(2..4)?).ok()?);
    Date::new(part(4..8)?, month, day).ok()
}
