//! Records as exchanges. One typed pass over the text; strings are borrowed from it.

use super::body::{BodyError, BodyRecord};
use super::messages::MessageRecord;
use crate::exchange::{
    Body, ChunkTime, Digest, Exchange, ExchangeNumber, Header, Headers, Interim, Redaction,
    Request, Response, Source, Timing, TransportError, TransportErrorKind, Version,
};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// What is wrong with a record.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not JSON, or not of the shape of a record.
    #[error("{0}")]
    Shape(String),
    /// None of `cassette`, `exchange` and `end`.
    #[error("record is none of header (`cassette`), exchange (`exchange`) and footer (`end`)")]
    Kind,
    /// An exchange lacks a part.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A value that is not what its key asks for.
    #[error("`{key}` is `{value}`, expected {expected}")]
    Value {
        /// Key.
        key: &'static str,
        /// What stands there.
        value: String,
        /// What should.
        expected: &'static str,
    },
    /// A body that can't be read.
    #[error("{part} body: {cause}")]
    Body {
        /// `request` or `response`.
        part: &'static str,
        /// What is wrong with it.
        cause: BodyError,
    },
}

/// A record of any kind.
#[derive(Debug, Default, serde::Deserialize)]
#[expect(dead_code, reason = "the header's keys are named so that they are not unknown ones")]
pub(super) struct Record<'a> {
    #[serde(default)]
    pub(super) cassette: Option<u64>,
    #[serde(default)]
    pub(super) end: Option<bool>,
    #[serde(default)]
    pub(super) exchanges: Option<u64>,
    #[serde(default)]
    pub(super) exchange: Option<u64>,
    #[serde(default)]
    session: de::IgnoredAny,
    #[serde(default)]
    tool: de::IgnoredAny,
    #[serde(default)]
    specs: de::IgnoredAny,
    #[serde(default)]
    rules: de::IgnoredAny,
    #[serde(borrow, default)]
    at: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    source: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    request: Option<RequestRecord<'a>>,
    #[serde(borrow, default)]
    interim: Vec<InterimRecord<'a>>,
    #[serde(borrow, default)]
    response: Option<ResponseRecord<'a>>,
    #[serde(default)]
    timing: Option<TimingRecord>,
    #[serde(borrow, default)]
    messages: Vec<MessageRecord<'a>>,
    #[serde(borrow, default)]
    error: Option<ErrorRecord<'a>>,
    #[serde(default)]
    redacted: Vec<RedactionRecord>,
    #[serde(borrow, default)]
    digest: Option<Cow<'a, str>>,
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct RequestRecord<'a> {
    #[serde(borrow)]
    pub(super) method: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) target: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) version: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) headers: Vec<Pair<'a>>,
    #[serde(borrow, default)]
    pub(super) body: Option<BodyRecord<'a>>,
    #[serde(borrow, default)]
    pub(super) trailers: Vec<Pair<'a>>,
}

#[derive(Debug, serde::Deserialize)]
struct ResponseRecord<'a> {
    status: u16,
    #[serde(borrow, default)]
    reason: FieldValue<'a>,
    #[serde(borrow, default)]
    version: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    headers: Vec<Pair<'a>>,
    #[serde(borrow, default)]
    body: Option<BodyRecord<'a>>,
    #[serde(borrow, default)]
    trailers: Vec<Pair<'a>>,
}

/// An interim response.
#[derive(Debug, serde::Deserialize)]
pub(super) struct InterimRecord<'a> {
    #[serde(default)]
    at_ms: f64,
    status: u16,
    #[serde(borrow, default)]
    reason: FieldValue<'a>,
    #[serde(borrow, default)]
    headers: Vec<Pair<'a>>,
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct Pair<'a>(#[serde(borrow)] Cow<'a, str>, #[serde(borrow)] FieldValue<'a>);

#[derive(Debug, serde::Deserialize)]
struct TimingRecord {
    #[serde(default)]
    first_byte_ms: Option<f64>,
    #[serde(default)]
    end_ms: f64,
    #[serde(default)]
    chunks: Vec<(f64, u64)>,
}

#[derive(Debug, serde::Deserialize)]
struct ErrorRecord<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    message: Cow<'a, str>,
}

#[derive(Debug, serde::Deserialize)]
struct RedactionRecord {
    secret: u32,
    rule: String,
    at: String,
}

/// A header value or a reason phrase: a string, or `{"base64": "…"}` where the bytes are not UTF-8.
#[derive(Debug)]
pub(super) enum FieldValue<'a> {
    Text(Cow<'a, str>),
    Bytes(Vec<u8>),
}

impl Default for FieldValue<'_> {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

impl FieldValue<'_> {
    fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_owned().into_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for FieldValue<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldVisitor;
        impl<'de> Visitor<'de> for FieldVisitor {
            type Value = FieldValue<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or {\"base64\": …}")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(FieldValue::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(FieldValue::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                match map.next_entry::<Cow<'_, str>, Cow<'_, str>>()? {
                    Some((key, text)) if key == "base64" => {
                        let bytes = BASE64_STANDARD.decode(text.as_bytes());
                        bytes.map(FieldValue::Bytes).map_err(de::Error::custom)
                    }
                    _ => Err(de::Error::custom("expected {\"base64\": …}")),
                }
            }
        }
        deserializer.deserialize_any(FieldVisitor)
    }
}

fn headers(pairs: Vec<Pair<'_>>) -> Headers {
    let field =
        |Pair(name, value): Pair<'_>| Header { name: name.into_owned(), value: value.into_bytes() };
    pairs.into_iter().map(field).collect()
}

pub(super) fn version(text: Option<&str>) -> Result<Version, RecordError> {
    let text = text.unwrap_or("HTTP/1.1");
    Version::parse(text)
        .ok_or_else(|| value_error("version", text, "`HTTP/1.0`, `HTTP/1.1` or `HTTP/2`"))
}

pub(super) fn value_error(key: &'static str, value: &str, expected: &'static str) -> RecordError {
    RecordError::Value { key, value: value.chars().take(80).collect(), expected }
}

fn body(part: &'static str, record: Option<BodyRecord<'_>>) -> Result<Body, RecordError> {
    record.map_or(Ok(Body::Empty), |record| {
        record.body().map_err(|cause| RecordError::Body { part, cause })
    })
}

impl Record<'_> {
    /// The exchange of this record. Its source is [`Source::Edited`] unless its digest vouches for it.
    pub(super) fn into_exchange(self) -> Result<Exchange, RecordError> {
        let digest = self.digest.as_deref().and_then(Digest::parse);
        let (mut exchange, source) = self.unvouched()?;
        (exchange.digest, exchange.source) = (digest, source);
        if digest != Some(exchange.content_digest()) {
            exchange.source = Source::Edited;
        }
        Ok(exchange)
    }

    /// The exchange of this record for those to whom it is no evidence, and the source that the
    /// record claims: no digest is looked at, and none is told.
    pub(super) fn unvouched(self) -> Result<(Exchange, Source), RecordError> {
        let number = ExchangeNumber(self.exchange.ok_or(RecordError::Missing("exchange"))?);
        let at = self.at.ok_or(RecordError::Missing("at"))?;
        let at = at
            .parse()
            .map_err(|_| value_error("at", &at, "a time such as `2026-11-20T10:00:00.123Z`"))?;
        let source = self.source.ok_or(RecordError::Missing("source"))?;
        let source = Source::parse(&source).ok_or_else(|| {
            value_error("source", &source, "live, mock, fault, replay, edited or imported")
        })?;
        let request = self.request.ok_or(RecordError::Missing("request"))?;
        let exchange = Exchange {
            number,
            at,
            source: Source::Edited,
            request: request.into_request()?,
            interim: self
                .interim
                .into_iter()
                .map(InterimRecord::into_interim)
                .collect::<Result<_, _>>()?,
            response: self.response.map(ResponseRecord::into_response).transpose()?,
            timing: timing(self.timing),
            messages: self
                .messages
                .into_iter()
                .map(MessageRecord::message)
                .collect::<Result<_, _>>()?,
            error: self.error.map(transport_error).transpose()?,
            redacted: self.redacted.into_iter().map(redaction).collect(),
            digest: None,
        };
        Ok((exchange, source))
    }
}

impl RequestRecord<'_> {
    pub(super) fn into_request(self) -> Result<Request, RecordError> {
        Ok(Request {
            method: self.method.into_owned(),
            target: self.target.into_owned(),
            version: version(self.version.as_deref())?,
            headers: headers(self.headers),
            body: body("request", self.body)?,
            trailers: headers(self.trailers),
        })
    }
}

impl InterimRecord<'_> {
    pub(super) fn into_interim(self) -> Result<Interim, RecordError> {
        if !Interim::has_status(self.status) {
            let expected = "100 to 199, but not 101";
            return Err(value_error("interim.status", &self.status.to_string(), expected));
        }
        let reason = self.reason.into_bytes().into();
        let headers = headers(self.headers);
        Ok(Interim { at_ms: self.at_ms, status: self.status, reason, headers })
    }
}

impl ResponseRecord<'_> {
    fn into_response(self) -> Result<Response, RecordError> {
        if !(100..=999).contains(&self.status) {
            return Err(value_error("status", &self.status.to_string(), "100 to 999"));
        }
        Ok(Response {
            status: self.status,
            reason: self.reason.into_bytes().into(),
            version: version(self.version.as_deref())?,
            headers: headers(self.headers),
            body: body("response", self.body)?,
            trailers: headers(self.trailers),
        })
    }
}

fn timing(record: Option<TimingRecord>) -> Timing {
    let Some(record) = record else { return Timing::default() };
    let chunks = record.chunks.into_iter().map(|(at_ms, bytes)| ChunkTime { at_ms, bytes });
    Timing { first_byte_ms: record.first_byte_ms, end_ms: record.end_ms, chunks: chunks.collect() }
}

fn transport_error(record: ErrorRecord<'_>) -> Result<TransportError, RecordError> {
    let kind = TransportErrorKind::parse(&record.kind).ok_or_else(|| {
        value_error(
            "error.kind",
            &record.kind,
            "resolve, refused, reset, tls, timeout, protocol, client-gone or stopped",
        )
    })?;
    Ok(TransportError { kind, message: record.message.into_owned() })
}

fn redaction(record: RedactionRecord) -> Redaction {
    Redaction { secret: record.secret, rule: record.rule, at: record.at }
}
