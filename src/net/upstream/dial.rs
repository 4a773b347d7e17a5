//! Sockets to hosts: names to addresses, and the first address that takes a connection.

use super::fault::{failure, of_socket};
use super::{ConnectError, Resolve};
use crate::exchange::{Authority, TransportErrorKind};
use crate::net::address;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How long one address has before the next one is tried beside it (RFC 8305, section 5).
const STAGGER: Duration = Duration::from_millis(250);
/// Most addresses of a host that are tried.
const TRIED: usize = 16;

/// Opens sockets.
#[derive(Debug)]
pub(super) struct Dialer {
    pub resolve: Vec<Resolve>,
    /// The listener that must not be connected to.
    pub own: SocketAddr,
}

impl Dialer {
    /// A socket to the first of the host's addresses that takes one. `place` is how messages name
    /// where it was to lead.
    pub async fn socket(
        &self,
        authority: &Authority,
        place: &str,
        until: Instant,
    ) -> Result<TcpStream, ConnectError> {
        let late = |what: &str| failure(TransportErrorKind::Timeout, place, what);
        let looking = tokio::time::timeout_at(until, self.addresses(authority, place));
        let found =
            looking.await.unwrap_or_else(|_| Err(late("its name did not resolve in time")))?;
        if found.iter().any(|address| self.is_own(*address)) {
            return Err(ConnectError::Loop(place.to_owned()));
        }
        match tokio::time::timeout_at(until, first(found)).await {
            Ok(Ok(socket)) => Ok(socket),
            Ok(Err(tried)) => Err(untaken(&tried, place)),
            Err(_) => Err(late("no connection in time")),
        }
    }

    /// The addresses of a host: those given for it, or those that its name resolves to.
    pub async fn addresses(
        &self,
        authority: &Authority,
        place: &str,
    ) -> Result<Vec<SocketAddr>, ConnectError> {
        if let Some(given) = self.resolve.iter().find_map(|resolve| resolve.of(authority)) {
            return Ok(given);
        }
        let fault = |reason: &str| failure(TransportErrorKind::Resolve, place, reason);
        let host = (authority.bare_host(), authority.port);
        let found: Vec<SocketAddr> = match tokio::net::lookup_host(host).await {
            Ok(found) => found.take(TRIED).collect(),
            Err(error) => return Err(fault(&unresolved(&error))),
        };
        if found.is_empty() {
            return Err(fault("its name has no address"));
        }
        Ok(interleaved(found))
    }

    fn is_own(&self, address: SocketAddr) -> bool {
        let authority = Authority { host: address.ip().to_string(), port: address.port() };
        address::names(self.own, &authority)
    }
}

fn unresolved(error: &io::Error) -> String {
    let text = error.to_string();
    let reason = text.rsplit_once(": ").map_or(text.as_str(), |(_, reason)| reason);
    format!("its name does not resolve: {reason}")
}

/// Both families in turn, beginning with the one that the system prefers.
fn interleaved(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let Some(first) = addresses.first().map(SocketAddr::is_ipv6) else { return addresses };
    let (preferred, others): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first);
    let (mut preferred, mut others) = (preferred.into_iter(), others.into_iter());
    let mut mixed = Vec::new();
    loop {
        let next = [preferred.next(), others.next()];
        if next == [None, None] {
            return mixed;
        }
        mixed.extend(next.into_iter().flatten());
    }
}

/// The first socket that is connected: each address gets a head start before the next one.
async fn first(addresses: Vec<SocketAddr>) -> Result<TcpStream, Vec<(SocketAddr, io::Error)>> {
    let mut waiting = addresses.into_iter();
    let mut tries = JoinSet::new();
    let mut failed = Vec::new();
    loop {
        if let Some(address) = waiting.next() {
            tries.spawn(async move { (address, TcpStream::connect(address).await) });
        } else if tries.is_empty() {
            return Err(failed);
        }
        tokio::select! {
            done = tries.join_next() => match done {
                Some(Ok((_, Ok(socket)))) => return Ok(socket),
                Some(Ok((address, Err(error)))) => failed.push((address, error)),
                Some(Err(_)) | None => {}
            },
            () = tokio::time::sleep(STAGGER), if waiting.len() > 0 => {}
        }
    }
}

/// What is said when no address took a connection: all of them, where they differ.
fn untaken(tried: &[(SocketAddr, io::Error)], place: &str) -> ConnectError {
    let silent = |error: &io::Error| error.kind() == io::ErrorKind::TimedOut;
    let kind = if tried.iter().all(|(_, error)| silent(error)) {
        TransportErrorKind::Timeout
    } else {
        TransportErrorKind::Refused
    };
    let reason = match tried {
        [(_, error)] => of_socket(error),
        several => {
            let each = several
                .iter()
                .map(|(address, error)| format!("{} ({})", of_socket(error), address.ip()));
            each.collect::<Vec<_>>().join(", ")
        }
    };
    failure(kind, place, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let all = |list: &[&str]| -> Vec<SocketAddr> {
            list.iter().map(|text| text.parse().unwrap()).collect()
        };
        assert_eq!(
            interleaved(all(&["[::1]:1", "[::2]:1", "[::3]:1", "127.0.0.1:1"])),
            all(&["[::1]:1", "127.0.0.1:1", "[::2]:1", "[::3]:1"])
        );
        assert_eq!(interleaved(all(&["127.0.0.1:1"])), all(&["127.0.0.1:1"]));
    }

    #[tokio::test]
    async fn an_address_that_refuses_gives_way_to_the_next() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let closed = {
            let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            gone.local_addr().unwrap()
        };
        let socket = first(vec![closed, good]).await.unwrap();
        assert_eq!(socket.peer_addr().unwrap(), good);
        let tried = first(vec![closed, closed]).await.unwrap_err();
        let ConnectError::Transport(error) = untaken(&tried, "h:1") else { panic!("a loop") };
        assert_eq!(error.kind, TransportErrorKind::Refused);
        assert_eq!(
            error.message,
            "h:1: connection refused (127.0.0.1), connection refused (127.0.0.1)"
        );
    }
}
