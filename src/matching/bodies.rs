//! Where two bodies differ.

use super::canonical::CanonicalBody;
use super::comparison::Comparison;
use super::escapes;
use super::field::{Field, Mismatch};
use super::leaves;
use crate::diff::{Difference, Unpaired, text_differences, unpaired};
use crate::exchange::multipart::Part;
use std::collections::VecDeque;

/// Longest text whose lines are compared, in bytes.
const LINES: usize = 256 * 1024;

/// Most parts of a body that are compared.
const PARTS: usize = 200;

/// Bytes of a binary body that are shown.
const WINDOW: usize = 12;

/// Compares two bodies that are not equal.
pub(super) fn compare(recorded: &CanonicalBody, sent: &CanonicalBody, found: &mut Comparison) {
    match (recorded, sent) {
        (CanonicalBody::Json(ours), CanonicalBody::Json(theirs)) => {
            if leaves::compare_texts(ours, theirs, found).is_none() {
                kinds(recorded, sent, found);
            }
        }
        (CanonicalBody::Xml(ours), CanonicalBody::Xml(theirs)) => {
            let known = found.len();
            if leaves::compare_texts(ours, theirs, found).is_none() {
                kinds(recorded, sent, found);
            }
            found.after(known, |field| match field {
                Field::Json(steps) | Field::JsonOrder(steps) => Field::Xml(steps),
                other => other,
            });
            // Where an element is missing, the order of those that are left is no news.
            found.without_echoes(known, Field::is_xml_order);
        }
        (CanonicalBody::Form(ours), CanonicalBody::Form(theirs)) => {
            compare_pairs(ours, theirs, |name| Field::Form(name.to_owned()), found);
        }
        (CanonicalBody::Multipart(ours), CanonicalBody::Multipart(theirs)) => {
            parts(ours, theirs, found);
        }
        (CanonicalBody::Bytes(ours), CanonicalBody::Bytes(theirs)) => {
            if !found.fits(ours, theirs, b"\n") {
                found.extend(contents(ours, theirs, Field::Text));
            }
        }
        _ => kinds(recorded, sent, found),
    }
}

/// Compares pairs by name; a placeholder is filled by any value.
pub(super) fn compare_pairs(
    recorded: &[(String, String)],
    sent: &[(String, String)],
    field: impl Fn(&str) -> Field,
    found: &mut Comparison,
) {
    for Unpaired { name, left, right } in unpaired(recorded, sent) {
        if let (Some(left), Some(right)) = (left, right)
            && found.fits(left.as_bytes(), right.as_bytes(), b"")
        {
            continue;
        }
        found.differs(field(name), left, right);
    }
}

/// Parts by name, those without one by their place.
fn parts(recorded: &[Part], sent: &[Part], found: &mut Comparison) {
    let mut spare: VecDeque<(usize, &Part)> = sent.iter().enumerate().take(PARTS).collect();
    for (index, ours) in recorded.iter().enumerate().take(PARTS) {
        let same = |(at, theirs): &(usize, &Part)| match (name(ours), name(theirs)) {
            (None, None) => *at == index,
            (ours, theirs) => ours == theirs,
        };
        let equal = spare.iter().position(|(_, theirs)| *theirs == ours);
        let theirs = equal.or_else(|| spare.iter().position(same));
        let theirs = theirs.and_then(|at| spare.remove(at)).map(|(_, part)| part);
        part(index, Some(ours), theirs, found);
    }
    for (index, theirs) in spare {
        part(index, None, Some(theirs), found);
    }
    if found.is_empty() {
        let names = |parts: &[Part]| {
            let named = |(index, part)| named(index, part);
            parts.iter().enumerate().map(named).collect::<Vec<_>>().join(", ")
        };
        let (ours, theirs) = (names(recorded), names(sent));
        if ours != theirs {
            found.differs(Field::PartOrder, Some(&ours), Some(&theirs));
        }
    }
}

fn part(index: usize, ours: Option<&Part>, theirs: Option<&Part>, found: &mut Comparison) {
    let Some(any) = ours.or(theirs) else { return };
    let field = || Field::Part(named(index, any));
    let (Some(ours), Some(theirs)) = (ours, theirs) else {
        let told = |part: &Part| format!("a part of {} bytes", part.content.len());
        let (ours, theirs) = (ours.map(told), theirs.map(told));
        found.differs(field(), ours.as_deref(), theirs.as_deref());
        return;
    };
    for pair in unpaired(&ours.headers, &theirs.headers) {
        let told = |value: Option<&str>| value.map(|value| format!("{}: {value}", pair.name));
        let (ours, theirs) = (told(pair.left), told(pair.right));
        found.differs(field(), ours.as_deref(), theirs.as_deref());
    }
    if !found.fits(&ours.content, &theirs.content, b"") {
        found.extend(contents(&ours.content, &theirs.content, |_| field()));
    }
}

/// The name that a part has in its `Content-Disposition` (RFC 7578, section 4.2).
fn name(part: &Part) -> Option<&str> {
    let (_, value) = part.headers.iter().find(|(name, _)| name == "content-disposition")?;
    let mut parameters = value.split(';').map(str::trim);
    let name = parameters.find_map(|parameter| parameter.strip_prefix("name="))?;
    Some(name.trim_matches('"')).filter(|name| !name.is_empty())
}

/// A part's name, or its number from 1.
fn named(index: usize, part: &Part) -> String {
    name(part).map_or_else(|| (index + 1).to_string(), str::to_owned)
}

/// Two contents, by line where they are texts, else by the first byte that differs.
fn contents(ours: &[u8], theirs: &[u8], field: impl Fn(String) -> Field) -> Vec<Mismatch> {
    if ours.len().max(theirs.len()) <= LINES
        && let (Some(ours), Some(theirs)) = (text(ours), text(theirs))
    {
        let told = |Difference { at, left, right }| Mismatch {
            field: field(at),
            recorded: left,
            sent: right,
        };
        return text_differences(ours, theirs).into_iter().map(told).collect();
    }
    let at = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
    let shown = |bytes: &[u8]| {
        let window = &bytes[at..bytes.len().min(at + WINDOW)];
        let hex: Vec<String> = window.iter().map(|byte| format!("{byte:02x}")).collect();
        let more = if at + WINDOW < bytes.len() { " …" } else { "" };
        match hex.as_slice() {
            [] => format!("the end, after {} bytes", bytes.len()),
            _ => format!("{}{more} (of {} bytes)", hex.join(" "), bytes.len()),
        }
    };
    vec![Mismatch::new(field(format!("byte {}", at + 1)), Some(&shown(ours)), Some(&shown(theirs)))]
}

/// Bytes that people can read.
fn text(bytes: &[u8]) -> Option<&str> {
    let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains(strange))
}

/// Two bodies that can't be compared piece by piece.
fn kinds(recorded: &CanonicalBody, sent: &CanonicalBody, found: &mut Comparison) {
    let (ours, theirs) = (kind(recorded, sent), kind(sent, recorded));
    let field = if same_fields(recorded, sent) { Field::MediaType } else { Field::Body };
    found.differs(field, Some(&ours), Some(&theirs));
}

/// Whether one is a form, and the other the same fields under another media type.
fn same_fields(recorded: &CanonicalBody, sent: &CanonicalBody) -> bool {
    match (recorded, sent) {
        (CanonicalBody::Form(pairs), CanonicalBody::Bytes(bytes))
        | (CanonicalBody::Bytes(bytes), CanonicalBody::Form(pairs))
            if bytes.len() <= LINES =>
        {
            text(bytes).is_some_and(|text| {
                let mut fields = escapes::pairs(text.as_bytes());
                fields.sort();
                fields == *pairs
            })
        }
        _ => false,
    }
}

fn kind(body: &CanonicalBody, other: &CanonicalBody) -> String {
    match body {
        CanonicalBody::Empty => "no body".to_owned(),
        CanonicalBody::Ignored => "any body".to_owned(),
        CanonicalBody::Json(text) => match text.first() {
            Some(b'{') => "a JSON object".to_owned(),
            Some(b'[') => "a JSON array".to_owned(),
            _ => "a JSON value".to_owned(),
        },
        CanonicalBody::Xml(_) => "an XML document".to_owned(),
        CanonicalBody::Form(pairs) => format!("a form of {} fields", pairs.len()),
        CanonicalBody::Multipart(parts) => format!("{} parts", parts.len()),
        CanonicalBody::Bytes(bytes) => match (text(bytes), other) {
            (Some(text), CanonicalBody::Json(_)) => {
                match serde_json::from_str::<serde::de::IgnoredAny>(text) {
                    Err(fault) => format!("{} bytes that are no JSON ({fault})", bytes.len()),
                    Ok(_) => format!("{} bytes of JSON that nests too deeply", bytes.len()),
                }
            }
            (Some(_), CanonicalBody::Xml(_)) => {
                format!("{} bytes that are no well-formed XML, or have a DTD", bytes.len())
            }
            (Some(_), _) => format!("text of {} bytes", bytes.len()),
            (None, _) => format!("{} bytes that are no text", bytes.len()),
        },
        CanonicalBody::File(name) => format!("a large body, kept in a file of digest {name}"),
    }
}
