//! A look at the mailbox that changes nothing in it, for `doctor`: EXAMINE opens folders for
//! reading only, and no letter is fetched.

use imap_proto::rfc2087::QuotaResourceName;
use imap_proto::rfc4314::AclRight;
use imap_proto::{AttributeValue, Response};

use super::folder_name::quoted;
use super::imap::{CHATTER, Fault, Live};
use super::settings::PostSettings;

/// Whether letters may be moved away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moving {
    /// The configuration asks for no move.
    NotAsked,
    /// By what the server says of its rights and commands.
    Allowed,
    /// The server has the commands, and does not tell rights (no ACL).
    Untold,
    /// In words, for people.
    Refused(String),
}

/// What the mailbox is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// The watched folders in their order: how many letters, or the server's words of refusal.
    pub folders: Vec<(String, Result<u32, String>)>,
    pub moving: Moving,
    /// Used and allowed, in KiB; `None`: the server does not tell, or has no limit.
    pub quota: Option<(u64, u64)>,
    /// The server's own date of the newest letter (INTERNALDATE): `17-Nov-2026 09:00:00 +0200`.
    pub newest: Option<String>,
    pub can_idle: bool,
}

pub(super) async fn examine(live: &mut Live, settings: &PostSettings) -> Result<Examined, Fault> {
    let (mut folders, mut newest) = (Vec::new(), None);
    for folder in &settings.folders {
        let found = match open_to_read(live, folder).await {
            Ok(letters) => Ok(letters),
            Err(Fault::Refused(words)) => Err(words),
            Err(broken @ Fault::Broken(_)) => return Err(broken),
        };
        if newest.is_none() && matches!(found, Ok(1..)) {
            newest = newest_date(live).await?;
        }
        folders.push((folder.clone(), found));
    }
    let moving = moving(live, settings).await?;
    let quota = if live.offers("QUOTA") { quota(live, settings).await? } else { None };
    // Whatever was opened is closed; with EXAMINE nothing is expunged by it.
    live.selected = None;
    match live.command("CLOSE", CHATTER, |_| {}).await {
        Ok(()) | Err(Fault::Refused(_)) => {}
        Err(broken) => return Err(broken),
    }
    Ok(Examined { folders, moving, quota, newest, can_idle: live.can_idle })
}

async fn open_to_read(live: &mut Live, folder: &str) -> Result<u32, Fault> {
    live.selected = None;
    let mut letters = 0;
    live.command(&format!("EXAMINE {}", quoted(folder)), CHATTER, |response| {
        if let Response::MailboxData(imap_proto::MailboxDatum::Exists(n)) = response {
            letters = *n;
        }
    })
    .await?;
    Ok(letters)
}

async fn newest_date(live: &mut Live) -> Result<Option<String>, Fault> {
    let mut newest = None;
    let asked = live
        .command("FETCH * (INTERNALDATE)", CHATTER, |response| {
            if let Response::Fetch(_, attributes) = response {
                newest = attributes.iter().find_map(|attribute| match attribute {
                    AttributeValue::InternalDate(date) => Some(date.trim().to_owned()),
                    _ => None,
                });
            }
        })
        .await;
    match asked {
        Err(broken @ Fault::Broken(_)) => Err(broken),
        _ => Ok(newest),
    }
}

/// The rights that moving needs: to delete and expunge where letters lie, to insert where they go.
async fn moving(live: &mut Live, settings: &PostSettings) -> Result<Moving, Fault> {
    let Some(target) = &settings.move_to else { return Ok(Moving::NotAsked) };
    if !live.can_move && !live.can_uid_expunge {
        return Ok(Moving::Refused("the server has neither MOVE nor UIDPLUS".into()));
    }
    if !live.offers("ACL") {
        return Ok(Moving::Untold);
    }
    for folder in &settings.folders {
        match rights(live, folder).await? {
            Some(rights) if rights.contains(&AclRight::DeleteMessage) => {}
            Some(_) => {
                return Ok(Moving::Refused(format!("letters in «{folder}» may not be moved away")));
            }
            None => return Ok(Moving::Untold),
        }
    }
    // A target that is missing is made when it is needed.
    match rights(live, target).await? {
        Some(rights) if !rights.contains(&AclRight::Insert) => {
            Ok(Moving::Refused(format!("nothing may be put into «{target}»")))
        }
        _ => Ok(Moving::Allowed),
    }
}

/// `None` when the server does not tell.
async fn rights(live: &mut Live, folder: &str) -> Result<Option<Vec<AclRight>>, Fault> {
    let mut found = None;
    let asked = live
        .command(&format!("MYRIGHTS {}", quoted(folder)), CHATTER, |response| {
            if let Response::MyRights(mine) = response {
                found = Some(mine.rights.clone());
            }
        })
        .await;
    match asked {
        Err(broken @ Fault::Broken(_)) => Err(broken),
        Err(Fault::Refused(_)) => Ok(None),
        Ok(()) => Ok(found),
    }
}

async fn quota(live: &mut Live, settings: &PostSettings) -> Result<Option<(u64, u64)>, Fault> {
    let folder = settings.folders.first().map_or("INBOX", String::as_str);
    let mut found: Option<(u64, u64)> = None;
    let asked = live
        .command(&format!("GETQUOTAROOT {}", quoted(folder)), CHATTER, |response| {
            let Response::Quota(quota) = response else { return };
            for resource in &quota.resources {
                if resource.name == QuotaResourceName::Storage && resource.limit > 0 {
                    let fuller = |known: (u64, u64)| {
                        u128::from(known.0) * u128::from(resource.limit)
                            >= u128::from(resource.usage) * u128::from(known.1)
                    };
                    // Of several roots the fullest counts.
                    if !found.is_some_and(fuller) {
                        found = Some((resource.usage, resource.limit));
                    }
                }
            }
        })
        .await;
    match asked {
        Err(broken @ Fault::Broken(_)) => Err(broken),
        _ => Ok(found),
    }
}
