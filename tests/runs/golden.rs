//! Summaries as files to look at.

use std::path::PathBuf;

use crate::servers::Account;

/// Compares a page with a file under tests/golden/runs, or writes it.
#[allow(clippy::disallowed_methods)]
pub fn compare(name: &str, page: &str, accounts: &[Account]) {
    let (page, style) = apart(&masked(page, accounts));
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/runs");
    let path = root.join(format!("{name}.uk.html"));
    if std::env::var("UPDATE_GOLDEN").is_ok() {
        std::fs::write(&path, &page).unwrap();
        std::fs::write(root.join("style.css"), style).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    let different = wanted.lines().zip(page.lines()).find(|(wanted, is)| wanted != is);
    assert!(
        wanted == page,
        "{name} is not as in tests/golden/runs; look at the difference after UPDATE_GOLDEN=1\n\
         {different:#?}"
    );
}

/// The page with a link in the place of its style sheet, so that the goldens tell of words: how a
/// page looks is for `tests/report.rs`.
fn apart(page: &str) -> (String, String) {
    let (head, rest) = page.split_once("<style>").unwrap();
    let (style, body) = rest.split_once("</style>").unwrap();
    let head = head.replace("style-src 'unsafe-inline'", "style-src 'unsafe-inline' file:");
    (format!("{head}<link rel=\"stylesheet\" href=\"style.css\">{body}"), style.to_owned())
}

/// Mailboxes are those that were free.
fn masked(page: &str, accounts: &[Account]) -> String {
    let mut page = page.to_owned();
    for (account, name) in accounts.iter().zip(["office", "acsk", "zvit"]) {
        page = page.replace(&account.address, &format!("{name}@test.example"));
    }
    page
}
