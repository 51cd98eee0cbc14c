//! The page: what needs a person first, what is well last.

use jiff::tz::TimeZone;

use super::label::Label;
use super::line::{self, Context, Story};
use super::situation::{Clock, MAILBOX_PATIENCE};
use super::words::{self, HolderState, PostRemark, Verdict};
use super::{
    HolderView, Language, Line, Remark, Report, Section, Severity, Snapshot, Standing, Topic,
    bills, command, days, orders, sheets, tables,
};
use crate::exchange::{Problem, Purpose, Stage};
use crate::store::Fate;
use crate::time::{Span, Timestamp};

/// How long something done is still news.
const NEWS: Span = Span::days(60);

/// Certificates that end within so many days are worth a line even before their renewal is due.
const SOON_DAYS: i64 = 90;

/// Puts what is known into words. An unknown zone is read as UTC.
pub fn build(snapshot: &Snapshot, language: Language) -> Report {
    let zone = TimeZone::get(&snapshot.zone).unwrap_or(TimeZone::UTC);
    let clock = Clock { now: snapshot.now, zone };
    let context = Context { snapshot, words: words::of(language), clock };
    let mut stories: Vec<Story<'_>> =
        snapshot.exchanges.iter().map(|exchange| context.story(exchange)).collect();
    stories.sort_by(|a, b| {
        (b.exchange.opened_at, &a.exchange.id).cmp(&(a.exchange.opened_at, &b.exchange.id))
    });

    let lines = lines(&context, &stories);
    let needed = lines.iter().filter(|(topic, _)| *topic == Topic::NeedsYou).count();
    let under_way = lines.iter().filter(|(topic, _)| *topic == Topic::UnderWay).count();
    let ends = snapshot.holders.iter().flat_map(|holder| &holder.certificates);
    let nearest = ends.map(|certificate| certificate.not_after).min();
    let nearest = nearest.map(|end| (context.clock.date(end), context.days_until(end)));
    let (verdict, rest) = context.words.verdict(&Verdict { needed, under_way, nearest });
    let severity = lines.iter().map(|(_, line)| line.severity).max().unwrap_or(Severity::Success);
    let standing = lines.iter().map(|(_, line)| line.standing).max().unwrap_or(Standing::Fine);
    let certificates = tables::certificates(&context, &lines);
    let planned = |holder: &HolderView| {
        lines.iter().any(|(topic, line)| {
            *topic == Topic::EndsSoon && line.holder.as_deref() == Some(&holder.id)
        })
    };
    let (orders, total) = orders::orders(&context, &stories, &planned);
    let rows = tables::rows(&context, &stories, &lines);
    let cases: Vec<Line> = stories.iter().map(|story| line::of_exchange(&context, story)).collect();
    let sheets = sheets::sheets(&context, &stories, &lines, &orders, &cases);
    let organisation = &snapshot.organisation;
    Report {
        language,
        at: snapshot.now,
        as_of: context.words.stamp(context.clock.civil(snapshot.now)),
        organisation: organisation.name.clone(),
        code: format!("{} {}", context.words.code(organisation.kind), organisation.code),
        severity,
        standing,
        needed,
        verdict,
        rest,
        sections: sections(&context, lines),
        certificates,
        orders,
        total,
        post: post(&context),
        rows,
        cases,
        sheets,
        bills: bills::bills(&context, &stories),
        days: days::events(&context, &stories),
    }
}

pub fn is_news(now: Timestamp, at: Timestamp) -> bool {
    now - at <= NEWS
}

/// Every line of the page with its place.
fn lines(context: &Context<'_>, stories: &[Story<'_>]) -> Vec<(Topic, Line)> {
    let (snapshot, now) = (context.snapshot, context.clock.now);
    let mut lines: Vec<(Topic, Line)> = Vec::new();
    let troubles = snapshot.troubles.iter().map(|trouble| line::of_trouble(context, trouble));
    lines.extend(troubles.map(|line| (Topic::NeedsYou, line)));
    if let Some(at) = snapshot.mailbox_read
        && now - at > MAILBOX_PATIENCE
        && !snapshot.troubles.iter().any(explains_silence)
    {
        lines.push((Topic::NeedsYou, line::of_silence(context, at)));
    }
    for story in stories.iter().filter(|story| !story.exchange.is_closed()) {
        let line = line::of_exchange(context, story);
        lines.push((story.situation(now).topic(), line));
    }
    for holder in &snapshot.holders {
        lines.extend(of_holder(context, stories, holder));
    }
    // Each notice told of other keys.
    let notices = stories.iter().filter(|story| story.exchange.purpose == Purpose::Notice);
    for story in notices.filter(|story| is_recent_end(now, story)) {
        lines.push((Topic::Done, line::of_exchange(context, story)));
    }
    // Troubles have no end date and come first; then the gravest, then the nearest end.
    lines.sort_by_key(|(topic, line)| {
        (*topic, line.id.is_some() || line.holder.is_some(), -(line.severity as i8), line.days_left)
    });
    lines
}

/// A trouble that already says why the mailbox is not read.
pub fn explains_silence(trouble: &Problem) -> bool {
    match Label::read(&trouble.label) {
        Some(
            Label::ImapUnreachable
            | Label::ImapLogin
            | Label::ImapFolder
            | Label::ImapBusy
            | Label::ImapProtocol
            | Label::MailboxSilent
            | Label::ImapTls
            | Label::ImapTimeout
            | Label::OauthRefresh
            | Label::OauthGrant
            | Label::FolderRead,
        ) => true,
        Some(_) | None => false,
    }
}

/// A holder without an open exchange: the last thing done, and how its certificates stand.
pub fn of_holder(
    context: &Context<'_>,
    stories: &[Story<'_>],
    holder: &HolderView,
) -> Vec<(Topic, Line)> {
    let own = |story: &&Story<'_>| story.holder.is_some_and(|own| own.id == holder.id);
    if stories.iter().filter(own).any(|story| !story.exchange.is_closed()) {
        return Vec::new();
    }
    let withdrawn = stories.iter().filter(own).any(|story| {
        let ends = holder.certificates.iter().map(|certificate| certificate.not_after).min();
        matches!(story.exchange.stage, Stage::Withdrawn { .. })
            && ends == Some(story.exchange.deadline)
    });
    let state = holder_state(context, holder, withdrawn);
    let mut lines = Vec::new();
    let now = context.clock.now;
    let shown = |story: &&Story<'_>| story.hook.is_some() || is_recent_end(now, story);
    let done = stories.iter().filter(own).find(shown);
    if let Some(story) = done {
        let topic = story.situation(now).topic();
        lines.push((topic, line::of_exchange(context, story)));
    }
    let topic = match state {
        HolderState::Ended { .. } | HolderState::Missing | HolderState::Withdrawn => {
            Topic::NeedsYou
        }
        HolderState::EndsSoon { .. } => Topic::EndsSoon,
        HolderState::Calm { .. } if done.is_some() => return lines,
        HolderState::Calm { .. } => Topic::Calm,
    };
    lines.push((topic, line::of_holder(context, holder, state)));
    lines
}

fn is_recent_end(now: Timestamp, story: &Story<'_>) -> bool {
    match &story.exchange.stage {
        Stage::Installed { at, .. } | Stage::Withdrawn { at, .. } => is_news(now, *at),
        _ => false,
    }
}

/// `withdrawn`: a person ended the renewal of these very certificates, so none starts by itself.
fn holder_state(context: &Context<'_>, holder: &HolderView, withdrawn: bool) -> HolderState {
    let ends = holder.certificates.iter().map(|certificate| certificate.not_after);
    let Some(end) = ends.min() else { return HolderState::Missing };
    let (day, left) = (context.clock.date(end), context.days_until(end));
    let lead = i64::from(holder.lead_days);
    if left < 0 {
        HolderState::Ended { on: day }
    } else if left <= SOON_DAYS.max(lead) && withdrawn {
        HolderState::Withdrawn
    } else if left <= SOON_DAYS.max(lead) {
        let starts = end - Span::days(lead);
        let starts = (starts > context.clock.now).then(|| context.clock.date(starts));
        let starts = starts.max(holder.snoozed);
        HolderState::EndsSoon { starts }
    } else {
        HolderState::Calm { until: day }
    }
}

fn sections(context: &Context<'_>, lines: Vec<(Topic, Line)>) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for (topic, line) in lines {
        match sections.last_mut() {
            Some(section) if section.topic == topic => section.lines.push(line),
            _ => {
                let title = context.words.topic(topic).to_owned();
                sections.push(Section { topic, title, lines: vec![line] });
            }
        }
    }
    sections
}

fn post(context: &Context<'_>) -> Vec<Remark> {
    let remark = |severity, remark, command| Remark {
        severity,
        text: context.words.post(remark, &context.clock),
        command,
    };
    let arrivals = &context.snapshot.arrivals;
    let quarantined = context.snapshot.quarantined().count();
    let unclaimed = arrivals.iter().filter(|a| matches!(a.fate, Fate::Unclaimed { .. })).count();
    let mut remarks = vec![match context.snapshot.mailbox_read {
        Some(at) => remark(Severity::Normal, PostRemark::Read { at }, None),
        None => remark(Severity::Normal, PostRemark::NeverRead, None),
    }];
    if quarantined > 0 {
        let said = PostRemark::Quarantined { letters: quarantined };
        remarks.push(remark(Severity::Warning, said, Some(command::quarantine())));
    }
    if unclaimed > 0 {
        let said = PostRemark::Unclaimed { letters: unclaimed };
        remarks.push(remark(Severity::Normal, said, Some(command::unclaimed())));
    }
    remarks
}
