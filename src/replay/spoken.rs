//! Which versions of HTTP were spoken when a deck was recorded: a client that was answered in
//! HTTP/1.1 then is not lured into HTTP/2 now.

use crate::exchange::{Authority, Request, Target, Version};
use crate::net::{Form, Hello, Protocol};
use std::collections::HashSet;

/// The authorities that were spoken to in HTTP/2.
#[derive(Debug, Clone, Default)]
pub(super) struct Spoken(HashSet<Authority>);

impl Spoken {
    /// Adds what a request shows.
    pub(super) fn add(&mut self, request: &Request) {
        if request.version == Version::Http2 {
            self.0.extend(Target::parse(&request.target).authority());
        }
    }

    /// Adds what another recording shows.
    pub(super) fn join(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    /// What a client gets of the protocols that it offers. Whoever speaks to the replayer itself asks
    /// for whatever authority was recorded.
    pub(super) fn choose(&self, hello: &Hello) -> Option<Protocol> {
        let http2 = match hello.form {
            Form::Origin => !self.0.is_empty(),
            Form::Absolute | Form::Tunnel => Target::parse(&hello.root)
                .authority()
                .is_some_and(|authority| self.0.contains(&authority)),
        };
        if http2 { hello.offered.newest() } else { hello.offered.oldest() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Offered;

    #[test]
    fn offered_as_recorded() {
        let mut spoken = Spoken::default();
        for (target, version) in
            [("https://new.example/a", Version::Http2), ("https://old.example/a", Version::Http11)]
        {
            let target = target.to_owned();
            spoken.add(&Request { target, version, ..Request::default() });
        }
        let both = Offered { http11: true, http2: true };
        let cases = [
            (Form::Tunnel, "https://new.example/", both, Protocol::Http2),
            (Form::Tunnel, "https://New.example:443/", both, Protocol::Http2),
            (Form::Tunnel, "https://new.example/", Offered::HTTP11, Protocol::Http11),
            (Form::Tunnel, "https://old.example/", both, Protocol::Http11),
            (Form::Tunnel, "https://old.example/", Offered::HTTP2, Protocol::Http2),
            (Form::Tunnel, "https://other.example/", both, Protocol::Http11),
            (Form::Origin, "https://127.0.0.1:7/", both, Protocol::Http2),
        ];
        for (form, root, offered, expected) in cases {
            let hello = Hello { offered, form, root: root.to_owned(), name: None, session: None };
            assert_eq!(spoken.choose(&hello), Some(expected), "{hello:?}");
        }
    }
}
