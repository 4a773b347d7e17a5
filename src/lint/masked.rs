//! Values that stand for a value: masks and placeholders.

use serde_json::Value;

/// Whether a text is a mask or a placeholder: stars, a name in brackets, rows of `x`, an ellipsis.
pub(super) fn is_masked(text: &str) -> bool {
    let text = text.trim();
    let wrapped = |open: char, close: char| {
        text.len() > 2
            && text.starts_with(open)
            && text.ends_with(close)
            && !text.contains(['"', ':', '\n'])
    };
    let row = |mark: char| {
        let longest = text.split(|c: char| !c.eq_ignore_ascii_case(&mark)).map(str::len).max();
        longest.is_some_and(|length| length >= 4)
    };
    let stars = text.split(|c| c != '*').filter(|run| run.len() > 1);
    // Two runs of two are emphasis.
    let starred =
        text.contains("***") || (stars.count() == 1 && !text.contains(char::is_whitespace));
    starred
        || wrapped('<', '>')
        || wrapped('{', '}')
        || text.starts_with("${")
        || row('x')
        || text.ends_with("...")
        || text.ends_with('…')
}

/// The places of a value's masked texts, as JSON pointers into it.
pub(super) fn masked(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(value, &mut String::new(), &mut found);
    found
}

fn walk(value: &Value, pointer: &mut String, found: &mut Vec<String>) {
    let length = pointer.len();
    let mut enter = |key: &str, value: &Value| {
        pointer.push('/');
        pointer.push_str(&crate::exchange::pointer_token(key));
        walk(value, pointer, found);
        pointer.truncate(length);
    };
    match value {
        Value::String(text) if is_masked(text) => found.push(pointer.clone()),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                enter(&index.to_string(), item);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                enter(key, member);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn masks_and_placeholders_are_told_from_values() {
        for text in [
            "d-7w78ozhjcwa3u****",
            "<token>",
            "{project_id}",
            "xxxxxxxx",
            "XXXX-1",
            "${ID}",
            "abc...",
        ] {
            assert!(is_masked(text), "{text}");
        }
        for text in [
            "5*3",
            "{\"a\": 1}",
            "Hello **world**",
            "**so**",
            "2 ** 3",
            "xxx",
            "<a>text</a>: b",
            "",
            "max size",
            "{}",
            "1.2.3",
        ] {
            assert!(!is_masked(text), "{text}");
        }
        assert_eq!(masked(&json!({"a": ["ok", "****"], "b/c": "<x>"})), ["/a/1", "/b~1c"]);
    }
}
