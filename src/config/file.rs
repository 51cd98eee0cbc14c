//! The configuration as it is written: TOML with places, read so that every mistake is found at once.
//!
//! A [`Section`] remembers which options were asked of it. What stands in the file and was not
//! asked for is unknown, and is told; what was asked for, with its default, is the list that
//! `config.example.toml` is compared with.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde::de::{DeserializeOwned, IntoDeserializer};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ConfigProblem;

/// What is wrong with one value, before its place is known.
#[derive(Debug)]
pub(super) struct Wrong {
    pub what: String,
    pub instead: String,
}

pub(super) fn wrong(what: impl Into<String>, instead: impl Into<String>) -> Wrong {
    Wrong { what: what.into(), instead: instead.into() }
}

/// One value of the file, with its place.
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// An option that the code knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// `mailbox.imap.port`; `NAME` stands for an authority's name.
    pub place: String,
    /// In TOML, or in words where it depends on something; `None`: the option is required.
    pub default: Option<String>,
}

/// The whole file, and what was found in it.
pub(super) struct Page<'t> {
    text: &'t str,
    problems: RefCell<Vec<ConfigProblem>>,
    known: RefCell<Vec<Known>>,
}

impl<'t> Page<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, problems: RefCell::default(), known: RefCell::default() }
    }

    /// 1-based line of a byte offset.
    pub fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().iter().take(offset);
        1 + before.filter(|byte| **byte == b'\n').count()
    }

    pub fn tell(&self, line: usize, place: &str, wrong: Wrong) {
        let Wrong { what, instead } = wrong;
        self.problems.borrow_mut().push(ConfigProblem { line, place: place.into(), what, instead });
    }

    pub fn into_findings(self) -> (Vec<ConfigProblem>, Vec<Known>) {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.line);
        (problems, self.known.into_inner())
    }
}

/// One table of the file; may be absent, then only its absence is told.
pub(super) struct Section<'p, 't> {
    pub page: &'p Page<'t>,
    table: Option<&'p DeTable<'t>>,
    /// `holder[2]`, for people; empty for the top.
    place: String,
    /// `holder`, for [`Known`].
    pattern: String,
    line: usize,
    asked: BTreeSet<&'static str>,
}

impl<'p, 't> Section<'p, 't> {
    pub fn top(page: &'p Page<'t>, table: &'p DeTable<'t>) -> Self {
        let (place, pattern) = (String::new(), String::new());
        Self { page, table: Some(table), place, pattern, line: 1, asked: BTreeSet::new() }
    }

    fn below(&self, key: &str) -> (String, String) {
        let join =
            |outer: &str| if outer.is_empty() { key.into() } else { format!("{outer}.{key}") };
        (join(&self.place), join(&self.pattern))
    }

    fn find(&self, key: &str) -> Option<&'p Value<'t>> {
        self.table?.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    /// The line of an option, or of the section when the option is not written.
    pub fn line_of(&self, key: &str) -> usize {
        self.find(key).map_or(self.line, |value| self.page.line(value.span().start))
    }

    /// Tells a problem of an option.
    pub fn tell(&self, key: &str, wrong: Wrong) {
        self.page.tell(self.line_of(key), &self.below(key).0, wrong);
    }

    fn ask(&mut self, key: &'static str, default: Option<&str>) -> Option<&'p Value<'t>> {
        self.asked.insert(key);
        let known = Known { place: self.below(key).1, default: default.map(Into::into) };
        self.page.known.borrow_mut().push(known);
        self.find(key)
    }

    fn shaped<T>(
        &self,
        key: &str,
        value: &Value<'_>,
        shape: impl Fn(&Value<'_>) -> Result<T, Wrong>,
    ) -> Option<T> {
        shape(value).map_err(|wrong| self.tell(key, wrong)).ok()
    }

    /// `instead` is what to write when it is missing.
    pub fn required<T>(
        &mut self,
        key: &'static str,
        instead: &str,
        shape: impl Fn(&Value<'_>) -> Result<T, Wrong>,
    ) -> Option<T> {
        let Some(value) = self.ask(key, None) else {
            if self.table.is_some() {
                self.tell(key, wrong("is missing", format!("write {key} = {instead}")));
            }
            return None;
        };
        self.shaped(key, value, shape)
    }

    /// `default` is written as in the file.
    pub fn or<T>(
        &mut self,
        key: &'static str,
        default: &'static str,
        shape: impl Fn(&Value<'_>) -> Result<T, Wrong>,
    ) -> Option<T> {
        match self.ask(key, Some(default)) {
            Some(value) => self.shaped(key, value, shape),
            None => self.shaped(key, &DeValue::parse(default).ok()?, shape),
        }
    }

    /// `default` says in words what counts when it is not written.
    pub fn optional<T>(
        &mut self,
        key: &'static str,
        default: &'static str,
        shape: impl Fn(&Value<'_>) -> Result<T, Wrong>,
    ) -> Option<T> {
        let value = self.ask(key, Some(default))?;
        self.shaped(key, value, shape)
    }

    /// Whether the option is written, rightly or not.
    pub fn has(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    pub fn exists(&self) -> bool {
        self.table.is_some()
    }

    /// A table below this one. Required ones are told when they are missing.
    pub fn section(&mut self, key: &'static str, required: bool) -> Section<'p, 't> {
        self.asked.insert(key);
        let (place, pattern) = self.below(key);
        let line = self.line_of(key);
        let table = match self.find(key) {
            Some(value) => self.table_of(value, &place),
            None => {
                if required && self.table.is_some() {
                    let instead = format!("write a section [{place}]");
                    self.page.tell(self.line, &place, wrong("the section is missing", instead));
                }
                None
            }
        };
        Section { page: self.page, table, place, pattern, line, asked: BTreeSet::new() }
    }

    fn table_of(&self, value: &'p Value<'t>, place: &str) -> Option<&'p DeTable<'t>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            let what = format!("is a {}, not a section", value.get_ref().type_str());
            let line = self.page.line(value.span().start);
            self.page.tell(line, place, wrong(what, format!("write a section [{place}]")));
        }
        table
    }

    /// The tables `[key.NAME]`, by name.
    pub fn named(&mut self, key: &'static str) -> Vec<(String, Section<'p, 't>)> {
        let all = self.section(key, true);
        let entries = all.table.into_iter().flatten();
        let mut found: Vec<_> = entries
            .map(|(name, value)| {
                let name = name.get_ref().to_string();
                let place = format!("{key}.{name}");
                let section = Section {
                    page: self.page,
                    table: self.table_of(value, &place),
                    place,
                    pattern: format!("{key}.NAME"),
                    line: self.page.line(value.span().start),
                    asked: BTreeSet::new(),
                };
                (name, section)
            })
            .collect();
        if all.exists() && found.is_empty() {
            self.tell(key, wrong("is empty", format!("write a section [{key}.NAME]")));
        }
        found.sort_by_key(|(_, section)| section.line);
        found
    }

    /// The tables `[[key]]`, in their order; there may be none.
    pub fn any_number(&mut self, key: &'static str) -> Vec<Section<'p, 't>> {
        self.asked.insert(key);
        if self.has(key) { self.list(key) } else { Vec::new() }
    }

    /// The tables `[[key]]`, in their order, at least one.
    pub fn list(&mut self, key: &'static str) -> Vec<Section<'p, 't>> {
        self.asked.insert(key);
        let instead = format!("write one or more sections [[{key}]]");
        let Some(value) = self.find(key) else {
            self.page.tell(1, key, wrong("the section is missing", instead));
            return Vec::new();
        };
        let Some(values) = value.get_ref().as_array() else {
            self.tell(key, wrong("is written once, as [..]", instead));
            return Vec::new();
        };
        if values.is_empty() {
            self.tell(key, wrong("is empty", instead));
        }
        let section = |(number, value): (usize, &'p Value<'t>)| {
            let place = format!("{key}[{number}]");
            Section {
                page: self.page,
                table: self.table_of(value, &place),
                place,
                pattern: key.into(),
                line: self.page.line(value.span().start),
                asked: BTreeSet::new(),
            }
        };
        (1..).zip(values.iter()).map(section).collect()
    }

    /// Tells every option that nobody asked for.
    pub fn finish(self) {
        for name in self.table.into_iter().flat_map(DeTable::keys) {
            let key: &str = name.get_ref();
            if self.asked.contains(key) {
                continue;
            }
            let near = self.asked.iter().min_by_key(|known| distance(known, key));
            let near = near.filter(|known| distance(known, key) * 2 <= key.len());
            let instead = match near {
                Some(near) => format!("did you mean {near}?"),
                None => {
                    let known: Vec<_> = self.asked.iter().copied().collect();
                    format!("remove it; known here: {}", known.join(", "))
                }
            };
            let line = self.page.line(name.span().start);
            self.page.tell(line, &self.below(key).0, wrong("is not a known option", instead));
        }
    }
}

/// How many letters must change to make one word of the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (pair, to) in row.windows(2).zip(b.chars()) {
            let &[corner, above] = pair else { continue };
            let left = next.last().copied().unwrap_or(0);
            next.push((corner + usize::from(from != to)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// Anything that serde can read; `instead` says how it is written.
pub(super) fn written<T: DeserializeOwned>(
    instead: &'static str,
) -> impl Fn(&Value<'_>) -> Result<T, Wrong> {
    move |value| {
        T::deserialize(dates_as_text(value.clone()).into_deserializer())
            .map_err(|error| wrong(error.message().trim().to_owned(), format!("write {instead}")))
    }
}

/// TOML has dates of its own; our types read dates from text.
fn dates_as_text(value: Value<'_>) -> Value<'_> {
    let span = value.span();
    let value = match value.into_inner() {
        DeValue::Datetime(date) => DeValue::String(date.to_string().into()),
        DeValue::Array(mut items) => {
            for item in items.iter_mut() {
                *item = dates_as_text(item.clone());
            }
            DeValue::Array(items)
        }
        DeValue::Table(items) => {
            DeValue::Table(items.into_iter().map(|(k, v)| (k, dates_as_text(v))).collect())
        }
        other => other,
    };
    Spanned::new(span, value)
}

/// Text that is not empty and holds no control characters.
pub(super) fn text(value: &Value<'_>) -> Result<String, Wrong> {
    let text = any_text(value)?;
    if text.trim().is_empty() {
        return Err(wrong("is empty", "write it between the quotes"));
    }
    if text.chars().any(char::is_control) {
        return Err(wrong("holds control characters", "write it on one line"));
    }
    Ok(text.trim().to_owned())
}

fn any_text<'v>(value: &'v Value<'_>) -> Result<&'v str, Wrong> {
    let found = value.get_ref();
    found.as_str().ok_or_else(|| {
        wrong(format!("is of type {}", found.type_str()), "write text in quotes: \"…\"")
    })
}

pub(super) fn flag(value: &Value<'_>) -> Result<bool, Wrong> {
    let found = value.get_ref();
    found.as_bool().ok_or_else(|| {
        wrong(format!("is of type {}", found.type_str()), "write true or false, without quotes")
    })
}

/// A whole number from `low` to `high`.
pub(super) fn number<T: TryFrom<i64>>(
    low: i64,
    high: i64,
) -> impl Fn(&Value<'_>) -> Result<T, Wrong> {
    move |value| {
        let instead = || format!("write a whole number from {low} to {high}");
        let found = value.get_ref();
        let Some(digits) = found.as_integer() else {
            return Err(wrong(format!("is of type {}", found.type_str()), instead()));
        };
        let out = || wrong(format!("{} is out of range", digits.as_str()), instead());
        let number = i64::from_str_radix(digits.as_str(), digits.radix()).map_err(|_| out())?;
        if !(low..=high).contains(&number) {
            return Err(out());
        }
        T::try_from(number).map_err(|_| out())
    }
}

/// One of a few words.
pub(super) fn one_of<T: Copy>(
    words: &'static [(&'static str, T)],
) -> impl Fn(&Value<'_>) -> Result<T, Wrong> {
    move |value| {
        let text = any_text(value)?;
        words.iter().find(|(word, _)| *word == text).map(|(_, meant)| *meant).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            wrong(format!("«{text}» is not known here"), format!("write {}", words.join(" or ")))
        })
    }
}

/// A list with at least one item, none twice.
pub(super) fn list<T: PartialEq>(
    item: impl Fn(&Value<'_>) -> Result<T, Wrong>,
) -> impl Fn(&Value<'_>) -> Result<Vec<T>, Wrong> {
    move |value| {
        let found = value.get_ref();
        let Some(values) = found.as_array() else {
            return Err(wrong(format!("is of type {}", found.type_str()), "write a list: [ … ]"));
        };
        let items = values.iter().map(&item).collect::<Result<Vec<T>, Wrong>>()?;
        if items.is_empty() {
            return Err(wrong("is an empty list", "write at least one"));
        }
        let twice = items.iter().enumerate().any(|(n, one)| items.iter().take(n).any(|o| o == one));
        if twice {
            return Err(wrong("holds the same item twice", "write each once"));
        }
        Ok(items)
    }
}
