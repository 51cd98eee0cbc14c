//! Weak passwords of new keys: warned about, never refused. The rule is short and our own; what an
//! authority demands is its profile's `password-min`.

use std::fmt;

use crate::exchange::Problem;

/// Characters below which a password is called short.
const SHORT: usize = 8;

/// What everybody tries first, in small letters. Longer lists belong to whoever guesses.
const COMMON: &[&str] = &[
    "password",
    "passw0rd",
    "password1",
    "qwertyuiop",
    "letmein1",
    "iloveyou",
    "welcome1",
    "administrator",
    "changeme",
    "princess",
    "sunshine",
    "football",
    "certpost",
    "пароль123",
    "приватбанк",
    "бухгалтер",
    "директор",
    "україна",
    "ukraine1",
    "slavaukraini",
    "славаукраїні",
];

/// Rows of keys, as people run a finger over them.
const ROWS: &[&str] = &[
    "1234567890",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "йцукенгшщзхї",
    "фівапролджє",
    "ячсмитьбю",
    "abcdefghijklmnopqrstuvwxyz",
    "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
];

/// Why a password is easy to guess; the gravest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weakness {
    /// One of a few that everybody tries.
    Common,
    /// The holder's id or a word of the holder's name, with little besides.
    Name,
    /// One character over and over, or a row of the keyboard.
    Row,
    Digits,
    Short,
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Common => f.write_str("it is one that everybody tries first"),
            Self::Name => f.write_str("it is the holder's own name"),
            Self::Row => f.write_str("it is one character or a row of the keyboard"),
            Self::Digits => f.write_str("it has only digits"),
            Self::Short => write!(f, "it has fewer than {SHORT} characters"),
        }
    }
}

impl Weakness {
    /// For people; the password is not in it.
    pub fn problem(self, holder: &str) -> Problem {
        let detail = format!("the password of {holder}'s new keys is weak: {self}");
        Problem { label: "password-weak".into(), detail }
    }
}

/// The gravest weakness of a holder's password for new keys. `id` and `name` are the holder's.
pub fn weakness(password: &str, id: &str, name: &str) -> Option<Weakness> {
    let small = zeroize::Zeroizing::new(password.to_lowercase());
    let length = password.chars().count();
    // Digits and signs around a word hide it from nobody.
    let bare = small.trim_matches(|c: char| !c.is_alphabetic());
    let own = |word: &str| word.chars().count() > 2 && (*small == word || bare == word);
    let mut words = name.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    if COMMON.contains(&small.as_str()) {
        return Some(Weakness::Common);
    }
    if own(&id.to_lowercase()) || own(&name.to_lowercase()) || words.any(|word| own(&word)) {
        return Some(Weakness::Name);
    }
    let first = small.chars().next();
    let same = small.chars().all(|c| Some(c) == first);
    let reversed: zeroize::Zeroizing<String> = small.chars().rev().collect::<String>().into();
    let row = |row: &&str| row.contains(small.as_str()) || row.contains(reversed.as_str());
    if same || ROWS.iter().any(row) {
        return Some(Weakness::Row);
    }
    if password.chars().all(|c| c.is_ascii_digit()) {
        return Some(Weakness::Digits);
    }
    (length < SHORT).then_some(Weakness::Short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_named_and_good_ones_are_left_alone() {
        let of = |password| weakness(password, "director", "Зразкова Оксана Петрівна");
        for (password, wanted) in [
            ("Password", Weakness::Common),
            ("бухгалтер", Weakness::Common),
            ("director", Weakness::Name),
            ("Director2026!", Weakness::Name),
            ("Оксана1985", Weakness::Name),
            ("зразкова оксана петрівна", Weakness::Name),
            ("aaaaaaaaaaaa", Weakness::Row),
            ("87654321", Weakness::Row),
            ("йцукенгш", Weakness::Row),
            ("", Weakness::Row),
            ("190319851948", Weakness::Digits),
            ("x7!ї", Weakness::Short),
        ] {
            assert_eq!(of(password), Some(wanted), "{password}");
        }
        for good in ["калина-8 лоза", "correct horse", "qwert7asdf!zx", "9f3c-77ab"] {
            assert_eq!(of(good), None, "{good}");
        }
        // A name of one or two letters is in many good passwords' bare form.
        assert_eq!(weakness("12345-я-54321", "я", "Я"), None);
    }

    #[test]
    fn the_warning_does_not_repeat_the_password() {
        let problem = weakness("hunter2", "seal", "ТОВ").unwrap().problem("seal");
        assert!(!problem.detail.contains("hunter2"), "{}", problem.detail);
        assert!(problem.detail.contains("fewer than 8"), "{}", problem.detail);
    }
}
