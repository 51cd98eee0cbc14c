//! The mailbox, and the way out.

use super::ourselves::AHEAD;
use crate::assemble;
use crate::carrier::post::{Examined, Moving, Post};
use crate::config::Config;
use crate::engine::ports::Carrier;
use crate::exchange::Problem;
use crate::report::{Fact, Found, Probe, Snapshot};
use crate::time::Timestamp;

/// The mailbox counts as filling from here, percent.
const FILLING: u64 = 90;
/// An application's letter is no larger, unless one that was made tells better.
const LETTER: u64 = 128 * 1024;

fn problem(label: &str, detail: impl Into<String>) -> Problem {
    Problem { label: label.into(), detail: detail.into() }
}

pub fn look(config: &Config, snapshot: Option<&Snapshot>, now: Timestamp) -> Vec<Found> {
    let mut post = match assemble::post_of(&config.mailbox, config.letter_megabytes, &config.data) {
        Ok(post) => post,
        Err(assemble::Error::Carrier(error)) => {
            return vec![Found::wrong(Probe::Mailbox, "", error.0)];
        }
        // A file that the examination told.
        Err(_) => return Vec::new(),
    };
    let mut found = mailbox(&mut post, config, now);
    found.extend(sending(&mut post, config, snapshot));
    found
}

fn mailbox(post: &mut Post, config: &Config, now: Timestamp) -> Vec<Found> {
    let imap = &config.mailbox.imap;
    let place = format!("{}:{}", imap.host, imap.port);
    let examined = match post.examine() {
        Ok(examined) => examined,
        Err(error) => return vec![Found::wrong(Probe::Mailbox, place, error.0)],
    };
    // A grant that ends soon: the mailbox can be read today.
    let grants = post.troubles().into_iter();
    let mut found: Vec<_> =
        grants.map(|problem| Found::soon(Probe::Mailbox, place.clone(), problem)).collect();
    if found.is_empty() {
        found.push(Found::fine(Probe::Mailbox, place, Fact::Nothing));
    }
    let Examined { folders, moving, quota, newest, can_idle: _ } = examined;
    for (folder, letters) in folders {
        found.push(match letters {
            Ok(letters) => Found::fine(Probe::Folder, folder, Fact::Letters(letters)),
            Err(words) => {
                let detail = format!("{folder}: {words}");
                Found::wrong(Probe::Folder, folder, problem("imap-folder", detail))
            }
        });
    }
    let target = config.mailbox.move_to.clone().unwrap_or_default();
    found.extend(match moving {
        Moving::NotAsked => None,
        Moving::Allowed => Some(Found::fine(Probe::Moving, target, Fact::Nothing)),
        Moving::Untold => Some(Found::fine(Probe::Moving, target, Fact::Untold)),
        Moving::Refused(words) => {
            Some(Found::wrong(Probe::Moving, target, problem("move-refused", words)))
        }
    });
    found.push(match quota {
        None => Found::fine(Probe::Quota, "", Fact::Untold),
        Some((used, limit)) => filled(used, limit),
    });
    found.extend(newest.as_deref().and_then(|date| ahead(date, now)));
    found
}

/// `used` and `limit` in KiB.
fn filled(used: u64, limit: u64) -> Found {
    let percent = u128::from(used) * 100 / u128::from(limit.max(1));
    let percent = u64::try_from(percent).unwrap_or(u64::MAX);
    let detail = format!("{percent} %: {used} KiB / {limit} KiB");
    match percent {
        100.. => Found::wrong(Probe::Quota, "", problem("mailbox-full", detail)),
        FILLING.. => Found::soon(Probe::Quota, "", problem("mailbox-filling", detail)),
        _ => {
            let percent = u8::try_from(percent).unwrap_or(100);
            Found::fine(Probe::Quota, "", Fact::UsedPercent(percent))
        }
    }
}

/// No letter came in the future: one that did shows that our clock is behind the server's.
fn ahead(newest: &str, now: Timestamp) -> Option<Found> {
    let parsed = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", newest).ok()?;
    let came = Timestamp(parsed.to_timestamp().ok()?.as_second());
    (came > now + AHEAD).then(|| {
        let detail = format!("the newest letter came at {came}, and our clock shows {now}");
        Found::wrong(Probe::Clock, "", problem("clock-differs", detail))
    })
}

fn sending(post: &mut Post, config: &Config, snapshot: Option<&Snapshot>) -> Vec<Found> {
    let smtp = &config.mailbox.smtp;
    let place = format!("{}:{}", smtp.host, smtp.port);
    let most = match post.knock_smtp() {
        Ok(most) => most,
        Err(failure) => {
            return vec![Found::wrong(Probe::Sending, place, failure.problem().clone())];
        }
    };
    let size = match most {
        None => Found::fine(Probe::LetterSize, "", Fact::Untold),
        Some(most) if most < largest(config, snapshot) => {
            let detail = format!("{most} < {} B", largest(config, snapshot));
            Found::wrong(Probe::LetterSize, "", problem("smtp-size", detail))
        }
        Some(most) => Found::fine(Probe::LetterSize, "", Fact::UpToBytes(most)),
    };
    vec![Found::fine(Probe::Sending, place, Fact::Nothing), size]
}

/// Bytes of the largest letter that was made so far, and no less than one usually has.
fn largest(config: &Config, snapshot: Option<&Snapshot>) -> u64 {
    let exchanges = snapshot.map(|snapshot| snapshot.exchanges.as_slice()).unwrap_or_default();
    let made = exchanges.iter().filter_map(|exchange| {
        let parcel = exchange.stage.dispatch()?.parcel;
        let bytes = assemble::kept(config, &parcel).ok()??;
        u64::try_from(bytes.len()).ok()
    });
    made.max().unwrap_or(0).max(LETTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Severity;

    #[test]
    fn a_mailbox_fills_before_it_is_full() {
        for (used, severity) in [
            (0, Severity::Success),
            (89, Severity::Success),
            (90, Severity::Warning),
            (99, Severity::Warning),
            (100, Severity::Error),
            (250, Severity::Error),
        ] {
            assert_eq!(filled(used, 100).severity, severity, "{used}");
        }
        assert_eq!(filled(5, 0).severity, Severity::Error);
        assert_eq!(filled(u64::MAX, 1).severity, Severity::Error);
    }

    #[test]
    fn a_letter_from_the_future_shows_that_the_clock_is_behind() {
        // 2026-11-26T10:00:00Z
        let now = Timestamp(1_795_687_200);
        assert!(ahead("26-Nov-2026 12:04:00 +0200", now).is_none());
        assert!(ahead(" 1-Nov-2026 12:04:00 +0200".trim(), now).is_none());
        let told = ahead("26-Nov-2026 12:06:00 +0200", now).unwrap();
        assert_eq!(told.problem.unwrap().label, "clock-differs");
        assert!(ahead("no date", now).is_none());
    }
}
