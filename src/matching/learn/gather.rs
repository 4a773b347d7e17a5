//! Gathers what differs in pairs of exchanges, by the requests it concerns, and makes rules of it.

use super::known::{text, words};
use super::spots::{self, Apart, Spot};
use super::{Confidence, Evidence, Kind, Learnt, Proposal, Unsettled, Volatile, format, shown};
use crate::exchange::{Exchange, Response, Target, percent_decoded};
use crate::spec::Spec;
use std::collections::{BTreeMap, HashMap};

/// Most pairs that are named as evidence.
const NAMED: usize = 5;
/// Shortest value whose echo in an answer is no accident.
const ECHO: usize = 4;

/// Differences by scope and place.
pub(super) struct Gatherer<'a> {
    specs: &'a [Spec],
    /// Pairs of each scope.
    pairs: HashMap<String, usize>,
    requests: BTreeMap<(String, Spot), Gathered>,
    answers: BTreeMap<(String, String), Gathered>,
}

#[derive(Default)]
struct Gathered {
    evidence: Evidence,
    /// The least sure of them decides.
    kind: Option<Kind>,
    format: Option<String>,
    echoes: usize,
}

impl Gathered {
    fn add(
        &mut self,
        numbers: (u64, u64),
        left: Option<&String>,
        right: Option<&String>,
        kind: Kind,
    ) {
        let Evidence { exchanges, differ, .. } = &mut self.evidence;
        if exchanges.last() != Some(&numbers) {
            *differ += 1;
            if exchanges.len() < NAMED {
                exchanges.push(numbers);
            }
        }
        if self.kind.is_none() {
            self.evidence.left = shown(left);
            self.evidence.right = shown(right);
        }
        let worse = self.kind.is_none_or(|known| kind.confidence() < known.confidence());
        if worse {
            self.kind = Some(kind);
        }
    }
}

impl<'a> Gatherer<'a> {
    pub(super) fn new(specs: &'a [Spec]) -> Self {
        Self { specs, pairs: HashMap::new(), requests: BTreeMap::new(), answers: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, left: &Exchange, right: &Exchange, apart: Vec<Apart>) {
        let routed = format::operation(self.specs, &left.request);
        let scope = match &routed {
            Some(routed) if routed.operation.selector.is_some() => routed.operation.id.0.clone(),
            _ => scope(left, &apart),
        };
        *self.pairs.entry(scope.clone()).or_default() += 1;
        let numbers = (left.number.0, right.number.0);
        for Apart { spot, left: ours, right: theirs } in apart {
            let kind = match spot {
                Spot::Order(_) => Kind::Order,
                _ => Kind::of(ours.as_deref(), theirs.as_deref()),
            };
            let format = routed.as_ref().and_then(|routed| format::of(routed, &spot));
            let echoed = echoes(left.response.as_ref(), ours.as_deref())
                && echoes(right.response.as_ref(), theirs.as_deref());
            let entry = self.requests.entry((scope.clone(), spot)).or_default();
            entry.add(numbers, ours.as_ref(), theirs.as_ref(), kind);
            entry.format = entry.format.take().or(format);
            entry.echoes += usize::from(echoed);
        }
        if let (Some(ours), Some(theirs)) = (&left.response, &right.response) {
            for Apart { spot, left: ours, right: theirs } in answers(ours, theirs) {
                let at = match spot {
                    Spot::Json(path) | Spot::Order(path) => format!("body:{path}"),
                    Spot::Header(name) => format!("header:{name}"),
                    _ => "body".to_owned(),
                };
                let kind = Kind::of(ours.as_deref(), theirs.as_deref());
                let entry = self.answers.entry((scope.clone(), at)).or_default();
                entry.add(numbers, ours.as_ref(), theirs.as_ref(), kind);
            }
        }
    }

    /// Makes rules of what was gathered.
    pub(super) fn finish(self, learnt: &mut Learnt) {
        let pairs = self.pairs;
        let of = |scope: &str| pairs.get(scope).copied().unwrap_or_default();
        for ((scope, at), mut found) in self.answers {
            found.evidence.pairs = of(&scope);
            let kind = found.kind.unwrap_or(Kind::Other);
            learnt.volatile.push(Volatile { scope, at, kind, evidence: found.evidence });
        }
        for ((scope, spot), mut found) in self.requests {
            found.evidence.pairs = of(&scope);
            match proposal(scope, &spot, found) {
                Ok(proposal) => learnt.proposals.push(proposal),
                Err(unsettled) => learnt.unsettled.push(*unsettled),
            }
        }
        learnt.proposals = general(std::mem::take(&mut learnt.proposals));
        learnt
            .proposals
            .sort_by(|a, b| b.confidence.cmp(&a.confidence).then_with(|| a.rule().cmp(&b.rule())));
    }
}

/// The places at which two answers differ.
fn answers(left: &Response, right: &Response) -> Vec<Apart> {
    let mut found = Vec::new();
    let fields = |response: &Response| -> Vec<(String, String)> {
        let pair = |header: &crate::exchange::Header| {
            (header.name.to_ascii_lowercase(), header.text().into_owned())
        };
        response.headers.iter().map(pair).collect()
    };
    spots::pairs(&fields(left), &fields(right), Spot::Header, &mut found);
    if let (Some(ours), Some(theirs)) = (text(left), text(right))
        && let (Ok(ours), Ok(theirs)) = (serde_json::from_str(&ours), serde_json::from_str(&theirs))
    {
        spots::json(&ours, &theirs, &mut "$".to_owned(), &mut found);
    }
    found
}

/// Whether an answer holds a value of its request.
fn echoes(response: Option<&Response>, value: Option<&str>) -> bool {
    let (Some(response), Some(value)) = (response, value) else { return false };
    if value.len() < ECHO {
        return false;
    }
    let in_headers = || response.headers.iter().any(|header| header.text().contains(value));
    text(response).is_some_and(|body| body.contains(value)) || in_headers()
}

fn proposal(scope: String, spot: &Spot, found: Gathered) -> Result<Proposal, Box<Unsettled>> {
    let Gathered { evidence, kind, format, echoes } = found;
    let kind = kind.unwrap_or(Kind::Other);
    let echoed = echoes > 0;
    let no = |why| {
        let (scope, evidence) = (scope.clone(), evidence.clone());
        Box::new(Unsettled { scope, at: told(spot), why, evidence })
    };
    let (key, value) = match spot {
        Spot::Query(name) => ("ignore-query", name.clone()),
        Spot::Header(name) => ("ignore-header", name.clone()),
        Spot::Form(name) => ("ignore-form", name.clone()),
        Spot::Part(name) if name.is_empty() => {
            return Err(no("the part has no name that a rule could be given"));
        }
        Spot::Part(name) => ("ignore-part", name.clone()),
        Spot::Json(path) => ("ignore-json", path.clone()),
        Spot::Xml(path) => ("ignore-xml", path.clone()),
        Spot::Order(path) => ("unordered-json", path.clone()),
        Spot::Body => {
            return Err(no(
                "bodies can't be compared in part: `ignore-text` or `body=ignore` is for a person to decide",
            ));
        }
        Spot::Path(number) => ("bind", format!("path:{number}")),
    };
    let is_path = matches!(spot, Spot::Path(_));
    if is_path && !echoed && kind.confidence() == Confidence::Low {
        return Err(no(
            "a path says what is asked for and can't be ignored; the two runs asked for different things",
        ));
    }
    // A value that comes back must come back anew.
    let (key, value) = match spot {
        _ if !echoed || is_path => (key, value),
        Spot::Query(name) => ("bind", format!("query:{name}")),
        Spot::Header(name) => ("bind", format!("header:{name}")),
        Spot::Form(name) | Spot::Part(name) => ("bind", format!("form:{name}")),
        Spot::Json(path) => ("bind", format!("json:{path}")),
        _ => (key, value),
    };
    let by_format = matches!(format.as_deref(), Some("date-time" | "date" | "time" | "uuid"));
    let confidence = if by_format { Confidence::High } else { kind.confidence() };
    Ok(Proposal { scope: Some(scope), key, value, kind, confidence, format, echoed, evidence })
}

/// A place, for people.
fn told(spot: &Spot) -> String {
    match spot {
        Spot::Path(number) => format!("path:{number}"),
        Spot::Query(name) => format!("query:{name}"),
        Spot::Header(name) => format!("header:{name}"),
        Spot::Form(name) => format!("form:{name}"),
        Spot::Json(path) | Spot::Order(path) => format!("json:{path}"),
        Spot::Xml(path) => format!("xml:{path}"),
        Spot::Part(name) => format!("part:{name}"),
        Spot::Body => "body".to_owned(),
    }
}

/// Joins what holds for several kinds of requests, where it is sure and no place of one path.
fn general(proposals: Vec<Proposal>) -> Vec<Proposal> {
    let is_general =
        |one: &Proposal| one.confidence == Confidence::High && !one.value.starts_with("path:");
    let mut counts: HashMap<(&'static str, String), usize> = HashMap::new();
    for one in proposals.iter().filter(|one| is_general(one)) {
        *counts.entry((one.key, one.value.clone())).or_default() += 1;
    }
    let mut joined: Vec<Proposal> = Vec::new();
    for mut one in proposals {
        let several = counts.get(&(one.key, one.value.clone())).is_some_and(|count| *count > 1);
        if !is_general(&one) || !several {
            joined.push(one);
            continue;
        }
        one.scope = None;
        let same = joined.iter_mut().find(|known| {
            known.scope.is_none() && known.key == one.key && known.value == one.value
        });
        match same {
            None => joined.push(one),
            Some(known) => {
                known.evidence.differ += one.evidence.differ;
                known.evidence.pairs += one.evidence.pairs;
                known.evidence.exchanges.extend(one.evidence.exchanges);
                known.evidence.exchanges.truncate(NAMED);
            }
        }
    }
    joined
}

/// The requests like one: its method and path, a star for what differs or is an id.
fn scope(exchange: &Exchange, apart: &[Apart]) -> String {
    let path = Target::parse(&exchange.request.target).path;
    let segment = |(index, text): (usize, &str)| {
        let text = percent_decoded(text);
        let differs = apart.iter().any(|one| one.spot == Spot::Path(index));
        if differs || is_id(&text) {
            "*".to_owned()
        } else {
            text.replace(char::is_whitespace, "*")
        }
    };
    let segments: Vec<String> = path.split('/').enumerate().map(segment).collect();
    format!("{} {}", exchange.request.method, segments.join("/"))
}

/// Whether a segment of a path names one thing of many.
fn is_id(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_version = text.len() <= 4 && text.starts_with('v');
    !text.is_empty()
        && !is_version
        && (digits == text.len()
            || text.contains('{')
            || (digits > 0 && words(text).any(|word| word.len() >= 8)))
}
