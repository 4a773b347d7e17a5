//! From the client to the upstream: the request's body, piece by piece, captured on the way.

use super::ClientEnd;
use super::strand::Asked;
use crate::exchange::Body;
use crate::net::{Inflow, Outflow};
use crate::record::capture::Keeping;
use crate::record::pulse::Pulse;
use crate::record::sending::Allowance;
use bytes::Bytes;
use std::collections::VecDeque;
use std::time::Duration;

/// The request's body on its way.
pub struct Up {
    body: Inflow,
    allowance: Allowance,
    /// What was read before there was an upstream to send it to.
    waiting: VecDeque<Bytes>,
    /// Whether the upstream takes no more of it.
    pub refused: bool,
    sent: bool,
}

impl Up {
    pub const fn new(body: Inflow, allowance: Allowance) -> Self {
        Self { body, allowance, waiting: VecDeque::new(), refused: false, sent: false }
    }

    /// Takes the next piece; `None` when the request is whole.
    async fn take(
        &mut self,
        asked: &mut Asked,
        keeping: Keeping<'_>,
    ) -> Result<Option<Bytes>, ClientEnd> {
        if asked.whole {
            return Ok(None);
        }
        if let Some(piece) = self.body.next().await.map_err(|fault| ClientEnd::gone(&fault))? {
            let kept = asked.capture.push(&piece, keeping, &keeping.head.headers);
            let kept = kept.and_then(|()| keeping.open.asked(&piece, keeping));
            kept.map_err(ClientEnd::unwritten)?;
            return Ok(Some(piece));
        }
        let trailers = self.body.trailers().await;
        asked.trailers = trailers.map_err(|fault| ClientEnd::gone(&fault))?;
        asked.whole = true;
        let noted = keeping.open.asked_whole(&asked.trailers, keeping);
        noted.map_err(ClientEnd::unwritten)?;
        Ok(None)
    }

    /// The next piece, within the time that is allowed. While the response goes on,
    /// the client may be silent.
    async fn next(
        &mut self,
        asked: &mut Asked,
        keeping: Keeping<'_>,
        pulse: Option<&Pulse>,
    ) -> Result<Option<Bytes>, ClientEnd> {
        let wait = self.allowance.client;
        loop {
            match tokio::time::timeout(wait, self.take(asked, keeping)).await {
                Ok(taken) => return taken,
                Err(_) if pulse.is_some_and(|pulse| pulse.quiet() < wait) => {}
                Err(_) => return Err(ClientEnd::silent(wait)),
            }
        }
    }

    /// Reads the body to its end, or as far as memory holds it or `most` bytes if that is more; it is
    /// sent later.
    pub async fn read(
        &mut self,
        asked: &mut Asked,
        keeping: Keeping<'_>,
        most: u64,
    ) -> Result<(), ClientEnd> {
        while !(asked.capture.is_spooled() && asked.capture.len() > most) {
            let Some(piece) = self.next(asked, keeping, None).await? else { break };
            self.waiting.push_back(piece);
        }
        Ok(())
    }

    /// A copy of what was read and not sent; `None` where it has more than `most` bytes.
    pub fn held(&self, most: u64) -> Option<Body> {
        let length: usize = self.waiting.iter().map(Bytes::len).sum();
        let bytes = || self.waiting.iter().flatten().copied().collect::<Vec<u8>>();
        (length as u64 <= most).then(|| Body::from_bytes(bytes()))
    }

    /// Sends the body on as it comes. Returns only when the client's side has ended the exchange.
    pub async fn run(
        &mut self,
        asked: &mut Asked,
        out: &mut Outflow,
        keeping: Keeping<'_>,
        pulse: &Pulse,
    ) -> ClientEnd {
        match self.send(asked, out, keeping, Some(pulse)).await {
            Err(end) => end,
            // What the upstream says of it decides, or how its connection ends.
            Ok(()) => std::future::pending().await,
        }
    }

    /// Sends what still comes of the body, until it pauses for `quiet`.
    pub async fn rest(
        &mut self,
        asked: &mut Asked,
        out: &mut Outflow,
        keeping: Keeping<'_>,
        quiet: Duration,
    ) {
        self.allowance.client = quiet;
        let _ = self.send(asked, out, keeping, None).await;
    }

    async fn send(
        &mut self,
        asked: &mut Asked,
        out: &mut Outflow,
        keeping: Keeping<'_>,
        pulse: Option<&Pulse>,
    ) -> Result<(), ClientEnd> {
        if asked.is_bare() {
            // It ended with its head.
            return Ok(());
        }
        while !self.sent && !self.refused {
            let piece = match self.waiting.pop_front() {
                Some(piece) => Some(piece),
                None => self.next(asked, keeping, pulse).await?,
            };
            let wait = self.allowance.upstream;
            self.sent = piece.is_none();
            let sent = match piece {
                Some(piece) => out.send(piece, wait).await,
                None => out.finish(super::NOTHING, &asked.trailers, wait).await,
            };
            self.refused = sent.is_err();
            if let Some(pulse) = pulse {
                pulse.beat();
            }
        }
        Ok(())
    }
}
