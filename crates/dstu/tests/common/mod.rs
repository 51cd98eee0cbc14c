//! What the tests share: hexadecimal, repeatable random bytes, and the
//! independent implementations as child processes.
#![allow(dead_code, reason = "every test program uses its own part")]
#![allow(clippy::disallowed_methods)] // a test may ask where its peers are

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dstu::{Curve, PrivateKey, PublicKey};

pub fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "-".into();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unhex(text: &str) -> Vec<u8> {
    if text == "-" {
        return Vec::new();
    }
    assert!(text.len().is_multiple_of(2), "odd hexadecimal: {text}");
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

pub fn array<const N: usize>(text: &str) -> [u8; N] {
    unhex(text).try_into().unwrap()
}

pub fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}

/// A big-endian number without leading zeros, in hexadecimal, as little-endian bytes.
pub fn number_le(text: &str, len: usize) -> Vec<u8> {
    let padded = format!("{text:0>width$}", width = 2 * len);
    reversed(&unhex(&padded))
}

/// Repeatable bytes: SplitMix64. A failing case is found again by its seed.
pub struct Random(pub u64);

impl Random {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.word() as u8).collect()
    }

    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        self.bytes(N).try_into().unwrap()
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.word() % bound as u64) as usize
    }

    pub fn key(&mut self, curve: &Curve) -> PrivateKey {
        PrivateKey::generate(curve, self).unwrap()
    }
}

impl rand_core::TryRng for Random {
    type Error = std::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.word() as u32)
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.word())
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        out.fill_with(|| self.word() as u8);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Random {}

/// d as the peers take it.
pub fn d_be(key: &PrivateKey) -> String {
    hex(&reversed(&key.to_le_bytes()))
}

/// The compressed point as the peers take it.
pub fn point_be(key: &PublicKey) -> String {
    hex(&reversed(&key.to_compressed_le()))
}

fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers")
}

/// Bouncy Castle's answers to the questions, one line each.
pub fn bouncy_castle(questions: &[String]) -> Vec<String> {
    let jar =
        std::env::var("DSTU_BC_JAR").unwrap_or_else(|_| "/usr/share/java/bcprov.jar".to_owned());
    assert!(Path::new(&jar).exists(), "no Bouncy Castle at {jar}: run tests/peers/install.sh");
    let mut java = Command::new("java");
    java.args(["-XX:TieredStopAtLevel=1", "-cp", &jar]).arg(peers().join("Peer.java"));
    ask(java, questions)
}

/// jkurwa's and gost89's answers.
pub fn jkurwa(questions: &[String]) -> Vec<String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let modules = target.join("dstu-peers/node_modules");
    assert!(modules.join("jkurwa").exists(), "no jkurwa: run tests/peers/install.sh");
    let mut node = Command::new("node");
    node.arg(peers().join("peer.js")).env("NODE_PATH", modules);
    ask(node, questions)
}

fn ask(mut program: Command, questions: &[String]) -> Vec<String> {
    let name = format!("{:?}", program.get_program());
    let mut child =
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap_or_else(|error| {
            panic!("{name} does not start ({error}): run tests/peers/install.sh")
        });
    let mut input = child.stdin.take().unwrap();
    let text = questions.join("\n") + "\n";
    // From a thread of its own: the peer may answer before it has read everything.
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{name} failed, see its words above");
    writer.join().unwrap().unwrap();
    let answers: Vec<String> =
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(answers.len(), questions.len(), "{name} left questions unanswered");
    answers
}

/// What is done with one answer.
type Check<'a> = Box<dyn FnOnce(&str) + 'a>;

/// Questions and what is to be done with the answers, so that one child serves a whole test.
#[derive(Default)]
pub struct Dialogue<'a> {
    questions: Vec<String>,
    checks: Vec<Check<'a>>,
}

impl<'a> Dialogue<'a> {
    pub fn ask(&mut self, question: String, check: impl FnOnce(&str) + 'a) {
        self.questions.push(question);
        self.checks.push(Box::new(check));
    }

    /// Asks for an answer that we know already.
    pub fn expect(&mut self, question: String, answer: String) {
        let told = question.clone();
        self.ask(question, move |got| assert_eq!(got, answer, "{told}"));
    }

    pub fn run(self, peer: fn(&[String]) -> Vec<String>) {
        assert!(!self.questions.is_empty());
        for (answer, check) in peer(&self.questions).iter().zip(self.checks) {
            check(answer);
        }
    }
}
