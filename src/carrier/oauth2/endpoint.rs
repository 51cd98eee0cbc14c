//! One question to a token endpoint (RFC 6749 §6) and its answer, however odd.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use zeroize::Zeroizing;

use crate::carrier::one_line;
use crate::time::Span;

/// Largest answer: real ones have a few KiB.
const ANSWER: u64 = 64 << 10;
/// Tokens of Microsoft have up to 4 KiB; nobody's are longer than this.
const TOKEN: usize = 16 << 10;
/// How long a token is good when the endpoint does not say: short, so that it is soon asked again.
const UNTOLD: i64 = 600;

pub(super) struct Endpoint {
    agent: Agent,
    url: String,
}

pub(super) struct Question<'a> {
    pub client_id: &'a str,
    pub client_secret: Option<&'a str>,
    pub refresh_token: &'a str,
    pub scope: Option<&'a str>,
}

pub(super) struct Answer {
    pub access: Zeroizing<String>,
    pub life: Span,
    /// A refresh token that takes the place of the one that was shown.
    pub rotated: Option<Zeroizing<String>>,
    /// How long the grant itself lives from now on; few endpoints say.
    pub grant_life: Option<Span>,
}

/// Why there is no token; the words hold no secret.
#[derive(Debug)]
pub(super) enum Failure {
    /// `invalid_grant`: only a new consent helps.
    Ended(String),
    /// Everything else; trying again may help.
    Failed(String),
}

impl Endpoint {
    /// `ca`: PEM roots instead of the system's. The error says what is wrong with them.
    /// `deadline` is the whole question's, connecting included.
    pub fn new(url: &str, ca: Option<&[u8]>, deadline: Duration) -> Result<Self, String> {
        let roots: Vec<Certificate<'static>> = match ca {
            Some(pem) => {
                let one = |item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    Ok(_) | Err(_) => None,
                };
                let roots: Vec<_> = parse_pem(pem).filter_map(one).collect();
                if roots.is_empty() {
                    return Err("the CA file holds no certificate".into());
                }
                roots
            }
            None => {
                let found = rustls_native_certs::load_native_certs().certs;
                found.iter().map(|one| Certificate::from_der(one).to_owned()).collect()
            }
        };
        let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&roots)).build();
        // A redirect would carry the secrets to somebody else.
        let config = Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(deadline))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_idle_connections(0)
            .user_agent("certpost");
        // Nobody's proxy stands between us and ourselves.
        let config = if url.starts_with("http://") { config.proxy(None) } else { config };
        Ok(Self { agent: config.build().into(), url: url.to_owned() })
    }

    pub fn ask(&self, question: &Question<'_>) -> Result<Answer, Failure> {
        let failed = |detail: String| Failure::Failed(format!("{}: {detail}", self.place()));
        let form = question.form();
        // ureq does not wipe its own copies.
        let asked = self
            .agent
            .post(&self.url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Accept", "application/json")
            .send(form.as_bytes());
        let mut answer = asked.map_err(|error| failed(one_line(&error.to_string())))?;
        let status = answer.status();
        let body = answer.body_mut().with_config().limit(ANSWER).read_to_vec();
        let body = Zeroizing::new(body.map_err(|error| failed(one_line(&error.to_string())))?);
        let read = serde_json::from_slice::<Value>(&body).ok();
        if !status.is_success() {
            let told = read.as_ref().and_then(|read| question.refusal(read));
            let words = told.clone().unwrap_or_else(|| "no reason that can be read".into());
            let detail = format!("{} answers {}: {words}", self.place(), status.as_u16());
            return Err(match told {
                Some(words) if words.starts_with("invalid_grant") => Failure::Ended(detail),
                _ => Failure::Failed(detail),
            });
        }
        let read = read.ok_or_else(|| failed("the answer is not JSON".into()))?;
        read_answer(&read).map_err(|what| failed(format!("the answer {what}")))
    }

    /// Scheme and host, for messages.
    fn place(&self) -> &str {
        let after_scheme = self.url.find("://").map_or(0, |at| at + 3);
        let host = self.url.get(after_scheme..).unwrap_or_default();
        let end = host.find(['/', '?']).map_or(self.url.len(), |at| after_scheme + at);
        self.url.get(..end).unwrap_or_default()
    }
}

impl Question<'_> {
    fn form(&self) -> Zeroizing<String> {
        let fields = [
            ("grant_type", Some("refresh_token")),
            ("client_id", Some(self.client_id)),
            ("client_secret", self.client_secret),
            ("refresh_token", Some(self.refresh_token)),
            ("scope", self.scope),
        ];
        let fields = fields.iter().filter_map(|(name, value)| Some((name, (*value)?)));
        // Room for every octet as three: a buffer that grows leaves copies behind.
        let room = fields.clone().map(|(name, value)| name.len() + 3 * value.len() + 2).sum();
        let mut form = Zeroizing::new(String::with_capacity(room));
        for (name, value) in fields {
            if !form.is_empty() {
                form.push('&');
            }
            form.push_str(name);
            form.push('=');
            for byte in value.bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                        form.push(char::from(byte));
                    }
                    // Writing into a String can't fail.
                    _ => drop(write!(form, "%{byte:02X}")),
                }
            }
        }
        form
    }

    /// `error` and `error_description` (RFC 6749 §5.2), without anything of ours in them.
    fn refusal(&self, answer: &Value) -> Option<String> {
        let error = answer.get("error")?.as_str()?;
        let mut words = match answer.get("error_description").and_then(Value::as_str) {
            Some(description) => format!("{error}: {description}"),
            None => error.to_owned(),
        };
        let secrets = [Some(self.refresh_token), self.client_secret];
        for secret in secrets.into_iter().flatten().filter(|secret| !secret.is_empty()) {
            words = words.replace(secret, "***");
        }
        Some(one_line(&words))
    }
}

fn read_answer(answer: &Value) -> Result<Answer, &'static str> {
    let token = |name: &str| {
        let token = answer.get(name).and_then(Value::as_str)?;
        // What goes into a login must not be able to end it early.
        let is_plain = token.bytes().all(|byte| byte.is_ascii_graphic());
        (is_plain && !token.is_empty() && token.len() <= TOKEN)
            .then(|| Zeroizing::new(token.to_owned()))
    };
    match answer.get("token_type").and_then(Value::as_str) {
        Some(kind) if kind.eq_ignore_ascii_case("bearer") => {}
        Some(_) => return Err("has a token of another type than Bearer"),
        None => return Err("does not say of which type its token is"),
    }
    let access = token("access_token").ok_or("has no access token that could be used")?;
    let rotated = match answer.get("refresh_token") {
        None | Some(Value::Null) => None,
        Some(_) => Some(token("refresh_token").ok_or("has a refresh token that can't be used")?),
    };
    let life = seconds(answer, "expires_in").unwrap_or(UNTOLD).clamp(1, 7 * 24 * 3600);
    // Google and Keycloak say it, each by its own word.
    let grant_life = seconds(answer, "refresh_token_expires_in")
        .or_else(|| seconds(answer, "refresh_expires_in"))
        .filter(|life| *life > 0);
    let grant_life = grant_life.map(|life| Span::seconds(life.min(100 * 365 * 24 * 3600)));
    Ok(Answer { access, life: Span::seconds(life), rotated, grant_life })
}

/// Some write the number in quotes.
fn seconds(answer: &Value, name: &str) -> Option<i64> {
    match answer.get(name)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const QUESTION: Question<'_> = Question {
        client_id: "id&x=1",
        client_secret: Some("s3 cret"),
        refresh_token: "refresh/ї",
        scope: Some("a b"),
    };

    #[test]
    fn no_value_can_become_another_field() {
        let expected = "grant_type=refresh_token&client_id=id%26x%3D1&client_secret=s3%20cret\
                        &refresh_token=refresh%2F%D1%97&scope=a%20b";
        assert_eq!(QUESTION.form().as_str(), expected);
    }

    #[test]
    fn a_refusal_is_told_without_the_secrets_in_it() {
        let echo =
            json!({ "error": "invalid_client", "error_description": "s3 cret\r\nrefresh/ї" });
        assert_eq!(QUESTION.refusal(&echo).unwrap(), "invalid_client: ***  ***");
        assert_eq!(QUESTION.refusal(&json!({ "error": 1 })), None);
    }

    #[test]
    fn answers_are_read_with_suspicion() {
        let good = json!({ "access_token": "abc", "token_type": "bearer", "expires_in": "3599" });
        let answer = read_answer(&good).unwrap();
        assert_eq!((answer.access.as_str(), answer.life), ("abc", Span::seconds(3599)));
        for (field, value, word) in [
            ("access_token", json!(null), "no access token"),
            ("access_token", json!("a\u{1}b"), "no access token"),
            ("access_token", json!("a\r\nb"), "no access token"),
            ("access_token", json!("x".repeat(TOKEN + 1)), "no access token"),
            ("access_token", json!(["abc"]), "no access token"),
            ("token_type", json!("mac"), "another type"),
            ("token_type", json!(null), "of which type"),
            ("refresh_token", json!(7), "a refresh token that"),
        ] {
            let mut odd = good.clone();
            odd[field] = value;
            let told = read_answer(&odd).err().unwrap();
            assert!(told.contains(word), "{field}: {told}");
        }
        for (life, counts) in [(json!(-5), 1), (json!(null), UNTOLD), (json!(1e99), UNTOLD)] {
            let mut odd = good.clone();
            odd["expires_in"] = life;
            assert_eq!(read_answer(&odd).unwrap().life, Span::seconds(counts));
        }
    }

    #[test]
    fn only_scheme_and_host_are_told() {
        for (url, place) in [
            ("https://login.example/tenant/token?x=1", "https://login.example"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ] {
            assert_eq!(Endpoint::new(url, None, Duration::from_secs(1)).unwrap().place(), place);
        }
    }
}
