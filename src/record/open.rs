//! What has been seen of an exchange that stays open goes to disk while it is: of a WebSocket and an
//! event stream at once, of any other after [`SOON`] (`docs/decisions/0020-open-exchanges.md`).

use super::capture::{self, Keeping, is_event_stream};
use super::journal::NotWritten;
use crate::cassette::{IN_MEMORY, OpenRecord, Side};
use crate::exchange::{
    Body, ChunkTime, Exchange, ExchangeNumber, Headers, Response, SocketMessage, Source, Timing,
    TransportError, TransportErrorKind,
};
use crate::net::remove_proxy_fields;
use bytes::Bytes;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long an exchange may be open before it is written down as one that is.
const SOON: Duration = Duration::from_secs(1);

/// The part of an exchange that is on disk while it is open. Its two directions share it.
#[derive(Debug)]
pub struct Open {
    arrived: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    record: Option<Arc<OpenRecord>>,
    /// The request's body, until that is on disk; it shares its memory with the capture.
    asked: Vec<Bytes>,
    length: u64,
    whole: bool,
    /// Whether the response's head is on disk.
    answered: bool,
}

/// What came of a response.
pub struct SoFar {
    /// Without its body.
    pub response: Response,
    pub first_byte: Option<Instant>,
    /// `None` where it is too large for memory.
    pub body: Option<Body>,
    pub chunks: Vec<ChunkTime>,
}

impl Open {
    /// Of an exchange whose head arrived then; `whole` says that its request has no body.
    pub fn new(arrived: Instant, whole: bool) -> Self {
        Self { arrived, state: Mutex::new(State { whole, ..State::default() }) }
    }

    /// A piece of the request's body came.
    pub fn asked(&self, piece: &Bytes, keeping: Keeping<'_>) -> Result<(), NotWritten> {
        let mut state = self.state();
        state.length += piece.len() as u64;
        let too_large = state.length > IN_MEMORY;
        if let Some(record) = state.record.clone() {
            let now = capture::milliseconds(self.arrived.elapsed());
            keeping.journal.opened(|| record.add(Side::Request, now, piece))?;
        }
        if too_large {
            state.asked = Vec::new();
        } else {
            state.asked.push(piece.clone());
        }
        Ok(())
    }

    /// The request is whole.
    pub fn asked_whole(&self, trailers: &Headers, keeping: Keeping<'_>) -> Result<(), NotWritten> {
        let mut state = self.state();
        state.whole = true;
        let Some(record) = state.record.clone().filter(|_| state.is_held()) else { return Ok(()) };
        let mut exchange = self.exchange(&mut state, None, keeping);
        exchange.request.trailers = trailers.clone();
        keeping.journal.opened(|| record.asked(exchange))
    }

    /// Whether it is on disk.
    pub fn is_begun(&self) -> bool {
        self.state().record.is_some()
    }

    /// Waits for what takes time; where the exchange stays open over it, it begins to be on disk.
    pub async fn waiting<T>(
        &self,
        work: impl Future<Output = T>,
        keeping: Keeping<'_>,
        so_far: impl FnOnce() -> Option<SoFar>,
    ) -> T {
        if self.is_begun() {
            return work.await;
        }
        let mut work = std::pin::pin!(work);
        let soon = tokio::time::sleep_until((self.arrived + SOON).into());
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = soon => {}
        }
        // A journal that takes no more has asked for the stop.
        let _ = self.begin(so_far(), keeping);
        work.await
    }

    /// Puts on disk what is known by now.
    pub fn begin(&self, so_far: Option<SoFar>, keeping: Keeping<'_>) -> Result<(), NotWritten> {
        let mut state = self.state();
        if state.record.is_some() {
            return Ok(());
        }
        let exchange = self.exchange(&mut state, so_far.as_ref(), keeping);
        let whole = state.whole && state.is_held();
        let record = keeping.journal.open(exchange, whole)?;
        state.answered = so_far.is_some();
        state.record = Some(Arc::clone(&record));
        let pieces = if whole { Vec::new() } else { state.asked.clone() };
        keeping.journal.opened(|| {
            pieces.iter().try_for_each(|piece| record.add(Side::Request, 0.0, piece))?;
            let Some(SoFar { body: Some(Body::Bytes(bytes)), chunks, .. }) = so_far else {
                return Ok(());
            };
            let mut rest = &bytes[..];
            for chunk in chunks {
                let length = usize::try_from(chunk.bytes).unwrap_or(usize::MAX).min(rest.len());
                let (piece, after) = rest.split_at(length);
                record.add(Side::Response, chunk.at_ms, piece)?;
                rest = after;
            }
            Ok(())
        })
    }

    /// The response has begun.
    pub fn answered(
        &self,
        response: &Response,
        first_byte: Option<Instant>,
        keeping: Keeping<'_>,
    ) -> Result<(), NotWritten> {
        let mut state = self.state();
        let Some(record) = state.record.clone().filter(|_| !state.answered) else {
            return Ok(());
        };
        state.answered = true;
        let so_far =
            SoFar { response: response.clone(), first_byte, body: None, chunks: Vec::new() };
        let exchange = self.exchange(&mut state, Some(&so_far), keeping);
        keeping.journal.opened(|| record.answered(exchange))
    }

    /// A piece of the response's body came, and is captured by now. An event stream begins to be on
    /// disk with it.
    pub fn came(
        &self,
        piece: &[u8],
        headers: &Headers,
        keeping: Keeping<'_>,
        so_far: impl FnOnce() -> Option<SoFar>,
    ) -> Result<(), NotWritten> {
        let record = self.state().record.clone();
        match record {
            Some(record) => {
                let now = capture::milliseconds(self.arrived.elapsed());
                keeping.journal.opened(|| record.add(Side::Response, now, piece))
            }
            None if is_event_stream(headers) => self.begin(so_far(), keeping),
            None => Ok(()),
        }
    }

    /// A message of a WebSocket came.
    pub fn said(&self, message: &SocketMessage, keeping: Keeping<'_>) -> Result<(), NotWritten> {
        match self.state().record.clone() {
            Some(record) => keeping.journal.opened(|| record.said(message)),
            None => Ok(()),
        }
    }

    /// The file of the exchange, which goes when that is written.
    pub fn into_record(self) -> Option<Arc<OpenRecord>> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).record
    }

    /// What is known of the exchange, but for the response's body: that comes piece by piece.
    fn exchange(
        &self,
        state: &mut State,
        so_far: Option<&SoFar>,
        keeping: Keeping<'_>,
    ) -> Exchange {
        let mut body = Body::Empty;
        if state.whole && state.is_held() {
            let pieces = std::mem::take(&mut state.asked);
            body = match pieces.as_slice() {
                [] => Body::Empty,
                [only] => Body::from_bytes(only.clone()),
                pieces => Body::from_bytes(pieces.concat()),
            };
        }
        let head = keeping.head.clone();
        let request = head.into_request(keeping.target.to_owned(), body, Headers::new());
        let since = |instant: Instant| {
            capture::milliseconds(instant.saturating_duration_since(self.arrived))
        };
        let mut response = so_far.map(|so_far| so_far.response.clone());
        if let Some(response) = &mut response {
            remove_proxy_fields(&mut response.headers);
        }
        Exchange {
            number: ExchangeNumber(0),
            at: keeping.journal.time(self.arrived),
            source: response.as_ref().map_or(Source::Live, |r| Source::of_response(&r.headers)),
            request,
            response,
            timing: Timing {
                first_byte_ms: so_far.and_then(|so_far| so_far.first_byte).map(since),
                end_ms: since(Instant::now()),
                chunks: Vec::new(),
            },
            error: Some(TransportError {
                kind: TransportErrorKind::Stopped,
                message: "the recorder was killed while the exchange was open".to_owned(),
            }),
            redacted: Vec::new(),
            messages: Vec::new(),
            digest: None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the request's body is in memory as far as it came.
    const fn is_held(&self) -> bool {
        self.length <= IN_MEMORY
    }
}
