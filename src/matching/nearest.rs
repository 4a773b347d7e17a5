//! When nothing matches: the recorded request that comes nearest, and what is different.

use super::canonical::{Canonical, CanonicalBody};
use super::multipart::Part;
use super::tape::{Addressing, Entry};
use crate::diff::{Difference, json_differences, pair_differences, text_differences};

/// Most recorded requests that are compared in full for one miss.
const CANDIDATE_LIMIT: usize = 500;

/// A request that no recorded exchange answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The recorded request that comes nearest; `None` when nothing is recorded.
    pub nearest: Option<Nearest>,
    /// Every equal exchange was served, and none is to be repeated.
    pub exhausted: bool,
}

/// The nearest recorded request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// Its place on the tape, from 0.
    pub index: usize,
    /// What is recorded (left) and what was asked (right), field by field.
    pub differences: Vec<Difference>,
}

impl Miss {
    pub(super) fn exhausted(index: usize) -> Self {
        Self { nearest: Some(Nearest { index, differences: Vec::new() }), exhausted: true }
    }
}

/// Looks for the nearest entry: same path and method first, then whatever shares most.
pub(super) fn miss(entries: &[Entry], asked: &Canonical, addressing: Addressing) -> Miss {
    let mut ranked: Vec<(u32, usize)> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| (distance(&entry.request, asked, addressing), index))
        .collect();
    let kept = ranked.len().min(CANDIDATE_LIMIT);
    if kept < ranked.len() {
        ranked.select_nth_unstable(kept);
        ranked.truncate(kept);
    }
    let nearest = ranked
        .into_iter()
        .map(|(far, index)| {
            let differences = differences(&entries[index].request, asked, addressing);
            (far, differences.len(), index, differences)
        })
        .min_by_key(|(far, count, index, _)| (*far, *count, *index))
        .map(|(_, _, index, differences)| Nearest { index, differences });
    Miss { nearest, exhausted: false }
}

/// A cheap measure of how far two requests are apart.
fn distance(recorded: &Canonical, asked: &Canonical, addressing: Addressing) -> u32 {
    let mut far = 0;
    if recorded.path != asked.path {
        let shared = recorded.path.split('/').zip(asked.path.split('/')).filter(|(a, b)| a == b);
        let longest = recorded.path.split('/').count().max(asked.path.split('/').count());
        far += 40 + 10 * u32::try_from(longest - shared.count()).unwrap_or(100).min(100);
    }
    far += if recorded.method == asked.method { 0 } else { 30 };
    far += if recorded.selectors == asked.selectors { 0 } else { 60 };
    if addressing == Addressing::Forward && recorded.authority != asked.authority {
        far += 20;
    }
    far += if recorded.query == asked.query { 0 } else { 5 };
    far + if recorded.body == asked.body { 0 } else { 5 }
}

fn differences(recorded: &Canonical, asked: &Canonical, addressing: Addressing) -> Vec<Difference> {
    let mut found = Vec::new();
    if recorded.method != asked.method {
        found.push(Difference::new("method", Some(&recorded.method), Some(&asked.method)));
    }
    if addressing == Addressing::Forward && recorded.authority != asked.authority {
        let text = |side: &Canonical| {
            side.authority.as_ref().map(|(scheme, authority)| format!("{scheme}://{authority}"))
        };
        let (ours, theirs) = (text(recorded), text(asked));
        found.push(Difference::new("host", ours.as_deref(), theirs.as_deref()));
    }
    if recorded.path != asked.path {
        found.push(Difference::new("path", Some(&recorded.path), Some(&asked.path)));
    }
    found.extend(pair_differences("query", &recorded.query, &asked.query));
    found.extend(pair_differences("header", &recorded.selectors, &asked.selectors));
    if recorded.body != asked.body {
        found.extend(body_differences(&recorded.body, &asked.body));
    }
    found
}

fn body_differences(recorded: &CanonicalBody, asked: &CanonicalBody) -> Vec<Difference> {
    match (recorded, asked) {
        (CanonicalBody::Json(ours), CanonicalBody::Json(theirs)) => {
            match (serde_json::from_slice(ours), serde_json::from_slice(theirs)) {
                (Ok(ours), Ok(theirs)) => {
                    let mut found = json_differences(&ours, &theirs);
                    for difference in &mut found {
                        difference.at = format!("body:{}", difference.at);
                    }
                    found
                }
                _ => vec![kinds(recorded, asked)],
            }
        }
        (CanonicalBody::Form(ours), CanonicalBody::Form(theirs)) => {
            pair_differences("form", ours, theirs)
        }
        (CanonicalBody::Multipart(ours), CanonicalBody::Multipart(theirs)) => {
            part_differences(ours, theirs)
        }
        (CanonicalBody::Bytes(ours), CanonicalBody::Bytes(theirs)) => {
            match (std::str::from_utf8(ours), std::str::from_utf8(theirs)) {
                (Ok(ours), Ok(theirs)) => text_differences(ours, theirs),
                _ => vec![kinds(recorded, asked)],
            }
        }
        _ => vec![kinds(recorded, asked)],
    }
}

fn part_differences(recorded: &[Part], asked: &[Part]) -> Vec<Difference> {
    let mut found = Vec::new();
    for index in 0..recorded.len().max(asked.len()) {
        let at = format!("part {}", index + 1);
        let (ours, theirs) = match (recorded.get(index), asked.get(index)) {
            (Some(ours), Some(theirs)) => (ours, theirs),
            (ours, theirs) => {
                let text = |part: Option<&Part>| part.map(|part| format!("{:?}", part.headers));
                found.push(Difference::new(at, text(ours).as_deref(), text(theirs).as_deref()));
                continue;
            }
        };
        found.extend(pair_differences(&format!("{at} header"), &ours.headers, &theirs.headers));
        if ours.content != theirs.content {
            let text = |part: &Part| String::from_utf8_lossy(&part.content).into_owned();
            found.push(Difference::new(at, Some(&text(ours)), Some(&text(theirs))));
        }
    }
    found
}

/// Two bodies that can't be compared piece by piece.
fn kinds(recorded: &CanonicalBody, asked: &CanonicalBody) -> Difference {
    let told = |body: &CanonicalBody| match body {
        CanonicalBody::Empty => "no body".to_owned(),
        CanonicalBody::Json(text) => format!("JSON of {} bytes", text.len()),
        CanonicalBody::Form(pairs) => format!("a form of {} fields", pairs.len()),
        CanonicalBody::Multipart(parts) => format!("{} parts", parts.len()),
        CanonicalBody::Bytes(bytes) => format!("{} bytes", bytes.len()),
        CanonicalBody::File(name) => format!("a file of digest {name}"),
    };
    Difference::new("body", Some(&told(recorded)), Some(&told(asked)))
}

#[cfg(test)]
mod tests {
    use super::super::{Repeat, Tape};
    use super::*;
    use crate::exchange::{Body, Exchange, ExchangeNumber, Headers, Request, Source, Timing};

    fn request(method: &str, target: &str, headers: Headers, body: &str) -> Request {
        Request {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            body: Body::from(body),
            ..Request::default()
        }
    }

    fn tape() -> Tape {
        let multipart = "--b\r\nA: 1\r\n\r\nx\r\n--b\r\nA: 2\r\n\r\ny\r\n--b--\r\n";
        let requests = [
            request(
                "POST",
                "https://h/v1/p/images?limit=1",
                Headers::new(),
                "{\"name\":\"a\",\"tags\":[1,2]}",
            ),
            request("GET", "https://h/v1/p/images", Headers::new(), ""),
            request("POST", "https://h/", Headers::from([("x-acs-action", "CreateImage")]), ""),
            request(
                "POST",
                "https://h/up",
                Headers::from([("Content-Type", "multipart/form-data; boundary=b")]),
                multipart,
            ),
        ];
        let exchanges: Vec<Exchange> = requests
            .into_iter()
            .map(|request| Exchange {
                number: ExchangeNumber(1),
                at: jiff::Timestamp::UNIX_EPOCH,
                source: Source::Live,
                request,
                response: None,
                timing: Timing::default(),
                error: None,
                redacted: Vec::new(),
                messages: Vec::new(),
                digest: None,
            })
            .collect();
        Tape::new(&exchanges, Repeat::Last)
    }

    #[test]
    fn each_mismatch_is_explained_by_the_field_at_fault() {
        let none = Headers::new;
        let body = "{\"name\":\"a\",\"tags\":[1,2]}";
        let multipart = |text: &str| {
            let headers = Headers::from([("Content-Type", "multipart/form-data; boundary=z")]);
            request("POST", "https://h/up", headers, text)
        };
        let cases = [
            (request("PUT", "https://h/v1/p/images?limit=1", none(), body), 0, "method"),
            (request("POST", "https://g/v1/p/images?limit=1", none(), body), 0, "host"),
            (request("POST", "https://h/v1/q/images?limit=1", none(), body), 0, "path"),
            (request("POST", "https://h/v1/p/images?limit=2", none(), body), 0, "query:limit"),
            (
                request(
                    "POST",
                    "https://h/v1/p/images?limit=1",
                    none(),
                    "{\"name\":\"b\",\"tags\":[1,2]}",
                ),
                0,
                "body:/name",
            ),
            (
                request(
                    "POST",
                    "https://h/v1/p/images?limit=1",
                    none(),
                    "{\"name\":\"a\",\"tags\":[2,1]}",
                ),
                0,
                "body:/tags/0",
            ),
            (
                request(
                    "POST",
                    "https://h/v1/p/images?limit=1",
                    none(),
                    "{\"name\":\"a\",\"tags\":[1,2],\"x\":1}",
                ),
                0,
                "body:/x",
            ),
            (request("POST", "https://h/v1/p/images?limit=1", none(), ""), 0, "body"),
            (request("GET", "https://h/v1/p/images?x=1", none(), ""), 1, "query:x"),
            (
                request("POST", "https://h/", Headers::from([("x-acs-action", "DeleteImage")]), ""),
                2,
                "header:x-acs-action",
            ),
            (multipart("--z\r\nA: 1\r\n\r\nx\r\n--z--\r\n"), 3, "part 2"),
            (multipart("--z\r\nA: 1\r\n\r\nX\r\n--z\r\nA: 2\r\n\r\ny\r\n--z--\r\n"), 3, "part 1"),
        ];
        let tape = tape();
        for (asked, index, at) in cases {
            let miss = tape.answer(&asked, Addressing::Forward).unwrap_err();
            let nearest = miss.nearest.unwrap();
            assert_eq!(
                (nearest.index, nearest.differences[0].at.as_str()),
                (index, at),
                "{asked:?}"
            );
        }
    }

    #[test]
    fn an_empty_tape_has_no_nearest() {
        let tape = Tape::new(&[], Repeat::Last);
        let miss =
            tape.answer(&request("GET", "http://h/", Headers::new(), ""), Addressing::Forward);
        assert_eq!(miss, Err(Box::new(Miss { nearest: None, exhausted: false })));
    }
}
