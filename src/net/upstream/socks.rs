//! SOCKS 5 (RFC 1928) with user name and password (RFC 1929): asks a proxy for a connection.

use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const USER_AND_PASSWORD: u8 = 2;
const NONE_ACCEPTED: u8 = 0xff;
const CONNECT: u8 = 1;

/// Where the proxy is to connect to.
pub(super) enum Goal<'a> {
    /// An address.
    Address(SocketAddr),
    /// A name that the proxy resolves, and a port.
    Name(&'a str, u16),
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum SocksError {
    /// The connection to the proxy failed.
    #[error("the connection to it failed: {0}")]
    Io(#[from] io::Error),
    /// It answers something else.
    #[error("does not speak SOCKS 5")]
    Version,
    /// It takes none of the ways to authenticate that we have.
    #[error("wants credentials that are not given, or in a way that is not supported")]
    Method,
    /// Wrong user or password.
    #[error("refuses the credentials")]
    Credentials,
    /// Longer than the protocol can say.
    #[error("can't be told a {0} of more than 255 bytes")]
    Long(&'static str),
    /// It says no.
    #[error("answered `{}`", refusal(*.0))]
    Refused(u8),
}

/// Asks for a connection on a fresh socket to the proxy.
pub(super) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut S,
    credentials: Option<(&str, &str)>,
    goal: &Goal<'_>,
) -> Result<(), SocksError> {
    let methods: &[u8] = match credentials {
        None => &[VERSION, 1, NO_AUTHENTICATION],
        Some(_) => &[VERSION, 2, NO_AUTHENTICATION, USER_AND_PASSWORD],
    };
    socket.write_all(methods).await?;
    let chosen: [u8; 2] = read(socket).await?;
    match (chosen, credentials) {
        ([VERSION, NO_AUTHENTICATION], _) => {}
        ([VERSION, USER_AND_PASSWORD], Some((user, password))) => {
            authenticate(socket, user, password).await?;
        }
        ([VERSION, _], _) => return Err(SocksError::Method),
        _ => return Err(SocksError::Version),
    }
    socket.write_all(&request(goal)?).await?;
    let [version, reply, _, kind] = read(socket).await?;
    if version != VERSION {
        return Err(SocksError::Version);
    }
    if reply != 0 {
        return Err(SocksError::Refused(reply));
    }
    // The address that the proxy connects from: of no use, and in the way.
    let length = match kind {
        1 => 4,
        4 => 16,
        3 => usize::from(read::<1>(socket).await?[0]),
        _ => return Err(SocksError::Version),
    };
    let mut rest = vec![0; length + 2];
    socket.read_exact(&mut rest).await?;
    Ok(())
}

async fn authenticate<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut S,
    user: &str,
    password: &str,
) -> Result<(), SocksError> {
    let mut message = vec![1];
    push(&mut message, user.as_bytes(), "user name")?;
    push(&mut message, password.as_bytes(), "password")?;
    socket.write_all(&message).await?;
    let [_, status]: [u8; 2] = read(socket).await?;
    if status == 0 { Ok(()) } else { Err(SocksError::Credentials) }
}

fn request(goal: &Goal<'_>) -> Result<Vec<u8>, SocksError> {
    let mut message = vec![VERSION, CONNECT, 0];
    let port = match goal {
        Goal::Address(address) => {
            match address.ip() {
                IpAddr::V4(ip) => {
                    message.push(1);
                    message.extend(ip.octets());
                }
                IpAddr::V6(ip) => {
                    message.push(4);
                    message.extend(ip.octets());
                }
            }
            address.port()
        }
        Goal::Name(name, port) => {
            message.push(3);
            push(&mut message, name.as_bytes(), "host name")?;
            *port
        }
    };
    message.extend(port.to_be_bytes());
    Ok(message)
}

fn push(message: &mut Vec<u8>, bytes: &[u8], what: &'static str) -> Result<(), SocksError> {
    message.push(u8::try_from(bytes.len()).map_err(|_| SocksError::Long(what))?);
    message.extend(bytes);
    Ok(())
}

async fn read<const N: usize>(socket: &mut (impl AsyncRead + Unpin)) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    socket.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// What a reply means (RFC 1928, section 6).
fn refusal(reply: u8) -> String {
    let words = match reply {
        1 => "general failure",
        2 => "not allowed by its rules",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "time to live expired",
        7 => "command not supported",
        8 => "address type not supported",
        NONE_ACCEPTED => "nothing acceptable",
        other => return format!("failure {other}"),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that must come, bytes that go back.
    type Script = [(&'static [u8], &'static [u8])];

    /// Plays the proxy's part from a script.
    async fn played(
        credentials: Option<(&str, &str)>,
        goal: Goal<'_>,
        script: &Script,
    ) -> Result<(), SocksError> {
        let (mut here, mut there) = tokio::io::duplex(1024);
        let proxy = async {
            for (expected, answer) in script {
                let mut came = vec![0; expected.len()];
                there.read_exact(&mut came).await.unwrap();
                assert_eq!(came, *expected);
                there.write_all(answer).await.unwrap();
            }
            there.shutdown().await.unwrap();
        };
        tokio::join!(connect(&mut here, credentials, &goal), proxy).0
    }

    #[tokio::test]
    async fn connections_by_address_and_by_name() {
        let address = Goal::Address("192.0.2.1:443".parse().unwrap());
        let script: &Script = &[
            (&[5, 1, 0], &[5, 0]),
            (&[5, 1, 0, 1, 192, 0, 2, 1, 1, 187], &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
        ];
        played(None, address, script).await.unwrap();
        let script: &Script = &[
            (&[5, 2, 0, 2], &[5, 2]),
            (b"\x01\x02me\x06secret", &[1, 0]),
            (b"\x05\x01\x00\x03\x03h.x\x00\x50", b"\x05\x00\x00\x03\x01h\x00\x00"),
        ];
        played(Some(("me", "secret")), Goal::Name("h.x", 80), script).await.unwrap();
    }

    #[tokio::test]
    async fn refusals() {
        let name = || Goal::Name("h", 80);
        let me = Some(("me", "secret"));
        let hello: &'static [u8] = &[5, 1, 0];
        let cases: [(_, &Script, &str); 6] = [
            (None, &[(hello, b"HTTP/1.1 400")], "does not speak SOCKS 5"),
            (None, &[(hello, &[5, 0xff])], "wants credentials"),
            (
                me,
                &[(&[5, 2, 0, 2], &[5, 2]), (b"\x01\x02me\x06secret", &[1, 1])],
                "refuses the cred",
            ),
            (
                None,
                &[(hello, &[5, 0]), (b"\x05\x01\x00\x03\x01h\x00\x50", &[5, 5, 0, 1])],
                "answered `connection refused`",
            ),
            (None, &[(hello, b"")], "the connection to it failed"),
            (None, &[(hello, &[5, 2])], "wants credentials"),
        ];
        for (credentials, script, expected) in cases {
            let error = played(credentials, name(), script).await.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
        let long = "x".repeat(256);
        let script: &Script = &[(hello, &[5, 0])];
        let error = played(None, Goal::Name(&long, 1), script).await.unwrap_err();
        assert!(matches!(error, SocksError::Long("host name")));
    }
}
