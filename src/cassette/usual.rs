//! Records as the recorder writes them, read in one pass: what is unusual in any way is left to
//! [`super::decode`], which reads everything and tells what is wrong. Both read the same of what both read.

#[cfg(test)]
mod tests;

use super::body::is_body_name;
use super::layout::{Style, lay_out};
use crate::exchange::{
    Body, BodyFile, ChunkTime, Digest, Exchange, ExchangeNumber, Header, Headers, JsonScan,
    Redaction, Request, Response, Source, Timing, TransportError, TransportErrorKind, Version,
};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::borrow::Cow;

/// Reads records, and keeps what it needs for that.
#[derive(Debug, Default)]
pub(super) struct Usual {
    /// The body that is being read.
    body: Vec<u8>,
}

impl Usual {
    /// The exchange that a text begins with, if it is a usual one, and the length of its record. Its source is
    /// [`Source::Edited`] unless its digest vouches for it.
    pub(super) fn exchange(&mut self, text: &str) -> Option<(Exchange, usize)> {
        let mut scan = JsonScan::new(text);
        let mut parts = Parts::default();
        let mut known = Keys::default();
        members(&mut scan, |scan, key| {
            known.once(key, &KEYS)?;
            match key {
                "exchange" => parts.number = Some(integer(scan)?),
                "at" => parts.at = Some(string(scan)?.parse().ok()?),
                "source" => parts.source = Some(Source::parse(&string(scan)?)?),
                "request" => parts.request = Some(self.request(scan)?),
                "response" | "error" if scan.peek()? == b'n' => null(scan)?,
                "response" => parts.response = Some(self.response(scan)?),
                "interim" | "messages" => none_of(scan)?,
                "timing" => parts.timing = timing(scan)?,
                "error" => parts.error = Some(error(scan)?),
                "redacted" => parts.redacted = redactions(scan)?,
                "digest" => parts.digest = Digest::parse(&string(scan)?),
                _ => return None,
            }
            Some(())
        })?;
        Some((parts.exchange()?, scan.at()))
    }

    fn request(&mut self, scan: &mut JsonScan<'_>) -> Option<Request> {
        let (mut request, mut known) = (Request::default(), Keys::default());
        members(scan, |scan, key| {
            known.once(key, &REQUEST)?;
            match key {
                "method" => request.method = string(scan)?.into_owned(),
                "target" => request.target = string(scan)?.into_owned(),
                "version" => request.version = Version::parse(&string(scan)?)?,
                "headers" => request.headers = headers(scan)?,
                "body" => request.body = self.body(scan)?,
                _ => request.trailers = headers(scan)?,
            }
            Some(())
        })?;
        known.has(&REQUEST[..2]).then_some(request)
    }

    fn response(&mut self, scan: &mut JsonScan<'_>) -> Option<Response> {
        let (mut response, mut known) = (Response::default(), Keys::default());
        members(scan, |scan, key| {
            known.once(key, &RESPONSE)?;
            match key {
                "status" => {
                    response.status = u16::try_from(integer(scan)?).ok()?;
                    (100..=999).contains(&response.status).then_some(())?;
                }
                "reason" => response.reason = string(scan)?.into_owned().into(),
                "version" => response.version = Version::parse(&string(scan)?)?,
                "headers" => response.headers = headers(scan)?,
                "body" => response.body = self.body(scan)?,
                _ => response.trailers = headers(scan)?,
            }
            Some(())
        })?;
        known.has(&RESPONSE[..1]).then_some(response)
    }

    /// A body without a content coding.
    fn body(&mut self, scan: &mut JsonScan<'_>) -> Option<Body> {
        if scan.peek()? != b'{' {
            return null(scan).map(|()| Body::Empty);
        }
        let (mut known, mut form) = (Keys::default(), None);
        let (mut style, mut length) = (None, None);
        members(scan, |scan, key| {
            known.once(key, &BODY)?;
            match key {
                "style" => style = Some(string(scan)?),
                "bytes" => length = Some(integer(scan)?),
                _ if form.is_some() => return None,
                "json" => {
                    matches!(scan.peek()?, b'{' | b'[').then_some(())?;
                    let from = scan.at();
                    self.body.clear();
                    scan.compact(&mut self.body)?;
                    form = Some(Form::Json(scan.between(from, scan.at())?));
                }
                "text" => form = Some(Form::Text(lines(scan)?)),
                "base64" => {
                    form = Some(Form::Bytes(BASE64_STANDARD.decode(&*string(scan)?).ok()?));
                }
                _ => form = Some(Form::File(string(scan)?)),
            }
            Some(())
        })?;
        let style = Style::parse(style.as_deref().unwrap_or("compact"));
        Some(match form? {
            Form::Json(_) if style? == Style::compact() => {
                Body::from_bytes(bytes::Bytes::copy_from_slice(&self.body))
            }
            Form::Json(text) => Body::from_bytes(lay_out(text.as_bytes(), style?, 0)?),
            Form::Text(text) => Body::from_bytes(text.into_bytes()),
            Form::Bytes(bytes) => Body::from_bytes(bytes),
            Form::File(name) => {
                is_body_name(&name).then_some(())?;
                Body::File(BodyFile { name: name.into_owned(), length: length? })
            }
        })
    }
}

/// The form that a body has.
enum Form<'a> {
    Json(&'a str),
    Text(String),
    Bytes(Vec<u8>),
    File(Cow<'a, str>),
}

const KEYS: [&str; 11] = [
    "exchange", "at", "source", "request", "interim", "response", "timing", "messages", "error",
    "redacted", "digest",
];
const REQUEST: [&str; 6] = ["method", "target", "version", "headers", "body", "trailers"];
const RESPONSE: [&str; 6] = ["status", "reason", "version", "headers", "body", "trailers"];
const BODY: [&str; 6] = ["json", "style", "text", "base64", "file", "bytes"];

/// What a record holds.
#[derive(Default)]
struct Parts {
    number: Option<u64>,
    at: Option<jiff::Timestamp>,
    source: Option<Source>,
    request: Option<Request>,
    response: Option<Response>,
    timing: Timing,
    error: Option<TransportError>,
    redacted: Vec<Redaction>,
    digest: Option<Digest>,
}

impl Parts {
    fn exchange(self) -> Option<Exchange> {
        let mut exchange = Exchange {
            number: ExchangeNumber(self.number?),
            at: self.at?,
            source: self.source?,
            request: self.request?,
            interim: Vec::new(),
            response: self.response,
            timing: self.timing,
            messages: Vec::new(),
            error: self.error,
            redacted: self.redacted,
            digest: self.digest,
        };
        if exchange.digest.is_none_or(|digest| digest != exchange.content_digest()) {
            exchange.source = Source::Edited;
        }
        Some(exchange)
    }
}

/// The keys of an object that were met.
#[derive(Default)]
struct Keys(u32);

impl Keys {
    /// Notes a key, which must be among these and new.
    fn once(&mut self, key: &str, among: &[&str]) -> Option<()> {
        let bit = 1 << among.iter().position(|known| *known == key)?;
        (self.0 & bit == 0).then_some(())?;
        self.0 |= bit;
        Some(())
    }

    /// Whether all of these, with which the list of keys begins, were met.
    const fn has(&self, first: &[&str]) -> bool {
        self.0.trailing_ones() as usize >= first.len()
    }
}

/// Goes through an object's members; keys are without escapes.
fn members<'a>(
    scan: &mut JsonScan<'a>,
    mut member: impl FnMut(&mut JsonScan<'a>, &'a str) -> Option<()>,
) -> Option<()> {
    scan.take(b'{')?;
    if scan.takes(b'}') {
        return Some(());
    }
    loop {
        let key = scan.string().filter(|key| !key.escaped)?;
        scan.take(b':')?;
        member(scan, key.raw)?;
        if !scan.goes_on(b'}')? {
            return Some(());
        }
    }
}

/// Goes through an array's items.
fn items<'a>(
    scan: &mut JsonScan<'a>,
    mut item: impl FnMut(&mut JsonScan<'a>) -> Option<()>,
) -> Option<()> {
    scan.take(b'[')?;
    if scan.takes(b']') {
        return Some(());
    }
    loop {
        item(scan)?;
        if !scan.goes_on(b']')? {
            return Some(());
        }
    }
}

fn string<'a>(scan: &mut JsonScan<'a>) -> Option<Cow<'a, str>> {
    scan.string()?.text()
}

fn integer(scan: &mut JsonScan<'_>) -> Option<u64> {
    scan.number()?.parse().ok()
}

fn null(scan: &mut JsonScan<'_>) -> Option<()> {
    (scan.word()? == "null").then_some(())
}

/// A list of nothing.
fn none_of(scan: &mut JsonScan<'_>) -> Option<()> {
    scan.take(b'[')?;
    scan.take(b']')
}

/// A number as `serde_json` reads it: it may be off in the last digit where there are many.
fn float(scan: &mut JsonScan<'_>) -> Option<f64> {
    serde_json::from_str(scan.number()?).ok()
}

fn lines(scan: &mut JsonScan<'_>) -> Option<String> {
    let mut text: Option<String> = None;
    items(scan, |scan| {
        let line = string(scan)?;
        match &mut text {
            Some(text) => {
                text.push('\n');
                text.push_str(&line);
            }
            None => text = Some(line.into_owned()),
        }
        Some(())
    })?;
    Some(text.unwrap_or_default())
}

/// Header fields whose values are text.
fn headers(scan: &mut JsonScan<'_>) -> Option<Headers> {
    let mut fields = Vec::new();
    items(scan, |scan| {
        scan.take(b'[')?;
        let name = string(scan)?.into_owned();
        scan.take(b',')?;
        let value = string(scan)?.into_owned().into_bytes();
        scan.take(b']')?;
        fields.push(Header { name, value });
        Some(())
    })?;
    Some(fields.into_iter().collect())
}

fn timing(scan: &mut JsonScan<'_>) -> Option<Timing> {
    let (mut timing, mut known) = (Timing::default(), Keys::default());
    members(scan, |scan, key| {
        known.once(key, &["first_byte_ms", "end_ms", "chunks"])?;
        match key {
            "first_byte_ms" if scan.peek()? == b'n' => null(scan)?,
            "first_byte_ms" => timing.first_byte_ms = Some(float(scan)?),
            "end_ms" => timing.end_ms = float(scan)?,
            _ => items(scan, |scan| {
                scan.take(b'[')?;
                let at_ms = float(scan)?;
                scan.take(b',')?;
                timing.chunks.push(ChunkTime { at_ms, bytes: integer(scan)? });
                scan.take(b']')
            })?,
        }
        Some(())
    })?;
    Some(timing)
}

fn error(scan: &mut JsonScan<'_>) -> Option<TransportError> {
    let (mut kind, mut message, mut known) = (None, String::new(), Keys::default());
    members(scan, |scan, key| {
        known.once(key, &["kind", "message"])?;
        match key {
            "kind" => kind = Some(TransportErrorKind::parse(&string(scan)?)?),
            _ => message = string(scan)?.into_owned(),
        }
        Some(())
    })?;
    Some(TransportError { kind: kind?, message })
}

fn redactions(scan: &mut JsonScan<'_>) -> Option<Vec<Redaction>> {
    let mut redactions = Vec::new();
    items(scan, |scan| {
        let (mut one, mut known) =
            (Redaction { secret: 0, rule: String::new(), at: String::new() }, Keys::default());
        let keys = ["secret", "rule", "at"];
        members(scan, |scan, key| {
            known.once(key, &keys)?;
            match key {
                "secret" => one.secret = u32::try_from(integer(scan)?).ok()?,
                "rule" => one.rule = string(scan)?.into_owned(),
                _ => one.at = string(scan)?.into_owned(),
            }
            Some(())
        })?;
        known.has(&keys).then_some(())?;
        redactions.push(one);
        Some(())
    })?;
    Some(redactions)
}
