//! How long a message's body is (RFC 9112, section 6), and what must be refused because two readers
//! could disagree on it (section 11.2, request smuggling).

use super::{RequestHead, ResponseHead};
use crate::exchange::{Headers, Version, response_has_body};

/// How the end of a body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    Empty,
    /// That many bytes, more than none.
    Length(u64),
    /// The chunked transfer coding.
    Chunked,
    /// Everything until the connection is closed (responses only).
    UntilClose,
}

/// Why the length of a body can't be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FramingFault {
    /// Both `Transfer-Encoding` and `Content-Length`.
    #[error("both `Transfer-Encoding` and `Content-Length` are given")]
    Both,
    /// Several `Content-Length` that differ.
    #[error("several `Content-Length` that differ")]
    Lengths,
    /// A `Content-Length` that is no number.
    #[error("`Content-Length` is not a number")]
    Length,
    /// `Transfer-Encoding` in an HTTP/1.0 request.
    #[error("`Transfer-Encoding` in an HTTP/1.0 request")]
    OldVersion,
    /// A transfer coding other than chunked.
    #[error("transfer coding is not supported: only `chunked` is")]
    Coding,
}

impl Framing {
    /// The framing of a request.
    pub fn of_request(head: &RequestHead) -> Result<Self, FramingFault> {
        let (mut coded, mut sized) = (false, false);
        for header in &head.headers {
            coded |= header.is("transfer-encoding");
            sized |= header.is("content-length");
        }
        match (coded, sized) {
            (false, false) => Ok(Self::Empty),
            (true, true) => Err(FramingFault::Both),
            (false, true) => Ok(match content_length(&head.headers)? {
                Some(0) | None => Self::Empty,
                Some(length) => Self::Length(length),
            }),
            (true, false) if head.version == Version::Http10 => Err(FramingFault::OldVersion),
            (true, false) => {
                let mut values = head.headers.all("transfer-encoding");
                let only =
                    values.next().is_some_and(|value| value.eq_ignore_ascii_case(b"chunked"));
                if only && values.next().is_none() {
                    Ok(Self::Chunked)
                } else {
                    Err(FramingFault::Coding)
                }
            }
        }
    }

    /// The framing of a response to a request with this method.
    pub fn of_response(method: &str, head: &ResponseHead) -> Result<Self, FramingFault> {
        Self::of_response_fields(method, head.status, &head.headers)
    }

    /// The framing that a response's fields tell. `Transfer-Encoding` wins over `Content-Length`
    /// (RFC 9112, section 6.3).
    pub fn of_response_fields(
        method: &str,
        status: u16,
        headers: &Headers,
    ) -> Result<Self, FramingFault> {
        if !response_has_body(method, status) {
            return Ok(Self::Empty);
        }
        if headers.contains("transfer-encoding") {
            let last = headers
                .all("transfer-encoding")
                .last()
                .and_then(|value| value.split(|byte| *byte == b',').next_back())
                .unwrap_or_default();
            let chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
            return Ok(if chunked { Self::Chunked } else { Self::UntilClose });
        }
        Ok(match content_length(headers)? {
            Some(0) => Self::Empty,
            Some(length) => Self::Length(length),
            None => Self::UntilClose,
        })
    }
}

/// The one value of `Content-Length`; repeats and lists of the same number are that number.
fn content_length(headers: &Headers) -> Result<Option<u64>, FramingFault> {
    let mut found = None;
    for value in headers.all("content-length") {
        for item in value.split(|byte| *byte == b',') {
            let item = item.trim_ascii();
            if item.is_empty() || !item.iter().all(u8::is_ascii_digit) {
                return Err(FramingFault::Length);
            }
            let length = std::str::from_utf8(item).ok().and_then(|digits| digits.parse().ok());
            let length: u64 = length.ok_or(FramingFault::Length)?;
            if found.replace(length).is_some_and(|earlier| earlier != length) {
                return Err(FramingFault::Lengths);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::BytesMut;

    fn request(fields: &str) -> Result<Framing, FramingFault> {
        let wire = format!("POST / HTTP/1.1\r\n{fields}\r\n");
        Framing::of_request(
            &RequestHead::take(&mut BytesMut::from(wire.as_str())).unwrap().unwrap(),
        )
    }

    #[test]
    fn requests() {
        let cases = [
            ("", Ok(Framing::Empty)),
            ("Content-Length: 0\r\n", Ok(Framing::Empty)),
            ("Content-Length: 12\r\n", Ok(Framing::Length(12))),
            ("Content-Length: 12, 12\r\ncontent-length: 12\r\n", Ok(Framing::Length(12))),
            ("Content-Length: 12\r\nContent-Length: 13\r\n", Err(FramingFault::Lengths)),
            ("Content-Length: +1\r\n", Err(FramingFault::Length)),
            ("Content-Length: 1 2\r\n", Err(FramingFault::Length)),
            ("Content-Length:\r\n", Err(FramingFault::Length)),
            ("Content-Length: 0x10\r\n", Err(FramingFault::Length)),
            ("Content-Length: 99999999999999999999\r\n", Err(FramingFault::Length)),
            ("Transfer-Encoding: Chunked\r\n", Ok(Framing::Chunked)),
            ("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", Err(FramingFault::Both)),
            ("Transfer-Encoding: gzip, chunked\r\n", Err(FramingFault::Coding)),
            (
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                Err(FramingFault::Coding),
            ),
            ("Transfer-Encoding: xchunked\r\n", Err(FramingFault::Coding)),
            ("Transfer-Encoding: identity\r\n", Err(FramingFault::Coding)),
        ];
        for (fields, expected) in cases {
            assert_eq!(request(fields), expected, "{fields:?}");
        }
    }

    #[test]
    fn an_old_request_has_no_transfer_coding() {
        let wire = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
        let head = RequestHead::take(&mut BytesMut::from(wire)).unwrap().unwrap();
        assert_eq!(Framing::of_request(&head), Err(FramingFault::OldVersion));
    }

    #[test]
    fn responses() {
        type Fields = &'static [(&'static str, &'static str)];
        let cases: [(&str, u16, Fields, _); 9] = [
            ("GET", 200, &[], Ok(Framing::UntilClose)),
            ("GET", 200, &[("Content-Length", "5")], Ok(Framing::Length(5))),
            ("HEAD", 200, &[("Content-Length", "5")], Ok(Framing::Empty)),
            ("GET", 204, &[("Transfer-Encoding", "chunked")], Ok(Framing::Empty)),
            ("GET", 304, &[("Content-Length", "5")], Ok(Framing::Empty)),
            ("GET", 200, &[("Transfer-Encoding", "gzip, chunked")], Ok(Framing::Chunked)),
            ("GET", 200, &[("Transfer-Encoding", "gzip")], Ok(Framing::UntilClose)),
            (
                "GET",
                200,
                &[("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
                Ok(Framing::Chunked),
            ),
            ("GET", 200, &[("Content-Length", "5, 6")], Err(FramingFault::Lengths)),
        ];
        for (method, status, fields, expected) in cases {
            let mut headers = Headers::new();
            for (name, value) in fields {
                headers.push(*name, value);
            }
            assert_eq!(
                Framing::of_response_fields(method, status, &headers),
                expected,
                "{fields:?}"
            );
        }
    }
}
