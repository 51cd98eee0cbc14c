//! What commands about single files read: the file, certificates, a password.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::Failure;
use crate::config::SecretRef;
use crate::crypto::{Certificate, cms};
use crate::os;

/// Bytes of a file that we look at.
const LARGEST: u64 = 64 << 20;
/// Where a password may be instead of a file.
const VARIABLE: &str = "CERTPOST_PASSWORD";

pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::new(format!("cannot read {}: {error}", path.display()));
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > LARGEST {
        let place = path.display();
        return Err(Failure::new(format!("{place} has {size} bytes; at most {LARGEST} are read")));
    }
    std::fs::read(path).map_err(failed)
}

/// The certificates of files: one each, or a bundle (.p7b).
pub fn certificates(paths: &[PathBuf]) -> Result<Vec<Certificate>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let bytes = read(path)?;
        match Certificate::read(&bytes) {
            Ok(one) => found.push(one),
            Err(error) => match cms::read_certs_only(&bytes) {
                Ok(bundle) => found.extend(bundle),
                Err(_) => return Err(Failure::new(format!("{}: {error}", path.display()))),
            },
        }
    }
    Ok(found)
}

/// The first line of `file`, else the variable CERTPOST_PASSWORD. Never an argument: arguments
/// show in the list of processes.
pub fn password(file: Option<&Path>) -> Result<Option<Zeroizing<String>>, Failure> {
    let source = match file {
        Some(file) => SecretRef::File(std::path::absolute(file)?),
        None => {
            if os::variable(VARIABLE).is_none_or(|value| value.is_empty()) {
                return Ok(None);
            }
            SecretRef::Env(VARIABLE.into())
        }
    };
    source.resolve(&os::variable).map(Some).map_err(|problem| Failure::new(problem.detail))
}
