//! A holder's passwords: the one that opens the keys in use, and the one of new keys (С11).

use zeroize::Zeroizing;

use super::ports::{Place, Secrets};
use super::setup::{Authority, Holder, NewKeys};
use crate::exchange::Problem;

/// Read for one deed, and wiped after it.
pub(super) struct Passwords {
    password: Zeroizing<String>,
    new: Zeroizing<String>,
}

impl Passwords {
    pub(super) fn read(holder: &Holder, secrets: &dyn Secrets) -> Result<Self, Problem> {
        let read = |reference: String| secrets.read(&reference);
        let (password, new) = match holder.new_keys {
            NewKeys::InFiles => {
                (read(holder.password_reference())?, read(holder.new_password_reference())?)
            }
            NewKeys::OnToken { earlier: true } => {
                let password = read(holder.password_reference())?;
                (password.clone(), password)
            }
            // The token's PIN is between the vault and the token.
            NewKeys::OnToken { earlier: false } => Default::default(),
        };
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
        if holder.new_keys != NewKeys::InFiles {
            return Ok(());
        }
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
