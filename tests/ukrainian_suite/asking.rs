//! Other programs as child processes: questions in, one line of answer each.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn driver(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ukrainian_suite/peers").join(name)
}

const INSTALL: &str = "run crates/dstu/tests/peers/install.sh";

pub fn jkurwa(questions: &[String]) -> Vec<String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let modules = target.join("dstu-peers/node_modules");
    assert!(modules.join("jkurwa").exists(), "no jkurwa: {INSTALL}");
    let mut node = Command::new("node");
    node.arg(driver("seals.js")).env("NODE_PATH", modules);
    ask(node, questions)
}

pub fn bouncy_castle(questions: &[String]) -> Vec<String> {
    let jars = ["bcprov", "bcpkix", "bcutil"].map(|jar| format!("/usr/share/java/{jar}.jar"));
    assert!(jars.iter().all(|jar| Path::new(jar).exists()), "no Bouncy Castle: {INSTALL}");
    let mut java = Command::new("java");
    java.args(["-XX:TieredStopAtLevel=1", "-cp", &jars.join(":")]).arg(driver("Seals.java"));
    ask(java, questions)
}

fn ask(mut program: Command, questions: &[String]) -> Vec<String> {
    let name = format!("{:?}", program.get_program());
    let mut child = program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{name} does not start ({error}): {INSTALL}"));
    let mut input = child.stdin.take().unwrap();
    let text = questions.join("\n") + "\n";
    // From a thread of its own: the peer may answer before it has read everything.
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{name} failed, see its words above");
    let answers: Vec<String> =
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(answers.len(), questions.len(), "{name} left questions unanswered");
    for (question, answer) in questions.iter().zip(&answers) {
        assert!(!answer.starts_with("failed"), "{question}\n{answer}");
    }
    answers
}
