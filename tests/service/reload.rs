//! SIGHUP: everything that a configuration means is taken over, or nothing of it.

use std::net::TcpStream;

use crate::daemon::{Daemon, Place, get, get_unix};

const PAGE: &str = "[page]\nlisten = \"127.0.0.1:0\"";

fn stage(metrics: &str) -> String {
    let line = metrics.lines().find(|line| line.starts_with("certpost_exchange_stage{"));
    line.expect("no open exchange").to_owned()
}

#[test]
fn a_reload_takes_over_everything_and_drops_no_exchange() {
    let place = Place::set();
    place.configure("", PAGE, 1);
    let daemon = Daemon::start(&place);
    let address = daemon.page();
    daemon.await_told("STATUS=round ended");
    let before = get(&address, "/metrics");
    let [first, second] = ["accountant", "director"].map(|role| format!("role=\"{role}\""));
    assert_eq!((before.contains(&second), before.contains(&first)), (true, false), "{before}");
    // The application is sealed; only the mail server is missing.
    assert!(stage(&before).contains("stage=\"prepared\""), "{before}");

    // Another language, another place for the page, a log for errors only, one holder more.
    let sections = "[page]\nlisten = \"unix:page.sock\"\n\n[log]\nlevel = \"error\"";
    place.configure("", sections, 2);
    let config = std::fs::read_to_string(place.path("config.toml")).unwrap();
    let config = config.replace("language = \"en\"", "language = \"uk\"");
    std::fs::write(place.path("config.toml"), config).unwrap();
    daemon.reload();
    let socket = place.path("page.sock");
    let after = get_unix(&socket, "/metrics");
    assert!(after.contains(&first) && after.contains(&second), "{after}");
    assert!(after.contains(&stage(&before)), "the exchange was dropped:\n{after}");
    assert!(after.contains("certpost_config_last_reload_successful 1\n"));
    assert!(TcpStream::connect(&address).is_err(), "the page is open at the old place still");
    assert!(get_unix(&socket, "/").contains("<html lang=\"uk\">"));
    let (status, log) = daemon.stop();
    assert_eq!(status.code(), Some(0));
    // It was said at the level `info`.
    assert!(!log.iter().any(|line| line.contains("stopped")), "{log:?}");
    assert!(!socket.exists());
}

#[test]
fn a_broken_configuration_leaves_the_old_one_in_force_whole_and_says_so() {
    let place = Place::set();
    place.configure("", PAGE, 2);
    let daemon = Daemon::start(&place);
    let address = daemon.page();
    daemon.await_told("STATUS=round ended");

    let config = place.path("config.toml");
    let good = std::fs::read_to_string(&config).unwrap();
    let broken = [
        // It can't be read.
        ("poll-minutes = 0".to_owned(), "poll-minutes"),
        // It can be read, but what it names can't be used: found out after the holders were.
        (good.replace("ca-file = \"mail-ca.pem\"", "ca-file = \"absent.pem\""), "absent.pem"),
        // What can't change while the database is open.
        (good.replace("data = \"data\"", "data = \"elsewhere\""), "elsewhere"),
    ];
    for (text, word) in broken {
        assert_ne!(text, good, "{word}: nothing was broken");
        // One holder less: a setup that is taken over by half would show it.
        let fewer = text.replace(&place.holders[1], "");
        std::fs::write(&config, fewer).unwrap();
        daemon.reload();
        let metrics = get(&address, "/metrics");
        assert!(metrics.contains("certpost_trouble{cause=\"config-broken\"} 1\n"), "{word}");
        assert!(metrics.contains("certpost_config_last_reload_successful 0\n"), "{word}");
        assert!(metrics.contains("role=\"accountant\""), "{word}: a holder was lost");
        let page = get(&address, "/");
        assert!(page.contains("config-broken") || page.contains(word), "{page}");
        // `certpost status` needs a configuration that can be read.
        std::fs::write(&config, &good).unwrap();
        let output = place.command(&["status"]);
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(told.contains(word), "{told}");
    }
    daemon.reload();
    let metrics = get(&address, "/metrics");
    assert!(!metrics.contains("config-broken\"} 1"), "{metrics}");
    assert!(metrics.contains("certpost_config_last_reload_successful 1\n"));
    assert_eq!(daemon.stop().0.code(), Some(0));
}

#[test]
fn a_page_that_can_not_listen_changes_no_renewal_and_is_told() {
    let place = Place::set();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let sections = format!("[page]\nlisten = \"{}\"", taken.local_addr().unwrap());
    place.configure("", &sections, 1);
    let daemon = Daemon::start(&place);
    let status = daemon.await_status("round ended");
    assert!(status.contains("page-listen") && status.contains("1 open"), "{status}");
    let address = taken.local_addr().unwrap().to_string();
    drop(taken);
    // The next round opens it, and the trouble is over.
    place.command(&["fetch"]);
    daemon.await_log("the status page is open");
    assert!(!get(&address, "/metrics").contains("certpost_trouble{cause=\"page-listen\"}"));
    assert_eq!(daemon.stop().0.code(), Some(0));
}
