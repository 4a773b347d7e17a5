//! A connection that turned to another protocol (RFC 9110, section 7.8): bytes go both ways unseen.

use crate::net::{Link, Reader, Writer};
use std::time::Duration;

/// Passes bytes on until both sides have ended; once one has, the other has `wait` to follow.
pub async fn pass(client: &mut Link, upstream: &mut Link, wait: Duration) {
    let mut there = std::pin::pin!(one_way(&mut client.reader, &mut upstream.writer, wait));
    let mut back = std::pin::pin!(one_way(&mut upstream.reader, &mut client.writer, wait));
    let rest = tokio::select! {
        () = &mut there => back,
        () = &mut back => there,
    };
    let _ = tokio::time::timeout(wait, rest).await;
}

async fn one_way(reader: &mut Reader, writer: &mut Writer, wait: Duration) {
    loop {
        if reader.buffer.is_empty() && !matches!(reader.fill().await, Ok(1..)) {
            break;
        }
        let bytes = reader.buffer.split();
        if writer.send(&bytes, wait).await.is_err() {
            break;
        }
    }
    let _ = writer.finish(wait).await;
}
