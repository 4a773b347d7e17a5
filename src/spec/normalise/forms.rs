//! `discriminator` (OpenAPI 3.1, section 4.8.25) in the words of JSON Schema, so that everything which
//! reads schemas knows what it asks for.
//!
//! Beside `oneOf` and `anyOf` each alternative gets the values that stand for it. A parent that its
//! children extend by `allOf` stands for any of them: references to it lead to a schema of ours below
//! [`FORMS`], which lists it and them. A child that is referred to stands for itself and its own
//! children. What can't be told (an alternative without a name, values that the document itself
//! lists otherwise) is left as it is, and judging says that it does not judge it.

use crate::spec::layout::{FORM as MARK, FORMS, each_schema};
use crate::spec::place::{escaped, fragment, local, unescaped};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Most schemas that stand below one parent.
const MOST: usize = 500;

type Schema = Map<String, Value>;

/// Rewrites the document's discriminators.
pub fn spell_out(document: &mut Value) {
    let mut discriminators = Vec::new();
    each_schema(document, &mut |pointer, schema| {
        if schema.get("discriminator").is_some_and(Value::is_object)
            && !discriminators.iter().any(|known| known == pointer)
        {
            discriminators.push(pointer.to_owned());
        }
    });
    let discriminators = &*discriminators;
    let mut family = Family::of(document, discriminators);
    for pointer in discriminators {
        if let Some(alternatives) = alternatives(document, pointer) {
            put_in(document, alternatives);
        }
    }
    let stands_for = family.heads(document);
    if stands_for.is_empty() {
        return;
    }
    lead(document, &stands_for);
    let forms: Schema =
        family.forms.drain(..).enumerate().map(|(n, form)| (n.to_string(), form)).collect();
    if let Value::Object(root) = document {
        root.insert(FORMS.to_owned(), Value::Object(forms));
    }
}

/// A `discriminator`, read.
struct Discriminator {
    name: String,
    /// Values by the place of the schema that they stand for.
    mapped: HashMap<String, Vec<String>>,
    /// The place of the schema for values that nothing else stands for (3.2).
    otherwise: Option<String>,
}

impl Discriminator {
    fn at(document: &Value, pointer: &str) -> Option<Self> {
        let written = document.pointer(pointer)?.get("discriminator")?;
        let place = |target: &Value| target_of(document, pointer, target.as_str()?);
        let mut mapped: HashMap<String, Vec<String>> = HashMap::new();
        for (value, target) in
            written.get("mapping").and_then(Value::as_object).into_iter().flatten()
        {
            // What is mapped to nothing leaves everything open.
            mapped.entry(place(target)?).or_default().push(value.clone());
        }
        Some(Self {
            name: written.get("propertyName")?.as_str()?.to_owned(),
            mapped,
            otherwise: written.get("defaultMapping").and_then(place),
        })
    }

    /// The values that stand for the schema at a place: its name, or the one that Azure's documents give it,
    /// and those that are mapped to it.
    fn values(&self, document: &Value, place: &str) -> BTreeSet<String> {
        let given =
            document.pointer(place).and_then(|schema| schema.get("x-ms-discriminator-value"));
        let name = match given.and_then(Value::as_str) {
            Some(given) => given.to_owned(),
            None => unescaped(place.rsplit('/').next().unwrap_or_default()).into_owned(),
        };
        let mapped = self.mapped.get(place).into_iter().flatten().cloned();
        // A name that is mapped to another schema is that one's.
        let others = self.mapped.iter().filter(|(other, _)| *other != place);
        let taken = others.flat_map(|(_, values)| values).any(|value| *value == name);
        mapped.chain((!taken).then_some(name)).collect()
    }
}

/// The place that a mapping names: a reference, or the name of a schema.
fn target_of(document: &Value, near: &str, target: &str) -> Option<String> {
    let named = |container: &str| format!("{container}/{}", escaped(target));
    let beside = near.rsplit_once('/').map_or("", |(container, _)| container);
    let places = [local(target).ok(), Some(named("/components/schemas")), Some(named(beside))];
    places.into_iter().flatten().find(|place| document.pointer(place).is_some())
}

/// The place that a schema which is nothing but a reference leads to.
fn referred(schema: &Value) -> Option<String> {
    local(schema.get("$ref")?.as_str()?).ok()
}

/// Whether a schema itself lists the values of a member.
fn lists(document: &Value, schema: &Value, name: &str) -> bool {
    let mut property = schema.get("properties").and_then(|properties| properties.get(name));
    if let Some(target) = property.and_then(referred) {
        property = document.pointer(&target);
    }
    property
        .is_some_and(|property| property.get("const").is_some() || property.get("enum").is_some())
}

/// What to add to the alternatives at some places.
type Additions = Vec<(String, Value)>;

/// The values for each alternative of a `oneOf` or `anyOf` with a discriminator; `None` where there
/// are no alternatives, or one of them can't be told.
fn alternatives(document: &Value, pointer: &str) -> Option<Additions> {
    let discriminator = Discriminator::at(document, pointer)?;
    let schema = document.pointer(pointer)?;
    let name = discriminator.name.as_str();
    let mut additions: Additions = Vec::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut otherwise = None;
    for keyword in ["oneOf", "anyOf"] {
        for (index, branch) in
            schema.get(keyword).and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            if branch.get("type").is_some_and(|kind| kind == "null") {
                continue;
            }
            let at = format!("{pointer}/{keyword}/{index}");
            let place = referred(branch);
            let target = place.as_deref().map_or(Some(branch), |place| document.pointer(place))?;
            if lists(document, target, name) {
                continue;
            }
            let place = place?;
            let values = discriminator.values(document, &place);
            known.extend(values.iter().cloned());
            if discriminator.otherwise.as_ref() == Some(&place) {
                otherwise = Some((at, values));
            } else {
                additions.push((at, json!({"enum": values})));
            }
        }
    }
    if let Some((at, own)) = otherwise {
        let others: BTreeSet<_> = known.difference(&own).collect();
        additions.push((at, json!({"not": {"enum": others}})));
    }
    let additions = additions.into_iter();
    let whole: Additions =
        additions.map(|(at, of)| (at, json!({"properties": {name: of}}))).collect();
    (!whole.is_empty()).then_some(whole)
}

/// Puts the values beside the references. What a reference leads to is left alone: it may be used elsewhere.
fn put_in(document: &mut Value, additions: Additions) {
    for (at, addition) in additions {
        let (Some(Value::Object(branch)), Value::Object(addition)) =
            (document.pointer_mut(&at), addition)
        else {
            continue;
        };
        if branch.contains_key("properties") {
            continue;
        }
        branch.extend(addition);
        branch.insert(MARK.to_owned(), Value::Bool(true));
    }
}

/// The schemas that extend a parent with a discriminator, and the parents.
struct Family {
    /// Parents, and below each the places of what extends it.
    parents: Vec<(String, Discriminator, BTreeMap<String, BTreeSet<String>>)>,
    /// The schemas that references lead to, in the order of their numbers.
    forms: Vec<Value>,
}

impl Family {
    fn of(document: &Value, discriminators: &[String]) -> Self {
        let mut extends: HashMap<String, Vec<String>> = HashMap::new();
        let named = document.pointer("/components/schemas").and_then(Value::as_object);
        for (name, schema) in named.into_iter().flatten() {
            let place = format!("/components/schemas/{}", escaped(name));
            for parent in parents(schema) {
                extends.entry(parent).or_default().push(place.clone());
            }
        }
        let parents = discriminators.iter().filter_map(|pointer| {
            let schema = document.pointer(pointer)?;
            if schema.get("oneOf").is_some() || schema.get("anyOf").is_some() {
                return None;
            }
            let discriminator = Discriminator::at(document, pointer)?;
            let below = descendants(&extends, pointer)?;
            // Without children, or with values for what is no child, nobody knows what it stands for.
            let known = discriminator.mapped.keys().all(|place| below.contains_key(place));
            (known && below.len() > 1).then(|| (pointer.clone(), discriminator, below))
        });
        Self { parents: parents.collect(), forms: Vec::new() }
    }

    /// What references to members of the families are to lead to, by place.
    fn heads(&mut self, document: &Value) -> HashMap<String, String> {
        let mut heads = HashMap::new();
        for (parent, discriminator, below) in &self.parents {
            if !is_told(document, parent, discriminator, below) {
                continue;
            }
            for (head, members) in below {
                let one = |place: &String| form(document, place, discriminator);
                let forms: Vec<Value> = std::iter::once(head).chain(members).map(one).collect();
                let number = self.forms.len();
                self.forms.push(json!({"anyOf": forms, MARK: head}));
                heads.entry(head.clone()).or_insert_with(|| format!("/{FORMS}/{number}"));
            }
        }
        heads
    }
}

/// One member of a family, with the values that stand for it.
fn form(document: &Value, place: &str, discriminator: &Discriminator) -> Value {
    let reference = fragment(place);
    let own =
        document.pointer(place).is_some_and(|schema| lists_itself(document, schema, discriminator));
    if own {
        return json!({"$ref": reference, MARK: true});
    }
    let values = discriminator.values(document, place);
    json!({"$ref": reference, "properties": {&discriminator.name: {"enum": values}}, MARK: true})
}

/// Whether a member of a family lists the values itself, in a part of its own.
fn lists_itself(document: &Value, schema: &Value, discriminator: &Discriminator) -> bool {
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let mut own = parts.filter(|part| part.get("$ref").is_none()).chain([schema]);
    schema.get("discriminator").is_none()
        && own.any(|part| lists(document, part, &discriminator.name))
}

/// Whether the values of a family can be told: where the parent lists values, every name must be among
/// them, or nobody knows what is meant.
fn is_told(
    document: &Value,
    parent: &str,
    discriminator: &Discriminator,
    below: &BTreeMap<String, BTreeSet<String>>,
) -> bool {
    let Some(schema) = document.pointer(parent) else { return false };
    let property = schema.get("properties").and_then(|all| all.get(&discriminator.name));
    let target = property.and_then(referred).and_then(|place| document.pointer(&place));
    let Some(listed) = target.or(property).and_then(|p| p.get("enum")?.as_array()) else {
        return true;
    };
    below.keys().filter(|place| *place != parent).all(|place| {
        let own = document.pointer(place).is_some_and(|s| lists_itself(document, s, discriminator));
        own || discriminator
            .values(document, place)
            .iter()
            .any(|value| listed.contains(&json!(value)))
    })
}

/// The places that a schema extends: references among its `allOf`, where that is more than a way to write
/// something beside a reference.
fn parents(schema: &Value) -> Vec<String> {
    let Some(parts) = schema.get("allOf").and_then(Value::as_array) else { return Vec::new() };
    if !schema.as_object().is_some_and(extends) {
        return Vec::new();
    }
    parts.iter().filter_map(referred).collect()
}

/// Whether an `allOf` makes a child of its parts. One part with nothing beside it does not: that is how
/// OpenAPI 3.0 writes a description beside a reference.
fn extends(schema: &Schema) -> bool {
    let parts = schema.get("allOf").and_then(Value::as_array).map_or(0, Vec::len);
    parts > 1 || (parts == 1 && schema.contains_key("properties"))
}

/// A parent and all that extends it, each with all that extends that; `None` where they are too many.
fn descendants(
    extends: &HashMap<String, Vec<String>>,
    parent: &str,
) -> Option<BTreeMap<String, BTreeSet<String>>> {
    let below = |start: &str| -> Option<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        let mut open = vec![start.to_owned()];
        while let Some(place) = open.pop() {
            for child in extends.get(&place).into_iter().flatten() {
                if child != start && found.insert(child.clone()) {
                    open.push(child.clone());
                }
            }
            if found.len() > MOST {
                return None;
            }
        }
        Some(found)
    };
    let all = below(parent)?;
    let mut family = BTreeMap::new();
    for place in all.iter().map(String::as_str).chain([parent]) {
        family.insert(place.to_owned(), below(place)?);
    }
    Some(family)
}

/// Has references to members of a family lead to what they stand for, but for those by which one
/// extends another, and alternatives that have their values already.
fn lead(document: &mut Value, heads: &HashMap<String, String>) {
    each_schema(document, &mut |_, schema| {
        let mine = extends(schema);
        if let Some(Value::Array(parts)) = schema.get_mut("allOf").filter(|_| mine) {
            for part in parts.iter_mut().filter_map(Value::as_object_mut) {
                if part.contains_key("$ref") {
                    part.insert(MARK.to_owned(), Value::Bool(true));
                }
            }
        }
    });
    redirect(document, heads);
}

fn redirect(value: &mut Value, heads: &HashMap<String, String>) {
    match value {
        Value::Object(map) => {
            if !map.contains_key(MARK)
                && let Some(Value::String(reference)) = map.get_mut("$ref")
                && let Ok(place) = local(reference)
                && let Some(head) = heads.get(&place)
            {
                *reference = fragment(head);
            }
            map.values_mut().for_each(|value| redirect(value, heads));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| redirect(value, heads)),
        _ => {}
    }
}

/// A keyword of ours as what was written: its pointer, and the keyword. What stands in the document as it
/// was written is `None`.
pub fn as_written(document: &Value, pointer: &str) -> Option<(String, &'static str)> {
    let discriminator = |place: &str| (format!("{place}/discriminator"), "discriminator");
    if let Some(rest) = pointer.strip_prefix('/').and_then(|rest| rest.strip_prefix(FORMS)) {
        let number = rest.split('/').nth(1)?;
        let head = document.get(FORMS)?.get(number)?.get(MARK)?.as_str()?;
        let has_own = document.pointer(head).is_some_and(|s| s.get("discriminator").is_some());
        return Some(if has_own {
            discriminator(head)
        } else {
            (head.to_owned(), "discriminator")
        });
    }
    // The last alternative on the way that got its values from here.
    let mut end = pointer.len();
    while let Some(at) = pointer[..end].rfind("/properties/") {
        let branch = document.pointer(&pointer[..at]);
        if branch.is_some_and(|branch| branch.get(MARK).is_some()) {
            let holder = pointer[..at].rsplitn(3, '/').nth(2)?;
            return Some(discriminator(holder));
        }
        end = at;
    }
    None
}
