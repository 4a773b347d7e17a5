use super::answers::{Answers, Said};
use super::ids::Ids;
use super::made::Made;
use crate::cassette::is_safe;
use crate::cassette::redact::placeholder_numbers;
use crate::exchange::{Exchange, Request, Response, Target, decoded_text};
use crate::matching::{Swaps, is_distinctive, swapped_request};
use std::collections::HashSet;

/// Headers that are digests of the body.
const DIGESTS: [&str; 4] = ["content-md5", "digest", "content-digest", "repr-digest"];

/// What of one recording has another value now: ids that a fresh answer gave, and secrets. Recordings do not
/// share them.
#[derive(Debug, Default)]
pub(super) struct Carried {
    swaps: Swaps,
    bound: HashSet<String>,
    ids: Ids,
    /// Numbers of recorded secrets whose fresh value is known.
    secrets: HashSet<u32>,
    /// What an answer gave when it was recorded, and no fresh one did.
    lost: HashSet<String>,
    /// What this run made.
    made: Made,
}

impl Carried {
    /// Takes a fresh credential for what stood in the recorded header of this name.
    pub(super) fn show(&mut self, recorded: &Request, name: &str, value: &str) {
        for header in recorded.headers.iter().filter(|header| header.is(name)) {
            let text = header.text();
            let text = text.split_once(' ').filter(|(word, _)| !word.contains("{{"));
            let held = text.map_or_else(|| header.text().into_owned(), |(_, rest)| rest.to_owned());
            if let [number] = placeholder_numbers(held.as_bytes())[..]
                && held == format!("{{{{secret:{number}}}}}")
            {
                self.secrets.insert(number);
                self.swaps.put(&held, value);
            }
        }
    }

    /// Learns what a fresh answer says in the place of the recorded one.
    pub(super) fn learn(&mut self, recorded: &Exchange, fresh: Option<&Response>) {
        let Some(response) = &recorded.response else { return };
        let safe = is_safe(&recorded.request.method);
        let ours = Answers::of(response);
        let succeeded = |status: u16| (200..300).contains(&status);
        let fresh = fresh.filter(|fresh| succeeded(fresh.status) == succeeded(response.status));
        if let Some(fresh) = fresh {
            self.made.learn(&recorded.request, response, fresh);
        }
        let theirs = fresh.map(Answers::of).unwrap_or_default();
        let said = theirs.set();
        for (said_then, now) in ours.differing(&theirs) {
            // A value that is still there is still what it was: a list may have another order.
            if !(safe
                && (said.contains(said_then.value.as_str())
                    || self.bound.contains(&said_then.value)))
            {
                self.bind(recorded, said_then, now);
            }
        }
        if !safe && fresh.is_none() && succeeded(response.status) {
            // What the request had itself was not given by the answer.
            let brought: HashSet<String> = words(&recorded.request).into_iter().collect();
            let given = ours.all().filter(|said| is_distinctive(&said.value) || is_id(&said.name));
            let given = given.map(|said| said.value.clone());
            self.lost.extend(given.filter(|value| !brought.contains(value)));
        }
    }

    fn bind(&mut self, recorded: &Exchange, said: &Said, fresh: &str) {
        if fresh.contains("{{secret:") {
            return;
        }
        let then = said.value.as_str();
        if let Some((placeholder, value)) = filled(then, fresh) {
            self.secrets.extend(placeholder_numbers(placeholder.as_bytes()));
            self.swaps.put(placeholder, value);
            return;
        }
        self.secrets.extend(shaped(recorded, then));
        if is_distinctive(then) {
            self.swaps.put(then, fresh);
        } else {
            self.ids.learn(&recorded.request.target, said, fresh);
        }
        self.lost.remove(then);
        self.bound.insert(then.to_owned());
    }

    /// The recorded exchange with what its request has now.
    pub(super) fn applied(&self, recorded: &Exchange) -> Exchange {
        let mut fresh = recorded.clone();
        fresh.request = swapped_request(&recorded.request, &self.swaps).into_owned();
        if let Some(request) = self.ids.applied(&fresh.request) {
            fresh.request = request;
        }
        if fresh.request.body != recorded.request.body {
            let is_digest =
                |name: &str| DIGESTS.iter().any(|digest| digest.eq_ignore_ascii_case(name));
            fresh.request.headers.retain(|header| {
                !is_digest(&header.name)
                    && !header.name.to_ascii_lowercase().starts_with("x-amz-checksum-")
            });
            // Their places are told by their order.
            let moved = fresh.request.headers.len() != recorded.request.headers.len();
            fresh.redacted.retain(|note| !moved || !note.at.starts_with("/request/headers/"));
        }
        fresh.redacted.retain(|note| {
            !note.at.starts_with("/request") || !self.secrets.contains(&note.secret)
        });
        fresh
    }

    /// Whether a request is for something that this run made.
    pub(super) fn made(&self, request: &Request) -> bool {
        self.made.has(request)
    }

    /// A value that a request uses and that no fresh answer gave, though the recorded one did.
    pub(super) fn lacking(&self, request: &Request) -> Option<String> {
        if self.lost.is_empty() {
            return None;
        }
        words(request).into_iter().find(|word| self.lost.contains(word))
    }
}

/// Whether a request uses what an answer says, so that it must wait for it.
pub(super) fn depends(request: &Request, answers: &Answers) -> bool {
    let said = answers.set();
    !said.is_empty() && words(request).iter().any(|word| said.contains(word.as_str()))
}

/// Values of a request that may have come from an answer: segments of the path, parameters, words of headers and
/// body.
fn words(request: &Request) -> Vec<String> {
    let target = Target::parse(&request.target);
    let mut words: Vec<String> = target.path.split('/').map(decoded_text).collect();
    words.extend(target.query_pairs().into_iter().map(|(_, value)| value));
    let mut texts: Vec<String> = Vec::new();
    for header in &request.headers {
        words.push(header.text().into_owned());
        texts.push(header.text().into_owned());
    }
    let body = request.body.decoded(&request.headers).ok().flatten().unwrap_or_default();
    texts.push(String::from_utf8_lossy(&body).into_owned());
    for text in &texts {
        let inside =
            |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '{' | '}' | ':' | '.');
        let found = text.split(move |c: char| !inside(c)).map(|word| word.trim_matches(['.', ':']));
        let found = found.flat_map(|word| {
            let inner = word.trim_start_matches(':').trim_matches(['{', '}']);
            [word.to_owned(), inner.to_owned()]
        });
        words.extend(found);
    }
    words.retain(|word| word.bytes().any(|byte| byte.is_ascii_digit()) || is_distinctive(word));
    words
}

/// The placeholder in a recorded value, and what stands there now.
fn filled<'a>(then: &'a str, now: &'a str) -> Option<(&'a str, &'a str)> {
    let start = then.find("{{secret:")?;
    let end = start + then[start..].find("}}")? + 2;
    let value = now.strip_prefix(&then[..start])?.strip_suffix(&then[end..])?;
    (!value.is_empty() && !then[end..].contains("{{secret:")).then(|| (&then[start..end], value))
}

/// The numbers of a placeholder that is a UUID, or digits.
fn shaped(recorded: &Exchange, then: &str) -> Vec<u32> {
    let mut numbers = placeholder_numbers(then.as_bytes());
    let digits = then.strip_prefix('9').map(|rest| rest.trim_start_matches('0').parse::<u32>());
    if let Some(Ok(number)) = digits
        && recorded.redacted.iter().any(|note| note.secret == number)
    {
        numbers.push(number);
    }
    numbers
}

fn is_id(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower == "id" || lower.ends_with("_id") || name.ends_with("Id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Body, ExchangeNumber, Headers, Redaction, Source, Timing};

    fn exchange(method: &str, target: &str, status: u16, body: &str) -> Exchange {
        Exchange {
            number: ExchangeNumber(1),
            at: jiff::Timestamp::UNIX_EPOCH,
            source: Source::Live,
            request: Request { method: method.into(), target: target.into(), ..Request::default() },
            interim: Vec::new(),
            response: Some(answer(status, body)),
            timing: Timing::default(),
            messages: Vec::new(),
            error: None,
            redacted: Vec::new(),
            digest: None,
        }
    }

    fn answer(status: u16, body: &str) -> Response {
        Response { status, body: Body::from(body), ..Response::default() }
    }

    fn sent(carried: &Carried, target: &str) -> String {
        carried.applied(&exchange("GET", target, 200, "")).request.target
    }

    #[test]
    fn what_a_fresh_answer_gave_goes_on() {
        let mut carried = Carried::default();
        let created = exchange("POST", "http://h/jobs", 201, r#"{"job_id":"job-1a2b3c","id":7}"#);
        carried.learn(&created, Some(&answer(201, r#"{"job_id":"job-9f8e7d","id":12}"#)));
        assert_eq!(
            sent(&carried, "http://h/jobs/7/log?of=job-1a2b3c"),
            "http://h/jobs/12/log?of=job-9f8e7d"
        );
        let mut posted = exchange("POST", "http://h/x", 200, "");
        posted.request.body = Body::from(r#"{"job":"job-1a2b3c"}"#);
        posted.request.headers = Headers::from([("Content-MD5", "x"), ("A", "job-1a2b3c")]);
        let fresh = carried.applied(&posted).request;
        assert_eq!(fresh.body, Body::from(r#"{"job":"job-9f8e7d"}"#));
        assert_eq!(fresh.headers, Headers::from([("A", "job-9f8e7d")]));
    }

    #[test]
    fn lists_in_another_order_change_nothing() {
        let mut carried = Carried::default();
        let list = exchange("GET", "http://h/a", 200, r#"[{"id":"one-11aa"},{"id":"two-22bb"}]"#);
        carried.learn(&list, Some(&answer(200, r#"[{"id":"two-22bb"},{"id":"one-11aa"}]"#)));
        assert_eq!(sent(&carried, "http://h/a/one-11aa"), "http://h/a/one-11aa");
        carried.learn(&list, Some(&answer(200, r#"[{"id":"new-33cc"}]"#)));
        assert_eq!(sent(&carried, "http://h/a/one-11aa"), "http://h/a/new-33cc");
    }

    #[test]
    fn secrets_that_an_answer_gave_are_sent_and_need_not_be_left_out() {
        let mut carried = Carried::default();
        let login = exchange("POST", "http://h/login", 200, r#"{"token":"{{secret:3}}"}"#);
        carried.learn(&login, Some(&answer(200, r#"{"token":"fresh-token"}"#)));
        let mut next = exchange("GET", "http://h/a", 200, "");
        next.request.headers = Headers::from([("X-Token", "{{secret:3}}")]);
        let note = Redaction { secret: 3, rule: "r".into(), at: "/request/headers/0".into() };
        next.redacted.push(note);
        let fresh = carried.applied(&next);
        assert_eq!(fresh.request.headers.text("x-token"), Some("fresh-token"));
        assert!(fresh.redacted.is_empty());
        let mut shown = Carried::default();
        shown.show(&next.request, "x-token", "given");
        next.request.target = "http://h/a?t=%7B%7Bsecret%3A3%7D%7D".into();
        assert_eq!(shown.applied(&next).request.target, "http://h/a?t=given");
    }

    #[test]
    fn what_was_not_given_is_lacking() {
        let mut carried = Carried::default();
        let created = exchange("POST", "http://h/jobs", 201, r#"{"id":"job-1a2b3c"}"#);
        carried.learn(&created, Some(&answer(500, "{}")));
        let next = exchange("DELETE", "http://h/jobs/job-1a2b3c", 204, "").request;
        assert_eq!(carried.lacking(&next).as_deref(), Some("job-1a2b3c"));
        carried.learn(&created, Some(&answer(201, r#"{"id":"job-9f8e7d"}"#)));
        assert_eq!(carried.lacking(&next), None);
        let get = exchange("GET", "http://h/jobs/job-1a2b3c", 200, "").request;
        assert!(depends(&get, &Answers::of(created.response.as_ref().unwrap())));
        let other = exchange("GET", "http://h/jobs", 200, "").request;
        assert!(!depends(&other, &Answers::of(created.response.as_ref().unwrap())));
    }
}
