//! One exchange after the other: plan, connect, forward both ways, write down, hand over the end.

use super::aside::{Aside, HostLists};
use super::flow::{Flow, stopped};
use super::pulse::Pulse;
use super::receiving::{Asked, Last, Received};
use super::routes::{Plan, Routes};
use super::sending::{Allowance, ClientEnd};
use super::sessions::Sessions;
use super::socket::Talk;
use super::switched;
use crate::exchange::{Authority, TransportError, TransportErrorKind, Version};
use crate::net::{
    After, Arrived, Blind, Call, Client, ConnectError, Crossing, Endpoint, Form, Hello, Incoming,
    Limits, Link, Notice, Notices, Passed, Protocol, Proxied, Reply, RequestHead, Service, Stop,
    StopWatch as Watch, Way, write_crossing,
};
use std::future::poll_fn;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a request's body may go on after its response is whole.
pub(super) const GRACE: Duration = Duration::from_secs(1);
/// Longest that a connection to an upstream waits for the client's next request.
const KEPT: Duration = Duration::from_secs(3);

/// The answer to a whole request, where there is one. The request's target is the URL that would be
/// recorded.
pub type Known = dyn Fn(&Arrived) -> Option<Reply> + Send + Sync;

/// Answers a whole request before it would be forwarded.
#[derive(Clone)]
pub struct PreAnswer {
    /// The answer, if there is one; else the request is forwarded.
    pub answer: Arc<Known>,
    /// Longest body that is held in memory to be compared, in bytes, where that is more than others
    /// are; 0 where none is.
    pub most: u64,
}

/// How a recorder works.
#[derive(Clone)]
pub struct Options {
    /// Where requests go.
    pub routes: Routes,
    /// Longest wait for a connection, and for the next bytes of an upstream.
    pub timeout: Duration,
    /// Limits towards clients. Bodies have none: large ones go to files.
    pub limits: Limits,
    /// Which hosts are recorded.
    pub hosts: HostLists,
}

/// The recording proxy.
pub struct Recorder {
    pub(super) options: Options,
    pub(super) allowance: Allowance,
    pub(super) client: Client,
    pub(super) sessions: Sessions,
    pub(super) notices: Notices,
    pub(super) aside: Aside,
}

/// What a client's connection keeps from one request to the next.
#[derive(Default)]
pub struct Memory {
    /// The connection to the upstream that it used last.
    upstream: Option<(Endpoint, Link, Instant)>,
    /// Waits for the end of the session that its last request was of.
    cut: Option<Watch>,
}

impl Memory {
    /// Waits for a session to be cut.
    fn watch(&mut self, stop: &Stop) -> &mut Watch {
        if self.cut.as_ref().is_none_or(|cut| !cut.is_of(stop)) {
            self.cut = None;
        }
        self.cut.get_or_insert_with(|| stop.watch_cut())
    }
}

/// What of a request can be sent at once.
struct Ready {
    /// What of its body came with its head, as it is to be sent.
    bytes: Vec<u8>,
    /// Whether the client waits for leave to send its body.
    waits: bool,
    /// Whether interim responses are passed on to it.
    interim: bool,
}

/// How the forwarding of one exchange ended.
enum Ended {
    Received(Received),
    Client(ClientEnd),
    Cut,
}

impl Recorder {
    /// The sessions that it writes into.
    pub const fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// What went through it unrecorded.
    pub const fn aside(&self) -> &Aside {
        &self.aside
    }

    /// A recorder that forwards through `client` and writes into the journals of `sessions`.
    pub fn new(options: Options, client: Client, sessions: Sessions, notices: Notices) -> Self {
        let allowance = Allowance {
            client: options.limits.stall,
            upstream: options.timeout,
            head: options.limits.head,
        };
        Self { options, allowance, client, sessions, notices, aside: Aside::default() }
    }

    async fn connection(
        &self,
        endpoint: &Endpoint,
        memory: &mut Memory,
    ) -> Result<Link, ConnectError> {
        if let Some((of, mut link, since)) = memory.upstream.take() {
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
        let Some(mut plan) =
            self.options.routes.plan(incoming.form, &incoming.target, &incoming.head.target)
        else {
            return self.unaddressed(&incoming, link).await;
        };
        if incoming.form == Form::Absolute && !self.records(&incoming.target) {
            return self.pass_request(&incoming, &plan, link).await;
        }
        if incoming.form == Form::Tunnel {
            plan.ask_for(link.name.as_deref());
        }
        let mut ready = Ready {
            bytes: Vec::new(),
            waits: incoming.expects_continue(),
            interim: incoming.head.version == Version::Http11,
        };
        let (form, client) = (incoming.form, incoming.client);
        let ticket = match self.sessions.enter(incoming.session.as_deref()).await {
            Ok(ticket) => ticket,
            Err(refusal) => return self.no_session(&incoming, &refusal, link).await,
        };
        let stop = ticket.stop().clone();
        let mut flow = Flow::new(incoming, &plan, ticket);
        let most = flow.ticket.before().map_or(0, |before| before.most);
        flow.sending.hold(most);
        let keeping = flow.ticket.journal().keeping(&flow.recorded, &flow.head, &flow.open);
        if let Err(end) = flow.sending.take(&mut link.reader.buffer, &mut ready.bytes, keeping) {
            return self.client_failed(flow, end, link).await;
        }
        if let Some(before) = flow.ticket.before().cloned() {
            if let Err(end) = self.read_whole(&mut flow, &mut ready, most, link).await {
                return self.client_failed(flow, end, link).await;
            }
            if let Some(reply) = flow.arrived(form, client).and_then(|a| (before.answer)(&a)) {
                flow.ticket.count_answered();
                return self.known(&flow, &reply, link).await;
            }
            flow.sending.hold(0);
        }
        let connected = tokio::select! {
            biased;
            connected = self.connection(&plan.endpoint, memory) => connected,
            () = stop.was_cut() => return cut(flow),
        };
        let mut upstream = match connected {
            Ok(upstream) => upstream,
            Err(ConnectError::Transport(error)) => {
                return self.unreachable(flow, error, ready.waits, link).await;
            }
            Err(ConnectError::Loop(place)) => return self.circular(&flow, &place, link).await,
        };
        let waits = ready.waits;
        let watch = memory.watch(&stop);
        match self.forward(&mut flow, &plan, ready, link, &mut upstream, watch).await {
            Ended::Received(Received::Whole(last)) => {
                self.finish_request(&mut flow, waits, link, &mut upstream).await;
                self.whole(flow, last, link, plan.endpoint, upstream, memory).await
            }
            Ended::Received(Received::Switched(head)) => {
                self.switched(flow, head, link, upstream).await
            }
            Ended::Received(Received::Broken(error)) => {
                self.upstream_failed(flow, error, link).await
            }
            // It closed, and so do we: a reset would tell of another failure.
            Ended::Received(Received::Short(error)) => {
                self.upstream_failed(flow, error, link).await;
                After::Close
            }
            // What could not be written is not passed on; the journal has asked for the stop.
            Ended::Received(Received::Unwritten) => After::Abort,
            Ended::Received(Received::ClientGone(error)) => {
                let end = ClientEnd::gone(format!("client: {error}"));
                self.client_failed(flow, end, link).await
            }
            Ended::Client(end) => self.client_failed(flow, end, link).await,
            Ended::Cut => cut(flow),
        }
    }

    fn opens(&self, authority: &Authority) -> bool {
        self.options.hosts.record(authority)
    }

    async fn pass(&self, blind: Blind<'_>, link: &mut Link) -> Passed {
        self.pass_tunnel(blind, link).await
    }

    async fn stream(&self, call: Call) {
        self.strand(call).await;
    }

    async fn choose(&self, hello: Hello) -> Option<Protocol> {
        self.mirrored(hello).await
    }

    fn farewell(&self, memory: Memory) {
        if let Some((endpoint, link, since)) = memory.upstream
            && since.elapsed() < KEPT
        {
            self.client.keep(endpoint, link);
        }
    }
}

impl Recorder {
    /// Reads the rest of the request, giving leave to send it where the client waits for that.
    async fn read_whole(
        &self,
        flow: &mut Flow,
        ready: &mut Ready,
        most: u64,
        link: &mut Link,
    ) -> Result<(), ClientEnd> {
        if ready.waits && !flow.sending.whole {
            // What the upstream says of it later is no news to the client.
            ready.interim = false;
            let granted = b"HTTP/1.1 100 Continue\r\n\r\n";
            let sent = link.writer.send(granted, self.allowance.client).await;
            sent.map_err(|error| ClientEnd::gone(format!("client: {error}")))?;
        }
        let keeping = flow.ticket.journal().keeping(&flow.recorded, &flow.head, &flow.open);
        let (reader, out) = (&mut link.reader, &mut ready.bytes);
        flow.sending.read(reader, out, &self.allowance, keeping, most).await
    }

    /// Sends an answer that was there before.
    async fn known(&self, flow: &Flow, reply: &Reply, link: &mut Link) -> After {
        let old = flow.head.version == Version::Http10;
        let for_old = old.then(|| reply.clone().for_old_client(&flow.head.method));
        let reply = for_old.as_ref().unwrap_or(reply);
        match link.writer.send(&reply.bytes, self.allowance.client).await {
            Err(_) => After::Abort,
            Ok(()) if reply.close || old => After::Close,
            Ok(()) => After::Continue,
        }
    }

    /// Sends the request and receives the response, both ways at once.
    async fn forward(
        &self,
        flow: &mut Flow,
        plan: &Plan,
        ready: Ready,
        link: &mut Link,
        upstream: &mut Link,
        cut: &mut Watch,
    ) -> Ended {
        let pulse = Pulse::new();
        let allowance = &self.allowance;
        let crossing = Crossing::of(&flow.head.headers, Way::Request);
        let proxied = self.client.proxied(&plan.endpoint);
        let head = sent_head(&flow.head, plan, proxied.as_ref(), &crossing);
        let asked = Asked {
            method: &flow.head.method,
            upgrades: crossing.upgrades(),
            interim: ready.interim,
            proxied: proxied.as_ref(),
            old: flow.head.version == Version::Http10,
        };
        // An upstream that takes no more may have said why: its response is looked at all the same.
        let sent = upstream.writer.send_both(head, &ready.bytes, allowance.upstream).await;
        flow.sending.refused = sent.is_err();
        let keeping = flow.ticket.journal().keeping(&flow.recorded, &flow.head, &flow.open);
        let mut client_side = std::pin::pin!(flow.sending.run(
            &mut link.reader,
            &mut upstream.writer,
            allowance,
            keeping,
            &pulse,
        ));
        let upstream_side = std::pin::pin!(flow.receiving.run(
            &mut upstream.reader,
            &mut link.writer,
            asked,
            allowance,
            keeping,
            &pulse,
        ));
        tokio::select! {
            biased;
            received = upstream_side => Ended::Received(received),
            end = &mut client_side => Ended::Client(end),
            () = poll_fn(|context| cut.poll(context)) => Ended::Cut,
        }
    }

    /// A response may be whole before its request is: what is on its way still goes through. A
    /// client that waited for leave and got its answer instead sends nothing more.
    async fn finish_request(
        &self,
        flow: &mut Flow,
        waits: bool,
        link: &mut Link,
        upstream: &mut Link,
    ) {
        flow.ended = Some(Instant::now());
        let keeping = flow.ticket.journal().keeping(&flow.recorded, &flow.head, &flow.open);
        let sending = &mut flow.sending;
        if sending.whole || sending.refused || (waits && sending.is_untouched()) {
            return;
        }
        let pulse = Pulse::new();
        let (reader, writer) = (&mut link.reader, &mut upstream.writer);
        let rest = sending.send(reader, writer, &self.allowance, keeping, &pulse);
        let _ = tokio::time::timeout(GRACE, rest).await;
    }

    /// The response is whole: the exchange goes to disk, then the client gets the rest of it.
    async fn whole(
        &self,
        flow: Flow,
        last: Last,
        link: &mut Link,
        endpoint: Endpoint,
        upstream: Link,
        memory: &mut Memory,
    ) -> After {
        let goes_on = flow.sending.whole && !last.closes && flow.persists();
        let keeps = goes_on && flow.upstream_persists();
        if flow.write(None).is_err() {
            return After::Abort;
        }
        if keeps {
            memory.upstream = Some((endpoint, upstream, Instant::now()));
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
        let stop = flow.ticket.stop().clone();
        let talk = flow.receiving.head.as_ref().and_then(|head| Talk::of(&head.headers));
        if let Some(talk) = talk {
            if flow.stay_open().is_err() {
                return After::Abort;
            }
            return self.socket(switched::Watch::new(flow, talk), stop, head, link, upstream).await;
        }
        if flow.write(None).is_err() {
            return After::Abort;
        }
        if link.writer.send(&head, self.allowance.client).await.is_err() {
            return After::Abort;
        }
        tokio::select! {
            () = switched::pass(link, &mut upstream, self.allowance.client, None) => After::Close,
            () = stop.was_cut() => After::Abort,
        }
    }

    /// A WebSocket: the exchange is written with its messages when it closes.
    async fn socket(
        &self,
        watch: switched::Watch,
        stop: Stop,
        head: Vec<u8>,
        link: &mut Link,
        mut upstream: Link,
    ) -> After {
        let wait = self.allowance.client;
        let (mut after, mut error) = (After::Close, None);
        if let Err(cause) = link.writer.send(&head, wait).await {
            (after, error) = (After::Abort, Some(gone(&cause)));
        } else {
            tokio::select! {
                () = switched::pass(link, &mut upstream, wait, Some(&watch)) => {}
                () = stop.was_cut() => (after, error) = (After::Abort, Some(stopped())),
            }
        }
        match watch.finish(error) {
            Err(_) => After::Abort,
            Ok(None) => after,
            Ok(Some(number)) => {
                self.notices.tell(&Notice::Engine(format!(
                    "warning: exchange {number}: of some messages of its WebSocket only the length was kept: beyond 1 MiB each, or 16 MiB or 100000 messages in all"
                )));
                after
            }
        }
    }
}

/// The recorder stops before the exchange has ended.
fn cut(flow: Flow) -> After {
    // A journal that takes no more has asked for the stop itself.
    let _ = flow.write(Some(stopped()));
    After::Abort
}

/// The client went away before it had the head of the response.
fn gone(cause: &std::io::Error) -> TransportError {
    TransportError { kind: TransportErrorKind::ClientGone, message: format!("client: {cause}") }
}

/// The head as it is sent to the upstream, or to a proxy that takes it as it is.
pub(super) fn sent_head(
    head: &RequestHead,
    plan: &Plan,
    proxied: Option<&Proxied>,
    crossing: &Crossing,
) -> Vec<u8> {
    match proxied {
        None => request_head(head, &plan.target, b"", crossing),
        Some(proxied) => {
            let target = proxied.target(&plan.target);
            request_head(head, &target, proxied.credentials(), crossing)
        }
    }
}

/// `own` are field lines that are not the client's.
fn request_head(head: &RequestHead, target: &str, own: &[u8], crossing: &Crossing) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    for part in [head.method.as_str(), " ", target, " ", head.version.as_str(), "\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(own);
    write_crossing(&mut out, &head.headers, &head.lines, crossing);
    out
}
