//! Heads and fields between our values and those of `h2`.

use crate::exchange::{Header, Headers, Response, Version};
use crate::net::hop::{Crossing, Passage, Way};
use crate::net::{RequestHead, StreamFault};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, uri};

/// Fields that HTTP/2 has no place for (RFC 9113, section 8.2.2).
const CONNECTION_SPECIFIC: [&str; 5] =
    ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

/// The fields in order. Repeats of a name stand where the first of them stood.
pub fn headers(map: &HeaderMap) -> Headers {
    map.iter().map(|(name, value)| Header::new(name.as_str(), value.as_bytes())).collect()
}

/// The fields that may go to the other side.
pub fn crossing(headers: &Headers, way: Way) -> HeaderMap {
    let crossing = Crossing::of(headers, way);
    // A cassette may hold more fields than a map takes room for at once.
    let mut map = HeaderMap::new();
    for header in headers {
        if CONNECTION_SPECIFIC.iter().any(|name| header.is(name)) {
            continue;
        }
        match crossing.passage(header) {
            Passage::Whole => add(&mut map, &header.name, &header.value),
            Passage::Changed(value) => add(&mut map, &header.name, &value),
            Passage::Dropped => {}
        }
    }
    map
}

/// Trailer fields.
pub fn trailers(headers: &Headers) -> HeaderMap {
    let mut map = HeaderMap::new();
    for header in headers {
        add(&mut map, &header.name, &header.value);
    }
    map
}

/// Adds a field. What is no field in HTTP/2 can only come from a file: it is left out.
fn add(map: &mut HeaderMap, name: &str, value: &[u8]) {
    let name = HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
        let _ = map.try_append(name, value);
    }
}

/// The head of a request that came, and its `:authority`.
pub fn request_head(parts: http::request::Parts) -> (RequestHead, Option<String>) {
    let authority = parts.uri.authority().map(|authority| authority.as_str().to_owned());
    let target = parts.uri.path_and_query().map_or("/", uri::PathAndQuery::as_str).to_owned();
    let head = RequestHead {
        method: parts.method.as_str().to_owned(),
        target,
        version: Version::Http2,
        headers: headers(&parts.headers),
        lines: crate::net::FieldLines::default(),
    };
    (head, authority)
}

/// A request that is to be sent.
pub fn request(
    head: &RequestHead,
    (secure, authority, target): (bool, &str, &str),
) -> Result<http::Request<()>, StreamFault> {
    let mut parts = uri::Parts::default();
    parts.scheme = Some(if secure { uri::Scheme::HTTPS } else { uri::Scheme::HTTP });
    parts.authority = Some(authority.parse().map_err(|_| StreamFault::Unsayable("the authority"))?);
    parts.path_and_query =
        Some(target.parse().map_err(|_| StreamFault::Unsayable("the request target"))?);
    let mut request = http::Request::new(());
    *request.version_mut() = http::Version::HTTP_2;
    *request.method_mut() = Method::from_bytes(head.method.as_bytes())
        .map_err(|_| StreamFault::Unsayable("the method"))?;
    *request.uri_mut() =
        Uri::from_parts(parts).map_err(|_| StreamFault::Unsayable("the request target"))?;
    *request.headers_mut() = crossing(&head.headers, Way::Request);
    Ok(request)
}

/// The head of a response that came: status, no reason, fields.
pub fn response_head(parts: &http::response::Parts) -> Response {
    Response {
        status: parts.status.as_u16(),
        version: Version::Http2,
        headers: headers(&parts.headers),
        ..Response::default()
    }
}

/// A response that is to be sent.
pub fn response(head: &Response) -> Result<http::Response<()>, StreamFault> {
    let mut response = http::Response::new(());
    *response.version_mut() = http::Version::HTTP_2;
    *response.status_mut() =
        StatusCode::from_u16(head.status).map_err(|_| StreamFault::Unsayable("the status"))?;
    *response.headers_mut() = crossing(&head.headers, Way::Response(head.status));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_of_http1_loses_what_concerns_its_connection() {
        let head = Response {
            status: 477,
            reason: "Odd".into(),
            headers: Headers::from([
                ("X-B", "1"),
                ("Connection", "close, X-Hop"),
                ("X-Hop", "1"),
                ("Transfer-Encoding", "chunked"),
                ("Keep-Alive", "timeout=5"),
                ("Set-Cookie", "a"),
                ("set-cookie", "b"),
            ]),
            ..Response::default()
        };
        let sent = response(&head).unwrap();
        assert_eq!(sent.status().as_u16(), 477);
        let shown = [("x-b", "1"), ("set-cookie", "a"), ("set-cookie", "b")];
        assert_eq!(headers(sent.headers()), Headers::from(shown));
    }

    #[test]
    fn more_fields_than_there_is_room_for_are_no_panic() {
        let many: Headers = (0..40_000).map(|n| Header::new(format!("x-{n}"), "1")).collect();
        assert!(trailers(&many).len() > 10_000);
        let head = Response { status: 200, headers: many, ..Response::default() };
        assert!(response(&head).is_ok());
    }

    #[test]
    fn requests_keep_what_they_asked_for() {
        let head = RequestHead {
            method: "PATCH".into(),
            target: "/ignored".into(),
            version: Version::Http2,
            headers: Headers::from([("te", "trailers"), ("cookie", "a=1"), ("cookie", "b=2")]),
            lines: crate::net::FieldLines::default(),
        };
        let sent = request(&head, (true, "Api.example", "/a%2Fb?x=1&y")).unwrap();
        assert_eq!(sent.uri(), "https://Api.example/a%2Fb?x=1&y");
        let (parts, ()) = sent.into_parts();
        let (came, authority) = request_head(parts);
        assert_eq!(authority.as_deref(), Some("Api.example"));
        assert_eq!((&came.headers, came.target.as_str()), (&head.headers, "/a%2Fb?x=1&y"));
        let all = RequestHead { method: "OPTIONS".into(), ..head };
        assert!(request(&all, (false, "h", "*")).is_ok());
    }
}
