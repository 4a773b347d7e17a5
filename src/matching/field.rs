//! The fields in which two requests may differ.

use super::xml;
use crate::diff::Difference;
use crate::exchange::pointer_token;
use std::fmt;

/// One field that is recorded otherwise than it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Which.
    pub field: Field,
    /// What is recorded, shortened; `None` where the recording has nothing there.
    pub recorded: Option<String>,
    /// What was sent.
    pub sent: Option<String>,
}

/// Where two requests differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// The method.
    Method,
    /// Scheme and authority.
    Host,
    /// The path.
    Path,
    /// A parameter of the query.
    Query(String),
    /// A header field that counts.
    Header(String),
    /// A value in a JSON body.
    Json(Vec<Step>),
    /// An array in a JSON body that has the same elements in another order.
    JsonOrder(Vec<Step>),
    /// A field of a form.
    Form(String),
    /// A part of a multipart body, by its name or, without one, by its number from 1.
    Part(String),
    /// The order of the parts.
    PartOrder,
    /// A line of a text, or a byte of anything else: `line 3`, `byte 17`.
    Text(String),
    /// The body as a whole: one is of another kind, or there is none.
    Body,
    /// The media type alone: the same content is named otherwise.
    MediaType,
    /// The media type, and with it the kind of the body.
    ContentType,
    /// A place in an XML body: elements by name, those after the first of a name with their number.
    Xml(Vec<Step>),
}

/// One step into a JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To the member of a name.
    Name(String),
    /// To the element at an index, from 0.
    Index(usize),
}

impl Mismatch {
    pub(super) fn new(field: Field, recorded: Option<&str>, sent: Option<&str>) -> Self {
        let Difference { left, right, .. } = Difference::new("", recorded, sent);
        Self { field, recorded: left, sent: right }
    }

    /// As a difference of two recordings tells it.
    pub fn difference(&self) -> Difference {
        let Self { field, recorded, sent } = self;
        Difference { at: field.to_string(), left: recorded.clone(), right: sent.clone() }
    }
}

impl fmt::Display for Field {
    /// `query:NAME`, `body:/pointer` and the like: stable, for scripts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method => f.write_str("method"),
            Self::Host => f.write_str("host"),
            Self::Path => f.write_str("path"),
            Self::Query(name) => write!(f, "query:{name}"),
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Json(steps) | Self::JsonOrder(steps) | Self::Xml(steps) => {
                f.write_str("body:")?;
                steps.iter().try_for_each(|step| match step {
                    Step::Name(name) => write!(f, "/{}", pointer_token(name)),
                    Step::Index(index) => write!(f, "/{index}"),
                })
            }
            Self::Form(name) => write!(f, "form:{name}"),
            Self::Part(name) => write!(f, "part:{name}"),
            Self::PartOrder => f.write_str("parts"),
            Self::Text(at) => write!(f, "body:{at}"),
            Self::Body => f.write_str("body"),
            Self::MediaType | Self::ContentType => f.write_str("header:content-type"),
        }
    }
}

impl Field {
    /// Whether it is the order of the elements in an element of XML.
    pub fn is_xml_order(&self) -> bool {
        let last = if let Self::Xml(steps) = self { steps.last() } else { None };
        matches!(last, Some(Step::Name(name)) if name == xml::ORDER)
    }

    /// The matching rule under which it does not count, as `--match` takes it (without the operation
    /// that it is for). `None` where no rule would do.
    pub fn rule(&self) -> Option<String> {
        match self {
            Self::Query(name) => Some(format!("ignore-query={name}")),
            Self::Header(name) => Some(format!("ignore-header={name}")),
            Self::Json(steps) => Some(format!("ignore-json={}", json_path(steps))),
            Self::JsonOrder(steps) => Some(format!("unordered-json={}", json_path(steps))),
            Self::Form(name) => Some(format!("ignore-form={name}")),
            Self::Part(name) => Some(format!("ignore-part={name}")),
            Self::Text(_) => Some("body=ignore".to_owned()),
            Self::MediaType => Some("body=text".to_owned()),
            Self::Xml(steps) => xml_path(steps).map(|path| format!("ignore-xml={path}")),
            Self::Method
            | Self::Host
            | Self::Path
            | Self::PartOrder
            | Self::Body
            | Self::ContentType => None,
        }
    }
}

/// Steps as a path of XML, for all elements of the names; `None` for the order of elements.
fn xml_path(steps: &[Step]) -> Option<String> {
    let mut path = String::new();
    for step in steps {
        let Step::Name(name) = step else { return None };
        match name.split('[').next()? {
            xml::ORDER => return None,
            // The text is the element's.
            name if name.starts_with('#') => {}
            name => path.extend(["/", name]),
        }
    }
    (!path.is_empty()).then_some(path)
}

/// Steps as a `JSONPath` (RFC 9535). An index becomes every element: which one it is differs in turn.
fn json_path(steps: &[Step]) -> String {
    let mut path = "$".to_owned();
    for step in steps {
        match step {
            Step::Index(_) => path.push_str("[*]"),
            Step::Name(name) if is_plain(name) => {
                path.push('.');
                path.push_str(name);
            }
            Step::Name(name) => {
                path.push_str("['");
                for c in name.chars() {
                    match c {
                        '\'' | '\\' => path.extend(['\\', c]),
                        c if c.is_control() => {
                            path.extend(format!("\\u{:04x}", u32::from(c)).chars());
                        }
                        c => path.push(c),
                    }
                }
                path.push_str("']");
            }
        }
    }
    path
}

/// A name that a `JSONPath` takes as it is (RFC 9535, section 2.5.1.1; ASCII alone).
fn is_plain(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    first && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_and_have_their_rule() {
        let name = |text: &str| Step::Name(text.to_owned());
        let json = Field::Json(vec![name("a/b"), Step::Index(3), name("it's"), name("ok_1")]);
        let cases = [
            (Field::Method, "method", None),
            (Field::Query("ts".into()), "query:ts", Some("ignore-query=ts")),
            (json, "body:/a~1b/3/it's/ok_1", Some("ignore-json=$['a/b'][*]['it\\'s'].ok_1")),
            (Field::JsonOrder(vec![name("t")]), "body:/t", Some("unordered-json=$.t")),
            (Field::Json(Vec::new()), "body:", Some("ignore-json=$")),
            (Field::Part("file".into()), "part:file", Some("ignore-part=file")),
            (Field::Text("line 3".into()), "body:line 3", Some("body=ignore")),
        ];
        for (field, at, rule) in cases {
            assert_eq!((field.to_string().as_str(), field.rule().as_deref()), (at, rule));
        }
        let path = json_path(&[name("it's"), name("a\nb")]);
        assert!(serde_json_path::JsonPath::parse(&path).is_ok(), "{path}");
    }
}
