//! Tokens that a server gives for client credentials (RFC 6749, sections 4.4 and 6): what is asked, and what
//! the answer says.

use super::{Credentials, Scheme};
use crate::exchange::{Body, Headers, Request, Response, Target, percent_encoded};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// How much earlier than it expires a token is renewed.
const EARLY: Duration = Duration::from_secs(10);

/// A token, and what renews it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    value: String,
    refresh: Option<String>,
    /// How long it holds; `None` where the server did not say.
    pub holds: Option<Duration>,
}

/// How a token is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant<'a> {
    /// With the client's own credentials, in a header.
    Header,
    /// The same, in the form: for servers that want them there.
    Form,
    /// With what came with the last token.
    Refresh(&'a Token),
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The server refused.
    #[error("the token endpoint answered {status}{error}")]
    Refused {
        /// The status code.
        status: u16,
        /// The error code that it named (RFC 6749, section 5.2), after a colon.
        error: String,
    },
    /// The answer is no token.
    #[error("the token endpoint answered 200 without an `access_token`")]
    NoToken,
}

impl Token {
    /// Reads the answer of a token endpoint (RFC 6749, sections 5.1 and 5.2).
    pub fn read(response: &Response) -> Result<Self, TokenError> {
        let body = response.body.decoded(&response.headers).ok().flatten().unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let text = |name: &str| body[name].as_str().map(ToOwned::to_owned);
        if response.status != 200 {
            let is_code = |code: &String| {
                code.len() < 64
                    && code.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
            };
            let error = text("error").filter(is_code).map(|code| format!(": {code}"));
            let error = error.unwrap_or_default();
            return Err(TokenError::Refused { status: response.status, error });
        }
        let is_value =
            |value: &String| !value.is_empty() && value.bytes().all(|b| b.is_ascii_graphic());
        let value = text("access_token").filter(is_value).ok_or(TokenError::NoToken)?;
        let seconds = &body["expires_in"];
        let seconds = seconds.as_u64().or_else(|| seconds.as_str()?.parse().ok());
        let holds = seconds.map(|seconds| Duration::from_secs(seconds).saturating_sub(EARLY));
        Ok(Self { value, refresh: text("refresh_token"), holds })
    }

    /// Whether it can be renewed by what came with it.
    pub const fn is_renewable(&self) -> bool {
        self.refresh.is_some()
    }

    /// Its values, for a redactor.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        [Some(self.value.as_str()), self.refresh.as_deref()].into_iter().flatten()
    }

    pub(super) fn reveal(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("holds", &self.holds).finish_non_exhaustive()
    }
}

impl Credentials {
    /// The request that asks for a token; `None` where the scheme has none.
    pub fn token_request(&self, grant: Grant<'_>) -> Option<Request> {
        let Scheme::OAuth2(url) = self.scheme() else { return None };
        let keys = self.keys();
        let mut form = match grant {
            Grant::Refresh(token) => {
                let refresh = token.refresh.as_deref().unwrap_or_default();
                format!("grant_type=refresh_token&refresh_token={}", percent_encoded(refresh))
            }
            Grant::Header | Grant::Form => "grant_type=client_credentials".to_owned(),
        };
        if let Some(scope) = keys.token {
            form = format!("{form}&scope={}", percent_encoded(scope));
        }
        // RFC 6749, section 2.3.1: both are encoded before they are joined.
        let (id, secret) = (percent_encoded(keys.id), percent_encoded(keys.secret));
        let mut headers = Headers::from([
            ("Host", Target::parse(url).authority),
            ("Accept", "application/json"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ]);
        if grant == Grant::Form {
            form = format!("{form}&client_id={id}&client_secret={secret}");
        } else {
            let pair = BASE64_STANDARD.encode(format!("{id}:{secret}"));
            headers.push("Authorization", format!("Basic {pair}"));
        }
        headers.push("Content-Length", form.len().to_string());
        let body = Body::from_bytes(form.into_bytes());
        Some(Request {
            method: "POST".into(),
            target: url.clone(),
            headers,
            body,
            ..Request::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response {
        Response { status, body: Body::from(body), ..Response::default() }
    }

    #[test]
    fn what_token_endpoints_say() {
        let token = Token::read(&answer(
            200,
            r#"{"access_token":"t-1","token_type":"Bearer","expires_in":3600,"refresh_token":"r-1"}"#,
        ));
        let token = token.unwrap();
        assert_eq!((token.holds, token.is_renewable()), (Some(Duration::from_secs(3590)), true));
        assert!(!format!("{token:?}").contains("t-1"));
        let refused = Token::read(&answer(401, r#"{"error":"invalid_client"}"#)).unwrap_err();
        assert_eq!(refused.to_string(), "the token endpoint answered 401: invalid_client");
        for body in ["", "<html>", "{}", r#"{"access_token":""}"#, r#"{"access_token":"a\r\nb"}"#] {
            assert_eq!(Token::read(&answer(200, body)), Err(TokenError::NoToken), "{body}");
        }
    }

    #[test]
    fn client_credentials_are_encoded_before_they_are_joined() {
        let values = vec!["a:b".to_owned(), "c d".to_owned(), "read write".to_owned()];
        let scheme = Scheme::parse("oauth2:https://h:8443/token").unwrap();
        let credentials = Credentials::new(scheme, values).unwrap();
        let asked = credentials.token_request(Grant::Header).unwrap();
        assert_eq!(asked.headers.text("authorization"), Some("Basic YSUzQWI6YyUyMGQ="));
        assert_eq!(asked.body, Body::from("grant_type=client_credentials&scope=read%20write"));
        let in_form = credentials.token_request(Grant::Form).unwrap();
        assert!(!in_form.headers.contains("authorization"));
        let expected =
            "grant_type=client_credentials&scope=read%20write&client_id=a%3Ab&client_secret=c%20d";
        assert_eq!(in_form.body, Body::from(expected));
    }
}
