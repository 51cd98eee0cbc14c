//! Pages to draw on: fonts that are measured, lines that wrap, and a pen that goes down the page
//! and takes a new one. Units are points (1/72 inch), y goes down.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::text::{Font, TextDirection};

/// DejaVu Sans, cut down by `assets/subset.sh`; the licence lies beside the files.
static PLAIN: &[u8] = include_bytes!("../../../assets/DejaVuSans.ttf");
static BOLD: &[u8] = include_bytes!("../../../assets/DejaVuSans-Bold.ttf");

pub const WIDTH: f32 = 595.28;
pub const HEIGHT: f32 = 841.89;
pub const MARGIN: f32 = 45.0;
/// The lowest that content may reach; page numbers stand below.
const BOTTOM: f32 = HEIGHT - 55.0;
pub const INNER: f32 = WIDTH - 2.0 * MARGIN;
/// From line to line, in sizes.
const LEADING: f32 = 1.35;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    Plain,
    Bold,
}

/// Red, green, blue.
pub type Colour = (u8, u8, u8);

/// How a text is set.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub face: Face,
    pub size: f32,
    pub colour: Colour,
}

impl Style {
    pub fn line(self) -> f32 {
        self.size * LEADING
    }
}

enum Mark {
    Text { x: f32, y: f32, style: Style, text: String },
    Rect { x: f32, y: f32, width: f32, height: f32, colour: Colour },
}

/// What can be measured.
pub struct Fonts {
    faces: [ttf_parser::Face<'static>; 2],
    fonts: [Font; 2],
}

impl Fonts {
    /// `None` when the shipped fonts can't be read, which a test excludes.
    pub fn load() -> Option<Self> {
        let face = |bytes| ttf_parser::Face::parse(bytes, 0).ok();
        let font = |bytes: &'static [u8]| Font::new(bytes.into(), 0);
        Some(Self { faces: [face(PLAIN)?, face(BOLD)?], fonts: [font(PLAIN)?, font(BOLD)?] })
    }

    fn face(&self, face: Face) -> &ttf_parser::Face<'static> {
        let [plain, bold] = &self.faces;
        match face {
            Face::Plain => plain,
            Face::Bold => bold,
        }
    }

    fn font(&self, face: Face) -> Font {
        let [plain, bold] = &self.fonts;
        match face {
            Face::Plain => plain.clone(),
            Face::Bold => bold.clone(),
        }
    }

    /// What the fonts can show: other characters become U+FFFD, and those that would turn the line
    /// around or command a reader become spaces.
    pub fn shown(&self, text: &str) -> String {
        let shown = |character: char| match character {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => ' ',
            control if control.is_control() => ' ',
            known if self.face(Face::Plain).glyph_index(known).is_some() => known,
            _ => '\u{fffd}',
        };
        text.chars().map(shown).collect()
    }

    pub fn width(&self, text: &str, style: Style) -> f32 {
        let face = self.face(style.face);
        let units: u32 = text
            .chars()
            .filter_map(|character| face.glyph_hor_advance(face.glyph_index(character)?))
            .map(u32::from)
            .sum();
        // A line has few thousand units; f32 counts them exactly.
        units as f32 * style.size / f32::from(face.units_per_em())
    }

    /// Lines no wider than `width`: broken at spaces, a longer word between its letters.
    pub fn wrapped(&self, text: &str, style: Style, width: f32) -> Vec<String> {
        let text = self.shown(text);
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.width(&longer, style) <= width {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for character in word.chars() {
                line.push(character);
                if self.width(&line, style) > width && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, character.to_string()));
                }
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }
}

/// Pages that grow; nothing is drawn before the last one is known.
pub struct Paper {
    pub fonts: Fonts,
    pages: Vec<Vec<Mark>>,
    /// Where the next thing goes.
    pub y: f32,
}

impl Paper {
    /// The height of a page's content.
    pub const ROOM: f32 = BOTTOM - MARGIN;

    pub fn new(fonts: Fonts) -> Self {
        Self { fonts, pages: vec![Vec::new()], y: MARGIN }
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Goes on with a new page when `height` does not fit on this one. True when it does.
    pub fn make_room(&mut self, height: f32) -> bool {
        let turns = self.y + height > BOTTOM && self.y > MARGIN;
        if turns {
            self.pages.push(Vec::new());
            self.y = MARGIN;
        }
        turns
    }

    pub fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, colour: Colour) {
        self.mark(Mark::Rect { x, y, width, height, colour });
    }

    /// One line whose top is at `y`.
    pub fn text(&mut self, x: f32, y: f32, style: Style, text: &str) {
        // The baseline: what hangs above it takes about three quarters of a line.
        let baseline = y + style.size;
        self.mark(Mark::Text { x, y: baseline, style, text: self.fonts.shown(text) });
    }

    /// One line that ends at `right`.
    pub fn text_to(&mut self, right: f32, y: f32, style: Style, text: &str) {
        let wide = self.fonts.width(&self.fonts.shown(text), style);
        self.text(right - wide, y, style, text);
    }

    /// Lines from `y` down; where they end.
    pub fn lines(&mut self, x: f32, mut y: f32, style: Style, lines: &[String]) -> f32 {
        for line in lines {
            self.text(x, y, style, line);
            y += style.line();
        }
        y
    }

    /// The file. `footer` stands at the left of each page, its number at the right.
    pub fn finish(mut self, metadata: Metadata, footer: &str) -> Result<Vec<u8>, String> {
        let style = Style { face: Face::Plain, size: 8.0, colour: (86, 95, 107) };
        let count = self.pages.len();
        let fonts = &self.fonts;
        let y = HEIGHT - 32.0;
        for (number, page) in (1..).zip(&mut self.pages) {
            let number = format!("{number} / {count}");
            let x = WIDTH - MARGIN - fonts.width(&number, style);
            page.push(Mark::Text { x: MARGIN, y, style, text: fonts.shown(footer) });
            page.push(Mark::Text { x, y, style, text: number });
        }
        let mut document = Document::new();
        document.set_metadata(metadata);
        for marks in std::mem::take(&mut self.pages) {
            let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or("no such page size")?;
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            for mark in marks {
                match mark {
                    Mark::Text { x, y, style, text } => {
                        surface.set_fill(Some(fill(style.colour)));
                        let font = self.fonts.font(style.face);
                        let start = Point::from_xy(x, y);
                        let direction = TextDirection::LeftToRight;
                        surface.draw_text(start, font, style.size, &text, false, direction);
                    }
                    Mark::Rect { x, y, width, height, colour } => {
                        let mut path = PathBuilder::new();
                        let Some(rect) = Rect::from_xywh(x, y, width, height) else { continue };
                        path.push_rect(rect);
                        let Some(path) = path.finish() else { continue };
                        surface.set_fill(Some(fill(colour)));
                        surface.draw_path(&path);
                    }
                }
            }
            surface.finish();
            page.finish();
        }
        document.finish().map_err(|error| format!("{error:?}"))
    }
}

fn fill((red, green, blue): Colour) -> Fill {
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}
