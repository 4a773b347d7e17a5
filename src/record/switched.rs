//! A connection that turned to another protocol (RFC 9110, section 7.8): bytes go both ways
//! unchanged. Those of a WebSocket are read on the side, and a message is on disk before its end is
//! passed on.

use super::flow::Flow;
use super::journal::NotWritten;
use super::socket::Talk;
use crate::exchange::{ExchangeNumber, SocketPeer, TransportError};
use crate::net::{Link, Reader, Writer};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Passes bytes on until both sides have ended; once one has, the other has `wait` to follow.
pub async fn pass(client: &mut Link, upstream: &mut Link, wait: Duration, watch: Option<&Watch>) {
    let (asking, answering) = (SocketPeer::Client, SocketPeer::Server);
    let there = one_way(&mut client.reader, &mut upstream.writer, wait, watch.map(|w| (w, asking)));
    let back =
        one_way(&mut upstream.reader, &mut client.writer, wait, watch.map(|w| (w, answering)));
    let mut there = std::pin::pin!(there);
    let mut back = std::pin::pin!(back);
    let rest = tokio::select! {
        () = &mut there => back,
        () = &mut back => there,
    };
    let _ = tokio::time::timeout(wait, rest).await;
}

async fn one_way(
    reader: &mut Reader,
    writer: &mut Writer,
    wait: Duration,
    watch: Option<(&Watch, SocketPeer)>,
) {
    let mut sent = Ok(());
    loop {
        if reader.buffer.is_empty() && !matches!(reader.fill().await, Ok(1..)) {
            break;
        }
        let bytes = reader.buffer.split();
        if let Some((watch, from)) = watch
            && watch.saw(from, &bytes).is_err()
        {
            break;
        }
        sent = writer.send(&bytes, wait).await;
        if sent.is_err() {
            break;
        }
    }
    if let Some((watch, from)) = watch {
        // Where it can't be sent on, it is the other end that is gone.
        watch.ended(from, if sent.is_ok() { from } else { other(from) });
    }
    let _ = writer.finish(wait).await;
}

const fn other(peer: SocketPeer) -> SocketPeer {
    match peer {
        SocketPeer::Client => SocketPeer::Server,
        SocketPeer::Server => SocketPeer::Client,
    }
}

/// The exchange of a WebSocket while it is open, with what was said on it.
pub struct Watch(Mutex<Watched>);

struct Watched {
    /// Until it is written.
    open: Option<(Flow, Talk)>,
    /// Who ended the connection.
    gone: Option<SocketPeer>,
    /// The exchange of which not every payload was kept.
    written: Result<Option<ExchangeNumber>, NotWritten>,
}

impl Watch {
    pub fn new(flow: Flow, talk: Talk) -> Self {
        let open = Some((flow, talk));
        Self(Mutex::new(Watched { open, gone: None, written: Ok(None) }))
    }

    fn saw(&self, from: SocketPeer, bytes: &[u8]) -> Result<(), NotWritten> {
        let mut watched = self.lock();
        let Some((flow, talk)) = &mut watched.open else { return Ok(()) };
        let before = talk.messages().len();
        talk.push(from, bytes, flow.now_ms());
        talk.messages()[before..].iter().try_for_each(|message| flow.said(message))
    }

    /// A direction ended. The exchange is written before the other side hears of it, where both
    /// have said goodbye: nothing more can come.
    fn ended(&self, from: SocketPeer, gone: SocketPeer) {
        let mut watched = self.lock();
        watched.gone.get_or_insert(gone);
        let Some((flow, talk)) = &mut watched.open else { return };
        talk.end(from, flow.now_ms());
        if talk.is_closed() {
            watched.write(None);
        }
    }

    /// Writes the exchange where that is not done: with this failure, or with that of the
    /// connection. Answers with its number where the payload of a message was not kept.
    pub fn finish(
        self,
        error: Option<TransportError>,
    ) -> Result<Option<ExchangeNumber>, NotWritten> {
        let mut watched = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        watched.write(error);
        watched.written
    }

    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    fn write(&mut self, error: Option<TransportError>) {
        let Some((mut flow, mut talk)) = self.open.take() else { return };
        let now = flow.now_ms();
        for peer in [SocketPeer::Client, SocketPeer::Server] {
            talk.end(peer, now);
        }
        let error = match (talk.is_closed(), error) {
            (true, _) => None,
            (false, None) => self.gone.and_then(|first| talk.failure(first)),
            (false, error) => error,
        };
        let omitted = talk.has_omitted();
        flow.messages = talk.into_messages();
        self.written = flow.write(error).map(|number| omitted.then_some(number));
    }
}
