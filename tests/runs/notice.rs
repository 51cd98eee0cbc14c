//! A notice that is signed in the wrong order by a planted mistake, refused, and then right.

use certpost::authority::{
    Application, ComposeError, Dialect, Notice, Parcel, Receipt, Unreadable, dialect,
};
use certpost::crypto::{Opener, Sealer};
use certpost::exchange::Stage;
use certpost::mail::Part;
use certpost::simulator::scene::Plot;

use crate::on_both_suites;
use crate::play::{Play, idle, unhurried};

/// Lets the accountant sign before the director.
struct Swapped(Box<dyn Dialect>);

impl Dialect for Swapped {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn compose(&self, of: &Application, sealer: &mut Sealer<'_>) -> Result<Parcel, ComposeError> {
        self.0.compose(of, sealer)
    }

    fn document(&self, of: &Application) -> Result<String, ComposeError> {
        self.0.document(of)
    }

    fn compose_notice(
        &self,
        notice: &Notice,
        sealer: &mut Sealer<'_>,
    ) -> Result<Parcel, ComposeError> {
        let mut signers = sealer.signers.to_vec();
        signers.swap(0, 1);
        let mut sealer = Sealer {
            suite: sealer.suite,
            signers: &signers,
            agreement: sealer.agreement,
            recipients: sealer.recipients,
            now: sealer.now,
            chance: &mut *sealer.chance,
        };
        self.0.compose_notice(notice, &mut sealer)
    }

    fn interpret(
        &self,
        parts: &[Part],
        code: &str,
        opener: &Opener<'_>,
    ) -> Result<Vec<Receipt>, Unreadable> {
        self.0.interpret(parts, code, opener)
    }
}

fn a_wrong_order_of_signatures_is_refused_and_then_put_right(suite: &str) {
    let wishes = vec![idle("seal"), idle("employee")];
    let mut play = Play::set(suite, Plot { manners: unhurried(), wishes, ..Plot::default() });
    let office = play.engine.setup.authorities.iter_mut().find(|one| one.name == "dps").unwrap();
    office.dialect = Box::new(Swapped(dialect("sota").unwrap()));
    play.until_local("2026-11-24T09:30:00");
    let stage = play.exchange("notice-1").stage;
    let Stage::Refused { refusal, .. } = &stage else { panic!("{stage:?}") };
    assert_eq!(refusal.code.as_deref(), Some("ORDER"));
    let [director, accountant, ..] = &play.company.holders[..] else { panic!() };
    let wanted = format!(
        "Порушено порядок підписання: підпис 1 має бути накладено ключем рядка 1 (Директор – {}), \
         а накладено ключем рядка 2 (Бухгалтер – {})",
        director.name, accountant.name,
    );
    assert_eq!(refusal.reasons, [wanted]);
    play.golden("notice-1-refused");
    play.reload();
    play.retry("notice-1");
    play.until_local("2026-11-24T18:00:00");
    let attempts = [("accountant-1", 1), ("director-1", 1), ("notice-1", 2)];
    play.assert_renewed(&attempts, &["director", "accountant"]);
    play.finish("notice-2-accepted");
}

on_both_suites!(a_wrong_order_of_signatures_is_refused_and_then_put_right);
