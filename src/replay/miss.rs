//! The answer to a request that nothing recorded answers: it can't be mistaken for the API's.

use super::concealing::{conceal, concealed_target};
use super::deck::{Deck, Place};
use super::settle::{self, Case};
use super::socket::Divergence;
use super::volume::AnswerError;
use super::wording::told;
use crate::cassette::SessionName;
use crate::diff::Difference;
use crate::exchange::{Body, Digest, Headers, Request, Response, SOURCE_HEADER, Source, Target};
use crate::matching::{Addressing, Candidate, Differing, Miss, Missed, Nearest, Recorded, Settle};
use std::path::Path;

/// Header that marks a miss; its value says why in a word.
pub const MISS_HEADER: &str = "testimony-miss";

/// Most differences that are listed.
const DIFFERENCES: usize = 20;

/// What is known of a request that is missed, which passed the redactor.
pub(super) struct Asked<'a> {
    pub(super) request: &'a Request,
    pub(super) session: Option<&'a str>,
    pub(super) addressing: Addressing,
    /// The deck of its session, or that of all cassettes where it has none.
    pub(super) deck: &'a Deck,
    /// The cassette of its session.
    pub(super) cassette: Option<&'a Path>,
}

/// Another session that has the request.
pub(super) struct Elsewhere<'a> {
    pub(super) session: &'a str,
    pub(super) place: &'a Place,
}

/// What is told of a miss, to the client as to the account.
pub(super) fn missed(asked: &Asked<'_>, miss: &Miss, elsewhere: Option<&Elsewhere<'_>>) -> Missed {
    let mut near = asked.deck.nearest(asked.request, asked.addressing);
    if let Some(at) = miss.at {
        // What the reason speaks of goes first.
        near.retain(|near| near.index != at);
        near.insert(0, asked.deck.compare(at, asked.request, asked.addressing));
    }
    let secrets = secrets(&near);
    let mut near = near.into_iter();
    let nearest = near.next();
    let place = nearest.as_ref().map(|near| asked.deck.place(near.index));
    let nearest = nearest.unwrap_or_default();
    let target = concealed_target(&asked.request.target, &secrets);
    let case = Case {
        method: &asked.request.method,
        target: &target,
        addressing: asked.addressing,
        reason: &miss.reason,
        mismatches: &nearest.mismatches,
        nearest: place,
        cassette: asked.cassette.or_else(|| place.map(|place| &*place.cassette)),
    };
    let mut settle = settle::ways(&case);
    let (mut word, mut reason) = (
        miss.reason.word(),
        told(&miss.reason, &nearest.mismatches, |index| asked.deck.place(index)),
    );
    if place.is_none() {
        (word, reason) = ("nothing-recorded", "nothing is recorded".to_owned());
    }
    if let (Some(elsewhere), Some(own)) = (elsewhere, asked.session) {
        word = "wrong-session";
        reason = of_another(own, asked.cassette, elsewhere);
        settle.insert(0, name_it(elsewhere.session));
    }
    let listed = nearest.mismatches.iter().take(DIFFERENCES);
    let mut missed = Missed {
        nearest: place.map(recorded),
        differences: listed.map(|one| Differing::from(one.difference())).collect(),
        candidates: near.map(|near| candidate(asked.deck.place(near.index), &near)).collect(),
        ..untold(asked, target.clone()).settled(word, reason, settle)
    };
    conceal(&mut missed, &secrets);
    missed
}

/// What was sent where secrets are recorded in what comes near.
fn secrets(near: &[Nearest]) -> Vec<String> {
    let meant =
        near.iter().enumerate().filter(|(index, near)| *index == 0 || near.is_same_operation());
    meant.flat_map(|(_, near)| near.secrets.iter().cloned()).collect()
}

/// What is told of a miss that is compared with nothing. The deck knows where secrets are recorded.
fn bare(asked: &Asked<'_>, miss: &'static str, reason: String, settle: Vec<Settle>) -> Missed {
    let secrets = secrets(&asked.deck.nearest(asked.request, asked.addressing));
    let target = concealed_target(&asked.request.target, &secrets);
    untold(asked, target).settled(miss, reason, settle)
}

/// The request alone.
fn untold(asked: &Asked<'_>, target: String) -> Missed {
    Missed {
        miss: "",
        method: asked.request.method.clone(),
        target,
        session: asked.session.map(str::to_owned),
        times: 1,
        reason: String::new(),
        nearest: None,
        differences: Vec::new(),
        candidates: Vec::new(),
        settle: Vec::new(),
        hint: String::new(),
    }
}

/// A recorded answer that can't be read, or whose body file can't.
pub(super) fn broken(asked: &Asked<'_>, error: &AnswerError) -> Missed {
    let settle = Settle {
        when: "to see what of it is whole".to_owned(),
        how: "testimony cassette verify FILE".to_owned(),
    };
    bare(asked, error.word(), error.to_string(), vec![settle])
}

/// What is told where the client of a WebSocket leaves what was recorded, and what is equal for those
/// that leave it likewise.
pub(super) fn left(
    asked: &Asked<'_>,
    index: usize,
) -> impl Fn(Divergence) -> (Digest, Missed) + Send + Sync + use<> {
    let (same, opened) = (same(asked), of_socket(asked, index));
    let operation = settle::scope(&asked.request.method, &opened.target);
    move |Divergence { reason, differences, rules }| {
        let again = Settle {
            when: "if the client is right, record the socket again".to_owned(),
            how: "testimony record --mode all --cassette FILE …".to_owned(),
        };
        let settle = settle::by_rules(rules, &operation).into_iter().chain([again]).collect();
        let key = key_of(&same, &format!("websocket-message {reason} {differences:?}"));
        let missed = Missed {
            differences: differences.into_iter().map(Differing::from).collect(),
            ..opened.clone().settled("websocket-message", reason, settle)
        };
        (key, missed)
    }
}

/// A request without a handshake for what was recorded as a WebSocket.
pub(super) fn no_handshake(asked: &Asked<'_>, index: usize) -> Missed {
    let over = Settle {
        when: "if it is to be a WebSocket".to_owned(),
        how: "ask in HTTP/1.1 with `Upgrade: websocket` and `Sec-WebSocket-Key`".to_owned(),
    };
    let reason = "recorded as a WebSocket, and asked for without its handshake".to_owned();
    let upgrade = Difference::new("header:upgrade", Some("websocket"), None);
    Missed {
        differences: vec![Differing::from(upgrade)],
        ..of_socket(asked, index).settled("no-handshake", reason, vec![over])
    }
}

/// A request for a recorded socket, of which nothing is told yet.
fn of_socket(asked: &Asked<'_>, index: usize) -> Missed {
    let near = asked.deck.compare(index, asked.request, asked.addressing);
    let target = concealed_target(&asked.request.target, &near.secrets);
    Missed { nearest: Some(recorded(asked.deck.place(index))), ..untold(asked, target) }
}

/// What is equal for misses that are one and the same.
pub(super) fn key(asked: &Asked<'_>, word: &str) -> Digest {
    key_of(&same(asked), word)
}

fn key_of(same: &[u8], word: &str) -> Digest {
    Digest::of(&[word.as_bytes(), b"\n", same].concat())
}

fn same(asked: &Asked<'_>) -> Vec<u8> {
    let host = match asked.addressing {
        Addressing::Reverse => "",
        Addressing::Forward => Target::parse(&asked.request.target).authority,
    };
    let mut same = format!("{}\n{host}\n", asked.session.unwrap_or_default()).into_bytes();
    same.extend(asked.deck.key(asked.request));
    same
}

/// A request of a session that has no cassette in the folder.
pub(super) fn unknown_session(
    asked: &Asked<'_>,
    folder: &Path,
    elsewhere: Option<&Elsewhere<'_>>,
) -> Missed {
    let session = asked.session.unwrap_or_default();
    let mut reason = format!("there is no cassette of session `{session}`");
    let mut settle = Vec::new();
    if let Some(elsewhere) = elsewhere {
        reason = format!("{reason}; this request is recorded in {}", named(elsewhere));
        settle.push(name_it(elsewhere.session));
    }
    if let Ok(name) = SessionName::parse(session) {
        let (file, folder) = (name.file(folder), folder.display().to_string());
        settle.push(Settle {
            when: format!("if the session is new, and {} is to be its cassette", file.display()),
            how: format!("testimony record --cassette {}/ …", folder.trim_end_matches('/')),
        });
    }
    bare(asked, "unknown-session", reason, settle)
}

/// A request of a session that was stopped.
pub(super) fn stopped_session(asked: &Asked<'_>) -> Missed {
    let settle = Settle {
        when: "if the client outlived its test".to_owned(),
        how: "end it before, or start the session again".to_owned(),
    };
    let reason = format!("session `{}` was stopped", asked.session.unwrap_or_default());
    bare(asked, "stopped-session", reason, vec![settle])
}

fn name_it(session: &str) -> Settle {
    let when = "if the client named the wrong session".to_owned();
    Settle { when, how: format!("name session {session}") }
}

fn named(elsewhere: &Elsewhere<'_>) -> String {
    let Elsewhere { session, place } = elsewhere;
    let (file, number) = (place.cassette.display(), place.exchange);
    format!("session `{session}` ({file} exchange {number})")
}

fn of_another(own: &str, cassette: Option<&Path>, elsewhere: &Elsewhere<'_>) -> String {
    let cassette = cassette.map(|path| path.display().to_string()).unwrap_or_default();
    let other = named(elsewhere);
    format!("session `{own}` has its cassette {cassette}; this request is recorded in {other}")
}

fn recorded(place: &Place) -> Recorded {
    Recorded {
        cassette: place.cassette.display().to_string(),
        exchange: place.exchange,
        method: place.method.to_string(),
        target: place.target.to_string(),
    }
}

impl From<&Place> for Recorded {
    fn from(place: &Place) -> Self {
        recorded(place)
    }
}

fn candidate(place: &Place, near: &Nearest) -> Candidate {
    let Recorded { cassette, exchange, method, target } = recorded(place);
    let differs = near.mismatches.iter().take(DIFFERENCES);
    let differs = differs.map(|one| one.field.to_string()).collect();
    Candidate { cassette, exchange, method, target, differs }
}

/// The response to a miss, as problem details (RFC 9457).
pub(super) fn response(missed: &Missed, status: u16) -> Response {
    let Missed { method, target, reason, .. } = missed;
    let mut problem = serde_json::json!({
        "type": "about:blank",
        "title": "No recorded exchange answers this request",
        "status": status,
        "detail": format!("{method} {target}: {reason}"),
    });
    if let (Some(all), Ok(serde_json::Value::Object(more))) =
        (problem.as_object_mut(), serde_json::to_value(missed))
    {
        all.extend(more);
    }
    let body = laid_out(&problem).into_bytes();
    let headers = Headers::from([
        (MISS_HEADER, missed.miss),
        (SOURCE_HEADER, Source::Replay.as_str()),
        ("Content-Type", "application/problem+json"),
        ("Content-Length", &body.len().to_string()),
    ]);
    Response {
        status,
        reason: "Testimony Miss".into(),
        headers,
        body: Body::from_bytes(body),
        ..Response::default()
    }
}

/// A line for each member and each element of a list, so that it fits a screen.
fn laid_out(problem: &serde_json::Value) -> String {
    let members = problem.as_object().into_iter().flatten().map(|(name, value)| {
        let value = match value.as_array().map(Vec::as_slice) {
            None | Some([]) => value.to_string(),
            Some(items) => {
                let items: Vec<String> = items.iter().map(|item| format!("    {item}")).collect();
                format!("[\n{}\n  ]", items.join(",\n"))
            }
        };
        format!("  \"{name}\": {value}")
    });
    format!("{{\n{}\n}}\n", members.collect::<Vec<_>>().join(",\n"))
}
