//! What the client sent, beside what the documentation asks for.

use super::body::{is_redacted, is_redacted_json, parse};
use super::draft::{Draft, reference};
use super::{Case, Found};
use crate::check::catalogue::Item;
use crate::check::media::MediaType;
use crate::check::{Location, Rule, Severity};
use crate::exchange::Request;
use crate::spec::{Direction, MediaPromise, Parameter, Place, RequestBody, SchemaRef, Style};
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
        let wire = self.wire();
        for index in 0..self.routed.operation.parameters.len() {
            self.parameter(index, &wire, &mut heard, found);
        }
        if let Some(body) = &self.routed.operation.body {
            self.request_body(body, &mut heard, found);
        }
        let keeps = heard.whole && heard.drafts.is_empty();
        if (200..400).contains(&self.response.status) {
            found.drafts.append(&mut heard.drafts);
        }
        keeps
    }

    fn request_body(&self, body: &RequestBody, heard: &mut Heard, found: &mut Found) {
        let request = &self.exchange.request;
        if request.body.is_empty() {
            if body.required {
                let draft = self.of_request(body, &body.pointer, Location::Body(String::new()));
                heard.drafts.push(draft.because("a body", "no body"));
            }
            return;
        }
        let sent = sent_media(request);
        let fits = |media: &MediaPromise| MediaType::parse(&media.media_type)?.fits(sent.as_ref()?);
        let ranked = body.media.iter().enumerate().filter_map(|(n, m)| Some((fits(m)?, n, m)));
        let fitting = ranked.rev().max_by_key(|(closeness, ..)| *closeness);
        match (fitting, sent) {
            (Some((_, index, media)), Some(sent)) => {
                found.seen.push(Item::RequestMedia(self.position, index));
                if let Some(schema) = &media.schema {
                    self.request_value(body, schema, &sent, heard, found);
                }
            }
            (_, sent) if !body.media.is_empty() => {
                let documented: Vec<_> = body.media.iter().map(|m| m.media_type.as_str()).collect();
                let observed = sent.map_or_else(|| "none".to_owned(), |sent| format!("`{sent}`"));
                let at = Location::Header("Content-Type".to_owned());
                let draft = self.of_request(body, &body.pointer, at);
                heard.drafts.push(draft.because(documented.join(" or "), observed));
            }
            _ => {}
        }
    }

    fn request_value(
        &self,
        body: &RequestBody,
        schema: &SchemaRef,
        sent: &MediaType,
        heard: &mut Heard,
        found: &mut Found,
    ) {
        let request = &self.exchange.request;
        let bytes = match request.body.decoded(&request.headers) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return self.unheard(body, "a body file that was not read", heard),
            Err(error) => return self.unheard(body, &error.to_string(), heard),
        };
        let value = if sent.is_json() {
            match parse(&bytes) {
                Ok(value) => value,
                Err(error) => {
                    let draft =
                        self.of_request(body, &schema.pointer, Location::Body(String::new()));
                    let observed = format!("not JSON: {error}");
                    heard.drafts.push(draft.known_by("syntax").because("JSON text", observed));
                    return;
                }
            }
        } else if sent.is_form() {
            self.form_value(schema)
        } else {
            let observed = format!("a body of type {sent}, which a schema can't be held to");
            return self.unheard(body, &observed, heard);
        };
        self.see_request(schema, &value, found);
        match self.routed.spec.validate(schema, &value, Direction::Request) {
            Ok(violations) => {
                for violation in violations {
                    let redacted = if sent.is_json() {
                        is_redacted_json(&value, &violation)
                    } else {
                        is_redacted(&value, &violation.at)
                    };
                    if redacted {
                        heard.whole = false;
                        continue;
                    }
                    let place = self.place(schema, &violation.at);
                    let at = Location::Body(violation.at);
                    let mut draft = self.of_request(body, &violation.schema_pointer, at);
                    if violation.advisory {
                        draft.severity = Severity::Warning;
                    }
                    let draft = draft.known_by(format!("{place} {}", violation.keyword));
                    heard.drafts.push(draft.because(violation.expected, violation.observed));
                }
            }
            Err(unreadable) => {
                heard.whole = false;
                let spec = self.routed.spec;
                heard.drafts.push(Draft::unreadable(spec, &unreadable.pointer, &unreadable.what));
            }
        }
    }

    /// A form body as the object that its schema describes.
    fn form_value(&self, schema: &SchemaRef) -> Value {
        let pairs = self.form().unwrap_or_default();
        let whole = Parameter {
            name: String::new(),
            place: Place::Query,
            required: false,
            schema: Some(schema.clone()),
            media_type: None,
            style: Style::Form,
            explode: true,
            internal: false,
            reserved: false,
            pointer: schema.pointer.clone(),
            sources: Vec::new(),
            examples: Vec::new(),
        };
        let empty = || Value::Object(serde_json::Map::new());
        self.routed.spec.query_value(&whole, &pairs).unwrap_or_else(empty)
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

/// The media type that a request names for its body.
pub(super) fn sent_media(request: &Request) -> Option<MediaType> {
    request.headers.text("content-type").and_then(MediaType::parse)
}
