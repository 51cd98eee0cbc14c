//! The problems that people can meet, by label. `docs/operator.md` tells the operator about each;
//! every language has words for each (`words/`), or it does not compile.

macro_rules! labels {
    ($($variant:ident $label:literal),* $(,)?) => {
        /// A problem whose words we know. Labels that are not here are shown by their detail.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Label {
            $($variant),*
        }

        /// Every label, in the order of `docs/operator.md`.
        pub const LABELS: &[(&str, Label)] = &[$(($label, Label::$variant)),*];
    };
}

labels! {
    // Preparing.
    DataDiffer "data-differ",
    CertificateMissing "certificate-missing",
    CertificateEnded "certificate-ended",
    KeyMissing "key-missing",
    KeyPassword "key-password",
    KeyPermissions "key-permissions",
    KeyDamaged "key-damaged",
    PasswordShort "password-short",
    PasswordRepetition "password-repetition",
    PasswordWeak "password-weak",
    TokenModule "token-module",
    TokenMissing "token-missing",
    TokenPin "token-pin",
    TokenLocked "token-locked",
    TokenFull "token-full",
    TokenFailed "token-failed",
    SecretMissing "secret-missing",
    SecretPermissions "secret-permissions",
    ApplicationUnfit "application-unfit",
    RecipientMissing "recipient-missing",
    SealFailed "seal-failed",
    HolderUnknown "holder-unknown",
    // Sending.
    SmtpUnreachable "smtp-unreachable",
    SmtpLogin "smtp-login",
    SmtpLater "smtp-later",
    SmtpRejected "smtp-rejected",
    SmtpUncertain "smtp-uncertain",
    Bounce "bounce",
    SmtpTls "smtp-tls",
    // Reading.
    ImapUnreachable "imap-unreachable",
    ImapLogin "imap-login",
    ImapFolder "imap-folder",
    ImapTls "imap-tls",
    ImapTimeout "imap-timeout",
    ImapBusy "imap-busy",
    ImapProtocol "imap-protocol",
    OauthRefresh "oauth-refresh",
    OauthGrant "oauth-grant",
    MailboxFull "mailbox-full",
    MailboxSilent "mailbox-silent",
    // Installing.
    CertificateMismatch "certificate-mismatch",
    CertificateUntrusted "certificate-untrusted",
    CertificateRevoked "certificate-revoked",
    RevocationStale "revocation-stale",
    RevocationUnreadable "revocation-unreadable",
    BundleDamaged "bundle-damaged",
    HookFailed "hook-failed",
    // Ourselves.
    FolderRead "folder-read",
    FolderWrite "folder-write",
    DiskFull "disk-full",
    DiskError "disk-error",
    StoreDamaged "store-damaged",
    Clock "clock",
    ConfigBroken "config-broken",
    PageListen "page-listen",
    MessageUnsent "message-unsent",
    MessageMemory "message-memory",
    WebhookFailed "webhook-failed",
    // Keys, and what commands answer.
    KeyGeneration "key-generation",
    KeyMismatch "key-mismatch",
    KeyOccupied "key-occupied",
    KeyProtect "key-protect",
    CertificateDamaged "certificate-damaged",
    PriceMissing "price-missing",
    ParcelMissing "parcel-missing",
    VaultIo "vault-io",
    VaultDamaged "vault-damaged",
    VaultName "vault-name",
    AlreadyOpen "already-open",
    NotNow "not-now",
    UnknownId "unknown-id",
    SnoozeTooLate "snooze-too-late",
    ErrandUnreadable "errand-unreadable",
    StillQuarantined "still-quarantined",
    // What doctor finds.
    Configuration "configuration-wrong",
    MoveRefused "move-refused",
    MailboxFilling "mailbox-filling",
    SmtpSize "smtp-size",
    ClockDiffers "clock-differs",
    AuthorityCertificate "authority-certificate",
    AuthorityCertificateEnding "authority-certificate-ending",
    DiskLow "disk-low",
    HookMissing "hook-missing",
    LetterLost "letter-lost",
}

impl Label {
    pub fn read(label: &str) -> Option<Self> {
        LABELS.iter().find(|(known, _)| *known == label).map(|(_, label)| *label)
    }
}
