//! What a file of this world is, layer by layer: for people who got one and wonder.
//!
//! [`inspect`] looks without keys and believes nothing: it says whose signatures hold, not whether
//! the signers are trusted. [`peel`] opens with keys and trust. Both look at the bytes alone, and
//! both stop at [`MAX_LAYERS`](crate::crypto::MAX_LAYERS).

mod layers;
mod page;
mod peel;

pub use layers::inspect;
pub use peel::{Keyring, PeelError, Peeled, peel};

/// One layer, or one thing in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// One word for programs: `container`, `signed`, `certificate` …
    pub what: &'static str,
    /// The same for people.
    pub title: String,
    /// Name and value, in the order of showing.
    pub facts: Vec<(String, String)>,
    pub inside: Vec<Node>,
}

impl Node {
    fn new(what: &'static str, title: impl Into<String>) -> Self {
        Self { what, title: title.into(), ..Self::default() }
    }

    fn fact(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.facts.push((name.into(), value.into()));
    }

    fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fact(name, value);
        self
    }

    /// A layer that did not read.
    fn unreadable(what: &'static str, title: impl Into<String>, error: impl ToString) -> Self {
        Self::new(what, title).with("error", error.to_string())
    }

    /// This node and all below it, from the outside inwards.
    pub fn all(&self) -> Vec<&Node> {
        let mut found = vec![self];
        let mut next = 0;
        while let Some(node) = found.get(next).copied() {
            found.extend(&node.inside);
            next += 1;
        }
        found
    }
}
