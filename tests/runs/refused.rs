//! A refusal at once, in receipt №1, and one in receipt №2; both are retried.

use certpost::exchange::{Stage, StageName};
use certpost::simulator::authority::{Manners, Refusing};
use certpost::simulator::scene::Plot;

use crate::on_both_suites;
use crate::play::{Play, idle, unhurried};

fn refusing(who: &str, code: &str, reasons: [&str; 2], at_once: bool) -> Refusing {
    let reasons = reasons.map(str::to_owned).into();
    Refusing { who: who.into(), reasons, code: Some(code.into()), at_once }
}

fn refusals_end_an_attempt_and_the_next_one_is_granted(suite: &str) {
    let unpaid = ["Послугу не оплачено", "За замовленням немає чинного договору"];
    let head = [
        "Строк повноважень керівника, зазначений у реєстрі, закінчився",
        "Надайте рішення про призначення керівника",
    ];
    let refuses = vec![
        refusing("accountant", "PAY", unpaid, true),
        refusing("seal", "HEAD_TERM", head, false),
    ];
    let manners = Manners { refuses, ..unhurried() };
    let wishes = vec![idle("employee")];
    let mut play = Play::set(suite, Plot { manners, wishes, ..Plot::default() });
    play.until_local("2026-11-23T17:00:00");
    // What was granted is told to the tax office: the refused ones hold nobody up.
    let stages: Vec<_> = play.stages().into_iter().map(|(id, stage, _)| (id, stage)).collect();
    let wanted = [
        ("accountant-1", StageName::Refused),
        ("director-1", StageName::Installed),
        ("notice-1", StageName::Installed),
        ("seal-1", StageName::Refused),
    ];
    assert_eq!(stages, wanted.map(|(id, stage)| (id.to_owned(), stage)));
    for (id, code, reasons) in [("accountant-1", "PAY", unpaid), ("seal-1", "HEAD_TERM", head)] {
        let stage = play.exchange(id).stage;
        let Stage::Refused { refusal, .. } = &stage else { panic!("{stage:?}") };
        assert_eq!(
            (refusal.code.as_deref(), &refusal.reasons[..]),
            (Some(code), &reasons.map(str::to_owned)[..])
        );
    }
    let [at_once] = &play.words("accountant-1")[..] else {
        panic!("{:?}", play.words("accountant-1"))
    };
    assert!(at_once.starts_with("Квитанція №1: ДОКУМЕНТ НЕ ПРИЙНЯТО"), "{at_once}");
    let [first, second] = &play.words("seal-1")[..] else { panic!("{:?}", play.words("seal-1")) };
    assert!(first.starts_with("Квитанція №1: ДОКУМЕНТ ПРИЙНЯТО"), "{first}");
    assert!(second.starts_with("Квитанція №2: Пакет не прийнято"), "{second}");
    play.golden("refused-1-with-reasons");
    // The accountant's is put right; the seal's next application is refused as well, at once.
    play.authority.clerk().manners.refuses = vec![refusing("seal", "PAY", unpaid, true)];
    play.until_local("2026-11-24T09:30:00");
    play.retry("accountant-1");
    play.retry("seal-1");
    play.until_local("2026-11-24T11:00:00");
    assert_eq!(play.stage("seal-1"), StageName::Refused);
    play.authority.clerk().manners.refuses.clear();
    play.retry("seal-1");
    play.until_local("2026-11-25T12:00:00");
    // Each attempt has receipts of its own, also where the words are the same.
    let lines = play.report().sections.into_iter().flat_map(|section| section.lines);
    let seal = lines.into_iter().find(|line| line.id.as_deref() == Some("seal-1")).unwrap();
    let titles: Vec<_> = seal.receipts.iter().map(|one| one.title.as_str()).collect();
    let [first, second] = ["Квитанція №1", "Квитанція №2"];
    assert_eq!(titles, [first, second, first, first, second]);
    let attempts =
        [("accountant-1", 2), ("director-1", 1), ("notice-1", 1), ("notice-2", 1), ("seal-1", 3)];
    play.assert_renewed(&attempts, &["director", "accountant", "seal"]);
    play.finish("refused-2-then-granted");
}

on_both_suites!(refusals_end_an_attempt_and_the_next_one_is_granted);
