//! Values that come from an answer: in a replay the client is given the recorded ones, and sends those.

use crate::exchange::{Body, Request, Response};
use std::borrow::Cow;
use std::collections::HashMap;

/// Shortest word that is taken for a value of its own.
const SHORTEST: usize = 4;
/// Most values that are known.
const MOST: usize = 100_000;
/// Longest body whose words are looked at, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

/// Words of the right run's answers, with those that stood in the left run's.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<String, String>);

impl Known {
    /// Learns from two answers to equal requests.
    pub(super) fn learn(&mut self, left: &Response, right: &Response) {
        let texts = |response: &Response| -> Vec<String> {
            let headers = response.headers.iter().map(|header| header.text().into_owned());
            headers.chain(text(response)).collect()
        };
        let (ours, theirs) = (texts(left), texts(right));
        if ours.len() != theirs.len() {
            return;
        }
        for (ours, theirs) in ours.iter().zip(&theirs) {
            let (ours, theirs): (Vec<_>, Vec<_>) = (words(ours).collect(), words(theirs).collect());
            if ours.len() != theirs.len() {
                continue;
            }
            for (ours, theirs) in ours.into_iter().zip(theirs) {
                let is_value =
                    |word: &str| word.len() >= SHORTEST && word.bytes().any(|b| b.is_ascii_digit());
                if ours != theirs && is_value(ours) && is_value(theirs) && self.0.len() < MOST {
                    self.0.insert(theirs.to_owned(), ours.to_owned());
                }
            }
        }
    }

    /// A request of the right run as it would be sent if its answers had been the left run's.
    pub(super) fn told(&self, request: &Request) -> Option<Request> {
        if self.0.is_empty() {
            return None;
        }
        let mut told = request.clone();
        let mut changed = false;
        let mut tell = |text: &str| match self.replaced(text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(text) => {
                changed = true;
                Some(text)
            }
        };
        if let Some(target) = tell(&request.target) {
            told.target = target;
        }
        for header in &mut told.headers {
            if let Some(value) = tell(&header.text()) {
                header.value = value.into_bytes();
            }
        }
        if let Body::Bytes(bytes) = &request.body
            && let Ok(body) = std::str::from_utf8(bytes)
            && let Some(body) = tell(body)
        {
            told.body = Body::from_bytes(body.into_bytes());
        }
        changed.then_some(told)
    }

    fn replaced<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !words(text).any(|word| self.0.contains_key(word)) {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(word) = words(rest).next() {
            let at = word.as_ptr() as usize - rest.as_ptr() as usize;
            out.push_str(&rest[..at]);
            out.push_str(self.0.get(word).map_or(word, String::as_str));
            rest = &rest[at + word.len()..];
        }
        out.push_str(rest);
        Cow::Owned(out)
    }
}

/// The text of a body, if it is one.
pub(super) fn text(response: &Response) -> Option<String> {
    let decoded = response.body.decoded(&response.headers).ok().flatten()?;
    if decoded.len() > LONGEST {
        return None;
    }
    std::str::from_utf8(&decoded).ok().map(ToOwned::to_owned)
}

/// Runs of letters, digits, `-` and `_`.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.split(move |c: char| !inside(c)).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_said_is_told_in_the_words_of_the_other_run() {
        let answer = |text: &str| Response { body: Body::from(text), ..Response::default() };
        let mut known = Known::default();
        known.learn(
            &answer("{\"id\":\"job-1a2b\",\"state\":\"new\",\"n\":1}"),
            &answer("{\"id\":\"job-9f8e\",\"state\":\"old\",\"n\":2}"),
        );
        let request = Request {
            target: "http://h/jobs/job-9f8e/log?of=job-9f8e,job-7".into(),
            body: Body::from("old job-9f8e."),
            ..Request::default()
        };
        let told = known.told(&request).unwrap();
        assert_eq!(told.target, "http://h/jobs/job-1a2b/log?of=job-1a2b,job-7");
        assert_eq!(told.body.bytes().unwrap(), b"old job-1a2b.");
        assert_eq!(known.told(&Request { target: "http://h/".into(), ..Request::default() }), None);
    }
}
