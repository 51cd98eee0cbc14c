//! The metrics in the Prometheus text format 0.0.4. `docs/monitoring/` has alerts and a dashboard
//! over them; a test compares the names.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{BUCKETS, Bulletin, Durations};
use crate::authority::Role;
use crate::crypto::Usage;
use crate::exchange::{Event, Exchange, Party, Purpose, Stage};
use crate::report::{HolderView, Snapshot};
use crate::store::Fate;
use crate::time::{Span, Timestamp};

pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

type Labels<'a> = &'a [(&'a str, &'a str)];

/// Writes families one after another, each with its HELP and TYPE.
#[derive(Default)]
struct Exposition {
    text: String,
    /// The family that samples belong to.
    family: &'static str,
}

impl Exposition {
    fn family(&mut self, name: &'static str, kind: &str, help: &str) {
        self.family = name;
        self.text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    fn gauge(&mut self, name: &'static str, help: &str) {
        self.family(name, "gauge", help);
    }

    fn counter(&mut self, name: &'static str, help: &str) {
        self.family(name, "counter", help);
    }

    fn sample(&mut self, labels: Labels<'_>, value: impl std::fmt::Display) {
        self.sample_of("", labels, value);
    }

    fn sample_of(&mut self, suffix: &str, labels: Labels<'_>, value: impl std::fmt::Display) {
        self.text.push_str(self.family);
        self.text.push_str(suffix);
        let mut open = '{';
        for (name, text) in labels {
            self.text.push(open);
            open = ',';
            self.text.push_str(name);
            self.text.push_str("=\"");
            for character in text.chars() {
                match character {
                    '\\' => self.text.push_str("\\\\"),
                    '"' => self.text.push_str("\\\""),
                    '\n' => self.text.push_str("\\n"),
                    other => self.text.push(other),
                }
            }
            self.text.push('"');
        }
        if open == ',' {
            self.text.push('}');
        }
        // Writing to a String does not fail.
        let _ = writeln!(self.text, " {value}");
    }

    fn moment(&mut self, name: &'static str, help: &str, at: Timestamp) {
        self.gauge(name, help);
        self.sample(&[], at.0);
    }
}

/// Every metric. What no round has told yet is absent.
pub fn render(bulletin: &Bulletin, commits: &Durations) -> String {
    let mut out = Exposition::default();
    ourselves(&mut out, bulletin);
    commit_durations(&mut out, commits);
    if let Some(snapshot) = &bulletin.snapshot {
        post(&mut out, snapshot);
        certificates(&mut out, snapshot);
        exchanges(&mut out, snapshot);
        failures(&mut out, bulletin, snapshot);
    }
    out.text
}

fn ourselves(out: &mut Exposition, bulletin: &Bulletin) {
    out.gauge("certpost_build_info", "Always 1; the version stands in the label.");
    out.sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    out.moment("certpost_start_time_seconds", "When the daemon started.", bulletin.started);
    out.counter("certpost_rounds_total", "Rounds since the start, by how they ended.");
    out.sample(&[("outcome", "done")], bulletin.rounds_done);
    out.sample(&[("outcome", "failed")], bulletin.rounds_failed);
    out.gauge("certpost_round_failed", "1 when the newest round failed as a whole (the store).");
    out.sample(&[], u8::from(bulletin.failure.is_some()));
    out.moment(
        "certpost_config_last_reload_success_timestamp_seconds",
        "When a configuration was last taken over.",
        bulletin.configured,
    );
    out.gauge(
        "certpost_config_last_reload_successful",
        "0 when the newest configuration is broken and the one before stays in force.",
    );
    out.sample(&[], u8::from(!bulletin.configuration_broken));
}

fn commit_durations(out: &mut Exposition, commits: &Durations) {
    out.family(
        "certpost_commit_duration_seconds",
        "histogram",
        "Time that commits to the database took since the start.",
    );
    for (bound, count) in BUCKETS.iter().zip(commits.within) {
        let seconds = std::time::Duration::from_millis(*bound).as_secs_f64().to_string();
        out.sample_of("_bucket", &[("le", &seconds)], count);
    }
    out.sample_of("_bucket", &[("le", "+Inf")], commits.count);
    out.sample_of("_sum", &[], commits.sum.as_secs_f64());
    out.sample_of("_count", &[], commits.count);
}

fn post(out: &mut Exposition, snapshot: &Snapshot) {
    out.moment(
        "certpost_last_round_timestamp_seconds",
        "When the last round ended well.",
        snapshot.now,
    );
    if let Some(read) = snapshot.mailbox_read {
        out.moment(
            "certpost_mailbox_last_read_timestamp_seconds",
            "When the mailbox was last read with success.",
            read,
        );
    }
    let count = |is_one: &dyn Fn(&Fate) -> bool| {
        snapshot.arrivals.iter().filter(|arrival| is_one(&arrival.fate)).count()
    };
    out.gauge("certpost_quarantine_letters", "Letters that could not be trusted or read.");
    out.sample(&[], count(&|fate| matches!(fate, Fate::Quarantined { .. })));
    out.gauge("certpost_unclaimed_letters", "Authentic answers that nobody waited for.");
    out.sample(&[], count(&|fate| matches!(fate, Fate::Unclaimed { .. })));
    let doubted = snapshot.troubles.iter().any(|trouble| trouble.label == "clock");
    out.gauge("certpost_clock_trusted", "0 when the clock is in doubt: nothing is sent then.");
    out.sample(&[], u8::from(!doubted));
}

fn certificates(out: &mut Exposition, snapshot: &Snapshot) {
    let each = |out: &mut Exposition, moment: &dyn Fn(&crate::report::CertificateView) -> i64| {
        for holder in &snapshot.holders {
            for certificate in &holder.certificates {
                let labels = [
                    ("holder", holder.id.as_str()),
                    ("role", role(holder.role)),
                    ("usage", usage(certificate.usage)),
                ];
                out.sample(&labels, moment(certificate));
            }
        }
    };
    out.gauge("certpost_certificate_not_before_seconds", "When a certificate in place begins.");
    each(out, &|certificate| certificate.not_before.0);
    out.gauge("certpost_certificate_not_after_seconds", "When a certificate in place ends.");
    each(out, &|certificate| certificate.not_after.0);
    out.gauge("certpost_renewal_due_timestamp_seconds", "When a holder's renewal becomes due.");
    for holder in &snapshot.holders {
        if let Some(due) = due(holder) {
            out.sample(&[("holder", &holder.id), ("role", role(holder.role))], due.0);
        }
    }
}

/// As the engine reckons: the soonest end less the lead.
fn due(holder: &HolderView) -> Option<Timestamp> {
    let end = holder.certificates.iter().map(|certificate| certificate.not_after).min()?;
    Some(end - Span::days(i64::from(holder.lead_days)))
}

fn exchanges(out: &mut Exposition, snapshot: &Snapshot) {
    let open: Vec<&Exchange> =
        snapshot.exchanges.iter().filter(|exchange| !exchange.is_closed()).collect();
    out.gauge("certpost_exchanges_open", "Open exchanges, by the party that must act next.");
    for party in [Party::Us, Party::Authority, Party::Person] {
        let waiting = open.iter().filter(|exchange| exchange.waits_for() == party).count();
        out.sample(&[("waits_for", word_of(party))], waiting);
    }
    out.gauge("certpost_exchange_stage", "Always 1; the open exchange's stage is in the label.");
    for exchange in &open {
        let labels = [
            ("exchange", exchange.id.0.as_str()),
            ("holder", exchange.holder.as_str()),
            ("purpose", purpose(exchange.purpose)),
            ("stage", exchange.stage.name().word()),
        ];
        out.sample(&labels, 1);
    }
    out.gauge(
        "certpost_exchange_deadline_timestamp_seconds",
        "When the certificate that an open exchange is to replace ends.",
    );
    for exchange in &open {
        let labels = [("exchange", exchange.id.0.as_str()), ("holder", exchange.holder.as_str())];
        out.sample(&labels, exchange.deadline.0);
    }
    let mut newest: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for exchange in &snapshot.exchanges {
        if let Stage::Installed { at, .. } = exchange.stage {
            let known = newest.entry(&exchange.holder).or_insert(at);
            *known = at.max(*known);
        }
    }
    out.gauge(
        "certpost_last_success_timestamp_seconds",
        "When a holder's last exchange reached its end well.",
    );
    for (holder, at) in newest {
        out.sample(&[("holder", holder)], at.0);
    }
}

fn failures(out: &mut Exposition, bulletin: &Bulletin, snapshot: &Snapshot) {
    let mut causes: BTreeMap<&str, u64> = BTreeMap::new();
    for line in &snapshot.journal {
        if let Some(cause) = line.entry.event.as_ref().and_then(cause) {
            let count = causes.entry(cause).or_default();
            *count = count.saturating_add(1);
        }
    }
    out.counter(
        "certpost_failures_total",
        "Failures in the journal of all exchanges, by the label in docs/operator.md.",
    );
    for (cause, count) in causes {
        out.sample(&[("cause", cause)], count);
    }
    out.counter(
        "certpost_troubled_rounds_total",
        "Rounds since the start that met a trouble of the whole, by its label.",
    );
    for (cause, count) in &bulletin.troubled {
        out.sample(&[("cause", cause)], count);
    }
    out.gauge("certpost_trouble", "1 for each trouble of the whole that lasts, by its label.");
    let lasting: std::collections::BTreeSet<&str> =
        snapshot.troubles.iter().map(|trouble| trouble.label.as_str()).collect();
    for cause in lasting {
        out.sample(&[("cause", cause)], 1);
    }
}

/// Why an event is a failure. The authority's refusals count as `refused`: their reasons are the
/// authority's own words.
fn cause(event: &Event) -> Option<&str> {
    match event {
        Event::PrepareFailed { problem, .. }
        | Event::Bounced { problem, .. }
        | Event::InstallFailed { problem, .. } => Some(&problem.label),
        Event::SendFailed(failure) => Some(&failure.problem().label),
        Event::Heard { word: crate::exchange::Word::Refused(_), .. } => Some("refused"),
        _ => None,
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Director => "director",
        Role::Accountant => "accountant",
        Role::Seal => "seal",
        Role::Employee => "employee",
    }
}

fn usage(usage: Usage) -> &'static str {
    match usage {
        Usage::Signing => "signing",
        Usage::Agreement => "agreement",
    }
}

fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Renewal => "renewal",
        Purpose::Notice => "notice",
    }
}

fn word_of(party: Party) -> &'static str {
    match party {
        Party::Us => "us",
        Party::Authority => "authority",
        Party::Person => "person",
        Party::Nobody => "nobody",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_label_can_not_end_it() {
        let mut out = Exposition::default();
        out.gauge("certpost_trouble", "help");
        out.sample(&[("cause", "a\"} 1\nb\\n"), ("other", "ї")], 2);
        let line = out.text.lines().last().unwrap();
        assert_eq!(line, r#"certpost_trouble{cause="a\"} 1\nb\\n",other="ї"} 2"#);
    }
}
