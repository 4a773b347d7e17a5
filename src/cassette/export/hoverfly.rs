//! A simulation of Hoverfly, schema 5.2. Requests that are equal are a sequence of states, as
//! Hoverfly's own stateful capture writes it.

use super::{common_losses, grouped, is_more_than_a_map, request_key, turns};
use crate::cassette::Losses;
use crate::exchange::{Exchange, MediaType, Request, Response, Target, percent_decoded};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

pub(super) fn write(exchanges: &[Exchange], losses: &mut Losses) -> Vec<u8> {
    let turns = turns(exchanges);
    let mut sequences: HashMap<String, usize> = HashMap::new();
    let mut pairs = Vec::new();
    for (exchange, (turn, of)) in exchanges.iter().zip(turns) {
        let number = exchange.number.0;
        let Some(response) = &exchange.response else {
            losses.of_exchange("failed exchange without a response: left out", number);
            continue;
        };
        common_losses(exchange, losses);
        losses.of_exchange(
            "header fields of the request, but for those that select an operation",
            number,
        );
        losses.of_exchange("reason phrase", number);
        if exchange.error.is_some() {
            losses.of_exchange("that the response broke off", number);
        }
        let mut asked = request(&exchange.request, number, losses);
        let mut answered = answer(response, number, losses);
        if of > 1 {
            let next = sequences.len() + 1;
            let sequence = *sequences.entry(request_key(&exchange.request)).or_insert(next);
            let name = format!("sequence:{sequence}");
            asked["requiresState"] = json!({ &name: turn.to_string() });
            if turn < of {
                answered["transitionsState"] = json!({ &name: (turn + 1).to_string() });
            }
        }
        pairs.push(json!({"request": asked, "response": answered}));
    }
    let simulation = json!({
        "data": {"pairs": pairs, "globalActions": {"delays": [], "delaysLogNormal": []}},
        "meta": {"schemaVersion": "v5.2"},
    });
    let mut text = serde_json::to_vec_pretty(&simulation).unwrap_or_default();
    text.push(b'\n');
    text
}

fn exactly(value: &str) -> Value {
    json!([{"matcher": "exact", "value": value}])
}

fn request(request: &Request, number: u64, losses: &mut Losses) -> Value {
    let target = Target::parse(&request.target);
    let mut value = json!({
        "path": exactly(&percent_decoded(target.path)),
        "method": exactly(&request.method),
        "destination": exactly(target.authority),
        "scheme": exactly(&target.scheme.to_ascii_lowercase()),
    });
    let mut query: Vec<(String, Vec<String>)> = Vec::new();
    for (name, text) in target.query_pairs() {
        match query.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(text),
            None => query.push((name, vec![text])),
        }
    }
    if !query.is_empty() {
        let matchers = query.into_iter().map(|(name, values)| {
            let matcher = match values.as_slice() {
                [one] => exactly(one),
                _ => json!([{"matcher": "array", "value": values}]),
            };
            (name, matcher)
        });
        value["query"] = Value::Object(matchers.collect());
    }
    let mut selecting = Map::new();
    for name in ["x-acs-action", "X-Amz-Target", "SOAPAction"] {
        if let Some(text) = request.headers.text(name) {
            selecting.insert(name.to_owned(), exactly(text));
        }
    }
    if !selecting.is_empty() {
        value["headers"] = Value::Object(selecting);
    }
    let media = request.headers.text("content-type").and_then(MediaType::parse);
    match std::str::from_utf8(request.body.bytes().unwrap_or_default()) {
        Ok(text) if media.is_some_and(|media| media.is_json()) && !text.is_empty() => {
            value["body"] = json!([{"matcher": "json", "value": text}]);
        }
        Ok(text) => value["body"] = exactly(text),
        Err(_) => losses.of_exchange("binary body of the request: any body fits", number),
    }
    value
}

fn answer(response: &Response, number: u64, losses: &mut Losses) -> Value {
    if is_more_than_a_map(&response.headers) {
        losses.of_exchange("order of header fields of one name among others", number);
    }
    let headers: Map<String, Value> = grouped(&response.headers)
        .into_iter()
        .map(|(name, values)| {
            if values.iter().any(|value| std::str::from_utf8(value).is_err()) {
                losses.of_exchange("header values that are no UTF-8", number);
            }
            (name.to_owned(), values.iter().map(|v| json!(String::from_utf8_lossy(v))).collect())
        })
        .collect();
    let body = response.body.bytes().unwrap_or_default();
    let (body, encoded) = match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (BASE64_STANDARD.encode(body), true),
    };
    json!({
        "status": response.status,
        "body": body,
        "encodedBody": encoded,
        "headers": headers,
        "templated": false,
    })
}
