//! A name was changed in the configuration: the renewal stops with the difference, and goes on once
//! it is as in the certificate again.

use certpost::exchange::{Obstacle, Stage, StageName};
use certpost::simulator::scene::Plot;

use crate::on_both_suites;
use crate::play::{Play, idle, unhurried};

fn changed_data_stop_a_renewal_until_they_are_mended(suite: &str) {
    let wishes = vec![idle("seal"), idle("employee")];
    let mut play = Play::set(suite, Plot { manners: unhurried(), wishes, ..Plot::default() });
    let name = play.company.holders[1].name.clone();
    let (_, given) = name.split_once(' ').unwrap();
    let other = format!("Мельник {given}");
    play.edit(&name, &other);
    play.until_local("2026-11-24T12:00:00");
    assert_eq!(play.stage("director-1"), StageName::Installed);
    let stopped = play.exchange("accountant-1").stage;
    let Stage::Stalled { obstacle: Obstacle::Preparation(problem), .. } = &stopped else {
        panic!("{stopped:?}")
    };
    assert_eq!(problem.label, "data-differ");
    assert_eq!(problem.detail, format!("holder.name: «{other}» ≠ «{name}»"));
    assert_eq!(play.commands(), ["certpost retry accountant-1"]);
    // Nothing of it was sealed or sent.
    assert_eq!((play.orders().len(), play.orders()[0].items.len()), (1, 1));
    play.golden("data-1-differ");
    play.edit(&other, &name);
    play.retry("accountant-1");
    play.until_local("2026-11-25T12:00:00");
    let ids = ["accountant-1", "director-1", "notice-1"];
    play.assert_renewed(&ids.map(|id| (id, 1)), &["director", "accountant"]);
    // The application went a day later: it is in that day's order.
    assert_eq!(play.orders()[1].number, format!("{}-20261124", play.company.code));
    play.finish("data-2-mended");
}

on_both_suites!(changed_data_stop_a_renewal_until_they_are_mended);
