//! The archive of a pack: a zip (PKWARE APPNOTE 6.3) of one shape only. Files are stored, dated
//! 1980-01-01, without comments and extra fields, [`FIRST`] first and the others by name: the same
//! files make the same bytes for ever, on any machine and with any version of certpost. That is
//! why it is written here and not by a crate, whose next version may write another byte; every
//! unzip program opens it.
//!
//! Nothing is compressed, so nothing swells; names are checked, so nothing lands elsewhere.

use std::collections::BTreeMap;

/// The manifest.
pub const FIRST: &str = "MANIFEST.json";
/// Bytes of a pack that is read.
pub const LARGEST: usize = 64 << 20;
/// Files in a pack.
pub const MOST: usize = 2000;
/// Characters of a name.
const NAME: usize = 120;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// 1980-01-01, the first day that a zip knows.
const DAY: u16 = 0x0021;
const LOCAL_SIZE: usize = 30;

/// Files by their names.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Fault {
    /// A file of the pack, or `byte 1234` of the archive.
    pub place: String,
    pub what: String,
}

impl Fault {
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }

    fn at(offset: usize, what: impl Into<String>) -> Self {
        Self::new(format!("byte {offset}"), what)
    }
}

/// Small Latin words with digits, `-`, `_` and `.`, in at most two levels.
pub fn is_name(name: &str) -> bool {
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphanumeric())
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
            && !word.contains("..")
    };
    name.len() <= NAME && name.split('/').count() <= 2 && name.split('/').all(word)
}

fn ordered(files: &Files) -> impl Iterator<Item = (&str, &[u8])> {
    let first = files.get_key_value(FIRST);
    let others = files.iter().filter(|(name, _)| *name != FIRST);
    first.into_iter().chain(others).map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
}

/// The one archive of these files. `None` when a zip of this shape can't hold them.
pub fn write(files: &Files) -> Option<Vec<u8>> {
    let sizes: usize = files.iter().map(|(name, bytes)| name.len() * 2 + bytes.len() + 80).sum();
    if files.len() > MOST || sizes > LARGEST || !files.keys().all(|name| is_name(name)) {
        return None;
    }
    let mut archive = Vec::with_capacity(sizes + 22);
    let mut directory = Vec::new();
    for (name, bytes) in ordered(files) {
        let offset = u32::try_from(archive.len()).ok()?;
        let facts = facts(name, bytes)?;
        archive.extend(LOCAL.to_le_bytes());
        archive.extend(&facts);
        archive.extend(name.as_bytes());
        archive.extend(bytes);
        directory.extend(CENTRAL.to_le_bytes());
        // Made by version 1.0 for MS-DOS: no rights of files come along.
        directory.extend(10_u16.to_le_bytes());
        directory.extend(&facts);
        // Comment, disk, attributes inside and outside.
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, size) = (u32::try_from(archive.len()).ok()?, u32::try_from(directory.len()).ok()?);
    let count = u16::try_from(files.len()).ok()?;
    archive.extend(directory);
    archive.extend(END.to_le_bytes());
    archive.extend([0; 4]);
    archive.extend(count.to_le_bytes());
    archive.extend(count.to_le_bytes());
    archive.extend(size.to_le_bytes());
    archive.extend(start.to_le_bytes());
    archive.extend([0; 2]);
    Some(archive)
}

/// What the local and the central header say alike: version, flags, method, time, day, checksum,
/// sizes, lengths of name and extra field.
fn facts(name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let size = u32::try_from(bytes.len()).ok()?;
    let mut facts = Vec::with_capacity(26);
    for half in [10_u16, 0, 0, 0, DAY] {
        facts.extend(half.to_le_bytes());
    }
    for word in [crc32fast::hash(bytes), size, size] {
        facts.extend(word.to_le_bytes());
    }
    facts.extend(u16::try_from(name.len()).ok()?.to_le_bytes());
    facts.extend([0; 2]);
    Some(facts)
}

/// The files of an archive, as far as they can be read, and every way in which it is not the one
/// archive of these files.
pub fn read(archive: &[u8]) -> (Files, Vec<Fault>) {
    let mut faults = Vec::new();
    let mut files = Files::new();
    if archive.len() > LARGEST {
        let what = format!("the pack has {} bytes; at most {LARGEST} are read", archive.len());
        return (files, vec![Fault::new("archive", what)]);
    }
    let mut at = 0;
    while archive.get(at..at + 4) == Some(&LOCAL.to_le_bytes()) {
        match entry(archive, at) {
            Ok((name, bytes, next)) => {
                if files.len() >= MOST {
                    faults.push(Fault::at(at, format!("more than {MOST} files")));
                    break;
                }
                if files.insert(name.to_owned(), bytes.to_vec()).is_some() {
                    faults.push(Fault::new(name, "it is there twice"));
                }
                at = next;
            }
            Err(fault) => {
                faults.push(fault);
                break;
            }
        }
    }
    if files.is_empty() {
        faults.push(Fault::at(0, "no file of a pack begins here: this is no evidence pack"));
        return (files, faults);
    }
    // Whatever else may be wrong: made anew from its files, the archive has the same bytes.
    match write(&files) {
        Some(anew) if anew == archive => {}
        Some(anew) => faults.push(difference(archive, &anew, &files)),
        None => faults.push(Fault::new("archive", "certpost would not write these files")),
    }
    (files, faults)
}

/// A local header with what follows it: name, bytes, and where the next one begins.
fn entry(archive: &[u8], at: usize) -> Result<(&str, &[u8], usize), Fault> {
    let head = archive.get(at..at + LOCAL_SIZE).ok_or_else(|| Fault::at(at, "cut off here"))?;
    let number = |from: usize, size: usize| {
        let bytes = head.get(from..from + size).unwrap_or_default();
        bytes.iter().rev().fold(0_usize, |number, byte| number << 8 | usize::from(*byte))
    };
    let (stored, full) = (number(18, 4), number(22, 4));
    let (name_size, extra) = (number(26, 2), number(28, 2));
    if number(8, 2) != 0 || stored != full || number(6, 2) != 0 || extra != 0 {
        let what = "this file was not stored by certpost: another program packed the archive, or \
                    its header was changed";
        return Err(Fault::at(at, what));
    }
    let from = at + LOCAL_SIZE;
    let name = archive.get(from..from + name_size).and_then(|name| std::str::from_utf8(name).ok());
    let name = name.filter(|name| is_name(name));
    let name = name.ok_or_else(|| Fault::at(from, "no name that certpost writes"))?;
    let from = from + name_size;
    let bytes = archive.get(from..from.saturating_add(stored));
    let bytes = bytes.ok_or_else(|| Fault::new(name, "its end is missing"))?;
    Ok((name, bytes, from + stored))
}

/// Where an archive leaves what it should be.
fn difference(archive: &[u8], anew: &[u8], files: &Files) -> Fault {
    let same = archive.iter().zip(anew).take_while(|(a, b)| a == b).count();
    let mut at = 0;
    for (name, bytes) in ordered(files) {
        let end = at + LOCAL_SIZE + name.len() + bytes.len();
        if same < end {
            let what = if (at + 14..at + 18).contains(&same) {
                "its checksum does not hold: its content or the checksum was changed"
            } else {
                "its header was changed, or it stands in another order"
            };
            return Fault::new(name, what);
        }
        at = end;
    }
    if same == anew.len() {
        return Fault::at(same, "something was added behind the end");
    }
    if same == archive.len() {
        return Fault::at(same, "the end is missing");
    }
    Fault::at(same, "the archive's list of files was changed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn files() -> Files {
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
        [file("a/b.txt", "б"), file(FIRST, "{}"), file("z.txt", "")].into_iter().collect()
    }

    #[test]
    fn others_open_it() {
        let bytes = write(&files()).unwrap();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap();
        let names: Vec<String> =
            (0..3).map(|at| archive.by_index(at).unwrap().name().unwrap().into_owned()).collect();
        assert_eq!(names, [FIRST, "a/b.txt", "z.txt"]);
        let mut text = String::new();
        std::io::Read::read_to_string(&mut archive.by_name("a/b.txt").unwrap(), &mut text).unwrap();
        assert_eq!(text, "б");
        assert_eq!(read(&bytes), (files(), vec![]));
    }

    #[test]
    fn only_plain_names_are_names() {
        for good in ["MANIFEST.json", "letters/sent-1.eml", "a_b/c.d"] {
            assert!(is_name(good), "{good}");
        }
        for bad in
            ["", "/a", "../a", "a/../b", "a//b", "a/b/c", ".a", "a/.b", "а", "a\\b", "a b", "C:a"]
        {
            assert!(!is_name(bad), "{bad}");
        }
        assert!(!is_name(&"a".repeat(121)));
        let evil = [("../a".to_owned(), vec![])].into_iter().collect();
        assert_eq!(write(&evil), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>, at in 0usize..200, cut in 0usize..400) {
            prop_assert!(!read(&bytes).1.is_empty());
            let mut archive = write(&files()).unwrap();
            let at = at.min(archive.len());
            archive.splice(at..(at + bytes.len()).min(archive.len()), bytes);
            archive.truncate(cut);
            let (found, faults) = read(&archive);
            prop_assert!(!faults.is_empty() || found == files());
        }
    }
}
