//! The records in sled: written in one transaction, synced, counted, checked at opening.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use ::sled::transaction::{TransactionError, Transactional};
use ::sled::{Db, IVec, Tree};

use super::failed;
use crate::exchange::Digest;
use crate::store::history::History;
use crate::store::record::{self, Record};
use crate::store::tally::Tally;
use crate::store::{Arrival, Commit, Entry, Owner, StoreError, durable};

/// What kinds of records there are; each has a tree of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// By id.
    Exchange,
    /// Owners by document number.
    Document,
    /// Entries by number, u64 BE from 1.
    Journal,
    /// By digest.
    Policy,
    /// By order of arrival, u64 BE from 1.
    Arrival,
    /// Place of an arrival by the digest of its raw bytes.
    RawIndex,
    /// Place of the first arrival by the digest of a content.
    ContentIndex,
    /// By name.
    Value,
}

impl Kind {
    const ALL: [Kind; 8] = [
        Kind::Exchange,
        Kind::Document,
        Kind::Journal,
        Kind::Policy,
        Kind::Arrival,
        Kind::RawIndex,
        Kind::ContentIndex,
        Kind::Value,
    ];

    fn name(self) -> &'static str {
        match self {
            Kind::Exchange => "exchanges",
            Kind::Document => "documents",
            Kind::Journal => "journal lines",
            Kind::Policy => "policies",
            Kind::Arrival => "arrivals",
            Kind::RawIndex => "arrivals by raw bytes",
            Kind::ContentIndex => "arrivals by content",
            Kind::Value => "values",
        }
    }
}

/// The tree and key of the tally.
const META: &str = "meta";
const TALLY: &[u8] = b"tally";
/// The envelope of the file `counts` names itself as its place.
const COUNTS: &[&[u8]] = &[b"counts"];

/// sled's cache: far more than certpost ever stores.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;

pub struct Records {
    root: PathBuf,
    folder: PathBuf,
    db: Db,
    trees: BTreeMap<Kind, Tree>,
    meta: Tree,
    tally: Tally,
    /// Names in `records/` and `records/blobs/` that are durable.
    names: BTreeSet<PathBuf>,
    /// Whether memory and disk may differ: a write began and did not end well.
    doubtful: bool,
}

/// What a commit writes.
type Plan = BTreeMap<(Kind, Vec<u8>), Vec<u8>>;

impl Records {
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let folder = root.join("records");
        durable::create_folder(&folder)
            .map_err(|error| failed("make the folder", &folder, error))?;
        // No flushing in the background: what counts is flushed by us.
        let config = ::sled::Config::new().path(&folder).cache_capacity(CACHE_BYTES);
        let opened = config.flush_every_ms(None).open();
        let db = opened.map_err(|error| told("open", &folder, error))?;
        let tree = |name: &str| db.open_tree(name).map_err(|error| told("open", &folder, error));
        let meta = tree(META)?;
        let mut trees = BTreeMap::new();
        for kind in Kind::ALL {
            trees.insert(kind, tree(kind.name())?);
        }
        let root = root.to_owned();
        let (tally, names) = Default::default();
        let mut records = Self { root, folder, db, trees, meta, tally, names, doubtful: false };
        records.verify()?;
        Ok(records)
    }

    pub fn is_doubtful(&self) -> bool {
        self.doubtful
    }

    fn damaged(&self, detail: String) -> StoreError {
        StoreError::Damaged { place: self.folder.display().to_string(), detail }
    }

    fn tree(&self, kind: Kind) -> Result<&Tree, StoreError> {
        self.trees.get(&kind).ok_or_else(|| self.damaged(format!("no tree of {}", kind.name())))
    }

    /// Reads everything once: checksums, contents, numbers without gaps, the tally inside and beside.
    fn verify(&mut self) -> Result<(), StoreError> {
        let mut found = Tally::default();
        for kind in Kind::ALL {
            for (key, bytes) in self.pairs(kind)? {
                self.check(kind, &key, &bytes)?;
                found.replace(kind.name(), None, &bytes);
            }
        }
        for kind in [Kind::Journal, Kind::Arrival] {
            let keys = self.pairs(kind)?.into_iter().map(|(key, _)| key);
            if let Some((number, _)) =
                (1u64..).zip(keys).find(|(number, key)| number.to_be_bytes() != key[..])
            {
                let detail = format!("number {number} of the {} is missing", kind.name());
                return Err(self.damaged(detail));
            }
        }
        let beside = self.beside()?;
        let inside = self.inside()?;
        if let Some(difference) = inside.as_ref().unwrap_or(&Tally::default()).difference(&found) {
            let stated = if inside.is_some() { "" } else { "its own tally is lost; " };
            return Err(self.damaged(format!("{stated}{difference}")));
        }
        let inside = inside.unwrap_or_default();
        match &beside {
            Some(beside) => {
                if let Some(difference) = inside.behind(beside) {
                    return Err(self.damaged(difference));
                }
            }
            None if inside.commits > 0 => {
                let detail = "the file counts beside it is missing, so nobody can tell whether \
                              the newest records are there"
                    .to_owned();
                return Err(self.damaged(detail));
            }
            None => {}
        }
        self.sync()?;
        if beside.as_ref() != Some(&inside) {
            // A commit whose counts were not put any more, or a new store.
            self.write_counts(&inside)?.put().map_err(|error| self.io("write", "counts", error))?;
        }
        self.tally = inside;
        Ok(())
    }

    fn check(&self, kind: Kind, key: &[u8], bytes: &[u8]) -> Result<(), StoreError> {
        match kind {
            Kind::Exchange => self.decode::<crate::exchange::Exchange>(kind, key, bytes).map(drop),
            Kind::Document => self.decode::<Owner>(kind, key, bytes).map(drop),
            Kind::Journal => self.decode::<Entry>(kind, key, bytes).map(drop),
            Kind::Policy => self.decode::<crate::exchange::Policy>(kind, key, bytes).map(drop),
            Kind::Arrival => self.decode::<Arrival>(kind, key, bytes).map(drop),
            Kind::RawIndex | Kind::ContentIndex => self.decode::<u64>(kind, key, bytes).map(drop),
            Kind::Value => self.decode::<String>(kind, key, bytes).map(drop),
        }
    }

    fn io(&self, operation: &'static str, name: &str, source: io::Error) -> StoreError {
        failed(operation, &self.root.join(name), source)
    }

    fn beside(&self) -> Result<Option<Tally>, StoreError> {
        let path = self.root.join("counts");
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", &path, error)),
        };
        self.tally(&bytes, COUNTS, path.display().to_string()).map(Some)
    }

    fn inside(&self) -> Result<Option<Tally>, StoreError> {
        let bytes = self.meta.get(TALLY).map_err(|error| told("read", &self.folder, error))?;
        let place = || self.folder.display().to_string();
        bytes.map(|bytes| self.tally(&bytes, &[META.as_bytes(), TALLY], place())).transpose()
    }

    fn tally(&self, bytes: &[u8], at: &[&[u8]], place: String) -> Result<Tally, StoreError> {
        let payload = record::unseal(at, bytes).map_err(|error| error.at(place.clone()))?;
        serde_json::from_slice(payload).map_err(|error| StoreError::Damaged {
            place,
            detail: format!("the tally has an unknown content ({error})"),
        })
    }

    fn write_counts(&self, tally: &Tally) -> Result<durable::Prepared, StoreError> {
        let sealed = record::seal(COUNTS, &self.tally_text(tally)?);
        durable::prepare(&self.root.join("counts"), &sealed)
            .map_err(|error| self.io("write", "counts", error))
    }

    fn tally_text(&self, tally: &Tally) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(tally).map_err(|error| self.io("write", "counts", error.into()))
    }

    fn pairs(&self, kind: Kind) -> Result<Vec<(IVec, IVec)>, StoreError> {
        let pairs = self.tree(kind)?.iter();
        pairs.collect::<Result<_, _>>().map_err(|error| told("read", &self.folder, error))
    }

    fn decode<R: Record>(&self, kind: Kind, key: &[u8], bytes: &[u8]) -> Result<R, StoreError> {
        record::decode(&[kind.name().as_bytes(), key], bytes).map_err(|error| {
            let place = format!("{}, a record of the {}", self.folder.display(), kind.name());
            error.at(place)
        })
    }

    pub fn get<R: Record>(&self, kind: Kind, key: &[u8]) -> Result<Option<R>, StoreError> {
        let found = self.tree(kind)?.get(key);
        let found = found.map_err(|error| told("read", &self.folder, error))?;
        found.map(|bytes| self.decode(kind, key, &bytes)).transpose()
    }

    /// Every record, in the order of keys.
    pub fn all<R: Record>(&self, kind: Kind) -> Result<Vec<R>, StoreError> {
        self.pairs(kind)?.iter().map(|(key, bytes)| self.decode(kind, key, bytes)).collect()
    }

    pub fn arrival(&self, index: Kind, digest: &Digest) -> Result<Option<Arrival>, StoreError> {
        let Some(number) = self.get::<u64>(index, &digest.0)? else { return Ok(None) };
        self.get(Kind::Arrival, &number.to_be_bytes())
    }

    /// All or nothing, and on the disk when it returns `Ok`.
    pub fn commit(&mut self, commit: &Commit) -> Result<(), StoreError> {
        let plan = self.plan(commit)?;
        let mut tally = self.tally.clone();
        tally.commits += 1;
        for ((kind, key), bytes) in &plan {
            let old = self.tree(*kind)?.get(key);
            let old = old.map_err(|error| told("read", &self.folder, error))?;
            tally.replace(kind.name(), old.as_deref(), bytes);
        }
        // What needs space beside the database comes first: a full disk then changes nothing.
        let counts = self.write_counts(&tally)?;
        History::new(self.root.join("history"))
            .append(tally.commits, commit)
            .map_err(|error| self.io("write", "history", error))?;
        self.doubtful = true;
        self.write(&plan, &tally)?;
        self.sync()?;
        counts.put().map_err(|error| self.io("write", "counts", error))?;
        self.tally = tally;
        self.doubtful = false;
        Ok(())
    }

    fn put<R: Record>(
        &self,
        plan: &mut Plan,
        kind: Kind,
        key: &[u8],
        value: &R,
    ) -> Result<(), StoreError> {
        let sealed = record::encode(&[kind.name().as_bytes(), key], value);
        let sealed = sealed.map_err(|error| failed("write", &self.folder, error.into()))?;
        plan.insert((kind, key.to_vec()), sealed);
        Ok(())
    }

    fn plan(&self, commit: &Commit) -> Result<Plan, StoreError> {
        let mut plan = Plan::new();
        if let Some(exchange) = &commit.exchange {
            self.put(&mut plan, Kind::Exchange, exchange.id.0.as_bytes(), exchange)?;
            for (document, attempt) in &commit.documents {
                let owner = Owner { exchange: exchange.id.clone(), attempt: *attempt };
                self.put(&mut plan, Kind::Document, document.0.as_bytes(), &owner)?;
            }
        }
        let last = self.tally.count(Kind::Journal.name()).records;
        for (number, entry) in (last + 1..).zip(&commit.entries) {
            self.put(&mut plan, Kind::Journal, &number.to_be_bytes(), entry)?;
        }
        if let Some(arrival) = &commit.arrival {
            self.plan_arrival(&mut plan, arrival)?;
        }
        if let Some((digest, policy)) = &commit.policy {
            self.put(&mut plan, Kind::Policy, &digest.0, policy)?;
        }
        for (name, value) in &commit.values {
            self.put(&mut plan, Kind::Value, name.as_bytes(), value)?;
        }
        Ok(plan)
    }

    fn plan_arrival(&self, plan: &mut Plan, arrival: &Arrival) -> Result<(), StoreError> {
        let number = match self.get::<u64>(Kind::RawIndex, &arrival.raw.0)? {
            Some(known) => known,
            None => self.tally.count(Kind::Arrival.name()).records + 1,
        };
        self.put(plan, Kind::Arrival, &number.to_be_bytes(), arrival)?;
        self.put(plan, Kind::RawIndex, &arrival.raw.0, &number)?;
        for content in &arrival.contents {
            let first = self.get::<u64>(Kind::ContentIndex, &content.0)?;
            if first.is_none_or(|first| number < first) {
                self.put(plan, Kind::ContentIndex, &content.0, &number)?;
            }
        }
        Ok(())
    }

    fn write(&self, plan: &Plan, tally: &Tally) -> Result<(), StoreError> {
        let sealed = record::seal(&[META.as_bytes(), TALLY], &self.tally_text(tally)?);
        let mut trees = vec![self.meta.clone()];
        trees.extend(self.trees.values().cloned());
        let kinds: Vec<Kind> = self.trees.keys().copied().collect();
        let done = trees[..].transaction(|open| {
            let Some((meta, open)) = open.split_first() else { return Ok(()) };
            meta.insert(TALLY, &sealed[..])?;
            for (kind, tree) in kinds.iter().zip(open) {
                let own = plan.iter().filter(|((of, _), _)| of == kind);
                for ((_, key), bytes) in own {
                    tree.insert(&key[..], &bytes[..])?;
                }
            }
            Ok(())
        });
        done.map_err(|error: TransactionError<()>| match error {
            TransactionError::Storage(error) => told("commit to", &self.folder, error),
            TransactionError::Abort(()) => self.damaged("the transaction was aborted".into()),
        })
    }

    /// sled's flush only hands over to the system; the disk has it after this.
    fn sync(&mut self) -> Result<(), StoreError> {
        self.db.flush().map_err(|error| told("flush", &self.folder, error))?;
        self.sync_files().map_err(|error| failed("sync", &self.folder, error))
    }

    fn sync_files(&mut self) -> io::Result<()> {
        File::open(self.folder.join("db"))?.sync_data()?;
        let blobs = self.folder.join("blobs");
        let mut names = BTreeSet::new();
        for folder in [&blobs, &self.folder] {
            for entry in std::fs::read_dir(folder)? {
                names.insert(entry?.path());
            }
        }
        // Records too large for a segment lie in files of their own, which sled never syncs.
        let new: Vec<_> = names.difference(&self.names).collect();
        for path in new.iter().filter(|path| path.is_file()) {
            match File::open(path) {
                Ok(file) => file.sync_data()?,
                // sled sweeps its old files by itself.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        if !new.is_empty() {
            durable::sync_folder(&blobs)?;
            durable::sync_folder(&self.folder)?;
        }
        self.names = names;
        Ok(())
    }
}

/// sled's errors in our words. What is neither the disk nor the lock is damage.
fn told(operation: &'static str, folder: &Path, error: ::sled::Error) -> StoreError {
    let place = folder.display().to_string();
    match error {
        ::sled::Error::Io(source) => {
            let words = source.to_string();
            if words.contains("could not acquire lock") {
                // Our own lock is held already: it is an earlier handle of ours that sled has not
                // let go of yet, after a failure. Later it can be had.
                let source = io::Error::new(io::ErrorKind::WouldBlock, words);
                return StoreError::Io { operation, place, source };
            }
            match source.kind() {
                io::ErrorKind::Other
                | io::ErrorKind::InvalidData
                | io::ErrorKind::InvalidInput
                | io::ErrorKind::UnexpectedEof => StoreError::Damaged { place, detail: words },
                _ => StoreError::Io { operation, place, source },
            }
        }
        other => StoreError::Damaged { place, detail: other.to_string() },
    }
}
