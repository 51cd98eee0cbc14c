//! Whether secrets steer branches or addresses: an optimised build of the crate
//! runs under valgrind's memcheck with every secret marked as undefined memory
//! (Langley's ctgrind). No clock is involved. Fails when valgrind is missing.
#![allow(clippy::disallowed_methods)] // a test may ask where its peers are
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// What valgrind ends with when it found something.
const FOUND: i32 = 99;

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| {
        panic!("{:?} does not start ({error}): run tests/peers/install.sh", command.get_program())
    })
}

fn succeed(command: &mut Command) {
    let output = run(command);
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The program of constant_time/tainted.rs, built once.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("taint");
        succeed(
            Command::new(env!("CARGO"))
                .args(["build", "--release", "--lib", "--message-format", "short"])
                .arg("--manifest-path")
                .arg(here.join("Cargo.toml"))
                .env("CARGO_TARGET_DIR", &target)
                .env_remove("CARGO_ENCODED_RUSTFLAGS")
                .env("RUSTFLAGS", "--cfg dstu_taint"),
        );
        let release = target.join("release");
        let program = release.join("tainted");
        succeed(
            Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into()))
                .args(["--edition", "2024", "-C", "opt-level=3", "-C", "debuginfo=1"])
                .arg("-L")
                .arg(release.join("deps"))
                .arg("--extern")
                .arg(format!("dstu={}", release.join("libdstu.rlib").display()))
                .arg("--extern")
                .arg("rand_core")
                .arg("-o")
                .arg(&program)
                .arg(here.join("tests/constant_time/tainted.rs")),
        );
        program
    })
}

fn under_valgrind(part: &str) -> Output {
    run(Command::new("valgrind")
        .args(["--quiet", &format!("--error-exitcode={FOUND}")])
        .arg(program())
        .arg(part))
}

fn clean(part: &str) {
    let output = under_valgrind(part);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "secrets steer {part}:\n{errors}");
    assert_eq!(output.stdout, b"done\n", "{errors}");
}

#[test]
fn keys_signatures_and_shared_secrets() {
    clean("keys");
}

#[test]
fn hash_and_cipher() {
    clean("symmetric");
}

#[test]
fn leaks_are_found() {
    for (part, words) in [
        ("leaking-branch", "Conditional jump"),
        ("leaking-index", "Use of uninitialised value"),
        ("leaking-hash", "Conditional jump"),
    ] {
        let output = under_valgrind(part);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(FOUND), "{part} was not found: {errors}");
        assert!(errors.contains(words), "{part}: {errors}");
    }
}
