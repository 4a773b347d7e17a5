//! What one session knows beside what was served: what its variables are, and what it was given.

use super::bindings::Bindings;
use super::causes::Seen;
use super::swaps::{Swaps, TextKind};
use crate::exchange::{Body, Headers, MediaType, Request};
use std::borrow::Cow;

#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) bindings: Bindings,
    pub(super) seen: Seen,
}

impl Session {
    /// A request with the recorded values in the place of the client's.
    pub(super) fn turned_back<'a>(&self, request: &'a Request) -> Cow<'a, Request> {
        swapped_request(request, &self.bindings.backward)
    }
}

/// A request with every value swapped, wherever it stands. A body that is changed is no longer compressed.
pub fn swapped_request<'a>(request: &'a Request, swaps: &Swaps) -> Cow<'a, Request> {
    if swaps.is_empty() {
        return Cow::Borrowed(request);
    }
    let mut turned = Cow::Borrowed(request);
    if let Some(target) = swaps.swapped_text(&request.target, TextKind::Url) {
        turned.to_mut().target = target;
    }
    for (place, header) in request.headers.iter().enumerate() {
        if let Some(value) = swaps.swapped(&header.value, TextKind::Plain)
            && let Some(header) = turned.to_mut().headers.iter_mut().nth(place)
        {
            header.value = value;
        }
    }
    if let Some(body) = turned_body(request, swaps) {
        let turned = turned.to_mut();
        turned.body = Body::from_bytes(body);
        // What is compared is decoded.
        turned.headers.remove("content-encoding");
    }
    turned
}

fn turned_body(request: &Request, swaps: &Swaps) -> Option<Vec<u8>> {
    let body = request.body.decoded(&request.headers).ok()??;
    swaps.swapped(&body, text_kind(&request.headers, &body))
}

/// What kind of text a body is, by its media type, or by how it begins where that tells nothing.
pub fn text_kind(headers: &Headers, body: &[u8]) -> TextKind {
    let media = headers.text("content-type").and_then(MediaType::parse);
    let essence = headers.text("content-type").unwrap_or_default().to_ascii_lowercase();
    match media {
        Some(media) if media.is_json() => TextKind::Json,
        Some(media) if media.is_form() => TextKind::Url,
        _ if essence.contains("xml") || essence.contains("html") => TextKind::Markup,
        _ => match body.trim_ascii_start().first() {
            Some(b'{' | b'[') => TextKind::Json,
            Some(b'<') => TextKind::Markup,
            _ => TextKind::Plain,
        },
    }
}
