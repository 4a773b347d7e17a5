use super::change::{Change, Kind};
use super::noise::{Learned, Volatile, by_form, json, request_key};
use crate::check::{Finding, Fingerprint, Judge, Rule, Severity};
use crate::diff::{Difference, json_differences, pair_differences, shortened, text_differences};
use crate::exchange::{Exchange, Request, Response, Target, pointer_name};
use crate::matching::learn::format_of;
use crate::spec::{Promise, Route, Routed, Spec, route};
use serde_json::Value;
use std::collections::HashSet;

/// Headers of the connection, and those that our own servers add.
const LEFT_OUT: [&str; 6] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "testimony-source",
    "trailer",
    "transfer-encoding",
];

/// Compares answers.
pub struct Comparison<'a> {
    specs: &'a [Spec],
    judge: Judge<'a>,
    volatile: Volatile,
    learned: Learned,
}

/// What came of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared {
    /// The changes, the worst first; none where nothing differs.
    Changes(Vec<Change>),
    /// A 429 or a gateway's code came in the place of another: it tells nothing. Both codes.
    Inconclusive(u16, u16),
    /// One of the two has no whole answer.
    NoAnswer,
}

impl<'a> Comparison<'a> {
    /// A comparison by these specs. The judge tells what breaks a promise; it adds nothing up.
    pub fn new(specs: &'a [Spec], judge: Judge<'a>, volatile: Volatile) -> Self {
        Self { specs, judge, volatile, learned: Learned::default() }
    }

    /// Another recorded run begins.
    pub fn begin_run(&mut self) {
        self.learned.begin();
    }

    /// Takes a recorded exchange in, to learn what differs between the runs.
    pub fn learn(&mut self, recorded: &Exchange) {
        if let Some((response, body)) =
            recorded.response.as_ref().and_then(|response| Some((response, json(response)?)))
        {
            let operation = self.operation(&recorded.request);
            let request = request_key(&recorded.request);
            self.learned.see(&operation, request, response.status, &body);
        }
    }

    /// Compares a newer answer with the recorded one.
    pub fn compare(&mut self, recorded: &Exchange, newer: &Exchange) -> Compared {
        let (Some(then), Some(now)) = (&recorded.response, &newer.response) else {
            return Compared::NoAnswer;
        };
        if recorded.error.is_some() || newer.error.is_some() {
            return Compared::NoAnswer;
        }
        if then.status != now.status && self.judge.is_inconclusive(newer, then.status) {
            return Compared::Inconclusive(then.status, now.status);
        }
        let mut changes = self.broken(recorded, newer);
        if then.status == now.status {
            self.headers(then, now, &mut changes);
            self.body(newer, then, now, &mut changes);
        } else if !changes.iter().any(|change| change.at == "status") {
            let codes = [then, now].map(|response| response.status.to_string());
            let sides = (Some(codes[0].as_str()), Some(codes[1].as_str()));
            changes.push(Change::new(Kind::Contract, "status", sides, "another code"));
        }
        changes.sort_by_key(|change| change.kind);
        Compared::Changes(changes)
    }

    /// What breaks the promise now, and did not when it was recorded.
    fn broken(&mut self, recorded: &Exchange, newer: &Exchange) -> Vec<Change> {
        let breaks = |finding: &Finding| {
            let of_answer =
                finding.rule.is_of_response() || finding.rule == Rule::UndocumentedStatus;
            of_answer && finding.severity == Severity::Error
        };
        let (before, _) = self.judge.alone(recorded);
        let known: HashSet<&Fingerprint> =
            before.iter().map(|finding| &finding.fingerprint).collect();
        let (findings, _) = self.judge.alone(newer);
        let new = findings.iter().filter(|finding| breaks(finding));
        let new = new.filter(|finding| !known.contains(&finding.fingerprint));
        new.map(|finding| {
            let at = finding.at.to_string();
            let then = said(recorded, &at).unwrap_or_default();
            let why = format!("{}: {} is promised", finding.rule, finding.expected);
            Change::new(Kind::Contract, &at, (Some(&then), Some(&finding.observed)), &why)
        })
        .collect()
    }

    fn headers(&self, then: &Response, now: &Response, changes: &mut Vec<Change>) {
        let pairs = |response: &Response| -> Vec<(String, String)> {
            let told = response.headers.iter().filter(|h| !LEFT_OUT.iter().any(|name| h.is(name)));
            told.map(|h| (h.name.to_ascii_lowercase(), h.text().into_owned())).collect()
        };
        for Difference { at, left, right } in pair_differences("header", &pairs(then), &pairs(now))
        {
            if is_told(changes, &at) {
                continue;
            }
            let name = at.strip_prefix("header:").unwrap_or(&at);
            let sides = (left.as_deref(), right.as_deref());
            let noise = self.volatile.header(name).map(ToOwned::to_owned).or_else(|| {
                let (left, right) = (Value::from(sides.0?), Value::from(sides.1?));
                if name == "location" || name == "content-location" {
                    return same_but_for_ids(sides.0?, sides.1?).then(|| "id".to_owned());
                }
                by_form("", None, &left, &right)
            });
            changes.push(changed(&at, sides, noise));
        }
    }

    fn body(&self, newer: &Exchange, then: &Response, now: &Response, changes: &mut Vec<Change>) {
        let (Some(left), Some(right)) = (json(then), json(now)) else {
            return text(then, now, changes);
        };
        let mut declared = self.volatile.places(&left);
        declared.extend(self.volatile.places(&right));
        let operation = self.operation(&newer.request);
        let routed = self.routed(&newer.request);
        for Difference { at, left: then, right: now } in json_differences(&left, &right) {
            if is_told(changes, &at) {
                continue;
            }
            let is_declared = || {
                let above = declared.iter().any(|place| is_at_or_below(&at, place));
                above.then(|| "declared".to_owned())
            };
            let noise = is_declared().or_else(|| {
                let (left, right) = (left.pointer(&at)?, right.pointer(&at)?);
                if self.learned.knows(&operation, &at) && same_type(left, right) {
                    return Some("learned".to_owned());
                }
                let format = routed.as_ref().and_then(|routed| {
                    let promise = routed.operation.promise(newer.response.as_ref()?.status)?;
                    format_in(routed.spec, promise, &at)
                });
                by_form(&at, format.as_deref(), left, right)
            });
            changes.push(changed(&at, (then.as_deref(), now.as_deref()), noise));
        }
    }

    fn routed(&self, request: &Request) -> Option<Routed<'a>> {
        match route(self.specs, request) {
            Route::Operation(routed) => Some(routed),
            Route::OtherMethod(_) | Route::Unknown => None,
        }
    }

    fn operation(&self, request: &Request) -> String {
        self.routed(request).map_or_else(
            || request_key(request),
            |routed| format!("{} {}", routed.spec.path, routed.operation.id),
        )
    }
}

/// Compares bodies that are no JSON.
fn text(then: &Response, now: &Response, changes: &mut Vec<Change>) {
    let bytes = |response: &Response| {
        let body = response.body.decoded(&response.headers).ok().flatten();
        body.unwrap_or_default().into_owned()
    };
    let (left, right) = (bytes(then), bytes(now));
    if left == right || changes.iter().any(|change| change.at.is_empty()) {
        return;
    }
    if let (Ok(left), Ok(right)) = (std::str::from_utf8(&left), std::str::from_utf8(&right)) {
        for Difference { at, left, right } in text_differences(left, right) {
            let sides = (left.as_deref(), right.as_deref());
            let noise = || by_form("", None, &Value::from(sides.0?), &Value::from(sides.1?));
            changes.push(changed(&at, sides, noise()));
        }
    } else {
        let told = [&left, &right].map(|bytes| format!("{} bytes", bytes.len()));
        changes.push(changed("", (Some(&told[0]), Some(&told[1])), None));
    }
}

fn changed(at: &str, sides: (Option<&str>, Option<&str>), noise: Option<String>) -> Change {
    match noise {
        Some(why) => Change::new(Kind::Noise, at, sides, &why),
        None => Change::new(
            Kind::Value,
            at,
            sides,
            match sides {
                (None, _) => "new",
                (_, None) => "gone",
                _ => "another value",
            },
        ),
    }
}

/// What stands at a finding's place.
fn said(exchange: &Exchange, at: &str) -> Option<String> {
    let response = exchange.response.as_ref()?;
    if at == "status" {
        return Some(response.status.to_string());
    }
    if let Some(name) = at.strip_prefix("header:") {
        return response.headers.text(name).map(ToOwned::to_owned);
    }
    Some(shortened(&json(response)?.pointer(at)?.to_string()))
}

/// Whether a place is told already, for itself or as a part of another.
fn is_told(changes: &[Change], at: &str) -> bool {
    changes.iter().any(|change| {
        change.kind == Kind::Contract
            && (change.at.eq_ignore_ascii_case(at)
                || (!change.at.is_empty() && is_at_or_below(at, &change.at)))
    })
}

fn is_at_or_below(at: &str, place: &str) -> bool {
    at.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn same_type(left: &Value, right: &Value) -> bool {
    std::mem::discriminant(left) == std::mem::discriminant(right)
}

/// Whether two URLs differ in segments alone that look like ids, wherever they lead.
fn same_but_for_ids(left: &str, right: &str) -> bool {
    let segments = |text: &str| -> Vec<String> {
        let path = Target::parse(text).path_and_query();
        path.split('/').map(ToOwned::to_owned).collect()
    };
    let (left, right) = (segments(left), segments(right));
    let has_digit = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    left.len() == right.len()
        && left.iter().zip(&right).all(|(a, b)| a == b || (has_digit(a) && has_digit(b)))
}

/// The format that a promise names for a place of its body.
fn format_in(spec: &Spec, promise: &Promise, pointer: &str) -> Option<String> {
    let is_index = |token: &str| token.bytes().all(|byte| byte.is_ascii_digit());
    let names: Vec<String> = pointer
        .split('/')
        .skip(1)
        .map(
            |token| if is_index(token) { "*".to_owned() } else { pointer_name(token).into_owned() },
        )
        .collect();
    let mut schemas = promise.media.iter().filter_map(|media| media.schema.as_ref());
    schemas.find_map(|schema| format_of(spec, schema, &names))
}
