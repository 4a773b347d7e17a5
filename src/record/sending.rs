//! From the client to the upstream: the request's body, piece by piece, captured on the way.

use super::capture::{Capture, Captured, Keeping};
use super::journal::NotWritten;
use super::pulse::Pulse;
use crate::exchange::{Body, Headers, TransportErrorKind};
use crate::net::{BodyDecoder, BodyFault, Decoded, Framing, Reader, Writer};
use bytes::{Bytes, BytesMut};
use std::io;
use std::time::Duration;

/// How long a client that ended its direction may hear nothing of a response that has begun.
const HALF_CLOSED: Duration = Duration::from_secs(5);

/// The request's body on its way.
#[derive(Debug)]
pub struct Sending {
    decoder: BodyDecoder,
    chunked: bool,
    capture: Capture,
    /// Whether all of it came.
    pub whole: bool,
    /// Whether the upstream takes no more of it.
    pub refused: bool,
    /// The pieces that came, and how many bytes are held so.
    held: Option<(Vec<Bytes>, u64)>,
}

/// Why the client's side of an exchange ended it.
#[derive(Debug)]
pub struct ClientEnd {
    /// What kind of failure.
    pub kind: TransportErrorKind,
    /// What happened.
    pub message: String,
    /// The status to answer with, where the client is still there.
    pub status: Option<u16>,
}

impl ClientEnd {
    /// It went away.
    pub fn gone(message: impl Into<String>) -> Self {
        Self { kind: TransportErrorKind::ClientGone, message: message.into(), status: None }
    }

    fn malformed(fault: BodyFault) -> Self {
        let message = format!("request: {fault}");
        Self { kind: TransportErrorKind::Protocol, message, status: Some(400) }
    }

    fn unwritten(_: NotWritten) -> Self {
        let message = "the request could not be written down".to_owned();
        Self { kind: TransportErrorKind::Stopped, message, status: None }
    }
}

/// What a direction may take.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// Longest wait for the client.
    pub client: Duration,
    /// Longest wait for the upstream.
    pub upstream: Duration,
    /// Most bytes of a head.
    pub head: usize,
}

impl Sending {
    /// A body that is framed so.
    pub fn new(framing: Framing) -> Self {
        Self {
            decoder: BodyDecoder::new(framing),
            chunked: framing == Framing::Chunked,
            capture: Capture::default(),
            whole: framing == Framing::Empty,
            refused: false,
            held: None,
        }
    }

    /// Keeps what comes of the body in memory, as long as it has no more bytes than that.
    pub fn hold(&mut self, most: u64) {
        self.held = (most > 0).then(|| (Vec::new(), most));
    }

    /// What came of the body, and the trailers.
    pub fn into_parts(self) -> (Captured, Headers) {
        (self.capture.into_captured(), self.decoder.into_trailers())
    }

    /// Whether nothing of the body came.
    pub fn is_untouched(&self) -> bool {
        self.capture.len() == 0
    }

    /// A copy of what came of the body; `None` where it is too large for memory.
    pub fn body(&self) -> Option<Body> {
        let held = || self.held.as_ref().map(|(pieces, _)| Body::from_bytes(pieces.concat()));
        self.capture.body().or_else(held)
    }

    /// The trailers, once the body is whole.
    pub const fn trailers(&self) -> &Headers {
        self.decoder.trailers()
    }

    /// Takes what of the body is in `buffer`, and adds it to `out` as it is to be sent on.
    pub fn take(
        &mut self,
        buffer: &mut BytesMut,
        out: &mut Vec<u8>,
        keeping: Keeping<'_>,
    ) -> Result<(), ClientEnd> {
        while !self.whole {
            match self.decoder.decode(buffer).map_err(ClientEnd::malformed)? {
                Decoded::More => break,
                Decoded::Piece(piece) => {
                    let kept = self.capture.push(&piece, keeping, &keeping.head.headers);
                    let kept = kept.and_then(|()| keeping.open.asked(&piece, keeping));
                    kept.map_err(ClientEnd::unwritten)?;
                    self.held.take_if(|(_, most)| self.capture.len() > *most);
                    if let Some((pieces, _)) = &mut self.held {
                        pieces.push(piece.clone());
                    }
                    put_piece(out, &piece, self.chunked);
                    self.whole = self.decoder.is_done();
                    if self.whole {
                        self.ended(keeping)?;
                    }
                }
                Decoded::End => {
                    self.whole = true;
                    self.ended(keeping)?;
                    if self.chunked {
                        put_end(out, self.decoder.trailers());
                    }
                }
            }
        }
        Ok(())
    }

    fn ended(&self, keeping: Keeping<'_>) -> Result<(), ClientEnd> {
        let noted = keeping.open.asked_whole(self.decoder.trailers(), keeping);
        noted.map_err(ClientEnd::unwritten)
    }

    /// Reads the body to its end, or as far as memory holds it or `most` bytes if that is more, without
    /// sending it, for when there is no upstream to send it to or none yet. What would be sent is added
    /// to `out`.
    pub async fn read(
        &mut self,
        reader: &mut Reader,
        out: &mut Vec<u8>,
        allowance: &Allowance,
        keeping: Keeping<'_>,
        most: u64,
    ) -> Result<(), ClientEnd> {
        loop {
            self.take(&mut reader.buffer, out, keeping)?;
            if self.whole || (self.capture.is_spooled() && self.capture.len() > most) {
                return Ok(());
            }
            fill(reader, allowance.client).await?;
        }
    }

    /// Sends the body on as it comes, then watches the client. Returns only when the client's side
    /// has ended the exchange.
    pub async fn run(
        &mut self,
        reader: &mut Reader,
        writer: &mut Writer,
        allowance: &Allowance,
        keeping: Keeping<'_>,
        pulse: &Pulse,
    ) -> ClientEnd {
        if let Err(end) = self.send(reader, writer, allowance, keeping, pulse).await {
            return end;
        }
        if self.refused {
            // What the upstream says of it decides, or how its connection ends.
            return std::future::pending().await;
        }
        watch(reader, pulse).await
    }

    /// Sends the body on as it comes, until it is whole or the upstream takes no more.
    pub async fn send(
        &mut self,
        reader: &mut Reader,
        writer: &mut Writer,
        allowance: &Allowance,
        keeping: Keeping<'_>,
        pulse: &Pulse,
    ) -> Result<(), ClientEnd> {
        let mut out = Vec::new();
        while !self.whole && !self.refused {
            fill(reader, allowance.client).await?;
            self.take(&mut reader.buffer, &mut out, keeping)?;
            if !out.is_empty() {
                self.refused = writer.send(&out, allowance.upstream).await.is_err();
                pulse.beat();
                out.clear();
            }
        }
        Ok(())
    }
}

async fn fill(reader: &mut Reader, wait: Duration) -> Result<(), ClientEnd> {
    match reader.fill_within(wait).await {
        Ok(0) => Err(ClientEnd::gone("client closed in the middle of its request")),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::TimedOut => {
            let seconds = wait.as_secs_f32();
            let message = format!("client sent nothing of its request for {seconds} s");
            Err(ClientEnd { kind: TransportErrorKind::ClientGone, message, status: Some(408) })
        }
        Err(error) => Err(ClientEnd::gone(format!("client: {error}"))),
    }
}

/// Watches a client that has sent its request. That it ended its direction says little: it may
/// still read. Only a reset does, or an end while nothing comes that could be sent to it.
async fn watch(reader: &mut Reader, pulse: &Pulse) -> ClientEnd {
    if !reader.buffer.is_empty() {
        return std::future::pending().await;
    }
    match reader.fill().await {
        Ok(0) => loop {
            tokio::time::sleep(HALF_CLOSED).await;
            if pulse.is_answering() && pulse.quiet() >= HALF_CLOSED {
                return ClientEnd::gone("client closed while the response had paused");
            }
        },
        // The next request, sent ahead: it has its time.
        Ok(_) => std::future::pending().await,
        Err(error) => ClientEnd::gone(format!("client: {error}")),
    }
}

/// Adds a piece of a body, as a chunk of its own where the body is chunked.
pub fn put_piece(out: &mut Vec<u8>, piece: &[u8], chunked: bool) {
    use io::Write as _;
    if chunked {
        // Writing to memory can't fail.
        let _ = write!(out, "{:x}\r\n", piece.len());
        out.extend_from_slice(piece);
        out.extend_from_slice(b"\r\n");
    } else {
        out.extend_from_slice(piece);
    }
}

/// Adds the end of a chunked body with its trailers.
pub fn put_end(out: &mut Vec<u8>, trailers: &Headers) {
    out.extend_from_slice(b"0\r\n");
    for trailer in trailers {
        out.extend_from_slice(trailer.name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(&trailer.value);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
}
