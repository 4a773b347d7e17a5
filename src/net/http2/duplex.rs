use crate::net::Link;
use crate::net::stream::{ReadSide, WriteSide};
use bytes::{Buf as _, BytesMut};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Both directions of a link as one stream of bytes.
#[derive(Debug)]
pub struct Duplex {
    front: BytesMut,
    read: ReadSide,
    write: WriteSide,
    heard: Heard,
    full: Full,
}

/// What the other side was heard to say first.
#[derive(Debug, Clone, Default)]
pub struct Heard(Arc<AtomicU8>);

/// Whether the other side has no room for what is written to it.
#[derive(Debug, Clone, Default)]
pub struct Full(Arc<AtomicBool>);

impl Full {
    /// Whether it has none.
    pub fn is_full(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Notes what came of a write.
    fn noted<T>(&self, polled: Poll<T>) -> Poll<T> {
        self.0.store(polled.is_pending(), Ordering::Release);
        polled
    }
}

/// What begins as no frame of HTTP/2 does.
const HTTP1: &[u8] = b"HTTP/1";

impl Heard {
    const SOMETHING: u8 = 1;
    const HTTP11: u8 = 2;

    /// Whether it said anything.
    pub fn anything(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    /// Whether it answered in HTTP/1.
    pub fn http1(&self) -> bool {
        self.0.load(Ordering::Relaxed) == Self::HTTP11
    }

    fn note(&self, first: &[u8]) {
        if !first.is_empty() && !self.anything() {
            let is_http1 = first.starts_with(HTTP1) || HTTP1.starts_with(first);
            let what = if is_http1 { Self::HTTP11 } else { Self::SOMETHING };
            self.0.store(what, Ordering::Relaxed);
        }
    }
}

impl Duplex {
    /// The link's bytes, those first that were read from it already.
    pub fn new(link: Link) -> Self {
        let (front, read, write) = link.into_sides();
        Self { front, read, write, heard: Heard::default(), full: Full::default() }
    }

    /// Whether the other side has no room.
    pub fn full(&self) -> Full {
        self.full.clone()
    }

    /// What the other side is heard to say first.
    pub fn heard(&self) -> Heard {
        self.heard.clone()
    }
}

impl AsyncRead for Duplex {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.front.is_empty() {
            let length = self.front.len().min(buffer.remaining());
            buffer.put_slice(&self.front[..length]);
            self.front.advance(length);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.read).poll_read(context, buffer);
        self.heard.note(&buffer.filled()[before..]);
        polled
    }
}

impl AsyncWrite for Duplex {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.write).poll_write(context, bytes);
        self.full.noted(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.write).poll_write_vectored(context, slices);
        self.full.noted(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.write.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.write).poll_flush(context);
        self.full.noted(polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.write).poll_shutdown(context)
    }
}
