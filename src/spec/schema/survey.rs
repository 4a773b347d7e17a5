//! What a schema leads to: references that lead nowhere, circles that no value could ever leave,
//! alternatives that fan out without bound. Found before anything is compiled, since a validator
//! would not come back from them.

use super::cost::Demand;
use super::cut::refers;
use crate::spec::layout::{Keyword, Reach};
use crate::spec::model::Problem;
use crate::spec::place::{dangling, join, local};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};

/// Deepest chain of references and alternatives that judge one and the same value.
const HEIGHT: usize = 48;

/// Most schemas that one and the same value may be judged by.
const WEIGHT: u64 = 20_000;

/// Most problems that are told of one document's schemas.
const PROBLEMS: usize = 1000;

/// A walk over everything that some schemas lead to; each schema is looked at once.
#[derive(Debug)]
pub(in crate::spec) struct Survey<'a> {
    document: &'a Value,
    seen: HashMap<*const Value, Seen>,
    /// Schemas of a value's parts, to be looked at after the value's own.
    open: Vec<(String, &'a Value)>,
    /// What is wrong, in the order found.
    pub problems: Vec<Problem>,
    /// Schemas that are compiled for themselves: the first ones, targets of references, and those
    /// of a value's parts that refer to others.
    pub entries: Vec<String>,
    /// What is known of schemas from other walks: they are sound, and not entered again.
    known: &'a HashMap<String, Sound>,
    /// Whether any of them has rules as written beside loosened ones (`x-contradicted`).
    pub contradicted: bool,
    /// Formats that nobody knows, each where it came first.
    pub unknown_formats: BTreeMap<&'a str, String>,
    /// The most that any of them asks of a validator.
    pub(super) demand: Demand,
}

#[derive(Debug, Clone, Copy)]
enum Seen {
    /// Being walked through: to meet it again without leaving the value is a circle.
    Open,
    Done(Measure),
}

/// What a walk found of a schema, if it and all that it leads to are sound.
#[derive(Debug, Clone, Copy)]
pub(in crate::spec) struct Sound {
    measure: Measure,
    demand: Demand,
    contradicted: bool,
}

/// How much judging one value by a schema costs.
#[derive(Debug, Clone, Copy, Default)]
struct Measure {
    height: usize,
    weight: u64,
    /// Schemas among them that judge parts of the value too.
    fan: u64,
}

impl<'a> Survey<'a> {
    pub fn new(document: &'a Value, known: &'a HashMap<String, Sound>) -> Self {
        Self {
            document,
            known,
            seen: HashMap::new(),
            open: Vec::new(),
            problems: Vec::new(),
            entries: Vec::new(),
            contradicted: false,
            unknown_formats: BTreeMap::new(),
            demand: Demand::default(),
        }
    }

    /// What is to be known of the schemas compiled for themselves, where nothing was wrong. Each is
    /// said to ask for as much as all of them together, which is no less than it does.
    pub fn sound(&self) -> Vec<(String, Sound)> {
        let sound = |pointer: &String| {
            let schema = self.document.pointer(pointer)?;
            let Seen::Done(measure) = *self.seen.get(&std::ptr::from_ref(schema))? else {
                return None;
            };
            let Self { demand, contradicted, .. } = *self;
            Some((pointer.clone(), Sound { measure, demand, contradicted }))
        };
        self.entries.iter().filter_map(sound).collect()
    }

    /// Walks everything that the schema at a pointer leads to.
    pub fn walk(&mut self, pointer: &str) {
        let Some(schema) = self.document.pointer(pointer) else {
            self.note(pointer, "no schema stands here".to_owned());
            return;
        };
        self.entries.push(pointer.to_owned());
        self.open.push((pointer.to_owned(), schema));
        while let Some((pointer, schema)) = self.open.pop() {
            if refers(schema) {
                self.entries.push(pointer.clone());
            }
            self.visit(&pointer, schema, 0);
        }
    }

    fn note(&mut self, pointer: &str, what: String) {
        if self.problems.len() >= PROBLEMS {
            return;
        }
        self.problems.push(Problem { pointer: pointer.to_owned(), what });
    }

    /// A schema and all that judge the same value.
    fn visit(&mut self, pointer: &str, schema: &'a Value, depth: usize) -> Measure {
        match self.seen.get(&std::ptr::from_ref(schema)).copied() {
            Some(Seen::Done(measure)) => {
                if depth + measure.height > HEIGHT {
                    self.note(pointer, too_deep());
                }
                return measure;
            }
            Some(Seen::Open) => {
                self.note(pointer, "the schema leads back to itself: no value ends it".to_owned());
                return Measure::default();
            }
            None => {}
        }
        let map = match schema {
            Value::Object(map) => map,
            Value::Bool(_) => return Measure { height: 1, weight: 1, fan: 0 },
            _ => {
                self.note(pointer, "a schema is an object or a boolean".to_owned());
                return Measure::default();
            }
        };
        if depth > HEIGHT {
            self.note(pointer, too_deep());
            return Measure::default();
        }
        self.seen.insert(std::ptr::from_ref(schema), Seen::Open);
        let below = self.keywords(pointer, map, depth);
        let mut measure =
            Measure { height: below.height + 1, weight: below.weight + 1, fan: below.fan };
        if map.keys().any(|key| judges_parts(key)) {
            measure.fan += 1;
        }
        self.demand = self.demand.with(Demand { height: measure.height, fan: measure.fan });
        if measure.weight > WEIGHT {
            self.note(pointer, format!("alternatives fan out to more than {WEIGHT} schemas"));
            measure = Measure { weight: 1, fan: 1, ..measure };
        }
        self.seen.insert(std::ptr::from_ref(schema), Seen::Done(measure));
        measure
    }

    fn keywords(&mut self, pointer: &str, map: &'a Map<String, Value>, depth: usize) -> Measure {
        let mut below = Measure::default();
        let mut add = |measure: Measure| {
            below.height = below.height.max(measure.height);
            below.weight = below.weight.saturating_add(measure.weight);
            below.fan = below.fan.saturating_add(measure.fan);
        };
        for (key, value) in map {
            match Keyword::of(key) {
                Keyword::Schema(reach) => {
                    self.contradicted |= key == "x-contradicted";
                    let at = join(pointer, key);
                    match reach {
                        Reach::Same => add(self.visit(&at, value, depth + 1)),
                        Reach::Part => self.open.push((at, value)),
                    }
                }
                Keyword::Schemas(reach) => {
                    for (at, value) in several(&join(pointer, key), value) {
                        match reach {
                            Reach::Same => add(self.visit(&at, value, depth + 1)),
                            Reach::Part => self.open.push((at, value)),
                        }
                    }
                }
                Keyword::Other if key == "$ref" => add(self.reference(pointer, value, depth)),
                Keyword::Other if key == "$dynamicRef" || key == "$recursiveRef" => {
                    self.note(pointer, format!("`{key}` is not supported"));
                }
                Keyword::Other if key == "format" => self.format(pointer, value),
                Keyword::Other => {}
            }
        }
        below
    }

    fn format(&mut self, pointer: &str, value: &'a Value) {
        if let Some(name) = value.as_str().filter(|name| !super::format::is_known(name))
            && self.unknown_formats.len() < PROBLEMS
        {
            self.unknown_formats.entry(name).or_insert_with(|| join(pointer, "format"));
        }
    }

    fn reference(&mut self, pointer: &str, value: &Value, depth: usize) -> Measure {
        let Some(reference) = value.as_str() else {
            self.note(pointer, "`$ref` is text".to_owned());
            return Measure::default();
        };
        let target = match local(reference) {
            Ok(target) => target,
            Err(what) => {
                self.note(pointer, what);
                return Measure::default();
            }
        };
        let Some(schema) = self.document.pointer(&target) else {
            self.note(pointer, dangling(reference));
            return Measure::default();
        };
        if let Some(sound) = self.known.get(&target) {
            let Sound { measure, demand, contradicted } = *sound;
            self.contradicted |= contradicted;
            self.demand = self.demand.with(demand);
            if depth + measure.height > HEIGHT {
                self.note(pointer, too_deep());
            }
            return measure;
        }
        if !self.seen.contains_key(&std::ptr::from_ref(schema)) {
            self.entries.push(target.clone());
        }
        self.visit(&target, schema, depth + 1)
    }
}

/// Whether a keyword judges parts of a value: definitions are judged by nobody.
fn judges_parts(key: &str) -> bool {
    let part =
        matches!(Keyword::of(key), Keyword::Schema(Reach::Part) | Keyword::Schemas(Reach::Part));
    part && !matches!(key, "$defs" | "definitions" | "contentSchema")
}

fn too_deep() -> String {
    format!("more than {HEIGHT} references and alternatives judge one value in turn")
}

/// Each schema of an object or array of schemas with its pointer.
pub(super) fn several<'a>(pointer: &str, value: &'a Value) -> Vec<(String, &'a Value)> {
    match value {
        Value::Object(map) => map.iter().map(|(key, value)| (join(pointer, key), value)).collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (join(pointer, &index.to_string()), value))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problems(document: &Value) -> Vec<(String, String)> {
        let known = HashMap::new();
        let mut survey = Survey::new(document, &known);
        survey.walk("/a");
        survey.problems.into_iter().map(|problem| (problem.pointer, problem.what)).collect()
    }

    #[test]
    fn circles_are_told_from_recursion() {
        let sound = json!({"a": {"properties": {"next": {"$ref": "#/a"}, "all": {"items": {"$ref": "#/a"}}}}});
        assert_eq!(problems(&sound), []);
        let cases = [
            json!({"a": {"$ref": "#/a"}}),
            json!({"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}}),
            json!({"a": {"allOf": [{"$ref": "#/b"}]}, "b": {"anyOf": [{}, {"not": {"$ref": "#/a"}}]}}),
            json!({"a": {"properties": {"x": {"$ref": "#/b"}}}, "b": {"oneOf": [{"$ref": "#/b"}]}}),
        ];
        for case in cases {
            let found = problems(&case);
            assert_eq!(found.len(), 1, "{case}: {found:?}");
            assert!(found[0].1.contains("leads back to itself"), "{found:?}");
        }
    }

    #[test]
    fn bad_references_are_named_where_they_stand() {
        let document = json!({"a": {"properties": {
            "b": {"$ref": "#/nowhere"}, "c": {"$ref": "other.json#/x"},
            "d": {"$ref": 5}, "e": 7, "f": {"$ref": "#anchor"}, "g/h": {"$ref": "#/a/properties/b"},
        }}});
        let mut found = problems(&document);
        found.sort();
        let places: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        let expected = ["b", "c", "d", "e", "f"].map(|key| format!("/a/properties/{key}"));
        assert_eq!(places, expected);
        assert!(found[0].1.contains("`$ref: #/nowhere` leads nowhere"), "{found:?}");
        assert!(found[1].1.contains("another file"), "{found:?}");
    }

    #[test]
    fn fans_and_chains_are_bounded() {
        let mut fan = serde_json::Map::new();
        let mut chain = serde_json::Map::new();
        for index in 0..5000 {
            let next = format!("#/s{}", index + 1);
            let name = if index == 0 { "a".to_owned() } else { format!("s{index}") };
            chain.insert(name.clone(), json!({"$ref": next}));
            if index < 30 {
                fan.insert(name, json!({"allOf": [{"$ref": next}, {"$ref": next}]}));
            }
        }
        fan.insert("s30".into(), json!({}));
        chain.insert("s5000".into(), json!({}));
        let found = problems(&Value::Object(fan));
        assert!(found.iter().any(|(_, what)| what.contains("fan out")), "{found:?}");
        let found = problems(&Value::Object(chain));
        assert!(found.iter().any(|(_, what)| what.contains("in turn")), "{found:?}");
    }
}
