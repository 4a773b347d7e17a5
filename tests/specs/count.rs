//! Operations of a document as it was written, counted without the product: every method of every
//! path, in any version.

use serde_json::Value;

const METHODS: [&str; 9] =
    ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// `METHOD path` of each operation, sorted.
pub fn operations(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        if path.starts_with("x-") {
            continue;
        }
        let mut items = vec![item];
        while let Some(next) = items.last().and_then(|item| item["$ref"].as_str()) {
            let Some(target) = next.strip_prefix('#').and_then(|at| document.pointer(&decoded(at)))
            else {
                break;
            };
            if items.len() > 16 {
                break;
            }
            items.push(target);
        }
        for method in METHODS {
            if items.iter().any(|item| item[method].is_object()) {
                found.push(format!("{} {path}", method.to_ascii_uppercase()));
            }
        }
    }
    found.sort();
    found
}

fn decoded(fragment: &str) -> String {
    testimony::exchange::percent_decoded(fragment)
}
