//! One invented operation in every layout: each gives the same promises.

use super::depot::{LAYOUTS, Layout, shelf};
use super::{body, imported, operation, page};
use serde_json::{Value, json};
use testimony::page::{ImportOptions, Setting, Text, import};

/// A document without lines, pages and what only some layouts can tell.
fn promises(mut document: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|key, _| !key.ends_with("source") && key != "info");
                members.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut document);
    document
}

#[test]
fn every_layout_gives_the_same_promises() {
    let expected = imported(&[page("shelf.txt", shelf(Layout::Lines))]);
    assert!(expected.losses.is_empty(), "{:?}", expected.losses);
    for layout in LAYOUTS {
        let found = imported(&[page("shelf.txt", shelf(layout))]);
        assert!(found.losses.is_empty(), "{layout:?}: {:?}", found.losses);
        let (mut expected, mut found) =
            (promises(expected.document.clone()), promises(found.document));
        if layout == Layout::CellLines {
            // This layout has lost its headings, and with them the title and the error's table.
            for document in [&mut expected, &mut found] {
                let operation = &mut document["paths"]["/v3/{site}/shelves"]["post"];
                operation["summary"] = Value::Null;
                operation["responses"]["409"] = Value::Null;
            }
        }
        if found != expected {
            let text = |value: &Value| serde_json::to_string_pretty(value).unwrap();
            panic!("{layout:?}\nexpected {}\nfound {}", text(&expected), text(&found));
        }
    }
}

#[test]
fn the_promises_are_those_of_the_page() {
    let import = imported(&[page("shelf.txt", shelf(Layout::Lines))]);
    let (method, path, operation) = operation(&import.document);
    assert_eq!((method, path), ("post", "/v3/{site}/shelves"));
    assert_eq!(operation["operationId"], "postV3SiteShelves");
    assert_eq!(operation["summary"], "Putting Up a Shelf");
    let schema = body(&operation["requestBody"]);
    assert_eq!(schema["required"], json!(["name", "kind"]));
    assert_eq!(schema["allOf"].as_array().map(Vec::len), Some(2));
    assert_eq!(schema["allOf"][0]["if"]["properties"]["kind"]["const"], "wet");
    assert_eq!(schema["allOf"][0]["then"]["required"], json!(["drain"]));
    assert_eq!(schema["allOf"][1]["not"]["required"], json!(["labels", "note"]));
    let own = |name: &str| {
        let mut own = schema["properties"][name].clone();
        own.as_object_mut().unwrap().retain(|key, _| key != "description" && key != "x-source");
        own
    };
    assert_eq!(
        own("load"),
        json!({"type": "integer", "minimum": 5, "maximum": 500, "multipleOf": 5, "default": 50, "x-unit": "MB"})
    );
    assert_eq!(
        own("name"),
        json!({"type": "string", "minLength": 1, "maxLength": 30, "pattern": "^[A-Za-z0-9-]*$"})
    );
    assert_eq!(own("note"), json!({"type": "string", "x-forbidden-prefixes": ["draft:", "tmp:"]}));
    assert_eq!(own("kind"), json!({"type": "string", "enum": ["dry", "wet"], "default": "dry"}));
    assert_eq!(own("labels")["maxItems"], 8);
    assert_eq!(own("heights"), json!({"type": "array", "items": {"type": "integer"}}));
    let answer = body(&operation["responses"]["201"]);
    assert_eq!(answer["required"], json!(["shelf_id", "shelf"]));
    let schemas = &import.document["components"]["schemas"];
    assert_eq!(schemas["Shelf"]["required"], Value::Null);
    assert_eq!(schemas["Label"]["required"], json!(["key"]));
    assert_eq!(schemas["LabelResponse"]["required"], Value::Null);
    assert_eq!(operation["responses"]["500"]["x-no-body-documented"], true);
    assert_eq!(import.document["x-family"], Value::Null);
    assert_eq!(
        operation["x-source"][0],
        json!({"page": "shelf.txt", "line": 9, "confidence": "stated"})
    );
}

#[test]
fn facts_alone_leave_the_words_out() {
    let options = ImportOptions { text: Text::Left, ..ImportOptions::default() };
    let import = import(&[page("shelf.txt", shelf(Layout::Bars))], &options).unwrap();
    let text = import.document.to_string();
    for word in
        ["Site that holds", "Shelf name", "shelf-1", "north-1", "The place is taken", "Putting Up"]
    {
        assert!(!text.contains(word), "{word}");
    }
    assert!(text.contains("\"maxLength\":30"));
}

#[test]
fn the_same_pages_give_the_same_bytes() {
    let pages = [page("shelf.txt", shelf(Layout::Lines))];
    let text = |document: &Value| serde_json::to_string(document).unwrap();
    assert_eq!(text(&imported(&pages).document), text(&imported(&pages).document));
}

/// What an example breaks is loosened that far, kept as written, and told with both lines.
#[test]
fn examples_never_break_their_page() {
    let text = shelf(Layout::Lines)
        .replace("\"shelf-1\"", "\"shelf 1\"")
        .replace(
            "\"load\" : 55\n",
            "\"load\" : 1002,\n  \"open\" : null,\n  \"colour\" : \"red\"\n",
        )
        .replace("\"kind\" : \"wet\"", "\"kind\" : \"damp\"")
        .replace("\"shelf_id\" : \"s-1\",", "");
    let import = imported(&[page("shelf.txt", text)]);
    let (_, _, operation) = operation(&import.document);
    let schema = body(&operation["requestBody"]);
    let own = |name: &str| &schema["properties"][name];
    assert_eq!(own("name")["pattern"], "^[A-Za-z0-9 -]*$");
    assert_eq!(own("name")["x-contradicted"]["pattern"], "^[A-Za-z0-9-]*$");
    assert_eq!(own("load")["maximum"], 1002);
    assert_eq!(own("load")["x-contradicted"]["maximum"], 500);
    assert_eq!(own("load")["multipleOf"], Value::Null);
    assert_eq!(own("load")["x-contradicted"]["multipleOf"], 5);
    assert_eq!(own("open")["type"], json!(["boolean", "null"]));
    assert_eq!(own("kind")["enum"], json!(["dry", "wet", "damp"]));
    assert_eq!(own("kind")["x-contradicted"]["enum"], json!(["dry", "wet"]));
    assert_eq!(own("colour")["x-source"]["confidence"], "derived");
    let answer = body(&operation["responses"]["201"]);
    assert_eq!(answer["required"], json!(["shelf"]));
    assert_eq!(answer["x-contradicted"]["required"], json!(["shelf_id", "shelf"]));
    let kinds: Vec<&str> = import.contradictions.iter().map(|own| own.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "example_breaks_rule").count(), 5, "{kinds:?}");
    assert!(kinds.contains(&"null_for_value") && kinds.contains(&"unlisted_field"));
    assert!(
        import.contradictions.iter().all(|own| own.lines.len() == 2),
        "{:?}",
        import.contradictions
    );
}

#[test]
fn settings_fill_in_what_pages_leave_out() {
    let text = shelf(Layout::Lines).replace("POST /v3/{site}/shelves", "See the address list.");
    let pages = [page("shelf.txt", text.replace("POST /v3/north-1/shelves", ""))];
    let error = import(&pages, &ImportOptions::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "shelf.txt: no HTTP method and path on the page (a line such as `POST /v1/…`)"
    );
    let settings = ["method=PUT", "path=/v4/{site}/shelf", "operationId=PutShelf"];
    let settings = settings.iter().map(|text| Setting::parse(text).unwrap()).collect();
    let options = ImportOptions { settings, ..ImportOptions::default() };
    let import = import(&pages, &options).unwrap();
    let (method, path, operation) = operation(&import.document);
    assert_eq!((method, path), ("put", "/v4/{site}/shelf"));
    assert_eq!(operation["operationId"], "PutShelf");
    let flags = operation["x-source"].as_array().unwrap();
    assert!(flags.contains(&json!({"flag": "--set method"})), "{flags:?}");
}
