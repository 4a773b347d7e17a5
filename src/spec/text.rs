use super::{SpecError, literals, place::shortened};
use serde_json::Value;

/// Most bytes that a document may have.
pub const SIZE_LIMIT: usize = 128 * 1024 * 1024;

/// Deepest nesting of a JSON document: the parser's own limit.
const JSON_DEPTH: usize = 127;

/// Deepest nesting of a YAML document. Its parser takes much more stack for each level, and a
/// thread's two megabytes must do.
const YAML_DEPTH: usize = 64;

/// A document's value, from JSON or YAML. JSON is tried first where the text opens like an object;
/// every JSON document that is not read so gets a second chance as YAML, of which JSON is a part.
pub fn value(file: &str, bytes: &[u8]) -> Result<Value, SpecError> {
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
    if let Some(value) = literals::of_json(text) {
        return Ok(value);
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
        return format!("nested more than {JSON_DEPTH} levels deep");
    }
    format!("{cause} (column {})", error.column())
}

fn yaml(file: &str, text: &str) -> Result<Value, SpecError> {
    // Marks that stand where YAML wants none spoil the text: then its numbers are rounded.
    if let Some(Ok(value)) = literals::in_yaml(text).map(|marked| read_yaml(file, &marked)) {
        return Ok(literals::of_yaml(value));
    }
    read_yaml(file, text)
}

fn read_yaml(file: &str, text: &str) -> Result<Value, SpecError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: YAML_DEPTH,
            flow_nesting_limit: YAML_DEPTH,
            max_documents: 1,
            max_nodes: 8_000_000,
            max_events: 16_000_000,
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 250_000 },
        // YAML 1.2, as OpenAPI asks: `on` and `no` are text.
        strict_booleans: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| SpecError::Syntax {
        file: file.to_owned(),
        line: error.location().map(|location| location.line()),
        cause: yaml_cause(&error.to_string()),
    })
}

fn yaml_cause(text: &str) -> String {
    let text = text.lines().next().unwrap_or_default();
    let cause = text.rsplit_once(" at line ").map_or(text, |(cause, _)| cause);
    if cause.starts_with("recursion limit") || cause.contains("Depth") {
        return format!("nested more than {YAML_DEPTH} levels deep");
    }
    shortened(cause).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn yaml_and_json_read_alike() {
        let same = [
            ("a.json", "{\"a\": {\"200\": [1, \"on\"]}}"),
            ("a.json", "\u{feff}\n {\"a\": {\"200\": [1, \"on\"]}}"),
            ("a.yaml", "a:\n  200: [1, on]\n"),
            ("a.yml", "{a: {200: [1, 'on']}} # flow\n"),
            ("a.txt", "---\na: &x {200: [1, on]}\n"),
        ];
        for (file, text) in same {
            let found = value(file, text.as_bytes()).unwrap();
            assert_eq!(found, json!({"a": {"200": [1, "on"]}}), "{text}");
        }
        let aliased =
            value("a.yaml", b"x: &x {b: 1}\ny: *x\nz: {<<: *x, c: 2020-01-01}\n").unwrap();
        assert_eq!(
            aliased,
            json!({"x": {"b": 1}, "y": {"b": 1}, "z": {"b": 1, "c": "2020-01-01"}})
        );
    }

    #[test]
    fn errors_name_the_file_and_the_line() {
        let cases: [(&str, &[u8], &str); 6] = [
            ("a.json", b"{\n \"a\": 1,\n}", "a.json: line 3: trailing comma"),
            ("a.json", b"{\"a\": 1", "a.json: line 1: EOF while parsing an object"),
            ("a.yaml", b"a: 1\nb: [1\nc: 2\n", "a.yaml: line "),
            ("a.yaml", b"a: 1\na: 2\n", "a.yaml: line 2: "),
            ("a.yaml", b"a: 1\n---\nb: 2\n", "a.yaml: "),
            ("a.yaml", b"a: \xff\n", "a.yaml: line 1: not UTF-8"),
        ];
        for (file, bytes, expected) in cases {
            let error = value(file, bytes).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn depth_and_aliases_are_bounded() {
        let levels = 10_000;
        let deep = [
            ("a.json", format!("{{\"a\": {}{}}}", "[".repeat(levels), "]".repeat(levels))),
            ("a.json", "{\"a\":".repeat(levels)),
            ("a.yaml", format!("a: {}{}", "[".repeat(levels), "]".repeat(levels))),
            ("a.yaml", (0..300).map(|n| " ".repeat(n) + "a:\n").collect()),
            ("a.yaml", "- ".repeat(levels)),
        ];
        for (file, text) in &deep {
            let error = value(file, text.as_bytes()).unwrap_err();
            assert!(error.to_string().contains("levels deep"), "{error}");
        }
        let fits = format!("a: {}{}", "[".repeat(60), "]".repeat(60));
        assert!(value("a.yaml", fits.as_bytes()).is_ok());
        let fits = format!("{{\"a\": {}{}}}", "[".repeat(120), "]".repeat(120));
        assert!(value("a.json", fits.as_bytes()).is_ok());
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            let before = format!("*a{}, ", n - 1).repeat(10);
            bomb.extend(["a", &n.to_string(), ": &a", &n.to_string(), " [", &before, "]\n"]);
        }
        assert!(matches!(value("a.yaml", bomb.as_bytes()), Err(SpecError::Syntax { .. })));
        let large = vec![b' '; SIZE_LIMIT + 1];
        assert!(matches!(value("a.yaml", &large), Err(SpecError::TooLarge { .. })));
    }
}
