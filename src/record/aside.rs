//! What goes through the recorder and is not recorded: hosts that are not to be, and protocols that are
//! not HTTP. It is passed on as it is, told once for each host, and counted.

use super::recorder::{Recorder, sent_head};
use super::routes::Plan;
use super::sending::{Allowance, put_end, put_piece};
use crate::exchange::{Authority, Target, TransportError, TransportErrorKind, reason_phrase};
use crate::net::{
    After, Blind, BodyDecoder, ConnectError, Crossing, Decoded, Framing, HostPattern, Incoming,
    Link, Notice, Passed, Reader, Stop, Unseen, Way, Writer, join,
};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

/// Most hosts that are told and counted one by one.
const HOSTS: usize = 1000;

/// Which hosts are recorded: all, or those allowed, without those denied.
#[derive(Debug, Clone, Default)]
pub struct HostLists {
    /// None stands for every host.
    pub allow: Vec<HostPattern>,
    /// Goes before what is allowed.
    pub deny: Vec<HostPattern>,
}

/// The hosts that were passed through, each with its connections.
#[derive(Debug, Default)]
pub struct Aside(Mutex<BTreeMap<String, u64>>);

impl HostLists {
    /// Whether what goes to a host is recorded.
    pub fn record(&self, authority: &Authority) -> bool {
        let in_list = |list: &[HostPattern]| list.iter().any(|pattern| pattern.matches(authority));
        (self.allow.is_empty() || in_list(&self.allow)) && !in_list(&self.deny)
    }
}

impl Aside {
    /// Counts a connection; whether it is the first to its host.
    fn count(&self, host: String) -> bool {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= HOSTS && !hosts.contains_key(&host) {
            *hosts.entry("others".to_owned()).or_default() += 1;
            return false;
        }
        let times = hosts.entry(host).or_default();
        *times += 1;
        *times == 1
    }

    /// The hosts, by name, each with its connections.
    pub fn hosts(&self) -> Vec<(String, u64)> {
        let hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.iter().map(|(host, times)| (host.clone(), *times)).collect()
    }
}

impl Recorder {
    /// Whether the host that a request in absolute form is for is recorded.
    pub(super) fn records(&self, url: &str) -> bool {
        let authority = Target::parse(url).authority();
        authority.is_none_or(|authority| self.options.hosts.record(&authority))
    }

    /// Passes a tunnel on.
    pub(super) async fn pass_tunnel(&self, blind: Blind<'_>, link: &mut Link) -> Passed {
        let Blind { authority, why, granted, stop, .. } = blind;
        let opening = async {
            tokio::select! {
                opened = self.client.open(authority) => Some(opened),
                () = stop.requested() => None,
            }
        };
        let mut upstream = match opening.await {
            None => return Passed::Over,
            Some(Ok(upstream)) => upstream,
            // A client that only waits with its first words has not asked for this connection.
            Some(Err(_)) if why == Unseen::Silent => return Passed::Nowhere,
            Some(Err(error)) => {
                let place = authority.to_string();
                if granted.is_empty() {
                    let news = format!("{place}: not passed through: {error}");
                    self.notices.tell(&Notice::Engine(news));
                } else {
                    self.unopened(&place, &error, "CONNECT", link).await;
                }
                return Passed::Over;
            }
        };
        if why == Unseen::Silent {
            let came = tokio::select! {
                came = upstream.reader.fill() => came.is_ok_and(|count| count > 0),
                came = link.reader.fill() => {
                    return if came.is_ok_and(|count| count > 0) { Passed::Spoke } else { Passed::Over };
                }
                () = stop.requested() => return Passed::Over,
            };
            if !came {
                return Passed::Nowhere;
            }
        }
        if !granted.is_empty() && link.writer.send(granted, self.allowance.client).await.is_err() {
            return Passed::Over;
        }
        self.note(authority, why);
        join(link, &mut upstream, stop, self.allowance.client).await;
        Passed::Over
    }

    /// Passes a request in absolute form on, and the response to it. It has its connection to the
    /// upstream for itself, which ends with the response: no response has to be understood.
    pub(super) async fn pass_request(
        &self,
        incoming: &Incoming,
        plan: &Plan,
        link: &mut Link,
    ) -> After {
        let place = plan.endpoint.authority.to_string();
        let method = &incoming.head.method;
        let mut upstream = match self.client.connect(&plan.endpoint).await {
            Ok(upstream) => upstream,
            Err(error) => return self.unopened(&place, &error, method, link).await,
        };
        if let Some(asked) = Target::parse(&incoming.target).authority() {
            self.note(&asked, Unseen::Host);
        }
        let crossing = Crossing::of(&incoming.head.headers, Way::Request);
        let proxied = self.client.proxied(&plan.endpoint);
        let mut head = sent_head(&incoming.head, plan, proxied.as_ref(), &crossing);
        if crossing.upgrades() {
            if upstream.writer.send(&head, self.allowance.upstream).await.is_ok() {
                join(link, &mut upstream, &Stop::new(), self.allowance.client).await;
            }
            return After::Close;
        }
        make_last(&mut head);
        // An upstream that takes no more may have said why.
        let _ = upstream.writer.send(&head, self.allowance.upstream).await;
        let begun = async {
            let allowance = &self.allowance;
            let (from, to) = (&mut link.reader, &mut upstream.writer);
            let mut there = std::pin::pin!(body(incoming.framing, from, to, allowance));
            let (from, to) = (&mut upstream.reader, &mut link.writer);
            let mut back = std::pin::pin!(response(from, to, allowance));
            tokio::select! {
                begun = &mut back => begun,
                came = &mut there => match came {
                    Ok(()) => back.await,
                    // The client is gone, or speaks nonsense.
                    Err(_) => Err(true),
                },
            }
        };
        let begun = begun.await;
        match begun {
            Ok(()) => After::Close,
            Err(true) => After::Abort,
            Err(false) => {
                let message = format!("{place}: no response");
                let kind = TransportErrorKind::Reset;
                let error = ConnectError::Transport(TransportError { kind, message });
                self.unopened(&place, &error, method, link).await
            }
        }
    }

    /// Nothing could be passed on: told to whoever runs the recorder, and to the client.
    async fn unopened(
        &self,
        place: &str,
        error: &ConnectError,
        method: &str,
        link: &mut Link,
    ) -> After {
        self.notices.tell(&Notice::Engine(format!("{place}: not passed through: {error}")));
        let (status, word) = match error {
            ConnectError::Transport(error) => (error.kind.gateway_status(), error.kind.as_str()),
            ConnectError::Loop(_) => (508, "loop"),
        };
        let title = reason_phrase(status);
        self.refuse(link, method, (status, title), word, &error.to_string()).await
    }

    fn note(&self, authority: &Authority, why: Unseen) {
        if !self.aside.count(authority.to_string()) {
            return;
        }
        let reason = match why {
            Unseen::Host => "",
            Unseen::Protocol => " (neither TLS nor HTTP in the tunnel)",
            Unseen::Silent => " (the server speaks first in the tunnel: no HTTP)",
        };
        let news = format!("{authority}: passes through unrecorded{reason}");
        self.notices.tell(&Notice::Engine(news));
    }
}

/// Says in a head that its message is the last one on its connection.
fn make_last(head: &mut Vec<u8>) {
    let mut last = Vec::with_capacity(head.len() + 20);
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        if line == b"\r\n" {
            last.extend_from_slice(b"Connection: close\r\n");
        }
        if !line.get(..11).is_some_and(|name| name.eq_ignore_ascii_case(b"connection:")) {
            last.extend_from_slice(line);
        }
    }
    *head = last;
}

/// Passes a request's body on, and nothing that follows it: that may be for another host.
async fn body(
    framing: Framing,
    reader: &mut Reader,
    writer: &mut Writer,
    allowance: &Allowance,
) -> io::Result<()> {
    let chunked = framing == Framing::Chunked;
    let mut decoder = BodyDecoder::new(framing);
    loop {
        let mut out = Vec::new();
        match decoder.decode(&mut reader.buffer) {
            Err(fault) => return Err(io::Error::other(fault.to_string())),
            Ok(Decoded::More) => {
                if reader.fill_within(allowance.client).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                continue;
            }
            Ok(Decoded::Piece(piece)) => put_piece(&mut out, &piece, chunked),
            Ok(Decoded::End) => {
                if chunked {
                    put_end(&mut out, decoder.trailers());
                }
                // One that takes no more may answer all the same.
                let _ = writer.send(&out, allowance.upstream).await;
                return Ok(());
            }
        }
        let _ = writer.send(&out, allowance.upstream).await;
    }
}

/// Passes a response on to its end; fails with whether the client has a part of it.
async fn response(
    reader: &mut Reader,
    writer: &mut Writer,
    allowance: &Allowance,
) -> Result<(), bool> {
    let mut begun = false;
    loop {
        match reader.fill_within(allowance.upstream).await {
            Ok(0) if begun => return Ok(()),
            Ok(1..) => {
                let bytes = reader.buffer.split();
                begun = true;
                writer.send(&bytes, allowance.client).await.map_err(|_| true)?;
            }
            Ok(_) | Err(_) => return Err(begun),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_by_their_lists() {
        let list = |texts: &[&str]| -> Vec<HostPattern> {
            texts.iter().map(|text| HostPattern::parse(text).unwrap()).collect()
        };
        let cases: [(&[&str], &[&str], &str, bool); 7] = [
            (&[], &[], "any:1", true),
            (&["api.example"], &[], "api.example:443", true),
            (&["api.example"], &[], "pypi.example:443", false),
            (&["api.example:8443"], &[], "api.example:443", false),
            (&[], &["*.telemetry.example"], "a.telemetry.example:443", false),
            (&[], &["*.telemetry.example"], "api.example:443", true),
            (&["*.example"], &["pypi.example"], "pypi.example:443", false),
        ];
        for (allow, deny, host, expected) in cases {
            let lists = HostLists { allow: list(allow), deny: list(deny) };
            let authority = Authority::parse(host, 0).unwrap();
            assert_eq!(lists.record(&authority), expected, "{allow:?} {deny:?} {host}");
        }
    }

    #[test]
    fn a_last_request_says_so_once() {
        let mut head = b"GET / HTTP/1.1\r\nHost: h\r\ncOnnection: keep-alive\r\n\r\n".to_vec();
        make_last(&mut head);
        assert_eq!(head, b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    }

    #[test]
    fn hosts_are_counted_within_bounds() {
        let aside = Aside::default();
        assert!(aside.count("a".to_owned()) && !aside.count("a".to_owned()));
        for n in 0..2 * HOSTS {
            aside.count(format!("h{n}"));
        }
        let hosts = aside.hosts();
        assert_eq!(hosts.len(), HOSTS + 1);
        assert_eq!(hosts.iter().map(|(_, times)| times).sum::<u64>(), 2 + 2 * HOSTS as u64);
    }
}
