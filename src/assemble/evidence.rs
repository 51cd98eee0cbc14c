//! What an evidence pack is made from, read beside a daemon: its snapshot, kept files, and
//! certificates of the vault and of the configuration. No key is opened.

use crate::config::Config;
use crate::crypto::Certificate;
use crate::engine::ports::Vault as _;
use crate::evidence::{PackError, Source, pack};
use crate::exchange::{Exchange, Purpose};
use crate::report::Snapshot;
use crate::store::kept_beside;

use super::{Error, setup, store_folder, vault};

/// The pack of one case, and why not.
pub fn evidence(
    config: &Config,
    snapshot: &Snapshot,
    id: &str,
) -> Result<Result<Vec<u8>, PackError>, Error> {
    let setup = setup(config)?;
    let exchange = snapshot.exchanges.iter().find(|exchange| exchange.id.0 == id);
    let correspondent = exchange.and_then(|exchange| setup.correspondent(exchange));
    let mut trust = correspondent.map(|authority| authority.trust.clone()).unwrap_or_default();
    if exchange.is_some_and(|exchange| exchange.purpose == Purpose::Notice) {
        // The tax office has its own roots; our signers' certificates are the authorities'.
        for anchor in setup.authorities.iter().flat_map(|authority| &authority.trust.anchors) {
            if !trust.anchors.contains(anchor) {
                trust.anchors.push(anchor.clone());
            }
        }
    }
    let store = store_folder(config);
    let source = Source {
        snapshot,
        language: config.language,
        kept: &|digest| kept_beside(&store, digest),
        old: match exchange {
            Some(exchange) => old(config, snapshot, exchange)?,
            None => Vec::new(),
        },
        signers: trust.signers,
        anchors: trust.anchors,
    };
    Ok(pack(&source, id))
}

/// A renewal's are the holder's that it replaced; a notice is signed by everybody's new ones, and
/// by an old one of the head.
fn old(
    config: &Config,
    snapshot: &Snapshot,
    exchange: &Exchange,
) -> Result<Vec<Certificate>, Error> {
    let vault = vault(config)?;
    if exchange.purpose == Purpose::Renewal {
        return Ok(vault.renewed_by(&exchange.holder, &exchange.id, exchange.attempt)?);
    }
    let mut found = Vec::new();
    for holder in &config.holders {
        let places = vault.certificates(&holder.id)?.into_iter();
        found.extend(places.map(|place| place.certificate));
        let cases = snapshot.exchanges.iter().filter(|one| one.holder == holder.id);
        for case in cases {
            found.extend(vault.renewed_by(&holder.id, &case.id, case.attempt)?);
        }
    }
    found.sort_by_key(Certificate::fingerprint);
    found.dedup_by_key(|one| one.fingerprint());
    Ok(found)
}
