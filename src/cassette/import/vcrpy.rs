//! vcrpy's cassettes (versions 0 and 1 of its format), as YAML or JSON. A response's body is
//! `string` or `base64_string`, a request's a string, null or, where it was no text, `!!binary`.

use super::document::{Tray, each};
use super::draft::Draft;
use super::kind::Kind;
use super::message::{ImportError, WrongEntry};
use super::node::Node;
use crate::exchange::{Body, Headers, Request, Response, Version};
use base64::prelude::{BASE64_STANDARD, Engine as _};

pub(super) fn read(root: &Node, tray: &mut Tray) -> Result<(), ImportError> {
    // The oldest cassettes are a bare list.
    let entries = match root {
        Node::List(entries) => entries,
        _ => root
            .get("interactions")
            .ok_or(ImportError::OtherKind { kind: Kind::Vcrpy, what: "`interactions`" })?
            .elements(),
    };
    each(entries, tray, entry)
}

fn entry(node: &Node, tray: &mut Tray) -> Result<(), WrongEntry> {
    let request = node.get("request").ok_or(WrongEntry::Missing("request"))?;
    let response = node.get("response").ok_or(WrongEntry::Missing("response"))?;
    let uri = request.text_of("uri").ok_or(WrongEntry::Missing("request.uri"))?;
    let method = request.text_of("method").ok_or(WrongEntry::Missing("request.method"))?;
    let draft = Draft {
        request: Request {
            method: method.to_owned(),
            target: uri.to_owned(),
            headers: headers(request.get("headers")),
            body: body(request.get("body"), "request.body")?,
            ..Request::default()
        },
        response: Some(answer(response)?),
        ..Draft::default()
    };
    tray.lose("HTTP version: taken for HTTP/1.1");
    tray.take(draft)
}

fn answer(node: &Node) -> Result<Response, WrongEntry> {
    // httpx wrote `status_code` and `content` for a while.
    let status = node.get("status");
    let code = status.and_then(|status| status.text_of("code")).or(node.text_of("status_code"));
    let code = code.ok_or(WrongEntry::Missing("response.status.code"))?;
    let reason = status.and_then(|status| status.text_of("message")).unwrap_or_default();
    let content = node.get("body").or(node.get("content"));
    Ok(Response {
        status: status_code(code)?,
        reason: reason.into(),
        version: Version::Http11,
        headers: headers(node.get("headers")),
        body: body(content, "response.body")?,
        trailers: Headers::new(),
    })
}

pub(super) fn status_code(text: &str) -> Result<u16, WrongEntry> {
    text.trim().parse().map_err(|_| WrongEntry::value("status", text, "a status code"))
}

/// Fields of a map from name to value or values, or of a list of pairs.
pub(super) fn headers(node: Option<&Node>) -> Headers {
    let mut fields = Headers::new();
    let Some(node) = node else { return fields };
    for (name, values) in node.members() {
        for value in values.one_or_more() {
            if let Some(value) = value.bytes() {
                fields.push(name.as_str(), value);
            }
        }
    }
    for pair in node.elements() {
        let [name, value] = pair.elements() else { continue };
        if let (Some(name), Some(value)) = (name.text(), value.bytes()) {
            fields.push(name, value);
        }
    }
    fields
}

/// A body: text, bytes, or a map with `string`, `base64_string` and, of Ruby, `encoding`.
pub(super) fn body(node: Option<&Node>, key: &'static str) -> Result<Body, WrongEntry> {
    let Some(node) = node else { return Ok(Body::Empty) };
    if let Some(bytes) = node.bytes() {
        return Ok(Body::from_bytes(bytes.into_owned()));
    }
    if let Some(packed) = node.get("base64_string").or(node.get("base64")) {
        let packed = packed.bytes().unwrap_or_default();
        let packed: Vec<u8> = packed.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        let bytes = BASE64_STANDARD
            .decode(&packed)
            .map_err(|_| WrongEntry::hidden(key, &String::from_utf8_lossy(&packed), "base64"))?;
        return Ok(Body::from_bytes(bytes));
    }
    match node.get("string") {
        None if node.members().iter().any(|(name, _)| name == "string") => Ok(Body::Empty),
        None => Err(WrongEntry::hidden(key, &node.json(), "text, `string` or `base64_string`")),
        Some(text) => {
            let bytes =
                text.bytes().ok_or_else(|| WrongEntry::hidden(key, &text.json(), "text"))?;
            Ok(Body::from_bytes(bytes.into_owned()))
        }
    }
}
