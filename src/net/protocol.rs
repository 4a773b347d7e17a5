//! Which protocols a client offers inside TLS (ALPN, RFC 7301), and which one it gets.

use super::Form;

/// A protocol that is spoken here, by its name in ALPN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// HTTP/1.1.
    Http11,
    /// HTTP/2.
    Http2,
}

impl Protocol {
    /// The name in ALPN.
    pub const fn name(self) -> &'static [u8] {
        match self {
            Self::Http11 => b"http/1.1",
            Self::Http2 => b"h2",
        }
    }

    /// Reads the name in ALPN.
    pub fn named(name: &[u8]) -> Option<Self> {
        [Self::Http11, Self::Http2].into_iter().find(|protocol| protocol.name() == name)
    }
}

/// What of the protocols that are spoken here a side offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Offered {
    /// HTTP/1.1.
    pub http11: bool,
    /// HTTP/2.
    pub http2: bool,
}

impl Offered {
    /// HTTP/1.1 and nothing else.
    pub const HTTP11: Self = Self { http11: true, http2: false };
    /// HTTP/2 and nothing else.
    pub const HTTP2: Self = Self { http11: false, http2: true };

    /// What of a list of names is spoken here.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut offered = Self::default();
        for protocol in names.into_iter().filter_map(Protocol::named) {
            match protocol {
                Protocol::Http11 => offered.http11 = true,
                Protocol::Http2 => offered.http2 = true,
            }
        }
        offered
    }

    /// The names, HTTP/2 first, as clients that speak it offer them.
    pub fn names(self) -> Vec<&'static [u8]> {
        let both = [(self.http2, Protocol::Http2), (self.http11, Protocol::Http11)];
        both.iter().filter(|(offered, _)| *offered).map(|(_, protocol)| protocol.name()).collect()
    }

    /// HTTP/1.1 where it is offered, else what is.
    pub const fn oldest(self) -> Option<Protocol> {
        match self {
            Self { http11: true, .. } => Some(Protocol::Http11),
            Self { http2: true, .. } => Some(Protocol::Http2),
            _ => None,
        }
    }

    /// HTTP/2 where it is offered, else what is.
    pub const fn newest(self) -> Option<Protocol> {
        match self {
            Self { http2: true, .. } => Some(Protocol::Http2),
            Self { http11: true, .. } => Some(Protocol::Http11),
            _ => None,
        }
    }
}

/// A client that begins TLS, before it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// What it offers.
    pub offered: Offered,
    /// How it addresses us.
    pub form: Form,
    /// The URL of the root of what it speaks to.
    pub root: String,
    /// The name of the host that it asks for (SNI, RFC 6066, section 3).
    pub name: Option<String>,
    /// The session that its tunnel belongs to.
    pub session: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_and_choices() {
        let offered = |names: &[&str]| Offered::of(names.iter().map(|name| name.as_bytes()));
        let cases: [(&[&str], _, _, usize); 4] = [
            (&["h2", "http/1.1"], Some(Protocol::Http11), Some(Protocol::Http2), 2),
            (&["http/1.0", "http/1.1"], Some(Protocol::Http11), Some(Protocol::Http11), 1),
            (&["h2"], Some(Protocol::Http2), Some(Protocol::Http2), 1),
            (&["acme-tls/1"], None, None, 0),
        ];
        for (names, oldest, newest, count) in cases {
            let offered = offered(names);
            assert_eq!((offered.oldest(), offered.newest()), (oldest, newest), "{names:?}");
            assert_eq!(offered.names().len(), count, "{names:?}");
        }
    }
}
