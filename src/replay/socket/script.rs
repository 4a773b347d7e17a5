use crate::exchange::{
    Exchange, Response, SocketKind, SocketMessage, SocketPayload, SocketPeer, TransportErrorKind,
};
use crate::replay::tempo::time;
use std::time::Duration;

/// What was said on a recorded WebSocket.
#[derive(Debug)]
pub struct Script {
    /// The response that opened it.
    pub response: Response,
    /// When its head came, in milliseconds.
    pub opened_ms: f64,
    pub lines: Vec<Line>,
    pub end: End,
}

/// A message that is said, or listened to.
#[derive(Debug)]
pub struct Line {
    /// Its number in the recording, from 1.
    pub number: usize,
    pub message: SocketMessage,
}

/// What follows the last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Nothing: both sides have said goodbye, or the server left.
    Over,
    /// The client leaves; what else it says was not recorded.
    Silence,
    /// The client may say what it likes: it could not be read.
    Unread,
}

impl Script {
    /// Bytes of memory that it takes, about.
    pub fn weight(&self) -> u64 {
        let payload = |line: &Line| match &line.message.payload {
            SocketPayload::Kept(bytes) => bytes.len() as u64,
            SocketPayload::Omitted(_) => 0,
        };
        self.lines.iter().map(|line| payload(line) + 128).sum()
    }

    /// When its head goes, by this factor.
    pub fn opened_at(&self, factor: f64) -> Duration {
        time(self.opened_ms, factor)
    }

    /// The script of an exchange that opened a WebSocket; `response` is what is served of it.
    pub fn of(exchange: &Exchange, response: Response) -> Option<Self> {
        if response.status != 101 || !response.headers.has_token("upgrade", "websocket") {
            return None;
        }
        let server_left =
            exchange.error.as_ref().is_some_and(|error| error.kind == TransportErrorKind::Reset);
        let mut end = if server_left { End::Over } else { End::Silence };
        let mut closed = [false; 2];
        let mut lines = Vec::new();
        for (index, message) in exchange.messages.iter().enumerate() {
            let from_server = message.from == SocketPeer::Server;
            match message.kind {
                SocketKind::Unread => {
                    end = if from_server { End::Over } else { End::Unread };
                    break;
                }
                // Both are each side's own affair, but for what a server asks.
                SocketKind::Pong => continue,
                SocketKind::Ping if !from_server => continue,
                SocketKind::Close => closed[usize::from(from_server)] = true,
                SocketKind::Ping | SocketKind::Text | SocketKind::Binary => {}
            }
            lines.push(Line { number: index + 1, message: message.clone() });
        }
        if closed == [true; 2] {
            end = End::Over;
        }
        let opened_ms = exchange.timing.first_byte_ms.unwrap_or_default();
        Some(Self { response, opened_ms, lines, end })
    }
}
