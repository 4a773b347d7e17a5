use super::nearest::nearest;
use super::wording::expected;
use crate::spec::place::{escaped, join, unescaped};
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
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

    /// An error by the rules that hold.
    pub fn error(&mut self, error: &ValidationError<'_>) {
        self.tell(error, false);
    }

    /// An error by the rules as written.
    pub fn advice(&mut self, error: &ValidationError<'_>) {
        self.tell(error, true);
    }

    fn tell(&mut self, error: &ValidationError<'_>, advisory: bool) {
        if self.violations.len() >= LIMIT {
            return;
        }
        if let Some(only) = nearest(error).and_then(|nearest| nearest.only) {
            for error in only {
                self.tell(error, advisory);
            }
            return;
        }
        let at = error.instance_path().as_str();
        match error.kind() {
            Kind::AdditionalProperties { unexpected }
            | Kind::UnevaluatedProperties { unexpected } => {
                for name in unexpected {
                    let value = error.instance().get(name).map(quoted);
                    self.put(error, advisory, join(at, name), value.unwrap_or_default());
                }
            }
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                self.put(error, advisory, join(at, name), "absent".to_owned());
            }
            _ => self.put(error, advisory, at.to_owned(), quoted(error.instance())),
        }
    }

    fn put(&mut self, error: &ValidationError<'_>, advisory: bool, at: String, observed: String) {
        let path = error.schema_path().as_str();
        // Several lists may ask for one member: that it is missing is one violation.
        let rule = if matches!(error.kind(), Kind::Required { .. }) { "required" } else { path };
        if self.violations.len() >= LIMIT || !self.known.insert((at.clone(), rule.to_owned())) {
            return;
        }
        let mut schema_pointer = path.to_owned();
        let mut keyword = error.kind().keyword().to_owned();
        if let Some(place) = schema_pointer.strip_suffix(super::prepare::NUMBER_FORMAT) {
            schema_pointer = format!("{place}format");
            "format".clone_into(&mut keyword);
        }
        if advisory {
            schema_pointer = as_written(self.document, &schema_pointer);
        }
        if let Kind::Required { property } = error.kind()
            && let Some(index) = position(self.document, &schema_pointer, property)
        {
            schema_pointer = join(&schema_pointer, &index.to_string());
        }
        let expected = expected(error);
        self.violations.push(Violation {
            at,
            schema_pointer,
            keyword,
            expected,
            observed,
            advisory,
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
fn position(document: &Value, list: &str, name: &Value) -> Option<usize> {
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
