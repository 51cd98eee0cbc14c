//! Config → Engine: the only file that knows everyone.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::authority::{Profile, dialect, last_safe_day};
use crate::config::{self, Config};
use crate::crash::{self, Crashing};
use crate::crypto::international::International;
use crate::crypto::{Certificate, Suite, Trust};
use crate::engine::ports::{Carrier, CarrierError, Secrets, Vault};
use crate::engine::{self, Authority, Engine, Holder, NewKeys, Setup};
use crate::exchange::{Exchange, ExchangeId, Problem, Purpose};
use crate::mail;
use crate::os;
use crate::report::{CertificateView, HolderView, HookView, Snapshot};
use crate::store::sled::Sled;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;
use crate::vault::FileVault;

mod evidence;
mod keys;
mod post;
mod revocation;
mod telling;

pub use evidence::evidence;
pub use keys::{orphans, probe_tokens, secrets, token, vault, weak_passwords};
pub use post::{carrier, carrier_of, post_of};
pub use revocation::Lists;
pub use telling::{herald, telling, ways};

/// Why the parts can't be put together.
#[derive(Debug)]
pub enum Error {
    Store(StoreError),
    Carrier(CarrierError),
    Vault(engine::ports::VaultError),
    /// A certificate that the configuration names.
    Certificate {
        place: String,
        path: PathBuf,
        detail: String,
    },
    /// A profile that asks for a dialect or suite that is not there.
    Profile {
        authority: String,
        what: &'static str,
        name: String,
    },
    /// The file with the daemon's last snapshot, or a password file.
    File {
        operation: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    /// A test asks for a crash at a point that there is not.
    CrashPoint(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Carrier(error) => error.fmt(f),
            Self::Vault(error) => error.fmt(f),
            Self::Certificate { place, path, detail } => {
                write!(f, "{place}: {}: {detail}", path.display())
            }
            Self::Profile { authority, what, name } => {
                write!(f, "authority {authority}: there is no {what} «{name}»")
            }
            Self::File { operation, path, .. } => {
                write!(f, "cannot {operation} {}", path.display())
            }
            Self::CrashPoint(name) => {
                let known = crash::Point::ALL.map(|(name, _)| name).join(", ");
                write!(f, "{}: no point «{name}»; there are {known}", crash::VARIABLE)
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => error.source(),
            Self::File { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<CarrierError> for Error {
    fn from(error: CarrierError) -> Self {
        Self::Carrier(error)
    }
}

impl From<engine::ports::VaultError> for Error {
    fn from(error: engine::ports::VaultError) -> Self {
        Self::Vault(error)
    }
}

/// The engine that a configuration means. Opens the database: fails with
/// [`StoreError::Busy`] when a daemon has it.
pub fn engine(config: &Config) -> Result<Engine, Error> {
    let store = Arc::new(Sled::open(&store_folder(config))?);
    let Parts { setup, vault, carrier, secrets } = parts(config)?;
    Ok(Engine { setup, store, vault, carrier, secrets, chance: os::chance() })
}

/// An engine with an empty memory, for looking while a daemon has the database.
pub fn forgetful(config: &Config) -> Result<Engine, Error> {
    let Parts { setup, vault, carrier, secrets } = parts(config)?;
    let store = Arc::new(crate::store::memory::Memory::new());
    Ok(Engine { setup, store, vault, carrier, secrets, chance: os::chance() })
}

/// Gives a running engine what another configuration means; on an error it stays as it was. The
/// database stays open, so no exchange notices. `around` may put something around the carrier.
pub fn refit(
    engine: &mut Engine,
    config: &Config,
    around: impl FnOnce(Box<dyn Carrier>) -> Box<dyn Carrier>,
) -> Result<(), Error> {
    let Parts { setup, vault, carrier, secrets } = parts(config)?;
    engine.setup = setup;
    engine.vault = vault;
    engine.carrier = around(carrier);
    engine.secrets = secrets;
    Ok(())
}

/// What an engine has beside its memory.
struct Parts {
    setup: Setup,
    vault: Box<dyn Vault>,
    carrier: Box<dyn Carrier>,
    secrets: Box<dyn Secrets>,
}

fn parts(config: &Config) -> Result<Parts, Error> {
    let mut parts = Parts {
        setup: setup(config)?,
        vault: Box::new(vault(config)?),
        carrier: carrier(config)?,
        secrets: secrets(config),
    };
    if let Some(name) = os::variable(crash::VARIABLE) {
        let point = crash::Point::named(&name).ok_or(Error::CrashPoint(name))?;
        parts.vault = Box::new(Crashing { point, port: parts.vault });
        parts.carrier = Box::new(Crashing { point, port: parts.carrier });
    }
    Ok(parts)
}

/// Where the database lies.
pub fn store_folder(config: &Config) -> PathBuf {
    config.data.join("store")
}

pub fn setup(config: &Config) -> Result<Setup, Error> {
    let megabytes = config.letter_megabytes;
    let letter_bytes = megabytes.saturating_mul(1024 * 1024);
    let letter = mail::Limits { letter_bytes, ..mail::Limits::default() };
    let authorities = config.authorities.iter().map(authority).collect::<Result<_, _>>()?;
    Ok(Setup {
        organisation: config.organisation.clone(),
        address: config.mailbox.address.clone(),
        authorities,
        holders: config.holders.iter().map(holder).collect(),
        hook: config.hook.is_some(),
        limits: engine::Limits {
            letters_a_round: config.letters_a_round,
            openings_a_round: config.openings_a_round,
            letter,
        },
        tax_office: config.tax_office.clone(),
        zone: config.zone.clone(),
    })
}

fn holder(holder: &config::Holder) -> Holder {
    Holder {
        id: holder.id.clone(),
        role: holder.role,
        name: holder.name.clone(),
        drfo: holder.drfo.clone(),
        email: holder.email.clone(),
        authority: holder.authority.clone(),
        usages: holder.usages.clone(),
        term: holder.term,
        payment: holder.payment,
        price_class: holder.price_class.clone(),
        start: holder.start,
        consent: holder.consent,
        new_keys: match &holder.token {
            Some(_) => NewKeys::OnToken { earlier: holder.password.is_some() },
            None => NewKeys::InFiles,
        },
    }
}

fn authority(authority: &config::Authority) -> Result<Authority, Error> {
    let profile = authority.profile.clone();
    let missing = |what, name: &str| Error::Profile {
        authority: authority.name.clone(),
        what,
        name: name.to_owned(),
    };
    let place = |option: &str| format!("authority.{}.{option}", authority.name);
    let suite = suite(&profile).ok_or_else(|| missing("suite", &profile.suite))?;
    let anchors = certificates(&place("anchors"), &authority.anchors)?;
    Ok(Authority {
        name: authority.name.clone(),
        dialect: dialect(&profile.dialect).ok_or_else(|| missing("dialect", &profile.dialect))?,
        suite: suite.clone(),
        trust: Trust {
            signers: certificates(&place("signers"), &authority.signers)?,
            revocations: revocation::read(authority, &anchors, suite.as_ref())?,
            anchors,
        },
        recipients: certificates(&place("recipients"), &authority.recipients)?,
        address: authority.address.clone(),
        profile,
    })
}

/// The suite that a profile means, shared between authority and vault.
pub fn suite(profile: &Profile) -> Option<Arc<dyn Suite>> {
    match profile.suite.as_str() {
        "international" => Some(Arc::new(International {
            keys: profile.keys,
            authenticated: profile.authenticated_encryption,
        })),
        name => crate::crypto::suite(name).map(Arc::from),
    }
}

/// `place` is the option that names the files, for people.
fn certificates(place: &str, paths: &[PathBuf]) -> Result<Vec<Certificate>, Error> {
    let wrong = |path: &PathBuf, detail: String| Error::Certificate {
        place: place.to_owned(),
        path: path.clone(),
        detail,
    };
    let read = |path: &PathBuf| {
        let bytes = std::fs::read(path).map_err(|error| wrong(path, error.to_string()))?;
        Certificate::read(&bytes).map_err(|error| wrong(path, error.to_string()))
    };
    paths.iter().map(read).collect()
}

/// Kept bytes, such as a raw letter, also while a daemon has the database.
pub fn kept(config: &Config, digest: &crate::exchange::Digest) -> Result<Option<Vec<u8>>, Error> {
    Ok(crate::store::kept_beside(&store_folder(config), digest)?)
}

/// Everything a report is made from, now.
pub fn snapshot(
    engine: &Engine,
    now: Timestamp,
    troubles: Vec<Problem>,
) -> Result<Snapshot, StoreError> {
    let Engine { setup, store, vault, .. } = engine;
    view(setup, store.as_ref(), vault.as_ref(), now, troubles)
}

/// Looks on without a mailbox: at a database that nobody else has open, or beside an engine.
pub struct Onlooker {
    setup: Setup,
    store: Arc<dyn Store>,
    vault: FileVault,
}

impl Onlooker {
    pub fn new(config: &Config) -> Result<Self, Error> {
        Self::beside(config, Arc::new(Sled::open(&store_folder(config))?))
    }

    /// Shares the engine's store.
    pub fn beside(config: &Config, store: Arc<dyn Store>) -> Result<Self, Error> {
        Ok(Self { setup: setup(config)?, store, vault: vault(config)? })
    }

    pub fn snapshot(&self, now: Timestamp) -> Result<Snapshot, StoreError> {
        view(&self.setup, self.store.as_ref(), &self.vault, now, Vec::new())
    }
}

fn hooks(store: &dyn Store) -> Result<Vec<HookView>, StoreError> {
    let hooks = engine::hook::all(store)?.into_iter();
    let failed = hooks.filter_map(|(exchange, hook)| {
        let retry = hook.retry;
        let (exchange, failures, next) = (exchange.id, retry.failures, retry.not_before);
        Some(HookView { exchange, failures, next, problem: hook.problem? })
    });
    Ok(failed.collect())
}

fn view(
    setup: &Setup,
    store: &dyn Store,
    vault: &dyn Vault,
    now: Timestamp,
    troubles: Vec<Problem>,
) -> Result<Snapshot, StoreError> {
    let mut holders = Vec::new();
    for holder in &setup.holders {
        let snoozed = store.value(&engine::value::snoozed(&holder.id))?;
        let snoozed = snoozed.and_then(|text| text.parse().ok());
        holders.extend(holder_view(setup, holder, vault, now, snoozed));
    }
    let exchanges = store.exchanges()?;
    let mut registrations = Vec::new();
    for document in exchanges.iter().filter_map(|exchange| exchange.document()) {
        let number = store.value(&engine::value::registration(document))?;
        registrations.extend(number.map(|number| (document.clone(), number)));
    }
    let arrivals = store.arrivals()?;
    let read = store.value(engine::value::MAILBOX_READ)?;
    Ok(Snapshot {
        now,
        zone: setup.zone.clone(),
        organisation: setup.organisation.clone(),
        holders,
        notice_days: notice_days(setup, &exchanges),
        orders: engine::order::all(store)?,
        hooks: hooks(store)?,
        registrations,
        exchanges,
        journal: store.journal(None)?,
        ignored: engine::ignored(store, &arrivals)?,
        arrivals,
        troubles,
        mailbox_read: read.and_then(|text| text.parse().ok()).map(Timestamp),
    })
}

fn notice_days(setup: &Setup, exchanges: &[Exchange]) -> Vec<(ExchangeId, jiff::civil::Date)> {
    let Some((_, office)) = setup.tax_mailbox() else { return Vec::new() };
    let open = |one: &&Exchange| one.purpose == Purpose::Notice && !one.is_closed();
    let day = |one: &Exchange| (one.id.clone(), engine::notice_day(office, one.deadline));
    exchanges.iter().filter(open).map(day).collect()
}

fn holder_view(
    setup: &Setup,
    holder: &Holder,
    vault: &dyn Vault,
    now: Timestamp,
    snoozed: Option<jiff::civil::Date>,
) -> Option<HolderView> {
    let authority = setup.authority(&holder.authority)?;
    let places = vault.certificates(&holder.id).unwrap_or_default();
    let certificates = places.iter().map(|place| CertificateView {
        usage: place.usage,
        serial: place.certificate.serial(),
        not_before: place.certificate.not_before(),
        not_after: place.certificate.not_after(),
        subject: place.certificate.subject().common_name.clone().unwrap_or_default(),
        pem: place.certificate.pem(),
    });
    let ends = places.iter().map(|place| place.certificate.not_after()).min();
    let day = now.date(&authority.policy().calendar.time_zone());
    Some(HolderView {
        id: holder.id.clone(),
        role: holder.role,
        name: holder.name.clone(),
        authority: authority.profile.title.clone(),
        numbered_receipts: authority.profile.numbered_receipts,
        lead_days: authority.profile.lead_days,
        certificates: certificates.collect(),
        term: holder.term,
        payment: holder.payment,
        price_class: holder.price_class.clone(),
        payment_page: authority.profile.payment_page.clone(),
        price: authority.profile.price(
            holder.role,
            holder.price_class.as_deref(),
            holder.term,
            day,
        ),
        consent: holder.consent,
        snoozed: snoozed.filter(|until| *until > day),
        last_safe_day: ends.map(|end| last_safe_day(end, authority.policy(), holder.payment)),
    })
}

fn snapshot_file(config: &Config) -> PathBuf {
    config.data.join("snapshot.json")
}

/// Keeps a snapshot for commands that run while the daemon has the database.
pub fn write_snapshot(config: &Config, snapshot: &Snapshot) -> Result<(), Error> {
    let path = snapshot_file(config);
    let written = serde_json::to_vec(snapshot)
        .map_err(std::io::Error::other)
        .and_then(|bytes| replace(&path, &bytes));
    written.map_err(|source| Error::File { operation: "write", path, source })
}

/// Readers never meet half a file.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let partial = path.with_extension("partial");
    std::fs::write(&partial, bytes)?;
    std::fs::rename(partial, path)
}

pub fn read_snapshot(config: &Config) -> Result<Snapshot, Error> {
    let path = snapshot_file(config);
    let read = std::fs::read(&path)
        .and_then(|bytes| serde_json::from_slice(&bytes).map_err(std::io::Error::other));
    read.map_err(|source| Error::File { operation: "read", path, source })
}
