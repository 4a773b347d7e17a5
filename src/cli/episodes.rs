//! Mode `new_episodes`: what a cassette holds is answered from it, and only the rest is recorded.

use super::cassette::unreadable;
use super::expiry::ExpiryArguments;
use super::{Failure, World};
use crate::cassette::{Redactor, open_body, open_request_body, read};
use crate::exchange::{Body, DECODED_LIMIT, Exchange, Headers, SOURCE_HEADER, Source};
use crate::matching::{Addressing, Repeat, Tape};
use crate::net::{Arrived, Reply};
use crate::record::PreAnswer;
use std::path::Path;
use std::sync::Arc;

/// Answers from the exchanges of a cassette; `None` when there are none.
pub(super) fn recorded(
    path: &Path,
    redactor: &Arc<Redactor>,
    expiry: ExpiryArguments,
    world: &World,
) -> Result<Option<PreAnswer>, Failure> {
    if std::fs::metadata(path).map_or(0, |file| file.len()) == 0 {
        return Ok(None);
    }
    let cassette = read(path).map_err(|error| unreadable(&error))?;
    let mut exchanges: Vec<Exchange> = cassette.exchanges.into_iter().filter(is_served).collect();
    let dated = exchanges.iter().map(|exchange| (exchange.at, exchange.number.0));
    expiry.check(path, dated, world)?;
    for exchange in &mut exchanges {
        open_request_body(path, &mut exchange.request).map_err(Failure::asked)?;
    }
    let path = path.to_owned();
    let tape = Tape::new(&exchanges, Repeat::Last);
    let redactor = Arc::clone(redactor);
    Ok(Some(Arc::new(move |arrived: &Arrived| {
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
    })))
}

/// A failure is tried anew.
fn is_served(exchange: &Exchange) -> bool {
    exchange.error.is_none() && exchange.response.is_some()
}
