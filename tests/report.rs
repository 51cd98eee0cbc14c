//! The report as people get it: golden pages of one rich moment, and words for every combination
//! of stage, obstacle and label. `UPDATE_GOLDEN=1 cargo test --test report` writes the goldens.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "report/labels.rs"]
mod labels;
#[path = "report/languages.rs"]
mod languages;
#[path = "report/moment.rs"]
mod moment;

use std::collections::BTreeSet;
use std::path::PathBuf;

use certpost::exchange::{
    DocumentNumber, Event, Exchange, ExchangeId, Gate, Invoice, Money, Obstacle, Problem, Purpose,
    Refusal, Retry, Stage,
};
use certpost::report::{
    self, HookView, Language, Line, Report, Severity, Snapshot, Topic, csv, html, json, terminal,
};
use certpost::store::{Entry, Numbered};
use certpost::time::Span;
use moment::{digest, dispatch, grant, quiet_snapshot, rich_snapshot};

const LANGUAGES: [Language; 4] = [Language::Uk, Language::En, Language::Ru, Language::Be];

fn rich(language: Language) -> Report {
    report::build(&rich_snapshot(), language)
}

/// Compares with a file under tests/golden/report, or writes it.
#[allow(clippy::disallowed_methods)]
fn golden(name: &str, actual: &[u8]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/report").join(name);
    if std::env::var("UPDATE_GOLDEN").is_ok() {
        std::fs::write(&path, actual).unwrap();
    }
    let wanted = std::fs::read(&path).unwrap_or_default();
    assert!(
        wanted == actual,
        "{name} is not as in tests/golden/report; look at the difference after UPDATE_GOLDEN=1"
    );
}

#[test]
fn pages_are_as_the_golden_files_show() {
    for language in LANGUAGES {
        let report = rich(language);
        let tag = language.tag();
        golden(&format!("page.{tag}.html"), html::render(&report).unwrap().as_bytes());
        golden(&format!("rows.{tag}.csv"), &csv::render(&report, csv::Encoding::Utf8));
        let plain = terminal::Colour::Plain;
        golden(&format!("status.{tag}.txt"), terminal::status(&report, plain).as_bytes());
        golden(&format!("list.{tag}.txt"), terminal::list(&report, plain).as_bytes());
        let shown = ["director-1", "seal-1", "accountant-1", "employee-1", "notice-1"]
            .map(|id| terminal::show(&report, id, plain).unwrap());
        golden(&format!("show.{tag}.txt"), shown.join("\n").as_bytes());
        golden(&format!("status.{tag}.json"), json::status(&report).as_bytes());
    }
}

#[test]
fn the_verdict_counts_what_needs_a_person() {
    let report = rich(Language::Uk);
    assert_eq!(report.needed, 2);
    assert_eq!(report.verdict, "Потрібні ви: 2\u{a0}справи.");
    assert_eq!(report.severity, Severity::Error);
    let quiet = report::build(&quiet_snapshot(), Language::Uk);
    assert_eq!((quiet.needed, quiet.severity), (0, Severity::Success));
    assert_eq!(quiet.verdict, "Від вас нічого не потрібно.");
}

#[test]
fn sections_stand_in_order_of_importance() {
    let topics: Vec<Topic> = rich(Language::Uk).sections.iter().map(|s| s.topic).collect();
    let wanted =
        [Topic::NeedsYou, Topic::UnderWay, Topic::EndsSoon, Topic::Done, Topic::Calm].to_vec();
    assert_eq!(topics, wanted);
}

#[test]
fn nothing_on_80_columns_is_wider_than_that() {
    for language in LANGUAGES {
        let report = rich(language);
        let plain = terminal::Colour::Plain;
        let mut pages = vec![terminal::status(&report, plain), terminal::list(&report, plain)];
        for case in &report.cases {
            pages.push(terminal::show(&report, case.id.as_deref().unwrap(), plain).unwrap());
        }
        for line in pages.iter().flat_map(|page| page.lines()) {
            assert!(line.chars().count() <= 80, "{line}");
            assert!(!line.contains('\u{1b}'), "{line:?}");
        }
    }
}

#[test]
fn colour_comes_only_when_asked_for_and_changes_no_words() {
    let report = rich(Language::Uk);
    let coloured = terminal::status(&report, terminal::Colour::Coloured);
    let mut plain = String::new();
    for (at, part) in coloured.split('\u{1b}').enumerate() {
        plain.push_str(if at == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert!(coloured.contains("\u{1b}[31m✗"));
    assert_eq!(plain, terminal::status(&report, terminal::Colour::Plain));
}

#[test]
fn the_page_needs_nothing_else_and_escapes_foreign_words() {
    let mut snapshot = rich_snapshot();
    snapshot.organisation.name = "ТОВ <script>alert(1)</script> & «Проба»".into();
    let page = html::render(&report::build(&snapshot, Language::Uk)).unwrap();
    for outside in ["<script", "src=", "href=", "url(", "@import", "http:", "https:"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.starts_with("<!doctype html>\n<html lang=\"uk\">"));
    assert!(page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"));
}

#[test]
fn tables_for_old_programs_speak_windows_1251() {
    let report = rich(Language::Uk);
    let bytes = csv::render(&report, csv::Encoding::Windows1251);
    let (text, _, wrong) = encoding_rs::WINDOWS_1251.decode(&bytes);
    assert!(!wrong);
    let utf8 = csv::render(&report, csv::Encoding::Utf8);
    let utf8 = std::str::from_utf8(&utf8).unwrap().strip_prefix('\u{feff}').unwrap();
    assert_eq!(text, utf8);
    assert!(utf8.lines().all(|line| line.matches("\";\"").count() == 21), "{utf8}");
}

#[test]
fn json_has_a_format_and_only_the_asked_case() {
    let report = rich(Language::En);
    let status: serde_json::Value = serde_json::from_str(&json::status(&report)).unwrap();
    assert_eq!((&status["format"], &status["needed"]), (&1.into(), &2.into()));
    assert_eq!(status["at"], "2026-11-22T07:41:00Z");
    let show = json::show(&report, "seal-1").unwrap();
    let show: serde_json::Value = serde_json::from_str(&show).unwrap();
    assert_eq!((&show["format"], &show["case"]["stage"]), (&1.into(), &"awaiting-payment".into()));
    let list: serde_json::Value = serde_json::from_str(&json::list(&report)).unwrap();
    assert_eq!(list["rows"].as_array().unwrap().len(), report.rows.len());
    assert_eq!(json::show(&report, "nobody-1"), None);
    assert_eq!(terminal::show(&report, "nobody-1", terminal::Colour::Plain), None);
}

/// Every stage, with every obstacle over every stage that can stall, and every stage that can
/// expire.
fn stages() -> Vec<Stage> {
    let now = rich_snapshot().now;
    let (soon, before) = (now + Span::hours(30), now - Span::hours(30));
    let problem = Problem { label: "key-password".into(), detail: "vault/d1.key".into() };
    let retrying = Retry { failures: 2, not_before: Some(soon) };
    let refusal =
        Refusal { code: Some("17".into()), reasons: vec!["Ні".into()], receipt: digest(3) };
    let due = |due| Invoice {
        number: "1482".into(),
        amount: Money { minor: 34_900, currency: "UAH".into() },
        due,
        receipt: digest(4),
    };
    let mut failing = dispatch(0);
    failing.retry = retrying;
    let mut plain = vec![
        Stage::Opened { retry: Retry::default() },
        Stage::Opened { retry: retrying },
        Stage::Prepared { dispatch: dispatch(0) },
        Stage::Prepared { dispatch: dispatch(2) },
        Stage::Prepared { dispatch: failing },
        Stage::Sent { dispatch: dispatch(1), certain: true, until: soon },
        Stage::Sent { dispatch: dispatch(2), certain: true, until: soon },
        Stage::Sent { dispatch: dispatch(1), certain: false, until: soon },
        Stage::Acknowledged { dispatch: dispatch(1), until: soon },
        Stage::Refused { dispatch: dispatch(1), refusal: refusal.clone(), at: before },
        Stage::Granted { grant: grant(before), retry: Retry::default() },
        Stage::Granted { grant: grant(before), retry: retrying },
        Stage::Installed { grant: grant(before), at: now },
        Stage::Withdrawn { at: before, dispatch: None },
    ];
    for gate in [Gate::Agreement, Gate::PhoneCode, Gate::Approval] {
        let gates = vec![gate, Gate::Approval];
        plain.push(Stage::Gated { dispatch: dispatch(0), gates, until: soon });
    }
    for due_at in [None, Some(soon), Some(before)] {
        let invoice = due(due_at);
        plain.push(Stage::AwaitingPayment { dispatch: dispatch(1), invoice, until: soon });
    }
    let mut all = plain.clone();
    for was in &plain {
        let obstacles = [
            Obstacle::Preparation(problem.clone()),
            Obstacle::Transport(problem.clone()),
            Obstacle::Silence,
            Obstacle::Installation(problem.clone()),
            Obstacle::GateClosed(Gate::Agreement),
            Obstacle::GateClosed(Gate::PhoneCode),
            Obstacle::GateClosed(Gate::Approval),
        ];
        for obstacle in obstacles {
            all.push(Stage::Stalled { obstacle, was: Box::new(was.clone()), at: before });
        }
        all.push(Stage::Expired { was: Box::new(was.clone()), at: before });
    }
    all
}

/// The line of one exchange in `stage`, with its page.
fn line_in(stage: &Stage, purpose: Purpose, numbered: bool, language: Language) -> (Line, Report) {
    let mut snapshot = quiet_snapshot();
    snapshot.holders[0].numbered_receipts = numbered;
    let (now, id) = (snapshot.now, ExchangeId("director-7".into()));
    let holder = match purpose {
        Purpose::Renewal => "director".to_owned(),
        Purpose::Notice => snapshot.organisation.code.clone(),
    };
    let exchange = Exchange::open(id, holder, purpose, now + Span::days(20), now - Span::days(2));
    snapshot.exchanges = vec![Exchange { stage: stage.clone(), ..exchange }];
    let report = report::build(&snapshot, language);
    (report.cases[0].clone(), report)
}

/// Latin words in a Cyrillic sentence; what remains after the few that belong there.
fn latin(text: &str) -> BTreeSet<String> {
    let known = ["certpost", "SMS", "PIN-код"];
    text.split(|c: char| c.is_whitespace() || "«»(),.:;!?—".contains(c))
        .filter(|word| word.chars().any(|c| c.is_ascii_alphabetic()))
        .filter(|word| !known.contains(word))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_stage_has_clear_words_and_a_person_always_has_a_next_step() {
    let mut seen = 0;
    for stage in stages() {
        for purpose in [Purpose::Renewal, Purpose::Notice] {
            for numbered in [true, false] {
                for language in LANGUAGES {
                    let (line, report) = line_in(&stage, purpose, numbered, language);
                    let what = format!("{language:?} {purpose:?} {stage:?}: {line:#?}");
                    assert!(!line.badge.is_empty() && !line.told.is_empty(), "{what}");
                    assert!(line.told.ends_with(['.', '!']), "{what}");
                    if language != Language::En {
                        let said = format!("{} {} {}", line.title(), line.badge, line.told);
                        assert_eq!(latin(&said), BTreeSet::new(), "{what}");
                        let advice = line.action.as_ref().map(|a| a.text.as_str());
                        assert_eq!(latin(advice.unwrap_or_default()), BTreeSet::new(), "{what}");
                    }
                    let person = report.sections.iter().any(|s| {
                        s.topic == Topic::NeedsYou
                            && s.lines.iter().any(|l| l.id.as_deref() == Some("director-7"))
                    });
                    let waits = Exchange { stage: stage.clone(), ..exchange_of(&line) };
                    assert_eq!(person, waits.waits_for() == certpost::exchange::Party::Person);
                    if person {
                        let action = line.action.as_ref().expect(&what);
                        assert!(action.command.as_ref().unwrap().ends_with("director-7"), "{what}");
                        assert_eq!(report.needed, 1, "{what}");
                    }
                    html::render(&report).unwrap();
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 1000, "{seen}");
}

#[test]
fn what_is_issued_and_not_in_use_is_red_and_has_words_of_its_own() {
    let now = rich_snapshot().now;
    let retry = Retry { failures: 2, not_before: Some(now + Span::hours(1)) };
    let problem = Problem { label: "hook-failed".into(), detail: "after.sh: code 3".into() };
    for language in LANGUAGES {
        let granted = Stage::Granted { grant: grant(now), retry };
        let (line, _) = line_in(&granted, Purpose::Renewal, true, language);
        assert_eq!(line.severity, Severity::Error, "{line:?}");

        let mut snapshot = quiet_snapshot();
        let installed = Stage::Installed { grant: grant(now), at: now - Span::days(100) };
        let id = ExchangeId("director-7".into());
        let open = Exchange::open(
            id.clone(),
            "director".into(),
            Purpose::Renewal,
            now,
            now - Span::days(101),
        );
        snapshot.exchanges = vec![Exchange { stage: installed, ..open }];
        let well = report::build(&snapshot, language);
        assert_eq!(well.severity, Severity::Success);
        let hook = HookView {
            exchange: id,
            failures: 2,
            next: retry.not_before,
            problem: problem.clone(),
        };
        snapshot.hooks = vec![hook];
        let report = report::build(&snapshot, language);
        let needs = &report.sections[0];
        assert_eq!((report.severity, needs.topic), (Severity::Error, Topic::NeedsYou));
        let [shown] = &needs.lines[..] else { panic!("{needs:?}") };
        assert_eq!(shown.label.as_deref(), Some("hook-failed"));
        assert_eq!(shown.detail.as_deref(), Some("after.sh: code 3"));
        assert_ne!(shown.badge, line.badge);
        let action = shown.action.as_ref().unwrap();
        assert_eq!(action.command.as_deref(), Some("certpost retry director-7"));
        let status = json::status(&report);
        assert!(status.contains("\"label\": \"hook-failed\""), "{status}");
        assert!(report.rows.iter().all(|row| row.state == shown.badge), "{:?}", report.rows);
    }
}

fn exchange_of(line: &Line) -> Exchange {
    let now = rich_snapshot().now;
    let id = ExchangeId(line.id.clone().unwrap());
    Exchange::open(id, String::new(), Purpose::Renewal, now, now)
}

#[test]
fn f09_a_mailbox_that_nobody_reads_is_told() {
    let mut snapshot = quiet_snapshot();
    let now = snapshot.now;
    for (hours, needed) in [(1, 0), (3, 1)] {
        snapshot.mailbox_read = Some(now - Span::hours(hours));
        let report = report::build(&snapshot, Language::Uk);
        assert_eq!(report.needed, needed, "{hours}");
    }
    let page = terminal::status(&report::build(&snapshot, Language::Uk), terminal::Colour::Plain);
    assert!(page.contains("3\u{a0}год тому"), "{page}");
}

/// A person withdrew the renewal: nothing starts by itself any more, and the page must not say so.
#[test]
fn a_withdrawn_renewal_of_an_ending_certificate_still_needs_a_person() {
    let mut snapshot = quiet_snapshot();
    let end = snapshot.now + Span::days(20);
    for certificate in &mut snapshot.holders[0].certificates {
        certificate.not_after = end;
    }
    let id = ExchangeId("director-7".into());
    let opened = snapshot.now - Span::days(2);
    let exchange = Exchange::open(id, "director".into(), Purpose::Renewal, end, opened);
    let at = snapshot.now - Span::days(1);
    snapshot.exchanges =
        vec![Exchange { stage: Stage::Withdrawn { at, dispatch: None }, ..exchange }];
    for language in LANGUAGES {
        let report = report::build(&snapshot, language);
        assert_eq!(report.needed, 1, "{}", report.verdict);
        let action = report.sections[0].lines[0].action.as_ref().unwrap();
        assert_eq!(action.command.as_deref(), Some("certpost renew director"));
    }
}

/// Somebody renewed by hand: our own reason is told in the reader's language, and once (F37).
#[test]
fn f37_a_renewal_that_was_overtaken_says_why_in_the_language() {
    let mut snapshot = quiet_snapshot();
    let (now, id) = (snapshot.now, ExchangeId("director-7".into()));
    let exchange = Exchange::open(id.clone(), "director".into(), Purpose::Renewal, now, now);
    let stage = Stage::Withdrawn { at: now, dispatch: None };
    snapshot.exchanges = vec![Exchange { stage, ..exchange }];
    let reason = certpost::engine::SUPERSEDED.to_owned();
    let entry = Entry {
        exchange: id,
        at: now,
        event: Some(Event::Withdrawn { reason: reason.clone() }),
        note: None,
        policy: digest(9),
        cause: None,
        words: reason.clone(),
    };
    snapshot.journal = vec![Numbered { number: 1, entry }];
    for language in [Language::Uk, Language::Ru, Language::Be] {
        let page = terminal::show(
            &report::build(&snapshot, language),
            "director-7",
            terminal::Colour::Plain,
        );
        assert!(!page.unwrap().contains(&reason), "{language:?}");
    }
    let line = report::build(&snapshot, Language::Uk).cases[0].clone();
    let told = "Справу скасовано сьогодні о\u{a0}09:41: новіший сертифікат уже на місці.";
    assert_eq!(line.told, told);
    assert_eq!(line.journal[0].text, "Справу скасовано: новіший сертифікат уже на місці.");
    assert_eq!(line.journal[0].words, "");
}

#[test]
fn f45_an_ended_certificate_says_what_still_works_and_where_to_go() {
    let mut snapshot: Snapshot = quiet_snapshot();
    let ended = snapshot.now - Span::days(3);
    for certificate in &mut snapshot.holders[0].certificates {
        certificate.not_after = ended;
    }
    let report = report::build(&snapshot, Language::Uk);
    let line = &report.sections[0].lines[0];
    assert_eq!(report.sections[0].topic, Topic::NeedsYou);
    assert!(line.told.contains("розшифрувати старі листи"), "{}", line.told);
    assert!(line.action.as_ref().unwrap().text.contains("в офісі ЦСК"));
    assert_eq!(report.certificates[0].percent, 0);
}

/// 26 of 45 days: more than half of the bar, and the last safe day on it; full before they begin.
#[test]
fn the_bar_shows_the_days_that_a_renewal_has() {
    let rows = rich(Language::Uk).certificates;
    let bars: Vec<_> = rows
        .iter()
        .map(|row| (row.percent, row.last_safe_day.as_ref().map(|safe| (safe.percent, &*safe.day))))
        .collect();
    let wanted = [
        (59, Some((6, "15.12.2026"))),
        (59, Some((17, "10.12.2026"))),
        (63, Some((8, "16.12.2026"))),
        (100, None),
        (100, None),
        (100, None),
    ];
    assert_eq!(bars, wanted);
}

#[test]
fn f46_a_refusal_quotes_the_authority_word_for_word() {
    let report = rich(Language::En);
    let line = &report.sections[0].lines[0];
    assert_eq!(line.quotes, ["Назва організації у заявці не збігається з реєстром"]);
    assert_eq!(line.action.as_ref().unwrap().command.as_deref(), Some("certpost retry director-1"));
}

#[test]
fn document_numbers_and_strange_moments_never_break_a_page() {
    let mut snapshot = rich_snapshot();
    for exchange in &mut snapshot.exchanges {
        exchange.deadline = certpost::time::Timestamp(i64::MAX);
        if let Stage::Acknowledged { dispatch, until } = &mut exchange.stage {
            dispatch.document = DocumentNumber("\u{1b}]0;x\u{7}".into());
            *until = certpost::time::Timestamp(i64::MIN);
        }
    }
    snapshot.zone = "Nowhere/Land".into();
    snapshot.holders[0].certificates[0].not_before = certpost::time::Timestamp(i64::MIN);
    let report = report::build(&snapshot, Language::Uk);
    let page = terminal::show(&report, "accountant-1", terminal::Colour::Plain).unwrap();
    assert!(!page.contains('\u{1b}'));
    html::render(&report).unwrap();
    snapshot.now = certpost::time::Timestamp(i64::MAX);
    html::render(&report::build(&snapshot, Language::En)).unwrap();
}

#[test]
fn without_holders_there_is_still_a_page() {
    let mut snapshot = rich_snapshot();
    snapshot.holders.clear();
    // Cases of holders that left the configuration are shown under their id.
    let report = report::build(&snapshot, Language::Uk);
    assert_eq!((report.needed, report.cases.len()), (2, 5));
    assert!(report.sections[0].lines.iter().any(|line| line.role == "director"));
    html::render(&report).unwrap();

    snapshot.exchanges.clear();
    snapshot.journal.clear();
    let report = report::build(&snapshot, Language::Uk);
    assert_eq!((report.needed, report.sections.len(), report.orders.len()), (0, 0, 0));
    assert!(terminal::list(&report, terminal::Colour::Plain).ends_with("Справ немає.\n"));
    html::render(&report).unwrap();
}

#[test]
fn costs_are_summed_by_order_and_over_what_was_ordered() {
    let report = rich(Language::Uk);
    let totals: Vec<String> =
        report.orders.iter().map(|order| order.total.replace('\u{a0}', " ")).collect();
    // 21.11, 20.11, 17.11 and what is planned.
    assert_eq!(totals, ["349,00 грн", "698,00 грн", "349,00 грн", "349,00 грн"]);
    assert_eq!(report.total.unwrap(), "1\u{a0}396,00\u{a0}грн");
    let seal = &report.orders[1].items[1];
    assert_eq!(seal.payment, "рахунок №\u{a0}1482, не сплачено");
}
