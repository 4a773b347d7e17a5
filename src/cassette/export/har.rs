//! HAR 1.2. What it has no place for stands in `_testimony`, so that reading it back gives the same
//! exchanges, except that what was `live` is `imported` then.

use super::har_message::{request, response};
use crate::exchange::{Exchange, Timing};
use serde_json::{Map, Value, json};

pub(super) fn write(exchanges: &[Exchange]) -> Vec<u8> {
    let entries: Vec<Value> = exchanges.iter().map(entry).collect();
    let har = json!({"log": {
        "version": "1.2",
        "creator": {"name": "testimony", "version": env!("CARGO_PKG_VERSION")},
        "entries": entries,
    }});
    let mut text = serde_json::to_vec_pretty(&har).unwrap_or_default();
    text.push(b'\n');
    text
}

fn entry(exchange: &Exchange) -> Value {
    let mut notes = Map::new();
    notes.insert("exchange".to_owned(), json!(exchange.number.0));
    notes.insert("source".to_owned(), json!(exchange.source.as_str()));
    let request = request(&exchange.request, &mut notes);
    let response = response(exchange, &mut notes);
    if let Some(error) = &exchange.error {
        notes.insert(
            "error".to_owned(),
            json!({"kind": error.kind.as_str(), "message": error.message}),
        );
    }
    if !exchange.redacted.is_empty() {
        let redacted = exchange
            .redacted
            .iter()
            .map(|note| json!({"secret": note.secret, "rule": note.rule, "at": note.at}));
        notes.insert("redacted".to_owned(), redacted.collect());
    }
    notes.insert("timing".to_owned(), exact_timing(&exchange.timing));
    json!({
        "startedDateTime": format!("{:.3}", exchange.at),
        "time": exchange.timing.end_ms,
        "request": request,
        "response": response,
        "cache": {},
        "timings": timings(&exchange.timing),
        "_testimony": notes,
    })
}

fn exact_timing(timing: &Timing) -> Value {
    let mut value = json!({"first_byte_ms": timing.first_byte_ms, "end_ms": timing.end_ms});
    if !timing.chunks.is_empty() {
        value["chunks"] = timing.chunks.iter().map(|c| json!([c.at_ms, c.bytes])).collect();
    }
    value
}

/// All that is known: when the first byte came, and the end.
fn timings(timing: &Timing) -> Value {
    let wait = timing.first_byte_ms.unwrap_or(timing.end_ms);
    json!({"send": 0, "wait": wait, "receive": (timing.end_ms - wait).max(0.0)})
}
