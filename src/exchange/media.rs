use std::fmt;

/// Type and subtype of a media type, or a media range (`image/*`), in lower case; parameters are
/// left out (RFC 9110, sections 8.3.1 and 12.5.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaType {
    kind: String,
    subtype: String,
}

/// [`MediaType::fits`] of the very same type.
const EXACT: u8 = 3;

/// How the items of a sequential media type stand in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sequence {
    /// A JSON text on each line.
    Lines,
    /// JSON texts, each behind a record separator (RFC 7464).
    Records,
    /// Server-sent events.
    Events,
}

impl MediaType {
    /// Whether a body of this type is a sequence of JSON texts or of events (OpenAPI 3.2, section 4.14.3).
    pub fn sequence(&self) -> Option<Sequence> {
        match (self.kind.as_str(), self.subtype.as_str()) {
            ("text", "event-stream") => Some(Sequence::Events),
            (
                "application" | "text",
                "jsonl" | "json-lines" | "jsonlines" | "ndjson" | "x-jsonl" | "x-json-lines"
                | "x-jsonlines" | "x-ndjson",
            ) => Some(Sequence::Lines),
            ("application", "json-seq") => Some(Sequence::Records),
            ("application", subtype) if subtype.ends_with("+json-seq") => Some(Sequence::Records),
            _ => None,
        }
    }

    /// Reads a `Content-Type` value or a media range; `None` when it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let essence = text.split(';').next().unwrap_or_default().trim();
        let (kind, subtype) = essence.split_once('/')?;
        let token = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
        };
        (token(kind) && token(subtype)).then(|| Self {
            kind: kind.to_ascii_lowercase(),
            subtype: subtype.to_ascii_lowercase(),
        })
    }

    /// Whether a body of this type is JSON text (RFC 8259; RFC 6839, section 3.1).
    pub fn is_json(&self) -> bool {
        (matches!(self.kind.as_str(), "application" | "text") && self.subtype == "json")
            || self.subtype.ends_with("+json")
    }

    /// Whether a body of this type is an XML document (RFC 7303, sections 4.1 and 4.2).
    pub fn is_xml(&self) -> bool {
        (matches!(self.kind.as_str(), "application" | "text") && self.subtype == "xml")
            || self.subtype.ends_with("+xml")
    }

    /// Whether a body of this type is plain text that a schema for a string can be held to.
    pub fn is_text(&self) -> bool {
        self.kind == "text" && !matches!(self.subtype.as_str(), "json" | "xml")
    }

    /// Whether this is `application/x-www-form-urlencoded`.
    pub fn is_form(&self) -> bool {
        self.kind == "application" && self.subtype == "x-www-form-urlencoded"
    }

    /// Whether this is a range, which no message's body can have as its type.
    pub fn is_range(&self) -> bool {
        self.kind == "*" || self.subtype.starts_with('*')
    }

    /// How closely `self`, as documented and possibly a range, fits the type that was `sent`: higher
    /// is closer, `None` when it does not fit.
    pub fn fits(&self, sent: &Self) -> Option<u8> {
        if self == sent {
            return Some(EXACT);
        }
        if self.kind == "*" && self.subtype == "*" {
            return Some(0);
        }
        if self.kind != sent.kind {
            return None;
        }
        match self.subtype.strip_prefix('*') {
            Some("") => Some(1),
            Some(suffix) if suffix.starts_with('+') && sent.subtype.ends_with(suffix) => Some(2),
            _ => None,
        }
    }
}

/// How closely a documented media type fits one that was sent: the greater, the closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Closeness {
    /// That of type and subtype ([`MediaType::fits`]).
    essence: u8,
    /// Documented parameters that were sent with the same value.
    kept: usize,
    /// Documented parameters that were not sent: the fewer, the closer.
    unsent: std::cmp::Reverse<usize>,
}

impl Closeness {
    /// Whether type, subtype and every documented parameter are the ones that were sent.
    pub fn is_exact(self) -> bool {
        self.essence == EXACT && self.unsent.0 == 0
    }
}

/// How closely a media type or range as documented fits a `Content-Type` as sent, parameters
/// included; `None` where it does not, or either is none. A documented parameter that was sent with
/// another value makes it another type (`application/json;version=2`), one that was not sent doesn't.
/// JSON has no `charset` (RFC 8259, section 11), so that one says nothing there.
pub fn media_closeness(documented: &str, sent: &str) -> Option<Closeness> {
    let (promised, found) = (MediaType::parse(documented)?, MediaType::parse(sent)?);
    let essence = promised.fits(&found)?;
    let mut closeness = Closeness { essence, kept: 0, unsent: std::cmp::Reverse(0) };
    if !documented.contains(';') {
        return Some(closeness);
    }
    let there = parameters(sent);
    for (name, value) in parameters(documented) {
        if matches!(name.as_str(), "q" | "boundary") || (name == "charset" && found.is_json()) {
            continue;
        }
        let same = |other: &str| match name.as_str() {
            "charset" => other.eq_ignore_ascii_case(&value),
            _ => other == value,
        };
        match there.iter().find(|(known, _)| *known == name) {
            Some((_, other)) if same(other) => closeness.kept += 1,
            Some(_) => return None,
            None => closeness.unsent.0 += 1,
        }
    }
    Some(closeness)
}

/// Names, in lower case, and values of a media type's parameters (RFC 9110, section 5.6.6).
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.split_once(';').map_or("", |(_, rest)| rest);
    while let Some((name, after)) = rest.split_once('=') {
        // White space and empty parameters may stand before a name.
        let name = name.trim_start_matches(|c: char| c == ';' || c.is_ascii_whitespace());
        let (value, after) = if let Some(quoted) = after.strip_prefix('"') {
            quoted_string(quoted)
        } else {
            let end = after.find(';').unwrap_or(after.len());
            (after[..end].trim().to_owned(), &after[end..])
        };
        found.push((name.trim().to_ascii_lowercase(), value));
        rest = after;
    }
    found
}

/// The text of a quoted string behind its first quote, and what follows it.
fn quoted_string(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.subtype)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_types_fit_what_is_sent() {
        let cases = [
            ("application/json", "application/json", Some(3)),
            ("application/json", "Application/JSON; charset=UTF-8", Some(3)),
            ("application/json; charset=utf-8", "application/json", Some(3)),
            ("application/*+json", "application/problem+json", Some(2)),
            ("application/*+json", "application/json", None),
            ("application/*", "application/json", Some(1)),
            ("*/*", "image/png", Some(0)),
            ("application/json", "application/problem+json", None),
            ("application/json", "text/json", None),
            ("text/*", "application/json", None),
        ];
        for (documented, sent, expected) in cases {
            let documented = MediaType::parse(documented).unwrap();
            let sent = MediaType::parse(sent).unwrap();
            assert_eq!(documented.fits(&sent), expected, "{documented} {sent}");
        }
    }

    #[test]
    fn documented_parameters_are_part_of_the_type() {
        let ranked = |sent: &str, documented: &[&'static str]| {
            let fitting = documented.iter().filter_map(|d| Some((media_closeness(d, sent)?, *d)));
            fitting.max_by_key(|(closeness, _)| *closeness).map(|(_, documented)| documented)
        };
        let (one, two) = ("application/json;version=1", "application/json; Version=\"2\"");
        let cases = [
            ("application/json; version=1", Some(one)),
            ("application/json; charset=utf-8;version=2", Some(two)),
            ("application/json;version=3", None),
        ];
        for (sent, expected) in cases {
            assert_eq!(ranked(sent, &[one, two]), expected, "{sent}");
        }
        let plain = "application/json";
        assert_eq!(ranked("application/json", &[one, plain, two]), Some(plain));
        assert_eq!(ranked("application/json;version=1", &[plain, one]), Some(one));
        assert_eq!(ranked("application/json;version=9", &[plain, one]), Some(plain));
        let fits = |documented, sent| media_closeness(documented, sent).is_some();
        assert!(fits("application/json; charset=utf-8", "application/json;charset=latin1"));
        assert!(fits("text/plain; charset=UTF-8", "text/plain;charset=utf-8"));
        assert!(fits("text/plain; charset=UTF-8", "text/plain"));
        assert!(!fits("text/plain; charset=UTF-8", "text/plain; charset=latin1"));
        assert!(fits("multipart/mixed; boundary=x", "multipart/mixed; boundary=y"));
        assert!(fits("a/b; t=\"x;y\\\"z\"; u=1", "a/b;u=1;t=\"x;y\\\"z\""));
    }

    #[test]
    fn json_by_name_or_suffix() {
        for (text, json) in [
            ("application/json", true),
            ("text/json", true),
            ("application/vnd.api+JSON", true),
            ("application/jsonp", false),
            ("text/html", false),
        ] {
            assert_eq!(MediaType::parse(text).unwrap().is_json(), json, "{text}");
        }
    }

    #[test]
    fn what_is_no_media_type() {
        for text in ["", "json", "/json", "a/", "a b/c", "text/ht ml"] {
            assert_eq!(MediaType::parse(text), None, "{text:?}");
        }
    }
}
