//! Keys and what opens them: the vault, the tokens, the secrets by their names.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Error, holder, suite};
use crate::config::{self, Config, SecretRef};
use crate::crypto::Suite;
use crate::crypto::international::International;
use crate::engine::ports::{Secrets, Vault, VaultError};
use crate::exchange::{Exchange, ExchangeId, Problem};
use crate::os;
use crate::vault::FileVault;
use crate::vault::password::weakness;
use crate::vault::token::{Probe, Token, TokenSettings};

/// The vault of the configuration. Each holder's keys are kept by the suite of its authority.
pub fn vault(config: &Config) -> Result<FileVault, Error> {
    let of = |name: &str| {
        let authority = config.authorities.iter().find(|authority| authority.name == name);
        authority.and_then(|authority| suite(&authority.profile))
    };
    let first: Arc<dyn Suite> = Arc::new(International::default());
    let mut vault = FileVault::open(&config.data.join("keys"), first, os::chance())?;
    for holder in &config.holders {
        if let Some(suite) = of(&holder.authority) {
            vault = vault.with_suite_of(&holder.id, suite);
        }
        if let Some(token) = token(config, holder) {
            vault = vault.with_token_of(&holder.id, token);
        }
    }
    Ok(vault)
}

/// The token of a holder, if it has one. Nothing is loaded or opened yet.
pub fn token(config: &Config, holder: &config::Holder) -> Option<Token> {
    let written = holder.token.as_ref()?;
    let pin = written.pin.clone();
    let settings = TokenSettings {
        module: written.module.clone(),
        label: written.label.clone(),
        serial: written.serial.clone(),
        keys: config.profile_of(&holder.id).map(|profile| profile.keys).unwrap_or_default(),
        pin: Box::new(move || pin.resolve(&os::variable)),
    };
    Some(Token::new(settings, &config.data.join("tokens")))
}

/// A look at every holder's token, for `certpost doctor`: by the holder's id. A PIN that was refused
/// before is not presented again.
pub fn probe_tokens(config: &Config) -> Vec<(String, Result<Probe, Problem>)> {
    let look = |holder: &config::Holder| Some((holder.id.clone(), token(config, holder)?.probe()));
    config.holders.iter().filter_map(look).collect()
}

/// New keys that wait for nothing any more, for `certpost doctor`: their exchange was withdrawn, or
/// is unknown. Keys of earlier attempts of an open one still wait, as a late grant may name them.
pub fn orphans(
    vault: &dyn Vault,
    exchanges: &[Exchange],
) -> Result<Vec<(ExchangeId, u32)>, VaultError> {
    let open = exchanges.iter().filter(|exchange| !exchange.is_closed());
    let waiting: Vec<_> =
        open.flat_map(|one| (1..=one.attempt).map(|attempt| (one.id.clone(), attempt))).collect();
    vault.orphans(&waiting)
}

/// Secrets by the engine's names.
struct ByHolder(Vec<(String, SecretRef)>);

impl Secrets for ByHolder {
    fn read(&self, reference: &str) -> Result<Zeroizing<String>, Problem> {
        match self.0.iter().find(|(name, _)| name == reference) {
            Some((_, secret)) => secret.resolve(&os::variable),
            None => Err(Problem {
                label: "secret-missing".into(),
                detail: format!("the configuration has no {reference}"),
            }),
        }
    }
}

pub fn secrets(config: &Config) -> Box<dyn Secrets> {
    let mut known = Vec::new();
    for one in &config.holders {
        let names = holder(one);
        let new = one.new_keys_password();
        let again = one.new_password_again.as_ref().or(new);
        for (name, secret) in [
            (names.password_reference(), one.password.as_ref()),
            (names.new_password_reference(), new),
            (names.repetition_reference(), again),
        ] {
            known.extend(secret.map(|secret| (name, secret.clone())));
        }
        known.push((names.phrase_reference(), one.blocking_phrase.clone()));
    }
    Box::new(ByHolder(known))
}

/// Passwords of new keys that are easy to guess, as warnings. One that can't be read now is told by
/// whoever needs it.
pub fn weak_passwords(config: &Config) -> Vec<Problem> {
    let weak = |holder: &config::Holder| {
        let secret = holder.new_keys_password().filter(|_| holder.token.is_none())?;
        let password = secret.resolve(&os::variable).ok()?;
        let weakness = weakness(&password, &holder.id, &holder.name)?;
        Some(weakness.problem(&holder.id))
    };
    config.holders.iter().filter_map(weak).collect()
}
