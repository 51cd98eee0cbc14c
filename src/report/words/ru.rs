//! Russian. The file and its matches have more lines because every text of the language is here:
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

pub struct Russian;

static EVIDENCE: EvidenceWords = EvidenceWords {
    title: "Пакет доказательств",
    files: "Что в пакете",
    proves_title: "Что он доказывает",
    proves: [
        "Каждый файл таков, каким его записали в перечень MANIFEST.json; ни одна строка журнала \
         не изменена, не изъята и не переставлена.",
        "Отправленная заявка запечатана ключом того, чей сертификат есть в пакете; полученные \
         ответы запечатаны ключом того, кто их прислал.",
        "Сертификаты подписавших выдал центр, корневой сертификат которого есть в пакете. \
         Сравните его отпечаток с тем, который знаете сами.",
    ],
    cannot_title: "Чего он не доказывает",
    cannot: [
        "Кто может переписать весь пакет, может составить и другой, не менее последовательный. \
         Поэтому запишите его отпечаток в другом месте, как только пакет создан.",
        "Время в журнале — время часов компьютера. Время в подписях — со слов подписавшего.",
        "Содержимое запечатанной заявки и писем читает только тот, у кого есть ключ. Квитанции \
         приложены в прочитанном виде: что именно они запечатаны в письме, показывает certpost \
         open с ключом владельца.",
        "Не отозваны ли сертификаты позже, пакет не знает.",
    ],
    how: "Проверить пакет можно на любом компьютере, без сети и настроек:",
};

static LABELS: Labels = Labels {
    page_title: "Сертификаты",
    as_of: "по состоянию на",
    who: "Кто",
    certificate: "Сертификат",
    certificates: "Сертификаты",
    valid_until: "Действует до",
    left: "Осталось",
    state: "Состояние",
    costs: "Стоимость",
    term: "Срок",
    payment: "Оплата",
    sum: "Сумма",
    total: "Итого",
    grand_total: "Итого по всем заказам",
    order_planned: "Запланировано на ближайшее время",
    what_to_do: "Что сделать",
    details: "Подробности и история",
    history: "История",
    technical: "Подробности",
    authority_says: "Ответ дословно",
    way: "Путь заявки",
    post: "Почта",
    made_by: "Сводку составил certpost. Паролей и ключей здесь нет.",
    notice: "Уведомление в ГНС",
    case: "Номер дела",
    authority: "Куда",
    document: "Номер документа",
    attempt: "Попытка",
    opened: "Начато",
    invoice: "Счёт",
    refusal_code: "Код отказа",
    last_safe_day: "Последний безопасный день",
    order_number: "Заказ",
    receipts: "Квитанции и счета",
    registration: "Регистрационный номер",
    file_by: "Подать не позднее",
    payee: "Получатель",
    payee_code: "Код получателя",
    iban: "IBAN",
    purpose: "Назначение платежа",
    vat_inside: "в том числе НДС",
    pay_by: "Оплатить до",
    nothing: "Дел нет.",
    done: "сделано",
    now: "сейчас",
    later: "далее",
    failed: "не удалось",
    letters: ["Когда", "От кого", "Тема", "Причина"],
    no_letters: "Таких писем нет.",
    quotes: ["«", "»"],
    trouble: "Препятствие",
    payment_file: "файл для банка",
    invoice_file: "счёт (PDF)",
    orders: "Заказы",
    order: "Заказано",
    cases: "Дела",
    currency: "Валюта",
    what_happened: "Что произошло",
    columns: [
        "Код",
        "Организация",
        "Владелец",
        "Роль",
        "ФИО",
        "Сертификат",
        "Серийный номер",
        "Действует с",
        "Действует до",
        "Осталось дней",
        "Состояние",
        "Номер дела",
        "Начато",
        "Отправлено",
        "Квитанция №1",
        "Квитанция №2",
        "Установлено",
        "Счёт",
        "Сумма",
        "Оплата",
        "Что сделать",
        "Команда",
    ],
};

fn days(n: i64) -> String {
    count(n, "день", "дня", "дней")
}

fn sends(n: u32) -> String {
    match n {
        0 | 1 => "один раз".into(),
        2 => "дважды".into(),
        3 => "трижды".into(),
        n => count(i64::from(n), "раз", "раза", "раз"),
    }
}

/// Words that depend on whom we write to, and what.
struct Nouns {
    who: &'static str,
    refused: &'static str,
    accepted: &'static str,
    paper_accusative: &'static str,
    paper_capital: &'static str,
    /// Of the participles that speak of the paper: «отправлена», «отправлено».
    paper_ending: &'static str,
    first: &'static str,
    first_genitive: &'static str,
    first_capital: &'static str,
    second: &'static str,
    second_genitive: &'static str,
    second_capital: &'static str,
    /// Of the participles that speak of an answer: «получена», «получено».
    answer_ending: &'static str,
}

fn nouns(case: &Case<'_>) -> Nouns {
    let (first, first_genitive, first_capital) = if case.numbered {
        ("квитанцию\u{a0}№1", "квитанции\u{a0}№1", "Квитанция\u{a0}№1")
    } else {
        ("подтверждение", "подтверждения", "Подтверждение")
    };
    let (second, second_genitive, second_capital) = if case.numbered {
        ("квитанцию\u{a0}№2", "квитанции\u{a0}№2", "Квитанция\u{a0}№2")
    } else {
        ("решение", "решения", "Решение")
    };
    let answer_ending = if case.numbered { "а" } else { "о" };
    match case.purpose {
        Purpose::Renewal => Nouns {
            who: "ЦСК",
            refused: "отказал",
            accepted: "выдал сертификаты",
            paper_accusative: "заявку",
            paper_capital: "Заявка",
            paper_ending: "а",
            first,
            first_genitive,
            first_capital,
            second,
            second_genitive,
            second_capital,
            answer_ending,
        },
        Purpose::Notice => Nouns {
            who: "ГНС",
            refused: "отказала",
            accepted: "приняла уведомление",
            paper_accusative: "уведомление",
            paper_capital: "Уведомление",
            paper_ending: "о",
            first,
            first_genitive,
            first_capital,
            second,
            second_genitive,
            second_capital,
            answer_ending,
        },
    }
}

impl Russian {
    fn years(&self, n: i64) -> String {
        count(n, "год", "года", "лет")
    }

    fn again(&self, again: &Again<'_>, clock: &Clock) -> String {
        let tried = count(
            i64::from(again.failures),
            "неудачная попытка",
            "неудачные попытки",
            "неудачных попыток",
        );
        match again.next {
            Some(next) if next > clock.now => {
                format!("Пока что {tried}, следующая — {}.", self.moment(next, clock))
            }
            Some(_) | None => format!("Пока что {tried}, сейчас пробуем снова."),
        }
    }

    fn invoice(&self, invoice: &Invoice, clock: &Clock) -> String {
        let (number, sum) = (&invoice.number, self.money(&invoice.amount));
        match invoice.due {
            Some(due) if due < clock.now => {
                let day = self.date(clock.date(due));
                format!("Счёт №\u{a0}{number} на {sum} следовало оплатить до {day}.")
            }
            Some(due) => {
                let day = self.date(clock.date(due));
                format!("Счёт №\u{a0}{number} на {sum}, оплатить до {day}.")
            }
            None => format!("Счёт №\u{a0}{number} на {sum}."),
        }
    }

    fn expired(&self, deadline: Timestamp, after: &After<'_>, case: &Case<'_>) -> String {
        let n = nouns(case);
        let day = self.date(case.clock.date(deadline));
        if case.purpose == Purpose::Notice {
            return format!(
                "Срок ключа директора истёк {day}, прежде чем ГНС приняла уведомление. Отчёты \
                 можно подписывать новыми ключами: ГНС узнает о них из следующего отчёта."
            );
        }
        let hope = match after {
            After::NothingSent => "Заявка так и не была отправлена.".to_owned(),
            After::Waiting => {
                format!("Если {} ещё ответит, новые сертификаты будут установлены без вас.", n.who)
            }
            After::Invoiced(invoice) => {
                let number = &invoice.number;
                format!("Счёт №\u{a0}{number} остался неоплаченным.")
            }
            After::Refused(_) => format!("{} {}.", n.who, n.refused),
        };
        format!(
            "Сертификаты перестали действовать {day}. Подписывать ими уже нельзя; расшифровывать \
             старые письма и квитанции можно и дальше. {hope} Подписи других лиц работают."
        )
    }

    fn gate(&self, gate: Gate, case: &Case<'_>) -> String {
        let paper = nouns(case).paper_accusative;
        match gate {
            Gate::Agreement => format!("Чтобы отправить {paper}, нужно согласие с договором ЦСК."),
            Gate::PhoneCode => {
                format!("Чтобы отправить {paper}, нужен код из SMS на телефон владельца.")
            }
            Gate::Approval => format!("Чтобы отправить {paper}, нужно согласие руководителя."),
        }
    }
}

impl Words for Russian {
    fn labels(&self) -> &'static Labels {
        &LABELS
    }

    fn topic(&self, topic: Topic) -> &'static str {
        match topic {
            Topic::NeedsYou => "Требуется ваше участие",
            Topic::UnderWay => "В работе",
            Topic::EndsSoon => "Скоро заканчиваются",
            Topic::Done => "Сделано",
            Topic::Calm => "Спокойно",
        }
    }

    fn role(&self, role: Role) -> &'static str {
        match role {
            Role::Director => "Директор",
            Role::Accountant => "Бухгалтер",
            Role::Seal => "Печать организации",
            Role::Employee => "Сотрудник",
        }
    }

    fn proprietor(&self) -> &'static str {
        "Предприниматель"
    }

    fn code(&self, kind: OrganisationKind) -> &'static str {
        match kind {
            OrganisationKind::Legal => "ЕГРПОУ",
            OrganisationKind::SoleProprietor => "РНУКПН",
        }
    }

    fn usage(&self, usage: Usage) -> &'static str {
        match usage {
            Usage::Signing => "подпись",
            Usage::Agreement => "шифрование",
        }
    }

    fn term(&self, years: u8) -> String {
        self.years(i64::from(years))
    }

    fn payment(&self, state: PaymentState<'_>) -> String {
        match state {
            PaymentState::Prepaid => "оплачено заранее".into(),
            PaymentState::Online => "оплата онлайн".into(),
            PaymentState::InvoiceExpected => "по счёту, который пришлёт ЦСК".into(),
            PaymentState::InvoiceUnpaid(number) => format!("счёт №\u{a0}{number}, не оплачен"),
            PaymentState::InvoicePaid(number) => format!("счёт №\u{a0}{number}, оплачен"),
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
            Day::Today => "сегодня".to_owned(),
            Day::Yesterday => "вчера".to_owned(),
            Day::Tomorrow => "завтра".to_owned(),
            Day::Other(day) => self.date(day),
        };
        format!("{day} в\u{a0}{}", figures::time(at))
    }

    fn short_by(&self, at: DateTime) -> String {
        format!("до {}", self.short(at))
    }

    fn short_by_day(&self, day: Date) -> String {
        format!("до {}", figures::dotted_short(day))
    }

    fn left(&self, left: i64) -> String {
        match Left::of(left) {
            Left::Ended => "истёк".into(),
            Left::LessThanADay => "меньше суток".into(),
            Left::Days(left) => days(left),
            Left::Years(years, 0) => self.years(years),
            Left::Years(years, months) => format!("{} {months}\u{a0}мес.", self.years(years)),
        }
    }

    fn duration(&self, span: Span) -> String {
        figures::duration(span, "ч", "мин", days)
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
        let people = count(holders, "владелец", "владельца", "владельцев");
        let certificates = count(holders * 2, "сертификат", "сертификата", "сертификатов");
        format!("{company} · {people} · {certificates} · ЦСК-симулятор на 127.0.0.1:{port}")
    }

    fn demo_done(&self, took: std::time::Duration) -> String {
        format!("Готово за {}\u{a0}с.", figures::seconds(took, ','))
    }

    fn demo_unfinished(&self) -> &'static str {
        "Демонстрация не закончилась вовремя; всё, что произошло, осталось в папке:"
    }

    fn demo_place(&self, place: DemoPlace) -> &'static str {
        match place {
            DemoPlace::Summary => "Сводка",
            DemoPlace::Database => "База данных",
            DemoPlace::Keys => "Ключи",
            DemoPlace::Config => "Настройки",
            DemoPlace::Authority => "ЦСК-симулятор",
        }
    }

    fn verdict(&self, verdict: &Verdict) -> (String, String) {
        let needed = i64::try_from(verdict.needed).unwrap_or(i64::MAX);
        let under_way = i64::try_from(verdict.under_way).unwrap_or(i64::MAX);
        let first = match needed {
            0 => "От вас ничего не требуется.".to_owned(),
            n => format!("Требуется ваше участие: {}.", count(n, "дело", "дела", "дел")),
        };
        let mut rest = Vec::new();
        if under_way > 0 && needed > 0 {
            rest.push("Остальное идёт само.".to_owned());
        } else if under_way > 0 {
            let papers = count(under_way, "дело идёт", "дела идут", "дел идут");
            rest.push(format!("{papers} своим ходом."));
        }
        if let Some((day, left)) = verdict.nearest {
            let date = self.date(day);
            rest.push(match left {
                ..0 => format!("Первый сертификат уже перестал действовать {date}."),
                left => format!("Ближайший сертификат заканчивается {date} ({}).", self.left(left)),
            });
        }
        (first, rest.join(" "))
    }

    fn ends(&self, until: Date, left: i64) -> String {
        let date = self.date(until);
        match left {
            ..0 => format!("Сертификаты перестали действовать {date}."),
            left => format!("Сертификаты действуют до {date} ({}).", self.left(left)),
        }
    }

    fn say(&self, say: &Say<'_>) -> String {
        let text = match say {
            Say::Severity(Severity::Error) => "СРОЧНО",
            Say::Severity(Severity::Warning) => "ВНИМАНИЕ",
            Say::Severity(Severity::Normal) => "К СВЕДЕНИЮ",
            Say::Severity(Severity::Success) => "ГОТОВО",
            Say::Resolved => "УСТРАНЕНО",
            Say::Over => "Этого препятствия больше нет.",
            Say::Gathered { kind, count: all } => {
                let n = i64::try_from(*all).unwrap_or(i64::MAX);
                return match kind {
                    Kind::Succeeded => {
                        format!("Обновлены сертификаты: {}", count(n, "дело", "дела", "дел"))
                    }
                    Kind::Invoiced => format!("К оплате {}", count(n, "счёт", "счёта", "счетов")),
                    Kind::Ending => format!(
                        "Заканчиваются сертификаты: {}",
                        count(n, "владелец", "владельца", "владельцев")
                    ),
                    _ => count(n, "новость", "новости", "новостей"),
                };
            }
            Say::More { count: left_out } => {
                let n = i64::try_from(*left_out).unwrap_or(i64::MAX);
                return format!(
                    "Не поместилось сюда: {}. Всё показывает сводка certpost.",
                    count(n, "новость", "новости", "новостей")
                );
            }
            Say::LastToday => {
                "Это последнее сообщение на сегодня: остальное соберём в одно и пришлём завтра. \
                 Текущее состояние всегда показывает сводка certpost."
            }
            Say::NothingToDo => "От вас ничего не требуется.",
            Say::PayBy => "Оплатить до",
            Say::Payee => "Получатель",
            Say::PaymentPurpose => "Назначение платежа",
            Say::QuarantineTitle => "Письма в карантине",
            Say::LookAtQuarantine => "Посмотрите, нет ли среди них ответа ЦСК.",
            Say::DigestTitle => "Итоги недели",
            Say::TestTitle => "Пробное сообщение",
            Say::TestTold { contact } => {
                return format!(
                    "Это проба: так certpost будет сообщать вам («{contact}») о сертификатах. \
                     Ничего не случилось, от вас ничего не требуется."
                );
            }
            Say::Footer => "Это письмо составила программа certpost. Отвечать на него не нужно.",
        };
        text.to_owned()
    }

    fn ordered(&self, on: Date, number: &str) -> String {
        format!("Заказ от {}, №\u{a0}{number}", self.date(on))
    }

    fn invoice_title(&self, number: &str, dated: Option<Date>) -> String {
        let number = format!("Счёт №\u{a0}{number}");
        dated.map_or(number.clone(), |day| format!("{number} от {}", self.date(day)))
    }

    fn invoice_state(&self, state: InvoiceState<'_>) -> String {
        match state {
            InvoiceState::Unpaid => "к оплате".into(),
            InvoiceState::Overdue => "просрочен".into(),
            InvoiceState::Settled => "оплачен".into(),
            InvoiceState::Paid { on, reference: "" } => format!("оплачен {}", self.date(on)),
            InvoiceState::Paid { on, reference } => {
                format!("оплачен {}, {reference}", self.date(on))
            }
        }
    }

    fn wrong_sum(&self, asked: &Money, price: &Money) -> String {
        format!(
            "В счёте {}, а по прейскуранту должно быть {}. Прежде чем платить, выясните у ЦСК, \
             почему.",
            self.money(asked),
            self.money(price),
        )
    }

    fn unpublished(&self) -> &'static str {
        "Согласия на публикацию нет: новые сертификаты передайте партнёрам сами. Файлы лежат \
         рядом со сводкой, в папке certificates."
    }

    fn pay_online(&self, sum: &str, page: Option<&str>) -> String {
        match page {
            Some(page) => format!("Оплатите {} на странице {page}, затем сообщите об этом.", sum),
            None => format!("Оплатите {} на сайте ЦСК, затем сообщите об этом.", sum),
        }
    }

    fn occasion(&self, occasion: Occasion<'_>) -> String {
        match occasion {
            Occasion::Ends { who, usages } => format!("Заканчивается сертификат: {who} ({usages})"),
            Occasion::Due { who } => format!("Пора обновить сертификаты: {who}"),
            Occasion::LastSafeDay { who } => {
                format!("Последний безопасный день для заявки: {who}")
            }
            Occasion::InvoiceDue(invoice) => {
                let (number, sum) = (&invoice.number, self.money(&invoice.amount));
                format!("Оплатить счёт №\u{a0}{number}: {sum}")
            }
        }
    }

    fn evidence(&self) -> &'static EvidenceWords {
        &EVIDENCE
    }

    fn paper(&self, kind: PaperKind) -> &'static str {
        match kind {
            PaperKind::LetterSent => "письмо, как его отправили",
            PaperKind::LetterReceived => "письмо, как оно пришло",
            PaperKind::Sealed => "запечатанный документ из письма",
            PaperKind::Receipt => "прочитанный и проверенный ответ",
            PaperKind::InvoicePdf => "счёт для людей",
            PaperKind::CertificateOld => "сертификат, который обновляли",
            PaperKind::CertificateNew => "новый сертификат",
            PaperKind::AuthoritySigner => "сертификат того, кто подписывает ответы",
            PaperKind::AuthorityAnchor => "корневой сертификат",
            PaperKind::Journal => "журнал дела",
            PaperKind::Summary => "эта страница",
        }
    }

    fn post(&self, remark: PostRemark, clock: &Clock) -> String {
        match remark {
            PostRemark::NeverRead => "Почтовый ящик ещё не читали.".into(),
            PostRemark::Read { at } => {
                format!("Почтовый ящик прочитан {}.", self.moment(at, clock))
            }
            PostRemark::Silent { at } => format!(
                "Последний раз прочитан {}, {} назад.",
                self.moment(at, clock),
                self.duration(clock.now - at)
            ),
            PostRemark::Quarantined { letters } => {
                let n = i64::try_from(letters).unwrap_or(i64::MAX);
                let letters = count(n, "письмо", "письма", "писем");
                format!(
                    "В карантин отложено {letters}: подлинность не подтверждена или письмо не \
                     читается. На дела это не повлияло."
                )
            }
            PostRemark::Unclaimed { letters } => {
                let n = i64::try_from(letters).unwrap_or(i64::MAX);
                let letters = count(n, "подлинный ответ", "подлинных ответа", "подлинных ответов");
                let (kept, which) = (
                    choose(n, "Сохранён", "Сохранено", "Сохранено"),
                    choose(n, "которого", "которых", "которых"),
                );
                format!("{kept} {letters}, {which} никто не ждал.")
            }
        }
    }

    fn holder(&self, state: HolderState) -> HolderWords {
        match state {
            HolderState::EndsSoon { starts: Some(day) } => HolderWords {
                badge: "Скоро обновление".into(),
                told: format!(
                    "Обновление начнётся само {}. От вас ничего не требуется.",
                    self.date(day)
                ),
                advice: None,
            },
            HolderState::EndsSoon { starts: None } => HolderWords {
                badge: "Пора обновить".into(),
                told: "Обновление вот-вот начнётся. От вас ничего не требуется.".into(),
                advice: None,
            },
            HolderState::Withdrawn => HolderWords {
                badge: "Не обновляется".into(),
                told: "Обновление отменено, и само оно уже не начнётся.".into(),
                advice: Some("Если сертификат ещё нужен, начните обновление снова.".into()),
            },
            HolderState::Ended { on } => HolderWords {
                badge: "Срок истёк".into(),
                told: format!(
                    "Сертификаты перестали действовать {}. Подписывать ими уже нельзя; \
                     расшифровывать старые письма и квитанции можно и дальше. Подписи других лиц \
                     работают.",
                    self.date(on)
                ),
                advice: Some(
                    "Получите новые сертификаты в офисе ЦСК: сертификат с истёкшим сроком по \
                     почте не обновляют."
                        .into(),
                ),
            },
            HolderState::Missing => HolderWords {
                badge: "Нет сертификата".into(),
                told: "Ключа и сертификата этого владельца здесь ещё нет.".into(),
                advice: Some("Положите действующий ключ и сертификат в хранилище certpost.".into()),
            },
            HolderState::Calm { until } => HolderWords {
                badge: "Действует".into(),
                told: format!("Действует до {}.", self.date(until)),
                advice: None,
            },
        }
    }

    fn badge(&self, situation: &Situation<'_>, case: &Case<'_>) -> String {
        let n = nouns(case);
        match situation {
            Situation::Preparing => format!("Готовим {}", n.paper_accusative),
            Situation::PreparingAgain(_) => "Готовим: пока не удаётся".into(),
            Situation::PutOff { .. } => "Отложено".into(),
            Situation::NotYetValid { .. } => "Выдано заранее".into(),
            Situation::PayOnline { .. } => "Оплата онлайн".into(),
            Situation::AtGate { gate, .. } => match gate {
                Gate::Agreement => "Нужно ваше согласие".into(),
                Gate::PhoneCode => "Нужен код из SMS".into(),
                Gate::Approval => "Ждёт руководителя".into(),
            },
            Situation::Sending => "Отправляем".into(),
            Situation::Resending { .. } => "Отправляем ещё раз".into(),
            Situation::SendingAgain(_) => "Отправляем: пока не удаётся".into(),
            Situation::AwaitingReceipt { .. } => format!("Ждём {}", n.first),
            Situation::AwaitingDecision { .. } => format!("Ждём {}", n.second),
            Situation::Payment { overdue: false, .. } => "Счёт к оплате".into(),
            Situation::Payment { overdue: true, .. } => "Счёт просрочен".into(),
            Situation::Installing { .. } => match case.purpose {
                Purpose::Renewal => "Устанавливаем".into(),
                Purpose::Notice => "Принято, завершаем".into(),
            },
            Situation::InstallingAgain(_) => match case.purpose {
                Purpose::Renewal => "Выдано, ещё не установлено".into(),
                Purpose::Notice => "Устанавливаем: пока не удаётся".into(),
            },
            Situation::HookFailed { .. } => "Установлено, действие не удалось".into(),
            Situation::Installed { .. } => match case.purpose {
                Purpose::Renewal => "Обновлено".into(),
                Purpose::Notice => "Принято".into(),
            },
            Situation::Refused { .. } => "Отказ".into(),
            Situation::CannotPrepare(_) => match case.purpose {
                Purpose::Renewal => "Заявка не составлена".into(),
                Purpose::Notice => "Уведомление не составлено".into(),
            },
            Situation::CannotSend(_) => "Письмо не доставлено".into(),
            Situation::Silent { .. } => "Нет ответа".into(),
            Situation::CannotInstall(_) => match case.purpose {
                Purpose::Renewal => "Выдано, не установлено".into(),
                Purpose::Notice => "Не установлено".into(),
            },
            Situation::GateClosed(_) => "Время на согласие истекло".into(),
            Situation::Expired { .. } => match case.purpose {
                Purpose::Renewal => "Срок сертификата истёк".into(),
                Purpose::Notice => "Уведомлять поздно".into(),
            },
            Situation::Withdrawn { .. } => "Отменено".into(),
        }
    }

    fn told(&self, situation: &Situation<'_>, case: &Case<'_>) -> String {
        let (n, clock) = (nouns(case), case.clock);
        let (e, a) = (n.paper_ending, n.answer_ending);
        match situation {
            Situation::Preparing => match case.purpose {
                Purpose::Renewal => {
                    "Готовим заявку по данным действующего сертификата. От вас ничего не \
                     требуется."
                        .into()
                }
                Purpose::Notice => {
                    "Готовим уведомление о новых сертификатах. От вас ничего не требуется.".into()
                }
            },
            Situation::PreparingAgain(again) => self.again(again, clock),
            Situation::NotYetValid { until } => format!(
                "Сертификаты выданы, они начнут действовать {}: тогда будут установлены. От вас ничего не требуется.",
                self.date(clock.date(*until)),
            ),
            Situation::PutOff { until } => format!(
                "Обновление отложено до {}: тогда оно начнётся само.",
                self.date(clock.date(*until)),
            ),
            Situation::PayOnline { .. } => {
                "ЦСК принял заявку и ждёт оплаты онлайн. До оплаты её не рассматривают.".into()
            }
            Situation::AtGate { gate, until } => {
                format!("{} Ждём до {}.", self.gate(*gate, case), self.by(*until, clock))
            }
            Situation::Sending => format!(
                "{} подписан{e} и зашифрован{e}, сейчас отправим. От вас ничего не требуется.",
                n.paper_capital
            ),
            Situation::Resending { sends: done } => format!(
                "{} отправлен{e} {}, ответа нет, поэтому сейчас отправим то же самое ещё раз. От \
                 вас ничего не требуется.",
                n.paper_capital,
                sends(*done)
            ),
            Situation::SendingAgain(again) => self.again(again, clock),
            Situation::AwaitingReceipt { sends: done, sent, certain, until } => {
                let until = self.by(*until, clock);
                if !certain {
                    return format!(
                        "Связь оборвалась во время отправки, поэтому письмо могло дойти. Ждём {} \
                         до {until}; не придёт — отправим то же самое ещё раз. От вас ничего не \
                         требуется.",
                        n.first
                    );
                }
                let often = if *done > 1 {
                    format!(" (всего {})", sends(*done))
                } else {
                    String::new()
                };
                let sent = sent.map_or(String::new(), |at| format!(" {}", self.moment(at, clock)));
                format!(
                    "{} отправлен{e}{sent}{often}. Ждём {} до {until}. От вас ничего не требуется.",
                    n.paper_capital, n.first
                )
            }
            Situation::AwaitingDecision { delivered, until } => {
                let until = self.by(*until, clock);
                let came =
                    delivered.map_or(String::new(), |at| format!(" {}", self.moment(at, clock)));
                format!(
                    "{} получен{a}{came}. Ждём {} до {until}. От вас ничего не требуется.",
                    n.first_capital, n.second
                )
            }
            Situation::Payment { invoice, until, .. } => format!(
                "{} Дело ждёт и пойдёт дальше само, как только {} получит деньги. Напомним {}.",
                self.invoice(invoice, clock),
                n.who,
                self.moment(*until, clock)
            ),
            Situation::Installing { granted } => format!(
                "{} {} {}. Проверяем и устанавливаем. От вас ничего не требуется.",
                n.who,
                n.accepted,
                self.moment(*granted, clock)
            ),
            Situation::HookFailed { at, again } => {
                format!(
                    "Новые сертификаты установлены {}. {}",
                    self.moment(*at, clock),
                    self.again(again, clock)
                )
            }
            Situation::InstallingAgain(again) => {
                format!("{} {}. {}", n.who, n.accepted, self.again(again, clock))
            }
            Situation::Installed { at } => match case.purpose {
                Purpose::Renewal => {
                    format!("Новые сертификаты установлены {}.", self.moment(*at, clock))
                }
                Purpose::Notice => format!(
                    "ГНС приняла уведомление о новых сертификатах {}.",
                    self.moment(*at, clock)
                ),
            },
            Situation::Refused { second, at, .. } => {
                let at = self.moment(*at, clock);
                if *second && case.numbered {
                    return format!("Квитанция №2 пришла {at}: {} {}.", n.who, n.refused);
                }
                format!("{} {} {at}.", n.who, n.refused)
            }
            Situation::CannotPrepare(_) => match case.purpose {
                Purpose::Renewal => "Составить заявку не удалось.".into(),
                Purpose::Notice => "Составить уведомление не удалось.".into(),
            },
            Situation::CannotSend(_) => match case.purpose {
                Purpose::Renewal => "Письмо с заявкой не дошло до ЦСК.".into(),
                Purpose::Notice => "Письмо с уведомлением не дошло до ГНС.".into(),
            },
            Situation::Silent { sends: done, delivered: None } => format!(
                "{} отправлен{e} {}, а {} до сих пор нет.",
                n.paper_capital,
                sends(*done),
                n.first_genitive
            ),
            Situation::Silent { delivered: Some(at), .. } => format!(
                "{} получен{a} {}, а {} до сих пор нет, хотя обычный срок прошёл.",
                n.first_capital,
                self.moment(*at, clock),
                n.second_genitive
            ),
            Situation::CannotInstall(_) => match case.purpose {
                Purpose::Renewal => {
                    "ЦСК выдал сертификаты, но установить их не удалось. Старые работают дальше."
                        .into()
                }
                Purpose::Notice => "ГНС приняла уведомление, но завершить дело не удалось.".into(),
            },
            Situation::GateClosed(gate) => {
                format!("{} Отведённое время истекло.", self.gate(*gate, case))
            }
            Situation::Expired { deadline, after } => self.expired(*deadline, after, case),
            Situation::Withdrawn { at, reason: "" } => {
                format!("Дело отменено {}.", self.moment(*at, clock))
            }
            Situation::Withdrawn { at, reason } => {
                format!("Дело отменено {}: {reason}.", self.moment(*at, clock))
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
                Gate::Agreement => "Прочитайте договор ЦСК и подтвердите согласие.".into(),
                Gate::PhoneCode => "Дождитесь кода в SMS и подтвердите номер телефона.".into(),
                Gate::Approval => "Попросите руководителя проверить и утвердить.".into(),
            },
            Situation::Payment { .. } => {
                "Оплатите счёт. Если уже оплатили, сообщите об этом.".into()
            }
            Situation::Refused { .. } => match case.purpose {
                Purpose::Renewal => "Устраните причину, которую назвал ЦСК, и отправьте новую \
                                     заявку. Если изменились данные, записанные в сертификате, \
                                     нужен визит в офис ЦСК."
                    .into(),
                Purpose::Notice => "Исправьте указанное и отправьте новое уведомление.".into(),
            },
            Situation::Silent { .. } => format!(
                "Позвоните в {} и спросите о документе. Чтобы отправить то же самое ещё раз, \
                 дайте команду.",
                n.who
            ),
            Situation::GateClosed(_) => {
                "Если дело ещё нужно, возобновите его и подтвердите.".into()
            }
            Situation::Expired { .. } => match case.purpose {
                Purpose::Renewal => "Запишитесь в офис ЦСК: новый сертификат теперь выдают только \
                                     по бумажному заявлению. Когда его получите, закройте это дело."
                    .into(),
                Purpose::Notice => {
                    "Подпишите следующий отчёт новыми ключами и закройте дело.".into()
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
            what: "Случилось то, чего мы не предусмотрели.",
            action: "Покажите подробности тому, кто присматривает за certpost.",
        }
    }

    fn step(&self, step: StepName, case: &Case<'_>) -> String {
        let text = match (step, case.purpose) {
            (StepName::Prepared, Purpose::Renewal) => "Заявка составлена",
            (StepName::Prepared, Purpose::Notice) => "Уведомление составлено",
            (StepName::Gate(Gate::Agreement), _) => "Согласие с договором",
            (StepName::Gate(Gate::PhoneCode), _) => "Код из SMS",
            (StepName::Gate(Gate::Approval), _) => "Согласие руководителя",
            (StepName::Sent, _) => "Отправлено",
            (StepName::Delivered, _) if case.numbered => "Квитанция №1",
            (StepName::Delivered, _) => "Подтверждение",
            (StepName::Paid, _) => "Оплата",
            (StepName::Decided, _) if case.numbered => "Квитанция №2",
            (StepName::Decided, _) => "Решение",
            (StepName::Installed, Purpose::Renewal) => "Установка",
            (StepName::Installed, Purpose::Notice) => "Завершение",
        };
        text.into()
    }

    fn opening(&self, case: &Case<'_>) -> String {
        match case.purpose {
            Purpose::Renewal => "Пора обновить сертификаты.".into(),
            Purpose::Notice => "Пора уведомить ГНС о новых сертификатах.".into(),
        }
    }

    fn event(&self, event: &Event, to: Option<StageName>, case: &Case<'_>) -> String {
        let n = nouns(case);
        let (e, a) = (n.paper_ending, n.answer_ending);
        match event {
            Event::Prepared { .. } => {
                format!("{} составлен{e}, подписан{e} и зашифрован{e}.", n.paper_capital)
            }
            Event::PrepareFailed { .. } => "Составить документ не удалось.".into(),
            Event::GatePassed(gate) => match gate {
                Gate::Agreement => "Согласие с договором подтверждено.".into(),
                Gate::PhoneCode => "Код из SMS подтверждён.".into(),
                Gate::Approval => "Руководитель утвердил.".into(),
            },
            Event::Sent => "Отправлено; почтовый сервер принял письмо.".into(),
            Event::SendFailed(SendFailure::Later(_)) => "Отправить не удалось.".into(),
            Event::SendFailed(SendFailure::Rejected(_)) => "Отправить не удалось.".into(),
            Event::SendFailed(SendFailure::Uncertain(_)) => {
                "Письмо могло дойти, а могло и нет.".into()
            }
            Event::Bounced { lasting: true, .. } => "Пришло сообщение почтового сервера.".into(),
            Event::Bounced { lasting: false, .. } => {
                "Почта сообщила, что письмо задерживается.".into()
            }
            Event::Heard { word, .. } => match word {
                Word::Delivered => format!("{} получен{a}.", n.first_capital),
                Word::Invoiced(invoice) => {
                    let (number, sum) = (&invoice.number, self.money(&invoice.amount));
                    format!("Получен счёт №\u{a0}{number} на {sum}.")
                }
                Word::Granted(_) => {
                    format!("{} получен{a}: {} {}.", n.second_capital, n.who, n.accepted)
                }
                Word::Refused(refusal) => {
                    format!("{} {}: {}", n.who, n.refused, reasons(refusal))
                }
            },
            Event::Paid { reference } if reference.is_empty() => "Сообщили об оплате.".into(),
            Event::Paid { reference } => format!("Сообщили об оплате: {reference}."),
            Event::Installed => match case.purpose {
                Purpose::Renewal => "Новые сертификаты проверены и установлены.".into(),
                Purpose::Notice => "Дело завершено.".into(),
            },
            Event::InstallFailed { .. } => "Установить не удалось.".into(),
            Event::Snoozed { until } => {
                format!("Отложено до {}.", self.date(case.clock.date(*until)))
            }
            Event::Retried => "Человек попросил попробовать ещё раз.".into(),
            Event::Withdrawn { reason } if reason.is_empty() => "Дело отменено.".into(),
            Event::Withdrawn { reason } => format!("Дело отменено: {reason}."),
            Event::Woke => match to {
                Some(StageName::Prepared) => "Ответа нет, отправляем то же самое ещё раз.".into(),
                Some(StageName::Stalled) => "Срок прошёл: дальше решает человек.".into(),
                Some(StageName::Expired) => "Срок действующего сертификата истёк.".into(),
                Some(StageName::AwaitingPayment) => "Напомнили о счёте.".into(),
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
                | None => "Настало назначенное время.".into(),
            },
        }
    }

    fn anomaly(&self, why: Anomaly) -> &'static str {
        match why {
            Anomaly::Closed => "дело уже закрыто, ничего не изменилось",
            Anomaly::Repeated => "это уже известно, ничего не изменилось",
            Anomaly::EarlierAttempt => "это о прежней попытке, ничего не изменилось",
            Anomaly::UnknownAttempt => "такой попытки не было, ничего не изменилось",
            Anomaly::TooEarly => "ещё рано, ничего не изменилось",
            Anomaly::NoConsequence => "на дело это не влияет",
            Anomaly::NotWaitedFor => "этого сейчас не ждали, ничего не изменилось",
        }
    }

    fn serials(&self, serials: &str) -> String {
        format!("Серийные номера: {serials}")
    }

    fn differs(&self, difference: &Difference<'_>) -> String {
        let Difference { datum, configured, certified } = difference;
        let datum = match datum {
            Datum::Code => "Код организации",
            Datum::Organisation => "Название организации",
            Datum::Holder => "Владелец",
            Datum::Drfo => "РНУКПН",
        };
        format!("{datum}: в настройках «{configured}», в сертификате «{certified}»")
    }

    fn superseded(&self) -> &'static str {
        "более новый сертификат уже на месте"
    }

    fn since(&self, badge: &str, waiting: bool, at: Timestamp, clock: &Clock) -> String {
        let dash = if waiting { "" } else { " —" };
        let (at, long) = (self.by(at, clock), self.duration(clock.now - at));
        format!("{badge}{dash} с {at} ({long}).")
    }

    fn usual(&self, usual: Option<Usual>, received: usize, case: &Case<'_>) -> String {
        let (for_whom, of) = match case.purpose {
            Purpose::Renewal => ("Для этого ЦСК", "от этого ЦСК"),
            Purpose::Notice => ("Для ГНС", "от ГНС"),
        };
        match (usual, received) {
            (Some(Usual { median, most, .. }), _) => format!(
                "{for_whom} обычно {}, в 95 случаях из 100 — до {}.",
                self.duration(median),
                self.duration(most)
            ),
            (None, 0) => {
                format!("Обычного срока ещё не знаем: таких ответов {of} не было.")
            }
            (None, 1) => format!("Обычного срока ещё не знаем: такой ответ {of} был лишь один."),
            (None, n) => {
                format!("Обычного срока ещё не знаем: таких ответов {of} было лишь {n}.")
            }
        }
    }

    fn next(&self, step: NextStep, case: &Case<'_>) -> String {
        match step {
            NextStep::Nothing => String::new(),
            NextStep::SendAgain(at) => {
                let at = self.by(at, case.clock);
                format!("Если не придёт до {at}, отправим то же самое ещё раз.")
            }
            NextStep::CallPerson(at) => {
                format!("Если не придёт до {}, позовём вас.", self.by(at, case.clock))
            }
            NextStep::Ends(at) => format!(
                "Если не придёт до {}, раньше истечёт срок действующего сертификата.",
                self.by(at, case.clock)
            ),
        }
    }

    fn nothing_due(&self, until: Date, ends: Date) -> String {
        let (until, ends) = (self.date(until), self.date(ends));
        format!(
            "До {until} делать ничего не нужно: тогда само начнётся обновление сертификатов, \
             которые действуют до {ends}."
        )
    }

    fn plan(&self, from: Date, to: Date) -> PlanWords {
        PlanWords {
            title: format!("Обновления с {} по {}", self.date(from), self.date(to)),
            columns: ["Начнётся", "Кто", "Действуют до", "Не позднее", "Стоимость"],
            none: "За это время ничего обновлять не нужно.",
            assumed: "* их ещё нет: предполагаем, что предыдущее обновление пройдёт вовремя.",
            paper: "только в офисе ЦСК (срок сертификата истёк или его нет)",
            withdrawn: "отменено, само не начнётся",
        }
    }

    fn dealt(&self, when: &str, reason: &str) -> String {
        match reason {
            "" => format!("Разобрались {when}."),
            reason => format!("Разобрались {when}: {reason}"),
        }
    }

    fn replayed(&self, exchange: Option<&str>) -> String {
        match exchange {
            Some(id) => format!("Письмо прочитано, оно относится к делу {id}."),
            None => "Письмо прочитано, в карантине его больше нет.".into(),
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
            "Письмо удалено: ящик такой, каким был."
        } else {
            "Сервер не умеет удалить одно письмо, поэтому оно помечено как удалённое."
        };
        format!(
            "Письмо отправлено за {sent},{sent_tenth}\u{a0}с; через {whole},{tenth}\u{a0}с оно вернулось в папку {folder}. {rest}"
        )
    }

    fn doctor(&self, needed: usize) -> String {
        match i64::try_from(needed).unwrap_or(i64::MAX) {
            0 => "Всё в порядке.".into(),
            n => format!("Требуется ваше участие: {}.", count(n, "дело", "дела", "дел")),
        }
    }

    fn probe(&self, probe: Probe) -> &'static str {
        match probe {
            Probe::Configuration => "Настройки",
            Probe::Mailbox => "Ящик",
            Probe::Folder => "Папка",
            Probe::Moving => "Перенос писем",
            Probe::Quota => "Место в ящике",
            Probe::Sending => "Отправка",
            Probe::LetterSize => "Размер письма",
            Probe::Clock => "Часы",
            Probe::AuthorityCertificate => "Сертификат ЦСК",
            Probe::Keys => "Ключи",
            Probe::Token => "Токен",
            Probe::Disk => "Диск",
            Probe::Hook => "Программа после",
        }
    }

    fn fact(&self, fact: &Fact) -> String {
        match fact {
            Fact::Nothing => String::new(),
            Fact::Letters(n) => count(i64::from(*n), "письмо", "письма", "писем"),
            Fact::UsedPercent(percent) => format!("занято {percent}\u{a0}%"),
            Fact::UpToBytes(bytes) => format!("до {}\u{a0}КБ", bytes >> 10),
            Fact::FreeMegabytes(free) => format!("свободно {free}\u{a0}МБ"),
            Fact::Until(day) => format!("действует до {}", self.date(*day)),
            Fact::SpareKeys(n) => format!("новые ключи отменённых заявок: {n}"),
            Fact::Untold => "сервер не сообщает".into(),
        }
    }

    fn rehearsal(&self) -> RehearsalWords {
        RehearsalWords {
            title: "Вот заявка, которая была бы отправлена. Ничего не отправлено, не сохранено и \
                    не изменено.",
            order: "Заказ",
            size: "Размер письма",
            gates: "Сначала нужно",
            uncounted: "Номер документа даст работающий certpost: счётчик у него.",
            masked: "******** — парольный диалог; в настоящей заявке он есть.",
        }
    }

    fn checked(&self, problems: usize) -> String {
        match problems {
            0 => "ошибок нет, всё названное на месте.".into(),
            n => {
                let n = i64::try_from(n).unwrap_or(i64::MAX);
                format!("{}.", count(n, "ошибка", "ошибки", "ошибок"))
            }
        }
    }

    fn line(&self, number: usize) -> String {
        format!("строка {number}")
    }
}

fn reasons(refusal: &Refusal) -> String {
    let quoted: Vec<String> = refusal.reasons.iter().map(|reason| format!("«{reason}»")).collect();
    quoted.join("; ")
}

fn problem(label: Label) -> ProblemWords {
    let (what, action) = match label {
        Label::DataDiffer => (
            "Данные в настройках не такие, как в действующем сертификате.",
            "Исправьте настройки. Если данные действительно изменились, нужен визит в офис ЦСК.",
        ),
        Label::CertificateMissing => (
            "Действующего сертификата нет в хранилище.",
            "Положите сертификат и ключ в хранилище certpost.",
        ),
        Label::CertificateEnded => (
            "Сертификат, которым следует подписать заявку, уже не действует.",
            "Получите новый сертификат в офисе ЦСК.",
        ),
        Label::KeyMissing => {
            ("Действующего ключа нет в хранилище.", "Положите ключ в хранилище certpost.")
        }
        Label::KeyPassword => {
            ("Пароль к ключу не подходит.", "Проверьте пароль, на который указывают настройки.")
        }
        Label::KeyPermissions => (
            "Файл с ключом открыт для посторонних.",
            "Ограничьте доступ к файлу: читать его может только certpost.",
        ),
        Label::KeyDamaged => ("Файл с ключом повреждён.", "Восстановите файл из резервной копии."),
        Label::PasswordShort => {
            ("Пароль нового ключа слишком короткий для этого ЦСК.", "Задайте более длинный пароль.")
        }
        Label::PasswordRepetition => (
            "Новый пароль и его повторение различаются.",
            "Запишите тот же пароль в обоих местах, на которые указывают настройки.",
        ),
        Label::PasswordWeak => (
            "Новый пароль легко угадать.",
            "Задайте более длинный пароль: несколько слов или буквы с цифрами.",
        ),
        Label::TokenModule => (
            "Программа для работы с токеном не загружается.",
            "Проверьте, установлен ли драйвер токена и правильно ли указан его файл.",
        ),
        Label::TokenMissing => (
            "Токен с ключами не найден.",
            "Вставьте токен. Если он на месте, проверьте его название в настройках.",
        ),
        Label::TokenPin => (
            "Токен не принял PIN-код. Чтобы токен не заблокировался, certpost больше его не \
             вводит.",
            "Исправьте PIN-код там, откуда его берут настройки.",
        ),
        Label::TokenLocked => (
            "Токен заблокирован, или до блокировки осталась одна попытка.",
            "Войдите в токен его собственной программой или разблокируйте его.",
        ),
        Label::TokenFull => (
            "На токене нет места для нового ключа.",
            "Удалите с токена ненужное или возьмите новый. Действующие ключи не удаляйте.",
        ),
        Label::TokenFailed => (
            "Токен не смог выполнить действие с ключом.",
            "Покажите подробности тому, кто присматривает за certpost.",
        ),
        Label::SecretMissing => (
            "Не хватает пароля или слова для парольного диалога.",
            "Проверьте, на какой файл или переменную указывают настройки.",
        ),
        Label::SecretPermissions => (
            "Файл с паролем открыт для посторонних.",
            "Ограничьте доступ к файлу: читать его может только certpost.",
        ),
        Label::ApplicationUnfit => {
            ("Данные не подходят к форме заявки.", "Исправьте указанное поле в настройках.")
        }
        Label::RecipientMissing => (
            "Нет действующего сертификата ЦСК, для которого шифруют заявку.",
            "Скачайте новый сертификат с сайта ЦСК и укажите его в настройках.",
        ),
        Label::SealFailed => (
            "Подписать и зашифровать заявку не удалось.",
            "Покажите подробности тому, кто присматривает за certpost.",
        ),
        Label::HolderUnknown => (
            "Этого владельца уже нет в настройках.",
            "Верните владельца в настройки или отмените дело.",
        ),
        Label::SmtpUnreachable => (
            "Почтовый сервер для отправки не отвечает.",
            "Проверьте интернет и адрес сервера. Попытки продолжаются сами.",
        ),
        Label::SmtpLogin => (
            "Почтовый сервер не принял пароль для отправки.",
            "Обновите пароль почтового ящика в настройках.",
        ),
        Label::SmtpLater => (
            "Почтовый сервер просит подождать.",
            "Ничего делать не нужно: попытки продолжаются сами.",
        ),
        Label::SmtpRejected => (
            "Почтовый сервер не принял письмо.",
            "Проверьте адрес ЦСК и собственный адрес в настройках.",
        ),
        Label::SmtpUncertain => (
            "Связь оборвалась, прежде чем сервер подтвердил письмо.",
            "Ничего делать не нужно: подождём квитанцию.",
        ),
        Label::Bounce => {
            ("Почта вернула письмо: адресат его не получил.", "Проверьте адрес ЦСК в настройках.")
        }
        Label::SmtpTls => (
            "Почтовый сервер для отправки не доказал, что он подлинный.",
            "Проверьте адрес сервера; пароль мы ему не отправили.",
        ),
        Label::ImapUnreachable => (
            "Почтовый ящик недоступен: сервер не отвечает.",
            "Проверьте интернет и адрес сервера. Попытки продолжаются сами.",
        ),
        Label::ImapLogin => (
            "В почтовый ящик не пускают: пароль не подходит.",
            "Обновите пароль почтового ящика в настройках.",
        ),
        Label::ImapFolder => {
            ("В почтовом ящике нет нужной папки.", "Исправьте имя папки в настройках.")
        }
        Label::ImapTls => (
            "Сервер почтового ящика не доказал, что он подлинный.",
            "Проверьте адрес сервера; пароль мы ему не отправили.",
        ),
        Label::ImapTimeout => (
            "Сервер почтового ящика перестал отвечать посреди разговора.",
            "Проверьте интернет. Попытки продолжаются сами.",
        ),
        Label::ImapBusy => (
            "Почтовый сервер ограничил доступ и просит подождать.",
            "Закройте другие программы, которые читают этот ящик. Попытки продолжаются сами.",
        ),
        Label::ImapProtocol => (
            "Почтовый сервер отвечает непонятно.",
            "Покажите подробности почтовому администратору. Попытки продолжаются сами.",
        ),
        Label::OauthRefresh => (
            "Почтовый провайдер не выдаёт ключ доступа к ящику.",
            "Попросите администратора посмотреть подробности. Попытки продолжаются сами.",
        ),
        Label::OauthGrant => (
            "Разрешение на доступ к ящику скоро закончится или уже не действует.",
            "Попросите администратора дать разрешение заново.",
        ),
        Label::MailboxFull => {
            ("Почтовый ящик переполнен.", "Освободите место: новые квитанции могут не прийти.")
        }
        Label::MailboxSilent => (
            "Почтовый ящик давно не читали, поэтому квитанции могли остаться незамеченными.",
            "Проверьте, работает ли certpost.",
        ),
        Label::CertificateMismatch => (
            "Выданный сертификат не соответствует заявке.",
            "Не пользуйтесь им; позвоните в ЦСК и назовите расхождение.",
        ),
        Label::CertificateUntrusted => (
            "Выданный сертификат подписал неизвестный нам ЦСК.",
            "Сверьте новый корневой сертификат с сайтом ЦСК и укажите его в настройках.",
        ),
        Label::CertificateRevoked => (
            "ЦСК отозвал новый сертификат, прежде чем его установили.",
            "Не пользуйтесь им; позвоните в ЦСК и спросите о причине.",
        ),
        Label::RevocationStale => (
            "Список отозванных сертификатов устарел.",
            "Попросите администратора выяснить, почему не загружается новый список.",
        ),
        Label::RevocationUnreadable => (
            "Список отозванных сертификатов не читается.",
            "Попросите администратора загрузить список ещё раз.",
        ),
        Label::BundleDamaged => {
            ("Файл с сертификатами не читается.", "Попросите ЦСК прислать квитанцию ещё раз.")
        }
        Label::HookFailed => (
            "Сертификаты на месте, но действие после установки не сработало.",
            "Проверьте программу, которую запускают после установки.",
        ),
        Label::FolderRead => (
            "Папку с ответами не удаётся прочитать.",
            "Проверьте, есть ли эта папка и может ли certpost её читать.",
        ),
        Label::FolderWrite => (
            "В папку для отправки не удаётся записать.",
            "Проверьте, есть ли эта папка и может ли certpost в неё писать.",
        ),
        Label::DiskFull => {
            ("На диске нет места.", "Освободите место. Ничего не потеряно: дела продолжатся сами.")
        }
        Label::DiskError => (
            "С диска не удаётся читать или на него писать.",
            "Проверьте диск и сделайте резервную копию.",
        ),
        Label::StoreDamaged => (
            "База certpost повреждена.",
            "Остановите certpost и восстановите базу из файлов и \
                                           почты.",
        ),
        Label::MessageUnsent => (
            "Сообщения людям не доходят.",
            "Проверьте адрес и почтовый сервер для сообщений и отправьте пробное.",
        ),
        Label::MessageMemory => (
            "Журнал отправленных сообщений не читается или не пишется.",
            "Проверьте диск; кое-что может прийти вам второй раз.",
        ),
        Label::WebhookFailed => (
            "Веб-адрес, на который отправляем сообщения, отвечает не так, как должен.",
            "Проверьте адрес и ключ доступа в настройках. Попытки продолжаются сами.",
        ),
        Label::KeyGeneration => (
            "Не удалось создать новый ключ.",
            "Покажите подробности тому, кто присматривает за certpost.",
        ),
        Label::KeyMismatch => (
            "Ключ не соответствует своему сертификату.",
            "Положите в хранилище ключ и сертификат из одной пары.",
        ),
        Label::KeyOccupied => {
            ("В хранилище уже есть пара этого владельца.", "Заменить её может только обновление.")
        }
        Label::KeyProtect => (
            "Не удалось зашифровать новый ключ.",
            "Покажите подробности тому, кто присматривает за certpost.",
        ),
        Label::CertificateDamaged => {
            ("Файл сертификата в хранилище повреждён.", "Восстановите его из резервной копии.")
        }
        Label::PriceMissing => ("Для этого срока нет цены.", "Допишите цену ЦСК в настройки."),
        Label::ParcelMissing => (
            "Запечатанного письма нет на диске.",
            "Восстановите файл из резервной копии или отмените дело и начните новое.",
        ),
        Label::VaultIo => (
            "Хранилище ключей не читается или не пишется.",
            "Проверьте диск и права на папку с ключами.",
        ),
        Label::VaultDamaged => {
            ("Хранилище ключей повреждено.", "Восстановите папку с ключами из резервной копии.")
        }
        Label::VaultName => (
            "Краткое имя владельца не годится для имени папки.",
            "Исправьте его в настройках: только строчные латинские буквы, цифры и дефис.",
        ),
        Label::AlreadyOpen => {
            ("Обновление этого владельца уже идёт.", "Дождитесь конца или отмените его.")
        }
        Label::NotNow => ("Сейчас дело ждёт не этого.", "Посмотрите, чего оно ждёт."),
        Label::UnknownId => ("Такого дела или владельца нет.", "Проверьте название по списку."),
        Label::SnoozeTooLate => {
            ("Так надолго отложить нельзя.", "Выберите день не позже последнего безопасного.")
        }
        Label::ErrandUnreadable => {
            ("Команду, переданную службе, не удалось прочитать.", "Дайте команду ещё раз.")
        }
        Label::ConfigBroken => (
            "В новых настройках есть ошибка, поэтому действуют прежние.",
            "Исправьте настройки и дайте certpost прочитать их снова.",
        ),
        Label::PageListen => (
            "Страница состояния не открывается. На дела это не влияет.",
            "Проверьте, не занят ли её адрес другой программой.",
        ),
        Label::StillQuarantined => (
            "Письмо прочитано ещё раз, но доверять ему или прочитать его по-прежнему нельзя.",
            "Просмотрите письмо; если оно лишнее, отметьте, что с ним разобрались.",
        ),
        Label::Configuration => (
            "Настройки указывают на то, чего нет или чем нельзя воспользоваться.",
            "Исправьте названное.",
        ),
        Label::MoveRefused => (
            "Прочитанные письма нельзя перенести в указанную папку.",
            "Дайте ящику право переносить письма или уберите эту папку из настроек.",
        ),
        Label::MailboxFilling => {
            ("Почтовый ящик почти полон.", "Освободите место, пока квитанции ещё приходят.")
        }
        Label::SmtpSize => (
            "Сервер отправки не принимает таких больших писем, как заявка.",
            "Попросите увеличить ограничение на размер письма.",
        ),
        Label::ClockDiffers => {
            ("Часы компьютера отстают от часов почтового сервера.", "Исправьте часы.")
        }
        Label::AuthorityCertificate => (
            "Сертификат ЦСК, названный в настройках, непригоден.",
            "Возьмите действующий сертификат с сайта ЦСК и укажите его в настройках.",
        ),
        Label::AuthorityCertificateEnding => (
            "Срок сертификата ЦСК, названного в настройках, скоро истечёт.",
            "Возьмите новый сертификат с сайта ЦСК и добавьте его в настройки.",
        ),
        Label::DiskLow => {
            ("На диске осталось мало места.", "Освободите место, пока работа ещё идёт.")
        }
        Label::HookMissing => (
            "Программы, которую нужно запустить после установки, нет или её нельзя запустить.",
            "Исправьте путь к программе или её права.",
        ),
        Label::LetterLost => (
            "Пробное письмо самим себе не вернулось.",
            "Поищите его в спаме и добавьте ту папку в настройки.",
        ),
        Label::Clock => (
            "Часы компьютера показывают невозможное время, поэтому ничего не отправляем и не \
             устанавливаем.",
            "Исправьте часы.",
        ),
    };
    ProblemWords { what, action }
}
