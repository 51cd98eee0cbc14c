//! `certpost check` and exit codes that need no mail.

use std::os::unix::fs::PermissionsExt;

use certpost::report::Language;

use crate::scene::{Town, picture};

#[test]
fn check_tells_all_at_once_with_lines_and_what_to_write() {
    let town = Town::found(Language::En);
    std::fs::create_dir_all(town.path("summary")).unwrap();
    std::fs::write(town.path("summary/summary.html"), "the page of yesterday").unwrap();
    let before = picture(town.folder.path(), &[]);
    let fine = town.told(0, &["check"]);
    assert!(fine.contains("no mistakes"), "{fine}");
    assert_eq!(picture(town.folder.path(), &[]), before, "check changes nothing");

    // Mistakes of the text, of files, of permissions and of secrets: one of each.
    town.reword("region = 26", "region = 126");
    town.reword("signers = [\"authority/signer.pem\"]", "signers = [\"authority/other.pem\"]");
    town.reword("recipients = [\"authority/agreement.pem\"]", "recipients = [\"config.toml\"]");
    town.reword("\"mail-ca.pem\"", "\"secrets/mailbox\"");
    std::fs::write(town.path("secrets/seal-password"), "ab").unwrap();
    std::fs::remove_file(town.path("secrets/director-phrase")).unwrap();
    let secret = town.path("secrets/accountant-password");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    let keys = town.path("data/keys");
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o755)).unwrap();

    let told = town.json(4, &["check"]);
    let problems = told["problems"].as_array().unwrap();
    let text = town.config();
    let expected = [
        ("data", "others can look into", "data = "),
        ("organisation.region", "126", "region = 126"),
        ("mailbox.smtp.ca-file", "no certificate", "ca-file"),
        ("authority.simulator.signers", "No such file", "other.pem"),
        ("authority.simulator.recipients", "config.toml", "recipients"),
        ("holder[1].blocking-phrase", "director-phrase", "director-phrase"),
        ("holder[2].password", "mode 644", "accountant-password"),
    ];
    let places: Vec<_> = problems.iter().map(|one| one["place"].as_str().unwrap()).collect();
    assert_eq!(places, expected.map(|(place, ..)| place), "{told:#}");
    for (problem, (place, what, written)) in problems.iter().zip(expected) {
        assert!(problem["what"].as_str().unwrap().contains(what), "{place}: {problem}");
        assert!(!problem["instead"].as_str().unwrap().is_empty(), "{place}");
        let line = usize::try_from(problem["line"].as_u64().unwrap()).unwrap();
        assert!(text.lines().nth(line - 1).unwrap().contains(written), "{problem}");
    }
    let page = town.told(4, &["check"]);
    assert!(page.contains("7\u{a0}mistakes"), "{page}");
    // A short password shows only once the text itself is right: the profile says how long.
    town.reword("region = 126", "region = 26");
    let told = town.json(4, &["check"]);
    let short = told["problems"].as_array().unwrap().iter().any(|one| {
        one["place"].as_str().unwrap().ends_with(".password")
            && one["what"].as_str().unwrap().contains("fewer than")
    });
    assert!(short, "{told:#}");
    assert!(!told.to_string().contains("\"ab\""), "a secret is never shown");
}

#[test]
fn secrets_of_the_service_alone_are_noted_and_tried_where_they_can_be() {
    let town = Town::found(Language::Uk);
    town.reword("{ file = \"secrets/mailbox\" }", "{ credential = \"mailbox\" }");
    let noted = town.json(0, &["check"]);
    assert_eq!(noted["notes"][0]["place"], "mailbox.smtp.password", "{noted}");
    let folder = town.path("credentials");
    std::fs::create_dir(&folder).unwrap();
    let folder = folder.display().to_string();
    let output = town.run_with(&["check"], &[("CREDENTIALS_DIRECTORY", &folder)]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
}

#[test]
fn a_wrong_command_is_no_refusal_and_help_is_fine() {
    let town = Town::found(Language::En);
    for words in [&["status", "--no-such"][..], &["no-such"], &["show"]] {
        assert_eq!(town.run(words).status.code(), Some(1), "{words:?}");
    }
    assert_eq!(town.run(&["--help"]).status.code(), Some(0));
    assert_eq!(town.run(&["--version"]).status.code(), Some(0));
    std::fs::remove_file(town.path("config.toml")).unwrap();
    assert_eq!(town.run(&["status"]).status.code(), Some(4));
    assert_eq!(town.run(&["check"]).status.code(), Some(4));
}
