use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// Something a server saw that no exchange tells: worth a line to the person who runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A client spoke a version that is not served.
    Version {
        /// Who.
        client: SocketAddr,
    },
    /// A client's request was refused because it is no proper HTTP.
    Refused {
        /// Who.
        client: SocketAddr,
        /// Why.
        reason: String,
    },
    /// A client asked for a tunnel and spoke neither TLS nor HTTP in it.
    NotHttp {
        /// Who.
        client: SocketAddr,
        /// Where the tunnel was to lead; `None` outside a tunnel.
        authority: Option<String>,
    },
    /// The TLS handshake with a client failed.
    Handshake {
        /// Who.
        client: SocketAddr,
        /// The host that it asked for.
        host: String,
        /// Why.
        reason: String,
    },
    /// Connections can't be accepted for now.
    Accept {
        /// Why.
        reason: String,
    },
    /// An engine's own news.
    Engine(String),
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { client } => {
                write!(
                    f,
                    "client {client}: speaks a version of HTTP that is not served here; HTTP/1.1 and HTTP/2 are"
                )
            }
            Self::Refused { client, reason } => {
                write!(f, "client {client}: request refused: {reason}")
            }
            Self::NotHttp { client, authority: Some(authority) } => write!(
                f,
                "client {client}: neither TLS nor HTTP in the tunnel to `{authority}`; closed"
            ),
            Self::NotHttp { client, authority: None } => {
                write!(f, "client {client}: speaks neither TLS nor HTTP; closed")
            }
            Self::Handshake { client, host, reason } => {
                write!(f, "client {client}: TLS handshake for `{host}` failed: {reason}")?;
                if ["UnknownCA", "BadCertificate", "CertificateUnknown"]
                    .iter()
                    .any(|alert| reason.contains(alert))
                {
                    write!(
                        f,
                        "\nhint: the client does not trust the project's CA: `testimony ca trust`; if it \
                         pins the host's own certificate, `record --deny-host {host}` passes it through"
                    )?;
                }
                Ok(())
            }
            Self::Accept { reason } => write!(f, "listener: connections wait: {reason}"),
            Self::Engine(news) => f.write_str(news),
        }
    }
}

/// Where notices go.
#[derive(Clone)]
pub struct Notices(Arc<dyn Fn(&Notice) + Send + Sync>);

impl Notices {
    /// Hands every notice to `take`.
    pub fn to(take: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    /// Hands one notice over.
    pub fn tell(&self, notice: &Notice) {
        (self.0)(notice);
    }
}

impl Default for Notices {
    /// Notices that nobody hears.
    fn default() -> Self {
        Self::to(|_| {})
    }
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notices")
    }
}
