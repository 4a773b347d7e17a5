use super::verify::Verifier;
use super::{Identity, Resolve, Roots, Via};
use crate::exchange::Authority;
use crate::net::tls;
use rustls::ClientConfig;
use std::sync::{Arc, OnceLock};

/// How upstreams are reached: whom to trust, who we are, where hosts are, and through what.
#[derive(Debug, Default)]
pub struct Reach {
    /// Whom upstreams are trusted by.
    pub roots: Roots,
    /// What is shown to upstreams that ask for a certificate.
    pub identities: Vec<Identity>,
    /// Addresses given for hosts.
    pub resolve: Vec<Resolve>,
    /// The proxy that leads there.
    pub via: Option<Via>,
}

impl From<Roots> for Reach {
    fn from(roots: Roots) -> Self {
        Self { roots, ..Self::default() }
    }
}

type Made = OnceLock<Result<Arc<ClientConfig>, String>>;

/// TLS towards upstreams: one configuration without a certificate of ours, one with each. Made at
/// the first use: reading the system's roots takes its time.
#[derive(Debug)]
pub(super) struct Configs {
    roots: Roots,
    identities: Vec<Identity>,
    verifier: OnceLock<Result<Arc<Verifier>, String>>,
    anonymous: Made,
    made: Vec<Made>,
}

impl Configs {
    pub(super) fn new(roots: Roots, identities: Vec<Identity>) -> Self {
        let made = identities.iter().map(|_| OnceLock::new()).collect();
        let (verifier, anonymous) = (OnceLock::new(), OnceLock::new());
        Self { roots, identities, verifier, anonymous, made }
    }

    /// The configuration for a host, which offers no protocol yet (ALPN). One that is asked for by name goes before one for all hosts; a
    /// proxy (`by_name`) gets to see only the former.
    pub(super) fn of(
        &self,
        authority: &Authority,
        by_name: bool,
    ) -> Result<Arc<ClientConfig>, String> {
        let named = |wanted| {
            self.identities
                .iter()
                .position(move |identity| identity.fits(authority) == Some(wanted))
        };
        match named(true).or_else(|| named(false).filter(|_| !by_name)) {
            None => self.anonymous.get_or_init(|| self.make(None)).clone(),
            Some(at) => self.made[at].get_or_init(|| self.make(Some(&self.identities[at]))).clone(),
        }
    }

    fn make(&self, identity: Option<&Identity>) -> Result<Arc<ClientConfig>, String> {
        let provider = tls::provider();
        let verifier = self.verifier.get_or_init(|| self.roots.verifier(&provider).map(Arc::new));
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone()?);
        let config = match identity.map(Identity::parts) {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => {
                builder.with_client_auth_cert(chain, key).map_err(|error| error.to_string())?
            }
        };
        Ok(Arc::new(config))
    }
}
