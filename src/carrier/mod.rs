//! Travel: how parcels leave and how answers come in. Everything here touches the world and
//! understands nothing of what it carries.

pub mod folder;
pub mod oauth2;
pub mod post;

use crate::exchange::Problem;

/// A problem with a label of docs/operator.md.
fn problem(label: &str, detail: impl Into<String>) -> Problem {
    Problem { label: label.to_owned(), detail: detail.into() }
}

/// Foreign words on one line, without control characters, at most 300 characters.
fn one_line(words: &str) -> String {
    let mut line = String::new();
    for (count, c) in words.trim().chars().enumerate() {
        if count == 300 {
            line.push('…');
            break;
        }
        line.push(if c.is_control() { ' ' } else { c });
    }
    line
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn foreign_words_stay_on_one_short_line() {
        assert_eq!(one_line(" a\r\nb\u{1b}[31m "), "a  b [31m");
        assert_eq!(one_line(&"я".repeat(1000)).chars().count(), 301);
    }
}
