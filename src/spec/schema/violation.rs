use super::fault::{Fault, Sort};
use super::prepare::Rules;
use crate::exchange::Decimal;
use crate::spec::place::{escaped, join, unescaped};
use serde_json::Value;
use std::collections::HashSet;

/// Most violations that are told of one value.
pub(super) const LIMIT: usize = 100;

/// Most characters of a value, or of what was expected of it, that are quoted.
const QUOTE: usize = 80;

/// One way in which a value breaks its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer into the value that was judged; `""` is the whole of it. Of a member that is
    /// missing, the place where it is missing.
    pub at: String,
    /// Pointer to the keyword, in the document; to the name in the list for `required`.
    pub schema_pointer: String,
    /// The keyword that is broken.
    pub keyword: String,
    /// What the keyword asks for, in words.
    pub expected: String,
    /// What was there, bounded in length.
    pub observed: String,
    /// Whether only the rule as written is broken that the page itself contradicts
    /// (`x-contradicted`): a warning.
    pub advisory: bool,
}

/// Violations as they are told, one after the other.
pub(super) struct Told<'a> {
    document: &'a Value,
    /// Place and keyword of each, so that a rule broken both ways is told once.
    known: HashSet<(String, String)>,
    pub violations: Vec<Violation>,
}

impl<'a> Told<'a> {
    pub fn new(document: &'a Value) -> Self {
        Self { document, known: HashSet::new(), violations: Vec::new() }
    }

    /// Tells of faults by the rules that hold, or by the rules as written.
    pub fn tell(&mut self, faults: Vec<Fault>, rules: Rules) {
        for fault in faults {
            if self.violations.len() < LIMIT {
                self.put(fault, rules);
            }
        }
    }

    fn put(&mut self, fault: Fault, rules: Rules) {
        // Several lists may ask for one member: that it is missing is one violation.
        let missing = matches!(fault.sort, Sort::Missing(_));
        let rule = if missing { "required" } else { &fault.pointer };
        if !self.known.insert((fault.at.clone(), rule.to_owned())) {
            return;
        }
        let mut schema_pointer = match rules {
            Rules::Loosened => fault.pointer,
            Rules::Written => as_written(self.document, &fault.pointer),
        };
        if let Sort::Missing(name) = &fault.sort
            && let Some(index) = position(self.document, &schema_pointer, name)
        {
            schema_pointer = join(&schema_pointer, &index.to_string());
        }
        // The validator knows a pattern in its own words only.
        let pattern = self.document.pointer(&schema_pointer).and_then(Value::as_str);
        let expected = match pattern.filter(|_| fault.keyword == "pattern") {
            Some(pattern) => format!("text that matches `{}`", cut(pattern)),
            None => fault.expected,
        };
        let mut keyword = fault.keyword;
        if let Some((pointer, word)) =
            crate::spec::normalise::as_written(self.document, &schema_pointer)
        {
            (schema_pointer, keyword) = (pointer, word.to_owned());
        }
        self.violations.push(Violation {
            at: fault.at,
            schema_pointer,
            keyword,
            expected,
            observed: fault.observed,
            advisory: rules == Rules::Written,
        });
    }
}

/// A pointer into the document as the rules were written: through `x-contradicted` wherever it holds
/// the next keyword.
fn as_written(document: &Value, pointer: &str) -> String {
    let mut out = String::with_capacity(pointer.len() + 16);
    let mut here = Some(document);
    for segment in pointer.split('/').skip(1) {
        let key = unescaped(segment);
        let written = here.and_then(|here| here.get("x-contradicted"));
        let next = match here {
            Some(Value::Array(items)) => key.parse().ok().and_then(|at: usize| items.get(at)),
            Some(here) => here.get(&*key),
            None => None,
        };
        if let Some(value) = written.and_then(|written| written.get(&*key)) {
            out.push_str("/x-contradicted");
            here = Some(value);
        } else {
            here = next;
        }
        out.push('/');
        out.push_str(&escaped(&key));
    }
    out
}

/// Where a name stands in a list.
fn position(document: &Value, list: &str, name: &str) -> Option<usize> {
    document.pointer(list)?.as_array()?.iter().position(|item| item == name)
}

/// A value as JSON, bounded in length.
pub(super) fn quoted(value: &Value) -> String {
    match value {
        // Writing out a whole body only to cut it is what an attacker would like.
        Value::Array(items) if items.len() > QUOTE => format!("an array of {} items", items.len()),
        Value::Object(members) if members.len() > QUOTE => {
            format!("an object of {} members", members.len())
        }
        written if Decimal::is_in(written) => match Decimal::digits_of(written) {
            Some(digits) => cut(digits),
            None => cut(&Decimal::rounded(written).to_string()),
        },
        Value::String(text) if text.len() > QUOTE => cut(&format!("\"{}", cut(text))),
        _ => cut(&value.to_string()),
    }
}

/// Text cut to what a message can bear.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(QUOTE) {
        Some((end, _)) => format!("{}…", text[..end].trim_end_matches('…')),
        None => text.to_owned(),
    }
}
