//! Ukrainian. The file and its matches have more lines because every text of the language is here:
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

pub struct Ukrainian;

static EVIDENCE: EvidenceWords = EvidenceWords {
    title: "Пакет доказів",
    files: "Що в пакеті",
    proves_title: "Що він доводить",
    proves: [
        "Кожен файл такий, яким його записано до переліку MANIFEST.json; жодного рядка журналу не \
         змінено, не вилучено і не переставлено.",
        "Надіслану заявку запечатано ключем того, чий сертифікат є в пакеті; отримані відповіді \
         запечатано ключем того, хто їх надіслав.",
        "Сертифікати підписантів видав центр, кореневий сертифікат якого є в пакеті. Порівняйте \
         його відбиток із тим, що знаєте самі.",
    ],
    cannot_title: "Чого він не доводить",
    cannot: [
        "Хто може переписати весь пакет, може скласти й інший, не менш послідовний. Тому запишіть \
         його відбиток в іншому місці, щойно пакет створено.",
        "Час у журналі — час годинника комп’ютера. Час у підписах — зі слів того, хто підписав.",
        "Вміст запечатаної заявки та листів читає лише той, хто має ключ. Квитанції додано в \
         прочитаному вигляді: що саме їх запечатано в листі, показує certpost open з ключем \
         власника.",
        "Чи не відкликано сертифікати згодом, пакет не знає.",
    ],
    how: "Перевірити пакет можна на будь-якому комп’ютері, без мережі й налаштувань:",
};

static LABELS: Labels = Labels {
    page_title: "Сертифікати",
    as_of: "станом на",
    who: "Хто",
    certificate: "Сертифікат",
    certificates: "Сертифікати",
    valid_until: "Діє до",
    left: "Залишилося",
    state: "Стан",
    costs: "Вартість",
    term: "Строк",
    payment: "Оплата",
    sum: "Сума",
    total: "Разом",
    grand_total: "Разом за всіма замовленнями",
    order_planned: "Заплановано найближчим часом",
    what_to_do: "Що зробити",
    details: "Подробиці та історія",
    history: "Історія",
    technical: "Подробиці",
    authority_says: "Відповідь дослівно",
    way: "Шлях заявки",
    post: "Пошта",
    made_by: "Підсумок склав certpost. Паролів і ключів тут немає.",
    notice: "Повідомлення до ДПС",
    case: "Номер справи",
    authority: "Куди",
    document: "Номер документа",
    attempt: "Спроба",
    opened: "Розпочато",
    invoice: "Рахунок",
    refusal_code: "Код відмови",
    last_safe_day: "Останній безпечний день",
    order_number: "Замовлення",
    receipts: "Квитанції та рахунки",
    registration: "Реєстраційний номер",
    file_by: "Подати не пізніше",
    payee: "Одержувач",
    payee_code: "Код одержувача",
    iban: "IBAN",
    purpose: "Призначення платежу",
    vat_inside: "у тому числі ПДВ",
    pay_by: "Сплатити до",
    nothing: "Справ немає.",
    done: "зроблено",
    now: "зараз",
    later: "далі",
    failed: "не вдалося",
    letters: ["Коли", "Від кого", "Тема", "Причина"],
    no_letters: "Таких листів немає.",
    quotes: ["«", "»"],
    trouble: "Перешкода",
    payment_file: "файл для банку",
    invoice_file: "рахунок (PDF)",
    orders: "Замовлення",
    order: "Замовлено",
    cases: "Справи",
    currency: "Валюта",
    what_happened: "Що сталося",
    columns: [
        "Код",
        "Організація",
        "Власник",
        "Роль",
        "ПІБ",
        "Сертифікат",
        "Серійний номер",
        "Діє з",
        "Діє до",
        "Залишилося днів",
        "Стан",
        "Номер справи",
        "Розпочато",
        "Надіслано",
        "Квитанція №1",
        "Квитанція №2",
        "Встановлено",
        "Рахунок",
        "Сума",
        "Оплата",
        "Що зробити",
        "Команда",
    ],
};

fn days(n: i64) -> String {
    count(n, "день", "дні", "днів")
}

fn sends(n: u32) -> String {
    match n {
        0 | 1 => "один раз".into(),
        2 => "двічі".into(),
        3 => "тричі".into(),
        n => count(i64::from(n), "раз", "рази", "разів"),
    }
}

/// Words that depend on whom we write to, and what.
struct Nouns {
    who: &'static str,
    refused: &'static str,
    accepted: &'static str,
    paper_accusative: &'static str,
    paper_accusative_capital: &'static str,
    first: &'static str,
    first_genitive: &'static str,
    first_capital: &'static str,
    second: &'static str,
    second_genitive: &'static str,
}

fn nouns(case: &Case<'_>) -> Nouns {
    let (first, first_genitive, first_capital, second, second_genitive) = if case.numbered {
        (
            "квитанцію\u{a0}№1",
            "квитанції\u{a0}№1",
            "Квитанцію\u{a0}№1",
            "квитанцію\u{a0}№2",
            "квитанції\u{a0}№2",
        )
    } else {
        ("підтвердження", "підтвердження", "Підтвердження", "рішення", "рішення")
    };
    match case.purpose {
        Purpose::Renewal => Nouns {
            who: "ЦСК",
            refused: "відмовив",
            accepted: "видав сертифікати",
            paper_accusative: "заявку",
            paper_accusative_capital: "Заявку",
            first,
            first_genitive,
            first_capital,
            second,
            second_genitive,
        },
        Purpose::Notice => Nouns {
            who: "ДПС",
            refused: "відмовила",
            accepted: "прийняла повідомлення",
            paper_accusative: "повідомлення",
            paper_accusative_capital: "Повідомлення",
            first,
            first_genitive,
            first_capital,
            second,
            second_genitive,
        },
    }
}

impl Ukrainian {
    fn years(&self, n: i64) -> String {
        count(n, "рік", "роки", "років")
    }

    fn again(&self, again: &Again<'_>, clock: &Clock) -> String {
        let tried =
            count(i64::from(again.failures), "невдала спроба", "невдалі спроби", "невдалих спроб");
        match again.next {
            Some(next) if next > clock.now => {
                format!("Поки що {tried}, наступна — {}.", self.moment(next, clock))
            }
            Some(_) | None => format!("Поки що {tried}, зараз пробуємо знову."),
        }
    }

    fn invoice(&self, invoice: &Invoice, clock: &Clock) -> String {
        let (number, sum) = (&invoice.number, self.money(&invoice.amount));
        match invoice.due {
            Some(due) if due < clock.now => {
                let day = self.date(clock.date(due));
                format!("Рахунок №\u{a0}{number} на {sum} слід було сплатити до {day}.")
            }
            Some(due) => {
                let day = self.date(clock.date(due));
                format!("Рахунок №\u{a0}{number} на {sum}, сплатити до {day}.")
            }
            None => format!("Рахунок №\u{a0}{number} на {sum}."),
        }
    }

    fn expired(&self, deadline: Timestamp, after: &After<'_>, case: &Case<'_>) -> String {
        let n = nouns(case);
        let day = self.date(case.clock.date(deadline));
        if case.purpose == Purpose::Notice {
            return format!(
                "Ключ директора закінчився {day}, перш ніж ДПС прийняла повідомлення. Звіти \
                 можна підписувати новими ключами: ДПС дізнається про них із наступного звіту."
            );
        }
        let hope = match after {
            After::NothingSent => "Заявку так і не надіслано.".to_owned(),
            After::Waiting => {
                format!("Якщо {} ще відповість, нові сертифікати буде встановлено без вас.", n.who)
            }
            After::Invoiced(invoice) => {
                let number = &invoice.number;
                format!("Рахунок №\u{a0}{number} лишився несплаченим.")
            }
            After::Refused(_) => format!("{} {}.", n.who, n.refused),
        };
        format!(
            "Сертифікати закінчилися {day}. Підписувати ними вже не можна; розшифрувати старі листи \
             й квитанції можна й далі. {hope} Підписи інших осіб працюють."
        )
    }

    fn gate(&self, gate: Gate, case: &Case<'_>) -> String {
        let paper = nouns(case).paper_accusative;
        match gate {
            Gate::Agreement => format!("Щоб надіслати {paper}, потрібна згода з договором ЦСК."),
            Gate::PhoneCode => {
                format!("Щоб надіслати {paper}, потрібен код із SMS на телефон власника.")
            }
            Gate::Approval => format!("Щоб надіслати {paper}, потрібна згода керівника."),
        }
    }
}

impl Words for Ukrainian {
    fn labels(&self) -> &'static Labels {
        &LABELS
    }

    fn topic(&self, topic: Topic) -> &'static str {
        match topic {
            Topic::NeedsYou => "Потребує вас",
            Topic::UnderWay => "У роботі",
            Topic::EndsSoon => "Закінчуються невдовзі",
            Topic::Done => "Зроблено",
            Topic::Calm => "Спокійно",
        }
    }

    fn role(&self, role: Role) -> &'static str {
        match role {
            Role::Director => "Директор",
            Role::Accountant => "Бухгалтер",
            Role::Seal => "Печатка установи",
            Role::Employee => "Співробітник",
        }
    }

    fn proprietor(&self) -> &'static str {
        "Підприємець"
    }

    fn code(&self, kind: OrganisationKind) -> &'static str {
        match kind {
            OrganisationKind::Legal => "ЄДРПОУ",
            OrganisationKind::SoleProprietor => "РНОКПП",
        }
    }

    fn usage(&self, usage: Usage) -> &'static str {
        match usage {
            Usage::Signing => "підпис",
            Usage::Agreement => "шифрування",
        }
    }

    fn term(&self, years: u8) -> String {
        self.years(i64::from(years))
    }

    fn payment(&self, state: PaymentState<'_>) -> String {
        match state {
            PaymentState::Prepaid => "сплачено наперед".into(),
            PaymentState::Online => "оплата онлайн".into(),
            PaymentState::InvoiceExpected => "за рахунком, який надішле ЦСК".into(),
            PaymentState::InvoiceUnpaid(number) => format!("рахунок №\u{a0}{number}, не сплачено"),
            PaymentState::InvoicePaid(number) => format!("рахунок №\u{a0}{number}, сплачено"),
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
            Day::Today => "сьогодні".to_owned(),
            Day::Yesterday => "вчора".to_owned(),
            Day::Tomorrow => "завтра".to_owned(),
            Day::Other(day) => self.date(day),
        };
        let preposition = if at.hour() == 11 { "об" } else { "о" };
        format!("{day} {preposition}\u{a0}{}", figures::time(at))
    }

    fn short_by(&self, at: DateTime) -> String {
        format!("до {}", self.short(at))
    }

    fn short_by_day(&self, day: Date) -> String {
        format!("до {}", figures::dotted_short(day))
    }

    fn left(&self, left: i64) -> String {
        match Left::of(left) {
            Left::Ended => "закінчився".into(),
            Left::LessThanADay => "менше доби".into(),
            Left::Days(left) => days(left),
            Left::Years(years, 0) => self.years(years),
            Left::Years(years, months) => format!("{} {months}\u{a0}міс.", self.years(years)),
        }
    }

    fn duration(&self, span: Span) -> String {
        figures::duration(span, "год", "хв", days)
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
        let people = count(holders, "власник", "власники", "власників");
        let certificates = count(holders * 2, "сертифікат", "сертифікати", "сертифікатів");
        format!("{company} · {people} · {certificates} · ЦСК-симулятор на 127.0.0.1:{port}")
    }

    fn demo_done(&self, took: std::time::Duration) -> String {
        format!("Готово за {}\u{a0}с.", figures::seconds(took, ','))
    }

    fn demo_unfinished(&self) -> &'static str {
        "Демонстрація не завершилася вчасно; усе, що сталося, лишилося в теці:"
    }

    fn demo_place(&self, place: DemoPlace) -> &'static str {
        match place {
            DemoPlace::Summary => "Підсумок",
            DemoPlace::Database => "База даних",
            DemoPlace::Keys => "Ключі",
            DemoPlace::Config => "Налаштування",
            DemoPlace::Authority => "ЦСК-симулятор",
        }
    }

    fn verdict(&self, verdict: &Verdict) -> (String, String) {
        let needed = i64::try_from(verdict.needed).unwrap_or(i64::MAX);
        let under_way = i64::try_from(verdict.under_way).unwrap_or(i64::MAX);
        let first = match needed {
            0 => "Від вас нічого не потрібно.".to_owned(),
            n => format!("Потрібні ви: {}.", count(n, "справа", "справи", "справ")),
        };
        let mut rest = Vec::new();
        if under_way > 0 && needed > 0 {
            rest.push("Решта йде сама.".to_owned());
        } else if under_way > 0 {
            let papers = count(under_way, "справа йде", "справи йдуть", "справ ідуть");
            rest.push(format!("{papers} своїм ходом."));
        }
        if let Some((day, left)) = verdict.nearest {
            let date = self.date(day);
            rest.push(match left {
                ..0 => format!("Перший сертифікат уже закінчився {date}."),
                left => format!("Найближчий сертифікат закінчується {date} ({}).", self.left(left)),
            });
        }
        (first, rest.join(" "))
    }

    fn ends(&self, until: Date, left: i64) -> String {
        let date = self.date(until);
        match left {
            ..0 => format!("Сертифікати закінчилися {date}."),
            left => format!("Сертифікати діють до {date} ({}).", self.left(left)),
        }
    }

    fn say(&self, say: &Say<'_>) -> String {
        let text = match say {
            Say::Severity(Severity::Error) => "ТЕРМІНОВО",
            Say::Severity(Severity::Warning) => "УВАГА",
            Say::Severity(Severity::Normal) => "ДО ВІДОМА",
            Say::Severity(Severity::Success) => "ГОТОВО",
            Say::Resolved => "УСУНЕНО",
            Say::Over => "Цієї перешкоди вже немає.",
            Say::Gathered { kind, count: all } => {
                let n = i64::try_from(*all).unwrap_or(i64::MAX);
                return match kind {
                    Kind::Succeeded => {
                        format!("Оновлено сертифікати: {}", count(n, "справа", "справи", "справ"))
                    }
                    Kind::Invoiced => {
                        format!("До оплати {}", count(n, "рахунок", "рахунки", "рахунків"))
                    }
                    Kind::Ending => format!(
                        "Закінчуються сертифікати: {}",
                        count(n, "власник", "власники", "власників")
                    ),
                    _ => count(n, "новина", "новини", "новин"),
                };
            }
            Say::More { count: left_out } => {
                let n = i64::try_from(*left_out).unwrap_or(i64::MAX);
                return format!(
                    "Не вмістилося сюди: {}. Усе показує підсумок certpost.",
                    count(n, "новина", "новини", "новин")
                );
            }
            Say::LastToday => {
                "Це останнє повідомлення на сьогодні: решту зберемо в одне й надішлемо завтра. \
                 Поточний стан завжди показує підсумок certpost."
            }
            Say::NothingToDo => "Від вас нічого не потрібно.",
            Say::PayBy => "Сплатити до",
            Say::Payee => "Одержувач",
            Say::PaymentPurpose => "Призначення платежу",
            Say::QuarantineTitle => "Листи в карантині",
            Say::LookAtQuarantine => "Подивіться, чи немає серед них відповіді ЦСК.",
            Say::DigestTitle => "Підсумок тижня",
            Say::TestTitle => "Пробне повідомлення",
            Say::TestTold { contact } => {
                return format!(
                    "Це проба: так certpost повідомлятиме вас («{contact}») про сертифікати. \
                     Нічого не сталося, від вас нічого не потрібно."
                );
            }
            Say::Footer => "Цей лист склала програма certpost. Відповідати на нього не потрібно.",
        };
        text.to_owned()
    }

    fn ordered(&self, on: Date, number: &str) -> String {
        format!("Замовлення від {}, №\u{a0}{number}", self.date(on))
    }

    fn invoice_title(&self, number: &str, dated: Option<Date>) -> String {
        let number = format!("Рахунок №\u{a0}{number}");
        dated.map_or(number.clone(), |day| format!("{number} від {}", self.date(day)))
    }

    fn invoice_state(&self, state: InvoiceState<'_>) -> String {
        match state {
            InvoiceState::Unpaid => "до сплати".into(),
            InvoiceState::Overdue => "прострочено".into(),
            InvoiceState::Settled => "сплачено".into(),
            InvoiceState::Paid { on, reference: "" } => format!("сплачено {}", self.date(on)),
            InvoiceState::Paid { on, reference } => {
                format!("сплачено {}, {reference}", self.date(on))
            }
        }
    }

    fn wrong_sum(&self, asked: &Money, price: &Money) -> String {
        format!(
            "У рахунку {}, а за прейскурантом має бути {}. Перш ніж платити, з’ясуйте у ЦСК, чому.",
            self.money(asked),
            self.money(price),
        )
    }

    fn unpublished(&self) -> &'static str {
        "Згоди на публікацію немає: нові сертифікати передайте партнерам самі. Файли лежать поруч \
         із підсумком, у теці certificates."
    }

    fn pay_online(&self, sum: &str, page: Option<&str>) -> String {
        match page {
            Some(page) => format!("Сплатіть {} на сторінці {page}, тоді повідомте про це.", sum),
            None => format!("Сплатіть {} на сайті ЦСК, тоді повідомте про це.", sum),
        }
    }

    fn occasion(&self, occasion: Occasion<'_>) -> String {
        match occasion {
            Occasion::Ends { who, usages } => format!("Закінчується сертифікат: {who} ({usages})"),
            Occasion::Due { who } => format!("Час оновити сертифікати: {who}"),
            Occasion::LastSafeDay { who } => {
                format!("Останній безпечний день для заявки: {who}")
            }
            Occasion::InvoiceDue(invoice) => {
                let (number, sum) = (&invoice.number, self.money(&invoice.amount));
                format!("Сплатити рахунок №\u{a0}{number}: {sum}")
            }
        }
    }

    fn evidence(&self) -> &'static EvidenceWords {
        &EVIDENCE
    }

    fn paper(&self, kind: PaperKind) -> &'static str {
        match kind {
            PaperKind::LetterSent => "лист, як його надіслано",
            PaperKind::LetterReceived => "лист, як він надійшов",
            PaperKind::Sealed => "запечатаний документ із листа",
            PaperKind::Receipt => "прочитана й перевірена відповідь",
            PaperKind::InvoicePdf => "рахунок для людей",
            PaperKind::CertificateOld => "сертифікат, який оновлювали",
            PaperKind::CertificateNew => "новий сертифікат",
            PaperKind::AuthoritySigner => "сертифікат того, хто підписує відповіді",
            PaperKind::AuthorityAnchor => "кореневий сертифікат",
            PaperKind::Journal => "журнал справи",
            PaperKind::Summary => "ця сторінка",
        }
    }

    fn post(&self, remark: PostRemark, clock: &Clock) -> String {
        match remark {
            PostRemark::NeverRead => "Поштову скриньку ще не читали.".into(),
            PostRemark::Read { at } => {
                format!("Поштову скриньку прочитано {}.", self.moment(at, clock))
            }
            PostRemark::Silent { at } => format!(
                "Востаннє прочитано {}, {} тому.",
                self.moment(at, clock),
                self.duration(clock.now - at)
            ),
            PostRemark::Quarantined { letters } => {
                let n = i64::try_from(letters).unwrap_or(i64::MAX);
                let letters = count(n, "лист", "листи", "листів");
                format!(
                    "До карантину відкладено {letters}: справжність не підтверджено або лист не \
                     читається. На справи це не вплинуло."
                )
            }
            PostRemark::Unclaimed { letters } => {
                let n = i64::try_from(letters).unwrap_or(i64::MAX);
                let letters =
                    count(n, "справжню відповідь", "справжні відповіді", "справжніх відповідей");
                let which = choose(n, "яку", "які", "які");
                format!("Збережено {letters}, на {which} ніхто не чекав.")
            }
        }
    }

    fn holder(&self, state: HolderState) -> HolderWords {
        match state {
            HolderState::EndsSoon { starts: Some(day) } => HolderWords {
                badge: "Скоро оновлення".into(),
                told: format!(
                    "Оновлення почнеться саме {}. Від вас нічого не потрібно.",
                    self.date(day)
                ),
                advice: None,
            },
            HolderState::EndsSoon { starts: None } => HolderWords {
                badge: "Час оновити".into(),
                told: "Оновлення ось-ось почнеться. Від вас нічого не потрібно.".into(),
                advice: None,
            },
            HolderState::Withdrawn => HolderWords {
                badge: "Не оновлюється".into(),
                told: "Оновлення скасовано, і саме воно вже не почнеться.".into(),
                advice: Some("Якщо сертифікат ще потрібен, почніть оновлення знову.".into()),
            },
            HolderState::Ended { on } => HolderWords {
                badge: "Закінчився".into(),
                told: format!(
                    "Сертифікати закінчилися {}. Підписувати ними вже не можна; розшифрувати старі \
                     листи й квитанції можна й далі. Підписи інших осіб працюють.",
                    self.date(on)
                ),
                advice: Some(
                    "Отримайте нові сертифікати в офісі ЦСК: поштою закінчений сертифікат не \
                     оновлюють."
                        .into(),
                ),
            },
            HolderState::Missing => HolderWords {
                badge: "Немає сертифіката".into(),
                told: "Ключа й сертифіката цього власника тут ще немає.".into(),
                advice: Some("Покладіть чинний ключ і сертифікат до сховища certpost.".into()),
            },
            HolderState::Calm { until } => HolderWords {
                badge: "Чинний".into(),
                told: format!("Діє до {}.", self.date(until)),
                advice: None,
            },
        }
    }

    fn badge(&self, situation: &Situation<'_>, case: &Case<'_>) -> String {
        let n = nouns(case);
        match situation {
            Situation::Preparing => format!("Готуємо {}", n.paper_accusative),
            Situation::PreparingAgain(_) => "Готуємо: поки що не вдається".into(),
            Situation::PutOff { .. } => "Відкладено".into(),
            Situation::NotYetValid { .. } => "Видано наперед".into(),
            Situation::PayOnline { .. } => "Оплата онлайн".into(),
            Situation::AtGate { gate, .. } => match gate {
                Gate::Agreement => "Потрібна ваша згода".into(),
                Gate::PhoneCode => "Потрібен код із SMS".into(),
                Gate::Approval => "Чекає на керівника".into(),
            },
            Situation::Sending => "Надсилаємо".into(),
            Situation::Resending { .. } => "Надсилаємо ще раз".into(),
            Situation::SendingAgain(_) => "Надсилаємо: поки що не вдається".into(),
            Situation::AwaitingReceipt { .. } => format!("Чекаємо на {}", n.first),
            Situation::AwaitingDecision { .. } => format!("Чекаємо на {}", n.second),
            Situation::Payment { overdue: false, .. } => "Рахунок до оплати".into(),
            Situation::Payment { overdue: true, .. } => "Рахунок прострочено".into(),
            Situation::Installing { .. } => match case.purpose {
                Purpose::Renewal => "Встановлюємо".into(),
                Purpose::Notice => "Прийнято, завершуємо".into(),
            },
            Situation::InstallingAgain(_) => match case.purpose {
                Purpose::Renewal => "Видано, ще не встановлено".into(),
                Purpose::Notice => "Встановлюємо: поки що не вдається".into(),
            },
            Situation::HookFailed { .. } => "Встановлено, дія не вдалася".into(),
            Situation::Installed { .. } => match case.purpose {
                Purpose::Renewal => "Оновлено".into(),
                Purpose::Notice => "Прийнято".into(),
            },
            Situation::Refused { .. } => "Відмова".into(),
            Situation::CannotPrepare(_) => match case.purpose {
                Purpose::Renewal => "Заявку не складено".into(),
                Purpose::Notice => "Повідомлення не складено".into(),
            },
            Situation::CannotSend(_) => "Лист не доставлено".into(),
            Situation::Silent { .. } => "Немає відповіді".into(),
            Situation::CannotInstall(_) => match case.purpose {
                Purpose::Renewal => "Видано, не встановлено".into(),
                Purpose::Notice => "Не встановлено".into(),
            },
            Situation::GateClosed(_) => "Час на згоду минув".into(),
            Situation::Expired { .. } => match case.purpose {
                Purpose::Renewal => "Сертифікат закінчився".into(),
                Purpose::Notice => "Запізно повідомляти".into(),
            },
            Situation::Withdrawn { .. } => "Скасовано".into(),
        }
    }

    fn told(&self, situation: &Situation<'_>, case: &Case<'_>) -> String {
        let (n, clock) = (nouns(case), case.clock);
        match situation {
            Situation::Preparing => match case.purpose {
                Purpose::Renewal => {
                    "Готуємо заявку з даних чинного сертифіката. Від вас нічого не потрібно.".into()
                }
                Purpose::Notice => {
                    "Готуємо повідомлення про нові сертифікати. Від вас нічого не потрібно.".into()
                }
            },
            Situation::PreparingAgain(again) => self.again(again, clock),
            Situation::NotYetValid { until } => format!(
                "Сертифікати видано, вони почнуть діяти {}: тоді їх буде встановлено. Від вас нічого не потрібно.",
                self.date(clock.date(*until)),
            ),
            Situation::PutOff { until } => format!(
                "Оновлення відкладено до {}: тоді воно почнеться саме.",
                self.date(clock.date(*until)),
            ),
            Situation::PayOnline { .. } => {
                "ЦСК прийняв заявку і чекає на оплату онлайн. До оплати її не розглядають.".into()
            }
            Situation::AtGate { gate, until } => {
                format!("{} Чекаємо до {}.", self.gate(*gate, case), self.by(*until, clock))
            }
            Situation::Sending => format!(
                "{} підписано й зашифровано, зараз надішлемо. Від вас нічого не потрібно.",
                n.paper_accusative_capital
            ),
            Situation::Resending { sends: done } => format!(
                "{} надіслано {}, відповіді немає, тож зараз надішлемо те саме ще раз. Від вас \
                 нічого не потрібно.",
                n.paper_accusative_capital,
                sends(*done)
            ),
            Situation::SendingAgain(again) => self.again(again, clock),
            Situation::AwaitingReceipt { sends: done, sent, certain, until } => {
                let until = self.by(*until, clock);
                if !certain {
                    return format!(
                        "Зв’язок обірвався під час надсилання, тож лист міг дійти. Чекаємо на {} \
                         до {until}; не прийде — надішлемо те саме ще раз. Від вас нічого не \
                         потрібно.",
                        n.first
                    );
                }
                let often = if *done > 1 {
                    format!(" (усього {})", sends(*done))
                } else {
                    String::new()
                };
                let sent = sent.map_or(String::new(), |at| format!(" {}", self.moment(at, clock)));
                format!(
                    "{} надіслано{sent}{often}. Чекаємо на {} до {until}. Від вас нічого не \
                     потрібно.",
                    n.paper_accusative_capital, n.first
                )
            }
            Situation::AwaitingDecision { delivered, until } => {
                let until = self.by(*until, clock);
                let came =
                    delivered.map_or(String::new(), |at| format!(" {}", self.moment(at, clock)));
                format!(
                    "{} отримано{came}. Чекаємо на {} до {until}. Від вас нічого не потрібно.",
                    n.first_capital, n.second
                )
            }
            Situation::Payment { invoice, until, .. } => format!(
                "{} Справа чекає й піде далі сама, щойно {} отримає кошти. Нагадаємо {}.",
                self.invoice(invoice, clock),
                n.who,
                self.moment(*until, clock)
            ),
            Situation::Installing { granted } => format!(
                "{} {} {}. Перевіряємо і встановлюємо. Від вас нічого не потрібно.",
                n.who,
                n.accepted,
                self.moment(*granted, clock)
            ),
            Situation::HookFailed { at, again } => {
                format!(
                    "Нові сертифікати встановлено {}. {}",
                    self.moment(*at, clock),
                    self.again(again, clock)
                )
            }
            Situation::InstallingAgain(again) => {
                format!("{} {}. {}", n.who, n.accepted, self.again(again, clock))
            }
            Situation::Installed { at } => match case.purpose {
                Purpose::Renewal => {
                    format!("Нові сертифікати встановлено {}.", self.moment(*at, clock))
                }
                Purpose::Notice => format!(
                    "ДПС прийняла повідомлення про нові сертифікати {}.",
                    self.moment(*at, clock)
                ),
            },
            Situation::Refused { second, at, .. } => {
                let at = self.moment(*at, clock);
                if *second && case.numbered {
                    return format!("Квитанція №2 надійшла {at}: {} {}.", n.who, n.refused);
                }
                format!("{} {} {at}.", n.who, n.refused)
            }
            Situation::CannotPrepare(_) => match case.purpose {
                Purpose::Renewal => "Скласти заявку не вдалося.".into(),
                Purpose::Notice => "Скласти повідомлення не вдалося.".into(),
            },
            Situation::CannotSend(_) => match case.purpose {
                Purpose::Renewal => "Лист із заявкою не дійшов до ЦСК.".into(),
                Purpose::Notice => "Лист із повідомленням не дійшов до ДПС.".into(),
            },
            Situation::Silent { sends: done, delivered: None } => format!(
                "{} надіслано {}, а {} досі немає.",
                n.paper_accusative_capital,
                sends(*done),
                n.first_genitive
            ),
            Situation::Silent { delivered: Some(at), .. } => format!(
                "{} отримано {}, а {} досі немає, хоча звичайний строк минув.",
                n.first_capital,
                self.moment(*at, clock),
                n.second_genitive
            ),
            Situation::CannotInstall(_) => match case.purpose {
                Purpose::Renewal => {
                    "ЦСК видав сертифікати, але встановити їх не вдалося. Старі працюють далі."
                        .into()
                }
                Purpose::Notice => {
                    "ДПС прийняла повідомлення, але завершити справу не вдалося.".into()
                }
            },
            Situation::GateClosed(gate) => {
                format!("{} Відведений час минув.", self.gate(*gate, case))
            }
            Situation::Expired { deadline, after } => self.expired(*deadline, after, case),
            Situation::Withdrawn { at, reason: "" } => {
                format!("Справу скасовано {}.", self.moment(*at, clock))
            }
            Situation::Withdrawn { at, reason } => {
                format!("Справу скасовано {}: {reason}.", self.moment(*at, clock))
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
                Gate::Agreement => "Прочитайте договір ЦСК і підтвердьте згоду.".into(),
                Gate::PhoneCode => "Дочекайтеся коду в SMS і підтвердьте номер телефону.".into(),
                Gate::Approval => "Попросіть керівника перевірити й затвердити.".into(),
            },
            Situation::Payment { .. } => {
                "Сплатіть рахунок. Якщо вже сплатили, повідомте про це.".into()
            }
            Situation::Refused { .. } => match case.purpose {
                Purpose::Renewal => "Усуньте причину, яку назвав ЦСК, і надішліть нову заявку. \
                                     Якщо змінилися дані, записані в сертифікаті, потрібен візит \
                                     до офісу ЦСК."
                    .into(),
                Purpose::Notice => "Виправте вказане і надішліть нове повідомлення.".into(),
            },
            Situation::Silent { .. } => format!(
                "Зателефонуйте до {} і спитайте про документ. Щоб надіслати те саме ще раз, \
                 дайте команду.",
                n.who
            ),
            Situation::GateClosed(_) => {
                "Якщо справа ще потрібна, поновіть її і підтвердьте.".into()
            }
            Situation::Expired { .. } => match case.purpose {
                Purpose::Renewal => "Запишіться до офісу ЦСК: новий сертифікат тепер видають лише \
                                     за паперовою заявою. Коли його отримаєте, закрийте цю справу."
                    .into(),
                Purpose::Notice => {
                    "Підпишіть наступний звіт новими ключами й закрийте справу.".into()
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
            what: "Сталося те, чого ми не передбачили.",
            action: "Покажіть подробиці тому, хто доглядає certpost.",
        }
    }

    fn step(&self, step: StepName, case: &Case<'_>) -> String {
        let text = match (step, case.purpose) {
            (StepName::Prepared, Purpose::Renewal) => "Заявку складено",
            (StepName::Prepared, Purpose::Notice) => "Повідомлення складено",
            (StepName::Gate(Gate::Agreement), _) => "Згода з договором",
            (StepName::Gate(Gate::PhoneCode), _) => "Код із SMS",
            (StepName::Gate(Gate::Approval), _) => "Згода керівника",
            (StepName::Sent, _) => "Надіслано",
            (StepName::Delivered, _) if case.numbered => "Квитанція №1",
            (StepName::Delivered, _) => "Підтвердження",
            (StepName::Paid, _) => "Оплата",
            (StepName::Decided, _) if case.numbered => "Квитанція №2",
            (StepName::Decided, _) => "Рішення",
            (StepName::Installed, Purpose::Renewal) => "Встановлення",
            (StepName::Installed, Purpose::Notice) => "Завершення",
        };
        text.into()
    }

    fn opening(&self, case: &Case<'_>) -> String {
        match case.purpose {
            Purpose::Renewal => "Настав час оновити сертифікати.".into(),
            Purpose::Notice => "Настав час повідомити ДПС про нові сертифікати.".into(),
        }
    }

    fn event(&self, event: &Event, to: Option<StageName>, case: &Case<'_>) -> String {
        let n = nouns(case);
        match event {
            Event::Prepared { .. } => {
                format!("{} складено, підписано й зашифровано.", n.paper_accusative_capital)
            }
            Event::PrepareFailed { .. } => "Скласти документ не вдалося.".into(),
            Event::GatePassed(gate) => match gate {
                Gate::Agreement => "Згоду з договором підтверджено.".into(),
                Gate::PhoneCode => "Код із SMS підтверджено.".into(),
                Gate::Approval => "Керівник затвердив.".into(),
            },
            Event::Sent => "Надіслано; поштовий сервер прийняв лист.".into(),
            Event::SendFailed(SendFailure::Later(_)) => "Надіслати не вдалося.".into(),
            Event::SendFailed(SendFailure::Rejected(_)) => "Надіслати не вдалося.".into(),
            Event::SendFailed(SendFailure::Uncertain(_)) => "Лист міг дійти, а міг і ні.".into(),
            Event::Bounced { lasting: true, .. } => {
                "Надійшло повідомлення поштового сервера.".into()
            }
            Event::Bounced { lasting: false, .. } => {
                "Пошта повідомила, що лист затримується.".into()
            }
            Event::Heard { word, .. } => match word {
                Word::Delivered => format!("Отримано {}.", n.first),
                Word::Invoiced(invoice) => {
                    let (number, sum) = (&invoice.number, self.money(&invoice.amount));
                    format!("Отримано рахунок №\u{a0}{number} на {sum}.")
                }
                Word::Granted(_) => format!("Отримано {}: {} {}.", n.second, n.who, n.accepted),
                Word::Refused(refusal) => {
                    format!("{} {}: {}", n.who, n.refused, reasons(refusal))
                }
            },
            Event::Paid { reference } if reference.is_empty() => "Повідомлено про оплату.".into(),
            Event::Paid { reference } => format!("Повідомлено про оплату: {reference}."),
            Event::Installed => match case.purpose {
                Purpose::Renewal => "Нові сертифікати перевірено і встановлено.".into(),
                Purpose::Notice => "Справу завершено.".into(),
            },
            Event::InstallFailed { .. } => "Встановити не вдалося.".into(),
            Event::Snoozed { until } => {
                format!("Відкладено до {}.", self.date(case.clock.date(*until)))
            }
            Event::Retried => "Людина попросила спробувати ще раз.".into(),
            Event::Withdrawn { reason } if reason.is_empty() => "Справу скасовано.".into(),
            Event::Withdrawn { reason } => format!("Справу скасовано: {reason}."),
            Event::Woke => match to {
                Some(StageName::Prepared) => "Відповіді немає, надсилаємо те саме ще раз.".into(),
                Some(StageName::Stalled) => "Строк минув: далі вирішує людина.".into(),
                Some(StageName::Expired) => "Чинний сертифікат закінчився.".into(),
                Some(StageName::AwaitingPayment) => "Нагадали про рахунок.".into(),
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
                | None => "Настав призначений час.".into(),
            },
        }
    }

    fn anomaly(&self, why: Anomaly) -> &'static str {
        match why {
            Anomaly::Closed => "справу вже закрито, нічого не змінилося",
            Anomaly::Repeated => "це вже відомо, нічого не змінилося",
            Anomaly::EarlierAttempt => "це про попередню спробу, нічого не змінилося",
            Anomaly::UnknownAttempt => "такої спроби не було, нічого не змінилося",
            Anomaly::TooEarly => "ще зарано, нічого не змінилося",
            Anomaly::NoConsequence => "на справу це не впливає",
            Anomaly::NotWaitedFor => "на це зараз не чекали, нічого не змінилося",
        }
    }

    fn serials(&self, serials: &str) -> String {
        format!("Серійні номери: {serials}")
    }

    fn differs(&self, difference: &Difference<'_>) -> String {
        let Difference { datum, configured, certified } = difference;
        let datum = match datum {
            Datum::Code => "Код організації",
            Datum::Organisation => "Назва організації",
            Datum::Holder => "Власник",
            Datum::Drfo => "РНОКПП",
        };
        format!("{datum}: у налаштуваннях «{configured}», у сертифікаті «{certified}»")
    }

    fn superseded(&self) -> &'static str {
        "новіший сертифікат уже на місці"
    }

    fn since(&self, badge: &str, waiting: bool, at: Timestamp, clock: &Clock) -> String {
        let dash = if waiting { "" } else { " —" };
        let (at, long) = (self.by(at, clock), self.duration(clock.now - at));
        format!("{badge}{dash} з {at} ({long}).")
    }

    fn usual(&self, usual: Option<Usual>, received: usize, case: &Case<'_>) -> String {
        let (for_whom, of) = match case.purpose {
            Purpose::Renewal => ("Для цього ЦСК", "від цього ЦСК"),
            Purpose::Notice => ("Для ДПС", "від ДПС"),
        };
        match (usual, received) {
            (Some(Usual { median, most, .. }), _) => format!(
                "{for_whom} зазвичай {}, у 95 випадках зі 100 — до {}.",
                self.duration(median),
                self.duration(most)
            ),
            (None, 0) => {
                format!("Звичного строку ще не знаємо: таких відповідей {of} не було.")
            }
            (None, 1) => {
                format!("Звичного строку ще не знаємо: така відповідь {of} була лише одна.")
            }
            (None, n) => {
                format!("Звичного строку ще не знаємо: таких відповідей {of} було лише {n}.")
            }
        }
    }

    fn next(&self, step: NextStep, case: &Case<'_>) -> String {
        match step {
            NextStep::Nothing => String::new(),
            NextStep::SendAgain(at) => {
                let at = self.by(at, case.clock);
                format!("Якщо не прийде до {at}, надішлемо те саме ще раз.")
            }
            NextStep::CallPerson(at) => {
                format!("Якщо не прийде до {}, покличемо вас.", self.by(at, case.clock))
            }
            NextStep::Ends(at) => format!(
                "Якщо не прийде до {}, чинний сертифікат закінчиться раніше.",
                self.by(at, case.clock)
            ),
        }
    }

    fn nothing_due(&self, until: Date, ends: Date) -> String {
        let (until, ends) = (self.date(until), self.date(ends));
        format!(
            "До {until} робити нічого не треба: тоді саме почнеться оновлення сертифікатів, що \
             діють до {ends}."
        )
    }

    fn plan(&self, from: Date, to: Date) -> PlanWords {
        PlanWords {
            title: format!("Оновлення з {} до {}", self.date(from), self.date(to)),
            columns: ["Почнеться", "Хто", "Діють до", "Не пізніше", "Вартість"],
            none: "За цей час нічого оновлювати не треба.",
            assumed: "* їх ще немає: припускаємо, що попереднє оновлення відбудеться вчасно.",
            paper: "лише в офісі ЦСК (сертифікат закінчився або його немає)",
            withdrawn: "скасовано, саме не почнеться",
        }
    }

    fn dealt(&self, when: &str, reason: &str) -> String {
        match reason {
            "" => format!("Розібралися {when}."),
            reason => format!("Розібралися {when}: {reason}"),
        }
    }

    fn replayed(&self, exchange: Option<&str>) -> String {
        match exchange {
            Some(id) => format!("Лист прочитано, він належить до справи {id}."),
            None => "Лист прочитано, у карантині його більше немає.".into(),
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
            "Лист вилучено: скринька така, як була."
        } else {
            "Сервер не вміє вилучити один лист, тож його позначено як видалений."
        };
        format!(
            "Лист надіслано за {sent},{sent_tenth}\u{a0}с; за {whole},{tenth}\u{a0}с він повернувся до папки {folder}. {rest}"
        )
    }

    fn doctor(&self, needed: usize) -> String {
        match i64::try_from(needed).unwrap_or(i64::MAX) {
            0 => "Усе гаразд.".into(),
            n => format!("Потрібні ви: {}.", count(n, "справа", "справи", "справ")),
        }
    }

    fn probe(&self, probe: Probe) -> &'static str {
        match probe {
            Probe::Configuration => "Налаштування",
            Probe::Mailbox => "Скринька",
            Probe::Folder => "Тека",
            Probe::Moving => "Перенесення",
            Probe::Quota => "Місце в скриньці",
            Probe::Sending => "Надсилання",
            Probe::LetterSize => "Розмір листа",
            Probe::Clock => "Годинник",
            Probe::AuthorityCertificate => "Сертифікат ЦСК",
            Probe::Keys => "Ключі",
            Probe::Token => "Токен",
            Probe::Disk => "Диск",
            Probe::Hook => "Програма після",
        }
    }

    fn fact(&self, fact: &Fact) -> String {
        match fact {
            Fact::Nothing => String::new(),
            Fact::Letters(n) => count(i64::from(*n), "лист", "листи", "листів"),
            Fact::UsedPercent(percent) => format!("зайнято {percent}\u{a0}%"),
            Fact::UpToBytes(bytes) => format!("до {}\u{a0}КБ", bytes >> 10),
            Fact::FreeMegabytes(free) => format!("вільно {free}\u{a0}МБ"),
            Fact::Until(day) => format!("діє до {}", self.date(*day)),
            Fact::SpareKeys(n) => format!("нові ключі скасованих заявок: {n}"),
            Fact::Untold => "сервер не каже".into(),
        }
    }

    fn rehearsal(&self) -> RehearsalWords {
        RehearsalWords {
            title: "Ось заявка, яку було б надіслано. Нічого не надіслано, не збережено й не \
                    змінено.",
            order: "Замовлення",
            size: "Розмір листа",
            gates: "Спершу потрібно",
            uncounted: "Номер документа дасть certpost, що працює: лічильник у нього.",
            masked: "******** — парольний діалог; у справжній заявці він є.",
        }
    }

    fn checked(&self, problems: usize) -> String {
        match problems {
            0 => "помилок немає, усе назване на місці.".into(),
            n => {
                let n = i64::try_from(n).unwrap_or(i64::MAX);
                format!("{}.", count(n, "помилка", "помилки", "помилок"))
            }
        }
    }

    fn line(&self, number: usize) -> String {
        format!("рядок {number}")
    }
}

fn reasons(refusal: &Refusal) -> String {
    let quoted: Vec<String> = refusal.reasons.iter().map(|reason| format!("«{reason}»")).collect();
    quoted.join("; ")
}

fn problem(label: Label) -> ProblemWords {
    let (what, action) = match label {
        Label::DataDiffer => (
            "Дані в налаштуваннях не такі, як у чинному сертифікаті.",
            "Виправте налаштування. Якщо дані справді змінилися, потрібен візит до офісу ЦСК.",
        ),
        Label::CertificateMissing => (
            "Чинного сертифіката немає у сховищі.",
            "Покладіть сертифікат і ключ до сховища certpost.",
        ),
        Label::CertificateEnded => (
            "Сертифікат, яким слід підписати заявку, вже не діє.",
            "Отримайте новий сертифікат в офісі ЦСК.",
        ),
        Label::KeyMissing => {
            ("Чинного ключа немає у сховищі.", "Покладіть ключ до сховища certpost.")
        }
        Label::KeyPassword => {
            ("Пароль до ключа не підходить.", "Перевірте пароль, на який вказують налаштування.")
        }
        Label::KeyPermissions => (
            "Файл із ключем відкритий для сторонніх.",
            "Обмежте доступ до файла: читати його має лише certpost.",
        ),
        Label::KeyDamaged => ("Файл із ключем пошкоджено.", "Відновіть файл із резервної копії."),
        Label::PasswordShort => {
            ("Пароль нового ключа закороткий для цього ЦСК.", "Задайте довший пароль.")
        }
        Label::PasswordRepetition => (
            "Новий пароль і його повторення різні.",
            "Запишіть той самий пароль в обох місцях, на які вказують налаштування.",
        ),
        Label::PasswordWeak => (
            "Новий пароль легко вгадати.",
            "Задайте довший пароль: кілька слів або літери з цифрами.",
        ),
        Label::TokenModule => (
            "Програма для роботи з токеном не завантажується.",
            "Перевірте, чи встановлено драйвер токена і чи правильно вказано його файл.",
        ),
        Label::TokenMissing => (
            "Токена з ключами не знайдено.",
            "Вставте токен. Якщо він на місці, перевірте його назву в налаштуваннях.",
        ),
        Label::TokenPin => (
            "Токен не прийняв PIN-код. Щоб токен не заблокувався, certpost більше його не вводить.",
            "Виправте PIN-код там, звідки його беруть налаштування.",
        ),
        Label::TokenLocked => (
            "Токен заблоковано, або до блокування лишилася одна спроба.",
            "Увійдіть до токена його власною програмою або розблокуйте його.",
        ),
        Label::TokenFull => (
            "На токені немає місця для нового ключа.",
            "Видаліть із токена непотрібне або візьміть новий. Чинних ключів не видаляйте.",
        ),
        Label::TokenFailed => (
            "Токен не зміг виконати дію з ключем.",
            "Покажіть подробиці тому, хто доглядає certpost.",
        ),
        Label::SecretMissing => (
            "Бракує пароля або слова для парольного діалогу.",
            "Перевірте, на який файл чи змінну вказують налаштування.",
        ),
        Label::SecretPermissions => (
            "Файл із паролем відкритий для сторонніх.",
            "Обмежте доступ до файла: читати його має лише certpost.",
        ),
        Label::ApplicationUnfit => {
            ("Дані не пасують до форми заявки.", "Виправте вказане поле в налаштуваннях.")
        }
        Label::RecipientMissing => (
            "Немає чинного сертифіката ЦСК, для якого шифрують заявку.",
            "Завантажте новий сертифікат із сайту ЦСК і вкажіть його в налаштуваннях.",
        ),
        Label::SealFailed => (
            "Підписати й зашифрувати заявку не вдалося.",
            "Покажіть подробиці тому, хто доглядає certpost.",
        ),
        Label::HolderUnknown => (
            "Цього власника вже немає в налаштуваннях.",
            "Поверніть власника до налаштувань або скасуйте справу.",
        ),
        Label::SmtpUnreachable => (
            "Поштовий сервер для надсилання не відповідає.",
            "Перевірте інтернет і адресу сервера. Спроби тривають самі.",
        ),
        Label::SmtpLogin => (
            "Поштовий сервер не прийняв пароль для надсилання.",
            "Оновіть пароль поштової скриньки в налаштуваннях.",
        ),
        Label::SmtpLater => {
            ("Поштовий сервер просить зачекати.", "Нічого робити не треба: спроби тривають самі.")
        }
        Label::SmtpRejected => (
            "Поштовий сервер не прийняв лист.",
            "Перевірте адресу ЦСК і власну адресу в налаштуваннях.",
        ),
        Label::SmtpUncertain => (
            "Зв’язок обірвався, перш ніж сервер підтвердив лист.",
            "Нічого робити не треба: зачекаємо на квитанцію.",
        ),
        Label::Bounce => (
            "Пошта повернула лист: адресат його не отримав.",
            "Перевірте адресу ЦСК у налаштуваннях.",
        ),
        Label::SmtpTls => (
            "Поштовий сервер для надсилання не довів, що він справжній.",
            "Перевірте адресу сервера; пароля ми йому не надіслали.",
        ),
        Label::ImapUnreachable => (
            "Поштова скринька недоступна: сервер не відповідає.",
            "Перевірте інтернет і адресу сервера. Спроби тривають самі.",
        ),
        Label::ImapLogin => (
            "До поштової скриньки не пускають: пароль не підходить.",
            "Оновіть пароль поштової скриньки в налаштуваннях.",
        ),
        Label::ImapFolder => {
            ("У поштовій скриньці немає потрібної теки.", "Виправте назву теки в налаштуваннях.")
        }
        Label::ImapTls => (
            "Сервер поштової скриньки не довів, що він справжній.",
            "Перевірте адресу сервера; пароля ми йому не надіслали.",
        ),
        Label::ImapTimeout => (
            "Сервер поштової скриньки перестав відповідати посеред розмови.",
            "Перевірте інтернет. Спроби тривають самі.",
        ),
        Label::ImapBusy => (
            "Поштовий сервер обмежив доступ і просить зачекати.",
            "Закрийте інші програми, що читають цю скриньку. Спроби тривають самі.",
        ),
        Label::ImapProtocol => (
            "Поштовий сервер відповідає незрозуміло.",
            "Покажіть подробиці поштовому адміністратору. Спроби тривають самі.",
        ),
        Label::OauthRefresh => (
            "Поштовий провайдер не видає ключа доступу до скриньки.",
            "Попросіть адміністратора переглянути подробиці. Спроби тривають самі.",
        ),
        Label::OauthGrant => (
            "Дозвіл на доступ до скриньки скоро закінчиться або вже не діє.",
            "Попросіть адміністратора надати дозвіл заново.",
        ),
        Label::MailboxFull => {
            ("Поштова скринька переповнена.", "Звільніть місце: нові квитанції можуть не надійти.")
        }
        Label::MailboxSilent => (
            "Поштову скриньку давно не читали, тож квитанції могли залишитися непоміченими.",
            "Перевірте, чи працює certpost.",
        ),
        Label::CertificateMismatch => (
            "Виданий сертифікат не відповідає заявці.",
            "Не користуйтеся ним; зателефонуйте до ЦСК і назвіть розбіжність.",
        ),
        Label::CertificateUntrusted => (
            "Виданий сертифікат підписав невідомий нам ЦСК.",
            "Звірте новий кореневий сертифікат із сайтом ЦСК і вкажіть його в налаштуваннях.",
        ),
        Label::CertificateRevoked => (
            "ЦСК скасував новий сертифікат, перш ніж його встановили.",
            "Не користуйтеся ним; зателефонуйте до ЦСК і запитайте про причину.",
        ),
        Label::RevocationStale => (
            "Список відкликаних сертифікатів застарів.",
            "Попросіть адміністратора з’ясувати, чому не завантажується новий список.",
        ),
        Label::RevocationUnreadable => (
            "Список відкликаних сертифікатів не читається.",
            "Попросіть адміністратора завантажити список ще раз.",
        ),
        Label::BundleDamaged => {
            ("Файл із сертифікатами не читається.", "Попросіть ЦСК надіслати квитанцію ще раз.")
        }
        Label::HookFailed => (
            "Сертифікати на місці, але дія після встановлення не спрацювала.",
            "Перевірте програму, яку запускають після встановлення.",
        ),
        Label::FolderRead => (
            "Теку з відповідями не вдається прочитати.",
            "Перевірте, чи є ця тека і чи може certpost її читати.",
        ),
        Label::FolderWrite => (
            "До теки для надсилання не вдається записати.",
            "Перевірте, чи є ця тека і чи може certpost у неї писати.",
        ),
        Label::DiskFull => (
            "На диску немає місця.",
            "Звільніть місце. Нічого не втрачено: справи продовжаться самі.",
        ),
        Label::DiskError => (
            "З диска не вдається читати або на нього писати.",
            "Перевірте диск і зробіть резервну копію.",
        ),
        Label::StoreDamaged => {
            ("База certpost пошкоджена.", "Зупиніть certpost і відновіть базу з файлів і пошти.")
        }
        Label::ConfigBroken => (
            "У нових налаштуваннях є помилка, тож діють попередні.",
            "Виправте налаштування і дайте certpost прочитати їх знову.",
        ),
        Label::PageListen => (
            "Сторінка стану не відкривається. На справи це не впливає.",
            "Перевірте, чи не зайнята її адреса іншою програмою.",
        ),
        Label::MessageUnsent => (
            "Повідомлення людям не доходять.",
            "Перевірте адресу й поштовий сервер для повідомлень і надішліть пробне.",
        ),
        Label::MessageMemory => (
            "Журнал надісланих повідомлень не читається або не пишеться.",
            "Перевірте диск; дещо може прийти вам удруге.",
        ),
        Label::WebhookFailed => (
            "Вебадреса, на яку надсилаємо повідомлення, не відповідає як слід.",
            "Перевірте адресу й ключ доступу в налаштуваннях. Спроби тривають самі.",
        ),
        Label::KeyGeneration => {
            ("Не вдалося створити новий ключ.", "Покажіть подробиці тому, хто доглядає certpost.")
        }
        Label::KeyMismatch => (
            "Ключ не відповідає своєму сертифікату.",
            "Покладіть до сховища ключ і сертифікат з однієї пари.",
        ),
        Label::KeyOccupied => {
            ("У сховищі вже є пара цього власника.", "Замінити її може лише оновлення.")
        }
        Label::KeyProtect => (
            "Не вдалося зашифрувати новий ключ.",
            "Покажіть подробиці тому, хто доглядає certpost.",
        ),
        Label::CertificateDamaged => {
            ("Файл сертифіката у сховищі пошкоджено.", "Відновіть його з резервної копії.")
        }
        Label::PriceMissing => {
            ("Для цього строку немає ціни.", "Допишіть ціну ЦСК до налаштувань.")
        }
        Label::ParcelMissing => (
            "Запечатаного листа немає на диску.",
            "Відновіть файл з резервної копії або скасуйте справу й почніть нову.",
        ),
        Label::VaultIo => (
            "Сховище ключів не читається або не пишеться.",
            "Перевірте диск і права на теку з ключами.",
        ),
        Label::VaultDamaged => {
            ("Сховище ключів пошкоджено.", "Відновіть теку з ключами з резервної копії.")
        }
        Label::VaultName => (
            "Коротка назва власника не годиться для назви теки.",
            "Виправте її в налаштуваннях: лише малі латинські літери, цифри й дефіс.",
        ),
        Label::AlreadyOpen => {
            ("Оновлення цього власника вже триває.", "Дочекайтеся кінця або скасуйте його.")
        }
        Label::NotNow => ("Зараз справа чекає не на це.", "Подивіться, на що вона чекає."),
        Label::UnknownId => ("Такої справи чи власника немає.", "Перевірте назву за списком."),
        Label::SnoozeTooLate => {
            ("Так надовго відкласти не можна.", "Оберіть день, не пізніший за останній безпечний.")
        }
        Label::ErrandUnreadable => {
            ("Команду, передану службі, не вдалося прочитати.", "Дайте команду ще раз.")
        }
        Label::StillQuarantined => (
            "Лист прочитано ще раз, але довіряти йому чи прочитати його, як і раніше, не можна.",
            "Перегляньте лист; якщо він зайвий, позначте, що з ним розібралися.",
        ),
        Label::Configuration => (
            "Налаштування вказують на те, чого немає або чим не можна скористатися.",
            "Виправте назване.",
        ),
        Label::MoveRefused => (
            "Прочитані листи не можна перенести до вказаної теки.",
            "Надайте скриньці право переносити листи або приберіть цю теку з налаштувань.",
        ),
        Label::MailboxFilling => {
            ("Поштова скринька майже повна.", "Звільніть місце, поки квитанції ще надходять.")
        }
        Label::SmtpSize => (
            "Сервер надсилання не приймає таких великих листів, як заявка.",
            "Попросіть збільшити обмеження на розмір листа.",
        ),
        Label::ClockDiffers => {
            ("Годинник комп’ютера відстає від годинника поштового сервера.", "Виправте годинник.")
        }
        Label::AuthorityCertificate => (
            "Сертифікат ЦСК, названий у налаштуваннях, непридатний.",
            "Візьміть чинний сертифікат із сайту ЦСК і вкажіть його в налаштуваннях.",
        ),
        Label::AuthorityCertificateEnding => (
            "Сертифікат ЦСК, названий у налаштуваннях, скоро закінчиться.",
            "Візьміть новий сертифікат із сайту ЦСК і додайте його до налаштувань.",
        ),
        Label::DiskLow => ("На диску лишилося мало місця.", "Звільніть місце, поки робота ще йде."),
        Label::HookMissing => (
            "Програми, яку треба запустити після встановлення, немає або її не можна запустити.",
            "Виправте шлях до програми або її права.",
        ),
        Label::LetterLost => (
            "Пробний лист самим собі не повернувся.",
            "Пошукайте його серед спаму й додайте ту папку до налаштувань.",
        ),
        Label::Clock => (
            "Годинник комп’ютера показує неможливий час, тож нічого не надсилаємо і не \
             встановлюємо.",
            "Виправте годинник.",
        ),
    };
    ProblemWords { what, action }
}
