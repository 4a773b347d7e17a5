//! A proxy between us and upstreams (`--via`): tunnels through it for TLS, requests in absolute
//! form for plain HTTP (RFC 9112, section 3.2.2).
//!
//! Its credentials are a secret: they leave this module towards the proxy alone.

use super::fault::failure;
use super::socks::{self, Goal, SocksError};
use super::{ConnectError, Endpoint};
use crate::exchange::{
    Authority, Headers, Target, TransportError, TransportErrorKind, percent_decoded, reason_phrase,
};
use crate::net::{HeadFault, HostPattern, ResponseHead};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use bytes::{Bytes, BytesMut};
use std::fmt;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// Longest head of a proxy's answer to `CONNECT`.
const HEAD: usize = 64 * 1024;

/// A proxy. See the module's text.
#[derive(Clone)]
pub struct Via {
    kind: Kind,
    pub(super) authority: Authority,
    user: Option<(String, String)>,
    /// Hosts that are connected to directly.
    except: Vec<HostPattern>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Http,
    Https,
    /// Names are resolved here (`socks5`).
    SocksByAddress,
    /// Names are resolved by the proxy (`socks5h`).
    SocksByName,
}

/// Why a URL names no proxy. The URL is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ViaError {
    /// Another scheme, or none.
    #[error("not a proxy's URL: the schemes are `http`, `https`, `socks5` and `socks5h`")]
    Scheme,
    /// No host in it, or a port that is none.
    #[error("not a proxy's URL: there is no host, or a port that is none")]
    Host,
    /// More than scheme, credentials, host and port.
    #[error("not a proxy's URL: nothing may follow host and port")]
    Parts,
}

/// What a plain HTTP request through a proxy has besides what the client sent.
#[derive(Clone)]
pub struct Proxied {
    /// Scheme and authority that go before the path.
    prefix: String,
    /// The field line with the credentials.
    credentials: Option<String>,
    place: String,
}

impl Via {
    /// Reads `http://[USER:PASSWORD@]HOST[:PORT]`, or with another scheme.
    pub fn parse(url: &str, except: Vec<HostPattern>) -> Result<Self, ViaError> {
        let target = Target::parse(url);
        let (kind, port) = match target.scheme.to_ascii_lowercase().as_str() {
            "http" => (Kind::Http, 80),
            "https" => (Kind::Https, 443),
            "socks5" => (Kind::SocksByAddress, 1080),
            "socks5h" => (Kind::SocksByName, 1080),
            _ => return Err(ViaError::Scheme),
        };
        if target.path != "/" || target.query.is_some() || url.contains('#') {
            return Err(ViaError::Parts);
        }
        let (user, host) = match target.authority.rsplit_once('@') {
            Some((user, host)) => {
                let (name, password) = user.split_once(':').unwrap_or((user, ""));
                (Some((percent_decoded(name), percent_decoded(password))), host)
            }
            None => (None, target.authority),
        };
        let authority = Authority::parse(host, port).ok_or(ViaError::Host)?;
        Ok(Self { kind, authority, user, except })
    }

    /// The password, for a redactor.
    pub fn password(&self) -> Option<&str> {
        self.user.as_ref().map(|(_, password)| password.as_str()).filter(|text| !text.is_empty())
    }

    /// Whether a host is reached through it.
    pub(super) fn leads_to(&self, authority: &Authority) -> bool {
        !self.except.iter().any(|pattern| pattern.matches(authority))
    }

    /// Whether it is spoken to in TLS.
    pub(super) fn is_secure(&self) -> bool {
        self.kind == Kind::Https
    }

    /// How messages name it.
    pub(super) fn place(&self) -> String {
        format!("proxy `{}`", self.authority)
    }

    /// What requests to an endpoint need where they go to the proxy as they are; `None` where they
    /// go through a tunnel.
    pub(super) fn proxied(&self, endpoint: &Endpoint) -> Option<Proxied> {
        let by_tunnel = endpoint.secure || !matches!(self.kind, Kind::Http | Kind::Https);
        (!by_tunnel).then(|| {
            let Authority { host, port } = &endpoint.authority;
            let port = if *port == 80 { String::new() } else { format!(":{port}") };
            Proxied {
                prefix: format!("http://{host}{port}"),
                credentials: self.credentials(),
                place: self.place(),
            }
        })
    }

    /// Whether the tunnel's goal is to be told as an address.
    pub(super) fn wants_address(&self) -> bool {
        self.kind == Kind::SocksByAddress
    }

    /// Asks for a tunnel; answers with the bytes that came through it already.
    pub(super) async fn tunnel<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        socket: &mut S,
        authority: &Authority,
        address: Option<SocketAddr>,
        place: &str,
    ) -> Result<Bytes, ConnectError> {
        if matches!(self.kind, Kind::Http | Kind::Https) {
            return self.connect(socket, authority, place).await;
        }
        let host = authority.bare_host();
        let literal = host.parse().ok().map(|ip| SocketAddr::new(ip, authority.port));
        let goal = match address.or(literal) {
            Some(address) => Goal::Address(address),
            None => Goal::Name(host, authority.port),
        };
        let user = self.user.as_ref().map(|(user, password)| (user.as_str(), password.as_str()));
        match socks::connect(socket, user, &goal).await {
            Ok(()) => Ok(Bytes::new()),
            Err(error) => {
                let kind = match error {
                    SocksError::Io(_) => TransportErrorKind::Reset,
                    SocksError::Version => TransportErrorKind::Protocol,
                    SocksError::Refused(6) => TransportErrorKind::Timeout,
                    _ => TransportErrorKind::Refused,
                };
                Err(failure(kind, place, format!("{} {error}", self.place())))
            }
        }
    }

    async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        socket: &mut S,
        authority: &Authority,
        place: &str,
    ) -> Result<Bytes, ConnectError> {
        let own = self.place();
        let mut head = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n");
        if let Some(credentials) = self.credentials() {
            head.push_str(&credentials);
        }
        head.push_str("\r\n");
        let reset =
            |what: String| failure(TransportErrorKind::Reset, place, format!("{own} {what}"));
        let protocol = |what: HeadFault| {
            failure(TransportErrorKind::Protocol, place, format!("{own} answered no HTTP: {what}"))
        };
        let lost = |error: std::io::Error| reset(format!("broke off: {error}"));
        socket.write_all(head.as_bytes()).await.map_err(lost)?;
        let mut buffer = BytesMut::new();
        loop {
            if let Some(answer) = ResponseHead::take(&mut buffer).map_err(protocol)? {
                return match answer.status {
                    200..300 => Ok(buffer.freeze()),
                    // Interim answers come before the one that counts.
                    100..200 => continue,
                    status => Err(ConnectError::Transport(refused(&own, status, place))),
                };
            }
            if buffer.len() > HEAD {
                return Err(protocol(HeadFault::TooLarge));
            }
            if socket.read_buf(&mut buffer).await.map_err(lost)? == 0 {
                return Err(reset("closed the connection without a whole answer".to_owned()));
            }
        }
    }

    /// Basic credentials (RFC 7617) as a field line.
    fn credentials(&self) -> Option<String> {
        self.user.as_ref().map(|(user, password)| {
            let encoded = BASE64_STANDARD.encode(format!("{user}:{password}"));
            format!("Proxy-Authorization: Basic {encoded}\r\n")
        })
    }
}

impl Proxied {
    /// The request target in absolute form.
    pub fn target(&self, target: &str) -> String {
        // Asked of the server itself, a URL has no path (RFC 9112, section 3.2.4).
        let path = if target == "*" { "" } else { target };
        format!("{}{path}", self.prefix)
    }

    /// The field line with the credentials, ended.
    pub fn credentials(&self) -> &[u8] {
        self.credentials.as_deref().unwrap_or_default().as_bytes()
    }

    /// The failure that a response is which the proxy gave for itself, as far as that can be told: it
    /// asks for credentials, or signs an error as its own.
    pub fn failure(&self, status: u16, headers: &Headers) -> Option<TransportError> {
        let own = status == 407 || status >= 400 && is_signed(headers);
        own.then(|| refused(&self.place, status, "upstream"))
    }
}

/// Whether a proxy says that a response is its own: by `Proxy-Status` with an error (RFC 9209, section
/// 2.1.1), or in the way of those that are common. What they pass on keeps its `Server`.
fn is_signed(headers: &Headers) -> bool {
    const PROXIES: [&[u8]; 4] = [b"squid", b"tinyproxy", b"mitmproxy", b"privoxy"];
    headers.iter().any(|header| {
        let starts = |word: &&[u8]| {
            header.value.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        };
        header.is("x-squid-error")
            || header.is("proxy-status") && header.value.windows(6).any(|part| part == b"error=")
            || header.is("server") && PROXIES.iter().any(starts)
    })
}

/// A proxy that does not let us through. Its own words are left out: nobody knows what they hold.
fn refused(proxy: &str, status: u16, place: &str) -> TransportError {
    let kind = match status {
        408 | 504 => TransportErrorKind::Timeout,
        _ => TransportErrorKind::Refused,
    };
    let reason = reason_phrase(status);
    let space = if reason.is_empty() { "" } else { " " };
    TransportError { kind, message: format!("{place}: {proxy} answered `{status}{space}{reason}`") }
}

impl fmt::Debug for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Via")
            .field("kind", &self.kind)
            .field("authority", &self.authority)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Proxied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxied").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Header;

    #[test]
    fn urls_of_proxies() {
        let cases = [
            ("http://proxy.example", Ok("proxy.example:80")),
            ("HTTPS://u:p@proxy.example", Ok("proxy.example:443")),
            ("socks5://[::1]:9", Ok("[::1]:9")),
            ("socks5h://u%40x:p%3A@h/", Ok("h:1080")),
            ("proxy.example:3128", Err(ViaError::Scheme)),
            ("ftp://h", Err(ViaError::Scheme)),
            ("http://", Err(ViaError::Host)),
            ("http://h:port", Err(ViaError::Host)),
            ("http://h/path", Err(ViaError::Parts)),
            ("http://h?q", Err(ViaError::Parts)),
        ];
        for (url, expected) in cases {
            let parsed = Via::parse(url, Vec::new()).map(|via| via.authority.to_string());
            assert_eq!(parsed.as_deref().map_err(|error| *error), expected, "{url}");
        }
        let via = Via::parse("socks5h://u%40x:p%3A@h", Vec::new()).unwrap();
        assert_eq!(via.user, Some(("u@x".to_owned(), "p:".to_owned())));
        assert!(!format!("{via:?}").contains("p:"), "{via:?}");
    }

    #[test]
    fn plain_requests_in_absolute_form() {
        let via = Via::parse("http://aladdin:open%20sesame@h", Vec::new()).unwrap();
        let to = |secure, authority: &str| {
            let authority = Authority::parse(authority, 80).unwrap();
            via.proxied(&Endpoint::new(secure, authority))
        };
        let proxied = to(false, "a.example:80").unwrap();
        assert_eq!(proxied.target("/x?y"), "http://a.example/x?y");
        assert_eq!(proxied.target("*"), "http://a.example");
        let line = b"Proxy-Authorization: Basic YWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n";
        assert_eq!(proxied.credentials(), line);
        assert_eq!(to(false, "[::1]:81").unwrap().target("/"), "http://[::1]:81/");
        assert!(to(true, "a.example:443").is_none());
        let failure = |status, headers: &[(&str, &str)]| {
            proxied.failure(status, &headers.iter().map(|(n, v)| Header::new(*n, *v)).collect())
        };
        assert!(failure(407, &[]).unwrap().message.contains("proxy `h:80` answered `407 Proxy"));
        for (status, name, value, own) in [
            (502, "Server", "nginx", false),
            (502, "Server", "Tinyproxy/1.11.1", true),
            (200, "Server", "tinyproxy/1.11.1", false),
            (503, "X-Squid-Error", "ERR_DNS_FAIL 0", true),
            (504, "Proxy-Status", "p.example; error=connection_timeout", true),
            (502, "Proxy-Status", "p.example; received-status=502", false),
        ] {
            assert_eq!(failure(status, &[(name, value)]).is_some(), own, "{name}: {value}");
        }
    }

    #[test]
    fn hosts_that_are_excepted() {
        let except = vec![HostPattern::parse("*.internal").unwrap()];
        let via = Via::parse("http://h", except).unwrap();
        for (host, expected) in [("a.internal:443", false), ("internal:443", true)] {
            assert_eq!(via.leads_to(&Authority::parse(host, 0).unwrap()), expected, "{host}");
        }
    }
}
