//! One run of a program: in a process group of its own, with bounded time and output.

use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

use crate::config::Hook;
use crate::mail::presentable;
use crate::os;

/// Between asking to end and killing.
const GRACE: Duration = Duration::from_secs(5);
/// Output may come a little later than the end of the program that wrote it.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Bytes of output that are kept: the last ones, where errors stand.
const KEPT: usize = 4096;
/// What the program may see of our environment. The rest may hold secrets.
const PASSED: [&str; 6] = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER"];

/// What a run waits for.
pub enum Word {
    /// The program has ended and was not yet reaped.
    Ended,
    /// certpost ends.
    Stop,
}

/// Runs the program to its end. The error says how it failed, with its last line.
pub fn run(
    hook: &Hook,
    variables: &[(String, String)],
    folder: &Path,
    say: &Sender<Word>,
    words: &Receiver<Word>,
) -> Result<(), String> {
    let place = hook.program.display();
    let passed = PASSED.iter().filter_map(|name| Some((*name, os::variable(name)?)));
    let mut child = Command::new(&hook.program)
        .args(&hook.arguments)
        .env_clear()
        .envs(passed)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("cannot run {place}: {error}"))?;
    let group = Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
    let output = Output::default();
    let (over, all_read) = channel();
    if let Some(pipe) = child.stdout.take() {
        output.follow(pipe, over.clone());
    }
    if let Some(pipe) = child.stderr.take() {
        output.follow(pipe, over.clone());
    }
    drop(over);
    let say = say.clone();
    std::thread::spawn(move || {
        // Not reaped, so that the group's number stays its own until it was killed.
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        while waitid(Id::Pid(group), flags) == Err(nix::errno::Errno::EINTR) {}
        let _ = say.send(Word::Ended);
    });
    let limit = Duration::from_secs(hook.timeout_seconds.into());
    let cut = match words.recv_timeout(limit) {
        Ok(Word::Ended) => None,
        Ok(Word::Stop) => Some("was ended together with certpost".to_owned()),
        Err(_) => Some(format!("was killed after {} s", hook.timeout_seconds)),
    };
    if cut.is_some() {
        // Fails only when the whole group has ended.
        let _ = killpg(group, Signal::SIGTERM);
        let _ = words.recv_timeout(GRACE);
        let _ = killpg(group, Signal::SIGKILL);
    }
    let status = child.wait().map_err(|error| format!("{place}: {error}"))?;
    // A program that it left behind may hold the pipes open: it is not waited for.
    while all_read.recv_timeout(LAST_WORDS).is_ok() {}
    let last = output.log();
    let how = match cut {
        Some(cut) => cut,
        None if status.success() => return Ok(()),
        None => ended(status),
    };
    let colon = if last.is_empty() { "" } else { ": " };
    Err(format!("{place} {how}{colon}{last}"))
}

fn ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "failed".into(),
    }
}

/// The last bytes that the program wrote.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    /// Reads a pipe to its end on a thread of its own; a flood is read and forgotten.
    fn follow(&self, mut pipe: impl Read + Send + 'static, over: Sender<()>) {
        let output = self.clone();
        std::thread::spawn(move || {
            let mut room = [0; 4096];
            while let Ok(read @ 1..) = pipe.read(&mut room) {
                let mut kept = output.0.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend(room.get(..read).unwrap_or_default());
                let more = kept.len().saturating_sub(KEPT);
                kept.drain(..more);
            }
            drop(over);
        });
    }

    /// Writes what is kept to the log; gives the last line.
    fn log(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = String::from_utf8_lossy(&kept);
        let lines = text.lines().map(|line| presentable(line, 300));
        let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
        for line in &lines {
            tracing::info!("hook: {line}");
        }
        lines.last().cloned().unwrap_or_default()
    }
}
