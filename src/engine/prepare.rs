//! From "due" to sealed bytes on the disk: data compared, keys made and kept, application sealed
//! into a letter that will travel unchanged however often it must.

use jiff::civil::Date;

use super::order::{self, Item, Order};
use super::passwords::Passwords;
use super::ports::{Place, Vault, VaultError};
use super::{Engine, Happening, value};
use crate::authority::{
    Application, ComposeError, Organisation, OrganisationKind, Parcel, Requested, Role, role_hint,
};
use crate::crypto::{Certificate, CryptoError, CryptoRng, Pair, PrivateKey, Sealer, Suite, Usage};
use crate::engine::setup::{Authority, Holder, Setup};
use crate::exchange::{Dispatch, DocumentNumber, Event, Exchange, Money, Problem, Purpose};
use crate::mail::Draft;
use crate::store::{Commit, StoreError};
use crate::time::{Span, Timestamp};

/// Why nothing can be sealed.
pub(super) enum Failure {
    Problem { problem: Problem, lasting: bool },
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        Self::Problem { problem: error.0, lasting: false }
    }
}

/// Something that helps itself, or that an administrator mends without a word to us.
pub(super) fn passing(label: &str, detail: impl Into<String>) -> Failure {
    let problem = Problem { label: label.into(), detail: detail.into() };
    Failure::Problem { problem, lasting: false }
}

/// Something that needs a person's decision.
pub(super) fn lasting(label: &str, detail: impl Into<String>) -> Failure {
    let problem = Problem { label: label.into(), detail: detail.into() };
    Failure::Problem { problem, lasting: true }
}

/// A computation that failed. When the key lies elsewhere it may be the place, and passing.
fn uncomputed(error: CryptoError, label: &str) -> Failure {
    match error {
        CryptoError::Elsewhere(problem) => Failure::Problem { problem, lasting: false },
        error => lasting(label, error.to_string()),
    }
}

/// The same of a whole parcel.
pub(super) fn uncomposed(error: ComposeError) -> Failure {
    match error {
        ComposeError::Crypto(error) => uncomputed(error, "application-unfit"),
        error => lasting("application-unfit", error.to_string()),
    }
}

/// The letter and what to commit with it.
pub(super) struct Sealed {
    pub(super) document: DocumentNumber,
    pub(super) letter: Vec<u8>,
    sequence: u32,
    /// What an order must be told of an application.
    ordered: Option<Order>,
    /// What is to be remembered of a notice.
    pub(super) noted: Vec<(String, String)>,
}

impl Engine {
    /// Answers [`Effect::Prepare`](crate::exchange::Effect::Prepare).
    pub(super) fn prepare(
        &mut self,
        exchange: &Exchange,
        now: Timestamp,
    ) -> Result<Option<Happening<'static>>, StoreError> {
        let sealed = match exchange.purpose {
            Purpose::Renewal => self.seal(exchange, now),
            Purpose::Notice => self.seal_notice(exchange, now),
        };
        let sealed = match sealed {
            Ok(sealed) => sealed,
            Err(Failure::Store(error)) => return Err(error),
            Err(Failure::Problem { problem, lasting }) => {
                let words = problem.detail.clone();
                let event = Event::PrepareFailed { problem, lasting };
                return Ok(Some(Happening::new(event, words)));
            }
        };
        // The sealed bytes are kept before anything says that they exist.
        let parcel = self.store.keep(&sealed.letter)?;
        let gates = self
            .setup
            .correspondent(exchange)
            .map(|authority| authority.policy().gates.clone())
            .unwrap_or_default();
        let words = sealed.document.0.clone();
        let dispatch = Dispatch::new(sealed.document.clone(), parcel);
        let mut happening = Happening::new(Event::Prepared { dispatch, gates }, words);
        let mut values = vec![(value::SEQUENCE.into(), sealed.sequence.to_string())];
        values.extend(sealed.noted);
        if let Some(order) = &sealed.ordered {
            values.extend(order::values(self.store.as_ref(), order)?);
        }
        let documents = vec![(sealed.document, exchange.attempt)];
        happening.commit = Commit { documents, values, ..Commit::default() };
        Ok(Some(happening))
    }

    fn seal(&mut self, exchange: &Exchange, now: Timestamp) -> Result<Sealed, Failure> {
        let (application, signer, agreement) = self.application(exchange, now)?;
        self.seal_application(&application, (&signer, agreement.as_ref()), exchange, now)
    }

    pub(super) fn seal_application(
        &mut self,
        application: &Application,
        (signer, agreement): (&Pair, Option<&Pair>),
        exchange: &Exchange,
        now: Timestamp,
    ) -> Result<Sealed, Failure> {
        let sequence = application.sequence;
        let Self { setup, chance, store, .. } = self;
        let (holder, authority) = parties(setup, exchange)?;
        let mut sealer = Sealer {
            suite: authority.suite.as_ref(),
            signers: std::slice::from_ref(signer),
            agreement,
            recipients: &authority.recipients,
            now,
            chance: chance.as_mut(),
        };
        let parcel = authority.dialect.compose(application, &mut sealer).map_err(uncomposed)?;
        let day = now.date(&authority.policy().calendar.time_zone());
        let mut order = order::find(store.as_ref(), &authority.name, &application.order, day)?;
        order.enter(Item {
            exchange: exchange.id.clone(),
            attempt: exchange.attempt,
            document: parcel.document.clone(),
            role: application.role,
            usages: application.requests.iter().map(|one| one.usage).collect(),
            holder: application.holder.clone(),
            term: application.term,
            payment: application.payment,
            vat: authority.profile.vat(&application.sum, holder.price_class.as_deref(), day),
            sum: application.sum.clone(),
        });
        let sealed = post(&setup.address, &authority.address, parcel, sequence, now)?;
        Ok(Sealed { ordered: Some(order), ..sealed })
    }

    /// The number of the next document: our own counter.
    pub(super) fn next_sequence(&self) -> Result<u32, StoreError> {
        let last = self.store.value(value::SEQUENCE)?;
        let last = last.and_then(|text| text.parse::<u32>().ok());
        Ok(last.unwrap_or(0).saturating_add(1))
    }

    /// The application as it would go now, and the pairs that seal it. New keys are made, or found
    /// where a crash left them, and are on the disk when this returns.
    pub(super) fn application(
        &mut self,
        exchange: &Exchange,
        now: Timestamp,
    ) -> Result<(Application, Pair, Option<Pair>), Failure> {
        let sequence = self.next_sequence()?;
        let Self { setup, vault, secrets, chance, .. } = self;
        let (holder, authority) = parties(setup, exchange)?;
        let mendable = |problem| Failure::Problem { problem, lasting: false };
        let passwords = Passwords::read(holder, secrets.as_ref()).map_err(mendable)?;
        let blocking_phrase = secrets.read(&holder.phrase_reference()).map_err(mendable)?;
        passwords.check(holder, authority, secrets.as_ref()).map_err(mendable)?;
        let place = passwords.place(holder);
        let pairs = vault.pairs(place)?;
        let pair = |usage| pairs.iter().find(|(of, _)| *of == usage).map(|(_, pair)| pair.clone());
        let signer = pair(Usage::Signing).ok_or_else(|| {
            let detail = format!("{} has no signing pair to sign the application with", holder.id);
            passing("certificate-missing", detail)
        })?;
        if !signer.certificate.is_valid_at(now) {
            let detail = format!("it ended {}", signer.certificate.not_after());
            return Err(lasting("certificate-ended", detail));
        }
        let mut requests = Vec::new();
        for (usage, pair) in pairs.iter().filter(|(usage, pair)| {
            holder.usages.contains(usage) && is_due(&pair.certificate, exchange, authority, now)
        }) {
            let differences = differences(&setup.organisation, holder, &pair.certificate);
            if !differences.is_empty() {
                return Err(lasting("data-differ", differences.join("; ")));
            }
            let suite = authority.suite.as_ref();
            let key = new_key(vault.as_mut(), place, exchange, *usage, suite, chance.as_mut())?;
            let request = suite
                .request(&key, pair.certificate.subject_der(), chance.as_mut())
                .map_err(|error| uncomputed(error, "key-generation"))?;
            let replaces = pair.certificate.clone();
            requests.push(Requested { usage: *usage, request, replaces });
        }
        let application = Application {
            organisation: setup.organisation.clone(),
            role: holder.role,
            holder: holder.name.clone(),
            drfo: holder.drfo.clone(),
            email: holder.email.clone(),
            requests,
            term: holder.term,
            start: start(holder, authority, exchange, now)?,
            consent: holder.consent,
            payment: holder.payment,
            sum: sum(holder, authority, now)?,
            order: order_number(&setup.organisation, authority, now),
            blocking_phrase,
            sequence,
            filled_at: now,
            reply_to: setup.address.clone(),
        };
        Ok((application, signer, pair(Usage::Agreement)))
    }
}

/// The letter that will travel unchanged.
pub(super) fn post(
    from: &str,
    to: &str,
    parcel: Parcel,
    sequence: u32,
    now: Timestamp,
) -> Result<Sealed, Failure> {
    let domain = from.split('@').next_back().unwrap_or("localhost");
    let draft = Draft {
        from: from.to_owned(),
        to: to.to_owned(),
        message_id: format!("certpost.{}@{domain}", parcel.document),
        date: now,
        subject: parcel.subject,
        text: parcel.text,
        attachment: parcel.part,
        beside: Vec::new(),
    };
    let letter = crate::mail::compose(&draft)
        .map_err(|error| lasting("application-unfit", error.to_string()))?;
    Ok(Sealed { document: parcel.document, letter, sequence, ordered: None, noted: Vec::new() })
}

/// Whom it is about, and whom it is told.
pub(super) fn parties<'s>(
    setup: &'s Setup,
    exchange: &Exchange,
) -> Result<(&'s Holder, &'s Authority), Failure> {
    let unknown = || lasting("holder-unknown", exchange.holder.clone());
    let holder = setup.holder(&exchange.holder).ok_or_else(unknown)?;
    Ok((holder, setup.authority(&holder.authority).ok_or_else(unknown)?))
}

/// The pending key of this attempt: found where a crash left it, else made, and on the disk.
fn new_key(
    vault: &mut dyn Vault,
    place: Place<'_>,
    exchange: &Exchange,
    usage: Usage,
    suite: &dyn Suite,
    chance: &mut dyn CryptoRng,
) -> Result<PrivateKey, VaultError> {
    let mut make = || {
        suite.generate(usage, chance).map_err(|error| {
            VaultError(Problem { label: "key-generation".into(), detail: error.to_string() })
        })
    };
    vault.keep_pending(place, &exchange.id, exchange.attempt, usage, &mut make)
}

/// Both certificates of a pair usually end together; one that lives on is left alone. A renewal
/// that was asked for early renews all.
fn is_due(
    certificate: &Certificate,
    exchange: &Exchange,
    authority: &Authority,
    now: Timestamp,
) -> bool {
    let lead = Span::days(i64::from(authority.profile.lead_days));
    let early = exchange.deadline - lead > now;
    early || certificate.not_after() - lead <= now
}

fn start(
    holder: &Holder,
    authority: &Authority,
    exchange: &Exchange,
    now: Timestamp,
) -> Result<Date, Failure> {
    let zone = authority.policy().calendar.time_zone();
    let end = exchange.deadline.date(&zone);
    holder.start.day(now.date(&zone), end).ok_or_else(|| {
        let detail = format!("holder.start is after {end}, when the old certificates end");
        lasting("application-unfit", detail)
    })
}

/// All that is asked of one authority on one day is one order.
fn order_number(organisation: &Organisation, authority: &Authority, now: Timestamp) -> String {
    let day = now.date(&authority.policy().calendar.time_zone());
    format!("{}-{}", organisation.code, day.strftime("%Y%m%d"))
}

fn sum(holder: &Holder, authority: &Authority, now: Timestamp) -> Result<Money, Failure> {
    let day = now.date(&authority.policy().calendar.time_zone());
    authority
        .profile
        .price(holder.role, holder.price_class.as_deref(), holder.term, day)
        .ok_or_else(|| {
            let detail = format!("no price for {} year(s) on {day}", holder.term);
            passing("price-missing", detail)
        })
}

/// What the configuration says otherwise than the valid certificate, field by field (С3). The
/// e-mail address is not compared: the guide lets one correct it.
pub(super) fn differences(
    organisation: &Organisation,
    holder: &Holder,
    certificate: &Certificate,
) -> Vec<String> {
    let subject = certificate.subject();
    let full_name = match (&subject.surname, &subject.given_name) {
        (Some(surname), Some(given)) => Some(format!("{surname} {given}")),
        _ => subject.common_name.clone(),
    };
    let code = match organisation.kind {
        OrganisationKind::Legal => subject.edrpou.clone(),
        OrganisationKind::SoleProprietor => subject.drfo.clone().or(subject.edrpou.clone()),
    };
    let name = match holder.role {
        Role::Seal => subject.common_name.clone(),
        _ => full_name,
    };
    let fields = [
        ("organisation.code", Some(&organisation.code), code),
        ("organisation.name", Some(&organisation.name), subject.organisation.clone()),
        ("holder.name", Some(&holder.name), name),
        ("holder.drfo", holder.drfo.as_ref(), subject.drfo.clone()),
    ];
    let mut found = Vec::new();
    for (field, configured, certified) in fields {
        // A datum that one side does not have can't have changed.
        if let (Some(configured), Some(certified)) = (configured, certified)
            && folded(configured) != folded(&certified)
        {
            found.push(format!("{field}: «{configured}» ≠ «{certified}»"));
        }
    }
    let hint = role_hint(certificate);
    if hint.contradicts(holder.role) {
        found.push(format!("holder.role: «{}» ≠ «{hint}»", holder.role.word()));
    }
    found
}

/// White space and the shapes of quotation marks and apostrophes are no change of data.
fn folded(text: &str) -> String {
    let same: String = text
        .chars()
        .map(|c| match c {
            '«' | '»' | '“' | '”' | '„' => '"',
            '’' | 'ʼ' | '`' => '\'',
            c => c,
        })
        .collect();
    same.split_whitespace().collect::<Vec<_>>().join(" ")
}
