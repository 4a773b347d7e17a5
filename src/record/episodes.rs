//! Mode `new_episodes`: what a cassette holds is answered from it, and only the rest is recorded.

use super::opening::OpenError;
use super::recorder::PreAnswer;
use crate::cassette::{IN_MEMORY, Redactor, open_body, open_request_body, read};
use crate::exchange::{Body, DECODED_LIMIT, Exchange, Headers, SOURCE_HEADER, Source};
use crate::matching::{Addressing, Repeat, Rules, Tape};
use crate::net::{Arrived, Reply};
use jiff::Timestamp;
use std::path::Path;
use std::sync::Arc;

/// Longest body of a request that is held to be compared with a recorded one. It is not put into a file:
/// nothing that was not redacted goes to the disk.
const MOST_COMPARED: u64 = 64 * 1024 * 1024;

/// What a cassette answers.
pub(super) struct Episodes {
    pub answer: PreAnswer,
    /// When its exchanges were recorded, with their numbers.
    pub dated: Vec<(Timestamp, u64)>,
}

/// Answers from the exchanges of a cassette under matching rules; `None` when there is no cassette.
pub(super) fn recorded(
    path: &Path,
    redactor: &Arc<Redactor>,
    rules: &Rules,
) -> Result<Option<Episodes>, OpenError> {
    if std::fs::metadata(path).map_or(0, |file| file.len()) == 0 {
        return Ok(None);
    }
    let cassette = read(path)?;
    let mut exchanges: Vec<Exchange> = cassette.exchanges.into_iter().filter(is_served).collect();
    let dated = exchanges.iter().map(|exchange| (exchange.at, exchange.number.0)).collect();
    for exchange in &mut exchanges {
        open_request_body(path, &mut exchange.request)?;
    }
    let path = path.to_owned();
    let tape = Tape::new(&exchanges, Repeat::Last, rules);
    let redactor = Arc::clone(redactor);
    let longest = exchanges.iter().map(|exchange| exchange.request.body.len()).max().unwrap_or(0);
    // What comes may be longer than what redaction has left of it.
    let most = if longest > IN_MEMORY { (2 * longest).min(MOST_COMPARED) } else { 0 };
    let answer = Arc::new(move |arrived: &Arrived| {
        let mut request = arrived.request.clone();
        redactor.redact_request(&mut request);
        // The target is the URL as it is recorded, however the client addressed us.
        let place = tape.answer(&request, Addressing::Forward).ok()?;
        let mut response = exchanges.get(place)?.response.clone()?;
        if let Body::File(file) = &response.body {
            // What can't be read is recorded anew.
            response.body = Body::from_bytes(open_body(&path, file, DECODED_LIMIT).ok()?);
        }
        response.headers.remove(SOURCE_HEADER);
        let mut headers = Headers::from([(SOURCE_HEADER, Source::Replay.as_str())]);
        response.headers.into_iter().for_each(|header| headers.push(header.name, header.value));
        response.headers = headers;
        Some(Reply::of(&response, &request.method))
    });
    Ok(Some(Episodes { answer: PreAnswer { answer, most }, dated }))
}

/// A failure is tried anew.
fn is_served(exchange: &Exchange) -> bool {
    exchange.error.is_none() && exchange.response.is_some()
}
