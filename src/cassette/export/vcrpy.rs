//! A cassette of vcrpy, version 1, in YAML. Which of its versions undo a content coding in replay, and
//! for which client, differs: bodies are written as its `decode_compressed_response` leaves them.

use super::yaml::{bytes, quoted};
use super::{common_losses, grouped, is_more_than_a_map};
use crate::cassette::Losses;
use crate::exchange::{ContentCoding, Exchange, Headers, Response, SOURCE_HEADER, Source};
use std::borrow::Cow;
use std::fmt::Write as _;

pub(super) fn write(exchanges: &[Exchange], losses: &mut Losses) -> Vec<u8> {
    let mut out = String::new();
    for exchange in exchanges {
        let number = exchange.number.0;
        let Some(response) = &exchange.response else {
            losses.of_exchange("failed exchange without a response: left out", number);
            continue;
        };
        common_losses(exchange, losses);
        if exchange.error.is_some() {
            losses.of_exchange("that the response broke off", number);
        }
        if [&exchange.request.headers, &response.headers].into_iter().any(is_more_than_a_map) {
            losses.of_exchange("order of header fields of one name among others", number);
        }
        put_interaction(&mut out, exchange, response, losses);
    }
    let entries = if out.is_empty() { "interactions: []\n" } else { "interactions:\n" };
    format!("{entries}{out}version: 1\n").into_bytes()
}

fn put_interaction(
    out: &mut String,
    exchange: &Exchange,
    response: &Response,
    losses: &mut Losses,
) {
    let request = &exchange.request;
    let asked = request.body.bytes().unwrap_or_default();
    out.push_str("- request:\n    body: ");
    out.push_str(&if asked.is_empty() { "null".to_owned() } else { bytes(asked) });
    out.push_str("\n    headers:");
    put_headers(out, &request.headers, "      ", exchange.number.0, losses);
    let _ = write!(
        out,
        "    method: {}\n    uri: {}\n",
        quoted(&request.method),
        quoted(&request.target)
    );
    let (mut fields, answered) = decoded(response, exchange.number.0, losses);
    // Read back, it would be taken for a recording of a provider.
    if exchange.error.is_some() && exchange.source.is_evidence() {
        fields.to_mut().set(SOURCE_HEADER, Source::Edited.as_str());
    } else if !exchange.source.is_evidence() {
        fields.to_mut().set(SOURCE_HEADER, exchange.source.as_str());
    }
    let answered = bytes(&answered);
    let _ = write!(out, "  response:\n    body:\n      string: {answered}\n    headers:");
    put_headers(out, &fields, "      ", exchange.number.0, losses);
    let (code, reason) = (response.status, quoted(&response.reason.text()));
    let _ = write!(out, "    status:\n      code: {code}\n      message: {reason}\n");
}

/// Head and body of a response without its content coding.
fn decoded<'a>(
    response: &'a Response,
    number: u64,
    losses: &mut Losses,
) -> (Cow<'a, Headers>, Cow<'a, [u8]>) {
    let bytes = response.body.bytes().unwrap_or_default();
    let coded = matches!(ContentCoding::of(&response.headers), Ok(Some(_))) && !bytes.is_empty();
    match response.body.decoded(&response.headers) {
        Ok(Some(plain)) if coded => {
            losses.of_exchange(
                "compressed bytes of the response: decoded, `Content-Encoding` left out",
                number,
            );
            let mut fields = response.headers.clone();
            fields.remove("content-encoding");
            if fields.contains("content-length") {
                fields.set("content-length", plain.len().to_string());
            }
            (Cow::Owned(fields), plain)
        }
        _ => (Cow::Borrowed(&response.headers), Cow::Borrowed(bytes)),
    }
}

fn put_headers(
    out: &mut String,
    headers: &Headers,
    margin: &str,
    number: u64,
    losses: &mut Losses,
) {
    if headers.is_empty() {
        out.push_str(" {}\n");
        return;
    }
    out.push('\n');
    for (name, values) in grouped(headers) {
        let _ = writeln!(out, "{margin}{}:", quoted(name));
        for value in values {
            let text = std::str::from_utf8(value).map_or_else(
                |_| {
                    losses
                        .of_exchange("header values that are no UTF-8: read as ISO 8859-1", number);
                    value.iter().map(|byte| char::from(*byte)).collect()
                },
                str::to_owned,
            );
            let _ = writeln!(out, "{margin}- {}", quoted(&text));
        }
    }
}
