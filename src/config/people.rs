//! `[notify]`, `[[contact]]`, `[heartbeat]` and `[hook]`: who is told what, and what is run.

use std::path::Path;

use jiff::civil::Weekday;

use super::file::{Section, Value, Wrong, list, number, one_of, text, wrong};
use super::meaning::TLS;
use super::shape::{email, id, path, secret, url};
use super::{Contact, ContactRole, Heartbeat, Hook, Login, Notify, Server, Tls, Webhook, Weekly};
use crate::report::Language;

const ROLES: &[(&str, ContactRole)] =
    &[("administrator", ContactRole::Administrator), ("accountant", ContactRole::Accountant)];
const WEEKDAYS: &[(&str, Option<Weekday>)] = &[
    ("monday", Some(Weekday::Monday)),
    ("tuesday", Some(Weekday::Tuesday)),
    ("wednesday", Some(Weekday::Wednesday)),
    ("thursday", Some(Weekday::Thursday)),
    ("friday", Some(Weekday::Friday)),
    ("saturday", Some(Weekday::Saturday)),
    ("sunday", Some(Weekday::Sunday)),
    ("never", None),
];

/// `mailbox`: our own address and server, which are used when nothing else is written.
pub(super) fn notify(
    mut section: Section<'_, '_>,
    mailbox: Option<(String, Server)>,
    base: &Path,
) -> Option<Notify> {
    let from = section.optional("from", "the mailbox's address", email);
    let per_day = section.or("messages-a-day", "10", number(1, 1000));
    let days = section.or("days-before", "[90, 45, 30, 14, 7, 3, 1]", list(number(1, 365)));
    let calm = section.or("calm-minutes", "15", number(0, 1440));
    let keep = section.or("keep-days", "7", number(1, 60));
    let weekday = section.or("digest-day", "\"monday\"", one_of(WEEKDAYS));
    let hour = section.or("digest-hour", "9", number(0, 23));
    let ladder = section.or("ladder", "[1, 5, 15, 60, 240]", list_of_waits("[1, 5, 15, 60, 240]"));
    let smtp = own_server(section.section("smtp", false), from.as_deref(), base);
    section.finish();
    let (address, server) = mailbox?;
    let mut days: Vec<u16> = days?;
    days.sort_unstable();
    Some(Notify {
        from: from.unwrap_or(address),
        smtp: smtp.unwrap_or(server),
        per_day: per_day?,
        days,
        calm_minutes: calm?,
        keep_days: keep?,
        ladder: ladder?,
        digest: weekday?.zip(hour).map(|(day, hour)| Weekly { day, hour }),
    })
}

/// `None`: the mailbox's server is used, or a problem was told.
fn own_server(mut section: Section<'_, '_>, from: Option<&str>, base: &Path) -> Option<Server> {
    let host = section.optional("host", "[mailbox.smtp] is used", super::shape::host);
    let tls = section.or("tls", "\"implicit\"", one_of(TLS));
    let port = section.optional("port", "465, or 587 with starttls", number(1, 65_535));
    let ca_file = section.optional("ca-file", "the system's roots", path(base));
    let user = section.optional("user", "the address in `from`", text);
    let password = section.optional("password", "none; required with a host", secret(base));
    if host.is_some() && !section.has("password") {
        section.tell("password", wrong("is missing", "write password = { file = \"…\" }"));
    }
    let user = user.or_else(|| from.map(str::to_owned));
    if host.is_some() && user.is_none() && !section.has("user") {
        section.tell("user", wrong("is missing", "write the name to log in with"));
    }
    if !section.has("host") && section.has("password") {
        section.tell("host", wrong("is missing", "write host = \"mail.example.org\""));
    }
    section.finish();
    let tls = tls?;
    let port = port.unwrap_or(if tls == Tls::Starttls { 587 } else { 465 });
    Some(Server { host: host?, port, tls, ca_file, user: user?, login: Login::Password(password?) })
}

pub(super) fn contacts(
    sections: Vec<Section<'_, '_>>,
    language: Option<Language>,
    base: &Path,
) -> Option<Vec<Contact>> {
    let mut names: Vec<String> = Vec::new();
    let read: Vec<_> =
        sections.into_iter().map(|section| contact(section, language, base, &mut names)).collect();
    read.into_iter().collect()
}

fn contact(
    mut section: Section<'_, '_>,
    language: Option<Language>,
    base: &Path,
    names: &mut Vec<String>,
) -> Option<Contact> {
    let name = section.required("name", "\"olena\"", id);
    if let Some(name) = &name {
        if names.contains(name) {
            let what = format!("«{name}» is another contact's already");
            section.tell("name", wrong(what, "give each contact a name of its own"));
        }
        names.push(name.clone());
    }
    let roles = section.required("roles", "[\"administrator\"]", list(one_of(ROLES)));
    let address = section.optional("address", "no mail is sent", email);
    let own = section.optional("language", "the configuration's", one_of(Language::ALL));
    let webhook = webhook(section.section("webhook", false), base);
    if !section.has("address") && webhook.is_none() && !section.has("webhook") {
        let instead = "write address = \"name@example.org\", or a section [contact.webhook]";
        section.tell("address", wrong("is missing, and so is a webhook", instead));
    }
    section.finish();
    Some(Contact { name: name?, roles: roles?, address, language: own.or(language)?, webhook })
}

fn webhook(mut section: Section<'_, '_>, base: &Path) -> Option<Webhook> {
    let url = section.optional("url", "nothing is posted", url);
    let ca_file = section.optional("ca-file", "the system's roots", path(base));
    let bearer = section.optional("bearer", "no token is sent", secret(base));
    section.finish();
    Some(Webhook { url: url?, ca_file, bearer })
}

pub(super) fn heartbeat(mut section: Section<'_, '_>, base: &Path) -> Option<Heartbeat> {
    let file = section.optional("file", "no file is written", path(base));
    let url = section.optional("url", "nothing is called", url);
    let ca_file = section.optional("ca-file", "the system's roots", path(base));
    let minutes = section.or("minutes", "15", number(1, 1440));
    section.finish();
    Some(Heartbeat { file, url, ca_file, minutes: minutes? })
}

/// The inner `None`: no program is run.
pub(super) fn hook(mut section: Section<'_, '_>, base: &Path) -> Option<Option<Hook>> {
    let program = section.optional("program", "no program is run", path(base));
    let arguments = section.or("arguments", "[]", arguments);
    let timeout = section.or("timeout-seconds", "60", number(1, 3600));
    let ladder = section.or("ladder", "[1, 5, 15, 60, 240]", list_of_waits("[1, 5, 15, 60, 240]"));
    let unreadable = section.has("program") && program.is_none();
    section.finish();
    let (arguments, timeout_seconds, ladder) = (arguments?, timeout?, ladder?);
    let hook = program.map(|program| Hook { program, arguments, timeout_seconds, ladder });
    (!unreadable).then_some(hook)
}

/// Texts, as many as are wanted; the same one may come twice.
fn arguments(value: &Value<'_>) -> Result<Vec<String>, Wrong> {
    let instead = "write a list of texts: [\"--flag\", \"value\"]";
    let found = value.get_ref();
    let values = found
        .as_array()
        .ok_or_else(|| wrong(format!("is of type {}", found.type_str()), instead))?;
    let word = |value: &Value<'_>| match value.get_ref().as_str() {
        Some(word) if !word.contains('\0') => Ok(word.to_owned()),
        _ => Err(wrong("holds something that is no text", instead)),
    };
    values.iter().map(word).collect()
}

/// Minutes between attempts; the last one repeats. Equal ones may follow each other.
fn list_of_waits(example: &'static str) -> impl Fn(&Value<'_>) -> Result<Vec<u32>, Wrong> {
    move |value| {
        let instead = || format!("write minutes, at least one number: {example}");
        let found = value.get_ref();
        let values = found
            .as_array()
            .ok_or_else(|| wrong(format!("is of type {}", found.type_str()), instead()))?;
        let waits = values.iter().map(number(1, 10_080)).collect::<Result<Vec<u32>, Wrong>>()?;
        if waits.is_empty() {
            return Err(wrong("is an empty list", instead()));
        }
        Ok(waits)
    }
}
