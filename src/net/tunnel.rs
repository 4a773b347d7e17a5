//! Bytes that go through a tunnel unseen: which those are, and how they are passed on.

use super::link::Link;
use super::{Reader, Stop, Writer};
use crate::exchange::Authority;
use std::borrow::Cow;
use std::net::Ipv6Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long a client may be silent in a new tunnel before it is thought to wait for the server.
pub const SILENCE: Duration = Duration::from_secs(2);
/// Longest wait for more of what may be the first line of an HTTP request.
const LINE: Duration = Duration::from_secs(10);
/// Longest first line that is waited for.
const LONGEST: usize = 64 * 1024;
/// How long a connection may move nothing when the server is asked to stop.
const QUIET: Duration = Duration::from_millis(250);

/// A tunnel whose bytes are to be passed on as they are.
#[derive(Debug)]
pub struct Blind<'a> {
    /// Where it leads.
    pub authority: &'a Authority,
    /// Why it is not looked into.
    pub why: Unseen,
    /// What the client is to be told once there is a connection; empty where it was told before.
    pub granted: &'a [u8],
    /// When to end.
    pub stop: &'a Stop,
}

/// Why a tunnel is not looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unseen {
    /// Its host is not to be.
    Host,
    /// The client speaks neither TLS nor HTTP.
    Protocol,
    /// The client says nothing: perhaps the server is to speak first.
    Silent,
}

/// What became of a tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// It was passed on to its end, or could not be and the client was told.
    Over,
    /// The client speaks after all: what it says is in its buffer.
    Spoke,
    /// There is nowhere to pass it on to.
    Nowhere,
}

/// What a client wrote behind `CONNECT`, with the brackets that IPv6 needs there and that some
/// clients leave out (Python 3.11, OpenSSL 3.0).
pub fn bracketed(written: &str) -> Cow<'_, str> {
    match written.rsplit_once(':') {
        Some((host, port)) if host.parse::<Ipv6Addr>().is_ok() => format!("[{host}]:{port}").into(),
        _ => written.into(),
    }
}

/// Whether what a client says in a tunnel begins as an HTTP request does, as far as it comes in time.
pub async fn speaks_http(link: &mut Link) -> bool {
    loop {
        let buffer = &link.reader.buffer;
        let start = buffer.iter().position(|byte| !matches!(byte, b'\r' | b'\n'));
        let first = &buffer[start.unwrap_or(buffer.len())..];
        let end = first.iter().position(|byte| byte.is_ascii_control() && *byte != b'\t');
        match end.map(|end| (first[end], &first[..end])) {
            Some((b'\r' | b'\n', first)) => return first.windows(6).any(|part| part == b" HTTP/"),
            Some(_) => return false,
            None if buffer.len() > LONGEST => return true,
            None => {}
        }
        match link.reader.fill_within(LINE).await {
            Ok(1..) => {}
            // What was cut off is refused as what it seems to be.
            Ok(0) => return true,
            Err(_) => return false,
        }
    }
}

/// Passes bytes on, both ways, until both sides have ended or the server is to stop.
pub async fn join(client: &mut Link, upstream: &mut Link, stop: &Stop, stall: Duration) {
    let moved = AtomicU64::new(0);
    let mut there =
        std::pin::pin!(one_way(&mut client.reader, &mut upstream.writer, &moved, stall));
    let mut back = std::pin::pin!(one_way(&mut upstream.reader, &mut client.writer, &moved, stall));
    let both = async {
        let rest = tokio::select! {
            () = &mut there => back,
            () = &mut back => there,
        };
        // One side has ended: the other may go on as long as it has something to say.
        tokio::select! {
            () = rest => {}
            () = quiet(&moved, stall) => {}
        }
    };
    let stopped = async {
        stop.requested().await;
        quiet(&moved, QUIET).await;
    };
    tokio::select! {
        () = both => {}
        () = stopped => {}
        () = stop.was_cut() => {}
    }
}

async fn one_way(reader: &mut Reader, writer: &mut Writer, moved: &AtomicU64, stall: Duration) {
    loop {
        if reader.buffer.is_empty() && !matches!(reader.fill().await, Ok(1..)) {
            break;
        }
        let bytes = reader.buffer.split();
        if writer.send(&bytes, stall).await.is_err() {
            break;
        }
        moved.fetch_add(1, Ordering::Relaxed);
    }
    let _ = writer.finish(stall).await;
}

/// Returns when nothing has moved for `wait`.
async fn quiet(moved: &AtomicU64, wait: Duration) {
    let mut before = None;
    loop {
        let now = moved.load(Ordering::Relaxed);
        if before == Some(now) {
            return;
        }
        before = Some(now);
        tokio::time::sleep(wait).await;
    }
}
