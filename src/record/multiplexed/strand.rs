use crate::exchange::{
    Body, Exchange, ExchangeNumber, Headers, Request, Response, Source, Timing, TransportError,
};
use crate::net::{Arrived, Form, Incoming, RequestHead, remove_proxy_fields};
use crate::record::capture::{self, Capture, Captured, Pace};
use crate::record::journal::NotWritten;
use crate::record::session::Ticket;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// One exchange on a stream while it is forwarded.
pub struct Strand {
    pub head: RequestHead,
    pub recorded: String,
    pub ticket: Ticket,
    session: Option<String>,
    arrived: Instant,
    /// When the response was whole.
    pub ended: Option<Instant>,
    pub asked: Asked,
    pub answer: Answered,
}

/// What came of the request after its head.
#[derive(Debug, Default)]
pub struct Asked {
    pub capture: Capture,
    pub trailers: Headers,
    /// Whether all of it came.
    pub whole: bool,
}

/// What came of the response.
#[derive(Debug)]
pub struct Answered {
    pub head: Option<Response>,
    pub first_byte: Option<Instant>,
    pub capture: Capture,
    pub pace: Pace,
    pub trailers: Headers,
}

impl Asked {
    /// Whether the request was whole with its head.
    pub fn is_bare(&self) -> bool {
        self.whole && self.capture.len() == 0 && self.trailers.is_empty()
    }
}

impl Strand {
    pub fn new(incoming: Incoming, recorded: String, ticket: Ticket, whole: bool) -> Self {
        let Incoming { head, session, arrived, .. } = incoming;
        Self {
            head,
            recorded,
            ticket,
            session,
            arrived,
            ended: None,
            asked: Asked { whole, ..Asked::default() },
            answer: Answered {
                head: None,
                first_byte: None,
                capture: Capture::default(),
                pace: Pace::new(arrived),
                trailers: Headers::new(),
            },
        }
    }

    /// The request as it has arrived whole; `None` where it is too large to be held.
    pub fn arrived(&self, form: Form, client: SocketAddr) -> Option<Arrived> {
        let body = self.asked.capture.body()?;
        let mut headers = self.head.headers.clone();
        remove_proxy_fields(&mut headers);
        let request = Request {
            method: self.head.method.clone(),
            target: self.recorded.clone(),
            version: self.head.version,
            headers,
            body,
            trailers: self.asked.trailers.clone(),
        };
        Some(Arrived { request, form, client, session: self.session.clone() })
    }

    /// Writes down what the exchange came to be, with the failure that ended it.
    pub fn write(self, error: Option<TransportError>) -> Result<ExchangeNumber, NotWritten> {
        let journal = Arc::clone(self.ticket.journal());
        // The session does not end before the exchange is written.
        let (exchange, request, response, _ticket) = self.into_exchange(error);
        journal.write_captured(exchange, request, response)
    }

    /// The exchange, and the bodies of its request and its response.
    fn into_exchange(
        self,
        error: Option<TransportError>,
    ) -> (Exchange, Captured, Captured, Ticket) {
        let ended = self.ended.unwrap_or_else(Instant::now);
        let since = |instant: Instant| {
            capture::milliseconds(instant.saturating_duration_since(self.arrived))
        };
        let mut timing = Timing {
            first_byte_ms: self.answer.first_byte.map(since),
            end_ms: since(ended),
            chunks: Vec::new(),
        };
        let Asked { capture, trailers, .. } = self.asked;
        let sent = capture.into_captured();
        let mut request = Request {
            method: self.head.method,
            target: self.recorded,
            version: self.head.version,
            headers: self.head.headers,
            body: Body::Empty,
            trailers,
        };
        remove_proxy_fields(&mut request.headers);
        let Answered { head, capture, pace, trailers, .. } = self.answer;
        let received = capture.into_captured();
        let response = head.map(|head| {
            timing.chunks = pace.into_chunks(is_event_stream(&head.headers));
            let mut response = Response { body: Body::Empty, trailers, ..head };
            remove_proxy_fields(&mut response.headers);
            response
        });
        let exchange = Exchange {
            number: ExchangeNumber(0),
            at: self.ticket.journal().time(self.arrived),
            source: response.as_ref().map_or(Source::Live, |r| Source::of_response(&r.headers)),
            request,
            response,
            timing,
            error,
            redacted: Vec::new(),
            messages: Vec::new(),
            digest: None,
        };
        (exchange, sent, received, self.ticket)
    }
}

fn is_event_stream(headers: &Headers) -> bool {
    headers.text("content-type").is_some_and(|value| {
        value.trim_start().to_ascii_lowercase().starts_with("text/event-stream")
    })
}
