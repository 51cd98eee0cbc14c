//! What an exchange is, and what it waits for.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// SHA-256 of bytes that are kept elsewhere. The heart never sees the bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    /// 64 lower-case hexadecimal digits; the name under which the bytes are kept.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Digest {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a digest is 64 hexadecimal digits";
        let mut bytes = [0; 32];
        // from_str_radix would take a sign.
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(WRONG);
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| WRONG)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| WRONG)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Names one exchange for people and for the store: `director-1`, `notice-1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExchangeId(pub String);

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The dialect's own name of what we sent: the 43-character file name of СОТА, the reference of
/// S/MIME. Answers are matched by it and by nothing else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DocumentNumber(pub String);

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An amount of money in the currency's smallest unit (копійки).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    /// ISO 4217, for example `UAH`.
    pub currency: String,
}

/// What an exchange is for. Both kinds run on the same machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// New certificates for one holder.
    Renewal,
    /// Telling the tax office about the new certificates (J1391103, F1391103).
    Notice,
}

/// A person's consent that must be had before anything is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// The authority's contract is accepted.
    Agreement,
    /// The code that came to the holder's phone is given.
    PhoneCode,
    /// The head of the organisation approves.
    Approval,
}

/// How an operation of ours fared so far, and when it may be tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Failures in a row; zero again after a success.
    pub failures: u32,
    /// Not before this moment; `None`: now.
    pub not_before: Option<Timestamp>,
}

/// A sealed parcel and how often it travelled. The bytes behind `parcel` never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispatch {
    pub document: DocumentNumber,
    /// The bytes that travel, kept before the first send.
    pub parcel: Digest,
    pub sends: u32,
    pub last_sent: Option<Timestamp>,
    /// When the authority said that it has it; survives a second send of the same bytes.
    pub delivered: Option<Timestamp>,
    /// Number of the invoice that a person said is paid: its copies ask for nothing.
    pub paid: Option<String>,
    pub retry: Retry,
}

impl Dispatch {
    pub fn new(document: DocumentNumber, parcel: Digest) -> Self {
        let retry = Retry::default();
        Self { document, parcel, sends: 0, last_sent: None, delivered: None, paid: None, retry }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    pub number: String,
    pub amount: Money,
    /// Pay by the end of this moment.
    pub due: Option<Timestamp>,
    /// The authenticated document that says so.
    pub receipt: Digest,
}

/// The authority's "no", in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The authority's own code, when it gives one.
    pub code: Option<String>,
    /// Its reasons, in its language, in its order; never empty.
    pub reasons: Vec<String>,
    /// The authenticated document that says so.
    pub receipt: Digest,
}

/// The authority's "yes".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The document it answers; its attempt need not be the newest one.
    pub document: DocumentNumber,
    /// The bundle of certificates, kept before this was committed; for a notice the receipt.
    pub bundle: Digest,
    /// The attempt whose keys it answers: a late answer to an earlier attempt is still good.
    pub attempt: u32,
    pub at: Timestamp,
}

/// What stopped an operation of ours. `label` stands in docs/operator.md.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub label: String,
    /// What and where, for a person; never a secret.
    pub detail: String,
}

/// Why a person is needed although the authority refused nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Obstacle {
    /// The application can't be made: data differ, a key is missing.
    Preparation(Problem),
    /// The letter was refused for good by a mail server, at once or by a bounce.
    Transport(Problem),
    /// The same bytes went as often as the profile allows, and nobody answered.
    Silence,
    /// What was granted can't be installed.
    Installation(Problem),
    /// A person did not open the gate in time.
    GateClosed(Gate),
}

/// Where an exchange stands. Each stage waits for exactly one party and carries just the data
/// that exist then, so that an impossible combination can't be written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Due: keys and application are to be made.
    Opened {
        retry: Retry,
    },
    /// Sealed; a person must agree before it goes. The first gate is the one waited for.
    Gated {
        dispatch: Dispatch,
        gates: Vec<Gate>,
        until: Timestamp,
    },
    /// Sealed and free to go.
    Prepared {
        dispatch: Dispatch,
    },
    /// On its way, or there. `certain` is false when the connection broke before the server's
    /// last word: it may have arrived, so nothing is sent again before the first patience ends.
    Sent {
        dispatch: Dispatch,
        certain: bool,
        until: Timestamp,
    },
    /// The authority has it and is thinking.
    Acknowledged {
        dispatch: Dispatch,
        until: Timestamp,
    },
    /// The authority wants money first. `until` is the next reminder.
    AwaitingPayment {
        dispatch: Dispatch,
        invoice: Invoice,
        until: Timestamp,
    },
    /// Answered with certificates that are not installed yet.
    Granted {
        grant: Grant,
        retry: Retry,
    },
    Installed {
        grant: Grant,
        at: Timestamp,
    },
    Refused {
        dispatch: Dispatch,
        refusal: Refusal,
        at: Timestamp,
    },
    /// Something outside the authority's word needs a person; `was` is where we stood.
    Stalled {
        obstacle: Obstacle,
        was: Box<Stage>,
        at: Timestamp,
    },
    /// The certificate ended first: the paper route. An answer that still comes is taken.
    Expired {
        was: Box<Stage>,
        at: Timestamp,
    },
    Withdrawn {
        at: Timestamp,
        dispatch: Option<Dispatch>,
    },
}

/// The stage without its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageName {
    Opened,
    Gated,
    Prepared,
    Sent,
    Acknowledged,
    AwaitingPayment,
    Granted,
    Installed,
    Refused,
    Stalled,
    Expired,
    Withdrawn,
}

impl StageName {
    pub const ALL: [StageName; 12] = [
        StageName::Opened,
        StageName::Gated,
        StageName::Prepared,
        StageName::Sent,
        StageName::Acknowledged,
        StageName::AwaitingPayment,
        StageName::Granted,
        StageName::Installed,
        StageName::Refused,
        StageName::Stalled,
        StageName::Expired,
        StageName::Withdrawn,
    ];

    /// The word for machines: commands, JSON, logs. People read `report`.
    pub fn word(self) -> &'static str {
        match self {
            StageName::Opened => "opened",
            StageName::Gated => "gated",
            StageName::Prepared => "prepared",
            StageName::Sent => "sent",
            StageName::Acknowledged => "acknowledged",
            StageName::AwaitingPayment => "awaiting-payment",
            StageName::Granted => "granted",
            StageName::Installed => "installed",
            StageName::Refused => "refused",
            StageName::Stalled => "stalled",
            StageName::Expired => "expired",
            StageName::Withdrawn => "withdrawn",
        }
    }
}

/// Who must act next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    Us,
    Authority,
    Person,
    Nobody,
}

/// Work that a stage owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Make keys, application and seal; answered by [`Event::Prepared`](super::Event::Prepared).
    Prepare,
    /// Hand the kept bytes to the carrier.
    Send,
    /// Prove the certificates and put them in place.
    Install,
}

/// An effect and the moment before which it must not be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    pub effect: Effect,
    pub not_before: Option<Timestamp>,
}

/// One case with one authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    pub id: ExchangeId,
    /// The holder's id in the configuration; the organisation's code for a notice.
    pub holder: String,
    pub purpose: Purpose,
    pub opened_at: Timestamp,
    /// When the certificate that speaks for us ends; after it only paper helps.
    pub deadline: Timestamp,
    /// 1 for the first application; each retry after a refusal is a new attempt with new keys
    /// and a new document number.
    pub attempt: u32,
    pub stage: Stage,
}

impl Exchange {
    pub fn open(
        id: ExchangeId,
        holder: String,
        purpose: Purpose,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Self {
        let stage = Stage::Opened { retry: Retry::default() };
        Self { id, holder, purpose, opened_at: now, deadline, attempt: 1, stage }
    }

    /// Who must act next.
    pub fn waits_for(&self) -> Party {
        match self.stage {
            Stage::Opened { .. } | Stage::Prepared { .. } | Stage::Granted { .. } => Party::Us,
            Stage::Sent { .. } | Stage::Acknowledged { .. } => Party::Authority,
            Stage::Gated { .. }
            | Stage::AwaitingPayment { .. }
            | Stage::Refused { .. }
            | Stage::Stalled { .. }
            | Stage::Expired { .. } => Party::Person,
            Stage::Installed { .. } | Stage::Withdrawn { .. } => Party::Nobody,
        }
    }

    /// The work that this stage owes, if it waits for us.
    pub fn owed(&self) -> Option<Owed> {
        let (effect, retry) = match &self.stage {
            Stage::Opened { retry } => (Effect::Prepare, retry),
            Stage::Prepared { dispatch } => (Effect::Send, &dispatch.retry),
            Stage::Granted { retry, .. } => (Effect::Install, retry),
            _ => return None,
        };
        Some(Owed { effect, not_before: retry.not_before })
    }

    /// The moment at which this stage must hear [`Event::Woke`](super::Event::Woke); `None` when
    /// only an answer, a person or nothing can move it.
    pub fn wake_at(&self) -> Option<Timestamp> {
        let own = match &self.stage {
            Stage::Gated { until, .. }
            | Stage::Sent { until, .. }
            | Stage::Acknowledged { until, .. }
            | Stage::AwaitingPayment { until, .. } => Some(*until),
            _ => None,
        };
        let end = self.stage.can_expire().then_some(self.deadline);
        own.into_iter().chain(end).min()
    }

    pub fn is_closed(&self) -> bool {
        self.waits_for() == Party::Nobody
    }

    /// The document that answers are matched by, once there is one.
    pub fn document(&self) -> Option<&DocumentNumber> {
        match &self.stage {
            Stage::Granted { grant, .. } | Stage::Installed { grant, .. } => Some(&grant.document),
            stage => stage.dispatch().map(|dispatch| &dispatch.document),
        }
    }
}

impl Stage {
    pub fn name(&self) -> StageName {
        match self {
            Stage::Opened { .. } => StageName::Opened,
            Stage::Gated { .. } => StageName::Gated,
            Stage::Prepared { .. } => StageName::Prepared,
            Stage::Sent { .. } => StageName::Sent,
            Stage::Acknowledged { .. } => StageName::Acknowledged,
            Stage::AwaitingPayment { .. } => StageName::AwaitingPayment,
            Stage::Granted { .. } => StageName::Granted,
            Stage::Installed { .. } => StageName::Installed,
            Stage::Refused { .. } => StageName::Refused,
            Stage::Stalled { .. } => StageName::Stalled,
            Stage::Expired { .. } => StageName::Expired,
            Stage::Withdrawn { .. } => StageName::Withdrawn,
        }
    }

    /// The parcel of the current attempt, while its fate is open or refused.
    pub fn dispatch(&self) -> Option<&Dispatch> {
        match self {
            Stage::Opened { .. } | Stage::Granted { .. } | Stage::Installed { .. } => None,
            Stage::Gated { dispatch, .. }
            | Stage::Prepared { dispatch }
            | Stage::Sent { dispatch, .. }
            | Stage::Acknowledged { dispatch, .. }
            | Stage::AwaitingPayment { dispatch, .. }
            | Stage::Refused { dispatch, .. } => Some(dispatch),
            Stage::Stalled { was, .. } | Stage::Expired { was, .. } => was.dispatch(),
            Stage::Withdrawn { dispatch, .. } => dispatch.as_ref(),
        }
    }

    /// Whether the end of the old certificate changes anything: not once new ones were granted.
    pub(super) fn can_expire(&self) -> bool {
        match self {
            Stage::Granted { .. }
            | Stage::Installed { .. }
            | Stage::Expired { .. }
            | Stage::Withdrawn { .. } => false,
            Stage::Stalled { was, .. } => was.can_expire(),
            _ => true,
        }
    }
}
