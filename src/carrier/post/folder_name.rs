//! Folder names as IMAP wants them: modified UTF-7 (RFC 3501 §5.1.3) in a quoted string.

use base64::Engine as _;
use base64::alphabet::Alphabet;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

/// `Небажана` becomes `&BB0ENQQxBDAENgQwBD0EMA-`; `&` becomes `&-`; printable ASCII stays.
pub(super) fn modified_utf7(name: &str) -> String {
    let mut encoded = String::new();
    let mut foreign: Vec<u8> = Vec::new();
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            shift(&mut encoded, &mut foreign);
            encoded.push(c);
            if c == '&' {
                encoded.push('-');
            }
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                foreign.extend_from_slice(&unit.to_be_bytes());
            }
        }
    }
    shift(&mut encoded, &mut foreign);
    encoded
}

/// Writes what was gathered as `&…-`.
fn shift(encoded: &mut String, foreign: &mut Vec<u8>) {
    // RFC 3501: base64 with "," for "/", without padding. The alphabet is a constant, and 64
    // different characters, so the second arm is never taken.
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
    if foreign.is_empty() {
        return;
    }
    let alphabet = Alphabet::new(ALPHABET).unwrap_or(base64::alphabet::STANDARD);
    let config = GeneralPurposeConfig::new().with_encode_padding(false);
    encoded.push('&');
    encoded.push_str(&GeneralPurpose::new(&alphabet, config).encode(&*foreign));
    encoded.push('-');
    foreign.clear();
}

/// The name as an argument of a command: encoded, quoted, safe from injection (what is not
/// printable ASCII was encoded).
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", modified_utf7(name).replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_rfc_3501_and_of_ukrainian_mailboxes() {
        assert_eq!(modified_utf7("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        assert_eq!(modified_utf7("Небажана"), "&BB0ENQQxBDAENgQwBD0EMA-");
        assert_eq!(modified_utf7("A&B"), "A&-B");
        assert_eq!(quoted("a\"b\\c\r\nX LOGOUT"), "\"a\\\"b\\\\c&AA0ACg-X LOGOUT\"");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_name_becomes_one_printable_line(name in any::<String>()) {
            let argument = quoted(&name);
            prop_assert!(argument.chars().all(|c| (' '..='~').contains(&c)));
        }
    }
}
