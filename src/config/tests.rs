//! Mistakes of a person who writes the configuration, and what certpost says.

use std::path::Path;

use proptest::prelude::*;

use super::{Config, ConfigProblem, Login, OAuth2, SecretRef, example};
use crate::exchange::Patience;

fn read(text: &str) -> Result<Config, Vec<ConfigProblem>> {
    Config::read(text, Path::new("/etc/certpost"))
}

/// The example with one piece of text replaced.
fn with(from: &str, to: &str) -> String {
    assert!(example().contains(from), "{from}");
    example().replacen(from, to, 1)
}

/// The only problem, as a person sees it.
fn only(text: &str) -> String {
    let problems = read(text).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems[0].to_string()
}

#[test]
fn all_problems_come_at_once_sorted_by_line() {
    let text = example()
        .replace("poll-minutes = 5", "poll-minutes = 0")
        .replace("code = \"12345678\"", "code = \"12-34\"")
        .replace("host = \"smtp.zrazok.example\"", "hots = \"smtp.zrazok.example\"")
        .replace("drfo = \"1234567890\"", "drfo = \"12\"");
    let problems = read(&text).unwrap_err();
    let places: Vec<_> = problems.iter().map(|problem| problem.place.as_str()).collect();
    let expected = [
        "poll-minutes",
        "organisation.code",
        "mailbox.smtp.host",
        "mailbox.smtp.hots",
        "holder[1].drfo",
    ];
    assert_eq!(places, expected, "{problems:#?}");
    assert!(problems.is_sorted_by_key(|problem| problem.line));
    for (problem, piece) in problems.iter().zip(["poll-minutes = 0", "12-34"]) {
        assert!(text.lines().nth(problem.line - 1).unwrap().contains(piece), "{problem}");
    }
    assert_eq!(problems[3].instead, "did you mean host?");
}

#[test]
fn a_mistake_in_the_grammar_comes_alone_with_its_line() {
    let problems = read("data = \"x\"\nlanguage = uk\npoll-minutes = 0\n").unwrap_err();
    assert!(problems.iter().all(|problem| problem.line == 2), "{problems:#?}");
    let twice = read("data = \"x\"\ndata = \"y\"\n").unwrap_err();
    assert_eq!(twice[0].line, 2, "{twice:#?}");
}

#[test]
fn new_passwords_are_given_twice_where_the_profile_wants_it() {
    let twice = with("#password-twice = false", "password-twice = true");
    let problems = read(&twice).unwrap_err();
    let places: Vec<_> = problems.iter().map(|problem| problem.place.as_str()).collect();
    assert_eq!(places, ["holder[1].new-password-again", "holder[2].new-password-again"]);
    assert!(problems[0].to_string().contains("password-twice"), "{}", problems[0]);
    let plain = read(example()).unwrap();
    assert_eq!(
        (&plain.holders[0].new_password, &plain.holders[1].new_password_again),
        (&None, &None)
    );
    let text = with("#new-password =", "new-password =");
    let file = SecretRef::File("/etc/certpost/secrets/director-new".into());
    assert_eq!(read(&text).unwrap().holders[0].new_password, Some(file));
}

#[test]
fn a_token_that_is_written_badly_is_told() {
    let good = "{ module = \"/lib/t.so\", label = \"one\", pin = { env = \"PIN\" } }";
    let international = example().replace("\nsuite = \"ukrainian\"", "");
    let told = |token: &str| {
        let line = format!("\ntoken = {token}\n\n# «Парольний");
        only(&international.replacen("\n# «Парольний", &line, 1))
    };
    for (from, to, expected) in [
        ("module = \"/lib/t.so\", ", "", "module is missing"),
        ("\"one\"", "7", "label is of type"),
        ("label = \"one\", ", "label = \"one\", slot = 1, ", "slot is not known here"),
        ("{ env = \"PIN\" }", "\"1234\"", "pin is not a reference to a secret"),
        ("\"one\"", "\"0123456789012345678901234567890123\"", "32 at most"),
    ] {
        let told = told(&good.replace(from, to));
        assert!(told.contains("holder[1].token") && told.contains(expected), "{told}");
        assert!(!told.contains("1234\""), "a PIN is not repeated: {told}");
    }
    let missing = with("\npassword = { env = \"CERTPOST_SEAL\" }", "");
    assert!(only(&missing).contains("holder[2].password is missing"));
}

#[test]
fn a_tax_office_needs_a_mailbox_a_director_who_signs_and_officials_of_the_form() {
    for (from, to, expected) in [
        ("form-version = 4", "form-version = 5", "tax-office.form-version"),
        ("\nofficials = [\"director\", ", "\nofficials = [\"employee\", ", "names an employee"),
        ("role = \"director\"", "role = \"accountant\"", "no [[holder]] is one"),
        ("usages = [\"signing\", \"agreement\"]", "usages = [\"agreement\"]", "signing key"),
    ] {
        let told = only(&with(from, to));
        assert!(told.contains("tax-office") && told.contains(expected), "{from}: {told}");
    }
    let Err(problems) = read(&with("authority = \"dps\"", "authority = \"dpsu\"")) else {
        panic!("there is no such authority")
    };
    assert!(problems[0].to_string().contains("«dpsu» has no section [authority.dpsu]"));
}

#[test]
fn an_empty_file_is_told_what_it_needs() {
    let places: Vec<_> = read("").unwrap_err().into_iter().map(|p| p.place).collect();
    assert_eq!(places, ["organisation", "mailbox", "authority", "holder"]);
    let text = "organisation = 1\nmailbox = []\nauthority = \"sota\"\nholder = {}\n";
    let lines: Vec<_> = read(text).unwrap_err().into_iter().map(|p| p.line).collect();
    assert_eq!(lines, [1, 2, 3, 4]);
}

#[test]
fn values_of_a_wrong_shape_are_told_with_what_to_write() {
    for (from, to, expected) in [
        ("poll-minutes = 5", "poll-minutes = \"5\"", "write a whole number from 1 to 1440"),
        ("language = \"uk\"", "language = \"ua\"", "write \"uk\" or \"en\" or \"ru\" or \"be\""),
        ("zone = \"Europe/Kyiv\"", "zone = \"Kyiv\"", "write an IANA name"),
        ("address = \"kep@zrazok.example\"", "address = \"Кеп <k@z.ua>\"", "write it bare"),
        ("imap.zrazok.example", "imaps://imap.zrazok.example", "write the bare name"),
        ("tls = \"starttls\"", "tls = \"none\"", "write \"implicit\" or \"starttls\""),
        ("#listen = \"127.0.0.1:8437\"", "listen = \"0.0.0.0:8437\"", "stand before it"),
        ("#listen = \"127.0.0.1:8437\"", "listen = \"192.168.1.5:80\"", "stand before it"),
        ("#listen = \"127.0.0.1:8437\"", "listen = \"[::]:8437\"", "stand before it"),
        ("#listen = \"127.0.0.1:8437\"", "listen = \"localhost\"", "write \"127.0.0.1:8437\""),
        ("#listen = \"127.0.0.1:8437\"", "listen = \"unix:\"", "\"unix:/run/certpost"),
        ("phone = \"+380 44 000 00 00\"", "phone = \"none\"", "write it like"),
        ("region = 26", "region = 100", "write a whole number from 0 to 99"),
        ("folders = [\"INBOX\", \"Junk\"]", "folders = []", "write at least one"),
        ("#move-to = \"certpost\"", "move-to = \"Junk\"", "not among the watched"),
        (
            "profile = \"sota\"",
            "profile = \"sotta\"",
            "write \"sota\", \"smime\", \"tax\" or the path",
        ),
        ("suite = \"ukrainian\"", "suite = \"dstu\"", "write \"international\" or"),
        ("#lead-days = 45", "lead-days = 0", "write a whole number from 1 to 365"),
        ("#ladder = [5, 15, 30, 60, 120, 240]", "ladder = [0]", "[5, 15, 30]"),
        ("#silence = \"resend\"", "silence = \"wait\"", "write \"resend\" or \"stall\""),
        ("#gates = [\"approval\"]", "gates = [\"sms\"]", "\"phone-code\""),
        (
            "#decided-within = { working-days = 1 }",
            "decided-within = { days = 1 }",
            "{ working-days",
        ),
        ("#closes = 18", "closes = 8", "write a later hour"),
        ("id = \"director\"", "id = \"../director\"", "small Latin letters"),
        ("id = \"seal\"", "id = \"director\"", "an id of its own"),
        ("role = \"seal\"", "role = \"seal\"\ndrfo = \"1234567890\"", "remove it"),
        ("drfo = \"1234567890\"", "", "write the holder's ДРФО"),
        ("#authority = \"ukraina\"", "authority = \"acsk\"", "write one of: ukraina"),
        ("#term = 2", "term = 3", "write a whole number from 1 to 2"),
        (
            "usages = [\"signing\", \"agreement\"]",
            "usages = [\"signing\", \"signing\"]",
            "each once",
        ),
        ("consent = true", "consent = \"yes\"", "write true or false"),
        (
            "password = { file = \"secrets/director\" }",
            "password = { file = \"a\", env = \"b\" }",
            "write one of {",
        ),
        (
            "password = { credential = \"mailbox\" }",
            "password = { credential = \"/etc/x\" }",
            "bare name",
        ),
    ] {
        let told = only(&with(from, to));
        assert!(told.contains(expected), "{to}: {told}");
    }
}

#[test]
fn a_name_that_cannot_be_a_folder_is_told() {
    let told = only(&example().replace("[authority.ukraina", "[authority.Ukraina"));
    assert!(told.contains("[authority.sota]"), "{told}");
}

#[test]
fn a_secret_written_down_is_refused_and_not_repeated() {
    let told = only(&with("password = { file = \"secrets/mailbox\" }", "password = \"hunter2\""));
    assert!(told.contains("never the secret itself") && !told.contains("hunter2"), "{told}");
    let told = only(&with(
        "password = { file = \"secrets/mailbox\" }",
        "password = { text = \"hunter2\" }",
    ));
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn every_unknown_option_is_told() {
    let text = with("data = ", "dta = 1\nfoo = 2\ndata = ");
    let told: Vec<_> = read(&text).unwrap_err().iter().map(ToString::to_string).collect();
    assert!(told[0].ends_with("dta is not a known option; did you mean data?"), "{told:?}");
    assert!(told[1].contains("foo is not a known option; remove it; known here: "), "{told:?}");
    let told = only(&with("#max-sends = 3", "max-send = 3"));
    assert!(told.contains("authority.ukraina.policy.max-send "), "{told}");
}

#[test]
fn a_term_must_be_on_offer_and_defaults_to_the_first() {
    let config = read(&with("#terms = [2, 1]", "terms = [1]")).unwrap();
    assert_eq!(config.holders[0].term, 1);
    let text = with("#terms = [2, 1]", "terms = [1]").replace("#term = 2", "term = 2");
    assert!(only(&text).contains("2 is not on offer; write one of its terms: 1"));
}

#[test]
fn parts_of_a_profile_are_overridden_and_the_rest_stays() {
    let text =
        with("#delivered-within = { working-hours = 2 }", "delivered-within = { minutes = 1 }")
            .replace("#holidays = [\"2026-08-24\", \"2026-12-25\"]", "holidays = [2026-08-24]")
            .replace("#lead-days = 45", "lead-days = 30");
    let config = read(&text).unwrap();
    let profile = &config.authorities[0].profile;
    assert_eq!(profile.lead_days, 30);
    assert_eq!(profile.policy.delivered_within, Patience::Minutes(1));
    assert_eq!(profile.policy.decided_within, Patience::WorkingDays(1));
    assert_eq!(profile.policy.calendar.holidays, [jiff::civil::date(2026, 8, 24)]);
    assert_eq!(profile.policy.calendar.opens, 9);
    assert_eq!(config.authorities[0].address, "office@authority.example");
}

#[test]
fn a_profile_may_be_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let text = with("profile = \"sota\"", "profile = \"ours.toml\"");
    let told = Config::read(&text, folder.path()).unwrap_err();
    assert!(told[0].what.starts_with("cannot read"), "{told:?}");
    let ours = include_str!("../authority/profiles/smime.toml").replace("S/MIME", "Наш");
    std::fs::write(folder.path().join("ours.toml"), &ours).unwrap();
    let config = Config::read(&text, folder.path()).unwrap();
    assert_eq!(config.authorities[0].profile.title, "Наш");
    let other = ours.replace("dialect = \"smime\"", "dialect = \"telex\"");
    std::fs::write(folder.path().join("ours.toml"), other).unwrap();
    let told = Config::read(&text, folder.path()).unwrap_err();
    assert!(told[0].what.contains("telex"), "{told:?}");
}

#[test]
fn an_authority_without_an_address_is_told() {
    let text = with("address = \"office@authority.example\"", "")
        .replace("profile = \"sota\"", "profile = \"smime\"");
    assert!(only(&text).contains("the profile has none"));
}

#[test]
fn sole_proprietors_have_other_codes() {
    let text = with("kind = \"legal\"", "kind = \"sole-proprietor\"");
    assert!(only(&text).contains("ДРФО of a sole proprietor"));
    for code in ["1234567890", "АБ123456"] {
        read(&text.replace("12345678\"\n\n# The tax", &format!("{code}\"\n\n# The tax"))).unwrap();
    }
}

#[test]
fn relative_paths_are_the_files_own() {
    let config = read(example()).unwrap();
    assert_eq!(config.data, Path::new("/var/lib/certpost"));
    let expected = SecretRef::File("/etc/certpost/secrets/mailbox".into());
    assert_eq!(config.mailbox.imap.login, Login::Password(expected));
    let expected = SecretRef::Credential("mailbox".into());
    assert_eq!(config.mailbox.smtp.login, Login::Password(expected));
    assert_eq!(config.mailbox.imap.user, "kep@zrazok.example");
}

const OAUTH2: &str = "[mailbox.oauth2]\ntoken-endpoint = \"https://login.example/token\"\n\
                      client-id = \"id\"\nrefresh-token = { file = \"refresh\" }\n";

/// The example with a section for tokens, and without the passwords of both servers.
fn with_tokens(section: &str) -> String {
    let passwords =
        ["password = { file = \"secrets/mailbox\" }", "password = { credential = \"mailbox\" }"];
    let bare = passwords.iter().fold(example().to_owned(), |text, one| text.replacen(one, "", 1));
    bare.replacen("#[mailbox.oauth2]", section, 1)
}

#[test]
fn servers_without_a_password_use_the_tokens() {
    let config = read(&with_tokens(OAUTH2)).unwrap();
    let Login::OAuth2(OAuth2::Grant(grant)) = &config.mailbox.imap.login else { panic!() };
    assert_eq!(grant.endpoint, "https://login.example/token");
    assert_eq!(config.mailbox.imap.login, config.mailbox.smtp.login);
    let config = read(&with_tokens("[mailbox.oauth2]\ntoken-file = \"token\"\n")).unwrap();
    let file = OAuth2::TokenFile("/etc/certpost/token".into());
    assert_eq!(config.mailbox.imap.login, Login::OAuth2(file));
    // A password of its own counts more.
    let text = with("#[mailbox.oauth2]", OAUTH2);
    assert!(matches!(read(&text).unwrap().mailbox.smtp.login, Login::Password(_)));
}

#[test]
fn mistakes_about_tokens_are_told() {
    let problems = read(&with_tokens("")).unwrap_err();
    let places: Vec<_> = problems.iter().map(|one| one.place.as_str()).collect();
    assert_eq!(places, ["mailbox.imap.password", "mailbox.smtp.password"]);
    assert!(problems[0].instead.contains("[mailbox.oauth2]"), "{}", problems[0]);
    let problems = read(&with_tokens("[mailbox.oauth2]")).unwrap_err();
    let places: Vec<_> = problems.iter().map(|one| one.place.as_str()).collect();
    let needed = ["token-endpoint", "client-id", "refresh-token"];
    assert_eq!(places, needed.map(|key| format!("mailbox.oauth2.{key}")));
    for (from, to, told) in [
        ("https://", "http://", "would go in plain text"),
        ("https://login", "login", "is no address"),
        ("https://", "https://user:word@", "holds a user or a password"),
        ("{ file = \"refresh\" }", "\"1//0token\"", "is not a reference to a secret"),
        ("client-id", "token-file = \"x\"\nclient-id", "has no use beside token-file"),
        ("client-id", "ends = \"31.05.2027\"\nclient-id", "write a date"),
        ("client-id", "idle-days = 14\nclient-id", "from 15 to 3650"),
    ] {
        let problems = read(&with_tokens(&OAUTH2.replacen(from, to, 1))).unwrap_err();
        assert!(problems[0].to_string().contains(told), "{problems:#?}");
        assert!(!problems[0].to_string().contains("1//0token"));
    }
    let here = OAUTH2.replacen("https://login.example", "http://127.0.0.1:8080", 1);
    assert!(read(&with_tokens(&here)).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,200}") {
        let _ = read(&text);
    }

    #[test]
    fn a_spoilt_example_is_read_without_a_panic(
        at in 0usize..9000, length in 0usize..40, other in "[\\]\\[={}\",.#a-z0-9\n]{0,6}",
    ) {
        let whole = example();
        let start = whole.floor_char_boundary(at.min(whole.len()));
        let end = whole.floor_char_boundary((start + length).min(whole.len())).max(start);
        let text = format!("{}{other}{}", &whole[..start], &whole[end..]);
        if let Err(problems) = read(&text) {
            let lines = text.lines().count() + 1;
            prop_assert!(problems.iter().all(|problem| (1..=lines).contains(&problem.line)));
            prop_assert!(!problems.is_empty());
        }
    }
}
