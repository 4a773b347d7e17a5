//! Answers with the client's own values in the place of those that were recorded for them.

use crate::exchange::{Body, ContentCoding, Headers, Response};
use crate::matching::{Swaps, TextKind, text_kind};
use crate::net::Reply;

/// Headers that frame a message, or say nothing of the client's.
const FRAMING: &[&str] = &[
    "content-length",
    "transfer-encoding",
    "content-encoding",
    "connection",
    "content-range",
    "date",
];

/// Headers that hold URLs.
const URLS: &[&str] = &["location", "content-location", "link", "refresh"];

/// Headers that would no more be true of a body with other values (RFC 9530, and what is older).
const SUMS: &[&str] = &["content-md5", "digest", "content-digest", "repr-digest", "x-goog-hash"];

/// A reply to a request with this method, with every value swapped; `None` where it has none. A body
/// that is read from its file while it is served stays as it is.
pub(super) fn substituted(reply: &Reply, method: &str, swaps: &Swaps) -> Option<Reply> {
    if reply.has_file() {
        return None;
    }
    let (mut response, whole) = reply.message(method);
    let fields = swapped_fields(&mut response.headers, swaps);
    let trailers = swapped_fields(&mut response.trailers, swaps);
    let body = swapped_body(&mut response, swaps);
    if !(fields || trailers || body) {
        return None;
    }
    let made = if whole { Reply::of(&response, method) } else { Reply::broken_off(&response) };
    Some(made.in_the_manner_of(reply))
}

fn swapped_fields(headers: &mut Headers, swaps: &Swaps) -> bool {
    let mut any = false;
    for header in headers.iter_mut() {
        if FRAMING.iter().any(|name| header.is(name)) {
            continue;
        }
        let is_url = URLS.iter().any(|name| header.is(name));
        let kind = if is_url { TextKind::Url } else { TextKind::Plain };
        // What a header can't hold would end it.
        let value = swaps.swapped(&header.value, kind);
        if let Some(value) = value.filter(|value| !value.iter().any(u8::is_ascii_control)) {
            header.value = value;
            any = true;
        }
    }
    any
}

/// The body keeps its coding where that can be applied, and else is sent without.
fn swapped_body(response: &mut Response, swaps: &Swaps) -> bool {
    let Ok(Some(decoded)) = response.body.decoded(&response.headers) else { return false };
    let kind = text_kind(&response.headers, &decoded);
    let Some(swapped) = swaps.swapped(&decoded, kind) else { return false };
    let coding = ContentCoding::of(&response.headers).ok().flatten();
    let (body, coded) = match coding.map(|coding| coding.encode(&swapped)) {
        None => (swapped, true),
        Some(Some(encoded)) => (encoded, true),
        Some(None) => (swapped, false),
    };
    let length = response.body.len();
    // A part of a whole says which bytes of it it is (RFC 9110, section 14.4).
    if response.status == 206 && (body.len() as u64 != length || !coded) {
        return false;
    }
    let headers = &mut response.headers;
    if !coded {
        headers.remove("content-encoding");
    }
    // A length that was wrong stays so: what a client makes of that was recorded.
    if headers.text("content-length").and_then(|text| text.parse().ok()) == Some(length) {
        headers.set("content-length", body.len().to_string());
    }
    let is_sum = |name: &str| {
        let name = name.to_ascii_lowercase();
        SUMS.contains(&name.as_str()) || name.starts_with("x-amz-checksum-")
    };
    headers.retain(|header| !is_sum(&header.name));
    response.trailers.retain(|header| !is_sum(&header.name));
    response.body = Body::from_bytes(body);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn swaps() -> Swaps {
        let mut swaps = Swaps::default();
        swaps.put("thing-a1b2c3", "thing-9");
        swaps
    }

    fn told(response: &Response, method: &str) -> Option<String> {
        let reply = substituted(&Reply::of(response, method), method, &swaps())?;
        Some(String::from_utf8_lossy(&reply.bytes).into_owned())
    }

    fn response(fields: &[(&str, &str)], body: &str) -> Response {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.push(*name, value);
        }
        Response {
            status: 201,
            reason: "thing-a1b2c3".into(),
            headers,
            body: body.into(),
            ..Response::default()
        }
    }

    #[test]
    fn lengths_and_chunks_follow_the_body() {
        let body = "{\"name\":\"thing-a1b2c3\"}";
        let length = body.len().to_string();
        let fields = [
            ("Location", "/things/thing-a1b2c3"),
            ("Content-MD5", "x"),
            ("Content-Length", length.as_str()),
        ];
        let expected = "HTTP/1.1 201 thing-a1b2c3\r\nLocation: /things/thing-9\r\nContent-Length: 18\r\n\r\n{\"name\":\"thing-9\"}";
        assert_eq!(told(&response(&fields, body), "POST").as_deref(), Some(expected));
        let chunked = told(&response(&[("Transfer-Encoding", "chunked")], body), "GET").unwrap();
        assert!(
            chunked.ends_with("\r\n\r\n12\r\n{\"name\":\"thing-9\"}\r\n0\r\n\r\n"),
            "{chunked}"
        );
        assert_eq!(told(&response(&[("Content-Length", "4")], "thing"), "GET"), None);
    }

    #[test]
    fn a_compressed_body_stays_so() {
        let body = b"[\"thing-a1b2c3\"]";
        let encoded = ContentCoding::Gzip.encode(body).unwrap();
        let mut response = response(&[("Content-Encoding", "gzip")], "");
        response.headers.push("Content-Length", encoded.len().to_string());
        response.body = Body::from_bytes(encoded);
        let reply = substituted(&Reply::of(&response, "GET"), "GET", &swaps()).unwrap();
        let (response, whole) = reply.message("GET");
        assert!(whole);
        assert_eq!(
            response.body.decoded(&response.headers).unwrap().unwrap(),
            &b"[\"thing-9\"]"[..]
        );
    }

    #[test]
    fn a_part_of_a_whole_keeps_its_length() {
        let mut part = response(
            &[("Content-Length", "12"), ("Content-Range", "bytes 0-11/99")],
            "thing-a1b2c3",
        );
        part.status = 206;
        assert_eq!(told(&part, "GET"), None);
    }
}
