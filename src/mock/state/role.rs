//! What one operation does to which things, read from its path, method, selector and name.

use super::names::{Verb, noun, singular, words};
use crate::spec::{Operation, Promise, Spec};
use serde_json::Value;

/// Deepest nesting at which an answer's list is looked for.
const DEPTH: usize = 3;

/// An operation as far as it says what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    /// `None` for what is done with a thing and changes nothing that is known here.
    pub verb: Option<Verb>,
    /// The things that it is about.
    pub kind: Kind,
    /// The path's variables that stand before the end: whose things these are.
    pub through: Vec<Kind>,
    /// Whether the path or parameters name one of the things.
    pub names_one: bool,
}

/// Things of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kind {
    /// Where they are: host, base path and path template up to them, variables as `{}`; for RPC the noun.
    pub key: String,
    /// The path's variables that stand before them.
    pub before: Vec<String>,
    /// Their name in the singular.
    pub noun: String,
    /// The path's variable that names one of them.
    pub variable: Option<String>,
}

impl Role {
    /// Reads an operation; `None` where nothing is known of what it does.
    pub fn of(spec: &Spec, operation: &Operation) -> Option<Self> {
        let server = operation.servers.first();
        let home = server.map(|s| format!("{}{}", s.host.as_deref().unwrap_or(""), s.base_path));
        let home = home.unwrap_or_default();
        if let Some(selector) = &operation.selector {
            return Self::named(spec, operation, &home, &selector.value);
        }
        let path = operation.path.split('?').next().unwrap_or_default();
        let (path, custom) = match path.rsplit_once('/') {
            Some((front, last)) => match last.split_once(':') {
                Some((subject, verb)) if !subject.is_empty() && !verb.is_empty() => {
                    (format!("{front}/{subject}"), Some(verb.to_owned()))
                }
                _ => (path.to_owned(), None),
            },
            None => (path.to_owned(), None),
        };
        let mut segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let mut verb = custom.map(|word| words(&word).first().and_then(|word| Verb::of(word)));
        // `/images/create`, `/pet/findByStatus`, `/v1/createImage`
        let mut last = segments.last().map(|last| words(last)).unwrap_or_default();
        let named = variable(segments.last().copied().unwrap_or_default()).is_none();
        let first = last.first().and_then(|word| Verb::of(word));
        let is_verb = named && verb.is_none() && segments.len().max(last.len()) > 1;
        if let Some(found) = first.filter(|_| is_verb) {
            verb = Some(Some(found));
            last.remove(0);
            let by = last.iter().position(|word| word == "by" || word == "with");
            last.truncate(by.unwrap_or(last.len()));
            segments.pop();
            if !last.is_empty() {
                let kind = Kind::below(&home, &segments, &noun(&last));
                return Some(Self::settled(
                    spec,
                    operation,
                    verb.flatten(),
                    kind,
                    &home,
                    &segments,
                ));
            }
        }
        let name = words(operation.id.as_str());
        if let ["action" | "actions"] = segments.last().copied().as_slice()
            && let Some(Verb::Create) = name.first().and_then(|word| Verb::of(word))
        {
            return Self::named(spec, operation, &home, operation.id.as_str());
        }
        let (kind, names_one) = match segments.split_last() {
            Some((last, front)) if variable(last).is_some() => {
                (Kind::at(&home, front, variable(last)), true)
            }
            _ => (Kind::at(&home, &segments, None), false),
        };
        let front = &segments[..segments.len() - usize::from(names_one)];
        let by_name = name.first().and_then(|word| Verb::of(word));
        let method = operation.method.as_str();
        let verb = match (verb, method, names_one) {
            (Some(verb), ..) => verb,
            (None, "GET", true) => Some(Verb::Read),
            (None, "GET", false) => Some(Verb::List),
            (None, "PUT", true) => Some(Verb::Replace),
            (None, "PATCH", true) => Some(Verb::Change),
            (None, "DELETE", true) => Some(Verb::Delete),
            (None, "POST", false) => Some(Verb::Create),
            (None, "POST", true) => by_name.filter(|v| matches!(v, Verb::Change | Verb::Delete)),
            _ => None,
        };
        let mut role = Self::settled(spec, operation, verb, kind, &home, front);
        role.names_one = names_one;
        Some(role)
    }

    /// By a name such as `DescribeImages`.
    fn named(spec: &Spec, operation: &Operation, home: &str, name: &str) -> Option<Self> {
        let words = words(name);
        let (first, rest) = words.split_first()?;
        let noun = noun(rest);
        let key = format!("{home} {noun}");
        let kind = Kind { key, before: Vec::new(), noun, variable: None };
        let mut role = Self::settled(spec, operation, Verb::of(first), kind, home, &[]);
        role.names_one = !matches!(role.verb, Some(Verb::Create | Verb::List));
        Some(role)
    }

    fn settled(
        spec: &Spec,
        operation: &Operation,
        verb: Option<Verb>,
        kind: Kind,
        home: &str,
        front: &[&str],
    ) -> Self {
        let lists = || success(operation).is_some_and(|promise| lists(spec, promise));
        let verb = match verb {
            Some(Verb::Read | Verb::List) if lists() && kind.variable.is_none() => Some(Verb::List),
            Some(Verb::List) if kind.variable.is_none() && operation.selector.is_none() => None,
            Some(Verb::List) => Some(Verb::Read),
            other => other,
        };
        let mut through = Vec::new();
        for (index, segment) in front.iter().enumerate() {
            if let Some(name) = variable(segment) {
                through.push(Kind::at(home, &front[..index], Some(name)));
            }
        }
        Self { verb, kind, through, names_one: false }
    }
}

impl Kind {
    fn at(home: &str, segments: &[&str], variable_name: Option<&str>) -> Self {
        let Some((last, front)) = segments.split_last() else {
            return Self::below(home, &[], "").variable(variable_name);
        };
        let found = if variable(last).is_some() {
            Self { noun: String::new(), ..Self::below(home, segments, "") }
        } else {
            let noun = noun(&words(last));
            Self { noun, ..Self::below(home, front, &singular(last)) }
        };
        found.variable(variable_name)
    }

    fn below(home: &str, front: &[&str], noun: &str) -> Self {
        let shape = |part: &&str| match variable(part) {
            Some(_) => "{}".to_owned(),
            // `/silence/{id}` is one of `/silences`.
            None => singular(part),
        };
        let parts: Vec<String> = front.iter().map(shape).collect();
        let before = front.iter().filter_map(|part| variable(part)).map(str::to_owned).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).chain([noun]).collect();
        Self {
            key: format!("{home}/{}", parts.join("/")),
            before,
            noun: noun.to_owned(),
            variable: None,
        }
    }

    fn variable(self, name: Option<&str>) -> Self {
        Self { variable: name.map(str::to_owned), ..self }
    }
}

/// The name of a segment that is a variable as a whole.
fn variable(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}').filter(|name| !name.contains(['{', '}']))
}

/// What is promised for success: the lowest 2xx with a body, else `default`.
fn success(operation: &Operation) -> Option<&Promise> {
    let has_body = |code: &u16| operation.promise(*code).is_some_and(|p| !p.media.is_empty());
    [200, 201, 202, 203, 206].iter().find(|code| has_body(code)).and_then(|c| operation.promise(*c))
}

/// Whether a body is a list, or holds one of objects.
fn lists(spec: &Spec, promise: &Promise) -> bool {
    let schema = promise.media.iter().find_map(|media| spec.schema(media.schema.as_ref()?));
    schema.is_some_and(|schema| holds_list(spec, schema, DEPTH))
}

fn holds_list(spec: &Spec, schema: &Value, depth: usize) -> bool {
    let Some(schema) = spec.resolved(schema) else { return false };
    let said = |key: &str| schema.get(key);
    if said("type").is_some_and(|kind| kind == "array") || said("items").is_some() {
        return true;
    }
    if depth == 0 {
        return false;
    }
    let parts =
        ["allOf", "oneOf", "anyOf"].iter().filter_map(|key| said(key)?.as_array()).flatten();
    let mut parts = parts.take(16);
    if parts.any(|part| holds_list(spec, part, depth - 1)) {
        return true;
    }
    let members = said("properties").and_then(Value::as_object);
    members.is_some_and(|members| {
        // A thing with an id of its own that has lists is no list.
        let is_thing = members.keys().any(|key| key.eq_ignore_ascii_case("id"));
        !is_thing && members.values().take(64).any(|member| holds_objects(spec, member, depth - 1))
    })
}

/// Whether a member is an array of objects, or an object that is little more than one.
fn holds_objects(spec: &Spec, schema: &Value, depth: usize) -> bool {
    let Some(schema) = spec.resolved(schema) else { return false };
    let items = schema.get("items").and_then(|items| spec.resolved(items));
    let is_object = |schema: &Value| {
        ["properties", "allOf", "oneOf", "anyOf"].iter().any(|key| schema.get(key).is_some())
            || schema.get("type").is_some_and(|kind| kind == "object")
    };
    let members = || schema.get("properties").and_then(Value::as_object);
    items.map_or_else(
        || {
            depth > 0
                && members().is_some_and(|m| m.len() < 3)
                && holds_list(spec, schema, depth - 1)
        },
        is_object,
    )
}
