use super::{SpecError, place::shortened};
use serde_json::Value;

/// Most bytes that a document may have.
pub const SIZE_LIMIT: usize = 64 * 1024 * 1024;

/// Deepest nesting of a document, in JSON (the parser's own limit) as in YAML.
const DEPTH_LIMIT: usize = 127;

/// A document's value, from JSON or YAML. JSON is tried first where the text opens like an object;
/// every JSON document that is not read so gets a second chance as YAML, of which JSON is a part.
pub(super) fn value(file: &str, bytes: &[u8]) -> Result<Value, SpecError> {
    if bytes.len() > SIZE_LIMIT {
        let file = file.to_owned();
        return Err(SpecError::TooLarge { file, bytes: bytes.len(), limit: SIZE_LIMIT });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| SpecError::NotText {
        file: file.to_owned(),
        line: bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count(),
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.trim_start().starts_with(['{', '[']) {
        return yaml(file, text);
    }
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        Err(error) => {
            let ending = file.rsplit('.').next().unwrap_or_default();
            if ending.eq_ignore_ascii_case("yaml") || ending.eq_ignore_ascii_case("yml") {
                return yaml(file, text);
            }
            let line = u64::try_from(error.line()).ok().filter(|line| *line > 0);
            Err(SpecError::Syntax { file: file.to_owned(), line, cause: json_cause(&error) })
        }
    }
}

fn json_cause(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let cause = text.rsplit_once(" at line ").map_or(text.as_str(), |(cause, _)| cause);
    if cause.starts_with("recursion limit") {
        return format!("nested more than {DEPTH_LIMIT} levels deep");
    }
    format!("{cause} (column {})", error.column())
}

fn yaml(file: &str, text: &str) -> Result<Value, SpecError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEPTH_LIMIT,
            flow_nesting_limit: DEPTH_LIMIT,
            max_documents: 1,
            max_nodes: 8_000_000,
            max_events: 16_000_000,
            enforce_alias_anchor_ratio: false,
        },
        // YAML 1.2, as OpenAPI asks: `on` and `no` are text.
        strict_booleans: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| SpecError::Syntax {
        file: file.to_owned(),
        line: error.location().map(|location| location.line()),
        cause: shortened(error.to_string().lines().next().unwrap_or_default()).into_owned(),
    })
}
