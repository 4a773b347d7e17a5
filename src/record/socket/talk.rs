//! Both directions of a WebSocket, and what of them is kept for the cassette.

use crate::exchange::{
    Headers, SocketKind, SocketMessage, SocketPayload, SocketPeer, TransportError,
    TransportErrorKind,
};
use crate::net::websocket::{Deflated, Frames, Whole};
use bytes::Bytes;

/// Most bytes of payloads that are kept of one WebSocket, as they stand in a record.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Most messages of one WebSocket that are listed.
const MOST_MESSAGES: usize = 100_000;

/// What was said on a WebSocket.
#[derive(Debug)]
pub struct Talk {
    client: Frames,
    server: Frames,
    messages: Vec<SocketMessage>,
    kept: usize,
    omitted: bool,
}

impl Talk {
    /// Of a 101 with these header fields; `None` where the protocol is another one.
    pub fn of(headers: &Headers) -> Option<Self> {
        if !headers.has_token("upgrade", "websocket") {
            return None;
        }
        let deflated = Deflated::of(headers);
        Some(Self {
            client: Frames::new(SocketPeer::Client, deflated),
            server: Frames::new(SocketPeer::Server, deflated),
            messages: Vec::new(),
            kept: 0,
            omitted: false,
        })
    }

    /// Takes what came from an end, at a time in milliseconds.
    pub fn push(&mut self, from: SocketPeer, bytes: &[u8], at_ms: f64) {
        let mut came = Vec::new();
        let read = self.frames(from).push(bytes, |whole| came.push(whole));
        for whole in came {
            self.add(from, whole, at_ms);
        }
        if let Err(fault) = read {
            self.unread(from, fault, at_ms);
        }
    }

    /// An end sends no more.
    pub fn end(&mut self, from: SocketPeer, at_ms: f64) {
        if self.frames(from).is_within() {
            self.frames(from).stop();
            self.unread(from, "the connection ended within a message", at_ms);
        }
    }

    /// Whether both ends have said goodbye (RFC 6455, section 7.1.4).
    pub fn is_closed(&self) -> bool {
        [SocketPeer::Client, SocketPeer::Server].iter().all(|peer| {
            let mut own = self.messages.iter().rev().filter(|message| message.from == *peer);
            own.next().is_some_and(|message| message.kind == SocketKind::Close)
        })
    }

    /// The failure, where the connection ended, first from this end, before both had said goodbye.
    /// What could not be read may have been a goodbye.
    pub fn failure(&self, first: SocketPeer) -> Option<TransportError> {
        if self.is_closed() || self.messages.iter().any(|said| said.kind == SocketKind::Unread) {
            return None;
        }
        let (kind, who) = match first {
            SocketPeer::Client => (TransportErrorKind::ClientGone, "client"),
            SocketPeer::Server => (TransportErrorKind::Reset, "upstream"),
        };
        let message = format!("{who} ended the WebSocket without close frames of both sides");
        Some(TransportError { kind, message })
    }

    /// Whether the payload of any message was not kept.
    pub const fn has_omitted(&self) -> bool {
        self.omitted
    }

    /// The messages so far.
    pub fn messages(&self) -> &[SocketMessage] {
        &self.messages
    }

    /// The messages, in the order in which they were whole.
    pub fn into_messages(self) -> Vec<SocketMessage> {
        self.messages
    }

    const fn frames(&mut self, from: SocketPeer) -> &mut Frames {
        match from {
            SocketPeer::Client => &mut self.client,
            SocketPeer::Server => &mut self.server,
        }
    }

    fn add(&mut self, from: SocketPeer, mut whole: Whole, at_ms: f64) {
        // The last places are for what says that it goes on unread.
        if self.messages.len() >= MOST_MESSAGES - 2 {
            if self.messages.len() < MOST_MESSAGES {
                self.omitted = true;
                for peer in [SocketPeer::Client, SocketPeer::Server] {
                    self.frames(peer).stop();
                    self.unread(peer, "too many messages", at_ms);
                }
            }
            return;
        }
        if let SocketPayload::Kept(bytes) = &whole.payload {
            let weight = weight(bytes);
            if self.kept + weight > MOST_BYTES {
                whole.payload = SocketPayload::Omitted(bytes.len() as u64);
            } else {
                self.kept += weight;
            }
        }
        self.omitted |= matches!(whole.payload, SocketPayload::Omitted(_));
        let Whole { kind, code, payload, compressed } = whole;
        self.messages.push(SocketMessage { from, at_ms, kind, code, payload, compressed });
    }

    fn unread(&mut self, from: SocketPeer, why: &'static str, at_ms: f64) {
        let payload = SocketPayload::Kept(Bytes::from_static(why.as_bytes()));
        let kind = SocketKind::Unread;
        let message = SocketMessage { from, at_ms, kind, code: None, payload, compressed: false };
        self.messages.push(message);
    }
}

/// About as many bytes as it takes in a record: escapes of JSON take six.
fn weight(bytes: &[u8]) -> usize {
    let escaped = bytes.iter().filter(|byte| **byte < 0x20 || matches!(byte, b'"' | b'\\')).count();
    bytes.len() + 5 * escaped
}
