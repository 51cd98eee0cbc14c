//! A made-up organisation on the disk, ready for a real agent: configuration, passwords, pairs
//! that end within the lead, the authority that knows them, and perhaps the tax office. For the
//! demo and for tests.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::authority::{Authority, Enrolment, Manners};
use super::people::{Company, Person};
use super::settings::{SettingsError, found, found_tax_office, write_keys, write_secret};
use super::tax::TaxOffice;
use crate::assemble;
use crate::authority::{OrganisationKind, Payment, Role};
use crate::config::Config;
use crate::crypto::{Certificate, Usage};
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
    pub kind: OrganisationKind,
    /// The tax office's account at the mail server; `None`: there is no tax office.
    pub tax_office: Option<Account>,
    /// Version of the notice: 3 or 4.
    pub form_version: u8,
    /// What is to be otherwise with one holder or another.
    pub wishes: Vec<Wish>,
}

impl Default for Plot {
    /// An organisation whose four holders have paid, and its quick and honest authority.
    fn default() -> Self {
        Self {
            seed: 1,
            profile: "sota".into(),
            suite: "international".into(),
            language: Language::Uk,
            manners: Manners::default(),
            kind: OrganisationKind::Legal,
            tax_office: None,
            form_version: 4,
            wishes: Vec::new(),
        }
    }
}

/// How one holder differs from the others, who have paid, for two years.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Id in the configuration: `director`, `accountant`, `seal`, `employee`.
    pub holder: &'static str,
    pub payment: Payment,
    /// Years.
    pub term: u8,
    /// Days until the certificates end; `None`: as chance has it.
    pub days_left: Option<u8>,
}

impl Wish {
    /// Nothing unusual.
    pub fn of(holder: &'static str) -> Self {
        Self { holder, payment: Payment::Prepaid, term: 2, days_left: None }
    }
}

pub struct Scene {
    pub folder: PathBuf,
    /// The agent's configuration.
    pub config: PathBuf,
    /// The authority's.
    pub ca: PathBuf,
    pub company: Company,
    pub authority: Authority,
    /// The tax office's configuration, and itself.
    pub tax: Option<(PathBuf, TaxOffice)>,
    pub chance: ChaCha20Rng,
}

const TITLE: &str = "АЦСК «Симулятор»";
/// ЄДРПОУ of the authority; 999… is not given out.
const CODE: &str = "99900001";
const TAX_TITLE: &str = "ГУ ДПС у м. Києві (симулятор)";
const TAX_CODE: &str = "99900002";

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
        let company = cast(plot, &mut chance);
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
        let at_authority = (&mail.authority, "authority");
        let head = ca_head(TITLE, CODE, (&plot.profile, &plot.suite), at_authority.1);
        std::fs::write(&ca, ca_text(&head, mail, at_authority)).map_err(wrong)?;
        let keys_password = format!("authority-{:08x}", chance.next_u32());
        secret("authority-keys", &keys_password)?;
        // The agent's configuration names the authority's certificates: they must be there first.
        let (place, suite) = (folder.join("authority"), authority.suite.clone());
        write_keys(&place, &authority.keys, suite.as_ref(), &keys_password, &mut chance)?;
        let mut tax = match &plot.tax_office {
            Some(account) => {
                let root = authority.keys.root.certificate.clone();
                Some(set_tax_office(folder, plot, mail, (account, root), now, &mut chance)?)
            }
            None => None,
        };
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
                let signs = person.role == Role::Director && usage == Usage::Signing;
                if let Some((_, office)) = tax.as_mut().filter(|_| signs) {
                    office.agree(&company.code, &pair.certificate);
                }
            }
        }
        authority.register.save(&folder.join("authority")).map_err(wrong)?;
        if let Some((_, office)) = &tax {
            office.register.save(&folder.join("tax")).map_err(wrong)?;
        }
        Ok(Self { folder: folder.to_owned(), config, ca, company, authority, tax, chance })
    }
}

/// The organisation, with the plot's wishes.
fn cast(plot: &Plot, chance: &mut ChaCha20Rng) -> Company {
    let mut company = match plot.kind {
        OrganisationKind::Legal => Company::make_up(chance),
        OrganisationKind::SoleProprietor => Company::make_up_proprietor(chance),
    };
    for person in &mut company.holders {
        let days = plot.wish(person.id).days_left;
        person.days_left = days.unwrap_or(person.days_left);
    }
    company
}

impl Plot {
    fn wish(&self, holder: &str) -> Wish {
        let wish = self.wishes.iter().find(|wish| wish.holder == holder);
        wish.cloned().unwrap_or_else(|| Wish::of("director"))
    }
}

/// The tax office's keys, its configuration, and itself; `root` is the authority's.
fn set_tax_office(
    folder: &Path,
    plot: &Plot,
    mail: &Mail,
    (account, root): (&Account, Certificate),
    now: Timestamp,
    chance: &mut ChaCha20Rng,
) -> Result<(PathBuf, TaxOffice), SettingsError> {
    let (place, secrets) = (folder.join("tax"), folder.join("secrets"));
    let suite = Some(plot.suite.as_str());
    let office = found_tax_office(TAX_TITLE, TAX_CODE, suite, vec![root], now, chance)?;
    let password = format!("tax-{:08x}", chance.next_u32());
    write_secret(&secrets.join("tax-keys"), password.as_bytes()).map_err(wrong)?;
    write_secret(&secrets.join("tax-mailbox"), account.password.as_bytes()).map_err(wrong)?;
    write_keys(&place, &office.keys, office.suite.as_ref(), &password, chance)?;
    let mut head = ca_head(TAX_TITLE, TAX_CODE, ("tax", &plot.suite), "tax");
    head.push_str("anchors = [\"../authority/root.pem\"]\n");
    let ca = place.join("ca.toml");
    std::fs::write(&ca, ca_text(&head, mail, (account, "tax"))).map_err(wrong)?;
    Ok((ca, office))
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
         [organisation]\nkind = \"{}\"\nname = {}\ncode = {}\nregion = 26\ndistrict = 50\n\
         responsible = {}\nphone = {}\n\n{}\
         [authority.simulator]\ntitle = \"АЦСК «Симулятор»\"\nprofile = \"{}\"\nsuite = \"{}\"\naddress = {}\n\
         signers = [\"authority/signer.pem\"]\nanchors = [\"authority/root.pem\"]\n\
         recipients = [\"authority/agreement.pem\"]\n",
        plot.seed,
        plot.language.tag(),
        match company.kind {
            OrganisationKind::Legal => "legal",
            OrganisationKind::SoleProprietor => "sole-proprietor",
        },
        quoted(&company.name),
        quoted(&company.code),
        quoted(&company.responsible),
        quoted(&company.phone),
        mailbox_text(mail, &mail.agent, "mail-ca.pem", "secrets/mailbox"),
        plot.profile,
        plot.suite,
        quoted(&mail.authority.address),
    );
    if let Some(account) = &plot.tax_office {
        text.push_str(&tax_text(company, plot, account));
    }
    for person in &company.holders {
        let Person { id, email, name, .. } = person;
        let wish = plot.wish(id);
        // Writing into a String can't fail.
        let _ = write!(
            text,
            "\n[[holder]]\nid = \"{id}\"\nrole = \"{}\"\nname = {}\nemail = {}\n\
             authority = \"simulator\"\nterm = {}\npayment = \"{}\"\n\
             password = {{ file = \"secrets/{id}-password\" }}\n\
             blocking-phrase = {{ file = \"secrets/{id}-phrase\" }}\n",
            person.role.word(),
            quoted(name),
            quoted(email),
            wish.term,
            match wish.payment {
                Payment::Prepaid => "prepaid",
                Payment::Invoice => "invoice",
                Payment::Online => "online",
            },
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

/// The tax office in the agent's configuration: its mailbox, and who is in the notice.
fn tax_text(company: &Company, plot: &Plot, account: &Account) -> String {
    let told = company.holders.iter().filter(|person| person.role != Role::Employee);
    let officials: Vec<_> = told.map(|person| quoted(person.role.word())).collect();
    format!(
        "\n[authority.dps]\nprofile = \"tax\"\nsuite = \"{}\"\naddress = {}\n\
         signers = [\"tax/signer.pem\"]\nanchors = [\"tax/root.pem\"]\n\
         recipients = [\"tax/agreement.pem\"]\n\n\
         [tax-office]\nauthority = \"dps\"\nname = {}\nform-version = {}\nofficials = [{}]\n",
        plot.suite,
        quoted(&account.address),
        quoted(TAX_TITLE),
        plot.form_version,
        officials.join(", "),
    )
}

/// The first lines of a `ca.toml`.
fn ca_head(title: &str, code: &str, (profile, suite): (&str, &str), name: &str) -> String {
    format!(
        "# Of the same made-up world as config.toml. Its manners are at their best;\n\
         # `certpost authority init` writes a file that lists the worse ones.\n\
         title = {}\ncode = \"{code}\"\nprofile = \"{profile}\"\nsuite = \"{suite}\"\n\
         password-file = \"../secrets/{name}-keys\"\n",
        quoted(title),
    )
}

fn ca_text(head: &str, mail: &Mail, (account, name): (&Account, &str)) -> String {
    let password = format!("../secrets/{name}-mailbox");
    let mailbox = mailbox_text(mail, account, "../mail-ca.pem", &password);
    format!("{head}\n{mailbox}[manners]\n")
}
