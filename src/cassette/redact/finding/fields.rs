//! Secrets in named fields: parameters of a query or form, members of JSON.

use super::Find;
use super::rules::{self, ONCE};
use super::{nested, stray};
use crate::exchange::percent_decoded;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use std::ops::Range;

/// Deepest nesting of JSON that is followed, and of JSON within strings of JSON.
const DEPTH: usize = 64;
const LAYERS: usize = 4;
/// Longest string that is looked at as JSON in base64.
const CODED_LIMIT: usize = 1024 * 1024;

/// Pairs of a query or form.
pub(super) fn in_pairs(text: &[u8], found: &mut Vec<Find>) {
    // In a request for tokens the code is the credential (RFC 6749, section 4.1.3); in an answer
    // it stands beside the state.
    let has = |name: &[u8]| text.windows(name.len()).any(|window| window == name);
    let grants = has(b"grant_type=") || has(b"code_verifier=") || has(b"state=");
    let mut at = 0;
    for pair in text.split(|byte| *byte == b'&') {
        if let Some(equals) = pair.iter().position(|byte| *byte == b'=') {
            let decode =
                |bytes: &[u8]| percent_decoded(&String::from_utf8_lossy(bytes).replace('+', " "));
            let name = decode(&pair[..equals]);
            let value = decode(&pair[equals + 1..]);
            let range = at + equals + 1..at + pair.len();
            if name == "code" && grants && value.len() >= 16 {
                found.push(Find {
                    range,
                    value: value.into_bytes(),
                    rule: "oauth.code".into(),
                    carried: true,
                    bare: false,
                });
            } else if let Some(find) = named(&name, value.as_bytes(), range.clone()) {
                found.extend(decoded_too(&find));
                found.push(find);
            } else {
                let before = found.len();
                if value.starts_with(['{', '[']) {
                    in_coded_value(&value, range.clone(), found);
                }
                if found.len() == before {
                    nested::in_value(text, range, found);
                }
            }
        }
        at += pair.len() + 1;
    }
}

/// JSON as a parameter's value: what is secret in it takes the place of its percent-encoded spelling.
fn in_coded_value(value: &str, range: Range<usize>, found: &mut Vec<Find>) {
    let mut inner = Vec::new();
    in_json(value.as_bytes(), &mut inner);
    if !inner.is_empty() {
        // Their places are those of the decoded text. So the whole goes, and each becomes known.
        found.push(Find {
            range: range.clone(),
            value: value.as_bytes().to_vec(),
            rule: inner[0].rule.clone(),
            carried: false,
            bare: false,
        });
        let known = inner.into_iter().map(|find| Find { range: range.end..range.end, ..find });
        found.extend(known);
    }
}

/// Members of JSON objects whose value is a string or a number. The text need not be valid: what
/// looks like `"name": "value"` is looked at, also inside a string that holds escaped JSON.
pub fn in_json(text: &[u8], found: &mut Vec<Find>) {
    if json_layer(text, LAYERS, found) {
        stray::members(text, found);
    }
}

/// An object or array that is open.
#[derive(Default)]
struct Level {
    /// The last member's name, or for the items of an array that of the array.
    name: Option<String>,
    is_array: bool,
    /// The pair `{"name": "password", "value": "…"}`: its name, and its value.
    told: Option<String>,
    value: Option<(Range<usize>, bool)>,
}

/// Answers whether there are strings that nothing of JSON follows: a quote too many reads all that is
/// behind it inside out.
fn json_layer(text: &[u8], layers: usize, found: &mut Vec<Find>) -> bool {
    let mut levels = vec![Level::default()];
    let (mut at, mut strays) = (0, false);
    while at < text.len() {
        match text[at] {
            b'"' => {
                let (next, follows) = string(text, at, layers, &mut levels, found);
                strays |= !follows;
                at = next;
            }
            open @ (b'{' | b'[') => {
                let is_array = open == b'[';
                let name = levels.last_mut().and_then(|level| level.name.take());
                if levels.len() < DEPTH {
                    // The `value` of an object under a name is that of the name.
                    let (name, told) = if is_array { (name, None) } else { (None, name) };
                    levels.push(Level { name, is_array, told, ..Level::default() });
                }
                at += 1;
            }
            b'}' | b']' => {
                if levels.len() > 1
                    && let Some(level) = levels.pop()
                {
                    close(text, level, found);
                }
                at += 1;
            }
            b'0'..=b'9' | b'-' => {
                let end = at + text[at..].iter().take_while(|b| is_number(**b)).count();
                scalar(text, at..end, true, layers, &mut levels, found);
                at = end;
            }
            _ => at += 1,
        }
    }
    // What was cut off closes here.
    for level in levels {
        close(text, level, found);
    }
    strays
}

pub(super) const fn is_number(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}

/// Reads the string that opens at `open`, a name or a value; answers where to go on, and whether something
/// follows that may follow a string.
fn string(
    text: &[u8],
    open: usize,
    layers: usize,
    levels: &mut [Level],
    found: &mut Vec<Find>,
) -> (usize, bool) {
    let Some(close) = string_end(text, open) else { return (text.len(), true) };
    let content = open + 1..close.min(text.len());
    let space = text[content.end.min(text.len())..].iter().skip(1);
    let space = space.take_while(|byte| byte.is_ascii_whitespace()).count();
    let after = content.end + 1 + space;
    if text.get(content.end) == Some(&b'"') && text.get(after) == Some(&b':') {
        if let Some(level) = levels.last_mut() {
            level.name = (content.len() <= 256).then(|| unescaped(&text[content.clone()]));
        }
        return (after + 1, true);
    }
    scalar(text, content.clone(), false, layers, levels, found);
    (content.end + 1, matches!(text.get(after), None | Some(b',' | b'}' | b']')))
}

/// A value: under the name that stands before it, or within an array under the array's.
fn scalar(
    text: &[u8],
    range: Range<usize>,
    bare: bool,
    layers: usize,
    levels: &mut [Level],
    found: &mut Vec<Find>,
) {
    let Some(level) = levels.last_mut() else { return };
    let name = if level.is_array { level.name.clone() } else { level.name.take() };
    let raw = &text[range.clone()];
    let mut secret = None;
    if let Some(name) = &name {
        let value = if bare { raw.to_vec() } else { unescaped(raw).into_bytes() };
        // `tokens` may count them: of an array the strings are meant.
        let singular = if level.is_array { name.strip_suffix('s').unwrap_or(name) } else { name };
        secret = named(singular, &value, range.clone()).filter(|_| !(level.is_array && bare));
        let plain = name.to_ascii_lowercase();
        match plain.as_str() {
            "name" | "key" | "field" | "id" | "parametername" | "parameterkey" | "k" if !bare => {
                level.told = Some(String::from_utf8_lossy(&value).into_owned());
            }
            "type" if value == b"password" => level.told = Some("password".to_owned()),
            "value" | "val" | "v" | "parametervalue" | "content" => {
                level.value = Some((range.clone(), bare));
            }
            _ => {}
        }
    }
    match secret {
        Some(mut find) => {
            find.bare = bare;
            found.extend(decoded_too(&find));
            found.push(find);
        }
        None if !bare && layers > 1 => {
            within(raw, &range, layers, found);
            nested::in_value(text, range, found);
        }
        None => {}
    }
}

/// An object ends: what it told as a pair of name and value is looked at.
fn close(text: &[u8], level: Level, found: &mut Vec<Find>) {
    if let (Some(name), Some((range, bare))) = (level.told, level.value) {
        let raw = &text[range.clone()];
        let value = if bare { raw.to_vec() } else { unescaped(raw).into_bytes() };
        if let Some(find) = named(&name, &value, range) {
            found.push(Find { bare, ..find });
        }
    }
}

/// JSON that is the content of a string: with its quotes escaped, or in base64.
fn within(raw: &[u8], range: &Range<usize>, layers: usize, found: &mut Vec<Find>) {
    if raw.windows(2).any(|window| window == b"\\\"") {
        let (plain, places) = without_one_layer(raw);
        let mut inner = Vec::new();
        json_layer(&plain, layers - 1, &mut inner);
        let place = |at: usize| range.start + places.get(at).copied().unwrap_or(raw.len());
        found.extend(inner.into_iter().map(|find| Find {
            range: place(find.range.start)..place(find.range.end),
            // A number there stands in a string here.
            bare: false,
            ..find
        }));
        return;
    }
    let is_coded = [b"eyJ", b"ewo", b"W3s", b"ewk"].iter().any(|start| raw.starts_with(*start));
    if is_coded && raw.len() <= CODED_LIMIT && !raw.contains(&b'.') {
        let trimmed = raw.trim_ascii_end();
        let end = trimmed.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
        let decoded = BASE64_STANDARD_NO_PAD
            .decode(&trimmed[..end])
            .or_else(|_| BASE64_URL_SAFE_NO_PAD.decode(&trimmed[..end]));
        let mut inner = Vec::new();
        json_layer(&decoded.unwrap_or_default(), layers - 1, &mut inner);
        if let Some(first) = inner.first() {
            let rule = first.rule.clone();
            let known = inner.into_iter().map(|find| Find { range: range.end..range.end, ..find });
            found.extend(known);
            let value = raw.to_vec();
            found.push(Find { range: range.clone(), value, rule, carried: false, bare: false });
        }
    }
}

/// One layer of JSON's escapes taken off, and where each byte was.
fn without_one_layer(raw: &[u8]) -> (Vec<u8>, Vec<usize>) {
    let (mut plain, mut places) =
        (Vec::with_capacity(raw.len()), Vec::with_capacity(raw.len() + 1));
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        places.push(at);
        match (byte, raw.get(at + 1)) {
            (b'\\', Some(escaped @ (b'"' | b'\\' | b'/'))) => {
                plain.push(*escaped);
                at += 2;
            }
            (b'\\', Some(b'n' | b'r' | b't')) => {
                plain.push(b'\n');
                at += 2;
            }
            _ => {
                plain.push(*byte);
                at += 1;
            }
        }
    }
    places.push(raw.len());
    (plain, places)
}

/// What a name says of a value.
pub fn named(name: &str, value: &[u8], range: Range<usize>) -> Option<Find> {
    let nothing: [&[u8]; 4] = [b"null", b"true", b"false", b""];
    if nothing.contains(&value) {
        return None;
    }
    let (rule, carried) = match rules::name_rule(name) {
        Some(rule) if rules::tells(rule, value) => (rules::name_id(rule), !ONCE.contains(&rule)),
        Some(_) => return None,
        None => (rules::guess_rule(name, value)?, true),
    };
    let mut find = Find { range, value: value.to_vec(), rule: rule.into(), carried, bare: false };
    // `Authorization` quoted: the scheme is no secret.
    if rule.ends_with("authorization")
        && let Some(space) = value.iter().position(|byte| *byte == b' ')
        && find.range.len() == value.len()
    {
        find.range.start += space + 1;
        find.value.drain(..=space);
    }
    Some(find)
}

/// A secret in base64 is one without it, too (the data of a secret in Kubernetes): only known.
pub(super) fn decoded_too(find: &Find) -> Option<Find> {
    if find.value.len() < 11 || !find.carried {
        return None;
    }
    let text: Vec<u8> =
        find.value.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let end = text.iter().rposition(|byte| *byte != b'=')? + 1;
    let value = BASE64_STANDARD_NO_PAD.decode(&text[..end]).ok()?;
    let readable = value.iter().all(u8::is_ascii_graphic);
    let range = find.range.end..find.range.end;
    readable.then(|| Find { range, value, ..find.clone() })
}

/// Index of the quote that closes the string opened at `open`.
pub fn string_end(text: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            // A line's end closes a string that was never closed.
            b'"' | b'\n' | b'\r' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    // Cut off: what is there of it is looked at.
    (open + 1 < text.len()).then_some(text.len())
}

/// A JSON string's content without its escapes; as it stands where they are not valid.
pub fn unescaped(content: &[u8]) -> String {
    let text = String::from_utf8_lossy(content);
    if !text.contains('\\') {
        return text.into_owned();
    }
    serde_json::from_str(&format!("\"{text}\"")).unwrap_or_else(|_| text.into_owned())
}
