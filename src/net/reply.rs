//! Whole responses as HTTP/1 bytes.

use super::hop::{Crossing, Passage, Way};
use super::pace::Manner;
use super::{BodyDecoder, Decoded, Early, Filed, Framing, Onward, Pace, ResponseHead};
use crate::exchange::{
    Body, Digest, Headers, Response, Version, chunked_encoding, reason_phrase, response_has_body,
};
use bytes::{Bytes, BytesMut};
use std::path::PathBuf;
use std::sync::Arc;

/// A complete HTTP/1 response, ready for the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// Head and framed body.
    pub bytes: Bytes,
    /// Whether the connection must be closed after it.
    pub close: bool,
    /// Whether it breaks off: the client must not take it for whole.
    pub broken: bool,
    /// The response itself, where it is one of HTTP/2: `bytes` are its translation.
    pub(super) original: Option<Arc<Response>>,
    /// The body that follows `bytes`, where it lies in a file.
    pub(super) file: Option<Arc<Filed>>,
    /// How it goes to the client, where that is not at once and no more.
    pub(super) manner: Option<Arc<Manner>>,
}

impl Reply {
    /// The bytes of a response to a request with this method.
    ///
    /// Fields are written as they are, but for those that a proxy would not have passed on
    /// (RFC 9110, section 7.6.1). The body is framed as the fields say: `Content-Length` or the
    /// chunked coding; with neither, its end is the end of the connection. HEAD, 204 and 304 have
    /// no body whatever the fields say. A body kept in a file must be loaded before: it counts as
    /// empty here.
    ///
    /// A response of HTTP/2 is translated: it gets a reason, and the chunked coding where its length
    /// is not told or trailers follow.
    pub fn of(response: &Response, request_method: &str) -> Self {
        if response.version == Version::Http2 {
            let translated = translated(response, request_method);
            let original = Some(Arc::new(response.clone()));
            return Self { original, ..Self::of(&translated, request_method) };
        }
        let headers = &response.headers;
        let has_body = response_has_body(request_method, response.status);
        let framing = Framing::of_response_fields(request_method, response.status, headers);
        let body = response.body.bytes().unwrap_or_default();
        let mut out = head(response);
        let mut fits = true;
        match framing {
            Ok(Framing::Chunked) => {
                out.extend_from_slice(&chunked_encoding(body, &[], &response.trailers));
            }
            _ if !has_body => {}
            Ok(Framing::Length(length)) => {
                // A recording may hold what a server sent wrongly: such a message needs the end of
                // the connection to be told from the next.
                fits = body.len() as u64 == length;
                out.extend_from_slice(body);
            }
            Ok(Framing::Empty) => fits = body.is_empty(),
            Ok(Framing::UntilClose) | Err(_) => {
                fits = false;
                out.extend_from_slice(body);
            }
        }
        let close = !fits
            || headers.has_token("connection", "close")
            || (response.version == Version::Http10
                && !headers.has_token("connection", "keep-alive"));
        Self { bytes: out.into(), close, broken: false, original: None, file: None, manner: None }
    }

    /// The bytes of a response to a request with this method, whose body is read from a file when it
    /// is served. The file has this digest; where it has not, the response breaks off before its end.
    pub fn from_file(
        response: &Response,
        request_method: &str,
        (path, digest): (PathBuf, Digest),
        broken: bool,
    ) -> Self {
        if response.version == Version::Http2 {
            let translated = translated(response, request_method);
            let original = Some(Arc::new(response.clone()));
            let file = (path, digest);
            return Self { original, ..Self::from_file(&translated, request_method, file, broken) };
        }
        let headers = &response.headers;
        if !response_has_body(request_method, response.status) {
            return Self::of(response, request_method);
        }
        let length = response.body.len();
        let framing = Framing::of_response_fields(request_method, response.status, headers);
        let chunked = framing == Ok(Framing::Chunked);
        let close = broken
            || !(chunked || framing == Ok(Framing::Length(length)))
            || headers.has_token("connection", "close")
            || (response.version == Version::Http10
                && !headers.has_token("connection", "keep-alive"));
        let trailers = response.trailers.clone();
        let file = Filed { path, length, digest, chunked, trailers, broken };
        let bytes = head(response).into();
        Self { bytes, close, broken, original: None, file: Some(Arc::new(file)), manner: None }
    }

    /// What came of a response to `GET` that broke off: it breaks off again.
    pub fn broken_off(response: &Response) -> Self {
        let reply = Self::of(response, "GET");
        // Without the last chunk, a client knows that more was to come.
        let chunked = match response.version {
            Version::Http2 => !response.headers.contains("content-length"),
            _ => response.headers.has_token("transfer-encoding", "chunked"),
        };
        let end = if chunked { b"0\r\n\r\n".len() } else { 0 };
        let bytes = reply.bytes.slice(..reply.bytes.len().saturating_sub(end));
        Self { bytes, close: true, broken: true, ..reply }
    }

    /// The same reply, sent when its pace says.
    #[must_use]
    pub fn paced(mut self, pace: Pace) -> Self {
        Arc::make_mut(self.manner.get_or_insert_default()).pace = Some(pace);
        self
    }

    /// When it is sent; `None` for at once.
    pub fn pace(&self) -> Option<&Pace> {
        self.manner.as_ref().and_then(|manner| manner.pace.as_ref())
    }

    /// The same reply, after which its connection goes on in another protocol.
    #[must_use]
    pub fn then(mut self, onward: Onward) -> Self {
        Arc::make_mut(self.manner.get_or_insert_default()).onward = Some(onward);
        self
    }

    /// The same reply with one field of this name, which has this value.
    #[must_use]
    pub fn marked(mut self, name: &str, value: &str) -> Self {
        if let Some(original) = &mut self.original {
            Arc::make_mut(original).headers.remove(name);
            Arc::make_mut(original).headers.push(name, value);
        }
        let Some(end) = self.bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            return self;
        };
        let mut bytes = Vec::with_capacity(self.bytes.len() + name.len() + value.len() + 4);
        for line in self.bytes[..end + 2].split_inclusive(|byte| *byte == b'\n') {
            let is_it = line.len() > name.len()
                && line[name.len()] == b':'
                && line[..name.len()].eq_ignore_ascii_case(name.as_bytes());
            if !is_it {
                bytes.extend_from_slice(line);
            }
        }
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        bytes.extend_from_slice(&self.bytes[end + 2..]);
        self.bytes = bytes.into();
        self
    }

    /// The same reply, with these interim responses in front.
    #[must_use]
    pub fn after(mut self, early: Arc<[Early]>) -> Self {
        Arc::make_mut(self.manner.get_or_insert_default()).early = Some(early);
        self
    }

    /// What a client of HTTP/1.0 can read: no chunks (RFC 9112, section 6.1). The connection stays open
    /// only where the response says so (section 9.3).
    #[must_use]
    pub fn for_old_client(self, method: &str) -> Self {
        let mut rest = BytesMut::from(self.bytes.as_ref());
        let Ok(Some(head)) = ResponseHead::take(&mut rest) else { return self };
        if Framing::of_response(method, &head) != Ok(Framing::Chunked) {
            let close = self.close || !head.headers.has_token("connection", "keep-alive");
            return Self { close, ..self };
        }
        let mut bytes = [head.status_line(), b"\r\n"].concat();
        for (index, header) in head.headers.iter().enumerate() {
            if !header.is("transfer-encoding") && !header.is("connection") {
                head.lines.write(index, header, &mut bytes);
                bytes.extend_from_slice(b"\r\n");
            }
        }
        bytes.extend_from_slice(b"\r\n");
        let mut decoder = BodyDecoder::new(Framing::Chunked);
        while let Ok(Decoded::Piece(piece)) = decoder.decode(&mut rest) {
            bytes.extend_from_slice(&piece);
        }
        Self { bytes: bytes.into(), close: true, ..self }
    }

    /// Whether its bytes are all of it, and go at once.
    pub(super) fn is_plain(&self) -> bool {
        !self.broken && self.file.is_none() && self.manner.is_none()
    }

    /// The bytes that are all there is to it: it goes at once, and the connection goes on.
    pub fn plain_bytes(&self) -> Option<&Bytes> {
        (self.is_plain() && !self.close).then_some(&self.bytes)
    }

    /// One that is nothing but these bytes.
    pub const fn plain(bytes: Bytes) -> Self {
        Self { bytes, close: false, broken: false, original: None, file: None, manner: None }
    }

    /// Whether its body lies in a file.
    pub const fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// The same reply, sent as another one would be: at its pace, and followed by what follows it.
    #[must_use]
    pub fn in_the_manner_of(self, other: &Self) -> Self {
        Self { manner: other.manner.clone(), ..self }
    }

    /// Whether a client can't see that it breaks off: nothing but the end of the connection ends it.
    pub(super) fn breaks_unseen(&self) -> bool {
        let head = || ResponseHead::take(&mut BytesMut::from(self.bytes.as_ref())).ok().flatten();
        let framing = || head().map(|head| Framing::of_response("GET", &head));
        self.broken && !matches!(framing(), Some(Ok(Framing::Chunked | Framing::Length(_))))
    }

    /// The response to a request with this method as a value, for HTTP/2, and whether it is whole.
    pub fn message(&self, request_method: &str) -> (Response, bool) {
        if let Some(original) = &self.original {
            return ((**original).clone(), !self.broken);
        }
        let mut rest = BytesMut::from(self.bytes.as_ref());
        let Ok(Some(head)) = ResponseHead::take(&mut rest) else {
            return (Response::default(), false);
        };
        let framing = Framing::of_response(request_method, &head);
        let mut decoder = BodyDecoder::new(framing.unwrap_or(Framing::UntilClose));
        let mut body = BytesMut::new();
        let whole = loop {
            match decoder.decode(&mut rest) {
                Ok(Decoded::Piece(piece)) if body.is_empty() => body = piece.into(),
                Ok(Decoded::Piece(piece)) => body.extend_from_slice(&piece),
                Ok(Decoded::End) => break true,
                Ok(Decoded::More) => break decoder.ends_with_connection(),
                Err(_) => break false,
            }
        };
        let response = Response {
            status: head.status,
            reason: head.reason,
            version: head.version,
            headers: head.headers,
            body: Body::from_bytes(body.freeze()),
            trailers: decoder.into_trailers(),
        };
        (response, whole && !self.broken)
    }

    /// A refusal of our own: problem details (RFC 9457) with these header fields in front.
    pub fn problem(
        status: u16,
        reason: &str,
        title: &str,
        detail: &str,
        headers: Headers,
    ) -> Response {
        let problem = serde_json::json!({
            "type": "about:blank", "title": title, "status": status, "detail": detail,
        });
        let body = problem.to_string().into_bytes();
        let mut headers = headers;
        headers.push("Content-Type", "application/problem+json");
        headers.push("Content-Length", body.len().to_string());
        Response {
            status,
            reason: reason.into(),
            version: Version::Http11,
            headers,
            body: Body::from_bytes(body),
            trailers: Headers::new(),
        }
    }
}

/// A response of HTTP/2 as one of HTTP/1.1.
fn translated(response: &Response, request_method: &str) -> Response {
    let mut response = Response { version: Version::Http11, ..response.clone() };
    if response.reason.is_empty() {
        response.reason = reason_phrase(response.status).into();
    }
    let has_body = response_has_body(request_method, response.status);
    if has_body && (!response.trailers.is_empty() || !response.headers.contains("content-length")) {
        response.headers.remove("content-length");
        response.headers.push("transfer-encoding", "chunked");
    }
    response
}

fn head(response: &Response) -> Vec<u8> {
    let crossing = Crossing::of(&response.headers, Way::Response(response.status));
    let crossed = response
        .headers
        .iter()
        .filter_map(|header| match crossing.passage(header) {
            Passage::Whole => Some(header.clone()),
            Passage::Changed(value) => {
                Some(crate::exchange::Header::new(header.name.as_str(), value))
            }
            Passage::Dropped => None,
        })
        .collect();
    let bare = Response {
        status: response.status,
        reason: response.reason.clone(),
        version: response.version,
        headers: crossed,
        ..Response::default()
    };
    crate::exchange::response_head(&bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(
        method: &str,
        version: Version,
        status: u16,
        fields: &[(&str, &str)],
        body: &str,
    ) -> (String, bool) {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.push(*name, value);
        }
        let response = Response {
            status,
            reason: "R".into(),
            version,
            headers,
            body: body.into(),
            trailers: Headers::from([("X-Sum", "1")]),
        };
        let reply = Reply::of(&response, method);
        (String::from_utf8(reply.bytes.to_vec()).unwrap(), reply.close)
    }

    #[test]
    fn framing_follows_the_fields() {
        let new = Version::Http11;
        let cases = [
            (
                reply("GET", new, 200, &[("content-LENGTH", "2")], "hi"),
                "HTTP/1.1 200 R\r\ncontent-LENGTH: 2\r\n\r\nhi",
                false,
            ),
            (
                reply(
                    "GET",
                    new,
                    200,
                    &[("Transfer-Encoding", "chunked"), ("Content-Length", "9")],
                    "hi",
                ),
                "HTTP/1.1 200 R\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n",
                false,
            ),
            (reply("GET", new, 200, &[], "hi"), "HTTP/1.1 200 R\r\n\r\nhi", true),
            (
                reply("HEAD", new, 200, &[("Content-Length", "2")], ""),
                "HTTP/1.1 200 R\r\nContent-Length: 2\r\n\r\n",
                false,
            ),
            (
                reply("GET", new, 304, &[("Transfer-Encoding", "chunked")], ""),
                "HTTP/1.1 304 R\r\nTransfer-Encoding: chunked\r\n\r\n",
                false,
            ),
            (
                reply("GET", new, 416, &[("Content-Length", "5")], ""),
                "HTTP/1.1 416 R\r\nContent-Length: 5\r\n\r\n",
                true,
            ),
            (
                reply(
                    "GET",
                    new,
                    200,
                    &[("Connection", "close"), ("Content-Length", "0"), ("Keep-Alive", "x")],
                    "",
                ),
                "HTTP/1.1 200 R\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                true,
            ),
            (
                reply("GET", Version::Http10, 200, &[("Content-Length", "2")], "hi"),
                "HTTP/1.0 200 R\r\nContent-Length: 2\r\n\r\nhi",
                true,
            ),
            (
                reply(
                    "GET",
                    Version::Http10,
                    200,
                    &[("Content-Length", "0"), ("Connection", "Keep-Alive")],
                    "",
                ),
                "HTTP/1.0 200 R\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n",
                false,
            ),
        ];
        for ((bytes, close), expected, closes) in cases {
            assert_eq!(bytes, expected);
            assert_eq!(close, closes, "{expected:?}");
        }
    }

    #[test]
    fn problems_say_what_is_wrong() {
        let headers = Headers::from([("testimony-error", "refused")]);
        let problem =
            Reply::problem(502, "Bad Gateway", "Bad Gateway", "no \"one\" there", headers);
        let reply = Reply::of(&problem, "GET");
        assert!(!reply.close);
        let text = String::from_utf8(reply.bytes.to_vec()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert_eq!(
            head,
            format!(
                "HTTP/1.1 502 Bad Gateway\r\ntestimony-error: refused\r\n\
                 Content-Type: application/problem+json\r\nContent-Length: {}",
                body.len()
            )
        );
        let value: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(value["detail"], "no \"one\" there");
        assert_eq!(value["status"], 502);
    }
}
