//! Secrets beside their names in any text: parameters of URLs, parts of multipart forms, elements
//! of XML.

use super::fields::named;
use super::finds::Find;
use crate::exchange::percent_decoded;
use regex::bytes::Regex;
use std::sync::LazyLock;

/// `name=value` after the start of a text or what stands between pairs; `&` also as JSON and HTML
/// escape it.
const PAIR: &str =
    r#"(?:^|[\s?&;"'>]|\\u0026|&amp;)([A-Za-z][A-Za-z0-9_.-]{1,63})=([^\s?&;"'<>\\]+)"#;
/// A part of `multipart/form-data` (RFC 7578, section 4.2).
const PART: &str =
    r#"(?i)\bname="?([A-Za-z][^"\s;]{1,63})"?[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n([^\r\n]+)"#;
/// An XML element that holds text only, with or without a prefix.
const ELEMENT: &str = r"<(?:[A-Za-z][\w.-]*:)?([A-Za-z][\w.-]{1,63})(?:\s[^<>]*)?>([^<>]+)</";
/// What every name in question has within it: hardly any text is searched further.
const WORDS: &str = r"(?i)pass|pwd|secret|token|key|sig|sas|credential|assertion|verifier";

static FORMS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    [PAIR, PART, ELEMENT]
        .into_iter()
        .filter_map(|form| Some((form, Regex::new(form).ok()?)))
        .collect()
});
static ANY: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(WORDS).ok());

/// What stands beside the name of a credential.
pub(super) fn in_text(text: &[u8]) -> Vec<Find> {
    if ANY.as_ref().is_some_and(|any| !any.is_match(text)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (form, pattern) in FORMS.iter() {
        for hit in pattern.captures_iter(text) {
            let (Some(name), Some(value)) = (hit.get(1), hit.get(2)) else { continue };
            let name = String::from_utf8_lossy(name.as_bytes());
            let bytes = match *form {
                PAIR => percent_decoded(&String::from_utf8_lossy(value.as_bytes())).into_bytes(),
                _ => value.as_bytes().to_vec(),
            };
            found.extend(named(&name, bytes, value.range()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_beside_their_names_are_found() {
        assert_eq!(FORMS.len(), 3);
        let cases: [(&str, &[&str]); 9] = [
            ("see http://h/?a=1&access_token=Tt1&b=2", &["Tt1"]),
            (r#"{"next":"http:\/\/h\/?Signature=Ss1\u0026AccessKeyId=Kk1"}"#, &["Ss1", "Kk1"]),
            ("<a href='/x?token=Tt1&amp;sig=Ss1'>", &["Tt1", "Ss1"]),
            ("login password=Pp%2F1 ok", &["Pp/1"]),
            ("password=Pp1", &["Pp1"]),
            ("<c><a:SecurityToken x='1'>Tt1</a:SecurityToken><Key>no</Key></c>", &["Tt1"]),
            (
                "--b\r\nContent-Disposition: form-data; name=\"password\"\r\nX: y\r\n\r\nPp1\r\n--b--",
                &["Pp1"],
            ),
            ("next_token=7&page=2 and token without a value", &[]),
            ("nothing=here", &[]),
        ];
        for (text, expected) in cases {
            let found = in_text(text.as_bytes());
            let values: Vec<_> =
                found.iter().map(|find| String::from_utf8_lossy(&find.value)).collect();
            assert_eq!(values, expected, "{text}");
        }
    }
}
