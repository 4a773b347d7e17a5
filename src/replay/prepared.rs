//! Answers laid out once, as they go to the wire.

use super::plain::Coded;
use super::room::Room;
use super::socket::Script;
use super::tempo::Tempo;
use crate::cassette::{BodyError, IN_MEMORY, find_body, open_body};
use crate::exchange::{
    Body, DECODED_LIMIT, ERROR_HEADER, Exchange, Headers, Response, SOURCE_HEADER, Source,
    TransportError, TransportErrorKind, reason_phrase,
};
use crate::net::{Early, Pace, Reply, aside};
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// Longer bodies are decoded while other connections go on, in bytes.
const LARGE: usize = 64 * 1024;

/// Longest answer without its coding that is kept.
const MOST_KEPT: u64 = 16 * 1024 * 1024;

/// What of a recorded answer is served otherwise than it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Preparation {
    /// What `Retry-After` says.
    pub waits: Waits,
    /// When its bytes go.
    pub tempo: Tempo,
}

/// What `Retry-After` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Waits {
    /// 0: nobody waits for a recording.
    #[default]
    No,
    /// What was recorded.
    AsRecorded,
}

/// The answer of one exchange. The bodies of files are read when they are served, large ones piece by
/// piece.
#[derive(Debug)]
pub(super) enum Prepared {
    Ready(Reply),
    /// One with a content coding that not every client takes.
    Coded(Box<CodedAnswer>),
    /// One with interim responses in front.
    Heralded(Box<Prepared>, Arc<[Early]>),
    /// A WebSocket.
    Socket(Arc<Script>),
    FromFile {
        response: Box<Response>,
        method: String,
        broken: bool,
        pace: Option<Pace>,
    },
}

/// An answer with a content coding.
#[derive(Debug)]
pub(super) struct CodedAnswer {
    prepared: Prepared,
    coded: Coded,
    method: String,
    /// Without the coding, once that was asked for; `None` where it can't be undone.
    plain: OnceLock<Option<Reply>>,
}

/// What is served.
pub(super) enum Served {
    Reply(Reply),
    Socket(Arc<Script>),
}

impl Prepared {
    pub(super) fn new(exchange: &Exchange, preparation: Preparation) -> Self {
        let opened = exchange.response.as_ref().filter(|response| response.status == 101);
        if let Some(response) = opened
            && let Some(script) = Script::of(exchange, labelled(response, preparation))
        {
            return Self::Socket(Arc::new(script));
        }
        let prepared = Self::paced(exchange, preparation);
        let prepared = match Coded::of(exchange) {
            None => prepared,
            Some(coded) => {
                let (method, plain) = (exchange.request.method.clone(), OnceLock::new());
                Self::Coded(Box::new(CodedAnswer { prepared, coded, method, plain }))
            }
        };
        match preparation.tempo.early(exchange) {
            None => prepared,
            Some(early) => Self::Heralded(Box::new(prepared), early),
        }
    }

    fn paced(exchange: &Exchange, preparation: Preparation) -> Self {
        let pace = preparation.tempo.of(exchange);
        match (Self::at_once(exchange, preparation), pace) {
            (Self::Ready(reply), Some(pace)) => Self::Ready(reply.paced(pace)),
            (Self::FromFile { response, method, broken, .. }, pace) => {
                Self::FromFile { response, method, broken, pace }
            }
            (prepared, _) => prepared,
        }
    }

    fn at_once(exchange: &Exchange, preparation: Preparation) -> Self {
        let method = &exchange.request.method;
        match (&exchange.response, &exchange.error) {
            // Of a response that made no sense nothing was passed on.
            (Some(response), Some(error))
                if error.kind == TransportErrorKind::Protocol && response.body.is_empty() =>
            {
                Self::Ready(Reply::of(&failure(error), method))
            }
            (Some(response), error) => {
                // How a WebSocket ended says nothing of the response that opened it.
                let error = error.as_ref().filter(|_| response.status != 101);
                let response = labelled(response, preparation);
                if matches!(response.body, Body::File(_)) {
                    let (response, broken) = (Box::new(response), error.is_some());
                    let method = method.clone();
                    return Self::FromFile { response, method, broken, pace: None };
                }
                match error {
                    None => Self::Ready(Reply::of(&response, method)),
                    Some(_) => Self::Ready(broken_off(&response)),
                }
            }
            (None, Some(error)) => Self::Ready(Reply::of(&failure(error), method)),
            (None, None) => {
                let error = TransportError {
                    kind: TransportErrorKind::Protocol,
                    message: "the exchange has neither a response nor an error".to_owned(),
                };
                Self::Ready(Reply::of(&failure(&error), method))
            }
        }
    }

    /// The same, with its bytes where those of others are.
    pub(super) fn kept_in(mut self, room: &Room) -> Self {
        if let Self::Ready(reply) = &mut self {
            reply.bytes = room.keep(&reply.bytes);
        }
        self
    }

    /// Bytes of memory that it takes, about.
    pub(super) fn weight(&self) -> u64 {
        match self {
            Self::Ready(reply) => reply.bytes.len() as u64,
            // It may be kept in both forms.
            Self::Coded(answer) => 8 * answer.prepared.weight(),
            Self::Heralded(prepared, early) => prepared.weight() + 1024 * early.len() as u64,
            Self::Socket(script) => script.weight(),
            Self::FromFile { .. } => 512,
        }
    }

    /// What a client with these fields is served; `cassette` is where body files belong to.
    pub(super) fn serve(&self, cassette: &Path, headers: &Headers) -> Result<Served, BodyError> {
        match self {
            Self::Socket(script) => Ok(Served::Socket(Arc::clone(script))),
            Self::Coded(answer) => answer.reply(cassette, headers).map(Served::Reply),
            Self::Heralded(prepared, early) => Ok(match prepared.serve(cassette, headers)? {
                Served::Reply(reply) => Served::Reply(reply.after(Arc::clone(early))),
                socket @ Served::Socket(_) => socket,
            }),
            prepared => prepared.reply(cassette).map(Served::Reply),
        }
    }

    /// The bytes to serve; `cassette` is where body files belong to.
    pub(super) fn reply(&self, cassette: &Path) -> Result<Reply, BodyError> {
        match self {
            Self::Ready(reply) => Ok(reply.clone()),
            Self::Coded(answer) => answer.prepared.reply(cassette),
            Self::Heralded(prepared, early) => {
                Ok(prepared.reply(cassette)?.after(Arc::clone(early)))
            }
            Self::Socket(script) => Ok(Reply::of(&script.response, "GET")),
            Self::FromFile { response, method, broken, pace } => {
                let reply = from_file(response, method, *broken, cassette)?;
                Ok(match pace {
                    Some(pace) => reply.paced(pace.clone()),
                    None => reply,
                })
            }
        }
    }
}

impl CodedAnswer {
    /// As it was recorded, for a client that takes the coding or where it can't be undone.
    fn reply(&self, cassette: &Path, headers: &Headers) -> Result<Reply, BodyError> {
        if self.coded.suits(headers) {
            return self.prepared.reply(cassette);
        }
        if let Some(plain) = self.plain.get() {
            return plain.clone().map_or_else(|| self.prepared.reply(cassette), Ok);
        }
        // A body in a file may decode to hundreds of megabytes.
        let undone = || {
            let recorded = self.in_memory(cassette)?;
            Ok::<_, BodyError>(self.coded.undone(&recorded, &self.method))
        };
        let undone = if self.is_large() { aside(undone) } else { undone() };
        let Some(plain) = undone? else {
            let _ = self.plain.set(None);
            return self.prepared.reply(cassette);
        };
        if plain.bytes.len() as u64 <= MOST_KEPT {
            let _ = self.plain.set(Some(plain.clone()));
        }
        Ok(plain)
    }

    fn is_large(&self) -> bool {
        match &self.prepared {
            Prepared::Ready(reply) => reply.bytes.len() > LARGE,
            _ => true,
        }
    }

    /// The recorded reply with its whole body.
    fn in_memory(&self, cassette: &Path) -> Result<Reply, BodyError> {
        let recorded = self.prepared.reply(cassette)?;
        let Prepared::FromFile { response, method, broken: false, .. } = &self.prepared else {
            return Ok(recorded);
        };
        match &response.body {
            Body::File(file) if (IN_MEMORY..=DECODED_LIMIT).contains(&file.length) => {
                let body = Body::from_bytes(open_body(cassette, file, DECODED_LIMIT)?);
                let reply = Reply::of(&Response { body, ..(**response).clone() }, method);
                Ok(match recorded.pace() {
                    Some(pace) => reply.paced(pace.clone()),
                    None => reply,
                })
            }
            _ => Ok(recorded),
        }
    }
}

/// The reply of a response whose body lies in a file.
fn from_file(
    response: &Response,
    method: &str,
    broken: bool,
    cassette: &Path,
) -> Result<Reply, BodyError> {
    let Body::File(file) = &response.body else {
        return Ok(Reply::of(response, method));
    };
    if broken || file.length > IN_MEMORY {
        let found = find_body(cassette, file)?;
        return Ok(Reply::from_file(response, method, found, broken));
    }
    let body = aside(|| open_body(cassette, file, IN_MEMORY))?;
    let body = Body::from_bytes(body);
    Ok(Reply::of(&Response { body, ..response.clone() }, method))
}

/// The recorded response, which says that it is a replay unless it says what else it is.
fn labelled(response: &Response, preparation: Preparation) -> Response {
    let mut response = response.clone();
    if preparation.waits == Waits::No {
        for header in response.headers.iter_mut().filter(|header| header.is("retry-after")) {
            header.value = b"0".to_vec();
        }
    }
    if !response.headers.contains(SOURCE_HEADER) {
        response.headers.push(SOURCE_HEADER, Source::Replay.as_str());
    }
    response
}

/// A response that broke off breaks off again: what came is served, and the connection closed.
fn broken_off(response: &Response) -> Reply {
    Reply::broken_off(&Response { trailers: Headers::new(), ..response.clone() })
}

/// What the recorder told its client in place of a response.
fn failure(error: &TransportError) -> Response {
    let status = error.kind.gateway_status();
    let reason = reason_phrase(status);
    let headers = Headers::from([
        (ERROR_HEADER, error.kind.as_str()),
        (SOURCE_HEADER, Source::Replay.as_str()),
    ]);
    let title = "The recorded exchange failed on its way to the upstream";
    Reply::problem(status, reason, title, &error.message, headers)
}
