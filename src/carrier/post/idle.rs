//! Waiting for news (RFC 2177), and waiting without them.
//!
//! IDLE is a hint that spares the poll; a round of collecting follows whatever it says.

use std::pin::Pin;
use std::time::Duration;

use imap_proto::{MailboxDatum, RequestId, Response, Status};
use tokio::time::{Sleep, interval, sleep, timeout};

use super::imap::{CHATTER, Fault, Live, words};

/// How often the caller is asked whether to stop.
const ASK: Duration = Duration::from_millis(200);

/// Why an IDLE ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    News,
    Renew,
    /// The caller's time is over, or it wants to stop.
    Over,
}

/// Waits in the selected folder until a letter came, `over` ended or `interrupt` says so.
/// IDLE is renewed each `renew` (F9).
pub(super) async fn idle(
    live: &mut Live,
    renew: Duration,
    mut over: Pin<&mut Sleep>,
    interrupt: &dyn Fn() -> bool,
) -> Result<(), Fault> {
    while once(live, renew, over.as_mut(), interrupt).await? == Ended::Renew {}
    Ok(())
}

async fn once(
    live: &mut Live,
    renew: Duration,
    mut over: Pin<&mut Sleep>,
    interrupt: &dyn Fn() -> bool,
) -> Result<Ended, Fault> {
    live.broken = true;
    live.session.get_mut().budget = CHATTER;
    let mut news = false;
    let Some(tag) = begin(live, &mut news).await? else {
        live.broken = false;
        return Err(Fault::Refused("the server refuses IDLE".into()));
    };
    let mut renewal = std::pin::pin!(sleep(renew));
    let mut asking = interval(ASK);
    let mut ended = if news { Ended::News } else { Ended::Renew };
    while !news {
        // Each branch is safe to drop: async-imap keeps half-read answers in its buffer.
        tokio::select! {
            answer = live.session.read_response() => {
                let answer = answer.map_err(|e| live.lost(&e))?;
                let Some(answer) = answer else { return Err(live.closed("")) };
                if is_news(live, answer.parsed())? {
                    news = true;
                    ended = Ended::News;
                }
            }
            _ = asking.tick() => if interrupt() {
                ended = Ended::Over;
                break;
            },
            () = renewal.as_mut() => break,
            () = over.as_mut() => {
                ended = Ended::Over;
                break;
            }
        }
    }
    let late = finish(live, &tag).await?;
    live.broken = false;
    Ok(if late && ended == Ended::Renew { Ended::News } else { ended })
}

/// Sends IDLE and reads up to the server's "+". `None`: refused.
async fn begin(live: &mut Live, news: &mut bool) -> Result<Option<RequestId>, Fault> {
    let deadline = live.deadline();
    let talk = async {
        let tag = live.session.run_command("IDLE").await.map_err(|_| live.closed("not sent"))?;
        loop {
            let answer = live.session.read_response().await.map_err(|e| live.lost(&e))?;
            let Some(answer) = answer else { return Err(live.closed("")) };
            match answer.parsed() {
                Response::Continue(_) => return Ok(Some(tag)),
                Response::Done { tag: done, .. } if *done == tag => return Ok(None),
                other => *news |= is_news(live, other)?,
            }
        }
    };
    match timeout(deadline, talk).await {
        Ok(begun) => begun,
        Err(_) => Err(live.silent()),
    }
}

/// Sends DONE and reads to the end of IDLE. True: a letter came meanwhile.
async fn finish(live: &mut Live, tag: &RequestId) -> Result<bool, Fault> {
    let deadline = live.deadline();
    let talk = async {
        let sent = live.session.run_command_untagged("DONE").await;
        sent.map_err(|_| live.closed("DONE not sent"))?;
        let mut news = false;
        loop {
            let answer = live.session.read_response().await.map_err(|e| live.lost(&e))?;
            let Some(answer) = answer else { return Err(live.closed("")) };
            match answer.parsed() {
                Response::Done { tag: done, .. } if done == tag => return Ok(news),
                other => news |= is_news(live, other)?,
            }
        }
    };
    match timeout(deadline, talk).await {
        Ok(finished) => finished,
        Err(_) => Err(live.silent()),
    }
}

/// Only EXISTS can mean a letter. BYE is the end of the connection (F10).
fn is_news(live: &Live, response: &Response<'_>) -> Result<bool, Fault> {
    match response {
        Response::MailboxData(MailboxDatum::Exists(_)) => Ok(true),
        Response::Data { status: Status::Bye, outcome } => {
            Err(live.closed(&words(outcome.information.as_deref())))
        }
        _ => Ok(false),
    }
}

/// Nothing but time, until `over` or `interrupt`.
pub(super) async fn pause(mut over: Pin<&mut Sleep>, interrupt: &dyn Fn() -> bool) {
    let mut asking = interval(ASK);
    loop {
        tokio::select! {
            () = over.as_mut() => return,
            _ = asking.tick() => if interrupt() { return },
        }
    }
}
