use super::verify::{Verifier, may_sign};
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Whom upstreams are trusted by: the system's roots and certificates of the user's own.
#[derive(Debug, Clone, Default)]
pub struct Roots {
    own: Vec<CertificateDer<'static>>,
}

/// Why a file of certificates can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// The file can't be read.
    #[error("{}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is no proper PEM.
    #[error("{}: {cause}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: rustls::pki_types::pem::Error,
    },
    /// There is no certificate in it.
    #[error("{}: no certificate in it", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// One of its certificates can't be a root.
    #[error("{}: certificate {number} can't be trusted: {cause}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Which, from 1.
        number: usize,
        /// Why.
        cause: rustls::Error,
    },
}

impl Roots {
    /// Adds the certificates of a file: PEM, any number of them, or one as DER.
    pub fn add_file(&mut self, path: &Path) -> Result<(), RootsError> {
        let content = std::fs::read(path)
            .map_err(|cause| RootsError::File { path: path.to_owned(), cause })?;
        let found: Vec<CertificateDer<'static>> = if is_der(&content) {
            vec![content.into()]
        } else {
            CertificateDer::pem_slice_iter(&content)
                .collect::<Result<_, _>>()
                .map_err(|cause| RootsError::Pem { path: path.to_owned(), cause })?
        };
        if found.is_empty() {
            return Err(RootsError::Empty { path: path.to_owned() });
        }
        let mut store = RootCertStore::empty();
        for (certificate, number) in found.iter().zip(1..) {
            store.add(certificate.clone()).map_err(|cause| RootsError::Unusable {
                path: path.to_owned(),
                number,
                cause,
            })?;
        }
        self.own.extend(found);
        Ok(())
    }

    /// Checks servers by all of them; what of the system's can't be read is left out. Only
    /// certificates of authorities vouch for others: one of a server vouches for itself.
    pub(super) fn verifier(&self, provider: &Arc<CryptoProvider>) -> Result<Verifier, String> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let authorities = self.own.iter().filter(|certificate| may_sign(certificate));
        store.add_parsable_certificates(authorities.cloned());
        if store.is_empty() && self.own.is_empty() {
            return Err(
                "no root certificates: the system has none, and no --ca-file is given".into()
            );
        }
        Verifier::new(store, self.own.clone(), provider)
    }

    /// The system's roots and these certificates as PEM, for clients that take one file.
    pub fn bundle(&self) -> String {
        let system = rustls_native_certs::load_native_certs();
        let mut text = String::new();
        for certificate in system.certs.iter().chain(&self.own) {
            push_pem(&mut text, certificate);
        }
        text
    }
}

/// DER begins with a sequence, PEM with text (RFC 7468).
fn is_der(content: &[u8]) -> bool {
    content.first() == Some(&0x30) && std::str::from_utf8(content).is_err()
}

fn push_pem(text: &mut String, certificate: &CertificateDer<'_>) {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(certificate);
    text.push_str("-----BEGIN CERTIFICATE-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END CERTIFICATE-----\n");
}
