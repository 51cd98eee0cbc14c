//! The notice to the tax office J13911/F13911 03 and 04 (`schemas/notice.xsd`).
//!
//! A codec: it turns the document into fields and back, and decides nothing. Both sides may use it.

use serde::Deserialize;
use zeroize::Zeroizing;

use super::document::{Head, HeadXml, parsed, role_word, written, wrong};
use super::number::Form;
use crate::authority::xml::{self, Cell, Field, Writer};
use crate::authority::{ComposeError, OrganisationKind, Role, Unreadable};

/// Rows of a notice; the published type of its relative allows 9999, and no organisation has them.
pub const OFFICIALS: usize = 100;
/// Versions of the form that the codec knows: 03 and 04 have the same body here.
pub const VERSIONS: [u8; 2] = [3, 4];
const WHAT: &str = "notice";

/// The form of a notice: J of a legal person, F of a sole proprietor.
pub fn form(kind: OrganisationKind, version: u8) -> Form {
    let document = match kind {
        OrganisationKind::Legal => "J13",
        OrganisationKind::SoleProprietor => "F13",
    };
    Form { document: document.into(), sub: 911, version }
}

/// The form's title: version 04 speaks of other signatures (ukraine.md §2.4).
pub fn title(version: u8) -> &'static str {
    match version {
        3 => "Повідомлення про надання інформації щодо електронного цифрового підпису",
        _ => {
            "Повідомлення про надання інформації щодо кваліфікованого або удосконаленого \
             електронного підпису"
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeDocument {
    pub head: Head,
    /// HNUM, from 1.
    pub number: u32,
    /// HSTI.
    pub office: String,
    /// HNAME.
    pub name: String,
    pub rows: Vec<Row>,
    /// HBOS.
    pub director: String,
    /// HPOST: the post of HBOS.
    pub post: String,
    /// HEXECUTOR, HTEL: who filled it in.
    pub executor: String,
    pub phone: String,
}

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// T1RXXXXG1S.
    pub name: String,
    /// T1RXXXXG2S.
    pub code: String,
    /// T1RXXXXG3S: subjectKeyIdentifier.
    pub key_id: Vec<u8>,
    /// T1RXXXXG4S: director, accountant or seal.
    pub role: Role,
}

impl NoticeDocument {
    /// windows-1251 bytes, in the schema's order.
    pub fn write(&self) -> Result<Zeroizing<Vec<u8>>, ComposeError> {
        let mut to = Writer::new(&self.head.form.to_string());
        self.head.write(&mut to)?;
        to.open("DECLARBODY");
        to.datum("HFILL", written(self.head.filled));
        to.datum("HNUM", self.number);
        to.field("HSTI", "tax-office.name", &self.office)?;
        to.field("HNAME", "organisation.name", &self.name)?;
        to.field("HTIN", "organisation.code", &self.head.tin)?;
        for (row, it) in (1..).zip(&self.rows) {
            to.text_cell("T1RXXXXG1S", row, "holder.name", &it.name)?;
        }
        for (row, it) in (1..).zip(&self.rows) {
            to.text_cell("T1RXXXXG2S", row, "holder.drfo", &it.code)?;
        }
        for (row, it) in (1..).zip(&self.rows) {
            to.cell("T1RXXXXG3S", row, hex(&it.key_id));
        }
        for (row, it) in (1..).zip(&self.rows) {
            to.cell("T1RXXXXG4S", row, role_word(it.role));
        }
        to.field("HBOS", "holder.name", &self.director)?;
        to.field("HPOST", "holder.role", &self.post)?;
        to.field("HEXECUTOR", "organisation.responsible", &self.executor)?;
        to.field("HTEL", "organisation.phone", &self.phone)?;
        to.close("DECLARBODY");
        Ok(to.finish())
    }

    /// Reads what [`NoticeDocument::write`], or another writer of the same form, has made.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let declar: NoticeXml = xml::read(bytes, "DECLAR", WHAT)?;
        let head = declar.declarhead.head(WHAT)?;
        let known = matches!(head.form.document.as_str(), "J13" | "F13")
            && head.form.sub == 911
            && VERSIONS.contains(&head.form.version);
        if !known {
            return Err(wrong(WHAT, "the form", &head.form.to_string()));
        }
        let body = declar.declarbody;
        if body.htin.text() != head.tin {
            return Err(wrong(WHAT, "HTIN", body.htin.text()));
        }
        Ok(Self {
            number: parsed(&body.hnum, WHAT, "HNUM")?,
            office: body.hsti.text().to_owned(),
            name: body.hname.text().to_owned(),
            rows: body.rows()?,
            director: body.hbos.text().to_owned(),
            post: body.hpost.text().to_owned(),
            executor: body.hexecutor.text().to_owned(),
            phone: body.htel.text().to_owned(),
            head,
        })
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hexadecimal digits of any case, an even number of them.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| !digits.is_empty() && digits.len().is_multiple_of(2))?;
    Some(
        digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect(),
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct NoticeXml {
    declarhead: HeadXml,
    declarbody: BodyXml,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct BodyXml {
    hnum: Field,
    hsti: Field,
    hname: Field,
    htin: Field,
    #[serde(rename = "T1RXXXXG1S", default)]
    names: Vec<Cell>,
    #[serde(rename = "T1RXXXXG2S", default)]
    codes: Vec<Cell>,
    #[serde(rename = "T1RXXXXG3S", default)]
    keys: Vec<Cell>,
    #[serde(rename = "T1RXXXXG4S", default)]
    roles: Vec<Cell>,
    hbos: Field,
    hpost: Field,
    hexecutor: Field,
    htel: Field,
}

impl BodyXml {
    /// In the order of ROWNUM, which joins the columns; every row has all four cells.
    fn rows(&self) -> Result<Vec<Row>, Unreadable> {
        let columns = [&self.names, &self.codes, &self.keys, &self.roles];
        if columns.iter().any(|column| column.len() > OFFICIALS) {
            return Err(Unreadable::TooMuch { what: "rows of a notice", limit: OFFICIALS });
        }
        if columns.iter().any(|column| column.is_empty() || column.len() != self.keys.len()) {
            return Err(wrong(WHAT, "table 1", "not one cell for each row"));
        }
        let mut rows: Vec<u32> = self.keys.iter().map(|cell| cell.row).collect();
        rows.sort_unstable();
        rows.into_iter().map(|row| self.row(row)).collect()
    }

    fn row(&self, row: u32) -> Result<Row, Unreadable> {
        let cell = |column: &[Cell], element: &str| {
            let mut found = column.iter().filter(|cell| cell.row == row);
            match (found.next(), found.next()) {
                (Some(cell), None) if !cell.text().is_empty() => Ok(cell.text().to_owned()),
                _ => Err(wrong(WHAT, element, "not one cell for each row")),
            }
        };
        let (key, word) = (cell(&self.keys, "T1RXXXXG3S")?, cell(&self.roles, "T1RXXXXG4S")?);
        let roles = [Role::Director, Role::Accountant, Role::Seal];
        let role = roles.into_iter().find(|known| role_word(*known) == word);
        Ok(Row {
            name: cell(&self.names, "T1RXXXXG1S")?,
            code: cell(&self.codes, "T1RXXXXG2S")?,
            key_id: unhex(&key).ok_or_else(|| wrong(WHAT, "T1RXXXXG3S", &key))?,
            role: role.ok_or_else(|| wrong(WHAT, "T1RXXXXG4S", &word))?,
        })
    }
}
