//! Ids: where an answer says them, and texts in the form of one that nothing has.

use super::pool::variables;
use crate::exchange::{Response, Target};
use serde_json::Value;

/// Deepest member in which an id is looked for.
const DEPTH: usize = 3;

/// Another text of the same form: other digits and letters, the same signs. A short number becomes a large one.
pub(super) fn other_like(text: &str, seed: u64) -> String {
    if !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return (900_000_000 + seed.wrapping_mul(7919) % 99_999_999).to_string();
    }
    let is_hex = text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let is_uuid = text.len() == 36 && is_hex;
    let mut state = seed ^ 0x9e37_79b9_7f4a_7c15;
    let mut draw = |most: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % most
    };
    let mut pick = |from: &str| {
        let place = usize::try_from(draw(from.len() as u64)).unwrap_or(0);
        char::from(from.as_bytes()[place])
    };
    let mut other = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        // Version and variant of a UUID stay (RFC 9562, section 4).
        let kept = is_uuid && (at == 14 || at == 19);
        other.push(match c {
            _ if kept => c,
            '0'..='9' if is_hex && text.len() > 9 => pick("0123456789abcdef"),
            '0'..='9' => pick("0123456789"),
            'a'..='f' if is_hex => pick("0123456789abcdef"),
            'A'..='F' if is_hex => pick("0123456789ABCDEF"),
            'a'..='z' => pick("bcdfghjkmnpqrstvwxz"),
            'A'..='Z' => pick("BCDFGHJKMNPQRSTVWXZ"),
            _ => c,
        });
    }
    other
}

/// The id of what was made: in `Location`, else in the member of the body that is named like the variable.
pub(super) fn made(response: &Response, item: &str) -> Option<String> {
    let variable = variables(item).last()?;
    located(response, item).or_else(|| {
        let value = body(response)?;
        identified(&value, variable, DEPTH)
    })
}

/// The ids that a list has, the first few.
pub(super) fn listed(response: &Response, item: &str) -> Vec<String> {
    let (Some(variable), Some(value)) = (variables(item).last(), body(response)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    items(&value, variable, DEPTH, &mut found);
    found
}

/// Words for a job that has not ended.
const RUNNING: [&str; 14] = [
    "running",
    "pending",
    "init",
    "initializing",
    "queued",
    "processing",
    "inprogress",
    "new",
    "created",
    "started",
    "accepted",
    "waiting",
    "scheduled",
    "submitted",
];

/// The id of the job that an answer names.
pub(super) fn job(response: &Response) -> Option<String> {
    let value = body(response)?;
    let members = value.as_object()?;
    members.iter().find(|(name, _)| is_job(name)).and_then(|(_, value)| text(value))
}

/// Whether a name is one of a job's id.
pub(super) fn is_job(name: &str) -> bool {
    ["jobid", "taskid", "operationid"].contains(&plain(name).as_str())
}

/// Whether an answer says that a job has not ended.
pub(super) fn is_running(response: &Response) -> bool {
    let value = body(response).unwrap_or_default();
    let state = ["status", "state", "job_status"].iter().find_map(|name| value.get(name)?.as_str());
    state.is_some_and(|state| RUNNING.contains(&plain(state).as_str()))
}

fn body(response: &Response) -> Option<Value> {
    let bytes = response.body.decoded(&response.headers).ok()??;
    serde_json::from_slice(&bytes).ok()
}

/// The segment of `Location` that stands where the template has its last variable.
fn located(response: &Response, item: &str) -> Option<String> {
    let location = response.headers.text("location")?;
    let path = Target::parse(location).path;
    let (path, item) = (path.trim_end_matches('/'), item.trim_end_matches('/'));
    let (collection, _) = item.rsplit_once('/')?;
    let (parent, id) = path.rsplit_once('/')?;
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let fits = last(parent) == last(collection) && !id.is_empty();
    fits.then(|| crate::exchange::percent_decoded(id))
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The member that is the id: named like the variable, or `id` where that is an id, or the last word of its name.
fn identified(value: &Value, variable: &str, depth: usize) -> Option<String> {
    let members = value.as_object()?;
    let variable_name = plain(variable);
    let named = |wanted: &str| {
        members.iter().find(|(name, _)| plain(name) == wanted).and_then(|(_, value)| text(value))
    };
    let words = ["id", "uuid", "name", "key", "slug", "code", "number", "sku"];
    let own = named(&variable_name).or_else(|| {
        let ends =
            words.iter().filter(|word| variable_name.ends_with(*word)).find_map(|word| named(word));
        ends.or_else(|| named("id")).or_else(|| named("uuid"))
    });
    own.or_else(|| {
        let depth = depth.checked_sub(1)?;
        members.values().find_map(|member| identified(member, variable, depth))
    })
    .or_else(|| named("name"))
}

fn items(value: &Value, variable: &str, depth: usize, found: &mut Vec<String>) {
    match value {
        Value::Array(values) => {
            let ids = values.iter().take(5).filter_map(|value| match value {
                Value::String(text) => Some(text.clone()),
                value => identified(value, variable, 1),
            });
            found.extend(ids);
        }
        Value::Object(members) if depth > 0 => {
            for member in members.values().filter(|_| found.is_empty()).collect::<Vec<_>>() {
                if found.is_empty() {
                    items(member, variable, depth - 1, found);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Body, Headers};

    fn answer(location: &str, body: &str) -> Response {
        let headers = if location.is_empty() {
            Headers::new()
        } else {
            Headers::from([("Location", location)])
        };
        Response { status: 201, headers, body: Body::from(body), ..Response::default() }
    }

    #[test]
    fn ids_are_found_where_answers_say_them() {
        let cases = [
            ("/v1/crates/17", "{}", "/crates/{id}", Some("17")),
            ("", r#"{"crate_id":"a","id":"b"}"#, "/crates/{crate_id}", Some("a")),
            ("", r#"{"crateId":"a","id":"b"}"#, "/crates/{crate_id}", Some("a")),
            ("", r#"{"id":7}"#, "/crates/{crateId}", Some("7")),
            ("", r#"{"crate":{"id":7,"name":"x"}}"#, "/crates/{id}", Some("7")),
            ("", r#"{"name":"x"}"#, "/crates/{name}", Some("x")),
            ("", r#"{"size":7}"#, "/crates/{id}", None),
            ("/elsewhere/9", r#"{"id":"b"}"#, "/crates/{id}", Some("b")),
        ];
        for (location, body, item, expected) in cases {
            assert_eq!(
                made(&answer(location, body), item).as_deref(),
                expected,
                "{location} {body}"
            );
        }
        let list = answer("", r#"{"total":2,"crates":[{"id":1},{"id":2}]}"#);
        assert_eq!(listed(&list, "/crates/{id}"), ["1", "2"]);
        assert_eq!(listed(&answer("", r#"["a"]"#), "/crates/{name}"), ["a"]);
    }

    #[test]
    fn another_id_has_the_same_form() {
        for text in
            ["3f2504e0-4f89-41d3-9a0c-0305e82c3301", "crate-7a", "AB_12", "0123456789abcdef"]
        {
            let other = other_like(text, 5);
            assert_ne!(other, text);
            assert_eq!(other.len(), text.len(), "{other}");
            let signs = |text: &str| text.chars().map(char::is_alphanumeric).collect::<Vec<_>>();
            assert_eq!(signs(&other), signs(text));
        }
        assert!(other_like("17", 3).parse::<i32>().is_ok_and(|id| id > 100_000_000));
    }
}
