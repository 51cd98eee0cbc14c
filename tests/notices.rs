//! The notice to the tax office where renewals, people and answers come in an unlucky order. The
//! office is the simulated one, which knows whose key has the status and refuses another.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/stage.rs"]
mod stage;

use std::sync::Arc;

use certpost::authority::{Profile, Role, dialect};
use certpost::crypto::{Certificate, Trust, Usage};
use certpost::engine::{Authority, Errand, TaxOffice};
use certpost::exchange::StageName;
use certpost::mail::{self, Draft};
use certpost::simulator::authority::{Keys, Manners};
use certpost::simulator::tax;
use certpost::time::Span;
use stage::{CODE, NOON, Play};

const ADDRESS: &str = "tax@example.com";
const OLD: &str = "калина-8";
const NEW: &str = "нова лоза 9";

/// A play with a tax office, which goes by the director's key in place.
struct Town {
    play: Play,
    office: tax::TaxOffice,
}

impl Town {
    fn with(mut play: Play) -> Self {
        let profile = Profile::built_in("tax").unwrap().unwrap();
        let (title, code) = ("ДПС", "99900009");
        let keys = Keys::make(play.suite.as_ref(), title, code, NOON, &mut play.chance).unwrap();
        play.engine.setup.authorities.push(Authority {
            name: "dps".into(),
            profile: profile.clone(),
            dialect: dialect("sota").unwrap(),
            suite: Arc::clone(&play.suite),
            trust: Trust {
                signers: vec![keys.signer.certificate.clone()],
                anchors: vec![keys.root.certificate.clone()],
                revocations: Vec::new(),
            },
            recipients: vec![keys.agreement.certificate.clone()],
            address: ADDRESS.into(),
        });
        play.engine.setup.tax_office = Some(TaxOffice {
            authority: "dps".into(),
            name: "ГУ ДПС у м. Києві".into(),
            version: 4,
            officials: vec![Role::Director, Role::Seal],
        });
        let office = tax::TaxOffice {
            title: title.into(),
            code: code.into(),
            profile,
            suite: Arc::clone(&play.suite),
            keys,
            anchors: vec![play.founded("first").keys.root.certificate],
            versions: vec![4],
            manners: Manners::default(),
            register: tax::Register::default(),
        };
        let mut town = Self { play, office };
        town.agree();
        town
    }

    /// The director gives his key in place to the office by hand.
    fn agree(&mut self) {
        let signing = self.signing("director");
        self.office.agree(CODE, &signing);
    }

    fn signing(&self, holder: &str) -> Certificate {
        let held = self.play.engine.vault.certificates(holder).unwrap();
        held.into_iter().find(|one| one.usage == Usage::Signing).unwrap().certificate
    }

    /// Numbers of the letters that left for this address.
    fn left_for(&self, address: &str) -> Vec<usize> {
        let desk = self.play.desk();
        (0..).zip(&desk.sent).filter(|(_, (_, to))| to == address).map(|(n, _)| n).collect()
    }

    /// The authority grants what was applied for last, and it is put in place.
    fn granted(&mut self) {
        let last = *self.left_for("ca@first.example").last().unwrap();
        self.play.answered(last);
    }

    /// The office reads the last notice; its answers, not yet delivered.
    fn heard(&mut self) -> Vec<Vec<u8>> {
        let last = *self.left_for(ADDRESS).last().unwrap();
        let letter = mail::read(&self.play.letter(last), &mail::Limits::default()).unwrap();
        let mut parts = letter.parts;
        parts.retain(|part| !part.content_type.starts_with("text/plain"));
        let timed = self.office.hear(&parts, self.play.now, &mut self.play.chance).unwrap();
        let letter = |one: certpost::simulator::clerk::Timed| {
            mail::compose(&Draft {
                from: ADDRESS.into(),
                to: one.to,
                message_id: format!("answer.{}@example.com", one.name),
                date: one.at,
                subject: one.subject,
                text: one.text,
                attachment: one.part,
                beside: one.beside,
            })
        };
        timed.into_iter().map(|one| letter(one).unwrap()).collect()
    }

    fn deliver(&mut self, answers: &[Vec<u8>]) {
        answers.iter().for_each(|answer| self.play.deliver(answer));
        self.play.round();
    }

    /// The office reads the last notice and accepts it.
    fn accepted(&mut self, notice: &str) {
        assert_eq!(self.play.stage(notice), StageName::Sent);
        let answers = self.heard();
        self.deliver(&answers);
        assert_eq!(self.play.stage(notice), StageName::Installed, "{:?}", self.verdicts());
        self.play.nothing_more();
    }

    fn verdicts(&self) -> Vec<String> {
        self.office.register.documents().map(|(_, said)| format!("{said:?}")).collect()
    }

    fn renew(&mut self, holder: &str) {
        self.play.run(&Errand::Renew { holder: holder.into() }).unwrap();
        self.play.round();
        self.granted();
    }

    /// The director's renewal that is due by itself.
    fn renew_due(&mut self) {
        let before = self.left_for("ca@first.example").len();
        self.play.round();
        assert!(self.left_for("ca@first.example").len() > before);
        self.granted();
    }

    /// The office goes by the director's key in place and knows it.
    fn assert_status(&self) {
        assert_eq!(self.office.register.status(CODE).unwrap().head, self.signing("director"));
    }
}

fn director_only() -> Town {
    let mut town = Town::with(Play::director_only("sota"));
    town.play.round();
    town.granted();
    assert_eq!(town.play.stage("notice-1"), StageName::Sent);
    town
}

#[test]
fn an_accepted_notice_gives_the_status_to_the_key_that_it_told_of() {
    let mut town = director_only();
    let answers = town.heard();
    // A second renewal is in before the first notice is answered.
    town.play.now = town.play.now + Span::hours(1);
    town.renew("director");
    assert_eq!(town.play.stage("director-2"), StageName::Installed);
    assert_eq!(town.left_for(ADDRESS).len(), 1, "one notice at a time");
    town.deliver(&answers);
    assert_eq!(town.play.stage("notice-1"), StageName::Installed);
    town.accepted("notice-2");
    town.assert_status();
}

#[test]
fn a_notice_that_was_given_up_and_accepted_all_the_same_moved_the_status() {
    let mut town = director_only();
    let answers = town.heard();
    let reason = "подано через кабінет".into();
    town.play.run(&Errand::Withdraw { id: "notice-1".into(), reason }).unwrap();
    town.deliver(&answers);
    assert_eq!(town.play.stage("notice-1"), StageName::Withdrawn);
    town.play.now = town.play.now + Span::hours(1);
    town.renew("director");
    town.accepted("notice-2");
    town.assert_status();
}

#[test]
fn after_a_notice_that_came_too_late_the_next_one_is_closed_by_the_key_of_the_reports() {
    let mut town = director_only();
    // Nobody answers; the old key ends, and the next report gives the status to the new one.
    for _ in 0..40 {
        town.play.now = town.play.now + Span::days(1);
        town.play.round();
    }
    assert_eq!(town.play.stage("notice-1"), StageName::Expired);
    town.agree();
    town.play.now = town.play.now + Span::days(660);
    town.renew_due();
    town.accepted("notice-2");
    town.assert_status();
}

#[test]
fn what_is_put_in_place_in_the_second_of_a_notice_is_told_by_the_next() {
    let mut town = director_only();
    town.renew("seal");
    assert_eq!(town.play.stage("seal-1"), StageName::Installed);
    let opened = town.play.exchange("notice-1").opened_at;
    assert_eq!(town.play.exchange("seal-1").opened_at, opened, "all in one second");
    let answers = town.heard();
    town.deliver(&answers);
    assert_eq!(town.play.stage("notice-1"), StageName::Installed);
    town.accepted("notice-2");
    let known = &town.office.register.status(CODE).unwrap().officials;
    assert_eq!(known.len(), 2, "{known:?}");
}

#[test]
fn a_retry_after_a_refusal_tells_what_came_meanwhile_once() {
    let mut town = director_only();
    town.office.manners.refuses = vec![certpost::simulator::authority::Refusing {
        who: String::new(),
        reasons: vec!["Спробуйте пізніше".into()],
        code: None,
        at_once: false,
    }];
    let answers = town.heard();
    town.deliver(&answers);
    assert_eq!(town.play.stage("notice-1"), StageName::Refused);
    town.office.manners.refuses.clear();
    town.play.now = town.play.now + Span::hours(1);
    town.renew("seal");
    town.play.run(&Errand::Retry { id: "notice-1".into() }).unwrap();
    town.play.round();
    town.accepted("notice-1");
    let known = &town.office.register.status(CODE).unwrap().officials;
    assert_eq!(known.len(), 2, "{known:?}");
    assert_eq!(town.left_for(ADDRESS).len(), 2, "nothing is told twice");
}

#[test]
fn an_archived_key_that_does_not_open_is_said_to_be_locked_and_no_other_key_closes_the_notice() {
    let mut town = Town::with(Play::new("sota"));
    town.play.pocket.put("holder/director/new-password", NEW);
    town.play.round();
    let [director, _] = town.left_for("ca@first.example")[..] else { panic!("two letters") };
    town.play.answered(director);
    assert_eq!(town.play.stage("director-1"), StageName::Installed);
    assert_eq!(town.left_for(ADDRESS), [0_usize; 0], "the notice waits for the seal");
    // The administrator tidies up too early.
    town.play.pocket.put("holder/director/password", NEW);
    town.granted();
    assert_eq!(town.play.stage("seal-1"), StageName::Installed);
    assert_eq!(town.play.stage("notice-1"), StageName::Opened);
    town.play.now = town.play.now + Span::hours(1);
    let round = town.play.round();
    let trouble = round.troubles.iter().find(|one| one.label == "key-password").unwrap();
    for said in ["does not open", "until it accepts the notice", "back into password"] {
        assert!(trouble.detail.contains(said), "{}", trouble.detail);
    }
    assert!(![OLD, NEW].iter().any(|secret| trouble.detail.contains(secret)));
    assert_eq!(town.left_for(ADDRESS), [0_usize; 0]);
    town.play.pocket.put("holder/director/password", OLD);
    town.play.run(&Errand::Retry { id: "notice-1".into() }).unwrap();
    town.play.round();
    town.accepted("notice-1");
    town.assert_status();
}

#[test]
fn a_signing_key_that_lives_on_is_no_news() {
    let mut town = Town::with(Play::director_only("sota"));
    town.play.engine.setup.holders[0].usages = vec![Usage::Signing];
    town.play.round();
    town.granted();
    town.accepted("notice-1");
    town.play.engine.setup.holders[0].usages = vec![Usage::Signing, Usage::Agreement];
    town.play.now = town.play.now + Span::hours(1);
    town.play.round();
    town.granted();
    assert_eq!(town.play.stage("director-2"), StageName::Installed, "agreement alone");
    assert_eq!(town.left_for(ADDRESS).len(), 1);
    town.play.nothing_more();
}

#[test]
fn a_notice_about_nobody_any_more_is_a_persons() {
    let mut town = Town::with(Play::new("sota"));
    town.play.round();
    let [_, seal] = town.left_for("ca@first.example")[..] else { panic!("two letters") };
    town.play.answered(seal);
    // The notice about the seal waits for the director until its own last safe day.
    town.play.now = NOON + Span::days(27);
    town.play.pocket.lose(true);
    town.play.round();
    assert_eq!(town.play.stage("notice-1"), StageName::Opened);
    town.play.pocket.lose(false);
    town.play.engine.setup.holders.pop();
    town.play.now = town.play.now + Span::hours(1);
    town.play.round();
    let (obstacle, was) = town.play.stalled("notice-1");
    assert!(format!("{obstacle:?}").contains("nobody is left"), "{obstacle:?}");
    assert_eq!(was, StageName::Opened);
    assert_eq!(town.left_for(ADDRESS), [0_usize; 0]);
}
