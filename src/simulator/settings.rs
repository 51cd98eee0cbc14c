//! The configuration of the simulated authority, or with `profile = "tax"` of the simulated tax
//! office: `ca.toml`, written by `certpost authority init`.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::authority::{Authority, Keys, Manners, Register};
use super::clerk::Clerk;
use super::tax::{self, TaxOffice};
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
    anchors: Vec<PathBuf>,
    versions: Vec<u8>,
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
    /// Of a tax office: roots of the authorities whose certificates it takes.
    #[serde(default)]
    anchors: Vec<PathBuf>,
    /// Of a tax office: versions of the notice that it takes.
    #[serde(default = "versions")]
    form_versions: Vec<u8>,
}

fn versions() -> Vec<u8> {
    vec![3, 4]
}

/// The profile that makes a tax office of an authority.
const TAX: &str = "tax";

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
        let is_tax_office = written.profile == TAX;
        if is_tax_office == written.anchors.is_empty() {
            let what = match is_tax_office {
                true => "anchors is missing: the roots of the authorities whose keys it knows",
                false => "anchors is for the tax office: profile = \"tax\"",
            };
            return Err(wrong(format_args!("{place}: {what}")));
        }
        Ok(Self {
            title: written.title,
            code: written.code,
            profile,
            password: SecretRef::File(folder.join(written.password_file)),
            mailbox,
            manners: written.manners,
            anchors: written.anchors.iter().map(|path| folder.join(path)).collect(),
            versions: written.form_versions,
            folder,
        })
    }

    /// The authority or the tax office, with its keys and its register.
    pub fn open(&self) -> Result<Box<dyn Clerk>, SettingsError> {
        let suite = assemble::suite(&self.profile)
            .ok_or_else(|| wrong(format_args!("no suite «{}»", self.profile.suite)))?;
        let password = self.password.resolve(&os::variable).map_err(|one| wrong(one.detail))?;
        let pair = |name| read_pair(&self.folder, name, suite.as_ref(), password.as_bytes());
        let keys =
            Keys { root: pair(PAIRS[0])?, signer: pair(PAIRS[1])?, agreement: pair(PAIRS[2])? };
        let (title, code) = (self.title.clone(), self.code.clone());
        if !self.anchors.is_empty() {
            return Ok(Box::new(TaxOffice {
                title,
                code,
                profile: self.profile.clone(),
                suite,
                keys,
                anchors: self.anchors.iter().map(|path| root(path)).collect::<Result<_, _>>()?,
                versions: self.versions.clone(),
                manners: self.manners.clone(),
                register: tax::Register::load(&self.folder).map_err(wrong)?,
            }));
        }
        let mut authority =
            Authority::new(title, code, self.profile.clone(), suite, keys, self.manners.clone())
                .ok_or_else(|| wrong("the simulator does not speak this dialect"))?;
        authority.register = Register::load(&self.folder).map_err(wrong)?;
        Ok(Box::new(authority))
    }
}

/// An authority's root that the tax office goes by.
pub fn root(path: &Path) -> Result<Certificate, SettingsError> {
    let place = path.display();
    let bytes =
        std::fs::read(path).map_err(|error| wrong(format_args!("cannot read {place}: {error}")))?;
    Certificate::read(&bytes).map_err(|error| wrong(format_args!("{place}: {error}")))
}

/// A built-in profile, with another suite when one is named.
fn profile(name: &str, suite: Option<&str>) -> Result<Profile, SettingsError> {
    let mut profile = Profile::built_in(name)
        .ok_or_else(|| wrong(format_args!("no profile «{name}»; there are sota, smime and tax")))?
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

/// Writes the keys of an authority or of a tax office, encrypted, and their certificates into
/// `folder`. The root's certificate, the signer's and the agreement's are what agents pin.
pub fn write_keys(
    folder: &Path,
    keys: &Keys,
    suite: &dyn Suite,
    password: &str,
    chance: &mut dyn CryptoRng,
) -> Result<(), SettingsError> {
    std::fs::create_dir_all(folder).map_err(wrong)?;
    let Keys { root, signer, agreement } = keys;
    for (name, pair) in PAIRS.iter().zip([root, signer, agreement]) {
        let protected = suite.protect(&pair.key, password.as_bytes(), chance).map_err(wrong)?;
        write_secret(&folder.join(format!("{name}.key")), &protected).map_err(wrong)?;
        let certificate = pair.certificate.pem();
        std::fs::write(folder.join(format!("{name}.pem")), certificate).map_err(wrong)?;
    }
    Ok(())
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

/// A new tax office that takes certificates under `anchors`.
pub fn found_tax_office(
    title: &str,
    code: &str,
    suite: Option<&str>,
    anchors: Vec<Certificate>,
    now: Timestamp,
    chance: &mut dyn CryptoRng,
) -> Result<TaxOffice, SettingsError> {
    let profile = profile(TAX, suite)?;
    let suite = assemble::suite(&profile)
        .ok_or_else(|| wrong(format_args!("no suite «{}»", profile.suite)))?;
    let keys = Keys::make(suite.as_ref(), title, code, now, chance).map_err(wrong)?;
    Ok(TaxOffice {
        title: title.into(),
        code: code.into(),
        profile,
        suite,
        keys,
        anchors,
        versions: versions(),
        manners: Manners::default(),
        register: tax::Register::default(),
    })
}
