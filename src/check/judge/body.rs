//! A response's body: its media type, its coding, its text, and the schema of its promise.

use super::draft::Draft;
use super::envelope::outline;
use super::naming::Match;
use super::{Case, Found};
use crate::cassette::redact::is_placeholder;
use crate::check::catalogue::Item;
use crate::check::{Location, Party, Rule, Severity};
use crate::exchange::{
    CodingError, JsonText, JsonTextError, MediaType, pointer_name, response_has_body,
};
use crate::spec::{Direction, MediaPromise, Promise, SchemaRef, UnreadablePromise, Violation};
use serde_json::Value;
use std::borrow::Cow;

/// Most fields of one body that nobody named and that are told.
const UNNAMED: usize = 50;

impl Case<'_, '_> {
    /// The rule that a broken body is found under.
    pub fn body_rule(&self) -> Rule {
        if self.response.status >= 400 { Rule::ErrorBody } else { Rule::ResponseSchema }
    }

    /// Holds the body to a promise.
    pub fn response_body(&self, promise: &Promise, found: &mut Found) {
        let status = self.response.status;
        if !response_has_body(&self.exchange.request.method, status) || status == 205 {
            let came = !self.response.body.is_empty() && self.exchange.request.method != "HEAD";
            if came && matches!(status, 204 | 205) && promise.media.is_empty() {
                let observed = format!("a body of {} bytes", self.response.body.len());
                let expected = "no body (RFC 9110, sections 15.3.5 and 15.3.6)";
                found
                    .drafts
                    .push(self.of_body(promise, &promise.pointer).because(expected, observed));
            }
            return;
        }
        if self.response.body.is_empty() {
            // A text, a file or a list may be empty, and be called what was promised.
            if promise.body_documented
                && let Some((media, sent)) = self.fitting(promise, found)
                && let Some(schema) = &media.schema
                && !sent.is_json()
                && (self.takes_text(schema) || self.is_sequence(&sent, schema))
            {
                self.promised_body(promise, media, &sent, b"", found);
                return;
            }
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
            if found.unclear {
                // It could not be read: that nothing is promised would be saying too much.
                return;
            }
            let draft = self.no_promise(promise, "a body that nothing was promised of");
            found.drafts.push(draft.suggesting(self.described(promise, None)));
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
                let told = found.drafts.len();
                match json.then(|| JsonText::read(&bytes)) {
                    Some(Ok(text)) => self.text(promise, media, &text, found),
                    Some(Err(error)) if !self.response.headers.contains("content-type") => {
                        self.not_read(promise, media, &bytes, &error, found);
                    }
                    // Where the name is forgiven, the body still was not judged.
                    _ => found.unclear = true,
                }
                // Documented under its own name it need not keep this schema.
                found.drafts[told..].iter_mut().for_each(|draft| draft.edits.clear());
            }
            Match::Other(None) => found.unclear = true,
            Match::Unnamed(media) => {
                let looks_like_json = matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['));
                if let Some(Ok(text)) = looks_like_json.then(|| JsonText::read(&bytes)) {
                    self.text(promise, media, &text, found);
                } else {
                    let observed = "a body of no named media type";
                    self.not_judged(promise, "media-type", observed, found);
                }
            }
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
                found.unclear = true;
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
            let draft = self.no_promise(promise, &format!("a body of type {sent}"));
            found.drafts.push(draft.suggesting(self.described(promise, Some(media))));
            return;
        };
        let sequence = sent.sequence().filter(|_| self.is_sequence(sent, schema));
        if sequence.is_none() && sent.is_json() && self.keeps_plainly(schema, bytes, found) {
            return;
        }
        let read = match sequence {
            Some(sequence) => Some(JsonText::read_sequence(sequence, bytes)),
            None => sent.is_json().then(|| JsonText::read(bytes)),
        };
        if let Some(read) = read {
            match read {
                Ok(text) => self.text(promise, media, &text, found),
                Err(error) => self.not_read(promise, media, bytes, &error, found),
            }
            return;
        }
        match std::str::from_utf8(bytes) {
            Ok(text) if sent.is_text() && self.takes_text(schema) => {
                self.value(promise, media, (&Value::from(text), None), found);
                return;
            }
            _ => {}
        }
        if !self.takes_anything(schema) {
            let observed = format!("a body of type {sent}, which a schema can't be held to");
            self.not_judged(promise, "media-type", &observed, found);
        }
    }

    /// Whether a schema is one for the items of a sequential media type. For a whole text, or a line of it,
    /// it is another matter: that was how one wrote before OpenAPI 3.2.
    fn is_sequence(&self, sent: &MediaType, schema: &SchemaRef) -> bool {
        sent.sequence().is_some() && self.routed.spec.is_for_arrays(schema)
    }

    /// Whether a JSON text keeps a promised schema beyond doubt; what is seen in it is noted then.
    fn keeps_plainly(&self, schema: &SchemaRef, bytes: &[u8], found: &mut Found) -> bool {
        let (spec_index, spec) = (self.spec_index(), self.routed.spec);
        let plain = self.catalogue.plain(spec_index, schema, Direction::Response);
        found.plainly(plain, |plain, marks| {
            plain.keeps(spec, &self.catalogue.shapes[spec_index], bytes, marks)
        })
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

    /// Whether a schema takes any text or bytes: one that asserts nothing of them.
    fn takes_anything(&self, schema: &SchemaRef) -> bool {
        match self.routed.spec.schema(schema) {
            Some(Value::Bool(takes)) => *takes,
            Some(Value::Object(keywords)) => {
                self.takes_text(schema)
                    && keywords.iter().all(|(keyword, value)| match keyword.as_str() {
                        "format" => value == "binary",
                        "type" | "title" | "description" | "default" | "examples" | "example"
                        | "deprecated" | "readOnly" | "writeOnly" | "externalDocs" | "xml"
                        | "contentMediaType" | "contentEncoding" => true,
                        other => other.starts_with("x-source"),
                    })
            }
            _ => false,
        }
    }

    /// A body that is no JSON, or more than can be judged.
    fn not_read(
        &self,
        promise: &Promise,
        media: &MediaPromise,
        bytes: &[u8],
        error: &JsonTextError,
        found: &mut Found,
    ) {
        match error {
            JsonTextError::Beyond(what) => self.not_judged(promise, "depth", what, found),
            JsonTextError::Malformed(what) => {
                found.drafts.push(self.not_json(promise, media, bytes, what));
            }
        }
    }

    /// Holds a JSON value to a promised schema, by its numbers as they are written where doubles would round them.
    pub fn value(
        &self,
        promise: &Promise,
        media: &MediaPromise,
        (value, written): (&Value, Option<&Value>),
        found: &mut Found,
    ) {
        let Some(schema) = &media.schema else {
            found.drafts.push(self.no_promise(promise, "a JSON body"));
            return;
        };
        let spec = self.routed.spec;
        let violations = match written {
            Some(written) => spec.validate_written(schema, written, Direction::Response),
            None => spec.validate(schema, value, Direction::Response),
        };
        let violations = match violations {
            Ok(violations) => violations,
            Err(unreadable) => {
                self.unreadable(&unreadable, found);
                return;
            }
        };
        if let Some(pointer) = self.routed.spec.unjudged(schema) {
            let observed = format!("which form its `discriminator` asks for ({pointer})");
            self.not_judged(promise, "discriminator", &observed, found);
        }
        let violations: Vec<Violation> =
            violations.into_iter().filter(|v| !is_redacted_json(value, v)).collect();
        if self.response.status >= 400
            && violations.iter().any(|violation| !violation.advisory)
            && let Some(name) = self.envelope(value)
        {
            let expected = match self.documented_outline(schema) {
                Some(outline) => format!("documented {outline}"),
                None => "the documented body".to_owned(),
            };
            let observed = format!("the gateway's {} (`{name}`)", outline(value));
            let draft = self.of_body(promise, &schema.pointer).known_by(format!("envelope {name}"));
            found.drafts.push(draft.because(expected, observed));
            return;
        }
        self.unnamed_fields(promise, schema, value, &violations, found);
        for violation in violations {
            let edits = self.loosened(&violation, value);
            let draft = self.violation(promise, media, schema, violation);
            found.drafts.push(draft.suggesting(edits));
        }
    }

    fn violation(
        &self,
        promise: &Promise,
        media: &MediaPromise,
        schema: &SchemaRef,
        violation: Violation,
    ) -> Draft {
        let reference = self.of_promise(promise, &violation.schema_pointer);
        let place = self.place(schema, &violation.at);
        let contradicted = if violation.advisory { " as written" } else { "" };
        let own = self.broken_by_example(media, schema, &place, &violation);
        let at = Location::Body(violation.at);
        let mut draft = Draft::new(self.body_rule(), at, reference);
        if violation.advisory {
            draft.severity = Severity::Warning;
        }
        if let Some(evidence) = own {
            draft = draft.blaming(Party::Documentation, evidence);
        }
        draft
            .known_by(format!("{place} {}{contradicted}", violation.keyword))
            .because(violation.expected, violation.observed)
    }

    /// Whether the documentation's own example breaks the same rule at the same place; in words.
    fn broken_by_example(
        &self,
        media: &MediaPromise,
        schema: &SchemaRef,
        place: &str,
        violation: &Violation,
    ) -> Option<String> {
        if violation.advisory {
            return Some("its own example breaks the rule as written".to_owned());
        }
        let same = |other: &Violation| {
            other.keyword == violation.keyword && self.place(schema, &other.at) == place
        };
        let breaks = |example: &Value| {
            let broken = self.routed.spec.validate(schema, example, Direction::Response);
            broken.is_ok_and(|broken| broken.iter().any(same))
        };
        let number = media.examples.iter().position(breaks)? + 1;
        Some(format!("its own example {number} at {} breaks the same rule", media.pointer))
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
            let holder = self.routed.spec.written_place(&unnamed.schema);
            let reference = self.of_promise(promise, &holder);
            let name = unnamed.at.rsplit('/').next().unwrap_or_default();
            let name = pointer_name(name);
            let edit = self.named(&holder, &name, value.pointer(&unnamed.at));
            let observed = format!("`{name}`");
            let draft = Draft::new(Rule::UndocumentedField, Location::Body(unnamed.at), reference);
            let draft = draft.known_by(unnamed.place).suggesting(edit);
            found.drafts.push(draft.because("fields that the documentation names", observed));
        }
    }

    /// A code whose page describes no body: any of the family's envelopes will do.
    fn undocumented_body(&self, promise: &Promise, bytes: &[u8], found: &mut Found) {
        let Ok(JsonText { value, .. }) = JsonText::read(bytes) else {
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
        error: &str,
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
            None => crate::check::without_indexes(pointer),
        }
    }

    /// Position of the operation's spec.
    pub fn spec_index(&self) -> usize {
        self.catalogue.operations[self.position].spec_index
    }
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
