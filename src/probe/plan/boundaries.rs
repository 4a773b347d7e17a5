//! Values that are just right: the longest text, the greatest number, each value of an enumeration. What a service
//! refuses of these it refuses beyond its documentation.

use super::base::keeps;
use super::constraints::put;
use super::{Answers, Kind, Making, Recipe, Step, success};
use crate::check::as_written;
use crate::exchange::{Request, Target, pointer_name};
use crate::spec::Place;
use serde_json::{Map, Value};

/// Longest text that is made, in characters, and most values of one enumeration.
const LONGEST: u64 = 4096;
const LISTED: usize = 8;

impl Making<'_, '_> {
    pub(super) fn boundaries(&self, recipes: &mut Vec<Recipe>) {
        let Some(code) = success(self.operation) else { return };
        let answers = Answers { wanted: (200..300).collect(), ..Answers::default() };
        let mut add = |name: String, value: &str, request| {
            let change = format!("{} in its place, which is allowed", shown(value));
            let step = Step::Send(Box::new(request));
            let kind = Kind::Boundary;
            recipes.push(self.recipe(code, &name, &change, kind, step, answers.clone()));
        };
        self.of_body(&mut add);
        self.of_query(&mut add);
    }

    fn of_body(&self, add: &mut dyn FnMut(String, &str, Request)) {
        let (Some(schema), Some(body)) = (&self.base.schema, &self.base.body) else { return };
        let whole = self.base.full.as_ref().unwrap_or(body);
        for spoken in self.spoken(schema, whole) {
            let Some(here) = whole.pointer(&spoken.at).filter(|_| !spoken.at.is_empty()) else {
                continue;
            };
            let member = spoken.at.split('/').nth(1).map(pointer_name).unwrap_or_default();
            for (word, value) in allowed(spoken.map, here) {
                let mut other = whole.clone();
                if let Some(place) = other.pointer_mut(&spoken.at) {
                    *place = value.clone();
                }
                let Some(other) = self.base.spliced(&member, &other) else { continue };
                if keeps(self.spec, schema, &other)
                    && let Some(request) = self.base.with_body(self.spec, &other)
                {
                    let name = format!("{word} body:{}", spoken.at);
                    add(name, &value.to_string(), request);
                }
            }
        }
    }

    fn of_query(&self, add: &mut dyn FnMut(String, &str, Request)) {
        let wide = self.base.wide.as_deref().unwrap_or(&self.base.request);
        let pairs = Target::parse(&wide.target).query_pairs();
        for parameter in self.operation.parameters.iter().filter(|p| p.place == Place::Query) {
            let name = &parameter.name;
            let (Some((_, there)), Some(schema)) =
                (pairs.iter().find(|(key, _)| key == name), &parameter.schema)
            else {
                continue;
            };
            let Some(Value::Object(map)) = self.spec.schema(schema) else { continue };
            let is_number =
                map.get("type").is_some_and(|kind| kind == "integer" || kind == "number");
            let here = match there.parse::<i64>() {
                Ok(number) if is_number => Value::from(number),
                _ => Value::from(there.as_str()),
            };
            for (word, value) in allowed(map, &here) {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let mut request = self.base.request.clone();
                if keeps(self.spec, schema, &value)
                    && put(&mut request, &self.operation.path, parameter, &text)
                {
                    add(format!("{word} query:{name}"), &text, request);
                }
            }
        }
    }
}

/// Values at the bounds of a schema, other than the one that is there.
fn allowed(map: &Map<String, Value>, here: &Value) -> Vec<(&'static str, Value)> {
    let mut found: Vec<(&'static str, Value)> = Vec::new();
    let listed = map.get("enum").and_then(Value::as_array).into_iter().flatten();
    // Whether `null` is one of an enumeration's values, documents and services differ (OpenAPI 3.0.3's `nullable`).
    let listed = listed.filter(|value| !value.is_null());
    found.extend(listed.take(LISTED).map(|value| ("listed", value.clone())));
    let bound = |word: &str| map.get(word).and_then(Value::as_u64).filter(|n| *n <= LONGEST);
    match here {
        Value::String(text) if !map.contains_key("enum") && !map.contains_key("format") => {
            let last = text.chars().next_back().unwrap_or('a');
            let sized = |length: u64| -> Value {
                let length = usize::try_from(length).unwrap_or(0);
                text.chars().chain(std::iter::repeat(last)).take(length).collect::<String>().into()
            };
            found.extend(bound("maxLength").map(|most| ("longest", sized(most))));
            found.extend(bound("minLength").map(|least| ("shortest", sized(least))));
        }
        Value::Number(_) => {
            let limit = |word: &str| match map.get(word)? {
                Value::Number(bound) if bound.is_f64() => as_written(bound.as_f64()?),
                bound => Some(bound.clone()),
            };
            found.extend(limit("maximum").map(|most| ("greatest", most)));
            found.extend(limit("minimum").map(|least| ("least", least)));
        }
        _ => {}
    }
    found.retain(|(_, value)| value != here);
    found
}

fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if text.chars().nth(40).is_some() {
        short.push('…');
    }
    format!("`{short}`")
}
