//! The texts that an exchange consists of, and putting them back after replacement.

use super::finding::ruleset::{RuleSet, Scope};
use super::finding::{self, Find, Sort};
use super::known::{Known, Replaced, Shape};
use super::readings::{Coded, Reading};
use super::spread::{self, View};
use crate::exchange::{
    Body, Exchange, Headers, Interim, Redaction, Request, Response, SocketMessage, SocketPayload,
    TransportError,
};
use std::borrow::Cow;

/// Where a text stands in its exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Target,
    Reason,
    Header(usize),
    Body(Coded),
    /// The bytes of a body that [`Place::Body`] has decoded.
    Bytes,
    Trailer(usize),
    Error,
    Message(usize),
    InterimReason(usize),
    /// Of an interim response, and of its fields.
    InterimHeader(usize, usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Request,
    Response,
}

impl Side {
    const fn pointer(self) -> &'static str {
        match self {
            Self::Request => "/request",
            Self::Response => "/response",
        }
    }
}

/// One text of an exchange with what the rules found in it.
#[derive(Debug)]
pub(super) struct Part<'a> {
    side: Side,
    place: Place,
    text: Cow<'a, [u8]>,
    pub(super) finds: Vec<Find>,
    /// Of a stream, its pieces joined.
    views: Vec<View>,
}

/// A part that was rewritten.
#[derive(Debug)]
pub(super) struct Rewritten {
    side: Side,
    place: Place,
    replaced: Replaced,
}

impl Part<'_> {
    /// The part without its secrets; `None` where it has none.
    pub(super) fn rewritten(&self, known: &Known, shape: Shape) -> Option<Rewritten> {
        let replaced = known.replace_spread(&self.text, &self.finds, &self.views, shape)?;
        Some(Rewritten { side: self.side, place: self.place, replaced })
    }

    /// The text, decoded.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Of a stream, its pieces joined.
    pub(super) fn joined(&self) -> impl Iterator<Item = &[u8]> {
        self.views.iter().map(|view| &*view.text)
    }
}

/// Which rules look at the texts.
#[derive(Clone, Copy)]
pub(super) enum Look<'a> {
    /// These, in this scope.
    Rules(&'a RuleSet, Scope<'a>),
    /// None: only values that are known are looked for.
    Known,
}

/// Collects the parts of one exchange.
struct Parts<'a> {
    look: Look<'a>,
    side: Side,
    found: Vec<Part<'a>>,
}

/// The parts of an exchange.
pub(super) fn of_exchange<'a>(exchange: &'a Exchange, look: Look<'a>) -> Vec<Part<'a>> {
    let Exchange { request, interim, response, error, messages, .. } = exchange;
    let mut parts = in_request(request, look);
    parts.side = Side::Response;
    for (index, early) in interim.iter().enumerate() {
        parts.add(Place::InterimReason(index), early.reason.as_bytes().into(), Sort::Text);
        for (field, header) in early.headers.iter().enumerate() {
            let value = Cow::Borrowed(&*header.value);
            parts.add(Place::InterimHeader(index, field), value, Sort::Header(&header.name));
        }
    }
    if let Some(response) = response {
        parts.add(Place::Reason, response.reason.as_bytes().into(), Sort::Text);
        parts.content(&response.headers, &response.body, &response.trailers);
    }
    if let Some(error) = error {
        parts.add(Place::Error, error.message.as_bytes().into(), Sort::Text);
    }
    for (index, message) in messages.iter().enumerate() {
        if let SocketPayload::Kept(bytes) = &message.payload {
            parts.add(Place::Message(index), Cow::Borrowed(bytes), Sort::Json);
        }
    }
    parts.found
}

/// The parts of a request alone.
pub(super) fn of_request<'a>(request: &'a Request, look: Look<'a>) -> Vec<Part<'a>> {
    in_request(request, look).found
}

fn in_request<'a>(request: &'a Request, look: Look<'a>) -> Parts<'a> {
    let mut parts =
        Parts { look, side: Side::Request, found: Vec::with_capacity(request.headers.len() + 12) };
    parts.add(Place::Target, request.target.as_bytes().into(), Sort::Target);
    parts.content(&request.headers, &request.body, &request.trailers);
    parts
}

impl<'a> Parts<'a> {
    fn add(&mut self, place: Place, text: Cow<'a, [u8]>, sort: Sort<'_>) {
        let finds = match self.look {
            Look::Rules(rules, scope) => finding::find(&text, sort, rules, scope),
            Look::Known => Vec::new(),
        };
        self.found.push(Part { side: self.side, place, text, finds, views: Vec::new() });
    }

    /// A stream has values across its pieces, too.
    fn join(&mut self, headers: &Headers) {
        let is_ruled = matches!(self.look, Look::Rules(..));
        let Some(part) = self.found.last_mut() else { return };
        part.views = spread::of_body(headers, &part.text);
        if is_ruled {
            let at = part.text.len();
            part.finds.extend(part.views.iter().flat_map(|view| view.finds(at)));
        }
    }

    fn content(&mut self, headers: &'a Headers, body: &'a Body, trailers: &'a Headers) {
        for (index, header) in headers.iter().enumerate() {
            let value = Cow::Borrowed(&*header.value);
            self.add(Place::Header(index), value, Sort::Header(&header.name));
        }
        for (index, header) in trailers.iter().enumerate() {
            let value = Cow::Borrowed(&*header.value);
            self.add(Place::Trailer(index), value, Sort::Header(&header.name));
        }
        if let Body::Bytes(bytes) = body {
            let Reading { coded, text, is_whole } = Reading::of(headers, bytes);
            let sort = Sort::of_body(headers.text("content-type"));
            self.add(Place::Body(coded), text, sort);
            self.join(headers);
            // The coding itself has room for more: in its head, in parts that are to be skipped.
            if !is_whole {
                self.add(Place::Bytes, Cow::Borrowed(bytes), sort);
            } else if coded != Coded::Plain {
                let (side, place, text) = (self.side, Place::Bytes, Cow::Borrowed(&**bytes));
                let (finds, views) = (Vec::new(), Vec::new());
                self.found.push(Part { side, place, text, finds, views });
            }
        }
    }
}

/// Puts rewritten parts in the place of those that they were made of, and notes what was replaced.
/// Answers whether one was left out, because another reading of the same body was rewritten: what is
/// left of it is to be looked at anew.
pub(super) fn put(exchange: &mut Exchange, mut parts: Vec<Rewritten>) -> bool {
    let mut notes = Vec::new();
    let left_out = leave_out(&mut parts);
    for part in parts {
        match part.place {
            Place::Message(index) => {
                put_message(exchange.messages.get_mut(index), index, part.replaced, &mut notes);
                continue;
            }
            Place::InterimReason(index) | Place::InterimHeader(index, _) => {
                put_interim(exchange.interim.get_mut(index), part, &mut notes);
                continue;
            }
            _ => {}
        }
        let (request, response) = (&mut exchange.request, exchange.response.as_mut());
        put_part(request, response, exchange.error.as_mut(), part, &mut notes);
    }
    for note in notes {
        if !exchange.redacted.contains(&note) {
            exchange.redacted.push(note);
        }
    }
    left_out
}

/// Of two readings of a body that were both rewritten, leaves out the bytes.
fn leave_out(parts: &mut Vec<Rewritten>) -> bool {
    let is_text =
        |part: &Rewritten, side| part.side == side && matches!(part.place, Place::Body(_));
    let before = parts.len();
    for side in [Side::Request, Side::Response] {
        if parts.iter().any(|part| is_text(part, side)) {
            parts.retain(|part| part.side != side || part.place != Place::Bytes);
        }
    }
    parts.len() < before
}

fn put_message(
    message: Option<&mut SocketMessage>,
    index: usize,
    Replaced { text, notes: found }: Replaced,
    notes: &mut Vec<Redaction>,
) {
    if let Some(message) = message {
        message.payload = SocketPayload::Kept(text.into());
    }
    note(found, &format!("/messages/{index}"), notes);
}

fn put_interim(interim: Option<&mut Interim>, part: Rewritten, notes: &mut Vec<Redaction>) {
    let Rewritten { place, replaced: Replaced { text, notes: found }, .. } = part;
    let at = match (place, interim) {
        (Place::InterimReason(index), Some(early)) => {
            early.reason = text.into();
            format!("/interim/{index}/reason")
        }
        (Place::InterimHeader(index, field), Some(early)) => {
            if let Some(header) = early.headers.iter_mut().nth(field) {
                header.value = text;
            }
            format!("/interim/{index}/headers/{field}")
        }
        _ => return,
    };
    note(found, &at, notes);
}

fn note(found: Vec<(u32, Cow<'static, str>)>, at: &str, notes: &mut Vec<Redaction>) {
    for (secret, rule) in found {
        let note = Redaction { secret, rule: rule.into_owned(), at: at.to_owned() };
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
}

/// [`put`] for a request alone.
pub(super) fn put_request(request: &mut Request, mut parts: Vec<Rewritten>) -> bool {
    let left_out = leave_out(&mut parts);
    for part in parts {
        put_part(request, None, None, part, &mut Vec::new());
    }
    left_out
}

fn put_part(
    request: &mut Request,
    response: Option<&mut Response>,
    error: Option<&mut TransportError>,
    part: Rewritten,
    notes: &mut Vec<Redaction>,
) {
    let Rewritten { side, place, replaced: Replaced { text, notes: found } } = part;
    let pointer = side.pointer();
    let at = match place {
        Place::Target => format!("{pointer}/target"),
        Place::Reason => format!("{pointer}/reason"),
        Place::Header(index) => format!("{pointer}/headers/{index}"),
        Place::Trailer(index) => format!("{pointer}/trailers/{index}"),
        Place::Body(_) | Place::Bytes => format!("{pointer}/body"),
        Place::Error => "/error/message".to_owned(),
        // They belong to the exchange: see `put`.
        Place::Message(_) | Place::InterimReason(_) | Place::InterimHeader(..) => return,
    };
    note(found, &at, notes);
    let into_text = |text: Vec<u8>| String::from_utf8_lossy(&text).into_owned();
    match (side, place, response) {
        (_, Place::Error, _) => {
            if let Some(error) = error {
                error.message = into_text(text);
            }
        }
        (Side::Request, Place::Target, _) => request.target = into_text(text),
        (Side::Request, ..) => {
            let message = (&mut request.headers, &mut request.body, &mut request.trailers);
            put_content(place, text, message, pointer, notes);
        }
        (Side::Response, Place::Reason, Some(response)) => response.reason = text.into(),
        (Side::Response, _, Some(response)) => {
            let message = (&mut response.headers, &mut response.body, &mut response.trailers);
            put_content(place, text, message, pointer, notes);
        }
        (Side::Response, _, None) => {}
    }
}

fn put_content(
    place: Place,
    text: Vec<u8>,
    (headers, body, trailers): (&mut Headers, &mut Body, &mut Headers),
    side: &str,
    notes: &mut Vec<Redaction>,
) {
    match place {
        Place::Header(index) => {
            if let Some(header) = headers.iter_mut().nth(index) {
                header.value = text;
            }
        }
        Place::Trailer(index) => {
            if let Some(header) = trailers.iter_mut().nth(index) {
                header.value = text;
            }
        }
        Place::Body(coded) => put_body(coded, text, (headers, body), side, notes),
        Place::Bytes => put_body(Coded::Plain, text, (headers, body), side, notes),
        Place::Target
        | Place::Reason
        | Place::Error
        | Place::Message(_)
        | Place::InterimReason(_)
        | Place::InterimHeader(..) => {}
    }
}

fn put_body(
    coded: Coded,
    text: Vec<u8>,
    (headers, body): (&mut Headers, &mut Body),
    side: &str,
    notes: &mut Vec<Redaction>,
) {
    let encoded = match coded {
        Coded::By(coding) => coding.encode(&text),
        Coded::Wide(wide) => Some(wide.write(&String::from_utf8_lossy(&text))),
        Coded::Plain | Coded::Somehow | Coded::Broken => None,
    };
    if coded == Coded::Broken {
        let at = format!("{side}/body");
        notes.push(Redaction { secret: 0, rule: "undecodable".to_owned(), at });
    }
    if coded != Coded::Plain && encoded.is_none() {
        // No encoder for this coding: the body is kept plain, and the header goes.
        while let Some(gone) = headers.iter().position(|header| header.is("content-encoding")) {
            let mut index = 0;
            headers.retain(|_| {
                index += 1;
                index - 1 != gone
            });
            move_up(notes, side, gone);
        }
    }
    let wire = encoded.unwrap_or(text);
    let length = wire.len();
    *body = Body::from_bytes(wire);
    if let Some(index) = headers.iter().position(|header| header.is("content-length")) {
        headers.set("content-length", length.to_string());
        let at = format!("{side}/headers/{index}");
        notes.push(Redaction { secret: 0, rule: "length".to_owned(), at });
    }
}

/// A header went: the places of those after it move up.
fn move_up(notes: &mut [Redaction], side: &str, gone: usize) {
    for note in notes {
        let index = note.at.strip_prefix(side).and_then(|at| at.strip_prefix("/headers/"));
        if let Some(index) = index.and_then(|index| index.parse::<usize>().ok())
            && index > gone
        {
            note.at = format!("{side}/headers/{}", index - 1);
        }
    }
}
