//! SoftHSM2 with tokens of its own. It finds them by an environment variable that it reads when it
//! is loaded, so a test that uses it runs once more, in a process that begins with the variable.
#![allow(dead_code, reason = "every test file uses the part that it needs")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use certpost::crypto::international::KeyKind;
use certpost::vault::token::{Token, TokenSettings};
use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

pub const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
pub const PIN: &str = "калина-77";
/// Where SoftHSM looks for its configuration.
pub const VARIABLE: &str = "SOFTHSM2_CONF";

/// A folder with tokens.
pub struct SoftHsm(tempfile::TempDir);

impl SoftHsm {
    pub fn with_tokens(labels: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("certpost-token").tempdir().unwrap();
        let tokens = folder.path().join("tokens");
        std::fs::create_dir(&tokens).unwrap();
        let conf = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        std::fs::write(folder.path().join("softhsm2.conf"), conf).unwrap();
        let made = Self(folder);
        for label in labels {
            let mut command = Command::new("softhsm2-util");
            command.args(["--init-token", "--free", "--so-pin", "00000000", "--pin", PIN]);
            let output = command.args(["--label", label]).env(VARIABLE, made.conf()).output();
            let output = output.expect("softhsm2-util is missing: apt-get install softhsm2");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        made
    }

    pub fn conf(&self) -> PathBuf {
        self.0.path().join("softhsm2.conf")
    }
}

/// Runs `body` in the test `name` of this binary, in a process of its own with these tokens.
pub fn with_tokens(name: &str, labels: &[&str], body: impl FnOnce()) {
    if certpost::os::variable(VARIABLE).is_some() {
        return body();
    }
    let tokens = SoftHsm::with_tokens(labels);
    let binary = std::env::current_exe().unwrap();
    let output = Command::new(binary)
        .args([name, "--exact", "--nocapture"])
        .env(VARIABLE, tokens.conf())
        .output()
        .unwrap();
    let told = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{told}");
    assert!(told.contains("1 passed"), "no test is called {name}:\n{told}");
}

/// A PIN that a person can correct while the program runs.
#[derive(Clone)]
pub struct Written(Arc<Mutex<String>>);

impl Written {
    pub fn new(pin: &str) -> Self {
        Self(Arc::new(Mutex::new(pin.into())))
    }

    pub fn set(&self, pin: &str) {
        *self.0.lock().unwrap() = pin.into();
    }
}

/// The token as a configuration means it.
pub fn token(label: &str, keys: KeyKind, pin: &Written, notes: &Path) -> Token {
    let pin = pin.clone();
    let settings = TokenSettings {
        module: MODULE.into(),
        label: label.into(),
        serial: None,
        keys,
        pin: Box::new(move || Ok(Zeroizing::new(pin.0.lock().unwrap().clone()))),
    };
    Token::new(settings, notes)
}

/// A look at a token past certpost: in the same process, where the module is loaded already.
pub struct Look {
    context: Pkcs11,
    slot: Slot,
}

impl Look {
    /// Certpost must have used the module before.
    pub fn at(label: &str) -> Self {
        let context = Pkcs11::new(MODULE).unwrap();
        let slots = context.get_slots_with_token().unwrap().into_iter();
        let mut slots =
            slots.filter(|slot| context.get_token_info(*slot).unwrap().label() == label);
        let slot = slots.next().unwrap();
        Self { context, slot }
    }

    pub fn session(&self) -> Session {
        let session = self.context.open_rw_session(self.slot).unwrap();
        match session.login(UserType::User, Some(&AuthPin::new(PIN.into()))) {
            // Keys that the test holds keep the whole process logged in.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => session,
            Err(error) => panic!("{error}"),
        }
    }

    /// Whether a wrong PIN was presented since the last right one.
    pub fn saw_a_wrong_pin(&self) -> bool {
        self.context.get_token_info(self.slot).unwrap().user_pin_count_low()
    }
}

pub fn objects(session: &Session, class: ObjectClass) -> Vec<ObjectHandle> {
    session.find_objects(&[Attribute::Class(class)]).unwrap()
}
