//! How a request addresses us (RFC 9112, section 3.2), and which URL it asks for.

use super::RequestHead;
use crate::exchange::{Authority, Target};
use std::net::{IpAddr, SocketAddr};

/// How the client addressed us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As a server: path and `Host`. Absolute form that names the listener itself counts as this.
    Origin,
    /// As a proxy: the whole URL.
    Absolute,
    /// Through a tunnel that `CONNECT` opened.
    Tunnel,
}

/// Where a connection stands: what its requests are addressed to unless they say otherwise.
#[derive(Debug, Clone)]
pub struct Layer {
    /// Whether the bytes come through TLS.
    pub secure: bool,
    /// The tunnel that the connection is in.
    pub tunnel: Option<Tunnel>,
    /// The listener's address on this connection.
    pub local: SocketAddr,
}

/// A tunnel that a client opened.
#[derive(Debug, Clone)]
pub struct Tunnel {
    /// Where it was to lead.
    pub authority: Authority,
    /// The authority as written.
    pub written: String,
    /// The session that the credentials of `CONNECT` named.
    pub session: Option<String>,
}

/// Why a request addresses nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    /// HTTP/1.1 without `Host`, or with several.
    #[error("not exactly one `Host`")]
    Host,
    /// A `Host` or an authority that is none.
    #[error("authority is malformed")]
    Authority,
    /// An absolute target of another scheme.
    #[error("scheme is neither `http` nor `https`")]
    Scheme,
    /// A target that is neither path nor URL nor `*`.
    #[error("request target is malformed")]
    Target,
}

impl Layer {
    const fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    /// The form of the request and the whole URL that it asks for.
    pub fn resolve(&self, head: &RequestHead) -> Result<(Form, String), AddressFault> {
        let host = host(head)?;
        let target = head.target.as_str();
        if target.starts_with('/') || target == "*" {
            return self.by_host(host, target);
        }
        let parsed = Target::parse(target);
        if parsed.scheme.is_empty() {
            return Err(AddressFault::Target);
        }
        let scheme = match parsed.scheme {
            word if word.eq_ignore_ascii_case("http") => "http",
            word if word.eq_ignore_ascii_case("https") => "https",
            _ => return Err(AddressFault::Scheme),
        };
        let default = if scheme == "https" { 443 } else { 80 };
        let authority =
            Authority::parse(parsed.authority, default).ok_or(AddressFault::Authority)?;
        // Credentials in a URL are not part of what is asked for (RFC 9110, section 4.2.4).
        let written = parsed.authority.rsplit_once('@').map_or(parsed.authority, |(_, rest)| rest);
        let rest = target.find("://").map_or("", |at| &target[at + 3 + parsed.authority.len()..]);
        let slash = if rest.starts_with('/') { "" } else { "/" };
        // Without path and query the server itself is asked, as by `*` (RFC 9112, section 3.2.4).
        let rest = if rest.is_empty() && head.method == "OPTIONS" { "*" } else { rest };
        let url = format!("{scheme}://{}{slash}{rest}", without_default(written, default));
        let form = match &self.tunnel {
            _ if self.is_self(&authority) => Form::Origin,
            Some(_) => Form::Tunnel,
            None => Form::Absolute,
        };
        Ok((form, url))
    }

    /// The same for a request on a stream of HTTP/2, which names its authority apart (RFC 9113,
    /// section 8.3.1). Outside a tunnel it always asks us as a server.
    pub fn resolve_stream(
        &self,
        head: &RequestHead,
        authority: Option<&str>,
    ) -> Result<(Form, String), AddressFault> {
        if !head.target.starts_with('/') && head.target != "*" {
            return Err(AddressFault::Target);
        }
        let host = match authority {
            Some(text) => Some(authority_of(text)?),
            None => host(head)?,
        };
        self.by_host(host, &head.target)
    }

    /// What a client that begins TLS speaks to: the form of its requests, and the URL of their root.
    pub fn root(&self) -> (Form, String) {
        match &self.tunnel {
            Some(tunnel) if !self.is_self(&tunnel.authority) => {
                let authority = without_default(&tunnel.written, 443);
                (Form::Tunnel, format!("https://{authority}/"))
            }
            _ => (Form::Origin, format!("https://{}/", self.local)),
        }
    }

    fn by_host(&self, host: Option<&str>, target: &str) -> Result<(Form, String), AddressFault> {
        let scheme = self.scheme();
        // The asterisk form of OPTIONS asks about the server: its URL has no path.
        let path = if target == "*" { "/*" } else { target };
        if let Some(tunnel) = &self.tunnel
            && !self.is_self(&tunnel.authority)
        {
            let default = if self.secure { 443 } else { 80 };
            let authority = without_default(&tunnel.written, default);
            return Ok((Form::Tunnel, format!("{scheme}://{authority}{path}")));
        }
        let url = match host {
            Some(host) => {
                Authority::parse(host, 80).ok_or(AddressFault::Authority)?;
                format!("{scheme}://{host}{path}")
            }
            None => format!("{scheme}://{}{path}", self.local),
        };
        Ok((Form::Origin, url))
    }

    /// Whether an authority is the listener's own.
    pub fn is_self(&self, authority: &Authority) -> bool {
        names(self.local, authority)
    }
}

/// Whether an authority names a listener that was reached at `local`.
pub fn names(local: SocketAddr, authority: &Authority) -> bool {
    if authority.port != local.port() {
        return false;
    }
    let host = authority.bare_host().trim_end_matches('.');
    let ip = local.ip().to_canonical();
    let everywhere = ip.is_unspecified();
    match host.parse::<IpAddr>() {
        Ok(address) => {
            let address = address.to_canonical();
            address == ip
                || address.is_unspecified()
                || (address.is_loopback() && (ip.is_loopback() || everywhere))
        }
        Err(_) => {
            (host == "localhost" || host.ends_with(".localhost"))
                && (ip.is_loopback() || everywhere)
        }
    }
}

fn host(head: &RequestHead) -> Result<Option<&str>, AddressFault> {
    let mut hosts = head.headers.all("host");
    let first = hosts.next();
    if hosts.next().is_some() {
        return Err(AddressFault::Host);
    }
    match first {
        None if head.version == crate::exchange::Version::Http10 => Ok(None),
        None => Err(AddressFault::Host),
        // An empty `Host` is allowed where the target has no authority (RFC 9110, section 7.2).
        Some([]) => Ok(None),
        Some(value) => {
            let text = std::str::from_utf8(value).map_err(|_| AddressFault::Authority)?;
            authority_of(text).map(Some)
        }
    }
}

fn authority_of(text: &str) -> Result<&str, AddressFault> {
    let strange = |b: u8| b.is_ascii_control() || b" \"/?#@\\<>{}|^`,".contains(&b);
    if text.bytes().any(strange) || Authority::parse(text, 80).is_none() {
        return Err(AddressFault::Authority);
    }
    Ok(text)
}

/// An authority as written, without the port that the scheme stands for.
pub fn without_default(written: &str, default: u16) -> &str {
    match written.rsplit_once(':') {
        Some((host, port))
            if port.is_empty() || port.parse::<u16>() == Ok(default) && !host.is_empty() =>
        {
            host
        }
        _ => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::BytesMut;

    fn resolve(layer: &Layer, line: &str, host: &str) -> Result<(Form, String), AddressFault> {
        let wire = format!("{line}\r\n{host}\r\n");
        layer.resolve(&RequestHead::take(&mut BytesMut::from(wire.as_str())).unwrap().unwrap())
    }

    fn layer(secure: bool, tunnel: Option<&str>) -> Layer {
        let tunnel = tunnel.map(|written| Tunnel {
            authority: Authority::parse(written, 443).unwrap(),
            written: written.to_owned(),
            session: None,
        });
        Layer { secure, tunnel, local: "127.0.0.1:7000".parse().unwrap() }
    }

    #[test]
    fn forms_and_urls() {
        let open = layer(false, None);
        let tls = layer(true, Some("api.example:443"));
        let plain = layer(false, Some("api.example:8080"));
        let own = layer(false, Some("localhost:7000"));
        let cases = [
            (&open, "GET /a?b=1 HTTP/1.1", "api.example", Form::Origin, "http://api.example/a?b=1"),
            (
                &open,
                "GET http://Api.example:80/a HTTP/1.1",
                "x",
                Form::Absolute,
                "http://Api.example/a",
            ),
            (&open, "GET http://u:p@h.example HTTP/1.1", "x", Form::Absolute, "http://h.example/"),
            (
                &open,
                "GET http://h.example?q=a@b HTTP/1.1",
                "x",
                Form::Absolute,
                "http://h.example/?q=a@b",
            ),
            (
                &open,
                "GET https://h.example:8443/ HTTP/1.1",
                "x",
                Form::Absolute,
                "https://h.example:8443/",
            ),
            (
                &open,
                "GET http://localhost:7000/a HTTP/1.1",
                "x",
                Form::Origin,
                "http://localhost:7000/a",
            ),
            (
                &open,
                "GET http://127.0.0.1:7001/ HTTP/1.1",
                "x",
                Form::Absolute,
                "http://127.0.0.1:7001/",
            ),
            (&open, "OPTIONS * HTTP/1.1", "h:1", Form::Origin, "http://h:1/*"),
            (&tls, "GET /a HTTP/1.1", "api.example", Form::Tunnel, "https://api.example/a"),
            (&plain, "GET /a HTTP/1.1", "other", Form::Tunnel, "http://api.example:8080/a"),
            (&own, "GET /a HTTP/1.1", "localhost:7000", Form::Origin, "http://localhost:7000/a"),
        ];
        for (layer, line, host, form, url) in cases {
            let resolved = resolve(layer, line, &format!("Host: {host}\r\n")).unwrap();
            assert_eq!(resolved, (form, url.to_owned()), "{line}");
        }
        assert_eq!(resolve(&open, "GET /a HTTP/1.0", "").unwrap().1, "http://127.0.0.1:7000/a");
    }

    #[test]
    fn what_addresses_nothing_is_refused() {
        let open = layer(false, None);
        let cases = [
            ("GET / HTTP/1.1", "", AddressFault::Host),
            ("GET / HTTP/1.1", "Host: a\r\nHost: a\r\n", AddressFault::Host),
            ("GET / HTTP/1.1", "Host: a b\r\n", AddressFault::Authority),
            ("GET / HTTP/1.1", "Host: a/b\r\n", AddressFault::Authority),
            ("GET / HTTP/1.1", "Host: a:port\r\n", AddressFault::Authority),
            ("GET ftp://a/ HTTP/1.1", "Host: a\r\n", AddressFault::Scheme),
            ("GET http:///x HTTP/1.1", "Host: a\r\n", AddressFault::Authority),
            ("GET a/b HTTP/1.1", "Host: a\r\n", AddressFault::Target),
        ];
        for (line, host, fault) in cases {
            assert_eq!(resolve(&open, line, host), Err(fault), "{line} {host}");
        }
    }

    #[test]
    fn the_listeners_own_names() {
        let cases = [
            ("127.0.0.1:7", "localhost:7", true),
            ("127.0.0.1:7", "127.0.0.1:7", true),
            ("127.0.0.1:7", "[::1]:7", true),
            ("127.0.0.1:7", "api.localhost:7", true),
            ("127.0.0.1:7", "127.0.0.1:8", false),
            ("127.0.0.1:7", "example:7", false),
            ("192.0.2.1:7", "192.0.2.1:7", true),
            ("192.0.2.1:7", "127.0.0.1:7", false),
            ("[::ffff:127.0.0.1]:7", "127.0.0.1:7", true),
        ];
        for (local, authority, expected) in cases {
            let authority = Authority::parse(authority, 80).unwrap();
            assert_eq!(names(local.parse().unwrap(), &authority), expected, "{local} {authority}");
        }
    }
}
