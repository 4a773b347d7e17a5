//! What judging a value by a schema costs, before it is done. Alternatives in a schema that leads
//! back to itself double the work with each level of the value: a small document and a small body
//! can keep a validator busy for years.

use crate::spec::layout::{Keyword, Reach};
use crate::spec::place::local;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Steps that any value may cost to judge.
const STEPS: u64 = 500_000;

/// Further steps for each part of a value.
const STEPS_PER_PART: u64 = 100;

/// Bytes of stack that one step takes at most, in a build without optimisation.
const BYTES_PER_STEP: usize = 4096;

/// Steps within one another that fit any thread's stack.
const SHALLOW: usize = 400;

/// Schemas in turn for each level of a value that fit any thread's stack, since the parser of bodies
/// stops at 127 levels.
const PLAIN: usize = 4;

/// Deepest value that is judged at all.
const DEPTH: usize = 512;

/// What a schema may ask of a validator, whatever the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Demand {
    /// Most schemas in turn that judge one value.
    pub height: usize,
    /// Most times that a part of a value is judged for each time that the value is.
    pub fan: u64,
}

/// How a value is to be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// Here and now.
    Plain,
    /// On a stack of this many bytes.
    Deep(usize),
    /// On a stack of this many bytes, if its [`cost`] is within the limit.
    Doubtful(usize, u64),
    /// Not at all: it is nested too deep.
    Refused,
}

/// What values a schema judges without a look at what it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Affordable(pub(super) Demand);

impl Affordable {
    /// Whether values are that are nested so deep.
    pub fn at(self, depth: usize) -> bool {
        self.0.is_plain() || depth <= DEPTH && !self.0.is_doubtful(depth)
    }
}

impl Demand {
    fn is_plain(self) -> bool {
        self.fan <= 1 && self.height <= PLAIN
    }

    fn is_doubtful(self, depth: usize) -> bool {
        self.fan.saturating_pow(u32::try_from(depth).unwrap_or(u32::MAX)) > STEPS
    }

    /// What both ask for.
    pub fn with(self, other: Self) -> Self {
        Self { height: self.height.max(other.height), fan: self.fan.max(other.fan) }
    }

    /// How to judge a value; it is looked at only where the schema may ask for much.
    pub fn course(self, instance: &Value) -> Course {
        if self.is_plain() {
            return Course::Plain;
        }
        let size = Size::of(instance);
        if size.depth > DEPTH {
            return Course::Refused;
        }
        // Each part that is judged for itself takes steps of its own.
        let nested = (self.height + 2) * (size.depth + 1);
        let stack = nested * BYTES_PER_STEP + (2 << 20);
        if self.is_doubtful(size.depth) {
            Course::Doubtful(stack, STEPS + STEPS_PER_PART.saturating_mul(size.parts))
        } else if nested > SHALLOW {
            Course::Deep(stack)
        } else {
            Course::Plain
        }
    }
}

/// How large a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Size {
    parts: u64,
    depth: usize,
}

impl Size {
    fn of(value: &Value) -> Self {
        let mut size = Self::default();
        let mut open = vec![(value, 0)];
        while let Some((value, depth)) = open.pop() {
            size.parts += 1;
            size.depth = size.depth.max(depth);
            match value {
                Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
                Value::Object(map) => open.extend(map.values().map(|item| (item, depth + 1))),
                _ => {}
            }
        }
        size
    }
}

/// Steps that judging a value by the schema at a pointer takes, every alternative tried. The schema
/// must have been found sound. Needs the stack that [`Demand::course`] names.
pub(super) fn cost(document: &Value, pointer: &str, instance: &Value) -> u64 {
    let mut count = Count { document, known: HashMap::new() };
    document.pointer(pointer).map_or(0, |schema| count.of(schema, instance))
}

struct Count<'a> {
    document: &'a Value,
    /// By schema and value. Without it, counting would take as long as judging.
    known: HashMap<(*const Value, *const Value), u64>,
}

impl Count<'_> {
    fn of(&mut self, schema: &Value, instance: &Value) -> u64 {
        let Value::Object(map) = schema else { return 1 };
        let key = (std::ptr::from_ref(schema), std::ptr::from_ref(instance));
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let mut steps: u64 = 1;
        for (keyword, value) in map {
            let more = match Keyword::of(keyword) {
                Keyword::Schema(Reach::Same) => self.of(value, instance),
                Keyword::Schemas(Reach::Same) => self.each(value, instance),
                Keyword::Schema(Reach::Part) => self.parts(keyword, map, value, instance),
                Keyword::Schemas(Reach::Part) => self.named(keyword, value, instance),
                Keyword::Other if keyword == "$ref" => self.referred(value, instance),
                Keyword::Other => 0,
            };
            steps = steps.saturating_add(more);
        }
        self.known.insert(key, steps);
        steps
    }

    fn referred(&mut self, reference: &Value, instance: &Value) -> u64 {
        let target = reference.as_str().and_then(|reference| local(reference).ok());
        let schema = target.and_then(|pointer| self.document.pointer(&pointer));
        schema.map_or(0, |schema| self.of(schema, instance))
    }

    fn each(&mut self, schemas: &Value, instance: &Value) -> u64 {
        let mut steps: u64 = 0;
        let list = schemas.as_array().into_iter().flatten();
        for schema in list.chain(schemas.as_object().into_iter().flat_map(Map::values)) {
            steps = steps.saturating_add(self.of(schema, instance));
        }
        steps
    }

    /// One schema for all parts; `additionalProperties` for those without one of their own.
    fn parts(
        &mut self,
        keyword: &str,
        beside: &Map<String, Value>,
        schema: &Value,
        instance: &Value,
    ) -> u64 {
        let mut steps: u64 = 0;
        match (keyword, instance) {
            ("additionalProperties", Value::Object(members)) => {
                let own = beside.get("properties");
                for (name, member) in members {
                    if own.and_then(|own| own.get(name)).is_none() {
                        steps = steps.saturating_add(self.of(schema, member));
                    }
                }
            }
            ("unevaluatedProperties", Value::Object(members)) => {
                for member in members.values() {
                    steps = steps.saturating_add(self.of(schema, member));
                }
            }
            ("propertyNames", Value::Object(members)) => {
                let one = self.of(schema, &Value::Null);
                steps = one.saturating_mul(members.len() as u64);
            }
            ("items" | "contains" | "unevaluatedItems", Value::Array(items)) => {
                for item in items {
                    steps = steps.saturating_add(self.of(schema, item));
                }
            }
            _ => {}
        }
        steps
    }

    /// Schemas for parts by name, pattern or position.
    fn named(&mut self, keyword: &str, schemas: &Value, instance: &Value) -> u64 {
        let mut steps: u64 = 0;
        match (keyword, schemas, instance) {
            ("properties", Value::Object(schemas), Value::Object(members)) => {
                for (name, member) in members {
                    if let Some(schema) = schemas.get(name) {
                        steps = steps.saturating_add(self.of(schema, member));
                    }
                }
            }
            ("patternProperties", Value::Object(schemas), Value::Object(members)) => {
                for schema in schemas.values() {
                    for member in members.values() {
                        steps = steps.saturating_add(self.of(schema, member));
                    }
                }
            }
            ("prefixItems", Value::Array(schemas), Value::Array(items)) => {
                for (schema, item) in schemas.iter().zip(items) {
                    steps = steps.saturating_add(self.of(schema, item));
                }
            }
            _ => {}
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!({}), |value, _| json!({"n": value}))
    }

    #[test]
    fn plain_schemas_are_judged_without_a_look_at_the_value() {
        let plain = Demand { height: 3, fan: 1 };
        assert_eq!(plain.course(&nested(100)), Course::Plain);
        let high = Demand { height: 40, fan: 1 };
        assert_eq!(high.course(&nested(2)), Course::Plain);
        assert!(matches!(high.course(&nested(100)), Course::Deep(_)));
        let fanned = Demand { height: 3, fan: 2 };
        assert_eq!(fanned.course(&nested(10)), Course::Plain);
        assert!(matches!(fanned.course(&nested(40)), Course::Doubtful(..)));
    }

    #[test]
    fn work_that_doubles_is_counted_without_being_done() {
        let document = json!({
            "twice": {"anyOf": [{"properties": {"n": {"$ref": "#/twice"}}}, {"properties": {"n": {"$ref": "#/twice"}}}]},
            "once": {"anyOf": [{"properties": {"n": {"$ref": "#/once"}}}, {"properties": {"m": {"$ref": "#/once"}}}]},
        });
        assert!(cost(&document, "/twice", &nested(60)) > 1 << 60);
        assert_eq!(cost(&document, "/twice", &nested(127)), u64::MAX);
        assert!(cost(&document, "/once", &nested(60)) < 1000);
    }

    #[test]
    fn every_way_to_a_part_is_counted() {
        let value = json!({"a": [1, 2], "b": 3});
        let cases = [
            (json!({"properties": {"a": {}, "c": {}}}), 2),
            (json!({"properties": {"a": {}}, "additionalProperties": {}}), 3),
            (json!({"patternProperties": {"x": {}, "y": {}}}), 5),
            (json!({"propertyNames": {"allOf": [{}, {}]}}), 7),
            (json!({"unevaluatedProperties": {"items": {}}}), 5),
            (json!({"properties": {"a": {"items": {}, "prefixItems": [{}], "contains": true}}}), 7),
            (json!({"allOf": [{}, true], "if": {}, "not": {"$ref": "#/x"}}), 6),
        ];
        for (schema, expected) in cases {
            let document = json!({"s": schema, "x": {}});
            assert_eq!(cost(&document, "/s", &value), expected, "{document}");
        }
    }
}
