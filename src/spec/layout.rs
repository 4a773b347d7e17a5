//! The layout of an OpenAPI 3.1 document: which place holds what. Schemas are told apart from data
//! that looks like one (`const`, `enum`, examples, a property that is named `required`).

use super::place::{escaped, local, unescaped};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Keys of a path item that are methods (OpenAPI 3.1, section 4.8.9; `query` since 3.2).
pub(super) const METHODS: [&str; 9] =
    ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Role {
    Root,
    Components,
    PathItems,
    PathItem,
    Operations,
    Operation,
    Parameters,
    Parameter,
    Bodies,
    Body,
    Responses,
    Response,
    Headers,
    Content,
    Media,
    Callbacks,
    Envelopes,
    Envelope,
    Schema,
    Schemas,
    /// Objects of a kind of their own that may be references: examples, links, security schemes.
    Others,
    /// One of them.
    Other,
    /// Anything else: data, text, extensions.
    Data,
}

impl Role {
    /// What stands one step below, under a member's name or an item's position.
    pub fn below(self, key: &str) -> Self {
        match self {
            Self::Root => match key {
                "paths" | "webhooks" => Self::PathItems,
                "components" => Self::Components,
                "x-envelopes" => Self::Envelopes,
                FORMS => Self::Schemas,
                _ => Self::Data,
            },
            Self::Components => match key {
                "schemas" => Self::Schemas,
                "responses" => Self::Responses,
                "parameters" => Self::Parameters,
                "requestBodies" => Self::Bodies,
                "headers" => Self::Headers,
                "callbacks" => Self::Callbacks,
                "pathItems" => Self::PathItems,
                "mediaTypes" => Self::Content,
                "examples" | "links" | "securitySchemes" => Self::Others,
                _ => Self::Data,
            },
            // Extensions may stand beside path items and responses, and are none.
            Self::PathItems | Self::Responses if key.starts_with("x-") => Self::Data,
            Self::PathItems => Self::PathItem,
            Self::PathItem => match key {
                "parameters" => Self::Parameters,
                "additionalOperations" => Self::Operations,
                _ if METHODS.contains(&key) => Self::Operation,
                _ => Self::Data,
            },
            Self::Operations => Self::Operation,
            Self::Operation => match key {
                "parameters" => Self::Parameters,
                "requestBody" => Self::Body,
                "responses" => Self::Responses,
                "callbacks" => Self::Callbacks,
                _ => Self::Data,
            },
            Self::Callbacks => Self::PathItems,
            Self::Parameters | Self::Headers => Self::Parameter,
            Self::Parameter | Self::Media => match key {
                "schema" | "itemSchema" => Self::Schema,
                "content" => Self::Content,
                "examples" => Self::Others,
                _ => Self::Data,
            },
            Self::Bodies => Self::Body,
            Self::Body if key == "content" => Self::Content,
            Self::Responses => Self::Response,
            Self::Response => match key {
                "content" => Self::Content,
                // As 2.0 has it.
                "schema" => Self::Schema,
                "headers" => Self::Headers,
                "links" => Self::Others,
                _ => Self::Data,
            },
            Self::Others => Self::Other,
            Self::Content => Self::Media,
            Self::Envelopes => Self::Envelope,
            Self::Envelope if key == "schema" => Self::Schema,
            Self::Schema => match Keyword::of(key) {
                Keyword::Schema(_) => Self::Schema,
                Keyword::Schemas(_) => Self::Schemas,
                Keyword::Other => Self::Data,
            },
            Self::Schemas => Self::Schema,
            Self::Body | Self::Envelope | Self::Other | Self::Data => Self::Data,
        }
    }

    /// What stands at a pointer by the layout alone.
    pub fn at(pointer: &str) -> Self {
        pointer.split('/').skip(1).fold(Self::Root, |role, key| role.below(&unescaped(key)))
    }
}

/// Whether the schemas under a keyword judge the same value or a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The same value: applied in place.
    Same,
    /// A member, an item, or a name.
    Part,
}

/// Where judging keeps a schema that it cut out of another; never in a document as written.
pub(super) const WHOLE: &str = "x-testimony-whole";

/// Where normalising keeps the schemas that a discriminator's parents stand for; never in a document as
/// written.
pub(super) const FORMS: &str = "x-testimony-forms";

/// Marks what a discriminator was spelled out in, and below [`FORMS`] names the schema that is meant.
pub(super) const FORM: &str = "x-testimony-form";

/// What a schema's keyword holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyword {
    /// One schema.
    Schema(Reach),
    /// An object or array of schemas.
    Schemas(Reach),
    /// No schema.
    Other,
}

impl Keyword {
    /// JSON Schema 2020-12, core, section 10; `x-contradicted` holds keywords as a schema does.
    pub fn of(key: &str) -> Self {
        match key {
            "not" | "if" | "then" | "else" | "x-contradicted" | WHOLE => Self::Schema(Reach::Same),
            "allOf" | "anyOf" | "oneOf" | "dependentSchemas" => Self::Schemas(Reach::Same),
            "items"
            | "additionalItems"
            | "additionalProperties"
            | "contains"
            | "propertyNames"
            | "unevaluatedItems"
            | "unevaluatedProperties"
            | "contentSchema" => Self::Schema(Reach::Part),
            "properties" | "patternProperties" | "prefixItems" | "$defs" | "definitions" => {
                Self::Schemas(Reach::Part)
            }
            _ => Self::Other,
        }
    }
}

/// What is done to each schema: its pointer, and itself.
type Change<'a> = &'a mut dyn FnMut(&str, &mut Map<String, Value>);

/// What is done to each object that the layout knows: what it is, its pointer, and itself.
pub(super) type Meet<'a> = &'a mut dyn FnMut(Role, &str, &mut Map<String, Value>);

/// Calls `change` for every schema object of a document, the ones below it first. Places that only
/// a `$ref` makes a schema are found too; there it may be called twice for one schema, so it must
/// not mind.
pub(super) fn each_schema(document: &mut Value, change: Change) {
    let mut walk = Walk { before: &mut |_, _, _| {}, after: change, references: HashSet::new() };
    walk.visit(Role::Root, &mut String::new(), document);
    let mut found = walk.references;
    let mut done: HashSet<String> = HashSet::new();
    loop {
        let next = led_to(&mut found, &mut done);
        if next.is_empty() {
            return;
        }
        for (mut pointer, role) in next {
            if let Some(value) = document.pointer_mut(&pointer) {
                let mut walk =
                    Walk { before: &mut |_, _, _| {}, after: change, references: HashSet::new() };
                walk.visit(role, &mut pointer, value);
                found.extend(walk.references);
            }
        }
    }
}

/// Calls `meet` for every object at and below a value of which it is known what it is, the upper
/// ones first. What it makes of a `$ref` counts: the local references met are returned.
pub(super) fn meet_each(
    role: Role,
    pointer: &str,
    value: &mut Value,
    meet: Meet,
) -> HashSet<(String, Role)> {
    let mut walk = Walk { before: meet, after: &mut |_, _| {}, references: HashSet::new() };
    walk.visit(role, &mut pointer.to_owned(), value);
    walk.references
}

/// Of places that references lead to, those that the layout says nothing of and that were not
/// visited yet, in order.
pub(super) fn led_to(
    found: &mut HashSet<(String, Role)>,
    done: &mut HashSet<String>,
) -> Vec<(String, Role)> {
    let mut next: Vec<(String, Role)> = found
        .drain()
        .filter(|(pointer, _)| Role::at(pointer) == Role::Data && done.insert(pointer.clone()))
        .collect();
    next.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    next
}

/// Every schema object that its author wrote and the layout shows, with its pointer, the upper ones first.
/// Rules that a page contradicts (`x-contradicted`) are no schemas of their own.
pub(super) fn schemas(document: &Value) -> Vec<(String, &Map<String, Value>)> {
    let mut found = Vec::new();
    collect(Role::Root, &mut String::new(), document, &mut found);
    found
}

fn collect<'a>(
    role: Role,
    pointer: &mut String,
    value: &'a Value,
    found: &mut Vec<(String, &'a Map<String, Value>)>,
) {
    let length = pointer.len();
    if let (Role::Schema, Value::Object(map)) = (role, value) {
        if map.contains_key(FORM) {
            return;
        }
        found.push((pointer.clone(), map));
    }
    let mut enter = |key: &str, below: Role, value: &'a Value| {
        if below != Role::Data {
            pointer.push('/');
            pointer.push_str(&escaped(key));
            collect(below, pointer, value, found);
            pointer.truncate(length);
        }
    };
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter().filter(|(key, _)| *key != "x-contradicted") {
                enter(key, role.below(key), value);
            }
        }
        Value::Array(items) => {
            let below = if role == Role::Schema { role } else { role.below("0") };
            for (index, value) in items.iter().enumerate() {
                enter(&index.to_string(), below, value);
            }
        }
        _ => {}
    }
}

/// A walk over the objects of a document. The depth is that of the document, which the parser
/// bounds.
struct Walk<'a, 'b> {
    before: Meet<'a>,
    after: Change<'b>,
    /// Targets of the local references met, and what must stand there.
    references: HashSet<(String, Role)>,
}

impl Walk<'_, '_> {
    fn visit(&mut self, role: Role, pointer: &mut String, value: &mut Value) {
        let length = pointer.len();
        match value {
            Value::Object(map) => {
                (self.before)(role, pointer, map);
                if let Some(Value::String(reference)) = map.get("$ref")
                    && let Ok(target) = local(reference)
                {
                    self.references.insert((target, role));
                }
                for (key, value) in map.iter_mut() {
                    let below = role.below(key);
                    if below != Role::Data {
                        pointer.push('/');
                        pointer.push_str(&escaped(key));
                        self.visit(below, pointer, value);
                        pointer.truncate(length);
                    }
                }
                if role == Role::Schema {
                    (self.after)(pointer, map);
                }
            }
            // Lists of schemas and parameters; `items` as a list stands in old documents.
            Value::Array(items) => {
                let below = if role == Role::Schema { role } else { role.below("0") };
                if below == Role::Data {
                    return;
                }
                for (index, value) in items.iter_mut().enumerate() {
                    pointer.push('/');
                    pointer.push_str(&index.to_string());
                    self.visit(below, pointer, value);
                    pointer.truncate(length);
                }
            }
            _ => {}
        }
    }
}
