//! Exchanges as records: indented, short pairs on one line, keys always in the same order.

use super::body::{body_text, put_quoted};
use super::model::CassetteHeader;
use crate::exchange::{
    Body, BodyFile, Exchange, Headers, Interim, Redaction, Request, Response, SocketMessage,
    SocketPayload, Timing, Version,
};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::borrow::Cow;
use std::io::Write as _;

/// A record without its number, and the body files that must be on disk before it.
pub(super) struct RecordText {
    /// Everything after the exchange's number.
    rest: Vec<u8>,
    pub(super) files: Vec<(String, bytes::Bytes)>,
}

impl RecordText {
    /// The whole record, numbered, with its line feed: in two parts, so that it need not be copied
    /// for its number, which is known only when the file is held.
    pub(super) fn numbered(&self, number: u64) -> (Vec<u8>, &[u8]) {
        let mut front = Vec::with_capacity(48);
        front.extend_from_slice(b"{\n  \"exchange\": ");
        put_number(&mut front, number);
        front.push(b',');
        (front, &self.rest)
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
    let mut record = RecordText { rest: Vec::with_capacity(room(exchange)), files: Vec::new() };
    let at = format!("{:.3}", exchange.at);
    for text in ["\n  \"at\": \"", &at, "\",\n  \"source\": \"", exchange.source.as_str(), "\""] {
        record.put(text);
    }
    let request = record.request(&exchange.request);
    record.interim(&exchange.interim);
    let response = if let Some(response) = &exchange.response {
        record.response(response)
    } else {
        record.put(",\n  \"response\": null");
        None
    };
    record.timing(&exchange.timing);
    record.messages(&exchange.messages);
    match &exchange.error {
        Some(error) => {
            record.put_as(format_args!(
                ",\n  \"error\": {{\"kind\": \"{}\", \"message\": ",
                error.kind
            ));
            record.quoted(&error.message);
            record.put("}");
        }
        None => record.put(",\n  \"error\": null"),
    }
    record.redacted(&exchange.redacted);
    let digest = as_read(exchange, request, response).content_digest_at(&at);
    record.put(",\n  \"digest\": \"sha256:");
    record.rest.extend_from_slice(&digest.digits());
    record.put("\"\n}\n");
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

    /// Adds what a format says, without a text in between.
    fn put_as(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Writing to memory can't fail.
        let _ = self.rest.write_fmt(arguments);
    }

    fn quoted(&mut self, text: &str) {
        put_quoted(&mut self.rest, text);
    }

    fn request(&mut self, request: &Request) -> Option<BodyFile> {
        self.put(",\n  \"request\": {\n    \"method\": ");
        self.quoted(&request.method);
        self.put(",\n    \"target\": ");
        self.quoted(&request.target);
        self.version(request.version);
        self.content(&request.headers, &request.body, &request.trailers)
    }

    fn response(&mut self, response: &Response) -> Option<BodyFile> {
        self.put(",\n  \"response\": {\n    \"status\": ");
        put_number(&mut self.rest, response.status.into());
        self.put(",\n    \"reason\": ");
        self.octets(response.reason.as_bytes());
        self.version(response.version);
        self.content(&response.headers, &response.body, &response.trailers)
    }

    /// A line for each; no key where there are none.
    fn interim(&mut self, interim: &[Interim]) {
        for (index, early) in interim.iter().enumerate() {
            self.put(if index == 0 { ",\n  \"interim\": [\n    " } else { ",\n    " });
            let (at, status) = (milliseconds(early.at_ms), early.status);
            self.put_as(format_args!("{{\"at_ms\": {at}, \"status\": {status}, \"reason\": "));
            self.octets(early.reason.as_bytes());
            self.put(", \"headers\": [");
            for (index, header) in early.headers.iter().enumerate() {
                self.put(if index == 0 { "[" } else { ", [" });
                self.quoted(&header.name);
                self.put(", ");
                self.octets(&header.value);
                self.put("]");
            }
            self.put("]}");
        }
        if !interim.is_empty() {
            self.put("\n  ]");
        }
    }

    fn version(&mut self, version: Version) {
        self.put(",\n    \"version\": \"");
        self.put(version.as_str());
        self.put("\"");
    }

    /// Headers, body and trailers of a message; the file that holds the body, where one is new.
    fn content(&mut self, headers: &Headers, body: &Body, trailers: &Headers) -> Option<BodyFile> {
        self.put(",\n    \"headers\": ");
        self.headers(headers);
        self.put(",\n    \"body\": ");
        let body = body_text(body, headers, 4);
        self.rest.extend_from_slice(&body.json);
        self.put(",\n    \"trailers\": ");
        self.headers(trailers);
        self.put("\n  }");
        let (name, bytes) = body.file?;
        let length = bytes.len() as u64;
        self.files.push((name.clone(), bytes));
        Some(BodyFile { name, length })
    }

    fn headers(&mut self, headers: &Headers) {
        if headers.is_empty() {
            return self.put("[]");
        }
        for (index, header) in headers.iter().enumerate() {
            self.put(if index == 0 { "[\n      [" } else { ",\n      [" });
            self.quoted(&header.name);
            self.put(", ");
            self.octets(&header.value);
            self.put("]");
        }
        self.put("\n    ]");
    }

    /// A text, or in base64 what is none.
    fn octets(&mut self, bytes: &[u8]) {
        if let Ok(text) = std::str::from_utf8(bytes) {
            self.quoted(text);
        } else {
            let encoded = BASE64_STANDARD.encode(bytes);
            self.put_as(format_args!("{{\"base64\": \"{encoded}\"}}"));
        }
    }

    fn timing(&mut self, timing: &Timing) {
        let first = timing.first_byte_ms.map_or_else(|| "null".to_owned(), milliseconds);
        let end = milliseconds(timing.end_ms);
        if timing.chunks.is_empty() {
            for text in
                [",\n  \"timing\": {\"first_byte_ms\": ", &first, ", \"end_ms\": ", &end, "}"]
            {
                self.put(text);
            }
            return;
        }
        self.put_as(format_args!(
            ",\n  \"timing\": {{\n    \"first_byte_ms\": {first}, \"end_ms\": {end},\n    \"chunks\": ["
        ));
        for (index, chunk) in timing.chunks.iter().enumerate() {
            self.put(if index == 0 { "\n      " } else { ",\n      " });
            self.put_as(format_args!("[{}, {}]", milliseconds(chunk.at_ms), chunk.bytes));
        }
        self.put("\n    ]\n  }");
    }

    /// A line for each message; no key where there are none.
    fn messages(&mut self, messages: &[SocketMessage]) {
        for (index, message) in messages.iter().enumerate() {
            self.put(if index == 0 { ",\n  \"messages\": [\n    " } else { ",\n    " });
            let (from, kind) = (message.from.as_str(), message.kind.as_str());
            let at = milliseconds(message.at_ms);
            self.put_as(format_args!(
                "{{\"from\": \"{from}\", \"at_ms\": {at}, \"type\": \"{kind}\""
            ));
            if let Some(code) = message.code {
                self.put_as(format_args!(", \"code\": {code}"));
            }
            if message.compressed {
                self.put(", \"compressed\": true");
            }
            match (&message.payload, message.text()) {
                (SocketPayload::Omitted(bytes), _) => {
                    self.put_as(format_args!(", \"bytes\": {bytes}"));
                }
                (_, Some(text)) => {
                    self.put(", \"text\": ");
                    self.quoted(text);
                }
                (SocketPayload::Kept(bytes), None) => {
                    let encoded = BASE64_STANDARD.encode(bytes);
                    self.put_as(format_args!(", \"base64\": \"{encoded}\""));
                }
            }
            self.put("}");
        }
        if !messages.is_empty() {
            self.put("\n  ]");
        }
    }

    fn redacted(&mut self, redacted: &[Redaction]) {
        if redacted.is_empty() {
            return self.put(",\n  \"redacted\": []");
        }
        for (index, entry) in redacted.iter().enumerate() {
            self.put(if index == 0 { ",\n  \"redacted\": [\n    " } else { ",\n    " });
            self.put_as(format_args!("{{\"secret\": {}, \"rule\": ", entry.secret));
            self.quoted(&entry.rule);
            self.put(", \"at\": ");
            self.quoted(&entry.at);
            self.put("}");
        }
        self.put("\n  ]");
    }
}

/// Most bytes that a record of usual kind takes.
fn room(exchange: &Exchange) -> usize {
    let body = |body: &Body| body.bytes().map_or(0, |bytes| bytes.len() + bytes.len() / 4);
    let headers = |headers: &Headers| headers.len() * 96;
    let request = body(&exchange.request.body) + headers(&exchange.request.headers);
    let response = exchange.response.as_ref().map_or(0, |r| body(&r.body) + headers(&r.headers));
    1024 + request + response
}

/// Milliseconds with at most three decimals.
fn milliseconds(value: f64) -> String {
    let thousandths = (value.max(0.0) * 1000.0).round();
    if thousandths >= 1e15 {
        return format!("{value:.0}");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole, not negative, and small enough"
    )]
    let thousandths = thousandths as u64;
    let mut text = Vec::with_capacity(16);
    put_number(&mut text, thousandths / 1000);
    let mut rest = thousandths % 1000;
    if rest > 0 {
        text.push(b'.');
    }
    for power in [100, 10, 1] {
        if rest > 0 {
            text.push(digit(rest / power));
            rest %= power;
        }
    }
    String::from_utf8(text).unwrap_or_default()
}

/// Adds a number: faster than what can format anything.
fn put_number(out: &mut Vec<u8>, number: u64) {
    let (mut digits, mut at, mut rest) = ([0; 20], 20, number);
    loop {
        at -= 1;
        digits[at] = digit(rest % 10);
        rest /= 10;
        if rest == 0 {
            return out.extend_from_slice(&digits[at..]);
        }
    }
}

fn digit(value: u64) -> u8 {
    b"0123456789"[usize::try_from(value % 10).unwrap_or_default()]
}
