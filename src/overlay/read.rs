//! Reading an overlay. A key that is not known is an error: a correction that is not heeded is worse than none.

use serde_json::{Map, Value};
use serde_json_path::JsonPath;
use thiserror::Error;

/// Why a document is no overlay that can be applied. Each says where in it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OverlayError {
    /// Not an object with a version.
    #[error("no overlay: `overlay: 1.0.0` does not stand at its root")]
    NotOne,
    /// A version that is not known.
    #[error("overlay version `{0}` is not known; 1.0 is")]
    Version(String),
    /// No list of actions.
    #[error("`actions` is missing or no list")]
    NoActions,
    /// An action, counted from 1, is wrong.
    #[error("action {number}: {what}")]
    Action {
        /// Which, from 1.
        number: usize,
        /// What is wrong with it.
        what: String,
    },
    /// A key that the specification does not have.
    #[error("`{0}` is no key of an overlay")]
    Key(String),
}

/// Changes to a document, in their order.
#[derive(Debug, Clone)]
pub struct Overlay {
    pub(super) actions: Vec<Action>,
}

/// One change, at every place that its target selects.
#[derive(Debug, Clone)]
pub(super) struct Action {
    pub(super) target: String,
    pub(super) path: JsonPath,
    pub(super) change: Change,
}

#[derive(Debug, Clone)]
pub(super) enum Change {
    Update(Value),
    Remove,
}

impl Overlay {
    /// Reads an overlay from what its file holds.
    pub fn read(document: &Value) -> Result<Self, OverlayError> {
        let root = document.as_object().ok_or(OverlayError::NotOne)?;
        let version = root.get("overlay").and_then(Value::as_str).ok_or(OverlayError::NotOne)?;
        if version != "1.0" && !version.starts_with("1.0.") {
            return Err(OverlayError::Version(version.to_owned()));
        }
        let known = ["overlay", "info", "extends", "actions"];
        if let Some(key) = strange(root, &known) {
            return Err(OverlayError::Key(key.to_owned()));
        }
        let list = root.get("actions").and_then(Value::as_array).ok_or(OverlayError::NoActions)?;
        let read = |(number, value): (usize, &Value)| {
            action(value).map_err(|what| OverlayError::Action { number, what })
        };
        Ok(Self { actions: (1..).zip(list).map(read).collect::<Result<_, _>>()? })
    }

    /// How many actions it has.
    pub fn len(&self) -> usize {
        self.actions.len()
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }
}

fn action(value: &Value) -> Result<Action, String> {
    let map = value.as_object().ok_or("is no object")?;
    if let Some(key) = strange(map, &["target", "description", "update", "remove"]) {
        return Err(format!("`{key}` is no key of an action"));
    }
    let target = map.get("target").and_then(Value::as_str).ok_or("`target` is missing")?;
    let path = JsonPath::parse(target)
        .map_err(|error| format!("`target`: `{target}` is no JSONPath: {error}"))?;
    let remove = match map.get("remove") {
        None => false,
        Some(flag) => flag.as_bool().ok_or("`remove` is neither true nor false")?,
    };
    let change = match map.get("update") {
        _ if remove => Change::Remove,
        Some(update) => Change::Update(update.clone()),
        None => return Err("neither `update` nor `remove: true`".to_owned()),
    };
    Ok(Action { target: target.to_owned(), path, change })
}

/// A key that is neither known nor an extension.
fn strange<'a>(map: &'a Map<String, Value>, known: &[&str]) -> Option<&'a str> {
    map.keys().map(String::as_str).find(|key| !known.contains(key) && !key.starts_with("x-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_heeded_is_refused() {
        let one = |action: Value| json!({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": [action]});
        assert_eq!(Overlay::read(&one(json!({"target": "$.a", "remove": true}))).unwrap().len(), 1);
        for (document, expected) in [
            (json!([]), "no overlay"),
            (json!({"openapi": "3.1.0"}), "no overlay"),
            (json!({"overlay": "2.0.0", "actions": []}), "overlay version `2.0.0`"),
            (json!({"overlay": "1.0.0"}), "`actions` is missing"),
            (json!({"overlay": "1.0.0", "actions": [], "action": []}), "`action` is no key"),
            (one(json!({"target": "$.a"})), "action 1: neither"),
            (one(json!({"target": "$.a", "update": 1, "copy": "$"})), "action 1: `copy` is no key"),
            (one(json!({"target": "a[", "update": 1})), "action 1: `target`: `a[` is no JSONPath"),
            (one(json!({"target": "$", "remove": "yes"})), "action 1: `remove` is neither"),
            (one(json!(7)), "action 1: is no object"),
        ] {
            let error = Overlay::read(&document).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{document}: {error}");
        }
    }
}
