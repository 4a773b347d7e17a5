//! Simulations of Hoverfly (schemas 1 to 5): pairs of a rule for requests and a response. Rules that
//! fit one request are read as that request; the others are told.

use super::document::{Tray, each};
use super::draft::Draft;
use super::kind::Kind;
use super::message::{ImportError, WrongEntry};
use super::node::Node;
use super::vcrpy::{headers, status_code};
use crate::exchange::{Body, Headers, Request, Response, Source, reason_phrase};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// What of a decoded path can't stand in a URL.
const PATH: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'?').add(b'%');

pub(super) fn read(root: &Node, tray: &mut Tray) -> Result<(), ImportError> {
    let data =
        root.get("data").ok_or(ImportError::OtherKind { kind: Kind::Hoverfly, what: "`data`" })?;
    if data
        .get("globalActions")
        .and_then(|a| a.get("delays"))
        .is_some_and(|d| !d.elements().is_empty())
    {
        tray.losses.of_file("delays");
    }
    let mut number = 0;
    each(data.get("pairs").map_or(&[][..], Node::elements), tray, |node, tray| {
        number += 1;
        entry(node, number, tray)
    })
}

fn entry(node: &Node, pair: u64, tray: &mut Tray) -> Result<(), WrongEntry> {
    let request = node.get("request").ok_or(WrongEntry::Missing("request"))?;
    let response = node.get("response").ok_or(WrongEntry::Missing("response"))?;
    let Some(asked) = asked(request) else {
        tray.losses.of_file(format!("pair {pair}: its rule fits more than one request: not read"));
        return Ok(());
    };
    tray.lose("a rule, not a recording: kept as `mock`, no proof");
    if response.is_true("templated") {
        tray.lose("template: its text as it was written");
    }
    if response.number_of("fixedDelay").is_some_and(|delay| delay > 0.0)
        || response.get("logNormalDelay").is_some()
    {
        tray.lose("delay");
    }
    if response.get("bodyFile").is_some() {
        tray.lose("body in a file of its own: not read");
    }
    let status = response.text_of("status").map_or(Ok(200), status_code)?;
    let draft = Draft {
        request: asked,
        response: Some(Response {
            status,
            reason: reason_phrase(status).into(),
            headers: headers(response.get("headers")),
            body: body(response)?,
            ..Response::default()
        }),
        source: Some(Source::Mock),
        ..Draft::default()
    };
    tray.take(draft)
}

fn body(response: &Node) -> Result<Body, WrongEntry> {
    let Some(text) = response.text_of("body") else { return Ok(Body::Empty) };
    if !response.is_true("encodedBody") {
        return Ok(Body::from(text));
    }
    let bytes = BASE64_STANDARD.decode(text);
    bytes.map(Body::from_bytes).map_err(|_| WrongEntry::hidden("response.body", text, "base64"))
}

/// The one request that a rule fits; `None` when there are several.
fn asked(rule: &Node) -> Option<Request> {
    let part = |name: &str| rule.get(name).map_or(Some(None), |node| exact(node).map(Some));
    let method = part("method")?.unwrap_or_else(|| "GET".to_owned());
    let scheme = part("scheme")?.unwrap_or_else(|| "http".to_owned());
    let host = part("destination")?.unwrap_or_else(|| "hoverfly.invalid".to_owned());
    let path = part("path")?.unwrap_or_else(|| "/".to_owned());
    let body = part("body")?.unwrap_or_default();
    let query = query(rule)?;
    let mark = if query.is_empty() { "" } else { "?" };
    let path = utf8_percent_encode(&path, PATH);
    Some(Request {
        method,
        target: format!("{scheme}://{host}{path}{mark}{query}"),
        headers: asked_headers(rule.get("headers"))?,
        body: Body::from(body.as_str()),
        ..Request::default()
    })
}

/// The value of an exact matcher: a text (schema 1), `exactMatch` (2 to 4), or a list with one
/// matcher `exact`, or of JSON or XML (5).
fn exact(node: &Node) -> Option<String> {
    if let Some(text) = node.text() {
        return Some(text.to_owned());
    }
    if let Some(text) = node.text_of("exactMatch").or(node.text_of("jsonMatch")) {
        return Some(text.to_owned());
    }
    let [matcher] = node.elements() else { return None };
    let kind = matcher.text_of("matcher").unwrap_or("exact").to_ascii_lowercase();
    let value = matcher.get("value");
    match kind.as_str() {
        "" | "exact" | "json" | "xml" | "form" => Some(
            value.map_or_else(String::new, |v| v.text().map_or_else(|| v.json(), str::to_owned)),
        ),
        _ => None,
    }
}

fn query(rule: &Node) -> Option<String> {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let Some(query) = rule.get("query").or(rule.get("queriesWithMatchers")) else {
        return Some(String::new());
    };
    // Before schema 5, the whole query was one text.
    if !query.members().iter().any(|(_, matchers)| !matchers.elements().is_empty()) {
        return if query.members().is_empty() && query.text().is_none() {
            Some(String::new())
        } else {
            exact(query)
        };
    }
    let mut pairs = Vec::new();
    for (name, matchers) in query.members() {
        let [matcher] = matchers.elements() else { return None };
        let values = match matcher.text_of("matcher").unwrap_or("exact") {
            "exact" => vec![matcher.text_of("value").unwrap_or_default()],
            "array" => matcher.get("value")?.elements().iter().filter_map(Node::text).collect(),
            _ => return None,
        };
        pairs.extend(values.into_iter().map(|v| format!("{}={}", encoded(name), encoded(v))));
    }
    Some(pairs.join("&"))
}

fn asked_headers(node: Option<&Node>) -> Option<Headers> {
    let mut found = Headers::new();
    for (name, matchers) in node.map_or(&[][..], Node::members) {
        for value in matchers.elements() {
            match value.text() {
                Some(text) => found.push(name.as_str(), text),
                None if matches!(value.text_of("matcher"), None | Some("exact")) => {
                    found.push(name.as_str(), value.text_of("value").unwrap_or_default());
                }
                None => return None,
            }
        }
    }
    Some(found)
}
