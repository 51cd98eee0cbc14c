//! Sealing for one authority: what a dialect needs to make a parcel, and nothing else.

use super::certificate::Certificate;
use super::key::Pair;
use super::suite::{CryptoError, Suite};
use crate::time::Timestamp;

/// Signs as one holder and encrypts to one authority. Lives for the making of one parcel.
pub struct Sealer<'a> {
    pub suite: &'a dyn Suite,
    /// The holder's valid signing pair; for a notice the signers in their order.
    pub signers: &'a [Pair],
    /// The holder's valid agreement pair, for static key agreement.
    pub agreement: Option<&'a Pair>,
    pub recipients: &'a [Certificate],
    pub now: Timestamp,
    pub chance: &'a mut dyn super::CryptoRng,
}

impl Sealer<'_> {
    /// `SignedData` by `signer` over `content`.
    pub fn sign_by(&mut self, signer: &Pair, content: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.suite.sign(content, signer, self.now, &mut *self.chance)
    }

    /// `EnvelopedData` to the authority. When the suite agrees keys statically, the certificate
    /// of [`Sealer::agreement`] must travel beside it.
    pub fn encrypt(&mut self, content: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.suite.envelope(content, self.recipients, self.agreement, &mut *self.chance)
    }

    /// The same where nothing can travel beside: everything that opens it is inside.
    pub fn encrypt_alone(&mut self, content: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.suite.envelope(content, self.recipients, None, &mut *self.chance)
    }
}
