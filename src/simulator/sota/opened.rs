//! Layers off, down to the document.

use crate::authority::sota::container::{self, Header, Kind};
use crate::crypto::{Certificate, Pair, Suite};
use crate::mail::Part;
use crate::simulator::clerk::{Unintelligible, odd};

/// What a container held. Signatures are verified as mathematics only.
pub(in crate::simulator) struct Opened {
    /// Of the outermost TRANSPORTABLE; authenticates nothing.
    pub header: Header,
    /// Who signed around the envelope, outermost first.
    pub senders: Vec<Certificate>,
    /// CERTCRYPT.
    pub agreements: Vec<Certificate>,
    /// Who signed inside the envelope, innermost, who signed first, first.
    pub signers: Vec<Certificate>,
    /// The bytes at the bottom, or why they could not be reached.
    pub document: Result<Vec<u8>, String>,
}

/// Opens the container among the parts of a letter with the receiver's pair.
pub(in crate::simulator) fn open(
    parts: &[Part],
    suite: &dyn Suite,
    agreement: &Pair,
) -> Result<Opened, Unintelligible> {
    let part = parts
        .iter()
        .find(|part| container::looks_like(&part.bytes))
        .ok_or_else(|| odd("no container in the letter"))?;
    let mut opened = Opened {
        header: Header::default(),
        senders: Vec::new(),
        agreements: Vec::new(),
        signers: Vec::new(),
        document: Err(String::new()),
    };
    opened.document = opened.descend(part.bytes.clone(), suite, agreement);
    // Collected from outside in.
    opened.signers.reverse();
    Ok(opened)
}

impl Opened {
    fn descend(
        &mut self,
        mut bytes: Vec<u8>,
        suite: &dyn Suite,
        agreement: &Pair,
    ) -> Result<Vec<u8>, String> {
        let mut inside = false;
        for layer in 0..16 {
            if !container::looks_like(&bytes) {
                return Ok(bytes);
            }
            let sections = container::read(&bytes).map_err(|error| error.to_string())?;
            let mut inner = None;
            for section in &sections {
                match section.kind() {
                    Kind::Header if layer == 0 => {
                        let header = Header::read(section.payload);
                        self.header = header.map_err(|error| error.to_string())?;
                    }
                    Kind::Certificate => {
                        self.agreements.extend(Certificate::read(section.payload).ok());
                    }
                    Kind::Signed => {
                        let layers = suite.verify(section.payload, &[]);
                        let layers = layers.map_err(|error| error.to_string())?;
                        let layer = layers.into_iter().next().ok_or("nobody signed")?;
                        let signers = if inside { &mut self.signers } else { &mut self.senders };
                        signers.push(layer.signer);
                        inner = Some(layer.content);
                    }
                    Kind::Encrypted => {
                        inside = true;
                        let opened = suite.open(section.payload, &[agreement], &self.agreements);
                        inner = Some(opened.map_err(|error| error.to_string())?.to_vec());
                    }
                    Kind::Header | Kind::Other => {}
                }
            }
            bytes = inner.ok_or("a layer without a seal")?;
        }
        Err("sealed too deep".into())
    }
}
