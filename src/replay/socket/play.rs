use super::divergence::Divergence;
use super::script::{End, Line, Script};
use crate::cassette::Redactor;
use crate::exchange::{Body, Request, SocketKind, SocketPayload, SocketPeer};
use crate::matching::Messages;
use crate::net::websocket::{Deflated, Frames, Speaker, Whole};
use crate::net::{Cut, Link, Stop, Switched};
use crate::replay::tempo::time;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Code of the close frame that ends a socket whose client says something else than was recorded.
const DIVERGED: u16 = 4477;
/// Code of a server that stops (RFC 6455, section 7.4.1).
const GOING_AWAY: u16 = 1001;
/// Code for what is no WebSocket.
const PROTOCOL: u16 = 1002;
/// Longest wait for a client to take a message, or to answer a close frame.
const WAIT: Duration = Duration::from_secs(10);
/// Most messages that are read before their turn.
const MOST_AHEAD: usize = 64;

/// How a script is played.
pub struct Play<'p> {
    /// What is played.
    pub script: &'p Script,
    /// What was agreed on compression.
    pub deflated: Option<Deflated>,
    /// Factor of the recorded pauses.
    pub factor: f64,
    /// What incoming messages pass before they are compared.
    pub redactor: &'p Redactor,
    /// How they are compared.
    pub messages: &'p Messages,
}

/// The connection is over.
struct Gone;

/// Plays a script to its end; `report` is told of a client that leaves it.
pub async fn play(
    play: Play<'_>,
    switched: Switched<'_>,
    report: &(dyn Fn(Divergence) + Send + Sync),
) {
    let Play { script, deflated, factor, redactor, messages } = play;
    let Switched { link, stop, cut } = switched;
    let socket = Socket {
        link,
        stop,
        frames: Frames::new(SocketPeer::Client, deflated),
        heard: VecDeque::new(),
        speaker: Speaker::new(deflated),
        redactor,
        messages,
        said_goodbye: false,
        heard_goodbye: false,
    };
    // Whoever is gone needs no more.
    let _ = socket.act(script, factor, cut, report).await;
}

struct Socket<'s> {
    link: &'s mut Link,
    stop: &'s Stop,
    frames: Frames,
    heard: VecDeque<Whole>,
    speaker: Speaker,
    redactor: &'s Redactor,
    messages: &'s Messages,
    said_goodbye: bool,
    heard_goodbye: bool,
}

impl Socket<'_> {
    async fn act(
        mut self,
        script: &Script,
        factor: f64,
        cut: Option<Cut>,
        report: &(dyn Fn(Divergence) + Send + Sync),
    ) -> Result<(), Gone> {
        self.take().await?;
        let mut since = (Instant::now(), script.opened_ms);
        let mut said = 0;
        for line in &script.lines {
            if line.message.from == SocketPeer::Server {
                self.wait_until(since.0 + time(line.message.at_ms - since.1, factor)).await?;
                if matches!(cut, Some(Cut::Pieces(most) | Cut::Bytes(most)) if said >= most) {
                    return Err(Gone);
                }
                said += match (cut, &line.message.payload) {
                    (Some(Cut::Bytes(_)), SocketPayload::Kept(bytes)) => bytes.len() as u64,
                    _ => 1,
                };
                self.say(line, report).await?;
            } else {
                self.hear(line, report).await?;
                since = (Instant::now(), line.message.at_ms);
            }
        }
        self.finish(script, report).await
    }

    /// Says a line of the server.
    async fn say(
        &mut self,
        line: &Line,
        report: &(dyn Fn(Divergence) + Send + Sync),
    ) -> Result<(), Gone> {
        let message = &line.message;
        let bytes = match &message.payload {
            SocketPayload::Kept(bytes) => bytes,
            SocketPayload::Omitted(length) => {
                return self.diverged(Divergence::unkept(line, *length), report).await;
            }
        };
        let frame = match message.kind {
            SocketKind::Close => {
                self.said_goodbye = true;
                Speaker::close(message.code, &String::from_utf8_lossy(bytes))
            }
            SocketKind::Ping | SocketKind::Pong => Speaker::control(message.kind, bytes),
            kind => self.speaker.message(kind, bytes, message.compressed),
        };
        self.send(&frame).await
    }

    /// Waits for the client's next message, and holds it against a line.
    async fn hear(
        &mut self,
        line: &Line,
        report: &(dyn Fn(Divergence) + Send + Sync),
    ) -> Result<(), Gone> {
        let sent = self.next().await?;
        let is_goodbye = sent.kind == SocketKind::Close;
        if is_goodbye && line.message.kind != SocketKind::Close {
            // It leaves before the end: what is not asked for is no miss.
            return self.goodbye(&sent).await;
        }
        if !is_same(line, &sent, self.messages) {
            return self.diverged(Divergence::other(line, &sent, self.messages), report).await;
        }
        self.heard_goodbye = is_goodbye;
        Ok(())
    }

    /// After the last line.
    async fn finish(
        mut self,
        script: &Script,
        report: &(dyn Fn(Divergence) + Send + Sync),
    ) -> Result<(), Gone> {
        if self.heard_goodbye && !self.said_goodbye {
            return self.send(&Speaker::close(None, "")).await;
        }
        if script.end == End::Over || self.heard_goodbye {
            return Ok(());
        }
        loop {
            let sent = self.next().await?;
            if sent.kind == SocketKind::Close {
                return self.goodbye(&sent).await;
            }
            if script.end == End::Silence {
                let divergence = Divergence::more(script.lines.last(), &sent);
                return self.diverged(divergence, report).await;
            }
        }
    }

    /// The client's next message or close frame. After our own goodbye nothing but its own counts.
    async fn next(&mut self) -> Result<Whole, Gone> {
        let until = self.said_goodbye.then(|| Instant::now() + WAIT);
        loop {
            match self.heard.pop_front() {
                Some(sent) if sent.kind == SocketKind::Close || !self.said_goodbye => {
                    return Ok(self.redacted(sent));
                }
                Some(_) => {}
                None => {
                    self.listen(until).await?;
                    if self.heard.is_empty() && until.is_some_and(|until| until <= Instant::now()) {
                        return Err(Gone);
                    }
                }
            }
        }
    }

    /// A message as it was written down if it had been recorded.
    fn redacted(&self, sent: Whole) -> Whole {
        let SocketPayload::Kept(bytes) = &sent.payload else { return sent };
        let mut request = Request {
            method: "POST".to_owned(),
            target: "/".to_owned(),
            body: Body::from_bytes(bytes.clone()),
            ..Request::default()
        };
        self.redactor.redact_request(&mut request);
        let bytes = match request.body {
            Body::Bytes(bytes) => bytes,
            Body::Empty | Body::File(_) => bytes::Bytes::new(),
        };
        Whole { payload: SocketPayload::Kept(bytes), ..sent }
    }

    /// Reads what comes until then; the client may leave meanwhile.
    async fn wait_until(&mut self, when: Instant) -> Result<(), Gone> {
        while Instant::now() < when {
            self.listen(Some(when)).await?;
            if self.heard.front().is_some_and(|sent| sent.kind == SocketKind::Close)
                && let Some(sent) = self.heard.pop_front()
            {
                return self.goodbye(&sent).await;
            }
        }
        Ok(())
    }

    /// Reads something, until then at most. A server that is to stop says so.
    async fn listen(&mut self, until: Option<Instant>) -> Result<(), Gone> {
        let full = self.heard.len() >= MOST_AHEAD;
        let at = tokio::time::Instant::from_std(until.unwrap_or_else(Instant::now));
        tokio::select! {
            biased;
            () = self.stop.requested() => {
                self.send(&Speaker::close(Some(GOING_AWAY), "the replay stops")).await?;
                return Err(Gone);
            }
            came = self.link.reader.fill(), if !full => {
                if !matches!(came, Ok(1..)) {
                    return Err(Gone);
                }
            }
            () = tokio::time::sleep_until(at), if until.is_some() => return Ok(()),
            else => return Err(Gone),
        }
        self.take().await
    }

    /// Takes the frames that came. Pings are answered.
    async fn take(&mut self) -> Result<(), Gone> {
        let bytes = self.link.reader.buffer.split();
        let mut came = Vec::new();
        let read = self.frames.push(&bytes, |whole| came.push(whole));
        for whole in came {
            match (whole.kind, &whole.payload) {
                (SocketKind::Ping, SocketPayload::Kept(bytes)) => {
                    self.send(&Speaker::control(SocketKind::Pong, bytes)).await?;
                }
                (SocketKind::Ping | SocketKind::Pong, _) => {}
                _ => self.heard.push_back(whole),
            }
        }
        match read {
            Ok(()) => Ok(()),
            Err(fault) => {
                self.send(&Speaker::close(Some(PROTOCOL), fault)).await?;
                Err(Gone)
            }
        }
    }

    /// Answers a goodbye, and ends.
    async fn goodbye(&mut self, sent: &Whole) -> Result<(), Gone> {
        if !self.said_goodbye {
            self.send(&Speaker::close(sent.code, "")).await?;
        }
        Err(Gone)
    }

    /// Tells of a divergence, and ends.
    async fn diverged(
        &mut self,
        divergence: Divergence,
        report: &(dyn Fn(Divergence) + Send + Sync),
    ) -> Result<(), Gone> {
        let reason = format!("testimony-miss: {}", divergence.reason);
        report(divergence);
        if !self.said_goodbye {
            self.send(&Speaker::close(Some(DIVERGED), &reason)).await?;
        }
        Err(Gone)
    }

    async fn send(&mut self, frame: &[u8]) -> Result<(), Gone> {
        self.link.writer.send(frame, WAIT).await.map_err(|_| Gone)
    }
}

/// Whether the client says what was recorded. Of what was not kept the length counts.
fn is_same(line: &Line, sent: &Whole, messages: &Messages) -> bool {
    let recorded = &line.message;
    recorded.kind == sent.kind
        && recorded.code == sent.code
        && match (&recorded.payload, &sent.payload) {
            _ if sent.kind == SocketKind::Close => true,
            (SocketPayload::Kept(recorded), SocketPayload::Kept(sent)) => {
                if line.message.kind == SocketKind::Binary {
                    recorded == sent
                } else {
                    messages.say_the_same(recorded, sent)
                }
            }
            (SocketPayload::Omitted(recorded), SocketPayload::Omitted(sent)) => recorded == sent,
            (SocketPayload::Omitted(recorded), SocketPayload::Kept(sent)) => {
                *recorded == sent.len() as u64
            }
            (SocketPayload::Kept(_), SocketPayload::Omitted(_)) => false,
        }
}
