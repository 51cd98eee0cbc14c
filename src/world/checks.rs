//! What must always hold. Each rule is a function with a name and a sentence; [`ALWAYS`] are
//! looked at after every round and every day, [`HEALED`] at the end.

use std::collections::{BTreeMap, BTreeSet};

use super::post::Mark;
use super::{World, duties, pairs};
use crate::engine::value;
use crate::exchange::{Digest, Event, Exchange, Obstacle, Party, Purpose, Stage, StageName};
use crate::report::Severity;
use crate::store::{Fate, Store as _, replay};
use crate::time::{Span, Timestamp};

/// One broken rule, the first time it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub check: &'static str,
    pub sentence: &'static str,
    pub at: Timestamp,
    pub detail: String,
}

/// `Err` says what is wrong.
pub type Check = fn(&World) -> Result<(), String>;

/// Name, sentence, rule.
pub type Rule = (&'static str, &'static str, Check);

/// The rules of every moment.
pub const ALWAYS: &[Rule] = &[
    (
        "no_certificate_expires_in_silence",
        "A certificate that ends soon has a renewal, and one that ended is told.",
        no_certificate_expires_in_silence,
    ),
    (
        "an_answer_is_never_ignored",
        "Every honest answer in the mailbox is claimed by its exchange and stands in the journal.",
        an_answer_is_never_ignored,
    ),
    (
        "installed_certificate_answers_installed_key",
        "A certificate in place is the authority's, and its public key is the installed key's.",
        installed_certificate_answers_installed_key,
    ),
    (
        "forged_word_changes_nothing",
        "What the authority did not seal moves no exchange and stands in no journal line.",
        forged_word_changes_nothing,
    ),
    (
        "same_request_same_bytes",
        "One Message-ID has one sequence of bytes, and the authority never saw a number twice.",
        same_request_same_bytes,
    ),
    (
        "the_authority_understands_every_application",
        "Whatever leaves can be opened and read on the other side.",
        the_authority_understands_every_application,
    ),
    ("journal_replays_to_state", "The journal, played again, gives the states.", journal_replays),
    (
        "deadlines_lie_in_the_future",
        "Nothing that could be done is overdue, and no round asks to be woken in the past.",
        deadlines_lie_in_the_future,
    ),
    (
        "every_stall_was_told",
        "Whatever waits for a person stands in the summary that people have.",
        every_stall_was_told,
    ),
    (
        "old_pair_works_until_the_new_is_proven",
        "Every holder has both pairs at every moment, and a successor lives longer.",
        old_pair_works,
    ),
    (
        "no_key_is_lost",
        "For every certificate that was granted, and every pair that was in use, the key is there.",
        no_key_is_lost,
    ),
    ("one_open_renewal_a_holder", "No holder has two open renewals.", one_open_renewal),
    (
        "settled_means_committed",
        "The mailbox hears that a letter is done only after its arrival is committed.",
        settled_means_committed,
    ),
    (
        "nothing_leaves_while_the_clock_lies",
        "While the clock is seen to have jumped, nothing is handed over.",
        nothing_leaves_while_the_clock_lies,
    ),
    (
        "a_doubtful_clock_is_not_believed",
        "A moment that is seen to be wrong dates nothing: no record of it, no wait counted from it.",
        a_doubtful_clock_is_not_believed,
    ),
    (
        "what_is_in_place_is_no_problem",
        "A certificate that is in place is never told as one that can't be installed.",
        what_is_in_place_is_no_problem,
    ),
    (
        "a_letter_is_not_a_flood",
        "One letter leaves at most six times in a day, whatever goes wrong.",
        a_letter_is_not_a_flood,
    ),
    (
        "a_notice_is_closed_by_the_key_with_the_status",
        "The tax office finds nothing wrong with a notice that we could have known.",
        duties::a_notice_is_closed_by_the_key_with_the_status,
    ),
    (
        "an_order_holds_what_was_applied_for",
        "Every application stands in one order, once an attempt, and invoices ask for just that.",
        duties::an_order_holds_what_was_applied_for,
    ),
    (
        "a_snooze_never_passes_the_last_safe_day",
        "However a person puts a renewal off, it begins while both receipts still fit.",
        duties::a_snooze_never_passes_the_last_safe_day,
    ),
];

/// The rules of the end, after a healed time.
pub const HEALED: &[Rule] = &[
    (
        "after_healing_everything_closes",
        "When nothing fails any more, every exchange ends and every certificate is good.",
        after_healing_everything_closes,
    ),
    (
        "the_tax_office_hears_of_every_new_key",
        "A new key of an official is known to the tax office, or its notice is a person's.",
        duties::the_tax_office_hears_of_every_new_key,
    ),
];

/// Looks at every rule; a rule that is broken already is not looked at again.
pub fn run(world: &mut World) {
    let certificates = pairs::installed(world);
    world.seen_pairs.note(world.now, certificates);
    for rule in ALWAYS {
        look(world, rule);
    }
}

/// Looks at the one rule that a round without any change can break.
pub fn look_at_deadlines(world: &mut World) {
    for rule in ALWAYS.iter().filter(|(name, ..)| *name == "deadlines_lie_in_the_future") {
        look(world, rule);
    }
}

/// Looks at one rule.
pub fn look(world: &mut World, (check, sentence, rule): &Rule) {
    if world.violations.iter().any(|known| known.check == *check) {
        return;
    }
    if let Err(detail) = rule(world) {
        let at = world.now;
        world.violations.push(Violation { check, sentence, at, detail });
    }
}

pub(super) fn exchanges(world: &World) -> Result<Vec<Exchange>, String> {
    world.memory.exchanges().map_err(|error| error.to_string())
}

/// Whether nothing outside stopped the agent for so long.
fn able_for(world: &World, span: Span) -> bool {
    world.able_since.is_some_and(|since| world.now - since > span)
}

fn no_certificate_expires_in_silence(world: &World) -> Result<(), String> {
    if !able_for(world, Span::days(2)) {
        return Ok(());
    }
    let exchanges = exchanges(world)?;
    let lead = Span::days(i64::from(world.town.authority.profile.lead_days));
    for person in &world.town.company.holders {
        let Some(end) = world.end_of(person.id) else { continue };
        let own = exchanges.iter().filter(|one| one.holder == person.id);
        let mut about = own.filter(|one| !one.is_closed() || one.deadline == end);
        let due = duties::put_off(world, person, end)?.unwrap_or(end - lead).max(end - lead);
        if world.now > due + Span::days(2) && about.clone().next().is_none() {
            return Err(format!("{} ends {end}, and nothing is open", person.id));
        }
        let ended = world.now > end + Span::days(1);
        if ended && about.any(|one| !one.is_closed() && !tells_the_end(&one.stage)) {
            return Err(format!("{} ended {end}, and its exchange does not say so", person.id));
        }
        let told = world.published.as_ref().is_some_and(|published| {
            let lines = published.report.sections.iter().flat_map(|section| &section.lines);
            let mut own = lines.filter(|line| line.holder.as_deref() == Some(person.id));
            own.any(|line| line.severity >= Severity::Warning)
        });
        if ended && !told {
            return Err(format!("{} ended {end}, and the summary is calm", person.id));
        }
    }
    Ok(())
}

fn tells_the_end(stage: &Stage) -> bool {
    match stage {
        Stage::Expired { .. } | Stage::Granted { .. } => true,
        Stage::Stalled { was, .. } => matches!(**was, Stage::Granted { .. }),
        _ => false,
    }
}

fn an_answer_is_never_ignored(world: &World) -> Result<(), String> {
    let Some(read) = world.mailbox_read else { return Ok(()) };
    let store = &world.memory;
    let journal = store.journal(None).map_err(|error| error.to_string())?;
    let causes: BTreeSet<_> = journal.iter().filter_map(|line| line.entry.cause).collect();
    let arrivals = store.arrivals().map_err(|error| error.to_string())?;
    let post = world.post.inside();
    let honest = post.landed.iter().filter(|one| one.mark == Mark::Genuine && one.at < read);
    for letter in honest {
        let arrival = arrivals.iter().find(|known| known.raw == letter.digest);
        let Some(arrival) = arrival else {
            return Err(format!("the answer of {} was read and forgotten", letter.at));
        };
        if !matches!(arrival.fate, Fate::Claimed(_)) {
            return Err(format!("the answer of {}: {:?}", letter.at, arrival.fate));
        }
        // The same content in another envelope is in the journal once.
        let twin = |known: &&crate::store::Arrival| known.contents == arrival.contents;
        if !arrivals.iter().filter(twin).any(|known| causes.contains(&known.raw)) {
            return Err(format!("the journal does not know the answer of {}", letter.at));
        }
    }
    Ok(())
}

fn installed_certificate_answers_installed_key(world: &World) -> Result<(), String> {
    let contents = world.strongbox.contents();
    for ((holder, usage), pair) in &contents.in_place {
        let certificate = &pair.certificate;
        if pair.key.public != certificate.public_key() {
            return Err(format!("{holder} {usage:?}: the key is of another certificate"));
        }
        if !certificate.serves(*usage) {
            return Err(format!("{holder} {usage:?}: the certificate is for something else"));
        }
        if !world.town.authority.register.knows(certificate) {
            return Err(format!("{holder} {usage:?}: the authority never issued it"));
        }
    }
    Ok(())
}

fn forged_word_changes_nothing(world: &World) -> Result<(), String> {
    let post = world.post.inside();
    let honest = |mark| matches!(mark, Mark::Genuine | Mark::Bounce);
    let trusted: BTreeSet<_> =
        post.landed.iter().filter(|one| honest(one.mark)).map(|one| one.digest).collect();
    let forged = |digest: &Digest| !trusted.contains(digest);
    for arrival in world.memory.arrivals().map_err(|error| error.to_string())? {
        if forged(&arrival.raw) && matches!(arrival.fate, Fate::Claimed(_)) {
            return Err(format!("«{}» of {} is claimed", arrival.subject, arrival.at));
        }
    }
    for line in world.memory.journal(None).map_err(|error| error.to_string())? {
        if line.entry.cause.is_some_and(|cause| forged(&cause)) {
            return Err(format!("journal line {} rests on it", line.number));
        }
    }
    Ok(())
}

fn same_request_same_bytes(world: &World) -> Result<(), String> {
    if let Some(number) = world.town.authority.register.altered().first() {
        return Err(format!("{number} came with other bytes"));
    }
    let post = world.post.inside();
    let mut known: BTreeMap<&str, Digest> = BTreeMap::new();
    for handed in &post.handed {
        let first = *known.entry(&handed.message_id).or_insert(handed.digest);
        if first != handed.digest {
            return Err(format!("{} left with other bytes at {}", handed.message_id, handed.at));
        }
    }
    Ok(())
}

fn the_authority_understands_every_application(world: &World) -> Result<(), String> {
    world.misunderstood.first().map_or(Ok(()), |why| Err(why.clone()))
}

fn journal_replays(world: &World) -> Result<(), String> {
    replay(world.memory.as_ref()).map_err(|difference| difference.to_string())
}

fn deadlines_lie_in_the_future(world: &World) -> Result<(), String> {
    if let Some(last) = &world.last
        && !last.round.more
        && let Some(next) = last.round.next
        && next <= last.wall
    {
        return Err(format!("the round at {} asks for {next}", last.wall));
    }
    let slack = Span::hours(12);
    if !able_for(world, slack) {
        return Ok(());
    }
    let wall = world.clock.wall(world.now);
    for exchange in exchanges(world)? {
        let journal = world.memory.journal(Some(&exchange.id)).unwrap_or_default();
        let since = journal.last().map_or(exchange.opened_at, |line| line.entry.at);
        let owed = exchange.owed().map(|owed| owed.not_before.unwrap_or(since));
        let due = owed.into_iter().chain(exchange.wake_at()).min();
        if let Some(due) = due.filter(|due| *due + slack < wall) {
            return Err(format!("{} is due since {due}", exchange.id));
        }
    }
    Ok(())
}

fn every_stall_was_told(world: &World) -> Result<(), String> {
    // While a round fails nobody can be told; the next one that ends tells.
    let (Some(published), Some(_)) = (&world.published, &world.last) else { return Ok(()) };
    let lines: Vec<_> = published.report.sections.iter().flat_map(|one| &one.lines).collect();
    for exchange in exchanges(world)? {
        if exchange.waits_for() != Party::Person || !published_before(world, &exchange) {
            continue;
        }
        let line = lines.iter().find(|line| line.id.as_deref() == Some(&exchange.id.0));
        if line.is_none_or(|line| line.stage != Some(exchange.stage.name())) {
            return Err(format!("{} waits for a person, and nobody is told", exchange.id));
        }
        if line.is_none_or(|line| line.action.is_none()) {
            return Err(format!("{} does not say what to do", exchange.id));
        }
    }
    Ok(())
}

/// A person's errand is followed by a round before anything is told.
fn published_before(world: &World, exchange: &Exchange) -> bool {
    let journal = world.memory.journal(Some(&exchange.id)).unwrap_or_default();
    let told = world.published.as_ref().map(|published| published.snapshot.now);
    let by_hand = journal.last().is_some_and(|line| {
        matches!(line.entry.event, Some(Event::Retried | Event::Paid { .. }))
            && told.is_some_and(|told| line.entry.at > told)
    });
    !by_hand
}

fn old_pair_works(world: &World) -> Result<(), String> {
    world.seen_pairs.faults.first().map_or(Ok(()), |fault| Err(fault.clone()))
}

fn no_key_is_lost(world: &World) -> Result<(), String> {
    let contents = world.strongbox.contents();
    let in_place = contents.in_place.values().map(|pair| &pair.key.public);
    let previous = contents.previous.iter().map(|(_, _, pair)| &pair.key.public);
    let pending = contents.pending.values().map(|kept| &kept.public);
    let kept: BTreeSet<&Vec<u8>> = in_place.chain(previous).chain(pending).collect();
    if let Some(lost) = world.seen_pairs.publics.iter().find(|public| !kept.contains(public)) {
        return Err(format!("the key of a pair in use is gone: {}", crate::crypto::digest(lost)));
    }
    for certificate in world.town.authority.register.certificates() {
        if !kept.contains(&certificate.public_key().to_vec()) {
            return Err(format!("certificate {} has no key any more", certificate.serial()));
        }
    }
    Ok(())
}

fn one_open_renewal(world: &World) -> Result<(), String> {
    let mut open = BTreeSet::new();
    let exchanges = exchanges(world)?;
    let renewals = exchanges.iter().filter(|one| one.purpose == Purpose::Renewal);
    for exchange in renewals.filter(|one| !one.is_closed()) {
        if !open.insert(&exchange.holder) {
            return Err(format!("{} has two open renewals", exchange.holder));
        }
    }
    Ok(())
}

fn settled_means_committed(world: &World) -> Result<(), String> {
    let post = world.post.inside();
    post.settled_early.first().map_or(Ok(()), |raw| Err(format!("{raw} was not committed")))
}

fn nothing_leaves_while_the_clock_lies(world: &World) -> Result<(), String> {
    let post = world.post.inside();
    let out = post.handed.iter().find(|handed| handed.held);
    out.map_or(Ok(()), |handed| Err(format!("{} left at {}", handed.message_id, handed.at)))
}

fn a_doubtful_clock_is_not_believed(world: &World) -> Result<(), String> {
    let latest = world.trusted + Span::hours(1);
    let newest = world.memory.value(value::NEWEST_MOMENT).map_err(|error| error.to_string())?;
    let newest = newest.and_then(|text| text.parse().ok()).map(Timestamp);
    if let Some(newest) = newest.filter(|newest| *newest > latest) {
        return Err(format!("{newest} is recorded; the clock was last right at {}", world.trusted));
    }
    for exchange in exchanges(world)? {
        let until = match &exchange.stage {
            Stage::Sent { until, .. } | Stage::Acknowledged { until, .. } => *until,
            _ => continue,
        };
        if until > latest + Span::days(30) {
            return Err(format!("{} waits until {until}", exchange.id));
        }
    }
    Ok(())
}

fn what_is_in_place_is_no_problem(world: &World) -> Result<(), String> {
    for exchange in exchanges(world)? {
        let Stage::Stalled { obstacle: Obstacle::Installation(problem), was, .. } = &exchange.stage
        else {
            continue;
        };
        let Stage::Granted { grant, .. } = was.as_ref() else { continue };
        let bundle = world.memory.kept(&grant.bundle).map_err(|error| error.to_string())?;
        let bundle = String::from_utf8_lossy(&bundle.unwrap_or_default()).into_owned();
        let contents = world.strongbox.contents();
        let old = |end: Timestamp| end <= exchange.deadline;
        let mut own = contents.in_place.iter().filter(|((of, _), _)| *of == exchange.holder);
        let found = own.any(|(_, pair)| {
            // The old certificate sent back is a problem indeed.
            !old(pair.certificate.not_after()) && bundle.contains(&pair.certificate.pem())
        });
        if found {
            return Err(format!("{}: {}", exchange.id, problem.detail));
        }
    }
    Ok(())
}

fn a_letter_is_not_a_flood(world: &World) -> Result<(), String> {
    let post = world.post.inside();
    let mut left: BTreeMap<&str, Vec<Timestamp>> = BTreeMap::new();
    for handed in post.handed.iter().filter(|handed| handed.left) {
        let times = left.entry(&handed.message_id).or_default();
        times.push(handed.at);
        times.retain(|at| *at + Span::days(1) > handed.at);
        if times.len() > 6 {
            return Err(format!("{} left {} times", handed.message_id, times.len()));
        }
    }
    Ok(())
}

fn after_healing_everything_closes(world: &World) -> Result<(), String> {
    let soon = world.now + Span::days(10);
    for exchange in exchanges(world)? {
        let ended = matches!(exchange.stage.name(), StageName::Installed | StageName::Withdrawn);
        // One that became due a moment ago may be on its way.
        if !ended && exchange.opened_at + Span::days(20) < world.now {
            return Err(format!("{} is still {:?}", exchange.id, exchange.stage));
        }
    }
    for person in &world.town.company.holders {
        if world.end_of(person.id).is_none_or(|end| end < soon) {
            return Err(format!("the certificates of {} end", person.id));
        }
    }
    Ok(())
}
