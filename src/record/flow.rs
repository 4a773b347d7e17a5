//! One exchange while it is forwarded, and what becomes of it in the cassette.

use super::capture::{self, Captured};
use super::journal::NotWritten;
use super::open::Open;
use super::receiving::Receiving;
use super::routes::Plan;
use super::sending::Sending;
use super::session::Ticket;
use crate::exchange::{
    Body, ChunkTime, Exchange, ExchangeNumber, Headers, Response, SocketMessage, Timing,
    TransportError, TransportErrorKind, Version,
};
use crate::net::{Arrived, Form, Framing, Incoming, RequestHead};
use std::time::Instant;

/// One exchange while it is forwarded.
pub struct Flow {
    pub head: RequestHead,
    pub recorded: String,
    pub ticket: Ticket,
    pub open: Open,
    session: Option<String>,
    arrived: Instant,
    /// When the response was whole, where the exchange went on after that.
    pub ended: Option<Instant>,
    pub sending: Sending,
    pub receiving: Receiving,
    /// What was said on the WebSocket that it opened.
    pub messages: Vec<SocketMessage>,
}

impl Flow {
    pub fn new(incoming: Incoming, plan: &Plan, ticket: Ticket) -> Self {
        let Incoming { head, framing, session, arrived, .. } = incoming;
        Self {
            head,
            recorded: plan.recorded.clone(),
            ticket,
            open: Open::new(arrived, framing == Framing::Empty),
            session,
            arrived,
            ended: None,
            sending: Sending::new(framing),
            receiving: Receiving::new(arrived),
            messages: Vec::new(),
        }
    }

    /// The request as it has arrived whole; `None` where it is too large to be held.
    pub fn arrived(&self, form: Form, client: std::net::SocketAddr) -> Option<Arrived> {
        let body = self.sending.body()?;
        let trailers = self.sending.trailers().clone();
        let request = self.head.clone().into_request(self.recorded.clone(), body, trailers);
        Some(Arrived { request, form, client, session: self.session.clone() })
    }

    /// The exchange stays open from here on, as a WebSocket: what is known of it goes to disk.
    pub fn stay_open(&self) -> Result<(), NotWritten> {
        let keeping = self.ticket.journal().keeping(&self.recorded, &self.head, &self.open);
        self.open.begin(self.receiving.so_far(), keeping)
    }

    /// A message came on the WebSocket.
    pub fn said(&self, message: &SocketMessage) -> Result<(), NotWritten> {
        let keeping = self.ticket.journal().keeping(&self.recorded, &self.head, &self.open);
        self.open.said(message, keeping)
    }

    /// Milliseconds since the request's head had arrived.
    pub fn now_ms(&self) -> f64 {
        capture::milliseconds(self.arrived.elapsed())
    }

    /// Whether the response leaves the client's connection open.
    pub fn persists(&self) -> bool {
        let Some(head) = &self.receiving.head else { return self.head.version == Version::Http11 };
        let says = |token| head.headers.has_token("connection", token);
        match (self.head.version, head.version) {
            _ if says("close") => false,
            (Version::Http10, _) | (_, Version::Http10) => says("keep-alive"),
            _ => true,
        }
    }

    /// Whether the upstream's connection stays open.
    pub fn upstream_persists(&self) -> bool {
        let headers = &self.head.headers;
        match self.head.version {
            Version::Http10 => headers.has_token("connection", "keep-alive"),
            _ => !headers.has_token("connection", "close"),
        }
    }

    /// Writes down what the exchange came to be, with the failure that ended it.
    pub fn write(self, error: Option<TransportError>) -> Result<ExchangeNumber, NotWritten> {
        let first_byte = self.receiving.first_byte;
        let closing = Closing {
            head: self.head,
            recorded: self.recorded,
            ticket: self.ticket,
            open: self.open,
            arrived: self.arrived,
            ended: self.ended,
            first_byte,
            sent: self.sending.into_parts(),
            received: self.receiving.into_response(),
            messages: self.messages,
        };
        closing.write(error)
    }
}

/// An exchange that has come to its end, in whatever version of HTTP, before it is written.
pub struct Closing {
    pub head: RequestHead,
    pub recorded: String,
    pub ticket: Ticket,
    pub open: Open,
    pub arrived: Instant,
    pub ended: Option<Instant>,
    pub first_byte: Option<Instant>,
    /// Body and trailers of the request.
    pub sent: (Captured, Headers),
    /// The response without its body, the body, and when the pieces of a stream came.
    pub received: Option<(Response, Captured, Vec<ChunkTime>)>,
    pub messages: Vec<SocketMessage>,
}

impl Closing {
    /// Writes it down, with the failure that ended it.
    pub fn write(self, error: Option<TransportError>) -> Result<ExchangeNumber, NotWritten> {
        let since = |instant: Instant| {
            capture::milliseconds(instant.saturating_duration_since(self.arrived))
        };
        let mut timing = Timing {
            first_byte_ms: self.first_byte.map(since),
            end_ms: since(self.ended.unwrap_or_else(Instant::now)),
            chunks: Vec::new(),
        };
        let (sent, trailers) = self.sent;
        let mut received = Captured::Memory(Body::Empty);
        let request = self.head.into_request(self.recorded, Body::Empty, trailers);
        let response = self.received.map(|(response, body, chunks)| {
            (timing.chunks, received) = (chunks, body);
            response
        });
        // The session does not end before the exchange is written: the ticket lives as long as this.
        let journal = self.ticket.journal();
        let (interim, open) = self.open.into_parts();
        let exchange = journal.exchange(self.arrived, request, response, timing, error);
        let exchange = Exchange { interim, messages: self.messages, ..exchange };
        let number = journal.write_captured(exchange, sent, received)?;
        if let Some(record) = open {
            journal.closed(&record)?;
        }
        Ok(number)
    }
}

/// The failure of an exchange that outlived its recorder.
pub fn stopped() -> TransportError {
    TransportError {
        kind: TransportErrorKind::Stopped,
        message: "the recorder was stopped before the response was whole".to_owned(),
    }
}
