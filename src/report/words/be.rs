//! Belarusian. The file and its matches have more lines because every text of the language is here:
//! one person can read it aloud from top to bottom.

use jiff::civil::{Date, DateTime};

use super::RehearsalWords;
use super::difference::{Datum, Difference};
use super::figures::{self, Day, Left, choose, count};
use super::{
    DemoPlace, HolderState, HolderWords, InvoiceState, Labels, NextStep, PaymentState, PlanWords,
    PostRemark, ProblemWords, Say, StepName, Verdict, Words,
};
use crate::authority::{OrganisationKind, Role};
use crate::crypto::Usage;
use crate::exchange::{
    Anomaly, Event, Gate, Invoice, Money, Purpose, Refusal, SendFailure, StageName, Word,
};
use crate::report::days::Occasion;
use crate::report::doctor::{Fact, Probe};
use crate::report::dossier::{EvidenceWords, PaperKind};
use crate::report::label::Label;
use crate::report::message::Kind;
use crate::report::situation::{After, Again, Case, Clock, Situation};
use crate::report::waits::Usual;
use crate::report::{Severity, Topic};
use crate::time::{Span, Timestamp};

pub struct Belarusian;

static EVIDENCE: EvidenceWords = EvidenceWords {
    title: "Пакет доказаў",
    files: "Што ў пакеце",
    proves_title: "Што ён даказвае",
    proves: [
        "Кожны файл такі, якім яго запісалі ў пералік MANIFEST.json; ніводзін радок журнала не \
         зменены, не выняты і не перастаўлены.",
        "Адпраўленая заяўка запячатана ключом таго, чый сертыфікат ёсць у пакеце; атрыманыя \
         адказы запячатаны ключом таго, хто іх прыслаў.",
        "Сертыфікаты тых, хто падпісаў, выдаў цэнтр, каранёвы сертыфікат якога ёсць у пакеце. \
         Параўнайце яго адбітак з тым, які ведаеце самі.",
    ],
    cannot_title: "Чаго ён не даказвае",
    cannot: [
        "Хто можа перапісаць увесь пакет, можа скласці і іншы, не менш паслядоўны. Таму запішыце \
         яго адбітак у іншым месцы, як толькі пакет створаны.",
        "Час у журнале — час гадзінніка камп’ютара. Час у подпісах — са слоў таго, хто падпісаў.",
        "Змест запячатанай заяўкі і лістоў чытае толькі той, хто мае ключ. Квітанцыі дададзены ў \
         прачытаным выглядзе: што менавіта яны запячатаны ў лісце, паказвае certpost open з \
         ключом уладальніка.",
        "Ці не адкліканы сертыфікаты пазней, пакет не ведае.",
    ],
    how: "Праверыць пакет можна на любым камп’ютары, без сеткі і наладак:",
};

static LABELS: Labels = Labels {
    page_title: "Сертыфікаты",
    as_of: "станам на",
    who: "Хто",
    certificate: "Сертыфікат",
    certificates: "Сертыфікаты",
    valid_until: "Дзейнічае да",
    left: "Засталося",
    state: "Стан",
    costs: "Кошт",
    term: "Тэрмін",
    payment: "Аплата",
    sum: "Сума",
    total: "Разам",
    grand_total: "Разам па ўсіх заказах",
    order_planned: "Запланавана на бліжэйшы час",
    what_to_do: "Што зрабіць",
    details: "Падрабязнасці і гісторыя",
    history: "Гісторыя",
    technical: "Падрабязнасці",
    authority_says: "Адказ даслоўна",
    way: "Шлях заяўкі",
    post: "Пошта",
    made_by: "Зводку склаў certpost. Пароляў і ключоў тут няма.",
    notice: "Паведамленне ў ДПС",
    case: "Нумар справы",
    authority: "Куды",
    document: "Нумар дакумента",
    attempt: "Спроба",
    opened: "Пачата",
    invoice: "Рахунак",
    refusal_code: "Код адмовы",
    last_safe_day: "Апошні бяспечны дзень",
    order_number: "Заказ",
    receipts: "Квітанцыі і рахункі",
    registration: "Рэгістрацыйны нумар",
    file_by: "Падаць не пазней за",
    payee: "Атрымальнік",
    payee_code: "Код атрымальніка",
    iban: "IBAN",
    purpose: "Прызначэнне плацяжу",
    vat_inside: "у тым ліку ПДВ",
    pay_by: "Аплаціць да",
    nothing: "Спраў няма.",
    done: "зроблена",
    now: "цяпер",
    later: "далей",
    failed: "не ўдалося",
    letters: ["Калі", "Ад каго", "Тэма", "Прычына"],
    no_letters: "Такіх лістоў няма.",
    quotes: ["«", "»"],
    trouble: "Перашкода",
    payment_file: "файл для банка",
    invoice_file: "рахунак (PDF)",
    orders: "Заказы",
    order: "Заказана",
    cases: "Справы",
    currency: "Валюта",
    what_happened: "Што адбылося",
    columns: [
        "Код",
        "Арганізацыя",
        "Уладальнік",
        "Роля",
        "ПІБ",
        "Сертыфікат",
        "Серыйны нумар",
        "Дзейнічае з",
        "Дзейнічае да",
        "Засталося дзён",
        "Стан",
        "Нумар справы",
        "Пачата",
        "Адпраўлена",
        "Квітанцыя №1",
        "Квітанцыя №2",
        "Усталявана",
        "Рахунак",
        "Сума",
        "Аплата",
        "Што зрабіць",
        "Каманда",
    ],
};

fn days(n: i64) -> String {
    count(n, "дзень", "дні", "дзён")
}

/// Two words: «у» after a vowel is «ў» («прачытана ўчора», but «адмовіў учора»).
fn joined(before: &str, after: &str) -> String {
    let vowel = before.ends_with(['а', 'е', 'ё', 'і', 'о', 'у', 'ы', 'э', 'ю', 'я']);
    match after.strip_prefix('у') {
        Some(rest) if vowel => format!("{before} ў{rest}"),
        Some(_) | None => format!("{before} {after}"),
    }
}

fn sends(n: u32) -> String {
    match n {
        0 | 1 => "адзін раз".into(),
        2 => "двойчы".into(),
        3 => "тройчы".into(),
        n => count(i64::from(n), "раз", "разы", "разоў"),
    }
}

/// Words that depend on whom we write to, and what.
struct Nouns {
    who: &'static str,
    refused: &'static str,
    accepted: &'static str,
    paper_accusative: &'static str,
    paper_capital: &'static str,
    first: &'static str,
    first_genitive: &'static str,
    first_capital: &'static str,
    second: &'static str,
    second_genitive: &'static str,
    second_capital: &'static str,
}

fn nouns(case: &Case<'_>) -> Nouns {
    let (first, first_genitive, first_capital) = if case.numbered {
        ("квітанцыю\u{a0}№1", "квітанцыі\u{a0}№1", "Квітанцыя\u{a0}№1")
    } else {
        ("пацвярджэнне", "пацвярджэння", "Пацвярджэнне")
    };
    let (second, second_genitive, second_capital) = if case.numbered {
        ("квітанцыю\u{a0}№2", "квітанцыі\u{a0}№2", "Квітанцыя\u{a0}№2")
    } else {
        ("рашэнне", "рашэння", "Рашэнне")
    };
    match case.purpose {
        Purpose::Renewal => Nouns {
            who: "ЦСК",
            refused: "адмовіў",
            accepted: "выдаў сертыфікаты",
            paper_accusative: "заяўку",
            paper_capital: "Заяўка",
            first,
            first_genitive,
            first_capital,
            second,
            second_genitive,
            second_capital,
        },
        Purpose::Notice => Nouns {
            who: "ДПС",
            refused: "адмовіла",
            accepted: "прыняла паведамленне",
            paper_accusative: "паведамленне",
            paper_capital: "Паведамленне",
            first,
            first_genitive,
            first_capital,
            second,
            second_genitive,
            second_capital,
        },
    }
}

impl Belarusian {
    fn years(&self, n: i64) -> String {
        count(n, "год", "гады", "гадоў")
    }

    fn again(&self, again: &Again<'_>, clock: &Clock) -> String {
        let tried = count(
            i64::from(again.failures),
            "няўдалая спроба",
            "няўдалыя спробы",
            "няўдалых спроб",
        );
        match again.next {
            Some(next) if next > clock.now => {
                format!("Пакуль што {tried}, наступная — {}.", self.moment(next, clock))
            }
            Some(_) | None => format!("Пакуль што {tried}, зараз спрабуем зноў."),
        }
    }

    fn invoice(&self, invoice: &Invoice, clock: &Clock) -> String {
        let (number, sum) = (&invoice.number, self.money(&invoice.amount));
        match invoice.due {
            Some(due) if due < clock.now => {
                let day = self.date(clock.date(due));
                format!("Рахунак №\u{a0}{number} на {sum} трэба было аплаціць да {day}.")
            }
            Some(due) => {
                let day = self.date(clock.date(due));
                format!("Рахунак №\u{a0}{number} на {sum}, аплаціць да {day}.")
            }
            None => format!("Рахунак №\u{a0}{number} на {sum}."),
        }
    }

    fn expired(&self, deadline: Timestamp, after: &After<'_>, case: &Case<'_>) -> String {
        let n = nouns(case);
        let day = self.date(case.clock.date(deadline));
        if case.purpose == Purpose::Notice {
            return format!(
                "Ключ дырэктара скончыўся {day}, перш чым ДПС прыняла паведамленне. Справаздачы \
                 можна падпісваць новымі ключамі: ДПС даведаецца пра іх з наступнай справаздачы."
            );
        }
        let hope = match after {
            After::NothingSent => "Заяўка так і не была адпраўлена.".to_owned(),
            After::Waiting => {
                format!("Калі {} яшчэ адкажа, новыя сертыфікаты будуць усталяваны без вас.", n.who)
            }
            After::Invoiced(invoice) => {
                let number = &invoice.number;
                format!("Рахунак №\u{a0}{number} застаўся неаплачаным.")
            }
            After::Refused(_) => format!("{} {}.", n.who, n.refused),
        };
        format!(
            "Сертыфікаты скончыліся {day}. Падпісваць імі ўжо нельга; расшыфроўваць старыя лісты і \
             квітанцыі можна і далей. {hope} Подпісы іншых асоб працуюць."
        )
    }

    fn gate(&self, gate: Gate, case: &Case<'_>) -> String {
        let paper = nouns(case).paper_accusative;
        match gate {
            Gate::Agreement => format!("Каб адправіць {paper}, патрэбна згода з дагаворам ЦСК."),
            Gate::PhoneCode => {
                format!("Каб адправіць {paper}, патрэбны код з SMS на тэлефон уладальніка.")
            }
            Gate::Approval => format!("Каб адправіць {paper}, патрэбна згода кіраўніка."),
        }
    }
}

impl Words for Belarusian {
    fn labels(&self) -> &'static Labels {
        &LABELS
    }

    fn topic(&self, topic: Topic) -> &'static str {
        match topic {
            Topic::NeedsYou => "Патрэбны ваш удзел",
            Topic::UnderWay => "У рабоце",
            Topic::EndsSoon => "Хутка скончацца",
            Topic::Done => "Зроблена",
            Topic::Calm => "Спакойна",
        }
    }

    fn role(&self, role: Role) -> &'static str {
        match role {
            Role::Director => "Дырэктар",
            Role::Accountant => "Бухгалтар",
            Role::Seal => "Пячатка ўстановы",
            Role::Employee => "Супрацоўнік",
        }
    }

    fn proprietor(&self) -> &'static str {
        "Прадпрымальнік"
    }

    fn code(&self, kind: OrganisationKind) -> &'static str {
        match kind {
            OrganisationKind::Legal => "ЕДРПОУ",
            OrganisationKind::SoleProprietor => "РНОКПП",
        }
    }

    fn usage(&self, usage: Usage) -> &'static str {
        match usage {
            Usage::Signing => "подпіс",
            Usage::Agreement => "шыфраванне",
        }
    }

    fn term(&self, years: u8) -> String {
        self.years(i64::from(years))
    }

    fn payment(&self, state: PaymentState<'_>) -> String {
        match state {
            PaymentState::Prepaid => "аплачана загадзя".into(),
            PaymentState::Online => "аплата анлайн".into(),
            PaymentState::InvoiceExpected => "па рахунку, які прышле ЦСК".into(),
            PaymentState::InvoiceUnpaid(number) => format!("рахунак №\u{a0}{number}, не аплачаны"),
            PaymentState::InvoicePaid(number) => format!("рахунак №\u{a0}{number}, аплачаны"),
        }
    }

    fn date(&self, day: Date) -> String {
        figures::dotted(day)
    }

    fn short(&self, at: DateTime) -> String {
        format!("{}, {}", figures::dotted_short(at.date()), figures::time(at))
    }

    fn moment(&self, at: Timestamp, clock: &Clock) -> String {
        let at = clock.civil(at);
        let day = match Day::of(at.date(), clock.today()) {
            Day::Today => "сёння".to_owned(),
            Day::Yesterday => "учора".to_owned(),
            Day::Tomorrow => "заўтра".to_owned(),
            Day::Other(day) => self.date(day),
        };
        format!("{day} а\u{a0}{}", figures::time(at))
    }

    fn short_by(&self, at: DateTime) -> String {
        format!("до {}", self.short(at))
    }

    fn short_by_day(&self, day: Date) -> String {
        format!("до {}", figures::dotted_short(day))
    }

    fn left(&self, left: i64) -> String {
        match Left::of(left) {
            Left::Ended => "скончыўся".into(),
            Left::LessThanADay => "менш за суткі".into(),
            Left::Days(left) => days(left),
            Left::Years(years, 0) => self.years(years),
            Left::Years(years, months) => format!("{} {months}\u{a0}мес.", self.years(years)),
        }
    }

    fn duration(&self, span: Span) -> String {
        figures::duration(span, "гадз", "хв", days)
    }

    fn amount(&self, minor: i64, group: bool) -> String {
        figures::amount(minor, ',', group.then_some('\u{a0}'))
    }

    fn money(&self, money: &Money) -> String {
        let unit = if money.currency == "UAH" { "грн" } else { &money.currency };
        format!("{}\u{a0}{unit}", self.amount(money.minor, true))
    }

    fn number(&self, number: &str) -> String {
        format!("№\u{a0}{number}")
    }

    fn demo_begins(&self, company: &str, holders: usize, port: u16) -> String {
        let holders = i64::try_from(holders).unwrap_or(0);
        let people = count(holders, "уладальнік", "уладальнікі", "уладальнікаў");
        let certificates = count(holders * 2, "сертыфікат", "сертыфікаты", "сертыфікатаў");
        format!("{company} · {people} · {certificates} · ЦСК-сімулятар на 127.0.0.1:{port}")
    }

    fn demo_done(&self, took: std::time::Duration) -> String {
        format!("Гатова за {}\u{a0}с.", figures::seconds(took, ','))
    }

    fn demo_unfinished(&self) -> &'static str {
        "Дэманстрацыя не скончылася своечасова; усё, што адбылося, засталося ў папцы:"
    }

    fn demo_place(&self, place: DemoPlace) -> &'static str {
        match place {
            DemoPlace::Summary => "Зводка",
            DemoPlace::Database => "База даных",
            DemoPlace::Keys => "Ключы",
            DemoPlace::Config => "Налады",
            DemoPlace::Authority => "ЦСК-сімулятар",
        }
    }

    fn verdict(&self, verdict: &Verdict) -> (String, String) {
        let needed = i64::try_from(verdict.needed).unwrap_or(i64::MAX);
        let under_way = i64::try_from(verdict.under_way).unwrap_or(i64::MAX);
        let first = match needed {
            0 => "Ад вас нічога не патрабуецца.".to_owned(),
            n => format!("Патрэбны ваш удзел: {}.", count(n, "справа", "справы", "спраў")),
        };
        let mut rest = Vec::new();
        if under_way > 0 && needed > 0 {
            rest.push("Астатняе ідзе само.".to_owned());
        } else if under_way > 0 {
            let papers = count(under_way, "справа ідзе", "справы ідуць", "спраў ідуць");
            rest.push(format!("{papers} сваім ходам."));
        }
        if let Some((day, left)) = verdict.nearest {
            let date = self.date(day);
            rest.push(match left {
                ..0 => format!("Першы сертыфікат ужо скончыўся {date}."),
                left => format!("Бліжэйшы сертыфікат скончыцца {date} ({}).", self.left(left)),
            });
        }
        (first, rest.join(" "))
    }

    fn ends(&self, until: Date, left: i64) -> String {
        let date = self.date(until);
        match left {
            ..0 => format!("Сертыфікаты скончыліся {date}."),
            left => format!("Сертыфікаты дзейнічаюць да {date} ({}).", self.left(left)),
        }
    }

    fn say(&self, say: &Say<'_>) -> String {
        let text = match say {
            Say::Severity(Severity::Error) => "ТЭРМІНОВА",
            Say::Severity(Severity::Warning) => "УВАГА",
            Say::Severity(Severity::Normal) => "ДА ВЕДАМА",
            Say::Severity(Severity::Success) => "ГАТОВА",
            Say::Resolved => "ВЫПРАЎЛЕНА",
            Say::Over => "Гэтай перашкоды больш няма.",
            Say::Gathered { kind, count: all } => {
                let n = i64::try_from(*all).unwrap_or(i64::MAX);
                return match kind {
                    Kind::Succeeded => {
                        format!("Абноўлены сертыфікаты: {}", count(n, "справа", "справы", "спраў"))
                    }
                    Kind::Invoiced => {
                        format!("Да аплаты {}", count(n, "рахунак", "рахункі", "рахункаў"))
                    }
                    Kind::Ending => format!(
                        "Заканчваюцца сертыфікаты: {}",
                        count(n, "уладальнік", "уладальнікі", "уладальнікаў")
                    ),
                    _ => count(n, "навіна", "навіны", "навін"),
                };
            }
            Say::More { count: left_out } => {
                let n = i64::try_from(*left_out).unwrap_or(i64::MAX);
                return format!(
                    "Не змясцілася сюды: {}. Усё паказвае зводка certpost.",
                    count(n, "навіна", "навіны", "навін")
                );
            }
            Say::LastToday => {
                "Гэта апошняе паведамленне на сёння: астатняе збяром у адно і дашлём заўтра. \
                 Бягучы стан заўсёды паказвае зводка certpost."
            }
            Say::NothingToDo => "Ад вас нічога не патрабуецца.",
            Say::PayBy => "Аплаціць да",
            Say::Payee => "Атрымальнік",
            Say::PaymentPurpose => "Прызначэнне плацяжу",
            Say::QuarantineTitle => "Лісты ў каранціне",
            Say::LookAtQuarantine => "Паглядзіце, ці няма сярод іх адказу ЦСК.",
            Say::DigestTitle => "Вынікі тыдня",
            Say::TestTitle => "Пробнае паведамленне",
            Say::TestTold { contact } => {
                return format!(
                    "Гэта проба: так certpost будзе паведамляць вам («{contact}») пра сертыфікаты. \
                     Нічога не здарылася, ад вас нічога не патрабуецца."
                );
            }
            Say::Footer => "Гэты ліст склала праграма certpost. Адказваць на яго не трэба.",
        };
        text.to_owned()
    }

    fn ordered(&self, on: Date, number: &str) -> String {
        format!("Заказ ад {}, №\u{a0}{number}", self.date(on))
    }

    fn invoice_title(&self, number: &str, dated: Option<Date>) -> String {
        let number = format!("Рахунак №\u{a0}{number}");
        dated.map_or(number.clone(), |day| format!("{number} ад {}", self.date(day)))
    }

    fn invoice_state(&self, state: InvoiceState<'_>) -> String {
        match state {
            InvoiceState::Unpaid => "да аплаты".into(),
            InvoiceState::Overdue => "пратэрмінаваны".into(),
            InvoiceState::Settled => "аплачаны".into(),
            InvoiceState::Paid { on, reference: "" } => format!("аплачаны {}", self.date(on)),
            InvoiceState::Paid { on, reference } => {
                format!("аплачаны {}, {reference}", self.date(on))
            }
        }
    }

    fn wrong_sum(&self, asked: &Money, price: &Money) -> String {
        format!(
            "У рахунку {}, а паводле прэйскуранта мае быць {}. Перш чым плаціць, высветліце ў \
             ЦСК, чаму.",
            self.money(asked),
            self.money(price),
        )
    }

    fn unpublished(&self) -> &'static str {
        "Згоды на публікацыю няма: новыя сертыфікаты перадайце партнёрам самі. Файлы ляжаць побач \
         са зводкай, у папцы certificates."
    }

    fn pay_online(&self, sum: &str, page: Option<&str>) -> String {
        match page {
            Some(page) => {
                format!("Аплаціце {} на старонцы {page}, потым паведаміце пра гэта.", sum)
            }
            None => format!("Аплаціце {} на сайце ЦСК, потым паведаміце пра гэта.", sum),
        }
    }

    fn occasion(&self, occasion: Occasion<'_>) -> String {
        match occasion {
            Occasion::Ends { who, usages } => format!("Заканчваецца сертыфікат: {who} ({usages})"),
            Occasion::Due { who } => format!("Час абнавіць сертыфікаты: {who}"),
            Occasion::LastSafeDay { who } => {
                format!("Апошні бяспечны дзень для заяўкі: {who}")
            }
            Occasion::InvoiceDue(invoice) => {
                let (number, sum) = (&invoice.number, self.money(&invoice.amount));
                format!("Аплаціць рахунак №\u{a0}{number}: {sum}")
            }
        }
    }

    fn evidence(&self) -> &'static EvidenceWords {
        &EVIDENCE
    }

    fn paper(&self, kind: PaperKind) -> &'static str {
        match kind {
            PaperKind::LetterSent => "ліст, як яго адправілі",
            PaperKind::LetterReceived => "ліст, як ён прыйшоў",
            PaperKind::Sealed => "запячатаны дакумент з ліста",
            PaperKind::Receipt => "прачытаны і правераны адказ",
            PaperKind::InvoicePdf => "рахунак для людзей",
            PaperKind::CertificateOld => "сертыфікат, які абнаўлялі",
            PaperKind::CertificateNew => "новы сертыфікат",
            PaperKind::AuthoritySigner => "сертыфікат таго, хто падпісвае адказы",
            PaperKind::AuthorityAnchor => "каранёвы сертыфікат",
            PaperKind::Journal => "журнал справы",
            PaperKind::Summary => "гэтая старонка",
        }
    }

    fn post(&self, remark: PostRemark, clock: &Clock) -> String {
        match remark {
            PostRemark::NeverRead => "Паштовую скрыню яшчэ не чыталі.".into(),
            PostRemark::Read { at } => {
                format!("{}.", joined("Паштовая скрыня прачытана", &self.moment(at, clock)))
            }
            PostRemark::Silent { at } => format!(
                "{}, {} таму.",
                joined("Апошні раз прачытана", &self.moment(at, clock)),
                self.duration(clock.now - at)
            ),
            PostRemark::Quarantined { letters } => {
                let n = i64::try_from(letters).unwrap_or(i64::MAX);
                let letters = count(n, "ліст", "лісты", "лістоў");
                let laid = choose(n, "адкладзены", "адкладзена", "адкладзена");
                format!(
                    "У каранцін {laid} {letters}: сапраўднасць не пацверджана або ліст не \
                     чытаецца. На справы гэта не паўплывала."
                )
            }
            PostRemark::Unclaimed { letters } => {
                let n = i64::try_from(letters).unwrap_or(i64::MAX);
                let letters =
                    count(n, "сапраўдны адказ", "сапраўдныя адказы", "сапраўдных адказаў");
                let kept = choose(n, "Захаваны", "Захавана", "Захавана");
                let which = choose(n, "якога", "якіх", "якіх");
                format!("{kept} {letters}, {which} ніхто не чакаў.")
            }
        }
    }

    fn holder(&self, state: HolderState) -> HolderWords {
        match state {
            HolderState::EndsSoon { starts: Some(day) } => HolderWords {
                badge: "Хутка абнаўленне".into(),
                told: format!(
                    "Абнаўленне пачнецца само {}. Ад вас нічога не патрабуецца.",
                    self.date(day)
                ),
                advice: None,
            },
            HolderState::EndsSoon { starts: None } => HolderWords {
                badge: "Час абнавіць".into(),
                told: "Абнаўленне вось-вось пачнецца. Ад вас нічога не патрабуецца.".into(),
                advice: None,
            },
            HolderState::Withdrawn => HolderWords {
                badge: "Не абнаўляецца".into(),
                told: "Абнаўленне скасавана, і само яно ўжо не пачнецца.".into(),
                advice: Some("Калі сертыфікат яшчэ патрэбны, пачніце абнаўленне зноў.".into()),
            },
            HolderState::Ended { on } => HolderWords {
                badge: "Скончыўся".into(),
                told: format!(
                    "Сертыфікаты скончыліся {}. Падпісваць імі ўжо нельга; расшыфроўваць старыя \
                     лісты і квітанцыі можна і далей. Подпісы іншых асоб працуюць.",
                    self.date(on)
                ),
                advice: Some(
                    "Атрымайце новыя сертыфікаты ў офісе ЦСК: поштай скончаны сертыфікат не \
                     абнаўляюць."
                        .into(),
                ),
            },
            HolderState::Missing => HolderWords {
                badge: "Няма сертыфіката".into(),
                told: "Ключа і сертыфіката гэтага ўладальніка тут яшчэ няма.".into(),
                advice: Some("Пакладзіце дзейны ключ і сертыфікат у сховішча certpost.".into()),
            },
            HolderState::Calm { until } => HolderWords {
                badge: "Дзейны".into(),
                told: format!("Дзейнічае да {}.", self.date(until)),
                advice: None,
            },
        }
    }

    fn badge(&self, situation: &Situation<'_>, case: &Case<'_>) -> String {
        let n = nouns(case);
        match situation {
            Situation::Preparing => format!("Рыхтуем {}", n.paper_accusative),
            Situation::PreparingAgain(_) => "Рыхтуем: пакуль не ўдаецца".into(),
            Situation::PutOff { .. } => "Адкладзена".into(),
            Situation::NotYetValid { .. } => "Выдадзена наперад".into(),
            Situation::PayOnline { .. } => "Аплата анлайн".into(),
            Situation::AtGate { gate, .. } => match gate {
                Gate::Agreement => "Патрэбна ваша згода".into(),
                Gate::PhoneCode => "Патрэбны код з SMS".into(),
                Gate::Approval => "Чакае кіраўніка".into(),
            },
            Situation::Sending => "Адпраўляем".into(),
            Situation::Resending { .. } => "Адпраўляем яшчэ раз".into(),
            Situation::SendingAgain(_) => "Адпраўляем: пакуль не ўдаецца".into(),
            Situation::AwaitingReceipt { .. } => format!("Чакаем {}", n.first),
            Situation::AwaitingDecision { .. } => format!("Чакаем {}", n.second),
            Situation::Payment { overdue: false, .. } => "Рахунак да аплаты".into(),
            Situation::Payment { overdue: true, .. } => "Рахунак пратэрмінаваны".into(),
            Situation::Installing { .. } => match case.purpose {
                Purpose::Renewal => "Усталёўваем".into(),
                Purpose::Notice => "Прынята, завяршаем".into(),
            },
            Situation::InstallingAgain(_) => match case.purpose {
                Purpose::Renewal => "Выдадзена, яшчэ не ўсталявана".into(),
                Purpose::Notice => "Усталёўваем: пакуль не ўдаецца".into(),
            },
            Situation::HookFailed { .. } => "Усталявана, дзеянне не ўдалося".into(),
            Situation::Installed { .. } => match case.purpose {
                Purpose::Renewal => "Абноўлена".into(),
                Purpose::Notice => "Прынята".into(),
            },
            Situation::Refused { .. } => "Адмова".into(),
            Situation::CannotPrepare(_) => match case.purpose {
                Purpose::Renewal => "Заяўка не складзена".into(),
                Purpose::Notice => "Паведамленне не складзена".into(),
            },
            Situation::CannotSend(_) => "Ліст не дастаўлены".into(),
            Situation::Silent { .. } => "Няма адказу".into(),
            Situation::CannotInstall(_) => match case.purpose {
                Purpose::Renewal => "Выдадзена, не ўсталявана".into(),
                Purpose::Notice => "Не ўсталявана".into(),
            },
            Situation::GateClosed(_) => "Час на згоду мінуў".into(),
            Situation::Expired { .. } => match case.purpose {
                Purpose::Renewal => "Сертыфікат скончыўся".into(),
                Purpose::Notice => "Позна паведамляць".into(),
            },
            Situation::Withdrawn { .. } => "Скасавана".into(),
        }
    }

    fn told(&self, situation: &Situation<'_>, case: &Case<'_>) -> String {
        let (n, clock) = (nouns(case), case.clock);
        match situation {
            Situation::Preparing => match case.purpose {
                Purpose::Renewal => {
                    "Рыхтуем заяўку паводле даных дзейнага сертыфіката. Ад вас нічога не \
                     патрабуецца."
                        .into()
                }
                Purpose::Notice => "Рыхтуем паведамленне пра новыя сертыфікаты. Ад вас нічога не \
                     патрабуецца."
                    .into(),
            },
            Situation::PreparingAgain(again) => self.again(again, clock),
            Situation::NotYetValid { until } => format!(
                "Сертыфікаты выдадзены, яны пачнуць дзейнічаць {}: тады будуць устаноўлены. Ад вас нічога не патрабуецца.",
                self.date(clock.date(*until)),
            ),
            Situation::PutOff { until } => format!(
                "Абнаўленне адкладзена да {}: тады яно пачнецца само.",
                self.date(clock.date(*until)),
            ),
            Situation::PayOnline { .. } => {
                "ЦСК прыняў заяўку і чакае аплаты анлайн. Да аплаты яе не разглядаюць.".into()
            }
            Situation::AtGate { gate, until } => {
                format!("{} Чакаем да {}.", self.gate(*gate, case), self.by(*until, clock))
            }
            Situation::Sending => format!(
                "{} падпісана і зашыфравана, зараз адправім. Ад вас нічога не патрабуецца.",
                n.paper_capital
            ),
            Situation::Resending { sends: done } => format!(
                "{} адпраўлена {}, адказу няма, таму зараз адправім тое самае яшчэ раз. Ад вас \
                 нічога не патрабуецца.",
                n.paper_capital,
                sends(*done)
            ),
            Situation::SendingAgain(again) => self.again(again, clock),
            Situation::AwaitingReceipt { sends: done, sent, certain, until } => {
                let until = self.by(*until, clock);
                if !certain {
                    return format!(
                        "Сувязь абарвалася падчас адпраўкі, таму ліст мог дайсці. Чакаем {} да \
                         {until}; не прыйдзе — адправім тое самае яшчэ раз. Ад вас нічога не \
                         патрабуецца.",
                        n.first
                    );
                }
                let often = if *done > 1 {
                    format!(" (усяго {})", sends(*done))
                } else {
                    String::new()
                };
                let sent = sent.map_or("адпраўлена".to_owned(), |at| {
                    joined("адпраўлена", &self.moment(at, clock))
                });
                format!(
                    "{} {sent}{often}. Чакаем {} да {until}. Ад вас нічога не патрабуецца.",
                    n.paper_capital, n.first
                )
            }
            Situation::AwaitingDecision { delivered, until } => {
                let until = self.by(*until, clock);
                let came = delivered.map_or("атрымана".to_owned(), |at| {
                    joined("атрымана", &self.moment(at, clock))
                });
                format!(
                    "{} {came}. Чакаем {} да {until}. Ад вас нічога не патрабуецца.",
                    n.first_capital, n.second
                )
            }
            Situation::Payment { invoice, until, .. } => format!(
                "{} Справа чакае і пойдзе далей сама, як толькі {} атрымае грошы. Нагадаем {}.",
                self.invoice(invoice, clock),
                n.who,
                self.moment(*until, clock)
            ),
            Situation::Installing { granted } => format!(
                "{} {}. Правяраем і ўсталёўваем. Ад вас нічога не патрабуецца.",
                n.who,
                joined(n.accepted, &self.moment(*granted, clock))
            ),
            Situation::HookFailed { at, again } => {
                let installed = joined("Новыя сертыфікаты ўсталяваны", &self.moment(*at, clock));
                format!("{installed}. {}", self.again(again, clock))
            }
            Situation::InstallingAgain(again) => {
                format!("{} {}. {}", n.who, n.accepted, self.again(again, clock))
            }
            Situation::Installed { at } => match case.purpose {
                Purpose::Renewal => {
                    format!("{}.", joined("Новыя сертыфікаты ўсталяваны", &self.moment(*at, clock)))
                }
                Purpose::Notice => format!(
                    "ДПС прыняла паведамленне пра {}.",
                    joined("новыя сертыфікаты", &self.moment(*at, clock))
                ),
            },
            Situation::Refused { second, at, .. } => {
                let at = self.moment(*at, clock);
                if *second && case.numbered {
                    let came = joined("Квітанцыя №2 прыйшла", &at);
                    return format!("{came}: {} {}.", n.who, n.refused);
                }
                format!("{} {}.", n.who, joined(n.refused, &at))
            }
            Situation::CannotPrepare(_) => match case.purpose {
                Purpose::Renewal => "Скласці заяўку не ўдалося.".into(),
                Purpose::Notice => "Скласці паведамленне не ўдалося.".into(),
            },
            Situation::CannotSend(_) => match case.purpose {
                Purpose::Renewal => "Ліст з заяўкай не дайшоў да ЦСК.".into(),
                Purpose::Notice => "Ліст з паведамленнем не дайшоў да ДПС.".into(),
            },
            Situation::Silent { sends: done, delivered: None } => format!(
                "{} адпраўлена {}, а {} дагэтуль няма.",
                n.paper_capital,
                sends(*done),
                n.first_genitive
            ),
            Situation::Silent { delivered: Some(at), .. } => format!(
                "{} {}, а {} дагэтуль няма, хоць звычайны тэрмін мінуў.",
                n.first_capital,
                joined("атрымана", &self.moment(*at, clock)),
                n.second_genitive
            ),
            Situation::CannotInstall(_) => match case.purpose {
                Purpose::Renewal => {
                    "ЦСК выдаў сертыфікаты, але ўсталяваць іх не ўдалося. Старыя працуюць далей."
                        .into()
                }
                Purpose::Notice => {
                    "ДПС прыняла паведамленне, але завяршыць справу не ўдалося.".into()
                }
            },
            Situation::GateClosed(gate) => {
                format!("{} Адведзены час мінуў.", self.gate(*gate, case))
            }
            Situation::Expired { deadline, after } => self.expired(*deadline, after, case),
            Situation::Withdrawn { at, reason: "" } => {
                format!("{}.", joined("Справа скасавана", &self.moment(*at, clock)))
            }
            Situation::Withdrawn { at, reason } => {
                format!("{}: {reason}.", joined("Справа скасавана", &self.moment(*at, clock)))
            }
        }
    }

    fn advice(&self, situation: &Situation<'_>, case: &Case<'_>) -> Option<String> {
        let n = nouns(case);
        let text = match situation {
            Situation::Preparing
            | Situation::NotYetValid { .. }
            | Situation::PutOff { .. }
            | Situation::PayOnline { .. }
            | Situation::Sending
            | Situation::Resending { .. }
            | Situation::AwaitingReceipt { .. }
            | Situation::AwaitingDecision { .. }
            | Situation::Installing { .. }
            | Situation::Installed { .. }
            | Situation::Withdrawn { .. }
            | Situation::PreparingAgain(_)
            | Situation::SendingAgain(_)
            | Situation::InstallingAgain(_)
            | Situation::HookFailed { .. }
            | Situation::CannotPrepare(_)
            | Situation::CannotSend(_)
            | Situation::CannotInstall(_) => return None,
            Situation::AtGate { gate, .. } => match gate {
                Gate::Agreement => "Прачытайце дагавор ЦСК і пацвердзіце згоду.".into(),
                Gate::PhoneCode => "Дачакайцеся кода ў SMS і пацвердзіце нумар тэлефона.".into(),
                Gate::Approval => "Папрасіце кіраўніка праверыць і зацвердзіць.".into(),
            },
            Situation::Payment { .. } => {
                "Аплаціце рахунак. Калі ўжо аплацілі, паведаміце пра гэта.".into()
            }
            Situation::Refused { .. } => match case.purpose {
                Purpose::Renewal => "Ухіліце прычыну, якую назваў ЦСК, і адпраўце новую заяўку. \
                                     Калі змяніліся даныя, запісаныя ў сертыфікаце, патрэбны \
                                     візіт у офіс ЦСК."
                    .into(),
                Purpose::Notice => "Выпраўце ўказанае і адпраўце новае паведамленне.".into(),
            },
            Situation::Silent { .. } => format!(
                "Патэлефануйце ў {} і спытайце пра дакумент. Каб адправіць тое самае яшчэ раз, \
                 дайце каманду.",
                n.who
            ),
            Situation::GateClosed(_) => {
                "Калі справа яшчэ патрэбна, аднавіце яе і пацвердзіце.".into()
            }
            Situation::Expired { .. } => match case.purpose {
                Purpose::Renewal => "Запішыцеся ў офіс ЦСК: новы сертыфікат цяпер выдаюць толькі \
                                     паводле папяровай заявы. Калі атрымаеце яго, закрыйце гэту \
                                     справу."
                    .into(),
                Purpose::Notice => {
                    "Падпішыце наступную справаздачу новымі ключамі і закрыйце справу.".into()
                }
            },
        };
        Some(text)
    }

    fn problem(&self, label: Label) -> ProblemWords {
        problem(label)
    }

    fn unknown_problem(&self) -> ProblemWords {
        ProblemWords {
            what: "Здарылася тое, чаго мы не прадбачылі.",
            action: "Пакажыце падрабязнасці таму, хто даглядае certpost.",
        }
    }

    fn step(&self, step: StepName, case: &Case<'_>) -> String {
        let text = match (step, case.purpose) {
            (StepName::Prepared, Purpose::Renewal) => "Заяўка складзена",
            (StepName::Prepared, Purpose::Notice) => "Паведамленне складзена",
            (StepName::Gate(Gate::Agreement), _) => "Згода з дагаворам",
            (StepName::Gate(Gate::PhoneCode), _) => "Код з SMS",
            (StepName::Gate(Gate::Approval), _) => "Згода кіраўніка",
            (StepName::Sent, _) => "Адпраўлена",
            (StepName::Delivered, _) if case.numbered => "Квітанцыя №1",
            (StepName::Delivered, _) => "Пацвярджэнне",
            (StepName::Paid, _) => "Аплата",
            (StepName::Decided, _) if case.numbered => "Квітанцыя №2",
            (StepName::Decided, _) => "Рашэнне",
            (StepName::Installed, Purpose::Renewal) => "Усталяванне",
            (StepName::Installed, Purpose::Notice) => "Завяршэнне",
        };
        text.into()
    }

    fn opening(&self, case: &Case<'_>) -> String {
        match case.purpose {
            Purpose::Renewal => "Настаў час абнавіць сертыфікаты.".into(),
            Purpose::Notice => "Настаў час паведаміць ДПС пра новыя сертыфікаты.".into(),
        }
    }

    fn event(&self, event: &Event, to: Option<StageName>, case: &Case<'_>) -> String {
        let n = nouns(case);
        match event {
            Event::Prepared { .. } => {
                format!("{} складзена, падпісана і зашыфравана.", n.paper_capital)
            }
            Event::PrepareFailed { .. } => "Скласці дакумент не ўдалося.".into(),
            Event::GatePassed(gate) => match gate {
                Gate::Agreement => "Згода з дагаворам пацверджана.".into(),
                Gate::PhoneCode => "Код з SMS пацверджаны.".into(),
                Gate::Approval => "Кіраўнік зацвердзіў.".into(),
            },
            Event::Sent => "Адпраўлена; паштовы сервер прыняў ліст.".into(),
            Event::SendFailed(SendFailure::Later(_)) => "Адправіць не ўдалося.".into(),
            Event::SendFailed(SendFailure::Rejected(_)) => "Адправіць не ўдалося.".into(),
            Event::SendFailed(SendFailure::Uncertain(_)) => {
                "Ліст мог дайсці, а мог і не дайсці.".into()
            }
            Event::Bounced { lasting: true, .. } => {
                "Прыйшло паведамленне паштовага сервера.".into()
            }
            Event::Bounced { lasting: false, .. } => {
                "Пошта паведаміла, што ліст затрымліваецца.".into()
            }
            Event::Heard { word, .. } => match word {
                Word::Delivered => format!("{} атрымана.", n.first_capital),
                Word::Invoiced(invoice) => {
                    let (number, sum) = (&invoice.number, self.money(&invoice.amount));
                    format!("Атрыманы рахунак №\u{a0}{number} на {sum}.")
                }
                Word::Granted(_) => {
                    format!("{} атрымана: {} {}.", n.second_capital, n.who, n.accepted)
                }
                Word::Refused(refusal) => {
                    format!("{} {}: {}", n.who, n.refused, reasons(refusal))
                }
            },
            Event::Paid { reference } if reference.is_empty() => "Паведамілі пра аплату.".into(),
            Event::Paid { reference } => format!("Паведамілі пра аплату: {reference}."),
            Event::Installed => match case.purpose {
                Purpose::Renewal => "Новыя сертыфікаты правераны і ўсталяваны.".into(),
                Purpose::Notice => "Справа завершана.".into(),
            },
            Event::InstallFailed { .. } => "Усталяваць не ўдалося.".into(),
            Event::Snoozed { until } => {
                format!("Адкладзена да {}.", self.date(case.clock.date(*until)))
            }
            Event::Retried => "Чалавек папрасіў паспрабаваць яшчэ раз.".into(),
            Event::Withdrawn { reason } if reason.is_empty() => "Справа скасавана.".into(),
            Event::Withdrawn { reason } => format!("Справа скасавана: {reason}."),
            Event::Woke => match to {
                Some(StageName::Prepared) => "Адказу няма, адпраўляем тое самае яшчэ раз.".into(),
                Some(StageName::Stalled) => "Тэрмін мінуў: далей вырашае чалавек.".into(),
                Some(StageName::Expired) => "Дзейны сертыфікат скончыўся.".into(),
                Some(StageName::AwaitingPayment) => "Нагадалі пра рахунак.".into(),
                Some(
                    StageName::Opened
                    | StageName::Gated
                    | StageName::Sent
                    | StageName::Acknowledged
                    | StageName::Granted
                    | StageName::Installed
                    | StageName::Refused
                    | StageName::Withdrawn,
                )
                | None => "Настаў прызначаны час.".into(),
            },
        }
    }

    fn anomaly(&self, why: Anomaly) -> &'static str {
        match why {
            Anomaly::Closed => "справа ўжо закрыта, нічога не змянілася",
            Anomaly::Repeated => "гэта ўжо вядома, нічога не змянілася",
            Anomaly::EarlierAttempt => "гэта пра папярэднюю спробу, нічога не змянілася",
            Anomaly::UnknownAttempt => "такой спробы не было, нічога не змянілася",
            Anomaly::TooEarly => "яшчэ рана, нічога не змянілася",
            Anomaly::NoConsequence => "на справу гэта не ўплывае",
            Anomaly::NotWaitedFor => "гэтага зараз не чакалі, нічога не змянілася",
        }
    }

    fn serials(&self, serials: &str) -> String {
        format!("Серыйныя нумары: {serials}")
    }

    fn differs(&self, difference: &Difference<'_>) -> String {
        let Difference { datum, configured, certified } = difference;
        let datum = match datum {
            Datum::Code => "Код арганізацыі",
            Datum::Organisation => "Назва арганізацыі",
            Datum::Holder => "Уладальнік",
            Datum::Drfo => "РНУКПП",
        };
        format!("{datum}: у наладах «{configured}», у сертыфікаце «{certified}»")
    }

    fn superseded(&self) -> &'static str {
        "навейшы сертыфікат ужо на месцы"
    }

    fn since(&self, badge: &str, waiting: bool, at: Timestamp, clock: &Clock) -> String {
        let dash = if waiting { "" } else { " —" };
        let (at, long) = (self.by(at, clock), self.duration(clock.now - at));
        format!("{badge}{dash} з {at} ({long}).")
    }

    fn usual(&self, usual: Option<Usual>, received: usize, case: &Case<'_>) -> String {
        let (for_whom, of) = match case.purpose {
            Purpose::Renewal => ("Для гэтага ЦСК", "ад гэтага ЦСК"),
            Purpose::Notice => ("Для ДПС", "ад ДПС"),
        };
        match (usual, received) {
            (Some(Usual { median, most, .. }), _) => format!(
                "{for_whom} звычайна {}, у 95 выпадках са 100 — да {}.",
                self.duration(median),
                self.duration(most)
            ),
            (None, 0) => {
                format!("Звычайнага тэрміну яшчэ не ведаем: такіх адказаў {of} не было.")
            }
            (None, 1) => {
                format!("Звычайнага тэрміну яшчэ не ведаем: такі адказ {of} быў толькі адзін.")
            }
            (None, n) => {
                format!("Звычайнага тэрміну яшчэ не ведаем: такіх адказаў {of} было толькі {n}.")
            }
        }
    }

    fn next(&self, step: NextStep, case: &Case<'_>) -> String {
        match step {
            NextStep::Nothing => String::new(),
            NextStep::SendAgain(at) => {
                let at = self.by(at, case.clock);
                format!("Калі не прыйдзе да {at}, адправім тое самае яшчэ раз.")
            }
            NextStep::CallPerson(at) => {
                format!("Калі не прыйдзе да {}, паклічам вас.", self.by(at, case.clock))
            }
            NextStep::Ends(at) => format!(
                "Калі не прыйдзе да {}, дзейны сертыфікат скончыцца раней.",
                self.by(at, case.clock)
            ),
        }
    }

    fn nothing_due(&self, until: Date, ends: Date) -> String {
        let (until, ends) = (self.date(until), self.date(ends));
        format!(
            "Да {until} рабіць нічога не трэба: тады само пачнецца абнаўленне сертыфікатаў, якія \
             дзейнічаюць да {ends}."
        )
    }

    fn plan(&self, from: Date, to: Date) -> PlanWords {
        PlanWords {
            title: format!("Абнаўленні з {} да {}", self.date(from), self.date(to)),
            columns: ["Пачнецца", "Хто", "Дзейнічаюць да", "Не пазней", "Кошт"],
            none: "За гэты час нічога абнаўляць не трэба.",
            assumed: "* іх яшчэ няма: мяркуем, што папярэдняе абнаўленне адбудзецца своечасова.",
            paper: "толькі ў офісе ЦСК (сертыфікат скончыўся або яго няма)",
            withdrawn: "скасавана, само не пачнецца",
        }
    }

    fn dealt(&self, when: &str, reason: &str) -> String {
        match reason {
            "" => format!("Разабраліся {when}."),
            reason => format!("Разабраліся {when}: {reason}"),
        }
    }

    fn replayed(&self, exchange: Option<&str>) -> String {
        match exchange {
            Some(id) => format!("Ліст прачытаны, ён належыць да справы {id}."),
            None => "Ліст прачытаны, у каранціне яго больш няма.".into(),
        }
    }

    fn returned(
        &self,
        sent: std::time::Duration,
        whole: std::time::Duration,
        folder: &str,
        removed: bool,
    ) -> String {
        let ((sent, sent_tenth), (whole, tenth)) = (super::tenths(sent), super::tenths(whole));
        let rest = if removed {
            "Ліст выдалены: скрынка такая, якой была."
        } else {
            "Сервер не ўмее выдаліць адзін ліст, таму яго пазначана як выдалены."
        };
        format!(
            "Ліст адпраўлены за {sent},{sent_tenth}\u{a0}с; праз {whole},{tenth}\u{a0}с ён вярнуўся ў папку {folder}. {rest}"
        )
    }

    fn doctor(&self, needed: usize) -> String {
        match i64::try_from(needed).unwrap_or(i64::MAX) {
            0 => "Усё ў парадку.".into(),
            n => format!("Патрэбны ваш удзел: {}.", count(n, "справа", "справы", "спраў")),
        }
    }

    fn probe(&self, probe: Probe) -> &'static str {
        match probe {
            Probe::Configuration => "Налады",
            Probe::Mailbox => "Скрыня",
            Probe::Folder => "Папка",
            Probe::Moving => "Перанос лістоў",
            Probe::Quota => "Месца ў скрыні",
            Probe::Sending => "Адпраўка",
            Probe::LetterSize => "Памер ліста",
            Probe::Clock => "Гадзіннік",
            Probe::AuthorityCertificate => "Сертыфікат ЦСК",
            Probe::Keys => "Ключы",
            Probe::Token => "Токен",
            Probe::Disk => "Дыск",
            Probe::Hook => "Праграма пасля",
        }
    }

    fn fact(&self, fact: &Fact) -> String {
        match fact {
            Fact::Nothing => String::new(),
            Fact::Letters(n) => count(i64::from(*n), "ліст", "лісты", "лістоў"),
            Fact::UsedPercent(percent) => format!("занята {percent}\u{a0}%"),
            Fact::UpToBytes(bytes) => format!("да {}\u{a0}КБ", bytes >> 10),
            Fact::FreeMegabytes(free) => format!("вольна {free}\u{a0}МБ"),
            Fact::Until(day) => format!("дзейнічае да {}", self.date(*day)),
            Fact::SpareKeys(n) => format!("новыя ключы адмененых заявак: {n}"),
            Fact::Untold => "сервер не паведамляе".into(),
        }
    }

    fn rehearsal(&self) -> RehearsalWords {
        RehearsalWords {
            title: "Вось заяўка, якая была б адпраўлена. Нічога не адпраўлена, не захавана і не \
                    зменена.",
            order: "Заказ",
            size: "Памер ліста",
            gates: "Спачатку патрэбна",
            uncounted: "Нумар дакумента дасць certpost, які працуе: лічыльнік у яго.",
            masked: "******** — парольны дыялог; у сапраўднай заяўцы ён ёсць.",
        }
    }

    fn checked(&self, problems: usize) -> String {
        match problems {
            0 => "памылак няма, усё названае на месцы.".into(),
            n => {
                let n = i64::try_from(n).unwrap_or(i64::MAX);
                format!("{}.", count(n, "памылка", "памылкі", "памылак"))
            }
        }
    }

    fn line(&self, number: usize) -> String {
        format!("радок {number}")
    }
}

fn reasons(refusal: &Refusal) -> String {
    let quoted: Vec<String> = refusal.reasons.iter().map(|reason| format!("«{reason}»")).collect();
    quoted.join("; ")
}

fn problem(label: Label) -> ProblemWords {
    let (what, action) = match label {
        Label::DataDiffer => (
            "Даныя ў наладах не такія, як у дзейным сертыфікаце.",
            "Выпраўце налады. Калі даныя сапраўды змяніліся, патрэбны візіт у офіс ЦСК.",
        ),
        Label::CertificateMissing => (
            "Дзейнага сертыфіката няма ў сховішчы.",
            "Пакладзіце сертыфікат і ключ у сховішча certpost.",
        ),
        Label::CertificateEnded => (
            "Сертыфікат, якім трэба падпісаць заяўку, ужо не дзейнічае.",
            "Атрымайце новы сертыфікат у офісе ЦСК.",
        ),
        Label::KeyMissing => {
            ("Дзейнага ключа няма ў сховішчы.", "Пакладзіце ключ у сховішча certpost.")
        }
        Label::KeyPassword => {
            ("Пароль да ключа не падыходзіць.", "Праверце пароль, на які ўказваюць налады.")
        }
        Label::KeyPermissions => (
            "Файл з ключом адкрыты для старонніх.",
            "Абмяжуйце доступ да файла: чытаць яго можа толькі certpost.",
        ),
        Label::KeyDamaged => ("Файл з ключом пашкоджаны.", "Аднавіце файл з рэзервовай копіі."),
        Label::PasswordShort => {
            ("Пароль новага ключа закароткі для гэтага ЦСК.", "Задайце даўжэйшы пароль.")
        }
        Label::PasswordRepetition => (
            "Новы пароль і яго паўтор адрозніваюцца.",
            "Запішыце той самы пароль у абодвух месцах, на якія ўказваюць налады.",
        ),
        Label::PasswordWeak => (
            "Новы пароль лёгка адгадаць.",
            "Задайце даўжэйшы пароль: некалькі слоў або літары з лічбамі.",
        ),
        Label::TokenModule => (
            "Праграма для працы з токенам не загружаецца.",
            "Праверце, ці ўсталяваны драйвер токена і ці правільна ўказаны яго файл.",
        ),
        Label::TokenMissing => (
            "Токен з ключамі не знойдзены.",
            "Устаўце токен. Калі ён на месцы, праверце яго назву ў наладах.",
        ),
        Label::TokenPin => (
            "Токен не прыняў PIN-код. Каб токен не заблакаваўся, certpost больш яго не ўводзіць.",
            "Выпраўце PIN-код там, адкуль яго бяруць налады.",
        ),
        Label::TokenLocked => (
            "Токен заблакаваны, або да блакіроўкі засталася адна спроба.",
            "Увайдзіце ў токен яго ўласнай праграмай або разблакуйце яго.",
        ),
        Label::TokenFull => (
            "На токене няма месца для новага ключа.",
            "Выдаліце з токена непатрэбнае або вазьміце новы. Дзейных ключоў не выдаляйце.",
        ),
        Label::TokenFailed => (
            "Токен не змог выканаць дзеянне з ключом.",
            "Пакажыце падрабязнасці таму, хто даглядае certpost.",
        ),
        Label::SecretMissing => (
            "Не хапае пароля або слова для парольнага дыялогу.",
            "Праверце, на які файл ці зменную ўказваюць налады.",
        ),
        Label::SecretPermissions => (
            "Файл з паролем адкрыты для старонніх.",
            "Абмяжуйце доступ да файла: чытаць яго можа толькі certpost.",
        ),
        Label::ApplicationUnfit => {
            ("Даныя не падыходзяць да формы заяўкі.", "Выпраўце ўказанае поле ў наладах.")
        }
        Label::RecipientMissing => (
            "Няма дзейнага сертыфіката ЦСК, для якога шыфруюць заяўку.",
            "Спампуйце новы сертыфікат з сайта ЦСК і ўкажыце яго ў наладах.",
        ),
        Label::SealFailed => (
            "Падпісаць і зашыфраваць заяўку не ўдалося.",
            "Пакажыце падрабязнасці таму, хто даглядае certpost.",
        ),
        Label::HolderUnknown => (
            "Гэтага ўладальніка ўжо няма ў наладах.",
            "Вярніце ўладальніка ў налады або скасуйце справу.",
        ),
        Label::SmtpUnreachable => (
            "Паштовы сервер для адпраўкі не адказвае.",
            "Праверце інтэрнэт і адрас сервера. Спробы працягваюцца самі.",
        ),
        Label::SmtpLogin => (
            "Паштовы сервер не прыняў пароль для адпраўкі.",
            "Абнавіце пароль паштовай скрыні ў наладах.",
        ),
        Label::SmtpLater => (
            "Паштовы сервер просіць пачакаць.",
            "Нічога рабіць не трэба: спробы працягваюцца самі.",
        ),
        Label::SmtpRejected => {
            ("Паштовы сервер не прыняў ліст.", "Праверце адрас ЦСК і ўласны адрас у наладах.")
        }
        Label::SmtpUncertain => (
            "Сувязь абарвалася, перш чым сервер пацвердзіў ліст.",
            "Нічога рабіць не трэба: пачакаем квітанцыю.",
        ),
        Label::Bounce => {
            ("Пошта вярнула ліст: адрасат яго не атрымаў.", "Праверце адрас ЦСК у наладах.")
        }
        Label::SmtpTls => (
            "Паштовы сервер для адпраўкі не даказаў, што ён сапраўдны.",
            "Праверце адрас сервера; пароль мы яму не адправілі.",
        ),
        Label::ImapUnreachable => (
            "Паштовая скрыня недаступная: сервер не адказвае.",
            "Праверце інтэрнэт і адрас сервера. Спробы працягваюцца самі.",
        ),
        Label::ImapLogin => (
            "У паштовую скрыню не пускаюць: пароль не падыходзіць.",
            "Абнавіце пароль паштовай скрыні ў наладах.",
        ),
        Label::ImapFolder => {
            ("У паштовай скрыні няма патрэбнай папкі.", "Выпраўце назву папкі ў наладах.")
        }
        Label::ImapTls => (
            "Сервер паштовай скрыні не даказаў, што ён сапраўдны.",
            "Праверце адрас сервера; пароль мы яму не адправілі.",
        ),
        Label::ImapTimeout => (
            "Сервер паштовай скрыні перастаў адказваць пасярод размовы.",
            "Праверце інтэрнэт. Спробы працягваюцца самі.",
        ),
        Label::ImapBusy => (
            "Паштовы сервер абмежаваў доступ і просіць пачакаць.",
            "Закрыйце іншыя праграмы, якія чытаюць гэту скрыню. Спробы працягваюцца самі.",
        ),
        Label::ImapProtocol => (
            "Паштовы сервер адказвае незразумела.",
            "Пакажыце падрабязнасці паштоваму адміністратару. Спробы працягваюцца самі.",
        ),
        Label::OauthRefresh => (
            "Паштовы правайдар не выдае ключа доступу да скрыні.",
            "Папрасіце адміністратара паглядзець падрабязнасці. Спробы працягваюцца самі.",
        ),
        Label::OauthGrant => (
            "Дазвол на доступ да скрыні хутка скончыцца або ўжо не дзейнічае.",
            "Папрасіце адміністратара даць дазвол нанова.",
        ),
        Label::MailboxFull => {
            ("Паштовая скрыня перапоўнена.", "Вызваліце месца: новыя квітанцыі могуць не прыйсці.")
        }
        Label::MailboxSilent => (
            "Паштовую скрыню даўно не чыталі, таму квітанцыі маглі застацца незаўважанымі.",
            "Праверце, ці працуе certpost.",
        ),
        Label::CertificateMismatch => (
            "Выдадзены сертыфікат не адпавядае заяўцы.",
            "Не карыстайцеся ім; патэлефануйце ў ЦСК і назавіце разыходжанне.",
        ),
        Label::CertificateUntrusted => (
            "Выдадзены сертыфікат падпісаў невядомы нам ЦСК.",
            "Зверце новы каранёвы сертыфікат з сайтам ЦСК і ўкажыце яго ў наладах.",
        ),
        Label::CertificateRevoked => (
            "ЦСК адклікаў новы сертыфікат, перш чым яго ўсталявалі.",
            "Не карыстайцеся ім; патэлефануйце ў ЦСК і спытайце пра прычыну.",
        ),
        Label::RevocationStale => (
            "Спіс адкліканых сертыфікатаў састарэў.",
            "Папрасіце адміністратара высветліць, чаму не загружаецца новы спіс.",
        ),
        Label::RevocationUnreadable => (
            "Спіс адкліканых сертыфікатаў не чытаецца.",
            "Папрасіце адміністратара загрузіць спіс яшчэ раз.",
        ),
        Label::BundleDamaged => {
            ("Файл з сертыфікатамі не чытаецца.", "Папрасіце ЦСК прыслаць квітанцыю яшчэ раз.")
        }
        Label::HookFailed => (
            "Сертыфікаты на месцы, але дзеянне пасля ўсталявання не спрацавала.",
            "Праверце праграму, якую запускаюць пасля ўсталявання.",
        ),
        Label::FolderRead => (
            "Папку з адказамі не ўдаецца прачытаць.",
            "Праверце, ці ёсць гэта папка і ці можа certpost яе чытаць.",
        ),
        Label::FolderWrite => (
            "У папку для адпраўкі не ўдаецца запісаць.",
            "Праверце, ці ёсць гэта папка і ці можа certpost у яе пісаць.",
        ),
        Label::DiskFull => (
            "На дыску няма месца.",
            "Вызваліце месца. Нічога не страчана: справы працягнуцца самі.",
        ),
        Label::DiskError => (
            "З дыска не ўдаецца чытаць або на яго пісаць.",
            "Праверце дыск і зрабіце рэзервовую копію.",
        ),
        Label::StoreDamaged => {
            ("База certpost пашкоджана.", "Спыніце certpost і аднавіце базу з файлаў і пошты.")
        }
        Label::MessageUnsent => (
            "Паведамленні людзям не даходзяць.",
            "Праверце адрас і паштовы сервер для паведамленняў і адпраўце пробнае.",
        ),
        Label::MessageMemory => (
            "Журнал адпраўленых паведамленняў не чытаецца або не пішацца.",
            "Праверце дыск; нешта можа прыйсці вам другі раз.",
        ),
        Label::WebhookFailed => (
            "Вэб-адрас, на які адпраўляем паведамленні, адказвае не так, як мае.",
            "Праверце адрас і ключ доступу ў наладах. Спробы працягваюцца самі.",
        ),
        Label::KeyGeneration => (
            "Не ўдалося стварыць новы ключ.",
            "Пакажыце падрабязнасці таму, хто даглядае certpost.",
        ),
        Label::KeyMismatch => (
            "Ключ не адпавядае свайму сертыфікату.",
            "Пакладзіце ў сховішча ключ і сертыфікат з адной пары.",
        ),
        Label::KeyOccupied => {
            ("У сховішчы ўжо ёсць пара гэтага ўладальніка.", "Замяніць яе можа толькі абнаўленне.")
        }
        Label::KeyProtect => (
            "Не ўдалося зашыфраваць новы ключ.",
            "Пакажыце падрабязнасці таму, хто даглядае certpost.",
        ),
        Label::CertificateDamaged => {
            ("Файл сертыфіката ў сховішчы пашкоджаны.", "Аднавіце яго з рэзервовай копіі.")
        }
        Label::PriceMissing => ("Для гэтага тэрміну няма цаны.", "Дапішыце цану ЦСК у налады."),
        Label::ParcelMissing => (
            "Запячатанага ліста няма на дыску.",
            "Аднавіце файл з рэзервовай копіі або скасуйце справу і пачніце новую.",
        ),
        Label::VaultIo => (
            "Сховішча ключоў не чытаецца або не пішацца.",
            "Праверце дыск і правы на папку з ключамі.",
        ),
        Label::VaultDamaged => {
            ("Сховішча ключоў пашкоджана.", "Аднавіце папку з ключамі з рэзервовай копіі.")
        }
        Label::VaultName => (
            "Кароткая назва ўладальніка не падыходзіць для назвы папкі.",
            "Выпраўце яе ў наладах: толькі малыя лацінскія літары, лічбы і злучок.",
        ),
        Label::AlreadyOpen => {
            ("Абнаўленне гэтага ўладальніка ўжо ідзе.", "Дачакайцеся канца або скасуйце яго.")
        }
        Label::NotNow => ("Зараз справа чакае не гэтага.", "Паглядзіце, чаго яна чакае."),
        Label::UnknownId => ("Такой справы ці ўладальніка няма.", "Праверце назву па спісе."),
        Label::SnoozeTooLate => {
            ("Так надоўга адкласці нельга.", "Абярыце дзень, не пазнейшы за апошні бяспечны.")
        }
        Label::ErrandUnreadable => {
            ("Каманду, перададзеную службе, не ўдалося прачытаць.", "Дайце каманду яшчэ раз.")
        }
        Label::ConfigBroken => (
            "У новых наладах ёсць памылка, таму дзейнічаюць папярэднія.",
            "Выпраўце налады і дайце certpost прачытаць іх зноў.",
        ),
        Label::PageListen => (
            "Старонка стану не адкрываецца. На справы гэта не ўплывае.",
            "Праверце, ці не заняты яе адрас іншай праграмай.",
        ),
        Label::StillQuarantined => (
            "Ліст прачытаны яшчэ раз, але давяраць яму ці прачытаць яго, як і раней, нельга.",
            "Прагледзьце ліст; калі ён лішні, адзначце, што з ім разабраліся.",
        ),
        Label::Configuration => (
            "Налады паказваюць на тое, чаго няма або чым нельга скарыстацца.",
            "Выпраўце названае.",
        ),
        Label::MoveRefused => (
            "Прачытаныя лісты нельга перанесці ў названую папку.",
            "Дайце скрыні права пераносіць лісты або прыбярыце гэтую папку з налад.",
        ),
        Label::MailboxFilling => {
            ("Паштовая скрыня амаль поўная.", "Вызваліце месца, пакуль квітанцыі яшчэ прыходзяць.")
        }
        Label::SmtpSize => (
            "Сервер адпраўкі не прымае такіх вялікіх лістоў, як заяўка.",
            "Папрасіце павялічыць абмежаванне на памер ліста.",
        ),
        Label::ClockDiffers => {
            ("Гадзіннік камп’ютара адстае ад гадзінніка паштовага сервера.", "Выпраўце гадзіннік.")
        }
        Label::AuthorityCertificate => (
            "Сертыфікат ЦСК, названы ў наладах, непрыдатны.",
            "Вазьміце дзейны сертыфікат з сайта ЦСК і ўкажыце яго ў наладах.",
        ),
        Label::AuthorityCertificateEnding => (
            "Тэрмін сертыфіката ЦСК, названага ў наладах, хутка скончыцца.",
            "Вазьміце новы сертыфікат з сайта ЦСК і дадайце яго ў налады.",
        ),
        Label::DiskLow => {
            ("На дыску засталося мала месца.", "Вызваліце месца, пакуль праца яшчэ ідзе.")
        }
        Label::HookMissing => (
            "Праграмы, якую трэба запусціць пасля ўсталявання, няма або яе нельга запусціць.",
            "Выпраўце шлях да праграмы або яе правы.",
        ),
        Label::LetterLost => (
            "Пробны ліст самім сабе не вярнуўся.",
            "Пашукайце яго ў спаме і дадайце тую папку ў налады.",
        ),
        Label::Clock => (
            "Гадзіннік камп’ютара паказвае немагчымы час, таму нічога не адпраўляем і не \
             ўсталёўваем.",
            "Выпраўце гадзіннік.",
        ),
    };
    ProblemWords { what, action }
}
