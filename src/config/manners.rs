//! `[authority.NAME]`: a profile, and what this organisation knows better.

use std::path::{Path, PathBuf};

use super::Authority;
use super::file::{Section, Value, Wrong, flag, list, number, one_of, text, written, wrong};
use super::shape::{email, path, zone};
use crate::authority::Profile;
use crate::crypto::international::KeyKind;
use crate::exchange::{Policy, Silence};

/// The default of every option that overrides one of the profile's.
const PROFILES: &str = "the profile's";

const KEYS: &[(&str, KeyKind)] = &[
    ("rsa-2048", KeyKind::Rsa2048),
    ("rsa-3072", KeyKind::Rsa3072),
    ("rsa-4096", KeyKind::Rsa4096),
    ("p-256", KeyKind::P256),
    ("p-384", KeyKind::P384),
];
const SUITES: &[(&str, &str)] = &[("international", "international"), ("ukrainian", "ukrainian")];
const SILENCES: &[(&str, Silence)] = &[("resend", Silence::Resend), ("stall", Silence::Stall)];
const PATIENCE: &str =
    "{ minutes = 30 }, { working-hours = 2 } or { working-days = 1 }, with a number of your own";
const GATES: &str = "a list of \"agreement\", \"phone-code\", \"approval\"";

pub(super) fn read(name: String, mut section: Section<'_, '_>, base: &Path) -> Option<Authority> {
    if !crate::vault::is_holder_id(&name) {
        let instead = "write small Latin letters, digits and hyphens: [authority.sota]";
        section.tell("", wrong("has a name that can't be used", instead));
    }
    let profile = section.required("profile", "\"sota\"", profile(base));
    let written_address = section.optional("address", PROFILES, email);
    let example = "[\"authority/name.pem\"]";
    let files = |key, section: &mut Section<'_, '_>| -> Option<Vec<PathBuf>> {
        section.required(key, example, list(path(base)))
    };
    let signers = files("signers", &mut section);
    let anchors = files("anchors", &mut section);
    let recipients = files("recipients", &mut section);
    let revocation_lists =
        section.optional("revocation-lists", "nothing is looked up", list(path(base)));
    // Without a profile the overrides are read all the same, for their mistakes.
    let stand_in = || Profile::built_in("smime").and_then(Result::ok);
    let known = profile.is_some();
    let mut profile = profile.or_else(stand_in)?;
    override_profile(&mut section, &mut profile);
    let address = written_address.or_else(|| profile.address.clone());
    if known && address.is_none() && !section.has("address") {
        let what = "is missing, and the profile has none";
        section.tell("address", wrong(what, "write the e-mail address of the authority's office"));
    }
    section.finish();
    Some(Authority {
        name,
        profile,
        address: address?,
        signers: signers?,
        anchors: anchors?,
        recipients: recipients?,
        revocation_lists: revocation_lists.unwrap_or_default(),
    })
    .filter(|_| known)
}

/// A profile by its name, or from its file (`"profiles/ours.toml"`).
fn profile(base: &Path) -> impl Fn(&Value<'_>) -> Result<Profile, Wrong> + '_ {
    const INSTEAD: &str =
        "write \"sota\", \"smime\", \"tax\" or the path of a profile file (….toml)";
    move |value| {
        let name = text(value)?;
        let read = match Profile::built_in(&name) {
            Some(read) => read,
            None if !name.ends_with(".toml") => {
                return Err(wrong(format!("«{name}» is not a profile"), INSTEAD));
            }
            None => {
                let path = base.join(&name);
                let text = std::fs::read_to_string(&path).map_err(|error| {
                    wrong(format!("cannot read {}: {error}", path.display()), INSTEAD)
                })?;
                Profile::read(&name, &text)
            }
        };
        let profile =
            read.map_err(|error| wrong(error.to_string(), "correct the profile's file"))?;
        if crate::authority::dialect(&profile.dialect).is_none() {
            let what = format!("profile {name} speaks «{}», an unknown dialect", profile.dialect);
            return Err(wrong(what, "correct the profile's file"));
        }
        Ok(profile)
    }
}

fn set<T>(place: &mut T, written: Option<T>) {
    if let Some(value) = written {
        *place = value;
    }
}

fn override_profile(section: &mut Section<'_, '_>, profile: &mut Profile) {
    set(&mut profile.title, section.optional("title", PROFILES, text));
    set(&mut profile.suite, section.optional("suite", PROFILES, one_of(SUITES)).map(str::to_owned));
    set(&mut profile.keys, section.optional("keys", PROFILES, one_of(KEYS)));
    let authenticated = section.optional("authenticated-encryption", PROFILES, flag);
    set(&mut profile.authenticated_encryption, authenticated);
    set(&mut profile.lead_days, section.optional("lead-days", PROFILES, number(1, 365)));
    set(&mut profile.terms, section.optional("terms", PROFILES, list(number(1, 2))));
    set(&mut profile.password_min, section.optional("password-min", PROFILES, number(1, 128)));
    let twice = section.optional("password-twice", PROFILES, flag);
    set(&mut profile.password_twice, twice);
    let page = section.optional("payment-page", PROFILES, text);
    profile.payment_page = page.or(profile.payment_page.take());
    let numbered = section.optional("numbered-receipts", PROFILES, flag);
    set(&mut profile.numbered_receipts, numbered);
    let prices =
        "[{ since = \"2026-01-01\", currency = \"UAH\", one-year = 17450, two-years = 34900 }]";
    set(&mut profile.prices, section.optional("prices", PROFILES, written(prices)));
    let mut policy = section.section("policy", false);
    override_policy(&mut policy, &mut profile.policy);
    policy.finish();
}

fn override_policy(section: &mut Section<'_, '_>, policy: &mut Policy) {
    set(&mut policy.ladder.0, section.optional("ladder", PROFILES, ladder));
    for (key, place) in [
        ("delivered-within", &mut policy.delivered_within),
        ("decided-within", &mut policy.decided_within),
        ("gate-within", &mut policy.gate_within),
        ("payment-reminder", &mut policy.payment_reminder),
    ] {
        set(place, section.optional(key, PROFILES, written(PATIENCE)));
    }
    set(&mut policy.silence, section.optional("silence", PROFILES, one_of(SILENCES)));
    set(&mut policy.max_sends, section.optional("max-sends", PROFILES, number(1, 20)));
    set(&mut policy.gates, section.optional("gates", PROFILES, written(GATES)));
    let mut calendar = section.section("calendar", false);
    let known = &mut policy.calendar;
    set(&mut known.zone, calendar.optional("zone", PROFILES, zone));
    set(&mut known.opens, calendar.optional("opens", PROFILES, number(0, 23)));
    set(&mut known.closes, calendar.optional("closes", PROFILES, number(1, 24)));
    let holidays = "[\"2026-08-24\"], a list of dates";
    set(&mut known.holidays, calendar.optional("holidays", PROFILES, written(holidays)));
    if known.opens >= known.closes {
        let what = format!("is {}, but work begins at {}", known.closes, known.opens);
        calendar.tell("closes", wrong(what, "write a later hour, 24 at most"));
    }
    calendar.finish();
}

/// Minutes, each rung at most a week.
fn ladder(value: &Value<'_>) -> Result<Vec<u32>, Wrong> {
    const INSTEAD: &str = "a list of waits in minutes: [5, 15, 30]";
    let rungs: Vec<u32> = written(INSTEAD)(value)?;
    if rungs.is_empty() || rungs.iter().any(|rung| !(1..=10_080).contains(rung)) {
        let what = "is empty, or has a wait that is not between 1 minute and a week";
        return Err(wrong(what, format!("write {INSTEAD}")));
    }
    Ok(rungs)
}
