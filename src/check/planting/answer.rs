//! Conforming exchanges: made for each promise, so that there is something to plant mistakes in.

use super::question;
use crate::exchange::{
    Body, Exchange, ExchangeNumber, Headers, MediaType, Request, Response, Source, Timing,
    response_has_body,
};
use crate::spec::{
    CodePattern, Direction, Examples, MediaPromise, Operation, Optional, Promise, Route, Spec,
    Wish, route,
};
use serde_json::Value;
use std::sync::Arc;

/// A method that no API documents.
pub(super) const METHOD: &str = "X-PLANTED";

/// An exchange that keeps its promise, and the promise.
#[derive(Debug, Clone)]
pub(super) struct Conforming<'a> {
    pub spec: &'a Spec,
    pub operation: &'a Operation,
    pub promise: &'a Promise,
    /// The promised media type of its body, where it has one.
    pub media: Option<&'a MediaPromise>,
    pub exchange: Exchange,
    /// Its cassette; empty for one that was made.
    pub cassette: Arc<str>,
}

impl Conforming<'_> {
    pub fn status(&self) -> u16 {
        self.exchange.response.as_ref().map_or(0, |response| response.status)
    }

    /// The JSON value of the response's body.
    pub fn value(&self) -> Option<Value> {
        let response = self.exchange.response.as_ref()?;
        let json = response.headers.text("content-type").and_then(MediaType::parse)?.is_json();
        let bytes = response.body.decoded(&response.headers).ok()??;
        json.then(|| serde_json::from_slice(&bytes).ok()).flatten()
    }

    /// The same with something changed in the response.
    pub fn answering(&self, change: impl FnOnce(&mut Response)) -> Exchange {
        let mut exchange = self.exchange.clone();
        if let Some(response) = &mut exchange.response {
            change(response);
        }
        exchange
    }

    /// The same with something changed in the request.
    pub fn asking(&self, change: impl FnOnce(&mut Request)) -> Exchange {
        let mut exchange = self.exchange.clone();
        change(&mut exchange.request);
        exchange
    }
}

/// Exchanges that keep a promise, one for each media type that a schema can be held to, with everything that
/// is optional and without it; says why there is none.
pub(super) fn conforming<'a>(
    specs: &'a [Spec],
    spec: &'a Spec,
    operation: &'a Operation,
    promise: &'a Promise,
    seed: u64,
) -> Result<Vec<Conforming<'a>>, String> {
    let status = code(operation, promise).ok_or("every code of the range is promised elsewhere")?;
    let judged: Vec<&MediaPromise> =
        promise.media.iter().filter(|media| media.schema.is_some() && is_held(media)).collect();
    let bodies: Vec<Option<&MediaPromise>> = if !response_has_body(&operation.method, status)
        || status == 205
        || promise.media.iter().all(|media| media.schema.is_none())
    {
        vec![None]
    } else if judged.is_empty() {
        return Err("no schema can be held to a body of its media types".to_owned());
    } else {
        judged.into_iter().map(Some).collect()
    };
    let mut made = Vec::new();
    let mut fault = None;
    for optional in [Optional::All, Optional::Omitted] {
        let wish =
            Wish { direction: Direction::Response, seed, optional, examples: Examples::First };
        for media in &bodies {
            match exchange(specs, spec, operation, promise, (status, *media), wish) {
                Ok(exchange) => made.push(Conforming {
                    spec,
                    operation,
                    promise,
                    media: *media,
                    exchange,
                    cassette: "".into(),
                }),
                Err(what) => fault = Some(what),
            }
        }
    }
    made.dedup_by(|a, b| a.exchange == b.exchange);
    match fault {
        Some(what) if made.is_empty() => Err(what),
        _ => Ok(made),
    }
}

/// A code that the promise is the one for.
fn code(operation: &Operation, promise: &Promise) -> Option<u16> {
    let mut codes = match promise.code {
        CodePattern::Code(code) => code..=code,
        // From the end: the codes there say nothing of their own.
        CodePattern::Range(class) => u16::from(class) * 100 + 50..=u16::from(class) * 100 + 99,
        CodePattern::Default => 450..=599,
    };
    codes.find(|code| operation.promise(*code).is_some_and(|other| std::ptr::eq(other, promise)))
}

fn is_held(media: &MediaPromise) -> bool {
    concrete(&media.media_type).is_some_and(|named| named.is_json())
}

/// A media type that fits a documented one, which may be a range.
pub(super) fn concrete(documented: &str) -> Option<MediaType> {
    let range = MediaType::parse(documented)?;
    if !range.is_range() {
        return Some(range);
    }
    ["application/json", "application/vnd.planted+json", "text/plain"]
        .iter()
        .filter_map(|text| MediaType::parse(text))
        .find(|named| range.fits(named).is_some())
}

fn exchange(
    specs: &[Spec],
    spec: &Spec,
    operation: &Operation,
    promise: &Promise,
    (status, media): (u16, Option<&MediaPromise>),
    wish: Wish,
) -> Result<Exchange, String> {
    let mut request = asked(specs, spec, operation, wish)?;
    match status {
        // What deserves the code: another method, another type of body.
        405 => METHOD.clone_into(&mut request.method),
        415 if !request.body.is_empty() => {
            request.headers.set("Content-Type", "application/x-planted");
        }
        _ => {}
    }
    let mut response = Response { status, ..Response::default() };
    headers(spec, promise, wish, &mut response.headers)?;
    if status == 405 {
        response.headers.set("Allow", &operation.method);
    }
    if let Some(media) = media {
        let schema = media.schema.as_ref().ok_or("no schema")?;
        let value = spec.generate(schema, &wish).map_err(|error| error.to_string())?;
        let named = concrete(&media.media_type).ok_or("no media type")?;
        response.headers.set("Content-Type", named.to_string());
        response.body = Body::from_bytes(value.to_string());
    }
    Ok(Exchange {
        number: ExchangeNumber(1),
        at: jiff::Timestamp::UNIX_EPOCH,
        source: Source::Live,
        request,
        interim: Vec::new(),
        response: Some(response),
        timing: Timing::default(),
        messages: Vec::new(),
        error: None,
        redacted: Vec::new(),
        digest: None,
    })
}

/// A request that keeps the documentation and is routed to the operation: made-up values of path variables may
/// be the names of other resources.
pub(super) fn asked(
    specs: &[Spec],
    spec: &Spec,
    operation: &Operation,
    wish: Wish,
) -> Result<Request, String> {
    for turn in 0..4 {
        let wish = Wish { seed: wish.seed.wrapping_add(turn * 101), ..wish };
        let request = question::request(spec, operation, wish)?;
        if let Route::Operation(routed) = route(specs, &request)
            && std::ptr::eq(routed.operation, operation)
        {
            return Ok(request);
        }
    }
    Err("another operation takes its requests".to_owned())
}

fn headers(spec: &Spec, promise: &Promise, wish: Wish, out: &mut Headers) -> Result<(), String> {
    for header in &promise.headers {
        if header.name.eq_ignore_ascii_case("content-type") {
            continue;
        }
        let value = match &header.parameter.schema {
            Some(schema) => spec.generate(schema, &wish).ok(),
            None => Some(Value::from("planted")),
        };
        let text = value.as_ref().and_then(question::text);
        match text.filter(|text| is_sendable(text)) {
            Some(text) => out.set(&header.name, text),
            None if header.required => {
                return Err(format!("no value could be written for the header `{}`", header.name));
            }
            None => {}
        }
    }
    Ok(())
}

/// Whether text comes through a header field as it is.
pub(super) fn is_sendable(text: &str) -> bool {
    !text.is_empty() && text.is_ascii() && text.trim() == text && !text.contains(char::is_control)
}
