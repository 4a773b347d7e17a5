//! A documentation page from anybody: refused, or a document that loads whole, in which every promise names a
//! line that the page has, and that is read back as nobody's edit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use testimony::page::{ImportOptions, Page, import};
use testimony::revision::{Standing, seal};
use testimony::spec::Spec;

fuzz_target!(|bytes: &[u8]| {
    let page = Page { name: "page".to_owned(), bytes: bytes.to_vec() };
    let Ok(found) = import(&[page], &ImportOptions::default()) else { return };
    let lines = String::from_utf8_lossy(bytes).lines().count().max(1) as u64;
    assert!(found.losses.iter().all(|loss| (1..=lines).contains(&u64::from(loss.line))));
    sourced(&found.document, lines);
    let mut document = found.document;
    seal(&mut document);
    let text = document.to_string();
    let again: Value = serde_json::from_str(&text).expect("our own document");
    assert_eq!(Standing::read(&again), Standing::Imported(Vec::new()));
    let spec = Spec::load("page", text.as_bytes()).expect("our own spec");
    assert!(spec.problems.is_empty(), "{:?}", spec.problems.first());
});

/// Every source has a line of the page, a family or a flag; operations, parameters and responses have one.
fn sourced(document: &Value, lines: u64) {
    let one = |source: &Value| {
        let line = source["line"].as_u64().is_some_and(|line| (1..=lines).contains(&line));
        assert!(line || source["family"].is_string() || source["flag"].is_string(), "{source}");
    };
    let mut open = vec![document];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                match members.get("x-source") {
                    Some(Value::Array(list)) if !list.is_empty() => list.iter().for_each(one),
                    Some(source) => one(source),
                    None => {
                        assert!(!members.contains_key("operationId") && !members.contains_key("in"))
                    }
                }
                let below = members.iter().filter(|(key, _)| {
                    !["x-source", "example", "examples", "default", "enum", "properties"]
                        .contains(&key.as_str())
                });
                open.extend(below.map(|(_, value)| value));
                if let Some(Value::Object(fields)) = members.get("properties") {
                    open.extend(fields.values());
                }
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}
