//! What a certificate tells about its holder's role, and what only the configuration can
//! (ukraine.md §4.2).

use std::fmt;

use super::Role;
use crate::crypto::Certificate;

/// Whose a certificate is, by its extended usage and codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The extended usage «електронна печатка»: an organisation's or a sole proprietor's seal.
    Seal,
    /// ЄДРПОУ and no person's code or name: a seal from before that usage, or a technical one.
    Organisation,
    /// A person of an organisation: ДРФО and another ЄДРПОУ.
    Member,
    /// ЄДРПОУ and ДРФО are the same.
    SoleProprietor,
    /// Only ДРФО.
    Person,
    /// Not the codes that would tell.
    Unknown,
}

/// What a certificate tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleHint {
    pub owner: Owner,
    /// The role that usage, codes and `title` (посада) speak for. A title is free text: it is
    /// shown, and contradicts nobody.
    pub role: Option<Role>,
    /// The title that `role` was read from.
    pub title: Option<String>,
}

impl RoleHint {
    /// Whether the certificate can't be of a holder with this role, whatever its title says.
    pub fn contradicts(&self, configured: Role) -> bool {
        match self.owner {
            Owner::Seal => configured != Role::Seal,
            Owner::Member => configured == Role::Seal,
            Owner::Organisation | Owner::SoleProprietor | Owner::Person | Owner::Unknown => false,
        }
    }
}

/// For `inspect` and for comparisons: «a person of an organisation; director, by the title …».
impl fmt::Display for RoleHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.owner {
            Owner::Seal => "seal, by its extended usage",
            Owner::Organisation => "an organisation: seal, by its codes",
            Owner::Member => "a person of an organisation",
            Owner::SoleProprietor => "a sole proprietor",
            Owner::Person => "a person",
            Owner::Unknown => "not told",
        })?;
        match (&self.title, self.role) {
            (Some(title), Some(role)) => write!(f, "; {}, by the title «{title}»", role.word()),
            _ => Ok(()),
        }
    }
}

impl Role {
    /// As configurations write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Director => "director",
            Self::Accountant => "accountant",
            Self::Seal => "seal",
            Self::Employee => "employee",
        }
    }
}

/// Reads the role out of a certificate.
pub fn role_hint(certificate: &Certificate) -> RoleHint {
    let subject = certificate.subject();
    let is_named = subject.surname.is_some() || subject.given_name.is_some();
    let owner = match (&subject.edrpou, &subject.drfo) {
        _ if certificate.is_electronic_seal() => Owner::Seal,
        (Some(organisation), Some(person)) if organisation == person => Owner::SoleProprietor,
        (Some(_), Some(_)) => Owner::Member,
        (Some(_), None) if !is_named => Owner::Organisation,
        (None, Some(_)) => Owner::Person,
        (_, None) => Owner::Unknown,
    };
    let titled = subject.title.as_deref().and_then(|title| Some((title, of_title(title)?)));
    match (owner, titled) {
        (Owner::Seal | Owner::Organisation, _) => {
            RoleHint { owner, role: Some(Role::Seal), title: None }
        }
        (_, Some((title, role))) => {
            RoleHint { owner, role: Some(role), title: Some(title.to_owned()) }
        }
        // Who trades under their own name directs it.
        (Owner::SoleProprietor, None) => {
            RoleHint { owner, role: Some(Role::Director), title: None }
        }
        (_, None) => RoleHint { owner, role: None, title: None },
    }
}

/// Titles are free text; these beginnings are what authorities offer for choice.
fn of_title(title: &str) -> Option<Role> {
    const DIRECTORS: [&str; 6] =
        ["директор", "генеральний директор", "керівник", "голова", "президент", "ректор"];
    const ACCOUNTANTS: [&str; 2] = ["головний бухгалтер", "бухгалтер"];
    let title = title.trim().to_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| title.starts_with(word));
    if title.is_empty() || title.contains("технологічний") {
        None
    } else if begins(&ACCOUNTANTS) {
        Some(Role::Accountant)
    } else if begins(&DIRECTORS) {
        Some(Role::Director)
    } else {
        Some(Role::Employee)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::issue::{self, Template, self_signed};
    use crate::crypto::{Suite as _, Usage, name, oid, ukrainian::Ukrainian};
    use crate::time::{Span, Timestamp};
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng as _;

    /// A certificate of `(ЄДРПОУ, ДРФО, title, electronic seal, named as a person)`.
    fn hint((edrpou, drfo, title, seal, named): (&str, &str, &str, bool, bool)) -> RoleHint {
        let mut chance = ChaCha20Rng::seed_from_u64(1);
        let key = Ukrainian.generate(Usage::Signing, &mut chance).unwrap();
        let mut parts = vec![(oid::COMMON_NAME, "Проба")];
        parts.extend((!title.is_empty()).then_some((oid::TITLE, title)));
        parts.extend(named.then_some((oid::SURNAME, "Ґалаґан")));
        let now = Timestamp(1_795_305_600);
        let role = issue::Role::Half(Usage::Signing);
        let public_key = Ukrainian.public_key(&key).unwrap();
        let validity = (now, now + Span::days(1));
        let mut template = Template::new(name::build(&parts), public_key, role, 1, validity);
        let code = |code: &str| Some(code.to_owned()).filter(|code| !code.is_empty());
        (template.edrpou, template.drfo) = (code(edrpou), code(drfo));
        template.is_electronic_seal = seal;
        role_hint(&self_signed(&template, &key, &Ukrainian, &mut chance).unwrap())
    }

    #[test]
    fn usage_and_codes_tell_whose_it_is() {
        let (company, person) = ("12345678", "1234567890");
        for (certificate, owner, role) in [
            ((company, "", "", true, false), Owner::Seal, Some(Role::Seal)),
            // A sole proprietor's seal bears the person's code.
            ((person, person, "", true, true), Owner::Seal, Some(Role::Seal)),
            ((company, person, "Директор", true, true), Owner::Seal, Some(Role::Seal)),
            ((company, "", "", false, false), Owner::Organisation, Some(Role::Seal)),
            ((company, "", "", false, true), Owner::Unknown, None),
            ((company, person, "", false, true), Owner::Member, None),
            ((person, person, "", false, true), Owner::SoleProprietor, Some(Role::Director)),
            (("", person, "", false, true), Owner::Person, None),
            (("", "", "", false, false), Owner::Unknown, None),
        ] {
            let found = hint(certificate);
            assert_eq!((found.owner, found.role), (owner, role), "{certificate:?}");
        }
    }

    #[test]
    fn titles_are_read_as_people_write_them() {
        for (title, role) in [
            ("Директор", Some(Role::Director)),
            ("ГЕНЕРАЛЬНИЙ ДИРЕКТОР", Some(Role::Director)),
            ("Голова правління", Some(Role::Director)),
            ("Заступник директора", Some(Role::Employee)),
            ("Головний бухгалтер", Some(Role::Accountant)),
            (" бухгалтер", Some(Role::Accountant)),
            ("Менеджер", Some(Role::Employee)),
            ("Технологічний сертифікат", None),
        ] {
            assert_eq!(hint(("12345678", "1234567890", title, false, true)).role, role, "{title}");
        }
    }

    #[test]
    fn only_what_is_certain_contradicts() {
        let roles = [Role::Director, Role::Accountant, Role::Employee, Role::Seal];
        let contradicted = |certificate| {
            let found = hint(certificate);
            roles.map(|role| found.contradicts(role))
        };
        assert_eq!(contradicted(("12345678", "", "", true, false)), [true, true, true, false]);
        let person = ("12345678", "1234567890", "Директор", false, true);
        assert_eq!(contradicted(person), [false, false, false, true]);
        assert_eq!(contradicted(("12345678", "", "", false, false)), [false; 4]);
        assert_eq!(contradicted(("1234567890", "1234567890", "", false, true)), [false; 4]);
        assert_eq!(contradicted(("", "1234567890", "", false, true)), [false; 4]);
        assert_eq!(contradicted(("", "", "", false, false)), [false; 4]);
    }

    #[test]
    fn a_hint_reads_as_a_sentence() {
        let told = hint(("12345678", "1234567890", "Директор", false, true)).to_string();
        assert_eq!(told, "a person of an organisation; director, by the title «Директор»");
        let told = hint(("12345678", "", "", true, false)).to_string();
        assert_eq!(told, "seal, by its extended usage");
    }
}
