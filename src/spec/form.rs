//! Forms, of pairs or of parts, as the objects that their schemas describe (OpenAPI 3.1, sections 4.8.14 and 4.8.15).

use super::model::{Parameter, Place, SchemaRef, Spec, Style};
use super::place::Node;
use super::value::{Kinds, scalar};
use crate::exchange::multipart::{self, Part};
use crate::exchange::{JsonText, MediaType};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Most schemas that are looked into for the fields of a form.
const SCHEMAS: usize = 256;

/// One field as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub name: String,
    pub text: String,
    /// The type that its part names.
    pub media_type: Option<MediaType>,
    /// Whether it is a file.
    pub is_file: bool,
}

impl Field {
    /// A field of a form of pairs.
    pub fn of_pair((name, text): (String, String)) -> Self {
        Self { name, text, media_type: None, is_file: false }
    }

    fn of_part(part: &Part) -> Option<Self> {
        let header = |name: &str| {
            let found = part.headers.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str())
        };
        let disposition = header("content-disposition").unwrap_or_default().to_ascii_lowercase();
        let media_type = header("content-type").and_then(MediaType::parse);
        let is_text = media_type.as_ref().is_none_or(|media| media.is_text() || media.is_json());
        Some(Self {
            name: part.name()?,
            text: String::from_utf8_lossy(&part.content).into_owned(),
            is_file: !is_text || disposition.contains("filename"),
            media_type,
        })
    }
}

/// The fields of a body of parts; in words why there are none.
pub(super) fn fields(content_type: &str, body: &[u8]) -> Result<Vec<Field>, &'static str> {
    let boundary = multipart::boundary(content_type).ok_or("its type names no boundary")?;
    let parts = multipart::parts(body, &boundary).ok_or("not delimited as its boundary says")?;
    let fields: Option<Vec<Field>> = parts.iter().map(Field::of_part).collect();
    fields.ok_or("a part without a name")
}

/// What the schemas of a form say of its fields.
#[derive(Default)]
struct Known<'a> {
    properties: Vec<(&'a str, Node<'a>)>,
    additional: Option<Node<'a>>,
    /// Names are told by patterns, too: what has no name of its own is left out.
    by_pattern: bool,
}

impl<'a> Known<'a> {
    fn of(schema: Node<'a>) -> Self {
        let (mut known, mut open) = (Self::default(), vec![schema]);
        let mut looked: HashSet<String> = HashSet::new();
        while let Some(schema) = open.pop() {
            let Ok(schema) = schema.resolved() else { continue };
            if looked.len() >= SCHEMAS || !looked.insert(schema.pointer.clone()) {
                continue;
            }
            if let Some(properties) = schema.member("properties") {
                known.properties.extend(properties.members());
            }
            known.by_pattern |= schema.member("patternProperties").is_some();
            let additional = schema.member("additionalProperties");
            known.additional = known.additional.or(additional.filter(|one| one.value.is_object()));
            // The first ones come first.
            for key in ["anyOf", "oneOf", "allOf"] {
                let parts: Vec<Node<'a>> =
                    schema.member(key).iter().flat_map(Node::items).collect();
                open.extend(parts.into_iter().rev());
            }
        }
        known
    }
}

impl Spec {
    /// The object that a form's fields make. Names that are `foreign` (parameters of an RPC operation) are no part of it
    /// where its schema does not name them.
    pub(super) fn form_value(
        &self,
        schema: &SchemaRef,
        fields: &[Field],
        foreign: &dyn Fn(&str) -> bool,
    ) -> Value {
        let empty = || Value::Object(Map::new());
        let Some(node) = Node::at(self.document(), &schema.pointer) else { return empty() };
        let known = Known::of(node);
        let encoding = schema
            .pointer
            .strip_suffix("/schema")
            .and_then(|media| Node::at(self.document(), media)?.member("encoding"));
        let mut members = Map::new();
        let mut used: HashSet<&str> = HashSet::new();
        for (name, property) in &known.properties {
            let encoding = encoding.as_ref().and_then(|encoding| encoding.member(name));
            let parameter = parameter(name, property, encoding.as_ref());
            let own = own(&parameter, fields);
            if own.is_empty() {
                continue;
            }
            used.extend(own.iter().map(|field| field.name.as_str()));
            let value = self.field_value(&parameter, property, &own);
            // Of several readings that with a type of its own.
            let entry = members.entry((*name).to_owned()).or_insert_with(|| value.clone());
            if entry.is_string() {
                *entry = value;
            }
        }
        for field in fields.iter().filter(|_| !known.by_pattern) {
            if !used.contains(field.name.as_str()) && !foreign(&field.name) {
                let value = scalar(&field.text, known.additional.as_ref());
                members.entry(field.name.clone()).or_insert(value);
            }
        }
        Value::Object(members)
    }

    fn field_value(&self, parameter: &Parameter, property: &Node<'_>, own: &[&Field]) -> Value {
        let Ok(property) = property.clone().resolved() else {
            return Value::from(own[0].text.as_str());
        };
        let kinds = Kinds::of(&property);
        let items = || property.member("items").and_then(|items| items.resolved().ok());
        let is_spread = parameter.style != Style::Form || !parameter.explode;
        if !is_spread && kinds.array && !kinds.string {
            if let [field] = own
                && let Some(list @ Value::Array(_)) = json(field)
            {
                return list;
            }
            let items = items();
            return own.iter().map(|field| one(field, items.as_ref())).collect();
        }
        if !is_spread && let [field] = own {
            return one(field, Some(&property));
        }
        let pairs: Vec<(String, String)> =
            own.iter().map(|field| (field.name.clone(), field.text.clone())).collect();
        self.query_value(parameter, &pairs).unwrap_or(Value::Null)
    }
}

/// What a form's field is read by.
fn parameter(name: &str, property: &Node<'_>, encoding: Option<&Node<'_>>) -> Parameter {
    let style = match encoding.and_then(|encoding| encoding.text("style")) {
        Some("spaceDelimited") => Style::SpaceDelimited,
        Some("pipeDelimited") => Style::PipeDelimited,
        Some("deepObject") => Style::DeepObject,
        Some("tabDelimited") => Style::TabDelimited,
        _ => Style::Form,
    };
    let explode = encoding.and_then(|encoding| encoding.value.get("explode")?.as_bool());
    Parameter {
        name: name.to_owned(),
        place: Place::Query,
        required: false,
        schema: Some(SchemaRef { pointer: property.pointer.clone() }),
        media_type: None,
        style,
        explode: explode.unwrap_or(matches!(style, Style::Form | Style::DeepObject)),
        internal: false,
        reserved: false,
        pointer: property.pointer.clone(),
        sources: Vec::new(),
        examples: Vec::new(),
    }
}

/// The fields that a parameter's value is made of.
fn own<'f>(parameter: &Parameter, fields: &'f [Field]) -> Vec<&'f Field> {
    let name = parameter.name.as_str();
    let is_own = |field: &&Field| match field.name.strip_prefix(name) {
        Some("") => true,
        Some(rest) => parameter.style == Style::DeepObject && rest.starts_with('['),
        None => false,
    };
    fields.iter().filter(is_own).collect()
}

/// One field as its schema's type. Objects and lists of a form are JSON (section 4.8.14.4).
fn one(field: &Field, schema: Option<&Node<'_>>) -> Value {
    if field.is_file {
        return Value::from(field.text.as_str());
    }
    let kinds = schema.map(Kinds::of).unwrap_or_default();
    let is_json = field.media_type.as_ref().is_some_and(MediaType::is_json);
    let is_whole = (kinds.object || kinds.array) && !kinds.string;
    if (is_json || is_whole)
        && let Some(value) = json(field)
    {
        return value;
    }
    scalar(&field.text, schema)
}

fn json(field: &Field) -> Option<Value> {
    let text = JsonText::read(field.text.as_bytes()).ok()?;
    match text.doubt {
        None => Some(text.value),
        Some(mut doubt) if doubt.is_settled => doubt.readings.pop(),
        Some(_) => None,
    }
}
