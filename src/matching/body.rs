//! Bodies by what they mean: JSON and XML whatever their spelling, forms by pairs, uploads by parts, else text
//! or bytes. Compressed ones are compared decoded.

use super::canonical::CanonicalBody;
use super::defaults::without_signing;
use super::escapes;
use super::json::{self, Shape};
use super::places;
use super::rules::{BodyKind, InForce};
use super::variables::{BOUND, Variable, blanked, blanked_text};
use super::xml;
use crate::exchange::multipart::{self, Part};
use crate::exchange::{Body, MediaType, Request};
use std::borrow::Cow;

/// The body of a request; `found` takes the values that may be others in the next run.
pub(super) fn canonical(
    request: &Request,
    rules: &InForce<'_>,
    found: &mut Vec<Variable>,
) -> CanonicalBody {
    let kind = rules.body();
    if kind == BodyKind::Ignore {
        return CanonicalBody::Ignored;
    }
    let bytes = match &request.body {
        Body::File(file) => return CanonicalBody::File(file.name.clone()),
        body => match body.decoded(&request.headers) {
            Ok(Some(bytes)) => bytes,
            _ => Cow::Borrowed(body.bytes().unwrap_or_default()),
        },
    };
    if bytes.is_empty() {
        return CanonicalBody::Empty;
    }
    let content_type = request.headers.text("content-type").unwrap_or("");
    let read = match kind {
        BodyKind::Auto => by_itself(&bytes, content_type, rules, found),
        BodyKind::Json => json(&bytes, "body", rules, found),
        BodyKind::Xml => xml(&bytes, "body", rules, found),
        BodyKind::Form => Some(form(&bytes, rules, found)),
        BodyKind::Multipart => upload(&bytes, content_type, rules, found).or_else(|| {
            let boundary = multipart::first_boundary(&bytes)?;
            parts(&bytes, &boundary, rules, found)
        }),
        BodyKind::Text => Some(text(&with_unix_lines(&bytes), rules, found)),
        BodyKind::Bytes => Some(CanonicalBody::Bytes(blanked(&bytes, "body", found).into_owned())),
        BodyKind::Ignore => Some(CanonicalBody::Ignored),
    };
    read.unwrap_or_else(|| text(&bytes, rules, found))
}

/// A body by its media type. JSON is known by its content: clients forget to name it, or leave it
/// with the type that their library has for all bodies. A bare number is one where the media type says so: in any other
/// text `1.10` is not `1.1`.
fn by_itself(
    bytes: &[u8],
    content_type: &str,
    rules: &InForce<'_>,
    found: &mut Vec<Variable>,
) -> Option<CanonicalBody> {
    let media = MediaType::parse(content_type);
    let first = bytes.trim_ascii_start().first();
    if let Some(upload) = upload(bytes, content_type, rules, found) {
        return Some(upload);
    }
    let is_json = content_type.to_ascii_lowercase().contains("json");
    if (is_json || matches!(first, Some(b'{' | b'[' | b'"')))
        && let Some(json) = json(bytes, "body", rules, found)
    {
        return Some(json);
    }
    match media {
        Some(media) if media.is_form() => Some(form(bytes, rules, found)),
        Some(media) if media.is_xml() => xml(bytes, "body", rules, found),
        None if first == Some(&b'<') => xml(bytes, "body", rules, found),
        _ => None,
    }
}

fn upload(
    bytes: &[u8],
    content_type: &str,
    rules: &InForce<'_>,
    found: &mut Vec<Variable>,
) -> Option<CanonicalBody> {
    parts(bytes, &multipart::boundary(content_type)?, rules, found)
}

fn parts(
    bytes: &[u8],
    boundary: &str,
    rules: &InForce<'_>,
    found: &mut Vec<Variable>,
) -> Option<CanonicalBody> {
    let mut parts: Vec<(String, Part)> = multipart::parts(bytes, boundary)?
        .into_iter()
        .map(|part| (part.name().unwrap_or_default(), part))
        .collect();
    without_signing(&mut parts, |(name, _)| name);
    parts.retain(|(name, _)| !rules.named(name, |matchers| &matchers.ignore_part));
    // A form (RFC 7578) is laid out from unordered sets by some clients: parts of one name keep their
    // order, those of different names have none. The sort is stable; what is no form stays as it is.
    if parts.iter().all(|(name, _)| !name.is_empty()) {
        parts.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    let canonical = |(number, (name, mut part)): (usize, (String, Part))| {
        let at = format!("part:{}", number + 1);
        for (_, value) in &mut part.headers {
            *value = blanked_text(value, &at, found);
        }
        match std::str::from_utf8(&part.content) {
            Ok(text) if places::binds_form(rules, &name) => {
                found.push(Variable::new(format!("form:{name}"), text));
                part.content = BOUND.into();
            }
            _ => part.content = content(&part, &at, rules, found),
        }
        part
    };
    Some(CanonicalBody::Multipart(parts.into_iter().enumerate().map(canonical).collect()))
}

/// The content of a part: what its media type calls JSON or XML by meaning.
fn content(part: &Part, at: &str, rules: &InForce<'_>, found: &mut Vec<Variable>) -> Vec<u8> {
    let media = part.headers.iter().find(|(name, _)| name == "content-type");
    let essence = media.map_or("", |(_, value)| value.split(';').next().unwrap_or(value).trim());
    if essence.to_ascii_lowercase().ends_with("json")
        && let Some(CanonicalBody::Json(text)) = json(&part.content, at, rules, found)
    {
        return text;
    }
    if MediaType::parse(essence).is_some_and(|media| media.is_xml())
        && let Some(CanonicalBody::Xml(text)) = xml(&part.content, at, rules, found)
    {
        return text;
    }
    blanked(&visible(&part.content, rules), at, found).into_owned()
}

fn form(bytes: &[u8], rules: &InForce<'_>, found: &mut Vec<Variable>) -> CanonicalBody {
    let mut pairs = escapes::pairs(bytes);
    without_signing(&mut pairs, |(name, _)| name);
    pairs.retain(|(name, _)| !rules.named(name, |matchers| &matchers.ignore_form));
    for (_, value) in &mut pairs {
        if let Cow::Owned(left) = visible(value.as_bytes(), rules) {
            *value = String::from_utf8_lossy(&left).into_owned();
        }
    }
    places::of_pairs("form", &mut pairs, |name| places::binds_form(rules, name), found);
    CanonicalBody::Form(pairs)
}

fn json(
    bytes: &[u8],
    at: &str,
    rules: &InForce<'_>,
    found: &mut Vec<Variable>,
) -> Option<CanonicalBody> {
    let shape = Shape {
        ignored: rules.each(|matchers| &matchers.ignore_json).collect(),
        unordered: rules.each(|matchers| &matchers.unordered_json).collect(),
        invisible: rules.each(|matchers| &matchers.ignore_text).collect(),
    };
    let text = json::canonical(bytes, &shape)?;
    Some(CanonicalBody::Json(places::of_json(text, at, rules, found)))
}

/// XML, after what rules leave of its text.
fn xml(
    bytes: &[u8],
    at: &str,
    rules: &InForce<'_>,
    found: &mut Vec<Variable>,
) -> Option<CanonicalBody> {
    let ignored: Vec<_> = rules.each(|matchers| &matchers.ignore_xml).collect();
    let text = xml::canonical(&visible(bytes, rules), &ignored)?;
    Some(CanonicalBody::Xml(blanked(&text, at, found).into_owned()))
}

fn text(bytes: &[u8], rules: &InForce<'_>, found: &mut Vec<Variable>) -> CanonicalBody {
    CanonicalBody::Bytes(blanked(&visible(bytes, rules), "body", found).into_owned())
}

/// What rules leave of a text.
fn visible<'a>(text: &'a [u8], rules: &InForce<'_>) -> Cow<'a, [u8]> {
    let mut left = Cow::Borrowed(text);
    for pattern in rules.each(|matchers| &matchers.ignore_text) {
        if let Cow::Owned(less) = pattern.regex().replace_all(&left, &b""[..]) {
            left = Cow::Owned(less);
        }
    }
    left
}

fn with_unix_lines(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().peekable();
    while let Some(byte) = rest.next() {
        if *byte != b'\r' || rest.peek() != Some(&&b'\n') {
            out.push(*byte);
        }
    }
    out
}
