//! Certificates, and rows for tables in other programs.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::line::{Context, Story, short_name};
use super::{
    CertificateRow, CertificateView, HolderView, Line, Row, SafeDay, Severity, Topic, orders,
};
use crate::authority::Role;
use crate::time::{Span, Timestamp};

/// The line that says how a holder stands.
fn line_of<'a>(lines: &'a [(Topic, Line)], holder: &str) -> Option<&'a Line> {
    lines.iter().map(|(_, line)| line).find(|line| line.holder.as_deref() == Some(holder))
}

fn shown_name(holder: &HolderView) -> String {
    match holder.role {
        Role::Seal => String::new(),
        Role::Director | Role::Accountant | Role::Employee => short_name(&holder.name),
    }
}

/// Nearest end first.
pub fn certificates(context: &Context<'_>, lines: &[(Topic, Line)]) -> Vec<CertificateRow> {
    let mut rows: Vec<(Timestamp, CertificateRow)> = Vec::new();
    for holder in &context.snapshot.holders {
        // Signing and encryption of one holder usually end on the same day: one row then.
        let mut days: BTreeMap<Date, Vec<&CertificateView>> = BTreeMap::new();
        for certificate in &holder.certificates {
            let day = context.clock.date(certificate.not_after);
            days.entry(day).or_default().push(certificate);
        }
        for certificates in days.values() {
            rows.extend(certificate_row(context, holder, certificates, lines));
        }
    }
    rows.sort_by_key(|(end, _)| *end);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn certificate_row(
    context: &Context<'_>,
    holder: &HolderView,
    certificates: &[&CertificateView],
    lines: &[(Topic, Line)],
) -> Option<(Timestamp, CertificateRow)> {
    let first = certificates.iter().min_by_key(|certificate| certificate.not_after)?;
    let mut usages: Vec<_> = certificates.iter().map(|certificate| certificate.usage).collect();
    usages.sort_unstable();
    let usages: Vec<&str> = usages.into_iter().map(|usage| context.words.usage(usage)).collect();
    let days_left = context.days_until(first.not_after);
    let lead = i64::from(holder.lead_days);
    let line = line_of(lines, &holder.id);
    let row = CertificateRow {
        holder: holder.id.clone(),
        role: context.role(holder.role).to_owned(),
        short_name: shown_name(holder),
        usages: usages.join(", "),
        until: context.words.date(context.clock.date(first.not_after)),
        days_left,
        left: context.words.left(days_left),
        percent: percent(first.not_after - context.clock.now, holder.lead_days),
        last_safe_day: safe_day(context, holder, first).filter(|_| (0..=lead).contains(&days_left)),
        nearness: match days_left {
            ..7 => Severity::Error,
            days if days <= lead => Severity::Warning,
            _ => Severity::Success,
        },
        badge: line.map(|line| line.badge.clone()).unwrap_or_default(),
        severity: line.map_or(Severity::Success, |line| line.severity),
    };
    Some((first.not_after, row))
}

/// How much is left of the days in which a renewal runs, 0–100. Against the whole life of a
/// certificate the weeks that matter would be a sliver.
fn percent(left: Span, lead_days: u16) -> u8 {
    let whole = Span::days(i64::from(lead_days.max(1)));
    // Wide enough for any pair of moments.
    let percent = i128::from(left.0.clamp(0, whole.0)) * 100 / i128::from(whole.0);
    u8::try_from(percent).unwrap_or(100)
}

fn safe_day(
    context: &Context<'_>,
    holder: &HolderView,
    certificate: &CertificateView,
) -> Option<SafeDay> {
    let day = holder.last_safe_day?;
    let left = context.clock.date(certificate.not_after) - day;
    let percent = percent(Span::days(i64::from(left.get_days())), holder.lead_days);
    Some(SafeDay { day: context.words.date(day), percent })
}

/// Every holder with each of its certificates and its latest renewal; then the notices.
pub fn rows(context: &Context<'_>, stories: &[Story<'_>], lines: &[(Topic, Line)]) -> Vec<Row> {
    let mut rows = Vec::new();
    for holder in &context.snapshot.holders {
        let mut own = stories
            .iter()
            .filter(|story| story.holder.is_some_and(|own| own.id == holder.id))
            .collect::<Vec<_>>();
        // Newest first already; an open one before all.
        own.sort_by_key(|story| story.exchange.is_closed());
        let base = base_row(context, holder, own.first().copied(), line_of(lines, &holder.id));
        if holder.certificates.is_empty() {
            rows.push(base.clone());
        }
        for certificate in &holder.certificates {
            rows.push(Row {
                certificate: context.words.usage(certificate.usage).to_owned(),
                serial: certificate.serial.clone(),
                valid_from: context.words.date(context.clock.date(certificate.not_before)),
                valid_until: context.words.date(context.clock.date(certificate.not_after)),
                days_left: context.days_until(certificate.not_after).to_string(),
                ..base.clone()
            });
        }
    }
    for story in stories.iter().filter(|story| story.holder.is_none()) {
        let line = super::line::of_exchange(context, story);
        let role = line.role.clone();
        let holder = story.exchange.holder.clone();
        rows.push(Row { holder, role, ..exchange_row(context, Some(story), Some(&line)) });
    }
    rows
}

fn base_row(
    context: &Context<'_>,
    holder: &HolderView,
    story: Option<&Story<'_>>,
    line: Option<&Line>,
) -> Row {
    let (sum, payment) = orders::cost(context, holder, story);
    Row {
        holder: holder.id.clone(),
        role: context.role(holder.role).to_owned(),
        name: holder.name.clone(),
        sum,
        payment,
        ..exchange_row(context, story, line)
    }
}

fn exchange_row(context: &Context<'_>, story: Option<&Story<'_>>, line: Option<&Line>) -> Row {
    let stamp = |at: Option<Timestamp>| {
        at.map(|at| context.words.stamp(context.clock.civil(at))).unwrap_or_default()
    };
    let action = line.and_then(|line| line.action.as_ref());
    let times = story.map(|story| story.times.clone()).unwrap_or_default();
    let invoice = story.and_then(|story| story.invoice());
    Row {
        holder: String::new(),
        role: String::new(),
        name: String::new(),
        certificate: String::new(),
        serial: String::new(),
        valid_from: String::new(),
        valid_until: String::new(),
        days_left: String::new(),
        state: line.map(|line| line.badge.clone()).unwrap_or_default(),
        exchange: story.map(|story| story.exchange.id.to_string()).unwrap_or_default(),
        opened: stamp(story.map(|story| story.exchange.opened_at)),
        sent: stamp(times.sent),
        delivered: stamp(times.delivered),
        decided: stamp(times.decided),
        installed: stamp(times.installed),
        invoice: invoice.map(|invoice| invoice.number.clone()).unwrap_or_default(),
        sum: String::new(),
        payment: String::new(),
        action: action.map(|action| action.text.clone()).unwrap_or_default(),
        command: action.and_then(|action| action.command.clone()).unwrap_or_default(),
    }
}
