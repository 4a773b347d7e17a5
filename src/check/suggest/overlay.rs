//! `OpenAPI` Overlay 1.0: targets are JSON paths (RFC 9535), updates are merged into them.

use super::patch::{Change, Operation};
use crate::exchange::pointer_name;
use crate::overlay::{self, path};
use serde_json::{Value, json};

pub(super) fn render(document: &Value, operations: &[Operation<'_>]) -> Value {
    let actions: Vec<Value> =
        operations.iter().flat_map(|operation| actions(document, operation)).collect();
    overlay::document("What was observed and is not documented", actions)
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
