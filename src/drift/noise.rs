//! Places whose values are made up for every answer: declared, learned, or known by their form.

use crate::cassette::redact::is_placeholder;
use crate::check::without_indexes;
use crate::diff::json_differences;
use crate::exchange::{Digest, Request, Response, Target, fits_glob_in_any_case};
use crate::matching::learn;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Headers whose values say nothing of the API, with `*` for any characters.
const HEADERS: [&str; 26] = [
    "age",
    "cf-ray",
    "content-length",
    "date",
    "etag",
    "expires",
    "last-modified",
    "nel",
    "ratelimit*",
    "report-to",
    "retry-after",
    "server-timing",
    "set-cookie",
    "traceparent",
    "tracestate",
    "via",
    "x-amz-cf-*",
    "x-amz-id-2",
    "x-amzn-requestid",
    "x-amzn-trace-id",
    "x-correlation-id",
    "x-ratelimit*",
    "x-rate-limit*",
    "x-request-id",
    "x-runtime",
    "x-trace-id",
];

/// Most answers that are kept to learn from.
const MOST: usize = 10_000;

/// What is declared as volatile: `header:NAME` with `*` for any characters, or a path of JSON (RFC 9535).
#[derive(Debug, Clone, Default)]
pub struct Volatile {
    headers: Vec<String>,
    paths: Vec<serde_json_path::JsonPath>,
}

/// What can't be declared so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is neither `header:NAME` nor a JSONPath: {cause}")]
pub struct VolatileError {
    text: String,
    cause: String,
}

impl Volatile {
    /// Declares one place.
    pub fn add(&mut self, text: &str) -> Result<(), VolatileError> {
        if let Some(name) = text.strip_prefix("header:") {
            self.headers.push(name.to_owned());
            return Ok(());
        }
        let path = serde_json_path::JsonPath::parse(text);
        let wrong = |cause: serde_json_path::ParseError| VolatileError {
            text: text.to_owned(),
            cause: cause.to_string(),
        };
        self.paths.push(path.map_err(wrong)?);
        Ok(())
    }

    /// Why a header's value is noise.
    pub(super) fn header(&self, name: &str) -> Option<&'static str> {
        let fits = |pattern: &str| fits_glob_in_any_case(pattern, name);
        if self.headers.iter().any(|pattern| fits(pattern)) {
            Some("declared")
        } else {
            HEADERS.iter().any(|pattern| fits(pattern)).then_some("of the transport")
        }
    }

    /// Pointers of the declared places in a body.
    pub(super) fn places(&self, body: &Value) -> HashSet<String> {
        let located = self.paths.iter().flat_map(|path| path.query_located(body));
        located.map(|node| node.location().to_json_pointer()).collect()
    }
}

/// Places that differ between the recorded answers of two runs. Within a run answers to one request may differ because
/// something happened: that is no noise.
#[derive(Debug, Default)]
pub(super) struct Learned {
    /// The last recorded answer to the how-manieth of equal requests.
    answers: HashMap<(String, usize), (u16, Value)>,
    /// How often a request came in this run.
    times: HashMap<String, usize>,
    places: HashSet<(String, String)>,
}

impl Learned {
    /// Another run begins.
    pub(super) fn begin(&mut self) {
        self.times.clear();
    }

    /// Takes a recorded answer in. `request` tells equal requests, `operation` equal kinds of them.
    pub(super) fn see(&mut self, operation: &str, request: String, status: u16, body: &Value) {
        let time = self.times.entry(request.clone()).or_default();
        *time += 1;
        let key = (request, *time);
        if self.answers.len() >= MOST && !self.answers.contains_key(&key) {
            return;
        }
        if let Some((before, earlier)) = self.answers.insert(key, (status, body.clone()))
            && before == status
        {
            for difference in json_differences(&earlier, body) {
                // What is there in one alone is no value that is made up.
                if difference.left.is_some() && difference.right.is_some() {
                    self.places.insert((operation.to_owned(), without_indexes(&difference.at)));
                }
            }
        }
    }

    pub(super) fn knows(&self, operation: &str, at: &str) -> bool {
        self.places.contains(&(operation.to_owned(), without_indexes(at)))
    }
}

/// Why two values of one place are noise by themselves.
pub(super) fn by_form(
    at: &str,
    format: Option<&str>,
    left: &Value,
    right: &Value,
) -> Option<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    if left.is_string() != right.is_string() {
        return None;
    }
    let (left, right) = (text(left)?, text(right)?);
    if let Some(format) = format
        .filter(|format| matches!(*format, "date-time" | "date" | "time" | "uuid" | "duration"))
    {
        return Some(format!("format {format}"));
    }
    let kind = learn::Kind::of(Some(&left), Some(&right));
    if matches!(
        kind,
        learn::Kind::Uuid
            | learn::Kind::Time
            | learn::Kind::Epoch
            | learn::Kind::Hex
            | learn::Kind::Random
    ) {
        return Some(kind.to_string());
    }
    let is_secret = |text: &str| is_placeholder(text);
    if is_secret(&left) || is_secret(&right) {
        return Some("secret".to_owned());
    }
    is_id(at.rsplit('/').find(|token| !token.bytes().all(|b| b.is_ascii_digit()))?)
        .then(|| "id".to_owned())
}

/// Whether a member is named as ids are.
fn is_id(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    matches!(lower.as_str(), "id" | "uuid" | "guid" | "request-id" | "requestid" | "trace")
        || lower.ends_with("_id")
        || lower.ends_with("-id")
        || name.ends_with("Id")
        || name.ends_with("ID")
}

/// What tells a request apart from others.
pub(super) fn request_key(request: &Request) -> String {
    let target = Target::parse(&request.target).path_and_query();
    let body = request.body.bytes().unwrap_or_default();
    format!("{} {target} {}", request.method, Digest::of(body))
}

/// The body of an answer as JSON.
pub(super) fn json(response: &Response) -> Option<Value> {
    let body = response.body.decoded(&response.headers).ok()??;
    serde_json::from_slice(&body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_differs_between_runs_is_learned_and_not_what_differs_within_one() {
        let mut learned = Learned::default();
        let runs = [["new", "done"], ["new", "done"]];
        for (run, states) in runs.iter().enumerate() {
            learned.begin();
            for state in states {
                let body = json!({"items": [{"state": state, "serial": run}]});
                learned.see("op", "GET /job".to_owned(), 200, &body);
            }
        }
        assert!(learned.knows("op", "/items/7/serial"));
        assert!(
            !learned.knows("op", "/items/0/state") && !learned.knows("other", "/items/0/serial")
        );
    }

    #[test]
    fn values_that_are_made_up_look_so() {
        let why = |at: &str, format: Option<&str>, left: Value, right: Value| {
            by_form(at, format, &left, &right)
        };
        let uuids =
            ["8b1f0c52-7d3e-4f1a-9c55-0e4e2a1b7c90", "0d9f7a11-1111-4f1a-9c55-0e4e2a1b7c91"];
        assert_eq!(why("/x", None, json!(uuids[0]), json!(uuids[1])).as_deref(), Some("uuid"));
        assert_eq!(why("/job_id", None, json!(17), json!(18)).as_deref(), Some("id"));
        assert_eq!(why("/imageId/0", None, json!("a"), json!("b")).as_deref(), Some("id"));
        assert_eq!(
            why("/at", Some("date"), json!("a"), json!("b")).as_deref(),
            Some("format date")
        );
        assert_eq!(why("/job_id", None, json!(17), json!("18")), None, "another type");
        for (at, left, right) in [
            ("/total", json!(17), json!(18)),
            ("/state", json!("new"), json!("done")),
            ("/valid", json!("x"), json!("y")),
            ("/id", json!(true), json!(false)),
        ] {
            assert_eq!(why(at, None, left, right), None, "{at}");
        }
    }
}
