//! The page: one file that needs nothing else, for screens, phones and paper. Every text is
//! escaped by askama; there is no script, and the page forbids itself to fetch anything.

use askama::Template;

use super::words::{self, Labels};
use super::{Bill, InvoiceView, Line, Order, Progress, Report, Severity, TimelineStep, Topic};

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    report: &'a Report,
    labels: &'static Labels,
    /// Seconds after which the browser asks again; a file on a disk is not asked again.
    refresh: Option<u32>,
}

/// The page as UTF-8 HTML. Fails only when a value refuses to be formatted, which none does.
pub fn render(report: &Report) -> Result<String, askama::Error> {
    page(report, None)
}

/// The same for a live page, which the browser asks for again after so many seconds.
pub fn render_live(report: &Report, refresh: u32) -> Result<String, askama::Error> {
    page(report, Some(refresh))
}

fn page(report: &Report, refresh: Option<u32>) -> Result<String, askama::Error> {
    Page { report, labels: words::of(report.language).labels(), refresh }.render()
}

/// Names of style classes; what they say stands in words beside them.
impl Page<'_> {
    fn tone(&self, severity: &Severity) -> &'static str {
        match severity {
            Severity::Success => "success",
            Severity::Normal => "normal",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }

    fn progress(&self, progress: &Progress) -> &'static str {
        match progress {
            Progress::Done => "done",
            Progress::Now => "now",
            Progress::Later => "later",
            Progress::Failed => "failed",
        }
    }

    fn progress_words(&self, progress: &Progress) -> &'static str {
        match progress {
            Progress::Done => self.labels.done,
            Progress::Now => self.labels.now,
            Progress::Later => self.labels.later,
            Progress::Failed => self.labels.failed,
        }
    }

    fn is_now(&self, step: &TimelineStep) -> bool {
        step.progress == Progress::Now
    }

    /// Who is well stands in the table of certificates.
    fn shows(&self, topic: &Topic) -> bool {
        *topic != Topic::Calm
    }

    /// What an invoice needs to be paid, while it waits for that.
    fn bill(&self, order: &Order, invoice: &InvoiceView) -> Option<&Bill> {
        self.report.bills.iter().find(|bill| {
            order.number.as_deref() == Some(&bill.transfer.order)
                && bill.invoice == invoice.paper.xml
        })
    }

    /// What is done needs no way any more.
    fn shows_way(&self, topic: &Topic) -> bool {
        matches!(topic, Topic::NeedsYou | Topic::UnderWay)
    }

    fn safe_day<'l>(&self, line: &'l Line) -> Option<&'l str> {
        let label = self.labels.last_safe_day;
        line.facts.iter().find(|(name, _)| name == label).map(|(_, day)| day.as_str())
    }
}
