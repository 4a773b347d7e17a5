//! A response's body: its media type, its coding, its text, and the schema of its promise.

use super::draft::Draft;
use super::envelope::outline;
use super::{Case, Found};
use crate::cassette::redact::is_placeholder;
use crate::check::catalogue::Item;
use crate::check::{Location, Rule, Severity};
use crate::exchange::{CodingError, MediaType, response_has_body};
use crate::spec::{Direction, MediaPromise, Promise, SchemaRef, UnreadablePromise, Violation};
use serde_json::Value;
use std::borrow::Cow;

/// Most fields of one body that nobody named and that are told.
const UNNAMED: usize = 50;

/// The media type of a response beside those promised.
enum Match<'p> {
    /// It is promised.
    Promised(&'p MediaPromise, MediaType),
    /// It is another one, none, or not readable; what was promised first is what the body is held
    /// to, as far as it can be.
    Other(Option<&'p MediaPromise>),
}

impl Case<'_, '_> {
    /// The rule that a broken body is found under.
    fn body_rule(&self) -> Rule {
        if self.response.status >= 400 { Rule::ErrorBody } else { Rule::ResponseSchema }
    }

    /// Holds the body to a promise.
    pub fn response_body(&self, promise: &Promise, found: &mut Found) {
        let status = self.response.status;
        if !response_has_body(&self.exchange.request.method, status) || status == 205 {
            return;
        }
        if self.response.body.is_empty() {
            let wanted = promise.media.iter().find(|media| media.schema.is_some());
            if let Some(media) = wanted.filter(|_| promise.body_documented) {
                let expected = format!("a body of type {}", media.media_type);
                found
                    .drafts
                    .push(self.of_body(promise, &media.pointer).because(expected, "no body"));
            }
            return;
        }
        if promise.media.is_empty() {
            found.drafts.push(self.no_promise(promise, "a body that nothing was promised of"));
            return;
        }
        let Some(bytes) = self.readable(promise, found) else { return };
        if !promise.body_documented {
            self.fitting(promise, found);
            self.undocumented_body(promise, &bytes, found);
            return;
        }
        match self.media(promise, found) {
            Match::Promised(media, sent) => {
                self.promised_body(promise, media, &sent, &bytes, found);
            }
            Match::Other(Some(media)) => {
                // What is JSON under another name is still held to the schema; the name itself is
                // found already. Other text is not: that it is no JSON goes without saying.
                let json = MediaType::parse(&media.media_type).is_some_and(|m| m.is_json());
                match json.then(|| parse(&bytes)) {
                    Some(Ok(value)) => self.value(promise, media, &value, found),
                    Some(Err(error)) if !self.response.headers.contains("content-type") => {
                        found.drafts.push(self.not_json(promise, media, &bytes, &error));
                    }
                    _ => {}
                }
            }
            Match::Other(None) => {}
        }
    }

    /// The body's bytes without its content coding; what prevents that is found.
    fn readable(&self, promise: &Promise, found: &mut Found) -> Option<Cow<'_, [u8]>> {
        match self.response.body.decoded(&self.response.headers) {
            Ok(Some(bytes)) => Some(bytes),
            Ok(None) => {
                let length = self.response.body.len();
                let observed = format!("a body file of {length} bytes that was not read");
                self.not_judged(promise, "body-file", &observed, found);
                None
            }
            Err(error @ CodingError::Invalid { .. }) => {
                let expected = "a body coded as `Content-Encoding` says";
                let draft =
                    self.of_body(promise, &promise.pointer).because(expected, error.to_string());
                found.drafts.push(draft.known_by("content-encoding"));
                None
            }
            Err(error) => {
                self.not_judged(promise, "content-encoding", &error.to_string(), found);
                None
            }
        }
    }

    /// The promised media type that the response names, and what it names.
    fn fitting<'p>(
        &self,
        promise: &'p Promise,
        found: &mut Found,
    ) -> Option<(&'p MediaPromise, MediaType)> {
        let sent = MediaType::parse(self.response.headers.text("content-type")?)?;
        let fits = |media: &MediaPromise| MediaType::parse(&media.media_type)?.fits(&sent);
        let ranked = promise.media.iter().enumerate().filter_map(|(n, m)| Some((fits(m)?, n, m)));
        let (_, index, media) = ranked.rev().max_by_key(|(closeness, ..)| *closeness)?;
        let promises = &self.routed.operation.promises;
        let place = promises.iter().position(|other| std::ptr::eq(other, promise));
        found.seen.extend(place.map(|place| Item::ResponseMedia(self.position, place, index)));
        Some((media, sent))
    }

    fn media<'p>(&self, promise: &'p Promise, found: &mut Found) -> Match<'p> {
        if let Some((media, sent)) = self.fitting(promise, found) {
            return Match::Promised(media, sent);
        }
        let promised: Vec<&str> = promise.media.iter().map(|m| m.media_type.as_str()).collect();
        let observed = match self.response.headers.first("content-type") {
            None => "a body without `Content-Type`".to_owned(),
            Some(value) => format!("`{}`", String::from_utf8_lossy(value).trim()),
        };
        let pointer = &promise.media.first().map_or(&promise.pointer, |media| &media.pointer);
        let at = Location::Header("Content-Type".to_owned());
        let draft = Draft::new(Rule::ContentType, at, self.of_promise(promise, pointer));
        found.drafts.push(draft.because(promised.join(" or "), observed));
        let is_json = |media: &&MediaPromise| {
            MediaType::parse(&media.media_type).is_some_and(|media| media.is_json())
        };
        Match::Other(promise.media.iter().find(is_json).or(promise.media.first()))
    }

    /// A body whose media type is a promised one.
    fn promised_body(
        &self,
        promise: &Promise,
        media: &MediaPromise,
        sent: &MediaType,
        bytes: &[u8],
        found: &mut Found,
    ) {
        let Some(schema) = &media.schema else {
            found.drafts.push(self.no_promise(promise, &format!("a body of type {sent}")));
            return;
        };
        if sent.is_json() {
            match parse(bytes) {
                Ok(value) => self.value(promise, media, &value, found),
                Err(error) if error.is_depth() => {
                    self.not_judged(promise, "depth", &error.to_string(), found);
                }
                Err(error) => found.drafts.push(self.not_json(promise, media, bytes, &error)),
            }
        } else if sent.is_text() && self.takes_text(schema) {
            let text = Value::String(String::from_utf8_lossy(bytes).into_owned());
            self.value(promise, media, &text, found);
        } else if !self.takes_text(schema) {
            let observed = format!("a body of type {sent}, which a schema can't be held to");
            self.not_judged(promise, "media-type", &observed, found);
        }
    }

    /// Whether a schema is one for text or bytes, or for anything.
    fn takes_text(&self, schema: &SchemaRef) -> bool {
        match self.routed.spec.schema(schema) {
            Some(Value::Bool(_)) | None => true,
            Some(schema) => match &schema["type"] {
                Value::String(kind) => kind == "string",
                Value::Array(kinds) => kinds.iter().any(|kind| kind == "string"),
                _ => ["properties", "items", "$ref", "allOf", "anyOf", "oneOf"]
                    .iter()
                    .all(|word| schema.get(word).is_none()),
            },
        }
    }

    /// Holds a JSON value to a promised schema.
    fn value(&self, promise: &Promise, media: &MediaPromise, value: &Value, found: &mut Found) {
        let Some(schema) = &media.schema else {
            found.drafts.push(self.no_promise(promise, "a JSON body"));
            return;
        };
        let violations = match self.routed.spec.validate(schema, value, Direction::Response) {
            Ok(violations) => violations,
            Err(unreadable) => {
                self.unreadable(&unreadable, found);
                return;
            }
        };
        let violations: Vec<Violation> =
            violations.into_iter().filter(|v| !is_redacted_json(value, v)).collect();
        if self.response.status >= 400
            && violations.iter().any(|violation| !violation.advisory)
            && let Some(name) = self.envelope(value)
        {
            let expected: Vec<&str> =
                violations.iter().take(3).map(|violation| violation.expected.as_str()).collect();
            let observed = format!("the gateway's envelope `{name}`: {}", outline(value));
            let draft = self.of_body(promise, &schema.pointer).known_by(format!("envelope {name}"));
            found.drafts.push(draft.because(expected.join("; "), observed));
            return;
        }
        self.unnamed_fields(promise, schema, value, &violations, found);
        for violation in violations {
            found.drafts.push(self.violation(promise, schema, violation));
        }
    }

    fn violation(&self, promise: &Promise, schema: &SchemaRef, violation: Violation) -> Draft {
        let reference = self.of_promise(promise, &violation.schema_pointer);
        let place = self.place(schema, &violation.at);
        let contradicted = if violation.advisory { " as written" } else { "" };
        let at = Location::Body(violation.at);
        let mut draft = Draft::new(self.body_rule(), at, reference);
        if violation.advisory {
            draft.severity = Severity::Warning;
        }
        draft
            .known_by(format!("{place} {}{contradicted}", violation.keyword))
            .because(violation.expected, violation.observed)
    }

    /// Fields that no part of the schema names, and those that it does name.
    fn unnamed_fields(
        &self,
        promise: &Promise,
        schema: &SchemaRef,
        value: &Value,
        violations: &[Violation],
        found: &mut Found,
    ) {
        let spec_index = self.spec_index();
        let Some(root) = self.catalogue.root(spec_index, &schema.pointer) else { return };
        let walked = self.catalogue.shapes[spec_index].walk(root, value, UNNAMED);
        found.seen.extend(walked.seen.into_iter().map(|named| Item::Response(spec_index, named)));
        let closed = |at: &str| {
            violations.iter().any(|violation| {
                let by_schema = matches!(
                    violation.keyword.as_str(),
                    "additionalProperties" | "unevaluatedProperties"
                );
                let parent = at.rsplit_once('/').map_or("", |(parent, _)| parent);
                by_schema && (violation.at == at || violation.at == parent)
            })
        };
        for unnamed in walked.unnamed.into_iter().filter(|unnamed| !closed(&unnamed.at)) {
            let reference = self.of_promise(promise, &unnamed.schema);
            let name = unnamed.at.rsplit('/').next().unwrap_or_default();
            let observed = format!("`{}`", name.replace("~1", "/").replace("~0", "~"));
            let draft = Draft::new(Rule::UndocumentedField, Location::Body(unnamed.at), reference);
            let draft = draft.known_by(unnamed.place);
            found.drafts.push(draft.because("fields that the documentation names", observed));
        }
    }

    /// A code whose page describes no body: any of the family's envelopes will do.
    fn undocumented_body(&self, promise: &Promise, bytes: &[u8], found: &mut Found) {
        let Ok(value) = parse(bytes) else {
            found.drafts.push(self.no_promise(promise, "a body that is not JSON"));
            return;
        };
        let spec = self.routed.spec;
        let fits = |media: &MediaPromise| {
            let schema = media.schema.as_ref()?;
            let kept = spec.validate(schema, &value, Direction::Response).ok()?.is_empty();
            kept.then(|| self.catalogue.root(self.spec_index(), &schema.pointer))
        };
        if let Some(root) = promise.media.iter().find_map(fits) {
            let shapes = &self.catalogue.shapes[self.spec_index()];
            let seen = root.map(|root| shapes.walk(root, &value, 0).seen).unwrap_or_default();
            found
                .seen
                .extend(seen.into_iter().map(|named| Item::Response(self.spec_index(), named)));
        } else if self.envelope(&value).is_none() {
            found.drafts.push(self.no_promise(promise, &outline(&value)));
        }
    }

    fn no_promise(&self, promise: &Promise, observed: &str) -> Draft {
        let reference = self.of_promise(promise, &promise.pointer);
        Draft::new(Rule::NoPromise, Location::Body(String::new()), reference)
            .because("a documented schema", observed)
    }

    fn not_json(
        &self,
        promise: &Promise,
        media: &MediaPromise,
        bytes: &[u8],
        error: &NotJson,
    ) -> Draft {
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        let expected = format!("{} text", media.media_type);
        self.of_body(promise, &media.pointer)
            .known_by("syntax")
            .because(expected, format!("not JSON: {error}: `{start}`"))
    }

    /// A fault of the whole body.
    fn of_body(&self, promise: &Promise, pointer: &str) -> Draft {
        let reference = self.of_promise(promise, pointer);
        Draft::new(self.body_rule(), Location::Body(String::new()), reference)
    }

    /// A promise whose schema can't be read.
    pub fn unreadable(&self, unreadable: &UnreadablePromise, found: &mut Found) {
        found.unclear = true;
        let spec = self.routed.spec;
        found.drafts.push(Draft::unreadable(spec, &unreadable.pointer, &unreadable.what));
    }

    /// A pointer into a body with what varies left out.
    pub fn place(&self, schema: &SchemaRef, pointer: &str) -> String {
        let spec_index = self.spec_index();
        match self.catalogue.root(spec_index, &schema.pointer) {
            Some(root) => self.catalogue.shapes[spec_index].place(root, pointer),
            None => crate::check::location::without_indexes(pointer),
        }
    }

    /// Position of the operation's spec.
    pub fn spec_index(&self) -> usize {
        self.catalogue.operations[self.position].spec_index
    }
}

/// Why a body is no JSON.
#[derive(Debug)]
pub(super) struct NotJson(serde_json::Error);

impl NotJson {
    /// Whether it is nested too deep to be read, and may be JSON all the same.
    pub fn is_depth(&self) -> bool {
        self.0.to_string().starts_with("recursion limit")
    }
}

impl std::fmt::Display for NotJson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Reads JSON text, with or without a byte order mark (RFC 8259, section 8.1).
pub(super) fn parse(bytes: &[u8]) -> Result<Value, NotJson> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(text).map_err(NotJson)
}

/// Whether redaction put another text where a value stood: what that text is says nothing.
pub(super) fn is_redacted(value: &Value, at: &str) -> bool {
    let Some(Value::String(text)) = value.pointer(at) else { return false };
    text.contains("{{secret:") || is_placeholder(text)
}

/// [`is_redacted`] in JSON, where a redacted value is still known to be text and nothing else.
pub(super) fn is_redacted_json(value: &Value, violation: &Violation) -> bool {
    violation.keyword != "type" && is_redacted(value, &violation.at)
}
