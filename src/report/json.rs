//! The report for programs. `format` grows when a field changes its meaning or goes away; new
//! fields may come at any time.

use serde_json::{Value, json};

use super::plan::Plan;
use super::why::Why;
use super::{JournalLine, Report};
use crate::engine::Rehearsed;

const FORMAT: u32 = 1;

/// Everything of `certpost status --json`: the page without the closed cases.
pub fn status(report: &Report) -> String {
    let mut value = versioned(json!(report));
    if let Some(object) = value.as_object_mut() {
        object.remove("cases");
        object.remove("rows");
    }
    text(&value)
}

/// `certpost list --json`: one object a holder, certificate and exchange.
pub fn list(report: &Report) -> String {
    text(&versioned(json!({ "rows": report.rows })))
}

/// `certpost show ID --json`; `None` when there is no such exchange.
pub fn show(report: &Report, id: &str) -> Option<String> {
    let case = report.cases.iter().find(|case| case.id.as_deref() == Some(id))?;
    Some(text(&versioned(json!({ "case": case }))))
}

/// `certpost why ID --json`.
pub fn why(why: &Why) -> String {
    text(&versioned(json!({ "why": why })))
}

/// `certpost plan --json`.
pub fn plan(plan: &Plan) -> String {
    text(&versioned(json!({ "plan": plan })))
}

/// `certpost journal ID --json`.
pub fn journal(id: &str, entries: &[JournalLine]) -> String {
    text(&versioned(json!({ "id": id, "entries": entries })))
}

/// `certpost renew HOLDER --dry-run --json`.
pub fn rehearsal(one: &Rehearsed, counted: bool) -> String {
    text(&versioned(json!({ "application": one, "counted": counted })))
}

fn versioned(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.insert("format".to_owned(), FORMAT.into());
    }
    value
}

fn text(value: &Value) -> String {
    format!("{value:#}\n")
}
