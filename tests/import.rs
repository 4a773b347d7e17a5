//! Importing pages: real pages against what a careful reader finds on them, invented pages in every
//! layout against one another, hostile pages, and the command with its committed results.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(clippy::print_stdout, reason = "what is skipped or not compared is said")]
#![allow(clippy::format_push_string, reason = "pages are put together once, and readably")]
#![allow(clippy::format_collect, reason = "pages are put together once, and readably")]

#[path = "import/astray.rs"]
mod astray;
#[path = "import/command.rs"]
mod command;
#[path = "import/compare.rs"]
mod compare;
#[path = "import/depot.rs"]
mod depot;
#[path = "import/folder.rs"]
mod folder;
#[path = "import/fuzz.rs"]
mod fuzz;
#[path = "import/hostile.rs"]
mod hostile;
#[path = "import/layouts.rs"]
mod layouts;
#[path = "import/lint.rs"]
mod lint;
#[path = "import/pages.rs"]
mod pages;
#[path = "import/phrases.rs"]
mod phrases;
#[path = "import/reimport.rs"]
mod reimport;
#[path = "import/score.rs"]
mod score;
#[path = "import/seeds.rs"]
mod seeds;
mod support;
#[path = "import/wordings.rs"]
mod wordings;

use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use testimony::page::{Import, ImportOptions, Page, import};

/// A folder of the reference material; says so where it is missing.
fn reference(folder: &str) -> Option<PathBuf> {
    let found = support::shared().map(|shared| shared.join(folder)).filter(|found| found.is_dir());
    if found.is_none() {
        println!("skipped: the reference pages in `{folder}` are not here");
    }
    found
}

fn page(name: &str, text: impl Into<Vec<u8>>) -> Page {
    Page { name: name.to_owned(), bytes: text.into() }
}

fn read(folder: &Path, name: &str) -> Page {
    page(name, std::fs::read(folder.join(name)).unwrap())
}

fn imported(pages: &[Page]) -> Import {
    import(pages, &ImportOptions::default()).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("no object: {value}"))
}

/// The document's only operation: method, path, operation.
fn operation(document: &Value) -> (&str, &str, &Value) {
    let (path, item) = object(&document["paths"]).iter().next().unwrap();
    let (method, operation) = object(item).iter().next().unwrap();
    (method, path, operation)
}

/// The schema of a JSON body.
fn body(message: &Value) -> &Value {
    &message["content"]["application/json"]["schema"]
}

/// A schema with `$ref` followed.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let schema = schema["anyOf"].get(0).unwrap_or(schema);
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}
