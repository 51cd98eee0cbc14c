//! The program after installation: real scripts, run for an engine whose certificates are in
//! place.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/running.rs"]
mod running;
#[path = "support/servers.rs"]
mod servers;
#[path = "support/stage.rs"]
mod stage;

use std::fs;
use std::path::{Path, PathBuf};

use certpost::config;
use certpost::engine::{Errand, hook};
use certpost::exchange::StageName;
use certpost::hook::Hooks;
use certpost::store::Store;
use certpost::time::{Span, Timestamp};
use stage::{DIRECTOR, NOON, Play};

/// An organisation whose director's certificates were just put in place, and a hook.
struct Scene {
    play: Play,
    folder: tempfile::TempDir,
    settings: config::Hook,
}

/// A program, written by a child: a fork of another test would inherit our descriptor, and the
/// program could not be run while that is open ("Text file busy").
fn executable(program: &Path, text: &str) {
    let draft = program.with_extension("draft");
    fs::write(&draft, text).unwrap();
    let made =
        std::process::Command::new("install").args(["-m", "700"]).arg(&draft).arg(program).status();
    assert!(made.unwrap().success());
}

impl Scene {
    fn new(script: &str) -> Self {
        let mut play = Play::sent("smime");
        play.engine.setup.hook = true;
        let [first, second] = play.honest(0);
        play.deliver(&first);
        play.deliver(&second);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed);
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("hook.sh");
        executable(&program, &format!("#!/bin/sh\n{script}\n"));
        let settings = config::Hook {
            program,
            arguments: vec!["one".into(), "two words".into()],
            timeout_seconds: 60,
            ladder: vec![1, 5, 15],
        };
        Self { play, folder, settings }
    }

    fn hooks(&self) -> Hooks {
        Hooks::new(Some(self.settings.clone()), self.folder.path())
    }

    /// Runs what is owed at `now`.
    fn run(&self, now: Timestamp) -> bool {
        self.hooks().run_all(&self.play.engine, now).unwrap()
    }

    fn state(&self) -> hook::Hook {
        let all = hook::all(self.play.store.as_ref()).unwrap();
        assert_eq!(all.len(), 1, "{all:?}");
        all[0].1.clone()
    }

    fn failure(&self) -> String {
        let problem = self.state().problem.expect("it did not fail");
        assert_eq!(problem.label, "hook-failed");
        problem.detail
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn lines(&self, name: &str) -> Vec<String> {
        fs::read_to_string(self.path(name)).unwrap().lines().map(str::to_owned).collect()
    }
}

fn minutes(n: i64) -> Span {
    Span::minutes(n)
}

#[test]
fn the_program_is_told_what_is_in_place_and_no_secret() {
    let scene =
        Scene::new("env > told; for word in \"$@\"; do echo \"$word\"; done > words; pwd > place");
    assert!(scene.run(NOON));
    assert_eq!(scene.state().done, Some(NOON));
    assert_eq!(scene.lines("words"), ["one", "two words"]);
    let place = fs::canonicalize(&scene.lines("place")[0]).unwrap();
    assert_eq!(place, fs::canonicalize(scene.folder.path()).unwrap());
    let told = scene.lines("told");
    let value = |name: &str| {
        let found = told.iter().find_map(|line| line.strip_prefix(&format!("CERTPOST_{name}=")));
        found.unwrap_or_else(|| panic!("no {name}: {told:?}")).to_owned()
    };
    assert_eq!(value("EXCHANGE"), "director-1");
    assert_eq!(value("HOLDER"), "director");
    assert_eq!(value("ROLE"), "director");
    assert_eq!(value("NAME"), DIRECTOR);
    assert_eq!(value("AUTHORITY"), "first");
    assert_eq!(value("RUN"), "1");
    let current = scene.path("keys/director/current");
    assert_eq!(value("FOLDER"), current.display().to_string());
    let paths =
        ["signing.pem", "agreement.pem"].map(|name| current.join(name).display().to_string());
    assert_eq!(value("CERTIFICATES"), paths.join(":"));
    let places = scene.play.engine.vault.certificates("director").unwrap();
    let serials: Vec<_> = places.iter().map(|place| place.certificate.serial()).collect();
    assert_eq!(value("SERIALS"), serials.join(":"));
    let end = places.iter().map(|place| place.certificate.not_after()).min().unwrap();
    assert_eq!(value("NOT_AFTER"), end.to_string());
    // Nothing of our own environment but a few harmless names.
    let ours = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER", "PWD", "OLDPWD", "SHLVL", "_"];
    for line in &told {
        let name = line.split('=').next().unwrap();
        assert!(name.starts_with("CERTPOST_") || ours.contains(&name), "{line}");
    }
    assert!(!told.iter().any(|line| line.contains(stage::PASSWORD)), "{told:?}");
    assert!(!scene.run(NOON + Span::days(1)), "once");
}

#[test]
fn f43_a_failing_hook_is_run_again_on_its_ladder_and_the_exchange_stays_installed() {
    let scene = Scene::new(
        "echo run >> runs; [ $(wc -l < runs) -gt 2 ] || { echo \"no such service\" >&2; exit 3; }",
    );
    let mut when = Vec::new();
    for minute in 0..60 {
        if scene.run(NOON + minutes(minute)) {
            when.push(minute);
        }
        if minute == 0 {
            assert!(scene.failure().ends_with("hook.sh ended with code 3: no such service"));
        }
        assert_eq!(scene.play.stage("director-1"), StageName::Installed);
    }
    assert_eq!(when, [0, 1, 6]);
    assert_eq!(scene.state().done, Some(NOON + minutes(6)));
    assert_eq!(scene.state().problem, None);
}

#[test]
fn retry_runs_a_failed_hook_now_and_declines_one_that_ran() {
    let mut scene = Scene::new("[ -e ready ]");
    scene.run(NOON);
    assert!(scene.failure().ends_with("hook.sh ended with code 1"), "{}", scene.failure());
    assert!(!scene.run(NOON), "the ladder");
    fs::write(scene.path("ready"), b"").unwrap();
    let retry = Errand::Retry { id: "director".into() };
    let done = scene.play.run(&retry).unwrap();
    assert_eq!(done.stage, Some(StageName::Installed));
    assert!(scene.run(NOON));
    assert_eq!(scene.state().done, Some(NOON));
    assert_eq!(scene.play.run(&retry).unwrap_err().label, "not-now");
}

#[test]
fn a_hook_that_hangs_is_killed_with_all_that_it_started() {
    let mut scene = Scene::new("sleep 1000 & echo $! > child; echo started; wait");
    scene.settings.timeout_seconds = 1;
    scene.run(NOON);
    let failure = scene.failure();
    assert!(failure.ends_with("hook.sh was killed after 1 s: started"), "{failure}");
    let child = scene.lines("child")[0].clone();
    // Nobody may have collected it yet: a zombie is dead too.
    let stat = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().unwrap().trim().chars().next();
    assert!(matches!(state, None | Some('Z' | 'X')), "{stat}");
}

#[test]
fn a_flood_of_output_is_read_to_its_end_and_bounded() {
    let scene = Scene::new(
        "i=0; while [ $i -lt 20000 ]; do echo \"line $i 0123456789012345678901234567890123456789\"; \
         i=$((i+1)); done; echo last >&2; exit 1",
    );
    scene.run(NOON);
    assert!(scene.failure().contains("ended with code 1: "), "{}", scene.failure());
    assert!(scene.failure().len() < 600);
}

#[test]
fn a_program_that_is_not_there_fails_like_one_that_fails() {
    let mut scene = Scene::new("");
    scene.settings.program = Path::new("/nonexistent/hook").into();
    scene.run(NOON);
    assert!(scene.failure().starts_with("cannot run /nonexistent/hook: "), "{}", scene.failure());
    assert_eq!(scene.state().retry.failures, 1);
}

#[test]
fn a_hook_that_was_cut_off_runs_again_and_counts_as_no_failure() {
    let scene = Scene::new("echo run >> runs; [ -e ready ] || exec sleep 1000");
    let mut hooks = scene.hooks();
    assert!(hooks.start(&scene.play.engine, NOON).unwrap());
    while fs::read(scene.path("runs")).unwrap_or_default().is_empty() {
        std::thread::yield_now();
    }
    assert!(!hooks.start(&scene.play.engine, NOON).unwrap(), "one at a time");
    assert!(!hooks.record(&scene.play.engine, NOON).unwrap(), "it still runs");
    // certpost ends.
    drop(hooks);
    assert_eq!(scene.state(), hook::Hook::default());
    fs::write(scene.path("ready"), b"").unwrap();
    assert!(scene.run(NOON + minutes(1)));
    assert_eq!(scene.lines("runs").len(), 2);
    assert!(scene.state().done.is_some());
}

#[test]
fn f48_a_success_that_could_not_be_committed_is_committed_later_without_another_run() {
    let scene = Scene::new("echo run >> runs");
    let mut hooks = scene.hooks();
    hooks.start(&scene.play.engine, NOON).unwrap();
    while !hooks.has_ended() {
        std::thread::yield_now();
    }
    scene.play.store.fail_next_commit(std::io::ErrorKind::StorageFull);
    let failed = loop {
        match hooks.record(&scene.play.engine, NOON) {
            Ok(false) => std::thread::yield_now(),
            other => break other,
        }
    };
    failed.unwrap_err();
    assert!(!hooks.has_ended(), "nothing hurries");
    assert!(hooks.record(&scene.play.engine, NOON).unwrap());
    assert!(scene.state().done.is_some());
    assert_eq!(scene.lines("runs").len(), 1);
}

#[test]
fn what_was_installed_before_a_hook_was_configured_is_not_run_for() {
    let mut play = Play::sent("smime");
    let [first, second] = play.honest(0);
    play.deliver(&first);
    play.deliver(&second);
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Installed);
    play.engine.setup.hook = true;
    assert!(hook::all(play.store.as_ref()).unwrap().is_empty());
}

#[test]
fn without_a_hook_in_the_configuration_nothing_stays_owed() {
    let scene = Scene::new("exit 1");
    scene.run(NOON);
    assert!(scene.state().problem.is_some());
    let mut none = Hooks::new(None, scene.folder.path());
    none.run_all(&scene.play.engine, NOON).unwrap();
    assert_eq!((scene.state().problem, scene.state().done), (None, Some(NOON)));
    let store: &dyn Store = scene.play.store.as_ref();
    assert!(store.value("hook/director-1").unwrap().is_some());
}

#[test]
fn a_daemon_shows_the_failed_hook_in_red_and_runs_it_again_when_asked() {
    let world = running::World::set("smime", "implicit", 1, "");
    let program = world.path("after.sh");
    executable(&program, "#!/bin/sh\n[ -e ready ] || { echo not yet; exit 7; }\n");
    let config = fs::read_to_string(world.config()).unwrap();
    fs::write(world.config(), config + "\n[hook]\nprogram = \"after.sh\"\nladder = [600]\n")
        .unwrap();
    let authority = world.start_authority();
    let mut agent = world.start_agent(&[]);
    agent.hear("hook-failed");
    // The round that recorded it is over.
    world.answer(&["fetch"]);
    let status = world.json(&["status"]);
    assert_eq!(
        (&status["severity"], &status["standing"]),
        (&"error".into(), &"needs-person".into())
    );
    let line = &status["sections"][0]["lines"][0];
    assert_eq!((&line["stage"], &line["label"]), (&"installed".into(), &"hook-failed".into()));
    let detail = line["detail"].as_str().unwrap();
    assert!(detail.ends_with("after.sh ended with code 7: not yet"), "{detail}");

    fs::write(world.path("data/ready"), b"").unwrap();
    let answer = world.answer(&["retry", "director-1"]);
    assert_eq!(answer, "director-1: installed\n");
    agent.hear("the hook ran");
    world.answer(&["fetch"]);
    assert_eq!(world.json(&["status"])["needed"], 0);
    agent.stop();
    authority.stop();
}
