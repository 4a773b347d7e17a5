//! A record as a replay needs it before anyone asks: its request, and that the rest has the shape of a
//! record. What only content can show (base64, a view that disagrees with its bytes) is left to the
//! one who decodes it. Whatever is unusual is no glance's work: the [`super::Reader`] reads and tells it.

use super::body::{BodyRecord, is_body_name, is_known_style};
use super::decode::{FieldValue, InterimRecord, Pair, RequestRecord, version};
use super::messages::MessageRecord;
use crate::exchange::{ContentCoding, Redaction, Request, Source, TransportErrorKind};
use jiff::Timestamp;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A usual record.
pub(super) enum Glance {
    Exchange(Box<Seen>),
    Footer(u64),
}

/// What was seen of an exchange.
pub(super) struct Seen {
    pub(super) number: u64,
    pub(super) at: Timestamp,
    pub(super) request: Request,
    pub(super) redacted: Vec<Redaction>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordGlance<'a> {
    #[serde(default)]
    end: Option<bool>,
    #[serde(default)]
    exchanges: Option<u64>,
    #[serde(default)]
    exchange: Option<u64>,
    #[serde(borrow, default)]
    at: Text<'a>,
    #[serde(borrow, default)]
    source: Text<'a>,
    #[serde(borrow, default)]
    request: Option<RequestGlance<'a>>,
    #[serde(borrow, default)]
    interim: Option<&'a RawValue>,
    #[serde(borrow, default)]
    response: Option<ResponseGlance<'a>>,
    #[serde(default)]
    timing: Option<TimingGlance>,
    #[serde(borrow, default)]
    messages: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<ErrorGlance<'a>>,
    #[serde(default)]
    redacted: Vec<RedactionGlance>,
    #[serde(default)]
    digest: Option<Skipped>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestGlance<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    target: Cow<'a, str>,
    #[serde(borrow, default)]
    version: Text<'a>,
    #[serde(borrow, default)]
    headers: Vec<Pair<'a>>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
    #[serde(borrow, default)]
    trailers: Vec<Pair<'a>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ResponseGlance<'a> {
    status: u16,
    #[serde(default)]
    #[expect(dead_code, reason = "its shape is looked at")]
    reason: SkippedValue,
    #[serde(borrow, default)]
    version: Text<'a>,
    #[serde(default)]
    #[expect(dead_code, reason = "their shape is looked at")]
    headers: Pairs,
    #[serde(borrow, default)]
    body: Option<BodyGlance<'a>>,
    #[serde(default)]
    #[expect(dead_code, reason = "their shape is looked at")]
    trailers: Pairs,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyGlance<'a> {
    #[serde(default)]
    json: Option<IgnoredAny>,
    #[serde(borrow, default)]
    style: Text<'a>,
    #[serde(default)]
    text: Option<Lines>,
    #[serde(default)]
    base64: Option<Skipped>,
    #[serde(borrow, default)]
    file: Text<'a>,
    #[serde(default)]
    bytes: Option<u64>,
    #[serde(borrow, default)]
    encoding: Text<'a>,
    #[serde(default)]
    wire: Option<Skipped>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "their shape is looked at")]
struct TimingGlance {
    #[serde(default)]
    first_byte_ms: Option<f64>,
    #[serde(default)]
    end_ms: f64,
    #[serde(default)]
    chunks: Chunks,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorGlance<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(default)]
    #[expect(dead_code, reason = "its shape is looked at")]
    message: Skipped,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RedactionGlance {
    secret: u32,
    rule: String,
    at: String,
}

/// A text that may be absent; it is borrowed where it has no escapes.
#[derive(Default)]
struct Text<'a>(Option<Cow<'a, str>>);

/// A text that is not looked at.
#[derive(Default)]
struct Skipped;

/// Header fields that are not looked at.
#[derive(Default)]
struct Pairs;

/// Lines that are not looked at.
struct Lines;

/// Times that are not looked at.
#[derive(Default)]
struct Chunks;

/// The record that a text begins with, if it is a usual one, and its length.
pub(super) fn glance(text: &str) -> Option<(Glance, usize)> {
    if !text.starts_with('{') {
        return None;
    }
    let mut records = serde_json::Deserializer::from_str(text).into_iter::<RecordGlance<'_>>();
    let record = records.next()?.ok()?;
    let length = records.byte_offset();
    Some((record.glance()?, length))
}

impl RecordGlance<'_> {
    fn glance(self) -> Option<Glance> {
        if self.end.is_some() || self.exchanges.is_some() {
            let is_alone = self.end == Some(true) && self.is_empty();
            return self.exchanges.filter(|_| is_alone).map(Glance::Footer);
        }
        self.seen().map(|seen| Glance::Exchange(Box::new(seen)))
    }

    fn is_empty(&self) -> bool {
        self.exchange.is_none() && self.request.is_none() && self.response.is_none()
    }

    fn seen(self) -> Option<Seen> {
        let number = self.exchange?;
        let at = self.at.0?.parse().ok()?;
        Source::parse(&self.source.0?)?;
        if let Some(response) = &self.response {
            response.is_usual().then_some(())?;
        }
        if let Some(error) = &self.error {
            TransportErrorKind::parse(&error.kind)?;
        }
        if let Some(interim) = self.interim {
            let interim: Vec<InterimRecord<'_>> = strictly(interim)?;
            interim.into_iter().try_for_each(|early| early.into_interim().map(drop)).ok()?;
        }
        if let Some(messages) = self.messages {
            let messages: Vec<MessageRecord<'_>> = strictly(messages)?;
            messages.into_iter().try_for_each(|message| message.message().map(drop)).ok()?;
        }
        let request = self.request?.request()?;
        let redacted = self.redacted.into_iter().map(RedactionGlance::redaction).collect();
        let _ = (self.timing, self.digest);
        Some(Seen { number, at, request, redacted })
    }
}

/// Reads what has no unknown key.
fn strictly<'a, T: Deserialize<'a>>(text: &'a RawValue) -> Option<T> {
    let mut unknown = false;
    let mut deserializer = serde_json::Deserializer::from_str(text.get());
    let read = serde_ignored::deserialize(&mut deserializer, |_| unknown = true).ok()?;
    (!unknown).then_some(read)
}

impl RequestGlance<'_> {
    fn request(self) -> Option<Request> {
        let body: Option<BodyRecord<'_>> = match self.body {
            Some(body) => Some(strictly(body)?),
            None => None,
        };
        let record = RequestRecord {
            method: self.method,
            target: self.target,
            version: self.version.0,
            headers: self.headers,
            body,
            trailers: self.trailers,
        };
        record.into_request().ok()
    }
}

impl ResponseGlance<'_> {
    fn is_usual(&self) -> bool {
        (100..=999).contains(&self.status)
            && version(self.version.0.as_deref()).is_ok()
            && self.body.as_ref().is_none_or(BodyGlance::is_usual)
    }
}

impl BodyGlance<'_> {
    fn is_usual(&self) -> bool {
        let file = self.file.0.as_deref();
        let forms =
            [self.json.is_some(), self.text.is_some(), self.base64.is_some(), file.is_some()];
        forms.into_iter().filter(|given| *given).count() == 1
            && is_known_style(self.style.0.as_deref())
            && file.is_none_or(|name| is_body_name(name) && self.bytes.is_some())
            && self.encoding.0.as_deref().is_none_or(|encoding| {
                ContentCoding::parse(encoding).is_some() && (self.wire.is_some() || file.is_some())
            })
    }
}

impl RedactionGlance {
    fn redaction(self) -> Redaction {
        Redaction { secret: self.secret, rule: self.rule, at: self.at }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or null")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Borrowed(text))))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Owned(text.to_owned()))))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
                Ok(Text(None))
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

impl<'de> Deserialize<'de> for Skipped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SkippedVisitor;
        impl Visitor<'_> for SkippedVisitor {
            type Value = Skipped;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: de::Error>(self, _: &str) -> Result<Skipped, E> {
                Ok(Skipped)
            }
        }
        deserializer.deserialize_str(SkippedVisitor)
    }
}

/// The value of a header field, or a reason phrase, that is not looked at.
#[derive(Default)]
struct SkippedValue;

impl<'de> Deserialize<'de> for SkippedValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        FieldValue::deserialize(deserializer).map(|_| Self)
    }
}

/// A visitor of a sequence whose items are read as `$item` and dropped.
macro_rules! skipped_items {
    ($type:ty, $made:expr, $item:ty, $expected:literal) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ItemsVisitor;
                impl<'de> Visitor<'de> for ItemsVisitor {
                    type Value = $type;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<$type, A::Error> {
                        while seq.next_element::<$item>()?.is_some() {}
                        Ok($made)
                    }
                }
                deserializer.deserialize_seq(ItemsVisitor)
            }
        }
    };
}

skipped_items!(Pairs, Pairs, (Skipped, SkippedValue), "header fields");
skipped_items!(Lines, Lines, Skipped, "lines");
skipped_items!(Chunks, Chunks, (f64, u64), "chunks");
