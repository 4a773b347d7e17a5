//! From the upstream to the client: the response, piece by piece, captured on the way. Its end is
//! held back for the caller, who sends it when the exchange is on disk.

use super::CANCEL;
use super::strand::Answered;
use crate::exchange::{Headers, Response, TransportError, TransportErrorKind};
use crate::net::{Came, Inflow, Outflow, Pending, Responder, StreamFault};
use crate::record::capture::Keeping;
use crate::record::journal::NotWritten;
use crate::record::pulse::Pulse;
use crate::record::sending::Allowance;
use bytes::Bytes;
use std::time::{Duration, Instant};

/// The response on its way.
pub struct Down {
    /// What the client gets next.
    pub speaker: Speaker,
    allowance: Allowance,
}

/// What the client gets next.
pub enum Speaker {
    /// The head of its response.
    Head(Responder),
    /// More of its body.
    Body(Outflow),
}

/// What is still to be sent of a whole response.
pub struct Held {
    /// The last piece of the body.
    pub last: Bytes,
    /// The trailer fields.
    pub trailers: Headers,
}

/// Why it did not become whole.
pub enum End {
    /// It failed; with the error code for the client.
    Broken(TransportError, u32),
    /// The client takes no more.
    ClientGone(StreamFault),
    /// It could not be written down, and is not passed on.
    Unwritten,
}

impl Down {
    pub const fn new(responder: Responder, allowance: Allowance) -> Self {
        Self { speaker: Speaker::Head(responder), allowance }
    }

    /// Receives the response and passes it on, but for its end.
    pub async fn run(
        &mut self,
        mut pending: Pending,
        answer: &mut Answered,
        keeping: Keeping<'_>,
        pulse: &Pulse,
    ) -> Result<Held, End> {
        let (head, body) = self.head(&mut pending, answer, keeping, pulse).await?;
        let length = head.headers.text("content-length").and_then(|text| text.parse().ok());
        let head = answer.head.insert(head);
        let noted = keeping.open.answered(head, answer.first_byte, keeping);
        noted.map_err(|NotWritten| End::Unwritten)?;
        if body.is_ended() {
            return Ok(Held { last: Bytes::new(), trailers: Headers::new() });
        }
        if let Speaker::Head(responder) = &mut self.speaker {
            let out = responder.begin(head).map_err(End::ClientGone)?;
            self.speaker = Speaker::Body(out);
            pulse.answer();
        }
        self.body(body, length, answer, keeping, pulse).await
    }

    /// The head that is no interim one. Those before it are passed on (RFC 9110, section 15.2).
    async fn head(
        &mut self,
        pending: &mut Pending,
        answer: &mut Answered,
        keeping: Keeping<'_>,
        pulse: &Pulse,
    ) -> Result<(Response, Inflow), End> {
        loop {
            let came = self.speaker.while_there(pending.next(), self.allowance.upstream, pulse);
            let came = keeping.open.waiting(came, keeping, || None).await?;
            match came {
                Came::Head(head, body) => {
                    answer.first_byte = Some(Instant::now());
                    return Ok((head, body));
                }
                Came::Interim(head) => {
                    let noted =
                        keeping.open.interim(head.status, &head.reason, &head.headers, keeping);
                    noted.map_err(|fault| {
                        let message = format!("upstream response: {fault}");
                        End::Broken(super::error(TransportErrorKind::Protocol, message), CANCEL)
                    })?;
                    if let Speaker::Head(responder) = &mut self.speaker {
                        responder.interim(&head).map_err(End::ClientGone)?;
                    }
                }
            }
        }
    }

    /// Passes the body on, but for the piece that may be its last.
    async fn body(
        &mut self,
        mut body: Inflow,
        length: Option<u64>,
        answer: &mut Answered,
        keeping: Keeping<'_>,
        pulse: &Pulse,
    ) -> Result<Held, End> {
        let wait = self.allowance.upstream;
        let mut last = Bytes::new();
        loop {
            let coming = self.speaker.while_there(body.next(), wait, pulse);
            let piece = keeping.open.waiting(coming, keeping, || answer.so_far()).await?;
            self.pass(std::mem::take(&mut last)).await?;
            let Some(piece) = piece else { break };
            if let Some(head) = &answer.head {
                let kept = answer.capture.push(&piece, keeping, &head.headers);
                kept.map_err(|NotWritten| End::Unwritten)?;
            }
            answer.pace.note(piece.len());
            if let Some(head) = &answer.head {
                let kept = keeping.open.came(&piece, &head.headers, keeping, || answer.so_far());
                kept.map_err(|NotWritten| End::Unwritten)?;
            }
            if body.is_ended() {
                return Ok(Held { last: piece, trailers: Headers::new() });
            }
            // A client that counts takes this piece for the end of the response.
            if length == Some(answer.capture.len()) {
                last = piece;
            } else {
                self.pass(piece).await?;
            }
        }
        answer.trailers = self.speaker.while_there(body.trailers(), wait, pulse).await?;
        Ok(Held { last, trailers: answer.trailers.clone() })
    }

    async fn pass(&mut self, piece: Bytes) -> Result<(), End> {
        match &mut self.speaker {
            Speaker::Body(out) if !piece.is_empty() => {
                out.send(piece, self.allowance.client).await.map_err(End::ClientGone)
            }
            _ => Ok(()),
        }
    }
}

impl Speaker {
    /// Ends the stream as a failure.
    pub fn reset(&mut self, code: u32) {
        match self {
            Self::Head(responder) => responder.reset(code),
            Self::Body(out) => out.reset(code),
        }
    }

    async fn gone(&mut self) -> StreamFault {
        match self {
            Self::Head(responder) => responder.gone().await,
            Self::Body(out) => out.gone().await,
        }
    }

    /// Waits for the upstream, as long as the exchange is not quiet for too long and the client is
    /// there.
    async fn while_there<T>(
        &mut self,
        work: impl Future<Output = Result<T, StreamFault>>,
        wait: Duration,
        pulse: &Pulse,
    ) -> Result<T, End> {
        let mut work = std::pin::pin!(work);
        loop {
            let left = wait.saturating_sub(pulse.quiet());
            tokio::select! {
                biased;
                came = &mut work => {
                    pulse.beat();
                    return came.map_err(|fault| End::Broken(failed(&fault), fault.code()));
                }
                fault = self.gone() => return Err(End::ClientGone(fault)),
                () = tokio::time::sleep(left) => if pulse.quiet() >= wait {
                    let message = format!("upstream sent nothing for {} s", wait.as_secs_f32());
                    let error = super::error(TransportErrorKind::Timeout, message);
                    return Err(End::Broken(error, CANCEL));
                }
            }
        }
    }
}

/// A failure of the upstream.
pub fn failed(fault: &StreamFault) -> TransportError {
    let kind = match fault {
        StreamFault::Reset(_) | StreamFault::GoAway(_) | StreamFault::Connection(_) => {
            TransportErrorKind::Reset
        }
        StreamFault::Protocol(_) | StreamFault::NotHttp2 | StreamFault::Unsayable(_) => {
            TransportErrorKind::Protocol
        }
        StreamFault::Tls(_) => TransportErrorKind::Tls,
        StreamFault::Stalled(_) => TransportErrorKind::Timeout,
    };
    super::error(kind, format!("upstream {fault}"))
}
