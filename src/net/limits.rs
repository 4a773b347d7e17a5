use std::time::Duration;

/// What a server allows a client, so that no client can take all memory or wait for ever.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most bytes of a request's or response's head; more is answered 431.
    pub head: usize,
    /// Most bytes of a request's body, where whole requests are answered; more is answered 413.
    pub body: u64,
    /// Longest wait for the next request on a connection.
    pub idle: Duration,
    /// Longest wait for the rest of a head, for the next bytes of a body, or for a client to take
    /// the next bytes of its response.
    pub stall: Duration,
    /// Longest wait for a client's first bytes inside a tunnel, and for its TLS handshake.
    pub detect: Duration,
    /// How long exchanges under way may take to end once the server is asked to stop.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: 64 * 1024,
            body: 256 * 1024 * 1024,
            idle: Duration::from_secs(600),
            stall: Duration::from_secs(60),
            detect: Duration::from_secs(30),
            drain: Duration::from_secs(5),
        }
    }
}
