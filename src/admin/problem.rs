use crate::exchange::{Body, ERROR_HEADER, Headers, Response, reason_phrase};

/// Why something was not done, as problem details (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Status code.
    pub status: u16,
    /// The word for the header `testimony-error`.
    pub word: &'static str,
    /// What is wrong.
    pub detail: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Methods that are allowed, for a 405.
    pub allow: Option<&'static str>,
}

impl Problem {
    /// A problem without a hint.
    pub fn new(status: u16, word: &'static str, detail: impl Into<String>) -> Self {
        Self { status, word, detail: detail.into(), hint: None, allow: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn response(&self) -> Response {
        let title = reason_phrase(self.status);
        let problem = serde_json::json!({
            "type": "about:blank", "title": title, "status": self.status,
            "detail": self.detail, "error": self.word, "hint": self.hint,
        });
        let body = format!("{problem:#}\n").into_bytes();
        let mut headers = Headers::from([(ERROR_HEADER, self.word)]);
        if let Some(allow) = self.allow {
            headers.push("Allow", allow);
        }
        headers.push("Content-Type", "application/problem+json");
        headers.push("Content-Length", body.len().to_string());
        let reason = title.into();
        let body = Body::from_bytes(body);
        Response { status: self.status, reason, headers, body, ..Response::default() }
    }
}
