//! Failures on the way to an upstream, in words that a person understands. The words end up in
//! cassettes: they hold no credential and nothing else that the user gave as a secret.

use super::ConnectError;
use super::verify::Refusal;
use crate::exchange::{TransportError, TransportErrorKind};
use rustls::{AlertDescription, CertificateError, PeerIncompatible};
use std::fmt::Write as _;
use std::io;

/// Most names of a certificate that a message lists.
const NAMES: usize = 8;

/// What a message says that a hint hangs on.
const NOT_TLS: &str = "does not speak TLS there";
const CLIENT_CERTIFICATE: &str = "a client certificate";
pub(super) const SELF_SIGNED: &str = "is signed by itself";
pub(super) const STRANGER: &str = "whom nothing here trusts";
const PROXY_CREDENTIALS: &str = "`407 Proxy Authentication Required`";

/// A failure that says where it happened.
pub(super) fn failure(
    kind: TransportErrorKind,
    place: &str,
    reason: impl std::fmt::Display,
) -> ConnectError {
    ConnectError::Transport(TransportError { kind, message: format!("{place}: {reason}") })
}

/// What to do about a failure, where there is something to do.
pub fn hint(error: &TransportError) -> Option<&'static str> {
    let says = |words: &str| error.message.contains(words);
    match error.kind {
        _ if says(PROXY_CREDENTIALS) => Some(
            "`--via env:NAME` takes the proxy's URL, with its credentials, from the environment",
        ),
        TransportErrorKind::Tls if says(SELF_SIGNED) => {
            Some("`--ca-file FILE` with that very certificate trusts it for the names in it")
        }
        TransportErrorKind::Tls if says(STRANGER) => {
            Some("`--ca-file FILE` trusts the authority that signed it")
        }
        TransportErrorKind::Tls if says(CLIENT_CERTIFICATE) => {
            Some("`--client-cert FILE` presents one, with its key in FILE or in `--client-key`")
        }
        TransportErrorKind::Tls if says(NOT_TLS) => {
            Some("is the port one for plain `http://` URLs?")
        }
        TransportErrorKind::Protocol if says("asked in HTTP/2") => {
            Some("what a client speaks is never changed on the way: let it speak HTTP/1.1")
        }
        TransportErrorKind::Resolve => Some("`--resolve HOST:PORT:ADDRESS` names its address"),
        TransportErrorKind::Refused => Some("is the upstream running, and its address right?"),
        TransportErrorKind::Timeout => Some("`--timeout TIME` allows it more time"),
        _ => None,
    }
}

/// A failure to connect a socket.
pub(super) fn of_socket(error: &io::Error) -> String {
    let words = match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused",
        io::ErrorKind::ConnectionReset => "connection reset",
        io::ErrorKind::HostUnreachable => "host unreachable",
        io::ErrorKind::NetworkUnreachable => "network unreachable",
        io::ErrorKind::TimedOut => "no answer",
        _ => return error.to_string(),
    };
    words.to_owned()
}

/// A failure of TLS on a connection: during the handshake, or in an alert that came after it.
/// `None` where the connection failed below TLS.
pub fn of_tls(error: &io::Error) -> Option<TransportError> {
    let cause = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(TransportError {
        kind: TransportErrorKind::Tls,
        message: format!("upstream: {}", words(cause)),
    })
}

/// A handshake that failed.
pub(super) fn of_handshake(error: &io::Error, place: &str) -> ConnectError {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    if let Some(cause) = cause {
        return failure(TransportErrorKind::Tls, place, words(cause));
    }
    let reason = match error.kind() {
        io::ErrorKind::UnexpectedEof => "closed the connection during the TLS handshake".to_owned(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            "reset the connection during the TLS handshake".to_owned()
        }
        _ => format!("TLS handshake: {error}"),
    };
    failure(TransportErrorKind::Reset, place, reason)
}

fn words(error: &rustls::Error) -> String {
    use rustls::Error;
    match error {
        Error::InvalidCertificate(cause) => certificate(cause),
        Error::AlertReceived(alert) => self::alert(*alert),
        Error::InvalidMessage(_) => format!("{NOT_TLS}: what it answers is something else"),
        Error::NoCertificatesPresented => "shows no certificate".to_owned(),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled,
        ) => "speaks neither TLS 1.2 nor TLS 1.3, but something older".to_owned(),
        Error::PeerIncompatible(cause) => {
            format!("has no TLS parameters in common with us ({})", snake(&format!("{cause:?}")))
        }
        Error::PeerMisbehaved(cause) => {
            format!("breaks the TLS protocol ({})", snake(&format!("{cause:?}")))
        }
        other => format!("TLS: {other}"),
    }
}

fn certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::Other(other) => match other.0.downcast_ref::<Refusal>() {
            Some(refusal) => refusal.to_string(),
            None => format!("its certificate is refused: {}", other.0),
        },
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("its certificate expired at {}", date(not_after.as_secs()))
        }
        CertificateError::NotValidYetContext { not_before, .. } => format!(
            "its certificate is not valid before {}, which is still to come by this machine's clock",
            date(not_before.as_secs())
        ),
        CertificateError::NotValidForNameContext { expected, presented } => {
            let names: Vec<&str> = presented.iter().map(|name| bare_name(name)).collect();
            format!("its certificate is not for `{}` {}", expected.to_str(), but_for(&names))
        }
        CertificateError::BadSignature => {
            "its certificate, or the proof that it owns the key, has a wrong signature".to_owned()
        }
        CertificateError::BadEncoding => "its certificate cannot be read".to_owned(),
        CertificateError::Revoked => "its certificate was revoked".to_owned(),
        CertificateError::InvalidPurposeContext { .. } | CertificateError::InvalidPurpose => {
            "its certificate is not for servers (extended key usage)".to_owned()
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "its certificate is signed with an algorithm that is not accepted, such as SHA-1"
                .to_owned()
        }
        other => format!("its certificate is refused: {other}"),
    }
}

/// `DnsName("a.example")` and `IpAddress(192.0.2.1)` without what is around them.
fn bare_name(presented: &str) -> &str {
    let inner = presented.split_once('(').map_or(presented, |(_, rest)| rest);
    inner.trim_end_matches(')').trim_matches('"')
}

fn but_for(names: &[&str]) -> String {
    if names.is_empty() {
        return "nor for any other host: it has no subject alternative name".to_owned();
    }
    let mut text = "but for ".to_owned();
    for (at, name) in names.iter().take(NAMES).enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        let shown: String = name.chars().filter(|c| !c.is_control()).take(253).collect();
        let _ = write!(text, "{comma}`{shown}`");
    }
    if let Some(more) = names.len().checked_sub(NAMES).filter(|more| *more > 0) {
        let _ = write!(text, " and {more} more");
    }
    text
}

fn alert(alert: AlertDescription) -> String {
    let name = snake(&format!("{alert:?}"));
    let words = match alert {
        AlertDescription::CertificateRequired => {
            return format!("asks for {CLIENT_CERTIFICATE} (alert `{name}`)");
        }
        AlertDescription::BadCertificate
        | AlertDescription::NoCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => {
            return format!(
                "refuses {CLIENT_CERTIFICATE} that was shown to it, or the lack of one (alert `{name}`)"
            );
        }
        AlertDescription::HandshakeFailure => {
            return format!(
                "has no TLS parameters in common with us, or wants {CLIENT_CERTIFICATE} (alert `{name}`)"
            );
        }
        AlertDescription::ProtocolVersion => "speaks neither TLS 1.2 nor TLS 1.3",
        AlertDescription::UnrecognisedName => "does not serve this host name",
        AlertDescription::NoApplicationProtocol => "speaks no HTTP version that was offered (ALPN)",
        AlertDescription::InternalError => "failed inside its TLS",
        _ => "ended TLS",
    };
    format!("{words} (alert `{name}`)")
}

/// `UnknownCA` as RFC 8446 writes it: `unknown_ca`.
fn snake(camel: &str) -> String {
    let mut text = String::new();
    let mut before = None;
    for letter in camel.chars() {
        let starts = letter.is_ascii_uppercase()
            && before.is_some_and(|b: char| b.is_ascii_lowercase() || b.is_ascii_digit());
        if starts {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
        before = Some(letter);
    }
    text
}

fn date(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|s| jiff::Timestamp::from_second(s).ok());
    time.map_or_else(|| format!("second {seconds} of the era"), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::{ServerName, UnixTime};
    use std::time::Duration;

    fn message(error: rustls::Error) -> TransportError {
        let error = io::Error::new(io::ErrorKind::InvalidData, error);
        match of_handshake(&error, "h:1") {
            ConnectError::Transport(error) => error,
            ConnectError::Loop(place) => panic!("{place}"),
        }
    }

    #[test]
    fn what_is_said_of_failures() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let name = |presented: &[&str]| CertificateError::NotValidForNameContext {
            expected: ServerName::try_from("h").unwrap(),
            presented: presented.iter().map(|name| (*name).to_owned()).collect(),
        };
        let stranger = Refusal::Stranger("CN=Theirs".to_owned());
        let refusal = CertificateError::Other(rustls::OtherError(std::sync::Arc::new(stranger)));
        let cases: [(rustls::Error, &str, &str); 9] = [
            (refusal.into(), "signed by `CN=Theirs`, whom nothing here trusts", "--ca-file"),
            (
                CertificateError::ExpiredContext { time: at(5), not_after: at(86_400) }.into(),
                "h:1: its certificate expired at 1970-01-02T00:00:00Z",
                "",
            ),
            (
                name(&["DnsName(\"a.example\")", "IpAddress(192.0.2.1)"]).into(),
                "is not for `h` but for `a.example`, `192.0.2.1`",
                "",
            ),
            (name(&[]).into(), "no subject alternative name", ""),
            (name(&["DnsName(\"x\")"; 10]).into(), "`x` and 2 more", ""),
            (
                rustls::Error::AlertReceived(AlertDescription::UnknownCA),
                "or the lack of one (alert `unknown_ca`)",
                "--client-cert",
            ),
            (
                rustls::Error::AlertReceived(AlertDescription::ProtocolVersion),
                "neither TLS 1.2 nor TLS 1.3 (alert `protocol_version`)",
                "",
            ),
            (
                rustls::InvalidMessage::InvalidContentType.into(),
                "does not speak TLS there",
                "plain `http://`",
            ),
            (PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig.into(), "something older", ""),
        ];
        for (error, expected, hinted) in cases {
            let error = message(error);
            assert_eq!(error.kind, TransportErrorKind::Tls);
            assert!(error.message.contains(expected), "{}", error.message);
            assert_eq!(hint(&error).is_none(), hinted.is_empty(), "{}", error.message);
            assert!(hint(&error).unwrap_or_default().contains(hinted), "{}", error.message);
        }
    }

    #[test]
    fn a_connection_that_ends_in_a_handshake_was_reset() {
        for kind in [io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset] {
            let ConnectError::Transport(error) = of_handshake(&kind.into(), "h:1") else {
                panic!("a loop")
            };
            assert_eq!(error.kind, TransportErrorKind::Reset);
            assert!(error.message.ends_with("during the TLS handshake"), "{}", error.message);
            assert!(of_tls(&kind.into()).is_none());
        }
    }
}
