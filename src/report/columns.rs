//! A page of 80 columns: words wrapped, tables aligned, foreign text made harmless. Plain text;
//! colour only when the caller knows that a terminal reads it.

use super::words::{self, Labels};
use super::{Language, Severity};

pub const WIDTH: usize = 80;

/// Whether to colour (ECMA-48 SGR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    Plain,
    Coloured,
}

/// A page under way.
pub struct Page {
    pub text: String,
    pub colour: Colour,
    pub labels: &'static Labels,
}

impl Page {
    pub fn new(language: Language, colour: Colour) -> Self {
        Self { text: String::new(), colour, labels: words::of(language).labels() }
    }

    pub fn heading(&mut self, title: &str) {
        match self.colour {
            Colour::Plain => self.text.push_str(title),
            Colour::Coloured => self.text.push_str(&format!("\x1b[1m{title}\x1b[0m")),
        }
        self.text.push('\n');
    }

    /// Columns as wide as their widest cell; the last one wraps.
    pub fn table<const N: usize>(&mut self, head: &[&str; N], rows: &[(Severity, [String; N])]) {
        let widths: Vec<usize> = head
            .iter()
            .enumerate()
            .map(|(at, title)| {
                let cells = rows.iter().filter_map(|(_, cells)| cells.get(at));
                cells.map(|cell| width(cell)).chain([width(title)]).max().unwrap_or(0)
            })
            .collect();
        let titles = head.map(str::to_owned);
        let all = std::iter::once(&titles).chain(rows.iter().map(|(_, cells)| cells));
        let indent = widths.iter().take(N.saturating_sub(1)).map(|width| width + 2).sum::<usize>();
        for cells in all {
            let cells = cells.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
                if at + 1 == N { cell.clone() } else { padded(cell, *width) }
            });
            let text = cells.collect::<Vec<_>>().join("  ");
            // A narrow last column would be a column of single words.
            let indent = if indent + 15 <= WIDTH { indent } else { WIDTH / 2 };
            self.wrapped(&text, 0, indent);
        }
    }

    /// Words broken at spaces to [`WIDTH`] columns, the first line after `first` spaces, the
    /// others after `rest`. A word that is too long stays whole: commands are copied. Runs of
    /// spaces inside the text are kept, so that columns stay columns.
    pub fn wrapped(&mut self, text: &str, first: usize, rest: usize) {
        let text = safe(text);
        let mut line = " ".repeat(first);
        let mut used = first;
        let mut empty = true;
        let mut gap = 0;
        for word in text.split(' ') {
            if word.is_empty() {
                gap += 1;
                continue;
            }
            let wide = width(word);
            if !empty && used + gap + wide > WIDTH {
                self.text.push_str(line.trim_end_matches(' '));
                self.text.push('\n');
                line = " ".repeat(rest);
                used = rest;
            } else if !empty {
                line.push_str(&" ".repeat(gap));
                used += gap;
            }
            line.push_str(word);
            used += wide;
            empty = false;
            gap = 1;
        }
        self.text.push_str(line.trim_end_matches(' '));
        self.text.push('\n');
    }

    pub fn painted(&self, severity: Severity, text: &str) -> String {
        let code = match (self.colour, severity) {
            (Colour::Plain, _) => return text.to_owned(),
            (Colour::Coloured, Severity::Success) => "32",
            (Colour::Coloured, Severity::Normal) => "36",
            (Colour::Coloured, Severity::Warning) => "33",
            (Colour::Coloured, Severity::Error) => "31",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

pub fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// Foreign words must not command the terminal (escape sequences) or turn its text around
/// (bidirectional controls): such characters become spaces.
pub fn safe(text: &str) -> String {
    let harmless = |character: char| match character {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => ' ',
        control if control.is_control() => ' ',
        other => other,
    };
    text.chars().map(harmless).collect()
}

/// Columns that a text takes: combining marks and joiners none, East Asian wide characters and
/// emoji two (a rough cut of Unicode UAX #11, enough for names and letters of mail).
pub fn width(text: &str) -> usize {
    text.chars()
        .map(|character| match u32::from(character) {
            0x0300..=0x036F
            | 0x0483..=0x0489
            | 0x200B..=0x200F
            | 0x20D0..=0x20FF
            | 0xFE00..=0xFE0F
            | 0xFEFF => 0,
            0x1100..=0x115F
            | 0x2E80..=0x303E
            | 0x3041..=0xA4CF
            | 0xAC00..=0xD7A3
            | 0xF900..=0xFAFF
            | 0xFE30..=0xFE6F
            | 0xFF00..=0xFF60
            | 0xFFE0..=0xFFE6
            | 0x1F300..=0x1F64F
            | 0x1F900..=0x1F9FF
            | 0x20000..=0x3FFFD => 2,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page() -> Page {
        Page::new(Language::Uk, Colour::Plain)
    }

    #[test]
    fn wide_and_combining_characters_are_counted_as_they_show() {
        assert_eq!(width("Їжак"), 4);
        assert_eq!(width("й"), width("и\u{306}"));
        assert_eq!(width("漢字"), 4);
    }

    #[test]
    fn foreign_words_cannot_command_the_terminal() {
        let mut page = page();
        page.wrapped("a\u{1b}[2Jb\u{202e}c\nd", 0, 0);
        assert_eq!(page.text, "a [2Jb c d\n");
    }

    proptest! {
        #[test]
        fn short_words_never_pass_the_edge(words in proptest::collection::vec("[а-яії漢]{1,20}", 1..40), first in 0usize..30) {
            let mut page = page();
            page.wrapped(&words.join(" "), first, first);
            for line in page.text.lines() {
                prop_assert!(width(line) <= WIDTH, "{line}");
            }
            let said: Vec<&str> = page.text.split_whitespace().collect();
            prop_assert_eq!(said, words.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}
