//! Contradictions on a page are settled for its example: what it breaks is loosened, and stands as written in
//! `x-contradicted`. A [`Choice`] turns that: the rule as written holds, and examples that break it go.

use crate::exchange::pointer_token;
use crate::overlay::lasting_path as path;
use serde_json::{Map, Value, json};
use thiserror::Error;

/// `PAGE:LINE=written`: which side of a contradiction holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The beginning of the page's name, with or without its folders.
    page: String,
    /// One of the lines that the contradiction names.
    line: u32,
}

/// Why a choice is none, or chooses nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// It is not written so.
    #[error("`{0}`: `PAGE:LINE=written` is expected, PAGE the beginning of a page's name")]
    Form(String),
    /// Nothing that an example loosened stands there.
    #[error("`{page}:{line}`: no rule of this line was loosened for an example")]
    Nothing {
        /// The page as given.
        page: String,
        /// The line as given.
        line: u32,
    },
}

impl Choice {
    /// Reads `PAGE:LINE=written`.
    pub fn parse(text: &str) -> Result<Self, ChoiceError> {
        let parsed = || {
            let (page, line) = text.strip_suffix("=written")?.rsplit_once(':')?;
            let line = line.parse().ok().filter(|line| *line > 0)?;
            (!page.is_empty()).then(|| Self { page: page.to_owned(), line })
        };
        parsed().ok_or_else(|| ChoiceError::Form(text.to_owned()))
    }

    fn names(&self, source: &Value) -> bool {
        let page = source.get("page").and_then(Value::as_str).unwrap_or_default();
        let file = page.rsplit_once('/').map_or(page, |(_, file)| file);
        let named = page.starts_with(&self.page) || file.starts_with(&self.page);
        named && source.get("line").and_then(Value::as_u64) == Some(u64::from(self.line))
    }
}

/// The actions of an overlay that let the rules as written hold at the places of a choice.
pub fn turned(document: &Value, choice: &Choice) -> Result<Vec<Value>, ChoiceError> {
    let mut actions = Vec::new();
    for (pointer, schema, written) in loosened(document) {
        if sources(written).iter().any(|source| choice.names(source)) {
            restore(document, &pointer, schema, written, &mut actions);
        }
    }
    if actions.is_empty() {
        let (page, line) = (choice.page.clone(), choice.line);
        return Err(ChoiceError::Nothing { page, line });
    }
    Ok(actions)
}

fn restore(
    document: &Value,
    pointer: &str,
    schema: &Map<String, Value>,
    written: &Map<String, Value>,
    actions: &mut Vec<Value>,
) {
    let rules: Map<String, Value> = written
        .iter()
        .filter(|(keyword, _)| *keyword != "x-source")
        .map(|(keyword, rule)| (keyword.clone(), rule.clone()))
        .collect();
    let lines: Vec<String> = sources(written)
        .iter()
        .filter_map(|source| {
            Some(format!("{}:{}", source.get("page")?.as_str()?, source.get("line")?))
        })
        .collect();
    let why = format!("the rule as written holds, not the example: {}", lines.join(", "));
    for keyword in rules.keys().filter(|keyword| schema.contains_key(*keyword)) {
        let target = path(document, &format!("{pointer}/{}", pointer_token(keyword)));
        actions.push(json!({ "target": target, "description": why, "remove": true }));
    }
    let target = path(document, pointer);
    actions.push(json!({ "target": target, "description": why, "update": rules }));
    let target = path(document, &format!("{pointer}/x-contradicted"));
    actions.push(json!({ "target": target, "description": why, "remove": true }));
}

/// Says of each contradiction that was turned what holds now: those whose rules `before` has as loosened, and
/// `after` has no more.
pub fn note_turned(before: &Value, after: &mut Value) {
    let places = |document: &Value| -> Vec<(Value, u64)> {
        let all = loosened(document);
        let sources = all.iter().flat_map(|(_, _, written)| sources(written));
        sources
            .filter_map(|source| Some((source.get("page")?.clone(), source.get("line")?.as_u64()?)))
            .collect()
    };
    let (was, is) = (places(before), places(after));
    let told = after.pointer_mut("/info/x-contradictions").and_then(Value::as_array_mut);
    for entry in told.into_iter().flatten() {
        let page = entry.get("page").cloned().unwrap_or_default();
        let lines: Vec<u64> = entry
            .get("lines")
            .and_then(Value::as_array)
            .map(|lines| lines.iter().filter_map(Value::as_u64).collect())
            .unwrap_or_default();
        let stands = |places: &[(Value, u64)]| {
            places.iter().any(|(own, line)| *own == page && lines.contains(line))
        };
        if stands(&was) && !stands(&is) {
            entry["resolved"] = json!("the rule as written holds");
        }
    }
}

fn sources(written: &Map<String, Value>) -> Vec<&Value> {
    match written.get("x-source") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

/// A loosened schema: its pointer, itself, and its rules as written.
type Loosened<'a> = (String, &'a Map<String, Value>, &'a Map<String, Value>);

fn loosened(document: &Value) -> Vec<Loosened<'_>> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), document)];
    while let Some((pointer, value)) = open.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::Object(written)) = members.get("x-contradicted") {
                    found.push((pointer.clone(), members, written));
                }
                let below = members.iter().filter(|(key, _)| {
                    !matches!(
                        key.as_str(),
                        "x-contradicted" | "example" | "examples" | "default" | "enum"
                    )
                });
                open.extend(
                    below.map(|(key, value)| (format!("{pointer}/{}", pointer_token(key)), value)),
                );
            }
            Value::Array(items) => {
                let items = items.iter().enumerate();
                open.extend(items.map(|(at, item)| (format!("{pointer}/{at}"), item)));
            }
            _ => {}
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}
