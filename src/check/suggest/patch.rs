//! JSON Patch (RFC 6902).

use super::Kind;
use serde_json::{Value, json};

/// One operation of a patch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operation<'e> {
    pub pointer: &'e str,
    pub change: Change,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    Add(Value),
    /// At the end of the list there.
    Append(Value),
    Replace(Value),
    Remove,
}

/// The operations that make some changes: what goes from a list goes last item first, after all else, so that
/// every pointer is one into the document as it was.
pub(super) fn operations<'e>(document: &Value, edits: &[(&'e str, &Kind)]) -> Vec<Operation<'e>> {
    let mut first = Vec::new();
    let mut removals = Vec::new();
    for (pointer, kind) in edits {
        let there = document.pointer(pointer);
        let mut push = |change| first.push(Operation { pointer, change });
        match kind {
            Kind::Add(value) if there.is_none() => push(Change::Add(sorted(value))),
            Kind::Append(values) => {
                let known = there.and_then(Value::as_array);
                let new = |value: &&Value| known.is_none_or(|known| !known.contains(value));
                let mut more: Vec<Value> = values.iter().filter(new).map(sorted).collect();
                more.sort_by_cached_key(Value::to_string);
                for value in more {
                    push(Change::Append(value));
                }
            }
            Kind::Types(value) | Kind::Set(value) => push(match there {
                Some(_) => Change::Replace(value.clone()),
                None => Change::Add(value.clone()),
            }),
            Kind::AtMost(number) | Kind::AtLeast(number) if there.is_some() => {
                push(Change::Replace(Value::Number(number.clone())));
            }
            Kind::Remove if there.is_some() => {
                removals.push(Operation { pointer, change: Change::Remove });
            }
            Kind::Add(_) | Kind::AtMost(_) | Kind::AtLeast(_) | Kind::Remove => {}
        }
    }
    removals.sort_by_key(|operation| {
        let (holder, item) = operation.pointer.rsplit_once('/').unwrap_or_default();
        (holder, std::cmp::Reverse(item.parse::<usize>().unwrap_or(0)))
    });
    first.extend(removals);
    first
}

/// A value with its members in the order of their names: exchanges are seen in any order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            members.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        value => value.clone(),
    }
}

pub(super) fn render(operations: &[Operation<'_>]) -> Value {
    operations
        .iter()
        .map(|Operation { pointer, change }| match change {
            Change::Add(value) => json!({"op": "add", "path": pointer, "value": value}),
            Change::Append(value) => {
                json!({"op": "add", "path": format!("{pointer}/-"), "value": value})
            }
            Change::Replace(value) => json!({"op": "replace", "path": pointer, "value": value}),
            Change::Remove => json!({"op": "remove", "path": pointer}),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_from_a_list_goes_from_its_end() {
        let document = json!({"required": ["a", "b", "c"], "enum": [1]});
        let values = Kind::Append(vec![json!(1), json!(2)]);
        let edits = [
            ("/enum", &values),
            ("/required/0", &Kind::Remove),
            ("/required/2", &Kind::Remove),
            ("/gone", &Kind::Remove),
        ];
        assert_eq!(
            render(&operations(&document, &edits)),
            json!([
                {"op": "add", "path": "/enum/-", "value": 2},
                {"op": "remove", "path": "/required/2"},
                {"op": "remove", "path": "/required/0"},
            ])
        );
    }
}
