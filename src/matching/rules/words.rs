//! What rules are made of: names, JSON paths, patterns, kinds of bodies, values that travel. Each is
//! read from a text once and then known to be usable; equal texts are equal.

use super::super::path::JsonPath;
use crate::exchange::fits_glob_in_any_case;
use regex::bytes::{Regex, RegexBuilder};
use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

/// Longest name, path or pattern, in bytes.
const LONGEST: usize = 1000;
/// Most memory that a compiled pattern may take, in bytes.
const PATTERN_SIZE: usize = 1024 * 1024;

/// What is wrong with the value of a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {what}")]
pub struct BadValue {
    text: String,
    what: String,
}

impl BadValue {
    pub(in super::super) fn new(text: &str, what: impl fmt::Display) -> Self {
        Self { text: text.chars().take(80).collect(), what: what.to_string() }
    }
}

fn measured(text: &str) -> Result<&str, BadValue> {
    match text.len() {
        0 => Err(BadValue::new(text, "is empty")),
        length if length > LONGEST => {
            Err(BadValue::new(text, format_args!("is longer than {LONGEST} bytes")))
        }
        _ => Ok(text),
    }
}

/// A name of a header, parameter, field or part; `*` stands for any characters, case does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Whether a name is meant.
    pub fn fits(&self, name: &str) -> bool {
        fits_glob_in_any_case(&self.0, name)
    }

    /// Whether this one name is meant and no other.
    pub(super) fn is_exact(&self) -> bool {
        !self.0.contains('*')
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl FromStr for Name {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        measured(text).map(|text| Self(text.to_owned()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for JsonPath {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        Self::parse(measured(text)?).map_err(|what| BadValue::new(text, what))
    }
}

/// Places in an XML document: `/a/b/@c`, `//b`, `/a/*`. A name without a prefix is that of elements with any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlPath(pub(in super::super) JsonPath);

impl FromStr for XmlPath {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        JsonPath::of_xml(measured(text)?).map(Self).map_err(|what| BadValue::new(text, what))
    }
}

impl fmt::Display for XmlPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A regular expression; what it matches is invisible.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    pub(in super::super) fn regex(&self) -> &Regex {
        &self.0
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

impl FromStr for Pattern {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        RegexBuilder::new(measured(text)?)
            .size_limit(PATTERN_SIZE)
            .dfa_size_limit(PATTERN_SIZE)
            .build()
            .map(Self)
            .map_err(|error| {
                let told = error.to_string();
                let last = told.lines().last().unwrap_or_default();
                let last = last.strip_prefix("error: ").unwrap_or(last);
                BadValue::new(text, format_args!("is no regular expression: {last}"))
            })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// How bodies are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BodyKind {
    /// By what they are: multipart, XML and forms by their media type, JSON by its content, else bytes.
    #[default]
    Auto,
    /// As JSON.
    Json,
    /// As XML.
    Xml,
    /// As form pairs.
    Form,
    /// As multipart.
    Multipart,
    /// As text: line ends do not count.
    Text,
    /// Byte for byte.
    Bytes,
    /// Not at all.
    Ignore,
}

const KINDS: [(&str, BodyKind); 8] = [
    ("auto", BodyKind::Auto),
    ("json", BodyKind::Json),
    ("xml", BodyKind::Xml),
    ("form", BodyKind::Form),
    ("multipart", BodyKind::Multipart),
    ("text", BodyKind::Text),
    ("bytes", BodyKind::Bytes),
    ("ignore", BodyKind::Ignore),
];

impl FromStr for BodyKind {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        let known = KINDS.iter().find(|(word, _)| *word == text);
        known.map(|(_, kind)| *kind).ok_or_else(|| {
            let words = KINDS.map(|(word, _)| format!("`{word}`")).join(", ");
            BadValue::new(text, format_args!("is no kind of body: one of {words}"))
        })
    }
}

impl fmt::Display for BodyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = KINDS.iter().find(|(_, kind)| kind == self).map_or("auto", |(word, _)| word);
        f.write_str(word)
    }
}

/// Where a request holds a value that travels: it may differ from the recorded one, and what the
/// recorded answer echoes of that is answered with the new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bind {
    /// `query:NAME`: a query parameter.
    Query(Name),
    /// `header:NAME`: a header.
    Header(Name),
    /// `form:NAME`: a form's field or a multipart part.
    Form(Name),
    /// `json:$.path`: values in a JSON body.
    Json(JsonPath),
    /// `path:N`: a segment of the path, counted from 1 (`/v1/x`: 1 is `v1`).
    Path(NonZeroUsize),
}

impl FromStr for Bind {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        let what = "is no place of a value: `query:NAME`, `header:NAME`, `form:NAME`, \
                    `json:$.path` or `path:N`";
        let bad = || BadValue::new(text, what);
        let (kind, place) = text.split_once(':').ok_or_else(bad)?;
        match kind {
            "query" => place.parse().map(Self::Query),
            "header" => place.parse().map(Self::Header),
            "form" => place.parse().map(Self::Form),
            "json" => place.parse().map(Self::Json),
            "path" => place.parse().map(Self::Path).map_err(|_| {
                BadValue::new(text, "is no place of a value: segments are counted from 1")
            }),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(name) => write!(f, "query:{name}"),
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Form(name) => write!(f, "form:{name}"),
            Self::Json(path) => write!(f, "json:{path}"),
            Self::Path(number) => write!(f, "path:{number}"),
        }
    }
}

/// The requests that a rule is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    text: String,
    shape: Option<(String, String)>,
}

impl Scope {
    /// Whether a request is meant, by its method and its path, percent-encoding undone.
    pub(super) fn fits(&self, method: &str, path: &str) -> bool {
        self.shape.as_ref().is_some_and(|(wanted, glob)| {
            (wanted == "*" || wanted == method) && crate::exchange::fits_glob(glob, path)
        })
    }

    /// The text: it may be an operation's id.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it can be nothing but an operation's id.
    pub fn is_id(&self) -> bool {
        self.shape.is_none()
    }
}

impl FromStr for Scope {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        let text = measured(text.trim())?;
        let what =
            "is no operation: `METHOD PATH-GLOB` (`POST /v1/*/images`), or an operation's id";
        let Some((method, path)) = text.split_once(char::is_whitespace) else {
            if text.starts_with('/') {
                return Err(BadValue::new(text, what));
            }
            return Ok(Self { text: text.to_owned(), shape: None });
        };
        let path = path.trim_start();
        let is_method = method == "*" || method.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_method || !path.starts_with(['/', '*']) || path.contains(char::is_whitespace) {
            return Err(BadValue::new(text, what));
        }
        let shape = Some((method.to_owned(), without_variables(path)));
        Ok(Self { text: format!("{method} {path}"), shape })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A path with a star for each `{variable}` of a template.
fn without_variables(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        if name.contains(['/', '{']) {
            break;
        }
        out.push_str(before);
        out.push('*');
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_methods_and_paths_or_ids() {
        let fits = |scope: &str, method: &str, path: &str| {
            scope.parse::<Scope>().unwrap().fits(method, path)
        };
        assert!(fits("POST /v1/*/images", "POST", "/v1/p/images"));
        assert!(!fits("POST /v1/*/images", "PUT", "/v1/p/images"));
        assert!(fits("* /v1/{project}/images", "PUT", "/v1/p/images"));
        assert!(fits("GET *", "GET", "/"));
        assert!(!fits("CreateImage", "POST", "/"), "an id needs a spec");
        for text in ["", "/v1", "post /v1", "POST v1", "POST /a b"] {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
    }

    #[test]
    fn values_come_back_as_they_were_written() {
        for text in ["query:a", "header:X-*", "form:f", "json:$.a[*].b", "path:3"] {
            assert_eq!(text.parse::<Bind>().unwrap().to_string(), text);
        }
        for text in ["", "a", "cookie:x", "path:0", "path:x", "query:", "json:a"] {
            assert!(text.parse::<Bind>().is_err(), "{text}");
        }
        for (word, kind) in KINDS {
            assert_eq!((word.parse(), kind.to_string().as_str()), (Ok(kind), word));
        }
        assert!("JSON".parse::<BodyKind>().is_err());
    }

    #[test]
    fn patterns_are_bounded() {
        assert!("(".parse::<Pattern>().is_err());
        assert!("a{9999}{9999}".parse::<Pattern>().is_err());
        assert!("x".repeat(1001).parse::<Pattern>().is_err());
        let told = "a(".parse::<Pattern>().unwrap_err().to_string();
        assert_eq!(told, "`a(` is no regular expression: unclosed group");
    }
}
