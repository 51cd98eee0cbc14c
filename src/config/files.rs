//! What the configuration names outside itself: files, folders, secrets. Looked at by `check`, never
//! while reading, so that a configuration can be read on another machine.
//!
//! Options are known here by their last word, whatever section they stand in, and secrets by their
//! form: a section that comes later is looked at without a word here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::StrDeserializer;
use toml::de::{DeTable, DeValue};

use super::file::{Page, Value};
use super::{Config, ConfigProblem, SecretRef};
use crate::carrier::post;
use crate::crypto::Certificate;
use crate::crypto::revocation::RevocationList;
use crate::report::Language;

/// The environment, by name.
pub type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    pub problems: Vec<ConfigProblem>,
    /// What can't be looked at from here: a place and why.
    pub notes: Vec<(String, String)>,
    /// The language that is written, whatever else is wrong.
    pub language: Option<Language>,
}

/// Looks at everything that the text names. `base` is the folder of the file. Text that is no TOML
/// names nothing; reading it tells why.
pub fn examine(text: &str, base: &Path, env: Environment<'_>) -> Examined {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Examined::default();
    }
    let mut walk = Walk {
        page: &Page::new(text),
        base,
        env,
        lines: BTreeMap::new(),
        found: Examined::default(),
    };
    walk.table("", table.get_ref());
    if !walk.lines.contains_key("data") {
        walk.folder("data", 1, "data");
    }
    if let Ok(config) = Config::read(text, base) {
        walk.passwords(&config);
    }
    let mut found = walk.found;
    found.problems.sort_by_key(|problem| problem.line);
    found
}

struct Walk<'w, 't> {
    page: &'w Page<'t>,
    base: &'w Path,
    env: Environment<'w>,
    /// Where each option stands.
    lines: BTreeMap<String, usize>,
    found: Examined,
}

impl Walk<'_, '_> {
    fn tell(&mut self, (place, line): (&str, usize), what: String, instead: impl Into<String>) {
        let (place, instead) = (place.to_owned(), instead.into());
        self.found.problems.push(ConfigProblem { line, place, what, instead });
    }

    fn table(&mut self, place: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let key: &str = name.get_ref();
            let place = if place.is_empty() { key.into() } else { format!("{place}.{key}") };
            self.value(&place, key, value);
        }
    }

    fn value(&mut self, place: &str, key: &str, value: &Value<'_>) {
        let line = self.page.line(value.span().start);
        self.lines.insert(place.into(), line);
        if let Some(secret) = secret(value, self.base) {
            return self.secret((place, line), &secret);
        }
        match (key, value.get_ref()) {
            ("language", DeValue::String(tag)) if place == key => {
                let tag: &str = tag;
                let tag: StrDeserializer<'_, serde::de::value::Error> = tag.into_deserializer();
                self.found.language = Language::deserialize(tag).ok();
            }
            ("data", DeValue::String(path)) => self.folder(place, line, path),
            ("report", DeValue::String(path)) => self.page((place, line), path),
            ("ca-file", DeValue::String(path)) => {
                self.file((place, line), path, &|bytes| post::check_roots(bytes));
            }
            // Loading it is the vault's: a module does what it likes.
            ("module", DeValue::String(path)) => self.file((place, line), path, &|_| Ok(())),
            ("signers" | "anchors" | "recipients", DeValue::Array(paths)) => {
                let certificate =
                    |bytes: &[u8]| Certificate::read(bytes).map(drop).map_err(|e| e.to_string());
                for path in paths.iter().filter_map(|path| path.get_ref().as_str()) {
                    self.file((place, line), path, &certificate);
                }
            }
            ("revocation-lists", DeValue::Array(paths)) => {
                let list =
                    |bytes: &[u8]| RevocationList::read(bytes).map(drop).map_err(|e| e.detail);
                for path in paths.iter().filter_map(|path| path.get_ref().as_str()) {
                    self.file((place, line), path, &list);
                }
            }
            ("token-file", DeValue::String(path)) => {
                let path: &str = path;
                self.secret((place, line), &SecretRef::File(self.base.join(path)));
            }
            (_, DeValue::Table(table)) => self.table(place, table),
            (_, DeValue::Array(values)) => {
                for (number, value) in (1..).zip(values.iter()) {
                    if let DeValue::Table(table) = value.get_ref() {
                        self.table(&format!("{place}[{number}]"), table);
                    }
                }
            }
            _ => {}
        }
    }

    fn secret(&mut self, at: (&str, usize), secret: &SecretRef) {
        let hidden = (self.env)("CREDENTIALS_DIRECTORY").is_none();
        if matches!(secret, SecretRef::Credential(_)) && hidden {
            let why = "a systemd credential: only the service itself can read it".to_owned();
            return self.found.notes.push((at.0.to_owned(), why));
        }
        let Err(problem) = secret.resolve(self.env) else { return };
        let instead = match problem.label.as_str() {
            "secret-permissions" => "let only its owner read it",
            _ => "put the secret on its first line, readable for certpost's user",
        };
        self.tell(at, problem.detail, instead);
    }

    fn file(&mut self, at: (&str, usize), path: &str, judge: &dyn Fn(&[u8]) -> Result<(), String>) {
        let path = self.base.join(path);
        let judged = match std::fs::read(&path) {
            Ok(bytes) => judge(&bytes).map_err(|what| (what, "name the right file, PEM or DER")),
            Err(error) => {
                Err((error.to_string(), "put the file there, readable for certpost's user"))
            }
        };
        if let Err((what, instead)) = judged {
            self.tell(at, format!("{}: {what}", path.display()), instead);
        }
    }

    /// A file that we write: its folder counts.
    fn page(&mut self, (place, line): (&str, usize), path: &str) {
        let path = self.base.join(path);
        if path.is_dir() {
            let what = format!("{} is a folder, not a file", path.display());
            return self.tell((place, line), what, "name a file in it: \"….html\"");
        }
        let folder = path.parent().unwrap_or(&path).display().to_string();
        self.folder(place, line, &folder);
    }

    /// A folder that is there must take files; one that is not must be possible to make.
    fn folder(&mut self, place: &str, line: usize, path: &str) {
        let path = self.base.join(path);
        let shown = path.display();
        let nearest = path.ancestors().find(|folder| folder.exists()).unwrap_or(&path);
        if !nearest.is_dir() {
            let what = format!("{} is a file, not a folder", nearest.display());
            return self.tell((place, line), what, "name a folder");
        }
        let may = access(nearest, AccessFlags::W_OK | AccessFlags::X_OK).is_ok();
        if !may && nearest == path {
            let what = format!("{shown} can't be written to");
            self.tell((place, line), what, "give the folder to certpost's user");
        } else if !may {
            let what = format!("{shown} is not there and can't be made");
            self.tell((place, line), what, "make it and give it to certpost's user");
        }
        let keys = path.join("keys");
        if place == "data" && is_open(&keys) {
            let what = format!("others can look into {}", keys.display());
            self.tell((place, line), what, format!("run chmod 700 {}", keys.display()));
        }
    }

    /// New keys are locked with the holder's password: the authority says how long it must be.
    fn passwords(&mut self, config: &Config) {
        for (number, holder) in (1..).zip(&config.holders) {
            let Some(profile) = config.profile_of(&holder.id) else { continue };
            if holder.token.is_some() {
                continue;
            }
            let option = if holder.new_password.is_some() { "new-password" } else { "password" };
            let of = |secret: Option<&SecretRef>| secret.and_then(|one| one.resolve(self.env).ok());
            let Some(password) = of(holder.new_keys_password()) else { continue };
            let again = of(holder.new_password_again.as_ref());
            if again.is_some_and(|again| *again != *password) {
                let place = format!("holder[{number}].new-password-again");
                let line = self.lines.get(&place).copied().unwrap_or(1);
                let instead = "write the same password in both places";
                self.tell((&place, line), format!("is not what {option} is"), instead);
            }
            if password.chars().count() < profile.password_min {
                let place = format!("holder[{number}].{option}");
                let line = self.lines.get(&place).copied().unwrap_or(1);
                let least = profile.password_min;
                let what = format!("the password has fewer than {least} characters");
                let instead = "set a longer one for new keys: the authority demands it";
                self.tell((&place, line), what, instead);
            }
        }
    }
}

fn is_open(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(folder).is_ok_and(|known| known.permissions().mode() & 0o077 != 0)
}

/// `{ file = "…" }`, `{ env = "…" }`, `{ credential = "…" }` and nothing else in it.
fn secret(value: &Value<'_>, base: &Path) -> Option<SecretRef> {
    let table = value.get_ref().as_table()?;
    let (name, value) = table.iter().next().filter(|_| table.len() == 1)?;
    let text = value.get_ref().as_str()?;
    match name.get_ref().as_ref() {
        "file" => Some(SecretRef::File(PathBuf::from(base).join(text))),
        "env" => Some(SecretRef::Env(text.into())),
        "credential" => Some(SecretRef::Credential(text.into())),
        _ => None,
    }
}
