//! What the tax office remembers: whose key has the status, which keys it was told about, which
//! notices it saw and what it said.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::examine::hex;
use super::filing::Filing;
use crate::crypto::Certificate;
use crate::exchange::Digest;
use crate::simulator::authority::{keep, kept};

/// What is said of a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Receipt №1, positive.
    Received { text: String },
    /// Receipt №1 (`at_once`) or №2, negative.
    Refused { code: String, reasons: Vec<String>, at_once: bool },
    /// Receipt №2, positive.
    Accepted { registration: String },
}

impl Verdict {
    pub(super) fn is_second(&self) -> bool {
        matches!(self, Self::Accepted { .. } | Self::Refused { at_once: false, .. })
    }

    pub(super) fn registration(&self) -> Option<&str> {
        match self {
            Self::Accepted { registration } => Some(registration),
            _ => None,
        }
    }

    pub(super) fn reasons(&self) -> &[String] {
        match self {
            Self::Refused { reasons, .. } => reasons,
            _ => &[],
        }
    }

    pub(super) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Received { text } => text.clone(),
            Self::Refused { .. } => "Документ не зареєстровано.".into(),
            Self::Accepted { .. } => "Інформацію про електронні підписи зареєстровано.".into(),
        }
    }
}

/// Who may sign for an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The head's signing certificate that has the status.
    pub head: Certificate,
    /// Keys of accepted notices, the newest of each role and person.
    pub officials: Vec<Official>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Official {
    /// «Директор», «Бухгалтер», «Печатка установи».
    pub role: String,
    pub name: String,
    pub code: String,
    /// Lower-case hexadecimal.
    pub key_id: String,
}

#[derive(Clone, Debug, Default)]
pub struct Register {
    /// By the organisation's code.
    statuses: BTreeMap<String, Status>,
    documents: BTreeMap<String, (Digest, Vec<Verdict>)>,
    next: u32,
}

/// A file of the register.
const OFFICIALS: &str = "officials.json";
const DOCUMENTS: &str = "documents.json";
/// A folder with one certificate an organisation, named by its code: whose key has the status.
const STATUS: &str = "status";

impl Register {
    pub fn status(&self, code: &str) -> Option<&Status> {
        self.statuses.get(code)
    }

    pub(super) fn agree(&mut self, code: &str, head: &Certificate) {
        let status = Status { head: head.clone(), officials: Vec::new() };
        self.statuses.insert(code.to_owned(), status);
    }

    /// Notices by their numbers, and what was said of each.
    pub fn documents(&self) -> impl Iterator<Item = (&String, &[Verdict])> {
        self.documents.iter().map(|(number, (_, verdicts))| (number, verdicts.as_slice()))
    }

    pub(super) fn seen(&self, number: &str) -> Option<(Digest, Vec<Verdict>)> {
        self.documents.get(number).cloned()
    }

    pub(super) fn enter(&mut self, number: String, parcel: Digest, verdicts: Vec<Verdict>) {
        self.documents.insert(number, (parcel, verdicts));
    }

    /// `9260000001`: a registration number of a year.
    pub(super) fn take_number(&mut self, year: i16) -> String {
        self.next += 1;
        format!("9{year:02}{:07}", self.next)
    }

    /// The new keys are known, and the director's has the status from now on.
    pub(super) fn accept(&mut self, filing: &Filing, signers: &[Certificate]) {
        let Some(status) = self.statuses.get_mut(&filing.code) else { return };
        for row in &filing.rows {
            let official = Official {
                role: row.role.clone(),
                name: row.name.clone(),
                code: row.code.clone(),
                key_id: row.key_id.clone(),
            };
            status.officials.retain(|one| one.role != row.role || one.code != row.code);
            status.officials.push(official);
            let own = signers.iter().find(|one| hex(one) == row.key_id);
            if let Some(own) = own.filter(|_| row.role == "Директор") {
                status.head = own.clone();
            }
        }
    }

    pub fn save(&self, folder: &Path) -> std::io::Result<()> {
        let status = folder.join(STATUS);
        std::fs::create_dir_all(&status)?;
        for (code, one) in &self.statuses {
            let partial = folder.join("status.partial");
            std::fs::write(&partial, one.head.pem())?;
            std::fs::rename(partial, status.join(format!("{code}.pem")))?;
        }
        let officials: BTreeMap<_, _> =
            self.statuses.iter().map(|(code, one)| (code, &one.officials)).collect();
        keep(folder, OFFICIALS, &officials)?;
        keep(folder, DOCUMENTS, &self.documents)
    }

    /// The register that [`Register::save`] kept. Who puts a certificate into `status/` by hand
    /// gives it the status.
    pub fn load(folder: &Path) -> std::io::Result<Self> {
        let mut register = Self::default();
        let mut officials: BTreeMap<String, Vec<Official>> =
            kept(folder, OFFICIALS)?.unwrap_or_default();
        let status = folder.join(STATUS);
        if status.is_dir() {
            for entry in std::fs::read_dir(status)? {
                let path = entry?.path();
                let code = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
                let head = Certificate::read(&std::fs::read(&path)?);
                if let (Some(code), Ok(head)) = (code, head) {
                    let officials = officials.remove(&code).unwrap_or_default();
                    register.statuses.insert(code, Status { head, officials });
                }
            }
        }
        register.documents = kept(folder, DOCUMENTS)?.unwrap_or_default();
        let accepted = register.documents.values().flat_map(|(_, verdicts)| verdicts);
        let accepted = accepted.filter(|one| matches!(one, Verdict::Accepted { .. })).count();
        register.next = u32::try_from(accepted).unwrap_or(0);
        Ok(register)
    }
}
