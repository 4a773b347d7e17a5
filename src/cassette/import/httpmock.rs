//! Mocks of Rust's httpmock: YAML documents with `when` and `then`. A recorded one looks like one
//! that was written by hand, so none is evidence.

use super::document::{Tray, each};
use super::draft::Draft;
use super::message::{ImportError, WrongEntry};
use super::node::Node;
use super::vcrpy::status_code;
use crate::exchange::{Body, Headers, Request, Response, Source, reason_phrase};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Conditions that say what one request was.
const EXACT: [&str; 13] = [
    "method",
    "scheme",
    "host",
    "port",
    "path",
    "header",
    "query_param",
    "cookie",
    "body",
    "json_body",
    "body_base64",
    "form_urlencoded_tuple",
    "x_www_form_urlencoded_tuple",
];

pub(super) fn read(documents: &[Node], tray: &mut Tray) -> Result<(), ImportError> {
    let whole = documents.iter().filter(|document| **document != Node::Null);
    each(whole, tray, entry)
}

fn entry(node: &Node, tray: &mut Tray) -> Result<(), WrongEntry> {
    let when = node.get("when").ok_or(WrongEntry::Missing("when"))?;
    let then = node.get("then").ok_or(WrongEntry::Missing("then"))?;
    tray.lose("a rule, not a recording: kept as `mock`, no proof");
    for (name, value) in when.members() {
        if *value != Node::Null && !EXACT.contains(&name.as_str()) {
            tray.lose(format!("condition `{}`", name.chars().take(40).collect::<String>()));
        }
    }
    let status = then.text_of("status").map_or(Ok(200), status_code)?;
    let mut headers = pairs(when.get("header"));
    let cookies = pairs(when.get("cookie"));
    let cookies: Vec<String> =
        cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.text())).collect();
    if !cookies.is_empty() {
        headers.push("Cookie", cookies.join("; "));
    }
    if then.get("delay").is_some() {
        tray.lose("delay");
    }
    let draft = Draft {
        request: Request {
            method: when.text_of("method").unwrap_or("GET").to_owned(),
            target: target(when),
            headers,
            body: body(when)?,
            ..Request::default()
        },
        response: Some(Response {
            status,
            reason: reason_phrase(status).into(),
            headers: pairs(then.get("header")),
            body: body(then)?,
            ..Response::default()
        }),
        source: Some(Source::Mock),
        ..Draft::default()
    };
    tray.take(draft)
}

fn target(when: &Node) -> String {
    let scheme = when.text_of("scheme").unwrap_or("http").to_ascii_lowercase();
    let host = when.text_of("host").unwrap_or("httpmock.invalid");
    let port = when.text_of("port").map(|port| format!(":{port}")).unwrap_or_default();
    let path = when.text_of("path").unwrap_or("/");
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let query: Vec<String> = pairs(when.get("query_param"))
        .iter()
        .map(|pair| format!("{}={}", encoded(&pair.name), encoded(&pair.text())))
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{scheme}://{host}{port}{path}{mark}{}", query.join("&"))
}

fn pairs(node: Option<&Node>) -> Headers {
    let mut found = Headers::new();
    for pair in node.map_or(&[][..], Node::elements) {
        // `name` and `value` since 0.7, `key` and `value` in 0.8's recordings.
        if let Some(name) = pair.text_of("name").or(pair.text_of("key")) {
            found.push(name, pair.text_of("value").unwrap_or_default());
        }
    }
    found
}

fn body(node: &Node) -> Result<Body, WrongEntry> {
    if let Some(packed) = node.text_of("body_base64") {
        let packed: String = packed.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let bytes = BASE64_STANDARD.decode(&packed);
        return bytes
            .map(Body::from_bytes)
            .map_err(|_| WrongEntry::hidden("body_base64", &packed, "base64"));
    }
    let json =
        node.get("json_body").map(|json| json.text().map_or_else(|| json.json(), str::to_owned));
    let text = node.get("body").and_then(Node::bytes).map(std::borrow::Cow::into_owned);
    Ok(text.or(json.map(String::into_bytes)).map(Body::from_bytes).unwrap_or_default())
}
