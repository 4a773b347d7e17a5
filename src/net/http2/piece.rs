use super::active::One;
use super::fault::StreamFault;
use super::fields;
use super::line::Line;
use super::turns::Turn;
use crate::exchange::Headers;
use bytes::Bytes;
use h2::{Reason, RecvStream, SendStream};
use std::future::poll_fn;
use std::time::Duration;

/// Longest wait for a client to take what comes before a reset.
const PARTING: Duration = Duration::from_secs(2);

/// The body of a message that comes on a stream.
#[derive(Debug)]
pub struct Inflow {
    stream: RecvStream,
    /// Bytes that the other side may not send anew yet.
    owed: usize,
    /// The connection to an upstream that it comes on.
    line: Option<Line>,
}

impl Inflow {
    pub(super) const fn new(stream: RecvStream, line: Option<Line>) -> Self {
        Self { stream, owed: 0, line }
    }

    async fn fault(&self, error: &h2::Error) -> StreamFault {
        match &self.line {
            Some(line) => line.fault(error).await,
            None => StreamFault::of(error),
        }
    }

    /// The next piece of the body; `None` when it is whole. Asking for it allows the other side to
    /// send as much as the last piece held. May be cancelled.
    pub async fn next(&mut self) -> Result<Option<Bytes>, StreamFault> {
        let owed = std::mem::take(&mut self.owed);
        if owed > 0 {
            // A stream that has ended needs no more room.
            let _ = self.stream.flow_control().release_capacity(owed);
        }
        loop {
            match self.stream.data().await {
                None => return Ok(None),
                Some(Ok(piece)) if piece.is_empty() => {
                    if self.stream.is_end_stream() {
                        return Ok(None);
                    }
                }
                Some(Ok(piece)) => {
                    self.owed = piece.len();
                    return Ok(Some(piece));
                }
                Some(Err(error)) => return Err(self.fault(&error).await),
            }
        }
    }

    /// The trailer fields, once the body is whole.
    pub async fn trailers(&mut self) -> Result<Headers, StreamFault> {
        match self.stream.trailers().await {
            Ok(map) => Ok(map.map(|map| fields::headers(&map)).unwrap_or_default()),
            Err(error) => Err(self.fault(&error).await),
        }
    }

    /// Whether nothing more comes, no trailers either.
    pub fn is_ended(&self) -> bool {
        self.stream.is_end_stream()
    }
}

/// The body of a message that is sent on a stream.
#[derive(Debug)]
pub struct Outflow {
    stream: SendStream<Bytes>,
    /// Held as long as the stream counts as one of its connection's.
    _one: Option<One>,
    /// Of a connection that we serve.
    turn: Option<Turn>,
}

impl Outflow {
    /// One to an upstream.
    pub(super) const fn to_upstream(stream: SendStream<Bytes>, one: One) -> Self {
        Self { stream, _one: Some(one), turn: None }
    }

    /// One to a client.
    pub(super) const fn to_client(stream: SendStream<Bytes>, turn: Turn) -> Self {
        Self { stream, _one: None, turn: Some(turn) }
    }

    /// Sends a piece, as the other side takes it; [`StreamFault::Stalled`] when it took nothing for
    /// `wait`.
    pub async fn send(&mut self, piece: Bytes, wait: Duration) -> Result<(), StreamFault> {
        self.put(piece, false, wait).await
    }

    /// Sends the last piece and what comes after it, and ends the stream.
    pub async fn finish(
        &mut self,
        last: Bytes,
        trailers: &Headers,
        wait: Duration,
    ) -> Result<(), StreamFault> {
        if trailers.is_empty() {
            return self.put(last, true, wait).await;
        }
        self.put(last, false, wait).await?;
        let sent = self.stream.send_trailers(fields::trailers(trailers));
        sent.map_err(|error| StreamFault::of(&error))
    }

    async fn put(
        &mut self,
        mut piece: Bytes,
        end: bool,
        wait: Duration,
    ) -> Result<(), StreamFault> {
        while !piece.is_empty() {
            self.stream.reserve_capacity(piece.len());
            let room = match self.stream.capacity() {
                0 => tokio::time::timeout(wait, self.room())
                    .await
                    .map_err(|_| StreamFault::Stalled(wait))??,
                room => room,
            };
            let part = piece.split_to(room.min(piece.len()));
            let ends = end && piece.is_empty();
            self.stream.send_data(part, ends).map_err(|error| StreamFault::of(&error))?;
            if ends {
                return Ok(());
            }
        }
        if end {
            self.stream.send_data(piece, true).map_err(|error| StreamFault::of(&error))?;
        }
        Ok(())
    }

    async fn room(&mut self) -> Result<usize, StreamFault> {
        match poll_fn(|context| self.stream.poll_capacity(context)).await {
            Some(Ok(room)) => Ok(room),
            Some(Err(error)) => Err(StreamFault::of(&error)),
            None => Err(StreamFault::Connection("the stream was closed".to_owned())),
        }
    }

    /// Returns when the other side has reset the stream, or the connection has ended.
    pub async fn gone(&mut self) -> StreamFault {
        match poll_fn(|context| self.stream.poll_reset(context)).await {
            Ok(reason) => StreamFault::Reset(reason.into()),
            Err(error) => StreamFault::of(&error),
        }
    }

    /// Ends the stream as a failure, with an error code of RFC 9113, section 7. What is still queued is lost.
    pub fn reset(&mut self, code: u32) {
        self.stream.send_reset(Reason::from(code));
    }

    /// The same once what was sent before has gone to the client, or it took none for `wait` (2 s at most: a
    /// server that stops waits for this).
    pub async fn break_off(&mut self, code: u32, wait: Duration) {
        if let Some(turn) = &mut self.turn {
            let _ = tokio::time::timeout(wait.min(PARTING), turn.passed()).await;
        }
        self.reset(code);
    }
}
