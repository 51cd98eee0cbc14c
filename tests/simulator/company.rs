//! A made-up organisation, its authority, and what it sends.

use std::sync::Arc;

use certpost::authority::{
    Application, Organisation, OrganisationKind, Parcel, Payment, Profile, Receipt, Requested,
    Role, Word, dialect,
};
use certpost::crypto::{Opener, Pair, Sealer, Suite, Trust, Usage, suite};
use certpost::exchange::Money;
use certpost::mail::Part;
use certpost::simulator::authority::{Authority, Enrolment, Keys, Manners, Timed};
use certpost::time::{Span, Timestamp};
use jiff::civil::date;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use zeroize::Zeroizing;

/// 2026-11-23T08:00:00Z, a Monday, 10:00 in Kyiv.
pub const NOW: Timestamp = Timestamp(1_795_420_800);
pub const NAME: &str = "ТОВ «Ґанок»";
pub const ORDER: &str = "99912345-20261123";
pub const AGENT: &str = "office@proba.example";
/// ЄДРПОУ; 999… is not given out.
const CODE: &str = "99912345";
pub const DIRECTOR: &str = "Ґалаґан Єва Їжаківна";
pub const DIRECTOR_DRFO: &str = "9234567899";

pub struct Holder {
    pub role: Role,
    pub name: &'static str,
    pub drfo: Option<&'static str>,
    pub signing: Pair,
    pub agreement: Pair,
}

pub struct Company {
    pub kind: OrganisationKind,
    pub code: String,
    pub suite: Arc<dyn Suite>,
    pub chance: ChaCha20Rng,
    pub authority: Authority,
    pub holders: Vec<Holder>,
    sequence: u32,
}

impl Company {
    pub fn new(talk: &str, sealed_by: &str, manners: Manners) -> Self {
        Self::of(OrganisationKind::Legal, talk, sealed_by, manners)
    }

    pub fn of(kind: OrganisationKind, talk: &str, sealed_by: &str, manners: Manners) -> Self {
        let mut chance = ChaCha20Rng::seed_from_u64(11);
        let suite: Arc<dyn Suite> = suite(sealed_by).unwrap().into();
        let title = "АЦСК «Проба»";
        let keys = Keys::make(suite.as_ref(), title, "99900001", NOW, &mut chance).unwrap();
        let mut profile = Profile::built_in(talk).unwrap().unwrap();
        sealed_by.clone_into(&mut profile.suite);
        let of_ours = suite.clone();
        let authority =
            Authority::new(title.into(), "99900001".into(), profile, of_ours, keys, manners);
        let code = match kind {
            OrganisationKind::Legal => CODE,
            OrganisationKind::SoleProprietor => DIRECTOR_DRFO,
        };
        let mut company = Self {
            kind,
            code: code.into(),
            suite,
            chance,
            authority: authority.unwrap(),
            holders: Vec::new(),
            sequence: 0,
        };
        company.enrol(Role::Director, DIRECTOR, Some(DIRECTOR_DRFO));
        if kind == OrganisationKind::Legal {
            company.enrol(Role::Accountant, "Лук'янович Олесь Ярович", Some("9234567888"));
            company.enrol(Role::Seal, NAME, None);
        }
        company
    }

    fn enrol(&mut self, role: Role, name: &'static str, drfo: Option<&'static str>) {
        let (signing, agreement) = self.pairs(role, name, drfo, NOW + Span::days(20));
        self.holders.push(Holder { role, name, drfo, signing, agreement });
    }

    /// A pair of certificates, signing and agreement, that end at `ends`.
    pub fn pairs(
        &mut self,
        role: Role,
        name: &str,
        drfo: Option<&str>,
        ends: Timestamp,
    ) -> (Pair, Pair) {
        let enrolment = Enrolment {
            organisation: NAME,
            code: &self.code,
            role,
            name,
            drfo,
            email: AGENT,
            not_before: ends - Span::days(730),
            not_after: ends,
        };
        let Authority { keys, register, .. } = &mut self.authority;
        let mut pair = |usage| {
            enrolment.enrol(usage, keys, register, self.suite.as_ref(), &mut self.chance).unwrap()
        };
        (pair(Usage::Signing), pair(Usage::Agreement))
    }

    /// Another authority with the same keys, manners and register.
    pub fn twin(&self) -> Authority {
        let Authority { title, code, profile, suite, keys, manners, register, .. } =
            &self.authority;
        let (profile, suite) = (profile.clone(), suite.clone());
        let (keys, manners) = (keys.clone(), manners.clone());
        let twin = Authority::new(title.clone(), code.clone(), profile, suite, keys, manners);
        let mut twin = twin.unwrap();
        twin.register = register.clone();
        twin
    }

    pub fn organisation(&self) -> Organisation {
        Organisation {
            kind: self.kind,
            name: NAME.into(),
            code: self.code.clone(),
            region: 26,
            district: 50,
            responsible: DIRECTOR.into(),
            phone: "+38 (044) 000-00-00".into(),
        }
    }

    pub fn price(&self) -> Money {
        Money { minor: 34_900, currency: "UAH".into() }
    }

    /// The application of the `index`-th holder, sealed.
    pub fn apply(&mut self, index: usize, payment: Payment, order: &str) -> Parcel {
        self.sequence += 1;
        let (suite, organisation) = (self.suite.clone(), self.organisation());
        let holder = &self.holders[index];
        let mut requests = Vec::new();
        for old in [&holder.signing, &holder.agreement] {
            let usage = if requests.is_empty() { Usage::Signing } else { Usage::Agreement };
            let key = suite.generate(usage, &mut self.chance).unwrap();
            let subject = old.certificate.subject_der();
            let request = suite.request(&key, subject, &mut self.chance).unwrap();
            requests.push(Requested { usage, request, replaces: old.certificate.clone() });
        }
        let sum = match self.authority.profile.dialect.as_str() {
            "sota" => self.price(),
            _ => Money { minor: 0, currency: "UAH".into() },
        };
        let application = Application {
            organisation,
            role: holder.role,
            holder: holder.name.into(),
            drfo: holder.drfo.map(str::to_owned),
            email: AGENT.into(),
            requests,
            term: 2,
            start: date(2026, 11, 23),
            consent: true,
            payment,
            sum,
            order: order.into(),
            blocking_phrase: Zeroizing::new("синій кит".into()),
            sequence: self.sequence,
            filled_at: NOW,
            reply_to: AGENT.into(),
        };
        let recipients = [self.authority.keys.agreement.certificate.clone()];
        let signers = [holder.signing.clone()];
        let mut sealer = Sealer {
            suite: suite.as_ref(),
            signers: &signers,
            agreement: Some(&holder.agreement),
            recipients: &recipients,
            now: NOW,
            chance: &mut self.chance,
        };
        let talk = dialect(&self.authority.profile.dialect).unwrap();
        talk.compose(&application, &mut sealer).unwrap()
    }

    pub fn hear(&mut self, parcel: &Parcel, now: Timestamp) -> Vec<Timed> {
        let parts = [parcel.part.clone()];
        self.authority.hear(&parts, now, &mut self.chance).unwrap()
    }

    pub fn due(&mut self, until: Timestamp) -> Vec<Timed> {
        self.authority.due(until, &mut self.chance).unwrap()
    }

    /// What the agent understands of an authority's letter.
    pub fn read(&self, letter: &Timed) -> Vec<Receipt> {
        self.read_as(letter, &self.authority.profile.dialect, &self.authority.keys)
    }

    /// The same, from whoever has these keys.
    pub fn read_as(&self, letter: &Timed, talk: &str, keys: &Keys) -> Vec<Receipt> {
        let mut parts = vec![letter.part.clone()];
        parts.extend(letter.beside.iter().cloned());
        self.open(&parts, letter.at, talk, keys)
    }

    /// What the agent understands of the parts of a letter of the authority.
    pub fn read_parts(&self, parts: &[Part], at: Timestamp) -> Vec<Receipt> {
        self.open(parts, at, &self.authority.profile.dialect, &self.authority.keys)
    }

    fn open(&self, parts: &[Part], now: Timestamp, talk: &str, keys: &Keys) -> Vec<Receipt> {
        let trust = Trust {
            signers: vec![keys.signer.certificate.clone()],
            anchors: vec![keys.root.certificate.clone()],
            revocations: Vec::new(),
        };
        let pairs: Vec<Pair> = self.holders.iter().map(|one| one.agreement.clone()).collect();
        let suite = self.suite.as_ref();
        let recipients = pairs.as_slice();
        let opener = Opener { suite, trust: &trust, recipients: &recipients, now };
        dialect(talk).unwrap().interpret(parts, &self.code, &opener).unwrap()
    }

    pub fn words(&self, letters: &[Timed]) -> Vec<Word> {
        letters.iter().flat_map(|one| self.read(one)).map(|receipt| receipt.word).collect()
    }
}
