//! One client's connection: what it speaks, the tunnels it opens, and its requests one after the
//! other, each handed to the [`Service`].

use super::address::{Form, Layer, Tunnel};
use super::http2::{self, PREFACE};
use super::link::ReadFault;
use super::tunnel::{self, Blind, Passed, Unseen};
use super::{
    Call, CertificateAuthority, Framing, HeadFault, Hello, Limits, Link, Notice, Notices, Protocol,
    Reply, RequestHead, Stop, session, tls,
};
use crate::exchange::{Authority, ERROR_HEADER, Headers, Version, reason_phrase};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpStream;

/// A request whose head has arrived.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The head.
    pub head: RequestHead,
    /// How the end of its body is found.
    pub framing: Framing,
    /// The whole URL that is asked for.
    pub target: String,
    /// How the client addressed us.
    pub form: Form,
    /// The session that the request belongs to.
    pub session: Option<String>,
    /// Who asks.
    pub client: SocketAddr,
    /// When the head had arrived.
    pub arrived: Instant,
}

impl Incoming {
    /// Whether the client waits for leave to send its body (RFC 9110, section 10.1.1).
    pub fn expects_continue(&self) -> bool {
        self.framing != Framing::Empty
            && self.head.version != Version::Http10
            && self.head.headers.has_token("expect", "100-continue")
    }

    /// Whether the client would send another request on this connection (RFC 9112, section 9.3).
    pub fn keeps_alive(&self) -> bool {
        let headers = &self.head.headers;
        match self.head.version {
            Version::Http10 => {
                headers.has_token("connection", "keep-alive")
                    || headers.has_token("proxy-connection", "keep-alive")
            }
            _ => !headers.has_token("connection", "close"),
        }
    }
}

/// What becomes of the client's connection after an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// The next request may come.
    Continue,
    /// It is closed; the client has its response whole.
    Close,
    /// It is reset; the client must not take what it has for a whole response.
    Abort,
}

/// What is done with requests.
pub trait Service: Send + Sync + 'static {
    /// What is remembered from one request of a connection to the next.
    type Memory: Default + Send;

    /// Reads the request's body from the link and writes the response to it.
    fn exchange(
        &self,
        incoming: Incoming,
        link: &mut Link,
        memory: &mut Self::Memory,
    ) -> impl Future<Output = After> + Send;

    /// The connection's requests come from this place from now on: what a head asks for in one place
    /// tells nothing of another.
    fn settle(&self, _place: &str, _memory: &mut Self::Memory) {}

    /// Answers the request that the link's buffer begins with, if it came before from this place in the
    /// very same bytes; `None` where it must be read.
    fn again(
        &self,
        _link: &mut Link,
        _memory: &Self::Memory,
    ) -> impl Future<Output = Option<After>> + Send {
        std::future::ready(None)
    }

    /// Whether what goes through a tunnel to this host is looked into.
    fn opens(&self, _authority: &Authority) -> bool {
        true
    }

    /// Passes on what goes through a tunnel that is not looked into.
    fn pass(&self, _blind: Blind<'_>, _link: &mut Link) -> impl Future<Output = Passed> + Send {
        std::future::ready(Passed::Nowhere)
    }

    /// Answers a request that came on a stream of HTTP/2. Others of the same connection are under
    /// way at the same time.
    fn stream(&self, call: Call) -> impl Future<Output = ()> + Send;

    /// What a client that begins TLS gets of the protocols that it offers; `None` leaves it to the
    /// client, as a server does that knows nothing of ALPN.
    fn choose(&self, hello: Hello) -> impl Future<Output = Option<Protocol>> + Send;

    /// The connection is over.
    fn farewell(&self, _memory: Self::Memory) {}
}

/// What all connections of a listener have in common.
pub struct Shared<S> {
    pub intercept: Option<Arc<CertificateAuthority>>,
    pub limits: Limits,
    pub service: Arc<S>,
    pub stop: Stop,
    pub notices: Notices,
    /// The session of the listener, where it has one of its own.
    pub session: Option<String>,
}

impl<S> Shared<S> {
    /// The session of a request: the one that it names, else its tunnel's, else the listener's.
    pub fn session(&self, headers: &Headers, layer: &Layer) -> Option<String> {
        session::named_by(headers).or_else(|| self.standing_session(layer))
    }

    /// The session of what names none in this layer.
    pub fn standing_session(&self, layer: &Layer) -> Option<String> {
        let tunnel = layer.tunnel.as_ref().and_then(|tunnel| tunnel.session.clone());
        tunnel.or_else(|| self.session.clone())
    }
}

/// What a connection's first bytes are.
enum Spoken {
    Http,
    Http2,
    Tls,
    Other,
    /// A client in a tunnel says nothing: perhaps the server is to speak first.
    Silent,
    Nothing,
}

/// How the requests of one layer ended.
enum End {
    Over(After),
    Tunnel(Tunnel),
}

/// Serves one connection to its end.
pub async fn drive<S: Service>(socket: TcpStream, client: SocketAddr, shared: &Arc<Shared<S>>) {
    let Ok(mut link) = Link::plain(socket) else { return };
    let mut layer = Layer { secure: false, tunnel: None, local: link.local };
    let mut memory = S::Memory::default();
    let after = loop {
        match detect(&mut link, &layer, shared).await {
            Spoken::Nothing => break After::Continue,
            Spoken::Http => {}
            Spoken::Silent => match pass(&mut link, &layer, Unseen::Silent, shared).await {
                Passed::Over => break After::Close,
                Passed::Spoke => continue,
                Passed::Nowhere if speaks_late(&mut link, shared).await => continue,
                Passed::Nowhere => break After::Continue,
            },
            Spoken::Http2 => {
                shared.service.farewell(memory);
                return http2::serve(link, &layer, shared).await;
            }
            Spoken::Other => {
                let passed = pass(&mut link, &layer, Unseen::Protocol, shared).await;
                if passed != Passed::Nowhere {
                    break After::Close;
                }
                let authority = layer.tunnel.as_ref().map(|tunnel| tunnel.written.clone());
                shared.notices.tell(&Notice::NotHttp { client, authority });
                break After::Close;
            }
            Spoken::Tls => match opened(link, &layer, shared).await {
                Some(opened) => {
                    link = opened;
                    layer.secure = true;
                    continue;
                }
                None => return,
            },
        }
        match converse(&mut link, &layer, &mut memory, shared).await {
            End::Over(after) => break after,
            End::Tunnel(tunnel) => layer.tunnel = Some(tunnel),
        }
    };
    shared.service.farewell(memory);
    match after {
        After::Abort => link.abort(),
        After::Close => link.close().await,
        // Nothing was said that the client could lose.
        After::Continue => drop(link),
    }
}

/// Looks at the first bytes of a connection or of a tunnel.
async fn detect<S>(link: &mut Link, layer: &Layer, shared: &Shared<S>) -> Spoken {
    if link.reader.buffer.is_empty() {
        let begins = layer.tunnel.is_some() && !layer.secure;
        let (detect, idle) = (shared.limits.detect, shared.limits.idle);
        let wait = if begins { detect.min(tunnel::SILENCE) } else { idle };
        let came = tokio::select! {
            biased;
            came = link.reader.fill_within(wait) => came,
            () = shared.stop.requested() => return Spoken::Nothing,
        };
        match came {
            Ok(1..) => {}
            Err(error) if begins && error.kind() == io::ErrorKind::TimedOut => {
                return Spoken::Silent;
            }
            _ => return Spoken::Nothing,
        }
    }
    let unseen = layer.tunnel.is_some() && !layer.secure;
    match link.reader.buffer.first().copied() {
        // The content type of a TLS handshake (RFC 8446, section 5.1).
        Some(0x16) if !layer.secure => Spoken::Tls,
        Some(b'P') if speaks_http2(link, shared).await => Spoken::Http2,
        Some(byte) if byte.is_ascii_graphic() || matches!(byte, b'\r' | b'\n') => {
            if unseen && !tunnel::speaks_http(link).await { Spoken::Other } else { Spoken::Http }
        }
        _ => Spoken::Other,
    }
}

/// Passes the tunnel on that a connection is in, unless TLS was opened in it.
async fn pass<S: Service>(
    link: &mut Link,
    layer: &Layer,
    why: Unseen,
    shared: &Shared<S>,
) -> Passed {
    let Some(tunnel) = layer.tunnel.as_ref().filter(|_| !layer.secure) else {
        return Passed::Nowhere;
    };
    let blind = Blind { authority: &tunnel.authority, why, granted: b"", stop: &shared.stop };
    shared.service.pass(blind, link).await
}

/// Whether a client that was silent says something after all.
async fn speaks_late<S>(link: &mut Link, shared: &Shared<S>) -> bool {
    tokio::select! {
        came = link.reader.fill_within(shared.limits.detect) => matches!(came, Ok(1..)),
        () = shared.stop.requested() => false,
    }
}

/// Whether the connection begins as HTTP/2 does, as far as it comes in time.
async fn speaks_http2<S>(link: &mut Link, shared: &Shared<S>) -> bool {
    loop {
        let buffer = &link.reader.buffer;
        if buffer.len() >= PREFACE.len() || !PREFACE.starts_with(buffer) {
            return buffer.starts_with(PREFACE);
        }
        if !matches!(link.reader.fill_within(shared.limits.stall).await, Ok(1..)) {
            return false;
        }
    }
}

/// Opens TLS as the host that the client wants to speak to.
async fn opened<S: Service>(link: Link, layer: &Layer, shared: &Shared<S>) -> Option<Link> {
    let (local, client) = (link.local, link.peer);
    let host = match &layer.tunnel {
        Some(tunnel) => tunnel.authority.bare_host().to_owned(),
        None => local.ip().to_canonical().to_string(),
    };
    let failed = |reason: String| {
        shared.notices.tell(&Notice::Handshake { client, host: host.clone(), reason });
    };
    let Some(authority) = &shared.intercept else {
        failed("TLS is not served here".to_owned());
        return None;
    };
    let socket = link.into_socket()?;
    let wait = shared.limits.detect;
    let handshake = async {
        let begun = tls::begin(socket, wait).await?;
        let (form, root) = layer.root();
        let session = shared.standing_session(layer);
        let name = begun.name().map(str::to_owned);
        let hello = Hello { offered: begun.offered(), form, root, name, session };
        let protocol = shared.service.choose(hello).await;
        begun.accept(authority, &host, protocol, wait).await
    };
    match handshake.await {
        Ok(stream) => Some(Link::secure(stream, local, client)),
        Err(error) => {
            failed(error.to_string());
            None
        }
    }
}

/// Serves requests until the connection ends or turns into a tunnel.
async fn converse<S: Service>(
    link: &mut Link,
    layer: &Layer,
    memory: &mut S::Memory,
    shared: &Shared<S>,
) -> End {
    let limits = &shared.limits;
    let mut stopped = shared.stop.watch();
    shared.service.settle(&format!("{layer:?} {:?}", shared.session), memory);
    loop {
        if link.reader.buffer.is_empty() {
            let came = tokio::select! {
                biased;
                came = link.reader.fill_within(limits.idle) => came,
                () = poll_fn(|context| stopped.poll(context)) => return End::Over(After::Continue),
            };
            if !matches!(came, Ok(1..)) {
                return End::Over(After::Continue);
            }
        }
        match shared.service.again(link, memory).await {
            Some(After::Continue) if !shared.stop.is_requested() => continue,
            Some(After::Continue) => return End::Over(After::Close),
            Some(after) => return End::Over(after),
            None => {}
        }
        let head = match link.reader.request_head(limits.head, limits.stall).await {
            Ok(Some(head)) => head,
            Ok(None) => return End::Over(After::Continue),
            Err(fault) => {
                refuse_head(link, &fault, shared).await;
                return End::Over(After::Close);
            }
        };
        if head.method == "CONNECT" {
            return match connect(link, layer, &head, shared).await {
                Some(tunnel) => End::Tunnel(tunnel),
                None => End::Over(After::Close),
            };
        }
        let session = shared.session(&head.headers, layer);
        let incoming = match incoming(head, layer, session, link.peer) {
            Ok(incoming) => incoming,
            Err((status, reason)) => {
                refuse(link, status, &reason, shared).await;
                return End::Over(After::Close);
            }
        };
        let keeps_alive = incoming.keeps_alive();
        match shared.service.exchange(incoming, link, memory).await {
            After::Continue if keeps_alive && !shared.stop.is_requested() => {}
            After::Continue => return End::Over(After::Close),
            after => return End::Over(after),
        }
    }
}

fn incoming(
    head: RequestHead,
    layer: &Layer,
    session: Option<String>,
    client: SocketAddr,
) -> Result<Incoming, (u16, String)> {
    let framing = Framing::of_request(&head).map_err(|fault| match fault {
        super::FramingFault::Coding => (501, fault.to_string()),
        _ => (400, fault.to_string()),
    })?;
    let (form, target) = layer.resolve(&head).map_err(|fault| (400, fault.to_string()))?;
    Ok(Incoming { head, framing, target, form, session, client, arrived: Instant::now() })
}

/// Grants a tunnel (RFC 9110, section 9.3.6). Where it leads is looked at when a request comes
/// through it, so that a failure to connect is an exchange like any other.
async fn connect<S: Service>(
    link: &mut Link,
    layer: &Layer,
    head: &RequestHead,
    shared: &Shared<S>,
) -> Option<Tunnel> {
    if layer.tunnel.is_some() || layer.secure {
        refuse(link, 501, "a tunnel inside TLS or inside a tunnel is not served", shared).await;
        return None;
    }
    if !matches!(Framing::of_request(head), Ok(Framing::Empty)) {
        refuse(link, 400, "`CONNECT` with a body", shared).await;
        return None;
    }
    // The authority form always has a port (RFC 9112, section 3.2.3).
    let written = tunnel::bracketed(&head.target);
    let port = written.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    let authority = port
        .filter(|_| !written.contains(['/', '@', '?']))
        .and_then(|port| Authority::parse(&written, port));
    let Some(authority) = authority else {
        refuse(link, 400, "`CONNECT` without host and port", shared).await;
        return None;
    };
    let granted: &[u8] = match head.version {
        Version::Http10 => b"HTTP/1.0 200 Connection established\r\n\r\n",
        _ => b"HTTP/1.1 200 Connection established\r\n\r\n",
    };
    if !layer.is_self(&authority) && !shared.service.opens(&authority) {
        let (why, stop) = (Unseen::Host, &shared.stop);
        let blind = Blind { authority: &authority, why, granted, stop };
        shared.service.pass(blind, link).await;
        return None;
    }
    link.writer.send(granted, shared.limits.stall).await.ok()?;
    let session = session::named_by(&head.headers);
    Some(Tunnel { authority, written: written.into_owned(), session })
}

async fn refuse_head<S>(link: &mut Link, fault: &ReadFault, shared: &Shared<S>) {
    let status = match fault {
        ReadFault::Head(HeadFault::TooLarge) => 431,
        ReadFault::Head(HeadFault::Version) => {
            shared.notices.tell(&Notice::Version { client: link.peer });
            505
        }
        ReadFault::Head(HeadFault::Malformed(_)) => 400,
        ReadFault::Timeout(_) => 408,
        ReadFault::Closed | ReadFault::Io(_) => return,
    };
    refuse(link, status, &fault.to_string(), shared).await;
}

/// Answers a request that can't be served, in words of our own.
async fn refuse<S>(link: &mut Link, status: u16, detail: &str, shared: &Shared<S>) {
    let client = link.peer;
    shared.notices.tell(&Notice::Refused { client, reason: detail.to_owned() });
    let _ = answer_problem(link, status, detail, &shared.limits).await;
}

/// Writes problem details with the header `testimony-error`; the connection is to be closed after.
pub async fn answer_problem(
    link: &mut Link,
    status: u16,
    detail: &str,
    limits: &Limits,
) -> io::Result<()> {
    let title = reason_phrase(status);
    let headers = Headers::from([(ERROR_HEADER, "bad-request"), ("Connection", "close")]);
    let problem = Reply::problem(status, title, title, detail, headers);
    link.writer.send(&Reply::of(&problem, "GET").bytes, limits.stall).await
}
