//! Heads of HTTP/1 messages (RFC 9112, sections 2 to 5): parsed by `httparse`, kept as bytes beside
//! the parsed fields, so that a head can be forwarded as it came.

use crate::exchange::{Header, Headers, ReasonPhrase, Version};
use bytes::{Buf as _, Bytes, BytesMut};
use std::mem::MaybeUninit;

/// Header fields that are parsed without an allocation for their places.
const USUAL_FIELDS: usize = 64;
/// Most header fields in one head.
const MOST_FIELDS: usize = 4096;

/// The head of a request.
#[derive(Debug, Clone)]
pub struct RequestHead {
    /// Method, as sent.
    pub method: String,
    /// Request target, as sent.
    pub target: String,
    /// HTTP/1.0 or HTTP/1.1.
    pub version: Version,
    /// Header fields.
    pub headers: Headers,
    /// The field lines as they stood on the wire.
    pub lines: FieldLines,
}

/// The head of a response.
#[derive(Debug, Clone)]
pub struct ResponseHead {
    /// Status code.
    pub status: u16,
    /// Reason phrase, as sent.
    pub reason: ReasonPhrase,
    /// HTTP/1.0 or HTTP/1.1.
    pub version: Version,
    /// Header fields.
    pub headers: Headers,
    /// The field lines as they stood on the wire.
    pub lines: FieldLines,
    start: (usize, usize),
}

/// Why a head could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeadFault {
    /// More bytes or fields than the limit allows.
    #[error("head is too large")]
    TooLarge,
    /// Not a head of HTTP/1.
    #[error("head is malformed: {0}")]
    Malformed(&'static str),
    /// A version other than 1.0 and 1.1, or the preface of HTTP/2 (RFC 9113, section 3.4).
    #[error("HTTP version is not supported")]
    Version,
}

impl From<httparse::Error> for HeadFault {
    fn from(error: httparse::Error) -> Self {
        match error {
            httparse::Error::TooManyHeaders => Self::TooLarge,
            httparse::Error::Version => Self::Version,
            httparse::Error::HeaderName => Self::Malformed("invalid header name"),
            httparse::Error::HeaderValue => Self::Malformed("invalid header value"),
            httparse::Error::NewLine => Self::Malformed("invalid line end"),
            httparse::Error::Status => Self::Malformed("invalid status"),
            httparse::Error::Token => Self::Malformed("invalid start line"),
        }
    }
}

/// The field lines of a head as bytes; line by line beside [`Headers`].
#[derive(Debug, Clone, Default)]
pub struct FieldLines {
    raw: Bytes,
    spans: Vec<Option<(u32, u32)>>,
}

impl FieldLines {
    /// The whole head that they stand in.
    pub fn head(&self) -> &Bytes {
        &self.raw
    }

    /// The field `header` at `index`, as it stood on the wire, without its line end.
    pub fn write(&self, index: usize, header: &Header, out: &mut Vec<u8>) {
        if let Some(Some((start, end))) = self.spans.get(index) {
            out.extend_from_slice(&self.raw[*start as usize..*end as usize]);
        } else {
            out.extend_from_slice(header.name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(&header.value);
        }
    }

    /// Copies the fields, and notes where in `text` each line is.
    fn collect(text: &[u8], fields: &[httparse::Header<'_>]) -> (Headers, Vec<Option<(u32, u32)>>) {
        let mut spans = Vec::with_capacity(fields.len());
        let headers = fields
            .iter()
            .map(|field| {
                if field.value.contains(&b'\n') {
                    // RFC 9112, section 5.2: a proxy replaces line folding by spaces.
                    spans.push(None);
                    return Header::new(field.name, unfolded(field.value));
                }
                spans.push(span(text, field));
                Header::new(field.name, field.value)
            })
            .collect();
        (headers, spans)
    }
}

/// Where a field's line stands; `None` when the name is not followed by its colon (RFC 9112,
/// section 5.1: a proxy removes such white space).
fn span(text: &[u8], field: &httparse::Header<'_>) -> Option<(u32, u32)> {
    let offset = |slice: &[u8]| (slice.as_ptr() as usize).checked_sub(text.as_ptr() as usize);
    let start = offset(field.name.as_bytes())?;
    let colon = start + field.name.len();
    if text.get(colon) != Some(&b':') {
        return None;
    }
    let end =
        if field.value.is_empty() { colon + 1 } else { offset(field.value)? + field.value.len() };
    (end <= text.len()).then_some(())?;
    Some((u32::try_from(start).ok()?, u32::try_from(end).ok()?))
}

fn unfolded(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    for line in value.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        if !out.is_empty() && !line.is_empty() {
            out.push(b' ');
        }
        out.extend_from_slice(line);
    }
    out
}

const fn version(minor: Option<u8>) -> Version {
    match minor {
        Some(0) => Version::Http10,
        _ => Version::Http11,
    }
}

impl RequestHead {
    /// Takes a whole head off the front of `buffer`; `None` while it is not whole.
    pub fn take(buffer: &mut BytesMut) -> Result<Option<Self>, HeadFault> {
        let parsed = match Self::parse(buffer, &mut [const { MaybeUninit::uninit() }; USUAL_FIELDS])
        {
            Err(HeadFault::TooLarge) => {
                Self::parse(buffer, &mut vec![MaybeUninit::uninit(); MOST_FIELDS])
            }
            parsed => parsed,
        }?;
        Ok(parsed.map(|(mut head, length)| {
            head.lines.raw = buffer.split_to(length).freeze();
            head
        }))
    }

    fn parse<'b>(
        text: &'b [u8],
        places: &mut [MaybeUninit<httparse::Header<'b>>],
    ) -> Result<Option<(Self, usize)>, HeadFault> {
        let mut request = httparse::Request::new(&mut []);
        let httparse::Status::Complete(length) = request.parse_with_uninit_headers(text, places)?
        else {
            return Ok(None);
        };
        let (headers, spans) = FieldLines::collect(text, request.headers);
        let head = Self {
            method: request.method.unwrap_or_default().to_owned(),
            target: request.path.unwrap_or_default().to_owned(),
            version: version(request.version),
            headers,
            lines: FieldLines { raw: Bytes::new(), spans },
        };
        Ok(Some((head, length)))
    }
}

impl ResponseHead {
    /// Takes a whole head off the front of `buffer`; `None` while it is not whole.
    pub fn take(buffer: &mut BytesMut) -> Result<Option<Self>, HeadFault> {
        let parsed = match Self::parse(buffer, &mut [const { MaybeUninit::uninit() }; USUAL_FIELDS])
        {
            Err(HeadFault::TooLarge) => {
                Self::parse(buffer, &mut vec![MaybeUninit::uninit(); MOST_FIELDS])
            }
            parsed => parsed,
        }?;
        Ok(parsed.map(|(mut head, length)| {
            head.lines.raw = buffer.split_to(length).freeze();
            head
        }))
    }

    /// The status line as it stood on the wire, without its line end.
    pub fn status_line(&self) -> &[u8] {
        &self.lines.raw[self.start.0..self.start.1]
    }

    fn parse<'b>(
        text: &'b [u8],
        places: &mut [MaybeUninit<httparse::Header<'b>>],
    ) -> Result<Option<(Self, usize)>, HeadFault> {
        let mut response = httparse::Response::new(&mut []);
        let mut config = httparse::ParserConfig::default();
        config
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true);
        let parsed = config.parse_response_with_uninit_headers(&mut response, text, places)?;
        let httparse::Status::Complete(length) = parsed else { return Ok(None) };
        let (headers, spans) = FieldLines::collect(text, response.headers);
        // Below 100 there are none (RFC 9110, section 15): as a number, it would be written anew
        // with fewer than three digits.
        let status = response.code.filter(|code| *code >= 100);
        let status = status.ok_or(HeadFault::Malformed("invalid status"))?;
        let start = start_line(text);
        // After `HTTP/1.x NNN` there is a space and the reason, or nothing.
        let reason = text[start.0..start.1].get(13..).unwrap_or_default();
        let head = Self {
            status,
            reason: reason.into(),
            version: version(response.version),
            headers,
            lines: FieldLines { raw: Bytes::new(), spans },
            start,
        };
        Ok(Some((head, length)))
    }
}

/// The first line that is not empty, without its end.
fn start_line(text: &[u8]) -> (usize, usize) {
    let start = text.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(text.len());
    let line = text[start..].split(|byte| *byte == b'\n').next().unwrap_or_default();
    (start, start + line.strip_suffix(b"\r").unwrap_or(line).len())
}

/// Takes a trailer section (RFC 9112, section 7.1.2) with its empty line off the front of `buffer`;
/// `None` while it is not whole.
pub fn take_trailers(buffer: &mut BytesMut) -> Result<Option<Headers>, HeadFault> {
    // By far most messages have no trailers.
    if buffer.starts_with(b"\r\n") {
        buffer.advance(2);
        return Ok(Some(Headers::new()));
    }
    let mut places = [httparse::EMPTY_HEADER; USUAL_FIELDS];
    let (length, headers) = match httparse::parse_headers(buffer, &mut places)? {
        httparse::Status::Complete((length, fields)) => {
            (length, fields.iter().map(|field| Header::new(field.name, field.value)).collect())
        }
        httparse::Status::Partial => return Ok(None),
    };
    buffer.advance(length);
    Ok(Some(headers))
}

/// Whether `buffer` may hold a whole head: an empty line ends in it at or after `from`. Lets a
/// reader that got a part of a head wait for its end without parsing it again and again.
pub fn may_be_whole(buffer: &[u8], from: usize) -> bool {
    let from = from.saturating_sub(3);
    let tail = &buffer[from.min(buffer.len())..];
    tail.windows(2).any(|pair| pair == b"\n\n") || tail.windows(3).any(|three| three == b"\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(headers: &Headers, lines: &FieldLines) -> String {
        let mut out = Vec::new();
        for (index, header) in headers.iter().enumerate() {
            lines.write(index, header, &mut out);
            out.push(b'|');
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_request_keeps_its_lines() {
        let wire = "\r\nget /a?b HTTP/1.0\r\nhOST:h\r\nX-Empty:\r\nX-Wide: \t v  \r\nx-wide: 2\r\n\r\nrest";
        let mut buffer = BytesMut::from(wire);
        let head = RequestHead::take(&mut buffer).unwrap().unwrap();
        assert_eq!((head.method.as_str(), head.target.as_str()), ("get", "/a?b"));
        assert_eq!(head.version, Version::Http10);
        assert_eq!(head.headers.text("X-WIDE"), Some("v"));
        assert_eq!(
            forwarded(&head.headers, &head.lines),
            "hOST:h|X-Empty:|X-Wide: \t v|x-wide: 2|"
        );
        assert_eq!(&buffer[..], b"rest");
    }

    #[test]
    fn a_response_keeps_its_status_line() {
        let cases = [
            ("HTTP/1.1 409 Nix  Da \r\n\r\n", 409, "Nix  Da ", "HTTP/1.1 409 Nix  Da "),
            ("HTTP/1.0 200\r\n\r\n", 200, "", "HTTP/1.0 200"),
            ("HTTP/1.1 200 \r\n\r\n", 200, "", "HTTP/1.1 200 "),
            ("\r\nHTTP/1.1 999 x\r\n\r\n", 999, "x", "HTTP/1.1 999 x"),
        ];
        for (wire, status, reason, line) in cases {
            let head = ResponseHead::take(&mut BytesMut::from(wire)).unwrap().unwrap();
            assert_eq!((head.status, &head.reason), (status, &reason.into()), "{wire:?}");
            assert_eq!(head.status_line(), line.as_bytes());
        }
    }

    #[test]
    fn folded_and_spaced_fields_of_a_response_are_put_right() {
        let wire = "HTTP/1.1 200 OK\r\nA: one\r\n  two\r\nB : 3\r\n\r\n";
        let head = ResponseHead::take(&mut BytesMut::from(wire)).unwrap().unwrap();
        assert_eq!(forwarded(&head.headers, &head.lines), "A: one two|B: 3|");
    }

    #[test]
    fn what_is_no_head_is_refused() {
        let cases = [
            ("GET / HTTP/1.1\r\nA: 1\r\n folded\r\n\r\n", "malformed"),
            ("GET / HTTP/1.1\r\nA : 1\r\n\r\n", "malformed"),
            ("GET / HTTP/1.1\r\nA: a\0b\r\n\r\n", "malformed"),
            ("GET / HTTP/1.1\r\n: 1\r\n\r\n", "malformed"),
            ("GET  / HTTP/1.1\r\n\r\n", "malformed"),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "version"),
            ("GET / HTTP/1.2\r\n\r\n", "version"),
        ];
        for (wire, word) in cases {
            let fault = RequestHead::take(&mut BytesMut::from(wire)).unwrap_err();
            assert!(fault.to_string().contains(word), "{wire:?}: {fault}");
        }
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: 1\r\n".repeat(MOST_FIELDS + 1));
        let fault = RequestHead::take(&mut BytesMut::from(many.as_str())).unwrap_err();
        assert_eq!(fault, HeadFault::TooLarge);
    }

    #[test]
    fn parts_of_a_head_wait_for_its_end() {
        let wire = b"GET / HTTP/1.1\r\nA: 1\r\n\r\n";
        for end in 0..wire.len() {
            let mut buffer = BytesMut::from(&wire[..end]);
            assert!(RequestHead::take(&mut buffer).unwrap().is_none(), "{end}");
            assert_eq!(buffer.len(), end);
            assert!(!may_be_whole(&wire[..end], 0));
        }
        for from in 0..=wire.len() {
            assert!(may_be_whole(wire, from), "{from}");
        }
    }
}
