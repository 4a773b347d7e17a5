//! Headers that the document promises with a response.

use crate::exchange::Headers;
use crate::spec::{
    Direction, Examples, GenerateError, HeaderPromise, Optional, Promise, Spec, Wish,
};
use serde_json::Value;

/// Adds every header that the document says is there, with its example or a made-up value.
pub(super) fn promised(
    spec: &Spec,
    promise: &Promise,
    seed: u64,
    headers: &mut Headers,
) -> Result<(), GenerateError> {
    for header in promise.headers.iter().filter(|header| header.required) {
        let framing = ["content-length", "transfer-encoding", "connection"];
        if framing.iter().any(|name| header.name.eq_ignore_ascii_case(name)) {
            continue;
        }
        headers.set(&header.name, text(&value(spec, header, seed)?));
    }
    Ok(())
}

fn value(spec: &Spec, header: &HeaderPromise, seed: u64) -> Result<Value, GenerateError> {
    let parameter = &header.parameter;
    let Some(schema) = &parameter.schema else {
        return Ok(parameter.examples.first().cloned().unwrap_or_else(|| Value::from("1")));
    };
    let keeps = |value: &&Value| {
        spec.validate(schema, value, Direction::Response).is_ok_and(|found| found.is_empty())
    };
    if let Some(example) = parameter.examples.iter().find(keeps) {
        return Ok(example.clone());
    }
    let wish = Wish {
        direction: Direction::Response,
        seed,
        optional: Optional::Omitted,
        examples: Examples::First,
    };
    spec.generate(schema, &wish)
}

/// A value in simple style (OpenAPI 3.1, section 4.8.12.2), without what would end the field.
fn text(value: &Value) -> String {
    let text = match value {
        Value::Array(items) => items.iter().map(scalar).collect::<Vec<_>>().join(","),
        Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| format!("{key},{}", scalar(value)));
            pairs.collect::<Vec<_>>().join(",")
        }
        value => scalar(value),
    };
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_in_simple_style() {
        for (value, expected) in [
            (json!("a b"), "a b"),
            (json!(5), "5"),
            (json!(["a", 2, true]), "a,2,true"),
            (json!({"a": 1, "b": "x"}), "a,1,b,x"),
            (json!("x\r\nSet-Cookie: y"), "x  Set-Cookie: y"),
        ] {
            assert_eq!(text(&value), expected);
        }
    }
}
