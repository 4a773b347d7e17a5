//! The two halves of a connection, plain or in TLS, behind one type each, so that both directions
//! can be at work at once.

use bytes::{Buf as _, Bytes};
use rustix::fd::{AsFd as _, OwnedFd};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_rustls::TlsStream;

/// A socket with bytes in front that were read from it already.
#[derive(Debug)]
pub struct Rewound {
    front: Bytes,
    carrier: Carrier,
}

/// The same in the clear or in TLS: a connection, or a half of one.
#[derive(Debug)]
pub enum Side<P, T> {
    Plain(P),
    Tls(T),
}

/// What carries bytes: a socket, or TLS to a proxy, inside which there is TLS again.
pub type Carrier = Side<TcpStream, Box<TlsStream<Rewound>>>;

impl Rewound {
    /// Puts `front` before what is still to be read from `carrier`.
    pub fn new(front: Bytes, carrier: impl Into<Carrier>) -> Self {
        Self { front, carrier: carrier.into() }
    }

    /// The protocol that was agreed on in TLS (ALPN).
    pub fn protocol(&self) -> Option<Vec<u8>> {
        match &self.carrier {
            Carrier::Plain(_) => None,
            Carrier::Tls(stream) => stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec),
        }
    }

    /// Another handle of the socket at the bottom.
    pub fn handle(&self) -> io::Result<OwnedFd> {
        match &self.carrier {
            Carrier::Plain(socket) => socket.as_fd().try_clone_to_owned(),
            Carrier::Tls(stream) => stream.get_ref().0.handle(),
        }
    }

    /// The bytes in front, and what carries the rest.
    pub fn into_parts(self) -> (Bytes, Carrier) {
        (self.front, self.carrier)
    }
}

impl From<TcpStream> for Carrier {
    fn from(socket: TcpStream) -> Self {
        Self::Plain(socket)
    }
}

impl From<TlsStream<Rewound>> for Carrier {
    fn from(stream: TlsStream<Rewound>) -> Self {
        Self::Tls(Box::new(stream))
    }
}

impl Carrier {
    fn set_zero_linger(&self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.set_zero_linger(),
            Self::Tls(stream) => stream.get_ref().0.carrier.set_zero_linger(),
        }
    }
}

impl AsyncRead for Rewound {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.front.is_empty() {
            return Pin::new(&mut self.carrier).poll_read(context, buffer);
        }
        let length = self.front.len().min(buffer.remaining());
        buffer.put_slice(&self.front[..length]);
        self.front.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Rewound {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.carrier).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.carrier).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.carrier).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.carrier).poll_shutdown(context)
    }
}

/// The half of a connection that is read.
pub type ReadSide = Side<OwnedReadHalf, ReadHalf<TlsStream<Rewound>>>;

/// The half of a connection that is written.
pub type WriteSide = Side<OwnedWriteHalf, WriteHalf<TlsStream<Rewound>>>;

/// Both halves of a socket.
pub fn plain(socket: TcpStream) -> (ReadSide, WriteSide) {
    let (read, write) = socket.into_split();
    (ReadSide::Plain(read), WriteSide::Plain(write))
}

/// Both halves of a TLS connection.
pub fn secure(stream: TlsStream<Rewound>) -> (ReadSide, WriteSide) {
    let (read, write) = tokio::io::split(stream);
    (ReadSide::Tls(read), WriteSide::Tls(write))
}

/// The socket of a plain connection; `None` for TLS, or for halves that do not belong together.
pub fn reunited(read: ReadSide, write: WriteSide) -> Option<TcpStream> {
    match (read, write) {
        (ReadSide::Plain(read), WriteSide::Plain(write)) => read.reunite(write).ok(),
        _ => None,
    }
}

/// Closes a connection by a reset, so that the other side can't take what it has for all.
pub fn reset(read: ReadSide, write: WriteSide) {
    match (read, write) {
        (ReadSide::Plain(read), WriteSide::Plain(write)) => {
            if let Ok(socket) = read.reunite(write) {
                let _ = socket.set_zero_linger();
            }
        }
        (ReadSide::Tls(read), WriteSide::Tls(write)) if read.is_pair_of(&write) => {
            let stream = read.unsplit(write);
            let _ = stream.get_ref().0.carrier.set_zero_linger();
        }
        _ => {}
    }
}

impl<P: AsyncRead + Unpin, T: AsyncRead + Unpin> AsyncRead for Side<P, T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(half) => Pin::new(half).poll_read(context, buffer),
            Self::Tls(half) => Pin::new(half).poll_read(context, buffer),
        }
    }
}

impl<P: AsyncWrite + Unpin, T: AsyncWrite + Unpin> AsyncWrite for Side<P, T> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(half) => Pin::new(half).poll_write(context, bytes),
            Self::Tls(half) => Pin::new(half).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(half) => Pin::new(half).poll_write_vectored(context, slices),
            Self::Tls(half) => Pin::new(half).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(half) => Pin::new(half).poll_flush(context),
            Self::Tls(half) => Pin::new(half).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(half) => Pin::new(half).poll_shutdown(context),
            Self::Tls(half) => Pin::new(half).poll_shutdown(context),
        }
    }
}
