//! A letter of our own that came back: found by its Message-ID, and taken away again, for
//! `mailbox test`. The one place where a letter is deleted: we made it ourselves, minutes ago.

use std::time::Duration;

use imap_proto::{MailboxDatum, Response};
use tokio::time::sleep;

use super::folder_name::quoted;
use super::imap::{CHATTER, Fault, Live};
use super::settings::PostSettings;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// Where the letter was found, and whether it is gone again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    pub folder: String,
    /// False: the server can't remove a single letter (no UIDPLUS); it is marked as deleted.
    pub removed: bool,
}

/// Looks until `over` says that it takes too long; `None` then. `id` is a Message-ID without
/// angle brackets, in plain ASCII.
pub(super) async fn take_back(
    live: &mut Live,
    settings: &PostSettings,
    id: &str,
    over: &dyn Fn() -> bool,
) -> Result<Option<Returned>, Fault> {
    // A daemon beside us may have read it and moved it away.
    let folders: Vec<&String> = settings.folders.iter().chain(&settings.move_to).collect();
    loop {
        for folder in &folders {
            if let Some(returned) = look(live, folder, id).await? {
                return Ok(Some(returned));
            }
        }
        if over() {
            return Ok(None);
        }
        sleep(PAUSE).await;
    }
}

async fn look(live: &mut Live, folder: &str, id: &str) -> Result<Option<Returned>, Fault> {
    match live.select(folder).await {
        // The folder for read letters may not exist yet.
        Err(Fault::Refused(_)) => return Ok(None),
        other => other?,
    };
    let Some(uid) = search(live, id).await? else { return Ok(None) };
    mark(live, uid).await?;
    if live.can_uid_expunge {
        live.command(&format!("UID EXPUNGE {uid}"), CHATTER, |_| {}).await?;
    }
    // It may have been moved away while we marked it: then it is looked for again.
    let still = search(live, id).await?.is_some();
    let removed = live.can_uid_expunge && !still;
    let found = removed || !live.can_uid_expunge;
    Ok(found.then(|| Returned { folder: folder.to_owned(), removed }))
}

async fn mark(live: &mut Live, uid: u32) -> Result<(), Fault> {
    let ask = format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)");
    match live.command(&ask, CHATTER, |_| {}).await {
        Ok(()) | Err(Fault::Refused(_)) => Ok(()),
        Err(broken) => Err(broken),
    }
}

async fn search(live: &mut Live, id: &str) -> Result<Option<u32>, Fault> {
    let mut found = None;
    let ask = format!("UID SEARCH HEADER Message-ID {}", quoted(id));
    live.command(&ask, CHATTER, |response| {
        if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
            found = found.or(uids.first().copied());
        }
    })
    .await?;
    Ok(found)
}
