//! A schema as one list of keywords: references followed, `allOf` laid open, and the alternative
//! `null` of a nullable schema taken for what it is.

use crate::spec::place::Node;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Most schemas that are laid open as one.
const PARTS: usize = 256;

/// A schema laid open.
#[derive(Debug)]
pub(super) struct Flat<'a> {
    /// Where it stands, references at its top followed.
    pub pointer: String,
    /// Everything that is asserted of the value together.
    pub parts: Vec<Node<'a>>,
    /// Whether `null` is an alternative to all of it.
    pub nullable: bool,
    /// A part could not be followed.
    pub broken: bool,
}

impl<'a> Flat<'a> {
    pub fn of(schema: &Node<'a>) -> Self {
        let mut flat = Self {
            pointer: schema.pointer.clone(),
            parts: Vec::new(),
            nullable: false,
            broken: false,
        };
        let mut open = vec![schema.clone()];
        let mut only_references = true;
        while let Some(node) = open.pop() {
            if flat.parts.len() >= PARTS {
                flat.broken = true;
                break;
            }
            if only_references {
                flat.pointer.clone_from(&node.pointer);
            }
            if let Some(inner) = nullable(&node) {
                flat.nullable = true;
                open.push(inner);
                only_references = false;
            }
            if node.value.get("$ref").is_some() {
                match one_step(&node) {
                    Some(target) => open.push(target),
                    None => flat.broken = true,
                }
                only_references &= node.value.as_object().is_some_and(|map| map.len() == 1);
            } else {
                only_references = false;
            }
            if let Some(all) = node.member("allOf") {
                let items: Vec<_> = all.items().collect();
                open.extend(items.into_iter().rev());
            }
            flat.parts.push(node);
        }
        flat
    }

    /// The first keyword of a name among the parts.
    pub fn keyword(&self, key: &str) -> Option<Node<'a>> {
        self.parts.iter().find_map(|part| part.member(key))
    }

    /// Every keyword of a name.
    pub fn keywords(&self, key: &str) -> Vec<Node<'a>> {
        self.parts.iter().filter_map(|part| part.member(key)).collect()
    }

    /// `true` or `{}` asserts nothing, `false` is kept by no value.
    pub fn constant(&self) -> Option<bool> {
        match self.parts.as_slice() {
            [one] => one.value.as_bool(),
            _ => None,
        }
    }

    /// The types allowed; `None` for all.
    pub fn types(&self) -> Option<BTreeSet<String>> {
        let mut types: Option<BTreeSet<String>> = None;
        for node in self.keywords("type") {
            let here: BTreeSet<String> = match node.value {
                Value::String(one) => [one.clone()].into(),
                Value::Array(several) => {
                    several.iter().filter_map(Value::as_str).map(str::to_owned).collect()
                }
                _ => continue,
            };
            types = Some(match types {
                Some(known) => known.intersection(&here).cloned().collect(),
                None => here,
            });
        }
        if self.nullable
            && let Some(types) = &mut types
        {
            types.insert("null".to_owned());
        }
        types
    }

    /// The values allowed, by `enum` or `const`, and where that stands.
    pub fn values(&self) -> Option<(String, Vec<Value>)> {
        if let Some(one) = self.keyword("const") {
            return Some((one.pointer.clone(), vec![one.value.clone()]));
        }
        let list = self.keyword("enum")?;
        let mut values: Vec<Value> = list.value.as_array()?.clone();
        if self.nullable && !values.contains(&Value::Null) {
            values.push(Value::Null);
        }
        Some((list.pointer, values))
    }

    /// The strictest of a limit, and where it stands. `upper`: whether less is stricter.
    pub fn limit(&self, key: &str, upper: bool) -> Option<(String, f64)> {
        let found = self.keywords(key).into_iter();
        let found = found.filter_map(|node| Some((node.pointer.clone(), node.value.as_f64()?)));
        found.reduce(|a, b| if (b.1 < a.1) == upper { b } else { a })
    }

    /// Names that must be there, and where that is said.
    pub fn required(&self) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for list in self.keywords("required") {
            for item in list.items() {
                if let Some(name) = item.value.as_str() {
                    names.entry(name.to_owned()).or_insert_with(|| item.pointer.clone());
                }
            }
        }
        names
    }

    /// Members by name.
    pub fn properties(&self) -> Vec<(String, Node<'a>)> {
        let mut found: Vec<(String, Node<'a>)> = Vec::new();
        for properties in self.keywords("properties") {
            for (name, node) in properties.members() {
                if !found.iter().any(|(known, _)| known == name) {
                    found.push((name.to_owned(), node));
                }
            }
        }
        found
    }

    /// Whether other members than those named are refused.
    pub fn closed(&self) -> bool {
        ["additionalProperties", "unevaluatedProperties"]
            .iter()
            .any(|key| self.keywords(key).iter().any(|node| node.value == &Value::Bool(false)))
    }

    /// Whether a mark (`readOnly`) stands anywhere in it.
    pub fn marked(&self, key: &str) -> bool {
        self.parts.iter().any(|part| part.flag(key))
    }
}

/// What a schema with the one further alternative `null` is otherwise.
fn nullable<'a>(node: &Node<'a>) -> Option<Node<'a>> {
    let alternatives = node.member("anyOf").or_else(|| node.member("oneOf"))?;
    let is_null = |item: &Node| item.value.get("type").is_some_and(|kind| kind == "null");
    let (null, other): (Vec<_>, Vec<_>) = alternatives.items().partition(is_null);
    match (null.len(), other.as_slice()) {
        (1, [one]) => Some(one.clone()),
        _ => None,
    }
}

fn one_step<'a>(node: &Node<'a>) -> Option<Node<'a>> {
    let pointer = crate::spec::place::local(node.text("$ref")?).ok()?;
    Node::at(node.document, &pointer)
}
