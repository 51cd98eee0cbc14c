//! From what is written to what is meant.

use std::path::Path;

use toml::de::DeTable;

use super::file::{Known, Page, Section, flag, list, number, one_of, text, wrong};
use super::oauth2::{self, Written};
use super::shape::{code, drfo, email, host, id, listen, path, phone, secret, start, zone};
use super::{
    Authority, Config, ConfigProblem, Holder, Listen, Log, LogFormat, Login, Mailbox, SecretRef,
    Server, TaxOffice, Tls, Token, manners, people, shape,
};
use crate::authority::{Organisation, OrganisationKind, Payment, Role};
use crate::crypto::Usage;
use crate::report::Language;
use crate::report::csv::Encoding;
use crate::report::summary::Format;

const KINDS: &[(&str, OrganisationKind)] =
    &[("legal", OrganisationKind::Legal), ("sole-proprietor", OrganisationKind::SoleProprietor)];
const SUMMARIES: &[(&str, Format)] = &[
    ("html", Format::Html),
    ("csv", Format::Csv),
    ("xlsx", Format::Xlsx),
    ("pdf", Format::Pdf),
    ("ics", Format::Ics),
];
const ENCODINGS: &[(&str, Encoding)] =
    &[("utf-8", Encoding::Utf8), ("windows-1251", Encoding::Windows1251)];
pub(super) const TLS: &[(&str, Tls)] = &[("implicit", Tls::Implicit), ("starttls", Tls::Starttls)];
const FORMATS: &[(&str, LogFormat)] = &[("text", LogFormat::Text), ("json", LogFormat::Json)];
const LEVELS: &[(&str, &str)] = &[
    ("error", "error"),
    ("warn", "warn"),
    ("info", "info"),
    ("debug", "debug"),
    ("trace", "trace"),
];
const ROLES: &[(&str, Role)] = &[
    ("director", Role::Director),
    ("accountant", Role::Accountant),
    ("seal", Role::Seal),
    ("employee", Role::Employee),
];
const PAYMENTS: &[(&str, Payment)] =
    &[("prepaid", Payment::Prepaid), ("invoice", Payment::Invoice), ("online", Payment::Online)];
const USAGES: &[(&str, Usage)] = &[("signing", Usage::Signing), ("agreement", Usage::Agreement)];

type Outcome = Result<Config, Vec<ConfigProblem>>;

pub(super) fn read(text: &str, base: &Path) -> (Outcome, Vec<Known>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let page = Page::new(text);
    if !errors.is_empty() {
        for error in errors {
            let line = error.span().map_or(1, |span| page.line(span.start));
            let instead = "see config.example.toml for how it is written";
            page.tell(line, "", wrong(error.message().trim(), instead));
        }
        let (problems, known) = page.into_findings();
        return (Err(problems), known);
    }
    let config = whole(Section::top(&page, table.get_ref()), base);
    let (problems, known) = page.into_findings();
    match config {
        Some(config) if problems.is_empty() => (Ok(config), known),
        _ => (Err(problems), known),
    }
}

/// The `[mailbox]` of a file whose other sections are somebody else's: the simulated authority's.
pub(super) fn mailbox_alone(text: &str, base: &Path) -> Result<Mailbox, Vec<ConfigProblem>> {
    let (table, _) = DeTable::parse_recoverable(text);
    let page = Page::new(text);
    let mailbox = mailbox(Section::top(&page, table.get_ref()).section("mailbox", true), base);
    let (problems, _) = page.into_findings();
    match mailbox {
        Some(mailbox) if problems.is_empty() => Ok(mailbox),
        _ => Err(problems),
    }
}

/// `None` only after a problem was told.
fn whole(mut top: Section<'_, '_>, base: &Path) -> Option<Config> {
    let data = top.or("data", "\"data\"", path(base));
    let language = top.or("language", "\"uk\"", one_of(Language::ALL));
    let zone = top.or("zone", "\"Europe/Kyiv\"", zone);
    let report = top.optional("report", "no file is written", path(base));
    let summaries = top.or("summaries", "[\"html\"]", list(one_of(SUMMARIES)));
    let csv_encoding = top.or("csv-encoding", "\"utf-8\"", one_of(ENCODINGS));
    let poll_minutes = top.or("poll-minutes", "5", number(1, 1440));
    let letters_a_round = top.or("letters-a-round", "50", number(1, 1000));
    let letter_megabytes = top.or("letter-megabytes", "25", number(1, 100));
    let openings_a_round = top.or("openings-a-round", "5", number(1, 100));
    let log = log(top.section("log", false));
    let page = page(top.section("page", false), base);
    let organisation = organisation(top.section("organisation", true));
    let mailbox = mailbox(top.section("mailbox", true), base);
    let found = top.named("authority");
    let names: Vec<String> = found.iter().map(|(name, _)| name.clone()).collect();
    let read: Vec<_> =
        found.into_iter().map(|(name, section)| manners::read(name, section, base)).collect();
    let authorities: Vec<Authority> = read.iter().flatten().cloned().collect();
    let seal_name = organisation.as_ref().map(|organisation| organisation.name.clone());
    let (tax_office, office_mailbox) = tax_office(top.section("tax-office", false), &names);
    // Nobody's certificates come from the tax office.
    let grants = |name: &&String| Some(*name) != office_mailbox.as_ref();
    let names: Vec<String> = names.iter().filter(grants).cloned().collect();
    let context = Context { base, names: &names, authorities: &authorities, seal_name };
    let holders = holders(&mut top, &context);
    headed(&top, tax_office.as_ref(), holders.as_deref());
    let own = mailbox.as_ref().map(|own| (own.address.clone(), own.smtp.clone()));
    let notify = people::notify(top.section("notify", false), own, base);
    let contacts = people::contacts(top.any_number("contact"), language, base);
    let heartbeat = people::heartbeat(top.section("heartbeat", false), base);
    let hook = people::hook(top.section("hook", false), base);
    top.finish();
    Some(Config {
        data: data?,
        language: language?,
        zone: zone?,
        organisation: organisation?,
        mailbox: mailbox?,
        authorities: read.into_iter().collect::<Option<Vec<_>>>()?,
        holders: holders?,
        tax_office,
        report,
        summaries: summaries?,
        csv_encoding: csv_encoding?,
        poll_minutes: poll_minutes?,
        letters_a_round: letters_a_round?,
        letter_megabytes: letter_megabytes?,
        openings_a_round: openings_a_round?,
        log: log?,
        page,
        notify: notify?,
        contacts: contacts?,
        heartbeat: heartbeat?,
        hook: hook?,
    })
}

fn log(mut section: Section<'_, '_>) -> Option<Log> {
    let format = section.or("format", "\"text\"", one_of(FORMATS));
    let level = section.or("level", "\"info\"", one_of(LEVELS));
    section.finish();
    Some(Log { format: format?, level: level? })
}

fn page(mut section: Section<'_, '_>, base: &Path) -> Option<Listen> {
    let page = section.optional("listen", "there is no page", listen(base));
    section.finish();
    page
}

fn organisation(mut section: Section<'_, '_>) -> Option<Organisation> {
    let kind = section.required("kind", "\"legal\" or \"sole-proprietor\"", one_of(KINDS));
    let name = section.required("name", "\"ТОВ «…»\"", text);
    let form = code(kind.unwrap_or(OrganisationKind::Legal));
    let code = section.required("code", "its ЄДРПОУ, 8 digits in quotes", |value| {
        // Of an unknown kind the form of the code can't be judged.
        if kind.is_some() { form(value) } else { text(value) }
    });
    let region = section.required("region", "the number of the region, 0 to 99", number(0, 99));
    let district =
        section.required("district", "the number of the district, 0 to 99", number(0, 99));
    let responsible = section.required("responsible", "a full name", text);
    let phone = section.required("phone", "\"+380 44 000 00 00\"", phone);
    section.finish();
    Some(Organisation {
        kind: kind?,
        name: name?,
        code: code?,
        region: region?,
        district: district?,
        responsible: responsible?,
        phone: phone?,
    })
}

fn mailbox(mut section: Section<'_, '_>, base: &Path) -> Option<Mailbox> {
    let address = section.required("address", "\"name@example.org\"", email);
    let folders = section.or("folders", "[\"INBOX\"]", list(text));
    let move_to = section.optional("move-to", "letters stay where they are", text);
    let exists = section.exists();
    let oauth2 = oauth2::read(section.section("oauth2", false), base);
    let imap = section.section("imap", exists);
    let imap =
        server(imap, (993, 143), "993, or 143 with starttls", address.as_deref(), &oauth2, base);
    let smtp = section.section("smtp", exists);
    let smtp =
        server(smtp, (465, 587), "465, or 587 with starttls", address.as_deref(), &oauth2, base);
    if let (Some(folders), Some(target)) = (&folders, &move_to)
        && folders.contains(target)
    {
        let instead = "write a folder that is not among the watched ones";
        section.tell("move-to", wrong(format!("«{target}» is watched itself"), instead));
    }
    section.finish();
    Some(Mailbox { address: address?, imap: imap?, smtp: smtp?, folders: folders?, move_to })
}

/// `ports`: the usual ones with implicit TLS and with STARTTLS (RFC 8314, RFC 6409).
fn server(
    mut section: Section<'_, '_>,
    ports: (u16, u16),
    usual: &'static str,
    address: Option<&str>,
    oauth2: &Written,
    base: &Path,
) -> Option<Server> {
    let host = section.required("host", "\"mail.example.org\"", host);
    let tls = section.or("tls", "\"implicit\"", one_of(TLS));
    let default = if tls == Some(Tls::Starttls) { ports.1 } else { ports.0 };
    let port = section.optional("port", usual, number(1, 65_535)).unwrap_or(default);
    let ca_file = section.optional("ca-file", "the system's roots", path(base));
    let user = section.optional("user", "the mailbox's address", text);
    let password =
        section.optional("password", "required, unless [mailbox.oauth2] is used", secret(base));
    let login = match (password, oauth2) {
        (Some(password), _) => Some(Login::Password(password)),
        (None, _) if section.has("password") => None,
        (None, Written::Right(oauth2)) => Some(Login::OAuth2(oauth2.clone())),
        (None, Written::Wrong) => None,
        (None, Written::Absent) => {
            if section.exists() {
                let instead = "write password = { file = \"…\" }, or a section [mailbox.oauth2]";
                section.tell("password", wrong("is missing", instead));
            }
            None
        }
    };
    section.finish();
    let user = user.or_else(|| address.map(str::to_owned));
    Some(Server { host: host?, port, tls: tls?, ca_file, user: user?, login: login? })
}

/// What holders refer to.
struct Context<'a> {
    base: &'a Path,
    /// Every authority that is written, well or badly.
    names: &'a [String],
    authorities: &'a [Authority],
    seal_name: Option<String>,
}

fn holders(top: &mut Section<'_, '_>, context: &Context<'_>) -> Option<Vec<Holder>> {
    let sections = top.list("holder");
    let mut ids: Vec<(String, usize)> = Vec::new();
    let holders: Vec<_> =
        sections.into_iter().map(|section| holder(section, context, &mut ids)).collect();
    holders.into_iter().collect()
}

fn holder(
    mut section: Section<'_, '_>,
    context: &Context<'_>,
    ids: &mut Vec<(String, usize)>,
) -> Option<Holder> {
    let id = section.required("id", "\"director\"", id);
    if let Some(id) = &id {
        match ids.iter().find(|(known, _)| known == id) {
            Some((_, line)) => {
                let what = format!("«{id}» is another holder's already (line {line})");
                section.tell("id", wrong(what, "give each holder an id of its own"));
            }
            None => ids.push((id.clone(), section.line_of("id"))),
        }
    }
    let role = section.required("role", "\"director\", \"accountant\", \"seal\"…", one_of(ROLES));
    let name = section.optional("name", "required; a seal's is the organisation's", text);
    let drfo = section.optional("drfo", "required; a seal has none", drfo);
    let email = section.required("email", "\"name@example.org\"", email);
    let authority = authority(&mut section, context);
    let usages = section.or("usages", "[\"signing\", \"agreement\"]", list(one_of(USAGES)));
    let term = section.optional("term", "the profile's first", number(1, 2));
    let payment = section.or("payment", "\"prepaid\"", one_of(PAYMENTS));
    let price_class = section.optional("price-class", "the prices for everybody", text);
    let begins = section.or("start", "\"request\"", start);
    let consent = section.or("consent", "true", flag);
    let password = password(&mut section, context);
    let (new_password, new_password_again) = new_password(&mut section, &authority, context);
    let token = token(&mut section, &authority, context);
    let phrase = section.required("blocking-phrase", "{ file = \"…\" }", secret(context.base));
    let name = named(&section, role, name, context.seal_name.clone());
    identified(&section, role);
    let term = offered(&section, term, authority.as_deref(), context);
    section.finish();
    Some(Holder {
        id: id?,
        role: role?,
        name: name?,
        drfo,
        email: email?,
        authority: authority?,
        usages: usages?,
        term: term?,
        payment: payment?,
        price_class,
        start: begins?,
        consent: consent?,
        password: password?,
        new_password,
        new_password_again,
        blocking_phrase: phrase?,
        token: token?,
    })
}

/// `None` when it is missing or wrong.
fn password(section: &mut Section<'_, '_>, context: &Context<'_>) -> Option<Option<SecretRef>> {
    let default = "required; with a token only for keys that lie in files still";
    let written = section.optional("password", default, secret(context.base));
    if written.is_some() || (section.has("token") && !section.has("password")) {
        return Some(written);
    }
    if !section.has("password") {
        section.tell("password", wrong("is missing", "write password = { file = \"…\" }"));
    }
    None
}

/// `None` when it is written wrongly, or where it can't be.
fn token(
    section: &mut Section<'_, '_>,
    authority: &Option<String>,
    context: &Context<'_>,
) -> Option<Option<Token>> {
    let default = "new keys lie in files, encrypted";
    let written = section.optional("token", default, shape::token(context.base));
    if !section.has("token") {
        return Some(None);
    }
    let known = context.authorities.iter().find(|known| Some(&known.name) == authority.as_ref());
    if let Some(known) = known.filter(|known| known.profile.suite != "international") {
        let what = format!(
            "can't hold keys of the suite {}: PKCS#11 modules do not speak it to certpost",
            known.profile.suite
        );
        let instead = "remove it, and write password: the keys then lie in files, encrypted";
        section.tell("token", wrong(what, instead));
        return None;
    }
    for key in ["new-password", "new-password-again"] {
        if section.has(key) {
            let what = "has no meaning with a token: its PIN opens new keys";
            section.tell(key, wrong(what, "remove it"));
        }
    }
    written.map(Some)
}

/// The password of new keys and its repetition, which some profiles want.
fn new_password(
    section: &mut Section<'_, '_>,
    authority: &Option<String>,
    context: &Context<'_>,
) -> (Option<SecretRef>, Option<SecretRef>) {
    let new = section.optional("new-password", "password's", secret(context.base));
    let default = "not asked, unless the profile has password-twice";
    let again = section.optional("new-password-again", default, secret(context.base));
    let known = context.authorities.iter().find(|known| Some(&known.name) == authority.as_ref());
    let twice = known.is_some_and(|known| known.profile.password_twice);
    if twice && !section.has("new-password-again") && !section.has("token") {
        let instead = "write a second reference to the new password: { file = \"…\" }";
        let what = "is missing, and the authority's profile has password-twice";
        section.tell("new-password-again", wrong(what, instead));
    }
    (new, again)
}

/// `[tax-office]`, which may be absent, and the authority that it names even if the rest is wrong.
fn tax_office(
    mut section: Section<'_, '_>,
    names: &[String],
) -> (Option<TaxOffice>, Option<String>) {
    const OFFICIALS: &str = "[\"director\", \"accountant\", \"seal\"]";
    let exists = section.exists();
    let authority = section.required("authority", "\"dps\"", text);
    let name = section.required("name", "\"ГУ ДПС у м. Києві\"", text);
    let version = section.or("form-version", "4", number(3, 4));
    let officials = section.or("officials", OFFICIALS, list(one_of(ROLES)));
    if let Some(authority) = &authority
        && !names.contains(authority)
    {
        let what = format!("«{authority}» has no section [authority.{authority}]");
        let instead =
            "write a section with profile = \"tax\" for the office's mailbox, and its name here";
        section.tell("authority", wrong(what, instead));
    }
    if officials.iter().flatten().any(|role| *role == Role::Employee) {
        let what = "names an employee, whom the form has no word for";
        section.tell("officials", wrong(what, format!("write some of {OFFICIALS}")));
    }
    section.finish();
    let mailbox = authority.clone();
    let office = || {
        Some(TaxOffice {
            authority: authority?,
            name: name?,
            version: version?,
            officials: officials?,
        })
    };
    (exists.then(office).flatten(), mailbox)
}

/// A notice is closed by the director's key.
fn headed(top: &Section<'_, '_>, office: Option<&TaxOffice>, holders: Option<&[Holder]>) {
    let (Some(_), Some(holders)) = (office, holders) else { return };
    let Some(head) = holders.iter().find(|holder| holder.role == Role::Director) else {
        let what = "needs a director, whose key closes the notice, and no [[holder]] is one";
        top.tell("tax-office", wrong(what, "add the director, or remove [tax-office]"));
        return;
    };
    if !head.usages.contains(&Usage::Signing) {
        let what = "needs the director's signing key, and his usages name none";
        top.tell("tax-office", wrong(what, "add \"signing\" to them, or remove [tax-office]"));
    }
}

fn authority(section: &mut Section<'_, '_>, context: &Context<'_>) -> Option<String> {
    let written = section.optional("authority", "the only one", text);
    let instead = || format!("write one of: {}", context.names.join(", "));
    match (written, context.names) {
        (Some(name), names) if names.contains(&name) => Some(name),
        (Some(name), _) => {
            let what = format!("«{name}» has no section [authority.{name}]");
            section.tell("authority", wrong(what, instead()));
            None
        }
        (None, [only]) if !section.has("authority") => Some(only.clone()),
        (None, [_, _, ..]) if !section.has("authority") => {
            section.tell("authority", wrong("is missing, and there are several", instead()));
            None
        }
        (None, _) => None,
    }
}

fn named(
    section: &Section<'_, '_>,
    role: Option<Role>,
    name: Option<String>,
    seal_name: Option<String>,
) -> Option<String> {
    if role == Some(Role::Seal) && !section.has("name") {
        return seal_name;
    }
    if role.is_some() && !section.has("name") {
        section.tell("name", wrong("is missing", "write the holder's full name"));
    }
    name
}

/// A person has a ДРФО, a seal has none.
fn identified(section: &Section<'_, '_>, role: Option<Role>) {
    match role {
        Some(Role::Seal) if section.has("drfo") => {
            section.tell("drfo", wrong("is a person's, but a seal has none", "remove it"));
        }
        Some(Role::Director | Role::Accountant | Role::Employee) if !section.has("drfo") => {
            section
                .tell("drfo", wrong("is missing", "write the holder's ДРФО, 10 digits in quotes"));
        }
        _ => {}
    }
}

fn offered(
    section: &Section<'_, '_>,
    term: Option<u8>,
    authority: Option<&str>,
    context: &Context<'_>,
) -> Option<u8> {
    let known = context.authorities.iter().find(|known| Some(known.name.as_str()) == authority);
    let terms = &known?.profile.terms;
    match term {
        None if section.has("term") => None,
        None => terms.first().copied(),
        Some(term) if terms.contains(&term) => Some(term),
        Some(term) => {
            let years: Vec<_> = terms.iter().map(u8::to_string).collect();
            let instead = format!("write one of its terms: {}", years.join(", "));
            section.tell("term", wrong(format!("{term} is not on offer"), instead));
            None
        }
    }
}
