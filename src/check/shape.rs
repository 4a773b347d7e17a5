//! Which fields a schema names: each schema flattened over `$ref`, `allOf`, `anyOf`, `oneOf` and
//! `if`, so that a value can be walked beside what its promise says of it.
//!
//! The main type is [`Shapes`], one for each document. It judges nothing that a validator judges:
//! it tells fields that nobody named, and which documented fields and values have been seen.

use crate::exchange::{percent_decoded, pointer_name, pointer_token};
use crate::spec::Direction;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// Most subschemas that are flattened into one shape; a schema with more is taken for an open one.
const FLATTENED: usize = 512;

/// Deepest value that is walked; what lies deeper is left alone.
const DEPTH: usize = 128;

/// A flattened schema of one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShapeId(usize);

/// Something that documentation names, so that it can be seen or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    /// A field of an object, by shape and position.
    Field(ShapeId, usize),
    /// A value of an enumeration, by shape and position.
    Value(ShapeId, usize),
}

#[derive(Debug)]
struct Shape<'a> {
    /// Where its schema stands.
    pointer: String,
    fields: HashMap<&'a str, Field>,
    /// Shapes of array items.
    items: Vec<ShapeId>,
    /// Shapes of fields that are not named.
    additional: Vec<ShapeId>,
    /// Whether fields that are not named may come.
    open: bool,
    values: Vec<&'a Value>,
}

#[derive(Debug)]
struct Field {
    position: usize,
    shapes: Vec<ShapeId>,
    read_only: bool,
    write_only: bool,
}

/// The flattened schemas of one document.
#[derive(Debug)]
pub struct Shapes<'a> {
    document: &'a Value,
    flat: Vec<Shape<'a>>,
    by_pointer: HashMap<String, ShapeId>,
}

/// A field that no part of the schema names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unnamed {
    /// Pointer into the value.
    pub at: String,
    /// The same, array indexes and keys of maps as `*`.
    pub place: String,
    /// Pointer to the schema of the object that holds it.
    pub schema: String,
}

impl<'a> Shapes<'a> {
    /// No shapes yet, of a document.
    pub fn new(document: &'a Value) -> Self {
        Self { document, flat: Vec::new(), by_pointer: HashMap::new() }
    }

    /// The shape of the schema at a pointer, made with all that it leads to on first use; `None`
    /// when nothing is there.
    pub fn shape(&mut self, pointer: &str) -> Option<ShapeId> {
        let mut open = Vec::new();
        let id = self.reserve(pointer, &mut open)?;
        while let Some((id, pointer)) = open.pop() {
            let shape = self.flatten(&pointer, &mut open);
            self.flat[id.0] = shape;
        }
        Some(id)
    }

    /// Everything named that a shape leads to, for bodies that go that way; but for what was `visited` before.
    pub fn named(
        &self,
        root: ShapeId,
        direction: Direction,
        visited: &mut HashSet<ShapeId>,
        into: &mut HashSet<Named>,
    ) {
        let mut open: Vec<ShapeId> = visited.insert(root).then_some(root).into_iter().collect();
        while let Some(id) = open.pop() {
            let shape = &self.flat[id.0];
            into.extend((0..shape.values.len()).map(|position| Named::Value(id, position)));
            let mut next: Vec<ShapeId> = Vec::new();
            for field in shape.fields.values().filter(|field| field.goes(direction)) {
                into.insert(Named::Field(id, field.position));
                next.extend(&field.shapes);
            }
            next.extend(shape.items.iter().chain(&shape.additional));
            open.extend(next.into_iter().filter(|id| visited.insert(*id)));
        }
    }

    /// Walks a value beside its shape: what of the documentation is in it, and which fields nobody
    /// named (at most `most`).
    pub fn walk(&self, root: ShapeId, value: &Value, most: usize) -> Walked {
        self.walk_from(&[root], value, 0, most)
    }

    /// Walks a part of a value, which lies so deep in it, beside its shapes; one field that nobody named will do.
    pub(super) fn walk_part(&self, shapes: &[ShapeId], value: &Value, depth: usize) -> Walked {
        self.walk_from(shapes, value, depth, 1)
    }

    fn walk_from(&self, shapes: &[ShapeId], value: &Value, depth: usize, most: usize) -> Walked {
        let mut walk = Walk {
            shapes: self,
            most,
            at: String::new(),
            place: String::new(),
            done: Walked::default(),
        };
        walk.value(shapes, value, depth);
        walk.done
    }

    /// Values that shapes of one value document, each shape's once.
    pub(super) fn values(&self, shapes: &[ShapeId]) -> impl Iterator<Item = (Named, &'a Value)> {
        shapes.iter().flat_map(|id| {
            let values = &self.flat[id.0].values;
            let first = |at: &usize| !values[..*at].contains(&values[*at]);
            (0..values.len()).filter(first).map(|at| (Named::Value(*id, at), values[at]))
        })
    }

    /// Names of the fields of some shapes.
    pub(super) fn names(&self, shapes: &[ShapeId]) -> impl Iterator<Item = &'a str> {
        shapes.iter().flat_map(|id| self.flat[id.0].fields.keys().copied())
    }

    /// Whether fields that are in none of some shapes may come. Without shapes, anything may.
    pub(super) fn is_open(&self, shapes: &[ShapeId]) -> bool {
        shapes.is_empty() || shapes.iter().any(|id| self.flat[id.0].open)
    }

    /// The shapes of fields that are in none of some shapes.
    pub(super) fn beyond(&self, shapes: &[ShapeId]) -> Vec<ShapeId> {
        union(shapes.iter().flat_map(|id| &self.flat[id.0].additional))
    }

    /// The shapes of items.
    pub(super) fn items(&self, shapes: &[ShapeId]) -> Vec<ShapeId> {
        union(shapes.iter().flat_map(|id| &self.flat[id.0].items))
    }

    /// A pointer into a value of this shape, with array indexes and keys of maps as `*`.
    pub fn place(&self, root: ShapeId, pointer: &str) -> String {
        let mut here = vec![root];
        let mut out = String::with_capacity(pointer.len());
        for segment in pointer.split('/').skip(1) {
            let name = pointer_name(segment);
            let named = self.field(&here, &name);
            let index = segment.bytes().all(|b| b.is_ascii_digit());
            let maps = here.iter().any(|id| !self.flat[id.0].additional.is_empty());
            out.push('/');
            here = match named {
                Some((_, next)) => {
                    out.push_str(segment);
                    next
                }
                None if index || maps => {
                    out.push('*');
                    let shapes = here.iter().map(|id| &self.flat[id.0]);
                    union(shapes.flat_map(|shape| shape.items.iter().chain(&shape.additional)))
                }
                None => {
                    out.push_str(segment);
                    Vec::new()
                }
            };
        }
        out
    }

    /// A field in any of some shapes, and the shapes of its value.
    pub(super) fn field(
        &self,
        shapes: &[ShapeId],
        name: &str,
    ) -> Option<(Vec<Named>, Vec<ShapeId>)> {
        let mut found: Option<(Vec<Named>, Vec<ShapeId>)> = None;
        for id in shapes {
            if let Some(field) = self.flat[id.0].fields.get(name) {
                let (named, next) = found.get_or_insert_default();
                named.push(Named::Field(*id, field.position));
                next.extend(
                    field.shapes.iter().filter(|id| !next.contains(id)).collect::<Vec<_>>(),
                );
            }
        }
        found
    }

    fn reserve(&mut self, pointer: &str, open: &mut Vec<(ShapeId, String)>) -> Option<ShapeId> {
        let (pointer, _) = self.resolve(pointer)?;
        if let Some(id) = self.by_pointer.get(&pointer) {
            return Some(*id);
        }
        let id = ShapeId(self.flat.len());
        self.flat.push(Shape::empty(&pointer));
        self.by_pointer.insert(pointer.clone(), id);
        open.push((id, pointer));
        Some(id)
    }

    /// Follows references that stand alone, so that what is shared has one shape.
    fn resolve(&self, pointer: &str) -> Option<(String, &'a Value)> {
        let mut pointer = pointer.to_owned();
        for _ in 0..64 {
            let value = self.document.pointer(&pointer)?;
            match value.as_object() {
                Some(map) if map.len() == 1 => match map.get("$ref").and_then(local) {
                    Some(target) => pointer = target,
                    None => return Some((pointer, value)),
                },
                _ => return Some((pointer, value)),
            }
        }
        None
    }

    fn flatten(&mut self, pointer: &str, open: &mut Vec<(ShapeId, String)>) -> Shape<'a> {
        let mut shape = Shape::empty(pointer);
        let mut pending = vec![(pointer.to_owned(), false)];
        let mut visited = HashSet::new();
        while let Some((pointer, is_branch)) = pending.pop() {
            let Some((pointer, value)) = self.resolve(&pointer) else { continue };
            let Some(schema) = value.as_object() else { continue };
            if !visited.insert(pointer.clone()) {
                continue;
            }
            if visited.len() > FLATTENED {
                shape.open = true;
                break;
            }
            if is_branch && !schema.contains_key("properties") && is_object(schema) {
                shape.open |= !composed(schema);
            }
            self.own(&pointer, schema, &mut shape, open);
            compositions(&pointer, schema, &mut pending);
        }
        shape.open |= shape.fields.is_empty();
        shape
    }

    /// What one subschema says itself.
    fn own(
        &mut self,
        pointer: &str,
        schema: &'a Map<String, Value>,
        shape: &mut Shape<'a>,
        open: &mut Vec<(ShapeId, String)>,
    ) {
        for (name, value) in
            schema.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            let child = format!("{pointer}/properties/{}", pointer_token(name));
            let id = self.reserve(&child, open);
            let marked = |word: &str| {
                let resolved = self.resolve(&child).map(|(_, value)| value);
                [Some(value), resolved].into_iter().flatten().any(|v| v[word] == Value::Bool(true))
            };
            let (read_only, write_only) = (marked("readOnly"), marked("writeOnly"));
            let position = shape.fields.len();
            let field = shape.fields.entry(name).or_insert_with(|| Field {
                position,
                shapes: Vec::new(),
                read_only,
                write_only,
            });
            field.shapes.extend(id.filter(|id| !field.shapes.contains(id)));
        }
        for word in ["additionalProperties", "unevaluatedProperties"] {
            match schema.get(word) {
                None | Some(Value::Bool(false)) => {}
                Some(_) => {
                    shape.open = true;
                    shape.additional.extend(self.reserve(&format!("{pointer}/{word}"), open));
                }
            }
        }
        shape.open |= schema.contains_key("patternProperties");
        if schema.get("items").is_some_and(Value::is_object) {
            shape.items.extend(self.reserve(&format!("{pointer}/items"), open));
        }
        let prefix = schema.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
        for index in 0..prefix.min(FLATTENED) {
            shape.items.extend(self.reserve(&format!("{pointer}/prefixItems/{index}"), open));
        }
        shape.values.extend(schema.get("enum").and_then(Value::as_array).into_iter().flatten());
    }
}

impl Shape<'_> {
    fn empty(pointer: &str) -> Self {
        Self {
            pointer: pointer.to_owned(),
            fields: HashMap::new(),
            items: Vec::new(),
            additional: Vec::new(),
            open: false,
            values: Vec::new(),
        }
    }
}

impl Field {
    fn goes(&self, direction: Direction) -> bool {
        match direction {
            Direction::Request => !self.read_only,
            Direction::Response => !self.write_only,
        }
    }
}

fn union<'s>(shapes: impl Iterator<Item = &'s ShapeId>) -> Vec<ShapeId> {
    let mut all: Vec<ShapeId> = shapes.copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn local(reference: &Value) -> Option<String> {
    reference.as_str()?.strip_prefix('#').map(percent_decoded)
}

fn is_object(schema: &Map<String, Value>) -> bool {
    match schema.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        _ => false,
    }
}

fn composed(schema: &Map<String, Value>) -> bool {
    ["$ref", "allOf", "anyOf", "oneOf"].iter().any(|word| schema.contains_key(*word))
}

/// The subschemas that speak of the same value; the flag says that one is an alternative.
fn compositions(pointer: &str, schema: &Map<String, Value>, pending: &mut Vec<(String, bool)>) {
    if let Some(target) = schema.get("$ref").and_then(local) {
        pending.push((target, false));
    }
    for (word, is_branch) in [("allOf", false), ("anyOf", true), ("oneOf", true)] {
        let count = schema.get(word).and_then(Value::as_array).map_or(0, Vec::len);
        let branches =
            (0..count.min(FLATTENED)).map(|n| (format!("{pointer}/{word}/{n}"), is_branch));
        pending.extend(branches);
    }
    for word in ["if", "then", "else"] {
        if schema.contains_key(word) {
            pending.push((format!("{pointer}/{word}"), false));
        }
    }
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walked {
    /// Documented fields and values that are there.
    pub seen: Vec<Named>,
    /// Fields that nobody named.
    pub unnamed: Vec<Unnamed>,
}

struct Walk<'w, 'a> {
    shapes: &'w Shapes<'a>,
    most: usize,
    at: String,
    place: String,
    done: Walked,
}

impl Walk<'_, '_> {
    fn value(&mut self, shapes: &[ShapeId], value: &Value, depth: usize) {
        if shapes.is_empty() || depth > DEPTH {
            return;
        }
        for id in shapes {
            let values = &self.shapes.flat[id.0].values;
            let hit = values.iter().position(|documented| *documented == value);
            self.done.seen.extend(hit.map(|position| Named::Value(*id, position)));
        }
        match value {
            Value::Object(map) => map.iter().for_each(|(k, v)| self.member(shapes, k, v, depth)),
            Value::Array(items) => {
                let next = self.shapes.items(shapes);
                for (index, item) in items.iter().enumerate() {
                    self.step(&index.to_string(), "*", |walk| walk.value(&next, item, depth + 1));
                }
            }
            _ => {}
        }
    }

    fn member(&mut self, shapes: &[ShapeId], name: &str, value: &Value, depth: usize) {
        let name_token = pointer_token(name);
        if let Some((named, next)) = self.shapes.field(shapes, name) {
            self.done.seen.extend(named);
            self.step(&name_token, &name_token, |walk| walk.value(&next, value, depth + 1));
        } else if self.shapes.is_open(shapes) {
            let next = self.shapes.beyond(shapes);
            self.step(&name_token, "*", |walk| walk.value(&next, value, depth + 1));
        } else if self.done.unnamed.len() < self.most {
            let at = format!("{}/{name_token}", self.at);
            let place = format!("{}/{name_token}", self.place);
            let schema = shapes.first().map(|id| self.shapes.flat[id.0].pointer.clone());
            self.done.unnamed.push(Unnamed { at, place, schema: schema.unwrap_or_default() });
        }
    }

    fn step(&mut self, at: &str, place: &str, inside: impl FnOnce(&mut Self)) {
        let lengths = (self.at.len(), self.place.len());
        for (text, piece) in [(&mut self.at, at), (&mut self.place, place)] {
            text.push('/');
            text.push_str(piece);
        }
        inside(self);
        self.at.truncate(lengths.0);
        self.place.truncate(lengths.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn unnamed(schema: Value, value: &Value) -> Vec<String> {
        let document = json!({ "schema": schema, "base": {"properties": {"id": {}, "self": {"$ref": "#/schema"}}} });
        let mut shapes = Shapes::new(&document);
        let root = shapes.shape("/schema").unwrap();
        shapes.walk(root, value, 10).unnamed.into_iter().map(|found| found.at).collect()
    }

    #[test]
    fn fields_that_nobody_named() {
        let crate_ = json!({"type": "object", "properties": {"name": {"type": "string"}, "box": {"properties": {"w": {}}}}});
        let cases = [
            (crate_.clone(), json!({"name": "a", "box": {"w": 1}}), vec![]),
            (
                crate_.clone(),
                json!({"nome": "a", "box": {"h": 1, "w": 2}}),
                vec!["/nome", "/box/h"],
            ),
            // Nothing named: anything may come.
            (json!({"type": "object"}), json!({"x": 1}), vec![]),
            (
                json!({"properties": {"a": {}}, "additionalProperties": true}),
                json!({"x": 1}),
                vec![],
            ),
            (
                json!({"properties": {"a": {}}, "patternProperties": {"^x": {}}}),
                json!({"x": 1}),
                vec![],
            ),
            // What the validator judges already is seen here too; the caller leaves it to that.
            (
                json!({"properties": {"a": {}}, "additionalProperties": false}),
                json!({"x": 1}),
                vec!["/x"],
            ),
            (
                json!({"items": {"properties": {"a": {}}}}),
                json!([{"a": 1}, {"b": 1}]),
                vec!["/1/b"],
            ),
            (
                json!({"additionalProperties": {"properties": {"a": {}}}}),
                json!({"k": {"a": 1, "b": 2}}),
                vec!["/k/b"],
            ),
            (
                json!({"allOf": [{"$ref": "#/base"}, {"properties": {"x": {}}}]}),
                json!({"id": 1, "x": 2, "y": 3, "self": {"id": 1, "z": 1}}),
                vec!["/y", "/self/z"],
            ),
            (
                json!({"oneOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]}),
                json!({"a": 1, "b": 2, "c": 3}),
                vec!["/c"],
            ),
            // One alternative takes any object.
            (
                json!({"anyOf": [{"properties": {"a": {}}}, {"type": "object"}]}),
                json!({"c": 3}),
                vec![],
            ),
            (
                json!({"properties": {"a": {}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}),
                json!({"c": 3}),
                vec!["/c"],
            ),
            (json!({"$ref": "#/schema"}), json!({"c": 3}), vec![]),
        ];
        for (schema, value, expected) in cases {
            if schema == json!({"$ref": "#/schema"}) {
                let document = json!({ "schema": schema });
                assert_eq!(Shapes::new(&document).shape("/schema"), None);
                continue;
            }
            assert_eq!(unnamed(schema.clone(), &value), expected, "{schema} {value}");
        }
    }

    #[test]
    fn seen_is_a_part_of_what_is_named() {
        let document = json!({"schema": {"properties": {
            "kind": {"enum": ["steel", "wood"]},
            "secret": {"type": "string", "writeOnly": true},
            "parts": {"type": "array", "items": {"$ref": "#/schema"}}
        }}});
        let mut shapes = Shapes::new(&document);
        let root = shapes.shape("/schema").unwrap();
        let mut responses = HashSet::new();
        shapes.named(root, Direction::Response, &mut HashSet::new(), &mut responses);
        let mut requests = HashSet::new();
        let mut visited = HashSet::new();
        shapes.named(root, Direction::Request, &mut visited, &mut requests);
        let mut again = HashSet::new();
        shapes.named(root, Direction::Request, &mut visited, &mut again);
        assert!(again.is_empty(), "what was visited is not named again");
        assert_eq!((responses.len(), requests.len()), (4, 5));
        let value = json!({"kind": "wood", "parts": [{"kind": "clay"}, {"kind": "wood"}]});
        let seen: HashSet<Named> = shapes.walk(root, &value, 10).seen.into_iter().collect();
        assert_eq!(seen.len(), 3, "kind, parts, and one of two values");
        assert!(seen.is_subset(&responses));
    }

    #[test]
    fn places_forget_indexes_and_keys_of_maps() {
        let document = json!({"schema": {"properties": {
            "list": {"items": {"properties": {"7": {"items": {}}}}},
            "map": {"additionalProperties": {"properties": {"a": {}}}}
        }}});
        let mut shapes = Shapes::new(&document);
        let root = shapes.shape("/schema").unwrap();
        for (pointer, expected) in [
            ("", ""),
            ("/list/3/7/0", "/list/*/7/*"),
            ("/map/key-of-today/a", "/map/*/a"),
            ("/other/thing", "/other/thing"),
        ] {
            assert_eq!(shapes.place(root, pointer), expected);
        }
    }

    #[test]
    fn hostile_schemas_end() {
        let mut chain = Map::new();
        for n in 0..2000 {
            let next = format!("#/s{}", n + 1);
            chain.insert(
                format!("s{n}"),
                json!({"allOf": [{"$ref": next}], "properties": {"p": {}}}),
            );
        }
        let document = Value::Object(chain);
        let mut shapes = Shapes::new(&document);
        let root = shapes.shape("/s0").unwrap();
        assert!(
            shapes.walk(root, &json!({"q": 1}), 10).unnamed.is_empty(),
            "too deep: taken as open"
        );
        let circle =
            json!({"s": {"allOf": [{"$ref": "#/s"}], "properties": {"p": {"$ref": "#/s"}}}});
        let mut shapes = Shapes::new(&circle);
        let root = shapes.shape("/s").unwrap();
        assert_eq!(shapes.walk(root, &json!({"p": {"p": {"q": 1}}}), 10).unnamed.len(), 1);
    }
}
