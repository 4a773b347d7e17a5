//! Places in a JSON text, as `JSONPath` (RFC 9535) without filters: found while the text is walked, in
//! time that grows with the text and the path, whatever they are. A path is a chain of at most
//! [`MOST_SEGMENTS`] segments; how far a place has come along it is a set of bits.

use std::fmt;

/// Most segments of a path: their places are the bits of a word.
const MOST_SEGMENTS: usize = 60;
/// Most selectors of one segment.
const MOST_SELECTORS: usize = 20;

/// A JSON path, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath {
    text: String,
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    /// `..`: at any depth.
    deep: bool,
    selectors: Vec<Selector>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Selector {
    Name(String),
    /// An element of XML, by its name without prefix.
    Local(String),
    /// Any element of XML.
    Element,
    Any,
    Index(usize),
    Slice {
        start: usize,
        end: usize,
        step: usize,
    },
}

/// One step down in a JSON text.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

/// How far a place has come along a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Progress(u64);

impl Progress {
    /// At the root.
    pub(super) const START: Self = Self(1);
}

impl JsonPath {
    /// Reads a path; what is wrong with it as a phrase.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // The grammar's own complaints are the better ones.
        serde_json_path::JsonPath::parse(text)
            .map_err(|error| format!("is no JSONPath: {error}"))?;
        let mut reader = Reader { rest: text.strip_prefix('$').unwrap_or(text) };
        let segments = reader.segments()?;
        if segments.len() > MOST_SEGMENTS {
            return Err(format!("has more than {MOST_SEGMENTS} segments"));
        }
        Ok(Self { text: text.to_owned(), segments })
    }

    /// Reads places of XML: `/a/b/@c`, `//b`, `*` for any element. They are found in the same walk.
    pub(super) fn of_xml(text: &str) -> Result<Self, String> {
        let mut segments = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let deep = rest.starts_with("//");
            let after = rest.strip_prefix("//").or_else(|| rest.strip_prefix('/'));
            let after = after.ok_or("does not begin with `/`")?;
            let (name, after) = after.split_at(after.find('/').unwrap_or(after.len()));
            rest = after;
            let plain = name.strip_prefix('@').unwrap_or(name);
            let odd = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !"_:-.".contains(c);
            let selector = match name {
                "*" => Selector::Element,
                _ if plain.is_empty() => return Err("has an empty step".to_owned()),
                _ if plain.contains(odd) => {
                    return Err(format!("has a step that is no name: `{name}`"));
                }
                _ if name.starts_with('@') && !rest.is_empty() => {
                    return Err(format!("goes on below the attribute `{name}`"));
                }
                _ if name.contains([':', '@']) => Selector::Name(name.to_owned()),
                _ => Selector::Local(name.to_owned()),
            };
            segments.push(Segment { deep, selectors: vec![selector] });
        }
        if !(1..=MOST_SEGMENTS).contains(&segments.len()) {
            return Err(format!("has no steps, or more than {MOST_SEGMENTS}"));
        }
        Ok(Self { text: text.to_owned(), segments })
    }

    /// The progress of a child, given that of the place above it.
    pub(super) fn step(&self, above: Progress, step: Step<'_>) -> Progress {
        let mut below = 0;
        for (place, segment) in self.segments.iter().enumerate() {
            if above.0 & (1 << place) == 0 {
                continue;
            }
            if segment.selectors.iter().any(|selector| selector.fits(step)) {
                below |= 1 << (place + 1);
            }
            if segment.deep {
                below |= 1 << place;
            }
        }
        Progress(below)
    }

    /// Whether the path ends at a place.
    pub(super) fn ends(&self, place: Progress) -> bool {
        place.0 & (1 << self.segments.len()) != 0
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Selector {
    fn fits(&self, step: Step<'_>) -> bool {
        match (self, step) {
            (Self::Any, _) => true,
            (Self::Name(wanted), Step::Name(name)) => wanted == name,
            (Self::Local(wanted), Step::Name(name)) => {
                name.rsplit_once(':').map_or(name, |(_, local)| local) == wanted
            }
            (Self::Element, Step::Name(name)) => !name.starts_with('@'),
            (Self::Index(wanted), Step::Index(index)) => *wanted == index,
            (Self::Slice { start, end, step }, Step::Index(index)) => {
                index >= *start && index < *end && (index - start).is_multiple_of(*step)
            }
            _ => false,
        }
    }
}

/// Reads a path whose grammar is known to be right.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn segments(&mut self) -> Result<Vec<Segment>, String> {
        let mut segments = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.is_empty() {
                return Ok(segments);
            }
            let deep = self.took("..");
            let selectors = if self.took("[") {
                self.bracket()?
            } else if deep || self.took(".") {
                vec![self.shorthand()]
            } else {
                return Err(format!("has something that is not understood: `{}`", self.rest));
            };
            if selectors.len() > MOST_SELECTORS {
                return Err(format!("has more than {MOST_SELECTORS} selectors in one segment"));
            }
            segments.push(Segment { deep, selectors });
        }
    }

    fn took(&mut self, what: &str) -> bool {
        let rest = self.rest.strip_prefix(what);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn shorthand(&mut self) -> Selector {
        if self.took("*") {
            return Selector::Any;
        }
        let ends = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '_';
        Selector::Name(self.until(ends).to_owned())
    }

    fn until(&mut self, ends: impl Fn(char) -> bool) -> &str {
        let (word, rest) = self.rest.split_at(self.rest.find(ends).unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }

    fn bracket(&mut self) -> Result<Vec<Selector>, String> {
        let mut selectors = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            let selector = match self.rest.chars().next() {
                Some('*') => {
                    self.took("*");
                    Selector::Any
                }
                Some(quote @ ('"' | '\'')) => Selector::Name(self.quoted(quote)?),
                Some('?') => return Err("has a filter, which is not taken here".to_owned()),
                _ => self.number_or_slice()?,
            };
            selectors.push(selector);
            self.rest = self.rest.trim_start();
            if self.took("]") {
                return Ok(selectors);
            }
            if !self.took(",") {
                return Err(format!("has something that is not understood: `{}`", self.rest));
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let body = &self.rest[1..];
        let mut escaped = false;
        let end = body.find(|c| {
            let ends = c == quote && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let end = end.ok_or("has a name without an end")?;
        let inner = &body[..end];
        self.rest = &body[end + 1..];
        if !inner.contains('\\') {
            return Ok(inner.to_owned());
        }
        // The escapes are those of JSON, and that of the quote.
        let json = match quote {
            '\'' => inner.replace("\\'", "'").replace('"', "\\\""),
            _ => inner.to_owned(),
        };
        serde_json::from_str(&format!("\"{json}\""))
            .map_err(|_| format!("has a name with escapes that are not taken: `{inner}`"))
    }

    fn number_or_slice(&mut self) -> Result<Selector, String> {
        let text = self.until(|c| c == ',' || c == ']').trim().to_owned();
        let number = |text: &str, otherwise: usize| match text.trim() {
            "" => Ok(otherwise),
            text => text
                .parse::<usize>()
                .map_err(|_| format!("counts from the end (`{text}`), which is not taken here")),
        };
        let parts: Vec<&str> = text.split(':').collect();
        match parts.as_slice() {
            [index] => Ok(Selector::Index(number(index, 0)?)),
            [start, end, rest @ ..] => {
                let step = number(rest.first().copied().unwrap_or(""), 1)?;
                let (start, end) = (number(start, 0)?, number(end, usize::MAX)?);
                // A step of zero selects nothing (RFC 9535, section 2.3.4.2).
                let end = if step == 0 { 0 } else { end };
                Ok(Selector::Slice { start, end, step: step.max(1) })
            }
            [] => Err("has an empty selector".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// Pointers of the places that a path selects, found step by step.
    fn places(path: &JsonPath, value: &Value, at: &str, progress: Progress, out: &mut Vec<String>) {
        if path.ends(progress) {
            out.push(at.to_owned());
        }
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let at = format!("{at}/{name}");
                    places(path, value, &at, path.step(progress, Step::Name(name)), out);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    let at = format!("{at}/{index}");
                    places(path, value, &at, path.step(progress, Step::Index(index)), out);
                }
            }
            _ => {}
        }
    }

    fn ours(path: &str, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        places(&JsonPath::parse(path).unwrap(), value, "", Progress::START, &mut found);
        found.sort();
        found
    }

    /// The same by another's implementation.
    fn theirs(path: &str, value: &Value) -> Vec<String> {
        let path = serde_json_path::JsonPath::parse(path).unwrap();
        let mut found: Vec<String> = path
            .query_located(value)
            .iter()
            .map(|node| node.location().to_json_pointer())
            .collect();
        found.sort();
        found.dedup();
        found
    }

    fn sample() -> Value {
        json!({"a": [{"id": 1, "b": {"id": 2}}, {"id": [3, 4, 5, 6]}, 7], "id": "x", "é": null, "a b": 1, "q'": {"id": {}}})
    }

    #[test]
    fn places_are_those_of_another_implementation() {
        for path in [
            "$",
            "$.a",
            "$.a[0].id",
            "$.a[*].id",
            "$..id",
            "$..*",
            "$..[0]",
            "$.a[0, 2]",
            "$.a[1].id[1:3]",
            "$.a[1].id[::2]",
            "$.a[1].id[1::2]",
            "$.a[1].id[0:4:0]",
            "$['a b']",
            "$[\"é\"]",
            "$.é",
            "$['q\\'']..id",
            "$['\\u0061'][2]",
            "$..a..id",
            "$ .a [ 0 ] .id",
            "$.none",
            "$.*.*",
        ] {
            assert_eq!(ours(path, &sample()), theirs(path, &sample()), "{path}");
        }
    }

    #[test]
    fn what_is_not_taken_is_told() {
        for (path, expected) in [
            ("a", "is no JSONPath: "),
            ("$.", "is no JSONPath: "),
            ("$[?@.x]", "has a filter"),
            ("$[-1]", "counts from the end (`-1`)"),
            ("$[:-1]", "counts from the end (`-1`)"),
            (&format!("${}", ".a".repeat(61)), "has more than 60 segments"),
        ] {
            let told = JsonPath::parse(path).unwrap_err();
            assert!(told.starts_with(expected), "{path}: {told}");
        }
    }

    proptest! {
        #[test]
        fn any_path_finds_what_another_implementation_finds(
            segments in prop::collection::vec((any::<bool>(), 0..5_usize), 0..5),
        ) {
            let words = ["['a']", "['id']", "[*]", "[0]", "[1:3]"];
            let mut path = "$".to_owned();
            for (deep, word) in segments {
                path.push_str(if deep { ".." } else { "" });
                path.push_str(words[word]);
            }
            prop_assert_eq!(ours(&path, &sample()), theirs(&path, &sample()));
        }
    }
}
