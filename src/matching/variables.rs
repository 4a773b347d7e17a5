//! Values of a request that may be others in the next run: secrets, what rules bind, and keys that
//! make a request idempotent. They do not count when requests are compared, but which of them are
//! the same does.

use crate::cassette::redact::{placeholder_numbers, without_numbers};
use std::borrow::Cow;

/// What stands for a value that is bound.
pub(super) const BOUND: &str = "{{bound}}";

/// Headers that carry a key of their request.
const KEY_HEADERS: &[&str] = &[
    "idempotency-key",
    "x-idempotency-key",
    "repeatability-request-id",
    "paypal-request-id",
    "x-client-token",
];

/// Parameters, fields and members that do, in lower case and without `-` and `_`.
const KEY_NAMES: &[&str] =
    &["clienttoken", "clientrequesttoken", "idempotencykey", "idempotencytoken"];

/// A value of a request that may be another in the next run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Where it stands: `query:NAME`, `header:NAME`, `form:NAME`, `json:/pointer`, `path:N`, `path`,
    /// `part:N` or `body`.
    pub at: String,
    /// What it is.
    pub value: Value,
}

/// The value of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A secret, by its placeholder.
    Secret(String),
    /// Anything else.
    Text(String),
}

impl Variable {
    /// A value at a place. One that is a placeholder as a whole is a secret.
    pub(super) fn new(at: impl Into<String>, value: &str) -> Self {
        let numbers = placeholder_numbers(value.as_bytes());
        let value = match (numbers.as_slice(), &*without_numbers(value.as_bytes())) {
            ([number], b"{{secret}}") => Value::Secret(secret(*number)),
            _ => Value::Text(value.to_owned()),
        };
        Self { at: at.into(), value }
    }

    /// The value as a text.
    pub(super) fn text(&self) -> &str {
        match &self.value {
            Value::Secret(text) | Value::Text(text) => text,
        }
    }
}

/// A placeholder in its plain shape, whatever shape it has in the text.
fn secret(number: u32) -> String {
    format!("{{{{secret:{number}}}}}")
}

/// A text without the numbers of its placeholders; they are noted as variables.
pub(super) fn blanked<'a>(text: &'a [u8], at: &str, found: &mut Vec<Variable>) -> Cow<'a, [u8]> {
    let left = without_numbers(text);
    if let Cow::Owned(_) = left {
        let secret = |number| Variable { at: at.to_owned(), value: Value::Secret(secret(number)) };
        found.extend(placeholder_numbers(text).into_iter().map(secret));
    }
    left
}

/// [`blanked`] for a text.
pub(super) fn blanked_text(text: &str, at: &str, found: &mut Vec<Variable>) -> String {
    String::from_utf8_lossy(&blanked(text.as_bytes(), at, found)).into_owned()
}

/// Whether a header carries a key by which a server knows a request again.
pub(super) fn is_key_header(name: &str) -> bool {
    KEY_HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a parameter, a field of a form or a member of a JSON object does.
pub(super) fn is_key_name(name: &str) -> bool {
    let shortest = KEY_NAMES.iter().map(|name| name.len()).min().unwrap_or_default();
    if !(shortest..=24).contains(&name.len()) {
        return false;
    }
    let plain = name.bytes().filter(|byte| !matches!(byte, b'-' | b'_'));
    let plain: Vec<u8> = plain.map(|byte| byte.to_ascii_lowercase()).collect();
    KEY_NAMES.iter().any(|name| name.as_bytes() == plain)
}

/// Whether a value is so much its own that the same text elsewhere is the same value: at least eight
/// characters with a letter and a digit, twelve with a separator, ten digits, sixteen of anything.
/// Shorter and commoner ones (`1`, `true`, `test`) belong to their place alone.
pub fn is_distinctive(value: &str) -> bool {
    let has = |is: fn(&u8) -> bool| value.bytes().any(|byte| is(&byte));
    let length = value.chars().count();
    if !(8..=1024).contains(&length) || has(u8::is_ascii_control) || value.contains("{{") {
        return false;
    }
    let (digit, letter) = (has(u8::is_ascii_digit), value.chars().any(char::is_alphabetic));
    match length {
        _ if digit && letter => true,
        _ if digit && !value.contains(|c: char| !c.is_ascii_digit()) => length >= 10,
        8..12 => false,
        12..16 => value.contains(['-', '_', '.', ' ', '/', ':']),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_noted_by_their_numbers() {
        let mut found = Vec::new();
        let uuid = "00000000-0000-4000-8000-000000000012";
        let text = format!("a={{{{secret:3}}}}&b={uuid}");
        let left = blanked(text.as_bytes(), "body", &mut found).into_owned();
        assert_eq!(left, b"a={{secret}}&b={{secret}}");
        let values: Vec<_> = found.into_iter().map(|variable| variable.value).collect();
        assert_eq!(values, [Value::Secret(secret(3)), Value::Secret(secret(12))]);
        assert_eq!(Variable::new("q", uuid).value, Value::Secret(secret(12)));
        assert_eq!(Variable::new("q", "x{{secret:1}}").value, Value::Text("x{{secret:1}}".into()));
    }

    #[test]
    fn keys_of_requests_are_known_by_name() {
        for name in ["ClientToken", "client_token", "clientRequestToken", "idempotency_key"] {
            assert!(is_key_name(name), "{name}");
        }
        for name in ["token", "clientTokenId", "NextToken", "requestId", "Idempotency", "client"] {
            assert!(!is_key_name(name), "{name}");
        }
        assert!(is_key_header("idempotency-key") && !is_key_header("x-request-id"));
    }

    #[test]
    fn common_values_are_not_distinctive() {
        for value in [
            "name-x7f3",
            "8b1f0c52-7d3e-4f1a-9c55-0e4e2a1b7c90",
            "thing-qwhzkt",
            "1234567890",
            "größe-99",
        ] {
            assert!(is_distinctive(value), "{value}");
        }
        for value in [
            "1",
            "true",
            "test",
            "x7f3",
            "12345678",
            "application",
            "a\n12345678",
            "x-{{secret:1}}-9",
            "2026-11-20",
        ] {
            assert!(!is_distinctive(value), "{value}");
        }
    }
}
