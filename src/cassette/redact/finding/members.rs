//! Members of JSON by their name alone, in text that can't be read as JSON: one that broke off, a part
//! of a large one, several in a row.

use super::fields::{is_number, string_end, unescaped};
use std::ops::Range;

/// Longest object or array that is taken for the value of a member.
const LONGEST: usize = 64 * 1024;

/// A member's value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Without the escapes of its string.
    pub(super) value: Vec<u8>,
    /// Where it stands, without the quotes of a string.
    pub(super) range: Range<usize>,
    /// Whether it has no quotes.
    pub(super) bare: bool,
    /// Whether the text goes on after it.
    pub(super) is_whole: bool,
}

/// The name of the member that a path (RFC 9535) leads to; of `$.a.b[*]`, `b`.
pub(super) fn last_name(path: &str) -> Option<String> {
    let mut rest = path.trim();
    loop {
        if let Some(shorter) = rest.strip_suffix(".*") {
            rest = shorter.trim_end_matches('.').trim_end();
            continue;
        }
        let Some(inner) = rest.strip_suffix(']') else { break };
        let inner = inner.trim_end();
        if let Some(filter) = inner.rfind("[?") {
            rest = inner.get(..filter)?.trim_end_matches('.').trim_end();
            continue;
        }
        if let Some(quote @ ('"' | '\'')) = inner.chars().next_back() {
            let start = inner.get(..inner.len() - 1)?.rfind(quote)?;
            return inner.get(start + 1..inner.len() - 1).map(str::to_owned);
        }
        // An index, a slice, a wildcard or a filter: what it is asked of has the name.
        rest = inner.get(..inner.rfind('[')?)?.trim_end_matches('.').trim_end();
    }
    let name = rest.rsplit(['.', ']']).next()?;
    (!name.is_empty() && name != "$").then(|| name.to_owned())
}

/// Every member of this name.
pub(super) fn named(name: &str, text: &[u8]) -> Vec<Member> {
    let quoted = serde_json::to_string(name).unwrap_or_default();
    memchr::memmem::find_iter(text, quoted.as_bytes())
        .filter_map(|at| {
            let after = skip_space(text, at + quoted.len());
            (text.get(after) == Some(&b':')).then(|| value(text, skip_space(text, after + 1)))?
        })
        .collect()
}

fn skip_space(text: &[u8], at: usize) -> usize {
    at + text[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

fn value(text: &[u8], at: usize) -> Option<Member> {
    let (range, bare) = match text.get(at)? {
        b'"' => (at + 1..string_end(text, at)?.min(text.len()), false),
        b'{' | b'[' => (at..nested_end(text, at), true),
        byte if is_number(*byte) => {
            let length = text[at..].iter().take_while(|byte| is_number(**byte)).count();
            (at..at + length, true)
        }
        _ => return None,
    };
    let raw = &text[range.clone()];
    if raw.is_empty() || raw == b"null" {
        return None;
    }
    let value = if bare { raw.to_vec() } else { unescaped(raw).into_bytes() };
    let is_whole = range.end < text.len();
    Some(Member { value, range, bare, is_whole })
}

/// Where the object or array ends that begins at `at`, or the text.
fn nested_end(text: &[u8], at: usize) -> usize {
    let most = text.len().min(at + LONGEST);
    let (mut depth, mut here) = (0_usize, at);
    while here < most {
        match text[here] {
            b'"' => match string_end(text, here) {
                Some(end) => here = end,
                None => return most,
            },
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return here + 1;
                }
            }
            _ => {}
        }
        here += 1;
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_a_name() {
        let cases = [
            ("$.a.b", Some("b")),
            ("$..token", Some("token")),
            ("$['a']['b c']", Some("b c")),
            ("$[\"a\"]", Some("a")),
            ("$.items[*].key", Some("key")),
            ("$.keys[*]", Some("keys")),
            ("$.keys[0]", Some("keys")),
            ("$.keys.*", Some("keys")),
            ("$.keys..*", Some("keys")),
            ("$.a[?@.b == 'c']", Some("a")),
            ("$[0]", None),
            ("$", None),
        ];
        for (path, name) in cases {
            assert_eq!(last_name(path).as_deref(), name, "{path}");
        }
    }

    #[test]
    fn members_of_what_is_no_json() {
        let cases: &[(&str, &[&str])] = &[
            ("{\"k\": \"one\"}\n{\"k\":\"t\\\"wo\"}\n", &["one", "t\"wo"]),
            ("{\"a\": {\"k\": \"hunt", &["hunt"]),
            ("{\"k\": [\"x\", {\"y\": \"]\"}], \"z\": 1", &["[\"x\", {\"y\": \"]\"}]"]),
            ("{\"k\": [\"x\", {\"y\"", &["[\"x\", {\"y\""]),
            ("{\"k\" : -12.5e3,", &["-12.5e3"]),
            ("{\"k\": 12", &["12"]),
            ("{\"k\": null, \"k\": \"\", \"k\": ", &[]),
            ("[\"k\", \"v\"] \"k\"", &[]),
            ("{\"k\": ]", &[]),
        ];
        for (text, expected) in cases {
            let found = named("k", text.as_bytes());
            let values: Vec<_> =
                found.iter().map(|member| String::from_utf8_lossy(&member.value)).collect();
            assert_eq!(values, *expected, "{text}");
            assert!(found.iter().all(|m| m.is_whole == (m.range.end < text.len())), "{text}");
        }
    }
}
