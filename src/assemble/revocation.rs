//! Revocation lists from the files that the configuration names. Another program downloads them,
//! so they are read again when they change: a daemon that runs for years must not believe the list
//! of its first day.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Error;
use crate::config::{self, Config};
use crate::crypto::revocation::RevocationList;
use crate::crypto::{Certificate, Suite, name};
use crate::engine::Setup;
use crate::exchange::Problem;
use crate::time::Timestamp;

/// The list of an authority with millions of certificates is smaller.
const LARGEST: u64 = 64 << 20;

/// All lists of one authority, or what is wrong with the first bad one.
pub(super) fn read(
    authority: &config::Authority,
    anchors: &[Certificate],
    suite: &dyn Suite,
) -> Result<Vec<RevocationList>, Error> {
    let one = |path: &PathBuf| {
        list(path, anchors, suite).map_err(|detail| Error::Certificate {
            place: format!("authority.{}.revocation-lists", authority.name),
            path: path.clone(),
            detail,
        })
    };
    authority.revocation_lists.iter().map(one).collect()
}

/// A list counts only when one of the anchors signed it: it was downloaded, and whoever may have
/// changed it on the way must not be able to take a certificate back.
fn list(path: &Path, anchors: &[Certificate], suite: &dyn Suite) -> Result<RevocationList, String> {
    let bytes = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if bytes > LARGEST {
        return Err(format!("it has {bytes} bytes: no revocation list is so large"));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let list = RevocationList::read(&bytes)
        .map_err(|error| format!("not a usable revocation list: {}", error.detail))?;
    let issuer = name::display(list.issuer_der());
    let mut named = anchors.iter().filter(|one| one.subject_der() == list.issuer_der()).peekable();
    if named.peek().is_none() {
        return Err(format!("it was issued by «{issuer}», who is not among the anchors"));
    }
    if !named.any(|anchor| list.is_issued_by(anchor, suite).is_ok()) {
        return Err(format!("it was issued in the name of «{issuer}», who did not sign it"));
    }
    Ok(list)
}

/// When a file was last written, and its length.
type Seen = Option<(SystemTime, u64)>;

fn look(path: &Path) -> Seen {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Watches the files, and brings what changed into a [`Setup`].
pub struct Lists {
    seen: Vec<(PathBuf, Seen)>,
    /// What was wrong when they were last read.
    unreadable: Vec<Problem>,
}

impl Lists {
    /// The files as they are now. To be called before the setup is made, so that no change falls
    /// between the two.
    pub fn watch(config: &Config) -> Self {
        let paths = config.authorities.iter().flat_map(|one| &one.revocation_lists);
        let seen = paths.map(|path| (path.clone(), look(path))).collect();
        Self { seen, unreadable: Vec::new() }
    }

    /// Reads changed files into `setup`, and says what a person must know: `revocation-unreadable`
    /// (the earlier lists go on to count) and `revocation-stale` (the list counts, but the
    /// authority may have taken back more since).
    pub fn refresh(&mut self, config: &Config, setup: &mut Setup, now: Timestamp) -> Vec<Problem> {
        let current = Self::watch(config);
        if current.seen != self.seen {
            *self = current;
            self.reread(config, setup);
        }
        let stale = setup.authorities.iter().flat_map(|authority| {
            let lists = authority.trust.revocations.iter().filter(|list| list.is_stale(now));
            lists.filter_map(|list| {
                let (made, next) = (list.this_update(), list.next_update()?);
                let detail =
                    format!("{}: to the list of {made} a newer one was due {next}", authority.name);
                Some(Problem { label: "revocation-stale".into(), detail })
            })
        });
        self.unreadable.iter().cloned().chain(stale).collect()
    }

    fn reread(&mut self, config: &Config, setup: &mut Setup) {
        for authority in &config.authorities {
            let live = setup.authorities.iter_mut().find(|live| live.name == authority.name);
            let Some(live) = live else { continue };
            match read(authority, &live.trust.anchors, live.suite.as_ref()) {
                Ok(lists) => live.trust.revocations = lists,
                Err(error) => self.unreadable.push(Problem {
                    label: "revocation-unreadable".into(),
                    detail: error.to_string(),
                }),
            }
        }
    }
}
