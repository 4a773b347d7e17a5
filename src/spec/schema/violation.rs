use jsonschema::ValidationError;
use serde_json::Value;

/// Most violations that are told of one value.
pub(super) const LIMIT: usize = 100;

/// Most characters of a value that are quoted.
const QUOTE: usize = 80;

/// One way in which a value breaks its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer into the value that was judged; `""` is the whole of it.
    pub at: String,
    /// Pointer to the keyword, in the document.
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

/// A validator's error in our words.
pub(super) fn of(error: ValidationError<'_>) -> Violation {
    Violation {
        at: error.instance_path().as_str().to_owned(),
        schema_pointer: error.schema_path().as_str().to_owned(),
        keyword: error.kind().keyword().to_owned(),
        expected: error.to_string(),
        observed: quoted(error.instance()),
        advisory: false,
    }
}

/// A value as JSON, bounded in length.
pub(super) fn quoted(value: &Value) -> String {
    let text = match value {
        // Writing out a whole body only to cut it is what an attacker would like.
        Value::Array(items) if items.len() > QUOTE => {
            return format!("an array of {}", items.len());
        }
        Value::Object(members) if members.len() > QUOTE => {
            return format!("an object of {} members", members.len());
        }
        _ => value.to_string(),
    };
    match text.char_indices().nth(QUOTE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
