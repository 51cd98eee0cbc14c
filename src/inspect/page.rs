//! A tree of layers on a page of 80 columns, and as JSON.

use serde_json::{Map, Value, json};

use super::Node;

const COLUMNS: usize = 80;
/// Columns of a fact's name.
const NAME: usize = 14;
/// Deeper layers don't move further to the right.
const MAX_INDENT: usize = 24;

impl Node {
    /// Text in 80 columns, ending in a line break.
    pub fn text(&self) -> String {
        let mut page = String::new();
        self.write(&mut page, 0);
        page
    }

    fn write(&self, page: &mut String, indent: usize) {
        let margin = " ".repeat(indent);
        put(page, &margin, &format!("{margin}  "), &self.title);
        for (name, value) in &self.facts {
            let name = plain(name);
            let room = NAME.max(name.chars().count() + 1);
            let first = format!("{margin}  {name:<room$}");
            let rest = format!("{margin}  {}", " ".repeat(NAME));
            put(page, &first, &rest, value);
        }
        for node in &self.inside {
            node.write(page, (indent + 2).min(MAX_INDENT));
        }
    }

    /// `{"what", "title", "facts": {…}, "inside": […]}`; a fact that comes several times is a list.
    pub fn json(&self) -> Value {
        let mut facts = Map::new();
        for (name, value) in &self.facts {
            match facts.get_mut(name) {
                None => drop(facts.insert(name.clone(), json!(value))),
                Some(Value::Array(values)) => values.push(json!(value)),
                Some(one) => *one = json!([one.take(), value]),
            }
        }
        let inside: Vec<_> = self.inside.iter().map(Self::json).collect();
        json!({ "what": self.what, "title": self.title, "facts": facts, "inside": inside })
    }
}

/// Foreign text can't steer a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A value with words wrapped; a word longer than the line is cut.
fn put(page: &mut String, first: &str, rest: &str, value: &str) {
    let width = |lead: &str| COLUMNS.saturating_sub(lead.chars().count()).max(16);
    let mut lead = first;
    let mut line = String::new();
    let flush = |page: &mut String, lead: &str, line: &mut String| {
        page.push_str(format!("{lead}{line}").trim_end());
        page.push('\n');
        line.clear();
    };
    for word in plain(value).split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        let used = line.chars().count();
        if used > 0 && used + 1 + word.len() > width(lead) {
            flush(page, lead, &mut line);
            lead = rest;
        }
        while word.len() > width(lead) {
            let tail = word.split_off(width(lead));
            line = word.into_iter().collect();
            flush(page, lead, &mut line);
            lead = rest;
            word = tail;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word);
    }
    flush(page, lead, &mut line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_80_columns_and_no_control_characters() {
        let long = "дуже ".repeat(40);
        let inner =
            Node::new("b", "inner\u{1b}[2J").with("word", "x".repeat(300)).with("t", &*long);
        let mut node = inner;
        for _ in 0..20 {
            let mut outer = Node::new("a", &*long).with("a name that is quite long", &*long);
            outer.inside.push(node);
            node = outer;
        }
        let text = node.text();
        assert!(text.lines().all(|line| line.chars().count() <= COLUMNS), "{text}");
        assert!(!text.contains('\u{1b}'));
        assert_eq!(text.matches('x').count(), 300);
    }

    #[test]
    fn repeated_facts_become_lists() {
        let node = Node::new("a", "A").with("k", "1").with("k", "2").with("k", "3").with("l", "4");
        assert_eq!(node.json()["facts"], json!({ "k": ["1", "2", "3"], "l": "4" }));
    }
}
