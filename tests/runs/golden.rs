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

/// Mailboxes are those that were free; the authority numbers what it grants and registers in the
/// order in which the letters came, and mail keeps no order.
fn masked(page: &str, accounts: &[Account]) -> String {
    let mut page = page.to_owned();
    for (account, name) in accounts.iter().zip(["office", "acsk", "zvit"]) {
        page = page.replace(&account.address, &format!("{name}@test.example"));
    }
    let serial = |c: char| c.is_ascii_hexdigit() || ", ".contains(c);
    let page = numberless(&page, "Серійні номери: ", &|rest| {
        rest.chars().take_while(|c| serial(*c)).count()
    });
    numberless(&page, "9260", &|rest| {
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        if digits == 6 { digits } else { 0 }
    })
}

/// The page without what stands behind each `mark`, as long as `length` says.
fn numberless(page: &str, mark: &str, length: &dyn Fn(&str) -> usize) -> String {
    let mut pieces = page.split(mark);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for rest in pieces {
        let cut = length(rest);
        out.push_str(mark);
        out.push_str(if cut > 0 { "…" } else { "" });
        out.push_str(&rest[cut..]);
    }
    out
}
