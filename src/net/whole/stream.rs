//! The same on streams of HTTP/2.

use super::{Answer, Arrived, BodyFailure, Leave, whole};
use crate::net::pace::{self, Clock, Cut, Early};
use crate::net::{Call, Filed, Limits, Outflow};
use bytes::BytesMut;
use std::time::Duration;

/// Error code of a response that breaks off (RFC 9113, section 7).
const INTERNAL: u32 = 2;

/// Reads a request to its end and answers it.
pub async fn answer<A: Answer>(answer: &A, call: Call, limits: &Limits, clock: &Clock) {
    let method = call.incoming.head.method.clone();
    let wait = limits.stall;
    let (arrived, leave, mut responder) = match arrived(call, answer, limits).await {
        Ok(arrived) => arrived,
        Err((_, BodyFailure::Gone)) => return,
        Err((mut responder, failure)) => {
            let (status, detail) = match failure {
                BodyFailure::Malformed(detail) => (400, detail),
                _ => (413, format!("body exceeds {} bytes", limits.body)),
            };
            let kind = (status, "bad-request");
            let _ = responder.problem(kind, &detail, &method, wait).await;
            return;
        }
    };
    let reply = answer.answer(arrived).await;
    if let Some(manner) = &reply.manner {
        if manner.onward.is_some() {
            let detail = "recorded as a change of protocol, which HTTP/2 does not have";
            let _ = responder.problem((501, "bad-request"), detail, &method, wait).await;
            return;
        }
        let pace = manner.pace.clone().unwrap_or_default();
        if pace.cut != Some(Cut::Reset) {
            let early = manner.early.as_deref().unwrap_or_default();
            Early::answer(early, leave, &mut responder, clock).await;
        }
        return pace::answer(&reply, &pace, &method, &mut responder, clock, wait).await;
    }
    let (response, is_whole) = reply.message(&method);
    if let Some(file) = &reply.file {
        if let Ok(mut out) = responder.begin(&response)
            && pour(file, &mut out, wait).await.is_err()
        {
            out.break_off(INTERNAL, wait).await;
        }
    } else if is_whole {
        let _ = responder.answer(&response, &method, wait).await;
    } else if let Ok(mut out) = responder.begin(&response) {
        let body = response.body.bytes().map(bytes::Bytes::copy_from_slice).unwrap_or_default();
        let _ = out.send(body, wait).await;
        out.break_off(INTERNAL, wait).await;
    }
}

/// Sends a body from its file; fails before its end where it is to break off.
async fn pour(file: &Filed, out: &mut Outflow, wait: Duration) -> Result<(), ()> {
    let mut reading = file.open().await.map_err(drop)?;
    while let Some(piece) = reading.next().await.map_err(drop)? {
        if reading.is_done() && !file.broken {
            return out.finish(piece, &file.trailers, wait).await.map_err(drop);
        }
        out.send(piece, wait).await.map_err(drop)?;
    }
    Err(())
}

/// Reads the request's body.
async fn arrived<A: Answer>(
    call: Call,
    answer: &A,
    limits: &Limits,
) -> Result<(Arrived, Leave, crate::net::Responder), (crate::net::Responder, BodyFailure)> {
    let Call { mut incoming, url, mut body, mut responder, .. } = call;
    incoming.target = url;
    let mut leave = Leave::Unasked;
    if incoming.expects_continue() {
        let head = whole(incoming.clone(), BytesMut::new(), crate::exchange::Headers::new());
        if !answer.wants_body(&head) {
            return Ok((head, Leave::Refused, responder));
        }
        leave = Leave::Granted;
        let granted = crate::exchange::Response { status: 100, ..Default::default() };
        if responder.interim(&granted).is_err() {
            return Err((responder, BodyFailure::Gone));
        }
    }
    let mut bytes = BytesMut::new();
    let failure = loop {
        match tokio::time::timeout(limits.stall, body.next()).await {
            Ok(Ok(Some(piece))) if (bytes.len() + piece.len()) as u64 > limits.body => {
                break BodyFailure::TooLarge;
            }
            Ok(Ok(Some(piece))) => bytes.extend_from_slice(&piece),
            Ok(Ok(None)) => match body.trailers().await {
                Ok(trailers) => return Ok((whole(incoming, bytes, trailers), leave, responder)),
                Err(_) => break BodyFailure::Gone,
            },
            Ok(Err(_)) | Err(_) => break BodyFailure::Gone,
        }
    };
    Err((responder, failure))
}
