//! One moment of a made-up organisation, played through the real heart so that stages, journal
//! and notes fit together.

use certpost::authority::{
    Organisation, OrganisationKind, Payee, Payment, Profile, Role, last_safe_day,
};
use certpost::crypto::Usage;
use certpost::engine::order::{FiledInvoice, Item, Order};
use certpost::exchange::{
    Digest, Dispatch, DocumentNumber, Event, Exchange, ExchangeId, Grant, Invoice, Money, Policy,
    Problem, Purpose, Refusal, SendFailure, Word, step,
};
use certpost::report::{CertificateView, HolderView, Snapshot};
use certpost::store::{Arrival, Entry, Fate, Numbered};
use certpost::time::{Span, Timestamp};

pub fn digest(byte: u8) -> Digest {
    Digest([byte; 32])
}

fn kyiv() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get("Europe/Kyiv").unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::from_civil(text.parse().unwrap(), &kyiv())
}

fn policy() -> Policy {
    Profile::built_in("sota").unwrap().unwrap().policy
}

pub fn dispatch(sends: u32) -> Dispatch {
    let document = DocumentNumber("32003330000000PD01001010000000171112026.3200".into());
    Dispatch { sends, ..Dispatch::new(document, digest(1)) }
}

pub fn grant(at: Timestamp) -> Grant {
    Grant { document: dispatch(1).document, bundle: digest(2), attempt: 1, at }
}

/// Plays events through the heart and keeps the journal.
struct Play {
    exchanges: Vec<Exchange>,
    journal: Vec<Numbered>,
}

impl Play {
    fn new() -> Self {
        Self { exchanges: Vec::new(), journal: Vec::new() }
    }

    fn note(&mut self, entry: Entry) {
        let number = u64::try_from(self.journal.len()).unwrap() + 1;
        self.journal.push(Numbered { number, entry });
    }

    fn open(&mut self, id: &str, holder: &str, purpose: Purpose, ends: &str, when: &str) {
        let id = ExchangeId(id.into());
        let now = at(when);
        let exchange = Exchange::open(id.clone(), holder.into(), purpose, at(ends), now);
        self.exchanges.push(exchange);
        self.note(Entry {
            exchange: id,
            at: now,
            event: None,
            note: None,
            policy: digest(9),
            cause: None,
            words: String::new(),
        });
    }

    fn hear(&mut self, when: &str, event: Event, words: &str) {
        let exchange = self.exchanges.last_mut().unwrap();
        let now = at(when);
        let step = step(exchange, &event, now, &policy());
        *exchange = step.next;
        let entry = Entry {
            exchange: exchange.id.clone(),
            at: now,
            event: Some(event),
            note: Some(step.note),
            policy: digest(9),
            cause: None,
            words: words.into(),
        };
        self.note(entry);
    }

    fn prepared(&mut self, when: &str, number: u32) {
        let document = DocumentNumber(format!("32003330000000PD0100101{number:010}1112026.3200"));
        let dispatch = Dispatch::new(document, digest(1));
        self.hear(when, Event::Prepared { dispatch, gates: Vec::new() }, "");
    }

    fn word(&mut self, when: &str, word: Word, words: &str) {
        self.hear(when, Event::Heard { word, attempt: 1 }, words);
    }
}

fn play() -> Play {
    let mut play = Play::new();
    let renewal = Purpose::Renewal;
    play.open("employee-1", "employee", renewal, "2026-11-25T23:59:59", "2026-11-17T09:00:00");
    play.prepared("2026-11-17T09:00:10", 11);
    play.hear("2026-11-17T09:00:20", Event::Sent, "");
    play.word("2026-11-17T10:12:00", Word::Delivered, "ДОКУМЕНТ ПРИЙНЯТО");
    play.word("2026-11-17T10:13:00", Word::Delivered, "ДОКУМЕНТ ПРИЙНЯТО");
    let granted = at("2026-11-19T11:20:00");
    play.word("2026-11-19T11:20:00", Word::Granted(grant(granted)), "Пакет прийнято.");
    play.hear("2026-11-19T11:20:05", Event::Installed, "");

    play.open("director-1", "director", renewal, "2026-12-18T23:59:59", "2026-11-20T09:00:00");
    play.prepared("2026-11-20T09:00:10", 12);
    let detail = "mail.proba.example:587: connection refused";
    let problem = Problem { label: "smtp-unreachable".into(), detail: detail.into() };
    play.hear("2026-11-20T09:00:20", Event::SendFailed(SendFailure::Later(problem)), "");
    play.hear("2026-11-20T09:05:20", Event::Sent, "");
    play.word("2026-11-20T10:15:00", Word::Delivered, "ДОКУМЕНТ ПРИЙНЯТО");
    let refusal = Refusal {
        code: Some("17".into()),
        reasons: vec!["Назва організації у заявці не збігається з реєстром".into()],
        receipt: digest(3),
    };
    play.word("2026-11-21T16:20:00", Word::Refused(refusal), "");

    play.open("seal-1", "seal", renewal, "2026-12-18T23:59:59", "2026-11-20T09:00:00");
    play.prepared("2026-11-20T09:00:30", 13);
    play.hear("2026-11-20T09:05:40", Event::Sent, "");
    play.word("2026-11-20T10:16:00", Word::Delivered, "ДОКУМЕНТ ПРИЙНЯТО");
    let invoice = Invoice {
        number: "1482".into(),
        amount: Money { minor: 34_900, currency: "UAH".into() },
        due: Some(at("2026-11-27T23:59:59")),
        receipt: digest(4),
    };
    play.word("2026-11-20T14:02:00", Word::Invoiced(invoice), "");

    play.open("accountant-1", "accountant", renewal, "2026-12-20T23:59:59", "2026-11-21T17:00:00");
    play.prepared("2026-11-21T17:00:10", 14);
    play.hear("2026-11-21T17:00:20", Event::Sent, "");
    play.word("2026-11-22T08:05:00", Word::Delivered, "ДОКУМЕНТ ПРИЙНЯТО");

    let notice = Purpose::Notice;
    play.open("notice-1", "33300000", notice, "2026-12-18T23:59:59", "2026-11-22T09:20:00");
    play.prepared("2026-11-22T09:20:10", 15);
    let problem = Problem { label: "smtp-uncertain".into(), detail: "no answer after DATA".into() };
    play.hear("2026-11-22T09:20:20", Event::SendFailed(SendFailure::Uncertain(problem)), "");
    play
}

fn holder(
    id: &str,
    role: Role,
    name: &str,
    from: &str,
    ends: &str,
    usages: &[Usage],
) -> HolderView {
    let usages = usages.iter().zip(1_u64..);
    let certificates = usages.map(|(usage, number)| CertificateView {
        usage: *usage,
        serial: format!("58e2d9e7f900307b040000{:06x}", number + 16 * id.len() as u64),
        not_before: at(from),
        not_after: at(ends),
        subject: name.into(),
        pem: String::new(),
    });
    let payment = if role == Role::Seal { Payment::Invoice } else { Payment::Prepaid };
    HolderView {
        id: id.into(),
        role,
        name: name.into(),
        authority: "ЦСК «Україна» (СОТА)".into(),
        numbered_receipts: true,
        lead_days: 45,
        certificates: certificates.collect(),
        term: 2,
        payment,
        price: Some(Money { minor: 34_900, currency: "UAH".into() }),
        price_class: None,
        payment_page: None,
        consent: true,
        snoozed: None,
        last_safe_day: Some(last_safe_day(at(ends), &policy(), payment)),
    }
}

/// What was applied for on a day of November, and the invoice that came for the seal's.
fn order(exchanges: &[Exchange], number: &str, day: i8) -> Order {
    let that_day = |one: &&Exchange| {
        one.purpose == Purpose::Renewal
            && one.opened_at.date(&jiff::tz::TimeZone::UTC) == jiff::civil::date(2026, 11, day)
    };
    let money = || Money { minor: 34_900, currency: "UAH".into() };
    let item = |one: &Exchange| Item {
        exchange: one.id.clone(),
        attempt: 1,
        document: one.document().unwrap().clone(),
        role: match one.holder.as_str() {
            "director" => Role::Director,
            "accountant" => Role::Accountant,
            "seal" => Role::Seal,
            _ => Role::Employee,
        },
        usages: match one.holder.as_str() {
            "employee" => vec![Usage::Signing],
            _ => vec![Usage::Signing, Usage::Agreement],
        },
        holder: match one.holder.as_str() {
            "director" => "Яременко Остап Ількович",
            "accountant" => "Гнатів Соломія Орестівна",
            "employee" => "Дзюба Марта Тарасівна",
            _ => "ТОВ «Проба»",
        }
        .into(),
        term: 2,
        payment: if one.holder == "seal" { Payment::Invoice } else { Payment::Prepaid },
        sum: money(),
        vat: Some(5_817),
    };
    let items: Vec<Item> = exchanges.iter().filter(that_day).map(item).collect();
    let seals = items.iter().find(|item| item.role == Role::Seal);
    let invoices = seals.map(|item| FiledInvoice {
        number: "1482".into(),
        dated: Some(jiff::civil::date(2026, 11, 20)),
        amount: money(),
        vat: Some(Money { minor: 5_817, currency: "UAH".into() }),
        due: Some(at("2026-11-27T23:59:59")),
        payee: Some(Payee {
            name: "ТОВ «Центр сертифікації ключів»".into(),
            code: "99900001".into(),
            iban: "UA213000000000002600000000000".into(),
            purpose: "Оплата за сертифікати, рахунок 1482".into(),
        }),
        xml: digest(4),
        pdf: None,
        at: at("2026-11-20T14:02:00"),
        documents: vec![item.document.clone()],
    });
    Order {
        number: number.into(),
        authority: "ukraina".into(),
        day: jiff::civil::date(2026, 11, day),
        invoices: invoices.into_iter().collect(),
        items,
        paid: None,
    }
}

fn organisation() -> Organisation {
    Organisation {
        kind: OrganisationKind::Legal,
        name: "ТОВ «Проба»".into(),
        code: "33300000".into(),
        region: 32,
        district: 0,
        responsible: "Яременко Остап Ількович".into(),
        phone: "+380440000000".into(),
    }
}

/// Two things need a person, two go by themselves, one ends soon, one is done, one is calm.
pub fn rich_snapshot() -> Snapshot {
    let now = at("2026-11-22T09:41:00");
    let both = [Usage::Signing, Usage::Agreement];
    let (old, end) = ("2024-12-18T00:00:00", "2026-12-18T23:59:59");
    let holders = vec![
        holder("director", Role::Director, "Яременко Остап Ількович", old, end, &both),
        holder(
            "accountant",
            Role::Accountant,
            "Гнатів Соломія Орестівна",
            "2024-12-20T00:00:00",
            "2026-12-20T23:59:59",
            &both,
        ),
        holder("seal", Role::Seal, "ТОВ «Проба»", old, end, &both),
        holder(
            "employee",
            Role::Employee,
            "Дзюба Марта Тарасівна",
            "2026-11-19T00:00:00",
            "2028-11-19T23:59:59",
            &[Usage::Signing],
        ),
        holder(
            "storekeeper",
            Role::Employee,
            "Лозовий Данило Юрійович",
            "2025-01-31T00:00:00",
            "2027-01-31T23:59:59",
            &both,
        ),
        holder(
            "lawyer",
            Role::Employee,
            "Криницька Ольга-Марія Степанівна",
            "2026-03-02T00:00:00",
            "2028-03-02T23:59:59",
            &both,
        ),
    ];
    let Play { exchanges, journal } = play();
    let known = exchanges.clone();
    let arrival = |byte, fate| Arrival {
        raw: digest(byte),
        contents: Vec::new(),
        at: now - Span::hours(2),
        from: "stranger@example.org".into(),
        subject: "Квитанція №2".into(),
        fate,
    };
    let stranger = || Fate::Quarantined { reason: "not signed by the authority".into() };
    let unclaimed = || Fate::Unclaimed { reason: "no such document".into() };
    let arrivals = vec![
        arrival(20, stranger()),
        arrival(21, unclaimed()),
        arrival(22, unclaimed()),
        arrival(23, Fate::Claimed(ExchangeId("seal-1".into()))),
        arrival(24, Fate::PassedOver { reason: "an auto-reply".into() }),
    ];
    Snapshot {
        now,
        zone: "Europe/Kyiv".into(),
        organisation: organisation(),
        holders,
        exchanges,
        hooks: Vec::new(),
        orders: vec![
            order(&known, "33300000-20261117", 17),
            order(&known, "33300000-20261120", 20),
            order(&known, "33300000-20261121", 21),
        ],
        notice_days: Vec::new(),
        registrations: Vec::new(),
        journal,
        arrivals,
        ignored: Vec::new(),
        troubles: Vec::new(),
        mailbox_read: Some(at("2026-11-22T09:40:00")),
    }
}

/// One holder, and nothing to do.
pub fn quiet_snapshot() -> Snapshot {
    let mut snapshot = rich_snapshot();
    snapshot.holders.truncate(1);
    for certificate in &mut snapshot.holders[0].certificates {
        certificate.not_after = snapshot.now + Span::days(600);
    }
    snapshot.exchanges.clear();
    snapshot.journal.clear();
    snapshot.arrivals.clear();
    snapshot
}
