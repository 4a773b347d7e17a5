//! Code on a page: request lines, JSON values that begin on a line and may be followed by a heading on their last
//! one, line-number gutters, and the line of every value inside.

use crate::exchange::pointer_token;
use crate::page::model::Line;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Longest JSON text that is read as an example.
const TEXT_LIMIT: usize = 1 << 17;
/// Deepest nesting of an example.
const DEPTH_LIMIT: usize = 64;

/// Methods that a request line begins with.
pub(super) const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// A JSON value found from a line on.
pub(super) struct Found {
    pub(super) text: String,
    pub(super) value: Value,
    /// Lines that it takes up.
    pub(super) lines: usize,
    /// What follows on its last line.
    pub(super) rest: String,
}

/// The JSON object or array that begins at byte `column` of the first line. `Err` is the number of
/// lines that were scanned in vain.
pub(super) fn json(lines: &[Line], column: usize) -> Result<Found, usize> {
    let mut text = String::new();
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (index, line) in lines.iter().enumerate() {
        let own = if index == 0 { &line.text[column..] } else { line.text.as_str() };
        for (at, c) in own.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' if in_string => escaped = true,
                '"' => in_string = !in_string,
                '{' | '[' if !in_string => depth += 1,
                '}' | ']' if !in_string => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > DEPTH_LIMIT {
                return Err(index + 1);
            }
            if depth == 0 && !in_string {
                text.push_str(&own[..at + c.len_utf8()]);
                let value = serde_json::from_str(&text).map_err(|_| index + 1)?;
                let rest = own[at + c.len_utf8()..].trim().to_owned();
                return Ok(Found { text, value, lines: index + 1, rest });
            }
        }
        // A string does not reach over a line's end.
        if in_string || text.len() + own.len() > TEXT_LIMIT {
            return Err(index + 1);
        }
        text.push_str(own);
        text.push('\n');
    }
    Err(lines.len())
}

/// Method and target of a line such as `POST /v1/depots`.
pub(super) fn request_line(text: &str) -> Option<(&'static str, &str)> {
    let (method, rest) = text.split_once(char::is_whitespace)?;
    let method = METHODS.iter().find(|known| **known == method)?;
    let rest = rest.trim_start();
    is_target(rest).then_some((method, rest))
}

/// Whether a text begins with the target of a request.
pub(super) fn is_target(text: &str) -> bool {
    ["/", "http://", "https://"].iter().any(|start| text.starts_with(start))
        && text.split_whitespace().next().is_some_and(|target| target.len() <= 2048)
}

/// The code behind a gutter of line numbers (`1 2 3 | code |`).
pub(super) fn behind_gutter(line: &str) -> Option<&str> {
    let (gutter, code) = line.split_once('|')?;
    let mut expected = 0_usize;
    for number in gutter.split_whitespace() {
        expected += 1;
        if number.parse() != Ok(expected) {
            return None;
        }
    }
    let code = code.trim();
    (expected > 0).then(|| code.strip_suffix('|').unwrap_or(code).trim())
}

/// The line of each value of a JSON text, by JSON pointer. The text is valid JSON.
pub(in crate::page) fn locate(text: &str, first: u32) -> BTreeMap<String, u32> {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0, line: first };
    let mut found = BTreeMap::new();
    let mut open: Vec<Level> = Vec::new();
    while let Some(byte) = scan.next_token() {
        if byte == b'"' && open.last().is_some_and(|level| level.object && level.key.is_none()) {
            let key = scan.string();
            if let Some(level) = open.last_mut() {
                level.key = Some(key);
            }
            continue;
        }
        match byte {
            b'}' | b']' => drop(open.pop()),
            b',' => {
                if let Some(level) = open.last_mut() {
                    level.key = None;
                    level.index += 1;
                }
            }
            b':' => {}
            _ => {
                found.insert(pointer(&open), scan.line);
                match byte {
                    b'{' | b'[' => open.push(Level { object: byte == b'{', key: None, index: 0 }),
                    b'"' => {
                        scan.string();
                        continue;
                    }
                    _ => {
                        scan.literal();
                        continue;
                    }
                }
            }
        }
        scan.at += 1;
    }
    found
}

/// An object or array that is being read.
struct Level {
    object: bool,
    key: Option<String>,
    index: usize,
}

fn pointer(open: &[Level]) -> String {
    open.iter().fold(String::new(), |mut pointer, level| {
        let _ = match &level.key {
            Some(key) => write!(pointer, "/{}", pointer_token(key)),
            None => write!(pointer, "/{}", level.index),
        };
        pointer
    })
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
}

impl Scan<'_> {
    fn next_token(&mut self) -> Option<u8> {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'\n' => self.line += 1,
                byte if byte.is_ascii_whitespace() => {}
                _ => return Some(byte),
            }
            self.at += 1;
        }
        None
    }

    /// Reads over a string and answers with what it says.
    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at) {
            self.at += match byte {
                b'\\' => 2,
                b'"' => break,
                _ => 1,
            };
        }
        self.at = (self.at + 1).min(self.bytes.len());
        serde_json::from_slice(&self.bytes[start..self.at]).unwrap_or_default()
    }

    fn literal(&mut self) {
        while let Some(byte) = self.bytes.get(self.at) {
            if byte.is_ascii_whitespace() || b",]}".contains(byte) {
                break;
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Line> {
        (1..)
            .zip(text.lines())
            .map(|(number, text)| Line { number, text: text.to_owned() })
            .collect()
    }

    #[test]
    fn a_value_ends_where_it_is_balanced() {
        let found = json(&lines("{\n\"a\": \"}\"\n} Example Responses\nmore"), 0).ok().unwrap();
        assert_eq!(found.value, serde_json::json!({"a": "}"}));
        assert_eq!((found.lines, found.rest.as_str()), (3, "Example Responses"));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["{", "{depot}", "{\"a\": \"open", "[1, 2", &"[".repeat(200)] {
            assert!(json(&lines(text), 0).is_err(), "{text}");
        }
    }

    #[test]
    fn gutters_count_from_one() {
        assert_eq!(behind_gutter("1 2 3 | { } |"), Some("{ }"));
        assert_eq!(behind_gutter("1 3 | { } |"), None);
        assert_eq!(behind_gutter("depot | { } |"), None);
        assert_eq!(behind_gutter("| a | b |"), None);
    }

    #[test]
    fn every_value_has_its_line() {
        let text = "{\n\"a\": [1,\n{\"b/c\": \"x\\\"y\"}],\n\"d\": null}";
        let found: Vec<(String, u32)> = locate(text, 10).into_iter().collect();
        let expected =
            [("", 10), ("/a", 11), ("/a/0", 11), ("/a/1", 12), ("/a/1/b~1c", 12), ("/d", 13)];
        assert_eq!(found, expected.map(|(pointer, line)| (pointer.to_owned(), line)));
    }
}
