//! Servers that ask to wait (RFC 9110, section 10.2.3).

use crate::exchange::Response;
use jiff::Timestamp;
use std::time::Duration;

/// The longest wait that is granted. Who asks for more is not asked again.
pub const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How often one request is sent at most.
pub(super) const MOST_TRIES: usize = 4;

/// How long a 429 or 503 asks to wait: a number of seconds, or a date.
pub(super) fn asked_to_wait(response: &Response, now: Timestamp) -> Option<Duration> {
    if !matches!(response.status, 429 | 503) {
        return None;
    }
    let text = response.headers.text("retry-after")?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that does not fit is longer than anyone waits.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Headers;

    #[test]
    fn numbers_and_dates() {
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let asked = |status: u16, value: &str| {
            let headers = Headers::from([("Retry-After", value)]);
            let response = Response { status, headers, ..Response::default() };
            asked_to_wait(&response, now).map(|wait| wait.as_secs())
        };
        assert_eq!(asked(429, "7"), Some(7));
        assert_eq!(asked(503, "0"), Some(0));
        assert_eq!(asked(503, "Fri, 20 Nov 2026 10:01:30 GMT"), Some(90));
        assert_eq!(asked(503, "Fri, 20 Nov 2026 09:00:00 GMT"), Some(0), "a date that is past");
        assert_eq!(asked(429, "99999999999999999999999"), Some(u64::MAX));
        for (status, value) in [(200, "7"), (301, "7"), (429, "soon"), (429, ""), (429, "-1")] {
            assert_eq!(asked(status, value), None, "{status} {value}");
        }
    }
}
