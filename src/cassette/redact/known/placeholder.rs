//! What stands in a cassette where a secret stood: numbered, and of a form that keeps a promise
//! checkable.

use crate::exchange::{Body, ContentCoding, Redaction, Request};
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

/// The number of a placeholder of digits, if it is one: a nine, zeros, the number.
pub(super) fn digits_number(value: &[u8]) -> Option<u32> {
    let rest = value.strip_prefix(b"9").filter(|_| (6..=40).contains(&value.len()))?;
    let rest = std::str::from_utf8(rest).ok()?.trim_start_matches('0');
    if rest.is_empty() { None } else { rest.parse().ok() }
}

/// A request as it was recorded, with `{{secret:N}}` for each placeholder that has another shape: so
/// is compared what [`super::Redactor::redact_request`] makes. Digits say by themselves nothing:
/// the notes tell which are placeholders.
pub fn unshaped<'a>(request: &'a Request, notes: &[Redaction]) -> Cow<'a, Request> {
    let at = |place: &str| {
        let numbers = notes.iter().filter(|note| note.at == place && note.secret > 0);
        numbers.map(|note| note.secret).collect::<Vec<u32>>()
    };
    let mut found = Cow::Borrowed(request);
    if let Some(target) = without_digits(request.target.as_bytes(), &at("/request/target"), false) {
        found.to_mut().target = String::from_utf8_lossy(&target).into_owned();
    }
    if let Body::Bytes(bytes) = &request.body {
        let coding = ContentCoding::of(&request.headers).ok().flatten();
        if coding.is_none()
            && let Some(body) = without_digits(bytes, &at("/request/body"), true)
        {
            found.to_mut().body = Body::from_bytes(body);
        }
    }
    found
}

/// A text with the placeholders of digits of these numbers in the plain shape; `None` where it has none.
fn without_digits(text: &[u8], numbers: &[u32], json: bool) -> Option<Vec<u8>> {
    if numbers.is_empty() {
        return None;
    }
    let (mut out, mut at, mut any) = (Vec::with_capacity(text.len()), 0, false);
    while at < text.len() {
        let digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = digits_number(&text[at..at + digits]).filter(|n| numbers.contains(n));
        if let Some(number) = number {
            // A number of JSON was replaced by a number; unlike a string, it stands without quotes.
            let before = text[..at].iter().rev().find(|byte| !byte.is_ascii_whitespace());
            let bare = json && before.is_some_and(|byte| matches!(byte, b':' | b'[' | b','));
            let mark = numbered(number);
            let mark = if bare { format!("\"{mark}\"") } else { mark };
            out.extend_from_slice(mark.as_bytes());
            any = true;
        } else {
            out.extend_from_slice(&text[at..at + digits]);
        }
        at += digits;
        if let Some(byte) = text.get(at) {
            out.push(*byte);
            at += 1;
        }
    }
    any.then_some(out)
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

/// The numbers of the placeholders in a text, in order.
pub fn placeholder_numbers(text: &[u8]) -> Vec<u32> {
    let number = |hit: regex::bytes::Match<'_>| {
        let digits = hit.as_bytes().strip_suffix(b"}}").unwrap_or(hit.as_bytes());
        let from = digits.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
        std::str::from_utf8(&digits[from..]).ok()?.parse().ok()
    };
    NUMBERED
        .as_ref()
        .map(|pattern| pattern.find_iter(text).filter_map(number).collect())
        .unwrap_or_default()
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
