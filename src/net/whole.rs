//! Servers that answer whole requests: replay and mock.

mod stream;

use super::address::Form;
use super::again::{Heads, Memory};
use super::connection::answer_problem;
use super::link::Link;
use super::pace::{self, Clock, Cut, Early, Switched};
use super::{
    After, BodyDecoder, Call, CertificateAuthority, Decoded, Framing, Hello, Incoming, Limits,
    Listener, NetError, Protocol, Reply, Service, Stop,
};
use crate::exchange::{Body, Headers, Request, Version};
use bytes::{Buf as _, BytesMut};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// A request that has arrived whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived {
    /// The request; its target is the whole URL that was asked for, and what was meant for a proxy
    /// alone is removed from its headers.
    pub request: Request,
    /// How the client addressed us.
    pub form: Form,
    /// Who asks.
    pub client: SocketAddr,
    /// The session that the request belongs to.
    pub session: Option<String>,
}

/// Answers requests.
pub trait Answer: Send + Sync + 'static {
    /// What is found for a request, to answer it again when it comes in the same bytes.
    type Found: Send + Sync + 'static;

    /// The response to one request.
    fn answer(&self, arrived: Arrived) -> impl Future<Output = Reply> + Send;

    /// The response to one request without a body, and what was found for it where that says all: the
    /// same bytes are to be answered by [`Answer::again`] next time.
    fn find(&self, arrived: Arrived) -> impl Future<Output = (Reply, Option<Self::Found>)> + Send {
        async { (self.answer(arrived).await, None) }
    }

    /// The response to a request for which this was found; `None` where it must be read anew.
    fn again(&self, _found: &Self::Found) -> Option<Reply> {
        None
    }

    /// Whether the body is needed of a request whose client waits for leave to send it; `head` has
    /// none. Where it is not, the request is answered without it.
    fn wants_body(&self, _head: &Arrived) -> bool {
        true
    }

    /// What a client that begins TLS gets of the protocols that it offers.
    fn choose(&self, hello: &Hello) -> Option<Protocol> {
        hello.offered.newest()
    }
}

/// Serves requests with `answer` until `stop` is requested and what was under way has ended. TLS
/// inside tunnels is opened with certificates of `intercept`.
pub async fn serve<A: Answer>(
    listener: Listener,
    intercept: Option<Arc<CertificateAuthority>>,
    limits: Limits,
    answer: Arc<A>,
    stop: Stop,
) -> Result<(), NetError> {
    let whole = Whole { answer, limits, stop: stop.clone(), memory: Memory::default() };
    super::run(listener, intercept, limits, Arc::new(whole), stop).await
}

struct Whole<A: Answer> {
    answer: Arc<A>,
    limits: Limits,
    stop: Stop,
    memory: Memory<A::Found>,
}

/// Whether a client waits for leave to send its body (RFC 9110, section 10.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// It does not.
    Unasked,
    /// It did, and sent the body without.
    Asked,
    /// It did, and has it.
    Granted,
    /// It did, and gets the answer instead.
    Refused,
}

/// What is known of a client that is answered.
#[derive(Debug, Clone, Copy)]
struct Caller {
    /// It speaks HTTP/1.0.
    old: bool,
    /// It may send another request.
    keeps_alive: bool,
    leave: Leave,
}

/// Why a body did not arrive.
enum BodyFailure {
    TooLarge,
    Malformed(String),
    Gone,
}

impl<A: Answer> Service for Whole<A> {
    type Memory = Option<Arc<Heads<A::Found>>>;

    fn settle(&self, place: &str, memory: &mut Self::Memory) {
        *memory = self.memory.place(place);
    }

    async fn again(&self, link: &mut Link, memory: &Self::Memory) -> Option<After> {
        let buffer = &mut link.reader.buffer;
        let heads = memory.as_ref()?;
        let (reply, length) = heads.recall(buffer, |found| self.answer.again(found))?;
        if reply.is_plain() {
            buffer.advance(length);
            return Some(match link.writer.send(&reply.bytes, self.limits.stall).await {
                Err(_) => After::Abort,
                Ok(()) if reply.close => After::Close,
                Ok(()) => After::Continue,
            });
        }
        let method = buffer[..length].split(|byte| *byte == b' ').next().unwrap_or_default();
        let method = String::from_utf8_lossy(method).into_owned();
        buffer.advance(length);
        let clock = Clock::new(Instant::now(), self.stop.clone());
        let caller = Caller { old: false, keeps_alive: true, leave: Leave::Unasked };
        Some(self.give(&reply, &method, caller, link, &clock).await)
    }

    async fn exchange(
        &self,
        incoming: Incoming,
        link: &mut Link,
        memory: &mut Self::Memory,
    ) -> After {
        let (old, keeps_alive) = (incoming.head.version == Version::Http10, incoming.keeps_alive());
        let method = incoming.head.method.clone();
        let clock = Clock::new(incoming.arrived, self.stop.clone());
        // Such a request is all that its head says.
        let is_all = !old && keeps_alive && incoming.framing == Framing::Empty;
        let heads = memory.as_ref().filter(|_| is_all);
        let noted = heads.map(|heads| (Arc::clone(heads), incoming.head.lines.head().clone()));
        let (arrived, leave) = match arrived(incoming, &*self.answer, link, &self.limits).await {
            Ok(arrived) => arrived,
            Err(BodyFailure::Gone) => return After::Close,
            Err(BodyFailure::TooLarge) => {
                let detail = format!("body exceeds {} bytes", self.limits.body);
                let _ = answer_problem(link, 413, &detail, &self.limits).await;
                return After::Close;
            }
            Err(BodyFailure::Malformed(detail)) => {
                let _ = answer_problem(link, 400, &detail, &self.limits).await;
                return After::Close;
            }
        };
        let mut reply = match noted {
            None => self.answer.answer(arrived).await,
            Some((heads, head)) => {
                let (reply, found) = self.answer.find(arrived).await;
                if let Some(found) = found {
                    heads.note(&head, found);
                }
                reply
            }
        };
        if old {
            reply = reply.for_old_client(&method);
        }
        // Whether the body comes all the same is not known: another request could not be told from it.
        let keeps_alive = keeps_alive && leave != Leave::Refused;
        self.give(&reply, &method, Caller { old, keeps_alive, leave }, link, &clock).await
    }

    async fn stream(&self, call: Call) {
        let clock = Clock::new(call.incoming.arrived, self.stop.clone());
        stream::answer(&*self.answer, call, &self.limits, &clock).await;
    }

    async fn choose(&self, hello: Hello) -> Option<Protocol> {
        self.answer.choose(&hello)
    }
}

impl<A: Answer> Whole<A> {
    /// Sends a reply to a client.
    async fn give(
        &self,
        reply: &Reply,
        method: &str,
        caller: Caller,
        link: &mut Link,
        clock: &Clock,
    ) -> After {
        let wait = self.limits.stall;
        if reply.manner.is_some() {
            return self.at_its_pace(reply, method, caller, link, clock).await;
        }
        let Caller { old, keeps_alive, .. } = caller;
        let mut sent = link.writer.send(&reply.bytes, wait).await;
        if let (Ok(()), Some(file)) = (&sent, &reply.file) {
            sent = file.send(&mut link.writer, old, wait).await;
        }
        match sent {
            Err(_) => After::Abort,
            // A reset tells what a length or a last chunk would have told.
            Ok(()) if reply.breaks_unseen() => After::Abort,
            Ok(()) if keeps_alive && !reply.close => After::Continue,
            Ok(()) => After::Close,
        }
    }

    /// Sends a reply that goes otherwise than at once.
    async fn at_its_pace(
        &self,
        reply: &Reply,
        method: &str,
        caller: Caller,
        link: &mut Link,
        clock: &Clock,
    ) -> After {
        let manner = reply.manner.as_deref().cloned().unwrap_or_default();
        let mut pace = manner.pace.unwrap_or_default();
        // What has pieces is then what follows the head.
        let after = |cut: &mut Cut| manner.onward.is_some() && *cut != Cut::Reset;
        let cut = pace.cut.take_if(after);
        let wait = self.limits.stall;
        let Caller { old, keeps_alive, leave } = caller;
        let early = manner.early.filter(|_| !old && pace.cut != Some(Cut::Reset));
        let early = early.as_deref().unwrap_or_default();
        if Early::send(early, leave, &mut link.writer, clock, wait).await.is_err() {
            return After::Abort;
        }
        match pace::send(reply, &pace, method, &mut link.writer, clock, wait).await {
            Err(_) => After::Abort,
            Ok(true) if manner.onward.is_none() && keeps_alive && !reply.close => After::Continue,
            Ok(is_whole) => {
                if let Some(onward) = manner.onward.filter(|_| is_whole) {
                    onward.play(Switched { link, stop: clock.stop(), cut }).await;
                }
                After::Close
            }
        }
    }
}

/// Reads the request's body, for which the client gets leave where it waits for that.
async fn arrived<A: Answer>(
    incoming: Incoming,
    answer: &A,
    link: &mut Link,
    limits: &Limits,
) -> Result<(Arrived, Leave), BodyFailure> {
    if matches!(incoming.framing, Framing::Length(length) if length > limits.body) {
        return Err(BodyFailure::TooLarge);
    }
    let mut leave = if incoming.expects_continue() { Leave::Asked } else { Leave::Unasked };
    if leave == Leave::Asked && link.reader.buffer.is_empty() {
        let head = whole(incoming.clone(), BytesMut::new(), Headers::new());
        if !answer.wants_body(&head) {
            return Ok((head, Leave::Refused));
        }
        leave = Leave::Granted;
        let granted = b"HTTP/1.1 100 Continue\r\n\r\n";
        link.writer.send(granted, limits.stall).await.map_err(|_| BodyFailure::Gone)?;
    }
    let mut decoder = BodyDecoder::new(incoming.framing);
    let mut body = BytesMut::new();
    loop {
        match decoder.decode(&mut link.reader.buffer) {
            Ok(Decoded::Piece(piece)) if (body.len() + piece.len()) as u64 > limits.body => {
                return Err(BodyFailure::TooLarge);
            }
            Ok(Decoded::Piece(piece)) => body.extend_from_slice(&piece),
            Ok(Decoded::End) => break,
            Ok(Decoded::More) => match link.reader.fill_within(limits.stall).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return Err(BodyFailure::Gone),
            },
            Err(fault) => return Err(BodyFailure::Malformed(fault.to_string())),
        }
    }
    Ok((whole(incoming, body, decoder.into_trailers()), leave))
}

fn whole(incoming: Incoming, body: BytesMut, trailers: Headers) -> Arrived {
    let Incoming { head, target, form, session, client, .. } = incoming;
    let request = head.into_request(target, Body::from_bytes(body.freeze()), trailers);
    Arrived { request, form, client, session }
}

#[cfg(test)]
mod tests;
