//! BER, PEM, names, certificates, requests.

use super::super::ber::{self, Limits, to_der};
use super::super::cms;
use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap())
        .collect()
}

fn der(text: &str) -> Vec<u8> {
    to_der(&hex(text), Limits::default()).unwrap()
}

#[test]
fn ber_becomes_der() {
    // Indefinite lengths; a string in pieces, of definite and of indefinite length.
    assert_eq!(der("3080 020105 0000"), hex("3003 020105"));
    assert_eq!(der("2480 0401 61 0402 6263 0000"), hex("0403 616263"));
    assert_eq!(der("2407 040161 0402 6263"), hex("0403 616263"));
    assert_eq!(der("2480 2403 040161 040162 0000"), hex("0402 6162"));
    // Lengths longer than needed, and long ones in no more than it takes.
    assert_eq!(der("3082 0003 020105"), hex("3003 020105"));
    let long = [hex("2480 0482 0100"), vec![7; 256], hex("0000")].concat();
    assert_eq!(
        to_der(&long, Limits::default()).unwrap(),
        [hex("0482 0100"), vec![7; 256]].concat()
    );
    // Bits in pieces keep the last piece's unused count.
    assert_eq!(der("2380 0303 00 AABB 0302 04 C0 0000"), hex("0304 04 AABBC0"));
    // UTF8String in pieces of OCTET STRING.
    assert_eq!(der("2C80 0402 D097 0000"), hex("0C02 D097"));
    // The implicit [0] of EncryptedContentInfo, and the explicit one of eContent left alone.
    assert_eq!(
        der("3080 0603 2A0304 3002 0500 A080 0402 6162 0401 63 0000 0000"),
        hex("300E 0603 2A0304 3002 0500 8003 616263")
    );
    assert_eq!(
        der("3080 0603 2A0304 A080 2480 0401 61 0000 0000 0000"),
        hex("300A 0603 2A0304 A003 0401 61")
    );
    // What a signature may cover stays: the order of a SET, a TRUE of 01.
    assert_eq!(der("3180 0201 05 0201 01 0101 01 0000"), hex("3109 0201 05 0201 01 0101 01"));
}

#[test]
fn what_is_not_ber_is_refused_with_its_place() {
    let refused = |text: &str| to_der(&hex(text), Limits::default()).unwrap_err();
    assert_eq!(refused("3003 020105 00").at, 5);
    for broken in [
        "",
        "30",
        "3004 0201",
        "3080 020105",
        "0480 0000",
        "1000",
        "3F0100",
        "2403 020105",
        "3085 0100000000",
        "30FF",
        "0000",
        "30020000",
        "2380 0302 04 C0 0302 00 AA 0000",
        "3003 0203 05",
    ] {
        refused(broken);
    }
    let deep = [hex("3080").repeat(200_000), hex("0000").repeat(200_000)].concat();
    assert_eq!(
        to_der(&deep, Limits::default()).unwrap_err().fault,
        "nested deeper than anybody needs"
    );
    let small = Limits { size: 4, depth: 9 };
    assert!(to_der(&hex("3003 020105"), small).is_err());
}

#[test]
fn der_passes_the_door_unchanged() {
    let a = authority();
    for bytes in [a.root.certificate.der().to_vec(), sealed_to(&a.holder.certificate, b"x")] {
        assert_eq!(to_der(&bytes, Limits::default()).unwrap(), bytes);
        let pem = ber::wrap_pem("ANYTHING", &bytes);
        assert_eq!(ber::door(format!("Bag\r\n{pem}").as_bytes()).unwrap(), bytes);
    }
}

#[test]
fn a_certificate_says_who_and_what() {
    let holder = &authority().holder.certificate;
    let subject = holder.subject();
    assert_eq!(subject.common_name.as_deref(), Some("Криниченко Одарка Вигадівна"));
    assert_eq!(subject.organisation.as_deref(), Some("ТОВ «Вигадана Криниця»"));
    assert_eq!(subject.title.as_deref(), Some("Директор"));
    assert_eq!(subject.edrpou.as_deref(), Some("12345678"));
    assert_eq!(subject.drfo.as_deref(), Some("1234567890"));
    assert_eq!(subject.email.as_deref(), Some("odarka@example.test"));
    assert_eq!((holder.not_before(), holder.not_after()), valid());
    assert_eq!(holder.serial(), "3");
    assert!(holder.serves(Usage::Signing) && holder.serves(Usage::Agreement));
    assert!(holder.is_electronic_seal() && !authority().signer.certificate.is_electronic_seal());
    assert!(!holder.is_authority() && authority().root.certificate.is_authority());
    assert!(!authority().signer.certificate.serves(Usage::Agreement));
    assert_eq!(&Certificate::read(holder.pem().as_bytes()).unwrap(), holder);
}

#[test]
fn an_issuer_has_the_name_and_the_key() {
    let holder = &authority().holder.certificate;
    assert_eq!(holder.is_issued_by(&authority().root.certificate, &SUITE), Ok(()));
    // The root's key under another name, and its name over another key.
    let renamed = root("Інший ЦСК", 1).certificate;
    assert!(holder.is_issued_by(&renamed, &SUITE).is_err());
    let double = root("Вигаданий ЦСК", 93).certificate;
    let refused = holder.is_issued_by(&double, &SUITE).unwrap_err();
    assert_eq!(refused.to_string(), "the signature of the certificate does not hold");
}

#[test]
fn codes_of_the_newer_fashion_stand_in_the_name() {
    let subject = name::build(&[
        (oid::COMMON_NAME, "Вигадана Одарка"),
        (oid::SERIAL_NUMBER, "TINUA-0987654321"),
        (oid::ORGANISATION_IDENTIFIER, "NTRUA-87654321"),
    ]);
    let pair = below(&authority().root, subject, Role::Half(Usage::Agreement), 7);
    assert_eq!(pair.certificate.subject().edrpou.as_deref(), Some("87654321"));
    assert_eq!(pair.certificate.subject().drfo.as_deref(), Some("0987654321"));
}

#[test]
fn a_certificate_with_a_dstu_key_reads_though_nobody_here_computes_with_it() {
    // SubjectPublicKeyInfo of ukraine.md §3.2 with made-up key octets.
    let object = const_oid::ObjectIdentifier::new_unwrap("1.2.804.2.1.1.1.1.3.1.1");
    let key = tlv::sequence(&[
        &tlv::sequence(&[&tlv::oid(object), &tlv::sequence(&[&tlv::octets(&[1; 64])])]),
        &tlv::bits(&tlv::octets(&[0x42; 33])),
    ]);
    let role = Role::Half(Usage::Signing);
    let wanted = Template::new(director(), key.clone(), role, 9, valid());
    let made = issue(&wanted, &authority().root, &SUITE, &mut chance(1)).unwrap();
    assert_eq!(made.public_key(), key);
    assert!(made.serves(Usage::Signing) && !made.serves(Usage::Agreement));
    assert!(
        SUITE
            .verify_bytes(
                &key,
                b"",
                &super::super::Signature {
                    algorithm: tlv::sequence(&[&tlv::oid(object)]),
                    bytes: vec![]
                }
            )
            .is_err()
    );
}

#[test]
fn names_compare_by_what_they_say() {
    let text = |tag: u8, content: &[u8]| {
        let value = tlv::element(tag, &[content]);
        let pair = tlv::sequence(&[&tlv::oid(oid::COMMON_NAME), &value]);
        tlv::sequence(&[&tlv::element(tlv::SET, &[&pair])])
    };
    let wide: Vec<u8> = "Ґанок".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert!(name::same(&text(0x0C, "Ґанок".as_bytes()), &text(0x1E, &wide)));
    assert!(name::same(&text(0x0C, b"A "), &text(0x13, b"A")));
    assert!(!name::same(&text(0x0C, b"A"), &text(0x13, b"B")));
    assert!(!name::same(&text(0x0C, b"A"), &hex("3001")));
    assert_eq!(name::display(&text(0x1E, &wide)), "Ґанок");
    assert_eq!(name::display(&text(0x14, b"caf\xE9")), "café");
}

#[test]
fn a_request_is_refused_when_its_signature_does_not_hold() {
    let suite: &dyn Suite = &SUITE;
    let key = &authority().holder.key;
    let mut request = suite.request(key, &director(), &mut chance(6)).unwrap();
    assert_eq!(suite.read_request(&request).unwrap().subject, director());
    // The attributes are there, and empty (RFC 2986 §4.1).
    assert!(request.windows(2).any(|w| w == [0xA0, 0x00]));
    let at = request.windows(4).position(|w| w == "Ди".as_bytes()).unwrap();
    request[at + 1] ^= 1;
    let refused = suite.read_request(&request).unwrap_err();
    assert_eq!(refused.to_string(), "the signature of the PKCS#10 request does not hold");
}

#[test]
fn one_seed_makes_the_same_bytes() {
    let a = authority();
    assert_eq!(sealed_to(&a.holder.certificate, b"x"), sealed_to(&a.holder.certificate, b"x"));
    assert_eq!(signed_by(&a.signer, b"x"), signed_by(&a.signer, b"x"));
    let keys = [3, 3, 4].map(|seed| SUITE.generate(Usage::Signing, &mut chance(seed)).unwrap());
    assert_eq!(keys[0].pkcs8(), keys[1].pkcs8());
    assert_ne!(keys[0].pkcs8(), keys[2].pkcs8());
}

#[test]
fn a_bundle_keeps_every_certificate() {
    let a = authority();
    let all = [a.root.certificate.clone(), a.holder.certificate.clone()];
    let read = cms::read_certs_only(&cms::certs_only(&all)).unwrap();
    assert!(read.len() == 2 && all.iter().all(|c| read.contains(c)));
}

#[test]
fn a_hostile_key_file_may_not_make_us_compute() {
    let scrypt = |n: &[u8], r: u32| {
        let kind = const_oid::ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11591.4.11");
        let parts = [
            tlv::octets(&[1; 16]),
            tlv::element(tlv::INTEGER, &[n]),
            tlv::number(r),
            tlv::number(1),
        ];
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let kdf = tlv::sequence(&[&tlv::oid(kind), &tlv::sequence(&parts)]);
        let cipher = tlv::sequence(&[&tlv::oid(oid::AES256_CBC), &tlv::octets(&[2; 16])]);
        let scheme = const_oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
        let algorithm = tlv::sequence(&[&tlv::oid(scheme), &tlv::sequence(&[&kdf, &cipher])]);
        tlv::sequence(&[&algorithm, &tlv::octets(&[3; 32])])
    };
    let refused = SUITE.unprotect(&scrypt(&[0x10, 0, 0, 0], 8), b"x").err().unwrap();
    assert!(refused.to_string().contains("scrypt with N = 268435456"), "{refused}");
    let refused = SUITE.unprotect(&scrypt(&[0x40, 0], 8), b"x").err();
    assert_eq!(refused, Some(super::super::CryptoError::WrongPassword));
    let plain = ber::wrap_pem("PRIVATE KEY", authority().holder.key.pkcs8());
    let refused = SUITE.unprotect(plain.as_bytes(), b"x").err().unwrap();
    assert!(refused.to_string().contains("the file says «PRIVATE KEY»"), "{refused}");
}
