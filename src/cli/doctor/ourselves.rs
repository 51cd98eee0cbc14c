//! Clock, certificates, keys, disk, hook.

use nix::sys::statvfs::statvfs;
use nix::unistd::{AccessFlags, access};

use super::authority as unusable;
use crate::assemble;
use crate::config::{Config, Holder};
use crate::crypto::chain::chain;
use crate::crypto::{Certificate, Usage};
use crate::engine::ports::{Place, Secrets, Vault};
use crate::engine::{Authority, Setup};
use crate::exchange::Problem;
use crate::report::{Fact, Found, Probe, Snapshot};
use crate::time::{Span, Timestamp};

/// A clock that differs by less is no reason to call anybody.
pub const AHEAD: Span = Span::minutes(5);
/// An authority's certificate that ends within this is worth a word.
const ENDING: Span = Span::days(45);
/// Free space below this is little: letters, keys and reports want room, sled most.
const LITTLE: u64 = 200;

fn problem(label: &str, detail: impl Into<String>) -> Problem {
    Problem { label: label.into(), detail: detail.into() }
}

/// Work can't have been recorded in the future.
pub fn clock(snapshot: Option<&Snapshot>, now: Timestamp) -> Vec<Found> {
    let journal = snapshot.map(|snapshot| snapshot.journal.as_slice()).unwrap_or_default();
    let newest = journal.iter().map(|line| line.entry.at).max();
    vec![match newest {
        Some(newest) if newest > now + AHEAD => {
            let detail = format!("the clock shows {now}, but work was recorded at {newest}");
            Found::wrong(Probe::Clock, "", problem("clock", detail))
        }
        _ => Found::fine(Probe::Clock, "", Fact::Nothing),
    }]
}

/// Signers, recipients and roots of every authority.
pub fn authorities(setup: &Setup, now: Timestamp) -> Vec<Found> {
    let mut found = Vec::new();
    for authority in &setup.authorities {
        let Authority { trust, recipients, .. } = authority;
        let all = (trust.signers.iter().map(|one| (one, Some(Usage::Signing))))
            .chain(recipients.iter().map(|one| (one, Some(Usage::Agreement))))
            .chain(trust.anchors.iter().map(|one| (one, None)));
        found.extend(all.map(|(one, usage)| of_authority(authority, one, usage, now, setup)));
    }
    found
}

/// `usage`: what it must be for; `None`: a root.
fn of_authority(
    authority: &Authority,
    certificate: &Certificate,
    usage: Option<Usage>,
    now: Timestamp,
    setup: &Setup,
) -> Found {
    let about = format!("{}, {}", authority.name, certificate.display_name());
    let probe = Probe::AuthorityCertificate;
    let (from, end) = (certificate.not_before(), certificate.not_after());
    let wrong = |detail: String| Found::wrong(probe, about.clone(), unusable(detail));
    if !certificate.is_valid_at(now) {
        return wrong(format!("it is valid from {from} to {end}"));
    }
    match usage {
        Some(usage) if !certificate.serves(usage) => {
            return wrong(format!("it is not for {}", usage_word(usage)));
        }
        Some(_) => {
            let anchors = &authority.trust.anchors;
            let lists = &authority.trust.revocations;
            let suite = authority.suite.as_ref();
            if let Err(broken) = chain(certificate, anchors, anchors, lists, suite, now) {
                return wrong(broken.to_string());
            }
        }
        None => {}
    }
    if end - ENDING <= now {
        let detail = format!("it ends {end}");
        return Found::soon(probe, about, problem("authority-certificate-ending", detail));
    }
    let zone = jiff::tz::TimeZone::get(&setup.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    Found::fine(probe, about, Fact::Until(end.date(&zone)))
}

fn usage_word(usage: Usage) -> &'static str {
    match usage {
        Usage::Signing => "signing",
        Usage::Agreement => "encryption (key agreement)",
    }
}

/// Every holder's keys, opened with the passwords of the configuration; and those that nobody waits
/// for.
pub fn keys(config: &Config, snapshot: Option<&Snapshot>, now: Timestamp) -> Vec<Found> {
    let vault = match assemble::vault(config) {
        Ok(vault) => vault,
        Err(assemble::Error::Vault(error)) => return vec![Found::wrong(Probe::Keys, "", error.0)],
        Err(error) => {
            let detail = super::Failure::from(error).text;
            return vec![Found::wrong(Probe::Keys, "", problem("vault-io", detail))];
        }
    };
    let secrets = assemble::secrets(config);
    let zone = jiff::tz::TimeZone::get(&config.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let looked = config.holders.iter().map(|holder| {
        let about = holder.id.clone();
        match of_holder(holder, &vault, secrets.as_ref(), now) {
            Ok(end) => Found::fine(Probe::Keys, about, Fact::Until(end.date(&zone))),
            Err(problem) => Found::wrong(Probe::Keys, about, problem),
        }
    });
    let mut found: Vec<_> = looked.collect();
    let exchanges = snapshot.map(|snapshot| snapshot.exchanges.as_slice());
    match exchanges.map(|exchanges| assemble::orphans(&vault, exchanges)) {
        Some(Ok(spare)) if !spare.is_empty() => {
            let ids: Vec<_> = spare.iter().map(|(id, attempt)| format!("{id}-{attempt}")).collect();
            found.push(Found::fine(Probe::Keys, ids.join(", "), Fact::SpareKeys(spare.len())));
        }
        Some(Err(error)) => found.push(Found::wrong(Probe::Keys, "", error.0)),
        _ => {}
    }
    found
}

/// Every holder's token. A PIN that it refused before is not presented again.
pub fn tokens(config: &Config) -> Vec<Found> {
    /// A key of RSA-4096 and its certificate.
    const ROOM: usize = 6 * 1024;
    let looked = assemble::probe_tokens(config).into_iter().map(|(holder, probe)| {
        let wrong = |problem| Found::wrong(Probe::Token, holder.clone(), problem);
        let probe = match probe {
            Ok(probe) => probe,
            Err(problem) => return wrong(problem),
        };
        let about = format!("{holder}, «{}», {}", probe.label, probe.serial);
        if probe.write_protected {
            return wrong(problem(
                "token-failed",
                format!("{about}: nothing can be written there"),
            ));
        }
        if !probe.fit {
            let detail = format!("{about}: it makes no keys of the kind that the authority wants");
            return wrong(problem("token-failed", detail));
        }
        match probe.free.iter().flatten().min() {
            Some(free) if *free < ROOM => {
                let full = problem("token-full", format!("{about}: {free} B"));
                Found::soon(Probe::Token, about, full)
            }
            _ => Found::fine(Probe::Token, about, Fact::Nothing),
        }
    });
    looked.collect()
}

/// When the first of the certificates ends.
fn of_holder(
    holder: &Holder,
    vault: &dyn Vault,
    secrets: &dyn Secrets,
    now: Timestamp,
) -> Result<Timestamp, Problem> {
    let (id, usages) = (holder.id.as_str(), &holder.usages);
    let missing = |detail: String| problem("certificate-missing", detail);
    if vault.certificates(id).map_err(|error| error.0)?.is_empty() {
        return Err(missing(format!("{id}: certpost key import {id} brings the first pairs in")));
    }
    let read = |name: &str| match &holder.password {
        None => Ok(Default::default()),
        Some(_) => secrets.read(&format!("holder/{id}/{name}")),
    };
    let (password, new) = (read("password")?, read("new-password")?);
    secrets.read(&format!("holder/{id}/blocking-phrase"))?;
    let place = Place { holder: id, password: password.as_bytes(), new_password: new.as_bytes() };
    let pairs = vault.pairs(place).map_err(|error| error.0)?;
    for usage in usages {
        if !pairs.iter().any(|(of, _)| of == usage) {
            return Err(missing(format!("{id}: {}", usage_word(*usage))));
        }
    }
    let ends = pairs.iter().map(|(_, pair)| pair.certificate.not_after()).min();
    let end = ends.ok_or_else(|| missing(id.to_owned()))?;
    if end <= now {
        return Err(problem("certificate-ended", format!("{id}: it ended {end}")));
    }
    Ok(end)
}

pub fn disk(config: &Config) -> Vec<Found> {
    let data = &config.data;
    let nearest = data.ancestors().find(|folder| folder.exists()).unwrap_or(data);
    let about = data.display().to_string();
    vec![match statvfs(nearest) {
        Err(error) => {
            let detail = format!("{}: {error}", nearest.display());
            Found::wrong(Probe::Disk, about, problem("disk-error", detail))
        }
        Ok(known) => {
            let free = known.blocks_available().saturating_mul(known.fragment_size()) >> 20;
            if free < LITTLE {
                let problem = problem("disk-low", format!("{about}: {free} MiB"));
                Found::soon(Probe::Disk, about, problem)
            } else {
                Found::fine(Probe::Disk, about, Fact::FreeMegabytes(free))
            }
        }
    }]
}

pub fn hook(config: &Config) -> Vec<Found> {
    let Some(hook) = &config.hook else { return Vec::new() };
    let about = hook.program.display().to_string();
    let runs = hook.program.is_file() && access(&hook.program, AccessFlags::X_OK).is_ok();
    vec![if runs {
        Found::fine(Probe::Hook, about, Fact::Nothing)
    } else {
        let detail = format!("{about} is not there, or may not be run");
        Found::wrong(Probe::Hook, about, problem("hook-missing", detail))
    }]
}
