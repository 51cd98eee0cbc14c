//! What bytes are, and what is in them.

use super::Node;
use crate::authority::role_hint;
use crate::authority::sota::container::{self, Header, Kind as SectionKind};
use crate::authority::sota::receipt::{self, Answer};
use crate::authority::xml;
use crate::crypto::chain::chain;
use crate::crypto::containers::{self, ContainerError, Found, Look};
use crate::crypto::glance::{self, Enveloped, Seal, Signed, Signer, describe_key, hex};
use crate::crypto::revocation::RevocationList;
use crate::crypto::{Certificate, MAX_LAYERS, Usage, name};
use crate::exchange::Digest;
use crate::time::Timestamp;

/// Certificates of one bundle that are shown.
const SHOWN: usize = 32;

/// What a file is, without keys. `known` are certificates that may be signers' when none came
/// along; `password` opens a key container, of which no secret is shown.
pub fn inspect(
    bytes: &[u8],
    known: &[Certificate],
    password: Option<&[u8]>,
    now: Timestamp,
) -> Node {
    Eye { known, password, now }.layer(bytes, 1)
}

struct Eye<'a> {
    known: &'a [Certificate],
    password: Option<&'a [u8]>,
    now: Timestamp,
}

impl Eye<'_> {
    fn layer(&self, bytes: &[u8], depth: usize) -> Node {
        if depth > MAX_LAYERS {
            let limit = format!("sealed more than {MAX_LAYERS} layers deep; not looked at further");
            return Node::new("too-deep", limit);
        }
        if container::looks_like(bytes) {
            return self.sections(bytes, depth);
        }
        if containers::kind(bytes).is_some() {
            return key_container(bytes, self.password, self.now);
        }
        if xml::looks_like(bytes) {
            return document(bytes);
        }
        if glance::content_type(bytes).is_some() {
            return self.seal(bytes, depth);
        }
        if let Ok(one) = Certificate::read(bytes) {
            return certificate(&one, self.now);
        }
        if let Some(request) = glance::request(bytes) {
            return match request {
                Ok(facts) => Node::new("request", "certificate request (PKCS#10)")
                    .with("subject", name::display(&facts.subject))
                    .with("key", describe_key(&facts.public_key))
                    .with("key id", key_id(&facts.public_key))
                    .with("signature", "holds"),
                Err(error) => Node::unreadable("request", "certificate request (PKCS#10)", error),
            };
        }
        if let Ok(list) = RevocationList::read(bytes) {
            return self.revocation_list(&list);
        }
        plain(bytes)
    }

    fn sections(&self, bytes: &[u8], depth: usize) -> Node {
        let sections = match container::read(bytes) {
            Ok(sections) => sections,
            Err(error) => return Node::unreadable("container", "transport container", error),
        };
        let title = format!("transport container, {} sections", sections.len());
        let mut node = Node::new("container", title);
        for section in sections {
            let told = format!("{}, {} bytes", section.label, section.payload.len());
            let mut one = Node::new("section", told);
            match section.kind() {
                SectionKind::Header => match Header::read(section.payload) {
                    Ok(Header(lines)) => {
                        one.what = "header";
                        one.facts = lines;
                    }
                    Err(error) => one.fact("error", error.to_string()),
                },
                _ => one.inside.push(self.layer(section.payload, depth + 1)),
            }
            node.inside.push(one);
        }
        node
    }

    fn seal(&self, bytes: &[u8], depth: usize) -> Node {
        match glance::seal(bytes, self.known) {
            Ok(Seal::Signed(signed)) => self.signed(&signed, depth),
            Ok(Seal::Enveloped(envelope)) => enveloped(&envelope),
            Ok(Seal::Other(kind)) => {
                Node::new("cms", "CMS message").with("type", glance::algorithm_name(kind))
            }
            Err(error) => Node::unreadable("cms", "CMS message", error),
        }
    }

    fn signed(&self, signed: &Signed, depth: usize) -> Node {
        if signed.signers.is_empty() {
            let title = format!("bundle of {} certificates", signed.certificates.len());
            let mut node = Node::new("certificates", title);
            let shown = signed.certificates.iter().take(SHOWN);
            node.inside.extend(shown.map(|one| certificate(one, self.now)));
            return node;
        }
        let mut node = Node::new("signed", "CMS SignedData");
        for signer in &signed.signers {
            node.inside.push(self.signer(signer, signed));
        }
        match &signed.content {
            Some(content) => node.inside.push(self.layer(content, depth + 1)),
            None => node.fact("content", "does not come along"),
        }
        node
    }

    fn signer(&self, signer: &Signer, signed: &Signed) -> Node {
        let mut node = Node::new("signer", "signer");
        node.fact("named as", &*signer.named);
        node.fact("algorithm", &*signer.algorithm);
        match &signer.outcome {
            Ok(layer) => {
                node.title = format!("signer «{}»", layer.signer.display_name());
                node.fact("signature", "holds");
                if let Some(at) = layer.signing_time {
                    node.fact("signed at", format!("{at}, by the signer's own word"));
                }
                if !self.known.is_empty() {
                    node.fact("chain", self.chained(&layer.signer, &signed.certificates));
                }
                node.inside.push(certificate(&layer.signer, self.now));
            }
            Err(error) => node.fact("signature", format!("not verified: {error}")),
        }
        node
    }

    fn chained(&self, signer: &Certificate, beside: &[Certificate]) -> String {
        let Some(suite) = glance::suite_of(signer.public_key()) else {
            return "its key is of no suite".to_owned();
        };
        match chain(signer, beside, self.known, &[], &*suite, self.now) {
            Ok(()) => "leads to a certificate that was given".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    fn revocation_list(&self, list: &RevocationList) -> Node {
        let mut node = Node::new("revocation-list", "revocation list (CRL)")
            .with("issuer", name::display(list.issuer_der()))
            .with("made at", list.this_update().to_string());
        if let Some(next) = list.next_update() {
            let late = if next < self.now { ", which is over" } else { "" };
            node.fact("next", format!("{next}{late}"));
        }
        for issuer in self.known.iter().filter(|one| one.subject_der() == list.issuer_der()) {
            let Some(suite) = glance::suite_of(issuer.public_key()) else { continue };
            let holds = list.is_issued_by(issuer, &*suite);
            node.fact("signature", holds.map_or_else(|e| e.to_string(), |()| "holds".to_owned()));
        }
        node
    }
}

fn enveloped(envelope: &Enveloped) -> Node {
    let mut node =
        Node::new("encrypted", "CMS EnvelopedData: encrypted").with("cipher", &*envelope.cipher);
    for recipient in &envelope.recipients {
        node.fact("for", &**recipient);
    }
    if let Some(sender) = &envelope.sender {
        node.fact("sender's key", &**sender);
    }
    node
}

/// The key's identifier, as authorities of its suite count it.
fn key_id(public_key: &[u8]) -> String {
    let id = glance::suite_of(public_key).and_then(|suite| suite.key_id(public_key).ok());
    id.map_or("not known".to_owned(), |id| hex(&id))
}

fn certificate(one: &Certificate, now: Timestamp) -> Node {
    let title = format!("certificate of «{}»", one.display_name());
    let mut node = Node::new("certificate", title);
    let subject = one.subject();
    let parts = [
        ("organisation", &subject.organisation),
        ("title", &subject.title),
        ("ЄДРПОУ", &subject.edrpou),
        ("ДРФО", &subject.drfo),
    ];
    for (name, value) in parts {
        if let Some(value) = value {
            node.fact(name, &**value);
        }
    }
    node.fact("issuer", name::display(one.issuer_der()));
    node.fact("serial", one.serial());
    let state = match (one.not_before() > now, one.not_after() < now) {
        (true, _) => "not yet valid",
        (_, true) => "expired",
        _ => "valid now",
    };
    node.fact("valid", format!("{} to {} ({state})", one.not_before(), one.not_after()));
    node.fact("key", describe_key(one.public_key()));
    let usages = [(Usage::Signing, "signing"), (Usage::Agreement, "agreement")];
    let mut usages: Vec<&str> =
        usages.into_iter().filter(|(usage, _)| one.serves(*usage)).map(|(_, word)| word).collect();
    if one.is_authority() {
        usages.push("certificates (an authority)");
    }
    if one.is_electronic_seal() {
        usages.push("electronic seal");
    }
    node.fact("for", usages.join(", "));
    if !one.is_authority() {
        node.fact("holder", role_hint(one).to_string());
    }
    node.fact("key id", one.key_id().map_or_else(|| key_id(one.public_key()), hex));
    node.fact("fingerprint", one.fingerprint().to_string());
    node
}

fn key_container(bytes: &[u8], password: Option<&[u8]>, now: Timestamp) -> Node {
    let mut node = match containers::look(bytes) {
        Ok(look) => looked(&look, now),
        Err(error) => return Node::unreadable("key-container", "key container", error),
    };
    let needs_none = !node.facts.iter().any(|fact| fact.1 == NEEDED);
    let Some(password) = password.or(needs_none.then_some(b"")) else { return node };
    match containers::read(bytes, password) {
        Ok(keys) => {
            node.inside.retain(|one| one.what != "key");
            node.fact("opened", format!("{} keys", keys.len()));
            let keys: Vec<_> = keys.iter().map(key).collect();
            node.inside.splice(0..0, keys);
        }
        Err(error @ ContainerError::WrongPassword { .. }) => {
            node.fact("not opened", error.to_string())
        }
        Err(error) => node.fact("error", error.to_string()),
    }
    node
}

const NEEDED: &str = "needed";

fn looked(look: &Look, now: Timestamp) -> Node {
    let mut node = Node::new("key-container", look.kind.to_string())
        .with("kind", look.kind.word())
        .with("password", if look.needs_password { NEEDED } else { "none" })
        .with("protection", &*look.protection);
    for one in &look.keys {
        let mut key = Node::new("key", "key");
        if let Some(name) = &one.name {
            key.fact("name", &**name);
        }
        if let Some(id) = &one.key_id {
            key.fact("key id", hex(id));
        }
        node.inside.push(key);
    }
    node.inside.extend(look.certificates.iter().map(|one| certificate(one, now)));
    node
}

fn key(found: &Found) -> Node {
    let mut node = Node::new("key", "key");
    if let Some(name) = &found.name {
        node.fact("name", &**name);
    }
    let public = crate::crypto::suite(found.suite).and_then(|s| s.public_key(&found.key).ok());
    if let Some(public) = public {
        node.fact("algorithm", describe_key(&public));
    }
    node.fact("key id", hex(&found.key_id));
    if let Some(own) = found.certificates.first() {
        node.fact("certificate", format!("{}, until {}", own.serial(), own.not_after()));
    }
    node
}

fn document(bytes: &[u8]) -> Node {
    match receipt::read(bytes) {
        Ok(Answer::Receipt(receipt)) => {
            let number = receipt.form.sub - 990;
            let mut node = Node::new("receipt", format!("receipt №{number} ({})", receipt.form))
                .with("answers", receipt.answers.to_string())
                .with("for", receipt.code)
                .with("result", receipt.result)
                .with("from", receipt.sender);
            for reason in receipt.reasons {
                node.fact("reason", reason.text);
            }
            if let Some(registration) = receipt.registration {
                node.fact("registration", registration);
            }
            if let Some(at) = receipt.stated_at {
                node.fact("at", at.to_string());
            }
            node.fact("certificates", receipt.certificates.len().to_string());
            node.fact("text", receipt.text);
            node
        }
        Ok(Answer::Invoice(invoice)) => {
            let mut node = Node::new("invoice", format!("invoice {}", invoice.number));
            for item in &invoice.items {
                node.fact("answers", item.answers.to_string());
            }
            node.fact("for", invoice.code);
            if let Some(order) = invoice.order {
                node.fact("order", order);
            }
            node.with("payee", invoice.payee)
                .with("iban", invoice.iban)
                .with("purpose", invoice.purpose)
        }
        Err(_) => other_document(bytes),
    }
}

/// Any XML: its root, and the form's code when it is a DECLAR.
fn other_document(bytes: &[u8]) -> Node {
    let told = format!("XML document, {} bytes", bytes.len());
    let mut node = Node::new("document", told).with("digest", fingerprint(bytes));
    let (text, _) = encoding_rs::WINDOWS_1251.decode_without_bom_handling(bytes);
    for element in ["C_DOC", "C_DOC_SUB", "C_DOC_VER", "TIN", "HNAME"] {
        let value = text.split_once(&format!("<{element}>"));
        let value = value.and_then(|(_, rest)| Some(rest.split_once('<')?.0));
        if let Some(value) = value.filter(|value| value.len() <= 400) {
            node.fact(element, value);
        }
    }
    node
}

fn fingerprint(bytes: &[u8]) -> String {
    let digest: Digest = crate::crypto::digest(bytes);
    digest.to_string()
}

fn plain(bytes: &[u8]) -> Node {
    let what = if std::str::from_utf8(bytes).is_ok() { "text" } else { "bytes" };
    let title = format!("{what} that is no structure known here, {} bytes", bytes.len());
    Node::new("plain", title).with("digest", fingerprint(bytes))
}
