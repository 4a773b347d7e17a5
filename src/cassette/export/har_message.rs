//! Requests and responses of a HAR file.

use crate::exchange::{Body, Exchange, Header, Headers, Request, Response, Target};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Map, Value, json};

pub(super) fn request(request: &Request, notes: &mut Map<String, Value>) -> Value {
    let target = Target::parse(&request.target);
    let query: Vec<Value> = target.query_pairs().iter().map(|(n, v)| pair(n, v)).collect();
    let mut value = json!({
        "method": request.method,
        "url": request.target,
        "httpVersion": request.version.as_str(),
        "cookies": cookies(&request.headers),
        "headers": fields(&request.headers),
        "queryString": query,
        "headersSize": -1,
        "bodySize": request.body.len(),
    });
    if !request.body.is_empty() {
        let mime = request.headers.text("content-type").unwrap_or("application/octet-stream");
        let (text, exact) = readable(&request.body, &request.headers);
        value["postData"] =
            json!({"mimeType": mime, "params": [], "text": text.unwrap_or_default()});
        if !exact {
            note_body("requestBody", &request.body, notes);
        }
    }
    if !request.trailers.is_empty() {
        value["_trailers"] = fields(&request.trailers);
    }
    value
}

pub(super) fn response(exchange: &Exchange, notes: &mut Map<String, Value>) -> Value {
    let Some(response) = &exchange.response else {
        let message = exchange.error.as_ref().map_or("", |error| error.message.as_str());
        return json!({
            "status": 0,
            "statusText": "",
            "httpVersion": "",
            "cookies": [],
            "headers": [],
            "content": {"size": 0, "mimeType": "x-unknown"},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
            "_error": message,
        });
    };
    let mut value = json!({
        "status": response.status,
        "statusText": response.reason.text(),
        "httpVersion": response.version.as_str(),
        "cookies": set_cookies(&response.headers),
        "headers": fields(&response.headers),
        "content": content(response, notes),
        "redirectURL": response.headers.text("location").unwrap_or_default(),
        "headersSize": -1,
        "bodySize": response.body.len(),
    });
    if !response.trailers.is_empty() {
        value["_trailers"] = fields(&response.trailers);
    }
    value
}

fn content(response: &Response, notes: &mut Map<String, Value>) -> Value {
    let Response { headers, body, .. } = response;
    let mime = headers.text("content-type").unwrap_or("x-unknown");
    if body.is_empty() {
        return json!({"size": 0, "mimeType": mime});
    }
    let (text, exact) = readable(body, headers);
    if !exact && text.is_some() {
        note_body("responseBody", body, notes);
    }
    let decoded = body.decoded(headers).ok().flatten();
    let size = decoded.as_ref().map_or(body.len(), |decoded| decoded.len() as u64);
    match (text, &decoded) {
        (Some(text), _) => json!({"size": size, "mimeType": mime, "text": text}),
        (None, Some(bytes)) => {
            if body.bytes() != Some(bytes) {
                note_body("responseBody", body, notes);
            }
            let text = BASE64_STANDARD.encode(bytes);
            json!({"size": size, "mimeType": mime, "text": text, "encoding": "base64"})
        }
        // Not of the coding that it says, or in a file that was not read.
        (None, None) => {
            note_body("responseBody", body, notes);
            json!({"size": size, "mimeType": mime})
        }
    }
}

/// A body as text, decoded, and whether that text is all one needs to have the bytes again.
fn readable(body: &Body, headers: &Headers) -> (Option<String>, bool) {
    let Ok(Some(decoded)) = body.decoded(headers) else { return (None, false) };
    let same = body.bytes() == Some(&decoded);
    match String::from_utf8(decoded.into_owned()) {
        Ok(text) => (Some(text), same),
        Err(_) => (None, false),
    }
}

fn note_body(name: &str, body: &Body, notes: &mut Map<String, Value>) {
    if let Some(bytes) = body.bytes() {
        notes.insert(name.to_owned(), json!(BASE64_STANDARD.encode(bytes)));
    }
}

fn pair(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

fn fields(headers: &Headers) -> Value {
    headers.iter().map(field).collect()
}

fn field(header: &Header) -> Value {
    let mut value = pair(&header.name, &header.text());
    if std::str::from_utf8(&header.value).is_err() {
        value["_base64"] = json!(BASE64_STANDARD.encode(&header.value));
    }
    value
}

/// The pairs of `Cookie` fields (RFC 6265, section 4.2.1).
fn cookies(headers: &Headers) -> Value {
    let fields = headers.iter().filter(|header| header.is("cookie"));
    let split = |header: &Header| {
        let text = header.text().into_owned();
        text.split(';').filter_map(cookie_pair).collect::<Vec<Value>>()
    };
    fields.flat_map(split).collect()
}

/// The names and values of `Set-Cookie` fields, one a field (RFC 6265, section 4.1.1).
fn set_cookies(headers: &Headers) -> Value {
    let fields = headers.iter().filter(|header| header.is("set-cookie"));
    fields
        .filter_map(|header| {
            let text = header.text().into_owned();
            text.split(';').next().and_then(cookie_pair)
        })
        .collect()
}

fn cookie_pair(text: &str) -> Option<Value> {
    let text = text.trim();
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (!name.is_empty()).then(|| pair(name, value))
}
