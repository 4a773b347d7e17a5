//! Importing pages: the five seeds against what a careful reader finds on them, field by field.

mod support;

use serde_json::{Map, Value};
use std::path::Path;
use testimony::page::{Import, ImportOptions, Page, Text, import};

fn pages(folder: &Path, names: &[&str]) -> Vec<Page> {
    let page = |name: &&str| {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        Page { name: (*name).to_owned(), bytes }
    };
    names.iter().map(page).collect()
}

fn imported(folder: &Path, names: &[&str], text: Text) -> Import {
    let options = ImportOptions { text, ..ImportOptions::default() };
    import(&pages(folder, names), &options).unwrap()
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

/// The document's only operation.
fn operation(document: &Value) -> (&str, &str, &Value) {
    let (path, item) = object(&document["paths"]).iter().next().unwrap();
    let (method, operation) = object(item).iter().next().unwrap();
    (method, path, operation)
}

/// A schema with `$ref` followed.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let schema = &schema["anyOf"].get(0).map_or(schema, |first| first);
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// What was compared, what differed, and which facts no comparison knows.
#[derive(Default)]
struct Tally {
    compared: usize,
    faults: Vec<String>,
    uncovered: Vec<String>,
}

impl Tally {
    fn same(&mut self, place: &str, expected: &Value, found: &Value) {
        self.compared += 1;
        if expected != found {
            self.faults.push(format!("{place}: expected {expected}, found {found}"));
        }
    }

    fn holds(&mut self, place: &str, holds: bool) {
        self.compared += 1;
        if !holds {
            self.faults.push(format!("{place}: does not hold"));
        }
    }
}

fn type_is(tally: &mut Tally, document: &Value, place: &str, expected: &Value, schema: &Value) {
    let wanted = &expected["type"];
    let own = resolved(document, schema);
    match &own["type"] {
        // The page's own example sends null there.
        Value::Array(types) => {
            tally.holds(place, types.contains(wanted) && types.len() == 2);
        }
        found => tally.same(&format!("{place} type"), wanted, found),
    }
    for key in ["ref", "items"] {
        let Some(name) = expected[key].as_str() else { continue };
        let inner = if key == "items" { &own["items"] } else { schema };
        if ["string", "integer", "boolean"].contains(&name) {
            tally.same(&format!("{place} items"), &Value::from(name), &inner["type"]);
        } else {
            let inner = inner["anyOf"].get(0).unwrap_or(inner);
            let reference = inner["$ref"].as_str().unwrap_or_default();
            let component = reference.rsplit('/').next().unwrap_or_default();
            tally.holds(&format!("{place} refers to {name}"), component.starts_with(name));
        }
    }
}

fn fields(tally: &mut Tally, document: &Value, place: &str, expected: &Value, schema: &Value) {
    let schema = resolved(document, schema);
    let names: Vec<&String> = object(expected).keys().collect();
    let found: Vec<&String> = object(&schema["properties"]).keys().collect();
    tally.compared += 1;
    if names.iter().any(|name| !found.contains(name)) || names.len() != found.len() {
        tally.faults.push(format!("{place}: expected {names:?}, found {found:?}"));
        return;
    }
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, facts) in object(expected) {
        let place = format!("{place}.{name}");
        let own = &schema["properties"][name];
        tally.holds(&format!("{place} has a source"), own["x-source"] != Value::Null);
        type_is(tally, document, &place, facts, own);
        if let Some(flag) = facts["required"].as_bool() {
            tally.holds(
                &format!("{place} required"),
                required.contains(&Value::from(name.as_str())) == flag,
            );
        }
    }
}

fn parameters(tally: &mut Tally, place: &str, expected: &Value, operation: &Value) {
    let listed = operation["parameters"].as_array().cloned().unwrap_or_default();
    for (location, wanted) in object(expected) {
        let own: Vec<&Value> = listed.iter().filter(|own| own["in"] == location.as_str()).collect();
        let wanted = wanted.as_array().unwrap();
        let names =
            |list: &[&Value]| -> Value { list.iter().map(|own| own["name"].clone()).collect() };
        let place = format!("{place} {location}");
        tally.same(&place, &names(&wanted.iter().collect::<Vec<_>>()), &names(&own));
        for (wanted, own) in wanted.iter().zip(own) {
            let place = format!("{place} {}", wanted["name"]);
            tally.same(&place, &wanted["required"], &own["required"]);
            tally.same(&place, &wanted["type"], &own["schema"]["type"]);
            tally.holds(&format!("{place} has a source"), own["x-source"] != Value::Null);
            if let Some(items) = wanted["items"].as_str() {
                tally.same(&place, &Value::from(items), &own["schema"]["items"]["type"]);
            }
        }
    }
}

fn responses(
    tally: &mut Tally,
    place: &str,
    expected: &Value,
    document: &Value,
    operation: &Value,
) {
    let found: Vec<&String> =
        object(&operation["responses"]).keys().filter(|code| *code != "default").collect();
    let wanted: Vec<&String> = object(&expected["responses"]).keys().collect();
    tally.compared += 1;
    if wanted != found {
        tally.faults.push(format!("{place} codes: expected {wanted:?}, found {found:?}"));
    }
    for (code, facts) in object(&expected["responses"]) {
        let place = format!("{place} {code}");
        let own = &operation["responses"][code];
        tally.holds(&format!("{place} has a source"), own["x-source"] != Value::Null);
        let schema = &own["content"]["application/json"]["schema"];
        if facts["fields"].is_null() {
            tally.same(&place, &Value::from(true), &own["x-no-body-documented"]);
            tally.holds(&place, schema["$ref"].is_string());
            continue;
        }
        tally.same(&place, &Value::Null, &own["x-no-body-documented"]);
        fields(tally, document, &place, &facts["fields"], schema);
        let required = schema["required"].as_array().map_or(0, Vec::len);
        tally.same(&place, &Value::from(object(&facts["fields"]).len()), &Value::from(required));
        let confidence = &schema["x-required-source"]["confidence"];
        tally.same(&place, &Value::from("derived"), confidence);
    }
}

fn judge(tally: &mut Tally, folder: &Path, seed: &str, expected: &Value) {
    let file = expected["file"].as_str().unwrap();
    let import = imported(folder, &[file], Text::Kept);
    let document = &import.document;
    let (method, path, operation) = operation(document);
    let wire = &expected["wire"];
    let wanted = |key: &str| expected[key].as_str().or(wire[key].as_str()).unwrap().to_owned();
    tally.same(seed, &Value::from(wanted("method").to_lowercase()), &Value::from(method));
    tally.same(seed, &Value::from(wanted("path")), &Value::from(path));
    tally.same(seed, &expected["family"], &document["x-family"]);
    parameters(tally, seed, &expected["parameters"], operation);
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    tally.same(seed, &Value::from(expected["body"].is_null()), &Value::from(body.is_null()));
    if !body.is_null() {
        fields(tally, document, &format!("{seed} body"), &expected["body"]["fields"], body);
    }
    for (name, facts) in object(&expected["schemas"]) {
        if facts["from_example"].is_null() {
            let schema = &document["components"]["schemas"][name];
            fields(tally, document, &format!("{seed} {name}"), facts, schema);
        }
    }
    responses(tally, seed, expected, document, operation);
}

#[test]
fn the_seeds_are_read_as_a_careful_reader_reads_them() {
    let Some(folder) = support::shared().map(|shared| shared.join("seeds")) else {
        println!("skipped: the seed pages are not here");
        return;
    };
    let contract = std::fs::read(folder.join("contract.json")).unwrap();
    let contract: Value = serde_json::from_slice(&contract).unwrap();
    let mut tally = Tally::default();
    for (seed, expected) in object(&contract["seeds"]) {
        judge(&mut tally, &folder, seed, expected);
    }
    println!("{} facts compared; not compared: {:?}", tally.compared, tally.uncovered);
    assert!(tally.compared > 300, "only {} facts were compared", tally.compared);
    assert!(tally.faults.is_empty(), "{}", tally.faults.join("\n"));
}
