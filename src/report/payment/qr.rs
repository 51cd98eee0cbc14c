//! QR codes: as a drawing for pages, as half blocks for terminals.

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

/// Light modules around a code (ISO/IEC 18004).
const QUIET: i32 = 4;

/// The code of a payment link for pages and paper: version 10 to 20, with as much error correction
/// of Q, M and L as fits. `None` when the text fits none.
pub fn code(text: &str) -> Option<QrCode> {
    let corrections = [QrCodeEcc::Quartile, QrCodeEcc::Medium, QrCodeEcc::Low];
    corrections.into_iter().find_map(|correction| sized(text, correction, 20))
}

/// A code that a terminal of 80 columns can show: no fold or stain has to be mended there.
pub fn compact(text: &str) -> Option<QrCode> {
    sized(text, QrCodeEcc::Low, 14)
}

fn sized(text: &str, correction: QrCodeEcc, largest: u8) -> Option<QrCode> {
    let segments = [QrSegment::make_bytes(text.as_bytes())];
    let (low, high) = (Version::new(10), Version::new(largest));
    QrCode::encode_segments_advanced(&segments, correction, low, high, None, false).ok()
}

/// A drawing for HTML: no script, no colours of the page. `label` is read to those who don't see
/// it. In the middle stands the hryvnia's sign on white, as the rules want it: it covers less than
/// half of what the weakest error correction mends.
pub fn svg(code: &QrCode, label: &str) -> String {
    use std::fmt::Write;
    let size = code.size();
    let whole = size + 2 * QUIET;
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let run = (x..size).take_while(|x| code.get_module(*x, y)).count();
            let run = i32::try_from(run).unwrap_or(0);
            if run > 0 {
                // Writing into a string can't fail.
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    let label = label.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let (middle, radius) = (f64::from(whole) / 2.0, f64::from(size) * 0.07);
    // The sign on a square from −10 to 10: two turns of an S, two bars.
    let sign = "M-5-4.5C-3.5-9 5-9 5-4C5-.5-5 .5-5 4C-5 9 3.5 9 5 4.5M-7.5-1.6H7.5M-7.5 1.6H7.5";
    format!(
        "<svg class=\"qr\" role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {whole} {whole}\" \
         shape-rendering=\"crispEdges\"><rect width=\"{whole}\" height=\"{whole}\" fill=\"#fff\"/>\
         <path d=\"{path}\"/><g shape-rendering=\"auto\" transform=\"translate({middle} {middle})\">\
         <circle r=\"{radius:.2}\" fill=\"#fff\"/><path transform=\"scale({:.3})\" d=\"{sign}\" \
         fill=\"none\" stroke=\"#000\" stroke-width=\"2.2\"/></g></svg>",
        radius / 12.0
    )
}

/// Two rows of modules in a line of text. Blocks are light modules, gaps are dark ones: right on a
/// dark terminal, and everywhere once a painter sets white on black.
pub fn blocks(code: &QrCode) -> Vec<String> {
    let light = |x: i32, y: i32| !code.get_module(x, y);
    // Half of the margin that paper needs; scanners of screens make do with it.
    let (first, end) = (-QUIET / 2, code.size() + QUIET / 2);
    let rows = (first..end).step_by(2);
    let row = |y: i32| {
        let column = |x: i32| match (light(x, y), light(x, y + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        };
        (first..end).map(column).collect()
    };
    rows.map(row).collect()
}
