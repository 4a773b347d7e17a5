//! A recorded request as it can be sent again, to another place and with other credentials. Pure.

use crate::exchange::{Exchange, Header, Headers, Request, Target, Version};

/// Fields that belong to the connection on which a request was recorded, or that sending sets anew.
const LEFT_OUT: [&str; 10] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Methods that ask for nothing but an answer (RFC 9110, section 9.2.1).
const SAFE: [&str; 4] = ["GET", "HEAD", "OPTIONS", "TRACE"];

/// Whether methods may be sent that change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Methods {
    /// GET, HEAD, OPTIONS and TRACE only.
    Safe,
    /// All.
    Any,
}

/// Why a recorded request is not sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Unsendable {
    /// Its method may change something.
    #[error("{0} may change something")]
    Unsafe(String),
    /// A secret was taken out of it, and nothing stands in for it.
    #[error("its {0} held a secret that was redacted")]
    Secret(String),
    /// Its body is in a file that was not read.
    #[error("its body is not in memory")]
    Body,
    /// It opened a WebSocket, of which no whole answer can be had.
    #[error("it opened a WebSocket")]
    Socket,
}

/// Whether a method asks for nothing but an answer.
pub fn is_safe(method: &str) -> bool {
    SAFE.contains(&method)
}

/// The recorded request as it is sent to `base` (a URL with neither query nor closing slash), without the
/// fields `replaced`, in whose place others are put.
pub fn resend(
    exchange: &Exchange,
    base: &str,
    replaced: &[&str],
    methods: Methods,
) -> Result<Request, Unsendable> {
    let recorded = &exchange.request;
    if methods == Methods::Safe && !is_safe(&recorded.method) {
        return Err(Unsendable::Unsafe(recorded.method.clone()));
    }
    if !exchange.messages.is_empty() || recorded.headers.has_token("upgrade", "websocket") {
        return Err(Unsendable::Socket);
    }
    let stays = |header: &Header| !replaced.iter().chain(&LEFT_OUT).any(|name| header.is(name));
    if let Some(part) = secret_part(exchange, &stays) {
        return Err(Unsendable::Secret(part));
    }
    let body = recorded.body.bytes().ok_or(Unsendable::Body)?;
    let target = Target::parse(base);
    let mut headers = Headers::from([("Host", target.authority)]);
    for header in recorded.headers.iter().filter(|header| stays(header)) {
        headers.push(header.name.as_str(), &header.value);
    }
    if !body.is_empty() || matches!(recorded.method.as_str(), "POST" | "PUT" | "PATCH") {
        headers.push("Content-Length", body.len().to_string());
    }
    Ok(Request {
        method: recorded.method.clone(),
        target: format!("{base}{}", Target::parse(&recorded.target).path_and_query()),
        version: Version::Http11,
        headers,
        body: recorded.body.clone(),
        trailers: Headers::new(),
    })
}

/// The part of a request that lacks a secret and would be sent so.
fn secret_part(exchange: &Exchange, stays: &dyn Fn(&Header) -> bool) -> Option<String> {
    let headers = &exchange.request.headers;
    for note in &exchange.redacted {
        let Some(place) = note.at.strip_prefix("/request/") else { continue };
        let index = place.strip_prefix("headers/").and_then(|index| index.parse::<usize>().ok());
        match index.map(|index| headers.iter().nth(index)) {
            Some(Some(header)) if stays(header) => return Some(format!("header {}", header.name)),
            None if place.starts_with("target") => return Some("URL".to_owned()),
            None if place.starts_with("body") => return Some("body".to_owned()),
            Some(_) | None => {}
        }
    }
    // What was redacted by other means than our recorder has no note.
    let marked = |bytes: &[u8]| bytes.windows(9).any(|window| window == b"{{secret:");
    if let Some(header) = headers.iter().find(|header| stays(header) && marked(&header.value)) {
        return Some(format!("header {}", header.name));
    }
    if marked(exchange.request.target.as_bytes()) {
        return Some("URL".to_owned());
    }
    exchange.request.body.bytes().is_some_and(marked).then(|| "body".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Body, ExchangeNumber, Redaction, Source, Timing};

    fn recorded(method: &str, headers: &[(&str, &str)], body: &str) -> Exchange {
        Exchange {
            number: ExchangeNumber(1),
            at: jiff::Timestamp::UNIX_EPOCH,
            source: Source::Live,
            request: Request {
                method: method.to_owned(),
                target: "https://depot.example/v1/crates?limit=2".into(),
                headers: headers.iter().map(|(name, value)| Header::new(*name, value)).collect(),
                body: Body::from(body),
                ..Request::default()
            },
            response: None,
            timing: Timing::default(),
            error: None,
            redacted: Vec::new(),
            messages: Vec::new(),
            interim: Vec::new(),
            digest: None,
        }
    }

    #[test]
    fn a_request_moves_to_its_new_place() {
        let fields = [
            ("Host", "depot.example"),
            ("x-token", "{{secret:1}}"),
            ("Connection", "close"),
            ("Accept", "*/*"),
            ("Content-Length", "99"),
        ];
        let exchange = recorded("GET", &fields, "");
        let token = ["X-Token"];
        let sent = resend(&exchange, "http://127.0.0.1:8/base", &token, Methods::Safe).unwrap();
        assert_eq!(sent.target, "http://127.0.0.1:8/base/v1/crates?limit=2");
        let expected = [("Host", "127.0.0.1:8"), ("Accept", "*/*")];
        assert_eq!(sent.headers, Headers::from(expected));
        let posted = recorded("POST", &[], "{}");
        let sent = resend(&posted, "http://h", &[], Methods::Any).unwrap();
        assert_eq!(sent.headers.text("content-length"), Some("2"));
        assert_eq!(sent.body, posted.request.body);
    }

    #[test]
    fn what_is_not_sent() {
        let note = |at: &str| Redaction { secret: 1, rule: "r".into(), at: at.into() };
        let noted = |at: &str| {
            let mut exchange = recorded("GET", &[("A", "1"), ("X-Token", "2")], "{}");
            exchange.redacted.push(note(at));
            exchange
        };
        let secret = |part: &str| Some(Unsendable::Secret(part.to_owned()));
        let cases = [
            (recorded("DELETE", &[], ""), Some(Unsendable::Unsafe("DELETE".into()))),
            (recorded("GET", &[("A", "Bearer {{secret:1}}")], ""), secret("header A")),
            (recorded("GET", &[("X-Token", "{{secret:1}}")], ""), None),
            (recorded("GET", &[], "{\"a\":\"{{secret:1}}\"}"), secret("body")),
            (noted("/request/target"), secret("URL")),
            (noted("/request/headers/0"), secret("header A")),
            (noted("/request/headers/1"), None),
            (noted("/request/body"), secret("body")),
            (noted("/response/body"), None),
            (recorded("GET", &[("Upgrade", "websocket")], ""), Some(Unsendable::Socket)),
        ];
        let token = ["X-Token"];
        for (exchange, expected) in cases {
            let sent = resend(&exchange, "http://h", &token, Methods::Safe);
            assert_eq!(sent.err(), expected, "{:?}", exchange.redacted);
        }
    }
}
