//! What reports show beside a verdict: the exchanges behind it, as text with the places of findings
//! marked, where they stand in their cassettes, and what the specs say there.
//!
//! An [`Evidence`] is planned from a verdict, and then shown the exchanges and specs once more. What it
//! keeps is bounded, whatever the number of exchanges.

mod passage;
mod scan;
mod text;

pub use passage::Passage;
pub(super) use passage::passages;
pub use text::{Line, Mark, Message};

use crate::cassette::export::{Form, export};
use crate::check::{Location, Rule, Verdict};
use crate::exchange::{Exchange, ExchangeNumber, Source};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Most exchanges that are kept as text; findings come first, worst first.
const TEXTS: usize = 1_000;
/// Most bytes of all of them.
const BYTES: usize = 12 * 1024 * 1024;
/// Exchanges of one row of the ledger, and of one finding, that are kept as text.
pub(super) const OF_ROW: usize = 3;
/// Longest request that is told as a command, in bytes.
const COMMAND: usize = 8 * 1024;

/// An exchange of a cassette.
type Key = (Arc<str>, ExchangeNumber);

/// What reports show beside a verdict.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    wanted: BTreeMap<Key, Wanted>,
    excerpts: BTreeMap<Key, Excerpt>,
    bytes: usize,
    /// The line of each finding's place in its cassette.
    lines: Vec<Option<u64>>,
    passages: HashMap<String, HashMap<String, Passage>>,
}

/// What an exchange is wanted for.
#[derive(Debug, Clone, Default)]
struct Wanted {
    findings: Vec<usize>,
    text: bool,
}

/// An exchange as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// When the request had arrived.
    pub at: jiff::Timestamp,
    /// Where its response came from.
    pub source: Source,
    /// Line of the cassette on which it begins; `None` for other tools' recordings.
    pub line: Option<u64>,
    /// What was asked.
    pub request: Message,
    /// What was answered.
    pub response: Option<Message>,
    /// The transport failure, if there was one.
    pub error: Option<String>,
    /// A command that repeats the request; `None` where it would be too long.
    pub curl: Option<String>,
}

/// Where an exchange stands in the file of its cassette.
#[derive(Debug, Clone, Copy)]
pub struct Record<'r> {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Its JSON text.
    pub text: &'r [u8],
}

impl Evidence {
    /// What a verdict should be shown with.
    pub fn of(verdict: &Verdict) -> Self {
        let mut evidence = Self { lines: vec![None; verdict.findings.len()], ..Self::default() };
        for (index, judged) in verdict.findings.iter().enumerate() {
            let finding = &judged.finding;
            if !finding.cassette.is_empty() {
                let key = (Arc::clone(&finding.cassette), finding.exchange);
                evidence.want(key).findings.push(index);
            }
        }
        let worst = verdict.findings.iter().map(|judged| &judged.finding);
        let worst = worst.map(|finding| (Arc::clone(&finding.cassette), finding.exchange));
        let rows = verdict.ledger.iter().flat_map(|row| {
            let first = row.shown.as_slice().iter().take(OF_ROW);
            first.map(|shown| (Arc::clone(&shown.cassette), shown.exchange))
        });
        // A row of the ledger that shows nothing helps less than the thousandth finding does.
        let keys: Vec<Key> = worst.take(TEXTS / 2).chain(rows).collect();
        let mut texts = 0;
        for key in keys.into_iter().filter(|(cassette, _)| !cassette.is_empty()) {
            let wanted = evidence.want(key);
            texts += usize::from(!wanted.text);
            wanted.text = true;
            if texts == TEXTS {
                break;
            }
        }
        evidence
    }

    /// Takes findings' passages out of a spec's own text.
    pub fn spec(&mut self, path: &str, text: &str, verdict: &Verdict) {
        let findings = verdict.findings.iter().map(|judged| &judged.finding.promise);
        let pointers = findings.filter(|promise| promise.spec == path);
        let pointers = pointers.map(|promise| promise.pointer.as_str());
        let found = passage::passages(text, pointers);
        let found = found.into_iter().map(|(pointer, passage)| (pointer.to_owned(), passage));
        self.passages.insert(path.to_owned(), found.collect());
    }

    /// The cassettes of which anything is wanted, in the order of their names.
    pub fn cassettes(&self) -> Vec<Arc<str>> {
        let mut names: Vec<Arc<str>> =
            self.wanted.keys().map(|(name, _)| Arc::clone(name)).collect();
        names.dedup();
        names
    }

    /// Whether anything of a cassette is wanted.
    pub fn wants_cassette(&self, cassette: &str) -> bool {
        self.wanted.keys().any(|(name, _)| **name == *cassette)
    }

    /// Whether an exchange is wanted.
    pub fn wants(&self, cassette: &Arc<str>, exchange: ExchangeNumber) -> bool {
        self.wanted.contains_key(&(Arc::clone(cassette), exchange))
    }

    /// Keeps of an exchange what is wanted of it.
    pub fn exchange(
        &mut self,
        cassette: &Arc<str>,
        exchange: &Exchange,
        record: Option<Record<'_>>,
        verdict: &Verdict,
    ) {
        let key = (Arc::clone(cassette), exchange.number);
        let Some(wanted) = self.wanted.get(&key) else { return };
        for index in &wanted.findings {
            let finding = &verdict.findings[*index].finding;
            let line = record.map(|record| line_in(record, exchange, finding.rule, &finding.at));
            self.lines[*index] = line;
        }
        if wanted.text && self.bytes < BYTES && !self.excerpts.contains_key(&key) {
            let sought = |of_request: bool| {
                let findings = wanted.findings.iter().map(|index| {
                    let finding = &verdict.findings[*index].finding;
                    (*index, finding)
                });
                let of = findings.filter(|(_, finding)| is_of_request(finding.rule) == of_request);
                of.map(|(index, finding)| (index, &finding.at)).collect::<Vec<_>>()
            };
            let excerpt = Excerpt::of(exchange, record, &sought(true), &sought(false));
            self.bytes += excerpt.bytes();
            self.excerpts.insert(key, excerpt);
        }
    }

    /// An exchange as text, where it was kept.
    pub fn excerpt(&self, cassette: &Arc<str>, exchange: ExchangeNumber) -> Option<&Excerpt> {
        self.excerpts.get(&(Arc::clone(cassette), exchange))
    }

    /// The line of a finding's place in its cassette, from 1.
    pub fn line(&self, finding: usize) -> Option<u64> {
        self.lines.get(finding).copied().flatten()
    }

    /// What a spec says at a pointer.
    pub fn passage(&self, spec: &str, pointer: &str) -> Option<&Passage> {
        self.passages.get(spec)?.get(pointer)
    }

    fn want(&mut self, key: Key) -> &mut Wanted {
        self.wanted.entry(key).or_default()
    }
}

/// Whether a finding's place is in the request.
const fn is_of_request(rule: Rule) -> bool {
    matches!(rule, Rule::RequestParameter | Rule::RequestSchema)
}

impl Excerpt {
    fn of(
        exchange: &Exchange,
        record: Option<Record<'_>>,
        asked: &text::Sought<'_>,
        answered: &text::Sought<'_>,
    ) -> Self {
        let response = exchange.response.as_ref();
        Self {
            at: exchange.at,
            source: exchange.source,
            line: record.map(|record| record.line),
            request: text::request(&exchange.request, asked),
            response: response.map(|response| text::response(response, answered)),
            error: exchange
                .error
                .as_ref()
                .map(|error| format!("{}: {}", error.kind, error.message)),
            curl: command(exchange),
        }
    }

    fn bytes(&self) -> usize {
        let messages = [Some(&self.request), self.response.as_ref()];
        let lines = messages.into_iter().flatten().flat_map(|m| m.head.iter().chain(&m.body));
        lines.map(|line| line.text.len() + size_of::<Line>()).sum()
    }
}

fn command(exchange: &Exchange) -> Option<String> {
    let request = &exchange.request;
    let fields: usize = request.headers.iter().map(|header| header.value.len()).sum();
    if request.body.len() > COMMAND as u64 || fields + request.target.len() > COMMAND {
        return None;
    }
    let script = export(Form::Curl, std::slice::from_ref(exchange)).bytes;
    let script = String::from_utf8(script).ok()?;
    // What comes before the command is said once for a whole script.
    let (_, command) = script.split_once("# exchange ")?;
    Some(command.split_once('\n')?.1.trim_end().to_owned())
}

/// The line of a place in an exchange's record.
fn line_in(record: Record<'_>, exchange: &Exchange, rule: Rule, at: &Location) -> u64 {
    let (side, headers) = match &exchange.response {
        Some(response) if !is_of_request(rule) => ("response", &response.headers),
        _ => ("request", &exchange.request.headers),
    };
    let pointer = match at {
        Location::Status => "/response/status".to_owned(),
        Location::Query(_) | Location::Path(_) => "/request/target".to_owned(),
        Location::Body(pointer) => format!("/{side}/body/json{pointer}"),
        Location::Header(name) => {
            let index = headers.iter().position(|header| header.is(name));
            index.map_or(format!("/{side}/headers"), |index| format!("/{side}/headers/{index}"))
        }
    };
    let place = scan::find(record.text, &scan::tokens(&pointer));
    let lines = place.map_or(1, |place| scan::line_of(record.text, place.bytes.start));
    record.line + lines - 1
}
