//! What systemd hears (sd_notify(3)).

use nix::sys::signal::Signal;

use crate::daemon::{Daemon, Place};

#[test]
fn the_service_manager_hears_readiness_life_reload_and_end() {
    let place = Place::set();
    place.configure("", "", 1);
    let daemon = Daemon::start(&place);
    let ready = daemon.await_told("READY=1");
    assert!(ready.iter().any(|line| line.starts_with("STATUS=")), "{ready:?}");
    let status = daemon.await_status("imap-unreachable");
    assert!(status.contains("1 open, 0 of them wait for a person"), "{status}");
    // In one wait, which grows as the mail server stays away, it says several times that it lives.
    let mut in_a_row = 0;
    while in_a_row < 4 {
        in_a_row = if daemon.told() == ["WATCHDOG=1"] { in_a_row + 1 } else { 0 };
    }
    daemon.reload();
    daemon.signal(Signal::SIGHUP);
    daemon.await_told("RELOADING=1");
    daemon.await_told("READY=1");
    let (status, log) = daemon.stop();
    assert_eq!(status.code(), Some(0), "{log:?}");
    assert!(log.iter().any(|line| line.contains("stopped")), "{log:?}");
}

#[test]
fn a_daemon_that_can_not_start_never_says_that_it_is_ready() {
    let place = Place::set();
    place.configure("poll-minutes = 0", "", 1);
    let daemon = Daemon::start(&place);
    daemon.await_log("the configuration is wrong");
    let told = daemon.ended_with();
    assert_eq!(told, (Some(4), Vec::<String>::new()));
}
