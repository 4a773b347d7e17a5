use super::content::Content;
use super::{Clock, Cut, Pace};
use crate::exchange::Headers;
use crate::net::{Outflow, Reply, Responder};
use std::time::Duration;

/// Error code of a response that breaks off (RFC 9113, section 7).
const INTERNAL: u32 = 2;

/// Sends a reply to a request with this method as its pace has it.
pub async fn answer(
    reply: &Reply,
    pace: &Pace,
    request_method: &str,
    responder: &mut Responder,
    clock: &Clock,
    wait: Duration,
) {
    tokio::select! {
        () = clock.until(pace.head) => {}
        _ = responder.gone() => return,
    }
    if pace.cut == Some(Cut::Reset) {
        responder.reset(INTERNAL);
        return;
    }
    let (response, is_whole) = reply.message(request_method);
    let Ok(mut content) = Content::of(reply, &response).await else {
        responder.reset(INTERNAL);
        return;
    };
    let (is_whole, trailers) = match &reply.file {
        Some(file) => (!file.broken, &file.trailers),
        None => (is_whole, &response.trailers),
    };
    let most = pace.cut_after(content.length());
    let is_whole = is_whole && most.is_none();
    if is_whole && content.length() == 0 && trailers.is_empty() {
        let _ = responder.finish(&response);
        return;
    }
    let Ok(mut out) = responder.begin(&response) else { return };
    let most = most.unwrap_or(content.length());
    let end = is_whole.then_some(trailers);
    if pour(&mut content, pace, most, &mut out, (clock, wait), end).await.is_err() {
        out.break_off(INTERNAL, wait).await;
    }
}

/// Sends the first `most` bytes of a body and, unless it is to break off, its end.
async fn pour(
    content: &mut Content,
    pace: &Pace,
    most: u64,
    out: &mut Outflow,
    (clock, wait): (&Clock, Duration),
    end: Option<&Headers>,
) -> Result<(), ()> {
    for step in pace.steps(most) {
        tokio::select! {
            () = clock.until(step.at) => {}
            _ = out.gone() => return Err(()),
        }
        let mut left = step.bytes;
        while left > 0 {
            let piece = content.take(left).await.map_err(drop)?;
            if piece.is_empty() {
                return Err(());
            }
            left -= piece.len() as u64;
            out.send(piece, wait).await.map_err(drop)?;
        }
    }
    let trailers = end.ok_or(())?;
    clock.until(pace.end).await;
    out.finish(bytes::Bytes::new(), trailers, wait).await.map_err(drop)
}
