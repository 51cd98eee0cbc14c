//! Grants at an endpoint that behaves well, oddly, or not at all.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use certpost::carrier::oauth2::{Grant, Tokens as _};
use certpost::exchange::Problem;
use certpost::time::Span;
use serde_json::json;
use zeroize::Zeroizing;

use crate::endpoint::{Answer, Endpoint};
use crate::servers::Servers;
use crate::{Clock, settings};

fn labels(told: &[Problem]) -> Vec<&str> {
    told.iter().map(|one| one.label.as_str()).collect()
}

fn rotating(access: &str, refresh: &str) -> Answer {
    Answer::Json(
        200,
        json!({ "access_token": access, "token_type": "Bearer", "expires_in": 3600,
                "refresh_token": refresh }),
    )
}

#[test]
fn a_token_is_asked_for_once_and_renewed_before_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::start(&[Answer::token("first"), Answer::token("second")]);
    let clock = Clock::new();
    let mut settings = settings(&endpoint.url, folder.path(), &clock);
    settings.scope = Some("mail offline_access".into());
    let grant = Grant::new(settings).unwrap();
    assert_eq!(grant.token().unwrap().as_str(), "first");
    clock.advance(Span::minutes(54));
    assert_eq!(grant.token().unwrap().as_str(), "first");
    let form = "grant_type=refresh_token&client_id=certpost&client_secret=cl1ent-s3cret\
                &refresh_token=refresh-1&scope=mail%20offline_access";
    assert_eq!(endpoint.asked(), [form]);
    // Five minutes before its end.
    clock.advance(Span::minutes(1));
    assert_eq!(grant.token().unwrap().as_str(), "second");
    assert_eq!(endpoint.asked().len(), 2);
}

#[test]
fn f13_a_refresh_token_that_was_replaced_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::start(&[rotating("first", "refresh-2")]);
    let clock = Clock::new();
    let grant = || Grant::new(settings(&endpoint.url, folder.path(), &clock)).unwrap();
    let shown = |number: usize| endpoint.asked()[number].clone();
    grant().token().unwrap();
    assert!(shown(0).contains("refresh_token=refresh-1"));
    let kept = folder.path().join("oauth2/grant.json");
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(kept.as_path()), mode(kept.parent().unwrap())), (0o600, 0o700));
    endpoint.answer(&[rotating("second", "refresh-3"), Answer::token("third")]);
    grant().token().unwrap();
    assert!(shown(1).contains("refresh_token=refresh-2"), "{}", shown(1));
    // Another process beside ours: what it was given counts for us as well.
    let ours = grant();
    ours.token().unwrap();
    assert!(shown(2).contains("refresh_token=refresh-3"), "{}", shown(2));

    // A person puts in a new one: it counts.
    let mut anew = settings(&endpoint.url, folder.path(), &clock);
    anew.refresh_token = Box::new(|| Ok(Zeroizing::new("refresh-new".into())));
    Grant::new(anew).unwrap().token().unwrap();
    assert!(shown(3).contains("refresh_token=refresh-new"), "{}", shown(3));
    // A damaged file costs no more than the configured one can give.
    std::fs::write(&kept, b"{").unwrap();
    grant().token().unwrap();
    assert!(shown(4).contains("refresh_token=refresh-1"), "{}", shown(4));
}

#[test]
fn f48_a_refresh_token_that_cannot_be_kept_is_told_and_used_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::start(&[rotating("first", "refresh-2"), Answer::token("second")]);
    let clock = Clock::new();
    let grant = Grant::new(settings(&endpoint.url, folder.path(), &clock)).unwrap();
    // A folder stands where the file should be.
    std::fs::create_dir_all(folder.path().join("oauth2/grant.json/x")).unwrap();
    assert_eq!(grant.token().unwrap().as_str(), "first");
    let told = grant.upkeep();
    assert_eq!(labels(&told), ["oauth-refresh"]);
    assert!(told[0].detail.contains("grant.json"), "{told:?}");
    std::fs::remove_dir_all(folder.path().join("oauth2/grant.json")).unwrap();
    clock.advance(Span::minutes(2));
    assert_eq!(grant.upkeep(), []);
    assert!(endpoint.asked()[1].contains("refresh_token=refresh-2"));
    let kept = std::fs::read_to_string(folder.path().join("oauth2/grant.json")).unwrap();
    assert!(kept.contains("refresh-2"));
}

#[test]
fn f13_a_person_is_warned_two_weeks_before_the_grant_ends() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::start(&[Answer::token("first")]);
    let clock = Clock::new();
    // The consent's day, as the configuration has it.
    let mut known = settings(&endpoint.url, folder.path(), &clock);
    known.ends = Some(clock.now() + Span::days(20));
    let grant = Grant::new(known).unwrap();
    assert_eq!(grant.upkeep(), []);
    clock.advance(Span::days(6));
    let told = grant.upkeep();
    assert_eq!(labels(&told), ["oauth-grant"]);
    assert!(told[0].detail.contains("the grant ends"), "{told:?}");
    clock.advance(Span::days(14));
    assert!(grant.upkeep()[0].detail.contains("the grant ended"));

    // The endpoint's own word, and a grant that dies of disuse.
    let mut answer = json!({ "access_token": "t", "token_type": "Bearer", "expires_in": 3600 });
    answer["refresh_token_expires_in"] = json!(Span::days(13).0);
    endpoint.answer(&[Answer::Json(200, answer)]);
    let other = tempfile::tempdir().unwrap();
    let grant = Grant::new(settings(&endpoint.url, other.path(), &clock)).unwrap();
    assert_eq!(labels(&grant.upkeep()), ["oauth-grant"]);
    endpoint.answer(&[Answer::token("t"), Answer::Json(503, json!({}))]);
    let third = tempfile::tempdir().unwrap();
    let mut idle = settings(&endpoint.url, third.path(), &clock);
    idle.idle = Some(Span::days(90));
    let grant = Grant::new(idle).unwrap();
    assert_eq!(grant.upkeep(), []);
    clock.advance(Span::days(76));
    assert_eq!(labels(&grant.upkeep()), ["oauth-refresh", "oauth-grant"]);
}

#[test]
fn f13_a_grant_is_used_every_day_although_the_connection_needs_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::start(&[Answer::token("first")]);
    let clock = Clock::new();
    let grant = Grant::new(settings(&endpoint.url, folder.path(), &clock)).unwrap();
    for day in 1..=3 {
        assert_eq!(grant.upkeep(), []);
        clock.advance(Span::hours(12));
        assert_eq!(grant.upkeep(), []);
        assert_eq!(endpoint.asked().len(), day);
        clock.advance(Span::hours(12));
    }
    // A process that starts anew knows when it was used last.
    let again = Grant::new(settings(&endpoint.url, folder.path(), &clock)).unwrap();
    clock.advance(Span::hours(-1));
    assert_eq!(again.upkeep(), []);
    assert_eq!(endpoint.asked().len(), 3);
}

#[test]
fn the_last_token_serves_while_the_endpoint_is_ill_and_then_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::start(&[Answer::token("first"), Answer::Json(500, json!({}))]);
    let clock = Clock::new();
    let grant = Grant::new(settings(&endpoint.url, folder.path(), &clock)).unwrap();
    grant.token().unwrap();
    clock.advance(Span::minutes(57));
    assert_eq!(grant.token().unwrap().as_str(), "first");
    assert_eq!(labels(&grant.upkeep()), ["oauth-refresh"]);
    assert_eq!(endpoint.asked().len(), 2, "the endpoint is left in peace for a minute");
    clock.advance(Span::minutes(4));
    assert_eq!(grant.token().unwrap_err().label, "oauth-refresh");
    assert_eq!(endpoint.asked().len(), 3);
    endpoint.answer(&[Answer::token("second")]);
    clock.advance(Span::minutes(2));
    assert_eq!(grant.upkeep(), []);
    assert_eq!(grant.token().unwrap().as_str(), "second");
}

/// What a grant says of an endpoint that answers so.
fn told(answer: Answer, deadline: Duration) -> Problem {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::start(&[answer]);
    let mut settings = settings(&endpoint.url, folder.path(), &Clock::new());
    settings.deadline = deadline;
    let problem = Grant::new(settings).unwrap().token().unwrap_err();
    for secret in ["cl1ent-s3cret", "refresh-1"] {
        assert!(!problem.detail.contains(secret), "{}", problem.detail);
    }
    problem
}

fn raw(head: &str, body: &[u8]) -> Answer {
    let head = format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n");
    Answer::Raw([head.as_bytes(), body].concat())
}

#[test]
fn odd_endpoints_end_in_clear_words() {
    let patient = Duration::from_secs(20);
    let echo = json!({ "error": "invalid_client",
                       "error_description": "cl1ent-s3cret is wrong for refresh-1" });
    let html = "200 OK\r\nContent-Type: text/html";
    let away = "302 Found\r\nLocation: http://localhost:1/";
    for (answer, words) in [
        (Answer::Json(500, json!({})), "answers 500: no reason"),
        (Answer::Json(401, echo), "answers 401: invalid_client: *** is wrong for ***"),
        (raw("502 Bad Gateway", b"<html>"), "answers 502: no reason"),
        (raw(away, b""), "answers 302: no reason"),
        (raw(html, b"<html>a login page</html>"), "the answer is not JSON"),
        (raw("200 OK", &[0xff; 300]), "the answer is not JSON"),
        (raw("200 OK", &[b' '; 200_000]), "limit"),
        (Answer::Json(200, json!([1, 2])), "does not say of which type"),
        (Answer::Json(200, json!({ "access_token": "a b", "token_type": "Bearer" })), "no access"),
        (Answer::Json(200, json!({ "access_token": "ab", "token_type": "mac" })), "another type"),
        (Answer::Raw(b"SMTP?\r\n\r\n".to_vec()), "http://localhost"),
        (Answer::Raw(vec![]), "http://localhost"),
        (Answer::Raw([b"HTTP/1.1 200 OK\r\nX: ".as_slice(), &[b'x'; 200_000]].concat()), "http://"),
    ] {
        let problem = told(answer, patient);
        assert_eq!(problem.label, "oauth-refresh", "{problem:?}");
        assert!(problem.detail.contains(words), "{}", problem.detail);
    }
    let problem = told(Answer::Silence, Duration::from_millis(300));
    assert_eq!(problem.label, "oauth-refresh");
    assert!(problem.detail.contains("timeout"), "{}", problem.detail);
    // It promises more than it sends, and then keeps quiet.
    let dead = json!({ "error": "invalid_grant", "error_description": "AADSTS70008: expired" });
    let problem = told(Answer::Json(400, dead), patient);
    assert_eq!(problem.label, "oauth-grant");
    assert!(problem.detail.contains("invalid_grant: AADSTS70008: expired"), "{}", problem.detail);
}

#[test]
fn nobody_listens_or_a_stranger_does() {
    let folder = tempfile::tempdir().unwrap();
    let servers = Servers::shared();
    let gone = Endpoint::start(&[Answer::token("x")]).url.clone();
    let grant = Grant::new(settings(&gone, folder.path(), &Clock::new())).unwrap();
    assert_eq!(grant.token().unwrap_err().label, "oauth-refresh");

    let endpoint = Endpoint::start_tls(&[Answer::token("x")], &servers.identity());
    let with = |ca: Option<Vec<u8>>| {
        let mut settings = settings(&endpoint.url, folder.path(), &Clock::new());
        settings.ca = ca;
        Grant::new(settings)
    };
    let grant = Arc::new(with(Some(servers.ca())).unwrap());
    assert_eq!(grant.token().unwrap().as_str(), "x");
    for ca in [Some(servers.stranger_ca()), None] {
        let problem = with(ca).unwrap().token().unwrap_err();
        assert_eq!(problem.label, "oauth-refresh", "{problem:?}");
    }
    assert_eq!(endpoint.asked().len(), 1, "no secret went to a stranger");
    assert_eq!(with(Some(b"x".to_vec())).err().unwrap().label, "oauth-refresh");
}
