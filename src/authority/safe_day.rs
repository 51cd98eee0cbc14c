//! The last day on which an application can be sent with a good conscience.

use jiff::civil::Date;

use super::Payment;
use crate::exchange::{Patience, Policy};
use crate::time::Timestamp;

/// Working days that an invoice takes, from its arrival to the money being seen: our estimate,
/// no authority states one.
const DAYS_FOR_AN_INVOICE: u32 = 3;

/// The last working day from which both receipts and, where it is due, the money still fit before
/// `deadline`, with one working day to spare.
pub fn last_safe_day(deadline: Timestamp, policy: &Policy, payment: Payment) -> Date {
    let for_money = match payment {
        Payment::Invoice => DAYS_FOR_AN_INVOICE,
        Payment::Prepaid | Payment::Online => 0,
    };
    let needed = days(policy.delivered_within) + days(policy.decided_within) + for_money + 1;
    let calendar = &policy.calendar;
    let mut day = deadline.date(&calendar.time_zone());
    // A profile may be careless; a year of working days is the bound.
    for _ in 0..needed.min(250) {
        day = calendar.previous_working_day(day);
    }
    day
}

/// Whole working days, rounded up; minutes fit into one.
fn days(patience: Patience) -> u32 {
    match patience {
        Patience::Minutes(minutes) => minutes.div_ceil(24 * 60).max(1),
        Patience::WorkingHours(hours) => hours.div_ceil(8).max(1),
        Patience::WorkingDays(days) => days.max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::Profile;
    use jiff::civil::date;

    #[test]
    fn an_invoice_takes_three_working_days_more() {
        let policy = Profile::built_in("sota").unwrap().unwrap().policy;
        let friday = date(2026, 12, 18).at(18, 0, 0, 0);
        let deadline = Timestamp::from_civil(friday, &policy.calendar.time_zone());
        let prepaid = last_safe_day(deadline, &policy, Payment::Prepaid);
        assert_eq!(prepaid, date(2026, 12, 15));
        let invoice = last_safe_day(deadline, &policy, Payment::Invoice);
        assert_eq!(invoice, date(2026, 12, 10));
    }
}
