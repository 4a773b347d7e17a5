//! Where in a JSON text the value of a pointer stands. The text is gone through once and nothing is
//! built of it; what is no JSON leads nowhere, and never to a panic.

use crate::exchange::{end_of_string, pointer_name};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Bytes: of a member its name and value, of an object or array the opening bracket alone.
    pub bytes: Range<usize>,
    /// How many tokens of the pointer led there.
    pub depth: usize,
}

/// The tokens of a JSON pointer (RFC 6901), unescaped.
pub(super) fn tokens(pointer: &str) -> Vec<String> {
    let unescaped = |token: &str| pointer_name(token).into_owned();
    pointer.split('/').skip(1).map(unescaped).collect()
}

/// The value that these tokens lead to, or the last one on the way that is there.
pub(super) fn find(text: &[u8], tokens: &[String]) -> Option<Place> {
    let mut value = skip_space(text, 0);
    let mut from = value;
    let mut depth = 0;
    text.get(value)?;
    for token in tokens {
        let Some((name, next)) = step(text, value, token) else { break };
        (from, value, depth) = (name, next, depth + 1);
    }
    let end = match text.get(value)? {
        b'{' | b'[' => value + 1,
        _ => skip_value(text, value),
    };
    Some(Place { bytes: from..end.min(text.len()), depth })
}

/// The number (from 1) of the line that a byte is on.
pub(super) fn line_of(text: &[u8], at: usize) -> u64 {
    let before = &text[..at.min(text.len())];
    1 + before.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Finds many places in one text: each container on the way is gone through once.
#[derive(Debug)]
pub(super) struct Finder<'t> {
    text: &'t [u8],
    /// By where they begin.
    containers: HashMap<usize, Container>,
    /// Where lines end.
    line_ends: Vec<usize>,
}

/// Where what is in a container begins, and where its value does.
#[derive(Debug)]
enum Container {
    Object(HashMap<String, (usize, usize)>),
    Array(Vec<usize>),
}

impl<'t> Finder<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let text = text.as_bytes();
        let line_ends = memchr::memchr_iter(b'\n', text).collect();
        Self { text, containers: HashMap::new(), line_ends }
    }

    /// The line (from 1) of the value that these tokens lead to, or of the last one on the way that
    /// is there; `None` where not even the first is.
    pub(super) fn line(&mut self, tokens: &[String]) -> Option<u64> {
        let (mut from, mut value) = (None, skip_space(self.text, 0));
        for token in tokens {
            let Some((name, next)) = self.step(value, token) else { break };
            (from, value) = (Some(name), next);
        }
        Some(self.line_ends.partition_point(|end| *end < from.unwrap_or(0)) as u64 + 1)
            .filter(|_| from.is_some())
    }

    fn step(&mut self, at: usize, token: &str) -> Option<(usize, usize)> {
        let container = match self.containers.entry(at) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(match self.text.get(at)? {
                b'{' => Container::Object(members(self.text, at + 1)),
                b'[' => Container::Array(items(self.text, at + 1)),
                _ => return None,
            }),
        };
        match container {
            Container::Object(members) => members.get(token).copied(),
            Container::Array(items) => {
                let at = *items.get(token.parse::<usize>().ok()?)?;
                Some((at, at))
            }
        }
    }
}

/// The members of an object whose bracket stands before `at`, as far as they can be read.
fn members(text: &[u8], at: usize) -> HashMap<String, (usize, usize)> {
    let mut members = HashMap::new();
    let mut next = Some(skip_space(text, at));
    while let Some((name, at, value)) = next.and_then(|at| name(text, at)) {
        members.entry(name).or_insert((at, value));
        next = after_comma(text, skip_value(text, value));
    }
    members
}

/// The items of an array whose bracket stands before `at`.
fn items(text: &[u8], at: usize) -> Vec<usize> {
    let mut items = Vec::new();
    let mut next = Some(skip_space(text, at));
    while let Some(at) = next.filter(|at| text.get(*at).is_some_and(|byte| *byte != b']')) {
        items.push(at);
        next = after_comma(text, skip_value(text, at));
    }
    items
}

/// From a container to what a token names in it: where that begins, and where its value does.
fn step(text: &[u8], at: usize, token: &str) -> Option<(usize, usize)> {
    match text.get(at)? {
        b'{' => member(text, at + 1, token),
        b'[' => {
            let mut left: usize = token.parse().ok()?;
            let mut at = skip_space(text, at + 1);
            loop {
                if matches!(text.get(at)?, b']') {
                    return None;
                }
                if left == 0 {
                    return Some((at, at));
                }
                at = after_comma(text, skip_value(text, at))?;
                left -= 1;
            }
        }
        _ => None,
    }
}

fn member(text: &[u8], at: usize, token: &str) -> Option<(usize, usize)> {
    let mut at = skip_space(text, at);
    loop {
        let (name, from, value) = name(text, at)?;
        if name == token {
            return Some((from, value));
        }
        at = after_comma(text, skip_value(text, value))?;
    }
}

/// The member that begins here: its name, where that begins, and where its value does.
fn name(text: &[u8], at: usize) -> Option<(String, usize, usize)> {
    if text.get(at)? != &b'"' {
        return None;
    }
    let end = skip_value(text, at);
    let name = serde_json::from_slice(text.get(at..end)?).ok()?;
    let colon = skip_space(text, end);
    if text.get(colon)? != &b':' {
        return None;
    }
    let value = skip_space(text, colon + 1);
    text.get(value).map(|_| (name, at, value))
}

fn after_comma(text: &[u8], at: usize) -> Option<usize> {
    let comma = skip_space(text, at);
    (text.get(comma)? == &b',').then(|| skip_space(text, comma + 1))
}

fn skip_space(text: &[u8], at: usize) -> usize {
    let space = |byte: &&u8| byte.is_ascii_whitespace();
    at + text.get(at..).map_or(0, |rest| rest.iter().take_while(space).count())
}

/// The byte after the value that begins here.
fn skip_value(text: &[u8], at: usize) -> usize {
    let mut open = 0_usize;
    let mut at = at;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at = end_of_string(text, at + 1),
            b'{' | b'[' => {
                open += 1;
                at += 1;
            }
            b'}' | b']' | b',' if open == 0 => return at,
            b'}' | b']' => {
                open -= 1;
                at += 1;
            }
            byte if byte.is_ascii_whitespace() && open == 0 => return at,
            _ => {
                at += 1;
                continue;
            }
        }
        if open == 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = r#"{"a": [1, {"b": "x]\"}", "c~/d": {}}], "e": [
  [], 2.5e3 ], "\u0066": null}"#;

    #[test]
    fn values_are_found_and_what_is_absent_is_near() {
        let cases = [
            ("", "{", 0),
            ("/a/0", "1", 2),
            ("/a/1/b", r#""b": "x]\"}""#, 3),
            ("/a/1/c~0~1d", r#""c~/d": {"#, 3),
            ("/a/1/nothing/more", "{", 2),
            ("/a/2", r#""a": ["#, 1),
            ("/e/1", "2.5e3", 2),
            ("/f", r#""\u0066": null"#, 1),
            ("/e/0/0", "[", 2),
            ("/a/0/x", "1", 2),
        ];
        let mut finder = Finder::new(TEXT);
        for (pointer, expected, depth) in cases {
            let place = find(TEXT.as_bytes(), &tokens(pointer)).unwrap();
            let line = line_of(TEXT.as_bytes(), place.bytes.start);
            assert_eq!((&TEXT[place.bytes], place.depth), (expected, depth), "{pointer}");
            // The same in a text that is gone through once for many.
            let expected = Some(line).filter(|_| depth > 0);
            assert_eq!(finder.line(&tokens(pointer)), expected, "{pointer}");
        }
        let place = find(TEXT.as_bytes(), &tokens("/e/0")).unwrap();
        assert_eq!(line_of(TEXT.as_bytes(), place.bytes.start), 2);
        assert_eq!(find(b"", &tokens("/a")), None);
    }

    proptest! {
        #[test]
        fn any_text_ends(
            text in "[\\[\\]{}:,\" a1\\\\\n]{0,60}",
            pointer in "(/[a1]{0,1}){0,4}",
        ) {
            let line = Finder::new(&text).line(&tokens(&pointer));
            if let Some(place) = find(text.as_bytes(), &tokens(&pointer)) {
                prop_assert!(place.bytes.end <= text.len());
                let found = line_of(text.as_bytes(), place.bytes.start);
                prop_assert_eq!(line, Some(found).filter(|_| place.depth > 0));
            }
        }
    }
}
