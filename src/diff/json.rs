use super::{DIFFERENCE_LIMIT, Difference};
use crate::exchange::pointer_token;
use serde_json::Value;

/// Where two JSON values differ, by pointer (RFC 6901): members by name whatever their order,
/// elements by index, numbers by value.
pub fn json_differences(left: &Value, right: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(left, right, &mut String::new(), &mut found);
    found
}

fn compare(left: &Value, right: &Value, at: &mut String, found: &mut Vec<Difference>) {
    if found.len() >= DIFFERENCE_LIMIT {
        return;
    }
    match (left, right) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (name, value) in ours {
                step(at, &pointer_token(name), |at| match theirs.get(name) {
                    Some(other) => compare(value, other, at, found),
                    None => found.push(one_sided(at, Some(value), None)),
                });
            }
            for (name, value) in theirs.iter().filter(|(name, _)| !ours.contains_key(*name)) {
                step(at, &pointer_token(name), |at| found.push(one_sided(at, None, Some(value))));
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            for index in 0..ours.len().max(theirs.len()) {
                step(at, &index.to_string(), |at| match (ours.get(index), theirs.get(index)) {
                    (Some(value), Some(other)) => compare(value, other, at, found),
                    (value, other) => found.push(one_sided(at, value, other)),
                });
                if found.len() >= DIFFERENCE_LIMIT {
                    return;
                }
            }
        }
        _ if equal_scalars(left, right) => {}
        _ => found.push(one_sided(at, Some(left), Some(right))),
    }
}

fn equal_scalars(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(ours), Value::Number(theirs)) => {
            ours == theirs || (ours.is_f64() != theirs.is_f64() && ours.as_f64() == theirs.as_f64())
        }
        _ => left == right,
    }
}

fn step(at: &mut String, token: &str, then: impl FnOnce(&mut String)) {
    let length = at.len();
    at.push('/');
    at.push_str(token);
    then(at);
    at.truncate(length);
}

fn one_sided(at: &str, left: Option<&Value>, right: Option<&Value>) -> Difference {
    let text = |value: Option<&Value>| value.map(Value::to_string);
    Difference::new(at, text(left).as_deref(), text(right).as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(left: &Value, right: &Value) -> Vec<String> {
        let side = |side: Option<String>| side.unwrap_or_else(|| "-".to_owned());
        json_differences(left, right)
            .into_iter()
            .map(|d| format!("{} {} {}", d.at, side(d.left), side(d.right)))
            .collect()
    }

    #[test]
    fn differences_name_their_place() {
        assert_eq!(told(&json!({"a": 1, "b": [1, 2]}), &json!({"b": [1, 2], "a": 1.0})), [""; 0]);
        assert_eq!(
            told(&json!({"a/b": {"c": 1}, "x": null}), &json!({"a/b": {"c": "1"}, "y": [true]})),
            ["/a~1b/c 1 \"1\"", "/x null -", "/y - [true]"]
        );
        assert_eq!(told(&json!([1, 2]), &json!([2])), ["/0 1 2", "/1 2 -"]);
        assert_eq!(told(&json!({}), &json!([])), [" {} []"]);
    }

    #[test]
    fn lists_are_bounded() {
        let many = |offset: usize| Value::from((0..10_000).map(|n| n + offset).collect::<Vec<_>>());
        assert_eq!(json_differences(&many(0), &many(1)).len(), DIFFERENCE_LIMIT);
    }
}
