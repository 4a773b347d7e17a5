//! One exchange after the other: plan, connect, forward both ways, write down, hand over the end.

use super::journal::Journal;
use super::pulse::Pulse;
use super::receiving::{Asked, Last, Received, Receiving};
use super::routes::{Plan, Routes};
use super::sending::{Allowance, ClientEnd, Sending};
use super::{capture, switched};
use crate::exchange::{
    Exchange, ExchangeNumber, Headers, Request, Response, Source, Timing, TransportError,
    TransportErrorKind, Version,
};
use crate::net::{
    After, Arrived, Client, ConnectError, Crossing, Endpoint, Form, Incoming, Limits, Link, Notice,
    Notices, Reply, RequestHead, Service, Stop, Way, remove_proxy_fields, write_crossing,
};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a request's body may go on after its response is whole.
const GRACE: Duration = Duration::from_secs(1);
/// Longest that a connection to an upstream waits for the client's next request.
const KEPT: Duration = Duration::from_secs(3);

/// Answers a whole request before it would be forwarded; `None` forwards it. The request's target is
/// the URL that would be recorded.
pub type PreAnswer = Arc<dyn Fn(&Arrived) -> Option<Reply> + Send + Sync>;

/// How a recorder works.
#[derive(Clone)]
pub struct Options {
    /// Where requests go.
    pub routes: Routes,
    /// Longest wait for a connection, and for the next bytes of an upstream.
    pub timeout: Duration,
    /// Limits towards clients; `body` holds for requests and responses.
    pub limits: Limits,
    /// Answers what is recorded already.
    pub before: Option<PreAnswer>,
}

/// The recording proxy.
pub struct Recorder {
    options: Options,
    allowance: Allowance,
    client: Client,
    journal: Arc<Journal>,
    notices: Notices,
    stop: Stop,
}

/// The connection to the upstream that a client's connection used last.
#[derive(Default)]
pub struct Memory(Option<(Endpoint, Link, Instant)>);

/// How the forwarding of one exchange ended.
enum Ended {
    Received(Received),
    Client(ClientEnd),
    Cut,
}

/// One exchange while it is forwarded.
struct Flow {
    head: RequestHead,
    recorded: String,
    session: Option<String>,
    arrived: Instant,
    sending: Sending,
    receiving: Receiving,
}

impl Recorder {
    /// A recorder that forwards through `client` and writes into `journal`.
    pub fn new(
        options: Options,
        client: Client,
        journal: Arc<Journal>,
        notices: Notices,
        stop: Stop,
    ) -> Self {
        let allowance = Allowance {
            body: options.limits.body,
            client: options.limits.stall,
            upstream: options.timeout,
            head: options.limits.head,
        };
        Self { options, allowance, client, journal, notices, stop }
    }

    async fn connection(
        &self,
        endpoint: &Endpoint,
        memory: &mut Memory,
    ) -> Result<Link, ConnectError> {
        if let Some((of, mut link, since)) = memory.0.take() {
            if of != *endpoint {
                self.client.keep(of, link);
            } else if since.elapsed() < KEPT && link.is_quiet() {
                return Ok(link);
            }
        }
        match self.client.kept(endpoint) {
            Some(link) => Ok(link),
            None => self.client.connect(endpoint).await,
        }
    }
}

impl Service for Recorder {
    type Memory = Memory;

    async fn exchange(&self, incoming: Incoming, link: &mut Link, memory: &mut Memory) -> After {
        let Some(plan) =
            self.options.routes.plan(incoming.form, &incoming.target, &incoming.head.target)
        else {
            return self.unaddressed(&incoming, link).await;
        };
        let mut ready = Vec::new();
        let waits = incoming.expects_continue();
        let (form, client) = (incoming.form, incoming.client);
        let mut flow = Flow::new(incoming, &plan);
        if let Err(end) = flow.sending.take(&mut link.reader.buffer, &mut ready, &self.allowance) {
            return self.client_failed(flow, end, link).await;
        }
        let mut interim = flow.head.version == Version::Http11;
        if let Some(before) = &self.options.before {
            if waits && !flow.sending.whole {
                interim = false;
                let granted = b"HTTP/1.1 100 Continue\r\n\r\n";
                if link.writer.send(granted, self.allowance.client).await.is_err() {
                    return After::Abort;
                }
            }
            let read = flow.sending.read(&mut link.reader, &mut ready, &self.allowance).await;
            if let Err(end) = read {
                return self.client_failed(flow, end, link).await;
            }
            if let Some(reply) = before(&flow.arrived(form, client)) {
                let sent = link.writer.send(&reply.bytes, self.allowance.client).await;
                return match sent {
                    Err(_) => After::Abort,
                    Ok(()) if reply.close || flow.head.version == Version::Http10 => After::Close,
                    Ok(()) => After::Continue,
                };
            }
        }
        let mut upstream = tokio::select! {
            biased;
            connected = self.connection(&plan.endpoint, memory) => match connected {
                Ok(upstream) => upstream,
                Err(ConnectError::Transport(error)) => {
                    return self.unreachable(flow, error, waits, link).await;
                }
                Err(ConnectError::Loop(place)) => {
                    let detail = format!("`{place}` is this proxy itself: the request would go round in a circle");
                    self.notices.tell(&Notice::Engine(format!("{}: {detail}", plan.recorded)));
                    let method = &flow.head.method;
                    return self.refuse(link, method, (508, "Loop Detected"), "loop", &detail).await;
                }
            },
            () = self.stop.was_cut() => {
                let error = stopped();
                let _ = self.journal.write(flow.into_exchange(&self.journal, Some(error)));
                return After::Abort;
            }
        };
        let ended =
            self.forward(&mut flow, &plan.target, ready, interim, link, &mut upstream).await;
        match ended {
            Ended::Received(Received::Whole(last)) => {
                self.whole(flow, last, link, plan.endpoint, upstream, memory).await
            }
            Ended::Received(Received::Switched(head)) => {
                self.switched(flow, head, link, upstream).await
            }
            Ended::Received(Received::Broken(error)) => {
                self.upstream_failed(flow, error, link).await
            }
            Ended::Received(Received::ClientGone(error)) => {
                let message = format!("client: {error}");
                let kind = TransportErrorKind::ClientGone;
                self.client_failed(flow, ClientEnd { kind, message, status: None }, link).await
            }
            Ended::Client(end) => self.client_failed(flow, end, link).await,
            Ended::Cut => {
                let _ = self.journal.write(flow.into_exchange(&self.journal, Some(stopped())));
                After::Abort
            }
        }
    }

    fn farewell(&self, memory: Memory) {
        if let Some((endpoint, link, since)) = memory.0
            && since.elapsed() < KEPT
        {
            self.client.keep(endpoint, link);
        }
    }
}

impl Recorder {
    /// Sends the request and receives the response, both ways at once.
    async fn forward(
        &self,
        flow: &mut Flow,
        target: &str,
        ready: Vec<u8>,
        interim: bool,
        link: &mut Link,
        upstream: &mut Link,
    ) -> Ended {
        let pulse = Pulse::new();
        let allowance = &self.allowance;
        let crossing = Crossing::of(&flow.head.headers, Way::Request);
        let head = request_head(&flow.head, target, &crossing);
        let asked = Asked { method: &flow.head.method, upgrades: crossing.upgrades(), interim };
        // An upstream that takes no more may have said why: its response is looked at all the same.
        let sent = upstream.writer.send_both(head, &ready, allowance.upstream).await;
        flow.sending.refused = sent.is_err();
        let mut client_side = std::pin::pin!(flow.sending.run(
            &mut link.reader,
            &mut upstream.writer,
            allowance,
            &pulse,
        ));
        let upstream_side = std::pin::pin!(flow.receiving.run(
            &mut upstream.reader,
            &mut link.writer,
            asked,
            allowance,
            &pulse,
        ));
        tokio::select! {
            biased;
            received = upstream_side => Ended::Received(received),
            end = &mut client_side => Ended::Client(end),
            () = self.stop.was_cut() => Ended::Cut,
        }
    }

    /// The response is whole: the exchange goes to disk, then the client gets the rest of it.
    async fn whole(
        &self,
        mut flow: Flow,
        last: Last,
        link: &mut Link,
        endpoint: Endpoint,
        mut upstream: Link,
        memory: &mut Memory,
    ) -> After {
        let ended = Instant::now();
        if !flow.sending.whole && !flow.sending.refused {
            let pulse = Pulse::new();
            let rest =
                flow.sending.send(&mut link.reader, &mut upstream.writer, &self.allowance, &pulse);
            let _ = tokio::time::timeout(GRACE, rest).await;
        }
        let goes_on = flow.sending.whole && !last.closes && flow.persists();
        let keeps = goes_on && flow.upstream_persists();
        if self.journal.write(flow.into_exchange_ended(&self.journal, None, ended)).is_err() {
            return After::Abort;
        }
        if keeps {
            memory.0 = Some((endpoint, upstream, Instant::now()));
        }
        match link.writer.send_both(last.head, &last.body, self.allowance.client).await {
            Err(_) => After::Abort,
            Ok(()) if goes_on => After::Continue,
            Ok(()) => After::Close,
        }
    }

    async fn switched(
        &self,
        flow: Flow,
        head: Vec<u8>,
        link: &mut Link,
        mut upstream: Link,
    ) -> After {
        if self.journal.write(flow.into_exchange(&self.journal, None)).is_err() {
            return After::Abort;
        }
        if link.writer.send(&head, self.allowance.client).await.is_err() {
            return After::Abort;
        }
        tokio::select! {
            () = switched::pass(link, &mut upstream, self.allowance.client) => After::Close,
            () = self.stop.was_cut() => After::Abort,
        }
    }

    /// The upstream failed: written down as it was; the client gets 502 or 504 where it has nothing
    /// yet, and a broken connection where it has a part.
    async fn upstream_failed(&self, flow: Flow, error: TransportError, link: &mut Link) -> After {
        let begun = flow.receiving.begun;
        let goes_on = flow.sending.whole && flow.persists();
        let (problem, method) = (gateway_problem(&error), flow.head.method.clone());
        if self.journal.write(flow.into_exchange(&self.journal, Some(error))).is_err() || begun {
            return After::Abort;
        }
        self.answer(link, &method, &problem, goes_on).await
    }

    /// There is no upstream. The request's body is read, so that it is recorded whole.
    async fn unreachable(
        &self,
        mut flow: Flow,
        error: TransportError,
        waits: bool,
        link: &mut Link,
    ) -> After {
        if !waits {
            let mut unsent = Vec::new();
            let reading = flow.sending.read(&mut link.reader, &mut unsent, &self.allowance);
            let _ = tokio::time::timeout(GRACE, reading).await;
        }
        self.upstream_failed(flow, error, link).await
    }

    /// The client ended the exchange, or spoke nonsense.
    async fn client_failed(&self, flow: Flow, end: ClientEnd, link: &mut Link) -> After {
        let begun = flow.receiving.begun;
        let ClientEnd { kind, message, status } = end;
        let error = TransportError { kind, message: message.clone() };
        let written = self.journal.write(flow.into_exchange(&self.journal, Some(error)));
        match status {
            Some(status) if written.is_ok() && !begun => {
                let limits = &self.options.limits;
                let _ = crate::net::answer_problem(link, status, &message, limits).await;
                After::Close
            }
            _ => After::Abort,
        }
    }

    /// A request to us, and no upstream to pass it on to.
    async fn unaddressed(&self, incoming: &Incoming, link: &mut Link) -> After {
        let detail = "this recorder has no upstream for requests that are addressed to itself: \
                      give --upstream, or use it as a proxy";
        let news = format!("{} {}: {detail}", incoming.head.method, incoming.target);
        self.notices.tell(&Notice::Engine(news));
        let method = &incoming.head.method;
        self.refuse(link, method, (400, "Bad Request"), "no-upstream", detail).await
    }

    async fn refuse(
        &self,
        link: &mut Link,
        method: &str,
        (status, title): (u16, &str),
        kind: &str,
        detail: &str,
    ) -> After {
        let headers = Headers::from([("testimony-error", kind), ("Connection", "close")]);
        let problem = Reply::problem(status, title, title, detail, headers);
        self.answer(link, method, &problem, false).await
    }

    async fn answer(
        &self,
        link: &mut Link,
        method: &str,
        problem: &Response,
        goes_on: bool,
    ) -> After {
        let reply = Reply::of(problem, method);
        match link.writer.send(&reply.bytes, self.allowance.client).await {
            Err(_) => After::Abort,
            Ok(()) if goes_on => After::Continue,
            Ok(()) => After::Close,
        }
    }
}

impl Flow {
    fn new(incoming: Incoming, plan: &Plan) -> Self {
        let Incoming { head, framing, session, arrived, .. } = incoming;
        Self {
            head,
            recorded: plan.recorded.clone(),
            session,
            arrived,
            sending: Sending::new(framing),
            receiving: Receiving::new(arrived),
        }
    }

    /// The request as it has arrived whole.
    fn arrived(&self, form: Form, client: std::net::SocketAddr) -> Arrived {
        let mut headers = self.head.headers.clone();
        remove_proxy_fields(&mut headers);
        let request = Request {
            method: self.head.method.clone(),
            target: self.recorded.clone(),
            version: self.head.version,
            headers,
            body: self.sending.body(),
            trailers: self.sending.trailers().clone(),
        };
        Arrived { request, form, client, session: self.session.clone() }
    }

    /// Whether the response leaves the client's connection open.
    fn persists(&self) -> bool {
        let Some(head) = &self.receiving.head else { return self.head.version == Version::Http11 };
        let says = |token| head.headers.has_token("connection", token);
        match (self.head.version, head.version) {
            _ if says("close") => false,
            (Version::Http10, _) | (_, Version::Http10) => says("keep-alive"),
            _ => true,
        }
    }

    /// Whether the upstream's connection stays open.
    fn upstream_persists(&self) -> bool {
        let headers = &self.head.headers;
        match self.head.version {
            Version::Http10 => headers.has_token("connection", "keep-alive"),
            _ => !headers.has_token("connection", "close"),
        }
    }

    fn into_exchange(self, journal: &Journal, error: Option<TransportError>) -> Exchange {
        self.into_exchange_ended(journal, error, Instant::now())
    }

    fn into_exchange_ended(
        self,
        journal: &Journal,
        error: Option<TransportError>,
        ended: Instant,
    ) -> Exchange {
        let since = |instant: Instant| {
            capture::milliseconds(instant.saturating_duration_since(self.arrived))
        };
        let mut timing = Timing {
            first_byte_ms: self.receiving.first_byte.map(since),
            end_ms: since(ended),
            chunks: Vec::new(),
        };
        let (body, trailers) = self.sending.into_parts();
        let mut request = Request {
            method: self.head.method,
            target: self.recorded,
            version: self.head.version,
            headers: self.head.headers,
            body,
            trailers,
        };
        remove_proxy_fields(&mut request.headers);
        let response = self.receiving.into_response().map(|(mut response, chunks)| {
            timing.chunks = chunks;
            remove_proxy_fields(&mut response.headers);
            response
        });
        Exchange {
            number: ExchangeNumber(0),
            at: journal.time(self.arrived),
            source: response.as_ref().map_or(Source::Live, |r| Source::of_response(&r.headers)),
            request,
            response,
            timing,
            error,
            redacted: Vec::new(),
            digest: None,
        }
    }
}

fn request_head(head: &RequestHead, target: &str, crossing: &Crossing) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    for part in [head.method.as_str(), " ", target, " ", head.version.as_str(), "\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
    write_crossing(&mut out, &head.headers, &head.lines, crossing);
    out
}

fn stopped() -> TransportError {
    TransportError {
        kind: TransportErrorKind::Stopped,
        message: "the recorder was stopped before the response was whole".to_owned(),
    }
}

/// What a client gets in place of a response that did not come.
fn gateway_problem(error: &TransportError) -> Response {
    let (status, reason) = match error.kind {
        TransportErrorKind::Timeout => (504, "Gateway Timeout"),
        _ => (502, "Bad Gateway"),
    };
    let headers = Headers::from([("testimony-error", error.kind.as_str())]);
    Reply::problem(status, reason, reason, &error.message, headers)
}
