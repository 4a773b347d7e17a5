//! Shared schemas, by the vendor's name of the table. Equal ones are one component with the sources
//! of all; a name that means something else on the other side or on another page gets a suffix.

use super::fields::{Level, Writer};
use super::{Whole, source};
use crate::exchange::Digest;
use crate::page::Clash;
use crate::page::families::{Envelope, Family, Member, MemberKind, Scheme};
use crate::page::model::{Operation, Shape, Side};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Deepest nesting of a written schema.
const DEPTH: usize = 32;

/// Page, line and component of a description.
type Described = (String, u32, String);

/// The component of every structure, by operation, name and side of use.
#[derive(Debug, Default)]
pub(super) struct Components {
    names: BTreeMap<(usize, String, bool), String>,
    order: Vec<(usize, String, Side)>,
    /// Every description that a name has on a side: page, line and component.
    described: BTreeMap<(String, bool), Vec<Described>>,
}

/// `$ref` of a component schema.
pub(super) fn reference(name: &str) -> String {
    format!("#/components/schemas/{name}")
}

impl Components {
    /// Names the structures of all operations, in the order of the pages.
    pub(super) fn gather(whole: &Whole<'_>) -> Self {
        let mut components = Self::default();
        let mut taken = reserved(whole.family);
        let mut known: HashMap<(String, String), String> = HashMap::new();
        for (index, entry) in whole.entries.iter().enumerate() {
            for side in [Side::Request, Side::Response] {
                let names = used(&entry.operation, side);
                let mut all = facts(&entry.operation, &names, side);
                for name in names {
                    let facts = all.remove(&name).unwrap_or_default();
                    let component = known
                        .entry((name.clone(), facts))
                        .or_insert_with(|| fresh(&name, side, &mut taken))
                        .clone();
                    components.describe(&entry.operation, &name, side, &component);
                    components.names.insert((index, name.clone(), is_request(side)), component);
                    components.order.push((index, name, side));
                }
            }
        }
        components
    }

    fn describe(&mut self, operation: &Operation, name: &str, side: Side, component: &str) {
        let own = operation.structure(name, side).map(|at| &operation.structures[at]);
        let Some(own) = own.filter(|own| !own.derived) else { return };
        let all = self.described.entry((name.to_owned(), is_request(side))).or_default();
        if !all.iter().any(|(_, _, known)| known == component) {
            all.push((operation.page.clone(), own.line, component.to_owned()));
        }
    }

    /// The names that pages give to different objects.
    pub(super) fn clashes(&self) -> Vec<Clash> {
        let several = self.described.iter().filter(|(_, places)| places.len() > 1);
        let mut clashes: Vec<Clash> = several
            .map(|((name, _), places)| Clash { name: name.clone(), places: places.clone() })
            .collect();
        clashes.dedup();
        clashes
    }

    /// The component of a structure.
    pub(super) fn name(&self, operation: usize, name: &str, side: Side) -> Option<&str> {
        self.names.get(&(operation, name.to_owned(), is_request(side))).map(String::as_str)
    }

    /// OpenAPI's `components`.
    pub(super) fn write(&self, whole: &Whole<'_>) -> Map<String, Value> {
        let mut schemas: Map<String, Value> = Map::new();
        for (index, name, side) in &self.order {
            let operation = &whole.entries[*index].operation;
            let (Some(component), Some(at)) =
                (self.name(*index, name, *side), operation.structure(name, *side))
            else {
                continue;
            };
            let writer = Writer {
                page: &operation.page,
                side: *side,
                text: whole.text,
                operation: *index,
                components: self,
            };
            let schema = writer.object(&operation.structures[at], Level::Nested);
            match schemas.get_mut(component) {
                Some(own) => add_sources(own, &schema, DEPTH),
                None => drop(schemas.insert(component.to_owned(), schema)),
            }
        }
        let mut parts = Map::new();
        if let Some(family) = whole.family {
            let own = std::iter::once(&family.error).filter(|_| needs_error_body(whole, family));
            for envelope in own.chain(family.envelopes) {
                schemas.insert(envelope.name.to_owned(), envelope_schema(envelope, family));
            }
        }
        if !schemas.is_empty() {
            parts.insert("schemas".to_owned(), Value::Object(schemas));
        }
        if let Some(family) = whole.family.filter(|family| !family.security.is_empty()) {
            let security =
                family.security.iter().map(|own| (own.name().to_owned(), scheme(own, family)));
            parts.insert("securitySchemes".to_owned(), Value::Object(security.collect()));
        }
        parts
    }
}

/// Whether some response has no body of its own and takes the family's.
fn needs_error_body(whole: &Whole<'_>, family: &Family) -> bool {
    let mut responses = whole.entries.iter().flat_map(|entry| &entry.operation.responses);
    family.errors_by_default || responses.any(|own| own.code.is_error() && own.body.is_none())
}

fn is_request(side: Side) -> bool {
    side == Side::Request
}

/// Names of the family's own components, which no structure may take.
fn reserved(family: Option<&Family>) -> HashSet<String> {
    let envelopes =
        family.iter().flat_map(|family| std::iter::once(&family.error).chain(family.envelopes));
    envelopes.map(|envelope| envelope.name.to_owned()).collect()
}

fn sanitised(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' })
        .collect()
}

/// A name that is not taken yet, and is from now on.
fn fresh(name: &str, side: Side, taken: &mut HashSet<String>) -> String {
    let stem = sanitised(name);
    let suffix = match side {
        Side::Request => "Request",
        Side::Response => "Response",
    };
    let sided = format!("{stem}{suffix}");
    let numbered = (2_usize..).map(|number| format!("{sided}{number}"));
    let mut candidates = [stem, sided.clone()].into_iter().chain(numbered);
    candidates.find(|name| taken.insert(name.clone())).unwrap_or(sided)
}

/// The names that a side refers to, each once, in order of first reference.
fn used(operation: &Operation, side: Side) -> Vec<String> {
    let request = operation.body.iter().flat_map(|body| &body.fields);
    let request = operation.parameters.iter().map(|(_, field)| field).chain(request);
    let bodies = operation
        .responses
        .iter()
        .flat_map(|own| own.headers.iter().chain(own.body.iter().flat_map(|body| &body.fields)));
    let roots: Vec<&Shape> = match side {
        Side::Request => request.map(|field| &field.shape).collect(),
        Side::Response => bodies.map(|field| &field.shape).collect(),
    };
    let mut names: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open: std::collections::VecDeque<&Shape> = roots.into();
    while let Some(shape) = open.pop_front() {
        let Some(name) = shape.structure() else { continue };
        let Some(at) = operation.structure(name, side) else { continue };
        if seen.insert(name) {
            names.push(name.to_owned());
            open.extend(operation.structures[at].fields.iter().map(|field| &field.shape));
        }
    }
    names
}

/// Everything that each structure of a side promises, as text to compare: without prose and
/// sources, with what the objects inside it promise.
fn facts(operation: &Operation, names: &[String], side: Side) -> BTreeMap<String, String> {
    let components = Components::default();
    let text = crate::page::options::Text::Left;
    let writer = Writer { page: "", side, text, operation: 0, components: &components };
    let mut own: BTreeMap<&str, String> = BTreeMap::new();
    let mut inner: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for name in names {
        let Some(at) = operation.structure(name, side) else { continue };
        let structure = &operation.structures[at];
        let mut schema = writer.object(structure, Level::Nested);
        strip_sources(&mut schema, DEPTH);
        // Which object a field refers to is not in the schema yet.
        let refers: Vec<(&str, &str)> = structure
            .fields
            .iter()
            .filter_map(|field| Some((field.name.as_str(), field.shape.structure()?)))
            .collect();
        inner.insert(name, refers.iter().map(|(_, name)| *name).collect());
        own.insert(name, Digest::of(format!("{schema}{refers:?}").as_bytes()).hex());
    }
    let whole = |name: &str| {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut open = vec![name];
        while let Some(name) = open.pop() {
            if reached.insert(name) {
                open.extend(inner.get(name).into_iter().flatten());
            }
        }
        let all = reached.iter().map(|name| format!("{name}={:?};", own.get(name)));
        Digest::of(all.collect::<String>().as_bytes()).hex()
    };
    names.iter().map(|name| (name.clone(), whole(name))).collect()
}

fn strip_sources(value: &mut Value, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    if let Value::Object(members) = value {
        members.retain(|key, _| key != "x-source");
        members.values_mut().for_each(|inner| strip_sources(inner, depth));
    }
}

/// Adds the sources of an equal schema.
fn add_sources(own: &mut Value, other: &Value, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let (Value::Object(own), Value::Object(other)) = (own, other) else { return };
    for (key, value) in own.iter_mut() {
        match other.get(key) {
            Some(more) if key == "x-source" => {
                *value = source::joined(value.take(), more.clone());
            }
            Some(more) => add_sources(value, more, depth),
            None => {}
        }
    }
}

fn envelope_schema(envelope: &Envelope, family: &Family) -> Value {
    let mut schema = members_schema(envelope.members);
    schema["x-source"] = json!({ "family": family.name });
    schema
}

fn members_schema(members: &[Member]) -> Value {
    let kind = |member: &Member| match member.kind {
        MemberKind::Text => json!({ "type": "string" }),
        MemberKind::Open => json!({ "type": "object" }),
        MemberKind::Members(inner) => members_schema(inner),
    };
    let properties: Map<String, Value> =
        members.iter().map(|member| (member.name.to_owned(), kind(member))).collect();
    let required = members.iter().filter(|member| member.required).map(|member| member.name);
    json!({
        "type": "object",
        "properties": properties,
        "required": required.collect::<Vec<_>>(),
    })
}

fn scheme(scheme: &Scheme, family: &Family) -> Value {
    let source = json!({ "family": family.name });
    match scheme {
        Scheme::Header { header, .. } => {
            json!({ "type": "apiKey", "in": "header", "name": header, "x-source": source })
        }
        Scheme::Query { parameter, .. } => {
            json!({ "type": "apiKey", "in": "query", "name": parameter, "x-source": source })
        }
        Scheme::Authorization { scheme, .. } => {
            json!({ "type": "http", "scheme": scheme, "x-source": source })
        }
    }
}
