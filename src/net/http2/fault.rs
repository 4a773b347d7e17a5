use std::io;
use std::time::Duration;

/// Why a stream, or the connection that it is on, ended before its time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamFault {
    /// The other side reset the stream (RFC 9113, section 6.4); with the error code.
    #[error("reset the stream: {}", named(*.0))]
    Reset(u32),
    /// The other side gave the connection up (section 6.8); with the error code.
    #[error("gave the connection up (GOAWAY): {}", named(*.0))]
    GoAway(u32),
    /// The other side broke the rules of HTTP/2; with the error code that it was told.
    #[error("broke the rules of HTTP/2: {}", named(*.0))]
    Protocol(u32),
    /// The connection failed or ended.
    #[error("{0}")]
    Connection(String),
    /// TLS failed after its handshake.
    #[error("ended TLS: {0}")]
    Tls(String),
    /// The other side speaks HTTP/1.1 and was asked in HTTP/2.
    #[error("speaks HTTP/1.1 and was asked in HTTP/2")]
    NotHttp2,
    /// It took nothing for so long.
    #[error("took nothing for {} s", .0.as_secs_f32())]
    Stalled(Duration),
    /// What was to be sent can't be in HTTP/2.
    #[error("can't be told in HTTP/2: {0}")]
    Unsayable(&'static str),
}

/// `INTERNAL_ERROR` (RFC 9113, section 7).
const INTERNAL: u32 = 2;

impl StreamFault {
    pub(super) fn of(error: &h2::Error) -> Self {
        let code = error.reason().map_or(INTERNAL, u32::from);
        if let Some(cause) = error.get_io() {
            return match cause.kind() {
                // What TLS makes of an alert, or of bytes that are none of its own.
                io::ErrorKind::InvalidData => Self::Tls(cause.to_string()),
                io::ErrorKind::UnexpectedEof => {
                    Self::Connection("closed the connection".to_owned())
                }
                io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                    Self::Connection("reset the connection".to_owned())
                }
                _ => Self::Connection(cause.to_string()),
            };
        }
        if error.is_remote() {
            return if error.is_reset() { Self::Reset(code) } else { Self::GoAway(code) };
        }
        if error.is_library() {
            return Self::Protocol(code);
        }
        Self::Connection(error.to_string())
    }

    /// The error code by which the failure is told to the other side.
    pub fn code(&self) -> u32 {
        match self {
            Self::Reset(code) => *code,
            _ => INTERNAL,
        }
    }
}

/// An error code by its name in RFC 9113, section 7.
fn named(code: u32) -> String {
    format!("{:?}", h2::Reason::from(code))
}
