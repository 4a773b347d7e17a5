//! Where two answers differ. Placeholders of secrets are compared without their numbers, bodies
//! decoded: JSON by pointer, text by line.

use super::super::socket;
use crate::cassette::redact::without_numbers;
use crate::diff::{Difference, json_differences, pair_differences, text_differences};
use crate::exchange::{Body, Exchange, Headers, Response};
use serde_json::Value;

pub(super) fn differences(left: &Exchange, right: &Exchange) -> Vec<Difference> {
    let mut found = Vec::new();
    let error = |exchange: &Exchange| exchange.error.as_ref().map(|error| error.kind.to_string());
    let (ours, theirs) = (error(left), error(right));
    if ours != theirs {
        found.push(Difference::new("error", ours.as_deref(), theirs.as_deref()));
    }
    match (&left.response, &right.response) {
        (Some(ours), Some(theirs)) => responses(ours, theirs, &mut found),
        (None, None) => {}
        (ours, theirs) => {
            let status =
                |response: &Option<Response>| response.as_ref().map(|r| r.status.to_string());
            let (ours, theirs) = (status(ours), status(theirs));
            found.push(Difference::new("status", ours.as_deref(), theirs.as_deref()));
        }
    }
    messages(left, right, &mut found);
    found
}

/// What was said on a WebSocket, one message after the other.
fn messages(left: &Exchange, right: &Exchange, found: &mut Vec<Difference>) {
    let told = |exchange: &Exchange| -> Vec<String> {
        let one = |message| text(&without_numbers(socket::told(message).as_bytes()));
        exchange.messages.iter().map(one).collect()
    };
    let (ours, theirs) = (told(left), told(right));
    for index in 0..ours.len().max(theirs.len()) {
        let (ours, theirs) = (ours.get(index), theirs.get(index));
        if ours != theirs {
            let at = format!("messages/{index}");
            let (ours, theirs) = (ours.map(String::as_str), theirs.map(String::as_str));
            found.push(Difference::new(&at, ours, theirs));
        }
    }
}

fn responses(left: &Response, right: &Response, found: &mut Vec<Difference>) {
    let mut differ = |at: &str, ours: &str, theirs: &str| {
        if ours != theirs {
            found.push(Difference::new(at, Some(ours), Some(theirs)));
        }
    };
    differ("status", &left.status.to_string(), &right.status.to_string());
    differ("reason", &left.reason.text(), &right.reason.text());
    differ("version", left.version.as_str(), right.version.as_str());
    found.extend(pair_differences("header", &fields(&left.headers), &fields(&right.headers)));
    found.extend(pair_differences("trailer", &fields(&left.trailers), &fields(&right.trailers)));
    bodies(left, right, found);
}

fn fields(headers: &Headers) -> Vec<(String, String)> {
    let pair = |header: &crate::exchange::Header| {
        (header.name.to_ascii_lowercase(), text(&without_numbers(&header.value)))
    };
    headers.iter().map(pair).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A body as it is compared: decoded where it can be; `None` where it lies in a file.
fn decoded(response: &Response) -> Option<Vec<u8>> {
    let plain = response.body.decoded(&response.headers).ok().flatten();
    let bytes = plain.or_else(|| response.body.bytes().map(Into::into))?;
    Some(without_numbers(&bytes).into_owned())
}

fn bodies(left: &Response, right: &Response, found: &mut Vec<Difference>) {
    let (Some(ours), Some(theirs)) = (decoded(left), decoded(right)) else {
        if left.body != right.body {
            found.push(sizes(&left.body, &right.body));
        }
        return;
    };
    if ours == theirs {
        return;
    }
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
    let before = found.len();
    if let (Some(ours), Some(theirs)) = (json(&ours), json(&theirs)) {
        let places = json_differences(&ours, &theirs).into_iter();
        found.extend(places.map(|place| Difference { at: format!("body:{}", place.at), ..place }));
        // Equal values that are laid out otherwise do not count, as in matching.
        return;
    }
    if let (Ok(ours), Ok(theirs)) = (std::str::from_utf8(&ours), std::str::from_utf8(&theirs)) {
        let lines = text_differences(ours, theirs).into_iter();
        found.extend(lines.map(|line| Difference { at: format!("body:{}", line.at), ..line }));
    }
    if found.len() == before {
        found.push(sizes(&left.body, &right.body));
    }
}

fn sizes(left: &Body, right: &Body) -> Difference {
    let told = |body: &Body| format!("{} bytes", body.len());
    Difference::new("body", Some(&told(left)), Some(&told(right)))
}
