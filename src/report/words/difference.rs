//! The differences between configuration and certificate, which the engine writes down with the
//! names of options, in words for people.

use super::Words;
use crate::exchange::Problem;

/// A datum that stands in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datum {
    Code,
    Organisation,
    Holder,
    Drfo,
}

impl Datum {
    const ALL: [(&'static str, Self); 4] = [
        ("organisation.code", Self::Code),
        ("organisation.name", Self::Organisation),
        ("holder.name", Self::Holder),
        ("holder.drfo", Self::Drfo),
    ];

    /// The datum that `text` begins with, and what follows its opening quotation mark.
    fn read(text: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|(option, datum)| {
            let rest = text.strip_prefix(option)?.strip_prefix(": «")?;
            Some((datum, rest))
        })
    }
}

/// One difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference<'a> {
    pub datum: Datum,
    pub configured: &'a str,
    pub certified: &'a str,
}

const AND: &str = "»; ";

/// `holder.name: «А» ≠ «Б»; holder.drfo: «1» ≠ «2»`; `None`: something else is written there.
fn differences(detail: &str) -> Option<Vec<Difference<'_>>> {
    let mut found = Vec::new();
    let mut rest = detail;
    loop {
        let (datum, values) = Datum::read(rest)?;
        let (configured, values) = values.split_once("» ≠ «")?;
        // Names have quotation marks of their own.
        let next = values.match_indices(AND).find_map(|(at, _)| {
            let (certified, after) = values.split_at_checked(at)?;
            let after = after.strip_prefix(AND)?;
            Datum::read(after).map(|_| (certified, after))
        });
        let certified = match next {
            Some((certified, _)) => certified,
            None => values.strip_suffix('»')?,
        };
        found.push(Difference { datum, configured, certified });
        match next {
            Some((_, after)) => rest = after,
            None => return Some(found),
        }
    }
}

/// A problem's detail: differences in words, anything else as it is.
pub fn detail(words: &dyn Words, problem: &Problem) -> String {
    let differences = match problem.label.as_str() {
        "data-differ" => differences(&problem.detail),
        _ => None,
    };
    match differences {
        Some(found) => {
            let told: Vec<String> = found.iter().map(|one| words.differs(one)).collect();
            told.join("; ")
        }
        None => problem.detail.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Language, words};

    fn told(label: &str, detail: &str) -> String {
        let problem = Problem { label: label.into(), detail: detail.into() };
        super::detail(words::of(Language::Uk), &problem)
    }

    #[test]
    fn options_become_words() {
        let written = "organisation.name: «ТОВ «А»; «Б»» ≠ «ТОВ «Б»»; holder.drfo: «1» ≠ «2»";
        assert_eq!(
            told("data-differ", written),
            "Назва організації: у налаштуваннях «ТОВ «А»; «Б»», у сертифікаті «ТОВ «Б»»; \
             РНОКПП: у налаштуваннях «1», у сертифікаті «2»"
        );
    }

    #[test]
    fn what_is_written_otherwise_stays() {
        let role = "holder.role: «director» ≠ «seal, by its extended usage»";
        assert_eq!(told("data-differ", role), role);
        assert_eq!(told("data-differ", "holder.name: «А» ≠ «Б"), "holder.name: «А» ≠ «Б");
        let other = "holder.name: «А» ≠ «Б»";
        assert_eq!(told("smtp-refused", other), other);
    }
}
