//! Secrets by reference: read anew each time, wiped after use, never repeated in an error.

use std::fmt;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use zeroize::Zeroizing;

use super::SecretRef;
use crate::exchange::Problem;

/// No password, phrase or access token is longer: a larger file is the wrong file.
const LONGEST: usize = 16 << 10;

impl SecretRef {
    /// The secret: the first line of what is referred to. `env` reads the environment.
    ///
    /// Problems: `secret-missing` (absent, empty, not readable, not text), `secret-permissions`
    /// (others than the owner can read the file).
    pub fn resolve(
        &self,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Zeroizing<String>, Problem> {
        match self {
            Self::File(path) => read_file(path, true),
            Self::Env(name) => {
                let whole = Zeroizing::new(env(name).ok_or_else(|| {
                    missing(format!("the environment variable {name} is not set"))
                })?);
                first_line(&whole).ok_or_else(|| missing(format!("{self} is empty")))
            }
            Self::Credential(name) => {
                let folder = env("CREDENTIALS_DIRECTORY").ok_or_else(|| {
                    missing(format!(
                        "{self}: not started by systemd with credentials (CREDENTIALS_DIRECTORY is not set)"
                    ))
                })?;
                // systemd guards that folder itself, and may show the files as group-readable.
                read_file(&Path::new(&folder).join(name), false)
            }
        }
    }
}

fn missing(detail: String) -> Problem {
    Problem { label: "secret-missing".into(), detail }
}

fn read_file(path: &Path, private: bool) -> Result<Zeroizing<String>, Problem> {
    let place = path.display();
    let failed = |error: std::io::Error| missing(format!("cannot read {place}: {error}"));
    let file = std::fs::File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode();
    if private && mode & 0o077 != 0 {
        let detail = format!(
            "{place} holds a secret, but others can use it (mode {:03o}); run chmod 600 on it",
            mode & 0o777
        );
        return Err(Problem { label: "secret-permissions".into(), detail });
    }
    // The whole room at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(vec![0; LONGEST + 1]);
    let mut length = 0;
    while let Some(room) = bytes.get_mut(length..).filter(|room| !room.is_empty()) {
        match (&file).read(room) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    if length > LONGEST {
        return Err(missing(format!("{place} has more than {LONGEST} bytes: not a password")));
    }
    bytes.truncate(length);
    let text = std::str::from_utf8(&bytes);
    let text = text.map_err(|_| missing(format!("{place} is not text in UTF-8")))?;
    first_line(text).ok_or_else(|| missing(format!("the first line of {place} is empty")))
}

fn first_line(text: &str) -> Option<Zeroizing<String>> {
    let line = text.strip_prefix('\u{feff}').unwrap_or(text).lines().next()?;
    (!line.is_empty()).then(|| Zeroizing::new(line.to_owned()))
}

/// `file:/etc/…`, `env:NAME`, `credential:NAME`: for showing, and for [`Secrets::read`].
///
/// [`Secrets::read`]: crate::engine::ports::Secrets::read
impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::Credential(name) => write!(f, "credential:{name}"),
        }
    }
}

impl FromStr for SecretRef {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("file", path)) => Ok(Self::File(PathBuf::from(path))),
            Some(("env", name)) => Ok(Self::Env(name.into())),
            Some(("credential", name)) => Ok(Self::Credential(name.into())),
            _ => Err("not a reference to a secret"),
        }
    }
}

/// The port for secrets over [`SecretRef::resolve`].
pub struct SecretReader<E>(pub E);

impl<E: Fn(&str) -> Option<String> + Send + Sync> crate::engine::ports::Secrets
    for SecretReader<E>
{
    fn read(&self, reference: &str) -> Result<Zeroizing<String>, Problem> {
        // Not repeated in the error: somebody may pass a password instead of a reference.
        let parsed = reference.parse::<SecretRef>();
        parsed.map_err(|what| missing(what.into()))?.resolve(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ports::Secrets;

    fn file(text: &[u8], mode: u32) -> (tempfile::TempDir, SecretRef) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        (folder, SecretRef::File(path))
    }

    fn nothing(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn a_secret_is_the_first_line_of_its_file() {
        for text in ["шифр 1\n", "шифр 1\r\nsecond", "шифр 1", "\u{feff}шифр 1\n"] {
            let (_folder, secret) = file(text.as_bytes(), 0o600);
            assert_eq!(*secret.resolve(&nothing).unwrap(), "шифр 1");
        }
    }

    #[test]
    fn an_absent_empty_or_huge_secret_is_missing() {
        let (folder, secret) = file(b"\nsecond line", 0o400);
        assert_eq!(secret.resolve(&nothing).unwrap_err().label, "secret-missing");
        let (_folder, secret) = file(&[b'x'; LONGEST + 1], 0o600);
        assert_eq!(secret.resolve(&nothing).unwrap_err().label, "secret-missing");
        let (_folder, secret) = file(b"\xff\xfe", 0o600);
        assert_eq!(secret.resolve(&nothing).unwrap_err().label, "secret-missing");
        let absent = SecretRef::File(folder.path().join("absent"));
        let problem = absent.resolve(&nothing).unwrap_err();
        assert_eq!(problem.label, "secret-missing");
        assert!(problem.detail.contains("absent"), "{}", problem.detail);
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused_without_repeating_it() {
        for mode in [0o640, 0o604, 0o620] {
            let (_folder, secret) = file(b"hunter2", mode);
            let problem = secret.resolve(&nothing).unwrap_err();
            assert_eq!(problem.label, "secret-permissions");
            assert!(!problem.detail.contains("hunter2"));
        }
    }

    #[test]
    fn environment_and_credentials_are_asked_by_name() {
        let (folder, _) = file(b"from systemd\n", 0o440);
        let place = folder.path().display().to_string();
        let env = move |name: &str| match name {
            "CERTPOST_PASSWORD" => Some("from the environment".into()),
            "CREDENTIALS_DIRECTORY" => Some(place.clone()),
            _ => None,
        };
        let reader = SecretReader(env);
        assert_eq!(*reader.read("env:CERTPOST_PASSWORD").unwrap(), "from the environment");
        assert_eq!(*reader.read("credential:password").unwrap(), "from systemd");
        assert_eq!(reader.read("env:OTHER").unwrap_err().label, "secret-missing");
        let problem = reader.read("hunter2").unwrap_err();
        assert!(!problem.detail.contains("hunter2"));
    }

    #[test]
    fn references_read_back_as_they_are_shown() {
        for secret in [
            SecretRef::File("/etc/a:b".into()),
            SecretRef::Env("NAME".into()),
            SecretRef::Credential("imap".into()),
        ] {
            assert_eq!(secret.to_string().parse::<SecretRef>().unwrap(), secret);
        }
    }
}
