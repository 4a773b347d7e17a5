//! Messages of a WebSocket (RFC 6455), which go both ways after a response 101.

use bytes::Bytes;

/// One message, or control frame, of a WebSocket.
#[derive(Debug, Clone, PartialEq)]
pub struct SocketMessage {
    /// Who sent it.
    pub from: SocketPeer,
    /// When its last byte had come, in milliseconds from the arrival of the request's head.
    pub at_ms: f64,
    /// What it is.
    pub kind: SocketKind,
    /// Status code of a close frame that has one (section 7.4).
    pub code: Option<u16>,
    /// What it says, unmasked, joined and inflated; the reason, of a close frame.
    pub payload: SocketPayload,
    /// Whether it was compressed on the wire (RFC 7692).
    pub compressed: bool,
}

/// An end of a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketPeer {
    /// Who asked for it.
    Client,
    /// Who answered 101.
    Server,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketKind {
    /// Text.
    Text,
    /// Binary data.
    Binary,
    /// A ping frame.
    Ping,
    /// A pong frame.
    Pong,
    /// A close frame.
    Close,
    /// No message: from here on nothing that this side sent could be read; the payload says why.
    Unread,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketPayload {
    /// These bytes.
    Kept(Bytes),
    /// So many bytes, which were not kept.
    Omitted(u64),
}

impl SocketPeer {
    /// The word used in cassettes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }

    /// Reads the word of [`SocketPeer::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Client, Self::Server].into_iter().find(|peer| peer.as_str() == word)
    }
}

impl SocketKind {
    const ALL: [Self; 6] =
        [Self::Text, Self::Binary, Self::Ping, Self::Pong, Self::Close, Self::Unread];

    /// The word used in cassettes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Ping => "ping",
            Self::Pong => "pong",
            Self::Close => "close",
            Self::Unread => "unread",
        }
    }

    /// Reads the word of [`SocketKind::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl SocketMessage {
    /// The payload as text: that of a message whose kind is text, where it is UTF-8.
    pub fn text(&self) -> Option<&str> {
        match (&self.payload, self.kind) {
            (
                SocketPayload::Kept(bytes),
                SocketKind::Text | SocketKind::Close | SocketKind::Unread,
            ) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }
}
