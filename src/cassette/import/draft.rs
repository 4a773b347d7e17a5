//! An exchange as a foreign file tells it, and what must hold before it is one of ours: a URL, a
//! method, fields that fit into a head, a body that fits its coding, a source that promises no more
//! than the file shows.

use super::message::WrongEntry;
use crate::cassette::Losses;
use crate::exchange::{
    Body, ContentCoding, Exchange, ExchangeNumber, Headers, Redaction, Request, Response, Source,
    Timing, TransportError, TransportErrorKind, response_has_body,
};
use jiff::Timestamp;
use std::fmt::Write as _;

/// What is said of an exchange whose response's body is unknown.
const MISSING: &str =
    "response body that the file does not have: kept as `edited` and broken off, no proof";

/// The body of an answer that a file has no more than the head of: it is not empty, and nobody knows it.
const UNKNOWN: &str = "the file does not have the response's body";

/// What was read of one entry.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) request: Request,
    pub(super) response: Option<Response>,
    pub(super) error: Option<TransportError>,
    pub(super) at: Option<Timestamp>,
    pub(super) timing: Timing,
    pub(super) redacted: Vec<Redaction>,
    /// Why it is no evidence, where the file says so or holds rules.
    pub(super) source: Option<Source>,
    /// Bodies that stand in the file as they were on the wire, coding and all.
    pub(super) exact: Exact,
    /// The response had a body, and the file does not have it.
    pub(super) lacks_body: bool,
}

/// Which bodies of a draft are wire bytes for sure.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Exact {
    pub(super) request: bool,
    pub(super) response: bool,
}

impl Draft {
    /// The exchange, with what had to be changed noted.
    pub(super) fn settled(
        mut self,
        number: u64,
        losses: &mut Losses,
    ) -> Result<Exchange, WrongEntry> {
        self.request.target = target(&self.request.target, number, losses)?;
        if !is_token(&self.request.method) {
            return Err(WrongEntry::value("method", &self.request.method, "an HTTP method"));
        }
        let request = &mut self.request;
        for fields in [&mut request.headers, &mut request.trailers] {
            clean(fields, number, losses);
        }
        settle_body(&mut request.headers, &mut request.body, self.exact.request, number, losses);
        let method = request.method.clone();
        let mut source = self.source.unwrap_or(Source::Imported);
        if let Some(response) = &mut self.response {
            if !(100..=999).contains(&response.status) {
                let status = response.status.to_string();
                return Err(WrongEntry::value("status", &status, "100 to 999"));
            }
            let reason: String =
                response.reason.text().chars().filter(|c| !c.is_control()).collect();
            response.reason = reason.into();
            for fields in [&mut response.headers, &mut response.trailers] {
                clean(fields, number, losses);
            }
            // What one of our own servers answered is not evidence by way of another tool's file.
            let said = Source::of_response(&response.headers);
            if source == Source::Imported && said != Source::Live {
                source = said;
            }
            if response_has_body(&method, response.status) {
                let Response { headers, body, .. } = response;
                let promised = !self.exact.response && is_promised(headers);
                if body.is_empty() && (self.lacks_body || promised) {
                    losses.of_exchange(MISSING, number);
                    source = if source == Source::Imported { Source::Edited } else { source };
                    self.error.get_or_insert_with(|| TransportError {
                        kind: TransportErrorKind::Stopped,
                        message: UNKNOWN.to_owned(),
                    });
                }
                settle_body(headers, body, self.exact.response, number, losses);
            }
        } else if self.error.is_none() {
            return Err(WrongEntry::Missing("response"));
        }
        let at = self.at.or_else(|| {
            let recorded = self.response.as_ref().filter(|_| source == Source::Imported);
            let date = recorded.and_then(date);
            let taken = match date {
                Some(_) => "time of the request: that of the answer's `Date` is taken",
                None => "time of the request: 1970 is taken, so stale at any `--max-age`",
            };
            losses.of_exchange(taken, number);
            date
        });
        Ok(Exchange {
            interim: Vec::new(),
            number: ExchangeNumber(number),
            at: at.unwrap_or(Timestamp::UNIX_EPOCH),
            source,
            request: self.request,
            response: self.response,
            timing: self.timing,
            error: self.error,
            redacted: self.redacted,
            messages: Vec::new(),
            digest: None,
        })
    }
}

/// Whether a head says that a body follows.
fn is_promised(headers: &Headers) -> bool {
    headers.text("content-length").is_some_and(|length| length.parse().is_ok_and(|n: u64| n > 0))
}

/// When a response was made, by its `Date` (RFC 9110, section 6.6.1).
fn date(response: &Response) -> Option<Timestamp> {
    let text = response.headers.text("date")?;
    jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp())
}

/// The URL without fragment, and without characters that no request line can have.
fn target(url: &str, number: u64, losses: &mut Losses) -> Result<String, WrongEntry> {
    // Credentials stand before the host, and in the query.
    let shown = url.split(['?', '#']).next().unwrap_or_default();
    let shown = shown.rsplit('@').next().unwrap_or_default();
    let wrong = || WrongEntry::value("URL", shown, "an `http` or `https` URL");
    let (bare, fragment) = url.split_once('#').map_or((url, None), |(u, f)| (u, Some(f)));
    if fragment.is_some() {
        losses.of_exchange("fragment of the URL: it is not sent", number);
    }
    let (scheme, rest) = bare.split_once("://").ok_or_else(wrong)?;
    let known = ["http", "https", "ws", "wss"].iter().any(|s| scheme.eq_ignore_ascii_case(s));
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    if !known || host.is_empty() || host.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(wrong());
    }
    if bare.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(bare.to_owned());
    }
    losses.of_exchange("URL had characters that are not sent as they are: percent-encoded", number);
    Ok(bare.bytes().fold(String::with_capacity(bare.len() + 16), |mut out, byte| {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    }))
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Leaves only fields that can stand in a head (RFC 9110, section 5): a line feed in a value would
/// be a field of its own when the recording is served.
fn clean(fields: &mut Headers, number: u64, losses: &mut Losses) {
    let before = fields.len();
    // `:authority` and its like are parts of the request, not fields (RFC 9113, section 8.3).
    fields.retain(|field| !field.name.starts_with(':'));
    let pseudo = before - fields.len();
    fields.retain(|field| is_token(&field.name));
    if before - fields.len() > pseudo {
        losses.of_exchange("header fields whose names are no field names", number);
    }
    for field in fields {
        if field.value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            losses.of_exchange("line breaks and NUL in header values: spaces now", number);
            for byte in &mut field.value {
                if matches!(byte, b'\r' | b'\n' | 0) {
                    *byte = b' ';
                }
            }
        }
        let trimmed = field.value.trim_ascii();
        if trimmed.len() != field.value.len() {
            field.value = trimmed.to_vec();
        }
    }
}

/// Many tools keep a body decoded beside a header that says that it is coded. The header and the
/// bytes are brought together: encoded anew where that can be done, else the header goes.
fn settle_body(
    headers: &mut Headers,
    body: &mut Body,
    exact: bool,
    number: u64,
    losses: &mut Losses,
) {
    let Body::Bytes(bytes) = &*body else { return };
    if !exact
        && let Ok(Some(coding)) = ContentCoding::of(headers)
        && coding.decode(bytes).is_err()
    {
        let name = coding.as_str();
        if let Some(wire) = coding.encode(bytes) {
            losses
                .of_exchange(format!("{name} bytes of a body kept decoded: encoded anew"), number);
            *body = Body::from_bytes(wire);
        } else {
            losses.of_exchange(
                format!(
                    "{name} bytes of a body kept decoded: kept plain, `Content-Encoding` left out"
                ),
                number,
            );
            headers.remove("content-encoding");
        }
    }
    let length = body.len().to_string();
    if headers.contains("content-length")
        && headers.first("content-length") != Some(length.as_bytes())
    {
        losses.of_exchange("`Content-Length` other than the body's length: set to it", number);
        headers.set("content-length", length);
    }
}

/// What a transport failure is, by the words that tools use for it.
pub(super) fn failure_kind(words: &str) -> crate::exchange::TransportErrorKind {
    use crate::exchange::TransportErrorKind as Kind;
    let words = words.to_ascii_lowercase();
    let any = |list: &[&str]| list.iter().any(|word| words.contains(word));
    if any(&["name_not_resolved", "resolve", "getaddrinfo", "dns", "enotfound"]) {
        Kind::Resolve
    } else if any(&["refused", "unreachable", "connect call failed"]) {
        Kind::Refused
    } else if any(&["timed out", "timed_out", "timeout", "etimedout"]) {
        Kind::Timeout
    } else if any(&["cert", "ssl", "tls"]) {
        Kind::Tls
    } else if any(&["client disconnected", "aborted", "cancel"]) {
        Kind::ClientGone
    } else if any(&["protocol", "invalid", "malformed"]) {
        Kind::Protocol
    } else {
        Kind::Reset
    }
}

/// Whether a `Content-Type` names a charset other than UTF-8: the text of a file in UTF-8 does not
/// tell the bytes that were sent.
pub(super) fn other_charset(headers: &Headers) -> bool {
    let Some(value) = headers.text("content-type") else { return false };
    let value = value.to_ascii_lowercase();
    value.split_once("charset=").is_some_and(|(_, charset)| {
        let charset = charset.split(';').next().unwrap_or_default().trim().trim_matches('"');
        !matches!(charset, "utf-8" | "utf8" | "us-ascii" | "ascii" | "")
    })
}
