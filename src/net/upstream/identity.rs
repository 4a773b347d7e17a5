//! Who we are to upstreams that ask for a client's certificate (mutual TLS). Neither certificate
//! nor key is ever recorded or shown.

use crate::exchange::Authority;
use crate::net::HostPattern;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fmt;
use std::path::{Path, PathBuf};

/// A certificate with its key, for some hosts or for all.
pub struct Identity {
    hosts: Option<HostPattern>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    shown: PathBuf,
}

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file can't be read.
    #[error("{}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A file is no proper PEM.
    #[error("{}: {cause}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: rustls::pki_types::pem::Error,
    },
    /// There is no certificate in the file.
    #[error("{}: no certificate in it", .0.display())]
    NoCertificate(PathBuf),
    /// There is no key in the file.
    #[error("{}: no private key in it", .0.display())]
    NoKey(PathBuf),
    /// The key can't be read without a password.
    #[error("{}: the private key in it is encrypted", .0.display())]
    Encrypted(PathBuf),
    /// Certificate and key do not belong together, or are of a kind that is not supported.
    #[error("{}: {cause}", path.display())]
    Unusable {
        /// The certificate's file.
        path: PathBuf,
        /// Why.
        cause: rustls::Error,
    },
}

impl IdentityError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Encrypted(_) => Some("`openssl pkey -in FILE -out PLAIN` writes it without"),
            Self::NoKey(_) => Some("`--client-key FILE` names the file with the key"),
            _ => None,
        }
    }
}

impl Identity {
    /// Reads a certificate with its chain, and its key, which may be in the same file.
    pub fn read(
        hosts: Option<HostPattern>,
        certificate: &Path,
        key: Option<&Path>,
    ) -> Result<Self, IdentityError> {
        let pem = |path: &Path| {
            let path = path.to_owned();
            move |cause| IdentityError::Pem { path, cause }
        };
        let text = contents(certificate)?;
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&text)
            .collect::<Result<_, _>>()
            .map_err(pem(certificate))?;
        if chain.is_empty() {
            return Err(IdentityError::NoCertificate(certificate.to_owned()));
        }
        let place = key.unwrap_or(certificate);
        let text = if key.is_some() { contents(place)? } else { text };
        let found = PrivateKeyDer::pem_slice_iter(&text).next().transpose();
        let key = match found.map_err(pem(place)) {
            _ if is_encrypted(&text) => Err(IdentityError::Encrypted(place.to_owned())),
            Ok(Some(key)) => Ok(key),
            Ok(None) => Err(IdentityError::NoKey(place.to_owned())),
            Err(error) => Err(error),
        }?;
        let identity = Self { hosts, chain, key, shown: certificate.to_owned() };
        identity.check()?;
        Ok(identity)
    }

    /// Whether it is for a host, and for that host by name.
    pub(super) fn fits(&self, authority: &Authority) -> Option<bool> {
        match &self.hosts {
            None => Some(false),
            Some(hosts) => hosts.matches(authority).then_some(true),
        }
    }

    pub(super) fn parts(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        (self.chain.clone(), self.key.clone_key())
    }

    fn check(&self) -> Result<(), IdentityError> {
        let fault = |cause| IdentityError::Unusable { path: self.shown.clone(), cause };
        let (chain, key) = self.parts();
        let provider = crate::net::tls::provider();
        rustls::sign::CertifiedKey::from_der(chain, key, &provider).map(|_| ()).map_err(fault)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("file", &self.shown).finish_non_exhaustive()
    }
}

fn contents(path: &Path) -> Result<Vec<u8>, IdentityError> {
    std::fs::read(path).map_err(|cause| IdentityError::File { path: path.to_owned(), cause })
}

/// PKCS #8 with a password (RFC 7468, section 11), or the older form with a header (RFC 1421).
fn is_encrypted(pem: &[u8]) -> bool {
    let text = String::from_utf8_lossy(pem);
    text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        || text.contains("Proc-Type: 4,ENCRYPTED")
}
