//! The page in a real browser, at the widths of a desk and of a phone, in light and in dark: nothing
//! sticks out, nothing is empty, every text can be read (WCAG 2.2 AA).
//!
//! Chromium (Debian's package) is started once and driven over the DevTools protocol through a pipe.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use certpost::exchange::Problem;
use certpost::report::Language;
use certpost::time::Span;
use serde_json::{Value, json};

use super::moment::rich_snapshot;
use super::{board, open, then};

/// What is wrong with the page that is open, as a list of sentences: a function of the width.
const AUDIT: &str = include_str!("audit.js");

const WIDTHS: [(u32, u32, bool); 2] = [(1200, 900, false), (390, 844, true)];

/// A running browser with one open tab.
struct Chromium {
    child: Child,
    say: ChildStdin,
    heard: Receiver<Value>,
    count: u64,
    session: String,
    _folder: tempfile::TempDir,
}

impl Chromium {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let profile = format!("--user-data-dir={}", folder.path().display());
        // The protocol runs over descriptors 3 and 4.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--", "sh", "-c"]);
        command.args([r#"exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#, "sh", "chromium"]);
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"]);
        command.args(["--no-first-run", "--disable-background-networking", "--disable-sync"]);
        command.args(["--disable-component-update", "--disable-dev-shm-usage"]);
        command.args(["--no-proxy-server", "--remote-debugging-pipe", &profile, "about:blank"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("setpriv is missing: apt-get install util-linux");
        let say = child.stdin.take().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, heard) = channel();
        std::thread::spawn(move || {
            for message in out.split(0).map_while(Result::ok) {
                let Ok(message) = serde_json::from_slice(&message) else { break };
                if tell.send(message).is_err() {
                    break;
                }
            }
        });
        let mut chromium =
            Self { child, say, heard, count: 0, session: String::new(), _folder: folder };
        let made = chromium.call("Target.createTarget", json!({ "url": "about:blank" }));
        let target = json!({ "targetId": made["targetId"], "flatten": true });
        let session = chromium.call("Target.attachToTarget", target);
        chromium.session = session["sessionId"].as_str().unwrap().to_owned();
        chromium.call("Page.enable", json!({}));
        chromium
    }

    fn hear(&mut self) -> Value {
        // Only so that a browser that hangs fails the test.
        self.heard
            .recv_timeout(Duration::from_secs(120))
            .expect("chromium is missing or gave up: apt-get install chromium")
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.count += 1;
        let mut message = json!({ "id": self.count, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let sent = self.say.write_all(format!("{message}\0").as_bytes());
        sent.expect("chromium is missing or gave up: apt-get install chromium");
        loop {
            let answer = self.hear();
            if answer["id"] == json!(self.count) {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    /// Opens an address in a window of this size and scheme, to its last byte.
    fn open(&mut self, url: &str, (width, height, mobile): (u32, u32, bool), scheme: &str) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile
        });
        self.call("Emulation.setDeviceMetricsOverride", size);
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
        let gone = self.call("Page.navigate", json!({ "url": url }));
        assert!(gone.get("errorText").is_none(), "{url}: {gone}");
        while self.hear()["method"] != "Page.loadEventFired" {}
    }

    fn evaluate(&mut self, expression: &str) -> Value {
        let question = json!({ "expression": expression, "returnByValue": true });
        let answer = self.call("Runtime.evaluate", question);
        assert!(answer.get("exceptionDetails").is_none(), "{answer}");
        answer["result"]["value"].clone()
    }

    fn faults(&mut self, width: u32) -> Vec<String> {
        serde_json::from_value(self.evaluate(&format!("{AUDIT}({width})"))).unwrap()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A page with one fault each, for [`AUDIT`] itself.
const FAULTY: [(&str, &str); 8] = [
    ("<p style='width:2000px'>wide</p>", "sticks out"),
    ("<p style='position:absolute;left:-9px'>left</p>", "sticks out"),
    ("<p></p>", "is empty"),
    ("<table><tr><td> </td></tr></table>", "is empty"),
    ("<p style='color:#aaa'>pale</p>", "contrast"),
    ("<div style='background:#333'><p style='color:#444'>dark</p></div>", "contrast"),
    ("<style>p::before{content:attr(data-x);color:#bbb}</style><p data-x='pale'>x</p>", "contrast"),
    ("<p>NaN днів</p>", "no text for people"),
];

#[test]
fn the_page_can_be_read_at_a_desk_and_on_a_phone_by_day_and_by_night() {
    let mut chromium = Chromium::start();

    // What finds no fault where there is one proves nothing.
    let folder = tempfile::tempdir().unwrap();
    for (number, (fault, expected)) in FAULTY.iter().enumerate() {
        let path = folder.path().join(format!("{number}.html"));
        let page = format!("<!doctype html><body style='margin:0;background:#fff'>{fault}");
        std::fs::write(&path, page).unwrap();
        chromium.open(&format!("file://{}", path.display()), WIDTHS[0], "light");
        let faults = chromium.faults(1200);
        assert_eq!(faults.len(), 1, "{fault}: {faults:#?}");
        assert!(faults[0].contains(expected), "{fault}: {faults:#?}");
    }

    let mut snapshot = rich_snapshot();
    let detail = format!("imap.proba.example:993: {}", "0123456789abcdef".repeat(12));
    snapshot.troubles.push(Problem { label: "imap-login".into(), detail });
    // Names as the register has them.
    let name = "Державне підприємство «Український науково-дослідний і проєктно-конструкторський \
                інститут електровимірювальних перетворювачів»";
    snapshot.organisation.name = name.into();
    snapshot.holders[0].name = "Нетудихата-Довгопрізвищенко Максиміліан-Володимир Юрійович".into();
    let board = board(snapshot);
    let (_page, address) = open(&board, then);
    let url = format!("http://{address}/");
    for language in [Language::Uk, Language::En, Language::Ru, Language::Be] {
        board.configured(then(), language, Span::minutes(5));
        for size in WIDTHS {
            let mut papers = Vec::new();
            for scheme in ["light", "dark"] {
                chromium.open(&url, size, scheme);
                let place = format!("{} at {} px, {scheme}", language.tag(), size.0);
                let seen = "[document.documentElement.lang, \
                            document.querySelector('h1').textContent, \
                            document.querySelectorAll('article .do').length > 2]";
                let seen = chromium.evaluate(seen);
                let wanted = json!([language.tag(), name, true]);
                assert_eq!(seen, wanted, "{place}: another page than the summary");
                let faults = chromium.faults(size.0);
                assert!(faults.is_empty(), "{place}: {faults:#?}");
                papers.push(chromium.evaluate("getComputedStyle(document.body).backgroundColor"));
            }
            assert_ne!(papers[0], papers[1], "there is no dark scheme");
        }
    }
}
