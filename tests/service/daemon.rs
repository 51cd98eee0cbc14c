//! A daemon as a process of its own, in a made-up organisation whose mail servers do not answer,
//! with a socket at which its service manager would listen.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use certpost::os;
use certpost::report::Language;
use certpost::simulator::authority::Manners;
use certpost::simulator::scene::{Account, Mail, Plot, Scene};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Only so that a daemon that says nothing fails the test.
const LONGEST: Duration = Duration::from_secs(180);

/// A made-up organisation on the disk.
pub struct Place {
    folder: tempfile::TempDir,
    /// The configuration up to its holders, and the text of each.
    head: String,
    pub holders: Vec<String>,
}

impl Place {
    pub fn set() -> Self {
        let folder = tempfile::Builder::new().prefix("certpost-service").tempdir().unwrap();
        let closed = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let account =
            |address: &str| Account { address: address.into(), password: "password".into() };
        let identity = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let mail = Mail {
            host: "localhost".into(),
            smtp_port: closed(),
            imap_port: closed(),
            tls: "implicit",
            ca_pem: identity.cert.pem(),
            agent: account("office@proba.example"),
            authority: account("acsk@authority.example"),
        };
        let plot = Plot {
            seed: 11,
            profile: "sota".into(),
            suite: "international".into(),
            language: Language::En,
            manners: Manners::default(),
            ..Plot::default()
        };
        Scene::set(folder.path(), &plot, &mail, os::now()).unwrap();
        let config = std::fs::read_to_string(folder.path().join("config.toml")).unwrap();
        let mut parts = config.split("\n[[holder]]");
        let head = parts.next().unwrap().to_owned();
        let holders = parts.map(|holder| format!("\n[[holder]]{holder}")).collect();
        Self { folder, head, holders }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a configuration: options of the top, sections, and the first so many holders. Each
    /// holder costs seconds of key unlocking in a debug build.
    pub fn configure(&self, top: &str, sections: &str, holders: usize) {
        let holders = self.holders[..holders].concat();
        let text = format!("{top}\n{}\n{sections}\n{holders}", self.head);
        std::fs::write(self.path("config.toml"), text).unwrap();
    }

    pub fn command(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certpost"));
        command.arg("--config").arg(self.path("config.toml")).args(words);
        command.stdin(Stdio::null()).output().unwrap()
    }
}

pub struct Daemon {
    child: Child,
    log: Receiver<String>,
    manager: UnixDatagram,
}

impl Daemon {
    /// Starts the daemon as systemd would, with a watchdog of two seconds.
    pub fn start(place: &Place) -> Self {
        Self::start_program(Path::new(env!("CARGO_BIN_EXE_certpost")), place)
    }

    pub fn start_program(program: &Path, place: &Place) -> Self {
        let socket = place.path("notify");
        // An earlier daemon's.
        let _ = std::fs::remove_file(&socket);
        let manager = UnixDatagram::bind(&socket).unwrap();
        manager.set_read_timeout(Some(LONGEST)).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program);
        command.arg("--config").arg(place.path("config.toml")).arg("run");
        command.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "2000000");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("setpriv is missing: apt-get install util-linux");
        let lines = BufReader::new(child.stderr.take().unwrap());
        let (say, log) = channel();
        std::thread::spawn(move || {
            lines.lines().map_while(Result::ok).try_for_each(|line| say.send(line))
        });
        Self { child, log, manager }
    }

    /// The next message to the service manager, as its lines.
    pub fn told(&self) -> Vec<String> {
        let mut buffer = [0; 8192];
        let length = self.manager.recv(&mut buffer).expect("the daemon tells nothing more");
        let text = std::str::from_utf8(&buffer[..length]).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// Passes over messages up to one with a line that begins so.
    pub fn await_told(&self, beginning: &str) -> Vec<String> {
        loop {
            let told = self.told();
            if told.iter().any(|line| line.starts_with(beginning)) {
                return told;
            }
        }
    }

    /// Passes over messages up to a status with these words.
    pub fn await_status(&self, words: &str) -> String {
        loop {
            let told = self.await_told("STATUS=");
            if let Some(line) = told.iter().find(|line| line.contains(words)) {
                return line.clone();
            }
        }
    }

    /// The next line of the log with these words.
    pub fn await_log(&self, words: &str) -> String {
        loop {
            let line = self.log.recv_timeout(LONGEST);
            let line = line.unwrap_or_else(|_| panic!("the log has no «{words}»"));
            if line.contains(words) {
                return line;
            }
        }
    }

    /// The address of its page, from the log.
    pub fn page(&self) -> String {
        let line = self.await_log("the status page is open");
        let (_, address) = line.split_once("http://").expect("not TCP");
        address.trim_end_matches('/').to_owned()
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    /// Reads the configuration anew, to the end of it.
    pub fn reload(&self) {
        self.signal(Signal::SIGHUP);
        let told = self.await_told("RELOADING=1");
        assert!(told.iter().any(|line| line.starts_with("MONOTONIC_USEC=")), "{told:?}");
        self.await_told("READY=1");
        // The round that follows.
        self.await_told("STATUS=round ended");
    }

    /// Asks it to end; what is left of its log.
    pub fn stop(mut self) -> (ExitStatus, Vec<String>) {
        self.signal(Signal::SIGTERM);
        self.await_told("STOPPING=1");
        let status = self.child.wait().unwrap();
        (status, self.log.iter().collect())
    }

    /// Waits for its end; the exit code, and what it told the manager.
    pub fn ended_with(mut self) -> (Option<i32>, Vec<String>) {
        let status = self.child.wait().unwrap();
        self.manager.set_nonblocking(true).unwrap();
        let mut buffer = [0; 8192];
        let told = std::iter::from_fn(|| self.manager.recv(&mut buffer).ok());
        (status.code(), told.map(|length| format!("{length} bytes")).collect())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Both fail when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ask(mut stream: impl Read + Write, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").expect("no answer").1.to_owned()
}

pub fn get(address: &str, path: &str) -> String {
    ask(TcpStream::connect(address).unwrap(), path)
}

pub fn get_unix(socket: &Path, path: &str) -> String {
    ask(UnixStream::connect(socket).unwrap(), path)
}
