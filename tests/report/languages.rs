//! What every language must keep: its own alphabet, its own words, its own grammar. Whatever a
//! page can say is gathered with data that have no letters of any of these alphabets.

use std::collections::{BTreeMap, BTreeSet};

use certpost::authority::{Payment, Profile};
use certpost::engine::order::Paid;
use certpost::exchange::{
    Anomaly, Event, Exchange, ExchangeId, Gate, Invoice, Money, Note, Party, Problem, Purpose,
    Refusal, SendFailure, Stage, StageName, Word,
};
use certpost::report::{
    self, LABELS, Language, Snapshot, csv, html, plan, progress, terminal, why,
};
use certpost::store::{Entry, Numbered};
use certpost::time::Span;

use super::moment::{digest, dispatch, grant, quiet_snapshot, rich_snapshot};
use super::{LANGUAGES, latin, stages};

/// Letters of a language beyond ASCII, small ones.
fn alphabet(language: Language) -> &'static str {
    match language {
        Language::Uk => "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
        Language::En => "",
        Language::Ru => "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        Language::Be => "абвгдеёжзійклмнопрстуўфхцчшыьэюя",
    }
}

/// The same moment without a letter of the data: names are numbers.
fn nameless(mut snapshot: Snapshot) -> Snapshot {
    snapshot.organisation.name = "01".into();
    for holder in &mut snapshot.holders {
        (holder.name, holder.authority) = ("02".into(), "03".into());
    }
    for arrival in &mut snapshot.arrivals {
        arrival.subject = "04".into();
    }
    for numbered in &mut snapshot.journal {
        numbered.entry.words.clear();
        if let Some(Event::Heard { word: Word::Refused(refusal), .. }) = &mut numbered.entry.event {
            refusal.reasons = vec!["05".into()];
        }
    }
    for order in &mut snapshot.orders {
        order.items.iter_mut().for_each(|item| item.holder = "02".into());
        for payee in order.invoices.iter_mut().filter_map(|one| one.payee.as_mut()) {
            (payee.name, payee.purpose) = ("06".into(), "07".into());
        }
    }
    for exchange in &mut snapshot.exchanges {
        let stage = serde_json::to_string(&exchange.stage).unwrap();
        let quoted = ["Назва організації у заявці не збігається з реєстром", "Ні"];
        let stage = quoted.iter().fold(stage, |stage, quote| stage.replace(quote, "05"));
        exchange.stage = serde_json::from_str(&stage).unwrap();
    }
    snapshot
}

/// Everything that can stand in a journal, and what each can lead to.
fn events() -> Vec<(Option<Event>, Option<Note>)> {
    let now = rich_snapshot().now;
    let problem = || Problem { label: "bounce".into(), detail: "07".into() };
    let heard = |word| Event::Heard { word, attempt: 1 };
    let invoice = Invoice {
        number: "1482".into(),
        amount: Money { minor: 34_900, currency: "UAH".into() },
        due: None,
        receipt: digest(4),
    };
    let refusal = Refusal { code: None, reasons: vec!["05".into()], receipt: digest(3) };
    let mut events = vec![
        Event::Prepared { dispatch: dispatch(0), gates: Vec::new() },
        Event::PrepareFailed { problem: problem(), lasting: true },
        Event::Sent,
        Event::SendFailed(SendFailure::Later(problem())),
        Event::SendFailed(SendFailure::Rejected(problem())),
        Event::SendFailed(SendFailure::Uncertain(problem())),
        Event::Bounced { problem: problem(), lasting: true },
        Event::Bounced { problem: problem(), lasting: false },
        heard(Word::Delivered),
        heard(Word::Invoiced(invoice)),
        heard(Word::Granted(grant(now))),
        heard(Word::Refused(refusal)),
        Event::Paid { reference: "08".into() },
        Event::Paid { reference: String::new() },
        Event::Installed,
        Event::InstallFailed { problem: problem(), lasting: false },
        Event::Retried,
        Event::Withdrawn { reason: "09".into() },
        Event::Withdrawn { reason: String::new() },
        Event::Withdrawn { reason: certpost::engine::SUPERSEDED.into() },
    ];
    let gates = [Gate::Agreement, Gate::PhoneCode, Gate::Approval];
    events.extend(gates.map(Event::GatePassed));
    let mut all = vec![(None, None)];
    let moved = |to| Some(Note::Moved { from: StageName::Sent, to });
    for event in events {
        all.push((Some(event), moved(StageName::Sent)));
    }
    for to in [
        StageName::Prepared,
        StageName::Stalled,
        StageName::Expired,
        StageName::AwaitingPayment,
        StageName::Opened,
    ] {
        all.push((Some(Event::Woke), moved(to)));
    }
    for why in [
        Anomaly::Closed,
        Anomaly::Repeated,
        Anomaly::EarlierAttempt,
        Anomaly::UnknownAttempt,
        Anomaly::TooEarly,
        Anomaly::NoConsequence,
        Anomaly::NotWaitedFor,
    ] {
        let (waited_for, came) = (Party::Authority, "sent".to_owned());
        let note = Note::Unexpected { stage: StageName::Sent, waited_for, came, why };
        all.push((Some(Event::Sent), Some(note)));
    }
    all
}

/// One case of each purpose whose journal holds everything.
fn told_at_length() -> Vec<Snapshot> {
    [(Purpose::Renewal, "director"), (Purpose::Notice, "33300000")]
        .map(|(purpose, holder)| {
            let mut snapshot = quiet_snapshot();
            let now = snapshot.now;
            let id = ExchangeId("director-7".into());
            let exchange = Exchange::open(id.clone(), holder.into(), purpose, now, now);
            snapshot.exchanges = vec![exchange];
            let entries = events().into_iter().map(|(event, note)| Entry {
                exchange: id.clone(),
                at: now,
                event,
                note,
                policy: digest(9),
                cause: None,
                words: String::new(),
            });
            let numbered = (1..).zip(entries).map(|(number, entry)| Numbered { number, entry });
            snapshot.journal = numbered.collect();
            snapshot
        })
        .into()
}

/// The seal's invoice asks for more than the price list, and is overdue.
fn wrong_sum() -> Snapshot {
    let mut snapshot = rich_snapshot();
    snapshot.now = snapshot.now + Span::days(9);
    let invoices = snapshot.orders.iter_mut().flat_map(|order| &mut order.invoices);
    invoices.for_each(|invoice| invoice.amount.minor += 5_100);
    snapshot
}

/// The accountant's application is to be paid on the authority's page; then it is.
fn paid_online() -> Snapshot {
    let mut snapshot = rich_snapshot();
    let items = snapshot.orders.iter_mut().flat_map(|order| &mut order.items);
    items.for_each(|item| item.payment = Payment::Online);
    let paid = Paid { on: jiff::civil::date(2026, 11, 22), reference: "7".into() };
    snapshot.orders[1].paid = Some(paid);
    snapshot.holders.iter_mut().for_each(|holder| holder.consent = false);
    snapshot
}

/// Moments that together show every text of a page.
fn moments() -> Vec<Snapshot> {
    let mut all = vec![rich_snapshot(), quiet_snapshot(), wrong_sum(), paid_online()];
    all.extend(told_at_length());
    let now = rich_snapshot().now;
    for stage in stages() {
        for (purpose, holder) in [(Purpose::Renewal, "director"), (Purpose::Notice, "33300000")] {
            for numbered in [true, false] {
                let mut snapshot = quiet_snapshot();
                snapshot.holders[0].numbered_receipts = numbered;
                let id = ExchangeId("director-7".into());
                let end = now + Span::days(20);
                let opened = now - Span::days(2);
                let exchange = Exchange::open(id, holder.into(), purpose, end, opened);
                snapshot.exchanges = vec![Exchange { stage: stage.clone(), ..exchange }];
                all.push(snapshot);
            }
        }
    }
    for (label, _) in LABELS {
        let mut snapshot = quiet_snapshot();
        snapshot.troubles = vec![Problem { label: (*label).into(), detail: "06".into() }];
        all.push(snapshot);
    }
    for days in [-3, 0, 1, 3, 7, 21, 40, 50, 365, 500, 1200] {
        for payment in [Payment::Invoice, Payment::Online, Payment::Prepaid] {
            let mut snapshot = quiet_snapshot();
            snapshot.holders[0].payment = payment;
            for certificate in &mut snapshot.holders[0].certificates {
                certificate.not_after = now + Span::days(days) + Span::minutes(1);
            }
            all.push(snapshot);
        }
    }
    for (hours, letters) in [(0, 1), (1, 2), (3, 5), (30, 11), (80, 21)] {
        let mut snapshot = rich_snapshot();
        snapshot.mailbox_read = Some(now - Span::hours(hours));
        let some = snapshot.arrivals.clone();
        snapshot.arrivals = some.iter().cycle().take(letters * 5).cloned().collect();
        all.push(snapshot);
    }
    let mut unread = rich_snapshot();
    unread.mailbox_read = None;
    unread.holders[0].certificates.clear();
    all.push(unread);
    all.into_iter().map(nameless).collect()
}

/// What a person reads of a report, text by text.
fn sentences(snapshot: &Snapshot, language: Language) -> Vec<String> {
    let report = report::build(snapshot, language);
    let lines = report.sections.iter().flat_map(|section| &section.lines).chain(&report.cases);
    let mut said = vec![report.code, report.verdict, report.rest];
    said.extend(report.sections.iter().map(|section| section.title.clone()));
    said.extend(report.post.iter().map(|remark| remark.text.clone()));
    for line in lines {
        said.extend([&line.told, &line.role, &line.badge].map(Clone::clone));
        said.extend(line.action.iter().map(|action| action.text.clone()));
        said.extend(line.ends.clone());
        said.extend(line.facts.iter().flat_map(|(name, value)| [name.clone(), value.clone()]));
        said.extend(line.steps.iter().flat_map(|step| [step.label.clone(), step.when.clone()]));
        said.extend(line.journal.iter().map(|entry| entry.text.clone()));
    }
    for row in &report.certificates {
        said.extend([&row.usages, &row.left, &row.badge].map(Clone::clone));
    }
    for order in report.orders {
        said.extend([order.title, order.total]);
        said.extend(order.vat);
        for invoice in order.invoices {
            said.extend([invoice.title, invoice.state]);
            said.extend(invoice.warning);
            said.extend(invoice.facts.into_iter().map(|(name, _)| name));
        }
        said.extend(order.items.into_iter().flat_map(|item| [item.term, item.payment, item.sum]));
    }
    let profile = Profile::built_in("sota").unwrap().unwrap();
    for id in snapshot.exchanges.iter().map(|one| &*one.id.0).chain(["director", "lawyer"]) {
        let why = why::build(snapshot, language, id, &|_| Some(&profile));
        said.extend(why.map(|why| why.text));
    }
    said
}

/// Everything that a person reads of a page, in all its renderings.
fn renderings(snapshot: &Snapshot, language: Language) -> Vec<String> {
    let report = report::build(snapshot, language);
    let page = html::render(&report).unwrap();
    let body = page.split_once("</style>").unwrap().1;
    // Tags become breaks; texts inside attributes (labels for narrow screens) are kept.
    let body: String = body.replace("data-label=\"", ">").replace("aria-label=\"", ">");
    let mut texts: Vec<String> = body
        .split(['<', '"'])
        .map(|piece| piece.rsplit_once('>').map_or(piece, |(_, text)| text).to_owned())
        .collect();
    let plain = terminal::Colour::Plain;
    texts.push(terminal::status(&report, plain));
    texts.push(terminal::list(&report, plain));
    for case in &report.cases {
        texts.push(terminal::show(&report, case.id.as_deref().unwrap(), plain).unwrap());
    }
    let table = String::from_utf8(csv::render(&report, csv::Encoding::Utf8)).unwrap();
    texts.extend(table.split("\";\"").map(str::to_owned));
    let profile = Profile::built_in("sota").unwrap().unwrap();
    let coming = plan::build(snapshot, &|_| Some(&profile), 24);
    texts.push(plan::text(&coming, language, plain));
    texts.extend([0, 1, 2, 5].map(|n| progress::begins(language, "01", n, 1)));
    texts.push(progress::unfinished(language).to_owned());
    let took = std::time::Duration::from_millis(6200);
    texts.push(progress::ends(language, took, &report, std::path::Path::new("/10")));
    let finding =
        report::Finding { line: 12, place: String::new(), what: "11".into(), instead: "12".into() };
    let findings = vec![finding; 5];
    texts.extend([0, 1, 2, 5].map(|n| report::checked(language, "13", &findings[..n], &[])));
    texts
}

#[test]
fn every_text_is_written_in_its_own_alphabet_and_none_is_a_placeholder() {
    let moments = moments();
    assert!(moments.len() > 500, "{}", moments.len());
    for language in LANGUAGES {
        let alphabet = alphabet(language);
        let mut seen = BTreeSet::new();
        let said = moments.iter().flat_map(|snapshot| sentences(snapshot, language));
        let rendered = renderings(&nameless(rich_snapshot()), language);
        for text in said.chain(rendered) {
            for character in text.chars() {
                let small = character.to_lowercase().next().unwrap();
                if small.is_alphabetic() && !small.is_ascii() {
                    assert!(alphabet.contains(small), "{language:?} has no {small:?}: {text}");
                    seen.insert(small);
                }
                assert!(!"{}\\|".contains(character), "{language:?}: {text}");
            }
            assert!(!text.contains("Some(") && !text.contains("None"), "{text}");
        }
        // Rare letters may be missing, but not many: the texts are really read.
        assert!(seen.len() + 2 >= alphabet.chars().count(), "{language:?}: {seen:?}");
    }
}

#[test]
fn no_sentence_is_the_same_in_two_languages() {
    for snapshot in moments() {
        let mut by_text: BTreeMap<String, Language> = BTreeMap::new();
        for language in LANGUAGES {
            for text in sentences(&snapshot, language) {
                let sentence = text.starts_with(char::is_alphabetic) && text.ends_with('.');
                if !sentence || text.split_whitespace().count() < 2 {
                    continue;
                }
                let other = by_text.insert(text.clone(), language);
                assert!(other.is_none_or(|other| other == language), "{other:?} too: {text}");
            }
        }
    }
}

const VOWELS: &str = "аеёіоуыэюя";

/// «у» at the beginning of a word after a vowel is «ў», and only there (the rules of 2008, §14).
/// What stands for a value (`{}`) may end in anything.
fn keeps_short_u(text: &str) -> bool {
    let is_vowel = |c: char| VOWELS.contains(c.to_lowercase().next().unwrap());
    let letters: Vec<char> = text.chars().collect();
    (0..letters.len()).all(|at| {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let last = at.checked_sub(2).map(|last| letters[last]);
        let spaced = before.is_some_and(char::is_whitespace);
        match (letters[at], before.is_some_and(char::is_alphabetic)) {
            // Inside a word two vowels meet only in borrowed ones, which have none here.
            ('ў', true) => before.is_some_and(is_vowel),
            ('у', true) => !before.is_some_and(is_vowel),
            ('ў', false) => spaced && last.is_none_or(|last| last == '}' || is_vowel(last)),
            ('у', false) if spaced => !last.is_some_and(is_vowel),
            _ => true,
        }
    })
}

#[test]
fn belarusian_short_u_stands_after_vowels_and_nowhere_else() {
    assert!(keeps_short_u("сертыфікаты ўсталяваны, а потым усё"));
    for wrong in ["сертыфікаты усталяваны", "адмовіў ўчора", "час, ўсё", "звычайна ужо"]
    {
        assert!(!keeps_short_u(wrong), "{wrong}");
    }
    for text in moments().iter().flat_map(|snapshot| sentences(snapshot, Language::Be)) {
        assert!(keeps_short_u(&text), "{text}");
    }
}

/// The texts of a language as they stand in its file, with `{}` for values.
fn literals(source: &str) -> Vec<String> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    let mut texts = Vec::new();
    let mut rest = code.as_str();
    while let Some((_, after)) = rest.split_once('"') {
        let (text, beyond) = after.split_once('"').unwrap();
        let mut said = String::new();
        for (at, piece) in text.split("\\\n").enumerate() {
            said.push_str(if at == 0 { piece } else { piece.trim_start() });
        }
        texts.push(said.replace("\\u{a0}", "\u{a0}").replace("\\u{202f}", "\u{202f}"));
        rest = beyond;
    }
    texts
}

/// Without what stands for values.
fn own(text: &str) -> String {
    let mut own = String::new();
    for piece in text.split('{') {
        own.push_str(piece.split_once('}').map_or(piece, |(_, own)| own));
        own.push(' ');
    }
    own
}

/// Whatever else is added to a language's file: no letter and no word of another one.
#[test]
fn no_text_of_a_language_stands_in_another() {
    let files = [
        (Language::Uk, include_str!("../../src/report/words/uk.rs")),
        (Language::En, include_str!("../../src/report/words/en.rs")),
        (Language::Ru, include_str!("../../src/report/words/ru.rs")),
        (Language::Be, include_str!("../../src/report/words/be.rs")),
    ];
    let mut by_text: BTreeMap<String, Language> = BTreeMap::new();
    for (language, source) in files {
        let texts = literals(source);
        assert!(texts.len() > 400, "{language:?}: {}", texts.len());
        for text in texts {
            let own = own(&text);
            for small in own.to_lowercase().chars() {
                let foreign = small.is_alphabetic() && !small.is_ascii();
                assert!(!foreign || alphabet(language).contains(small), "{language:?}: {text}");
            }
            if language != Language::En {
                // Names of currencies, formats and files are the same everywhere.
                let mut latin = latin(&own.replace("certpost open", ""));
                let everywhere = ["UAH", "IBAN", "PDF", "QR", "certificates", "MANIFEST", "json"];
                latin.retain(|word| !everywhere.contains(&word.as_str()));
                assert_eq!(latin, BTreeSet::new(), "{language:?}: {text}");
            }
            if language == Language::Be {
                assert!(keeps_short_u(&text), "{text}");
            }
            let is_word = |word: &&str| word.starts_with(char::is_alphabetic);
            if own.split_whitespace().filter(is_word).count() > 3 {
                let other = by_text.insert(text.clone(), language);
                assert!(other.is_none_or(|other| other == language), "{other:?} too: {text}");
            }
        }
    }
}

/// «чекаємо на», not «чекаємо» with an object; «об 11», not «о 11»; the apostrophe is ’.
#[test]
fn ukrainian_keeps_its_small_rules() {
    for text in moments().iter().flat_map(|snapshot| sentences(snapshot, Language::Uk)) {
        assert!(!text.contains('\''), "{text}");
        assert!(!text.contains(" о 11:"), "{text}");
        assert!(!text.to_lowercase().contains("чекаємо квит"), "{text}");
    }
}

#[test]
fn refused_stages_quote_what_the_authority_wrote_in_every_language() {
    let reason = "Назва організації у заявці не збігається з реєстром";
    for language in LANGUAGES {
        let report = report::build(&rich_snapshot(), language);
        assert_eq!(report.sections[0].lines[0].quotes, [reason]);
        let page = html::render(&report).unwrap();
        assert!(page.contains(reason), "{language:?}");
        assert!(matches!(rich_snapshot().exchanges[1].stage, Stage::Refused { .. }));
    }
}
