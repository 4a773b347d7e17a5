use crate::exchange::Authority;
use std::net::{IpAddr, SocketAddr};

/// Addresses that a host has for us, whatever its name resolves to: `HOST:PORT:ADDRESS[,ADDRESS…]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolve {
    /// `None` for every host.
    host: Option<String>,
    port: u16,
    addresses: Vec<IpAddr>,
}

/// Why an argument gives no addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// Not of the form.
    #[error("`{0}` is not of the form HOST:PORT:ADDRESS[,ADDRESS]")]
    Form(String),
    /// A port that is none.
    #[error("`{0}` is no port")]
    Port(String),
    /// An address that is none: names are not resolved here.
    #[error("`{0}` is no IP address")]
    Address(String),
}

impl Resolve {
    /// Reads the argument; `*` stands for every host, IPv6 may be in brackets.
    pub fn parse(text: &str) -> Result<Self, ResolveError> {
        let wrong = || ResolveError::Form(text.to_owned());
        let (host, rest) = match text.find(']') {
            Some(end) if text.starts_with('[') => {
                (&text[1..end], text[end + 1..].strip_prefix(':').ok_or_else(wrong)?)
            }
            _ => text.split_once(':').ok_or_else(wrong)?,
        };
        let (port, addresses) = rest.split_once(':').ok_or_else(wrong)?;
        if host.is_empty() || host.contains(['/', '@', ' ']) {
            return Err(wrong());
        }
        let port = port.parse().map_err(|_| ResolveError::Port(port.to_owned()))?;
        let address = |text: &str| {
            let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
            bare.parse().map_err(|_| ResolveError::Address(text.to_owned()))
        };
        Ok(Self {
            host: (host != "*").then(|| host.trim_end_matches('.').to_ascii_lowercase()),
            port,
            addresses: addresses.split(',').map(address).collect::<Result<_, _>>()?,
        })
    }

    /// The addresses for a host, where they are for it.
    pub(super) fn of(&self, authority: &Authority) -> Option<Vec<SocketAddr>> {
        let host = authority.bare_host().trim_end_matches('.');
        let meant = self.host.as_deref().is_none_or(|own| own == host);
        (meant && self.port == authority.port)
            .then(|| self.addresses.iter().map(|ip| (*ip, self.port).into()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_hosts() {
        let cases = [
            ("api.example:443:192.0.2.1", "API.example.:443", Some("192.0.2.1:443")),
            ("Api.Example:443:192.0.2.1", "api.example:80", None),
            ("api.example:443:192.0.2.1", "www.api.example:443", None),
            (
                "*:80:[2001:db8::1],192.0.2.2",
                "any.example:80",
                Some("[2001:db8::1]:80 192.0.2.2:80"),
            ),
            ("[::1]:81:127.0.0.1", "[::1]:81", Some("127.0.0.1:81")),
            ("h:81:2001:db8::1", "h:81", Some("[2001:db8::1]:81")),
        ];
        for (text, authority, expected) in cases {
            let found = Resolve::parse(text).unwrap().of(&Authority::parse(authority, 0).unwrap());
            let shown =
                found.map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
            assert_eq!(shown.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn arguments_that_give_no_addresses() {
        for text in ["api.example", "api.example:443", ":443:192.0.2.1", "[::1]443:127.0.0.1"] {
            assert!(matches!(Resolve::parse(text), Err(ResolveError::Form(_))), "{text}");
        }
        assert_eq!(Resolve::parse("h:http:192.0.2.1"), Err(ResolveError::Port("http".into())));
        for text in ["h:80:localhost", "h:80:", "h:80:192.0.2.1,"] {
            assert!(matches!(Resolve::parse(text), Err(ResolveError::Address(_))), "{text}");
        }
    }
}
