//! The way of one application, step by step, and when each step was made.

use super::situation::Case;
use super::words::{StepName, Words};
use super::{Progress, TimelineStep};
use crate::exchange::{Event, Exchange, Gate, Note, Obstacle, Stage, StageName, Word};
use crate::store::Entry;
use crate::time::{Span, Timestamp};

/// When the current attempt passed each step; `None`: not yet, or not told by the journal.
#[derive(Clone, Debug, Default)]
pub struct Times {
    pub prepared: Option<Timestamp>,
    pub gates: Vec<(Gate, Timestamp)>,
    pub sent: Option<Timestamp>,
    pub delivered: Option<Timestamp>,
    pub invoiced: bool,
    pub paid: Option<Timestamp>,
    pub decided: Option<Timestamp>,
    pub installed: Option<Timestamp>,
}

impl Times {
    /// `journal` holds this exchange's entries, oldest first; the state fills what they lack.
    pub fn of(exchange: &Exchange, journal: &[&Entry]) -> Self {
        let mut times = Times::default();
        for entry in journal {
            times.hear(entry);
        }
        if let Some(dispatch) = exchange.stage.dispatch() {
            times.sent = times.sent.or(dispatch.last_sent);
            times.delivered = times.delivered.or(dispatch.delivered);
        }
        match &exchange.stage {
            Stage::Granted { grant, .. } => times.decided = times.decided.or(Some(grant.at)),
            Stage::Installed { grant, at } => {
                times.decided = times.decided.or(Some(grant.at));
                times.installed = times.installed.or(Some(*at));
            }
            Stage::AwaitingPayment { .. } => times.invoiced = true,
            _ => {}
        }
        times
    }

    fn hear(&mut self, entry: &Entry) {
        let (Some(event), Some(note)) = (&entry.event, &entry.note) else { return };
        if matches!(note, Note::Unexpected { .. }) {
            return;
        }
        if let Note::Moved { from: StageName::Refused, to: StageName::Opened } = note {
            *self = Times::default();
            return;
        }
        let at = entry.at;
        match event {
            Event::Prepared { .. } => self.prepared = Some(at),
            Event::GatePassed(gate) => self.gates.push((*gate, at)),
            Event::Sent => self.sent = self.sent.or(Some(at)),
            Event::Heard { word: Word::Delivered, .. } => self.delivered = Some(at),
            Event::Heard { word: Word::Invoiced(_), .. } => self.invoiced = true,
            Event::Heard { word: Word::Granted(_) | Word::Refused(_), .. } => {
                self.decided = Some(at);
            }
            Event::Paid { .. } => self.paid = Some(at),
            Event::Installed => self.installed = Some(at),
            Event::SendFailed(_)
            | Event::PrepareFailed { .. }
            | Event::InstallFailed { .. }
            | Event::Bounced { .. }
            | Event::Retried
            | Event::Snoozed { .. }
            | Event::Withdrawn { .. }
            | Event::Woke => {}
        }
    }
}

/// The step that a stage stands at, and how it stands there.
struct Here {
    step: Option<StepName>,
    failed: bool,
    /// Until when the step is waited for.
    until: Option<Timestamp>,
}

fn here(stage: &Stage, delivered: bool) -> Here {
    let at = |step, until| Here { step: Some(step), failed: false, until };
    match stage {
        Stage::Opened { .. } => at(StepName::Prepared, None),
        Stage::Gated { gates, until, .. } => match gates.first() {
            Some(gate) => at(StepName::Gate(*gate), Some(*until)),
            None => at(StepName::Sent, None),
        },
        Stage::Prepared { .. } => at(StepName::Sent, None),
        Stage::Sent { until, .. } => at(StepName::Delivered, Some(*until)),
        Stage::Acknowledged { until, .. } => at(StepName::Decided, Some(*until)),
        Stage::AwaitingPayment { invoice, .. } => at(StepName::Paid, invoice.due),
        Stage::Granted { .. } => at(StepName::Installed, None),
        Stage::Refused { .. } => {
            let step = if delivered { StepName::Decided } else { StepName::Delivered };
            Here { step: Some(step), failed: true, until: None }
        }
        Stage::Stalled { obstacle: Obstacle::Transport(_), .. } => {
            Here { step: Some(StepName::Sent), failed: true, until: None }
        }
        Stage::Stalled { was, .. } | Stage::Expired { was, .. } => {
            Here { failed: true, until: None, ..here(was, delivered) }
        }
        Stage::Installed { .. } | Stage::Withdrawn { .. } => {
            Here { step: None, failed: false, until: None }
        }
    }
}

pub fn steps(
    words: &dyn Words,
    case: &Case<'_>,
    exchange: &Exchange,
    times: &Times,
) -> Vec<TimelineStep> {
    let here = here(&exchange.stage, times.delivered.is_some());
    let mut names = vec![(StepName::Prepared, times.prepared)];
    names.extend(times.gates.iter().map(|(gate, at)| (StepName::Gate(*gate), Some(*at))));
    names.extend(pending(&exchange.stage).iter().map(|gate| (StepName::Gate(*gate), None)));
    names.extend([(StepName::Sent, times.sent), (StepName::Delivered, times.delivered)]);
    if times.invoiced {
        names.push((StepName::Paid, times.paid));
    }
    names.extend([(StepName::Decided, times.decided), (StepName::Installed, times.installed)]);

    let now = here.step.and_then(|step| names.iter().position(|(name, _)| *name == step));
    let steps = names.iter().enumerate().map(|(place, (name, at))| {
        let progress = match now {
            Some(now) if place < now => Progress::Done,
            Some(now) if place == now && here.failed => Progress::Failed,
            Some(now) if place == now => Progress::Now,
            Some(_) => Progress::Later,
            // Closed: installed means that everything was done; withdrawn, only what has a time.
            None if exchange.stage.name() == StageName::Installed || at.is_some() => Progress::Done,
            None => Progress::Later,
        };
        // Refused at once: the decision came where the receipt was waited for.
        let at = match progress {
            Progress::Failed => at.or(times.decided),
            _ => *at,
        };
        let when = match (progress, at, here.until) {
            (Progress::Later, ..) => String::new(),
            (Progress::Now, _, Some(until)) if *name == StepName::Paid => {
                words.short_by_day(case.clock.date(until))
            }
            (Progress::Now, _, Some(until)) => words.short_by(case.clock.civil(until)),
            (_, Some(at), _) => when(words, case, at),
            (_, None, _) => String::new(),
        };
        TimelineStep { label: words.step(*name, case), progress, when }
    });
    steps.collect()
}

/// Gates that still stand before sending.
fn pending(stage: &Stage) -> &[Gate] {
    match stage {
        Stage::Gated { gates, .. } => gates,
        Stage::Stalled { was, .. } | Stage::Expired { was, .. } => pending(was),
        _ => &[],
    }
}

/// Without the year, while it goes without saying.
fn when(words: &dyn Words, case: &Case<'_>, at: Timestamp) -> String {
    let local = case.clock.civil(at);
    if case.clock.now - at > Span::days(180) { words.stamp(local) } else { words.short(local) }
}
