//! Which members are asked for of values that travel one way.

use crate::spec::place::{Node, local};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Takes members that do not travel this way out of `required`, here and in inline parts of `allOf`.
pub(super) fn unrequire(schema: &mut Map<String, Value>, document: &Value, hidden: &str) {
    if !schema.contains_key("required") && !schema.contains_key("allOf") {
        return;
    }
    let mut names = HashSet::new();
    let mut looks = LOOKS;
    hidden_names(schema, document, hidden, &mut names, &mut looks);
    if names.is_empty() {
        return;
    }
    drop_required(schema, &names, ALL_OF_DEPTH);
}

/// Most schemas that are looked at to learn which members of one do not travel: a guard against
/// schemas that fan out.
const LOOKS: usize = 4096;

/// Deepest nesting of `allOf` in which `required` is looked for.
const ALL_OF_DEPTH: usize = 8;

fn drop_required(schema: &mut Map<String, Value>, names: &HashSet<String>, depth: usize) {
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| !name.as_str().is_some_and(|name| names.contains(name)));
    }
    if let (Some(Value::Array(parts)), Some(depth)) =
        (schema.get_mut("allOf"), depth.checked_sub(1))
    {
        for part in parts.iter_mut().filter_map(Value::as_object_mut) {
            drop_required(part, names, depth);
        }
    }
}

/// Names of a schema's members that do not travel this way, those of its `allOf` and of what it
/// refers to included.
fn hidden_names(
    schema: &Map<String, Value>,
    document: &Value,
    hidden: &str,
    names: &mut HashSet<String>,
    looks: &mut usize,
) {
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        let Some(left) = looks.checked_sub(1) else { return };
        *looks = left;
        for (name, property) in
            schema.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            if is_hidden(property, document, hidden, looks) {
                names.insert(name.clone());
            }
        }
        let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        open.extend(parts.filter_map(Value::as_object));
        open.extend(target(schema, document));
    }
}

/// Whether a member is marked as one that does not travel: beside its schema, in what it refers to,
/// or in a part of it (`allOf`, or the `anyOf` that normalising puts around a nullable reference).
fn is_hidden(property: &Value, document: &Value, hidden: &str, looks: &mut usize) -> bool {
    let mut open: Vec<&Map<String, Value>> = property.as_object().into_iter().collect();
    while let Some(schema) = open.pop() {
        let Some(left) = looks.checked_sub(1) else { return false };
        *looks = left;
        if schema.get(hidden) == Some(&Value::Bool(true)) {
            return true;
        }
        for key in ["allOf", "anyOf"] {
            let parts = schema.get(key).and_then(Value::as_array).into_iter().flatten();
            open.extend(parts.filter_map(Value::as_object));
        }
        open.extend(target(schema, document));
    }
    false
}

fn target<'a>(schema: &Map<String, Value>, document: &'a Value) -> Option<&'a Map<String, Value>> {
    let pointer = local(schema.get("$ref")?.as_str()?).ok()?;
    Node::at(document, &pointer)?.value.as_object()
}
