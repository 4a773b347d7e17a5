use super::active::Active;
use super::duplex::Duplex;
use super::fault::StreamFault;
use super::line::Line;
use super::piece::{Inflow, Outflow};
use super::{fields, settings};
use crate::exchange::Response;
use crate::net::{Link, RequestHead};
use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// A connection to an upstream that many requests are sent on at once. Clones are the same
/// connection; it ends when all are gone and their streams have ended.
#[derive(Debug, Clone)]
pub struct Lane {
    sender: SendRequest<Bytes>,
    line: Line,
    secure: bool,
    active: Active,
}

/// A response that is waited for.
#[derive(Debug)]
pub struct Pending {
    future: ResponseFuture,
    line: Line,
}

/// What came of a response.
#[derive(Debug)]
pub enum Came {
    /// An interim head.
    Interim(Response),
    /// The head, and what follows it.
    Head(Response, Inflow),
}

impl Lane {
    /// Begins HTTP/2 on a connection; heads may have `most` bytes. Whether the other side speaks it
    /// shows with the first request.
    pub async fn begin(link: Link, secure: bool, most: usize) -> Result<Self, StreamFault> {
        let duplex = Duplex::new(link);
        let first = duplex.heard();
        let begun = settings::client(most).handshake(duplex).await;
        let (sender, connection) = begun.map_err(|error| StreamFault::of(&error))?;
        Ok(Self { sender, line: Line::of(connection, first), secure, active: Active::default() })
    }

    /// Whether requests can still be sent.
    pub fn is_open(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        !matches!(self.sender.poll_ready(&mut context), Poll::Ready(Err(_)))
    }

    /// Whether a request would have to wait for others to end.
    pub fn is_full(&self) -> bool {
        let most = self.sender.current_max_send_streams().min(settings::STREAMS as usize);
        self.active.count() >= most
    }

    /// Whether no request is under way.
    pub fn is_idle(&self) -> bool {
        self.active.count() == 0
    }

    /// Sends a request's head; where nothing follows it, `end` is set.
    pub async fn ask(
        &self,
        head: &RequestHead,
        authority: &str,
        target: &str,
        end: bool,
    ) -> Result<(Outflow, Pending), StreamFault> {
        let request = fields::request(head, (self.secure, authority, target))?;
        let sent = async {
            let mut sender = self.sender.clone().ready().await?;
            sender.send_request(request, end)
        };
        let (future, stream) = match sent.await {
            Ok(sent) => sent,
            Err(error) => return Err(self.line.fault(&error).await),
        };
        let out = Outflow::to_upstream(stream, self.active.one_more());
        Ok((out, Pending { future, line: self.line.clone() }))
    }
}

impl Pending {
    /// Waits for the next head. May be cancelled.
    pub async fn next(&mut self) -> Result<Came, StreamFault> {
        match poll_fn(|context| self.poll(context)).await {
            Ok(came) => Ok(came),
            Err(error) => Err(self.line.fault(&error).await),
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Came, h2::Error>> {
        if let Poll::Ready(Some(interim)) = self.future.poll_informational(context) {
            let head = |interim: http::Response<()>| fields::response_head(&interim.into_parts().0);
            return Poll::Ready(interim.map(head).map(Came::Interim));
        }
        Pin::new(&mut self.future).poll(context).map_ok(|response| {
            let (parts, body) = response.into_parts();
            let body = Inflow::new(body, Some(self.line.clone()));
            Came::Head(fields::response_head(&parts), body)
        })
    }
}
