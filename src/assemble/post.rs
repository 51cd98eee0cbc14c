//! The post carrier and its logins as the configuration wants them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::Error;
use crate::carrier::oauth2::{Grant, GrantSettings, Secret, TokenFile, Tokens};
use crate::carrier::post::{self, Post, PostSettings};
use crate::config::{self, Config, OAuth2, SecretRef};
use crate::engine::ports::{Carrier, CarrierError};
use crate::os;
use crate::time::{Span, Timestamp};

/// The mailbox's carrier. Nothing is connected yet.
pub fn carrier(config: &Config) -> Result<Box<dyn Carrier>, Error> {
    carrier_of(&config.mailbox, config.letter_megabytes, &config.data)
}

/// The carrier of any mailbox; larger letters are not fetched. What a grant must remember is kept
/// below `data`.
pub fn carrier_of(
    mailbox: &config::Mailbox,
    megabytes: usize,
    data: &Path,
) -> Result<Box<dyn Carrier>, Error> {
    Ok(Box::new(post_of(mailbox, megabytes, data)?))
}

/// The same, for whoever looks closer than a carrier lets.
pub fn post_of(mailbox: &config::Mailbox, megabytes: usize, data: &Path) -> Result<Post, Error> {
    let imap = server(&mailbox.imap, data)?;
    let mut smtp = server(&mailbox.smtp, data)?;
    // One grant for both: they share its tokens.
    if let post::Login::Token(tokens) = &imap.login
        && mailbox.imap.login == mailbox.smtp.login
    {
        smtp.login = post::Login::Token(Arc::clone(tokens));
    }
    let limits = post::Limits {
        letter_bytes: u64::try_from(megabytes).unwrap_or(25) * 1024 * 1024,
        ..post::Limits::default()
    };
    Ok(Post::new(PostSettings {
        address: mailbox.address.clone(),
        smtp,
        imap,
        folders: mailbox.folders.clone(),
        move_to: mailbox.move_to.clone(),
        limits,
    })?)
}

pub(super) fn server(server: &config::Server, data: &Path) -> Result<post::Server, Error> {
    let ca = roots(server.ca_file.as_deref())?;
    let login = match &server.login {
        config::Login::Password(password) => {
            let password = password.clone();
            post::Login::Password(Box::new(move || password.resolve(&os::variable)))
        }
        config::Login::OAuth2(oauth2) => post::Login::Token(tokens(oauth2, data)?),
    };
    Ok(post::Server {
        host: server.host.clone(),
        port: server.port,
        tls: match server.tls {
            config::Tls::Implicit => post::Tls::Implicit,
            config::Tls::Starttls => post::Tls::Starttls,
        },
        ca,
        user: server.user.clone(),
        login,
    })
}

/// The PEM file with roots to trust, if there is one.
fn roots(path: Option<&Path>) -> Result<Option<Vec<u8>>, Error> {
    let read = |path: &Path| {
        std::fs::read(path).map_err(|source| Error::File {
            operation: "read",
            path: path.to_owned(),
            source,
        })
    };
    path.map(read).transpose()
}

/// A token endpoint has so long: a login waits for it.
const DEADLINE: Duration = Duration::from_secs(30);

fn tokens(oauth2: &OAuth2, data: &Path) -> Result<Arc<dyn Tokens>, Error> {
    let grant = match oauth2 {
        OAuth2::TokenFile(path) => {
            return Ok(Arc::new(TokenFile(secret(&SecretRef::File(path.clone())))));
        }
        OAuth2::Grant(grant) => grant,
    };
    // One file for each client of each endpoint: another one's tokens are of no use to it.
    let name = crate::crypto::digest(format!("{}\n{}", grant.endpoint, grant.client_id).as_bytes());
    let name: String = name.to_string().chars().take(16).collect();
    let settings = GrantSettings {
        endpoint: grant.endpoint.clone(),
        ca: roots(grant.ca_file.as_deref())?,
        client_id: grant.client_id.clone(),
        client_secret: grant.client_secret.as_ref().map(secret),
        refresh_token: secret(&grant.refresh_token),
        scope: grant.scope.clone(),
        ends: grant.ends.and_then(midnight),
        idle: grant.idle_days.map(|days| Span::days(i64::from(days))),
        deadline: DEADLINE,
        kept: data.join("oauth2").join(format!("{name}.json")),
        now: Box::new(os::now),
    };
    let grant = Grant::new(settings).map_err(|problem| Error::Carrier(CarrierError(problem)))?;
    Ok(Arc::new(grant))
}

fn secret(reference: &SecretRef) -> Secret {
    let reference = reference.clone();
    Box::new(move || reference.resolve(&os::variable))
}

/// The begin of the day: who is told too early can act.
fn midnight(day: jiff::civil::Date) -> Option<Timestamp> {
    let zoned = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp(zoned.timestamp().as_second()))
}
