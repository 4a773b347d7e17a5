//! Cassettes of go-vcr: version 1 of its format (go-vcr v1 and v2) and version 2 (v3 and v4). They
//! are alike but for what they add; bodies are strings, `!!binary` where they are no text.

use super::document::{Tray, each};
use super::draft::Draft;
use super::kind::Kind;
use super::message::{ImportError, WrongEntry};
use super::node::Node;
use super::vcrpy::{body, headers, status_code};
use crate::exchange::{Request, Response, Timing, Version};

pub(super) fn read(root: &Node, tray: &mut Tray) -> Result<(), ImportError> {
    let version = root.text_of("version").unwrap_or("1");
    if !matches!(version.trim(), "1" | "2") {
        return Err(ImportError::Version { version: version.chars().take(20).collect() });
    }
    let entries = root
        .get("interactions")
        .ok_or(ImportError::OtherKind { kind: Kind::GoVcr, what: "`interactions`" })?;
    each(entries.elements(), tray, entry)
}

fn entry(node: &Node, tray: &mut Tray) -> Result<(), WrongEntry> {
    let request = node.get("request").ok_or(WrongEntry::Missing("request"))?;
    let response = node.get("response").ok_or(WrongEntry::Missing("response"))?;
    let url = request.text_of("url").ok_or(WrongEntry::Missing("request.url"))?;
    let status = response.text_of("status").unwrap_or_default();
    let code = response.text_of("code").or_else(|| status.split(' ').next());
    let code = code.ok_or(WrongEntry::Missing("response.code"))?;
    let reason = status.strip_prefix(code).unwrap_or(status).trim();
    if request.text_of("proto").is_none() {
        tray.lose("HTTP version: taken for HTTP/1.1");
    }
    if response.is_true("uncompressed") {
        tray.lose(
            "compressed bytes: the client had decoded the body, and taken `Content-Encoding` out",
        );
    }
    tray.lose("header case: Go writes names in its own");
    let millis = response.text_of("duration").and_then(duration);
    let draft = Draft {
        request: Request {
            // Go leaves the method of a GET empty.
            method: request.text_of("method").filter(|m| !m.is_empty()).unwrap_or("GET").to_owned(),
            target: url.to_owned(),
            version: version(request.text_of("proto")),
            headers: headers(request.get("headers")),
            body: body(request.get("body"), "request.body")?,
            trailers: headers(request.get("trailer")),
        },
        response: Some(Response {
            status: status_code(code)?,
            reason: reason.into(),
            version: version(response.text_of("proto")),
            headers: headers(response.get("headers")),
            body: body(response.get("body"), "response.body")?,
            trailers: headers(response.get("trailer")),
        }),
        timing: Timing { first_byte_ms: None, end_ms: millis.unwrap_or(0.0), chunks: Vec::new() },
        ..Draft::default()
    };
    if draft.request.body.is_empty() && request.get("form").is_some_and(|f| !f.members().is_empty())
    {
        tray.lose("form whose text was not kept");
    }
    tray.take(draft)
}

fn version(proto: Option<&str>) -> Version {
    proto.and_then(Version::parse).unwrap_or_default()
}

/// A duration as Go prints it, in milliseconds: `1m2.5s`, `87.1ms`, `13µs`; or nanoseconds.
fn duration(text: &str) -> Option<f64> {
    if let Ok(nanos) = text.parse::<f64>() {
        return Some(nanos / 1e6).filter(|ms| ms.is_finite() && *ms >= 0.0);
    }
    let (mut total, mut rest) = (0.0, text);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        total += number
            * match &rest[..end] {
                "h" => 3_600_000.0,
                "m" => 60_000.0,
                "s" => 1000.0,
                "ms" => 1.0,
                "µs" | "us" | "μs" => 0.001,
                "ns" => 0.000_001,
                _ => return None,
            };
        rest = &rest[end..];
    }
    total.is_finite().then_some(total)
}
