//! Recordings of the Azure SDK's test-proxy: `Entries` with JSON bodies as JSON, texts as one string
//! or a list of lines, everything else as base64.

use super::document::{Tray, each};
use super::draft::Draft;
use super::kind::Kind;
use super::message::{ImportError, WrongEntry};
use super::node::Node;
use super::vcrpy::{headers, status_code};
use crate::exchange::{Body, Headers, MediaType, Request, Response, reason_phrase};
use base64::prelude::{BASE64_STANDARD, Engine as _};

pub(super) fn read(root: &Node, tray: &mut Tray) -> Result<(), ImportError> {
    let entries = root
        .get("Entries")
        .ok_or(ImportError::OtherKind { kind: Kind::Azure, what: "`Entries`" })?;
    if root.get("Variables").is_some_and(|variables| !variables.members().is_empty()) {
        tray.losses.of_file("`Variables` of the test");
    }
    each(entries.elements(), tray, entry)
}

fn entry(node: &Node, tray: &mut Tray) -> Result<(), WrongEntry> {
    let uri = node.text_of("RequestUri").ok_or(WrongEntry::Missing("RequestUri"))?;
    let method = node.text_of("RequestMethod").ok_or(WrongEntry::Missing("RequestMethod"))?;
    let code = node.text_of("StatusCode").ok_or(WrongEntry::Missing("StatusCode"))?;
    let status = status_code(code)?;
    tray.lose("HTTP version: taken for HTTP/1.1");
    tray.lose("reason phrase: the registered one is taken");
    let asked = headers(node.get("RequestHeaders"));
    let answered = headers(node.get("ResponseHeaders"));
    let draft = Draft {
        request: Request {
            method: method.to_owned(),
            target: uri.to_owned(),
            body: body(node.get("RequestBody"), &asked, tray),
            headers: asked,
            ..Request::default()
        },
        response: Some(Response {
            status,
            reason: reason_phrase(status).into(),
            body: body(node.get("ResponseBody"), &answered, tray),
            headers: answered,
            ..Response::default()
        }),
        ..Draft::default()
    };
    tray.take(draft)
}

fn body(node: Option<&Node>, headers: &Headers, tray: &mut Tray) -> Body {
    let Some(node) = node else { return Body::Empty };
    let media = headers.text("content-type").and_then(MediaType::parse);
    let is_json = media.as_ref().is_some_and(MediaType::is_json);
    match node {
        Node::List(lines) if !is_json && lines.iter().all(|line| line.text().is_some()) => {
            let lines: Vec<&str> = lines.iter().filter_map(Node::text).collect();
            Body::from(lines.concat().as_str())
        }
        Node::List(_) | Node::Map(_) => {
            tray.lose("layout of a JSON body: compact now");
            Body::from(node.json().as_str())
        }
        Node::Text(scalar) if scalar.plain => Body::from(scalar.text.as_str()),
        Node::Text(scalar) => text(&scalar.text, media.as_ref(), tray),
        Node::Null | Node::Bytes(_) => Body::Empty,
    }
}

/// A string is the text of a textual type, base64 of any other.
fn text(text: &str, media: Option<&MediaType>, tray: &mut Tray) -> Body {
    let textual = media.is_some_and(|media| {
        let name = media.to_string();
        media.is_json()
            || media.is_form()
            || name.starts_with("text/")
            || name.ends_with("xml")
            || name.ends_with("javascript")
            || name.starts_with("multipart/mixed")
    });
    if textual || text.is_empty() {
        return Body::from(text);
    }
    match BASE64_STANDARD.decode(text) {
        Ok(bytes) => {
            if media.is_none() {
                tray.lose("body without a `Content-Type`: taken for base64");
            }
            Body::from_bytes(bytes)
        }
        Err(_) => Body::from(text),
    }
}
