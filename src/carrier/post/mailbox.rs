//! Reading folders: what is new, letter by letter, and moving what was settled.
//!
//! Nothing here looks at \Seen (F7) or sets a flag on a letter that stays: BODY.PEEK only.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use imap_proto::{AttributeValue, MessageSection, Response, SectionPath};

use super::folder_name::quoted;
use super::imap::{CHATTER, Fault, Live};
use super::place::{Locator, Places};
use super::settings::Limits;
use crate::carrier::problem;
use crate::engine::ports::{Collected, Delivery, Form};
use crate::exchange::Problem;

/// After so many connections lost on one letter it is passed by (F14).
const ATTEMPTS: u8 = 3;

/// What is remembered about the mailbox between rounds.
#[derive(Default)]
pub(super) struct Mailbox {
    pub places: Places,
    /// The UID that the next new letter of a folder would get, as of the last listing.
    pub next: BTreeMap<String, u32>,
    /// Things a person should know that stopped nothing; renewed each round.
    pub troubles: Vec<Problem>,
    /// Letters on which the connection broke, and how often.
    breakages: BTreeMap<Locator, u8>,
    /// Settled letters whose move failed; tried again.
    unmoved: BTreeSet<Locator>,
}

/// What one letter turned out to be.
enum Fetched {
    Form(Form),
    /// It is gone: somebody else moved or deleted it (F5).
    Vanished,
    /// It is there and the server does not give it.
    Withheld,
}

/// Room that is left in a round.
struct Room {
    letters: usize,
    bytes: u64,
}

impl Mailbox {
    /// One round over all folders. A folder that is missing does not stop the others.
    pub(super) async fn collect(
        &mut self,
        live: &mut Live,
        folders: &[String],
        move_to: Option<&str>,
        limit: usize,
        limits: &Limits,
    ) -> Result<Collected, Fault> {
        let mut collected = Collected::default();
        let mut room = Room { letters: limit, bytes: limits.round_bytes };
        let mut missing = Vec::new();
        for folder in folders {
            match self.folder(live, folder, move_to, &mut room, limits, &mut collected).await {
                Ok(()) => {}
                Err(Fault::Refused(words)) => {
                    missing.push(problem("imap-folder", format!("folder «{folder}»: {words}")));
                }
                // What was fetched must not be lost to a folder that breaks the connection.
                Err(Fault::Broken(problem)) if !collected.deliveries.is_empty() => {
                    self.troubles.push(problem);
                    return Ok(collected);
                }
                Err(fault) => return Err(fault),
            }
        }
        match missing.first() {
            Some(first) if missing.len() == folders.len() => Err(Fault::Broken(first.clone())),
            _ => {
                self.troubles.append(&mut missing);
                Ok(collected)
            }
        }
    }

    async fn folder(
        &mut self,
        live: &mut Live,
        folder: &str,
        move_to: Option<&str>,
        room: &mut Room,
        limits: &Limits,
        collected: &mut Collected,
    ) -> Result<(), Fault> {
        let selected = live.select(folder).await?;
        let Some(validity) = selected.validity else {
            return Err(Fault::Refused("the server names no UIDVALIDITY".into()));
        };
        if let Some(target) = move_to {
            self.move_late(live, folder, validity, target).await?;
        }
        let after = self.places.after(folder, validity);
        let nothing_new = selected.next.is_some_and(|next| next <= after.saturating_add(1));
        let listing = if selected.exists == 0 || nothing_new || after == u32::MAX {
            BTreeMap::new()
        } else {
            self.list(live, folder, after, room.letters).await?
        };
        let seen = listing.last_key_value().map_or(0, |(uid, _)| uid.saturating_add(1));
        self.next.insert(folder.to_owned(), selected.next.unwrap_or(0).max(seen));
        self.fetch_all(live, folder, validity, listing, room, limits, collected).await
    }

    /// UID and size of what is new, lowest first; one more than `room`, to know that there is more.
    async fn list(
        &self,
        live: &mut Live,
        folder: &str,
        after: u32,
        room: usize,
    ) -> Result<BTreeMap<u32, u64>, Fault> {
        let from = after.saturating_add(1);
        let mut listing = BTreeMap::new();
        let ask = format!("UID FETCH {from}:* (UID RFC822.SIZE)");
        // Some 60 bytes a letter: a mailbox of a million letters.
        live.command(&ask, 64 * CHATTER, |response| {
            let Response::Fetch(_, attributes) = response else { return };
            let Some(uid) = uid_of(attributes) else { return };
            // "n:*" always names at least the last letter, however old.
            if uid < from || self.places.is_ahead(folder, uid) {
                return;
            }
            let size = attributes.iter().find_map(|a| match a {
                AttributeValue::Rfc822Size(n) => Some(u64::from(*n)),
                _ => None,
            });
            listing.insert(uid, size.unwrap_or(0));
            if listing.len() > room.saturating_add(1) {
                listing.pop_last();
            }
        })
        .await?;
        Ok(listing)
    }

    #[expect(clippy::too_many_arguments, reason = "one round's room and result pass through here")]
    async fn fetch_all(
        &mut self,
        live: &mut Live,
        folder: &str,
        validity: u32,
        listing: BTreeMap<u32, u64>,
        room: &mut Room,
        limits: &Limits,
        collected: &mut Collected,
    ) -> Result<(), Fault> {
        let mut waiting = BTreeSet::new();
        let mut listed = self.places.after(folder, validity);
        let mut fault = None;
        for (uid, size) in listing {
            if room.letters == 0 || (size > room.bytes && !collected.deliveries.is_empty()) {
                collected.more = true;
                break;
            }
            let locator = Locator { folder: folder.to_owned(), validity, uid };
            match self.attempt(live, &locator, size, limits).await {
                Ok(Fetched::Form(form)) => {
                    room.letters = room.letters.saturating_sub(1);
                    room.bytes = room.bytes.saturating_sub(size);
                    waiting.insert(uid);
                    collected.deliveries.push(Delivery { form, locator: locator.to_string() });
                }
                Ok(Fetched::Vanished) => {}
                Ok(Fetched::Withheld) => {
                    // Never settled, so the place stays below it and it is asked for again.
                    waiting.insert(uid);
                    let detail = format!("the server does not give letter {locator}");
                    self.troubles.push(problem("imap-protocol", detail));
                }
                Err(broken) => {
                    fault = Some(broken);
                    break;
                }
            }
            listed = uid;
        }
        self.places.listed(folder, listed, waiting);
        fault.map_or(Ok(()), Err)
    }

    /// Fetches one letter, counting the connections that it breaks.
    async fn attempt(
        &mut self,
        live: &mut Live,
        locator: &Locator,
        size: u64,
        limits: &Limits,
    ) -> Result<Fetched, Fault> {
        if self.breakages.get(locator).is_some_and(|&n| n >= ATTEMPTS) {
            return Ok(Fetched::Withheld);
        }
        // Counted before, so that a parser that panics counts too.
        let count = self.breakages.entry(locator.clone()).or_insert(0);
        *count = count.saturating_add(1);
        let fetched = fetch(live, locator.uid, size, limits).await;
        let counts = matches!(&fetched, Err(Fault::Broken(p)) if p.label == "imap-protocol");
        if !counts {
            self.breakages.remove(locator);
        }
        fetched
    }

    /// Moves a settled letter; remembered and tried again when it fails.
    pub(super) async fn put_away(
        &mut self,
        live: &mut Live,
        locator: &Locator,
        target: &str,
    ) -> Result<(), Fault> {
        if locator.folder == target {
            return Ok(());
        }
        self.unmoved.insert(locator.clone());
        let here = (locator.folder.clone(), locator.validity);
        if live.selected.as_ref() != Some(&here) {
            live.select(&locator.folder).await?;
        }
        // Another UIDVALIDITY: the letter of that number is gone, and this number is a stranger.
        if live.selected.as_ref() == Some(&here) {
            relocate(live, locator.uid, target).await?;
        }
        self.unmoved.remove(locator);
        Ok(())
    }

    /// The moves that failed earlier, in the folder that is selected now.
    async fn move_late(
        &mut self,
        live: &mut Live,
        folder: &str,
        validity: u32,
        target: &str,
    ) -> Result<(), Fault> {
        let here: Vec<Locator> =
            self.unmoved.iter().filter(|l| l.folder == folder).cloned().collect();
        for locator in here {
            if locator.validity == validity
                && let Err(fault) = relocate(live, locator.uid, target).await
            {
                match fault {
                    Fault::Refused(words) => {
                        let detail = format!("can't move {locator} to «{target}»: {words}");
                        self.troubles.push(problem("imap-folder", detail));
                        continue;
                    }
                    broken @ Fault::Broken(_) => return Err(broken),
                }
            }
            self.unmoved.remove(&locator);
        }
        Ok(())
    }
}

fn uid_of(attributes: &[AttributeValue<'_>]) -> Option<u32> {
    attributes.iter().find_map(|a| match a {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    })
}

async fn fetch(live: &mut Live, uid: u32, size: u64, limits: &Limits) -> Result<Fetched, Fault> {
    let most = limits.letter_bytes;
    let oversized = size > most;
    let item = if oversized { "BODY.PEEK[HEADER]" } else { "BODY.PEEK[]" };
    let deadline = live.deadline() + Duration::from_secs(most.min(size) >> 14);
    // Servers count sizes differently by a little; twice the limit is no longer a little.
    let budget = if oversized { CHATTER } else { most.saturating_mul(2) + CHATTER };
    let mut bytes = None;
    let ask = format!("UID FETCH {uid} (UID {item})");
    let answer = live
        .command_within(deadline, &ask, budget, |response| {
            let Response::Fetch(_, attributes) = response else { return };
            if uid_of(attributes) != Some(uid) {
                return;
            }
            if let Some(found) = attributes.iter().find_map(section) {
                bytes = Some(found.to_vec());
            }
        })
        .await;
    match (answer, bytes) {
        (Err(broken @ Fault::Broken(_)), _) => Err(broken),
        (_, Some(bytes)) if oversized => {
            Ok(Fetched::Form(Form::Oversized { header: bytes, bytes: size }))
        }
        (_, Some(bytes)) if bytes.len() as u64 > most => {
            let (header, bytes) = (header_of(&bytes), bytes.len() as u64);
            Ok(Fetched::Form(Form::Oversized { header, bytes }))
        }
        (_, Some(bytes)) => Ok(Fetched::Form(Form::Letter(bytes))),
        (_, None) => is_there(live, uid).await,
    }
}

/// The bytes of BODY[] or BODY[HEADER].
fn section<'a>(attribute: &'a AttributeValue<'_>) -> Option<&'a [u8]> {
    match attribute {
        AttributeValue::BodySection {
            section: None | Some(SectionPath::Full(MessageSection::Header)),
            data: Some(data),
            ..
        } => Some(data),
        _ => None,
    }
}

/// Up to and with the empty line; at most 64 KiB.
fn header_of(letter: &[u8]) -> Vec<u8> {
    let end = letter.windows(4).position(|w| w == b"\r\n\r\n").map_or(letter.len(), |at| at + 4);
    letter.iter().take(end.min(64 << 10)).copied().collect()
}

/// Asked again after a NOOP, which lets the server tell what was deleted meanwhile.
async fn is_there(live: &mut Live, uid: u32) -> Result<Fetched, Fault> {
    live.command("NOOP", CHATTER, |_| {}).await?;
    let mut there = false;
    let answer = live
        .command(&format!("UID FETCH {uid} (UID)"), CHATTER, |response| {
            if let Response::Fetch(_, attributes) = response {
                there |= uid_of(attributes) == Some(uid);
            }
        })
        .await;
    match answer {
        Err(broken @ Fault::Broken(_)) => Err(broken),
        Ok(()) if !there => Ok(Fetched::Vanished),
        _ => Ok(Fetched::Withheld),
    }
}

/// Moves one letter of the selected folder. A letter that is gone is fine (F5): servers answer OK,
/// or NO when it went while we looked.
async fn relocate(live: &mut Live, uid: u32, target: &str) -> Result<(), Fault> {
    let folder = quoted(target);
    let verb = match (live.can_move, live.can_uid_expunge) {
        (true, _) => "MOVE",
        (false, true) => "COPY",
        // Plain EXPUNGE would delete what people have marked; then it rather stays.
        (false, false) => {
            return Err(Fault::Refused("the server has neither MOVE nor UIDPLUS".into()));
        }
    };
    let ask = format!("UID {verb} {uid} {folder}");
    match live.command(&ask, CHATTER, |_| {}).await {
        Err(Fault::Refused(words)) => {
            if let Fetched::Vanished = is_there(live, uid).await? {
                return Ok(());
            }
            // Perhaps the folder is missing. Making one that exists is refused: no harm.
            match live.command(&format!("CREATE {folder}"), CHATTER, |_| {}).await {
                Err(Fault::Refused(_)) => return Err(Fault::Refused(words)),
                other => other?,
            }
            live.command(&ask, CHATTER, |_| {}).await?;
        }
        other => other?,
    }
    if !live.can_move {
        live.command(&format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)"), CHATTER, |_| {})
            .await?;
        live.command(&format!("UID EXPUNGE {uid}"), CHATTER, |_| {}).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::header_of;

    #[test]
    fn f50_a_header_is_cut_at_its_empty_line_or_at_its_limit() {
        assert_eq!(header_of(b"A: b\r\n\r\nbody"), b"A: b\r\n\r\n");
        assert_eq!(header_of(&vec![b'a'; 1 << 20]).len(), 64 << 10);
        assert_eq!(header_of(b""), b"");
    }
}
