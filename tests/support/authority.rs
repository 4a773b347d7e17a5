//! Somebody's private certificate authority, and servers with certificates of it.
#![allow(dead_code, reason = "each test binary uses a part")]

use rustls::pki_types::PrivateKeyDer;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A certificate authority of somebody else.
pub struct PrivateAuthority {
    certificate: rcgen::Certificate,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
}

impl PrivateAuthority {
    pub fn new() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        // Two of them must not look alike.
        let name = testimony::exchange::Digest::of(key.public_key_raw()).hex();
        params.distinguished_name.push(rcgen::DnType::CommonName, &name[..16]);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, issuer: rcgen::Issuer::new(params, key) }
    }

    /// Writes its certificate into a folder.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let path = folder.join("private.pem");
        std::fs::write(&path, self.certificate.pem()).unwrap();
        path
    }

    /// A certificate for these names, and its key, as PEM.
    pub fn leaf(&self, names: &[&str]) -> (String, String) {
        let (certificate, key) = self.signed(names);
        (certificate.pem(), key.serialize_pem())
    }

    fn signed(&self, names: &[&str]) -> (rcgen::Certificate, rcgen::KeyPair) {
        let key = rcgen::KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let params = rcgen::CertificateParams::new(names).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// The server's part of TLS with a certificate for these names.
    pub fn server_config(&self, names: &[&str]) -> Arc<rustls::ServerConfig> {
        let (leaf, key) = self.signed(names);
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .unwrap();
        Arc::new(config)
    }
}

/// The cryptography that all of TLS in tests uses.
pub fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
