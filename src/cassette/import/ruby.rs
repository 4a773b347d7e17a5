//! Cassettes of Ruby's VCR, as YAML or JSON: `http_interactions` with `recorded_at`.

use super::document::{Tray, each};
use super::draft::{Draft, other_charset};
use super::kind::Kind;
use super::message::{ImportError, WrongEntry};
use super::node::Node;
use super::vcrpy::{body, headers, status_code};
use crate::exchange::{Headers, Request, Response, Version};
use jiff::Timestamp;
use jiff::fmt::rfc2822;

pub(super) fn read(root: &Node, tray: &mut Tray) -> Result<(), ImportError> {
    let entries = root
        .get("http_interactions")
        .ok_or(ImportError::OtherKind { kind: Kind::RubyVcr, what: "`http_interactions`" })?;
    each(entries.elements(), tray, entry)
}

fn entry(node: &Node, tray: &mut Tray) -> Result<(), WrongEntry> {
    let request = node.get("request").ok_or(WrongEntry::Missing("request"))?;
    let response = node.get("response").ok_or(WrongEntry::Missing("response"))?;
    let uri = request.text_of("uri").ok_or(WrongEntry::Missing("request.uri"))?;
    let method = request.text_of("method").ok_or(WrongEntry::Missing("request.method"))?;
    let status = response.get("status").ok_or(WrongEntry::Missing("response.status"))?;
    let code = status.text_of("code").ok_or(WrongEntry::Missing("response.status.code"))?;
    let version = response.text_of("http_version").and_then(version);
    if version.is_none() {
        tray.lose("HTTP version: taken for HTTP/1.1");
    }
    let version = version.unwrap_or_default();
    let answer = Response {
        status: status_code(code)?,
        reason: status.text_of("message").unwrap_or_default().into(),
        version,
        headers: headers(response.get("headers")),
        body: body(response.get("body"), "response.body")?,
        trailers: Headers::new(),
    };
    let is_text = response.get("body").is_some_and(|body| body.get("base64_string").is_none());
    let is_ascii = answer.body.bytes().is_some_and(<[u8]>::is_ascii);
    if is_text && !is_ascii && other_charset(&answer.headers) {
        tray.lose("bytes of a text in another charset: UTF-8 now");
    }
    tray.lose("header case: names are capitalised by the recorder");
    let draft = Draft {
        request: Request {
            method: method.to_ascii_uppercase(),
            target: uri.to_owned(),
            version,
            headers: headers(request.get("headers")),
            body: body(request.get("body"), "request.body")?,
            trailers: Headers::new(),
        },
        response: Some(answer),
        at: node.text_of("recorded_at").and_then(time),
        ..Draft::default()
    };
    tray.take(draft)
}

fn version(text: &str) -> Option<Version> {
    let text = text.trim().trim_start_matches("HTTP/");
    match text {
        "1.0" => Some(Version::Http10),
        "1.1" => Some(Version::Http11),
        "2" | "2.0" => Some(Version::Http2),
        _ => None,
    }
}

/// `Tue, 01 Nov 2011 04:58:44 GMT`, or RFC 3339.
fn time(text: &str) -> Option<Timestamp> {
    let zoned = rfc2822::parse(text).ok().map(|zoned| zoned.timestamp());
    zoned.or_else(|| text.parse().ok())
}
