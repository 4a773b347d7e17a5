//! Recorded messages as lines that a person reads, with the places of findings marked. Long ones are
//! cut to what is around the marks.

use super::scan::{find, tokens};
use crate::cassette::{Style, lay_out};
use crate::check::Location;
use crate::exchange::{Body, Headers, MediaType, Request, Response, Target};
use std::ops::Range;

/// Most lines of a body that are shown from its beginning, and around each mark.
const HEAD: usize = 24;
const AROUND: usize = 7;
/// Most places of one body that are marked.
const MARKS: usize = 12;
/// Longest line, in characters.
const LINE: usize = 200;
/// Most header fields.
const FIELDS: usize = 60;
/// Longest body that is laid out and searched, in bytes.
const LAID_OUT: usize = 4 * 1024 * 1024;

/// A message as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// The start line and the header fields.
    pub head: Vec<Line>,
    /// The lines of the body that are shown; their numbers tell where some were left out.
    pub body: Vec<Line>,
    /// How many lines the body has, laid out.
    pub lines: usize,
    /// What is to be said of the body where it is not shown as it is.
    pub note: Option<String>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Its number, from 1; 0 in a head.
    pub number: usize,
    /// Its text; control characters are as they came.
    pub text: String,
    /// What of it is marked.
    pub marks: Vec<Mark>,
}

/// A marked place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Position of the finding in the verdict.
    pub finding: usize,
    /// Bytes of the line.
    pub bytes: Range<usize>,
    /// Whether this is the place itself, or the nearest that is there: what was expected is missing.
    pub exact: bool,
}

/// What is looked for in a message: findings by position, with their places.
pub(super) type Sought<'a> = [(usize, &'a Location)];

/// A request. Of `sought` those that are places of a request.
pub(super) fn request(request: &Request, sought: &Sought<'_>) -> Message {
    let target = &request.target;
    let mut start = Line::of(format!("{} {target} {}", request.method, request.version.as_str()));
    for (finding, at) in sought {
        let name = match at {
            Location::Query(name) => find_query(&start.text, name),
            Location::Path(_) => Some(path_range(&request.method, target)),
            _ => continue,
        };
        let exact = name.is_some();
        start.mark(*finding, name.unwrap_or(0..start.text.len()), exact);
    }
    let mut message = Message { head: vec![start], ..Message::default() };
    message.fields(&request.headers, sought);
    message.body(&request.body, &request.headers, sought);
    message
}

/// A response.
pub(super) fn response(response: &Response, sought: &Sought<'_>) -> Message {
    let (version, status) = (response.version.as_str(), response.status);
    let mut start = Line::of(format!("{version} {status} {}", response.reason.text()));
    for (finding, at) in sought {
        if matches!(at, Location::Status) {
            start.mark(*finding, version.len() + 1..version.len() + 4, true);
        }
    }
    let mut message = Message { head: vec![start], ..Message::default() };
    message.fields(&response.headers, sought);
    message.body(&response.body, &response.headers, sought);
    message
}

fn find_query(line: &str, name: &str) -> Option<Range<usize>> {
    let query = line.find('?')? + 1;
    let mut at = query;
    for pair in line[query..].split(['&', ' ']) {
        let key = pair.split('=').next().unwrap_or_default();
        if crate::exchange::decoded_text(key) == name {
            return Some(at..at + pair.len());
        }
        at += pair.len() + 1;
    }
    None
}

fn path_range(method: &str, target: &str) -> Range<usize> {
    let path = Target::parse(target).path;
    let at = method.len() + 1 + target.find(path).unwrap_or(0);
    at..at + path.len()
}

impl Line {
    fn of(text: String) -> Self {
        Self { number: 0, text: cut(text), marks: Vec::new() }
    }

    fn mark(&mut self, finding: usize, bytes: Range<usize>, exact: bool) {
        let text = &self.text;
        let inside =
            |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
        let (start, end) = (inside(bytes.start).unwrap_or(0), inside(bytes.end).unwrap_or(0));
        self.marks.push(Mark { finding, bytes: start..end.max(start), exact });
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl Message {
    fn fields(&mut self, headers: &Headers, sought: &Sought<'_>) {
        let from = self.head.len();
        for header in headers.iter().take(FIELDS) {
            self.head.push(Line::of(format!("{}: {}", header.name, header.text())));
        }
        if let Some(more @ 1..) = headers.len().checked_sub(FIELDS) {
            self.head.push(Line::of(format!("… and {more} fields more")));
        }
        for (finding, at) in sought {
            let Location::Header(name) = at else { continue };
            let line = headers.iter().take(FIELDS).position(|header| header.is(name));
            let exact = line.is_some();
            // What is missing is missing from the head as a whole.
            let line = &mut self.head[line.map_or(0, |line| from + line)];
            line.mark(*finding, 0..line.text.len(), exact);
        }
    }

    fn body(&mut self, body: &Body, headers: &Headers, sought: &Sought<'_>) {
        let length = body.len();
        if length == 0 {
            return;
        }
        let decoded = match body.decoded(headers) {
            Ok(Some(decoded)) => decoded,
            Ok(None) => {
                self.note = Some(format!("{length} bytes in a file of their own"));
                return;
            }
            Err(error) => {
                self.note = Some(format!("{length} bytes: {error}"));
                return;
            }
        };
        let Ok(text) = std::str::from_utf8(&decoded) else {
            let media = headers.text("content-type").and_then(MediaType::parse);
            let media = media.map_or_else(String::new, |media| format!(" of {media}"));
            self.note = Some(format!("{length} bytes{media}, not text"));
            return;
        };
        if decoded.len() > LAID_OUT {
            self.note = Some(format!("{length} bytes, of which the first lines are shown"));
            self.window(&text[..floor(text, LAID_OUT)], &[]);
            return;
        }
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        let laid_out = is_json.then(|| lay_out(text.as_bytes(), Style::indented(), 0)).flatten();
        let laid_out = laid_out.and_then(|bytes| String::from_utf8(bytes).ok());
        let text = laid_out.as_deref().unwrap_or(text);
        let mut marks: Vec<(usize, Range<usize>, bool)> = Vec::new();
        for (finding, at) in sought {
            let Location::Body(pointer) = at else { continue };
            let tokens = tokens(pointer);
            let place = if is_json { find(text.as_bytes(), &tokens) } else { None };
            let (bytes, exact) = match place {
                Some(place) => (place.bytes, place.depth == tokens.len()),
                None => (0..text.lines().next().map_or(0, str::len), true),
            };
            marks.push((*finding, bytes, exact));
        }
        marks.truncate(MARKS);
        self.window(text, &marks);
    }

    /// The beginning of a text, and what is around its marks.
    fn window(&mut self, text: &str, marks: &[(usize, Range<usize>, bool)]) {
        let marked: Vec<usize> = marks
            .iter()
            .map(|(_, bytes, _)| {
                text.as_bytes()[..bytes.start].iter().filter(|byte| **byte == b'\n').count()
            })
            .collect();
        let mut start = 0;
        for (index, line) in text.split('\n').enumerate() {
            self.lines = index + 1;
            let near = |marked: &usize| marked.abs_diff(index) <= AROUND;
            if index < HEAD || marked.iter().any(near) {
                let mut shown = Line::of(line.trim_end_matches('\r').to_owned());
                shown.number = index + 1;
                for (finding, bytes, exact) in marks {
                    if (start..=start + line.len()).contains(&bytes.start) {
                        shown.mark(*finding, bytes.start - start..bytes.end - start, *exact);
                    }
                }
                self.body.push(shown);
            }
            start += line.len() + 1;
        }
    }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
