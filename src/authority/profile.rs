//! Profiles: an authority's manners as data. A new authority is one more file in `profiles/`.

use std::fmt;

use jiff::civil::Date;
use serde::Deserialize;

use super::Role;
use crate::crypto::international::KeyKind;
use crate::exchange::{Money, Policy};

/// How the authority gets its money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payment {
    /// «Рахунок вже сплачено».
    Prepaid,
    /// «Отримати рахунок».
    Invoice,
    /// «Сплатити on-line».
    Online,
}

/// Prices from a day on, per holder and year, whole certificate set.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PriceList {
    pub since: Date,
    /// ISO 4217.
    pub currency: String,
    /// In the smallest unit, for one year.
    pub one_year: i64,
    pub two_years: i64,
    /// A seal may cost something else; absent: the same.
    pub seal_one_year: Option<i64>,
    pub seal_two_years: Option<i64>,
    /// Only for holders of this price class; absent: for all that have none, or one without a
    /// list of its own.
    #[serde(default)]
    pub class: Option<String>,
    /// Per cent of VAT inside the prices; absent: without VAT, or nothing is said of it.
    #[serde(default)]
    pub vat_percent: Option<u8>,
}

/// An authority's manners.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    /// Its name for people.
    pub title: String,
    /// The dialect, by name.
    pub dialect: String,
    /// The suite, by name.
    pub suite: String,
    /// New keys of the suite `international`.
    #[serde(default)]
    pub keys: KeyKind,
    /// Whether the authority takes `AuthEnvelopedData` (AES-256-GCM, RFC 5083).
    #[serde(default)]
    pub authenticated_encryption: bool,
    /// Days before the end at which a renewal becomes due.
    pub lead_days: u16,
    /// Terms on offer, in years.
    pub terms: Vec<u8>,
    /// Characters that a new key's password must have at least.
    pub password_min: usize,
    /// Whether a new key's password must be given twice.
    #[serde(default)]
    pub password_twice: bool,
    /// Addresses offered by default.
    pub address: Option<String>,
    /// The page on which it is paid on-line, when it has one.
    #[serde(default)]
    pub payment_page: Option<String>,
    /// Whether №1 and №2 are the words that its users know.
    pub numbered_receipts: bool,
    pub prices: Vec<PriceList>,
    pub policy: Policy,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileError {
    pub name: String,
    pub detail: String,
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "profile {}: {}", self.name, self.detail)
    }
}

impl std::error::Error for ProfileError {}

impl Profile {
    /// The profiles that come with certpost.
    pub fn built_in(name: &str) -> Option<Result<Self, ProfileError>> {
        let text = match name {
            "sota" => include_str!("profiles/sota.toml"),
            "smime" => include_str!("profiles/smime.toml"),
            "tax" => include_str!("profiles/tax.toml"),
            _ => return None,
        };
        Some(Self::read(name, text))
    }

    pub fn read(name: &str, text: &str) -> Result<Self, ProfileError> {
        toml::from_str(text)
            .map_err(|error| ProfileError { name: name.into(), detail: error.to_string() })
    }

    /// The newest list of the day: the class's own, else everybody's.
    fn prices_on(&self, class: Option<&str>, day: Date) -> Option<&PriceList> {
        let newest = |class: Option<&str>| {
            let lists = self.prices.iter().filter(|list| list.class.as_deref() == class);
            lists.filter(|list| list.since <= day).max_by_key(|list| list.since)
        };
        class.and_then(|class| newest(Some(class))).or_else(|| newest(None))
    }

    /// The VAT inside a price of `day`.
    pub fn vat(&self, sum: &Money, class: Option<&str>, day: Date) -> Option<i64> {
        let percent = i64::from(self.prices_on(class, day)?.vat_percent?);
        // Rounded to the nearest unit: sum × p ÷ (100 + p).
        let (whole, parts) = (sum.minor.checked_mul(percent)?, 100 + percent);
        Some((whole + parts / 2) / parts)
    }

    /// Whether `sum` is the price of some class on `day`.
    pub fn asks(&self, role: Role, term: u8, day: Date, sum: &Money) -> bool {
        let classes = self.prices.iter().map(|list| list.class.as_deref()).chain([None]);
        classes.into_iter().any(|class| self.price(role, class, term, day).as_ref() == Some(sum))
    }

    /// The price of one holder's certificates for `term` years on `day`.
    pub fn price(&self, role: Role, class: Option<&str>, term: u8, day: Date) -> Option<Money> {
        let list = self.prices_on(class, day)?;
        let (one, two) = match role {
            Role::Seal => (
                list.seal_one_year.unwrap_or(list.one_year),
                list.seal_two_years.unwrap_or(list.two_years),
            ),
            _ => (list.one_year, list.two_years),
        };
        let minor = match term {
            1 => one,
            2 => two,
            _ => return None,
        };
        Some(Money { minor, currency: list.currency.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_profiles_are_well_formed() {
        for name in ["sota", "smime", "tax"] {
            let profile = Profile::built_in(name).unwrap().unwrap();
            assert!(super::super::dialect(&profile.dialect).is_some());
            assert!(profile.policy.max_sends >= 1);
        }
    }

    #[test]
    fn the_newest_price_list_of_the_day_counts() {
        let profile = Profile::built_in("sota").unwrap().unwrap();
        let price =
            profile.price(Role::Director, None, 2, jiff::civil::date(2026, 11, 22)).unwrap();
        assert_eq!(price, Money { minor: 34_900, currency: "UAH".into() });
        assert_eq!(profile.price(Role::Director, None, 2, jiff::civil::date(1999, 1, 1)), None);
    }
}
