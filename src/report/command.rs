//! The commands that a report tells people to type, in one place, so that they can be compared
//! with the commands that exist.

use crate::exchange::ExchangeId;

pub fn retry(id: &ExchangeId) -> String {
    format!("certpost retry {id}")
}

/// `id`: of an exchange, or the number of an order whose invoice is for several.
pub fn paid(id: &str) -> String {
    format!("certpost paid {id}")
}

pub fn renew(holder: &str) -> String {
    format!("certpost renew {holder}")
}

/// Opens the gate that the exchange waits at.
pub fn confirm(id: &ExchangeId) -> String {
    format!("certpost confirm {id}")
}

pub fn withdraw(id: &ExchangeId) -> String {
    format!("certpost withdraw {id}")
}

/// Everything that could not be trusted or read.
pub fn quarantine() -> String {
    "certpost quarantine".into()
}

/// Everything authentic that nobody waited for.
pub fn unclaimed() -> String {
    "certpost unclaimed".into()
}
