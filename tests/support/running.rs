//! A made-up world at the real mail servers, and certpost's programs as processes of their own.

#![allow(dead_code, reason = "each test binary uses a part of this")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use certpost::crypto::chain::chain;
use certpost::crypto::ukrainian::Ukrainian;
use certpost::crypto::{Certificate, Suite as _};
use certpost::os;
use certpost::report::Language;
use certpost::simulator::authority::Manners;
use certpost::simulator::scene::{self, Mail, Plot, Scene};
use certpost::store::sled::Sled;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::servers::{Account, Mailbox, Servers};

/// No program of a test runs longer, even when many builds share the machine.
const LONGEST: Duration = Duration::from_secs(180);

/// A folder with everything that both programs need.
pub struct World {
    folder: tempfile::TempDir,
    pub agent: Account,
    pub authority: Account,
    /// Ids of the holders in the configuration.
    pub holders: Vec<&'static str>,
    suite: &'static str,
}

impl World {
    /// `profile` is `sota` or `smime`, `tls` is `implicit` or `starttls`, `manners` lines for the
    /// authority's `[manners]`. Only the first `holders` stay in the agent's configuration: each
    /// one costs seconds of key unlocking in a debug build.
    pub fn set(profile: &str, tls: &'static str, holders: usize, manners: &str) -> Self {
        Self::set_on("international", profile, tls, holders, manners)
    }

    /// The same on any suite.
    pub fn set_on(
        suite: &'static str,
        profile: &str,
        tls: &'static str,
        holders: usize,
        manners: &str,
    ) -> Self {
        let servers = Servers::shared();
        let folder = tempfile::Builder::new().prefix("certpost-world").tempdir().unwrap();
        let (agent, authority) = (servers.account(), servers.account());
        let (smtp_port, imap_port) = match tls {
            "implicit" => (servers.smtps, servers.imaps),
            _ => (servers.smtp, servers.imap),
        };
        let at_office = |account: &Account| scene::Account {
            address: account.address.clone(),
            password: account.password.clone(),
        };
        let mail = Mail {
            host: "localhost".into(),
            smtp_port,
            imap_port,
            tls,
            ca_pem: String::from_utf8(servers.ca()).unwrap(),
            agent: at_office(&agent),
            authority: at_office(&authority),
        };
        let plot = Plot {
            seed: 7,
            profile: profile.into(),
            suite: suite.into(),
            language: Language::En,
            manners: Manners::default(),
            ..Plot::default()
        };
        let scene = Scene::set(folder.path(), &plot, &mail, os::now()).unwrap();
        let holders = scene.company.holders.iter().map(|one| one.id).take(holders).collect();
        let world = Self { folder, agent, authority, holders, suite };
        world.behave(manners);
        let config = fs::read_to_string(world.config()).unwrap();
        let mut parts = config.split("\n[[holder]]");
        let head = parts.next().unwrap().to_owned();
        let kept: Vec<_> = parts.take(world.holders.len()).collect();
        let config = std::iter::once(head.as_str()).chain(kept).collect::<Vec<_>>();
        fs::write(world.config(), config.join("\n[[holder]]")).unwrap();
        world
    }

    /// Gives the authority other manners, for its next start.
    pub fn behave(&self, manners: &str) {
        let ca = self.path("authority/ca.toml");
        let text = fs::read_to_string(&ca).unwrap();
        let (before, _) = text.split_once("[manners]").unwrap();
        fs::write(&ca, format!("{before}[manners]\n{manners}\n")).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn config(&self) -> PathBuf {
        self.path("config.toml")
    }

    fn arguments(config: &Path, words: &[&str]) -> Vec<String> {
        let config = ["--config".to_owned(), config.display().to_string()];
        config.into_iter().chain(words.iter().map(|&word| word.into())).collect()
    }

    /// The authority, serving.
    pub fn start_authority(&self) -> Program {
        let ca = self.path("authority/ca.toml");
        let mut program = Program::start("authority", &Self::arguments(&ca, &["authority"]), &[]);
        program.hear("serving");
        program
    }

    /// The agent's daemon, with one more environment variable or none.
    pub fn start_agent(&self, variable: &[(&str, &str)]) -> Program {
        let mut program =
            Program::start("agent", &Self::arguments(&self.config(), &["run"]), variable);
        program.hear("watching");
        program
    }

    /// Runs a command of the agent to its end.
    pub fn command(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certpost"));
        command.args(Self::arguments(&self.config(), words)).stdin(Stdio::null());
        command.output().unwrap()
    }

    /// The answer of a command that succeeds.
    pub fn answer(&self, words: &[&str]) -> String {
        let output = self.command(words);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {}: {errors}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same in JSON.
    pub fn json(&self, words: &[&str]) -> Value {
        let words: Vec<&str> = words.iter().copied().chain(["--json"]).collect();
        serde_json::from_str(&self.answer(&words)).unwrap()
    }

    /// The complaint of a command that fails with exit code 1.
    pub fn complaint(&self, words: &[&str]) -> String {
        let output = self.command(words);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// The state's word of every certificate, as `certpost list` tells it.
    pub fn states(&self) -> Vec<(String, String, String)> {
        let list = self.json(&["list"]);
        let word = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let rows = list["rows"].as_array().unwrap().iter();
        rows.map(|row| (word(row, "holder"), word(row, "certificate"), word(row, "state")))
            .collect()
    }

    /// The database, when no process has it.
    pub fn store(&self) -> Sled {
        Sled::open(&self.path("data/store")).unwrap()
    }

    pub fn password_file(&self, holder: &str) -> String {
        format!("file:{}", self.path(&format!("secrets/{holder}-password")).display())
    }

    /// Public halves of every private key that the agent keeps; each must open.
    pub fn public_keys(&self, holder: &str) -> Vec<String> {
        let mut folders = vec![];
        for part in ["generations", "pending"] {
            let folder = self.path(&format!("data/keys/{holder}/{part}"));
            let entries = fs::read_dir(folder).into_iter().flatten();
            folders.extend(entries.map(|entry| entry.unwrap().path()));
        }
        let keys = folders.iter().flat_map(|folder| {
            ["signing", "agreement"].map(|usage| folder.join(format!("{usage}.key.pem")))
        });
        let existing = keys.filter(|key| key.exists());
        let mut public: Vec<_> = existing.map(|key| self.public_key(holder, &key)).collect();
        public.sort();
        public
    }

    /// The public half of a private key, by openssl; it knows no Ukrainian ones.
    pub fn public_key(&self, holder: &str, key: &Path) -> String {
        if self.suite == "ukrainian" {
            let password = fs::read(self.path(&format!("secrets/{holder}-password"))).unwrap();
            let key = Ukrainian.unprotect(&fs::read(key).unwrap(), &password).unwrap();
            return hex(&Ukrainian.public_key(&key).unwrap());
        }
        let (key, password) = (key.display().to_string(), self.password_file(holder));
        openssl(&["pkey", "-in", &key, "-passin", &password, "-pubout"])
    }

    /// Every holder's certificates in place answer their keys, belong to the authority's root, and
    /// are not those that the scene began with, which lie in their generation still.
    pub fn assert_installed(&self) {
        let root = self.path("authority/root.pem").display().to_string();
        for holder in &self.holders {
            for usage in ["signing", "agreement"] {
                let new = self.path(&format!("data/keys/{holder}/current/{usage}.pem"));
                let old = format!("data/keys/{holder}/generations/0-import-0/{usage}");
                let old_pem = fs::read_to_string(self.path(&format!("{old}.pem"))).unwrap();
                assert_ne!(fs::read_to_string(&new).unwrap(), old_pem, "{holder} {usage}");
                let path = new.display().to_string();
                let key = new.with_extension("key.pem");
                let certified = self.certified(&path, &root);
                assert_eq!(self.public_key(holder, &key), certified, "{holder} {usage}");
                self.public_key(holder, &self.path(&format!("{old}.key.pem")));
            }
        }
    }

    /// The public key of a certificate that chains to the root.
    fn certified(&self, path: &str, root: &str) -> String {
        if self.suite == "ukrainian" {
            let read = |path: &str| Certificate::read(&fs::read(path).unwrap()).unwrap();
            let certificate = read(path);
            chain(&certificate, &[], &[read(root)], &[], &Ukrainian, os::now()).unwrap();
            return hex(certificate.public_key());
        }
        openssl(&["verify", "-CAfile", root, path]);
        openssl(&["x509", "-in", path, "-noout", "-pubkey"])
    }

    /// The letters in the authority's mailbox, which must become so many: a mail server takes a
    /// letter before it delivers it.
    pub fn applications(&self, count: usize) -> Vec<String> {
        let mut mailbox = self.authority_mailbox();
        mailbox.await_letters("INBOX", count);
        let letters = mailbox.letters("INBOX");
        assert_eq!(letters.len(), count, "letters in the authority's mailbox");
        letters
    }

    pub fn agent_mailbox(&self) -> Mailbox {
        Servers::shared().mailbox(&self.agent)
    }

    fn authority_mailbox(&self) -> Mailbox {
        Servers::shared().mailbox(&self.authority)
    }

    /// The document numbers that the authority saw.
    pub fn documents(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("authority/documents.json")).unwrap();
        let seen: Vec<(String, String)> = serde_json::from_str(&text).unwrap();
        seen.into_iter().map(|(number, _)| number).collect()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn openssl(words: &[&str]) -> String {
    let output = Command::new("openssl").args(words).output();
    let output = output.expect("openssl is missing: apt-get install openssl");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {words:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// A running certpost. Killed when dropped, and by the kernel when the test's thread ends.
pub struct Program {
    name: &'static str,
    child: Child,
    lines: Receiver<String>,
    log: Vec<String>,
    /// How much of `log` was heard.
    heard: usize,
    running: Box<dyn Fn() -> Duration>,
}

impl Program {
    fn start(name: &'static str, arguments: &[String], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--", env!("CARGO_BIN_EXE_certpost")]);
        command.args(arguments).envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("setpriv is missing: apt-get install util-linux");
        let log = BufReader::new(child.stderr.take().unwrap());
        let (say, lines) = channel();
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                if say.send(line).is_err() {
                    break;
                }
            }
        });
        Self { name, child, lines, log: Vec::new(), heard: 0, running: Box::new(os::stopwatch()) }
    }

    /// Waits for the next line with these words, after those that were heard before.
    pub fn hear(&mut self, words: &str) -> String {
        loop {
            let unheard = self.log.iter().enumerate().skip(self.heard);
            if let Some((at, line)) = unheard.into_iter().find(|(_, line)| line.contains(words)) {
                self.heard = at + 1;
                return line.clone();
            }
            self.heard = self.log.len();
            assert!(self.listen(), "the {} ended before «{words}»:\n{}", self.name, self.story());
        }
    }

    /// Waits until the log has a line with each of these words, in any order.
    pub fn hear_all(&mut self, words: &[String]) {
        while let Some(missing) =
            words.iter().find(|one| !self.log.iter().any(|line| line.contains(one.as_str())))
        {
            let missing = missing.clone();
            assert!(self.listen(), "the {} ended before «{missing}»:\n{}", self.name, self.story());
        }
    }

    /// Every holder's renewal reaches a stage.
    pub fn hear_stage(&mut self, world: &World, stage: &str) {
        let moved = |id: &&str| format!("exchange={id}-1 stage={stage}");
        self.hear_all(&world.holders.iter().map(moved).collect::<Vec<_>>());
    }

    /// Takes one line. False: the program closed its log.
    fn listen(&mut self) -> bool {
        match self.lines.recv_timeout(LONGEST.saturating_sub((self.running)())) {
            Ok(line) => {
                self.log.push(line);
                true
            }
            Err(RecvTimeoutError::Disconnected) => false,
            Err(RecvTimeoutError::Timeout) => {
                panic!("the {} takes too long:\n{}", self.name, self.story())
            }
        }
    }

    /// Everything it said.
    pub fn story(&self) -> String {
        self.log.join("\n")
    }

    /// Waits for its end.
    pub fn ended(mut self) -> (ExitStatus, String) {
        while self.listen() {}
        let status = self.child.wait().unwrap();
        (status, self.story())
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        kill(pid, signal).unwrap();
    }

    /// Asks it to read its configuration anew, and waits until it did.
    pub fn reload(&mut self) {
        self.signal(Signal::SIGHUP);
        self.hear("the configuration was read anew");
    }

    /// Asks it to end, and takes nothing but a clean end.
    pub fn stop(self) -> String {
        self.signal(Signal::SIGTERM);
        let name = self.name;
        let (status, story) = self.ended();
        assert_eq!((status.code(), status.signal()), (Some(0), None), "{name}:\n{story}");
        assert!(story.contains("stopped"), "{name}:\n{story}");
        story
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
