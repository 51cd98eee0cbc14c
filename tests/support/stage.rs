//! A small stage for the whole engine: an organisation with a director and a seal, one or two
//! simulated authorities, and a mailbox in memory. The clock is a field; nothing sleeps.
#![allow(dead_code, reason = "every test file uses the part that it needs")]

#[path = "desk.rs"]
mod desk;

use std::sync::{Arc, Mutex, MutexGuard};

use certpost::authority::{Organisation, OrganisationKind, Payment, Profile, Role, dialect};
use certpost::crypto::{Pair, Suite, Trust, Usage};
use certpost::engine::ports::{Form, Place, Vault, VaultError};
use certpost::engine::{Authority, Done, Engine, Errand, Holder, Limits, NewKeys, Round, Setup};
use certpost::exchange::{Exchange, ExchangeId, Problem, Stage, StageName};
use certpost::mail::{self, Draft};
use certpost::simulator::authority::{
    Authority as Simulated, Enrolment, Forgery, Keys, Manners, Register, Timed,
};
use certpost::store::memory::Memory;
use certpost::store::{Arrival, Fate, Numbered, Store};
use certpost::time::{Span, Timestamp};
use certpost::vault::MemoryVault;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

#[allow(unused_imports, reason = "every test file uses the part that it needs")]
pub use desk::{Desk, InMemory, PASSWORD, Pocket, problem, raw, with_field};

/// Friday 20.11.2026 12:00 in Kyiv: office hours.
pub const NOON: Timestamp = Timestamp(1_795_168_800);
pub const DIALECTS: [&str; 2] = ["sota", "smime"];
pub const AGENT: &str = "office@agent.example";
pub const CODE: &str = "99912345";
pub const COMPANY: &str = "ТОВ «Проба»";
pub const DIRECTOR: &str = "Зозуля Мотря Назарівна";
const DRFO: &str = "9012345678";

/// One authority as it was founded: each [`Play::answers`] begins with these.
#[derive(Clone)]
pub struct Founded {
    pub name: &'static str,
    pub title: &'static str,
    pub code: &'static str,
    pub address: &'static str,
    pub profile: Profile,
    pub keys: Keys,
    pub register: Register,
}

impl Founded {
    fn new(number: usize, profile: &Profile, suite: &dyn Suite, chance: &mut ChaCha20Rng) -> Self {
        let (name, title, code, address) = [
            ("first", "АЦСК «Перший»", "99900001", "ca@first.example"),
            ("second", "АЦСК «Другий»", "99900002", "ca@second.example"),
        ][number];
        let keys = Keys::make(suite, title, code, NOON, chance).unwrap();
        let (profile, register) = (profile.clone(), Register::default());
        Self { name, title, code, address, profile, keys, register }
    }

    fn live(&self, suite: Arc<dyn Suite>) -> Authority {
        Authority {
            name: self.name.into(),
            profile: self.profile.clone(),
            dialect: dialect(&self.profile.dialect).unwrap(),
            suite,
            trust: Trust {
                signers: vec![self.keys.signer.certificate.clone()],
                anchors: vec![self.keys.root.certificate.clone()],
                revocations: Vec::new(),
            },
            recipients: vec![self.keys.agreement.certificate.clone()],
            address: self.address.into(),
        }
    }

    /// The authority itself, with these keys, and nothing heard yet.
    pub fn simulated(&self, suite: Arc<dyn Suite>, manners: Manners) -> Simulated {
        let (title, code) = (self.title.into(), self.code.into());
        let (profile, keys) = (self.profile.clone(), self.keys.clone());
        let mut authority = Simulated::new(title, code, profile, suite, keys, manners).unwrap();
        authority.register = self.register.clone();
        authority
    }
}

/// Everything that must not change when nothing may change.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub exchanges: Vec<Exchange>,
    pub arrivals: Vec<Arrival>,
    pub journal: Vec<Numbered>,
    pub certificates: Vec<String>,
}

pub struct Play {
    pub engine: Engine,
    /// The engine's store, unless a test gave it another.
    pub store: Arc<Memory>,
    desk: Arc<Mutex<Desk>>,
    pub pocket: Pocket,
    pub authorities: Vec<Founded>,
    pub suite: Arc<dyn Suite>,
    pub chance: ChaCha20Rng,
    pub now: Timestamp,
    /// The pairs that the director and the seal began with.
    pub pairs: Vec<(&'static str, Usage, Pair)>,
}

impl Play {
    /// The director's and the seal's certificates end in 30 days; both are the first authority's.
    pub fn new(profile: &str) -> Self {
        Self::cast(profile, "first", [30, 30])
    }

    /// The seal's certificates are the second authority's.
    pub fn with_two_authorities(profile: &str) -> Self {
        Self::cast(profile, "second", [30, 30])
    }

    /// Only the director's certificates end soon.
    pub fn director_only(profile: &str) -> Self {
        Self::cast(profile, "first", [30, 300])
    }

    pub fn cast(profile: &str, seals_authority: &'static str, days_left: [i64; 2]) -> Self {
        Self::cast_with(Profile::built_in(profile).unwrap().unwrap(), seals_authority, days_left)
    }

    /// With a profile of the test's own making.
    pub fn cast_with(profile: Profile, seals_authority: &'static str, days_left: [i64; 2]) -> Self {
        let mut chance = ChaCha20Rng::seed_from_u64(7);
        let suite: Arc<dyn Suite> = Arc::from(certpost::crypto::suite(&profile.suite).unwrap());
        let mut authorities: Vec<_> =
            (0..2).map(|n| Founded::new(n, &profile, suite.as_ref(), &mut chance)).collect();
        let mut vault =
            MemoryVault::new(Arc::clone(&suite), Box::new(ChaCha20Rng::seed_from_u64(8)));
        let holders = [holder("director", "first"), holder("seal", seals_authority)];
        let mut pairs = Vec::new();
        for (holder, days) in holders.iter().zip(days_left) {
            let authority =
                authorities.iter_mut().find(|one| one.name == holder.authority).unwrap();
            for usage in [Usage::Signing, Usage::Agreement] {
                let pair =
                    enrol(holder, usage, NOON + Span::days(days), authority, &*suite, &mut chance);
                put_in_place(&mut vault, &holder.id, usage, &pair);
                pairs.push((if holder.id == "seal" { "seal" } else { "director" }, usage, pair));
            }
        }
        let organisation = Organisation {
            kind: OrganisationKind::Legal,
            name: COMPANY.into(),
            code: CODE.into(),
            region: 26,
            district: 50,
            responsible: DIRECTOR.into(),
            phone: "+380440000000".into(),
        };
        let (store, desk) = (Arc::new(Memory::new()), Arc::new(Mutex::new(Desk::default())));
        let pocket = Pocket::default();
        let engine = Engine {
            setup: Setup {
                organisation,
                address: AGENT.into(),
                authorities: authorities.iter().map(|one| one.live(Arc::clone(&suite))).collect(),
                holders: holders.into(),
                tax_office: None,
                hook: false,
                limits: Limits {
                    letters_a_round: 50,
                    openings_a_round: 10,
                    letter: mail::Limits::default(),
                },
                zone: "Europe/Kyiv".into(),
            },
            store: Arc::clone(&store) as Arc<dyn Store>,
            vault: Box::new(vault),
            carrier: Box::new(InMemory(Arc::clone(&desk))),
            secrets: Box::new(pocket.clone()),
            chance: Box::new(ChaCha20Rng::seed_from_u64(9)),
        };
        Self { engine, store, desk, pocket, authorities, suite, chance, now: NOON, pairs }
    }

    /// A play whose director's application has just left; nothing came back yet.
    pub fn sent(profile: &str) -> Self {
        Self::director_only(profile).until_sent()
    }

    /// The same, sealed by a suite that is not the profile's.
    pub fn sent_on(profile: &str, suite: &str) -> Self {
        let mut profile = Profile::built_in(profile).unwrap().unwrap();
        profile.suite = suite.into();
        Self::cast_with(profile, "first", [30, 300]).until_sent()
    }

    fn until_sent(mut self) -> Self {
        self.round();
        assert_eq!(self.stage("director-1"), StageName::Sent);
        self
    }

    pub fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap()
    }

    pub fn round(&mut self) -> Round {
        self.engine.round(self.now, None).unwrap()
    }

    pub fn run(&mut self, errand: &Errand) -> Result<Done, Problem> {
        let mut round = Round::default();
        self.engine.run(errand, self.now, &mut round).unwrap()
    }

    /// One round more changes nothing.
    pub fn nothing_more(&mut self) {
        let before = self.picture();
        let round = self.round();
        assert_eq!((round.moved, round.filed), (vec![], 0));
        assert_eq!(self.picture(), before);
        assert!(self.desk().is_empty(), "all was settled");
    }

    pub fn picture(&self) -> Picture {
        Picture {
            exchanges: self.engine.store.exchanges().unwrap(),
            arrivals: self.engine.store.arrivals().unwrap(),
            journal: self.engine.store.journal(None).unwrap(),
            certificates: ["director", "seal"].iter().flat_map(|id| self.in_place(id)).collect(),
        }
    }

    /// Fingerprints of the certificates in place.
    pub fn in_place(&self, holder: &str) -> Vec<String> {
        let certificates = self.engine.vault.certificates(holder).unwrap();
        certificates.iter().map(|one| one.certificate.fingerprint().to_string()).collect()
    }

    pub fn exchange(&self, id: &str) -> Exchange {
        self.engine.store.exchange(&ExchangeId(id.into())).unwrap().unwrap()
    }

    pub fn stage(&self, id: &str) -> StageName {
        self.exchange(id).stage.name()
    }

    /// What stalled it, and where it stood.
    pub fn stalled(&self, id: &str) -> (certpost::exchange::Obstacle, StageName) {
        match self.exchange(id).stage {
            Stage::Stalled { obstacle, was, .. } => (obstacle, was.name()),
            other => panic!("{id} is not stalled: {other:?}"),
        }
    }

    pub fn put(&self, form: Form) {
        self.desk().put(form);
    }

    pub fn deliver(&self, letter: &[u8]) {
        self.put(Form::Letter(letter.to_vec()));
    }

    /// The letter that was handed over `number`-th, from 0.
    pub fn letter(&self, number: usize) -> Vec<u8> {
        self.desk().sent[number].0.clone()
    }

    pub fn founded(&self, name: &str) -> Founded {
        self.authorities.iter().find(|one| one.name == name).unwrap().clone()
    }

    /// What the first authority answers to a letter of ours when it has these manners and has
    /// heard nothing before.
    pub fn answers(&mut self, letter: &[u8], manners: Manners) -> Vec<Answer> {
        let first = self.founded("first");
        self.answers_of(&first, letter, manners)
    }

    pub fn answers_of(&mut self, of: &Founded, letter: &[u8], manners: Manners) -> Vec<Answer> {
        let mut authority = of.simulated(Arc::clone(&self.suite), manners);
        self.said_by(&mut authority, of.address, letter)
    }

    pub fn said_by(
        &mut self,
        authority: &mut Simulated,
        from: &'static str,
        letter: &[u8],
    ) -> Vec<Answer> {
        let letter = mail::read(letter, &mail::Limits::default()).unwrap();
        let mut parts = letter.parts;
        parts.retain(|part| !part.content_type.starts_with("text/plain"));
        let timed = authority.hear(&parts, self.now, &mut self.chance).unwrap();
        timed.into_iter().map(|timed| Answer { from, timed }).collect()
    }

    /// The first authority answers our `number`-th letter and remembers what it granted, so that
    /// it knows those certificates when they sign the next; its answers come in.
    pub fn answered(&mut self, number: usize) -> Round {
        let letter = self.letter(number);
        let mut first = self.founded("first");
        let mut authority = first.simulated(Arc::clone(&self.suite), Manners::default());
        for answer in self.said_by(&mut authority, first.address, &letter) {
            self.deliver(&answer.letter());
        }
        first.register = authority.register;
        self.authorities[0] = first;
        self.round()
    }

    /// Receipts №1 and №2 of an honest authority about our `number`-th letter.
    pub fn honest(&mut self, number: usize) -> [Vec<u8>; 2] {
        let letter = self.letter(number);
        self.honest_to(&letter)
    }

    pub fn honest_to(&mut self, letter: &[u8]) -> [Vec<u8>; 2] {
        let answers = self.answers(letter, Manners::default());
        let [first, second] = &answers[..] else { panic!("{} answers", answers.len()) };
        [first.letter(), second.letter()]
    }

    /// Receipt №1 about our first letter, before it is put into a letter.
    pub fn first_receipt(&mut self) -> Answer {
        let letter = self.letter(0);
        self.answers(&letter, Manners::default()).remove(0)
    }

    /// The forged letter that goes with the decision about our first letter.
    pub fn forged(&mut self, forgery: Forgery) -> Vec<u8> {
        let letter = self.letter(0);
        let manners = Manners { forges: Some(forgery), ..Manners::default() };
        let answers = self.answers(&letter, manners);
        answers.iter().find(|one| one.timed.name.ends_with("forged")).unwrap().letter()
    }

    /// An honest authority's answers, sealed with another signer.
    pub fn signed_by(&mut self, signer: Pair) -> Vec<Answer> {
        let letter = self.letter(0);
        let mut first = self.founded("first");
        first.keys.signer = signer;
        self.answers_of(&first, &letter, Manners::default())
    }

    pub fn fate_of(&self, letter: &[u8]) -> Fate {
        let raw = certpost::crypto::digest(letter);
        let arrivals = self.engine.store.arrivals().unwrap();
        let same: Vec<_> = arrivals.iter().filter(|one| one.raw == raw).collect();
        assert_eq!(same.len(), 1, "it stands there once");
        same[0].fate.clone()
    }

    /// The words of quarantine.
    pub fn quarantined(&self, letter: &[u8]) -> String {
        match self.fate_of(letter) {
            Fate::Quarantined { reason } => reason,
            other => panic!("not in quarantine: {other:?}"),
        }
    }

    pub fn passed_over(&self, letter: &[u8]) -> String {
        match self.fate_of(letter) {
            Fate::PassedOver { reason } => reason,
            other => panic!("not passed over: {other:?}"),
        }
    }

    /// A pair certified by the first authority's root, made for the occasion.
    pub fn issued(&mut self, subject: Vec<u8>, validity: (Timestamp, Timestamp)) -> Pair {
        use certpost::crypto::issue::{self, Template};
        let suite = Arc::clone(&self.suite);
        let key = suite.generate(Usage::Signing, &mut self.chance).unwrap();
        let role = issue::Role::Half(Usage::Signing);
        let public_key = suite.public_key(&key).unwrap();
        let template = Template::new(subject, public_key, role, 77, validity);
        let root = self.authorities[0].keys.root.clone();
        let certificate = issue::issue(&template, &root, suite.as_ref(), &mut self.chance).unwrap();
        Pair { key, certificate }
    }

    /// What happens when the power is cut: a new process over what was committed.
    pub fn after_power_cut(&mut self) {
        self.store = Arc::new(self.store.after_power_cut());
        self.engine.store = Arc::clone(&self.store) as Arc<dyn Store>;
    }
}

/// An answer before it is put into a letter.
#[derive(Clone)]
pub struct Answer {
    from: &'static str,
    pub timed: Timed,
}

impl Answer {
    pub fn of(from: &'static str, timed: Timed) -> Self {
        Self { from, timed }
    }

    pub fn letter(&self) -> Vec<u8> {
        self.named(&format!("answer.{}", self.timed.name))
    }

    /// The same answer in a letter with another Message-ID.
    pub fn named(&self, name: &str) -> Vec<u8> {
        let domain = self.from.split('@').next_back().unwrap();
        mail::compose(&Draft {
            from: self.from.into(),
            to: self.timed.to.clone(),
            message_id: format!("{name}@{domain}"),
            date: self.timed.at,
            subject: self.timed.subject.clone(),
            text: self.timed.text.clone(),
            attachment: self.timed.part.clone(),
            beside: self.timed.beside.clone(),
        })
        .unwrap()
    }

    /// The same parcel under another name and type.
    pub fn disguised(&self, name: Option<&str>, content_type: &str) -> Vec<u8> {
        let mut changed = self.clone();
        changed.timed.part.name = name.map(str::to_owned);
        changed.timed.part.content_type = content_type.into();
        changed.letter()
    }
}

fn holder(id: &str, authority: &str) -> Holder {
    let is_seal = id == "seal";
    Holder {
        id: id.into(),
        role: if is_seal { Role::Seal } else { Role::Director },
        name: if is_seal { COMPANY.into() } else { DIRECTOR.into() },
        drfo: (!is_seal).then(|| DRFO.into()),
        email: AGENT.into(),
        authority: authority.into(),
        usages: vec![Usage::Signing, Usage::Agreement],
        term: 2,
        payment: Payment::Prepaid,
        price_class: None,
        start: Default::default(),
        consent: true,
        new_keys: NewKeys::InFiles,
    }
}

/// A first certificate: by a visit, not by post.
pub fn enrol(
    holder: &Holder,
    usage: Usage,
    ends: Timestamp,
    authority: &mut Founded,
    suite: &dyn Suite,
    chance: &mut ChaCha20Rng,
) -> Pair {
    let enrolment = Enrolment {
        organisation: COMPANY,
        code: CODE,
        role: holder.role,
        name: &holder.name,
        drfo: holder.drfo.as_deref(),
        email: &holder.email,
        not_before: ends - Span::days(730),
        not_after: ends,
    };
    let Founded { keys, register, .. } = authority;
    enrolment.enrol(usage, keys, register, suite, chance).unwrap()
}

/// Puts a pair in place as a person would, without waiting for passwords to be stretched.
pub fn put_in_place(vault: &mut dyn Vault, holder: &str, usage: Usage, pair: &Pair) {
    let place = Place::new(holder, desk::PASSWORD.as_bytes());
    let id = ExchangeId(format!("{holder}-by-hand-{}", pair.certificate.serial()));
    let mut make = || Ok::<_, VaultError>(pair.key.clone());
    vault.keep_pending(place, &id, 1, usage, &mut make).unwrap();
    vault.install(place, &id, 1, &[(usage, pair.certificate.clone())], NOON).unwrap();
}
