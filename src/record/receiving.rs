//! From the upstream to the client: the response, piece by piece, captured on the way. The last
//! piece is held back for the caller, who sends it when the exchange is on disk.

use super::capture::{Capture, Captured, Keeping, Pace, is_event_stream};
use super::journal::NotWritten;
use super::open::SoFar;
use super::pulse::Pulse;
use super::sending::{Allowance, put_end, put_piece};
use crate::exchange::{Body, Headers, Interim, Response, TransportError, TransportErrorKind};
use crate::net::{
    BodyDecoder, Crossing, Decoded, Framing, Passage, Proxied, ReadFault, Reader, ResponseHead,
    Way, Writer, of_tls, write_crossing,
};
use bytes::Bytes;
use std::io;
use std::time::{Duration, Instant};

/// How long a piece of a body that ends with the connection is held back, in case it is the last:
/// nothing else tells the client that the response has ended.
const HOLD: Duration = Duration::from_millis(50);

/// A response on its way.
#[derive(Debug)]
pub struct Receiving {
    /// The head, once it came.
    pub head: Option<ResponseHead>,
    /// When it came, interim ones apart.
    pub first_byte: Option<Instant>,
    /// Whether the client has got a part of it.
    pub begun: bool,
    capture: Capture,
    pace: Pace,
    trailers: Headers,
}

/// What is known of the request.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Its method.
    pub method: &'a str,
    /// Whether it asked for another protocol.
    pub upgrades: bool,
    /// Whether interim responses are passed on.
    pub interim: bool,
    /// The proxy that it was sent to as it is, which may answer for itself.
    pub proxied: Option<&'a Proxied>,
    /// Whether the client can't read chunks: one of HTTP/1.0 (RFC 9112, section 6.1).
    pub old: bool,
}

/// How receiving ended.
#[derive(Debug)]
pub enum Received {
    /// The response is whole.
    Whole(Last),
    /// The connection speaks another protocol from here; with the head that is to be sent.
    Switched(Vec<u8>),
    /// It failed.
    Broken(TransportError),
    /// The upstream closed before the end that the response announced: the client sees so itself.
    Short(TransportError),
    /// The client takes no more.
    ClientGone(io::Error),
    /// It could not be written down, and is not passed on.
    Unwritten,
}

/// How a body is framed, and whether its chunks are joined for the client.
#[derive(Debug, Clone, Copy)]
struct Framed {
    framing: Framing,
    unchunked: bool,
}

/// Why a piece of a body goes no further.
enum Fault {
    Malformed(String),
    Unwritten(NotWritten),
}

/// What is still to be sent of a whole response.
#[derive(Debug)]
pub struct Last {
    /// Bytes that come first.
    pub head: Vec<u8>,
    /// Bytes that come after.
    pub body: Bytes,
    /// Whether the end of the connection is the end of the response.
    pub closes: bool,
}

impl Receiving {
    /// A response whose times count from `from`.
    pub fn new(from: Instant) -> Self {
        Self {
            head: None,
            first_byte: None,
            begun: false,
            capture: Capture::default(),
            pace: Pace::new(from),
            trailers: Headers::new(),
        }
    }

    /// What came of the response, its body apart, and when the pieces of a stream came.
    pub fn into_response(self) -> Option<(Response, Captured, Vec<crate::exchange::ChunkTime>)> {
        let head = self.head?;
        let stream = is_event_stream(&head.headers);
        let response = Response {
            status: head.status,
            reason: head.reason,
            version: head.version,
            headers: head.headers,
            body: Body::Empty,
            trailers: self.trailers,
        };
        Some((response, self.capture.into_captured(), self.pace.into_chunks(stream)))
    }

    /// What came of the response, for an exchange that stays open.
    pub fn so_far(&self) -> Option<SoFar> {
        let response = response(self.head.as_ref()?);
        let chunks = self.pace.pieces().to_vec();
        Some(SoFar { response, first_byte: self.first_byte, body: self.capture.body(), chunks })
    }

    /// Receives the response and passes it on, but for its end.
    pub async fn run(
        &mut self,
        reader: &mut Reader,
        writer: &mut Writer,
        asked: Asked<'_>,
        allowance: &Allowance,
        keeping: Keeping<'_>,
        pulse: &Pulse,
    ) -> Received {
        let head = match self.final_head(reader, writer, asked, allowance, keeping, pulse).await {
            Ok(head) => head,
            Err(end) => return end,
        };
        let framing = Framing::of_response(asked.method, &head);
        let unchunked = asked.old && framing == Ok(Framing::Chunked);
        let head = self.head.insert(head);
        if keeping.open.is_begun()
            && keeping.open.answered(&response(head), self.first_byte, keeping).is_err()
        {
            return Received::Unwritten;
        }
        if head.status == 101 {
            return if asked.upgrades {
                Received::Switched(sent_head(head, false))
            } else {
                protocol("upstream switched protocols unasked")
            };
        }
        match framing {
            Err(fault) => protocol(&format!("response: {fault}")),
            Ok(Framing::Empty) => {
                let head = sent_head(head, false);
                Received::Whole(Last { head, body: Bytes::new(), closes: false })
            }
            Ok(framing) => {
                let way = Framed { framing, unchunked };
                self.body(way, reader, writer, allowance, keeping, pulse).await
            }
        }
    }

    /// The head that is no interim one. Those before it are passed on (RFC 9110, section 15.2).
    async fn final_head(
        &mut self,
        reader: &mut Reader,
        writer: &mut Writer,
        asked: Asked<'_>,
        allowance: &Allowance,
        keeping: Keeping<'_>,
        pulse: &Pulse,
    ) -> Result<ResponseHead, Received> {
        loop {
            let head = response_head(reader, allowance, keeping, pulse).await?;
            pulse.beat();
            if let Some(error) =
                asked.proxied.and_then(|proxied| proxied.failure(head.status, &head.headers))
            {
                return Err(Received::Broken(error));
            }
            if !Interim::has_status(head.status) {
                self.first_byte = Some(Instant::now());
                return Ok(head);
            }
            let noted = keeping.open.interim(head.status, &head.reason, &head.headers, keeping);
            noted.map_err(|fault| protocol(&format!("response: {fault}")))?;
            if asked.interim {
                let crossing = Crossing::of(&head.headers, Way::Response(head.status));
                let mut out = [head.status_line(), b"\r\n"].concat();
                write_crossing(&mut out, &head.headers, &head.lines, &crossing);
                writer.send(&out, allowance.client).await.map_err(Received::ClientGone)?;
            }
        }
    }

    async fn body(
        &mut self,
        way: Framed,
        reader: &mut Reader,
        writer: &mut Writer,
        allowance: &Allowance,
        keeping: Keeping<'_>,
        pulse: &Pulse,
    ) -> Received {
        let framing = way.framing;
        let mut decoder = BodyDecoder::new(framing);
        let head = self.head.as_ref().map(|head| sent_head(head, way.unchunked));
        let head = head.unwrap_or_default();
        let mut waiting = Last { head, body: Bytes::new(), closes: way.unchunked };
        loop {
            match self.decode(&mut decoder, way, reader, &mut waiting, keeping) {
                Ok(true) => {
                    self.trailers = decoder.into_trailers();
                    return Received::Whole(waiting);
                }
                Ok(false) => {}
                Err(Fault::Malformed(fault)) => {
                    return self.broken_after(fault, waiting, writer, allowance).await;
                }
                Err(Fault::Unwritten(NotWritten)) => return Received::Unwritten,
            }
            let mut came = None;
            if framing == Framing::UntilClose && !waiting.is_empty() {
                came = tokio::time::timeout(HOLD, reader.fill()).await.ok();
            }
            if !waiting.is_empty() && !matches!(came, Some(Ok(0))) {
                self.begun = true;
                if let Err(error) = waiting.send(writer, allowance).await {
                    return Received::ClientGone(error);
                }
                pulse.answer();
            }
            let came = if let Some(came) = came {
                came
            } else {
                self.more(reader, allowance, keeping, pulse).await
            };
            match came {
                Ok(0) if decoder.ends_with_connection() => {
                    return Received::Whole(Last { closes: true, ..waiting });
                }
                Ok(0) => {
                    let length = self.capture.len();
                    let message = format!("upstream closed after {length} bytes of the body");
                    let error = TransportError { kind: TransportErrorKind::Reset, message };
                    // Joined chunks end with the connection, as if they were whole.
                    let seen = self.begun && !way.unchunked;
                    return if seen { Received::Short(error) } else { Received::Broken(error) };
                }
                Ok(_) => pulse.beat(),
                Err(error) => return failed(&error, allowance.upstream),
            }
        }
    }

    /// Reads more of the body; an exchange that stays open over it begins to be on disk.
    async fn more(
        &self,
        reader: &mut Reader,
        allowance: &Allowance,
        keeping: Keeping<'_>,
        pulse: &Pulse,
    ) -> io::Result<usize> {
        let mut due = keeping.open.due();
        loop {
            reader.wake_at(due);
            let wait = allowance.upstream.saturating_sub(pulse.quiet());
            let came = reader.fill_within(wait).await;
            reader.wake_at(None);
            match came {
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    if has_come(&mut due) {
                        // A journal that takes no more has asked for the stop.
                        let _ = keeping.open.begin(self.so_far(), keeping);
                    } else if pulse.quiet() >= allowance.upstream {
                        return Err(error);
                    }
                }
                came => return came,
            }
        }
    }

    /// Takes what the buffer holds of the body and adds it to `waiting`; answers whether the body is
    /// whole.
    fn decode(
        &mut self,
        decoder: &mut BodyDecoder,
        way: Framed,
        reader: &mut Reader,
        waiting: &mut Last,
        keeping: Keeping<'_>,
    ) -> Result<bool, Fault> {
        let chunked = way.framing == Framing::Chunked;
        loop {
            let taken = decoder.decode(&mut reader.buffer);
            match taken.map_err(|fault| Fault::Malformed(fault.to_string()))? {
                Decoded::More => return Ok(false),
                Decoded::End => {
                    if chunked && !way.unchunked {
                        put_end(&mut waiting.head, decoder.trailers());
                    }
                    return Ok(true);
                }
                Decoded::Piece(piece) => {
                    if let Some(head) = &self.head {
                        let kept = self.capture.push(&piece, keeping, &head.headers);
                        kept.map_err(Fault::Unwritten)?;
                    }
                    self.pace.note(piece.len());
                    if let Some(head) = &self.head {
                        let kept =
                            keeping.open.came(&piece, &head.headers, keeping, || self.so_far());
                        kept.map_err(Fault::Unwritten)?;
                    }
                    if chunked {
                        put_piece(&mut waiting.head, &piece, !way.unchunked);
                    } else {
                        // Without chunks a buffer gives one piece: it is sent uncopied.
                        waiting.body = piece;
                    }
                }
            }
        }
    }

    /// The client still gets what came before the fault, as it would without us.
    async fn broken_after(
        &mut self,
        fault: String,
        mut waiting: Last,
        writer: &mut Writer,
        allowance: &Allowance,
    ) -> Received {
        if self.capture.len() > 0 {
            self.begun = true;
            // Whether it still takes it makes no difference to what is recorded.
            let _ = waiting.send(writer, allowance).await;
        }
        protocol(&format!("response: {fault}"))
    }
}

impl Last {
    fn is_empty(&self) -> bool {
        self.head.is_empty() && self.body.is_empty()
    }

    /// Sends what there is.
    async fn send(&mut self, writer: &mut Writer, allowance: &Allowance) -> io::Result<()> {
        let (head, body) = (std::mem::take(&mut self.head), std::mem::take(&mut self.body));
        writer.send_both(head, &body, allowance.client).await
    }
}

/// A response by its head.
fn response(head: &ResponseHead) -> Response {
    Response {
        status: head.status,
        reason: head.reason.clone(),
        version: head.version,
        headers: head.headers.clone(),
        ..Response::default()
    }
}

/// The head as it is sent on. Without chunks, the end of the connection is the end of the body.
fn sent_head(head: &ResponseHead, unchunked: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    out.extend_from_slice(head.status_line());
    out.extend_from_slice(b"\r\n");
    let crossing = Crossing::of(&head.headers, Way::Response(head.status));
    if !unchunked {
        write_crossing(&mut out, &head.headers, &head.lines, &crossing);
        return out;
    }
    for (index, header) in head.headers.iter().enumerate() {
        let framing = header.is("transfer-encoding") || header.is("connection");
        if !framing && crossing.passage(header) == Passage::Whole {
            head.lines.write(index, header, &mut out);
            out.extend_from_slice(b"\r\n");
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// Reads the head of a response, as long as the exchange is not quiet for too long; one that stays open over it begins to be on disk.
async fn response_head(
    reader: &mut Reader,
    allowance: &Allowance,
    keeping: Keeping<'_>,
    pulse: &Pulse,
) -> Result<ResponseHead, Received> {
    let mut due = keeping.open.due();
    loop {
        reader.wake_at(due);
        let wait = allowance.upstream.saturating_sub(pulse.quiet());
        let came = reader.response_head(allowance.head, wait).await;
        reader.wake_at(None);
        match came {
            Ok(Some(head)) => return Ok(head),
            Ok(None) => {
                let message = "upstream closed the connection without a response".to_owned();
                return Err(broken(TransportErrorKind::Reset, message));
            }
            Err(ReadFault::Timeout(_)) if has_come(&mut due) => {
                // A journal that takes no more has asked for the stop.
                let _ = keeping.open.begin(None, keeping);
            }
            Err(ReadFault::Timeout(_)) if pulse.quiet() < allowance.upstream => {}
            Err(ReadFault::Timeout(_)) => return Err(silent(allowance.upstream)),
            Err(ReadFault::Io(error)) => return Err(failed(&error, allowance.upstream)),
            Err(ReadFault::Closed) => {
                let message = "upstream closed in the middle of a response head".to_owned();
                return Err(broken(TransportErrorKind::Reset, message));
            }
            Err(ReadFault::Head(fault)) => return Err(protocol(&format!("response: {fault}"))),
        }
    }
}

/// Whether a time that was waited for has come; then it is no longer waited for.
fn has_come(time: &mut Option<Instant>) -> bool {
    time.take_if(|time| *time <= Instant::now()).is_some()
}

fn broken(kind: TransportErrorKind, message: String) -> Received {
    Received::Broken(TransportError { kind, message })
}

fn protocol(message: &str) -> Received {
    broken(TransportErrorKind::Protocol, message.to_owned())
}

fn silent(wait: Duration) -> Received {
    let message = format!("upstream sent nothing for {} s", wait.as_secs_f32());
    broken(TransportErrorKind::Timeout, message)
}

fn failed(error: &io::Error, wait: Duration) -> Received {
    match error.kind() {
        io::ErrorKind::TimedOut => silent(wait),
        io::ErrorKind::InvalidData => match of_tls(error) {
            Some(error) => Received::Broken(error),
            None => broken(TransportErrorKind::Reset, format!("upstream: {error}")),
        },
        _ => broken(TransportErrorKind::Reset, format!("upstream: {error}")),
    }
}
