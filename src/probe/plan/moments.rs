//! Moments that make sense together: what begins does so before it ends, and both are to come.

use super::base::keeps;
use crate::spec::{SchemaRef, Spec};
use serde_json::Value;

/// Words for a beginning and for an end, and the days that are put in their place.
const BEGINNINGS: [&str; 5] = ["start", "begin", "since", "from", "notbefore"];
const ENDS: [&str; 6] = ["end", "until", "expir", "stop", "notafter", "deadline"];
const FIRST: &str = "2049-01-01";
const LAST: &str = "2049-01-02";

/// Deepest member that is looked at.
const DEPTH: usize = 5;

/// A made-up value with its moments in order, where it keeps its schema so; else as it was.
pub(super) fn in_time(spec: &Spec, schema: &SchemaRef, value: Value) -> Value {
    let mut other = value.clone();
    set(&mut other, DEPTH);
    if other != value && keeps(spec, schema, &other) { other } else { value }
}

fn set(value: &mut Value, depth: usize) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match member {
                    Value::String(text) => {
                        if let Some(moment) = moment(name, text) {
                            *text = moment;
                        }
                    }
                    member if depth > 0 => set(member, depth - 1),
                    _ => {}
                }
            }
        }
        Value::Array(items) if depth > 0 => {
            for item in items {
                set(item, depth - 1);
            }
        }
        _ => {}
    }
}

/// What stands for a moment of this name, in the form of the one that is there.
fn moment(name: &str, there: &str) -> Option<String> {
    let plain: String = name.chars().filter(char::is_ascii_alphabetic).collect();
    let plain = plain.to_ascii_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| plain.contains(word));
    let day = match (is(&BEGINNINGS), is(&ENDS)) {
        (true, false) => FIRST,
        (false, true) => LAST,
        _ => return None,
    };
    if there.parse::<jiff::Timestamp>().is_ok() {
        let rest = there.get(10..).filter(|rest| rest.starts_with(['T', 't', ' ']))?;
        return Some(format!("{day}{rest}"));
    }
    there.parse::<jiff::civil::Date>().is_ok().then(|| day.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_does_so_before_it_ends() {
        let mut value = serde_json::json!({
            "startsAt": "2031-05-06T07:08:09Z",
            "endsAt": "2002-05-06T07:08:09.5Z",
            "until": "2002-05-06",
            "label": "from",
            "more": [{"valid_from": "2002-05-06"}],
        });
        set(&mut value, 3);
        let expected = serde_json::json!({
            "startsAt": "2049-01-01T07:08:09Z",
            "endsAt": "2049-01-02T07:08:09.5Z",
            "until": "2049-01-02",
            "label": "from",
            "more": [{"valid_from": "2049-01-01"}],
        });
        assert_eq!(value, expected);
    }
}
