//! JSON pointers as JSON paths.

use crate::exchange::pointer_name;
use serde_json::Value;
use std::fmt::Write as _;

/// The JSON path (RFC 9535) of what a JSON pointer (RFC 6901) leads to in a document.
pub fn path(document: &Value, pointer: &str) -> String {
    written(document, pointer, |_, _| None)
}

/// As [`path`], for a document that will change: an item of a list is named by its `name` and `in` where these
/// tell it from all others.
pub fn lasting_path(document: &Value, pointer: &str) -> String {
    written(document, pointer, named)
}

fn written(
    document: &Value,
    pointer: &str,
    named: impl Fn(&[Value], &Value) -> Option<String>,
) -> String {
    let mut out = String::from("$");
    let mut here = Some(document);
    for segment in pointer.split('/').skip(1) {
        let name = pointer_name(segment);
        let next = match here {
            Some(Value::Array(items)) => name.parse().ok().and_then(|at: usize| items.get(at)),
            Some(other) => other.get(&*name),
            None => None,
        };
        match here {
            Some(Value::Array(items)) => match next.and_then(|item| named(items, item)) {
                Some(filter) => out.push_str(&filter),
                None => out.extend(["[", &name, "]"]),
            },
            _ => out.extend(["[", &quoted(&name), "]"]),
        }
        here = next;
    }
    out
}

/// A filter that selects just this item of a list.
fn named(items: &[Value], item: &Value) -> Option<String> {
    let own = name_and_place(item)?;
    let same = items.iter().filter(|other| name_and_place(other) == Some(own)).count();
    let (name, place) = (quoted(own.0), quoted(own.1));
    (same == 1).then(|| format!("[?@.name=={name} && @.in=={place}]"))
}

/// What tells one parameter from another (OpenAPI 3.1, section 4.8.12): its name, and where it stands.
pub(super) fn name_and_place(item: &Value) -> Option<(&str, &str)> {
    Some((item.get("name")?.as_str()?, item.get("in")?.as_str()?))
}

/// A filter that selects the items of a list that are this text.
pub(super) fn equal(text: &str) -> String {
    format!("[?@=={}]", quoted(text))
}

/// A string literal (RFC 9535, section 2.3.1.1).
fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\\' | '\'' => out.extend(['\\', c]),
            c if c.is_control() && u32::from(c) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pointers_as_paths() {
        let document = json!({"paths": {"/a/{it's}": {"parameters": [
            {"name": "a", "in": "query"}, {"name": "b", "in": "query"}, {"$ref": "#/c"}, 5
        ]}}});
        let list = "$['paths']['/a/{it\\'s}']['parameters']";
        for (pointer, expected) in [
            ("", "$".to_owned()),
            (
                "/paths/~1a~1{it's}/parameters/0/required",
                format!("{list}[?@.name=='a' && @.in=='query']['required']"),
            ),
            ("/paths/~1a~1{it's}/parameters/2", format!("{list}[2]")),
            ("/paths/~1a~1{it's}/parameters/9", format!("{list}[9]")),
        ] {
            let found = lasting_path(&document, pointer);
            assert_eq!(found, expected);
            let parsed = serde_json_path::JsonPath::parse(&found).unwrap();
            let node = parsed.query(&document).first();
            assert_eq!(node, document.pointer(pointer), "{found}");
            let parsed = serde_json_path::JsonPath::parse(&path(&document, pointer)).unwrap();
            assert_eq!(parsed.query(&document).first(), node, "{found}");
        }
    }

    #[test]
    fn any_name_is_quoted() {
        for name in ["a'b\\c", "\u{1}\n", "ä \u{1F600}", "\""] {
            let document = json!({ name: 1 });
            let path = format!("$[{}]", quoted(name));
            let parsed = serde_json_path::JsonPath::parse(&path).unwrap();
            assert_eq!(parsed.query(&document).first(), Some(&json!(1)), "{path}");
        }
    }
}
