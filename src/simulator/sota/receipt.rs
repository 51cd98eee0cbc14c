//! Receipts №1 and №2 (`schemas/receipt.xsd`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::page::{Heading, Page, kyiv};
use crate::crypto::Certificate;
use crate::time::Timestamp;

/// What a receipt says.
pub(in crate::simulator) struct Slip<'a> {
    /// The document number that it answers.
    pub number: &'a str,
    /// HTIN, HNAME, HEMAIL: whom it answers.
    pub code: &'a str,
    pub organisation: &'a str,
    pub reply_to: &'a str,
    /// HDOCKOD and HDOCNAME: the form that is answered.
    pub form: &'a str,
    pub form_title: &'a str,
    /// HBOS.
    pub head: &'a str,
    /// Receipt №2; else №1.
    pub second: bool,
    pub accepted: bool,
    /// HNUMREG.
    pub registration: Option<&'a str>,
    pub reasons: &'a [String],
    /// Of the first reason.
    pub reason_code: Option<&'a str>,
    pub certificates: &'a [Certificate],
    /// HSENDER.
    pub issuer: &'a str,
    pub text: &'a str,
    pub at: Timestamp,
}

impl Slip<'_> {
    pub fn title(&self) -> &'static str {
        if self.second { "Квитанція №2" } else { "Квитанція №1" }
    }

    pub fn write(&self) -> String {
        let sub = if self.second { "992" } else { "991" };
        let letter = self.form.chars().next().filter(|letter| *letter == 'F').unwrap_or('J');
        let form = format!("{letter}14");
        let moment = self.at.civil(&kyiv());
        let heading = Heading {
            code: self.code,
            form: (&form, sub, "2"),
            number: self.number,
            day: self.at.date(&kyiv()),
        };
        let mut page = Page::new(&format!("{form}{sub}02"), &heading);
        page.leaf("HTIN", self.code);
        page.leaf("HNAME", self.organisation);
        page.leaf("HEMAIL", self.reply_to);
        page.leaf("HDOCKOD", self.form);
        page.leaf("HDOCNAME", self.form_title);
        page.leaf("HFILENAME", &format!("{}.XML", self.number));
        page.leaf("HDOCSTAN", "Звітний");
        page.leaf("HPERIOD", &moment.strftime("%m").to_string());
        page.leaf("HZY", &moment.strftime("%Y").to_string());
        for name in ["HDTERM", "HTIN1", "HNAME1"] {
            page.nil(name);
        }
        page.nil("HKBOS");
        page.leaf("HBOS", self.head);
        page.nil("HKBUH");
        page.nil("HBUH");
        page.leaf("HRESULT", self.result());
        page.leaf("HDATE", &moment.strftime("%d%m%Y").to_string());
        page.leaf("HTIME", &moment.strftime("%H:%M:%S").to_string());
        page.perhaps("HNUMREG", self.registration);
        for (row, reason) in self.reasons.iter().enumerate() {
            page.row("T1RXXXXG1S", row + 1, reason);
        }
        if let Some(code) = self.reason_code {
            page.row("T1RXXXXG2S", 1, code);
        }
        for (row, certificate) in self.certificates.iter().enumerate() {
            page.row("T2RXXXXG1S", row + 1, &BASE64.encode(certificate.der()));
        }
        page.leaf("HSENDER", self.issuer);
        page.leaf("TEXT", self.text);
        page.finish()
    }

    fn result(&self) -> &'static str {
        match (self.second, self.accepted) {
            (false, true) => "ДОКУМЕНТ ПРИЙНЯТО",
            (false, false) => "ДОКУМЕНТ НЕ ПРИЙНЯТО",
            (true, true) => "Пакет прийнято",
            (true, false) => "Пакет не прийнято",
        }
    }
}
