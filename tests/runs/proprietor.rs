//! A sole proprietor, who is the only holder and files F13911.

use certpost::authority::OrganisationKind;
use certpost::simulator::scene::Plot;

use crate::on_both_suites;
use crate::play::{Play, unhurried};

fn a_sole_proprietor_is_renewed_and_tells_the_tax_office(suite: &str) {
    let kind = OrganisationKind::SoleProprietor;
    let plot = Plot { manners: unhurried(), kind, form_version: 3, ..Plot::default() };
    let mut play = Play::set(suite, plot);
    play.until_local("2026-11-24T12:00:00");
    play.assert_renewed(&[("director-1", 1), ("notice-1", 1)], &["director"]);
    let notice = play.exchange("notice-1");
    let number = notice.document().unwrap();
    assert!(number.0.contains("F1391103"), "{number}");
    let roles: Vec<_> = play.report().certificates.into_iter().map(|row| row.role).collect();
    assert_eq!(roles, ["Підприємець"]);
    play.finish("proprietor");
}

on_both_suites!(a_sole_proprietor_is_renewed_and_tells_the_tax_office);
