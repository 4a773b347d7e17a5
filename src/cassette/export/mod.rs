//! Exchanges in the formats of other tools. Pure: values in, bytes out.
//!
//! [`export`] writes a [`Form`] and answers with the losses: what the form can't hold of which
//! exchange. Bodies are to be in memory; one that is left in its file is told as a loss.

mod curl;
mod har;
mod har_message;
mod hoverfly;
mod vcrpy;
mod wiremock;
mod yaml;

use super::Losses;
use crate::exchange::{Body, Exchange, Headers, Request};
use std::fmt;

/// The formats that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// HAR 1.2, with `_testimony` for what it has no place for.
    Har,
    /// A cassette of Python's vcrpy, in YAML.
    Vcrpy,
    /// A shell script with one `curl` a request.
    Curl,
    /// Stub mappings of `WireMock`, as its import takes them.
    WireMock,
    /// A simulation of Hoverfly, schema 5.2.
    Hoverfly,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 5] = [Self::Har, Self::Vcrpy, Self::Curl, Self::WireMock, Self::Hoverfly];

    /// The word for `--to`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Har => "har",
            Self::Vcrpy => "vcrpy",
            Self::Curl => "curl",
            Self::WireMock => "wiremock",
            Self::Hoverfly => "hoverfly",
        }
    }

    /// Reads the word of [`Form::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.as_str() == word)
    }

    /// The form that a file's ending stands for; `.json` stands for several.
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending.to_ascii_lowercase().as_str() {
            "har" => Some(Self::Har),
            "yaml" | "yml" => Some(Self::Vcrpy),
            "sh" | "curl" => Some(Self::Curl),
            _ => None,
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A file in another tool's format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it can't hold.
    pub losses: Losses,
}

/// Writes exchanges in a form.
pub fn export(form: Form, exchanges: &[Exchange]) -> Exported {
    let mut losses = Losses::default();
    for exchange in exchanges {
        let bodies = [Some(&exchange.request.body), exchange.response.as_ref().map(|r| &r.body)];
        if bodies.into_iter().flatten().any(|body| matches!(body, Body::File(_))) {
            losses.of_exchange("body in a file of its own", exchange.number.0);
        }
        if !exchange.messages.is_empty() {
            losses.of_exchange("messages of a WebSocket", exchange.number.0);
        }
        if !exchange.interim.is_empty() {
            losses.of_exchange("interim responses (1xx)", exchange.number.0);
        }
        let reason = exchange.response.as_ref().map(|response| response.reason.as_bytes());
        if reason.is_some_and(|reason| std::str::from_utf8(reason).is_err()) {
            losses.of_exchange("reason phrase that is not UTF-8", exchange.number.0);
        }
    }
    let bytes = match form {
        Form::Har => har::write(exchanges),
        Form::Vcrpy => vcrpy::write(exchanges, &mut losses),
        Form::Curl => curl::write(exchanges, &mut losses),
        Form::WireMock => wiremock::write(exchanges, &mut losses),
        Form::Hoverfly => hoverfly::write(exchanges, &mut losses),
    };
    Exported { bytes, losses }
}

/// What most formats have no place for.
fn common_losses(exchange: &Exchange, losses: &mut Losses) {
    let number = exchange.number.0;
    let mut lost = |what: &'static str, is: bool| {
        if is {
            losses.of_exchange(what, number);
        }
    };
    let response = exchange.response.as_ref();
    lost("time of the exchange", true);
    lost("durations", true);
    lost("HTTP version", true);
    lost("source", true);
    lost("notes of what was redacted", !exchange.redacted.is_empty());
    lost("offsets of a stream's pieces", !exchange.timing.chunks.is_empty());
    let trailers = |fields: Option<&Headers>| fields.is_some_and(|fields| !fields.is_empty());
    lost("trailers", trailers(Some(&exchange.request.trailers)));
    lost("trailers", trailers(response.map(|response| &response.trailers)));
}

/// Whether fields of one name stand apart from one another or differ in case: a map from names to
/// values can't say so.
fn is_more_than_a_map(headers: &Headers) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    for header in headers {
        let last = seen.last() == Some(&header.name.as_str());
        if !last && seen.iter().any(|name| name.eq_ignore_ascii_case(&header.name)) {
            return true;
        }
        if !last {
            seen.push(&header.name);
        }
    }
    false
}

/// Fields by name, in order of first appearance: the values of one name (any case) together.
fn grouped(headers: &Headers) -> Vec<(&str, Vec<&[u8]>)> {
    let mut groups: Vec<(&str, Vec<&[u8]>)> = Vec::new();
    for header in headers {
        match groups.iter_mut().find(|(name, _)| header.is(name)) {
            Some((_, values)) => values.push(&header.value),
            None => groups.push((&header.name, vec![&header.value])),
        }
    }
    groups
}

/// Requests that a mock can't tell apart, as one text.
fn request_key(request: &Request) -> String {
    let body = crate::exchange::Digest::of(request.body.bytes().unwrap_or_default());
    format!("{} {} {body}", request.method, request.target)
}

/// For each exchange: which answer to its request it is (from 1), and how many there are.
fn turns(exchanges: &[Exchange]) -> Vec<(usize, usize)> {
    let keys: Vec<String> =
        exchanges.iter().map(|exchange| request_key(&exchange.request)).collect();
    let mut counts: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    let turns: Vec<usize> = keys
        .iter()
        .map(|key| {
            let count = counts.entry(key).or_default();
            *count += 1;
            *count
        })
        .collect();
    turns.into_iter().zip(&keys).map(|(turn, key)| (turn, counts[key.as_str()])).collect()
}
