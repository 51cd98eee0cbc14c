//! The simulated authority's configuration: `ca.toml`, written by `certpost authority init`.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::authority::{Authority, Keys, Manners, Register};
use crate::assemble;
use crate::authority::Profile;
use crate::config::{Mailbox, SecretRef};
use crate::crypto::{Certificate, CryptoRng, Pair, Suite};
use crate::os;
use crate::time::Timestamp;

/// `ca.toml` as it is meant.
pub struct Settings {
    pub title: String,
    pub code: String,
    pub profile: Profile,
    /// The folder with keys, issued certificates and seen documents.
    pub folder: PathBuf,
    pub mailbox: Mailbox,
    pub manners: Manners,
    password: SecretRef,
}

/// What is written; `mailbox` is read by [`Mailbox::read`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    title: String,
    code: String,
    profile: String,
    /// Instead of the profile's.
    suite: Option<String>,
    password_file: PathBuf,
    #[serde(rename = "mailbox")]
    _mailbox: toml::Table,
    #[serde(default)]
    manners: Manners,
}

/// What is wrong with it, in words with places.
#[derive(Debug)]
pub struct SettingsError(pub String);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SettingsError {}

fn wrong(what: impl fmt::Display) -> SettingsError {
    SettingsError(what.to_string())
}

const PAIRS: [&str; 3] = ["root", "signer", "agreement"];

impl Settings {
    pub fn read(path: &Path) -> Result<Self, SettingsError> {
        let place = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| wrong(format_args!("cannot read {place}: {error}")))?;
        let absolute = std::path::absolute(path).map_err(wrong)?;
        let folder = absolute.parent().unwrap_or(&absolute).to_owned();
        let written: Written =
            toml::from_str(&text).map_err(|error| wrong(format_args!("{place}: {error}")))?;
        let mailbox = Mailbox::read(&text, &folder).map_err(|problems| {
            let lines: Vec<_> = problems.iter().map(|one| format!("{place}:{one}")).collect();
            wrong(lines.join("\n"))
        })?;
        let profile = profile(&written.profile, written.suite.as_deref())
            .map_err(|error| wrong(format_args!("{place}: {error}")))?;
        Ok(Self {
            title: written.title,
            code: written.code,
            profile,
            password: SecretRef::File(folder.join(written.password_file)),
            folder,
            mailbox,
            manners: written.manners,
        })
    }

    /// The authority with its keys and its register.
    pub fn open(&self) -> Result<Authority, SettingsError> {
        let suite = assemble::suite(&self.profile)
            .ok_or_else(|| wrong(format_args!("no suite «{}»", self.profile.suite)))?;
        let password = self.password.resolve(&os::variable).map_err(|one| wrong(one.detail))?;
        let pair = |name| read_pair(&self.folder, name, suite.as_ref(), password.as_bytes());
        let keys =
            Keys { root: pair(PAIRS[0])?, signer: pair(PAIRS[1])?, agreement: pair(PAIRS[2])? };
        let (title, code) = (self.title.clone(), self.code.clone());
        let mut authority =
            Authority::new(title, code, self.profile.clone(), suite, keys, self.manners.clone())
                .ok_or_else(|| wrong("the simulator does not speak this dialect"))?;
        authority.register = Register::load(&self.folder).map_err(wrong)?;
        Ok(authority)
    }
}

/// A built-in profile, with another suite when one is named.
fn profile(name: &str, suite: Option<&str>) -> Result<Profile, SettingsError> {
    let mut profile = Profile::built_in(name)
        .ok_or_else(|| wrong(format_args!("no profile «{name}»; there are sota and smime")))?
        .map_err(wrong)?;
    if let Some(suite) = suite {
        suite.clone_into(&mut profile.suite);
    }
    Ok(profile)
}

fn read_pair(
    folder: &Path,
    name: &str,
    suite: &dyn Suite,
    password: &[u8],
) -> Result<Pair, SettingsError> {
    let read = |suffix: &str| {
        let path = folder.join(format!("{name}{suffix}"));
        std::fs::read(&path)
            .map_err(|error| wrong(format_args!("cannot read {}: {error}", path.display())))
    };
    let key = suite
        .unprotect(&read(".key")?, password)
        .map_err(|error| wrong(format_args!("{name}.key: {error}")))?;
    let certificate = Certificate::read(&read(".pem")?)
        .map_err(|error| wrong(format_args!("{name}.pem: {error}")))?;
    Ok(Pair { key, certificate })
}

/// Writes an authority's keys, encrypted, and its certificates into `folder`. The root's
/// certificate, the signer's and the agreement's are what agents pin.
pub fn write_keys(
    folder: &Path,
    authority: &Authority,
    password: &str,
    chance: &mut dyn CryptoRng,
) -> Result<(), SettingsError> {
    std::fs::create_dir_all(folder).map_err(wrong)?;
    let Keys { root, signer, agreement } = &authority.keys;
    for (name, pair) in PAIRS.iter().zip([root, signer, agreement]) {
        let protected =
            authority.suite.protect(&pair.key, password.as_bytes(), chance).map_err(wrong)?;
        write_secret(&folder.join(format!("{name}.key")), &protected).map_err(wrong)?;
        let certificate = pair.certificate.pem();
        std::fs::write(folder.join(format!("{name}.pem")), certificate).map_err(wrong)?;
    }
    authority.register.save(folder).map_err(wrong)
}

/// A file that only its owner reads.
pub fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).open(path)?.write_all(bytes)
}

/// A new authority named `title`; `suite` takes the place of the profile's.
pub fn found(
    title: &str,
    code: &str,
    (name, suite): (&str, Option<&str>),
    manners: Manners,
    now: Timestamp,
    chance: &mut dyn CryptoRng,
) -> Result<Authority, SettingsError> {
    let profile = profile(name, suite)?;
    let suite = assemble::suite(&profile)
        .ok_or_else(|| wrong(format_args!("no suite «{}»", profile.suite)))?;
    let keys = Keys::make(suite.as_ref(), title, code, now, chance).map_err(wrong)?;
    Authority::new(title.into(), code.into(), profile, suite, keys, manners)
        .ok_or_else(|| wrong("the simulator does not speak this dialect"))
}
