//! One line of the report: an exchange, a trouble, or a holder with no exchange.

use super::label::Label;
use super::situation::{Again, Case, Clock, Situation};
use super::timeline::{self, Times};
use super::waits::{self, Answer};
use super::words::{HolderState, PostRemark, ProblemWords, StepName, Words, difference};
use super::{
    Action, HolderView, HookView, Line, ReceiptLine, Severity, Snapshot, Standing, Topic, command,
    journal, orders,
};
use crate::authority::{OrganisationKind, Payment, Role};
use crate::engine::SUPERSEDED;
use crate::exchange::{Event, Exchange, Invoice, Problem, Purpose, Stage, Word};
use crate::store::{Entry, Numbered};
use crate::time::{Span, Timestamp};

/// What every part of the report looks at.
pub struct Context<'a> {
    pub snapshot: &'a Snapshot,
    pub words: &'static dyn Words,
    pub clock: Clock,
}

/// An exchange with everything that belongs to it.
pub struct Story<'a> {
    pub exchange: &'a Exchange,
    pub holder: Option<&'a HolderView>,
    /// Oldest first.
    pub journal: Vec<&'a Entry>,
    /// The same with their places.
    pub numbered: Vec<&'a Numbered>,
    pub times: Times,
    /// Its hook, when that failed.
    pub hook: Option<&'a HookView>,
    /// It must be paid on the authority's page, and nobody said that it was.
    pub unpaid_online: bool,
}

impl<'a> Context<'a> {
    pub fn story(&self, exchange: &'a Exchange) -> Story<'a> {
        let snapshot = self.snapshot;
        let mut numbered: Vec<_> =
            snapshot.journal.iter().filter(|line| line.entry.exchange == exchange.id).collect();
        numbered.sort_by_key(|line| line.number);
        let journal: Vec<&Entry> = numbered.iter().map(|line| &line.entry).collect();
        let holder = snapshot
            .holders
            .iter()
            .find(|holder| exchange.purpose == Purpose::Renewal && holder.id == exchange.holder);
        let times = Times::of(exchange, &journal);
        let unpaid_online = orders::of(self, exchange)
            .is_some_and(|(order, item)| item.payment == Payment::Online && order.paid.is_none());
        let hook = snapshot.hooks.iter().find(|hook| hook.exchange == exchange.id);
        Story { exchange, holder, journal, numbered, times, hook, unpaid_online }
    }

    /// A sole proprietor is nobody's director, whatever the form calls him.
    pub fn role(&self, role: Role) -> &'static str {
        match (self.snapshot.organisation.kind, role) {
            (OrganisationKind::SoleProprietor, Role::Director) => self.words.proprietor(),
            (_, role) => self.words.role(role),
        }
    }

    pub fn days_until(&self, end: Timestamp) -> i64 {
        days_between(self.clock.now, end)
    }
}

/// Whole days, rounded down, so that a past end is never «0 days left».
fn days_between(now: Timestamp, end: Timestamp) -> i64 {
    (end - now).0.div_euclid(Span::days(1).0)
}

impl<'a> Story<'a> {
    pub fn situation(&'a self, now: Timestamp) -> Situation<'a> {
        let situation = Situation::of(self.exchange, &self.journal, now);
        match (situation, self.hook) {
            (Situation::Installed { at }, Some(hook)) => {
                let HookView { failures, next, problem, .. } = hook;
                let again = Again { failures: *failures, next: *next, problem: Some(problem) };
                Situation::HookFailed { at, again }
            }
            (Situation::AwaitingDecision { until, .. }, _) if self.unpaid_online => {
                Situation::PayOnline { until }
            }
            (situation, _) => situation,
        }
    }

    pub fn case<'c>(&self, clock: &'c Clock) -> Case<'c> {
        // The tax office's receipts are numbered; so are those of an authority we forgot.
        let numbered = self.holder.is_none_or(|holder| holder.numbered_receipts);
        Case { purpose: self.exchange.purpose, numbered, clock }
    }

    /// The newest invoice of this exchange.
    pub fn invoice(&'a self) -> Option<&'a Invoice> {
        if let Some(invoice) = unpaid(&self.exchange.stage) {
            return Some(invoice);
        }
        self.journal.iter().rev().find_map(|entry| match &entry.event {
            Some(Event::Heard { word: Word::Invoiced(invoice), .. }) => Some(invoice),
            _ => None,
        })
    }

    /// An invoice that the authority still waits for.
    pub fn owes_money(&self) -> bool {
        unpaid(&self.exchange.stage).is_some()
    }
}

fn unpaid(stage: &Stage) -> Option<&Invoice> {
    match stage {
        Stage::AwaitingPayment { invoice, .. } => Some(invoice),
        Stage::Stalled { was, .. } | Stage::Expired { was, .. } => unpaid(was),
        _ => None,
    }
}

/// Who a line is about.
struct Identity {
    role: String,
    name: String,
    short_name: String,
}

fn identity(context: &Context<'_>, story: &Story<'_>) -> Identity {
    match (story.exchange.purpose, story.holder) {
        (Purpose::Renewal, Some(holder)) => holder_identity(context, holder),
        (Purpose::Renewal, None) => nameless(story.exchange.holder.clone()),
        (Purpose::Notice, _) => nameless(context.words.labels().notice.to_owned()),
    }
}

fn nameless(role: String) -> Identity {
    Identity { role, name: String::new(), short_name: String::new() }
}

fn holder_identity(context: &Context<'_>, holder: &HolderView) -> Identity {
    let role = context.role(holder.role).to_owned();
    match holder.role {
        // A seal is the organisation's; its name stands at the top of the page.
        Role::Seal => nameless(role),
        Role::Director | Role::Accountant | Role::Employee => {
            Identity { role, name: holder.name.clone(), short_name: short_name(&holder.name) }
        }
    }
}

/// `Яременко О. І.`, `Криницька О.-М. С.`
pub fn short_name(name: &str) -> String {
    let mut parts = name.split_whitespace();
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let initials = part.split('-').filter_map(|part| part.chars().next());
        let initials: Vec<String> = initials.map(|initial| format!("{initial}.")).collect();
        short = format!("{short}\u{a0}{}", initials.join("-"));
    }
    short
}

pub fn of_exchange(context: &Context<'_>, story: &Story<'_>) -> Line {
    let (words, exchange) = (context.words, story.exchange);
    let case = story.case(&context.clock);
    let situation = match story.situation(context.clock.now) {
        Situation::Withdrawn { at, reason: SUPERSEDED } => {
            Situation::Withdrawn { at, reason: words.superseded() }
        }
        other => other,
    };
    let problem = situation.problem();
    let mut told = told(words, &situation, &case, problem);
    if let Some(usual) = usual(context, story, &situation, &case) {
        told = format!("{told} {usual}");
    }
    if matches!(situation, Situation::Installed { .. })
        && story.holder.is_some_and(|holder| !holder.consent)
    {
        told = format!("{told} {}", words.unpublished());
    }
    let online = matches!(situation, Situation::PayOnline { .. }).then(|| online(context, story));
    let advice = online
        .or_else(|| words.advice(&situation, &case))
        .or_else(|| problem.map(|problem| problem_words(words, problem).action.to_owned()));
    let command = match situation {
        Situation::Payment { .. } => {
            orders::shared(context, story).map(|one| command::paid(&one.number))
        }
        _ => None,
    };
    let command = command.or_else(|| situation.command(exchange));
    let action = advice.map(|text| Action { text, command });
    let open = !exchange.is_closed();
    let days_left = open.then(|| context.days_until(exchange.deadline));
    let ends = match exchange.purpose {
        Purpose::Renewal => days_left
            .filter(|days| *days >= 0)
            .map(|days| words.ends(context.clock.date(exchange.deadline), days)),
        Purpose::Notice => open.then(|| {
            format!("{} {}.", words.labels().file_by, words.date(file_by(exchange, &context.clock)))
        }),
    };
    let nearly_over = days_left.is_some_and(|days| days < 7);
    let floor = if nearly_over { Severity::Warning } else { Severity::Success };
    let Identity { role, name, short_name } = identity(context, story);
    Line {
        id: Some(exchange.id.to_string()),
        holder: Some(exchange.holder.clone()),
        stage: Some(exchange.stage.name()),
        severity: situation.severity().max(floor),
        standing: Standing::of_situation(&situation),
        role,
        name,
        short_name,
        badge: words.badge(&situation, &case),
        told,
        quotes: situation.refusal().map(|refusal| refusal.reasons.clone()).unwrap_or_default(),
        label: problem.map(|problem| problem.label.clone()),
        detail: problem
            .map(|problem| difference::detail(words, problem))
            .filter(|detail| !detail.is_empty()),
        action,
        ends,
        days_left,
        steps: timeline::steps(words, &case, exchange, &story.times),
        facts: facts(context, story, &situation),
        receipts: receipts(context, story),
        journal: journal::lines(words, &case, &story.numbered),
    }
}

/// How long the authority takes, while it is waited for and once it is known.
fn usual(
    context: &Context<'_>,
    story: &Story<'_>,
    situation: &Situation<'_>,
    case: &Case<'_>,
) -> Option<String> {
    let known = waits::usual(context.snapshot, story.exchange, Answer::awaited(situation)?)?;
    known.is_known().then(|| context.words.usual(Some(known), known.receipts, case))
}

/// How much is to be paid on the authority's page, and where that is.
fn online(context: &Context<'_>, story: &Story<'_>) -> String {
    let item = orders::of(context, story.exchange).map(|(_, item)| item);
    let sum = item.map(|item| context.words.money(&item.sum)).unwrap_or_default();
    let page = story.holder.and_then(|holder| holder.payment_page.as_deref());
    context.words.pay_online(&sum, page)
}

/// What the authority wrote, in the order in which it came. A word that is repeated about the same
/// attempt is told once.
fn receipts(context: &Context<'_>, story: &Story<'_>) -> Vec<ReceiptLine> {
    let words = context.words;
    let case = story.case(&context.clock);
    let mut receipts: Vec<(u32, ReceiptLine)> = Vec::new();
    for entry in &story.journal {
        let Some(Event::Heard { word, attempt }) = &entry.event else { continue };
        let mut told = receipts.iter().filter(|(of, _)| of == attempt).map(|(_, one)| one);
        let first = words.step(StepName::Delivered, &case);
        let delivered = told.clone().any(|one| one.title == first);
        let title = match word {
            Word::Delivered => words.step(StepName::Delivered, &case),
            Word::Invoiced(invoice) => words.invoice_title(&invoice.number, None),
            Word::Granted(_) => words.step(StepName::Decided, &case),
            Word::Refused(_) if delivered => words.step(StepName::Decided, &case),
            Word::Refused(_) => words.step(StepName::Delivered, &case),
        };
        let said = match word {
            Word::Invoiced(invoice) => asked(context, invoice),
            _ => {
                // The dialect's own title stands before the authority's words.
                let said = entry.words.strip_prefix(&title);
                let said = said.and_then(|rest| rest.strip_prefix(": "));
                said.unwrap_or(&entry.words).to_owned()
            }
        };
        if told.any(|one| one.title == title && one.words == said) {
            continue;
        }
        let when = words.stamp(context.clock.civil(entry.at));
        receipts.push((*attempt, ReceiptLine { title, at: entry.at, when, words: said }));
    }
    receipts.into_iter().map(|(_, receipt)| receipt).collect()
}

/// An invoice in short; the whole of it stands with its order.
fn asked(context: &Context<'_>, invoice: &Invoice) -> String {
    let words = context.words;
    let mut said = words.money(&invoice.amount);
    if let Some(due) = invoice.due {
        let day = words.date(context.clock.date(due));
        said = format!("{said}. {} {day}", words.labels().pay_by);
    }
    said
}

fn told(
    words: &dyn Words,
    situation: &Situation<'_>,
    case: &Case<'_>,
    problem: Option<&Problem>,
) -> String {
    let told = words.told(situation, case);
    let Some(problem) = problem else { return told };
    let what = problem_words(words, problem).what;
    match situation.topic() {
        // The reason first, then when we try again.
        Topic::UnderWay => format!("{what} {told}"),
        Topic::NeedsYou | Topic::EndsSoon | Topic::Done | Topic::Calm => format!("{told} {what}"),
    }
}

pub fn problem_words(words: &dyn Words, problem: &Problem) -> ProblemWords {
    let known = Label::read(&problem.label).map(|label| words.problem(label));
    known.unwrap_or_else(|| words.unknown_problem())
}

/// The last day for a notice: the one before the key ends, and its deadline is the midnight after.
fn file_by(notice: &Exchange, clock: &Clock) -> jiff::civil::Date {
    clock.date(notice.deadline - Span::seconds(1))
}

fn facts(
    context: &Context<'_>,
    story: &Story<'_>,
    situation: &Situation<'_>,
) -> Vec<(String, String)> {
    let (words, exchange, clock) = (context.words, story.exchange, &context.clock);
    let labels = words.labels();
    let mut facts = vec![(labels.case, exchange.id.to_string())];
    if let Some(holder) = story.holder {
        facts.push((labels.authority, holder.authority.clone()));
    }
    facts.push((labels.opened, words.stamp(clock.civil(exchange.opened_at))));
    if let Some(document) = exchange.document() {
        facts.push((labels.document, document.to_string()));
    }
    if exchange.attempt > 1 {
        facts.push((labels.attempt, exchange.attempt.to_string()));
    }
    if let Some(invoice) = story.invoice() {
        let (number, sum) = (words.number(&invoice.number), words.money(&invoice.amount));
        let text = format!("{number}, {sum}");
        facts.push((labels.invoice, text));
    }
    if let Some((order, _)) = orders::of(context, exchange) {
        facts.push((labels.order_number, order.number.clone()));
    }
    let registrations = &context.snapshot.registrations;
    let own = registrations.iter().find(|(of, _)| Some(of) == exchange.document());
    facts.extend(own.map(|(_, number)| (labels.registration, number.clone())));
    let days = &context.snapshot.notice_days;
    if let Some((_, day)) = days.iter().find(|(of, _)| *of == exchange.id) {
        facts.push((labels.file_by, words.date(file_by(exchange, clock))));
        facts.push((labels.last_safe_day, words.date(*day)));
    }
    if let Some(code) = situation.refusal().and_then(|refusal| refusal.code.clone()) {
        facts.push((labels.refusal_code, code));
    }
    if let Some(day) = story.holder.and_then(|holder| holder.last_safe_day)
        && !exchange.is_closed()
    {
        facts.push((labels.last_safe_day, words.date(day)));
    }
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A line about something that is not an exchange.
fn bare(
    identity: Identity,
    (severity, standing): (Severity, Standing),
    badge: String,
    told: String,
) -> Line {
    let Identity { role, name, short_name } = identity;
    Line {
        id: None,
        holder: None,
        stage: None,
        severity,
        standing,
        role,
        name,
        short_name,
        badge,
        told,
        quotes: Vec::new(),
        label: None,
        detail: None,
        action: None,
        ends: None,
        days_left: None,
        steps: Vec::new(),
        facts: Vec::new(),
        receipts: Vec::new(),
        journal: Vec::new(),
    }
}

pub fn of_holder(context: &Context<'_>, holder: &HolderView, state: HolderState) -> Line {
    let said = context.words.holder(state);
    let grave = match state {
        HolderState::EndsSoon { .. } => (Severity::Normal, Standing::Fine),
        HolderState::Withdrawn => (Severity::Warning, Standing::NeedsPerson),
        HolderState::Ended { .. } | HolderState::Missing => {
            (Severity::Error, Standing::NeedsPerson)
        }
        HolderState::Calm { .. } => (Severity::Success, Standing::Fine),
    };
    let line = bare(holder_identity(context, holder), grave, said.badge, said.told);
    let end = holder.certificates.iter().map(|certificate| certificate.not_after).min();
    let days_left = end.map(|end| context.days_until(end));
    let soon = matches!(state, HolderState::EndsSoon { .. } | HolderState::Withdrawn);
    let command = matches!(state, HolderState::Withdrawn).then(|| command::renew(&holder.id));
    Line {
        holder: Some(holder.id.clone()),
        action: said.advice.map(|text| Action { text, command }),
        ends: end
            .filter(|_| soon)
            .map(|end| context.words.ends(context.clock.date(end), context.days_until(end))),
        days_left,
        ..line
    }
}

/// Something that keeps certpost as a whole from working.
pub fn of_trouble(context: &Context<'_>, problem: &Problem) -> Line {
    let said = problem_words(context.words, problem);
    let heading = nameless(said.what.trim_end_matches('.').to_owned());
    let badge = context.words.labels().trouble.to_owned();
    let grave = (Severity::Error, Standing::of_problem(problem));
    let line = bare(heading, grave, badge, String::new());
    Line {
        label: Some(problem.label.clone()),
        detail: Some(problem.detail.clone()).filter(|detail| !detail.is_empty()),
        action: Some(Action { text: said.action.to_owned(), command: None }),
        ..line
    }
}

/// Nobody read the mailbox since `at`, and nobody said why.
pub fn of_silence(context: &Context<'_>, at: Timestamp) -> Line {
    let problem = Problem { label: "mailbox-silent".into(), detail: String::new() };
    let told = context.words.post(PostRemark::Silent { at }, &context.clock);
    Line { told, ..of_trouble(context, &problem) }
}
