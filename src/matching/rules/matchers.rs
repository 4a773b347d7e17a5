use super::super::path::JsonPath;
use super::words::{BadValue, Bind, BodyKind, Name, Pattern, XmlPath};
use std::fmt::Display;
use std::str::FromStr;

/// The rules of one scope.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matchers {
    /// Headers that are invisible.
    pub ignore_header: Vec<Name>,
    /// Headers that must be equal.
    pub require_header: Vec<Name>,
    /// Headers that must be there, or not, with any value.
    pub present_header: Vec<Name>,
    /// Query parameters that are invisible.
    pub ignore_query: Vec<Name>,
    /// Fields of forms that are invisible.
    pub ignore_form: Vec<Name>,
    /// Places in JSON bodies that are invisible.
    pub ignore_json: Vec<JsonPath>,
    /// Arrays in JSON bodies whose order does not count.
    pub unordered_json: Vec<JsonPath>,
    /// Places in XML bodies that are invisible.
    pub ignore_xml: Vec<XmlPath>,
    /// Parts of multipart bodies that are invisible, by name.
    pub ignore_part: Vec<Name>,
    /// Patterns; what they match in bodies is invisible.
    pub ignore_text: Vec<Pattern>,
    /// How bodies are compared.
    pub body: Option<BodyKind>,
    /// Values that travel.
    pub bind: Vec<Bind>,
}

/// The keys of rules, as they are written everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    IgnoreHeader,
    RequireHeader,
    PresentHeader,
    IgnoreQuery,
    IgnoreForm,
    IgnoreJson,
    UnorderedJson,
    IgnoreXml,
    IgnorePart,
    IgnoreText,
    Body,
    Bind,
}

pub(super) const ALL: [(&str, Key); 12] = [
    ("ignore-header", Key::IgnoreHeader),
    ("require-header", Key::RequireHeader),
    ("present-header", Key::PresentHeader),
    ("ignore-query", Key::IgnoreQuery),
    ("ignore-form", Key::IgnoreForm),
    ("ignore-json", Key::IgnoreJson),
    ("unordered-json", Key::UnorderedJson),
    ("ignore-xml", Key::IgnoreXml),
    ("ignore-part", Key::IgnorePart),
    ("ignore-text", Key::IgnoreText),
    ("body", Key::Body),
    ("bind", Key::Bind),
];

impl Matchers {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        ALL.iter().map(|(_, key)| self.values(*key).len()).sum()
    }

    /// Adds one rule. What is there already is not added again.
    pub(super) fn put(&mut self, key: Key, value: &str) -> Result<(), BadValue> {
        match key {
            Key::IgnoreHeader | Key::RequireHeader | Key::PresentHeader => {
                self.put_header(key, value.parse()?);
            }
            Key::IgnoreQuery => put(&mut self.ignore_query, value)?,
            Key::IgnoreForm => put(&mut self.ignore_form, value)?,
            Key::IgnoreJson => put(&mut self.ignore_json, value)?,
            Key::UnorderedJson => put(&mut self.unordered_json, value)?,
            Key::IgnoreXml => put(&mut self.ignore_xml, value)?,
            Key::IgnorePart => put(&mut self.ignore_part, value)?,
            Key::IgnoreText => put(&mut self.ignore_text, value)?,
            Key::Body => self.body = Some(value.parse()?),
            Key::Bind => put(&mut self.bind, value)?,
        }
        Ok(())
    }

    /// A header counts in one way: the later rule stands.
    fn put_header(&mut self, key: Key, name: Name) {
        for list in [&mut self.ignore_header, &mut self.require_header, &mut self.present_header] {
            list.retain(|known| !known.is_same(&name));
        }
        match key {
            Key::IgnoreHeader => self.ignore_header.push(name),
            Key::PresentHeader => self.present_header.push(name),
            _ => self.require_header.push(name),
        }
    }

    /// Adds the rules of a later layer.
    pub(super) fn add(&mut self, later: &Self) {
        for (list, key) in [
            (&later.ignore_header, Key::IgnoreHeader),
            (&later.present_header, Key::PresentHeader),
            (&later.require_header, Key::RequireHeader),
        ] {
            for name in list {
                self.put_header(key, name.clone());
            }
        }
        append(&mut self.ignore_query, &later.ignore_query);
        append(&mut self.ignore_form, &later.ignore_form);
        append(&mut self.ignore_json, &later.ignore_json);
        append(&mut self.unordered_json, &later.unordered_json);
        append(&mut self.ignore_xml, &later.ignore_xml);
        append(&mut self.ignore_part, &later.ignore_part);
        append(&mut self.ignore_text, &later.ignore_text);
        append(&mut self.bind, &later.bind);
        self.body = later.body.or(self.body);
    }

    /// The rules of one key, as they are written.
    pub(super) fn values(&self, key: Key) -> Vec<String> {
        fn texts(list: &[impl Display]) -> Vec<String> {
            list.iter().map(ToString::to_string).collect()
        }
        match key {
            Key::IgnoreHeader => texts(&self.ignore_header),
            Key::RequireHeader => texts(&self.require_header),
            Key::PresentHeader => texts(&self.present_header),
            Key::IgnoreQuery => texts(&self.ignore_query),
            Key::IgnoreForm => texts(&self.ignore_form),
            Key::IgnoreJson => texts(&self.ignore_json),
            Key::UnorderedJson => texts(&self.unordered_json),
            Key::IgnoreXml => texts(&self.ignore_xml),
            Key::IgnorePart => texts(&self.ignore_part),
            Key::IgnoreText => texts(&self.ignore_text),
            Key::Body => self.body.iter().map(ToString::to_string).collect(),
            Key::Bind => texts(&self.bind),
        }
    }
}

fn put<T: FromStr<Err = BadValue> + PartialEq>(
    list: &mut Vec<T>,
    value: &str,
) -> Result<(), BadValue> {
    let value = value.parse()?;
    if !list.contains(&value) {
        list.push(value);
    }
    Ok(())
}

fn append<T: Clone + PartialEq>(list: &mut Vec<T>, later: &[T]) {
    for value in later {
        if !list.contains(value) {
            list.push(value.clone());
        }
    }
}
