//! Fields that concern one connection and no more (RFC 9110, section 7.6.1): what of them crosses
//! the proxy. Everything else crosses as it came.
//!
//! `Connection: close` and `keep-alive` cross too, and are honoured on both sides: each side then
//! sees of the other what it would see without us.

use super::head::{FieldLines, RequestHead};
use crate::exchange::{Body, Header, Headers, Request};
use std::borrow::Cow;

/// Request header that names the session; removed before a request is forwarded or recorded.
pub const SESSION_HEADER: &str = "testimony-session";

/// What becomes of a field on its way.
#[derive(Debug, PartialEq, Eq)]
pub enum Passage<'a> {
    /// It crosses as it came.
    Whole,
    /// It crosses with this value.
    Changed(Cow<'a, [u8]>),
    /// It stays behind.
    Dropped,
}

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the client to the upstream.
    Request,
    /// From the upstream to the client, with its status.
    Response(u16),
}

/// Decides on the fields of one message.
#[derive(Debug)]
pub struct Crossing {
    way: Way,
    /// Names that `Connection` lists, besides those treated on their own.
    named: Vec<String>,
    upgrade: bool,
    chunked: bool,
    te: bool,
}

impl Crossing {
    /// Looks at the fields of one message.
    pub fn of(headers: &Headers, way: Way) -> Self {
        let mut crossing =
            Self { way, named: Vec::new(), upgrade: false, chunked: false, te: false };
        let mut upgrades = false;
        for header in headers {
            let name = header.name.as_bytes();
            match name.len() {
                2 if header.is("te") => {
                    crossing.te |= tokens(&header.value).any(is_trailers);
                }
                7 if header.is("upgrade") => upgrades = true,
                10 if header.is("connection") => crossing.connection(&header.value),
                17 if header.is("transfer-encoding") => crossing.chunked = true,
                _ => {}
            }
        }
        let wanted = crossing.upgrade;
        crossing.upgrade = upgrades
            && match way {
                // HTTP/2 inside an upgraded connection would go by unseen.
                Way::Request => wanted && !headers.has_token("upgrade", "h2c"),
                Way::Response(status) => matches!(status, 101 | 426),
            };
        crossing
    }

    fn connection(&mut self, value: &[u8]) {
        for token in tokens(value) {
            if token.eq_ignore_ascii_case(b"upgrade") {
                self.upgrade = true;
            } else if !is_persistence(token) && !token.eq_ignore_ascii_case(b"te") {
                self.named.push(String::from_utf8_lossy(token).to_ascii_lowercase());
            }
        }
    }

    /// Whether the message asks for, or announces, another protocol on this connection.
    pub const fn upgrades(&self) -> bool {
        self.upgrade
    }

    /// What becomes of one of the message's fields.
    pub fn passage<'a>(&self, header: &'a Header) -> Passage<'a> {
        let request = self.way == Way::Request;
        let drop_if = |dropped: bool| if dropped { Passage::Dropped } else { Passage::Whole };
        if !self.named.is_empty() && self.is_named(header) {
            return Passage::Dropped;
        }
        match header.name.len() {
            2 if header.is("te") => self.te(&header.value),
            7 if header.is("upgrade") => drop_if(!self.upgrade),
            10 if header.is("connection") => self.filtered(&header.value),
            10 if header.is("keep-alive") => Passage::Dropped,
            14 if header.is("content-length") => drop_if(!request && self.chunked),
            14 if header.is("http2-settings") => drop_if(request),
            16 if header.is("proxy-connection") => Passage::Dropped,
            17 if header.is(SESSION_HEADER) => drop_if(request),
            18 if header.is("proxy-authenticate") => Passage::Dropped,
            19 if header.is("proxy-authorization") => drop_if(request),
            25 if header.is("proxy-authentication-info") => Passage::Dropped,
            _ => Passage::Whole,
        }
    }

    /// Fields that `Connection` may not take away: without them the message is another one.
    fn is_named(&self, header: &Header) -> bool {
        const KEPT: [&str; 5] =
            ["host", "content-length", "transfer-encoding", "connection", "authorization"];
        self.named.iter().any(|name| header.is(name)) && !KEPT.iter().any(|name| header.is(name))
    }

    fn te<'a>(&self, value: &'a [u8]) -> Passage<'a> {
        if self.way != Way::Request {
            return Passage::Whole;
        }
        if tokens(value).all(is_trailers) {
            return Passage::Whole;
        }
        if tokens(value).any(is_trailers) {
            return Passage::Changed(Cow::Borrowed(b"trailers"));
        }
        Passage::Dropped
    }

    fn filtered<'a>(&self, value: &'a [u8]) -> Passage<'a> {
        let stays = |token: &[u8]| {
            is_persistence(token)
                || self.upgrade && token.eq_ignore_ascii_case(b"upgrade")
                || self.te && token.eq_ignore_ascii_case(b"te")
        };
        if tokens(value).all(stays) {
            return Passage::Whole;
        }
        let kept: Vec<&[u8]> = tokens(value).filter(|token| stays(token)).collect();
        if kept.is_empty() {
            Passage::Dropped
        } else {
            Passage::Changed(Cow::Owned(kept.join(&b", "[..])))
        }
    }
}

/// Writes the fields that cross, each as it stood on the wire, and the empty line after them.
pub fn write_crossing(
    out: &mut Vec<u8>,
    headers: &Headers,
    lines: &FieldLines,
    crossing: &Crossing,
) {
    for (index, header) in headers.iter().enumerate() {
        match crossing.passage(header) {
            Passage::Whole => lines.write(index, header, out),
            Passage::Changed(value) => {
                out.extend_from_slice(header.name.as_bytes());
                out.extend_from_slice(b": ");
                out.extend_from_slice(&value);
            }
            Passage::Dropped => continue,
        }
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

/// Removes what is meant for a proxy alone and has no place in a recording.
pub fn remove_proxy_fields(headers: &mut Headers) {
    headers.retain(|header| {
        let prefix = header.name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("proxy-"));
        !(prefix || header.is(SESSION_HEADER))
    });
}

impl RequestHead {
    /// The request of this head with the target that it is known by, without what is meant for a
    /// proxy alone.
    pub fn into_request(self, target: String, body: Body, trailers: Headers) -> Request {
        let Self { method, version, mut headers, .. } = self;
        remove_proxy_fields(&mut headers);
        Request { method, target, version, headers, body, trailers }
    }
}

fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|token| !token.is_empty())
}

fn is_persistence(token: &[u8]) -> bool {
    token.eq_ignore_ascii_case(b"close") || token.eq_ignore_ascii_case(b"keep-alive")
}

fn is_trailers(token: &[u8]) -> bool {
    token.split(|byte| *byte == b';').next().is_some_and(|t| t.eq_ignore_ascii_case(b"trailers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crossed(way: Way, pairs: &[(&str, &str)]) -> Vec<String> {
        let headers: Headers =
            pairs.iter().map(|(name, value)| Header::new(*name, value)).collect();
        let crossing = Crossing::of(&headers, way);
        headers
            .iter()
            .filter_map(|header| match crossing.passage(header) {
                Passage::Whole => Some(format!("{}: {}", header.name, header.text())),
                Passage::Changed(value) => {
                    Some(format!("{}: {}", header.name, String::from_utf8_lossy(&value)))
                }
                Passage::Dropped => None,
            })
            .collect()
    }

    #[test]
    fn requests() {
        type Case = (&'static [(&'static str, &'static str)], &'static [&'static str]);
        let cases: [Case; 10] = [
            (&[("Via", "1.1 x"), ("Date", "d")], &["Via: 1.1 x", "Date: d"]),
            (
                &[("Connection", "Keep-Alive"), ("Keep-Alive", "timeout=5")],
                &["Connection: Keep-Alive"],
            ),
            (
                &[("connection", "close, X-Hop"), ("x-hop", "1"), ("X", "2")],
                &["connection: close", "X: 2"],
            ),
            (&[("Connection", "X-Hop"), ("X-Hop", "1")], &[]),
            (
                &[("Connection", "Host, Content-Length"), ("Host", "h"), ("Content-Length", "1")],
                &["Host: h", "Content-Length: 1"],
            ),
            (
                &[
                    ("Proxy-Connection", "keep-alive"),
                    ("Proxy-Authorization", "Basic x"),
                    ("Testimony-Session", "s"),
                ],
                &[],
            ),
            (&[("TE", "trailers"), ("Connection", "TE")], &["TE: trailers", "Connection: TE"]),
            (
                &[("TE", "gzip, trailers;q=0.5"), ("Connection", "te, close")],
                &["TE: trailers", "Connection: te, close"],
            ),
            (
                &[("Connection", "Upgrade"), ("Upgrade", "websocket")],
                &["Connection: Upgrade", "Upgrade: websocket"],
            ),
            (
                &[
                    ("Connection", "Upgrade, HTTP2-Settings"),
                    ("Upgrade", "h2c"),
                    ("HTTP2-Settings", "A"),
                ],
                &[],
            ),
        ];
        for (fields, expected) in cases {
            assert_eq!(crossed(Way::Request, fields), expected, "{fields:?}");
        }
    }

    #[test]
    fn responses() {
        type Case = (u16, &'static [(&'static str, &'static str)], &'static [&'static str]);
        let cases: [Case; 5] = [
            (
                200,
                &[("Connection", "Upgrade, close"), ("Upgrade", "h2,h2c")],
                &["Connection: close"],
            ),
            (
                101,
                &[("Connection", "upgrade"), ("Upgrade", "websocket")],
                &["Connection: upgrade", "Upgrade: websocket"],
            ),
            (
                426,
                &[("Connection", "upgrade"), ("Upgrade", "TLS/1.0")],
                &["Connection: upgrade", "Upgrade: TLS/1.0"],
            ),
            (
                200,
                &[("Transfer-Encoding", "chunked"), ("Content-Length", "3"), ("Trailer", "X")],
                &["Transfer-Encoding: chunked", "Trailer: X"],
            ),
            (
                407,
                &[
                    ("Proxy-Authenticate", "Basic"),
                    ("Keep-Alive", "max=1"),
                    ("Set-Cookie", "a"),
                    ("set-cookie", "b"),
                ],
                &["Set-Cookie: a", "set-cookie: b"],
            ),
        ];
        for (status, fields, expected) in cases {
            assert_eq!(crossed(Way::Response(status), fields), expected, "{fields:?}");
        }
    }

    #[test]
    fn a_recording_holds_nothing_meant_for_the_proxy() {
        let mut headers = Headers::from([
            ("Proxy-Authorization", "Basic eDp5"),
            ("proxy-connection", "x"),
            ("testimony-session", "s"),
            ("Proxy", "kept"),
        ]);
        remove_proxy_fields(&mut headers);
        assert_eq!(headers, Headers::from([("Proxy", "kept")]));
    }
}
