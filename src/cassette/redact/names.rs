//! Secrets in places that hold names: methods, names of fields. Hardly any is ever there, so all of an
//! exchange are looked at as one text first.

use super::Redactor;
use super::finding::Sort;
use super::finding::ruleset::Scope;
use crate::exchange::{Exchange, Headers, Redaction, Request};

/// All names of an exchange, one a line.
pub(super) fn of(exchange: &Exchange) -> Vec<u8> {
    let mut all = of_request(&exchange.request);
    for early in &exchange.interim {
        add(&early.headers, &mut all);
    }
    if let Some(response) = &exchange.response {
        add(&response.headers, &mut all);
        add(&response.trailers, &mut all);
    }
    all
}

fn of_request(request: &Request) -> Vec<u8> {
    let mut all = Vec::with_capacity(1024);
    all.extend_from_slice(request.method.as_bytes());
    all.push(b'\n');
    add(&request.headers, &mut all);
    add(&request.trailers, &mut all);
    all
}

fn add(headers: &Headers, all: &mut Vec<u8>) {
    for header in headers {
        all.extend_from_slice(header.name.as_bytes());
        all.push(b'\n');
    }
}

/// Shortest name that may hold a token of a known form, in bytes: most names are not looked at.
const TOKEN: usize = 20;

/// Whether any name is worth a look.
fn is_worth_it(redactor: &Redactor, request: &Request, others: &[&Headers]) -> bool {
    let fields = [&request.headers, &request.trailers];
    let mut names = fields.iter().chain(others).flat_map(|headers| headers.iter());
    redactor.carried() > 0
        || request.method.len() >= TOKEN
        || names.any(|header| header.name.len() >= TOKEN)
}

/// Replaces the secrets in the names of an exchange; answers whether there were any.
pub(super) fn redact(redactor: &Redactor, exchange: &mut Exchange) -> bool {
    let response = exchange.response.iter().flat_map(|of| [&of.headers, &of.trailers]);
    let others: Vec<&Headers> =
        exchange.interim.iter().map(|early| &early.headers).chain(response).collect();
    if !is_worth_it(redactor, &exchange.request, &others) || !redactor.may_hold(&of(exchange)) {
        return false;
    }
    let mut notes = Vec::new();
    in_request(redactor, &mut exchange.request, &mut notes);
    for (index, early) in exchange.interim.iter_mut().enumerate() {
        in_fields(redactor, &mut early.headers, &format!("/interim/{index}/headers"), &mut notes);
    }
    if let Some(response) = &mut exchange.response {
        in_fields(redactor, &mut response.headers, "/response/headers", &mut notes);
        in_fields(redactor, &mut response.trailers, "/response/trailers", &mut notes);
    }
    let any = !notes.is_empty();
    for note in notes {
        if !exchange.redacted.contains(&note) {
            exchange.redacted.push(note);
        }
    }
    any
}

/// [`redact`] for a request alone.
pub(super) fn redact_request(redactor: &Redactor, request: &mut Request) {
    if is_worth_it(redactor, request, &[]) && redactor.may_hold(&of_request(request)) {
        in_request(redactor, request, &mut Vec::new());
    }
}

fn in_request(redactor: &Redactor, request: &mut Request, notes: &mut Vec<Redaction>) {
    if let Some(clean) = cleaned(redactor, &request.method, || "/request/method".into(), notes) {
        request.method = clean;
    }
    in_fields(redactor, &mut request.headers, "/request/headers", notes);
    in_fields(redactor, &mut request.trailers, "/request/trailers", notes);
}

fn in_fields(redactor: &Redactor, headers: &mut Headers, place: &str, notes: &mut Vec<Redaction>) {
    for (index, header) in headers.iter_mut().enumerate() {
        let at = || format!("{place}/{index}");
        if let Some(clean) = cleaned(redactor, &header.name, at, notes) {
            header.name = clean;
        }
    }
}

fn cleaned(
    redactor: &Redactor,
    name: &str,
    at: impl Fn() -> String,
    notes: &mut Vec<Redaction>,
) -> Option<String> {
    let name = name.as_bytes();
    if !redactor.may_hold(name) {
        return None;
    }
    let clean = redactor.redact_text(name, Sort::Text, Scope::default(), &at(), notes)?;
    Some(String::from_utf8_lossy(&clean).into_owned())
}
