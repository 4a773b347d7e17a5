//! Where a spec's file makes a promise: the line of a JSON pointer, in JSON and YAML, and the lines
//! around it. Pointers are into the document as it is read (3.1): what an older document has
//! elsewhere is looked for where it stood.

use super::scan::{Finder, tokens};
use crate::exchange::pointer_token;
use granit_parser::{Event, Parser};
use std::collections::HashMap;

/// Lines before and after the promised one.
const BEFORE: usize = 3;
const AFTER: usize = 9;
/// Longest line, in characters.
const LINE: usize = 160;
/// Deepest nesting that is looked into.
const DEPTH: usize = 128;

/// What a spec says at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The line, from 1.
    pub line: u64,
    /// Number of the first of `text`.
    pub first: u64,
    /// Lines around it.
    pub text: Vec<String>,
}

/// The passages of a spec's text for these pointers.
pub(in crate::report) fn passages<'p>(
    text: &str,
    pointers: impl Iterator<Item = &'p str>,
) -> HashMap<&'p str, Passage> {
    let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']);
    let lines: Vec<&str> = text.lines().collect();
    let index = if is_json { HashMap::new() } else { yaml_index(text) };
    let mut finder = Finder::new(if is_json { text } else { "" });
    let mut line = |pointer: &str| {
        if is_json {
            return finder.line(&tokens(pointer));
        }
        let mut pointer = pointer;
        loop {
            if let Some(line) = index.get(pointer) {
                return Some(*line);
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    };
    let passage = |pointer: &'p str| {
        let line = line(pointer).or_else(|| line(&older(pointer)?))?;
        let at = usize::try_from(line).ok()?.checked_sub(1)?;
        let first = at.saturating_sub(BEFORE);
        let around = lines.iter().skip(first).take(BEFORE + AFTER);
        let text = around.map(|line| line.chars().take(LINE).collect()).collect();
        Some((pointer, Passage { line, first: first as u64 + 1, text }))
    };
    pointers.filter_map(passage).collect()
}

/// Where a 2.0 document has what 3.1 has here.
fn older(pointer: &str) -> Option<String> {
    let moved = [
        ("/components/schemas/", "/definitions/"),
        ("/components/parameters/", "/parameters/"),
        ("/components/responses/", "/responses/"),
    ];
    moved.iter().find_map(|(new, old)| Some(format!("{old}{}", pointer.strip_prefix(new)?)))
}

/// One collection that is open: its pointer, and the next index or the key that waits for its value.
struct Open {
    pointer: String,
    index: Option<usize>,
    key: Option<(String, u64)>,
}

/// The line of every value in a YAML text, by pointer; of a member that of its key. Ends where the
/// text is none.
fn yaml_index(text: &str) -> HashMap<String, u64> {
    let mut index = HashMap::new();
    let mut open: Vec<Open> = Vec::new();
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: DEPTH,
        block_nesting_limit: DEPTH,
    };
    for next in Parser::new_from_str_with_options(text, options) {
        let Ok((event, span)) = next else { break };
        let line = span.start.line() as u64;
        match event {
            Event::Scalar(text, ..) => {
                let _ = place(&mut open, &mut index, Some(&text), line);
            }
            Event::Alias(_) => {
                let _ = place(&mut open, &mut index, None, line);
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                let pointer = place(&mut open, &mut index, None, line).unwrap_or_default();
                let list = matches!(event, Event::SequenceStart(..));
                open.push(Open { pointer, index: list.then_some(0), key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
            }
            _ => {}
        }
    }
    index
}

/// Notes where a node stands; its pointer, unless it is a key.
fn place(
    open: &mut [Open],
    index: &mut HashMap<String, u64>,
    text: Option<&str>,
    line: u64,
) -> Option<String> {
    let parent = open.last_mut()?;
    let (pointer, line) = if let Some(next) = &mut parent.index {
        let pointer = format!("{}/{next}", parent.pointer);
        *next += 1;
        (pointer, line)
    } else if let Some((key, line)) = parent.key.take() {
        (format!("{}/{}", parent.pointer, pointer_token(&key)), line)
    } else {
        // A key that is no text leads nowhere that a pointer can name.
        parent.key = Some((text.unwrap_or_default().to_owned(), line));
        return None;
    };
    index.entry(pointer.clone()).or_insert(line);
    Some(pointer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, pointers: &[&str]) -> Vec<Option<u64>> {
        let found = passages(text, pointers.iter().copied());
        pointers.iter().map(|pointer| Some(found.get(pointer)?.line)).collect()
    }

    #[test]
    fn lines_of_pointers() {
        let yaml = "openapi: 3.1.0\npaths:\n  /a/{b}:\n    get: &g\n      tags: [x, y]\n      responses:\n        200:\n          description: d\n    put: *g\n";
        let pointers = [
            "/paths/~1a~1{b}",
            "/paths/~1a~1{b}/get/responses/200/description",
            "/paths/~1a~1{b}/get/responses/200/content/absent",
            "/paths/~1a~1{b}/get/tags/1",
            "/paths/~1a~1{b}/put",
            "/nothing",
        ];
        let expected = [Some(3), Some(8), Some(7), Some(5), Some(9), None];
        assert_eq!(lines(yaml, &pointers), expected);
        let json =
            "{\"swagger\": \"2.0\",\n \"definitions\": {\n  \"A\": {\n   \"type\": \"object\"}}}";
        let pointers = ["/definitions/A/type", "/components/schemas/A/required/0", "/nothing"];
        assert_eq!(lines(json, &pointers), [Some(4), Some(3), None]);
        assert_eq!(lines("{", &["/a"]), [None]);
        assert_eq!(lines(": [", &["/a"]), [None]);
    }

    #[test]
    fn what_is_around_a_line_is_shown() {
        let text: Vec<String> = (1..40).map(|n| format!("k{n}: {n}")).collect();
        let text = text.join("\n");
        let found = passages(&text, ["/k20"].into_iter());
        let passage = &found["/k20"];
        assert_eq!((passage.line, passage.first, passage.text.len()), (20, 17, 12));
        assert_eq!(passage.text[3], "k20: 20");
    }
}
