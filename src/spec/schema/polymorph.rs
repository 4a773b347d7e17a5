//! `discriminator` (OpenAPI 3.1, section 4.8.25): whether it says more than JSON Schema judges.

use super::survey::several;
use crate::spec::layout::{FORM, Keyword, Reach};
use crate::spec::place::{Node, join, local};
use serde_json::Value;
use std::collections::HashSet;

/// The pointer of the first schema, among all that one leads to, whose `discriminator` says more
/// than a validator judges.
pub(super) fn unjudged(document: &Value, pointer: &str) -> Option<String> {
    let mut seen = HashSet::new();
    let mut open = vec![(pointer.to_owned(), document.pointer(pointer)?, false)];
    while let Some((at, schema, inherited)) = open.pop() {
        if !seen.insert((std::ptr::from_ref(schema), inherited)) {
            continue;
        }
        if says_more(document, schema, inherited) {
            return Some(at);
        }
        for (key, value) in schema.as_object().into_iter().flatten() {
            let below = join(&at, key);
            match Keyword::of(key) {
                Keyword::Schema(reach) => {
                    open.push((below, value, inherited && matches!(reach, Reach::Same)));
                }
                Keyword::Schemas(reach) => {
                    let same = inherited && matches!(reach, Reach::Same);
                    let inherited = same || (key == "allOf" && is_child(schema, value));
                    open.extend(
                        several(&below, value).into_iter().map(|(at, one)| (at, one, inherited)),
                    );
                }
                Keyword::Other if key == "$ref" => {
                    let target = value.as_str().and_then(|reference| local(reference).ok());
                    let found = target.and_then(|at| Some((document.pointer(&at)?, at)));
                    // Where the discriminator was spelled out, its parent is one of the forms.
                    let inherited = inherited || schema.get(FORM).is_some();
                    open.extend(found.map(|(schema, at)| (at, schema, inherited)));
                }
                Keyword::Other => {}
            }
        }
    }
    None
}

/// Whether an `allOf` makes a child of its parts. One part with nothing beside it does not: that is
/// how OpenAPI 3.0 writes a description beside a reference.
fn is_child(schema: &Value, parts: &Value) -> bool {
    parts.as_array().is_some_and(|parts| parts.len() > 1) || schema.get("properties").is_some()
}

/// Whether a schema's `discriminator` narrows a value beyond what its alternatives do. It does not
/// where each of these asks for the member and names its values; nor does that of a parent which
/// its own child refers to (`inherited`), since the child is what is asked for.
pub(super) fn says_more(document: &Value, schema: &Value, inherited: bool) -> bool {
    let Some(name) = schema.get("discriminator").and_then(|d| d.get("propertyName")?.as_str())
    else {
        return false;
    };
    let mut branches = ["oneOf", "anyOf"]
        .iter()
        .filter_map(|keyword| schema.get(keyword)?.as_array())
        .flatten()
        .filter(|branch| !is_null(branch))
        .peekable();
    if branches.peek().is_none() {
        return !inherited;
    }
    !branches.all(|branch| branch.get(FORM).is_some() || names_its_values(document, branch, name))
}

/// The alternative that a nullable schema has beside its own.
fn is_null(branch: &Value) -> bool {
    branch.get("type").is_some_and(|kind| kind == "null")
}

fn names_its_values(document: &Value, branch: &Value, name: &str) -> bool {
    let Some(branch) = target(document, branch) else { return false };
    let required = branch.get("required").and_then(Value::as_array);
    let property = branch.get("properties").and_then(|properties| properties.get(name));
    let property = property.and_then(|property| target(document, property));
    required.is_some_and(|names| names.iter().any(|required| required == name))
        && property.is_some_and(|p| p.get("const").is_some() || p.get("enum").is_some())
}

fn target<'a>(document: &'a Value, schema: &'a Value) -> Option<&'a Value> {
    match schema.get("$ref") {
        Some(reference) => {
            let pointer = local(reference.as_str()?).ok()?;
            Some(Node::at(document, &pointer)?.resolved().ok()?.value)
        }
        None => Some(schema),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_discriminator_is_found_wherever_it_is_led_to() {
        let document = json!({
            "a": {"properties": {"list": {"items": {"$ref": "#/Form"}}, "self": {"$ref": "#/a"}}},
            "Form": {"oneOf": [{"$ref": "#/Pile"}], "discriminator": {"propertyName": "kind"}},
            "Pile": {"properties": {"kind": {"type": "string"}}},
            "Parent": {"properties": {}, "discriminator": {"propertyName": "kind"}},
            "Child": {"allOf": [{"$ref": "#/Parent"}, {"properties": {"x": {"type": "string"}}}]},
            "Named": {"allOf": [{"$ref": "#/Parent"}], "description": "A parent."},
        });
        assert_eq!(unjudged(&document, "/Named").as_deref(), Some("/Parent"));
        assert_eq!(unjudged(&document, "/a").as_deref(), Some("/Form"));
        assert_eq!(unjudged(&document, "/Pile"), None);
        assert_eq!(unjudged(&document, "/Child"), None);
        assert_eq!(unjudged(&document, "/Parent").as_deref(), Some("/Parent"));
    }

    #[test]
    fn a_discriminator_says_more_unless_the_schemas_say_it_too() {
        let document = json!({
            "Box": {"required": ["kind"], "properties": {"kind": {"const": "box"}}},
            "Sack": {"required": ["kind"], "properties": {"kind": {"$ref": "#/Kinds"}}},
            "Kinds": {"enum": ["sack", "bag"]},
            "Pile": {"required": ["kind"], "properties": {"kind": {"type": "string"}}},
            "Heap": {"properties": {"kind": {"const": "heap"}}},
        });
        let of = |names: &[&str]| {
            let forms: Vec<_> = names.iter().map(|n| json!({"$ref": format!("#/{n}")})).collect();
            json!({"oneOf": forms, "discriminator": {"propertyName": "kind"}})
        };
        let parent = json!({"type": "object", "discriminator": {"propertyName": "kind"}});
        let cases = [
            (of(&["Box", "Sack"]), false, false),
            (of(&["Box", "Pile"]), false, true),
            (of(&["Box", "Heap"]), true, true),
            (of(&["Box", "Nowhere"]), false, true),
            (parent.clone(), false, true),
            (parent, true, false),
            (json!({"oneOf": [{"$ref": "#/Pile"}]}), false, false),
            (json!(true), false, false),
        ];
        for (schema, inherited, expected) in cases {
            assert_eq!(says_more(&document, &schema, inherited), expected, "{schema} {inherited}");
        }
    }
}
