//! Values that are wrong by their making: texts that break a format, numbers beyond one.

use serde_json::{Value, json};

/// Texts that break a format, by the letter of what defines it; none for formats that nobody defines.
pub(super) fn malformed(format: &str) -> &'static [&'static str] {
    match format {
        // RFC 3339, section 5.6.
        "date-time" => &["2026-13-01T00:00:00Z", "2026-01-01 noon", "1700000000"],
        "date" => &["2026-02-30", "01/02/2026", "2026-1-1"],
        "time" => &["25:00:00Z", "noon"],
        // RFC 9562, section 4.
        "uuid" => &[
            "no-uuid",
            "3f2504e0-4f89-11d3-9a0c-0305e82c330",
            "3f2504e0-4f89-11d3-9a0c-0305e82c330g",
        ],
        // RFC 2673, section 3.2; RFC 4291, section 2.2.
        "ipv4" => &["256.1.1.1", "1.2.3"],
        "ipv6" => &["1::2::3", "12345::"],
        // RFC 5321, section 4.1.2; RFC 1123, section 2.1.
        "email" => &["nobody", "@example.com"],
        "hostname" => &["-a.example", "a_b!.example"],
        // RFC 3986, section 3: no scheme, and a character that none may hold.
        "uri" => &["no uri", "//host/without/scheme"],
        // RFC 4648, sections 4 and 5.
        "byte" => &["%%%", "a"],
        "base64url" => &["%%%"],
        // RFC 6901, section 3.
        "json-pointer" => &["no-slash", "/a~2"],
        _ => &[],
    }
}

/// The first number beyond a number format.
pub(super) fn beyond(format: &str) -> Option<Value> {
    Some(match format {
        "int8" => json!(128),
        "int16" => json!(32_768),
        "int32" => json!(2_147_483_648_i64),
        "int64" => json!(9_223_372_036_854_775_808_u64),
        "uint8" => json!(256),
        "uint16" => json!(65_536),
        "uint32" => json!(4_294_967_296_i64),
        "uint64" => json!(-1),
        _ => return None,
    })
}

/// Equality as schemas mean it: 1 and 1.0 are the same.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64()
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => left == right,
    }
}
