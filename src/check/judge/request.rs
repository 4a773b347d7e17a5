//! What the client sent, beside what the documentation asks for.

use super::body::{is_redacted, is_redacted_json};
use super::draft::{Draft, reference};
use super::{Case, Found};
use crate::check::catalogue::Item;
use crate::check::{Location, Rule, Severity};
use crate::exchange::{Decimal, MediaType};
use crate::spec::{Direction, RequestBody, SchemaRef, Sent, SentBody};
use serde_json::Value;

/// What was found in a request, whether or not anybody need know.
pub(super) struct Heard {
    /// What is wrong with it.
    pub drafts: Vec<Draft>,
    /// Whether all of it was judged.
    pub whole: bool,
}

impl Case<'_, '_> {
    /// Holds the request to the documentation. What breaks it is found where the provider took it
    /// all the same (2xx and 3xx). Answers whether the request, all of it, keeps the documentation.
    pub fn request(&self, found: &mut Found) -> bool {
        let mut heard = Heard { drafts: Vec::new(), whole: true };
        let sent = Sent::of(self.routed, &self.exchange.request);
        for index in 0..self.routed.operation.parameters.len() {
            self.parameter(index, &sent, &mut heard, found);
        }
        if let Some(body) = &self.routed.operation.body {
            self.request_body(body, &sent, &mut heard, found);
        }
        let keeps = heard.whole && heard.drafts.is_empty();
        let fault = heard.drafts.iter().find(|draft| draft.severity == Severity::Error);
        found.request_fault = fault.map(|draft| {
            format!("{}: expected {}, sent {}", draft.at, draft.expected, draft.observed)
        });
        if (200..400).contains(&self.response.status) {
            found.drafts.append(&mut heard.drafts);
        }
        keeps
    }

    fn request_body(
        &self,
        body: &RequestBody,
        sent: &Sent<'_, '_>,
        heard: &mut Heard,
        found: &mut Found,
    ) {
        if self.exchange.request.body.is_empty() {
            if body.required {
                let draft = self.of_request(body, &body.pointer, Location::Body(String::new()));
                let draft = draft.because("a body", "no body");
                heard.drafts.push(draft.suggesting(self.optional(&body.pointer)));
            }
            return;
        }
        let fitting = sent.media(&body.media);
        let index = body.media.iter().position(|m| fitting.is_some_and(|f| std::ptr::eq(f, m)));
        match (fitting.zip(index), sent.media_type()) {
            (Some((media, index)), Some(media_type)) => {
                found.seen.push(Item::RequestMedia(self.position, index));
                if let Some(schema) = &media.schema {
                    let read = sent.body(media_type, schema);
                    self.request_value(body, schema, (media_type, read), heard, found);
                }
            }
            (_, media_type) if !body.media.is_empty() => {
                let documented: Vec<_> = body.media.iter().map(|m| m.media_type.as_str()).collect();
                let observed = media_type.map_or_else(|| "none".to_owned(), |m| format!("`{m}`"));
                let at = Location::Header("Content-Type".to_owned());
                let draft = self.of_request(body, &body.pointer, at);
                let draft = draft.because(documented.join(" or "), observed);
                heard.drafts.push(draft.suggesting(self.media_taken(&body.pointer)));
            }
            _ => {}
        }
    }

    fn request_value(
        &self,
        body: &RequestBody,
        schema: &SchemaRef,
        (media_type, read): (&MediaType, SentBody),
        heard: &mut Heard,
        found: &mut Found,
    ) {
        let (value, written) = match read {
            SentBody::Value(value) => (value, None),
            SentBody::Written(written) => (Decimal::rounded(&written), Some(written)),
            SentBody::Malformed(what) => {
                let draft = self.of_request(body, &schema.pointer, Location::Body(String::new()));
                let expected = if media_type.is_json() {
                    "JSON text".to_owned()
                } else {
                    format!("a body of type {media_type}")
                };
                heard.drafts.push(draft.known_by("syntax").because(expected, what));
                return;
            }
            SentBody::Opaque(what) => return self.unheard(body, &what, heard),
        };
        self.see_request(schema, &value, found);
        let spec = self.routed.spec;
        let violations = match &written {
            Some(written) => spec.validate_written(schema, written, Direction::Request),
            None => spec.validate(schema, &value, Direction::Request),
        };
        match violations {
            Ok(violations) => {
                for violation in violations {
                    let redacted = if media_type.is_json() {
                        is_redacted_json(&value, &violation)
                    } else {
                        is_redacted(&value, &violation.at)
                    };
                    if redacted {
                        heard.whole = false;
                        continue;
                    }
                    let place = self.place(schema, &violation.at);
                    let edits = self.loosened(&violation, &value);
                    let at = Location::Body(violation.at);
                    let mut draft =
                        self.of_request(body, &violation.schema_pointer, at).suggesting(edits);
                    if violation.advisory {
                        draft.severity = Severity::Warning;
                    }
                    let draft = draft.known_by(format!("{place} {}", violation.keyword));
                    heard.drafts.push(draft.because(violation.expected, violation.observed));
                }
            }
            Err(unreadable) => {
                heard.whole = false;
                heard.drafts.push(Draft::unreadable(spec, &unreadable.pointer, &unreadable.what));
            }
        }
    }

    /// Notes what of the documentation is in a parameter or request body.
    pub fn see_request(&self, schema: &SchemaRef, value: &Value, found: &mut Found) {
        let spec_index = self.spec_index();
        if let Some(root) = self.catalogue.root(spec_index, &schema.pointer) {
            let walked = self.catalogue.shapes[spec_index].walk(root, value, 0);
            found
                .seen
                .extend(walked.seen.into_iter().map(|named| Item::Request(spec_index, named)));
        }
    }

    /// States that a request body could not be judged.
    fn unheard(&self, body: &RequestBody, observed: &str, heard: &mut Heard) {
        heard.whole = false;
        let mut draft = self.of_request(body, &body.pointer, Location::Body(String::new()));
        draft.rule = Rule::NotJudged;
        let draft = draft.known_by("request").weighing(Severity::Info);
        heard.drafts.push(draft.because("a request body that can be judged", observed));
    }

    fn of_request(&self, body: &RequestBody, pointer: &str, at: Location) -> Draft {
        let sources = [body.sources.as_slice(), &self.routed.operation.sources].concat();
        Draft::new(Rule::RequestSchema, at, reference(self.routed.spec, pointer, &sources))
    }
}
