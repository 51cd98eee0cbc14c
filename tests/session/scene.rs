//! A made-up organisation with its post office on loopback, and certpost's commands as processes.

#![allow(dead_code, reason = "each file of the session uses a part of this")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use certpost::os;
use certpost::report::Language;
use certpost::simulator::authority::Manners;
use certpost::simulator::office::{self, Office};
use certpost::simulator::scene::{Account, Mail, Plot, Scene};
use serde_json::Value;

pub const AGENT: &str = "office@proba.example";
pub const AUTHORITY: &str = "acsk@authority.example";

pub struct Town {
    pub folder: tempfile::TempDir,
    pub office: Office,
    pub scene: Scene,
}

impl Town {
    pub fn found(language: Language) -> Self {
        let folder = tempfile::Builder::new().prefix("certpost-session").tempdir().unwrap();
        let account =
            |address: &str| Account { address: address.into(), password: "pa55 word".into() };
        let accounts = [AGENT, AUTHORITY].map(account);
        let known = accounts.iter().map(|one| office::Account {
            address: one.address.clone(),
            password: one.password.clone(),
        });
        let office = Office::start(known.collect(), os::now).unwrap();
        let [agent, authority] = accounts;
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
            seed: 1,
            profile: "sota".into(),
            suite: "international".into(),
            language,
            manners: Manners::default(),
            ..Plot::default()
        };
        let scene = Scene::set(folder.path(), &plot, &mail, os::now()).unwrap();
        Self { folder, office, scene }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn config(&self) -> String {
        std::fs::read_to_string(self.path("config.toml")).unwrap()
    }

    /// Rewrites the configuration with one piece of text replaced.
    pub fn reword(&self, from: &str, to: &str) {
        let text = self.config();
        assert!(text.contains(from), "{from} is not in\n{text}");
        std::fs::write(self.path("config.toml"), text.replacen(from, to, 1)).unwrap();
    }

    pub fn run(&self, words: &[&str]) -> Output {
        self.run_with(words, &[])
    }

    pub fn run_with(&self, words: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certpost"));
        command.arg("--config").arg(self.path("config.toml")).args(words);
        command.envs(variables.iter().copied()).stdin(Stdio::null());
        command.output().unwrap()
    }

    /// Standard output of a command that ends with this code.
    pub fn told(&self, code: i32, words: &[&str]) -> String {
        let output = self.run(words);
        let errors = String::from_utf8_lossy(&output.stderr);
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}\n{told}\n{errors}");
        told
    }

    pub fn json(&self, code: i32, words: &[&str]) -> Value {
        let words: Vec<&str> = words.iter().copied().chain(["--json"]).collect();
        serde_json::from_str(&self.told(code, &words)).unwrap()
    }
}

/// Every file below a folder with its bytes, but for what is left out.
pub fn picture(folder: &Path, without: &[&str]) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if without.contains(&name) {
                continue;
            }
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap_or_default();
                found.push((path, bytes));
            }
        }
    }
    found.sort();
    found
}
