//! Members of JSON in text whose quotes do not come in pairs: behind bytes of a picture in a form, or inches in a
//! log. Where a member begins is told by its name alone.

use super::Find;
use super::fields::{is_number, named, string_end, unescaped};

/// Longest name.
const LONGEST: usize = 64;

/// Every `"name": "value"` and `"name": number`, their quotes escaped or not.
pub(super) fn members(text: &[u8], found: &mut Vec<Find>) {
    let mut opened: Option<usize> = None;
    for quote in memchr::memchr_iter(b'"', text) {
        let name = opened.replace(quote).and_then(|open| name(&text[open + 1..quote]));
        let Some(name) = name else { continue };
        let colon = quote + 1 + spaces(&text[quote + 1..]);
        if text.get(colon) != Some(&b':') {
            continue;
        }
        let at = colon + 1 + spaces(&text[colon + 1..]);
        found.extend(member(name, text, at));
    }
}

/// What a value at a place is, beside its name.
fn member(name: &str, text: &[u8], at: usize) -> Option<Find> {
    let marks = text[at..].iter().take_while(|byte| **byte == b'\\').count();
    let open = at + marks;
    if text.get(open) != Some(&b'"') {
        let length = text[at..].iter().take_while(|byte| is_number(**byte)).count();
        let value = &text[at..at + length];
        let is_plain = value.first().is_some_and(u8::is_ascii_digit);
        let find = is_plain.then(|| named(name, value, at..at + length))??;
        return Some(Find { bare: true, ..find });
    }
    let mut end = string_end(text, open)?.min(text.len());
    if marks > 0 {
        // The next quote is escaped like this one.
        let rest = &text[open + 1..];
        let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\n' | b'\r'));
        let inner = &rest[..length.unwrap_or(rest.len())];
        let kept = inner.iter().rposition(|byte| *byte != b'\\').map_or(0, |last| last + 1);
        end = open + 1 + kept;
    }
    named(name, unescaped(&text[open + 1..end]).as_bytes(), open + 1..end)
}

/// A name between two quotes, the second one perhaps escaped.
fn name(text: &[u8]) -> Option<&str> {
    let length = text.iter().rposition(|byte| *byte != b'\\')? + 1;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let name = text.get(..length.min(LONGEST + 1))?;
    let fits = name.len() <= LONGEST && name.iter().all(is_name);
    std::str::from_utf8(name).ok().filter(|_| fits)
}

fn spaces(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::super::fields::in_json;
    use super::*;

    #[test]
    fn a_quote_too_many_hides_nothing() {
        let cases: [(&[u8], &[&str]); 9] = [
            (b"a 5\" pipe {\"password\": \"Hunter22x\"}", &["Hunter22x"]),
            (b"5\" {\"password\": \"Hunter22x\"} 6\"", &["Hunter22x"]),
            (b"\xff\"\x00{\"user\": \"a\", \"password\":\"Hunter22x\", \"b\": 1}", &["Hunter22x"]),
            (b"x\" {\"password\": 12345678, \"n\": 7}", &["12345678"]),
            (b"5\" {\\\"password\\\": \\\"Hunter22x\\\"}", &["Hunter22x"]),
            (b"5\" {\"password\": \"Hun\\\"ter22x\"}", &["Hun\"ter22x"]),
            (b"5\" {\"password\": \"cut off", &["cut off"]),
            (b"5\" {\"password\"", &[]),
            (b"{\"a\": \"password\", \"b\": \"c\"}", &[]),
        ];
        for (text, expected) in cases {
            let mut found = Vec::new();
            in_json(text, &mut found);
            let mut values: Vec<_> =
                found.iter().map(|find| String::from_utf8_lossy(&find.value)).collect();
            values.dedup();
            assert_eq!(values, expected, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn places_are_those_of_the_values() {
        let text = b"\"\"\" {\"token\" :\n \"Tt1Tt1Tt1\", \\\"secret\\\":\\\"Ss1\\\"}";
        let mut found = Vec::new();
        members(text, &mut found);
        let spots: Vec<_> = found.iter().map(|find| &text[find.range.clone()]).collect();
        assert_eq!(spots, [&b"Tt1Tt1Tt1"[..], b"Ss1"]);
    }
}
