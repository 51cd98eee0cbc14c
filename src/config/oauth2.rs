//! `[mailbox.oauth2]`: access tokens instead of passwords.

use std::path::Path;

use super::file::{Section, number, text, written, wrong};
use super::shape::{path, secret, url};
use super::{Grant, OAuth2};

/// What stands in the section.
pub(super) enum Written {
    Absent,
    /// With a mistake that was told.
    Wrong,
    Right(OAuth2),
}

/// Options of a grant: with a token file they would have no use.
const OF_A_GRANT: [&str; 8] = [
    "token-endpoint",
    "ca-file",
    "client-id",
    "client-secret",
    "refresh-token",
    "scope",
    "ends",
    "idle-days",
];

pub(super) fn read(mut section: Section<'_, '_>, base: &Path) -> Written {
    const FILE: &str = "tokens come from token-endpoint";
    const GRANT: &str = "required, unless token-file is written";
    let file = section.optional("token-file", FILE, path(base));
    let endpoint = section.optional("token-endpoint", GRANT, url);
    let client_id = section.optional("client-id", GRANT, text);
    let refresh_token = section.optional("refresh-token", GRANT, secret(base));
    let client_secret = section.optional("client-secret", "none is sent", secret(base));
    let scope = section.optional("scope", "none is sent", text);
    let ca_file = section.optional("ca-file", "the system's roots", path(base));
    let ends = section.optional("ends", "it is not known", written("a date: \"2027-05-31\""));
    let idle_days = section.optional("idle-days", "it does not die of disuse", number(15, 3650));
    let outcome = match (file, section.has("token-file")) {
        _ if !section.exists() => Some(Written::Absent),
        (file, true) => {
            for key in OF_A_GRANT.into_iter().filter(|key| section.has(key)) {
                let what = "has no use beside token-file";
                section.tell(key, wrong(what, "remove one of the two"));
            }
            file.map(|file| Written::Right(OAuth2::TokenFile(file)))
        }
        (_, false) => {
            let needed = [
                ("token-endpoint", "\"https://…\""),
                ("client-id", "\"…\""),
                ("refresh-token", "{ file = \"…\" }"),
            ];
            for (key, instead) in needed {
                if !section.has(key) {
                    section.tell(key, wrong("is missing", format!("write {key} = {instead}")));
                }
            }
            let parts = endpoint.zip(client_id).zip(refresh_token);
            parts.map(|((endpoint, client_id), refresh_token)| {
                Written::Right(OAuth2::Grant(Grant {
                    endpoint,
                    ca_file,
                    client_id,
                    client_secret,
                    refresh_token,
                    scope,
                    ends,
                    idle_days,
                }))
            })
        }
    };
    section.finish();
    outcome.unwrap_or(Written::Wrong)
}
