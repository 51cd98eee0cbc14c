//! Commands that only look: the plan, an application that does not go, the doctor.

use std::os::unix::fs::PermissionsExt;

use certpost::report::Language;

use crate::scene::{AGENT, AUTHORITY, Town, picture};

/// The database is opened, and notes that; the errands' folder may be made.
const NOISE: &[&str] = &["store", "errands"];

/// Labels and severities that the doctor found, but for what is well.
fn complaints(told: &serde_json::Value) -> Vec<(String, String)> {
    let found = told["found"].as_array().unwrap().iter();
    let label = |one: &serde_json::Value| {
        let label = one["problem"]["label"].as_str()?.to_owned();
        Some((label, one["severity"].as_str().unwrap().to_owned()))
    };
    found.filter_map(label).collect()
}

#[test]
fn an_application_is_shown_and_nothing_is_made_sent_or_kept() {
    let town = Town::found(Language::Uk);
    let before = picture(town.folder.path(), NOISE);
    let shown = town.told(0, &["renew", "director", "--dry-run"]);
    for words in ["Нічого не надіслано", "<HDIALOG>********</HDIALOG>", "349,00", AUTHORITY]
    {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    assert!(!shown.contains("калина"), "the blocking phrase is a secret");
    let told = town.json(0, &["renew", "director", "--dry-run"]);
    let application = &told["application"];
    assert_eq!(application["usages"], serde_json::json!(["signing", "agreement"]));
    assert_eq!(told["counted"], true);
    assert!(!told.to_string().contains("калина"));
    assert_eq!(picture(town.folder.path(), NOISE), before, "no key, no file, no word");
    assert_eq!(town.office.letters(AUTHORITY, "INBOX").len(), 0);
    assert_eq!(town.json(0, &["list"])["rows"][0]["exchange"], "", "nothing was opened");

    // What would stop the real one stops this one, and says so.
    town.reword("«Взірець»", "«Зразок»");
    let output = town.run(&["renew", "director", "--dry-run"]);
    assert_eq!(output.status.code(), Some(6), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("data-differ"), "{output:?}");
    assert_eq!(town.run(&["renew", "nobody", "--dry-run"]).status.code(), Some(1));
}

#[test]
fn the_doctor_is_content_and_leaves_no_trace() {
    let town = Town::found(Language::Uk);
    town.office.deliver(AGENT, "INBOX", b"From: a@b.example\r\nSubject: x\r\n\r\ny\r\n").unwrap();
    let kept = town.office.kept(AGENT, "INBOX");
    let before = picture(town.folder.path(), NOISE);
    let told = town.json(0, &["doctor"]);
    assert_eq!(complaints(&told), vec![], "{told:#}");
    let probes: Vec<_> =
        told["found"].as_array().unwrap().iter().map(|one| &one["probe"]).collect();
    for probe in ["mailbox", "folder", "sending", "letter-size", "clock", "keys", "disk"] {
        assert!(probes.iter().any(|known| *known == probe), "{probe}: {told:#}");
    }
    assert!(town.told(0, &["doctor"]).starts_with("Усе гаразд."));
    assert_eq!(town.office.kept(AGENT, "INBOX"), kept, "no flag, no letter");
    assert_eq!(town.office.letters(AUTHORITY, "INBOX").len(), 0);
    assert_eq!(picture(town.folder.path(), NOISE), before);
}

#[test]
fn the_doctor_tells_of_keys_whose_renewal_was_withdrawn() {
    let town = Town::found(Language::En);
    town.told(0, &["renew", "director"]);
    town.told(0, &["withdraw", "director", "--reason", "another post"]);
    let told = town.json(0, &["doctor"]);
    assert_eq!(complaints(&told), vec![], "no problem, only a remark: {told:#}");
    let found = told["found"].as_array().unwrap();
    let spare = found.iter().find(|one| one["fact"]["spare-keys"] == 1);
    assert_eq!(spare.unwrap()["about"], "director-1-1", "{told:#}");
}

/// What is wrong, one thing after another, and the doctor's word for it.
#[test]
fn the_doctor_finds_what_is_wrong_before_a_renewal_does() {
    let town = Town::found(Language::En);
    let config = town.config();
    let finds = |code: i32, label: &str| {
        let told = town.json(code, &["doctor"]);
        assert!(complaints(&told).iter().any(|(known, _)| known == label), "{label}: {told:#}");
        let page = town.told(code, &["doctor"]);
        assert!(page.contains('→') && !page.contains("All is well"), "{page}");
        std::fs::write(town.path("config.toml"), &config).unwrap();
    };
    town.reword("[mailbox]\n", "[mailbox]\nfolders = [\"INBOX\", \"Nowhere\"]\n");
    finds(6, "imap-folder");
    town.reword(&format!("port = {}", town.office.imap_port()), "port = 9");
    finds(3, "imap-unreachable");
    town.reword(&format!("port = {}", town.office.smtp_port()), "port = 9");
    finds(3, "smtp-unreachable");
    town.office.set_size_limit(1000);
    finds(6, "smtp-size");
    town.office.set_size_limit(100 << 20);
    town.reword(
        "recipients = [\"authority/agreement.pem\"]",
        "recipients = [\"authority/signer.pem\"]",
    );
    finds(6, "authority-certificate");
    town.reword("anchors = [\"authority/root.pem\"]", "anchors = [\"authority/signer.pem\"]");
    finds(6, "authority-certificate");
    town.reword("[organisation]", "[hook]\nprogram = \"nothing-here\"\n\n[organisation]");
    finds(6, "hook-missing");
    std::fs::write(town.path("secrets/seal-password"), "another password").unwrap();
    finds(6, "key-password");
    let key = town.path("data/keys/director/current/signing.key.pem");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    finds(6, "key-permissions");
    std::fs::remove_file(town.path("secrets/director-phrase")).unwrap();
    finds(4, "configuration-wrong");
    std::fs::remove_dir_all(town.path("data/keys/accountant")).unwrap();
    finds(4, "certificate-missing");
    let password = town.path("secrets/mailbox");
    std::fs::write(password, "wrong").unwrap();
    finds(4, "imap-login");
}

#[test]
fn the_plan_goes_into_a_calendar_file() {
    let town = Town::found(Language::En);
    let file = town.path("plan.ics");
    let name = file.display().to_string();
    let page = town.told(0, &["plan", "--months", "12", "--ics", &name]);
    let days = std::fs::read_to_string(&file).unwrap();
    assert!(page.contains("director"), "{page}");
    let rows = town.json(0, &["plan", "--months", "12"]);
    let renewals = rows["plan"]["renewals"].as_array().unwrap();
    assert_eq!(days.matches("BEGIN:VEVENT").count(), renewals.len() * 3, "{days}");
    for renewal in renewals {
        let due = renewal["due"].as_str().unwrap().replace('-', "");
        assert!(days.contains(&format!("DTSTART;VALUE=DATE:{due}")), "{due}");
    }
    for months in ["0", "121", "x"] {
        assert_eq!(town.run(&["plan", "--months", months]).status.code(), Some(1));
    }
}

#[test]
fn a_letter_to_ourselves_comes_back_and_leaves_the_mailbox_as_it_was() {
    let town = Town::found(Language::En);
    town.office.deliver(AGENT, "INBOX", b"From: a@b.example\r\nSubject: x\r\n\r\ny\r\n").unwrap();
    let before = town.office.kept(AGENT, "INBOX");
    let told = town.json(0, &["mailbox", "test"]);
    assert_eq!((&told["folder"], &told["removed"]), (&"INBOX".into(), &true.into()), "{told}");
    assert!(town.told(0, &["mailbox", "test"]).contains("the mailbox is as it was"));
    assert_eq!(town.office.kept(AGENT, "INBOX"), before);
    let sent = town.office.sent_log();
    assert_eq!(sent.len(), 2, "two letters, to ourselves");

    // Nobody delivers it where we look.
    town.reword("[mailbox]\n", "[mailbox]\nfolders = [\"Drafts\"]\n");
    let lost = town.run(&["mailbox", "test", "--within", "1"]);
    let words = String::from_utf8_lossy(&lost.stderr).into_owned();
    assert_eq!(lost.status.code(), Some(6), "{words}");
    assert!(words.contains("letter-lost"), "{words}");
    town.reword(&format!("port = {}", town.office.smtp_port()), "port = 9");
    assert_eq!(town.run(&["mailbox", "test"]).status.code(), Some(3));
}

#[test]
fn a_round_ends_with_what_kept_it_from_working() {
    let town = Town::found(Language::En);
    let config = town.config();
    town.reword(&format!("port = {}", town.office.imap_port()), "port = 9");
    town.told(3, &["run", "--once"]);
    town.told(3, &["fetch"]);
    std::fs::write(town.path("config.toml"), config).unwrap();
    town.told(0, &["run", "--once"]);
    town.told(5, &["status", "--exit-code"]);
    town.told(0, &["status"]);
    let password = town.path("secrets/mailbox");
    let kept = std::fs::read(&password).unwrap();
    std::fs::write(&password, "wrong").unwrap();
    town.told(6, &["run", "--once"]);
    std::fs::write(&password, kept).unwrap();
    town.told(0, &["run", "--once"]);
}
