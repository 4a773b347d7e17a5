//! The server's side of a connection: streams are accepted and handed to the service, each in a task
//! of its own.

use super::call::{Call, Responder};
use super::duplex::{Duplex, Full};
use super::fault::StreamFault;
use super::turns::Turns;
use super::{fields, settings};
use crate::net::address::{Layer, without_default};
use crate::net::connection::Shared;
use crate::net::{Form, Framing, Incoming, Link, Notice, Service};
use bytes::Bytes;
use h2::server::{Connection, SendResponse};
use h2::{Reason, RecvStream};
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// What a client that speaks HTTP/2 says first (RFC 9113, section 3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Longest wait for a client to take the last frames of a connection that is cut.
const PARTING: Duration = Duration::from_millis(200);

/// Who opened a connection, and the name of the host that it asked for in TLS.
#[derive(Debug, Clone)]
struct Peer {
    address: SocketAddr,
    name: Option<String>,
}

/// Serves the requests of a connection until it ends, and until each of them is done with.
pub async fn serve<S: Service>(link: Link, layer: &Layer, shared: &Arc<Shared<S>>) {
    let client = Peer { address: link.peer, name: link.name.clone() };
    let duplex = Duplex::new(link);
    let full = duplex.full();
    let handshake = settings::server(shared.limits.head).handshake(duplex);
    let Ok(begun) = tokio::time::timeout(shared.limits.detect, handshake).await else { return };
    let mut streams = JoinSet::new();
    let end = match begun {
        Ok(connection) => {
            let mut served = Served { connection, full, turns: Turns::default() };
            accept(&mut served, &mut streams, (&client, layer), shared).await
        }
        Err(error) => Err(StreamFault::of(&error)),
    };
    if let Err(fault @ (StreamFault::Protocol(_) | StreamFault::NotHttp2)) = end {
        let (client, reason) = (client.address, format!("client {fault}"));
        shared.notices.tell(&Notice::Refused { client, reason });
    }
    while streams.join_next().await.is_some() {}
}

/// A connection that is served.
struct Served {
    connection: Connection<Duplex, Bytes>,
    full: Full,
    turns: Turns,
}

impl Served {
    /// The next request. What its streams want to send is sent meanwhile.
    async fn accept(
        &mut self,
    ) -> Option<Result<(http::Request<RecvStream>, SendResponse<Bytes>), h2::Error>> {
        let Self { connection, full, turns } = self;
        poll_fn(|context| {
            let polled = connection.poll_accept(context);
            // What the client's side has no room for is still queued.
            if polled.is_pending() && !full.is_full() {
                turns.ended();
            }
            polled
        })
        .await
    }
}

/// Accepts streams until the connection has ended or must end.
async fn accept<S: Service>(
    served: &mut Served,
    streams: &mut JoinSet<()>,
    (client, layer): (&Peer, &Layer),
    shared: &Arc<Shared<S>>,
) -> Result<(), StreamFault> {
    let (layer, wanted) = (Arc::new(layer.clone()), served.turns.watched());
    let mut leaving = false;
    let mut stopped = std::pin::pin!(shared.stop.requested());
    let mut cut = std::pin::pin!(shared.stop.was_cut());
    loop {
        let is_idle = streams.is_empty();
        tokio::select! {
            biased;
            accepted = served.accept() => match accepted {
                None => return Ok(()),
                Some(Err(error)) => return Err(StreamFault::of(&error)),
                Some(Ok((request, answer))) => {
                    let (layer, shared) = (Arc::clone(&layer), Arc::clone(shared));
                    let client = client.clone();
                    let responder = Responder::new(answer, served.turns.view());
                    streams.spawn(async move {
                        exchange(request, responder, client, &layer, &shared).await;
                    });
                }
            },
            _ = streams.join_next(), if !is_idle => {}
            () = wanted.nudged() => {}
            () = &mut stopped, if !leaving => {
                leaving = true;
                served.connection.graceful_shutdown();
            }
            () = tokio::time::sleep(shared.limits.idle), if is_idle && !leaving => {
                leaving = true;
                served.connection.graceful_shutdown();
            }
            () = &mut cut => {
                cut_off(served, streams).await;
                return Ok(());
            }
        }
    }
}

/// Waits until what is under way has written down what it has, and the client was told.
async fn cut_off(served: &mut Served, streams: &mut JoinSet<()>) {
    let wanted = served.turns.watched();
    while !streams.is_empty() {
        tokio::select! {
            biased;
            _ = streams.join_next() => {}
            // A stream that is not looked at is reset.
            accepted = served.accept() => if !matches!(accepted, Some(Ok(_))) {
                return;
            },
            () = wanted.nudged() => {}
        }
    }
    let Served { connection, .. } = served;
    connection.abrupt_shutdown(Reason::NO_ERROR);
    let _ = tokio::time::timeout(PARTING, poll_fn(|context| connection.poll_closed(context))).await;
}

async fn exchange<S: Service>(
    request: http::Request<RecvStream>,
    responder: Responder,
    client: Peer,
    layer: &Layer,
    shared: &Shared<S>,
) {
    let Peer { address, .. } = client;
    match call(request, responder, client, layer, shared) {
        Ok(call) => shared.service.stream(call).await,
        Err(refusal) => {
            let Refusal { mut responder, method, status, detail } = *refusal;
            let reason = detail.clone();
            shared.notices.tell(&Notice::Refused { client: address, reason });
            let wait = shared.limits.stall;
            let _ = responder.problem((status, "bad-request"), &detail, &method, wait).await;
        }
    }
}

struct Refusal {
    responder: Responder,
    method: String,
    status: u16,
    detail: String,
}

fn call<S>(
    request: http::Request<RecvStream>,
    responder: Responder,
    client: Peer,
    layer: &Layer,
    shared: &Shared<S>,
) -> Result<Call, Box<Refusal>> {
    let (parts, body) = request.into_parts();
    let (head, authority) = fields::request_head(parts);
    let refused = |responder, method: &str, status, detail: &str| {
        let detail = detail.to_owned();
        Box::new(Refusal { responder, method: method.to_owned(), status, detail })
    };
    if head.method == "CONNECT" {
        let detail = "a tunnel inside HTTP/2 is not served: ask for it in HTTP/1.1";
        return Err(refused(responder, &head.method, 501, detail));
    }
    let (form, target) = match layer.resolve_stream(&head, authority.as_deref()) {
        Ok(resolved) => resolved,
        Err(fault) => return Err(refused(responder, &head.method, 400, &fault.to_string())),
    };
    let session = shared.session(&head.headers, layer);
    let framing = if body.is_end_stream() { Framing::Empty } else { Framing::UntilClose };
    let arrived = Instant::now();
    let Peer { address: client, name } = client;
    let incoming = Incoming { head, framing, target, form, session, client, arrived };
    let url = match (&authority, incoming.form) {
        (Some(authority), Form::Tunnel) => {
            let (scheme, port) = if layer.secure { ("https", 443) } else { ("http", 80) };
            let path = if incoming.head.target == "*" { "/*" } else { &incoming.head.target };
            format!("{scheme}://{}{path}", without_default(authority, port))
        }
        _ => incoming.target.clone(),
    };
    Ok(Call::new(incoming, (url, authority, name), body, responder))
}
