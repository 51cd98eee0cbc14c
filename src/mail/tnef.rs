//! `winmail.dat`: Outlook's own envelope around attachments (MS-OXTNEF). Only the attachments
//! are taken out, with their names; letters inside letters too (F31).

use super::header::presentable;
use super::{Part, charset};

const SIGNATURE: u32 = 0x223e_9f78;
const ATTACH_TITLE: u32 = 0x0001_8010;
const ATTACH_DATA: u32 = 0x0006_800f;
const ATTACH_RENDER_DATA: u32 = 0x0006_9002;
const ATTACH_PROPERTIES: u32 = 0x0006_9005;
/// MAPI property identifiers (MS-OXPROPS).
const PROPERTY_DATA: u16 = 0x3701;
const PROPERTY_NAME: u16 = 0x3704;
const PROPERTY_LONG_NAME: u16 = 0x3707;
const PROPERTY_TYPE: u16 = 0x370e;
/// Outlook nests a handful at most.
const DEPTH: usize = 5;

/// The attachments of a TNEF stream, at most `most + 1`; empty when it is none or holds none.
/// Damage ends the reading; what was found before it stays.
pub fn unpack(bytes: &[u8], most: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    stream(bytes, most, DEPTH, &mut parts);
    parts
}

#[derive(Default)]
struct Attachment {
    title: Option<String>,
    long_name: Option<String>,
    content_type: Option<String>,
    data: Vec<u8>,
    /// A letter of its own, as a TNEF stream.
    letter: Option<Vec<u8>>,
}

impl Attachment {
    fn finish(self, most: usize, depth: usize, parts: &mut Vec<Part>) {
        if parts.len() > most {
            return;
        }
        if let Some(letter) = self.letter {
            stream(&letter, most, depth, parts);
            return;
        }
        if self.data.is_empty() {
            return;
        }
        let name = self.long_name.or(self.title);
        let name = name.map(|name| presentable(&name, 150)).filter(|name| !name.is_empty());
        let content_type = self.content_type.unwrap_or_else(|| "application/octet-stream".into());
        let content_type = presentable(&content_type.to_lowercase(), 200);
        parts.push(Part { name, content_type, bytes: self.data });
    }
}

fn stream(bytes: &[u8], most: usize, depth: usize, parts: &mut Vec<Part>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let mut reader = Reader(bytes);
    if reader.u32() != Some(SIGNATURE) {
        return;
    }
    let _key = reader.u16();
    let mut open: Option<Attachment> = None;
    while let Some((attribute, data)) = reader.attribute() {
        if attribute == ATTACH_RENDER_DATA {
            if let Some(done) = open.replace(Attachment::default()) {
                done.finish(most, depth, parts);
            }
            continue;
        }
        let Some(attachment) = open.as_mut() else { continue };
        match attribute {
            ATTACH_TITLE => attachment.title = Some(narrow(data)),
            ATTACH_DATA => attachment.data = data.to_vec(),
            ATTACH_PROPERTIES => {
                let mut properties = Reader(data);
                let count = properties.u32().unwrap_or(0);
                for _ in 0..count {
                    if properties.property(attachment).is_none() {
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    if let Some(done) = open {
        done.finish(most, depth, parts);
    }
}

fn narrow(bytes: &[u8]) -> String {
    charset::guess(bytes.split(|&byte| byte == 0).next().unwrap_or_default())
}

fn wide(bytes: &[u8]) -> String {
    let text = encoding_rs::UTF_16LE.decode_without_bom_handling(bytes).0;
    text.split('\0').next().unwrap_or_default().to_owned()
}

/// Little-endian bytes, taken from the front; `None` at the end.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(front)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    /// Level, identifier, length, data, checksum (MS-OXTNEF §2.1.3).
    fn attribute(&mut self) -> Option<(u32, &'a [u8])> {
        self.take(1)?;
        let attribute = self.u32()?;
        let length = self.u32()? as usize;
        let data = self.take(length)?;
        self.u16();
        Some((attribute, data))
    }

    /// One MAPI property (MS-OXTNEF §2.1.3.4); the interesting ones go into `attachment`.
    fn property(&mut self, attachment: &mut Attachment) -> Option<()> {
        let (kind, id) = (self.u16()?, self.u16()?);
        if id >= 0x8000 {
            self.take(16)?;
            if self.u32()? == 0 {
                self.u32()?;
            } else {
                self.padded()?;
            }
        }
        let is_variable = matches!(kind & 0x0fff, 0x0d | 0x1e | 0x1f | 0x0102);
        let count = if is_variable || kind & 0x1000 != 0 { self.u32()? } else { 1 };
        for _ in 0..count {
            if !is_variable {
                self.take(fixed_size(kind)?)?;
                continue;
            }
            let value = self.padded()?;
            let text = if kind & 0x0fff == 0x1f { wide(value) } else { narrow(value) };
            match id {
                PROPERTY_LONG_NAME => attachment.long_name = Some(text),
                PROPERTY_NAME if attachment.title.is_none() => attachment.title = Some(text),
                PROPERTY_TYPE => attachment.content_type = Some(text),
                // An object carries its interface identifier first.
                PROPERTY_DATA if kind & 0x0fff == 0x0d => {
                    let inner = value.get(16..).unwrap_or_default();
                    if inner.starts_with(&SIGNATURE.to_le_bytes()) {
                        attachment.letter = Some(inner.to_vec());
                    } else {
                        attachment.data = inner.to_vec();
                    }
                }
                PROPERTY_DATA if attachment.data.is_empty() => attachment.data = value.to_vec(),
                _ => {}
            }
        }
        Some(())
    }

    /// A length and so many bytes, filled up to a multiple of four.
    fn padded(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()? as usize;
        let value = self.take(length)?;
        let fill = length.next_multiple_of(4) - length;
        self.take(fill.min(self.0.len()))?;
        Some(value)
    }
}

/// Bytes of a property of fixed size, filled up to a multiple of four.
fn fixed_size(kind: u16) -> Option<usize> {
    match kind & 0x0fff {
        0x01..=0x04 | 0x0a | 0x0b => Some(4),
        0x05..=0x07 | 0x14 | 0x40 => Some(8),
        0x48 => Some(16),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(stream: &mut Vec<u8>, id: u32, data: &[u8]) {
        stream.push(2);
        stream.extend(id.to_le_bytes());
        stream.extend((data.len() as u32).to_le_bytes());
        stream.extend(data);
        let sum = data.iter().fold(0u16, |sum, &byte| sum.wrapping_add(byte.into()));
        stream.extend(sum.to_le_bytes());
    }

    fn property(list: &mut Vec<u8>, kind: u16, id: u16, value: &[u8]) {
        list.extend(kind.to_le_bytes());
        list.extend(id.to_le_bytes());
        list.extend(1u32.to_le_bytes());
        list.extend((value.len() as u32).to_le_bytes());
        list.extend(value);
        list.resize(list.len().next_multiple_of(4), 0);
    }

    fn winmail(inner: Option<&[u8]>) -> Vec<u8> {
        let mut stream = SIGNATURE.to_le_bytes().to_vec();
        stream.extend([1, 0]);
        attribute(&mut stream, 0x0008_9006, &0x0001_0000u32.to_le_bytes());
        attribute(&mut stream, ATTACH_RENDER_DATA, &[0; 14]);
        attribute(&mut stream, ATTACH_TITLE, b"KVYTAN~1.P7S\0");
        attribute(&mut stream, ATTACH_DATA, b"\x30\x80sealed");
        let name: Vec<u8> = "Квитанція.p7s\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut list = 2u32.to_le_bytes().to_vec();
        list.extend([3, 0, 0x05, 0x37, 1, 0, 0, 0]);
        property(&mut list, 0x1f, PROPERTY_LONG_NAME, &name);
        attribute(&mut stream, ATTACH_PROPERTIES, &list);
        if let Some(inner) = inner {
            attribute(&mut stream, ATTACH_RENDER_DATA, &[0; 14]);
            let mut object = vec![7; 16];
            object.extend(inner);
            let mut list = 1u32.to_le_bytes().to_vec();
            property(&mut list, 0x0d, PROPERTY_DATA, &object);
            attribute(&mut stream, ATTACH_PROPERTIES, &list);
        }
        stream
    }

    #[test]
    fn f31_attachments_come_out_of_winmail_dat() {
        let parts = unpack(&winmail(Some(&winmail(None))), 10);
        assert_eq!(parts.len(), 2, "the nested letter's attachment too");
        for part in parts {
            assert_eq!(part.name.as_deref(), Some("Квитанція.p7s"));
            assert_eq!(part.bytes, b"\x30\x80sealed");
        }
    }

    #[test]
    fn f50_winmail_dat_in_winmail_dat_has_an_end() {
        let mut stream = winmail(None);
        for _ in 0..40 {
            stream = winmail(Some(&stream));
        }
        assert_eq!(unpack(&stream, 100).len(), DEPTH);
        assert_eq!(unpack(&stream, 2).len(), 3, "one more than allowed, so that it shows");
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn damage_never_panics(at in 0usize..400, byte: u8, cut in 0usize..400) {
            let mut stream = winmail(Some(&winmail(None)));
            if let Some(place) = stream.get_mut(at) {
                *place = byte;
            }
            stream.truncate(cut.max(4));
            let _ = unpack(&stream, 10);
        }
    }
}
