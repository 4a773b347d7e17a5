//! What has been seen of an exchange that stays open goes to disk while it is: of a WebSocket and an
//! event stream at once, of any other after [`SOON`] (`docs/decisions/0020-open-exchanges.md`).

use super::capture::{self, Keeping, is_event_stream};
use super::journal::NotWritten;
use crate::cassette::{IN_MEMORY, OpenRecord, Side};
use crate::exchange::{
    Body, ChunkTime, Exchange, Headers, Interim, ReasonPhrase, Response, SocketMessage, Timing,
    TransportError, TransportErrorKind,
};
use crate::net::remove_proxy_fields;
use bytes::Bytes;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long an exchange may be open before it is written down as one that is.
const SOON: Duration = Duration::from_secs(1);

/// Most interim responses of one exchange.
const MOST_INTERIM: usize = 1000;
/// Most bytes of their fields.
const MOST_EARLY: usize = 1024 * 1024;

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
    interim: Vec<Interim>,
    /// Bytes of their fields.
    early: usize,
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

    /// When it is to be on disk, if it is still open then; `None` where it is already.
    pub fn due(&self) -> Option<Instant> {
        (!self.is_begun()).then(|| self.arrived + SOON)
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
        if !state.is_held() {
            record.leave(Side::Request);
        }
        if so_far.as_ref().is_some_and(|so_far| so_far.body.is_none()) {
            record.leave(Side::Response);
        }
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

    /// An interim response came (RFC 9110, section 15.2). Fails with what is wrong where it is one
    /// too many.
    pub fn interim(
        &self,
        status: u16,
        reason: &ReasonPhrase,
        headers: &Headers,
        keeping: Keeping<'_>,
    ) -> Result<(), String> {
        let mut state = self.state();
        let mut headers = headers.clone();
        remove_proxy_fields(&mut headers);
        state.early +=
            headers.iter().map(|field| field.name.len() + field.value.len()).sum::<usize>();
        if state.interim.len() >= MOST_INTERIM || state.early > MOST_EARLY {
            return Err(format!(
                "more than {MOST_INTERIM} interim responses, or {MOST_EARLY} bytes"
            ));
        }
        let at_ms = capture::milliseconds(self.arrived.elapsed());
        let reason = reason.clone();
        state.interim.push(Interim { at_ms, status, reason, headers });
        if let Some(record) = state.record.clone() {
            let exchange = self.exchange(&mut state, None, keeping);
            // A journal that takes no more has asked for the stop.
            let _ = keeping.journal.opened(|| record.heralded(exchange));
        }
        Ok(())
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

    /// The interim responses, and the file of the exchange, which goes when that is written.
    pub fn into_parts(self) -> (Vec<Interim>, Option<Arc<OpenRecord>>) {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        (state.interim, state.record)
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
        let response = so_far.map(|so_far| so_far.response.clone());
        let timing = Timing {
            first_byte_ms: so_far.and_then(|so_far| so_far.first_byte).map(since),
            end_ms: since(Instant::now()),
            chunks: Vec::new(),
        };
        let error = TransportError {
            kind: TransportErrorKind::Stopped,
            message: "the recorder was killed while the exchange was open".to_owned(),
        };
        let journal = keeping.journal;
        let exchange = journal.exchange(self.arrived, request, response, timing, Some(error));
        Exchange { interim: state.interim.clone(), ..exchange }
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
