//! Changes that break nothing: what is found in them is found wrongly.

use super::answer::Conforming;
use super::plant::put;
use crate::exchange::Exchange;
use serde_json::{Map, Number, Value};
use std::fmt::Write as _;
use std::io::Write as _;

/// The exchange as it is, and written otherwise; each with what was done.
pub(super) fn variations(base: &Conforming<'_>) -> Vec<(&'static str, Exchange)> {
    let mut all = vec![
        ("as it is", base.exchange.clone()),
        (
            "names of headers in capitals",
            base.answering(|response| {
                response.headers.iter_mut().for_each(|header| header.name.make_ascii_uppercase());
            }),
        ),
        ("a header more, on both sides", {
            let mut exchange = base.answering(|response| response.headers.push("X-Planted", "1"));
            exchange.request.headers.push("X-Planted", "1");
            exchange
        }),
    ];
    let Some(value) = base.value() else { return all };
    let text = |text: String| base.answering(|response| put(response, text));
    all.push(("members in another order", text(reversed(&value).to_string())));
    all.push(("with spaces and line breaks", text(format!("\r\n{value:#}\n"))));
    all.push(("whole numbers with a fraction of zero", text(fractioned(&value).to_string())));
    all.push(("letters as escapes", text(escaped(&value.to_string()))));
    let named = base.exchange.response.as_ref().and_then(|r| r.headers.text("content-type"));
    if let Some(named) = named.filter(|named| !named.contains(';')) {
        let charset = base.answering(|response| {
            response.headers.set("Content-Type", format!("{named} ; Charset=\"utf-8\""));
        });
        all.push(("with a charset", charset));
        let capitals = base.answering(|response| {
            response.headers.set("Content-Type", named.to_ascii_uppercase());
        });
        all.push(("media type in capitals", capitals));
    }
    if let Some(coded) = gzip(value.to_string().as_bytes()) {
        let coded = base.answering(|response| {
            put(response, coded);
            response.headers.set("Content-Encoding", "gzip");
        });
        all.push(("coded with gzip", coded));
    }
    all
}

fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: Map<String, Value> =
                members.iter().rev().map(|(name, value)| (name.clone(), reversed(value))).collect();
            Value::Object(members)
        }
        Value::Array(items) => items.iter().map(reversed).collect(),
        value => value.clone(),
    }
}

/// `5` as `5.0`, as far as a double holds it exactly: the same number to JSON Schema (2020-12 core, section
/// 4.2.2).
fn fractioned(value: &Value) -> Value {
    const EXACT: i64 = 1 << 53;
    match value {
        Value::Object(members) => Value::Object(
            members.iter().map(|(name, value)| (name.clone(), fractioned(value))).collect(),
        ),
        Value::Array(items) => items.iter().map(fractioned).collect(),
        Value::Number(number) => match number.as_i64().filter(|n| (-EXACT..=EXACT).contains(n)) {
            #[expect(clippy::cast_precision_loss, reason = "within what is exact")]
            Some(whole) => {
                Number::from_f64(whole as f64).map_or_else(|| value.clone(), Value::Number)
            }
            None => value.clone(),
        },
        value => value.clone(),
    }
}

/// Letters within strings as `\u00XX`; text that has such escapes already stays as it is.
fn escaped(text: &str) -> String {
    if text.contains("\\u") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() * 2);
    let (mut inside, mut after_backslash) = (false, false);
    for character in text.chars() {
        if inside && !after_backslash && matches!(character, 'a' | 'e' | 'o') {
            let _ = write!(out, "\\u{:04X}", u32::from(character));
            continue;
        }
        if character == '"' && !after_backslash {
            inside = !inside;
        }
        // The digits of an escape are no letters of the text.
        after_backslash = character == '\\' && !after_backslash;
        out.push(character);
    }
    out
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}
