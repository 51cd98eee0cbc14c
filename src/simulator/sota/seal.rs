//! Sealing an answer: signed over the document, encrypted, signed over all.

use encoding_rs::WINDOWS_1251;

use super::page::kyiv;
use crate::authority::sota::container::{self, Header, Section};
use crate::crypto::CryptoRng;
use crate::mail::Part;
use crate::simulator::clerk::{Sealing, Silence, odd};
use crate::time::Timestamp;

/// What the header says, which decides nothing.
pub(in crate::simulator) struct Envelope<'a> {
    /// The document number that is answered: names the file, too.
    pub number: &'a str,
    pub title: &'a str,
    pub issuer_code: &'a str,
    pub code: &'a str,
    pub reply_to: &'a str,
    pub refused: bool,
    /// No other receipt follows.
    pub last: bool,
    pub at: Timestamp,
}

pub(in crate::simulator) fn seal(
    document: &str,
    envelope: &Envelope<'_>,
    sealing: &Sealing<'_>,
    chance: &mut dyn CryptoRng,
) -> Result<Part, Silence> {
    let sections = |sections: &[Section<'_>]| {
        container::write(sections).map_err(|error| Silence::from(odd(error.to_string())))
    };
    let mut bytes = WINDOWS_1251.encode(document).0.into_owned();
    if let Some(signer) = sealing.signer {
        let signed = sealing.suite.sign(&bytes, signer, envelope.at, chance)?;
        bytes = sections(&[Section { label: container::UA1_SIGN, payload: &signed }])?;
    }
    if let Some(recipient) = sealing.recipient {
        let recipients = std::slice::from_ref(recipient);
        let sender = Some(sealing.agreement);
        let sealed = sealing.suite.envelope(&bytes, recipients, sender, chance)?;
        let ours = sealing.agreement.certificate.der();
        bytes = sections(&[
            Section { label: container::CERTCRYPT, payload: ours },
            Section { label: container::UA1_CRYPT, payload: &sealed },
        ])?;
    }
    let header = envelope.header().write();
    let mut outer = vec![Section { label: container::TRANSPORTABLE, payload: &header }];
    let signed;
    if let Some(signer) = sealing.signer {
        signed = sealing.suite.sign(&bytes, signer, envelope.at, chance)?;
        outer.push(Section { label: container::UA1_SIGN, payload: &signed });
        bytes = sections(&outer)?;
    } else {
        let mut unsigned = sections(&outer)?;
        unsigned.extend_from_slice(&bytes);
        bytes = unsigned;
    }
    let name = format!("{}.XML", envelope.number);
    Ok(Part { name: Some(name), content_type: "application/octet-stream".into(), bytes })
}

impl Envelope<'_> {
    fn header(&self) -> Header {
        let sent = self.at.civil(&kyiv()).strftime("%Y%m%d%H%M%S").to_string();
        let verdict = if self.refused { "не прийнято" } else { "прийнято" };
        Header::default()
            .with("FILENAME", format!("{}.XML", self.number))
            .with("SUBJECT", format!("{} ({verdict})", self.title))
            .with("EDRPOU", self.issuer_code)
            .with("RCV_EDRPOU", self.code)
            .with("RESULT", if self.refused { "1" } else { "0" })
            .with("FINKVT", if self.last { "1" } else { "0" })
            .with("RCV_EMAIL", self.reply_to)
            .with("PRG_TYPE", "ZPGATE")
            .with("SND_DATE", sent)
            .with("ENCODING", "WIN")
            // As real receipts have it beside «Квитанція №1»: nobody may go by this number.
            .with("KVTNUM", "2")
    }
}
