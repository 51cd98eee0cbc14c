//! Numbers with their nouns, money, dates.

use super::*;
use crate::time::Span;
use jiff::civil::date;

fn money(minor: i64) -> Money {
    Money { minor, currency: "UAH".into() }
}

#[test]
fn ukrainian_numbers_agree_with_their_nouns() {
    let uk = of(Language::Uk);
    let said: Vec<String> = [1, 2, 5, 11, 12, 21, 22, 25, 89].iter().map(|n| uk.left(*n)).collect();
    let wanted = "1 день|2 дні|5 днів|11 днів|12 днів|21 день|22 дні|25 днів|89 днів";
    assert_eq!(said.join("|").replace('\u{a0}', " "), wanted);
    assert_eq!(uk.left(728).replace('\u{a0}', " "), "1 рік 11 міс.");
    assert_eq!(uk.term(2).replace('\u{a0}', " "), "2 роки");
    assert_eq!(uk.term(5).replace('\u{a0}', " "), "5 років");
}

#[test]
fn russian_numbers_agree_with_their_nouns() {
    let ru = of(Language::Ru);
    let said: Vec<String> = [1, 2, 5, 11, 12, 21, 22, 25, 89].iter().map(|n| ru.left(*n)).collect();
    let wanted = "1 день|2 дня|5 дней|11 дней|12 дней|21 день|22 дня|25 дней|89 дней";
    assert_eq!(said.join("|").replace('\u{a0}', " "), wanted);
    assert_eq!(ru.left(728).replace('\u{a0}', " "), "1 год 11 мес.");
    assert_eq!(ru.term(2).replace('\u{a0}', " "), "2 года");
    assert_eq!(ru.term(5).replace('\u{a0}', " "), "5 лет");
}

#[test]
fn belarusian_numbers_agree_with_their_nouns() {
    let be = of(Language::Be);
    let said: Vec<String> = [1, 2, 5, 11, 12, 21, 22, 25, 89].iter().map(|n| be.left(*n)).collect();
    let wanted = "1 дзень|2 дні|5 дзён|11 дзён|12 дзён|21 дзень|22 дні|25 дзён|89 дзён";
    assert_eq!(said.join("|").replace('\u{a0}', " "), wanted);
    assert_eq!(be.left(728).replace('\u{a0}', " "), "1 год 11 мес.");
    assert_eq!(be.term(2).replace('\u{a0}', " "), "2 гады");
    assert_eq!(be.term(5).replace('\u{a0}', " "), "5 гадоў");
}

/// A participle and a pronoun depend on the number too.
#[test]
fn letters_that_nobody_waited_for_agree_with_their_number() {
    let clock = Clock { now: Timestamp(0), zone: jiff::tz::TimeZone::UTC };
    let said = |language, letters| {
        let remark = PostRemark::Unclaimed { letters };
        of(language).post(remark, &clock).replace('\u{a0}', " ")
    };
    assert_eq!(said(Language::Uk, 1), "Збережено 1 справжню відповідь, на яку ніхто не чекав.");
    assert_eq!(said(Language::Uk, 2), "Збережено 2 справжні відповіді, на які ніхто не чекав.");
    assert_eq!(said(Language::Ru, 1), "Сохранён 1 подлинный ответ, которого никто не ждал.");
    assert_eq!(said(Language::Ru, 5), "Сохранено 5 подлинных ответов, которых никто не ждал.");
    assert_eq!(said(Language::Be, 21), "Захаваны 21 сапраўдны адказ, якога ніхто не чакаў.");
    assert_eq!(said(Language::Be, 3), "Захавана 3 сапраўдныя адказы, якіх ніхто не чакаў.");
}

#[test]
fn money_is_written_the_way_of_the_country() {
    assert_eq!(of(Language::Uk).money(&money(104_700)), "1\u{a0}047,00\u{a0}грн");
    assert_eq!(of(Language::En).money(&money(104_700)), "UAH\u{a0}1,047.00");
    // «грн» is contracted like «млн»: no full stop in any of the three.
    assert_eq!(of(Language::Ru).money(&money(104_700)), "1\u{a0}047,00\u{a0}грн");
    assert_eq!(of(Language::Be).money(&money(104_700)), "1\u{a0}047,00\u{a0}грн");
    assert_eq!(of(Language::Uk).money(&money(123_456_789)), "1\u{a0}234\u{a0}567,89\u{a0}грн");
    assert_eq!(of(Language::Uk).money(&money(-5)), "−0,05\u{a0}грн");
    let strange = Money { minor: i64::MIN, currency: "???".into() };
    assert!(of(Language::En).money(&strange).starts_with("???\u{a0}−92,233,720,368,547,758.08"));
}

#[test]
fn dates_and_spans() {
    let day = date(2026, 11, 22);
    assert_eq!(of(Language::Uk).date(day), "22.11.2026");
    assert_eq!(of(Language::En).date(day), "22 Nov 2026");
    assert_eq!(of(Language::Ru).date(day), "22.11.2026");
    assert_eq!(of(Language::Be).date(day), "22.11.2026");
    let span = Span::minutes(96);
    assert_eq!(of(Language::Uk).duration(span).replace('\u{a0}', " "), "1 год 36 хв");
    assert_eq!(of(Language::En).duration(span).replace('\u{a0}', " "), "1 h 36 min");
    assert_eq!(of(Language::Ru).duration(span).replace('\u{a0}', " "), "1 ч 36 мин");
    assert_eq!(of(Language::Be).duration(span).replace('\u{a0}', " "), "1 гадз 36 хв");
}

#[test]
fn eleven_is_spoken_with_a_vowel() {
    let zone = jiff::tz::TimeZone::UTC;
    let at = |hour| Timestamp::from_civil(date(2026, 11, 22).at(hour, 5, 0, 0), &zone);
    let clock = Clock { now: at(20), zone: zone.clone() };
    assert_eq!(of(Language::Uk).moment(at(8), &clock), "сьогодні о\u{a0}08:05");
    assert_eq!(of(Language::Uk).moment(at(11), &clock), "сьогодні об\u{a0}11:05");
    let yesterday = at(11) - Span::days(1);
    assert_eq!(of(Language::Uk).moment(yesterday, &clock), "вчора об\u{a0}11:05");
    assert_eq!(of(Language::Ru).moment(yesterday, &clock), "вчера в\u{a0}11:05");
    assert_eq!(of(Language::Be).moment(yesterday, &clock), "учора а\u{a0}11:05");
}

#[test]
fn every_language_is_read_by_its_own_tag() {
    for (tag, language) in Language::ALL {
        assert_eq!((language.tag(), Language::read(tag)), (*tag, Some(*language)));
    }
    assert_eq!(Language::read("pl"), None);
}
