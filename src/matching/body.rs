//! Bodies by what they mean: JSON whatever its spelling, forms by pairs, uploads by parts, else text
//! or bytes. Compressed ones are compared decoded.

use super::canonical::{CanonicalBody, blank_numbers};
use super::defaults::without_signing;
use super::json::{self, Shape};
use super::multipart::{self, Part};
use super::rules::{BodyKind, InForce};
use crate::cassette::redact::without_numbers;
use crate::exchange::{Body, Request, query_pairs};
use std::borrow::Cow;

pub(super) fn canonical(request: &Request, rules: &InForce<'_>) -> CanonicalBody {
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
    let found = match kind {
        BodyKind::Auto => upload(&bytes, content_type, rules).or_else(|| {
            // JSON by its content, not by its media type: clients forget to name it.
            if is_form(content_type) { Some(form(&bytes, rules)) } else { json(&bytes, rules) }
        }),
        BodyKind::Json => json(&bytes, rules),
        BodyKind::Form => Some(form(&bytes, rules)),
        BodyKind::Multipart => upload(&bytes, content_type, rules).or_else(|| {
            let boundary = multipart::first_boundary(&bytes)?;
            parts(&bytes, &boundary, rules)
        }),
        BodyKind::Text => Some(text(&with_unix_lines(&bytes), rules)),
        BodyKind::Bytes => Some(CanonicalBody::Bytes(without_numbers(&bytes).into_owned())),
        BodyKind::Ignore => Some(CanonicalBody::Ignored),
    };
    found.unwrap_or_else(|| text(&bytes, rules))
}

fn is_form(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn upload(bytes: &[u8], content_type: &str, rules: &InForce<'_>) -> Option<CanonicalBody> {
    parts(bytes, &multipart::boundary(content_type)?, rules)
}

fn parts(bytes: &[u8], boundary: &str, rules: &InForce<'_>) -> Option<CanonicalBody> {
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
    let canonical = |(_, mut part): (String, Part)| {
        part.content = content(&part, rules);
        blank_numbers(&mut part.headers);
        part
    };
    Some(CanonicalBody::Multipart(parts.into_iter().map(canonical).collect()))
}

/// The content of a part: what its media type calls JSON by meaning.
fn content(part: &Part, rules: &InForce<'_>) -> Vec<u8> {
    let media = part.headers.iter().find(|(name, _)| name == "content-type");
    let essence = media.map_or("", |(_, value)| value.split(';').next().unwrap_or(value).trim());
    let as_json =
        essence.to_ascii_lowercase().ends_with("json").then(|| json(&part.content, rules));
    match as_json.flatten() {
        Some(CanonicalBody::Json(text)) => text,
        _ => without_numbers(&visible(&part.content, rules)).into_owned(),
    }
}

fn form(bytes: &[u8], rules: &InForce<'_>) -> CanonicalBody {
    let mut pairs = query_pairs(&String::from_utf8_lossy(bytes));
    without_signing(&mut pairs, |(name, _)| name);
    pairs.retain(|(name, _)| !rules.named(name, |matchers| &matchers.ignore_form));
    for (_, value) in &mut pairs {
        if let Cow::Owned(left) = visible(value.as_bytes(), rules) {
            *value = String::from_utf8_lossy(&left).into_owned();
        }
    }
    blank_numbers(&mut pairs);
    pairs.sort();
    CanonicalBody::Form(pairs)
}

fn json(bytes: &[u8], rules: &InForce<'_>) -> Option<CanonicalBody> {
    let shape = Shape {
        ignored: rules.each(|matchers| &matchers.ignore_json).collect(),
        unordered: rules.each(|matchers| &matchers.unordered_json).collect(),
        invisible: rules.each(|matchers| &matchers.ignore_text).collect(),
    };
    let text = json::canonical(bytes, &shape)?;
    Some(CanonicalBody::Json(match without_numbers(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(blanked) => blanked,
    }))
}

fn text(bytes: &[u8], rules: &InForce<'_>) -> CanonicalBody {
    CanonicalBody::Bytes(without_numbers(&visible(bytes, rules)).into_owned())
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
