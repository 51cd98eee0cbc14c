//! How we show who we are: a password, or an access token by XOAUTH2 (Google, Microsoft) or
//! OAUTHBEARER (RFC 7628), whichever the server offers.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::settings::Server;
use crate::carrier::oauth2::Tokens;
use crate::carrier::one_line;
use crate::exchange::Problem;

/// Gives the password when a connection is made; never kept longer than the login takes.
pub type Password = Box<dyn Fn() -> Result<Zeroizing<String>, Problem> + Send>;

pub enum Login {
    Password(Password),
    Token(Arc<dyn Tokens>),
}

/// What a login is tried with.
pub(super) enum Proof {
    Password(Zeroizing<String>),
    Token(Zeroizing<String>),
}

impl Login {
    pub(super) fn proof(&self) -> Result<Proof, Problem> {
        match self {
            Self::Password(password) => password().map(Proof::Password),
            Self::Token(tokens) => tokens.token().map(Proof::Token),
        }
    }

    /// Another proof, when this one was refused; `None`: there is none. A token may have been
    /// withdrawn before its end, a password has no second.
    pub(super) fn another(&self, refused: &Proof) -> Result<Option<Proof>, Problem> {
        match (self, refused) {
            (Self::Token(tokens), Proof::Token(token)) => {
                Ok(tokens.other_than(token)?.map(Proof::Token))
            }
            _ => Ok(None),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    Xoauth2,
    OauthBearer,
}

impl Mechanism {
    /// The first that stands among the words of the server's offer.
    pub fn offered<'a>(words: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        [Self::Xoauth2, Self::OauthBearer]
            .into_iter()
            .find(|mechanism| words.clone().any(|word| word.eq_ignore_ascii_case(mechanism.name())))
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Xoauth2 => "XOAUTH2",
            Self::OauthBearer => "OAUTHBEARER",
        }
    }

    /// The initial response, not yet in base64.
    pub fn initial(self, server: &Server, token: &str) -> Zeroizing<String> {
        let Server { user, host, port, .. } = server;
        Zeroizing::new(match self {
            Self::Xoauth2 => format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}"),
            Self::OauthBearer => {
                // RFC 5801 §4: what would end the name.
                let user = user.replace('=', "=3D").replace(',', "=2C");
                format!(
                    "n,a={user},\u{1}host={host}\u{1}port={port}\u{1}auth=Bearer {token}\u{1}\u{1}"
                )
            }
        })
    }

    /// The answer to the server's explanation of a refusal, after which it says no.
    pub fn surrender(self) -> &'static str {
        match self {
            Self::Xoauth2 => "",
            Self::OauthBearer => "\u{1}",
        }
    }
}

/// The server's words without anything that we logged in with.
pub(super) fn cleaned(words: &str, server: &Server, proof: &Proof) -> String {
    one_line(&match proof {
        Proof::Password(password) => super::without(words, &server.user, password),
        Proof::Token(token) => {
            let mut words = words.to_owned();
            for mechanism in [Mechanism::Xoauth2, Mechanism::OauthBearer] {
                let sent = mechanism.initial(server, token);
                words = words.replace(&STANDARD.encode(sent.as_bytes()), "***");
            }
            super::without(&words, &server.user, token)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carrier::post::Tls;

    fn server() -> Server {
        Server {
            host: "mail.example".into(),
            port: 993,
            tls: Tls::Implicit,
            ca: None,
            user: "a=b,c@x.example".into(),
            login: Login::Password(Box::new(|| Ok(Zeroizing::new(String::new())))),
        }
    }

    #[test]
    fn initial_responses_are_as_their_papers_have_them() {
        let sent = Mechanism::Xoauth2.initial(&server(), "t0k");
        assert_eq!(sent.as_str(), "user=a=b,c@x.example\u{1}auth=Bearer t0k\u{1}\u{1}");
        let sent = Mechanism::OauthBearer.initial(&server(), "t0k");
        let expected = "n,a=a=3Db=2Cc@x.example,\u{1}host=mail.example\u{1}port=993\u{1}\
                        auth=Bearer t0k\u{1}\u{1}";
        assert_eq!(sent.as_str(), expected);
    }

    #[test]
    fn the_servers_offer_decides() {
        let choose = |words: &str| Mechanism::offered(words.split(' '));
        assert_eq!(choose("PLAIN xoauth2 OAUTHBEARER"), Some(Mechanism::Xoauth2));
        assert_eq!(choose("PLAIN OAUTHBEARER"), Some(Mechanism::OauthBearer));
        assert_eq!(choose("PLAIN LOGIN"), None);
    }

    #[test]
    fn an_echo_of_the_login_is_taken_out() {
        let server = server();
        let proof = Proof::Token(Zeroizing::new("s3cret-token".into()));
        let sent = Mechanism::Xoauth2.initial(&server, "s3cret-token");
        let echo = format!("no: {} s3cret-token", STANDARD.encode(sent.as_bytes()));
        assert_eq!(cleaned(&echo, &server, &proof), "no: *** ***");
    }
}
