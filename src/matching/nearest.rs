//! When nothing matches: the recorded requests that come nearest, and what is different.

use super::bodies;
use super::canonical::{Canonical, CanonicalBody};
use super::comparison::Comparison;
use super::field::{Field, Mismatch};
use super::likeness::Likeness;
use super::tape::Addressing;
use crate::diff::Difference;
use std::cmp::Reverse;

/// Most recorded requests that are compared in full for one miss.
const COMPARED: usize = 12;

/// Bytes of bodies that are compared in full for one miss.
const BYTES: usize = 4 * 1024 * 1024;

/// A recorded request that comes near.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Nearest {
    /// Its place on the tape, from 0.
    pub index: usize,
    /// What is recorded and what was asked, field by field.
    pub mismatches: Vec<Mismatch>,
    /// Values that were sent where it has placeholders: they must not be told.
    pub secrets: Vec<String>,
}

impl Nearest {
    pub(super) fn of(
        index: usize,
        recorded: &Canonical,
        asked: &Canonical,
        addressing: Addressing,
    ) -> Self {
        let (mismatches, secrets) = compare(recorded, asked, addressing).into_parts();
        Self { index, mismatches, secrets }
    }

    /// Whether it is a request for the same thing: method and path are those that are recorded.
    pub fn is_same_operation(&self) -> bool {
        !self.mismatches.iter().any(|one| matches!(one.field, Field::Method | Field::Path))
    }

    /// What is recorded (left) and what was asked (right).
    pub fn differences(&self) -> Vec<Difference> {
        self.mismatches.iter().map(Mismatch::difference).collect()
    }
}

/// The requests that come nearest, nearest first, `most` of them, each but once: same path and method
/// first, then whatever shares most. What it costs does not grow with their number. `pair` gives a
/// recorded request, and the one that was asked as it is compared with that.
pub(super) fn nearest<'a>(
    pair: impl Fn(usize) -> (&'a Canonical, &'a Canonical),
    likeness: &Likeness,
    asked: &Canonical,
    addressing: Addressing,
    most: usize,
) -> Vec<Nearest> {
    let mut ranked: Vec<(u32, Reverse<u32>, usize)> = likeness
        .close(asked)
        .into_iter()
        .map(|(index, shared)| {
            let (recorded, asked) = pair(index);
            (distance(recorded, asked, addressing), Reverse(shared), index)
        })
        .collect();
    ranked.sort_unstable();
    let mut left = BYTES;
    let mut seen: Vec<&Canonical> = Vec::new();
    let mut compared = Vec::new();
    for (far, _, index) in ranked {
        let (one, asked) = pair(index);
        if compared.len() >= COMPARED.max(most) {
            break;
        }
        if seen.contains(&one) {
            continue;
        }
        seen.push(one);
        let size = size(&one.body) + size(&asked.body);
        // The first is compared whatever it costs: something must be told.
        if size > left && !compared.is_empty() {
            continue;
        }
        left = left.saturating_sub(size);
        compared.push((far, Nearest::of(index, one, asked, addressing)));
    }
    compared.sort_by_key(|(far, nearest)| (*far, nearest.mismatches.len(), nearest.index));
    compared.into_iter().take(most).map(|(_, nearest)| nearest).collect()
}

/// What it costs to compare a body.
fn size(body: &CanonicalBody) -> usize {
    match body {
        CanonicalBody::Json(bytes) | CanonicalBody::Xml(bytes) | CanonicalBody::Bytes(bytes) => {
            bytes.len()
        }
        CanonicalBody::Form(pairs) => {
            pairs.iter().map(|(name, value)| name.len() + value.len()).sum()
        }
        CanonicalBody::Multipart(parts) => parts.iter().map(|part| part.content.len()).sum(),
        CanonicalBody::Empty | CanonicalBody::Ignored | CanonicalBody::File(_) => 0,
    }
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
    // Another action of the same address: nearer than any other path, farther than any other content.
    far += if recorded.headers == asked.headers { 0 } else { 45 };
    if addressing == Addressing::Forward && recorded.authority != asked.authority {
        far += 20;
    }
    far += if recorded.query == asked.query { 0 } else { 5 };
    far + if recorded.body == asked.body { 0 } else { 5 }
}

/// What differs, the field at fault first: where a request goes before what it carries.
fn compare(recorded: &Canonical, asked: &Canonical, addressing: Addressing) -> Comparison {
    let mut found = Comparison::default();
    if recorded.method != asked.method {
        found.differs(Field::Method, Some(&recorded.method), Some(&asked.method));
    }
    if addressing == Addressing::Forward && recorded.authority != asked.authority {
        let text = |side: &Canonical| {
            side.authority.as_ref().map(|(scheme, authority)| format!("{scheme}://{authority}"))
        };
        found.differs(Field::Host, text(recorded).as_deref(), text(asked).as_deref());
    }
    if !found.fits(recorded.path.as_bytes(), asked.path.as_bytes(), b"/") {
        found.path_differs(&recorded.path, &asked.path);
    }
    let header = |name: &str| Field::Header(name.to_owned());
    bodies::compare_pairs(&recorded.headers, &asked.headers, header, &mut found);
    let query = |name: &str| Field::Query(name.to_owned());
    bodies::compare_pairs(&recorded.query, &asked.query, query, &mut found);
    if recorded.body != asked.body {
        let known = found.len();
        bodies::compare(&recorded.body, &asked.body, &mut found);
        // Bodies of two kinds have as a rule two media types: these say why.
        if let (Some(ours), Some(theirs)) = (&recorded.beside.media, &asked.beside.media)
            && ours != theirs
        {
            found.explain(known, Field::ContentType, ours, theirs);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::{Miss, Repeat, Rules, Tape};
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
                interim: Vec::new(),
                digest: None,
            })
            .collect();
        Tape::new(&exchanges, Repeat::Last, &Rules::default())
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
                "body:/tags",
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
            (request("POST", "https://h/", none(), ""), 2, "header:x-acs-action"),
            (multipart("--z\r\nA: 1\r\n\r\nx\r\n--z--\r\n"), 3, "part:2"),
            (multipart("--z\r\nA: 1\r\n\r\nX\r\n--z\r\nA: 2\r\n\r\ny\r\n--z--\r\n"), 3, "part:1"),
        ];
        let tape = tape();
        for (asked, index, at) in cases {
            assert_eq!(tape.answer(&asked, Addressing::Forward), Err(Miss::unequal()));
            let nearest = tape.nearest(&asked, Addressing::Forward, 1).remove(0);
            assert_eq!(
                (nearest.index, nearest.differences()[0].at.as_str()),
                (index, at),
                "{asked:?}"
            );
        }
    }

    #[test]
    fn the_nearest_is_found_on_a_long_tape_without_looking_at_all_of_it() {
        let post = |path: &str, body: &str| {
            Canonical::of(&request("POST", path, Headers::new(), body), &Rules::default())
        };
        // One path for all, as RPC has it: only bodies tell them apart.
        let body = |id: usize, kind: &str| format!("{{\"id\":\"i-{id}\",\"kind\":\"{kind}\"}}");
        let all: Vec<Canonical> =
            (0..20_000).map(|id| post("https://h/rpc", &body(id, "a"))).collect();
        let likeness = Likeness::of(all.iter());
        let looked = std::cell::Cell::new(0);
        let recorded = |index: usize| {
            looked.set(looked.get() + 1);
            &all[index]
        };
        for (asked, expected) in [
            (post("https://h/rpc", &body(19_000, "b")), 19_000),
            (post("https://h/rpc?x=1", &body(7, "a")), 7),
            (post("https://h/other", &body(12_345, "b")), 12_345),
        ] {
            looked.set(0);
            let near = nearest(
                |index| (recorded(index), &asked),
                &likeness,
                &asked,
                Addressing::Forward,
                3,
            );
            assert_eq!((near[0].index, near.len()), (expected, 3));
            assert!(looked.get() <= 8_192 + 2 * COMPARED, "{}", looked.get());
        }
        let strange =
            Canonical::of(&request("GET", "ftp://other/", Headers::new(), ""), &Rules::default());
        assert!(
            nearest(
                |index| (recorded(index), &strange),
                &likeness,
                &strange,
                Addressing::Forward,
                3
            )
            .len()
                <= 3
        );
    }

    #[test]
    fn bodies_are_compared_within_bounds() {
        let post = |target: &str, last| Canonical {
            body: CanonicalBody::Json(format!("\"{}{last}\"", "x".repeat(3 << 20)).into_bytes()),
            ..Canonical::of(&request("POST", target, Headers::new(), ""), &Rules::default())
        };
        let all: Vec<Canonical> = (0..9).map(|n| post(&format!("https://h/{n}"), 'a')).collect();
        let likeness = Likeness::of(all.iter());
        let asked = post("https://h/3", 'b');
        let near =
            nearest(|index| (&all[index], &asked), &likeness, &asked, Addressing::Forward, 4);
        let [only] = near.as_slice() else { panic!("{near:?}") };
        assert_eq!(only.index, 3);
        let told = only.mismatches[0].recorded.as_ref().unwrap();
        assert!(told.len() < 600, "{told}");
    }

    #[test]
    fn an_empty_tape_has_no_nearest() {
        let tape = Tape::new(&[], Repeat::Last, &Rules::default());
        let asked = request("GET", "http://h/", Headers::new(), "");
        assert_eq!(tape.answer(&asked, Addressing::Forward), Err(Miss::unequal()));
        assert_eq!(tape.nearest(&asked, Addressing::Forward, 5), []);
    }
}
