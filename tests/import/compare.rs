//! Facts that a careful reader wrote down, against an imported document.

use super::{body, object, resolved};
use regex::Regex;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testimony::page::Import;

/// What was compared, what differed, and which facts no comparison knows.
#[derive(Default)]
pub struct Tally {
    pub compared: usize,
    pub faults: Vec<String>,
    pub uncovered: BTreeSet<String>,
}

impl Tally {
    pub fn same(&mut self, place: &str, expected: &Value, found: &Value) {
        self.holds(expected == found, || format!("{place}: expected {expected}, found {found}"));
    }

    pub fn holds(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        self.compared += 1;
        if !holds {
            self.faults.push(fault());
        }
    }

    pub fn finish(self, least: usize) {
        println!("{} facts compared; not compared: {:?}", self.compared, self.uncovered);
        assert!(self.faults.is_empty(), "{}", self.faults.join("\n"));
        assert!(self.compared >= least, "only {} facts were compared", self.compared);
    }
}

/// A field of the document, with all that is needed to judge it.
struct Subject<'a> {
    import: &'a Import,
    place: String,
    name: &'a str,
    /// Where flags stand: the property, or the parameter.
    own: &'a Value,
    schema: &'a Value,
    /// The object that holds it.
    holder: Option<&'a Value>,
    in_request: bool,
}

/// Compares a list of parameters.
pub fn parameters(
    tally: &mut Tally,
    place: &str,
    expected: &Value,
    operation: &Value,
    import: &Import,
) {
    let listed = operation["parameters"].as_array().cloned().unwrap_or_default();
    for location in ["path", "query", "header"] {
        let own: Vec<&Value> = listed.iter().filter(|own| own["in"] == location).collect();
        let wanted = expected[location].as_array().cloned().unwrap_or_default();
        let names =
            |list: Vec<&Value>| -> Value { list.iter().map(|own| own["name"].clone()).collect() };
        let place = format!("{place} {location}");
        tally.same(&place, &names(wanted.iter().collect()), &names(own.clone()));
        for (wanted, own) in wanted.iter().zip(own) {
            let name = wanted["name"].as_str().unwrap();
            let place = format!("{place} {name}");
            tally.same(&place, &wanted["required"], &own["required"]);
            tally.holds(!own["x-source"].is_null(), || format!("{place}: no source"));
            let schema = &own["schema"];
            let subject =
                Subject { import, place, name, own, schema, holder: None, in_request: true };
            facts(tally, wanted, &subject);
        }
    }
}

/// Compares the fields of an object.
pub fn fields(
    tally: &mut Tally,
    place: &str,
    expected: &Value,
    schema: &Value,
    import: &Import,
    in_request: bool,
) {
    let schema = resolved(&import.document, schema);
    let names: Vec<&String> = object(expected).keys().collect();
    let found: Vec<&String> = object(&schema["properties"]).keys().collect();
    let all = names.len() == found.len() && names.iter().all(|name| found.contains(name));
    tally.holds(all, || format!("{place}: expected {names:?}, found {found:?}"));
    if !all {
        return;
    }
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, wanted) in object(expected) {
        let place = format!("{place}.{name}");
        let own = &schema["properties"][name];
        tally.holds(!own["x-source"].is_null(), || format!("{place}: no source"));
        if let Some(flag) = wanted["required"].as_bool() {
            let found = required.contains(&Value::from(name.as_str()));
            tally.same(&format!("{place} required"), &Value::from(flag), &Value::from(found));
        }
        let subject =
            Subject { import, place, name, own, schema: own, holder: Some(schema), in_request };
        facts(tally, wanted, &subject);
    }
}

/// Compares what a response promises: all its own fields, by silence.
pub fn response(tally: &mut Tally, place: &str, fields_of: &Value, own: &Value, import: &Import) {
    tally.same(place, &Value::Null, &own["x-no-body-documented"]);
    fields(tally, place, fields_of, body(own), import, false);
    let schema = resolved(&import.document, body(own));
    let required = schema["required"].as_array().map_or(0, Vec::len);
    tally.same(place, &json!(object(fields_of).len()), &json!(required));
    tally.same(place, &json!("derived"), &schema["x-required-source"]["confidence"]);
}

/// A keyword as the page wrote it, loosened or not.
fn written<'a>(schema: &'a Value, keyword: &str) -> &'a Value {
    let kept = &schema["x-contradicted"][keyword];
    if kept.is_null() { &schema[keyword] } else { kept }
}

fn facts(tally: &mut Tally, wanted: &Value, subject: &Subject<'_>) {
    for (fact, expected) in object(wanted) {
        let Subject { schema, own, place, .. } = subject;
        let place = format!("{place} {fact}");
        match fact.as_str() {
            "name" | "required" => {}
            "type" => kind(tally, &place, expected, subject),
            "ref" | "items" => refers(tally, &place, fact, expected, subject),
            "minLength" | "minItems" if expected == 0 => {
                tally.same(&place, &Value::Null, &schema[fact.as_str()]);
            }
            "minLength" | "maxLength" | "minimum" | "multipleOf" | "maxItems" => {
                tally.same(&place, expected, written(schema, fact));
            }
            "maximum" if expected.is_object() => {
                let use_known = &wanted["effective_for_root_volume"]["maximum"];
                tally.same(&place, use_known, &schema["maximum"]);
            }
            "maximum" => tally.same(&place, expected, &schema["maximum"]),
            "effective_for_root_volume" => {
                for (key, value) in object(expected) {
                    tally.same(&place, value, &schema[key]);
                }
            }
            "enum" => tally.same(&place, expected, written(schema, "enum")),
            "default" if expected == "empty" => tally.same(&place, &json!([]), &schema["default"]),
            "default" => tally.same(&place, expected, &schema["default"]),
            "unit" => {
                let unit = if expected == "percent" { json!("%") } else { expected.clone() };
                tally.same(&place, &unit, &schema["x-unit"]);
            }
            "reserved" => tally.same(&place, expected, &own["x-reserved"]),
            "internal" => tally.same(&place, expected, &own["x-internal"]),
            "unique_by" => tally.same(&place, expected, &schema["x-unique-by"]),
            "forbids_prefix" => tally.same(&place, expected, &schema["x-forbidden-prefixes"]),
            "match" => tally.same(&place, expected, &schema["x-match"]),
            "wire_serialisation" => tally.same(&place, &json!("indexed"), &own["x-style"]),
            "nullable_in_example" => {
                tally.same(&place, &json!(["string", "null"]), &schema["type"]);
            }
            "default_meaning" => {
                let found = schema["x-default-meaning"].as_str().unwrap_or_default();
                tally.holds(found.contains(expected.as_str().unwrap()), || place.clone());
            }
            "empty_means" | "empty_or_0_means" => {
                tally.holds(schema["x-empty-means"].is_string(), || place.clone());
            }
            "constraints_lost_on_page" | "description_truncated" => {
                let quoted = format!("`{}`", subject.name);
                let told = subject.import.losses.iter().any(|loss| loss.reason.contains(&quoted));
                tally.holds(told, || format!("{place}: no loss is told"));
            }
            "required_if" => conditional(tally, &place, expected, subject),
            "exclusive_with" => {
                let names = json!([subject.name]);
                let all = subject.holder.unwrap()["not"]["required"].as_array().cloned();
                let all = all.unwrap_or_default();
                let both = names.as_array().unwrap().iter().chain(expected.as_array().unwrap());
                tally.holds(both.into_iter().all(|name| all.contains(name)), || place.clone());
            }
            "charset" | "charset_stated" | "starts_with" | "forbids" | "format" => {
                characters(tally, &place, fact, expected, schema);
            }
            other => drop(tally.uncovered.insert(other.to_owned())),
        }
    }
}

fn kind(tally: &mut Tally, place: &str, expected: &Value, subject: &Subject<'_>) {
    // Some readers keep the page's own words.
    let word = expected.as_str().unwrap().to_lowercase();
    let schema = resolved(&subject.import.document, subject.schema);
    let word = match word.as_str() {
        word if word.starts_with("array") => "array",
        word if word.ends_with("object") => "object",
        word => word,
    };
    tally.same(place, &json!(word), written(schema, "type"));
}

fn refers(tally: &mut Tally, place: &str, fact: &str, expected: &Value, subject: &Subject<'_>) {
    let inner = if fact == "items" { &subject.schema["items"] } else { subject.schema };
    let name = expected.as_str().unwrap();
    if ["string", "integer", "boolean"].contains(&name) {
        return tally.same(place, expected, &inner["type"]);
    }
    let inner = inner["anyOf"].get(0).unwrap_or(inner);
    let reference = inner["$ref"].as_str().unwrap_or_default();
    let component = reference.rsplit('/').next().unwrap_or_default();
    tally.holds(component.starts_with(name), || format!("{place}: refers to `{component}`"));
}

/// A field mandatory under a condition: bound in requests, never in responses.
fn conditional(tally: &mut Tally, place: &str, expected: &Value, subject: &Subject<'_>) {
    let holder = subject.holder.unwrap();
    if !subject.in_request {
        return tally.same(place, &Value::Null, &holder["if"]);
    }
    for (field, value) in object(expected) {
        tally.same(place, value, &holder["if"]["properties"][field]["const"]);
        let then = holder["then"]["required"].as_array().cloned().unwrap_or_default();
        tally.holds(then.contains(&json!(subject.name)), || place.to_owned());
    }
}

/// Judges a pattern by what it takes and refuses.
fn characters(tally: &mut Tally, place: &str, fact: &str, expected: &Value, schema: &Value) {
    let as_written = written(schema, "pattern").as_str().unwrap_or_default();
    let live = schema["pattern"].as_str().unwrap_or_default();
    let takes = |pattern: &str, text: &str| Regex::new(pattern).unwrap().is_match(text);
    tally.holds(!as_written.is_empty(), || format!("{place}: no pattern"));
    let mut judge = |pattern: &str, text: &str, wanted: bool| {
        tally.holds(takes(pattern, text) == wanted, || {
            format!("{place}: {pattern} on {text:?} is not {wanted}")
        });
    };
    match fact {
        "charset" | "charset_stated" => {
            let words = expected.as_str().unwrap();
            let mut text = "aZ".to_owned();
            text.extend(words.contains("digits").then_some('7'));
            text.extend(words.contains("unicode").then_some('é'));
            text.extend(words.contains("space").then_some(' '));
            text.extend(words.split(' ').filter(|word| word.len() == 1).flat_map(str::chars));
            text.push('z');
            judge(as_written, &text, true);
            for bad in ["a!", "a\u{7}b", "a*b"] {
                judge(as_written, bad, false);
            }
        }
        "starts_with" => {
            judge(as_written, "abc", true);
            judge(as_written, "1bc", false);
        }
        "format" => {
            judge(live, "bucket:file", true);
            judge(live, "bucket", false);
        }
        _ => {
            for word in expected.as_array().unwrap() {
                let text = match word.as_str().unwrap() {
                    "space" => "a b",
                    "leading space" => " ab",
                    "trailing space" => "ab ",
                    "CR" => "a\rb",
                    sign => &format!("a{sign}b"),
                };
                judge(as_written, text, false);
            }
        }
    }
}
