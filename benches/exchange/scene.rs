//! A made-up organisation with one holder, its authority, and a carrier in memory between them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use certpost::authority::Application;
use certpost::config::Config;
use certpost::crypto::{Pair, Usage};
use certpost::engine::ports::{Carrier, CarrierError, Collected, Delivery, Form, Place};
use certpost::engine::{Engine, Setup};
use certpost::exchange::{SendFailure, StageName};
use certpost::mail::{self, Draft, Part};
use certpost::report::Language;
use certpost::simulator::authority::{Authority, Manners, Register, Timed};
use certpost::simulator::scene::{Account, Mail, Plot, Scene};
use certpost::store::sled::Sled;
use certpost::time::{Span, Timestamp};
use certpost::{assemble, os};
use tempfile::TempDir;

pub const NOW: Timestamp = Timestamp(1_795_000_000);

pub struct Stand {
    pub profile: &'static str,
    pub setup: Setup,
    pub signing: Pair,
    pub agreement: Pair,
    folder: TempDir,
    authority: Authority,
    /// As it was before any application.
    register: Register,
}

/// Letters that lie there until somebody takes them.
#[derive(Clone, Default)]
struct Pigeonholes {
    out: Arc<Mutex<Vec<Vec<u8>>>>,
    inward: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Carrier for Pigeonholes {
    fn send(&mut self, letter: &[u8], _to: &str) -> Result<(), SendFailure> {
        self.out.lock().unwrap().push(letter.to_vec());
        Ok(())
    }

    fn collect(&mut self, _: Option<&str>, _: usize) -> Result<Collected, CarrierError> {
        let letters = std::mem::take(&mut *self.inward.lock().unwrap());
        let delivery = |letter| Delivery { form: Form::Letter(letter), locator: String::new() };
        Ok(Collected { deliveries: letters.into_iter().map(delivery).collect(), more: false })
    }

    fn settle(&mut self, _: &str) -> Result<(), CarrierError> {
        Ok(())
    }

    fn bookmark(&self) -> Option<String> {
        None
    }

    fn wait(&mut self, _: Duration, _: &dyn Fn() -> bool) {}
}

fn mail_accounts() -> Mail {
    let account = |address: &str| Account { address: address.into(), password: "pass".into() };
    Mail {
        host: "localhost".into(),
        smtp_port: 1,
        imap_port: 1,
        tls: "implicit",
        ca_pem: String::new(),
        agent: account("office@proba.example"),
        authority: account("acsk@authority.example"),
    }
}

/// The configuration in `folder`, with the director as the only holder.
fn config(folder: &Path) -> Config {
    let text = fs::read_to_string(folder.join("config.toml")).unwrap();
    let mut config = Config::read(&text, folder).unwrap_or_else(|problems| panic!("{problems:?}"));
    config.holders.truncate(1);
    config
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, new) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &new);
        } else if kind.is_symlink() {
            symlink(fs::read_link(entry.path()).unwrap(), new).unwrap();
        } else {
            fs::copy(entry.path(), new).unwrap();
        }
    }
}

impl Stand {
    pub fn new(profile: &'static str) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let (language, manners) = (Language::Uk, Manners::default());
        let suite = "international".into();
        let plot =
            Plot { seed: 1, profile: profile.into(), suite, language, manners, ..Plot::default() };
        let scene = Scene::set(folder.path(), &plot, &mail_accounts(), NOW).unwrap();
        let config = config(folder.path());
        let setup = assemble::setup(&config).unwrap();
        let vault = assemble::vault(&config).unwrap();
        let holder = &setup.holders[0];
        let password = assemble::secrets(&config).read(&holder.password_reference()).unwrap();
        let place = Place::new(&holder.id, password.as_bytes());
        let pairs = certpost::engine::ports::Vault::pairs(&vault, place).unwrap();
        let pair = |usage| pairs.iter().find(|(of, _)| *of == usage).unwrap().1.clone();
        let (signing, agreement) = (pair(Usage::Signing), pair(Usage::Agreement));
        let register = scene.authority.register.clone();
        Self { profile, setup, signing, agreement, folder, authority: scene.authority, register }
    }

    /// What the engine would tell of the director.
    pub fn application(&self) -> Application {
        let (holder, authority) = (&self.setup.holders[0], &self.setup.authorities[0]);
        let request = |usage, pair: &Pair| {
            let suite = authority.suite.as_ref();
            let key = suite.generate(usage, &mut *os::chance()).unwrap();
            let subject = pair.certificate.subject_der();
            let request = suite.request(&key, subject, &mut *os::chance()).unwrap();
            let replaces = pair.certificate.clone();
            certpost::authority::Requested { usage, request, replaces }
        };
        let day = NOW.date(&authority.policy().calendar.time_zone());
        Application {
            organisation: self.setup.organisation.clone(),
            role: holder.role,
            holder: holder.name.clone(),
            drfo: holder.drfo.clone(),
            email: holder.email.clone(),
            requests: vec![
                request(Usage::Signing, &self.signing),
                request(Usage::Agreement, &self.agreement),
            ],
            term: holder.term,
            start: day,
            consent: holder.consent,
            payment: holder.payment,
            sum: authority.profile.price(holder.role, None, holder.term, day).unwrap(),
            order: "99912345-20261122".into(),
            blocking_phrase: zeroize::Zeroizing::new("калина в лузі".into()),
            sequence: 1,
            filled_at: NOW,
            reply_to: self.setup.address.clone(),
        }
    }

    fn answers(&mut self, parts: &[Part]) -> Vec<Timed> {
        self.authority.register = self.register.clone();
        let answers = self.authority.hear(parts, NOW, &mut *os::chance()).unwrap();
        assert_eq!(answers.len(), 2, "receipts №1 and №2");
        answers
    }

    /// The parts of receipt №2 with two certificates.
    pub fn granting(&mut self) -> Vec<Part> {
        let application = self.application();
        let authority = &self.setup.authorities[0];
        let mut chance = os::chance();
        let mut sealer = certpost::crypto::Sealer {
            suite: authority.suite.as_ref(),
            signers: std::slice::from_ref(&self.signing),
            agreement: Some(&self.agreement),
            recipients: &authority.recipients,
            now: NOW,
            chance: &mut chance,
        };
        let parcel = authority.dialect.compose(&application, &mut sealer).unwrap();
        vec![self.answers(&[parcel.part]).pop().unwrap().part]
    }

    /// One exchange from the start on a fresh disk; what the engine's rounds took by `clock`.
    pub fn exchange(&mut self, clock: &dyn Fn() -> Duration) -> Duration {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        copy(self.folder.path(), folder.path());
        let config = config(folder.path());
        let carrier = Pigeonholes::default();
        let mut engine = Engine {
            setup: assemble::setup(&config).unwrap(),
            store: Arc::new(Sled::open(&config.data.join("store")).unwrap()),
            vault: Box::new(assemble::vault(&config).unwrap()),
            carrier: Box::new(carrier.clone()),
            secrets: assemble::secrets(&config),
            chance: os::chance(),
        };
        let mut took = Duration::ZERO;
        let mut round = |seconds, last| {
            let start = clock();
            let round = engine.round(NOW + Span::seconds(seconds), None).unwrap();
            took += clock() - start;
            assert_eq!(round.troubles, []);
            assert_eq!(round.moved.last().map(|(_, stage)| *stage), Some(last));
        };
        round(0, StageName::Sent);
        let letter = carrier.out.lock().unwrap().pop().unwrap();
        let parts = mail::read(&letter, &mail::Limits::default()).unwrap().parts;
        let sealed = |part: &Part| !part.content_type.starts_with("text/plain");
        let parts: Vec<Part> = parts.into_iter().filter(sealed).collect();
        let stages = [StageName::Acknowledged, StageName::Installed];
        for ((seconds, answer), stage) in (1..).zip(self.answers(&parts)).zip(stages) {
            carrier.inward.lock().unwrap().push(letter_of(&answer));
            round(seconds, stage);
        }
        took
    }
}

fn letter_of(answer: &Timed) -> Vec<u8> {
    let draft = Draft {
        from: "acsk@authority.example".into(),
        to: answer.to.clone(),
        message_id: format!("answer.{}@authority.example", answer.name),
        date: answer.at,
        subject: answer.subject.clone(),
        text: answer.text.clone(),
        attachment: answer.part.clone(),
        beside: answer.beside.clone(),
    };
    mail::compose(&draft).unwrap()
}
