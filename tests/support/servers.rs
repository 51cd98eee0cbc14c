//! Real mail servers on loopback for tests: Dovecot and Postfix in a folder of their own, with a
//! throw-away CA. They end when dropped, and also when the test process ends or is killed.
//!
//! Use from an integration test: `#[path = "support/servers.rs"] mod servers;`. Tests of one
//! binary share the servers ([`Servers::shared`]) and each takes accounts of its own
//! ([`Servers::account`]). Postfix's master must be root, so these tests need root: a container.

#![allow(dead_code, reason = "each test binary uses a part of this")]

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The domain of all accounts.
pub const DOMAIN: &str = "test.example";
/// Letters above this are refused by Postfix (SIZE).
pub const LARGEST_LETTER: usize = 2 << 20;

const PACKAGES: &str = "apt-get install --no-install-recommends dovecot-imapd dovecot-lmtpd postfix openssl util-linux";
const DOVECOT: &str = "/usr/sbin/dovecot";
const POSTFIX_MASTER: &str = "/usr/lib/postfix/sbin/master";
const ACCOUNTS: usize = 100;
/// Signs the access tokens that Dovecot takes.
pub const TOKEN_KEY: &[u8] = b"test-key-of-32-bytes-for-hs256!!";

/// One mailbox.
#[derive(Clone, Debug)]
pub struct Account {
    /// Also the user name.
    pub address: String,
    pub password: String,
}

/// Both servers, running.
pub struct Servers {
    /// Ports on 127.0.0.1; the certificate is for `localhost`.
    pub imap: u16,
    pub imaps: u16,
    pub smtp: u16,
    pub smtps: u16,
    next_account: AtomicUsize,
    // Before the folder: fields are dropped in order.
    postfix: Server,
    dovecot: Server,
    folder: tempfile::TempDir,
}

impl Servers {
    /// The servers of this test binary: started by the first who asks, ended with the process.
    pub fn shared() -> &'static Self {
        static RUNNING: OnceLock<Servers> = OnceLock::new();
        RUNNING.get_or_init(Self::start)
    }

    /// Starts both and waits for their greetings.
    pub fn start() -> Self {
        let we = std::fs::metadata("/proc/self").unwrap().uid();
        assert!(we == 0, "Postfix's master must be root: run the tests as root, in a container");
        Self::start_with("plain login xoauth2 oauthbearer")
    }

    /// Servers that take logins only by these mechanisms.
    pub fn start_with(mechanisms: &str) -> Self {
        // Another process may take a port between our look and the server's bind.
        for _ in 0..3 {
            if let Some(servers) = Self::try_start(mechanisms) {
                return servers;
            }
        }
        panic!("the mail servers do not start; their logs are above");
    }

    fn try_start(mechanisms: &str) -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("certpost-post").tempdir().unwrap();
        let dir = folder.path();
        for part in ["run", "state", "mail", "log", "pf", "spool", "pfdata"] {
            std::fs::create_dir(dir.join(part)).unwrap();
        }
        let [imap, imaps, lmtp, smtp, smtps] = free_ports();
        certificates(dir);
        dovecot_files(dir, imap, imaps, lmtp, mechanisms);
        postfix_files(dir, smtp, smtps, lmtp);
        chmod(dir, 0o755);
        run(Command::new("chown").args(["-R", "nobody:nogroup"]).args(
            [
                "run",
                "state",
                "mail",
                "log",
                "users",
                "dovecot.conf",
                "oauth2.conf",
                "jwt",
                "server.key",
            ]
            .map(|n| dir.join(n)),
        ));
        run(Command::new("chown").arg("postfix").arg(dir.join("pfdata")));
        let conf = dir.join("dovecot.conf").display().to_string();
        let run_as = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"];
        let dovecot = [&run_as[..], &[DOVECOT, "-F", "-c", &conf]].concat();
        let dovecot = Server::start("Dovecot", dir, &dovecot);
        let pf = dir.join("pf").display().to_string();
        let postfix = Server::start("Postfix", dir, &[POSTFIX_MASTER, "-s", "-c", &pf]);
        let mut servers = Self {
            imap,
            imaps,
            smtp,
            smtps,
            next_account: AtomicUsize::new(1),
            postfix,
            dovecot,
            folder,
        };
        let up = servers.dovecot.greets(imap, "* OK") && servers.postfix.greets(smtp, "220 ");
        up.then_some(servers)
    }

    /// The root to trust, PEM.
    pub fn ca(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("ca.pem")).unwrap()
    }

    /// A root that signed nothing here, PEM.
    pub fn stranger_ca(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("stranger.pem")).unwrap()
    }

    /// Certificate chain and key of the servers for `localhost`, PEM: for fakes inside a test.
    pub fn identity(&self) -> (Vec<u8>, Vec<u8>) {
        let read = |name: &str| std::fs::read(self.folder.path().join(name)).unwrap();
        (read("server.pem"), read("server.key"))
    }

    /// An account that no other test of this process uses.
    pub fn account(&self) -> Account {
        let n = self.next_account.fetch_add(1, Ordering::SeqCst);
        assert!(n <= ACCOUNTS, "more accounts than the harness makes: raise ACCOUNTS");
        account(n)
    }

    /// A plain look into a mailbox, by other means than the code under test.
    pub fn mailbox(&self, account: &Account) -> Mailbox {
        Mailbox::open(self.imap, account)
    }
}

fn account(n: usize) -> Account {
    Account {
        address: format!("box{n:02}@{DOMAIN}"), password: format!("таємне «{n}» \"\\")
    }
}

/// Runs "$@" until our end of the pipe on stdin closes, however this process ends; then TERM,
/// wait, and the folder $1 goes. A server that ends by itself ends the keeper with its status.
/// Both masters end their children themselves. The other keeper may have taken the folder away
/// already.
const KEEPER: &str = r#"
dir=$1; shift
trap : INT HUP TERM
exec 3<&0
"$@" </dev/null 3<&- & server=$!
( while read -r _ <&3; do :; done; touch "$dir/ending" 2>/dev/null; kill -TERM $server 2>/dev/null ) & watch=$!
while kill -0 $server 2>/dev/null; do wait $server; status=$?; done
kill $watch 2>/dev/null
if [ -e "$dir/ending" ]; then rm -rf -- "$dir"; fi
exit $status
"#;

/// A server process of ours.
struct Server {
    name: &'static str,
    keeper: Child,
    folder: PathBuf,
}

impl Server {
    fn start(name: &'static str, dir: &Path, command: &[&str]) -> Self {
        for program in [DOVECOT, POSTFIX_MASTER] {
            assert!(Path::new(program).exists(), "{program} is missing: {PACKAGES}");
        }
        let console = File::create(dir.join(format!("log/{name}"))).unwrap();
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(dir).args(command);
        keeper.stdin(Stdio::piped()).stdout(console.try_clone().unwrap()).stderr(console);
        // A group of its own: whoever kills ours as a whole must not take the keeper along.
        let keeper = keeper.process_group(0).spawn().unwrap();
        Self { name, keeper, folder: dir.to_owned() }
    }

    /// Connects until the greeting comes. False: the process ended.
    fn greets(&mut self, port: u16, greeting: &str) -> bool {
        // A port that nobody listens on refuses at once, and no server tells when it listens:
        // hence these short waits, at most 2000 of them.
        for _ in 0..2000 {
            if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                let mut line = String::new();
                if BufReader::new(stream).read_line(&mut line).is_ok() && line.starts_with(greeting)
                {
                    return true;
                }
            }
            if let Some(status) = self.keeper.try_wait().unwrap() {
                eprintln!("{} ended: {status}\n{}", self.name, self.log());
                return false;
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
        panic!("{} does not greet on port {port}\n{}", self.name, self.log());
    }

    fn log(&self) -> String {
        let mut all = String::new();
        for entry in std::fs::read_dir(self.folder.join("log")).into_iter().flatten().flatten() {
            all += &std::fs::read_to_string(entry.path()).unwrap_or_default();
        }
        all
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn free_ports<const N: usize>() -> [u16; N] {
    // All at once, so that no port is given twice.
    let held: Vec<TcpListener> =
        (0..N).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    std::array::from_fn(|i| held[i].local_addr().unwrap().port())
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn run(command: &mut Command) {
    let output = command.output();
    let output = output.unwrap_or_else(|e| panic!("{command:?}: {e}; {PACKAGES}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// `ca.pem`, `server.pem` for localhost, and `stranger.pem`.
fn certificates(dir: &Path) {
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    for (name, subject) in [("ca", "/CN=Throw-away CA"), ("stranger", "/CN=Stranger CA")] {
        run(Command::new("openssl")
            .current_dir(dir)
            .args(["req", "-x509", "-days", "2", "-subj", subject])
            .args(curve)
            .args(["-addext", "basicConstraints=critical,CA:TRUE"])
            .args(["-addext", "keyUsage=critical,keyCertSign,cRLSign"])
            .args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")]));
    }
    run(Command::new("openssl")
        .current_dir(dir)
        .args(["req", "-x509", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-CA", "ca.pem", "-CAkey", "ca.key"])
        .args(curve)
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .args(["-addext", "extendedKeyUsage=serverAuth"])
        .args(["-keyout", "server.key", "-out", "server.pem"]));
}

/// Room in a mailbox.
pub const QUOTA_MEGABYTES: u64 = 1024;

fn dovecot_files(dir: &Path, imap: u16, imaps: u16, lmtp: u16, mechanisms: &str) {
    // Tokens are judged by Dovecot itself: signature, dates, user.
    let keys = dir.join("jwt/default/HS256");
    std::fs::create_dir_all(&keys).unwrap();
    std::fs::write(keys.join("default"), base64(TOKEN_KEY)).unwrap();
    let oauth2 = format!(
        "introspection_mode = local\nusername_attribute = email\n\
         local_validation_key_dict = fs:posix:prefix={}/jwt/\n",
        dir.display()
    );
    std::fs::write(dir.join("oauth2.conf"), oauth2).unwrap();
    let mut users = String::new();
    for Account { address, password } in (1..=ACCOUNTS).map(account) {
        // Were there none, LMTP and IMAP would make it at the same moment, and Dovecot refuse one.
        for part in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(dir.join("mail").join(&address).join(part)).unwrap();
        }
        writeln!(users, "{address}:{{PLAIN.b64}}{}::::::", base64(password.as_bytes())).unwrap();
    }
    std::fs::write(dir.join("users"), users).unwrap();
    // Nothing may be put into one folder, nothing be taken out of another.
    std::fs::write(dir.join("acl"), "Closed owner lrwts\nFixed owner lrwsi\n").unwrap();
    let d = dir.display();
    let conf = format!(
        "base_dir = {d}/run\nstate_dir = {d}/state\nlog_path = {d}/log/dovecot.log\n\
         protocols = imap lmtp\nlisten = 127.0.0.1\n\
         default_internal_user = nobody\ndefault_internal_group = nogroup\n\
         default_login_user = nobody\nfirst_valid_uid = 1\nfirst_valid_gid = 0\n\
         ssl = yes\nssl_cert = <{d}/server.pem\nssl_key = <{d}/server.key\nssl_dh =\n\
         auth_mechanisms = {mechanisms}\nauth_failure_delay = 0\n\
         mail_location = maildir:{d}/mail/%u:LAYOUT=fs\nmail_home = {d}/mail/%u\n\
         mail_uid = nobody\nmail_gid = nogroup\nmail_fsync = never\n\
         passdb {{\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = {d}/oauth2.conf\n}}\n\
         passdb {{\n driver = passwd-file\n args = username_format=%u {d}/users\n}}\n\
         userdb {{\n driver = static\n args = uid=nobody gid=nogroup home={d}/mail/%u\n}}\n\
         namespace inbox {{\n inbox = yes\n separator = /\n}}\n\
         mail_plugins = quota acl\n\
         plugin {{\n quota = count:Mailbox\n quota_vsizes = yes\n quota_rule = *:storage={QUOTA_MEGABYTES}M\n acl = vfile:{d}/acl\n}}\n\
         protocol imap {{\n mail_plugins = quota acl imap_quota imap_acl\n\
         \u{20}mail_max_userip_connections = 100\n mailbox_idle_check_interval = 1s\n}}\n\
         service anvil {{\n chroot =\n unix_listener anvil-auth-penalty {{\n  mode = 0\n }}\n}}\n\
         service imap-login {{\n chroot =\n service_count = 0\n\
         \u{20}inet_listener imap {{\n  address = 127.0.0.1\n  port = {imap}\n }}\n\
         \u{20}inet_listener imaps {{\n  address = 127.0.0.1\n  port = {imaps}\n  ssl = yes\n }}\n}}\n\
         service lmtp {{\n inet_listener lmtp {{\n  address = 127.0.0.1\n  port = {lmtp}\n }}\n}}\n\
         service auth {{\n unix_listener auth-client {{\n  mode = 0666\n }}\n}}\n"
    );
    std::fs::write(dir.join("dovecot.conf"), conf).unwrap();
}

fn postfix_files(dir: &Path, smtp: u16, smtps: u16, lmtp: u16) {
    let d = dir.display();
    let main = format!(
        "compatibility_level = 3.6\nqueue_directory = {d}/spool\ndata_directory = {d}/pfdata\n\
         command_directory = /usr/sbin\ndaemon_directory = /usr/lib/postfix/sbin\n\
         meta_directory = /etc/postfix\nshlib_directory = /usr/lib/postfix\n\
         mail_owner = postfix\nsetgid_group = postdrop\nmyhostname = mail.{DOMAIN}\n\
         mydestination =\nmynetworks =\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n\
         alias_maps =\nalias_database =\nlocal_recipient_maps =\n\
         virtual_mailbox_domains = {DOMAIN}\nvirtual_mailbox_maps = regexp:{d}/pf/boxes\n\
         virtual_transport = lmtp:inet:127.0.0.1:{lmtp}\n\
         default_transport = error:5.1.1 no mail leaves this machine\n\
         relay_transport = error:5.1.1 no mail leaves this machine\n\
         smtp_host_lookup = native\ndisable_dns_lookups = yes\nsmtpd_peername_lookup = no\n\
         smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\n\
         smtpd_sasl_path = {d}/run/auth-client\n\
         smtpd_tls_cert_file = {d}/server.pem\nsmtpd_tls_key_file = {d}/server.key\n\
         smtpd_tls_security_level = may\nsmtpd_tls_auth_only = yes\n\
         smtpd_relay_restrictions = permit_sasl_authenticated, reject\n\
         smtpd_recipient_restrictions =\nsmtpd_error_sleep_time = 0\n\
         smtpd_client_connection_count_limit = 0\nsmtpd_client_connection_rate_limit = 0\n\
         message_size_limit = {LARGEST_LETTER}\nvirtual_mailbox_limit = 0\nmailbox_size_limit = 0\n\
         maillog_file = {d}/log/postfix.log\nmaillog_file_prefixes = {d}\n"
    );
    let mut master = format!(
        "127.0.0.1:{smtp} inet n - n - - smtpd\n\
         127.0.0.1:{smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n\
         postlog unix-dgram n - n - 1 postlogd\npickup unix n - n 60 1 pickup\n\
         qmgr unix n - n 300 1 qmgr\ntlsmgr unix - - n 1000? 1 tlsmgr\n\
         showq unix n - n - - showq\nflush unix n - n 1000? 0 flush\ncleanup unix n - n - 0 cleanup\n"
    );
    for (service, most, program) in [
        ("rewrite", "-", "trivial-rewrite"),
        ("bounce", "0", "bounce"),
        ("defer", "0", "bounce"),
        ("trace", "0", "bounce"),
        ("verify", "1", "verify"),
        ("proxymap", "-", "proxymap"),
        ("lmtp", "-", "lmtp"),
        ("smtp", "-", "smtp"),
        ("error", "-", "error"),
        ("retry", "-", "error"),
        ("anvil", "1", "anvil"),
        ("scache", "1", "scache"),
    ] {
        writeln!(master, "{service} unix - - n - {most} {program}").unwrap();
    }
    std::fs::write(dir.join("pf/main.cf"), main).unwrap();
    std::fs::write(dir.join("pf/master.cf"), master).unwrap();
    std::fs::write(dir.join("pf/boxes"), format!("/^box[0-9]+@{DOMAIN}$/ yes\n")).unwrap();
    // Postfix waits until its configuration is two seconds old.
    for file in ["pf/main.cf", "pf/master.cf"] {
        run(Command::new("touch").args(["-d", "1 minute ago"]).arg(dir.join(file)));
    }
    spool(&dir.join("spool"));
}

/// What `postfix check` makes in three seconds.
fn spool(spool: &Path) {
    let private = [
        "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private",
        "saved", "trace",
    ];
    for (name, owner, mode) in private
        .iter()
        .map(|name| (*name, "postfix", 0o700))
        .chain([("maildrop", "postfix:postdrop", 0o730), ("public", "postfix:postdrop", 0o710)])
        .chain([("pid", "root", 0o755)])
    {
        let place = spool.join(name);
        std::fs::create_dir(&place).unwrap();
        run(Command::new("chown").arg(owner).arg(&place));
        chmod(&place, mode);
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A small IMAP client that shares nothing with the code under test. Plain text: on loopback
/// Dovecot allows it.
pub struct Mailbox {
    stream: BufReader<TcpStream>,
}

impl Mailbox {
    fn open(port: u16, account: &Account) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut this = Self { stream: BufReader::new(stream) };
        this.line();
        let plain = base64(format!("\0{}\0{}", account.address, account.password).as_bytes());
        this.command(&format!("AUTHENTICATE PLAIN {plain}"));
        this
    }

    fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).unwrap();
        assert!(line.ends_with(b"\n"), "the server ended the connection");
        String::from_utf8_lossy(&line).into_owned()
    }

    /// Runs a command and returns everything before its OK; panics on NO and BAD.
    pub fn command(&mut self, command: &str) -> String {
        self.stream.get_mut().write_all(format!("t {command}\r\n").as_bytes()).unwrap();
        self.rest(command)
    }

    fn rest(&mut self, command: &str) -> String {
        let mut answer = String::new();
        loop {
            let line = self.line();
            if let Some(end) = line.strip_prefix("t ") {
                assert!(end.starts_with("OK"), "{command}: {end}");
                return answer;
            }
            answer.push_str(&line);
        }
    }

    /// Puts a letter into a folder (its name as IMAP writes it).
    pub fn append(&mut self, folder: &str, letter: &[u8]) {
        let command = format!("t APPEND \"{folder}\" {{{}}}\r\n", letter.len());
        self.stream.get_mut().write_all(command.as_bytes()).unwrap();
        assert!(self.line().starts_with('+'));
        self.stream.get_mut().write_all(letter).unwrap();
        self.stream.get_mut().write_all(b"\r\n").unwrap();
        self.rest("APPEND");
    }

    /// Every letter of a folder as it lies there; letters must be plain ASCII.
    pub fn letters(&mut self, folder: &str) -> Vec<String> {
        let shown = self.command(&format!("SELECT \"{folder}\""));
        let exists = shown.lines().find_map(|l| l.strip_prefix("* ")?.strip_suffix(" EXISTS"));
        let count: usize = exists.unwrap().parse().unwrap();
        let letter = |n: usize| {
            let answer = self.command(&format!("FETCH {n} BODY.PEEK[]"));
            let (head, rest) = answer.split_once("}\r\n").unwrap();
            let size: usize = head.rsplit('{').next().unwrap().parse().unwrap();
            assert!(rest.is_ascii(), "a letter with raw 8-bit bytes: {rest}");
            rest[..size].to_owned()
        };
        (1..=count).map(letter).collect()
    }

    /// Waits until the folder holds so many letters: delivery goes on after SMTP's 250.
    pub fn await_letters(&mut self, folder: &str, count: usize) {
        let enough = |line: &str| {
            let exists = line.strip_prefix("* ").and_then(|l| l.strip_suffix(" EXISTS\r\n"));
            exists.is_some_and(|n| n.parse::<usize>().unwrap() >= count)
        };
        // Looked again and again: Dovecot's IDLE can be a second late when inotify is short.
        for _ in 0..1500 {
            let shown = self.command(&format!("SELECT \"{folder}\""));
            if shown.split_inclusive('\n').any(enough) {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        panic!("no {count} letters in {folder}");
    }
}
