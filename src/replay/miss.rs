//! The answer to a request that nothing recorded answers: it can't be mistaken for the API's.

use super::account::Missed;
use super::deck::Place;
use crate::exchange::{Body, Headers, Request, Response, SOURCE_HEADER, Source};
use crate::matching::Miss;

/// Header that marks a miss; its value says why in a word.
pub const MISS_HEADER: &str = "testimony-miss";

/// What is known of a miss, for the account and for the client.
pub(super) fn missed(
    request: &Request,
    session: Option<String>,
    miss: &Miss,
    nearest: Option<Place>,
) -> Missed {
    let differences = miss.nearest.as_ref().map(|n| n.differences.clone()).unwrap_or_default();
    let (reason, hint) = match (&nearest, miss.exhausted, differences.first()) {
        (_, true, _) => (
            "every equal request that was recorded has been answered".to_owned(),
            "`--repeat last` or `--repeat cycle` answers again; or record the further request"
                .to_owned(),
        ),
        (None, ..) => (
            "nothing is recorded".to_owned(),
            "record the request: `testimony record --mode new_episodes --cassette FILE …`"
                .to_owned(),
        ),
        (Some(_), _, first) => (
            match first {
                Some(difference) => format!("no recorded request is equal: {}", difference.at),
                None => "no recorded request is equal".to_owned(),
            },
            "if the client is right, record it: `testimony record --mode new_episodes --cassette \
             FILE …`; if it is not, the difference above is its mistake"
                .to_owned(),
        ),
    };
    Missed {
        session,
        method: request.method.clone(),
        target: request.target.clone(),
        reason,
        nearest,
        differences,
        hint,
    }
}

/// A request of a session that has no cassette.
pub(super) fn unknown_session(request: &Request, session: &str) -> Missed {
    Missed {
        session: Some(session.to_owned()),
        method: request.method.clone(),
        target: request.target.clone(),
        reason: format!("there is no cassette of session `{session}`"),
        nearest: None,
        differences: Vec::new(),
        hint: format!(
            "`--cassette FOLDER/` serves session `{session}` from FOLDER/{session}.cassette"
        ),
    }
}

/// A request of a session that was stopped.
pub(super) fn stopped_session(request: &Request, session: &str) -> Missed {
    Missed {
        reason: format!("session `{session}` was stopped"),
        hint: "the client outlived its test: end it before, or start the session again".to_owned(),
        ..unknown_session(request, session)
    }
}

/// The response to a miss, as problem details (RFC 9457).
pub(super) fn response(missed: &Missed, status: u16) -> Response {
    let nearest = missed.nearest.as_ref().map(|place| {
        serde_json::json!({
            "cassette": place.cassette.display().to_string(),
            "exchange": place.exchange,
            "method": place.method,
            "target": place.target,
        })
    });
    let differences: Vec<_> = missed
        .differences
        .iter()
        .map(|d| serde_json::json!({"at": d.at, "recorded": d.left, "sent": d.right}))
        .collect();
    let problem = serde_json::json!({
        "type": "about:blank",
        "title": "No recorded exchange answers this request",
        "status": status,
        "detail": format!("{} {}: {}", missed.method, missed.target, missed.reason),
        "session": missed.session,
        "nearest": nearest,
        "differences": differences,
        "hint": missed.hint,
    });
    let body = format!("{problem:#}\n").into_bytes();
    let word = if missed.nearest.is_some() { "no-match" } else { "nothing-recorded" };
    let headers = Headers::from([
        (MISS_HEADER, word),
        (SOURCE_HEADER, Source::Replay.as_str()),
        ("Content-Type", "application/problem+json"),
        ("Content-Length", &body.len().to_string()),
    ]);
    Response {
        status,
        reason: "Testimony Miss".to_owned(),
        headers,
        body: Body::from_bytes(body),
        ..Response::default()
    }
}
