//! Schemas as nodes. Keywords that are not known here are not passed over: the validators get the schema.

use super::{Form, Items, Members, Node, Property, kind};
use crate::check::catalogue::Item;
use crate::check::shape::{Named, ShapeId, Shapes};
use crate::exchange::pointer_token;
use crate::spec::{Direction, SchemaRef, Spec};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Most nodes of one promise, and most properties of one of them: a promise with more is not plain.
const NODES: usize = 4000;
const PROPERTIES: usize = 128;
/// Most references that lead from one to the next.
const REFERENCES: usize = 32;
/// Greatest number that stands for itself in a double, as all below it do.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A place in the document, `None` for a schema that takes anything; and shapes of the same value.
type Key = (Option<String>, Vec<ShapeId>);

struct Compiler<'c, 'a> {
    spec_index: usize,
    spec: &'c Spec,
    shapes: &'c Shapes<'a>,
    direction: Direction,
    nodes: Vec<Node>,
    known: HashMap<Key, usize>,
    open: Vec<(usize, Key)>,
    items: Vec<Item>,
    marks: HashMap<Named, u32>,
}

/// The nodes of a schema, its own first, and the items that marks are of.
pub(super) fn nodes(
    (spec_index, spec): (usize, &Spec),
    shapes: &Shapes<'_>,
    (schema, root): (&SchemaRef, ShapeId),
    direction: Direction,
) -> Option<(Vec<Node>, Vec<Item>)> {
    let mut compiler = Compiler {
        spec_index,
        spec,
        shapes,
        direction,
        nodes: Vec::new(),
        known: HashMap::new(),
        open: Vec::new(),
        items: Vec::new(),
        marks: HashMap::new(),
    };
    compiler.node(Some(schema.pointer.clone()), vec![root]);
    while let Some((at, (place, shapes))) = compiler.open.pop() {
        let node = match &place {
            None => compiler.anything(&shapes),
            Some(place) => compiler.schema(place, &shapes).unwrap_or_else(|| Node {
                whole: Some(SchemaRef { pointer: place.clone() }),
                ..Node::default()
            }),
        };
        compiler.nodes[at] = Node { shapes, ..node };
        if compiler.nodes.len() > NODES {
            return None;
        }
    }
    let is_plain = compiler.nodes.first()?.whole.is_none();
    is_plain.then_some((compiler.nodes, compiler.items))
}

impl Compiler<'_, '_> {
    fn node(&mut self, place: Option<String>, shapes: Vec<ShapeId>) -> usize {
        let key = (place, shapes);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let at = self.nodes.len();
        self.nodes.push(Node::default());
        self.known.insert(key.clone(), at);
        self.open.push((at, key));
        at
    }

    fn mark(&mut self, named: Named) -> u32 {
        let next = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        let mark = *self.marks.entry(named).or_insert(next);
        if mark == next {
            self.items.push(match self.direction {
                Direction::Request => Item::Request(self.spec_index, named),
                Direction::Response => Item::Response(self.spec_index, named),
            });
        }
        mark
    }

    /// A schema that takes anything.
    fn anything(&mut self, shapes: &[ShapeId]) -> Node {
        Node {
            kinds: kind::ALL,
            named: self.named(shapes),
            object: Members { others: self.others(None, shapes), ..Members::default() },
            array: Items { node: self.node(None, self.shapes.items(shapes)), count: None },
            ..Node::default()
        }
    }

    fn named(&mut self, shapes: &[ShapeId]) -> Vec<(Value, u32)> {
        let all: Vec<(Named, Value)> =
            self.shapes.values(shapes).map(|(named, value)| (named, value.clone())).collect();
        all.into_iter().map(|(named, value)| (value, self.mark(named))).collect()
    }

    /// The node of members that have no name, by the shapes: `None` where there must be none.
    fn others(&mut self, place: Option<String>, shapes: &[ShapeId]) -> Option<usize> {
        self.shapes.is_open(shapes).then(|| self.node(place, self.shapes.beyond(shapes)))
    }

    /// The schema at a place; `None` where it is not plain.
    fn schema(&mut self, place: &str, shapes: &[ShapeId]) -> Option<Node> {
        let spec = self.spec;
        let document = spec.document();
        let mut place = place.to_owned();
        for _ in 0..REFERENCES {
            if !spec.is_schema(&place) {
                return None;
            }
            let schema = match document.pointer(&place)? {
                Value::Bool(true) => return Some(self.anything(shapes)),
                Value::Object(schema) => schema,
                _ => return None,
            };
            let Some(reference) = schema.get("$ref") else {
                return self.keywords(&place, schema, shapes);
            };
            let says_more = |key: &String| Spec::asserts(key) || Spec::keeps_literals(key);
            if schema.keys().any(|key| key != "$ref" && says_more(key)) {
                return None;
            }
            place = spec.target(reference.as_str()?)?;
        }
        None
    }

    fn keywords(
        &mut self,
        place: &str,
        schema: &Map<String, Value>,
        shapes: &[ShapeId],
    ) -> Option<Node> {
        let mut node = Node { kinds: kind::ALL, named: self.named(shapes), ..Node::default() };
        let numbers = |low: &str, high: &str| limits(schema, low, high);
        for (key, value) in schema {
            match key.as_str() {
                "type" => node.kinds = kinds(value)?,
                "enum" => node.allowed = Some(value.as_array()?.clone()),
                "properties"
                | "required"
                | "additionalProperties"
                | "items"
                | "$defs"
                | "definitions"
                | "format"
                | "pattern" => {}
                "minimum" | "maximum" => node.range = Some(range(schema)?),
                "minLength" | "maxLength" => node.length = Some(numbers("minLength", "maxLength")?),
                "minItems" | "maxItems" => {
                    node.array.count = Some(numbers("minItems", "maxItems")?);
                }
                "minProperties" | "maxProperties" => {
                    node.object.count = Some(numbers("minProperties", "maxProperties")?);
                }
                other if Spec::asserts(other) || Spec::keeps_literals(other) => return None,
                _ => {}
            }
        }
        text(place, schema, &mut node)?;
        self.members(place, schema, shapes, &mut node.object)?;
        let items = match schema.get("items") {
            None => None,
            Some(Value::Object(_) | Value::Bool(_)) => Some(format!("{place}/items")),
            Some(_) => return None,
        };
        node.array.node = self.node(items, self.shapes.items(shapes));
        Some(node)
    }

    fn members(
        &mut self,
        place: &str,
        schema: &Map<String, Value>,
        shapes: &[ShapeId],
        members: &mut Members,
    ) -> Option<()> {
        let empty = Map::new();
        let properties = match schema.get("properties") {
            Some(properties) => properties.as_object()?,
            None => &empty,
        };
        let additional = match schema.get("additionalProperties") {
            None => None,
            Some(Value::Object(_) | Value::Bool(_)) => {
                Some(format!("{place}/additionalProperties"))
            }
            Some(_) => return None,
        };
        // Names that only the shapes know would be told as unnamed.
        let known = self.shapes.names(shapes).all(|name| properties.contains_key(name));
        if properties.len() > PROPERTIES || !known {
            return None;
        }
        members.others = self.others(additional, shapes);
        for name in properties.keys() {
            let (named, next) = match self.shapes.field(shapes, name) {
                Some(found) => found,
                None if self.shapes.is_open(shapes) => (Vec::new(), self.shapes.beyond(shapes)),
                None => return None,
            };
            let at = format!("{place}/properties/{}", pointer_token(name));
            let node = self.node(Some(at), next);
            let marks = named.into_iter().map(|one| self.mark(one)).collect();
            members.properties.push(Property { name: name.as_str().into(), node, marks });
        }
        let required = match schema.get("required") {
            Some(required) => required.as_array()?,
            None => &Vec::new(),
        };
        for name in required {
            let at = properties.keys().position(|known| name == known)?;
            members.required |= 1 << at;
        }
        members.by_name = (0..u16::try_from(properties.len()).ok()?).collect();
        members.by_name.sort_by_key(|at| members.properties[usize::from(*at)].name.clone());
        Some(())
    }
}

/// What is said of text alone.
fn text(place: &str, schema: &Map<String, Value>, node: &mut Node) -> Option<()> {
    let format = match schema.get("format") {
        Some(format) => Some(format.as_str()?),
        None => None,
    };
    // A number's format is one of numbers too, and some are formats of text.
    if let Some((least, most)) = format.and_then(Spec::number_format) {
        if node.kinds & (kind::STRING | kind::NUMBER) != 0 {
            return None;
        }
        let (low, high) = node.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        node.range = Some((low.max(least), high.min(most)));
        return Some(());
    }
    let form = format.and_then(Form::of);
    let form = if schema.contains_key("pattern") { Some(Form::Other) } else { form };
    node.form = form.map(|form| (form, SchemaRef { pointer: place.to_owned() }));
    Some(())
}

fn kinds(value: &Value) -> Option<u8> {
    match value {
        Value::String(word) => kind::of(word),
        Value::Array(words) => {
            words.iter().try_fold(0, |kinds, word| Some(kinds | kind::of(word.as_str()?)?))
        }
        _ => None,
    }
}

fn range(schema: &Map<String, Value>) -> Option<(f64, f64)> {
    let limit = |key: &str, none: f64| match schema.get(key) {
        None => Some(none),
        Some(value) => value.as_f64().filter(|limit| limit.abs() <= EXACT),
    };
    Some((limit("minimum", f64::NEG_INFINITY)?, limit("maximum", f64::INFINITY)?))
}

fn limits(schema: &Map<String, Value>, low: &str, high: &str) -> Option<(usize, usize)> {
    let limit = |key: &str, none: usize| match schema.get(key) {
        None => Some(none),
        Some(value) => usize::try_from(value.as_u64()?).ok(),
    };
    Some((limit(low, 0)?, limit(high, usize::MAX)?))
}
