//! The digest of an exchange: SHA-256 over what it says, not over how the file is laid out, so that
//! re-indenting or renumbering changes nothing and any edit of substance is seen.
//! It tells an edit apart from a recording; it is no signature.

use super::{Body, Exchange, Headers, Interim, SocketMessage, SocketPayload};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads `sha256:` and 64 hex digits, the form of [`fmt::Display`].
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("sha256:")?;
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hex.get(index * 2..index * 2 + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// 64 hex digits.
    pub fn hex(&self) -> String {
        String::from_utf8_lossy(&self.digits()).into_owned()
    }

    /// 64 hex digits, as ASCII.
    pub fn digits(&self) -> [u8; 64] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        digits
    }
}

impl From<[u8; 32]> for Digest {
    /// A digest that was computed piece by piece.
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        f.write_str(&String::from_utf8_lossy(&self.digits()))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Feeds fields, each with its length in front, so that no two exchanges read alike.
struct Feed(Sha256);

impl Feed {
    fn field(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn headers(&mut self, headers: &Headers) {
        self.0.update((headers.len() as u64).to_le_bytes());
        for header in headers {
            self.field(header.name.as_bytes());
            self.field(&header.value);
        }
    }

    /// Nothing where there are none: an exchange without a WebSocket has the digest it always had.
    fn messages(&mut self, messages: &[SocketMessage]) {
        if messages.is_empty() {
            return;
        }
        self.field(b"messages");
        self.0.update((messages.len() as u64).to_le_bytes());
        for message in messages {
            self.field(message.from.as_str().as_bytes());
            self.field(message.kind.as_str().as_bytes());
            self.field(message.code.map(u16::to_le_bytes).as_ref().map_or(&[], |code| &code[..]));
            self.field(&[u8::from(message.compressed)]);
            match &message.payload {
                SocketPayload::Kept(bytes) => {
                    self.field(b"kept");
                    self.field(bytes);
                }
                SocketPayload::Omitted(bytes) => {
                    self.field(b"omitted");
                    self.field(&bytes.to_le_bytes());
                }
            }
        }
    }

    /// Nothing where there are none, either.
    fn interim(&mut self, interim: &[Interim]) {
        if interim.is_empty() {
            return;
        }
        self.field(b"interim");
        self.0.update((interim.len() as u64).to_le_bytes());
        for early in interim {
            self.field(&early.status.to_le_bytes());
            self.field(early.reason.as_bytes());
            self.headers(&early.headers);
        }
    }

    fn body(&mut self, body: &Body) {
        match body {
            Body::Empty => self.field(b""),
            Body::Bytes(bytes) => self.field(bytes),
            // The file's name is its own digest.
            Body::File(file) => self.field(format!("file {}", file.name).as_bytes()),
        }
    }
}

impl Exchange {
    /// The digest of this exchange's source, time (to the millisecond), request, response, error,
    /// messages of its WebSocket and interim responses. Number, durations and redaction notes are not part of it.
    pub fn content_digest(&self) -> Digest {
        self.content_digest_at(&format!("{:.3}", self.at))
    }

    /// [`Exchange::content_digest`] with its time as it is written.
    pub fn content_digest_at(&self, at: &str) -> Digest {
        let mut feed = Feed(Sha256::new());
        feed.field(self.source.as_str().as_bytes());
        // As it is written: the age of a proof depends on it.
        feed.field(at.as_bytes());
        let request = &self.request;
        feed.field(request.method.as_bytes());
        feed.field(request.target.as_bytes());
        feed.field(request.version.as_str().as_bytes());
        feed.headers(&request.headers);
        feed.body(&request.body);
        feed.headers(&request.trailers);
        if let Some(response) = &self.response {
            feed.field(&response.status.to_le_bytes());
            feed.field(response.reason.as_bytes());
            feed.field(response.version.as_str().as_bytes());
            feed.headers(&response.headers);
            feed.body(&response.body);
            feed.headers(&response.trailers);
        }
        if let Some(error) = &self.error {
            feed.field(error.kind.as_str().as_bytes());
            feed.field(error.message.as_bytes());
        }
        feed.messages(&self.messages);
        feed.interim(&self.interim);
        Digest(feed.0.finalize().into())
    }
}
