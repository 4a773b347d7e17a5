use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::path::{Path, PathBuf};

/// Whom upstreams are trusted by: the system's roots and certificates of the user's own.
#[derive(Debug, Clone, Default)]
pub struct Roots {
    own: Vec<CertificateDer<'static>>,
}

/// Why a file of certificates can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// The file can't be read, or is no PEM.
    #[error("{}: {cause}", path.display())]
    File {
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
    /// Adds the certificates of a PEM file.
    pub fn add_file(&mut self, path: &Path) -> Result<(), RootsError> {
        let fault = |cause| RootsError::File { path: path.to_owned(), cause };
        let mut store = RootCertStore::empty();
        let before = self.own.len();
        for certificate in CertificateDer::pem_file_iter(path).map_err(fault)? {
            let certificate = certificate.map_err(fault)?;
            let number = self.own.len() - before + 1;
            store.add(certificate.clone()).map_err(|cause| RootsError::Unusable {
                path: path.to_owned(),
                number,
                cause,
            })?;
            self.own.push(certificate);
        }
        if self.own.len() == before {
            return Err(RootsError::Empty { path: path.to_owned() });
        }
        Ok(())
    }

    /// All of them; what of the system's can't be read is left out.
    pub(super) fn store(&self) -> Result<RootCertStore, String> {
        let mut store = RootCertStore::empty();
        let system = rustls_native_certs::load_native_certs();
        store.add_parsable_certificates(system.certs);
        store.add_parsable_certificates(self.own.iter().cloned());
        if store.is_empty() {
            return Err(
                "no root certificates: the system has none, and no --ca-file is given".into()
            );
        }
        Ok(store)
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
