//! Which upstreams are believed to be who they say: those whose certificate an authority signed
//! that is trusted, and those that show a certificate which the user gave as it is.
//!
//! A certificate of the second kind ("pinned") counts for the names and the time that stand in it, as any
//! other; only who signed it makes no difference.

use super::fault::{SELF_SIGNED, STRANGER};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};
use std::sync::Arc;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Longest name of a subject or issuer that a message shows.
const SHOWN: usize = 120;

/// Why a certificate is not believed, where more can be said than rustls says.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// It is its own issuer, and nobody has vouched for it.
    #[error("its certificate (`{0}`) {SELF_SIGNED} and not trusted here")]
    SelfSigned(String),
    /// Its issuer is unknown.
    #[error("its certificate is signed by `{0}`, {STRANGER}")]
    Stranger(String),
    /// It is an authority's.
    #[error("its certificate (`{0}`) is an authority's own, not one for a server")]
    Authority(String),
    /// It is of an old form that holds no names of hosts.
    #[error("its certificate is an X.509 certificate of version 1 or 2, which names no host")]
    Version,
}

/// Checks servers' certificates. See the module's text.
#[derive(Debug)]
pub(super) struct Verifier {
    /// By trusted authorities; `None` where there are none.
    chains: Option<Arc<WebPkiServerVerifier>>,
    pinned: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    /// Trusts the authorities in `roots` and the certificates in `pinned`.
    pub(super) fn new(
        roots: RootCertStore,
        pinned: Vec<CertificateDer<'static>>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, String> {
        let chains = if roots.is_empty() {
            None
        } else {
            let roots = Arc::new(roots);
            let built = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider));
            Some(built.build().map_err(|error| error.to_string())?)
        };
        Ok(Self { chains, pinned, algorithms: provider.signature_verification_algorithms })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.pinned.iter().any(|pinned| pinned.as_ref() == end_entity.as_ref()) {
            in_time(end_entity, now)?;
            let parsed = ParsedCertificate::try_from(end_entity);
            let parsed = parsed.map_err(|error| explained(error, end_entity))?;
            verify_server_name(&parsed, server_name)?;
            return Ok(ServerCertVerified::assertion());
        }
        let verified = match &self.chains {
            Some(chains) => chains.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            ),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        verified.map_err(|error| explained(error, end_entity))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Whether a certificate may sign others: one that says so, or one of version 1, which can't say.
pub(super) fn may_sign(certificate: &CertificateDer<'_>) -> bool {
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else { return false };
    match parsed.basic_constraints() {
        Ok(Some(constraints)) => constraints.value.ca,
        Ok(None) => parsed.version() == x509_parser::x509::X509Version::V1,
        Err(_) => false,
    }
}

fn in_time(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let bad = |_| Error::from(CertificateError::BadEncoding);
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(bad)?;
    let validity = parsed.validity();
    let seconds = |time: x509_parser::time::ASN1Time| {
        let seconds = u64::try_from(time.timestamp()).unwrap_or_default();
        UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds))
    };
    let (not_before, not_after) = (seconds(validity.not_before), seconds(validity.not_after));
    if now < not_before {
        return Err(CertificateError::NotValidYetContext { time: now, not_before }.into());
    }
    if now > not_after {
        return Err(CertificateError::ExpiredContext { time: now, not_after }.into());
    }
    Ok(())
}

/// Says more about a certificate where it can be said.
fn explained(error: Error, certificate: &CertificateDer<'_>) -> Error {
    let Error::InvalidCertificate(cause) = &error else { return error };
    let stranger = *cause == CertificateError::UnknownIssuer;
    if !stranger && !matches!(cause, CertificateError::Other(_)) {
        return error;
    }
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else { return error };
    let (subject, issuer) = (shown(&parsed.subject), shown(&parsed.issuer));
    let is_authority = matches!(parsed.basic_constraints(), Ok(Some(c)) if c.value.ca);
    let refusal = if parsed.version() != x509_parser::x509::X509Version::V3 {
        Refusal::Version
    } else if (stranger || is_authority) && parsed.subject.as_raw() == parsed.issuer.as_raw() {
        Refusal::SelfSigned(subject)
    } else if stranger {
        Refusal::Stranger(issuer)
    } else if is_authority {
        Refusal::Authority(subject)
    } else {
        return error;
    };
    CertificateError::Other(OtherError(Arc::new(refusal))).into()
}

fn shown(name: &x509_parser::x509::X509Name<'_>) -> String {
    name.to_string().chars().filter(|c| !c.is_control() && *c != '`').take(SHOWN).collect()
}
