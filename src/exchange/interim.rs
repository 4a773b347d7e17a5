use super::{Headers, ReasonPhrase, Response, Version};

/// An interim response (RFC 9110, section 15.2), which came before the response or the failure.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Interim {
    /// When its head had come, in milliseconds from the exchange's start.
    pub at_ms: f64,
    /// Status code, 100 to 199, but not 101: that is a response.
    pub status: u16,
    /// Reason phrase as sent, possibly empty.
    pub reason: ReasonPhrase,
    /// Header fields.
    pub headers: Headers,
}

impl Interim {
    /// Whether a status is one of an interim response.
    pub const fn has_status(status: u16) -> bool {
        matches!(status, 100 | 102..=199)
    }

    /// It as a response of this version, which has neither body nor trailers.
    pub fn response(&self, version: Version) -> Response {
        Response {
            status: self.status,
            reason: self.reason.clone(),
            version,
            headers: self.headers.clone(),
            ..Response::default()
        }
    }
}
