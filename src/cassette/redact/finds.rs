//! What the rules find in one text.

use super::{credentials, fields, inline, query_range, rules};
use std::ops::Range;

/// What kind of text it is, which decides the rules that look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sort {
    /// A request target: its query holds parameters.
    Target,
    /// The value of the header of this name (lower case).
    Header(String),
    /// `application/x-www-form-urlencoded`.
    Form,
    /// JSON, or something like it.
    Json,
    /// Any other text or bytes.
    Text,
}

impl Sort {
    /// By the media type of a body.
    pub(super) fn of_body(content_type: Option<&str>) -> Self {
        let essence = content_type.unwrap_or("").split(';').next().unwrap_or("").trim();
        if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Self::Form;
        }
        // JSON members are looked for in whatever is no form: error pages and logs quote JSON.
        Self::Json
    }
}

/// A secret at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Find {
    /// The bytes of the text that are replaced.
    pub(super) range: Range<usize>,
    /// The value, decoded from the text's own escapes.
    pub(super) value: Vec<u8>,
    /// Id of the rule.
    pub(super) rule: String,
    /// Whether the value is to be replaced wherever else it appears.
    pub(super) carried: bool,
}

/// Every find of every rule, in order of place.
pub(super) fn find(text: &[u8], sort: &Sort) -> Vec<Find> {
    let mut found = match sort {
        Sort::Target => in_target(text),
        Sort::Header(name) => credentials::in_header(name, text),
        // `curl -d` calls JSON a form, too.
        Sort::Form => [fields::in_pairs(text, 0), fields::in_json(text)].concat(),
        Sort::Json => [fields::in_json(text), inline::in_text(text)].concat(),
        Sort::Text => Vec::new(),
    };
    if rules::may_hold_token(text) {
        tokens(text, &mut found);
    }
    if found.len() > 1 {
        found.sort_by_key(|find| (find.range.start, std::cmp::Reverse(find.range.end)));
    }
    found
}

/// Tokens known by their form.
fn tokens(text: &[u8], found: &mut Vec<Find>) {
    for (id, pattern) in rules::patterns() {
        found.extend(pattern.find_iter(text).map(|hit| Find {
            range: hit.range(),
            value: hit.as_bytes().to_vec(),
            rule: (*id).to_owned(),
            carried: true,
        }));
    }
    if let Some(pattern) = rules::userinfo() {
        found.extend(pattern.captures_iter(text).filter_map(|hit| hit.get(1)).map(|hit| Find {
            range: hit.range(),
            value: hit.as_bytes().to_vec(),
            rule: "url.password".to_owned(),
            carried: true,
        }));
    }
}

fn in_target(text: &[u8]) -> Vec<Find> {
    let Ok(target) = std::str::from_utf8(text) else { return Vec::new() };
    match query_range(target) {
        Some(query) => fields::in_pairs(&text[query.clone()], query.start),
        None => Vec::new(),
    }
}
