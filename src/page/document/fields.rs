//! Fields and structures as schemas.

use super::components::Components;
use super::source::{self, Confidence};
use crate::page::model::{Field, Scalar, Shape, Side, Structure};
use crate::page::options::Text;
use crate::page::prose;
use serde_json::{Map, Value, json};

/// Whether an object is a message's body or lies inside one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Body,
    Nested,
}

/// Writes the schemas of one operation's side.
#[derive(Clone, Copy)]
pub(super) struct Writer<'a> {
    pub(super) page: &'a str,
    pub(super) side: Side,
    pub(super) text: Text,
    /// Index of the operation among the document's.
    pub(super) operation: usize,
    pub(super) components: &'a Components,
}

impl Writer<'_> {
    /// The schema of an object with these fields.
    pub(super) fn object(&self, structure: &Structure, level: Level) -> Value {
        let mut schema = Map::new();
        schema.insert("type".to_owned(), json!("object"));
        let properties: Map<String, Value> =
            structure.fields.iter().map(|field| (field.name.clone(), self.field(field))).collect();
        schema.insert("properties".to_owned(), Value::Object(properties));
        self.required(structure, level, &mut schema);
        let mut written = Map::new();
        if !structure.released.types.is_empty() {
            let object = std::iter::once(&"object");
            let types: Vec<&&str> = object.chain(&structure.released.types).collect();
            schema.insert("type".to_owned(), json!(types));
            written.insert("type".to_owned(), json!("object"));
        }
        if let Some(names) =
            schema.get_mut("required").filter(|_| !structure.released.names.is_empty())
        {
            written.insert("required".to_owned(), names.clone());
            if let Value::Array(names) = names {
                names.retain(|name| !name.as_str().is_some_and(|name| structure.is_released(name)));
            }
        }
        if self.side == Side::Request {
            schema.extend(prose::relations(structure, false));
            if !structure.released.relations.is_empty() {
                written.extend(prose::relations(structure, true));
            }
        }
        self.contradicted(written, &structure.released.lines, &mut schema);
        let confidence = if structure.derived { Confidence::Derived } else { Confidence::Stated };
        let own = source::lines(self.page, &[structure.line], confidence);
        schema.insert("x-source".to_owned(), own);
        Value::Object(schema)
    }

    /// `required`: the mandatory column; without one, a response's body promises its own fields,
    /// and not what lies inside them.
    fn required(&self, structure: &Structure, level: Level, schema: &mut Map<String, Value>) {
        let column = structure.fields.iter().any(|field| field.mandatory.is_some());
        let shared = self.side == Side::Response && structure.side == Side::Request;
        let stated = column && !shared;
        let implied = !column && self.side == Side::Response && level == Level::Body;
        let names: Vec<&str> = structure
            .fields
            .iter()
            .filter(|field| match field.mandatory {
                Some(flag) => stated && flag,
                None => implied && field.rules.optional.is_none(),
            })
            .map(|field| field.name.as_str())
            .collect();
        if names.is_empty() {
            return;
        }
        schema.insert("required".to_owned(), json!(names));
        if implied {
            let lines = [structure.line];
            let own = source::lines(self.page, &lines, Confidence::Derived);
            schema.insert("x-required-source".to_owned(), own);
        }
    }

    /// The schema of a field, rules and source included.
    pub(super) fn field(&self, field: &Field) -> Value {
        let mut schema = self.shape(&field.shape, field.items.as_deref());
        field.rules.write(&field.shape, self.side, &mut schema);
        if self.text == Text::Kept {
            let description = field.description();
            if !description.is_empty() {
                schema.insert("description".to_owned(), json!(description));
            }
            field.rules.write_meanings(&mut schema);
        }
        let (contradicted, lines) = field.rules.contradicted_keywords();
        self.contradicted(contradicted, &lines, &mut schema);
        schema.insert("x-source".to_owned(), self.field_source(field));
        Value::Object(schema)
    }

    /// Where a field was read: its own line, and those of rules that have one.
    pub(super) fn field_source(&self, field: &Field) -> Value {
        if field.derived {
            return source::lines(self.page, &[field.line], Confidence::Derived);
        }
        let mut lines = vec![field.line];
        lines.extend(field.rules.lines());
        lines.sort_unstable();
        lines.dedup();
        source::lines(self.page, &lines, Confidence::Stated)
    }

    fn contradicted(
        &self,
        mut keywords: Map<String, Value>,
        lines: &[u32],
        schema: &mut Map<String, Value>,
    ) {
        if keywords.is_empty() {
            return;
        }
        let own = source::lines(self.page, lines, Confidence::Stated);
        keywords.insert("x-source".to_owned(), own);
        schema.insert("x-contradicted".to_owned(), Value::Object(keywords));
    }

    fn shape(&self, shape: &Shape, items: Option<&Field>) -> Map<String, Value> {
        let mut schema = Map::new();
        let mut set = |key: &str, value: Value| {
            schema.insert(key.to_owned(), value);
        };
        match shape {
            Shape::Scalar(scalar) => {
                let (kind, format) = scalar_type(*scalar);
                set("type", json!(kind));
                if let Some(format) = format {
                    set("format", json!(format));
                }
            }
            Shape::Array(inner) => {
                set("type", json!("array"));
                if let Some(items) = items {
                    set("items", self.field(items));
                } else if let Some(inner) = inner {
                    set("items", Value::Object(self.shape(inner, None)));
                } else {
                    set("items", json!({}));
                }
            }
            Shape::Object(Some(name)) => {
                match self.components.name(self.operation, name, self.side) {
                    Some(component) => {
                        set("$ref", json!(super::components::reference(component)));
                    }
                    None => set("type", json!("object")),
                }
            }
            Shape::Object(None) => set("type", json!("object")),
            Shape::Map(inner) => {
                set("type", json!("object"));
                if let Some(inner) = inner {
                    set("additionalProperties", Value::Object(self.shape(inner, None)));
                }
            }
            Shape::Unknown => {}
        }
        schema
    }
}

fn scalar_type(scalar: Scalar) -> (&'static str, Option<&'static str>) {
    match scalar {
        Scalar::String => ("string", None),
        Scalar::Integer => ("integer", None),
        Scalar::Long => ("integer", Some("int64")),
        Scalar::Number => ("number", None),
        Scalar::Boolean => ("boolean", None),
    }
}
