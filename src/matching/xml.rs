//! XML bodies by what they mean, as canonical JSON: then they are compared, searched and told as JSON is.
//!
//! An element is an object of its attributes (`@name`), its children (`name`, the second of a name
//! `name[2]`), its text (`#text`) and, where that says something, the order of these (`#order`); one with text
//! alone is a string. Quotes, white space between elements, comments, the declaration, CDATA and
//! `<a/>` for `<a></a>` are spelling. Prefixes count as they are written. What has a DTD is no XML here: nothing is
//! ever expanded but character references and the five entities of XML 1.0 (section 4.6).

use super::path::{Progress, Step};
use super::rules::XmlPath;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// Deepest nesting that is compared by meaning.
const DEPTH_LIMIT: usize = 100;

/// Names of what is no element and no attribute.
const TEXT: &str = "#text";
pub(super) const ORDER: &str = "#order";

/// A document as canonical JSON, without the elements and attributes that rules leave out; `None` where it is
/// not well-formed, has a DTD, nests too deeply, or is in an encoding that is not read.
pub(super) fn canonical(bytes: &[u8], ignored: &[&XmlPath]) -> Option<Vec<u8>> {
    let text = decoded(bytes)?;
    let mut reader = Reader { rest: &text, ignored };
    let start: Vec<Progress> = ignored.iter().map(|_| Progress::START).collect();
    reader.between()?;
    let root = reader.element(0, &start, false)?;
    reader.between()?;
    if !reader.rest.is_empty() {
        return None;
    }
    let mut children = BTreeMap::new();
    if root.counts {
        children.insert(root.name.to_owned(), root.value);
    }
    Some(object(&children).into_bytes())
}

/// The text of a document (XML 1.0, section 4.3.3), without byte order mark and declaration.
fn decoded(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let wide = |from: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units = bytes.chunks(2).map(|pair| <[u8; 2]>::try_from(pair).ok().map(from));
        String::from_utf16(&units.collect::<Option<Vec<u16>>>()?).ok()
    };
    let text = match bytes {
        [0xFE, 0xFF, rest @ ..] => return wide(u16::from_be_bytes, rest).map(undeclared),
        [0xFF, 0xFE, rest @ ..] => return wide(u16::from_le_bytes, rest).map(undeclared),
        [0xEF, 0xBB, 0xBF, rest @ ..] => rest,
        bytes => bytes,
    };
    let head = text.starts_with(b"<?xml").then(|| text.iter().position(|byte| *byte == b'>'));
    let head = String::from_utf8_lossy(&text[..head.flatten().unwrap_or_default()]);
    let encoding = head.split_once("encoding").and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
    let text = match encoding.map(str::to_ascii_lowercase).as_deref() {
        None | Some("utf-8" | "utf8") => Cow::Borrowed(std::str::from_utf8(text).ok()?),
        Some("iso-8859-1" | "latin1") => text.iter().map(|byte| char::from(*byte)).collect(),
        Some(_) if text.is_ascii() => Cow::Borrowed(std::str::from_utf8(text).ok()?),
        Some(_) => return None,
    };
    Some(match text {
        Cow::Borrowed(text) => Cow::Borrowed(without_declaration(text)),
        Cow::Owned(text) => undeclared(text),
    })
}

fn undeclared(text: String) -> Cow<'static, str> {
    Cow::Owned(without_declaration(&text).to_owned())
}

fn without_declaration(text: &str) -> &str {
    let rest = text.strip_prefix("<?xml").filter(|rest| rest.starts_with(char::is_whitespace));
    rest.and_then(|rest| rest.split_once("?>")).map_or(text, |(_, rest)| rest)
}

/// What stands in an element, in order.
enum Item<'t> {
    /// Text; `solid` where white space was meant (CDATA, references).
    Text { text: String, solid: bool },
    /// A child that counts, as JSON.
    Child(&'t str, String),
}

/// An element, as JSON.
struct Element<'t> {
    name: &'t str,
    value: String,
    /// Not where rules leave it out.
    counts: bool,
}

/// An attribute: its name and its value.
type Attribute<'t> = (&'t str, String);

struct Reader<'t, 'r> {
    rest: &'t str,
    ignored: &'r [&'r XmlPath],
}

impl<'t> Reader<'t, '_> {
    fn took(&mut self, what: &str) -> bool {
        let rest = self.rest.strip_prefix(what);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn until(&mut self, end: &str) -> Option<&'t str> {
        let (inner, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(inner)
    }

    fn space(&mut self) -> bool {
        let rest = self.rest.trim_start_matches(is_space);
        let some = rest.len() < self.rest.len();
        self.rest = rest;
        some
    }

    /// Goes over what may stand before and after the outermost element. A DTD is not gone over.
    fn between(&mut self) -> Option<()> {
        loop {
            self.space();
            if self.took("<!--") {
                self.until("-->")?;
            } else if self.took("<?") {
                self.until("?>")?;
            } else {
                return Some(());
            }
        }
    }

    fn name(&mut self) -> Option<&'t str> {
        let ends = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !"_:-.".contains(c);
        let (name, rest) = self.rest.split_at(self.rest.find(ends).unwrap_or(self.rest.len()));
        self.rest = rest;
        let first = name.chars().next()?;
        (!first.is_ascii_digit() && !matches!(first, '-' | '.')).then_some(name)
    }

    fn below(&self, place: &[Progress], name: &str) -> Vec<Progress> {
        let step = |(path, above): (&&XmlPath, &Progress)| path.0.step(*above, Step::Name(name));
        self.ignored.iter().zip(place).map(step).collect()
    }

    fn is_ignored(&self, place: &[Progress]) -> bool {
        self.ignored.iter().zip(place).any(|(path, place)| path.0.ends(*place))
    }

    /// Reads an element.
    fn element(&mut self, depth: usize, above: &[Progress], preserve: bool) -> Option<Element<'t>> {
        if depth > DEPTH_LIMIT || !self.took("<") {
            return None;
        }
        let name = self.name()?;
        let place = self.below(above, name);
        let mut attributes = self.attributes()?;
        let space = attributes.iter().find(|(name, _)| *name == "xml:space");
        let preserve = space.map_or(preserve, |(_, value)| value == "preserve");
        attributes.retain(|(name, _)| {
            let place = self.below(&place, &format!("@{name}"));
            !self.is_ignored(&place)
        });
        let items = if self.took("/>") {
            Vec::new()
        } else if self.took(">") {
            self.content(name, depth, &place, preserve)?
        } else {
            return None;
        };
        let counts = !self.is_ignored(&place);
        Some(Element { name, value: spelled(attributes, items), counts })
    }

    fn attributes(&mut self) -> Option<Vec<Attribute<'t>>> {
        let mut found: Vec<Attribute<'t>> = Vec::new();
        while self.space() && !self.rest.starts_with(['/', '>']) {
            let name = self.name()?;
            self.space();
            if !self.took("=") {
                return None;
            }
            self.space();
            let quote = if self.took("\"") { "\"" } else { self.took("'").then_some("'")? };
            let value = self.until(quote)?;
            if value.contains('<') {
                return None;
            }
            found.push((name, unescaped(&value.replace("\r\n", " ").replace(is_space, " "))?));
        }
        found.sort_unstable();
        found.windows(2).all(|pair| pair[0].0 != pair[1].0).then_some(found)
    }

    /// The content of an element up to its end. White space between elements is nothing.
    fn content(
        &mut self,
        name: &str,
        depth: usize,
        place: &[Progress],
        preserve: bool,
    ) -> Option<Vec<Item<'t>>> {
        let (mut items, mut has_elements) = (Vec::new(), false);
        loop {
            let length = self.rest.find('<')?;
            let (raw, rest) = self.rest.split_at(length);
            self.rest = rest;
            let text = unescaped(&raw.replace("\r\n", "\n").replace('\r', "\n"))?;
            push(&mut items, text, raw.contains('&'));
            if self.took("</") {
                let end = self.name()?;
                self.space();
                if end != name || !self.took(">") {
                    return None;
                }
                break;
            } else if self.took("<!--") {
                self.until("-->")?;
            } else if self.took("<![CDATA[") {
                let text = self.until("]]>")?;
                text.chars().all(is_char).then_some(())?;
                push(&mut items, text.replace("\r\n", "\n").replace('\r', "\n"), true);
            } else if self.took("<?") {
                self.until("?>")?;
            } else {
                has_elements = true;
                let Element { name, value, counts } = self.element(depth + 1, place, preserve)?;
                items.extend(counts.then_some(Item::Child(name, value)));
            }
        }
        let is_blank = |item: &Item<'_>| match item {
            Item::Text { text, solid } => !solid && text.chars().all(is_space),
            Item::Child(..) => true,
        };
        if has_elements && !preserve && items.iter().all(is_blank) {
            items.retain(|item| matches!(item, Item::Child(..)));
        }
        Some(items)
    }
}

/// Adds text: what only a comment was between is one.
fn push(items: &mut Vec<Item<'_>>, more: String, is_solid: bool) {
    match items.last_mut() {
        _ if more.is_empty() => {}
        Some(Item::Text { text, solid }) => {
            text.push_str(&more);
            *solid |= is_solid;
        }
        _ => items.push(Item::Text { text: more, solid: is_solid }),
    }
}

/// An element as JSON.
fn spelled(attributes: Vec<Attribute<'_>>, items: Vec<Item<'_>>) -> String {
    match items.as_slice() {
        [] if attributes.is_empty() => return quoted(""),
        [Item::Text { text, .. }] if attributes.is_empty() => return quoted(text),
        _ => {}
    }
    let mut members: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in attributes {
        members.insert(format!("@{name}"), quoted(&value));
    }
    let (mut counts, mut order) = (HashMap::<&str, usize>::new(), Vec::new());
    for item in items {
        let (name, value) = match item {
            Item::Text { text, .. } => (TEXT, quoted(&text)),
            Item::Child(name, value) => (name, value),
        };
        let count = counts.entry(name).or_default();
        *count += 1;
        order.push(name);
        let name = if *count == 1 { name.to_owned() } else { format!("{name}[{count}]") };
        members.insert(name, value);
    }
    if counts.len() > 1 {
        members.insert(ORDER.to_owned(), quoted(&order.join(" ")));
    }
    object(&members)
}

fn object(members: &BTreeMap<String, String>) -> String {
    let members: Vec<String> =
        members.iter().map(|(name, value)| format!("{}:{value}", quoted(name))).collect();
    format!("{{{}}}", members.join(","))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A text with its references replaced; `None` where one is of a DTD's, or where a character can't be in XML.
fn unescaped(text: &str) -> Option<String> {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (name, after) = after.split_once(';')?;
        let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok();
        out.push(match (name, name.strip_prefix("#x"), name.strip_prefix('#')) {
            ("lt", ..) => '<',
            ("gt", ..) => '>',
            ("amp", ..) => '&',
            ("quot", ..) => '"',
            ("apos", ..) => '\'',
            (_, Some(digits), _) => char::from_u32(number(digits, 16)?)?,
            (_, _, Some(digits)) => char::from_u32(number(digits, 10)?)?,
            _ => return None,
        });
        rest = after;
    }
    out.push_str(rest);
    out.chars().all(is_char).then_some(out)
}

/// XML 1.0, section 2.3.
const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// XML 1.0, section 2.2.
const fn is_char(c: char) -> bool {
    is_space(c) || (c >= ' ' && !matches!(c, '\u{FFFE}' | '\u{FFFF}'))
}

#[cfg(test)]
mod tests;
