//! A grant: a refresh token that gives access tokens, hour by hour, until it dies.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zeroize::Zeroizing;

use super::endpoint::{Answer, Endpoint, Failure, Question};
use super::kept::{Kept, Place};
use super::{Secret, Tokens};
use crate::carrier::problem;
use crate::exchange::Problem;
use crate::time::{Span, Timestamp};

/// A person is told so long before a grant dies (F13).
const WARNING: Span = Span::days(14);
/// A grant is used at least so often, though the connection may need no new token for weeks.
const USE: Span = Span::days(1);
/// A token is renewed so long before its end.
const MARGIN: Span = Span::minutes(5);
/// After a failure the endpoint is left in peace so long.
const PEACE: Span = Span::minutes(1);

pub struct GrantSettings {
    pub endpoint: String,
    /// PEM certificates to trust instead of the system's roots.
    pub ca: Option<Vec<u8>>,
    pub client_id: String,
    pub client_secret: Option<Secret>,
    pub refresh_token: Secret,
    pub scope: Option<String>,
    /// The day that a person knows: the consent or the client secret ends.
    pub ends: Option<Timestamp>,
    /// The grant dies when it is not used for so long.
    pub idle: Option<Span>,
    /// The end of one question to the endpoint.
    pub deadline: Duration,
    /// The file for what must be kept.
    pub kept: PathBuf,
    pub now: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

/// A grant at a token endpoint.
pub struct Grant {
    settings: GrantSettings,
    endpoint: Endpoint,
    place: Place,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    access: Option<Access>,
    used: Option<Timestamp>,
    ends: Option<Timestamp>,
    /// The last attempt's, and when it was.
    failure: Option<(Problem, Timestamp)>,
    /// The refresh token that could not be kept on the disk; without it the grant is lost.
    unkept: Option<Kept>,
}

struct Access {
    token: Zeroizing<String>,
    had: Timestamp,
    ends: Timestamp,
}

impl Access {
    /// Short-lived ones are renewed at half of their life.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let margin = Span::seconds(MARGIN.0.min((self.ends - self.had).0 / 2));
        self.had <= now && now < self.ends - margin
    }
}

impl Grant {
    /// Fails when the roots can't be used. Asks nobody yet.
    pub fn new(settings: GrantSettings) -> Result<Self, Problem> {
        let endpoint = Endpoint::new(&settings.endpoint, settings.ca.as_deref(), settings.deadline)
            .map_err(|detail| problem("oauth-refresh", detail))?;
        let place = Place::new(settings.kept.clone());
        Ok(Self { settings, endpoint, place, state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a token, unless it was in vain a moment ago.
    fn refresh(&self, state: &mut State, now: Timestamp) -> Result<(), Problem> {
        if let Some((problem, at)) = &state.failure
            && *at <= now
            && now - *at < PEACE
        {
            return Err(problem.clone());
        }
        match self.ask(state, now) {
            Ok(()) => {
                state.failure = None;
                Ok(())
            }
            Err(problem) => {
                state.failure = Some((problem.clone(), now));
                Err(problem)
            }
        }
    }

    fn ask(&self, state: &mut State, now: Timestamp) -> Result<(), Problem> {
        let settings = &self.settings;
        let disk = |error: std::io::Error| {
            let place = settings.kept.display();
            problem("oauth-refresh", format!("cannot use {place}: {error}"))
        };
        let _held = self.place.lock().map_err(disk)?;
        let configured = (settings.refresh_token)()?;
        let client_secret = settings.client_secret.as_ref().map(|secret| secret()).transpose()?;
        let grown_from = crate::crypto::digest(configured.as_bytes()).to_string();
        let unkept = state.unkept.take().filter(|kept| kept.grown_from == grown_from);
        let kept = unkept.or_else(|| self.place.read(&grown_from));
        let shown = kept.as_ref().map_or(configured.as_str(), |kept| &kept.refresh_token);
        let question = Question {
            client_id: &settings.client_id,
            client_secret: client_secret.as_ref().map(|secret| secret.as_str()),
            refresh_token: shown,
            scope: settings.scope.as_deref(),
        };
        let Answer { access, life, rotated, grant_life } =
            self.endpoint.ask(&question).map_err(|failure| match failure {
                Failure::Ended(detail) => problem("oauth-grant", detail),
                Failure::Failed(detail) => problem("oauth-refresh", detail),
            })?;
        let ends = grant_life.map(|life| now + life);
        let ends = ends.or_else(|| kept.as_ref().and_then(|kept| kept.ends));
        let refresh_token = rotated.as_ref().map_or(shown, |token| token.as_str()).to_owned();
        let keep = Kept { grown_from, refresh_token, used: now, ends };
        (state.used, state.ends) = (Some(now), ends);
        state.access = Some(Access { token: access, had: now, ends: now + life });
        // The new refresh token is on the disk before anybody uses what came with it. If the disk
        // is full, it lives here, and a person must know.
        self.place.write(&keep).map_err(|error| {
            state.unkept = Some(keep);
            disk(error)
        })
    }

    fn remember(&self, state: &mut State) {
        if state.used.is_some() {
            return;
        }
        let Ok(configured) = (self.settings.refresh_token)() else { return };
        let grown_from = crate::crypto::digest(configured.as_bytes()).to_string();
        if let Some(kept) = self.place.read(&grown_from) {
            (state.used, state.ends) = (Some(kept.used), kept.ends);
        }
    }

    /// The nearest of the ends that are known.
    fn end(&self, state: &State) -> Option<Timestamp> {
        let idle = state.used.zip(self.settings.idle).map(|(used, idle)| used + idle);
        [self.settings.ends, state.ends, idle].into_iter().flatten().min()
    }
}

impl Tokens for Grant {
    fn token(&self) -> Result<Zeroizing<String>, Problem> {
        let now = (self.settings.now)();
        let mut state = self.state();
        if !state.access.as_ref().is_some_and(|access| access.is_fresh(now)) {
            let asked = self.refresh(&mut state, now);
            // One that has some minutes left is better than none; `upkeep` tells.
            let lives = state.access.as_ref().is_some_and(|a| a.had <= now && now < a.ends);
            if !lives {
                asked?;
            }
        }
        let access = state.access.as_ref().map(|access| access.token.clone());
        access.ok_or_else(|| problem("oauth-refresh", "the endpoint gave no token"))
    }

    fn other_than(&self, refused: &str) -> Result<Option<Zeroizing<String>>, Problem> {
        let now = (self.settings.now)();
        let mut state = self.state();
        let other = |state: &State| {
            let access = state.access.as_ref().filter(|access| access.token.as_str() != refused)?;
            Some(access.token.clone())
        };
        if let Some(other) = other(&state) {
            return Ok(Some(other));
        }
        // A token that was had just now and is refused: the next one would be as well.
        let is_new = state.access.as_ref().is_some_and(|a| a.had <= now && now - a.had < PEACE);
        if is_new {
            return Ok(None);
        }
        self.refresh(&mut state, now)?;
        Ok(other(&state))
    }

    fn upkeep(&self) -> Vec<Problem> {
        let now = (self.settings.now)();
        let mut state = self.state();
        self.remember(&mut state);
        let in_use = state.used.is_some_and(|used| used <= now && now - used < USE);
        if !in_use || state.failure.is_some() {
            // Its failure is told below, as long as it lasts.
            let _ = self.refresh(&mut state, now);
        }
        let mut told: Vec<_> = state.failure.iter().map(|(problem, _)| problem.clone()).collect();
        if let Some(end) = self.end(&state).filter(|end| *end - now <= WARNING) {
            let verb = if end <= now { "ended" } else { "ends" };
            told.push(problem("oauth-grant", format!("the grant {verb} {end}")));
        }
        told
    }
}
