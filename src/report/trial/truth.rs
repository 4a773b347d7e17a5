//! The truth about exported exchanges (`docs/self-test.md`).

use crate::check::Specimen;
use serde::Serialize;

#[derive(Serialize)]
struct Truth<'a> {
    testimony: u32,
    exchanges: Vec<Entry<'a>>,
}

/// `kind`, `rule` and `at` are null where nothing is wrong.
#[derive(Serialize)]
struct Entry<'a> {
    exchange: u64,
    kind: Option<&'static str>,
    rule: Option<&'static str>,
    at: Option<String>,
    what: &'a str,
    spec: &'a str,
    operation: &'a str,
    code: &'a str,
}

impl<'a> Entry<'a> {
    fn of(shown: &'a Specimen) -> Self {
        let planted = shown.planted.as_ref();
        Self {
            exchange: shown.exchange.number.0,
            kind: planted.map(|planted| planted.mistake.id()),
            rule: planted.map(|planted| planted.rule.id()),
            at: planted.map(|planted| planted.at.to_string()),
            what: &shown.what,
            spec: &shown.promise.spec,
            operation: &shown.promise.operation,
            code: &shown.promise.code,
        }
    }
}

pub(super) fn render(shown: &[Specimen]) -> String {
    let truth = Truth { testimony: 1, exchanges: shown.iter().map(Entry::of).collect() };
    // Strings, numbers and lists: nothing in it can fail to be written.
    serde_json::to_string_pretty(&truth).unwrap_or_default() + "\n"
}
