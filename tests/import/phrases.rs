//! Rules as pages word them, one field each: what must be lifted, and what must not.

use super::{body, imported, operation, page};
use serde_json::{Value, json};

/// The schema of a field of this type and description, without what every field has.
pub(super) fn lifted(kind: &str, text: &str) -> Value {
    let row = format!("|a|No|{kind}|{text}|");
    let page_text = format!(
        "# Putting up\n\n## URI\n\nPOST /v1/depots\n\n## Request Parameters\n\n\
         |Parameter|Mandatory|Type|Description|\n|---|---|---|---|\n{row}\n\n## Status Codes\n\n200\n"
    );
    let import = imported(&[page("depot.md", page_text)]);
    let (_, _, operation) = operation(&import.document);
    let mut schema = body(&operation["requestBody"])["properties"]["a"].clone();
    let members = schema.as_object_mut().unwrap_or_else(|| panic!("no field: {kind}, {text}"));
    members.retain(|key, _| key != "description" && key != "x-source" && key != "type");
    schema
}

#[test]
fn rules_are_lifted_from_prose() {
    for (kind, text, expected) in [
        ("String", "Name, 1 to 64 characters.", json!({"minLength": 1, "maxLength": 64})),
        ("String", "It contains a maximum of 1,024 characters.", json!({"maxLength": 1024})),
        ("String", "It must not be longer than 20 characters.", json!({"maxLength": 20})),
        ("String", "Note.<br>Minimum: 2<br>Maximum: 9", json!({"minLength": 2, "maxLength": 9})),
        (
            "String",
            "Note.<br>Minimum length: 2<br>Maximum length: 9",
            json!({"minLength": 2, "maxLength": 9}),
        ),
        ("String", "长度为2~128个字符。", json!({"minLength": 2, "maxLength": 128})),
        ("String", "名称，长度不得超过 30 个字符。", json!({"maxLength": 30})),
        ("Integer", "Size.<br>Minimum: 2<br>Maximum: 9", json!({"minimum": 2, "maximum": 9})),
        ("Integer", "The value ranges from 0 to 65,535.", json!({"minimum": 0, "maximum": 65535})),
        ("Integer", "The value is an integer from 1 to 10.", json!({"minimum": 1, "maximum": 10})),
        (
            "Integer",
            "Value range: 40 GB to 2048 GB",
            json!({"minimum": 40, "maximum": 2048, "x-unit": "GB"}),
        ),
        (
            "Integer",
            "Page size. Maximum value: 50.<br>Default value: 10.",
            json!({"maximum": 50, "default": 10}),
        ),
        (
            "Boolean",
            "Whether it is open. The default value is **false**.",
            json!({"default": false}),
        ),
        (
            "String",
            "Kind. Enumeration values:<ul><li>dry</li><li>wet</li></ul>",
            json!({"enum": ["dry", "wet"]}),
        ),
        ("String", "The value can be **dry** or **wet**.", json!({"enum": ["dry", "wet"]})),
        ("String", "Kind. Value options: dry, wet, damp", json!({"enum": ["dry", "wet", "damp"]})),
        (
            "String",
            "Way. Options:<ul><li>**IN**: inwards (default value)</li><li>**OUT**: outwards</li></ul>",
            json!({"enum": ["IN", "OUT"], "default": "IN"}),
        ),
        ("String", "Old name. This field is deprecated.", json!({"deprecated": true})),
    ] {
        assert_eq!(lifted(kind, text), expected, "{kind}: {text}");
    }
    for (kind, text, expected) in [
        (
            "Array of strings",
            "Names.<br>Array length: 1 - 20",
            json!({"minItems": 1, "maxItems": 20}),
        ),
        ("Array of strings", "A maximum of 8 names are allowed.", json!({"maxItems": 8})),
    ] {
        let mut found = lifted(kind, text);
        found.as_object_mut().unwrap().remove("items");
        assert_eq!(found, expected, "{kind}: {text}");
    }
}

#[test]
fn what_only_looks_like_a_rule_is_none() {
    for (kind, text) in [
        ("String", "The ID, for example, 10 to 20."),
        ("String", "For details, see Table 3."),
        ("Integer", "Time in milliseconds since 1970."),
        ("String", "You can create a maximum of 100 depots at a time."),
        ("String", "Note: the depot is closed from 10 to 12."),
    ] {
        let mut found = lifted(kind, text);
        found.as_object_mut().unwrap().remove("x-unit");
        assert_eq!(found, json!({}), "{kind}: {text}");
    }
}

/// Types as pages write them.
#[test]
fn types_are_read_in_every_spelling() {
    for (kind, expected) in [
        ("String", json!("string")),
        ("string(36)", json!("string")),
        ("Integer (int32)", json!("integer")),
        ("Long", json!("integer")),
        ("Float", json!("number")),
        ("bool", json!("boolean")),
        ("Array of strings", json!("array")),
        ("List&lt;String&gt;", json!("array")),
        ("String[]", json!("array")),
        ("label array", json!("array")),
        ("Array of Label", json!("array")),
        ("Array of objects", json!("array")),
        ("Map&lt;String,String&gt;", json!("object")),
        ("dict data structure", json!("object")),
        ("Datetime", json!("string")),
    ] {
        let text = format!(
            "# Putting up\n\n## URI\n\nPOST /v1/depots\n\n## Request Parameters\n\n\
             |Parameter|Type|Mandatory|Description|\n|---|---|---|---|\n|a|{kind}|Yes|x|\n"
        );
        let import = imported(&[page("depot.md", text)]);
        let (_, _, operation) = operation(&import.document);
        let schema = body(&operation["requestBody"]);
        assert_eq!(schema["properties"]["a"]["type"], expected, "{kind}");
        assert_eq!(schema["required"], json!(["a"]));
    }
}
