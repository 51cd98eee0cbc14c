//! Finding a token and logging in, once for everything that is done at a time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;

use super::{Problem, Token, lock, problem};

/// A session that the PIN opened; its end locks the token again.
pub(super) struct Login(pub(super) Mutex<Session>);

/// Modules that are loaded. A process initialises each once (PKCS#11 v2.40 §5.4), however many
/// holders, vaults and reloads use it.
static MODULES: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());

/// The module in a file, loaded and initialised.
pub(super) fn module(path: &Path) -> Result<Pkcs11, Problem> {
    let mut modules = lock(&MODULES);
    if let Some(known) = modules.get(path) {
        return Ok(known.clone());
    }
    let shown = path.display();
    let failed = |error: Error| problem("token-module", format!("{shown}: {error}"));
    if !path.exists() {
        return Err(problem("token-module", format!("{shown} is not there")));
    }
    let context = Pkcs11::new(path).map_err(failed)?;
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(failed(error)),
    }
    modules.insert(path.to_owned(), context.clone());
    Ok(context)
}

impl Token {
    /// The one token that the settings mean.
    pub(super) fn slot(&self, context: &Pkcs11) -> Result<(Slot, TokenInfo), Problem> {
        let (wanted, serial) = (&self.settings.label, self.settings.serial.as_deref());
        let slots = context.get_slots_with_token().map_err(|error| self.problem(&error))?;
        // A token that is pulled out while we look is not there.
        let there: Vec<_> = slots
            .into_iter()
            .filter_map(|slot| Some((slot, context.get_token_info(slot).ok()?)))
            .filter(|(_, info)| info.token_initialized())
            .collect();
        let names = |infos: &[(Slot, TokenInfo)]| {
            let name = |(_, info): &(Slot, TokenInfo)| {
                format!("«{}» (serial {})", info.label(), info.serial_number())
            };
            infos.iter().map(name).collect::<Vec<_>>().join(", ")
        };
        let is_it = |info: &TokenInfo| {
            info.label() == wanted && serial.is_none_or(|serial| info.serial_number() == serial)
        };
        let found: Vec<_> = there.iter().filter(|(_, info)| is_it(info)).cloned().collect();
        match &found[..] {
            [only] => Ok(only.clone()),
            [] => {
                let others =
                    if there.is_empty() { "no token at all".into() } else { names(&there) };
                let detail = format!("token «{wanted}» is not plugged in; there is {others}");
                Err(problem("token-missing", detail))
            }
            several => {
                let several = names(several);
                let detail = format!("several tokens have one name, write serial: {several}");
                Err(problem("token-missing", detail))
            }
        }
    }

    /// The login that everything shares which is under way; else a new one.
    pub(super) fn login(&self) -> Result<Arc<Login>, Problem> {
        let mut held = lock(&self.login);
        if let Some(login) = held.upgrade() {
            return Ok(login);
        }
        let context = module(&self.settings.module)?;
        let (slot, info) = self.slot(&context)?;
        let session = match context.open_rw_session(slot) {
            Err(Error::Pkcs11(RvError::TokenWriteProtected, _)) => context.open_ro_session(slot),
            opened => opened,
        };
        let session = session.map_err(|error| self.problem(&error))?;
        if info.login_required() {
            self.present(&session, &info)?;
        }
        let login = Arc::new(Login(Mutex::new(session)));
        *held = Arc::downgrade(&login);
        Ok(login)
    }

    /// Presents the PIN, unless that could do harm.
    fn present(&self, session: &Session, info: &TokenInfo) -> Result<(), Problem> {
        let name = &self.settings.label;
        if info.user_pin_locked() {
            return Err(problem("token-locked", format!("token «{name}» is locked")));
        }
        let pin = (self.settings.pin)()?;
        if self.refusal.stands(&pin) {
            let detail = format!(
                "token «{name}» has refused this PIN; it is not tried again before the secret is \
                 another or a person asks (certpost retry)"
            );
            return Err(problem("token-pin", detail));
        }
        if info.user_pin_final_try() {
            let detail = format!(
                "token «{name}» would be locked by one more wrong PIN: log in once with its own \
                 program"
            );
            return Err(problem("token-locked", detail));
        }
        match session.login(UserType::User, Some(&AuthPin::new(pin.as_str().into()))) {
            // Another holder's login, on the same token.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, Function::Login)) => {
                self.refusal.forget();
                Ok(())
            }
            Err(error) => {
                let told = self.problem(&error);
                if told.label != "token-pin" {
                    return Err(told);
                }
                self.refusal.keep(&pin)?;
                Err(problem("token-pin", format!("token «{name}» refuses the PIN")))
            }
        }
    }
}
