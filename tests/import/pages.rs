//! Real and synthetic pages in other text layouts, against their expected figures and facts.

use super::compare::{Tally, fields, parameters, response};
use super::{body, imported, json, object, operation, read, reference};
use serde_json::{Value, json};
use testimony::page::Import;

fn figures(tally: &mut Tally, file: &str, expected: &Value, import: &Import) {
    let (method, path, operation) = operation(&import.document);
    for (key, found) in [("method", method.to_uppercase()), ("path", path.to_owned())] {
        if expected[key].is_string() {
            tally.same(&format!("{file} {key}"), &expected[key], &json!(found));
        }
    }
    let listed = operation["parameters"].as_array().cloned().unwrap_or_default();
    for place in ["path", "query", "header"] {
        let count = listed.iter().filter(|own| own["in"] == place).count();
        let key = format!("n_{place}");
        tally.same(&format!("{file} {key}"), &expected[key.as_str()], &json!(count));
    }
    let schema = body(&operation["requestBody"]);
    let top = schema["properties"].as_object().map_or(0, serde_json::Map::len);
    tally.same(&format!("{file} n_body_top"), &expected["n_body_top"], &json!(top));
    let codes = object(&operation["responses"]).keys().filter_map(|code| code.parse::<u16>().ok());
    let mut codes: Vec<u16> = codes.collect();
    codes.sort_unstable();
    let mut wanted: Vec<u16> =
        serde_json::from_value(expected["documented_codes"].clone()).unwrap();
    wanted.extend(expected["success_code"].as_u64().map(|code| u16::try_from(code).unwrap()));
    wanted.sort_unstable();
    wanted.dedup();
    tally.same(&format!("{file} codes"), &json!(wanted), &json!(codes));
    let required = expected["required_body_or_query"].as_array().cloned().unwrap_or_default();
    let flagged = listed.iter().filter(|own| own["in"] == "query" && own["required"] == true);
    let mut found: Vec<Value> = flagged.map(|own| own["name"].clone()).collect();
    found.extend(schema["required"].as_array().cloned().unwrap_or_default());
    if expected["required_body_or_query"].is_array() {
        tally.same(&format!("{file} required"), &json!(required), &json!(found));
    }
    if let (Some(wanted), Some(code)) =
        (expected["response_top_fields"].as_array(), expected["success_code"].as_u64())
    {
        let properties = &body(&operation["responses"][code.to_string()])["properties"];
        let found: Vec<&String> = object(properties).keys().collect();
        tally.same(&format!("{file} response"), &json!(wanted), &json!(found));
    }
}

/// Facts that a lossy layout cannot have, by the page's own account.
fn without_lost(facts: &Value, lossy: &[Value]) -> Value {
    let bullets =
        lossy.iter().any(|loss| loss.as_str().is_some_and(|loss| loss.contains("bulleted")));
    let mut facts = facts.clone();
    if bullets {
        for own in facts.as_object_mut().unwrap().values_mut() {
            let own = own.as_object_mut().unwrap();
            let lost: &[&str] = if own.contains_key("charset") {
                &["charset", "minLength", "maxLength"]
            } else {
                &["enum"]
            };
            own.retain(|key, _| !lost.contains(&key.as_str()));
        }
    }
    facts
}

fn facts(tally: &mut Tally, file: &str, page: &Value, import: &Import) {
    let full = &page["expected"]["full"];
    let lossy = page["lossy"].as_array().cloned().unwrap_or_default();
    let (_, _, operation) = operation(&import.document);
    parameters(tally, file, &full["parameters"], operation, import);
    let mut wanted = without_lost(&full["body"], &lossy);
    if page["shape"] == "lines-definition-blocks" {
        // The page's text has no word on characters.
        wanted["name"].as_object_mut().unwrap().remove("charset");
    }
    fields(tally, file, &wanted, body(&operation["requestBody"]), import, true);
    for (name, wanted) in object(&full["schemas"]) {
        let schema = &import.document["components"]["schemas"][name];
        if schema["x-source"]["confidence"] == "derived" {
            continue;
        }
        let mut wanted = wanted.clone();
        // An announced list that does not follow is told as a loss, and is no fact of the page.
        let gone = import.losses.iter().any(|loss| loss.reason.contains("`tier` announces"));
        if let Some(tier) = wanted.get_mut("tier").filter(|_| gone).and_then(Value::as_object_mut) {
            tier.remove("enum");
        }
        // `Depot` is an answer's object alone: its fields are promised by no one.
        let in_request = wanted.as_object().unwrap().values().any(|own| !own["required"].is_null());
        fields(tally, &format!("{file} {name}"), &wanted, schema, import, in_request);
    }
    for (code, wanted) in object(&full["responses"]) {
        let own = &operation["responses"][code];
        if lossy.contains(&json!("error bodies not described")) && code.starts_with(['4', '5']) {
            tally.same(&format!("{file} {code}"), &json!(true), &own["x-no-body-documented"]);
        } else {
            response(tally, &format!("{file} {code}"), wanted, own, import);
        }
    }
}

#[test]
fn other_layouts_are_read_alike() {
    let Some(folder) = reference("pages") else { return };
    let expected = json(&folder.join("expected.json"));
    let mut tally = Tally::default();
    for page in expected["pages"].as_array().unwrap() {
        let file = page["file"].as_str().unwrap();
        let import = imported(&[read(&folder, file)]);
        figures(&mut tally, file, &page["expected"], &import);
        if page["expected"]["full"].is_object() {
            facts(&mut tally, file, page, &import);
        }
    }
    tally.finish(620);
}
