//! White space of JSON texts: the styles in which serialisers lay JSON out, recognised so that a
//! body can be embedded as JSON and still come back byte for byte.
//!
//! A style says only where white space stands; names, numbers, escapes and their order are kept as
//! the text has them, so `1.0`, `\u00e9`, an 18-digit number or a repeated key survive.

use memchr::memchr2;
use std::fmt;

/// Deepest nesting that is embedded as JSON (readers of the file have limits of their own).
pub(crate) const DEPTH_LIMIT: usize = 100;

/// Where white space stands in a JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    spacing: Spacing,
    /// One line feed after the value.
    final_newline: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spacing {
    /// None at all.
    Compact,
    /// `", "` and `": "` (Python's default).
    Spaced,
    /// `": "`, a line for each member, indented by so many spaces (JavaScript, serde, Go, Python).
    Indent(usize),
    /// The same, indented by tabs.
    Tab,
    /// `" : "`, objects over lines, arrays in one line with spaces inside (Java's Jackson).
    Jackson,
}

impl Style {
    /// The style in which `text` (valid JSON) is laid out, if it is one that can be named.
    pub(crate) fn detect(text: &[u8]) -> Option<Self> {
        let final_newline = text.ends_with(b"\n");
        let value = if final_newline { &text[..text.len() - 1] } else { text };
        candidates(value)
            .map(|spacing| Self { spacing, final_newline })
            .find(|style| lay_out(text, *style, 0).is_some_and(|again| again == text))
    }

    /// Reads the name written by [`fmt::Display`].
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (name, final_newline) = match name.strip_suffix("+newline") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let spacing = match name {
            "compact" => Spacing::Compact,
            "spaced" => Spacing::Spaced,
            "tab" => Spacing::Tab,
            "jackson" => Spacing::Jackson,
            _ => match name.strip_prefix("indent-")?.parse() {
                Ok(width @ 0..=16) => Spacing::Indent(width),
                _ => return None,
            },
        };
        Some(Self { spacing, final_newline })
    }

    /// No white space at all.
    pub(crate) const fn compact() -> Self {
        Self { spacing: Spacing::Compact, final_newline: false }
    }

    /// The style of cassettes themselves.
    pub(crate) const fn indented() -> Self {
        Self { spacing: Spacing::Indent(2), final_newline: false }
    }
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.spacing {
            Spacing::Compact => f.write_str("compact")?,
            Spacing::Spaced => f.write_str("spaced")?,
            Spacing::Indent(width) => write!(f, "indent-{width}")?,
            Spacing::Tab => f.write_str("tab")?,
            Spacing::Jackson => f.write_str("jackson")?,
        }
        f.write_str(if self.final_newline { "+newline" } else { "" })
    }
}

/// The spacings worth trying, judged by the first bytes of the value.
fn candidates(value: &[u8]) -> impl Iterator<Item = Spacing> {
    let mut found = Vec::with_capacity(3);
    if value.contains(&b'\n') {
        let line = value.iter().position(|byte| *byte == b'\n').unwrap_or(0);
        let rest = &value[line + 1..];
        if rest.first() == Some(&b'\t') {
            found.push(Spacing::Tab);
        }
        found.push(Spacing::Indent(rest.iter().take_while(|byte| **byte == b' ').count().min(16)));
        found.push(Spacing::Jackson);
    } else {
        found.extend([Spacing::Compact, Spacing::Spaced, Spacing::Jackson]);
    }
    found.into_iter()
}

/// Writes the JSON value in `text` with the white space of `style`, each line after the first
/// indented by `margin` more spaces. `None` when it nests deeper than [`DEPTH_LIMIT`].
pub(crate) fn lay_out(text: &[u8], style: Style, margin: usize) -> Option<Vec<u8>> {
    let mut writer = Writer {
        out: Vec::with_capacity(text.len() + text.len() / 4),
        style,
        margin,
        open: vec![],
    };
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += match byte {
            b' ' | b'\t' | b'\r' | b'\n' => 1,
            b'"' => {
                let length = string_length(&text[at..]);
                writer.out.extend_from_slice(&text[at..at + length]);
                length
            }
            b'{' | b'[' => writer.open(byte, &text[at + 1..])?,
            b'}' | b']' => {
                writer.close(byte);
                1
            }
            b',' => {
                writer.comma();
                1
            }
            b':' => {
                writer.out.extend_from_slice(writer.colon());
                1
            }
            _ => {
                let length = scalar_length(&text[at..]);
                writer.out.extend_from_slice(&text[at..at + length]);
                length
            }
        };
    }
    if style.final_newline {
        writer.out.push(b'\n');
    }
    Some(writer.out)
}

/// Length of the JSON string that `text` begins with, quotes included.
pub(crate) fn string_length(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(next) = text.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        if text[at + next] == b'"' {
            return at + next + 1;
        }
        at += next + 2;
    }
    text.len()
}

fn scalar_length(text: &[u8]) -> usize {
    let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b':' | b' ' | b'\t' | b'\r' | b'\n');
    text.iter().position(ends).unwrap_or(text.len()).max(1)
}

struct Writer {
    out: Vec<u8>,
    style: Style,
    margin: usize,
    /// Opening brackets that are not closed yet.
    open: Vec<u8>,
}

impl Writer {
    fn open(&mut self, bracket: u8, rest: &[u8]) -> Option<usize> {
        self.out.push(bracket);
        let close = if bracket == b'{' { b'}' } else { b']' };
        let space = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if rest.get(space) == Some(&close) {
            if self.style.spacing == Spacing::Jackson {
                self.out.push(b' ');
            }
            self.out.push(close);
            return Some(space + 2);
        }
        if self.open.len() == DEPTH_LIMIT {
            return None;
        }
        self.open.push(bracket);
        self.boundary(bracket);
        Some(1)
    }

    fn close(&mut self, bracket: u8) {
        let opened = self.open.pop().unwrap_or(b'{');
        self.boundary(opened);
        self.out.push(bracket);
    }

    /// White space after an opening and before a closing bracket.
    fn boundary(&mut self, bracket: u8) {
        match self.style.spacing {
            Spacing::Compact | Spacing::Spaced => {}
            Spacing::Jackson if bracket == b'[' => self.out.push(b' '),
            _ => self.line(),
        }
    }

    fn comma(&mut self) {
        self.out.push(b',');
        match self.style.spacing {
            Spacing::Compact => {}
            Spacing::Spaced => self.out.push(b' '),
            Spacing::Jackson if self.open.last() == Some(&b'[') => self.out.push(b' '),
            _ => self.line(),
        }
    }

    fn colon(&self) -> &'static [u8] {
        match self.style.spacing {
            Spacing::Compact => b":",
            Spacing::Jackson => b" : ",
            _ => b": ",
        }
    }

    fn line(&mut self) {
        let (byte, width) = match self.style.spacing {
            Spacing::Tab => (b'\t', self.open.len()),
            Spacing::Indent(width) => (b' ', width * self.open.len()),
            _ => (b' ', 2 * self.open.iter().filter(|bracket| **bracket == b'{').count()),
        };
        self.out.push(b'\n');
        self.out.resize(self.out.len() + self.margin, b' ');
        self.out.resize(self.out.len() + width, byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn named(text: &str) -> Option<String> {
        Style::detect(text.as_bytes()).map(|style| style.to_string())
    }

    #[test]
    fn styles_of_known_serialisers() {
        let cases = [
            (r#"{"a":1,"b":[1,2],"c":{}}"#, Some("compact")),
            ("{\"a\":1}\n", Some("compact+newline")),
            (r#"{"a": 1, "b": [1, 2], "c": {}}"#, Some("spaced")),
            ("{\n  \"a\": [\n    1\n  ],\n  \"b\": []\n}", Some("indent-2")),
            ("{\n    \"a\": 1\n}\n", Some("indent-4+newline")),
            ("{\n\t\"a\": 1\n}", Some("tab")),
            ("{\n  \"a\" : [ {\n    \"b\" : [ ]\n  }, 2 ],\n  \"c\" : { }\n}", Some("jackson")),
            ("[ 1, 2 ]", Some("jackson")),
            ("\"x\"", Some("compact")),
            ("{\"a\":1, \"b\":2}", None),
            (" {\"a\":1}", None),
            ("{\"a\":1}\r\n", None),
            ("{\"a\":1}\n\n", None),
        ];
        for (text, expected) in cases {
            assert_eq!(named(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn spelling_survives() {
        let text = r#"{"n":1.0,"big":812345678901234567,"e":1E+2,"u":"\u00e9\/","n":null}"#;
        let style = Style::detect(text.as_bytes()).unwrap();
        let embedded = lay_out(text.as_bytes(), Style::indented(), 4).unwrap();
        assert!(embedded.starts_with(b"{\n      \"n\": 1.0,\n"));
        assert_eq!(lay_out(&embedded, style, 0).unwrap(), text.as_bytes());
    }

    #[test]
    fn deep_nesting_is_left_as_text() {
        let deep = [vec![b'['; 10_000], vec![b']'; 10_000]].concat();
        assert_eq!(Style::detect(&deep), None);
    }

    proptest! {
        #[test]
        fn every_named_style_gives_the_bytes_back(
            text in "[\\[\\]{}:,\" a1\\\\\n]{0,40}",
            name in "(compact|spaced|tab|jackson|indent-2)(\\+newline)?",
        ) {
            let parsed: Result<serde_json::Value, _> = serde_json::from_str(&text);
            if parsed.is_ok() {
                let style = Style::parse(&name).unwrap();
                prop_assert_eq!(style.to_string(), name);
                let laid = lay_out(text.as_bytes(), style, 0).unwrap();
                let found = Style::detect(&laid).unwrap();
                let embedded = lay_out(&laid, Style::indented(), 6).unwrap();
                prop_assert_eq!(lay_out(&embedded, found, 0).unwrap(), laid);
            }
        }
    }
}
