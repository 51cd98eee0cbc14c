//! Access tokens instead of passwords: Dovecot judges them, for IMAP and, through SASL, for Postfix;
//! a token endpoint on loopback gives them, as it should and as it should not (F13).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/endpoint.rs"]
mod endpoint;
#[path = "support/post.rs"]
#[allow(dead_code, reason = "the carrier's own tests use the rest")]
mod letters;
#[path = "support/running.rs"]
mod running;
#[path = "support/servers.rs"]
mod servers;

#[path = "oauth2/daemon.rs"]
mod daemon;
#[path = "oauth2/grants.rs"]
mod grants;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use certpost::carrier::oauth2::{Grant, GrantSettings, TokenFile, Tokens};
use certpost::carrier::post::{Limits, Login, Post, PostSettings, Server, Tls};
use certpost::engine::ports::Carrier;
use certpost::os;
use certpost::time::{Span, Timestamp};
use endpoint::{Answer, Endpoint, token};
use letters::{labelled, letter};
use servers::{Account, Servers, TOKEN_KEY};
use zeroize::Zeroizing;

/// A token that Dovecot takes for an hour.
fn good(account: &Account) -> String {
    let now = os::now().0;
    token(TOKEN_KEY, &account.address, now - 5, now + 3600)
}

/// One whose time is over.
fn expired(account: &Account) -> String {
    let now = os::now().0;
    token(TOKEN_KEY, &account.address, now - 7200, now - 3600)
}

fn post_at(servers: &Servers, account: &Account, tls: Tls, tokens: &Arc<dyn Tokens>) -> Post {
    let (smtp, imap) = match tls {
        Tls::Implicit => (servers.smtps, servers.imaps),
        Tls::Starttls => (servers.smtp, servers.imap),
    };
    let server = |port| Server {
        host: "localhost".into(),
        port,
        tls,
        ca: Some(servers.ca()),
        user: account.address.clone(),
        login: Login::Token(Arc::clone(tokens)),
    };
    let settings = PostSettings {
        address: account.address.clone(),
        smtp: server(smtp),
        imap: server(imap),
        folders: vec!["INBOX".into()],
        move_to: None,
        limits: Limits::default(),
    };
    Post::new(settings).unwrap()
}

fn post(account: &Account, tokens: &Arc<dyn Tokens>) -> Post {
    post_at(Servers::shared(), account, Tls::Implicit, tokens)
}

fn constant(token: String) -> Arc<dyn Tokens> {
    Arc::new(TokenFile(Box::new(move || Ok(Zeroizing::new(token.clone())))))
}

/// A clock that a test moves.
#[derive(Clone)]
struct Clock(Arc<AtomicI64>);

impl Clock {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(os::now().0)))
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn advance(&self, span: Span) {
        self.0.fetch_add(span.0, Ordering::SeqCst);
    }
}

/// A grant whose refresh token is `refresh-1`, kept in `folder`.
fn settings(url: &str, folder: &Path, clock: &Clock) -> GrantSettings {
    let clock = clock.clone();
    GrantSettings {
        endpoint: url.into(),
        ca: None,
        client_id: "certpost".into(),
        client_secret: Some(Box::new(|| Ok(Zeroizing::new("cl1ent-s3cret".into())))),
        refresh_token: Box::new(|| Ok(Zeroizing::new("refresh-1".into()))),
        scope: None,
        ends: None,
        idle: None,
        deadline: Duration::from_secs(20),
        kept: folder.join("oauth2/grant.json"),
        now: Box::new(move || clock.now()),
    }
}

/// A letter to oneself and back.
fn round_trip(mut post: Post, servers: &Servers, account: &Account) {
    post.send(&letter("by token", "text"), &account.address).unwrap();
    servers.mailbox(account).await_letters("INBOX", 1);
    let collected = post.collect(None, 10).unwrap();
    assert_eq!(collected.deliveries.len(), 1);
    assert_eq!(post.troubles(), []);
}

#[test]
fn a_token_out_of_a_file_opens_imap_and_smtp() {
    let servers = Servers::shared();
    for tls in [Tls::Implicit, Tls::Starttls] {
        let account = servers.account();
        let tokens = constant(good(&account));
        round_trip(post_at(servers, &account, tls, &tokens), servers, &account);
    }
}

#[test]
fn oauthbearer_is_used_where_nothing_else_is_offered() {
    let servers = Servers::start_with("plain login oauthbearer");
    let account = servers.account();
    round_trip(
        post_at(&servers, &account, Tls::Implicit, &constant(good(&account))),
        &servers,
        &account,
    );
    // Its refusal has a form of its own.
    let mut refused = post_at(&servers, &account, Tls::Implicit, &constant(expired(&account)));
    assert_eq!(refused.collect(None, 10).unwrap_err().0.label, "imap-login");
    let (fate, label, _) = labelled(refused.send(&letter("x", "x"), &account.address));
    assert_eq!((fate, label.as_str()), ("later", "smtp-login"));
}

#[test]
fn f13_a_refused_token_is_a_login_failure_and_is_not_repeated_in_its_words() {
    let account = Servers::shared().account();
    let other = Servers::shared().account();
    let now = os::now().0;
    for token in [
        expired(&account),
        good(&other),
        token(b"another-key-of-32-bytes-for-hs25", &account.address, now - 5, now + 3600),
        "no-token-at-all".into(),
    ] {
        let mut post = post(&account, &constant(token.clone()));
        let problem = post.collect(None, 10).unwrap_err().0;
        assert_eq!(problem.label, "imap-login", "{problem:?}");
        assert!(!problem.detail.contains(&token), "{}", problem.detail);
        let (fate, label, words) = labelled(post.send(&letter("x", "x"), &account.address));
        assert_eq!((fate, label.as_str()), ("later", "smtp-login"), "{words}");
        assert!(!words.contains(&token) && !words.contains("does not expect"), "{words}");
    }
}

#[test]
fn f13_a_server_that_takes_no_tokens_is_told() {
    // Postfix offers what Dovecot has; a fake would do the same with less behind it.
    let servers = Servers::start_with("plain login");
    let account = servers.account();
    let mut post = post_at(&servers, &account, Tls::Implicit, &constant(good(&account)));
    let problem = post.collect(None, 10).unwrap_err().0;
    assert_eq!(problem.label, "imap-login");
    assert!(problem.detail.contains("neither XOAUTH2 nor OAUTHBEARER"), "{}", problem.detail);
    let (_, label, words) = labelled(post.send(&letter("x", "x"), &account.address));
    assert_eq!(label, "smtp-login");
    assert!(words.contains("neither XOAUTH2 nor OAUTHBEARER"), "{words}");
}

#[test]
fn f13_a_token_that_was_withdrawn_is_replaced_once() {
    for by_smtp in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let account = Servers::shared().account();
        let endpoint =
            Endpoint::start(&[Answer::token(&expired(&account)), Answer::token(&good(&account))]);
        let clock = Clock::new();
        let grant = Grant::new(settings(&endpoint.url, folder.path(), &clock)).unwrap();
        let tokens: Arc<dyn Tokens> = Arc::new(grant);
        tokens.token().unwrap();
        clock.advance(Span::minutes(10));
        let mut post = post(&account, &tokens);
        if by_smtp {
            post.send(&letter("x", "x"), &account.address).unwrap();
        } else {
            post.collect(None, 10).unwrap();
        }
        assert_eq!(endpoint.asked().len(), 2);
        assert_eq!(post.troubles(), []);

        // The next one is refused as well: asked once more, and then it is a person's turn.
        endpoint.answer(&[Answer::token(&expired(&account))]);
        let later = Grant::new(settings(&endpoint.url, folder.path(), &clock)).unwrap();
        let tokens: Arc<dyn Tokens> = Arc::new(later);
        tokens.token().unwrap();
        clock.advance(Span::minutes(10));
        let mut post = self::post(&account, &tokens);
        assert_eq!(post.collect(None, 10).unwrap_err().0.label, "imap-login");
        assert_eq!(endpoint.asked().len(), 4);
        assert_eq!(post.collect(None, 10).unwrap_err().0.label, "imap-login");
        assert_eq!(endpoint.asked().len(), 4, "a token that was had just now is not asked again");
    }
}
