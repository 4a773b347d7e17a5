//! Credentials are replaced before an exchange can be written: [`Redactor`] makes the only type that
//! a cassette takes, [`Redacted`].
//!
//! Rules find secrets by place (header, query, form, JSON key) and by form (known tokens). A value
//! once known is replaced everywhere in the session, in the encodings in which it travels, by a
//! numbered placeholder: the same value always has the same number.

mod credentials;
mod encodings;
mod fields;
mod finds;
mod inline;
mod known;
mod placeholder;
mod rules;
mod secret;

use crate::exchange::{
    Body, ContentCoding, Exchange, Headers, Redaction, Request, Response, Target,
};
use finds::{Find, Sort};
use known::Known;
use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

pub use placeholder::{is_placeholder, without_numbers};
pub use rules::{DEFAULT_RULES, rule_ids};
pub use secret::Secret;

/// An exchange in which no known credential is left. Only this can be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Redacted(Exchange);

impl Redacted {
    /// What was left after redaction.
    pub fn exchange(&self) -> &Exchange {
        &self.0
    }

    /// An exchange that was read from a cassette: it was redacted when it was written.
    pub fn from_cassette(exchange: Exchange) -> Self {
        Self(exchange)
    }
}

/// Finds and replaces the secrets of one session. Shared by all its connections.
#[derive(Debug, Default)]
pub struct Redactor {
    known: Mutex<Known>,
}

impl Redactor {
    /// A redactor that knows some values from the start (`--secret-env NAME`), each with its name.
    pub fn new(secrets: Vec<(String, Secret)>) -> Self {
        let mut known = Known::default();
        for (name, secret) in secrets {
            known.carry(secret.reveal(), &format!("env.{name}"));
        }
        Self { known: Mutex::new(known) }
    }

    /// How many different secrets were found so far.
    pub fn found(&self) -> u32 {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).count()
    }

    /// Replaces every secret of an exchange and notes what was replaced where.
    pub fn redact(&self, mut exchange: Exchange) -> Redacted {
        let request_parts = request_parts(&exchange.request);
        let mut other_parts = exchange.response.as_ref().map(response_parts).unwrap_or_default();
        if let Some(error) = &exchange.error {
            other_parts.push(Part::new(Place::Error, error.message.as_bytes(), Sort::Text));
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // First every secret becomes known, then each part is rewritten: the order in which a
        // value appears does not matter.
        for find in request_parts.iter().chain(&other_parts).flat_map(|part| &part.finds) {
            known.learn(find);
        }
        let mut notes = Vec::new();
        let in_request = rewritten(request_parts, &mut known, "/request", &mut notes);
        let in_others = rewritten(other_parts, &mut known, "/response", &mut notes);
        drop(known);
        put_request(&mut exchange.request, in_request, &mut notes);
        for part in in_others {
            match (&mut exchange.response, &mut exchange.error) {
                (_, Some(error)) if part.place == Place::Error => error.message = part.into_text(),
                (Some(response), _) => put_response(response, part, &mut notes),
                _ => {}
            }
        }
        exchange.redacted.extend(notes);
        Redacted(exchange)
    }

    /// Replaces every secret of a request, as [`Redactor::redact`] does: what arrives in replay
    /// passes through the rules that the recording passed through.
    pub fn redact_request(&self, request: &mut Request) {
        let parts = request_parts(request);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for find in parts.iter().flat_map(|part| &part.finds) {
            known.learn(find);
        }
        let mut notes = Vec::new();
        let parts = rewritten(parts, &mut known, "/request", &mut notes);
        drop(known);
        put_request(request, parts, &mut notes);
    }
}

/// Where a text stands in its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Target,
    Reason,
    Header(usize),
    Body(Option<ContentCoding>),
    Trailer(usize),
    Error,
}

/// One text of a message with what the rules found in it.
#[derive(Debug)]
struct Part<'a> {
    place: Place,
    text: Cow<'a, [u8]>,
    sort: Sort,
    finds: Vec<Find>,
}

/// A part that was rewritten.
#[derive(Debug)]
struct Rewritten {
    place: Place,
    text: Vec<u8>,
}

impl Rewritten {
    fn into_text(self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }
}

impl<'a> Part<'a> {
    fn new(place: Place, text: impl Into<Cow<'a, [u8]>>, sort: Sort) -> Self {
        let text = text.into();
        let finds = finds::find(&text, &sort);
        Self { place, text, sort, finds }
    }

    /// The part without its secrets; `None` where it has none.
    fn rewritten(
        &self,
        known: &mut Known,
        side: &str,
        notes: &mut Vec<Redaction>,
    ) -> Option<Rewritten> {
        let replaced = known.replace(&self.text, &self.finds, &self.sort)?;
        let at = match self.place {
            Place::Target => format!("{side}/target"),
            Place::Reason => format!("{side}/reason"),
            Place::Header(index) => format!("{side}/headers/{index}"),
            Place::Trailer(index) => format!("{side}/trailers/{index}"),
            Place::Body(_) => format!("{side}/body"),
            Place::Error => "/error/message".to_owned(),
        };
        for (secret, rule) in replaced.notes {
            let note = Redaction { secret, rule, at: at.clone() };
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        Some(Rewritten { place: self.place, text: replaced.text })
    }
}

/// The parts that hold secrets, without them.
fn rewritten(
    parts: Vec<Part<'_>>,
    known: &mut Known,
    side: &str,
    notes: &mut Vec<Redaction>,
) -> Vec<Rewritten> {
    parts.into_iter().filter_map(|part| part.rewritten(known, side, notes)).collect()
}

fn request_parts(request: &Request) -> Vec<Part<'_>> {
    let mut parts = vec![Part::new(Place::Target, request.target.as_bytes(), Sort::Target)];
    content_parts(&request.headers, &request.body, &request.trailers, &mut parts);
    parts
}

fn response_parts(response: &Response) -> Vec<Part<'_>> {
    let mut parts = vec![Part::new(Place::Reason, response.reason.as_bytes(), Sort::Text)];
    content_parts(&response.headers, &response.body, &response.trailers, &mut parts);
    parts
}

fn content_parts<'a>(
    headers: &'a Headers,
    body: &'a Body,
    trailers: &'a Headers,
    parts: &mut Vec<Part<'a>>,
) {
    for (index, header) in headers.iter().enumerate() {
        let sort = Sort::Header(header.name.to_ascii_lowercase());
        parts.push(Part::new(Place::Header(index), &header.value, sort));
    }
    for (index, header) in trailers.iter().enumerate() {
        let sort = Sort::Header(header.name.to_ascii_lowercase());
        parts.push(Part::new(Place::Trailer(index), &header.value, sort));
    }
    if let Body::Bytes(bytes) = body {
        let sort = Sort::of_body(headers.text("content-type"));
        let coding = ContentCoding::of(headers).ok().flatten();
        let decoded = coding.and_then(|coding| coding.decode(bytes).ok());
        let coding = coding.filter(|_| decoded.is_some());
        let text = decoded.map_or(Cow::Borrowed(&**bytes), Cow::Owned);
        parts.push(Part::new(Place::Body(coding), text, sort));
    }
}

fn put_request(request: &mut Request, parts: Vec<Rewritten>, notes: &mut Vec<Redaction>) {
    for part in parts {
        if part.place == Place::Target {
            request.target = part.into_text();
        } else {
            let message = (&mut request.headers, &mut request.body, &mut request.trailers);
            put(part, message, "/request", notes);
        }
    }
}

fn put_response(response: &mut Response, part: Rewritten, notes: &mut Vec<Redaction>) {
    if part.place == Place::Reason {
        response.reason = part.into_text();
    } else {
        let message = (&mut response.headers, &mut response.body, &mut response.trailers);
        put(part, message, "/response", notes);
    }
}

fn put(
    part: Rewritten,
    (headers, body, trailers): (&mut Headers, &mut Body, &mut Headers),
    side: &str,
    notes: &mut Vec<Redaction>,
) {
    match part.place {
        Place::Header(index) => {
            if let Some(header) = headers.iter_mut().nth(index) {
                header.value = part.text;
            }
        }
        Place::Trailer(index) => {
            if let Some(header) = trailers.iter_mut().nth(index) {
                header.value = part.text;
            }
        }
        Place::Body(coding) => {
            let wire = match coding {
                None => part.text,
                Some(coding) => coding.encode(&part.text).unwrap_or_else(|| {
                    // No encoder for this coding: the body is kept plain, and the header goes.
                    headers.remove("content-encoding");
                    part.text
                }),
            };
            let length = wire.len();
            *body = Body::from_bytes(wire);
            let found = headers.iter().position(|header| header.is("content-length"));
            if let Some(index) = found {
                headers.set("content-length", length.to_string());
                let at = format!("{side}/headers/{index}");
                notes.push(Redaction { secret: 0, rule: "length".to_owned(), at });
            }
        }
        Place::Target | Place::Reason | Place::Error => {}
    }
}

/// Range of the query in a target.
fn query_range(target: &str) -> Option<std::ops::Range<usize>> {
    let query = Target::parse(target).query?;
    Some(target.len() - query.len()..target.len())
}

#[cfg(test)]
mod tests;
