//! Bodies that are sequences: JSON texts one after the other, server-sent events.

use super::json::{Doubt, JsonText, JsonTextError};
use super::media::Sequence;
use serde_json::{Map, Value};

impl JsonText {
    /// Reads the items of a sequential media type as one array (OpenAPI 3.2, section 4.14.3). Of an event
    /// `data`, `event` and `id` are text, and `retry` is a number; comments and other fields are no part of it.
    pub fn read_sequence(sequence: Sequence, bytes: &[u8]) -> Result<Self, JsonTextError> {
        let (mut items, mut doubts) = (Vec::new(), Vec::new());
        let mut take = |text: &[u8]| {
            let number = items.len() + 1;
            let told = |what: String| format!("item {number}: {what}");
            let item = Self::read(text).map_err(|error| match error {
                JsonTextError::Malformed(what) => JsonTextError::Malformed(told(what)),
                JsonTextError::Beyond(what) => JsonTextError::Beyond(told(what)),
            })?;
            doubts.extend(item.doubt.map(|doubt| {
                let what = told(doubt.what);
                (items.len(), Doubt { what, ..doubt })
            }));
            items.push(item.value);
            Ok(())
        };
        let is_blank = |text: &&[u8]| text.trim_ascii().is_empty();
        match sequence {
            Sequence::Lines => {
                bytes.split(|byte| *byte == b'\n').filter(|t| !is_blank(t)).try_for_each(take)?;
            }
            Sequence::Records => {
                let mut records = bytes.split(|byte| *byte == RECORD_SEPARATOR);
                if records.next().is_some_and(|before| !is_blank(&before)) {
                    let what = "text in front of the first record separator";
                    return Err(JsonTextError::Malformed(what.to_owned()));
                }
                records.filter(|text| !is_blank(text)).try_for_each(&mut take)?;
            }
            Sequence::Events => items = events(bytes)?,
        }
        let doubt = joined(doubts, &items);
        Ok(Self { value: Value::Array(items), doubt })
    }
}

/// What is in doubt of a sequence, by the positions of its items.
fn joined(doubts: Vec<(usize, Doubt)>, items: &[Value]) -> Option<Doubt> {
    let turns = doubts.iter().map(|(_, doubt)| doubt.readings.len()).max()?;
    let is_settled = doubts.iter().all(|(_, doubt)| doubt.is_settled);
    let mut readings = vec![items.to_vec(); turns];
    for (turn, reading) in readings.iter_mut().enumerate() {
        for (at, doubt) in &doubts {
            if let Some(item) = doubt.readings.get(turn).or(doubt.readings.last()) {
                reading[*at].clone_from(item);
            }
        }
    }
    let what = doubts.into_iter().next()?.1.what;
    Some(Doubt { what, readings: readings.into_iter().map(Value::Array).collect(), is_settled })
}

/// RFC 7464, section 2.2.
const RECORD_SEPARATOR: u8 = 0x1e;

/// Server-sent events (HTML, section 9.2.6). An event that the body ends within counts: what ended it
/// may be a connection that was cut.
fn events(bytes: &[u8]) -> Result<Vec<Value>, JsonTextError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| JsonTextError::Malformed(format!("events are UTF-8: {error}")))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let mut items = Vec::new();
    let mut event = Map::new();
    for line in text.split(['\n', '\r']).chain([""]) {
        if line.is_empty() {
            if !event.is_empty() {
                items.push(Value::Object(std::mem::take(&mut event)));
            }
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => match event.get_mut("data") {
                Some(Value::String(data)) => {
                    data.push('\n');
                    data.push_str(value);
                }
                _ => drop(event.insert("data".to_owned(), Value::from(value))),
            },
            "event" | "id" => drop(event.insert(field.to_owned(), Value::from(value))),
            "retry" => {
                if let Ok(milliseconds) = value.parse::<u64>() {
                    event.insert("retry".to_owned(), Value::from(milliseconds));
                }
            }
            _ => {}
        }
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(sequence: Sequence, text: &str) -> Option<Value> {
        JsonText::read_sequence(sequence, text.as_bytes()).ok().map(|text| text.value)
    }

    #[test]
    fn items_of_every_kind() {
        let cases = [
            (Sequence::Lines, "{\"a\":1}\r\n\n[2]\n", Some(json!([{"a": 1}, [2]]))),
            (Sequence::Lines, "", Some(json!([]))),
            (Sequence::Lines, "1 2\n", None),
            (Sequence::Records, "\u{1e}1\n\u{1e}{\n}\n", Some(json!([1, {}]))),
            (Sequence::Records, "1\n\u{1e}2", None),
            (
                Sequence::Events,
                "\u{feff}: hello\ndata: a\ndata:b\nid: 7\n\nevent: end\rretry: 10\nretry: x\n\n\ndata",
                Some(
                    json!([{"data": "a\nb", "id": "7"}, {"event": "end", "retry": 10}, {"data": ""}]),
                ),
            ),
        ];
        for (sequence, text, expected) in cases {
            assert_eq!(read(sequence, text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_an_item_does_not_say_is_told_with_its_number() {
        let text = JsonText::read_sequence(Sequence::Lines, b"1\n{\"a\":1,\"a\":2}").unwrap();
        let doubt = text.doubt.unwrap();
        assert_eq!(doubt.what, "item 2: the name `a` stands twice in an object");
        assert_eq!(doubt.readings, [json!([1, {"a": 1}]), json!([1, {"a": 2}])]);
        assert!(!doubt.is_settled);
    }
}
