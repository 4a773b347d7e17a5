//! What stands in a cassette where a secret stood: numbered, and of a form that keeps a promise
//! checkable.

use regex::bytes::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

/// The placeholder for secret `number`: `{{secret:N}}`, but a UUID stays a UUID and digits stay
/// digits of the same count.
pub(super) fn placeholder(value: &[u8], number: u32) -> String {
    if is_uuid(value) {
        return format!("00000000-0000-4000-8000-{number:012}");
    }
    if value.len() >= 6 && value.len() <= 40 && value.iter().all(u8::is_ascii_digit) {
        let width = value.len();
        // A leading zero would be no JSON number.
        return format!("9{number:0>width$}", width = width - 1);
    }
    numbered(number)
}

/// `{{secret:N}}`.
pub(super) fn numbered(number: u32) -> String {
    format!("{{{{secret:{number}}}}}")
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

static NUMBERED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\{\{secret:\d+\}\}|\b00000000-0000-4000-8000-\d{12}\b").ok());

/// Whether a value is wholly a placeholder.
pub fn is_placeholder(value: &str) -> bool {
    let found = NUMBERED.as_ref().and_then(|pattern| pattern.find(value.as_bytes()));
    found.is_some_and(|hit| hit.range() == (0..value.len()))
}

/// A text with every placeholder replaced by the same word: two texts that differ in the numbers
/// of their secrets alone become equal.
pub fn without_numbers(text: &[u8]) -> Cow<'_, [u8]> {
    match NUMBERED.as_ref() {
        Some(pattern) => pattern.replace_all(text, &b"{{secret}}"[..]),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_kept() {
        let uuid = placeholder(b"5D0C2F11-AB12-4C34-9E56-0F1E2D3C4B5A", 7);
        assert_eq!(uuid, "00000000-0000-4000-8000-000000000007");
        assert_eq!(placeholder(b"812345678901234567", 12), "900000000000000012");
        assert_eq!(placeholder(b"s3cr3t", 3), "{{secret:3}}");
        assert!(is_placeholder(&uuid) && is_placeholder("{{secret:3}}"));
        assert!(!is_placeholder("x{{secret:3}}"));
    }

    #[test]
    fn numbers_do_not_count() {
        let (a, b) = (without_numbers(b"t={{secret:1}}&x"), without_numbers(b"t={{secret:22}}&x"));
        assert_eq!(a, b);
    }
}
