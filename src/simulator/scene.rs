//! A made-up organisation on the disk, ready for a real agent: configuration, passwords, pairs
//! that end within the lead, and the authority that knows them. For the demo and for tests.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::authority::{Authority, Enrolment, Manners};
use super::people::{Company, Person};
use super::settings::{SettingsError, found, write_keys, write_secret};
use crate::assemble;
use crate::config::Config;
use crate::crypto::Usage;
use crate::engine::ports::Place;
use crate::report::Language;
use crate::time::{Span, Timestamp};

/// An account at a mail server.
#[derive(Clone, Debug)]
pub struct Account {
    pub address: String,
    pub password: String,
}

/// The mail server that both sides use.
#[derive(Clone, Debug)]
pub struct Mail {
    pub host: String,
    pub smtp_port: u16,
    pub imap_port: u16,
    /// `implicit` or `starttls`.
    pub tls: &'static str,
    pub ca_pem: String,
    pub agent: Account,
    pub authority: Account,
}

/// What a scene is made of.
#[derive(Clone, Debug)]
pub struct Plot {
    pub seed: u64,
    /// `sota` or `smime`.
    pub profile: String,
    /// `international` or `ukrainian`, whatever the profile says.
    pub suite: String,
    pub language: Language,
    pub manners: Manners,
}

pub struct Scene {
    pub folder: PathBuf,
    /// The agent's configuration.
    pub config: PathBuf,
    /// The authority's.
    pub ca: PathBuf,
    pub company: Company,
    pub authority: Authority,
    pub chance: ChaCha20Rng,
}

const TITLE: &str = "АЦСК «Симулятор»";
/// ЄДРПОУ of the authority; 999… is not given out.
const CODE: &str = "99900001";

fn wrong(what: impl std::fmt::Display) -> SettingsError {
    SettingsError(what.to_string())
}

impl Scene {
    /// Writes everything into `folder`, which must be empty or missing.
    pub fn set(
        folder: &Path,
        plot: &Plot,
        mail: &Mail,
        now: Timestamp,
    ) -> Result<Self, SettingsError> {
        let mut chance = ChaCha20Rng::seed_from_u64(plot.seed);
        let company = Company::make_up(&mut chance);
        let manners = plot.manners.clone();
        let talk = (plot.profile.as_str(), Some(plot.suite.as_str()));
        let mut authority = found(TITLE, CODE, talk, manners, now, &mut chance)?;
        let secrets = folder.join("secrets");
        std::fs::create_dir_all(&secrets).map_err(wrong)?;
        let secret = |name: &str, text: &str| {
            write_secret(&secrets.join(name), text.as_bytes()).map_err(wrong)
        };
        secret("mailbox", &mail.agent.password)?;
        secret("authority-mailbox", &mail.authority.password)?;
        let passwords: Vec<String> =
            company.holders.iter().map(|_| format!("demo-{:08x}", chance.next_u32())).collect();
        for (holder, password) in company.holders.iter().zip(&passwords) {
            secret(&format!("{}-password", holder.id), password)?;
            secret(&format!("{}-phrase", holder.id), "калина в лузі")?;
        }
        std::fs::write(folder.join("mail-ca.pem"), &mail.ca_pem).map_err(wrong)?;
        let config = folder.join("config.toml");
        std::fs::write(&config, config_text(&company, plot, mail)).map_err(wrong)?;
        let ca = folder.join("authority/ca.toml");
        std::fs::create_dir_all(folder.join("authority")).map_err(wrong)?;
        std::fs::write(&ca, ca_text(plot, mail)).map_err(wrong)?;
        let keys_password = format!("authority-{:08x}", chance.next_u32());
        secret("authority-keys", &keys_password)?;
        // The agent's configuration names the authority's certificates: they must be there first.
        write_keys(&folder.join("authority"), &authority, &keys_password, &mut chance)?;
        let text = std::fs::read_to_string(&config).map_err(wrong)?;
        let meant = Config::read(&text, folder).map_err(|problems| {
            wrong(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        })?;
        let mut vault = assemble::vault(&meant).map_err(wrong)?;
        for (person, password) in company.holders.iter().zip(&passwords) {
            for usage in [Usage::Signing, Usage::Agreement] {
                let pair = enrol(person, &company, usage, &mut authority, now, &mut chance)?;
                let place = Place::new(person.id, password.as_bytes());
                let suite = authority.suite.as_ref();
                let key =
                    suite.protect(&pair.key, password.as_bytes(), &mut chance).map_err(wrong)?;
                vault.import(place, usage, &key, &pair.certificate).map_err(wrong)?;
            }
        }
        authority.register.save(&folder.join("authority")).map_err(wrong)?;
        Ok(Self { folder: folder.to_owned(), config, ca, company, authority, chance })
    }
}

/// First certificates, which end within the lead.
fn enrol(
    person: &Person,
    company: &Company,
    usage: Usage,
    authority: &mut Authority,
    now: Timestamp,
    chance: &mut ChaCha20Rng,
) -> Result<crate::crypto::Pair, SettingsError> {
    let ends = now + Span::days(i64::from(person.days_left));
    let enrolment = Enrolment {
        organisation: &company.name,
        code: &company.code,
        role: person.role,
        name: &person.name,
        drfo: person.drfo.as_deref(),
        email: &person.email,
        not_before: ends - Span::days(730),
        not_after: ends,
    };
    let Authority { keys, register, suite, .. } = authority;
    enrolment.enrol(usage, keys, register, suite.as_ref(), chance).map_err(wrong)
}

/// Text for a TOML basic string.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn config_text(company: &Company, plot: &Plot, mail: &Mail) -> String {
    let mut text = format!(
        "# Made up by certpost, seed {}. Nobody in it exists.\n\
         data = \"data\"\nreport = \"summary/summary.html\"\n\
         summaries = [\"html\", \"csv\", \"xlsx\", \"pdf\", \"ics\"]\nlanguage = \"{}\"\n\n\
         [organisation]\nkind = \"legal\"\nname = {}\ncode = {}\nregion = 26\ndistrict = 50\n\
         responsible = {}\nphone = {}\n\n{}\
         [authority.simulator]\ntitle = \"АЦСК «Симулятор»\"\nprofile = \"{}\"\nsuite = \"{}\"\naddress = {}\n\
         signers = [\"authority/signer.pem\"]\nanchors = [\"authority/root.pem\"]\n\
         recipients = [\"authority/agreement.pem\"]\n",
        plot.seed,
        plot.language.tag(),
        quoted(&company.name),
        quoted(&company.code),
        quoted(&company.responsible),
        quoted(&company.phone),
        mailbox_text(mail, &mail.agent, "mail-ca.pem", "secrets/mailbox"),
        plot.profile,
        plot.suite,
        quoted(&mail.authority.address),
    );
    for person in &company.holders {
        let Person { id, email, name, .. } = person;
        // Writing into a String can't fail.
        let _ = write!(
            text,
            "\n[[holder]]\nid = \"{id}\"\nrole = \"{}\"\nname = {}\nemail = {}\n\
             authority = \"simulator\"\nterm = 2\npayment = \"prepaid\"\n\
             password = {{ file = \"secrets/{id}-password\" }}\n\
             blocking-phrase = {{ file = \"secrets/{id}-phrase\" }}\n",
            person.role.word(),
            quoted(name),
            quoted(email),
        );
        if let Some(drfo) = &person.drfo {
            let _ = writeln!(text, "drfo = {}", quoted(drfo));
        }
    }
    text
}

fn mailbox_text(mail: &Mail, account: &Account, ca: &str, password: &str) -> String {
    let mut text = format!("[mailbox]\naddress = {}\n\n", quoted(&account.address));
    for (name, port) in [("smtp", mail.smtp_port), ("imap", mail.imap_port)] {
        let _ = write!(
            text,
            "[mailbox.{name}]\nhost = {}\nport = {port}\ntls = \"{}\"\nca-file = {}\n\
             password = {{ file = {} }}\n\n",
            quoted(&mail.host),
            mail.tls,
            quoted(ca),
            quoted(password),
        );
    }
    text
}

fn ca_text(plot: &Plot, mail: &Mail) -> String {
    let mailbox =
        mailbox_text(mail, &mail.authority, "../mail-ca.pem", "../secrets/authority-mailbox");
    format!(
        "# The simulated authority of the same made-up world. Its manners are at their best;\n\
         # `certpost authority init` writes a file that lists the worse ones.\n\
         title = {}\ncode = \"{CODE}\"\nprofile = \"{}\"\nsuite = \"{}\"\n\
         password-file = \"../secrets/authority-keys\"\n\n{mailbox}[manners]\n",
        quoted(TITLE),
        plot.profile,
        plot.suite,
    )
}
