//! `OpenAPI` Overlay 1.0: targets are JSON paths (RFC 9535), updates are merged into them.

use super::patch::{Change, Operation};
use crate::exchange::pointer_name;
use serde_json::{Value, json};

pub(super) fn render(document: &Value, operations: &[Operation<'_>]) -> Value {
    let actions: Vec<Value> =
        operations.iter().flat_map(|operation| actions(document, operation)).collect();
    json!({
        "overlay": "1.0.0",
        "info": {"title": "What was observed and is not documented", "version": "1"},
        "actions": actions,
    })
}

fn actions(document: &Value, Operation { pointer, change }: &Operation<'_>) -> Vec<Value> {
    let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    let name = pointer_name(name);
    let update =
        |value: &Value| json!({"target": path(document, parent), "update": {&*name: value}});
    match change {
        // What updates a list is appended to it.
        Change::Append(value) => vec![json!({"target": path(document, pointer), "update": value})],
        // Lists are joined: one that is replaced has to go first.
        Change::Replace(value) if value.is_array() => {
            vec![json!({"target": path(document, pointer), "remove": true}), update(value)]
        }
        Change::Add(value) | Change::Replace(value) => vec![update(value)],
        Change::Remove => vec![json!({"target": path(document, pointer), "remove": true})],
    }
}

/// A JSON pointer as a JSON path.
fn path(document: &Value, pointer: &str) -> String {
    let mut out = String::from("$");
    let mut here = Some(document);
    for segment in pointer.split('/').skip(1) {
        let name = pointer_name(segment);
        let is_list = here.is_some_and(Value::is_array);
        here = match here {
            Some(Value::Array(items)) => name.parse().ok().and_then(|at: usize| items.get(at)),
            Some(other) => other.get(&*name),
            None => None,
        };
        if is_list {
            out.push_str(&format_index(&name));
        } else {
            out.push_str("['");
            out.push_str(&name.replace('\\', "\\\\").replace('\'', "\\'"));
            out.push_str("']");
        }
    }
    out
}

fn format_index(digits: &str) -> String {
    format!("[{digits}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_as_paths() {
        let document = json!({"paths": {"/a/{it's}": {"parameters": [{"required": true}]}}});
        assert_eq!(
            path(&document, "/paths/~1a~1{it's}/parameters/0/required"),
            "$['paths']['/a/{it\\'s}']['parameters'][0]['required']"
        );
        assert_eq!(path(&document, ""), "$");
    }
}
