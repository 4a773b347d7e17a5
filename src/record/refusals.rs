//! What the recorder answers itself, because no response came that it could pass on.
use std::sync::Arc;

use super::flow::Flow;
use super::recorder::{GRACE, Recorder};
use super::refusal::Refusal;
use super::sending::ClientEnd;
use crate::exchange::{ERROR_HEADER, Headers, Response, Target, TransportError, reason_phrase};
use crate::net::{After, Incoming, Link, Notice, Reply, hint};

/// Why a request to the recorder itself goes nowhere.
pub(super) const NO_UPSTREAM: &str = "this recorder has no upstream for requests that are \
                                      addressed to itself: give --upstream, or use it as a proxy";

/// Why a request that would come back to us goes nowhere.
pub(super) fn circular(place: &str) -> String {
    format!("`{place}` is this proxy itself: the request would go round in a circle")
}

/// What a person is told of a failure. Path and query are left out: they may hold what must not be
/// shown.
pub(super) fn failure_news(method: &str, target: &str, error: &TransportError) -> String {
    let TransportError { kind, message } = error;
    let Target { scheme, authority, .. } = Target::parse(target);
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let hint = hint(error).map_or_else(String::new, |hint| format!("\nhint: {hint}"));
    format!("{method} {scheme}://{authority}: {kind}: {message}{hint}")
}

impl Recorder {
    /// The upstream failed: written down as it was; the client gets 502 or 504 where it has nothing
    /// yet, and a broken connection where it has a part.
    pub(super) async fn upstream_failed(
        &self,
        flow: Flow,
        error: TransportError,
        link: &mut Link,
    ) -> After {
        let begun = flow.receiving.begun;
        let goes_on = flow.sending.whole && flow.persists();
        let (problem, method) = (gateway_problem(&error), flow.head.method.clone());
        let news = failure_news(&method, &flow.recorded, &error);
        let journal = Arc::clone(flow.ticket.journal());
        let Ok(number) = flow.write(Some(error)) else {
            return After::Abort;
        };
        let news = journal.without_secrets(&news);
        self.notices.tell(&Notice::Engine(format!("exchange {number}: {news}")));
        if begun {
            return After::Abort;
        }
        self.answer(link, &method, &problem, goes_on).await
    }

    /// There is no upstream. The request's body is read, so that it is recorded whole.
    pub(super) async fn unreachable(
        &self,
        mut flow: Flow,
        error: TransportError,
        waits: bool,
        link: &mut Link,
    ) -> After {
        if !waits {
            let mut unsent = Vec::new();
            let keeping = flow.ticket.journal().keeping(&flow.recorded, &flow.head, &flow.open);
            let (reader, allowance) = (&mut link.reader, &self.allowance);
            let reading = flow.sending.read(reader, &mut unsent, allowance, keeping, 0);
            let _ = tokio::time::timeout(GRACE, reading).await;
        }
        self.upstream_failed(flow, error, link).await
    }

    /// The client ended the exchange, or spoke nonsense.
    pub(super) async fn client_failed(&self, flow: Flow, end: ClientEnd, link: &mut Link) -> After {
        let begun = flow.receiving.begun;
        let ClientEnd { kind, message, status } = end;
        let error = TransportError { kind, message: message.clone() };
        let written = flow.write(Some(error));
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
    pub(super) async fn unaddressed(&self, incoming: &Incoming, link: &mut Link) -> After {
        let news = format!("{} {}: {NO_UPSTREAM}", incoming.head.method, incoming.target);
        self.notices.tell(&Notice::Engine(news));
        let method = &incoming.head.method;
        self.refuse(link, method, (400, "Bad Request"), "no-upstream", NO_UPSTREAM).await
    }

    /// A request whose session takes no exchange: nothing of it is forwarded.
    pub(super) async fn no_session(
        &self,
        incoming: &Incoming,
        refusal: &Refusal,
        link: &mut Link,
    ) -> After {
        let (method, status) = (&incoming.head.method, refusal.status());
        let detail = self.no_session_news(incoming, refusal);
        self.refuse(link, method, (status, reason_phrase(status)), refusal.word(), &detail).await
    }

    /// Tells a person of a request whose session takes no exchange; answers what the client is told.
    pub(super) fn no_session_news(&self, incoming: &Incoming, refusal: &Refusal) -> String {
        let method = &incoming.head.method;
        let hint = refusal.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
        let Target { scheme, authority, .. } = Target::parse(&incoming.target);
        let news = format!("{method} {scheme}://{authority} refused: {refusal}{hint}");
        self.notices.tell(&Notice::Engine(news));
        format!("{refusal}{}", hint.replace('\n', "; "))
    }

    /// A request that would come back to us.
    pub(super) async fn circular(&self, flow: &Flow, place: &str, link: &mut Link) -> After {
        let detail = circular(place);
        let shown = flow.ticket.journal().without_secrets(&flow.recorded);
        self.notices.tell(&Notice::Engine(format!("{shown}: {detail}")));
        let method = &flow.head.method;
        self.refuse(link, method, (508, "Loop Detected"), "loop", &detail).await
    }

    pub(super) async fn refuse(
        &self,
        link: &mut Link,
        method: &str,
        (status, title): (u16, &str),
        kind: &str,
        detail: &str,
    ) -> After {
        let headers = Headers::from([(ERROR_HEADER, kind), ("Connection", "close")]);
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

/// What a client gets in place of a response that did not come.
pub(super) fn gateway_problem(error: &TransportError) -> Response {
    let status = error.kind.gateway_status();
    let reason = reason_phrase(status);
    let headers = Headers::from([(ERROR_HEADER, error.kind.as_str())]);
    Reply::problem(status, reason, reason, &error.message, headers)
}
