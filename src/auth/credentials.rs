use super::{Scheme, Token, acs3, alibaba_rpc, huawei, sigv4};
use crate::exchange::Request;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::fmt;

/// A scheme with its values. They are neither printed nor written.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    scheme: Scheme,
    values: Vec<String>,
}

/// What is made anew for each request that is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The time of day.
    pub at: jiff::Timestamp,
    /// A text that no other request has.
    pub nonce: String,
}

/// Where a signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Where the scheme has it, as a rule.
    Usual,
    /// In the form that the request has for a body.
    Form,
}

/// Why a request can't be given credentials.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum CredentialsError {
    /// There are more or fewer values than the scheme has.
    #[error("{0} values are named, {1} are wanted")]
    Count(usize, &'static str),
    /// Every piece of the body has a signature of its own.
    #[error("its body is signed in chunks")]
    SignedInChunks,
    /// The body is not in memory.
    #[error("its body is not in memory")]
    Body,
    /// A token is wanted and was not handed in.
    #[error("there is no token for it")]
    NoToken,
}

/// Access key, secret key, and the token of a session.
#[derive(Clone, Copy)]
pub(super) struct Keys<'a> {
    pub(super) id: &'a str,
    pub(super) secret: &'a str,
    pub(super) token: Option<&'a str>,
}

impl Credentials {
    /// A scheme with its values.
    pub fn new(scheme: Scheme, values: Vec<String>) -> Result<Self, CredentialsError> {
        let wanted = scheme.values();
        if !wanted.contains(&values.len()) {
            let told = match (*wanted.start(), *wanted.end()) {
                (1, _) => "1",
                (_, 2) => "2",
                _ => "2 or 3",
            };
            return Err(CredentialsError::Count(values.len(), told));
        }
        Ok(Self { scheme, values })
    }

    /// Credentials of the same scheme and form that nobody gave out, made up from `seed`: nothing of the real secret
    /// is in them. A token that would be asked for is one that nobody was given.
    #[must_use]
    pub fn wrong(&self, seed: &str) -> Self {
        let digest = crate::exchange::Digest::of(format!("wrong {seed}").as_bytes()).hex();
        let made_up = |text: &str| {
            let mut drawn = digest.bytes().cycle();
            let draw = |c: char| {
                let byte = drawn.next().unwrap_or(b'0');
                match c {
                    '0'..='9' => char::from(b'0' + byte % 10),
                    'a'..='z' => char::from(b'a' + byte % 26),
                    'A'..='Z' => char::from(b'A' + byte % 26),
                    other => other,
                }
            };
            text.chars().map(draw).collect::<String>()
        };
        let mut wrong = self.clone();
        match &self.scheme {
            Scheme::OAuth2(_) => {
                (wrong.scheme, wrong.values) = (Scheme::Bearer, vec![digest]);
            }
            Scheme::Bearer | Scheme::Header(_) => wrong.values = vec![made_up(self.keys().id)],
            // Who asks is known, and what proves it is not: a session's token stays.
            _ => wrong.values[1] = made_up(self.keys().secret),
        }
        wrong
    }

    /// Whether requests are signed at a time.
    pub const fn is_signed_at_a_time(&self) -> bool {
        matches!(
            self.scheme,
            Scheme::Huawei | Scheme::Acs3 | Scheme::AlibabaRpc | Scheme::SigV4 { .. }
        )
    }

    /// The scheme.
    pub const fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// The values that nobody is to see, for a redactor: of OAuth all but the scope.
    pub fn secrets(&self) -> &[String] {
        match &self.scheme {
            Scheme::OAuth2(_) => &self.values[..2],
            _ => &self.values,
        }
    }

    /// Id, secret and token or scope.
    pub(super) fn keys(&self) -> Keys<'_> {
        let value = |place: usize| self.values.get(place).map(String::as_str);
        Keys {
            id: value(0).unwrap_or_default(),
            secret: value(1).unwrap_or_default(),
            token: value(2),
        }
    }

    /// Names of the headers that carry credentials under the scheme: what a request has of them is taken out.
    pub fn headers(&self) -> Vec<&str> {
        match &self.scheme {
            Scheme::Bearer | Scheme::Basic | Scheme::OAuth2(_) => vec!["authorization"],
            Scheme::Header(name) => vec![name],
            Scheme::Huawei => huawei::HEADERS.to_vec(),
            Scheme::Acs3 => acs3::HEADERS.to_vec(),
            Scheme::AlibabaRpc => Vec::new(),
            Scheme::SigV4 { .. } => sigv4::HEADERS.to_vec(),
        }
    }

    /// Takes credentials of the scheme out of a request.
    pub fn strip(&self, request: &mut Request) -> Place {
        let names = self.headers();
        request.headers.retain(|header| !names.iter().any(|name| header.is(name)));
        match &self.scheme {
            Scheme::AlibabaRpc if alibaba_rpc::strip(request) => return Place::Form,
            Scheme::SigV4 { .. } => sigv4::strip(request),
            _ => {}
        }
        Place::Usual
    }

    /// Puts credentials into a request that has none, at the place where the recorded ones were. `token` is for
    /// OAuth, which has nothing to show without one.
    pub fn sign(
        &self,
        request: &mut Request,
        place: Place,
        stamp: &Stamp,
        token: Option<&Token>,
    ) -> Result<(), CredentialsError> {
        let body = request.body.bytes().ok_or(CredentialsError::Body)?.to_vec();
        let keys = self.keys();
        match &self.scheme {
            Scheme::Bearer => request.headers.push("Authorization", format!("Bearer {}", keys.id)),
            Scheme::Basic => {
                let pair = BASE64_STANDARD.encode(format!("{}:{}", keys.id, keys.secret));
                request.headers.push("Authorization", format!("Basic {pair}"));
            }
            Scheme::Header(name) => request.headers.push(name.as_str(), keys.id),
            Scheme::OAuth2(_) => {
                let token = token.ok_or(CredentialsError::NoToken)?;
                request.headers.push("Authorization", format!("Bearer {}", token.reveal()));
            }
            Scheme::Huawei => huawei::sign(request, keys, &body, stamp),
            Scheme::Acs3 => acs3::sign(request, keys, &body, stamp),
            Scheme::AlibabaRpc => alibaba_rpc::sign(request, keys, place == Place::Form, stamp),
            Scheme::SigV4 { region, service } => {
                sigv4::sign(request, keys, (region, service), &body, stamp)?;
            }
        }
        Ok(())
    }

    /// The values that stand in a header as they are: what the recorded request had there stood for these. Nothing
    /// where only a signature is sent.
    pub fn shown<'a>(&'a self, token: Option<&'a Token>) -> Option<(&'a str, &'a str)> {
        match &self.scheme {
            Scheme::Bearer => Some(("authorization", self.keys().id)),
            Scheme::Header(name) => Some((name, self.keys().id)),
            Scheme::OAuth2(_) => token.map(|token| ("authorization", token.reveal())),
            _ => None,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Body, Headers};

    fn signed(scheme: &str, values: &[&str], mut request: Request) -> Request {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let credentials = Credentials::new(Scheme::parse(scheme).unwrap(), values).unwrap();
        let stamp = Stamp { at: jiff::Timestamp::UNIX_EPOCH, nonce: "once".into() };
        let place = credentials.strip(&mut request);
        credentials.sign(&mut request, place, &stamp, None).unwrap();
        request
    }

    #[test]
    fn values_that_are_shown_as_they_are() {
        let recorded = || Request {
            headers: Headers::from([
                ("authorization", "{{secret:1}}"),
                ("x-token", "{{secret:2}}"),
            ]),
            ..Request::default()
        };
        let fields = |scheme: &str, values: &[&str]| signed(scheme, values, recorded()).headers;
        let expected =
            Headers::from([("x-token", "{{secret:2}}"), ("Authorization", "Bearer t0ken")]);
        assert_eq!(fields("bearer", &["t0ken"]), expected);
        let expected = Headers::from([
            ("x-token", "{{secret:2}}"),
            ("Authorization", "Basic YWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ]);
        assert_eq!(fields("basic", &["aladdin", "open sesame"]), expected);
        let expected = Headers::from([("authorization", "{{secret:1}}"), ("X-Token", "t0ken")]);
        assert_eq!(fields("header:X-Token", &["t0ken"]), expected);
    }

    #[test]
    fn recorded_signatures_go() {
        let request = Request {
            method: "POST".into(),
            target: "http://h/?Action=A&Signature=x%3D&AccessKeyId={{secret:1}}".into(),
            ..Request::default()
        };
        let target = signed("alibaba-rpc", &["id", "key"], request.clone()).target;
        assert!(target.starts_with("http://h/?Action=A&SignatureMethod=HMAC-SHA1&"), "{target}");
        assert_eq!(target.matches("Signature=").count(), 1, "{target}");
        let form = Request {
            target: "http://h/".into(),
            headers: Headers::from([("Content-Type", "application/x-www-form-urlencoded")]),
            body: Body::from("Signature=x&Action=A&Timestamp=then"),
            ..request.clone()
        };
        let form = signed("alibaba-rpc", &["id", "key"], form);
        let body = String::from_utf8_lossy(form.body.bytes().unwrap()).into_owned();
        assert_eq!(form.target, "http://h/");
        assert!(body.starts_with("Action=A&SignatureMethod=") && !body.contains("then"), "{body}");
        assert_eq!(form.headers.text("content-length"), Some(body.len().to_string().as_str()));
        let beforehand = Request {
            method: "GET".into(),
            target: "http://h/b/k?X-Amz-Signature=1&x-id=Get&X-Amz-Date=2".into(),
            ..Request::default()
        };
        let fresh = signed("sigv4:eu-1/s3", &["id", "key"], beforehand);
        assert_eq!(fresh.target, "http://h/b/k?x-id=Get");
        let chunks =
            Headers::from([("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")]);
        let mut chunks = Request { headers: chunks, ..request };
        let scheme = Scheme::parse("sigv4:eu-1/s3").unwrap();
        let credentials = Credentials::new(scheme, vec!["a".into(), "b".into()]).unwrap();
        let stamp = Stamp { at: jiff::Timestamp::UNIX_EPOCH, nonce: "once".into() };
        let refused = credentials.sign(&mut chunks, Place::Usual, &stamp, None);
        assert_eq!(refused, Err(CredentialsError::SignedInChunks));
    }

    #[test]
    fn values_are_counted_and_not_printed() {
        let count = |scheme: &str, count: usize| {
            let values = vec!["s3cr3t".to_owned(); count];
            Credentials::new(Scheme::parse(scheme).unwrap(), values)
        };
        assert_eq!(count("basic", 1), Err(CredentialsError::Count(1, "2")));
        assert_eq!(count("huawei", 4), Err(CredentialsError::Count(4, "2 or 3")));
        assert!(count("huawei", 3).is_ok() && count("oauth2:https://h/t", 3).is_ok());
        assert!(!format!("{:?}", count("basic", 2)).contains("s3cr3t"));
        for wrong in ["magic", "header:", "header:X Y", "sigv4:x", "oauth2:x", "bearer:x"] {
            assert!(Scheme::parse(wrong).is_err(), "{wrong}");
        }
    }
}
