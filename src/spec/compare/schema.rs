//! Schemas: what values one allows and the other does not.

use super::Comparer;
use super::change::Impact;
use super::flat::Flat;
use super::operation::Scene;
use crate::spec::model::SchemaRef;
use crate::spec::place::{Node, escaped, join};
use serde_json::Value;
use std::collections::HashSet;

/// Which way values travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Request,
    Response,
}

impl Way {
    /// Fewer values are allowed: what clients send may be refused.
    pub fn narrowed(self) -> Impact {
        match self {
            Self::Request => Impact::Breaking,
            Self::Response => Impact::NonBreaking,
        }
    }

    /// More values are allowed: clients may meet what they do not know.
    pub fn widened(self) -> Impact {
        match self {
            Self::Request => Impact::NonBreaking,
            Self::Response => Impact::Breaking,
        }
    }

    /// The mark of members that do not travel this way.
    fn hidden(self) -> &'static str {
        match self {
            Self::Request => "readOnly",
            Self::Response => "writeOnly",
        }
    }
}

/// A comparison of two schemas on its way through their parts.
struct Walk<'s> {
    scene: &'s Scene<'s>,
    way: Way,
    met: HashSet<(String, String)>,
}

/// Two limits of one kind: the keyword, and whether less is stricter.
const LIMITS: [(&str, bool); 10] = [
    ("minimum", false),
    ("exclusiveMinimum", false),
    ("maximum", true),
    ("exclusiveMaximum", true),
    ("minLength", false),
    ("maxLength", true),
    ("minItems", false),
    ("maxItems", true),
    ("minProperties", false),
    ("maxProperties", true),
];

/// Keywords whose change is told, and not what it means.
const OPAQUE: [&str; 14] = [
    "multipleOf",
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "contains",
    "minContains",
    "maxContains",
    "propertyNames",
    "patternProperties",
    "discriminator",
    "prefixItems",
];

type Pair<'a> = (&'a Flat<'a>, &'a Flat<'a>);

impl Comparer<'_> {
    pub(super) fn schema_at(
        &mut self,
        scene: &Scene<'_>,
        before: &SchemaRef,
        after: &SchemaRef,
        way: Way,
    ) {
        let (a, b) = (self.before, self.after);
        let before = Node::at(a.document(), &before.pointer);
        let after = Node::at(b.document(), &after.pointer);
        let (Some(before), Some(after)) = (before, after) else { return };
        let mut walk = Walk { scene, way, met: HashSet::new() };
        let known = self.changes.len();
        self.schema(&mut walk, &before, &after, "");
        if self.changes.len() == known {
            self.clean.extend(walk.met);
        }
    }

    fn schema(&mut self, walk: &mut Walk<'_>, before: &Node<'_>, after: &Node<'_>, at: &str) {
        let Some(left) = self.steps.checked_sub(1) else { return };
        self.steps = left;
        let (a, b) = (Flat::of(before), Flat::of(after));
        let pair = (a.pointer.clone(), b.pointer.clone());
        if self.clean.contains(&pair) || !walk.met.insert(pair) {
            return;
        }
        if left == 0 || a.broken || b.broken {
            let what = "can't be compared: a part of it can't be read".to_owned();
            if a.parts.first().map(|p| p.value) != b.parts.first().map(|p| p.value) {
                self.tell(
                    walk,
                    "schema-changed",
                    Impact::Unknown,
                    (&a.pointer, &b.pointer),
                    what,
                    at,
                );
            }
            return;
        }
        match (a.constant(), b.constant()) {
            (None, None) => {}
            (old, new) if old == new => return,
            (_, Some(true)) | (Some(false), _) => {
                let what = "takes more values now".to_owned();
                let impact = walk.way.widened();
                self.tell(walk, "schema-widened", impact, (&a.pointer, &b.pointer), what, at);
                return;
            }
            _ => {
                let what = "takes fewer values now".to_owned();
                let impact = walk.way.narrowed();
                self.tell(walk, "schema-narrowed", impact, (&a.pointer, &b.pointer), what, at);
                return;
            }
        }
        let both = (&a, &b);
        self.types(walk, both, at);
        self.values(walk, both, at);
        self.limits(walk, both, at);
        self.words(walk, both, at);
        self.opaque(walk, both, at);
        self.members(walk, both, at);
        self.rest(walk, both, at);
        self.alternatives(walk, both, at);
    }

    fn tell(
        &mut self,
        walk: &Walk<'_>,
        kind: &'static str,
        impact: Impact,
        (before, after): (&str, &str),
        what: String,
        at: &str,
    ) {
        self.note_at(walk.scene, kind, impact, (Some(before), Some(after)), what, at);
    }

    fn types(&mut self, walk: &Walk<'_>, (a, b): Pair<'_>, at: &str) {
        let places = (at_keyword(a, "type"), at_keyword(b, "type"));
        let places = (places.0.as_str(), places.1.as_str());
        let words = |types: &[&String]| {
            types.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" and ")
        };
        match (a.types(), b.types()) {
            (None, Some(new)) if a.values().is_none() => {
                let what = format!("must be {} now", words(&new.iter().collect::<Vec<_>>()));
                self.tell(walk, "type-narrowed", walk.way.narrowed(), places, what, at);
            }
            (Some(old), None) if b.values().is_none() => {
                let what =
                    format!("need not be {} any more", words(&old.iter().collect::<Vec<_>>()));
                self.tell(walk, "type-widened", walk.way.widened(), places, what, at);
            }
            (Some(old), Some(new)) => {
                // Every integer is a number.
                let has = |types: &std::collections::BTreeSet<String>, one: &String| {
                    types.contains(one) || (one == "integer" && types.contains("number"))
                };
                let gone: Vec<&String> = old.iter().filter(|one| !has(&new, one)).collect();
                let more: Vec<&String> = new.iter().filter(|one| !has(&old, one)).collect();
                if !gone.is_empty() {
                    let what = format!("is {} no longer", words(&gone));
                    self.tell(walk, "type-narrowed", walk.way.narrowed(), places, what, at);
                }
                if !more.is_empty() {
                    let what = format!("may be {}, too", words(&more));
                    self.tell(walk, "type-widened", walk.way.widened(), places, what, at);
                }
            }
            _ => {}
        }
    }

    fn values(&mut self, walk: &Walk<'_>, (a, b): Pair<'_>, at: &str) {
        match (a.values(), b.values()) {
            (None, Some((place, values))) => {
                let what = format!("is one of {} fixed values now", values.len());
                let places = (a.pointer.as_str(), place.as_str());
                self.tell(walk, "enum-added", walk.way.narrowed(), places, what, at);
            }
            (Some((place, _)), None) => {
                let what = "is no longer one of fixed values".to_owned();
                let places = (place.as_str(), b.pointer.as_str());
                self.tell(walk, "enum-removed", walk.way.widened(), places, what, at);
            }
            (Some((old_place, old)), Some((new_place, new))) => {
                let places = (old_place.as_str(), new_place.as_str());
                for value in old.iter().filter(|value| !new.contains(value)) {
                    let what = format!("value `{}` is gone", shown(value));
                    let impact = walk.way.narrowed();
                    self.tell(walk, "enum-value-removed", impact, places, what, at);
                }
                for value in new.iter().filter(|value| !old.contains(value)) {
                    let what = format!("value `{}` is new", shown(value));
                    self.tell(walk, "enum-value-added", walk.way.widened(), places, what, at);
                }
            }
            (None, None) => {}
        }
    }

    fn limits(&mut self, walk: &Walk<'_>, (a, b): Pair<'_>, at: &str) {
        for (key, upper) in LIMITS {
            let (old, new) = (a.limit(key, upper), b.limit(key, upper));
            let places = (at_keyword(a, key), at_keyword(b, key));
            let places = (places.0.as_str(), places.1.as_str());
            let (narrower, what) = match (old, new) {
                (None, Some((_, new))) => (true, format!("`{key}` {new} is new")),
                (Some((_, old)), None) => (false, format!("`{key}` {old} is gone")),
                (Some((_, old)), Some((_, new))) if old < new || new < old => {
                    ((new < old) == upper, format!("`{key}` is {new}, was {old}"))
                }
                _ => continue,
            };
            if narrower {
                self.tell(walk, "limit-narrowed", walk.way.narrowed(), places, what, at);
            } else {
                self.tell(walk, "limit-widened", walk.way.widened(), places, what, at);
            }
        }
    }

    /// `pattern`, `format` and `uniqueItems`: there, or not, or another.
    fn words(&mut self, walk: &Walk<'_>, (a, b): Pair<'_>, at: &str) {
        for key in ["pattern", "format", "uniqueItems"] {
            let value = |flat: &Flat<'_>| {
                flat.keyword(key)
                    .map(|node| node.value.clone())
                    .filter(|v| *v != Value::Bool(false))
            };
            let places = (at_keyword(a, key), at_keyword(b, key));
            let places = (places.0.as_str(), places.1.as_str());
            match (value(a), value(b)) {
                (None, Some(new)) => {
                    let what = format!("`{key}: {}` is new", shown(&new));
                    self.tell(walk, "keyword-narrowed", walk.way.narrowed(), places, what, at);
                }
                (Some(old), None) => {
                    let what = format!("`{key}: {}` is gone", shown(&old));
                    self.tell(walk, "keyword-widened", walk.way.widened(), places, what, at);
                }
                (Some(old), Some(new)) if old != new => {
                    let what = format!("`{key}` is `{}`, was `{}`", shown(&new), shown(&old));
                    self.tell(walk, "keyword-changed", Impact::Unknown, places, what, at);
                }
                _ => {}
            }
        }
    }

    fn opaque(&mut self, walk: &Walk<'_>, (a, b): Pair<'_>, at: &str) {
        for key in OPAQUE {
            let values = |flat: &Flat<'_>| -> Vec<Value> {
                flat.keywords(key).iter().map(|node| node.value.clone()).collect()
            };
            if values(a) != values(b) {
                let places = (at_keyword(a, key), at_keyword(b, key));
                let what = format!("`{key}` changed");
                let places = (places.0.as_str(), places.1.as_str());
                self.tell(walk, "keyword-changed", Impact::Unknown, places, what, at);
            }
        }
    }

    fn members(&mut self, walk: &mut Walk<'_>, (a, b): Pair<'_>, at: &str) {
        let travels = |node: &Node<'_>, way: Way| !Flat::of(node).marked(way.hidden());
        let way = walk.way;
        let (old, new) = (a.properties(), b.properties());
        let seen = |list: &[(String, Node<'_>)], name: &str| {
            list.iter().find(|(known, _)| known == name).is_none_or(|(_, node)| travels(node, way))
        };
        let (mut old_required, mut new_required) = (a.required(), b.required());
        old_required.retain(|name, _| seen(&old, name));
        new_required.retain(|name, _| seen(&new, name));
        for (name, pointer) in &new_required {
            if !old_required.contains_key(name) {
                let what = format!("member `{name}` is required now");
                let places = (a.pointer.as_str(), pointer.as_str());
                let at = member(at, name);
                self.tell(walk, "became-required", way.narrowed(), places, what, &at);
            }
        }
        for (name, pointer) in &old_required {
            let has = |list: &[(String, Node<'_>)]| {
                list.iter().any(|(known, node)| known == name && travels(node, way))
            };
            let gone = has(&old) && !has(&new);
            if !new_required.contains_key(name) && !gone {
                let what = format!("member `{name}` is optional now");
                let places = (pointer.as_str(), b.pointer.as_str());
                let at = member(at, name);
                self.tell(walk, "became-optional", way.widened(), places, what, &at);
            }
        }
        for (name, node) in &old {
            let place = member(at, name);
            let other = new.iter().find(|(known, _)| known == name).map(|(_, node)| node);
            match (travels(node, way), other.filter(|other| travels(other, way))) {
                (true, Some(other)) => self.schema(walk, node, other, &place),
                (true, None) => {
                    let what = format!("member `{name}` is gone");
                    let impact = match way {
                        Way::Response if old_required.contains_key(name) => Impact::Breaking,
                        Way::Request if b.closed() => Impact::Breaking,
                        _ => Impact::Unknown,
                    };
                    let places = (node.pointer.as_str(), b.pointer.as_str());
                    self.tell(walk, "member-removed", impact, places, what, &place);
                }
                (false, Some(other)) => self.new_member(walk, (a, other), name, &place),
                (false, None) => {}
            }
        }
        for (name, node) in &new {
            if !old.iter().any(|(known, _)| known == name) && travels(node, way) {
                self.new_member(walk, (a, node), name, &member(at, name));
            }
        }
    }

    fn new_member(
        &mut self,
        walk: &Walk<'_>,
        (before, node): (&Flat<'_>, &Node<'_>),
        name: &str,
        at: &str,
    ) {
        let what = format!("member `{name}` is new");
        // A client that was told to refuse what is not named will.
        let refused = walk.way == Way::Response && before.closed();
        let impact = if refused { Impact::Breaking } else { Impact::NonBreaking };
        let places = (before.pointer.as_str(), node.pointer.as_str());
        self.tell(walk, "member-added", impact, places, what, at);
    }

    /// Members that are not named, and items.
    fn rest(&mut self, walk: &mut Walk<'_>, (a, b): Pair<'_>, at: &str) {
        let keys = [
            ("items", "*"),
            ("additionalProperties", "*"),
            ("unevaluatedProperties", "*"),
            ("unevaluatedItems", "*"),
        ];
        for (key, step) in keys {
            let at = join(at, step);
            match (asks(a, key), asks(b, key)) {
                (Some(old), Some(new)) => self.schema(walk, &old, &new, &at),
                (None, Some(new)) => {
                    let what = format!("`{key}` asks for something now");
                    let places = (a.pointer.as_str(), new.pointer.as_str());
                    self.tell(walk, "schema-narrowed", walk.way.narrowed(), places, what, &at);
                }
                (Some(old), None) => {
                    let what = format!("`{key}` asks for nothing any more");
                    let places = (old.pointer.as_str(), b.pointer.as_str());
                    self.tell(walk, "schema-widened", walk.way.widened(), places, what, &at);
                }
                (None, None) => {}
            }
        }
    }

    /// `oneOf` and `anyOf`: alternatives are paired by what they refer to, their title or the value
    /// that they fix, else by position.
    fn alternatives(&mut self, walk: &mut Walk<'_>, (a, b): Pair<'_>, at: &str) {
        for key in ["oneOf", "anyOf"] {
            let list = |flat: &Flat<'_>| -> Option<(String, Vec<String>)> {
                let node = flat.keyword(key)?;
                let is_null = |item: &Node<'_>| item.value.get("type").is_some_and(|t| t == "null");
                let items: Vec<_> = node.items().filter(|item| !is_null(item)).collect();
                if items.len() < 2 && flat.nullable {
                    return None;
                }
                Some((node.pointer.clone(), items.into_iter().map(|item| item.pointer).collect()))
            };
            match (list(a), list(b)) {
                (None, None) => {}
                (None, Some((place, _))) => {
                    let what = format!("`{key}` is new");
                    let places = (a.pointer.as_str(), place.as_str());
                    self.tell(walk, "schema-changed", Impact::Unknown, places, what, at);
                }
                (Some((place, _)), None) => {
                    let what = format!("`{key}` is gone");
                    let places = (place.as_str(), b.pointer.as_str());
                    self.tell(walk, "schema-changed", Impact::Unknown, places, what, at);
                }
                (Some((old_place, old)), Some((new_place, new))) => {
                    self.pair_up(walk, (&old_place, &old), (&new_place, &new), at);
                }
            }
        }
    }

    fn pair_up(
        &mut self,
        walk: &mut Walk<'_>,
        (old_place, old): (&str, &[String]),
        (new_place, new): (&str, &[String]),
        at: &str,
    ) {
        let (a, b) = (self.before, self.after);
        let nodes = |document, list: &[String]| -> Vec<Node<'_>> {
            list.iter().filter_map(|pointer| Node::at(document, pointer)).collect()
        };
        let (old, mut rest) = (nodes(a.document(), old), nodes(b.document(), new));
        let mut lone = Vec::new();
        for (index, node) in old.into_iter().enumerate() {
            let name = name_of(&node);
            let found = rest.iter().position(|other| name.is_some() && name_of(other) == name);
            let found = found.or_else(|| rest.iter().position(|other| other.value == node.value));
            match found {
                Some(found) => {
                    let other = rest.remove(found);
                    self.schema(walk, &node, &other, at);
                }
                None => lone.push((index, node)),
            }
        }
        for (index, node) in lone {
            // Alternatives without a name are taken for those that stand where they stood.
            let nameless = |other: &Node<'_>| name_of(other).is_none();
            let same = |other: &Node<'_>| other.pointer.ends_with(&format!("/{index}"));
            let found =
                rest.iter().position(|other| nameless(&node) && nameless(other) && same(other));
            if let Some(found) = found {
                let other = rest.remove(found);
                self.schema(walk, &node, &other, at);
            } else {
                let what = format!("alternative {} is gone", called(&node));
                let places = (node.pointer.as_str(), new_place);
                let impact = walk.way.narrowed();
                self.tell(walk, "alternative-removed", impact, places, what, at);
            }
        }
        for node in rest {
            let what = format!("alternative {} is new", called(&node));
            let places = (old_place, node.pointer.as_str());
            self.tell(walk, "alternative-added", walk.way.widened(), places, what, at);
        }
    }
}

/// The schema under a keyword, where it asserts anything.
fn asks<'a>(flat: &Flat<'a>, key: &str) -> Option<Node<'a>> {
    flat.keyword(key).filter(|node| {
        !matches!(node.value, Value::Bool(true))
            && node.value.as_object().is_none_or(|map| !map.is_empty())
    })
}

/// What an alternative is known by.
fn name_of(node: &Node<'_>) -> Option<String> {
    if let Some(reference) = node.text("$ref") {
        return Some(reference.rsplit('/').next().unwrap_or(reference).to_owned());
    }
    if let Some(title) = node.text("title") {
        return Some(title.to_owned());
    }
    let fixed = node.member("properties")?;
    fixed.members().find_map(|(name, property)| {
        let value = property.member("const").map(|value| value.value.clone())?;
        Some(format!("{name}={value}"))
    })
}

fn called(node: &Node<'_>) -> String {
    name_of(node).map_or_else(
        || format!("number {}", node.pointer.rsplit('/').next().unwrap_or_default()),
        |name| format!("`{name}`"),
    )
}

/// Where a keyword stands, or the schema that lacks it.
fn at_keyword(flat: &Flat<'_>, key: &str) -> String {
    flat.keyword(key).map_or_else(|| flat.pointer.clone(), |node| node.pointer)
}

fn member(at: &str, name: &str) -> String {
    format!("{at}/{}", escaped(name))
}

/// A value as it stands in a sentence.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => crate::spec::place::shortened(text).into_owned(),
        other => crate::spec::place::shortened(&other.to_string()).into_owned(),
    }
}
