//! Signs of life after good rounds. Whoever watches them hears when they stop.

use crate::config::Heartbeat;
use crate::store::durable;
use crate::time::{Span, Timestamp};

use super::ways::call;

/// The heartbeat's file and address.
pub struct Pulse {
    settings: Heartbeat,
    called: Option<Timestamp>,
    /// As last logged: what has not changed is not logged again.
    failed: Option<String>,
}

impl Pulse {
    pub fn new(settings: Heartbeat) -> Self {
        Self { settings, called: None, failed: None }
    }

    /// A good round ended at `now`. What fails is logged; the watchdog notices the rest.
    pub fn beat(&mut self, now: Timestamp) {
        let mut failed = Vec::new();
        if let Some(file) = &self.settings.file
            && let Err(error) = durable::write(file, format!("{now}\n").as_bytes())
        {
            failed.push(format!("cannot write {}: {error}", file.display()));
        }
        let pause = Span::minutes(i64::from(self.settings.minutes));
        let due = self.called.is_none_or(|called| now - called >= pause || called > now);
        if let Some(url) = self.settings.url.as_deref().filter(|_| due) {
            // A failed call is made again with the next round.
            match call(url, self.settings.ca_file.as_deref()) {
                Ok(()) => self.called = Some(now),
                Err(error) => failed.push(error),
            }
        }
        let failed = (!failed.is_empty()).then(|| failed.join("; "));
        if failed != self.failed {
            match &failed {
                Some(why) => tracing::warn!("no heartbeat: {why}"),
                None => tracing::info!("the heartbeat is back"),
            }
        }
        self.failed = failed;
    }
}
