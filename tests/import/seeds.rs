//! The five seed pages against the contract, fact by fact and trap by trap.

use super::compare::{Tally, fields, parameters, response};
use super::{body, imported, json, object, operation, read, reference};
use serde_json::{Value, json};
use std::path::Path;

fn judge(tally: &mut Tally, folder: &Path, seed: &str, expected: &Value) {
    let import = imported(&[read(folder, expected["file"].as_str().unwrap())]);
    let document = &import.document;
    let (method, path, operation) = operation(document);
    let wire = &expected["wire"];
    let wanted = |key: &str| expected[key].as_str().or(wire[key].as_str()).unwrap().to_owned();
    tally.same(seed, &json!(wanted("method").to_lowercase()), &json!(method));
    tally.same(seed, &json!(wanted("path")), &json!(path));
    tally.same(seed, &expected["family"], &document["x-family"]);
    if !wire.is_null() {
        tally.same(seed, &expected["operation"], &operation["x-selector"]["value"]);
        tally.same(seed, &json!("x-acs-action"), &operation["x-selector"]["header"]);
        tally.same(seed, &json!("Action"), &operation["x-selector"]["query"]);
        tally.same(seed, &wire["version"], &operation["x-api-version"]["value"]);
        tally.same(seed, &expected["operation"], &operation["operationId"]);
    }
    parameters(tally, seed, &expected["parameters"], operation, &import);
    let schema = body(&operation["requestBody"]);
    tally.same(seed, &json!(expected["body"].is_null()), &json!(schema.is_null()));
    if !schema.is_null() {
        let place = format!("{seed} body");
        fields(tally, &place, &expected["body"]["fields"], schema, &import, true);
        let media = &operation["requestBody"]["content"]["application/json"];
        tally.same(&place, &json!("derived"), &media["x-media-type-source"]["confidence"]);
    }
    for (name, facts) in object(&expected["schemas"]) {
        let schema = &document["components"]["schemas"][name];
        let place = format!("{seed} {name}");
        if facts["from_example"].is_null() {
            // A GET's objects are all in its answers.
            fields(tally, &place, facts, schema, &import, method != "get");
        } else {
            for (name, kind) in object(&facts["from_example"]) {
                tally.same(&place, kind, &schema["properties"][name]["type"]);
                let confidence = &schema["properties"][name]["x-source"]["confidence"];
                tally.same(&place, &json!("derived"), confidence);
            }
        }
    }
    responses(tally, seed, expected, operation, &import);
}

fn responses(
    tally: &mut Tally,
    seed: &str,
    expected: &Value,
    operation: &Value,
    import: &testimony::page::Import,
) {
    let found = object(&operation["responses"]).keys().filter(|code| *code != "default");
    let wanted: Vec<&String> = object(&expected["responses"]).keys().collect();
    tally.same(&format!("{seed} codes"), &json!(wanted), &json!(found.collect::<Vec<_>>()));
    for (code, facts) in object(&expected["responses"]) {
        let place = format!("{seed} {code}");
        let own = &operation["responses"][code];
        tally.holds(!own["x-source"].is_null(), || format!("{place}: no source"));
        if facts["fields"].is_null() {
            tally.same(&place, &json!(true), &own["x-no-body-documented"]);
            let schema = super::resolved(&import.document, body(own));
            tally.same(&place, &expected["family"], &schema["x-source"]["family"]);
            envelope(tally, &place, &expected["error_body_off_page"], schema);
        } else {
            response(tally, &place, &facts["fields"], own, import);
        }
        let shown = !own["content"]["application/json"]["examples"].is_null();
        let on_page = facts["example_on_page"].as_bool().unwrap_or(false);
        tally.same(&place, &json!(on_page), &json!(shown));
    }
    let off_page = &expected["error_body_off_page"];
    if off_page["required"].is_array() {
        let own = &operation["responses"]["default"];
        let schema = super::resolved(&import.document, body(own));
        tally.same(seed, &off_page["required"], &schema["required"]);
        for name in ["usual", "on_denied"].iter().flat_map(|key| off_page[key].as_array().unwrap())
        {
            let property = &schema["properties"][name.as_str().unwrap()];
            tally.holds(property.is_object(), || format!("{seed}: no {name} in the envelope"));
        }
    }
}

fn envelope(tally: &mut Tally, place: &str, expected: &Value, schema: &Value) {
    for (name, inner) in object(&expected["shape"]) {
        for (member, kind) in object(inner) {
            let found = &schema["properties"][name]["properties"][member]["type"];
            tally.same(place, kind, found);
        }
    }
}

#[test]
fn the_seeds_are_read_as_a_careful_reader_reads_them() {
    let Some(folder) = reference("seeds") else { return };
    let contract = json(&folder.join("contract.json"));
    let mut tally = Tally::default();
    for (seed, expected) in object(&contract["seeds"]) {
        judge(&mut tally, &folder, seed, expected);
    }
    tally.finish(740);
}

/// What must be told of each page: the kind, and one of its lines.
const TOLD: &[(&str, &str, u32)] = &[
    ("000", "example_breaks_rule", 128),
    ("000", "example_breaks_rule", 715),
    ("000", "null_for_value", 733),
    ("000", "prose_vs_enum", 212),
    ("000", "one_schema_two_ranges", 324),
    ("000", "wrong_keyword", 322),
    ("000", "reserved_with_default", 280),
    ("003", "example_breaks_rule", 15),
    ("004", "example_breaks_rule", 314),
    ("004", "example_breaks_rule", 520),
    ("004", "example_breaks_rule", 543),
    ("004", "null_word", 234),
    ("004", "prose_vs_enum", 254),
];

/// What must be told as lost.
const LOST: &[(&str, u32)] = &[("001", 43), ("001", 44), ("003", 37), ("003", 44)];

#[test]
fn traps_are_told_and_nothing_else() {
    let Some(folder) = reference("seeds") else { return };
    let contract = json(&folder.join("contract.json"));
    for (seed, expected) in object(&contract["seeds"]) {
        let import = imported(&[read(&folder, expected["file"].as_str().unwrap())]);
        for (_, kind, line) in TOLD.iter().filter(|(own, ..)| own == seed) {
            let told = import
                .contradictions
                .iter()
                .any(|own| own.kind == *kind && own.lines.contains(line));
            assert!(told, "{seed}: no {kind} at line {line} in {:?}", import.contradictions);
        }
        let lost: Vec<u32> = import.losses.iter().map(|loss| loss.line).collect();
        let wanted: Vec<u32> =
            LOST.iter().filter(|(own, _)| own == seed).map(|(_, line)| *line).collect();
        let mut sorted = lost.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, wanted, "{seed}: {:?}", import.losses);
    }
}

/// The three pages of one service in one document: components are shared by what they promise.
#[test]
fn one_service_is_one_document() {
    let Some(folder) = reference("seeds") else { return };
    let contract = json(&folder.join("contract.json"));
    let names = ["000", "001", "004"].map(|seed| contract["seeds"][seed]["file"].as_str().unwrap());
    let import = imported(&names.map(|name| read(&folder, name)));
    let document = &import.document;
    let paths: Vec<&String> = object(&document["paths"]).keys().collect();
    assert_eq!(paths.len(), 2, "{paths:?}");
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["ImageRef"]["required"], json!(["id", "image_type"]));
    assert_eq!(schemas["ImageRefResponse"]["required"], Value::Null);
    let item = &schemas["ImageServer"]["properties"]["image_ref"]["$ref"];
    assert_eq!(item, "#/components/schemas/ImageRefResponse");
    assert_eq!(document["x-gateway-codes"], json!([413, 414, 429, 494, 502, 504]));
    assert_eq!(document["security"].as_array().unwrap().len(), 2);
    assert_eq!(document["info"]["x-pages"].as_array().unwrap().len(), 3);
}
