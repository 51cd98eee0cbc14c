//! From a notice to a sealed parcel (ukraine.md §§1.3, 2.4, 2.5).

use super::compose::{check_sender, head, header, misfit, parcel, seal, unfit};
use super::notice::{self, NoticeDocument, OFFICIALS, Row, VERSIONS};
use super::number;
use crate::authority::{ComposeError, Notice, Official, OrganisationKind, Parcel, Role};
use crate::crypto::Sealer;

pub(super) fn compose(notice: &Notice, sealer: &mut Sealer<'_>) -> Result<Parcel, ComposeError> {
    check(notice, sealer)?;
    let document = document(notice)?;
    let number = document.head.file_name().and_then(|name| name.number()).map_err(misfit)?;
    let name = format!("{number}.XML");
    let organisation = &notice.organisation;
    let header = header(organisation, &notice.reply_to, &name, sealer.now)?;
    let signers = sealer.signers;
    let bytes = seal(&document.write()?, &header, signers, sealer)?;
    let title = notice::title(notice.version);
    let subject = format!("Повідомлення про електронні підписи {number}");
    let text = format!(
        "{title}.\n\
         Платник: {} ({})\n\
         Документ: {name}\n\
         Квитанції просимо надсилати на {}.\n",
        organisation.name, organisation.code, notice.reply_to,
    );
    parcel(number, name, bytes, subject, text)
}

fn check(notice: &Notice, sealer: &Sealer<'_>) -> Result<(), ComposeError> {
    check_sender(&notice.organisation, &notice.reply_to)?;
    if !VERSIONS.contains(&notice.version) {
        let detail = format!("{}; 3 and 4 can be filed", notice.version);
        return Err(unfit("tax-office.form-version", detail));
    }
    if notice.sequence == 0 {
        return Err(unfit("sequence", "a notice is numbered from 1"));
    }
    let count = notice.officials.len();
    if !(1..=OFFICIALS).contains(&count) {
        let detail = format!("{count} rows; from 1 to {OFFICIALS} have a place");
        return Err(unfit("tax-office.officials", detail));
    }
    for official in &notice.officials {
        check_official(official)?;
    }
    // In which order they sign is the caller's word; that each of them does is the form's.
    let signs = |official: &&Official| {
        let mut keys = sealer.signers.iter().filter_map(|pair| pair.certificate.key_id());
        keys.any(|key| key == official.key_id)
    };
    if let Some(absent) = notice.officials.iter().find(|official| !signs(official)) {
        let detail = format!("the key of «{}» is not among those that sign", absent.name);
        return Err(unfit("tax-office.officials", detail));
    }
    if sealer.signers.len() != count + 1 {
        let detail = format!(
            "{} signatures for {count} rows; each row's and then the head's are needed",
            sealer.signers.len()
        );
        return Err(unfit("tax-office.officials", detail));
    }
    Ok(())
}

fn check_official(official: &Official) -> Result<(), ComposeError> {
    if official.role == Role::Employee {
        let detail = format!("«{}» is an employee: the form has no word for it", official.name);
        return Err(unfit("tax-office.officials", detail));
    }
    if official.key_id.is_empty() {
        let detail = format!("the certificate of «{}» has no key identifier", official.name);
        return Err(unfit("tax-office.officials", detail));
    }
    number::padded(&official.code).map_err(|error| unfit("holder.drfo", error.to_string()))?;
    Ok(())
}

fn document(notice: &Notice) -> Result<NoticeDocument, ComposeError> {
    let organisation = &notice.organisation;
    let form = notice::form(organisation.kind, notice.version);
    let rows = notice.officials.iter().map(|official| Row {
        name: official.name.clone(),
        code: official.code.trim().to_uppercase(),
        key_id: official.key_id.clone(),
        role: official.role,
    });
    let post = match organisation.kind {
        OrganisationKind::Legal => "Директор",
        OrganisationKind::SoleProprietor => "Фізична особа-підприємець",
    };
    Ok(NoticeDocument {
        head: head(organisation, form, notice.sequence, notice.filled_at)?,
        number: notice.sequence,
        office: notice.office.clone(),
        name: organisation.name.clone(),
        rows: rows.collect(),
        director: notice.head.clone(),
        post: post.into(),
        executor: organisation.responsible.clone(),
        phone: organisation.phone.clone(),
    })
}
