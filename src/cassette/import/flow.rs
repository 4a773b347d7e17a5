//! Flow files of mitmproxy, versions 7 (mitmproxy 5) to 21 (mitmproxy 11): one typed netstring a flow.
//! Bodies are the wire's.

use super::document::{ENTRY_LIMIT, Tray};
use super::draft::{Draft, Exact, failure_kind};
use super::message::{ImportError, WrongEntry};
use super::tnetstring::{Value, take};
use crate::exchange::{Body, Headers, Request, Response, Source, Timing, TransportError, Version};
use jiff::Timestamp;

/// Versions of the format that are known.
const VERSIONS: std::ops::RangeInclusive<u64> = 7..=21;

/// Whether bytes begin as a flow does: a length and a map.
pub(super) fn is_flow_file(bytes: &[u8]) -> bool {
    let digits = bytes.iter().take(13).take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0
        && bytes.get(digits) == Some(&b':')
        && bytes.get(digits + 1).is_some_and(u8::is_ascii_digit)
}

pub(super) fn read(bytes: &[u8], tray: &mut Tray) -> Result<(), ImportError> {
    let (mut rest, mut count) = (bytes, 0);
    while !rest.is_empty() {
        count += 1;
        if count > ENTRY_LIMIT {
            return Err(ImportError::TooMany(ENTRY_LIMIT));
        }
        let (flow, offset) = (count as u64, bytes.len() - rest.len());
        let value = match take(&mut rest) {
            Ok(value) => value,
            // A recorder that was killed leaves the last flow unfinished.
            Err("it ends too early") if count > 1 => {
                tray.losses
                    .of_file(format!("flow {flow}: torn: {} bytes are no whole flow", rest.len()));
                break;
            }
            Err(cause) => return Err(ImportError::Flow { flow, offset, cause }),
        };
        entry(&value, flow, tray)?;
    }
    Ok(())
}

fn entry(flow: &Value<'_>, number: u64, tray: &mut Tray) -> Result<(), ImportError> {
    let version = flow
        .number_of("version")
        .ok_or(ImportError::Entry { entry: number, cause: WrongEntry::Missing("version") })?;
    if !VERSIONS.contains(&whole(version)) {
        return Err(ImportError::Version { version: version.to_string() });
    }
    if flow.bytes_of("type") != Some(b"http") {
        tray.losses.of_file("flows that are not HTTP (TCP, UDP, DNS)");
        return Ok(());
    }
    exchange(flow, tray).map_err(|cause| ImportError::Entry { entry: number, cause })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn whole(number: f64) -> u64 {
    number as u64
}

fn exchange(flow: &Value<'_>, tray: &mut Tray) -> Result<(), WrongEntry> {
    let request = flow.get("request").ok_or(WrongEntry::Missing("request"))?;
    let response = flow.get("response");
    let mut draft = Draft {
        request: Request {
            method: request.text_of("method").ok_or(WrongEntry::Missing("request.method"))?,
            target: target(request).ok_or(WrongEntry::Missing("request.host"))?,
            version: version(request, tray),
            headers: fields(request.get("headers")),
            body: Body::from_bytes(request.bytes_of("content").unwrap_or_default().to_vec()),
            trailers: fields(request.get("trailers")),
        },
        at: request.number_of("timestamp_start").and_then(time),
        source: source(flow, response, tray),
        exact: Exact { request: true, response: true },
        ..Draft::default()
    };
    if draft.request.method == "CONNECT" {
        tray.losses.of_file("requests for a tunnel (CONNECT)");
        return Ok(());
    }
    if let Some(answer) = response {
        let status =
            answer.number_of("status_code").ok_or(WrongEntry::Missing("response.status_code"))?;
        draft.response = Some(Response {
            status: u16::try_from(whole(status)).unwrap_or(0),
            reason: answer.text_of("reason").unwrap_or_default().into(),
            version: version(answer, tray),
            headers: fields(answer.get("headers")),
            body: Body::from_bytes(answer.bytes_of("content").unwrap_or_default().to_vec()),
            trailers: fields(answer.get("trailers")),
        });
        draft.timing = timing(request, answer);
        if answer.get("content").is_none() {
            tray.lose(
                "response body that was streamed past the recorder: kept as `edited`, no proof",
            );
            draft.source = draft.source.or(Some(Source::Edited));
        }
    }
    if let Some(error) = flow.get("error") {
        let message = error.text_of("msg").unwrap_or_default();
        draft.error = Some(TransportError { kind: failure_kind(&message), message });
    }
    if draft.response.is_none() && draft.error.is_none() {
        let message = "the flow was recorded before its response".to_owned();
        draft.error = Some(TransportError { kind: failure_kind("reset"), message });
    }
    if flow.get("websocket").is_some() {
        tray.lose("WebSocket messages");
    }
    tray.take(draft)
}

/// Why a flow is no evidence, where it is none.
fn source(flow: &Value<'_>, response: Option<&Value<'_>>, tray: &mut Tray) -> Option<Source> {
    let response = response?;
    let old = response.get("is_replay") == Some(&Value::Bool(true));
    if old || flow.bytes_of("is_replay") == Some(b"response") {
        tray.lose("answered by mitmproxy's own replay: kept as `replay`, no proof");
        return Some(Source::Replay);
    }
    if flow.get("backup").is_some() {
        tray.lose("changed by hand in mitmproxy: kept as `edited`, no proof");
        return Some(Source::Edited);
    }
    let reached =
        flow.get("server_conn").is_some_and(|server| server.get("timestamp_start").is_some());
    if !reached {
        tray.lose("answered by mitmproxy itself, no server was asked: kept as `mock`, no proof");
        return Some(Source::Mock);
    }
    None
}

/// The URL that was asked. Where the host is an address, the name in `Host` says more.
fn target(request: &Value<'_>) -> Option<String> {
    let scheme = request.text_of("scheme").filter(|scheme| !scheme.is_empty());
    let scheme = scheme.unwrap_or_else(|| "http".to_owned());
    let host = request.text_of("host")?;
    let port = whole(request.number_of("port")?);
    let path = request.text_of("path").unwrap_or_default();
    let default = if scheme == "https" { 443 } else { 80 };
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    let named = fields(request.get("headers")).text("host").map(str::to_owned);
    let authority = match (is_address, named) {
        (true, Some(named)) if !named.is_empty() => named,
        _ => {
            let host = if host.contains(':') { format!("[{host}]") } else { host };
            if port == default { host } else { format!("{host}:{port}") }
        }
    };
    let slash = if path.starts_with('/') { "" } else { "/" };
    let path = if path == "*" { "" } else { path.as_str() };
    Some(format!("{scheme}://{authority}{slash}{path}"))
}

fn fields(value: Option<&Value<'_>>) -> Headers {
    let mut headers = Headers::new();
    for pair in value.map_or(&[][..], Value::elements) {
        if let [Value::Bytes(name), Value::Bytes(value)] = pair.elements() {
            headers.push(String::from_utf8_lossy(name), value);
        }
    }
    headers
}

fn version(message: &Value<'_>, tray: &mut Tray) -> Version {
    let text = message.text_of("http_version").unwrap_or_default();
    if text == "HTTP/3" {
        tray.lose("HTTP/3: taken for HTTP/2");
        return Version::Http2;
    }
    Version::parse(&text).unwrap_or_default()
}

/// Seconds since 1970 as a time.
#[expect(clippy::cast_possible_truncation, reason = "saturates, and is then no time")]
fn time(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_microsecond((seconds * 1e6) as i64).ok()
}

fn timing(request: &Value<'_>, response: &Value<'_>) -> Timing {
    let start = request.number_of("timestamp_start").unwrap_or(0.0);
    let after = |name: &str| {
        let at = response.number_of(name)?;
        Some((at - start) * 1000.0).filter(|ms| ms.is_finite() && *ms >= 0.0)
    };
    Timing {
        first_byte_ms: after("timestamp_start"),
        end_ms: after("timestamp_end").unwrap_or(0.0),
        chunks: Vec::new(),
    }
}
