//! Exchanges as records: indented, short pairs on one line, keys always in the same order.

use super::body::{body_text, quoted};
use super::model::CassetteHeader;
use crate::exchange::{
    Body, BodyFile, Exchange, Header, Headers, Redaction, Request, Response, Timing,
};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::borrow::Cow;

/// A record without its number, and the body files that must be on disk before it.
pub(super) struct RecordText {
    /// Everything after the exchange's number.
    rest: Vec<u8>,
    pub(super) files: Vec<(String, bytes::Bytes)>,
}

impl RecordText {
    /// The whole record, numbered, with its line feed.
    pub(super) fn numbered(&self, number: u64) -> Vec<u8> {
        let mut out = format!("{{\n  \"exchange\": {number},").into_bytes();
        out.extend_from_slice(&self.rest);
        out
    }
}

/// The header record.
pub(super) fn header_text(header: &CassetteHeader) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(header).unwrap_or_default();
    text.push(b'\n');
    text
}

/// The footer record.
pub(super) fn footer_text(exchanges: u64) -> Vec<u8> {
    format!("{{\"end\": true, \"exchanges\": {exchanges}}}\n").into_bytes()
}

/// An exchange as a record, with a fresh digest.
pub(super) fn record_text(exchange: &Exchange) -> RecordText {
    let mut record = RecordText { rest: Vec::with_capacity(2048), files: Vec::new() };
    let source = exchange.source.as_str();
    record.put(&format!("\n  \"at\": \"{:.3}\",\n  \"source\": \"{source}\"", exchange.at));
    let request = record.request(&exchange.request);
    let response = if let Some(response) = &exchange.response {
        record.response(response)
    } else {
        record.put(",\n  \"response\": null");
        None
    };
    record.put(&format!(",\n  \"timing\": {}", timing_text(&exchange.timing)));
    match &exchange.error {
        Some(error) => {
            let (kind, message) = (error.kind, quoted(&error.message));
            record
                .put(&format!(",\n  \"error\": {{\"kind\": \"{kind}\", \"message\": {message}}}"));
        }
        None => record.put(",\n  \"error\": null"),
    }
    record.put(&format!(",\n  \"redacted\": {}", redacted_text(&exchange.redacted)));
    let digest = as_read(exchange, request, response).content_digest();
    record.put(&format!(",\n  \"digest\": \"{digest}\"\n}}\n"));
    record
}

/// The exchange as a reader will have it: a body that went to a file is known by its name.
fn as_read(
    exchange: &Exchange,
    request: Option<BodyFile>,
    response: Option<BodyFile>,
) -> Cow<'_, Exchange> {
    if request.is_none() && response.is_none() {
        return Cow::Borrowed(exchange);
    }
    let mut read = exchange.clone();
    if let Some(file) = request {
        read.request.body = Body::File(file);
    }
    if let (Some(file), Some(response)) = (response, &mut read.response) {
        response.body = Body::File(file);
    }
    Cow::Owned(read)
}

impl RecordText {
    fn put(&mut self, text: &str) {
        self.rest.extend_from_slice(text.as_bytes());
    }

    fn request(&mut self, request: &Request) -> Option<BodyFile> {
        let (method, target) = (quoted(&request.method), quoted(&request.target));
        let version = request.version;
        self.put(&format!(",\n  \"request\": {{\n    \"method\": {method},\n    \"target\": {target},\n    \"version\": \"{version}\""));
        self.content(&request.headers, &request.body, &request.trailers)
    }

    fn response(&mut self, response: &Response) -> Option<BodyFile> {
        let (status, version) = (response.status, response.version);
        let reason = quoted(&response.reason);
        self.put(&format!(",\n  \"response\": {{\n    \"status\": {status},\n    \"reason\": {reason},\n    \"version\": \"{version}\""));
        self.content(&response.headers, &response.body, &response.trailers)
    }

    /// Headers, body and trailers of a message; the file that holds the body, where one is new.
    fn content(&mut self, headers: &Headers, body: &Body, trailers: &Headers) -> Option<BodyFile> {
        self.put(&format!(",\n    \"headers\": {},\n    \"body\": ", headers_text(headers)));
        let body = body_text(body, headers, 4);
        self.rest.extend_from_slice(&body.json);
        self.put(&format!(",\n    \"trailers\": {}\n  }}", headers_text(trailers)));
        let (name, bytes) = body.file?;
        let length = bytes.len() as u64;
        self.files.push((name.clone(), bytes));
        Some(BodyFile { name, length })
    }
}

fn headers_text(headers: &Headers) -> String {
    if headers.is_empty() {
        return "[]".to_owned();
    }
    let lines: Vec<String> = headers.iter().map(header_pair).collect();
    format!("[\n      {}\n    ]", lines.join(",\n      "))
}

fn header_pair(header: &Header) -> String {
    let name = quoted(&header.name);
    match std::str::from_utf8(&header.value) {
        Ok(value) => format!("[{name}, {}]", quoted(value)),
        Err(_) => {
            format!("[{name}, {{\"base64\": \"{}\"}}]", BASE64_STANDARD.encode(&header.value))
        }
    }
}

fn timing_text(timing: &Timing) -> String {
    let first = timing.first_byte_ms.map_or_else(|| "null".to_owned(), milliseconds);
    let end = milliseconds(timing.end_ms);
    if timing.chunks.is_empty() {
        return format!("{{\"first_byte_ms\": {first}, \"end_ms\": {end}}}");
    }
    let chunks: Vec<String> = timing
        .chunks
        .iter()
        .map(|chunk| format!("[{}, {}]", milliseconds(chunk.at_ms), chunk.bytes))
        .collect();
    let chunks = chunks.join(",\n      ");
    format!(
        "{{\n    \"first_byte_ms\": {first}, \"end_ms\": {end},\n    \"chunks\": [\n      {chunks}\n    ]\n  }}"
    )
}

/// Milliseconds with at most three decimals.
fn milliseconds(value: f64) -> String {
    let text = format!("{:.3}", value.max(0.0));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn redacted_text(redacted: &[Redaction]) -> String {
    if redacted.is_empty() {
        return "[]".to_owned();
    }
    let lines: Vec<String> = redacted
        .iter()
        .map(|entry| {
            let (rule, at) = (quoted(&entry.rule), quoted(&entry.at));
            format!("{{\"secret\": {}, \"rule\": {rule}, \"at\": {at}}}", entry.secret)
        })
        .collect();
    format!("[\n    {}\n  ]", lines.join(",\n    "))
}
