//! A notice as the office reads it, field by field from `schemas/notice.xsd`.

use super::examine::Fault;
use crate::simulator::sota::Document;

/// The title of a form by its version.
pub(super) fn title(version: &str) -> &'static str {
    match version {
        "03" => "Повідомлення про надання інформації щодо електронного цифрового підпису",
        _ => {
            "Повідомлення про надання інформації щодо кваліфікованого або удосконаленого \
             електронного підпису"
        }
    }
}

/// The elements of DECLARBODY outside the table, none of which may be blank.
const FIELDS: [&str; 9] =
    ["HFILL", "HNUM", "HSTI", "HNAME", "HTIN", "HBOS", "HPOST", "HEXECUTOR", "HTEL"];
const COLUMNS: [&str; 4] = ["T1RXXXXG1S", "T1RXXXXG2S", "T1RXXXXG3S", "T1RXXXXG4S"];

pub struct Filing {
    /// The 43 characters that belong to DECLARHEAD.
    pub number: String,
    /// `J1391103`.
    pub form: String,
    pub version: u8,
    /// TIN.
    pub code: String,
    /// HTIN.
    pub code_below: String,
    pub name: String,
    /// HBOS.
    pub head: String,
    pub rows: Vec<Row>,
}

/// Whose key it is.
pub struct Row {
    pub name: String,
    pub code: String,
    /// Lower-case hexadecimal.
    pub key_id: String,
    /// As it stands: «Директор».
    pub role: String,
}

impl Filing {
    pub fn read(document: &Document) -> Result<Self, Fault> {
        let head = |why: crate::simulator::clerk::Unintelligible| {
            Fault::at_once("HEAD", format!("Заголовок DECLARHEAD заповнено неправильно: {}", why.0))
        };
        let number = document.file_name().map_err(head)?;
        let code = document.one("TIN").map_err(head)?.to_owned();
        let form: String = number.chars().skip(14).take(8).collect();
        let version = document.number("C_DOC_VER").map_err(head)?;
        let blank = |name: &&&str| document.one(name).map_or(true, str::is_empty);
        if let Some(name) = FIELDS.iter().find(blank) {
            return Err(Fault::at_once("FIELD", format!("Не заповнено обов'язкове поле {name}")));
        }
        let field = |name: &str| document.one(name).unwrap_or_default().to_owned();
        Ok(Self {
            number,
            form,
            version: u8::try_from(version).unwrap_or(0),
            code,
            code_below: field("HTIN"),
            name: field("HNAME"),
            head: field("HBOS"),
            rows: rows(document)?,
        })
    }
}

/// Rows 1, 2, 3 … without a gap, each with its four cells once.
fn rows(document: &Document) -> Result<Vec<Row>, Fault> {
    let count = document.column("T1RXXXXG3S").len();
    let wrong = |words: String| Fault::at_once("TABLE", words);
    if count == 0 {
        return Err(wrong("Таблиця посадових осіб порожня".into()));
    }
    if let Some(column) = COLUMNS.iter().find(|one| document.column(one).len() != count) {
        return Err(wrong(format!("Стовпець {column} має не стільки рядків, скільки інші")));
    }
    let mut rows = Vec::new();
    for number in (1..).take(count) {
        let cell = |column: &str| {
            let cell = document.cell(column, number).filter(|text| !text.is_empty());
            cell.map(str::to_owned)
                .ok_or_else(|| wrong(format!("Рядок {number}: не заповнено {column}")))
        };
        let key_id = cell("T1RXXXXG3S")?.to_lowercase();
        if !key_id.bytes().all(|byte| byte.is_ascii_hexdigit()) || key_id.len() % 2 == 1 {
            let words = format!("Рядок {number}: «{key_id}» не є ідентифікатором ключа");
            return Err(wrong(words));
        }
        rows.push(Row {
            name: cell("T1RXXXXG1S")?,
            code: cell("T1RXXXXG2S")?,
            key_id,
            role: cell("T1RXXXXG4S")?,
        });
    }
    Ok(rows)
}
