//! JSON and YAML as one tree that decides nothing: a scalar keeps its text (`0755`, 20 digits, `no`),
//! and who reads a field knows what it should be.

use std::borrow::Cow;

/// Deepest nesting that is read.
pub(super) const DEPTH_LIMIT: usize = 100;
/// Most nodes of one file, aliases counted as often as they are used.
pub(super) const NODE_LIMIT: usize = 10_000_000;

/// A value of a foreign file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Null,
    Text(Scalar),
    /// YAML's `!!binary`.
    Bytes(Vec<u8>),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Text, and whether it was written without quotes: then it may be meant as number or boolean.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) plain: bool,
}

impl Node {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::Text(Scalar { text: text.into(), plain: true })
    }

    pub(super) fn quoted(text: impl Into<String>) -> Self {
        Self::Text(Scalar { text: text.into(), plain: false })
    }

    /// The member of this name, unless it is null.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Map(members) = self else { return None };
        let found = members.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        found.filter(|value| **value != Self::Null)
    }

    /// The text of the member of this name.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Self::text)
    }

    /// The number of the member of this name.
    pub(super) fn number_of(&self, name: &str) -> Option<f64> {
        self.text_of(name)?.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// Whether the member of this name is true.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.text_of(name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }

    /// A scalar as text.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// A scalar as bytes.
    pub(super) fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Text(scalar) => Some(Cow::Borrowed(scalar.text.as_bytes())),
            Self::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
            _ => None,
        }
    }

    /// The elements of a list; none of anything else.
    pub(super) fn elements(&self) -> &[Self] {
        match self {
            Self::List(elements) => elements,
            _ => &[],
        }
    }

    /// The elements of a list, or the value alone.
    pub(super) fn one_or_more(&self) -> &[Self] {
        match self {
            Self::List(elements) => elements,
            Self::Null => &[],
            one => std::slice::from_ref(one),
        }
    }

    /// The members of a map; none of anything else.
    pub(super) fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Map(members) => members,
            _ => &[],
        }
    }

    /// The value as compact JSON. Of scalars without quotes, those that are JSON stay as they are.
    pub(super) fn json(&self) -> String {
        let mut out = String::new();
        self.put_json(&mut out);
        out
    }

    fn put_json(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Text(scalar) if scalar.plain && is_bare_json(&scalar.text) => {
                out.push_str(&scalar.text);
            }
            Self::Text(scalar) => put_quoted(out, &scalar.text),
            Self::Bytes(bytes) => put_quoted(out, &String::from_utf8_lossy(bytes)),
            Self::List(elements) => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    element.put_json(out);
                }
                out.push(']');
            }
            Self::Map(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    put_quoted(out, name);
                    out.push(':');
                    value.put_json(out);
                }
                out.push('}');
            }
        }
    }
}

fn put_quoted(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// Whether a text is a JSON number, boolean or null.
fn is_bare_json(text: &str) -> bool {
    !text.starts_with('"')
        && serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
        && !text.starts_with(['{', '['])
        && text.trim() == text
}
