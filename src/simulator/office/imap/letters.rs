//! The commands that are about letters in the open folder.

use std::collections::BTreeSet;

use imap_types::command::CommandBody;
use imap_types::fetch::MacroOrMessageDataItemNames;
use imap_types::flag::{Flag, StoreResponse, StoreType};
use imap_types::sequence::{SeqOrUid, Sequence, SequenceSet};

use super::super::desk::State;
use super::super::faults::What;
use super::super::postbox::{Folder, Letter};
use super::room::{Answer, Opened, Room, TRY_CREATE, Then, folder_name};
use super::{fetch, search};

const NOTHING_OPEN: &str = "BAD no folder is open";
const READ_ONLY: &str = "NO [CANNOT] the folder is open for reading only";

/// Whether `number` is in the set, when the largest number is `last`. A range means the same in
/// either direction (RFC 3501 §9, seq-range).
pub(super) fn holds(set: &SequenceSet, number: u32, last: u32) -> bool {
    let value = |bound: &SeqOrUid| match bound {
        SeqOrUid::Value(value) => value.get(),
        SeqOrUid::Asterisk => last,
    };
    set.0.as_ref().iter().any(|part| match part {
        Sequence::Single(one) => value(one) == number,
        Sequence::Range(from, to) => {
            let (from, to) = (value(from), value(to));
            (from.min(to)..=from.max(to)).contains(&number)
        }
    })
}

/// The sequence numbers and UIDs that the set names, in the client's view, as pairs. Numbers
/// that do not exist are no error.
fn chosen(opened: &Opened, set: &SequenceSet, by_uid: bool) -> Vec<(u32, u32)> {
    let last_uid = opened.view.last().copied().unwrap_or(0);
    let last_number = u32::try_from(opened.view.len()).unwrap_or(u32::MAX);
    (1..)
        .zip(opened.view.iter().copied())
        .filter(
            |(number, uid)| {
                if by_uid { holds(set, *uid, last_uid) } else { holds(set, *number, last_number) }
            },
        )
        .collect()
}

fn flag_line(number: u32, letter: &Letter, with_uid: bool) -> String {
    let flags: Vec<&str> = letter.flags.iter().map(String::as_str).collect();
    let uid = if with_uid { format!(" UID {}", letter.uid) } else { String::new() };
    format!("* {number} FETCH (FLAGS ({}){uid})\r\n", flags.join(" "))
}

/// UIDs as UIDPLUS wants them; ours are few, so ranges are not sought.
fn listed(uids: &[u32]) -> String {
    uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

/// How a set of letters travels to another folder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Travel {
    Copy,
    Move,
}

impl Room {
    pub fn perform_opened(&mut self, who: &str, body: CommandBody<'static>) -> Answer {
        let Some(opened) = &self.opened else { return Answer::no(NOTHING_OPEN) };
        let renumbered = self.desk.look(|state| {
            let folder = state.postboxes.folder(who, &opened.folder);
            folder.map_or(true, |folder| folder.uid_validity != opened.validity)
        });
        if renumbered {
            return self.news(true);
        }
        match body {
            CommandBody::Check => self.rumours(),
            CommandBody::Unselect => {
                self.opened = None;
                Answer::ok("", "closed")
            }
            CommandBody::Close => {
                if !opened.read_only {
                    self.erase(who, None);
                }
                self.opened = None;
                Answer::ok("", "closed")
            }
            CommandBody::Expunge => self.expunge(who, None),
            CommandBody::ExpungeUid { sequence_set } => self.expunge(who, Some(&sequence_set)),
            CommandBody::Search { criteria, uid, .. } => self.search(who, criteria.as_ref(), uid),
            CommandBody::Fetch { sequence_set, macro_or_item_names, uid } => {
                self.fetch(who, &sequence_set, &macro_or_item_names, uid)
            }
            CommandBody::Store { sequence_set, kind, response, flags, uid } => {
                let silent = response == StoreResponse::Silent;
                self.store(who, &sequence_set, kind, &flags, uid, silent)
            }
            CommandBody::Copy { sequence_set, mailbox, uid } => {
                self.travel(who, &sequence_set, &folder_name(&mailbox), uid, Travel::Copy)
            }
            CommandBody::Move { sequence_set, mailbox, uid } => {
                self.travel(who, &sequence_set, &folder_name(&mailbox), uid, Travel::Move)
            }
            _ => Answer::no("BAD not served here"),
        }
    }

    /// Removes letters with `\Deleted`, all or those in the set.
    fn erase(&self, who: &str, only: Option<&SequenceSet>) {
        let Some(opened) = &self.opened else { return };
        let last = opened.view.last().copied().unwrap_or(0);
        self.desk.change(|state| {
            let Ok(folder) = state.postboxes.folder_mut(who, &opened.folder) else { return };
            folder.letters.retain(|letter| {
                let named = only.is_none_or(|set| holds(set, letter.uid, last));
                !(named && letter.flags.contains("\\Deleted"))
            });
        });
    }

    fn expunge(&mut self, who: &str, only: Option<&SequenceSet>) -> Answer {
        if self.opened.as_ref().is_some_and(|opened| opened.read_only) {
            return Answer::no(READ_ONLY);
        }
        self.erase(who, only);
        self.news(true)
    }

    fn search(
        &mut self,
        who: &str,
        criteria: &[imap_types::search::SearchKey<'_>],
        by_uid: bool,
    ) -> Answer {
        // News first: a letter that came since is found, and has a number.
        let news = self.news(by_uid);
        let Some(opened) = &self.opened else { return Answer::no(NOTHING_OPEN) };
        if matches!(news.then, Then::Bye) {
            return news;
        }
        let scope = search::Scope {
            last_number: u32::try_from(opened.view.len()).unwrap_or(u32::MAX),
            last_uid: opened.view.last().copied().unwrap_or(0),
        };
        let found = self.desk.look(|state| {
            let Ok(folder) = state.postboxes.folder(who, &opened.folder) else {
                return Ok(Vec::new());
            };
            let mut found = Vec::new();
            for (number, uid) in (1..).zip(opened.view.iter()) {
                let Some(letter) = folder.letter(*uid) else { continue };
                if search::all(criteria, letter, number, &scope)? {
                    found.push(if by_uid { *uid } else { number });
                }
            }
            Ok(found)
        });
        match found {
            Ok(found) => {
                let mut lines = news.untagged;
                let numbers: String = found.iter().map(|number| format!(" {number}")).collect();
                lines.extend_from_slice(format!("* SEARCH{numbers}\r\n").as_bytes());
                Answer::ok(lines, "searched")
            }
            Err(search::NotServed) => Answer::no("NO [CANNOT] this search key is not served"),
        }
    }

    fn fetch(
        &mut self,
        who: &str,
        set: &SequenceSet,
        items: &MacroOrMessageDataItemNames<'_>,
        by_uid: bool,
    ) -> Answer {
        let news = self.news(false);
        let Some(opened) = &self.opened else { return Answer::no(NOTHING_OPEN) };
        let items = match items {
            MacroOrMessageDataItemNames::Macro(short) => short.expand(),
            MacroOrMessageDataItemNames::MessageDataItemNames(items) => items.clone(),
        };
        let letters = chosen(opened, set, by_uid);
        let mut lines = news.untagged;
        let done = self.desk.quietly(|state: &mut State| {
            let wrong_by = state.rules.take(|what| match what {
                What::WrongSize(by) if fetch::asks_size(&items) => Some(*by),
                _ => None,
            });
            let Ok(folder) = state.postboxes.folder_mut(who, &opened.folder) else {
                return Ok(());
            };
            for (number, uid) in letters {
                // A letter that went away since the listing is not an error (F5).
                let Some(letter) = folder.letter_mut(uid) else { continue };
                let order = fetch::Order { number, by_uid, size_wrong_by: wrong_by.unwrap_or(0) };
                let seen = !opened.read_only && fetch::marks_seen(&items);
                let fresh = seen && letter.flags.insert("\\Seen".into());
                lines.extend_from_slice(&fetch::line(letter, &items, &order, fresh)?);
            }
            Ok(())
        });
        match done {
            Ok(()) => Answer::ok(lines, "fetched"),
            Err(fetch::NotServed) => Answer::no("NO [CANNOT] this item is not served"),
        }
    }

    fn store(
        &mut self,
        who: &str,
        set: &SequenceSet,
        kind: StoreType,
        flags: &[Flag<'_>],
        by_uid: bool,
        silent: bool,
    ) -> Answer {
        let news = self.news(false);
        let Some(opened) = &self.opened else { return Answer::no(NOTHING_OPEN) };
        if opened.read_only {
            return Answer::no(READ_ONLY);
        }
        let flags: BTreeSet<String> = flags.iter().map(Flag::to_string).collect();
        let letters = chosen(opened, set, by_uid);
        let mut lines = news.untagged;
        self.desk.quietly(|state| {
            let Ok(folder) = state.postboxes.folder_mut(who, &opened.folder) else { return };
            for (number, uid) in letters {
                let Some(letter) = folder.letter_mut(uid) else { continue };
                match kind {
                    StoreType::Replace => letter.flags.clone_from(&flags),
                    StoreType::Add => letter.flags.extend(flags.iter().cloned()),
                    StoreType::Remove => letter.flags.retain(|flag| !flags.contains(flag)),
                }
                if !silent {
                    lines.extend_from_slice(flag_line(number, letter, by_uid).as_bytes());
                }
            }
        });
        Answer::ok(lines, "stored")
    }

    /// COPY, and MOVE as RFC 6851 §3.3 orders its answers: COPYUID, EXPUNGE, OK.
    fn travel(
        &mut self,
        who: &str,
        set: &SequenceSet,
        target: &str,
        by_uid: bool,
        how: Travel,
    ) -> Answer {
        let Some(opened) = &self.opened else { return Answer::no(NOTHING_OPEN) };
        if how == Travel::Move && opened.read_only {
            return Answer::no(READ_ONLY);
        }
        let letters = chosen(opened, set, by_uid);
        let source = opened.folder.clone();
        let done = self.desk.change(|state| {
            let target_exists = state.postboxes.folder(who, target).is_ok();
            let folder = state.postboxes.folder_mut(who, &source).ok()?;
            if !target_exists {
                return None;
            }
            let taken = take(folder, &letters, how);
            let target = state.postboxes.folder_mut(who, target).ok()?;
            let (mut from, mut to) = (Vec::new(), Vec::new());
            for letter in taken {
                from.push(letter.uid);
                to.push(target.put(letter.raw, letter.flags, letter.arrived));
            }
            Some((target.uid_validity, from, to))
        });
        let Some((validity, from, to)) = done else { return Answer::no(TRY_CREATE) };
        let news = self.news(by_uid || how == Travel::Move);
        if from.is_empty() {
            return Answer { status: "OK nothing to do".into(), ..news };
        }
        let code = format!("[COPYUID {validity} {} {}]", listed(&from), listed(&to));
        match how {
            Travel::Copy => Answer { status: format!("OK {code} copied"), ..news },
            Travel::Move => {
                let told = format!("* OK {code} moved\r\n");
                let untagged = [told.as_bytes(), &news.untagged].concat();
                Answer { untagged, status: "OK moved".into(), ..news }
            }
        }
    }
}

fn take(folder: &mut Folder, letters: &[(u32, u32)], how: Travel) -> Vec<Letter> {
    let uids: BTreeSet<u32> = letters.iter().map(|(_, uid)| *uid).collect();
    let named = |letter: &&Letter| uids.contains(&letter.uid);
    let taken = folder.letters.iter().filter(named).cloned().collect();
    if how == Travel::Move {
        folder.letters.retain(|letter| !uids.contains(&letter.uid));
    }
    taken
}
