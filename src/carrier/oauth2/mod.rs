//! Access tokens instead of passwords (RFC 6749): out of a grant with a refresh token, or out of a
//! file that another program writes. Tokens are never logged and never part of a problem's words.
//!
//! Blocking, with an end to every wait. Labels that can come out of here: `oauth-refresh`,
//! `oauth-grant`, and whatever a [`Secret`] closure gives.

mod endpoint;
mod grant;
mod kept;

use zeroize::Zeroizing;

use crate::exchange::Problem;

pub use grant::{Grant, GrantSettings};

/// Reads a secret when it is needed.
pub type Secret = Box<dyn Fn() -> Result<Zeroizing<String>, Problem> + Send + Sync>;

/// Where access tokens come from; the servers of one mailbox share it.
pub trait Tokens: Send + Sync {
    /// A token that is good for some time still.
    fn token(&self) -> Result<Zeroizing<String>, Problem>;

    /// Another token than `refused`, which a server did not take; `None` when there is none.
    fn other_than(&self, refused: &str) -> Result<Option<Zeroizing<String>>, Problem>;

    /// Called in every round: keeps a grant from dying of disuse. What a person should know, as
    /// long as it lasts.
    fn upkeep(&self) -> Vec<Problem>;
}

/// A file that another program keeps filled; read anew for each login.
pub struct TokenFile(pub Secret);

impl Tokens for TokenFile {
    fn token(&self) -> Result<Zeroizing<String>, Problem> {
        (self.0)()
    }

    fn other_than(&self, refused: &str) -> Result<Option<Zeroizing<String>>, Problem> {
        let now = (self.0)()?;
        Ok(Some(now).filter(|now| now.as_str() != refused))
    }

    fn upkeep(&self) -> Vec<Problem> {
        Vec::new()
    }
}
