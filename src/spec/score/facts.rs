//! The facts of one operation: fields by place, with type, mandatory flag and rules; codes.

use crate::spec::{CodePattern, MediaPromise, Operation, Spec};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Deepest nesting of fields.
const DEPTH_LIMIT: usize = 10;
/// Most fields of one operation.
const FIELDS_LIMIT: usize = 20_000;

/// Keywords of rules.
const KEYWORDS: &[&str] = &[
    "default",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "multipleOf",
    "pattern",
    "uniqueItems",
];

/// Everything that is compared of an operation.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) fields: BTreeMap<String, Fact>,
    pub(super) codes: BTreeSet<String>,
}

/// What is told of one field.
#[derive(Debug, Default)]
pub(super) struct Fact {
    pub(super) answered: bool,
    pub(super) kind: Option<String>,
    pub(super) required: bool,
    pub(super) rules: BTreeMap<&'static str, String>,
}

/// The facts of an operation.
pub(super) fn facts(spec: &Spec, operation: &Operation) -> Facts {
    let mut gathering = Gathering { spec, facts: Facts::default(), answered: false };
    for parameter in &operation.parameters {
        let place = format!("{} {}", parameter.place.as_str(), parameter.name);
        let schema = parameter.schema.as_ref().and_then(|schema| spec.schema(schema));
        gathering.field(
            &place,
            schema.unwrap_or(&Value::Null),
            parameter.required,
            &mut Vec::new(),
        );
    }
    let bodies = operation.body.iter().map(|body| ("body".to_owned(), &body.media));
    gathering.bodies(bodies);
    gathering.answered = true;
    let promises = operation.promises.iter();
    let exact = promises.filter(|promise| matches!(promise.code, CodePattern::Code(_)));
    for promise in exact {
        gathering.facts.codes.insert(promise.code.to_string());
        if promise.body_documented {
            gathering.bodies(std::iter::once((promise.code.to_string(), &promise.media)));
        }
    }
    gathering.facts
}

struct Gathering<'a> {
    spec: &'a Spec,
    facts: Facts,
    answered: bool,
}

impl<'a> Gathering<'a> {
    fn bodies<'b>(&mut self, bodies: impl Iterator<Item = (String, &'b Vec<MediaPromise>)>) {
        for (place, media) in bodies {
            let schema = media.iter().find_map(|media| self.spec.schema(media.schema.as_ref()?));
            if let Some(schema) = schema {
                self.members(&format!("{place} "), schema, &mut Vec::new());
            }
        }
    }

    /// The schema behind references, and behind alternatives of which one is null.
    fn behind(&self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        for _ in 0..DEPTH_LIMIT {
            let next = match schema.get("$ref") {
                Some(_) => self.spec.resolved(schema),
                None => ["anyOf", "oneOf"].iter().find_map(|key| schema.get(key)?.get(0)),
            };
            match next {
                Some(next) if !std::ptr::eq(next, schema) => schema = next,
                _ => break,
            }
        }
        schema
    }

    fn field(
        &mut self,
        place: &str,
        schema: &'a Value,
        required: bool,
        open: &mut Vec<*const Value>,
    ) {
        if self.facts.fields.len() >= FIELDS_LIMIT {
            return;
        }
        let own = self.behind(schema);
        let fact =
            Fact { answered: self.answered, kind: Self::kind(own), required, rules: rules(own) };
        self.facts.fields.insert(place.to_owned(), fact);
        self.members(&format!("{place}."), own, open);
    }

    /// What lies in an object, or in the objects of an array.
    fn members(&mut self, place: &str, schema: &'a Value, open: &mut Vec<*const Value>) {
        let own = self.behind(schema);
        let here = std::ptr::from_ref(own);
        if open.len() >= DEPTH_LIMIT || open.contains(&here) {
            return;
        }
        open.push(here);
        if let Some(items) = own.get("items") {
            let inner = format!("{}[].", place.trim_end_matches(['.', ' ']));
            let separated =
                if place.ends_with(' ') { inner.replacen("[]", " []", 1) } else { inner };
            self.members(&separated, items, open);
        }
        let required: BTreeSet<&str> =
            own["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, inner) in own["properties"].as_object().into_iter().flatten() {
            let place = format!("{place}{name}");
            self.field(&place, inner, required.contains(name.as_str()), open);
        }
        for part in own["allOf"].as_array().into_iter().flatten() {
            self.members(place, part, open);
        }
        open.pop();
    }

    /// The type as written, that of an array's elements with it; null beside another says nothing.
    fn kind(own: &Value) -> Option<String> {
        let written = own["x-contradicted"].get("type").unwrap_or(&own["type"]);
        let kind = match written {
            Value::String(kind) => kind.clone(),
            Value::Array(kinds) => {
                let kinds = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
                kinds.collect::<Vec<_>>().join("|")
            }
            _ if own.get("properties").is_some() || own.get("allOf").is_some() => {
                "object".to_owned()
            }
            _ => return None,
        };
        Some(kind)
    }
}

/// Rules as written: what an example loosened counts as it stood.
fn rules(own: &Value) -> BTreeMap<&'static str, String> {
    let mut rules = BTreeMap::new();
    for keyword in KEYWORDS {
        let Some(value) = own["x-contradicted"].get(keyword).or_else(|| own.get(keyword)) else {
            continue;
        };
        let text = match value {
            Value::Array(values) if *keyword == "enum" => {
                let mut values: Vec<String> = values.iter().map(Value::to_string).collect();
                values.sort();
                values.join(", ")
            }
            Value::Number(number) if number.as_f64().is_some_and(|own| own.fract() == 0.0) => {
                format!("{:.0}", number.as_f64().unwrap_or_default())
            }
            other => other.to_string(),
        };
        rules.insert(*keyword, text);
    }
    if let Some(items) = own.get("items").filter(|_| !rules.contains_key("enum"))
        && let Some(values) = items.get("enum").and_then(Value::as_array)
    {
        let mut values: Vec<String> = values.iter().map(Value::to_string).collect();
        values.sort();
        rules.insert("enum", values.join(", "));
    }
    rules
}
