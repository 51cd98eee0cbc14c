//! Parcels that are broken, too deep or too large inside; and attachments in disguise.

use certpost::authority::sota::container::{self, Section, UA1_SIGN};
use certpost::carrier::folder::Folder;
use certpost::engine::ports::Form;
use certpost::exchange::StageName;
use certpost::store::Fate;

use crate::stage::*;

/// The bad one in front of a good one: filed once each, and only the good one counts. Brought
/// again, the bad one is known.
fn in_front_of_a_good_one(play: &mut Play, bad: &Form) {
    let good = play.first_receipt().letter();
    let old = play.in_place("director");
    play.put(bad.clone());
    play.deliver(&good);
    assert_eq!(play.round().filed, 2);
    assert_eq!(play.stage("director-1"), StageName::Acknowledged);
    assert_eq!(play.in_place("director"), old);
    assert_eq!(play.desk().sent.len(), 1);
    play.nothing_more();
    let before = play.picture();
    play.put(bad.clone());
    assert_eq!(play.round().filed, 0);
    assert_eq!(play.picture(), before);
}

fn quarantined(mut play: Play, bad: Vec<u8>, words: &str) {
    in_front_of_a_good_one(&mut play, &Form::Letter(bad.clone()));
    let reason = play.quarantined(&bad);
    assert!(reason.contains(words), "{reason}");
}

/// Receipt №1 with its parcel changed.
fn changed(play: &mut Play, change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut answer = play.first_receipt();
    change(&mut answer.timed.part.bytes);
    answer.letter()
}

/// Content that the authority itself signed, so many times over.
fn signed(play: &mut Play, dialect: &str, content: &[u8], layers: usize) -> Vec<u8> {
    let signer = play.authorities[0].keys.signer.clone();
    let mut bytes = content.to_vec();
    for _ in 0..layers {
        bytes = play.suite.sign(&bytes, &signer, play.now, &mut play.chance).unwrap();
        if dialect == "sota" {
            let section = Section { label: UA1_SIGN, payload: &bytes };
            bytes = container::write(&[section]).unwrap();
        }
    }
    let mut answer = play.first_receipt();
    answer.timed.part.bytes = bytes;
    answer.letter()
}

#[test]
fn a_truncated_parcel() {
    for (dialect, words) in DIALECTS.iter().zip(["UA1_SIGN at byte", "malformed"]) {
        let mut play = Play::sent(dialect);
        let bad = changed(&mut play, |bytes| bytes.truncate(bytes.len() / 2));
        quarantined(play, bad, words);
    }
}

#[test]
fn lengths_beyond_the_end() {
    let long = [b"UA1_SIGN\0".as_slice(), &[0xff; 4], b"x"].concat();
    let der = b"\x30\x84\xff\xff\xff\xff\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0".to_vec();
    for (dialect, (bytes, words)) in DIALECTS.iter().zip([(long, "is cut off"), (der, "malformed")])
    {
        let mut play = Play::sent(dialect);
        let bad = changed(&mut play, |parcel| parcel.clone_from(&bytes));
        quarantined(play, bad, words);
    }
}

#[test]
fn f50_twenty_layers() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let bad = signed(&mut play, dialect, b"<DECLAR/>", 20);
        quarantined(play, bad, "sealed more than 16 layers deep");
    }
}

#[test]
fn f50_entities_depth_and_size_of_xml_that_the_authority_itself_signed() {
    let head = "<?xml version=\"1.0\" encoding=\"windows-1251\"?>\n";
    let bomb = "<!DOCTYPE DECLAR [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">\
                <!ENTITY c \"&b;&b;&b;&b;\">]><DECLAR>&c;</DECLAR>";
    let doctype = "<!DOCTYPE DECLAR SYSTEM \"file:///etc/passwd\"><DECLAR/>";
    let deep = format!("<DECLAR>{}{}</DECLAR>", "<A>".repeat(50_000), "</A>".repeat(50_000));
    let large = format!("<DECLAR><A>{}</A></DECLAR>", "а".repeat(3 << 20));
    for (content, words) in [
        (bomb, "it has <!DOCTYPE"),
        (doctype, "it has <!DOCTYPE"),
        (deep.as_str(), "levels of XML: more than 64"),
        (large.as_str(), "bytes of XML: more than"),
    ] {
        let mut play = Play::sent("sota");
        let content = encoding_rs::WINDOWS_1251.encode(&format!("{head}{content}")).0.into_owned();
        let bad = signed(&mut play, "sota", &content, 1);
        quarantined(play, bad, words);
    }
}

#[test]
fn f50_signed_content_that_is_nothing_we_know() {
    let content =
        b"Content-Type: text/plain\r\n\r\nReference: 1\r\nAnswer: perhaps\r\nCode: 99912345\r\n";
    let words = ["malformed", "\"perhaps\" is not known"];
    for (dialect, words) in DIALECTS.iter().zip(words) {
        let mut play = Play::sent(dialect);
        let bad = signed(&mut play, dialect, content, 1);
        quarantined(play, bad, words);
    }
}

#[test]
fn f50_a_letter_of_100_mb_is_not_fetched_and_told() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let header = "From: big@example.org\r\nSubject: Великий лист\r\n\r\n".as_bytes().to_vec();
        in_front_of_a_good_one(&mut play, &Form::Oversized { header, bytes: 100 << 20 });
        let arrival = play.picture().arrivals.remove(0);
        assert_eq!(arrival.subject, "Великий лист");
        let Fate::Quarantined { reason } = arrival.fate else { panic!("{:?}", arrival.fate) };
        assert_eq!(reason, "the letter has 104857600 bytes; the limit is 26214400");
    }
}

#[test]
fn f50_a_letter_over_the_limit_that_came_all_the_same() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        play.engine.setup.limits.letter.letter_bytes = 50_000;
        let bad = raw("From: big@example.org\r\nSubject: x", &"x".repeat(60_000));
        quarantined(play, bad, "bytes; the limit is 50000");
    }
}

#[test]
fn f50_large_files_in_a_folder_are_told_one_by_one() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let parcel = play.first_receipt().timed.part.bytes;
        let place = tempfile::tempdir().unwrap();
        play.engine.carrier = Box::new(Folder::new(place.path().to_owned(), 1 << 20).unwrap());
        let inbox = place.path().join("inbox");
        for name in ["1.p7s", "2.p7s"] {
            std::fs::File::create(inbox.join(name)).unwrap().set_len(100 << 20).unwrap();
        }
        std::fs::write(inbox.join("3.p7s"), parcel).unwrap();
        assert_eq!(play.round().filed, 3);
        assert_eq!(play.stage("director-1"), StageName::Acknowledged, "{dialect}");
        let arrivals = play.picture().arrivals;
        let subjects: Vec<_> = arrivals.iter().map(|one| one.subject.as_str()).collect();
        assert_eq!(subjects, ["1.p7s", "2.p7s", "3.p7s"]);
        assert!(matches!(&arrivals[1].fate, Fate::Quarantined { reason }
            if reason.starts_with("the letter has 104857600 bytes")));
        play.nothing_more();
    }
}

#[test]
fn f30_declared_types_and_names_are_ignored() {
    for dialect in DIALECTS {
        for (name, content_type) in [
            (Some("receipt.dat"), "application/octet-stream"),
            (None, "application/octet-stream"),
            (Some("photo.jpg"), "image/jpeg"),
            (Some("лист.txt"), "text/plain; charset=windows-1251"),
            (Some("a.xml"), "application/xml"),
        ] {
            let mut play = Play::sent(dialect);
            let letter = play.first_receipt().disguised(name, content_type);
            play.deliver(&letter);
            play.round();
            let stage = play.stage("director-1");
            assert_eq!(stage, StageName::Acknowledged, "{dialect}: {content_type}");
            play.nothing_more();
        }
    }
}

/// Outlook's envelope around one attachment (MS-OXTNEF).
fn winmail(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = 0x223e_9f78_u32.to_le_bytes().to_vec();
    stream.extend([1, 0]);
    let title = [name.as_bytes(), b"\0"].concat();
    let attributes: [(u32, &[u8]); 3] =
        [(0x0006_9002, &[0; 14]), (0x0001_8010, &title), (0x0006_800f, bytes)];
    for (id, data) in attributes {
        stream.push(2);
        stream.extend(id.to_le_bytes());
        stream.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        stream.extend(data);
        let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add((*byte).into()));
        stream.extend(sum.to_le_bytes());
    }
    stream
}

#[test]
fn f31_a_receipt_in_winmail_dat_counts() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let mut answer = play.first_receipt();
        answer.timed.part.bytes = winmail("KVYTAN~1.P7S", &answer.timed.part.bytes);
        let letter = answer.disguised(Some("winmail.dat"), "application/ms-tnef");
        play.deliver(&letter);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Acknowledged, "{dialect}");
        play.nothing_more();
    }
}
