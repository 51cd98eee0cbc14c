//! The herald from a configuration.

use std::sync::Arc;
use std::time::Duration;

use super::Error;
use super::post::server;
use crate::carrier::post::{self, Sender};
use crate::config::Config;
use crate::herald::{self, Herald, Pulse};
use crate::store::Store;

/// The herald's settings.
pub fn telling(config: &Config) -> herald::Settings {
    herald::Settings {
        organisation: config.organisation.clone(),
        zone: jiff::tz::TimeZone::get(&config.zone).unwrap_or(jiff::tz::TimeZone::UTC),
        notify: config.notify.clone(),
        contacts: config.contacts.clone(),
    }
}

/// The ways to people. Nothing is connected yet.
pub fn ways(config: &Config, store: Option<Arc<dyn Store>>) -> Result<herald::RealWays, Error> {
    // Nobody waits for a message: what takes longer is tried again later.
    let limits = post::Limits {
        connect: Duration::from_secs(15),
        command: Duration::from_secs(30),
        last_reply: Duration::from_secs(120),
        ..post::Limits::default()
    };
    let sender = Sender::new(
        config.notify.from.clone(),
        server(&config.notify.smtp, &config.data)?,
        limits,
    )?;
    Ok(herald::RealWays { sender, store })
}

/// The herald, at work; `None` when there is nobody to tell and no heartbeat to give.
pub fn herald(config: &Config, store: Arc<dyn Store>) -> Result<Option<herald::Running>, Error> {
    let heartbeat = &config.heartbeat;
    if config.contacts.is_empty() && heartbeat.file.is_none() && heartbeat.url.is_none() {
        return Ok(None);
    }
    let ways = Box::new(ways(config, Some(store))?);
    let herald = Herald::new(telling(config), ways, &config.data);
    let running = herald::Running::start(herald, Pulse::new(heartbeat.clone()));
    running.map(Some).map_err(|source| Error::File {
        operation: "start a thread for",
        path: config.data.join("messages.json"),
        source,
    })
}
