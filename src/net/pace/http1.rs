use super::content::Content;
use super::{Clock, Cut, Pace};
use crate::exchange::chunked_encoding;
use crate::net::{Framing, Reply, ResponseHead, Writer};
use bytes::BytesMut;
use std::io;
use std::time::Duration;

/// Sends a reply to a request with this method as its pace has it. Fails where it breaks off and
/// nothing but a reset tells the client so; `false` where the end of the connection does.
pub async fn send(
    reply: &Reply,
    pace: &Pace,
    request_method: &str,
    writer: &mut Writer,
    clock: &Clock,
    wait: Duration,
) -> io::Result<bool> {
    clock.until(pace.head).await;
    if pace.cut == Some(Cut::Reset) {
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    let mut rest = BytesMut::from(reply.bytes.as_ref());
    let Ok(Some(head)) = ResponseHead::take(&mut rest) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let head_bytes = &reply.bytes[..reply.bytes.len() - rest.len()];
    let framing = Framing::of_response(request_method, &head);
    let (response, _) = reply.message(request_method);
    let mut content = Content::of(reply, &response).await?;
    let length = content.length();
    let mut most = pace.cut_after(length);
    if most.is_some() && length == 0 && framing != Ok(Framing::Chunked) {
        // With its head such a response is whole.
        writer.send(&head_bytes[..head_bytes.len() - 2], wait).await?;
        return Ok(false);
    }
    if let (Some(most), Ok(Framing::Length(_))) = (&mut most, framing) {
        *most = (*most).min(length - 1);
    }
    writer.send(head_bytes, wait).await?;
    let chunked = framing == Ok(Framing::Chunked);
    for step in pace.steps(most.unwrap_or(length)) {
        clock.until(step.at).await;
        let mut left = step.bytes;
        while left > 0 {
            let piece = content.take(left).await?;
            if piece.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            left -= piece.len() as u64;
            if chunked {
                let head = format!("{:x}\r\n", piece.len()).into_bytes();
                writer.send_both(head, &[&piece, b"\r\n".as_slice()].concat(), wait).await?;
            } else {
                writer.send(&piece, wait).await?;
            }
        }
    }
    let broken = most.is_some() || reply.broken;
    if !broken {
        clock.until(pace.end).await;
        if chunked {
            let trailers = match &reply.file {
                Some(file) => &file.trailers,
                None => &response.trailers,
            };
            writer.send(&chunked_encoding(b"", &[], trailers), wait).await?;
        }
        return Ok(true);
    }
    match framing {
        Ok(Framing::Chunked | Framing::Length(_)) => Ok(false),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
