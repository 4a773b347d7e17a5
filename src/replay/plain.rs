//! A recorded answer without its content coding, for a client that does not take it.

use crate::exchange::{
    Body, ContentCoding, Exchange, Headers, Response, Unpacker, response_has_body,
};
use crate::net::{Pace, Piece, Reply};

/// Fields that speak of the bytes as they were coded (RFC 9530; RFC 1864).
const DIGESTS: &[&str] = &["content-md5", "digest", "content-digest", "repr-digest"];

/// The content coding of a recorded answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coded {
    coding: ContentCoding,
    /// Whether the client that was recorded said what it takes.
    negotiated: bool,
}

impl Coded {
    /// That of an exchange; `None` where there is none, or none that can be undone.
    pub fn of(exchange: &Exchange) -> Option<Self> {
        let response = exchange.response.as_ref()?;
        let coding = ContentCoding::of(&response.headers).ok()??;
        // A part of coded bytes can't be decoded, and what has no content has no coding.
        let is_part = response.status == 206 || response.headers.contains("content-range");
        let method = &exchange.request.method;
        let can_be = !is_part && (method == "HEAD" || response_has_body(method, response.status));
        let negotiated = exchange.request.headers.contains("accept-encoding");
        can_be.then_some(Self { coding, negotiated })
    }

    /// Whether a client with these fields gets the answer as it was recorded. One that says nothing
    /// takes anything (RFC 9110, section 12.5.3), but servers that choose by what clients say send
    /// such a one no coding.
    pub fn suits(self, headers: &Headers) -> bool {
        self.coding.is_accepted(headers).unwrap_or(!self.negotiated)
    }

    /// The answer without the coding; `None` where the body is not of it.
    pub fn undone(self, reply: &Reply, request_method: &str) -> Option<Reply> {
        let (mut response, is_whole) = reply.message(request_method);
        let coded = response.body.bytes().unwrap_or_default();
        let is_whole = is_whole && !reply.broken;
        let decoded = if coded.is_empty() {
            // Of an answer to HEAD.
            Vec::new()
        } else if is_whole {
            self.coding.decode(coded).ok()?
        } else {
            self.coding.decode_start(coded)
        };
        let pace = reply.pace().map(|pace| {
            let pieces = if is_whole { self.pieces(pace, coded) } else { Vec::new() };
            Pace { pieces, ..pace.clone() }
        });
        let has_body = response_has_body(request_method, response.status);
        let headers = &mut response.headers;
        headers.retain(|header| {
            let is_digest = DIGESTS.iter().any(|name| header.is(name));
            // Of an answer to HEAD nobody knows how long the body would be.
            let is_length = !has_body && header.is("content-length");
            !(is_digest || is_length || header.is("content-encoding"))
        });
        response.trailers.retain(|header| !DIGESTS.iter().any(|name| header.is(name)));
        if headers.contains("content-length") {
            // Of what broke off nobody knows how long it would be: longer than this.
            let length = decoded.len() + usize::from(!is_whole);
            headers.set("content-length", length.to_string());
        }
        for header in headers.iter_mut().filter(|header| header.is("etag")) {
            // The same content in other bytes (RFC 9110, section 8.8.3.3).
            if header.value.starts_with(b"\"") {
                header.value.splice(0..0, *b"W/");
            }
        }
        response.body = Body::from_bytes(decoded);
        let plain = reply_of(&response, request_method, reply.broken);
        Some(match pace {
            Some(pace) => plain.paced(pace),
            None => plain,
        })
    }

    /// The pieces of a body, as long as what they decode to.
    fn pieces(self, pace: &Pace, coded: &[u8]) -> Vec<Piece> {
        let mut unpacker = Unpacker::new(self.coding, coded, Vec::new());
        let mut rest = coded;
        let mut done = 0;
        let pieces = pace.pieces.iter().map_while(|piece| {
            let length = usize::try_from(piece.bytes).unwrap_or(usize::MAX).min(rest.len());
            let (bytes, after) = rest.split_at(length);
            rest = after;
            unpacker.push(bytes).ok()?;
            let before = std::mem::replace(&mut done, unpacker.sink().len() as u64);
            Some(Piece { bytes: done - before, ..*piece })
        });
        pieces.collect()
    }
}

fn reply_of(response: &Response, request_method: &str, broken: bool) -> Reply {
    if broken { Reply::broken_off(response) } else { Reply::of(response, request_method) }
}
