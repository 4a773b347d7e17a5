//! Several files as one document: what a reference leads to outside of a document is laid into it
//! under [`FILES`], and every reference becomes a pointer into the whole (`$id`, `$anchor` and
//! `$dynamicRef` included; JSON Schema 2020-12, core, sections 8.2 and 9). Nothing is opened here:
//! whoever loads a spec hands the files over.

#[cfg(test)]
mod tests;
mod uri;

use super::layout::{Role, led_to, meet_each};
use super::model::Problem;
use super::place::{fragment, join, shortened};
use super::text;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use uri::{joined, parted};

/// Key of the document under which other files are laid, each under its name.
pub(super) const FILES: &str = "x-files";

/// Keys whose members are what an author named.
const NAMED: [&str; 9] = [
    "properties",
    "patternProperties",
    "dependentSchemas",
    "$defs",
    "definitions",
    "schemas",
    "paths",
    "responses",
    "headers",
];

/// Most files that are laid into one document.
const MOST: usize = 2000;

/// Most problems that are told.
const PROBLEMS: usize = 1000;

/// Where the bytes of another document come from: it is named as the references name it, joined to
/// the folder of the first one (`../common/box.yaml`) or as a URL. The error says why there is none.
pub type Files<'a> = dyn Fn(&str) -> Result<Vec<u8>, String> + 'a;

/// A document with all that it refers to.
#[derive(Debug)]
pub(super) struct Gathered {
    pub document: Value,
    /// What could not be had.
    pub problems: Vec<Problem>,
    /// Names and bytes of the files laid in.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Lays into a document what it refers to. `identified`: whether its schemas may have an `$id` and
/// anchors (from 3.1 on).
pub(super) fn gathered(
    name: &str,
    document: Value,
    identified: bool,
    files: &Files<'_>,
) -> Gathered {
    if !needed(&document, identified) {
        return Gathered { document, problems: Vec::new(), files: Vec::new() };
    }
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let mut gatherer = Gatherer {
        files,
        identified,
        homes: HashMap::new(),
        anchors: HashMap::new(),
        dynamic: HashMap::new(),
        bases: HashMap::new(),
        led: HashSet::new(),
        fresh: Vec::new(),
        refused: HashMap::new(),
        had: Vec::new(),
        problems: Vec::new(),
    };
    if let Some(own) = document.get("$self").and_then(Value::as_str) {
        gatherer.homes.insert(parted(own).0.to_owned(), String::new());
    }
    gatherer.settle(&joined("", name), "", &document);
    gatherer.run(document)
}

/// Whether any reference leads elsewhere than to a place in the same document.
fn needed(value: &Value, identified: bool) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| match (key.as_str(), value) {
            ("$ref", Value::String(reference)) => !reference.starts_with("#/") && reference != "#",
            ("$id" | "$anchor" | "$dynamicAnchor" | "$dynamicRef", Value::String(_)) => identified,
            (_, value) => needed(value, identified),
        }),
        Value::Array(items) => items.iter().any(|item| needed(item, identified)),
        _ => false,
    }
}

struct Gatherer<'a> {
    files: &'a Files<'a>,
    identified: bool,
    /// Where each document, or part with an `$id`, stands.
    homes: HashMap<String, String>,
    anchors: HashMap<(String, String), String>,
    /// Places of each name of a `$dynamicAnchor`.
    dynamic: HashMap<String, Vec<String>>,
    /// What references are relative to at a place, and below it.
    bases: HashMap<String, String>,
    /// Places of references that lead into the whole document by now: a place may be met twice.
    led: HashSet<String>,
    /// Files that were read and are yet to be laid in.
    fresh: Vec<(String, Value)>,
    /// Why a document can't be had.
    refused: HashMap<String, String>,
    had: Vec<(String, Vec<u8>)>,
    problems: Vec<Problem>,
}

impl Gatherer<'_> {
    fn run(mut self, mut document: Value) -> Gathered {
        let mut done = HashSet::new();
        let mut found =
            meet_each(Role::Root, "", &mut document, &mut |role, at, map| self.meet(role, at, map));
        loop {
            self.lay(&mut document);
            let next = led_to(&mut found, &mut done);
            if next.is_empty() {
                break;
            }
            for (pointer, role) in next {
                let Some(value) = document.pointer_mut(&pointer) else { continue };
                found.extend(meet_each(role, &pointer, value, &mut |role, at, map| {
                    self.meet(role, at, map);
                }));
            }
        }
        Gathered { document, problems: self.problems, files: self.had }
    }

    /// Lays in what was read.
    fn lay(&mut self, document: &mut Value) {
        let Value::Object(root) = document else { return };
        for (name, value) in self.fresh.drain(..) {
            let files = root.entry(FILES).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(files) = files {
                files.insert(name, value);
            }
        }
    }

    /// Notes a document under its name, with everything in it that has a name of its own.
    fn settle(&mut self, name: &str, pointer: &str, document: &Value) {
        self.homes.insert(name.to_owned(), pointer.to_owned());
        self.bases.insert(pointer.to_owned(), name.to_owned());
        if self.identified {
            self.identify(name, pointer, document, false);
        }
    }

    /// Parts with names. Data that looks like a schema may be taken for one, where nothing tells: a
    /// name that nobody uses does no harm. `names`: whether members are what an author named.
    fn identify(&mut self, base: &str, pointer: &str, value: &Value, names: bool) {
        match value {
            Value::Object(map) => {
                let text = |key: &str| map.get(key).and_then(Value::as_str);
                let mut base = base.to_owned();
                if let Some(id) = text("$id") {
                    base = joined(&base, parted(id).0);
                    self.homes.entry(base.clone()).or_insert_with(|| pointer.to_owned());
                    self.bases.insert(pointer.to_owned(), base.clone());
                }
                for key in ["$anchor", "$dynamicAnchor"] {
                    if let Some(name) = text(key) {
                        let known = self.anchors.entry((base.clone(), name.to_owned()));
                        known.or_insert_with(|| pointer.to_owned());
                    }
                }
                if let Some(name) = text("$dynamicAnchor") {
                    self.dynamic.entry(name.to_owned()).or_default().push(pointer.to_owned());
                }
                for (key, value) in map {
                    let data = ["enum", "const", "example", "examples", "default"];
                    if names || !data.contains(&key.as_str()) {
                        let below = !names && NAMED.contains(&key.as_str());
                        self.identify(&base, &join(pointer, key), value, below);
                    }
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    self.identify(base, &join(pointer, &index.to_string()), value, false);
                }
            }
            _ => {}
        }
    }

    /// Makes a reference lead to a place of the whole document.
    fn meet(&mut self, role: Role, at: &str, map: &mut Map<String, Value>) {
        if role == Role::Schema && self.identified {
            self.dynamic_reference(at, map);
        }
        let Some(Value::String(reference)) = map.get_mut("$ref") else { return };
        let base = self.base(at).to_owned();
        let local = reference.starts_with("#/") || reference == "#";
        // Authors who give a schema an `$id` go on to write of the document's components.
        if local && (base == self.base("") || reference.starts_with("#/components/")) {
            return;
        }
        if !self.led.insert(at.to_owned()) {
            return;
        }
        match self.target(&base, reference) {
            Ok(pointer) => *reference = fragment(&pointer),
            Err(what) => {
                if self.problems.len() < PROBLEMS {
                    self.problems.push(Problem { pointer: at.to_owned(), what });
                }
            }
        }
    }

    /// `$dynamicRef`, where there is no choice of what it may lead to: then it is a `$ref`.
    fn dynamic_reference(&mut self, at: &str, map: &mut Map<String, Value>) {
        let Some(Value::String(reference)) = map.get("$dynamicRef") else { return };
        let base = self.base(at).to_owned();
        let Ok(pointer) = self.target(&base, reference) else { return };
        let name = parted(reference).1;
        let places = self.dynamic.get(name).map(Vec::as_slice).unwrap_or_default();
        // What is no dynamic anchor at first is an ordinary one (core, section 8.2.3.2).
        let plain = name.starts_with('/') || !places.contains(&pointer) || places.len() == 1;
        if plain && !map.contains_key("$ref") {
            map.shift_remove("$dynamicRef");
            map.insert("$ref".to_owned(), Value::from(fragment(&pointer)));
            self.led.insert(at.to_owned());
        }
    }

    /// What references at a place are relative to: the name of the nearest part above that has one.
    fn base(&self, at: &str) -> &str {
        let mut here = at;
        loop {
            if let Some(base) = self.bases.get(here) {
                return base;
            }
            match here.rfind('/') {
                Some(end) => here = &here[..end],
                None => return self.bases.get("").map_or("", String::as_str),
            }
        }
    }

    /// Where a reference leads, in the whole document.
    fn target(&mut self, base: &str, reference: &str) -> Result<String, String> {
        let (document, part) = parted(reference);
        let name = joined(base, document);
        let home = self.home(&name).map_err(|why| {
            format!("`$ref: {}` leads to another document: {why}", shortened(reference))
        })?;
        let part = crate::exchange::percent_decoded(part);
        if part.is_empty() {
            return Ok(home);
        }
        if part.starts_with('/') {
            return Ok(format!("{home}{part}"));
        }
        let known = self.anchors.get(&(name, part));
        known.cloned().ok_or_else(|| {
            format!("`$ref: {}` names an anchor that is nowhere", shortened(reference))
        })
    }

    fn home(&mut self, name: &str) -> Result<String, String> {
        if let Some(home) = self.homes.get(name) {
            return Ok(home.clone());
        }
        if let Some(why) = self.refused.get(name) {
            return Err(why.clone());
        }
        match self.read(name) {
            Ok(value) => {
                let pointer = join(&join("", FILES), name);
                self.settle(name, &pointer, &value);
                self.fresh.push((name.to_owned(), value));
                Ok(pointer)
            }
            Err(why) => {
                self.refused.insert(name.to_owned(), why.clone());
                Err(why)
            }
        }
    }

    fn read(&mut self, name: &str) -> Result<Value, String> {
        if self.had.len() >= MOST {
            return Err(format!("more than {MOST} files"));
        }
        let bytes = (self.files)(name)?;
        let size: usize = self.had.iter().map(|(_, bytes)| bytes.len()).sum();
        if size + bytes.len() > text::SIZE_LIMIT {
            return Err(format!("all files together have more than {} bytes", text::SIZE_LIMIT));
        }
        let value = text::value(name, &bytes).map_err(|error| error.to_string())?;
        self.had.push((name.to_owned(), bytes));
        Ok(value)
    }
}
