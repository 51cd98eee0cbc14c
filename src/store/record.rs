//! Records: what lies on the disk, versioned and separate from the heart's types.
//!
//! A record is an envelope `[version u8][length u32 LE][crc32 u32 LE][payload]` around JSON. The
//! checksum also covers the version and the record's own place, so a record can't stand in for
//! another one.
//!
//! State goes through types of its own ([`ExchangeV1`] and its parts): the heart may change its
//! shape, what lies on disks may not. Events, notes and policies are stored by the heart's own serde
//! derives: they are an open list of small facts with names in words, and a separate copy of each
//! would only be a second place to forget. `v1.jsonl` freezes how both look; a change that it
//! notices needs a version 2 that still reads 1.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Arrival, Commit, Entry, Fate, Owner, StoreError};
use crate::exchange::{
    Digest, Dispatch, DocumentNumber, Event, Exchange, ExchangeId, Gate, Grant, Invoice, Money,
    Note, Obstacle, Policy, Problem, Purpose, Refusal, Retry, Stage,
};
use crate::time::Timestamp;

/// The newest version that this certpost writes and reads.
pub const VERSION: u8 = 1;

const HEAD: usize = 9;

/// Puts a payload into its envelope. `place` is unique for the record: tree and key.
pub fn seal(place: &[&[u8]], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut record = Vec::with_capacity(HEAD + payload.len());
    record.push(VERSION);
    record.extend(length.to_le_bytes());
    record.extend(checksum(VERSION, place, payload).to_le_bytes());
    record.extend(payload);
    record
}

fn checksum(version: u8, place: &[&[u8]], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[version]);
    for part in place {
        hasher.update(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
        hasher.update(part);
    }
    hasher.update(payload);
    hasher.finalize()
}

/// Why an envelope can't be opened.
#[derive(Debug, PartialEq, Eq)]
pub enum Unsealed {
    Damaged(&'static str),
    TooNew(u8),
}

impl Unsealed {
    pub fn at(self, place: String) -> StoreError {
        match self {
            Self::Damaged(what) => StoreError::Damaged { place, detail: what.into() },
            Self::TooNew(version) => StoreError::TooNew { place, version: version.into() },
        }
    }
}

/// The payload of an envelope, once its length and checksum hold.
pub fn unseal<'r>(place: &[&[u8]], record: &'r [u8]) -> Result<&'r [u8], Unsealed> {
    let (head, payload) =
        record.split_first_chunk::<HEAD>().ok_or(Unsealed::Damaged("a record is cut short"))?;
    let &[version, l0, l1, l2, l3, c0, c1, c2, c3] = head;
    let length = u32::from_le_bytes([l0, l1, l2, l3]);
    if usize::try_from(length) != Ok(payload.len()) {
        return Err(Unsealed::Damaged("a record is cut short"));
    }
    if checksum(version, place, payload) != u32::from_le_bytes([c0, c1, c2, c3]) {
        return Err(Unsealed::Damaged("the checksum of a record does not hold"));
    }
    // Only an undamaged byte can speak of the future.
    if version == 0 || version > VERSION {
        return Err(Unsealed::TooNew(version));
    }
    Ok(payload)
}

/// The checksum as it stands in the envelope; 0 for what is none.
pub fn stated_checksum(record: &[u8]) -> u32 {
    let stated = record.get(5..HEAD).and_then(|bytes| bytes.try_into().ok());
    stated.map_or(0, u32::from_le_bytes)
}

/// What can be a record.
pub trait Record: Sized {
    type Stored: Serialize + DeserializeOwned;
    fn to_stored(&self) -> Self::Stored;
    fn from_stored(stored: Self::Stored) -> Self;
}

pub fn encode<R: Record>(place: &[&[u8]], record: &R) -> Result<Vec<u8>, serde_json::Error> {
    Ok(seal(place, &serde_json::to_vec(&record.to_stored())?))
}

pub fn decode<R: Record>(place: &[&[u8]], record: &[u8]) -> Result<R, Unsealed> {
    let payload = unseal(place, record)?;
    let stored = serde_json::from_slice(payload);
    let stored = stored.map_err(|_| Unsealed::Damaged("a record has an unknown content"))?;
    Ok(R::from_stored(stored))
}

/// Says how a type of the heart looks on the disk: a twin with the same fields.
macro_rules! twin {
    ($(#[$meta:meta])* struct $twin:ident = $real:ident { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $twin { $($field: $type),* }

        impl From<&$real> for $twin {
            fn from(real: &$real) -> Self {
                let $real { $($field),* } = real.clone();
                Self { $($field: Stored::store($field)),* }
            }
        }

        impl From<$twin> for $real {
            fn from(twin: $twin) -> Self {
                Self { $($field: Stored::restore(twin.$field)),* }
            }
        }

        impl Stored<$real> for $twin {
            fn store(real: $real) -> Self { Self::from(&real) }
            fn restore(self) -> $real { self.into() }
        }
    };
    (enum $twin:ident = $real:ident {
        $($variant:ident $({ $($field:ident: $type:ty),* $(,)? })? $(($inner:ty))?),* $(,)?
    }) => {
        #[derive(Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub enum $twin { $($variant $({ $($field: $type),* })? $(($inner))?),* }

        impl Stored<$real> for $twin {
            fn store(real: $real) -> Self {
                match real {
                    $(twin!(@pattern $real $variant x $({ $($field),* })? $(($inner))?) =>
                        twin!(@store Self $variant x $({ $($field),* })? $(($inner))?)),*
                }
            }

            fn restore(self) -> $real {
                match self {
                    $(twin!(@pattern Self $variant x $({ $($field),* })? $(($inner))?) =>
                        twin!(@restore $real $variant x $({ $($field),* })? $(($inner))?)),*
                }
            }
        }
    };
    (@pattern $of:ident $variant:ident $x:ident { $($field:ident),* }) => { $of::$variant { $($field),* } };
    (@pattern $of:ident $variant:ident $x:ident ($inner:ty)) => { $of::$variant($x) };
    (@pattern $of:ident $variant:ident $x:ident) => { $of::$variant };
    (@store $of:ident $variant:ident $x:ident { $($field:ident),* }) => {
        $of::$variant { $($field: Stored::store($field)),* }
    };
    (@store $of:ident $variant:ident $x:ident ($inner:ty)) => { $of::$variant(Stored::store($x)) };
    (@store $of:ident $variant:ident $x:ident) => { $of::$variant };
    (@restore $of:ident $variant:ident $x:ident { $($field:ident),* }) => {
        $of::$variant { $($field: Stored::restore($field)),* }
    };
    (@restore $of:ident $variant:ident $x:ident ($inner:ty)) => { $of::$variant(Stored::restore($x)) };
    (@restore $of:ident $variant:ident $x:ident) => { $of::$variant };
}

/// How a value of type `T` is stored.
pub trait Stored<T> {
    fn store(real: T) -> Self;
    fn restore(self) -> T;
}

/// Types that mean the same on the disk for ever.
macro_rules! plain {
    ($($type:ty),*) => {
        $(impl Stored<$type> for $type {
            fn store(real: $type) -> Self { real }
            fn restore(self) -> $type { self }
        })*
    };
}

plain!(bool, u32, i64, String, Digest, Option<Event>, Option<Note>);

impl Stored<Timestamp> for i64 {
    fn store(real: Timestamp) -> Self {
        real.0
    }
    fn restore(self) -> Timestamp {
        Timestamp(self)
    }
}

impl Stored<DocumentNumber> for String {
    fn store(real: DocumentNumber) -> Self {
        real.0
    }
    fn restore(self) -> DocumentNumber {
        DocumentNumber(self)
    }
}

impl Stored<ExchangeId> for String {
    fn store(real: ExchangeId) -> Self {
        real.0
    }
    fn restore(self) -> ExchangeId {
        ExchangeId(self)
    }
}

/// `Option`, `Vec` and `Box` are stored as they are, around what is inside.
macro_rules! around {
    ($($stored:ty = $real:ty),* $(,)?) => {
        $(impl Stored<Option<$real>> for Option<$stored> {
            fn store(real: Option<$real>) -> Self { real.map(Stored::store) }
            fn restore(self) -> Option<$real> { self.map(Stored::restore) }
        }
        impl Stored<Vec<$real>> for Vec<$stored> {
            fn store(real: Vec<$real>) -> Self { real.into_iter().map(Stored::store).collect() }
            fn restore(self) -> Vec<$real> { self.into_iter().map(Stored::restore).collect() }
        })*
    };
}

around!(
    i64 = Timestamp,
    String = String,
    Digest = Digest,
    GateV1 = Gate,
    DispatchV1 = Dispatch,
    ExchangeV1 = Exchange,
    EntryV1 = Entry,
    ArrivalV1 = Arrival,
);

impl Stored<Box<Stage>> for Box<StageV1> {
    fn store(real: Box<Stage>) -> Self {
        Box::new(StageV1::store(*real))
    }
    fn restore(self) -> Box<Stage> {
        Box::new(StageV1::restore(*self))
    }
}

twin!(struct MoneyV1 = Money { minor: i64, currency: String });
twin!(enum PurposeV1 = Purpose { Renewal, Notice });
twin!(enum GateV1 = Gate { Agreement, PhoneCode, Approval });
twin!(struct RetryV1 = Retry { failures: u32, not_before: Option<i64> });
twin!(struct DispatchV1 = Dispatch {
    document: String,
    parcel: Digest,
    sends: u32,
    last_sent: Option<i64>,
    delivered: Option<i64>,
    paid: Option<String>,
    retry: RetryV1,
});
twin!(struct InvoiceV1 = Invoice {
    number: String,
    amount: MoneyV1,
    due: Option<i64>,
    receipt: Digest,
});
twin!(struct RefusalV1 = Refusal { code: Option<String>, reasons: Vec<String>, receipt: Digest });
twin!(struct GrantV1 = Grant { document: String, bundle: Digest, attempt: u32, at: i64 });
twin!(struct ProblemV1 = Problem { label: String, detail: String });
twin!(enum ObstacleV1 = Obstacle {
    Preparation(ProblemV1),
    Transport(ProblemV1),
    Silence,
    Installation(ProblemV1),
    GateClosed(GateV1),
});
twin!(enum StageV1 = Stage {
    Opened { retry: RetryV1 },
    Gated { dispatch: DispatchV1, gates: Vec<GateV1>, until: i64 },
    Prepared { dispatch: DispatchV1 },
    Sent { dispatch: DispatchV1, certain: bool, until: i64 },
    Acknowledged { dispatch: DispatchV1, until: i64 },
    AwaitingPayment { dispatch: DispatchV1, invoice: InvoiceV1, until: i64 },
    Granted { grant: GrantV1, retry: RetryV1 },
    Installed { grant: GrantV1, at: i64 },
    Refused { dispatch: DispatchV1, refusal: RefusalV1, at: i64 },
    Stalled { obstacle: ObstacleV1, was: Box<StageV1>, at: i64 },
    Expired { was: Box<StageV1>, at: i64 },
    Withdrawn { at: i64, dispatch: Option<DispatchV1> },
});
twin!(struct ExchangeV1 = Exchange {
    id: String,
    holder: String,
    purpose: PurposeV1,
    opened_at: i64,
    deadline: i64,
    attempt: u32,
    stage: StageV1,
});
twin!(struct EntryV1 = Entry {
    exchange: String,
    at: i64,
    event: Option<Event>,
    note: Option<Note>,
    policy: Digest,
    cause: Option<Digest>,
    words: String,
});
twin!(struct OwnerV1 = Owner { exchange: String, attempt: u32 });
twin!(enum FateV1 = Fate {
    Claimed(String),
    Unclaimed { reason: String },
    Quarantined { reason: String },
    PassedOver { reason: String },
});
twin!(struct ArrivalV1 = Arrival {
    raw: Digest,
    contents: Vec<Digest>,
    at: i64,
    from: String,
    subject: String,
    fate: FateV1,
});

twin!(struct CommitV1 = Commit {
    exchange: Option<ExchangeV1>,
    documents: Vec<(String, u32)>,
    entries: Vec<EntryV1>,
    arrival: Option<ArrivalV1>,
    policy: Option<(Digest, Policy)>,
    values: Vec<(String, String)>,
});

macro_rules! record {
    ($($real:ty => $stored:ty),* $(,)?) => {
        $(impl Record for $real {
            type Stored = $stored;
            fn to_stored(&self) -> $stored { Stored::store(self.clone()) }
            fn from_stored(stored: $stored) -> Self { stored.restore() }
        })*
    };
}

plain!(Policy, u64, Option<(Digest, Policy)>, Vec<(String, String)>);

impl Stored<Vec<(DocumentNumber, u32)>> for Vec<(String, u32)> {
    fn store(real: Vec<(DocumentNumber, u32)>) -> Self {
        real.into_iter().map(|(document, attempt)| (document.0, attempt)).collect()
    }
    fn restore(self) -> Vec<(DocumentNumber, u32)> {
        self.into_iter().map(|(document, attempt)| (DocumentNumber(document), attempt)).collect()
    }
}

record!(
    Exchange => ExchangeV1,
    Entry => EntryV1,
    Owner => OwnerV1,
    Arrival => ArrivalV1,
    Policy => Policy,
    String => String,
    u64 => u64,
);
