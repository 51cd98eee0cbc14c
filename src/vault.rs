//! Private keys at rest, certificates put in place.

/// Whether a name may become a folder: 1 to 64 of `[a-z0-9-]`.
pub fn is_holder_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&id.len()) && id.bytes().all(fits)
}
