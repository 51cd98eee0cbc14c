//! `certpost demo`: the whole of it on made-up data. The simulated authority, the tax office, their
//! post office and an accountant who pays invoices run here, on real sockets; the agent is the real
//! one, on a configuration that stays behind.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use clap::Args;

use super::run::Daemon;
use super::{Failure, Outcome, load_config};
use crate::authority::Payment;
use crate::engine::Errand;
use crate::exchange::{Exchange, Party};
use crate::report::summary::Format;
use crate::report::{self, Language, progress};
use crate::simulator::authority::{Manners, Refusing};
use crate::simulator::clerk::Clerk;
use crate::simulator::office::{self, Office};
use crate::simulator::program::{Program, leave_money};
use crate::simulator::scene::{Account, Mail, Plot, Scene, Wish};
use crate::simulator::settings::Settings;
use crate::{assemble, os};

#[derive(Args)]
pub struct Demo {
    /// Where everything is put; a fresh folder under the system's temporary one by default.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The made-up world; the same number, the same organisation.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// `uk`, `en`, `ru` or `be`.
    #[arg(long, value_name = "LANGUAGE", default_value = "uk", value_parser = language)]
    language: Language,
    /// How the authority talks: `sota` or `smime`.
    #[arg(long, value_name = "PROFILE", default_value = "sota", value_parser = ["sota", "smime"])]
    profile: String,
    /// What seals: `international` (P-256, AES) or `ukrainian` (DSTU 4145, GOST 28147).
    #[arg(long, value_name = "SUITE", default_value = "international",
          value_parser = ["international", "ukrainian"])]
    suite: String,
}

fn language(word: &str) -> Result<Language, String> {
    Language::read(word).ok_or_else(|| {
        let known: Vec<_> = Language::ALL.iter().map(|(tag, _)| *tag).collect();
        format!("there is no «{word}»; there are {}", known.join(", "))
    })
}

/// The demo gives up after this; it takes a few seconds.
const LONGEST: Duration = Duration::from_secs(60);

impl Demo {
    pub fn run(&self) -> Result<Outcome, Failure> {
        let elapsed = os::stopwatch();
        let folder = fresh_folder(self.dir.as_deref())?;
        let agent = account("office@proba.example", "agent");
        let authority = account("acsk@authority.example", "authority");
        let tax_office = account("zvit@tax.example", "tax");
        let office = open_office(&[&agent, &authority, &tax_office])?;
        let mail = Mail {
            host: "localhost".into(),
            smtp_port: office.smtp_port(),
            imap_port: office.imap_port(),
            tls: "implicit",
            ca_pem: office.ca_pem().to_owned(),
            agent,
            authority,
        };
        let plot = Plot {
            seed: self.seed,
            profile: self.profile.clone(),
            suite: self.suite.clone(),
            language: self.language,
            // Slow enough to be watched.
            manners: Manners {
                delivered_after: 1,
                decided_after: 3,
                refuses: vec![refusing()],
                ..Manners::default()
            },
            tax_office: Some(tax_office),
            wishes: vec![self.invoiced()],
            ..Plot::default()
        };
        let scene = Scene::set(&folder, &plot, &mail, os::now())?;
        let signals = os::Signals::watch()?;
        let mut serving = vec![serve(&scene.ca, Box::new(scene.authority), signals.clone())?];
        if let Some((ca, office)) = scene.tax {
            serving.push(serve(&ca, Box::new(office), signals.clone())?);
        }
        let (name, holders) = (&scene.company.name, scene.company.holders.len());
        println!("{}", progress::begins(self.language, name, holders, office.smtp_port()));
        let mut daemon = Daemon::new(load_config(&scene.config)?)?;
        let finished = self.watch(&mut daemon, &scene.ca, &signals, &elapsed)?;
        signals.ask_to_stop();
        serving.into_iter().for_each(|thread| drop(thread.join()));
        let snapshot = daemon.snapshot()?;
        let summary = folder.join("summary");
        super::summary::write(&snapshot, &load_config(&scene.config)?, &summary, &Format::ALL)?;
        let report = report::build(&snapshot, self.language);
        if !finished {
            let words = progress::unfinished(self.language);
            return Err(Failure::new(format!("{words} {}", folder.display())));
        }
        print!("{}", progress::ends(self.language, elapsed(), &report, &folder));
        Ok(Outcome::Fine)
    }

    /// The accountant's certificates are paid by invoice, where certificates cost something.
    fn invoiced(&self) -> Wish {
        let wish = Wish::of("accountant");
        match self.profile.as_str() {
            "sota" => Wish { payment: Payment::Invoice, ..wish },
            _ => wish,
        }
    }

    /// Rounds until nobody but a person is waited for, painted meanwhile by another thread. False
    /// when that took too long.
    fn watch(
        &self,
        daemon: &mut Daemon,
        ca: &Path,
        signals: &os::Signals,
        elapsed: &dyn Fn() -> Duration,
    ) -> Result<bool, Failure> {
        let onlooker = daemon.onlooker()?;
        let language = self.language;
        let paint = move |screen: &mut Screen| -> Result<(), Failure> {
            let report = report::build(&onlooker.snapshot(os::now())?, language);
            Ok(screen.show(progress::rows(&report))?)
        };
        let over = AtomicBool::new(false);
        let (finished, painted) = std::thread::scope(|threads| {
            let over = &over;
            let painter = threads.spawn(move || {
                let mut screen = Screen::new();
                while !over.load(Ordering::SeqCst) {
                    paint(&mut screen)?;
                    os::pause(Duration::from_millis(100));
                }
                paint(&mut screen)
            });
            let stop = || signals.stop_asked() || elapsed() > LONGEST;
            let finished = rounds(daemon, ca, &stop);
            over.store(true, Ordering::SeqCst);
            (finished, painter.join().unwrap_or_else(|_| Err(Failure::new("no screen"))))
        });
        let finished = finished?;
        painted?;
        println!("{}\n", progress::legend(&report::build(&daemon.snapshot()?, self.language)));
        Ok(finished)
    }
}

/// Rounds until nobody but a person is waited for; false when `stop` said so first. The person
/// who pays invoices is here; the one who could mend a refusal is not.
fn rounds(daemon: &mut Daemon, ca: &Path, stop: &dyn Fn() -> bool) -> Result<bool, Failure> {
    loop {
        let round = daemon.round()?;
        if pay(daemon, ca)? {
            continue;
        }
        let exchanges = daemon.snapshot()?.exchanges;
        let settled = |one: &Exchange| matches!(one.waits_for(), Party::Nobody | Party::Person);
        if !exchanges.is_empty() && exchanges.iter().all(settled) {
            return Ok(true);
        }
        if stop() {
            return Ok(false);
        }
        if !round.more {
            daemon.wait(Duration::from_secs(2), stop);
        }
    }
}

/// What an accountant does with an invoice: pays it at the bank, and tells certpost. True when
/// there was one to pay.
fn pay(daemon: &mut Daemon, ca: &Path) -> Result<bool, Failure> {
    let orders = daemon.snapshot()?.orders;
    let unpaid = orders.into_iter().find_map(|order| match (&order.paid, order.invoices.last()) {
        (None, Some(invoice)) => Some((order.number.clone(), invoice.number.clone())),
        _ => None,
    });
    let Some((order, invoice)) = unpaid else { return Ok(false) };
    let authority = ca.parent().unwrap_or(ca);
    leave_money(authority, &invoice)?;
    let reference = "платіжна інструкція № 17".to_owned();
    daemon.obey(&Errand::Paid { id: order, reference, on: None })?;
    Ok(true)
}

fn account(address: &str, password: &str) -> Account {
    Account { address: address.into(), password: password.into() }
}

fn open_office(accounts: &[&Account]) -> Result<Office, Failure> {
    let accounts = accounts.iter().map(|one| office::Account {
        address: one.address.clone(),
        password: one.password.clone(),
    });
    Ok(Office::start(accounts.collect(), os::now)?)
}

/// One refusal by design, so that the summary has something to explain.
fn refusing() -> Refusing {
    Refusing {
        who: "seal".into(),
        reasons: vec![
            "Строк повноважень керівника, зазначений у реєстрі, закінчився".into(),
            "Надайте рішення про призначення керівника".into(),
        ],
        code: Some("HEAD_TERM".into()),
        at_once: false,
    }
}

/// Runs the authority or the tax office at its mailbox, on a thread of its own, until the signals
/// say stop.
fn serve(
    ca: &Path,
    clerk: Box<dyn Clerk>,
    signals: os::Signals,
) -> Result<JoinHandle<()>, Failure> {
    let settings = Settings::read(ca)?;
    let carrier = assemble::carrier_of(&settings.mailbox, 25, &settings.folder)?;
    let address = settings.mailbox.address.clone();
    let folder = Some(settings.folder);
    let mut program = Program::new(clerk, carrier, address.clone(), os::chance(), folder);
    let thread = std::thread::Builder::new().name("authority".into());
    Ok(thread.spawn(move || {
        while !signals.stop_asked() {
            let now = os::now();
            let served = program.round(now);
            for trouble in &served.troubles {
                tracing::warn!("{address}: {trouble}");
            }
            program.wait(now, served.next, &|| signals.stop_asked());
        }
    })?)
}

fn fresh_folder(wanted: Option<&Path>) -> Result<PathBuf, Failure> {
    let folder = match wanted {
        Some(folder) => std::path::absolute(folder)?,
        None => {
            let name = format!("certpost-demo-{}-{}", os::now().0, std::process::id());
            std::env::temp_dir().join(name)
        }
    };
    if folder.join("config.toml").exists() {
        let place = folder.display();
        return Err(Failure::new(format!("{place} holds a demo already; choose another --dir")));
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Rows that are painted over on a terminal; elsewhere each change is a line of its own.
struct Screen {
    terminal: bool,
    shown: Vec<String>,
}

impl Screen {
    fn new() -> Self {
        Self { terminal: std::io::stdout().is_terminal(), shown: Vec::new() }
    }

    fn show(&mut self, rows: Vec<String>) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.terminal {
            if !self.shown.is_empty() {
                write!(out, "\x1b[{}A", self.shown.len())?;
            }
            for row in &rows {
                writeln!(out, "\x1b[2K{row}")?;
            }
        } else {
            for row in rows.iter().filter(|row| !self.shown.contains(row)) {
                writeln!(out, "{row}")?;
            }
        }
        out.flush()?;
        self.shown = rows;
        Ok(())
    }
}
