//! HAR 1.2 as browsers, mitmproxy, Polly and this tool write it. A body's text stands there decoded;
//! what this tool adds to be exact again is in `_testimony`, and never makes a recording `live`.

use super::document::{Tray, each};
use super::draft::{Draft, Exact, failure_kind, other_charset};
use super::har_notes::{Notes, notes};
use super::kind::Kind;
use super::message::{ImportError, WrongEntry};
use super::node::Node;
use super::polly;
use crate::exchange::{
    Body, Headers, MediaType, Request, Response, Source, Timing, TransportError, Version,
    response_has_body,
};
use base64::prelude::{BASE64_STANDARD, Engine as _};

pub(super) fn read(root: &Node, tray: &mut Tray) -> Result<(), ImportError> {
    let missing = ImportError::OtherKind { kind: Kind::Har, what: "`log.entries`" };
    let log = root.get("log").ok_or_else(|| missing.clone())?;
    let entries = log.get("entries").ok_or(missing)?;
    let creator = log.get("creator").and_then(|creator| creator.text_of("name"));
    let creator = creator.unwrap_or_default().to_owned();
    each(entries.elements(), tray, |node, tray| entry(node, &creator, tray))
}

fn entry(node: &Node, creator: &str, tray: &mut Tray) -> Result<(), WrongEntry> {
    let notes = notes(node.get("_testimony"))?;
    let (request, whole_request) = request(node, &notes, tray)?;
    let method = request.method.clone();
    let mut draft = Draft {
        request,
        at: node.text_of("startedDateTime").and_then(|text| text.parse().ok()),
        timing: timing(node),
        source: notes.source,
        ..Draft::default()
    };
    if !whole_request {
        draft.source.get_or_insert(Source::Edited);
    }
    let answer = node.get("response");
    let status = answer.and_then(|answer| answer.number_of("status")).unwrap_or(0.0);
    if let Some(answer) = answer.filter(|_| status != 0.0) {
        read_answer(answer, &method, creator, &notes, &mut draft, tray)?;
    } else if notes.error.is_none() {
        let said = answer.and_then(|a| a.text_of("_error").or(a.text_of("statusText")));
        let message = said.filter(|text| !text.is_empty());
        let message = message.unwrap_or("no response in the file (status 0)").to_owned();
        draft.error = Some(TransportError { kind: failure_kind(&message), message });
    }
    from_cache(node, creator, &mut draft, tray);
    // mitmproxy names the server of each flow, unless it asked none.
    if creator == "mitmproxy" && draft.response.is_some() && node.get("serverIPAddress").is_none() {
        tray.lose("answered by mitmproxy itself, no server was asked: kept as `mock`, no proof");
        draft.source = draft.source.or(Some(Source::Mock));
    }
    if node.get("_webSocketMessages").is_some() {
        tray.lose("WebSocket messages");
    }
    draft.exact = Exact { request: notes.request_body.is_some(), ..draft.exact };
    draft.error = draft.error.or(notes.error);
    draft.redacted = notes.redacted;
    draft.timing = notes.timing.unwrap_or(draft.timing);
    tray.take(draft)
}

/// An answer that the browser had kept says nothing of the provider at that time. Chrome names such
/// an answer (`_fromCache`) and says that nothing was transferred (`_transferSize`), older ones that
/// the body took no bytes; Firefox fills in `cache`; and HAR itself wants a `bodySize` of 0 then.
fn from_cache(node: &Node, creator: &str, draft: &mut Draft, tray: &mut Tray) {
    let Some(answer) = node.get("response") else { return };
    let is_zero = |name| answer.number_of(name) == Some(0.0);
    let told = node.get("_fromCache").is_some() || answer.is_true("_fetchedViaServiceWorker");
    let untransferred = is_zero("_transferSize") && draft.error.is_none();
    let kept = node.get("cache").is_some_and(|cache| {
        // As `null`, where it knows no more.
        cache.members().iter().any(|(name, _)| name == "afterRequest")
    });
    let has_body = draft.response.as_ref().is_some_and(|response| {
        !response.body.is_empty() && response_has_body(&draft.request.method, response.status)
    });
    let unsent = is_zero("bodySize") && has_body;
    if told || untransferred || unsent || (kept && creator == "Firefox") {
        tray.lose(
            "answered by the browser itself (cache, service worker): kept as `replay`, no proof",
        );
        draft.source = draft.source.or(Some(Source::Replay));
    }
}

/// The request, and whether the file has all of it.
fn request(node: &Node, notes: &Notes, tray: &mut Tray) -> Result<(Request, bool), WrongEntry> {
    let request = node.get("request").ok_or(WrongEntry::Missing("request"))?;
    let url = request.text_of("url").ok_or(WrongEntry::Missing("request.url"))?;
    let method = request.text_of("method").ok_or(WrongEntry::Missing("request.method"))?;
    let headers = fields(request.get("headers"))?;
    if !headers.contains("cookie")
        && !request.get("cookies").map_or(&[][..], Node::elements).is_empty()
    {
        tray.lose("cookies of a request without a `Cookie` header");
    }
    let mut whole = true;
    let body = if let Some(wire) = &notes.request_body {
        Body::from_bytes(wire.clone())
    } else {
        let body = posted(request.get("postData"), &headers, tray);
        let size = request.number_of("bodySize").unwrap_or(-1.0);
        if body.is_empty() && size > 0.0 {
            tray.lose("request body that the file does not have: kept as `edited`, no proof");
            whole = false;
        } else if size > 0.0 && (size - length(&body)).abs() > 0.5 {
            tray.lose("request body whose text has another length than was sent");
        }
        body
    };
    let request = Request {
        method: method.to_owned(),
        target: with_query(url, request.get("queryString"), tray),
        version: version(request.text_of("httpVersion"), tray),
        headers,
        body,
        trailers: fields(request.get("_trailers"))?,
    };
    Ok((request, whole))
}

#[expect(clippy::cast_precision_loss, reason = "lengths far below 2^52")]
fn length(body: &Body) -> f64 {
    body.len() as f64
}

/// A URL whose query is told apart only.
fn with_query(url: &str, query: Option<&Node>, tray: &mut Tray) -> String {
    let pairs = query.map_or(&[][..], Node::elements);
    let (bare, _) = url.split_once('#').unwrap_or((url, ""));
    if pairs.is_empty() || bare.contains('?') {
        return bare.to_owned();
    }
    tray.lose("query told apart from the URL: encoded anew");
    let pairs: Vec<String> = pairs.iter().filter_map(form_pair).collect();
    format!("{bare}?{}", pairs.join("&"))
}

fn form_pair(node: &Node) -> Option<String> {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let (name, value) = (node.text_of("name")?, node.text_of("value").unwrap_or_default());
    let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    Some(format!("{}={}", encoded(name), encoded(value)))
}

fn posted(node: Option<&Node>, headers: &Headers, tray: &mut Tray) -> Body {
    let Some(node) = node else { return Body::Empty };
    if let Some(text) = node.text_of("text").filter(|text| !text.is_empty()) {
        // Not of the standard, but some write it as they do for responses.
        if node.text_of("encoding") == Some("base64")
            && let Ok(bytes) = BASE64_STANDARD.decode(text)
        {
            return Body::from_bytes(bytes);
        }
        if !text.is_ascii() && other_charset(headers) {
            tray.lose("bytes of a text in another charset: UTF-8 now");
        }
        return Body::from(text);
    }
    let params = node.get("params").map_or(&[][..], Node::elements);
    if params.is_empty() {
        return Body::Empty;
    }
    let mime = node.text_of("mimeType").and_then(MediaType::parse);
    if mime.is_some_and(|mime| mime.is_form()) {
        tray.lose("form told apart: encoded anew");
        let pairs: Vec<String> = params.iter().filter_map(form_pair).collect();
        return Body::from(pairs.join("&").as_str());
    }
    tray.lose("multipart body told apart: not put together");
    Body::Empty
}

fn read_answer(
    answer: &Node,
    method: &str,
    creator: &str,
    notes: &Notes,
    draft: &mut Draft,
    tray: &mut Tray,
) -> Result<(), WrongEntry> {
    let status = answer.text_of("status").unwrap_or_default();
    let status = status
        .trim_end_matches(".0")
        .parse()
        .map_err(|_| WrongEntry::value("response.status", status, "a status code"))?;
    let mut response = Response {
        status,
        reason: answer.text_of("statusText").unwrap_or_default().into(),
        version: version(answer.text_of("httpVersion"), tray),
        headers: fields(answer.get("headers"))?,
        body: Body::Empty,
        trailers: fields(answer.get("_trailers"))?,
    };
    if let Some(wire) = &notes.response_body {
        response.body = Body::from_bytes(wire.clone());
        draft.exact.response = true;
    } else {
        let content = Content::of(answer.get("content"), &response.headers, tray)?;
        let size = answer.get("content").and_then(|content| content.number_of("size"));
        // Browsers leave the text out where it was not kept, and say the size all the same.
        let told =
            size.is_some_and(|size| size >= 0.0) || answer.number_of("bodySize") == Some(0.0);
        let untold = content.body.is_empty() && !content.stated && !told;
        let size = size.filter(|_| creator != "mitmproxy" && !content.exact);
        let has_body = response_has_body(method, status);
        let sent = answer.number_of("bodySize").unwrap_or(-1.0).max(size.unwrap_or(-1.0));
        let short = size.is_some_and(|size| length(&content.body) + 0.5 < size);
        if has_body && !content.body.is_empty() && short && !other_charset(&response.headers) {
            tray.lose(
                "response body shorter than its size in the file: kept as `edited`, no proof",
            );
            draft.source = draft.source.or(Some(Source::Edited));
        } else if has_body && content.body.is_empty() && (untold || sent > 0.0) {
            draft.lacks_body = true;
        }
        response.body = content.body;
        draft.exact.response = content.exact;
    }
    draft.response = Some(response);
    Ok(())
}

/// A response's body as the file has it.
struct Content {
    body: Body,
    /// Whether these are wire bytes, coded where a header says so.
    exact: bool,
    /// Whether the file has a text for it, though it were an empty one.
    stated: bool,
}

impl Content {
    fn of(node: Option<&Node>, headers: &Headers, tray: &mut Tray) -> Result<Self, WrongEntry> {
        let decoded = |body| Ok(Self { body, exact: false, stated: true });
        let text = node.and_then(|node| Some((node, node.text_of("text")?)));
        let Some((node, text)) = text else {
            return Ok(Self { body: Body::Empty, exact: false, stated: false });
        };
        let encoding = node.text_of("encoding").unwrap_or_default();
        if let Some(wire) = polly::chunks(text, encoding, node.is_true("_isBinary"), headers) {
            return Ok(Self { body: Body::from_bytes(wire), exact: true, stated: true });
        }
        if encoding.eq_ignore_ascii_case("base64") {
            let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            let bytes = BASE64_STANDARD
                .decode(packed)
                .map_err(|_| WrongEntry::hidden("response.content.text", text, "base64"))?;
            return decoded(Body::from_bytes(bytes));
        }
        if !text.is_ascii() && other_charset(headers) {
            tray.lose("bytes of a text in another charset: UTF-8 now");
        }
        decoded(Body::from(text))
    }
}

/// Fields as `{name, value}`, with `_base64` beside where the bytes are no text.
fn fields(node: Option<&Node>) -> Result<Headers, WrongEntry> {
    let mut headers = Headers::new();
    for field in node.map_or(&[][..], Node::elements) {
        let Some(name) = field.text_of("name") else { continue };
        match field.text_of("_base64") {
            Some(packed) => {
                let bytes = BASE64_STANDARD.decode(packed);
                let wrong = |_| WrongEntry::hidden("headers._base64", packed, "base64");
                headers.push(name, bytes.map_err(wrong)?);
            }
            None => headers.push(name, field.text_of("value").unwrap_or_default()),
        }
    }
    Ok(headers)
}

fn version(text: Option<&str>, tray: &mut Tray) -> Version {
    match text.unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "http/1.1" => Version::Http11,
        "http/1.0" => Version::Http10,
        "h2" | "http/2" | "http/2.0" => Version::Http2,
        "h3" | "http/3" | "http/3.0" => {
            tray.lose("HTTP/3: taken for HTTP/2");
            Version::Http2
        }
        _ => {
            tray.lose("HTTP version: taken for HTTP/1.1");
            Version::Http11
        }
    }
}

fn timing(node: &Node) -> Timing {
    let of = |name: &str| {
        let found = node.get("timings").and_then(|timings| timings.number_of(name));
        found.filter(|ms| *ms > 0.0).unwrap_or(0.0)
    };
    let first = of("blocked") + of("dns") + of("connect") + of("send") + of("wait");
    let end = node.number_of("time").filter(|ms| *ms >= 0.0);
    Timing {
        first_byte_ms: (first > 0.0).then_some(first),
        end_ms: end.unwrap_or(first + of("receive")),
        chunks: Vec::new(),
    }
}
