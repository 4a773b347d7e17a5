//! Secrets in named fields: parameters of a query or form, members of JSON.

use super::finds::Find;
use super::rules::{self, ONCE};
use crate::exchange::percent_decoded;
use std::ops::Range;

/// Pairs of a query or form; ranges are moved by `offset`.
pub(super) fn in_pairs(text: &[u8], offset: usize) -> Vec<Find> {
    let mut found = Vec::new();
    let mut at = 0;
    for pair in text.split(|byte| *byte == b'&') {
        if let Some(equals) = pair.iter().position(|byte| *byte == b'=') {
            let decode =
                |bytes: &[u8]| percent_decoded(&String::from_utf8_lossy(bytes).replace('+', " "));
            let name = decode(&pair[..equals]);
            let value = decode(&pair[equals + 1..]);
            let range = offset + at + equals + 1..offset + at + pair.len();
            if let Some(find) = named(&name, value.into_bytes(), range) {
                found.push(find);
            }
        }
        at += pair.len() + 1;
    }
    found
}

/// Members of JSON objects whose value is a string or a number. The text need not be valid: what
/// looks like `"name": "value"` is looked at, also inside a string that holds escaped JSON.
pub(super) fn in_json(text: &[u8]) -> Vec<Find> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].iter().position(|byte| *byte == b'"') {
        let open = at + next;
        let Some(close) = string_end(text, open) else { break };
        at = close + 1;
        let Some(value) = value_after_colon(text, at) else {
            in_escaped_json(&text[open + 1..close.min(text.len())], open + 1, &mut found);
            continue;
        };
        if value.is_empty() {
            continue;
        }
        let name = unescaped(text[open + 1..close].trim_ascii_end());
        let decoded = unescaped(&text[value.clone()]);
        if let Some(find) = named(&name, decoded.into_bytes(), value.clone()) {
            // Past the quote that closes the value: taken for an opening one, it would turn the rest
            // of the text inside out.
            at = value.end + usize::from(text.get(value.end) == Some(&b'"'));
            found.push(find);
        }
    }
    found
}

/// Members of JSON that is the content of a string, its quotes escaped once.
fn in_escaped_json(content: &[u8], offset: usize, found: &mut Vec<Find>) {
    if !content.windows(3).any(|window| window == b"\\\":") {
        return;
    }
    // A blank in place of each backslash keeps every place where it is.
    let mut plain = content.to_vec();
    for at in 1..plain.len() {
        if plain[at] == b'"' && plain[at - 1] == b'\\' {
            plain[at - 1] = b' ';
        }
    }
    for mut find in in_json(&plain) {
        // The blank before the closing quote was its backslash.
        if plain.get(find.range.end) == Some(&b'"') {
            find.range.end -= 1;
            find.value.pop();
        }
        find.range = find.range.start + offset..find.range.end + offset;
        found.push(find);
    }
}

pub(super) fn named(name: &str, value: Vec<u8>, range: Range<usize>) -> Option<Find> {
    let rule = rules::name_rule(name)?;
    let nothing: [&[u8]; 4] = [b"null", b"true", b"false", b""];
    if nothing.contains(&value.as_slice()) {
        return None;
    }
    let carried = !ONCE.contains(&rule);
    Some(Find { range, value, rule: format!("name.{rule}"), carried })
}

/// Index of the quote that closes the string opened at `open`.
fn string_end(text: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            // A line's end closes a string that was never closed.
            b'"' | b'\n' | b'\r' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

/// The content of the string or number that follows a colon at `at`.
fn value_after_colon(text: &[u8], at: usize) -> Option<Range<usize>> {
    let space = |from: usize| {
        from + text[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
    };
    let colon = space(at.min(text.len()));
    if text.get(colon) != Some(&b':') {
        return None;
    }
    let start = space(colon + 1);
    match text.get(start)? {
        b'"' => Some(start + 1..string_end(text, start)?),
        b'0'..=b'9' | b'-' => {
            let digits = text[start..].iter().take_while(|b| b.is_ascii_alphanumeric());
            Some(start..start + digits.count())
        }
        _ => None,
    }
}

/// A JSON string's content without its escapes; as it stands where they are not valid.
fn unescaped(content: &[u8]) -> String {
    let text = String::from_utf8_lossy(content);
    if !text.contains('\\') {
        return text.into_owned();
    }
    serde_json::from_str(&format!("\"{text}\"")).unwrap_or_else(|_| text.into_owned())
}
