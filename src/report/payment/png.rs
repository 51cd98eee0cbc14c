//! A payment code as a picture for mail: readers of mail show PNG, and no SVG.

use qrcodegen::QrCode;

use super::qr;

/// Pixels of a module's side.
const SIDE: usize = 5;
/// Light modules around a code (ISO/IEC 18004).
const QUIET: usize = 4;

/// The code of a payment link, black on white, 1 bit a pixel (RFC 2083). `None` when the text is
/// longer than a code may hold.
pub fn png(text: &str) -> Option<Vec<u8>> {
    let code = qr::code(text)?;
    let whole = usize::try_from(code.size()).ok()? + 2 * QUIET;
    let side = u32::try_from(whole * SIDE).ok()?;
    let mut rows = Vec::new();
    for y in 0..whole {
        let row = row(&code, whole, y);
        for _ in 0..SIDE {
            // Each row begins with its filter: none.
            rows.push(0);
            rows.extend(&row);
        }
    }
    let mut header = Vec::new();
    header.extend(side.to_be_bytes());
    header.extend(side.to_be_bytes());
    // One bit of grey; the only compression, filter and order of rows.
    header.extend([1, 0, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, *b"IHDR", &header);
    chunk(&mut png, *b"IDAT", &stored(&rows));
    chunk(&mut png, *b"IEND", &[]);
    Some(png)
}

fn row(code: &QrCode, whole: usize, y: usize) -> Vec<u8> {
    let module = |n: usize| i32::try_from(n).unwrap_or(0) - i32::try_from(QUIET).unwrap_or(0);
    let mut row = vec![0_u8; (whole * SIDE).div_ceil(8)];
    for pixel in 0..whole * SIDE {
        // Outside the code every module is light.
        if !code.get_module(module(pixel / SIDE), module(y))
            && let Some(byte) = row.get_mut(pixel / 8)
        {
            *byte |= 0x80 >> (pixel % 8);
        }
    }
    row
}

/// zlib without compression (RFC 1950, RFC 1951 §3.2.4): a code is 20 KiB.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let blocks = bytes.chunks(0xffff);
    let last = blocks.len().saturating_sub(1);
    for (number, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(number == last));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    out.extend((b << 16 | a).to_be_bytes());
    out
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    let begin = png.len();
    png.extend(kind);
    png.extend(data);
    let sum = crc32fast::hash(png.get(begin..).unwrap_or_default());
    png.extend(sum.to_be_bytes());
}
