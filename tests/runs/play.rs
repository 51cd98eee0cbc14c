//! One run: a scene at the mail servers, the agent's engine, those who answer, and a clock.

use std::path::PathBuf;

use certpost::assemble;
use certpost::authority::sota::container::{self, Header, Kind};
use certpost::config::Config;
use certpost::crypto::Usage;
use certpost::engine::order::{self, Order};
use certpost::engine::{Done, Engine, Errand, Round};
use certpost::exchange::{Event, Exchange, ExchangeId, Problem, Purpose, StageName};
use certpost::mail;
use certpost::report::{Language, Report, Snapshot, build};
use certpost::simulator::authority::{Authority, Manners};
use certpost::simulator::people::Company;
use certpost::simulator::scene::{self, Mail, Plot, Scene, Wish};
use certpost::simulator::tax::TaxOffice;
use certpost::store::{Fate, replay};
use certpost::time::Timestamp;
use jiff::tz::TimeZone;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use crate::golden;
use crate::servers::{Account, Servers};
use crate::sides::Side;

/// 2026-11-23T08:00:00Z, a Monday, 10:00 in Kyiv.
pub const START: Timestamp = Timestamp(1_795_420_800);
/// Bytes that a letter may have.
const LARGEST: usize = 10 << 20;

/// Says №1 after forty minutes, decides after three hours.
pub fn unhurried() -> Manners {
    Manners { delivered_after: 40 * 60, decided_after: 3 * 3600, ..Manners::default() }
}

/// A holder whose certificates are not due in any of the runs.
pub fn idle(holder: &'static str) -> Wish {
    Wish { days_left: Some(200), ..Wish::of(holder) }
}

pub struct Play {
    pub engine: Engine,
    pub authority: Side<Authority>,
    pub tax: Side<TaxOffice>,
    pub company: Company,
    pub now: Timestamp,
    /// What the last round complained of.
    pub troubles: Vec<Problem>,
    config: PathBuf,
    accounts: [Account; 3],
    next: Option<Timestamp>,
    // Last: the store must be closed before its folder goes.
    _folder: tempfile::TempDir,
}

impl Play {
    /// A scene with a tax office.
    pub fn set(suite: &str, plot: Plot) -> Self {
        let servers = Servers::shared();
        let accounts = [servers.account(), servers.account(), servers.account()];
        let account = |n: usize| scene::Account {
            address: accounts[n].address.clone(),
            password: accounts[n].password.clone(),
        };
        let mail = Mail {
            host: "localhost".into(),
            smtp_port: servers.smtps,
            imap_port: servers.imaps,
            tls: "implicit",
            ca_pem: String::from_utf8(servers.ca()).unwrap(),
            agent: account(0),
            authority: account(1),
        };
        let plot = Plot { suite: suite.into(), tax_office: Some(account(2)), ..plot };
        let folder = tempfile::tempdir().unwrap();
        let scene = Scene::set(folder.path(), &plot, &mail, START).unwrap();
        let mut engine = assemble::engine(&read(&scene.config)).unwrap();
        engine.chance = Box::new(ChaCha20Rng::seed_from_u64(21));
        let (ca, office) = scene.tax.unwrap();
        let tax = Side::new(office, &ca, accounts[2].clone(), 23);
        tax.clerk().manners = Manners { delivered_after: 20 * 60, ..unhurried() };
        let authority = Side::new(scene.authority, &scene.ca, accounts[1].clone(), 22);
        let (config, company) = (scene.config, scene.company);
        Self {
            engine,
            authority,
            tax,
            company,
            now: START,
            troubles: Vec::new(),
            config,
            accounts,
            next: None,
            _folder: folder,
        }
    }

    /// Lives until `end`, stopping at each moment at which somebody has something to do.
    pub fn until(&mut self, end: Timestamp) {
        loop {
            self.settle();
            let next = [self.next, self.authority.next, self.tax.next];
            let next = next.into_iter().flatten().filter(|next| *next > self.now).min();
            match next.filter(|next| *next <= end) {
                Some(next) => self.now = next,
                None if self.now < end => self.now = end,
                None => return,
            }
        }
    }

    /// Lives until this moment in Kyiv: `2026-11-24T12:00:00`.
    pub fn until_local(&mut self, end: &str) {
        self.until(at(end));
    }

    /// Rounds of everybody until nobody has anything to do at this moment.
    fn settle(&mut self) {
        loop {
            let mut moved = self.round();
            moved |= self.authority.round(self.sent(Purpose::Renewal), self.now);
            moved |= self.tax.round(self.sent(Purpose::Notice), self.now);
            if !moved {
                return;
            }
        }
    }

    /// The engine's round, once all that was answered is in its mailbox.
    fn round(&mut self) -> bool {
        let answered = self.authority.answered + self.tax.answered;
        Servers::shared().mailbox(&self.accounts[0]).await_letters("INBOX", answered);
        let mut changed = false;
        loop {
            let known = self.engine.store.arrivals().unwrap().len();
            let round = self.engine.round(self.now, None).unwrap();
            changed |= round.changed();
            self.troubles = round.troubles;
            self.next = round.next;
            let arrived = self.engine.store.arrivals().unwrap().len();
            assert!(arrived == answered || arrived > known, "{arrived} of {answered} letters");
            if arrived == answered {
                return changed;
            }
        }
    }

    /// How many letters left, by their purpose.
    fn sent(&self, purpose: Purpose) -> usize {
        let sent = |line: &&certpost::store::Numbered| line.entry.event == Some(Event::Sent);
        let journal = self.engine.store.journal(None).unwrap();
        let of = |id: &ExchangeId| self.engine.store.exchange(id).unwrap().unwrap().purpose;
        journal.iter().filter(sent).filter(|line| of(&line.entry.exchange) == purpose).count()
    }

    /// A person's errand.
    pub fn run(&mut self, errand: Errand) -> Done {
        let mut round = Round::default();
        self.engine.run(&errand, self.now, &mut round).unwrap().unwrap()
    }

    pub fn retry(&mut self, id: &str) {
        self.run(Errand::Retry { id: id.into() });
    }

    /// Puts other words into the configuration, as a person with an editor does, and reloads it.
    pub fn edit(&mut self, from: &str, to: &str) {
        let text = std::fs::read_to_string(&self.config).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{from} in {text}");
        std::fs::write(&self.config, text.replace(from, to)).unwrap();
        self.reload();
    }

    pub fn reload(&mut self) {
        assemble::refit(&mut self.engine, &read(&self.config), |carrier| carrier).unwrap();
    }

    pub fn exchange(&self, id: &str) -> Exchange {
        self.engine.store.exchange(&ExchangeId(id.into())).unwrap().unwrap()
    }

    pub fn stage(&self, id: &str) -> StageName {
        self.exchange(id).stage.name()
    }

    /// Every exchange with its stage and attempt.
    pub fn stages(&self) -> Vec<(String, StageName, u32)> {
        let exchanges = self.engine.store.exchanges().unwrap().into_iter();
        exchanges.map(|one| (one.id.0.clone(), one.stage.name(), one.attempt)).collect()
    }

    /// The words of every answer that an exchange got, in order.
    pub fn words(&self, id: &str) -> Vec<String> {
        let journal = self.engine.store.journal(Some(&ExchangeId(id.into()))).unwrap();
        let heard = journal
            .into_iter()
            .filter(|line| matches!(line.entry.event, Some(Event::Heard { .. })));
        heard.map(|line| line.entry.words).collect()
    }

    /// The moments at which an exchange was woken.
    pub fn woken(&self, id: &str) -> Vec<Timestamp> {
        let journal = self.engine.store.journal(Some(&ExchangeId(id.into()))).unwrap();
        let woken = journal.iter().filter(|line| line.entry.event == Some(Event::Woke));
        woken.map(|line| line.entry.at).collect()
    }

    /// Where the renewals and the notice ended: all installed, each after so many attempts; the tax
    /// office goes by the director's certificate in place and knows these roles' keys.
    pub fn assert_renewed(&self, attempts: &[(&str, u32)], told: &[&str]) {
        let renewed: Vec<_> =
            attempts.iter().map(|(id, n)| ((*id).to_owned(), StageName::Installed, *n)).collect();
        assert_eq!(self.stages(), renewed);
        let signing = |holder: &str| {
            let held = self.engine.vault.certificates(holder).unwrap();
            let signing = held.into_iter().find(|one| one.usage == Usage::Signing);
            signing.unwrap().certificate
        };
        let office = self.tax.clerk();
        let status = office.register.status(&self.company.code).unwrap();
        assert_eq!(status.head, signing("director"));
        let wanted: Vec<_> = told
            .iter()
            .map(|holder| {
                let person = self.company.holders.iter().find(|one| one.id == *holder).unwrap();
                let key_id = signing(holder).key_id().unwrap().to_vec();
                let key_id: String = key_id.iter().map(|byte| format!("{byte:02x}")).collect();
                (person.name.clone(), key_id)
            })
            .collect();
        let known = status.officials.iter().map(|one| (one.name.clone(), one.key_id.clone()));
        assert_eq!(known.collect::<Vec<_>>(), wanted);
        // Each document's registration number is the one that receipt №2 told.
        let exchanges = self.engine.store.exchanges().unwrap();
        let numbers = self.snapshot().registrations;
        assert_eq!(numbers.len(), exchanges.len());
        for exchange in exchanges {
            let document = exchange.document().unwrap();
            let (_, number) = numbers.iter().find(|(of, _)| of == document).unwrap();
            let last = self.words(&exchange.id.0).pop().unwrap();
            assert!(last.contains(&format!("Реєстраційний номер: {number}")), "{last}");
        }
    }

    pub fn orders(&self) -> Vec<Order> {
        order::all(self.engine.store.as_ref()).unwrap()
    }

    pub fn snapshot(&self) -> Snapshot {
        assemble::snapshot(&self.engine, self.now, self.troubles.clone()).unwrap()
    }

    pub fn report(&self) -> Report {
        build(&self.snapshot(), Language::Uk)
    }

    /// The commands that the summary gives to the accountant.
    pub fn commands(&self) -> Vec<String> {
        let lines = self.report().sections.into_iter().flat_map(|section| section.lines);
        lines.filter_map(|line| line.action?.command).collect()
    }

    /// The summary as it stands now.
    pub fn golden(&self, name: &str) {
        let html = certpost::report::html::render(&self.report()).unwrap();
        golden::compare(name, &html, &self.accounts);
    }

    /// What holds after every run.
    pub fn finish(self, name: &str) {
        assert_eq!(self.troubles, Vec::new());
        self.golden(name);
        replay(self.engine.store.as_ref()).unwrap();
        let arrivals = self.engine.store.arrivals().unwrap();
        assert!(arrivals.iter().all(|one| matches!(one.fate, Fate::Claimed(_))), "{arrivals:#?}");
        assert_eq!(self.authority.clerk().register.altered(), [] as [String; 0]);
        for letter in self.authority.letters().iter().chain(&self.tax.letters()) {
            self.check_letter(letter);
        }
    }

    /// The shape that the agent and the gate of СОТА use.
    fn check_letter(&self, letter: &str) {
        assert!(letter.len() <= LARGEST);
        let letter = mail::read(letter.as_bytes(), &mail::Limits::default()).unwrap();
        let [_, part] = &letter.parts[..] else { panic!("{} parts", letter.parts.len()) };
        assert!(part.content_type.starts_with("application/octet-stream"), "{}", part.content_type);
        let sections = container::read(&part.bytes).unwrap();
        let labels: Vec<_> = sections.iter().map(|one| one.label).collect();
        assert_eq!(labels, ["TRANSPORTABLE", "UA1_SIGN"]);
        assert_eq!(sections[0].kind(), Kind::Header);
        let header = Header::read(sections[0].payload).unwrap();
        let keys: Vec<_> = header.0.iter().map(|(key, _)| key.as_str()).collect();
        let wanted = [
            "CERTYPE",
            "RCV_NAME",
            "PRG_TYPE",
            "PRG_VER",
            "SND_DATE",
            "FILENAME",
            "EDRPOU",
            "RCV_EMAIL",
            "ENCODING",
        ];
        assert_eq!(keys, wanted);
        assert_eq!(header.get("FILENAME"), part.name.as_deref());
        assert_eq!(header.get("EDRPOU"), Some(self.company.code.as_str()));
        assert_eq!(header.get("RCV_EMAIL"), Some(self.accounts[0].address.as_str()));
    }
}

/// A moment in Kyiv.
pub fn at(text: &str) -> Timestamp {
    Timestamp::from_civil(text.parse().unwrap(), &TimeZone::get("Europe/Kyiv").unwrap())
}

fn read(config: &std::path::Path) -> Config {
    let text = std::fs::read_to_string(config).unwrap();
    let config = Config::read(&text, config.parent().unwrap());
    config.unwrap_or_else(|problems| panic!("{problems:?}\n{text}"))
}
