//! The rules. `tests/golden/stages.txt` shows them as a table of stage × event.

use super::event::{Event, SendFailure, Word};
use super::note::{Anomaly, Note};
use super::policy::{Policy, Silence};
use super::state::{
    Dispatch, Effect, Exchange, Gate, Grant, Invoice, Obstacle, Problem, Purpose, Refusal, Retry,
    Stage,
};
use crate::time::Timestamp;

/// The result of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub next: Exchange,
    /// What the next state owes; the same as `next.owed()`, for readers of a step alone.
    pub effect: Option<Effect>,
    pub note: Note,
}

/// Applies one event at `now`. Total: see the module.
pub fn step(state: &Exchange, event: &Event, now: Timestamp, policy: &Policy) -> Step {
    let case = Case { purpose: state.purpose, attempt: state.attempt, now, policy };
    let outcome = match event {
        Event::Woke => case.woke(&state.stage, state.deadline),
        event => case.advance(&state.stage, event),
    };
    let from = state.stage.name();
    let (next, note) = match outcome {
        Ok(stage) => {
            let to = stage.name();
            // Only a retry after a refusal makes new keys and a new document.
            let anew =
                matches!((&state.stage, &stage), (Stage::Refused { .. }, Stage::Opened { .. }));
            let attempt = state.attempt.saturating_add(u32::from(anew));
            let note =
                if from == to { Note::Updated { stage: to } } else { Note::Moved { from, to } };
            (Exchange { stage, attempt, ..state.clone() }, note)
        }
        Err(why) => {
            let (waited_for, came) = (state.waits_for(), event.name().to_owned());
            (state.clone(), Note::Unexpected { stage: from, waited_for, came, why })
        }
    };
    Step { effect: next.owed().map(|owed| owed.effect), next, note }
}

/// The new stage, or why there is none.
type Outcome = Result<Stage, Anomaly>;

/// What every rule may look at beside stage and event.
struct Case<'a> {
    purpose: Purpose,
    attempt: u32,
    now: Timestamp,
    policy: &'a Policy,
}

impl Case<'_> {
    fn advance(&self, stage: &Stage, event: &Event) -> Outcome {
        if matches!(stage, Stage::Installed { .. } | Stage::Withdrawn { .. }) {
            return Err(Anomaly::Closed);
        }
        match event {
            Event::Heard { word, attempt } => self.heard(stage, word, *attempt),
            Event::Withdrawn { .. } => {
                Ok(Stage::Withdrawn { at: self.now, dispatch: stage.dispatch().cloned() })
            }
            Event::Retried => self.retried(stage),
            Event::Paid { .. } => self.paid(stage),
            Event::Bounced { problem, lasting } => self.bounced(stage, problem, *lasting),
            event => self.worked(stage, event),
        }
    }

    /// Reports about work of ours: each stage takes only its own.
    fn worked(&self, stage: &Stage, event: &Event) -> Outcome {
        match (stage, event) {
            (Stage::Opened { .. }, Event::Prepared { dispatch, gates }) => {
                Ok(self.gated(dispatch.clone(), gates.clone()))
            }
            (Stage::Opened { retry }, Event::PrepareFailed { problem, lasting }) => {
                if *lasting {
                    Ok(self.stalled(Obstacle::Preparation(problem.clone()), stage))
                } else {
                    Ok(Stage::Opened { retry: self.failed(*retry) })
                }
            }
            (Stage::Opened { retry }, Event::Snoozed { until }) => {
                Ok(Stage::Opened { retry: Retry { not_before: Some(*until), ..*retry } })
            }
            // Granted for a later day.
            (Stage::Granted { grant, .. }, Event::Snoozed { until }) => {
                let retry = Retry { not_before: Some(*until), ..Retry::default() };
                Ok(Stage::Granted { grant: grant.clone(), retry })
            }
            (Stage::Gated { dispatch, gates, .. }, Event::GatePassed(gate))
                if gates.first() == Some(gate) =>
            {
                Ok(self.gated(dispatch.clone(), gates.iter().skip(1).copied().collect()))
            }
            (Stage::Prepared { dispatch }, Event::Sent) => Ok(self.sent(dispatch, true)),
            (Stage::Prepared { dispatch }, Event::SendFailed(failure)) => match failure {
                SendFailure::Later(_) => {
                    let retry = self.failed(dispatch.retry);
                    Ok(Stage::Prepared { dispatch: Dispatch { retry, ..dispatch.clone() } })
                }
                SendFailure::Rejected(problem) => {
                    Ok(self.stalled(Obstacle::Transport(problem.clone()), stage))
                }
                SendFailure::Uncertain(_) => Ok(self.sent(dispatch, false)),
            },
            (Stage::Granted { grant, .. }, Event::Installed) => {
                Ok(Stage::Installed { grant: grant.clone(), at: self.now })
            }
            (Stage::Granted { grant, retry }, Event::InstallFailed { problem, lasting }) => {
                if *lasting {
                    Ok(self.stalled(Obstacle::Installation(problem.clone()), stage))
                } else {
                    Ok(Stage::Granted { grant: grant.clone(), retry: self.failed(*retry) })
                }
            }
            _ => Err(Anomaly::NotWaitedFor),
        }
    }

    fn gated(&self, dispatch: Dispatch, gates: Vec<Gate>) -> Stage {
        if gates.is_empty() {
            return Stage::Prepared { dispatch };
        }
        let until = self.policy.gate_within.after(self.now, &self.policy.calendar);
        Stage::Gated { dispatch, gates, until }
    }

    fn sent(&self, dispatch: &Dispatch, certain: bool) -> Stage {
        let dispatch = Dispatch {
            sends: dispatch.sends.saturating_add(1),
            last_sent: Some(self.now),
            retry: Retry::default(),
            ..dispatch.clone()
        };
        if dispatch.delivered.is_some() {
            return self.acknowledged(dispatch);
        }
        let until = self.policy.delivered_within.after(self.now, &self.policy.calendar);
        Stage::Sent { dispatch, certain, until }
    }

    fn acknowledged(&self, dispatch: Dispatch) -> Stage {
        let until = self.policy.decided_within.after(self.now, &self.policy.calendar);
        let delivered = dispatch.delivered.or(Some(self.now));
        Stage::Acknowledged { dispatch: Dispatch { delivered, ..dispatch }, until }
    }

    fn stalled(&self, obstacle: Obstacle, was: &Stage) -> Stage {
        Stage::Stalled { obstacle, was: Box::new(was.clone()), at: self.now }
    }

    fn failed(&self, retry: Retry) -> Retry {
        let failures = retry.failures.saturating_add(1);
        Retry { failures, not_before: Some(self.now + self.policy.ladder.wait(failures)) }
    }

    /// A word of the authority, already authenticated and matched to this exchange.
    fn heard(&self, stage: &Stage, word: &Word, attempt: u32) -> Outcome {
        if attempt == 0 || attempt > self.attempt {
            return Err(Anomaly::UnknownAttempt);
        }
        match word {
            Word::Granted(grant) => self.granted(stage, grant),
            // Only a late "yes" to an earlier attempt still decides something.
            _ if attempt < self.attempt => Err(Anomaly::EarlierAttempt),
            Word::Delivered => self.delivered(stage),
            Word::Invoiced(invoice) => self.invoiced(stage, invoice),
            Word::Refused(refusal) => self.refused(stage, refusal),
        }
    }

    fn granted(&self, stage: &Stage, grant: &Grant) -> Outcome {
        match stage {
            Stage::Granted { .. } => Err(Anomaly::Repeated),
            // The first certificates could not be installed: only other ones help.
            Stage::Stalled { was, .. } => match was.as_ref() {
                Stage::Granted { grant: old, .. } if old.bundle == grant.bundle => {
                    Err(Anomaly::Repeated)
                }
                Stage::Granted { .. } => Ok(self.accept(grant)),
                was => self.granted(was, grant),
            },
            Stage::Expired { was, .. } => self.granted(was, grant),
            // Nothing of this attempt has left yet: the "yes" must be to an earlier one.
            Stage::Opened { .. } | Stage::Gated { .. } if grant.attempt == self.attempt => {
                Err(Anomaly::NotWaitedFor)
            }
            _ => Ok(self.accept(grant)),
        }
    }

    fn accept(&self, grant: &Grant) -> Stage {
        let grant = grant.clone();
        match self.purpose {
            Purpose::Renewal => Stage::Granted { grant, retry: Retry::default() },
            // A notice has nothing to install: the positive receipt is the end.
            Purpose::Notice => Stage::Installed { grant, at: self.now },
        }
    }

    fn delivered(&self, stage: &Stage) -> Outcome {
        match stage {
            Stage::Prepared { dispatch } if dispatch.delivered.is_none() => {
                // The letter left although we never learned it (a cut between send and commit).
                let sends = dispatch.sends.max(1);
                Ok(self.acknowledged(Dispatch { sends, ..dispatch.clone() }))
            }
            Stage::Sent { dispatch, .. } => Ok(self.acknowledged(dispatch.clone())),
            Stage::AwaitingPayment { dispatch, invoice, until } if dispatch.delivered.is_none() => {
                let dispatch = Dispatch { delivered: Some(self.now), ..dispatch.clone() };
                Ok(Stage::AwaitingPayment { dispatch, invoice: invoice.clone(), until: *until })
            }
            Stage::Prepared { .. }
            | Stage::Acknowledged { .. }
            | Stage::AwaitingPayment { .. }
            | Stage::Granted { .. }
            | Stage::Refused { .. } => Err(Anomaly::Repeated),
            Stage::Stalled { was, .. } => self.delivered(was),
            Stage::Expired { was, at } => self.delivered(was).map(|was| still_expired(was, *at)),
            _ => Err(Anomaly::NotWaitedFor),
        }
    }

    fn invoiced(&self, stage: &Stage, invoice: &Invoice) -> Outcome {
        match stage {
            Stage::Prepared { dispatch }
            | Stage::Sent { dispatch, .. }
            | Stage::Acknowledged { dispatch, .. } => {
                if dispatch.paid.as_ref() == Some(&invoice.number) {
                    return Err(Anomaly::Repeated);
                }
                Ok(self.awaiting_payment(dispatch, invoice))
            }
            Stage::AwaitingPayment { invoice: known, .. } if known.number == invoice.number => {
                Err(Anomaly::Repeated)
            }
            Stage::AwaitingPayment { dispatch, .. } => Ok(self.awaiting_payment(dispatch, invoice)),
            Stage::Granted { .. } => Err(Anomaly::Repeated),
            Stage::Stalled { was, .. } => self.invoiced(was, invoice),
            Stage::Expired { was, at } => {
                self.invoiced(was, invoice).map(|was| still_expired(was, *at))
            }
            _ => Err(Anomaly::NotWaitedFor),
        }
    }

    fn awaiting_payment(&self, dispatch: &Dispatch, invoice: &Invoice) -> Stage {
        let until = self.reminder(invoice);
        let sends = dispatch.sends.max(1);
        let dispatch = Dispatch { sends, ..dispatch.clone() };
        Stage::AwaitingPayment { dispatch, invoice: invoice.clone(), until }
    }

    /// The next reminder of an unpaid invoice: by the profile's rhythm, but also a working day
    /// before it is due, and on the working day after: nobody is reminded at midnight.
    fn reminder(&self, invoice: &Invoice) -> Timestamp {
        let calendar = &self.policy.calendar;
        let before = invoice.due.map(|due| calendar.opening_before(due));
        let rhythm = self.policy.payment_reminder.after(self.now, calendar);
        let after = invoice.due.map(|due| calendar.opening_after(due));
        let moments = before.into_iter().chain(after).filter(|at| *at > self.now);
        moments.fold(rhythm, Timestamp::min)
    }

    fn refused(&self, stage: &Stage, refusal: &Refusal) -> Outcome {
        match stage {
            Stage::Prepared { dispatch }
            | Stage::Sent { dispatch, .. }
            | Stage::Acknowledged { dispatch, .. }
            | Stage::AwaitingPayment { dispatch, .. } => Ok(Stage::Refused {
                dispatch: Dispatch { sends: dispatch.sends.max(1), ..dispatch.clone() },
                refusal: refusal.clone(),
                at: self.now,
            }),
            Stage::Granted { .. } | Stage::Refused { .. } => Err(Anomaly::Repeated),
            Stage::Stalled { was, .. } => self.refused(was, refusal),
            Stage::Expired { was, at } => {
                self.refused(was, refusal).map(|was| still_expired(was, *at))
            }
            _ => Err(Anomaly::NotWaitedFor),
        }
    }

    fn bounced(&self, stage: &Stage, problem: &Problem, lasting: bool) -> Outcome {
        match stage {
            Stage::Sent { .. } if lasting => {
                Ok(self.stalled(Obstacle::Transport(problem.clone()), stage))
            }
            Stage::Sent { .. } => Err(Anomaly::NoConsequence),
            // A bounce of a second copy says nothing once one copy is known to be there.
            Stage::Prepared { .. } | Stage::Acknowledged { .. } | Stage::AwaitingPayment { .. } => {
                Err(Anomaly::NoConsequence)
            }
            _ => Err(Anomaly::NotWaitedFor),
        }
    }

    fn paid(&self, stage: &Stage) -> Outcome {
        match stage {
            Stage::AwaitingPayment { dispatch, invoice, .. } => {
                let paid = Some(invoice.number.clone());
                Ok(self.acknowledged(Dispatch { paid, ..dispatch.clone() }))
            }
            Stage::Stalled { was, .. } => self.paid(was),
            Stage::Expired { was, at } => self.paid(was).map(|was| still_expired(was, *at)),
            _ => Err(Anomaly::NotWaitedFor),
        }
    }

    fn retried(&self, stage: &Stage) -> Outcome {
        let now = Retry::default();
        match stage {
            Stage::Refused { .. } => Ok(Stage::Opened { retry: now }),
            Stage::Opened { retry } if *retry != now => Ok(Stage::Opened { retry: now }),
            Stage::Prepared { dispatch } if dispatch.retry.failures > 0 => {
                Ok(Stage::Prepared { dispatch: Dispatch { retry: now, ..dispatch.clone() } })
            }
            Stage::Granted { grant, retry } if retry.failures > 0 => {
                Ok(Stage::Granted { grant: grant.clone(), retry: now })
            }
            Stage::Stalled { was, .. } => Ok(match was.as_ref() {
                Stage::Opened { .. } => Stage::Opened { retry: now },
                Stage::Gated { dispatch, gates, .. } => self.gated(dispatch.clone(), gates.clone()),
                Stage::Granted { grant, .. } => Stage::Granted { grant: grant.clone(), retry: now },
                // The same bytes once more.
                Stage::Prepared { dispatch }
                | Stage::Sent { dispatch, .. }
                | Stage::Acknowledged { dispatch, .. } => {
                    Stage::Prepared { dispatch: Dispatch { retry: now, ..dispatch.clone() } }
                }
                other => other.clone(),
            }),
            _ => Err(Anomaly::NotWaitedFor),
        }
    }

    fn woke(&self, stage: &Stage, deadline: Timestamp) -> Outcome {
        if stage.can_expire() && self.now >= deadline {
            let was = match stage {
                Stage::Stalled { was, .. } => was.clone(),
                stage => Box::new(stage.clone()),
            };
            return Ok(Stage::Expired { was, at: self.now });
        }
        match stage {
            Stage::Sent { until, .. } | Stage::Acknowledged { until, .. } if self.now < *until => {
                Err(Anomaly::TooEarly)
            }
            Stage::Sent { dispatch, .. } | Stage::Acknowledged { dispatch, .. } => {
                let may_resend = dispatch.sends < self.policy.max_sends;
                if may_resend && self.policy.silence == Silence::Resend {
                    return Ok(Stage::Prepared { dispatch: dispatch.clone() });
                }
                Ok(self.stalled(Obstacle::Silence, stage))
            }
            Stage::AwaitingPayment { until, .. } if self.now < *until => Err(Anomaly::TooEarly),
            Stage::AwaitingPayment { dispatch, invoice, .. } => {
                Ok(self.awaiting_payment(dispatch, invoice))
            }
            Stage::Gated { until, .. } if self.now < *until => Err(Anomaly::TooEarly),
            Stage::Gated { gates, .. } => match gates.first() {
                Some(gate) => Ok(self.stalled(Obstacle::GateClosed(*gate), stage)),
                None => Err(Anomaly::NotWaitedFor),
            },
            Stage::Installed { .. } | Stage::Withdrawn { .. } => Err(Anomaly::Closed),
            _ => Err(Anomaly::TooEarly),
        }
    }
}

/// Words that come after the end are kept with the stage that was, but the end stays the end.
fn still_expired(was: Stage, at: Timestamp) -> Stage {
    Stage::Expired { was: Box::new(was), at }
}
