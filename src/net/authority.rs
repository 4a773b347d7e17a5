//! The project's certificate authority: made on first use, kept in a folder of its own, signing a
//! leaf certificate for each host that a client asks for.
//!
//! The key never leaves the folder and is readable by its owner alone. Two processes that start at
//! once get the same authority: a lock in the folder orders them.

mod folder;
mod leaf;

use super::Protocol;
use crate::exchange::Digest;
use jiff::Timestamp;
use rcgen::{Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Most hosts whose certificates are kept; beyond, they are made anew.
const KEPT_HOSTS: usize = 4096;

/// Signs leaf certificates. See the module's text.
pub struct CertificateAuthority {
    folder: PathBuf,
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
    leaf_key: KeyPair,
    now: Timestamp,
    configs: Mutex<HashMap<Part, Arc<ServerConfig>>>,
}

/// A host, and what clients that speak to it get (ALPN).
type Part = (String, Option<Protocol>);

/// Why there is no authority, or no certificate from it.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A file can't be read or written.
    #[error("{}: {cause}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A file that is no certificate or no key.
    #[error("{}: {cause}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: rcgen::Error,
    },
    /// The certificate is there and its key is not.
    #[error("{}: the key of `ca.pem` is missing", path.display())]
    KeyMissing {
        /// Where the key should be.
        path: PathBuf,
    },
    /// No certificate can be made for a host.
    #[error("no certificate for `{host}`: {cause}")]
    Leaf {
        /// The host.
        host: String,
        /// Why.
        cause: String,
    },
}

impl CertificateAuthority {
    /// Loads the authority kept in `folder`, or makes one. `ignore` is the folder that gets a
    /// `.gitignore` for everything in it; `now` is the time from which certificates are valid.
    pub fn open(folder: &Path, ignore: &Path, now: Timestamp) -> Result<Self, AuthorityError> {
        let (certificate, key) = folder::load_or_make(folder, ignore, now)?;
        let content = |name: &str| {
            let path = folder.join(name);
            move |cause| AuthorityError::Content { path, cause }
        };
        let key = KeyPair::from_pem(&key).map_err(content(folder::KEY))?;
        let issuer =
            Issuer::from_ca_cert_pem(&certificate, key).map_err(content(folder::CERTIFICATE))?;
        let leaf_key = KeyPair::generate().map_err(content(folder::KEY))?;
        Ok(Self {
            folder: folder.to_owned(),
            certificate,
            issuer,
            leaf_key,
            now,
            configs: Mutex::default(),
        })
    }

    /// The folder that the authority is kept in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where its certificate is.
    pub fn certificate_path(&self) -> PathBuf {
        self.folder.join(folder::CERTIFICATE)
    }

    /// Its certificate as PEM: what clients are to trust.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// SHA-256 of the certificate, in the form that certificate tools show.
    pub fn fingerprint(&self) -> String {
        let der = CertificateDer::from_pem_slice(self.certificate.as_bytes());
        let hex = Digest::of(&der.unwrap_or_else(|_| Vec::new().into())).hex().to_uppercase();
        let pairs: Vec<&str> = (0..hex.len() / 2).map(|at| &hex[at * 2..at * 2 + 2]).collect();
        pairs.join(":")
    }

    /// The server's part of TLS for a host (name, IPv4 or IPv6 address without brackets), towards a
    /// client that gets this protocol (ALPN).
    pub(super) fn server_config(
        &self,
        host: &str,
        protocol: Option<Protocol>,
    ) -> Result<Arc<ServerConfig>, AuthorityError> {
        let key = (host.trim_end_matches('.').to_ascii_lowercase(), protocol);
        let mut configs = self.configs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = configs.get(&key) {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(self.make_config(&key.0, protocol)?);
        if configs.len() >= KEPT_HOSTS {
            configs.clear();
        }
        configs.insert(key, Arc::clone(&config));
        Ok(config)
    }

    fn make_config(
        &self,
        host: &str,
        protocol: Option<Protocol>,
    ) -> Result<ServerConfig, AuthorityError> {
        let fault = |cause: &dyn std::fmt::Display| AuthorityError::Leaf {
            host: host.to_owned(),
            cause: cause.to_string(),
        };
        if host.contains('*') {
            return Err(fault(&"a certificate is made for one host, never for many"));
        }
        let leaf = leaf::certificate(host, self.now, &self.leaf_key, &self.issuer)
            .map_err(|error| fault(&error))?;
        let key = PrivateKeyDer::try_from(self.leaf_key.serialize_der())
            .map_err(|error| fault(&error))?;
        let mut config = ServerConfig::builder_with_provider(super::tls::provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| fault(&error))?
            .with_no_client_auth()
            .with_single_cert(vec![leaf], key)
            .map_err(|error| fault(&error))?;
        config.alpn_protocols = protocol.map(|p| p.name().to_vec()).into_iter().collect();
        Ok(config)
    }
}

impl std::fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CertificateAuthority").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &Path) -> Result<CertificateAuthority, AuthorityError> {
        CertificateAuthority::open(folder, folder, Timestamp::now())
    }

    #[test]
    fn all_who_come_at_once_get_the_same_authority() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/on/the/way");
        let all: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| open(&path).unwrap().certificate)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(all.iter().all(|certificate| *certificate == all[0]));
        assert_eq!(open(&path).unwrap().certificate(), all[0]);
    }

    #[test]
    fn an_authority_without_its_key_is_not_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let made = open(folder.path()).unwrap();
        std::fs::remove_file(folder.path().join(folder::KEY)).unwrap();
        assert!(matches!(open(folder.path()), Err(AuthorityError::KeyMissing { .. })));
        std::fs::write(folder.path().join(folder::KEY), "no key").unwrap();
        assert!(matches!(open(folder.path()), Err(AuthorityError::Content { .. })));
        // A crash between the two files leaves a key alone: nobody trusts it yet.
        std::fs::remove_file(made.certificate_path()).unwrap();
        assert_ne!(open(folder.path()).unwrap().certificate(), made.certificate());
    }

    #[test]
    fn certificates_are_made_once_for_each_host() {
        let folder = tempfile::tempdir().unwrap();
        let authority = open(folder.path()).unwrap();
        let config = |host| authority.server_config(host, Some(Protocol::Http11)).unwrap();
        assert!(Arc::ptr_eq(&config("api.example"), &config("API.example.")));
        assert!(!Arc::ptr_eq(&config("api.example"), &config("other.example")));
        assert!(authority.server_config("no host\u{e9}", None).is_err());
    }
}
