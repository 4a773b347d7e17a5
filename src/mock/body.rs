//! The body of a documented answer: its media type, the page's example or a made-up value, and for
//! errors what was wrong, told in the fields of the documented envelope.

use super::prefer::Preferences;
use super::state::{Begun, Promised};
use crate::exchange::{Headers, MediaType, reason_phrase};
use crate::spec::{
    Direction, Examples, GenerateError, MediaPromise, Optional, Promise, SchemaRef, Spec, Wish,
};
use serde_json::Value;
use std::cell::RefCell;

mod envelope;
mod xml;

/// What is wanted of a body.
pub(super) struct Want<'w, 's> {
    pub(super) code: u16,
    /// The request's headers.
    pub(super) headers: &'w Headers,
    pub(super) preferences: &'w Preferences,
    /// What was wrong with the request, where something was.
    pub(super) mistake: Option<&'w str>,
    pub(super) seed: u64,
    /// What is remembered, where something is, and has a say in it.
    pub(super) memory: Option<&'w RefCell<Begun<'s>>>,
}

/// A body that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Made {
    Nothing,
    Bytes { media_type: String, bytes: Vec<u8> },
}

/// Why no body could be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    /// No value keeps the promised schema.
    #[error("no body for {code}: {cause}")]
    Generate {
        /// The code.
        code: u16,
        /// Why.
        cause: GenerateError,
    },
    /// The media type is none that this tool writes.
    #[error("no body for {code}: cannot write `{media_type}`; an example in the document would do")]
    MediaType {
        /// The code.
        code: u16,
        /// The type as documented.
        media_type: String,
    },
    /// The client asked for an example that is not there.
    #[error("no example `{name}` for {code}; documented: {known}")]
    Example {
        /// The code.
        code: u16,
        /// The name asked for.
        name: String,
        /// Names that are there.
        known: String,
    },
}

impl BodyError {
    /// The code that says so.
    pub(super) const fn status(&self) -> u16 {
        match self {
            Self::Example { .. } => 404,
            Self::Generate { .. } | Self::MediaType { .. } => 501,
        }
    }

    /// The word for `testimony-error`.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Example { .. } => "unknown-example",
            Self::Generate { .. } => "cannot-generate",
            Self::MediaType { .. } => "cannot-write",
        }
    }
}

/// The body promised for a code.
pub(super) fn make(spec: &Spec, promise: &Promise, want: &Want<'_, '_>) -> Result<Made, BodyError> {
    if matches!(want.code, 204 | 205 | 304) {
        return Ok(Made::Nothing);
    }
    let Some(media) = chosen(promise, want.headers) else {
        return family_envelope(spec, want);
    };
    let documented = MediaType::parse(&media.media_type);
    let value = value(spec, media, want)?;
    let media_type = match &documented {
        Some(documented) if !documented.is_range() => media.media_type.clone(),
        _ if value.is_string() => "text/plain".to_owned(),
        _ => "application/json".to_owned(),
    };
    let json = MediaType::parse(&media_type).is_some_and(|media_type| media_type.is_json());
    let bytes = match value {
        value if json => value.to_string().into_bytes(),
        Value::String(text) => text.into_bytes(),
        value if MediaType::parse(&media_type).is_some_and(|media_type| media_type.is_xml()) => {
            xml::written(spec, media.schema.as_ref(), &value).into_bytes()
        }
        _ => return Err(BodyError::MediaType { code: want.code, media_type }),
    };
    Ok(Made::Bytes { media_type, bytes })
}

/// Whether the client takes one of the promised media types.
pub(super) fn acceptable(promise: &Promise, headers: &Headers) -> bool {
    promise.media.is_empty() || promise.media.iter().any(|media| weight(media, headers) > 0)
}

/// The media type that the client likes best; the first that can be written where it likes none better.
fn chosen<'p>(promise: &'p Promise, headers: &Headers) -> Option<&'p MediaPromise> {
    let is_written = |media: &MediaPromise| {
        let written = |m: MediaType| m.is_json() || m.is_xml() || m.is_range() || m.is_text();
        !media.examples.is_empty() || MediaType::parse(&media.media_type).is_some_and(written)
    };
    let liking = |media: &MediaPromise| (weight(media, headers), is_written(media));
    promise.media.iter().rev().max_by_key(|media| liking(media))
}

/// How much the client likes a media type, in thousandths (RFC 9110, section 12.5.1).
fn weight(media: &MediaPromise, headers: &Headers) -> u32 {
    let Some(offered) = MediaType::parse(&media.media_type) else { return 0 };
    let mut best: Option<(u8, u32)> = None;
    let mut asked = false;
    for field in headers.all("accept") {
        let field = String::from_utf8_lossy(field);
        for item in field.split(',').filter(|item| !item.trim().is_empty()) {
            asked = true;
            let range = MediaType::parse(item);
            let fits =
                range.and_then(|range| range.fits(&offered).or_else(|| offered.fits(&range)));
            if let Some(closeness) = fits {
                best = best.max(Some((closeness, quality(item))));
            }
        }
    }
    if asked { best.map_or(0, |(_, quality)| quality) } else { 1000 }
}

fn quality(item: &str) -> u32 {
    let parameter = item.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse::<f32>().ok())?
    });
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=1000 before"
    )]
    let thousandths = (parameter.unwrap_or(1.0).clamp(0.0, 1.0) * 1000.0) as u32;
    thousandths
}

/// The example asked for; else the first that keeps its schema; else a made-up value.
fn value(spec: &Spec, media: &MediaPromise, want: &Want<'_, '_>) -> Result<Value, BodyError> {
    if let Some(name) = &want.preferences.example {
        return named_example(spec, media, name, want.code).cloned();
    }
    let keeps = |value: &Value| match &media.schema {
        Some(schema) => keeps(spec, schema, value),
        None => true,
    };
    let example = media.examples.iter().find(|example| keeps(example));
    if let Some(example) = example.filter(|_| !want.preferences.dynamic) {
        return Ok(match want.mistake {
            Some(mistake) => envelope::fill(example.clone(), want.code, mistake, keeps),
            None => remembered(spec, media, example.clone(), want, &keeps),
        });
    }
    let made = match &media.schema {
        Some(schema) => generated(spec, schema, want)?,
        None if MediaType::parse(&media.media_type).is_some_and(|m| m.is_json()) => {
            Value::Object(serde_json::Map::new())
        }
        None => Value::from(reason_phrase(want.code)),
    };
    if want.code < 400 {
        return Ok(remembered(spec, media, made, want, &keeps));
    }
    let message = want.mistake.unwrap_or(reason_phrase(want.code));
    Ok(envelope::fill(made, want.code, message, keeps))
}

/// A body with what is remembered in it.
fn remembered(
    spec: &Spec,
    media: &MediaPromise,
    body: Value,
    want: &Want<'_, '_>,
    keeps: &dyn Fn(&Value) -> bool,
) -> Value {
    let Some(memory) = want.memory else { return body };
    let fresh = |number: u64| {
        let wish = Wish {
            direction: Direction::Response,
            seed: want.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            optional: Optional::All,
            examples: Examples::Ignored,
        };
        spec.generate(media.schema.as_ref()?, &wish).ok()
    };
    memory.borrow_mut().tell(body, &Promised { keeps, fresh: &fresh })
}

/// Codes documented without any body are answered with the error envelope of the vendor's family,
/// where the document knows one.
fn family_envelope(spec: &Spec, want: &Want<'_, '_>) -> Result<Made, BodyError> {
    let Some(known) = spec.envelopes.first().filter(|_| want.code >= 400) else {
        return Ok(Made::Nothing);
    };
    let made = generated(spec, &known.schema, want)?;
    let message = want.mistake.unwrap_or(reason_phrase(want.code));
    let filled =
        envelope::fill(made, want.code, message, |value| keeps(spec, &known.schema, value));
    let bytes = filled.to_string().into_bytes();
    Ok(Made::Bytes { media_type: "application/json".to_owned(), bytes })
}

fn keeps(spec: &Spec, schema: &SchemaRef, value: &Value) -> bool {
    spec.validate(schema, value, Direction::Response)
        .is_ok_and(|violations| violations.iter().all(|violation| violation.advisory))
}

fn generated(spec: &Spec, schema: &SchemaRef, want: &Want<'_, '_>) -> Result<Value, BodyError> {
    let examples = if want.preferences.dynamic { Examples::Ignored } else { Examples::First };
    let wish =
        Wish { direction: Direction::Response, seed: want.seed, optional: Optional::All, examples };
    spec.generate(schema, &wish).map_err(|cause| BodyError::Generate { code: want.code, cause })
}

/// An example by its key in `examples`; it is given as it stands.
fn named_example<'s>(
    spec: &'s Spec,
    media: &MediaPromise,
    name: &str,
    code: u16,
) -> Result<&'s Value, BodyError> {
    let media = spec.document().pointer(&media.pointer);
    let examples = media.and_then(|media| media.get("examples")).and_then(Value::as_object);
    let found = examples
        .and_then(|examples| examples.get(name))
        .and_then(|example| spec.resolved(example))
        .and_then(|example| example.get("value"));
    found.ok_or_else(|| {
        let known: Vec<&str> =
            examples.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        BodyError::Example { code, name: name.to_owned(), known }
    })
}
