//! Summaries as files to look at.

use std::path::PathBuf;

use crate::servers::Account;

/// Compares a page with a file under tests/golden/runs, or writes it.
#[allow(clippy::disallowed_methods)]
pub fn compare(name: &str, page: &str, accounts: &[Account]) {
    let page = masked(page, accounts);
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/runs");
    let path = root.join(format!("{name}.uk.html"));
    if std::env::var("UPDATE_GOLDEN").is_ok() {
        std::fs::write(&path, &page).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    let different = wanted.lines().zip(page.lines()).find(|(wanted, is)| wanted != is);
    assert!(
        wanted == page,
        "{name} is not as in tests/golden/runs; look at the difference after UPDATE_GOLDEN=1\n\
         {different:#?}"
    );
}

/// Mailboxes are those that were free; digests and certificates are of chance and suite.
fn masked(page: &str, accounts: &[Account]) -> String {
    let mut page = page.to_owned();
    for (account, name) in accounts.iter().zip(["office", "acsk", "zvit"]) {
        page = page.replace(&account.address, &format!("{name}@test.example"));
    }
    page
}
