//! What the rules find in one text: secrets beside their names, in whatever form the text has, and
//! tokens that are known by their own.

mod credentials;
pub(super) mod fields;
mod forms;
mod inline;
mod members;
mod nested;
pub(super) mod rules;
pub(super) mod ruleset;
mod signs;
mod stray;
pub(super) mod tokens;

use ruleset::{RuleSet, Scope};
use std::borrow::Cow;
use std::ops::Range;

/// What kind of text it is, which decides the rules that look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort<'a> {
    /// A request target: its query holds parameters.
    Target,
    /// The value of the header of this name.
    Header(&'a str),
    /// `application/x-www-form-urlencoded`.
    Form,
    /// JSON, or something like it; any body that is no form.
    Json,
    /// Any other text: a reason phrase, what was said of a failure.
    Text,
}

impl Sort<'_> {
    /// By the media type of a body.
    pub fn of_body(content_type: Option<&str>) -> Self {
        let essence = content_type.unwrap_or("").split(';').next().unwrap_or("").trim();
        if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Self::Form;
        }
        // JSON members are looked for in whatever is no form: error pages and logs quote JSON.
        Self::Json
    }
}

/// A secret at a place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Find {
    /// The bytes of the text that are replaced; none where the value is only to be known.
    pub(super) range: Range<usize>,
    /// The value, decoded from the text's own escapes.
    pub(super) value: Vec<u8>,
    /// Id of the rule.
    pub(super) rule: Cow<'static, str>,
    /// Whether the value is to be replaced wherever else it appears.
    pub(super) carried: bool,
    /// Whether it stands in JSON without quotes.
    pub(super) bare: bool,
}

impl Find {
    /// The same, moved by `offset`.
    pub(super) fn moved(mut self, offset: usize) -> Self {
        self.range = self.range.start + offset..self.range.end + offset;
        self
    }
}

/// Every find of every rule, in order of place.
pub(super) fn find(text: &[u8], sort: Sort<'_>, rules: &RuleSet, scope: Scope<'_>) -> Vec<Find> {
    let mut found = Vec::new();
    if text.is_empty() {
        return found;
    }
    let signs = tokens::signs(text);
    by_place(text, sort, signs.names, &mut found);
    tokens::find(text, signs, &mut found);
    rules.apply(text, sort, scope, &mut found);
    if found.len() > 1 {
        found.sort_by_key(|find| (find.range.start, std::cmp::Reverse(find.range.end)));
    }
    found
}

/// What stands at a place where secrets stand; `names` tells whether the text has a word that the
/// name of such a place has.
fn by_place(text: &[u8], sort: Sort<'_>, names: bool, found: &mut Vec<Find>) {
    match sort {
        Sort::Header(name) => credentials::in_header(name, text, names, found),
        _ if !names => {}
        Sort::Target => in_target(text, found),
        // `curl -d` calls JSON a form, too.
        Sort::Form => {
            fields::in_pairs(text, found);
            fields::in_json(text, found);
            // Some write `;` between the pairs.
            if text.contains(&b';') {
                inline::in_text(text, found);
            }
        }
        Sort::Json => {
            fields::in_json(text, found);
            inline::in_text(text, found);
        }
        Sort::Text => inline::in_text(text, found),
    }
}

fn in_target(text: &[u8], found: &mut Vec<Find>) {
    let Ok(target) = std::str::from_utf8(text) else { return };
    // The query is what the target ends with.
    let query = crate::exchange::Target::parse(target).query.map_or(0, str::len);
    let query = text.len() - query..text.len();
    if text[..query.start].contains(&b';') {
        inline::in_text(&text[..query.start], found);
    }
    let mut pairs = Vec::new();
    fields::in_pairs(&text[query.clone()], &mut pairs);
    found.extend(pairs.into_iter().map(|find| find.moved(query.start)));
}
