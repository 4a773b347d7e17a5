use crate::exchange::{Body, Response};
use crate::net::Reply;
use crate::net::filed::Reading;
use bytes::Bytes;
use std::io;

/// A response's body, handed out in the pieces that are asked for.
#[derive(Debug)]
pub struct Content {
    front: Bytes,
    reading: Option<Reading>,
    length: u64,
}

impl Content {
    /// The body of a reply; `response` is its message.
    pub async fn of(reply: &Reply, response: &Response) -> io::Result<Self> {
        if let Some(file) = &reply.file {
            let reading = Some(file.open().await?);
            return Ok(Self { front: Bytes::new(), reading, length: file.length });
        }
        let front = match &response.body {
            Body::Bytes(bytes) => bytes.clone(),
            Body::Empty | Body::File(_) => Bytes::new(),
        };
        let length = front.len() as u64;
        Ok(Self { front, reading: None, length })
    }

    /// Bytes of the whole.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// The next bytes, at most so many; none at the end.
    pub async fn take(&mut self, most: u64) -> io::Result<Bytes> {
        if self.front.is_empty()
            && let Some(reading) = &mut self.reading
        {
            self.front = reading.next().await?.unwrap_or_default();
        }
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(self.front.len());
        Ok(self.front.split_to(most))
    }
}
