//! Error bodies that say what was wrong: message and code are written into the fields of whatever
//! envelope is documented, as far as its schema lets them.

use crate::exchange::pointer_token;
use serde_json::Value;

/// Deepest nesting at which fields are looked for.
const DEPTH: usize = 6;
/// Most fields that are looked at.
const FIELDS: usize = 200;
/// Lengths that a message is cut to where the schema does not take it whole.
const CUTS: [usize; 3] = [255, 64, 32];

/// What a field of an error envelope is for.
#[derive(Clone, Copy)]
enum Role {
    Message,
    Code,
    Status,
}

impl Role {
    /// Reads the role from a field's name, whatever its spelling (`error_msg`, `errorMsg`).
    fn of(name: &str) -> Option<Self> {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        let name: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
        match name.as_str() {
            "message" | "msg" | "errormsg" | "errormessage" | "detail" | "errordescription" => {
                Some(Self::Message)
            }
            "code" | "errorcode" => Some(Self::Code),
            "status" | "statuscode" | "httpstatus" => Some(Self::Status),
            _ => None,
        }
    }

    /// What may stand in a field of this role, best first, in the type that stands there now.
    fn values(self, now: &Value, code: u16, message: &str) -> Vec<Value> {
        match (self, now) {
            (Self::Message, Value::String(_)) => {
                let cuts = CUTS.iter().map(|length| message.chars().take(*length).collect());
                std::iter::once(message.to_owned()).chain(cuts).map(Value::from).collect()
            }
            (Self::Code, Value::String(_)) => {
                vec![Value::from(format!("Mock.{code}")), Value::from(code.to_string())]
            }
            (Self::Status, Value::String(_)) => vec![Value::from(code.to_string())],
            (Self::Code | Self::Status, Value::Number(_)) => vec![Value::from(code)],
            _ => Vec::new(),
        }
    }
}

/// The body with message and code in it. `keeps` tells whether a body still keeps its schema: what
/// it does not take is left as it was.
pub(super) fn fill(body: Value, code: u16, message: &str, keeps: impl Fn(&Value) -> bool) -> Value {
    if body.is_string() {
        let told = Value::from(message);
        return if keeps(&told) { told } else { body };
    }
    let mut places = Vec::new();
    let mut looks = FIELDS;
    find(&body, String::new(), DEPTH, &mut looks, &mut places);
    let mut filled = body;
    for (pointer, role) in places {
        let Some(now) = filled.pointer(&pointer).cloned() else { continue };
        for value in role.values(&now, code, message) {
            let mut tried = filled.clone();
            let Some(field) = tried.pointer_mut(&pointer) else { continue };
            *field = value;
            if keeps(&tried) {
                filled = tried;
                break;
            }
        }
    }
    filled
}

fn find(
    value: &Value,
    pointer: String,
    depth: usize,
    looks: &mut usize,
    places: &mut Vec<(String, Role)>,
) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(n, v)| (n.to_string(), v)).collect(),
        _ => return,
    };
    for (key, child) in children {
        let Some(left) = looks.checked_sub(1) else { return };
        *looks = left;
        let place = format!("{pointer}/{}", pointer_token(&key));
        if let Some(role) = Role::of(&key) {
            places.push((place.clone(), role));
        }
        if depth > 0 {
            find(child, place, depth - 1, looks, places);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_known_envelope_is_filled() {
        let cases = [
            (
                json!({"error_code": "x", "error_msg": "y"}),
                json!({"error_code": "Mock.404", "error_msg": "gone"}),
            ),
            (
                json!({"Code": "x", "Message": "y", "RequestId": "z"}),
                json!({"Code": "Mock.404", "Message": "gone", "RequestId": "z"}),
            ),
            (
                json!({"error": {"code": 1, "message": "y", "title": "t"}}),
                json!({"error": {"code": 404, "message": "gone", "title": "t"}}),
            ),
            (
                json!([{"status": 1, "errorMsg": ["y"], "detail": null}]),
                json!([{"status": 404, "errorMsg": ["y"], "detail": null}]),
            ),
            (json!("x"), json!("gone")),
            (json!({}), json!({})),
        ];
        for (body, expected) in cases {
            assert_eq!(fill(body, 404, "gone", |_| true), expected);
        }
    }

    #[test]
    fn what_the_schema_refuses_stays() {
        let body = json!({"code": "A1", "message": "short"});
        let keeps = |value: &Value| {
            value["code"] == "A1" && value["message"].as_str().is_some_and(|text| text.len() < 40)
        };
        let filled = fill(body, 400, &"long ".repeat(20), keeps);
        assert_eq!(filled["code"], "A1");
        assert_eq!(filled["message"].as_str().unwrap().len(), 32);
        assert_eq!(fill(json!("A1"), 400, "x", |_| false), json!("A1"));
    }
}
