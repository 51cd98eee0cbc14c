//! How bad it is, in one word: what exit codes and monitoring scripts go by.

use serde::Serialize;

use super::situation::Situation;
use crate::exchange::Problem;

/// From best to worst: the worst one counts. Something that a person must do outranks a refusal,
/// which also waits for a person but says so by a code of its own; both outrank what heals by
/// itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    Fine,
    /// The authority is thinking.
    Waiting,
    /// Authority or mail can't be reached; tried again without anybody's help.
    Unreachable,
    /// The authority said no.
    Refused,
    NeedsPerson,
}

impl Standing {
    pub const ALL: [Standing; 5] =
        [Self::Fine, Self::Waiting, Self::Unreachable, Self::Refused, Self::NeedsPerson];

    /// The word for machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Waiting => "waiting",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::NeedsPerson => "needs-person",
        }
    }

    /// What a problem means while certpost goes on trying.
    pub fn of_problem(problem: &Problem) -> Self {
        match problem.label.as_str() {
            "smtp-unreachable" | "smtp-later" | "smtp-uncertain" | "imap-unreachable"
            | "imap-timeout" | "imap-busy" => Self::Unreachable,
            _ => Self::NeedsPerson,
        }
    }

    pub(super) fn of_situation(situation: &Situation<'_>) -> Self {
        match situation {
            Situation::Preparing
            | Situation::PutOff { .. }
            | Situation::Sending
            | Situation::Installing { .. }
            | Situation::NotYetValid { .. }
            | Situation::Installed { .. }
            | Situation::Withdrawn { .. } => Self::Fine,
            Situation::AwaitingReceipt { .. }
            | Situation::AwaitingDecision { .. }
            | Situation::Resending { .. } => Self::Waiting,
            Situation::PreparingAgain(again)
            | Situation::SendingAgain(again)
            | Situation::InstallingAgain(again) => {
                again.problem.map_or(Self::Unreachable, Self::of_problem)
            }
            Situation::HookFailed { .. } => Self::NeedsPerson,
            Situation::Refused { .. } => Self::Refused,
            Situation::AtGate { .. }
            | Situation::PayOnline { .. }
            | Situation::Payment { .. }
            | Situation::CannotPrepare(_)
            | Situation::CannotSend(_)
            | Situation::Silent { .. }
            | Situation::CannotInstall(_)
            | Situation::GateClosed(_)
            | Situation::Expired { .. } => Self::NeedsPerson,
        }
    }
}
