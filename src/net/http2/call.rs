use super::fault::StreamFault;
use super::fields;
use super::piece::{Inflow, Outflow};
use super::turns::Turn;
use crate::exchange::{ERROR_HEADER, Headers, Response, reason_phrase, response_has_body};
use crate::net::{Incoming, Reply};
use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use std::future::poll_fn;
use std::time::Duration;

/// A request that came on a stream of HTTP/2, and the way to answer it.
#[derive(Debug)]
pub struct Call {
    /// The head, and whose it is.
    pub incoming: Incoming,
    /// The whole URL with `:authority` as sent: inside a tunnel, [`Incoming::target`] has the
    /// authority that the tunnel leads to.
    pub url: String,
    /// `:authority` as sent.
    pub authority: Option<String>,
    /// The name of the host that the client asked for in TLS (SNI).
    pub name: Option<String>,
    /// The body.
    pub body: Inflow,
    /// Where the answer goes.
    pub responder: Responder,
}

/// The answering side of a stream before its response's head was sent.
#[derive(Debug)]
pub struct Responder {
    stream: SendResponse<Bytes>,
    turn: Turn,
}

impl Call {
    pub(super) fn new(
        incoming: Incoming,
        (url, authority, name): (String, Option<String>, Option<String>),
        body: RecvStream,
        responder: Responder,
    ) -> Self {
        Self { incoming, url, authority, name, body: Inflow::new(body, None), responder }
    }
}

impl Responder {
    pub(super) const fn new(stream: SendResponse<Bytes>, turn: Turn) -> Self {
        Self { stream, turn }
    }

    /// Sends an interim response (RFC 9110, section 15.2).
    pub fn interim(&mut self, head: &Response) -> Result<(), StreamFault> {
        let head = fields::response(head)?;
        self.stream.send_informational(head).map_err(|error| StreamFault::of(&error))
    }

    /// Sends the head of the response; a body follows.
    pub fn begin(&mut self, head: &Response) -> Result<Outflow, StreamFault> {
        self.head(head, false)
    }

    /// Sends the head of a response that has nothing but a head.
    pub fn finish(&mut self, head: &Response) -> Result<(), StreamFault> {
        self.head(head, true).map(drop)
    }

    fn head(&mut self, head: &Response, end: bool) -> Result<Outflow, StreamFault> {
        let head = fields::response(head)?;
        let sent = self.stream.send_response(head, end).map_err(|error| StreamFault::of(&error));
        sent.map(|stream| Outflow::to_client(stream, self.turn.clone()))
    }

    /// Sends a whole response to a request with this method. Of a response of HTTP/1, what concerns
    /// its connection is left out. A body kept in a file counts as empty.
    pub async fn answer(
        &mut self,
        response: &Response,
        request_method: &str,
        wait: Duration,
    ) -> Result<(), StreamFault> {
        let body = match &response.body {
            crate::exchange::Body::Bytes(bytes)
                if response_has_body(request_method, response.status) =>
            {
                bytes.clone()
            }
            _ => Bytes::new(),
        };
        if body.is_empty() && response.trailers.is_empty() {
            return self.finish(response);
        }
        self.begin(response)?.finish(body, &response.trailers, wait).await
    }

    /// Sends problem details with the header `testimony-error`.
    pub async fn problem(
        &mut self,
        (status, kind): (u16, &str),
        detail: &str,
        request_method: &str,
        wait: Duration,
    ) -> Result<(), StreamFault> {
        let title = reason_phrase(status);
        let headers = Headers::from([(ERROR_HEADER, kind)]);
        let problem = Reply::problem(status, title, title, detail, headers);
        self.answer(&problem, request_method, wait).await
    }

    /// Returns when the client has reset the stream, or its connection has ended.
    pub async fn gone(&mut self) -> StreamFault {
        match poll_fn(|context| self.stream.poll_reset(context)).await {
            Ok(reason) => StreamFault::Reset(reason.into()),
            Err(error) => StreamFault::of(&error),
        }
    }

    /// Ends the stream as a failure, with an error code of RFC 9113, section 7.
    pub fn reset(&mut self, code: u32) {
        self.stream.send_reset(Reason::from(code));
    }
}
