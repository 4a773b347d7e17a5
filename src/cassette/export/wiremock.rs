//! Stub mappings of `WireMock`. Requests that are equal are put into a scenario, so that they are
//! answered in turn and the last answer stands.

use super::{common_losses, grouped, is_more_than_a_map, turns};
use crate::cassette::Losses;
use crate::exchange::{Exchange, MediaType, Request, Response, Target, TransportErrorKind};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

/// Fields that the server makes from what it sends.
const MADE: [&str; 3] = ["content-length", "transfer-encoding", "connection"];

pub(super) fn write(exchanges: &[Exchange], losses: &mut Losses) -> Vec<u8> {
    let turns = turns(exchanges);
    let mut scenarios: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    let mut mappings = Vec::new();
    for (exchange, (turn, of)) in exchanges.iter().zip(turns) {
        let number = exchange.number.0;
        let Some(response) = response(exchange, losses) else { continue };
        common_losses(exchange, losses);
        losses.of_exchange(
            "header fields of the request, but for those that select an operation",
            number,
        );
        let mut mapping = json!({
            "name": format!("exchange {number}"),
            "request": request(&exchange.request),
            "response": response,
        });
        if of > 1 {
            let next = scenarios.len() + 1;
            let key = super::request_key(&exchange.request);
            let scenario = *scenarios.entry(key).or_insert(next);
            mapping["scenarioName"] = json!(format!("request {scenario}"));
            mapping["requiredScenarioState"] = json!(state(turn));
            if turn < of {
                mapping["newScenarioState"] = json!(state(turn + 1));
            }
        }
        mappings.push(mapping);
    }
    let mut text = serde_json::to_vec_pretty(&json!({"mappings": mappings})).unwrap_or_default();
    text.push(b'\n');
    text
}

fn state(turn: usize) -> String {
    if turn == 1 { "Started".to_owned() } else { format!("answer {turn}") }
}

fn request(request: &Request) -> Value {
    let target = Target::parse(&request.target);
    let mut value = json!({"method": request.method, "url": target.path_and_query()});
    let mut selecting = serde_json::Map::new();
    for name in ["x-acs-action", "X-Amz-Target", "SOAPAction"] {
        if let Some(text) = request.headers.text(name) {
            selecting.insert(name.to_owned(), json!({"equalTo": text}));
        }
    }
    if !selecting.is_empty() {
        value["headers"] = Value::Object(selecting);
    }
    let body = request.body.bytes().unwrap_or_default();
    if body.is_empty() {
        return value;
    }
    let media = request.headers.text("content-type").and_then(MediaType::parse);
    let is_json = media.is_some_and(|media| media.is_json());
    value["bodyPatterns"] = match std::str::from_utf8(body) {
        Ok(text) if is_json && serde_json::from_str::<Value>(text).is_ok() => {
            json!([{"equalToJson": text}])
        }
        Ok(text) => json!([{"equalTo": text}]),
        Err(_) => json!([{"binaryEqualTo": BASE64_STANDARD.encode(body)}]),
    };
    value
}

fn response(exchange: &Exchange, losses: &mut Losses) -> Option<Value> {
    let number = exchange.number.0;
    match (&exchange.response, &exchange.error) {
        (Some(response), error) => {
            if error.is_some() {
                losses.of_exchange("that the response broke off", number);
            }
            Some(answer(response, number, losses))
        }
        (None, Some(error)) if error.kind == TransportErrorKind::Reset => {
            Some(json!({"fault": "CONNECTION_RESET_BY_PEER"}))
        }
        _ => {
            losses.of_exchange("failed exchange without a response: left out", number);
            None
        }
    }
}

fn answer(response: &Response, number: u64, losses: &mut Losses) -> Value {
    if is_more_than_a_map(&response.headers) {
        losses.of_exchange("order of header fields of one name among others", number);
    }
    let mut headers = serde_json::Map::new();
    for (name, values) in grouped(&response.headers) {
        if MADE.iter().any(|made| name.eq_ignore_ascii_case(made)) {
            losses.of_exchange("framing fields: the server makes its own", number);
            continue;
        }
        if values.iter().any(|value| std::str::from_utf8(value).is_err()) {
            losses.of_exchange("header values that are no UTF-8", number);
        }
        let mut texts: Vec<Value> =
            values.iter().map(|value| json!(String::from_utf8_lossy(value))).collect();
        let value = if texts.len() == 1 { texts.remove(0) } else { Value::Array(texts) };
        headers.insert(name.to_owned(), value);
    }
    let mut value = json!({"status": response.status, "headers": headers});
    if !response.reason.is_empty() {
        value["statusMessage"] = json!(response.reason.text());
    }
    let body = response.body.bytes().unwrap_or_default();
    match std::str::from_utf8(body) {
        _ if body.is_empty() => {}
        Ok(text) => value["body"] = json!(text),
        Err(_) => value["base64Body"] = json!(BASE64_STANDARD.encode(body)),
    }
    value
}
