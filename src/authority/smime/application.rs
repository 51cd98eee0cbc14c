//! An application: `Key: value` lines and PKCS#10 requests, signed, then encrypted
//! (schemas/smime-application.md).

use std::fmt::Write as _;

use zeroize::Zeroizing;

use crate::authority::{Application, ComposeError, Parcel, Payment, Role};
use crate::crypto::{Sealer, Usage, digest};
use crate::exchange::{DocumentNumber, Money};
use crate::mail::{Part, base64_lines};

/// The attachment's name and type: fixed by RFC 8551 §3.2, the same for every parcel (F47).
const NAME: &str = "smime.p7m";
const ENVELOPED: &str = "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m";

pub fn compose(application: &Application, sealer: &mut Sealer<'_>) -> Result<Parcel, ComposeError> {
    let reference = reference(application)?;
    let signers = sealer.signers;
    let signer = signers.first().ok_or(ComposeError::Unfit {
        field: "signer",
        detail: "the holder has no valid signing pair".into(),
    })?;
    if sealer.recipients.is_empty() {
        let detail = "the authority's certificate is not configured".into();
        return Err(ComposeError::Unfit { field: "recipients", detail });
    }
    let content = content(application, &reference)?;
    let signed = Zeroizing::new(sealer.sign_by(signer, content.as_bytes())?);
    let armoured = Zeroizing::new(base64_lines(&signed));
    // Room for everything at once: a string that grows leaves copies of the secret behind.
    let mut entity = Zeroizing::new(String::with_capacity(armoured.len() + 300));
    *entity += &format!(
        "Content-Type: application/pkcs7-mime; smime-type=signed-data; name={NAME}\r\n\
         Content-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename={NAME}\r\n\
         \r\n"
    );
    *entity += &armoured;
    let bytes = sealer.encrypt_alone(entity.as_bytes())?;
    // The letter travels in the clear: no names of people in it.
    Ok(Parcel {
        part: Part { name: Some(NAME.into()), content_type: ENVELOPED.into(), bytes },
        subject: format!("[{reference}] Заявка на сертифікати"),
        text: format!(
            "Заявка {reference} на нові сертифікати.\n\
             Заявку підписано й зашифровано; вона у вкладенні {NAME}.\n\
             Відповідь, будь ласка, надішліть на {}.\n",
            application.reply_to,
        ),
        document: DocumentNumber(reference),
    })
}

/// The fields and the requests that follow them.
pub fn in_clear(application: &Application) -> Result<String, ComposeError> {
    let fields = fields(application, &reference(application)?)?;
    let mut text = fields.replace("\r\n", "\n");
    for requested in &application.requests {
        let armoured = base64_lines(&requested.request).replace("\r\n", "\n");
        text.push_str(&format!("\n{}\n{armoured}", file_name(requested.usage)));
    }
    Ok(text)
}

/// `CP-12345678-D-0000042`: code, role, our own counter. The same application has the same one.
fn reference(application: &Application) -> Result<String, ComposeError> {
    let code = &application.organisation.code;
    let is_code = (1..=20).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_code {
        let detail = format!("{code:?} is no code: letters and digits are expected");
        return Err(ComposeError::Unfit { field: "organisation.code", detail });
    }
    let role = match application.role {
        Role::Director => 'D',
        Role::Accountant => 'A',
        Role::Seal => 'S',
        Role::Employee => 'E',
    };
    if application.sequence > 9_999_999 {
        let detail = format!("{} has more than seven digits", application.sequence);
        return Err(ComposeError::Unfit { field: "sequence", detail });
    }
    Ok(format!("CP-{code}-{role}-{:07}", application.sequence))
}

/// The MIME entity that is signed, in canonical form (CRLF, 7-bit; RFC 8551 §3.1).
fn content(application: &Application, reference: &str) -> Result<Zeroizing<String>, ComposeError> {
    let fields = fields(application, reference)?;
    let boundary = format!("certpost-{:.32}", digest(reference.as_bytes()).to_string());
    // Room for everything at once, here too.
    let requests: usize = application.requests.iter().map(|one| one.request.len()).sum();
    let mut text = Zeroizing::new(String::with_capacity(4096 + 2 * (fields.len() + requests)));
    let secret = Zeroizing::new(base64_lines(fields.as_bytes()));
    *text += &format!(
        "Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\
         \r\n\
         --{boundary}\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: base64\r\n\
         \r\n"
    );
    *text += &secret;
    for requested in &application.requests {
        let name = file_name(requested.usage);
        *text += &format!(
            "--{boundary}\r\n\
             Content-Type: application/pkcs10; name={name}\r\n\
             Content-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename={name}\r\n\
             \r\n{}",
            base64_lines(&requested.request),
        );
    }
    *text += &format!("--{boundary}--\r\n");
    Ok(text)
}

fn file_name(usage: Usage) -> &'static str {
    match usage {
        Usage::Signing => "signing.p10",
        Usage::Agreement => "agreement.p10",
    }
}

fn fields(application: &Application, reference: &str) -> Result<Zeroizing<String>, ComposeError> {
    let organisation = &application.organisation;
    let mut lines = Lines(Zeroizing::new(String::with_capacity(4096)));
    lines.add("Reference", "sequence", reference)?;
    lines.add("Organisation", "organisation.name", &organisation.name)?;
    lines.add("Code", "organisation.code", &organisation.code)?;
    lines.add("Role", "role", role(application.role))?;
    lines.add("Holder", "holder.name", &application.holder)?;
    if let Some(drfo) = &application.drfo {
        lines.add("Drfo", "holder.drfo", drfo)?;
    }
    lines.add("Email", "holder.email", &application.email)?;
    if !matches!(application.term, 1 | 2) {
        let detail = format!("{} years are not on offer: 1 or 2", application.term);
        return Err(ComposeError::Unfit { field: "term", detail });
    }
    lines.add("Term", "term", &application.term.to_string())?;
    lines.add("Start", "start", &application.start.to_string())?;
    lines.add("Consent", "consent", if application.consent { "yes" } else { "no" })?;
    lines.add("Payment", "payment", payment(application.payment))?;
    lines.add("Sum", "sum", &sum(&application.sum)?)?;
    lines.add("Order", "order", &application.order)?;
    lines.add("Responsible", "organisation.responsible", &organisation.responsible)?;
    lines.add("Phone", "organisation.phone", &organisation.phone)?;
    lines.add("Blocking-Phrase", "blocking-phrase", &application.blocking_phrase)?;
    lines.add("Filled-At", "filled-at", &application.filled_at.to_string())?;
    lines.add("Reply-To", "mailbox.address", &application.reply_to)?;
    replaced(application, &mut lines)?;
    Ok(lines.0)
}

/// What each request replaces: serial and SHA-256 of the certificate in hexadecimal.
fn replaced(application: &Application, lines: &mut Lines) -> Result<(), ComposeError> {
    let requests = &application.requests;
    let usages = |usage| requests.iter().filter(|one| one.usage == usage).count();
    if requests.is_empty() || usages(Usage::Signing) > 1 || usages(Usage::Agreement) > 1 {
        let detail =
            format!("{} requests: one or two of different usage are expected", { requests.len() });
        return Err(ComposeError::Unfit { field: "requests", detail });
    }
    for requested in requests {
        let key = match requested.usage {
            Usage::Signing => "Replaces-Signing",
            Usage::Agreement => "Replaces-Agreement",
        };
        let replaced = &requested.replaces;
        let value = format!("{} {}", replaced.serial(), replaced.fingerprint());
        lines.add(key, "requests", &value)?;
    }
    Ok(())
}

struct Lines(Zeroizing<String>);

impl Lines {
    /// `field` is the datum's name in the configuration. The value is never shown in an error:
    /// one of them is a secret.
    fn add(&mut self, key: &str, field: &'static str, value: &str) -> Result<(), ComposeError> {
        let value = value.trim();
        let detail = if value.is_empty() {
            "it is empty"
        } else if value.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            "it holds a line break or another control character"
        } else if value.len() > 1000 {
            "it is longer than 1000 bytes"
        } else {
            let _ = write!(*self.0, "{key}: {value}\r\n");
            return Ok(());
        };
        Err(ComposeError::Unfit { field, detail: detail.into() })
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Director => "director",
        Role::Accountant => "accountant",
        Role::Seal => "seal",
        Role::Employee => "employee",
    }
}

fn payment(payment: Payment) -> &'static str {
    match payment {
        Payment::Prepaid => "prepaid",
        Payment::Invoice => "invoice",
        Payment::Online => "online",
    }
}

/// `349.00 UAH`.
fn sum(sum: &Money) -> Result<String, ComposeError> {
    if sum.minor < 0 {
        return Err(ComposeError::Unfit { field: "sum", detail: "it is negative".into() });
    }
    Ok(format!("{}.{:02} {}", sum.minor / 100, sum.minor % 100, sum.currency))
}
