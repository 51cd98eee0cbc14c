//! Planted bugs, as doubles around the ports: each must make one check fail, else the check is
//! worth nothing. `tests/world.rs` walks [`Bug::ALL`].

mod doubles;

use std::sync::Arc;

use super::disk::Disk;
use super::strongbox::AgentVault;
use crate::authority::{Payment, Role};
use crate::crypto::{Certificate, Suite};
use crate::engine::Holder;
use crate::engine::ports::{Carrier, Vault};
use crate::store::Store;

/// A mistake that the agent could have, and does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A carrier that writes another header line at each send.
    AltersOnResend,
    /// A carrier that sends the first half.
    SendsHalf,
    /// A carrier that says "later" although the letter left.
    DeniesSending,
    /// A carrier that skips every third letter.
    SkipsLetters,
    /// A carrier that never brings a letter.
    BringsNothing,
    /// A carrier that settles what it brings, at once.
    SettlesFirst,
    /// A vault that keeps no new key.
    LosesNewKeys,
    /// A vault that makes room for a new pair by throwing the old one away.
    DropsOldPair,
    /// A vault that puts the certificates to each other's keys.
    MixesUpKeys,
    /// A store that writes no journal for "we have it".
    DropsJournalLines,
    /// A store that forgets what came in.
    ForgetsArrivals,
    /// A store that shows acknowledged exchanges as finished.
    HidesOpenExchanges,
    /// A vault that no longer finds a key whose certificate is in place.
    ForgetsInstalledKeys,
    /// A suite that believes whoever bears the authority's name.
    BelievesNames,
    /// A daemon that has a round only when a letter or a person calls.
    NeverWoken,
    /// A daemon that does not watch the clock.
    IgnoresTheClock,
    /// A daemon that writes one summary and no more.
    NeverReports,
    /// A configuration that lost a holder.
    ForgetsHolder,
    /// A configuration that tells the tax office of the director only.
    TellsOfOne,
    /// A store that forgets whose key has the status.
    ForgetsWhoseKey,
    /// A store that loses every other change of an order.
    LosesOrders,
    /// A configuration that takes who pays by invoice for one who has paid.
    ForgetsInvoices,
}

impl Bug {
    pub const ALL: [Bug; 22] = [
        Bug::AltersOnResend,
        Bug::SendsHalf,
        Bug::DeniesSending,
        Bug::SkipsLetters,
        Bug::BringsNothing,
        Bug::SettlesFirst,
        Bug::LosesNewKeys,
        Bug::DropsOldPair,
        Bug::MixesUpKeys,
        Bug::DropsJournalLines,
        Bug::ForgetsArrivals,
        Bug::HidesOpenExchanges,
        Bug::ForgetsInstalledKeys,
        Bug::BelievesNames,
        Bug::NeverWoken,
        Bug::IgnoresTheClock,
        Bug::NeverReports,
        Bug::ForgetsHolder,
        Bug::TellsOfOne,
        Bug::ForgetsWhoseKey,
        Bug::LosesOrders,
        Bug::ForgetsInvoices,
    ];

    /// The checks that must report it.
    pub fn checks(self) -> &'static [&'static str] {
        match self {
            Bug::AltersOnResend => &["same_request_same_bytes"],
            Bug::SendsHalf => &["the_authority_understands_every_application"],
            Bug::DeniesSending => &["a_letter_is_not_a_flood"],
            Bug::SkipsLetters | Bug::ForgetsArrivals => &["an_answer_is_never_ignored"],
            Bug::BringsNothing => &["after_healing_everything_closes"],
            Bug::SettlesFirst => &["settled_means_committed"],
            Bug::LosesNewKeys => &["no_key_is_lost"],
            Bug::DropsOldPair => &["old_pair_works_until_the_new_is_proven"],
            Bug::MixesUpKeys => &["installed_certificate_answers_installed_key"],
            Bug::DropsJournalLines => &["journal_replays_to_state"],
            Bug::HidesOpenExchanges => &["one_open_renewal_a_holder"],
            Bug::ForgetsInstalledKeys => &["what_is_in_place_is_no_problem"],
            Bug::BelievesNames => &["forged_word_changes_nothing"],
            Bug::NeverWoken => &["deadlines_lie_in_the_future"],
            Bug::IgnoresTheClock => {
                &["nothing_leaves_while_the_clock_lies", "a_doubtful_clock_is_not_believed"]
            }
            Bug::NeverReports => &["every_stall_was_told"],
            Bug::ForgetsHolder => &["no_certificate_expires_in_silence"],
            Bug::TellsOfOne => &["the_tax_office_hears_of_every_new_key"],
            Bug::ForgetsWhoseKey => &["a_notice_is_closed_by_the_key_with_the_status"],
            Bug::LosesOrders => &["an_order_holds_what_was_applied_for"],
            Bug::ForgetsInvoices => &["a_snooze_never_passes_the_last_safe_day"],
        }
    }
}

pub(super) fn carrier(bug: Option<Bug>, inner: Box<dyn Carrier>) -> Box<dyn Carrier> {
    match bug {
        Some(bug) => Box::new(doubles::FalseCarrier { inner, bug, count: 0 }),
        None => inner,
    }
}

pub(super) fn vault(bug: Option<Bug>, inner: Box<AgentVault>) -> Box<dyn Vault> {
    match bug {
        Some(bug) => Box::new(doubles::FalseVault { inner, bug }),
        None => inner,
    }
}

pub(super) fn store(bug: Option<Bug>, inner: Arc<Disk>) -> Arc<dyn Store> {
    match bug {
        Some(bug) => Arc::new(doubles::FalseStore { inner, bug, commits: 0.into() }),
        None => inner,
    }
}

/// `named` is the signer whose name is believed.
pub(super) fn suite(
    bug: Option<Bug>,
    inner: Arc<dyn Suite>,
    named: &Certificate,
) -> Arc<dyn Suite> {
    match bug {
        Some(Bug::BelievesNames) => Arc::new(doubles::FalseSuite { inner, named: named.clone() }),
        _ => inner,
    }
}

pub(super) fn holders(bug: Option<Bug>, mut holders: Vec<Holder>) -> Vec<Holder> {
    if bug == Some(Bug::ForgetsHolder) {
        holders.pop();
    }
    if bug == Some(Bug::ForgetsInvoices) {
        holders.iter_mut().for_each(|holder| holder.payment = Payment::Prepaid);
    }
    holders
}

pub(super) fn officials(bug: Option<Bug>, mut officials: Vec<Role>) -> Vec<Role> {
    if bug == Some(Bug::TellsOfOne) {
        officials.truncate(1);
    }
    officials
}
