//! The Debian package: made by cargo-deb, installed by dpkg into a folder, its units judged by
//! systemd's own tools, its program started.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::daemon::{Daemon, Place};
use crate::guide::commands;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Hardening that is worth its name; systemd-analyze(1) calls up to 20 "OK".
const EXPOSURE: &str = "20";

fn run(command: &mut Command, hint: &str) -> Output {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}: {hint}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{command:?}: {}\n{told}{errors}", output.status);
    output
}

fn certpost(words: &[&str]) -> String {
    let output = run(Command::new(env!("CARGO_BIN_EXE_certpost")).args(words), "");
    String::from_utf8(output.stdout).unwrap()
}

fn build(folder: &Path) -> PathBuf {
    let assets = Path::new(ROOT).join("target/assets");
    certpost(&["assets", "--out", &assets.display().to_string()]);
    let package = folder.join("certpost.deb");
    let tool = Path::new(ROOT).join("target/tools/bin/cargo-deb");
    let mut command = Command::new(tool);
    // The program of this test run stands for the one of a release.
    command.args(["--no-build", "--profile", "dev", "--no-strip", "--fast", "--quiet", "--output"]);
    command.arg(&package).current_dir(ROOT);
    run(&mut command, "cargo-deb is missing: ./check installs it");
    package
}

/// An empty system, but for what the units refer to.
fn system(folder: &Path) -> PathBuf {
    let root = folder.join("root");
    for name in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "usr/lib/systemd/system", "bin"] {
        std::fs::create_dir_all(root.join(name)).unwrap();
    }
    for name in ["status", "available"] {
        std::fs::write(root.join("var/lib/dpkg").join(name), "").unwrap();
    }
    std::fs::copy("/bin/kill", root.join("bin/kill")).expect("apt-get install procps");
    let units = std::fs::read_dir("/lib/systemd/system").expect("apt-get install systemd");
    for unit in units.map(Result::unwrap) {
        if unit.path().extension().is_some_and(|end| end == "target") {
            let copy = root.join("usr/lib/systemd/system").join(unit.file_name());
            std::fs::copy(unit.path(), copy).unwrap();
        }
    }
    root
}

fn dpkg(root: &Path, action: &str, what: &str) {
    let mut command = Command::new("dpkg");
    command.arg(format!("--root={}", root.display()));
    // The empty system has neither libc6 nor a shell of its own.
    command.args(["--force-depends", "--force-script-chrootless", action, what]);
    command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    run(&mut command, "apt-get install dpkg");
}

fn analyze(root: &Path, words: &[&str]) -> String {
    let mut command = Command::new("systemd-analyze");
    command.arg(format!("--root={}", root.display())).args(words);
    let output = run(&mut command, "systemd-analyze is missing: apt-get install systemd");
    // What it finds odd it tells, and ends well all the same.
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The numeric owner and group, and the mode.
fn owned(path: &Path) -> (u32, u32, u32) {
    let data = std::fs::metadata(path).unwrap();
    (data.uid(), data.gid(), data.permissions().mode() & 0o7777)
}

#[test]
fn the_package_installs_its_units_hold_and_its_program_starts() {
    let folder = tempfile::tempdir().unwrap();
    let (package, root) = (build(folder.path()), system(folder.path()));
    dpkg(&root, "--install", &package.display().to_string());
    let at = |name: &str| root.join(name);

    // Its user, and folders that nobody else can read.
    let users = std::fs::read_to_string(at("etc/passwd")).unwrap();
    let user: Vec<&str> =
        users.lines().find(|l| l.starts_with("certpost:")).unwrap().split(':').collect();
    let (uid, gid): (u32, u32) = (user[2].parse().unwrap(), user[3].parse().unwrap());
    assert!(uid > 0 && user[6] == "/usr/sbin/nologin", "{user:?}");
    assert_eq!(owned(&at("etc/certpost")), (0, gid, 0o2750));
    assert_eq!(owned(&at("etc/certpost/secrets")), (uid, gid, 0o700));
    assert_eq!(owned(&at("var/lib/certpost")), (uid, gid, 0o700));

    // The manual, for each command; completions that their shell can read.
    let commands = commands();
    assert!(commands.len() > 20 && !commands.contains(&"assets".to_owned()), "{commands:?}");
    let mut pages = commands.iter().map(|command| format!("certpost-{command}.1.gz"));
    assert!(pages.all(|page| at("usr/share/man/man1").join(page).exists()), "{commands:?}");
    let first = at("usr/share/man/man1/certpost.1.gz").display().to_string();
    let page = run(Command::new("gzip").args(["-dc", &first]), "").stdout;
    let page = String::from_utf8(page).unwrap();
    for section in ["NAME", "SYNOPSIS", "FILES", "SIGNALS", "EXIT STATUS"] {
        assert!(
            page.contains(&format!(".SH {section}\n"))
                || page.contains(&format!(".SH \"{section}\"")),
            "{section}"
        );
    }
    let completions = at("usr/share/bash-completion/completions/certpost").display().to_string();
    run(Command::new("bash").args(["-n", &completions]), "");
    for name in [
        "usr/share/zsh/vendor-completions/_certpost",
        "usr/share/fish/vendor_completions.d/certpost.fish",
    ] {
        assert!(std::fs::read_to_string(at(name)).unwrap().contains("quarantine"), "{name}");
    }
    let example = std::fs::read_to_string(at("etc/certpost/config.example.toml")).unwrap();
    assert_eq!(example, certpost::config::example());

    // The units, one of them for an organisation of several.
    for unit in ["certpost.service", "certpost@acme.service"] {
        analyze(&root, &["verify", "--man=no", unit]);
        analyze(&root, &["security", "--offline=true", &format!("--threshold={EXPOSURE}"), unit]);
    }

    // The installed program starts, says that it is ready, and ends when asked.
    let place = Place::set();
    place.configure("", "", 1);
    let daemon = Daemon::start_program(&at("usr/bin/certpost"), &place);
    daemon.await_told("READY=1");
    assert_eq!(daemon.stop().0.code(), Some(0));

    // Whatever becomes of the package, keys and configuration stay.
    let precious = ["var/lib/certpost/keys", "etc/certpost/config.toml", "etc/certpost/secrets/x"];
    for name in precious {
        std::fs::write(at(name), name).unwrap();
    }
    for action in ["--remove", "--purge"] {
        dpkg(&root, action, "certpost");
        assert!(precious.iter().all(|name| at(name).exists()), "{action}");
    }
    assert!(!at("usr/bin/certpost").exists());
}

#[test]
fn the_units_differ_in_the_organisation_only() {
    let read =
        |name: &str| std::fs::read_to_string(Path::new(ROOT).join("dist").join(name)).unwrap();
    let options = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        lines.map(str::to_owned).collect()
    };
    let one = options(&read("certpost.service"));
    let several: Vec<_> = options(&read("certpost@.service"))
        .iter()
        .map(|line| line.replace("certpost-%i", "certpost").replace(" for %i", ""))
        .collect();
    assert_eq!(one, several);
}
