//! Messages as HTTP/1 bytes (RFC 9112): heads are written field by field in the order and case that
//! the message holds.

use super::{Headers, Request, Response, Version};

/// The start line and header block of a response, up to and with the empty line.
pub fn response_head(response: &Response) -> Vec<u8> {
    let version = http1(response.version);
    let mut out = Vec::with_capacity(64 + 48 * response.headers.len());
    out.extend_from_slice(version.as_bytes());
    out.extend_from_slice(format!(" {} ", response.status).as_bytes());
    out.extend_from_slice(response.reason.as_bytes());
    out.extend_from_slice(b"\r\n");
    fields(&mut out, &response.headers);
    out.extend_from_slice(b"\r\n");
    out
}

/// The start line and header block of a request, with `target` in the form that is to be sent.
pub fn request_head(request: &Request, target: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + target.len() + 48 * request.headers.len());
    out.extend_from_slice(request.method.as_bytes());
    out.push(b' ');
    out.extend_from_slice(target.as_bytes());
    out.push(b' ');
    out.extend_from_slice(http1(request.version).as_bytes());
    out.extend_from_slice(b"\r\n");
    fields(&mut out, &request.headers);
    out.extend_from_slice(b"\r\n");
    out
}

/// Whether a response to this method may have a body (RFC 9112, section 6.3).
pub fn response_has_body(method: &str, status: u16) -> bool {
    method != "HEAD" && status >= 200 && status != 204 && status != 304
}

/// A body in the chunked transfer coding (RFC 9112, section 7.1), cut at the given lengths (the
/// rest, if any, in one more chunk), with its trailers.
pub fn chunked_encoding(body: &[u8], lengths: &[u64], trailers: &Headers) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 32);
    let mut rest = body;
    let mut put = |piece: &[u8]| {
        if !piece.is_empty() {
            out.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
            out.extend_from_slice(piece);
            out.extend_from_slice(b"\r\n");
        }
    };
    for length in lengths {
        let length = usize::try_from(*length).unwrap_or(usize::MAX).min(rest.len());
        let (piece, after) = rest.split_at(length);
        put(piece);
        rest = after;
    }
    put(rest);
    out.extend_from_slice(b"0\r\n");
    fields(&mut out, trailers);
    out.extend_from_slice(b"\r\n");
    out
}

fn fields(out: &mut Vec<u8>, headers: &Headers) {
    for header in headers {
        out.extend_from_slice(header.name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(&header.value);
        out.extend_from_slice(b"\r\n");
    }
}

fn http1(version: Version) -> &'static str {
    match version {
        Version::Http10 => "HTTP/1.0",
        Version::Http11 | Version::Http2 => "HTTP/1.1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_keep_case_order_and_repeats() {
        let response = Response {
            status: 404,
            reason: "Nix Da".into(),
            headers: Headers::from([("x-B", "1"), ("X-a", ""), ("x-b", "2")]),
            ..Response::default()
        };
        assert_eq!(
            String::from_utf8(response_head(&response)).unwrap(),
            "HTTP/1.1 404 Nix Da\r\nx-B: 1\r\nX-a: \r\nx-b: 2\r\n\r\n"
        );
    }

    #[test]
    fn chunks_are_cut_where_they_were() {
        let trailers = Headers::from([("X-Sum", "9")]);
        assert_eq!(
            String::from_utf8(chunked_encoding(b"hello world", &[5, 0, 2], &trailers)).unwrap(),
            "5\r\nhello\r\n2\r\n w\r\n4\r\norld\r\n0\r\nX-Sum: 9\r\n\r\n"
        );
    }

    #[test]
    fn bodies_by_method_and_status() {
        assert!(response_has_body("GET", 200));
        assert!(!response_has_body("HEAD", 200));
        assert!(!response_has_body("GET", 204));
        assert!(!response_has_body("GET", 304));
        assert!(!response_has_body("GET", 101));
    }
}
