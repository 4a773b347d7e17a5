//! Stub mappings of `WireMock`: one, or a list below `mappings`. Rules that fit one request are read
//! as that request; the others are told.

use super::document::{Foreign, Tray, each};
use super::draft::{Draft, failure_kind};
use super::message::{ImportError, WrongEntry};
use super::node::Node;
use super::vcrpy::{headers, status_code};
use crate::exchange::{Body, Headers, Request, Response, Source, TransportError, reason_phrase};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub(super) fn read(root: &Node, file: Foreign<'_>, tray: &mut Tray) -> Result<(), ImportError> {
    let mappings = root.get("mappings").map_or(std::slice::from_ref(root), Node::elements);
    let mut number = 0;
    each(mappings, tray, |node, tray| {
        number += 1;
        entry(node, number, file, tray)
    })
}

fn entry(node: &Node, mapping: u64, file: Foreign<'_>, tray: &mut Tray) -> Result<(), WrongEntry> {
    let rule = node.get("request").ok_or(WrongEntry::Missing("request"))?;
    let response = node.get("response").ok_or(WrongEntry::Missing("response"))?;
    if response.get("proxyBaseUrl").is_some() {
        tray.losses.of_file(format!("mapping {mapping}: asks another server: not read"));
        return Ok(());
    }
    let Some(target) = target(rule) else {
        tray.losses
            .of_file(format!("mapping {mapping}: its URL fits more than one request: not read"));
        return Ok(());
    };
    let method = match rule.text_of("method") {
        Some("ANY") | None => {
            tray.losses.of_file(format!("mapping {mapping}: fits every method: not read"));
            return Ok(());
        }
        Some(method) => method.to_owned(),
    };
    tray.lose("a rule, not a recording: kept as `mock`, no proof");
    if node.get("scenarioName").is_some() {
        tray.lose("scenario: the order of the file is kept instead");
    }
    let mut draft = Draft {
        request: Request {
            method,
            target,
            headers: asked_headers(rule.get("headers"), tray),
            body: asked_body(rule.get("bodyPatterns"), tray),
            ..Request::default()
        },
        source: Some(Source::Mock),
        ..Draft::default()
    };
    match response.text_of("fault") {
        Some(fault) => {
            let message = format!("fault {}", fault.chars().take(60).collect::<String>());
            draft.error = Some(TransportError { kind: failure_kind(fault), message });
        }
        None => draft.response = Some(answer(response, file, tray)?),
    }
    tray.take(draft)
}

fn answer(node: &Node, file: Foreign<'_>, tray: &mut Tray) -> Result<Response, WrongEntry> {
    let status = node.text_of("status").map_or(Ok(200), status_code)?;
    if !node.get("transformers").map_or(&[][..], Node::elements).is_empty() {
        tray.lose("template: its text as it was written");
    }
    for delay in ["fixedDelayMilliseconds", "delayDistribution", "chunkedDribbleDelay"] {
        if node.get(delay).is_some() {
            tray.lose("delay");
        }
    }
    let reason = node.text_of("statusMessage").unwrap_or_else(|| reason_phrase(status));
    Ok(Response {
        status,
        reason: reason.into(),
        headers: headers(node.get("headers")),
        body: body(node, file)?,
        ..Response::default()
    })
}

fn body(node: &Node, file: Foreign<'_>) -> Result<Body, WrongEntry> {
    if let Some(packed) = node.text_of("base64Body") {
        let bytes = BASE64_STANDARD.decode(packed);
        let wrong = |_| WrongEntry::hidden("base64Body", packed, "base64");
        return bytes.map(Body::from_bytes).map_err(wrong);
    }
    if let Some(name) = node.text_of("bodyFileName") {
        let bytes = (file.body_file)(name).map_err(|cause| WrongEntry::BodyFile {
            name: name.chars().take(80).collect(),
            cause,
        })?;
        return Ok(Body::from_bytes(bytes));
    }
    let json = node.get("jsonBody").map(Node::json);
    Ok(match node.text_of("body").map(str::to_owned).or(json) {
        Some(text) => Body::from(text.as_str()),
        None => Body::Empty,
    })
}

/// The URL that a rule fits; `None` when there are several.
fn target(rule: &Node) -> Option<String> {
    let host = rule.get("host").map_or(Some("wiremock.invalid"), |host| host.text_of("equalTo"))?;
    let scheme = rule.text_of("scheme").unwrap_or("http");
    let port = rule.text_of("port").map(|port| format!(":{port}")).unwrap_or_default();
    let base = format!("{scheme}://{host}{port}");
    if let Some(url) = rule.text_of("url") {
        return Some(format!("{base}{url}"));
    }
    let path = rule.text_of("urlPath")?;
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let mut pairs = Vec::new();
    for (name, matcher) in rule.get("queryParameters").map_or(&[][..], Node::members) {
        pairs.push(format!("{}={}", encoded(name), encoded(matcher.text_of("equalTo")?)));
    }
    let mark = if pairs.is_empty() { "" } else { "?" };
    Some(format!("{base}{path}{mark}{}", pairs.join("&")))
}

fn asked_headers(node: Option<&Node>, tray: &mut Tray) -> Headers {
    let mut found = Headers::new();
    for (name, matcher) in node.map_or(&[][..], Node::members) {
        match matcher.text_of("equalTo") {
            Some(value) => found.push(name.as_str(), value),
            None => tray.lose("conditions on headers that fit more than one value"),
        }
    }
    found
}

fn asked_body(node: Option<&Node>, tray: &mut Tray) -> Body {
    let patterns = node.map_or(&[][..], Node::elements);
    let [pattern] = patterns else {
        if !patterns.is_empty() {
            tray.lose("conditions on the body that fit more than one");
        }
        return Body::Empty;
    };
    if let Some(json) = pattern.get("equalToJson") {
        return Body::from(json.text().map_or_else(|| json.json(), str::to_owned).as_str());
    }
    if let Some(text) = pattern.text_of("equalTo").or(pattern.text_of("equalToXml")) {
        return Body::from(text);
    }
    if let Some(bytes) =
        pattern.text_of("binaryEqualTo").and_then(|b| BASE64_STANDARD.decode(b).ok())
    {
        return Body::from_bytes(bytes);
    }
    tray.lose("conditions on the body that fit more than one");
    Body::Empty
}
