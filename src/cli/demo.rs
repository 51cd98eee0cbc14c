//! `certpost demo`: the whole of it on made-up data. The simulated authority and its post office
//! run here, on real sockets; the agent is the real one, on a configuration that stays behind.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use clap::Args;
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, Rng, SeedableRng};

use super::run::Daemon;
use super::{Failure, Outcome, load_config, view};
use crate::authority::Profile;
use crate::config::Config;
use crate::crypto::{Suite, Usage};
use crate::exchange::Party;
use crate::report::{self, Language, progress};
use crate::simulator::authority::{self, Authority, Enrolment, Keys, Manners, Refusing, Register};
use crate::simulator::office::{self, Office};
use crate::simulator::people::Company;
use crate::simulator::program::Program;
use crate::time::{Span, Timestamp};
use crate::{assemble, os};

#[derive(Args)]
pub struct Demo {
    /// Where everything is put; a fresh folder under the system's temporary one by default.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The made-up world; the same number, the same organisation.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// `uk` or `en`.
    #[arg(long, value_name = "LANGUAGE", default_value = "uk", value_parser = language)]
    language: Language,
    /// How the authority talks: `sota` or `smime`.
    #[arg(long, value_name = "DIALECT", default_value = "sota", value_parser = ["sota", "smime"])]
    dialect: String,
}

fn language(word: &str) -> Result<Language, String> {
    match word {
        "uk" => Ok(Language::Uk),
        "en" => Ok(Language::En),
        other => Err(format!("there is no «{other}»; there are uk and en")),
    }
}

/// The demo gives up after this; it takes a few seconds.
const LONGEST: Duration = Duration::from_secs(60);

const AGENT: &str = "office@proba.example";
const AUTHORITY: &str = "acsk@authority.example";
const TITLE: &str = "АЦСК «Симулятор»";
/// ЄДРПОУ of the authority; 999… is not given out.
const CODE: &str = "99900001";

impl Demo {
    pub fn run(&self) -> Result<Outcome, Failure> {
        let elapsed = os::stopwatch();
        let stage = Stage::set(self)?;
        let config = load_config(&stage.config)?;
        let signals = os::Signals::watch()?;
        let authority = stage.open_authority(&config, signals.clone())?;
        let mut daemon = Daemon::new(config.clone())?;
        let words = report::demo_words(self.language);
        println!("{}", (words.begins)(&stage.company.name, stage.company.holders.len(), stage.office.smtp_port()));
        let mut screen = Screen::new();
        let finished = loop {
            let round = daemon.round()?;
            let report = report::build(&daemon.snapshot()?, self.language);
            screen.show(&progress::rows(&report))?;
            if daemon.exchanges()?.iter().all(|one| {
                matches!(one.waits_for(), Party::Nobody | Party::Person)
            }) {
                break true;
            }
            if signals.stop_asked() || elapsed() > LONGEST {
                break false;
            }
            if !round.more {
                daemon.wait(Duration::from_secs(1), &|| signals.stop_asked());
            }
        };
        signals.ask_to_stop();
        drop(authority.join());
        let summary = stage.folder.join("summary");
        view::write_summary(&daemon.snapshot()?, self.language, &summary)?;
        println!();
        if !finished {
            return Err(Failure::new((words.unfinished)(&stage.folder)));
        }
        print!("{}", (words.done)(elapsed(), &stage.places()));
        Ok(Outcome::Fine)
    }
}

/// Everything that is made up before the agent starts.
struct Stage {
    folder: PathBuf,
    config: PathBuf,
    company: Company,
    office: Office,
    authority: Authority,
    chance: ChaCha20Rng,
}

impl Stage {
    fn set(demo: &Demo) -> Result<Self, Failure> {
        let folder = fresh_folder(demo.dir.as_deref())?;
        let mut chance = ChaCha20Rng::seed_from_u64(demo.seed);
        let company = Company::make_up(&mut chance);
        let profile = match Profile::built_in(&demo.dialect) {
            Some(profile) => profile?,
            None => return Err(Failure::new(format!("no profile «{}»", demo.dialect))),
        };
        let suite = assemble::suite(&profile.suite).ok_or_else(|| Failure::new("no suite"))?;
        let now = os::now();
        let keys = Keys::make(suite.as_ref(), TITLE, CODE, now, &mut chance)?;
        let refusing = Refusing {
            who: "seal".into(),
            reasons: vec![
                "Строк повноважень керівника, зазначений у реєстрі, закінчився".into(),
                "Надайте рішення про призначення керівника".into(),
            ],
            code: Some("HEAD_TERM".into()),
            at_once: false,
        };
        let manners = Manners { refuses: vec![refusing], ..Manners::default() };
        let authority =
            Authority::new(TITLE.into(), CODE.into(), profile, suite, keys, manners)
                .ok_or_else(|| Failure::new("the simulator does not speak this dialect"))?;
        let account = |address: &str, password: &str| office::Account {
            address: address.into(),
            password: password.into(),
        };
        let accounts = vec![account(AGENT, "agent"), account(AUTHORITY, "authority")];
        let office = Office::start(accounts, os::now)?;
        let config = folder.join("config.toml");
        let mut stage = Self { folder, config, company, office, authority, chance };
        stage.write_files(demo)?;
        stage.enrol(now)?;
        Ok(stage)
    }

    fn write_files(&mut self, demo: &Demo) -> Result<(), Failure> {
        let certificates = self.folder.join("authority");
        let secrets = self.folder.join("secrets");
        std::fs::create_dir_all(&certificates)?;
        std::fs::create_dir_all(&secrets)?;
        let keys = &self.authority.keys;
        for (name, pair) in
            [("root", &keys.root), ("signer", &keys.signer), ("agreement", &keys.agreement)]
        {
            std::fs::write(certificates.join(format!("{name}.pem")), pair.certificate.pem())?;
        }
        std::fs::write(self.folder.join("mail-ca.pem"), self.office.ca_pem())?;
        write_secret(&secrets.join("mailbox"), "agent")?;
        for holder in &self.company.holders {
            let password = format!("demo-{:08x}", self.chance.next_u32());
            write_secret(&secrets.join(format!("{}-password", holder.id)), &password)?;
            write_secret(&secrets.join(format!("{}-phrase", holder.id)), "калина в лузі")?;
        }
        let text = config_text(&self.company, &self.office, demo);
        std::fs::write(&self.config, text)?;
        Ok(())
    }

    /// The certificates with which the story begins: each ends within the lead.
    fn enrol(&mut self, now: Timestamp) -> Result<(), Failure> {
        let config = load_config(&self.config)?;
        let mut vault = assemble::vault(&config)?;
        let secrets = assemble::secrets(&config);
        let suite: Arc<dyn Suite> = self.authority.suite.clone();
        let Company { name: organisation, code, holders, .. } = &self.company;
        for person in holders {
            let ends = now + Span::days(i64::from(person.days_left));
            let enrolment = Enrolment {
                organisation,
                code,
                role: person.role,
                name: &person.name,
                drfo: person.drfo.as_deref(),
                email: &person.email,
                not_before: ends - Span::days(730),
                not_after: ends,
            };
            let Authority { keys, register, .. } = &mut self.authority;
            let password = secrets
                .read(&format!("holder/{}/password", person.id))
                .map_err(|problem| Failure::new(problem.detail))?;
            for usage in [Usage::Signing, Usage::Agreement] {
                let pair =
                    enrolment.enrol(usage, keys, register, suite.as_ref(), &mut self.chance)?;
                let place = crate::engine::ports::Place {
                    holder: person.id,
                    password: password.as_bytes(),
                };
                vault.import(place, usage, &pair)?;
            }
        }
        Ok(())
    }

    /// Starts the authority at its mailbox, on a thread of its own.
    fn open_authority(
        &mut self,
        config: &Config,
        signals: os::Signals,
    ) -> Result<JoinHandle<()>, Failure> {
        todo!()
    }

    fn places(&self) -> Vec<(&'static str, PathBuf)> {
        vec![]
    }
}
