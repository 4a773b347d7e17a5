//! JSON pointers (RFC 6901) and local references: a [`Node`] is a value with its place.

pub(super) use crate::exchange::{pointer_name as unescaped, pointer_token as escaped};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Most `$ref`s followed one after the other before a chain counts as endless.
const HOPS: usize = 64;

/// A value of a document with the pointer that leads to it.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    /// The whole document, to resolve references in.
    pub document: &'a Value,
    /// Where the value stands.
    pub pointer: String,
    /// The value.
    pub value: &'a Value,
}

impl<'a> Node<'a> {
    /// The document itself.
    pub fn root(document: &'a Value) -> Self {
        Self { document, pointer: String::new(), value: document }
    }

    /// The value at a pointer.
    pub fn at(document: &'a Value, pointer: &str) -> Option<Self> {
        let value = document.pointer(pointer)?;
        Some(Self { document, pointer: pointer.to_owned(), value })
    }

    /// The member of that name.
    pub fn member(&self, key: &str) -> Option<Self> {
        let value = self.value.as_object()?.get(key)?;
        Some(self.child(key, value))
    }

    /// Every member, in order; none when it is no object.
    pub fn members(&self) -> impl Iterator<Item = (&'a str, Self)> + '_ {
        let map: Option<&'a Map<String, Value>> = self.value.as_object();
        map.into_iter().flatten().map(|(key, value)| (key.as_str(), self.child(key, value)))
    }

    /// Every item, in order; none when it is no array.
    pub fn items(&self) -> impl Iterator<Item = Self> + '_ {
        let items: Option<&'a Vec<Value>> = self.value.as_array();
        items
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(index, value)| self.child(&index.to_string(), value))
    }

    /// The member of that name, where it is text.
    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.value.as_object()?.get(key)?.as_str()
    }

    /// Whether the member of that name is `true`.
    pub fn flag(&self, key: &str) -> bool {
        self.value.as_object().and_then(|map| map.get(key)).and_then(Value::as_bool) == Some(true)
    }

    /// What the value refers to, itself where it is no reference. The error says what is wrong with
    /// the reference.
    pub fn resolved(self) -> Result<Self, String> {
        let document = self.document;
        let mut here = self;
        for _ in 0..HOPS {
            let Some(reference) = here.text("$ref") else { return Ok(here) };
            let pointer = local(reference)?;
            here = Node::at(document, &pointer).ok_or_else(|| dangling(reference))?;
        }
        Err(format!("`$ref` leads in a circle at `{}`", here.pointer))
    }

    fn child(&self, key: &str, value: &'a Value) -> Self {
        Self { document: self.document, pointer: join(&self.pointer, key), value }
    }
}

/// What a JSON pointer needs escaped in a URI's fragment (RFC 3986, section 3.5).
const FRAGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A pointer as a reference writes it.
pub(super) fn fragment(pointer: &str) -> String {
    format!("#{}", utf8_percent_encode(pointer, FRAGMENT))
}

/// What is said of a reference to nothing.
pub(super) fn dangling(reference: &str) -> String {
    format!("`$ref: {}` leads nowhere", shortened(reference))
}

/// The pointer of a local reference (`#/components/…`), its percent-encoding undone. The error says
/// why it is none.
pub(super) fn local(reference: &str) -> Result<String, String> {
    let Some(fragment) = reference.strip_prefix('#') else {
        return Err(format!(
            "`$ref: {}` leads to another file, which could not be had",
            shortened(reference)
        ));
    };
    if !fragment.is_empty() && !fragment.starts_with('/') {
        return Err(format!("`$ref: {}` names an anchor, not a place", shortened(reference)));
    }
    Ok(crate::exchange::percent_decoded(fragment))
}

/// A pointer one step further.
pub(super) fn join(pointer: &str, key: &str) -> String {
    let mut out = String::with_capacity(pointer.len() + key.len() + 1);
    out.push_str(pointer);
    out.push('/');
    out.push_str(&escaped(key));
    out
}

/// Text from a document, cut to what a message can bear.
pub(super) fn shortened(text: &str) -> Cow<'_, str> {
    const LIMIT: usize = 120;
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}
