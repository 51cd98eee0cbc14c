//! The summary on A4 paper: what the page says, in its order, with tables that go over pages under
//! their heads. Text stays text, so that it can be searched and copied.

mod paper;

use krilla::metadata::{DateTime, Metadata};
use paper::{Colour, Face, Fonts, INNER, MARGIN, Paper, Style, WIDTH};

use super::words::{self, Labels};
use super::{
    CertificateRow, InvoiceView, Line, Order, Progress, Report, Severity, TimelineStep, Topic,
};

const INK: Colour = (26, 30, 36);
const SOFT: Colour = (86, 95, 107);
const RULE: Colour = (221, 225, 231);

const fn plain(size: f32) -> Style {
    Style { face: Face::Plain, size, colour: INK }
}

const fn bold(size: f32) -> Style {
    Style { face: Face::Bold, size, colour: INK }
}

const fn soft(size: f32) -> Style {
    Style { face: Face::Plain, size, colour: SOFT }
}

const BODY: f32 = 9.5;
/// Between a card's edge and its text.
const PAD: f32 = 9.0;

/// Colour of the words, colour behind them.
fn tone(severity: Severity) -> (Colour, Colour) {
    match severity {
        Severity::Success => ((23, 113, 74), (230, 244, 236)),
        Severity::Normal => ((33, 83, 163), (233, 240, 251)),
        Severity::Warning => ((143, 80, 0), (253, 242, 223)),
        Severity::Error => ((179, 38, 30), (253, 235, 234)),
    }
}

/// The file's bytes. The same report gives the same bytes.
pub fn render(report: &Report) -> Result<Vec<u8>, String> {
    let fonts = Fonts::load().ok_or("the shipped fonts can't be read")?;
    let labels = words::of(report.language).labels();
    let mut page = Page { paper: Paper::new(fonts), labels };
    page.head(report);
    for section in report.sections.iter().filter(|section| section.topic != Topic::Calm) {
        for (number, line) in section.lines.iter().enumerate() {
            let heading = (number == 0).then_some(section.title.as_str());
            page.card(heading, section.topic, line);
        }
    }
    page.certificates(&report.certificates);
    page.costs(&report.orders, report.total.as_deref());
    page.post(report);
    let at = report.at.civil(&jiff::tz::TimeZone::UTC);
    let made = DateTime::new(at.year().unsigned_abs())
        .month(at.month().unsigned_abs())
        .day(at.day().unsigned_abs())
        .hour(at.hour().unsigned_abs())
        .minute(at.minute().unsigned_abs())
        .second(at.second().unsigned_abs())
        .utc_offset_hour(0);
    let metadata = Metadata::new()
        .title(format!("{}: {}", labels.page_title, report.organisation))
        .creator("certpost".into())
        .language(report.language.tag().into())
        .creation_date(made);
    let footer = format!("{}, {}, {}", report.organisation, report.code, report.as_of);
    page.paper.finish(metadata, &footer)
}

struct Page {
    paper: Paper,
    labels: &'static Labels,
}

/// A text that was broken into lines, and how it is set.
struct Block {
    lines: Vec<String>,
    style: Style,
    indent: f32,
    /// A bar at its left, as quotations have.
    bar: Option<Colour>,
    /// Room above it.
    above: f32,
}

impl Block {
    fn height(&self) -> f32 {
        // A page holds few lines: the count is exact.
        self.above + self.lines.len() as f32 * self.style.line()
    }
}

impl Page {
    fn block(&self, text: &str, style: Style, indent: f32, width: f32, above: f32) -> Block {
        let lines = self.paper.fonts.wrapped(text, style, width - indent);
        Block { lines, style, indent, bar: None, above }
    }

    fn draw(&mut self, block: &Block, x: f32) {
        let top = self.paper.y + block.above;
        if let Some(colour) = block.bar {
            let height = block.height() - block.above;
            self.paper.rect(x + block.indent - 7.0, top, 1.5, height, colour);
        }
        self.paper.y = self.paper.lines(x + block.indent, top, block.style, &block.lines);
    }

    /// Organisation, moment, and the answer first.
    fn head(&mut self, report: &Report) {
        let name = self.block(&report.organisation, bold(16.0), 0.0, INNER, 0.0);
        self.draw(&name, MARGIN);
        let told = format!("{} · {} {}", report.code, self.labels.as_of, report.as_of);
        let told = self.block(&told, soft(BODY), 0.0, INNER, 1.0);
        self.draw(&told, MARGIN);
        self.paper.y += 10.0;

        let width = INNER - 2.0 * PAD;
        let verdict = self.block(&report.verdict, bold(12.0), 0.0, width, 0.0);
        let rest = self.block(&report.rest, plain(10.5), 0.0, width, 2.0);
        let height = verdict.height() + rest.height() + 2.0 * PAD;
        let (front, behind) = tone(report.severity);
        let top = self.paper.y;
        self.paper.rect(MARGIN, top, INNER, height, behind);
        self.paper.rect(MARGIN, top, 3.0, height, front);
        self.paper.y = top + PAD;
        self.draw(&verdict, MARGIN + PAD);
        self.draw(&rest, MARGIN + PAD);
        self.paper.y = top + height;
    }

    /// Room for a heading, and the heading.
    fn heading(&mut self, title: &str) {
        let style = bold(12.0);
        self.paper.y += 16.0;
        let title = self.block(title, style, 0.0, INNER, 0.0);
        self.draw(&title, MARGIN);
        self.paper.y += 2.0;
    }

    /// Everything of a line that stands below its title.
    fn blocks(&self, line: &Line) -> Vec<Block> {
        let width = INNER - 2.0 * PAD;
        let mut blocks = Vec::new();
        if !line.told.is_empty() {
            blocks.push(self.block(&line.told, plain(BODY), 0.0, width, 4.0));
        }
        for quote in &line.quotes {
            let [open, close] = self.labels.quotes;
            let quote = format!("{open}{quote}{close}");
            let block = self.block(&quote, plain(BODY), 12.0, width, 3.0);
            blocks.push(Block { bar: Some(RULE), ..block });
        }
        if let Some(detail) = &line.detail {
            let detail = format!("{}: {detail}", self.labels.technical);
            blocks.push(self.block(&detail, soft(8.5), 0.0, width, 3.0));
        }
        if let Some(action) = &line.action {
            let (front, _) = tone(line.severity);
            let todo = format!("{}: {}", self.labels.what_to_do, action.text);
            let style = Style { face: Face::Bold, colour: front, size: BODY };
            blocks.push(self.block(&todo, style, 0.0, width, 4.0));
            if let Some(command) = &action.command {
                blocks.push(self.block(command, soft(8.5), 12.0, width, 1.0));
            }
        }
        if let Some(ends) = &line.ends {
            let safe = self.labels.last_safe_day;
            let safe = line.facts.iter().find(|(name, _)| name == safe);
            let safe = safe.map(|(name, day)| format!(" {name}: {day}.")).unwrap_or_default();
            blocks.push(self.block(&format!("{ends}{safe}"), soft(8.5), 0.0, width, 3.0));
        }
        blocks
    }

    /// A line of the page. A card is not broken over pages unless it is longer than one.
    fn card(&mut self, heading: Option<&str>, topic: Topic, line: &Line) {
        let (front, behind) = tone(line.severity);
        let badge = Style { face: Face::Bold, size: 8.5, colour: front };
        let badge_width = self.paper.fonts.width(&self.paper.fonts.shown(&line.badge), badge);
        let width = INNER - 2.0 * PAD;
        let title = self.block(&line.title(), bold(10.5), 0.0, width - badge_width - 20.0, 0.0);
        let blocks = self.blocks(line);
        let has_way = matches!(topic, Topic::NeedsYou | Topic::UnderWay) && !line.steps.is_empty();
        let way = if has_way { self.way_height(&line.steps) } else { 0.0 };
        let texts: f32 = blocks.iter().map(Block::height).sum();
        let height = title.height() + texts + way + 2.0 * PAD;
        let needed = height + 6.0 + if heading.is_some() { 34.0 } else { 0.0 };
        if needed > Paper::ROOM {
            return self.long_card(heading, &title, &blocks);
        }
        self.paper.make_room(needed);
        if let Some(heading) = heading {
            self.heading(heading);
        }
        self.paper.y += 6.0;
        let top = self.paper.y;
        self.paper.rect(MARGIN, top, 3.0, height, front);
        self.paper.rect(MARGIN + 3.0, top, INNER - 3.0, 0.6, RULE);
        self.paper.rect(MARGIN + 3.0, top + height - 0.6, INNER - 3.0, 0.6, RULE);
        self.paper.rect(WIDTH - MARGIN - 0.6, top, 0.6, height, RULE);
        let right = WIDTH - MARGIN - PAD;
        let (x, y) = (right - badge_width - 12.0, top + PAD - 1.0);
        self.paper.rect(x, y, badge_width + 12.0, badge.line() + 3.0, behind);
        self.paper.text(x + 6.0, y + 2.0, badge, &line.badge);
        self.paper.y = top + PAD;
        self.draw(&title, MARGIN + PAD);
        for block in &blocks {
            self.draw(block, MARGIN + PAD);
        }
        if has_way {
            self.way(&line.steps);
        }
        self.paper.y = top + height;
    }

    /// What an authority wrote may be longer than a page: then it goes on without a frame.
    fn long_card(&mut self, heading: Option<&str>, title: &Block, blocks: &[Block]) {
        if let Some(heading) = heading {
            self.paper.make_room(60.0);
            self.heading(heading);
        }
        self.paper.y += 6.0;
        for block in std::iter::once(title).chain(blocks) {
            self.paper.y += block.above;
            for line in &block.lines {
                self.paper.make_room(block.style.line());
                let (x, y) = (MARGIN + PAD + block.indent, self.paper.y);
                self.paper.text(x, y, block.style, line);
                self.paper.y += block.style.line();
            }
        }
    }

    fn step_width(steps: &[TimelineStep]) -> f32 {
        // Few steps; the count is exact.
        (INNER - 2.0 * PAD) / steps.len().max(1) as f32
    }

    fn way_height(&self, steps: &[TimelineStep]) -> f32 {
        let width = Self::step_width(steps) - 6.0;
        let labels = steps.iter().map(|step| {
            let lines = self.paper.fonts.wrapped(&step.label, plain(8.0), width);
            lines.len() + usize::from(!step.when.is_empty())
        });
        8.0 + 13.0 + labels.max().unwrap_or(0) as f32 * plain(8.0).line()
    }

    /// The steps side by side: a mark, what, when.
    fn way(&mut self, steps: &[TimelineStep]) {
        let wide = Self::step_width(steps);
        let top = self.paper.y + 8.0;
        for (number, step) in steps.iter().enumerate() {
            let (mark, colour) = match step.progress {
                Progress::Done => ("●", tone(Severity::Success).0),
                Progress::Now => ("◐", tone(Severity::Normal).0),
                Progress::Later => ("○", SOFT),
                Progress::Failed => ("✗", tone(Severity::Error).0),
            };
            let x = MARGIN + PAD + number as f32 * wide;
            if number + 1 < steps.len() {
                self.paper.rect(x + 12.0, top + 6.5, wide - 14.0, 0.8, RULE);
            }
            self.paper.text(x, top, Style { face: Face::Plain, size: 10.0, colour }, mark);
            let face = if step.progress == Progress::Later { soft(8.0) } else { plain(8.0) };
            let lines = self.paper.fonts.wrapped(&step.label, face, wide - 6.0);
            let below = self.paper.lines(x, top + 13.0, face, &lines);
            self.paper.text(x, below, soft(8.0), &step.when);
        }
    }

    /// A row of cells, as high as its highest; `right`: those columns end at their right edge.
    fn row(&mut self, cells: &[Vec<(Style, String)>], widths: &[f32], right: &[usize]) {
        let mut x = MARGIN;
        let top = self.paper.y + 4.0;
        for (number, (cell, width)) in cells.iter().zip(widths).enumerate() {
            let mut y = top;
            for (style, line) in cell {
                if right.contains(&number) {
                    self.paper.text_to(x + width - 4.0, y, *style, line);
                } else {
                    self.paper.text(x + 4.0, y, *style, line);
                }
                y += style.line();
            }
            x += width;
        }
        self.paper.y += Self::row_height(cells);
        self.paper.rect(MARGIN, self.paper.y, INNER, 0.6, RULE);
    }

    fn row_height(cells: &[Vec<(Style, String)>]) -> f32 {
        let heights = cells.iter().map(|cell| cell.iter().map(|(style, _)| style.line()).sum());
        heights.fold(0.0_f32, |high: f32, one: f32| high.max(one)) + 8.0
    }

    fn cell(&self, text: &str, style: Style, width: f32) -> Vec<(Style, String)> {
        // A row stays on one page, whatever somebody put into it.
        let lines = self.paper.fonts.wrapped(text, style, width - 8.0).into_iter().take(20);
        lines.map(|line| (style, line)).collect()
    }

    /// A table under its heading; the head is repeated on each page.
    fn table(
        &mut self,
        title: &str,
        head: &[&str],
        widths: &[f32],
        right: &[usize],
        rows: &[Vec<Vec<(Style, String)>>],
    ) {
        let style = Style { face: Face::Bold, size: 8.5, colour: SOFT };
        let titles = head.iter().zip(widths).map(|(title, width)| self.cell(title, style, *width));
        let head: Vec<_> = titles.collect();
        let first = rows.first().map_or(0.0, |row| Self::row_height(row));
        self.paper.make_room(40.0 + Self::row_height(&head) + first);
        self.heading(title);
        self.row(&head, widths, right);
        for row in rows {
            if self.paper.make_room(Self::row_height(row)) {
                self.row(&head, widths, right);
            }
            self.row(row, widths, right);
        }
    }

    fn who(&self, role: &str, name: &str, width: f32) -> Vec<(Style, String)> {
        let mut cell = self.cell(role, bold(9.0), width);
        cell.extend(self.cell(name, soft(8.5), width));
        cell
    }

    fn certificates(&mut self, certificates: &[CertificateRow]) {
        if certificates.is_empty() {
            return;
        }
        let labels = self.labels;
        let widths = [0.27, 0.21, 0.15, 0.16, 0.21].map(|share| share * INNER);
        let [who, usages, until, left, state] = widths;
        let rows: Vec<_> = certificates
            .iter()
            .map(|row| {
                let near = Style { colour: tone(row.nearness).0, ..plain(9.0) };
                let badge = Style { face: Face::Bold, colour: tone(row.severity).0, size: 8.5 };
                vec![
                    self.who(&row.role, &row.short_name, who),
                    self.cell(&row.usages, plain(9.0), usages),
                    self.cell(&row.until, plain(9.0), until),
                    self.cell(&row.left, near, left),
                    self.cell(&row.badge, badge, state),
                ]
            })
            .collect();
        let head = [labels.who, labels.certificate, labels.valid_until, labels.left, labels.state];
        self.table(labels.certificates, &head, &widths, &[], &rows);
    }

    fn costs(&mut self, orders: &[Order], total: Option<&str>) {
        let labels = self.labels;
        let widths = [0.34, 0.13, 0.33, 0.20].map(|share| share * INNER);
        let [who, term, payment, sum] = widths;
        for order in orders {
            let mut rows: Vec<_> = order
                .items
                .iter()
                .map(|item| {
                    vec![
                        self.who(&item.role, &item.short_name, who),
                        self.cell(&item.term, plain(9.0), term),
                        self.cell(&item.payment, plain(9.0), payment),
                        self.cell(&item.sum, plain(9.0), sum),
                    ]
                })
                .collect();
            rows.push(vec![
                self.cell(labels.total, bold(9.0), who),
                Vec::new(),
                Vec::new(),
                self.cell(&order.total, bold(9.0), sum),
            ]);
            let head = [labels.who, labels.term, labels.payment, labels.sum];
            let title = format!("{}. {}", labels.costs, order.title);
            self.table(&title, &head, &widths, &[3], &rows);
            order.invoices.iter().for_each(|invoice| self.invoice(invoice));
        }
        if let Some(total) = total {
            self.paper.make_room(24.0);
            let y = self.paper.y + 6.0;
            self.paper.text(MARGIN + 4.0, y, bold(10.0), labels.grand_total);
            self.paper.text_to(WIDTH - MARGIN - 4.0, y, bold(10.0), total);
            self.paper.y = y + bold(10.0).line();
        }
    }

    fn invoice(&mut self, invoice: &InvoiceView) {
        let widths = [0.30, 0.70].map(|share| share * INNER);
        let [name, value] = widths;
        let warning = invoice.warning.iter().map(|words| (String::new(), words.clone()));
        let facts = warning.chain(invoice.facts.iter().cloned());
        let rows: Vec<_> = facts
            .map(|(of, told)| {
                vec![self.cell(&of, soft(9.0), name), self.cell(&told, plain(9.0), value)]
            })
            .collect();
        let head = [self.labels.invoice, invoice.state.as_str()];
        self.table(&invoice.title, &head, &widths, &[], &rows);
    }

    /// Mailbox, quarantine, unclaimed, and who made this.
    fn post(&mut self, report: &Report) {
        self.paper.y += 16.0;
        let made_by = self.labels.made_by.to_owned();
        let remarks = report.post.iter().map(|remark| match &remark.command {
            Some(command) => format!("{} {command}", remark.text),
            None => remark.text.clone(),
        });
        for text in remarks.chain([made_by]) {
            let block = self.block(&text, soft(8.5), 0.0, INNER, 2.0);
            self.paper.make_room(block.height());
            self.draw(&block, MARGIN);
        }
    }
}
