//! The summary's files: the report in each format, and what an unpaid invoice needs beside it.

use std::path::{Path, PathBuf};

use super::Failure;
use crate::assemble;
use crate::config::Config;
use crate::crypto::Usage;
use crate::report::payment::bank::{self, Payer};
use crate::report::summary::{self, Format};
use crate::report::{self, Report, Snapshot};

/// Writes `summary.html`, `summary.csv` and so on into `folder`, with the bank's files beside.
pub fn write(
    snapshot: &Snapshot,
    config: &Config,
    folder: &Path,
    formats: &[Format],
) -> Result<Vec<PathBuf>, Failure> {
    let name = |format: Format| folder.join(format!("summary.{}", format.name()));
    files(snapshot, config, folder, formats, &name)
}

/// The daemon's summary: `page` is the HTML, whatever it is called; other formats lie beside it
/// under its name with their own ending.
pub fn write_page(
    snapshot: &Snapshot,
    config: &Config,
    page: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    let name = |format: Format| match format {
        Format::Html => page.to_owned(),
        other => page.with_extension(other.name()),
    };
    let folder = page.parent().unwrap_or(Path::new("."));
    files(snapshot, config, folder, &config.summaries, &name)
}

fn files(
    snapshot: &Snapshot,
    config: &Config,
    folder: &Path,
    formats: &[Format],
    name: &dyn Fn(Format) -> PathBuf,
) -> Result<Vec<PathBuf>, Failure> {
    let mut report = report::build(snapshot, config.language);
    std::fs::create_dir_all(folder)?;
    let beside = bank_files(snapshot, config, &mut report, folder)?;
    let mut written = Vec::new();
    for format in formats {
        let path = name(*format);
        put(&path, &summary::render(&report, *format, config.csv_encoding)?)?;
        written.push(path);
    }
    written.extend(beside);
    written.extend(partners_files(snapshot, folder)?);
    Ok(written)
}

/// Certificates of those without consent to publish: partners get them by hand.
fn partners_files(snapshot: &Snapshot, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut written = Vec::new();
    for holder in snapshot.holders.iter().filter(|holder| !holder.consent) {
        let folder = folder.join("certificates");
        std::fs::create_dir_all(&folder)?;
        for certificate in &holder.certificates {
            let usage = match certificate.usage {
                Usage::Signing => "signing",
                Usage::Agreement => "agreement",
            };
            let path = folder.join(format!("{}-{usage}.pem", plain(&holder.id)));
            put(&path, certificate.pem.as_bytes())?;
            written.push(path);
        }
    }
    Ok(written)
}

/// `payment-ORDER.csv` and `invoice-NUMBER.pdf` of what waits to be paid. What does not wait any
/// more leaves no file from which it could be paid twice.
fn bank_files(
    snapshot: &Snapshot,
    config: &Config,
    report: &mut Report,
    folder: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    let payment = |order: &str| format!("payment-{}.csv", plain(order));
    let (to_bank, to_read) = report::file_labels(config.language);
    let zone = jiff::tz::TimeZone::get(&snapshot.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let day = snapshot.now.date(&zone);
    let payer = Payer { code: &snapshot.organisation.code, name: &snapshot.organisation.name };
    let mut written = Vec::new();
    for order in &snapshot.orders {
        let path = folder.join(payment(&order.number));
        let own = report.bills.iter().filter(|bill| bill.transfer.order == order.number);
        let transfers: Vec<_> = own.map(|bill| bill.transfer.clone()).collect();
        if transfers.is_empty() {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error.into());
                }
                _ => continue,
            }
        }
        put(&path, &bank::render(&transfers, &payer, day))?;
        written.push(path);
    }
    for bill in &mut report.bills {
        bill.files.push((to_bank.to_owned(), payment(&bill.transfer.order)));
        let Some(pdf) = bill.pdf else { continue };
        if let Some(bytes) = assemble::kept(config, &pdf)? {
            let name = format!("invoice-{}.pdf", plain(&bill.transfer.invoice));
            put(&folder.join(&name), &bytes)?;
            written.push(folder.join(&name));
            bill.files.push((to_read.to_owned(), name));
        }
    }
    Ok(written)
}

/// A number that others gave, as part of a file's name.
fn plain(number: &str) -> String {
    number.chars().take(60).map(|c| if c.is_alphanumeric() { c } else { '-' }).collect()
}

/// Readers never meet half a file.
fn put(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let partial = path.with_file_name(format!(".{name}.partial"));
    std::fs::write(&partial, bytes)?;
    Ok(std::fs::rename(&partial, path)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::{Payee, Payment, Role};
    use crate::engine::order::{FiledInvoice, Item, Order, Paid};
    use crate::exchange::{
        Digest, Dispatch, DocumentNumber, Exchange, ExchangeId, Invoice, Money, Purpose, Stage,
    };
    use crate::time::Timestamp;
    use jiff::civil::date;

    fn waiting(config: &Config) -> Snapshot {
        let at = Timestamp(1_795_168_800);
        let document = DocumentNumber("doc-1".into());
        let amount = Money { minor: 34_900, currency: "UAH".into() };
        let xml = Digest([7; 32]);
        let id = ExchangeId("seal-1".into());
        let mut exchange = Exchange::open(id, "seal".into(), Purpose::Renewal, at, at);
        let invoice =
            Invoice { number: "СФ/17".into(), amount: amount.clone(), due: None, receipt: xml };
        let dispatch = Dispatch::new(document.clone(), Digest([1; 32]));
        exchange.stage = Stage::AwaitingPayment { dispatch, invoice, until: at };
        let payee = Payee {
            name: "ТОВ «Центр»".into(),
            code: "12345678".into(),
            iban: "UA213223130000026007233566001".into(),
            purpose: "Оплата послуг".into(),
        };
        let pdf = crate::crypto::digest(b"%PDF");
        let invoice = FiledInvoice {
            number: "СФ/17".into(),
            dated: None,
            amount,
            vat: None,
            due: None,
            payee: Some(payee),
            xml,
            pdf: Some(pdf),
            at,
            documents: vec![document],
        };
        let item = Item {
            exchange: exchange.id.clone(),
            attempt: 1,
            document: invoice.documents.first().cloned().unwrap(),
            role: Role::Seal,
            holder: config.organisation.name.clone(),
            usages: Vec::new(),
            term: 2,
            payment: Payment::Invoice,
            sum: invoice.amount.clone(),
            vat: None,
        };
        let order = Order {
            number: "12345678-20261120".into(),
            authority: "ukraina".into(),
            day: date(2026, 11, 20),
            items: vec![item],
            invoices: vec![invoice],
            paid: None,
        };
        Snapshot {
            now: at,
            zone: "Europe/Kyiv".into(),
            organisation: config.organisation.clone(),
            holders: Vec::new(),
            exchanges: vec![exchange],
            hooks: Vec::new(),
            orders: vec![order],
            notice_days: Vec::new(),
            registrations: Vec::new(),
            journal: Vec::new(),
            arrivals: Vec::new(),
            ignored: Vec::new(),
            troubles: Vec::new(),
            mailbox_read: None,
        }
    }

    #[test]
    fn what_waits_for_money_has_files_for_the_bank_and_what_is_paid_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::read(crate::config::example(), folder.path()).unwrap();
        config.data = folder.path().join("data");
        let kept = crate::crypto::digest(b"%PDF").to_string();
        let place = config.data.join("store/files").join(&kept[..2]);
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join(&kept), b"%PDF").unwrap();
        let page = folder.path().join("www/index.html");
        let mut snapshot = waiting(&config);
        assert!(write_page(&snapshot, &config, &page).is_ok());
        let beside = |name: &str| std::fs::read(page.with_file_name(name));
        let bank = beside("payment-12345678-20261120.csv").unwrap();
        assert!(bank.windows(8).any(|part| part == b"\"349.00\""));
        assert_eq!(beside("invoice-СФ-17.pdf").unwrap(), b"%PDF");
        let html = std::fs::read_to_string(&page).unwrap();
        for part in ["<svg class=\"qr\"", "UA213223130000026007233566001", "Оплата послуг"]
        {
            assert!(html.contains(part), "{part}");
        }
        for link in ["href=\"payment-12345678-20261120.csv\"", "href=\"invoice-СФ-17.pdf\""] {
            assert!(html.contains(link), "{link}");
        }
        assert!(beside("index.xlsx").is_ok() && beside("index.pdf").is_ok());

        let paid = Paid { on: date(2026, 11, 21), reference: "1".into() };
        snapshot.orders[0].paid = Some(paid);
        assert!(write_page(&snapshot, &config, &page).is_ok());
        assert!(beside("payment-12345678-20261120.csv").is_err(), "nobody pays twice");
        assert!(!std::fs::read_to_string(&page).unwrap().contains("<svg class=\"qr\""));
    }
}
