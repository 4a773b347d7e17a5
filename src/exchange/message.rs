use super::{
    Body, Digest, ExchangeNumber, Headers, Interim, ReasonPhrase, SocketMessage, Source, Timing,
    Version,
};
use std::fmt;

/// One request with its response, or with the transport failure that came instead.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// Position in the cassette, from 1.
    pub number: ExchangeNumber,
    /// When the request's head had arrived.
    pub at: jiff::Timestamp,
    /// Where the response came from.
    pub source: Source,
    /// The request.
    pub request: Request,
    /// Interim responses, in order.
    pub interim: Vec<Interim>,
    /// The response; `None` when a failure came instead. Both are there when the response broke off.
    pub response: Option<Response>,
    /// Durations.
    pub timing: Timing,
    /// Messages of the WebSocket that it opened, in the order in which they were whole.
    pub messages: Vec<SocketMessage>,
    /// The transport failure, if there was one.
    pub error: Option<TransportError>,
    /// What was replaced before the exchange was written.
    pub redacted: Vec<Redaction>,
    /// Digest noted when the exchange was written; see [`Exchange::content_digest`].
    pub digest: Option<Digest>,
}

/// A request as it was sent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Request {
    /// Method, as sent.
    pub method: String,
    /// The whole URL: scheme, authority, and path with query exactly as sent. See [`super::Target`].
    pub target: String,
    /// HTTP version.
    pub version: Version,
    /// Header fields.
    pub headers: Headers,
    /// Body.
    pub body: Body,
    /// Trailer fields (RFC 9110, section 6.5).
    pub trailers: Headers,
}

/// A response as it came.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Response {
    /// Status code, 100 to 999.
    pub status: u16,
    /// Reason phrase as sent, possibly empty.
    pub reason: ReasonPhrase,
    /// HTTP version.
    pub version: Version,
    /// Header fields.
    pub headers: Headers,
    /// Body.
    pub body: Body,
    /// Trailer fields.
    pub trailers: Headers,
}

/// A transport failure, recorded as what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportError {
    /// What kind of failure.
    pub kind: TransportErrorKind,
    /// What was said of it.
    pub message: String,
}

/// Kinds of transport failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransportErrorKind {
    /// The name did not resolve.
    Resolve,
    /// The connection was refused or the host unreachable.
    Refused,
    /// The connection was reset or closed before the response was whole.
    Reset,
    /// TLS failed: certificate, protocol or handshake.
    Tls,
    /// Nothing came within the time allowed.
    Timeout,
    /// What came was not HTTP.
    Protocol,
    /// The client went away before it had the response.
    ClientGone,
    /// The recorder was stopped before the response was whole.
    Stopped,
}

impl TransportErrorKind {
    const ALL: [Self; 8] = [
        Self::Resolve,
        Self::Refused,
        Self::Reset,
        Self::Tls,
        Self::Timeout,
        Self::Protocol,
        Self::ClientGone,
        Self::Stopped,
    ];

    /// The word used in cassettes and in the header `testimony-error`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::ClientGone => "client-gone",
            Self::Stopped => "stopped",
        }
    }

    /// What a gateway answers in its place (RFC 9110, sections 15.6.3 and 15.6.5).
    pub const fn gateway_status(self) -> u16 {
        match self {
            Self::Timeout => 504,
            _ => 502,
        }
    }

    /// Reads the word of [`TransportErrorKind::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One replacement made before an exchange was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redaction {
    /// Number of the secret in its session: the same value always has the same number.
    pub secret: u32,
    /// Id of the rule that found it.
    pub rule: String,
    /// JSON pointer into the exchange's record (`/request/headers/1`).
    pub at: String,
}
