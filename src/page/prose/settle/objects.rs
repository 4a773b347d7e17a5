//! The JSON examples of a page against its tables, object by object.

use super::judge::fits_inside;
use super::loosen::loosen;
use crate::exchange::{json_type, pointer_token};
use crate::page::Contradiction;
use crate::page::model::{Example, Field, Operation, Shape, Side, Structure};
use crate::page::prose::Rules;
use crate::page::shape;
use crate::page::vocabulary;
use serde_json::{Map, Value};

/// Most fields of an object, those that only examples show included.
const FIELDS_LIMIT: usize = 1200;

/// Loosens the tables' rules as far as the examples need.
pub(super) fn settle(operation: &mut Operation, notes: &mut Vec<Contradiction>) {
    let page = operation.page.clone();
    let mut structures = std::mem::take(&mut operation.structures);
    if let Some(body) = &mut operation.body {
        for example in &mut operation.request_examples {
            let mut walk = Walk::new(&page, Side::Request, &mut structures, notes);
            walk.example(body, example);
        }
    }
    for response in &mut operation.responses {
        let Some(body) = &mut response.body else { continue };
        for example in &mut response.examples {
            let mut walk = Walk::new(&page, Side::Response, &mut structures, notes);
            walk.example(body, example);
        }
    }
    operation.structures = structures;
}

struct Walk<'a> {
    page: &'a str,
    side: Side,
    structures: &'a mut Vec<Structure>,
    notes: &'a mut Vec<Contradiction>,
    contradicted: Vec<String>,
    /// Whether fields that only the example shows are none of the object's.
    listed_only: bool,
}

/// Where in an example the walk is.
#[derive(Clone, Copy)]
struct Here<'a> {
    example: &'a Example,
    pointer: &'a str,
}

impl Here<'_> {
    fn line(&self) -> u32 {
        self.example.lines.get(self.pointer).copied().unwrap_or(self.example.line)
    }

    fn below_line(&self, key: &str) -> u32 {
        self.example.lines.get(&self.below(key)).copied().unwrap_or_else(|| self.line())
    }

    fn below(&self, key: &str) -> String {
        format!("{}/{}", self.pointer, pointer_token(key))
    }
}

impl<'a> Walk<'a> {
    fn new(
        page: &'a str,
        side: Side,
        structures: &'a mut Vec<Structure>,
        notes: &'a mut Vec<Contradiction>,
    ) -> Self {
        Self { page, side, structures, notes, contradicted: Vec::new(), listed_only: false }
    }

    fn example(&mut self, body: &mut Structure, example: &mut Example) {
        let value = example.value.clone();
        match &value {
            Value::Object(object) => {
                if let Some(what) = self.shows_another(body, object) {
                    let lines = vec![body.line, example.line];
                    self.note("example_of_something_else", lines, what, "");
                    self.listed_only = true;
                }
                self.object(body, object, Here { example, pointer: "" }, 0);
                self.listed_only = false;
            }
            other => {
                let (kind, lines) = (json_type(other), vec![body.line, example.line]);
                if body.released.types.insert(kind) {
                    body.released.lines.extend(&lines);
                }
                let what = format!("the example is of type {kind}, the body an object");
                self.note("example_breaks_rule", lines, what, "");
            }
        }
        example.contradicted = std::mem::take(&mut self.contradicted);
    }

    /// Tells when an example does not show the body but, mostly, what one of its fields holds: the
    /// body then has none of the fields that only the example shows.
    fn shows_another(&self, body: &Structure, object: &Map<String, Value>) -> Option<String> {
        let hits = |own: &Structure| {
            own.fields.iter().filter(|field| object.contains_key(&field.name)).count()
        };
        let own = hits(body);
        // A body without fields is open, and an example that knows most of the body shows it.
        if body.fields.is_empty() || object.is_empty() || own * 2 > object.len() {
            return None;
        }
        let nested = self.structures.iter().filter(|one| one.side == self.side);
        let best = nested.max_by_key(|one| hits(one)).filter(|best| hits(best) > own);
        match best {
            Some(best) if hits(best) * 2 > object.len() => {
                let name = best.name.as_deref().unwrap_or_default();
                Some(format!("the example shows `{name}`, not the body"))
            }
            _ if own == 0 => Some("the example shows none of the body's fields".to_owned()),
            _ => None,
        }
    }

    fn note(&mut self, kind: &'static str, mut lines: Vec<u32>, what: String, pointer: &str) {
        lines.dedup();
        self.notes.push(Contradiction { page: self.page.to_owned(), kind, lines, what });
        if !self.contradicted.iter().any(|own| own == pointer) {
            self.contradicted.push(pointer.to_owned());
        }
    }

    fn object(
        &mut self,
        own: &mut Structure,
        object: &Map<String, Value>,
        here: Here<'_>,
        depth: usize,
    ) {
        if depth > 32 {
            return;
        }
        self.required(own, object, here, depth);
        self.relations(own, object, here);
        for (key, value) in object {
            let pointer = here.below(key);
            let here = Here { pointer: &pointer, ..here };
            // An open object lists no fields at all.
            let open = own.fields.is_empty() || own.fields.len() >= FIELDS_LIMIT;
            match own.fields.iter_mut().find(|field| field.name == *key) {
                Some(field) => {
                    self.field(field, value, here);
                    let shape = field.shape.clone();
                    self.inside(&shape, value, here, depth);
                }
                None if open || self.listed_only || !vocabulary::is_name(key) => {}
                None => self.unlisted(own, key, value, here),
            }
        }
    }

    fn field(&mut self, field: &mut Field, value: &Value, here: Here<'_>) {
        let line = here.line();
        if !fits_inside(&field.shape, value) {
            field.shape = match field.shape {
                Shape::Map(_) => Shape::Map(None),
                _ => Shape::Array(None),
            };
            let what =
                format!("`{}` has an example of other elements; they are left open", field.name);
            self.note("example_breaks_rule", vec![field.line, line], what, here.pointer);
        }
        for loosened in loosen(&mut field.rules, &field.shape, value, (field.line, line)) {
            let kind = if value.is_null() { "null_for_value" } else { "example_breaks_rule" };
            let mut lines = loosened.lines;
            lines.push(line);
            let what = format!(
                "`{}` has an example that breaks its `{}`; the rule is loosened that far",
                field.name, loosened.keyword
            );
            self.note(kind, lines, what, here.pointer);
        }
    }

    /// Follows a value into the object or the array that its shape names.
    fn inside(&mut self, shape: &Shape, value: &Value, here: Here<'_>, depth: usize) {
        match (shape, value) {
            (Shape::Object(Some(name)), Value::Object(object)) => {
                let Some(at) = self.position(name) else { return };
                // Taken out while it is walked: an object inside itself is then not met again.
                let mut own = std::mem::replace(&mut self.structures[at], placeholder());
                self.object(&mut own, object, here, depth + 1);
                self.structures[at] = own;
            }
            (Shape::Array(Some(inner)), Value::Array(items)) if depth < 32 => {
                for (index, item) in items.iter().enumerate() {
                    let pointer = here.below(&index.to_string());
                    let here = Here { pointer: &pointer, ..here };
                    self.inside(inner, item, here, depth + 1);
                }
            }
            _ => {}
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        let named = |side: Option<Side>| {
            self.structures.iter().position(|own| {
                own.name.as_deref() == Some(name) && side.is_none_or(|side| own.side == side)
            })
        };
        named(Some(self.side)).or_else(|| named(None))
    }

    /// Mandatory fields that the example leaves out. An answer's fields inside others are promised
    /// by no one; its body's own fields are.
    fn required(
        &mut self,
        own: &mut Structure,
        object: &Map<String, Value>,
        here: Here<'_>,
        depth: usize,
    ) {
        let implied = self.side == Side::Response && depth == 0;
        // A table of the request binds no answer that refers to it.
        let stated = self.side == Side::Request || own.side == Side::Response;
        let missing: Vec<(String, u32)> = own
            .fields
            .iter()
            .filter(|field| match field.mandatory {
                Some(flag) => flag && stated,
                None => implied && field.rules.optional.is_none(),
            })
            .filter(|field| !object.contains_key(&field.name) && !own.is_released(&field.name))
            .map(|field| (field.name.clone(), field.line))
            .collect();
        if missing.is_empty() {
            return;
        }
        let mut lines: Vec<u32> = missing.iter().map(|(_, line)| *line).collect();
        lines.push(here.line());
        own.released.lines.extend(&lines);
        let shown: Vec<String> =
            missing.iter().take(4).map(|(name, _)| format!("`{name}`")).collect();
        let more = missing.len().saturating_sub(shown.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let what = format!("an example leaves out what is mandatory: {}{more}", shown.join(", "));
        own.released.names.extend(missing.into_iter().map(|(name, _)| name));
        self.note("example_breaks_rule", lines, what, here.pointer);
    }

    fn relations(&mut self, own: &mut Structure, object: &Map<String, Value>, here: Here<'_>) {
        for index in 0..own.relations.len() {
            let relation = &own.relations[index];
            let mut lines = relation.lines().to_vec();
            if self.side == Side::Response {
                // Nothing binds an answer; a page that breaks its own rule there is still told.
                if let Some(name) = relation.left_empty(object) {
                    lines.push(here.below_line(name));
                    let what = format!(
                        "`{name}` is mandatory here, and an answer leaves it empty; the rule binds requests"
                    );
                    self.note("example_breaks_rule", lines, what, here.pointer);
                }
            } else if !relation.holds(object) && own.released.relations.insert(index) {
                lines.push(here.line());
                own.released.lines.extend(&lines);
                let what = "an example breaks a rule that binds several fields".to_owned();
                self.note("example_breaks_rule", lines, what, here.pointer);
            }
        }
    }

    /// A field that only an example shows belongs to the object all the same.
    fn unlisted(&mut self, own: &mut Structure, key: &str, value: &Value, here: Here<'_>) {
        let line = here.line();
        own.fields.push(Field {
            rules: Rules { optional: Some(line), ..Rules::default() },
            ..Field::implied(key, line, open_shape(value))
        });
        let what = format!("`{key}` is in an example and in no table; it is allowed");
        self.note("unlisted_field", vec![own.line, line], what, here.pointer);
    }
}

fn placeholder() -> Structure {
    Structure { derived: true, ..Structure::of(Vec::new(), 0, Side::Request) }
}

/// The shape that an example value shows; what an array holds is left open, since nothing says it.
fn open_shape(value: &Value) -> Shape {
    match shape::of_value(value) {
        Shape::Array(_) => Shape::Array(None),
        own => own,
    }
}
