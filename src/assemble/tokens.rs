//! Access tokens as the configuration wants them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{Error, roots};
use crate::carrier::oauth2::{Grant, GrantSettings, Secret, TokenFile, Tokens};
use crate::config::{OAuth2, SecretRef};
use crate::engine::ports::CarrierError;
use crate::os;
use crate::time::{Span, Timestamp};

/// A token endpoint has so long: a login waits for it.
const DEADLINE: Duration = Duration::from_secs(30);

pub(super) fn tokens(oauth2: &OAuth2, data: &Path) -> Result<Arc<dyn Tokens>, Error> {
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
