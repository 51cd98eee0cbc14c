//! Names on the shelf: checked before they become a part of any path.

use super::problem;
use crate::crypto::Usage;
use crate::engine::ports::VaultError;
use crate::exchange::ExchangeId;

/// Whether a name may become a folder: 1 to 64 of `[a-z0-9-]`. No such name leaves its folder (F49).
pub fn is_holder_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&id.len()) && id.bytes().all(fits)
}

pub(super) const USAGES: [Usage; 2] = [Usage::Signing, Usage::Agreement];

pub(super) fn word(usage: Usage) -> &'static str {
    match usage {
        Usage::Signing => "signing",
        Usage::Agreement => "agreement",
    }
}

/// The folder of one holder, on the shelf.
pub(super) fn folder(holder: &str) -> Result<String, VaultError> {
    if is_holder_id(holder) {
        return Ok(holder.into());
    }
    Err(problem("vault-name", format!("«{}» can't name a folder", holder.escape_debug())))
}

/// `EXCHANGE-ATTEMPT`.
pub(super) fn case(exchange: &ExchangeId, attempt: u32) -> Result<String, VaultError> {
    Ok(format!("{}-{attempt}", folder(&exchange.0)?))
}
