//! The spellings in which one value travels.

use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use std::fmt::Write as _;

/// What a form encodes: all but unreserved characters and the space, which becomes a plus.
const FORM: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'*');

/// A value as it may stand in texts: raw, percent-encoded in both cases, as a form field, escaped
/// in JSON (once and twice), in base64.
pub(super) fn spellings(value: &[u8]) -> Vec<Vec<u8>> {
    let percent = percent_encode(value, FORM).to_string();
    let mut found = vec![
        value.to_vec(),
        percent.to_ascii_lowercase_escapes().into_bytes(),
        percent.replace("%20", "+").into_bytes(),
        percent.into_bytes(),
    ];
    if let Ok(text) = std::str::from_utf8(value) {
        let once = json_escaped(text);
        found.push(once.replace('/', "\\/").into_bytes());
        found.push(json_escaped(&once).into_bytes());
        found.push(ascii_escaped(&once).into_bytes());
        found.push(once.into_bytes());
    }
    // Without padding, so that it is found with and without.
    found.push(BASE64_STANDARD_NO_PAD.encode(value).into_bytes());
    found.push(BASE64_URL_SAFE_NO_PAD.encode(value).into_bytes());
    found.sort();
    found.dedup();
    found
}

trait LowerEscapes {
    fn to_ascii_lowercase_escapes(&self) -> String;
}

impl LowerEscapes for String {
    /// The same with lower-case hexadecimal digits: `%2f` for `%2F`.
    fn to_ascii_lowercase_escapes(&self) -> String {
        let mut out = String::with_capacity(self.len());
        let mut left = 0;
        for c in self.chars() {
            left = if c == '%' { 2 } else { left };
            let escape = left > 0 && c != '%';
            out.push(if escape { c.to_ascii_lowercase() } else { c });
            left -= usize::from(escape);
        }
        out
    }
}

fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Non-ASCII characters as `\uXXXX`.
fn ascii_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_value() {
        let found = spellings(b"a/b \"c\"");
        let texts: Vec<_> = found.iter().map(|s| String::from_utf8_lossy(s)).collect();
        for expected in [
            "a/b \"c\"",
            "a%2Fb%20%22c%22",
            "a%2fb%20%22c%22",
            "a%2Fb+%22c%22",
            "a/b \\\"c\\\"",
            "a\\/b \\\"c\\\"",
            "YS9iICJjIg",
        ] {
            assert!(texts.iter().any(|text| text == expected), "{expected} not in {texts:?}");
        }
    }
}
