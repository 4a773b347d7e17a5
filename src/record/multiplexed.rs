//! Requests that come on streams of HTTP/2: each is forwarded on a stream of its own, both ways at
//! once, and written down before the end of its response is handed on.

mod down;
mod strand;
mod up;

use super::flow::stopped;
use super::journal::NotWritten;
use super::recorder::{GRACE, Recorder};
use super::refusals::{NO_UPSTREAM, circular, failure_news, gateway_problem};
use crate::exchange::{ERROR_HEADER, Headers, TransportError, TransportErrorKind, reason_phrase};
use crate::net::{
    Call, ConnectError, Hello, Lane, Notice, Offered, Outflow, Protocol, Reply, Responder,
    StreamFault,
};
use bytes::Bytes;
use down::{Down, End, Held, Speaker};
use std::sync::Arc;
use std::time::{Duration, Instant};
use strand::Strand;
use up::Up;

/// How long a request may pause whose response is whole, before it is taken for ended.
const QUIET: Duration = Duration::from_millis(50);
/// Error codes (RFC 9113, section 7).
const INTERNAL: u32 = 2;
const CANCEL: u32 = 8;

/// Why the client's side of an exchange ended it.
#[derive(Debug)]
pub struct ClientEnd {
    error: TransportError,
    /// The status to answer with, where the client is still there.
    status: Option<u16>,
    /// The error code for the upstream.
    code: u32,
}

impl ClientEnd {
    /// It went away.
    fn gone(fault: &StreamFault) -> Self {
        let message = format!("client {fault}");
        let code = if let StreamFault::Reset(code) = fault { *code } else { CANCEL };
        Self { error: error(TransportErrorKind::ClientGone, message), status: None, code }
    }

    fn silent(wait: Duration) -> Self {
        let message = format!("client sent nothing of its request for {} s", wait.as_secs_f32());
        let error = error(TransportErrorKind::ClientGone, message);
        Self { error, status: Some(408), code: CANCEL }
    }

    fn unwritten(_: NotWritten) -> Self {
        let message = "the request could not be written down".to_owned();
        Self { error: error(TransportErrorKind::Stopped, message), status: None, code: CANCEL }
    }
}

/// How the forwarding of one exchange ended.
enum Ended {
    Upstream(Result<Held, End>),
    Client(ClientEnd),
    Cut,
}

impl Recorder {
    /// What a client that begins TLS gets: what the upstream chooses of the same offer. An upstream
    /// that can't be asked fails when the request comes, so that the failure is recorded.
    pub(super) async fn mirrored(&self, hello: Hello) -> Option<Protocol> {
        let Hello { offered, form, root, name, .. } = hello;
        if offered == Offered::HTTP11 || !offered.http2 {
            return offered.oldest();
        }
        let Some(mut plan) = self.options.routes.plan(form, &root, "/") else {
            return offered.oldest();
        };
        if form == crate::net::Form::Tunnel {
            plan.ask_for(name.as_deref());
        }
        if !plan.endpoint.secure {
            return offered.oldest();
        }
        match self.client.negotiate(&plan.endpoint, offered).await {
            Ok(chosen) => chosen,
            Err(_) => offered.oldest(),
        }
    }

    /// Forwards one request, and writes down what became of it.
    pub(super) async fn strand(&self, call: Call) {
        let Call { incoming, url, authority, name, body, mut responder } = call;
        let Some(mut plan) =
            self.options.routes.plan(incoming.form, &incoming.target, &incoming.head.target)
        else {
            let method = incoming.head.method.clone();
            let news = format!("{method} {}: {NO_UPSTREAM}", incoming.target);
            self.notices.tell(&Notice::Engine(news));
            let kind = (400, "no-upstream");
            return self.refuse_stream(&mut responder, &method, kind, NO_UPSTREAM).await;
        };
        if incoming.form != crate::net::Form::Origin {
            plan.recorded = url;
            plan.ask_for(name.as_deref());
        }
        let ticket = match self.sessions.enter(incoming.session.as_deref()).await {
            Ok(ticket) => ticket,
            Err(refusal) => {
                let detail = self.no_session_news(&incoming, &refusal);
                let method = incoming.head.method.clone();
                let kind = (refusal.status(), refusal.word());
                return self.refuse_stream(&mut responder, &method, kind, &detail).await;
            }
        };
        let stop = ticket.stop().clone();
        let (form, client) = (incoming.form, incoming.client);
        let waits = incoming.expects_continue();
        let mut strand = Strand::new(incoming, plan.recorded.clone(), ticket, body.is_ended());
        let mut up = Up::new(body, self.allowance);
        if let Some(before) = strand.ticket.before().cloned() {
            let granted = crate::exchange::Response { status: 100, ..Default::default() };
            if waits && let Err(fault) = responder.interim(&granted) {
                return self.client_ended(strand, ClientEnd::gone(&fault), None).await;
            }
            let keeping =
                strand.ticket.journal().keeping(&strand.recorded, &strand.head, &strand.open);
            if let Err(end) = up.read(&mut strand.asked, keeping, before.most).await {
                return self.client_ended(strand, end, Some(responder)).await;
            }
            let arrived = strand.arrived(form, client, || up.held(before.most));
            if let Some(reply) = arrived.and_then(|arrived| (before.answer)(&arrived)) {
                strand.ticket.count_answered();
                return self.known_on_stream(&strand, &reply, &mut responder).await;
            }
        }
        let connected = tokio::select! {
            biased;
            connected = self.client.lane(&plan.endpoint) => connected,
            fault = responder.gone() => {
                return self.client_ended(strand, ClientEnd::gone(&fault), None).await;
            }
            () = stop.was_cut() => return drop(strand.write(Some(stopped()))),
        };
        let lane = match connected {
            Ok(lane) => lane,
            Err(ConnectError::Transport(error)) => {
                // The request is recorded whole, as far as it comes in time.
                let keeping =
                    strand.ticket.journal().keeping(&strand.recorded, &strand.head, &strand.open);
                let reading = up.read(&mut strand.asked, keeping, 0);
                let _ = tokio::time::timeout(GRACE, reading).await;
                return self
                    .upstream_ended(strand, error, Speaker::Head(responder), INTERNAL)
                    .await;
            }
            Err(ConnectError::Loop(place)) => {
                let detail = circular(&place);
                let shown = strand.ticket.journal().without_secrets(&strand.recorded);
                self.notices.tell(&Notice::Engine(format!("{shown}: {detail}")));
                let method = strand.head.method.clone();
                return self.refuse_stream(&mut responder, &method, (508, "loop"), &detail).await;
            }
        };
        let authority = authority.or_else(|| strand.head.headers.text("host").map(str::to_owned));
        let authority = authority.unwrap_or_else(|| plan.endpoint.authority.to_string());
        self.forward_strand(strand, up, responder, (&lane, &authority, &plan.target)).await;
    }

    async fn forward_strand(
        &self,
        mut strand: Strand,
        mut up: Up,
        responder: Responder,
        (lane, authority, target): (&Lane, &str, &str),
    ) {
        let ends = strand.asked.is_bare();
        let (mut out, pending) = match lane.ask(&strand.head, authority, target, ends).await {
            Ok(opened) => opened,
            Err(fault) => {
                let error = down::failed(&fault);
                let speaker = Speaker::Head(responder);
                return self.upstream_ended(strand, error, speaker, fault.code()).await;
            }
        };
        let (pulse, stop) = (super::pulse::Pulse::new(), strand.ticket.stop().clone());
        let mut down = Down::new(responder, self.allowance);
        let keeping = strand.ticket.journal().keeping(&strand.recorded, &strand.head, &strand.open);
        let ended = tokio::select! {
            biased;
            end = down.run(pending, &mut strand.answer, keeping, &pulse) => Ended::Upstream(end),
            end = up.run(&mut strand.asked, &mut out, keeping, &pulse) => Ended::Client(end),
            () = stop.was_cut() => Ended::Cut,
        };
        let mut speaker = down.speaker;
        match ended {
            Ended::Upstream(Ok(held)) => {
                self.finish_strand(&mut strand, &mut up, &mut out).await;
                self.hand_over(strand, speaker, held).await;
            }
            Ended::Upstream(Err(End::Broken(error, code))) => {
                out.reset(CANCEL);
                self.upstream_ended(strand, error, speaker, code).await;
            }
            // The journal has asked for the stop.
            Ended::Upstream(Err(End::Unwritten)) => {
                out.reset(CANCEL);
                speaker.reset(INTERNAL);
            }
            Ended::Upstream(Err(End::ClientGone(fault))) => {
                let end = ClientEnd::gone(&fault);
                out.reset(end.code);
                self.client_ended(strand, end, None).await;
            }
            Ended::Client(end) => {
                out.reset(end.code);
                let responder = match speaker {
                    Speaker::Head(responder) => Some(responder),
                    Speaker::Body(mut body) => {
                        body.reset(INTERNAL);
                        None
                    }
                };
                self.client_ended(strand, end, responder).await;
            }
            Ended::Cut => {
                let _ = strand.write(Some(stopped()));
                out.reset(CANCEL);
                speaker.reset(INTERNAL);
            }
        }
    }

    /// A response may be whole before its request is: what is on its way still goes through.
    async fn finish_strand(&self, strand: &mut Strand, up: &mut Up, out: &mut Outflow) {
        strand.ended = Some(Instant::now());
        if !strand.asked.whole && !up.refused {
            let keeping =
                strand.ticket.journal().keeping(&strand.recorded, &strand.head, &strand.open);
            let rest = up.rest(&mut strand.asked, out, keeping, QUIET);
            let _ = tokio::time::timeout(GRACE, rest).await;
        }
    }

    /// The response is whole: the exchange goes to disk, then the client gets the rest of it.
    async fn hand_over(&self, strand: Strand, mut speaker: Speaker, held: Held) {
        let answer = strand.answer.head.clone();
        if strand.write(None).is_err() {
            return speaker.reset(INTERNAL);
        }
        let wait = self.allowance.client;
        // A client that takes no more has had its exchange recorded all the same.
        match (speaker, answer) {
            (Speaker::Head(mut responder), Some(response)) => {
                let _ = responder.finish(&response);
            }
            (Speaker::Head(_), None) => {}
            (Speaker::Body(mut out), _) => {
                if out.finish(held.last, &held.trailers, wait).await.is_err() {
                    out.reset(CANCEL);
                }
            }
        }
    }

    /// The upstream failed: written down as it was; the client gets 502 or 504 where it has nothing
    /// yet, and its stream is reset where it has a part.
    async fn upstream_ended(
        &self,
        strand: Strand,
        error: TransportError,
        mut speaker: Speaker,
        code: u32,
    ) {
        let (problem, method) = (gateway_problem(&error), strand.head.method.clone());
        let news = failure_news(&method, &strand.recorded, &error);
        let journal = Arc::clone(strand.ticket.journal());
        let Ok(number) = strand.write(Some(error)) else { return speaker.reset(INTERNAL) };
        let news = journal.without_secrets(&news);
        self.notices.tell(&Notice::Engine(format!("exchange {number}: {news}")));
        match &mut speaker {
            Speaker::Head(responder) => {
                let _ = responder.answer(&problem, &method, self.allowance.client).await;
            }
            Speaker::Body(out) => out.break_off(code, self.allowance.client).await,
        }
    }

    /// The client ended the exchange, or sent too much.
    async fn client_ended(&self, strand: Strand, end: ClientEnd, responder: Option<Responder>) {
        let ClientEnd { error, status, .. } = end;
        let (message, method) = (error.message.clone(), strand.head.method.clone());
        let written = strand.write(Some(error));
        let Some(mut responder) = responder else { return };
        match status {
            Some(status) if written.is_ok() => {
                let (kind, wait) = ((status, "bad-request"), self.allowance.client);
                let _ = responder.problem(kind, &message, &method, wait).await;
            }
            _ => responder.reset(INTERNAL),
        }
    }

    async fn known_on_stream(&self, strand: &Strand, reply: &Reply, responder: &mut Responder) {
        let method = &strand.head.method;
        let (response, _) = reply.message(method);
        let _ = responder.answer(&response, method, self.allowance.client).await;
    }

    async fn refuse_stream(
        &self,
        responder: &mut Responder,
        method: &str,
        (status, kind): (u16, &str),
        detail: &str,
    ) {
        let title = if status == 508 { "Loop Detected" } else { reason_phrase(status) };
        let headers = Headers::from([(ERROR_HEADER, kind)]);
        let problem = Reply::problem(status, title, title, detail, headers);
        let _ = responder.answer(&problem, method, self.allowance.client).await;
    }
}

fn error(kind: TransportErrorKind, message: String) -> TransportError {
    TransportError { kind, message }
}

/// Nothing held back.
const NOTHING: Bytes = Bytes::new();
