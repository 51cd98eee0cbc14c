//! A holder's passwords: the one that opens the keys in use, and the one of new keys (С11).

use zeroize::Zeroizing;

use super::ports::{Place, Secrets};
use super::setup::{Authority, Holder};
use crate::exchange::Problem;

/// Read for one deed, and wiped after it.
pub(super) struct Passwords {
    password: Zeroizing<String>,
    new: Zeroizing<String>,
}

impl Passwords {
    pub(super) fn read(holder: &Holder, secrets: &dyn Secrets) -> Result<Self, Problem> {
        let password = secrets.read(&holder.password_reference())?;
        let new = secrets.read(&holder.new_password_reference())?;
        Ok(Self { password, new })
    }

    pub(super) fn place<'a>(&'a self, holder: &'a Holder) -> Place<'a> {
        let (password, new_password) = (self.password.as_bytes(), self.new.as_bytes());
        Place { holder: &holder.id, password, new_password }
    }

    /// Whether new keys may get the new password: the authority's rule, and the second look.
    pub(super) fn check(
        &self,
        holder: &Holder,
        authority: &Authority,
        secrets: &dyn Secrets,
    ) -> Result<(), Problem> {
        let problem = |label: &str, detail| Problem { label: label.into(), detail };
        let least = authority.profile.password_min;
        if self.new.chars().count() < least {
            let detail = format!(
                "the password of {}'s new keys has fewer than {least} characters",
                holder.id
            );
            return Err(problem("password-short", detail));
        }
        if *secrets.read(&holder.repetition_reference())? != *self.new {
            let detail = format!("new-password-again of {} is not its new-password", holder.id);
            return Err(problem("password-repetition", detail));
        }
        Ok(())
    }
}
