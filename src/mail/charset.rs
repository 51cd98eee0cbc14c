//! Charsets become UTF-8 here and nowhere else (F33).

use encoding_rs::{Encoding, KOI8_U, UTF_8, WINDOWS_1251};

/// Decodes `bytes` by the declared `label`. A label that is missing, unknown, or that plainly
/// lies (`utf-8` or `us-ascii` over 8-bit bytes that are no UTF-8) is replaced by a guess.
pub fn decode(bytes: &[u8], label: Option<&str>) -> String {
    let declared = label.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
    match declared {
        Some(encoding) if encoding != UTF_8 && !is_ascii_label(label) => {
            encoding.decode_without_bom_handling(bytes).0.into_owned()
        }
        _ => guess(bytes),
    }
}

/// `us-ascii` and `iso-8859-1` are what senders write when they know nothing; browsers, and so
/// `Encoding::for_label`, read both as windows-1252, in which no Ukrainian word can be written.
fn is_ascii_label(label: Option<&str>) -> bool {
    label.is_some_and(|label| {
        let label = label.trim().to_ascii_lowercase();
        matches!(label.as_str(), "us-ascii" | "ascii" | "iso-8859-1" | "latin1")
    })
}

/// UTF-8 when the bytes are UTF-8; else windows-1251 or KOI8-U, whichever reads more like words.
pub fn guess(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let windows = WINDOWS_1251.decode_without_bom_handling(bytes).0;
    let koi = KOI8_U.decode_without_bom_handling(bytes).0;
    if likeness(&koi) > likeness(&windows) { koi.into_owned() } else { windows.into_owned() }
}

/// How much a text looks like Ukrainian or Russian. The two tables put different letters of
/// different case at the same bytes: a wrong reading is full of rare letters, turns case inside
/// out, and makes signs of `і`, `ї`, `є`.
fn likeness(text: &str) -> i64 {
    let mut score = 0;
    let mut after_small = false;
    for letter in text.chars().filter(|letter| !letter.is_ascii()) {
        let is_cyrillic = ('\u{400}'..='\u{4ff}').contains(&letter);
        let small = letter.to_lowercase().next().unwrap_or(letter);
        score += match small {
            _ if "оаинетрсвлкідупмяь".contains(small) => 3,
            _ if "ъыэёщюхфжцйшч".contains(small) => -2,
            _ if is_cyrillic || "«»–—’№“”…\u{a0}".contains(small) => 0,
            _ => -4,
        };
        if after_small && letter.is_uppercase() {
            score -= 3;
        }
        after_small = is_cyrillic && letter.is_lowercase();
    }
    score
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f33_charsets_without_a_label_are_told_apart() {
        for text in [
            "Квитанція про приймання заявки",
            "КВИТАНЦІЯ ПРО ПРИЙМАННЯ ЗАЯВКИ",
            "Олена Вигадана-Прикладна, директорка",
            "Її підписано",
            "ЖОВТЕНЬ 2026, м. Хмельницький",
            "Відмова: підпис не відповідає сертифікату 2",
        ] {
            assert_eq!(guess(text.as_bytes()), text);
            assert_eq!(guess(&WINDOWS_1251.encode(text).0), text);
            assert_eq!(guess(&KOI8_U.encode(text).0), text);
        }
    }

    #[test]
    fn a_label_is_believed_unless_it_plainly_lies() {
        let bytes = WINDOWS_1251.encode("Рішення").0;
        assert_eq!(decode(&bytes, Some("cp1251")), "Рішення");
        assert_eq!(decode(&bytes, Some("us-ascii")), "Рішення");
        assert_eq!(decode(&bytes, Some("utf-8")), "Рішення");
        assert_eq!(decode(&KOI8_U.encode("Рішення").0, Some("KOI8-U")), "Рішення");
        assert_eq!(decode("Рішення".as_bytes(), Some("x-nonsense")), "Рішення");
    }
}
