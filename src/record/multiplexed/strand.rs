use crate::exchange::{Body, ExchangeNumber, Headers, Response, TransportError};
use crate::net::{Arrived, Form, Incoming, RequestHead};
use crate::record::capture::{Capture, Pace, is_event_stream};
use crate::record::flow::Closing;
use crate::record::journal::NotWritten;
use crate::record::open::{Open, SoFar};
use crate::record::session::Ticket;
use std::net::SocketAddr;
use std::time::Instant;

/// One exchange on a stream while it is forwarded.
pub struct Strand {
    pub head: RequestHead,
    pub recorded: String,
    pub ticket: Ticket,
    pub open: Open,
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

impl Answered {
    /// What came of the response, for an exchange that stays open.
    pub fn so_far(&self) -> Option<SoFar> {
        let (response, chunks) = (self.head.clone()?, self.pace.pieces().to_vec());
        Some(SoFar { response, first_byte: self.first_byte, body: self.capture.body(), chunks })
    }
}

impl Strand {
    pub fn new(incoming: Incoming, recorded: String, ticket: Ticket, whole: bool) -> Self {
        let Incoming { head, session, arrived, .. } = incoming;
        Self {
            head,
            recorded,
            ticket,
            open: Open::new(arrived, whole),
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

    /// The request as it has arrived whole; `None` where it is too large to be held. `held` has a body
    /// that was not captured in memory.
    pub fn arrived(
        &self,
        form: Form,
        client: SocketAddr,
        held: impl FnOnce() -> Option<Body>,
    ) -> Option<Arrived> {
        let body = self.asked.capture.body().or_else(held).filter(|_| self.asked.whole)?;
        let trailers = self.asked.trailers.clone();
        let request = self.head.clone().into_request(self.recorded.clone(), body, trailers);
        Some(Arrived { request, form, client, session: self.session.clone() })
    }

    /// Writes down what the exchange came to be, with the failure that ended it.
    pub fn write(self, error: Option<TransportError>) -> Result<ExchangeNumber, NotWritten> {
        let Answered { head, first_byte, capture, pace, trailers } = self.answer;
        let received = head.map(|head| {
            let chunks = pace.into_chunks(is_event_stream(&head.headers));
            let response = Response { body: Body::Empty, trailers, ..head };
            (response, capture.into_captured(), chunks)
        });
        let closing = Closing {
            head: self.head,
            recorded: self.recorded,
            ticket: self.ticket,
            open: self.open,
            arrived: self.arrived,
            ended: self.ended,
            first_byte,
            sent: (self.asked.capture.into_captured(), self.asked.trailers),
            received,
            messages: Vec::new(),
        };
        closing.write(error)
    }
}
