//! Made-up organisations and people, from a seed. Surnames, given names and patronymics are mixed
//! at random; codes have the right shape and are not given out.

use rand_core::CryptoRng;

use crate::authority::{OrganisationKind, Role};

/// A made-up organisation: with four holders, or a sole proprietor, who is the only one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    pub kind: OrganisationKind,
    pub name: String,
    /// ЄДРПОУ, 8 digits, beginning with 999: a range that is not given out. Of a sole proprietor
    /// the ДРФО, 10 digits, beginning with 9: for people who are born after 2146.
    pub code: String,
    pub holders: Vec<Person>,
    /// Who answers for the certificates.
    pub responsible: String,
    pub phone: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Id in the configuration.
    pub id: &'static str,
    pub role: Role,
    pub name: String,
    pub drfo: Option<String>,
    pub email: String,
    /// Days until the certificates end.
    pub days_left: u8,
}

const COMPANIES: [&str; 8] = [
    "ТОВ «Проба»",
    "ТОВ «Зразок»",
    "ПП «Взірець»",
    "ТОВ «Приклад-Сервіс»",
    "ТОВ «Вигадка»",
    "ПАТ «Модель»",
    "ТОВ «Начебто»",
    "ФГ «Уявний лан»",
];
const SURNAMES: [&str; 10] = [
    "Яременко",
    "Гнатів",
    "Дзюба",
    "Стельмах",
    "Зозуля",
    "Кушнір",
    "Ломака",
    "Пилипчук",
    "Рудь",
    "Хмара",
];
const WOMEN: [&str; 6] = ["Соломія", "Мотря", "Орися", "Зоряна", "Уляна", "Дарина"];
const MEN: [&str; 6] = ["Остап", "Лук'ян", "Тарас", "Назар", "Устим", "Юхим"];
const MATRONYMICS: [&str; 4] = ["Остапівна", "Назарівна", "Юхимівна", "Тарасівна"];
const PATRONYMICS: [&str; 4] = ["Остапович", "Назарович", "Юхимович", "Тарасович"];

impl Company {
    pub fn make_up(chance: &mut dyn CryptoRng) -> Self {
        let name = pick(&COMPANIES, chance).to_owned();
        let code = format!("999{}", digits(5, chance));
        let email = format!("office@{code}.example");
        let director = person(chance);
        let holders = [
            ("director", Role::Director, director.clone()),
            ("accountant", Role::Accountant, person(chance)),
            ("seal", Role::Seal, name.clone()),
            ("employee", Role::Employee, person(chance)),
        ];
        let holders = holders.map(|(id, role, name)| Person {
            id,
            role,
            drfo: (role != Role::Seal).then(|| format!("9{}", digits(9, chance))),
            name,
            email: email.clone(),
            days_left: days_left(chance),
        });
        let phone = format!("+38044{}", digits(7, chance));
        let kind = OrganisationKind::Legal;
        Self { kind, name, code, holders: holders.into(), responsible: director, phone }
    }

    /// A sole proprietor: one holder, whose code is the organisation's.
    pub fn make_up_proprietor(chance: &mut dyn CryptoRng) -> Self {
        let name = person(chance);
        let code = format!("9{}", digits(9, chance));
        let holder = Person {
            id: "director",
            role: Role::Director,
            name: name.clone(),
            drfo: Some(code.clone()),
            email: format!("office@fop-{code}.example"),
            days_left: days_left(chance),
        };
        Self {
            kind: OrganisationKind::SoleProprietor,
            name: format!("ФОП {name}"),
            code,
            holders: vec![holder],
            responsible: name,
            phone: format!("+38044{}", digits(7, chance)),
        }
    }
}

/// Within the lead of every profile.
fn days_left(chance: &mut dyn CryptoRng) -> u8 {
    15 + u8::try_from(chance.next_u32() % 30).unwrap_or(0)
}

fn person(chance: &mut dyn CryptoRng) -> String {
    let surname = pick(&SURNAMES, chance);
    if chance.next_u32().is_multiple_of(2) {
        format!("{surname} {} {}", pick(&WOMEN, chance), pick(&MATRONYMICS, chance))
    } else {
        format!("{surname} {} {}", pick(&MEN, chance), pick(&PATRONYMICS, chance))
    }
}

fn pick<'a>(from: &[&'a str], chance: &mut dyn CryptoRng) -> &'a str {
    let index = usize::try_from(chance.next_u32()).unwrap_or(0) % from.len().max(1);
    from.get(index).copied().unwrap_or_default()
}

fn digits(count: usize, chance: &mut dyn CryptoRng) -> String {
    (0..count)
        .map(|_| char::from(b'0' + u8::try_from(chance.next_u32() % 10).unwrap_or(0)))
        .collect()
}
