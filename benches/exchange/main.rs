//! What certpost costs beside the bare primitives that it can't do without, in the same run:
//! `cargo bench`. Ends with a table of ratios; docs/performance.md says what they mean.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bare;
mod scene;

use std::path::Path;
use std::time::Duration;

use bare::{Bare, Disk};
use certpost::carrier::post;
use certpost::crypto::{Opener, Pair, Sealer};
use certpost::engine::ports::Carrier as _;
use certpost::os;
use certpost::simulator::office::{Account, Office};
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{BatchSize, Criterion};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use nix::time::ClockId;
use scene::{NOW, Stand};

/// Processor time of this thread: what other processes do does not show in it, nor does waiting.
struct Processor;

fn spent() -> Duration {
    ClockId::CLOCK_THREAD_CPUTIME_ID.now().unwrap().into()
}

impl Measurement for Processor {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        spent()
    }

    fn end(&self, start: Duration) -> Duration {
        spent() - start
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// Signatures around one application, or one receipt.
fn signatures(profile: &str) -> usize {
    if profile == "sota" { 2 } else { 1 }
}

/// One application: composed, signed (twice in `sota`), enveloped.
fn seal(criterion: &mut Criterion<Processor>, stand: &Stand) {
    let mut group = criterion.benchmark_group(format!("seal-{}", stand.profile));
    let application = stand.application();
    let mut chance = os::chance();
    let authority = &stand.setup.authorities[0];
    let mut compose = || {
        let mut sealer = Sealer {
            suite: authority.suite.as_ref(),
            signers: std::slice::from_ref(&stand.signing),
            agreement: Some(&stand.agreement),
            recipients: &authority.recipients,
            now: NOW,
            chance: &mut chance,
        };
        authority.dialect.compose(&application, &mut sealer).unwrap()
    };
    let bytes = compose().part.bytes.len();
    group.bench_function("certpost", |b| b.iter(&mut compose));
    let bare = Bare::new(bytes);
    let count = signatures(stand.profile);
    group.bench_function("bare", |b| {
        b.iter(|| {
            (0..count).for_each(|_| bare.sign());
            bare.seal();
        });
    });
}

/// Receipt №2 with two certificates: opened, verified, read. Its keys are open already.
fn open(criterion: &mut Criterion<Processor>, stand: &mut Stand) {
    let mut group = criterion.benchmark_group(format!("open-{}", stand.profile));
    let parts = stand.granting();
    let authority = &stand.setup.authorities[0];
    let pairs: Vec<Pair> = vec![stand.signing.clone(), stand.agreement.clone()];
    let pairs = pairs.as_slice();
    let opener = Opener {
        suite: authority.suite.as_ref(),
        trust: &authority.trust,
        recipients: &pairs,
        now: NOW,
    };
    let code = &stand.setup.organisation.code;
    group.bench_function("certpost", |b| {
        b.iter(|| authority.dialect.interpret(&parts, code, &opener).unwrap());
    });
    let bare = Bare::new(parts.iter().map(|part| part.bytes.len()).sum());
    let count = signatures(stand.profile);
    group.bench_function("bare", |b| {
        b.iter(|| {
            (0..count).for_each(|_| bare.verify());
            bare.open();
        });
    });
}

/// Two keys and requests, the application, two receipts, two chains of one link.
fn cryptography(bare: &Bare, count: usize) {
    for _ in 0..2 {
        bare.generate();
        bare.sign();
        (0..count).for_each(|_| bare.verify());
        bare.open();
        bare.verify();
    }
    (0..count).for_each(|_| bare.sign());
    bare.seal();
}

/// Sealing opens the holder's two keys and locks two new ones. Each receipt opens one key, the
/// proof both new ones.
fn passwords(bare: &Bare) {
    (0..2).for_each(|_| bare.lock());
    (0..6).for_each(|_| bare.unlock());
}

/// One holder's two certificates, from due to installed: three rounds of the engine, files and
/// database on the disk. What the authority does between them is not counted.
fn exchange(criterion: &mut Criterion<Processor>, stand: &mut Stand) {
    let mut group = criterion.benchmark_group(format!("exchange-{}", stand.profile));
    group.sample_size(20).measurement_time(Duration::from_secs(10));
    group.bench_function("certpost", |b| {
        b.iter_custom(|times| (0..times).map(|_| stand.exchange(&spent)).sum());
    });
    let bare = Bare::new(stand.granting().iter().map(|part| part.bytes.len()).sum());
    let count = signatures(stand.profile);
    group.bench_function("bare", |b| b.iter(|| cryptography(&bare, count)));
    group.bench_function("bare+scrypt", |b| {
        b.iter(|| {
            cryptography(&bare, count);
            passwords(&bare);
        });
    });
}

/// The same by the wall clock, which also sees the disk.
fn exchange_on_disk(criterion: &mut Criterion, stand: &mut Stand) {
    let mut group = criterion.benchmark_group(format!("wall-{}", stand.profile));
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    let wall = os::stopwatch();
    group.bench_function("certpost", |b| {
        b.iter_custom(|times| (0..times).map(|_| stand.exchange(&wall)).sum());
    });
    let bare = Bare::new(stand.granting().iter().map(|part| part.bytes.len()).sum());
    let count = signatures(stand.profile);
    group.bench_function("bare+scrypt+disk", |b| {
        let disk = || Disk::new();
        let work = |mut disk: Disk| {
            cryptography(&bare, count);
            passwords(&bare);
            // The letter, two raw answers and their contents, the bundle; two pending keys, then
            // each as key, PEM and DER in the new generation.
            (0..6 + 2 + 6).for_each(|_| disk.file());
            // Opened, prepared, sent, two receipts, installed; three readings of the mailbox.
            (0..6 + 3).for_each(|_| disk.commit());
            disk
        };
        b.iter_batched(disk, work, BatchSize::PerIteration);
    });
}

/// A letter handed over to a server on loopback: connect, TLS, log in, send, quit.
fn send(criterion: &mut Criterion) {
    let account = |address: &str| Account { address: address.into(), password: "pass".into() };
    let [from, to] = ["office@proba.example", "acsk@authority.example"];
    let office = Office::start(vec![account(from), account(to)], os::now).unwrap();
    let letter =
        format!("From: <{from}>\r\nTo: <{to}>\r\nSubject: x\r\n\r\n{}", "y\r\n".repeat(3000));
    let mut group = criterion.benchmark_group("send");
    group.sample_size(20);
    let server = |port| post::Server {
        host: "localhost".into(),
        port,
        tls: post::Tls::Implicit,
        ca: Some(office.ca_pem().as_bytes().to_vec()),
        user: from.into(),
        login: post::Login::Password(Box::new(|| Ok(zeroize::Zeroizing::new("pass".into())))),
    };
    let mut carrier = post::Post::new(post::PostSettings {
        address: from.into(),
        smtp: server(office.smtp_port()),
        imap: server(office.imap_port()),
        folders: vec!["INBOX".into()],
        move_to: None,
        limits: post::Limits::default(),
    })
    .unwrap();
    group.bench_function("certpost", |b| b.iter(|| carrier.send(letter.as_bytes(), to).unwrap()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let tls = TlsParameters::builder("localhost".into())
        .add_root_certificate(Certificate::from_pem(office.ca_pem().as_bytes()).unwrap())
        .build()
        .unwrap();
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("localhost")
        .port(office.smtp_port())
        .tls(Tls::Wrapper(tls))
        .credentials(Credentials::new(from.into(), "pass".into()))
        .build();
    let (sender, recipient) = (from.parse().unwrap(), to.parse().unwrap());
    let envelope = lettre::address::Envelope::new(Some(sender), vec![recipient]).unwrap();
    // Criterion's "bare" is plain lettre here.
    group.bench_function("bare", |b| {
        b.iter(|| {
            runtime.block_on(transport.send_raw(&envelope, letter.as_bytes())).unwrap();
        });
    });
}

/// The middle of all samples of this run, in seconds; `None` when the filter left it out.
fn middle(home: &Path, group: &str, name: &str) -> Option<f64> {
    // Criterion makes names of folders safe in this way.
    let path = home.join(group).join(name).join("new/estimates.json");
    let text = std::fs::read(path).ok()?;
    let estimates: serde_json::Value = serde_json::from_slice(&text).unwrap();
    Some(estimates["median"]["point_estimate"].as_f64()? / 1e9)
}

fn ratios(home: &Path) {
    println!("\n{:32} {:>12} {:>12} {:>7}", "median", "certpost, ms", "bare, ms", "ratio");
    let groups = ["seal", "open", "exchange", "wall"];
    let groups = groups.iter().flat_map(|group| ["sota", "smime"].map(|p| format!("{group}-{p}")));
    for group in groups.chain(["send".to_owned()]) {
        for name in ["bare", "bare+scrypt", "bare+scrypt+disk"] {
            if let (Some(ours), Some(bare)) =
                (middle(home, &group, "certpost"), middle(home, &group, name))
            {
                let (label, ratio) = (format!("{group} / {name}"), ours / bare);
                println!("{label:32} {:12.3} {:12.3} {ratio:7.2}", ours * 1e3, bare * 1e3);
            }
        }
    }
}

fn main() {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion");
    // Yesterday's samples must not stand in today's table.
    drop(std::fs::remove_dir_all(&home));
    let mut wall = Criterion::default().output_directory(&home).configure_from_args();
    let criterion = Criterion::default().with_measurement(Processor);
    let mut criterion = criterion.output_directory(&home).configure_from_args();
    for profile in ["sota", "smime"] {
        let mut stand = Stand::new(profile);
        seal(&mut criterion, &stand);
        open(&mut criterion, &mut stand);
        exchange(&mut criterion, &mut stand);
        exchange_on_disk(&mut wall, &mut stand);
    }
    send(&mut wall);
    wall.final_summary();
    ratios(&home);
}
