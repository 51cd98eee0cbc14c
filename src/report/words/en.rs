//! English. The file and its matches have more lines because every text of the language is here:
//! one person can read it aloud from top to bottom.

use jiff::civil::{Date, DateTime};

use super::RehearsalWords;
use super::difference::{Datum, Difference};
use super::figures::{self, Day, Left};
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

pub struct English;

static EVIDENCE: EvidenceWords = EvidenceWords {
    title: "Evidence pack",
    files: "What is in the pack",
    proves_title: "What it proves",
    proves: [
        "Every file is as it was entered into MANIFEST.json; no line of the journal was changed, \
         taken out or moved.",
        "The application was sealed with the key of the one whose certificate is in the pack; the \
         answers were sealed with the key of the one who sent them.",
        "The signers' certificates were issued by the authority whose root certificate is in the \
         pack. Compare its fingerprint with the one that you know.",
    ],
    cannot_title: "What it can't prove",
    cannot: [
        "Whoever can rewrite the whole pack can make another one that is no less consistent. Note \
         its digest elsewhere as soon as it is made.",
        "Times in the journal are those of the computer's clock. Times in signatures are the \
         signer's own word.",
        "The sealed application and the letters can be read only with the key. Receipts are here \
         as they were read: that they are what the letters held is shown by certpost open with \
         the holder's key.",
        "Whether certificates were revoked later the pack does not know.",
    ],
    how: "The pack can be verified on any computer, without a network or a configuration:",
};

static LABELS: Labels = Labels {
    page_title: "Certificates",
    as_of: "as of",
    who: "Who",
    certificate: "Certificate",
    certificates: "Certificates",
    valid_until: "Valid until",
    left: "Left",
    state: "State",
    costs: "Costs",
    term: "Term",
    payment: "Payment",
    sum: "Sum",
    total: "Total",
    grand_total: "Total of all orders",
    order_planned: "Planned for the coming weeks",
    what_to_do: "What to do",
    details: "Details and history",
    history: "History",
    technical: "Details",
    authority_says: "The answer in its own words",
    way: "Progress of the application",
    post: "Mail",
    made_by: "Made by certpost. It contains no passwords and no keys.",
    notice: "Notice to the tax office",
    case: "Case",
    authority: "Sent to",
    document: "Document number",
    attempt: "Attempt",
    opened: "Opened",
    invoice: "Invoice",
    refusal_code: "Code of the refusal",
    last_safe_day: "Last safe day",
    order_number: "Order",
    receipts: "Receipts and invoices",
    registration: "Registration number",
    file_by: "File no later than",
    payee: "Payee",
    payee_code: "Payee's code",
    iban: "IBAN",
    purpose: "Payment details",
    vat_inside: "VAT included",
    pay_by: "Pay by",
    nothing: "There are no cases.",
    done: "done",
    now: "now",
    later: "later",
    failed: "failed",
    letters: ["When", "From", "Subject", "Reason"],
    no_letters: "There are no such letters.",
    quotes: ["“", "”"],
    trouble: "Trouble",
    payment_file: "file for the bank",
    invoice_file: "invoice (PDF)",
    orders: "Orders",
    order: "Ordered",
    cases: "Cases",
    currency: "Currency",
    what_happened: "What happened",
    columns: [
        "Code",
        "Organisation",
        "Holder",
        "Role",
        "Name",
        "Certificate",
        "Serial number",
        "Valid from",
        "Valid until",
        "Days left",
        "State",
        "Case",
        "Opened",
        "Sent",
        "Receipt No. 1",
        "Receipt No. 2",
        "Installed",
        "Invoice",
        "Sum",
        "Payment",
        "What to do",
        "Command",
    ],
};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn month(number: i8) -> &'static str {
    usize::try_from(number - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or("?")
}

/// `1 day`, `2 days`.
fn count(n: i64, one: &str, many: &str) -> String {
    format!("{n}\u{a0}{}", if n == 1 { one } else { many })
}

fn days(n: i64) -> String {
    count(n, "day", "days")
}

fn sends(n: u32) -> String {
    match n {
        0 | 1 => "once".into(),
        2 => "twice".into(),
        n => format!("{n}\u{a0}times"),
    }
}

/// Words that depend on whom we write to, and what.
struct Nouns {
    who: &'static str,
    who_capital: &'static str,
    accepted: &'static str,
    paper: &'static str,
    paper_capital: &'static str,
    first: &'static str,
    first_capital: &'static str,
    second: &'static str,
}

fn nouns(case: &Case<'_>) -> Nouns {
    let (first, first_capital, second) = if case.numbered {
        ("receipt\u{a0}No.\u{a0}1", "Receipt\u{a0}No.\u{a0}1", "receipt\u{a0}No.\u{a0}2")
    } else {
        ("the confirmation", "The confirmation", "the decision")
    };
    match case.purpose {
        Purpose::Renewal => Nouns {
            who: "the authority",
            who_capital: "The authority",
            accepted: "issued the certificates",
            paper: "the application",
            paper_capital: "The application",
            first,
            first_capital,
            second,
        },
        Purpose::Notice => Nouns {
            who: "the tax office",
            who_capital: "The tax office",
            accepted: "accepted the notice",
            paper: "the notice",
            paper_capital: "The notice",
            first,
            first_capital,
            second,
        },
    }
}

impl English {
    fn again(&self, again: &Again<'_>, clock: &Clock) -> String {
        let tried = count(i64::from(again.failures), "attempt", "attempts");
        match again.next {
            Some(next) if next > clock.now => {
                format!("{tried} failed so far; the next is {}.", self.moment(next, clock))
            }
            Some(_) | None => format!("{tried} failed so far; trying again now."),
        }
    }

    fn invoice(&self, invoice: &Invoice, clock: &Clock) -> String {
        let (number, sum) = (&invoice.number, self.money(&invoice.amount));
        match invoice.due {
            Some(due) if due < clock.now => {
                let day = self.date(clock.date(due));
                format!("Invoice {number} for {sum} was due by {day}.")
            }
            Some(due) => {
                let day = self.date(clock.date(due));
                format!("Invoice {number} for {sum}, payable by {day}.")
            }
            None => format!("Invoice {number} for {sum}."),
        }
    }

    fn expired(&self, deadline: Timestamp, after: &After<'_>, case: &Case<'_>) -> String {
        let n = nouns(case);
        let day = self.date(case.clock.date(deadline));
        if case.purpose == Purpose::Notice {
            return format!(
                "The director's key expired on {day}, before the tax office accepted the notice. \
                 Reports can be filed with the new keys: the tax office learns of them from the \
                 next report."
            );
        }
        let hope = match after {
            After::NothingSent => "The application was never sent.".to_owned(),
            After::Waiting => format!(
                "If {} still answers, the new certificates will be installed without you.",
                n.who
            ),
            After::Invoiced(invoice) => format!("Invoice {} was not paid.", invoice.number),
            After::Refused(_) => format!("{} refused.", n.who_capital),
        };
        format!(
            "The certificates expired on {day}. They can no longer sign; old letters and receipts \
             can still be decrypted. {hope} The signatures of the others work."
        )
    }

    fn gate(&self, gate: Gate, case: &Case<'_>) -> String {
        let paper = nouns(case).paper;
        match gate {
            Gate::Agreement => {
                format!("Before {paper} is sent, the authority's contract must be accepted.")
            }
            Gate::PhoneCode => {
                format!(
                    "Before {paper} is sent, the code that came to the holder's phone is needed."
                )
            }
            Gate::Approval => format!("Before {paper} is sent, the director must approve it."),
        }
    }
}

impl Words for English {
    fn labels(&self) -> &'static Labels {
        &LABELS
    }

    fn topic(&self, topic: Topic) -> &'static str {
        match topic {
            Topic::NeedsYou => "Needs you",
            Topic::UnderWay => "Under way",
            Topic::EndsSoon => "Expiring soon",
            Topic::Done => "Done",
            Topic::Calm => "All well",
        }
    }

    fn role(&self, role: Role) -> &'static str {
        match role {
            Role::Director => "Director",
            Role::Accountant => "Accountant",
            Role::Seal => "Company seal",
            Role::Employee => "Employee",
        }
    }

    fn proprietor(&self) -> &'static str {
        "Sole proprietor"
    }

    fn code(&self, kind: OrganisationKind) -> &'static str {
        match kind {
            OrganisationKind::Legal => "EDRPOU",
            OrganisationKind::SoleProprietor => "RNOKPP",
        }
    }

    fn usage(&self, usage: Usage) -> &'static str {
        match usage {
            Usage::Signing => "signing",
            Usage::Agreement => "encryption",
        }
    }

    fn term(&self, years: u8) -> String {
        count(i64::from(years), "year", "years")
    }

    fn payment(&self, state: PaymentState<'_>) -> String {
        match state {
            PaymentState::Prepaid => "paid in advance".into(),
            PaymentState::Online => "online payment".into(),
            PaymentState::InvoiceExpected => "by invoice, not received yet".into(),
            PaymentState::InvoiceUnpaid(number) => format!("invoice {number}, unpaid"),
            PaymentState::InvoicePaid(number) => format!("invoice {number}, paid"),
        }
    }

    fn date(&self, day: Date) -> String {
        format!("{} {} {}", day.day(), month(day.month()), day.year())
    }

    fn short(&self, at: DateTime) -> String {
        format!("{} {}, {}", at.day(), month(at.month()), figures::time(at))
    }

    fn moment(&self, at: Timestamp, clock: &Clock) -> String {
        let at = clock.civil(at);
        let day = match Day::of(at.date(), clock.today()) {
            Day::Today => "today".to_owned(),
            Day::Yesterday => "yesterday".to_owned(),
            Day::Tomorrow => "tomorrow".to_owned(),
            Day::Other(day) => format!("on {}", self.date(day)),
        };
        format!("{day} at\u{a0}{}", figures::time(at))
    }

    fn short_by(&self, at: DateTime) -> String {
        format!("by {}", self.short(at))
    }

    fn short_by_day(&self, day: Date) -> String {
        format!("by {} {}", day.day(), month(day.month()))
    }

    fn left(&self, left: i64) -> String {
        match Left::of(left) {
            Left::Ended => "expired".into(),
            Left::LessThanADay => "less than a day".into(),
            Left::Days(left) => days(left),
            Left::Years(years, 0) => count(years, "year", "years"),
            Left::Years(years, months) => {
                let years = count(years, "year", "years");
                format!("{years} {}", count(months, "month", "months"))
            }
        }
    }

    fn duration(&self, span: Span) -> String {
        figures::duration(span, "h", "min", days)
    }

    fn amount(&self, minor: i64, group: bool) -> String {
        figures::amount(minor, '.', group.then_some(','))
    }

    fn money(&self, money: &Money) -> String {
        format!("{}\u{a0}{}", money.currency, self.amount(money.minor, true))
    }

    fn number(&self, number: &str) -> String {
        format!("No.\u{a0}{number}")
    }

    fn demo_begins(&self, company: &str, holders: usize, port: u16) -> String {
        let certificates = holders * 2;
        format!(
            "{company} · {holders} holders · {certificates} certificates · \
             simulated authority at 127.0.0.1:{port}"
        )
    }

    fn demo_done(&self, took: std::time::Duration) -> String {
        format!("Done in {}\u{a0}s.", figures::seconds(took, '.'))
    }

    fn demo_unfinished(&self) -> &'static str {
        "The demo did not end in time; all that happened lies in:"
    }

    fn demo_place(&self, place: DemoPlace) -> &'static str {
        match place {
            DemoPlace::Summary => "Summary",
            DemoPlace::Database => "Database",
            DemoPlace::Keys => "Keys",
            DemoPlace::Config => "Configuration",
            DemoPlace::Authority => "Authority",
        }
    }

    fn verdict(&self, verdict: &Verdict) -> (String, String) {
        let needed = i64::try_from(verdict.needed).unwrap_or(i64::MAX);
        let under_way = i64::try_from(verdict.under_way).unwrap_or(i64::MAX);
        let first = match needed {
            0 => "Nothing is needed from you.".to_owned(),
            n => format!("{} you.", count(n, "thing needs", "things need")),
        };
        let mut rest = Vec::new();
        if under_way > 0 && needed > 0 {
            rest.push("The rest goes by itself.".to_owned());
        } else if under_way > 0 {
            rest.push(format!("{} by itself.", count(under_way, "case goes on", "cases go on")));
        }
        if let Some((day, left)) = verdict.nearest {
            let date = self.date(day);
            rest.push(match left {
                ..0 => format!("The first certificate already expired on {date}."),
                left => format!("The next certificate expires on {date} ({}).", self.left(left)),
            });
        }
        (first, rest.join(" "))
    }

    fn ends(&self, until: Date, left: i64) -> String {
        let date = self.date(until);
        match left {
            ..0 => format!("The certificates expired on {date}."),
            left => format!("The certificates are valid until {date} ({}).", self.left(left)),
        }
    }

    fn say(&self, say: &Say<'_>) -> String {
        let text = match say {
            Say::Severity(Severity::Error) => "URGENT",
            Say::Severity(Severity::Warning) => "ATTENTION",
            Say::Severity(Severity::Normal) => "FOR INFORMATION",
            Say::Severity(Severity::Success) => "DONE",
            Say::Resolved => "RESOLVED",
            Say::Over => "This trouble is over.",
            Say::Gathered { kind, count: all } => {
                let n = i64::try_from(*all).unwrap_or(i64::MAX);
                return match kind {
                    Kind::Succeeded => {
                        format!("Certificates renewed: {}", count(n, "case", "cases"))
                    }
                    Kind::Invoiced => format!("{} to pay", count(n, "invoice", "invoices")),
                    Kind::Ending => {
                        format!("Certificates expire soon: {}", count(n, "holder", "holders"))
                    }
                    _ => count(n, "piece of news", "pieces of news"),
                };
            }
            Say::More { count: left_out } => {
                let n = i64::try_from(*left_out).unwrap_or(i64::MAX);
                return format!(
                    "There was no room for {} more; certpost's summary shows everything.",
                    count(n, "piece of news", "pieces of news")
                );
            }
            Say::LastToday => {
                "This is the last message of today: the rest will be gathered into one and sent \
                 tomorrow. certpost's summary always shows how things stand."
            }
            Say::NothingToDo => "Nothing is needed from you.",
            Say::PayBy => "Pay by",
            Say::Payee => "Payee",
            Say::PaymentPurpose => "Payment details",
            Say::QuarantineTitle => "Letters in quarantine",
            Say::LookAtQuarantine => "See whether an answer of the authority is among them.",
            Say::DigestTitle => "The week's summary",
            Say::TestTitle => "A test message",
            Say::TestTold { contact } => {
                return format!(
                    "This is a test: it is how certpost will tell you (“{contact}”) about the \
                     certificates. Nothing happened, and nothing is needed from you."
                );
            }
            Say::Footer => "certpost, a program, wrote this letter. There is no need to answer it.",
        };
        text.to_owned()
    }

    fn ordered(&self, on: Date, number: &str) -> String {
        format!("Order of {}, No.\u{a0}{number}", self.date(on))
    }

    fn invoice_title(&self, number: &str, dated: Option<Date>) -> String {
        let number = format!("Invoice {number}");
        dated.map_or(number.clone(), |day| format!("{number} of {}", self.date(day)))
    }

    fn invoice_state(&self, state: InvoiceState<'_>) -> String {
        match state {
            InvoiceState::Unpaid => "to be paid".into(),
            InvoiceState::Overdue => "overdue".into(),
            InvoiceState::Settled => "paid".into(),
            InvoiceState::Paid { on, reference: "" } => format!("paid {}", self.date(on)),
            InvoiceState::Paid { on, reference } => format!("paid {}, {reference}", self.date(on)),
        }
    }

    fn wrong_sum(&self, asked: &Money, price: &Money) -> String {
        format!(
            "The invoice asks for {}, but the price list says {}. Ask the authority why before \
             you pay.",
            self.money(asked),
            self.money(price),
        )
    }

    fn unpublished(&self) -> &'static str {
        "There is no consent to publish: give the new certificates to your partners yourselves. \
         The files lie beside the summary, in the folder certificates."
    }

    fn pay_online(&self, sum: &str, page: Option<&str>) -> String {
        match page {
            Some(page) => format!("Pay {} at {page}, then say so.", sum),
            None => format!("Pay {} at the authority's site, then say so.", sum),
        }
    }

    fn occasion(&self, occasion: Occasion<'_>) -> String {
        match occasion {
            Occasion::Ends { who, usages } => format!("Certificate ends: {who} ({usages})"),
            Occasion::Due { who } => format!("Certificates are due for renewal: {who}"),
            Occasion::LastSafeDay { who } => format!("Last safe day for the application: {who}"),
            Occasion::InvoiceDue(invoice) => {
                let (number, sum) = (&invoice.number, self.money(&invoice.amount));
                format!("Pay invoice {number}: {sum}")
            }
        }
    }

    fn evidence(&self) -> &'static EvidenceWords {
        &EVIDENCE
    }

    fn paper(&self, kind: PaperKind) -> &'static str {
        match kind {
            PaperKind::LetterSent => "a letter as it was sent",
            PaperKind::LetterReceived => "a letter as it came",
            PaperKind::Sealed => "the sealed document out of the letter",
            PaperKind::Receipt => "an answer, read and verified",
            PaperKind::InvoicePdf => "the invoice for people",
            PaperKind::CertificateOld => "a certificate that was renewed",
            PaperKind::CertificateNew => "a new certificate",
            PaperKind::AuthoritySigner => "the certificate of who signs answers",
            PaperKind::AuthorityAnchor => "a root certificate",
            PaperKind::Journal => "the journal of the case",
            PaperKind::Summary => "this page",
        }
    }

    fn post(&self, remark: PostRemark, clock: &Clock) -> String {
        match remark {
            PostRemark::NeverRead => "The mailbox has not been read yet.".into(),
            PostRemark::Read { at } => format!("The mailbox was read {}.", self.moment(at, clock)),
            PostRemark::Silent { at } => format!(
                "Last read {}, {} ago.",
                self.moment(at, clock),
                self.duration(clock.now - at)
            ),
            PostRemark::Quarantined { letters } => {
                let n = i64::try_from(letters).unwrap_or(i64::MAX);
                let letters = count(n, "letter is", "letters are");
                format!(
                    "{letters} in quarantine, unreadable or not proven to be genuine. No case was \
                     changed."
                )
            }
            PostRemark::Unclaimed { letters } => {
                let n = i64::try_from(letters).unwrap_or(i64::MAX);
                let letters = count(n, "genuine answer", "genuine answers");
                format!("Kept: {letters} that nobody waited for.")
            }
        }
    }

    fn holder(&self, state: HolderState) -> HolderWords {
        match state {
            HolderState::EndsSoon { starts: Some(day) } => HolderWords {
                badge: "Renewal soon".into(),
                told: format!(
                    "The renewal starts by itself on {}. Nothing is needed from you.",
                    self.date(day)
                ),
                advice: None,
            },
            HolderState::EndsSoon { starts: None } => HolderWords {
                badge: "Time to renew".into(),
                told: "The renewal is about to start. Nothing is needed from you.".into(),
                advice: None,
            },
            HolderState::Withdrawn => HolderWords {
                badge: "Not being renewed".into(),
                told: "The renewal was withdrawn and does not start by itself any more.".into(),
                advice: Some("If the certificate is still needed, start the renewal again.".into()),
            },
            HolderState::Ended { on } => HolderWords {
                badge: "Expired".into(),
                told: format!(
                    "The certificates expired on {}. They can no longer sign; old letters and \
                     receipts can still be decrypted. The signatures of the others work.",
                    self.date(on)
                ),
                advice: Some(
                    "Get new certificates at the authority's office: an expired certificate is not \
                     renewed by mail."
                        .into(),
                ),
            },
            HolderState::Missing => HolderWords {
                badge: "No certificate".into(),
                told: "The key and certificate of this holder are not here yet.".into(),
                advice: Some("Put the valid key and certificate into certpost's vault.".into()),
            },
            HolderState::Calm { until } => HolderWords {
                badge: "Valid".into(),
                told: format!("Valid until {}.", self.date(until)),
                advice: None,
            },
        }
    }

    fn badge(&self, situation: &Situation<'_>, case: &Case<'_>) -> String {
        let n = nouns(case);
        match situation {
            Situation::Preparing => format!("Preparing {}", n.paper),
            Situation::PreparingAgain(_) => "Preparing: trying again".into(),
            Situation::PutOff { .. } => "Put off".into(),
            Situation::NotYetValid { .. } => "Granted ahead".into(),
            Situation::PayOnline { .. } => "To be paid on-line".into(),
            Situation::AtGate { gate, .. } => match gate {
                Gate::Agreement => "Your consent is needed".into(),
                Gate::PhoneCode => "The phone code is needed".into(),
                Gate::Approval => "Waits for the director".into(),
            },
            Situation::Sending => "Sending".into(),
            Situation::Resending { .. } => "Sending again".into(),
            Situation::SendingAgain(_) => "Sending: trying again".into(),
            Situation::AwaitingReceipt { .. } => format!("Waiting for {}", n.first),
            Situation::AwaitingDecision { .. } => format!("Waiting for {}", n.second),
            Situation::Payment { overdue: false, .. } => "Invoice to pay".into(),
            Situation::Payment { overdue: true, .. } => "Invoice overdue".into(),
            Situation::Installing { .. } => match case.purpose {
                Purpose::Renewal => "Installing".into(),
                Purpose::Notice => "Accepted, closing".into(),
            },
            Situation::InstallingAgain(_) => match case.purpose {
                Purpose::Renewal => "Issued, not installed yet".into(),
                Purpose::Notice => "Installing: trying again".into(),
            },
            Situation::HookFailed { .. } => "Installed, hook failed".into(),
            Situation::Installed { .. } => match case.purpose {
                Purpose::Renewal => "Renewed".into(),
                Purpose::Notice => "Accepted".into(),
            },
            Situation::Refused { .. } => "Refused".into(),
            Situation::CannotPrepare(_) => match case.purpose {
                Purpose::Renewal => "Application not made".into(),
                Purpose::Notice => "Notice not made".into(),
            },
            Situation::CannotSend(_) => "Letter not delivered".into(),
            Situation::Silent { .. } => "No answer".into(),
            Situation::CannotInstall(_) => match case.purpose {
                Purpose::Renewal => "Issued, not installed".into(),
                Purpose::Notice => "Not installed".into(),
            },
            Situation::GateClosed(_) => "The time for consent is over".into(),
            Situation::Expired { .. } => match case.purpose {
                Purpose::Renewal => "Certificate expired".into(),
                Purpose::Notice => "Too late for a notice".into(),
            },
            Situation::Withdrawn { .. } => "Withdrawn".into(),
        }
    }

    fn told(&self, situation: &Situation<'_>, case: &Case<'_>) -> String {
        let (n, clock) = (nouns(case), case.clock);
        match situation {
            Situation::Preparing => match case.purpose {
                Purpose::Renewal => "Preparing the application from the data of the valid \
                                     certificate. Nothing is needed from you."
                    .into(),
                Purpose::Notice => "Preparing the notice about the new certificates. Nothing is \
                                    needed from you."
                    .into(),
            },
            Situation::PreparingAgain(again) => self.again(again, clock),
            Situation::NotYetValid { until } => format!(
                "The certificates were granted and begin on {}: they will be installed then. Nothing is needed from you.",
                self.date(clock.date(*until)),
            ),
            Situation::PutOff { until } => format!(
                "The renewal is put off until {}; then it begins by itself.",
                self.date(clock.date(*until)),
            ),
            Situation::PayOnline { .. } => {
                "The authority took the application and waits for payment on-line. Until then it \
                 is not looked at."
                    .into()
            }
            Situation::AtGate { gate, until } => {
                format!("{} Waiting until {}.", self.gate(*gate, case), self.by(*until, clock))
            }
            Situation::Sending => format!(
                "{} is signed and encrypted and goes now. Nothing is needed from you.",
                n.paper_capital
            ),
            Situation::Resending { sends: done } => format!(
                "{} was sent {} without an answer, so the same will be sent once more. Nothing is \
                 needed from you.",
                n.paper_capital,
                sends(*done)
            ),
            Situation::SendingAgain(again) => self.again(again, clock),
            Situation::AwaitingReceipt { sends: done, sent, certain, until } => {
                let until = self.by(*until, clock);
                if !certain {
                    return format!(
                        "The connection broke while sending, so the letter may have arrived. \
                         Waiting for {} until {until}; if it does not come, the same will be \
                         sent once more. Nothing is needed from you.",
                        n.first
                    );
                }
                let often =
                    if *done > 1 { format!(" ({} in all)", sends(*done)) } else { String::new() };
                let sent = sent.map_or(String::new(), |at| format!(" {}", self.moment(at, clock)));
                format!(
                    "{} was sent{sent}{often}. Waiting for {} until {until}. Nothing is needed \
                     from you.",
                    n.paper_capital, n.first
                )
            }
            Situation::AwaitingDecision { delivered, until } => {
                let until = self.by(*until, clock);
                let came =
                    delivered.map_or(String::new(), |at| format!(" {}", self.moment(at, clock)));
                format!(
                    "{} came{came}. Waiting for {} until {until}. Nothing is needed from you.",
                    n.first_capital, n.second
                )
            }
            Situation::Payment { invoice, until, .. } => format!(
                "{} The case waits, and goes on by itself once {} has the money. The next \
                 reminder is {}.",
                self.invoice(invoice, clock),
                n.who,
                self.moment(*until, clock)
            ),
            Situation::Installing { granted } => format!(
                "{} {} {}. Checking and installing. Nothing is needed from you.",
                n.who_capital,
                n.accepted,
                self.moment(*granted, clock)
            ),
            Situation::HookFailed { at, again } => {
                format!(
                    "The new certificates were installed {}. {}",
                    self.moment(*at, clock),
                    self.again(again, clock)
                )
            }
            Situation::InstallingAgain(again) => {
                format!("{} {}. {}", n.who_capital, n.accepted, self.again(again, clock))
            }
            Situation::Installed { at } => match case.purpose {
                Purpose::Renewal => {
                    format!("The new certificates were installed {}.", self.moment(*at, clock))
                }
                Purpose::Notice => format!(
                    "The tax office accepted the notice about the new certificates {}.",
                    self.moment(*at, clock)
                ),
            },
            Situation::Refused { second, at, .. } => {
                let at = self.moment(*at, clock);
                if *second && case.numbered {
                    return format!("{} refused {at}, in {}.", n.who_capital, n.second);
                }
                format!("{} refused {at}.", n.who_capital)
            }
            Situation::CannotPrepare(_) => match case.purpose {
                Purpose::Renewal => "The application could not be made.".into(),
                Purpose::Notice => "The notice could not be made.".into(),
            },
            Situation::CannotSend(_) => format!("{} did not reach {}.", n.paper_capital, n.who),
            Situation::Silent { sends: done, delivered: None } => format!(
                "{} was sent {}, and {} has still not come.",
                n.paper_capital,
                sends(*done),
                n.first
            ),
            Situation::Silent { delivered: Some(at), .. } => format!(
                "{} came {}, but {} has still not come, although the usual time has passed.",
                n.first_capital,
                self.moment(*at, clock),
                n.second
            ),
            Situation::CannotInstall(_) => match case.purpose {
                Purpose::Renewal => "The authority issued the certificates, but they could not be \
                                     installed. The old ones keep working."
                    .into(),
                Purpose::Notice => {
                    "The tax office accepted the notice, but the case could not be closed.".into()
                }
            },
            Situation::GateClosed(gate) => {
                format!("{} The time for it is over.", self.gate(*gate, case))
            }
            Situation::Expired { deadline, after } => self.expired(*deadline, after, case),
            Situation::Withdrawn { at, reason: "" } => {
                format!("The case was withdrawn {}.", self.moment(*at, clock))
            }
            Situation::Withdrawn { at, reason } => {
                format!("The case was withdrawn {}: {reason}.", self.moment(*at, clock))
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
                Gate::Agreement => "Read the authority's contract and confirm your consent.".into(),
                Gate::PhoneCode => "Wait for the text message and confirm the number.".into(),
                Gate::Approval => "Ask the director to check and approve it.".into(),
            },
            Situation::Payment { .. } => "Pay the invoice. If you already have, say so.".into(),
            Situation::Refused { .. } => match case.purpose {
                Purpose::Renewal => "Remove the cause that the authority names and send a new \
                                     application. If data in the certificate have changed, a \
                                     visit to the authority's office is needed."
                    .into(),
                Purpose::Notice => "Correct what is named and send a new notice.".into(),
            },
            Situation::Silent { .. } => format!(
                "Call {} and ask about the document. To send the same once more, retry.",
                n.who
            ),
            Situation::GateClosed(_) => {
                "If the case is still wanted, retry it and confirm it.".into()
            }
            Situation::Expired { .. } => match case.purpose {
                Purpose::Renewal => "Make an appointment at the authority's office: a new \
                                     certificate now takes a paper application. When you have it, \
                                     close this case."
                    .into(),
                Purpose::Notice => {
                    "File the next report with the new keys and close the case.".into()
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
            what: "Something happened that we did not foresee.",
            action: "Show the details to whoever looks after certpost.",
        }
    }

    fn step(&self, step: StepName, case: &Case<'_>) -> String {
        let text = match (step, case.purpose) {
            (StepName::Prepared, Purpose::Renewal) => "Application made",
            (StepName::Prepared, Purpose::Notice) => "Notice made",
            (StepName::Gate(Gate::Agreement), _) => "Contract accepted",
            (StepName::Gate(Gate::PhoneCode), _) => "Phone code",
            (StepName::Gate(Gate::Approval), _) => "Approval",
            (StepName::Sent, _) => "Sent",
            (StepName::Delivered, _) if case.numbered => "Receipt\u{a0}No.\u{a0}1",
            (StepName::Delivered, _) => "Confirmation",
            (StepName::Paid, _) => "Payment",
            (StepName::Decided, _) if case.numbered => "Receipt\u{a0}No.\u{a0}2",
            (StepName::Decided, _) => "Decision",
            (StepName::Installed, Purpose::Renewal) => "Installed",
            (StepName::Installed, Purpose::Notice) => "Closed",
        };
        text.into()
    }

    fn opening(&self, case: &Case<'_>) -> String {
        match case.purpose {
            Purpose::Renewal => "It was time to renew the certificates.".into(),
            Purpose::Notice => "It was time to tell the tax office of the new certificates.".into(),
        }
    }

    fn event(&self, event: &Event, to: Option<StageName>, case: &Case<'_>) -> String {
        let n = nouns(case);
        match event {
            Event::Prepared { .. } => {
                format!("{} was made, signed and encrypted.", n.paper_capital)
            }
            Event::PrepareFailed { .. } => "The document could not be made.".into(),
            Event::GatePassed(gate) => match gate {
                Gate::Agreement => "The contract was accepted.".into(),
                Gate::PhoneCode => "The phone code was confirmed.".into(),
                Gate::Approval => "The director approved.".into(),
            },
            Event::Sent => "Sent; the mail server accepted the letter.".into(),
            Event::SendFailed(SendFailure::Later(_)) => "Sending failed.".into(),
            Event::SendFailed(SendFailure::Rejected(_)) => "Sending failed.".into(),
            Event::SendFailed(SendFailure::Uncertain(_)) => {
                "The letter may have arrived or not.".into()
            }
            Event::Bounced { lasting: true, .. } => "A mail server sent a report.".into(),
            Event::Bounced { lasting: false, .. } => {
                "A mail server says that the letter is delayed.".into()
            }
            Event::Heard { word, .. } => match word {
                Word::Delivered => format!("{} came.", n.first_capital),
                Word::Invoiced(invoice) => {
                    let (number, sum) = (&invoice.number, self.money(&invoice.amount));
                    format!("Invoice {number} for {sum} came.")
                }
                Word::Granted(_) => {
                    format!("{} {}, in {}.", n.who_capital, n.accepted, n.second)
                }
                Word::Refused(refusal) => {
                    format!("{} refused: {}", n.who_capital, reasons(refusal))
                }
            },
            Event::Paid { reference } if reference.is_empty() => "Payment was reported.".into(),
            Event::Paid { reference } => format!("Payment was reported: {reference}."),
            Event::Installed => match case.purpose {
                Purpose::Renewal => "The new certificates were checked and installed.".into(),
                Purpose::Notice => "The case was closed.".into(),
            },
            Event::InstallFailed { .. } => "Installing failed.".into(),
            Event::Snoozed { until } => {
                format!("Put off until {}.", self.date(case.clock.date(*until)))
            }
            Event::Retried => "A person asked to try again.".into(),
            Event::Withdrawn { reason } if reason.is_empty() => "The case was withdrawn.".into(),
            Event::Withdrawn { reason } => format!("The case was withdrawn: {reason}."),
            Event::Woke => match to {
                Some(StageName::Prepared) => "No answer: the same will be sent once more.".into(),
                Some(StageName::Stalled) => "The time is over: a person must decide.".into(),
                Some(StageName::Expired) => "The valid certificate expired.".into(),
                Some(StageName::AwaitingPayment) => "Reminded of the invoice.".into(),
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
                | None => "The appointed time came.".into(),
            },
        }
    }

    fn anomaly(&self, why: Anomaly) -> &'static str {
        match why {
            Anomaly::Closed => "the case is closed, nothing changed",
            Anomaly::Repeated => "already known, nothing changed",
            Anomaly::EarlierAttempt => "about an earlier attempt, nothing changed",
            Anomaly::UnknownAttempt => "there was no such attempt, nothing changed",
            Anomaly::TooEarly => "too early, nothing changed",
            Anomaly::NoConsequence => "of no consequence for the case",
            Anomaly::NotWaitedFor => "not waited for now, nothing changed",
        }
    }

    fn serials(&self, serials: &str) -> String {
        format!("Serial numbers: {serials}")
    }

    fn differs(&self, difference: &Difference<'_>) -> String {
        let Difference { datum, configured, certified } = difference;
        let datum = match datum {
            Datum::Code => "Code of the organisation",
            Datum::Organisation => "Name of the organisation",
            Datum::Holder => "Holder",
            Datum::Drfo => "Tax number",
        };
        format!("{datum}: «{configured}» in the settings, «{certified}» in the certificate")
    }

    fn superseded(&self) -> &'static str {
        "a newer certificate is already in place"
    }

    fn since(&self, badge: &str, waiting: bool, at: Timestamp, clock: &Clock) -> String {
        let comma = if waiting { "" } else { "," };
        let (at, long) = (self.by(at, clock), self.duration(clock.now - at));
        format!("{badge}{comma} since {at} ({long}).")
    }

    fn usual(&self, usual: Option<Usual>, received: usize, case: &Case<'_>) -> String {
        let (who, of) = match case.purpose {
            Purpose::Renewal => ("This authority", "of this authority"),
            Purpose::Notice => ("The tax office", "of the tax office"),
        };
        match (usual, received) {
            (Some(Usual { median, most, .. }), _) => format!(
                "{who} usually takes {}, in 95 cases of 100 up to {}.",
                self.duration(median),
                self.duration(most)
            ),
            (None, 0) => format!(
                "What is usual is not known yet: no such answer {of} came \
                                  before."
            ),
            (None, 1) => format!("What is usual is not known yet: only one such answer {of} came."),
            (None, n) => format!(
                "What is usual is not known yet: only {n} such answers {of} \
                                  came."
            ),
        }
    }

    fn next(&self, step: NextStep, case: &Case<'_>) -> String {
        match step {
            NextStep::Nothing => String::new(),
            NextStep::SendAgain(at) => {
                let at = self.by(at, case.clock);
                format!("If it does not come by {at}, the same will be sent once more.")
            }
            NextStep::CallPerson(at) => {
                format!("If it does not come by {}, you will be called.", self.by(at, case.clock))
            }
            NextStep::Ends(at) => format!(
                "If it does not come by {}, the valid certificate expires first.",
                self.by(at, case.clock)
            ),
        }
    }

    fn nothing_due(&self, until: Date, ends: Date) -> String {
        let (until, ends) = (self.date(until), self.date(ends));
        format!(
            "Nothing is due until {until}: then the renewal of the certificates that are valid \
             until {ends} starts by itself."
        )
    }

    fn plan(&self, from: Date, to: Date) -> PlanWords {
        PlanWords {
            title: format!("Renewals from {} to {}", self.date(from), self.date(to)),
            columns: ["Due", "Who", "Valid until", "Send by", "Cost"],
            none: "Nothing becomes due in this time.",
            assumed: "* does not exist yet: assumes that the renewal before it is in time.",
            paper: "only at the authority's office (expired, or no certificate in place)",
            withdrawn: "withdrawn, does not start by itself",
        }
    }

    fn dealt(&self, when: &str, reason: &str) -> String {
        match reason {
            "" => format!("Dealt with on {when}."),
            reason => format!("Dealt with on {when}: {reason}"),
        }
    }

    fn replayed(&self, exchange: Option<&str>) -> String {
        match exchange {
            Some(id) => format!("The letter is read, and belongs to {id}."),
            None => "The letter is read, and no longer in quarantine.".into(),
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
            "The letter was taken out: the mailbox is as it was."
        } else {
            "The server can't remove a single letter, so it is marked as deleted."
        };
        format!(
            "Sent in {sent}.{sent_tenth}\u{a0}s; after {whole}.{tenth}\u{a0}s the letter was back in the folder {folder}. {rest}"
        )
    }

    fn doctor(&self, needed: usize) -> String {
        match i64::try_from(needed).unwrap_or(i64::MAX) {
            0 => "All is well.".into(),
            n => format!("{} you.", count(n, "thing needs", "things need")),
        }
    }

    fn probe(&self, probe: Probe) -> &'static str {
        match probe {
            Probe::Configuration => "Configuration",
            Probe::Mailbox => "Mailbox",
            Probe::Folder => "Folder",
            Probe::Moving => "Moving letters",
            Probe::Quota => "Room in the mailbox",
            Probe::Sending => "Sending",
            Probe::LetterSize => "Size of letters",
            Probe::Clock => "Clock",
            Probe::AuthorityCertificate => "Authority",
            Probe::Keys => "Keys",
            Probe::Token => "Token",
            Probe::Disk => "Disk",
            Probe::Hook => "Hook",
        }
    }

    fn fact(&self, fact: &Fact) -> String {
        match fact {
            Fact::Nothing => String::new(),
            Fact::Letters(n) => count(i64::from(*n), "letter", "letters"),
            Fact::UsedPercent(percent) => format!("{percent}\u{a0}% used"),
            Fact::UpToBytes(bytes) => format!("up to {}\u{a0}KiB", bytes >> 10),
            Fact::FreeMegabytes(free) => format!("{free}\u{a0}MiB free"),
            Fact::Until(day) => format!("valid until {}", self.date(*day)),
            Fact::SpareKeys(n) => format!("new keys of renewals that were withdrawn: {n}"),
            Fact::Untold => "the server does not tell".into(),
        }
    }

    fn rehearsal(&self) -> RehearsalWords {
        RehearsalWords {
            title: "This application would go. Nothing was sent, kept or changed.",
            order: "Order",
            size: "Size of the letter",
            gates: "Needed first",
            uncounted: "The running certpost gives the document its number: it has the count.",
            masked: "******** stands for the blocking phrase; the real application has it.",
        }
    }

    fn checked(&self, problems: usize) -> String {
        match problems {
            0 => "no mistakes, and all is there that it names.".into(),
            n => format!("{}.", count(i64::try_from(n).unwrap_or(i64::MAX), "mistake", "mistakes")),
        }
    }

    fn line(&self, number: usize) -> String {
        format!("line {number}")
    }
}

fn reasons(refusal: &Refusal) -> String {
    let quoted: Vec<String> = refusal.reasons.iter().map(|reason| format!("“{reason}”")).collect();
    quoted.join("; ")
}

fn problem(label: Label) -> ProblemWords {
    let (what, action) = match label {
        Label::DataDiffer => (
            "The data in the configuration differ from those in the valid certificate.",
            "Correct the configuration. If the data really changed, a visit to the authority's \
             office is needed.",
        ),
        Label::CertificateMissing => (
            "The valid certificate is not in the vault.",
            "Put the certificate and its key into certpost's vault.",
        ),
        Label::CertificateEnded => (
            "The certificate that should sign the application is no longer valid.",
            "Get a new certificate at the authority's office.",
        ),
        Label::KeyMissing => {
            ("The valid key is not in the vault.", "Put the key into certpost's vault.")
        }
        Label::KeyPassword => (
            "The password does not open the key.",
            "Check the password that the configuration refers to.",
        ),
        Label::KeyPermissions => {
            ("The key's file is open to others.", "Restrict the file: only certpost may read it.")
        }
        Label::KeyDamaged => ("The key's file is damaged.", "Restore the file from a backup."),
        Label::PasswordShort => {
            ("The new key's password is too short for this authority.", "Set a longer password.")
        }
        Label::PasswordRepetition => (
            "The new password and its repetition differ.",
            "Write the same password in both places that the configuration refers to.",
        ),
        Label::PasswordWeak => (
            "The new password is easy to guess.",
            "Set a longer one: several words, or letters with digits.",
        ),
        Label::TokenModule => (
            "The token's driver does not load.",
            "Check that the driver is installed and that the configuration names its file.",
        ),
        Label::TokenMissing => (
            "The token with the keys is not there.",
            "Plug it in. If it is plugged in, check its name in the configuration.",
        ),
        Label::TokenPin => (
            "The token refused the PIN. certpost does not try it again, so that it is not locked.",
            "Correct the PIN where the configuration takes it from.",
        ),
        Label::TokenLocked => (
            "The token is locked, or one more wrong PIN would lock it.",
            "Log in with the token's own program, or unlock it.",
        ),
        Label::TokenFull => (
            "The token has no room for a new key.",
            "Remove what is not needed from it, or take a new one. Leave valid keys alone.",
        ),
        Label::TokenFailed => (
            "The token could not do its work with the key.",
            "Show the details to whoever looks after certpost.",
        ),
        Label::SecretMissing => (
            "A password or the blocking phrase is missing.",
            "Check where the configuration takes secrets from.",
        ),
        Label::SecretPermissions => (
            "The file with a password is open to others.",
            "Restrict the file: only certpost may read it.",
        ),
        Label::ApplicationUnfit => (
            "The data do not fit the form of the application.",
            "Correct the named field in the configuration.",
        ),
        Label::RecipientMissing => (
            "There is no valid certificate of the authority to encrypt for.",
            "Fetch the new certificate from the authority's site and name it in the configuration.",
        ),
        Label::SealFailed => (
            "The application could not be signed and encrypted.",
            "Show the details to whoever looks after certpost.",
        ),
        Label::HolderUnknown => (
            "This holder is no longer in the configuration.",
            "Put the holder back into the configuration, or withdraw the case.",
        ),
        Label::SmtpUnreachable => (
            "The mail server for sending does not answer.",
            "Check the network and the server's address. Attempts go on by themselves.",
        ),
        Label::SmtpLogin => (
            "The mail server did not accept the password for sending.",
            "Renew the mailbox password in the configuration.",
        ),
        Label::SmtpLater => (
            "The mail server asks to wait.",
            "Nothing needs to be done: attempts go on by themselves.",
        ),
        Label::SmtpRejected => (
            "The mail server refused the letter.",
            "Check the authority's address and your own in the configuration.",
        ),
        Label::SmtpUncertain => (
            "The connection broke before the server confirmed the letter.",
            "Nothing needs to be done: we wait for the receipt.",
        ),
        Label::Bounce => (
            "The mail returned the letter: it did not arrive.",
            "Check the authority's address in the configuration.",
        ),
        Label::SmtpTls => (
            "The mail server for sending did not prove who it is.",
            "Check the server's address; no password was sent to it.",
        ),
        Label::ImapUnreachable => (
            "The mailbox can't be reached: the server does not answer.",
            "Check the network and the server's address. Attempts go on by themselves.",
        ),
        Label::ImapLogin => (
            "The mailbox does not let us in: the password is wrong.",
            "Renew the mailbox password in the configuration.",
        ),
        Label::ImapFolder => (
            "A folder is missing in the mailbox.",
            "Correct the folder's name in the configuration.",
        ),
        Label::ImapTls => (
            "The mailbox's server did not prove who it is.",
            "Check the server's address; no password was sent to it.",
        ),
        Label::ImapTimeout => (
            "The mailbox's server stopped answering midway.",
            "Check the network. Attempts go on by themselves.",
        ),
        Label::ImapBusy => (
            "The mail server limits access and asks to wait.",
            "Close other programs that read this mailbox. Attempts go on by themselves.",
        ),
        Label::ImapProtocol => (
            "The mail server's answers make no sense.",
            "Show the details to the mail administrator. Attempts go on by themselves.",
        ),
        Label::OauthRefresh => (
            "The provider gives no key for the mailbox (OAuth2).",
            "Ask the administrator to look at the details. Attempts go on by themselves.",
        ),
        Label::OauthGrant => (
            "The permission to use the mailbox (OAuth2) ends soon or has ended.",
            "Ask the administrator to give the permission anew.",
        ),
        Label::MailboxFull => ("The mailbox is full.", "Make room: new receipts may not come in."),
        Label::MailboxSilent => (
            "The mailbox has not been read for a long time, so receipts may be waiting there \
             unseen.",
            "Check that certpost is running.",
        ),
        Label::CertificateMismatch => (
            "The certificate that was issued does not match the application.",
            "Do not use it; call the authority and name the difference.",
        ),
        Label::CertificateUntrusted => (
            "The certificate was issued by an authority that we do not know.",
            "Compare the new root certificate with the authority's site and name it in the \
             configuration.",
        ),
        Label::CertificateRevoked => (
            "The authority took the new certificate back before it was installed.",
            "Do not use it; call the authority and ask for the reason.",
        ),
        Label::RevocationStale => (
            "The list of certificates that the authority took back is out of date.",
            "Ask the administrator to see why a newer list is not downloaded.",
        ),
        Label::RevocationUnreadable => (
            "The list of certificates that the authority took back can't be read.",
            "Ask the administrator to download the list anew.",
        ),
        Label::BundleDamaged => (
            "The file with the certificates can't be read.",
            "Ask the authority to send the receipt once more.",
        ),
        Label::HookFailed => (
            "The certificates are in place, but the program that runs after installing failed.",
            "Check the program that runs after installing.",
        ),
        Label::FolderRead => (
            "The folder with answers can't be read.",
            "Check that it exists and that certpost may read it.",
        ),
        Label::FolderWrite => (
            "The folder for sending can't be written to.",
            "Check that it exists and that certpost may write there.",
        ),
        Label::DiskFull => {
            ("The disk is full.", "Make room. Nothing is lost: the cases go on by themselves.")
        }
        Label::DiskError => {
            ("The disk can't be read or written.", "Check the disk and make a backup.")
        }
        Label::StoreDamaged => (
            "certpost's database is damaged.",
            "Stop certpost and rebuild the database from the files and the mailbox.",
        ),
        Label::ConfigBroken => (
            "The new configuration has a mistake, so the one before stays in force.",
            "Correct the configuration and let certpost read it again.",
        ),
        Label::PageListen => (
            "The status page can't be opened. The cases are not touched by it.",
            "Check whether another program has its address.",
        ),
        Label::MessageUnsent => (
            "Messages to people do not arrive.",
            "Check the address and the mail server for messages, then send a test.",
        ),
        Label::MessageMemory => (
            "The record of messages to people can't be read or written.",
            "Check the disk; some messages may come to you twice.",
        ),
        Label::WebhookFailed => (
            "The web address for messages does not answer as it should.",
            "Check the address and its token in the configuration. It is tried again by itself.",
        ),
        Label::KeyGeneration => {
            ("A new key could not be made.", "Show the details to whoever looks after certpost.")
        }
        Label::KeyMismatch => (
            "The key does not match its certificate.",
            "Put a key and a certificate of one pair into the vault.",
        ),
        Label::KeyOccupied => (
            "The vault has a pair of this holder already.",
            "Another pair does not replace it; a renewal does.",
        ),
        Label::KeyProtect => (
            "The new key could not be encrypted.",
            "Show the details to whoever looks after certpost.",
        ),
        Label::CertificateDamaged => {
            ("A certificate file in the vault is damaged.", "Restore it from the backup.")
        }
        Label::PriceMissing => {
            ("There is no price for this term.", "Add the authority's price to the configuration.")
        }
        Label::ParcelMissing => (
            "The sealed letter is no longer on the disk.",
            "Restore the file from the backup, or withdraw the case and begin anew.",
        ),
        Label::VaultIo => (
            "The key vault can't be read or written.",
            "Check the disk and the rights on the folder with keys.",
        ),
        Label::VaultDamaged => {
            ("The key vault is damaged.", "Restore the folder with keys from the backup.")
        }
        Label::VaultName => (
            "This holder's id can't be the name of a folder.",
            "Correct the id in the configuration: a–z, 0–9 and hyphens.",
        ),
        Label::AlreadyOpen => {
            ("A renewal of this holder is open already.", "Let it end, or withdraw it.")
        }
        Label::NotNow => ("The case is not waiting for this now.", "See what it waits for."),
        Label::UnknownId => ("There is no such case or holder.", "Compare the name with the list."),
        Label::SnoozeTooLate => {
            ("It can't be put off for so long.", "Choose a day no later than the last safe one.")
        }
        Label::ErrandUnreadable => {
            ("An errand in the folder `errands` could not be read.", "Give the command again.")
        }
        Label::StillQuarantined => (
            "The letter was read again, and it still can't be trusted or read.",
            "Look at the letter; if it is of no use, mark it as dealt with.",
        ),
        Label::Configuration => (
            "The configuration names something that is not there or can't be used.",
            "Correct what is named.",
        ),
        Label::MoveRefused => (
            "Letters that were read may not be moved to the named folder.",
            "Give the mailbox the right to move letters, or take the folder out of the \
             configuration.",
        ),
        Label::MailboxFilling => {
            ("The mailbox is nearly full.", "Make room while receipts still come in.")
        }
        Label::SmtpSize => (
            "The mail server for sending takes no letter as large as an application.",
            "Have its limit on the size of letters raised.",
        ),
        Label::ClockDiffers => {
            ("The computer's clock is behind the mail server's.", "Correct the clock.")
        }
        Label::AuthorityCertificate => (
            "A certificate of the authority that the configuration names can't be used.",
            "Take the valid certificate from the authority's site and name it in the \
             configuration.",
        ),
        Label::AuthorityCertificateEnding => (
            "A certificate of the authority that the configuration names expires soon.",
            "Take the new certificate from the authority's site and add it to the configuration.",
        ),
        Label::DiskLow => {
            ("Little space is left on the disk.", "Make room while the work still goes on.")
        }
        Label::HookMissing => (
            "The program that should run after installing is not there or can't be run.",
            "Correct the path to the program, or its rights.",
        ),
        Label::LetterLost => (
            "The test letter to ourselves did not come back.",
            "Look for it among the spam, and add that folder to the configuration.",
        ),
        Label::Clock => (
            "The computer's clock shows an impossible time, so nothing is sent or installed.",
            "Correct the clock.",
        ),
    };
    ProblemWords { what, action }
}
